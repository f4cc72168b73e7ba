//! Logs that were written to deceive who audits them: texts that forge lines at a terminal, numbers that no sum holds, and keys that are
//! compromised or of which nothing was told.

use crate::audit::{Mirror, audit_command, log_key};
use nguongoc::log::Commitment;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const ORIGIN: &str = "demo.example.vn/log";
/// Forges a line, clears the screen, turns what follows around, hides in what stands beside it.
const HOSTILE: &str = "a\nall of it fits: demo.example.vn/log\r\u{1b}[2J\u{9b}1A\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\u{e0041}z";
/// The same as it may be shown.
const SHOWN: &str = r"a\nall of it fits: demo.example.vn/log\r\u{1b}[2J\u{9b}1A\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\u{e0041}z";

/// Audits a log, with openings or without: the exit, and what is printed.
fn audited(mirror: &Mirror, folder: &Path, openings: &[Value]) -> (Option<i32>, String) {
    let log = folder.join("log");
    mirror.write(&log, &log_key(), ORIGIN);
    let mut command = audit_command(log.to_str().unwrap(), folder, true);
    if !openings.is_empty() {
        let lines = openings.iter().fold(String::new(), |all, line| all + &line.to_string() + "\n");
        fs::write(folder.join("openings"), lines).unwrap();
        command.arg("--disclosures").arg(folder.join("openings"));
    }
    let output = command.output().expect("the program");
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// Nothing in it can hide or move what stands around it.
#[track_caller]
fn is_plain(text: &str, lines: usize) {
    assert_eq!(text.lines().count(), lines, "{text:?}");
    let hidden = |sign: &char| {
        (sign.is_control() && *sign != '\n')
            || matches!(*sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    assert_eq!(text.chars().find(hidden), None, "{text:?}");
}

#[test]
fn what_a_log_holds_forges_no_line() {
    // A subject, in what does not fit: at the terminal, and in what is kept as evidence.
    let mut mirror = Mirror::sample(5);
    mirror.add(HOSTILE, "event.recorded", &json!({}));
    mirror.entries.remove(mirror.entries.len() - 1);
    let last = mirror.entries.len();
    mirror.add(HOSTILE, "event.recorded", &json!({}));
    let folder = tempfile::tempdir().unwrap();
    let (exit, out) = audited(&mirror, folder.path(), &[]);
    let why = format!("entry {last}: {SHOWN}: entry 1 of the subject stands where 0 is due\n");
    assert_eq!((exit, out.as_str()), (Some(1), format!("it does not fit: {why}").as_str()));
    is_plain(&out, 1);
    assert_eq!(fs::read_to_string(folder.path().join("state/evidence-1/why")).unwrap(), why);

    // The names of an entry's members, a run, a key.
    for (kind, body) in [
        ("codes.activated", json!({ "run": HOSTILE, "labels": 1, "ranges": [] })),
        ("codes.issued", json!({ "what": "lot", "key_id": HOSTILE })),
    ] {
        let mut mirror = Mirror::sample(5);
        mirror.add("lot:1", kind, &body);
        let folder = tempfile::tempdir().unwrap();
        let (exit, out) = audited(&mirror, folder.path(), &[]);
        assert!(exit == Some(1) && out.contains(SHOWN), "{kind}: {out:?}");
        is_plain(&out, 1);
    }

    // A run by a compromised key, where all fits; and a lot's code in what the openings do not sum up to.
    let mut mirror = Mirror::sample(5);
    let run = json!({ "what": "run", "run": HOSTILE, "product_number": "1000000014", "key_id": "b157996e",
        "first_index": 700, "count": 1, "lot": "a", "commitments": {} });
    mirror.add("lot:a", "codes.issued", &run);
    mirror.add("key:k", "key.compromised", &json!({ "id": "b157996e", "last_good_log_size": 1 }));
    let (salt, value) = ([7; 32], json!({ "amount": -1, "unit": "gram" }));
    let commitment = Commitment::to(&salt, &value).unwrap().to_string();
    let body = json!({ "event": HOSTILE, "step": "harvest", "role": "object", "lot": "a", "lot_code": HOSTILE, "amount": "quantity",
        "commitments": { "quantity": commitment } });
    mirror.add("lot:a", "event.recorded", &body);
    let salt = data_encoding::HEXLOWER.encode(&salt);
    let opening = json!({ "of": HOSTILE, "field": "quantity", "salt": salt, "value": value });
    let folder = tempfile::tempdir().unwrap();
    let (exit, out) = audited(&mirror, folder.path(), &[opening]);
    assert_eq!(exit, Some(1), "{out:?}");
    for told in [
        format!("is later: {SHOWN}\n"),
        format!("lot {SHOWN} (a): 2 amounts are not opened\n"),
        format!("the amount of the event {SHOWN} is none"),
    ] {
        assert!(out.contains(&told), "{told:?}: {out}");
    }
    is_plain(&out, out.lines().count());
    assert_eq!(out.lines().filter(|line| line.starts_with("all of it fits: ")).count(), 1, "{out}");
}

#[test]
fn more_labels_than_a_run_has_are_found() {
    // In so many pieces that the log tells some of them only, and how many labels there are.
    let cut = |run: &str, labels: i64, from: i64| {
        let pieces: Vec<Value> =
            (0..200).map(|at| json!({ "first_index": from + at * 2, "count": 1 })).collect();
        json!({ "run": run, "labels": labels, "ranges": pieces })
    };
    // The largest number that an entry may hold (RFC 8785 and doubles).
    let most = 1_i64 << 53;
    let with = |count: i64, told: &[(&str, i64, i64)]| {
        let mut mirror = Mirror::sample(1);
        let run = json!({ "what": "run", "run": "r", "lot": null, "product_number": "1000000022", "key_id": "b157996e",
            "first_index": 0, "count": count, "commitments": {} });
        mirror.add("party:p", "codes.issued", &run);
        for (kind, labels, from) in told {
            mirror.add("lot:z", kind, &cut("r", *labels, *from));
        }
        mirror
    };
    let (active, void) = ("codes.activated", "codes.voided");
    let opening = json!({ "of": "x", "field": "y", "salt": "00".repeat(32), "value": {} });
    for (what, mirror, words) in [
        (
            "more than the run has",
            with(1_000, &[(active, 1_001, 0)]),
            "1001 more are told, and 0 were before",
        ),
        (
            "more with those before",
            with(1_000, &[(active, 700, 0), (active, 301, 500)]),
            "the run r has 1000 labels: 301 more are told, and 700 were before",
        ),
        (
            "more than an entry may name",
            with(most, &[(active, most, 0), (active, most, 500)]),
            "9007199254740992 more are told, and 9007199254740992 were before",
        ),
        (
            "so many made void",
            with(most, &[(void, most, 0), (void, most, 500)]),
            "9007199254740992 more are told",
        ),
    ] {
        for openings in [&[][..], std::slice::from_ref(&opening)] {
            let folder = tempfile::tempdir().unwrap();
            let (exit, out) = audited(&mirror, folder.path(), openings);
            assert!(exit == Some(1) && out.contains(words), "{what}: {out}");
        }
    }
    // As many as it has, in two times.
    let folder = tempfile::tempdir().unwrap();
    let (exit, out) = audited(&with(1_000, &[(active, 700, 0), (active, 300, 500)]), folder.path(), &[]);
    assert_eq!(exit, Some(0), "{out}");
    // An index below the first.
    let mut below = Mirror::sample(1);
    let run = json!({ "what": "run", "run": "r", "product_number": "1000000022", "key_id": "b157996e",
        "first_index": -most, "count": 5 });
    below.add("party:p", "codes.issued", &run);
    let (exit, out) = audited(&below, tempfile::tempdir().unwrap().path(), &[]);
    assert!(exit == Some(1) && out.contains("first_index is missing"), "{out}");
}

#[test]
fn sums_are_told_though_no_number_of_a_log_holds_them() {
    let mut mirror = Mirror::sample(1);
    let mut openings = Vec::<Value>::new();
    let salt = [9; 32];
    // The largest number that an entry may hold; of 1,024 of them the sum has 64 bits.
    let value = json!({ "amount": 1_i64 << 53, "unit": "gram" });
    let commitment = Commitment::to(&salt, &value).unwrap().to_string();
    let tell = |mirror: &mut Mirror, openings: &mut Vec<Value>, step: &str| {
        let event = format!("e{}", openings.len());
        let body = json!({ "event": event, "step": step, "role": "object", "lot": "a", "lot_code": "A", "amount": "quantity",
            "commitments": { "quantity": commitment } });
        mirror.add("lot:a", "event.recorded", &body);
        let salt = data_encoding::HEXLOWER.encode(&salt);
        openings.push(json!({ "of": event, "field": "quantity", "salt": salt, "value": value }));
    };
    (0..1_030).for_each(|_| tell(&mut mirror, &mut openings, "harvest"));
    (0..1_030).for_each(|_| tell(&mut mirror, &mut openings, "sell"));
    let (exit, out) = audited(&mirror, tempfile::tempdir().unwrap().path(), &openings);
    assert!(exit == Some(0) && out.contains("sums fit"), "{out}");
    tell(&mut mirror, &mut openings, "sell");
    let (exit, out) = audited(&mirror, tempfile::tempdir().unwrap().path(), &openings);
    let (came, went) = (1_030_i128 << 53, 1_031_i128 << 53);
    assert!(
        exit == Some(1) && out.contains(&format!("lot A (a): {went} went out and {came} came in")),
        "{out}"
    );
}

#[test]
fn a_key_of_which_only_the_end_was_told_signs_nothing() {
    let code = json!({ "what": "lot", "key_id": "0000000a" });
    for end in ["key.retired", "key.compromised"] {
        let mut mirror = Mirror::sample(5);
        mirror.add("key:a", end, &json!({ "id": "0000000a" }));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(audited(&mirror, folder.path(), &[]).0, Some(0), "{end}: that alone is no fault");
        // Also where an earlier audit read of the end, and this one of the use: within the minutes that such a key still has.
        mirror.add("lot:1", "codes.issued", &code);
        let (exit, out) = audited(&mirror, folder.path(), &[]);
        let words = "codes by the key 0000000a, which the log does not know";
        assert!(exit == Some(1) && out.contains(words), "{end}: {out}");
    }
}

#[test]
fn a_checkpoint_by_a_condemned_key_is_named() {
    let id = log_key().verifier().id().to_string();
    let mut mirror = Mirror::sample(20);
    let folder = tempfile::tempdir().unwrap();
    let (exit, out) = audited(&mirror, folder.path(), &[]);
    assert!(exit == Some(0) && !out.contains("compromised"), "{out}");
    let good = mirror.entries.len();
    mirror.add("key:log", "key.compromised", &json!({ "id": id, "last_good_log_size": good }));
    let size = mirror.entries.len();
    let told = format!(
        "the key demo.example.vn/log+{id} of the log is compromised and good up to {good} entries; it alone signed the checkpoint of {size} entries"
    );
    // As often as somebody audits, also where nothing is new.
    for _ in 0..2 {
        let (exit, out) = audited(&mirror, folder.path(), &[]);
        assert!(exit == Some(0) && out.lines().any(|line| line == told), "{out}");
    }
    // What it signed while it was good stays good.
    let mut late = Mirror::sample(20);
    late.add("key:log", "key.compromised", &json!({ "id": id, "last_good_log_size": 1_000 }));
    let (exit, out) = audited(&late, tempfile::tempdir().unwrap().path(), &[]);
    assert!(exit == Some(0) && !out.contains("compromised"), "{out}");
}

#[test]
fn what_was_rewritten_is_told_of_a_log_that_has_grown_far_beyond_it() {
    let old = Mirror::sample(300);
    let before = old.entries.len();
    let mut grown = old.clone();
    (0..700).for_each(|number| grown.add("lot:3", "event.recorded", &json!({ "later": number })));
    let mut gone = grown.clone();
    gone.entries.remove(5);
    // The tile in which the old log ended is a full one by now, and leads to the root by one above it.
    let flip = |folder: &Path| {
        let file = folder.join("log/tile/0/001");
        let mut bytes = fs::read(&file).unwrap();
        bytes[40] ^= 1;
        fs::write(file, bytes).unwrap();
    };
    let rewritten =
        format!("the checkpoint of {} entries does not extend that of {before}", gone.entries.len());
    for (what, mirror, is_flipped, words) in [
        ("an entry removed", &gone, false, rewritten.as_str()),
        ("a tile changed", &grown, true, "the tile tile/0/001 is not that of the entries"),
        // The tiles show nothing: what is told is what was read.
        ("both", &gone, true, "of the subject stands where"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(audited(&old, folder.path(), &[]).0, Some(0));
        mirror.write(&folder.path().join("log"), &log_key(), ORIGIN);
        if is_flipped {
            flip(folder.path());
        }
        let mut command = audit_command(folder.path().join("log").to_str().unwrap(), folder.path(), true);
        let output = command.output().expect("the program");
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() == Some(1) && out.contains(words), "{what}: {out}");
        // The same where all of it is read again.
        if !is_flipped {
            let again = String::from_utf8(command.arg("--again").output().unwrap().stdout).unwrap();
            assert!(again.contains(words), "{what}: {again}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    audited(&old, folder.path(), &[]);
    assert_eq!(audited(&grown, folder.path(), &[]).0, Some(0), "ordinary growth is no fault");
}

//! Keys as the log tells of them: what they may sign and when, and how they end; and codes that are held against that.

use crate::audit::{Mirror, audit, good, log_key, registry, said};
use crate::support::app::{On, on_both, test_key};
use crate::support::log::told;
use nguongoc::custody;
use nguongoc::keys::{Host, KeyList, KeyName, KeyStatus, ListedKey, Quarter, Role};
use nguongoc::log::{self, Subject};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use std::time::Duration;

on_both!(what_the_root_says_of_keys_is_told_to_auditors);

async fn what_the_root_says_of_keys_is_told_to_auditors(on: On) {
    let (registry, _) = registry(on).await;
    let app = &*registry.app;
    let host: Host = "demo.example.vn".parse().unwrap();
    let code = |quarter| KeyName::code(&host, Quarter::new(2026, quarter).unwrap());
    let entries = async |name: &KeyName| told(&app.store, &Subject::Key(name.to_string())).await;
    let made = entries(&code(4)).await;
    assert_eq!(made.len(), 1);
    let (kind, body) = &made[0];
    let term = [&body["role"], &body["from"], &body["until"]];
    assert_eq!(kind, "key.made");
    assert_eq!(term, [&json!("code"), &json!("2026-10-01T00:00:00Z"), &json!("2027-01-31T00:00:00Z")]);
    let made = entries(&KeyName::log(&host)).await;
    let body = &made[0].1;
    assert_eq!([&body["role"], &body["until"]], [&json!("log"), &Value::Null]);

    // The root condemns the key of the codes, and names two keys that were never here: one has ended, one was stolen.
    let list = custody::unsigned_list(app, None).await.unwrap();
    let stolen = KeyStatus::Compromised { last_good_log_size: 2 };
    let condemned = |key: &ListedKey| match key.role() {
        Role::Code => key.clone().with_status(stolen),
        Role::Root | Role::Log => key.clone(),
    };
    let mut keys: Vec<ListedKey> = list.keys().iter().map(condemned).collect();
    let (from, until) = (list.issued().minus(Duration::from_hours(2_400)), list.issued());
    for (quarter, status) in [(2, KeyStatus::Retired), (3, stolen)] {
        let key = test_key(&code(quarter)).verifier().clone();
        keys.push(ListedKey::new(key, status, from, Some(until)).unwrap());
    }
    let list =
        KeyList::new(list.host().clone(), list.sequence(), list.issued(), list.valid_until(), keys).unwrap();
    let note = custody::sign_list(&list.to_string(), &test_key(&KeyName::root(&host))).unwrap();
    custody::import_list(app, None, &note).await.unwrap();
    let kinds = |entries: &[(String, Value)]| -> Vec<String> {
        entries.iter().map(|(kind, _)| kind.clone()).collect()
    };
    for (quarter, end) in [(4, "key.compromised"), (3, "key.compromised"), (2, "key.retired")] {
        let entries = entries(&code(quarter)).await;
        assert_eq!(kinds(&entries), ["key.made", end], "{quarter}");
        let good = if end == "key.compromised" { json!(2) } else { Value::Null };
        assert_eq!(entries[1].1["last_good_log_size"], good, "{quarter}");
        assert_eq!(entries[1].1["id"], entries[0].1["id"], "{quarter}");
    }
    // Whoever audits is told what it signed beyond that.
    while log::carry(app).await.unwrap() > 0 {}
    let folder = tempfile::tempdir().unwrap();
    let said = good(&audit(&format!("{}/log", registry.base), folder.path(), true).await);
    assert!(said.contains("is compromised and good up to 2 entries"), "{said}");
    registry.stop().await;
}

/// Audits a mirror for the first time: the exit code, and what was said.
fn audited(mirror: &Mirror, lang: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let (log, policy) = (folder.path().join("log"), folder.path().join("policy"));
    mirror.write(&log, &log_key(), "demo.example.vn/log");
    fs::write(&policy, format!("log {}\nquorum none\n", log_key().verifier())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.args(["--lang", lang, "audit", "--log"]).arg(&log).arg("--policy").arg(&policy);
    let output = command.current_dir(folder.path()).output().expect("the program");
    (output.status.code(), said(&output))
}

/// What a log tells of a key that was made.
fn key(role: &str, from: &str, until: Option<&str>) -> Value {
    json!({ "id": "0000000a", "role": role, "from": from, "until": until })
}

#[test]
fn codes_are_by_keys_for_codes_and_within_their_term() {
    let code = |id: &str| json!({ "what": "lot", "key_id": id });
    let time = |clock: &str| format!("2026-11-23T{clock}Z");
    let (two, three, four) = (time("02:00:00"), time("03:00:00"), time("04:00:00"));
    // The sample's own key is told as older registries did: without role and term.
    let with = |key: &Value, codes_at: &[&str]| {
        let mut mirror = Mirror::sample(20);
        mirror.add("key:a", "key.made", key);
        for at in codes_at {
            mirror.add_at(&time(at), "lot:1", "codes.issued", &code("0000000a"));
        }
        mirror
    };
    // In its term, up to the last moment; without an end; and what was signed in it and stands a few minutes behind.
    let within = key("code", &two, Some(&three));
    let mut late = with(&within, &["02:59:00"]);
    late.add_at(&time("03:04:00"), "lot:2", "event.recorded", &json!({ "number": 1 }));
    late.add_at(&time("02:59:59"), "lot:1", "codes.issued", &code("0000000a"));
    for mirror in [
        with(&within, &["02:10:00", "03:00:00"]),
        with(&key("code", &two, None), &["09:00:00"]),
        late.clone(),
    ] {
        let (exit, said) = audited(&mirror, "en");
        assert_eq!(exit, Some(0), "{said}");
    }
    // Told once: a second entry makes its term no longer.
    let mut twice = with(&within, &[]);
    twice.add_at(&two, "key:a", "key.made", &key("code", &two, Some(&four)));
    twice.add_at(&time("03:30:00"), "lot:1", "codes.issued", &code("0000000a"));
    // Back-dated into the term, when the log was far behind it.
    late.add_at(&time("03:06:00"), "lot:2", "event.recorded", &json!({ "number": 2 }));
    late.add_at(&time("02:59:59"), "lot:1", "codes.issued", &code("0000000a"));
    let (term, term_vi) = ("outside the term in which it signs", "ngoài thời hạn khóa được ký");
    let mut nameless = key("code", &two, None);
    nameless["from"] = json!("yesterday");
    for (what, mirror, words, vietnamese) in [
        ("a log key", with(&key("log", &two, None), &["02:10:00"]), "is a key for log", "dùng cho log"),
        ("a root", with(&key("root", &two, None), &["02:10:00"]), "is a key for root", "dùng cho root"),
        ("too early", with(&key("code", &three, None), &["02:59:59"]), term, term_vi),
        ("too late", with(&within, &["03:00:01"]), term, term_vi),
        ("told twice", twice, term, term_vi),
        ("back-dated", late, term, term_vi),
        ("no time", with(&nameless, &[]), "from is missing", "thiếu from"),
    ] {
        for (lang, words) in [("en", words), ("vi", vietnamese)] {
            let (exit, said) = audited(&mirror, lang);
            assert_eq!(exit, Some(1), "{what}: {said}");
            assert!(said.contains(words), "{what}: {said}");
        }
    }
}

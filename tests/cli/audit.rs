//! `audit` before a person: how far it is, at a terminal; and what is refused before it begins, in one language.

use crate::Desk;
use nguongoc::kernel::canonical::canonical;
use nguongoc::keys::{KeyName, SecretKey};
use nguongoc::log::tree::{Edge, Grown, leaf_hash};
use nguongoc::log::{Checkpoint, bundle};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// What is asked in each of these tests.
const AUDIT: [&str; 5] = ["audit", "--log", "log", "--policy", "policy"];

/// A log of so many entries in the desk's folder `log`, and the policy that goes with it.
fn log(desk: &Desk, count: usize) {
    let name = KeyName::parse("t.example.vn/log").unwrap();
    let key = SecretKey::from_seed(name, Zeroizing::new([7; 32])).unwrap();
    let (mut entries, mut prev) = (Vec::new(), Value::Null);
    for seq in 0..count {
        let entry = json!({
            "v": 1, "type": "event.recorded", "subject": "registry", "seq": seq, "prev": prev,
            "at": "2026-11-23T02:00:00Z", "actor": { "role": "officer" }, "body": {},
        });
        let entry = canonical(&entry).unwrap();
        prev = leaf_hash(&entry).to_string().into();
        entries.push(entry);
    }
    let (mut edge, mut grown) = (Edge::default(), Grown::new());
    edge.extend(entries.iter().map(|entry| leaf_hash(entry)), &mut grown);
    let put = |kind: &str, index: u64, width: usize, bytes: Vec<u8>| {
        let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
        let path = desk.path(&format!("log/tile/{kind}/{index:03}{partial}"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    for (at, hashes) in &grown {
        let bytes = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        put(&at.level.to_string(), at.index, hashes.len(), bytes);
    }
    for (index, some) in (0..).zip(entries.chunks(256)) {
        put("entries", index, some.len(), bundle(some.iter().map(Vec::as_slice)));
    }
    let origin = key.verifier().name().to_string();
    let checkpoint = Checkpoint { origin, size: edge.size(), root: edge.root() };
    desk.write("log/checkpoint", &checkpoint.sign(&key).unwrap(), 0o644);
    desk.write("policy", &format!("log {}\nquorum none\n", key.verifier()), 0o644);
}

#[test]
fn how_far_it_is_is_shown_at_a_terminal_and_nowhere_else() {
    let desk = Desk::new();
    log(&desk, 600);
    let with_state = [&AUDIT[..], &["--state", "state"]].concat();
    let ran = desk.run_at_terminal(&with_state).expect(0);
    for far in [" 0/600 ", " 256/600 ", " 512/600 ", " 600/600 "] {
        assert!(ran.err.contains(far), "{far}: {ran:?}");
    }
    assert!(ran.err.contains("entries "), "{ran:?}");
    // At the end the line is cleared; what was found is data, and stands by itself.
    let (_, after) = ran.err.rsplit_once("/600 ").unwrap();
    assert!(after.contains("\u{1b}[2K"), "{ran:?}");
    let told = "all of it fits: t.example.vn/log, 600 entries (600 new), root ";
    assert!(ran.out.starts_with(told) && ran.out.lines().count() == 1, "{ran:?}");
    // One that goes on begins where the last one ended.
    log(&desk, 900);
    let ran = desk.run_at_terminal(&[&["--lang", "vi"][..], &with_state[..]].concat()).expect(0);
    for far in [" 600/900 ", " 768/900 ", " 900/900 "] {
        assert!(ran.err.contains(far), "{far}: {ran:?}");
    }
    assert!(ran.err.contains("mục ") && !ran.err.contains(" 0/900 "), "{ran:?}");
    // Where nobody looks nothing is drawn.
    let ran = desk.run(&AUDIT).expect(0);
    assert_eq!(ran.err, "");
    assert!(ran.out.starts_with("all of it fits: ") && !ran.out.contains(['\r', '\u{1b}']), "{ran:?}");
}

#[test]
fn a_question_that_cannot_be_put_is_told_in_one_language() {
    let desk = Desk::new();
    let told = |lang: &str, more: &[&str]| {
        desk.run(&[&["--lang", lang][..], &AUDIT[..], more].concat()).expect(2).err
    };
    for (policy, english, vietnamese) in [
        ("", "there is no quorum line", "không có dòng quorum"),
        ("quorum none\n", "there is no log line", "không có dòng log"),
        ("\u{1}\n", "line 1: a control character", "dòng 1: có ký tự điều khiển"),
        (
            "# a comment\nlog x\n",
            "line 2: log: a verifier key is written name+id+base64",
            "dòng 2: log: khóa kiểm tra phải viết theo dạng tên+số hiệu+base64",
        ),
        (
            "witness w t.example.vn/log+839494d9+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea\n",
            "line 1: witness: the key is not an Ed25519 key",
            "dòng 1: witness: khóa không phải là khóa Ed25519",
        ),
        (
            "group g 2 a\n",
            "line 1: a group needs any, all, or a number of its members",
            "dòng 1: nhóm cần any, all hoặc một số không quá số thành viên",
        ),
        ("quorum one\n", "line 1: one is not defined above", "dòng 1: one chưa được định nghĩa ở trên"),
        ("quorum none\nquorum none\n", "line 2: a second quorum line", "dòng 2: dòng quorum thứ hai"),
        (
            "wintess a b\n",
            "line 1: wintess: write log, witness, group or quorum as tlog-policy says",
            "dòng 1: wintess: hãy viết log, witness, group hoặc quorum như tlog-policy quy định",
        ),
    ] {
        desk.write("policy", policy, 0o644);
        assert_eq!(told("en", &[]), format!("error: policy: {english}\n"));
        assert_eq!(told("vi", &[]), format!("error: policy: {vietnamese}\n"));
    }
    log(&desk, 1);
    desk.write("openings", r#"{"of":"e","field":"f","salt":"x","value":1}"#, 0o600);
    let why = "dòng 1: salt: phải gồm đúng 64 chữ số thập lục phân viết thường";
    assert_eq!(told("vi", &["--disclosures", "openings"]), format!("error: openings: {why}\n"));
    std::fs::remove_file(desk.path("log/checkpoint")).unwrap();
    assert_eq!(told("en", &[]), "error: checkpoint: there is none\n");
    assert_eq!(told("vi", &[]), "error: checkpoint: không có tệp này\n");
    // One that is none is a fault of the log, told in one language too.
    desk.write("log/checkpoint", "x\n", 0o644);
    let fault = desk.run(&[&["--lang", "vi"][..], &AUDIT[..]].concat()).expect(1).out;
    let why = "ký: văn bản không có chữ ký nào sau một dòng trống";
    assert_eq!(fault, format!("không khớp: điểm kiểm không do nhật ký nào trong chính sách {why}\n"));
}

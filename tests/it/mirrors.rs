//! The auditor against mirrors: servers that cannot answer now, audits that are broken off, and newest checkpoints that no witness has seen.

use crate::audit::{Mirror, audit, audit_command, edited, good, log_key, said};
use crate::support::mirror::FileServer;
use crate::support::witness::cosigned;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const ORIGIN: &str = "demo.example.vn/log";

#[actix_web::test]
async fn a_server_that_cannot_answer_now_is_asked_again_and_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    Mirror::sample(300).write(&log, &log_key(), ORIGIN);
    // Once it is busy, once it is asked too often, once it is being started; and over one connection, in pieces and whole.
    let busy = FileServer::start(log.clone(), |path, before| match (path, before) {
        ("checkpoint", 0) => Some(503),
        ("tile/0/000", 0) => Some(429),
        ("tile/entries/000", 0 | 1) => Some(502),
        _ => None,
    });
    let told = good(&audit(&busy.url, folder.path(), false).await);
    assert!(told.contains("demo.example.vn/log, "), "{told}");
    assert_eq!(busy.asked.lock().unwrap().connections, 1, "one connection carries it all");
    // For ever: the question could not be put to its end, and nothing is said of the log.
    let down = FileServer::start(log.clone(), |path, _| (path == "tile/0/000").then_some(502));
    let output = audit(&down.url, folder.path(), true).await;
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("/tile/0/000: status 502"), "{}", said(&output));
    assert!(!folder.path().join("state/evidence-1").exists(), "no fault, no evidence");
    assert_eq!(down.asked.lock().unwrap().paths.iter().filter(|path| *path == "tile/0/000").count(), 5);
    // Gone is gone.
    let gone = FileServer::start(log, |path, _| (path == "tile/0/000").then_some(410));
    let output = audit(&gone.url, folder.path(), true).await;
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("there is no /tile/0/000, and the checkpoint covers it"),
        "{}",
        said(&output)
    );
}

#[actix_web::test]
async fn an_audit_that_is_broken_off_goes_on_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mirror = Mirror::sample(1_000);
    let size = mirror.entries.len();
    mirror.write(&log, &log_key(), ORIGIN);
    let breaking = FileServer::start(log.clone(), |path, _| (path == "tile/entries/003").then_some(503));
    let output = audit(&breaking.url, folder.path(), true).await;
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let begun = folder.path().join("state/audit-begun.json");
    assert!(begun.exists() && !folder.path().join("state/audit.json").exists());
    // It goes on where it was, though the log grew meanwhile, and counts all of it as new.
    let mut grown = mirror.clone();
    (0..40).for_each(|number| grown.add("lot:3", "event.recorded", &serde_json::json!({ "later": number })));
    let elsewhere = tempfile::tempdir().unwrap();
    let (old, new) = (elsewhere.path().join("begun"), elsewhere.path().join("grown"));
    fs::copy(&begun, &old).unwrap();
    grown.write(&new, &log_key(), ORIGIN);
    let whole = FileServer::start(new, |_, _| None);
    let told = good(&audit(&whole.url, folder.path(), true).await);
    assert!(told.contains(&format!("{} entries ({} new)", size + 40, size + 40)), "{told}");
    let asked = whole.asked.lock().unwrap().paths.clone();
    assert!(asked.iter().any(|path| path == "tile/entries/003"), "{asked:?}");
    assert!(!asked.iter().any(|path| path == "tile/entries/002" || path == "tile/0/002"), "{asked:?}");
    assert!(!begun.exists());
    assert!(good(&audit(&whole.url, folder.path(), true).await).contains("(0 new)"));
    // Somebody rewrites what was read, and hopes that it is not read again.
    let state = folder.path().join("state");
    fs::remove_dir_all(&state).unwrap();
    fs::create_dir(&state).unwrap();
    fs::copy(&old, &begun).unwrap();
    let rewritten = elsewhere.path().join("rewritten");
    edited(&grown, 7, |entry| entry["body"]["text"] = "khác".into()).write(&rewritten, &log_key(), ORIGIN);
    let output = audit(rewritten.to_str().unwrap(), folder.path(), true).await;
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("the entries have not the root") || said(&output).contains("does not extend"),
        "{}",
        said(&output)
    );
    assert!(state.join("evidence-1/checkpoint-begun").exists());
    assert!(!begun.exists(), "what was read of a log that does not fit is not gone on from");
}

#[actix_web::test]
async fn an_audit_that_is_told_to_end_keeps_what_it_has_read() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mirror = Mirror::sample(1_000);
    mirror.write(&log, &log_key(), ORIGIN);
    let slow = FileServer::start(log.clone(), |path, _| (path == "tile/entries/003").then_some(503));
    let child = audit_command(&slow.url, folder.path(), true)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    // It has come as far as the tile that the server is too busy for, and waits to ask again.
    for _ in 0..1_000 {
        if slow.asked.lock().unwrap().paths.iter().any(|path| path == "tile/entries/003") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // As Ctrl-C does.
    let told = Command::new("sh").arg("-c").arg(format!("kill -INT {}", child.id())).status();
    assert!(told.expect("sh").success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().expect("its end")).await.unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("the audit was broken off"), "{}", said(&output));
    let asked = slow.asked.lock().unwrap().paths.iter().filter(|path| *path == "tile/entries/003").count();
    assert!(asked < 5, "it did not wait for the server: asked {asked} times");
    let whole = FileServer::start(log, |_, _| None);
    let told = good(&audit(&whole.url, folder.path(), true).await);
    assert!(told.contains(&format!("{} entries", mirror.entries.len())), "{told}");
    let asked = whole.asked.lock().unwrap().paths.clone();
    assert!(!asked.iter().any(|path| path == "tile/entries/002" || path == "tile/0/002"), "{asked:?}");
}

/// Audits by a policy that asks for one witness.
async fn audit_witnessed(log: &Path, folder: &Path, lang: &str) -> Output {
    let (key, _) = cosigned("witness.example/one", 0, "");
    let policy = folder.join("witnessed");
    fs::write(&policy, format!("log {}\nwitness one {key}\nquorum one\n", log_key().verifier())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.args(["--lang", lang, "audit", "--log"]).arg(log).arg("--policy").arg(policy);
    command.arg("--state").arg(folder.join("state")).current_dir(folder);
    tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap()
}

#[actix_web::test]
async fn the_newest_checkpoint_is_measured_though_no_witness_has_seen_it() {
    let old = Mirror::sample(250);
    let mut grown = old.clone();
    (0..40).for_each(|number| grown.add("lot:3", "event.recorded", &serde_json::json!({ "later": number })));
    let mut shorter = old.clone();
    shorter.entries.truncate(200);
    let forked = edited(&old, 7, |entry| entry["body"]["text"] = "khác".into());
    // The last entry of its subject: by the chains of subjects alone nothing is wrong with it.
    let grown_fork = edited(&grown, old.entries.len() - 1, |entry| entry["body"]["text"] = "khác".into());
    let key = log_key();
    let note = old.note(&key, ORIGIN);
    let text = note.split_once("\n\n").unwrap().0.to_owned() + "\n";
    let (_, line) = cosigned("witness.example/one", 1_795_400_000, &text);
    let size = old.entries.len();
    // The files of one history, under the newest checkpoint of another one.
    for (files, newest, code, words) in [
        (&grown, &grown, 0, "40 more entries are signed and extend it".to_owned()),
        (&old, &shorter, 1, format!("the log has shrunk: 200 entries are signed now, {size} were before")),
        (&old, &forked, 1, format!("two checkpoints of {size} entries with different roots")),
        (&grown, &grown_fork, 1, format!("of {} entries does not extend that of {size}", size + 40)),
        (&grown_fork, &grown_fork, 1, format!("not the root of the checkpoint of {size} entries")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        files.write(&log, &key, ORIGIN);
        fs::write(log.join("checkpoint"), newest.note(&key, ORIGIN)).unwrap();
        fs::write(log.join("witnessed"), format!("{note}{line}")).unwrap();
        let output = audit_witnessed(&log, folder.path(), "en").await;
        assert!(
            output.status.code() == Some(code) && said(&output).contains(&words),
            "{words}: {}",
            said(&output)
        );
        let evidence = folder.path().join("state/evidence-1");
        if code == 0 {
            assert!(said(&output).contains("the last witness cosigned it on"), "{}", said(&output));
            continue;
        }
        assert_eq!(fs::read_to_string(evidence.join("checkpoint")).unwrap(), newest.note(&key, ORIGIN));
        assert_eq!(
            fs::read_to_string(evidence.join("checkpoint-witnessed")).unwrap(),
            format!("{note}{line}")
        );
        // The same in Vietnamese.
        let output = audit_witnessed(&log, folder.path(), "vi").await;
        let why = fs::read_to_string(folder.path().join("state/evidence-2/why")).unwrap();
        assert!(said(&output).contains("không khớp: ") && !why.contains("entries"), "{}", said(&output));
    }
}

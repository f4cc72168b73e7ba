//! The log, read by programs that know nothing of this one: the note and tree code of Go's checksum database.

use crate::support::app::{On, TestApp, on_both, test_key};
use nguongoc::app::App;
use nguongoc::kernel::LotId;
use nguongoc::keys::{Host, KeyName};
use nguongoc::log::{self, Author, Checkpoint, Entry, Kind, Subject};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Output};
use uuid::Uuid;

on_both!(the_checksum_database_of_go_reads_the_log);

/// Builds the reader once; it is in `tests/readers`.
#[expect(clippy::disallowed_methods, reason = "asked for another program, and not for this one")]
fn built(folder: &Path) -> std::path::PathBuf {
    let reader = folder.join("sumdb");
    let mut command = Command::new("go");
    command
        .args(["build", "-o"])
        .arg(&reader)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/sumdb.go"))
        .envs([("GO111MODULE", "off"), ("GOFLAGS", ""), ("CGO_ENABLED", "0"), ("GOTOOLCHAIN", "local")])
        .env("GOCACHE", folder.join("cache"));
    if std::env::var_os("GOPATH").is_none() {
        // Where Debian's golang-golang-x-mod-dev has it.
        command.env("GOPATH", "/usr/share/gocode");
    }
    let output = command.output().expect("go (package golang-go)");
    assert!(output.status.success(), "golang-golang-x-mod-dev? {}", said(&output));
    reader
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn read(reader: &Path, log: &str, key: &str) -> (bool, String) {
    let mut command = Command::new(reader);
    command.args([log, key]);
    // The registry answers on this thread.
    let output = tokio::task::spawn_blocking(move || command.output().expect("the reader")).await.unwrap();
    (output.status.success(), said(&output))
}

async fn append(app: &App, count: u128) {
    for number in 0..count {
        let entry = Entry {
            id: app.id(),
            kind: Kind::EventRecorded,
            subject: Subject::Lot(LotId::from_uuid(Uuid::from_u128(number % 11))),
            at: app.clock.now(),
            actor: Author { party: None, role: "officer" },
            body: json!({ "number": u64::try_from(number).unwrap(), "text": "rau muống \"sạch\"" }),
        };
        app.store.write(async |tx| log::append(tx, &entry).await).await.unwrap();
    }
    while log::carry(app).await.unwrap() > 0 {}
}

async fn the_checksum_database_of_go_reads_the_log(on: On) {
    let folder = tempfile::tempdir().unwrap();
    let reader = tokio::task::spawn_blocking({
        let folder = folder.path().to_owned();
        move || built(&folder)
    });
    let registry = TestApp::start(on).await;
    let host: Host = registry.app.config.code_host().parse().unwrap();
    let key = test_key(&KeyName::log(&host)).verifier().clone();
    let url = format!("{}/log", registry.base);
    let reader = reader.await.unwrap();
    // One tile that is not full; then two full ones, and one of the level above.
    for more in [9, 640] {
        append(&registry.app, more).await;
        let note = log::checkpoint(&registry.app).await.unwrap().unwrap();
        let size = Checkpoint::open(&note, std::slice::from_ref(&key)).unwrap().size;
        let (good, said) = read(&reader, &url, &key.to_string()).await;
        assert!(good, "{said}");
        assert_eq!(said.trim(), format!("{}: {size} entries, signed, included, consistent", key.name()));
    }
    // Under another key it is nobody's log.
    let other = test_key(&KeyName::log(&"elsewhere.example.vn".parse().unwrap()));
    let (good, said) = read(&reader, &url, &other.verifier().to_string()).await;
    assert!(!good && said.contains("the checkpoint: "), "{said}");
    registry.stop().await;
}

//! The auditor with a policy that asks for witnesses, against a registry that has some.

use crate::support::app::{On, TestApp, on_both, test_key};
use crate::support::witness::{Manner, TestWitness};
use nguongoc::accounts::Role;
use nguongoc::app::Clock;
use nguongoc::kernel::Moment;
use nguongoc::keys::{Host, KeyName, VerifierKey};
use nguongoc::log::{self, Asked};
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

on_both!(an_audit_asks_for_a_quorum);

fn log_key() -> VerifierKey {
    let host: Host = "demo.example.vn".parse().unwrap();
    test_key(&KeyName::log(&host)).verifier().clone()
}

/// A policy with these witnesses, of whom so many must have cosigned.
fn policy(witnesses: &[TestWitness], needed: usize) -> String {
    let mut policy = format!("log {}\n", log_key());
    let mut group = format!("group most {needed}");
    for (number, witness) in witnesses.iter().enumerate() {
        writeln!(policy, "witness w{number} {} {}", witness.key, witness.url).unwrap();
        write!(group, " w{number}").unwrap();
    }
    policy + &group + "\nquorum most\n"
}

/// Audits by a policy: the exit code, and what was said.
async fn audit(url: &str, folder: &Path, policy: &str) -> (i32, String) {
    let path = folder.join("policy");
    fs::write(&path, policy).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.args(["--lang", "en", "audit", "--log", url, "--policy"]).arg(&path);
    command.arg("--state").arg(folder.join("state")).current_dir(folder);
    // The registry answers on this thread.
    let output = tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), said)
}

async fn an_audit_asks_for_a_quorum(on: On) {
    let clock = Clock::at(Moment::parse(crate::support::app::NOW).unwrap());
    let mut witnesses = Vec::new();
    for (name, manner) in [("one", Manner::Good), ("two", Manner::Good), ("three", Manner::Swaps)] {
        let name = format!("witness.example/{name}");
        witnesses.push(TestWitness::start(&name, log_key().public(), clock.clone(), manner).await);
    }
    let settings = witnesses.iter().map(TestWitness::setting).collect();
    let registry = TestApp::start_with(on, |config| config.witnesses = settings).await;
    let app = &*registry.app;
    registry.person("officer", Role::Officer, None).await;
    log::carry(app).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("{}/log", registry.base);
    let (two, three) = (policy(&witnesses, 2), policy(&witnesses, 3));

    // Nobody has cosigned it yet; then two have, who are a quorum by one policy and none by the other.
    let refused = "the witnesses of most have not cosigned it";
    let (code, said) = audit(&url, folder.path(), &two).await;
    assert!(code == 1 && said.contains(refused), "{said}");
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 2);
    let (code, said) = audit(&url, folder.path(), &two).await;
    assert!(code == 0 && said.contains("new)"), "{said}");
    let (code, said) = audit(&url, folder.path(), &three).await;
    assert!(code == 1 && said.contains(refused), "{said}");

    // The log goes on, and nobody has had the time to cosign that: what they did cosign counts until then.
    let size = |said: &str| said.split(" entries").next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let before = size(&audit(&url, folder.path(), &two).await.1);
    grow(app).await;
    let (code, said) = audit(&url, folder.path(), &two).await;
    assert!(code == 0 && said.contains("(0 new)") && size(&said) == before, "{said}");
    app.clock.set(app.clock.now().plus(Duration::from_secs(6)));
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 2);
    let (code, said) = audit(&url, folder.path(), &two).await;
    assert!(code == 0 && said.contains("(1 new)"), "{said}");
    // A policy without witnesses sees the newest.
    grow(app).await;
    let (code, said) = audit(&url, folder.path(), &format!("log {}\nquorum none\n", log_key())).await;
    assert!(code == 0 && said.contains("(1 new)"), "{said}");
    // The last audit has seen more than the witnesses: the quorum is wanting, and the log has not shrunk.
    let (code, said) = audit(&url, folder.path(), &two).await;
    assert!(code == 1 && said.contains(refused), "{said}");
    // Whoever begins anew is content with what they saw; and so is this state once they have seen as much.
    let elsewhere = tempfile::tempdir().unwrap();
    let (code, said) = audit(&url, elsewhere.path(), &two).await;
    assert!(code == 0 && said.contains("1 more entries are signed and extend it"), "{said}");
    assert!(said.contains("the last witness cosigned it on"), "{said}");
    app.clock.set(app.clock.now().plus(Duration::from_secs(6)));
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 2);
    let (code, said) = audit(&url, folder.path(), &two).await;
    assert!(code == 0 && said.contains("(0 new)"), "{said}");
    // A policy that does not know the log cannot judge what an earlier one took: no verdict, and what to do.
    let stranger = test_key(&KeyName::log(&"other.example.vn".parse::<Host>().unwrap())).verifier().clone();
    let (code, said) = audit(&url, folder.path(), &format!("log {stranger}\nquorum none\n")).await;
    assert!(code == 2 && said.contains("begin with another folder"), "{said}");
    registry.stop().await;
}

/// Puts one more entry under a checkpoint.
pub(crate) async fn grow(app: &nguongoc::app::App) {
    let entry = log::Entry {
        id: app.id(),
        kind: log::Kind::ReportPublished,
        subject: log::Subject::Registry,
        at: app.clock.now(),
        actor: log::Author { party: None, role: "officer" },
        body: json!({}),
    };
    app.store.write(async |tx| log::append(tx, &entry).await).await.unwrap();
    log::sealed(app, entry.id).await.unwrap();
}

//! The key of the log replaced: beside the old one, and in the place of a condemned one; the log goes on, and so do those who audit it.

use crate::audit::{audit_command, log_key, registry, said};
use crate::support::app::{NOW, On, TestApp, on_both, test_key};
use crate::support::witness::{Manner, TestWitness};
use nguongoc::app::{App, Clock};
use nguongoc::custody::{self, Seal};
use nguongoc::kernel::Moment;
use nguongoc::keys::{Host, KeyId, KeyName, Note, Quarter, VerifierKey};
use nguongoc::log::{self, Asked, Checkpoint, Error, Stop};
use secrecy::SecretString;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::Duration;

on_both!(a_new_key_of_the_log_comes_beside_the_old_one, a_condemned_key_of_the_log_is_replaced);

/// A seal as cheap as seals can be.
fn seal(app: &App) -> Seal {
    let passphrase = SecretString::from("correct horse");
    app.keys.remember(passphrase.clone());
    Seal { passphrase, work_factor: 2 }
}

/// The list as it stands is signed by the root, elsewhere, and taken in.
async fn publish(app: &App) {
    let host: Host = "demo.example.vn".parse().unwrap();
    let list = custody::unsigned_list(app, None).await.unwrap().to_string();
    let note = custody::sign_list(&list, &test_key(&KeyName::root(&host))).unwrap();
    custody::import_list(app, None, &note).await.unwrap();
}

/// What waits is signed and published: the newest checkpoint, and the ids of those of the keys who signed it.
async fn signed(app: &App, keys: &[&VerifierKey]) -> (Checkpoint, Vec<KeyId>) {
    while log::carry(app).await.unwrap() > 0 {}
    let note = log::checkpoint(app).await.unwrap().unwrap();
    let keys: Vec<VerifierKey> = keys.iter().map(|key| (*key).clone()).collect();
    let opened = Note::parse(&note).unwrap().open(&keys).unwrap();
    assert_eq!(Note::parse(&note).unwrap().signatures().len(), opened.signers.len(), "nobody else");
    (Checkpoint::open(&note, &keys).unwrap(), opened.signers.into_iter().map(|(_, id)| id).collect())
}

/// Audits by a policy that names these keys of the log: the exit, and what is said.
async fn audited(registry: &TestApp, folder: &Path, keys: &[&VerifierKey]) -> (Option<i32>, String) {
    let mut command = audit_command(&format!("{}/log", registry.base), folder, true);
    let lines = keys.iter().fold(String::new(), |all, key| all + &format!("log {key}\n"));
    fs::write(folder.join("policy"), lines + "quorum none\n").unwrap();
    // The registry answers on this thread.
    let output = tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap();
    (output.status.code(), said(&output))
}

#[track_caller]
fn fits((exit, said): (Option<i32>, String)) {
    assert!(exit == Some(0) && !said.contains("compromised"), "{said}");
}

#[track_caller]
fn is_unsigned((exit, said): (Option<i32>, String)) {
    assert!(exit == Some(1) && said.contains("not signed by a log of the policy"), "{said}");
}

async fn a_new_key_of_the_log_comes_beside_the_old_one(on: On) {
    // A witness who knows the old key only.
    let clock = Clock::at(Moment::parse(NOW).unwrap());
    let witness =
        TestWitness::start("witness.example/one", log_key().verifier().public(), clock.clone(), Manner::Good)
            .await;
    let setting = witness.setting();
    let registry = TestApp::start_with(on, |config| config.witnesses = vec![setting]).await;
    let (app, old) = (&*registry.app, log_key().verifier().clone());
    let (knows_old, knows_both, fresh) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(signed(app, &[&old]).await.1, [old.id()]);
    fits(audited(&registry, knows_old.path(), &[&old]).await);
    fits(audited(&registry, knows_both.path(), &[&old]).await);
    let by_id = old.id().to_string();
    assert!(matches!(custody::retire(app, None, &by_id).await, Err(custody::Error::Alone(_))));

    let made = custody::rotate_log(app, None, &seal(app)).await.unwrap();
    let new = made.key;
    assert_eq!((new.name(), made.until), (old.name(), None));
    assert_ne!(new.id(), old.id());
    // It is told in the log, and signs nothing before the root has said so; nor does the old one end.
    let (before, by) = signed(app, &[&old, &new]).await;
    assert_eq!(by, [old.id()]);
    assert!(matches!(custody::retire(app, None, &by_id).await, Err(custody::Error::Alone(_))));
    let third = custody::rotate_log(app, None, &seal(app)).await;
    assert!(matches!(third, Err(custody::Error::AlreadyMade(_))), "{third:?}");

    publish(app).await;
    let (both, by) = signed(app, &[&old, &new]).await;
    assert!(both.size > before.size && by == [new.id(), old.id()], "{by:?}");
    // Whoever knows one of them goes on, and whoever begins with the new one does.
    fits(audited(&registry, knows_old.path(), &[&old]).await);
    fits(audited(&registry, knows_both.path(), &[&old, &new]).await);
    fits(audited(&registry, fresh.path(), &[&new]).await);
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 1);

    // Web libraries tell them apart.
    let set = registry.anonymous_program().get("/.well-known/jwks.json").await.expect(200).json();
    let mut kids: Vec<&str> =
        set["keys"].as_array().unwrap().iter().filter_map(|key| key["kid"].as_str()).collect();
    kids.sort_unstable();
    let (_, kids) = kids.split_at(kids.len() - 2);
    assert_eq!(kids, [old.name().to_string(), format!("{}+{}", new.name(), new.id())]);

    let code = KeyName::code(&"demo.example.vn".parse().unwrap(), Quarter::new(2026, 4).unwrap());
    let none = custody::retire(app, None, code.as_str()).await;
    assert!(matches!(none, Err(custody::Error::NotOfLog(_))), "{none:?}");
    let ambiguous = custody::retire(app, None, old.name().as_str()).await;
    assert!(matches!(ambiguous, Err(custody::Error::Ambiguous(_))), "{ambiguous:?}");
    custody::retire(app, None, &by_id).await.unwrap();
    let (after, by) = signed(app, &[&old, &new]).await;
    assert!(after.size > both.size && by == [new.id()], "{by:?}");
    publish(app).await;
    assert_eq!(signed(app, &[&old, &new]).await.1, [new.id()]);
    is_unsigned(audited(&registry, knows_old.path(), &[&old]).await);
    for clock in [&clock, &app.clock] {
        clock.set(clock.now().plus(Duration::from_mins(1)));
    }
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 0);
    assert_eq!(app.log.witnesses()[0].failure.as_deref(), Some("not_trusted"));
    fits(audited(&registry, knows_both.path(), &[&old, &new]).await);
    fits(audited(&registry, fresh.path(), &[&new]).await);
    let last = custody::retire(app, None, &new.id().to_string()).await;
    assert!(matches!(last, Err(custody::Error::Alone(_))), "{last:?}");
    registry.stop().await;
}

async fn a_condemned_key_of_the_log_is_replaced(on: On) {
    let (registry, journey) = registry(on).await;
    let (app, old) = (&*registry.app, log_key().verifier().clone());
    let (knows_both, knows_new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (good, _) = signed(app, &[&old]).await;
    fits(audited(&registry, knows_both.path(), &[&old]).await);
    custody::compromise(app, None, &old.id().to_string(), good.size).await.unwrap();
    let stopped = async || matches!(log::carry(app).await, Err(Error::Stopped(Stop::NoKey)));
    assert!(stopped().await);
    // Nothing that releases food is accepted.
    let runs = format!("/api/v1/lots/{}/runs", journey.lot);
    let run = json!({ "count": 3, "pack_size": "500 g" });
    let (status, refused) = journey.packer.api.post(&runs, &run).await;
    assert_eq!((status, refused["reason"].as_str()), (503, Some("no_key")), "{refused}");
    let new = custody::rotate_log(app, None, &seal(app)).await.unwrap().key;
    assert!(stopped().await, "no list names it yet");

    publish(app).await;
    let (after, by) = signed(app, &[&old, &new]).await;
    // The compromise, the new key, the list.
    assert!(after.size == good.size + 3 && by == [new.id()], "{after:?} {by:?}");
    fits(audited(&registry, knows_both.path(), &[&old, &new]).await);
    fits(audited(&registry, knows_new.path(), &[&new]).await);
    is_unsigned(audited(&registry, tempfile::tempdir().unwrap().path(), &[&old]).await);
    // What is stored is measured by checkpoints of either key.
    log::look(app).await.unwrap();
    journey.packer.api.done(201, &runs, &run).await;
    fits(audited(&registry, knows_both.path(), &[&old, &new]).await);
    registry.stop().await;
}

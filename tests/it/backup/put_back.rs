//! What was put back is not signed onwards before it is known how far it was signed: by no file that says less, and by no database that says nothing.

use super::{Place, adopt, ended, run, said};
use crate::audit::registry;
use crate::support::app::{On, Program, TestApp, on_both, test_key};
use nguongoc::app::{App, Random};
use nguongoc::config::{Limits, Settings};
use nguongoc::custody;
use nguongoc::keys::Keys;
use nguongoc::log::{self, Author, Entry, Error, Kind, Stop, Subject};
use nguongoc::store::Store;
use nguongoc::web::server::Service;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

on_both!(
    a_file_that_says_less_than_the_backup_signs_nothing,
    a_backup_from_before_the_first_checkpoint_begins_only_when_it_is_told_to,
    a_service_on_an_older_backup_refuses_codes_and_takes_holds,
);

/// The registry's own keys on what was put back at `place`, as `serve` holds them.
async fn there(registry: &TestApp, place: &Place, seed: u64) -> Arc<App> {
    let settings = Settings {
        database: Some(place.url.clone()),
        listen: Some("127.0.0.1:0".to_owned()),
        data: Some(place.data.clone()),
        code_host: Some(registry.app.config.code_host().to_owned()),
        workers: Some(1),
        ..Settings::default()
    };
    let mut config = settings.resolve().unwrap();
    config.limits = Limits { public_per_second: 10_000, sign_in_per_minute: 10_000, forms_per_hour: 10_000 };
    let ring = registry.app.keys.current();
    let keys = ring.secrets().iter().map(|key| test_key(key.verifier().name())).collect();
    let store = Store::open(&place.url).await.unwrap();
    let app = App::new(config, store, registry.app.clock.clone(), Random::seeded(seed), Keys::holding(keys));
    custody::refresh(&app).await.unwrap();
    Arc::new(app)
}

/// Says that nobody knows anything newer, and names no checkpoint.
async fn begin(place: &Place, host: &str, more: &[&str]) -> Output {
    let mut run = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    run.args(["--lang", "en", "log", "adopt", "--database", &place.url, "--code-host", host, "--data"]);
    run.arg(&place.data).args(more);
    tokio::task::spawn_blocking(move || run.output().unwrap()).await.unwrap()
}

/// Has something more told.
async fn tell(app: &App) {
    let entry = Entry {
        id: app.id(),
        kind: Kind::ReportPublished,
        subject: Subject::Registry,
        at: app.clock.now(),
        actor: Author { party: None, role: "officer" },
        body: json!({}),
    };
    app.store.write(async |tx| log::append(tx, &entry).await).await.unwrap();
}

/// Has something more told and signed.
async fn grow(app: &App) {
    tell(app).await;
    while log::carry(app).await.unwrap() > 0 {}
}

async fn a_file_that_says_less_than_the_backup_signs_nothing(on: On) {
    let registry = TestApp::start(on).await;
    let app = &registry.app;
    grow(app).await;
    // What a standby has seen that is off from now on.
    let seen = log::checkpoint(app).await.unwrap().unwrap();
    grow(app).await;
    let (url, host) = (app.config.database.expose(), app.config.code_host().to_owned());
    let keeping = tempfile::tempdir().unwrap();
    let backup = keeping.path().join("backup");
    ended(&run("backup", url, &app.config.data, &host, &[Path::new("--to"), &backup]).await, 0, "files");
    let saved = log::checkpoint(app).await.unwrap().unwrap();
    // The registry signs on, and is lost.
    grow(app).await;
    let newest = log::checkpoint(app).await.unwrap().unwrap();

    let place = Place::empty(on).await;
    fs::create_dir_all(place.checkpoint().parent().unwrap()).unwrap();
    fs::write(place.checkpoint(), &seen).unwrap();
    let restored = run("restore", &place.url, &place.data, &host, &[Path::new("--from"), &backup]).await;
    ended(&restored, 0, "log adopt");
    assert!(!said(&restored).contains("nothing was signed since"), "{}", said(&restored));
    assert_eq!(fs::read_to_string(place.checkpoint()).unwrap(), seen, "it stays until there is a newer one");
    // The service signs nothing there, however often it is asked and started.
    for seed in 1..=2 {
        let standby = there(&registry, &place, seed).await;
        tell(&standby).await;
        for _ in 0..2 {
            let outcome = log::carry(&standby).await;
            assert!(matches!(outcome, Err(Error::Stopped(Stop::FileMissing { .. }))), "{outcome:?}");
        }
        assert!(matches!(log::ready(&standby).await, Err(Error::Stopped(Stop::FileMissing { .. }))));
        assert_eq!(log::checkpoint(&standby).await.unwrap(), Some(saved.clone()));
        standby.store.close().await;
    }
    // Nor does another machine of the registry, whose file is as old.
    let mut other = Place::empty(on).await;
    other.url.clone_from(&place.url);
    fs::create_dir_all(other.checkpoint().parent().unwrap()).unwrap();
    fs::write(other.checkpoint(), &seen).unwrap();
    let standby = there(&registry, &other, 3).await;
    let outcome = log::carry(&standby).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::FileMissing { .. }))), "{outcome:?}");
    standby.store.close().await;
    // The database's own checkpoint says no more; the newest one that anybody knows tells that the backup is too old.
    let file = keeping.path().join("checkpoint");
    fs::write(&file, &saved).unwrap();
    ended(&adopt(&place, &host, &file, "en", &[]).await, 1, "--nothing-newer");
    ended(&begin(&place, &host, &["--nothing-newer"]).await, 1, "name a checkpoint");
    fs::write(&file, &newest).unwrap();
    ended(&adopt(&place, &host, &file, "en", &["--nothing-newer"]).await, 1, "it is an older backup");
    // Were there none, it would go on once somebody has asked.
    fs::write(&file, &saved).unwrap();
    ended(&adopt(&place, &host, &file, "en", &["--nothing-newer"]).await, 0, "last checkpoint seen");
    let standby = there(&registry, &place, 4).await;
    while log::carry(&standby).await.unwrap() > 0 {}
    log::ready(&standby).await.unwrap();
    assert_ne!(log::checkpoint(&standby).await.unwrap(), Some(saved));
    standby.store.close().await;
    registry.stop().await;
}

async fn a_backup_from_before_the_first_checkpoint_begins_only_when_it_is_told_to(on: On) {
    let registry = TestApp::start(on).await;
    let app = &registry.app;
    assert_eq!(log::checkpoint(app).await.unwrap(), None);
    let (url, host) = (app.config.database.expose(), app.config.code_host().to_owned());
    let keeping = tempfile::tempdir().unwrap();
    let backup = keeping.path().join("backup");
    ended(&run("backup", url, &app.config.data, &host, &[Path::new("--to"), &backup]).await, 0, "files");
    let place = Place::empty(on).await;
    let restored = run("restore", &place.url, &place.data, &host, &[Path::new("--from"), &backup]).await;
    ended(&restored, 0, "log adopt --nothing-newer");
    let standby = there(&registry, &place, 4).await;
    let outcome = log::carry(&standby).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::FileMissing { published: 0 }))), "{outcome:?}");
    assert_eq!(log::checkpoint(&standby).await.unwrap(), None);
    ended(&begin(&place, &host, &["--nothing-newer"]).await, 0, "this log may begin");
    while log::carry(&standby).await.unwrap() > 0 {}
    assert!(log::checkpoint(&standby).await.unwrap().is_some());
    standby.store.close().await;
    registry.stop().await;
}

async fn a_service_on_an_older_backup_refuses_codes_and_takes_holds(on: On) {
    let (registry, journey) = registry(on).await;
    let app = &registry.app;
    while log::carry(app).await.unwrap() > 0 {}
    let (url, host) = (app.config.database.expose(), app.config.code_host().to_owned());
    let keeping = tempfile::tempdir().unwrap();
    let backup = keeping.path().join("backup");
    ended(&run("backup", url, &app.config.data, &host, &[Path::new("--to"), &backup]).await, 0, "files");
    grow(app).await;
    let newest = log::checkpoint(app).await.unwrap().unwrap();
    let place = Place::empty(on).await;
    fs::create_dir_all(place.checkpoint().parent().unwrap()).unwrap();
    fs::write(place.checkpoint(), &newest).unwrap();
    let restored = run("restore", &place.url, &place.data, &host, &[Path::new("--from"), &backup]).await;
    ended(&restored, 1, "it is an older backup");

    let older = there(&registry, &place, 4).await;
    let service = Service::bind(older.clone()).unwrap();
    let base = format!("http://{}", service.address().unwrap());
    let (server, handle) = service.start().unwrap();
    actix_web::rt::spawn(server);
    // As the round of `serve` does, which is not waited for.
    let anybody = registry.anonymous_program();
    let farm =
        Program { base: base.clone(), token: journey.farm.api.token.clone(), client: anybody.client.clone() };
    let lots = format!("/api/v1/lots/{}", journey.lot);
    for _ in 0..2 {
        let labels = json!({ "count": 1, "pack_size": { "amount": 1, "unit": "kg" } });
        let refused = farm.post(&format!("{lots}/runs"), &labels).await.expect(503).json();
        assert_eq!(
            (&refused["code"], &refused["reason"]),
            (&json!("log_stopped"), &json!("shorter")),
            "{refused}"
        );
        assert!(matches!(log::carry(&older).await, Err(Error::Stopped(Stop::Shorter { .. }))));
    }
    let ready = anybody_at(&base, &anybody).get("/readyz").await.json();
    assert_eq!((&ready["log"], &ready["why"]["code"]), (&json!("stopped"), &json!("shorter")), "{ready}");
    farm.post(&format!("{lots}/hold"), &json!({ "reason": "kiểm tra lại" })).await.expect(201);
    let held = farm.get(&lots).await.expect(200).json();
    assert_eq!(held["hold_reason"], "kiểm tra lại", "{held}");
    handle.stop(true).await;
    older.store.close().await;
    registry.stop().await;
}

fn anybody_at(base: &str, anybody: &Program) -> Program {
    Program { base: base.to_owned(), token: None, client: anybody.client.clone() }
}

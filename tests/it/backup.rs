//! A registry saved while it serves and put back elsewhere; an older backup, which is found out; damage, and wrong places.

use crate::audit::registry;
use crate::support::app::{On, TestApp, on_both, test_key};
use crate::support::postgres;
use crate::support::witness::{Manner, TestWitness};
use nguongoc::app::Clock;
use nguongoc::kernel::LotId;
use nguongoc::keys::{Host, KeyName};
use nguongoc::log::{self, Checkpoint};
use nguongoc::lots;
use nguongoc::store::Store;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

mod put_back;

on_both!(
    a_registry_comes_back_from_its_backup,
    a_backup_says_what_is_wrong_and_touches_nothing,
    a_backup_is_made_beside_a_busy_service,
    a_restore_that_was_broken_off_is_given_again,
    a_witness_speaks_for_the_checkpoint_of_a_backup_or_against_it,
);

/// Where something is restored to: a database with nothing in it, and a folder.
struct Place {
    url: String,
    data: PathBuf,
    folder: tempfile::TempDir,
    _database: Option<postgres::TestDatabase>,
}

impl Place {
    async fn empty(on: On) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let database = match on {
            On::Sqlite => None,
            On::Postgres => Some(postgres::database("empty", async |_| ()).await),
        };
        let url = match &database {
            None => format!("sqlite:{}", data.join("nguongoc.sqlite").display()),
            Some(database) => database.url.clone(),
        };
        Self { url, data, folder, _database: database }
    }

    fn checkpoint(&self) -> PathBuf {
        log::kept_path(&self.data)
    }
}

async fn run(command: &str, url: &str, data: &Path, host: &str, more: &[&Path]) -> Output {
    run_with(command, url, data, host, more, None).await
}

/// Runs it, perhaps with another folder of PostgreSQL's programs.
async fn run_with(
    command: &str,
    url: &str,
    data: &Path,
    host: &str,
    more: &[&Path],
    programs: Option<&Path>,
) -> Output {
    let mut run = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    run.args(["--lang", "en", command, "--database", url, "--code-host", host, "--data"])
        .arg(data)
        .args(more);
    if let Some(programs) = programs {
        run.env("PG_BIN", programs);
    }
    // The registry answers on this thread.
    tokio::task::spawn_blocking(move || run.output().expect("the program")).await.unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn ended(output: &Output, code: i32, with: &str) {
    let said = said(output);
    assert!(output.status.code() == Some(code) && said.contains(with), "{:?}: {said}", output.status);
}

/// Adopts a checkpoint in a place to which something was restored.
async fn adopt(place: &Place, host: &str, checkpoint: &Path, lang: &str, more: &[&str]) -> Output {
    let mut run = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    run.args(["--lang", lang, "log", "adopt", "--database", &place.url, "--code-host", host, "--data"]);
    run.arg(&place.data).arg("--checkpoint").arg(checkpoint).args(more);
    // The registry, and perhaps a witness, answer on this thread.
    tokio::task::spawn_blocking(move || run.output().unwrap()).await.unwrap()
}

async fn a_registry_comes_back_from_its_backup(on: On) {
    let (registry, journey) = registry(on).await;
    let app = &registry.app;
    while log::carry(app).await.unwrap() > 0 {}
    let (url, host) = (app.config.database.expose(), app.config.code_host().to_owned());
    let keeping = tempfile::tempdir().unwrap();
    fs::create_dir_all(app.config.data.join("keys")).unwrap();
    fs::write(app.config.data.join("keys/sealed"), "a sealed key").unwrap();
    let earlier = keeping.path().join("earlier");
    let to = Path::new("--to");
    let made = run("backup", url, &app.config.data, &host, &[to, &earlier]).await;
    ended(&made, 0, "entries");
    assert_eq!(String::from_utf8_lossy(&made.stdout).trim(), earlier.display().to_string());
    let manifest: Value = serde_json::from_slice(&fs::read(earlier.join("manifest.json")).unwrap()).unwrap();
    let note = log::checkpoint(app).await.unwrap().unwrap();
    assert_eq!(manifest["log"]["checkpoint"], json!(note));
    ended(&run("backup", url, &app.config.data, &host, &[to, &earlier]).await, 1, "is there already");

    // Elsewhere: what was known is known, and the log goes on once the last checkpoint is known there.
    let from = Path::new("--from");
    let place = Place::empty(on).await;
    let restored = run("restore", &place.url, &place.data, &host, &[from, &earlier]).await;
    ended(&restored, 0, "log adopt");
    assert_eq!(fs::read_to_string(place.data.join("keys/sealed")).unwrap(), "a sealed key");
    assert!(!place.checkpoint().exists(), "a checkpoint of a backup is not one that this machine has seen");
    let store = Store::open(&place.url).await.unwrap();
    let lot: LotId = journey.lot.parse().unwrap();
    let there = store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap();
    let here = app.store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap();
    assert_eq!((there.code, there.version), (here.code, here.version));
    store.close().await;
    let file = place.folder.path().join("checkpoint");
    fs::write(&file, &note).unwrap();
    // The backup's own checkpoint says nothing of what was signed after it: whoever adopts it has to have asked.
    for (lang, words) in [("en", "Only when nobody knows a newer one"), ("vi", "Chỉ khi không ai biết")]
    {
        let refused = adopt(&place, &host, &file, lang, &[]).await;
        ended(&refused, 1, words);
        assert!(said(&refused).contains("--nothing-newer"), "{}", said(&refused));
        assert!(!place.checkpoint().exists(), "nothing is taken over");
    }
    ended(&adopt(&place, &host, &file, "en", &["--nothing-newer"]).await, 0, "last checkpoint seen");
    // Once more into the same place: it is not empty any more.
    ended(&run("restore", &place.url, &place.data, &host, &[from, &earlier]).await, 1, "is not empty");

    // The registry goes on; whoever saw that does not sign an older database, and says so at once.
    let hold = format!("/api/v1/lots/{}/hold", journey.lot);
    journey.farm.api.done(201, &hold, &json!({ "reason": "kiểm tra lại" })).await;
    while log::carry(app).await.unwrap() > 0 {}
    let newest = log::checkpoint(app).await.unwrap().unwrap();
    let key = test_key(&KeyName::log(&host.parse::<Host>().unwrap())).verifier().clone();
    let size = |note: &str| Checkpoint::open(note, std::slice::from_ref(&key)).unwrap().size;
    assert!(size(&newest) > size(&note));
    let older = Place::empty(on).await;
    fs::create_dir_all(older.checkpoint().parent().unwrap()).unwrap();
    fs::write(older.checkpoint(), &newest).unwrap();
    let restored = run("restore", &older.url, &older.data, &host, &[from, &earlier]).await;
    ended(&restored, 1, "it is an older backup");
    assert_eq!(fs::read_to_string(older.checkpoint()).unwrap(), newest, "what this machine has seen stays");
    // The newest backup goes on there.
    let later = keeping.path().join("later");
    ended(&run("backup", url, &app.config.data, &host, &[to, &later]).await, 0, "entries");
    let whole = Place::empty(on).await;
    fs::create_dir_all(whole.checkpoint().parent().unwrap()).unwrap();
    fs::write(whole.checkpoint(), &newest).unwrap();
    ended(
        &run("restore", &whole.url, &whole.data, &host, &[from, &later]).await,
        0,
        "nothing was signed since",
    );
    // An earlier checkpoint is not taken over where a later one was seen.
    let (held, given) = (size(&newest), size(&note));
    for (lang, words) in [
        ("en", format!("holds a checkpoint of {held} entries, and this one has {given}")),
        ("vi", format!("đang giữ điểm kiểm {held} mục, còn điểm kiểm này có {given} mục")),
    ] {
        ended(&adopt(&whole, &host, &file, lang, &["--nothing-newer"]).await, 1, &words);
    }
    assert_eq!(fs::read_to_string(whole.checkpoint()).unwrap(), newest);
    registry.stop().await;
}

async fn a_backup_says_what_is_wrong_and_touches_nothing(on: On) {
    let registry = TestApp::start(on).await;
    let app = &registry.app;
    log::carry(app).await.unwrap();
    let (url, host) = (app.config.database.expose(), app.config.code_host().to_owned());
    let keeping = tempfile::tempdir().unwrap();
    let good = keeping.path().join("good");
    let (to, from) = (Path::new("--to"), Path::new("--from"));
    ended(&run("backup", url, &app.config.data, &host, &[to, &good]).await, 0, "files");
    let place = Place::empty(on).await;
    let untouched = |place: &Place| {
        let left = fs::read_dir(&place.data).map_or(0, Iterator::count);
        // The claim on an embedded database is all that may be left.
        assert!(left <= 1, "{left} files");
    };
    let restore =
        async |from_folder: &Path| run("restore", &place.url, &place.data, &host, &[from, from_folder]).await;
    ended(&restore(keeping.path()).await, 1, "manifest.json is missing");
    // A byte of the copy, a file that is gone, a name that leads out, another form, the other kind of database.
    let copy = good.join(match on {
        On::Sqlite => "database.sqlite",
        On::Postgres => "database.dump",
    });
    let whole = fs::read(&copy).unwrap();
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&copy, &bytes).unwrap();
    ended(&restore(&good).await, 1, "the backup is damaged");
    fs::remove_file(&copy).unwrap();
    ended(&restore(&good).await, 1, "the backup is damaged");
    fs::write(&copy, &whole).unwrap();
    let path = good.join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    let kind = match on {
        On::Sqlite => "\"sqlite\"",
        On::Postgres => "\"postgres\"",
    };
    for (what, with, says) in [
        ("\"path\": \"database", "\"path\": \"../database", "the backup is damaged"),
        ("nguongoc-backup/1", "nguongoc-backup/9", "in the form nguongoc-backup/9"),
        (kind, "\"other\"", "the backup is of other"),
        ("\"path\": \"database", "\"path\": \"data/database", "does not list the database"),
    ] {
        let changed = manifest.replacen(what, with, 1);
        assert_ne!(changed, manifest, "{what}");
        fs::write(&path, changed).unwrap();
        ended(&restore(&good).await, 1, says);
    }
    fs::write(&path, &manifest).unwrap();
    untouched(&place);
    // A file that is another one.
    fs::create_dir_all(app.config.data.join("keys")).unwrap();
    fs::write(app.config.data.join("keys/sealed"), "a sealed key").unwrap();
    let keyed = keeping.path().join("keyed");
    ended(&run("backup", url, &app.config.data, &host, &[to, &keyed]).await, 0, "files");
    fs::create_dir_all(place.data.join("keys")).unwrap();
    fs::write(place.data.join("keys/sealed"), "another key").unwrap();
    ended(&restore(&keyed).await, 1, "differs from the backup");
    assert_eq!(fs::read_to_string(place.data.join("keys/sealed")).unwrap(), "another key");
    // Nothing to save.
    if on == On::Sqlite {
        let nowhere = keeping.path().join("nowhere");
        let none = format!("sqlite:{}", nowhere.join("x.sqlite").display());
        ended(
            &run("backup", &none, &nowhere, &host, &[to, &keeping.path().join("n")]).await,
            1,
            "no database to save",
        );
    }
    registry.stop().await;
}

async fn a_backup_is_made_beside_a_busy_service(on: On) {
    let registry = TestApp::start(on).await;
    let app = registry.app.clone();
    log::carry(&app).await.unwrap();
    let (url, host) = (app.config.database.expose().to_owned(), app.config.code_host().to_owned());
    let data = app.config.data.clone();
    let keeping = tempfile::tempdir().unwrap();
    let busy = app.clone();
    let work = actix_web::rt::spawn(async move {
        for _ in 0..2_000 {
            crate::witness::grow(&busy).await;
            actix_web::rt::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    // A file that another process began, and a passphrase where it should not be.
    fs::write(data.join("log/.tmpAbCdEf"), "half a checkpoi").unwrap();
    // A tile of the log, which is a copy of the database.
    fs::create_dir_all(data.join("log/tiles/entries/0")).unwrap();
    fs::write(data.join("log/tiles/entries/0/000"), "a tile").unwrap();
    fs::write(data.join("passphrase"), "a passphrase of the tests").unwrap();
    let (to, secret, flag) = (Path::new("--to"), data.join("passphrase"), Path::new("--key-passphrase-file"));
    for number in 0..3 {
        let folder = keeping.path().join(format!("backup-{number}"));
        let made = run("backup", &url, &data, &host, &[to, &folder, flag, &secret]).await;
        ended(&made, 0, "lies in the data folder beside the keys");
        let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
        assert!(manifest.contains("data/log/checkpoint") && !manifest.contains(".tmp"), "{manifest}");
        assert!(!manifest.contains("passphrase") && !manifest.contains("log/tiles"), "{manifest}");
    }
    work.abort();
    let place = Place::empty(on).await;
    let last = keeping.path().join("backup-2");
    ended(
        &run("restore", &place.url, &place.data, &host, &[Path::new("--from"), &last]).await,
        0,
        "restored",
    );
    // Not into itself; and nothing half made is left where it could not be made.
    let inside = data.join("backups/today");
    ended(&run("backup", &url, &data, &host, &[to, &inside]).await, 1, "lies in the data folder");
    assert!(!data.join("backups").exists());
    let later = keeping.path().join("not/there/yet");
    let inside = later.join("today");
    ended(&run("backup", &url, &later, &host, &[to, &inside]).await, 1, "lies in the data folder");
    assert!(!later.exists());
    let (failing, nowhere) = (keeping.path().join("failing"), keeping.path().join("no-programs"));
    if on == On::Postgres {
        let failed = run_with("backup", &url, &data, &host, &[to, &failing], Some(&nowhere)).await;
        ended(&failed, 1, "cannot start pg_dump");
        assert!(!failing.exists() && !keeping.path().join("failing.part").exists());
    }
    registry.stop().await;
}

async fn a_restore_that_was_broken_off_is_given_again(on: On) {
    let registry = TestApp::start(on).await;
    let app = &registry.app;
    log::carry(app).await.unwrap();
    let (url, host) = (app.config.database.expose(), app.config.code_host().to_owned());
    fs::create_dir_all(app.config.data.join("keys")).unwrap();
    fs::write(app.config.data.join("keys/sealed"), "a sealed key").unwrap();
    let keeping = tempfile::tempdir().unwrap();
    let backup = keeping.path().join("backup");
    ended(&run("backup", url, &app.config.data, &host, &[Path::new("--to"), &backup]).await, 0, "files");
    let place = Place::empty(on).await;
    let from = [Path::new("--from"), backup.as_path()];
    // The files are there, and the database cannot be put beside them.
    let obstacle = place.data.join("nguongoc.restoring");
    let nowhere = keeping.path().join("no-programs");
    let broken = match on {
        On::Sqlite => {
            fs::create_dir_all(obstacle.join("x")).unwrap();
            run("restore", &place.url, &place.data, &host, &from).await
        }
        On::Postgres => run_with("restore", &place.url, &place.data, &host, &from, Some(&nowhere)).await,
    };
    assert_eq!(broken.status.code(), Some(1), "{}", said(&broken));
    assert_eq!(fs::read_to_string(place.data.join("keys/sealed")).unwrap(), "a sealed key");
    if on == On::Sqlite {
        fs::remove_dir_all(&obstacle).unwrap();
        // What another database left beside its place would be taken for this one's last writes.
        for ending in ["-wal", "-shm", "-journal"] {
            let left = place.data.join(format!("nguongoc.sqlite{ending}"));
            fs::write(&left, "of another database").unwrap();
            let refused = run("restore", &place.url, &place.data, &host, &from).await;
            ended(&refused, 1, &format!("{} — move them away", left.display()));
            assert_eq!(fs::read_to_string(&left).unwrap(), "of another database");
            fs::remove_file(&left).unwrap();
        }
    }
    ended(&run("restore", &place.url, &place.data, &host, &from).await, 0, "restored as it was");
    registry.stop().await;
}

async fn a_witness_speaks_for_the_checkpoint_of_a_backup_or_against_it(on: On) {
    let registry = TestApp::start(on).await;
    let app = &registry.app;
    while log::carry(app).await.unwrap() > 0 {}
    let (url, host) = (app.config.database.expose(), app.config.code_host().to_owned());
    let keeping = tempfile::tempdir().unwrap();
    let backup = keeping.path().join("backup");
    ended(&run("backup", url, &app.config.data, &host, &[Path::new("--to"), &backup]).await, 0, "files");
    let note = log::checkpoint(app).await.unwrap().unwrap();
    let file = keeping.path().join("checkpoint");
    fs::write(&file, &note).unwrap();
    let place = Place::empty(on).await;
    let from = [Path::new("--from"), backup.as_path()];
    ended(&run("restore", &place.url, &place.data, &host, &from).await, 0, "log adopt");
    // It tells the time as the program does.
    let key = test_key(&KeyName::log(&host.parse::<Host>().unwrap()));
    let key = key.verifier();
    let checkpoint = Checkpoint::open(&note, std::slice::from_ref(key)).unwrap();
    let witness = async |name| TestWitness::start(name, key.public(), Clock::System, Manner::Good).await;
    let (witness, second) = (witness("witness.example/w").await, witness("second.example/w").await);
    let setting = format!("{} {}", witness.key, witness.url);
    let witnessed = ["--witnesses", setting.as_str()];
    // One that does not answer, or has never seen this log, says nothing of what was signed since.
    witness.behave(Manner::Says(503));
    ended(&adopt(&place, &host, &file, "en", &witnessed).await, 1, "--nothing-newer");
    witness.behave(Manner::Good);
    for _ in 0..2 {
        // Being asked, it has seen nothing new.
        ended(&adopt(&place, &host, &file, "en", &witnessed).await, 1, "--nothing-newer");
    }
    // Had it seen more, it would speak against it, whatever was said.
    witness.seen.lock().unwrap().size = checkpoint.size + 5;
    let more = [&witnessed[..], &["--nothing-newer"]].concat();
    for more in [&witnessed[..], &more[..]] {
        ended(&adopt(&place, &host, &file, "en", more).await, 1, "it is an older backup");
        assert!(!place.checkpoint().exists(), "nothing is taken over");
    }
    // So it does when it has seen fewer entries, and others than these.
    let saw = |witness: &TestWitness, size, root| {
        let mut seen = witness.seen.lock().unwrap();
        (seen.size, seen.root) = (size, root);
    };
    saw(&witness, checkpoint.size - 1, [7; 32]);
    ended(&adopt(&place, &host, &file, "en", &more).await, 1, "are not those that were signed");
    assert!(!place.checkpoint().exists(), "nothing is taken over");
    // One alone that has seen this one last may have missed what the others saw: all have to answer.
    saw(&witness, checkpoint.size, *checkpoint.root.as_bytes());
    let both = format!("{setting}\n{} {}", second.key, second.url);
    second.behave(Manner::Says(503));
    ended(&adopt(&place, &host, &file, "en", &["--witnesses", &both]).await, 1, "--nothing-newer");
    assert!(!place.checkpoint().exists(), "nothing is taken over");
    second.behave(Manner::Good);
    saw(&second, checkpoint.size + 3, [7; 32]);
    ended(&adopt(&place, &host, &file, "en", &["--witnesses", &both]).await, 1, "it is an older backup");
    saw(&second, 0, [0; 32]);
    ended(&adopt(&place, &host, &file, "en", &["--witnesses", &both]).await, 0, "last checkpoint seen");
    registry.stop().await;
}

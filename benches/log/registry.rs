//! A registry with nothing but keys and a log.

use anyhow::{Context, Result};
use nguongoc::app::{App, Clock, Random};
use nguongoc::config::{Limits, Settings};
use nguongoc::custody::{self, Root, Seal};
use nguongoc::kernel::{LogEntryId, LotId};
use nguongoc::keys::{Keys, Role, SecretKey};
use nguongoc::log::{self, Author, Entry, Kind, Subject};
use nguongoc::store::Store;
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use uuid::Uuid;

/// The host that the codes of this registry name.
pub(crate) const HOST: &str = "t.example.vn";
/// The work of a seal that keeps nothing worth keeping.
const WORK: u8 = 4;

/// The application over a database, as a program opens it; with the keys, when they were begun. `secrets` are keys that were unsealed before, as [`secrets`]
/// gives them.
pub(crate) async fn open(url: &str, folder: &Path, secrets: &[String]) -> Result<App> {
    let secrets = secrets.iter().map(|text| SecretKey::parse(text)).collect::<Result<_, _>>()?;
    let settings = Settings {
        database: Some(url.to_owned()),
        listen: Some("127.0.0.1:0".to_owned()),
        data: Some(folder.to_owned()),
        code_host: Some(HOST.to_owned()),
        key_passphrase_file: Some(folder.join("passphrase.txt")),
        workers: Some(1),
        ..Settings::default()
    };
    let mut config = settings.resolve()?;
    let plenty = 1_000_000_000;
    config.limits = Limits { public_per_second: plenty, sign_in_per_minute: plenty, forms_per_hour: plenty };
    let app =
        App::new(config, Store::open(url).await?, Clock::System, Random::System, Keys::holding(secrets));
    if app.store.check_version().await.is_ok() {
        custody::refresh(&app).await?;
    }
    Ok(app)
}

/// The keys that an application has open.
pub(crate) fn secrets(app: &App) -> Vec<String> {
    app.keys.current().secrets().iter().map(|secret| secret.reveal().to_string()).collect()
}

/// Makes the tables and the keys of an empty registry.
pub(crate) async fn begin(url: &str, folder: &Path) -> Result<App> {
    let app = open(url, folder, &[]).await?;
    app.store.migrate().await?;
    let passphrase = "một câu dài dễ nhớ mà khó đoán";
    let file = app.config.passphrase_file.as_ref().context("a file")?;
    fs::write(file, passphrase)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
    let seal = Seal { passphrase: passphrase.to_owned().into(), work_factor: WORK };
    custody::begin(&app, None, Root::Kept, &seal).await?;
    custody::refresh(&app).await?;
    app.keys.current().signing(Role::Log, app.clock.now()).context("the log's key")?;
    while log::carry(&app).await? > 0 {}
    Ok(app)
}

/// The entry of an event about one of many lots, as long as they are on average.
fn entry(app: &App, number: u64) -> Entry {
    Entry {
        id: app.id(),
        kind: Kind::EventRecorded,
        // Some thousand lots that each have a history, between lots with a few events.
        subject: Subject::Lot(LotId::from_uuid(Uuid::from_u128(
            u128::from(number % 50_021) | (7_u128 << 76),
        ))),
        at: app.clock.now(),
        actor: Author { party: None, role: "officer" },
        body: json!({
            "number": number,
            "event_id": format!("ni:///sha-256;{:064x}?ver=CBV2.0", u128::from(number) << 17),
            "step": "ship",
            "commitments": { "amount": format!("{:064x}", u128::from(number) << 31) },
        }),
    }
}

/// Puts entries among those that wait, in one unit of work.
pub(crate) async fn append(app: &App, numbers: std::ops::Range<u64>) -> Result<Vec<LogEntryId>> {
    let entries: Vec<Entry> = numbers.map(|number| entry(app, number)).collect();
    app.store.write(async |tx| log::append_all(tx, &entries).await).await?;
    Ok(entries.iter().map(|entry| entry.id).collect())
}

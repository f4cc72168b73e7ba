//! The keyring in force, kept in step with the database: looked at each second by every running service.

use super::lists::trust;
use super::retire_ended;
use crate::app::App;
use crate::custody::error::Error;
use crate::custody::files::Opening;
use crate::custody::model::{Fault, StoredKey};
use crate::custody::store;
use crate::kernel::{LogEntryId, Moment};
use crate::keys::{KeyId, KeyList, KeyStatus, Keyring, ListError, ListedKey, OpenedList, Role, SecretKey};
use crate::store::{StoreError, Tx};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// All keys of the registry.
///
/// # Errors
/// When the database fails.
pub async fn stored(app: &App) -> Result<Vec<StoredKey>, Error> {
    Ok(app.store.read(async |tx| store::keys(tx).await).await?)
}

/// For use cases that sign, in their unit of work: where the key may sign by what the database knows at this moment, the id of
/// the log's entry about that, and its time. Nobody changes the key until the unit of work ends: its compromise is known here, or
/// stands behind that entry, in the log and in time.
///
/// # Errors
/// When the database fails.
pub async fn may_sign(tx: &mut Tx, app: &App, id: KeyId) -> Result<Option<(LogEntryId, Moment)>, StoreError> {
    let key = store::held_key(tx, id).await?;
    // Not drawn before the key is held: what became of it until then is told before.
    let (entry, now) = (app.id(), app.clock.now());
    Ok(key.is_some_and(|key| key.may_sign(now)).then_some((entry, now)))
}

/// Puts the keyring that the database describes into force, with the private keys that lie here. What could not be opened is
/// reported and left out: a service without private keys still reads.
///
/// # Errors
/// When the database fails, or a stored list is not believed any more.
pub async fn refresh(app: &App) -> Result<Vec<Fault>, Error> {
    renew(app, true).await
}

/// Puts the list that the database describes into force, and opens no private key: for those who only check.
///
/// # Errors
/// When the database fails, or a stored list is not believed any more.
pub async fn refresh_list(app: &App) -> Result<(), Error> {
    renew(app, false).await.map(|_| ())
}

async fn renew(app: &App, open: bool) -> Result<Vec<Fault>, Error> {
    let _turn = app.keys.turn().await;
    let (mark, keys, opened, note) = app
        .store
        .read(async |tx| {
            let mark = store::mark(tx).await?;
            let keys = store::keys(tx).await?;
            let mut opened = None;
            let note = store::lists(tx).await?.pop();
            if let Some(note) = &note {
                let list = trust(tx, &keys).await?.accept(note)?;
                opened = Some(OpenedList { list: as_known(&list.list, &keys)?, ..list });
            }
            Ok::<_, Error>((mark, keys, opened, note))
        })
        .await?;
    let before = app.keys.current();
    let compromised = |key: &StoredKey| matches!(key.status, KeyStatus::Compromised { .. });
    let known_bad =
        |secret: &SecretKey| keys.iter().any(|key| compromised(key) && key.verifier == *secret.verifier());
    let mut secrets: Vec<_> = before.secrets().iter().filter(|secret| !known_bad(secret)).cloned().collect();
    let wanted = keys.iter().filter(|key| open && wants(key, &before));
    let mut faults = Vec::new();
    for (key, opened) in open_all(app, wanted.cloned().collect()).await? {
        match opened {
            Ok(Some(secret)) => secrets.push(Arc::new(secret)),
            Ok(None) => {}
            Err(why) => faults.push(Fault { key, why }),
        }
    }
    app.keys.exchange(Keyring::sharing(secrets, opened), note.map(Arc::from), mark);
    Ok(faults)
}

/// [`refresh`], where a keyring is in force: a command that ends at once needs none.
pub(super) async fn keep_up(app: &App) -> Result<(), Error> {
    if app.keys.mark().is_some() {
        refresh(app).await?;
    }
    Ok(())
}

/// Opens private keys side by side, each of which takes about a second of one core.
async fn open_all(
    app: &App,
    keys: Vec<StoredKey>,
) -> Result<Vec<(String, Result<Option<SecretKey>, Error>)>, Error> {
    let opening = Opening::of(app);
    let begun: Vec<_> = keys
        .into_iter()
        .map(|key| {
            let opening = opening.clone();
            tokio::task::spawn_blocking(move || (key.verifier.name().to_string(), opening.open(&key)))
        })
        .collect();
    let mut opened = Vec::with_capacity(begun.len());
    for task in begun {
        opened.push(task.await?);
    }
    Ok(opened)
}

/// Whether the file of a key lies here that may sign and is not held.
async fn has_come(app: &App) -> Result<bool, Error> {
    let (keys, ring, opening) = (stored(app).await?, app.keys.current(), Opening::of(app));
    let mut wanted = keys.iter().filter(|key| wants(key, &ring));
    Ok(wanted.any(|key| opening.has(key)))
}

/// Whether a key may sign for this service, and is not held.
fn wants(key: &StoredKey, ring: &Keyring) -> bool {
    key.status == KeyStatus::Active && key.role != Role::Root && !ring.holds(key.verifier.id())
}

/// The list, with what is known by now of its keys: what was retired or condemned since counts at once.
fn as_known(list: &KeyList, keys: &[StoredKey]) -> Result<KeyList, ListError> {
    let now_known = |listed: &ListedKey| {
        let stored = keys.iter().find(|key| key.verifier == *listed.key());
        match (stored.map(|key| key.status), listed.status()) {
            (Some(status @ KeyStatus::Compromised { .. }), _) => listed.clone().with_status(status),
            (Some(KeyStatus::Retired), KeyStatus::Active) => listed.clone().with_status(KeyStatus::Retired),
            _ => listed.clone(),
        }
    };
    let keys = list.keys().iter().map(now_known).collect();
    KeyList::new(list.host().clone(), list.sequence(), list.issued(), list.valid_until(), keys)
}

/// Looks each second whether keys or their list have changed, and once an hour whether a term has ended. Call it on the
/// program's main thread; it ends with the runtime.
#[must_use]
pub fn watch(app: Arc<App>) -> JoinHandle<()> {
    tokio::task::spawn_local(async move {
        let mut every = tokio::time::interval(Duration::from_secs(1));
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut round, mut failing, mut faulty) = (0_u64, false, false);
        loop {
            every.tick().await;
            let outcome = look(&app, round, &mut faulty).await;
            if let Err(error) = &outcome
                && !failing
            {
                tracing::warn!(%error, "the keys cannot be looked at; those in force stay in force");
            }
            failing = outcome.is_err();
            round += 1;
        }
    })
}

async fn look(app: &App, round: u64, faulty: &mut bool) -> Result<(), Error> {
    if round % 3600 == 1 {
        retire_ended(app, None).await?;
    }
    let mark = app.store.glance(store::mark).await?;
    // A key file that could not be opened may have been mended since, and one that was not here may have been copied.
    let again = round.is_multiple_of(60) && (*faulty || has_come(app).await?);
    // The first time the list alone may be in force, by which what is stored is measured from the start.
    if round > 0 && app.keys.mark() == Some(mark) && !again {
        return Ok(());
    }
    let faults = refresh(app).await?;
    *faulty = !faults.is_empty();
    for fault in &faults {
        tracing::warn!(key = %fault.key, why = %fault.why, "a private key cannot be opened");
    }
    let ring = app.keys.current();
    let now = app.clock.now();
    match ring.opened() {
        None => tracing::warn!("there is no key list: nothing can be issued; run `nguongoc keys init`"),
        Some(OpenedList { list, .. }) => tracing::info!(
            sequence = list.sequence(),
            issuing = ring.signing(Role::Code, now).is_some(),
            "keys are in force"
        ),
    }
    Ok(())
}

//! Key lists: written out for the root, signed by it elsewhere, taken in and published.

use super::watch::keep_up;
use super::{ended, made, tell};
use crate::app::App;
use crate::custody::error::Error;
use crate::custody::model::{LIST_GRACE, NewKey, StoredKey};
use crate::custody::store;
use crate::kernel::{Moment, PersonId, Sha256Hash};
use crate::keys::{KeyList, KeyStatus, ListError, ListedKey, Note, Role, SecretKey, Trust, VerifierKey};
use crate::log::{Kind, Subject};
use crate::store::Tx;
use serde_json::json;

/// What is trusted, restored by accepting the stored lists again from the pinned root on.
pub(super) async fn trust(tx: &mut Tx, keys: &[StoredKey]) -> Result<Trust, Error> {
    let root = keys.iter().find(|key| key.role == Role::Root).ok_or(Error::NotBegun)?;
    let mut trust = Trust::new(root.verifier.clone())?;
    for note in store::lists(tx).await? {
        trust.accept(&note)?;
    }
    Ok(trust)
}

/// The next list, for the root to sign. A new root may be added to it; it counts once a root trusted by now has signed.
///
/// # Errors
/// [`Error::NotBegun`]; a new root of another host.
pub async fn unsigned_list(app: &App, new_root: Option<&VerifierKey>) -> Result<KeyList, Error> {
    let now = app.clock.now();
    let (keys, sequence) = app
        .store
        .read(async |tx| Ok::<_, Error>((store::keys(tx).await?, store::mark(tx).await?.sequence)))
        .await?;
    if keys.is_empty() {
        return Err(Error::NotBegun);
    }
    let mut listed = keys.iter().map(StoredKey::listed).collect::<Result<Vec<_>, _>>()?;
    if let Some(root) = new_root {
        listed.push(ListedKey::new(root.clone(), KeyStatus::Active, now, None)?);
    }
    let last = keys
        .iter()
        .filter(|key| key.role == Role::Code && key.status == KeyStatus::Active)
        .filter_map(|key| key.until)
        .max();
    let valid_until = last.unwrap_or(now).max(now).plus(LIST_GRACE);
    let sequence = u64::try_from(sequence).unwrap_or(0) + 1;
    Ok(KeyList::new(super::host(app)?, sequence, now, valid_until, listed)?)
}

/// The note of an earlier list, or of the one in force, by its number. Who missed a change of the root finds the list there in which the
/// old root names its successor.
///
/// # Errors
/// When the database fails.
pub async fn list_numbered(app: &App, sequence: u64) -> Result<Option<String>, Error> {
    let Ok(sequence) = i64::try_from(sequence) else { return Ok(None) };
    Ok(app.store.glance(async |tx| store::list(tx, sequence).await).await?)
}

/// Signs the text of a list with the root: on the machine where the root lies, without a database.
///
/// # Errors
/// When the text is no key list, or the key is not the root of its host.
pub fn sign_list(text: &str, root: &SecretKey) -> Result<String, Error> {
    // A note that was signed before (by an old root) may be signed again by a new one: its text is what counts.
    let text = Note::parse(text).map_or_else(|_| text.to_owned(), |note| note.text().to_owned());
    let list = KeyList::parse(&text)?;
    let name = root.verifier().name();
    if name.role() != Some(Role::Root) || name.host() != list.host().as_str() {
        return Err(ListError::Misplaced(name.as_str().into()).into());
    }
    Ok(Note::sign(&text, &[root]).map_err(ListError::from)?.to_string())
}

/// Takes a signed list over: from then on it is published and checked by. Gives its number.
///
/// # Errors
/// [`Error::List`] when no root trusted by now signed it, or it is not newer; [`Error::Forgets`] when it calls a key good that
/// is known to be compromised.
pub async fn import_list(app: &App, by: Option<PersonId>, note: &str) -> Result<u64, Error> {
    let sequence = app
        .store
        .write(async |tx| {
            // A list may condemn keys: as in `compromise`.
            store::stop_signing(tx).await?;
            let now = app.clock.now();
            let keys = store::keys(tx).await?;
            let mut trust = trust(tx, &keys).await?;
            let seen = trust.sequence();
            let list = trust.accept(note)?.list;
            if let Some(seen) = seen.filter(|seen| list.sequence() <= *seen) {
                return Err(Error::from(ListError::Older { given: list.sequence(), seen }));
            }
            for listed in list.keys() {
                settle(tx, app, (by, now), &keys, listed).await?;
            }
            store::insert_list(tx, list.sequence(), note, now).await?;
            let body = json!({
                "sequence": list.sequence(),
                "issued": list.issued(),
                "valid_until": list.valid_until(),
                "sha256": Sha256Hash::of(note.as_bytes()).to_string(),
            });
            tell(tx, app, (by, now), Kind::KeyListImported, Subject::Registry, body).await?;
            Ok(list.sequence())
        })
        .await?;
    keep_up(app).await?;
    Ok(sequence)
}

/// Brings one stored key to what a list says of it: the root may retire and condemn, nobody may rehabilitate.
async fn settle(
    tx: &mut Tx,
    app: &App,
    (by, now): (Option<PersonId>, Moment),
    known: &[StoredKey],
    listed: &ListedKey,
) -> Result<(), Error> {
    let verifier = listed.key();
    let subject = || Subject::Key(verifier.name().to_string());
    let stored = known.iter().find(|key| key.verifier == *verifier);
    if stored.is_none() {
        let key = NewKey { verifier: verifier.clone(), from: listed.from(), until: listed.until() };
        store::insert_key(tx, &key, listed.role(), listed.status(), now).await?;
        tell(tx, app, (by, now), Kind::KeyMade, subject(), made(&key, listed.role())).await?;
    }
    // Of one that is first seen at its end the log tells that end as well.
    let before = stored.map_or(KeyStatus::Active, |key| key.status);
    let kind = match (before, listed.status()) {
        (KeyStatus::Compromised { .. }, KeyStatus::Active | KeyStatus::Retired) => {
            return Err(Error::Forgets(verifier.name().to_string()));
        }
        (KeyStatus::Active, KeyStatus::Retired) => Kind::KeyRetired,
        (KeyStatus::Active | KeyStatus::Retired, KeyStatus::Compromised { .. }) => Kind::KeyCompromised,
        _ => return Ok(()),
    };
    if stored.is_some() {
        store::set_status(tx, verifier.id(), before, listed.status(), now).await?;
    }
    Ok(tell(tx, app, (by, now), kind, subject(), ended(verifier, listed.status())).await?)
}

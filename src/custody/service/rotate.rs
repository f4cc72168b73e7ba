//! The next code key, the next key of the log, the end of old ones, and keys in wrong hands.

use super::watch::keep_up;
use super::{ended, host, import_list, made, sign_list, tell, unsigned_list};
use crate::app::App;
use crate::custody::error::Error;
use crate::custody::files::{Opening, Seal, folder, kept_root, write_sealed};
use crate::custody::model::{AHEAD, NewKey, StoredKey, code_term, quarter_of};
use crate::custody::store;
use crate::kernel::{Moment, PersonId};
use crate::keys::{KeyName, KeyStatus, Quarter, Role, SecretKey, VerifierKey};
use crate::log::{Kind, Subject};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The next key.
#[derive(Debug)]
pub struct Rotated {
    /// Its public half.
    pub key: VerifierKey,
    /// The file of its private half.
    pub file: PathBuf,
    /// When it begins to sign.
    pub from: Moment,
    /// When it stops; a key of the log has no end of its own.
    pub until: Option<Moment>,
    /// The number of the list that publishes it, when the root of a trial could sign one at once.
    pub sequence: Option<u64>,
}

/// Makes the code key that comes next and retires those whose term has ended. It signs only after a list that names it was
/// signed by the root and taken in.
///
/// # Errors
/// [`Error::AlreadyMade`] when the next one is there; [`Error::NotBegun`].
pub async fn rotate(app: &App, by: Option<PersonId>, seal: &Seal) -> Result<Rotated, Error> {
    retire_ended(app, by).await?;
    let now = app.clock.now();
    let keys = super::stored(app).await?;
    if keys.is_empty() {
        return Err(Error::NotBegun);
    }
    let (quarter, from) = next_term(&keys, now)?;
    let (_, until) = code_term(quarter);
    let name = KeyName::code(&host(app)?, quarter);
    let secret = SecretKey::from_seed(name, Zeroizing::new(app.secret()))?;
    let file = write_sealed(&folder(&app.config), &secret, seal)?;
    let new = NewKey { verifier: secret.verifier().clone(), from, until: Some(until) };
    app.store
        .write(async |tx| {
            // Two rotations at once must not both succeed: the second sees the first one's key.
            next_term(&store::keys(tx).await?, now)?;
            store::insert_key(tx, &new, Role::Code, KeyStatus::Active, now).await?;
            let subject = Subject::Key(new.verifier.name().to_string());
            Ok::<_, Error>(tell(tx, app, (by, now), Kind::KeyMade, subject, made(&new, Role::Code)).await?)
        })
        .await?;
    let sequence = publish_at_once(app, by, &keys).await?;
    keep_up(app).await?;
    Ok(Rotated { key: new.verifier, file, from, until: Some(until), sequence })
}

/// Makes a key of the log that comes beside the one in force, or in the place of one that is compromised: of the same name, with an id of
/// its own. It signs after a list that names it was signed by the root and taken in; both sign until the old one is [`retire`]d, so that
/// those who know one of them only can go over.
///
/// # Errors
/// [`Error::AlreadyMade`] when there are two already; [`Error::NotBegun`].
pub async fn rotate_log(app: &App, by: Option<PersonId>, seal: &Seal) -> Result<Rotated, Error> {
    let now = app.clock.now();
    let keys = super::stored(app).await?;
    if keys.is_empty() {
        return Err(Error::NotBegun);
    }
    has_room(&keys)?;
    let name = KeyName::log(&host(app)?);
    let secret = SecretKey::from_seed(name, Zeroizing::new(app.secret()))?;
    let file = write_sealed(&folder(&app.config), &secret, seal)?;
    let new = NewKey { verifier: secret.verifier().clone(), from: now, until: None };
    app.store
        .write(async |tx| {
            // Two at once must not both succeed: the second sees the first one's key.
            store::stop_signing(tx).await?;
            has_room(&store::keys(tx).await?)?;
            store::insert_key(tx, &new, Role::Log, KeyStatus::Active, now).await?;
            let subject = Subject::Key(new.verifier.name().to_string());
            Ok::<_, Error>(tell(tx, app, (by, now), Kind::KeyMade, subject, made(&new, Role::Log)).await?)
        })
        .await?;
    let sequence = publish_at_once(app, by, &keys).await?;
    keep_up(app).await?;
    Ok(Rotated { key: new.verifier, file, from: now, until: None, sequence })
}

fn of_log(keys: &[StoredKey]) -> impl Iterator<Item = &StoredKey> {
    keys.iter().filter(|key| key.role == Role::Log && key.status == KeyStatus::Active)
}

/// Whether one more key of the log may be made: beside one that is good, not beside two.
fn has_room(keys: &[StoredKey]) -> Result<(), Error> {
    match of_log(keys).nth(1) {
        Some(second) => {
            Err(Error::AlreadyMade(format!("{}+{}", second.verifier.name(), second.verifier.id())))
        }
        None => Ok(()),
    }
}

/// Ends a key of the log, named by its name or id, once another one is published: what it signed stays good for ever. Gives the key, and
/// the number of the new list where a trial's root could sign it.
///
/// # Errors
/// [`Error::NoSuchKey`], [`Error::Ambiguous`], [`Error::NotOfLog`]; [`Error::Alone`] while no published list names another one.
pub async fn retire(
    app: &App,
    by: Option<PersonId>,
    which: &str,
) -> Result<(VerifierKey, Option<u64>), Error> {
    let key = app
        .store
        .write(async |tx| {
            store::stop_signing(tx).await?;
            let keys = store::keys(tx).await?;
            let key = named(keys.clone(), which)?;
            if key.role != Role::Log || key.status != KeyStatus::Active {
                return Err(Error::NotOfLog(which.to_owned()));
            }
            let published = store::lists(tx).await?.pop().unwrap_or_default();
            let is_published = |key: &StoredKey| published.contains(&format!(" {}\n", key.verifier));
            if !of_log(&keys).any(|other| other.verifier != key.verifier && is_published(other)) {
                return Err(Error::Alone(which.to_owned()));
            }
            let now = app.clock.now();
            store::set_status(tx, key.verifier.id(), key.status, KeyStatus::Retired, now).await?;
            let body = ended(&key.verifier, KeyStatus::Retired);
            let subject = Subject::Key(key.verifier.name().to_string());
            tell(tx, app, (by, now), Kind::KeyRetired, subject, body).await?;
            Ok(key.verifier)
        })
        .await?;
    Ok((key, end_in_force(app, by).await?))
}

/// Puts in force here that a key has ended, and in a trial on the list.
async fn end_in_force(app: &App, by: Option<PersonId>) -> Result<Option<u64>, Error> {
    keep_up(app).await?;
    publish_at_once(app, by, &super::stored(app).await?).await
}

/// The key of this name, id, or both joined by a plus sign.
fn named(mut keys: Vec<StoredKey>, which: &str) -> Result<StoredKey, Error> {
    keys.retain(|key| {
        let verifier = &key.verifier;
        verifier.name().as_str() == which
            || verifier.id().to_string() == which
            || format!("{}+{}", verifier.name(), verifier.id()) == which
    });
    if keys.len() > 1 {
        return Err(Error::Ambiguous(which.to_owned()));
    }
    keys.pop().ok_or_else(|| Error::NoSuchKey(which.to_owned()))
}

/// The quarter of the next code key and the moment from which it signs: thirty days from now, unless the one in force ends
/// before, or there is none.
fn next_term(keys: &[StoredKey], now: Moment) -> Result<(Quarter, Moment), Error> {
    let quarter = quarter_of(now).map_err(|why| Error::Host(why.to_string()))?;
    let active = || keys.iter().filter(|key| key.role == Role::Code && key.status == KeyStatus::Active);
    let has = |quarter| active().find(|key| key.verifier.name().quarter() == Some(quarter));
    let in_force = active().filter(|key| key.may_sign(now)).filter_map(|key| key.until).max();
    let target = match (has(quarter), has(quarter.next())) {
        (None, _) => quarter,
        (Some(_), None) => quarter.next(),
        (Some(_), Some(made)) => return Err(Error::AlreadyMade(made.verifier.name().to_string())),
    };
    let (begins, _) = code_term(target);
    let from = in_force.map_or(now, |ends| begins.max(now.plus(AHEAD).min(ends)));
    Ok((target, from))
}

/// In a trial, which keeps its root: signs and publishes the next list now.
async fn publish_at_once(app: &App, by: Option<PersonId>, keys: &[StoredKey]) -> Result<Option<u64>, Error> {
    let opening = Opening::of(app);
    let roots: Vec<_> = keys
        .iter()
        .filter(|key| key.role == Role::Root && key.status == KeyStatus::Active)
        .map(|key| key.verifier.clone())
        .collect();
    let Some(root) = tokio::task::spawn_blocking(move || kept_root(&opening, &roots)).await?? else {
        return Ok(None);
    };
    let note = sign_list(&unsigned_list(app, None).await?.to_string(), &root)?;
    import_list(app, by, &note).await.map(Some)
}

/// Retires the code keys whose term has ended: what they signed stays good for ever. Gives their names.
///
/// # Errors
/// When the database fails.
pub async fn retire_ended(app: &App, by: Option<PersonId>) -> Result<Vec<String>, Error> {
    let now = app.clock.now();
    let is_over = |key: &StoredKey| {
        key.role == Role::Code
            && key.status == KeyStatus::Active
            && key.until.is_some_and(|until| until <= now)
    };
    if !super::stored(app).await?.iter().any(is_over) {
        return Ok(Vec::new());
    }
    app.store
        .write(async |tx| {
            let mut retired = Vec::new();
            for key in store::keys(tx).await?.into_iter().filter(is_over) {
                let id = key.verifier.id();
                if store::set_status(tx, id, key.status, KeyStatus::Retired, now).await? {
                    let name = key.verifier.name().to_string();
                    let body = ended(&key.verifier, KeyStatus::Retired);
                    tell(tx, app, (by, now), Kind::KeyRetired, Subject::Key(name.clone()), body).await?;
                    retired.push(name);
                }
            }
            Ok(retired)
        })
        .await
}

/// Declares a key compromised, named by its name or id. It acts at once, in every running service, before the root has signed a
/// list that says so. Gives the key, and the number of the new list where a trial's root could sign it.
///
/// # Errors
/// [`Error::NoSuchKey`], [`Error::Ambiguous`], [`Error::AlreadyCompromised`], [`Error::IsRoot`].
pub async fn compromise(
    app: &App,
    by: Option<PersonId>,
    which: &str,
    last_good_log_size: u64,
) -> Result<(VerifierKey, Option<u64>), Error> {
    let after = KeyStatus::Compromised { last_good_log_size };
    let key = app
        .store
        .write(async |tx| {
            // Before all else: what the key signed until now is told before its end, what is signed from now on meets it.
            store::stop_signing(tx).await?;
            let key = named(store::keys(tx).await?, which)?;
            if key.role == Role::Root {
                return Err(Error::IsRoot);
            }
            // Within the unit of work: what was signed while this one waited or was repeated was signed before.
            let now = app.clock.now();
            if !store::set_status(tx, key.verifier.id(), key.status, after, now).await? {
                return Err(Error::AlreadyCompromised(which.to_owned()));
            }
            let (subject, body) =
                (Subject::Key(key.verifier.name().to_string()), ended(&key.verifier, after));
            tell(tx, app, (by, now), Kind::KeyCompromised, subject, body).await?;
            Ok(key.verifier)
        })
        .await?;
    Ok((key, end_in_force(app, by).await?))
}

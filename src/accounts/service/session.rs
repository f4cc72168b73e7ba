//! Signing in and out.

use super::Error;
use crate::accounts::actor::Identity;
use crate::accounts::audit::{Act, note};
use crate::accounts::model::{Person, Role, Scopes};
use crate::accounts::secret::Secret;
use crate::accounts::throttle::{self, Bucket};
use crate::accounts::{password, store};
use crate::app::App;
use crate::kernel::Moment;
use crate::store::{StoreError, Tx};
use serde_json::json;
use std::net::IpAddr;
use std::time::Duration;

/// A session just opened.
#[derive(Debug)]
pub struct NewSession {
    /// What the cookie holds.
    pub secret: Secret,
    /// When it ends unless it is used.
    pub expires_at: Moment,
    /// Who signed in.
    pub identity: Identity,
}

pub(super) fn identity(person: &Person, scopes: Scopes) -> Identity {
    Identity { person: person.id, name: person.name.clone(), role: person.role, party: person.party, scopes }
}

/// How long a session lasts without use: a farmer's phone stays signed in, a desk in an office does not.
fn lifetime(role: Role) -> Duration {
    if role.belongs_to_party() { Duration::from_hours(30 * 24) } else { Duration::from_hours(12) }
}

/// Signs a person in from `source`.
///
/// # Errors
/// [`Error::WrongPassword`], or [`Error::Locked`] after too many failures of the account or the source; a locked one is
/// refused without looking at the password.
pub async fn sign_in(app: &App, name: &str, typed: &str, source: IpAddr) -> Result<NewSession, Error> {
    let name = name.trim().to_ascii_lowercase();
    let now = app.clock.now();
    let buckets = [Bucket::Account(&name), Bucket::Source(source)];
    let found = app
        .store
        .read(async |tx| {
            refuse_locked(tx, &buckets, now).await?;
            Ok::<_, Error>(store::person_to_sign_in(tx, &name).await?)
        })
        .await?;
    let (person, hash) = found.unzip();
    let right = password::matches(typed, hash).await;
    let now = app.clock.now();
    let person = person.filter(|person| right && person.disabled_at.is_none());
    let trail = app.id();
    let Some(person) = person else {
        app.store
            .write(async |tx| {
                count_failure(tx, &buckets, now).await?;
                note(tx, trail, now, None, Act::SignInFailed, None, &json!({})).await
            })
            .await?;
        return Err(Error::WrongPassword);
    };
    let secret = Secret::session(app.secret());
    let expires_at = now.plus(lifetime(person.role));
    app.store
        .write(async |tx| {
            store::set_throttle(tx, &buckets[0].key(), 0, now, now).await?;
            store::remove_ended_sessions(tx, now).await?;
            store::forget_throttles(tx, now.minus(throttle::MEMORY)).await?;
            store::insert_session(tx, &secret.hash(), person.id, now, expires_at).await?;
            let who = Some(person.id);
            note(tx, trail, now, who, Act::SignedIn, who.map(|id| id.as_uuid()), &json!({})).await
        })
        .await?;
    Ok(NewSession { secret, expires_at, identity: identity(&person, Scopes::ALL) })
}

/// Refuses when one of the buckets is locked.
pub(super) async fn refuse_locked(tx: &mut Tx, buckets: &[Bucket<'_>], now: Moment) -> Result<(), Error> {
    for bucket in buckets {
        if let Some((_, _, until)) = store::throttle(tx, &bucket.key()).await?
            && until > now
        {
            return Err(Error::Locked { until, now });
        }
    }
    Ok(())
}

/// Counts a failure in each bucket, and locks those that have had too many.
pub(super) async fn count_failure(
    tx: &mut Tx,
    buckets: &[Bucket<'_>],
    now: Moment,
) -> Result<(), StoreError> {
    for bucket in buckets {
        let failures = match store::throttle(tx, &bucket.key()).await? {
            Some((failures, changed, _)) if changed > now.minus(throttle::MEMORY) => failures + 1,
            _ => 1,
        };
        let until = throttle::locked_until(failures, bucket.free(), now);
        store::set_throttle(tx, &bucket.key(), failures, until, now).await?;
    }
    Ok(())
}

/// Who a session's secret belongs to. A session in use is prolonged, at most once an hour.
///
/// # Errors
/// When the database fails.
pub async fn identify_session(app: &App, secret: &Secret) -> Result<Option<Identity>, StoreError> {
    let now = app.clock.now();
    let hash = secret.hash();
    let found = app.store.glance(async |tx| store::session(tx, &hash, now).await).await?;
    let Some((person, seen_at)) = found else { return Ok(None) };
    if seen_at.plus(Duration::from_hours(1)) < now {
        let expires_at = now.plus(lifetime(person.role));
        app.store.write(async |tx| store::touch_session(tx, &hash, now, expires_at).await).await?;
    }
    Ok(Some(identity(&person, Scopes::ALL)))
}

/// Ends a session.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(app: &App, secret: &Secret) -> Result<(), StoreError> {
    let now = app.clock.now();
    let trail = app.id();
    app.store
        .write(async |tx| {
            if let Some(person) = store::end_session(tx, &secret.hash()).await? {
                let subject = Some(person.as_uuid());
                note(tx, trail, now, Some(person), Act::SignedOut, subject, &json!({})).await?;
            }
            Ok(())
        })
        .await
}

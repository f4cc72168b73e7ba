//! Looking a lot up: what is kept in memory when it still holds, else a few point queries and the walk back to the origin.

use super::ask::{Question, Which};
use super::cache::{Found, Kept, Key, Seen};
use super::model::{Answer, Lot, Stamp};
use super::{rules, store, verdict};
use crate::app::App;
use crate::kernel::{LotId, Moment, Problems};
use crate::keys::Mark;
use crate::store::StoreError;
use crate::trace;
use std::sync::Arc;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is known under this code.
    #[error("nothing is known under this code")]
    Unknown,
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The answer kept under `key`, when it still holds.
///
/// # Errors
/// When the database has to be asked and fails: an answer that cannot be confirmed is not given.
pub async fn kept(app: &App, key: &Key) -> Result<Option<Arc<Kept>>, Error> {
    let now = app.clock.now();
    match app.pages.find(key, |lot| app.changes.count(lot), app.keys.mark(), now) {
        Found::Good(kept) => Ok(Some(kept)),
        Found::Compare(kept) => {
            if stamp(app, kept.seen.lot).await? == Some(kept.seen.stamp) {
                kept.confirm(now);
                return Ok(Some(kept));
            }
            app.pages.drop(key);
            Ok(None)
        }
        Found::Nothing => Ok(None),
    }
}

async fn stamp(app: &App, lot: LotId) -> Result<Option<Stamp>, Error> {
    Ok(app.store.glance(async |tx| store::stamp(tx, lot).await).await?)
}

/// The answer to a question, from the database, and what it was made from. `keys` is the mark of the keyring from before the
/// question's code was verified.
///
/// # Errors
/// [`Error::Unknown`] when no such lot exists; otherwise when the database fails.
pub async fn answer(app: &App, question: Question, keys: Option<Mark>) -> Result<(Answer, Seen), Error> {
    let now = app.clock.now();
    // The lot's own count cannot be taken before the lot is known; a change in between shows in the count of all.
    let before = app.changes.total();
    let found = app
        .store
        .glance(async |tx| {
            let lot = match &question.which {
                Which::Short(code) => store::lot_by_short_code(tx, code).await?,
                Which::OfProduct(product, lot) => store::lot_of_product(tx, product, lot).await?,
                Which::NoLot => None,
            };
            let Some(lot) = lot else { return Ok::<_, StoreError>(None) };
            let changes = app.changes.count(lot.id);
            let origin = trace::origin(tx, lot.id).await?;
            Ok(Some((lot, origin, changes)))
        })
        .await?;
    let Some((lot, origin, changes)) = found else { return Err(Error::Unknown) };
    let disturbed = app.changes.total() != before;
    let seen = Seen { lot: lot.id, stamp: lot.stamp, changes, keys, disturbed, at: now };
    Ok((assemble(question, lot, origin, now), seen))
}

fn assemble(question: Question, lot: Lot, origin: trace::Origin, now: Moment) -> Answer {
    let day = now.day();
    let axes = verdict::axes(&question.asked, &lot, origin.issue_logged_at);
    let completeness = rules::completeness(&lot, &origin);
    let past = verdict::is_past(lot.expires_on, day);
    let verdict = verdict::verdict(&axes, past, completeness.is_complete());
    Answer { asked: question.asked, axes, verdict, completeness, lot, origin, day }
}

/// Keeps a finished answer, unless the lot may have changed while it was made.
pub fn keep(app: &App, key: Key, kept: &Arc<Kept>) {
    if !kept.seen.disturbed {
        app.pages.keep(key, Arc::clone(kept));
    }
}

/// The short code of the lot that an unsigned code names.
///
/// # Errors
/// [`Error::Unknown`] when there is none.
pub async fn short_code(app: &App, which: &Which) -> Result<String, Error> {
    match which {
        Which::Short(code) => Ok(code.as_str().to_owned()),
        Which::OfProduct(product, lot) => {
            let found = app.store.glance(async |tx| store::short_code(tx, product, lot).await).await?;
            found.ok_or(Error::Unknown)
        }
        Which::NoLot => Err(Error::Unknown),
    }
}

//! Asking: one page of events, one event, the values of a resource.

use super::model::{Column, Condition, Found, Query, Resource, Sight, Token};
use crate::accounts::Identity;
use crate::app::App;
use crate::events::store;
use crate::kernel::{Cursor, Problem, Problems};
use crate::store::StoreError;

/// The types of events (EPCIS 2.0 §7.4.1).
pub(super) const EVENT_TYPES: [&str; 5] =
    ["AggregationEvent", "AssociationEvent", "ObjectEvent", "TransactionEvent", "TransformationEvent"];

/// Why nothing is found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The question is not understood.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// More is found than was wanted.
    #[error("more than {most} events")]
    TooMany {
        /// What was wanted at most.
        most: u64,
    },
    /// There is no such event, as far as the one who asks may know.
    #[error("no such event")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of events.
#[derive(Clone, Debug)]
pub struct Results {
    /// The events, in the order that was asked for.
    pub events: Vec<Found>,
    /// Where the next page begins; nothing on the last one.
    pub next: Option<Token>,
}

fn misplaced(problem: Problem) -> Error {
    Error::Invalid(problem.at("nextPageToken").into())
}

/// The events that a question finds: a page of them.
///
/// # Errors
/// [`Error::TooMany`] when there are more than `maxEventCount`; [`Error::Invalid`] for the token of another list.
pub async fn find(
    app: &App,
    who: &Identity,
    query: &Query,
    token: Option<&Token>,
    page: u64,
) -> Result<Results, Error> {
    let sight = Sight::of(who);
    let after = token.map(|token| token.after.time()).transpose().map_err(misplaced)?;
    let left = token.and_then(|token| token.left).or(query.limit).unwrap_or(u64::MAX);
    let size = page.min(left);
    let limit = i64::try_from(size.saturating_add(1)).unwrap_or(i64::MAX);
    let mut events = app
        .store
        .read(async |tx| {
            if let Some(most) = query.most.filter(|_| token.is_none()) {
                let counted = i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX);
                let count = store::query::count(tx, query, sight, counted).await?;
                if u64::try_from(count).unwrap_or(0) > most {
                    return Err(Error::TooMany { most });
                }
            }
            Ok(store::query::find(tx, query, sight, after, limit).await?)
        })
        .await?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = events.len() > size;
    events.truncate(size);
    let left = left - u64::try_from(events.len()).unwrap_or(0).min(left);
    let next = events.last().filter(|_| more && left > 0).map(|last| {
        let (time, id) = last.cursor(query.order);
        Token { after: Cursor::Time(time, id.as_uuid()), left: query.limit.map(|_| left) }
    });
    Ok(Results { events, next })
}

/// The event with this eventID; the last declaration that it is wrong where there is one, for that repeats it.
///
/// # Errors
/// [`Error::NotFound`] when there is none that may be seen.
pub async fn event(app: &App, who: &Identity, event_id: &str) -> Result<Found, Error> {
    let condition = Condition::Is(Column::EventId, vec![event_id.to_owned()]);
    let query = Query { conditions: vec![condition], ..Query::default() };
    let sight = Sight::of(who);
    let found = app
        .store
        .read(async |tx| Ok::<_, Error>(store::query::find(tx, &query, sight, None, 2).await?))
        .await?;
    // The later recorded of the two.
    found.into_iter().max_by_key(|found| (found.recorded_at, found.id)).ok_or(Error::NotFound)
}

/// Values of a resource, in order: a page of them, and the last one where more follow.
///
/// # Errors
/// [`Error::Invalid`] for the token of another list.
pub async fn values(
    app: &App,
    who: &Identity,
    resource: Resource,
    after: Option<&Cursor>,
    size: usize,
) -> Result<(Vec<String>, Option<Cursor>), Error> {
    let after = after.map(Cursor::text).transpose().map_err(misplaced)?.unwrap_or_default();
    let mut found: Vec<String> = if resource == Resource::EventTypes {
        EVENT_TYPES.iter().map(|name| (*name).to_owned()).filter(|name| name.as_str() > after).collect()
    } else {
        let sight = Sight::of(who);
        app.store.read(async |tx| store::query::values(tx, resource, sight, after, size + 1).await).await?
    };
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|last| Cursor::Text(last.clone()));
    Ok((found, next))
}

/// Whether an event that may be seen fulfils a question.
///
/// # Errors
/// When the database fails.
pub async fn holds(app: &App, who: &Identity, query: &Query) -> Result<bool, Error> {
    let sight = Sight::of(who);
    let found = app.store.read(async |tx| store::query::count(tx, query, sight, 1).await).await?;
    Ok(found > 0)
}

//! The use cases around a capture: to take a document in, to record one event, to tell what became of it.

use super::document::{Incoming, check};
use super::error::Error;
use super::model::{Capture, OnError, Verdict, kept};
use super::run::Job;
use crate::accounts::Identity;
use crate::app::App;
use crate::chain::model::By;
use crate::chain::report::{self, ReportError, Reported, Reporter, ToldEvent};
use crate::chain::store;
use crate::events::epcis::{Documents, Kind};
use crate::kernel::{CaptureId, Cursor, Moment, PartyId, Problem, Problems};
use crate::store::{Kind as Database, StoreError};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// How often one event is tried again when other writers come first, beyond what the store does by itself.
const TRIES: u32 = 3;

/// Who captures, as the tables know it.
fn party(by: &By) -> Option<PartyId> {
    match by {
        By::Member { member, .. } => Some(member.party),
        By::Official(_) => None,
    }
}

/// Takes a document in. What is wrong with it as a whole is told at once, and nothing is kept of it; else its capture has begun, and is to
/// be [`run`](super::run).
///
/// # Errors
/// [`Error::Invalid`], [`Error::TooLarge`].
pub async fn accept(app: &App, by: &By, incoming: Incoming, on_error: OnError) -> Result<Job, Error> {
    let bytes = incoming.bytes;
    let document = incoming.end().await?;
    let checked = document.clone();
    let list = tokio::task::spawn_blocking(move || check(checked, on_error)).await??;
    let (id, now) = (app.id(), app.clock.now());
    app.store.write(async |tx| store::begin(tx, id, party(by), by.person(), on_error, now).await).await?;
    Ok(Job { id, by: *by, on_error, document, list, bytes })
}

/// Records one event at once.
///
/// # Errors
/// [`Error::Invalid`] for what is no event, or a document of several; [`Error::Refused`].
pub async fn record_event(app: &App, by: &By, incoming: Incoming) -> Result<(Reported, Verdict), Error> {
    let document = incoming.end().await?;
    let read = tokio::task::spawn_blocking(move || {
        let mut events = Documents::open(document)?;
        if events.header().kind != Kind::Event {
            return Err(Problems::from(Problem::new("epcis_single_event_expected")));
        }
        let (_, raw, event) =
            events.next().transpose()?.ok_or_else(|| Problem::new("epcis_single_event_expected"))?;
        Ok(ToldEvent { event, raw, context: None })
    });
    let told = read.await??;
    let reporter = Reporter { by: *by, capture: None };
    let mut tries = TRIES;
    let reported = loop {
        match app.store.write(async |tx| report::report(tx, app, &reporter, &told).await).await {
            Err(ReportError::Store(error)) if error.is_contended() && tries > 0 => tries -= 1,
            outcome => break outcome?,
        }
    };
    for lot in &reported.lots {
        app.changes.note(*lot);
    }
    let verdict = Verdict::of(0, &reported);
    Ok((reported, verdict))
}

/// How long a capture may take at the most: what began earlier and still runs has lost its process.
const LONGEST: Duration = Duration::from_mins(15);

/// Which captures nobody can be at work on when a service starts: on SQLite, which one service has for itself, all; on PostgreSQL another
/// service may be at work on what began lately.
#[must_use]
pub fn abandoned_by(app: &App) -> Moment {
    let now = app.clock.now();
    match app.store.kind() {
        Database::Sqlite => now,
        Database::Postgres => now.minus(LONGEST),
    }
}

/// Ends the captures that began by `begun_by` and that a process which died left running. Called when the service starts.
///
/// # Errors
/// When the database fails.
pub async fn end_interrupted(app: &App, begun_by: Moment) -> Result<u64, StoreError> {
    let problems = json!(kept(&Problem::new("capture_interrupted").into())).to_string();
    let now = app.clock.now();
    app.store.write(async |tx| store::finish_interrupted(tx, begun_by, now, &problems).await).await
}

/// A capture, with what became of its events.
///
/// # Errors
/// [`Error::NotFound`] for one of somebody else.
pub async fn capture(app: &App, who: &Identity, id: CaptureId) -> Result<(Capture, Vec<Verdict>), Error> {
    app.store
        .read(async |tx| {
            let capture = store::capture(tx, who, id).await?.ok_or(Error::NotFound)?;
            let verdicts = store::verdicts(tx, id).await?;
            Ok((capture, verdicts))
        })
        .await
}

/// The captures of the one who asks, the latest first: a page of them.
///
/// # Errors
/// [`Error::Invalid`] for the token of another list.
pub async fn captures(
    app: &App,
    who: &Identity,
    after: Option<&Cursor>,
    size: usize,
) -> Result<(Vec<Capture>, Option<Cursor>), Error> {
    let before = after.map(Cursor::time).transpose();
    let before = before.map_err(|problem| Problems::from(problem.at("nextPageToken")))?;
    let before = before.unwrap_or((Moment::MAX, Uuid::max()));
    let limit = i64::try_from(size).unwrap_or(i64::MAX - 1) + 1;
    let mut found = app.store.read(async |tx| store::captures(tx, who, before, limit).await).await?;
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|last| Cursor::Time(last.created_at, last.id.as_uuid()));
    Ok((found, next))
}

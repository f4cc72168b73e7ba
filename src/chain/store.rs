//! The SQL of captures: what was sent in, how far it has come, and what became of each event; and what grew at a place.

pub mod beginning;
pub mod claims;
pub mod rebuild;
pub mod timeline;

use super::capture::{Capture, OnError, State, Verdict};
use crate::accounts::Identity;
use crate::kernel::{CaptureId, LotId, Moment, PartyId, PersonId, PlaceId};
use crate::store::{StoreError, Tx, among, on, run, sets};
use sqlx::FromRow;
use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;

#[derive(FromRow)]
struct CaptureRow {
    id: Uuid,
    on_error: String,
    state: String,
    created_at: i64,
    finished_at: Option<i64>,
    events: i64,
    problems: Option<String>,
}

impl TryFrom<CaptureRow> for Capture {
    type Error = StoreError;

    fn try_from(row: CaptureRow) -> Result<Self, StoreError> {
        let misfit = |column, why: &str| StoreError::misfit("capture", column, row.id, why);
        Ok(Self {
            id: CaptureId::from_uuid(row.id),
            on_error: OnError::parse(&row.on_error).ok_or_else(|| misfit("on_error", &row.on_error))?,
            state: State::parse(&row.state).ok_or_else(|| misfit("state", &row.state))?,
            created_at: Moment::from_micros(row.created_at),
            finished_at: row.finished_at.map(Moment::from_micros),
            events: row.events,
            problems: row.problems,
        })
    }
}

/// The number of a recall of a lot that is proposed and not decided; of several, the one that was proposed first.
///
/// # Errors
/// When the database fails.
pub async fn proposed(tx: &mut Tx, lot: LotId) -> Result<Option<String>, StoreError> {
    on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT r.number FROM recall_origin o JOIN recall r ON r.id = o.recall_id \
             WHERE o.lot_id = $1 AND r.kind = 'recall' AND r.state = 'proposed' ORDER BY r.proposed_at, r.id LIMIT 1",
        )
        .bind(lot.as_uuid())
        .fetch_optional(conn)
        .await
    })
}

/// Writes a capture that begins.
///
/// # Errors
/// When the database fails.
pub async fn begin(
    tx: &mut Tx,
    id: CaptureId,
    party: Option<PartyId>,
    person: PersonId,
    on_error: OnError,
    at: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO capture (id, party_id, person_id, on_error, state, created_at, events) \
             VALUES ($1, $2, $3, $4, 'running', $5, 0)"
        )
        .bind(id.as_uuid())
        .bind(party.map(|id| id.as_uuid()))
        .bind(person.as_uuid())
        .bind(on_error.as_str())
        .bind(at.micros())
    )?;
    Ok(())
}

/// Writes what became of an event.
///
/// # Errors
/// When the database fails.
pub async fn add_result(tx: &mut Tx, capture: CaptureId, verdict: &Verdict) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO capture_result (capture_id, position, event_id, result, problems) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        )
        .bind(capture.as_uuid())
        .bind(verdict.position)
        .bind(verdict.event_id.as_deref())
        .bind(verdict.result)
        .bind(verdict.details.as_deref())
    )?;
    Ok(())
}

/// Ends a capture; whether it was still running.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    tx: &mut Tx,
    capture: CaptureId,
    state: State,
    at: Moment,
    events: i64,
    problems: Option<&str>,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE capture SET state = $2, finished_at = $3, events = $4, problems = $5 \
             WHERE id = $1 AND state = 'running'"
        )
        .bind(capture.as_uuid())
        .bind(state.as_str())
        .bind(at.micros())
        .bind(events)
        .bind(problems)
    )?;
    Ok(done == 1)
}

/// Ends all captures that a process which is no more left running; how many there were.
///
/// # Errors
/// When the database fails.
pub async fn finish_interrupted(
    tx: &mut Tx,
    begun_by: Moment,
    at: Moment,
    problems: &str,
) -> Result<u64, StoreError> {
    run!(
        tx,
        sqlx::query(
            "UPDATE capture SET state = 'failed', finished_at = $1, problems = $2, events = (SELECT \
             CAST(COUNT(*) AS BIGINT) FROM capture_result r WHERE r.capture_id = capture.id AND r.result <> 'refused') \
             WHERE state = 'running' AND created_at <= $3"
        )
        .bind(at.micros())
        .bind(problems)
        .bind(begun_by.micros())
    )
}

/// The capture with this id, where it is of the one who asks or the authority asks.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn capture(tx: &mut Tx, who: &Identity, id: CaptureId) -> Result<Option<Capture>, StoreError> {
    let row: Option<CaptureRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, on_error, state, created_at, finished_at, events, problems FROM capture \
         WHERE id = $1 AND ($2 = 1 OR party_id = $3)"
    )
    .bind(id.as_uuid())
    .bind(i64::from(who.party.is_none()))
    .bind(who.party.map(|id| id.as_uuid()))
    .fetch_optional(conn)
    .await)?;
    row.map(Capture::try_from).transpose()
}

/// The captures of the one who asks (all of them for the authority) before a key, the latest first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn captures(
    tx: &mut Tx,
    who: &Identity,
    before: (Moment, Uuid),
    limit: i64,
) -> Result<Vec<Capture>, StoreError> {
    let rows: Vec<CaptureRow> = match who.party {
        Some(party) => on!(tx, |conn| sqlx::query_as(
            "SELECT id, on_error, state, created_at, finished_at, events, problems FROM capture \
             WHERE party_id = $1 AND (created_at < $2 OR (created_at = $2 AND id < $3)) \
             ORDER BY created_at DESC, id DESC LIMIT $4"
        )
        .bind(party.as_uuid())
        .bind(before.0.micros())
        .bind(before.1)
        .bind(limit)
        .fetch_all(conn)
        .await)?,
        None => on!(tx, |conn| {
            sqlx::query_as(
            "SELECT id, on_error, state, created_at, finished_at, events, problems FROM capture \
             WHERE created_at < $1 OR (created_at = $1 AND id < $2) ORDER BY created_at DESC, id DESC LIMIT $3"
        )
        .bind(before.0.micros())
        .bind(before.1)
        .bind(limit)
        .fetch_all(conn)
        .await
        })?,
    };
    rows.into_iter().map(Capture::try_from).collect()
}

/// What became of the events of a capture, in the order of the document.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn verdicts(tx: &mut Tx, capture: CaptureId) -> Result<Vec<Verdict>, StoreError> {
    let rows: Vec<(i64, Option<String>, String, Option<String>)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT position, event_id, result, problems FROM capture_result WHERE capture_id = $1 ORDER BY position"
    )
    .bind(capture.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter()
        .map(|(position, event_id, result, details)| {
            let result = Verdict::RESULTS
                .into_iter()
                .find(|known| *known == result)
                .ok_or_else(|| StoreError::misfit("capture_result", "result", capture, &result))?;
            Ok(Verdict { position, event_id, result, details })
        })
        .collect()
}

/// Notes that the pages of all lots change that were harvested at a place from `from` until before `until`, and of those made of them, to
/// which a page of the origin goes back: those lots, without those of `noted`, whose pages change already.
///
/// # Errors
/// When the database fails.
pub async fn show_anew(
    tx: &mut Tx,
    place: PlaceId,
    from: Moment,
    until: Moment,
    noted: &[LotId],
) -> Result<Vec<LotId>, StoreError> {
    let mut grown: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "WITH RECURSIVE grown (id) AS ( \
               SELECT t.thing_id FROM event e JOIN event_thing t ON t.event_id = e.id AND t.role IN ('object', 'output') \
               WHERE e.place_id = $1 AND e.event_time >= $2 AND e.event_time < $3 AND e.step IN ('harvest', 'pick') \
               UNION \
               SELECT o.thing_id FROM grown g CROSS JOIN lineage i CROSS JOIN lineage o \
               WHERE i.thing_id = g.id AND i.side = 'in' AND o.node = i.node AND o.side = 'out') \
             SELECT id FROM grown",
        )
        .bind(place.as_uuid())
        .bind(from.micros())
        .bind(until.micros())
        .fetch_all(conn)
        .await
    })?;
    let noted: HashSet<Uuid> = noted.iter().map(LotId::as_uuid).collect();
    grown.retain(|thing| !noted.contains(thing));
    let mut shown = Vec::with_capacity(grown.len());
    for set in sets(&grown) {
        let rows: Vec<(Uuid,)> =
            among!(tx, (Uuid,), "UPDATE lot SET version = version + 1 WHERE id", set, " RETURNING id")?;
        shown.extend(rows.into_iter().map(|(lot,)| LotId::from_uuid(lot)));
    }
    Ok(shown)
}

/// How many lots are stopped with some others because they were made of them.
///
/// # Errors
/// When the database fails.
pub async fn stopped_with(tx: &mut Tx, origins: &[LotId]) -> Result<u64, StoreError> {
    let origins: Vec<Uuid> = origins.iter().map(LotId::as_uuid).collect();
    let mut found = BTreeSet::new();
    for set in sets(&origins) {
        let rows: Vec<(Uuid,)> = among!(
            tx,
            (Uuid,),
            "SELECT DISTINCT l.id FROM inherited_stop s JOIN lot l ON l.id = s.thing_id \
             WHERE s.overridden_by IS NULL AND s.origin_id",
            set,
            ""
        )?;
        found.extend(rows);
    }
    Ok(found.len() as u64)
}

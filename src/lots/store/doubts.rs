//! What became of the events of a lot: declared wrong, waiting for what they need, in breach of a rule; and the cases that it lies in.

use crate::kernel::{EventId, LotId};
use crate::lots::model::{Breach, Correction};
use crate::store::{StoreError, Tx, on};
use uuid::Uuid;

/// Which events of a lot were declared wrong.
///
/// # Errors
/// When the database fails.
pub async fn corrections(tx: &mut Tx, lot: LotId) -> Result<Vec<Correction>, StoreError> {
    let rows: Vec<(Uuid, Uuid, Option<String>)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT DISTINCT c.event_id, c.corrected_by, c.reason FROM event_thing t \
             JOIN correction c ON c.event_id = t.event_id WHERE t.thing_id = $1",
        )
        .bind(lot.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    let correction = |(event, by, reason): (Uuid, Uuid, Option<String>)| Correction {
        event: EventId::from_uuid(event),
        by: EventId::from_uuid(by),
        did_not_occur: reason.as_deref() == Some("did_not_occur"),
    };
    Ok(rows.into_iter().map(correction).collect())
}

/// Which events of a lot wait, and for what kind of thing: `lot`, `shipment` or `event`.
///
/// # Errors
/// When the database fails.
pub async fn parked(tx: &mut Tx, lot: LotId) -> Result<Vec<(EventId, String)>, StoreError> {
    let rows: Vec<(Uuid, String)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT DISTINCT p.event_id, p.missing FROM event_thing t \
             JOIN parked p ON p.event_id = t.event_id WHERE t.thing_id = $1",
        )
        .bind(lot.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(rows.into_iter().map(|(event, missing)| (EventId::from_uuid(event), missing)).collect())
}

/// The rules that events of a lot breach, also those that an inspector overrode.
///
/// # Errors
/// When the database fails.
pub async fn breaches(tx: &mut Tx, lot: LotId) -> Result<Vec<Breach>, StoreError> {
    let rows: Vec<(Uuid, String, Option<Uuid>, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT event_id, rule, overridden_by, stops FROM breach WHERE lot_id = $1 ORDER BY event_id, rule",
        )
        .bind(lot.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    let breach = |(event, rule, by, stops): (Uuid, String, Option<Uuid>, i64)| Breach {
        event: EventId::from_uuid(event),
        rule,
        overridden: by.is_some(),
        stops: stops == 1,
    };
    Ok(rows.into_iter().map(breach).collect())
}

/// The names of the cases in which some of a lot lies.
///
/// # Errors
/// When the database fails.
pub async fn cases(tx: &mut Tx, lot: LotId) -> Result<Vec<String>, StoreError> {
    on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT DISTINCT t.name FROM containment c JOIN thing t ON t.id = c.parent_id \
             WHERE c.child_id = $1 AND c.removed_by IS NULL ORDER BY t.name",
        )
        .bind(lot.as_uuid())
        .fetch_all(conn)
        .await
    })
}

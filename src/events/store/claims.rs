//! The SQL of what events claim, and of the harvests at a place: what has to be looked at again when evidence changes.

use crate::events::uri;
use crate::kernel::{CertificateId, EventId, LotId, Moment, PlaceId};
use crate::store::{StoreError, Tx, on, run};
use uuid::Uuid;

/// The events that claim a certificate, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn claiming(tx: &mut Tx, certificate: CertificateId) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT event_id FROM event_attribute WHERE name = 'certificationInfo' AND value = $1 ORDER BY event_id"
    )
    .bind(uri::certificate(certificate))
    .fetch_all(conn)
    .await)?;
    Ok(ids.into_iter().map(EventId::from_uuid).collect())
}

/// The certificates of the registry that the events of a lot claim, as far as those are in force.
///
/// # Errors
/// When the database fails.
pub async fn claimed(tx: &mut Tx, lot: LotId) -> Result<Vec<CertificateId>, StoreError> {
    let uris: Vec<String> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT DISTINCT a.value FROM event_thing t JOIN event_attribute a ON a.event_id = t.event_id \
             AND a.name = 'certificationInfo' WHERE t.thing_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.event_id = t.event_id) ORDER BY a.value",
        )
        .bind(lot.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(uris.iter().filter_map(|uri| uri::certificate_of(uri)).collect())
}

/// The harvests at a place from a moment until before another, as far as they are in force: event, lot, when.
///
/// # Errors
/// When the database fails.
pub async fn harvests_at(
    tx: &mut Tx,
    place: PlaceId,
    (from, until): (Moment, Moment),
) -> Result<Vec<(EventId, LotId, Moment)>, StoreError> {
    let rows: Vec<(Uuid, Uuid, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT b.event_id, b.lot_id, e.event_time FROM event e \
             JOIN balance_entry b ON b.event_id = e.id AND b.account = 'harvested' \
             WHERE e.place_id = $1 AND e.event_time >= $2 AND e.event_time < $3 ORDER BY e.event_time, e.id",
        )
        .bind(place.as_uuid())
        .bind(from.micros())
        .bind(until.micros())
        .fetch_all(conn)
        .await
    })?;
    let row = |(event, lot, at)| (EventId::from_uuid(event), LotId::from_uuid(lot), Moment::from_micros(at));
    Ok(rows.into_iter().map(row).collect())
}

/// Takes back one breach of an event; whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn drop_breach(tx: &mut Tx, lot: LotId, event: EventId, rule: &str) -> Result<bool, StoreError> {
    let gone = run!(
        tx,
        sqlx::query("DELETE FROM breach WHERE lot_id = $1 AND event_id = $2 AND rule = $3")
            .bind(lot.as_uuid())
            .bind(event.as_uuid())
            .bind(rule)
    )?;
    Ok(gone > 0)
}

//! The SQL of what is under way between two parties, and of what became of it: received, refused, or lost.

use crate::kernel::{EventId, LotId, Moment, PartyId, PlaceId};
use crate::lots::model::{Arrival, NewShipment, Shipment};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// The statement for whole shipments, with what follows `FROM shipment`.
macro_rules! select_shipment {
    ($rest:literal) => {
        concat!(
            "SELECT lot_id, id, from_party, to_party, from_place, amount, boxed, received, refused, lost, back_from, shipped_at \
             FROM shipment ",
            $rest
        )
    };
}

#[derive(FromRow)]
pub(super) struct ShipmentRow {
    pub(super) lot_id: Uuid,
    id: Uuid,
    from_party: Uuid,
    to_party: Uuid,
    from_place: Option<Uuid>,
    amount: i64,
    boxed: i64,
    received: i64,
    refused: i64,
    lost: i64,
    back_from: Option<Uuid>,
    shipped_at: i64,
}

impl From<ShipmentRow> for Shipment {
    fn from(row: ShipmentRow) -> Self {
        Self {
            sent: NewShipment {
                id: EventId::from_uuid(row.id),
                lot: LotId::from_uuid(row.lot_id),
                from: PartyId::from_uuid(row.from_party),
                to: PartyId::from_uuid(row.to_party),
                from_place: row.from_place.map(PlaceId::from_uuid),
                amount: row.amount,
                boxed: row.boxed,
                back_from: row.back_from.map(EventId::from_uuid),
                shipped_at: Moment::from_micros(row.shipped_at),
            },
            received: row.received,
            refused: row.refused,
            lost: row.lost,
        }
    }
}

/// Writes what is under way.
///
/// # Errors
/// When the database fails.
pub async fn insert_shipment(tx: &mut Tx, shipment: &NewShipment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            // What was counted on it before it was taken back is counted on it again.
            "INSERT INTO shipment (lot_id, id, from_party, to_party, from_place, amount, boxed, back_from, shipped_at, \
             received, refused, lost) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
             (SELECT CAST(COALESCE(SUM(received), 0) AS BIGINT) FROM arrival WHERE lot_id = $1 AND shipment = $2), \
             (SELECT CAST(COALESCE(SUM(refused), 0) AS BIGINT) FROM arrival WHERE lot_id = $1 AND shipment = $2), \
             (SELECT CAST(COALESCE(SUM(lost), 0) AS BIGINT) FROM arrival WHERE lot_id = $1 AND shipment = $2))"
        )
        .bind(shipment.lot.as_uuid())
        .bind(shipment.id.as_uuid())
        .bind(shipment.from.as_uuid())
        .bind(shipment.to.as_uuid())
        .bind(shipment.from_place.map(|id| id.as_uuid()))
        .bind(shipment.amount)
        .bind(shipment.boxed)
        .bind(shipment.back_from.map(|id| id.as_uuid()))
        .bind(shipment.shipped_at.micros())
    )?;
    Ok(())
}

/// Takes back a shipment, of all its lots. Its arrivals must have been taken back before.
///
/// # Errors
/// When the database fails.
pub async fn remove_shipment(tx: &mut Tx, id: EventId) -> Result<(), StoreError> {
    run!(tx, sqlx::query("DELETE FROM shipment WHERE id = $1").bind(id.as_uuid()))?;
    Ok(())
}

/// What was sent by one event, lot by lot.
///
/// # Errors
/// When the database fails.
pub async fn shipment(tx: &mut Tx, id: EventId) -> Result<Vec<Shipment>, StoreError> {
    let rows: Vec<ShipmentRow> =
        on!(tx, |conn| sqlx::query_as(select_shipment!("WHERE id = $1 ORDER BY lot_id"))
            .bind(id.as_uuid())
            .fetch_all(conn)
            .await)?;
    Ok(rows.into_iter().map(Shipment::from).collect())
}

/// What is under way of a lot to `to`, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn under_way(tx: &mut Tx, lot: LotId, to: PartyId) -> Result<Vec<Shipment>, StoreError> {
    let rows: Vec<ShipmentRow> = on!(tx, |conn| {
        sqlx::query_as(select_shipment!(
        "WHERE lot_id = $1 AND to_party = $2 AND received + refused + lost < amount ORDER BY shipped_at, id"
    ))
    .bind(lot.as_uuid())
    .bind(to.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    Ok(rows.into_iter().map(Shipment::from).collect())
}

/// Counts what arrived of a shipment, received, refused or lost. `guarded` refuses more than is under way; else, for reported facts, it
/// is counted all the same. Whether it was counted.
///
/// # Errors
/// When the database fails.
pub async fn arrive(tx: &mut Tx, arrival: &Arrival, guarded: bool) -> Result<bool, StoreError> {
    let counted = run!(
        tx,
        sqlx::query(
            "UPDATE shipment SET received = received + $3, refused = refused + $4, lost = lost + $5 \
             WHERE lot_id = $1 AND id = $2 AND ($6 = 0 OR received + refused + lost + $3 + $4 + $5 <= amount)"
        )
        .bind(arrival.lot.as_uuid())
        .bind(arrival.shipment.as_uuid())
        .bind(arrival.received)
        .bind(arrival.refused)
        .bind(arrival.lost)
        .bind(i64::from(guarded))
    )?;
    if counted == 1 {
        run!(
            tx,
            sqlx::query(
                "INSERT INTO arrival (lot_id, shipment, event_id, received, refused, lost, tolerated) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) \
                 ON CONFLICT (lot_id, shipment, event_id) DO UPDATE SET received = arrival.received + $4, \
                 refused = arrival.refused + $5, lost = arrival.lost + $6"
            )
            .bind(arrival.lot.as_uuid())
            .bind(arrival.shipment.as_uuid())
            .bind(arrival.event.as_uuid())
            .bind(arrival.received)
            .bind(arrival.refused)
            .bind(arrival.lost)
            .bind(arrival.tolerated)
        )?;
    }
    Ok(counted == 1)
}

/// Takes back what an event counted as arrived.
///
/// # Errors
/// When the database fails.
pub async fn take_back_arrivals(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    for arrival in arrivals(tx, event).await? {
        run!(
            tx,
            sqlx::query(
                "UPDATE shipment SET received = received - $3, refused = refused - $4, lost = lost - $5 \
                 WHERE lot_id = $1 AND id = $2"
            )
            .bind(arrival.lot.as_uuid())
            .bind(arrival.shipment.as_uuid())
            .bind(arrival.received)
            .bind(arrival.refused)
            .bind(arrival.lost)
        )?;
    }
    run!(tx, sqlx::query("DELETE FROM arrival WHERE event_id = $1").bind(event.as_uuid()))?;
    Ok(())
}

/// What an event counted as arrived, lot by lot.
///
/// # Errors
/// When the database fails.
pub async fn arrivals(tx: &mut Tx, event: EventId) -> Result<Vec<Arrival>, StoreError> {
    let rows: Vec<(Uuid, Uuid, i64, i64, i64, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT lot_id, shipment, received, refused, lost, tolerated FROM arrival WHERE event_id = $1 \
             ORDER BY lot_id, shipment",
        )
        .bind(event.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    let row = |(lot, shipment, received, refused, lost, tolerated)| Arrival {
        lot: LotId::from_uuid(lot),
        shipment: EventId::from_uuid(shipment),
        event,
        received,
        refused,
        lost,
        tolerated,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The events that counted something as arrived of what was sent of a lot to a party.
///
/// # Errors
/// When the database fails.
pub async fn arrivals_at(tx: &mut Tx, lot: LotId, to: PartyId) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT DISTINCT a.event_id FROM shipment s JOIN arrival a ON a.lot_id = s.lot_id AND a.shipment = s.id \
         WHERE s.to_party = $2 AND s.lot_id = $1 ORDER BY a.event_id"
    )
    .bind(lot.as_uuid())
    .bind(to.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    Ok(ids.into_iter().map(EventId::from_uuid).collect())
}

/// Whether a lot can have come to a party: it is the party's own, or some of it was sent there.
///
/// # Errors
/// When the database fails.
pub async fn came_to(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM shipment WHERE lot_id = $1 AND to_party = $2) OR \
         EXISTS (SELECT 1 FROM lot WHERE id = $1 AND party_id = $2)"
    )
    .bind(lot.as_uuid())
    .bind(party.as_uuid())
    .fetch_optional(conn)
    .await
    })?;
    Ok(found.is_some())
}

/// The events that counted something as arrived of a shipment.
///
/// # Errors
/// When the database fails.
pub async fn arrivals_of(tx: &mut Tx, shipment: EventId) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT DISTINCT event_id FROM arrival WHERE shipment = $1 ORDER BY event_id"
    )
    .bind(shipment.as_uuid())
    .fetch_all(conn)
    .await)?;
    Ok(ids.into_iter().map(EventId::from_uuid).collect())
}

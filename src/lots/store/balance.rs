//! The SQL of what parties hold and of what is under way: guarded statements, whose row count is the verdict.

use crate::kernel::{EventId, LotId, Moment, PartyId, PlaceId};
use crate::lots::model::{Holding, NewShipment, Shipment};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
pub(super) struct ShipmentRow {
    pub(super) lot_id: Uuid,
    id: Uuid,
    from_party: Uuid,
    to_party: Uuid,
    from_place: Uuid,
    amount: i64,
    received: i64,
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
                from_place: PlaceId::from_uuid(row.from_place),
                amount: row.amount,
                shipped_at: Moment::from_micros(row.shipped_at),
            },
            received: row.received,
        }
    }
}

/// What a party has of a lot.
///
/// # Errors
/// When the database fails.
pub async fn holding(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<Option<Holding>, StoreError> {
    let row: Option<(i64, i64, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT amount, taken_in, packed FROM holding WHERE lot_id = $1 AND party_id = $2"
    )
    .bind(lot.as_uuid())
    .bind(party.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(row.map(|(amount, taken_in, packed)| Holding { amount, taken_in, packed }))
}

/// What all parties together have of a lot, and what is under way.
///
/// # Errors
/// When the database fails.
pub async fn in_the_chain(tx: &mut Tx, lot: LotId) -> Result<(i64, i64), StoreError> {
    on!(tx, |conn| sqlx::query_as(
        "SELECT (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM holding WHERE lot_id = $1), \
         (SELECT CAST(COALESCE(SUM(amount - received), 0) AS BIGINT) FROM shipment WHERE lot_id = $1)"
    )
    .bind(lot.as_uuid())
    .fetch_one(conn)
    .await)
}

/// Everybody who has, or had, some of a lot.
///
/// # Errors
/// When the database fails.
pub async fn holders(tx: &mut Tx, lot: LotId) -> Result<Vec<(PartyId, Holding)>, StoreError> {
    let rows: Vec<(Uuid, i64, i64, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT party_id, amount, taken_in, packed FROM holding WHERE lot_id = $1 ORDER BY party_id"
    )
    .bind(lot.as_uuid())
    .fetch_all(conn)
    .await)?;
    let holder =
        |(party, amount, taken_in, packed)| (PartyId::from_uuid(party), Holding { amount, taken_in, packed });
    Ok(rows.into_iter().map(holder).collect())
}

/// Puts an amount into a party's hands.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &mut Tx, lot: LotId, party: PartyId, amount: i64) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO holding (lot_id, party_id, amount, taken_in) VALUES ($1, $2, $3, $3) \
             ON CONFLICT (lot_id, party_id) DO UPDATE SET amount = holding.amount + $3, \
             taken_in = holding.taken_in + $3"
        )
        .bind(lot.as_uuid())
        .bind(party.as_uuid())
        .bind(amount)
    )?;
    Ok(())
}

/// Takes an amount out of a party's hands; whether there was as much.
///
/// # Errors
/// When the database fails.
pub async fn draw(tx: &mut Tx, lot: LotId, party: PartyId, amount: i64) -> Result<bool, StoreError> {
    let drawn = run!(
        tx,
        sqlx::query(
            "UPDATE holding SET amount = amount - $3 WHERE lot_id = $1 AND party_id = $2 AND amount >= $3"
        )
        .bind(lot.as_uuid())
        .bind(party.as_uuid())
        .bind(amount)
    )?;
    Ok(drawn == 1)
}

/// Notes that an amount in a party's hands was packed; whether there was as much that is not yet packed.
///
/// # Errors
/// When the database fails.
pub async fn pack(tx: &mut Tx, lot: LotId, party: PartyId, amount: i64) -> Result<bool, StoreError> {
    let packed = run!(
        tx,
        sqlx::query(
            "UPDATE holding SET packed = packed + $3 \
             WHERE lot_id = $1 AND party_id = $2 AND amount >= $3 AND packed + $3 <= taken_in"
        )
        .bind(lot.as_uuid())
        .bind(party.as_uuid())
        .bind(amount)
    )?;
    Ok(packed == 1)
}

/// Writes what is under way.
///
/// # Errors
/// When the database fails.
pub async fn insert_shipment(tx: &mut Tx, shipment: &NewShipment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO shipment (lot_id, id, from_party, to_party, from_place, amount, shipped_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(shipment.lot.as_uuid())
        .bind(shipment.id.as_uuid())
        .bind(shipment.from.as_uuid())
        .bind(shipment.to.as_uuid())
        .bind(shipment.from_place.as_uuid())
        .bind(shipment.amount)
        .bind(shipment.shipped_at.micros())
    )?;
    Ok(())
}

/// The shipment with this id.
///
/// # Errors
/// When the database fails.
pub async fn shipment(tx: &mut Tx, id: EventId) -> Result<Option<Shipment>, StoreError> {
    let row: Option<ShipmentRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT lot_id, id, from_party, to_party, from_place, amount, received, shipped_at \
         FROM shipment WHERE id = $1"
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(row.map(Shipment::from))
}

/// Takes an amount over from what is under way to `party`; whether as much was, and to that party.
///
/// # Errors
/// When the database fails.
pub async fn receive(
    tx: &mut Tx,
    lot: LotId,
    shipment: EventId,
    party: PartyId,
    amount: i64,
) -> Result<bool, StoreError> {
    let received = run!(
        tx,
        sqlx::query(
            "UPDATE shipment SET received = received + $4 \
             WHERE lot_id = $1 AND id = $2 AND to_party = $3 AND received + $4 <= amount"
        )
        .bind(lot.as_uuid())
        .bind(shipment.as_uuid())
        .bind(party.as_uuid())
        .bind(amount)
    )?;
    Ok(received == 1)
}

//! The SQL of lists: a party's lots, what is on its way, whom it may send to.

use super::LotRow;
use super::passage::ShipmentRow;
use crate::kernel::{CommuneCode, LotCode, LotId, Moment, PartyId, Unit};
use crate::lots::model::{Delivery, Line, Lot, Receiver};
use crate::store::{StoreError, Tx, on};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct LineRow {
    #[sqlx(flatten)]
    lot: LotRow,
    product_name: String,
    amount: i64,
}

/// The lots that a party declared or ever held, newest first, before the lot `before`. Whoever declares or receives has a
/// holding from then on, also when nothing is left of it.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn of_party(
    tx: &mut Tx,
    party: PartyId,
    before: Uuid,
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<LineRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT l.id, l.product_id, l.code, l.short_code, l.party_id, l.place_id, l.unit, l.declared, \
         l.harvested_on, l.packed_on, l.expires_on, l.hold, l.hold_reason, l.recall, l.recall_reason, l.breach, l.hold_by, l.upstream, l.upstream_lot, \
         l.gate_version, l.version, l.created_at, p.name AS product_name, h.amount \
         FROM holding h JOIN lot l ON l.id = h.lot_id JOIN product p ON p.id = l.product_id \
         WHERE h.party_id = $1 AND h.lot_id < $2 ORDER BY h.lot_id DESC LIMIT $3"
    )
    .bind(party.as_uuid())
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Line::try_from).collect()
}

/// The lots that a party has something of, newest first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn in_hand(tx: &mut Tx, party: PartyId, limit: i64) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<LineRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT l.id, l.product_id, l.code, l.short_code, l.party_id, l.place_id, l.unit, l.declared, \
         l.harvested_on, l.packed_on, l.expires_on, l.hold, l.hold_reason, l.recall, l.recall_reason, l.breach, l.hold_by, l.upstream, l.upstream_lot, \
         l.gate_version, l.version, l.created_at, p.name AS product_name, h.amount \
         FROM holding h JOIN lot l ON l.id = h.lot_id JOIN product p ON p.id = l.product_id \
         WHERE h.party_id = $1 AND h.amount > 0 ORDER BY h.lot_id DESC LIMIT $2"
    )
    .bind(party.as_uuid())
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Line::try_from).collect()
}

impl TryFrom<LineRow> for Line {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let lot = Lot::try_from(row.lot)?;
        let held = lot.quantity(row.amount);
        Ok(Self { lot, product: row.product_name, held })
    }
}

#[derive(FromRow)]
struct DeliveryRow {
    #[sqlx(flatten)]
    shipment: ShipmentRow,
    code: String,
    unit: String,
    product_name: String,
    party_name: String,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let id = row.shipment.lot_id;
        Ok(Self {
            shipment: row.shipment.into(),
            code: LotCode::parse_strict(&row.code)
                .map_err(|why| StoreError::misfit("lot", "code", id, why))?,
            unit: Unit::parse(&row.unit).map_err(|why| StoreError::misfit("lot", "unit", id, why))?,
            product: row.product_name,
            other: row.party_name,
        })
    }
}

/// What is under way to `party`, the oldest first, after (`time`, `id`).
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn incoming(
    tx: &mut Tx,
    party: PartyId,
    after: (Moment, Uuid),
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<DeliveryRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT s.lot_id, s.id, s.from_party, s.to_party, s.from_place, s.amount, s.boxed, s.received, \
         s.refused, s.lost, s.back_from, s.shipped_at, \
         l.code, l.unit, p.name AS product_name, f.name AS party_name \
         FROM shipment s JOIN lot l ON l.id = s.lot_id JOIN product p ON p.id = l.product_id \
         JOIN party f ON f.id = s.from_party \
         WHERE s.to_party = $1 AND s.received + s.refused + s.lost < s.amount AND (s.shipped_at > $2 OR (s.shipped_at = $2 AND s.id > $3)) \
         ORDER BY s.shipped_at, s.id LIMIT $4"
    )
    .bind(party.as_uuid())
    .bind(after.0.micros())
    .bind(after.1)
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// What `party` has sent, the newest first, before (`time`, `id`).
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn outgoing(
    tx: &mut Tx,
    party: PartyId,
    before: (Moment, Uuid),
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<DeliveryRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT s.lot_id, s.id, s.from_party, s.to_party, s.from_place, s.amount, s.boxed, s.received, \
         s.refused, s.lost, s.back_from, s.shipped_at, \
         l.code, l.unit, p.name AS product_name, t.name AS party_name \
         FROM shipment s JOIN lot l ON l.id = s.lot_id JOIN product p ON p.id = l.product_id \
         JOIN party t ON t.id = s.to_party \
         WHERE s.from_party = $1 AND (s.shipped_at < $2 OR (s.shipped_at = $2 AND s.id < $3)) \
         ORDER BY s.shipped_at DESC, s.id DESC LIMIT $4",
        )
        .bind(party.as_uuid())
        .bind(before.0.micros())
        .bind(before.1)
        .bind(limit)
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter().map(Delivery::try_from).collect()
}

#[derive(FromRow)]
struct ReceiverRow {
    id: Uuid,
    name: String,
    commune: String,
}

impl TryFrom<ReceiverRow> for Receiver {
    type Error = StoreError;

    fn try_from(row: ReceiverRow) -> Result<Self, StoreError> {
        let commune = CommuneCode::parse(&row.commune)
            .map_err(|why| StoreError::misfit("party", "commune", row.id, why))?;
        Ok(Self { id: PartyId::from_uuid(row.id), name: row.name, commune })
    }
}

/// Approved parties to send to: by a part of the folded name, but households by nothing less than their consent; or by the
/// whole tax number or GLN.
///
/// # Errors
/// When the database fails.
pub async fn receivers(
    tx: &mut Tx,
    folded: &str,
    tax_number: &str,
    gln: &str,
    limit: i64,
) -> Result<Vec<Receiver>, StoreError> {
    let rows: Vec<ReceiverRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, name, commune FROM party WHERE status = 'approved' AND \
         (($1 <> '' AND name_folded LIKE $2 AND (kind <> 'household' OR consent = 1)) \
         OR ($3 <> '' AND tax_number = $3) OR ($4 <> '' AND gln = $4)) ORDER BY name_folded, id LIMIT $5"
    )
    .bind(folded)
    // Folded text holds letters, digits and spaces, so nothing in it is a wildcard.
    .bind(format!("%{folded}%"))
    .bind(tax_number)
    .bind(gln)
    .bind(limit)
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Receiver::try_from).collect()
}

/// The approved parties that `party` sent to last.
///
/// # Errors
/// When the database fails.
pub async fn recent_receivers(tx: &mut Tx, party: PartyId, limit: i64) -> Result<Vec<Receiver>, StoreError> {
    let rows: Vec<ReceiverRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, name, commune FROM party WHERE status = 'approved' AND id IN (SELECT to_party FROM \
         (SELECT to_party FROM shipment WHERE from_party = $1 ORDER BY shipped_at DESC, id DESC LIMIT 50) AS last) \
         ORDER BY name_folded, id LIMIT $2"
    )
    .bind(party.as_uuid())
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Receiver::try_from).collect()
}

/// The approved parties from which `party` received some of a lot: those that it can send it back to.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn senders(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<Vec<Receiver>, StoreError> {
    let rows: Vec<ReceiverRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, name, commune FROM party WHERE status = 'approved' AND id IN \
             (SELECT from_party FROM shipment WHERE lot_id = $1 AND to_party = $2 AND received > 0) \
             ORDER BY name_folded, id",
        )
        .bind(lot.as_uuid())
        .bind(party.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter().map(Receiver::try_from).collect()
}

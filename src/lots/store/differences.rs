//! The SQL of shipments whose accounts do not close.

use super::passage::ShipmentRow;
use crate::kernel::{LotCode, PartyId, Unit};
use crate::lots::differences::{Before, Difference};
use crate::store::{StoreError, Tx, on};
use sqlx::FromRow;

#[derive(FromRow)]
struct DifferenceRow {
    #[sqlx(flatten)]
    shipment: ShipmentRow,
    code: String,
    unit: String,
    product_name: String,
    from_name: String,
    to_name: String,
    tolerated: i64,
}

impl TryFrom<DifferenceRow> for Difference {
    type Error = StoreError;

    fn try_from(row: DifferenceRow) -> Result<Self, StoreError> {
        let id = row.shipment.lot_id;
        Ok(Self {
            shipment: row.shipment.into(),
            code: LotCode::parse_strict(&row.code)
                .map_err(|why| StoreError::misfit("lot", "code", id, why))?,
            unit: Unit::parse(&row.unit).map_err(|why| StoreError::misfit("lot", "unit", id, why))?,
            product: row.product_name,
            from: row.from_name,
            to: row.to_name,
            tolerated: row.tolerated,
        })
    }
}

/// What is awaited, missing beyond loss of weight, or arrived in excess: of what `party` sent or was sent, or of everybody; the newest
/// first, before a line.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn differences(
    tx: &mut Tx,
    party: Option<PartyId>,
    before: Before,
    limit: i64,
) -> Result<Vec<Difference>, StoreError> {
    let rows: Vec<DifferenceRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT s.lot_id, s.id, s.from_party, s.to_party, s.from_place, s.amount, s.boxed, s.received, \
         s.refused, s.lost, s.back_from, s.shipped_at, l.code, l.unit, p.name AS product_name, f.name AS from_name, \
         t.name AS to_name, CAST(COALESCE((SELECT MAX(a.tolerated) FROM arrival a \
           WHERE a.lot_id = s.lot_id AND a.shipment = s.id), 0) AS BIGINT) AS tolerated \
         FROM shipment s JOIN lot l ON l.id = s.lot_id JOIN product p ON p.id = l.product_id \
         JOIN party f ON f.id = s.from_party JOIN party t ON t.id = s.to_party \
         WHERE ($1 = 1 OR s.from_party = $2 OR s.to_party = $2) \
         AND (s.shipped_at < $3 OR (s.shipped_at = $3 AND (s.id < $4 OR (s.id = $4 AND s.lot_id < $6)))) \
         AND (s.received + s.refused + s.lost <> s.amount OR s.lost * 1000 > s.amount * COALESCE((SELECT MAX(a.tolerated) \
           FROM arrival a WHERE a.lot_id = s.lot_id AND a.shipment = s.id), 0)) \
         ORDER BY s.shipped_at DESC, s.id DESC, s.lot_id DESC LIMIT $5"
    )
    .bind(i64::from(party.is_none()))
    .bind(party.map(|id| id.as_uuid()))
    .bind(before.at.micros())
    .bind(before.shipment)
    .bind(limit)
    .bind(before.lot)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Difference::try_from).collect()
}

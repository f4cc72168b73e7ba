//! The SQL of the gates: what a command must know of places, products, parties and mandates, and the confirmation that a
//! place's gate stayed open.

use crate::kernel::{Day, MandateId, Moment, PartyId, PlaceId, ProductId, Unit};
use crate::store::{StoreError, Tx, on, run};
use uuid::Uuid;

/// What the gates ask of a place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) id: PlaceId,
    pub(super) party: PartyId,
    pub(super) number: String,
    pub(super) gln: Option<String>,
    pub(super) closed_at: Option<Moment>,
    pub(super) gate_version: i64,
}

impl Place {
    /// The place's trace code: its GLN, else its number.
    pub(super) fn code(&self) -> &str {
        self.gln.as_deref().unwrap_or(&self.number)
    }
}

/// What the gates ask of a product.
#[derive(Clone, Debug)]
pub(super) struct Product {
    pub(super) party: PartyId,
    pub(super) number: String,
    pub(super) gtin: Option<String>,
    pub(super) unit: Unit,
    pub(super) shelf_life_days: Option<i64>,
}

impl Product {
    /// The product's trace code: its GTIN, else its number.
    pub(super) fn code(&self) -> &str {
        self.gtin.as_deref().unwrap_or(&self.number)
    }
}

/// What the gates ask of a party.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) id: PartyId,
    pub(super) gln: Option<String>,
    pub(super) approved: bool,
}

pub(super) async fn place(tx: &mut Tx, id: PlaceId) -> Result<Option<Place>, StoreError> {
    let row: Option<(Uuid, String, Option<String>, Option<i64>, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT party_id, number, gln, closed_at, gate_version FROM place WHERE id = $1"
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(row.map(|(party, number, gln, closed_at, gate_version)| Place {
        id,
        party: PartyId::from_uuid(party),
        number,
        gln,
        closed_at: closed_at.map(Moment::from_micros),
        gate_version,
    }))
}

/// Confirms that nothing has shut the place's gate since `gate_version` was read; whether so.
pub(super) async fn pass_place(tx: &mut Tx, id: PlaceId, gate_version: i64) -> Result<bool, StoreError> {
    let passed = run!(
        tx,
        sqlx::query("UPDATE place SET gate_version = gate_version WHERE id = $1 AND gate_version = $2")
            .bind(id.as_uuid())
            .bind(gate_version)
    )?;
    Ok(passed == 1)
}

pub(super) async fn product(tx: &mut Tx, id: ProductId) -> Result<Option<Product>, StoreError> {
    let row: Option<(Uuid, String, Option<String>, String, Option<i64>)> = on!(tx, |conn| sqlx::query_as(
        "SELECT party_id, number, gtin, unit, shelf_life_days FROM product WHERE id = $1"
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await)?;
    row.map(|(party, number, gtin, unit, shelf_life_days)| {
        let unit = Unit::parse(&unit).map_err(|why| StoreError::misfit("product", "unit", id, why))?;
        Ok(Product { party: PartyId::from_uuid(party), number, gtin, unit, shelf_life_days })
    })
    .transpose()
}

pub(super) async fn party(tx: &mut Tx, id: PartyId) -> Result<Option<Party>, StoreError> {
    let row: Option<(Option<String>, String)> =
        on!(tx, |conn| sqlx::query_as("SELECT gln, status FROM party WHERE id = $1")
            .bind(id.as_uuid())
            .fetch_optional(conn)
            .await)?;
    Ok(row.map(|(gln, status)| Party { id, gln, approved: status == "approved" }))
}

/// The mandate under which `holder` records for `grantor` on `day`.
pub(super) async fn mandate_in_force(
    tx: &mut Tx,
    grantor: PartyId,
    holder: PartyId,
    day: Day,
) -> Result<Option<MandateId>, StoreError> {
    let id: Option<Uuid> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT id FROM mandate WHERE holder = $1 AND grantor = $2 AND from_day <= $3 AND to_day >= $3 \
         AND revoked_at IS NULL ORDER BY id LIMIT 1"
    )
    .bind(holder.as_uuid())
    .bind(grantor.as_uuid())
    .bind(day.to_string())
    .fetch_optional(conn)
    .await)?;
    Ok(id.map(MandateId::from_uuid))
}

//! The SQL of lots, holdings and shipments. What must never be overdrawn is changed by guarded statements only: the number
//! of rows touched is the verdict, at any isolation.

mod balance;
mod differences;
mod doubts;
mod entitlement;
mod flags;
mod lists;
mod passage;
mod stops;

pub use balance::{
    Reckoned, enter, enter_fact, holders, holding, in_the_chain, moved, movements, reckon, take_back,
};
pub use differences::differences;
pub use doubts::{breaches, cases, corrections, parked};
pub use entitlement::{
    carry, code_account, count_codes, draw_codes, drop_carried_codes, entitlement, return_codes,
};
pub use flags::flags;
pub use lists::{in_hand, incoming, of_party, outgoing, receivers, recent_receivers, senders};
pub use passage::{
    arrivals, arrivals_at, arrivals_of, arrive, came_to, insert_shipment, remove_shipment, shipment,
    take_back_arrivals, under_way,
};
pub use stops::{
    Spread, came_from, concerned, danger, inherit_by, origins_behind, override_origin, override_upstream,
    spread, stopped_for, used_case,
};

use super::model::{Lot, NewLot, Upstream};
use crate::kernel::{Day, LotCode, LotId, Moment, PartyId, PlaceId, ProductId, Quantity, ShortCode, Unit};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use std::fmt::Display;
use uuid::Uuid;

/// The statement for whole rows, with what follows `FROM lot`.
macro_rules! select_lot {
    ($rest:literal) => {
        concat!(
            "SELECT id, product_id, code, short_code, party_id, place_id, unit, declared, harvested_on, packed_on, \
             expires_on, hold, hold_reason, recall, recall_reason, breach, hold_by, upstream, upstream_lot, \
             gate_version, version, created_at FROM lot ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct LotRow {
    id: Uuid,
    product_id: Uuid,
    code: String,
    short_code: String,
    party_id: Uuid,
    place_id: Uuid,
    unit: String,
    declared: i64,
    harvested_on: String,
    packed_on: Option<String>,
    expires_on: Option<String>,
    hold: String,
    hold_reason: Option<String>,
    recall: String,
    recall_reason: Option<String>,
    breach: Option<String>,
    hold_by: Option<String>,
    upstream: Option<String>,
    upstream_lot: Option<Uuid>,
    gate_version: i64,
    version: i64,
    created_at: i64,
}

impl TryFrom<LotRow> for Lot {
    type Error = StoreError;

    fn try_from(row: LotRow) -> Result<Self, StoreError> {
        fn fit<T, E: Display>(column: &'static str, id: Uuid, value: Result<T, E>) -> Result<T, StoreError> {
            value.map_err(|why| StoreError::misfit("lot", column, id, why))
        }
        let id = row.id;
        let day =
            |column, text: Option<String>| text.map(|text| fit(column, id, Day::parse(&text))).transpose();
        let unit = fit("unit", id, Unit::parse(&row.unit))?;
        Ok(Self {
            id: LotId::from_uuid(id),
            product: ProductId::from_uuid(row.product_id),
            code: fit("code", id, LotCode::parse_strict(&row.code))?,
            short_code: fit("short_code", id, ShortCode::parse(&row.short_code))?,
            party: PartyId::from_uuid(row.party_id),
            place: PlaceId::from_uuid(row.place_id),
            declared: fit("declared", id, Quantity::new(row.declared, unit))?,
            harvested_on: fit("harvested_on", id, Day::parse(&row.harvested_on))?,
            packed_on: day("packed_on", row.packed_on)?,
            expires_on: day("expires_on", row.expires_on)?,
            held: (row.hold == "held").then(|| row.hold_reason.unwrap_or_default()),
            recalled: (row.recall == "recalled").then(|| row.recall_reason.unwrap_or_default()),
            breach: row.breach,
            held_by_party: row.hold_by.as_deref() == Some("party"),
            upstream: row.upstream_lot.map(|lot| Upstream {
                lot: LotId::from_uuid(lot),
                recalled: row.upstream.as_deref() == Some("recalled"),
            }),
            gate_version: row.gate_version,
            version: row.version,
            created_at: Moment::from_micros(row.created_at),
        })
    }
}

/// Writes a lot.
///
/// # Errors
/// When the database fails; a unique violation when its code or short code is taken.
pub async fn insert(tx: &mut Tx, lot: &NewLot) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO lot (id, product_id, code, short_code, party_id, place_id, unit, declared, harvested_on, \
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        )
        .bind(lot.id.as_uuid())
        .bind(lot.product.as_uuid())
        .bind(lot.code.as_str())
        .bind(lot.short_code.as_str())
        .bind(lot.party.as_uuid())
        .bind(lot.place.as_uuid())
        .bind(lot.declared.unit().as_str())
        .bind(lot.declared.amount())
        .bind(lot.harvested_on.to_string())
        .bind(lot.created_at.micros())
    )?;
    Ok(())
}

/// The lot with this id, for whoever asks: the caller decides who may see it.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn find(tx: &mut Tx, id: LotId) -> Result<Option<Lot>, StoreError> {
    let row: Option<LotRow> = on!(tx, |conn| {
        sqlx::query_as(select_lot!("WHERE id = $1")).bind(id.as_uuid()).fetch_optional(conn).await
    })?;
    row.map(Lot::try_from).transpose()
}

/// The lot of a product with this code.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn by_code(tx: &mut Tx, product: ProductId, code: &LotCode) -> Result<Option<Lot>, StoreError> {
    let row: Option<LotRow> = on!(tx, |conn| {
        sqlx::query_as(select_lot!("WHERE product_id = $1 AND code = $2"))
            .bind(product.as_uuid())
            .bind(code.as_str())
            .fetch_optional(conn)
            .await
    })?;
    row.map(Lot::try_from).transpose()
}

/// The lot with this short code.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn by_short_code(tx: &mut Tx, code: &ShortCode) -> Result<Option<Lot>, StoreError> {
    let row: Option<LotRow> = on!(tx, |conn| {
        sqlx::query_as(select_lot!("WHERE short_code = $1")).bind(code.as_str()).fetch_optional(conn).await
    })?;
    row.map(Lot::try_from).transpose()
}

/// All lots of a product, with their codes.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn of_product(tx: &mut Tx, product: ProductId) -> Result<Vec<(LotId, LotCode)>, StoreError> {
    let rows: Vec<(Uuid, String)> =
        on!(tx, |conn| sqlx::query_as("SELECT id, code FROM lot WHERE product_id = $1 ORDER BY id")
            .bind(product.as_uuid())
            .fetch_all(conn)
            .await)?;
    let fit = |(id, code): (Uuid, String)| {
        let code = LotCode::parse_strict(&code).map_err(|why| StoreError::misfit("lot", "code", id, why))?;
        Ok((LotId::from_uuid(id), code))
    };
    rows.into_iter().map(fit).collect()
}

/// The lots with this code, whatever their product, newest first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn with_code(tx: &mut Tx, code: &LotCode, limit: i64) -> Result<Vec<Lot>, StoreError> {
    let rows: Vec<LotRow> =
        on!(tx, |conn| sqlx::query_as(select_lot!("WHERE code = $1 ORDER BY id DESC LIMIT $2"))
            .bind(code.as_str())
            .bind(limit)
            .fetch_all(conn)
            .await)?;
    rows.into_iter().map(Lot::try_from).collect()
}

/// Whether a product has a lot with this code.
///
/// # Errors
/// When the database fails.
pub async fn is_code_taken(tx: &mut Tx, product: ProductId, code: &LotCode) -> Result<bool, StoreError> {
    Ok(by_code(tx, product, code).await?.is_some())
}

/// Whether a short code is taken.
///
/// # Errors
/// When the database fails.
pub async fn is_short_code_taken(tx: &mut Tx, code: &ShortCode) -> Result<bool, StoreError> {
    let found: Option<i64> =
        on!(tx, |conn| sqlx::query_scalar("SELECT CAST(1 AS BIGINT) FROM lot WHERE short_code = $1")
            .bind(code.as_str())
            .fetch_optional(conn)
            .await)?;
    Ok(found.is_some())
}

/// Whether a party belongs to a lot's chain: it declared, held, sent or was sent some of it.
///
/// # Errors
/// When the database fails.
pub async fn is_in_chain(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) WHERE \
         EXISTS (SELECT 1 FROM holding WHERE lot_id = $1 AND party_id = $2) OR \
         EXISTS (SELECT 1 FROM shipment WHERE lot_id = $1 AND (from_party = $2 OR to_party = $2)) OR \
         EXISTS (SELECT 1 FROM lot WHERE id = $1 AND party_id = $2)"
    )
    .bind(lot.as_uuid())
    .bind(party.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(found.is_some())
}

/// Confirms that nothing has stopped the lot since `gate_version` was read, and notes that its page changes; whether so.
///
/// # Errors
/// When the database fails.
pub async fn pass(tx: &mut Tx, lot: LotId, gate_version: i64) -> Result<bool, StoreError> {
    let passed = run!(
        tx,
        sqlx::query("UPDATE lot SET version = version + 1 WHERE id = $1 AND gate_version = $2")
            .bind(lot.as_uuid())
            .bind(gate_version)
    )?;
    Ok(passed == 1)
}

/// Notes that the lot's page changes, whatever its gates say: for facts.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, lot: LotId) -> Result<(), StoreError> {
    run!(tx, sqlx::query("UPDATE lot SET version = version + 1 WHERE id = $1").bind(lot.as_uuid()))?;
    Ok(())
}

/// Sets the first day of packing and the earliest last day of use.
///
/// # Errors
/// When the database fails.
pub async fn earliest_days(
    tx: &mut Tx,
    lot: LotId,
    packed_on: Day,
    expires_on: Option<Day>,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE lot SET packed_on = $2, expires_on = $3 WHERE id = $1")
            .bind(lot.as_uuid())
            .bind(packed_on.to_string())
            .bind(expires_on.map(|day| day.to_string()))
    )?;
    Ok(())
}

/// Holds a lot; whether it was free until now, or held only by its own party: that hold is kept beneath the authority's.
///
/// # Errors
/// When the database fails.
pub async fn hold(tx: &mut Tx, lot: LotId, reason: &str, by_party: bool) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE lot SET own_hold = CASE WHEN hold_by = 'party' THEN hold_reason END, \
             hold = 'held', hold_reason = $2, hold_by = $3, gate_version = gate_version + 1, \
             version = version + 1 WHERE id = $1 AND (hold = 'none' OR (hold_by = 'party' AND $3 = 'authority'))"
        )
        .bind(lot.as_uuid())
        .bind(reason)
        .bind(if by_party { "party" } else { "authority" })
    )?;
    Ok(done == 1)
}

/// Lifts the hold on a lot; whether it was held until now. A party lifts its own hold only. When the authority's is lifted, the one that the
/// party had put before stands again.
///
/// # Errors
/// When the database fails.
pub async fn release(tx: &mut Tx, lot: LotId, by_party: bool) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE lot SET hold = CASE WHEN own_hold IS NULL THEN 'none' ELSE 'held' END, hold_reason = own_hold, \
             hold_by = CASE WHEN own_hold IS NULL THEN NULL ELSE 'party' END, own_hold = NULL, gate_version = gate_version + 1, \
             version = version + 1 WHERE id = $1 AND hold = 'held' AND (hold_by = 'party' OR $2 = 0)"
        )
        .bind(lot.as_uuid())
        .bind(i64::from(by_party))
    )?;
    Ok(done == 1)
}

/// Recalls a lot; whether it was not recalled until now.
///
/// # Errors
/// When the database fails.
pub async fn recall(tx: &mut Tx, lot: LotId, reason: &str) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE lot SET recall = 'recalled', recall_reason = $2, gate_version = gate_version + 1, \
             version = version + 1 WHERE id = $1 AND recall = 'none'"
        )
        .bind(lot.as_uuid())
        .bind(reason)
    )?;
    Ok(done == 1)
}

/// Sets what was declared of a lot to the sum of what is in force; when that is nothing, the last figure stays, and the lot is told
/// as withdrawn.
///
/// # Errors
/// When the database fails.
pub async fn redeclare(tx: &mut Tx, lot: LotId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "UPDATE lot SET declared = CAST(s.amount AS BIGINT), version = version + 1 FROM (SELECT SUM(amount) AS amount \
             FROM balance_entry WHERE lot_id = $1 AND account IN ('harvested', 'produced')) s WHERE id = $1 AND s.amount > 0"
        )
        .bind(lot.as_uuid())
    )?;
    Ok(())
}

/// Sets the days of a lot: when it grew, when it was first packed, and its earliest last day of use.
///
/// # Errors
/// When the database fails.
pub async fn redate(
    tx: &mut Tx,
    lot: LotId,
    harvested_on: Day,
    packed_on: Option<Day>,
    expires_on: Option<Day>,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "UPDATE lot SET harvested_on = $2, packed_on = $3, expires_on = $4, version = version + 1 WHERE id = $1"
        )
        .bind(lot.as_uuid())
        .bind(harvested_on.to_string())
        .bind(packed_on.map(|day| day.to_string()))
        .bind(expires_on.map(|day| day.to_string()))
    )?;
    Ok(())
}

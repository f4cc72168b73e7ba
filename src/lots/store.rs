//! The SQL of lots, holdings and shipments. What must never be overdrawn is changed by guarded statements only: the number
//! of rows touched is the verdict, at any isolation.

use super::model::{Delivery, Holding, Line, Lot, NewLot, NewShipment, Receiver, Shipment};
use crate::kernel::{
    CommuneCode, Day, EventId, LotCode, LotId, Moment, PartyId, PlaceId, ProductId, Quantity, ShortCode, Unit,
};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use std::fmt::Display;
use uuid::Uuid;

/// The statement for whole rows, with what follows `FROM lot`.
macro_rules! select_lot {
    ($rest:literal) => {
        concat!(
            "SELECT id, product_id, code, short_code, party_id, place_id, unit, declared, harvested_on, packed_on, \
             expires_on, hold, hold_reason, recall, recall_reason, gate_version, version, created_at FROM lot ",
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
            gate_version: row.gate_version,
            version: row.version,
            created_at: Moment::from_micros(row.created_at),
        })
    }
}

#[derive(FromRow)]
struct ShipmentRow {
    lot_id: Uuid,
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

/// Holds a lot; whether it was free until now.
///
/// # Errors
/// When the database fails.
pub async fn hold(tx: &mut Tx, lot: LotId, reason: &str) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE lot SET hold = 'held', hold_reason = $2, gate_version = gate_version + 1, version = version + 1 \
             WHERE id = $1 AND hold = 'none'"
        )
        .bind(lot.as_uuid())
        .bind(reason)
    )?;
    Ok(done == 1)
}

/// Releases a lot; whether it was held until now.
///
/// # Errors
/// When the database fails.
pub async fn release(tx: &mut Tx, lot: LotId) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE lot SET hold = 'none', hold_reason = NULL, gate_version = gate_version + 1, \
             version = version + 1 WHERE id = $1 AND hold = 'held'"
        )
        .bind(lot.as_uuid())
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
    let rows: Vec<LineRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT l.id, l.product_id, l.code, l.short_code, l.party_id, l.place_id, l.unit, l.declared, \
         l.harvested_on, l.packed_on, l.expires_on, l.hold, l.hold_reason, l.recall, l.recall_reason, \
         l.gate_version, l.version, l.created_at, p.name AS product_name, h.amount \
         FROM holding h JOIN lot l ON l.id = h.lot_id JOIN product p ON p.id = l.product_id \
         WHERE h.party_id = $1 AND h.lot_id < $2 ORDER BY h.lot_id DESC LIMIT $3"
    )
    .bind(party.as_uuid())
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await)?;
    let line = |row: LineRow| {
        let lot = Lot::try_from(row.lot)?;
        let held = lot.quantity(row.amount);
        Ok(Line { lot, product: row.product_name, held })
    };
    rows.into_iter().map(line).collect()
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
        "SELECT s.lot_id, s.id, s.from_party, s.to_party, s.from_place, s.amount, s.received, s.shipped_at, \
         l.code, l.unit, p.name AS product_name, f.name AS party_name \
         FROM shipment s JOIN lot l ON l.id = s.lot_id JOIN product p ON p.id = l.product_id \
         JOIN party f ON f.id = s.from_party \
         WHERE s.to_party = $1 AND s.received < s.amount AND (s.shipped_at > $2 OR (s.shipped_at = $2 AND s.id > $3)) \
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
        "SELECT s.lot_id, s.id, s.from_party, s.to_party, s.from_place, s.amount, s.received, s.shipped_at, \
         l.code, l.unit, p.name AS product_name, t.name AS party_name \
         FROM shipment s JOIN lot l ON l.id = s.lot_id JOIN product p ON p.id = l.product_id \
         JOIN party t ON t.id = s.to_party \
         WHERE s.from_party = $1 AND (s.shipped_at < $2 OR (s.shipped_at = $2 AND s.id < $3)) \
         ORDER BY s.shipped_at DESC, s.id DESC LIMIT $4"
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

/// The parties for which `holder` may record on `day`, in the order of their names.
///
/// # Errors
/// When the database fails.
pub async fn grantors(tx: &mut Tx, holder: PartyId, day: Day) -> Result<Vec<(PartyId, String)>, StoreError> {
    let rows: Vec<(Uuid, String)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, name FROM party WHERE status = 'approved' AND id IN (SELECT grantor FROM mandate \
         WHERE holder = $1 AND from_day <= $2 AND to_day >= $2 AND revoked_at IS NULL) ORDER BY name_folded, id"
    )
    .bind(holder.as_uuid())
    .bind(day.to_string())
    .fetch_all(conn)
    .await
    })?;
    Ok(rows.into_iter().map(|(id, name)| (PartyId::from_uuid(id), name)).collect())
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

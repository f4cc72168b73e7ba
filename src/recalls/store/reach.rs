//! The SQL of what a recall reaches: set by set inside the database, so that its cost grows with the answer and nothing of it is carried
//! to the program and back.
//!
//! `CROSS JOIN` keeps SQLite from beginning at the large table; to PostgreSQL it is a join like others.

use crate::kernel::{Day, Moment, PartyId, Problem, Quantity, RecallId, Unit};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// Finds everything that came of the lots that a recall begins with, round by round. Looked for again it finds what has come to be known since,
/// however far down it hangs.
///
/// # Errors
/// When the database fails.
pub async fn reach(tx: &mut Tx, id: RecallId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_reach (recall_id, thing_id, round)
             SELECT o.recall_id, o.lot_id, 0 FROM recall_origin o WHERE o.recall_id = $1
             ON CONFLICT (recall_id, thing_id) DO NOTHING"
        )
        .bind(id.as_uuid())
    )?;
    let (mut round, mut deepest) = (0, deepest(tx, id).await?);
    while round <= deepest {
        if reach_further(tx, id, round).await? > 0 {
            deepest = deepest.max(round + 1);
        }
        round += 1;
    }
    Ok(())
}

/// The last round of what was reached before.
async fn deepest(tx: &mut Tx, id: RecallId) -> Result<i64, StoreError> {
    on!(tx, |conn| sqlx::query_scalar(
        "SELECT CAST(COALESCE(MAX(round), 0) AS BIGINT) FROM recall_reach WHERE recall_id = $1"
    )
    .bind(id.as_uuid())
    .fetch_one(conn)
    .await)
}

/// Adds what came of the things of `round`: what was made of them, of single units of them, and of the cases and pallets that they or their units
/// lay in then. How many are new.
async fn reach_further(tx: &mut Tx, id: RecallId, round: i64) -> Result<u64, StoreError> {
    let made = run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_reach (recall_id, thing_id, round)
             SELECT DISTINCT r.recall_id, o.thing_id, r.round + 1 FROM recall_reach r CROSS JOIN lineage i CROSS JOIN lineage o
             WHERE r.recall_id = $1 AND r.round = $2 AND i.thing_id = r.thing_id AND i.side = 'in'
             AND o.node = i.node AND o.side = 'out'
             ON CONFLICT (recall_id, thing_id) DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(round)
    )?;
    let carried = run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_reach (recall_id, thing_id, round)
             WITH RECURSIVE reached (id) AS (SELECT thing_id FROM recall_reach WHERE recall_id = $1 AND round = $2),
             units (id) AS (SELECT t.id FROM reached r CROSS JOIN thing t WHERE t.class_id = r.id),
             stay (case_id, since, until) AS (
             SELECT c.parent_id, c.added_at, COALESCE(c.removed_at, 9223372036854775807)
             FROM (SELECT id FROM reached UNION ALL SELECT id FROM units) p CROSS JOIN containment c WHERE c.child_id = p.id
             UNION SELECT c.parent_id, CASE WHEN c.added_at > s.since THEN c.added_at ELSE s.since END,
             CASE WHEN c.removed_at < s.until THEN c.removed_at ELSE s.until END
             FROM stay s CROSS JOIN containment c WHERE c.child_id = s.case_id
             AND c.added_at <= s.until AND (c.removed_at IS NULL OR c.removed_at >= s.since)),
             used (node) AS (SELECT l.node FROM stay s CROSS JOIN lineage l WHERE l.thing_id = s.case_id AND l.side = 'in'
             AND l.event_time >= s.since AND l.event_time <= s.until
             UNION SELECT l.node FROM units u CROSS JOIN lineage l WHERE l.thing_id = u.id AND l.side = 'in')
             SELECT DISTINCT $1, o.thing_id, $2 + 1 FROM used u CROSS JOIN lineage o WHERE o.node = u.node AND o.side = 'out'
             ON CONFLICT (recall_id, thing_id) DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(round)
    )?;
    Ok(made + carried)
}

/// Finds out who has or had how much of the lots that a recall reaches: whoever holds or held some, sent some or was sent some, and whose
/// lots they are. What was found before stays as it was.
///
/// # Errors
/// When the database fails.
pub async fn share_out(tx: &mut Tx, id: RecallId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_share (recall_id, party_id, lot_id, held, taken_in)
             SELECT r.recall_id, h.party_id, h.lot_id, h.amount, h.taken_in FROM recall_reach r CROSS JOIN holding h
             WHERE r.recall_id = $1 AND h.lot_id = r.thing_id AND (h.taken_in > 0 OR h.amount > 0 OR h.short > 0)
             ON CONFLICT (recall_id, party_id, lot_id) DO NOTHING"
        )
        .bind(id.as_uuid())
    )?;
    run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_share (recall_id, party_id, lot_id, held, taken_in)
             SELECT DISTINCT r.recall_id, s.to_party, s.lot_id, 0, 0 FROM recall_reach r CROSS JOIN shipment s
             WHERE r.recall_id = $1 AND s.lot_id = r.thing_id
             ON CONFLICT (recall_id, party_id, lot_id) DO NOTHING"
        )
        .bind(id.as_uuid())
    )?;
    run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_share (recall_id, party_id, lot_id, held, taken_in)
             SELECT DISTINCT r.recall_id, s.from_party, s.lot_id, 0, 0 FROM recall_reach r CROSS JOIN shipment s
             WHERE r.recall_id = $1 AND s.lot_id = r.thing_id
             ON CONFLICT (recall_id, party_id, lot_id) DO NOTHING"
        )
        .bind(id.as_uuid())
    )?;
    run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_share (recall_id, party_id, lot_id, held, taken_in)
             SELECT r.recall_id, l.party_id, l.id, 0, 0 FROM recall_reach r CROSS JOIN lot l
             WHERE r.recall_id = $1 AND l.id = r.thing_id
             ON CONFLICT (recall_id, party_id, lot_id) DO NOTHING"
        )
        .bind(id.as_uuid())
    )?;
    Ok(())
}

/// Counts lots and holders, and lets the telling begin; whether it still was to be reached. Of a closed recall the counts stay those it was closed
/// with.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &mut Tx, id: RecallId, at: Moment) -> Result<bool, StoreError> {
    let (lots, holders): (i64, i64) = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM recall_reach r CROSS JOIN lot l WHERE r.recall_id = $1 AND l.id = r.thing_id),
         (SELECT COUNT(DISTINCT party_id) FROM recall_share WHERE recall_id = $1)"
    )
    .bind(id.as_uuid())
    .fetch_one(conn)
    .await
    })?;
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE recall SET phase = 'telling', reached_at = COALESCE(reached_at, $2),
             lots = CASE WHEN state = 'closed' THEN lots ELSE $3 END, holders = CASE WHEN state = 'closed' THEN holders ELSE $4 END
             WHERE id = $1 AND phase = 'reaching' AND state IN ('decided', 'closed')"
        )
        .bind(id.as_uuid())
        .bind(at.micros())
        .bind(lots)
        .bind(holders)
    )?;
    Ok(touched > 0)
}

/// Whether something of the lots that a recall reaches is in somebody's hands or under way.
///
/// # Errors
/// When the database fails.
pub async fn somewhere(tx: &mut Tx, id: RecallId) -> Result<bool, StoreError> {
    let some: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT CAST(1 AS BIGINT) FROM recall_reach r WHERE r.recall_id = $1 AND (
             EXISTS (SELECT 1 FROM holding h WHERE h.lot_id = r.thing_id AND h.amount > 0)
             OR EXISTS (SELECT 1 FROM shipment s WHERE s.lot_id = r.thing_id AND s.received + s.refused + s.lost < s.amount))
             LIMIT 1",
        )
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    Ok(some.is_some())
}

/// A lot that was made of those that a recall begins with.
#[derive(Clone, Debug)]
pub struct Made {
    /// The product's name.
    pub product: String,
    /// Its English name.
    pub product_en: Option<String>,
    /// The product's trace code.
    pub product_code: String,
    /// The lot's code.
    pub code: String,
    /// What people type.
    pub short_code: String,
    /// Whose it is.
    pub party: PartyId,
    /// What was declared.
    pub quantity: Quantity,
    /// The day of its oldest harvest.
    pub harvested_on: Day,
    /// The day on which it was packed.
    pub packed_on: Option<Day>,
    /// The last day of use.
    pub expires_on: Option<Day>,
}

#[derive(FromRow)]
struct MadeRow {
    id: Uuid,
    name: String,
    name_en: Option<String>,
    gtin: Option<String>,
    number: String,
    code: String,
    short_code: String,
    party_id: Uuid,
    unit: String,
    declared: i64,
    harvested_on: String,
    packed_on: Option<String>,
    expires_on: Option<String>,
}

impl TryFrom<MadeRow> for Made {
    type Error = StoreError;

    fn try_from(row: MadeRow) -> Result<Self, StoreError> {
        let misfit = |column, why: Problem| StoreError::misfit("lot", column, row.id, why);
        let day = |column, text: &str| Day::parse(text).map_err(|why| misfit(column, why));
        let unit = Unit::parse(&row.unit).map_err(|why| misfit("unit", why))?;
        Ok(Self {
            quantity: Quantity::new(row.declared, unit).map_err(|why| misfit("declared", why))?,
            harvested_on: day("harvested_on", &row.harvested_on)?,
            packed_on: row.packed_on.as_deref().map(|text| day("packed_on", text)).transpose()?,
            expires_on: row.expires_on.as_deref().map(|text| day("expires_on", text)).transpose()?,
            product: row.name,
            product_en: row.name_en,
            product_code: row.gtin.unwrap_or(row.number),
            code: row.code,
            short_code: row.short_code,
            party: PartyId::from_uuid(row.party_id),
        })
    }
}

/// The lots that were made of those that a recall begins with, the nearest first, at most so many.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn affected(tx: &mut Tx, id: RecallId, most: i64) -> Result<Vec<Made>, StoreError> {
    let rows: Vec<MadeRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT l.id, p.name, p.name_en, p.gtin, p.number, l.code, l.short_code, l.party_id, l.unit, l.declared,
         l.harvested_on, l.packed_on, l.expires_on
         FROM recall_reach r CROSS JOIN lot l CROSS JOIN product p
         WHERE r.recall_id = $1 AND r.round > 0 AND l.id = r.thing_id AND p.id = l.product_id
         ORDER BY r.round, r.thing_id LIMIT $2"
    )
    .bind(id.as_uuid())
    .bind(most)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Made::try_from).collect()
}

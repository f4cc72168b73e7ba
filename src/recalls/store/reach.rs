//! The SQL of what a recall reaches: set by set inside the database, so that its cost grows with the answer and nothing of it is carried
//! to the program and back.
//!
//! `CROSS JOIN` keeps SQLite from beginning at the large table; to PostgreSQL it is a join like others.

use crate::kernel::{Moment, RecallId};
use crate::store::{StoreError, Tx, on, run};

/// Puts the lots that a recall begins with into what it reaches, as round 0.
///
/// # Errors
/// When the database fails.
pub async fn begin_reach(tx: &mut Tx, id: RecallId) -> Result<u64, StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_reach (recall_id, thing_id, round)
             SELECT o.recall_id, o.lot_id, 0 FROM recall_origin o WHERE o.recall_id = $1
             ON CONFLICT (recall_id, thing_id) DO NOTHING"
        )
        .bind(id.as_uuid())
    )
}

/// Adds what came of the things of `round`: what was made of them, the cases with some of them in that were used, the single units that
/// were. How many are new.
///
/// # Errors
/// When the database fails.
pub async fn reach_further(tx: &mut Tx, id: RecallId, round: i64) -> Result<u64, StoreError> {
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
    let cases = run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_reach (recall_id, thing_id, round)
             SELECT DISTINCT r.recall_id, c.parent_id, r.round + 1 FROM recall_reach r CROSS JOIN containment c
             WHERE r.recall_id = $1 AND r.round = $2 AND c.child_id = r.thing_id
             AND EXISTS (SELECT 1 FROM lineage l WHERE l.thing_id = c.parent_id AND l.side = 'in'
                 AND l.event_time >= c.added_at AND (c.removed_at IS NULL OR l.event_time <= c.removed_at))
             ON CONFLICT (recall_id, thing_id) DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(round)
    )?;
    let units = run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_reach (recall_id, thing_id, round)
             SELECT DISTINCT r.recall_id, t.id, r.round + 1 FROM recall_reach r CROSS JOIN thing t
             WHERE r.recall_id = $1 AND r.round = $2 AND t.class_id = r.thing_id
             AND EXISTS (SELECT 1 FROM lineage l WHERE l.thing_id = t.id AND l.side = 'in')
             ON CONFLICT (recall_id, thing_id) DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(round)
    )?;
    Ok(made + cases + units)
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

/// Counts lots and holders, and lets the telling begin; whether it still was to be reached.
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
            "UPDATE recall SET phase = 'telling', reached_at = COALESCE(reached_at, $2), lots = $3, holders = $4
             WHERE id = $1 AND phase = 'reaching' AND state = 'decided'"
        )
        .bind(id.as_uuid())
        .bind(at.micros())
        .bind(lots)
        .bind(holders)
    )?;
    Ok(touched > 0)
}

/// The lots that were made of those that a recall begins with: product and code, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn affected(tx: &mut Tx, id: RecallId, most: i64) -> Result<Vec<(String, String)>, StoreError> {
    on!(tx, |conn| sqlx::query_as(
        "SELECT p.name, l.code FROM recall_reach r CROSS JOIN lot l CROSS JOIN product p
         WHERE r.recall_id = $1 AND r.round > 0 AND l.id = r.thing_id AND p.id = l.product_id
         ORDER BY r.round, r.thing_id LIMIT $2"
    )
    .bind(id.as_uuid())
    .bind(most)
    .fetch_all(conn)
    .await)
}

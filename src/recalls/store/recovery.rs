//! The SQL of what came back, and of the sums that a recall is reconciled by.

use super::super::model::{Recovery, Way};
use crate::kernel::{EventId, LotId, Moment, PartyId, PersonId, Quantity, RecallId, Unit};
use crate::store::{StoreError, Tx, on, run};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Enters what came back.
///
/// # Errors
/// When the database fails; a unique violation when the id was used before.
pub async fn recover(tx: &mut Tx, recall: RecallId, what: &Recovery) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_recovery (id, recall_id, party_id, lot_id, way, amount, at, entered_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(what.id.as_uuid())
        .bind(recall.as_uuid())
        .bind(what.party.as_uuid())
        .bind(what.lot.as_uuid())
        .bind(what.way.as_str())
        .bind(what.quantity.amount())
        .bind(what.at.micros())
        .bind(what.by.as_uuid())
    )?;
    Ok(())
}

/// Id, party, lot, way, amount, unit, time, person.
type RecoveryRow = (Uuid, Uuid, Uuid, String, i64, String, i64, Uuid);

/// What came back to or was dealt with by a party, or by all, the latest first, at most so many.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn recoveries(
    tx: &mut Tx,
    recall: RecallId,
    party: Option<PartyId>,
    most: i64,
) -> Result<Vec<Recovery>, StoreError> {
    let rows: Vec<RecoveryRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT v.id, v.party_id, v.lot_id, v.way, v.amount, l.unit, v.at, v.entered_by FROM recall_recovery v
         JOIN lot l ON l.id = v.lot_id WHERE v.recall_id = $1 AND ($2 IS NULL OR v.party_id = $2)
         ORDER BY v.at DESC, v.id DESC LIMIT $3"
    )
    .bind(recall.as_uuid())
    .bind(party.map(|party| party.as_uuid()))
    .bind(most)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter()
        .map(|(id, party, lot, way, amount, unit, at, by)| {
            let misfit = |column, why: String| StoreError::misfit("recall_recovery", column, id, why);
            let unit = Unit::parse(&unit).map_err(|why| misfit("unit", why.to_string()))?;
            Ok(Recovery {
                id: EventId::from(id),
                party: PartyId::from(party),
                lot: LotId::from(lot),
                way: Way::parse(&way).map_err(|why| misfit("way", why.to_string()))?,
                quantity: Quantity::new(amount, unit).map_err(|why| misfit("amount", why.to_string()))?,
                at: Moment::from_micros(at),
                by: PersonId::from(by),
            })
        })
        .collect()
}

/// The sums of one unit over all lots of a recall, by account.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// Movements by the stored names of their accounts.
    pub accounts: BTreeMap<String, i64>,
    /// What is in somebody's hands.
    pub held: i64,
    /// What is between two hands.
    pub under_way: i64,
    /// What came out of transformations beyond what went in.
    pub surplus: i64,
}

/// The sums over all lots of a recall, by the stored name of the unit.
///
/// # Errors
/// When the database fails.
pub async fn sums(tx: &mut Tx, recall: RecallId) -> Result<BTreeMap<String, Sums>, StoreError> {
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    let accounts: Vec<(String, String, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT l.unit, b.account, CAST(SUM(b.amount) AS BIGINT) FROM recall_reach r CROSS JOIN lot l CROSS JOIN balance_entry b
         WHERE r.recall_id = $1 AND l.id = r.thing_id AND b.lot_id = l.id GROUP BY l.unit, b.account"
    )
    .bind(recall.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    for (unit, account, amount) in accounts {
        sums.entry(unit).or_default().accounts.insert(account, amount);
    }
    let held: Vec<(String, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT l.unit, CAST(SUM(h.amount) AS BIGINT) FROM recall_reach r CROSS JOIN lot l CROSS JOIN holding h
         WHERE r.recall_id = $1 AND l.id = r.thing_id AND h.lot_id = l.id GROUP BY l.unit"
    )
    .bind(recall.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    for (unit, amount) in held {
        sums.entry(unit).or_default().held = amount;
    }
    let under_way: Vec<(String, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT l.unit, CAST(SUM(s.amount - s.received - s.refused - s.lost) AS BIGINT)
             FROM recall_reach r CROSS JOIN lot l CROSS JOIN shipment s
             WHERE r.recall_id = $1 AND l.id = r.thing_id AND s.lot_id = l.id
             AND s.received + s.refused + s.lost < s.amount GROUP BY l.unit",
        )
        .bind(recall.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    for (unit, amount) in under_way {
        sums.entry(unit).or_default().under_way = amount;
    }
    for (unit, amount) in surplus(tx, recall).await? {
        sums.entry(unit).or_default().surplus = amount;
    }
    Ok(sums)
}

/// By how much more came out of transformations of the lots of a recall than went in, by unit. What the registry does not know counts as nothing
/// (invariant 1 of product.md), and kilograms are not weighed against pieces.
async fn surplus(tx: &mut Tx, recall: RecallId) -> Result<Vec<(String, i64)>, StoreError> {
    on!(tx, |conn| {
        sqlx::query_as(
            "SELECT x.unit, CAST(SUM(x.beyond) AS BIGINT) FROM (
             SELECT MIN(l.unit) AS unit, SUM(CASE l.side WHEN 'out' THEN l.amount ELSE -l.amount END) AS beyond
             FROM (SELECT DISTINCT i.node FROM recall_reach r CROSS JOIN lineage i
                 WHERE r.recall_id = $1 AND i.thing_id = r.thing_id AND i.side = 'in') n
             CROSS JOIN lineage l CROSS JOIN lot k WHERE l.node = n.node AND k.id = l.thing_id
             GROUP BY n.node HAVING COUNT(DISTINCT l.unit) = 1) x WHERE x.beyond > 0 GROUP BY x.unit",
        )
        .bind(recall.as_uuid())
        .fetch_all(conn)
        .await
    })
}

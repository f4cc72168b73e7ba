//! The SQL of who is told of a recall, and of what each has of it.

use super::super::model::{Called, Share};
use crate::kernel::{LotId, MessageId, Moment, PartyId, PersonId, Quantity, RecallId, Unit};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

/// A party to be told: how many of the lots concern it, and what it has of them.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Batch {
    party_id: Uuid,
    /// Lots that concern it.
    pub lots: i64,
    /// What it has of them, in grams.
    pub grams: i64,
    /// What it has of them, in pieces.
    pub pieces: i64,
}

impl Batch {
    /// The party.
    #[must_use]
    pub fn party(&self) -> PartyId {
        PartyId::from(self.party_id)
    }
}

/// The next parties to be told after `after` that were not told yet, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn batch(tx: &mut Tx, id: RecallId, after: PartyId, most: i64) -> Result<Vec<Batch>, StoreError> {
    on!(tx, |conn| {
        sqlx::query_as(
        "SELECT s.party_id, COUNT(*) AS lots,
         CAST(SUM(CASE l.unit WHEN 'gram' THEN s.held ELSE 0 END) AS BIGINT) AS grams,
         CAST(SUM(CASE l.unit WHEN 'piece' THEN s.held ELSE 0 END) AS BIGINT) AS pieces
         FROM recall_share s JOIN lot l ON l.id = s.lot_id
         WHERE s.recall_id = $1 AND s.party_id > $2
         AND NOT EXISTS (SELECT 1 FROM recall_notice n WHERE n.recall_id = s.recall_id AND n.party_id = s.party_id)
         GROUP BY s.party_id ORDER BY s.party_id LIMIT $3"
    )
    .bind(id.as_uuid())
    .bind(after.as_uuid())
    .bind(most)
    .fetch_all(conn)
    .await
    })
}

/// Notes that parties were told, each by its message; what was noted before stays.
///
/// # Errors
/// When the database fails.
pub async fn put_notices(
    tx: &mut Tx,
    id: RecallId,
    told: &[(PartyId, Option<MessageId>)],
    at: Moment,
) -> Result<u64, StoreError> {
    let mut new = 0;
    for some in told.chunks(1_000) {
        new += on!(tx, |conn| {
            let mut statement =
                sqlx::QueryBuilder::new("INSERT INTO recall_notice (recall_id, party_id, message_id, at) ");
            statement.push_values(some, |mut row, (party, message)| {
                row.push_bind(id.as_uuid())
                    .push_bind(party.as_uuid())
                    .push_bind(message.map(|message| message.as_uuid()))
                    .push_bind(at.micros());
            });
            statement.push(" ON CONFLICT (recall_id, party_id) DO NOTHING");
            statement.build().execute(conn).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(new)
}

/// Moves the cursor on from `before` to `up_to`, or ends the telling; whether it still stood at `before`.
///
/// # Errors
/// When the database fails.
pub async fn mark_told(
    tx: &mut Tx,
    id: RecallId,
    before: PartyId,
    up_to: PartyId,
    ended: Option<Moment>,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE recall SET told_up_to = $3, phase = CASE WHEN $4 IS NULL THEN phase ELSE 'told' END,
             told_at = COALESCE(told_at, $4), looked_at = COALESCE($4, looked_at)
             WHERE id = $1 AND phase = 'telling' AND told_up_to = $2 AND state IN ('decided', 'closed')"
        )
        .bind(id.as_uuid())
        .bind(before.as_uuid())
        .bind(up_to.as_uuid())
        .bind(ended.map(Moment::micros))
    )?;
    Ok(touched > 0)
}

#[derive(FromRow)]
struct ShareRow {
    party_id: Uuid,
    lot_id: Uuid,
    code: String,
    product: String,
    unit: String,
    held: i64,
    held_then: i64,
    coming: i64,
    taken_in: i64,
    recovered: i64,
}

/// What `party` has or had of the lots of a recall, at most so many.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn shares(tx: &mut Tx, id: RecallId, party: PartyId, most: i64) -> Result<Vec<Share>, StoreError> {
    let rows: Vec<ShareRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT s.party_id, s.lot_id, l.code, p.name AS product, l.unit, s.held AS held_then,
         CAST(COALESCE(h.amount, 0) AS BIGINT) AS held, CAST(COALESCE(h.taken_in, s.taken_in) AS BIGINT) AS taken_in,
         CAST(COALESCE((SELECT SUM(w.amount - w.received - w.refused - w.lost) FROM shipment w WHERE w.lot_id = s.lot_id
             AND w.to_party = s.party_id AND w.received + w.refused + w.lost < w.amount), 0) AS BIGINT) AS coming,
         CAST(COALESCE((SELECT SUM(v.amount) FROM recall_recovery v WHERE v.recall_id = s.recall_id
             AND v.party_id = s.party_id AND v.lot_id = s.lot_id), 0) AS BIGINT) AS recovered
         FROM recall_share s JOIN lot l ON l.id = s.lot_id JOIN product p ON p.id = l.product_id
         LEFT JOIN holding h ON h.lot_id = s.lot_id AND h.party_id = s.party_id
         WHERE s.recall_id = $1 AND s.party_id = $2 ORDER BY s.lot_id LIMIT $3"
    )
    .bind(id.as_uuid())
    .bind(party.as_uuid())
    .bind(most)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter()
        .map(|row| {
            let misfit = |why: String| StoreError::misfit("recall_share", "unit", row.lot_id, why);
            let unit = Unit::parse(&row.unit).map_err(|why| misfit(why.to_string()))?;
            let quantity = |amount| Quantity::new(amount, unit).map_err(|why| misfit(why.to_string()));
            Ok(Share {
                party: PartyId::from(row.party_id),
                lot: LotId::from(row.lot_id),
                code: row.code,
                product: row.product,
                held: quantity(row.held)?,
                held_then: quantity(row.held_then)?,
                coming: quantity(row.coming)?,
                taken_in: quantity(row.taken_in)?,
                recovered: quantity(row.recovered)?,
            })
        })
        .collect()
}

/// A party that was told.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The party.
    pub party: PartyId,
    /// Its name.
    pub name: String,
    /// When it was told.
    pub at: Moment,
    /// When it said that it had read it.
    pub answered_at: Option<Moment>,
    /// Whom to call, where somebody is known.
    pub contact: Option<String>,
    /// The number to call.
    pub phone: Option<String>,
    /// How many of the lots concern it.
    pub lots: i64,
    /// When somebody there was told by telephone.
    pub reached_at: Option<Moment>,
    /// How often nobody answered the telephone, and when that was last.
    pub missed: Option<(i64, Moment)>,
}

impl Reader {
    /// Whether nobody there is known to have learnt of it.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.answered_at.is_none() && self.reached_at.is_none()
    }
}

#[derive(FromRow)]
struct ReaderRow {
    party_id: Uuid,
    name: String,
    at: i64,
    answered_at: Option<i64>,
    lots: i64,
    reached_at: Option<i64>,
    missed: i64,
    missed_at: Option<i64>,
}

/// The parties that were told of a recall, in the order of their ids; with `waiting` only those that have neither answered nor been reached by
/// telephone.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn notices(
    tx: &mut Tx,
    id: RecallId,
    waiting: bool,
    after: PartyId,
    limit: i64,
) -> Result<Vec<Reader>, StoreError> {
    let rows: Vec<ReaderRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT n.party_id, p.name, n.at, m.answered_at,
             (SELECT COUNT(*) FROM recall_share s WHERE s.recall_id = n.recall_id AND s.party_id = n.party_id) AS lots,
             (SELECT MIN(c.at) FROM recall_call c WHERE c.recall_id = n.recall_id AND c.party_id = n.party_id
                 AND c.outcome = 'reached') AS reached_at,
             (SELECT COUNT(*) FROM recall_call c WHERE c.recall_id = n.recall_id AND c.party_id = n.party_id
                 AND c.outcome = 'missed') AS missed,
             (SELECT MAX(c.at) FROM recall_call c WHERE c.recall_id = n.recall_id AND c.party_id = n.party_id
                 AND c.outcome = 'missed') AS missed_at
             FROM recall_notice n JOIN party p ON p.id = n.party_id LEFT JOIN message m ON m.id = n.message_id
             WHERE n.recall_id = $1 AND n.party_id > $2 AND ($3 = 0 OR (n.message_id IS NOT NULL AND m.answered_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM recall_call c WHERE c.recall_id = n.recall_id AND c.party_id = n.party_id
                     AND c.outcome = 'reached')))
             ORDER BY n.party_id LIMIT $4",
        )
        .bind(id.as_uuid())
        .bind(after.as_uuid())
        .bind(i64::from(waiting))
        .bind(limit)
        .fetch_all(conn)
        .await
    })?;
    let parties: Vec<Uuid> = rows.iter().map(|row| row.party_id).collect();
    let private: Vec<(Uuid, String, String)> = crate::store::among!(
        tx,
        (Uuid, String, String),
        "SELECT subject, field, value FROM private_value WHERE field IN ('contact_name', 'contact_phone') AND subject",
        &parties,
        ""
    )?;
    let mut known: HashMap<(Uuid, String), String> = HashMap::new();
    for (subject, field, value) in private {
        // A private value is JSON.
        let text = serde_json::from_str(&value)
            .map_err(|error| StoreError::misfit("private_value", "value", subject, error))?;
        known.insert((subject, field), text);
    }
    Ok(rows
        .into_iter()
        .map(|row| Reader {
            party: PartyId::from(row.party_id),
            name: row.name,
            at: Moment::from_micros(row.at),
            answered_at: row.answered_at.map(Moment::from_micros),
            contact: known.remove(&(row.party_id, "contact_name".to_owned())),
            phone: known.remove(&(row.party_id, "contact_phone".to_owned())),
            lots: row.lots,
            reached_at: row.reached_at.map(Moment::from_micros),
            missed: row.missed_at.map(|at| (row.missed, Moment::from_micros(at))),
        })
        .collect())
}

/// When a party was told of a recall.
///
/// # Errors
/// When the database fails.
pub async fn told_at(tx: &mut Tx, id: RecallId, party: PartyId) -> Result<Option<Moment>, StoreError> {
    let at: Option<i64> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT at FROM recall_notice WHERE recall_id = $1 AND party_id = $2"
    )
    .bind(id.as_uuid())
    .bind(party.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(at.map(Moment::from_micros))
}

/// Notes a call to a party that was told by message; whether it was.
///
/// # Errors
/// When the database fails.
pub async fn put_call(
    tx: &mut Tx,
    call: Uuid,
    (id, party): (RecallId, PartyId),
    outcome: Called,
    by: PersonId,
    at: Moment,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "INSERT INTO recall_call (id, recall_id, party_id, outcome, at, called_by)
             SELECT $1, n.recall_id, n.party_id, $4, $5, $6 FROM recall_notice n
             WHERE n.recall_id = $2 AND n.party_id = $3 AND n.message_id IS NOT NULL"
        )
        .bind(call)
        .bind(id.as_uuid())
        .bind(party.as_uuid())
        .bind(outcome.as_str())
        .bind(at.micros())
        .bind(by.as_uuid())
    )?;
    Ok(touched > 0)
}

/// How the notices of a recall were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Answers {
    /// How many were told by message.
    pub told: i64,
    /// How many of them have acknowledged it.
    pub acknowledged: i64,
    /// How many have not, and were reached by telephone.
    pub called: i64,
}

impl Answers {
    /// How many are still to be called.
    #[must_use]
    pub const fn waiting(&self) -> i64 {
        self.told - self.acknowledged - self.called
    }
}

/// How the notices of a recall were answered.
///
/// # Errors
/// When the database fails.
pub async fn answers(tx: &mut Tx, id: RecallId) -> Result<Answers, StoreError> {
    on!(tx, |conn| {
        sqlx::query_as(
        "SELECT COUNT(n.message_id) AS told, COUNT(m.answered_at) AS acknowledged,
         COUNT(CASE WHEN n.message_id IS NOT NULL AND m.answered_at IS NULL AND EXISTS (SELECT 1 FROM recall_call c
             WHERE c.recall_id = n.recall_id AND c.party_id = n.party_id AND c.outcome = 'reached') THEN 1 END) AS called
         FROM recall_notice n LEFT JOIN message m ON m.id = n.message_id WHERE n.recall_id = $1"
    )
    .bind(id.as_uuid())
    .fetch_one(conn)
    .await
    })
}

//! The SQL of the outbox. A mail is claimed for a while by one node, and what becomes of it is marked; the row count of a guarded
//! statement says who has it.

use super::LetterRow;
use crate::jobs::model::{Errand, Failure, Letter, Lost, Tally};
use crate::kernel::{MessageId, Moment, PartyId};
use crate::store::{StoreError, Tx, among, on, run};
use std::collections::HashMap;
use uuid::Uuid;

/// Claims up to `most` mails that are due, for `node` until `until`. What another node claimed and did not finish by then is due
/// again.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    tx: &mut Tx,
    node: Uuid,
    now: Moment,
    until: Moment,
    most: i64,
) -> Result<Vec<Errand>, StoreError> {
    let claimed: Vec<(Uuid, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "UPDATE mail SET leased_by = $1, leased_until = $2, attempts = attempts + 1
         WHERE sent_at IS NULL AND gave_up_at IS NULL AND (leased_until IS NULL OR leased_until <= $3)
         AND message_id IN (SELECT message_id FROM mail WHERE sent_at IS NULL AND gave_up_at IS NULL
             AND due_at <= $3 AND (leased_until IS NULL OR leased_until <= $3) ORDER BY due_at, message_id LIMIT $4)
         RETURNING message_id, attempts"
    )
    .bind(node)
    .bind(until.micros())
    .bind(now.micros())
    .bind(most)
    .fetch_all(conn)
    .await
    })?;
    let ids: Vec<Uuid> = claimed.iter().map(|(id, _)| *id).collect();
    let rows: Vec<LetterRow> = among!(
        tx,
        LetterRow,
        "SELECT id, party_id, kind, lot_id, recall_id, args, at, read_at, needs_answer, answered_at, answered_by
         FROM message WHERE id",
        &ids,
        " ORDER BY at, id"
    )?;
    let parties: Vec<Uuid> = rows.iter().map(|row| row.party_id).collect();
    let addresses: Vec<(Uuid, String)> = among!(
        tx,
        (Uuid, String),
        "SELECT subject, value FROM private_value WHERE field = 'mail' AND subject",
        &parties,
        ""
    )?;
    let addresses: HashMap<Uuid, String> = addresses.into_iter().collect();
    let attempts: HashMap<Uuid, i64> = claimed.into_iter().collect();
    let mut errands = Vec::with_capacity(rows.len());
    for row in rows {
        let (attempts, address) = (attempts.get(&row.id).copied(), addresses.get(&row.party_id));
        // A private value is JSON.
        let address = address.map(|text| serde_json::from_str(text)).transpose();
        let address =
            address.map_err(|error| StoreError::misfit("private_value", "value", row.party_id, error))?;
        errands.push(Errand { letter: Letter::try_from(row)?, address, attempts: attempts.unwrap_or(1) });
    }
    Ok(errands)
}

/// Notes that a mail was taken by the server; whether it was still open. Also when the claim has run out meanwhile: it is sent.
///
/// # Errors
/// When the database fails.
pub async fn sent(tx: &mut Tx, id: MessageId, at: Moment) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE mail SET sent_at = $2, leased_by = NULL, leased_until = NULL, reason = NULL, reply = NULL
             WHERE message_id = $1 AND sent_at IS NULL AND gave_up_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(at.micros())
    )?;
    Ok(touched > 0)
}

/// Puts a mail that `node` has claimed off until `due`; whether it had it still.
///
/// # Errors
/// When the database fails.
pub async fn postponed(
    tx: &mut Tx,
    id: MessageId,
    node: Uuid,
    due: Moment,
    failure: Failure,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE mail SET due_at = $3, leased_by = NULL, leased_until = NULL, reason = $4, reply = $5
             WHERE message_id = $1 AND leased_by = $2 AND sent_at IS NULL AND gave_up_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(node)
        .bind(due.micros())
        .bind(failure.why.as_str())
        .bind(failure.reply)
    )?;
    Ok(touched > 0)
}

/// Gives up a mail that `node` has claimed; whether it had it still.
///
/// # Errors
/// When the database fails.
pub async fn gave_up(
    tx: &mut Tx,
    id: MessageId,
    node: Uuid,
    at: Moment,
    failure: Failure,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE mail SET gave_up_at = $3, leased_by = NULL, leased_until = NULL, reason = $4, reply = $5
             WHERE message_id = $1 AND leased_by = $2 AND sent_at IS NULL AND gave_up_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(node)
        .bind(at.micros())
        .bind(failure.why.as_str())
        .bind(failure.reply)
    )?;
    Ok(touched > 0)
}

/// How many mails wait, were sent and were given up.
///
/// # Errors
/// When the database fails.
pub async fn tally(tx: &mut Tx) -> Result<Tally, StoreError> {
    let (waiting, sent, given_up): (i64, i64, i64) = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT COUNT(CASE WHEN sent_at IS NULL AND gave_up_at IS NULL THEN 1 END), COUNT(sent_at), COUNT(gave_up_at)
         FROM mail"
    )
    .fetch_one(conn)
    .await
    })?;
    Ok(Tally { waiting, sent, given_up })
}

#[derive(sqlx::FromRow)]
struct LostRow {
    message_id: Uuid,
    party_id: Uuid,
    name: Option<String>,
    kind: String,
    gave_up_at: i64,
    reason: Option<String>,
    reply: Option<i64>,
    attempts: i64,
}

/// The mails that were given up, the latest first, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn given_up(tx: &mut Tx, most: i64) -> Result<Vec<Lost>, StoreError> {
    let rows: Vec<LostRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT o.message_id, o.party_id, p.name, m.kind, o.gave_up_at, o.reason, o.reply, o.attempts FROM mail o
             JOIN message m ON m.id = o.message_id LEFT JOIN party p ON p.id = o.party_id
             WHERE o.gave_up_at IS NOT NULL ORDER BY o.gave_up_at DESC, o.message_id DESC LIMIT $1"
        )
        .bind(most)
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter()
        .map(|row| {
            let why = crate::jobs::model::Why::parse(row.reason.as_deref().unwrap_or_default())
                .ok_or_else(|| StoreError::misfit("mail", "reason", row.message_id, "no reason"))?;
            Ok(Lost {
                message: row.message_id.into(),
                party: PartyId::from(row.party_id),
                name: row.name.unwrap_or_default(),
                kind: row.kind,
                at: Moment::from_micros(row.gave_up_at),
                failure: Failure { why, reply: row.reply },
                attempts: row.attempts,
            })
        })
        .collect()
}

//! The SQL of messages.

mod outbox;

pub use outbox::{claim, gave_up, given_up, postponed, sent, tally};

use super::model::{Letter, Message};
use crate::kernel::{Cursor, LotId, MessageId, Moment, PageSize, PartyId, PersonId, RecallId};
use crate::store::{StoreError, Tx, among, on, run, sets};
use uuid::Uuid;

/// Rows in one statement: nine values each, well below what either database binds.
const AT_ONCE: usize = 1_000;

/// Tells `messages`, and puts a mail into the outbox for each whose party's address is known. What was told before under the same id is not
/// told again. How many are new.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &mut Tx, messages: &[Message]) -> Result<u64, StoreError> {
    let mut told = 0;
    for some in messages.chunks(AT_ONCE) {
        told += on!(tx, |conn| {
            let mut statement = sqlx::QueryBuilder::new(
                "INSERT INTO message (id, party_id, kind, lot_id, recall_id, args, at, needs_answer) ",
            );
            statement.push_values(some, |mut row, message| {
                row.push_bind(message.id.as_uuid())
                    .push_bind(message.party.as_uuid())
                    .push_bind(message.kind)
                    .push_bind(message.lot.map(|lot| lot.as_uuid()))
                    .push_bind(message.recall.map(|recall| recall.as_uuid()))
                    .push_bind(message.args.to_string())
                    .push_bind(message.at.micros())
                    .push_bind(i64::from(message.needs_answer));
            });
            statement.push(" ON CONFLICT (id) DO NOTHING");
            statement.build().execute(conn).await.map(|done| done.rows_affected())
        })?;
    }
    let ids: Vec<Uuid> = messages.iter().map(|message| message.id.as_uuid()).collect();
    for some in sets(&ids) {
        let _: Vec<(Uuid,)> = among!(
            tx,
            (Uuid,),
            "INSERT INTO mail (message_id, party_id, due_at)
             SELECT m.id, m.party_id, m.at FROM message m
             JOIN private_value v ON v.subject = m.party_id AND v.field = 'mail'
             WHERE m.id",
            some,
            " ON CONFLICT (message_id) DO NOTHING RETURNING message_id"
        )?;
    }
    Ok(told)
}

#[derive(sqlx::FromRow)]
pub(super) struct LetterRow {
    id: Uuid,
    party_id: Uuid,
    kind: String,
    lot_id: Option<Uuid>,
    recall_id: Option<Uuid>,
    args: String,
    at: i64,
    read_at: Option<i64>,
    needs_answer: i64,
    answered_at: Option<i64>,
    answered_by: Option<Uuid>,
}

impl TryFrom<LetterRow> for Letter {
    type Error = StoreError;

    fn try_from(row: LetterRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            party: row.party_id.into(),
            kind: row.kind,
            lot: row.lot_id.map(LotId::from),
            recall: row.recall_id.map(RecallId::from),
            args: serde_json::from_str(&row.args)
                .map_err(|error| StoreError::misfit("message", "args", row.id, error))?,
            at: Moment::from_micros(row.at),
            read_at: row.read_at.map(Moment::from_micros),
            needs_answer: row.needs_answer != 0,
            answered: row.answered_at.map(Moment::from_micros).zip(row.answered_by.map(PersonId::from)),
        })
    }
}

/// The messages of `party`, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn desk(
    tx: &mut Tx,
    party: PartyId,
    after: Option<(Moment, Uuid)>,
    size: PageSize,
) -> Result<Vec<Letter>, StoreError> {
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.micros(), id));
    let rows: Vec<LetterRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, party_id, kind, lot_id, recall_id, args, at, read_at, needs_answer, answered_at, answered_by
         FROM message WHERE party_id = $1 AND (at < $2 OR (at = $2 AND id < $3))
         ORDER BY at DESC, id DESC LIMIT $4"
    )
    .bind(party.as_uuid())
    .bind(at)
    .bind(id)
    .bind(size.limit())
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Letter::try_from).collect()
}

/// The cursor behind a message.
#[must_use]
pub fn cursor(letter: &Letter) -> Cursor {
    Cursor::Time(letter.at, letter.id.as_uuid())
}

/// A message of `party`.
///
/// # Errors
/// When the database fails.
pub async fn letter(tx: &mut Tx, party: PartyId, id: MessageId) -> Result<Option<Letter>, StoreError> {
    let row: Option<LetterRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, party_id, kind, lot_id, recall_id, args, at, read_at, needs_answer, answered_at, answered_by
         FROM message WHERE id = $1 AND party_id = $2"
    )
    .bind(id.as_uuid())
    .bind(party.as_uuid())
    .fetch_optional(conn)
    .await
    })?;
    row.map(Letter::try_from).transpose()
}

/// How many messages `party` has not read, counted up to 99.
///
/// # Errors
/// When the database fails.
pub async fn unread(tx: &mut Tx, party: PartyId) -> Result<i64, StoreError> {
    let (count,): (i64,) = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM message WHERE party_id = $1 AND read_at IS NULL LIMIT 99) AS unread"
    )
    .bind(party.as_uuid())
    .fetch_one(conn)
    .await
    })?;
    Ok(count)
}

/// Notes that `party` has read a message; whether it was the first time.
///
/// # Errors
/// When the database fails.
pub async fn mark_read(tx: &mut Tx, party: PartyId, id: MessageId, at: Moment) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query("UPDATE message SET read_at = $3 WHERE id = $1 AND party_id = $2 AND read_at IS NULL")
            .bind(id.as_uuid())
            .bind(party.as_uuid())
            .bind(at.micros())
    )?;
    Ok(touched > 0)
}

/// Answers a message of `party` that waits for it; whether it did wait. For another room's unit of work too.
///
/// # Errors
/// When the database fails.
pub async fn answered(
    tx: &mut Tx,
    party: PartyId,
    id: MessageId,
    by: PersonId,
    at: Moment,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE message SET answered_at = $3, answered_by = $4, read_at = COALESCE(read_at, $3)
             WHERE id = $1 AND party_id = $2 AND needs_answer = 1 AND answered_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(party.as_uuid())
        .bind(at.micros())
        .bind(by.as_uuid())
    )?;
    Ok(touched > 0)
}

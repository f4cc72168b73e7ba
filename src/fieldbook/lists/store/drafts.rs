//! The SQL of what was handed in and waits to be published.

use super::super::model::Draft;
use super::{day, hash, kind};
use crate::kernel::{ListId, Moment, PersonId};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct DraftRow {
    id: Uuid,
    kind: String,
    in_force_from: String,
    source: String,
    sample: i64,
    file_hash: Vec<u8>,
    sent_at: i64,
    sent_by: Uuid,
}

impl TryFrom<DraftRow> for Draft {
    type Error = StoreError;

    fn try_from(row: DraftRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: ListId::from_uuid(row.id),
            kind: kind("list_draft", row.id, &row.kind)?,
            in_force_from: day("list_draft", "in_force_from", row.id, &row.in_force_from)?,
            source: row.source,
            sample: row.sample == 1,
            file_hash: hash("list_draft", row.id, row.file_hash)?,
            sent_at: Moment::from_micros(row.sent_at),
            sent_by: PersonId::from_uuid(row.sent_by),
        })
    }
}

/// Keeps what was handed in until it is published or removed. Its file must be stored already.
///
/// # Errors
/// When the database fails.
pub async fn insert_draft(tx: &mut Tx, draft: &Draft) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO list_draft (id, kind, in_force_from, source, sample, file_hash, sent_at, sent_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(draft.id.as_uuid())
        .bind(draft.kind.as_str())
        .bind(draft.in_force_from.to_string())
        .bind(draft.source.as_str())
        .bind(i64::from(draft.sample))
        .bind(draft.file_hash.as_bytes().as_slice())
        .bind(draft.sent_at.micros())
        .bind(draft.sent_by.as_uuid())
    )?;
    Ok(())
}

/// The draft with this id.
///
/// # Errors
/// When the database fails.
pub async fn draft(tx: &mut Tx, id: ListId) -> Result<Option<Draft>, StoreError> {
    let row: Option<DraftRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, kind, in_force_from, source, sample, file_hash, sent_at, sent_by FROM list_draft \
             WHERE id = $1",
        )
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    row.map(Draft::try_from).transpose()
}

/// The drafts that wait, the newest first; a hundred at most.
///
/// # Errors
/// When the database fails.
pub async fn drafts(tx: &mut Tx) -> Result<Vec<Draft>, StoreError> {
    let rows: Vec<DraftRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, kind, in_force_from, source, sample, file_hash, sent_at, sent_by FROM list_draft \
             ORDER BY sent_at DESC, id DESC LIMIT 100",
        )
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter().map(Draft::try_from).collect()
}

/// Removes a draft; whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn remove_draft(tx: &mut Tx, id: ListId) -> Result<bool, StoreError> {
    let gone = run!(tx, sqlx::query("DELETE FROM list_draft WHERE id = $1").bind(id.as_uuid()))?;
    Ok(gone == 1)
}

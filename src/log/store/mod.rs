//! The SQL of pending entries and private values.

pub mod columns;
pub mod held;
pub mod tree;
pub mod witness;

use super::model::{Commitment, Entry, Kept, LARGEST_BODY, Subject};
use crate::kernel::LogEntryId;
use crate::kernel::canonical::canonical;
use crate::store::{StoreError, Tx, among, on, overwriting, run, sets};
use serde_json::Value;
use sqlx::QueryBuilder;
use uuid::Uuid;

/// The most rows of one statement that binds each of their values.
const ROWS: usize = 500;

/// Puts `entry` among those that wait to be logged: in the unit of work of the record that it tells of.
///
/// # Errors
/// As [`append_all`].
pub async fn append(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    append_all(tx, std::slice::from_ref(entry)).await
}

/// Puts several entries among those that wait to be logged, some hundreds in a statement.
///
/// # Errors
/// When the database fails, or a body has no canonical form or is larger than an entry may be.
pub async fn append_all(tx: &mut Tx, entries: &[Entry]) -> Result<(), StoreError> {
    for some in entries.chunks(ROWS) {
        let rows = some.iter().map(|entry| Ok((entry, body(entry)?, actor(entry)?)));
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        on!(tx, |conn| {
            let mut statement =
                QueryBuilder::new("INSERT INTO log_waiting (id, type, subject, at, actor, body) ");
            statement.push_values(&rows, |mut row, (entry, body, actor)| {
                row.push_bind(entry.id.as_uuid())
                    .push_bind(entry.kind.as_str())
                    .push_bind(entry.subject.to_string())
                    .push_bind(entry.at.micros())
                    .push_bind(actor.as_str())
                    .push_bind(body.as_str());
            });
            // The lengths that come again are worth being remembered by the connection.
            let again = matches!(rows.len(), 1 | ROWS);
            statement.build().persistent(again).execute(conn).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

fn misfit_of(entry: &Entry, why: String) -> StoreError {
    StoreError::misfit("log_waiting", "body", entry.id, why)
}

/// The canonical form of what an entry says.
fn body(entry: &Entry) -> Result<String, StoreError> {
    let body = canonical(&entry.body).map_err(|problem| misfit_of(entry, problem.to_string()))?;
    if body.len() > LARGEST_BODY {
        let why = format!("{} bytes; an entry may have {LARGEST_BODY}", body.len());
        return Err(misfit_of(entry, why));
    }
    String::from_utf8(body).map_err(|error| misfit_of(entry, error.to_string()))
}

/// The canonical form of who says it.
fn actor(entry: &Entry) -> Result<String, StoreError> {
    let actor = canonical(&entry.actor.to_json()).map_err(|problem| misfit_of(entry, problem.to_string()))?;
    String::from_utf8(actor).map_err(|error| misfit_of(entry, error.to_string()))
}

/// The latest entry about a subject: one that waits, else one that has its place.
///
/// # Errors
/// When the database fails.
pub async fn latest(tx: &mut Tx, subject: &Subject) -> Result<Option<LogEntryId>, StoreError> {
    let subject = subject.to_string();
    let waiting: Option<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar("SELECT id FROM log_waiting WHERE subject = $1 ORDER BY id DESC LIMIT 1")
            .bind(&subject)
            .fetch_optional(conn)
            .await
    })?;
    if let Some(id) = waiting {
        return Ok(Some(LogEntryId::from_uuid(id)));
    }
    let placed: Option<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar("SELECT id FROM log_entry WHERE subject = $1 ORDER BY seq DESC LIMIT 1")
            .bind(&subject)
            .fetch_optional(conn)
            .await
    })?;
    Ok(placed.map(LogEntryId::from_uuid))
}

/// Keeps private values beside the record `subject`, in one statement, and gives the commitments that the log may show. Each salt
/// must be random.
///
/// # Errors
/// As [`keep_private`].
pub async fn keep_all_private(
    tx: &mut Tx,
    subject: Uuid,
    values: &[(String, [u8; 32], Value)],
) -> Result<Vec<Commitment>, StoreError> {
    let misfit = |why: String| StoreError::misfit("private_value", "value", subject, why);
    let mut commitments = Vec::with_capacity(values.len());
    let mut rows = Vec::with_capacity(values.len());
    for (field, salt, value) in values {
        commitments.push(Commitment::to(salt, value).map_err(|problem| misfit(problem.to_string()))?);
        let text = canonical(value).map_err(|problem| misfit(problem.to_string()))?;
        rows.push((field, salt, String::from_utf8(text).map_err(|error| misfit(error.to_string()))?));
    }
    for some in rows.chunks(ROWS) {
        on!(tx, |conn| {
            let mut statement = QueryBuilder::new("INSERT INTO private_value (subject, field, salt, value) ");
            statement.push_values(some, |mut row, (field, salt, text)| {
                row.push_bind(subject)
                    .push_bind(field.as_str())
                    .push_bind(salt.as_slice())
                    .push_bind(text.as_str());
            });
            statement.build().execute(conn).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(commitments)
}

/// Keeps a private value beside the record `subject`, and gives the commitment that the log may show. `salt` must be random.
/// A value is never overwritten: erase it first.
///
/// # Errors
/// When the database fails, the field of the subject is taken, or the value has no canonical form.
pub async fn keep_private(
    tx: &mut Tx,
    subject: Uuid,
    field: &str,
    salt: [u8; 32],
    value: &Value,
) -> Result<Commitment, StoreError> {
    let misfit = |why: String| StoreError::misfit("private_value", "value", subject, why);
    let commitment = Commitment::to(&salt, value).map_err(|problem| misfit(problem.to_string()))?;
    let text = canonical(value).map_err(|problem| misfit(problem.to_string()))?;
    let text = String::from_utf8(text).map_err(|error| misfit(error.to_string()))?;
    run!(
        tx,
        sqlx::query("INSERT INTO private_value (subject, field, salt, value) VALUES ($1, $2, $3, $4)")
            .bind(subject)
            .bind(field)
            .bind(salt.as_slice())
            .bind(text)
    )?;
    Ok(commitment)
}

/// The private value of a record's field, unless there is none or it was erased.
///
/// # Errors
/// When the database fails.
pub async fn private(tx: &mut Tx, subject: Uuid, field: &str) -> Result<Option<Kept>, StoreError> {
    let row: Option<(Vec<u8>, String)> = on!(tx, |conn| sqlx::query_as(
        "SELECT salt, value FROM private_value WHERE subject = $1 AND field = $2"
    )
    .bind(subject)
    .bind(field)
    .fetch_optional(conn)
    .await)?;
    row.map(|(salt, value)| kept(subject, salt, &value)).transpose()
}

fn kept(subject: Uuid, salt: Vec<u8>, value: &str) -> Result<Kept, StoreError> {
    let salt = <[u8; 32]>::try_from(salt)
        .map_err(|_| StoreError::misfit("private_value", "salt", subject, "not 32 bytes"))?;
    let value = serde_json::from_str(value)
        .map_err(|error| StoreError::misfit("private_value", "value", subject, error))?;
    Ok(Kept { salt, value })
}

/// The private amounts of records, by record and field, unless they were erased.
///
/// # Errors
/// When the database fails.
pub async fn amounts(tx: &mut Tx, subjects: &[Uuid]) -> Result<Vec<((Uuid, String), Kept)>, StoreError> {
    let mut rows: Vec<(Uuid, String, Vec<u8>, String)> = Vec::new();
    for set in sets(subjects) {
        rows.extend(among!(
            tx,
            (Uuid, String, Vec<u8>, String),
            "SELECT subject, field, salt, value FROM private_value WHERE subject",
            set,
            " AND (field = 'quantity' OR field LIKE 'quantity-%' OR field = 'pack_size')",
        )?);
    }
    rows.into_iter()
        .map(|(subject, field, salt, value)| Ok(((subject, field), kept(subject, salt, &value)?)))
        .collect()
}

/// Erases one private value; whether there was one. The one who calls puts an entry of kind `erasure` into the log.
///
/// # Errors
/// When the database fails.
pub async fn erase_private(tx: &mut Tx, subject: Uuid, field: &str) -> Result<bool, StoreError> {
    overwriting(tx, true).await?;
    let gone = run!(
        tx,
        sqlx::query("DELETE FROM private_value WHERE subject = $1 AND field = $2").bind(subject).bind(field)
    )?;
    overwriting(tx, false).await?;
    Ok(gone > 0)
}

/// The names of the private values that a record keeps, in their order.
///
/// # Errors
/// When the database fails.
pub async fn private_fields(tx: &mut Tx, subject: Uuid) -> Result<Vec<String>, StoreError> {
    on!(tx, |conn| sqlx::query_scalar("SELECT field FROM private_value WHERE subject = $1 ORDER BY field")
        .bind(subject)
        .fetch_all(conn)
        .await)
}

/// An entry that has its place, as far as a record of the registry asks for it.
#[derive(serde::Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    body: Value,
}

/// The entries of `subject` that are under the published checkpoint, in the order of their chain: index, kind, body.
///
/// # Errors
/// When the database fails, or an entry is not what an entry is.
pub async fn published(tx: &mut Tx, subject: &Subject) -> Result<Vec<(u64, String, Value)>, StoreError> {
    let head = tree::head(tx).await?;
    let rows: Vec<(i64, Vec<u8>)> =
        on!(tx, |conn| sqlx::query_as("SELECT idx, bytes FROM log_entry WHERE subject = $1 ORDER BY seq")
            .bind(subject.to_string())
            .fetch_all(conn)
            .await)?;
    let told = rows.into_iter().map(|(index, bytes)| {
        let misfit = |why: String| StoreError::misfit("log_entry", "bytes", index, why);
        let told: Told = serde_json::from_slice(&bytes).map_err(|error| misfit(error.to_string()))?;
        let index = u64::try_from(index).map_err(|_| misfit("below zero".to_owned()))?;
        Ok((index, told.kind, told.body))
    });
    told.filter(|told| told.as_ref().map_or(true, |(index, ..)| *index < head.published)).collect()
}

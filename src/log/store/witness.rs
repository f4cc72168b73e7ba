//! The SQL of witnesses: how each of them stands, and what they cosigned.

use crate::kernel::Moment;
use crate::store::{StoreError, Tx, on, run};
use uuid::Uuid;

/// How a witness stands, by the line of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessRow {
    /// The line of its key.
    pub witness: String,
    /// How many entries are under the last checkpoint that it cosigned.
    pub size: u64,
    /// When it did.
    pub cosigned_at: Option<Moment>,
    /// How often it failed since.
    pub failures: u32,
    /// When it failed last.
    pub failed_at: Option<Moment>,
    /// Why, by a stable name, unless it has cosigned since.
    pub failure: Option<String>,
    /// Why, in words.
    pub detail: Option<String>,
    /// It is not asked before then.
    pub due_at: Moment,
    /// Until when a node asks it at most.
    pub claimed_until: Moment,
}

#[derive(sqlx::FromRow)]
struct Row {
    witness: String,
    size: i64,
    cosigned_at: Option<i64>,
    failures: i64,
    failed_at: Option<i64>,
    failure: Option<String>,
    detail: Option<String>,
    due_at: i64,
    claimed_until: i64,
}

impl TryFrom<Row> for WitnessRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            size: count("log_witness", "size", &row.witness, row.size)?,
            failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
            witness: row.witness,
            cosigned_at: row.cosigned_at.map(Moment::from_micros),
            failed_at: row.failed_at.map(Moment::from_micros),
            failure: row.failure,
            detail: row.detail,
            due_at: Moment::from_micros(row.due_at),
            claimed_until: Moment::from_micros(row.claimed_until),
        })
    }
}

/// A checkpoint with what one witness says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// How many entries are under the checkpoint.
    pub size: u64,
    /// The checkpoint as the log signed it.
    pub checkpoint: String,
    /// The line of the witness's key.
    pub witness: String,
    /// When it signed, in seconds since the epoch.
    pub time: u64,
    /// Its signature line, with its newline.
    pub line: String,
}

#[derive(sqlx::FromRow)]
struct CosignatureRow {
    size: i64,
    checkpoint: String,
    witness: String,
    time: i64,
    line: String,
}

fn count(table: &'static str, column: &'static str, row: &str, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::misfit(table, column, row, "below zero"))
}

fn stored(column: &'static str, row: &str, number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::misfit("log_cosignature", column, row, "too large"))
}

/// How all witnesses stand that were ever asked.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<WitnessRow>, StoreError> {
    let rows: Vec<Row> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT witness, size, cosigned_at, failures, failed_at, failure, detail, due_at, claimed_until
             FROM log_witness ORDER BY witness",
        )
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter().map(WitnessRow::try_from).collect()
}

/// Claims a witness that is due for `node`, until `until`; whether no other node has it.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    tx: &mut Tx,
    witness: &str,
    node: Uuid,
    now: Moment,
    until: Moment,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "INSERT INTO log_witness (witness, size, failures, due_at, claimed_by, claimed_until)
             VALUES ($1, 0, 0, $3, $2, $4)
             ON CONFLICT (witness) DO UPDATE SET claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
             WHERE log_witness.due_at <= $3 AND log_witness.claimed_until <= $3"
        )
        .bind(witness)
        .bind(node)
        .bind(now.micros())
        .bind(until.micros())
    )?;
    Ok(touched == 1)
}

/// Keeps a cosignature, and gives the claim on its witness back until `due`; whether `node` still had the claim: otherwise nothing is kept.
///
/// # Errors
/// When the database fails.
pub async fn cosigned(
    tx: &mut Tx,
    node: Uuid,
    kept: &Cosignature,
    now: Moment,
    due: Moment,
) -> Result<bool, StoreError> {
    let size = stored("size", &kept.witness, kept.size)?;
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE log_witness SET size = $1, cosigned_at = $2, failures = 0, failed_at = NULL, failure = NULL, detail = NULL,
                due_at = $3, claimed_by = NULL, claimed_until = 0
             WHERE witness = $4 AND claimed_by = $5"
        )
        .bind(size)
        .bind(now.micros())
        .bind(due.micros())
        .bind(kept.witness.as_str())
        .bind(node)
    )?;
    if touched == 0 {
        return Ok(false);
    }
    run!(
        tx,
        sqlx::query(
            "INSERT INTO log_cosignature (size, witness, checkpoint, time, line) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (size, witness) DO UPDATE
             SET checkpoint = excluded.checkpoint, time = excluded.time, line = excluded.line"
        )
        .bind(size)
        .bind(kept.witness.as_str())
        .bind(kept.checkpoint.as_str())
        .bind(stored("time", &kept.witness, kept.time)?)
        .bind(kept.line.as_str())
    )?;
    Ok(true)
}

/// Notes why a witness did not cosign, and gives the claim on it back until `due`; whether `node` still had the claim.
///
/// # Errors
/// When the database fails.
pub async fn failed(
    tx: &mut Tx,
    node: Uuid,
    witness: &str,
    (failure, detail): (&str, &str),
    now: Moment,
    due: Moment,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE log_witness SET failures = failures + 1, failed_at = $1, failure = $2, detail = $3, due_at = $4,
                claimed_by = NULL, claimed_until = 0
             WHERE witness = $5 AND claimed_by = $6"
        )
        .bind(now.micros())
        .bind(failure)
        .bind(detail)
        .bind(due.micros())
        .bind(witness)
        .bind(node)
    )?;
    Ok(touched == 1)
}

/// Lets go the cosignatures of all but the `most` largest checkpoints; how many went.
///
/// # Errors
/// When the database fails.
pub async fn prune(tx: &mut Tx, most: u32) -> Result<u64, StoreError> {
    run!(
        tx,
        sqlx::query(
            "DELETE FROM log_cosignature WHERE size < (SELECT MIN(recent.size) FROM
             (SELECT DISTINCT size FROM log_cosignature ORDER BY size DESC LIMIT $1) AS recent)"
        )
        .bind(i64::from(most))
    )
}

/// The cosignatures that are kept, those of the largest checkpoints first; with a checkpoint only those of exactly this one.
///
/// # Errors
/// When the database fails.
pub async fn cosignatures(tx: &mut Tx, of: Option<(u64, &str)>) -> Result<Vec<Cosignature>, StoreError> {
    let (size, checkpoint) = of.unzip();
    let size = size.map(|size| stored("size", "", size)).transpose()?;
    let rows: Vec<CosignatureRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT size, checkpoint, witness, time, line FROM log_cosignature
             WHERE ($1 IS NULL OR size = $1) AND ($2 IS NULL OR checkpoint = $2) ORDER BY size DESC, witness",
        )
        .bind(size)
        .bind(checkpoint)
        .fetch_all(conn)
        .await
    })?;
    let kept = rows.into_iter().map(|row| {
        Ok(Cosignature {
            size: count("log_cosignature", "size", &row.witness, row.size)?,
            time: count("log_cosignature", "time", &row.witness, row.time)?,
            checkpoint: row.checkpoint,
            witness: row.witness,
            line: row.line,
        })
    });
    kept.collect()
}

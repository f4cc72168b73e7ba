//! What really differs between the two databases, side by side, each with its reason; and the pause between repeats.
//!
//! A set of ids in a statement: PostgreSQL has arrays, SQLite has lists in JSON. See `among!`.

use super::{StoreError, Tx};
use sqlx::{Connection, SqliteConnection, SqlitePool};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;
use uuid::Uuid;

/// The pause before the `attempt`th repeat (from 1): doubling from about 1 ms to at most 250 ms, with jitter so that two
/// losers of one race do not meet again.
pub(super) fn back_off(attempt: u32) -> Duration {
    let ceiling = (1_000_u64 << attempt.min(8)).min(250_000);
    // A fresh hasher is seeded by the process: enough randomness to part two writers, and no clock or generator needed.
    let noise = RandomState::new().build_hasher().finish();
    Duration::from_micros(ceiling / 2 + noise % (ceiling / 2 + 1))
}

/// Makes the other writers of a table wait for this unit of work, whose first statement it must be: its picture of the database is taken when none
/// of them is at work. Whether they do: not where one of them is at it for longer than two seconds. SQLite has one writer anyway.
pub(super) async fn go_ahead(tx: &mut Tx, table: &'static str) -> Result<bool, StoreError> {
    lock(tx, table, "SHARE ROW EXCLUSIVE").await
}

/// Takes a table for this unit of work in one of PostgreSQL's modes; whether it got it within two seconds. Whoever did not has to begin again.
pub(crate) async fn lock(tx: &mut Tx, table: &'static str, mode: &'static str) -> Result<bool, StoreError> {
    let super::Connection::Postgres(conn) = tx.connection() else { return Ok(true) };
    let statements = format!(
        "SET LOCAL lock_timeout = '2s'; LOCK TABLE {table} IN {mode} MODE; SET LOCAL lock_timeout TO DEFAULT"
    );
    match sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(conn).await {
        Ok(_) => Ok(true),
        // lock_not_available, deadlock_detected
        Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("55P03" | "40P01")) => {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the writer may be used again. On a full disk SQLite ends the transaction by itself, the driver's own roll-back then
/// fails, and the connection would count as inside a transaction for ever; PostgreSQL has no such state.
pub(super) fn is_clean(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

/// Whether SQLite overwrites all that is deleted from now on, also in pages that become free: for what is erased. For all else that would
/// write much of it twice.
pub(crate) async fn overwriting(tx: &mut Tx, is_all: bool) -> Result<(), StoreError> {
    let pragma = if is_all { "PRAGMA secure_delete = ON" } else { "PRAGMA secure_delete = FAST" };
    if let super::Connection::Sqlite(connection) = tx.connection() {
        sqlx::query(pragma).execute(connection).await?;
    }
    Ok(())
}

/// Writes SQLite's file of the newest writes into the tables and makes it empty; whether it is. It waits a few seconds for those who read.
pub(super) async fn shorten(writer: &SqlitePool) -> Result<bool, StoreError> {
    let mut connection = writer.acquire().await?;
    let (busy, _, _): (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await?;
    Ok(busy == 0)
}

/// The ids as SQLite is given them: a JSON list of hexadecimal texts.
pub(crate) fn json_list(ids: &[Uuid]) -> String {
    let mut list = String::with_capacity(ids.len() * 35 + 2);
    list.push('[');
    for (place, id) in ids.iter().enumerate() {
        list.push_str(if place == 0 { "\"" } else { ",\"" });
        list.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
        list.push('"');
    }
    list.push(']');
    list
}

/// All rows of a statement about a set of ids, whose texts stand before and after the set; further values are `$2` and so on:
/// `among!(tx, Row, "SELECT … WHERE thing_id", &ids, " AND event_time >= $2", from)?`. One statement for all of them; the
/// caller cuts long sets (see `sets`).
macro_rules! among {
    ($tx:expr, $row:ty, $before:expr, $ids:expr, $after:expr $(, $more:expr)* $(,)?) => {
        match $crate::store::Tx::connection($tx) {
            $crate::store::Connection::Sqlite(conn) => sqlx::query_as::<_, $row>(concat!(
                $before, " IN (SELECT unhex(value) FROM json_each($1))", $after
            ))
            .bind($crate::store::json_list($ids))
            $(.bind($more))*
            .fetch_all(conn)
            .await
            .map_err($crate::store::StoreError::from),
            $crate::store::Connection::Postgres(conn) => sqlx::query_as::<_, $row>(concat!(
                $before, " = ANY($1)", $after
            ))
            .bind($ids)
            $(.bind($more))*
            .fetch_all(conn)
            .await
            .map_err($crate::store::StoreError::from),
        }
    };
}
pub(crate) use among;

/// The sets that a long list of ids is asked in: small enough that PostgreSQL keeps to its indexes.
pub(crate) fn sets(ids: &[Uuid]) -> std::slice::Chunks<'_, Uuid> {
    ids.chunks(4_096)
}

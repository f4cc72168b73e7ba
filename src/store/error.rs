//! What can go wrong between the program and its database, in words that an operator can act on.

use std::error::Error;
use std::path::PathBuf;

/// A failure of the database or of a row that does not fit its type.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names neither database.
    #[error("a database URL begins with sqlite: or postgres://")]
    UnknownUrl,
    /// Another service works on the same SQLite file.
    #[error("another nguongoc service is using this database (lock file: {path})")]
    InUse {
        /// The lock file.
        path: PathBuf,
    },
    /// A file beside the database could not be used.
    #[error("cannot use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database cannot be reached now; trying again later may help.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// No room left to write.
    #[error("the disk of the database is full")]
    Full(#[source] sqlx::Error),
    /// The database cannot be written.
    #[error("the database is read-only")]
    ReadOnly(#[source] sqlx::Error),
    /// The database refused a statement.
    #[error("the database refused a statement")]
    Database(#[source] sqlx::Error),
    /// A stored value does not fit its type: the row was written by something else than this program.
    #[error("table {table}, column {column}, row {row}: {why}")]
    Misfit {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key, as text.
        row: String,
        /// Why the value does not fit.
        why: String,
    },
    /// Another writer came first; the unit of work is repeated.
    #[error("another writer came first")]
    Race(#[source] LostRace),
    /// A database task ended without an answer.
    #[error("a database task ended without an answer")]
    Task(#[source] tokio::task::JoinError),
}

/// The mark of a lost compare-and-swap: [`Store::write`](super::Store::write) runs the unit of work again.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a guarded statement found that another writer came first")]
pub struct LostRace;

impl StoreError {
    /// A lost compare-and-swap.
    #[must_use]
    pub fn lost_race() -> Self {
        Self::Race(LostRace)
    }

    pub(crate) fn task(error: tokio::task::JoinError) -> Self {
        Self::Task(error)
    }

    /// A value in `column` of `table` that does not fit its type.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over ids, problems and texts alike")]
    pub fn misfit(table: &'static str, column: &'static str, row: impl ToString, why: impl ToString) -> Self {
        Self::Misfit { table, column, row: row.to_string(), why: why.to_string() }
    }

    /// Whether other writers came first, so that the same may succeed when it is tried again.
    #[must_use]
    pub fn is_contended(&self) -> bool {
        wants_repeat(self)
    }

    /// Whether a row was in the hands of others for longer than this unit of work waits for one.
    #[must_use]
    pub fn is_in_others_hands(&self) -> bool {
        // lock_not_available
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55P03"))
    }

    /// Whether a `UNIQUE` or primary-key rule refused the statement.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_) => Self::Unavailable(error),
            sqlx::Error::Database(database) => match database.code().as_deref() {
                // SQLite primary result codes lie in the low byte: 8 READONLY, 13 FULL, 14 CANTOPEN, 10 IOERR.
                Some(code) if primary(code) == Some(8) => Self::ReadOnly(error),
                Some(code) if primary(code) == Some(13) => Self::Full(error),
                Some(code) if primary(code) == Some(14) => Self::Unavailable(error),
                // PostgreSQL: 53100 disk_full, 25006 read_only_sql_transaction, 57P0x shutdown, 08xxx connection.
                Some("53100") => Self::Full(error),
                Some("25006") => Self::ReadOnly(error),
                // idle_in_transaction_session_timeout: this program was frozen, and the connection is gone.
                Some("25P03") => Self::Unavailable(error),
                Some(code) if code.len() == 5 && (code.starts_with("57P0") || code.starts_with("08")) => {
                    Self::Unavailable(error)
                }
                _ => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

/// The primary result code of SQLite's extended code; `None` for PostgreSQL's five characters.
fn primary(code: &str) -> Option<u32> {
    if code.len() == 5 {
        return None;
    }
    code.parse::<u32>().ok().map(|extended| extended & 0xff)
}

/// Whether an error of a room says, anywhere in its chain, that the unit of work should be run again.
pub(super) fn wants_repeat(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<LostRace>() {
            return true;
        }
        if let Some(sqlx::Error::Database(database)) = error.downcast_ref::<sqlx::Error>() {
            return match database.code().as_deref() {
                // serialization_failure, deadlock_detected
                Some("40001" | "40P01") => true,
                // SQLITE_BUSY and SQLITE_LOCKED
                Some(code) => matches!(primary(code), Some(5 | 6)),
                None => false,
            };
        }
        next = error.source();
    }
    false
}

//! A unit of work on either database, and the macro that writes each statement once for both drivers.

use super::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};

/// A unit of work. Rolled back when dropped without [`Store::write`](super::Store::write) having committed it.
pub enum Tx {
    /// A transaction on SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// A transaction on PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
    /// A connection to SQLite without a transaction: each statement for itself.
    SqliteOnce(PoolConnection<Sqlite>),
    /// A connection to PostgreSQL without a transaction: each statement for itself.
    PostgresOnce(PoolConnection<Postgres>),
}

/// The connection of a unit of work, as the driver's own type.
pub enum Connection<'t> {
    /// A SQLite connection.
    Sqlite(&'t mut SqliteConnection),
    /// A PostgreSQL connection.
    Postgres(&'t mut PgConnection),
}

impl Tx {
    /// The connection to run a statement on. Used through the macros `on!` and `run!`.
    pub fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(tx) => Connection::Sqlite(tx),
            Self::Postgres(tx) => Connection::Postgres(tx),
            Self::SqliteOnce(connection) => Connection::Sqlite(connection),
            Self::PostgresOnce(connection) => Connection::Postgres(connection),
        }
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let committed = match self {
            Self::Sqlite(tx) => tokio::spawn(tx.commit()).await,
            Self::Postgres(tx) => tokio::spawn(tx.commit()).await,
            Self::SqliteOnce(_) | Self::PostgresOnce(_) => return Ok(()),
        };
        Ok(committed.map_err(StoreError::task)??)
    }

    pub(super) async fn rollback(self) {
        // A roll-back that fails leaves a broken connection, which the pool throws away; there is nothing to undo.
        let _ = match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
            Self::SqliteOnce(_) | Self::PostgresOnce(_) => Ok(()),
        };
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) | Self::SqliteOnce(_) => "Tx(sqlite)",
            Self::Postgres(_) | Self::PostgresOnce(_) => "Tx(postgres)",
        })
    }
}

/// Compiles one body for both drivers: `on!(tx, |conn| sqlx::query("…").bind(x).execute(conn).await)`.
/// The body's error (`sqlx::Error`) becomes a [`StoreError`].
macro_rules! on {
    ($tx:expr, |$conn:ident| $body:expr) => {
        match $crate::store::Tx::connection($tx) {
            $crate::store::Connection::Sqlite($conn) => $body.map_err($crate::store::StoreError::from),
            $crate::store::Connection::Postgres($conn) => $body.map_err($crate::store::StoreError::from),
        }
    };
}
pub(crate) use on;

/// Runs a statement that returns no rows, and gives the number of rows it touched: `run!(tx, sqlx::query("…").bind(x))?`.
/// For a guarded statement that number is the verdict.
macro_rules! run {
    ($tx:expr, $query:expr) => {
        match $crate::store::Tx::connection($tx) {
            $crate::store::Connection::Sqlite(conn) => $query
                .execute(conn)
                .await
                .map(|done| done.rows_affected())
                .map_err($crate::store::StoreError::from),
            $crate::store::Connection::Postgres(conn) => $query
                .execute(conn)
                .await
                .map(|done| done.rows_affected())
                .map_err($crate::store::StoreError::from),
        }
    };
}
pub(crate) use run;

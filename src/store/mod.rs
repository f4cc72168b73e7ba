//! The two databases behind one text: SQLite for one machine, PostgreSQL for a city.
//!
//! Every statement of the program is written once, with `$1` placeholders, and compiled for both drivers by the macro
//! `on!` and `run!` of this room. A use case opens one unit of work with [`Store::write`], [`Store::read`] or, for single point queries,
//! [`Store::glance`].
//!
//! What must stay true:
//! * a unit of work is all or nothing, and may be run twice: nothing but database work belongs in it;
//! * an acknowledged write survives a power cut (`synchronous=FULL` on SQLite; the server's own default on PostgreSQL);
//! * `begin` and `commit` are never cancelled half-way: a cancelled `begin` may hand a connection with an open
//!   transaction back to the pool.

pub mod aside;
mod dialect;
mod error;
mod files;
mod migrate;
pub mod snapshot;
mod tx;

pub(crate) use dialect::{among, json_list, lock, overwriting, sets};
pub use error::{LostRace, StoreError};
pub use files::{File, MediaType, file, put_file};
pub use migrate::MigrateError;
pub use tx::{Connection, Tx};
pub(crate) use tx::{on, run};

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How often a unit of work is repeated when the database asks for it, before the caller is told.
const ATTEMPTS: u32 = 40;

/// How a unit of work begins on PostgreSQL; SQLite has one writer at a time. Its picture of the database is taken at once, by the second
/// statement of the same message: ids and times that are drawn within it are later than those of all that it sees.
const SERIALIZABLE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1";

/// The same without a picture yet: for one that takes a table for itself first.
const SERIALIZABLE_BEFORE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";

/// Beside others, and never long in their way: a program that falls silent within it is cut off by the server, and neither waits long for others.
const BRIEFLY: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = '2s'; SET LOCAL lock_timeout = '2s'";

/// An open database, with its pools. Cheap to clone: the pools are shared.
#[derive(Clone, Debug)]
pub enum Store {
    /// One file: a pool of readers, and one writer at a time.
    Sqlite {
        /// Connections for reading; several at once.
        readers: SqlitePool,
        /// The single writing connection: SQLite has one writer, so callers queue here instead of spinning on a lock.
        writer: SqlitePool,
        /// Told of each unit of work that was committed through this value or a clone of it.
        written: Arc<Notify>,
    },
    /// A PostgreSQL server.
    Postgres {
        /// Connections to the primary.
        pool: PgPool,
        /// Told of each unit of work that was committed through this value or a clone of it.
        written: Arc<Notify>,
    },
}

/// Which of the two databases a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `sqlite:…`
    Sqlite,
    /// `postgres://…` or `postgresql://…`
    Postgres,
}

impl Kind {
    /// The kind that the scheme of `url` names, if it is one of the two.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        if url.starts_with("sqlite:") {
            Some(Self::Sqlite)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Some(Self::Postgres)
        } else {
            None
        }
    }
}

impl Store {
    /// Opens the database that `url` names, without creating tables: see [`Store::migrate`]. A SQLite file is created
    /// when it is absent.
    ///
    /// # Errors
    /// When the URL is of neither kind, or the database cannot be reached or opened.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        match Kind::of(url) {
            Some(Kind::Sqlite) => Self::open_sqlite(url).await,
            Some(Kind::Postgres) => Self::open_postgres(url).await,
            None => Err(StoreError::UnknownUrl),
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(StoreError::from)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("mmap_size", "268435456")
            .pragma("temp_store", "MEMORY")
            .pragma("trusted_schema", "OFF")
            .optimize_on_close(true, None);
        // The writer first: it creates the file and turns WAL on before a reader looks.
        let writer = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(30))
            .idle_timeout(None)
            .max_lifetime(None)
            .after_release(|connection, _| Box::pin(async { Ok(dialect::is_clean(connection)) }))
            // What is deleted is overwritten where that costs nothing; what is erased, always (`overwriting`). 32 MB of pages, so that a unit
            // of work finds again what it has just written.
            .connect_with(
                options.clone().pragma("secure_delete", "FAST").pragma("cache_size", "-32768"),
            )
            .await?;
        let readers = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(6)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(30))
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
            .await?;
        Ok(Self::Sqlite { readers, writer, written: Arc::default() })
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(StoreError::from)?
            .application_name("nguongoc")
            .options([("idle_in_transaction_session_timeout", "30s"), ("statement_timeout", "30s")]);
        let pool = PgPoolOptions::new()
            .min_connections(1)
            .max_connections(16)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        Ok(Self::Postgres { pool, written: Arc::default() })
    }

    /// Which of the two databases this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Sqlite { .. } => Kind::Sqlite,
            Self::Postgres { .. } => Kind::Postgres,
        }
    }

    /// Brings the tables to this program's version.
    ///
    /// # Errors
    /// [`MigrateError::Newer`] when the database was made by a newer program; otherwise what the database said.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        migrate::run(self).await
    }

    /// Whether the tables are exactly those of this program.
    ///
    /// # Errors
    /// As [`Store::migrate`], and [`MigrateError::Behind`] when migrations are still to be run.
    pub async fn check_version(&self) -> Result<(), MigrateError> {
        migrate::check(self).await
    }

    /// Runs `work` as one unit that writes: all of it or nothing. On PostgreSQL at `SERIALIZABLE`; the closure is run
    /// again when the database reports a conflict or `work` reports a [`LostRace`], so it must do database work only.
    ///
    /// # Errors
    /// What `work` says, or a [`StoreError`].
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
        E: From<StoreError> + std::error::Error + 'static,
    {
        self.written(self.write_at(SERIALIZABLE, None, work).await)
    }

    /// As [`Store::write`], but on PostgreSQL at `READ COMMITTED`: for work that reads what others are writing at the same time and is
    /// right by its guarded statements alone. At `SERIALIZABLE` it would make those others begin again.
    ///
    /// # Errors
    /// What `work` says, or a [`StoreError`].
    pub async fn write_beside<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
        E: From<StoreError> + std::error::Error + 'static,
    {
        self.write_at("BEGIN ISOLATION LEVEL READ COMMITTED", None, work).await
    }

    /// As [`Store::write_beside`], for a unit of work whose rows others wait for: on PostgreSQL it is undone when this program is not heard of for two
    /// seconds in the middle of it, and fails as [`StoreError::is_in_others_hands`] says when it would wait as long for a row of others.
    ///
    /// # Errors
    /// What `work` says, or a [`StoreError`].
    pub async fn write_briefly<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
        E: From<StoreError> + std::error::Error + 'static,
    {
        self.write_at(BRIEFLY, None, work).await
    }

    /// As [`Store::write`], for a unit of work that writes many rows of a table which others write one by one all the time: on PostgreSQL it would
    /// lose to them for ever. Once it has lost, the writers of `table` wait for it, as far as it need not wait long for them.
    ///
    /// # Errors
    /// What `work` says, or a [`StoreError`].
    pub async fn write_ahead<T, E, F>(&self, table: Option<&'static str>, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
        E: From<StoreError> + std::error::Error + 'static,
    {
        self.written(self.write_at(SERIALIZABLE, table, work).await)
    }

    /// Waits until a unit of work was committed here by [`Store::write`] or [`Store::write_ahead`] since the last time, or for `longest`:
    /// for the one who looks after what others leave to be done. Of work by other processes it does not hear.
    pub async fn heard(&self, longest: Duration) {
        let (Self::Sqlite { written, .. } | Self::Postgres { written, .. }) = self;
        // Either is a reason to look.
        let _ = tokio::time::timeout(longest, written.notified()).await;
    }

    fn written<T, E>(&self, outcome: Result<T, E>) -> Result<T, E> {
        let (Self::Sqlite { written, .. } | Self::Postgres { written, .. }) = self;
        if outcome.is_ok() {
            written.notify_one();
        }
        outcome
    }

    async fn write_at<T, E, F>(
        &self,
        isolation: &'static str,
        table: Option<&'static str>,
        work: F,
    ) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
        E: From<StoreError> + std::error::Error + 'static,
    {
        let mut attempt = 0;
        loop {
            let table = table.filter(|_| attempt > 0);
            let mut tx = self.begin_write(table.map_or(isolation, |_| SERIALIZABLE_BEFORE)).await?;
            if let Some(table) = table
                && !dialect::go_ahead(&mut tx, table).await?
            {
                tx.rollback().await;
                tx = self.begin_write(isolation).await?;
            }
            let outcome = match work(&mut tx).await {
                Ok(value) => tx.commit().await.map(|()| value).map_err(E::from),
                Err(error) => {
                    tx.rollback().await;
                    Err(error)
                }
            };
            match outcome {
                Err(error) if attempt < ATTEMPTS && error::wants_repeat(&error) => {
                    attempt += 1;
                    tokio::time::sleep(dialect::back_off(attempt)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Runs `work` on one unchanging picture of the database.
    ///
    /// # Errors
    /// What `work` says, or a [`StoreError`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
        E: From<StoreError>,
    {
        let mut tx = self.begin_read().await?;
        let outcome = work(&mut tx).await;
        // Nothing to keep: ending the transaction only gives the connection back.
        tx.rollback().await;
        outcome
    }

    /// Runs `work` for single point queries, each for itself and without a transaction around them: what one reads may
    /// be older than what the next one reads. For the shopper's page, where the two extra round trips would cost most.
    ///
    /// # Errors
    /// What `work` says, or a [`StoreError`].
    pub async fn glance<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
        E: From<StoreError>,
    {
        let mut tx = match self {
            Self::Sqlite { readers, .. } => {
                Tx::SqliteOnce(readers.acquire().await.map_err(StoreError::from)?)
            }
            Self::Postgres { pool, .. } => Tx::PostgresOnce(pool.acquire().await.map_err(StoreError::from)?),
        };
        work(&mut tx).await
    }

    async fn begin_write(&self, isolation: &'static str) -> Result<Tx, StoreError> {
        // In a task of its own: a caller that goes away must not cancel `begin` half-way (see the module's rules).
        let begun = match self {
            Self::Sqlite { writer, .. } => {
                let pool = writer.clone();
                tokio::spawn(async move { pool.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite) }).await
            }
            Self::Postgres { pool, .. } => {
                let pool = pool.clone();
                tokio::spawn(async move { pool.begin_with(isolation).await.map(Tx::Postgres) }).await
            }
        };
        Ok(begun.map_err(StoreError::task)??)
    }

    async fn begin_read(&self) -> Result<Tx, StoreError> {
        let begun = match self {
            Self::Sqlite { readers, .. } => {
                let pool = readers.clone();
                tokio::spawn(async move { pool.begin_with("BEGIN").await.map(Tx::Sqlite) }).await
            }
            Self::Postgres { pool, .. } => {
                let pool = pool.clone();
                tokio::spawn(async move {
                    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map(Tx::Postgres)
                })
                .await
            }
        };
        Ok(begun.map_err(StoreError::task)??)
    }

    /// Asks the database one trivial question: is it there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it is not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.glance(async |tx| {
            run!(tx, sqlx::query("SELECT 1"))?;
            Ok(())
        })
        .await
    }

    /// Tries to write, and takes it back: nothing is left of it.
    ///
    /// # Errors
    /// What keeps the database from being written.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        let mut tx = self.begin_write(SERIALIZABLE).await?;
        let written = run!(
            &mut tx,
            sqlx::query(
                "INSERT INTO sign_in_throttle (bucket, failures, locked_until, changed_at) VALUES ($1, 0, 0, 0)"
            )
            .bind([0_u8; 32].as_slice())
        );
        tx.rollback().await;
        written.map(|_| ())
    }

    /// Takes away what the database keeps beside its tables of rows that were deleted: SQLite's file of the newest writes, in which they
    /// stand as they were. Whether nothing is left in it: what somebody reads meanwhile stays. PostgreSQL does the like in its own time,
    /// when it vacuums.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget(&self) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite { writer, .. } => dialect::shorten(writer).await,
            Self::Postgres { .. } => Ok(true),
        }
    }

    /// Closes the pools after the statements under way have ended.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }
}

/// A claim on a SQLite file by one service; released when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct ServiceLock {
    _file: Option<fs::File>,
}

impl ServiceLock {
    /// Claims the SQLite file that `url` names; PostgreSQL needs no claim.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another service has it.
    pub fn claim(url: &str) -> Result<Self, StoreError> {
        let Some(path) = sqlite_path(url) else { return Ok(Self { _file: None }) };
        let mut beside = path.into_os_string();
        beside.push(".lock");
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&beside)
            .map_err(|source| StoreError::File { path: PathBuf::from(&beside), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(fs::TryLockError::WouldBlock) => Err(StoreError::InUse { path: PathBuf::from(beside) }),
            Err(fs::TryLockError::Error(source)) => {
                Err(StoreError::File { path: PathBuf::from(beside), source })
            }
        }
    }
}

/// The file of a `sqlite:` URL, unless it lives in memory.
#[must_use]
pub fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let path = rest.split('?').next().unwrap_or(rest);
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}

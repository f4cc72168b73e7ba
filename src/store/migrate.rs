//! Bringing the tables to the program's version, and refusing to work on those of another one.

use super::{Store, StoreError};
use sqlx::migrate::{MigrateError as Sqlx, Migrator};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Why the tables could not be brought to this version.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database was made by a newer program.
    #[error("the database is at version {found}, newer than this program (version {known})")]
    Newer {
        /// The version found in the database.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Migrations are still to be run.
    #[error("the database is at version {found}, this program needs version {known}")]
    Behind {
        /// The version found in the database; 0 when it is empty.
        found: i64,
        /// The version that this program needs.
        known: i64,
    },
    /// A migration was changed after it had been run.
    #[error("migration {0} differs from the one that was run on this database")]
    Changed(i64),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A migration failed.
    #[error("a migration failed")]
    Failed(#[source] Sqlx),
}

fn known(migrator: &Migrator) -> i64 {
    migrator.iter().map(|m| m.version).max().unwrap_or(0)
}

pub(super) async fn run(store: &Store) -> Result<(), MigrateError> {
    match check(store).await {
        Err(MigrateError::Behind { .. }) => {}
        other => return other,
    }
    let outcome = match store {
        Store::Sqlite { writer, .. } => SQLITE.run(writer).await,
        Store::Postgres { pool, .. } => POSTGRES.run(pool).await,
    };
    outcome.map_err(|error| match error {
        Sqlx::Execute(error) | Sqlx::ExecuteMigration(error, _) => StoreError::from(error).into(),
        Sqlx::VersionMismatch(version) => MigrateError::Changed(version),
        other => MigrateError::Failed(other),
    })
}

pub(super) async fn check(store: &Store) -> Result<(), MigrateError> {
    let (migrator, exists) = match store {
        Store::Sqlite { .. } => {
            (&SQLITE, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")
        }
        Store::Postgres { .. } => (
            &POSTGRES,
            "SELECT COUNT(*) FROM information_schema.tables \
             WHERE table_name = '_sqlx_migrations' AND table_schema = ANY (current_schemas(false))",
        ),
    };
    let found = store
        .glance(async |tx| {
            let tables: i64 = super::on!(tx, |conn| sqlx::query_scalar(exists).fetch_one(conn).await)?;
            if tables == 0 {
                return Ok(0);
            }
            let newest = "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM _sqlx_migrations";
            super::on!(tx, |conn| sqlx::query_scalar::<_, i64>(newest).fetch_one(conn).await)
        })
        .await?;
    let known = known(migrator);
    match found {
        found if found > known => Err(MigrateError::Newer { found, known }),
        found if found < known => Err(MigrateError::Behind { found, known }),
        _ => Ok(()),
    }
}

//! Tables made anew beside those that stand: a unit of work on a connection of its own, on which temporary tables stand before the
//! tables of the same names, so that every statement of the program works on them and the standing ones stay as they are.
//!
//! What must stay true: work that is only to look cannot write (the database itself refuses it), holds no lock that a writer waits
//! for, and sees one picture of the database; the connection is thrown away afterwards.

use super::{Store, StoreError, Tx, on, run};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use std::time::Duration;

/// What becomes of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// Nothing stays of it.
    Look,
    /// It is kept, and other writers wait for it.
    Keep,
}

/// The schemas in which a table is found beside its shadow.
#[derive(Clone, Debug)]
pub struct Schemas {
    /// Where the tables stand.
    pub standing: String,
    /// Where their shadows are.
    pub aside: &'static str,
}

impl Store {
    /// Runs `work` on a connection of its own, once: a conflict with other writers is an error.
    ///
    /// # Errors
    /// What `work` says, or a [`StoreError`].
    pub async fn aside<T, E, F>(&self, mode: Aside, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut Tx) -> Result<T, E>,
        E: From<StoreError>,
    {
        match self {
            Self::Sqlite { writer, .. } => {
                let options = (*writer.connect_options()).clone();
                // Shadows name tables that lie elsewhere; what is made may be larger than memory.
                let options = options
                    .foreign_keys(false)
                    .read_only(mode == Aside::Look)
                    .busy_timeout(Duration::from_mins(1))
                    .pragma("temp_store", "FILE")
                    .optimize_on_close(false, None);
                let one = SqlitePoolOptions::new().max_connections(1).connect_with(options);
                let pool = one.await.map_err(StoreError::from)?;
                let begin = if mode == Aside::Look { "BEGIN" } else { "BEGIN IMMEDIATE" };
                let tx = Tx::Sqlite(pool.begin_with(begin).await.map_err(StoreError::from)?);
                let outcome = end(mode, tx, work).await;
                pool.close().await;
                outcome
            }
            Self::Postgres { pool, .. } => {
                let options = (*pool.connect_options()).clone();
                let options = options
                    .options([("idle_in_transaction_session_timeout", "0"), ("statement_timeout", "0")]);
                let one = PgPoolOptions::new().max_connections(1).connect_with(options);
                let pool = one.await.map_err(StoreError::from)?;
                // What is kept shuts other writers out by locks, which are taken before the first look.
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
                let tx = Tx::Postgres(pool.begin_with(begin).await.map_err(StoreError::from)?);
                let outcome = end(mode, tx, work).await;
                pool.close().await;
                outcome
            }
        }
    }
}

async fn end<T, E, F>(mode: Aside, mut tx: Tx, work: F) -> Result<T, E>
where
    F: AsyncFnOnce(&mut Tx) -> Result<T, E>,
    E: From<StoreError>,
{
    let outcome = work(&mut tx).await;
    if outcome.is_ok() && mode == Aside::Keep {
        tx.commit().await?;
    } else {
        tx.rollback().await;
    }
    outcome
}

/// Where tables and their shadows are found, on this connection.
///
/// # Errors
/// When the database fails.
pub async fn schemas(tx: &mut Tx) -> Result<Schemas, StoreError> {
    Ok(match tx {
        Tx::Sqlite(_) | Tx::SqliteOnce(_) => Schemas { standing: "main".to_owned(), aside: "temp" },
        Tx::Postgres(_) | Tx::PostgresOnce(_) => {
            let standing = on!(tx, |conn| sqlx::query_scalar("SELECT quote_ident(current_schema())")
                .fetch_one(conn)
                .await)?;
            Schemas { standing, aside: "pg_temp" }
        }
    })
}

/// Shuts other writers out of tables until the end of the unit of work. SQLite has one writer, who is here.
///
/// # Errors
/// When the database fails.
pub async fn shut(tx: &mut Tx, tables: &[&str]) -> Result<(), StoreError> {
    if let Tx::Postgres(_) = tx {
        let statement = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", tables.join(", "));
        execute(tx, statement).await?;
    }
    Ok(())
}

/// Makes an empty shadow of a table, with its indexes: from now on the name means the shadow.
///
/// # Errors
/// When the database fails or has no such table.
pub async fn shadow(tx: &mut Tx, schemas: &Schemas, table: &str) -> Result<(), StoreError> {
    if let Tx::Postgres(_) = tx {
        let standing = &schemas.standing;
        return execute(
            tx,
            format!("CREATE TEMPORARY TABLE {table} (LIKE {standing}.{table} INCLUDING ALL)"),
        )
        .await;
    }
    let made: Vec<(String, String, String)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT type, name, sql FROM main.sqlite_schema WHERE tbl_name = $1 AND sql IS NOT NULL ORDER BY type DESC, name"
    )
    .bind(table)
    .fetch_all(conn)
    .await
    })?;
    for (kind, name, text) in made {
        let statement = match kind.as_str() {
            "table" => {
                text.split_once('(').map(|(_, columns)| format!("CREATE TEMP TABLE {table} ({columns}"))
            }
            "index" => text.split_once(" ON ").map(|(begin, rest)| {
                let unique = if begin.to_uppercase().contains(" UNIQUE ") { "UNIQUE" } else { "" };
                format!("CREATE {unique} INDEX temp.{name} ON {rest}")
            }),
            _ => None,
        };
        if let Some(statement) = statement {
            execute(tx, statement).await?;
        }
    }
    Ok(())
}

/// The columns of a table, in their order.
///
/// # Errors
/// When the database fails.
pub async fn columns(tx: &mut Tx, schemas: &Schemas, table: &str) -> Result<Vec<String>, StoreError> {
    if let Tx::Postgres(_) = tx {
        return on!(tx, |conn| {
            sqlx::query_scalar(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 \
                 AND NOT attisdropped ORDER BY attnum",
            )
            .bind(format!("{}.{table}", schemas.standing))
            .fetch_all(conn)
            .await
        });
    }
    on!(tx, |conn| sqlx::query_scalar("SELECT name FROM pragma_table_info($1, 'main') ORDER BY cid")
        .bind(table)
        .fetch_all(conn)
        .await)
}

/// Sets a view before a table: from now on the name means the rows that the statement gives.
///
/// # Errors
/// When the database fails.
pub async fn view(tx: &mut Tx, table: &str, rows: &str) -> Result<(), StoreError> {
    execute(tx, format!("CREATE TEMPORARY VIEW {table} AS {rows}")).await
}

/// Sets up a moment that views can ask for: before everything. PostgreSQL keeps it as a setting of the connection, for a row that is
/// changed many times in one transaction leaves as many dead ones; SQLite has no settings and changes its row in place.
///
/// # Errors
/// When the database fails.
pub async fn set_clock(tx: &mut Tx) -> Result<(), StoreError> {
    if !matches!(tx, Tx::Postgres(_)) {
        execute(tx, "CREATE TEMPORARY TABLE rebuilt_clock (at INTEGER NOT NULL)".to_owned()).await?;
        execute(tx, format!("INSERT INTO temp.rebuilt_clock VALUES ({})", i64::MIN)).await?;
    }
    turn_clock(tx, i64::MIN).await
}

/// The moment, as a statement asks for it.
#[must_use]
pub const fn clock(tx: &Tx) -> &'static str {
    match tx {
        Tx::Sqlite(_) | Tx::SqliteOnce(_) => "(SELECT at FROM temp.rebuilt_clock)",
        Tx::Postgres(_) | Tx::PostgresOnce(_) => "CAST(current_setting('nguongoc.rebuilt_at') AS BIGINT)",
    }
}

/// Turns it to another moment.
///
/// # Errors
/// When the database fails.
pub async fn turn_clock(tx: &mut Tx, at: i64) -> Result<(), StoreError> {
    let statement = match tx {
        Tx::Sqlite(_) | Tx::SqliteOnce(_) => format!("UPDATE temp.rebuilt_clock SET at = {at}"),
        Tx::Postgres(_) | Tx::PostgresOnce(_) => {
            format!("SELECT set_config('nguongoc.rebuilt_at', '{at}', true)")
        }
    };
    execute(tx, statement).await
}

/// From now on nothing but temporary tables can be written.
///
/// # Errors
/// When the database fails.
pub async fn seal(tx: &mut Tx) -> Result<(), StoreError> {
    // On SQLite the connection itself was opened to read only.
    if let Tx::Postgres(_) = tx {
        execute(tx, "SET TRANSACTION READ ONLY".to_owned()).await?;
    }
    Ok(())
}

/// Runs a statement that is put together of names that the program knows.
///
/// # Errors
/// When the database fails.
pub async fn execute(tx: &mut Tx, statement: String) -> Result<(), StoreError> {
    run!(tx, sqlx::raw_sql(sqlx::AssertSqlSafe(statement)))?;
    Ok(())
}

//! What was told to the log, whether it has its place there or waits for it.

use nguongoc::log::Subject;
use nguongoc::store::{Connection, Store, StoreError};
use serde_json::Value;
use uuid::Uuid;

/// The entries of `subject`, oldest first: kind and body.
pub(crate) async fn told(store: &Store, subject: &Subject) -> Vec<(String, Value)> {
    let subject = subject.to_string();
    let read = store.read(async |tx| {
        type Rows = (Vec<(Vec<u8>,)>, Vec<(Uuid, String, String)>);
        let placed = "SELECT bytes FROM log_entry WHERE subject = $1 ORDER BY seq";
        let waiting = "SELECT id, type, body FROM log_waiting WHERE subject = $1 ORDER BY id";
        macro_rules! both {
            ($conn:expr) => {
                (
                    sqlx::query_as(placed).bind(&subject).fetch_all(&mut *$conn).await?,
                    sqlx::query_as(waiting).bind(&subject).fetch_all(&mut *$conn).await?,
                )
            };
        }
        let rows: Rows = match tx.connection() {
            Connection::Sqlite(conn) => both!(conn),
            Connection::Postgres(conn) => both!(conn),
        };
        Ok::<_, StoreError>(rows)
    });
    let (placed, waiting) = read.await.expect("the entries");
    let mut told = Vec::new();
    for (bytes,) in placed {
        let mut entry: Value = serde_json::from_slice(&bytes).expect("JSON");
        told.push((entry["type"].as_str().expect("a kind").to_owned(), entry["body"].take()));
    }
    for (_, kind, body) in waiting {
        told.push((kind, serde_json::from_str(&body).expect("JSON")));
    }
    told
}

/// All entries that have their place, in order.
pub(crate) async fn placed(store: &Store) -> Vec<Value> {
    let sql = "SELECT bytes FROM log_entry ORDER BY idx";
    let entries: Vec<Vec<u8>> = match store {
        Store::Sqlite { readers, .. } => sqlx::query_scalar(sql).fetch_all(readers).await.expect("entries"),
        Store::Postgres { pool, .. } => sqlx::query_scalar(sql).fetch_all(pool).await.expect("entries"),
    };
    entries.iter().map(|bytes| serde_json::from_slice(bytes).expect("JSON")).collect()
}

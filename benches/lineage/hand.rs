//! The peer: a recursive query as somebody would write it by hand for one lot, which gives the same set and nothing else.

use anyhow::Result;
use nguongoc::store::Store;
use uuid::Uuid;

/// Everything that a lot went into or came from, by one statement each way.
macro_rules! both_ways {
    ($connection:expr, $start:expr) => {{
        let forward: Vec<Uuid> = sqlx::query_scalar(
            "WITH RECURSIVE reached(thing_id) AS (SELECT $1 UNION \
             SELECT o.thing_id FROM reached r JOIN lineage i ON i.thing_id = r.thing_id AND i.side = 'in' \
             JOIN lineage o ON o.node = i.node AND o.side = 'out') SELECT thing_id FROM reached",
        )
        .bind($start)
        .fetch_all(&mut *$connection)
        .await?;
        let back: Vec<Uuid> = sqlx::query_scalar(
            "WITH RECURSIVE reached(thing_id) AS (SELECT $1 UNION \
             SELECT i.thing_id FROM reached r JOIN lineage o ON o.thing_id = r.thing_id AND o.side = 'out' \
             JOIN lineage i ON i.node = o.node AND i.side = 'in') SELECT thing_id FROM reached",
        )
        .bind($start)
        .fetch_all(&mut *$connection)
        .await?;
        (forward, back)
    }};
}

/// The set, the lot itself included, in order.
pub(crate) async fn closure(store: &Store, start: Uuid) -> Result<Vec<Uuid>> {
    let (mut all, back) = match store {
        Store::Sqlite { readers, .. } => {
            let mut tx = readers.begin().await?;
            both_ways!(tx, start)
        }
        Store::Postgres { pool, .. } => {
            let mut tx = pool.begin().await?;
            both_ways!(tx, start)
        }
    };
    all.extend(back);
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

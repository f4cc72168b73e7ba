//! Waiting for what others do at the same moment.

use nguongoc::store::Store;
use std::time::Duration;

/// Waits until that is so, some seconds at most.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within five seconds");
}

/// How many units of work wait for what others hold; none on SQLite, which has one writer.
pub(crate) async fn waiting(store: &Store) -> i64 {
    let Store::Postgres { pool, .. } = store else { return 0 };
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sqlx::query_scalar(waiting).fetch_one(pool).await.expect("a number")
}

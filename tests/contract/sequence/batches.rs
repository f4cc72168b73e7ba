//! What more waits than one batch takes: it is one history.

use super::{append_all, entry, published, sql};
use crate::support::app::{On, TestApp, on_both};
use futures_util::future::join;
use nguongoc::app::App;
use nguongoc::log::store::tree;
use nguongoc::log::{self, Entry};
use serde_json::json;
use std::cell::Cell;

on_both!(more_than_one_round_takes_is_one_history, large_entries_are_put_in_their_places_a_few_at_a_time);

async fn more_than_one_round_takes_is_one_history(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    log::carry(app).await.unwrap();
    let before = app.store.glance(async |tx| tree::head(tx).await).await.unwrap().published;
    // Two full rounds and a part of one; a few subjects go through all of them, one is in the first and the last, the others have an entry each.
    let count = 2 * 4_096 + 300_u64;
    let lot = |n: u64| match n % 8 {
        0 => 1 + u128::from(n / 8 % 3),
        1 if n / 4_096 != 1 => 4,
        _ => 1_000 + u128::from(n),
    };
    let told: Vec<Entry> = (0..count).map(|n| entry(app, lot(n), json!({ "n": n }))).collect();
    append_all(app, &told).await;
    // Whoever waits for the first of them does not wait for the end of the turn.
    let over = Cell::new(false);
    let turn = async {
        let taken = log::carry(app).await.unwrap();
        over.set(true);
        taken
    };
    let first = async {
        tokio::task::yield_now().await;
        let index = log::sealed(app, told[0].id).await.unwrap();
        (index, over.get())
    };
    let (taken, first) = join(turn, first).await;
    assert_eq!(taken, count, "one turn takes all of it");
    assert_eq!(first, (before, false));
    let (entries, checkpoint) = published(app).await;
    assert_eq!(checkpoint.size, before + count);
    let first = usize::try_from(before).unwrap();
    for (n, entry) in (0..count).zip(&entries[first..]) {
        assert_eq!(entry["body"], json!({ "n": n }), "in the order in which they were told");
    }
    assert_eq!(sql(app, "DELETE FROM log_waiting").await.unwrap(), 0, "nothing waits any more");
}

async fn large_entries_are_put_in_their_places_a_few_at_a_time(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    while log::carry(app).await.unwrap() > 0 {}
    counts_batches(app, on).await;
    let (count, text) = (900_u64, "x".repeat(10_000));
    let told: Vec<Entry> =
        (0..count).map(|n| entry(app, u128::from(n % 7), json!({ "n": n, "text": text }))).collect();
    append_all(app, &told).await;
    assert_eq!(log::carry(app).await.unwrap(), count, "one turn takes all of it");
    let (entries, _) = published(app).await;
    let numbers = entries.iter().filter_map(|entry| entry["body"]["n"].as_u64());
    assert!(numbers.eq(0..count));
    // Nine megabytes, four at a time.
    assert_eq!(sql(app, "DELETE FROM batches").await.unwrap(), 3);
}

/// Each batch that gets its place leaves a row in `batches`.
async fn counts_batches(app: &App, on: On) {
    sql(app, "CREATE TABLE batches (size BIGINT NOT NULL)").await.unwrap();
    match on {
        On::Sqlite => {
            let trigger = "CREATE TRIGGER counts AFTER UPDATE OF size ON log_head WHEN NEW.size > OLD.size
                 BEGIN INSERT INTO batches VALUES (NEW.size); END";
            sql(app, trigger).await.unwrap();
        }
        On::Postgres => {
            let function = "CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN INSERT INTO batches VALUES (NEW.size); RETURN NEW; END $$";
            sql(app, function).await.unwrap();
            let trigger = "CREATE TRIGGER counts BEFORE UPDATE OF size ON log_head FOR EACH ROW
                 WHEN (NEW.size > OLD.size) EXECUTE FUNCTION counts()";
            sql(app, trigger).await.unwrap();
        }
    }
}

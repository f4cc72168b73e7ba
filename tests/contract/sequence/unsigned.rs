//! What has its place and is not signed yet: signed as it is stored by the next round, and not at all when it was changed meanwhile.

use super::{append, published, published_size, sql};
use crate::support::app::{On, TestApp, on_both};
use nguongoc::app::App;
use nguongoc::log::store::tree;
use nguongoc::log::{self, Error, Stop};
use serde_json::json;
use std::fs;

on_both!(
    what_has_its_place_is_signed_by_the_next_round,
    what_was_changed_before_it_was_signed_is_not_signed,
    what_is_gone_before_it_was_signed_is_not_signed,
    what_stands_beside_the_bytes_is_signed_only_as_they_say,
    what_the_next_entry_is_chained_by_is_as_its_bytes_say,
    what_a_node_knows_of_a_chain_is_gone_on_from,
    what_the_database_keeps_otherwise_than_it_was_told_is_not_signed,
);

/// Three entries that are signed, and two that have their places only: the node could not write its file.
async fn two_unsigned(app: &App) {
    let signed = three_signed(app).await;
    for number in 3..5 {
        append(app, 1, json!({ "number": number })).await;
    }
    let (folder, away) = (app.config.data.join("log"), app.config.data.join("away"));
    fs::rename(&folder, &away).unwrap();
    fs::write(&folder, "no folder").unwrap();
    let outcome = log::carry(app).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::File(_)))), "{outcome:?}");
    fs::remove_file(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    assert_eq!((size(app).await, published_size(app).await), (signed + 2, signed));
}

/// How many entries have their place.
async fn size(app: &App) -> u64 {
    app.store.glance(async |tx| tree::head(tx).await).await.unwrap().size
}

/// Does what the database's own triggers forbid.
async fn by_force(app: &App, on: On, change: &'static str) {
    match on {
        On::Sqlite => {
            let _ = sql(app, "DROP TRIGGER log_entry_is_not_changed").await;
            let _ = sql(app, "DROP TRIGGER log_entry_is_not_removed").await;
        }
        On::Postgres => drop(sql(app, "ALTER TABLE log_entry DISABLE TRIGGER ALL").await.unwrap()),
    }
    assert_eq!(sql(app, change).await.unwrap(), 1);
}

/// That nothing more is signed, because of what is stored behind the last checkpoint.
async fn is_not_signed(app: &App, is_found: impl Fn(&Stop) -> bool) {
    let (signed, note) = (published_size(app).await, log::checkpoint(app).await.unwrap());
    append(app, 1, json!({ "number": 5 })).await;
    for _ in 0..2 {
        let outcome = log::carry(app).await;
        assert!(matches!(&outcome, Err(Error::Stopped(stop)) if is_found(stop)), "{outcome:?}");
    }
    assert!(matches!(log::ready(app).await, Err(Error::Stopped(stop)) if is_found(&stop)));
    assert_eq!((published_size(app).await, log::checkpoint(app).await.unwrap()), (signed, note));
}

async fn what_has_its_place_is_signed_by_the_next_round(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    two_unsigned(app).await;
    log::carry(app).await.unwrap();
    let (entries, checkpoint) = published(app).await;
    let numbers: Vec<_> = entries.iter().filter_map(|entry| entry["body"]["number"].as_u64()).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
    assert_eq!(size(app).await, checkpoint.size);
}

async fn what_was_changed_before_it_was_signed_is_not_signed(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    two_unsigned(app).await;
    let (change, back) = match on {
        On::Sqlite => (
            "UPDATE log_entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"number\":4', '\"number\":9') AS BLOB)
             WHERE idx = (SELECT size - 1 FROM log_head)",
            "UPDATE log_entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"number\":9', '\"number\":4') AS BLOB)
             WHERE idx = (SELECT MAX(idx) FROM log_entry WHERE CAST(bytes AS TEXT) LIKE '%\"number\":9%')",
        ),
        On::Postgres => (
            "UPDATE log_entry SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), '\"number\":4', '\"number\":9'), 'UTF8')
             WHERE idx = (SELECT size - 1 FROM log_head)",
            "UPDATE log_entry SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), '\"number\":9', '\"number\":4'), 'UTF8')
             WHERE idx = (SELECT MAX(idx) FROM log_entry WHERE convert_from(bytes, 'UTF8') LIKE '%\"number\":9%')",
        ),
    };
    by_force(app, on, change).await;
    let signed = published_size(app).await;
    is_not_signed(app, |stop| *stop == Stop::Damaged { at: signed }).await;
    // Put right, it goes on where it stopped.
    by_force(app, on, back).await;
    while log::carry(app).await.unwrap() > 0 {}
    let (entries, _) = published(app).await;
    let numbers: Vec<_> = entries.iter().filter_map(|entry| entry["body"]["number"].as_u64()).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
}

async fn what_is_gone_before_it_was_signed_is_not_signed(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    two_unsigned(app).await;
    by_force(app, on, "DELETE FROM log_entry WHERE idx = (SELECT size - 1 FROM log_head)").await;
    // The first round misses it behind what was signed, the next one, behind which another entry has its place, between two.
    is_not_signed(app, |stop| match stop {
        Stop::Damaged { .. } => true,
        Stop::Unreadable(why) => why.contains("the entry is not there"),
        _ => false,
    })
    .await;
}

/// Changes of one column of the last entry, with the change back, and what it is.
const BESIDE: [(&str, &str, &str); 3] = [
    (
        "leaf",
        "UPDATE log_entry SET leaf = (SELECT leaf FROM log_entry WHERE idx = 0) WHERE idx = (SELECT MAX(idx) FROM log_entry)",
        "UPDATE log_entry SET leaf = (SELECT leaf FROM log_entry WHERE idx = 0) WHERE idx = (SELECT published - 1 FROM log_head)",
    ),
    (
        "seq",
        "UPDATE log_entry SET seq = seq + 7 WHERE idx = (SELECT MAX(idx) FROM log_entry)",
        "UPDATE log_entry SET seq = seq + 7 WHERE idx = (SELECT published - 1 FROM log_head)",
    ),
    (
        "subject",
        "UPDATE log_entry SET subject = 'lot:another' WHERE idx = (SELECT MAX(idx) FROM log_entry)",
        "UPDATE log_entry SET subject = 'lot:another' WHERE idx = (SELECT published - 1 FROM log_head)",
    ),
];

async fn what_stands_beside_the_bytes_is_signed_only_as_they_say(on: On) {
    for (column, change, _) in BESIDE {
        let registry = TestApp::start(on).await;
        let app = &*registry.app;
        two_unsigned(app).await;
        let last = size(app).await - 1;
        by_force(app, on, change).await;
        let signed = (published_size(app).await, log::checkpoint(app).await.unwrap());
        for _ in 0..2 {
            let outcome = log::carry(app).await;
            assert!(
                matches!(outcome, Err(Error::Stopped(Stop::Damaged { at })) if at == last),
                "{column}: {outcome:?}"
            );
        }
        assert!(matches!(log::ready(app).await, Err(Error::Stopped(Stop::Damaged { .. }))), "{column}");
        assert_eq!((published_size(app).await, log::checkpoint(app).await.unwrap()), signed, "{column}");
        registry.stop().await;
    }
}

async fn what_the_next_entry_is_chained_by_is_as_its_bytes_say(on: On) {
    for (column, _, change) in BESIDE {
        let registry = TestApp::start(on).await;
        let app = &*registry.app;
        let last = three_signed(app).await - 1;
        // Another node, which has measured all of it and given none of it its place.
        let other = super::started_again(app).await;
        assert_eq!(log::carry(&other).await.unwrap(), 0);
        // Of an entry that is signed already; the next one of its subject is put behind it.
        by_force(app, on, change).await;
        append(app, 1, json!({ "number": 3 })).await;
        // While the service runs, nothing is put behind it. Under another subject it is not asked for: the next start finds it.
        if column != "subject" {
            let outcome = log::carry(&other).await;
            assert!(
                matches!(outcome, Err(Error::Stopped(Stop::Damaged { at })) if at == last),
                "{column}: {outcome:?}"
            );
            assert_eq!(size(app).await, last + 1, "{column}");
        }
        is_found_at_the_next_start(app, last, column).await;
        assert_eq!(published_size(app).await, last + 1, "{column}");
        registry.stop().await;
    }
}

async fn what_a_node_knows_of_a_chain_is_gone_on_from(on: On) {
    for (column, _, change) in BESIDE {
        let registry = TestApp::start(on).await;
        let app = &*registry.app;
        let last = three_signed(app).await - 1;
        by_force(app, on, change).await;
        append(app, 1, json!({ "number": 3 })).await;
        // Who gave the one before its place knows it, whatever is said beside it now: what is published is chained as it should be.
        assert_eq!(log::carry(app).await.unwrap(), 1, "{column}");
        let (entries, _) = published(app).await;
        let numbers: Vec<_> = entries.iter().filter_map(|entry| entry["body"]["number"].as_u64()).collect();
        assert_eq!(numbers, [0, 1, 2, 3], "{column}");
        is_found_at_the_next_start(app, last, column).await;
        registry.stop().await;
    }
}

/// Three entries of one subject that are signed; how many there are.
async fn three_signed(app: &App) -> u64 {
    for number in 0..3 {
        append(app, 1, json!({ "number": number })).await;
    }
    while log::carry(app).await.unwrap() > 0 {}
    published_size(app).await
}

/// The next start finds the entry that was changed, whatever of it.
async fn is_found_at_the_next_start(app: &App, changed: u64, column: &str) {
    let restarted = super::started_again(app).await;
    let outcome = log::carry(&restarted).await;
    assert!(
        matches!(outcome, Err(Error::Stopped(Stop::Damaged { at })) if at == changed),
        "{column}: {outcome:?}"
    );
}

async fn what_the_database_keeps_otherwise_than_it_was_told_is_not_signed(on: On) {
    let leaf = match on {
        On::Sqlite => "randomblob(32)",
        On::Postgres => "sha256(NEW.leaf)",
    };
    for (column, value) in [("leaf", leaf), ("seq", "NEW.seq + 7"), ("subject", "'lot:another'")] {
        let registry = TestApp::start(on).await;
        let app = &*registry.app;
        append(app, 1, json!({ "number": 0 })).await;
        while log::carry(app).await.unwrap() > 0 {}
        let signed = (published_size(app).await, log::checkpoint(app).await.unwrap());
        keeps_otherwise(app, on, column, value).await;
        append(app, 1, json!({ "number": 1 })).await;
        let outcome = log::carry(app).await;
        assert!(
            matches!(outcome, Err(Error::Stopped(Stop::Damaged { at })) if at == signed.0),
            "{column}: {outcome:?}"
        );
        assert_eq!((published_size(app).await, log::checkpoint(app).await.unwrap()), signed, "{column}");
        registry.stop().await;
    }
}

/// The database keeps another value of this column than it is given, of every entry that gets its place.
async fn keeps_otherwise(app: &App, on: On, column: &str, value: &str) {
    match on {
        On::Sqlite => {
            sql(app, "DROP TRIGGER log_entry_is_not_changed").await.unwrap();
            let trigger = format!(
                "CREATE TRIGGER otherwise AFTER INSERT ON log_entry
                 BEGIN UPDATE log_entry SET {column} = {value} WHERE idx = NEW.idx; END"
            );
            sql(app, trigger).await.unwrap();
        }
        On::Postgres => {
            let function = format!(
                "CREATE FUNCTION otherwise() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN NEW.{column} := {value}; RETURN NEW; END $$"
            );
            sql(app, function).await.unwrap();
            let trigger = "CREATE TRIGGER otherwise BEFORE INSERT ON log_entry FOR EACH ROW EXECUTE FUNCTION otherwise()";
            sql(app, trigger).await.unwrap();
        }
    }
}

//! The sequencer: entries get their places once, whoever leads; nothing is signed that does not begin with what was signed.

mod batches;
mod frozen;
mod keeping;
mod running;
mod unsigned;

use crate::support::app::{On, TestApp, on_both, test_key};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use futures_util::future::{join, join_all};
use nguongoc::app::App;
use nguongoc::kernel::canonical::canonical;
use nguongoc::kernel::{LogEntryId, LotId, Moment, Sha256Hash};
use nguongoc::keys::{Host, KeyName};
use nguongoc::log::store::tree;
use nguongoc::log::tree::leaf_hash;
use nguongoc::log::{self, Author, Checkpoint, Entry, Error, Kind, Resource, Standing, Stop, Subject};
use nguongoc::store::{Connection, StoreError};
use serde_json::{Value, json};
use sha2::Sha256;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use uuid::Uuid;

on_both!(
    entries_get_their_places_in_the_order_of_their_subjects,
    an_entry_that_came_late_between_others_still_waits,
    many_writers_and_two_nodes_leave_no_gap,
    who_lost_the_lead_writes_nothing,
    a_lead_that_is_lost_in_the_middle_of_a_turn_loses_nothing,
    a_leader_that_falls_silent_is_followed_within_two_seconds,
    an_older_database_is_not_signed,
    no_checkpoint_takes_the_place_of_a_larger_one,
    what_cannot_be_read_stops_the_log,
    a_changed_database_is_not_signed,
    what_stands_is_never_changed,
    an_old_entry_that_was_changed_is_found_at_the_next_start,
    a_change_in_a_large_log_is_found_beside_other_work,
);

/// An entry of the authority about a lot.
pub(crate) fn entry(app: &App, lot: u128, body: Value) -> Entry {
    Entry {
        id: app.id(),
        kind: Kind::EventRecorded,
        subject: Subject::Lot(LotId::from_uuid(Uuid::from_u128(lot))),
        at: app.clock.now(),
        actor: Author { party: None, role: "officer" },
        body,
    }
}

pub(crate) async fn append(app: &App, lot: u128, body: Value) -> LogEntryId {
    let entry = entry(app, lot, body);
    app.store.write(async |tx| log::append(tx, &entry).await).await.unwrap();
    entry.id
}

/// In one unit of work.
async fn append_all(app: &App, entries: &[Entry]) {
    app.store.write(async |tx| log::append_all(tx, entries).await).await.unwrap();
}

/// All entries of the log, read as everybody reads them, and the checkpoint; both measured by another implementation of the tree.
async fn published(app: &App) -> (Vec<Value>, Checkpoint) {
    let note = log::checkpoint(app).await.unwrap().expect("a checkpoint");
    let host: Host = app.config.code_host().parse().unwrap();
    let key = test_key(&KeyName::log(&host)).verifier().clone();
    let checkpoint = Checkpoint::open(&note, &[key]).unwrap();
    let mut reference: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
    let mut entries = Vec::new();
    let mut ends: HashMap<String, (u64, Sha256Hash)> = HashMap::new();
    for index in 0..checkpoint.size.div_ceil(256) {
        let width = (checkpoint.size - index * 256).min(256);
        let bundle = log::resource(app, Resource { level: None, index, width }).await.unwrap().unwrap();
        let mut rest = &*bundle;
        while !rest.is_empty() {
            let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            let bytes = &rest[2..2 + length];
            rest = &rest[2 + length..];
            let entry: Value = serde_json::from_slice(bytes).unwrap();
            assert_eq!(canonical(&entry).unwrap(), bytes, "the bytes are canonical");
            let subject = entry["subject"].as_str().unwrap().to_owned();
            let hash = leaf_hash(bytes);
            match ends.get(&subject) {
                None => assert_eq!((&entry["seq"], &entry["prev"]), (&json!(0), &json!(null))),
                Some((seq, prev)) => {
                    assert_eq!((&entry["seq"], &entry["prev"]), (&json!(seq + 1), &json!(prev.to_string())));
                }
            }
            ends.insert(subject, (entry["seq"].as_u64().unwrap(), hash));
            reference.push(bytes.to_vec());
            entries.push(entry);
        }
    }
    assert_eq!(entries.len() as u64, checkpoint.size);
    assert_eq!(checkpoint.root.as_bytes().as_slice(), reference.root().as_bytes().as_slice());
    (entries, checkpoint)
}

pub(crate) async fn sql(app: &App, text: impl Into<String>) -> Result<u64, StoreError> {
    let text: String = text.into();
    app.store
        .write(async |tx| {
            let text = sqlx::AssertSqlSafe(text.clone());
            match tx.connection() {
                Connection::Sqlite(conn) => {
                    Ok(sqlx::query(text).execute(conn).await.map_err(StoreError::from)?.rows_affected())
                }
                Connection::Postgres(conn) => {
                    Ok(sqlx::query(text).execute(conn).await.map_err(StoreError::from)?.rows_affected())
                }
            }
        })
        .await
}

async fn entries_get_their_places_in_the_order_of_their_subjects(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    let mut ids = Vec::new();
    for number in 0..300_u128 {
        ids.push(
            append(
                app,
                number % 7,
                json!({ "number": u64::try_from(number).unwrap(), "text": "Hoà \"lô\"\n" }),
            )
            .await,
        );
    }
    let index = log::sealed(app, ids[299]).await.unwrap();
    assert_eq!(app.log.standing(), Standing::Leads);
    let (entries, checkpoint) = published(app).await;
    assert_eq!(checkpoint.size, index + 1);
    // What was put down in one millisecond keeps its order.
    let numbers: Vec<u64> = entries.iter().filter_map(|entry| entry["body"]["number"].as_u64()).collect();
    assert!(numbers.iter().copied().eq(0..300), "{numbers:?}");
    let kept = std::fs::read_to_string(log::kept_path(&app.config.data)).unwrap();
    assert_eq!(Some(kept), log::checkpoint(app).await.unwrap());
    // With nothing new there is nothing to sign.
    assert_eq!(log::carry(app).await.unwrap(), 0);
    // The next round goes on where the last one ended.
    log::sealed(app, append(app, 3, json!({})).await).await.unwrap();
    let (entries, _) = published(app).await;
    assert_eq!(entries.last().unwrap()["seq"], 43);
    let proved = log::proof(app, 5).await.unwrap().unwrap();
    assert!(proved.proof.starts_with("c2sp.org/tlog-proof@v1\nindex 5\n"), "{}", proved.proof);
    assert_eq!(serde_json::from_slice::<Value>(&proved.entry).unwrap(), entries[5]);
    assert!(log::proof(app, 100_000).await.unwrap().is_none());
}

async fn an_entry_that_came_late_between_others_still_waits(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    while log::carry(app).await.unwrap() > 0 {}
    for lot in 901..=905 {
        append(app, lot, json!({})).await;
    }
    let all = LogEntryId::from_uuid(Uuid::nil());
    app.store
        .write(async |tx| {
            let size = tree::head(tx).await?.size;
            let waiting = tree::waiting(tx, all, 10).await?;
            assert_eq!(waiting.len(), 5);
            // As if the second and the fourth had been committed after the others were made ready.
            let place = |n: usize| log::Leaf::place(&waiting[n], &mut log::ChainEnd::default()).unwrap();
            tree::place(tx, size, &[place(0), place(2)]).await?;
            tree::place(tx, size + 2, &[place(4)]).await?;
            let left: Vec<_> = tree::waiting(tx, all, 10).await?.iter().map(|entry| entry.id).collect();
            assert_eq!(left, [waiting[1].id, waiting[3].id]);
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    registry.stop().await;
}

async fn many_writers_and_two_nodes_leave_no_gap(on: On) {
    let registry = TestApp::start(on).await;
    log::carry(&registry.app).await.unwrap();
    let (other, _data) = registry.node(9).await;
    // A node without a file takes no part in a log that has begun.
    assert!(matches!(log::carry(&other).await, Err(Error::Stopped(Stop::FileMissing { .. }))));
    log::adopt(&other, &log::checkpoint(&other).await.unwrap().unwrap()).await.unwrap();
    let nodes = [&*registry.app, &other];
    let writers = (0..8_usize).map(|writer| async move {
        let node = nodes[writer % 2];
        let mut told = Vec::new();
        for turn in 0..25_u64 {
            let id = append(node, (writer % 3) as u128, json!({ "writer": writer, "turn": turn })).await;
            if turn % 10 == 9 {
                // The lead passes when its time is over.
                node.clock.set(node.clock.now().plus(Duration::from_secs(10)));
            }
            told.push((log::sealed(node, id).await.unwrap(), writer, turn));
        }
        told
    });
    // As `serve` does beside answering.
    let done = Cell::new(false);
    let rounds = join_all(nodes.map(|node| {
        let done = &done;
        async move {
            while !done.get() {
                log::carry(node).await.unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }));
    let told = async {
        let told = join_all(writers).await;
        done.set(true);
        told
    };
    let (told, _) = futures_util::future::join(told, rounds).await;
    let told: Vec<_> = told.into_iter().flatten().collect();
    let (entries, _) = published(&registry.app).await;
    let places: BTreeSet<u64> = told.iter().map(|(index, ..)| *index).collect();
    assert_eq!(places.len(), 200, "each has a place of its own");
    for (index, writer, turn) in told {
        let entry = &entries[usize::try_from(index).unwrap()];
        assert_eq!(entry["body"], json!({ "writer": writer, "turn": turn }));
    }
}

async fn who_lost_the_lead_writes_nothing(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    log::carry(app).await.unwrap();
    let before = app.store.glance(async |tx| tree::head(tx).await).await.unwrap();
    let led = (before.holder.unwrap(), before.fence);
    let now = app.clock.now();
    let thief = Uuid::from_u128(1);
    let taken = app
        .store
        .write(async |tx| tree::lead(tx, thief, &before, now, now.plus(Duration::from_secs(3))).await)
        .await
        .unwrap();
    assert!(!taken, "its time is not over");
    let later = now.plus(Duration::from_mins(1));
    let taken = app
        .store
        .write(async |tx| tree::lead(tx, thief, &before, later, later.plus(Duration::from_secs(3))).await)
        .await
        .unwrap();
    assert!(taken);
    let (size, root) = (before.size, before.root);
    let moved =
        app.store.write(async |tx| tree::advance(tx, led, size, (size + 1, &root), now).await).await.unwrap();
    let signed = app.store.write(async |tx| tree::publish(tx, led, size, "x", now).await).await.unwrap();
    assert!(!moved && !signed);
    append(app, 1, json!({})).await;
    assert_eq!(log::carry(app).await.unwrap(), 0);
    assert_eq!(app.log.standing(), Standing::Follows);
    let after = app.store.glance(async |tx| tree::head(tx).await).await.unwrap();
    assert_eq!((after.size, after.published, after.fence), (before.size, before.published, before.fence + 1));
}

async fn a_lead_that_is_lost_in_the_middle_of_a_turn_loses_nothing(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    log::carry(app).await.unwrap();
    let (other, _data) = registry.node(9).await;
    log::adopt(&other, &log::checkpoint(&other).await.unwrap().unwrap()).await.unwrap();
    let before = usize::try_from(published_size(app).await).unwrap();
    let (mut told, mut lost) = (0_u64, 0);
    for attempt in 0..16 {
        // Three full rounds and a part of one.
        let some = told..told + 3 * 4_096 + 10;
        let entries: Vec<Entry> =
            some.clone().map(|n| entry(app, u128::from(n % 7), json!({ "n": n }))).collect();
        append_all(app, &entries).await;
        told = some.end;
        let passes = async {
            // Sooner or later in the turn of the one that leads, its time is over by the other one's clock.
            tokio::time::sleep(Duration::from_millis(10 + 25 * attempt)).await;
            app.clock.set(app.clock.now().plus(Duration::from_secs(10)));
            log::carry(&other).await.unwrap()
        };
        let (taken, passed) = join(log::carry(app), passes).await;
        let taken = taken.unwrap();
        if passed > 0 && app.log.standing() == Standing::Follows {
            lost += 1;
            assert!(taken == 0, "{taken}");
        }
        // The first one leads again.
        app.clock.set(app.clock.now().plus(Duration::from_secs(10)));
        while log::carry(app).await.unwrap() > 0 {}
        assert_eq!(app.log.standing(), Standing::Leads);
        if lost == 2 {
            break;
        }
    }
    assert!(lost > 0, "the lead passed in the middle of a turn");
    let (entries, _) = published(app).await;
    assert_eq!(entries.len() - before, usize::try_from(told).unwrap());
    for (n, entry) in (0..told).zip(&entries[before..]) {
        assert_eq!(entry["body"], json!({ "n": n }), "once, and in the order in which they were told");
    }
    registry.stop().await;
}

async fn a_leader_that_falls_silent_is_followed_within_two_seconds(on: On) {
    let registry = TestApp::start(on).await;
    let (other, _data) = registry.node(9).await;
    log::carry(&registry.app).await.unwrap();
    log::adopt(&other, &log::checkpoint(&other).await.unwrap().unwrap()).await.unwrap();
    // The first node took the lead just now, and is never heard of again.
    let begun = other.clock.now();
    let entry = append(&other, 1, json!({})).await;
    other.clock.set(begun.plus(Duration::from_millis(1_999)));
    assert_eq!((log::carry(&other).await.unwrap(), other.log.standing()), (0, Standing::Follows));
    assert_eq!(log::index_of(&other, entry).await.unwrap(), None);
    other.clock.set(begun.plus(Duration::from_secs(2)));
    assert_eq!((log::carry(&other).await.unwrap(), other.log.standing()), (1, Standing::Leads));
    let index = log::index_of(&other, entry).await.unwrap().expect("it is published");
    assert!(log::proof(&other, index).await.unwrap().is_some());
}

async fn an_older_database_is_not_signed(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    log::carry(app).await.unwrap();
    let (_, checkpoint) = published(app).await;
    // The file of a node that has seen one entry more than the database has.
    let host: Host = app.config.code_host().parse().unwrap();
    let key = test_key(&KeyName::log(&host));
    let ahead = Checkpoint { size: checkpoint.size + 1, ..checkpoint.clone() };
    let file = log::kept_path(&app.config.data);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, ahead.sign(&key).unwrap()).unwrap();
    let again = async || {
        let store = app.store.clone();
        let keys = nguongoc::keys::Keys::holding(vec![test_key(&KeyName::log(&host))]);
        let restarted =
            App::new(app.config.clone(), store, app.clock.clone(), nguongoc::app::Random::seeded(3), keys);
        nguongoc::custody::refresh(&restarted).await.unwrap();
        restarted.clock.set(restarted.clock.now().plus(Duration::from_mins(1)));
        let outcome = log::carry(&restarted).await;
        (restarted, outcome)
    };
    let (restarted, outcome) = again().await;
    assert!(
        matches!(outcome, Err(Error::Stopped(Stop::Shorter { signed, found })) if signed == found + 1),
        "{outcome:?}"
    );
    assert!(matches!(log::ready(&restarted).await, Err(Error::Stopped(Stop::Shorter { .. }))));
    // Before its keys are open, which takes a moment at each start, it permits nothing either, and says why.
    let keys = nguongoc::keys::Keys::holding(Vec::new());
    let random = nguongoc::app::Random::seeded(4);
    let unopened = App::new(app.config.clone(), app.store.clone(), app.clock.clone(), random, keys);
    assert!(log::agrees(&unopened).await.is_ok(), "a program without keys has nothing to measure by");
    nguongoc::custody::refresh_list(&unopened).await.unwrap();
    assert!(matches!(log::agrees(&unopened).await, Err(Error::Stopped(Stop::Shorter { .. }))));
    assert!(matches!(log::carry(&unopened).await, Err(Error::Stopped(Stop::Shorter { .. }))));
    assert!(matches!(log::agrees(&unopened).await, Err(Error::Stopped(Stop::Shorter { .. }))));
    // Another root for the same size.
    let other = Checkpoint { root: Sha256Hash::of(b"another history"), ..checkpoint };
    std::fs::write(&file, other.sign(&key).unwrap()).unwrap();
    assert!(matches!(again().await.1, Err(Error::Stopped(Stop::Different { .. }))));
    // No file, and one that is no checkpoint of this log.
    std::fs::write(&file, "x").unwrap();
    assert!(matches!(again().await.1, Err(Error::Stopped(Stop::File(_)))));
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(again().await.1, Err(Error::Stopped(Stop::FileMissing { .. }))));
    // A checkpoint of another key is not adopted; the published one is.
    let (restarted, _) = again().await;
    let foreign = test_key(&KeyName::log(&"elsewhere.example.vn".parse().unwrap()));
    let foreign =
        Checkpoint { origin: foreign.verifier().name().to_string(), size: 1, root: Sha256Hash::of(b"") }
            .sign(&foreign)
            .unwrap();
    assert!(matches!(log::adopt(&restarted, &foreign).await, Err(Error::Stopped(Stop::File(_)))));
    assert!(matches!(
        log::adopt(&restarted, &ahead.sign(&key).unwrap()).await,
        Err(Error::Stopped(Stop::Shorter { .. }))
    ));
    log::adopt(&restarted, std::str::from_utf8(&whole).unwrap()).await.unwrap();
    log::sealed(&restarted, append(&restarted, 1, json!({})).await).await.unwrap();
    published(&restarted).await;
}

async fn no_checkpoint_takes_the_place_of_a_larger_one(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    log::carry(app).await.unwrap();
    let old = log::checkpoint(app).await.unwrap().unwrap();
    log::sealed(app, append(app, 1, json!({})).await).await.unwrap();
    let (_, checkpoint) = published(app).await;
    let file = log::kept_path(&app.config.data);
    let new = std::fs::read_to_string(&file).unwrap();
    let outcome = log::adopt(app, &old).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::File(_)))), "{outcome:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), new);
    // The file has seen more than the database holds, which was put back: what was published then is no way round that.
    let host: Host = app.config.code_host().parse().unwrap();
    let key = test_key(&KeyName::log(&host));
    let ahead = Checkpoint { size: checkpoint.size + 5, ..checkpoint.clone() }.sign(&key).unwrap();
    std::fs::write(&file, &ahead).unwrap();
    for note in [&old, &new] {
        let outcome = log::adopt(app, note).await;
        assert!(
            matches!(outcome, Err(Error::Stopped(Stop::Shorter { signed, found })) if signed == found + 5),
            "{outcome:?}"
        );
    }
    // Another process of this machine has signed another root for as many entries.
    let other = Checkpoint { root: Sha256Hash::of(b"another history"), ..checkpoint }.sign(&key).unwrap();
    std::fs::write(&file, &other).unwrap();
    let outcome = log::adopt(app, &new).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::Different { .. }))), "{outcome:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), other);
    // The same one may be taken over again.
    std::fs::write(&file, &new).unwrap();
    log::adopt(app, &new).await.unwrap();
    log::sealed(app, append(app, 1, json!({})).await).await.unwrap();
    published(app).await;
}

async fn what_cannot_be_read_stops_the_log(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    log::carry(app).await.unwrap();
    let before = published_size(app).await;
    // One that waits is no JSON.
    let id = append(app, 1, json!({})).await;
    assert_eq!(sql(app, "UPDATE log_waiting SET body = '{'").await.unwrap(), 1);
    let outcome = log::carry(app).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::Unreadable(_)))), "{outcome:?}");
    assert!(matches!(log::ready(app).await, Err(Error::Stopped(Stop::Unreadable(_)))));
    assert_eq!(published_size(app).await, before);
    // Once it is mended, the log goes on by itself.
    sql(app, "UPDATE log_waiting SET body = '{}'").await.unwrap();
    log::sealed(app, id).await.unwrap();
    log::ready(app).await.unwrap();
    // The edge of the tree is not there.
    append(app, 1, json!({})).await;
    assert_eq!(sql(app, "DELETE FROM log_tile WHERE level = 0").await.unwrap(), 1);
    let outcome = log::carry(app).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::Unreadable(_)))), "{outcome:?}");
    assert!(log::ready(app).await.is_err());
    assert_eq!(published_size(app).await, before + 1);
}

async fn a_changed_database_is_not_signed(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    log::carry(app).await.unwrap();
    let bad = match on {
        On::Sqlite => {
            "UPDATE log_tile SET hashes = CAST(substr(hashes, 1, 32) || zeroblob(32) || substr(hashes, 65) AS BLOB) WHERE level = 0"
        }
        On::Postgres => {
            "UPDATE log_tile SET hashes = substr(hashes, 1, 32) || decode(repeat('00', 32), 'hex') || substr(hashes, 65) WHERE level = 0"
        }
    };
    let before = published_size(app).await;
    assert_eq!(sql(app, bad).await.unwrap(), 1);
    append(app, 1, json!({})).await;
    // The round that would sign next finds it, without a restart.
    let outcome = log::carry(app).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::Different { .. }))), "{outcome:?}");
    assert_eq!(published_size(app).await, before);
    assert!(matches!(app.log.standing(), Standing::Stopped(_)));
}

pub(crate) async fn published_size(app: &App) -> u64 {
    app.store.glance(async |tx| tree::head(tx).await).await.unwrap().published
}

async fn what_stands_is_never_changed(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    log::carry(app).await.unwrap();
    assert!(sql(app, "UPDATE log_entry SET seq = seq + 100").await.is_err());
    assert!(sql(app, "DELETE FROM log_entry").await.is_err());
    let state = log::state(app).await.unwrap();
    assert_eq!(state.waiting, 0);
    append(app, 1, json!({})).await;
    let state = log::state(app).await.unwrap();
    assert_eq!((state.waiting, state.waiting_since), (1, Some(app.clock.now())));
    assert_eq!(state.signed_at, Some(Moment::parse(crate::support::app::NOW).unwrap()));
}

/// Changes the entry in the middle of the log, past what keeps it as it is; its leaf and its tile stay.
async fn change_an_entry(app: &App, on: On) {
    let (permit, change) = match on {
        On::Sqlite => (
            "DROP TRIGGER log_entry_is_not_changed",
            "UPDATE log_entry SET bytes = CAST(replace(CAST(bytes AS TEXT), 'officer', 'offices') AS BLOB)
             WHERE idx = (SELECT MAX(idx) FROM log_entry) / 2",
        ),
        On::Postgres => (
            "ALTER TABLE log_entry DISABLE TRIGGER ALL",
            "UPDATE log_entry SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'officer', 'offices'), 'UTF8')
             WHERE idx = (SELECT MAX(idx) FROM log_entry) / 2",
        ),
    };
    sql(app, permit).await.unwrap();
    assert_eq!(sql(app, change).await.unwrap(), 1);
}

/// Another process on the same database and in the same folder, with the log's key, a minute later.
async fn started_again(app: &App) -> App {
    let host: Host = app.config.code_host().parse().unwrap();
    let keys = nguongoc::keys::Keys::holding(vec![test_key(&KeyName::log(&host))]);
    let (config, store, clock) = (app.config.clone(), app.store.clone(), app.clock.clone());
    let restarted = App::new(config, store, clock, nguongoc::app::Random::seeded(3), keys);
    nguongoc::custody::refresh(&restarted).await.unwrap();
    restarted.clock.set(restarted.clock.now().plus(Duration::from_mins(1)));
    restarted
}

async fn an_old_entry_that_was_changed_is_found_at_the_next_start(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    for number in 0..20 {
        append(app, 1, json!({ "number": number })).await;
    }
    log::carry(app).await.unwrap();
    let (size, note) = (published_size(app).await, log::checkpoint(app).await.unwrap());
    change_an_entry(app, on).await;
    append(app, 1, json!({})).await;
    let restarted = started_again(app).await;
    let outcome = log::carry(&restarted).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::Damaged { at: 0 }))), "{outcome:?}");
    assert!(matches!(log::ready(&restarted).await, Err(Error::Stopped(Stop::Damaged { .. }))));
    // Not before somebody has mended it: what waits stays where it is, and what was signed is shown as it was.
    assert!(log::carry(&restarted).await.is_err());
    assert_eq!((published_size(app).await, log::checkpoint(&restarted).await.unwrap()), (size, note));
    assert_eq!(log::state(&restarted).await.unwrap().waiting, 1);
}

async fn a_change_in_a_large_log_is_found_beside_other_work(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    // More than are hashed before the first signature of a start.
    let told: Vec<Entry> =
        (0..16_400_u64).map(|n| entry(app, u128::from(n % 7), json!({ "n": n }))).collect();
    append_all(app, &told).await;
    while log::carry(app).await.unwrap() > 0 {}
    change_an_entry(app, on).await;
    let restarted = started_again(app).await;
    // The start measures the edge, which is as it was: the log goes on.
    append(app, 1, json!({})).await;
    assert_eq!(log::carry(&restarted).await.unwrap(), 1);
    log::ready(&restarted).await.unwrap();
    let size = published_size(app).await;
    // Beside that all of it is hashed, piece by piece, until one does not fit.
    assert_eq!(log::look_through(&restarted).await.unwrap(), 4_096);
    assert_eq!(log::look_through(&restarted).await.unwrap(), 4_096);
    let outcome = log::look_through(&restarted).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::Damaged { at: 8_192 }))), "{outcome:?}");
    assert!(matches!(log::ready(&restarted).await, Err(Error::Stopped(Stop::Damaged { at: 8_192 }))));
    append(app, 1, json!({})).await;
    let outcome = log::carry(&restarted).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::Damaged { at: 8_192 }))), "{outcome:?}");
    assert_eq!((published_size(app).await, log::look_through(&restarted).await.unwrap()), (size, 0));
    // Reading goes on, to the last entry that was signed.
    assert!(log::proof(&restarted, size - 1).await.unwrap().is_some());
}

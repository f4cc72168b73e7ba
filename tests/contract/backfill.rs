//! What earlier versions kept is brought into the tables of this one by the migrations: what waited for the log, all of
//! it, in the order in which it was put down, once; the ends of seasons; and the GLNs that places had.

use crate::support::app::{NOW, On, on_both, test_key};
use crate::support::{postgres, rows};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use nguongoc::app::{App, Clock, Random};
use nguongoc::config::Settings;
use nguongoc::custody::{self, NewKey};
use nguongoc::fieldbook;
use nguongoc::kernel::{LogEntryId, LotId, Moment, PlaceNumber, SeasonId};
use nguongoc::keys::{Host, KeyName, Keys, Quarter};
use nguongoc::log::tree::{leaf_hash, node_hash};
use nguongoc::log::{self, ChainEnd, Checkpoint, Leaf, Resource, Subject, Waiting};
use nguongoc::places;
use nguongoc::store::{Kind as Database, MigrateError, Store};
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::migrate::Migrator;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

on_both!(
    what_waited_in_the_older_table_is_logged_in_order_and_once,
    ends_that_were_told_before_are_kept,
    glns_that_were_replaced_before_are_found_in_the_journal,
);

/// The last version that kept what waits and what has its place in one table.
const BEFORE: i64 = 25;

/// How many entries the older table has.
const COUNT: u64 = 12;

/// How many of them have their place already; nobody had signed them yet.
const PLACED: u64 = 2;

macro_rules! execute {
    ($store:expr, $query:expr) => {
        match $store {
            Store::Sqlite { writer, .. } => drop($query.execute(writer).await.expect("a row")),
            Store::Postgres { pool, .. } => drop($query.execute(pool).await.expect("a row")),
        }
    };
}

/// Brings an empty database to this version, by the migrations as they are released.
async fn migrate_to(store: &Store, version: i64) {
    let folder = match store.kind() {
        Database::Sqlite => "sqlite",
        Database::Postgres => "postgres",
    };
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let migrator = Migrator::new(files).await.unwrap();
    match store {
        Store::Sqlite { writer, .. } => migrator.run_to(version, writer).await.unwrap(),
        Store::Postgres { pool, .. } => migrator.run_to(version, pool).await.unwrap(),
    }
}

/// The `number`-th entry that was put down: of three subjects in turn, a second after the one before.
fn put_down(number: u64) -> Waiting {
    let lot = LotId::from_uuid(Uuid::from_u128(u128::from(number % 3)));
    let begun = Moment::parse("2026-06-01T00:00:00Z").unwrap();
    Waiting {
        id: LogEntryId::from_uuid(Uuid::from_u128(
            0x0193_2f3a_8000_7b5a_9d2e_4f6a_8b0c_0000 + u128::from(number),
        )),
        kind: "event.recorded".to_owned(),
        subject: Subject::Lot(lot).to_string(),
        at: begun.plus(Duration::from_secs(number)),
        actor: r#"{"role":"officer"}"#.to_owned(),
        body: format!(r#"{{"number":{number},"text":"Hoà"}}"#),
    }
}

/// The database of a registry of the earlier version: entries that wait, put into the table in another order than they were put down in,
/// one of them claimed by a process that is gone; and the first ones in their places.
async fn an_earlier_registry(store: &Store) {
    for step in 0..COUNT {
        // Each once, since 5 and 12 have no divisor in common.
        let number = step * 5 % COUNT;
        let entry = put_down(number);
        let claimed = (number == 7).then_some((Uuid::from_u128(1), entry.at.micros()));
        let index = (number < PLACED).then(|| i64::try_from(number).unwrap());
        execute!(
            store,
            sqlx::query(
                "INSERT INTO log_pending (id, type, subject, at, actor, body, claimed_by, claimed_at, log_index)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            )
            .bind(entry.id.as_uuid())
            .bind(entry.kind.as_str())
            .bind(entry.subject.as_str())
            .bind(entry.at.micros())
            .bind(entry.actor.as_str())
            .bind(entry.body.as_str())
            .bind(claimed.map(|(by, _)| by))
            .bind(claimed.map(|(_, at)| at))
            .bind(index)
        );
    }
    let mut hashes = Vec::new();
    for number in 0..PLACED {
        // Each the first of its subject.
        let leaf = Leaf::place(&put_down(number), &mut ChainEnd::default()).unwrap();
        execute!(
            store,
            sqlx::query(
                "INSERT INTO log_entry (idx, id, subject, seq, leaf, bytes) VALUES ($1, $2, $3, 0, $4, $5)"
            )
            .bind(i64::try_from(number).unwrap())
            .bind(leaf.id.as_uuid())
            .bind(leaf.subject.as_str())
            .bind(leaf.hash.as_bytes().as_slice())
            .bind(leaf.bytes.as_slice())
        );
        hashes.push(leaf.hash);
    }
    let tile: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
    execute!(
        store,
        sqlx::query("INSERT INTO log_tile (level, idx, hashes) VALUES (0, 0, $1)").bind(tile.as_slice())
    );
    let root = node_hash(&hashes[0], &hashes[1]);
    execute!(
        store,
        sqlx::query("UPDATE log_head SET size = 2, root = $1 WHERE one = 1").bind(root.as_bytes().as_slice())
    );
}

/// A registry on this database with its first keys, as the program that follows makes it.
async fn begun(store: &Store, url: &str, data: &Path) -> App {
    let settings = Settings {
        database: Some(url.to_owned()),
        listen: Some("127.0.0.1:0".to_owned()),
        data: Some(data.to_owned()),
        code_host: Some("demo.example.vn".to_owned()),
        workers: Some(1),
        ..Settings::default()
    };
    let config = settings.resolve().unwrap();
    let host: Host = config.code_host().parse().unwrap();
    let names = [KeyName::code(&host, Quarter::new(2026, 4).unwrap()), KeyName::log(&host)];
    let root = test_key(&KeyName::root(&host));
    let clock = Clock::at(Moment::parse(NOW).unwrap());
    let keys = Keys::holding(names.iter().map(test_key).collect());
    let app = App::new(config, store.clone(), clock, Random::seeded(26), keys);
    let terms = [Some(Moment::parse("2027-01-31T00:00:00Z").unwrap()), None];
    let entered: Vec<NewKey> = names
        .iter()
        .zip(terms)
        .map(|(name, until)| NewKey {
            verifier: test_key(name).verifier().clone(),
            from: Moment::parse("2026-10-01T00:00:00Z").unwrap(),
            until,
        })
        .collect();
    custody::enter(&app, None, root.verifier(), &entered).await.unwrap();
    let list = custody::unsigned_list(&app, None).await.unwrap();
    let note = custody::sign_list(&list.to_string(), &root).unwrap();
    custody::import_list(&app, None, &note).await.unwrap();
    custody::refresh(&app).await.unwrap();
    app
}

/// The exact bytes of all entries, as everybody reads them; measured by the signed checkpoint and by another implementation of the tree.
async fn published(app: &App) -> Vec<Vec<u8>> {
    let host: Host = app.config.code_host().parse().unwrap();
    let key = test_key(&KeyName::log(&host)).verifier().clone();
    let note = log::checkpoint(app).await.unwrap().expect("a checkpoint");
    let checkpoint = Checkpoint::open(&note, &[key]).unwrap();
    assert!(checkpoint.size < 256, "one bundle");
    let all = Resource { level: None, index: 0, width: checkpoint.size };
    let bundle = log::resource(app, all).await.unwrap().unwrap();
    let (mut rest, mut entries) = (&*bundle, Vec::new());
    let mut reference: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
    while !rest.is_empty() {
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        entries.push(rest[2..2 + length].to_vec());
        reference.push(rest[2..2 + length].to_vec());
        rest = &rest[2 + length..];
    }
    assert_eq!(entries.len() as u64, checkpoint.size);
    assert_eq!(checkpoint.root.as_bytes().as_slice(), reference.root().as_bytes().as_slice());
    entries
}

/// A database of an earlier version, where it is, and what keeps it.
async fn earlier(on: On, folder: &Path, version: i64) -> (Store, String, Option<postgres::TestDatabase>) {
    let (url, database) = match on {
        On::Sqlite => (format!("sqlite:{}", folder.join("old.sqlite").display()), None),
        On::Postgres => {
            let database = postgres::database("backfill", async |_| ()).await;
            (database.url.clone(), Some(database))
        }
    };
    let store = Store::open(&url).await.unwrap();
    migrate_to(&store, version).await;
    (store, url, database)
}

async fn what_waited_in_the_older_table_is_logged_in_order_and_once(on: On) {
    let folder = tempfile::tempdir().unwrap();
    let (old, url, _database) = earlier(on, folder.path(), BEFORE).await;
    an_earlier_registry(&old).await;
    assert!(matches!(old.check_version().await, Err(MigrateError::Behind { found: BEFORE, .. })));
    old.close().await;

    // The program that follows: migrations first, twice for good measure, then its rounds.
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    let app = begun(&store, &url, folder.path()).await;
    let own = log::state(&app).await.unwrap().waiting - (COUNT - PLACED);
    assert!(own > 0, "what the new program put down waits behind what was there");
    while log::carry(&app).await.unwrap() > 0 {}
    assert_eq!(log::state(&app).await.unwrap().waiting, 0);

    let entries = published(&app).await;
    assert_eq!(entries.len() as u64, COUNT + own, "each once");
    let mut ends: BTreeMap<String, Value> = BTreeMap::new();
    for (number, bytes) in (0..COUNT).zip(&entries) {
        let was = put_down(number);
        let prev = ends.insert(was.subject.clone(), json!(leaf_hash(bytes).to_string()));
        let entry: Value = serde_json::from_slice(bytes).unwrap();
        let expected = json!({
            "v": 1,
            "type": "event.recorded",
            "subject": was.subject,
            "seq": number / 3,
            "prev": prev,
            "at": was.at.to_string(),
            "actor": { "role": "officer" },
            "body": { "number": number, "text": "Hoà" },
        });
        assert_eq!(entry, expected, "{number}");
        assert_eq!(log::index_of(&app, was.id).await.unwrap(), Some(number));
    }
    for bytes in entries.iter().skip(usize::try_from(COUNT).unwrap()) {
        let entry: Value = serde_json::from_slice(bytes).unwrap();
        assert!(entry["type"].as_str().unwrap().starts_with("key."), "{entry}");
    }
    // A node that starts now finds all of it as it was signed, and nothing more to bring in.
    log::look(&app).await.unwrap();
    assert_eq!(log::carry(&app).await.unwrap(), 0);
    store.close().await;
}

/// The last version that kept one end of each season, in its row.
const BEFORE_ENDS: i64 = 28;

/// Seasons of the earlier version: one that was ended by a person whom it knows, one by somebody else, and one that
/// stands.
async fn earlier_seasons(store: &Store) {
    let [party, other, person, nobody, place] = [1, 2, 3, 4, 5].map(Uuid::from_u128);
    for (id, name) in [(party, "Hợp tác xã"), (other, "Hộ bà Mơ")] {
        execute!(
            store,
            sqlx::query(
                "INSERT INTO party (id, kind, name, name_folded, tax_kind, commune, address, status, consent, applied_at)
                 VALUES ($1, 'cooperative', $2, $2, 'none', '00004', 'Số 1', 'approved', 0, 1)"
            )
            .bind(id)
            .bind(name)
        );
    }
    execute!(
        store,
        sqlx::query(
            "INSERT INTO person (id, sign_in, name, password_hash, party_id, role, created_at)
             VALUES ($1, 'clerk', 'Lan', '-', $2, 'clerk', 1)"
        )
        .bind(person)
        .bind(party)
    );
    execute!(
        store,
        sqlx::query(
            "INSERT INTO place (id, party_id, number, kind, name, name_folded, commune, created_at)
             VALUES ($1, $2, '0000000017', 'plot', 'Ruộng', 'ruong', '00004', 1)"
        )
        .bind(place)
        .bind(other)
    );
    for (id, by) in [(11, Some(person)), (12, Some(nobody)), (13, None)] {
        let cleared = by.map(|by| ("2026-11-10", 77_i64, by));
        execute!(
            store,
            sqlx::query(
                "INSERT INTO season (id, party_id, place_id, crop, began_on, area_m2, cleared_on, cleared_at, cleared_by,
                 entered_by, entered_for, fingerprint, recorded_at)
                 VALUES ($1, $2, $3, 'cai_ngot', '2026-10-01', 360, $4, $5, $6, $7, $2, $8, 5)"
            )
            .bind(Uuid::from_u128(id))
            .bind(other)
            .bind(place)
            .bind(cleared.map(|(day, ..)| day))
            .bind(cleared.map(|(_, at, _)| at))
            .bind(cleared.map(|(.., by)| by))
            .bind(nobody)
            .bind([7_u8; 32].as_slice())
        );
    }
}

async fn ends_that_were_told_before_are_kept(on: On) {
    let folder = tempfile::tempdir().unwrap();
    let (store, _, _database) = earlier(on, folder.path(), BEFORE_ENDS).await;
    earlier_seasons(&store).await;
    store.migrate().await.unwrap();
    let told = async |id: u128| {
        let season = SeasonId::from_uuid(Uuid::from_u128(id));
        store.read(async |tx| fieldbook::store::ends_of(tx, season).await).await.unwrap()
    };
    let uuid = Uuid::from_u128;
    for (season, by, recorder) in [(11, 3, 1), (12, 4, 2)] {
        let ends = told(season).await;
        let [end] = ends.as_slice() else { panic!("{ends:?}") };
        assert_eq!((end.day.to_string().as_str(), end.taken_back.is_none()), ("2026-11-10", true));
        assert_eq!((end.told.by.as_uuid(), end.told.recorder.as_uuid()), (uuid(by), uuid(recorder)));
        assert_eq!((end.told.at, end.told.mandate), (Moment::from_micros(77), None));
    }
    assert!(told(13).await.is_empty(), "it stands");
    store.close().await;
}

/// The last version that knew a place by its last GLN only.
const BEFORE_GLNS: i64 = 29;

async fn glns_that_were_replaced_before_are_found_in_the_journal(on: On) {
    let folder = tempfile::tempdir().unwrap();
    let (store, _, _database) = earlier(on, folder.path(), BEFORE_GLNS).await;
    earlier_seasons(&store).await;
    let place = Uuid::from_u128(5);
    execute!(
        &store,
        sqlx::query("UPDATE place SET gln = $2, number = $3 WHERE id = $1")
            .bind(place)
            .bind(rows::gln(2).as_str().to_owned())
            .bind(PlaceNumber::from_seed(1).as_str().to_owned())
    );
    // An hour before it was called by the second one, something was told of it under the first, and at no place under a third.
    for (number, gln, at) in [(1_u128, rows::gln(1), Some(place)), (2, rows::gln(3), None)] {
        execute!(
            &store,
            sqlx::query(
                "INSERT INTO event (id, event_id, declares_error, type, step, action, read_point, event_time, zone_offset, whole_day,
                 recorded_at, recorded_by, place_id, grade, command, epcis)
                 VALUES ($1, $2, 0, 'ObjectEvent', 'observe', 'OBSERVE', $3, 7, 420, 0, 8, $1, $4, 'declared', $5, '{}')"
            )
            .bind(Uuid::from_u128(100 + number))
            .bind(format!("urn:x:{number}"))
            .bind(format!("414/{gln}"))
            .bind(at)
            .bind([7_u8; 32].as_slice())
        );
    }
    store.migrate().await.unwrap();
    for (number, found) in [(1, Some(place)), (2, Some(place)), (3, None)] {
        let by_gln = store.read(async |tx| places::by_gln(tx, &rows::gln(number)).await).await.unwrap();
        assert_eq!(by_gln.map(|place| place.id.as_uuid()), found, "{number}");
    }
    store.close().await;
}

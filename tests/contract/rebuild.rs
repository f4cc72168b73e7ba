//! What follows from the journal, made anew from it, is what stands: after random histories of forms, reports, corrections and stops,
//! on both databases; and what was changed behind the door's back is found, told by lot, and put right.

use crate::support::app::{On, on_both};
use crate::support::chain::{Accounts, follows, later, sums_are_kept};
use crate::support::field::{self, publish_lists};
use crate::support::history::History;
use crate::support::trade::{Trade, inspector, movement};
use nguongoc::app::App;
use nguongoc::chain::{self, Command, Difference, Output, Transform};
use nguongoc::events::Step;
use nguongoc::kernel::{LotId, Note, Quantity};
use nguongoc::lots;
use nguongoc::store::Store;

on_both!(
    after_a_random_history_the_rebuild_is_what_stands,
    what_was_changed_by_hand_is_found_and_put_right,
    damage_in_any_table_is_found_and_mended,
    a_release_lets_pass_what_it_named_and_nothing_since,
    a_look_beside_a_service_keeps_nobody_waiting,
    a_lot_that_would_not_begin_again_is_not_lost,
);

/// The operations of one long history instead of some short ones (`NGUONGOC_TEST_OPERATIONS=50000`).
#[expect(clippy::disallowed_methods, reason = "asked of the test, and not of the program")]
fn asked() -> Option<u64> {
    std::env::var("NGUONGOC_TEST_OPERATIONS").ok().map(|count| count.parse().expect("a count of operations"))
}

async fn after_a_random_history_the_rebuild_is_what_stands(on: On) {
    let (seeds, operations) = match (asked(), on) {
        (Some(operations), _) => (0..1_u64, operations),
        (None, On::Sqlite) => (0..4, 450),
        (None, On::Postgres) => (0..1, 300),
    };
    for seed in seeds {
        let mut history = History::begin(on, seed).await;
        for _ in 0..3 {
            history.go_on(operations / 3).await;
            println!(
                "seed {seed}: {} operations, {} done, {} told, {} stops, beside: {:?}",
                history.operations, history.done, history.told, history.stops, history.beside.done
            );
            follows(history.trade.app()).await;
        }
        assert!(history.told > 5 && history.stops > 3, "too little happened");
        assert!(history.beside.done.len() > 9, "too little happened: {:?}", history.beside.done);
        sums_are_kept(&history.trade.app().store).await;
    }
}

/// A statement that nobody but a tampering hand would run.
async fn by_hand(store: &Store, statement: &str) {
    assert!(try_by_hand(store, statement).await > 0, "nothing was changed: {statement}");
}

/// The same; how many rows it touched.
async fn try_by_hand(store: &Store, statement: &str) -> u64 {
    match store {
        Store::Sqlite { writer, .. } => sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .execute(writer)
            .await
            .unwrap()
            .rows_affected(),
        Store::Postgres { pool, .. } => sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .execute(pool)
            .await
            .unwrap()
            .rows_affected(),
    }
}

async fn differences(app: &App) -> Vec<Difference> {
    chain::rebuild(app, false, |_, _| {}).await.unwrap().differences
}

async fn lot(app: &App, id: LotId) -> lots::Lot {
    app.store.read(async |tx| lots::find(tx, id).await).await.unwrap().unwrap()
}

async fn what_was_changed_by_hand_is_found_and_put_right(on: On) {
    let trade = Trade::start(on).await;
    let (app, farm) = (trade.app(), &trade.farm);
    let first = trade.lot(10_000).await;
    later(app);
    let made = Command::Transform(Transform {
        step: Step::Wash,
        inputs: movement(farm, first, 4_000).goods.lots,
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: vec![Output {
            product: farm.product,
            code: None,
            quantity: Quantity::grams(3_900).unwrap(),
        }],
        node: None,
        place: Some(farm.place),
        when: None,
        note: None,
    });
    let made = chain::record(app, &farm.by(), made).await.unwrap().lot.id;
    later(app);
    let failed = chain::Test {
        lot: made,
        conforms: false,
        report: None,
        place: Some(farm.place),
        when: None,
        note: None,
    };
    chain::record(app, &farm.by(), Command::Test(failed)).await.unwrap();
    follows(app).await;
    let before = Accounts::of(&app.store).await;
    let codes = [lot(app, first).await.code.to_string(), lot(app, made).await.code.to_string()];
    let cases: [(&str, &str, &str, Option<&str>, &str); 6] = [
        (
            "UPDATE holding SET amount = amount + 7 WHERE amount = 6000",
            "holding",
            &codes[0],
            Some("amount"),
            "6007",
        ),
        ("DELETE FROM lineage WHERE side = 'out'", "lineage", &codes[1], None, ""),
        ("DELETE FROM breach", "breach", &codes[1], None, ""),
        ("UPDATE lot SET breach = NULL", "lot", &codes[1], Some("breach"), ""),
        ("DELETE FROM balance_entry WHERE account = 'used'", "balance_entry", &codes[0], None, ""),
        (
            "UPDATE lot SET hold = 'held', hold_reason = 'x' WHERE breach IS NULL",
            "lot",
            &codes[0],
            Some("hold"),
            "held",
        ),
    ];
    for (statement, table, code, column, was) in cases {
        by_hand(&app.store, statement).await;
        let found = differences(app).await;
        let told = found.iter().any(|one| {
            one.table == table
                && one.thing.as_deref() == Some(code)
                && one.column == column
                && one.was.as_deref().unwrap_or_default() == was
        });
        assert!(told, "{statement}: {found:#?}");
        let versions =
            [lot(app, first).await, lot(app, made).await].map(|lot| (lot.version, lot.gate_version));
        let kept = chain::rebuild(app, true, |_, _| {}).await.unwrap();
        assert!(kept.rows > 0 && !kept.lots.is_empty(), "{kept:#?}");
        let after = [lot(app, first).await, lot(app, made).await];
        for ((version, gate), lot) in versions.into_iter().zip(after) {
            let changed = kept.lots.contains(&lot.id);
            assert_eq!((lot.version > version, lot.gate_version > gate), (changed, changed), "{statement}");
        }
        assert_eq!(before, Accounts::of(&app.store).await, "{statement}");
        follows(app).await;
    }
    // Nothing differs: nothing changes.
    let version = lot(app, first).await.version;
    let kept = chain::rebuild(app, true, |_, _| {}).await.unwrap();
    assert!(kept.events == 3 && kept.rows == 0 && kept.lots.is_empty(), "{kept:#?}");
    assert_eq!(lot(app, first).await.version, version);
}

async fn a_look_beside_a_service_keeps_nobody_waiting(on: On) {
    let trade = Trade::start(on).await;
    let (app, farm) = (trade.app(), &trade.farm);
    let lot = trade.lot(10_000).await;
    let mut written = 0;
    let looked = chain::rebuild(app, false, |done, all| {
        // In the middle of it somebody writes, and is not kept waiting: by a thread of its own, for this one is busy.
        if done == all && written == 0 {
            written += 1;
            let (by, sale) = (farm.by(), Command::Sell(movement(farm, lot, 10)));
            std::thread::scope(|scope| {
                let done = scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(async {
                        let soon = std::time::Duration::from_secs(20);
                        let other = trade.registry.apart().await;
                        tokio::time::timeout(soon, chain::record(&other, &by, sale)).await.unwrap().unwrap();
                    });
                });
                done.join().unwrap();
            });
        }
    });
    let looked = looked.await.unwrap();
    assert_eq!((looked.events, looked.rows, written), (1, 0, 1), "{looked:#?}");
    follows(app).await;
}

/// For each table that follows from the journal: its key, and what is said of it wrongly.
const TABLES: [(&str, &str, &str); 15] = [
    ("balance_entry", "lot_id, event_id, party_id, account", "amount = amount + 1"),
    ("holding", "lot_id, party_id", "taken_in = taken_in + 1"),
    ("shipment", "lot_id, id", "lost = lost + 1"),
    ("arrival", "lot_id, shipment, event_id", "tolerated = tolerated + 1"),
    ("code_account", "lot_id, party_id", "coded = coded + 1"),
    ("code_carry", "event_id, lot_id, party_id", "packed = packed + 1"),
    ("lineage", "thing_id, side, node, event_id", "event_time = event_time + 1"),
    ("containment", "parent_id, child_id, added_by, part", "added_at = added_at + 1"),
    ("breach", "lot_id, event_id, rule", "stops = 1 - stops"),
    ("inherited_stop", "thing_id, origin_id", "overridden_by = origin_id"),
    ("spray_judged", "activity_id", "dose_exceeded = 1 - dose_exceeded"),
    ("parked", "event_id", "event_time = event_time + 1"),
    ("correction", "event_id", "declared_at = declared_at + 1"),
    (
        "event_thing",
        "thing_id, event_time, event_id, role",
        "amount = COALESCE(amount, 0) + 1, unit = 'gram'",
    ),
    ("event_attribute", "name, value, event_id", "number = COALESCE(number, 0) + 1"),
];

/// A row more in each of them; each spray has its one judgement, so that there is none to add.
const MORE: [(&str, &str); 14] = [
    (
        "balance_entry",
        "SELECT l.id, e.id, l.party_id, 'lost', 7 FROM lot l CROSS JOIN event e WHERE e.step = 'hold' LIMIT 1",
    ),
    (
        "holding (lot_id, party_id, amount, taken_in)",
        "SELECT l.id, p.id, 5, 5 FROM lot l CROSS JOIN party p WHERE NOT EXISTS (SELECT 1 FROM holding h WHERE h.lot_id = l.id AND h.party_id = p.id) LIMIT 1",
    ),
    (
        "shipment (lot_id, id, from_party, to_party, amount, shipped_at)",
        "SELECT l.id, e.id, l.party_id, l.party_id, 5, 5 FROM lot l CROSS JOIN event e WHERE e.step = 'hold' LIMIT 1",
    ),
    (
        "arrival (lot_id, shipment, event_id, received, refused)",
        "SELECT l.id, e.id, e.id, 5, 0 FROM lot l CROSS JOIN event e WHERE e.step = 'hold' LIMIT 1",
    ),
    (
        "code_account (lot_id, party_id, coded)",
        "SELECT l.id, p.id, 5 FROM lot l CROSS JOIN party p WHERE NOT EXISTS (SELECT 1 FROM code_account h WHERE h.lot_id = l.id AND h.party_id = p.id) LIMIT 1",
    ),
    (
        "code_carry",
        "SELECT e.id, l.id, l.party_id, 5, 5 FROM lot l CROSS JOIN event e WHERE e.step = 'hold' LIMIT 1",
    ),
    (
        "lineage (thing_id, side, node, event_id, event_time)",
        "SELECT l.id, 'out', e.id, e.id, 5 FROM lot l CROSS JOIN event e WHERE e.step = 'hold' LIMIT 1",
    ),
    (
        "containment (parent_id, child_id, added_by, added_at, part)",
        "SELECT l.id, l.id, e.id, 5, 9 FROM lot l CROSS JOIN event e WHERE e.step = 'hold' LIMIT 1",
    ),
    (
        "breach (lot_id, event_id, rule, detail)",
        "SELECT l.id, e.id, 'before_harvest', 'x' FROM lot l CROSS JOIN event e WHERE e.step = 'hold' LIMIT 1",
    ),
    ("inherited_stop (thing_id, origin_id)", "SELECT l.id, l.id FROM lot l LIMIT 1"),
    ("parked", "SELECT e.id, 5, 'lot', 'x' FROM event e WHERE e.step = 'hold' LIMIT 1"),
    ("correction", "SELECT e.id, e.id, 'x', 5 FROM event e WHERE e.step = 'hold' LIMIT 1"),
    (
        "event_thing",
        "SELECT l.id, 5, e.id, 'child', 5, 'gram' FROM lot l CROSS JOIN event e WHERE e.step = 'hold' LIMIT 1",
    ),
    (
        "event_attribute (name, value, event_id)",
        "SELECT 'x', 'y', e.id FROM event e WHERE e.step = 'hold' LIMIT 1",
    ),
];

/// The tables that have no row yet.
async fn empty(store: &Store) -> Vec<&'static str> {
    let mut empty = Vec::new();
    for (table, key, _) in TABLES {
        let column = key.split(", ").next().expect("a column");
        if try_by_hand(store, &format!("UPDATE {table} SET {column} = {column}")).await == 0 {
            empty.push(table);
        }
    }
    empty
}

async fn damage_in_any_table_is_found_and_mended(on: On) {
    let mut history = History::begin(on, 9).await;
    history.go_on(200).await;
    while history.operations < 1_500 && !empty(&history.trade.app().store).await.is_empty() {
        history.go_on(50).await;
    }
    println!(
        "{} operations, without a row: {:?}",
        history.operations,
        empty(&history.trade.app().store).await
    );
    let app = history.trade.app();
    follows(app).await;
    let before = Accounts::of(&app.store).await;
    let known: Vec<&str> = TABLES.iter().map(|(table, ..)| *table).collect();
    for projection in &chain::store::rebuild::PROJECTIONS {
        let kept = matches!(projection.table, "lot" | "thing" | "thing_alias");
        assert!(kept || known.contains(&projection.table), "nobody tries to damage {}", projection.table);
    }
    // A row of nothing but zeros says nothing: nobody misses it.
    let one = |table: &str, key: &str| {
        let says = match table {
            "holding" => "WHERE taken_in <> 0",
            "code_account" => "WHERE coded <> 0",
            _ => "",
        };
        format!("({key}) IN (SELECT {key} FROM {table} {says} ORDER BY {key} LIMIT 1)")
    };
    let changed = TABLES
        .map(|(table, key, wrong)| (table, format!("UPDATE {table} SET {wrong} WHERE {}", one(table, key))));
    let removed =
        TABLES.map(|(table, key, _)| (table, format!("DELETE FROM {table} WHERE {}", one(table, key))));
    let added = MORE
        .map(|(table, row)| (table.split(' ').next().expect("a name"), format!("INSERT INTO {table} {row}")));
    for statements in [Vec::from(changed), Vec::from(removed), Vec::from(added)] {
        let mut touched = Vec::new();
        for (table, statement) in &statements {
            if try_by_hand(&app.store, statement).await > 0 {
                touched.push(*table);
            }
        }
        assert!(touched.len() > 12, "too little to damage: {touched:?}");
        let found = differences(app).await;
        for table in touched {
            assert!(found.iter().any(|one| one.table == table), "{table} is not named: {found:#?}");
        }
        let kept = chain::rebuild(app, true, |_, _| {}).await.unwrap();
        assert!(kept.rows > 0);
        follows(app).await;
        assert_eq!(before, Accounts::of(&app.store).await);
    }
    let wrong =
        "declared = declared + 1, harvested_on = '2026-01-01', troubles = troubles + 1, upstream = 'held'";
    by_hand(&app.store, &format!("UPDATE lot SET {wrong}")).await;
    let found = differences(app).await;
    for column in ["declared", "harvested_on", "troubles", "upstream"] {
        assert!(
            found.iter().any(|one| one.table == "lot" && one.column == Some(column)),
            "{column} is not named"
        );
    }
    chain::rebuild(app, true, |_, _| {}).await.unwrap();
    follows(app).await;
    assert_eq!(before, Accounts::of(&app.store).await);
}

/// What an inspector saw is let pass; a spray that is entered afterwards is another thing, also when all is made anew.
async fn a_release_lets_pass_what_it_named_and_nothing_since(on: On) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let (app, farm) = (trade.app(), &trade.farm);
    let place = field::plot(&trade, farm, "Thửa 1").await;
    let spray = async |days: i32| {
        let day = trade.today().plus_days(-days).to_string();
        let mut draft = field::spray("Mẫu Sâu Xanh 36EC", &day);
        draft.crop = "rau_muong".to_owned();
        later(app);
        field::write(&trade, &farm.by(), place, &draft).await.expect("a spray");
    };
    spray(3).await;
    later(app);
    let begun = chain::DeclareLot {
        product: farm.product,
        place: Some(place),
        when: None,
        quantity: Quantity::grams(10_000).unwrap(),
        code: None,
        variety: None,
        note: None,
    };
    let grown = chain::record(app, &farm.by(), Command::Declare(begun)).await.unwrap().lot.id;
    assert_eq!(lot(app, grown).await.breach.as_deref(), Some("waiting_period"));
    let reason = Note::parse("Đã kiểm tra").unwrap();
    later(app);
    let release = Command::Release(chain::StopLot { lot: grown, reason });
    chain::record(app, &inspector(), release).await.unwrap();
    assert_eq!(lot(app, grown).await.breach, None);
    follows(app).await;
    spray(1).await;
    assert_eq!(lot(app, grown).await.breach.as_deref(), Some("waiting_period"), "there is more against it");
    follows(app).await;
    // Made anew, it is held still.
    let kept = chain::rebuild(app, true, |_, _| {}).await.unwrap();
    assert_eq!(kept.rows, 0, "{kept:#?}");
    assert_eq!(lot(app, grown).await.breach.as_deref(), Some("waiting_period"));
}

async fn a_lot_that_would_not_begin_again_is_not_lost(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    let first = trade.lot(10_000).await;
    later(app);
    chain::record(app, &trade.farm.by(), Command::Sell(movement(&trade.farm, first, 4_000))).await.unwrap();
    let before = Accounts::of(&app.store).await;
    // On record it began with its sale.
    by_hand(&app.store, "UPDATE lot SET created_at = (SELECT MAX(recorded_at) FROM event)").await;
    let refused = chain::rebuild(app, true, |_, _| {}).await.unwrap_err().to_string();
    let code = lot(app, first).await.code.to_string();
    assert!(refused.contains("lot") && refused.contains(&code), "{refused}");
    assert_eq!(before, Accounts::of(&app.store).await);
    assert!(differences(app).await.iter().any(|one| one.table == "lot" && one.now.is_none()));
    by_hand(&app.store, "UPDATE lot SET created_at = (SELECT MIN(recorded_at) FROM event)").await;
    follows(app).await;
}

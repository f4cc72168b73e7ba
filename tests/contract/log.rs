//! Pending entries and private values.

use crate::support::app::{On, TestStore, on_both};
use crate::support::log::told;
use crate::support::trade::{Trade, movement};
use nguongoc::chain::{self, Command, Goods, Move, Portion, Ship};
use nguongoc::kernel::{LogEntryId, LotId, Moment, PartyId, Quantity};
use nguongoc::log::{self, Author, Commitment, Entry, Kind, Subject};
use nguongoc::store::StoreError;
use serde_json::{Value, json};
use uuid::Uuid;

on_both!(
    an_entry_waits_to_be_logged,
    a_private_value_is_kept_and_erased,
    an_event_about_hundreds_of_lots_is_logged,
);

fn entry(number: u128, body: Value) -> Entry {
    Entry {
        id: LogEntryId::from_uuid(Uuid::from_u128(number)),
        kind: Kind::LotDeclared,
        subject: Subject::Lot(LotId::from_uuid(Uuid::from_u128(7))),
        at: Moment::from_second(1_790_000_000),
        actor: Author { party: Some(PartyId::from_uuid(Uuid::from_u128(9))), role: "clerk" },
        body,
    }
}

async fn an_entry_waits_to_be_logged(on: On) {
    let opened = TestStore::open(on).await;
    let first = entry(1, json!({ "z": "Hoa\u{300}", "a": 12.50 }));
    opened.store.write(async |tx| log::append(tx, &first).await).await.unwrap();
    let twice = opened.store.write(async |tx| log::append(tx, &first).await).await.unwrap_err();
    assert!(twice.is_unique_violation(), "{twice:?}");
    // Nothing of a refused unit of work stays.
    let refused: Result<(), StoreError> = opened
        .store
        .write(async |tx| {
            let mut many: Vec<Entry> = (2..700).map(|n| entry(n, json!({}))).collect();
            many.push(entry(700, json!({ "a": "x".repeat(16_000) })));
            log::append_all(tx, &many).await
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Misfit { .. })), "{refused:?}");
    let waiting = told(&opened.store, &Subject::Lot(LotId::from_uuid(Uuid::from_u128(7)))).await;
    assert_eq!(waiting, [("lot.declared".to_owned(), json!({ "a": 12.5, "z": "Hoà" }))]);
    // More than one statement holds, and as many as it holds.
    let many: Vec<Entry> = (2..1_133).map(|n| entry(n, json!({ "n": u64::try_from(n).unwrap() }))).collect();
    opened.store.write(async |tx| log::append_all(tx, &many).await).await.unwrap();
    let waiting = told(&opened.store, &Subject::Lot(LotId::from_uuid(Uuid::from_u128(7)))).await;
    let numbers: Vec<u64> = waiting.iter().filter_map(|(_, body)| body["n"].as_u64()).collect();
    assert_eq!(numbers, (2..1_133).collect::<Vec<u64>>());
}

async fn a_private_value_is_kept_and_erased(on: On) {
    let opened = TestStore::open(on).await;
    let subject = Uuid::from_u128(5);
    let (salt, value) = ([3; 32], json!({ "name": "Trần Thị Mơ", "amount": 12_500 }));
    let commitment = opened
        .store
        .write(async |tx| log::keep_private(tx, subject, "note", salt, &value).await)
        .await
        .unwrap();
    assert_eq!(commitment, Commitment::to(&salt, &value).unwrap());
    let kept = opened.store.read(async |tx| log::private(tx, subject, "note").await).await.unwrap().unwrap();
    assert!(commitment.opens(&kept.salt, &kept.value));
    // Never overwritten.
    let again = opened
        .store
        .write(async |tx| log::keep_private(tx, subject, "note", [4; 32], &json!("x")).await)
        .await
        .unwrap_err();
    assert!(again.is_unique_violation());
    let erase =
        async || opened.store.write(async |tx| log::erase_private(tx, subject, "note").await).await.unwrap();
    assert!(erase().await);
    assert!(!erase().await);
    let gone = opened.store.read(async |tx| log::private(tx, subject, "note").await).await.unwrap();
    assert_eq!(gone, None);
    let left = opened.store.read(async |tx| log::store::private_fields(tx, subject).await).await.unwrap();
    assert_eq!(left, Vec::<String>::new());
}

async fn an_event_about_hundreds_of_lots_is_logged(on: On) {
    let trade = Trade::start(on).await;
    let mut lots = Vec::new();
    for n in 0..200 {
        lots.push((trade.lot(10_000).await, 1_000 + n));
    }
    let portion =
        |(lot, grams): &(LotId, i64)| Portion { lot: *lot, quantity: Quantity::grams(*grams).unwrap() };
    let (firm, shop) = (&trade.farm, &trade.shop);
    let goods = Goods { lots: lots.iter().map(portion).collect(), cases: Vec::new() };
    let what = Move { goods, ..movement(firm, lots[0].0, 1) };
    let ship = Ship { what, to: Some(shop.party), document: None, vehicle: None, back: false };
    let shipped = chain::record(trade.app(), &firm.by(), Command::Ship(ship)).await.expect("a shipment");
    // The entry of each lot commits to what is common to all, and to its own amount alone.
    for (lot, grams) in &lots {
        let entries = told(&trade.app().store, &Subject::Lot(*lot)).await;
        let (kind, body) = entries.last().expect("an entry");
        assert_eq!((kind.as_str(), &body["event"]), ("event.recorded", &json!(shipped.event)));
        let commitments = body["commitments"].as_object().unwrap();
        let field = body["amount"].as_str().unwrap();
        let fields: Vec<&str> = commitments.keys().map(String::as_str).collect();
        let mut expected = ["counterparty", "epcis", field, "shipment"];
        expected.sort_unstable();
        assert_eq!(fields, expected);
        let subject = shipped.event.as_uuid();
        let store = &trade.app().store;
        let kept = store.read(async |tx| log::private(tx, subject, field).await).await.unwrap().unwrap();
        assert_eq!(kept.value, json!({ "amount": grams, "unit": "gram" }));
        assert_eq!(commitments[field], json!(Commitment::to(&kept.salt, &kept.value).unwrap()));
    }
    while log::carry(trade.app()).await.unwrap() > 0 {}
    assert_eq!(log::state(trade.app()).await.unwrap().waiting, 0);
}

//! Balances under many writers: nothing below zero, nothing received beyond what was sent, nothing lost and nothing made.

use crate::support::app::{On, on_both};
use crate::support::trade::{Trade, movement};
use futures_util::future::join_all;
use nguongoc::chain::{self, By, Command, DeclareLot, Error, Pack, Recorded, StopLot, When};
use nguongoc::events::{self, Step};
use nguongoc::kernel::{Day, EventId, LotId, Note, Quantity};
use nguongoc::lots::{self, Account, Holding, Movement};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::collections::BTreeSet;
use std::time::Duration;

on_both!(
    guarded_statements_are_the_verdict,
    many_sales_never_overdraw,
    many_receipts_never_exceed_the_shipment,
    whatever_happens_nothing_is_lost_or_made,
    a_key_records_once,
    nothing_is_shipped_after_a_hold,
    a_code_is_one_lot,
    a_made_code_tells_the_day,
);

/// Declared = held + under way + sold.
async fn balanced(trade: &Trade, lot: LotId, declared: i64) {
    let (held, under_way, sold) = trade
        .app()
        .store
        .read(async |tx| {
            let (held, under_way) = lots::in_the_chain(tx, lot).await?;
            let sold = lots::moved(tx, lot, Account::Sold).await?;
            Ok::<_, nguongoc::store::StoreError>((held, under_way, sold))
        })
        .await
        .unwrap();
    assert_eq!(held + under_way + sold, declared, "held {held}, under way {under_way}, sold {sold}");
    assert!(held >= 0 && under_way >= 0 && sold >= 0);
}

async fn holding(trade: &Trade, lot: LotId, firm: &crate::support::trade::Firm) -> Holding {
    let read = trade.app().store.read(async |tx| lots::holding(tx, lot, firm.party).await).await;
    read.unwrap().unwrap_or_default()
}

async fn guarded_statements_are_the_verdict(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let farm = trade.farm.party;
    let store = &trade.app().store;
    let event = EventId::from_uuid(uuid::Uuid::from_u128(7));
    let enter = async |party, account, amount| {
        let movement = Movement { lot, event, party, account, amount };
        store.write(async |tx| lots::enter(tx, &movement).await).await.unwrap()
    };
    assert!(!enter(farm, Account::Sold, 1_001).await);
    assert!(!enter(trade.shop.party, Account::Sold, 1).await);
    assert!(enter(farm, Account::Sold, 400).await);
    assert!(!enter(farm, Account::Packed, 601).await);
    assert!(enter(farm, Account::Packed, 600).await);
    // 600 of the 1,000 that came in are packed; 600 are left in hand, but only 400 were never packed.
    assert!(!enter(farm, Account::Packed, 401).await);
    // What lies in a case cannot be taken without it.
    assert!(!enter(farm, Account::Boxed, 601).await);
    assert!(enter(farm, Account::Boxed, 500).await);
    assert!(!enter(farm, Account::Used, 101).await);
    assert!(enter(farm, Account::Boxed, -500).await);
    assert!(!enter(farm, Account::Boxed, -1).await);
    assert_eq!(
        holding(&trade, lot, &trade.farm).await,
        Holding { amount: 600, short: 0, taken_in: 1_000, packed: 600, boxed: 0 }
    );
    // A fact is counted in whatever order it comes, and taking back an event leaves what the others made.
    let fact = Movement { lot, event, party: farm, account: Account::Used, amount: 900 };
    store.write(async |tx| lots::enter_fact(tx, &fact).await).await.unwrap();
    let short = holding(&trade, lot, &trade.farm).await;
    assert_eq!((short.amount, short.short), (0, 300));
    assert!(store.write(async |tx| lots::reckon(tx, lot).await).await.unwrap().changed);
    let held = store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap();
    assert_eq!(held.breach.as_deref(), Some("overdrawn"));
    store.write(async |tx| lots::take_back(tx, event).await).await.unwrap();
    assert_eq!(
        holding(&trade, lot, &trade.farm).await,
        Holding { amount: 1_000, short: 0, taken_in: 1_000, packed: 0, boxed: 0 }
    );
    assert!(store.write(async |tx| lots::reckon(tx, lot).await).await.unwrap().changed);
    assert!(!store.write(async |tx| lots::reckon(tx, lot).await).await.unwrap().changed);
    let found = store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap();
    assert!(!store.write(async |tx| lots::pass(tx, lot, found.gate_version + 1).await).await.unwrap());
    assert!(store.write(async |tx| lots::pass(tx, lot, found.gate_version).await).await.unwrap());
    assert!(store.write(async |tx| lots::hold(tx, lot, "nghi ngờ", false).await).await.unwrap());
    assert!(!store.write(async |tx| lots::hold(tx, lot, "nghi ngờ", false).await).await.unwrap());
    assert!(!store.write(async |tx| lots::pass(tx, lot, found.gate_version).await).await.unwrap());
    assert!(store.write(async |tx| lots::release(tx, lot, false).await).await.unwrap());
    assert!(!store.write(async |tx| lots::release(tx, lot, false).await).await.unwrap());
    let short = found.short_code.clone();
    let code = found.code.clone();
    let again = store.read(async |tx| lots::by_short_code(tx, &short).await).await.unwrap().unwrap();
    assert_eq!(again.id, lot);
    let again = store.read(async |tx| lots::by_code(tx, found.product, &code).await).await.unwrap().unwrap();
    assert_eq!(again.id, lot);
}

async fn many_sales_never_overdraw(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    // Thirteen times 90 g do not fit into 1,000 g.
    let sales = join_all((0..13).map(|_| trade.sell(&trade.farm, lot, 90))).await;
    let (done, refused): (Vec<_>, Vec<_>) = sales.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 11);
    for refusal in refused {
        match refusal.unwrap_err() {
            Error::BalanceExceeded { asked, left } => assert_eq!((asked.amount(), left.amount()), (90, 10)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(holding(&trade, lot, &trade.farm).await.amount, 10);
    balanced(&trade, lot, 1_000).await;
}

async fn many_receipts_never_exceed_the_shipment(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let shipment = trade.ship(&trade.farm, &trade.packer, lot, 500).await.unwrap().event;
    let receipts = join_all((0..9).map(|_| trade.receive(&trade.packer, shipment, 70))).await;
    assert_eq!(receipts.iter().filter(|receipt| receipt.is_ok()).count(), 7);
    assert_eq!(holding(&trade, lot, &trade.packer).await.amount, 490);
    assert!(matches!(
        trade.receive(&trade.packer, shipment, 11).await,
        Err(Error::MoreThanShipped { left, .. }) if left.amount() == 10
    ));
    trade.receive(&trade.packer, shipment, 10).await.unwrap();
    assert!(matches!(trade.receive(&trade.packer, shipment, 1).await, Err(Error::ShipmentSettled)));
    balanced(&trade, lot, 1_000).await;
}

/// What somebody tries to do, as numbers: who, what, how much, to whom.
type Wish = (u8, u8, i64, u8);

async fn wished(
    trade: &Trade,
    lot: LotId,
    shipments: &[EventId],
    (who, what, grams, whom): Wish,
) -> Option<Recorded> {
    let firms = [&trade.farm, &trade.packer, &trade.shop];
    let firm = firms[usize::from(who) % 3];
    let other = firms[usize::from(whom) % 3];
    let outcome = match what % 4 {
        0 => trade.ship(firm, other, lot, grams).await,
        1 => trade.sell(firm, lot, grams).await,
        2 => {
            let what = movement(firm, lot, grams);
            let pack = Pack { what, expires_on: None, pack_size: None, certificates: Vec::new() };
            chain::record(trade.app(), &firm.by(), Command::Pack(pack)).await
        }
        _ => match shipments.get(usize::from(whom) % shipments.len().max(1)) {
            Some(shipment) => trade.receive(firm, *shipment, grams).await,
            None => return None,
        },
    };
    match outcome {
        Ok(recorded) => Some(recorded),
        Err(Error::Store(error)) => panic!("{error:?}"),
        Err(_) => None,
    }
}

async fn whatever_happens_nothing_is_lost_or_made(on: On) {
    let trade = Trade::start(on).await;
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(206), ..Config::default() });
    let round = proptest::collection::vec((any::<u8>(), any::<u8>(), 1..400_i64, any::<u8>()), 8);
    for _ in 0..3 {
        let lot = trade.lot(1_000).await;
        let mut shipments: Vec<EventId> = Vec::new();
        for _ in 0..5 {
            let wishes: Vec<Wish> = round.new_tree(&mut runner).unwrap().current();
            let done = join_all(wishes.iter().map(|wish| wished(&trade, lot, &shipments, *wish))).await;
            for ((_, what, ..), recorded) in wishes.iter().zip(&done) {
                if let Some(recorded) = recorded.as_ref().filter(|_| what % 4 == 0) {
                    shipments.push(recorded.event);
                }
            }
            balanced(&trade, lot, 1_000).await;
        }
        assert!(!shipments.is_empty(), "nothing was ever shipped: the test tries nothing");
    }
}

async fn a_key_records_once(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let by = trade.farm.by();
    let key: EventId = trade.app().id();
    let sale = |grams| Command::Sell(movement(&trade.farm, lot, grams));
    let taps = join_all((0..6).map(|_| chain::record_once(trade.app(), &by, Some(key), sale(100)))).await;
    let taps: Vec<Recorded> = taps.into_iter().map(Result::unwrap).collect();
    assert_eq!(taps.iter().filter(|tap| !tap.repeated).count(), 1);
    assert!(taps.iter().all(|tap| tap.event == key && tap.left.unwrap().amount() == 900));
    // Another command, or another person, under the same key.
    let other = chain::record_once(trade.app(), &by, Some(key), sale(200)).await;
    assert!(matches!(other, Err(Error::KeyTaken)), "{other:?}");
    let foreign = chain::record_once(trade.app(), &trade.shop.by(), Some(key), sale(100)).await;
    assert!(matches!(foreign, Err(Error::KeyTaken)), "{foreign:?}");
    assert_eq!(holding(&trade, lot, &trade.farm).await.amount, 900);
    // A lot whose code is made gets one code, also when it is declared twice.
    let key: EventId = trade.app().id();
    let declare = || chain::record_once(trade.app(), &by, Some(key), trade.declaration(500, None));
    let (first, second) = futures_util::future::join(declare(), declare()).await;
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.lot.id, &first.lot.code), (second.lot.id, &second.lot.code));
    balanced(&trade, lot, 1_000).await;
}

async fn nothing_is_shipped_after_a_hold(on: On) {
    let trade = Trade::start(on).await;
    for _ in 0..4 {
        let lot = trade.lot(1_000).await;
        let stop = StopLot { lot, reason: Note::parse("Nghi tồn dư thuốc").unwrap() };
        let officer = By::Official(trade.officer);
        let hold = async {
            tokio::time::sleep(Duration::from_millis(3)).await;
            chain::record(trade.app(), &officer, Command::Hold(stop.clone())).await.unwrap();
            // What is in hand the moment the hold stands must still be there in the end.
            let held = holding(&trade, lot, &trade.farm).await;
            (
                held.amount,
                trade
                    .app()
                    .store
                    .read(async |tx| events::of_lot(tx, lot, END, 100).await)
                    .await
                    .unwrap()
                    .len(),
            )
        };
        let ships = join_all((0..10).map(|_| trade.ship(&trade.farm, &trade.packer, lot, 50)));
        let ((left, count), shipped) = futures_util::future::join(hold, ships).await;
        let after = trade.app().store.read(async |tx| events::of_lot(tx, lot, END, 100).await).await.unwrap();
        assert_eq!(holding(&trade, lot, &trade.farm).await.amount, left, "something left after the hold");
        assert_eq!(after.len(), count);
        for refusal in shipped.into_iter().filter_map(Result::err) {
            assert!(matches!(refusal, Error::OnHold { .. }), "{refusal:?}");
        }
        // Facts are recorded also while it is held; release opens the door again.
        let sent = after.iter().find(|(event, _)| event.step == Step::Ship).map(|(event, _)| event.id);
        if let Some(sent) = sent {
            trade.receive(&trade.packer, sent, 50).await.unwrap();
            assert!(matches!(trade.sell(&trade.packer, lot, 50).await, Err(Error::OnHold { .. })));
        }
        chain::record(trade.app(), &officer, Command::Release(stop.clone())).await.unwrap();
        trade.ship(&trade.farm, &trade.packer, lot, left).await.unwrap();
        chain::record(trade.app(), &officer, Command::Recall(stop)).await.unwrap();
        assert!(matches!(trade.sell(&trade.packer, lot, 1).await, Err(Error::Recalled { .. })));
        balanced(&trade, lot, 1_000).await;
    }
}

/// Before which all events of the tests lie.
const END: (nguongoc::kernel::Moment, uuid::Uuid) = (nguongoc::kernel::Moment::MAX, uuid::Uuid::max());

async fn a_code_is_one_lot(on: On) {
    let trade = Trade::start(on).await;
    let by = trade.farm.by();
    let declare = || chain::record(trade.app(), &by, trade.declaration(1_000, Some("HN-2611-07")));
    let tries = join_all((0..5).map(|_| declare())).await;
    assert_eq!(tries.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refusal in tries.into_iter().filter_map(Result::err) {
        assert!(matches!(refusal, Error::LotCodeTaken { .. }), "{refusal:?}");
    }
    // Codes that are made differ, and so do the short codes.
    let made = join_all((0..20).map(|_| trade.lot(1_000))).await;
    assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), 20);
}

async fn a_made_code_tells_the_day(on: On) {
    let trade = Trade::start(on).await;
    let day = Day::parse("2026-11-03").unwrap();
    for _ in 0..12 {
        let command = Command::Declare(DeclareLot {
            product: trade.farm.product,
            place: Some(trade.farm.place),
            when: Some(When::On(day)),
            quantity: Quantity::grams(1_000).unwrap(),
            code: None,
            variety: None,
            note: None,
        });
        let lot = chain::record(trade.app(), &trade.farm.by(), command).await.unwrap().lot;
        let ending = lot.code.as_str().strip_prefix("L261103-").expect("the day").to_owned();
        // No vowels, and nothing that looks like another.
        let is_plain = ending.chars().all(|c| "23456789BCDFGHKMNPRTVWXZ".contains(c));
        assert!(ending.len() == 3 && is_plain, "{}", lot.code);
    }
}

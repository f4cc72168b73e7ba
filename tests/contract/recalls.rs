//! The statements of recalls: decided once, recovered within what was there, told in order, reaching everything that was made.

use crate::support::app::{On, on_both};
use crate::support::trade::Trade;
use nguongoc::accounts::Role;
use nguongoc::chain::{self, Command, Output, Portion, Transform};
use nguongoc::events::Step;
use nguongoc::kernel::{EventId, LotId, Moment, PartyId, Quantity, RecallId};
use nguongoc::recalls::{Danger, Doer, Held, Kind, Phase, Recall, Recovery, State, Way, store};
use nguongoc::store::StoreError;
use uuid::Uuid;

on_both!(
    it_is_decided_once,
    no_more_is_recovered_than_there_was,
    everything_that_was_made_is_reached,
    a_lot_is_drawn_by_a_number,
);

fn doer(trade: &Trade) -> Doer {
    Doer { person: trade.officer.person, role: Role::Officer, party: None }
}

async fn enter(trade: &Trade, number: u128, lots: &[LotId]) -> RecallId {
    let id = RecallId::from_uuid(Uuid::from_u128(number));
    let recall = Recall {
        id,
        number: format!("TH-2026-{number:04}"),
        kind: Kind::Recall,
        state: State::Proposed,
        danger: Danger::Serious,
        way: Way::Destroy,
        reason: "Thử".into(),
        takes_back: "Chợ".into(),
        until: None,
        proposed_at: trade.app().clock.now(),
        proposed_by: doer(trade),
        decided: None,
        decision_reason: None,
        closed_at: None,
        phase: Phase::Waiting,
        told_up_to: PartyId::from_uuid(Uuid::nil()),
        reached_at: None,
        told_at: None,
        lots: 0,
        holders: 0,
        tells: true,
        seed: None,
        report: None,
        note: None,
    };
    let written = trade.app().store.write(async |tx| store::insert(tx, &recall, lots, Held::Wanted).await);
    written.await.expect("written");
    let twice = trade.app().store.write(async |tx| store::insert(tx, &recall, lots, Held::Wanted).await);
    assert!(twice.await.expect_err("the number is taken").is_unique_violation());
    id
}

async fn decide(trade: &Trade, id: RecallId) -> bool {
    let (to, at) = ((State::Decided, Phase::Reaching), trade.app().clock.now());
    let by = doer(trade);
    let decided = trade.app().store.write(async |tx| store::decide(tx, id, to, by, at, None).await);
    decided.await.expect("an outcome")
}

async fn reach(trade: &Trade, id: RecallId) {
    let now = trade.app().clock.now();
    trade
        .app()
        .store
        .write(async |tx| {
            store::begin_reach(tx, id).await?;
            let mut round = 0;
            while store::reach_further(tx, id, round).await? > 0 {
                round += 1;
            }
            store::share_out(tx, id).await?;
            store::counts(tx, id, now).await
        })
        .await
        .expect("reached");
}

async fn it_is_decided_once(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let id = enter(&trade, 1, &[lot]).await;
    let about = trade.app().store.read(async |tx| store::about(tx, lot).await).await.expect("a row");
    assert_eq!(about, Some(("TH-2026-0001".into(), State::Proposed)));
    let outcomes = futures_util::future::join_all((0..4).map(|_| decide(&trade, id))).await;
    assert_eq!(outcomes.iter().filter(|decided| **decided).count(), 1);
    let unsettled = trade.app().store.read(async |tx| store::unsettled(tx).await).await.expect("rows");
    assert_eq!(unsettled, [id]);
    // It is closed only when all are told.
    let by = trade.officer.person;
    let close = async || {
        let at = trade.app().clock.now();
        trade
            .app()
            .store
            .write(async |tx| store::close(tx, id, by, at, "{}", None).await)
            .await
            .expect("an outcome")
    };
    assert!(!close().await);
    reach(&trade, id).await;
    let nil = PartyId::from_uuid(Uuid::nil());
    let mark = async |from: PartyId, to: PartyId, ended: Option<Moment>| {
        trade
            .app()
            .store
            .write(async |tx| store::mark_told(tx, id, from, to, ended).await)
            .await
            .expect("an outcome")
    };
    assert!(mark(nil, trade.farm.party, None).await);
    assert!(!mark(nil, trade.farm.party, None).await, "another node was there first");
    assert!(mark(trade.farm.party, trade.farm.party, Some(trade.app().clock.now())).await);
    assert!(close().await && !close().await);
    let found = trade.app().store.read(async |tx| store::by_number(tx, "TH-2026-0001").await).await;
    let found = found.expect("a row").expect("a recall");
    assert_eq!((found.state, found.phase, found.lots, found.holders), (State::Closed, Phase::Told, 1, 1));
}

async fn no_more_is_recovered_than_there_was(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    trade.sell(&trade.farm, lot, 300).await.expect("sold");
    let id = enter(&trade, 1, &[lot]).await;
    decide(&trade, id).await;
    reach(&trade, id).await;
    // Sixteen at once ask for 100 g each: ten get it.
    let tries =
        (0..16_u128).map(|number| {
            let recovery = Recovery {
                id: EventId::from_uuid(Uuid::from_u128(900 + number)),
                party: trade.farm.party,
                lot,
                way: Way::Destroy,
                quantity: Quantity::grams(100).expect("an amount"),
                at: trade.app().clock.now(),
                by: trade.officer.person,
            };
            let store = trade.app().store.clone();
            async move {
                store.write(async |tx| store::recover(tx, id, &recovery).await).await.expect("an outcome")
            }
        });
    let entered = futures_util::future::join_all(tries).await;
    assert_eq!(entered.iter().filter(|done| **done).count(), 10);
    let (had, claims) = trade
        .app()
        .store
        .read(async |tx| {
            Ok::<_, StoreError>((store::had(tx, lot, trade.farm.party).await?, store::claims(tx, id).await?))
        })
        .await
        .expect("rows");
    assert_eq!((had, claims.len(), claims[0].held, claims[0].sold), (1_000, 1, 700, 300));
    assert_eq!(claims[0].ways.values().sum::<i64>(), 1_000);
}

async fn everything_that_was_made_is_reached(on: On) {
    let trade = Trade::start(on).await;
    let origin = trade.lot(10_000).await;
    let mut from = origin;
    // Six makings, one of the other.
    for step in 0..6 {
        let amount = Quantity::grams(9_000 - step * 1_000).expect("an amount");
        let output = Output { product: trade.farm.product, code: None, quantity: amount };
        let transform = Transform {
            step: Step::Wash,
            inputs: vec![Portion { lot: from, quantity: amount }],
            unknown: Vec::new(),
            unknown_outputs: Vec::new(),
            outputs: vec![output],
            node: None,
            place: Some(trade.farm.place),
            when: None,
            note: None,
        };
        let done = chain::record(trade.app(), &trade.farm.by(), Command::Transform(transform)).await;
        from = done.expect("made").lot.id;
    }
    let sent = trade.ship(&trade.farm, &trade.shop, from, 500).await.expect("sent");
    let id = enter(&trade, 1, &[origin]).await;
    decide(&trade, id).await;
    // Twice is once.
    reach(&trade, id).await;
    reach(&trade, id).await;
    let store = &trade.app().store;
    let found = store.read(async |tx| store::find(tx, id).await).await.expect("a row").expect("a recall");
    assert_eq!((found.lots, found.holders), (7, 2), "who was sent some is told of it too");
    let shares =
        store.read(async |tx| store::shares(tx, id, trade.shop.party, 10).await).await.expect("rows");
    assert_eq!((shares.len(), shares[0].lot, shares[0].held.amount()), (1, sent.lot.id, 0));
    let batch = store.read(async |tx| store::batch(tx, id, PartyId::from_uuid(Uuid::nil()), 10).await).await;
    let batch = batch.expect("rows");
    assert_eq!(batch.iter().map(|one| one.lots).sum::<i64>(), 8);
    let affected = store.read(async |tx| store::affected(tx, id, 100).await).await.expect("rows");
    assert_eq!(affected.len(), 6);
}

async fn a_lot_is_drawn_by_a_number(on: On) {
    let trade = Trade::start(on).await;
    let store = &trade.app().store;
    assert!(store.read(async |tx| store::drawn(tx, "0").await).await.expect("none").is_none());
    let lot = trade.lot(1_000).await;
    for from in ["0000000000", "9999999999"] {
        assert_eq!(store.read(async |tx| store::drawn(tx, from).await).await.expect("a lot"), Some(lot));
    }
    assert!(store.read(async |tx| store::last_drill(tx).await).await.expect("none").is_none());
}

//! The statements of recalls: decided once, recovered within what was there, told in order, reaching everything that was made.

use crate::support::app::{On, on_both};
use crate::support::chain::later;
use crate::support::trade::{Trade, movement};
use nguongoc::accounts::Role;
use nguongoc::chain::{self, Command, Output, Portion, Transform};
use nguongoc::events::Step;
use nguongoc::jobs::{self, Message};
use nguongoc::kernel::{LotId, Moment, PartyId, Quantity, RecallId};
use nguongoc::recalls::{
    self, Called, Danger, Doer, Held, Kind, Phase, Recall, RecallDraft, RecoveryDraft, State, Way, store,
};
use nguongoc::store::StoreError;
use uuid::Uuid;

on_both!(
    it_is_decided_once,
    what_comes_to_be_known_later_is_reached,
    one_that_cannot_go_on_keeps_no_other_back,
    numbers_count_each_year_and_kind,
    whom_to_call_is_told_until_somebody_knows,
    no_more_is_recovered_than_there_was,
    everything_that_was_made_is_reached,
    a_lot_is_drawn_by_a_number,
    a_closed_recall_tells_only_who_is_new,
    a_closed_recall_is_over_when_nothing_is_left_of_it,
    what_came_later_can_be_what_others_recovered,
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
            store::reach(tx, id).await?;
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
    let draft: RecoveryDraft = serde_json::from_value(serde_json::json!({
        "lot": lot, "way": "destroy", "quantity": { "amount": "100", "unit": "g" },
    }))
    .expect("a draft");
    let by = trade.farm.by();
    let tries = (0..16).map(|_| recalls::recover(trade.app(), &by, id, &draft));
    let entered = futures_util::future::join_all(tries).await;
    assert_eq!(entered.iter().filter(|done| done.is_ok()).count(), 10);
    assert!(
        entered
            .iter()
            .filter_map(|done| done.as_ref().err())
            .all(|error| matches!(error, recalls::Error::MoreThanHad { most, .. } if most.is_zero()))
    );
    let goods = trade.app().store.read(async |tx| store::goods(tx, id, None).await).await.expect("rows");
    assert_eq!((goods.len(), goods[0].hands[0].held, goods[0].hands[0].sold), (1, 700, 300));
    assert_eq!(goods[0].claims.iter().map(|claim| claim.amount).sum::<i64>(), 1_000);
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
    assert!(store.read(async |tx| store::drawn(tx, "0", None).await).await.expect("none").is_none());
    let lot = trade.lot(1_000).await;
    for from in ["0000000000", "9999999999"] {
        assert_eq!(
            store.read(async |tx| store::drawn(tx, from, None).await).await.expect("a lot"),
            Some(lot)
        );
        let (own, other) = (Some(trade.farm.party), Some(trade.shop.party));
        assert_eq!(store.read(async |tx| store::drawn(tx, from, own).await).await.expect("a lot"), Some(lot));
        assert_eq!(store.read(async |tx| store::drawn(tx, from, other).await).await.expect("none"), None);
    }
    assert!(store.read(async |tx| store::last_drill(tx, None).await).await.expect("none").is_none());
}

async fn wash(trade: &Trade, lot: LotId, grams: i64) -> LotId {
    let quantity = Quantity::grams(grams).expect("an amount");
    let transform = Transform {
        step: Step::Wash,
        inputs: vec![Portion { lot, quantity }],
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: vec![Output { product: trade.farm.product, code: None, quantity }],
        node: None,
        place: Some(trade.farm.place),
        when: None,
        note: None,
    };
    later(trade.app());
    chain::record(trade.app(), &trade.farm.by(), Command::Transform(transform)).await.expect("made").lot.id
}

async fn reached(trade: &Trade, id: RecallId) -> i64 {
    let found = trade.app().store.read(async |tx| store::find(tx, id).await).await;
    found.expect("a row").expect("a recall").lots
}

async fn what_comes_to_be_known_later_is_reached(on: On) {
    let trade = Trade::start(on).await;
    let origin = trade.lot(10_000).await;
    let first = wash(&trade, origin, 5_000).await;
    let second = wash(&trade, first, 4_000).await;
    let id = enter(&trade, 1, &[origin]).await;
    decide(&trade, id).await;
    reach(&trade, id).await;
    assert_eq!(reached(&trade, id).await, 3);
    // What was made far down, and became known only then, is found when it is looked again.
    wash(&trade, second, 1_000).await;
    let step = trade.app().store.write(async |tx| store::step(tx, id, Phase::Telling, Phase::Reaching).await);
    assert!(step.await.expect("a step"));
    reach(&trade, id).await;
    assert_eq!(reached(&trade, id).await, 4);
}

async fn one_that_cannot_go_on_keeps_no_other_back(on: On) {
    let trade = Trade::start(on).await;
    // Recalls of a lot that is nowhere, as a mended database may leave them: one proposed, one decided.
    let nowhere = LotId::from_uuid(Uuid::from_u128(0xdead));
    enter(&trade, 1, &[nowhere]).await;
    let broken = enter(&trade, 2, &[nowhere]).await;
    decide(&trade, broken).await;
    later(trade.app());
    let (good, held) = (trade.lot(1_000).await, trade.lot(1_000).await);
    let id = enter(&trade, 3, &[nowhere, good]).await;
    decide(&trade, id).await;
    enter(&trade, 4, &[nowhere, held]).await;
    for _ in 0..6 {
        let _ = recalls::carry_on(trade.app()).await;
    }
    let store = &trade.app().store;
    let lot = async |lot| store.read(async |tx| nguongoc::lots::find(tx, lot).await).await.unwrap().unwrap();
    assert!(lot(good).await.recalled.is_some(), "the lots beside one that is nowhere are recalled");
    assert!(lot(held).await.held.is_some(), "and held");
    let fifth = wash_and_recall(&trade).await;
    for _ in 0..6 {
        let _ = recalls::carry_on(trade.app()).await;
    }
    let found = store.read(async |tx| store::find(tx, fifth).await).await.unwrap().unwrap();
    assert_eq!(found.phase, Phase::Told, "its holders were told");
}

/// A decided recall with nothing wrong with it, after all others.
async fn wash_and_recall(trade: &Trade) -> RecallId {
    let origin = trade.lot(1_000).await;
    let lot = wash(trade, origin, 500).await;
    let id = enter(trade, 5, &[lot]).await;
    decide(trade, id).await;
    id
}

async fn numbers_count_each_year_and_kind(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    let official = trade.officer;
    let by = chain::By::Official(official);
    let propose = async || {
        later(app);
        let draft = RecallDraft {
            lots: trade.lot(1_000).await.to_string(),
            danger: "possible".into(),
            way: "repair".into(),
            reason: "Sai nhãn".into(),
            takes_back: "Chợ".into(),
            until: String::new(),
        };
        recalls::propose(app, &by, &draft.parse().unwrap()).await.unwrap().number
    };
    let drill = async || recalls::drill(app, &by, None, false).await.unwrap().number;
    let numbers = [propose().await, drill().await, propose().await, propose().await, drill().await];
    assert_eq!(numbers, ["TH-2026-0001", "DT-2026-0001", "TH-2026-0002", "TH-2026-0003", "DT-2026-0002"]);
    // The year is that of the calendar here, seven hours ahead of the stars.
    app.clock.set(Moment::parse("2026-12-31T16:30:00Z").unwrap());
    assert_eq!(drill().await, "DT-2026-0003");
    app.clock.set(Moment::parse("2026-12-31T17:00:00Z").unwrap());
    assert_eq!([drill().await, propose().await], ["DT-2027-0001", "TH-2027-0001"]);
}

async fn whom_to_call_is_told_until_somebody_knows(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let id = enter(&trade, 1, &[lot]).await;
    decide(&trade, id).await;
    reach(&trade, id).await;
    let store = &trade.app().store;
    let (party, person, now) = (trade.farm.party, trade.officer.person, trade.app().clock.now());
    let message = Message {
        id: recalls::message_of(id, party),
        party,
        kind: "recall_notice",
        lot: None,
        recall: Some(id),
        args: serde_json::json!({}),
        at: now,
        needs_answer: true,
    };
    let call = async |number: u128, party, outcome| {
        let call = Uuid::from_u128(number);
        let put = store.write(async |tx| store::put_call(tx, call, (id, party), outcome, person, now).await);
        put.await.expect("an outcome")
    };
    let waiting = async || {
        let nil = PartyId::from_uuid(Uuid::nil());
        let read = store.read(async |tx| {
            Ok::<_, StoreError>((store::answers(tx, id).await?, store::notices(tx, id, true, nil, 10).await?))
        });
        let (answers, readers) = read.await.expect("rows");
        ((answers.told, answers.acknowledged, answers.called, answers.waiting()), readers)
    };
    assert!(!call(1, party, Called::Reached).await, "nobody calls whom nothing was told");
    store
        .write(async |tx| {
            jobs::tell(tx, std::slice::from_ref(&message)).await?;
            store::put_notices(tx, id, &[(party, Some(message.id))], now).await
        })
        .await
        .expect("told");
    assert!(call(2, party, Called::Missed).await && call(3, party, Called::Missed).await);
    let (answers, readers) = waiting().await;
    assert_eq!((answers, readers.len(), readers[0].missed), ((1, 0, 0, 1), 1, Some((2, now))));
    assert!(call(4, party, Called::Reached).await);
    assert!(!call(5, trade.shop.party, Called::Reached).await);
    let (answers, readers) = waiting().await;
    assert_eq!((answers, readers.len()), ((1, 0, 1, 0), 0));
    // The party's own word counts before what was told by telephone.
    let answered = store.write(async |tx| jobs::answered(tx, party, message.id, person, now).await);
    assert!(answered.await.expect("answered"));
    assert_eq!(waiting().await.0, (1, 1, 0, 0));
}

/// A recall of the lot whose holders were told, and which is closed.
async fn closed(trade: &Trade, lot: LotId) -> RecallId {
    let id = enter(trade, 1, &[lot]).await;
    decide(trade, id).await;
    while recalls::carry_on(trade.app()).await.expect("carried on") > 0 {}
    let by = chain::By::Official(trade.officer);
    recalls::close(trade.app(), &by, id).await.expect("closed");
    id
}

async fn a_closed_recall_tells_only_who_is_new(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(10_000).await;
    let id = enter(&trade, 1, &[lot]).await;
    decide(&trade, id).await;
    reach(&trade, id).await;
    let store = &trade.app().store;
    let (nil, farm) = (PartyId::from_uuid(Uuid::nil()), trade.farm.party);
    let due = async || {
        let batch = store.read(async |tx| store::batch(tx, id, nil, 10).await).await.expect("rows");
        batch.iter().map(store::Batch::party).collect::<Vec<_>>()
    };
    assert_eq!(due().await, [farm]);
    let (by, now) = (trade.officer.person, trade.app().clock.now());
    let closed = store.write(async |tx| {
        store::put_notices(tx, id, &[(farm, None)], now).await?;
        store::mark_told(tx, id, nil, farm, Some(now)).await?;
        store::close(tx, id, by, now, "{}", None).await
    });
    assert!(closed.await.expect("closed"));
    assert!(due().await.is_empty(), "who was told is not told again");
    let found = async || store.read(async |tx| store::find(tx, id).await).await.unwrap().unwrap();
    assert_eq!((found().await.lots, found().await.holders), (1, 1));
    // What was made before and is told only now reaches the shop.
    let made = wash(&trade, lot, 5_000).await;
    trade.ship(&trade.farm, &trade.shop, made, 500).await.expect("sent");
    let step = store.write(async |tx| store::step(tx, id, Phase::Told, Phase::Reaching).await);
    assert!(step.await.expect("a step"));
    reach(&trade, id).await;
    assert_eq!(due().await, [trade.shop.party]);
    assert_eq!((found().await.lots, found().await.holders), (1, 1), "it stays as it was closed");
}

async fn a_closed_recall_is_over_when_nothing_is_left_of_it(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let id = closed(&trade, lot).await;
    let clock = &trade.app().clock;
    let rounds = async |days: u64| {
        clock.set(clock.now().plus(std::time::Duration::from_hours(24 * days + 1)));
        let mut rounds = 0;
        while recalls::carry_on(trade.app()).await.expect("carried on") > 0 {
            rounds += 1;
        }
        rounds
    };
    // It is sought, reached and told.
    assert_eq!((rounds(1).await, rounds(370).await, rounds(1).await), (3, 3, 3), "the farm still has it");
    let store = &trade.app().store;
    assert!(store.read(async |tx| store::somewhere(tx, id).await).await.expect("an answer"));
    later(trade.app());
    let gone = Command::Waste(movement(&trade.farm, lot, 1_000));
    chain::record(trade.app(), &trade.farm.by(), gone).await.expect("destroyed");
    assert!(!store.read(async |tx| store::somewhere(tx, id).await).await.expect("an answer"));
    assert_eq!((rounds(1).await, rounds(1).await, rounds(400).await), (1, 0, 0));
}

async fn what_came_later_can_be_what_others_recovered(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let sent = trade.ship(&trade.farm, &trade.shop, lot, 400).await.expect("sent").event;
    later(trade.app());
    let before = trade.app().clock.now();
    trade.receive(&trade.shop, sent, 400).await.expect("received");
    trade.sell(&trade.shop, lot, 100).await.expect("sold");
    let id = enter(&trade, 1, &[lot]).await;
    decide(&trade, id).await;
    reach(&trade, id).await;
    let draft: RecoveryDraft = serde_json::from_value(serde_json::json!({
        "lot": lot, "way": "destroy", "quantity": { "amount": "150", "unit": "g" },
    }))
    .expect("a draft");
    recalls::recover(trade.app(), &trade.shop.by(), id, &draft).await.expect("recovered");
    let store = &trade.app().store;
    let own = async |since, party| {
        store.read(async |tx| store::own(tx, id, since, lot, party).await).await.expect("an amount")
    };
    assert_eq!(own(before, trade.shop.party).await, Some(250));
    assert_eq!(own(before, trade.farm.party).await, Some(600));
    // Had it been sent since, it could be what the farm recovered.
    assert_eq!(own(Moment::from_micros(0), trade.shop.party).await, None);
    assert_eq!(own(Moment::from_micros(0), trade.farm.party).await, Some(600));
}

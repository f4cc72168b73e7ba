//! What stops a lot stops everything that was made of it, and nothing else: against a model that walks the graph by itself.

use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later, report, written};
use crate::support::log::told;
use crate::support::season::grams;
use crate::support::trade::{Firm, Trade, inspector, movement};
use futures_util::future::join_all;
use nguongoc::chain::{self, By, Command, Correct, Error, Output, Portion, Recorded, StopLot, Transform};
use nguongoc::events::Step;
use nguongoc::jobs;
use nguongoc::kernel::{EventId, LotId, Note};
use nguongoc::lots::{self, Stop};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

on_both!(
    a_hold_reaches_what_was_made_and_is_lifted_there,
    what_is_made_of_a_stopped_lot_is_stopped,
    an_inspector_lets_a_lot_go_and_what_was_made_of_it,
    a_party_stops_its_own_lot,
    goods_go_back_whatever_stops_them,
    a_making_that_was_wrong_stops_nothing_any_more,
    random_graphs_are_stopped_as_the_model_says,
    a_hold_and_a_making_at_the_same_moment,
);

fn stop(lot: LotId) -> StopLot {
    StopLot { lot, reason: Note::parse("Nghi nhiễm khuẩn").expect("a reason") }
}

async fn act(trade: &Trade, by: &By, command: Command) -> Recorded {
    later(trade.app());
    let done = chain::record(trade.app(), by, command).await;
    done.unwrap_or_else(|error| panic!("{error:?}"))
}

async fn stop_of(trade: &Trade, lot: LotId) -> Option<Stop> {
    let found = trade.app().store.read(async |tx| lots::find(tx, lot).await).await.unwrap();
    found.expect("the lot").stop()
}

fn making(firm: &Firm, inputs: &[(LotId, i64)], outputs: &[i64]) -> Command {
    Command::Transform(Transform {
        step: Step::Mix,
        inputs: inputs.iter().map(|(lot, amount)| Portion { lot: *lot, quantity: grams(*amount) }).collect(),
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: outputs
            .iter()
            .map(|amount| Output { product: firm.product, code: None, quantity: grams(*amount) })
            .collect(),
        node: None,
        place: Some(firm.place),
        when: None,
        note: None,
    })
}

/// A lot made of others.
async fn made(trade: &Trade, inputs: &[(LotId, i64)]) -> (LotId, EventId) {
    let sum: i64 = inputs.iter().map(|(_, amount)| amount).sum();
    let done = act(trade, &trade.farm.by(), making(&trade.farm, inputs, &[sum])).await;
    (done.lot.id, done.event)
}

/// The kinds of the messages on a firm's desk, newest first.
async fn desk(trade: &Trade, firm: &Firm) -> Vec<String> {
    let size = nguongoc::kernel::PageSize::default();
    let letters =
        trade.app().store.read(async |tx| jobs::store::desk(tx, firm.party, None, size).await).await;
    letters.unwrap().into_iter().map(|letter| letter.kind).collect()
}

async fn a_hold_reaches_what_was_made_and_is_lifted_there(on: On) {
    let trade = Trade::start(on).await;
    let root = trade.lot(1_000).await;
    let beside = trade.lot(1_000).await;
    let (child, _) = made(&trade, &[(root, 400), (beside, 100)]).await;
    let (grandchild, _) = made(&trade, &[(child, 300)]).await;
    let (stranger, _) = made(&trade, &[(beside, 100)]).await;
    trade.ship(&trade.farm, &trade.shop, grandchild, 100).await.unwrap();
    let held = act(&trade, &inspector(), Command::Hold(stop(root))).await;
    assert_eq!(held.reached.len(), 2, "{:?}", held.reached);
    for lot in [child, grandchild] {
        assert_eq!(stop_of(&trade, lot).await, Some(Stop::Upstream { recalled: false, from: root }));
        let refused = trade.sell(&trade.farm, lot, 1).await.unwrap_err();
        assert!(matches!(refused, Error::MadeOfStopped { recalled: false, .. }), "{refused:?}");
    }
    assert_eq!((stop_of(&trade, beside).await, stop_of(&trade, stranger).await), (None, None));
    assert_eq!(desk(&trade, &trade.farm).await, ["lot_held"]);
    assert_eq!(desk(&trade, &trade.shop).await, ["lot_held"]);
    assert_eq!(desk(&trade, &trade.packer).await, [""; 0]);
    act(&trade, &inspector(), Command::Release(stop(root))).await;
    for lot in [child, grandchild] {
        assert_eq!(stop_of(&trade, lot).await, None);
        trade.sell(&trade.farm, lot, 1).await.unwrap();
    }
    assert_eq!(desk(&trade, &trade.shop).await, ["lot_free", "lot_held"]);
    // A recall reaches them too, and nobody lets that pass.
    act(&trade, &By::Official(trade.officer), Command::Recall(stop(root))).await;
    assert_eq!(stop_of(&trade, grandchild).await, Some(Stop::Upstream { recalled: true, from: root }));
    let refused = chain::record(trade.app(), &inspector(), Command::Release(stop(child))).await.unwrap_err();
    assert!(matches!(refused, Error::MadeOfStopped { recalled: true, .. }), "{refused:?}");
}

async fn what_is_made_of_a_stopped_lot_is_stopped(on: On) {
    let trade = Trade::start(on).await;
    let root = trade.lot(1_000).await;
    let other = trade.lot(1_000).await;
    let (child, event) = made(&trade, &[(root, 400)]).await;
    // What a form is refused for was done all the same: it is recorded, and what came of it is stopped.
    let mut told = written(trade.app(), event).await;
    act(&trade, &inspector(), Command::Hold(stop(child))).await;
    let class = |name: &str| {
        let known = told["inputQuantityList"][0]["epcClass"].as_str().unwrap();
        format!("{}/{name}", known.rsplit_once('/').unwrap().0)
    };
    let input = told["outputQuantityList"][0]["epcClass"].clone();
    let output = class("SAU-1");
    told["eventID"] = "urn:uuid:00000000-0000-4000-8000-000000000a01".into();
    told["inputQuantityList"] = json!([{ "epcClass": input, "quantity": 0.1, "uom": "KGM" }]);
    told["outputQuantityList"] = json!([{ "epcClass": output, "quantity": 0.1, "uom": "KGM" }]);
    let reported = report(trade.app(), &trade.farm.by(), &told).await.expect("recorded");
    let after =
        trade.app().store.read(async |tx| lots::find(tx, reported.lots[1]).await).await.unwrap().unwrap();
    assert_eq!(after.code.as_str(), "SAU-1");
    assert_eq!(after.stop(), Some(Stop::Upstream { recalled: false, from: child }));
    // The correction of the making frees what was made of it, as it was not made of it.
    let correct = Correct { event: reported.event, did_not_occur: false, instead: Vec::new(), note: None };
    act(&trade, &trade.farm.by(), Command::Correct(correct)).await;
    let free = trade.app().store.read(async |tx| lots::find(tx, after.id).await).await.unwrap().unwrap();
    assert_eq!(free.upstream, None);
    assert_eq!(free.breach.as_deref(), Some("withdrawn"));
    assert_eq!(stop_of(&trade, other).await, None);
}

async fn an_inspector_lets_a_lot_go_and_what_was_made_of_it(on: On) {
    let trade = Trade::start(on).await;
    let root = trade.lot(1_000).await;
    let (left, _) = made(&trade, &[(root, 300)]).await;
    let (right, _) = made(&trade, &[(root, 300)]).await;
    let (below_left, _) = made(&trade, &[(left, 100)]).await;
    let (below_both, _) = made(&trade, &[(left, 100), (right, 100)]).await;
    act(&trade, &inspector(), Command::Hold(stop(root))).await;
    // An officer lifts holds, but lets nothing pass.
    let officer = By::Official(trade.officer);
    let refused = chain::record(trade.app(), &officer, Command::Release(stop(left))).await.unwrap_err();
    assert!(matches!(refused, Error::MadeOfStopped { .. }), "{refused:?}");
    act(&trade, &inspector(), Command::Release(stop(left))).await;
    assert_eq!((stop_of(&trade, left).await, stop_of(&trade, below_left).await), (None, None));
    assert!(stop_of(&trade, right).await.is_some() && stop_of(&trade, below_both).await.is_some());
    let (later_made, _) = made(&trade, &[(below_left, 50)]).await;
    assert_eq!(stop_of(&trade, later_made).await, None);
    // The log has what was let pass, and why.
    let subject = nguongoc::log::Subject::Lot(left);
    let entries = told(&trade.app().store, &subject).await;
    let texts: Vec<String> = entries
        .into_iter()
        .filter(|(kind, _)| kind == "override")
        .map(|(_, body)| body.to_string())
        .collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("Nghi nhiễm khuẩn") && texts[0].contains(&root.to_string()), "{texts:?}");
    // Another reason stops it anew.
    act(&trade, &officer, Command::Recall(stop(root))).await;
    assert!(stop_of(&trade, left).await.is_some() && stop_of(&trade, later_made).await.is_some());
}

async fn a_party_stops_its_own_lot(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let sent = trade.ship(&trade.farm, &trade.shop, lot, 100).await.unwrap();
    trade.receive(&trade.shop, sent.event, 100).await.unwrap();
    let refusal = async |by: &Firm, command: fn(StopLot) -> Command| {
        chain::record(trade.app(), &by.by(), command(stop(lot))).await.unwrap_err()
    };
    assert!(matches!(refusal(&trade.shop, Command::Hold).await, Error::WrongRole));
    assert!(matches!(refusal(&trade.packer, Command::Hold).await, Error::NotFound));
    act(&trade, &trade.farm.by(), Command::Hold(stop(lot))).await;
    assert!(matches!(trade.sell(&trade.shop, lot, 10).await.unwrap_err(), Error::OnHold { .. }));
    act(&trade, &trade.farm.by(), Command::Release(stop(lot))).await;
    trade.sell(&trade.shop, lot, 10).await.unwrap();
    // The authority's hold comes over the party's, and only the authority lifts it.
    act(&trade, &trade.farm.by(), Command::Hold(stop(lot))).await;
    act(&trade, &inspector(), Command::Hold(stop(lot))).await;
    assert!(matches!(refusal(&trade.farm, Command::Release).await, Error::HeldByAuthority));
    assert!(matches!(refusal(&trade.farm, Command::Hold).await, Error::HeldAlready));
    act(&trade, &inspector(), Command::Release(stop(lot))).await;
    act(&trade, &trade.farm.by(), Command::Recall(stop(lot))).await;
    assert!(matches!(refusal(&trade.farm, Command::Recall).await, Error::RecalledAlready));
}

async fn goods_go_back_whatever_stops_them(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let sent = trade.ship(&trade.farm, &trade.shop, lot, 100).await.unwrap();
    trade.receive(&trade.shop, sent.event, 100).await.unwrap();
    act(&trade, &inspector(), Command::Hold(stop(lot))).await;
    let back = |to: &Firm| {
        let what = movement(&trade.shop, lot, 40);
        Command::Ship(chain::Ship { what, to: Some(to.party), document: None, vehicle: None, back: true })
    };
    // Not to somebody whom it never came from.
    let refused = chain::record(trade.app(), &trade.shop.by(), back(&trade.packer)).await.unwrap_err();
    assert!(matches!(refused, Error::OnHold { .. }), "{refused:?}");
    act(&trade, &trade.shop.by(), back(&trade.farm)).await;
    act(&trade, &trade.shop.by(), Command::Waste(movement(&trade.shop, lot, 60))).await;
}

async fn a_making_that_was_wrong_stops_nothing_any_more(on: On) {
    let trade = Trade::start(on).await;
    let root = trade.lot(1_000).await;
    let other = trade.lot(1_000).await;
    let (child, event) = made(&trade, &[(root, 400), (other, 400)]).await;
    let (grandchild, _) = made(&trade, &[(child, 300)]).await;
    act(&trade, &inspector(), Command::Hold(stop(root))).await;
    assert_eq!(stop_of(&trade, grandchild).await, Some(Stop::Upstream { recalled: false, from: root }));
    // Not that one was made of it: what came of the other is stopped for what is wrong with it, and not for the held lot.
    let wrong = Correct { event, did_not_occur: true, instead: Vec::new(), note: None };
    act(&trade, &trade.farm.by(), Command::Correct(wrong)).await;
    let from = |stop: Option<Stop>| match stop {
        Some(Stop::Upstream { from, .. }) => Some(from),
        _ => None,
    };
    assert_ne!(from(stop_of(&trade, child).await), Some(root));
    assert_ne!(from(stop_of(&trade, grandchild).await), Some(root));
    nothing_is_stopped_for(&trade, root).await;
    follows(trade.app()).await;
}

/// No lot is stopped because it was made of this one.
async fn nothing_is_stopped_for(trade: &Trade, origin: LotId) {
    let concerned = trade.app().store.read(async |tx| lots::concerned(tx, origin).await).await.unwrap();
    let owner = concerned.iter().find(|(party, _)| *party == trade.farm.party);
    assert_eq!(owner.map(|(_, many)| *many), Some(1), "only the lot itself");
}

/// The graph as the model keeps it.
#[derive(Default)]
struct Model {
    /// What each lot was made of.
    made_of: BTreeMap<LotId, Vec<LotId>>,
    /// How much is left of it.
    left: BTreeMap<LotId, i64>,
    held: BTreeSet<LotId>,
    /// Lots that were let go, for which origin.
    let_go: BTreeSet<(LotId, LotId)>,
}

impl Model {
    fn reached(&self, origin: LotId) -> BTreeSet<LotId> {
        let mut seen = BTreeSet::from([origin]);
        loop {
            let before = seen.len();
            for (lot, inputs) in &self.made_of {
                if inputs.iter().any(|input| seen.contains(input)) && !self.let_go.contains(&(*lot, origin)) {
                    seen.insert(*lot);
                }
            }
            if seen.len() == before {
                seen.remove(&origin);
                return seen;
            }
        }
    }

    fn stopped(&self) -> BTreeSet<LotId> {
        self.held.iter().flat_map(|origin| self.reached(*origin)).chain(self.held.iter().copied()).collect()
    }
}

#[expect(clippy::too_many_lines, reason = "one story")]
async fn random_graphs_are_stopped_as_the_model_says(on: On) {
    let (seeds, wishes) = match on {
        On::Sqlite => (0..4_u64, 60),
        On::Postgres => (4..6, 40),
    };
    for seed in seeds {
        let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() });
        let trade = Trade::start(on).await;
        let mut model = Model::default();
        let mut events: Vec<(EventId, LotId)> = Vec::new();
        let (mut holds, mut refusals, mut passed) = (0, 0, 0);
        for _ in 0..wishes {
            let wish = (any::<u8>(), any::<u16>(), any::<u16>()).new_tree(&mut runner).unwrap().current();
            let all: Vec<LotId> = model.left.keys().copied().collect();
            let pick = |number: u16| all.get(usize::from(number) % all.len().max(1)).copied();
            match wish.0 % 10 {
                0 | 1 => {
                    let lot = trade.lot(1_000).await;
                    model.left.insert(lot, 1_000);
                    model.made_of.insert(lot, Vec::new());
                }
                2..=5 => {
                    let (Some(one), Some(other)) = (pick(wish.1), pick(wish.2)) else { continue };
                    let mut inputs = vec![(one, 10)];
                    if one != other {
                        inputs.push((other, 10));
                    }
                    if inputs.iter().any(|(lot, _)| model.left[lot] < 10) {
                        continue;
                    }
                    later(trade.app());
                    let sum = 10 * i64::try_from(inputs.len()).unwrap();
                    let command = making(&trade.farm, &inputs, &[sum]);
                    let done = chain::record(trade.app(), &trade.farm.by(), command).await;
                    let stopped = model.stopped();
                    assert_eq!(
                        done.is_err(),
                        inputs.iter().any(|(lot, _)| stopped.contains(lot)),
                        "seed {seed}"
                    );
                    let Ok(done) = done else {
                        refusals += 1;
                        continue;
                    };
                    for (lot, amount) in &inputs {
                        *model.left.get_mut(lot).unwrap() -= amount;
                    }
                    model.left.insert(done.lot.id, sum);
                    model.made_of.insert(done.lot.id, inputs.iter().map(|(lot, _)| *lot).collect());
                    events.push((done.event, done.lot.id));
                }
                6 | 7 => {
                    let Some(lot) = pick(wish.1) else { continue };
                    let done = chain::record(trade.app(), &inspector(), Command::Hold(stop(lot))).await;
                    assert_eq!(done.is_ok(), model.held.insert(lot));
                    // Another reason: what was let go for it is stopped again.
                    if done.is_ok() {
                        holds += 1;
                        model.let_go.retain(|(_, origin)| *origin != lot);
                    }
                }
                8 => {
                    let Some(lot) = pick(wish.1) else { continue };
                    let over: Vec<LotId> = model
                        .held
                        .iter()
                        .filter(|held| model.reached(**held).contains(&lot))
                        .copied()
                        .collect();
                    let done = chain::record(trade.app(), &inspector(), Command::Release(stop(lot))).await;
                    let held = model.held.remove(&lot);
                    assert_eq!(done.is_ok(), held || !over.is_empty(), "seed {seed}: {done:?}");
                    passed += over.len();
                    model.let_go.extend(over.into_iter().map(|origin| (lot, origin)));
                    if held {
                        model.let_go.retain(|(_, origin)| *origin != lot);
                    }
                }
                _ => {
                    // The last making of which nothing was made yet is declared wrong.
                    let unused = |(_, lot): &(EventId, LotId)| {
                        !model.made_of.values().any(|inputs| inputs.contains(lot))
                    };
                    let Some(at) = events.iter().rposition(unused) else { continue };
                    let (event, lot) = events.remove(at);
                    let wrong = Correct { event, did_not_occur: true, instead: Vec::new(), note: None };
                    act(&trade, &trade.farm.by(), Command::Correct(wrong)).await;
                    for input in model.made_of.remove(&lot).unwrap() {
                        *model.left.get_mut(&input).unwrap() += 10;
                    }
                    model.left.remove(&lot);
                    model.held.remove(&lot);
                }
            }
            let stopped = model.stopped();
            for lot in model.left.keys() {
                let now = stop_of(&trade, *lot).await;
                assert_eq!(now.is_some(), stopped.contains(lot), "seed {seed}: {lot} {now:?}");
            }
        }
        println!(
            "seed {seed}: {} lots, {holds} holds, {refusals} refused, {passed} let pass",
            model.left.len()
        );
    }
}

async fn a_hold_and_a_making_at_the_same_moment(on: On) {
    for round in 0..6 {
        let trade = Trade::start(on).await;
        let root = trade.lot(1_000).await;
        let (child, _) = made(&trade, &[(root, 500)]).await;
        let inspector = inspector();
        let hold = async {
            chain::record(trade.app(), &inspector, Command::Hold(stop(root))).await.unwrap();
        };
        let farm = trade.farm.by();
        let makings = (0..4).map(|_| async {
            let done = chain::record(trade.app(), &farm, making(&trade.farm, &[(child, 50)], &[50])).await;
            done.ok().map(|done| done.lot.id)
        });
        let ((), lots) = futures_util::join!(hold, join_all(makings));
        for lot in lots.into_iter().flatten() {
            let now = stop_of(&trade, lot).await;
            assert_eq!(now, Some(Stop::Upstream { recalled: false, from: root }), "round {round}");
        }
    }
}

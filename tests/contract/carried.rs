//! What stops a lot reaches what was made of it also where it went in as a single pack, in a case, or in a case on a pallet; and nothing that was
//! made of the same case at another time. A hold comes through however many sell what it reaches.

use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later, report};
use crate::support::season::{CASES, grams};
use crate::support::trade::{Firm, Trade, inspector, movement, product};
use nguongoc::chain::{
    self, Casing, Command, Correct, Goods, Move, Outcome, Output, Portion, StopLot, Transform,
};
use nguongoc::events::{self, Step};
use nguongoc::kernel::{EventId, LotId, Note, Unit};
use nguongoc::lots::{self, Stop};
use nguongoc::store::Store;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

on_both!(
    a_hold_reaches_what_was_made_of_a_pallet,
    what_is_made_of_a_pallet_later_is_stopped_too,
    a_hold_reaches_what_was_made_of_single_packs,
    a_hold_comes_through_a_crowd,
);

/// The classes of lots of the product with this GTIN.
const CLASS: &str = "https://id.gs1.org/01/09521234543213/10/";

struct Farm {
    trade: Trade,
    events: AtomicU32,
}

impl Farm {
    async fn start(on: On) -> Self {
        let trade = Trade::start(on).await;
        let member = trade.farm.member;
        product(&trade.registry, &member, "Rau muống", Unit::Gram, Some("09521234543213")).await;
        Self { trade, events: AtomicU32::new(1) }
    }

    /// Something is made, as a program tells it, of what `inputs` says, into half a kilogram of the lot `output`.
    async fn make(&self, inputs: Value, output: &str) -> (LotId, EventId) {
        let number = self.events.fetch_add(1, Ordering::SeqCst);
        let place =
            self.trade.app().store.read(async |tx| nguongoc::places::place(tx, self.trade.farm.place).await);
        let place = events::uri::place("demo.example.vn", &place.await.unwrap().unwrap());
        let mut event = json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "TransformationEvent", "eventID": format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{number:012}"),
            "eventTime": later(self.trade.app()).to_rfc3339(), "eventTimeZoneOffset": "+07:00",
            "readPoint": { "id": place }, "bizLocation": { "id": place },
            "outputQuantityList": [{ "epcClass": format!("{CLASS}{output}"), "quantity": 0.5, "uom": "KGM" }],
        });
        for (name, value) in inputs.as_object().unwrap() {
            event[name] = value.clone();
        }
        let reported = report(self.trade.app(), &self.trade.farm.by(), &event).await;
        let reported = reported.unwrap_or_else(|error| panic!("{error}: {event:#}"));
        assert!(matches!(reported.outcome, Outcome::Recorded | Outcome::Held(_)), "{reported:?}");
        let name = format!("01/09521234543213/10/{output}");
        let thing = self.trade.app().store.read(async |tx| events::by_name(tx, &name).await).await.unwrap();
        (thing.unwrap_or_else(|| panic!("nothing is called {name}")).id.as_lot(), reported.event)
    }

    async fn act(&self, command: Command) -> EventId {
        later(self.trade.app());
        let done = chain::record(self.trade.app(), &self.trade.farm.by(), command).await;
        done.unwrap_or_else(|error| panic!("{error:?}")).event
    }

    async fn fill(&self, case: &str, lots: &[(LotId, i64)], cases: &[&str]) -> EventId {
        self.act(Command::Aggregate(casing(&self.trade.farm, case, lots, cases))).await
    }

    async fn hold(&self, lot: LotId) {
        later(self.trade.app());
        chain::record(self.trade.app(), &inspector(), Command::Hold(stop(lot))).await.unwrap();
    }

    async fn release(&self, lot: LotId) {
        later(self.trade.app());
        chain::record(self.trade.app(), &inspector(), Command::Release(stop(lot))).await.unwrap();
    }

    /// Whether a lot is stopped because `origin` is, which it was made of. What was made of a case is stopped for itself too: how much went in is
    /// not told.
    async fn stops(&self, origin: LotId, lot: LotId) -> bool {
        let text = "SELECT COUNT(*) FROM inherited_stop s JOIN lot l ON l.id = s.thing_id \
             WHERE s.origin_id = $1 AND s.thing_id = $2 AND s.overridden_by IS NULL AND l.upstream IS NOT NULL";
        let (origin, lot) = (origin.as_uuid(), lot.as_uuid());
        let rows: i64 = match &self.trade.app().store {
            Store::Sqlite { readers, .. } => {
                sqlx::query_scalar(text).bind(origin).bind(lot).fetch_one(readers).await.unwrap()
            }
            Store::Postgres { pool, .. } => {
                sqlx::query_scalar(text).bind(origin).bind(lot).fetch_one(pool).await.unwrap()
            }
        };
        rows == 1
    }
}

fn stop(lot: LotId) -> StopLot {
    StopLot { lot, reason: Note::parse("Nghi nhiễm khuẩn").unwrap() }
}

fn casing(firm: &Firm, case: &str, lots: &[(LotId, i64)], cases: &[&str]) -> Casing {
    let lots = lots.iter().map(|(lot, amount)| Portion { lot: *lot, quantity: grams(*amount) }).collect();
    let cases = cases.iter().map(|case| (*case).to_owned()).collect();
    let what = Move { goods: Goods { lots, cases }, place: Some(firm.place), when: None, note: None };
    Casing { case: case.to_owned(), what }
}

fn sscc(case: &str) -> String {
    format!("https://id.gs1.org/{case}")
}

async fn a_hold_reaches_what_was_made_of_a_pallet(on: On) {
    let farm = Farm::start(on).await;
    let (a, b) = (farm.trade.lot(1_000).await, farm.trade.lot(1_000).await);
    let filled = farm.fill(CASES[0], &[(a, 400)], &[]).await;
    farm.fill(CASES[1], &[], &[CASES[0]]).await;
    let (of_pallet, _) = farm.make(json!({ "inputEPCList": [sscc(CASES[1])] }), "P1").await;
    let input = json!([{ "epcClass": format!("{CLASS}P1"), "quantity": 0.1, "uom": "KGM" }]);
    let (below, _) = farm.make(json!({ "inputQuantityList": input }), "P2").await;
    let both = async |origin| (farm.stops(origin, of_pallet).await, farm.stops(origin, below).await);
    farm.hold(a).await;
    assert_eq!(both(a).await, (true, true));
    farm.release(a).await;
    assert_eq!(both(a).await, (false, false));
    // The pallet is taken apart, the case emptied and filled with something else: what is made of it then was never made of the first.
    farm.act(Command::Disaggregate(casing(&farm.trade.farm, CASES[1], &[], &[CASES[0]]))).await;
    farm.act(Command::Disaggregate(casing(&farm.trade.farm, CASES[0], &[(a, 400)], &[]))).await;
    farm.fill(CASES[0], &[(b, 300)], &[]).await;
    let (of_other, _) = farm.make(json!({ "inputEPCList": [sscc(CASES[0])] }), "P3").await;
    farm.hold(a).await;
    assert_eq!((both(a).await, farm.stops(a, of_other).await), ((true, true), false));
    farm.hold(b).await;
    assert_eq!((both(b).await, farm.stops(b, of_other).await), ((false, false), true));
    let stopped = farm.trade.app().store.read(async |tx| lots::stopped_for(tx, a).await).await.unwrap();
    assert_eq!(stopped, [of_pallet, below]);
    follows(farm.trade.app()).await;
    // It never lay in that case: what was made of the pallet was not made of it.
    let wrong = Correct { event: filled, did_not_occur: true, instead: Vec::new(), note: None };
    farm.act(Command::Correct(wrong)).await;
    assert_eq!((both(a).await, farm.stops(b, of_other).await), ((false, false), true));
}

async fn what_is_made_of_a_pallet_later_is_stopped_too(on: On) {
    let farm = Farm::start(on).await;
    let a = farm.trade.lot(1_000).await;
    farm.fill(CASES[0], &[(a, 400)], &[]).await;
    farm.fill(CASES[1], &[], &[CASES[0]]).await;
    farm.hold(a).await;
    let (made, event) = farm.make(json!({ "inputEPCList": [sscc(CASES[1])] }), "S1").await;
    assert!(farm.stops(a, made).await);
    let wrong = Correct { event, did_not_occur: true, instead: Vec::new(), note: None };
    farm.act(Command::Correct(wrong)).await;
    assert!(!farm.stops(a, made).await);
    follows(farm.trade.app()).await;
}

async fn a_hold_reaches_what_was_made_of_single_packs(on: On) {
    let farm = Farm::start(on).await;
    let first = farm.trade.lot(1_000).await;
    // A lot with a GTIN of its own, of which single packs can be named.
    let input = json!([{ "epcClass": class_of(&farm, first).await, "quantity": 0.5, "uom": "KGM" }]);
    let (a, _) = farm.make(json!({ "inputQuantityList": input }), "A").await;
    let pack = |serial: u32| format!("{CLASS}A/21/{serial}");
    let (of_packs, _) = farm.make(json!({ "inputEPCList": [pack(7), pack(8)] }), "U1").await;
    farm.hold(first).await;
    assert_eq!((farm.stops(first, a).await, farm.stops(first, of_packs).await), (true, true));
    let (later_made, _) = farm.make(json!({ "inputEPCList": [pack(9)] }), "U2").await;
    assert!(farm.stops(first, later_made).await);
    farm.release(first).await;
    assert_eq!((farm.stops(first, of_packs).await, farm.stops(first, later_made).await), (false, false));
    follows(farm.trade.app()).await;
}

/// What events name a lot by.
async fn class_of(farm: &Farm, lot: LotId) -> String {
    let thing = farm.trade.app().store.read(async |tx| events::thing(tx, lot.into()).await).await.unwrap();
    events::uri::named("demo.example.vn", &thing.expect("a thing").name)
}

/// Lots that come of one, and hands that sell them.
const BELOW: usize = 240;
const SELLERS: usize = 6;

async fn a_hold_comes_through_a_crowd(on: On) {
    let trade = Trade::start(on).await;
    let root = trade.lot(10_000_000).await;
    let farm = trade.farm.by();
    let mut below = Vec::new();
    for _ in 0..BELOW / 40 {
        later(trade.app());
        let outputs =
            (0..40).map(|_| Output { product: trade.farm.product, code: None, quantity: grams(40_000) });
        let made = Transform {
            step: Step::Split,
            inputs: vec![Portion { lot: root, quantity: grams(1_600_000) }],
            unknown: Vec::new(),
            unknown_outputs: Vec::new(),
            outputs: outputs.collect(),
            node: None,
            place: Some(trade.farm.place),
            when: None,
            note: None,
        };
        let done = chain::record(trade.app(), &farm, Command::Transform(made)).await.expect("split");
        below.extend(done.lots.into_iter().filter(|lot| *lot != root));
    }
    assert_eq!(below.len(), BELOW);
    let (ended, sold) = (AtomicBool::new(false), AtomicU32::new(0));
    let (below, ended, sold, trade, farm) = (&below, &ended, &sold, &trade, &farm);
    let sellers = (0..SELLERS).map(|seller| async move {
        let mut turn = seller;
        while !ended.load(Ordering::SeqCst) {
            let lot = below[turn % BELOW];
            turn += 7;
            let sale = Command::Sell(movement(&trade.farm, lot, 1));
            if chain::record(trade.app(), farm, sale).await.is_ok() {
                sold.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let hold = async {
        while sold.load(Ordering::SeqCst) < 20 {
            actix_web::rt::time::sleep(Duration::from_millis(2)).await;
        }
        let done = chain::record(trade.app(), &inspector(), Command::Hold(stop(root))).await;
        let after = sold.load(Ordering::SeqCst);
        ended.store(true, Ordering::SeqCst);
        (done, after)
    };
    let ((done, _), _) = futures_util::join!(hold, futures_util::future::join_all(sellers));
    assert_eq!(done.expect("held, whoever sells").reached.len(), BELOW);
    for lot in below {
        let now = trade.app().store.read(async |tx| lots::find(tx, *lot).await).await.unwrap().unwrap();
        assert_eq!(now.stop(), Some(Stop::Upstream { recalled: false, from: root }));
        assert!(trade.sell(&trade.farm, *lot, 1).await.is_err());
    }
}

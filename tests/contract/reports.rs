//! Reported facts: the same acts told as EPCIS events have the effects that the forms had, in whatever order they come; what a form
//! would be refused for holds the lot; and nobody tells another's acts.

mod known;

use crate::support::app::{On, on_both};
use crate::support::chain::{Accounts, follows, later, report, sums_are_kept, twin, written};
use crate::support::season::{Season, Wish, firms};
use crate::support::trade::{Firm, Trade, inspector, movement, product};
use nguongoc::chain::{self, By, Command, Outcome, ReportError, Reported, StopLot};
use nguongoc::events;
use nguongoc::kernel::{LotId, Note, Unit};
use nguongoc::lots;
use nguongoc::places;
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use std::fmt::Write as _;

on_both!(
    told_in_any_order_the_accounts_are_those_of_the_forms,
    what_a_form_is_refused_for_holds_the_lot,
    nobody_tells_anothers_acts,
    one_event_is_told_once,
    a_declaration_may_come_before_its_event,
    a_receipt_waits_for_its_shipment,
    a_lot_may_be_registered_after_its_events,
    a_transformation_in_two_events_of_what_is_not_known,
    a_transformation_in_several_events_is_weighed_whole,
    a_circle_is_no_history,
);

/// A season of random acts by forms, and what was written of each: by whom, and the event.
async fn season(trade: &Trade, runner: &mut TestRunner, wishes: usize) -> (Season, Vec<(usize, Value)>) {
    let strategy = (any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>(), any::<u8>(), any::<u8>());
    let mut season = Season::default();
    for _ in 0..wishes {
        let wish: Wish = strategy.new_tree(runner).unwrap().current();
        season.wish(trade, wish).await;
    }
    let mut told = Vec::new();
    for (who, event) in &season.done {
        told.push((*who, written(trade.app(), *event).await));
    }
    (season, told)
}

async fn told_in_any_order_the_accounts_are_those_of_the_forms(on: On) {
    let (first, rounds, wishes) = match on {
        On::Sqlite => (10_u64, 3_u64, 80),
        On::Postgres => (10, 1, 40),
    };
    for round in first..first + rounds {
        let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(round), ..Config::default() });
        let forms = Trade::start(on).await;
        let (season, told) = season(&forms, &mut runner, wishes).await;
        sums_are_kept(&forms.app().store).await;
        let expected = Accounts::of(&forms.app().store).await;
        println!("round {round}: {} acts, refused {:?}", told.len(), season.refused);
        assert!(told.len() > 8, "too little happened");
        for (n, order) in orders(&mut runner, told.len()).into_iter().enumerate() {
            let other = twin(on, &forms).await;
            other.app().clock.set(forms.app().clock.now());
            for position in &order {
                let (who, event) = &told[*position];
                later(other.app());
                let by = firms(&other)[*who].by();
                let outcome = report(other.app(), &by, event).await;
                let outcome =
                    outcome.unwrap_or_else(|error| panic!("round {round}, order {n}: {error}: {event:#}"));
                assert_ne!(outcome.outcome, Outcome::Repeated);
            }
            sums_are_kept(&other.app().store).await;
            let found = Accounts::of(&other.app().store).await;
            same(&expected, &found, &format!("round {round}, order {n}"));
        }
    }
}

/// As it happened, backwards, and at random.
fn orders(runner: &mut TestRunner, count: usize) -> Vec<Vec<usize>> {
    let forwards: Vec<usize> = (0..count).collect();
    let backwards = (0..count).rev().collect();
    let random =
        proptest::strategy::Just(forwards.clone()).prop_shuffle().new_tree(runner).unwrap().current();
    vec![forwards, backwards, random]
}

#[track_caller]
fn same(expected: &Accounts, found: &Accounts, which: &str) {
    let pairs = [
        ("holdings", &expected.holdings, &found.holdings),
        ("shipments", &expected.shipments, &found.shipments),
        ("lineage", &expected.lineage, &found.lineage),
        ("containment", &expected.containment, &found.containment),
        ("parked", &expected.parked, &found.parked),
        ("breaches", &expected.breaches, &found.breaches),
        ("lots", &expected.stopped, &found.stopped),
    ];
    let mut wrong = String::new();
    for (what, expected, found) in pairs {
        let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
        let surplus: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
        if !missing.is_empty() || !surplus.is_empty() {
            writeln!(wrong, "{what}: missing {missing:#?}, surplus {surplus:#?}").expect("a text takes it");
        }
    }
    assert!(wrong.is_empty(), "{which}:\n{wrong}");
}

/// What a firm's program tells: events of its own making, each an hour after the one before.
struct Teller<'a> {
    trade: &'a Trade,
    firm: &'a Firm,
    place: String,
}

impl<'a> Teller<'a> {
    async fn of(trade: &'a Trade, firm: &'a Firm) -> Self {
        let place = trade.app().store.read(async |tx| places::place(tx, firm.place).await).await;
        let place = events::uri::place("demo.example.vn", &place.unwrap().unwrap());
        Self { trade, firm, place }
    }

    /// An event of a step about so many kilograms of a class.
    fn event(&self, number: u32, action: &str, step: &str, class: &str, kilograms: f64) -> Value {
        json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "ObjectEvent", "eventID": format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{number:012}"),
            "action": action, "bizStep": step, "eventTime": later(self.trade.app()).to_rfc3339(),
            "eventTimeZoneOffset": "+07:00", "readPoint": { "id": self.place },
            "quantityList": [{ "epcClass": class, "quantity": kilograms, "uom": "KGM" }],
        })
    }

    fn transformation(&self, number: u32, inputs: &[(&str, f64)], outputs: &[(&str, f64)]) -> Value {
        let mut event = self.event(number, "ADD", "commissioning", "urn:x:y", 1.0);
        let list = |side: &[(&str, f64)]| {
            let one = |(class, amount): &(&str, f64)| json!({ "epcClass": class, "quantity": amount, "uom": "KGM" });
            Value::from(side.iter().map(one).collect::<Vec<_>>())
        };
        let members = event.as_object_mut().unwrap();
        for gone in ["action", "bizStep", "quantityList"] {
            members.remove(gone);
        }
        event["type"] = "TransformationEvent".into();
        if !inputs.is_empty() {
            event["inputQuantityList"] = list(inputs);
        }
        if !outputs.is_empty() {
            event["outputQuantityList"] = list(outputs);
        }
        event
    }

    async fn try_tell(&self, event: &Value) -> Result<Reported, ReportError> {
        report(self.trade.app(), &self.firm.by(), event).await
    }

    async fn tell(&self, event: &Value) -> Outcome {
        let outcome = self.try_tell(event).await;
        outcome.unwrap_or_else(|error| panic!("{error}: {event:#}")).outcome
    }

    async fn refused(&self, event: &Value) -> &'static str {
        match self.try_tell(event).await {
            Err(ReportError::Refused(problem)) => problem.code,
            other => panic!("{other:?}: {event:#}"),
        }
    }

    async fn left(&self, lot: LotId) -> (i64, i64) {
        let held =
            self.trade.app().store.read(async |tx| lots::holding(tx, lot, self.firm.party).await).await;
        let held = held.unwrap().unwrap_or_default();
        (held.amount, held.short)
    }
}

/// A product of the farm with a GTIN, and the class of a lot of it.
async fn greens(trade: &Trade) -> String {
    let member = &trade.farm.member;
    product(&trade.registry, member, "Rau muống", Unit::Gram, Some("09521234543213")).await;
    "https://id.gs1.org/01/09521234543213/10/".to_owned()
}

async fn lot_named(trade: &Trade, name: &str) -> LotId {
    let thing = trade.app().store.read(async |tx| events::by_name(tx, name).await).await.unwrap();
    thing.unwrap_or_else(|| panic!("nothing is called {name}")).id.as_lot()
}

async fn what_a_form_is_refused_for_holds_the_lot(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await + "A";
    let farm = Teller::of(&trade, &trade.farm).await;
    assert_eq!(farm.tell(&farm.event(1, "ADD", "commissioning", &class, 10.0)).await, Outcome::Recorded);
    let lot = lot_named(&trade, "01/09521234543213/10/A").await;
    assert_eq!(farm.left(lot).await, (10_000, 0));
    // More sold than there is: counted as it was told, and the lot is held.
    let sale = farm.event(2, "OBSERVE", "retail_selling", &class, 12.5);
    assert_eq!(farm.tell(&sale).await, Outcome::Held(vec!["overdrawn".into()]));
    assert_eq!(farm.left(lot).await, (0, 2_500));
    let form =
        chain::record(trade.app(), &trade.farm.by(), Command::Sell(movement(&trade.farm, lot, 1))).await;
    assert!(matches!(form, Err(chain::Error::Breached { .. })), "{form:?}");
    // What is overdrawn is not let go; a further harvest makes it right.
    let stop = StopLot { lot, reason: Note::parse("Nghi vấn").unwrap() };
    let officer = By::Official(trade.officer);
    let release = chain::record(trade.app(), &officer, Command::Release(stop.clone())).await;
    assert!(matches!(release, Err(chain::Error::Breached { .. })), "{release:?}");
    assert_eq!(farm.tell(&farm.event(3, "ADD", "commissioning", &class, 10.0)).await, Outcome::Recorded);
    assert_eq!(farm.left(lot).await, (7_500, 0));
    // Released while it was held: told all the same, and held for that also afterwards, until an inspector lets it pass.
    chain::record(trade.app(), &officer, Command::Hold(stop.clone())).await.unwrap();
    let sale = farm.event(4, "OBSERVE", "retail_selling", &class, 1.0);
    assert_eq!(farm.tell(&sale).await, Outcome::Held(vec!["released_on_hold".into()]));
    assert_eq!(farm.left(lot).await, (6_500, 0));
    chain::record(trade.app(), &inspector(), Command::Release(stop)).await.unwrap();
    assert_eq!(farm.tell(&farm.event(5, "OBSERVE", "retail_selling", &class, 1.0)).await, Outcome::Recorded);
    // In another unit it moves nothing.
    let mut pieces = farm.event(6, "OBSERVE", "retail_selling", &class, 3.0);
    pieces["quantityList"][0].as_object_mut().unwrap().remove("uom");
    assert_eq!(farm.tell(&pieces).await, Outcome::Held(vec!["wrong_unit".into()]));
    assert_eq!(farm.left(lot).await, (5_500, 0));
    sums_are_kept(&trade.app().store).await;
}

async fn nobody_tells_anothers_acts(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await + "A";
    let (farm, shop) = (Teller::of(&trade, &trade.farm).await, Teller::of(&trade, &trade.shop).await);
    farm.tell(&farm.event(1, "ADD", "commissioning", &class, 10.0)).await;
    let lot = lot_named(&trade, "01/09521234543213/10/A").await;
    let before = Accounts::of(&trade.app().store).await;
    let foreign = farm.event(2, "OBSERVE", "retail_selling", &class, 1.0);
    assert_eq!(shop.refused(&foreign).await, "read_point_not_yours");
    let party = |firm: &Firm| format!("urn:nguongoc:party:{}", firm.party);
    let mut sent = shop.event(3, "OBSERVE", "shipping", &class, 1.0);
    sent["sourceList"] = json!([{ "type": "owning_party", "source": party(&trade.farm) }]);
    assert_eq!(shop.refused(&sent).await, "source_not_you");
    let mut received = shop.event(4, "OBSERVE", "receiving", &class, 1.0);
    received["destinationList"] = json!([{ "type": "owning_party", "destination": party(&trade.farm) }]);
    assert_eq!(shop.refused(&received).await, "destination_not_you");
    let mut ahead = shop.event(5, "OBSERVE", "retail_selling", &class, 1.0);
    ahead["eventTime"] = "2030-01-01T00:00:00Z".into();
    assert_eq!(shop.refused(&ahead).await, "event_ahead");
    // Of goods that never came to it: it waits, and whoever has them is not disturbed.
    let sale = shop.event(6, "OBSERVE", "retail_selling", &class, 1.0);
    assert_eq!(shop.tell(&sale).await, Outcome::Parked("shipment"));
    let mut boxed = shop.event(7, "ADD", "packing", &class, 1.0);
    let members = boxed.as_object_mut().unwrap();
    let children = members.remove("quantityList").unwrap();
    members.insert("childQuantityList".into(), children);
    members.insert("parentID".into(), "https://id.gs1.org/00/195212340000000010".into());
    members.insert("type".into(), "AggregationEvent".into());
    assert_eq!(shop.tell(&boxed).await, Outcome::Parked("shipment"));
    // It makes no lot of another's product, gives another's lot no ancestors, and does not speak for the authority.
    shop.tell(&shop.event(8, "ADD", "commissioning", &class, 5.0)).await;
    shop.tell(&shop.transformation(9, &[("urn:x:unknown", 5.0)], &[(class.as_str(), 5.0)])).await;
    let mut recall = shop.event(10, "OBSERVE", "inspecting", &class, 1.0);
    recall["ng:step"] = "recall".into();
    recall["@context"] = json!(["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", { "ng": "urn:nguongoc:voc:" }]);
    shop.tell(&recall).await;
    let steps = trade.app().store.read(async |tx| {
        let mut steps = Vec::new();
        for id in events::of_thing(tx, lot.into()).await? {
            steps.extend(events::event(tx, id).await?.map(|event| event.step));
        }
        Ok::<_, nguongoc::store::StoreError>(steps)
    });
    assert!(!steps.await.unwrap().contains(&events::Step::Recall));
    let after = Accounts::of(&trade.app().store).await;
    assert_eq!(
        (&before.holdings, &before.stopped, &before.breaches),
        (&after.holdings, &after.stopped, &after.breaches)
    );
    assert!(after.lineage.iter().all(|row| !row.contains("09521234543213")), "{:?}", after.lineage);
    assert!(after.containment.is_empty(), "{:?}", after.containment);
    // A declaration that another's event is wrong has no effect, whenever it comes.
    let mut declared = shop.event(11, "OBSERVE", "retail_selling", &class, 2.0);
    declared["errorDeclaration"] =
        json!({ "declarationTime": "2026-11-23T01:00:00Z", "reason": "did_not_occur" });
    assert_eq!(shop.tell(&declared).await, Outcome::Parked("event"));
    let mut sale = declared.clone();
    sale.as_object_mut().unwrap().remove("errorDeclaration");
    sale["readPoint"] = json!({ "id": farm.place });
    assert_eq!(farm.tell(&sale).await, Outcome::Recorded);
    assert_eq!(farm.left(lot).await, (8_000, 0));
    let mut declared = farm.event(12, "OBSERVE", "retail_selling", &class, 1.0);
    farm.tell(&declared).await;
    declared["errorDeclaration"] =
        json!({ "declarationTime": "2026-11-23T01:00:00Z", "reason": "did_not_occur" });
    declared["readPoint"] = json!({ "id": shop.place });
    assert_eq!(shop.refused(&declared).await, "event_not_yours");
}

async fn one_event_is_told_once(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await + "A";
    let farm = Teller::of(&trade, &trade.farm).await;
    let harvest = farm.event(1, "ADD", "commissioning", &class, 10.0);
    assert_eq!(farm.tell(&harvest).await, Outcome::Recorded);
    assert_eq!(farm.tell(&harvest).await, Outcome::Repeated);
    let mut other = harvest.clone();
    other["quantityList"][0]["quantity"] = 11.into();
    assert_eq!(farm.refused(&other).await, "event_id_taken");
    // Without an id the content is the id.
    let mut sale = farm.event(2, "OBSERVE", "retail_selling", &class, 1.0);
    sale.as_object_mut().unwrap().remove("eventID");
    assert_eq!(farm.tell(&sale).await, Outcome::Recorded);
    assert_eq!(farm.tell(&sale).await, Outcome::Repeated);
    let lot = lot_named(&trade, "01/09521234543213/10/A").await;
    assert_eq!(farm.left(lot).await, (9_000, 0));
}

async fn a_declaration_may_come_before_its_event(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await + "A";
    let farm = Teller::of(&trade, &trade.farm).await;
    farm.tell(&farm.event(1, "ADD", "commissioning", &class, 10.0)).await;
    let lot = lot_named(&trade, "01/09521234543213/10/A").await;
    for (number, before) in [(2, true), (3, false)] {
        let sale = farm.event(number, "OBSERVE", "retail_selling", &class, 4.0);
        let mut declared = sale.clone();
        declared["errorDeclaration"] =
            json!({ "declarationTime": "2026-11-23T01:00:00Z", "reason": "incorrect_data" });
        if before {
            assert_eq!(farm.tell(&declared).await, Outcome::Parked("event"));
            assert_eq!(farm.tell(&sale).await, Outcome::Recorded);
        } else {
            assert_eq!(farm.tell(&sale).await, Outcome::Recorded);
            assert_eq!(farm.left(lot).await, (6_000, 0));
            assert_eq!(farm.tell(&declared).await, Outcome::Recorded);
        }
        assert_eq!(farm.tell(&declared).await, Outcome::Repeated);
        assert_eq!(farm.left(lot).await, (10_000, 0));
    }
    assert!(Accounts::of(&trade.app().store).await.parked.is_empty());
    // It repeats its event, and no other one.
    let sale = farm.event(4, "OBSERVE", "retail_selling", &class, 4.0);
    farm.tell(&sale).await;
    let mut declared = sale;
    declared["quantityList"][0]["quantity"] = 5.into();
    declared["errorDeclaration"] = json!({ "declarationTime": "2026-11-23T01:00:00Z" });
    assert_eq!(farm.refused(&declared).await, "declaration_differs");
}

async fn a_receipt_waits_for_its_shipment(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await + "A";
    let (farm, shop) = (Teller::of(&trade, &trade.farm).await, Teller::of(&trade, &trade.shop).await);
    let harvest = farm.event(1, "ADD", "commissioning", &class, 10.0);
    let ends = |mut event: Value| {
        event["sourceList"] =
            json!([{ "type": "owning_party", "source": format!("urn:nguongoc:party:{}", trade.farm.party) }]);
        event["destinationList"] = json!([{ "type": "owning_party", "destination": format!("urn:nguongoc:party:{}", trade.shop.party) }]);
        event
    };
    let shipped = ends(farm.event(2, "OBSERVE", "shipping", &class, 6.0));
    let received = ends(shop.event(3, "OBSERVE", "receiving", &class, 6.0));
    let sold = shop.event(4, "OBSERVE", "retail_selling", &class, 2.0);
    farm.tell(&harvest).await;
    let lot = lot_named(&trade, "01/09521234543213/10/A").await;
    assert_eq!(shop.tell(&sold).await, Outcome::Parked("shipment"));
    assert_eq!(shop.tell(&received).await, Outcome::Parked("shipment"));
    assert_eq!(shop.left(lot).await, (0, 0));
    assert_eq!(farm.tell(&shipped).await, Outcome::Recorded);
    assert_eq!((farm.left(lot).await, shop.left(lot).await), ((4_000, 0), (4_000, 0)));
    let now = Accounts::of(&trade.app().store).await;
    assert!(now.parked.is_empty() && now.breaches.is_empty(), "{now:#?}");
    sums_are_kept(&trade.app().store).await;
}

async fn a_lot_may_be_registered_after_its_events(on: On) {
    let trade = Trade::start(on).await;
    let farm = Teller::of(&trade, &trade.farm).await;
    let class = "https://id.gs1.org/01/09521234543213/10/A";
    // The trade item itself is not known yet.
    assert_eq!(farm.tell(&farm.event(1, "ADD", "commissioning", class, 10.0)).await, Outcome::Recorded);
    assert_eq!(farm.tell(&farm.event(2, "OBSERVE", "retail_selling", class, 12.0)).await, Outcome::Recorded);
    assert!(Accounts::of(&trade.app().store).await.holdings.is_empty());
    later(trade.app());
    greens(&trade).await;
    let lot = lot_named(&trade, "01/09521234543213/10/A").await;
    assert_eq!(farm.left(lot).await, (0, 2_000), "its events pass the door now");
    let found = trade.app().store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap();
    assert_eq!(found.breach.as_deref(), Some("overdrawn"));
    sums_are_kept(&trade.app().store).await;
    follows(trade.app()).await;
}

async fn a_transformation_in_two_events_of_what_is_not_known(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await;
    let (farm, shop) = (Teller::of(&trade, &trade.farm).await, Teller::of(&trade, &trade.shop).await);
    let (a, b, c) = (format!("{class}A"), format!("{class}B"), format!("{class}C"));
    // What is not known counts as nothing: what was made of it is held, and its origin open.
    let unknown = farm.transformation(1, &[("https://id.gs1.org/01/09524000059109/10/Z", 5.0)], &[(&a, 5.0)]);
    assert_eq!(farm.tell(&unknown).await, Outcome::Held(vec!["more_out_than_in".into()]));
    let lineage = Accounts::of(&trade.app().store).await.lineage;
    assert!(lineage.iter().any(|row| row.contains(" in 01/09524000059109/10/Z 5000")), "{lineage:?}");
    // Two events of one transformation; the same id of another party is another transformation.
    farm.tell(&farm.event(2, "ADD", "commissioning", &b, 8.0)).await;
    let mut first = farm.transformation(3, &[(&b, 6.0)], &[]);
    first["transformationID"] = "urn:x:batch:1".into();
    assert_eq!(farm.tell(&first).await, Outcome::Recorded);
    let mut second = farm.transformation(4, &[], &[(&c, 5.0)]);
    second["transformationID"] = "urn:x:batch:1".into();
    assert_eq!(farm.tell(&second).await, Outcome::Recorded);
    let mut theirs = shop.transformation(5, &[], &[("urn:x:theirs", 5.0)]);
    theirs["transformationID"] = "urn:x:batch:1".into();
    shop.tell(&theirs).await;
    let (b, c) = (
        lot_named(&trade, "01/09521234543213/10/B").await,
        lot_named(&trade, "01/09521234543213/10/C").await,
    );
    let theirs = lot_named(&trade, "urn:x:theirs").await;
    assert_eq!((farm.left(b).await, farm.left(c).await), ((2_000, 0), (5_000, 0)));
    let ancestor = async |older: LotId, younger: LotId| {
        trade
            .app()
            .store
            .read(async |tx| events::is_ancestor(tx, older.into(), younger.into()).await)
            .await
            .unwrap()
    };
    assert!(ancestor(b, c).await);
    assert!(!ancestor(b, theirs).await, "nobody borrows another's origin");
    sums_are_kept(&trade.app().store).await;
}

async fn a_transformation_in_several_events_is_weighed_whole(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await;
    let farm = Teller::of(&trade, &trade.farm).await;
    let (a, b) = (format!("{class}A"), format!("{class}B"));
    farm.tell(&farm.event(1, "ADD", "commissioning", &a, 90.0)).await;
    let part = |mut event: Value| {
        event["transformationID"] = "urn:x:batch:7".into();
        event
    };
    let breach = async || {
        let lot = lot_named(&trade, "01/09521234543213/10/B").await;
        let found = trade.app().store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap();
        found.breach
    };
    let held = Some("more_out_than_in".to_owned());
    let out = part(farm.transformation(2, &[], &[(&b, 50.0)]));
    assert_eq!(farm.tell(&out).await, Outcome::Held(vec!["more_out_than_in".into()]));
    farm.tell(&part(farm.transformation(3, &[(&a, 6.0)], &[]))).await;
    assert_eq!(breach().await, held, "6 kg do not make 50");
    let rest = part(farm.transformation(4, &[(&a, 44.0)], &[]));
    farm.tell(&rest).await;
    assert_eq!(breach().await, None, "all of it together does");
    let mut wrong = rest.clone();
    wrong["errorDeclaration"] =
        json!({ "declarationTime": "2026-11-23T08:00:00+07:00", "reason": "incorrect_data" });
    farm.tell(&wrong).await;
    assert_eq!(breach().await, held, "what was corrected weighs nothing");
    sums_are_kept(&trade.app().store).await;
}

async fn a_circle_is_no_history(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await;
    let farm = Teller::of(&trade, &trade.farm).await;
    let lot = |name: &str| format!("{class}{name}");
    farm.tell(&farm.event(1, "ADD", "commissioning", &lot("A"), 9.0)).await;
    farm.tell(&farm.transformation(2, &[(&lot("A"), 9.0)], &[(&lot("B"), 9.0)])).await;
    farm.tell(&farm.transformation(3, &[(&lot("B"), 8.0)], &[(&lot("C"), 8.0)])).await;
    let circle = farm.transformation(4, &[(&lot("C"), 5.0)], &[(&lot("A"), 5.0)]);
    assert_eq!(farm.tell(&circle).await, Outcome::Held(vec!["own_ancestor".into()]));
    let itself = farm.transformation(5, &[(&lot("B"), 1.0)], &[(&lot("B"), 1.0)]);
    assert_eq!(farm.tell(&itself).await, Outcome::Held(vec!["own_ancestor".into()]));
    for name in ["A", "B", "C"] {
        let lot = lot_named(&trade, &format!("01/09521234543213/10/{name}")).await;
        let own =
            trade.app().store.read(async |tx| events::is_ancestor(tx, lot.into(), lot.into()).await).await;
        assert!(!own.unwrap(), "{name} is its own ancestor");
    }
}

//! Goods that were made of other lots and whose product names no crop are weighed by the crop that all of those are of, however they came
//! together; what is of several crops, or of one that nobody knows, is pointed out; and whatever says another crop weighs them again.

use super::{Farm, MOST, RULE, left, plot, product};
use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later, report, written};
use crate::support::field::season;
use crate::support::season::{CASES, grams};
use crate::support::trade;
use nguongoc::chain::{self, Casing, Command, Goods, Move, Output, Portion, Recorded, Transform};
use nguongoc::events::{self, Step};
use nguongoc::kernel::{EventId, LotId, PlaceId, ProductId, Unit};
use nguongoc::places::{self, PlaceDraft};
use serde_json::{Value, json};

on_both!(
    packhouse_goods_are_weighed_by_what_they_were_made_of,
    what_the_band_only_flags_is_pointed_out_of_packhouse_goods_too,
    goods_of_several_crops_are_pointed_out_until_they_are_of_one,
    a_season_told_later_says_what_packhouse_goods_are_of,
    a_crop_said_later_reaches_over_many_makings,
    what_lay_in_a_case_says_what_was_made_of_it,
    a_crate_that_is_used_again_holds_what_lay_in_it_each_time,
    what_was_collected_from_several_plots_is_of_what_grew_on_all_of_them,
);

const UNKNOWN: &str = "crop_unknown";

/// The classes of lots of the product with this GTIN.
const CLASS: &str = "https://id.gs1.org/01/09521234543213/10/";

impl Farm {
    async fn packhouse(&self) -> PlaceId {
        let draft = PlaceDraft {
            kind: "packhouse".to_owned(),
            name: "Nhà sơ chế".to_owned(),
            commune: "00004".to_owned(),
            ..PlaceDraft::default()
        };
        let new = draft.parse().expect("a place");
        chain::add_place(self.app(), self.member(), &new).await.expect("a place").id
    }

    /// Amounts of lots become a lot of a product, without loss.
    async fn make(&self, step: Step, at: PlaceId, of: ProductId, from: &[(LotId, i64)]) -> Recorded {
        let inputs = from.iter().map(|(lot, amount)| Portion { lot: *lot, quantity: grams(*amount) });
        let sum: i64 = from.iter().map(|(_, amount)| amount).sum();
        let made = Command::Transform(Transform {
            step,
            inputs: inputs.collect(),
            unknown: Vec::new(),
            unknown_outputs: Vec::new(),
            outputs: vec![Output { product: of, code: None, quantity: grams(sum) }],
            node: None,
            place: Some(at),
            when: None,
            note: None,
        });
        self.act(made).await.expect("something is made")
    }
}

async fn packhouse_goods_are_weighed_by_what_they_were_made_of(on: On) {
    let farm = Farm::start(on).await;
    let house = farm.packhouse().await;
    let bags = product(&farm.trade, "Rau gói", "rau", "", "").await;
    // Two plots grow, and the land of one is certified.
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let (a, b) = (farm.grow(0, 2_000_000).await, farm.grow(1, 2_000_000).await);
    let washed = farm.make(Step::Wash, house, bags, &[(a, 2_000_000)]).await;
    let other = farm.make(Step::Wash, house, bags, &[(b, 2_000_000)]).await.lot.id;
    let anew = farm.make(Step::Repack, house, bags, &[(other, 2_000_000)]).await.lot.id;
    let first = farm.act(farm.pack(washed.lot.id, 2_000_000, &[certified])).await.expect("within").event;
    assert_eq!(farm.noted(washed.lot.id, first).await, [], "the crop is known by its origin");
    assert_eq!(left(farm.act(farm.pack(anew, 160_001, &[certified])).await), 160_000);
    let second = farm.act(farm.pack(anew, 160_000, &[certified])).await.expect("up to the last gram").event;
    // What was harvested and names its crop is weighed together with it.
    let spinach = farm.grow(1, 1_000).await;
    assert_eq!(left(farm.act(farm.pack(spinach, 1, &[certified])).await), 0);
    let told = farm.tell(second, 1, 100).await;
    assert_eq!(told.outcome, chain::Outcome::Held(vec![RULE.to_owned()]));
    follows(farm.app()).await;
    // It was not made of that lot: nobody knows what it is any more, and what it took of the land is free.
    farm.correct(washed.event).await;
    assert_eq!(farm.noted(washed.lot.id, first).await, [(UNKNOWN.to_owned(), false)]);
    assert_eq!(farm.noted(anew, told.event).await, []);
    assert_eq!(farm.lot(anew).await.breach, None);
    follows(farm.app()).await;
}

async fn what_the_band_only_flags_is_pointed_out_of_packhouse_goods_too(on: On) {
    let farm = Farm::start(on).await;
    let house = farm.packhouse().await;
    // Water celery: at most 4,320 kg on the certified land, and more is only flagged.
    let celery = product(&farm.trade, "Rau cần", "rau", "rau_can", "").await;
    let bags = product(&farm.trade, "Rau gói", "rau", "", "").await;
    let certified = farm.certificate("huu_co", "HC-1", "2 sào", &[]).await;
    let mut packed = Vec::new();
    for (plot, amount) in [(0, 4_000_000), (1, 1_000_000)] {
        let grown = farm.grown(plot, celery, amount).await;
        let lot = farm.make(Step::Wash, house, bags, &[(grown, amount)]).await.lot.id;
        let event = farm.act(farm.pack(lot, amount, &[certified])).await.expect("it is recorded").event;
        packed.push((lot, event));
    }
    let [within, beyond]: [(LotId, EventId); 2] = packed.try_into().expect("two");
    assert_eq!(farm.noted(within.0, within.1).await, []);
    assert_eq!(farm.noted(beyond.0, beyond.1).await, [(RULE.to_owned(), false)]);
    assert_eq!(farm.lot(beyond.0).await.breach, None);
    follows(farm.app()).await;
}

async fn goods_of_several_crops_are_pointed_out_until_they_are_of_one(on: On) {
    let farm = Farm::start(on).await;
    let house = farm.packhouse().await;
    let celery = product(&farm.trade, "Rau cần", "rau", "rau_can", "").await;
    // Goods of a group of which nothing grows: that these grew is known by what they were made of.
    let salad = product(&farm.trade, "Rau trộn", "che_bien", "", "").await;
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let (a, b) = (farm.grow(0, 2_000_000).await, farm.grown(1, celery, 1_500_000).await);
    let mixed = farm.make(Step::Mix, house, salad, &[(a, 1_500_000), (b, 1_500_000)]).await.lot.id;
    let pure = farm.make(Step::Mix, house, salad, &[(a, 500_000)]).await.lot.id;
    let small = farm.act(farm.pack(pure, 500_000, &[certified])).await.expect("within").event;
    let large = farm.act(farm.pack(mixed, 3_000_000, &[certified])).await.expect("it is recorded").event;
    let noted = async || (farm.noted(pure, small).await, farm.noted(mixed, large).await);
    let unknown = vec![(UNKNOWN.to_owned(), false)];
    assert_eq!(noted().await, (Vec::new(), unknown.clone()));
    assert_eq!(farm.lot(mixed).await.breach, None, "it holds nothing");
    let officer = farm.trade.registry.program("officer").await;
    let told = officer.get("/api/v1/flags?rule=crop_unknown").await.expect(200).json();
    assert_eq!(told["flags"][0]["lot"], mixed.to_string());
    assert_eq!(told["flags"][0]["certificates"], json!(["VG-1"]));
    follows(farm.app()).await;
    // Said to be of the same crop, all of it is more than the land yields; said as before, nobody can weigh it.
    farm.say_crop(celery, "Rau cần", "rau", "rau_muong").await;
    assert_eq!(noted().await, (Vec::new(), vec![(RULE.to_owned(), true)]));
    assert_eq!(farm.lot(mixed).await.breach.as_deref(), Some(RULE));
    follows(farm.app()).await;
    farm.say_crop(celery, "Rau cần", "rau", "rau_can").await;
    assert_eq!(noted().await, (Vec::new(), unknown));
    assert_eq!(farm.lot(mixed).await.breach, None);
    follows(farm.app()).await;
}

async fn a_season_told_later_says_what_packhouse_goods_are_of(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let house = farm.packhouse().await;
    let greens = product(&farm.trade, "Rau", "rau", "", "").await;
    let bags = product(&farm.trade, "Rau gói", "rau", "", "").await;
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let (a, b) = (farm.grown(0, greens, 2_000_000).await, farm.grow(1, 2_000_000).await);
    // In part of what nobody knows.
    let some = farm.make(Step::Wash, house, bags, &[(a, 1_900_000), (b, 100_000)]).await.lot.id;
    let other = farm.make(Step::Wash, house, bags, &[(b, 1_900_000)]).await.lot.id;
    let first = farm.act(farm.pack(some, 2_000_000, &[certified])).await.expect("it is recorded").event;
    let second = farm.act(farm.pack(other, 1_900_000, &[certified])).await.expect("within").event;
    let noted = async || (farm.noted(some, first).await, farm.noted(other, second).await);
    let before = (vec![(UNKNOWN.to_owned(), false)], Vec::new());
    assert_eq!(noted().await, before);
    follows(farm.app()).await;
    later(farm.app());
    let told = season(&farm.trade, &by, farm.plots[0], "rau_muong", "2026-10-01").await;
    assert_eq!(noted().await, (Vec::new(), vec![(RULE.to_owned(), true)]), "what was packed first is within");
    follows(farm.app()).await;
    later(farm.app());
    chain::withdraw_season(farm.app(), &by, told).await.expect("withdrawn");
    assert_eq!(noted().await, before);
    assert_eq!(farm.lot(other).await.breach, None);
    follows(farm.app()).await;
    // Another crop grew there: these are of two.
    later(farm.app());
    season(&farm.trade, &by, farm.plots[0], "rau_can", "2026-10-01").await;
    assert_eq!(noted().await, before);
    follows(farm.app()).await;
}

async fn a_crop_said_later_reaches_over_many_makings(on: On) {
    let farm = Farm::start(on).await;
    let house = farm.packhouse().await;
    let greens = product(&farm.trade, "Rau", "rau", "", "").await;
    let bags = product(&farm.trade, "Rau gói", "rau", "", "").await;
    let certified = farm.certificate("vietgap", "VG-1", "1 sào", &[]).await;
    let mut lot = farm.grown(0, greens, 1_500_000).await;
    for step in [Step::Wash, Step::Split, Step::Merge, Step::Repack] {
        lot = farm.make(step, house, bags, &[(lot, 1_500_000)]).await.lot.id;
    }
    let packed = farm.act(farm.pack(lot, 1_500_000, &[certified])).await.expect("it is recorded").event;
    assert_eq!(farm.noted(lot, packed).await, [(UNKNOWN.to_owned(), false)]);
    farm.say_crop(greens, "Rau", "rau", "rau_muong").await;
    assert_eq!(farm.noted(lot, packed).await, [(RULE.to_owned(), true)]);
    let more = farm.grow(1, 100_000).await;
    let refused = farm.act(farm.pack(more, 1, &[certified])).await;
    assert!(matches!(&refused, Err(chain::Error::BeyondCertificate { left, .. }) if left.is_zero()));
    follows(farm.app()).await;
    farm.say_crop(greens, "Rau", "rau", "").await;
    assert_eq!(farm.noted(lot, packed).await, [(UNKNOWN.to_owned(), false)]);
    farm.act(farm.pack(more, 1, &[certified])).await.expect("within");
    follows(farm.app()).await;
}

impl Farm {
    /// Something happens as a program tells it: `what` on top of what every event says.
    async fn told(&self, n: usize, what: &Value) -> EventId {
        let place = self.app().store.read(async |tx| places::place(tx, self.plots[0]).await).await;
        let place = format!("https://demo.example.vn/place/{}", place.unwrap().unwrap().number);
        let mut event = json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "eventID": format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{n:012}"),
            "eventTime": later(self.app()).to_rfc3339(), "eventTimeZoneOffset": "+07:00",
            "readPoint": { "id": place }, "bizLocation": { "id": place },
        });
        for (name, value) in what.as_object().expect("an object") {
            event[name] = value.clone();
        }
        report(self.app(), &self.trade.farm.by(), &event).await.expect("a report").event
    }
}

async fn what_lay_in_a_case_says_what_was_made_of_it(on: On) {
    let farm = Farm::start(on).await;
    let member = farm.trade.farm.member;
    trade::product(&farm.trade.registry, &member, "Rau gói", Unit::Gram, Some("09521234543213")).await;
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let lot = farm.grow(0, MOST).await;
    let like = farm.act(farm.pack(lot, 1_000, &[certified])).await.expect("a packing").event;
    let inside =
        Move { goods: Goods::of(lot, grams(400_000)), place: Some(farm.plots[0]), when: None, note: None };
    let filled = Command::Aggregate(Casing { case: CASES[0].to_owned(), what: inside });
    let filled = farm.act(filled).await.expect("a case").event;
    let made = json!([{ "epcClass": format!("{CLASS}C1"), "quantity": 3_000, "uom": "KGM" }]);
    let case = format!("https://id.gs1.org/{}", CASES[0]);
    let making = json!({ "type": "TransformationEvent", "inputEPCList": [case], "outputQuantityList": made });
    farm.told(1, &making).await;
    // It is packed as the first lot was, under the same claim, and more of it than the land yields.
    let mut packing = written(farm.app(), like).await;
    packing["eventID"] = "urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-000000000002".into();
    packing["eventTime"] = later(farm.app()).to_rfc3339().into();
    packing["quantityList"] = made;
    let packed = report(farm.app(), &farm.trade.farm.by(), &packing).await.expect("a report").event;
    let name = "01/09521234543213/10/C1";
    let thing = farm.app().store.read(async |tx| events::by_name(tx, name).await).await.unwrap();
    let bags = thing.expect("what was made").id.as_lot();
    let says = async |rule: &str| farm.rules(bags, packed).await.iter().any(|one| one == rule);
    assert_eq!((says(RULE).await, says(UNKNOWN).await), (true, false));
    follows(farm.app()).await;
    // Nothing of that lot ever lay in it.
    farm.correct(filled).await;
    assert_eq!((says(RULE).await, says(UNKNOWN).await), (false, true));
}

async fn a_crate_that_is_used_again_holds_what_lay_in_it_each_time(on: On) {
    let farm = Farm::start(on).await;
    let member = farm.trade.farm.member;
    trade::product(&farm.trade.registry, &member, "Rau gói", Unit::Gram, Some("09521234543213")).await;
    // Of water celery, the same land yields twice as much.
    let celery = product(&farm.trade, "Rau cần", "rau", "rau_can", "").await;
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let (a, b) = (farm.grow(0, MOST).await, farm.grown(1, celery, 2 * MOST).await);
    let like = farm.act(farm.pack(a, 1_000, &[certified])).await.expect("a packing").event;
    let case = format!("https://id.gs1.org/{}", CASES[0]);
    let mut packed = Vec::new();
    for (n, lot) in [(1, a), (2, b)] {
        let inside = Move::of(lot, grams(400_000), farm.plots[0]);
        let filled = Command::Aggregate(Casing { case: CASES[0].to_owned(), what: inside });
        farm.act(filled).await.expect("a case");
        let made = json!([{ "epcClass": format!("{CLASS}C{n}"), "quantity": 3_000, "uom": "KGM" }]);
        let making =
            json!({ "type": "TransformationEvent", "inputEPCList": [case], "outputQuantityList": made });
        farm.told(10 * n, &making).await;
        let emptied = json!({ "type": "AggregationEvent", "action": "DELETE", "parentID": case });
        farm.told(10 * n + 1, &emptied).await;
        let mut packing = written(farm.app(), like).await;
        packing["eventID"] = format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{:012}", 10 * n + 2).into();
        packing["eventTime"] = later(farm.app()).to_rfc3339().into();
        packing["quantityList"] = made;
        let event = report(farm.app(), &farm.trade.farm.by(), &packing).await.expect("a report").event;
        let name = format!("01/09521234543213/10/C{n}");
        let thing = farm.app().store.read(async |tx| events::by_name(tx, &name).await).await.unwrap();
        packed.push((thing.expect("what was made").id.as_lot(), event));
    }
    let says = async || {
        let mut found = Vec::new();
        for (lot, event) in &packed {
            let rules = farm.rules(*lot, *event).await;
            found.push([RULE, UNKNOWN].map(|rule| rules.iter().any(|one| one == rule)));
        }
        found
    };
    // More water spinach than the land yields, and no more water celery than that.
    let expected = [[true, false], [false, false]];
    assert_eq!(says().await, expected, "each asked for itself");
    follows(farm.app()).await;
    // Another plot is measured: all that claims the certificate is asked together.
    farm.measure(1, "3 sào").await;
    assert_eq!(says().await, expected, "asked together");
    follows(farm.app()).await;
}

async fn what_was_collected_from_several_plots_is_of_what_grew_on_all_of_them(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let house = farm.packhouse().await;
    let greens = product(&farm.trade, "Rau", "rau", "", "").await;
    let bags = product(&farm.trade, "Rau gói", "rau", "", "").await;
    let alike = plot(&farm.trade, "Thửa 3", "2 sào").await;
    let mut seasons = Vec::new();
    for (place, crop) in [(farm.plots[0], "rau_can"), (alike, "rau_can"), (farm.plots[1], "rau_muong")] {
        later(farm.app());
        seasons.push(season(&farm.trade, &by, place, crop, "2026-10-01").await);
    }
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let lot = farm.grown(0, greens, 1_000_000).await;
    let packed = farm.act(farm.pack(lot, 500_000, &[certified])).await.expect("within").event;
    let pick = async |place, amount| {
        farm.act(Command::Pick(Move::of(lot, grams(amount), place))).await.expect("a pick").event
    };
    pick(alike, 1_000_000).await;
    let washed = farm.make(Step::Wash, house, bags, &[(lot, 300_000)]).await.lot.id;
    let first = farm.act(farm.pack(washed, 300_000, &[certified])).await.expect("within").event;
    let noted = async || (farm.noted(lot, packed).await, farm.noted(washed, first).await);
    assert_eq!(noted().await, (Vec::new(), Vec::new()), "both plots have the same crop");
    follows(farm.app()).await;
    // Another crop comes to it: nobody can weigh it any more, and neither what was made of it.
    let other = pick(farm.plots[1], 2_000_000).await;
    let unknown = vec![(UNKNOWN.to_owned(), false)];
    assert_eq!(noted().await, (unknown.clone(), unknown.clone()));
    let more = farm.act(farm.pack(lot, 900_000, &[certified])).await.expect("it is recorded").event;
    assert_eq!(farm.noted(lot, more).await, unknown);
    follows(farm.app()).await;
    // The book of that plot is put right: the same grew there.
    later(farm.app());
    chain::withdraw_season(farm.app(), &by, seasons[2]).await.expect("withdrawn");
    assert_eq!(noted().await, (unknown.clone(), unknown.clone()), "nobody knows what grew there");
    later(farm.app());
    let told = season(&farm.trade, &by, farm.plots[1], "rau_can", "2026-10-01").await;
    assert_eq!(noted().await, (Vec::new(), Vec::new()));
    follows(farm.app()).await;
    later(farm.app());
    chain::withdraw_season(farm.app(), &by, told).await.expect("withdrawn");
    assert_eq!(noted().await, (unknown.clone(), unknown));
    // Nothing was picked there.
    farm.correct(other).await;
    assert_eq!(noted().await, (Vec::new(), Vec::new()));
    follows(farm.app()).await;
}

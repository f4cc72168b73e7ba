//! What grows on a plot and what is packed under a certificate is no more than the land yields: by forms it is refused or pointed out, as a
//! reported fact it is held; and what is corrected, cleared or said anew of the land is looked at again.

use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later, report, written};
use crate::support::field::{open, publish_list, publish_lists, season};
use crate::support::season::grams;
use crate::support::trade::{Trade, movement};
use nguongoc::accounts::Member;
use nguongoc::chain::{
    self, Command, Correct, DeclareLot, Error, Goods, Move, Output, Pack, Portion, Recorded, Transform, When,
};
use nguongoc::events::{self, Step};
use nguongoc::evidence::{self, CertificateDraft};
use nguongoc::fieldbook::lists::{ListForm, Publisher};
use nguongoc::kernel::{CertificateId, Day, EventId, LotId, PlaceId, ProductId, Quantity, Unit};
use nguongoc::lots::{self, Lot};
use nguongoc::places::{self, PlaceDraft};
use nguongoc::products::ProductDraft;

mod crops;
mod land;
mod made;

on_both!(
    a_certificate_covers_what_its_land_yields,
    a_fact_beyond_a_certificate_is_held_until_it_is_right,
    what_the_band_only_flags_is_pointed_out,
    packs_that_were_opened_count_no_more,
    a_plot_bears_as_often_as_its_book_says,
    two_certificates_are_judged_apart,
    a_certificate_of_no_land_covers_whatever_it_likes,
    harvests_are_weighed_together_whichever_is_told_last,
    a_harvest_that_is_counted_has_a_band_too,
    a_harvest_counted_otherwise_than_its_band_is_pointed_out,
    one_field_does_not_bear_twice_because_it_was_entered_twice,
    a_field_that_is_sown_again_within_days_bears_once,
    what_is_cleared_in_the_morning_is_sown_in_the_afternoon,
    a_season_told_later_gives_land_to_the_one_before,
    a_list_that_comes_between_gives_no_second_crop,
    a_season_that_was_forgotten_takes_no_land_after_its_expected_end,
    what_was_collected_stays_when_the_mandate_ends,
);

/// A farm with two plots of 720 m², on each of which at most 2,160 kg of water spinach grow in a season.
struct Farm {
    trade: Trade,
    plots: [PlaceId; 2],
    spinach: ProductId,
}

const MOST: i64 = 2_160_000;
const RULE: &str = "beyond_certificate";

impl Farm {
    async fn start(on: On) -> Self {
        let trade = Trade::start(on).await;
        publish_lists(&trade.registry).await;
        let mut plots = Vec::new();
        for name in ["Thửa 1", "Thửa 2"] {
            plots.push(plot(&trade, name, "2 sào").await);
        }
        let spinach = product(&trade, "Rau muống", "rau", "rau_muong", "").await;
        Self { plots: plots.try_into().expect("two"), spinach, trade }
    }

    fn app(&self) -> &nguongoc::app::App {
        self.trade.app()
    }

    fn member(&self) -> &Member {
        &self.trade.farm.member
    }

    async fn act(&self, command: Command) -> Result<Recorded, Error> {
        later(self.app());
        chain::record(self.app(), &self.trade.farm.by(), command).await
    }

    fn harvest(&self, plot: usize, product: ProductId, quantity: Quantity, on: Option<&str>) -> Command {
        Self::harvest_at(self.plots[plot], product, quantity, on)
    }

    fn harvest_at(place: PlaceId, product: ProductId, quantity: Quantity, on: Option<&str>) -> Command {
        Command::Declare(DeclareLot {
            product,
            place: Some(place),
            when: on.map(|day| When::On(Day::parse(day).expect("a day"))),
            quantity,
            code: None,
            variety: None,
            note: None,
        })
    }

    async fn grow(&self, plot: usize, amount: i64) -> LotId {
        let grown = self.act(self.harvest(plot, self.spinach, grams(amount), None)).await;
        grown.expect("a harvest").lot.id
    }

    fn pack(&self, lot: LotId, amount: i64, claims: &[CertificateId]) -> Command {
        self.pack_at(self.plots[0], lot, amount, claims)
    }

    fn pack_at(&self, place: PlaceId, lot: LotId, amount: i64, claims: &[CertificateId]) -> Command {
        Command::Pack(Pack {
            what: Move { place: Some(place), ..movement(&self.trade.farm, lot, amount) },
            expires_on: None,
            pack_size: None,
            certificates: claims.to_vec(),
        })
    }

    async fn certificate(&self, scheme: &str, number: &str, area: &str, plots: &[PlaceId]) -> CertificateId {
        let draft = CertificateDraft {
            scheme: scheme.to_owned(),
            number: number.to_owned(),
            issuer: "Tổ chức mẫu".to_owned(),
            area: area.to_owned(),
            valid_from: "2026-02-01".to_owned(),
            valid_to: "2028-01-31".to_owned(),
            places: plots.iter().map(ToString::to_string).collect(),
            ..CertificateDraft::default()
        };
        let new = draft.parse().expect("a certificate");
        evidence::record(self.app(), self.member(), &new, None).await.expect("a certificate")
    }

    async fn lot(&self, lot: LotId) -> Lot {
        self.app().store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap()
    }

    /// What is noted of an event about a lot: the rule, and whether it stops.
    async fn noted(&self, lot: LotId, event: EventId) -> Vec<(String, bool)> {
        let found = self.app().store.read(async |tx| events::breaches_at(tx, lot, event).await).await;
        found.unwrap().into_iter().map(|breach| (breach.rule, breach.stops)).collect()
    }

    async fn correct(&self, event: EventId) {
        let wrong = Correct { event, did_not_occur: true, instead: Vec::new(), note: None };
        self.act(Command::Correct(wrong)).await.expect("a correction");
    }

    /// An act of the past told again as a fact of its own, of so many kilograms.
    async fn tell(&self, like: EventId, n: usize, kilograms: i64) -> chain::Reported {
        later(self.app());
        let mut event = written(self.app(), like).await;
        event["eventID"] = format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{n:012}").into();
        event["eventTime"] = self.app().clock.now().to_rfc3339().into();
        event["quantityList"][0]["quantity"] = kilograms.into();
        report(self.app(), &self.trade.farm.by(), &event).await.expect("a report")
    }

    /// Says the area of a plot anew.
    async fn measure(&self, plot: usize, area: &str) {
        let new = draft(&format!("Thửa {}", plot + 1), area).parse().expect("a plot");
        chain::change_place(self.app(), self.member(), self.plots[plot], &new).await.expect("a change");
    }
}

fn draft(name: &str, area: &str) -> PlaceDraft {
    PlaceDraft {
        kind: "plot".to_owned(),
        name: name.to_owned(),
        commune: "00004".to_owned(),
        area: area.to_owned(),
        ..PlaceDraft::default()
    }
}

async fn plot(trade: &Trade, name: &str, area: &str) -> PlaceId {
    let new = draft(name, area).parse().expect("a plot");
    chain::add_place(trade.app(), &trade.farm.member, &new).await.expect("a plot").id
}

async fn product(trade: &Trade, name: &str, group: &str, crop: &str, unit: &str) -> ProductId {
    let draft = ProductDraft {
        group: group.to_owned(),
        name: name.to_owned(),
        crop: crop.to_owned(),
        unit: unit.to_owned(),
        ..ProductDraft::default()
    };
    let new = draft.parse().expect("a product");
    nguongoc::chain::add_product(trade.app(), &trade.farm.member, &new).await.expect("a product").id
}

#[track_caller]
fn left(outcome: Result<Recorded, Error>) -> i64 {
    match outcome {
        Err(Error::BeyondCertificate { left, most, .. }) => {
            assert_eq!(most.amount(), MOST);
            left.amount()
        }
        other => panic!("{other:?}"),
    }
}

async fn a_certificate_covers_what_its_land_yields(on: On) {
    let farm = Farm::start(on).await;
    // Two plots grow, and one is certified.
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let (a, b) = (farm.grow(0, 2_000_000).await, farm.grow(1, 2_000_000).await);
    let first = farm.act(farm.pack(a, 2_000_000, &[certified])).await.expect("within").event;
    assert_eq!(left(farm.act(farm.pack(b, 160_001, &[certified])).await), 160_000);
    let nothing = farm.app().store.read(async |tx| lots::holding(tx, b, farm.trade.farm.party).await).await;
    assert_eq!(nothing.unwrap().unwrap().packed, 0, "nothing half-done");
    farm.act(farm.pack(b, 160_000, &[certified])).await.expect("up to the last gram");
    assert_eq!(left(farm.act(farm.pack(b, 1, &[certified])).await), 0);
    // Without the claim it is packed like anything else; and what did not happen counts no more.
    farm.act(farm.pack(b, 40_000, &[])).await.expect("without the claim");
    farm.correct(first).await;
    farm.act(farm.pack(b, 1_800_000, &[certified])).await.expect("within again");
    // What grows in the next year of the certificate is of that year.
    farm.app().clock.set(Day::parse("2027-02-01").unwrap().start());
    let next = farm.grow(0, 2_000_000).await;
    farm.act(farm.pack(next, 2_000_000, &[certified])).await.expect("the next year");
    follows(farm.app()).await;
}

async fn a_fact_beyond_a_certificate_is_held_until_it_is_right(on: On) {
    let farm = Farm::start(on).await;
    // The certificate names the first plot, whose area is known; the goods of both are packed there.
    let certified = farm.certificate("vietgap", "VG-1", "", &farm.plots[..1]).await;
    let (lot, other) = (farm.grow(0, 2_100_000).await, farm.grow(1, 2_100_000).await);
    let packed = farm.act(farm.pack(lot, 2_000_000, &[certified])).await.expect("a packing").event;
    let small = farm.act(farm.pack(other, 10_000, &[certified])).await.expect("a packing").event;
    assert!(farm.noted(lot, packed).await.is_empty());
    // Reported, it is recorded; and the lot is held.
    let told = farm.tell(small, 1, 2_000).await;
    assert_eq!(told.outcome, chain::Outcome::Held(vec![RULE.to_owned()]));
    assert_eq!(farm.lot(other).await.breach.as_deref(), Some(RULE));
    assert_eq!(farm.lot(lot).await.breach, None, "it was packed earlier");
    let refused = farm.act(Command::Sell(movement(&farm.trade.farm, other, 1_000))).await;
    assert!(matches!(refused, Err(Error::Breached { .. })), "{refused:?}");
    follows(farm.app()).await;
    // What is said of the land now counts: a larger plot frees the lot, a smaller one holds both.
    farm.measure(0, "5 sào").await;
    assert_eq!(farm.lot(other).await.breach, None);
    farm.measure(0, "1 sào").await;
    let breaches = [farm.lot(lot).await.breach, farm.lot(other).await.breach];
    assert!(breaches.iter().all(Option::is_some), "{breaches:?}");
    farm.measure(0, "2 sào").await;
    assert_eq!(farm.lot(lot).await.breach, None);
    // The first packing did not happen: then the second is within.
    farm.correct(packed).await;
    assert_eq!(farm.lot(other).await.breach, None);
    follows(farm.app()).await;
}

async fn what_the_band_only_flags_is_pointed_out(on: On) {
    let farm = Farm::start(on).await;
    // Water celery: 60 t/ha, and more is only flagged.
    let celery = product(&farm.trade, "Rau cần", "rau", "rau_can", "").await;
    let certified = farm.certificate("huu_co", "HC-1", "2 sào", &[]).await;
    let mut lots = Vec::new();
    for plot in 0..2 {
        let grown = farm.act(farm.harvest(plot, celery, grams(4_000_000), None)).await;
        lots.push(grown.expect("a harvest").lot.id);
    }
    farm.act(farm.pack(lots[0], 4_000_000, &[certified])).await.expect("a packing");
    let beyond = farm.act(farm.pack(lots[1], 1_000_000, &[certified])).await.expect("it is recorded");
    assert_eq!(farm.noted(lots[1], beyond.event).await, [(RULE.to_owned(), false)]);
    assert_eq!(farm.lot(lots[1]).await.breach, None);
    farm.act(Command::Sell(movement(&farm.trade.farm, lots[1], 1_000))).await.expect("it goes on");
    // So is a harvest beyond what the plot yields.
    let more = farm.act(farm.harvest(0, celery, grams(1_000_000), None)).await.expect("it is recorded");
    assert_eq!(farm.noted(more.lot.id, more.event).await, [("beyond_yield".to_owned(), false)]);
    follows(farm.app()).await;
}

async fn packs_that_were_opened_count_no_more(on: On) {
    let farm = Farm::start(on).await;
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let lot = farm.grow(0, 2_000_000).await;
    let first = farm.act(farm.pack(lot, 2_000_000, &[certified])).await.expect("a packing").event;
    let made = |step, output| {
        Command::Transform(Transform {
            step,
            inputs: vec![Portion { lot, quantity: grams(1_000_000) }],
            unknown: Vec::new(),
            unknown_outputs: Vec::new(),
            outputs: vec![Output { product: farm.spinach, code: None, quantity: grams(output) }],
            node: None,
            place: Some(farm.plots[0]),
            when: None,
            note: None,
        })
    };
    // A split keeps its packs closed: what is packed of it once more is packed once more.
    let split = farm.act(made(Step::Split, 1_000_000)).await.expect("a split").lot.id;
    assert_eq!(left(farm.act(farm.pack(split, 160_001, &[certified])).await), 160_000);
    // Packed anew, the same goods are packed once.
    let anew = farm.act(made(Step::Repack, 950_000)).await.expect("packed anew");
    farm.act(farm.pack(anew.lot.id, 950_000, &[certified])).await.expect("what was opened is packed again");
    assert_eq!(left(farm.act(farm.pack(split, 210_001, &[certified])).await), 210_000);
    // Had it not been opened, that would have been too much.
    farm.correct(anew.event).await;
    assert_eq!(farm.lot(lot).await.breach, None);
    assert!(farm.lot(anew.lot.id).await.breach.is_some());
    follows(farm.app()).await;
    farm.correct(first).await;
    follows(farm.app()).await;
}

async fn a_plot_bears_as_often_as_its_book_says(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let lot = farm.grow(0, 2_000_000).await;
    farm.act(farm.pack(lot, 2_000_000, &[certified])).await.expect("a packing");
    let more = farm.grow(1, 2_000_000).await;
    let small = farm.act(farm.pack(more, 100_000, &[certified])).await.expect("a packing").event;
    farm.tell(small, 1, 1_000).await;
    assert_eq!(farm.lot(more).await.breach.as_deref(), Some(RULE));
    // Two seasons of the year were entered late: the land bore twice.
    let first = open(&farm.trade, &by, farm.plots[0], "rau_muong", ("2026-04-01", "2026-08-20"), "2 sào");
    let first = first.await.expect("a season");
    assert_eq!(farm.lot(more).await.breach.as_deref(), Some(RULE), "once is once");
    let second = season(&farm.trade, &by, farm.plots[0], "rau_muong", "2026-09-01").await;
    assert_eq!(farm.lot(more).await.breach, None);
    follows(farm.app()).await;
    // What was harvested since belongs to the second: the first may have ended before.
    chain::clear_season(farm.app(), &by, first, Day::parse("2026-08-01").unwrap()).await.expect("cleared");
    assert_eq!(farm.lot(more).await.breach, None);
    chain::withdraw_season(farm.app(), &by, second).await.expect("withdrawn");
    assert_eq!(farm.lot(more).await.breach.as_deref(), Some(RULE), "one of them was a mistake");
    follows(farm.app()).await;
}

async fn two_certificates_are_judged_apart(on: On) {
    let farm = Farm::start(on).await;
    let large = farm.certificate("vietgap", "VG-1", "3 sào", &[]).await;
    let small = farm.certificate("globalgap", "GG-1", "1 sào", &[]).await;
    let lot = farm.grow(0, 2_000_000).await;
    let packed = farm.act(farm.pack(lot, 10_000, &[large, small])).await.expect("a packing").event;
    farm.tell(packed, 1, 1_500).await;
    assert_eq!(farm.lot(lot).await.breach.as_deref(), Some(RULE), "beyond the smaller one");
    let other = farm.grow(1, 2_000_000).await;
    farm.act(farm.pack(other, 1_700_000, &[large])).await.expect("within the larger one");
    let told = farm.tell(packed, 2, 100).await;
    assert_eq!(told.outcome, chain::Outcome::Held(vec![RULE.to_owned()]));
    let detail = async |event| {
        let found = farm.app().store.read(async |tx| events::breaches_at(tx, lot, event).await).await;
        let found: serde_json::Value = serde_json::from_str(&found.unwrap()[0].detail).unwrap();
        found.as_array().expect("a list").len()
    };
    assert_eq!(detail(told.event).await, 2, "beyond both");
    // The larger one has room again; the smaller one has not.
    let packings = farm.app().store.read(async |tx| events::of_thing(tx, other.into()).await).await.unwrap();
    farm.correct(packings[1]).await;
    assert_eq!(detail(told.event).await, 1);
    assert_eq!(farm.lot(lot).await.breach.as_deref(), Some(RULE));
    follows(farm.app()).await;
}

async fn a_certificate_of_no_land_covers_whatever_it_likes(on: On) {
    let farm = Farm::start(on).await;
    let house = farm.certificate("haccp", "HA-1", "", &farm.plots).await;
    let lots = [farm.grow(0, 2_000_000).await, farm.grow(1, 2_000_000).await];
    for lot in lots {
        let packed = farm.act(farm.pack(lot, 2_000_000, &[house])).await;
        let packed = packed.expect("nothing says how much is too much").event;
        assert_eq!(farm.noted(lot, packed).await, []);
    }
    follows(farm.app()).await;
}

async fn harvests_are_weighed_together_whichever_is_told_last(on: On) {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let farm = Farm::start(on).await;
        let days = ["2026-03-01", "2026-06-01", "2026-11-20"];
        // A report needs an event to be told like: one of another plot, which is weighed apart.
        let like = farm.act(farm.harvest(1, farm.spinach, grams(1_000), Some(days[0]))).await.expect("a lot");
        let mut told = [None; 3];
        for n in order {
            later(farm.app());
            let mut event = written(farm.app(), like.event).await;
            let place = farm.app().store.read(async |tx| places::place(tx, farm.plots[0]).await).await;
            let place = format!("https://demo.example.vn/place/{}", place.unwrap().unwrap().number);
            event["eventID"] = format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{n:012}").into();
            event["eventTime"] = format!("{}T05:00:00+07:00", days[n]).into();
            event["readPoint"]["id"] = place.clone().into();
            event["bizLocation"]["id"] = place.into();
            event["ng:timePrecision"] = serde_json::Value::Null;
            event.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            let element = &mut event["quantityList"][0];
            element["epcClass"] = format!("{}{n}", element["epcClass"].as_str().unwrap()).into();
            element["quantity"] = 1_000.into();
            let reported = report(farm.app(), &farm.trade.farm.by(), &event).await.expect("a report");
            told[n] = Some((reported.lots[0], reported.event));
        }
        for (n, told) in told.into_iter().enumerate() {
            let (lot, event) = told.expect("it was told");
            let expected = if n == 2 { vec![("beyond_yield".to_owned(), true)] } else { Vec::new() };
            assert_eq!(farm.noted(lot, event).await, expected, "the last of the year, told {order:?}");
        }
        let refused = farm.act(farm.harvest(0, farm.spinach, grams(1_000), Some(days[0]))).await;
        assert!(matches!(refused, Err(Error::BeyondYield { left, .. }) if left.is_zero()), "{refused:?}");
        follows(farm.app()).await;
    }
}

async fn a_harvest_that_is_counted_has_a_band_too(on: On) {
    let farm = Farm::start(on).await;
    // Pomelos are counted: 60,000 on a hectare are 4,320 on the plot, and more is flagged.
    let pomelo = product(&farm.trade, "Bưởi", "qua", "buoi", "piece").await;
    let pieces = |count| Quantity::new(count, Unit::Piece).expect("pieces");
    let within = farm.act(farm.harvest(0, pomelo, pieces(4_320), None)).await.expect("a harvest");
    assert!(farm.noted(within.lot.id, within.event).await.is_empty());
    let beyond = farm.act(farm.harvest(0, pomelo, pieces(1), None)).await.expect("a harvest");
    assert_eq!(farm.noted(beyond.lot.id, beyond.event).await, [("beyond_yield".to_owned(), false)]);
    follows(farm.app()).await;
}

async fn a_harvest_counted_otherwise_than_its_band_is_pointed_out(on: On) {
    let farm = Farm::start(on).await;
    // The band of water spinach is in kilograms, and here it is told in bundles.
    let bundles = product(&farm.trade, "Rau muống bó", "rau", "rau_muong", "piece").await;
    let pieces = |count| Quantity::new(count, Unit::Piece).expect("pieces");
    let grown = farm.act(farm.harvest(0, bundles, pieces(9_000), None)).await.expect("a harvest");
    let expected = [("unit_not_comparable".to_owned(), false)];
    assert_eq!(farm.noted(grown.lot.id, grown.event).await, expected);
    assert_eq!(farm.lot(grown.lot.id).await.breach, None, "it holds nothing");
    follows(farm.app()).await;
    // Where the authority says nothing of the crop, nothing is pointed out.
    let bands = include_str!("../../assets/data/lists/bands.csv");
    let without: Vec<&str> = bands.lines().filter(|line| !line.contains("Rau muống")).collect();
    assert_eq!(without.len() + 1, bands.lines().count());
    publish_list(farm.app(), "bands", &without.join("\n")).await;
    assert_eq!(farm.noted(grown.lot.id, grown.event).await, []);
    follows(farm.app()).await;
}

async fn one_field_does_not_bear_twice_because_it_was_entered_twice(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let enter = async |days, area| {
        open(&farm.trade, &by, farm.plots[0], "rau_muong", days, area).await.expect("a season")
    };
    let beyond = async |amount, expected: i64| {
        let over = farm.act(farm.harvest(0, farm.spinach, grams(amount), None)).await;
        assert!(
            matches!(&over, Err(Error::BeyondYield { most, .. }) if most.amount() == expected),
            "{over:?}"
        );
    };
    // Two halves beside each other are one plot, whichever bed it came from; and another crop is another one.
    let first = enter(("2026-10-01", ""), "1 sào").await;
    enter(("2026-11-01", ""), "1 sào").await;
    season(&farm.trade, &by, farm.plots[0], "rau_can", "2026-10-15").await;
    let grown = farm.grow(0, MOST / 2 + 1).await;
    beyond(MOST / 2, MOST).await;
    // Sown anew on the whole plot, while nobody ended what stood there: there is no more land than before.
    let anew = enter(("2026-11-11", ""), "2 sào").await;
    beyond(MOST / 2, MOST).await;
    // The first half was over by then: its land is free for the new one.
    chain::clear_season(farm.app(), &by, first, Day::parse("2026-11-10").unwrap()).await.expect("cleared");
    let more = farm.grow(0, MOST / 2).await;
    beyond(MOST / 2, MOST / 2 * 3).await;
    follows(farm.app()).await;
    // It was a mistake, and nothing new was sown: what was harvested since is too much.
    chain::withdraw_season(farm.app(), &by, anew).await.expect("withdrawn");
    assert_eq!(farm.lot(grown).await.breach, None);
    assert_eq!(farm.lot(more).await.breach.as_deref(), Some("beyond_yield"));
    follows(farm.app()).await;
}

async fn a_field_that_is_sown_again_within_days_bears_once(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let enter = async |began| open(&farm.trade, &by, farm.plots[0], "rau_muong", (began, ""), "2 sào").await;
    // By the list, water spinach is not harvested before 18 days.
    let first = enter("2026-10-01").await.expect("a season");
    let grown =
        farm.act(farm.harvest(0, farm.spinach, grams(MOST), Some("2026-10-04"))).await.expect("a lot");
    farm.act(farm.pack(grown.lot.id, MOST, &[certified])).await.expect("all that the land yields");
    chain::clear_season(farm.app(), &by, first, Day::parse("2026-10-05").unwrap()).await.expect("cleared");
    let second = enter("2026-10-06").await.expect("a season");
    let more = farm.act(farm.harvest(0, farm.spinach, grams(1), None)).await;
    assert!(
        matches!(&more, Err(Error::BeyondYield { left, most, .. }) if left.is_zero() && most.amount() == MOST),
        "{more:?}"
    );
    let other = farm.grow(1, MOST).await;
    assert_eq!(left(farm.act(farm.pack(other, 1, &[certified])).await), 0);
    follows(farm.app()).await;
    // Sown when the first crop can have been ripe, the field bears again.
    chain::withdraw_season(farm.app(), &by, second).await.expect("withdrawn");
    enter("2026-10-19").await.expect("a season");
    farm.grow(0, MOST).await;
    farm.act(farm.pack(other, MOST, &[certified])).await.expect("the land bore twice");
    follows(farm.app()).await;
}

async fn what_is_cleared_in_the_morning_is_sown_in_the_afternoon(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let enter = async |began| open(&farm.trade, &by, farm.plots[0], "rau_muong", (began, ""), "2 sào").await;
    let first = enter("2026-09-01").await.expect("a season");
    farm.act(farm.harvest(0, farm.spinach, grams(MOST), Some("2026-10-20"))).await.expect("the first crop");
    chain::clear_season(farm.app(), &by, first, Day::parse("2026-10-20").unwrap()).await.expect("cleared");
    enter("2026-10-20").await.expect("a season");
    farm.act(farm.harvest(0, farm.spinach, grams(MOST), None)).await.expect("the second crop");
    follows(farm.app()).await;
}

async fn a_season_told_later_gives_land_to_the_one_before(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let enter = async |began| open(&farm.trade, &by, farm.plots[0], "rau_muong", (began, ""), "1 sào").await;
    enter("2026-09-01").await.expect("a season");
    let like =
        farm.act(farm.harvest(0, farm.spinach, grams(MOST / 2), Some("2026-09-20"))).await.expect("a lot");
    // A fact beyond the half that is in the book.
    let told = farm.tell(like.event, 3, 400).await;
    assert_eq!(farm.lot(told.lots[0]).await.breach.as_deref(), Some("beyond_yield"));
    // The other half was sown, and told only now: nobody tells from which bed it came.
    enter("2026-10-10").await.expect("a season");
    assert_eq!(farm.lot(told.lots[0]).await.breach, None);
    follows(farm.app()).await;
}

async fn a_list_that_comes_between_gives_no_second_crop(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let enter = async |began| open(&farm.trade, &by, farm.plots[0], "rau_muong", (began, ""), "2 sào").await;
    let first = enter("2026-11-01").await.expect("a season");
    chain::clear_season(farm.app(), &by, first, Day::parse("2026-11-08").unwrap()).await.expect("cleared");
    enter("2026-11-09").await.expect("a season");
    farm.act(farm.harvest(0, farm.spinach, grams(MOST), Some("2026-11-20"))).await.expect("one crop");
    // A version that says nothing of days, in force from a day after both were sown.
    let bands = include_str!("../../assets/data/lists/bands.csv");
    let silent = bands.replace("hư cấu\";18\n", "hư cấu\";\n");
    assert_ne!(silent, bands);
    let form = ListForm {
        kind: "bands".to_owned(),
        in_force_from: "2026-11-21".to_owned(),
        source: "Danh mục mẫu".to_owned(),
        sample: "1".to_owned(),
    };
    chain::publish_list(farm.app(), Publisher::console(), &form, silent.as_bytes()).await.expect("a list");
    let more = farm.act(farm.harvest(0, farm.spinach, grams(1), None)).await;
    assert!(matches!(&more, Err(Error::BeyondYield { left, .. }) if left.is_zero()), "{more:?}");
    follows(farm.app()).await;
}

async fn a_season_that_was_forgotten_takes_no_land_after_its_expected_end(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let plot = farm.plots[0];
    let first = open(&farm.trade, &by, plot, "rau_muong", ("2026-09-01", "2026-10-10"), "2 sào").await;
    farm.act(farm.harvest(0, farm.spinach, grams(MOST), Some("2026-10-05"))).await.expect("the first season");
    open(&farm.trade, &by, plot, "rau_muong", ("2026-10-11", ""), "2 sào").await.expect("the next one");
    let lot = farm.grow(0, MOST).await;
    // Ended late, the first one takes nothing from the second.
    let today = farm.app().clock.now().day();
    chain::clear_season(farm.app(), &by, first.expect("a season"), today).await.expect("cleared");
    assert_eq!(farm.lot(lot).await.breach, None);
    follows(farm.app()).await;
}

async fn what_was_collected_stays_when_the_mandate_ends(on: On) {
    let farm = Farm::start(on).await;
    let (household, mandate) = farm.trade.household().await;
    let begun = farm.grow(0, 100_000).await;
    let from_there =
        Move { goods: Goods::of(begun, grams(50_000)), place: Some(household.place), when: None, note: None };
    let picked = farm.act(Command::Pick(from_there)).await.expect("a pick").event;
    crate::support::trade::revoke(farm.app(), &farm.trade.officer, mandate).await;
    follows(farm.app()).await;
    // Whatever lets the pick have its effect again, it has it.
    let first = farm.app().store.read(async |tx| events::of_thing(tx, begun.into()).await).await.unwrap();
    farm.correct(*first.iter().find(|event| **event != picked).expect("the first harvest")).await;
    assert_eq!(farm.lot(begun).await.declared.amount(), 50_000);
    follows(farm.app()).await;
}

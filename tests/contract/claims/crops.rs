//! A product that names no crop, or another one than before, is no way round what a plot and a certificate yield: its goods are weighed by what
//! grew where they began, what nobody can weigh is pointed out, and what is said anew is looked at again.

use super::{Farm, MOST, RULE, left, product};
use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later};
use crate::support::field::{self, season};
use crate::support::season::grams;
use crate::support::trade::movement;
use nguongoc::chain::{self, Command, Error};
use nguongoc::kernel::{EventId, LotId, ProductId};
use nguongoc::products::ProductDraft;

on_both!(
    goods_without_a_crop_are_weighed_by_the_season_where_they_grew,
    a_crop_that_is_taken_back_opens_no_way_round,
    another_crop_is_measured_and_weighed_anew,
    what_nobody_can_weigh_is_told_to_the_authority,
);

impl Farm {
    /// Says the crop of a product anew; none when it is empty.
    pub(super) async fn say_crop(&self, id: ProductId, name: &str, group: &str, crop: &str) {
        later(self.app());
        let draft = ProductDraft {
            group: group.to_owned(),
            name: name.to_owned(),
            crop: crop.to_owned(),
            ..ProductDraft::default()
        };
        let new = draft.parse().expect("a product");
        chain::change_product(self.app(), self.member(), id, &new).await.expect("a change");
    }

    pub(super) async fn grown(&self, plot: usize, of: ProductId, amount: i64) -> LotId {
        self.act(self.harvest(plot, of, grams(amount), None)).await.expect("a harvest").lot.id
    }

    /// The rules that are only pointed out of an event about a lot, or stop it.
    pub(super) async fn rules(&self, lot: LotId, event: EventId) -> Vec<String> {
        self.noted(lot, event).await.into_iter().map(|(rule, _)| rule).collect()
    }
}

async fn goods_without_a_crop_are_weighed_by_the_season_where_they_grew(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let greens = product(&farm.trade, "Rau", "rau", "", "").await;
    for plot in farm.plots {
        later(farm.app());
        season(&farm.trade, &by, plot, "rau_muong", "2026-10-01").await;
    }
    // The land of one of the two plots is certified.
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let (a, b) = (farm.grown(0, greens, 2_000_000).await, farm.grown(1, greens, 2_000_000).await);
    let first = farm.act(farm.pack(a, 2_000_000, &[certified])).await.expect("within").event;
    assert_eq!(left(farm.act(farm.pack(b, 160_001, &[certified])).await), 160_000);
    // What names the crop is weighed together with what does not.
    let spinach = farm.grow(1, 100_000).await;
    farm.act(farm.pack(spinach, 100_000, &[certified])).await.expect("within");
    assert_eq!(left(farm.act(farm.pack(b, 60_001, &[certified])).await), 60_000);
    let last = farm.act(farm.pack(b, 60_000, &[certified])).await.expect("up to the last gram").event;
    for (lot, event) in [(a, first), (b, last)] {
        assert_eq!(farm.noted(lot, event).await, [], "the crop is known by the book");
    }
    let told = farm.tell(last, 1, 100).await;
    assert_eq!(told.outcome, chain::Outcome::Held(vec![RULE.to_owned()]));
    follows(farm.app()).await;
    farm.correct(first).await;
    assert_eq!(farm.lot(b).await.breach, None);
    follows(farm.app()).await;
}

async fn a_crop_that_is_taken_back_opens_no_way_round(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let (a, b) = (farm.grow(0, 2_000_000).await, farm.grow(1, 2_000_000).await);
    let first = farm.act(farm.pack(a, 2_000_000, &[certified])).await.expect("within").event;
    assert_eq!(left(farm.act(farm.pack(b, 160_001, &[certified])).await), 160_000);
    // Without a crop and without a season nobody can weigh it: it is packed, and pointed out.
    farm.say_crop(farm.spinach, "Rau muống", "rau", "").await;
    assert_eq!(farm.noted(a, first).await, [("crop_unknown".to_owned(), false)]);
    let second = farm.act(farm.pack(b, 2_000_000, &[certified])).await.expect("it is recorded").event;
    assert_eq!(farm.noted(b, second).await, [("crop_unknown".to_owned(), false)]);
    assert_eq!(farm.lot(b).await.breach, None, "it holds nothing");
    let without = farm.grown(0, farm.spinach, 1_000).await;
    let unclaimed = farm.act(farm.pack(without, 1_000, &[])).await.expect("a packing").event;
    assert_eq!(farm.noted(without, unclaimed).await, [], "nothing is claimed of it");
    follows(farm.app()).await;
    // The book tells what grew there: first of one plot, then of the other.
    later(farm.app());
    season(&farm.trade, &by, farm.plots[0], "rau_muong", "2026-10-01").await;
    assert_eq!(farm.noted(a, first).await, []);
    assert_eq!(farm.rules(b, second).await, ["crop_unknown"]);
    later(farm.app());
    let other = season(&farm.trade, &by, farm.plots[1], "rau_muong", "2026-10-01").await;
    assert_eq!(farm.noted(b, second).await, [(RULE.to_owned(), true)]);
    assert_eq!(farm.lot(b).await.breach.as_deref(), Some(RULE));
    follows(farm.app()).await;
    later(farm.app());
    chain::withdraw_season(farm.app(), &by, other).await.expect("withdrawn");
    assert_eq!(farm.rules(b, second).await, ["crop_unknown"], "nobody knows any more");
    // The crop is said again: what was packed in between is too much.
    farm.say_crop(farm.spinach, "Rau muống", "rau", "rau_muong").await;
    assert_eq!(farm.noted(b, second).await, [(RULE.to_owned(), true)]);
    assert_eq!(farm.lot(a).await.breach, None);
    follows(farm.app()).await;
    farm.correct(first).await;
    assert_eq!(farm.lot(b).await.breach, None);
    follows(farm.app()).await;
}

async fn another_crop_is_measured_and_weighed_anew(on: On) {
    let farm = Farm::start(on).await;
    // Twice as much water celery grows on a plot as water spinach, and more of it is only flagged.
    let greens = product(&farm.trade, "Rau nhà", "rau", "rau_can", "").await;
    let lot = farm.grown(0, greens, 4_000_000).await;
    let small = farm.grow(0, 100_000).await;
    let by = farm.trade.farm.by();
    later(farm.app());
    // Permitted on water spinach with seven days, and judged by what was harvested: the spray names no crop.
    let spray = field::spray("Mẫu Sâu Xanh 36EC", "2026-11-20");
    field::write(&farm.trade, &by, farm.plots[0], &spray).await.expect("a spray");
    let standing = async |lot| farm.lot(lot).await.breach;
    let before = [standing(lot).await, standing(small).await];
    follows(farm.app()).await;
    farm.say_crop(greens, "Rau nhà", "rau", "rau_muong").await;
    let now = farm.app().store.read(async |tx| nguongoc::events::of_thing(tx, lot.into()).await).await;
    let event = now.unwrap()[0];
    let rules = farm.rules(lot, event).await;
    assert!(rules.contains(&"beyond_yield".to_owned()), "more than the plot yields of it: {rules:?}");
    assert!(rules.contains(&"waiting_period".to_owned()), "measured by the spray as well: {rules:?}");
    follows(farm.app()).await;
    let refused = farm.act(farm.harvest(0, farm.spinach, grams(MOST), None)).await;
    assert!(matches!(&refused, Err(Error::BeyondYield { left, .. }) if left.is_zero()), "{refused:?}");
    // Said as it was, everything is as it was.
    farm.say_crop(greens, "Rau nhà", "rau", "rau_can").await;
    assert_eq!([standing(lot).await, standing(small).await], before);
    assert!(!farm.rules(lot, event).await.contains(&"beyond_yield".to_owned()));
    follows(farm.app()).await;
    // What changes nothing of the crop is no reason to look again.
    farm.say_crop(greens, "Rau của nhà", "rau", "rau_can").await;
    assert_eq!([standing(lot).await, standing(small).await], before);
    follows(farm.app()).await;
}

async fn what_nobody_can_weigh_is_told_to_the_authority(on: On) {
    let farm = Farm::start(on).await;
    let certified = farm.certificate("vietgap", "VG-1", "2 sào", &[]).await;
    let house = farm.certificate("haccp", "HA-1", "", &farm.plots).await;
    let greens = product(&farm.trade, "Rau", "rau", "", "").await;
    let dried = product(&farm.trade, "Rau sấy", "che_bien", "", "").await;
    let lot = farm.grown(0, greens, 10_000).await;
    farm.act(farm.pack(lot, 9_000, &[certified, house])).await.expect("a packing");
    // A house certifies no land, and processed food grows on none.
    let other = farm.grown(0, greens, 10_000).await;
    farm.act(farm.pack(other, 9_000, &[house])).await.expect("a packing");
    let processed = farm.grown(1, dried, 10_000).await;
    farm.act(farm.pack(processed, 9_000, &[certified])).await.expect("a packing");
    let officer = farm.trade.registry.program("officer").await;
    let listed = async || {
        let told = officer.get("/api/v1/flags?rule=crop_unknown").await.expect(200).json();
        let lines = told["flags"].as_array().expect("a list").clone();
        lines.into_iter().filter(|line| line["certificates"] != serde_json::json!([])).collect::<Vec<_>>()
    };
    let lines = listed().await;
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0]["lot"], lot.to_string());
    assert_eq!(lines[0]["certificates"], serde_json::json!(["VG-1"]));
    assert_eq!(lines[0]["beyond"], serde_json::Value::Null);
    let desk = farm.trade.registry.signed_in("officer").await;
    for (lang, words) in [("vi", "Không rõ là cây trồng nào"), ("en", "Nobody can tell which crop it is")]
    {
        let page = desk.get(&format!("/flags?lang={lang}&rule=crop_unknown")).await.expect(200);
        assert!(page.texts("p.mark").iter().any(|text| text.starts_with(words)), "{}", page.text);
    }
    // The lot goes on; and with the crop said, there is nothing more to point out.
    farm.act(Command::Sell(movement(&farm.trade.farm, lot, 1_000))).await.expect("it goes on");
    farm.say_crop(greens, "Rau", "rau", "rau_muong").await;
    assert_eq!(listed().await.len(), 0);
    follows(farm.app()).await;
}

//! What is sown anew, and what stands beside it: of which season a harvest is, as far as what was sprayed goes with it.
//! A season is told whenever somebody likes, and frees nothing that it cannot have borne by then.

use super::{Farm, RULE, STRANGE, problem};
use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later};
use crate::support::field::{open, spray, write};
use nguongoc::chain;
use nguongoc::fieldbook::lists::{ListForm, Publisher};
use nguongoc::fieldbook::{self, Activity, ActivityDraft, store};
use nguongoc::kernel::ActivityId;
use nguongoc::store::StoreError;

on_both!(
    goods_of_which_nobody_says_the_crop_go_with_what_the_book_has,
    a_season_that_is_told_afterwards_frees_nothing_that_it_cannot_have_borne,
    bands_that_are_published_later_say_of_which_season_a_harvest_is,
    beds_of_one_crop_are_ended_each_by_itself,
    a_spray_counts_however_much_was_entered_since,
);

async fn goods_of_which_nobody_says_the_crop_go_with_what_the_book_has(on: On) {
    let farm = Farm::start(on).await;
    let first = farm.sow("cai_ngot", "2026-09-01").await;
    farm.spray(STRANGE, "2026-10-10").await;
    farm.clear(first, "2026-10-20").await.unwrap();
    // The book has nothing there: it may be what was sprayed.
    let cut = farm.harvest(farm.plain, "2026-11-15", 1_000).await.lot.id;
    assert_eq!(farm.breach(cut).await.as_deref(), Some(RULE));
    follows(farm.app()).await;
    // A crop that was sown there since is what it was, when it can have been harvested by then: the same crop after 20
    // days, another one after 18.
    for (crop, late, soon) in
        [("cai_ngot", "2026-10-27", "2026-10-26"), ("rau_muong", "2026-10-29", "2026-10-28")]
    {
        let season = farm.sow(crop, late).await;
        assert_eq!(farm.breach(cut).await.as_deref(), Some(RULE), "{crop} sown on {late}");
        follows(farm.app()).await;
        farm.withdraw(season).await;
        let season = farm.sow(crop, soon).await;
        assert_eq!(farm.breach(cut).await, None, "{crop} sown on {soon}");
        follows(farm.app()).await;
        farm.withdraw(season).await;
        assert_eq!(farm.breach(cut).await.as_deref(), Some(RULE));
    }
    follows(farm.app()).await;
}

async fn a_season_that_is_told_afterwards_frees_nothing_that_it_cannot_have_borne(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.by();
    let first = farm.sow("cai_ngot", "2026-09-01").await;
    farm.spray(STRANGE, "2026-10-10").await;
    farm.clear(first, "2026-10-20").await.unwrap();
    let cut = farm.harvest(farm.choy, "2026-10-21", 1_000).await.lot.id;
    let plain = farm.harvest(farm.plain, "2026-10-21", 1_000).await.lot.id;
    let held = async |told: &str| {
        for lot in [cut, plain] {
            assert_eq!(farm.breach(lot).await.as_deref(), Some(RULE), "{told}");
        }
        follows(farm.app()).await;
    };
    held("nothing is sown").await;
    let sow = async |crop: &str, began: &str| {
        later(farm.app());
        open(&farm.trade, &by, farm.place, crop, (began, ""), "1 m2").await.expect("a season")
    };
    for (crop, began) in [("cai_ngot", "2026-10-21"), ("cai_ngot", "2026-10-20"), ("rau_muong", "2026-10-21")]
    {
        let season = sow(crop, began).await;
        held(began).await;
        farm.withdraw(season).await;
    }
    // Nor one that is opened and cleared in between.
    let between = sow("cai_ngot", "2026-10-20").await;
    farm.clear(between, "2026-10-21").await.unwrap();
    held("opened and cleared").await;
    farm.withdraw(between).await;
    // An end that is told to have been earlier frees nothing that the one before it held.
    farm.reopen(first, None).await.unwrap();
    farm.clear(first, "2026-10-25").await.unwrap();
    let next = farm.harvest(farm.choy, "2026-11-12", 1_000).await.lot.id;
    assert_eq!(farm.breach(next).await.as_deref(), Some(RULE), "nothing was sown since the clearing");
    let earlier = farm.reopen(first, Some("2026-10-21")).await;
    assert_eq!(problem(earlier), ("season_has_later_harvests", "21/10/2026".to_owned()));
    sow("cai_ngot", "2026-10-23").await;
    let earlier = farm.reopen(first, Some("2026-10-22")).await;
    assert_eq!(problem(earlier), ("season_has_later_harvests", "22/10/2026".to_owned()));
    assert_eq!(farm.breach(next).await.as_deref(), Some(RULE));
    held("at last").await;
}

async fn bands_that_are_published_later_say_of_which_season_a_harvest_is(on: On) {
    let farm = Farm::start(on).await;
    let first = farm.sow("cai_ngot", "2026-09-01").await;
    farm.spray(STRANGE, "2026-10-10").await;
    farm.clear(first, "2026-10-20").await.unwrap();
    farm.sow("cai_ngot", "2026-10-20").await;
    let cut = farm.harvest(farm.choy, "2026-10-30", 1_000).await.lot.id;
    assert_eq!(farm.breach(cut).await.as_deref(), Some(RULE), "twenty days");
    follows(farm.app()).await;
    let bands = include_str!("../../../assets/data/lists/bands.csv");
    let said = "Cải ngọt;;;;;;8;35;tấn/ha;;;Từ chối;\"Định mức mẫu, hư cấu\";20";
    assert!(bands.contains(said));
    // Where they say nothing, what was sown can be harvested on the next day.
    for (days, rule) in [("10", None), ("11", Some(RULE)), ("", None), ("365", Some(RULE))] {
        later(farm.app());
        let file = bands.replace(said, &said.replace(";20", &format!(";{days}")));
        let form = ListForm {
            kind: "bands".to_owned(),
            in_force_from: "2026-01-01".to_owned(),
            source: "Danh mục mẫu".to_owned(),
            sample: "1".to_owned(),
        };
        let done = chain::publish_list(farm.app(), Publisher::console(), &form, file.as_bytes()).await;
        let looked = done.expect("a list").looked.expect("harvests were looked at again");
        assert_eq!(farm.breach(cut).await.as_deref(), rule, "{days} days");
        let expected = if rule.is_some() { (1, 0) } else { (0, 1) };
        assert_eq!((looked.held, looked.freed), expected, "{days} days");
        follows(farm.app()).await;
    }
    let kept = chain::rebuild(farm.app(), true, |_, _| {}).await.unwrap();
    assert_eq!(kept.rows, 0, "{kept:#?}");
}

async fn beds_of_one_crop_are_ended_each_by_itself(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.by();
    let bed = async |began: &str| {
        later(farm.app());
        open(&farm.trade, &by, farm.place, "cai_ngot", (began, ""), "1 sào").await.expect("a bed")
    };
    let (first, second) = (bed("2026-10-01").await, bed("2026-10-08").await);
    farm.harvest(farm.choy, "2026-11-04", 1_000).await;
    farm.harvest(farm.choy, "2026-11-10", 1_000).await;
    // What was cut last may be of the bed that stood longer.
    farm.clear(first, "2026-11-05").await.unwrap();
    let early = farm.clear(second, "2026-11-09").await;
    assert_eq!(problem(early), ("season_has_later_harvests", "09/11/2026".to_owned()));
    follows(farm.app()).await;
    // Nobody tells from which bed it came: what was sprayed on one of them stands against both.
    farm.reopen(first, None).await.unwrap();
    later(farm.app());
    let draft =
        ActivityDraft {
            season: first.to_string(), area: "1 sào".to_owned(), ..spray(STRANGE, "2026-11-02")
        };
    write(&farm.trade, &by, farm.place, &draft).await.expect("a spray");
    let early = farm.clear(first, "2026-11-05").await;
    assert_eq!(problem(early).0, "season_has_later_harvests");
    farm.clear(first, "2026-11-10").await.unwrap();
    follows(farm.app()).await;
}

async fn a_spray_counts_however_much_was_entered_since(on: On) {
    let farm = Farm::start(on).await;
    let season = farm.sow("cai_ngot", "2026-10-01").await;
    farm.spray(STRANGE, "2026-11-01").await;
    let held = farm.harvest(farm.cabbage, "2026-11-08", 1_000).await.lot.id;
    assert_eq!(farm.breach(held).await.as_deref(), Some(RULE));
    // More entries than a season's page reads.
    let watering = ActivityDraft {
        kind: "watering".to_owned(),
        day: "2026-11-02".to_owned(),
        ..ActivityDraft::default()
    };
    let done = write(&farm.trade, &farm.by(), farm.place, &watering).await.expect("a watering");
    let watering = done.activities[0].clone();
    let ids: Vec<ActivityId> = (0..fieldbook::MOST_ENTRIES).map(|_| farm.app().id()).collect();
    let entered = farm.app().store.write(async |tx| {
        for id in &ids {
            store::insert_activity(tx, &Activity { id: *id, entry: *id, ..watering.clone() }).await?;
        }
        Ok::<_, StoreError>(())
    });
    entered.await.expect("waterings");
    let early = farm.clear(season, "2026-11-05").await;
    assert_eq!(problem(early), ("season_has_later_harvests", "05/11/2026".to_owned()));
    farm.clear(season, "2026-11-08").await.unwrap();
    assert_eq!(farm.breach(held).await.as_deref(), Some(RULE));
}

//! The field book on both databases: what a spray shuts, against an independent model; what is never changed; races.

use crate::support::app::{On, on_both};
use crate::support::field::{day, plot, publish_lists, season, spray, write};
use crate::support::trade::Trade;
use futures_util::future::join_all;
use nguongoc::chain::{self, Command, DeclareLot, When};
use nguongoc::fieldbook::{self, ActivityDraft, Origin, store};
use nguongoc::kernel::{ActivityId, Day, LotId, Moment, PlaceId, Quantity};
use nguongoc::lots::{self, Stop};
use proptest::prelude::{Strategy, any, prop};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::time::Duration;

on_both!(
    a_spray_shuts_its_plot_for_its_days,
    the_stricter_of_list_and_label_is_in_force,
    what_is_not_permitted_shuts_until_the_season_ends,
    a_correction_opens_what_was_shut,
    a_spray_told_late_holds_what_was_harvested,
    random_books_shut_as_the_model_says,
    an_entry_is_written_once_under_its_key,
    an_entry_is_declared_wrong_once,
    entries_are_never_changed,
    stock_is_what_came_in_less_what_was_used,
);

const XANH: &str = "Mẫu Sâu Xanh 36EC"; // 7 days on cai_ngot, 500 ml/ha

async fn trade(on: On) -> (Trade, PlaceId) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let place = plot(&trade, &trade.farm, "Ruộng hai sào").await;
    (trade, place)
}

async fn against(trade: &Trade, place: PlaceId, at: Moment, whole_day: bool) -> Vec<(String, Option<Day>)> {
    let store = &trade.app().store;
    let found = store.read(async |tx| fieldbook::against(tx, place, None, at, whole_day).await).await;
    found.unwrap().into_iter().map(|one| (one.rule.to_owned(), one.until)).collect()
}

async fn harvest(trade: &Trade, place: PlaceId, on: &str) -> LotId {
    let command = Command::Declare(DeclareLot {
        product: trade.farm.product,
        place: Some(place),
        when: Some(When::On(day(on))),
        quantity: Quantity::grams(1_000).unwrap(),
        code: None,
        variety: None,
        note: None,
    });
    chain::record(trade.app(), &trade.farm.by(), command).await.expect("a lot").lot.id
}

async fn stop(trade: &Trade, lot: LotId) -> Option<Stop> {
    trade.app().store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap().stop()
}

async fn a_spray_shuts_its_plot_for_its_days(on: On) {
    let (trade, place) = trade(on).await;
    season(&trade, &trade.farm.by(), place, "cai_ngot", "2026-10-01").await;
    let draft = ActivityDraft { clock: "10:00".to_owned(), ..spray(XANH, "2026-11-10") };
    let done = write(&trade, &trade.farm.by(), place, &draft).await.unwrap();
    let spray = done.activities[0].spray.as_ref().unwrap();
    assert_eq!((spray.judged.waiting_days, spray.until()), (Some(7), Some(day("2026-11-17"))));
    assert_eq!(spray.ingredient.as_deref(), Some("Hoạt chất mẫu A1 36 g/l"));
    let whole = |text: &str| (day(text).start(), true);
    let hour = |text: &str| (Moment::parse(text).unwrap(), false);
    for ((at, whole_day), shut) in [
        (whole("2026-11-09"), false),
        (whole("2026-11-10"), true),
        (hour("2026-11-10T09:59:59+07:00"), false),
        (hour("2026-11-10T10:00:00+07:00"), true),
        (whole("2026-11-16"), true),
        (hour("2026-11-16T23:59:59+07:00"), true),
        // The same moment, told with the offset of another place.
        (hour("2026-11-16T16:59:59Z"), true),
        (hour("2026-11-16T17:00:00Z"), false),
        (whole("2026-11-17"), false),
    ] {
        let found = against(&trade, place, at, whole_day).await;
        assert_eq!(!found.is_empty(), shut, "{at:?} {whole_day}: {found:?}");
        if shut {
            assert_eq!(found, [("waiting_period".to_owned(), Some(day("2026-11-17")))]);
        }
    }
    let other = plot(&trade, &trade.farm, "Ruộng bên").await;
    assert!(against(&trade, other, day("2026-11-11").start(), true).await.is_empty(), "another plot is open");
}

async fn the_stricter_of_list_and_label_is_in_force(on: On) {
    let (trade, place) = trade(on).await;
    season(&trade, &trade.farm.by(), place, "cai_ngot", "2026-10-01").await;
    for (label, until) in [("3", "2026-11-08"), ("20", "2026-11-21"), ("", "2026-11-08"), ("7", "2026-11-08")]
    {
        let draft = ActivityDraft { label_days: label.to_owned(), ..spray(XANH, "2026-11-01") };
        let done = write(&trade, &trade.farm.by(), place, &draft).await.unwrap();
        assert_eq!(done.activities[0].spray.as_ref().unwrap().until(), Some(day(until)), "label {label:?}");
    }
}

async fn what_is_not_permitted_shuts_until_the_season_ends(on: On) {
    let (trade, place) = trade(on).await;
    let by = trade.farm.by();
    let season = season(&trade, &by, place, "cai_ngot", "2026-10-01").await;
    let over = ActivityDraft { dose: "1 l/ha".to_owned(), ..spray(XANH, "2026-11-01") };
    for (draft, rule) in [
        (spray("Không Có Trong Danh Mục", "2026-11-01"), "substance_not_permitted"),
        (spray("Mẫu Nhện Đỏ 73EC", "2026-11-01"), "substance_not_permitted"),
        (over, "dose_exceeded"),
    ] {
        let done = write(&trade, &by, place, &draft).await.unwrap();
        let found = against(&trade, place, day("2026-11-22").start(), true).await;
        assert_eq!(found, [(rule.to_owned(), None)], "{}", draft.product);
        chain::correct_activity(trade.app(), &by, None, done.activities[0].id, None).await.unwrap();
    }
    write(&trade, &by, place, &spray("Không Có Trong Danh Mục", "2026-11-01")).await.unwrap();
    chain::clear_season(trade.app(), &by, season, day("2026-11-20")).await.unwrap();
    let until = Some(day("2026-11-21"));
    let found = against(&trade, place, day("2026-11-20").start(), true).await;
    assert_eq!(found, [("substance_not_permitted".to_owned(), until)]);
    // Nothing was sown since: what is harvested there, of whatever nobody says, may be of the same crop.
    let found = against(&trade, place, day("2026-11-21").start(), true).await;
    assert_eq!(found, [("substance_not_permitted".to_owned(), None)]);
    // Sown anew, it can be harvested after 20 days.
    self::season(&trade, &by, place, "cai_ngot", "2026-11-20").await;
    let found = against(&trade, place, day("2026-12-09").start(), true).await;
    assert_eq!(found, [("substance_not_permitted".to_owned(), None)]);
    assert!(against(&trade, place, day("2026-12-10").start(), true).await.is_empty());
}

async fn a_correction_opens_what_was_shut(on: On) {
    let (trade, place) = trade(on).await;
    let by = trade.farm.by();
    season(&trade, &by, place, "cai_ngot", "2026-10-01").await;
    let wrong = write(&trade, &by, place, &spray(XANH, "2026-11-18")).await.unwrap().activities[0].id;
    let lot = harvest(&trade, place, "2026-11-20").await;
    assert_eq!(stop(&trade, lot).await, Some(Stop::Breach { rule: "waiting_period".to_owned() }));
    // It was ten days earlier.
    let right = spray(XANH, "2026-11-08").parse(Some(place), Origin::Form).unwrap();
    let done = chain::correct_activity(trade.app(), &by, None, wrong, Some(right)).await.unwrap();
    assert!(done.held.is_empty(), "{:?}", done.held);
    assert_eq!(stop(&trade, lot).await, None);
    let store = &trade.app().store;
    let old = store.read(async |tx| store::activity(tx, wrong).await).await.unwrap().unwrap();
    assert_eq!(old.wrong.unwrap().replaced_by, Some(done.activities[0].id), "both stay to be read");
}

async fn a_spray_told_late_holds_what_was_harvested(on: On) {
    let (trade, place) = trade(on).await;
    let by = trade.farm.by();
    season(&trade, &by, place, "cai_ngot", "2026-10-01").await;
    let (early, lot) =
        (harvest(&trade, place, "2026-11-09").await, harvest(&trade, place, "2026-11-15").await);
    let version =
        async || trade.app().store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap().version;
    let before = version().await;
    let done = write(&trade, &by, place, &spray(XANH, "2026-11-10")).await.unwrap();
    assert_eq!(done.held.iter().map(|lot| lot.id).collect::<Vec<_>>(), [lot]);
    assert!(done.activities[0].is_late());
    assert_eq!(stop(&trade, early).await, None);
    assert!(version().await > before, "its page shows another spray");
    let refused = trade.sell(&trade.farm, lot, 1).await.unwrap_err();
    assert!(matches!(refused, chain::Error::Breached { .. }), "{refused:?}");
    // A spray that shuts nothing more is shown all the same.
    let before = version().await;
    let zero = ActivityDraft {
        dose: "1 kg/ha".to_owned(),
        ..spray("Mẫu Vi Sinh Nấm Đối Kháng", "2026-11-02")
    };
    write(&trade, &by, place, &zero).await.unwrap();
    assert!(version().await > before);
}

/// A spray of the model: day, hour, days, whether it was declared wrong.
#[derive(Clone, Debug)]
struct Modelled {
    day: i32,
    hour: Option<u64>,
    label: u32,
    wrong: bool,
}

/// The rule in its plainest form, by whole hours since the first day at UTC+7.
fn is_shut(sprays: &[Modelled], harvest_day: i32, hour: Option<u64>) -> bool {
    sprays.iter().filter(|spray| !spray.wrong).any(|spray| {
        let days = i32::try_from(spray.label.max(7)).unwrap();
        let within = spray.day <= harvest_day && harvest_day < spray.day + days;
        let before = spray.day == harvest_day && matches!((hour, spray.hour), (Some(h), Some(s)) if h < s);
        within && !before
    })
}

async fn random_books_shut_as_the_model_says(on: On) {
    let (trade, _) = trade(on).await;
    let by = trade.farm.by();
    let config = Config { rng_seed: RngSeed::Fixed(11), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let hour = || prop::option::of(0_u64..24);
    let one = (0_i32..20, hour(), 0_u32..15, any::<bool>());
    let one = one.prop_map(|(day, hour, label, wrong)| Modelled { day, hour, label, wrong });
    let books = prop::collection::vec(one, 0..5);
    let first = day("2026-10-20");
    let at = |day: i32, hour: Option<u64>| {
        first.plus_days(day).start().plus(Duration::from_hours(hour.unwrap_or(0)))
    };
    for n in 0..6 {
        let place = plot(&trade, &trade.farm, &format!("Ruộng {n}")).await;
        season(&trade, &by, place, "cai_ngot", "2026-10-01").await;
        let sprays = books.new_tree(&mut runner).unwrap().current();
        for one in &sprays {
            let draft = ActivityDraft {
                clock: one.hour.map(|hour| format!("{hour:02}:00")).unwrap_or_default(),
                label_days: one.label.to_string(),
                ..spray(XANH, &first.plus_days(one.day).to_string())
            };
            let id = write(&trade, &by, place, &draft).await.unwrap().activities[0].id;
            if one.wrong {
                chain::correct_activity(trade.app(), &by, None, id, None).await.unwrap();
            }
        }
        for day in -1..34 {
            for hour in [None, Some(0), Some(11), Some(23)] {
                let found = against(&trade, place, at(day, hour), hour.is_none()).await;
                assert_eq!(!found.is_empty(), is_shut(&sprays, day, hour), "{day} {hour:?} {sprays:?}");
            }
        }
    }
}

async fn an_entry_is_written_once_under_its_key(on: On) {
    let (trade, place) = trade(on).await;
    let by = trade.farm.by();
    let key: ActivityId = trade.app().id();
    let new = spray(XANH, "2026-11-10").parse(Some(place), Origin::Form).unwrap();
    let send = async || chain::record_activity(trade.app(), &by, Some(key), new.clone()).await;
    let done = join_all((0..4).map(|_| send())).await;
    let fresh = done.iter().filter(|done| !done.as_ref().unwrap().repeated).count();
    assert_eq!(fresh, 1, "{done:?}");
    let other = spray(XANH, "2026-11-09").parse(Some(place), Origin::Form).unwrap();
    let taken = chain::record_activity(trade.app(), &by, Some(key), other).await.unwrap_err();
    assert!(matches!(taken, chain::Error::KeyTaken), "{taken:?}");
}

async fn an_entry_is_declared_wrong_once(on: On) {
    let (trade, place) = trade(on).await;
    let by = trade.farm.by();
    let id = write(&trade, &by, place, &spray(XANH, "2026-11-10")).await.unwrap().activities[0].id;
    let done = join_all((0..4).map(|_| chain::correct_activity(trade.app(), &by, None, id, None))).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    let stranger = trade.shop.by();
    let hidden = chain::correct_activity(trade.app(), &stranger, None, id, None).await.unwrap_err();
    assert!(matches!(hidden, chain::Error::NotFound), "{hidden:?}");
}

async fn entries_are_never_changed(on: On) {
    let (trade, place) = trade(on).await;
    let by = trade.farm.by();
    let season = season(&trade, &by, place, "cai_ngot", "2026-10-01").await;
    write(&trade, &by, place, &spray(XANH, "2026-11-10")).await.unwrap();
    chain::clear_season(trade.app(), &by, season, day("2026-11-20")).await.unwrap();
    let store = &trade.app().store;
    for statement in [
        "UPDATE activity SET day = '2026-01-01'",
        "DELETE FROM activity",
        "UPDATE spray SET waiting_days = 0",
        "DELETE FROM spray",
        "UPDATE season_end SET cleared_on = '2026-01-01'",
        "DELETE FROM season_end",
    ] {
        let refused = match store {
            nguongoc::store::Store::Sqlite { writer, .. } => {
                sqlx::query(statement).execute(writer).await.map(|_| ())
            }
            nguongoc::store::Store::Postgres { pool, .. } => {
                sqlx::query(statement).execute(pool).await.map(|_| ())
            }
        };
        assert!(refused.unwrap_err().to_string().contains("never changed"), "{statement}");
    }
}

async fn stock_is_what_came_in_less_what_was_used(on: On) {
    let (trade, place) = trade(on).await;
    let by = trade.farm.by();
    let entry = |kind: &str, amount: &str| ActivityDraft {
        kind: kind.to_owned(),
        day: "2026-11-10".to_owned(),
        input: XANH.to_owned(),
        amount: amount.to_owned(),
        ..ActivityDraft::default()
    };
    let put = async |draft: ActivityDraft, place: Option<PlaceId>| {
        let new = draft.parse(place, Origin::Form).unwrap();
        chain::record_activity(trade.app(), &by, None, new).await.unwrap().activities[0].id
    };
    let left = async || {
        let found = trade.app().store.read(async |tx| store::left(tx, trade.farm.party).await).await.unwrap();
        found.first().map_or(0, |left| left.amount)
    };
    let bought = put(entry("pesticide_purchase", "1 lít"), None).await;
    write(&trade, &by, place, &spray(XANH, "2026-11-11")).await.unwrap();
    assert_eq!(left().await, 990_000, "two sào at 5 ml");
    put(entry("stock_count", "0,5 lít"), None).await;
    assert_eq!(left().await, 500_000);
    chain::correct_activity(trade.app(), &by, None, bought, None).await.unwrap();
    assert_eq!(left().await, -500_000, "a negative balance is shown, never silently mended");
}

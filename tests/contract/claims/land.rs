//! The land that a certificate covers is that of plots whose area somebody said, as they are now: a plot without an area is no way round, and
//! one that is added, or becomes something else, is weighed from then on.

use super::{Farm, MOST, RULE, draft, left, open};
use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later};
use crate::support::season::grams;
use nguongoc::chain::{self, Error};
use nguongoc::places::PlaceDraft;

on_both!(
    land_whose_area_nobody_said_bears_nothing,
    a_plot_that_becomes_a_packhouse_is_land_no_more,
    a_plot_that_was_forgotten_is_land_from_then_on,
    a_strip_that_is_sown_often_bears_for_itself_alone,
);

async fn land_whose_area_nobody_said_bears_nothing(on: On) {
    let farm = Farm::start(on).await;
    // The area of one of two plots is known: that is the land. A plot without one beside it is no way round.
    let unsaid = farm.trade.farm.place;
    let partly = farm.certificate("vietgap", "VG-1", "", &[unsaid, farm.plots[0]]).await;
    let (a, b) = (farm.grow(0, 2_000_000).await, farm.grow(1, 2_000_000).await);
    let first = farm.act(farm.pack(a, 2_000_000, &[partly])).await.expect("within").event;
    assert_eq!(farm.noted(a, first).await, []);
    assert_eq!(left(farm.act(farm.pack(b, 160_001, &[partly])).await), 160_000);
    follows(farm.app()).await;
    // Where no area is known, nobody can weigh it.
    let nothing = farm.certificate("globalgap", "GG-1", "", &[unsaid]).await;
    let packed = farm.act(farm.pack_at(unsaid, b, 2_000_000, &[nothing])).await;
    let packed = packed.expect("it is recorded").event;
    assert_eq!(farm.noted(b, packed).await, [("area_unknown".to_owned(), false)]);
    assert_eq!(farm.lot(b).await.breach, None, "it holds nothing");
    let officer = farm.trade.registry.program("officer").await;
    let told = officer.get("/api/v1/flags?rule=area_unknown").await.expect(200).json();
    assert_eq!(told["flags"].as_array().map(Vec::len), Some(1));
    assert_eq!(told["flags"][0]["lot"], b.to_string());
    assert_eq!(told["flags"][0]["certificates"], serde_json::json!(["GG-1"]));
    let desk = farm.trade.registry.signed_in("officer").await;
    for (lang, words) in [("vi", "Chưa ai ghi"), ("en", "Nobody said how much land")] {
        let page = desk.get(&format!("/flags?lang={lang}&rule=area_unknown")).await.expect(200);
        assert!(page.texts("p.mark").iter().any(|text| text.starts_with(words)), "{}", page.text);
    }
    follows(farm.app()).await;
    // Said, it is weighed: more was packed than that land yields.
    later(farm.app());
    let said = draft("Ruộng nhà", "1 sào").parse().expect("a plot");
    chain::change_place(farm.app(), farm.member(), unsaid, &said).await.expect("a change");
    assert_eq!(farm.noted(b, packed).await, [(RULE.to_owned(), true)]);
    follows(farm.app()).await;
}

async fn a_plot_that_becomes_a_packhouse_is_land_no_more(on: On) {
    let farm = Farm::start(on).await;
    let certified = farm.certificate("vietgap", "VG-1", "", &farm.plots).await;
    let (a, b) = (farm.grow(0, 2_000_000).await, farm.grow(1, 2_000_000).await);
    for lot in [a, b] {
        farm.act(farm.pack(lot, 2_000_000, &[certified])).await.expect("within");
    }
    let say = async |kind: &str| {
        later(farm.app());
        let said = PlaceDraft { kind: kind.to_owned(), ..draft("Thửa 2", "2 sào") };
        let said = said.parse().expect("a place");
        chain::change_place(farm.app(), farm.member(), farm.plots[1], &said).await.expect("a change");
    };
    say("packhouse").await;
    assert_eq!(farm.lot(b).await.breach.as_deref(), Some(RULE), "half of the land is gone");
    assert_eq!(farm.lot(a).await.breach, None, "it was packed earlier");
    follows(farm.app()).await;
    say("plot").await;
    assert_eq!(farm.lot(b).await.breach, None);
    follows(farm.app()).await;
}

async fn a_plot_that_was_forgotten_is_land_from_then_on(on: On) {
    let farm = Farm::start(on).await;
    // It names neither an area nor plots: all of the farm's are certified, of which two were measured.
    let certified = farm.certificate("vietgap", "VG-1", "", &[]).await;
    let unsaid = farm.trade.farm.place;
    let lot = farm.grow(0, MOST).await;
    farm.act(farm.pack(lot, MOST, &[certified])).await.expect("within");
    let more = farm.act(Farm::harvest_at(unsaid, farm.spinach, grams(9_000_000), None)).await;
    let more = more.expect("nobody knows what it yields").lot.id;
    let small = farm.act(farm.pack(more, 10_000, &[certified])).await.expect("within").event;
    let told = farm.tell(small, 1, 2_500).await;
    assert_eq!(told.outcome, chain::Outcome::Held(vec![RULE.to_owned()]));
    follows(farm.app()).await;
    let add = async |name: &str, area: &str| {
        later(farm.app());
        let new = draft(name, area).parse().expect("a plot");
        chain::add_place(farm.app(), farm.member(), &new).await.expect("a plot");
    };
    add("Thửa quên", "2 sào").await;
    assert_eq!(farm.lot(more).await.breach, None, "there is more land");
    follows(farm.app()).await;
    let told = farm.tell(small, 2, 2_000).await;
    assert_eq!(told.outcome, chain::Outcome::Held(vec![RULE.to_owned()]));
    // One that nobody measured adds nothing, and takes the limit from nothing.
    add("Thửa chưa đo", "").await;
    assert_eq!(farm.lot(more).await.breach.as_deref(), Some(RULE));
    follows(farm.app()).await;
}

async fn a_strip_that_is_sown_often_bears_for_itself_alone(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.trade.farm.by();
    let strip = draft("Luống thử", "36 m2").parse().expect("a plot");
    let strip = chain::add_place(farm.app(), farm.member(), &strip).await.expect("a plot").id;
    let certified =
        farm.certificate("vietgap", "VG-1", "1 sào", &[farm.plots[0], farm.plots[1], strip]).await;
    for days in [
        ("2026-04-01", "2026-05-01"),
        ("2026-05-10", "2026-06-10"),
        ("2026-06-20", "2026-07-20"),
        ("2026-08-01", "2026-08-30"),
    ] {
        open(&farm.trade, &by, strip, "rau_muong", days, "36 m2").await.expect("a season");
    }
    let lot = farm.grow(0, 2_000_000).await;
    farm.act(farm.pack(lot, 1_000_000, &[certified])).await.expect("within");
    // Of the 360 m² that are certified the strip's 36 bore four times, and 324 once: 1,080 kg become 1,404.
    let beyond = farm.act(farm.pack(lot, 404_001, &[certified])).await;
    assert!(
        matches!(&beyond, Err(Error::BeyondCertificate { left, most, .. })
            if left.amount() == 404_000 && most.amount() == 1_404_000),
        "{beyond:?}"
    );
    farm.act(farm.pack(lot, 404_000, &[certified])).await.expect("within");
    follows(farm.app()).await;
}

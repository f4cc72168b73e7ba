//! Field books for tests: the sample lists in force, a plot with an area, seasons, sprays.

use super::app::TestApp;
use super::trade::{Firm, Trade};
use nguongoc::app::App;
use nguongoc::chain::{self, By, FieldRecorded};
use nguongoc::fieldbook::lists::{ListForm, Publisher};
use nguongoc::fieldbook::{ActivityDraft, Origin, SeasonDraft};
use nguongoc::kernel::{Day, PlaceId, SeasonId};
use nguongoc::places::PlaceDraft;

/// Publishes the sample lists, in force from the beginning of the year.
pub(crate) async fn publish_lists(registry: &TestApp) {
    for (kind, file) in [
        ("crops", include_str!("../../assets/data/lists/crops.csv")),
        ("substances", include_str!("../../assets/data/lists/substances.csv")),
        ("bands", include_str!("../../assets/data/lists/bands.csv")),
    ] {
        publish_list(&registry.app, kind, file).await;
    }
}

/// Publishes a list, in force from the beginning of the year.
pub(crate) async fn publish_list(app: &App, kind: &str, file: &str) {
    let form = ListForm {
        kind: kind.to_owned(),
        in_force_from: "2026-01-01".to_owned(),
        source: "Danh mục mẫu".to_owned(),
        sample: "1".to_owned(),
    };
    chain::publish_list(app, Publisher::console(), &form, file.as_bytes()).await.expect("a list");
}

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// A further plot of a firm, of 720 m² (two sào).
pub(crate) async fn plot(trade: &Trade, firm: &Firm, name: &str) -> PlaceId {
    let draft = PlaceDraft {
        kind: "plot".to_owned(),
        name: name.to_owned(),
        commune: "00004".to_owned(),
        area: "2 sào".to_owned(),
        ..PlaceDraft::default()
    };
    chain::add_place(trade.app(), &firm.member, &draft.parse().expect("a plot")).await.expect("a plot").id
}

/// A season on a plot of two sào, without an end.
pub(crate) async fn season(trade: &Trade, by: &By, place: PlaceId, crop: &str, began: &str) -> SeasonId {
    open(trade, by, place, crop, (began, ""), "2 sào").await.expect("a season")
}

/// Opens a season from one day to the other, on which it is expected to end.
pub(crate) async fn open(
    trade: &Trade,
    by: &By,
    place: PlaceId,
    crop: &str,
    (began, end): (&str, &str),
    area: &str,
) -> Result<SeasonId, chain::Error> {
    let draft = SeasonDraft {
        place: place.to_string(),
        crop: crop.to_owned(),
        began_on: began.to_owned(),
        expected_end: end.to_owned(),
        area: area.to_owned(),
        ..SeasonDraft::default()
    };
    let opened = chain::open_season(trade.app(), by, None, &draft.parse().expect("a season")).await;
    opened.map(|(season, _)| season.id)
}

/// The draft of a spray that can be.
pub(crate) fn spray(product: &str, on: &str) -> ActivityDraft {
    ActivityDraft {
        kind: "spray".to_owned(),
        day: on.to_owned(),
        product: product.to_owned(),
        pest: "sâu tơ".to_owned(),
        dose: "5 ml/sào".to_owned(),
        area: "2 sào".to_owned(),
        person: "Nguyễn Thị Mẫu".to_owned(),
        ..ActivityDraft::default()
    }
}

/// Writes an entry.
pub(crate) async fn write(
    trade: &Trade,
    by: &By,
    place: PlaceId,
    draft: &ActivityDraft,
) -> Result<FieldRecorded, chain::Error> {
    let new = draft.parse(Some(place), Origin::Form).expect("an entry");
    chain::record_activity(trade.app(), by, None, new).await
}

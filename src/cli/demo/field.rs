//! The sample's field books: seasons, sprays long enough before the harvests, and one spray that was written down too late, so that a
//! lot is held. Fictional, like all of the sample.

use super::people::Cast;
use super::season::Made;
use crate::app::App;
use crate::chain::{self, By};
use crate::fieldbook::{ActivityDraft, Origin, SeasonDraft};
use crate::kernel::{Day, PlaceId};
use crate::lots;
use anyhow::{Context, Result};
use std::time::Duration;

/// Seasons: firm, which of its plots, crop, area.
const SEASONS: [(&str, usize, &str, &str); 6] = [
    ("vanxanh", 0, "cai_ngot", "1800 m2"),
    ("vanxanh", 0, "cai_bap", "1800 m2"),
    ("songdao", 0, "chuoi", "6000 m2"),
    ("thaomay", 2, "lua", "10000 m2"),
    ("hobay", 0, "rau_can", "720 m2"),
    ("hosau", 0, "thanh_long", "1080 m2"),
];

/// Sprays before the first harvests: firm, plot, crop, days before today, product, pest, dose.
const SPRAYS: [(&str, usize, &str, i32, &str, &str, &str); 4] = [
    ("vanxanh", 0, "cai_ngot", 58, "Mẫu Sâu Xanh 36EC", "sâu xanh", "15 ml/sào"),
    ("vanxanh", 0, "cai_bap", 57, "Mẫu Sâu Tơ 5SG", "sâu tơ", "6 g/sào"),
    ("songdao", 0, "chuoi", 57, "Mẫu Thán Thư 80WG", "thán thư", "1 kg/ha"),
    ("hobay", 0, "rau_can", 58, "Mẫu Rầy 25WP", "rầy", "9 g/sào"),
];

fn plot(cast: &Cast, firm: &str, number: usize) -> Result<PlaceId> {
    cast.firm(firm)?.origins.get(number).copied().with_context(|| format!("a plot of {firm}"))
}

fn by(cast: &Cast, firm: &str) -> Result<By> {
    let firm = cast.firm(firm)?;
    Ok(By::behalf(firm.recorder, firm.party))
}

async fn write(app: &App, by: &By, place: PlaceId, draft: &ActivityDraft) -> Result<()> {
    let new = draft.parse(Some(place), Origin::Form)?;
    chain::record_activity(app, by, None, new)
        .await
        .with_context(|| format!("{} {}", draft.kind, draft.day))?;
    Ok(())
}

fn spray(crop: &str, day: Day, product: &str, pest: &str, dose: &str) -> ActivityDraft {
    ActivityDraft {
        kind: "spray".to_owned(),
        day: day.to_string(),
        crop: crop.to_owned(),
        product: product.to_owned(),
        pest: pest.to_owned(),
        dose: dose.to_owned(),
        person: "Người phun mẫu".to_owned(),
        equipment: "Bình đeo vai 16 lít".to_owned(),
        ..ActivityDraft::default()
    }
}

/// Opens the seasons and writes what was done in them before the first harvest.
pub(super) async fn begin(app: &App, cast: &Cast, today: Day) -> Result<()> {
    let began = today.plus_days(-60);
    for (firm, number, crop, area) in SEASONS {
        let place = plot(cast, firm, number)?;
        let draft = SeasonDraft {
            place: place.to_string(),
            crop: crop.to_owned(),
            began_on: began.to_string(),
            area: area.to_owned(),
            seed_source: "Giống mẫu".to_owned(),
            ..SeasonDraft::default()
        };
        chain::open_season(app, &by(cast, firm)?, None, &draft.parse()?).await?;
    }
    for (firm, number, crop, before, product, pest, dose) in SPRAYS {
        let day = today.plus_days(-before);
        // In the evening of the day.
        app.clock.set(day.start().plus(Duration::from_hours(18)));
        write(app, &by(cast, firm)?, plot(cast, firm, number)?, &spray(crop, day, product, pest, dose))
            .await?;
        let fertiliser = ActivityDraft {
            kind: "fertiliser_use".to_owned(),
            day: day.to_string(),
            input: "Phân hữu cơ vi sinh mẫu".to_owned(),
            amount: "20 kg".to_owned(),
            method: "bón lót".to_owned(),
            person: "Người bón mẫu".to_owned(),
            ..ActivityDraft::default()
        };
        write(app, &by(cast, firm)?, plot(cast, firm, number)?, &fertiliser).await?;
    }
    Ok(())
}

/// A spray that was written down only now: the last lot that was harvested at that plot is held.
pub(super) async fn late(app: &App, cast: &Cast, made: &[Made]) -> Result<()> {
    let place = plot(cast, "hosau", 0)?;
    let mut last: Option<Day> = None;
    for one in made {
        let lot = app.store.read(async |tx| lots::find(tx, one.lot).await).await?;
        last = last.max(lot.filter(|lot| lot.place == place).map(|lot| lot.harvested_on));
    }
    let day = last.context("nothing was harvested at the sample's plot")?;
    let draft = spray("thanh_long", day, "Mẫu Thán Thư 80WG", "thán thư", "40 g/sào");
    write(app, &by(cast, "hosau")?, place, &draft).await
}

//! Opening, ending and taking back the seasons that the book is kept by, within the door's unit of work.

use super::error::Error;
use super::gate;
use super::lists;
use super::model::{Activity, NewSeason, Season};
use super::service::MOST_ENTRIES;
use super::store::{self, SeasonEntry};
use crate::kernel::{ActivityId, Day, Moment, PartyId, PersonId, Problem, SeasonId};
use crate::places;
use crate::store::{StoreError, Tx};

/// Opens a season; within the door's unit of work.
///
/// # Errors
/// [`Error::Invalid`] with a problem for each field that cannot be.
pub async fn open(tx: &mut Tx, new: &NewSeason, entry: &SeasonEntry) -> Result<Season, Error> {
    let place = places::place(tx, new.place).await?.filter(|place| place.party == entry.party);
    let place =
        place.ok_or_else(|| Problem::new("place_not_yours").value(new.place.to_string()).at("place"))?;
    if !place.kind.grows() {
        return Err(Problem::new("place_is_no_plot").value(&place.name).at("place").into());
    }
    if let Some(since) = place.closed_at {
        return Err(Problem::new("place_closed").arg("since", since.vietnamese()).at("place").into());
    }
    if lists::crop(tx, &new.crop).await?.is_none() {
        return Err(Problem::new("crop_unknown").value(new.crop.as_str()).at("crop").into());
    }
    if new.began_on > entry.now.day() {
        return Err(Problem::new("day_ahead").value(new.began_on.vietnamese()).at("began_on").into());
    }
    if let Some(end) = new.expected_end.filter(|end| *end < new.began_on) {
        return Err(Problem::new("season_ends_before_it_begins")
            .value(end.vietnamese())
            .arg("first", new.began_on.vietnamese())
            .at("expected_end")
            .into());
    }
    let area = match (new.area, place.area) {
        (Some(area), Some(most)) if area > most => {
            return Err(Problem::new("area_larger_than_plot")
                .value(format!("{} m2", area.square_metres()))
                .arg("most", format!("{} m²", most.square_metres()))
                .at("area")
                .into());
        }
        (Some(area), _) | (None, Some(area)) => area,
        (None, None) => return Err(Problem::new("area_missing").at("area").into()),
    };
    store::insert_season(tx, entry, new, area).await?;
    store::season(tx, entry.id).await?.ok_or(Error::NotFound)
}

/// Ends a season with `day`; within the door's unit of work. What a spray had shut until its end is open afterwards.
///
/// # Errors
/// [`Error::NotFound`], [`Error::SeasonOver`]; a day ahead, before it began, or before its last entry or harvest.
pub async fn clear(
    tx: &mut Tx,
    id: SeasonId,
    party: PartyId,
    day: Day,
    by: PersonId,
    now: Moment,
) -> Result<Season, Error> {
    let season = store::season(tx, id).await?.filter(|season| season.party == party);
    let season = season.ok_or(Error::NotFound)?;
    if !season.is_open() {
        return Err(Error::SeasonOver);
    }
    if day > now.day() {
        return Err(Problem::new("day_ahead").value(day.vietnamese()).at("cleared_on").into());
    }
    if day < season.began_on {
        return Err(Problem::new("season_ends_before_it_begins")
            .value(day.vietnamese())
            .arg("first", season.began_on.vietnamese())
            .at("cleared_on")
            .into());
    }
    let entries = store::activities_of_season(tx, id, MOST_ENTRIES).await?;
    let standing = || entries.iter().filter(|activity| activity.wrong.is_none());
    if let Some(last) = standing().map(|activity| activity.day).max().filter(|last| *last > day) {
        return Err(Problem::new("season_has_later_entries")
            .value(day.vietnamese())
            .arg("last", last.vietnamese())
            .at("cleared_on")
            .into());
    }
    let named: Vec<ActivityId> = standing().map(|activity| activity.id).collect();
    if let Some(last) = last_harvest(tx, &season, &named, day).await? {
        return Err(Problem::new("season_has_later_harvests")
            .value(day.vietnamese())
            .arg("last", last.vietnamese())
            .at("cleared_on")
            .into());
    }
    if !store::clear_season(tx, id, day, by, now).await? {
        return Err(Error::SeasonOver);
    }
    turn_gate(tx, &season, standing()).await?;
    Ok(season)
}

/// Makes whoever harvests there at this moment look again, when a spray shuts the plot until the season's end.
async fn turn_gate<'a>(
    tx: &mut Tx,
    season: &Season,
    mut standing: impl Iterator<Item = &'a Activity>,
) -> Result<(), StoreError> {
    if standing.any(|activity| activity.spray.as_ref().is_some_and(|spray| spray.judged.to.is_none())) {
        places::shut_gate(tx, season.place).await?;
    }
    Ok(())
}

/// The last day after `day` on which something of a season was harvested, which it therefore cannot have ended before: of its crop,
/// where no later season of the crop has it; or whatever was harvested that only the end of the season would free from what one of its
/// `entries` shuts.
async fn last_harvest(
    tx: &mut Tx,
    season: &Season,
    entries: &[ActivityId],
    day: Day,
) -> Result<Option<Day>, StoreError> {
    let mut others = store::seasons_at(tx, season.place).await?;
    others.retain(|other| other.id != season.id);
    let mut last = None;
    for harvest in store::harvests(tx, season.place, day.plus_days(1).start(), Moment::MAX).await? {
        let on = harvest.at.day();
        let of_this = match &harvest.crop {
            Some(crop) => {
                let later = |other: &Season| other.crop == *crop && other.began_on > day && other.has(on);
                *crop == season.crop && !others.iter().any(later)
            }
            None => !others.iter().any(|other| other.has(on)),
        };
        let stands = of_this
            || gate::against(tx, season.place, harvest.crop.as_ref(), harvest.at, harvest.whole_day)
                .await?
                .iter()
                .any(|objection| objection.until.is_none() && entries.contains(&objection.activity));
        if stands {
            last = last.max(Some(on));
        }
    }
    Ok(last)
}

/// Takes back a season that was entered by mistake; within the door's unit of work.
///
/// # Errors
/// [`Error::NotFound`], [`Error::SeasonInUse`].
pub async fn withdraw(
    tx: &mut Tx,
    id: SeasonId,
    party: PartyId,
    by: PersonId,
    now: Moment,
) -> Result<Season, Error> {
    let season = store::season(tx, id).await?.filter(|season| season.party == party);
    let season = season.filter(|season| season.withdrawn_at.is_none()).ok_or(Error::NotFound)?;
    if store::withdraw_season(tx, id, by, now).await? { Ok(season) } else { Err(Error::SeasonInUse) }
}

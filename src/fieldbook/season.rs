//! Opening and ending the seasons that the book is kept by, and taking back either, within the door's unit of work.
//!
//! What must stay true: that an end was told by mistake is said in a record of its own, with a reason, and both stay to
//! be read.

use super::error::Error;
use super::gate;
use super::lists;
use super::model::{NewSeason, Season, Telling};
use super::permit::Ripening;
use super::service::MOST_ENTRIES;
use super::store::{self, SeasonEntry};
use crate::kernel::{Area, Day, Moment, Note, PartyId, PersonId, PlaceId, Problem, SeasonId};
use crate::log;
use crate::places::{self, Place};
use crate::store::{StoreError, Tx};
use serde_json::{Value, json};

/// Opens a season; within the door's unit of work.
///
/// # Errors
/// [`Error::Invalid`] with a problem for each field that cannot be.
pub async fn open(tx: &mut Tx, new: &NewSeason, entry: &SeasonEntry) -> Result<Season, Error> {
    let place = plot(tx, new.place, entry.party).await?;
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
        (Some(area), Some(most)) if area > most => return Err(too_large(area, most).into()),
        (Some(area), _) | (None, Some(area)) => area,
        (None, None) => return Err(Problem::new("area_missing").at("area").into()),
    };
    store::insert_season(tx, entry, new, area).await?;
    store::season(tx, entry.id).await?.ok_or(Error::NotFound)
}

/// The plot of a party, on which a season may stand.
async fn plot(tx: &mut Tx, id: PlaceId, party: PartyId) -> Result<Place, Error> {
    let place = places::place(tx, id).await?.filter(|place| place.party == party);
    let place = place.ok_or_else(|| Problem::new("place_not_yours").value(id.to_string()).at("place"))?;
    if !place.kind.grows() {
        return Err(Problem::new("place_is_no_plot").value(&place.name).at("place").into());
    }
    if let Some(since) = place.closed_at {
        return Err(Problem::new("place_closed").arg("since", since.vietnamese()).at("place").into());
    }
    Ok(place)
}

fn too_large(area: Area, most: Area) -> Problem {
    Problem::new("area_larger_than_plot")
        .value(format!("{} m2", area.square_metres()))
        .arg("most", format!("{} m²", most.square_metres()))
        .at("area")
}

/// The season with this id in the book of a party.
async fn own(tx: &mut Tx, id: SeasonId, party: PartyId) -> Result<Season, Error> {
    store::season(tx, id).await?.filter(|season| season.party == party).ok_or(Error::NotFound)
}

/// Ends a season of a party with `day`; within the door's unit of work. What a spray had shut until its end is open
/// afterwards, but for what is harvested of its crop before that can be harvested that was sown anew.
///
/// # Errors
/// [`Error::NotFound`], [`Error::SeasonOver`]; a day ahead, before it began, or before its last entry or harvest.
pub async fn clear(
    tx: &mut Tx,
    id: SeasonId,
    party: PartyId,
    day: Day,
    told: &Telling,
) -> Result<Season, Error> {
    let season = own(tx, id, party).await?;
    if !season.is_open() {
        return Err(Error::SeasonOver);
    }
    end(tx, &season, day, None, told).await?;
    Ok(season)
}

/// Ends an open season with `day`. `before`: the end that stood until now, where it is told in the place of another.
async fn end(
    tx: &mut Tx,
    season: &Season,
    day: Day,
    before: Option<Day>,
    told: &Telling,
) -> Result<(), Error> {
    if day > told.at.day() {
        return Err(Problem::new("day_ahead").value(day.vietnamese()).at("cleared_on").into());
    }
    if day < season.began_on {
        return Err(Problem::new("season_ends_before_it_begins")
            .value(day.vietnamese())
            .arg("first", season.began_on.vietnamese())
            .at("cleared_on")
            .into());
    }
    let mut entries = store::activities_of_season(tx, season.id, MOST_ENTRIES).await?;
    entries.retain(|activity| activity.wrong.is_none());
    let last = entries.iter().map(|activity| activity.day).max();
    if let Some(last) = last.filter(|last| *last > day) {
        return Err(Problem::new("season_has_later_entries")
            .value(day.vietnamese())
            .arg("last", last.vietnamese())
            .at("cleared_on")
            .into());
    }
    if let Some(last) = last_harvest(tx, season, day, before).await? {
        return Err(Problem::new("season_has_later_harvests")
            .value(day.vietnamese())
            .arg("last", last.vietnamese())
            .at("cleared_on")
            .into());
    }
    if !store::clear_season(tx, season.id, day, told).await? {
        return Err(Error::SeasonOver);
    }
    // Whoever harvests there at this moment looks again.
    Ok(places::shut_gate(tx, season.place).await?)
}

/// The last day after `day` on which something of a season was harvested, which it therefore cannot have ended before:
/// of its crop, where that was not sown anew and no other season of it stood there; or whatever was harvested that only
/// the end of the season would free from what was sprayed in it, and that was not free already because it lies after
/// the end that stood `before`.
async fn last_harvest(
    tx: &mut Tx,
    season: &Season,
    day: Day,
    before: Option<Day>,
) -> Result<Option<Day>, StoreError> {
    let all = store::seasons_at(tx, season.place).await?;
    let ripening = Ripening::read(tx, &all, day, None).await?;
    let ripe = |other: &Season| ripening.ripe(other);
    let beside = |on: Day| {
        let same = |other: &Season| other.id != season.id && other.crop == season.crop && other.has(on);
        all.iter().any(same)
    };
    let mut last = None;
    for harvest in store::harvests(tx, season.place, day.plus_days(1).start(), Moment::MAX).await? {
        let on = harvest.at.day();
        let crop = harvest.crop.as_ref();
        let borne = |ended: Day| season.is_borne_after(ended, crop, on, &all, ripe);
        let mut stands = borne(day) && !beside(on);
        if !stands && before.is_none_or(|before| on <= before || borne(before)) {
            let sprays = gate::touching(tx, season.place, crop, harvest.at, harvest.whole_day).await?;
            stands = sprays.iter().any(|spray| spray.season == Some(season.id) && spray.until().is_none());
        }
        if stands {
            last = last.max(Some(on));
        }
    }
    Ok(last)
}

/// A season whose end was taken back.
#[derive(Clone, Debug)]
pub struct Reopened {
    /// The season, as it was until now.
    pub season: Season,
    /// What may be logged of it: public fields, and a commitment to the reason.
    pub body: Value,
}

/// Takes back the end of a season that was told by mistake; within the door's unit of work. It is open again, or ends
/// with the day that is right `instead`. The reason is private: the log has a commitment to it, under this salt.
///
/// # Errors
/// [`Error::NotFound`], [`Error::SeasonOpen`], [`Error::SeasonOver`] for one that was taken back itself; a plot that
/// takes no season any more, or was sown again on land that there is not for both; the day on which it ended as it
/// stands; as [`clear`] for the day instead.
pub async fn reopen(
    tx: &mut Tx,
    (id, party): (SeasonId, PartyId),
    (reason, salt): (&Note<500>, [u8; 32]),
    instead: Option<Day>,
    told: &Telling,
) -> Result<Reopened, Error> {
    let season = own(tx, id, party).await?;
    if season.withdrawn_at.is_some() {
        return Err(Error::SeasonOver);
    }
    let ended = season.cleared_on.ok_or(Error::SeasonOpen)?;
    // What was sent twice: the end that stands is the right one.
    if instead == Some(ended) {
        return Err(Problem::new("season_ended_that_day").value(ended.vietnamese()).at("cleared_on").into());
    }
    refuse_sown_since(tx, &season, ended, instead).await?;
    let number = store::reopen_season(tx, id, told).await?.ok_or(Error::SeasonOpen)?;
    let open = Season { cleared_on: None, ..season.clone() };
    if let Some(day) = instead {
        end(tx, &open, day, Some(ended), told).await?;
    } else {
        places::shut_gate(tx, season.place).await?;
    }
    let field = store::reason_field(number);
    let commitment = log::keep_private(tx, id.as_uuid(), &field, salt, &json!(reason.as_str())).await?;
    let body = json!({
        "season": id, "party": party, "end_taken_back": ended, "instead": instead,
        "recorded_under_mandate": told.mandate.is_some(), "commitments": { field: commitment },
    });
    Ok(Reopened { season, body })
}

/// A season does not take land again that was told to be free, and was sown since: what opening it would be refused for
/// now, and a season which began after it had `ended` and has not its land beside it.
async fn refuse_sown_since(
    tx: &mut Tx,
    season: &Season,
    ended: Day,
    instead: Option<Day>,
) -> Result<(), Error> {
    let most = if instead.is_some() {
        places::place(tx, season.place).await?.and_then(|place| place.area)
    } else {
        plot(tx, season.place, season.party).await?.area
    };
    let Some(most) = most else { return Ok(()) };
    if instead.is_none() && season.area > most {
        return Err(too_large(season.area, most).into());
    }
    let reopened = Season { cleared_on: instead, ..season.clone() };
    let all = store::seasons_at(tx, season.place).await?;
    let Some(sown) = sown_since(&reopened, ended, most, &all) else { return Ok(()) };
    Err(Problem::new("season_sown_since").value(sown.began_on.vietnamese()).at("cleared_on").into())
}

/// The first season since `ended` for which there is not land enough beside `reopened`. What was cleared is free on the
/// same day.
fn sown_since<'s>(reopened: &Season, ended: Day, plot: Area, all: &'s [Season]) -> Option<&'s Season> {
    let takes = |season: &Season, day: Day| {
        season.stands_on(day) && season.cleared_on.is_none_or(|cleared| day < cleared)
    };
    let others = all.iter().filter(|other| other.id != reopened.id);
    let mut since: Vec<&'s Season> = others.filter(|other| other.began_on >= ended).collect();
    since.sort_by_key(|other| (other.began_on, other.id));
    let crowded = |sown: &Season| {
        let beside = since.iter().filter(|other| takes(other, sown.began_on));
        let beside = beside.map(|other| other.area.square_metres());
        let land = beside.fold(reopened.area.square_metres(), i64::saturating_add);
        takes(reopened, sown.began_on) && land > plot.square_metres()
    };
    since.iter().copied().find(|sown| crowded(sown))
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
    let season = own(tx, id, party).await?;
    if season.withdrawn_at.is_some() {
        return Err(Error::NotFound);
    }
    if !store::withdraw_season(tx, id, by, now).await? {
        return Err(Error::SeasonInUse);
    }
    // What was sown anew is not, and what was sprayed before stands against its harvests again.
    places::shut_gate(tx, season.place).await?;
    Ok(season)
}

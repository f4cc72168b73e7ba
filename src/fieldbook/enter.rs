//! Writing into the book, within the unit of work of the door (`chain`): an entry, and that one is wrong.
//!
//! What must stay true: something that was done is entered as it was done; only what cannot have been is refused (a day ahead, a plot
//! of somebody else, a season of another plot, more land than there is, units that cannot be compared).

use super::error::Error;
use super::model::{
    Activity, Entered, Entry, Judged, Kind, NewActivity, NewSpray, Origin, Rule, Season, Spray, Stock, Where,
    Window, judge,
};
use super::{permit, store};
use crate::kernel::fold::fold;
use crate::kernel::{
    ActivityId, Area, CropCode, Day, Dose, Measure, MeasureUnit, Problem, Problems, SubstanceId,
};
use crate::log;
use crate::places::{self, Place};
use crate::store::Tx;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How far ahead of the registry's clock a phone's clock may be.
const GRACE: Duration = Duration::from_mins(5);

/// Enters something that was done into a party's book. What it shuts is to be looked at by the gates.
///
/// # Errors
/// [`Error::Invalid`] with a problem for each field that cannot be.
pub async fn enter(tx: &mut Tx, new: &NewActivity, entry: &Entry) -> Result<Entered, Error> {
    refuse_the_future(new, entry)?;
    let place = plot(tx, new, entry).await?;
    let season = season(tx, new, place.as_ref()).await?;
    refuse_too_much_land(new, place.as_ref(), season.as_ref())?;
    refuse_strange_origin(tx, new, entry).await?;
    let spray = match (&new.spray, &place) {
        (Some(said), Some(place)) => Some(judged(tx, new, said, entry.id, place, season.as_ref()).await?),
        _ => None,
    };
    let (input, amount) = stock(tx, new, entry, spray.as_ref()).await?;
    let activity = Activity {
        id: entry.id,
        party: entry.party,
        kind: new.kind,
        place: new.place,
        season: season.as_ref().map(|season| season.id),
        day: new.day,
        at: new.at,
        equipment: text(new.equipment.as_ref()),
        input,
        amount,
        details: new.details.clone(),
        spray,
        entry: entry.entry,
        fingerprint: entry.fingerprint,
        origin: new.origin,
        entered_by: entry.by,
        entered_for: entry.recorder,
        mandate: entry.mandate,
        recorded_at: entry.now,
        wrong: None,
        person: text(new.person.as_ref()),
        source: text(new.source.as_ref()),
        note: text(new.note.as_ref()),
    };
    store::insert_activity(tx, &activity).await?;
    let shuts = match &activity.spray {
        Some(spray) => {
            store::insert_spray(tx, spray, entry.now).await?;
            // A harvest that passes the gate at this moment has read the plot as it was: it is run again.
            places::shut_gate(tx, spray.place).await?;
            Some(window(spray))
        }
        None => None,
    };
    let commitments = keep_private(tx, entry, &activity).await?;
    let body = public(&activity, place.as_ref(), commitments);
    Ok(Entered { activity, shuts, body })
}

/// Declares an entry wrong; what it shut is to be looked at again.
///
/// # Errors
/// [`Error::NotFound`] for an entry of another party's book; [`Error::WrongAlready`].
pub async fn declare_wrong(
    tx: &mut Tx,
    wrong: ActivityId,
    replaced_by: Option<ActivityId>,
    by: &Entry,
) -> Result<Option<Window>, Error> {
    let found = store::activity(tx, wrong).await?.filter(|activity| activity.party == by.party);
    let activity = found.ok_or(Error::NotFound)?;
    if !store::declare_wrong(tx, wrong, replaced_by, by.by, by.recorder, by.mandate, by.now).await? {
        return Err(Error::WrongAlready);
    }
    let Some(spray) = activity.spray else { return Ok(None) };
    places::shut_gate(tx, spray.place).await?;
    Ok(Some(window(&spray)))
}

fn text<T: AsRef<str>>(text: Option<&T>) -> Option<String> {
    text.map(|text| text.as_ref().to_owned())
}

/// The days in which harvests may be touched: until when depends on what was harvested.
fn window(spray: &Spray) -> Window {
    Window { place: spray.place, from: spray.day, to: None }
}

fn refuse_the_future(new: &NewActivity, entry: &Entry) -> Result<(), Error> {
    let ahead = match new.at {
        Some(at) => at > entry.now.plus(GRACE),
        None => new.day > entry.now.day(),
    };
    if ahead {
        return Err(Problem::new("day_ahead").value(new.day.vietnamese()).at("day").into());
    }
    Ok(())
}

/// The plot, when the kind has one: of the party, and not closed before that day.
async fn plot(tx: &mut Tx, new: &NewActivity, entry: &Entry) -> Result<Option<Place>, Error> {
    let Some(id) = new.place.filter(|_| new.kind.place() != Where::Nowhere) else {
        return match new.kind.place() {
            Where::Plot => Err(Problem::new("plot_missing").at("place").into()),
            Where::Either | Where::Nowhere => Ok(None),
        };
    };
    let place = places::place(tx, id).await?.filter(|place| place.party == entry.party);
    let place = place.ok_or_else(|| Problem::new("place_not_yours").value(id.to_string()).at("place"))?;
    if new.kind.place() == Where::Plot && !place.kind.grows() {
        return Err(Problem::new("place_is_no_plot").value(&place.name).at("place").into());
    }
    if let Some(since) = place.closed_at.filter(|since| since.day() < new.day) {
        return Err(Problem::new("place_closed").arg("since", since.vietnamese()).at("place").into());
    }
    Ok(Some(place))
}

/// Whether something belongs to a season although it was done before sowing.
const fn prepares(kind: Kind) -> bool {
    matches!(kind, Kind::LandPreparation | Kind::Compost | Kind::Planting | Kind::FertiliserUse)
}

/// The season that is named; else the one that the day lies in.
async fn season(tx: &mut Tx, new: &NewActivity, place: Option<&Place>) -> Result<Option<Season>, Error> {
    let Some(place) = place else {
        return match new.season {
            Some(_) => Err(Problem::new("season_without_plot").at("season").into()),
            None => Ok(None),
        };
    };
    if let Some(id) = new.season {
        let season = store::season(tx, id).await?.filter(|season| season.party == place.party);
        let season = season.ok_or_else(|| Problem::new("season_unknown").at("season"))?;
        if season.place != place.id {
            return Err(Problem::new("season_of_another_plot").at("season").into());
        }
        if season.withdrawn_at.is_some() {
            return Err(Problem::new("season_unknown").at("season").into());
        }
        let early = new.day < season.began_on && !prepares(new.kind);
        if early || season.cleared_on.is_some_and(|cleared| new.day > cleared) {
            let last = season.cleared_on.map_or_else(|| "…".to_owned(), Day::vietnamese);
            return Err(Problem::new("day_outside_season")
                .value(new.day.vietnamese())
                .arg("first", season.began_on.vietnamese())
                .arg("last", last)
                .at("day")
                .into());
        }
        return Ok(Some(season));
    }
    let mut seasons = store::seasons_on(tx, place.id, new.day).await?;
    let crop = new.spray.as_ref().and_then(|spray| spray.crop.as_ref());
    if let Some(crop) = crop {
        seasons.retain(|season| season.crop == *crop);
    }
    if new.spray.is_some() && seasons.len() > 1 {
        return Err(Problem::new("season_choose").arg("count", seasons.len()).at("season").into());
    }
    Ok(seasons.into_iter().next())
}

fn refuse_too_much_land(
    new: &NewActivity,
    place: Option<&Place>,
    season: Option<&Season>,
) -> Result<(), Error> {
    let asked = match &new.spray {
        Some(spray) => spray.area,
        None => new.details.area_m2.and_then(|area| Area::new(area).ok()),
    };
    let there = place.and_then(|place| place.area).max(season.map(|season| season.area));
    match (asked, there) {
        (Some(asked), Some(there)) if asked > there => Err(Problem::new("area_larger_than_plot")
            .value(format!("{} m2", asked.square_metres()))
            .arg("most", format!("{} m²", there.square_metres()))
            .at("area")
            .into()),
        _ => Ok(()),
    }
}

/// What is said to be copied was copied from something of the same book.
async fn refuse_strange_origin(tx: &mut Tx, new: &NewActivity, entry: &Entry) -> Result<(), Error> {
    let whose = match new.origin {
        Origin::Form | Origin::Api => return Ok(()),
        Origin::Copied(from) => {
            store::activity(tx, from).await?.map(|activity| (activity.party, activity.entered_for))
        }
        Origin::Template(from) => {
            store::template(tx, from).await?.map(|template| (template.party, template.party))
        }
    };
    // Whoever enters for many households copies from one to the other, or uses the own template.
    let known = whose.is_some_and(|(party, recorder)| party == entry.party || recorder == entry.recorder);
    if known { Ok(()) } else { Err(Problem::new("copied_from_unknown").at("copied_from").into()) }
}

/// The area, the dose and the total of a spray, each following from the other two where it was not said.
fn amounts(
    said: &NewSpray,
    place: &Place,
    season: Option<&Season>,
) -> Result<(Area, Dose, Measure), Problems> {
    let mut problems = Problems::default();
    let area = said.area.or(season.map(|season| season.area)).or(place.area);
    let Some(area) = area else {
        return Err(Problem::new("area_missing").at("area").into());
    };
    if let Some(total) = said.total.filter(|total| total.unit() == MeasureUnit::Piece) {
        problems.push(Problem::new("dose_unit_unknown").value(total.amount().to_string()).at("total"));
        return Err(problems);
    }
    let (dose, total) = match (said.dose, said.total) {
        (Some(dose), Some(total)) if dose.measure().unit() != total.unit() => {
            problems.push(
                Problem::new("dose_units_differ")
                    .value(total.show(crate::kernel::Lang::Vi))
                    .arg("other", dose.show(crate::kernel::Lang::Vi))
                    .at("total"),
            );
            return Err(problems);
        }
        (Some(dose), Some(total)) => (dose, total),
        (Some(dose), None) => (dose, dose.total(area.square_metres()).map_err(|problem| problem.at("dose"))?),
        (None, Some(total)) => {
            (Dose::new(total, area.square_metres()).map_err(|problem| problem.at("total"))?, total)
        }
        (None, None) => return Err(Problem::new("dose_missing").at("dose").into()),
    };
    Ok((area, dose, total))
}

/// The dose that is measured: what was used in all may be more than the dose says, then it is the larger of both.
///
/// # Errors
/// A total that cannot be, or that is counted in another kind of unit than the dose.
pub(super) fn measured(dose: Dose, total: Measure, area: Area) -> Result<Dose, Problem> {
    if dose.total(area.square_metres()).is_ok_and(|by_dose| by_dose == total) {
        // Rounded up to the smallest unit: no more than the dose.
        return Ok(dose);
    }
    let used = Dose::new(total, area.square_metres())?;
    Ok(if used.exceeds(&dose)? { used } else { dose })
}

async fn judged(
    tx: &mut Tx,
    new: &NewActivity,
    said: &NewSpray,
    id: ActivityId,
    place: &Place,
    season: Option<&Season>,
) -> Result<Spray, Error> {
    let (area, dose, total) = amounts(said, place, season)?;
    let named = SubstanceId::of_name(&fold(said.product.as_str()));
    if said.substance.is_some_and(|chosen| chosen != named) {
        // Else the days of one product could stand under the name of another.
        return Err(Problem::new("substance_other_product")
            .value(said.product.as_str())
            .at("substance")
            .into());
    }
    let crop: Option<CropCode> = season.map(|season| season.crop.clone()).or_else(|| said.crop.clone());
    let found = permit::find(tx, said.substance, said.product.as_str(), crop.as_ref(), new.day).await?;
    let larger = measured(dose, total, area).map_err(|problem| problem.at("total"))?;
    let judged: Judged =
        judge(new.day, found.by_list, said.label_days, &larger).map_err(|problem| problem.at("dose"))?;
    Ok(Spray {
        activity: id,
        place: place.id,
        season: season.map(|season| season.id),
        crop,
        day: new.day,
        at: new.at,
        substance: found.substance,
        list: found.list,
        product: said.product.as_str().to_owned(),
        ingredient: found.ingredient,
        pest: said.pest.as_str().to_owned(),
        dose,
        area,
        total,
        label_days: said.label_days,
        judged,
        cleared_on: season.and_then(|season| season.cleared_on),
    })
}

/// The input, and by how much its stock changes.
async fn stock(
    tx: &mut Tx,
    new: &NewActivity,
    entry: &Entry,
    spray: Option<&Spray>,
) -> Result<(Option<String>, Option<(i64, MeasureUnit)>), Error> {
    let (input, amount) = match spray {
        Some(spray) => (Some(spray.product.clone()), Some(spray.total)),
        None => (text(new.input.as_ref()), new.amount),
    };
    let Some(amount) = amount else { return Ok((input, None)) };
    let change = match (new.kind.stock(), &input) {
        (Stock::Out, _) => -amount.amount(),
        (Stock::Counted, Some(input)) => {
            amount.amount() - store::left_of(tx, entry.party, input, amount.unit()).await?
        }
        _ => amount.amount(),
    };
    Ok((input, Some((change, amount.unit()))))
}

/// Puts what is private beside the entry, where it can be erased, and commits to it.
async fn keep_private(tx: &mut Tx, entry: &Entry, activity: &Activity) -> Result<Map<String, Value>, Error> {
    let texts = [
        ("person", activity.person.as_ref()),
        ("source", activity.source.as_ref()),
        ("note", activity.note.as_ref()),
        ("input", activity.input.as_ref()),
        ("equipment", activity.equipment.as_ref()),
    ];
    let mut values: Vec<(&str, Value)> = texts
        .into_iter()
        .filter_map(|(field, text)| text.map(|text| (field, text.as_str().into())))
        .collect();
    values.push(("details", json!(activity.details)));
    if let Some((amount, unit)) = activity.amount {
        values.push(("amount", json!({ "amount": amount, "unit": unit })));
    }
    if let Some(spray) = &activity.spray {
        values.push((
            "spray",
            json!({
                "product": spray.product, "pest": spray.pest, "dose": spray.dose, "area_m2": spray.area,
                "total": spray.total,
            }),
        ));
    }
    let salted: Vec<(String, [u8; 32], Value)> = values
        .into_iter()
        .enumerate()
        .map(|(n, (field, value))| (field.to_owned(), salt(entry, n), value))
        .collect();
    let made = log::keep_all_private(tx, entry.id.as_uuid(), &salted).await?;
    Ok(salted.into_iter().zip(made).map(|((field, _, _), made)| (field, json!(made))).collect())
}

fn salt(entry: &Entry, n: usize) -> [u8; 32] {
    Sha256::new()
        .chain_update(entry.secret)
        .chain_update(entry.id.as_uuid())
        .chain_update((n as u64).to_le_bytes())
        .finalize()
        .into()
}

/// What may be logged of an entry: what the shopper's page shows, and commitments to the rest.
fn public(activity: &Activity, place: Option<&Place>, commitments: Map<String, Value>) -> Value {
    let mut body = Map::new();
    body.insert("activity".into(), json!(activity.id));
    body.insert("kind".into(), activity.kind.as_str().into());
    body.insert("day".into(), json!(activity.day));
    body.insert("party".into(), json!(activity.party));
    body.insert("origin".into(), activity.origin.as_str().into());
    if activity.mandate.is_some() {
        body.insert("recorded_under_mandate".into(), true.into());
    }
    if let Some(place) = place {
        body.insert("place_code".into(), place.code().into());
    }
    if let Some(season) = activity.season {
        body.insert("season".into(), json!(season));
    }
    if let Some(spray) = &activity.spray {
        let judged = &spray.judged;
        body.insert(
            "spray".into(),
            json!({
                "substance": spray.substance, "ingredient": spray.ingredient, "list": spray.list,
                "crop": spray.crop.as_ref().map(CropCode::as_str), "rule": judged.rule.as_str(),
                "list_days": judged.list_days, "label_days": spray.label_days,
                "waiting_days": judged.waiting_days, "closed_from": spray.day,
                "closed_to": judged.to.filter(|_| judged.rule == Rule::WaitingPeriod),
            }),
        );
    }
    body.insert("commitments".into(), commitments.into());
    body.into()
}

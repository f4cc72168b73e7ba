//! What the gates ask the field book: what stands against a harvest, and how much a season may yield.

use super::enter::measured;
use super::model::{Expectation, Judged, Objection, Rule, Season, Spray, judge, touches};
use super::permit::Ripening;
use super::{permit, store};
use crate::kernel::{Area, CropCode, Day, Moment, PlaceId, Unit};
use crate::places::Place;
use crate::products::Product;
use crate::store::{StoreError, Tx};

/// How long before a harvest a spray counts that was judged by another crop: longer than any waiting period.
const YEAR: i32 = 366;

/// What stands against a harvest at `place`, of `crop` where that is known. The gate is by plot: whatever was harvested there. A spray
/// is judged by the crop that it names, where the book has that on the plot that day; else by the crop that was harvested as well, and the
/// stricter counts; one that names none, by what was harvested.
///
/// # Errors
/// When the database fails.
pub async fn against(
    tx: &mut Tx,
    place: PlaceId,
    crop: Option<&CropCode>,
    harvested: Moment,
    whole_day: bool,
) -> Result<Vec<Objection>, StoreError> {
    let objection = |spray: Spray| Objection {
        rule: spray.judged.rule.as_str(),
        activity: spray.activity,
        substance: spray.name().to_owned(),
        sprayed_on: spray.day,
        until: spray.until(),
    };
    Ok(touching(tx, place, crop, harvested, whole_day).await?.into_iter().map(objection).collect())
}

/// The sprays that stand against a harvest, each as it is judged for it, the latest first.
pub(super) async fn touching(
    tx: &mut Tx,
    place: PlaceId,
    crop: Option<&CropCode>,
    harvested: Moment,
    whole_day: bool,
) -> Result<Vec<Spray>, StoreError> {
    let day = harvested.day();
    let mut sprays = store::sprays_until(tx, place, day, crop, day.plus_days(-YEAR)).await?;
    judge_harvested(tx, &mut sprays, place, crop, day).await?;
    sprays.retain(|spray| touches(spray.day, spray.at, spray.until(), harvested, whole_day));
    Ok(sprays)
}

/// When the season of a crop began in which a day lies, where the book has one; the earliest of several.
async fn sown(tx: &mut Tx, place: PlaceId, crop: &CropCode, day: Day) -> Result<Option<Day>, StoreError> {
    let seasons = store::seasons_on(tx, place, day).await?;
    Ok(seasons.into_iter().filter(|season| season.crop == *crop).map(|season| season.began_on).min())
}

/// Judges sprays for a harvest on `day`, of `crop` where that is known.
pub(super) async fn judge_harvested(
    tx: &mut Tx,
    sprays: &mut [Spray],
    place: PlaceId,
    crop: Option<&CropCode>,
    day: Day,
) -> Result<(), StoreError> {
    if let Some(crop) = crop {
        judge_by_crop(tx, sprays, place, crop, day).await?;
    }
    keep_to_crop(tx, sprays, place, crop, day).await
}

/// What was sprayed on a crop goes with its harvests: of one after the plot was cleared, where the crop was not sown
/// anew so long before that it can be harvested, the end of the season frees nothing. Whichever is told first, the
/// clearing or the harvest: after such a harvest the season is not told to have ended before.
async fn keep_to_crop(
    tx: &mut Tx,
    sprays: &mut [Spray],
    place: PlaceId,
    crop: Option<&CropCode>,
    day: Day,
) -> Result<(), StoreError> {
    let freed = |spray: &Spray| {
        let ends = spray.cleared_on.filter(|_| spray.judged.rule != Rule::WaitingPeriod);
        ends.filter(|cleared| *cleared < day).zip(spray.season)
    };
    let first = sprays.iter().filter_map(|spray| freed(spray).map(|(cleared, _)| cleared)).min();
    let Some(first) = first else { return Ok(()) };
    let seasons = store::seasons_at(tx, place).await?;
    let ripening = Ripening::read(tx, &seasons, first, crop).await?;
    let ripe = |season: &Season| ripening.ripe(season);
    for spray in sprays {
        let Some((cleared, season)) = freed(spray) else { continue };
        let season = seasons.iter().find(|known| known.id == season);
        if season.is_some_and(|season| season.is_borne_after(cleared, crop, day, &seasons, ripe)) {
            spray.cleared_on = None;
        }
    }
    Ok(())
}

/// Judges sprays by the crop that was harvested on `day`: in the place of none that they named; and where they name one that the book does not
/// have on the plot that day, where that is the stricter. What was sprayed before this crop was sown may be forbidden on it: only its waiting
/// days count.
async fn judge_by_crop(
    tx: &mut Tx,
    sprays: &mut [Spray],
    place: PlaceId,
    crop: &CropCode,
    day: Day,
) -> Result<(), StoreError> {
    let began = sown(tx, place, crop, day).await?;
    for spray in sprays.iter_mut().filter(|spray| spray.crop.as_ref() != Some(crop)) {
        // Two crops stand beside each other: the one that it names was sprayed, and its days count for the whole plot.
        if let Some(named) = spray.crop.clone()
            && sown(tx, place, &named, spray.day).await?.is_some()
        {
            continue;
        }
        let found = permit::find(tx, spray.substance, &spray.product, Some(crop), spray.day).await?;
        let larger = measured(spray.dose, spray.total, spray.area);
        let judged = larger
            .and_then(|dose| judge(spray.day, found.by_list, spray.label_days, &dose))
            // Units that cannot be compared were refused when it was entered; a list that differs now is no reason to let it pass.
            .unwrap_or(Judged { rule: Rule::NotPermitted, to: None, ..spray.judged });
        let counts = judged.to.is_some() || began.is_none_or(|began| began <= spray.day);
        if spray.crop.is_none() || (counts && judged.is_stricter_than(&spray.judged)) {
            spray.judged = judged;
        }
    }
    Ok(())
}

/// What stands against a harvest on `day` of which nobody knows the crop. Nothing when the plot is open.
///
/// # Errors
/// When the database fails.
pub async fn shut_on(tx: &mut Tx, place: PlaceId, day: Day) -> Result<Vec<Objection>, StoreError> {
    against(tx, place, None, day.start(), true).await
}

/// Whether a product is counted otherwise than the yield band on `day` of its crop, or of what grows at `place` where it names none.
///
/// # Errors
/// When the database fails.
pub async fn counted_otherwise(
    tx: &mut Tx,
    place: PlaceId,
    product: &Product,
    day: Day,
) -> Result<bool, StoreError> {
    permit::counted_otherwise(tx, place, product, day).await
}

/// How much land may yield of a crop, counted in `unit`, in the period in which `day` lies: the months of the crop's yield band, and for a
/// crop that is harvested all year round the year that is counted from `since`, as a certificate's validity is. The band's top times the
/// area, as often as the field book says that one of the plots bore the crop in that time, and at least once. Nothing where no band is
/// known.
///
/// # Errors
/// When the database fails.
pub async fn land_yields(
    tx: &mut Tx,
    plots: &[Place],
    area: Area,
    (crop, unit): (&CropCode, Unit),
    day: Day,
    since: Day,
) -> Result<Option<Expectation>, StoreError> {
    permit::land_yields(tx, plots, area, (crop, unit), (day, since)).await
}

/// The season that a harvest of `crop` on `day` would lie before, where the book of the plot has one and none that the day lies in: the
/// first that began later.
///
/// # Errors
/// When the database fails.
pub async fn sown_later(
    tx: &mut Tx,
    place: PlaceId,
    crop: Option<&CropCode>,
    day: Day,
) -> Result<Option<Season>, StoreError> {
    let seasons = store::seasons_at(tx, place).await?;
    if seasons.iter().any(|season| season.has(day)) {
        return Ok(None);
    }
    let of_crop = |season: &Season| crop.is_none_or(|crop| *crop == season.crop);
    Ok(seasons.into_iter().rev().find(|season| season.began_on > day && of_crop(season)))
}

/// The crop that grew at `place` on `day` by its book, of several the one that was sown last: what goods are of that name none. Nothing
/// where the book has none.
///
/// # Errors
/// When the database fails.
pub async fn grown_at(tx: &mut Tx, place: PlaceId, day: Day) -> Result<Option<CropCode>, StoreError> {
    Ok(store::seasons_on(tx, place, day).await?.into_iter().next().map(|season| season.crop))
}

//! What the gates ask the field book: what stands against a harvest, and how much a season may yield.

use super::model::{Expectation, Objection, Rule, Season, Spray, judge, touches};
use super::{permit, store};
use crate::kernel::{Area, CropCode, Day, Moment, PlaceId, Unit};
use crate::places::Place;
use crate::products::Product;
use crate::store::{StoreError, Tx};

/// What stands against a harvest at `place`; `crop` helps where a spray named neither crop nor season. The gate is by plot: whatever
/// was harvested there.
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
    let mut objections = Vec::new();
    for mut spray in store::sprays_until(tx, place, harvested.day()).await? {
        if spray.crop.is_none()
            && let Some(crop) = crop
        {
            rejudge(tx, &mut spray, crop).await?;
        }
        let until = spray.until();
        if touches(spray.day, spray.at, until, harvested, whole_day) {
            objections.push(Objection {
                rule: spray.judged.rule.as_str(),
                activity: spray.activity,
                substance: spray.name().to_owned(),
                sprayed_on: spray.day,
                until,
            });
        }
    }
    Ok(objections)
}

/// Judges a spray that named no crop by the crop that was harvested.
async fn rejudge(tx: &mut Tx, spray: &mut Spray, crop: &CropCode) -> Result<(), StoreError> {
    let found = permit::find(tx, spray.substance, &spray.product, Some(crop), spray.day).await?;
    match judge(spray.day, found.by_list, spray.label_days, &spray.dose) {
        Ok(judged) => spray.judged = judged,
        // Units that cannot be compared were refused when it was entered; a list that differs now is no reason to let it pass.
        Err(_) => spray.judged.rule = Rule::NotPermitted,
    }
    Ok(())
}

/// Until when a plot is shut for a harvest on `day`: the last of what stands against it. Nothing when it is open.
///
/// # Errors
/// When the database fails.
pub async fn shut_on(tx: &mut Tx, place: PlaceId, day: Day) -> Result<Vec<Objection>, StoreError> {
    against(tx, place, None, day.start(), true).await
}

/// How much a harvest of `product` at `place` on `day` may come to with all others of its season: the yield band of the crop times
/// the area. Nothing where no season or no band is known.
///
/// # Errors
/// When the database fails.
pub async fn expectation(
    tx: &mut Tx,
    place: PlaceId,
    product: &Product,
    day: Day,
) -> Result<Option<Expectation>, StoreError> {
    permit::expectation(tx, place, product, day).await
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

//! What the authority's lists say, as the field book needs it: of a product for a crop on a day, and of what a season yields.

use super::lists::{self, DoseUnit, ListKind, Permission, Substance};
use super::model::{Expectation, Season, Use};
use super::store;
use crate::kernel::{Area, CropCode, Day, Dose, ListId, Measure, MeasureUnit, PlaceId, SubstanceId, Unit};
use crate::places;
use crate::products::Product;
use crate::store::{StoreError, Tx};

/// Square metres of a hectare: the list's doses are per hectare.
const HECTARE: i64 = 10_000;

/// What was found of a product.
pub(super) struct Found {
    pub(super) substance: Option<SubstanceId>,
    pub(super) list: Option<ListId>,
    pub(super) ingredient: Option<String>,
    pub(super) by_list: Use,
}

/// Looks a product up in the list in force on `day`: by the id that was chosen, else by its name as written.
pub(super) async fn find(
    tx: &mut Tx,
    chosen: Option<SubstanceId>,
    written: &str,
    crop: Option<&CropCode>,
    day: Day,
) -> Result<Found, StoreError> {
    let found = match chosen {
        Some(id) => lists::substance(tx, id, day).await?,
        None => lists::substance_in_force(tx, written, day).await?,
    };
    let Some(substance) = found else {
        return Ok(Found { substance: None, list: None, ingredient: None, by_list: Use::Unlisted });
    };
    let list = lists::in_force(tx, ListKind::Substances, day).await?;
    Ok(Found {
        by_list: by_list(&substance, crop, day),
        substance: list.as_ref().map(|_| substance.id),
        list: list.map(|list| list.id),
        ingredient: Some(substance.ingredients),
    })
}

/// What the list says; without a crop, the strictest that it says for any.
fn by_list(substance: &Substance, crop: Option<&CropCode>, day: Day) -> Use {
    let most = |dose: Option<lists::Dose>| {
        let dose = dose?;
        let unit = match dose.unit {
            DoseUnit::Gram => MeasureUnit::Milligram,
            DoseUnit::Millilitre => MeasureUnit::Microlitre,
        };
        Measure::new(dose.thousandths, unit).and_then(|measure| Dose::new(measure, HECTARE)).ok()
    };
    let Some(crop) = crop else {
        return match substance.longest_waiting() {
            _ if substance.is_banned(day) => Use::Banned,
            Some(days) => Use::Permitted { days: u32::from(days), most: None },
            None => Use::NotPermitted,
        };
    };
    match substance.on(crop, day) {
        Permission::Banned => Use::Banned,
        Permission::NotOnCrop => Use::NotPermitted,
        Permission::Permitted(known) => {
            Use::Permitted { days: u32::from(known.waiting_days), most: most(known.dose) }
        }
    }
}

/// The crop that a product is of, where it says so.
#[must_use]
pub fn crop_of(product: &Product) -> Option<CropCode> {
    product.crop.clone()
}

/// The season of a product's crop at a plot on a day; the one that began last where the product names no crop.
async fn season_of(
    tx: &mut Tx,
    place: PlaceId,
    product: &Product,
    day: Day,
) -> Result<Option<Season>, StoreError> {
    let seasons = store::seasons_on(tx, place, day).await?;
    Ok(seasons.into_iter().find(|season| crop_of(product).as_ref().is_none_or(|crop| *crop == season.crop)))
}

/// The yield band of the crop times the area: of the season, else of the whole plot.
pub(super) async fn expectation(
    tx: &mut Tx,
    place: PlaceId,
    product: &Product,
    day: Day,
) -> Result<Option<Expectation>, StoreError> {
    let season = season_of(tx, place, product, day).await?;
    let crop = season.as_ref().map(|season| season.crop.clone()).or_else(|| crop_of(product));
    let Some(crop) = crop else { return Ok(None) };
    let Some(band) = lists::yield_band(tx, &crop, day).await?.filter(|band| band.unit == Unit::Gram) else {
        return Ok(None);
    };
    let area: Option<Area> = match &season {
        Some(season) => Some(season.area),
        None => places::place(tx, place).await?.and_then(|place| place.area),
    };
    let Some(area) = area else { return Ok(None) };
    let (from, to) = match &season {
        Some(season) => (season.began_on, season.cleared_on.unwrap_or(season.began_on.plus_days(YEAR))),
        None => months_around(&band, day),
    };
    Ok(Some(Expectation { from, to, most: band.most(area), refuse: band.beyond == lists::Beyond::Refuse }))
}

/// A season without an end yields within a year.
const YEAR: i32 = 365;

/// The months of harvest of a band around a day, when no season is known.
fn months_around(band: &lists::YieldBand, day: Day) -> (Day, Day) {
    let (mut from, mut to) = (day, day);
    // A band has at most twelve months of harvest; a day more would be of the next season.
    for _ in 0..YEAR {
        let earlier = from.plus_days(-1);
        if !band.holds(earlier) || earlier.days_until(to) >= YEAR {
            break;
        }
        from = earlier;
    }
    for _ in 0..YEAR {
        let later = to.plus_days(1);
        if !band.holds(later) || from.days_until(later) >= YEAR {
            break;
        }
        to = later;
    }
    (from, to)
}

//! What the authority's lists say, as the field book needs it: of a product for a crop on a day, and of what a season yields.

use super::lists::{self, DaysToHarvest, DoseUnit, ListKind, Permission, Substance};
use super::model::{Expectation, Season, Use};
use super::store;
use crate::kernel::{
    Area, CropCode, Day, Dose, ListId, Measure, MeasureUnit, PlaceId, Problem, SubstanceId, Unit,
};
use crate::places::{self, Place};
use crate::products::Product;
use crate::store::{StoreError, Tx};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

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

/// Whether a product is counted otherwise than the yield band of its crop.
pub(super) async fn counted_otherwise(
    tx: &mut Tx,
    place: PlaceId,
    product: &Product,
    day: Day,
) -> Result<bool, StoreError> {
    let seasons = store::seasons_on(tx, place, day).await?;
    let (_, crop) = grows(product, seasons.iter());
    let Some(crop) = crop else { return Ok(false) };
    Ok(lists::yield_band(tx, &crop, day).await?.is_some_and(|band| band.unit != product.unit))
}

/// The season of a product's crop among those that a day lies in, the one that began last first; of any, where the
/// product names no crop. And the crop, of the season or as the product says.
fn grows<'s>(
    product: &Product,
    mut seasons: impl Iterator<Item = &'s Season>,
) -> (Option<&'s Season>, Option<CropCode>) {
    let named = crop_of(product);
    let season = seasons.find(|season| named.as_ref().is_none_or(|crop| *crop == season.crop));
    let crop = season.map(|season| season.crop.clone()).or(named);
    (season, crop)
}

/// The yield band of a crop that is counted in `unit`: kilograms cannot be compared with pieces.
async fn band(
    tx: &mut Tx,
    crop: &CropCode,
    unit: Unit,
    day: Day,
) -> Result<Option<lists::YieldBand>, StoreError> {
    Ok(lists::yield_band(tx, crop, day).await?.filter(|band| band.unit == unit))
}

/// What a unit of work has read of plots to say what they may yield: each of their harvests asks for the same.
///
/// What must stay true: it lives no longer than its unit of work, and forgets a plot whose seasons or area change in
/// that.
#[derive(Debug, Default)]
pub struct Yields {
    plots: RefCell<HashMap<PlaceId, Rc<Land>>>,
    days: RefCell<HashMap<CropCode, Rc<DaysToHarvest>>>,
}

/// A plot, as far as it says what it may yield.
#[derive(Debug)]
struct Land {
    area: Option<Area>,
    /// Its seasons that stand, the newest first.
    seasons: Vec<Season>,
}

impl Yields {
    /// Forgets what was read of a plot.
    pub fn forget(&self, place: PlaceId) {
        self.plots.borrow_mut().remove(&place);
    }

    /// How much a harvest of `product` at `place` on `day` may come to with all others of its season: the yield band of
    /// the crop times the area, of the seasons that are weighed together, else of the whole plot. Nothing where no
    /// season or no band is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expectation(
        &self,
        tx: &mut Tx,
        place: PlaceId,
        product: &Product,
        day: Day,
    ) -> Result<Option<Expectation>, StoreError> {
        let plot = self.plot(tx, place).await?;
        let (season, crop) = grows(product, plot.seasons.iter().filter(|season| season.has(day)));
        let Some(crop) = crop else { return Ok(None) };
        let Some(band) = band(tx, &crop, product.unit, day).await? else { return Ok(None) };
        let (most, from, to) = if let Some(season) = season {
            let same = plot.seasons.iter().rev().filter(|season| season.crop == crop);
            let same: Vec<Season> = same.cloned().collect();
            // One alone bears once, whatever the list says.
            let days = if same.len() > 1 { self.days(tx, &crop).await? } else { Rc::default() };
            let all = sown(same, &days);
            let group = beside(season, &all);
            let land = land_of(&group, plot.area).ok();
            let until = |own: &&Sown| own.season.cleared_on.unwrap_or(own.season.began_on.plus_days(YEAR));
            let from = group.iter().map(|own| own.season.began_on).min().unwrap_or(season.began_on);
            let to = group.iter().map(until).max().unwrap_or(season.began_on);
            (land.map_or(0, |land| band.most(land)), from, to)
        } else {
            let Some(area) = plot.area else { return Ok(None) };
            let (from, to) = months_around(&band, day);
            (band.most(area), from, to)
        };
        let refuse = band.beyond == lists::Beyond::Refuse;
        Ok(Some(Expectation { crop, from, to, most, refuse }))
    }

    /// Whether only the area of `place` is missing to say how much of `product` it may yield on `day`: a band is known, and no season.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lacks_area(
        &self,
        tx: &mut Tx,
        place: PlaceId,
        product: &Product,
        day: Day,
    ) -> Result<bool, StoreError> {
        let plot = self.plot(tx, place).await?;
        let (season, crop) = grows(product, plot.seasons.iter().filter(|season| season.has(day)));
        let (None, Some(crop), None) = (season, crop, plot.area) else { return Ok(false) };
        Ok(band(tx, &crop, product.unit, day).await?.is_some())
    }

    async fn plot(&self, tx: &mut Tx, place: PlaceId) -> Result<Rc<Land>, StoreError> {
        let known = self.plots.borrow().get(&place).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let area = places::place(tx, place).await?.and_then(|place| place.area);
        let seasons = store::seasons_at(tx, place).await?;
        let found = Rc::new(Land { area, seasons });
        self.plots.borrow_mut().insert(place, Rc::clone(&found));
        Ok(found)
    }

    async fn days(&self, tx: &mut Tx, crop: &CropCode) -> Result<Rc<DaysToHarvest>, StoreError> {
        let known = self.days.borrow().get(crop).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = Rc::new(lists::days_to_harvest(tx, crop).await?);
        self.days.borrow_mut().insert(crop.clone(), Rc::clone(&found));
        Ok(found)
    }
}

/// A season of a crop, with the day from which on its land may bear that again: not before it can have been harvested once.
struct Sown {
    season: Season,
    bears_again: Day,
}

/// Seasons of a crop, in the order in which they began, each with the day from which on its land may bear again.
fn sown(seasons: Vec<Season>, days: &DaysToHarvest) -> Vec<Sown> {
    let sown = |season: Season| Sown { bears_again: days.bears_again(season.began_on), season };
    seasons.into_iter().map(sown).collect()
}

/// The seasons of the same crop that stood beside `season`, or beside one of those, or began before the one in front of them can have been
/// harvested: what was harvested in any of them is weighed together, for nobody tells from which bed it came. In the order in which they began.
fn beside<'s>(season: &Season, all: &'s [Sown]) -> Vec<&'s Sown> {
    let mut group: Vec<&Sown> = Vec::new();
    for other in all {
        let began = other.season.began_on;
        if !group.iter().any(|before| before.season.has(began) || began < before.bears_again) {
            if group.iter().any(|before| before.season.id == season.id) {
                break;
            }
            group.clear();
        }
        group.push(other);
    }
    group
}

/// How much land seasons that are weighed together have: each no more than those leave of the plot that still stand, or whose crop can not
/// yet have been harvested, when it begins: one field does not bear twice because it was entered twice, or cleared and sown again within
/// days. What was cleared is free on the same day.
fn land_of(group: &[&Sown], plot: Option<Area>) -> Result<Area, Problem> {
    let mut counted: Vec<(&Sown, i64)> = Vec::with_capacity(group.len());
    for own in group {
        let began = own.season.began_on;
        let stands =
            |other: &Season| other.stands_on(began) && other.cleared_on.is_none_or(|cleared| began < cleared);
        let takes = |other: &Sown| stands(&other.season) || began < other.bears_again;
        let taken: i64 = counted.iter().filter(|(other, _)| takes(other)).map(|(_, area)| area).sum();
        let left = plot.map_or(i64::MAX, |plot| plot.square_metres().saturating_sub(taken).max(0));
        counted.push((own, own.season.area.square_metres().min(left)));
    }
    let land = counted.iter().fold(0_i64, |sum, (_, area)| sum.saturating_add(*area));
    Area::new(land.min(Area::MAX))
}

/// From which day on what was sown in the seasons of a plot can be harvested, as the authority's bands say.
pub(super) struct Ripening(BTreeMap<CropCode, DaysToHarvest>);

impl Ripening {
    /// Reads it for the crops of those of the seasons that had not ended before `since`, each once; for `of` alone where only that is
    /// asked about.
    pub(super) async fn read(
        tx: &mut Tx,
        seasons: &[Season],
        since: Day,
        of: Option<&CropCode>,
    ) -> Result<Self, StoreError> {
        let stood = seasons.iter().filter(|season| {
            season.cleared_on.is_none_or(|ended| ended >= since) && of.is_none_or(|crop| *crop == season.crop)
        });
        let crops: BTreeSet<&CropCode> = stood.map(|season| &season.crop).collect();
        let mut days = BTreeMap::new();
        for crop in crops {
            days.insert(crop.clone(), lists::days_to_harvest(tx, crop).await?);
        }
        Ok(Self(days))
    }

    /// The first day on which the crop of a season can be harvested: by the version in force on the day of sowing, and
    /// the day after that where it says nothing of the crop.
    pub(super) fn ripe(&self, season: &Season) -> Day {
        let next = season.began_on.plus_days(1);
        self.0.get(&season.crop).map_or(next, |days| days.bears_again(season.began_on).max(next))
    }
}

/// How much land may yield of a crop in the period in which `day` lies; see [`super::land_yields`].
pub(super) async fn land_yields(
    tx: &mut Tx,
    plots: &[Place],
    area: Area,
    (crop, unit): (&CropCode, Unit),
    (day, since): (Day, Day),
) -> Result<Option<Expectation>, StoreError> {
    let Some(band) = band(tx, crop, unit, day).await? else { return Ok(None) };
    let (from, to) = if band.is_all_year() { year_since(since, day) } else { months_around(&band, day) };
    let mut books: Vec<(Option<Area>, Vec<Season>)> = Vec::with_capacity(plots.len());
    for plot in plots {
        books.push((plot.area, store::seasons_between(tx, plot.id, crop, from, to).await?));
    }
    // One alone bears once, whatever the list says.
    let is_asked = books.iter().any(|(_, seasons)| seasons.len() > 1);
    let days = if is_asked { lists::days_to_harvest(tx, crop).await? } else { DaysToHarvest::default() };
    // How many times each plot bore.
    let times = |(plot, seasons): (Option<Area>, Vec<Season>)| {
        (rounds_of(plot, &sown(seasons, &days)).max(1), plot.map(Area::square_metres))
    };
    let bore: Vec<(i64, Option<i64>)> = books.into_iter().map(times).collect();
    let most = portion(band.most(area), borne_of(area.square_metres(), bore), area.square_metres());
    let refuse = band.beyond == lists::Beyond::Refuse;
    Ok(Some(Expectation { crop: crop.clone(), from, to, most, refuse }))
}

/// How much land in square metres bears once what `area` of it bore: the plots that bore most often are taken first, for nobody says which of them
/// are meant, each with the land that it has; beside them the rest bore once. Where no plot's land is known, all of it bore as often as any did.
fn borne_of(area: i64, mut bore: Vec<(i64, Option<i64>)>) -> i64 {
    bore.sort_by_key(|(times, _)| std::cmp::Reverse(*times));
    let is_known = bore.iter().any(|(_, own)| own.is_some());
    let (mut left, mut borne) = (area, 0_i64);
    for (times, own) in bore {
        let taken = if is_known { own.unwrap_or(0) } else { area }.min(left);
        left -= taken;
        borne = borne.saturating_add(taken.saturating_mul(times));
    }
    borne.saturating_add(left)
}

/// The whole part of `amount * part / whole`.
fn portion(amount: i64, part: i64, whole: i64) -> i64 {
    let product = i128::from(amount) * i128::from(part);
    i64::try_from(product / i128::from(whole)).unwrap_or(i64::MAX)
}

/// How many times a plot bore a crop in these seasons, rounded up: two seasons of half the plot are one time, and so is what was entered
/// twice for one day, or sown again before it can have been harvested.
fn rounds_of(plot: Option<Area>, seasons: &[Sown]) -> i64 {
    // Of each day, the largest, and from when on its land may bear again.
    let mut days: BTreeMap<Day, (i64, Day)> = BTreeMap::new();
    for own in seasons {
        let most = days.entry(own.season.began_on).or_insert((0, own.bears_again));
        most.0 = own.season.area.square_metres().max(most.0);
    }
    // Without the size of the plot, each season is all of it.
    let whole = plot.map_or(1, Area::square_metres);
    let mut counted: Vec<(Day, i64)> = Vec::with_capacity(days.len());
    for (day, (area, again)) in days {
        let taken: i64 = counted.iter().filter(|(again, _)| day < *again).map(|(_, area)| area).sum();
        let own = if plot.is_some() { area } else { whole };
        counted.push((again, own.min(whole - taken).max(0)));
    }
    let borne: i64 = counted.iter().map(|(_, area)| area).sum();
    borne.saturating_add(whole - 1) / whole
}

/// The year in which `day` lies, when years are counted from `since`.
fn year_since(since: Day, day: Day) -> (Day, Day) {
    // The 29th of February is the 28th where there is none.
    let start = |year: i16| {
        Day::new(year, since.month(), since.day_of_month())
            .or_else(|_| Day::new(year, since.month(), 28))
            .unwrap_or(since)
    };
    let this = start(day.year());
    if day < this {
        (start(day.year() - 1), this.plus_days(-1))
    } else {
        (this, start(day.year() + 1).plus_days(-1))
    }
}

/// A season without an end yields within a year.
const YEAR: i32 = 365;

/// The months of harvest of a band around a day, when no season is known: of a crop that is harvested all year round, the calendar
/// year, so that the harvests that are weighed together are the same ones whichever of them is told last.
pub(super) fn months_around(band: &lists::YieldBand, day: Day) -> (Day, Day) {
    let same = |other: Day| band.holds(other) && (!band.is_all_year() || other.year() == day.year());
    let (mut from, mut to) = (day, day);
    for _ in 0..YEAR {
        let earlier = from.plus_days(-1);
        if !same(earlier) {
            break;
        }
        from = earlier;
    }
    for _ in 0..YEAR {
        let later = to.plus_days(1);
        if !same(later) {
            break;
        }
        to = later;
    }
    (from, to)
}

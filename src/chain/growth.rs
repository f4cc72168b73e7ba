//! What grew on a plot, measured by what was done there and by what it can yield. A harvest is a fact: one that happened while the
//! plot was shut is recorded, and the lot held with everything that was made of it. When the field book changes, the harvests
//! that it speaks of are looked at again.
//!
//! What must stay true: whichever is told first, the spray or the harvest, the lot ends up alike; what an inspector let pass stays so
//! until there is more against it.

use super::act::Act;
use super::bands;
use super::claims;
use super::error::Error;
use super::inherit;
use super::model::{By, EventTime};
use crate::events::{self, Breaching, Event, Grown, Step};
use crate::fieldbook::{self, Expectation, Rule, Season, Spray};
use crate::kernel::{CropCode, Day, EventId, LotId, Moment, PlaceId, ProductId, Quantity, Unit};
use crate::lots;
use crate::places::Place;
use crate::products::Product;
use crate::store::{StoreError, Tx};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The rules that a harvest breaches by what the field book says.
pub(super) const RULES: [&str; 4] =
    ["waiting_period", "banned_substance", "substance_not_permitted", "dose_exceeded"];

/// The rule of a harvest that is more than the plot can yield.
const BEYOND_YIELD: &str = "beyond_yield";

/// The rule of a harvest that was reported without the place where it grew.
pub(super) const ORIGIN_UNKNOWN: &str = "origin_unknown";

/// The rule of what made a lot a danger and does not any more, because somebody says otherwise of it now: no inspector let it pass.
pub(super) const STOP_TAKEN_BACK: &str = "stop_taken_back";

/// The rule of a harvest before what was harvested was sown, by the field book: it is pointed out, and holds nothing.
const BEFORE_SOWING: &str = "before_sowing";

/// What speaks against a harvest, by rule.
type Against = BTreeMap<&'static str, Vec<Value>>;

async fn against(
    tx: &mut Tx,
    place: PlaceId,
    product: &Product,
    at: Moment,
    whole_day: bool,
) -> Result<Against, StoreError> {
    let crop = fieldbook::crop_of(product);
    let mut against = Against::new();
    for objection in fieldbook::against(tx, place, crop.as_ref(), at, whole_day).await? {
        against.entry(objection.rule).or_default().push(json!({
            "activity": objection.activity,
            "substance": objection.substance,
            "sprayed_on": objection.sprayed_on,
            "until": objection.until,
        }));
    }
    Ok(against)
}

/// Measures a harvest that is about to be written: what speaks against it holds the lot. A command for more than the plot can yield is
/// refused where the band says so, and one of a crop at a place where nothing grows.
pub(super) async fn measure(
    tx: &mut Tx,
    act: &mut Act<'_>,
    lot: LotId,
    product: &Product,
    place: &Place,
    (time, quantity): (&EventTime, Quantity),
) -> Result<(), Error> {
    // What passed as a command once was given before there was this rule.
    if product.crop.is_some() && !place.kind.grows() && !act.passed {
        act.refuse(lot, Error::NoPlot { place: place.name.clone() })?;
    }
    for (rule, why) in against(tx, place.id, product, time.moment, time.whole_day).await? {
        act.breach(lot, rule, &Value::from(why).to_string());
    }
    if let Some(season) = before_sowing(tx, place.id, product, time.day(), act.recorded_at).await? {
        if !act.is_fact() {
            return Err(Error::BeforeSowing { day: time.day(), sown: season.began_on });
        }
        events::point_out(tx, lot, act.fresh.event, BEFORE_SOWING, &sown(&season)).await?;
    }
    if act.is_fact() || quantity.unit() != product.unit {
        return Ok(());
    }
    let most = act.memory.yields.expectation(tx, place.id, product, time.day()).await?;
    let Some(most) = most else { return Ok(()) };
    if most.refuse {
        let before = together(tx, act, place.id, &most, product.unit).await?;
        let so_far: i64 = before.iter().map(|(grown, _)| grown.amount).sum();
        if so_far.saturating_add(quantity.amount()) > most.most {
            let amount = |amount: i64| Quantity::new(amount.max(0), product.unit).unwrap_or(quantity);
            return Err(Error::BeyondYield {
                asked: quantity,
                left: amount(most.most - so_far),
                most: amount(most.most),
            });
        }
    }
    Ok(())
}

/// The season that a harvest lies before, where it was told after that season: who has no book of earlier seasons did nothing wrong.
async fn before_sowing(
    tx: &mut Tx,
    place: PlaceId,
    product: &Product,
    day: Day,
    recorded_at: Moment,
) -> Result<Option<Season>, Error> {
    let crop = fieldbook::crop_of(product);
    let season = fieldbook::sown_later(tx, place, crop.as_ref(), day).await?;
    Ok(season.filter(|season| season.recorded_at < recorded_at))
}

fn sown(season: &Season) -> String {
    json!({ "season": season.id, "sown": season.began_on }).to_string()
}

/// Points out, or no more, that a harvest lies before sowing.
async fn date(tx: &mut Tx, grown: &Grown, product: &Product, place: PlaceId) -> Result<bool, Error> {
    let recorded = events::event(tx, grown.event).await?.map_or(Moment::MAX, |row| row.recorded_at);
    let season = before_sowing(tx, place, product, grown.time.day(), recorded).await?;
    let why = season.as_ref().map(|season| (sown(season), false));
    if say(tx, grown, BEFORE_SOWING, why.as_ref()).await? == Said::Same {
        return Ok(false);
    }
    lots::touch(tx, grown.lot).await?;
    Ok(true)
}

/// The harvests that are weighed together, in their order: those of the same crop, in the same season or, where no season is known, in the
/// same months of harvest; each with what there may be on its day. Each is asked for by itself, so that the answer does not depend on which of them asks.
async fn together(
    tx: &mut Tx,
    act: &Act<'_>,
    place: PlaceId,
    most: &Expectation,
    unit: Unit,
) -> Result<Vec<(Grown, Expectation)>, Error> {
    let mut known: BTreeMap<(ProductId, Day), Option<Expectation>> = BTreeMap::new();
    let mut found = Vec::new();
    for grown in events::harvests_at(tx, place, most.from.start(), most.to.plus_days(1).start()).await? {
        let lot = lots::find(tx, grown.lot).await?.filter(|lot| lot.unit() == unit);
        let Some(lot) = lot else { continue };
        let day = grown.time.day();
        let own = if let Some(own) = known.get(&(lot.product, day)) {
            own.clone()
        } else {
            let product = act.memory.product(tx, lot.product).await?;
            let own = match &product {
                Some(product) => act.memory.yields.expectation(tx, place, product, day).await?,
                None => None,
            };
            known.insert((lot.product, day), own.clone());
            own
        };
        let same = |own: &Expectation| (&own.crop, own.from, own.to) == (&most.crop, most.from, most.to);
        if let Some(own) = own.filter(same) {
            found.push((grown, own));
        }
    }
    Ok(found)
}

/// Weighs the harvests of the season of an event that stands in the journal, or did until now: each that goes beyond what the plot can
/// yield with those before it is held, or only pointed out where the band says so.
pub(super) async fn weigh(tx: &mut Tx, act: &mut Act<'_>, row: &Event, lots: &[LotId]) -> Result<(), Error> {
    let Some(place) = row.place.filter(|_| matches!(row.step, Step::Harvest | Step::Pick)) else {
        return Ok(());
    };
    for lot in lots {
        let Some(lot) = lots::find(tx, *lot).await? else { continue };
        let Some(product) = act.memory.product(tx, lot.product).await? else { continue };
        weigh_season(tx, act, place, &product, row.time.day()).await?;
    }
    Ok(())
}

async fn weigh_season(
    tx: &mut Tx,
    act: &mut Act<'_>,
    place: PlaceId,
    product: &Product,
    day: Day,
) -> Result<(), Error> {
    match act.memory.yields.expectation(tx, place, product, day).await? {
        Some(most) => weigh_together(tx, act, place, &most, product.unit).await,
        None => count(tx, act, place, product, day).await,
    }
}

/// Weighs the harvests that `most` is one of, each with those before it by the band of its own day.
async fn weigh_together(
    tx: &mut Tx,
    act: &mut Act<'_>,
    place: PlaceId,
    most: &Expectation,
    unit: Unit,
) -> Result<(), Error> {
    let mut sum: i64 = 0;
    for (grown, most) in together(tx, act, place, most, unit).await? {
        sum = sum.saturating_add(grown.amount);
        let why = || json!({ "from": most.from, "to": most.to, "most": most.most, "sum": sum }).to_string();
        let beyond = (sum > most.most).then(|| (why(), most.refuse));
        weighed(tx, act, &grown, beyond, Unsaid::default()).await?;
    }
    Ok(())
}

/// Points out the harvests of a product on a day of which nobody can say how many there may be: they are counted otherwise than the band of
/// their crop, no crop is known of them, or not how much land the plot has; or no more, when that is not so.
async fn count(
    tx: &mut Tx,
    act: &mut Act<'_>,
    place: PlaceId,
    product: &Product,
    day: Day,
) -> Result<(), Error> {
    let otherwise = fieldbook::counted_otherwise(tx, place, product, day).await?;
    let no_area = act.memory.yields.lacks_area(tx, place, product, day).await?;
    let unknown = fieldbook::crop_of(product).is_none()
        && fieldbook::grown_at(tx, place, day).await?.is_none()
        && fieldbook::lists::has_crops(tx, product.group).await?;
    for grown in events::harvests_at(tx, place, day.start(), day.plus_days(1).start()).await? {
        if lots::find(tx, grown.lot).await?.is_none_or(|lot| lot.product != product.id) {
            continue;
        }
        let why = || (json!({ "sum": grown.amount }).to_string(), false);
        let unsaid =
            Unsaid { counted: otherwise.then(why), crop: unknown.then(why), area: no_area.then(why) };
        weighed(tx, act, &grown, None, unsaid).await?;
    }
    Ok(())
}

/// Why something speaks against a harvest, and whether that stops the lot; nothing when nothing does.
type Why = Option<(String, bool)>;

/// Why nobody can say whether a harvest is beyond what its plot can yield.
#[derive(Default)]
struct Unsaid {
    /// It is counted otherwise than the band.
    counted: Why,
    /// No crop is known.
    crop: Why,
    /// It is not known how much land the plot has.
    area: Why,
}

/// Writes what came of weighing a harvest: that it is beyond what the plot can yield, or that nobody can say.
async fn weighed(
    tx: &mut Tx,
    act: &mut Act<'_>,
    grown: &Grown,
    beyond: Why,
    unsaid: Unsaid,
) -> Result<(), Error> {
    let told = say(tx, grown, BEYOND_YIELD, beyond.as_ref()).await?;
    // What an inspector let pass of a harvest that has its effect again stays so.
    if told == Said::New
        && let Some(passed) = act.passed_before(grown.lot, grown.event, BEYOND_YIELD)
    {
        events::let_pass_again(tx, passed).await?;
    }
    let counted = say(tx, grown, bands::NOT_COMPARABLE, unsaid.counted.as_ref()).await?;
    let crop = say(tx, grown, claims::CROP_UNKNOWN, unsaid.crop.as_ref()).await?;
    let area = say(tx, grown, claims::AREA_UNKNOWN, unsaid.area.as_ref()).await?;
    if [told, counted, crop, area].iter().any(|said| *said != Said::Same) {
        lots::touch(tx, grown.lot).await?;
        act.touch(grown.lot);
    }
    Ok(())
}

/// What became of what speaks against a harvest by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// It is what it was.
    Same,
    /// There was nothing, and now there is.
    New,
    /// It is something else, or nothing any more.
    Other,
}

/// Writes what speaks against a harvest by a rule now, and whether it stops the lot, in the place of what did; what an inspector let pass
/// stays as long as anything speaks against it.
async fn say(
    tx: &mut Tx,
    grown: &Grown,
    rule: &'static str,
    now: Option<&(String, bool)>,
) -> Result<Said, Error> {
    let told = events::breaches_at(tx, grown.lot, grown.event).await?;
    let told = told.into_iter().find(|breach| breach.rule == rule);
    let same = match (&told, now) {
        (None, None) => true,
        (Some(told), Some((why, stops))) => told.overridden || (told.stops == *stops && told.detail == *why),
        _ => false,
    };
    if same {
        return Ok(Said::Same);
    }
    events::drop_breach(tx, grown.lot, grown.event, rule).await?;
    match now {
        Some((why, true)) => events::add_breach(tx, grown.lot, grown.event, rule, why).await?,
        Some((why, false)) => events::point_out(tx, grown.lot, grown.event, rule, why).await?,
        None => {}
    }
    Ok(if told.is_none() { Said::New } else { Said::Other })
}

/// Looks again at every harvest at `place` from `from` until before `to`; without an end, at all since. Afterwards the lots that
/// changed are among those that the act touched or reached.
pub(super) async fn recheck(
    tx: &mut Tx,
    act: &mut Act<'_>,
    place: PlaceId,
    from: Day,
    to: Option<Day>,
) -> Result<(), Error> {
    let until = to.map_or(Moment::MAX, Day::start);
    for grown in events::harvests_at(tx, place, from.start(), until).await? {
        let Some(lot) = lots::find(tx, grown.lot).await? else { continue };
        let Some(product) = act.memory.product(tx, lot.product).await? else { continue };
        let now = against(tx, place, &product, grown.time, grown.whole_day).await?;
        let dated = date(tx, &grown, &product, place).await?;
        let settled = settle(tx, act, &grown, &now).await?;
        if settled != Settled::Same || dated {
            act.touch(grown.lot);
        }
        if settled == Settled::Worse {
            act.worse.insert(grown.lot);
        }
    }
    inherit::reckon(tx, act).await
}

/// Looks again at every harvest at a plot since a day, and weighs all that was harvested there again: a season there began, ended or was
/// taken back, or its end was, which says also how much land the seasons before it have.
pub(super) async fn season_changed(
    tx: &mut Tx,
    act: &mut Act<'_>,
    place: PlaceId,
    from: Day,
) -> Result<(), Error> {
    recheck(tx, act, place, from, None).await?;
    reweigh(tx, act, place).await
}

/// Weighs again all that was harvested at a plot, and what is packed under the certificates that cover it: its seasons or its area are
/// others now.
pub(super) async fn reweigh(tx: &mut Tx, act: &mut Act<'_>, place: PlaceId) -> Result<(), Error> {
    act.memory.yields.forget(place);
    // What is weighed together is weighed once.
    let mut weighed: BTreeSet<(CropCode, Day, Day, bool)> = BTreeSet::new();
    for grown in events::harvests_at(tx, place, Moment::from_micros(0), Moment::MAX).await? {
        let Some(lot) = lots::find(tx, grown.lot).await? else { continue };
        let Some(product) = act.memory.product(tx, lot.product).await? else { continue };
        let day = grown.time.day();
        let Some(most) = act.memory.yields.expectation(tx, place, &product, day).await? else {
            count(tx, act, place, &product, day).await?;
            continue;
        };
        if weighed.insert((most.crop.clone(), most.from, most.to, product.unit == Unit::Gram)) {
            weigh_together(tx, act, place, &most, product.unit).await?;
        }
    }
    claims::note_land(tx, act, place).await
}

/// The lots that a spray holds: harvests breach a rule because of it, and no inspector let that pass.
pub(super) async fn held_by(tx: &mut Tx, spray: &Spray) -> Result<Vec<LotId>, Error> {
    let name = spray.activity.to_string();
    let mut held = Vec::new();
    for grown in events::harvests_at(tx, spray.place, spray.day.start(), Moment::MAX).await? {
        let breaches = events::breaches_at(tx, grown.lot, grown.event).await?;
        let mut breaches =
            breaches.iter().filter(|one| !one.overridden && RULES.contains(&one.rule.as_str()));
        if breaches.any(|one| one.detail.contains(&name)) && !held.contains(&grown.lot) {
            held.push(grown.lot);
        }
    }
    Ok(held)
}

/// What became of what speaks against a harvest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Settled {
    /// It is what it was.
    Same,
    /// It is something else.
    Other,
    /// There is more than an inspector can have seen who let go what was made of it.
    Worse,
}

/// Writes what speaks against a harvest now in the place of what did.
async fn settle(tx: &mut Tx, act: &Act<'_>, grown: &Grown, now: &Against) -> Result<Settled, Error> {
    let mut settled = Settled::Same;
    let before = events::breaches_at(tx, grown.lot, grown.event).await?;
    for rule in RULES {
        let told = before.iter().find(|breach| breach.rule == rule);
        let why = now.get(rule).map(|why| Value::from(why.clone()));
        let (kept, more) = match (told, &why) {
            (None, None) => (true, false),
            (Some(told), Some(why)) => {
                let was: Value = serde_json::from_str(&told.detail).unwrap_or_default();
                let more = !says_no_more(rule, why, &was);
                (was == *why || (told.overridden && !more), more)
            }
            _ => (false, false),
        };
        if kept {
            continue;
        }
        settled = settled.max(if more { Settled::Worse } else { Settled::Other });
        events::drop_breach(tx, grown.lot, grown.event, rule).await?;
        match (told, why) {
            (_, Some(why)) => {
                events::add_breach(tx, grown.lot, grown.event, rule, &why.to_string()).await?;
            }
            (Some(told), None) if !told.overridden => {
                taken_back(tx, act, (grown.lot, grown.event), told).await?;
            }
            _ => {}
        }
    }
    Ok(settled)
}

/// Points out what made a lot a danger until now, where a firm took that back: what the authority's lists say otherwise is no affair of its.
pub(super) async fn taken_back(
    tx: &mut Tx,
    act: &Act<'_>,
    (lot, event): (LotId, EventId),
    told: &Breaching,
) -> Result<(), StoreError> {
    if act.anew || matches!(act.by, By::Official(_)) {
        return Ok(());
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut all = match read(&told.detail) {
        Value::Array(all) if told.rule == STOP_TAKEN_BACK => all,
        why => vec![json!({ "rule": told.rule, "why": why })],
    };
    // One line for a lot and an event, which names all of it.
    let before = events::breaches_at(tx, lot, event).await?;
    if let Some(before) = before.iter().find(|one| one.rule == STOP_TAKEN_BACK) {
        if let Value::Array(known) = read(&before.detail) {
            all = known.into_iter().chain(all).collect();
        }
        events::drop_breach(tx, lot, event, STOP_TAKEN_BACK).await?;
    }
    events::point_out(tx, lot, event, STOP_TAKEN_BACK, &Value::from(all).to_string()).await
}

/// Whether everything that speaks against it now did so before, and for as long. What stands until the season ends
/// stands against a harvest of it alike, whenever that end was told to be: it is said of the season, and no more
/// against the harvest.
fn says_no_more(rule: &str, now: &Value, before: &Value) -> bool {
    let known = before.as_array().map(Vec::as_slice).unwrap_or_default();
    let lasts = rule == Rule::WaitingPeriod.as_str();
    // Days are compared as their texts; without one it is for good.
    let until = |one: &Value| one["until"].as_str().map_or((1, String::new()), |day| (0, day.to_owned()));
    let said = |one: &Value| {
        known
            .iter()
            .any(|other| other["activity"] == one["activity"] && (!lasts || until(one) <= until(other)))
    };
    now.as_array().is_some_and(|now| now.iter().all(said))
}

//! What certificates cover: what is packed under the claim of one is no more than its land yields. Market vegetables under a genuine
//! certificate are found by this sum, however regular each single packing looks.
//!
//! What must stay true: the sum is of packings that are in force, so that corrections and late arrivals count; what was opened again
//! counts no more. A command that goes beyond is refused, or pointed out where the band says so; of what was reported, the packing that goes
//! beyond is held, in the order in which packings happened and not in which they were told. Goods whose product names no crop are of the
//! crop that the field book has wherever they were harvested, or that all they were made of is of (see `crops`); where that is none, or
//! several, nobody can weigh them, and that is pointed out; and so it is where nobody said how much land a certificate of land covers.
//! Whatever says another crop of something weighs again what was made of it.
//! What is packed counts as much as it is, also where it was more before it was milled or dried.

use super::act::Act;
use super::crops;
use super::error::Error;
use super::store::claims::{self as store, Claimed, Period, Which};
use crate::events::{self, Breaching, Event, Role, Step};
use crate::evidence::{self, Certificate};
use crate::fieldbook::{self, Expectation, lists};
use crate::kernel::{
    Area, CertificateId, CropCode, Day, EventId, LotId, PlaceId, ProductId, Quantity, ThingId, Unit,
};
use crate::lots;
use crate::places::Place;
use crate::store::{StoreError, Tx};
use crate::trace::{self, Direction};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The rule of a packing that is more than the certified land can yield.
const RULE: &str = "beyond_certificate";

/// The rule of a packing under a certificate of land of which nobody can say how much the land yields: no crop is known of the goods.
pub(super) const CROP_UNKNOWN: &str = "crop_unknown";

/// The rule of a packing under a certificate of land of which no area is known.
pub(super) const AREA_UNKNOWN: &str = "area_unknown";

/// What has to be weighed again when an act is done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weigh {
    certificate: CertificateId,
    of: Of,
}

/// What of all that claims a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    /// All of it.
    All,
    /// A lot of one crop, counted in one unit, harvested around a day; and with it what else is.
    Crop(LotId, CropCode, Unit, Day),
    /// A lot whose product names no crop: of whatever crop it is when all else is done.
    Lot(LotId),
}

/// The packings that claim a certificate, each with its crop where one is known.
async fn claims(tx: &mut Tx, certificate: CertificateId, which: &Which) -> Result<Vec<Claimed>, StoreError> {
    let mut found = store::claims(tx, certificate, which).await?;
    let unnamed: BTreeSet<LotId> = found.iter().filter(|one| one.crop.is_none()).map(|one| one.lot).collect();
    let known = crops::of(tx, &unnamed).await?;
    for one in &mut found {
        if let Some(crops) = known.get(&one.lot) {
            one.crop.clone_from(&crops.one);
            one.grew = crops.grew;
        }
    }
    if let Which::Of(period) = which {
        found.retain(|one| one.crop.as_ref() == Some(&period.crop));
    }
    Ok(found)
}

/// Notes what an event that stands, or was taken back, changes for certificates: a packing that claims one, a transformation that
/// opens packs, and whatever says of which crop others are.
pub(super) async fn note(tx: &mut Tx, act: &mut Act<'_>, row: &Event, lots: &[LotId]) -> Result<(), Error> {
    let own = match row.step {
        Step::Pack => store::claimed_by(tx, row.id).await?,
        Step::Harvest | Step::Pick => return note_grown(tx, act, lots).await,
        Step::Aggregate | Step::Disaggregate => return note_cased(tx, act, row.id).await,
        step if step.is_transformation() => {
            note_made(tx, act, row.id).await?;
            Vec::new()
        }
        _ => return Ok(()),
    };
    for lot in lots {
        let mut claims = own.clone();
        if row.step != Step::Pack {
            claims = events::claimed(tx, *lot).await?;
        }
        if claims.is_empty() {
            continue;
        }
        let Some(lot) = lots::find(tx, *lot).await? else { continue };
        let Some(product) = act.memory.product(tx, lot.product).await? else { continue };
        let of = match fieldbook::crop_of(&product) {
            Some(crop) => Of::Crop(lot.id, crop, lot.unit(), lot.harvested_on),
            None => Of::Lot(lot.id),
        };
        act.weigh.extend(claims.into_iter().map(|certificate| Weigh { certificate, of: of.clone() }));
    }
    Ok(())
}

/// Notes that everything that claims a certificate is to be weighed: its land, or the days of what was packed, are others now.
pub(super) fn note_all(act: &mut Act<'_>, certificate: CertificateId) {
    act.weigh.insert(Weigh { certificate, of: Of::All });
}

/// Notes all certificates that are claimed of what an event tells to have come out of a transformation, or of what was made of that: it is
/// made of something else now. Of an event that is taken back, before its genealogy is.
pub(super) async fn note_made(tx: &mut Tx, act: &mut Act<'_>, event: EventId) -> Result<(), Error> {
    let mut made = store::made_by(tx, event).await?;
    made.retain(|thing| !is_new(act, thing.as_lot()));
    note_from(tx, act, &made, false).await
}

/// Notes all certificates that are claimed of lots that were harvested otherwise than before and whose products name no crop, or of what was
/// made of them.
async fn note_grown(tx: &mut Tx, act: &mut Act<'_>, grown: &[LotId]) -> Result<(), Error> {
    let older: Vec<Uuid> = grown.iter().filter(|lot| !is_new(act, **lot)).map(LotId::as_uuid).collect();
    for certificate in store::claimed_of(tx, &older, false).await? {
        note_all(act, certificate);
    }
    let used = store::used(tx, &older).await?;
    note_from(tx, act, &used, false).await
}

/// Notes all certificates that are claimed of what was made of a case, of which an event says that something else lay in it.
async fn note_cased(tx: &mut Tx, act: &mut Act<'_>, event: EventId) -> Result<(), Error> {
    for part in events::parts(tx, event).await?.iter().filter(|part| part.role == Role::Parent) {
        let (nodes, _) = lots::used_case(tx, part.thing).await?;
        let made = store::came_out_of(tx, &nodes).await?;
        note_from(tx, act, &made, false).await?;
    }
    Ok(())
}

/// Whether a lot began with this act, and nobody had spoken of it before: nothing was made of it yet.
fn is_new(act: &Act<'_>, lot: LotId) -> bool {
    act.begun.iter().enumerate().any(|(n, begun)| *begun == lot && act.fresh.lot(n) == lot)
}

/// Notes all certificates that are claimed of things whose products name no crop, with `named` also of those that name one; and of
/// what was made of them, over however many makings, and names none itself.
async fn note_from(tx: &mut Tx, act: &mut Act<'_>, things: &[ThingId], named: bool) -> Result<(), Error> {
    if things.is_empty() {
        return Ok(());
    }
    // All of it: what were left out would stay weighed as it was. On the heap: a walk carries much.
    let closure = Box::pin(trace::closure(tx, things, Direction::Forward, usize::MAX)).await?;
    let ids = |places: &[usize]| -> Vec<Uuid> {
        places.iter().map(|place| closure.graph.thing(*place).as_uuid()).collect()
    };
    let mut noted = store::claimed_of(tx, &ids(&closure.starts), named).await?;
    noted.extend(store::claimed_of(tx, &ids(&closure.forward), false).await?);
    for certificate in noted {
        note_all(act, certificate);
    }
    Ok(())
}

/// Notes all certificates that cover a plot, and those that are claimed of what was harvested there, or was made of that, and is of the crop
/// that its book has.
pub(super) async fn note_land(tx: &mut Tx, act: &mut Act<'_>, place: PlaceId) -> Result<(), Error> {
    for certificate in evidence::covering_land(tx, place).await? {
        note_all(act, certificate);
    }
    let begun = store::begun_without_crop(tx, place).await?;
    note_from(tx, act, &begun, false).await
}

/// Notes all certificates that are claimed of lots of a product, or of what was made of them: another crop is said of it.
pub(super) async fn note_product(tx: &mut Tx, act: &mut Act<'_>, product: ProductId) -> Result<(), Error> {
    let lots = lots::of_product(tx, product).await?;
    let lots: Vec<ThingId> = lots.into_iter().map(|(lot, _)| ThingId::from(lot)).collect();
    note_from(tx, act, &lots, true).await
}

/// What is written of a packing that goes beyond, for each certificate that it goes beyond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Why {
    certificate: CertificateId,
    number: String,
    from: Day,
    to: Day,
    most: i64,
    sum: i64,
    refuse: bool,
}

/// What is written of a packing that nobody can weigh, for each certificate of land that it claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Unweighed {
    certificate: CertificateId,
    number: String,
}

/// Weighs what was noted.
///
/// # Errors
/// [`Error::BeyondCertificate`] for a command.
pub(super) async fn weigh(tx: &mut Tx, act: &mut Act<'_>) -> Result<(), Error> {
    let mut by_certificate: BTreeMap<CertificateId, BTreeSet<Of>> = BTreeMap::new();
    for Weigh { certificate, of } in std::mem::take(&mut act.weigh) {
        by_certificate.entry(certificate).or_default().insert(of);
    }
    for (id, of) in by_certificate {
        let Some(certificate) = evidence::certificate(tx, id).await? else { continue };
        let mut land = Land::of(tx, certificate).await?;
        if of.contains(&Of::All) {
            let all = claims(tx, id, &Which::All).await?;
            land.judge(tx, act, &all).await?;
            continue;
        }
        let whichs = land.asked(tx, of).await?;
        for which in &whichs {
            let some = claims(tx, id, which).await?;
            land.judge(tx, act, &some).await?;
        }
    }
    Ok(())
}

/// The land of a certificate, and what it was asked for so far.
struct Land {
    certificate: Certificate,
    /// Nothing for a certificate that is not about land, or whose land is not known.
    area: Option<Area>,
    plots: Vec<Place>,
    known: BTreeMap<(CropCode, Unit, Day), Option<Expectation>>,
    /// Whether goods of a product group grow on land.
    grow: BTreeMap<&'static str, bool>,
}

impl Land {
    async fn of(tx: &mut Tx, certificate: Certificate) -> Result<Self, Error> {
        let area = evidence::covered_area(tx, &certificate).await?;
        let plots = evidence::covered_land(tx, &certificate).await?;
        Ok(Self { certificate, area, plots, known: BTreeMap::new(), grow: BTreeMap::new() })
    }

    /// The packings that have to be judged to weigh these again: those of the same crop and period, and those of lots that nobody can
    /// weigh.
    async fn asked(&mut self, tx: &mut Tx, of: BTreeSet<Of>) -> Result<Vec<Which>, Error> {
        let unnamed = of.iter().filter_map(|of| if let Of::Lot(lot) = of { Some(*lot) } else { None });
        let unnamed: BTreeSet<LotId> = unnamed.collect();
        let known = crops::of(tx, &unnamed).await?;
        let mut whichs: Vec<Which> = Vec::new();
        let mut periods: Vec<Period> = Vec::new();
        for of in of {
            let (lot, measured) = match of {
                Of::All => continue,
                Of::Crop(lot, crop, unit, day) => (lot, Some((crop, unit, day))),
                Of::Lot(lot) => {
                    let crop = known.get(&lot).and_then(|crops| crops.one.clone());
                    let found = if crop.is_some() { lots::find(tx, lot).await? } else { None };
                    (lot, crop.zip(found).map(|(crop, lot)| (crop, lot.unit(), lot.harvested_on)))
                }
            };
            if let Some((crop, unit, day)) = measured
                && let Some(most) = self.yields(tx, &crop, unit, day).await?
            {
                let period = Period { crop, unit, from: most.from, to: most.to };
                if !periods.contains(&period) {
                    periods.push(period);
                }
            } else if self.certificate.is_about_land() {
                whichs.push(Which::Lot(lot));
            }
        }
        whichs.extend(periods.into_iter().map(Which::Of));
        Ok(whichs)
    }

    /// What has to be pointed out of a packing, by rule, where it grew on land and claims what certifies land: that its crop is not known, and
    /// that no area of that land is.
    async fn leaves_open(&mut self, tx: &mut Tx, one: &Claimed) -> Result<[(&'static str, bool); 2], Error> {
        let grew = self.certificate.is_about_land() && self.grew(tx, one).await?;
        Ok([(CROP_UNKNOWN, grew && one.crop.is_none()), (AREA_UNKNOWN, grew && self.area.is_none())])
    }

    /// Whether what was packed grew on land.
    async fn grew(&mut self, tx: &mut Tx, one: &Claimed) -> Result<bool, Error> {
        if one.crop.is_some() || one.grew {
            return Ok(true);
        }
        if let Some(known) = self.grow.get(one.group.code) {
            return Ok(*known);
        }
        let grow = lists::has_crops(tx, one.group).await?;
        self.grow.insert(one.group.code, grow);
        Ok(grow)
    }

    /// What it yields at most of a crop in the period in which `day` lies.
    async fn yields(
        &mut self,
        tx: &mut Tx,
        crop: &CropCode,
        unit: Unit,
        day: Day,
    ) -> Result<Option<Expectation>, Error> {
        let Some(area) = self.area else { return Ok(None) };
        let key = (crop.clone(), unit, day);
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let since = self.certificate.from;
        let found = fieldbook::land_yields(tx, &self.plots, area, (crop, unit), day, since).await?;
        self.known.insert(key, found.clone());
        Ok(found)
    }

    /// Judges packings, of which those of one period are all there: each that goes beyond with those before it.
    async fn judge(&mut self, tx: &mut Tx, act: &mut Act<'_>, claims: &[Claimed]) -> Result<(), Error> {
        let mut left: BTreeMap<LotId, i64> = BTreeMap::new();
        for one in claims {
            *left.entry(one.lot).or_default() += one.amount;
        }
        let lots: BTreeMap<LotId, &Claimed> = claims.iter().map(|one| (one.lot, one)).collect();
        for (lot, one) in lots {
            left.entry(lot).and_modify(|packed| *packed = one.still_packed(*packed));
        }
        let mut sums: BTreeMap<(&CropCode, Unit, Day), i64> = BTreeMap::new();
        for one in claims {
            let mut why = None;
            if let Some(crop) = &one.crop
                && let Some(most) = self.yields(tx, crop, one.unit, one.harvested_on).await?
            {
                let there = left.entry(one.lot).or_default();
                let counted = one.amount.min(*there);
                *there -= counted;
                let sum = sums.entry((crop, one.unit, most.from)).or_default();
                *sum = sum.saturating_add(counted);
                if counted > 0 && *sum > most.most {
                    why = Some(self.why(&most, *sum));
                }
            }
            let told = events::breaches_at(tx, one.lot, one.event).await?;
            self.settle(tx, act, one, &told, why).await?;
            for open in self.leaves_open(tx, one).await? {
                self.point_out(tx, act, one, &told, open).await?;
            }
        }
        if act.is_fact() {
            return Ok(());
        }
        // Also where the command's packing happened earlier, and it is a later one that goes beyond now.
        for own in claims.iter().filter(|one| one.event == act.fresh.event) {
            let Some(crop) = &own.crop else { continue };
            let most = self.yields(tx, crop, own.unit, own.harvested_on).await?;
            let Some(most) = most.filter(|most| most.refuse) else { continue };
            let sum = sums.get(&(crop, own.unit, most.from)).copied().unwrap_or_default();
            if sum > most.most {
                return Err(self.refusal(own, &most, sum));
            }
        }
        Ok(())
    }

    fn refusal(&self, own: &Claimed, most: &Expectation, sum: i64) -> Error {
        let amount = |amount: i64| Quantity::new(amount.max(0), own.unit).unwrap_or(Quantity::zero(own.unit));
        Error::BeyondCertificate {
            number: self.certificate.number.clone(),
            asked: amount(own.amount),
            left: amount(most.most.saturating_sub(sum - own.amount)),
            most: amount(most.most),
            from: most.from,
            to: most.to,
        }
    }

    fn why(&self, most: &Expectation, sum: i64) -> Why {
        Why {
            certificate: self.certificate.id,
            number: self.certificate.number.clone(),
            from: most.from,
            to: most.to,
            most: most.most,
            sum,
            refuse: most.refuse,
        }
    }

    /// Writes what speaks against a packing by this certificate now in the place of what did.
    async fn settle(
        &self,
        tx: &mut Tx,
        act: &mut Act<'_>,
        one: &Claimed,
        told: &[Breaching],
        now: Option<Why>,
    ) -> Result<(), Error> {
        let told = told.iter().find(|breach| breach.rule == RULE);
        // What an inspector let pass of a packing that has its effect again stays so.
        let passed = act.passed_before(one.lot, one.event, RULE).cloned().filter(|_| told.is_none());
        let detail = told.map(|told| &told.detail).or(passed.as_ref().map(|passed| &passed.detail));
        let before: Vec<Why> =
            detail.map(|detail| serde_json::from_str(detail).unwrap_or_default()).unwrap_or_default();
        let mut after: Vec<Why> =
            before.iter().filter(|why| why.certificate != self.certificate.id).cloned().collect();
        after.extend(now);
        after.sort_by_key(|why| why.certificate);
        let marks = |whys: &[Why]| whys.iter().map(|why| (why.certificate, why.refuse)).collect::<Vec<_>>();
        let known = marks(&before);
        let says_no_more = !after.is_empty() && marks(&after).iter().all(|one| known.contains(one));
        let stays = told.is_some_and(|told| told.overridden) && says_no_more;
        if passed.is_none() && (after == before || stays) {
            return Ok(());
        }
        events::drop_breach(tx, one.lot, one.event, RULE).await?;
        if !after.is_empty() {
            let detail = serde_json::to_string(&after).unwrap_or_default();
            if after.iter().any(|why| why.refuse) {
                events::add_breach(tx, one.lot, one.event, RULE, &detail).await?;
            } else {
                events::point_out(tx, one.lot, one.event, RULE, &detail).await?;
            }
            if let Some(passed) = passed.filter(|_| says_no_more) {
                events::let_pass_again(tx, &passed).await?;
            }
        }
        lots::touch(tx, one.lot).await?;
        act.touch(one.lot);
        Ok(())
    }

    /// Points out by a rule, or no more, that nobody can say how much of what was packed by this certificate its land yields. It holds nothing.
    async fn point_out(
        &self,
        tx: &mut Tx,
        act: &mut Act<'_>,
        one: &Claimed,
        told: &[Breaching],
        (rule, open): (&'static str, bool),
    ) -> Result<(), Error> {
        let told = told.iter().find(|breach| breach.rule == rule);
        let before: Vec<Unweighed> =
            told.map(|told| serde_json::from_str(&told.detail).unwrap_or_default()).unwrap_or_default();
        let own = &self.certificate;
        let mut after: Vec<Unweighed> =
            before.iter().filter(|why| why.certificate != own.id).cloned().collect();
        if open {
            after.push(Unweighed { certificate: own.id, number: own.number.clone() });
        }
        after.sort_by_key(|why| why.certificate);
        if after == before {
            return Ok(());
        }
        events::drop_breach(tx, one.lot, one.event, rule).await?;
        if !after.is_empty() {
            let detail = serde_json::to_string(&after).unwrap_or_default();
            events::point_out(tx, one.lot, one.event, rule, &detail).await?;
        }
        lots::touch(tx, one.lot).await?;
        act.touch(one.lot);
        Ok(())
    }
}

//! What certificates cover: what is packed under the claim of one is no more than its land yields. Market vegetables under a genuine
//! certificate are found by this sum, however regular each single packing looks.
//!
//! What must stay true: the sum is of packings that are in force, so that corrections and late arrivals count; what was opened again
//! counts no more. A command that goes beyond is refused, or pointed out where the band says so; of what was reported, the packing that goes
//! beyond is held, in the order in which packings happened and not in which they were told.

use super::act::Act;
use super::error::Error;
use super::store::claims::{self as store, Claimed, Period};
use crate::events::{self, Event, Step};
use crate::evidence::{self, Certificate};
use crate::fieldbook::{self, Expectation};
use crate::kernel::{Area, CertificateId, CropCode, Day, LotId, PlaceId, Quantity, Unit};
use crate::lots;
use crate::places::Place;
use crate::store::Tx;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The rule of a packing that is more than the certified land can yield.
const RULE: &str = "beyond_certificate";

/// What has to be weighed again when an act is done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weigh {
    certificate: CertificateId,
    /// Of which crop, counted in what, harvested when; nothing for all that claims it.
    of: Of,
}

/// Of which crop, counted in what, harvested when; nothing for all that claims a certificate.
type Of = Option<(CropCode, Unit, Day)>;

/// Notes what an event that stands, or was taken back, changes for certificates: a packing that claims one, or a transformation that
/// opens packs.
pub(super) async fn note(tx: &mut Tx, act: &mut Act<'_>, row: &Event, lots: &[LotId]) -> Result<(), Error> {
    let own = match row.step {
        Step::Pack => store::claimed_by(tx, row.id).await?,
        step if step.is_transformation() => Vec::new(),
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
        let Some(crop) = fieldbook::crop_of(&product) else { continue };
        let of = Some((crop, lot.unit(), lot.harvested_on));
        act.weigh.extend(claims.into_iter().map(|certificate| Weigh { certificate, of: of.clone() }));
    }
    Ok(())
}

/// Notes that everything that claims a certificate is to be weighed: its land, or the days of what was packed, are others now.
pub(super) fn note_all(act: &mut Act<'_>, certificate: CertificateId) {
    act.weigh.insert(Weigh { certificate, of: None });
}

/// Notes all certificates that cover a plot.
pub(super) async fn note_land(tx: &mut Tx, act: &mut Act<'_>, place: PlaceId) -> Result<(), Error> {
    for certificate in evidence::covering_land(tx, place).await? {
        note_all(act, certificate);
    }
    Ok(())
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
        if of.contains(&None) {
            let claims = store::claims(tx, id, None).await?;
            land.judge(tx, act, &claims).await?;
            continue;
        }
        let mut periods: Vec<Period> = Vec::new();
        for (crop, unit, day) in of.into_iter().flatten() {
            let Some(most) = land.yields(tx, &crop, unit, day).await? else { continue };
            let period = Period { crop, unit, from: most.from, to: most.to };
            let same = |known: &&Period| {
                (&known.crop, known.unit, known.from, known.to)
                    == (&period.crop, period.unit, period.from, period.to)
            };
            if periods.iter().find(same).is_none() {
                periods.push(period);
            }
        }
        for period in &periods {
            let claims = store::claims(tx, id, Some(period)).await?;
            land.judge(tx, act, &claims).await?;
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
}

impl Land {
    async fn of(tx: &mut Tx, certificate: Certificate) -> Result<Self, Error> {
        let area = evidence::covered_area(tx, &certificate).await?;
        let plots = evidence::covered_land(tx, &certificate).await?;
        Ok(Self { certificate, area, plots, known: BTreeMap::new() })
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
            let most = self.yields(tx, &one.crop, one.unit, one.harvested_on).await?;
            let mut why = None;
            if let Some(most) = most {
                let there = left.entry(one.lot).or_default();
                let counted = one.amount.min(*there);
                *there -= counted;
                let sum = sums.entry((&one.crop, one.unit, most.from)).or_default();
                *sum = sum.saturating_add(counted);
                if counted > 0 && *sum > most.most {
                    why = Some(self.why(&most, *sum));
                }
            }
            self.settle(tx, act, one, why).await?;
        }
        if act.is_fact() {
            return Ok(());
        }
        // Also where the command's packing happened earlier, and it is a later one that goes beyond now.
        for own in claims.iter().filter(|one| one.event == act.fresh.event) {
            let most = self.yields(tx, &own.crop, own.unit, own.harvested_on).await?;
            let Some(most) = most.filter(|most| most.refuse) else { continue };
            let sum = sums.get(&(&own.crop, own.unit, most.from)).copied().unwrap_or_default();
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
        now: Option<Why>,
    ) -> Result<(), Error> {
        let told = events::breaches_at(tx, one.lot, one.event).await?;
        let told = told.into_iter().find(|breach| breach.rule == RULE);
        // What an inspector let pass of a packing that has its effect again stays so.
        let passed = act.passed_before(one.lot, one.event, RULE).cloned().filter(|_| told.is_none());
        let detail = told.as_ref().map(|told| &told.detail).or(passed.as_ref().map(|passed| &passed.detail));
        let before: Vec<Why> =
            detail.map(|detail| serde_json::from_str(detail).unwrap_or_default()).unwrap_or_default();
        let mut after: Vec<Why> =
            before.iter().filter(|why| why.certificate != self.certificate.id).cloned().collect();
        after.extend(now);
        after.sort_by_key(|why| why.certificate);
        let marks = |whys: &[Why]| whys.iter().map(|why| (why.certificate, why.refuse)).collect::<Vec<_>>();
        let known = marks(&before);
        let says_no_more = !after.is_empty() && marks(&after).iter().all(|one| known.contains(one));
        let stays = told.as_ref().is_some_and(|told| told.overridden) && says_no_more;
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
}

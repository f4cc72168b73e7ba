//! What the authority's dated lists say of goods that are processed or travel: how much may come out of how much, and how much weight
//! goods lose under way.

use super::act::Known;
use super::error::Error;
use crate::events::Step;
use crate::fieldbook::lists;
use crate::kernel::{Day, Quantity, Unit};
use crate::products::{Group, Product};
use crate::store::{StoreError, Tx};
use serde_json::json;

/// How much of a thousand goods of a product may lose in weight under way on `day`; nothing where no list says so.
pub(super) async fn weight_loss(tx: &mut Tx, product: &Product, day: Day) -> Result<i64, StoreError> {
    Ok(lists::weight_loss(tx, product.group, day).await?.map_or(0, |loss| loss.most))
}

/// What speaks against what came out of a transformation.
#[derive(Debug)]
pub(super) struct Against {
    /// The lot that it holds, by its place among the outputs.
    pub(super) output: usize,
    /// The rule.
    pub(super) rule: &'static str,
    /// What is written of it.
    pub(super) why: String,
    /// Whether it holds the lot; else it is only pointed out.
    pub(super) stops: bool,
    /// What a command is refused with.
    pub(super) error: Option<Error>,
}

/// The rule of what came out counted in another unit than what went in, where no band says how much may, and of a harvest that is counted in
/// another unit than the band of its crop: it is pointed out, so that the authority says it.
pub(super) const NOT_COMPARABLE: &str = "unit_not_comparable";

/// Goods on one side of a transformation.
pub(super) type Side<'g> = &'g [(Known, Quantity)];

/// Judges what came out, product group by product group: by the bands of what went in where every input has one, for what is cooked or
/// soaked takes up water; else by the masses on both sides. An input that the registry does not know gives nothing.
pub(super) async fn judge(
    tx: &mut Tx,
    step: Step,
    day: Day,
    went_in: Side<'_>,
    came_out: Side<'_>,
) -> Result<Vec<Against>, Error> {
    let mut against = Vec::new();
    let mut by_mass = came_out.is_empty();
    let mut tops = vec![1_000_i64; went_in.len()];
    let mut groups: Vec<(&'static Group, Unit)> = Vec::new();
    for (known, _) in came_out {
        let group = (known.product.group, known.lot.unit());
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    for (group, unit) in groups.iter().copied() {
        let of_group = |known: &Known| known.product.group == group && known.lot.unit() == unit;
        match measure(tx, step, day, went_in, group).await? {
            Some(band) => {
                for (top, high) in tops.iter_mut().zip(&band.highs) {
                    *top = (*high).max(*top);
                }
                let out = sum(came_out.iter().filter(|(known, _)| of_group(known)).map(|(_, one)| one));
                if i128::from(out) * 1_000 > band.most {
                    let amount = |amount| Quantity::new(amount, unit).unwrap_or(Quantity::zero(unit));
                    let most = i64::try_from(band.most / 1_000).unwrap_or(i64::MAX);
                    let why = json!({ "most": most, "sum": out }).to_string();
                    for (output, _) in came_out.iter().enumerate().filter(|(_, (known, _))| of_group(known)) {
                        let error = Error::BeyondConversion { asked: amount(out), most: amount(most) };
                        let rule = error.rule().unwrap_or_default();
                        let error = band.refuse.then_some(error);
                        against.push(Against { output, rule, why: why.clone(), stops: band.refuse, error });
                    }
                }
            }
            None => by_mass = true,
        }
    }
    if by_mass {
        against.extend(weigh(went_in, came_out, &vec![1_000; went_in.len()]));
    } else if groups.len() > 1 {
        // What comes out together is no more than the largest of the bands gives: an input is not used once for each of them.
        let mass = weigh(went_in, came_out, &tops);
        against.extend(mass.filter(|mass| mass.stops));
    }
    Ok(against)
}

/// What the bands of all inputs together give of a group.
struct Band {
    /// Thousandths of grams or pieces.
    most: i128,
    /// Of each input, what a thousand give.
    highs: Vec<i64>,
    /// Whether more is refused.
    refuse: bool,
}

/// What the bands say may come out of a group; nothing where an input has no band.
async fn measure(
    tx: &mut Tx,
    step: Step,
    day: Day,
    went_in: Side<'_>,
    group: &'static Group,
) -> Result<Option<Band>, Error> {
    let mut band = Band { most: 0, highs: Vec::new(), refuse: false };
    for (known, quantity) in went_in {
        let Some(own) = lists::conversion_band(tx, step, known.product.group, group, day).await? else {
            return Ok(None);
        };
        band.most += i128::from(quantity.amount()) * i128::from(own.high);
        band.highs.push(own.high);
        band.refuse |= own.beyond == lists::Beyond::Refuse;
    }
    Ok(Some(band).filter(|_| !went_in.is_empty()))
}

fn sum<'q>(side: impl Iterator<Item = &'q Quantity>) -> i64 {
    side.fold(0, |sum, quantity| sum.saturating_add(quantity.amount()))
}

/// Weighs both sides in the units in which both are counted, each input as so many thousandths. Pieces made of kilograms, or kilograms of pieces, cannot be compared without
/// knowing what a piece weighs.
fn weigh(went_in: Side<'_>, came_out: Side<'_>, thousandths: &[i64]) -> Option<Against> {
    for unit in [Unit::Gram, Unit::Piece] {
        let right = sum(came_out.iter().map(|(_, one)| one).filter(|one| one.unit() == unit));
        let inputs = went_in.iter().map(|(_, one)| one).zip(thousandths);
        let left = inputs
            .filter(|(one, _)| one.unit() == unit)
            .fold(0_i128, |sum, (one, part)| sum + i128::from(one.amount()) * i128::from(*part));
        let left = i64::try_from(left / 1_000).unwrap_or(i64::MAX);
        let mixed = went_in.iter().chain(came_out).any(|(_, quantity)| quantity.unit() != unit);
        if (!mixed || went_in.is_empty()) && right > left {
            let amount = |amount| Quantity::new(amount, unit).unwrap_or(Quantity::zero(unit));
            let error = Error::MoreOutThanIn { asked: amount(right), most: amount(left) };
            let why = json!({ "most": left, "sum": right }).to_string();
            return Some(Against { output: 0, rule: error.rule()?, why, stops: true, error: Some(error) });
        }
    }
    let strange = came_out
        .iter()
        .position(|(_, out)| !went_in.is_empty() && went_in.iter().any(|(_, one)| one.unit() != out.unit()));
    strange.map(|output| Against {
        output,
        rule: NOT_COMPARABLE,
        why: json!({ "sum": came_out.get(output).map(|(_, one)| one.amount()) }).to_string(),
        stops: false,
        error: None,
    })
}

//! What the authority's dated lists say of goods that are processed or travel: how much may come out of how much, and how much weight
//! goods lose under way.

use super::act::Known;
use super::error::Error;
use crate::events::Step;
use crate::fieldbook::lists;
use crate::kernel::{Day, Quantity, Unit};
use crate::products::{Group, Product};
use crate::store::{StoreError, Tx};

/// How much of a thousand goods of a product may lose in weight under way on `day`; nothing where no list says so.
pub(super) async fn weight_loss(tx: &mut Tx, product: &Product, day: Day) -> Result<i64, StoreError> {
    Ok(lists::weight_loss(tx, product.group, day).await?.map_or(0, |loss| loss.most))
}

/// What a transformation made beyond what its inputs can give.
#[derive(Debug)]
pub(super) struct Beyond {
    /// Which of the outputs, by their place.
    pub(super) outputs: Vec<usize>,
    /// Why, with the most allowed.
    pub(super) error: Error,
    /// Whether a command is refused for it.
    pub(super) refuse: bool,
}

/// Measures what came out, product group by product group, by the bands of what went in: each input may give what its own band says.
/// Nothing is said of an output where an input has no band; an input that the registry does not know gives nothing.
pub(super) async fn measure(
    tx: &mut Tx,
    step: Step,
    day: Day,
    went_in: &[(Known, Quantity)],
    came_out: &[(Known, Quantity)],
) -> Result<Measured, Error> {
    let mut measured = Measured { covered: !came_out.is_empty(), beyond: None };
    let mut groups: Vec<(&'static Group, Unit)> = Vec::new();
    for (known, _) in came_out {
        let group = (known.product.group, known.lot.unit());
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    for (group, unit) in groups {
        let mut most: i128 = 0;
        let mut refuse = false;
        let mut covered = !went_in.is_empty();
        for (known, quantity) in went_in {
            match lists::conversion_band(tx, step, known.product.group, group, day).await? {
                Some(band) => {
                    most += i128::from(quantity.amount()) * i128::from(band.high);
                    refuse |= band.beyond == lists::Beyond::Refuse;
                }
                None => covered = false,
            }
        }
        measured.covered &= covered;
        if !covered {
            continue;
        }
        let of_group = |known: &Known| known.product.group == group && known.lot.unit() == unit;
        let out: i64 =
            came_out.iter().filter(|(known, _)| of_group(known)).map(|(_, one)| one.amount()).sum();
        if i128::from(out) * 1_000 > most && measured.beyond.is_none() {
            let amount = |amount| Quantity::new(amount, unit).unwrap_or(Quantity::zero(unit));
            let most = i64::try_from(most / 1_000).unwrap_or(i64::MAX);
            let outputs = came_out.iter().enumerate().filter(|(_, (known, _))| of_group(known));
            measured.beyond = Some(Beyond {
                outputs: outputs.map(|(n, _)| n).collect(),
                error: Error::BeyondConversion { asked: amount(out), most: amount(most) },
                refuse,
            });
        }
    }
    Ok(measured)
}

/// What the bands say of a transformation.
#[derive(Debug)]
pub(super) struct Measured {
    /// Whether every output has a band for every input: then the band, and not the balance of masses, bounds what came out, for what is
    /// cooked or soaked takes up water.
    pub(super) covered: bool,
    /// What came out beyond the bands.
    pub(super) beyond: Option<Beyond>,
}

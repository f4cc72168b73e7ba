//! Lots are made out of others: washed, cut, mixed, split, merged, packed anew, processed.
//!
//! What must stay true: what comes out is never more than what went in, as far as both are counted alike; what is missing was lost. A
//! lot is never its own ancestor. Inputs that the registry does not know count as nothing.

use super::act::{Act, Known, amount};
use super::bands;
use super::declare::{Beginning, begin, own_product};
use super::error::Error;
use super::inherit;
use super::journal::{Said, Told, private};
use super::model::{EventTime, Output, Transform};
use crate::events::{self, Link, Role, Side, Step};
use crate::kernel::{Day, PartyId, Quantity, ThingId, Unit};
use crate::lots::{self, Account};
use crate::places::Place;
use crate::store::Tx;
use uuid::Uuid;

pub(super) async fn transform(tx: &mut Tx, act: &mut Act<'_>, asked: &Transform) -> Result<Said, Error> {
    let lots: Vec<_> = asked.inputs.iter().map(|portion| ThingId::from(portion.lot)).collect();
    let time = act.time_after(tx, asked.when, &lots).await?;
    let standing = act.standing(tx, &time).await?;
    let party = standing.party.id;
    if asked.inputs.is_empty() && !act.is_fact() {
        return Err(Error::NoInput);
    }
    if asked.outputs.is_empty() && !act.is_fact() {
        return Err(Error::NoOutput);
    }
    let mut parts = Vec::new();
    let mut went_in: Vec<(Known, Quantity)> = Vec::new();
    for (n, portion) in asked.inputs.iter().enumerate() {
        if asked.inputs.iter().take(n).any(|before| before.lot == portion.lot) {
            return Err(Error::InputTwice);
        }
        let known = act.known(tx, portion.lot, party).await?;
        if let Err(error) = amount(portion.quantity, known.lot.unit(), "inputs") {
            act.refuse(known.lot.id, error)?;
            continue;
        }
        act.open(tx, &known.lot, &time).await?;
        act.enter(tx, &known.lot, party, Account::Used, portion.quantity).await?;
        went_in.push((known, portion.quantity));
    }
    let about = went_in.first().map(|(known, _)| known.lot.id);
    let place = act.place(tx, asked.place, &standing, &time, about).await?;
    let mut came_out = Vec::new();
    let grown = oldest(tx, asked, time.day()).await?;
    for output in &asked.outputs {
        let at = place.as_ref().ok_or(Error::NotYours { what: "place" })?;
        let made = produce(tx, act, output, party, at, &time, grown).await?;
        came_out.push((made, output.quantity));
    }
    let sides = |goods: &[(Known, Quantity)]| goods.iter().map(|(_, quantity)| *quantity).collect::<Vec<_>>();
    let measured = bands::measure(tx, asked.step, time.day(), &went_in, &came_out).await?;
    if let Some(beyond) = measured.beyond.filter(|_| asked.node.is_none()) {
        if beyond.refuse && !act.is_fact() {
            return Err(beyond.error);
        }
        for n in beyond.outputs {
            if let (Some((known, _)), Some(rule)) = (came_out.get(n), beyond.error.rule()) {
                let why = beyond.error.to_string();
                if beyond.refuse {
                    act.breach(known.lot.id, rule, &why);
                } else {
                    events::point_out(tx, known.lot.id, act.fresh.event, rule, &why).await?;
                }
            }
        }
    }
    // A transformation that is told in several events is weighed as a whole, below.
    let weighed_here = asked.node.is_none() && !measured.covered;
    let surplus = surplus(&sides(&went_in), &sides(&came_out)).filter(|_| weighed_here);
    if let Some((unit, asked, most)) = surplus {
        let error = Error::MoreOutThanIn {
            asked: Quantity::new(asked, unit).unwrap_or(Quantity::zero(unit)),
            most: Quantity::new(most, unit).unwrap_or(Quantity::zero(unit)),
        };
        let first = came_out.first().map(|(known, _)| known.lot.id);
        match first {
            Some(lot) => act.refuse(lot, error)?,
            None => return Err(error),
        }
    }
    link(tx, act, &time, asked, &went_in, &came_out).await?;
    if let Some(node) = asked.node {
        weigh(tx, act, node).await?;
    }
    if matches!(asked.step, Step::Split | Step::Merge) {
        carry_codes(tx, act, party, &went_in, &came_out).await?;
    }
    for (known, quantity) in &came_out {
        parts.push(Told::lot(Role::Output, known, Some(*quantity)));
    }
    for (known, quantity) in &went_in {
        parts.push(Told::lot(Role::Input, known, Some(*quantity)));
    }
    Ok(Said {
        parts,
        place,
        private: private(asked.note.as_ref(), &[]),
        ..Said::new(asked.step, time, Some(standing))
    })
}

/// Packs that are split off or put together stay packed: what may be coded of them, and what is, goes along.
async fn carry_codes(
    tx: &mut Tx,
    act: &Act<'_>,
    party: PartyId,
    went_in: &[(Known, Quantity)],
    came_out: &[(Known, Quantity)],
) -> Result<(), Error> {
    let amounts = |side: &[(Known, Quantity)]| -> Vec<_> {
        side.iter().map(|(known, quantity)| (known.lot.id, quantity.amount())).collect()
    };
    let mut units = went_in.iter().chain(came_out).map(|(known, _)| known.lot.unit());
    let first = units.next();
    // Kilograms of pieces carry nothing that could be counted.
    let came_out = if units.all(|unit| Some(unit) == first) { amounts(came_out) } else { Vec::new() };
    Ok(lots::carry(tx, act.fresh.event, party, &amounts(went_in), &came_out).await?)
}

/// Food is as old as the oldest of what it was made of, also where nobody told how much of that went in.
async fn oldest(tx: &mut Tx, asked: &Transform, made: Day) -> Result<Day, Error> {
    let counted = asked.inputs.iter().map(|portion| portion.lot);
    let mut oldest = made;
    for lot in counted.chain(asked.unknown.iter().map(|(thing, _)| thing.as_lot())) {
        oldest = lots::find(tx, lot).await?.map_or(oldest, |lot| oldest.min(lot.harvested_on));
    }
    Ok(oldest)
}

/// A lot that came out: a new one; of a reported fact also more of one that is there.
async fn produce(
    tx: &mut Tx,
    act: &mut Act<'_>,
    output: &Output,
    party: PartyId,
    place: &Place,
    time: &EventTime,
    grown: Day,
) -> Result<Known, Error> {
    let product = own_product(tx, act, output.product, party).await?;
    amount(output.quantity, product.unit, "outputs")?;
    if act.is_fact()
        && let Some(code) = &output.code
        && let Some(lot) = lots::by_code(tx, product.id, code).await?
    {
        if lot.party != party {
            return Err(Error::NotYours { what: "product" });
        }
        act.enter(tx, &lot, party, Account::Produced, output.quantity).await?;
        lots::redeclare(tx, lot.id).await?;
        return Ok(Known { lot, product });
    }
    let beginning = Beginning {
        product: &product,
        party,
        place,
        quantity: output.quantity,
        code: output.code.as_ref(),
        time,
        harvested_on: grown,
        account: Account::Produced,
    };
    begin(tx, act, &beginning).await
}

/// By how much more came out than went in, in a unit in which both sides are counted: the unit, what came out, what went in.
fn surplus(went_in: &[Quantity], came_out: &[Quantity]) -> Option<(Unit, i64, i64)> {
    let sum = |side: &[Quantity], unit: Unit| -> i64 {
        side.iter().filter(|quantity| quantity.unit() == unit).map(|quantity| quantity.amount()).sum()
    };
    // Pieces made of kilograms, or kilograms of pieces, cannot be compared without knowing what a piece weighs.
    let mixed = |unit: Unit| went_in.iter().chain(came_out).any(|quantity| quantity.unit() != unit);
    [Unit::Gram, Unit::Piece].into_iter().find_map(|unit| {
        let (left, right) = (sum(went_in, unit), sum(came_out, unit));
        let counted = !mixed(unit) || went_in.is_empty();
        (counted && right > left).then_some((unit, right, left))
    })
}

/// Weighs a transformation that is told in several events: whether more came out than went in, by all that were told of it. It is
/// the first of its outputs that is held, whichever event came last.
pub(super) async fn weigh(tx: &mut Tx, act: &mut Act<'_>, node: Uuid) -> Result<(), Error> {
    for lot in events::drop_surplus(tx, node).await? {
        act.touch(lot);
    }
    let weighed = events::weighed(tx, node).await?;
    let side = |wanted: Side| -> Vec<Quantity> {
        weighed.iter().filter(|part| part.side == wanted).map(|part| part.quantity).collect()
    };
    let Some((unit, out, most)) = surplus(&side(Side::In), &side(Side::Out)) else { return Ok(()) };
    let Some(first) = weighed.iter().find(|part| part.side == Side::Out) else { return Ok(()) };
    let amount = |amount| Quantity::new(amount, unit).unwrap_or(Quantity::zero(unit));
    let error = Error::MoreOutThanIn { asked: amount(out), most: amount(most) };
    if let Some(rule) = error.rule() {
        events::add_breach(tx, first.lot, first.event, rule, &error.to_string()).await?;
    }
    act.touch(first.lot);
    Ok(())
}

/// Writes the genealogy, unless that would make a lot its own ancestor.
async fn link(
    tx: &mut Tx,
    act: &mut Act<'_>,
    time: &EventTime,
    asked: &Transform,
    went_in: &[(Known, Quantity)],
    came_out: &[(Known, Quantity)],
) -> Result<(), Error> {
    let inputs: Vec<(ThingId, Option<Quantity>)> = went_in
        .iter()
        .map(|(known, quantity)| (ThingId::from(known.lot.id), Some(*quantity)))
        .chain(asked.unknown.iter().copied())
        .collect();
    let outputs: Vec<(ThingId, Option<Quantity>)> = came_out
        .iter()
        .map(|(known, quantity)| (ThingId::from(known.lot.id), Some(*quantity)))
        .chain(asked.unknown_outputs.iter().copied())
        .collect();
    // What has only just begun, or was never spoken of, is nobody's ancestor.
    let older =
        outputs.iter().filter(|(output, _)| !act.begun.contains(&output.as_lot()) && !act.is_new(*output));
    for (output, _) in older {
        for (input, _) in &inputs {
            if input == output || events::is_ancestor(tx, *output, *input).await? {
                // What was reported moved all the same; but a circle is no history.
                return match came_out.first() {
                    Some((known, _)) => act.refuse(known.lot.id, Error::OwnAncestor),
                    None => Ok(()),
                };
            }
        }
    }
    let sides = inputs
        .into_iter()
        .map(|(thing, quantity)| (Side::In, thing, quantity))
        .chain(outputs.into_iter().map(|(thing, quantity)| (Side::Out, thing, quantity)));
    for (side, thing, quantity) in sides {
        let link = Link {
            thing,
            side,
            node: asked.node.unwrap_or(act.fresh.event.as_uuid()),
            event: act.fresh.event,
            time: time.moment,
            quantity,
        };
        events::link(tx, &link).await?;
    }
    inherit::made(tx, act, asked.node.unwrap_or(act.fresh.event.as_uuid())).await
}

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
use crate::kernel::{Day, PartyId, Quantity, ThingId};
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
        let at = place.as_ref().ok_or_else(Error::no_place)?;
        let made = produce(tx, act, output, party, at, &time, grown).await?;
        came_out.push((made, output.quantity));
    }
    // A transformation that is told in several events is judged as a whole, below.
    if asked.node.is_none() {
        for against in bands::judge(tx, asked.step, time.day(), &went_in, &came_out).await? {
            if let Some(error) = against.error.filter(|_| !act.is_fact()) {
                return Err(error);
            }
            match came_out.get(against.output) {
                Some((known, _)) if against.stops => act.breach(known.lot.id, against.rule, &against.why),
                Some((known, _)) => {
                    let event = act.fresh.event;
                    events::point_out(tx, known.lot.id, event, against.rule, &against.why).await?;
                }
                None => {}
            }
        }
    }
    link(tx, act, &time, asked, &went_in, &came_out).await?;
    if let Some(node) = asked.node {
        weigh(tx, act, node, Some((asked.step, time.day()))).await?;
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
            return Err(Error::not_yours("product", &product.id));
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

/// Judges a transformation that is told in several events: by all that were told of it, whichever came last. An output is held with the
/// first event that tells of it. `own`: what the act itself tells, which may not stand in the journal yet.
pub(super) async fn weigh(
    tx: &mut Tx,
    act: &mut Act<'_>,
    node: Uuid,
    own: Option<(Step, Day)>,
) -> Result<(), Error> {
    for lot in events::drop_surplus(tx, node).await? {
        act.touch(lot);
    }
    let (mut went_in, mut came_out, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for part in events::weighed(tx, node).await? {
        let Some(lot) = lots::find(tx, part.lot).await? else { continue };
        let Some(product) = act.memory.product(tx, lot.product).await? else { continue };
        let one = (Known { lot, product }, part.quantity);
        if part.side == Side::In {
            went_in.push(one);
        } else {
            came_out.push(one);
            told.push(part.event);
        }
    }
    let Some(first) = told.first() else { return Ok(()) };
    let row = events::event(tx, *first).await?.map(|row| (row.step, row.time.day()));
    let Some((step, day)) = row.or(own) else { return Ok(()) };
    for against in bands::judge(tx, step, day, &went_in, &came_out).await? {
        let (Some((known, _)), Some(event)) = (came_out.get(against.output), told.get(against.output)) else {
            continue;
        };
        if against.stops {
            events::add_breach(tx, known.lot.id, *event, against.rule, &against.why).await?;
        } else {
            events::point_out(tx, known.lot.id, *event, against.rule, &against.why).await?;
        }
        act.touch(known.lot.id);
    }
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

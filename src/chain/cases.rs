//! Cases and pallets: what is put into them, what is taken out, and what moves with them.
//!
//! What must stay true: the contents of a case follow from its aggregation events in the order in which they happened, whenever they
//! came; goods in a case stay in the account of who has them, and cannot be moved without the case.

use super::act::{Act, Known, amount};
use super::error::Error;
use super::journal::{Said, Told, private};
use super::model::{Casing, EventTime, Goods, Portion};
use crate::events::{self, Aggregation, Content, Role, Step, ThingKind};
use crate::kernel::identifier::{self, Identifier};
use crate::kernel::{EventId, Moment, PartyId, Problem, Quantity, ThingId};
use crate::lots::{self, Account, Movement};
use crate::store::Tx;

/// Reads the name of a case: an SSCC as 18 digits, as a Digital Link or as an EPC URN.
///
/// # Errors
/// `case_malformed`, and what is wrong with the SSCC.
pub(super) fn read(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = digits.strip_prefix("(00)").unwrap_or(&digits);
    let read = if digits.len() == 18 && digits.bytes().all(|b| b.is_ascii_digit()) {
        Identifier::of_name(&format!("00/{digits}"))
    } else {
        Identifier::parse(text, &[])
    };
    match read {
        Ok(identifier) if identifier.kind() == identifier::Kind::Container => Ok(identifier.name()),
        Err(problem) if problem.code == "wrong_check_digit" => Err(problem),
        Ok(_) | Err(_) => Err(Problem::new("case_malformed").value(text)),
    }
}

/// The parts of lots that goods are, each with whether it lies in a case that moves.
pub(super) async fn portions(
    tx: &mut Tx,
    act: &Act<'_>,
    goods: &Goods,
    time: &EventTime,
) -> Result<Vec<(Portion, bool)>, Error> {
    let mut portions: Vec<(Portion, bool)> = goods.lots.iter().map(|portion| (*portion, false)).collect();
    for name in &goods.cases {
        let Some(case) = events::by_name(tx, name).await? else {
            if act.is_fact() {
                continue;
            }
            return Err(Error::UnknownCase { case: name.clone() });
        };
        // A command moves what lies there now; a report what lay there then.
        let at = if act.is_fact() { time.moment } else { Moment::MAX };
        for (thing, quantity) in events::contents_of(tx, case.id, at).await? {
            let Some(quantity) = quantity else { continue };
            if lots::find(tx, thing.as_lot()).await?.is_some() {
                portions.push((Portion { lot: thing.as_lot(), quantity }, true));
            }
        }
    }
    // One movement for each lot, in cases and out of them.
    let mut sums: Vec<(Portion, bool)> = Vec::new();
    for (portion, boxed) in portions {
        match sums.iter_mut().find(|(sum, same)| sum.lot == portion.lot && *same == boxed) {
            Some((sum, _)) => {
                sum.quantity = sum.quantity.plus(portion.quantity).map_err(|_| Error::Nothing)?;
            }
            None => sums.push((portion, boxed)),
        }
    }
    Ok(sums)
}

/// Goods that leave in a case are in no case of the one who had them.
pub(super) async fn unbox(
    tx: &mut Tx,
    act: &mut Act<'_>,
    known: &Known,
    party: PartyId,
    quantity: Quantity,
) -> Result<(), Error> {
    let movement = Movement {
        lot: known.lot.id,
        event: act.fresh.event,
        party,
        account: Account::Boxed,
        amount: -quantity.amount(),
    };
    act.touch(known.lot.id);
    if act.is_fact() {
        return Ok(lots::enter_fact(tx, &movement).await?);
    }
    if lots::enter(tx, &movement).await? {
        return Ok(());
    }
    // The case is somebody else's, or its goods have left already.
    let holding = lots::holding(tx, known.lot.id, party).await?.unwrap_or_default();
    Err(Error::BalanceExceeded { asked: quantity, left: known.lot.quantity(holding.boxed.max(0)) })
}

/// The cases that a shipment was of, by their names.
pub(super) async fn of_shipment(tx: &mut Tx, shipment: EventId) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for part in events::parts(tx, shipment).await? {
        if part.role != Role::Object {
            continue;
        }
        if let Some(thing) = events::thing(tx, part.thing).await?
            && thing.kind == ThingKind::Container
        {
            names.push(thing.name);
        }
    }
    Ok(names)
}

pub(super) async fn aggregate(tx: &mut Tx, act: &mut Act<'_>, asked: &Casing) -> Result<Said, Error> {
    let lots: Vec<_> = asked.what.goods.lots.iter().map(|portion| portion.lot).collect();
    let time = act.time_after(tx, asked.what.when, &lots).await?;
    let standing = act.standing(tx, &time).await?;
    let party = standing.party.id;
    let case = act.thing(tx, 900_000, ThingKind::Container, &asked.case).await?;
    if !act.is_fact() && asked.what.goods.lots.is_empty() && asked.what.goods.cases.is_empty() {
        return Err(Error::Nothing);
    }
    let mut parts = vec![Told::case(Role::Parent, &asked.case)];
    for portion in &asked.what.goods.lots {
        let known = act.known(tx, portion.lot, party).await?;
        amount(portion.quantity, known.lot.unit(), "quantity")?;
        act.open(tx, &known.lot, &time).await?;
        parts.push(Told::lot(Role::Child, &known, Some(portion.quantity)));
    }
    for name in &asked.what.goods.cases {
        let child = events::by_name(tx, name).await?;
        let child = child.ok_or_else(|| Error::UnknownCase { case: name.clone() })?;
        if child.id == case.id || holds(tx, child.id, case.id).await? {
            return Err(Error::CaseInItself { case: name.clone() });
        }
        parts.push(Told::case(Role::Child, name));
    }
    let about = parts.iter().find_map(Told::lot_id);
    let place = act.place(tx, asked.what.place, &standing, about).await?;
    // The guard of a command: what lies in the case afterwards must be there and lie in no other case. The rows themselves are made
    // from all events of the case by `settle`.
    if !act.is_fact() {
        for told in &parts {
            if let (Some(known), Some(quantity)) = (told.known(), told.quantity) {
                act.enter(tx, &known.lot, party, Account::Boxed, quantity).await?;
            }
        }
    }
    Ok(Said {
        parts,
        place,
        private: private(asked.what.note.as_ref(), &[]),
        ..Said::new(Step::Aggregate, time, Some(standing))
    })
}

pub(super) async fn disaggregate(tx: &mut Tx, act: &mut Act<'_>, asked: &Casing) -> Result<Said, Error> {
    let time = act.time_after(tx, asked.what.when, &[]).await?;
    let standing = act.standing(tx, &time).await?;
    let party = standing.party.id;
    let Some(case) = events::by_name(tx, &asked.case).await? else {
        return Err(Error::UnknownCase { case: asked.case.clone() });
    };
    let there: Vec<Content> = events::contents(tx, case.id)
        .await?
        .into_iter()
        .filter(|content| content.removed.is_none())
        .collect();
    let mut parts = vec![Told::case(Role::Parent, &asked.case)];
    for portion in &asked.what.goods.lots {
        let known = act.known(tx, portion.lot, party).await?;
        let inside: i64 = there
            .iter()
            .filter(|content| content.child == ThingId::from(portion.lot))
            .filter_map(|content| content.quantity.map(Quantity::amount))
            .sum();
        if portion.quantity.amount() > inside && !act.is_fact() {
            let left = known.lot.quantity(inside);
            return Err(Error::BalanceExceeded { asked: portion.quantity, left });
        }
        act.touch(known.lot.id);
        parts.push(Told::lot(Role::Child, &known, Some(portion.quantity)));
    }
    for name in &asked.what.goods.cases {
        parts.push(Told::case(Role::Child, name));
    }
    if !act.is_fact() {
        if there.is_empty() {
            return Err(Error::UnknownCase { case: asked.case.clone() });
        }
        // Only who has the goods takes them out.
        for content in &there {
            let Some(lot) = lots::find(tx, content.child.as_lot()).await? else { continue };
            let holding = lots::holding(tx, lot.id, party).await?.unwrap_or_default();
            if holding.boxed < content.quantity.map_or(0, Quantity::amount) {
                return Err(Error::UnknownCase { case: asked.case.clone() });
            }
        }
    }
    let place = act.place(tx, asked.what.place, &standing, None).await?;
    Ok(Said {
        parts,
        place,
        private: private(asked.what.note.as_ref(), &[]),
        ..Said::new(Step::Disaggregate, time, Some(standing))
    })
}

/// Whether `outer` holds `inner`, over however many cases.
async fn holds(tx: &mut Tx, outer: ThingId, inner: ThingId) -> Result<bool, Error> {
    let mut open = vec![outer];
    let mut seen = std::collections::HashSet::from([outer]);
    while let Some(next) = open.pop() {
        for content in events::contents(tx, next).await? {
            if content.removed.is_some() {
                continue;
            }
            if content.child == inner {
                return Ok(true);
            }
            if seen.insert(content.child) {
                open.push(content.child);
            }
        }
    }
    Ok(false)
}

/// Makes the contents of a case anew from its events that are in force, and counts in each holding what lies in it.
pub(super) async fn settle(tx: &mut Tx, act: &mut Act<'_>, case: ThingId) -> Result<(), Error> {
    let events = events::aggregations(tx, case).await?;
    for aggregation in &events {
        for movement in lots::take_back(tx, aggregation.event).await? {
            act.touch(movement.lot);
        }
    }
    for content in events::contents(tx, case).await? {
        act.touch_if_lot(tx, content.child).await?;
    }
    let contents = contents(&events);
    events::put_contents(tx, case, &contents).await?;
    for content in &contents {
        let Some(quantity) = content.quantity else { continue };
        let Some(lot) = lots::find(tx, content.child.as_lot()).await? else { continue };
        act.touch(lot.id);
        let sides = [Some((content.added.0, 1)), content.removed.map(|(event, _)| (event, -1))];
        for (event, sign) in sides.into_iter().flatten() {
            let Some(row) = events::event(tx, event).await? else { continue };
            let Some(party) = row.whose() else { continue };
            let amount = sign * quantity.amount();
            let movement = Movement { lot: lot.id, event, party, account: Account::Boxed, amount };
            lots::enter_fact(tx, &movement).await?;
        }
    }
    Ok(())
}

/// What lies in a case from when to when. What is put in twice adds up; what is taken out is taken from what went in first; what is
/// taken out and never went in is nothing.
pub(super) fn contents(events: &[Aggregation]) -> Vec<Content> {
    let mut contents: Vec<Content> = Vec::new();
    for event in events {
        if event.adds {
            contents.extend(event.children.iter().map(|(child, quantity)| Content {
                child: *child,
                quantity: *quantity,
                added: (event.event, event.time),
                removed: None,
            }));
            continue;
        }
        let removed = Some((event.event, event.time));
        if event.children.is_empty() {
            for content in contents.iter_mut().filter(|content| content.removed.is_none()) {
                content.removed = removed;
            }
        }
        for (child, quantity) in &event.children {
            let mut asked = *quantity;
            let mut rest = Vec::new();
            for content in &mut contents {
                if content.child != *child || content.removed.is_some() {
                    continue;
                }
                let (Some(want), Some(there)) = (asked, content.quantity) else {
                    // Without an amount, all of it.
                    content.removed = removed;
                    continue;
                };
                if want.is_zero() {
                    break;
                }
                if let Ok(left) = there.minus(want) {
                    if !left.is_zero() {
                        rest.push(Content { quantity: Some(left), ..*content });
                    }
                    content.quantity = Some(want);
                    asked = Some(Quantity::zero(want.unit()));
                } else {
                    asked = want.minus(there).ok();
                }
                content.removed = removed;
            }
            contents.extend(rest);
        }
    }
    contents
}

//! Cases and pallets: what is put into them, what is taken out, and what moves with them.
//!
//! What must stay true: the contents of a case follow from its aggregation events in the order in which they happened, whenever they
//! came; goods in a case stay in the account of who has them, and cannot be moved without the case.

use super::act::{Act, Known, amount};
use super::error::Error;
use super::inherit;
use super::journal::{Said, Told, private};
use super::model::{Casing, EventTime, Goods, Portion};
use crate::events::{self, Aggregation, Content, Order, Role, Step, ThingKind};
use crate::kernel::identifier::{self, Identifier};
use crate::kernel::{EventId, LotId, Moment, PartyId, Problem, Quantity, ThingId};
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

/// The things that goods are, and the case that they go into or come out of: what happens to them on one day happens in order.
pub(super) async fn asked(tx: &mut Tx, goods: &Goods, case: Option<&str>) -> Result<Vec<ThingId>, Error> {
    let mut things: Vec<ThingId> = goods.lots.iter().map(|portion| ThingId::from(portion.lot)).collect();
    for name in goods.cases.iter().map(String::as_str).chain(case) {
        things.extend(events::by_name(tx, name).await?.map(|thing| thing.id));
    }
    Ok(things)
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
        // What lay there then, also of a command, so that it means the same when it is told again. A command comes after all that is
        // there of its moment.
        let (moment, recorded_at, event) = act.order(time);
        let event = if act.is_fact() { event } else { EventId::from_uuid(uuid::Uuid::max()) };
        let contents = contents_before(tx, case.id, (moment, recorded_at, event)).await?;
        for (thing, quantity) in contents {
            let Some(quantity) = quantity else { continue };
            if lots::find(tx, thing.as_lot()).await?.is_some_and(|lot| lot.unit() == quantity.unit()) {
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

/// What lay in a case, and in the cases in it, before an event: things that hold nothing else.
pub(super) async fn contents_before(
    tx: &mut Tx,
    case: ThingId,
    order: Order,
) -> Result<Vec<(ThingId, Option<Quantity>)>, Error> {
    let mut seen = std::collections::HashSet::from([case]);
    let mut open = vec![case];
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        let mut events = events::aggregations(tx, next).await?;
        events.retain(|event| event.order() < order);
        for content in contents(&events) {
            if content.removed.is_some() {
                continue;
            }
            if events::aggregations(tx, content.child).await?.is_empty() {
                found.push((content.child, content.quantity));
            } else if seen.insert(content.child) {
                open.push(content.child);
            }
        }
    }
    Ok(found)
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
    let things = self::asked(tx, &asked.what.goods, Some(&asked.case)).await?;
    let time = act.time_after(tx, asked.what.when, &things).await?;
    let standing = act.standing(tx, &time).await?;
    let party = standing.party.id;
    let case = act.thing(tx, 900_000, ThingKind::Container, &asked.case).await?;
    if !act.is_fact() && asked.what.goods.lots.is_empty() && asked.what.goods.cases.is_empty() {
        return Err(Error::Nothing);
    }
    let mut parts = vec![Told::case(Role::Parent, &asked.case)];
    for portion in &asked.what.goods.lots {
        let known = act.known(tx, portion.lot, party).await?;
        if let Err(error) = amount(portion.quantity, known.lot.unit(), "quantity") {
            act.refuse(known.lot.id, error)?;
            continue;
        }
        act.open(tx, &known.lot, &time).await?;
        parts.push(Told::lot(Role::Child, &known, Some(portion.quantity)));
    }
    for name in &asked.what.goods.cases {
        let child = events::by_name(tx, name).await?;
        let child = child.ok_or_else(|| Error::UnknownCase { case: name.clone() })?;
        if !act.is_fact() && (child.id == case.id || holds(tx, child.id, case.id).await?) {
            return Err(Error::CaseInItself { case: name.clone() });
        }
        let inside = inside(tx, child.id).await?;
        if !act.is_fact() && !has_all(tx, &inside, party).await? {
            return Err(Error::UnknownCase { case: name.clone() });
        }
        for (lot, _) in inside {
            act.touch(lot);
        }
        parts.push(Told::case(Role::Child, name));
    }
    let about = parts.iter().find_map(Told::lot_id);
    let place = act.place(tx, asked.what.place, &standing, &time, about).await?;
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
    let things = self::asked(tx, &asked.what.goods, Some(&asked.case)).await?;
    let time = act.time_after(tx, asked.what.when, &things).await?;
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
        let child = events::by_name(tx, name).await?.map(|child| child.id);
        if !act.is_fact() && !there.iter().any(|content| Some(content.child) == child) {
            return Err(Error::UnknownCase { case: name.clone() });
        }
        parts.push(Told::case(Role::Child, name));
    }
    let inside = inside(tx, case.id).await?;
    // Only who has the goods takes them out.
    if !act.is_fact() && (there.is_empty() || !has_all(tx, &inside, party).await?) {
        return Err(Error::UnknownCase { case: asked.case.clone() });
    }
    for (lot, _) in inside {
        act.touch(lot);
    }
    let place = act.place(tx, asked.what.place, &standing, &time, None).await?;
    Ok(Said {
        parts,
        place,
        private: private(asked.what.note.as_ref(), &[]),
        ..Said::new(Step::Disaggregate, time, Some(standing))
    })
}

/// The registered lots that lie in a case, over however many cases, with how much of each.
async fn inside(tx: &mut Tx, case: ThingId) -> Result<Vec<(LotId, i64)>, Error> {
    let mut found: Vec<(LotId, i64)> = Vec::new();
    for (thing, quantity) in events::contents_of(tx, case, Moment::MAX).await? {
        if lots::find(tx, thing.as_lot()).await?.is_none() {
            continue;
        }
        let amount = quantity.map_or(0, Quantity::amount);
        match found.iter_mut().find(|(lot, _)| *lot == thing.as_lot()) {
            Some((_, sum)) => *sum += amount,
            None => found.push((thing.as_lot(), amount)),
        }
    }
    Ok(found)
}

/// Whether a party has, in cases, all of this.
async fn has_all(tx: &mut Tx, inside: &[(LotId, i64)], party: PartyId) -> Result<bool, Error> {
    for (lot, amount) in inside {
        if lots::holding(tx, *lot, party).await?.unwrap_or_default().boxed < *amount {
            return Ok(false);
        }
    }
    Ok(!inside.is_empty())
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

/// Makes the contents of a case anew from its events that are in force, and counts in each holding what lies in it. What moved the
/// case after `since` moved something else then, and has its effect again.
pub(super) async fn settle(
    tx: &mut Tx,
    act: &mut Act<'_>,
    case: ThingId,
    since: Option<Order>,
) -> Result<(), Error> {
    let before = events::contents(tx, case).await?;
    // Also those that had a part in it and have none any more.
    let events = events::aggregations(tx, case).await?;
    for aggregation in &events {
        for movement in lots::take_back(tx, aggregation.event).await? {
            act.touch(movement.lot);
        }
    }
    for content in &before {
        act.touch_if_lot(tx, content.child).await?;
    }
    let contents = contents(&events);
    // What was made out of the case was made of what lay in it then.
    let (nodes, origins) = lots::used_case(tx, case).await?;
    events::put_contents(tx, case, &contents).await?;
    for origin in origins {
        inherit::spread(tx, act, origin, false).await?;
    }
    for node in nodes {
        inherit::made(tx, act, node).await?;
    }
    if let Some(since) = since {
        moved_since(tx, act, case, since).await?;
    }
    for content in &contents {
        let Some(quantity) = content.quantity else { continue };
        let Some(lot) = lots::find(tx, content.child.as_lot()).await? else { continue };
        if quantity.unit() != lot.unit() {
            continue;
        }
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

/// Whatever moved a case, or a case that holds it, moved what lies in it: with other contents, something else.
async fn moved_since(tx: &mut Tx, act: &mut Act<'_>, case: ThingId, since: Order) -> Result<(), Error> {
    let mut open = vec![case];
    let mut seen = std::collections::HashSet::from([case]);
    while let Some(next) = open.pop() {
        for event in events::of_thing(tx, next).await? {
            let Some(row) = events::event(tx, event).await? else { continue };
            if row.order() <= since || matches!(row.step, Step::Aggregate | Step::Disaggregate) {
                continue;
            }
            let parts = events::parts(tx, event).await?;
            if parts.iter().any(|part| part.thing == next && part.role == Role::Object) {
                act.replay(event);
            }
        }
        for holder in events::holders_of(tx, next).await? {
            if seen.insert(holder) {
                open.push(holder);
            }
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

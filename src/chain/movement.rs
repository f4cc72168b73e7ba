//! Food moves: it is packed, sent, received, refused, sold, sampled, tested, lost.

use super::act::{Act, Known, Standing, amount};
use super::bands;
use super::cases;
use super::error::Error;
use super::evidence;
use super::journal::{Passage, Said, Told, private};
use super::model::{EventTime, Move, Pack, Portion, Receive, Ship, Test};
use crate::events::{self, Role, Step};
use crate::kernel::{Day, EventId, LotId, PartyId, Quantity, ThingId};
use crate::lots::{self, Account, Arrival, NewShipment, Shipment};
use crate::parties;
use crate::places::Place;
use crate::store::Tx;

/// Goods that a party releases, with their gates passed: the lots are free, the day right, the place its own, the units theirs.
struct Open {
    time: EventTime,
    standing: Standing,
    place: Option<Place>,
    /// Parts of lots, in the order asked; with how much of each lies in a case.
    goods: Vec<(Known, Quantity, bool)>,
    cases: Vec<String>,
}

/// `back_to`: the goods go back to that party, from which they came: also what is stopped may.
async fn open(tx: &mut Tx, act: &mut Act<'_>, what: &Move, back_to: Option<PartyId>) -> Result<Open, Error> {
    let things = cases::asked(tx, &what.goods, None).await?;
    let time = act.time_after(tx, what.when, &things).await?;
    let standing = act.standing(tx, &time).await?;
    let party = standing.party.id;
    let mut goods = Vec::new();
    for (portion, boxed) in cases::portions(tx, act, &what.goods, &time).await? {
        let known = act.known(tx, portion.lot, party).await?;
        let wrong_unit = amount(portion.quantity, known.lot.unit(), "quantity").err();
        if let Some(error) = wrong_unit {
            // What is not counted in the lot's unit moves nothing that could be counted.
            act.refuse(known.lot.id, error)?;
            continue;
        }
        let back = match back_to {
            Some(to) => lots::came_from(tx, known.lot.id, to, party).await?,
            None => false,
        };
        if back {
            act.handle(tx, &known.lot, &time).await?;
        } else {
            act.open(tx, &known.lot, &time).await?;
        }
        goods.push((known, portion.quantity, boxed));
    }
    if goods.is_empty() && !act.is_fact() {
        return Err(Error::Nothing);
    }
    let about = goods.first().map(|(known, _, _)| known.lot.id);
    let place = act.place(tx, what.place, &standing, &time, about).await?;
    Ok(Open { time, standing, place, goods, cases: what.goods.cases.clone() })
}

impl Open {
    /// Takes the goods out of the party's hands.
    async fn draw(&self, tx: &mut Tx, act: &mut Act<'_>, account: Account) -> Result<(), Error> {
        let party = self.standing.party.id;
        for (known, quantity, boxed) in &self.goods {
            if *boxed {
                cases::unbox(tx, act, known, party, *quantity).await?;
            }
            act.enter(tx, &known.lot, party, account, *quantity).await?;
        }
        Ok(())
    }

    /// How much of each lot, and how much of that in cases.
    fn amounts(&self) -> Vec<(LotId, i64, i64)> {
        let mut amounts: Vec<(LotId, i64, i64)> = Vec::new();
        for (known, quantity, boxed) in &self.goods {
            let inside = if *boxed { quantity.amount() } else { 0 };
            match amounts.iter_mut().find(|(lot, ..)| *lot == known.lot.id) {
                Some((_, amount, sum)) => {
                    *amount += quantity.amount();
                    *sum += inside;
                }
                None => amounts.push((known.lot.id, quantity.amount(), inside)),
            }
        }
        amounts
    }

    fn said(&self, step: Step) -> Said {
        let lots = self.goods.iter().map(|(known, quantity, boxed)| {
            Told::lot(if *boxed { Role::Carried } else { Role::Object }, known, Some(*quantity))
        });
        let cases = self.cases.iter().map(|name| Told::case(Role::Object, name));
        Said {
            parts: lots.chain(cases).collect(),
            place: self.place.clone(),
            ..Said::new(step, self.time, Some(self.standing.clone()))
        }
    }
}

pub(super) async fn pack(tx: &mut Tx, act: &mut Act<'_>, asked: &Pack) -> Result<Said, Error> {
    let open = open(tx, act, &asked.what, None).await?;
    let packed_on = open.time.day();
    let kept = |known: &Known| {
        let days = i32::try_from(known.product.shelf_life_days?).ok()?;
        Some(packed_on.plus_days(days))
    };
    // One act tells one day: that of what is good for the shortest time. Of a report only what it tells counts for all of it.
    let shortest = || open.goods.iter().filter_map(|(known, ..)| kept(known)).min();
    let told = asked.expires_on.or_else(|| shortest().filter(|_| !act.is_fact()));
    for (known, quantity, _) in &open.goods {
        evidence::claimed(
            tx,
            act,
            &asked.certificates,
            known,
            &open.standing,
            open.place.as_ref(),
            packed_on,
        )
        .await?;
        if let Some(size) = asked.pack_size {
            let size = amount(size, known.lot.unit(), "pack_size");
            match size {
                Ok(size) if size <= quantity.amount() => {}
                Ok(_) => act.refuse(known.lot.id, Error::PackTooLarge)?,
                Err(error) => act.refuse(known.lot.id, error)?,
            }
        }
        let use_by = told.or_else(|| kept(known));
        if use_by.is_some_and(|day| day < packed_on) {
            act.refuse(known.lot.id, Error::ExpiryBeforePacking { day: packed_on })?;
        }
        act.enter(tx, &known.lot, open.standing.party.id, Account::Packed, *quantity).await?;
        let first = |told: Option<Day>, day: Option<Day>| told.into_iter().chain(day).min();
        let packed_first = first(known.lot.packed_on, Some(packed_on)).unwrap_or(packed_on);
        lots::earliest_days(tx, known.lot.id, packed_first, first(known.lot.expires_on, use_by)).await?;
    }
    Ok(Said {
        pack_size: asked.pack_size,
        certificates: asked.certificates.clone(),
        use_by: told,
        private: private(asked.what.note.as_ref(), &[]),
        ..open.said(Step::Pack)
    })
}

pub(super) async fn ship(tx: &mut Tx, act: &mut Act<'_>, asked: &Ship) -> Result<Said, Error> {
    let open = open(tx, act, &asked.what, asked.to.filter(|_| asked.back)).await?;
    let party = open.standing.party.id;
    let to = match asked.to {
        Some(to) if to == party => return Err(Error::ToOneself),
        Some(to) => {
            // What was sent to a suspended party was sent all the same.
            let found = parties::party(tx, to).await?.filter(|to| act.is_fact() || to.is_active());
            Some(found.ok_or_else(|| Error::UnknownReceiver { value: to.to_string() })?)
        }
        None if act.is_fact() => None,
        None => return Err(Error::UnknownReceiver { value: String::new() }),
    };
    open.draw(tx, act, Account::Shipped).await?;
    if let Some(to) = &to {
        for (lot, amount, boxed) in open.amounts() {
            let shipment = NewShipment {
                id: act.fresh.event,
                lot,
                from: party,
                to: to.id,
                from_place: open.place.as_ref().map(|place| place.id),
                amount,
                boxed,
                back_from: None,
                shipped_at: open.time.moment,
            };
            lots::insert_shipment(tx, &shipment).await?;
        }
    }
    let lines = [("document", asked.document.as_ref()), ("vehicle", asked.vehicle.as_ref())];
    let step = if asked.back { Step::Return } else { Step::Ship };
    let shipment = Some(act.fresh.event);
    Ok(Said {
        passage: Some(Passage { from: Some(open.standing.party.clone()), to, shipment }),
        private: private(asked.what.note.as_ref(), &lines),
        ..open.said(step)
    })
}

pub(super) async fn sell(tx: &mut Tx, act: &mut Act<'_>, asked: &Move) -> Result<Said, Error> {
    out(tx, act, asked, Step::Sell, Account::Sold).await
}

pub(super) async fn sample(tx: &mut Tx, act: &mut Act<'_>, asked: &Move) -> Result<Said, Error> {
    handled(tx, act, asked, Step::Sample, Account::Sampled).await
}

pub(super) async fn waste(tx: &mut Tx, act: &mut Act<'_>, asked: &Move) -> Result<Said, Error> {
    handled(tx, act, asked, Step::Waste, Account::Wasted).await
}

async fn out(
    tx: &mut Tx,
    act: &mut Act<'_>,
    asked: &Move,
    step: Step,
    account: Account,
) -> Result<Said, Error> {
    let open = open(tx, act, asked, None).await?;
    open.draw(tx, act, account).await?;
    Ok(Said { private: private(asked.note.as_ref(), &[]), ..open.said(step) })
}

/// What happens to goods without releasing them: also while they are held or recalled, a sample is taken and food destroyed.
async fn handled(
    tx: &mut Tx,
    act: &mut Act<'_>,
    asked: &Move,
    step: Step,
    account: Account,
) -> Result<Said, Error> {
    let things = cases::asked(tx, &asked.goods, None).await?;
    let time = act.time_after(tx, asked.when, &things).await?;
    let standing = act.standing(tx, &time).await?;
    let mut goods = Vec::new();
    for (portion, boxed) in cases::portions(tx, act, &asked.goods, &time).await? {
        let known = act.known(tx, portion.lot, standing.party.id).await?;
        if let Err(error) = amount(portion.quantity, known.lot.unit(), "quantity") {
            act.refuse(known.lot.id, error)?;
            continue;
        }
        act.handle(tx, &known.lot, &time).await?;
        goods.push((known, portion.quantity, boxed));
    }
    if goods.is_empty() && !act.is_fact() {
        return Err(Error::Nothing);
    }
    let about = goods.first().map(|(known, _, _)| known.lot.id);
    let place = act.place(tx, asked.place, &standing, &time, about).await?;
    let open = Open { time, standing, place, goods, cases: asked.goods.cases.clone() };
    open.draw(tx, act, account).await?;
    Ok(Said { private: private(asked.note.as_ref(), &[]), ..open.said(step) })
}

/// A test moves nothing: it says what was found.
pub(super) async fn test(tx: &mut Tx, act: &mut Act<'_>, asked: &Test) -> Result<Said, Error> {
    let time = act.time_after(tx, asked.when, &[asked.lot.into()]).await?;
    let standing = act.standing(tx, &time).await?;
    let known = evidence::tested(tx, act, asked.lot, &standing).await?;
    // A laboratory's report is about the goods, wherever they lie.
    let place = match asked.place {
        Some(_) => act.place(tx, asked.place, &standing, &time, Some(known.lot.id)).await?,
        None => None,
    };
    if !asked.conforms {
        // Whoever finds it, food that does not conform is stopped until it is looked into.
        act.breach(known.lot.id, "test_failed", "a test found that the goods do not conform");
    }
    lots::touch(tx, known.lot.id).await?;
    act.touch(known.lot.id);
    Ok(Said {
        parts: vec![Told::lot(Role::Object, &known, None)],
        place,
        conforms: Some(asked.conforms),
        private: private(asked.note.as_ref(), &[("report", asked.report.as_ref())]),
        ..Said::new(Step::Test, time, Some(standing))
    })
}

/// A receipt is a fact: it is recorded also while a lot is held or recalled.
pub(super) async fn receive(tx: &mut Tx, act: &mut Act<'_>, asked: &Receive) -> Result<Said, Error> {
    let (mut said, coming, standing) = arrived(tx, act, asked, Step::Receive).await?;
    let party = standing.party.id;
    for Coming { shipment, known, quantity, inside: boxed } in &coming {
        let account = if goes_back(tx, shipment).await? { Account::Returned } else { Account::Received };
        act.enter(tx, &known.lot, party, account, *quantity).await?;
        // What came in cases lies in them still.
        if *boxed > 0 {
            act.enter(tx, &known.lot, party, Account::Boxed, known.lot.quantity(*boxed)).await?;
        }
    }
    said.private = private(asked.note.as_ref(), &[]);
    Ok(said)
}

/// Whether goods come back to where they had been: they were refused, or sent back.
async fn goes_back(tx: &mut Tx, shipment: &Shipment) -> Result<bool, Error> {
    if shipment.sent.back_from.is_some() {
        return Ok(true);
    }
    Ok(events::event(tx, shipment.sent.id).await?.is_some_and(|event| event.step == Step::Return))
}

/// What never arrived: its receiver says so, and nothing of it is awaited any more. It is booked as lost under way; whether that is
/// more than goods lose in weight is a matter of the list of differences.
pub(super) async fn lose(tx: &mut Tx, act: &mut Act<'_>, asked: &Receive) -> Result<Said, Error> {
    let (mut said, coming, standing) = arrived(tx, act, asked, Step::Lose).await?;
    for Coming { known, quantity, .. } in &coming {
        act.enter(tx, &known.lot, standing.party.id, Account::Lost, *quantity).await?;
    }
    said.private = private(asked.note.as_ref(), &[]);
    Ok(said)
}

/// What is not taken goes back to where it came from: a shipment of its own, which its sender receives.
pub(super) async fn refuse(tx: &mut Tx, act: &mut Act<'_>, asked: &Receive) -> Result<Said, Error> {
    let (mut said, coming, standing) = arrived(tx, act, asked, Step::Refuse).await?;
    for Coming { shipment, known, quantity, inside } in &coming {
        let back = NewShipment {
            id: act.fresh.event,
            lot: known.lot.id,
            from: standing.party.id,
            to: shipment.sent.from,
            from_place: said.place.as_ref().map(|place| place.id),
            amount: quantity.amount(),
            boxed: *inside,
            back_from: Some(shipment.sent.id),
            shipped_at: said.time.moment,
        };
        lots::insert_shipment(tx, &back).await?;
    }
    if let Some(Passage { from, to, .. }) = &mut said.passage {
        // Goods that come back travel from who refused them to who sent them.
        std::mem::swap(from, to);
    }
    said.private = private(asked.note.as_ref(), &[]);
    Ok(said)
}

/// What arrived of a shipment, counted on it as received or refused; or what did not, as lost.
async fn arrived(
    tx: &mut Tx,
    act: &mut Act<'_>,
    asked: &Receive,
    step: Step,
) -> Result<(Said, Vec<Coming>, Standing), Error> {
    let time = arrival_time(tx, act, asked).await?;
    let standing = act.standing(tx, &time).await?;
    let party = standing.party.id;
    let shipments = match asked.shipment {
        Some(id) => lots::shipment(tx, id).await?,
        None => on_the_way(tx, asked, party).await?,
    };
    let Some(first) = shipments.first().copied() else { return Err(Error::NotFound) };
    if first.sent.to != party {
        return Err(if first.sent.from == party { Error::WrongReceiver } else { Error::NotFound });
    }
    let from = parties::party(tx, first.sent.from).await?.ok_or(Error::NotFound)?;
    let mut coming = share(tx, act, asked, &shipments).await?;
    if coming.is_empty() {
        return Err(Error::ShipmentSettled);
    }
    let about = coming.first().map(|one| one.known.lot.id);
    let place = act.place(tx, asked.place, &standing, &time, about).await?;
    let mut parts = if step == Step::Lose { Vec::new() } else { cases_that_came(tx, &mut coming).await? };
    for Coming { shipment, known, quantity, .. } in &coming {
        if time.day() < shipment.sent.shipped_at.day() {
            act.refuse(known.lot.id, Error::BeforeShipment { day: shipment.sent.shipped_at.day() })?;
        }
        let counted = quantity.amount();
        let when = |wanted: Step| if step == wanted { counted } else { 0 };
        let tolerated = match step {
            Step::Lose => bands::weight_loss(tx, &known.product, time.day()).await?,
            _ => 0,
        };
        let arrival = Arrival {
            lot: known.lot.id,
            shipment: shipment.sent.id,
            event: act.fresh.event,
            received: when(Step::Receive),
            refused: when(Step::Refuse),
            lost: when(Step::Lose),
            tolerated,
        };
        if !lots::arrive(tx, &arrival, !act.is_fact()).await? {
            let now = lots::shipment(tx, shipment.sent.id).await?;
            let left = now.iter().find(|one| one.sent.lot == known.lot.id).map_or(0, Shipment::left);
            return Err(if left <= 0 {
                Error::ShipmentSettled
            } else {
                Error::MoreThanShipped { asked: *quantity, left: known.lot.quantity(left) }
            });
        }
        lots::touch(tx, known.lot.id).await?;
        act.touch(known.lot.id);
    }
    for Coming { known, quantity, inside, .. } in &coming {
        let outside = known.lot.quantity(quantity.amount() - inside);
        let told = [(Role::Carried, known.lot.quantity(*inside)), (Role::Object, outside)];
        let told = told.into_iter().filter(|(_, quantity)| !quantity.is_zero());
        parts.extend(told.map(|(role, quantity)| Told::lot(role, known, Some(quantity))));
    }
    let said = Said {
        parts,
        place,
        passage: Some(Passage {
            from: Some(from),
            to: Some(standing.party.clone()),
            shipment: Some(first.sent.id),
        }),
        ..Said::new(step, time, Some(standing.clone()))
    };
    Ok((said, coming, standing))
}

/// What arrived of one lot of a shipment.
struct Coming {
    shipment: Shipment,
    known: Known,
    quantity: Quantity,
    /// How much of it lies in cases.
    inside: i64,
}

/// The cases that arrived whole, with all that was sent in them. Else each lot was counted, and lies in no case.
async fn cases_that_came(tx: &mut Tx, coming: &mut [Coming]) -> Result<Vec<Told>, Error> {
    let mut cases = Vec::new();
    let mut seen: Vec<EventId> = Vec::new();
    for n in 0..coming.len() {
        let Some(id) = coming.get(n).map(|one| one.shipment.sent.id).filter(|id| !seen.contains(id)) else {
            continue;
        };
        seen.push(id);
        let sent = lots::shipment(tx, id).await?;
        let whole = sent.iter().filter(|one| one.sent.boxed > 0).all(|one| {
            coming.iter().any(|came| {
                came.shipment.sent.id == id
                    && came.known.lot.id == one.sent.lot
                    && came.quantity.amount() == one.sent.amount
            })
        });
        if !whole {
            continue;
        }
        for came in coming.iter_mut().filter(|came| came.shipment.sent.id == id) {
            came.inside = came.shipment.sent.boxed;
        }
        let names = cases::of_shipment(tx, id).await?;
        cases.extend(names.iter().map(|name| Told::case(Role::Object, name)));
    }
    Ok(cases)
}

async fn arrival_time(tx: &mut Tx, act: &Act<'_>, asked: &Receive) -> Result<EventTime, Error> {
    let mut lots: Vec<ThingId> = asked.lots.iter().map(|portion| portion.lot.into()).collect();
    if let Some(id) = asked.shipment {
        lots.extend(lots::shipment(tx, id).await?.iter().map(|shipment| ThingId::from(shipment.sent.lot)));
    }
    act.time_after(tx, asked.when, &lots).await
}

/// What is on the way to a party of the lots that it reports to have received.
async fn on_the_way(tx: &mut Tx, asked: &Receive, party: PartyId) -> Result<Vec<Shipment>, Error> {
    let mut found = Vec::new();
    for portion in &asked.lots {
        let coming = lots::under_way(tx, portion.lot, party).await?;
        let theirs = |shipment: &&Shipment| asked.from.is_none_or(|from| shipment.sent.from == from);
        // One report is about one hand-over: the oldest that is still open.
        found.extend(coming.iter().find(theirs).copied());
    }
    Ok(found)
}

/// How much of each lot arrived: what was told, else all that is under way.
async fn share(
    tx: &mut Tx,
    act: &mut Act<'_>,
    asked: &Receive,
    shipments: &[Shipment],
) -> Result<Vec<Coming>, Error> {
    let mut coming = Vec::new();
    for shipment in shipments {
        let lot = lots::find(tx, shipment.sent.lot).await?.ok_or(Error::NotFound)?;
        let told: Option<&Portion> = asked.lots.iter().find(|portion| portion.lot == lot.id);
        let quantity = match told {
            Some(portion) => portion.quantity,
            None if asked.lots.is_empty() && shipment.left() > 0 => lot.quantity(shipment.left()),
            None => continue,
        };
        if let Err(error) = amount(quantity, lot.unit(), "quantity") {
            act.refuse(lot.id, error)?;
            continue;
        }
        let product = crate::products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
        coming.push(Coming { shipment: *shipment, known: Known { lot, product }, quantity, inside: 0 });
    }
    // A lot that is told and was not sent cannot have come with it.
    let strange = asked.lots.iter().find(|portion| !coming.iter().any(|one| one.known.lot.id == portion.lot));
    match strange {
        Some(_) if !act.is_fact() => Err(Error::NotFound),
        _ => Ok(coming),
    }
}

/// The key under which a receipt waits for its shipment.
pub(super) fn awaited(lot: crate::kernel::LotId, to: PartyId) -> String {
    format!("shipment:{lot}:{to}")
}

//! What an EPCIS event means for the lots that it speaks of: the command that a form would have given for the same act.
//!
//! What must stay true: an event that a form made means, read back, what the form meant; what means nothing for any lot is recorded
//! all the same.

use super::act::{Act, Told as Telling};
use super::cases;
use super::error::Error;
use super::journal::lot_of;
use super::memory::Memory;
use super::model::{
    Casing, Command, DeclareLot, Goods, Move, Output, Pack, Portion, Receive, Ship, Test, Transform, When,
};
use super::movement::awaited;
use super::steps::transformation;
pub(super) use super::steps::{is_whole_day, step};
use crate::events::epcis::{self, Action, What};
use crate::events::{self, Role, Step, Thing, ThingKind, uri};
use crate::kernel::identifier::Identifier;
use crate::kernel::{
    Day, EventId, Gln, Line, LotId, PartyId, PlaceId, PlaceNumber, ProductId, Quantity, ThingId,
};
use crate::lots;
use crate::parties::Kind;
use crate::places::Place;
use crate::products::Product;
use crate::store::Tx;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A thing that an event names: in which role, and how much of it.
pub(super) type Named = (Role, Thing, Option<Quantity>);

/// What an event means.
pub(super) enum Meaning {
    /// It has the effects of these commands, which are one act.
    Acts(Vec<Command>),
    /// It has no effect that the registry counts.
    Seen,
    /// It will mean something when something else has come.
    Waits {
        /// What is missing: `shipment` or `event`.
        missing: &'static str,
        /// The key of what is missing.
        waits_for: String,
    },
}

/// A text of the registry's own among the extensions, whichever prefix it was declared with.
pub(super) fn own_text<'e>(event: &'e epcis::Event, name: &str) -> Option<&'e str> {
    own_value(event, name).and_then(Value::as_str)
}

/// The texts of a list of the registry's own among the extensions.
pub(super) fn own_texts<'e>(event: &'e epcis::Event, name: &str) -> Vec<&'e str> {
    let list = own_value(event, name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).collect()
}

fn own_value<'e>(event: &'e epcis::Event, name: &str) -> Option<&'e Value> {
    let local = name.strip_prefix("ng:").unwrap_or(name);
    event.extensions.iter().find_map(|(key, value)| {
        let full = event.namespaces.expand(key);
        (full.strip_prefix(uri::VOCABULARY) == Some(local)).then_some(value)
    })
}

/// The party that a URI names, where the registry knows it.
pub(super) async fn party(
    tx: &mut Tx,
    memory: &Memory,
    host: &str,
    uri: &str,
) -> Result<Option<PartyId>, Error> {
    if let Some(id) = uri.strip_prefix("urn:nguongoc:party:") {
        let Ok(id) = id.parse::<PartyId>() else { return Ok(None) };
        return Ok(memory.party(tx, id).await?.map(|party| party.id));
    }
    match Identifier::parse(uri, &[host]) {
        Ok(Identifier::Party(gln) | Identifier::Place { gln, .. }) => Ok(by_gln(tx, memory, &gln).await?),
        _ => Ok(place(tx, memory, host, uri).await?.map(|place| place.party)),
    }
}

async fn by_gln(tx: &mut Tx, memory: &Memory, gln: &Gln) -> Result<Option<PartyId>, Error> {
    if let Some(party) = memory.party_by_gln(tx, gln).await? {
        return Ok(Some(party.id));
    }
    Ok(memory.place_by_gln(tx, gln).await?.map(|place| place.party))
}

/// The place that a URI names, where the registry knows it.
pub(super) async fn place(
    tx: &mut Tx,
    memory: &Memory,
    host: &str,
    uri: &str,
) -> Result<Option<Place>, Error> {
    let own = format!("https://{host}/place/");
    if let Some(number) = uri.strip_prefix(&own) {
        return match PlaceNumber::parse(number) {
            Ok(number) => Ok(memory.place_by_number(tx, &number).await?),
            Err(_) => Ok(None),
        };
    }
    match Identifier::parse(uri, &[host]) {
        Ok(Identifier::Place { gln, .. }) => Ok(memory.place_by_gln(tx, &gln).await?),
        _ => Ok(None),
    }
}

/// The party at one end of a passage.
pub(super) async fn end<'e>(
    tx: &mut Tx,
    memory: &Memory,
    host: &str,
    ends: impl Iterator<Item = (&'e epcis::Word, &'e str)> + Clone,
) -> Result<Option<PartyId>, Error> {
    for kind in ["owning_party", "possessing_party", "location"] {
        for (word, uri) in ends.clone() {
            if word.bare() == Some(kind)
                && let Some(party) = party(tx, memory, host, uri).await?
            {
                return Ok(Some(party));
            }
        }
    }
    Ok(None)
}

/// Reads what an event of `party` means for the registered lots among `named`.
pub(super) async fn read(
    tx: &mut Tx,
    act: &Act<'_>,
    party: PartyId,
    event: &epcis::Event,
    named: &[Named],
) -> Result<Meaning, Error> {
    let reading = Reading::of(tx, act, party, event, named).await?;
    match &event.what {
        What::Transformation { id, .. } => reading.transformation(tx, act, id.as_deref()).await,
        What::Aggregation { action, .. } => match reading.not_yet(tx).await? {
            Some(wait) => Ok(wait),
            None => Ok(reading.aggregation(*action)),
        },
        What::Object { .. } => reading.object(tx, act).await,
        What::Transaction { .. } | What::Association { .. } => Ok(Meaning::Seen),
    }
}

struct Reading<'e> {
    event: &'e epcis::Event,
    named: &'e [Named],
    party: PartyId,
    place: Option<PlaceId>,
    when: Option<When>,
    /// Where something grew.
    origin: Option<PlaceId>,
    /// The registered lots, with their roles and amounts.
    lots: Vec<(Role, LotId, Option<Quantity>)>,
    host: &'e str,
    memory: &'e Memory,
}

impl<'e> Reading<'e> {
    async fn of(
        tx: &mut Tx,
        act: &Act<'e>,
        party: PartyId,
        event: &'e epcis::Event,
        named: &'e [Named],
    ) -> Result<Self, Error> {
        let location = event.read_point.as_ref().or(event.biz_location.as_ref());
        let place = match (act.told_at, location) {
            (Some(known), _) => act.memory.place(tx, known).await?,
            (None, Some(location)) => place(tx, act.memory, act.host, &location.id).await?,
            (None, None) => None,
        };
        let mut lots = Vec::new();
        for (role, thing, quantity) in named {
            if let Some(lot) = lot_of(tx, act, thing).await? {
                lots.push((*role, lot, *quantity));
            }
        }
        let when = if is_whole_day(event) {
            // The hour that was told keeps the order, and says nothing of when it was.
            When::Within(event.time, event.offset)
        } else {
            When::At(event.time, event.offset)
        };
        // A command may have collected from a plot of somebody who had given a mandate.
        let origin = place.as_ref().filter(|place| act.passed || place.party == party).map(|place| place.id);
        Ok(Self {
            origin,
            event,
            named,
            party,
            place: place.filter(|place| place.party == party).map(|place| place.id),
            when: Some(when),
            lots,
            host: act.host,
            memory: act.memory,
        })
    }

    /// The lot that a thing is, where it is a registered one.
    fn lot(&self, thing: &Thing) -> Option<LotId> {
        self.lots.iter().map(|(_, lot, _)| *lot).find(|lot| *lot == thing.id.as_lot())
    }

    fn portions(&self, role: Role) -> Vec<Portion> {
        let of_role = self.lots.iter().filter(|(own, _, _)| *own == role);
        let mut portions: Vec<Portion> = Vec::new();
        for (_, lot, quantity) in of_role {
            let Some(quantity) = quantity.filter(|quantity| !quantity.is_zero()) else { continue };
            match portions.iter_mut().find(|portion| portion.lot == *lot) {
                Some(portion) => portion.quantity = portion.quantity.plus(quantity).unwrap_or(quantity),
                None => portions.push(Portion { lot: *lot, quantity }),
            }
        }
        portions
    }

    fn cases(&self, role: Role) -> Vec<String> {
        let of_role =
            self.named.iter().filter(|(own, thing, _)| *own == role && thing.kind == ThingKind::Container);
        of_role.map(|(_, thing, _)| thing.name.clone()).collect()
    }

    fn moved(&self, role: Role) -> Move {
        Move {
            goods: Goods { lots: self.portions(role), cases: self.cases(role) },
            place: self.place,
            when: self.when,
            note: None,
        }
    }

    /// What must be there before a party can do something with a lot: that it came to it.
    async fn not_yet(&self, tx: &mut Tx) -> Result<Option<Meaning>, Error> {
        for (role, lot, _) in &self.lots {
            if *role != Role::Output && !lots::came_to(tx, *lot, self.party).await? {
                let waits_for = awaited(*lot, self.party);
                return Ok(Some(Meaning::Waits { missing: "shipment", waits_for }));
            }
        }
        Ok(None)
    }

    async fn is_laboratory(&self, tx: &mut Tx) -> Result<bool, Error> {
        let party = self.memory.party(tx, self.party).await?;
        Ok(party.is_some_and(|party| party.kind == Kind::Laboratory))
    }

    async fn object(&self, tx: &mut Tx, act: &Act<'_>) -> Result<Meaning, Error> {
        let step = step(self.event);
        if matches!(step, Step::Harvest | Step::Pick) {
            return self.beginning(tx).await;
        }
        let moved = self.moved(Role::Object);
        let nothing = moved.goods.lots.is_empty() && moved.goods.cases.is_empty();
        if matches!(step, Step::Receive | Step::Refuse | Step::Lose) {
            return self.receipt(tx, act, step).await;
        }
        // A test that was once let in stands, whatever becomes of the shipment that brought the goods; and what a laboratory tests
        // never comes into its hands as goods do.
        if step == Step::Test && (act.passed || self.is_laboratory(tx).await?) {
            return Ok(self.test());
        }
        if let Some(wait) = self.not_yet(tx).await? {
            return Ok(wait);
        }
        if step == Step::Test {
            return Ok(self.test());
        }
        if nothing {
            return Ok(Meaning::Seen);
        }
        let command = match step {
            Step::Pack if self.portions(Role::Object).is_empty() => return Ok(Meaning::Seen),
            Step::Pack => Command::Pack(Pack {
                what: Move { goods: Goods { cases: Vec::new(), ..moved.goods }, ..moved },
                expires_on: own_text(self.event, "ng:useBy").and_then(|text| Day::parse(text).ok()),
                pack_size: own_value(self.event, "ng:packSize").and_then(measure),
                certificates: self
                    .event
                    .certification
                    .iter()
                    .filter_map(|uri| uri::certificate_of(uri))
                    .collect(),
            }),
            Step::Ship | Step::Return => {
                let ends = self.event.destinations.iter().map(|end| (&end.kind, end.id.as_str()));
                let to = end(tx, self.memory, self.host, ends).await?;
                if to == Some(self.party) {
                    return Ok(Meaning::Seen);
                }
                Command::Ship(Ship {
                    what: moved,
                    to,
                    document: None,
                    vehicle: None,
                    back: step == Step::Return,
                })
            }
            Step::Sell => Command::Sell(moved),
            Step::Sample => Command::Sample(moved),
            Step::Waste => Command::Waste(moved),
            _ => return Ok(Meaning::Seen),
        };
        Ok(Meaning::Acts(vec![command]))
    }

    /// Lots that begin, and more of lots that have begun.
    async fn beginning(&self, tx: &mut Tx) -> Result<Meaning, Error> {
        let mut commands = Vec::new();
        for (role, thing, quantity) in self.named {
            let Some(quantity) = quantity.filter(|quantity| !quantity.is_zero()) else { continue };
            if *role != Role::Object {
                continue;
            }
            if let Some(lot) = self.lot(thing) {
                let known = lots::find(tx, lot).await?;
                if known.is_some_and(|known| known.party == self.party) {
                    let goods = Goods::of(lot, quantity);
                    let more = Move { goods, place: self.origin, when: self.when, note: None };
                    commands.push(Command::Pick(more));
                }
                continue;
            }
            let Some((product, identifier)) = self.product(tx, thing).await? else { continue };
            let Some(code) = identifier.lot_code() else { continue };
            let variety = self.event.ilmd.as_ref().and_then(|ilmd| {
                let own = ilmd.iter().find(|(key, _)| {
                    self.event.namespaces.expand(key).strip_prefix(uri::VOCABULARY) == Some("variety")
                });
                own.and_then(|(_, value)| value.as_str()).and_then(|text| Line::parse(text).ok())
            });
            commands.push(Command::Declare(DeclareLot {
                product: product.id,
                place: self.place,
                when: self.when,
                quantity,
                code: Some(code),
                variety,
                note: None,
            }));
        }
        Ok(if commands.is_empty() { Meaning::Seen } else { Meaning::Acts(commands) })
    }

    async fn product(&self, tx: &mut Tx, thing: &Thing) -> Result<Option<(Product, Identifier)>, Error> {
        self.memory.own_product(tx, self.party, thing).await
    }

    async fn receipt(&self, tx: &mut Tx, act: &Act<'_>, step: Step) -> Result<Meaning, Error> {
        let ends = self.event.sources.iter().map(|end| (&end.kind, end.id.as_str()));
        let from = end(tx, self.memory, self.host, ends).await?.filter(|from| *from != self.party);
        let mut shipment = None;
        for transaction in &self.event.transactions {
            let named = events::by_event_id(tx, &transaction.id, false).await?.map(|event| event.id);
            let Some(id) = named.filter(|id| *id != act.fresh.event) else { continue };
            let known = lots::shipment(tx, id).await?;
            if known.iter().any(|sent| sent.sent.to == self.party) {
                shipment = Some(id);
            }
        }
        let mut lots = self.portions(Role::Object);
        // A case tells its lots by what was sent in it.
        for (_, case, _) in self.named.iter().filter(|(_, thing, _)| thing.kind == ThingKind::Container) {
            let Some(sent) = sent_in(tx, case.id, self.party, shipment).await? else { continue };
            shipment = Some(sent.id);
            for (thing, quantity) in cases::contents_before(tx, case.id, sent.order()).await? {
                let Some(quantity) = quantity.filter(|quantity| !quantity.is_zero()) else { continue };
                let lot = thing.as_lot();
                match lots.iter_mut().find(|portion| portion.lot == lot) {
                    Some(portion) => {
                        portion.quantity = portion.quantity.plus(quantity).unwrap_or(portion.quantity);
                    }
                    None if lots::find(tx, lot).await?.is_some() => lots.push(Portion { lot, quantity }),
                    None => {}
                }
            }
        }
        if lots.is_empty() {
            return Ok(Meaning::Seen);
        }
        if let Some(id) = shipment {
            let sent = lots::shipment(tx, id).await?;
            if !lots.iter().all(|portion| sent.iter().any(|one| one.sent.lot == portion.lot)) {
                shipment = None;
            }
        }
        if shipment.is_none() {
            for portion in &lots {
                let coming = lots::under_way(tx, portion.lot, self.party).await?;
                if !coming.iter().any(|sent| from.is_none_or(|from| sent.sent.from == from)) {
                    let waits_for = awaited(portion.lot, self.party);
                    return Ok(Meaning::Waits { missing: "shipment", waits_for });
                }
            }
        }
        let receipt = Receive { shipment, from, lots, place: self.place, when: self.when, note: None };
        let command = match step {
            Step::Refuse => Command::Refuse(receipt),
            Step::Lose => Command::Lose(receipt),
            _ => Command::Receive(receipt),
        };
        Ok(Meaning::Acts(vec![command]))
    }

    fn test(&self) -> Meaning {
        let conforms = match self.event.disposition.as_ref().and_then(epcis::Word::bare) {
            Some("conformant") => true,
            Some("non_conformant") => false,
            _ => return Meaning::Seen,
        };
        let tests = self.lots.iter().map(|(_, lot, _)| {
            Command::Test(Test {
                lot: *lot,
                conforms,
                report: None,
                place: self.place,
                when: self.when,
                note: None,
            })
        });
        let tests: Vec<Command> = tests.collect();
        if tests.is_empty() { Meaning::Seen } else { Meaning::Acts(tests) }
    }

    fn aggregation(&self, action: Action) -> Meaning {
        let case = self.named.iter().find(|(role, _, _)| *role == Role::Parent);
        let Some((_, case, _)) = case else { return Meaning::Seen };
        let what = self.moved(Role::Child);
        let casing = Casing { case: case.name.clone(), what };
        match action {
            Action::Add => Meaning::Acts(vec![Command::Aggregate(casing)]),
            Action::Delete => Meaning::Acts(vec![Command::Disaggregate(casing)]),
            Action::Observe => Meaning::Seen,
        }
    }

    async fn transformation(&self, tx: &mut Tx, act: &Act<'_>, id: Option<&str>) -> Result<Meaning, Error> {
        if let Some(wait) = self.not_yet(tx).await? {
            return Ok(wait);
        }
        let mut outputs = Vec::new();
        let mut strange = Vec::new();
        for (role, thing, quantity) in self.named {
            match role {
                Role::Output => {
                    let own = self.product(tx, thing).await?;
                    // What was told before its product was known, and fits it or its place no better than nothing, stays what it was: else
                    // what went into it would come back.
                    let fits = |product: &Product| {
                        self.place.is_some()
                            && quantity.is_some_and(|quantity| quantity.unit() == product.unit)
                    };
                    let own = own.filter(|(product, _)| act.told == Telling::Now || fits(product));
                    let own: Option<(ProductId, Identifier)> =
                        own.map(|(product, identifier)| (product.id, identifier));
                    if let (Some((product, identifier)), Some(quantity)) = (own, quantity)
                        && let Some(code) = identifier.lot_code()
                    {
                        outputs.push(Output { product, code: Some(code), quantity: *quantity });
                    } else if self.lot(thing).is_none() {
                        // Nobody says what another party's lot was made of.
                        strange.push((*role, thing.id, *quantity));
                    }
                }
                Role::Input => {
                    // A lot of which no amount was told counts as nothing, and is an ancestor all the same.
                    let counted = quantity.is_some_and(|quantity| !quantity.is_zero());
                    if !counted || self.lot(thing).is_none() {
                        strange.push((*role, thing.id, *quantity));
                    }
                }
                _ => {}
            }
        }
        let inputs = self.portions(Role::Input);
        let unknown = |side: Role| -> Vec<(ThingId, Option<Quantity>)> {
            let of_side = strange.iter().filter(|(role, _, _)| *role == side);
            of_side.map(|(_, thing, quantity)| (*thing, *quantity)).collect()
        };
        Ok(Meaning::Acts(vec![Command::Transform(Transform {
            step: transformation(self.event),
            inputs,
            unknown: unknown(Role::Input),
            unknown_outputs: unknown(Role::Output),
            outputs,
            node: id.map(|id| node(self.party, id)),
            place: self.place,
            when: self.when,
            note: None,
        })]))
    }
}

/// The shipment in which a case came to `to`: the one that was named, else the oldest that is still under way, else the last.
async fn sent_in(
    tx: &mut Tx,
    case: ThingId,
    to: PartyId,
    named: Option<EventId>,
) -> Result<Option<crate::events::Event>, Error> {
    let mut found = None;
    for event in events::of_thing(tx, case).await? {
        let sent = lots::shipment(tx, event).await?;
        if !sent.iter().any(|one| one.sent.to == to) || named.is_some_and(|named| named != event) {
            continue;
        }
        found = events::event(tx, event).await?;
        if sent.iter().any(|one| one.left() > 0) {
            break;
        }
    }
    Ok(found)
}

/// The id that stands for a transformationID: the same for all events of a party that name it.
fn node(party: PartyId, id: &str) -> Uuid {
    let hash = Sha256::new().chain_update("nguongoc-transformation/v1\n").chain_update(party.as_uuid());
    let hash = hash.chain_update(id).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(hash.get(..16).unwrap_or(&[0; 16]));
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// A number with its unit, as the registry's own members have it.
fn measure(value: &Value) -> Option<Quantity> {
    let member =
        |local: &str| value.as_object()?.iter().find(|(key, _)| key.ends_with(local)).map(|(_, value)| value);
    let number = member("value")?.as_number()?.clone();
    Quantity::from_epcis(&number, member("uom").and_then(Value::as_str)).ok()
}

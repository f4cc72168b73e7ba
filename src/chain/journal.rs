//! From an act to what is written of it: the EPCIS event, its row in the journal, the things that it speaks of, the private values
//! beside it, and the entries that wait to be logged.

use super::act::{Act, FIRST_OF_EVENT, Known, Standing, run_again};
use super::error::Error;
use super::model::{By, EventTime};
use super::vocabulary::words;
use crate::events::epcis::{
    self, Action, BizTransaction, Destination, Ilmd, Location, Measure, Namespaces, Own, QuantityElement,
    Source, Things, What, Word,
};
use crate::events::{self, Event, Grade, Index, NewEvent, Part, Role, Step, Thing, ThingKind, uri};
use crate::kernel::identifier::{self, Identifier};
use crate::kernel::{CaptureId, CertificateId, Day, EventId, Line, LotId, Note, PartyId, Quantity, ThingId};
use crate::log::{self, Author, Entry, Kind, Subject};
use crate::lots;
use crate::parties::Party;
use crate::places::Place;
use crate::store::Tx;
use serde_json::{Map, Value, json};

/// What an act says; the rest follows from its circumstances.
pub(super) struct Said {
    pub(super) step: Step,
    pub(super) time: EventTime,
    /// Who acts; none for the authority.
    pub(super) standing: Option<Standing>,
    pub(super) place: Option<Place>,
    /// What it is about; those that began with it stand first.
    pub(super) parts: Vec<Told>,
    /// From whom to whom, and the shipment that it belongs to.
    pub(super) passage: Option<Passage>,
    pub(super) ilmd: Option<Ilmd>,
    pub(super) pack_size: Option<Quantity>,
    pub(super) use_by: Option<Day>,
    pub(super) reason: Option<String>,
    /// What a release let pass: rules with the events that breach them, and stopped lots that it was made of.
    pub(super) let_pass: (Vec<(EventId, String)>, Vec<LotId>),
    /// For a test: whether the goods conform.
    pub(super) conforms: Option<bool>,
    /// How well it is proved, where that does not follow from who acts.
    pub(super) proved: Option<Grade>,
    /// The certificates that it claims.
    pub(super) certificates: Vec<CertificateId>,
    /// The event that it declares wrong.
    pub(super) corrects: Option<EventId>,
    /// Free text, kept in the erasable table.
    pub(super) private: Vec<(&'static str, String)>,
}

/// A thing that an act is about.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) role: Role,
    pub(super) what: Goods,
    pub(super) quantity: Option<Quantity>,
}

/// A registered lot, or a case by its name.
#[derive(Clone)]
pub(super) enum Goods {
    Lot(Box<Known>),
    Case(String),
}

impl Told {
    pub(super) fn lot(role: Role, known: &Known, quantity: Option<Quantity>) -> Self {
        Self { role, what: Goods::Lot(Box::new(known.clone())), quantity }
    }

    /// The lot, where it is one.
    pub(super) fn known(&self) -> Option<&Known> {
        match &self.what {
            Goods::Lot(known) => Some(known),
            Goods::Case(_) => None,
        }
    }

    /// The id of the lot, where it is one.
    pub(super) fn lot_id(&self) -> Option<LotId> {
        self.known().map(|known| known.lot.id)
    }

    pub(super) fn case(role: Role, name: &str) -> Self {
        Self { role, what: Goods::Case(name.to_owned()), quantity: None }
    }
}

/// The JSON of an event, and where it came from.
pub(super) struct Text {
    pub(super) epcis: String,
    pub(super) context: Option<String>,
    pub(super) capture: Option<CaptureId>,
}

impl Text {
    /// One that was made here.
    pub(super) fn own(epcis: String) -> Self {
        Self { epcis, context: None, capture: None }
    }
}

/// A passage of goods from one party to another; a party that the registry does not know is none.
pub(super) struct Passage {
    pub(super) from: Option<Party>,
    pub(super) to: Option<Party>,
    pub(super) shipment: Option<EventId>,
}

impl Passage {
    fn counterparty(&self, step: Step) -> Option<PartyId> {
        let other = if matches!(step, Step::Receive | Step::Lose) { &self.from } else { &self.to };
        other.as_ref().map(|party| party.id)
    }
}

/// The field of the private amount of the nth lot of an event.
fn quantity_field(n: usize) -> String {
    if n == 0 { "quantity".to_owned() } else { format!("quantity-{n}") }
}

/// Free text of a command, by field.
pub(super) fn private(
    note: Option<&Note>,
    lines: &[(&'static str, Option<&Line>)],
) -> Vec<(&'static str, String)> {
    let note = note.map(|note| ("note", note.as_str().to_owned()));
    let lines = lines.iter().filter_map(|(field, line)| line.map(|line| (*field, line.as_str().to_owned())));
    note.into_iter().chain(lines).collect()
}

impl Said {
    /// An act of `standing` at `time` on nothing yet.
    pub(super) fn new(step: Step, time: EventTime, standing: Option<Standing>) -> Self {
        Self {
            step,
            time,
            standing,
            place: None,
            parts: Vec::new(),
            passage: None,
            ilmd: None,
            pack_size: None,
            use_by: None,
            reason: None,
            let_pass: (Vec::new(), Vec::new()),
            conforms: None,
            proved: None,
            certificates: Vec::new(),
            corrects: None,
            private: Vec::new(),
        }
    }

    fn grade(&self) -> Grade {
        let own = if self.standing.is_some() { Grade::Declared } else { Grade::Inspected };
        self.proved.unwrap_or(own)
    }

    fn things(&self, host: &str, role: Role) -> Things {
        let mut things = Things::default();
        for told in self.parts.iter().filter(|told| told.role == role) {
            match &told.what {
                Goods::Lot(known) => things.quantities.push(QuantityElement::of(
                    uri::lot_class(host, &known.product, &known.lot.code),
                    told.quantity,
                )),
                Goods::Case(name) => things.epcs.push(uri::named(host, name)),
            }
        }
        things
    }

    /// The event in EPCIS 2.0 (§7.4.1, CBV 2.0 §7).
    pub(super) fn epcis(&self, act: &Act<'_>) -> epcis::Event {
        let (action, biz_step, disposition) = words(self.step, self.conforms);
        let party = |party: &Party| uri::party(act.host, party.gln.as_ref(), party.id);
        let location = self.place.as_ref().map(|place| Location::of(uri::place(act.host, place)));
        // Goods that leave are nowhere known until they are received.
        let leaves = matches!(
            self.step,
            Step::Ship | Step::Refuse | Step::Lose | Step::Return | Step::Sell | Step::Waste
        );
        let owner = Word::cbv("owning_party");
        let under = self.standing.as_ref().and_then(|standing| standing.under);
        let what = match self.step {
            step if step.is_transformation() => What::Transformation {
                id: None,
                inputs: self.things(act.host, Role::Input),
                outputs: self.things(act.host, Role::Output),
            },
            Step::Aggregate | Step::Disaggregate => What::Aggregation {
                action,
                parent: self.things(act.host, Role::Parent).epcs.into_iter().next(),
                children: self.things(act.host, Role::Child),
            },
            _ => What::Object { action, things: self.things(act.host, Role::Object) },
        };
        let passage = self.passage.as_ref();
        let (passes, origins) = &self.let_pass;
        epcis::Event {
            id: Some(uri::event(act.fresh.event)),
            time: self.time.moment,
            offset: self.time.offset,
            record_time: Some(act.now),
            error: None,
            certification: self.certificates.iter().map(|id| uri::certificate(*id)).collect(),
            what,
            biz_step: Some(biz_step),
            disposition,
            persistent_disposition: None,
            biz_location: location.clone().filter(|_| !leaves),
            read_point: location,
            transactions: passage
                .and_then(|passage| passage.shipment)
                .map(|shipment| BizTransaction { kind: Some(Word::cbv("desadv")), id: uri::event(shipment) })
                .into_iter()
                .collect(),
            sources: passage
                .and_then(|passage| passage.from.as_ref())
                .map(|from| Source { kind: owner.clone(), id: party(from) })
                .into_iter()
                .collect(),
            destinations: passage
                .and_then(|passage| passage.to.as_ref())
                .map(|to| Destination { kind: owner, id: party(to) })
                .into_iter()
                .collect(),
            sensors: Vec::new(),
            ilmd: self.ilmd.as_ref().map(Ilmd::members),
            extensions: Own {
                step: Some(self.step.as_str().to_owned()),
                party: self.standing.as_ref().map(|standing| party(&standing.party)),
                recorded_by: under.map(|(recorder, _)| uri::party(act.host, None, recorder)),
                on_behalf_of: under.and(self.standing.as_ref().map(|standing| party(&standing.party))),
                mandate: under.map(|(_, mandate)| format!("urn:uuid:{mandate}")),
                grade: self.grade().as_str().to_owned(),
                time_precision: self.time.whole_day.then(|| "day".to_owned()),
                pack_size: self.pack_size.map(Measure::from),
                use_by: self.use_by.map(|day| day.to_string()),
                reason: self.reason.clone(),
                let_pass: passes
                    .iter()
                    .map(|(event, rule)| format!("{rule} {}", uri::event(*event)))
                    .collect(),
                let_go: origins.iter().map(|lot| format!("urn:uuid:{lot}")).collect(),
            }
            .members(),
            namespaces: Namespaces::own(),
        }
    }

    /// The row's own columns.
    pub(super) fn event(&self, act: &Act<'_>) -> Event {
        let under = self.standing.as_ref().and_then(|standing| standing.under);
        Event {
            id: act.fresh.event,
            step: self.step,
            time: self.time.moment,
            offset: self.time.offset,
            whole_day: self.time.whole_day,
            recorded_at: act.now,
            recorded_by: act.by.person(),
            party: match (act.party(), act.by) {
                (Some(party), _) => Some(party),
                (None, By::Member { member, .. }) => Some(member.party),
                (None, By::Official(_)) => None,
            },
            behalf_of: under.and(self.standing.as_ref().map(|standing| standing.party.id)),
            mandate: under.map(|(_, mandate)| mandate),
            place: self.place.as_ref().map(|place| place.id),
            counterparty: self.passage.as_ref().and_then(|passage| passage.counterparty(self.step)),
            grade: self.grade(),
            command: act.fingerprint,
        }
    }

    /// The lots that it is about, each once: how much of it in all, loose or in cases.
    fn lots(&self) -> Vec<(&Known, Role, Option<Quantity>)> {
        let mut lots: Vec<(&Known, Role, Option<Quantity>)> = Vec::new();
        for told in &self.parts {
            let Goods::Lot(known) = &told.what else { continue };
            match lots.iter_mut().find(|(seen, ..)| seen.lot.id == known.lot.id) {
                // What cannot be summed (another unit, beyond all amounts) moves nothing either.
                Some((_, role, Some(sum))) if *role == told.role => {
                    *sum = told.quantity.and_then(|more| sum.plus(more).ok()).unwrap_or(*sum);
                }
                Some(_) => {}
                None => lots.push((known, told.role, told.quantity)),
            }
        }
        lots
    }

    /// What the public page may show of the event.
    fn public(&self, event: &Event) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("event".into(), json!(event.id));
        body.insert("step".into(), self.step.as_str().into());
        body.insert("event_time".into(), event.time.to_rfc3339_at(event.offset).into());
        body.insert("grade".into(), event.grade.as_str().into());
        if event.whole_day {
            body.insert("time_precision".into(), "day".into());
        }
        if let Some(place) = &self.place {
            body.insert("place_code".into(), place.code().into());
        }
        if let Some(party) = event.whose() {
            body.insert("party".into(), json!(party));
        }
        if event.behalf_of.is_some() {
            body.insert("recorded_under_mandate".into(), true.into());
        }
        if let Some(variety) = self.ilmd.as_ref().and_then(|ilmd| ilmd.variety.as_ref()) {
            body.insert("variety".into(), variety.as_str().into());
        }
        if let Some(day) = self.use_by {
            body.insert("use_by".into(), json!(day));
        }
        if let Some(reason) = &self.reason {
            body.insert("reason".into(), reason.as_str().into());
        }
        if let Some(conforms) = self.conforms {
            body.insert("conforms".into(), conforms.into());
        }
        if let Some(wrong) = self.corrects {
            body.insert("corrects".into(), json!(wrong));
        }
        body
    }

    /// What the log only commits to.
    fn secrets(&self, event: &Event, epcis: &str) -> Vec<(String, Value)> {
        let mut secrets: Vec<(String, Value)> = Vec::new();
        for (n, (.., quantity)) in self.lots().into_iter().enumerate() {
            secrets.extend(quantity.map(|quantity| (quantity_field(n), json!(quantity))));
        }
        if let Some(counterparty) = event.counterparty {
            secrets.push(("counterparty".into(), json!(counterparty)));
        }
        if let Some(shipment) = self.passage.as_ref().and_then(|passage| passage.shipment) {
            secrets.push(("shipment".into(), json!(shipment)));
        }
        if let Some(size) = self.pack_size {
            secrets.push(("pack_size".into(), json!(size)));
        }
        // The whole event, by its hash: whoever has it can prove that it was not changed.
        let hash = crate::kernel::Sha256Hash::of(epcis.as_bytes());
        secrets.push(("epcis".into(), json!(hash)));
        let free = self.private.iter().map(|(field, text)| ((*field).to_owned(), text.as_str().into()));
        secrets.extend(free);
        secrets
    }

    /// Writes all of it: for a form the event is made here, for a capture it is kept as it came.
    pub(super) async fn write(
        &self,
        tx: &mut Tx,
        act: &mut Act<'_>,
    ) -> Result<Vec<(Role, Thing, Option<Quantity>)>, Error> {
        let typed = self.epcis(act);
        let epcis = typed.standalone().to_string();
        let things = things(tx, act, &typed).await?;
        self.put(tx, act, &typed, &things, Text::own(epcis)).await?;
        Ok(things)
    }

    /// Writes the journal's row, what it is found by, and the entries that wait to be logged.
    pub(super) async fn put(
        &self,
        tx: &mut Tx,
        act: &mut Act<'_>,
        typed: &epcis::Event,
        things: &[(Role, Thing, Option<Quantity>)],
        text: Text,
    ) -> Result<(), Error> {
        let event = self.event(act);
        let secrets = self.secrets(&event, &text.epcis);
        let index = index(act.host, typed);
        events::insert(
            tx,
            &NewEvent {
                event: event.clone(),
                index,
                capture: text.capture,
                context: text.context,
                epcis: text.epcis,
            },
        )
        .await
        .map_err(run_again)?;
        events::add_parts(tx, event.id, event.time, &parts(things, self)).await?;
        events::add_attributes(tx, event.id, &events::attributes(typed)).await?;
        for breach in &act.breaches {
            events::add_breach(tx, breach.lot, event.id, breach.rule, &breach.detail).await?;
        }
        let salted = secrets.into_iter().enumerate();
        let secrets: Vec<_> = salted.map(|(n, (field, value))| (field, act.fresh.salt(n), value)).collect();
        let made = log::keep_all_private(tx, event.id.as_uuid(), &secrets).await?;
        let mut commitments: Map<String, Value> =
            secrets.into_iter().zip(made).map(|((field, _, _), made)| (field, json!(made))).collect();
        let mut body = self.public(&event);
        let lots = self.lots();
        // To the amount of each lot, for its own entry: an event may be about hundreds of lots, and an entry holds so much.
        let amounts: Vec<_> = (0..lots.len()).map(|n| commitments.remove(&quantity_field(n))).collect();
        body.insert("commitments".into(), commitments.into());
        // An entry for each lot, so that the chain of entries of every lot is whole; an event about no lot is the registry's.
        let mut entries = Vec::with_capacity(lots.len());
        for (n, ((known, role, _), amount)) in lots.iter().zip(amounts).enumerate() {
            let mut body = body.clone();
            body.insert("role".into(), role.as_str().into());
            if let Some(amount) = amount {
                // Which of the commitments is to the amount of this lot.
                let field = quantity_field(n);
                if let Some(Value::Object(commitments)) = body.get_mut("commitments") {
                    commitments.insert(field.clone(), amount);
                }
                body.insert("amount".into(), field.into());
            }
            body.insert("lot".into(), json!(known.lot.id));
            body.insert("lot_code".into(), json!(known.lot.code));
            body.insert("product_code".into(), known.product.trace_code().into());
            let subject = Subject::Lot(known.lot.id);
            entries.push(entry(act, FIRST_OF_EVENT + n, Kind::EventRecorded, subject, body.into()));
        }
        if lots.is_empty() {
            entries.push(entry(act, FIRST_OF_EVENT, Kind::EventRecorded, Subject::Registry, body.into()));
        }
        Ok(log::append_all(tx, &entries).await?)
    }
}

/// Notes again by what a row of the journal is found: the things that it names, and the values that it may be asked for by.
pub(super) async fn index_again(
    tx: &mut Tx,
    row: &Event,
    typed: &epcis::Event,
    things: &[(Role, Thing, Option<Quantity>)],
) -> Result<(), Error> {
    let time = EventTime { moment: row.time, offset: row.offset, whole_day: row.whole_day };
    let parts = parts(things, &Said::new(row.step, time, None));
    events::add_parts(tx, row.id, row.time, &parts).await?;
    events::add_attributes(tx, row.id, &events::attributes(typed)).await?;
    Ok(())
}

/// The parts of an event: the things that it names, each once in a role, and what was carried in cases.
fn parts(things: &[(Role, Thing, Option<Quantity>)], said: &Said) -> Vec<Part> {
    let named = things.iter().map(|(role, thing, quantity)| (*role, thing.id, *quantity));
    let carried = carried(said).into_iter().map(|part| (part.role, part.thing, part.quantity));
    let mut parts: Vec<Part> = Vec::new();
    for (role, thing, quantity) in named.chain(carried) {
        match parts.iter_mut().find(|part| part.thing == thing && part.role == role) {
            // The same class twice in one list: the amounts belong together.
            Some(part) => {
                part.quantity = match (part.quantity, quantity) {
                    (Some(left), Some(right)) => left.plus(right).ok(),
                    (left, right) => left.or(right),
                }
            }
            None => parts.push(Part { thing, role, quantity }),
        }
    }
    parts
}

/// What was carried in cases.
pub(super) fn carried(said: &Said) -> Vec<Part> {
    let inside = said.parts.iter().filter(|told| told.role == Role::Carried);
    inside
        .filter_map(|told| {
            let lot = told.lot_id()?;
            Some(Part { thing: ThingId::from(lot), role: Role::Carried, quantity: told.quantity })
        })
        .collect()
}

/// What the row is found by.
fn index(host: &str, event: &epcis::Event) -> Index {
    let place = |location: &Option<Location>| {
        location.as_ref().map(|location| identifier::name_of(&location.id, &[host]))
    };
    let word = |word: &Option<Word>| word.as_ref().map(|word| word.as_str().to_owned());
    Index {
        event_id: event.id.clone().unwrap_or_else(|| epcis::hash(event, &[host])),
        declares_error: event.error.is_some(),
        kind: event.what.name(),
        action: event.what.action().map(Action::as_str),
        biz_step: word(&event.biz_step),
        disposition: word(&event.disposition),
        read_point: place(&event.read_point),
        biz_location: place(&event.biz_location),
    }
}

/// The things that an event names, found or made: with their roles and with the amounts that the registry can count.
pub(super) async fn things(
    tx: &mut Tx,
    act: &Act<'_>,
    event: &epcis::Event,
) -> Result<Vec<(Role, Thing, Option<Quantity>)>, Error> {
    let (parent, lists): (Option<&String>, Vec<(Role, &Things)>) = match &event.what {
        What::Object { things, .. } => (None, vec![(Role::Object, things)]),
        What::Transaction { parent, things, .. } => (parent.as_ref(), vec![(Role::Object, things)]),
        What::Aggregation { parent, children, .. } => (parent.as_ref(), vec![(Role::Child, children)]),
        What::Association { parent, children, .. } => (Some(parent), vec![(Role::Child, children)]),
        What::Transformation { inputs, outputs, .. } => {
            (None, vec![(Role::Input, inputs), (Role::Output, outputs)])
        }
    };
    let mut found = Vec::new();
    if let Some(uri) = parent {
        found.push((Role::Parent, named(tx, act, found.len(), uri, ThingKind::Container).await?, None));
    }
    for (role, list) in lists {
        for uri in &list.epcs {
            found.push((role, named(tx, act, found.len(), uri, ThingKind::Unit).await?, None));
        }
        for element in &list.quantities {
            let thing = named(tx, act, found.len(), &element.class, ThingKind::Class).await?;
            let uom = element.uom.as_deref();
            let quantity =
                element.quantity.as_ref().and_then(|number| Quantity::from_epcis(number, uom).ok());
            found.push((role, thing, quantity));
        }
    }
    Ok(found)
}

/// The thing that a URI names. A unit belongs to its class, where the URI tells it.
async fn named(
    tx: &mut Tx,
    act: &Act<'_>,
    n: usize,
    uri: &str,
    otherwise: ThingKind,
) -> Result<Thing, Error> {
    let Ok(identifier) = Identifier::parse(uri, &[act.host]) else {
        return act.thing(tx, 2 * n, otherwise, uri).await;
    };
    let kind = match identifier.kind() {
        identifier::Kind::Class => ThingKind::Class,
        identifier::Kind::Unit => ThingKind::Unit,
        identifier::Kind::Container => ThingKind::Container,
        identifier::Kind::Place | identifier::Kind::Party | identifier::Kind::Other => otherwise,
    };
    let class = match identifier.class() {
        Some(class) if class.lot_code().is_some() => {
            Some(act.thing(tx, 2 * n + 1, ThingKind::Class, &class.name()).await?.id)
        }
        _ => None,
    };
    act.thing_of(tx, 2 * n, kind, &identifier.name(), class).await
}

/// Puts an entry among those that wait to be logged.
pub(super) async fn append(
    tx: &mut Tx,
    act: &Act<'_>,
    n: usize,
    kind: Kind,
    subject: Subject,
    body: Value,
) -> Result<(), Error> {
    Ok(log::append(tx, &entry(act, n, kind, subject, body)).await?)
}

/// The `n`th entry of an act.
fn entry(act: &Act<'_>, n: usize, kind: Kind, subject: Subject, body: Value) -> Entry {
    let party = match (act.party(), act.by) {
        (Some(party), _) => Some(party),
        (None, By::Member { member, .. }) => Some(member.party),
        (None, By::Official(_)) => None,
    };
    let actor = Author { party, role: act.by.role().as_str() };
    Entry { id: act.fresh.entry(n), kind, subject, at: act.now, actor, body }
}

/// The lot of a thing, where it is a registered one.
pub(super) async fn lot_of(tx: &mut Tx, act: &Act<'_>, thing: &Thing) -> Result<Option<LotId>, Error> {
    if act.is_new(thing.id) {
        return Ok(None);
    }
    let id = thing.id.as_lot();
    Ok(if thing.kind == ThingKind::Class { lots::find(tx, id).await?.map(|lot| lot.id) } else { None })
}

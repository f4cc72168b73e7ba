//! From an act to what is written of it: the EPCIS event, its row in the journal, the lots it touches, the private values beside
//! it, and the entry that waits to be logged.

use super::error::Error;
use super::model::{By, EventTime};
use super::service::{Act, Standing, run_again};
use crate::events::epcis::{
    self, Action, BizTransaction, Destination, Ilmd, Location, Measure, Namespaces, Own, QuantityElement,
    Source, Things, What, Word,
};
use crate::events::{self, Event, Grade, NewEvent, Part, Role, Step, uri};
use crate::kernel::{Day, EventId, Line, LotCode, LotId, Note, PartyId, Quantity};
use crate::log::{self, Author, Entry, Kind, Subject};
use crate::parties::Party;
use crate::places::Place;
use crate::products::Product;
use crate::store::Tx;
use serde_json::{Map, Value, json};

/// What an act says; the rest follows from its circumstances.
pub(super) struct Said<'a> {
    pub(super) step: Step,
    pub(super) time: EventTime,
    /// Who acts; none for the authority.
    pub(super) standing: Option<&'a Standing>,
    pub(super) lot: LotId,
    pub(super) code: &'a LotCode,
    pub(super) product: &'a Product,
    pub(super) place: Option<&'a Place>,
    pub(super) quantity: Option<Quantity>,
    /// From whom to whom, and the shipment that it belongs to.
    pub(super) passage: Option<Passage<'a>>,
    pub(super) ilmd: Option<Ilmd>,
    pub(super) pack_size: Option<Quantity>,
    pub(super) use_by: Option<Day>,
    pub(super) reason: Option<&'a str>,
    /// Free text, kept in the erasable table.
    pub(super) private: Vec<(&'static str, String)>,
}

/// A passage of goods from one party to another.
pub(super) struct Passage<'a> {
    pub(super) from: &'a Party,
    pub(super) to: &'a Party,
    pub(super) shipment: EventId,
}

impl Passage<'_> {
    fn counterparty(&self, step: Step) -> PartyId {
        if step == Step::Ship { self.to.id } else { self.from.id }
    }
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

impl Said<'_> {
    /// The CBV business step and disposition, and what the event does to the lot's existence.
    fn words(&self) -> (Action, Word, Word) {
        let on_hold = || Word::own("urn:nguongoc:voc:on_hold");
        let released = || Word::own("urn:nguongoc:voc:released");
        let (action, step, disposition) = match self.step {
            Step::Harvest => (Action::Add, "commissioning", Word::cbv("active")),
            Step::Pack => (Action::Observe, "packing", Word::cbv("in_progress")),
            Step::Ship => (Action::Observe, "shipping", Word::cbv("in_transit")),
            Step::Receive => (Action::Observe, "receiving", Word::cbv("in_progress")),
            Step::Sell => (Action::Observe, "retail_selling", Word::cbv("retail_sold")),
            Step::Hold => (Action::Observe, "holding", on_hold()),
            Step::Release => (Action::Observe, "inspecting", released()),
            Step::Recall => (Action::Observe, "inspecting", Word::cbv("recalled")),
        };
        (action, Word::cbv(step), disposition)
    }

    fn grade(&self) -> Grade {
        if self.standing.is_some() { Grade::Declared } else { Grade::Inspected }
    }

    /// The event in EPCIS 2.0 (`ObjectEvent` §7.4.1.2, CBV 2.0 §7).
    fn epcis(&self, act: &Act<'_>) -> epcis::Event {
        let (action, step, disposition) = self.words();
        let party = |party: &Party| uri::party(act.host, party.gln.as_ref(), party.id);
        let class = uri::lot_class(act.host, self.product, self.code);
        let location = self.place.map(|place| Location::of(uri::place(act.host, place)));
        // Goods that leave are nowhere known until they are received.
        let stays = matches!(self.step, Step::Harvest | Step::Pack | Step::Receive);
        let own = Word::cbv("owning_party");
        let under = self.standing.and_then(|standing| standing.under);
        let quantities = vec![QuantityElement::of(class, self.quantity)];
        let passage = self.passage.iter();
        epcis::Event {
            id: Some(uri::event(act.fresh.event)),
            time: self.time.moment,
            offset: self.time.offset,
            record_time: Some(act.now),
            error: None,
            certification: Vec::new(),
            what: What::Object { action, things: Things { epcs: Vec::new(), quantities } },
            biz_step: Some(step),
            disposition: Some(disposition),
            persistent_disposition: None,
            biz_location: location.clone().filter(|_| stays),
            read_point: location,
            transactions: passage
                .clone()
                .map(|passage| BizTransaction {
                    kind: Some(Word::cbv("desadv")),
                    id: uri::event(passage.shipment),
                })
                .collect(),
            sources: passage.clone().map(|it| Source { kind: own.clone(), id: party(it.from) }).collect(),
            destinations: passage.map(|it| Destination { kind: own.clone(), id: party(it.to) }).collect(),
            sensors: Vec::new(),
            ilmd: self.ilmd.as_ref().map(Ilmd::members),
            extensions: Own {
                party: self.standing.map(|standing| party(&standing.party)),
                recorded_by: under.map(|(recorder, _)| uri::party(act.host, None, recorder)),
                on_behalf_of: under.and(self.standing.map(|standing| party(&standing.party))),
                mandate: under.map(|(_, mandate)| format!("urn:uuid:{mandate}")),
                grade: self.grade().as_str().to_owned(),
                time_precision: self.time.whole_day.then(|| "day".to_owned()),
                pack_size: self.pack_size.map(Measure::from),
                use_by: self.use_by.map(|day| day.to_string()),
                reason: self.reason.map(str::to_owned),
            }
            .members(),
            namespaces: Namespaces::own(),
        }
    }

    /// The row's own columns.
    fn event(&self, act: &Act<'_>) -> Event {
        let under = self.standing.and_then(|standing| standing.under);
        Event {
            id: act.fresh.event,
            step: self.step,
            time: self.time.moment,
            offset: self.time.offset,
            whole_day: self.time.whole_day,
            recorded_at: act.now,
            recorded_by: act.by.person(),
            party: match act.by {
                By::Member { member, .. } => Some(member.party),
                By::Official(_) => None,
            },
            behalf_of: under.and(self.standing.map(|standing| standing.party.id)),
            mandate: under.map(|(_, mandate)| mandate),
            place: self.place.map(|place| place.id),
            counterparty: self.passage.as_ref().map(|passage| passage.counterparty(self.step)),
            grade: self.grade(),
            command: act.fingerprint,
        }
    }

    /// What the public page may show of the event.
    fn public(&self, event: &Event) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("event".into(), json!(event.id));
        body.insert("step".into(), self.step.as_str().into());
        body.insert("lot".into(), json!(self.lot));
        body.insert("lot_code".into(), json!(self.code));
        body.insert("product_code".into(), self.product.trace_code().into());
        body.insert("event_time".into(), event.time.to_rfc3339_at(event.offset).into());
        body.insert("grade".into(), event.grade.as_str().into());
        if event.whole_day {
            body.insert("time_precision".into(), "day".into());
        }
        if let Some(place) = self.place {
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
        if let Some(reason) = self.reason {
            body.insert("reason".into(), reason.into());
        }
        body
    }

    /// What the log only commits to.
    fn secrets(&self, event: &Event) -> Vec<(&'static str, Value)> {
        let mut secrets: Vec<(&'static str, Value)> = Vec::new();
        if let Some(quantity) = self.quantity {
            secrets.push(("quantity", json!(quantity)));
        }
        if let Some(counterparty) = event.counterparty {
            secrets.push(("counterparty", json!(counterparty)));
        }
        if let Some(passage) = &self.passage {
            secrets.push(("shipment", json!(passage.shipment)));
        }
        if let Some(size) = self.pack_size {
            secrets.push(("pack_size", json!(size)));
        }
        secrets.extend(self.private.iter().map(|(field, text)| (*field, Value::from(text.as_str()))));
        secrets
    }

    /// Writes all of it.
    pub(super) async fn write(&self, tx: &mut Tx, act: &Act<'_>) -> Result<(), Error> {
        let event = self.event(act);
        let epcis = self.epcis(act).standalone().to_string();
        events::insert(tx, &NewEvent { event: event.clone(), epcis }).await.map_err(run_again)?;
        let amount = self.quantity.map(Quantity::amount);
        let part = Part { lot: self.lot, role: Role::Object, amount };
        events::add_part(tx, event.id, event.time, part).await?;
        let mut body = self.public(&event);
        let mut commitments = Map::new();
        for ((field, value), salt) in self.secrets(&event).iter().zip(&act.fresh.salts) {
            let commitment = log::keep_private(tx, event.id.as_uuid(), field, *salt, value).await?;
            commitments.insert((*field).to_owned(), json!(commitment));
        }
        if !commitments.is_empty() {
            body.insert("commitments".into(), commitments.into());
        }
        append(tx, act, 1, Kind::EventRecorded, self.lot, body.into()).await
    }
}

/// Puts an entry about `lot` among those that wait to be logged.
pub(super) async fn append(
    tx: &mut Tx,
    act: &Act<'_>,
    place: usize,
    kind: Kind,
    lot: LotId,
    body: Value,
) -> Result<(), Error> {
    let [first, second] = act.fresh.entries;
    let party = match act.by {
        By::Member { member, .. } => Some(member.party),
        By::Official(_) => None,
    };
    let entry = Entry {
        id: if place == 0 { first } else { second },
        kind,
        subject: Subject::Lot(lot),
        at: act.now,
        actor: Author { party, role: act.by.role().as_str() },
        body,
    };
    Ok(log::append(tx, &entry).await?)
}

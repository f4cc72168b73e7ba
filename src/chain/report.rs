//! Reported facts: EPCIS events that somebody captured. They are recorded as they came, have the effects that the form for the same act
//! would have had, and hold a lot where the form would have been refused.

use super::act::{Act, Fresh, Mode};
use super::correct;
use super::error::Error;
use super::inherit;
use super::interpret::{self, Meaning};
use super::journal::{self, Passage, Said, Text, Told};
use super::memory::Memory;
use super::model::{By, EventTime, GRACE};
use super::service;
use crate::app::App;
use crate::events::epcis::{self, What};
use crate::events::{self, Parked, Role, Step};
use crate::kernel::{CaptureId, EventId, LotId, PartyId, Problem, Quantity, Sha256Hash};
use crate::lots;
use crate::parties;
use crate::products;
use crate::store::{StoreError, Tx};

/// Who reports.
#[derive(Clone, Copy, Debug)]
pub struct Reporter {
    /// The person, for a party or for the authority.
    pub by: By,
    /// The capture that brings the events.
    pub capture: Option<CaptureId>,
}

/// An event as it was told.
#[derive(Clone, Debug)]
pub struct ToldEvent {
    /// The event.
    pub event: epcis::Event,
    /// The JSON that it was read from, which is kept.
    pub raw: String,
    /// The `@context` of the document that it came in, where it has none of its own.
    pub context: Option<String>,
}

impl ToldEvent {
    fn text(&self, capture: Option<CaptureId>) -> Text {
        Text { epcis: self.raw.clone(), context: self.context.clone(), capture }
    }
}

/// What became of a reported event.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The row of the journal.
    pub event: EventId,
    /// The EPCIS eventID.
    pub event_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The lots that were touched.
    pub lots: Vec<LotId>,
}

/// What became of a reported event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Recorded, with its effects.
    Recorded,
    /// Recorded, with its effects, and lots are held because it breaches these rules.
    Held(Vec<String>),
    /// Recorded, and without effect until what it needs has come: `shipment` or `event`.
    Parked(&'static str),
    /// Recorded before.
    Repeated,
}

/// Why a report is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It says what it must not, or cannot be true. The problem's field is a JSON pointer within the event.
    #[error("refused: {0}")]
    Refused(Problem),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Error> for ReportError {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => Self::Store(error),
            error => Self::Refused(refusal(&error)),
        }
    }
}

/// What cannot be recorded at all, as a problem of a member of the event.
fn refusal(error: &Error) -> Problem {
    let pointer = |field: &str| match field {
        "place" => "/readPoint",
        "to" => "/destinationList",
        "day" => "/eventTime",
        "case" => "/parentID",
        "outputs" => "/outputQuantityList",
        "inputs" => "/inputQuantityList",
        "quantity" => "/quantityList",
        _ => "",
    };
    match error.problem() {
        Some(mut problem) => {
            pointer(&problem.field).clone_into(&mut problem.field);
            problem
        }
        None => Problem::new("event_not_possible").arg("reason", error.to_string()).at(""),
    }
}

/// Records an event that was reported, within a unit of work that may hold others.
///
/// # Errors
/// [`ReportError::Refused`] for what the reporter may not state, what lies ahead, and an id that another event has.
pub async fn report(
    tx: &mut Tx,
    app: &App,
    reporter: &Reporter,
    told: &ToldEvent,
) -> Result<Reported, ReportError> {
    Box::pin(report_among(tx, app, &Memory::default(), reporter, told)).await
}

/// Records one of many events that were reported, within their unit of work, which has a memory of what it read.
///
/// # Errors
/// As [`report`].
pub(super) async fn report_among(
    tx: &mut Tx,
    app: &App,
    memory: &Memory,
    reporter: &Reporter,
    told: &ToldEvent,
) -> Result<Reported, ReportError> {
    let host = app.config.code_host();
    let event = &told.event;
    let now = app.clock.now();
    if event.time > now.plus(GRACE) {
        return Err(ReportError::Refused(
            Problem::new("event_ahead").value(event.time.to_rfc3339()).at("/eventTime"),
        ));
    }
    // Asked for only where ids do not tell events apart: it costs more than the rest of reading one.
    let hash = || epcis::hash(event, &[host]);
    let event_id = event.id.clone().unwrap_or_else(hash);
    let party = own_acts(tx, memory, host, &reporter.by, event).await?;
    let declares_error = event.error.is_some();
    if let Some(known) = events::by_event_id(tx, &event_id, declares_error).await? {
        let same = correct::stored(tx, known.id).await?;
        return if epcis::hash(&same, &[host]) == hash() {
            Ok(Reported { event: known.id, event_id, outcome: Outcome::Repeated, lots: Vec::new() })
        } else {
            Err(ReportError::Refused(Problem::new("event_id_taken").value(event_id).at("/eventID")))
        };
    }
    let fingerprint = Sha256Hash::of(told.raw.as_bytes());
    let mut act =
        Act::new(host, memory, now, &reporter.by, Fresh::draw(app, None), fingerprint, Mode::Fact(party));
    if declares_error {
        return declaration(tx, &mut act, reporter, told, &event_id).await;
    }
    let named = journal::things(tx, &act, event).await?;
    if let Some(party) = party {
        refuse_uncountable(tx, &act, party, event, &named).await?;
    }
    let meaning = match party {
        Some(party) => interpret::read(tx, &act, party, event, &named).await?,
        None => Meaning::Seen,
    };
    let mut said: Option<Said> = None;
    let mut parked = None;
    match meaning {
        Meaning::Acts(commands) => {
            for command in &commands {
                let next = service::perform(tx, &mut act, command).await?;
                match &mut said {
                    Some(said) => said.parts.extend(next.parts),
                    None => said = Some(next),
                }
            }
        }
        Meaning::Waits { missing, waits_for } => parked = Some((missing, waits_for)),
        Meaning::Seen => {}
    }
    let said = match said {
        Some(said) => said,
        None => seen(tx, &act, event, &named).await?,
    };
    let whole_day = interpret::is_whole_day(event);
    let time = EventTime { moment: event.time, offset: event.offset, whole_day };
    let said = Said { time, step: interpret::step(event), ..said };
    said.put(tx, &mut act, event, &named, told.text(reporter.capture)).await?;
    let mut outcome = Outcome::Recorded;
    if let Some((missing, waits_for)) = parked {
        let row = Parked { event: act.fresh.event, time: event.time, missing, waits_for };
        events::park(tx, &row).await?;
        outcome = Outcome::Parked(missing);
    }
    correct::foretold(tx, &mut act, &event_id, event, party).await?;
    let row = said.event(&act);
    service::close(tx, &mut act, &row, &named).await?;
    inherit::tell_newcomers(tx, &act, &row).await?;
    let rules = rules(&act);
    if outcome == Outcome::Recorded && !rules.is_empty() {
        outcome = Outcome::Held(rules);
    }
    Ok(Reported { event: act.fresh.event, event_id, outcome, lots: noted(act) })
}

/// Refuses an amount that the registry cannot count, of a lot that it knows or would begin: unnoticed, the act would move nothing.
async fn refuse_uncountable(
    tx: &mut Tx,
    act: &Act<'_>,
    party: PartyId,
    event: &epcis::Event,
    named: &[interpret::Named],
) -> Result<(), ReportError> {
    let (parent, lists) = match &event.what {
        What::Object { things, .. } => (false, vec![("quantityList", things)]),
        What::Transaction { parent, things, .. } => (parent.is_some(), vec![("quantityList", things)]),
        What::Aggregation { parent, children, .. } => {
            (parent.is_some(), vec![("childQuantityList", children)])
        }
        What::Association { children, .. } => (true, vec![("childQuantityList", children)]),
        What::Transformation { inputs, outputs, .. } => {
            (false, vec![("inputQuantityList", inputs), ("outputQuantityList", outputs)])
        }
    };
    // The things stand in the order of the lists.
    let mut place = usize::from(parent);
    for (list, things) in lists {
        place += things.epcs.len();
        for (n, element) in things.quantities.iter().enumerate() {
            let named = named.get(place);
            place += 1;
            let (Some((_, thing, None)), Some(number)) = (named, &element.quantity) else { continue };
            let Err(problem) = Quantity::from_epcis(number, element.uom.as_deref()) else { continue };
            let known = journal::lot_of(tx, act, thing).await?.is_some();
            if known || act.memory.own_product(tx, party, thing).await?.is_some() {
                let member = if problem.code == "uom_unknown" { "uom" } else { "quantity" };
                return Err(ReportError::Refused(problem.at(format!("/{list}/{n}/{member}"))));
            }
        }
    }
    Ok(())
}

/// All lots whose page may show something else now.
fn noted(act: Act<'_>) -> Vec<LotId> {
    act.touched.into_iter().chain(act.reached).collect()
}

/// The rules that an event, and the lots that it touched, breach now.
fn rules(act: &Act<'_>) -> Vec<String> {
    let mut rules: Vec<String> = act.breaches.iter().map(|breach| breach.rule.to_owned()).collect();
    rules.extend(act.rules.iter().cloned());
    rules.sort();
    rules.dedup();
    rules
}

/// An event without effect, as the journal tells it.
async fn seen(
    tx: &mut Tx,
    act: &Act<'_>,
    event: &epcis::Event,
    named: &[interpret::Named],
) -> Result<Said, Error> {
    let time = EventTime { moment: event.time, offset: event.offset, whole_day: false };
    let standing = match act.party() {
        Some(_) => Some(act.standing(tx, &time).await?),
        None => None,
    };
    let mut said = Said::new(interpret::step(event), time, standing);
    if let Some(point) = event.read_point.as_ref().or(event.biz_location.as_ref()) {
        let place = interpret::place(tx, act.memory, act.host, &point.id).await?;
        said.place = place.filter(|place| act.party().is_none_or(|party| place.party == party));
    }
    for (_, thing, quantity) in named {
        if let Some(lot) = journal::lot_of(tx, act, thing).await?
            && let Some(lot) = lots::find(tx, lot).await?
            && let Some(product) = products::product(tx, lot.product).await?
        {
            said.parts.push(Told::lot(Role::Object, &super::act::Known { lot, product }, *quantity));
        }
    }
    if matches!(said.step, Step::Ship | Step::Receive | Step::Return | Step::Refuse | Step::Lose) {
        let sources = event.sources.iter().map(|end| (&end.kind, end.id.as_str()));
        let destinations = event.destinations.iter().map(|end| (&end.kind, end.id.as_str()));
        let from = interpret::end(tx, act.memory, act.host, sources).await?;
        let to = interpret::end(tx, act.memory, act.host, destinations).await?;
        let from = match from {
            Some(id) => parties::party(tx, id).await?,
            None => None,
        };
        let to = match to {
            Some(id) => parties::party(tx, id).await?,
            None => None,
        };
        said.passage = Some(Passage { from, to, shipment: None });
    }
    Ok(said)
}

/// An error declaration: of an event that is there, or of one that is still to come.
async fn declaration(
    tx: &mut Tx,
    act: &mut Act<'_>,
    reporter: &Reporter,
    told: &ToldEvent,
    event_id: &str,
) -> Result<Reported, ReportError> {
    let event = &told.event;
    let time = EventTime { moment: event.time, offset: event.offset, whole_day: false };
    let standing = match act.party() {
        Some(_) => Some(act.standing(tx, &time).await?),
        None => None,
    };
    let named = journal::things(tx, act, event).await?;
    let old = events::by_event_id(tx, event_id, false).await?;
    let mut outcome = Outcome::Recorded;
    let said = match &old {
        Some(old) => {
            if old.whose() != act.party() {
                return Err(ReportError::Refused(
                    Problem::new("event_not_yours").value(event_id).at("/eventID"),
                ));
            }
            let stored = correct::stored(tx, old.id).await?;
            if epcis::hash(&stored, &[act.host]) != epcis::hash(event, &[act.host]) {
                return Err(ReportError::Refused(
                    Problem::new("declaration_differs").value(event_id).at("/errorDeclaration"),
                ));
            }
            correct::declare(tx, act, old, standing, correct::declared_reason(event)).await?
        }
        None => Said::new(Step::Correct, time, standing),
    };
    said.put(tx, act, event, &named, told.text(reporter.capture)).await?;
    if old.is_none() {
        let row = Parked {
            event: act.fresh.event,
            time: event.time,
            missing: "event",
            waits_for: format!("event:{event_id}"),
        };
        events::park(tx, &row).await?;
        outcome = Outcome::Parked("event");
    }
    let row = said.event(act);
    service::close(tx, act, &row, &named).await?;
    Ok(Reported {
        event: act.fresh.event,
        event_id: event_id.to_owned(),
        outcome,
        lots: act.touched.drain(..).chain(act.reached.drain(..)).collect(),
    })
}

/// The party whose act an event is. A party states only its own acts: at its places, as the source of what it ships and the
/// destination of what it receives. The authority states what it saw.
async fn own_acts(
    tx: &mut Tx,
    memory: &Memory,
    host: &str,
    by: &By,
    event: &epcis::Event,
) -> Result<Option<PartyId>, ReportError> {
    let By::Member { member, .. } = by else { return Ok(None) };
    let party = memory.party(tx, member.party).await?.ok_or(Error::NotFound)?;
    if !party.is_active() {
        return Err(ReportError::Refused(Problem::new("party_not_active").at("")));
    }
    if let Some(point) = &event.read_point {
        let place = interpret::place(tx, memory, host, &point.id).await?.map(|place| place.party);
        let own_gln = interpret::party(tx, memory, host, &point.id).await?;
        if place.or(own_gln) != Some(party.id) {
            return Err(ReportError::Refused(
                Problem::new("read_point_not_yours").value(&point.id).at("/readPoint/id"),
            ));
        }
    }
    let step = interpret::step(event);
    if matches!(step, Step::Ship | Step::Return) && !event.sources.is_empty() {
        let ends = event.sources.iter().map(|end| (&end.kind, end.id.as_str()));
        if interpret::end(tx, memory, host, ends).await? != Some(party.id) {
            return Err(ReportError::Refused(Problem::new("source_not_you").at("/sourceList")));
        }
    }
    if matches!(step, Step::Receive | Step::Lose) && !event.destinations.is_empty() {
        let ends = event.destinations.iter().map(|end| (&end.kind, end.id.as_str()));
        if interpret::end(tx, memory, host, ends).await? != Some(party.id) {
            return Err(ReportError::Refused(Problem::new("destination_not_you").at("/destinationList")));
        }
    }
    Ok(Some(party.id))
}

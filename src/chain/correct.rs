//! Taking back what an event did, and doing it again.
//!
//! What must stay true: when an event is declared wrong, everything that follows from the journal is as if it had not happened; the
//! event itself, and the declaration, stay to be read. What rested on it (a receipt on a shipment) waits.

use super::act::{self, Act, Known, Mode, Standing};
use super::error::Error;
use super::inherit;
use super::interpret::{self, Meaning};
use super::journal::{self, Said, Told, private};
use super::model::{Correct, EventTime};
use super::movement::awaited;
use super::{cases, claims, growth, service, transform};
use crate::events::epcis::{self, ErrorDeclaration, Namespaces, Word};
use crate::events::{self, Breaching, Event, Parked, Role, Step, ThingKind, uri};
use crate::evidence;
use crate::kernel::{Day, EventId, LotId, Moment, PartyId, Sha256Hash};
use crate::lots::{self, Account, Arrival, Danger, Lot, NewShipment};
use crate::products;
use crate::store::{StoreError, Tx};
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often events may ask for others before it is certain that they will not come to rest.
const MOST_ROUNDS: u32 = 1_000;

/// How often the days of one lot are reckoned after one change: they change once for each way of another length that leads to it.
const MOST_VISITS: u32 = 1_000;

/// The rules that tell what was: an event that has its effect again keeps what was pointed out of it by them.
pub(super) const STAYS: [&str; 3] = [Danger::Held.rule(), Danger::Recalled.rule(), growth::STOP_TAKEN_BACK];

/// An error declaration of an event: the event again, with what is wrong about it (EPCIS 2.0 §7.4.1.4).
fn declared_wrong(
    mut event: epcis::Event,
    did_not_occur: bool,
    instead: &[EventId],
    at: Moment,
) -> epcis::Event {
    let reason = if did_not_occur { "did_not_occur" } else { "incorrect_data" };
    event.error = Some(ErrorDeclaration {
        time: at,
        reason: Some(Word::cbv(reason)),
        corrective: instead.iter().map(|id| uri::event(*id)).collect(),
        extensions: Map::new(),
    });
    event
}

/// The EPCIS event of a row of the journal, as it was told.
pub(super) async fn stored(tx: &mut Tx, id: EventId) -> Result<epcis::Event, Error> {
    let (text, context) = events::told(tx, id).await?.ok_or(Error::NotFound)?;
    read(id, &text, context.as_deref())
}

fn read(id: EventId, text: &str, context: Option<&str>) -> Result<epcis::Event, Error> {
    let misfit = |why: String| StoreError::misfit("event", "epcis", id, why);
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| misfit(error.to_string()))?;
    let members = value.as_object().ok_or_else(|| misfit("no object".to_owned()))?;
    let outer = match context {
        Some(context) => {
            let context = serde_json::from_str(context).map_err(|error| misfit(error.to_string()))?;
            Namespaces::of(&context).map_err(|problems| misfit(format!("{problems:?}")))?
        }
        None => Namespaces::default(),
    };
    let namespaces = match members.get("@context") {
        Some(context) => {
            let inner = Namespaces::of(context).map_err(|problems| misfit(format!("{problems:?}")))?;
            outer.with(&inner)
        }
        None => outer,
    };
    Ok(epcis::read(members, &namespaces, "").map_err(|problems| misfit(format!("{problems:?}")))?)
}

/// Declares an event wrong: by the party whose act it was.
pub(super) async fn correct(
    tx: &mut Tx,
    act: &mut Act<'_>,
    asked: &Correct,
) -> Result<(Said, epcis::Event), Error> {
    let old = events::event(tx, asked.event).await?.ok_or(Error::NotFound)?;
    let standing = act.standing(tx, &time_of(&old)).await?;
    if old.whose() != Some(standing.party.id) {
        return Err(Error::NotFound);
    }
    let event = stored(tx, old.id).await?;
    let wrong = declared_wrong(event, asked.did_not_occur, &asked.instead, act.now);
    let said = declare(tx, act, &old, Some(standing), reason(asked.did_not_occur)).await?;
    Ok((Said { private: private(asked.note.as_ref(), &[]), ..said }, wrong))
}

const fn reason(did_not_occur: bool) -> &'static str {
    if did_not_occur { "did_not_occur" } else { "incorrect_data" }
}

fn time_of(event: &Event) -> EventTime {
    EventTime { moment: event.time, offset: event.offset, whole_day: event.whole_day }
}

/// Notes that `old` is wrong and takes back what it did.
pub(super) async fn declare(
    tx: &mut Tx,
    act: &mut Act<'_>,
    old: &Event,
    standing: Option<Standing>,
    reason: &str,
) -> Result<Said, Error> {
    if matches!(old.step, Step::Hold | Step::Release | Step::Recall | Step::Correct) {
        return Err(Error::NotCorrectable);
    }
    if !events::correct(tx, old.id, act.fresh.event, Some(reason), act.now).await? {
        return Err(Error::CorrectedAlready);
    }
    // A test whose event is wrong does not count either; made anew, that is noted already.
    if !act.anew {
        evidence::event_declared_wrong(tx, old.id, reason, act.by.person(), act.now).await?;
    }
    // Somebody takes back by his own word what made a lot a danger: that is pointed out, and holds nothing.
    for (lot, rule) in events::breaches_of(tx, old.id).await? {
        let told = events::breaches_at(tx, lot, old.id).await?;
        let told = told.iter().find(|one| one.rule == rule && !one.overridden);
        let is_danger = |told: &Breaching| told.stops && lots::DANGERS.contains(&rule.as_str());
        // Also what was taken back of it before: it would go with the event.
        if let Some(told) = told.filter(|told| is_danger(told) || rule == growth::STOP_TAKEN_BACK) {
            growth::taken_back(tx, act, (lot, act.fresh.event), told).await?;
        }
    }
    take_back(tx, act, old.id).await?;
    let mut parts = Vec::new();
    for lot in events::lots_of(tx, old.id).await? {
        let Some(lot) = lots::find(tx, lot).await? else { continue };
        let Some(product) = products::product(tx, lot.product).await? else { continue };
        act.touch(lot.id);
        parts.push(Told::lot(Role::Object, &Known { lot, product }, None));
    }
    let corrects = Some(old.id);
    Ok(Said {
        parts,
        corrects,
        reason: Some(reason.to_owned()),
        ..Said::new(Step::Correct, time_of(old), standing)
    })
}

/// What other events rest on of what an event did.
#[derive(Default)]
pub(super) struct Effects {
    sent: Vec<NewShipment>,
    came: Vec<Arrival>,
}

impl Effects {
    pub(super) async fn of(tx: &mut Tx, event: EventId) -> Result<Self, Error> {
        let sent = lots::shipment(tx, event).await?;
        Ok(Self { sent: sent.iter().map(|one| one.sent).collect(), came: lots::arrivals(tx, event).await? })
    }
}

/// Takes back everything that an event did. What rested on it has its effect again, or waits.
pub(super) async fn take_back(tx: &mut Tx, act: &mut Act<'_>, event: EventId) -> Result<(), Error> {
    let Some(row) = events::event(tx, event).await? else { return Ok(()) };
    let before = Effects::of(tx, event).await?;
    let grown = undo(tx, act, &row).await?;
    grown_otherwise(tx, act, &grown).await?;
    lots::drop_carried_codes(tx, event).await?;
    changed(tx, act, &row, &before, &Effects::default()).await
}

/// Lets everything have its effect again that rested on what an event did, where it did something else before.
pub(super) async fn changed(
    tx: &mut Tx,
    act: &mut Act<'_>,
    row: &Event,
    before: &Effects,
    after: &Effects,
) -> Result<(), Error> {
    if before.sent != after.sent {
        for resting in lots::arrivals_of(tx, row.id).await? {
            act.replay(resting);
        }
    }
    for sent in before.sent.iter().filter(|sent| !after.sent.contains(sent)) {
        // Whoever it did not come to did nothing with it.
        if !lots::came_to(tx, sent.lot, sent.to).await? {
            for event in of_party(tx, sent.lot, sent.to).await? {
                act.replay(event);
            }
        }
    }
    for sent in after.sent.iter().filter(|sent| !before.sent.contains(sent)) {
        for waiting in events::waiting(tx, &awaited(sent.lot, sent.to)).await? {
            act.replay(waiting);
        }
        // A receipt that was counted on a later shipment belongs to this one.
        for event in lots::arrivals_at(tx, sent.lot, sent.to).await? {
            for came in lots::arrivals(tx, event).await?.iter().filter(|came| came.lot == sent.lot) {
                let on = events::event(tx, came.shipment).await?;
                if on.is_some_and(|on| on.order() > row.order()) {
                    act.replay(event);
                }
            }
        }
    }
    if after.sent.iter().any(|sent| !before.sent.contains(sent)) {
        for event in receipts_of(tx, row.id).await? {
            act.replay(event);
        }
    }
    if before.came != after.came
        && let Some(party) = row.whose()
    {
        for came in before.came.iter().chain(&after.came) {
            for event in lots::arrivals_at(tx, came.lot, party).await? {
                if events::event(tx, event).await?.is_some_and(|later| later.order() > row.order()) {
                    act.replay(event);
                }
            }
            for waiting in events::waiting(tx, &awaited(came.lot, party)).await? {
                act.replay(waiting);
            }
        }
    }
    Ok(())
}

/// What a party did with a lot, as far as it is in force.
async fn of_party(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<Vec<EventId>, Error> {
    let mut found = Vec::new();
    for id in events::of_thing(tx, lot.into()).await? {
        let row = events::event(tx, id).await?;
        let theirs = row.is_some_and(|row| row.whose() == Some(party) && row.step != Step::Correct);
        if theirs && !events::is_corrected(tx, id).await? && !events::is_parked(tx, id).await? {
            found.push(id);
        }
    }
    Ok(found)
}

/// The receipts and refusals that name a shipment, or a case that was sent with it.
async fn receipts_of(tx: &mut Tx, shipment: EventId) -> Result<Vec<EventId>, Error> {
    let mut told = Vec::new();
    if let Some(event_id) = events::event_id_of(tx, shipment).await? {
        told.extend(events::with_transaction(tx, &event_id).await?);
    }
    for part in events::parts(tx, shipment).await? {
        let thing = events::thing(tx, part.thing).await?;
        if part.role == Role::Object && thing.is_some_and(|thing| thing.kind == ThingKind::Container) {
            told.extend(events::of_thing(tx, part.thing).await?);
        }
    }
    let mut found = Vec::new();
    for id in told {
        let row = events::event(tx, id).await?;
        if id != shipment
            && row.is_some_and(|row| matches!(row.step, Step::Receive | Step::Refuse | Step::Lose))
        {
            found.push(id);
        }
    }
    Ok(found)
}

/// Takes back what an event did itself. The lots that grew by it: their days are to be reckoned anew when it is known what becomes of
/// the event, since without it many an other would look different for nothing.
async fn undo(tx: &mut Tx, act: &mut Act<'_>, row: &Event) -> Result<Vec<LotId>, Error> {
    let event = row.id;
    lots::take_back_arrivals(tx, event).await?;
    let (mut grown, mut moved) = (Vec::new(), Vec::new());
    for movement in lots::take_back(tx, event).await? {
        act.touch(movement.lot);
        moved.push(movement.lot);
        if matches!(movement.account, Account::Harvested | Account::Produced | Account::Packed) {
            grown.push(movement.lot);
        }
    }
    for sent in lots::shipment(tx, event).await? {
        act.touch(sent.sent.lot);
    }
    lots::remove_shipment(tx, event).await?;
    let nodes = events::nodes_of(tx, event).await?;
    let mut origins = Vec::new();
    if row.step.is_transformation() {
        origins = lots::origins_behind(tx, event).await?;
        claims::note_made(tx, act, event).await?;
    }
    events::unlink(tx, event).await?;
    for origin in origins {
        inherit::spread(tx, act, origin, false).await?;
    }
    for node in nodes {
        transform::weigh(tx, act, node, None).await?;
    }
    if row.step.is_transformation() {
        // What would have closed a circle may close none without this.
        for circular in events::breaching(tx, "own_ancestor").await? {
            if circular != event {
                act.replay(circular);
            }
        }
    }
    for (lot, _) in events::breaches_of(tx, event).await? {
        act.touch(lot);
    }
    for told in events::pointed_out(tx, event).await? {
        if STAYS.contains(&told.rule.as_str()) {
            act.pointed_out.retain(|one| (one.lot, one.event, &one.rule) != (told.lot, event, &told.rule));
            act.pointed_out.push(told);
        }
    }
    for passed in events::let_pass(tx, event).await? {
        act.let_pass.retain(|one| (one.lot, one.event, &one.rule) != (passed.lot, event, &passed.rule));
        act.let_pass.push(passed);
    }
    events::drop_breaches(tx, event).await?;
    events::unpark(tx, event).await?;
    for part in events::parts(tx, event).await? {
        if part.role == Role::Parent && matches!(row.step, Step::Aggregate | Step::Disaggregate) {
            cases::settle(tx, act, part.thing, Some(row.order())).await?;
        }
    }
    growth::weigh(tx, act, row, &grown).await?;
    claims::note(tx, act, row, &moved).await?;
    Ok(grown)
}

/// Reckons anew what was declared of lots, and their days, after what grew there changed.
async fn grown_otherwise(tx: &mut Tx, act: &mut Act<'_>, grown: &[LotId]) -> Result<(), Error> {
    for lot in grown {
        lots::redeclare(tx, *lot).await?;
        redate(tx, act, *lot).await?;
    }
    Ok(())
}

/// Reckons the days of a lot anew from its events that are in force, and of what was made of it, however much that is.
pub(super) async fn redate(tx: &mut Tx, act: &mut Act<'_>, lot: LotId) -> Result<(), Error> {
    let (mut open, mut waits) = (VecDeque::from([lot]), BTreeSet::from([lot]));
    let mut visits: BTreeMap<LotId, u32> = BTreeMap::new();
    while let Some(next) = open.pop_front() {
        waits.remove(&next);
        // Only lots that were made of each other would be looked at without end.
        let visits = visits.entry(next).or_default();
        *visits += 1;
        if *visits > MOST_VISITS {
            tracing::error!(lot = %next, "the days of lots that were made of each other were left as they stand");
            continue;
        }
        let Some(known) = lots::find(tx, next).await? else { continue };
        let (harvested, packed, last_day) = days(tx, &known).await?;
        let harvested = harvested.unwrap_or(known.harvested_on);
        if (harvested, packed, last_day) == (known.harvested_on, known.packed_on, known.expires_on) {
            continue;
        }
        lots::redate(tx, next, harvested, packed, last_day).await?;
        act.touch(next);
        if harvested == known.harvested_on {
            continue;
        }
        for certificate in events::claimed(tx, next).await? {
            claims::note_all(act, certificate);
        }
        for id in events::of_thing(tx, next.into()).await? {
            let Some(row) = events::event(tx, id).await? else { continue };
            // What was too early is not any more, or the other way round.
            let day = row.time.day();
            if (day < harvested) != (day < known.harvested_on) {
                act.replay(id);
            }
            if row.step.is_transformation() {
                let made = events::parts(tx, id).await?;
                for part in made {
                    let lot = part.thing.as_lot();
                    if part.role == Role::Output && lot != next && waits.insert(lot) {
                        open.push_back(lot);
                    }
                }
            }
        }
    }
    Ok(())
}

/// When a lot grew, when it was first packed, and its earliest last day of use, by its events that are in force.
async fn days(tx: &mut Tx, known: &Lot) -> Result<(Option<Day>, Option<Day>, Option<Day>), Error> {
    let (mut harvested, mut packed, mut last_day): (Option<Day>, Option<Day>, Option<Day>) =
        (None, None, None);
    let first = |known: Option<Day>, day: Option<Day>| known.into_iter().chain(day).min();
    let told = events::of_thing(tx, known.id.into()).await?;
    for id in told {
        let Some(event) = events::event(tx, id).await? else { continue };
        let movements = lots::movements(tx, id).await?;
        let moved = |account: Account| {
            movements.iter().any(|movement| movement.lot == known.id && movement.account == account)
        };
        if moved(Account::Harvested) {
            harvested = first(harvested, Some(event.time.day()));
        }
        if moved(Account::Produced) {
            // Food is as old as the oldest of what it was made of.
            harvested = first(harvested, Some(event.time.day()));
            for part in events::parts(tx, id).await?.iter().filter(|part| part.role == Role::Input) {
                let input = lots::find(tx, part.thing.as_lot()).await?;
                harvested = first(harvested, input.map(|input| input.harvested_on));
            }
        }
        if moved(Account::Packed) {
            packed = first(packed, Some(event.time.day()));
            let told = stored(tx, id).await?;
            let use_by = interpret::own_text(&told, "ng:useBy").and_then(|text| Day::parse(text).ok());
            let kept =
                products::product(tx, known.product).await?.and_then(|product| product.shelf_life_days);
            let kept = kept.and_then(|days| i32::try_from(days).ok());
            last_day = first(last_day, use_by.or(kept.map(|days| event.time.day().plus_days(days))));
        }
    }
    Ok((harvested, packed, last_day))
}

/// Gives events that were recorded before the effect that they have now. What still cannot have one waits or is left without.
pub(super) async fn again(tx: &mut Tx, act: &mut Act<'_>) -> Result<(), Error> {
    // What happened first has its effect first.
    let mut rounds = 0;
    while !act.again.is_empty() {
        rounds += 1;
        if rounds > MOST_ROUNDS {
            tracing::error!(events = ?act.again, "events that ask for each other without end were left as they stand");
            debug_assert!(false, "events ask for each other without end: {:?}", act.again);
            break;
        }
        let mut rows = Vec::new();
        for id in std::mem::take(&mut act.again) {
            if let Some(event) = events::event(tx, id).await? {
                rows.push(event);
            }
        }
        rows.sort_by_key(|event| (event.time, event.recorded_at, event.id));
        for row in rows {
            replay(tx, act, &row).await?;
        }
    }
    Ok(())
}

async fn replay(tx: &mut Tx, act: &mut Act<'_>, row: &Event) -> Result<(), Error> {
    if row.whose().is_none() || row.step == Step::Correct || events::is_corrected(tx, row.id).await? {
        return Ok(());
    }
    let (before, waited) = (Effects::of(tx, row.id).await?, events::is_parked(tx, row.id).await?);
    let grown = undo(tx, act, row).await?;
    events::drop_carried(tx, row.id).await?;
    let told = if waited { act::Told::Waited } else { act::Told::Again };
    tell(tx, act, row, (&before, told)).await?;
    grown_otherwise(tx, act, &grown).await
}

/// Tells an event of the journal to the door, which has nothing of it yet: `before` is what it did until now, `told` whether it did anything. What was a command
/// passed the gates when it was given, and meets none now; what was reported is measured by what stood when it was told first.
pub(super) async fn tell(
    tx: &mut Tx,
    act: &mut Act<'_>,
    row: &Event,
    (before, told): (&Effects, act::Told),
) -> Result<(), Error> {
    let Some(party) = row.whose() else { return Ok(()) };
    let (text, context) = events::told(tx, row.id).await?.ok_or(Error::NotFound)?;
    let event = read(row.id, &text, context.as_deref())?;
    let by = act.by;
    let mut then = Act::new(
        act.host,
        act.memory,
        act.now,
        by,
        act.fresh.another(row.id),
        row.command,
        Mode::Fact(Some(party)),
    );
    then.recorded_at = row.recorded_at;
    then.told = told;
    then.told_at = row.place;
    then.anew = act.anew;
    // A report has the hash of its text for a command.
    then.passed = row.command != Sha256Hash::of(text.as_bytes());
    let named = journal::things(tx, &then, &event).await?;
    match interpret::read(tx, &then, party, &event, &named).await? {
        Meaning::Acts(commands) => {
            for command in &commands {
                match service::perform(tx, &mut then, command).await {
                    Ok(said) => {
                        events::add_parts(tx, row.id, row.time, &journal::carried(&said)).await?;
                    }
                    Err(Error::Store(error)) => return Err(error.into()),
                    // Recorded, and without effect: the door would not know what to do with it.
                    Err(_) => {
                        let grown = undo(tx, act, row).await?;
                        grown_otherwise(tx, act, &grown).await?;
                        lots::drop_carried_codes(tx, row.id).await?;
                        then.breaches.clear();
                        break;
                    }
                }
            }
        }
        Meaning::Waits { missing, waits_for } => {
            lots::drop_carried_codes(tx, row.id).await?;
            events::park(tx, &Parked { event: row.id, time: row.time, missing, waits_for }).await?;
        }
        Meaning::Seen => lots::drop_carried_codes(tx, row.id).await?,
    }
    for breach in &then.breaches {
        events::add_breach(tx, breach.lot, row.id, breach.rule, &breach.detail).await?;
    }
    // Also where it has no effect any more.
    for one in act.pointed_out.iter().filter(|one| one.event == row.id) {
        events::point_out(tx, one.lot, row.id, &one.rule, &one.detail).await?;
    }
    then.let_pass.clone_from(&act.let_pass);
    for passed in act.let_pass.iter().filter(|passed| passed.event == row.id) {
        events::let_pass_again(tx, passed).await?;
    }
    service::settle(tx, &mut then, row, before, &named).await?;
    for lot in then.touched {
        act.touch(lot);
    }
    act.worse.extend(then.worse);
    for id in then.again {
        act.replay(id);
    }
    act.reached.extend(then.reached);
    act.weigh.extend(then.weigh);
    act.let_pass = then.let_pass;
    Ok(())
}

/// A declaration that an event is wrong may have come before it, from the same party: then the event has no effect.
pub(super) async fn foretold(
    tx: &mut Tx,
    act: &mut Act<'_>,
    event_id: &str,
    event: &epcis::Event,
    party: Option<PartyId>,
) -> Result<(), Error> {
    for waiting in events::waiting(tx, &format!("event:{event_id}")).await? {
        let declaration = stored(tx, waiting).await?;
        let whose = events::event(tx, waiting).await?.and_then(|row| row.whose());
        if whose == party && epcis::hash(&declaration, &[act.host]) == epcis::hash(event, &[act.host]) {
            let own = act.fresh.event;
            events::correct(tx, own, waiting, Some(declared_reason(&declaration)), act.now).await?;
            take_back(tx, act, own).await?;
            events::unpark(tx, waiting).await?;
        }
    }
    Ok(())
}

/// Why an event is declared wrong, as its declaration tells it.
pub(super) fn declared_reason(declaration: &epcis::Event) -> &str {
    let reason = declaration.error.as_ref().and_then(|error| error.reason.as_ref());
    reason.map_or("incorrect_data", epcis::Word::as_str)
}

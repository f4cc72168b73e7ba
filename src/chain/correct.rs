//! Taking back what an event did, and doing it again.
//!
//! What must stay true: when an event is declared wrong, everything that follows from the journal is as if it had not happened; the
//! event itself, and the declaration, stay to be read. What rested on it (a receipt on a shipment) waits.

use super::act::{Act, Known, Standing};
use super::error::Error;
use super::interpret::{self, Meaning};
use super::journal::{self, Said, Told, private};
use super::model::{Correct, EventTime};
use super::movement::{awaited, resting_on};
use super::{cases, service};
use crate::events::epcis::{self, Namespaces};
use crate::events::{self, Event, Parked, Role, Step};
use crate::kernel::{Day, EventId, LotId};
use crate::lots::{self, Account};
use crate::products;
use crate::store::{StoreError, Tx};

/// The EPCIS event of a row of the journal, as it was told.
pub(super) async fn stored(tx: &mut Tx, id: EventId) -> Result<epcis::Event, Error> {
    let (text, context) = events::told(tx, id).await?.ok_or(Error::NotFound)?;
    let misfit = |why: String| StoreError::misfit("event", "epcis", id, why);
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| misfit(error.to_string()))?;
    let members = value.as_object().ok_or_else(|| misfit("no object".to_owned()))?;
    let outer = match context {
        Some(context) => {
            let context = serde_json::from_str(&context).map_err(|error| misfit(error.to_string()))?;
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
    let wrong = journal::declared_wrong(event, asked.did_not_occur, &asked.instead, act.now);
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
    take_back(tx, act, old.id).await?;
    let mut parts = Vec::new();
    for lot in events::lots_of(tx, old.id).await? {
        let Some(lot) = lots::find(tx, lot).await? else { continue };
        let Some(product) = products::product(tx, lot.product).await? else { continue };
        act.touch(lot.id);
        parts.push(Told::lot(Role::Object, &Known { lot, product }, None));
    }
    Ok(Said { parts, reason: Some(reason.to_owned()), ..Said::new(Step::Correct, time_of(old), standing) })
}

/// Takes back everything that an event did. What rested on it waits from now on.
pub(super) async fn take_back(tx: &mut Tx, act: &mut Act<'_>, event: EventId) -> Result<(), Error> {
    let mut open = vec![(event, None)];
    while let Some((id, parked)) = open.pop() {
        for resting in resting_on(tx, id).await? {
            if let Some(sent) = lots::shipment(tx, id).await?.first() {
                open.push((resting, Some(awaited(sent.sent.lot, sent.sent.to))));
            }
        }
        undo(tx, act, id).await?;
        if let Some(waits_for) = parked {
            let time = events::event(tx, id).await?.map_or(act.now, |event| event.time);
            events::park(tx, &Parked { event: id, time, missing: "shipment", waits_for }).await?;
        }
    }
    Ok(())
}

async fn undo(tx: &mut Tx, act: &mut Act<'_>, event: EventId) -> Result<(), Error> {
    lots::take_back_arrivals(tx, event).await?;
    let mut grown = Vec::new();
    for movement in lots::take_back(tx, event).await? {
        act.touch(movement.lot);
        if matches!(movement.account, Account::Harvested | Account::Produced | Account::Packed) {
            grown.push(movement.lot);
        }
    }
    for sent in lots::shipment(tx, event).await? {
        act.touch(sent.sent.lot);
    }
    lots::remove_shipment(tx, event).await?;
    events::unlink(tx, event).await?;
    for (lot, _) in events::breaches_of(tx, event).await? {
        act.touch(lot);
    }
    events::drop_breaches(tx, event).await?;
    events::unpark(tx, event).await?;
    for part in events::parts(tx, event).await? {
        if part.role == Role::Parent {
            cases::settle(tx, act, part.thing).await?;
        }
    }
    for lot in grown {
        lots::redeclare(tx, lot).await?;
        redate(tx, lot).await?;
    }
    Ok(())
}

/// Reckons the days of a lot anew from its events that are in force.
async fn redate(tx: &mut Tx, lot: LotId) -> Result<(), Error> {
    let Some(known) = lots::find(tx, lot).await? else { return Ok(()) };
    let (mut harvested, mut packed, mut last_day): (Option<Day>, Option<Day>, Option<Day>) =
        (None, None, None);
    let first = |known: Option<Day>, day: Option<Day>| known.into_iter().chain(day).min();
    for id in events::of_thing(tx, lot.into()).await? {
        let Some(event) = events::event(tx, id).await? else { continue };
        if events::is_corrected(tx, id).await?
            || !lots::movements(tx, id).await?.iter().any(|one| one.lot == lot)
        {
            continue;
        }
        match event.step {
            Step::Harvest | Step::Pick => harvested = first(harvested, Some(event.time.day())),
            Step::Pack => {
                packed = first(packed, Some(event.time.day()));
                let told = stored(tx, id).await?;
                let use_by = interpret::own_text(&told, "ng:useBy").and_then(|text| Day::parse(text).ok());
                last_day = first(last_day, use_by);
            }
            _ => {}
        }
    }
    lots::redate(tx, lot, harvested.unwrap_or(known.harvested_on), packed, last_day).await?;
    Ok(())
}

/// Gives events that were recorded before the effect that they have now. What still cannot have one waits or is left without.
pub(super) async fn again(tx: &mut Tx, act: &mut Act<'_>) -> Result<(), Error> {
    // What happened first has its effect first.
    let mut rounds = 0;
    while !act.again.is_empty() && rounds < 10_000 {
        rounds += 1;
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
    let Some(party) = row.whose() else { return Ok(()) };
    if row.step == Step::Correct || events::is_corrected(tx, row.id).await? {
        return Ok(());
    }
    take_back(tx, act, row.id).await?;
    let event = stored(tx, row.id).await?;
    let by = act.by;
    let mut then = Act::new(
        act.host,
        act.memory,
        act.now,
        by,
        act.fresh.another(row.id),
        row.command,
        Some(Some(party)),
    );
    let named = journal::things(tx, &then, &event).await?;
    match interpret::read(tx, &then, party, &event, &named).await? {
        Meaning::Acts(commands) => {
            for command in &commands {
                match service::perform(tx, &mut then, command).await {
                    Ok(said) => {
                        for part in journal::carried(&said) {
                            events::put_part(tx, row.id, row.time, part).await?;
                        }
                    }
                    Err(Error::Store(error)) => return Err(error.into()),
                    // Recorded, and without effect: the door would not know what to do with it.
                    Err(_) => {}
                }
            }
        }
        Meaning::Waits { missing, waits_for } => {
            events::park(tx, &Parked { event: row.id, time: row.time, missing, waits_for }).await?;
        }
        Meaning::Seen => {}
    }
    for breach in &then.breaches {
        events::add_breach(tx, breach.lot, row.id, breach.rule, &breach.detail).await?;
    }
    service::settle(tx, &mut then, row.step, &named).await?;
    for lot in then.touched {
        act.touch(lot);
    }
    for id in then.again {
        act.replay(id);
    }
    Ok(())
}

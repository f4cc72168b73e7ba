//! The unit of work around every act: repeats under the same key, the act itself, what follows from it for cases, for what waited and
//! for the lots that it touched.

use super::act::{Act, Fresh, Mode};
use super::correct::Effects;
use super::error::Error;
use super::interpret::Named;
use super::journal::{self, Said};
use super::memory::Memory;
use super::model::{By, Command, Recorded};
use super::{cases, claims, correct, declare, growth, inherit, movement, stops, transform};
use crate::app::App;
use crate::events::{self, Event, Role, Step};
use crate::kernel::{EventId, LotId, PartyId, Sha256Hash};
use crate::log::{self, Subject};
use crate::lots::{self, Account};
use crate::store::{StoreError, Tx};

/// How often a code that clashes is made anew.
const CODES_TRIED: usize = 16;

/// Records a command: all of it, or nothing and the reason.
///
/// # Errors
/// Each shut gate has its own error; see [`Error`].
pub async fn record(app: &App, by: &By, command: Command) -> Result<Recorded, Error> {
    record_once(app, by, None, command).await
}

/// Records a command under a key that the sender chose: the same command under the same key is recorded once, and answered alike.
///
/// # Errors
/// As [`record`]; [`Error::KeyTaken`] when the key was used for another command.
pub async fn record_once(
    app: &App,
    by: &By,
    key: Option<EventId>,
    command: Command,
) -> Result<Recorded, Error> {
    let fingerprint = fingerprint(by, &command)?;
    let frees = matches!(command, Command::Release(_));
    // Food that leaves is not waited for; but none leaves under a log that nobody can go on with.
    let permits = frees || matches!(command, Command::Ship(_) | Command::Sell(_));
    if permits {
        log::first_look(app).await?;
    }
    let mut left = CODES_TRIED;
    // What stops or frees thousands of lots must not lose to those who sell them one by one.
    let stops =
        matches!(command, Command::Hold(_) | Command::Recall(_) | Command::Release(_) | Command::Correct(_));
    let ahead = stops.then_some("lot");
    let (recorded, told) = loop {
        let host = app.config.code_host();
        let outcome = app
            .store
            .write_ahead(ahead, async |tx| {
                let memory = Memory::default();
                // Within the unit of work: the journal's order of record is that in which units were done, and so is the log's.
                let (fresh, now) = (Fresh::draw(app, key), app.clock.now());
                let told = fresh.told();
                // What was recorded before is answered as that, also when the log has stopped since.
                if permits && !(key.is_some() && events::event(tx, fresh.event).await?.is_some()) {
                    log::still_ready(app)?;
                }
                let mut act = Act::new(host, &memory, now, by, fresh, fingerprint, Mode::Command);
                // On the heap: every act has its own state, and the largest would be carried by all.
                Ok((Box::pin(run(tx, &mut act, &command, key.is_some())).await?, told))
            })
            .await;
        match outcome {
            Err(Error::Clash) if left > 0 => left -= 1,
            outcome => break outcome?,
        }
    };
    // Before the log is waited for: a page from before would stand for as long.
    if !recorded.repeated {
        for lot in recorded.lots.iter().chain(&recorded.reached) {
            app.changes.note(*lot);
        }
    }
    // What frees food is answered as done once the log has it, also when it is asked for again; what stops it never waits.
    if frees {
        let subject = Subject::Lot(recorded.lot.id);
        let told = if recorded.repeated {
            app.store.glance(async |tx| log::latest(tx, &subject).await).await?
        } else {
            Some(told)
        };
        if let Some(told) = told {
            log::sealed(app, told).await?;
        }
    }
    Ok(recorded)
}

/// What tells one command from another under the same key.
pub(super) fn fingerprint(by: &By, command: &Command) -> Result<Sha256Hash, Error> {
    let behalf_of = match by {
        By::Member { behalf_of, .. } => *behalf_of,
        By::Official(_) => None,
    };
    let text = serde_json::to_vec(&(by.person(), behalf_of, command))
        .map_err(|error| StoreError::misfit("event", "command", by.person(), error))?;
    Ok(Sha256Hash::of(&text))
}

/// Records a command within a unit of work.
pub(super) async fn run(
    tx: &mut Tx,
    act: &mut Act<'_>,
    command: &Command,
    keyed: bool,
) -> Result<Recorded, Error> {
    if keyed && let Some(event) = events::event(tx, act.fresh.event).await? {
        return repeated(tx, act, &event).await;
    }
    if let Command::Correct(asked) = command {
        let (said, wrong) = correct::correct(tx, act, asked).await?;
        let named = journal::things(tx, act, &wrong).await?;
        let text = wrong.standalone().to_string();
        said.put(tx, act, &wrong, &named, journal::Text::own(text)).await?;
        let party = said.standing.as_ref().map(|standing| standing.party.id);
        return finish(tx, act, &said, party, &named).await;
    }
    let said = perform(tx, act, command).await?;
    let named = said.write(tx, act).await?;
    let party = said.standing.as_ref().map(|standing| standing.party.id);
    let recorded = finish(tx, act, &said, party, &named).await?;
    if let Command::Collect(collect) = command {
        for (fresh, pick) in declare::picks(&act.fresh, collect, recorded.lot.id) {
            let mut then =
                Act::new(act.host, act.memory, act.now, act.by, fresh, act.fingerprint, Mode::Command);
            let said = declare::pick(tx, &mut then, &pick).await?;
            let named = said.write(tx, &mut then).await?;
            finish(tx, &mut then, &said, party, &named).await?;
        }
        return answer(tx, &[recorded.lot.id], recorded.event, party, false).await;
    }
    Ok(recorded)
}

/// Does what a command asks, or what a fact that means the same did: the gates, the balances, the genealogy. Nothing is written into
/// the journal yet.
pub(super) async fn perform(tx: &mut Tx, act: &mut Act<'_>, command: &Command) -> Result<Said, Error> {
    match command {
        Command::Declare(lot) => declare::declare(tx, act, lot).await,
        Command::Collect(collect) => declare::declare(tx, act, &collect.lot).await,
        Command::Pick(pick) => declare::pick(tx, act, pick).await,
        Command::Transform(asked) => transform::transform(tx, act, asked).await,
        Command::Pack(pack) => movement::pack(tx, act, pack).await,
        Command::Aggregate(casing) => cases::aggregate(tx, act, casing).await,
        Command::Disaggregate(casing) => cases::disaggregate(tx, act, casing).await,
        Command::Ship(ship) => movement::ship(tx, act, ship).await,
        Command::Receive(receipt) => movement::receive(tx, act, receipt).await,
        Command::Refuse(receipt) => movement::refuse(tx, act, receipt).await,
        Command::Lose(receipt) => movement::lose(tx, act, receipt).await,
        Command::Sell(sale) => movement::sell(tx, act, sale).await,
        Command::Sample(sample) => movement::sample(tx, act, sample).await,
        Command::Test(test) => movement::test(tx, act, test).await,
        Command::Waste(waste) => movement::waste(tx, act, waste).await,
        Command::Correct(_) => Err(Error::NotCorrectable),
        Command::Hold(stop) => stops::hold(tx, act, stop).await,
        Command::Release(stop) => stops::release(tx, act, stop).await,
        Command::Recall(stop) => stops::recall(tx, act, stop).await,
    }
}

/// What follows from an event once it stands in the journal: the contents of its case, the days of what it made, and what waited for
/// its goods. `before` is what it did until now.
pub(super) async fn settle(
    tx: &mut Tx,
    act: &mut Act<'_>,
    row: &Event,
    before: &Effects,
    named: &[Named],
) -> Result<(), Error> {
    if matches!(row.step, Step::Aggregate | Step::Disaggregate) {
        for (role, thing, _) in named {
            if *role == Role::Parent {
                cases::settle(tx, act, thing.id, Some(row.order())).await?;
            }
        }
    }
    // A lot that began with this event has its days from it; only one that grew has to be looked at again.
    let grows = matches!(row.step, Step::Harvest | Step::Pick) || row.step.is_transformation();
    let grew = grows && act.touched.iter().any(|lot| !act.begun.contains(lot));
    if grew {
        for movement in lots::movements(tx, row.id).await? {
            let grown = matches!(movement.account, Account::Harvested | Account::Produced);
            if grown && !act.begun.contains(&movement.lot) {
                correct::redate(tx, act, movement.lot).await?;
            }
        }
    }
    let harvested: Vec<LotId> = act.touched.clone();
    growth::weigh(tx, act, row, &harvested).await?;
    claims::note(tx, act, row, &harvested).await?;
    let moves = matches!(row.step, Step::Ship | Step::Return | Step::Receive | Step::Refuse | Step::Lose);
    let after = if moves { Effects::of(tx, row.id).await? } else { Effects::default() };
    correct::changed(tx, act, row, before, &after).await
}

/// Settles an act, lets what waited have its effect, and reckons what the lots that were touched breach now.
pub(super) async fn close(tx: &mut Tx, act: &mut Act<'_>, row: &Event, named: &[Named]) -> Result<(), Error> {
    settle(tx, act, row, &Effects::default(), named).await?;
    conclude(tx, act).await
}

/// Lets what waited have its effect, weighs what certificates cover, and reckons what the lots that were touched breach now.
pub(super) async fn conclude(tx: &mut Tx, act: &mut Act<'_>) -> Result<(), Error> {
    correct::again(tx, act).await?;
    claims::weigh(tx, act).await?;
    inherit::reckon(tx, act).await
}

/// Closes an act, and answers.
pub(super) async fn finish(
    tx: &mut Tx,
    act: &mut Act<'_>,
    said: &Said,
    party: Option<PartyId>,
    named: &[Named],
) -> Result<Recorded, Error> {
    let row = said.event(act);
    close(tx, act, &row, named).await?;
    inherit::tell_newcomers(tx, act, &row).await?;
    let mut lots: Vec<LotId> = said.parts.iter().filter_map(journal::Told::lot_id).collect();
    lots.extend(act.touched.iter().copied());
    let recorded = answer(tx, &lots, act.fresh.event, party, false).await?;
    Ok(Recorded { reached: std::mem::take(&mut act.reached), ..recorded })
}

/// The answer to a command that was recorded before.
async fn repeated(tx: &mut Tx, act: &Act<'_>, event: &events::Event) -> Result<Recorded, Error> {
    if event.command != act.fingerprint || event.recorded_by != act.by.person() {
        return Err(Error::KeyTaken);
    }
    // What it made stands first among its parts.
    let mut parts = events::parts(tx, event.id).await?;
    parts.sort_by_key(|part| part.role != Role::Output);
    let mut lots = Vec::new();
    for part in parts {
        if lots::find(tx, part.thing.as_lot()).await?.is_some() {
            lots.push(part.thing.as_lot());
        }
    }
    answer(tx, &lots, event.id, event.whose(), true).await
}

/// The lots and what is left of the first, after the event.
async fn answer(
    tx: &mut Tx,
    touched: &[LotId],
    event: EventId,
    party: Option<PartyId>,
    repeated: bool,
) -> Result<Recorded, Error> {
    let mut lots: Vec<LotId> = Vec::new();
    for lot in touched {
        if !lots.contains(lot) {
            lots.push(*lot);
        }
    }
    let first = lots.first().copied().ok_or(Error::NotFound)?;
    let lot = lots::find(tx, first).await?.ok_or(Error::NotFound)?;
    let left = match party {
        Some(party) => {
            let holding = lots::holding(tx, lot.id, party).await?.unwrap_or_default();
            Some(lot.quantity(holding.amount))
        }
        None => None,
    };
    Ok(Recorded { event, lot, lots, reached: Vec::new(), left, repeated })
}

//! Everything that follows from the journal, made anew from it: every event is told again, in the order in which events were recorded,
//! to the same code that live acts use, and what comes of it is compared with what stands.
//!
//! What is record, and stays: the journal (`event`), and what was given once and is printed or spoken of: a lot's product, code, short
//! code, party, place and unit, and the names of things. What follows from the journal: the tables and columns of
//! [`store::rebuild::PROJECTIONS`].
//!
//! What must stay true: looking changes nothing, and keeps no writer waiting; an act that passed the gates once meets none now; the
//! journal is read in pages, so that its length costs time and not memory.

use super::act::{Act, Fresh, Mode};
use super::correct::{self, Effects};
use super::error::Error;
use super::memory::Memory;
use super::model::By;
use super::store::rebuild::{self as store, Differing, PROJECTIONS};
use super::{interpret, journal, service, stops};
use crate::accounts::{Official, Role};
use crate::app::App;
use crate::events::{self, Event, Parked, Step, epcis};
use crate::kernel::{EventId, LotId, Moment, ThingId};
use crate::lots;
use crate::store::Tx;
use crate::store::aside::Aside;
use uuid::Uuid;

/// How many events are read at once.
const PAGE: i64 = 500;

/// What a rebuild found.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    /// How many events were told again.
    pub events: u64,
    /// How many rows differ.
    pub rows: u64,
    /// Whether there is more than is told here.
    pub told_in_part: bool,
    /// What differs, value by value: the first thousand rows of each table.
    pub differences: Vec<Difference>,
    /// The lots whose pages changed; none where nothing was kept.
    pub lots: Vec<LotId>,
}

/// A value that differs, or a row that stands on one side only.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// The code of the lot that it is about, or the name of the case or of whatever else it is about.
    pub thing: Option<String>,
    /// The event that it is about.
    pub event: Option<EventId>,
    /// The whole key of the row.
    pub key: String,
    /// The column; none for a row that stands on one side only.
    pub column: Option<&'static str>,
    /// What stands; nothing where the row is missing.
    pub was: Option<String>,
    /// What follows from the journal; nothing where the row should not be.
    pub now: Option<String>,
}

/// Makes everything anew that follows from the journal and says what differs; with `keep` it stays so. `told` hears how many events
/// were told again, of how many.
///
/// # Errors
/// When the database fails, or is written by somebody else while the result is to be kept.
pub async fn rebuild(app: &App, keep: bool, mut told: impl FnMut(u64, u64)) -> Result<Rebuilt, Error> {
    let mode = if keep { Aside::Keep } else { Aside::Look };
    let fresh = Fresh::draw(app, None);
    let rebuilt = app
        .store
        .aside(mode, async |tx| {
            let schemas = store::set_aside(tx, mode).await?;
            let events = tell_all(tx, app, &fresh, &mut told).await?;
            let mut rebuilt =
                Rebuilt { events, rows: 0, told_in_part: false, differences: Vec::new(), lots: Vec::new() };
            let mut differ = Vec::new();
            for projection in &PROJECTIONS {
                let (rows, found) = projection.compare(tx, &schemas).await?;
                if rows > 0 {
                    differ.push(projection);
                }
                rebuilt.rows += rows;
                rebuilt.told_in_part |= rows > store::TOLD;
                for one in found {
                    rebuilt.differences.push(named(tx, one).await?);
                }
            }
            if keep && !differ.is_empty() {
                let changed = store::keep(tx, &schemas, &differ).await?;
                rebuilt.lots = changed.into_iter().map(LotId::from_uuid).collect();
            }
            Ok::<_, Error>(rebuilt)
        })
        .await?;
    for lot in &rebuilt.lots {
        app.changes.note(*lot);
    }
    Ok(rebuilt)
}

/// Tells the whole journal again; how many events that were.
async fn tell_all(
    tx: &mut Tx,
    app: &App,
    fresh: &Fresh,
    told: &mut impl FnMut(u64, u64),
) -> Result<u64, Error> {
    let all = store::events(tx).await?.unsigned_abs();
    let mut count = 0;
    let mut last = (Moment::from_micros(i64::MIN), EventId::from_uuid(Uuid::nil()));
    told(0, all);
    loop {
        let page = store::after(tx, last, PAGE).await?;
        let Some((row, _)) = page.last() else { break };
        last = (row.recorded_at, row.id);
        let memory = Memory::default();
        for (row, declares_error) in &page {
            // On the heap: what an act carries is large.
            Box::pin(tell(tx, app, fresh, &memory, row, *declares_error)).await?;
            count += 1;
        }
        told(count, all);
    }
    // Also of lots that nothing was told of.
    let mut last = Uuid::nil();
    loop {
        let page = store::lots_after(tx, last, PAGE).await?;
        let Some(next) = page.last() else { break };
        last = *next;
        for lot in page {
            lots::reckon(tx, LotId::from_uuid(lot)).await?;
        }
    }
    Ok(count)
}

/// Tells one event again, as a unit of its own.
async fn tell(
    tx: &mut Tx,
    app: &App,
    fresh: &Fresh,
    memory: &Memory,
    row: &Event,
    declares_error: bool,
) -> Result<(), Error> {
    let event = correct::stored(tx, row.id).await?;
    // Nobody: what is told again meets no gate that asks who tells it.
    let by = By::Official(Official { person: row.recorded_by, role: Role::Administrator });
    let mode = Mode::Fact(row.whose());
    let (host, fresh) = (app.config.code_host(), fresh.another(row.id));
    let mut act = Act::new(host, memory, row.recorded_at, &by, fresh, row.command, mode);
    let named = journal::things(tx, &act, &event).await?;
    journal::index_again(tx, row, &event, &named).await?;
    if declares_error {
        declare(tx, &mut act, row, &event).await?;
    } else if matches!(row.step, Step::Hold | Step::Release | Step::Recall) {
        let reason = interpret::own_text(&event, "ng:reason").unwrap_or_default();
        stops::again(tx, &mut act, row, reason).await?;
    } else {
        correct::tell(tx, &mut act, row, &Effects::default()).await?;
        let event_id = events::event_id_of(tx, row.id).await?.unwrap_or_default();
        correct::foretold(tx, &mut act, &event_id, &event, row.whose()).await?;
    }
    service::conclude(tx, &mut act).await
}

/// Tells a declaration again: of an event that was recorded before it, or of one that was still to come.
async fn declare(tx: &mut Tx, act: &mut Act<'_>, row: &Event, event: &epcis::Event) -> Result<(), Error> {
    let event_id = events::event_id_of(tx, row.id).await?.unwrap_or_default();
    let old = events::by_event_id(tx, &event_id, false).await?;
    let old = old.filter(|old| (old.recorded_at, old.id) < (row.recorded_at, row.id));
    let Some(old) = old else {
        let waits_for = format!("event:{event_id}");
        let waits = Parked { event: row.id, time: row.time, missing: "event", waits_for };
        return Ok(events::park(tx, &waits).await?);
    };
    match correct::declare(tx, act, &old, None, correct::declared_reason(event)).await {
        // The first declaration counts.
        Ok(_) | Err(Error::CorrectedAlready | Error::NotCorrectable) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A difference in the words of who looks for it: lots by their codes, other things by their names.
async fn named(tx: &mut Tx, found: Differing) -> Result<Difference, Error> {
    let Differing { table, thing, event, key, column, was, now } = found;
    let thing = match thing {
        None => None,
        Some(id) => match lots::find(tx, LotId::from_uuid(id)).await? {
            Some(lot) => Some(lot.code.to_string()),
            None => events::thing(tx, ThingId::from_uuid(id)).await?.map(|thing| thing.name),
        },
    };
    Ok(Difference { table, thing, event: event.map(EventId::from_uuid), key, column, was, now })
}

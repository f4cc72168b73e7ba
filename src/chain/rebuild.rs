//! Everything that follows from the journal, made anew from it: every event is told again, in the order in which events were recorded,
//! to the same code that live acts use, and what comes of it is compared with what stands.
//!
//! What is record, and stays: the journal (`event`), and what was given once and is printed or spoken of: a lot's product, code, short
//! code, party, place and unit, and the names of things. What follows from the journal: the tables and columns of
//! [`store::rebuild::PROJECTIONS`]; a lot begins again with the event with which it began. It rests on registers beside the journal as well (the field book, evidence, unit codes, what is said of
//! plots and products): each event is told among them as they were then, and what changed in them is told in its turn.
//!
//! What must stay true: looking changes nothing, and keeps no writer waiting; an act that passed the gates once meets none now; the
//! journal is read in pages, so that its length costs time and not memory.

use super::act::{Act, Fresh, Mode, Told};
use super::correct::{self, Effects};
use super::error::Error;
use super::memory::Memory;
use super::model::By;
use super::store::beginning;
use super::store::rebuild::{self as store, Differing, PROJECTIONS};
use super::store::timeline::{self, Change, What};
use super::{declare, evidence, goods, growth, journal, known, lists, service, stops};
use crate::accounts::{Official, Role};
use crate::app::App;
use crate::events::{self, Event, Parked, Step, epcis};
use crate::fieldbook;
use crate::kernel::{
    ActivityId, CertificateId, EventId, LabTestId, ListId, LotId, Moment, PersonId, PlaceId, ProductId,
    SeasonId, Sha256Hash, ThingId,
};
use crate::lots;
use crate::products;
use crate::store::aside::Aside;
use crate::store::{StoreError, Tx};
use std::collections::VecDeque;
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
            store::keep_told(tx, &schemas, &correct::STAYS).await?;
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
            // Whatever was told of it would be lost.
            if keep && let Some(lot) = beginning::not_begun(tx).await? {
                return Err(
                    StoreError::misfit("lot", "code", lot, "nothing in the journal lets it begin").into()
                );
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
    let mut changes = Changes::default();
    told(0, all);
    loop {
        let page = store::after(tx, last, PAGE).await?;
        let Some((row, _)) = page.last() else { break };
        last = (row.recorded_at, row.id);
        for (row, declares_error) in &page {
            while let Some(change) = changes.next_before(tx, row.recorded_at).await? {
                Box::pin(look_again(tx, app, fresh, &change)).await?;
            }
            timeline::show_at(tx, row.recorded_at).await?;
            // What is said of places and products may be another thing at the next event.
            let memory = Memory::default();
            // On the heap: what an act carries is large.
            Box::pin(tell(tx, app, fresh, &memory, row, *declares_error)).await?;
            count += 1;
        }
        told(count, all);
    }
    while let Some(change) = changes.next_before(tx, Moment::MAX).await? {
        Box::pin(look_again(tx, app, fresh, &change)).await?;
    }
    timeline::show_at(tx, Moment::MAX).await?;
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

/// The changes of registers that were not told yet.
#[derive(Default)]
struct Changes {
    page: VecDeque<Change>,
    last: Option<Change>,
}

impl Changes {
    /// The next one before a moment: what came at the same moment as an event comes after it.
    async fn next_before(&mut self, tx: &mut Tx, moment: Moment) -> Result<Option<Change>, Error> {
        if self.page.is_empty() {
            self.page = timeline::changes_after(tx, self.last, PAGE).await?.into();
            self.last = self.page.back().copied().or(self.last);
        }
        let is_due = self.page.front().is_some_and(|next| next.at < moment);
        Ok(if is_due { self.page.pop_front() } else { None })
    }
}

/// Lets the door look again after a change of a register, as it did then.
async fn look_again(tx: &mut Tx, app: &App, fresh: &Fresh, change: &Change) -> Result<(), Error> {
    timeline::show_at(tx, change.at).await?;
    let by = By::Official(Official { person: PersonId::from_uuid(Uuid::nil()), role: Role::Administrator });
    let (host, fresh) = (app.config.code_host(), fresh.another(EventId::from_uuid(change.about)));
    let memory = Memory::default();
    let nothing = Sha256Hash::of(&[]);
    let mut act = Act::new(host, &memory, change.at, &by, fresh, nothing, Mode::Command);
    act.anew = true;
    match change.what {
        What::Season => {
            if let Some(season) = fieldbook::season(tx, SeasonId::from_uuid(change.about)).await? {
                // Of one that was taken back, also what was told to lie before it.
                let before = if season.withdrawn_at.is_some() { -366 } else { 0 };
                growth::season_changed(tx, &mut act, season.place, season.began_on.plus_days(before)).await?;
            }
        }
        What::Spray => {
            timeline::judge_first(tx, change.about).await?;
            let activity = fieldbook::activity(tx, ActivityId::from_uuid(change.about)).await?;
            if let Some(spray) = activity.and_then(|activity| activity.spray) {
                growth::recheck(tx, &mut act, spray.place, spray.day, None).await?;
            }
        }
        What::Certificate => {
            evidence::certificate_changed(tx, &mut act, CertificateId::from_uuid(change.about)).await?;
        }
        What::List => lists::look_again(tx, &mut act, ListId::from_uuid(change.about)).await?,
        What::PlotTest => evidence::test_changed(tx, &mut act, LabTestId::from_uuid(change.about)).await?,
        What::Area => growth::reweigh(tx, &mut act, PlaceId::from_uuid(change.about)).await?,
        What::Product => {
            let id = ProductId::from_uuid(change.about);
            let after = products::product(tx, id).await?;
            timeline::show_at(tx, Moment::from_micros(change.at.micros() - 1)).await?;
            let before = products::product(tx, id).await?;
            timeline::show_at(tx, change.at).await?;
            if let (Some(before), Some(after)) = (before, after)
                && goods::grows_otherwise(&before, &after)
            {
                goods::product_changed(tx, &mut act, id).await?;
            }
        }
        What::Known => known::known(tx, &mut act, ProductId::from_uuid(change.about)).await?,
        What::Begun => {
            let lot = LotId::from_uuid(change.about);
            if lots::find(tx, lot).await?.is_none() {
                declare::said_before(tx, &mut act, lot.into()).await?;
            }
        }
        What::Run => {
            let drawn = timeline::drawn_by_run(tx, change.about).await?;
            count(tx, &mut act, drawn).await?;
        }
        What::Range => {
            let drawn = timeline::drawn_by_range(tx, change.about).await?;
            count(tx, &mut act, drawn).await?;
        }
    }
    service::conclude(tx, &mut act).await
}

/// Counts what codes drew, or give back.
async fn count(tx: &mut Tx, act: &mut Act<'_>, drawn: Vec<timeline::Counted>) -> Result<(), Error> {
    for one in drawn {
        if one.void {
            lots::return_codes(tx, one.lot, one.party, one.mass).await?;
            act.touch(one.lot);
        } else {
            lots::count_codes(tx, one.lot, one.party, one.mass).await?;
        }
    }
    Ok(())
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
    act.anew = true;
    let named = journal::things(tx, &act, &event).await?;
    journal::index_again(tx, row, &event, &named).await?;
    if declares_error {
        declare_wrong(tx, &mut act, row, &event).await?;
    } else if matches!(row.step, Step::Hold | Step::Release | Step::Recall) {
        stops::again(tx, &mut act, row, &event).await?;
    } else {
        correct::tell(tx, &mut act, row, (&Effects::default(), Told::Waited)).await?;
        let event_id = events::event_id_of(tx, row.id).await?.unwrap_or_default();
        correct::foretold(tx, &mut act, &event_id, &event, row.whose()).await?;
    }
    service::conclude(tx, &mut act).await
}

/// Tells a declaration again: of an event that was recorded before it, or of one that was still to come.
async fn declare_wrong(
    tx: &mut Tx,
    act: &mut Act<'_>,
    row: &Event,
    event: &epcis::Event,
) -> Result<(), Error> {
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

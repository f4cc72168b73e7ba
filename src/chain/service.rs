//! The unit of work around every command: repeats under the same key, the standing of the one who asks, the gates of time.

use super::error::Error;
use super::model::{By, Command, EventTime, GRACE, LARGEST, Recorded, When};
use super::{declare, movement, stops};
use crate::app::App;
use crate::events;
use crate::kernel::{
    EventId, LEGAL_ZONE, LogEntryId, LotId, MandateId, Moment, PartyId, PlaceId, Quantity, Sha256Hash,
    ShortCode, Unit,
};
use crate::lots;
use crate::parties::{self, Party};
use crate::places::{self, Place};
use crate::store::{StoreError, Tx};

/// How often a code that clashes is made anew.
const CODES_TRIED: usize = 16;

/// How many private values an event may have.
const SALTS: usize = 8;

/// What is made outside the unit of work, which may run twice.
pub(super) struct Fresh {
    pub(super) event: EventId,
    pub(super) lot: LotId,
    pub(super) entries: [LogEntryId; 2],
    pub(super) salts: [[u8; 32]; SALTS],
    pub(super) short_code: ShortCode,
    /// For the end of a lot code that is made.
    pub(super) ending: u64,
}

impl Fresh {
    fn draw(app: &App, key: Option<EventId>) -> Self {
        // In order: the lot's entry is logged before that of its first event.
        let mut entries = [app.id(), app.id()];
        entries.sort_unstable();
        Self {
            event: key.unwrap_or_else(|| app.id()),
            lot: app.id(),
            entries,
            salts: std::array::from_fn(|_| app.secret()),
            short_code: ShortCode::from_seed(app.random.number()),
            ending: app.random.number(),
        }
    }
}

/// The circumstances of one command.
pub(super) struct Act<'a> {
    pub(super) host: &'a str,
    pub(super) now: Moment,
    pub(super) by: &'a By,
    pub(super) fresh: Fresh,
    pub(super) fingerprint: Sha256Hash,
}

/// The party that acts, and by whom it is recorded.
pub(super) struct Standing {
    /// The party whose act it is.
    pub(super) party: Party,
    /// The party of the one who records, when another, and the mandate.
    pub(super) under: Option<(PartyId, MandateId)>,
}

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
    let mut left = CODES_TRIED;
    let recorded = loop {
        let act = Act {
            host: app.config.code_host(),
            now: app.clock.now(),
            by,
            fresh: Fresh::draw(app, key),
            fingerprint,
        };
        match app.store.write(async |tx| run(tx, &act, &command, key.is_some()).await).await {
            Err(Error::Clash) if left > 0 => left -= 1,
            outcome => break outcome?,
        }
    };
    if !recorded.repeated {
        app.changes.note(recorded.lot.id);
    }
    Ok(recorded)
}

/// What tells one command from another under the same key.
fn fingerprint(by: &By, command: &Command) -> Result<Sha256Hash, Error> {
    let behalf_of = match by {
        By::Member { behalf_of, .. } => *behalf_of,
        By::Official(_) => None,
    };
    let text = serde_json::to_vec(&(by.person(), behalf_of, command))
        .map_err(|error| StoreError::misfit("event", "command", by.person(), error))?;
    Ok(Sha256Hash::of(&text))
}

async fn run(tx: &mut Tx, act: &Act<'_>, command: &Command, keyed: bool) -> Result<Recorded, Error> {
    if keyed && let Some(event) = events::event(tx, act.fresh.event).await? {
        return repeated(tx, act, &event).await;
    }
    match command {
        Command::Declare(lot) => declare::declare(tx, act, lot).await,
        Command::Pack(pack) => movement::pack(tx, act, pack).await,
        Command::Ship(ship) => movement::ship(tx, act, ship).await,
        Command::Receive(receipt) => movement::receive(tx, act, receipt).await,
        Command::Sell(sale) => movement::sell(tx, act, sale).await,
        Command::Hold(stop) => stops::hold(tx, act, stop).await,
        Command::Release(stop) => stops::release(tx, act, stop).await,
        Command::Recall(stop) => stops::recall(tx, act, stop).await,
    }
}

/// The answer to a command that was recorded before.
async fn repeated(tx: &mut Tx, act: &Act<'_>, event: &events::Event) -> Result<Recorded, Error> {
    if event.command != act.fingerprint || event.recorded_by != act.by.person() {
        return Err(Error::KeyTaken);
    }
    let lot = events::lots_of(tx, event.id).await?.first().copied().ok_or(Error::NotFound)?;
    answer(tx, lot, event.id, event.whose(), true).await
}

/// The lot and what is left of it, after the event.
pub(super) async fn answer(
    tx: &mut Tx,
    lot: LotId,
    event: EventId,
    party: Option<PartyId>,
    repeated: bool,
) -> Result<Recorded, Error> {
    let lot = lots::find(tx, lot).await?.ok_or(Error::NotFound)?;
    let left = match party {
        Some(party) => {
            let holding = lots::holding(tx, lot.id, party).await?.unwrap_or_default();
            Some(lot.quantity(holding.amount))
        }
        None => None,
    };
    Ok(Recorded { event, lot, left, repeated })
}

impl Act<'_> {
    /// The party that acts: approved, and with a mandate in force today and on the day of the event when somebody else records.
    pub(super) async fn standing(&self, tx: &mut Tx, time: &EventTime) -> Result<Standing, Error> {
        let By::Member { member, behalf_of } = self.by else { return Err(Error::WrongRole) };
        let whose = behalf_of.unwrap_or(member.party);
        let party = parties::party(tx, whose).await?.ok_or(Error::NotFound)?;
        let Some(grantor) = *behalf_of else {
            return if party.is_active() {
                Ok(Standing { party, under: None })
            } else {
                Err(Error::NotApproved)
            };
        };
        // The mandate first: without one, nothing is said of the grantor.
        let mut under = None;
        for day in [self.now.day(), time.day()] {
            let mandate = parties::mandate_in_force(tx, grantor, member.party, day).await?;
            under = Some((member.party, mandate.ok_or(Error::NoMandate { grantor, day })?));
        }
        if party.is_active() { Ok(Standing { party, under }) } else { Err(Error::NotApproved) }
    }

    /// When it happened: not ahead of the clock. A day without an hour begins with the day, or stands beside `after`, the last
    /// event of that day, so that the order of events is kept.
    pub(super) fn time(&self, when: Option<When>, after: Option<Moment>) -> Result<EventTime, Error> {
        match when {
            None => Ok(EventTime { moment: self.now, offset: LEGAL_ZONE, whole_day: false }),
            Some(When::At(moment, _)) if moment > self.now.plus(GRACE) => {
                Err(Error::Future { day: moment.day() })
            }
            Some(When::At(moment, offset)) => Ok(EventTime { moment, offset, whole_day: false }),
            Some(When::On(day)) if day > self.now.day() => Err(Error::Future { day }),
            Some(When::On(day)) => {
                let moment = after.filter(|last| last.day() == day).unwrap_or(day.start());
                Ok(EventTime { moment, offset: LEGAL_ZONE, whole_day: true })
            }
        }
    }

    /// A place of the acting party that is open. Its gate is confirmed by `places::pass_gate` when all else is right.
    pub(super) async fn place(&self, tx: &mut Tx, id: PlaceId, standing: &Standing) -> Result<Place, Error> {
        let place = places::place(tx, id).await?.filter(|place| place.party == standing.party.id);
        let place = place.ok_or(Error::NotYours { what: "place" })?;
        match place.closed_at {
            Some(since) => Err(Error::PlaceClosed { since }),
            None => Ok(place),
        }
    }
}

/// An amount that a command may speak of: something, in the right unit, within bounds.
pub(super) fn amount(quantity: Quantity, unit: Unit, field: &'static str) -> Result<i64, Error> {
    if quantity.unit() != unit {
        return Err(Error::WrongUnit { field, unit });
    }
    match quantity.amount() {
        0 => Err(Error::Nothing),
        amount if amount > LARGEST => {
            let most = Quantity::new(LARGEST, unit).unwrap_or(quantity);
            Err(Error::TooMuch { asked: quantity, most })
        }
        amount => Ok(amount),
    }
}

/// A unique rule that was met at the same moment by another writer: run again, and find what is there now.
pub(super) fn run_again(error: StoreError) -> Error {
    if error.is_unique_violation() { StoreError::lost_race().into() } else { error.into() }
}

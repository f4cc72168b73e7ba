//! The circumstances of one act: who does it, when, under which id; and the gates that every act meets.
//!
//! What must stay true: a *command* meets each gate and is refused where one is shut; a *reported fact* is never refused for being
//! inconvenient: where a command would be refused, the breach is noted and holds the lot.

use super::claims::Weigh;
use super::error::Error;
use super::memory::Memory;
use super::model::{By, EventTime, GRACE, LARGEST, When};
use super::stops;
use crate::app::App;
use crate::events::{self, LetPass, Order, PointedOut, Step, Thing, ThingKind};
use crate::kernel::{
    EventId, Gtin, LEGAL_ZONE, LogEntryId, LotCode, LotId, MandateId, Moment, PartyId, PlaceId, Quantity,
    Sha256Hash, ShortCode, ThingId, Unit,
};
use crate::lots::{self, Account, Lot, Movement, Stop};
use crate::parties::{self, Party};
use crate::places::{self, Place};
use crate::products::Product;
use crate::store::{StoreError, Tx};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;

/// The number of the first entry that tells of an event; those of new lots stand before it.
pub(super) const FIRST_OF_EVENT: usize = 1024;

/// What an act draws within its unit of work, anew each time that this is run: seeds, from which as many ids as it needs
/// follow. The log tells acts in the order of these, which has to be that in which they were done.
#[derive(Clone)]
pub(super) struct Fresh {
    pub(super) event: EventId,
    ids: Uuid,
    secret: [u8; 32],
    pub(super) seed: u64,
}

impl Fresh {
    /// The bits of an id's second half that are free.
    const LOW: u64 = 0x3fff_ffff_ffff_ffff;

    pub(super) fn draw(app: &App, key: Option<EventId>) -> Self {
        // The ids before the event's: the log entry of a lot stands before that of its first event.
        let ids: LogEntryId = app.id();
        Self {
            event: key.unwrap_or_else(|| app.id()),
            ids: ids.as_uuid(),
            secret: app.secret(),
            seed: app.random.number(),
        }
    }

    /// The same, for another event of the same unit of work.
    pub(super) fn another(&self, event: EventId) -> Self {
        let hash = Sha256::new().chain_update(self.secret).chain_update(event.as_uuid()).finalize();
        let mut parts = [[0; 8]; 2];
        for (part, bytes) in parts.iter_mut().zip(hash.chunks_exact(8)) {
            part.copy_from_slice(bytes);
        }
        let [seed, low] = parts.map(u64::from_le_bytes);
        // A millisecond later, so that the entries of what came first stand first; for each event others.
        let (high, own) = self.ids.as_u64_pair();
        let ids = Uuid::from_u64_pair(high.wrapping_add(1 << 16), (own & !Self::LOW) | (low & Self::LOW));
        Self { event, ids, secret: hash.into(), seed }
    }

    /// One of many ids that follow from one: later in the order of ids, and of the same version.
    fn nth(&self, n: u64) -> Uuid {
        let (high, low) = self.ids.as_u64_pair();
        Uuid::from_u64_pair(high, (low & !Self::LOW) | (low.wrapping_add(n) & Self::LOW))
    }

    /// The entry that tells of the event itself.
    pub(super) fn told(&self) -> LogEntryId {
        self.entry(FIRST_OF_EVENT)
    }

    pub(super) fn entry(&self, n: usize) -> LogEntryId {
        LogEntryId::from_uuid(self.nth(n as u64))
    }

    pub(super) fn lot(&self, n: usize) -> LotId {
        LotId::from_uuid(self.nth((1 << 20) + n as u64))
    }

    pub(super) fn id<T: From<Uuid>>(&self, n: usize) -> T {
        T::from(self.nth((1 << 24) + n as u64))
    }

    pub(super) fn salt(&self, n: usize) -> [u8; 32] {
        Sha256::new().chain_update(self.secret).chain_update((n as u64).to_le_bytes()).finalize().into()
    }

    /// Whether something was made anew: a number for each of what an act makes.
    pub(super) fn number(&self, n: usize) -> u64 {
        self.seed.wrapping_add((n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// A rule that a reported fact breaches.
#[derive(Clone, Debug)]
pub(super) struct Breach {
    pub(super) lot: LotId,
    pub(super) rule: &'static str,
    pub(super) detail: String,
}

/// What an act is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It is refused where a gate is shut.
    Command,
    /// It happened, and whose act it was: where a gate is shut, the breach is noted. The authority is no party.
    Fact(Option<PartyId>),
}

/// When an act was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// By whoever tells it now.
    Now,
    /// Before, and it had no effect until now.
    Waited,
    /// Before, and it has its effect again.
    Again,
}

/// The circumstances of one act.
pub(super) struct Act<'a> {
    pub(super) host: &'a str,
    /// What the unit of work has read.
    pub(super) memory: &'a Memory,
    pub(super) now: Moment,
    pub(super) by: &'a By,
    pub(super) fresh: Fresh,
    pub(super) fingerprint: Sha256Hash,
    pub(super) mode: Mode,
    /// What breaches a rule.
    pub(super) breaches: Vec<Breach>,
    /// When it was first recorded: before now, for one that has its effect again.
    pub(super) recorded_at: Moment,
    /// Whether it was a command, which passed the gates when it was given, and has its effect again.
    pub(super) passed: bool,
    /// Whether it was told before, and who might tell it was asked then: a mandate may have ended since.
    pub(super) told: Told,
    /// Where it was, of an event that was told before: whatever the place is called now.
    pub(super) told_at: Option<PlaceId>,
    /// Whether everything is made anew: only what follows from the journal is written.
    pub(super) anew: bool,
    /// Breaches that an inspector let pass, of events that have their effect again.
    pub(super) let_pass: Vec<LetPass>,
    /// What was pointed out of events that have their effect again, and stays so: it tells what was, whatever becomes of it.
    pub(super) pointed_out: Vec<PointedOut>,
    /// The rules that lots which were touched breach now.
    pub(super) rules: Vec<String>,
    /// Lots against which more speaks than before, by the same rules.
    pub(super) worse: BTreeSet<LotId>,
    /// Every lot that was touched.
    pub(super) touched: Vec<LotId>,
    /// The lots whose stop may have changed, because one that they were made of was stopped or freed.
    pub(super) reached: Vec<LotId>,
    /// Things that no event had spoken of before this one, and that are no lots yet.
    new: RefCell<HashSet<ThingId>>,
    /// The lots that began.
    pub(super) begun: Vec<LotId>,
    /// Events recorded before that can have their effect now, or another one.
    pub(super) again: Vec<EventId>,
    /// What certificates cover is to be weighed again for these when all else is done.
    pub(super) weigh: BTreeSet<Weigh>,
}

/// The party that acts, and by whom it is recorded.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// The party whose act it is.
    pub(super) party: Party,
    /// The party of the one who records, when another, and the mandate.
    pub(super) under: Option<(PartyId, MandateId)>,
}

/// A lot that an act is about, with its product.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) lot: Lot,
    pub(super) product: Product,
}

impl<'a> Act<'a> {
    pub(super) fn is_fact(&self) -> bool {
        matches!(self.mode, Mode::Fact(_))
    }

    /// Circumstances in which nothing was done yet.
    pub(super) fn new(
        host: &'a str,
        memory: &'a Memory,
        now: Moment,
        by: &'a By,
        fresh: Fresh,
        fingerprint: Sha256Hash,
        mode: Mode,
    ) -> Self {
        Self {
            host,
            memory,
            now,
            by,
            fresh,
            fingerprint,
            mode,
            breaches: Vec::new(),
            recorded_at: now,
            passed: false,
            told: Told::Now,
            told_at: None,
            anew: false,
            let_pass: Vec::new(),
            pointed_out: Vec::new(),
            rules: Vec::new(),
            worse: BTreeSet::new(),
            touched: Vec::new(),
            reached: Vec::new(),
            new: RefCell::default(),
            begun: Vec::new(),
            again: Vec::new(),
            weigh: BTreeSet::new(),
        }
    }

    /// The party of a fact; a command's follows from who gives it.
    pub(super) fn party(&self) -> Option<PartyId> {
        match self.mode {
            Mode::Fact(party) => party,
            Mode::Command => None,
        }
    }

    /// The place of this act among all events.
    pub(super) fn order(&self, time: &EventTime) -> Order {
        (time.moment, self.recorded_at, self.fresh.event)
    }

    /// Notes that a lot began.
    pub(super) fn begins(&mut self, lot: LotId) {
        self.new.borrow_mut().remove(&ThingId::from(lot));
        self.begun.push(lot);
    }

    /// Whether no event had spoken of a thing before this one, and it is no lot yet.
    pub(super) fn is_new(&self, thing: ThingId) -> bool {
        self.new.borrow().contains(&thing)
    }

    /// Lets an event that was recorded before have its effect once this one is done.
    pub(super) fn replay(&mut self, event: EventId) {
        if event != self.fresh.event && !self.again.contains(&event) {
            self.again.push(event);
        }
    }

    /// What an inspector let pass of an event that has its effect again.
    pub(super) fn passed_before(&self, lot: LotId, event: EventId, rule: &str) -> Option<&LetPass> {
        self.let_pass.iter().find(|one| one.lot == lot && one.event == event && one.rule == rule)
    }

    pub(super) fn touch(&mut self, lot: LotId) {
        if !self.touched.contains(&lot) {
            self.touched.push(lot);
        }
    }

    /// Notes a lot among those that were touched, where the thing is one.
    pub(super) async fn touch_if_lot(&mut self, tx: &mut Tx, thing: ThingId) -> Result<(), Error> {
        if lots::find(tx, thing.as_lot()).await?.is_some() {
            self.touch(thing.as_lot());
        }
        Ok(())
    }

    /// Notes a breach that holds a lot, whether it was reported or commanded.
    pub(super) fn breach(&mut self, lot: LotId, rule: &'static str, detail: &str) {
        self.breaches.push(Breach { lot, rule, detail: detail.to_owned() });
    }

    /// What would refuse a command: of a fact it is noted, where it is a rule that a fact can breach.
    pub(super) fn refuse(&mut self, lot: LotId, error: Error) -> Result<(), Error> {
        match (self.mode, error.rule()) {
            (Mode::Fact(_), Some(rule)) => {
                self.breach(lot, rule, &error.to_string());
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// The party that acts: approved, and with a mandate in force today and on the day of the event when somebody else records.
    pub(super) async fn standing(&self, tx: &mut Tx, time: &EventTime) -> Result<Standing, Error> {
        if let Some(party) = self.party() {
            let party = self.memory.party(tx, party).await?.ok_or(Error::NotFound)?;
            return Ok(Standing { party, under: None });
        }
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

    /// As [`standing`](Self::standing), for what only stops: also a firm that is suspended calls back what it has sent out.
    pub(super) async fn standing_to_stop(&self, tx: &mut Tx, time: &EventTime) -> Result<Standing, Error> {
        match self.by {
            By::Member { member, behalf_of: None } if self.party().is_none() => {
                let party = parties::party(tx, member.party).await?.ok_or(Error::NotFound)?;
                Ok(Standing { party, under: None })
            }
            _ => self.standing(tx, time).await,
        }
    }

    /// When it happened: not ahead of the clock. A day without an hour begins with the day, or stands beside `after`, the last
    /// event of that day, so that the order of events is kept.
    pub(super) fn time(&self, when: Option<When>, after: Option<Moment>) -> Result<EventTime, Error> {
        match when {
            None => Ok(EventTime { moment: self.now, offset: LEGAL_ZONE, whole_day: false }),
            Some(When::At(moment, _) | When::Within(moment, _)) if moment > self.now.plus(GRACE) => {
                Err(Error::Future { day: moment.day() })
            }
            Some(When::At(moment, offset)) => Ok(EventTime { moment, offset, whole_day: false }),
            Some(When::Within(moment, offset)) => Ok(EventTime { moment, offset, whole_day: true }),
            Some(When::On(day)) if day > self.now.day() => Err(Error::Future { day }),
            Some(When::On(day)) => {
                let moment = after.filter(|last| last.day() == day).unwrap_or(day.start());
                Ok(EventTime { moment, offset: LEGAL_ZONE, whole_day: true })
            }
        }
    }

    /// When something happened to lots and cases: after what happened to them on the same day, where only the day is known.
    pub(super) async fn time_after(
        &self,
        tx: &mut Tx,
        when: Option<When>,
        things: &[ThingId],
    ) -> Result<EventTime, Error> {
        let mut last = None;
        if let Some(When::On(day)) = when {
            for thing in things {
                last = last.max(events::latest_on(tx, *thing, day).await?);
            }
        }
        self.time(when, last)
    }

    /// A place of the acting party that is open. Its gate is confirmed by `places::pass_gate` when all else is right. A fact may lack
    /// a place; a fact at a place that is closed breaches `about`.
    pub(super) async fn place(
        &mut self,
        tx: &mut Tx,
        id: Option<PlaceId>,
        standing: &Standing,
        time: &EventTime,
        about: Option<LotId>,
    ) -> Result<Option<Place>, Error> {
        let Some(id) = id else {
            return if self.is_fact() { Ok(None) } else { Err(Error::no_place()) };
        };
        let place = self.memory.place(tx, id).await?.filter(|place| place.party == standing.party.id);
        let place = place.ok_or_else(|| Error::not_yours("place", &id))?;
        // What happened there before it was closed happened there, whenever it is told.
        let before = |since: &Moment| !self.is_fact() || (!self.passed && *since <= time.moment);
        if let Some(since) = place.closed_at.filter(before) {
            let closed = Error::PlaceClosed { since };
            match about {
                Some(lot) => self.refuse(lot, closed)?,
                None if self.is_fact() => {}
                None => return Err(closed),
            }
        } else if !self.is_fact() {
            places::pass_gate(tx, &place).await?;
        }
        Ok(Some(place))
    }

    /// A lot that the acting party has to do with, and its product.
    pub(super) async fn known(&self, tx: &mut Tx, lot: LotId, party: PartyId) -> Result<Known, Error> {
        let lot = lots::find(tx, lot).await?.ok_or(Error::NotFound)?;
        if !self.is_fact() && !lots::is_in_chain(tx, lot.id, party).await? {
            return Err(Error::NotFound);
        }
        let product = self.memory.product(tx, lot.product).await?.ok_or(Error::NotFound)?;
        Ok(Known { lot, product })
    }

    /// The gates of a lot whose food is released: free, and not before it began.
    pub(super) async fn open(&mut self, tx: &mut Tx, lot: &Lot, time: &EventTime) -> Result<(), Error> {
        let stop = if self.passed {
            None
        } else if self.is_fact() {
            self.stop_then(tx, lot, time).await?
        } else {
            lot.stop()
        };
        match stop {
            Some(Stop::Recalled { reason }) => self.refuse(lot.id, Error::Recalled { reason })?,
            Some(Stop::Held { reason }) => self.refuse(lot.id, Error::OnHold { reason })?,
            Some(Stop::Breach { rule }) => return Err(stops::breached(tx, lot, rule).await?),
            Some(Stop::Upstream { recalled, from }) => {
                return Err(stops::upstream(tx, lot, from, recalled).await?);
            }
            None if self.is_fact() && !self.passed => self.leaves(tx, lot).await?,
            None => {}
        }
        if time.day() < lot.harvested_on {
            self.refuse(lot.id, Error::BeforeHarvest { day: lot.harvested_on })?;
        }
        // The lot's gate, which a hold or recall of the same moment shuts.
        if self.is_fact() {
            lots::touch(tx, lot.id).await?;
        } else if !lots::pass(tx, lot.id, lot.gate_version).await? {
            return Err(StoreError::lost_race().into());
        }
        self.touch(lot.id);
        Ok(())
    }

    /// What one report breaches is no breach of the next one, and what it was made of may be put right; but that a lot left, or was made
    /// into another, while it was stopped as a danger is pointed out, by what the registry knew when it was told.
    async fn leaves(&mut self, tx: &mut Tx, lot: &Lot) -> Result<(), Error> {
        let event = self.fresh.event;
        // Asked once: it is pointed out again with the event, and kept on record when all is made anew.
        if self.told != Told::Again
            && !self.anew
            && lot.stop().is_some()
            && let Some(danger) = lots::danger(tx, lot.id).await?
        {
            events::point_out(tx, lot.id, event, danger.rule(), "{}").await?;
            self.rules.push(danger.rule().to_owned());
        }
        Ok(())
    }

    /// What happens to goods without releasing them may happen whatever stops the lot, but not before it began.
    pub(super) async fn handle(&mut self, tx: &mut Tx, lot: &Lot, time: &EventTime) -> Result<(), Error> {
        if time.day() < lot.harvested_on {
            self.refuse(lot.id, Error::BeforeHarvest { day: lot.harvested_on })?;
        }
        lots::touch(tx, lot.id).await?;
        self.touch(lot.id);
        Ok(())
    }

    /// What stopped a lot when a reported event happened, or when it was told first: the same whenever it is asked again.
    async fn stop_then(&self, tx: &mut Tx, lot: &Lot, time: &EventTime) -> Result<Option<Stop>, Error> {
        for moment in [time.moment.min(self.recorded_at), self.recorded_at] {
            match events::stopped_at(tx, lot.id, moment).await? {
                Some(Step::Recall) => return Ok(Some(Stop::Recalled { reason: String::new() })),
                Some(Step::Hold) => return Ok(Some(Stop::Held { reason: String::new() })),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Moves an amount of a lot on an account of `party`.
    pub(super) async fn enter(
        &mut self,
        tx: &mut Tx,
        lot: &Lot,
        party: PartyId,
        account: Account,
        asked: Quantity,
    ) -> Result<(), Error> {
        let movement =
            Movement { lot: lot.id, event: self.fresh.event, party, account, amount: asked.amount() };
        self.touch(lot.id);
        if self.is_fact() {
            return Ok(lots::enter_fact(tx, &movement).await?);
        }
        if lots::enter(tx, &movement).await? {
            return Ok(());
        }
        let holding = lots::holding(tx, lot.id, party).await?.unwrap_or_default();
        let loose = holding.amount - holding.boxed;
        Err(match account {
            Account::Packed if holding.amount >= movement.amount => {
                Error::PackedAlready { asked, left: lot.quantity(holding.taken_in - holding.packed) }
            }
            Account::Packed => Error::BalanceExceeded { asked, left: lot.quantity(holding.amount) },
            _ if holding.amount >= movement.amount => Error::InCases { asked, left: lot.quantity(loose) },
            _ => Error::BalanceExceeded { asked, left: lot.quantity(loose) },
        })
    }

    /// The thing with this name; a new one when nobody has spoken of it.
    pub(super) async fn thing(
        &self,
        tx: &mut Tx,
        n: usize,
        kind: ThingKind,
        name: &str,
    ) -> Result<Thing, Error> {
        self.thing_of(tx, n, kind, name, None).await
    }

    /// The same, as one of a class.
    pub(super) async fn thing_of(
        &self,
        tx: &mut Tx,
        n: usize,
        kind: ThingKind,
        name: &str,
        class: Option<ThingId>,
    ) -> Result<Thing, Error> {
        if let Some(thing) = events::by_name(tx, name).await? {
            return Ok(thing);
        }
        let thing = Thing { id: self.fresh.id(n), kind, name: name.to_owned(), class, first_seen: self.now };
        events::insert_thing(tx, &thing).await.map_err(run_again)?;
        self.new.borrow_mut().insert(thing.id);
        Ok(thing)
    }
}

/// The names of a lot: by its GTIN where it has one, and by the registry's own number.
pub(super) fn lot_names(product: &Product, code: &LotCode) -> Vec<String> {
    let own = format!("P/{}/L/{code}", product.number);
    product.gtin.iter().map(|gtin: &Gtin| format!("01/{gtin}/10/{code}")).chain([own]).collect()
}

/// An amount that an act may speak of: something, in the right unit, within bounds.
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

/// A short code for the `n`th lot of an act.
pub(super) fn short_code(fresh: &Fresh, n: usize) -> ShortCode {
    ShortCode::from_seed(fresh.number(n))
}

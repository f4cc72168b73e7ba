//! The door of the field book: an entry and its correction are written here, because a spray shuts its plot for what is harvested
//! there, and what was harvested is looked at again at once.
//!
//! What must stay true: all or nothing, also for an entry about many plots; the same entry under the same key is
//! written once; what was done is recorded and holds what it touches, and never the other way round; of two acts the
//! one that was done later is the later one in the log and in the book, also when it was repeated for the other's sake.

use super::act::{Act, Fresh, Mode, Standing, run_again};
use super::door;
use super::error::Error;
use super::growth;
use super::memory::Memory;
use super::model::{By, EventTime};
use super::service;
use super::store;
use crate::accounts::{self, Act as Trail};
use crate::app::App;
use crate::fieldbook::{
    self, Activity, Entry, NewActivity, NewSeason, Season, SeasonEntry, Spray, Telling, Window,
    season_fingerprint,
};
use crate::kernel::{
    ActivityId, Day, LEGAL_ZONE, LogEntryId, LotId, Moment, Note, PartyId, Problem, Problems, SeasonId,
    Sha256Hash,
};
use crate::log::{self, Author, Kind, Subject};
use crate::lots::{self, Lot};
use crate::store::{StoreError, Tx};
use serde_json::{Value, json};

/// The most plots that one entry may be about.
pub const MOST_PLOTS: usize = 100;

/// What was written into the field book, and what is held because of it.
#[derive(Clone, Debug)]
pub struct FieldRecorded {
    /// The key under which it was written.
    pub entry: ActivityId,
    /// The entries, one for each plot.
    pub activities: Vec<Activity>,
    /// The lots that grew there and are stopped now.
    pub held: Vec<Lot>,
    /// How many lots are stopped with them because they were made of them.
    pub made_of_held: u64,
    /// Whether it had been written before under this key, and nothing was done now.
    pub repeated: bool,
}

/// What one unit of work left behind.
#[derive(Default)]
struct Done {
    activities: Vec<Activity>,
    /// The lots that were looked at again.
    touched: Vec<LotId>,
    /// All lots whose pages may show something else now.
    shown: Vec<LotId>,
    held: Vec<Lot>,
    made_of_held: u64,
    repeated: bool,
}

impl Done {
    /// Takes over what an act reached.
    fn take(&mut self, act: &mut Act<'_>) {
        self.shown.extend(act.touched.iter().chain(&act.reached));
        self.touched.append(&mut act.touched);
    }

    /// Looks which of the lots are stopped now.
    async fn settle(&mut self, tx: &mut Tx) -> Result<(), Error> {
        (self.held, self.made_of_held) = stopped(tx, &self.touched).await?;
        Ok(())
    }

    fn recorded(self, entry: ActivityId) -> FieldRecorded {
        let Self { activities, held, made_of_held, repeated, .. } = self;
        FieldRecorded { entry, activities, held, made_of_held, repeated }
    }
}

/// The circumstances of one entry of the book. Drawn within the unit of work, anew each time that it runs: the log
/// tells what waits in the order of the ids.
struct Drawn {
    fresh: Fresh,
    secret: [u8; 32],
    trail: LogEntryId,
}

impl Drawn {
    fn draw(app: &App) -> Self {
        Self { fresh: Fresh::draw(app, None), secret: app.secret(), trail: app.id() }
    }
}

/// Writes an entry for the party that `by` acts for.
///
/// # Errors
/// [`Error::Field`] with a problem for each field; [`Error::NoMandate`], [`Error::NotApproved`]; [`Error::KeyTaken`].
pub async fn record_activity(
    app: &App,
    by: &By,
    key: Option<ActivityId>,
    new: NewActivity,
) -> Result<FieldRecorded, Error> {
    record_activities(app, &[(*by, new)], key).await
}

/// Writes one entry about many plots, also of several parties: all of it or nothing. A problem names the plot by its number from 0
/// (`plots/2.day`) when there is more than one.
///
/// # Errors
/// As [`record_activity`].
pub async fn record_activities(
    app: &App,
    news: &[(By, NewActivity)],
    key: Option<ActivityId>,
) -> Result<FieldRecorded, Error> {
    refuse_numbers(news)?;
    let entry = key.unwrap_or_else(|| app.id());
    let fingerprint = fingerprint(None, news)?;
    let host = app.config.code_host();
    let done = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            let drawn: Vec<Drawn> = news.iter().map(|_| Drawn::draw(app)).collect();
            let now = app.clock.now();
            if key.is_some()
                && let Some(done) = repeated(tx, entry, fingerprint, news).await?
            {
                return Ok::<_, Error>(done);
            }
            let mut done = Done::default();
            let mut problems = Problems::default();
            for (n, ((by, new), drawn)) in news.iter().zip(&drawn).enumerate() {
                let memory = Memory::default();
                let mut act =
                    Act::new(host, &memory, now, by, drawn.fresh.clone(), fingerprint, Mode::Command);
                let id = if n == 0 { entry } else { ActivityId::from_uuid(drawn.fresh.event.as_uuid()) };
                let written = Box::pin(write(tx, &mut act, new, (id, entry), drawn)).await;
                match named(written, n, news.len()) {
                    Ok(activity) => done.activities.push(activity),
                    Err(Error::Field(fieldbook::Error::Invalid(found))) => problems.0.extend(found.0),
                    Err(error) => return Err(error),
                }
                done.take(&mut act);
            }
            problems.finish().map_err(fieldbook::Error::from)?;
            done.settle(tx).await?;
            Ok(done)
        })
        .await?;
    note(app, &done);
    Ok(done.recorded(entry))
}

/// Declares an entry wrong, and enters what is right instead where that is said: in one unit of work.
///
/// # Errors
/// 404 for an entry of another party's book; [`fieldbook::Error::WrongAlready`]; as [`record_activity`] for the new entry.
pub async fn correct_activity(
    app: &App,
    by: &By,
    key: Option<ActivityId>,
    wrong: ActivityId,
    instead: Option<NewActivity>,
) -> Result<FieldRecorded, Error> {
    let entry = key.unwrap_or_else(|| app.id());
    let sent: Vec<(By, NewActivity)> = instead.into_iter().map(|new| (*by, new)).collect();
    let fingerprint = fingerprint(Some(wrong), &sent)?;
    let host = app.config.code_host();
    let done = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            let (drawn, declared, now) = (Drawn::draw(app), Drawn::draw(app), app.clock.now());
            if key.is_some()
                && let Some(done) = repeated(tx, entry, fingerprint, &sent).await?
            {
                return Ok::<_, Error>(done);
            }
            let memory = Memory::default();
            let mut act =
                Act::new(host, &memory, now, by, declared.fresh.clone(), fingerprint, Mode::Command);
            let mut done = Done::default();
            let replaced_by = sent.first().map(|_| entry);
            // What is right first: where both shut the plot, the lots are looked at once more, and nothing flickers.
            if let Some((_, new)) = sent.first() {
                let activity = Box::pin(write(tx, &mut act, new, (entry, entry), &drawn)).await?;
                done.activities.push(activity);
            }
            Box::pin(withdraw(tx, &mut act, wrong, replaced_by, &declared)).await?;
            done.take(&mut act);
            done.settle(tx).await?;
            Ok::<_, Error>(done)
        })
        .await?;
    note(app, &done);
    Ok(done.recorded(entry))
}

/// The lots that a spray holds, and how many are stopped with them because they were made of them.
///
/// # Errors
/// When the database fails.
pub async fn held_by(app: &App, activity: &Activity) -> Result<(Vec<Lot>, u64), Error> {
    let Some(spray) = activity.spray.as_ref().filter(|_| activity.wrong.is_none()) else {
        return Ok((Vec::new(), 0));
    };
    app.store
        .read(async |tx| {
            let lots = growth::held_by(tx, spray).await?;
            stopped(tx, &lots).await
        })
        .await
}

/// Opens a season for the party that `by` acts for.
///
/// # Errors
/// As [`record_activity`].
pub async fn open_season(
    app: &App,
    by: &By,
    key: Option<SeasonId>,
    new: &NewSeason,
) -> Result<(Season, bool), Error> {
    let id = key.unwrap_or_else(|| app.id());
    let text = serde_json::to_vec(&(by.person(), new))
        .map_err(|error| StoreError::misfit("season", "fingerprint", id, error))?;
    let fingerprint = Sha256Hash::of(&text);
    let host = app.config.code_host();
    let (season, repeated, lots) = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            let (drawn, now) = (Drawn::draw(app), app.clock.now());
            if let Some(known) = season_fingerprint(tx, id).await? {
                let season = fieldbook::season(tx, id).await?.ok_or(Error::NotFound)?;
                let same = known == fingerprint && season.entered_by == by.person();
                return if same { Ok((season, true, Vec::new())) } else { Err(Error::KeyTaken) };
            }
            let memory = Memory::default();
            let mut act = Act::new(host, &memory, now, by, drawn.fresh.clone(), fingerprint, Mode::Command);
            let standing = act.standing(tx, &midday(new.began_on, None)).await?;
            let entry = SeasonEntry {
                id,
                fingerprint,
                party: standing.party.id,
                by: by.person(),
                recorder: recorder(&standing),
                mandate: standing.under.map(|(_, mandate)| mandate),
                now,
            };
            let season = fieldbook::open(tx, new, &entry).await?;
            trail(tx, &act, &drawn, Trail::SeasonChanged, id.as_uuid(), &json!({ "opened": true })).await?;
            // What was harvested since is measured by this season now.
            growth::season_changed(tx, &mut act, season.place, season.began_on).await?;
            Box::pin(service::conclude(tx, &mut act)).await?;
            Ok::<_, Error>((season, false, shown(act)))
        })
        .await?;
    for lot in lots {
        app.changes.note(lot);
    }
    Ok((season, repeated))
}

/// All lots whose pages may show something else after an act.
fn shown(act: Act<'_>) -> Vec<LotId> {
    act.touched.into_iter().chain(act.reached).collect()
}

/// Ends a season: the plot was cleared on `day`. What a banned substance had shut until the end of the season is looked at again.
///
/// # Errors
/// [`fieldbook::Error::SeasonOver`], a day before its beginning or ahead; 404 for another party's season.
pub async fn clear_season(app: &App, by: &By, id: SeasonId, day: Day) -> Result<FieldRecorded, Error> {
    let host = app.config.code_host();
    let fingerprint = Sha256Hash::of(id.as_uuid().as_bytes());
    let done = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            let (drawn, now) = (Drawn::draw(app), app.clock.now());
            let memory = Memory::default();
            let mut act = Act::new(host, &memory, now, by, drawn.fresh.clone(), fingerprint, Mode::Command);
            let standing = act.standing(tx, &midday(day, None)).await?;
            let told = telling(&act, &standing);
            let party = standing.party.id;
            let season = fieldbook::clear(tx, id, party, day, &told).await?;
            let under = told.mandate.is_some();
            let body = json!({ "season": id, "party": party, "ended": day, "recorded_under_mandate": under });
            append(tx, &act, &drawn, Kind::ActivityRecorded, party, body).await?;
            let detail = json!({ "cleared_on": day });
            trail(tx, &act, &drawn, Trail::SeasonChanged, id.as_uuid(), &detail).await?;
            end_changed(tx, &mut act, &season).await
        })
        .await?;
    note(app, &done);
    Ok(done.recorded(ActivityId::from_uuid(id.as_uuid())))
}

/// Takes back the end of a season, which was told by mistake: it is open again, or ended on the day that is right
/// `instead`. What was harvested there is looked at again either way.
///
/// # Errors
/// [`fieldbook::Error::SeasonOpen`], a plot that was sown again since, the day instead as for [`clear_season`]; 404 for
/// another party's season.
pub async fn reopen_season(
    app: &App,
    by: &By,
    id: SeasonId,
    reason: &Note<500>,
    instead: Option<Day>,
) -> Result<FieldRecorded, Error> {
    let host = app.config.code_host();
    let fingerprint = Sha256Hash::of(id.as_uuid().as_bytes());
    let done = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            let (drawn, now) = (Drawn::draw(app), app.clock.now());
            let memory = Memory::default();
            let mut act = Act::new(host, &memory, now, by, drawn.fresh.clone(), fingerprint, Mode::Command);
            let day = instead.unwrap_or_else(|| now.day());
            let standing = act.standing(tx, &midday(day, None)).await?;
            let (told, party) = (telling(&act, &standing), standing.party.id);
            let reopened = fieldbook::reopen(tx, (id, party), (reason, drawn.secret), instead, &told).await?;
            append(tx, &act, &drawn, Kind::ActivityCorrected, party, reopened.body).await?;
            let detail = json!({ "cleared_on": instead });
            trail(tx, &act, &drawn, Trail::SeasonChanged, id.as_uuid(), &detail).await?;
            end_changed(tx, &mut act, &reopened.season).await
        })
        .await?;
    note(app, &done);
    Ok(done.recorded(ActivityId::from_uuid(id.as_uuid())))
}

/// Looks again at all that a season's end speaks of: what it frees, what its land may yield, and the pages that tell
/// the first day on which a harvest was allowed.
async fn end_changed(tx: &mut Tx, act: &mut Act<'_>, season: &Season) -> Result<Done, Error> {
    let grown =
        store::show_anew(tx, season.place, season.began_on.start(), Moment::MAX, &act.reached).await?;
    act.reached.extend(grown);
    growth::season_changed(tx, act, season.place, season.began_on).await?;
    Box::pin(service::conclude(tx, act)).await?;
    let mut done = Done::default();
    done.take(act);
    done.settle(tx).await?;
    Ok(done)
}

/// Takes back a season that was entered by mistake, while no entry names it.
///
/// # Errors
/// [`fieldbook::Error::SeasonInUse`]; 404 for another party's season.
pub async fn withdraw_season(app: &App, by: &By, id: SeasonId) -> Result<(), Error> {
    door::change(app, by, async |tx, act| {
        let drawn = Drawn::draw(app);
        let standing = act.standing(tx, &midday(act.now.day(), None)).await?;
        let season = fieldbook::withdraw(tx, id, standing.party.id, by.person(), act.now).await?;
        trail(tx, act, &drawn, Trail::SeasonChanged, id.as_uuid(), &json!({ "withdrawn": true })).await?;
        // Also what was told to lie before it.
        growth::season_changed(tx, act, season.place, season.began_on.plus_days(-366)).await
    })
    .await
}

fn refuse_numbers(news: &[(By, NewActivity)]) -> Result<(), Error> {
    let problem = match news.len() {
        0 => Problem::new("plot_missing").at("place"),
        more if more > MOST_PLOTS => {
            Problem::new("too_many_plots").value(more.to_string()).arg("most", MOST_PLOTS).at("plots")
        }
        _ => return Ok(()),
    };
    Err(fieldbook::Error::from(problem).into())
}

/// What tells one entry from another under the same key: what was sent, and which entry it corrects.
fn fingerprint(wrong: Option<ActivityId>, news: &[(By, NewActivity)]) -> Result<Sha256Hash, Error> {
    let said: Vec<_> = news
        .iter()
        .map(|(by, new)| match by {
            By::Member { behalf_of, .. } => (by.person(), *behalf_of, new),
            By::Official(_) => (by.person(), None, new),
        })
        .collect();
    let text = match wrong {
        Some(wrong) => serde_json::to_vec(&(wrong, &said)),
        None => serde_json::to_vec(&said),
    };
    let text = text.map_err(|error| StoreError::misfit("activity", "fingerprint", news.len(), error))?;
    Ok(Sha256Hash::of(&text))
}

/// The answer to an entry that was written before under the same key.
async fn repeated(
    tx: &mut Tx,
    entry: ActivityId,
    fingerprint: Sha256Hash,
    news: &[(By, NewActivity)],
) -> Result<Option<Done>, Error> {
    let activities = fieldbook::among_entry(tx, entry).await?;
    let Some(first) = activities.first() else { return Ok(None) };
    let person = news.first().map(|(by, _)| by.person());
    if first.fingerprint != fingerprint || Some(first.entered_by) != person {
        return Err(Error::KeyTaken);
    }
    Ok(Some(Done { activities, repeated: true, ..Done::default() }))
}

/// The problems of the `n`th plot of many, each named by it; of one alone, as they are.
fn named<T>(outcome: Result<T, Error>, n: usize, many: usize) -> Result<T, Error> {
    let error = match outcome {
        Err(error) if many > 1 => error,
        outcome => return outcome,
    };
    let problems = match error {
        Error::Field(fieldbook::Error::Invalid(problems)) => problems,
        error => match error.problem() {
            Some(problem) => problem.into(),
            None => return Err(error),
        },
    };
    let problems = problems.0.into_iter().map(|problem| problem.at(format!("plots/{n}"))).collect();
    Err(fieldbook::Error::Invalid(Problems(problems)).into())
}

/// The time by which mandates are measured.
fn midday(day: Day, at: Option<Moment>) -> EventTime {
    EventTime { moment: at.unwrap_or_else(|| day.start()), offset: LEGAL_ZONE, whole_day: at.is_none() }
}

fn recorder(standing: &Standing) -> PartyId {
    standing.under.map_or(standing.party.id, |(recorder, _)| recorder)
}

fn telling(act: &Act<'_>, standing: &Standing) -> Telling {
    Telling {
        by: act.by.person(),
        recorder: recorder(standing),
        mandate: standing.under.map(|(_, mandate)| mandate),
        at: act.now,
    }
}

fn entry_of(
    act: &Act<'_>,
    standing: &Standing,
    (id, entry): (ActivityId, ActivityId),
    drawn: &Drawn,
) -> Entry {
    Entry {
        id,
        entry,
        fingerprint: act.fingerprint,
        party: standing.party.id,
        by: act.by.person(),
        recorder: recorder(standing),
        mandate: standing.under.map(|(_, mandate)| mandate),
        now: act.now,
        secret: drawn.secret,
    }
}

/// Writes one entry, and lets the gates look again at what it touches.
async fn write(
    tx: &mut Tx,
    act: &mut Act<'_>,
    new: &NewActivity,
    ids: (ActivityId, ActivityId),
    drawn: &Drawn,
) -> Result<Activity, Error> {
    let standing = act.standing(tx, &midday(new.day, new.at)).await?;
    let entry = entry_of(act, &standing, ids, drawn);
    let entered = fieldbook::enter(tx, new, &entry).await.map_err(raced)?;
    append(tx, act, drawn, Kind::ActivityRecorded, entry.party, entered.body).await?;
    let detail = json!({ "kind": new.kind, "behalf_of": standing.under.map(|_| entry.party) });
    trail(tx, act, drawn, Trail::ActivityRecorded, entry.id.as_uuid(), &detail).await?;
    look_again(tx, act, entered.shuts).await?;
    // Beside the pages of what is stopped or freed by it, which are noted by then.
    if let Some(spray) = &entered.activity.spray {
        shown_anew(tx, act, spray).await?;
    }
    Ok(entered.activity)
}

/// Declares an entry wrong, and lets the gates look again at what it had touched.
async fn withdraw(
    tx: &mut Tx,
    act: &mut Act<'_>,
    wrong: ActivityId,
    replaced_by: Option<ActivityId>,
    drawn: &Drawn,
) -> Result<(), Error> {
    let standing = act.standing(tx, &midday(act.now.day(), None)).await?;
    let id = ActivityId::from_uuid(drawn.fresh.event.as_uuid());
    let entry = entry_of(act, &standing, (id, id), drawn);
    let opened = fieldbook::declare_wrong(tx, wrong, replaced_by, &entry).await?;
    let body = json!({
        "activity": wrong, "replaced_by": replaced_by, "party": entry.party,
        "recorded_under_mandate": entry.mandate.is_some(),
    });
    append(tx, act, drawn, Kind::ActivityCorrected, entry.party, body).await?;
    let detail = json!({ "replaced_by": replaced_by });
    trail(tx, act, drawn, Trail::ActivityCorrected, wrong.as_uuid(), &detail).await?;
    look_again(tx, act, opened).await?;
    if let Some(spray) = fieldbook::activity(tx, wrong).await?.and_then(|activity| activity.spray) {
        shown_anew(tx, act, &spray).await?;
    }
    Ok(())
}

/// A key that was taken at the same moment is found in the next run.
fn raced(error: fieldbook::Error) -> Error {
    match error {
        fieldbook::Error::Store(error) => run_again(error),
        error => error.into(),
    }
}

async fn look_again(tx: &mut Tx, act: &mut Act<'_>, window: Option<Window>) -> Result<(), Error> {
    match window {
        Some(window) => growth::recheck(tx, act, window.place, window.from, window.to).await,
        None => Ok(()),
    }
}

/// The pages of what was harvested at the plot after a spray, and of what was made of it, show it from now on: of the
/// season, and of a year, for it may be told of what was harvested of the crop after the season as well.
pub(super) async fn shown_anew(tx: &mut Tx, act: &mut Act<'_>, spray: &Spray) -> Result<(), Error> {
    let year = spray.day.plus_days(366);
    let last = spray.cleared_on.map_or(year, |cleared| year.max(cleared));
    let (from, until) = (spray.day.start(), last.plus_days(1).start());
    let shown = store::show_anew(tx, spray.place, from, until, &act.reached).await?;
    act.reached.extend(shown);
    Ok(())
}

async fn append(
    tx: &mut Tx,
    act: &Act<'_>,
    drawn: &Drawn,
    kind: Kind,
    party: PartyId,
    body: Value,
) -> Result<(), Error> {
    let author = match act.by {
        By::Member { member, .. } => Author { party: Some(member.party), role: member.role.as_str() },
        By::Official(official) => Author { party: None, role: official.role.as_str() },
    };
    let entry = log::Entry {
        id: drawn.fresh.entry(0),
        kind,
        subject: Subject::Party(party),
        at: act.now,
        actor: author,
        body,
    };
    Ok(log::append(tx, &entry).await?)
}

async fn trail(
    tx: &mut Tx,
    act: &Act<'_>,
    drawn: &Drawn,
    done: Trail,
    subject: uuid::Uuid,
    detail: &Value,
) -> Result<(), Error> {
    let person = Some(act.by.person());
    Ok(accounts::note(tx, drawn.trail, act.now, person, done, Some(subject), detail).await?)
}

/// Those of the lots that are stopped now, and how many are stopped with them because they were made of them.
async fn stopped(tx: &mut Tx, touched: &[LotId]) -> Result<(Vec<Lot>, u64), Error> {
    let mut held: Vec<Lot> = Vec::new();
    for lot in touched {
        if held.iter().all(|known| known.id != *lot)
            && let Some(lot) = lots::find(tx, *lot).await?.filter(|lot| lot.stop().is_some())
        {
            held.push(lot);
        }
    }
    let origins: Vec<LotId> = held.iter().map(|lot| lot.id).collect();
    Ok((held, store::stopped_with(tx, &origins).await?))
}

/// Tells the caches which lots changed.
fn note(app: &App, done: &Done) {
    for lot in &done.shown {
        app.changes.note(*lot);
    }
}

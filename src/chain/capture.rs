//! Capture: documents of events that others send, of any size, through the one door.
//!
//! What must stay true: memory does not grow with the document, which lies in an unnamed file until it is done; with `rollback` all of it
//! is one unit of work, with `proceed` each event stands or falls by itself, with what became of it written in the same unit; a capture
//! that says success has its events in the journal; one whose process died is ended as failed, and says what is true.

use super::model::By;
use super::report::{self, Outcome, ReportError, Reported, Reporter, ToldEvent};
use super::store;
use crate::accounts::Identity;
use crate::app::App;
use crate::events::epcis::{Documents, Header, Kind};
use crate::kernel::{CaptureId, Cursor, LotId, Moment, PartyId, Problem, Problems};
use crate::store::{StoreError, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use uuid::Uuid;

/// The most events of one document (`GS1-EPCIS-Capture-Limit`).
pub const MOST_EVENTS: usize = 20_000;
/// The most bytes of one document (`GS1-EPCIS-Capture-File-Size-Limit`).
pub const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// Events that are read ahead of the one that is being recorded.
const AHEAD: usize = 32;
/// The most problems that one answer tells.
const MOST_PROBLEMS: usize = 100;

/// What is done when an event is refused (`GS1-Capture-Error-Behaviour`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnError {
    /// Nothing of the document is recorded.
    #[default]
    Rollback,
    /// The others are recorded.
    Proceed,
}

impl OnError {
    /// The word in the header, and the stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Proceed => "proceed",
        }
    }

    /// The behaviour with this word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Rollback, Self::Proceed].into_iter().find(|one| one.as_str() == text)
    }
}

/// How far a capture has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Under way.
    Running,
    /// Every event is recorded.
    Succeeded,
    /// Not every event is: with `rollback`, none.
    Failed,
}

impl State {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// The state with this stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Succeeded, Self::Failed].into_iter().find(|one| one.as_str() == text)
    }
}

/// A capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The id.
    pub id: CaptureId,
    /// What is done when an event is refused.
    pub on_error: OnError,
    /// How far it has come.
    pub state: State,
    /// When it began.
    pub created_at: Moment,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// How many of its events the journal holds.
    pub events: i64,
    /// What is wrong with it as a whole: a list of [`Kept`] as JSON.
    pub problems: Option<String>,
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its place in the document, from 0.
    pub position: i64,
    /// The eventID, where it could be read.
    pub event_id: Option<String>,
    /// One of [`Verdict::RESULTS`].
    pub result: &'static str,
    /// As JSON: `rules` of a hold, `missing` of what is parked, `problems` (a list of [`Kept`]) of what is refused.
    pub details: Option<String>,
}

impl Verdict {
    /// The results by their stored names.
    pub const RESULTS: [&'static str; 5] = ["recorded", "held", "parked", "repeated", "refused"];

    fn of(position: i64, reported: &Reported) -> Self {
        let (result, details) = match &reported.outcome {
            Outcome::Recorded => ("recorded", None),
            Outcome::Repeated => ("repeated", None),
            Outcome::Held(rules) => ("held", Some(json!({ "rules": rules }))),
            Outcome::Parked(missing) => ("parked", Some(json!({ "missing": missing }))),
        };
        let event_id = Some(reported.event_id.clone());
        Self { position, event_id, result, details: details.map(|details| details.to_string()) }
    }

    fn refused(position: i64, event_id: Option<String>, problems: &Problems) -> Self {
        let details = json!({ "problems": kept(problems) }).to_string();
        Self { position, event_id, result: "refused", details: Some(details) }
    }
}

/// A problem as it is stored; its words are put to it in the language of whoever reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The JSON pointer within the document.
    pub field: String,
    /// The code.
    pub code: String,
    /// The value as given.
    pub value: String,
    /// What the words name.
    pub args: BTreeMap<String, String>,
}

fn kept(problems: &Problems) -> Vec<Kept> {
    let one = |problem: &Problem| Kept {
        field: problem.field.clone(),
        code: problem.code.to_owned(),
        value: problem.value.clone(),
        args: problem.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    };
    problems.iter().map(one).collect()
}

/// Why a capture does not begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such capture, as far as the one who asks may know.
    #[error("no such capture")]
    NotFound,
    /// The document is none, or events of it cannot be understood.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// There is more in it than is taken at once.
    #[error("more than {most} events or {bytes} bytes")]
    TooLarge {
        /// Events.
        most: usize,
        /// Bytes.
        bytes: u64,
    },
    /// What the event says may not be said, or an id is taken.
    #[error("refused: {0}")]
    Refused(Problem),
    /// The file that holds the document cannot be used.
    #[error("the document cannot be kept")]
    File(#[from] io::Error),
    /// The reading ended without an answer.
    #[error("the reading of a document ended without an answer")]
    Task(#[from] tokio::task::JoinError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ReportError> for Error {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Refused(problem) => Self::Refused(problem),
            ReportError::Store(error) => Self::Store(error),
        }
    }
}

/// A document that is being sent. It lies in a file without a name, which is gone when nobody has it open.
#[derive(Debug)]
pub struct Incoming {
    file: tokio::fs::File,
    bytes: u64,
}

impl Incoming {
    /// Begins.
    ///
    /// # Errors
    /// When there is no room for it.
    pub async fn begin(app: &App) -> Result<Self, Error> {
        let folder = app.config.data.clone();
        let file = tokio::task::spawn_blocking(move || {
            if folder.is_dir() { tempfile::tempfile_in(folder) } else { tempfile::tempfile() }
        });
        Ok(Self { file: tokio::fs::File::from_std(file.await??), bytes: 0 })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::File`] when there is no room for it.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.bytes > MOST_BYTES {
            return Err(Error::TooLarge { most: MOST_EVENTS, bytes: MOST_BYTES });
        }
        Ok(self.file.write_all(bytes).await?)
    }

    async fn end(mut self) -> Result<Stored, Error> {
        self.file.flush().await?;
        Ok(Stored { file: Arc::new(self.file.into_std().await), place: 0 })
    }
}

/// A document that was sent, read from its beginning by each who reads it, side by side if need be.
#[derive(Clone, Debug)]
struct Stored {
    file: Arc<File>,
    place: u64,
}

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.place)?;
        self.place += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

impl Seek for Stored {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = || self.file.metadata().map(|metadata| metadata.len());
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
            SeekFrom::End(by) => end()?.checked_add_signed(by),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}

/// A capture that has begun: its document is sound as a whole.
#[derive(Debug)]
pub struct Job {
    /// The id.
    pub id: CaptureId,
    by: By,
    on_error: OnError,
    document: Stored,
    /// The JSON pointer of the list of its events; empty where it is one event.
    list: &'static str,
    /// How many bytes the document has.
    pub bytes: u64,
}

/// An event of a document: its place, and what was read or what is wrong.
type Item = (i64, Result<ToldEvent, Problems>);

impl Job {
    /// The events of the document from the first one on, read in a thread of their own and handed over few at a time.
    fn events(&self) -> mpsc::Receiver<Item> {
        let (giver, taker) = mpsc::channel(AHEAD);
        let document = self.document.clone();
        tokio::task::spawn_blocking(move || {
            let Ok(events) = Documents::open(Stored { place: 0, ..document }) else { return };
            let context = context(events.header());
            for (position, event) in (0..).zip(events) {
                let told = event.map(|(_, raw, event)| ToldEvent { event, raw, context: context.clone() });
                // Nobody takes any more: the unit of work has ended.
                if giver.blocking_send((position, told)).is_err() {
                    return;
                }
            }
        });
        taker
    }

    fn reporter(&self) -> Reporter {
        Reporter { by: self.by, capture: Some(self.id) }
    }

    /// The JSON pointer of an event.
    fn pointer(&self, position: i64) -> String {
        if self.list.is_empty() { String::new() } else { format!("{}/{position}", self.list) }
    }
}

/// The context that the events of a document are read in, beside their own.
fn context(header: &Header) -> Option<String> {
    (header.kind != Kind::Event).then(|| header.namespaces.context().to_string())
}

/// Who captures, as the tables know it.
fn party(by: &By) -> Option<PartyId> {
    match by {
        By::Member { member, .. } => Some(member.party),
        By::Official(_) => None,
    }
}

/// Reads a document through: that it is one, and with `rollback` that every event of it can be understood.
fn check(document: Stored, on_error: OnError) -> Result<&'static str, Error> {
    let events = Documents::open(document)?;
    let list = match events.header().kind {
        Kind::Document => "/epcisBody/eventList",
        Kind::QueryDocument => "/epcisBody/queryResults/resultsBody/eventList",
        Kind::Event => "",
    };
    if events.header().events > MOST_EVENTS {
        return Err(Error::TooLarge { most: MOST_EVENTS, bytes: MOST_BYTES });
    }
    if on_error == OnError::Proceed {
        return Ok(list);
    }
    let mut problems = Problems::default();
    for event in events {
        if let Err(found) = event {
            problems.0.extend(found.0);
            if problems.0.len() >= MOST_PROBLEMS {
                problems.0.truncate(MOST_PROBLEMS);
                break;
            }
        }
    }
    problems.finish()?;
    Ok(list)
}

/// Takes a document in. What is wrong with it as a whole is told at once, and nothing is kept of it; else its capture has begun, and is to
/// be [`run`].
///
/// # Errors
/// [`Error::Invalid`], [`Error::TooLarge`].
pub async fn accept(app: &App, by: &By, incoming: Incoming, on_error: OnError) -> Result<Job, Error> {
    let bytes = incoming.bytes;
    let document = incoming.end().await?;
    let checked = document.clone();
    let list = tokio::task::spawn_blocking(move || check(checked, on_error)).await??;
    let (id, now) = (app.id(), app.clock.now());
    app.store.write(async |tx| store::begin(tx, id, party(by), by.person(), on_error, now).await).await?;
    Ok(Job { id, by: *by, on_error, document, list, bytes })
}

/// Why a unit of work was taken back.
#[derive(Debug, thiserror::Error)]
enum Halt {
    #[error("{} events are refused", .0.len())]
    Refused(Vec<Verdict>),
    #[error("the capture was ended by another")]
    Ended,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Records one event of a capture, with what became of it; nothing is written of one that is refused.
async fn one(
    tx: &mut Tx,
    app: &App,
    job: &Job,
    item: &Item,
) -> Result<Result<Vec<LotId>, Verdict>, StoreError> {
    let (position, event) = item;
    let told = match event {
        Ok(told) => told,
        Err(problems) => return Ok(Err(Verdict::refused(*position, None, problems))),
    };
    match report::report(tx, app, &job.reporter(), told).await {
        Ok(reported) => {
            store::add_result(tx, job.id, &Verdict::of(*position, &reported)).await?;
            Ok(Ok(reported.lots))
        }
        Err(ReportError::Refused(problem)) => {
            let field = format!("{}{}", job.pointer(*position), problem.field);
            let problems = Problems::from(Problem { field, ..problem });
            Ok(Err(Verdict::refused(*position, told.event.id.clone(), &problems)))
        }
        Err(ReportError::Store(error)) => Err(error),
    }
}

/// Does what a capture is for, and writes how it ended. To be run in a task of its own, which a caller that goes away does not end.
pub async fn run(app: &App, job: &Job) {
    let ended = match job.on_error {
        OnError::Rollback => all_or_nothing(app, job).await,
        OnError::Proceed => one_by_one(app, job).await,
    };
    match ended {
        Ok(lots) => {
            for lot in lots {
                app.changes.note(lot);
            }
        }
        Err(Halt::Ended) => tracing::warn!(capture = %job.id, "a capture was ended by another service"),
        Err(Halt::Refused(verdicts)) => failed(app, job, &verdicts, None).await,
        Err(Halt::Store(error)) => {
            let cause = causes(&error);
            tracing::error!(capture = %job.id, %cause, "a capture failed");
            failed(app, job, &[], Some(Problem::new("capture_failed"))).await;
        }
    }
}

fn causes(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Ends a capture of which nothing, or no more, is kept.
async fn failed(app: &App, job: &Job, verdicts: &[Verdict], problem: Option<Problem>) {
    let problems = problem.map(|problem| json!(kept(&problem.into())).to_string());
    let now = app.clock.now();
    let written = app
        .store
        .write(async |tx| {
            for verdict in verdicts {
                store::add_result(tx, job.id, verdict).await?;
            }
            let held = store::verdicts(tx, job.id).await?;
            let events = held.iter().filter(|verdict| verdict.result != "refused").count();
            let events = i64::try_from(events).unwrap_or(i64::MAX);
            store::finish(tx, job.id, State::Failed, now, events, problems.as_deref()).await
        })
        .await;
    if let Err(error) = written {
        let cause = causes(&error);
        tracing::error!(capture = %job.id, %cause, "the end of a capture could not be written");
    }
}

/// One unit of work for the whole document. It may run twice: each time the document is read from its beginning.
async fn all_or_nothing(app: &App, job: &Job) -> Result<Vec<LotId>, Halt> {
    app.store
        .write(async |tx| {
            let mut events = job.events();
            let mut lots = Vec::new();
            let mut refused = Vec::new();
            let mut count: i64 = 0;
            while let Some(item) = events.recv().await {
                match one(tx, app, job, &item).await? {
                    Ok(touched) => {
                        lots.extend(touched);
                        count += 1;
                    }
                    Err(verdict) => {
                        refused.push(verdict);
                        if refused.len() >= MOST_PROBLEMS {
                            break;
                        }
                    }
                }
            }
            if !refused.is_empty() {
                return Err(Halt::Refused(refused));
            }
            lots.sort_unstable();
            lots.dedup();
            let ended = store::finish(tx, job.id, State::Succeeded, app.clock.now(), count, None).await?;
            if ended { Ok(lots) } else { Err(Halt::Ended) }
        })
        .await
}

/// Few events to a unit of work; where one of them is refused, each for itself.
async fn one_by_one(app: &App, job: &Job) -> Result<Vec<LotId>, Halt> {
    let mut events = job.events();
    let (mut recorded, mut refused): (i64, i64) = (0, 0);
    loop {
        let mut batch = Vec::with_capacity(AHEAD);
        if events.recv_many(&mut batch, AHEAD).await == 0 {
            break;
        }
        match together(app, job, &batch).await {
            Ok(lots) => {
                recorded += i64::try_from(batch.len()).unwrap_or(0);
                lots.into_iter().for_each(|lot| app.changes.note(lot));
                continue;
            }
            Err(Halt::Refused(_)) => {}
            Err(error) => return Err(error),
        }
        for item in batch {
            match together(app, job, std::slice::from_ref(&item)).await {
                Ok(lots) => {
                    recorded += 1;
                    lots.into_iter().for_each(|lot| app.changes.note(lot));
                }
                Err(Halt::Refused(verdicts)) => {
                    refused += 1;
                    for verdict in &verdicts {
                        app.store.write(async |tx| store::add_result(tx, job.id, verdict).await).await?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    let state = if refused == 0 { State::Succeeded } else { State::Failed };
    let now = app.clock.now();
    let ended =
        app.store.write(async |tx| store::finish(tx, job.id, state, now, recorded, None).await).await?;
    if ended { Ok(Vec::new()) } else { Err(Halt::Ended) }
}

async fn together(app: &App, job: &Job, batch: &[Item]) -> Result<Vec<LotId>, Halt> {
    app.store
        .write(async |tx| {
            let mut lots = Vec::new();
            for item in batch {
                match one(tx, app, job, item).await? {
                    Ok(touched) => lots.extend(touched),
                    Err(verdict) => return Err(Halt::Refused(vec![verdict])),
                }
            }
            Ok(lots)
        })
        .await
}

/// Records one event at once.
///
/// # Errors
/// [`Error::Invalid`] for what is no event, or a document of several; [`Error::Refused`].
pub async fn record_event(app: &App, by: &By, incoming: Incoming) -> Result<(Reported, Verdict), Error> {
    let document = incoming.end().await?;
    let read = tokio::task::spawn_blocking(move || {
        let mut events = Documents::open(document)?;
        if events.header().kind != Kind::Event {
            return Err(Problems::from(Problem::new("epcis_single_event_expected")));
        }
        let (_, raw, event) =
            events.next().transpose()?.ok_or_else(|| Problem::new("epcis_single_event_expected"))?;
        Ok(ToldEvent { event, raw, context: None })
    });
    let told = read.await??;
    let reporter = Reporter { by: *by, capture: None };
    let reported = app.store.write(async |tx| report::report(tx, app, &reporter, &told).await).await?;
    for lot in &reported.lots {
        app.changes.note(*lot);
    }
    let verdict = Verdict::of(0, &reported);
    Ok((reported, verdict))
}

/// Ends the captures that a process which died left running. Called when the service starts.
///
/// # Errors
/// When the database fails.
pub async fn end_interrupted(app: &App) -> Result<u64, StoreError> {
    let problems = json!(kept(&Problem::new("capture_interrupted").into())).to_string();
    let now = app.clock.now();
    app.store.write(async |tx| store::finish_interrupted(tx, now, &problems).await).await
}

/// A capture, with what became of its events.
///
/// # Errors
/// [`Error::NotFound`] for one of somebody else.
pub async fn capture(app: &App, who: &Identity, id: CaptureId) -> Result<(Capture, Vec<Verdict>), Error> {
    app.store
        .read(async |tx| {
            let capture = store::capture(tx, who, id).await?.ok_or(Error::NotFound)?;
            let verdicts = store::verdicts(tx, id).await?;
            Ok((capture, verdicts))
        })
        .await
}

/// The captures of the one who asks, the latest first: a page of them.
///
/// # Errors
/// [`Error::Invalid`] for the token of another list.
pub async fn captures(
    app: &App,
    who: &Identity,
    after: Option<&Cursor>,
    size: usize,
) -> Result<(Vec<Capture>, Option<Cursor>), Error> {
    let before = after.map(Cursor::time).transpose();
    let before = before.map_err(|problem| Problems::from(problem.at("nextPageToken")))?;
    let before = before.unwrap_or((Moment::MAX, Uuid::max()));
    let limit = i64::try_from(size).unwrap_or(i64::MAX - 1) + 1;
    let mut found = app.store.read(async |tx| store::captures(tx, who, before, limit).await).await?;
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|last| Cursor::Time(last.created_at, last.id.as_uuid()));
    Ok((found, next))
}

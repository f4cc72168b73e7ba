//! Doing what a capture is for: all of it in one unit of work, or few events at a time.

use super::document::{MOST_PROBLEMS, Stored};
use super::model::{OnError, State, Verdict, kept};
use crate::app::App;
use crate::chain::memory::Memory;
use crate::chain::model::By;
use crate::chain::report::{self, ReportError, Reporter, ToldEvent};
use crate::chain::store;
use crate::events::epcis::{Documents, Header, Kind};
use crate::kernel::{CaptureId, LotId, Problem, Problems};
use crate::store::{StoreError, Tx};
use serde_json::json;
use std::time::Duration;
use tokio::sync::mpsc;

/// How often a job that other writers come before begins again, beyond what the store does by itself.
const PATIENCE: u32 = 20;
/// How long it pauses before that, each time longer.
const PAUSE: Duration = Duration::from_millis(100);

/// Events that are read ahead of the one that is being recorded.
const AHEAD: usize = 32;

/// A capture that has begun: its document is sound as a whole.
#[derive(Debug)]
pub struct Job {
    /// The id.
    pub id: CaptureId,
    pub(super) by: By,
    pub(super) on_error: OnError,
    pub(super) document: Stored,
    /// The JSON pointer of the list of its events; empty where it is one event.
    pub(super) list: &'static str,
    /// How many bytes the document has.
    pub bytes: u64,
}

/// An event of a document: its place, and what was read or what is wrong.
type Item = (i64, Result<ToldEvent, Problems>);

impl Job {
    /// The events of the document from the first one on, read in a thread of their own and handed over few at a time.
    fn events(&self) -> mpsc::Receiver<Item> {
        let (giver, taker) = mpsc::channel(AHEAD);
        let document = self.document.again();
        tokio::task::spawn_blocking(move || {
            let Ok(events) = Documents::open(document) else { return };
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
    memory: &Memory,
    item: &Item,
) -> Result<Result<Vec<LotId>, Verdict>, StoreError> {
    let (position, event) = item;
    let told = match event {
        Ok(told) => told,
        Err(problems) => return Ok(Err(Verdict::refused(*position, None, problems))),
    };
    // On the heap: an act has much state, and every caller would carry it.
    match Box::pin(report::report_among(tx, app, memory, &job.reporter(), told)).await {
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
    let mut patience = PATIENCE;
    let ended = loop {
        let ended = match job.on_error {
            OnError::Rollback => all_or_nothing(app, job).await,
            OnError::Proceed => one_by_one(app, job).await,
        };
        match ended {
            // Nobody waits for the answer, so a job can let the others go first. What it has recorded is met again as a repeat.
            Err(Halt::Store(error)) if error.is_contended() && patience > 0 => {
                patience -= 1;
                tokio::time::sleep(PAUSE * (PATIENCE - patience)).await;
            }
            ended => break ended,
        }
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
            let memory = Memory::default();
            let mut events = job.events();
            let mut lots = Vec::new();
            let mut refused = Vec::new();
            let mut count: i64 = 0;
            while let Some(item) = events.recv().await {
                match one(tx, app, job, &memory, &item).await? {
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
                for lot in lots {
                    app.changes.note(lot);
                }
                continue;
            }
            Err(Halt::Refused(_)) => {}
            Err(error) => return Err(error),
        }
        for item in batch {
            match together(app, job, std::slice::from_ref(&item)).await {
                Ok(lots) => {
                    recorded += 1;
                    for lot in lots {
                        app.changes.note(lot);
                    }
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
            let memory = Memory::default();
            let mut lots = Vec::new();
            for item in batch {
                match one(tx, app, job, &memory, item).await? {
                    Ok(touched) => lots.extend(touched),
                    Err(verdict) => return Err(Halt::Refused(vec![verdict])),
                }
            }
            Ok(lots)
        })
        .await
}

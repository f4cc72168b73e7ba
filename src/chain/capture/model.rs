//! What a capture is, how it ends, and what is told of each of its events.

use crate::chain::report::{Outcome, Reported};
use crate::kernel::{CaptureId, Moment, Problem, Problems};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// The most events of one document (`GS1-EPCIS-Capture-Limit`).
pub const MOST_EVENTS: usize = 20_000;

/// The most events of a document that is recorded as a whole or not at all: it is one unit of work, which the holds, recalls and voids of
/// others wait for.
pub const MOST_AT_ONCE: usize = 1_000;
/// The most bytes of one document (`GS1-EPCIS-Capture-File-Size-Limit`).
pub const MOST_BYTES: u64 = 32 * 1024 * 1024;
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

    pub(super) fn of(position: i64, reported: &Reported) -> Self {
        let (result, details) = match &reported.outcome {
            Outcome::Recorded => ("recorded", None),
            Outcome::Repeated => ("repeated", None),
            Outcome::Held(rules) => ("held", Some(json!({ "rules": rules }))),
            Outcome::Parked(missing) => ("parked", Some(json!({ "missing": missing }))),
        };
        let event_id = Some(reported.event_id.clone());
        Self { position, event_id, result, details: details.map(|details| details.to_string()) }
    }

    pub(super) fn refused(position: i64, event_id: Option<String>, problems: &Problems) -> Self {
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

/// Problems as they are stored.
pub(super) fn kept(problems: &Problems) -> Vec<Kept> {
    let one = |problem: &Problem| Kept {
        field: problem.field.clone(),
        code: problem.code.to_owned(),
        value: problem.value.clone(),
        args: problem.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    };
    problems.iter().map(one).collect()
}

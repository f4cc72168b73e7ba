//! What one node knows of the log while it runs: whether it may sign, and how far the log is published.

use super::chain::Ends;
use super::checkpoint::Checkpoint;
use super::copies::Copies;
use super::shelf::Shelf;
use super::store::held::NOBODY;
use super::store::tree::Head;
use super::tree::Edge;
use super::witness::WitnessStanding;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use tokio::sync::Mutex as Turn;
use uuid::Uuid;

/// Why nothing more is logged here. Reading goes on, and so do holds, recalls and voids; what releases food waits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The log's key is not open on this node.
    #[error("the log's key is not open here")]
    NoKey,
    /// The log has a published checkpoint, and this node has no file with the last one that it saw; or it was put back from a backup, and the
    /// node's file says less than that.
    #[error("the log has {published} entries, and no file here holds a checkpoint that goes so far")]
    FileMissing {
        /// How many entries are published.
        published: u64,
    },
    /// The file cannot be read or written, or does not hold a checkpoint of this log.
    #[error("the file with the last checkpoint cannot be used: {0}")]
    File(String),
    /// The database has fewer entries than were signed: it was put back to an earlier state.
    #[error("a checkpoint of {signed} entries was signed, and the database has {found}: it is an older one")]
    Shorter {
        /// How many entries were signed.
        signed: u64,
        /// How many there are.
        found: u64,
    },
    /// The database has other entries than were signed.
    #[error("the {size} entries of the database are not those that were signed")]
    Different {
        /// The size of the checkpoint that they do not fit.
        size: u64,
    },
    /// What is stored does not fit together.
    #[error("what is stored of the log from entry {at} on does not fit its tree")]
    Damaged {
        /// The first entry that does not fit.
        at: u64,
    },
    /// Something of the log cannot be read.
    #[error("what is stored of the log cannot be read: {0}")]
    Unreadable(String),
}

impl Stop {
    /// A stable name, in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::FileMissing { .. } => "file_missing",
            Self::File(_) => "file_unusable",
            Self::Shorter { .. } => "shorter",
            Self::Different { .. } => "different",
            Self::Damaged { .. } => "damaged",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// What the sentence `log-why` says it with: `reason` is the name, the others are what the reason names.
    #[must_use]
    pub fn values(&self) -> Vec<(&'static str, String)> {
        let mut values = vec![("reason", self.code().to_owned())];
        match self {
            Self::NoKey => {}
            Self::FileMissing { published } => values.push(("count", published.to_string())),
            Self::File(why) | Self::Unreadable(why) => values.push(("detail", why.clone())),
            Self::Shorter { signed, found } => {
                values.push(("count", signed.to_string()));
                values.push(("found", found.to_string()));
            }
            Self::Different { size } => values.push(("count", size.to_string())),
            Self::Damaged { at } => values.push(("count", at.to_string())),
        }
        values
    }
}

/// How this node stands to the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// No round was made yet.
    #[default]
    Unknown,
    /// It numbers and signs.
    Leads,
    /// Another node does.
    Follows,
    /// It may not.
    Stopped(Stop),
}

impl Standing {
    /// The word for programs, in snake case.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Leads => "leads",
            Self::Follows => "follows",
            Self::Stopped(_) => "stopped",
        }
    }
}

/// What is known from round to round.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The last checkpoint that this node has signed or seen, and has in its file.
    pub(super) last: Option<Checkpoint>,
    /// Whether the stored tree was measured by that checkpoint since the start.
    pub(super) is_measured: bool,
    /// Where chains end behind what this node gave its place last.
    pub(super) ends: Ends,
}

impl Known {
    /// Whether the log was put back from a backup, and this node has seen less than that holds: it does not know what was signed since.
    pub(super) fn has_seen_less(&self, head: &Head) -> bool {
        head.holder == Some(NOBODY) && self.last.as_ref().is_none_or(|last| last.size < head.published)
    }
}

/// What one node knows of the log.
#[derive(Debug, Default)]
pub struct Node {
    /// Who this is to other nodes; made with the first round.
    pub(super) id: OnceLock<Uuid>,
    /// One round at a time; whoever waits for an entry takes its turn, and numbers those of all who wait.
    pub(super) turn: Turn<Known>,
    /// How far the whole log was hashed again since the start, beside other work.
    pub(super) through: Turn<Edge>,
    /// What was found wrong in that: nothing more is signed before a new start.
    pub(super) broken: OnceLock<Stop>,
    /// Full tiles that were asked for.
    pub(super) shelf: Shelf,
    /// Full tiles as files.
    pub(super) copies: Copies,
    /// At least so many entries are published.
    published: AtomicU64,
    /// Whether the log was measured since the start.
    looked_at: AtomicBool,
    standing: Mutex<Standing>,
    witnesses: Mutex<Vec<WitnessStanding>>,
}

impl Node {
    /// How this node stands to the log.
    pub fn standing(&self) -> Standing {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why nothing more is logged here, if so.
    pub fn stopped(&self) -> Option<Stop> {
        match self.standing() {
            Standing::Stopped(stop) => Some(stop),
            Standing::Unknown | Standing::Leads | Standing::Follows => None,
        }
    }

    /// At least so many entries are published.
    pub(super) fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// Whether the log was measured since the start, by a round or before one.
    pub(super) fn is_looked_at(&self) -> bool {
        self.looked_at.load(Ordering::Acquire)
    }

    /// The log was measured.
    pub(super) fn looks(&self) {
        self.looked_at.store(true, Ordering::Release);
    }

    /// So many entries are published.
    pub(super) fn publishes(&self, entries: u64) {
        self.published.fetch_max(entries, Ordering::Relaxed);
    }

    /// How the witnesses stand, as this node saw it last; nothing before it has looked.
    pub fn witnesses(&self) -> Vec<WitnessStanding> {
        self.witnesses.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The witness that has seen more of the log than is here, or another history of it, if there is one.
    pub fn doubted_by(&self) -> Option<WitnessStanding> {
        self.witnesses().into_iter().find(WitnessStanding::doubts)
    }

    pub(super) fn witnesses_stand(&self, now: Vec<WitnessStanding>) {
        *self.witnesses.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    pub(super) fn stand(&self, now: Standing) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        self.looks();
        if *standing == now {
            return;
        }
        match &now {
            Standing::Stopped(Stop::NoKey) => tracing::warn!("the log waits: its key is not open here"),
            Standing::Stopped(stop) => tracing::error!(%stop, "the log is stopped"),
            Standing::Leads => tracing::info!("this node numbers and signs the log"),
            Standing::Follows => tracing::info!("another node numbers and signs the log"),
            Standing::Unknown => {}
        }
        *standing = now;
    }
}

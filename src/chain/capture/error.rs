//! Why a capture does not begin, or an event is not recorded.

use crate::chain::report::ReportError;
use crate::kernel::{Problem, Problems};
use crate::store::StoreError;
use std::io;

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
    /// It is to be recorded as a whole or not at all, and has more events than others can wait for.
    #[error("{count} events are more than the {most} of one unit of work")]
    TooManyAtOnce {
        /// Its events.
        count: usize,
        /// The most.
        most: usize,
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

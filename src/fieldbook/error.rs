//! Why something was not entered into the field book: only nonsense is refused, never what is inconvenient.

use crate::kernel::{Problem, Problems};
use crate::store::StoreError;

/// Why the field book was not changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such plot, season, entry or template, as far as the one who asks may know.
    #[error("no such plot, season, entry or template")]
    NotFound,
    /// The entry was declared wrong before.
    #[error("the entry was declared wrong already")]
    WrongAlready,
    /// The season has ended, or was taken back.
    #[error("the season is over")]
    SeasonOver,
    /// The season has no end that could be taken back.
    #[error("the season has not ended")]
    SeasonOpen,
    /// Entries name the season.
    #[error("entries name the season")]
    SeasonInUse,
    /// The key was used for something else.
    #[error("the key was used for something else")]
    KeyTaken,
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem.into())
    }
}

//! Why a code was not issued or shown.

use super::draw::DrawError;
use crate::chain::{self, SprayStop};
use crate::custody;
use crate::kernel::{Problem, Problems};
use crate::log;
use crate::lots::{Lot, Stop};
use crate::store::{StoreError, Tx};

/// Why a code was not issued or shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such lot, as far as the one who asks may know.
    #[error("no such lot")]
    NotFound,
    /// The lot has no code yet.
    #[error("the lot has no code yet")]
    NotIssued,
    /// The party neither declared the lot nor holds some of it.
    #[error("the lot is neither the party's own nor in its hands")]
    NotInHand,
    /// The party is not in the registry now: suspended, or not yet approved.
    #[error("the party is not approved")]
    NotApproved,
    /// The lot is stopped: no code is issued while it is.
    #[error("the lot is stopped")]
    Stopped(Stop),
    /// The lot, or one that it was made of, grew where something was sprayed: no code is issued while that holds it.
    #[error("the lot is stopped by a spray")]
    Sprayed(Box<SprayStop>),
    /// No code key may sign now, or none lies on this server.
    #[error("no code key may sign now")]
    NoKey,
    /// The lot's product and code make no path; rows that were parsed always do.
    #[error("the lot cannot be written as a code: {0}")]
    Path(String),
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The key was used for another issue.
    #[error("the key was used for another issue")]
    KeyTaken,
    /// The symbol could not be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// The keys could not be asked.
    #[error(transparent)]
    Keys(#[from] custody::Error),
    /// The log takes no entry now, or has not yet taken this one: codes count only under its signed checkpoint.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// Why no code is given for a lot that is stopped.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn stopped(tx: &mut Tx, lot: &Lot, stop: Stop) -> Result<Self, StoreError> {
        let recalled = matches!(stop, Stop::Recalled { .. } | Stop::Upstream { recalled: true, .. });
        let spray = if recalled { None } else { chain::spray_stop(tx, lot).await? };
        Ok(spray.map_or(Self::Stopped(stop), |spray| Self::Sprayed(Box::new(spray))))
    }
}

impl From<chain::Error> for Error {
    fn from(error: chain::Error) -> Self {
        match error {
            chain::Error::Store(error) => error.into(),
            // A second look at lots that are there meets nothing but the database.
            _ => Self::NotFound,
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem.into())
    }
}

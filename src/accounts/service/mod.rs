//! The use cases of accounts, one unit of work each.

mod members;
mod session;
mod tokens;

pub use members::{
    add_person, authority, disable, invite, make_reset_code, make_sign_up_code, members, reset, sign_up,
    trail,
};
pub use session::{NewSession, identify_session, sign_in, sign_out};
pub use tokens::{identify_token, make_token, revoke_token, tokens};

use super::password::HashFailed;
use crate::kernel::{Moment, Problems};
use crate::store::StoreError;

/// Why an account's use case was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Name or password wrong: which of them is not said.
    #[error("the name or the password is wrong")]
    WrongPassword,
    /// Too many failures.
    #[error("locked until {until:?}")]
    Locked {
        /// When it makes sense to try again.
        until: Moment,
        /// The present, for counting the seconds.
        now: Moment,
    },
    /// The one-time code is unknown, used or expired.
    #[error("the one-time code is not valid")]
    CodeNotValid,
    /// The sign-in name is taken.
    #[error("the sign-in name is taken")]
    NameTaken,
    /// No such person or token, as far as the one who asks may know.
    #[error("no such person or token")]
    NotFound,
    /// The API token is unknown, expired or revoked.
    #[error("the token is not valid: {0}")]
    TokenNotValid(&'static str),
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashFailed),
}

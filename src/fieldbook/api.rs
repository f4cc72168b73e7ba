//! The field book for programs, and what its errors mean to those who ask.

use super::error::Error;
use crate::web;

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::WrongAlready => Self::conflict("corrected_already"),
            Error::SeasonOver => Self::conflict("season_over"),
            Error::SeasonInUse => Self::conflict("season_in_use"),
            Error::KeyTaken => Self::conflict("key_taken"),
            Error::Invalid(problems) => problems.into(),
            Error::Store(error) => error.into(),
        }
    }
}

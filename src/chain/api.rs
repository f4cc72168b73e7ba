//! What the errors of the door mean to those who ask.

use super::error::Error;
use crate::web;
use actix_web::http::StatusCode;

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        let problem = error.problem();
        match error {
            Error::NotFound => Self::not_found(),
            Error::WrongRole => Self::forbidden("role_not_allowed"),
            Error::NotApproved => Self::forbidden("party_not_approved"),
            Error::WrongReceiver => Self::forbidden("wrong_receiver"),
            Error::NoMandate { .. } => with(Self::forbidden("no_mandate"), problem),
            Error::ShipmentSettled => Self::conflict("shipment_settled"),
            Error::OnHold { reason } => Self::conflict("on_hold").arg("reason", reason),
            Error::Recalled { reason } => Self::conflict("recalled").arg("reason", reason),
            Error::HeldAlready => Self::conflict("held_already"),
            Error::NotHeld => Self::conflict("not_held"),
            Error::RecalledAlready => Self::conflict("recalled_already"),
            Error::KeyTaken => Self::conflict("key_taken"),
            Error::LotCodeTaken { .. } => with(Self::conflict("lot_code_taken"), problem),
            Error::NotYours { .. }
            | Error::PlaceClosed { .. }
            | Error::UnknownReceiver
            | Error::ToOneself
            | Error::MoreThanShipped { .. }
            | Error::BalanceExceeded { .. }
            | Error::PackedAlready { .. }
            | Error::TooMuch { .. }
            | Error::Nothing
            | Error::WrongUnit { .. }
            | Error::PackTooLarge
            | Error::Future { .. }
            | Error::BeforeHarvest { .. }
            | Error::BeforeShipment { .. }
            | Error::ExpiryBeforePacking { .. } => {
                with(Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input"), problem)
            }
            // All codes that were tried are taken: asking again draws others.
            Error::Clash => {
                let mut busy = Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_busy");
                busy.retry_after = Some(1);
                busy
            }
            Error::Store(error) => error.into(),
        }
    }
}

fn with(mut error: web::Error, problem: Option<crate::kernel::Problem>) -> web::Error {
    error.problems.extend(problem);
    error
}

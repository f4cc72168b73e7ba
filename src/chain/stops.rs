//! The authority stops a lot, frees it, calls it back. Restrictive acts wait for nothing.

use super::act::{Act, Known};
use super::error::Error;
use super::journal::{Said, Told};
use super::model::{By, StopLot};
use crate::accounts::Role;
use crate::events::{self, Role as Part, Step};
use crate::lots;
use crate::products;
use crate::store::Tx;

async fn known(tx: &mut Tx, act: &Act<'_>, asked: &StopLot, roles: &[Role]) -> Result<Known, Error> {
    match act.by {
        By::Official(official) if roles.contains(&official.role) => {
            let lot = lots::find(tx, asked.lot).await?.ok_or(Error::NotFound)?;
            let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
            Ok(Known { lot, product })
        }
        _ => Err(Error::WrongRole),
    }
}

fn said(act: &mut Act<'_>, known: &Known, step: Step, asked: &StopLot) -> Result<Said, Error> {
    act.touch(known.lot.id);
    Ok(Said {
        parts: vec![Told::lot(Part::Object, known, None)],
        reason: Some(asked.reason.as_str().to_owned()),
        ..Said::new(step, act.time(None, None)?, None)
    })
}

pub(super) async fn hold(tx: &mut Tx, act: &mut Act<'_>, asked: &StopLot) -> Result<Said, Error> {
    let known = known(tx, act, asked, &[Role::Inspector, Role::Officer]).await?;
    if !lots::hold(tx, known.lot.id, asked.reason.as_str()).await? {
        return Err(Error::HeldAlready);
    }
    said(act, &known, Step::Hold, asked)
}

/// Lifts a hold, and lets a lot go in spite of what was reported of it; but what is not there cannot be let go.
pub(super) async fn release(tx: &mut Tx, act: &mut Act<'_>, asked: &StopLot) -> Result<Said, Error> {
    let known = known(tx, act, asked, &[Role::Inspector, Role::Officer]).await?;
    let held = lots::release(tx, known.lot.id).await?;
    let overridden = events::override_breaches(tx, known.lot.id, act.fresh.event).await?;
    if !held && overridden == 0 {
        return Err(match known.lot.breach {
            Some(rule) => Error::Breached { rule },
            None => Error::NotHeld,
        });
    }
    said(act, &known, Step::Release, asked)
}

pub(super) async fn recall(tx: &mut Tx, act: &mut Act<'_>, asked: &StopLot) -> Result<Said, Error> {
    let known = known(tx, act, asked, &[Role::Officer, Role::Administrator]).await?;
    if !lots::recall(tx, known.lot.id, asked.reason.as_str()).await? {
        return Err(Error::RecalledAlready);
    }
    said(act, &known, Step::Recall, asked)
}

/// Has the effect of a stop that the journal tells, again: whoever it was met the gates then. The lots are its parts.
pub(super) async fn again(tx: &mut Tx, act: &mut Act<'_>, step: Step, reason: &str) -> Result<(), Error> {
    let event = act.fresh.event;
    for lot in events::lots_of(tx, event).await? {
        match step {
            Step::Hold => {
                lots::hold(tx, lot, reason).await?;
            }
            Step::Recall => {
                lots::recall(tx, lot, reason).await?;
            }
            _ => {
                lots::release(tx, lot).await?;
                events::override_breaches(tx, lot, event).await?;
            }
        }
        act.touch(lot);
    }
    Ok(())
}

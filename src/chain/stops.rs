//! A lot is stopped, freed, called back: by the authority, or by its own party. Restrictive acts wait for nothing.

use super::act::{Act, Known, Standing};
use super::error::Error;
use super::inherit;
use super::journal::{self, Said, Told};
use super::model::{By, EventTime, StopLot};
use crate::accounts::Role;
use crate::events::{self, Event, Role as Part, Step};
use crate::kernel::LotId;
use crate::log::{self, Kind, Subject};
use crate::lots::{self, Stop};
use crate::products;
use crate::store::Tx;
use serde_json::json;

/// A lot, and the party that acts on its own lot; nobody for the authority.
struct Asked {
    known: Known,
    time: EventTime,
    own: Option<Standing>,
}

/// The lot, for the officials who may do this, or for its own party by people of these roles. `frees`: a party that is suspended stops its
/// lots, and frees none.
async fn asked(
    tx: &mut Tx,
    act: &Act<'_>,
    stop: &StopLot,
    frees: bool,
    officials: &[Role],
    members: &[Role],
) -> Result<Asked, Error> {
    let time = act.time(None, None)?;
    let lot = lots::find(tx, stop.lot).await?.ok_or(Error::NotFound)?;
    let own = match act.by {
        By::Official(official) if officials.contains(&official.role) => None,
        By::Official(_) => return Err(Error::WrongRole),
        By::Member { member, .. } => {
            let standing =
                if frees { act.standing(tx, &time).await? } else { act.standing_to_stop(tx, &time).await? };
            if standing.party.id != lot.party {
                let theirs = lots::is_in_chain(tx, lot.id, standing.party.id).await?;
                return Err(if theirs { Error::WrongRole } else { Error::NotFound });
            }
            if !members.contains(&member.role) {
                return Err(Error::WrongRole);
            }
            Some(standing)
        }
    };
    let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
    Ok(Asked { known: Known { lot, product }, time, own })
}

impl Asked {
    fn said(self, act: &mut Act<'_>, step: Step, stop: &StopLot) -> Said {
        act.touch(self.known.lot.id);
        Said {
            parts: vec![Told::lot(Part::Object, &self.known, None)],
            reason: Some(stop.reason.as_str().to_owned()),
            ..Said::new(step, self.time, self.own)
        }
    }
}

pub(super) async fn hold(tx: &mut Tx, act: &mut Act<'_>, stop: &StopLot) -> Result<Said, Error> {
    let asked =
        asked(tx, act, stop, false, &[Role::Inspector, Role::Officer], &[Role::Clerk, Role::Manager]).await?;
    if !lots::hold(tx, stop.lot, stop.reason.as_str(), asked.own.is_some()).await? {
        return Err(Error::HeldAlready);
    }
    inherit::spread(tx, act, stop.lot, true).await?;
    Ok(asked.said(act, Step::Hold, stop))
}

/// Lifts a hold. An inspector also lets a lot go in spite of what was reported of it, or of what it was made of; but what is not there
/// cannot be let go, nor what was recalled. A party lifts the hold that it put itself.
pub(super) async fn release(tx: &mut Tx, act: &mut Act<'_>, stop: &StopLot) -> Result<Said, Error> {
    let asked = asked(tx, act, stop, true, &[Role::Inspector, Role::Officer], &[Role::Manager]).await?;
    let own = asked.own.is_some();
    let held = lots::release(tx, stop.lot, own).await?;
    let inspects = matches!(act.by, By::Official(official) if official.role == Role::Inspector);
    let passed = if inspects { let_pass(tx, act, stop).await? } else { false };
    if !held && !passed {
        return Err(match asked.known.lot.stop() {
            // What only an inspector may let pass, and what nobody may.
            Some(Stop::Breach { rule }) => Error::Breached { rule },
            Some(Stop::Upstream { recalled, from }) => upstream(tx, from, recalled).await?,
            Some(Stop::Held { .. }) if own => Error::HeldByAuthority,
            _ => Error::NotHeld,
        });
    }
    inherit::spread(tx, act, stop.lot, false).await?;
    Ok(asked.said(act, Step::Release, stop))
}

/// Lets a lot go in spite of the rules that it breaches and of what it was made of; whether there was anything to let pass. The log has
/// what it was.
async fn let_pass(tx: &mut Tx, act: &mut Act<'_>, stop: &StopLot) -> Result<bool, Error> {
    let release = act.fresh.event;
    let rules = events::override_breaches(tx, stop.lot, release).await?;
    let origins = lots::override_upstream(tx, stop.lot, release).await?;
    for origin in &origins {
        // What was made of this lot, and of the origin in no other way, is free with it.
        inherit::spread(tx, act, *origin, false).await?;
    }
    if rules.is_empty() && origins.is_empty() {
        return Ok(false);
    }
    let body = json!({ "lot": stop.lot, "release": release, "rules": rules, "made_of": origins, "reason": stop.reason });
    journal::append(tx, act, 2048, Kind::Override, Subject::Lot(stop.lot), body).await?;
    Ok(true)
}

/// The error for a lot that was made of a stopped one.
pub(super) async fn upstream(tx: &mut Tx, from: LotId, recalled: bool) -> Result<Error, Error> {
    let code = lots::find(tx, from).await?.ok_or(Error::NotFound)?.code;
    Ok(Error::MadeOfStopped { code, recalled })
}

pub(super) async fn recall(tx: &mut Tx, act: &mut Act<'_>, stop: &StopLot) -> Result<Said, Error> {
    let asked = asked(tx, act, stop, false, &[Role::Officer, Role::Administrator], &[Role::Manager]).await?;
    if !lots::recall(tx, stop.lot, stop.reason.as_str()).await? {
        return Err(Error::RecalledAlready);
    }
    inherit::spread(tx, act, stop.lot, true).await?;
    Ok(asked.said(act, Step::Recall, stop))
}

/// Has the effect of a stop that the journal tells, again: whoever it was met the gates then. The lots are its parts.
pub(super) async fn again(tx: &mut Tx, act: &mut Act<'_>, row: &Event, reason: &str) -> Result<(), Error> {
    let own = row.whose().is_some();
    for lot in events::lots_of(tx, row.id).await? {
        match row.step {
            Step::Hold => {
                lots::hold(tx, lot, reason, own).await?;
                inherit::spread(tx, act, lot, true).await?;
            }
            Step::Recall => {
                lots::recall(tx, lot, reason).await?;
                inherit::spread(tx, act, lot, true).await?;
            }
            _ => {
                lots::release(tx, lot, own).await?;
                if passed(tx, lot, row).await? {
                    events::override_breaches(tx, lot, row.id).await?;
                    for origin in lots::override_upstream(tx, lot, row.id).await? {
                        inherit::spread(tx, act, origin, false).await?;
                    }
                }
                inherit::spread(tx, act, lot, false).await?;
            }
        }
        act.touch(lot);
    }
    Ok(())
}

/// Whether a release let something pass, as the entries of the log tell that only an inspector puts there.
async fn passed(tx: &mut Tx, lot: LotId, release: &Event) -> Result<bool, Error> {
    let told = log::store::told(tx, &Subject::Lot(lot)).await?;
    let id = release.id.to_string();
    Ok(told.iter().any(|(kind, body)| kind == Kind::Override.as_str() && body.contains(&id)))
}

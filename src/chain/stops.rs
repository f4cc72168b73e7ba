//! A lot is stopped, freed, called back: by the authority, or by its own party. Restrictive acts wait for nothing.

use super::act::{Act, Known, Standing};
use super::error::Error;
use super::inherit;
use super::interpret;
use super::journal::{self, Said, Told};
use super::model::{By, EventTime, StopLot};
use super::store;
use super::why::spray_stop;
use crate::accounts::Role;
use crate::events::{self, Event, Role as Part, Step, epcis};
use crate::kernel::{EventId, LotId};
use crate::log::{Kind, Subject};
use crate::lots::{self, Lot, Stop};
use crate::products;
use crate::store::Tx;
use serde_json::json;
use std::collections::BTreeSet;

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
    // Whoever put the hold that stands: what is proposed needs it until it is decided.
    if let Some(number) = store::proposed(tx, stop.lot).await? {
        return Err(Error::RecallProposed { number });
    }
    let held = lots::release(tx, stop.lot, own).await?;
    let inspects = matches!(act.by, By::Official(official) if official.role == Role::Inspector);
    let passed = if inspects { let_pass(tx, act, stop).await? } else { (Vec::new(), Vec::new()) };
    if !held && passed.0.is_empty() && passed.1.is_empty() {
        return Err(match asked.known.lot.stop() {
            // What only an inspector may let pass, and what nobody may.
            Some(Stop::Breach { rule }) => breached(tx, &asked.known.lot, rule).await?,
            Some(Stop::Upstream { recalled, from }) => upstream(tx, &asked.known.lot, from, recalled).await?,
            Some(Stop::Held { .. }) if own => Error::HeldByAuthority,
            _ => Error::NotHeld,
        });
    }
    inherit::spread(tx, act, stop.lot, false).await?;
    Ok(Said { let_pass: passed, ..asked.said(act, Step::Release, stop) })
}

/// Lets a lot go in spite of the rules that it breaches and of what it was made of: what that was, which the event tells and the log has.
async fn let_pass(
    tx: &mut Tx,
    act: &mut Act<'_>,
    stop: &StopLot,
) -> Result<(Vec<(EventId, String)>, Vec<LotId>), Error> {
    let release = act.fresh.event;
    let passed = events::override_breaches(tx, stop.lot, release).await?;
    let rules: BTreeSet<&str> = passed.iter().map(|(_, rule)| rule.as_str()).collect();
    let origins = lots::override_upstream(tx, stop.lot, release).await?;
    for origin in &origins {
        // What was made of this lot, and of the origin in no other way, is free with it.
        inherit::spread(tx, act, *origin, false).await?;
    }
    if rules.is_empty() && origins.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let body = json!({ "lot": stop.lot, "release": release, "rules": rules, "made_of": origins, "reason": stop.reason });
    journal::append(tx, act, 2048, Kind::Override, Subject::Lot(stop.lot), body).await?;
    Ok((passed, origins))
}

/// The error for a lot that breaches a rule.
pub(super) async fn breached(tx: &mut Tx, lot: &Lot, rule: String) -> Result<Error, Error> {
    Ok(Error::Breached { rule, spray: spray_stop(tx, lot).await?.map(Box::new) })
}

/// The error for a lot that was made of a stopped one.
pub(super) async fn upstream(tx: &mut Tx, lot: &Lot, from: LotId, recalled: bool) -> Result<Error, Error> {
    let code = lots::find(tx, from).await?.ok_or(Error::NotFound)?.code;
    Ok(Error::MadeOfStopped { code, recalled, spray: spray_stop(tx, lot).await?.map(Box::new) })
}

pub(super) async fn recall(tx: &mut Tx, act: &mut Act<'_>, stop: &StopLot) -> Result<Said, Error> {
    let asked = asked(tx, act, stop, false, &[Role::Officer, Role::Administrator], &[Role::Manager]).await?;
    if !lots::recall(tx, stop.lot, stop.reason.as_str()).await? {
        return Err(Error::RecalledAlready);
    }
    inherit::spread(tx, act, stop.lot, true).await?;
    Ok(asked.said(act, Step::Recall, stop))
}

/// Has the effect of a stop that the journal tells, again: whoever it was met the gates then. The lots are its parts. A release lets pass
/// what it names, and nothing that came to light since.
pub(super) async fn again(
    tx: &mut Tx,
    act: &mut Act<'_>,
    row: &Event,
    event: &epcis::Event,
) -> Result<(), Error> {
    let reason = interpret::own_text(event, "ng:reason").unwrap_or_default();
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
                for (event, rule) in passed(event) {
                    events::override_breach(tx, lot, event, &rule, row.id).await?;
                }
                for origin in let_go(event) {
                    lots::override_origin(tx, lot, origin, row.id).await?;
                    inherit::spread(tx, act, origin, false).await?;
                }
                inherit::spread(tx, act, lot, false).await?;
            }
        }
        act.touch(lot);
    }
    Ok(())
}

/// The rules that a release let pass, each with the event that breaches it.
fn passed(event: &epcis::Event) -> Vec<(EventId, String)> {
    let read = |text: &str| {
        let (rule, event) = text.split_once(' ')?;
        Some((event.strip_prefix("urn:uuid:")?.parse().ok()?, rule.to_owned()))
    };
    interpret::own_texts(event, "ng:letPass").into_iter().filter_map(read).collect()
}

/// The stopped lots in spite of which a release let the lot go.
fn let_go(event: &epcis::Event) -> Vec<LotId> {
    let read = |text: &str| text.strip_prefix("urn:uuid:")?.parse().ok();
    interpret::own_texts(event, "ng:letGo").into_iter().filter_map(read).collect()
}

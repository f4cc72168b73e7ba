//! The acts of a recall at the one door: holds while it is proposed, recalls when it is decided, releases when it is rejected.
//!
//! What must stay true: each act has an event id that follows from the recall and the lot, so that whoever takes up what was broken off does it
//! once; what others hold is left to them; a lot that the door does not let be stopped keeps no other from being stopped.

use super::model::{Doer, Held, Origin, Recall, State, act_of};
use super::service::Error;
use super::store;
use crate::app::App;
use crate::chain::{self, Command, StopLot};
use crate::kernel::{Note, RecallId};

/// Does what is not yet done at the door for a recall: for each of its lots, whatever becomes of the others.
///
/// # Errors
/// The first of what the door said, after all lots were tried.
pub(super) async fn settle(app: &App, id: RecallId) -> Result<(), Error> {
    let found = app
        .store
        .read(async |tx| {
            let recall = store::find(tx, id).await?.ok_or(Error::NotFound)?;
            Ok::<_, Error>((store::origins(tx, id).await?, recall))
        })
        .await?;
    let (origins, recall) = found;
    let mut failed = None;
    for origin in origins {
        if let Err(error) = settle_one(app, &recall, origin).await {
            tracing::warn!(recall = %id, lot = %origin.lot, %error, "a lot of a recall could not be stopped or freed");
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn settle_one(app: &App, recall: &Recall, origin: Origin) -> Result<(), Error> {
    let mut now = origin;
    match recall.state {
        State::Proposed => hold(app, recall, &mut now).await?,
        // A recall stops more than a hold, and needs none before it.
        State::Decided | State::Closed => call_back(app, recall, &mut now).await?,
        State::Rejected => lift(app, recall, &mut now).await?,
    }
    if now != origin {
        app.store.write(async |tx| store::mark_origin(tx, recall.id, &now).await).await?;
    }
    Ok(())
}

fn stop(origin: &Origin, reason: &str) -> Result<StopLot, Error> {
    let reason =
        Note::parse(reason).map_err(|problem| crate::kernel::Problems::from(problem.at("reason")))?;
    Ok(StopLot { lot: origin.lot, reason })
}

async fn hold(app: &App, recall: &Recall, origin: &mut Origin) -> Result<(), Error> {
    if origin.hold != Held::Wanted {
        return Ok(());
    }
    let key = act_of("recall-hold", recall.id, origin.lot);
    let command = Command::Hold(stop(origin, &recall.reason)?);
    match chain::record_once(app, &recall.proposed_by.by(), Some(key), command).await {
        Ok(_) => origin.hold = Held::Ours,
        Err(chain::Error::HeldAlready | chain::Error::Recalled { .. }) => origin.hold = Held::Others,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn call_back(app: &App, recall: &Recall, origin: &mut Origin) -> Result<(), Error> {
    if origin.hold == Held::Wanted {
        origin.hold = Held::Others;
    }
    if origin.recalled {
        return Ok(());
    }
    let by = recall.decided.map_or(recall.proposed_by, |(_, doer): (_, Doer)| doer);
    let key = act_of("recall", recall.id, origin.lot);
    let command = Command::Recall(stop(origin, &recall.reason)?);
    match chain::record_once(app, &by.by(), Some(key), command).await {
        Ok(_) | Err(chain::Error::RecalledAlready) => origin.recalled = true,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn lift(app: &App, recall: &Recall, origin: &mut Origin) -> Result<(), Error> {
    if origin.hold == Held::Wanted {
        origin.hold = Held::Lifted;
    }
    if origin.hold != Held::Ours {
        return Ok(());
    }
    let by = recall.decided.map_or(recall.proposed_by, |(_, doer): (_, Doer)| doer);
    let key = act_of("recall-release", recall.id, origin.lot);
    let reason = recall.decision_reason.as_deref().unwrap_or(&recall.reason);
    let command = Command::Release(stop(origin, reason)?);
    match chain::record_once(app, &by.by(), Some(key), command).await {
        Ok(_) => origin.hold = Held::Lifted,
        // Another recall of it is proposed, which needs the hold: it is lifted when that is decided.
        Err(chain::Error::RecallProposed { .. }) => {}
        // Nobody holds it any more, or what stops it is not this recall's hold.
        Err(
            chain::Error::NotHeld
            | chain::Error::HeldByAuthority
            | chain::Error::Breached { .. }
            | chain::Error::MadeOfStopped { .. },
        ) => origin.hold = Held::Others,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

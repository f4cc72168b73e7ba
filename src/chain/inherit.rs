//! What stops a lot stops everything that was made of it: after every act the lots that it touched are reckoned, and what changed
//! reaches the others in the same unit of work.
//!
//! What must stay true: nothing that was made of a stopped lot is released, whichever came first, the stop or the making; when the
//! origin is free again, so are they, unless another stops them.

use super::act::Act;
use super::error::Error;
use crate::events::{Event, Step};
use crate::jobs::{self, Message};
use crate::kernel::{LotId, PartyId};
use crate::lots::{self, Stop};
use crate::store::Tx;
use serde_json::json;
use uuid::Uuid;

/// Reckons which rules the lots that were touched breach now, and lets what changed reach what was made of them.
pub(super) async fn reckon(tx: &mut Tx, act: &mut Act<'_>) -> Result<(), Error> {
    for lot in act.touched.clone() {
        let reckoned = lots::reckon(tx, lot).await?;
        act.rules.extend(reckoned.rule);
        let worse = act.worse.remove(&lot) || reckoned.worse;
        if reckoned.changed || worse {
            spread(tx, act, lot, worse).await?;
        }
    }
    Ok(())
}

/// Lets what stops a lot reach what was made of it, or lifts it there. `anew`: there is another reason than what an inspector saw.
pub(super) async fn spread(tx: &mut Tx, act: &mut Act<'_>, lot: LotId, anew: bool) -> Result<(), Error> {
    let before = lots::concerned(tx, lot).await?;
    let spread = lots::spread(tx, lot, anew).await?;
    act.reached.extend(spread.lots);
    let kind = match lots::find(tx, lot).await?.filter(|_| spread.is_stopped) {
        Some(lot) if lot.recalled.is_some() => "lot_recalled",
        Some(_) => "lot_held",
        None => "lot_free",
    };
    if !spread.is_stopped {
        return tell(tx, act, lot, kind, &before).await;
    }
    if anew || !spread.stopped.is_empty() {
        let now = lots::concerned(tx, lot).await?;
        return tell(tx, act, lot, kind, &now).await;
    }
    Ok(())
}

/// Tells those who have some of it: each once for each act.
async fn tell(
    tx: &mut Tx,
    act: &Act<'_>,
    lot: LotId,
    kind: &'static str,
    concerned: &[(PartyId, i64)],
) -> Result<(), Error> {
    let Some(lot) = lots::find(tx, lot).await? else { return Ok(()) };
    let Some(product) = act.memory.product(tx, lot.product).await? else { return Ok(()) };
    let event = act.fresh.event.as_uuid();
    let message = |(party, lots): &(PartyId, i64)| Message {
        id: jobs::message_id(&[
            kind.as_bytes(),
            lot.id.as_uuid().as_bytes(),
            event.as_bytes(),
            party.as_uuid().as_bytes(),
        ]),
        party: *party,
        kind,
        lot: Some(lot.id),
        recall: None,
        args: json!({ "lot": lot.code, "product": product.name, "lots": lots }),
        at: act.now,
        needs_answer: false,
    };
    let messages: Vec<Message> = concerned.iter().map(message).collect();
    jobs::tell(tx, &messages).await?;
    Ok(())
}

/// Tells whoever a stopped lot is sent to that it is stopped: the others were told when that came about, and so was who had it under way.
pub(super) async fn tell_newcomers(tx: &mut Tx, act: &Act<'_>, row: &Event) -> Result<(), Error> {
    if !matches!(row.step, Step::Ship | Step::Return) {
        return Ok(());
    }
    let sent = lots::shipment(tx, row.id).await?;
    let mut came: Vec<(LotId, PartyId)> = sent.iter().map(|one| (one.sent.lot, one.sent.to)).collect();
    came.sort();
    came.dedup();
    for (lot, party) in came {
        let kind = match lots::find(tx, lot).await?.and_then(|lot| lot.stop()) {
            Some(Stop::Recalled { .. } | Stop::Upstream { recalled: true, .. }) => "lot_recalled",
            Some(_) => "lot_held",
            None => continue,
        };
        tell(tx, act, lot, kind, &[(party, 1)]).await?;
    }
    Ok(())
}

/// Lets what stops the inputs of a transformation reach its outputs.
pub(super) async fn made(tx: &mut Tx, act: &mut Act<'_>, node: Uuid) -> Result<(), Error> {
    act.reached.extend(lots::inherit_by(tx, node).await?);
    Ok(())
}

//! Labels that wait for their packs: never for more food than a party has in hand. What left it, or was thrown away, was packed once and
//! counts in the code account; labels that are not activated by then are for other food, and are voided first.

use super::model::RunState;
use super::store;
use crate::codes::Error;
use crate::kernel::{LotId, PartyId, Problem};
use crate::lots::{self, Lot};
use crate::store::{StoreError, Tx};

/// What the labels of a party that are issued for a lot, and neither activated nor void, hold together, in grams or pieces.
async fn waiting(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<i64, StoreError> {
    let hold = |state: &RunState| state.free_count().saturating_mul(state.run.pack_size);
    let runs = store::issued_for(tx, lot, party).await?;
    Ok(runs.iter().map(hold).fold(0, i64::saturating_add))
}

/// How much food a party has in hand of a lot that no label waits for, in grams or pieces; below zero when there are more labels.
///
/// # Errors
/// When the database fails.
pub(super) async fn left(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<i64, StoreError> {
    let in_hand = lots::holding(tx, lot, party).await?.map_or(0, |holding| holding.amount);
    Ok(in_hand - waiting(tx, lot, party).await?)
}

/// Confirms that there is food for the labels of a lot that wait, and for so `many` more of a size. To be asked once their right to code is
/// drawn, so that two who ask at once wait for each other.
///
/// # Errors
/// `labels_without_food`.
pub(super) async fn enough(
    tx: &mut Tx,
    lot: &Lot,
    party: PartyId,
    (many, pack_size): (i64, i64),
) -> Result<(), Error> {
    let in_hand = lots::holding(tx, lot.id, party).await?.map_or(0, |holding| holding.amount);
    let waiting = waiting(tx, lot.id, party).await?.saturating_add(many.saturating_mul(pack_size));
    if waiting <= in_hand {
        return Ok(());
    }
    let packs = |mass: i64| (mass.max(0) / pack_size.max(1)).to_string();
    let labels = packs(waiting.saturating_add(pack_size - 1));
    Err(Problem::new("labels_without_food").value(labels).arg("left", packs(in_hand)).at("count").into())
}

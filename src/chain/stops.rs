//! The authority stops a lot, frees it, calls it back. Restrictive acts wait for nothing.

use super::error::Error;
use super::journal::Said;
use super::model::{By, Recorded, StopLot};
use super::service::{Act, answer};
use crate::accounts::Role;
use crate::events::Step;
use crate::lots::{self, Lot};
use crate::products;
use crate::store::Tx;

async fn lot(tx: &mut Tx, act: &Act<'_>, asked: &StopLot, roles: &[Role]) -> Result<Lot, Error> {
    match act.by {
        By::Official(official) if roles.contains(&official.role) => {
            lots::find(tx, asked.lot).await?.ok_or(Error::NotFound)
        }
        _ => Err(Error::WrongRole),
    }
}

async fn write(
    tx: &mut Tx,
    act: &Act<'_>,
    lot: &Lot,
    step: Step,
    asked: &StopLot,
) -> Result<Recorded, Error> {
    let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
    let said = Said {
        step,
        time: act.time(None, None)?,
        standing: None,
        lot: lot.id,
        code: &lot.code,
        product: &product,
        place: None,
        quantity: None,
        passage: None,
        ilmd: None,
        pack_size: None,
        use_by: None,
        reason: Some(asked.reason.as_str()),
        private: Vec::new(),
    };
    said.write(tx, act).await?;
    answer(tx, lot.id, act.fresh.event, None, false).await
}

pub(super) async fn hold(tx: &mut Tx, act: &Act<'_>, asked: &StopLot) -> Result<Recorded, Error> {
    let lot = lot(tx, act, asked, &[Role::Inspector, Role::Officer]).await?;
    if !lots::hold(tx, lot.id, asked.reason.as_str()).await? {
        return Err(Error::HeldAlready);
    }
    write(tx, act, &lot, Step::Hold, asked).await
}

pub(super) async fn release(tx: &mut Tx, act: &Act<'_>, asked: &StopLot) -> Result<Recorded, Error> {
    let lot = lot(tx, act, asked, &[Role::Inspector, Role::Officer]).await?;
    if !lots::release(tx, lot.id).await? {
        return Err(Error::NotHeld);
    }
    write(tx, act, &lot, Step::Release, asked).await
}

pub(super) async fn recall(tx: &mut Tx, act: &Act<'_>, asked: &StopLot) -> Result<Recorded, Error> {
    let lot = lot(tx, act, asked, &[Role::Officer, Role::Administrator]).await?;
    if !lots::recall(tx, lot.id, asked.reason.as_str()).await? {
        return Err(Error::RecalledAlready);
    }
    write(tx, act, &lot, Step::Recall, asked).await
}

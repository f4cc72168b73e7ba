//! What follows for a lot when its labels are voided: codes without packs hold a lot, and voiding them frees it.

use super::act::{Act, Fresh, Mode};
use super::error::Error;
use super::inherit;
use super::memory::Memory;
use super::model::By;
use crate::app::App;
use crate::kernel::{LotId, Sha256Hash};
use crate::store::Tx;

/// Reckons anew what stops lots, within another room's unit of work, and lets what changed reach what was made of them: the lots that
/// it reached.
///
/// # Errors
/// When the database fails.
pub async fn look_again(tx: &mut Tx, app: &App, by: &By, lots: &[LotId]) -> Result<Vec<LotId>, Error> {
    let memory = Memory::default();
    let (host, fresh, now) = (app.config.code_host(), Fresh::draw(app, None), app.clock.now());
    let mut act = Act::new(host, &memory, now, by, fresh, Sha256Hash::of(&[]), Mode::Command);
    for lot in lots {
        act.touch(*lot);
    }
    inherit::reckon(tx, &mut act).await?;
    Ok(act.reached)
}

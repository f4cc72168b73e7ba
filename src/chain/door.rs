//! What is changed by no event, and is what events are measured by: in a unit of work of its own, which also settles what follows
//! for the lots that it touched.

use super::act::{Act, Fresh, Mode};
use super::error::Error;
use super::memory::Memory;
use super::model::By;
use super::service;
use crate::app::App;
use crate::kernel::{LotId, Sha256Hash};
use crate::store::{StoreError, Tx};

/// Changes something as an act of `by`, and all that follows from it or nothing; the lots that were touched are noted once it is done.
pub(super) async fn change<T, E, F>(app: &App, by: &By, work: F) -> Result<T, E>
where
    F: AsyncFn(&mut Tx, &mut Act<'_>) -> Result<T, E>,
    E: From<Error> + From<StoreError> + std::error::Error + 'static,
{
    let host = app.config.code_host();
    let (changed, touched) = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            let memory = Memory::default();
            // Within the unit of work: the log's order is that in which units were done.
            let (fresh, now) = (Fresh::draw(app, None), app.clock.now());
            let mut act = Act::new(host, &memory, now, by, fresh, Sha256Hash::of(&[]), Mode::Command);
            // On the heap: an act carries much.
            let changed = Box::pin(work(tx, &mut act)).await?;
            Box::pin(service::conclude(tx, &mut act)).await?;
            let touched: Vec<LotId> = act.touched.into_iter().chain(act.reached).collect();
            Ok::<_, E>((changed, touched))
        })
        .await?;
    for lot in touched {
        app.changes.note(lot);
    }
    Ok(changed)
}

//! Hashing the whole log again, as it is stored: at the start of a node, beside its other work when the log is large.

use super::node::{Standing, Stop};
use super::sequencer::{AT_ONCE, Error};
use super::store::tree as store;
use super::tree::{Edge, Grown, leaf_hash};
use crate::app::App;
use crate::kernel::Sha256Hash;
use crate::store::StoreError;

/// How many entries are read at once.
const CHUNK: u64 = 4_096;

/// Hashes the first `size` entries again and compares them with every tile, and with the root.
pub(super) async fn whole(app: &App, size: u64, root: &Sha256Hash) -> Result<(), Error> {
    let mut edge = Edge::default();
    while edge.size() < size {
        step(app, &mut edge, size).await?;
    }
    if edge.root() == *root { Ok(()) } else { Err(Stop::Different { size }.into()) }
}

/// Hashes the next entries of a log that was too large for the start of this node, beside its other work; how many. What does not fit
/// stops the node.
///
/// # Errors
/// [`Error::Stopped`] for what does not fit.
pub async fn look_through(app: &App) -> Result<u64, Error> {
    let mut edge = app.log.through.lock().await;
    let head = app.store.glance(async |tx| store::head(tx).await).await?;
    // What came later was hashed when it was signed; a small log was at the start.
    if head.published <= AT_ONCE || edge.size() >= head.published || app.log.broken.get().is_some() {
        return Ok(0);
    }
    let first = edge.size();
    if let Err(error) = step(app, &mut edge, head.published).await {
        if let Error::Stopped(stop) = &error {
            let stop = app.log.broken.get_or_init(|| stop.clone()).clone();
            app.log.stand(Standing::Stopped(stop));
        }
        return Err(error);
    }
    Ok(edge.size() - first)
}

/// Takes the next entries of the first `size` into `edge`, comparing them with what is stored of the tree.
pub(super) async fn step(app: &App, edge: &mut Edge, size: u64) -> Result<(), Error> {
    let first = edge.size();
    let some = (size - first).min(CHUNK);
    let mut grown = Grown::new();
    let entries = app.store.glance(async |tx| store::entries(tx, first, some).await).await;
    let entries = match entries {
        Ok(entries) if entries.count() == some => entries,
        Ok(_) | Err(StoreError::Misfit { .. }) => return Err(Stop::Damaged { at: first }.into()),
        Err(error) => return Err(error.into()),
    };
    edge.extend(entries.iter().map(leaf_hash), &mut grown);
    let stored = app.store.glance(async |tx| store::tiles(tx, grown.keys().copied()).await).await?;
    if stored.hold(&grown) { Ok(()) } else { Err(Stop::Damaged { at: first }.into()) }
}

//! Hashing again what is stored: what is new before it is signed, and the whole log at the start of a node, beside its other work when it is large.

use super::batch::{MOST, Placed};
use super::chain::{Chains, told};
use super::node::{Known, Standing, Stop};
use super::sequencer::{AT_ONCE, Error};
use super::store::columns;
use super::store::tree as store;
use super::tree::{Edge, Grown, empty_root, leaf_hash};
use crate::app::App;
use crate::kernel::Sha256Hash;
use crate::store::StoreError;
use std::sync::Arc;

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
    let rows = app.store.glance(async |tx| columns::rows(tx, first, some).await).await;
    let rows = match rows {
        Ok(rows) if rows.entries.count() == some => rows,
        Ok(_) | Err(StoreError::Misfit { .. }) => return Err(Stop::Damaged { at: first }.into()),
        Err(error) => return Err(error.into()),
    };
    edge.extend(rows.entries.iter().map(leaf_hash), &mut grown);
    let stored = app.store.glance(async |tx| store::tiles(tx, grown.keys().copied()).await).await?;
    if !stored.hold(&grown) {
        return Err(Stop::Damaged { at: first }.into());
    }
    // By what stands beside the bytes the chain is found that the next entries go on; that the bytes are chained was seen to before they were signed.
    let look = move || rows.iter().position(|(bytes, beside)| told(bytes, beside).is_none());
    match tokio::task::spawn_blocking(look).await.map_err(StoreError::task)? {
        None => Ok(()),
        Some(n) => Err(Stop::Damaged { at: first + n as u64 }.into()),
    }
}

/// Hashes again, as stored, what came after the last checkpoint, and measures edge and root by it; the root to sign. What this node has just put in
/// its place is compared with what it put there, which was chained to what stood behind; of anything else the chains are looked at.
pub(super) async fn again(
    app: &App,
    known: &Known,
    size: u64,
    placed: Option<&Arc<Placed>>,
) -> Result<Sha256Hash, Error> {
    let (from, signed) = known.last.as_ref().map_or((0, empty_root()), |last| (last.size, last.root));
    if from > size {
        return Err(Stop::Shorter { signed: from, found: size }.into());
    }
    let (before, head) = app
        .store
        .glance(async |tx| {
            Ok::<_, StoreError>((store::tiles(tx, Edge::tiles(from)).await?, store::head(tx).await?))
        })
        .await?;
    let Some(mut edge) = Edge::of(from, &before).filter(|edge| edge.root() == signed) else {
        return Err(Stop::Different { size: from }.into());
    };
    let placed = placed.filter(|placed| placed.from == from && placed.size() == size);
    let (mut grown, mut chains) = (Grown::new(), Chains::default());
    while edge.size() < size {
        let some = (size - edge.size()).min(MOST);
        let first = edge.size();
        let rows = app.store.glance(async |tx| columns::rows(tx, first, some).await).await?;
        if rows.entries.count() != some {
            return Err(Stop::Damaged { at: first + rows.entries.count() }.into());
        }
        let placed = placed.cloned();
        // On a thread of its own, beside what is written meanwhile.
        let hash = move || {
            edge.extend(rows.entries.iter().map(leaf_hash), &mut grown);
            for (index, (bytes, beside)) in (first..).zip(rows.iter()) {
                match &placed {
                    Some(placed) if placed.stands(index, bytes, beside) => {}
                    Some(_) => chains.note_fault(index),
                    None => chains.look(index, bytes, beside),
                }
            }
            (edge, grown, chains)
        };
        (edge, grown, chains) = tokio::task::spawn_blocking(hash).await.map_err(StoreError::task)?;
    }
    let stored = app.store.glance(async |tx| store::tiles(tx, grown.keys().copied()).await).await?;
    let root = edge.root();
    if !stored.hold(&grown) || (head.size == size && head.root != root) {
        return Err(Stop::Damaged { at: from }.into());
    }
    let before = match chains.before() {
        // Of what was put there by this node nothing is asked.
        before if before.is_empty() => Vec::new(),
        before => app.store.glance(async |tx| columns::links(tx, &before).await).await?,
    };
    match chains.fault.or_else(|| chains.fault_behind(before)) {
        Some(at) => Err(Stop::Damaged { at }.into()),
        None => Ok(root),
    }
}

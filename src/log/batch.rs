//! What waits, made ready for its place: read, chained and hashed beside whatever is being written meanwhile.
//!
//! What must stay true: a batch is right behind the entries that it was made for, and is put there as a whole or not at all; whoever has
//! lost the lead puts none.

use super::leaf::{ChainEnd, Leaf, Waiting};
use super::store::tree as store;
use super::tree::{Edge, Grown};
use crate::app::App;
use crate::kernel::LogEntryId;
use crate::store::{StoreError, Tx};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use uuid::Uuid;

/// The most entries of one batch.
pub(super) const MOST: u64 = 4_096;

/// Entries that come next.
pub(super) struct Batch {
    /// How many entries have their place before it.
    from: u64,
    leaves: Vec<Leaf>,
    /// The last of those that waited.
    last: LogEntryId,
    /// Where the chains of its subjects end behind it.
    ends: HashMap<String, ChainEnd>,
    /// The tree with it.
    edge: Edge,
    grown: Grown,
}

impl Batch {
    /// What waits longest, behind the `size` entries that have their place; nothing when nothing waits.
    pub(super) async fn first(app: &App, size: u64) -> Result<Option<Self>, StoreError> {
        let read = async |tx: &mut Tx| {
            let tiles = store::tiles(tx, Edge::tiles(size)).await?;
            let edge = Edge::of(size, &tiles).ok_or_else(|| {
                let why = format!("the edge of {size} entries is not there");
                StoreError::misfit("log_tile", "hashes", "edge", why)
            })?;
            Unplaced::read(tx, edge, LogEntryId::from_uuid(Uuid::nil()), &HashMap::new()).await
        };
        Unplaced::place(app.store.glance(read).await?).await
    }

    /// What waits behind this one, which need not be in its place yet.
    pub(super) async fn after(&self, app: &App) -> Result<Option<Self>, StoreError> {
        let read = async |tx: &mut Tx| Unplaced::read(tx, self.edge.clone(), self.last, &self.ends).await;
        Unplaced::place(app.store.glance(read).await?).await
    }

    /// How many entries have their place with it.
    pub(super) fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Whether more may wait than is in it.
    pub(super) fn is_full(&self) -> bool {
        self.leaves.len() as u64 >= MOST
    }

    /// Puts all of it in its place, when `led` leads still, and holds the lead from then on for `lease`; nothing when another one leads.
    /// `besides` is done in the same unit of work, which is one that others need not wait for.
    pub(super) async fn put<F>(
        &self,
        app: &App,
        led: (Uuid, i64),
        lease: Duration,
        besides: F,
    ) -> Result<Option<bool>, StoreError>
    where
        F: AsyncFn(&mut Tx) -> Result<bool, StoreError>,
    {
        let root = self.edge.root();
        app.store
            .write_briefly(async |tx| {
                // The head first: who has lost the lead goes no further, and another one waits here until this is done.
                if !store::advance(tx, led, self.from, (self.size(), &root), app.clock.now().plus(lease))
                    .await?
                {
                    return Ok(None);
                }
                store::place(tx, self.from, &self.leaves).await?;
                store::grow(tx, &self.grown).await?;
                Ok(Some(besides(tx).await?))
            })
            .await
    }
}

/// Entries that wait, with what they are to be put behind.
struct Unplaced {
    waiting: Vec<Waiting>,
    /// The last of them.
    last: LogEntryId,
    /// Where the chains of their subjects end.
    ends: HashMap<String, ChainEnd>,
    /// The tree that they are to be put at.
    edge: Edge,
}

impl Unplaced {
    /// What waits behind the entry `last`, to be put at `edge`; `known` is where chains end of which the database does not know it yet.
    async fn read(
        tx: &mut Tx,
        edge: Edge,
        last: LogEntryId,
        known: &HashMap<String, ChainEnd>,
    ) -> Result<Option<Self>, StoreError> {
        let waiting = store::waiting(tx, last, MOST.cast_signed()).await?;
        let Some(last) = waiting.last().map(|entry| entry.id) else { return Ok(None) };
        let subjects: BTreeSet<&str> = waiting.iter().map(|entry| entry.subject.as_str()).collect();
        let mut ends = store::chain_ends(tx, &subjects).await?;
        for subject in subjects {
            if let Some(end) = known.get(subject) {
                ends.insert(subject.to_owned(), *end);
            }
        }
        Ok(Some(Self { waiting, last, ends, edge }))
    }

    /// Chained and hashed, on a thread of its own: meanwhile other entries are written and signed.
    async fn place(unplaced: Option<Self>) -> Result<Option<Batch>, StoreError> {
        let Some(unplaced) = unplaced else { return Ok(None) };
        tokio::task::spawn_blocking(|| unplaced.placed().map(Some)).await.map_err(StoreError::task)?
    }

    fn placed(self) -> Result<Batch, StoreError> {
        let Self { waiting, last, mut ends, mut edge } = self;
        let mut leaves = Vec::with_capacity(waiting.len());
        for entry in &waiting {
            let end = ends.entry(entry.subject.clone()).or_default();
            let leaf = Leaf::place(entry, end)
                .map_err(|problem| StoreError::misfit("log_waiting", "body", entry.id, problem))?;
            leaves.push(leaf);
        }
        let (from, mut grown) = (edge.size(), Grown::new());
        edge.extend(leaves.iter().map(|leaf| leaf.hash), &mut grown);
        Ok(Batch { from, leaves, last, ends, edge, grown })
    }
}

//! What waits, made ready for its place: read, chained and hashed beside whatever is being written meanwhile.
//!
//! What must stay true: a batch is right behind the entries that it was made for, and is put there as a whole or not at all; whoever has
//! lost the lead puts none.

use super::chain::{self, Ends};
use super::leaf::{ChainEnd, Leaf, Waiting};
use super::node::Stop;
use super::sequencer::Error;
use super::store::columns::{self, Columns, Last};
use super::store::tree as store;
use super::tree::{Edge, Grown};
use crate::app::App;
use crate::kernel::{LogEntryId, Sha256Hash};
use crate::store::{StoreError, Tx};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The most entries of one batch.
pub(super) const MOST: u64 = 4_096;

/// The most bytes of the bodies of one batch, with one entry more: what is put in its place at once is done well before another node may take the lead.
const LARGEST: usize = 4 * 1024 * 1024;

/// The leaves of a batch, to compare with what is read back.
pub(super) struct Placed {
    /// How many entries have their place before it.
    pub(super) from: u64,
    leaves: Vec<Leaf>,
}

impl Placed {
    /// How many entries have their place with it.
    pub(super) fn size(&self) -> u64 {
        self.from + self.leaves.len() as u64
    }

    /// Whether what is stored at `index` is what was put there.
    pub(super) fn stands(&self, index: u64, bytes: &[u8], beside: &Columns) -> bool {
        let place = index.checked_sub(self.from).and_then(|n| usize::try_from(n).ok());
        place.and_then(|n| self.leaves.get(n)).is_some_and(|leaf| {
            leaf.bytes == bytes
                && leaf.subject == beside.subject
                && i64::try_from(leaf.seq) == Ok(beside.seq)
                && beside.leaf == Some(leaf.hash)
        })
    }
}

/// Entries that come next.
pub(super) struct Batch {
    placed: Arc<Placed>,
    /// The last of those that waited.
    last: LogEntryId,
    /// Where the chains of its subjects end behind it.
    ends: HashMap<String, ChainEnd>,
    /// The tree with it.
    edge: Edge,
    root: Sha256Hash,
    grown: Grown,
    /// Whether more may wait than is in it.
    pub(super) is_full: bool,
}

impl Batch {
    /// What waits longest, behind the `size` entries that have their place, where chains end as `known` says; nothing when nothing waits.
    ///
    /// # Errors
    /// [`Stop::Damaged`] when what it is to be chained to does not stand as its bytes say.
    pub(super) async fn first(app: &App, size: u64, known: &Ends) -> Result<Option<Self>, Error> {
        let read = async |tx: &mut Tx| {
            let tiles = store::tiles(tx, Edge::tiles(size)).await?;
            let edge = Edge::of(size, &tiles).ok_or_else(|| {
                let why = format!("the edge of {size} entries is not there");
                StoreError::misfit("log_tile", "hashes", "edge", why)
            })?;
            let known = |subject: &str| known.of(subject);
            Unplaced::read(tx, edge, LogEntryId::from_uuid(Uuid::nil()), known).await
        };
        Unplaced::place(app.store.glance(read).await?).await
    }

    /// What waits behind this one, which need not be in its place yet; `known` is where chains end without it.
    ///
    /// # Errors
    /// As [`Batch::first`].
    pub(super) async fn after(&self, app: &App, known: &Ends) -> Result<Option<Self>, Error> {
        let known = |subject: &str| self.ends.get(subject).copied().or_else(|| known.of(subject));
        let read = async |tx: &mut Tx| Unplaced::read(tx, self.edge.clone(), self.last, known).await;
        Unplaced::place(app.store.glance(read).await?).await
    }

    /// Its leaves, once they have their place; where the chains of their subjects end is `known` from then on.
    pub(super) fn into_placed(self, known: &mut Ends) -> Arc<Placed> {
        known.go_on(self.ends, self.root);
        self.placed
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
        let placed = &*self.placed;
        app.store
            .write_briefly(async |tx| {
                // The head first: who has lost the lead goes no further, and another one waits here until this is done.
                let until = app.clock.now().plus(lease);
                if !store::advance(tx, led, placed.from, (placed.size(), &self.root), until).await? {
                    return Ok(None);
                }
                store::place(tx, placed.from, &placed.leaves).await?;
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
    is_full: bool,
    /// Where the chains of their subjects end, as far as that was known: the database may not know it yet.
    ends: HashMap<String, ChainEnd>,
    /// Where those of the others end, as stored.
    stored: Vec<Last>,
    /// The tree that they are to be put at.
    edge: Edge,
}

impl Unplaced {
    /// What waits behind the entry `last`, to be put at `edge`; `known` is where chains end that need not be read.
    async fn read(
        tx: &mut Tx,
        edge: Edge,
        last: LogEntryId,
        known: impl Fn(&str) -> Option<ChainEnd>,
    ) -> Result<Option<Self>, StoreError> {
        let mut waiting = store::waiting(tx, last, MOST.cast_signed()).await?;
        let read = waiting.len();
        let mut bytes = 0;
        let fits = waiting.iter().take_while(|entry| {
            let fits = bytes < LARGEST;
            bytes += entry.body.len();
            fits
        });
        waiting.truncate(fits.count());
        let Some(last) = waiting.last().map(|entry| entry.id) else { return Ok(None) };
        let is_full = waiting.len() < read || read as u64 >= MOST;
        let (mut ends, mut asked) = (HashMap::new(), BTreeSet::new());
        for Waiting { subject, .. } in &waiting {
            match known(subject) {
                Some(end) => drop(ends.insert(subject.clone(), end)),
                None => drop(asked.insert(subject.as_str())),
            }
        }
        let stored = if asked.is_empty() { Vec::new() } else { columns::chain_ends(tx, &asked).await? };
        Ok(Some(Self { waiting, last, is_full, ends, stored, edge }))
    }

    /// Chained and hashed, on a thread of its own: meanwhile other entries are written and signed.
    async fn place(unplaced: Option<Self>) -> Result<Option<Batch>, Error> {
        let Some(unplaced) = unplaced else { return Ok(None) };
        tokio::task::spawn_blocking(|| unplaced.placed().map(Some)).await.map_err(StoreError::task)?
    }

    fn placed(self) -> Result<Batch, Error> {
        let Self { waiting, last, is_full, mut ends, stored, mut edge } = self;
        for stored in stored {
            // Nothing is chained to what is not what its bytes say.
            let end = chain::end(&stored).ok_or(Stop::Damaged { at: stored.index.cast_unsigned() })?;
            ends.insert(stored.beside.subject, end);
        }
        let mut leaves = Vec::with_capacity(waiting.len());
        for entry in &waiting {
            let end = ends.entry(entry.subject.clone()).or_default();
            let leaf = Leaf::place(entry, end)
                .map_err(|problem| StoreError::misfit("log_waiting", "body", entry.id, problem))?;
            leaves.push(leaf);
        }
        let (from, mut grown) = (edge.size(), Grown::new());
        edge.extend(leaves.iter().map(|leaf| leaf.hash), &mut grown);
        let root = edge.root();
        Ok(Batch { placed: Arc::new(Placed { from, leaves }), last, ends, edge, root, grown, is_full })
    }
}

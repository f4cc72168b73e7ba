//! Whether the newest checkpoint extends one that was audited, by the tiles of the tree alone.
//!
//! Asked where something does not fit: who rewrites what was audited shifts all that comes behind it, and the first entry that is new is not
//! at fault. Every hash that is used leads to the root of the newest checkpoint, so that a tile that was changed is never taken for another
//! history.

use super::source::Source;
use super::walk::node;
use crate::kernel::Sha256Hash;
use crate::log::Checkpoint;
use std::collections::BTreeMap;

/// The levels of tiles that a tree of 2⁶⁴ entries has.
const LEVELS: u8 = 8;

/// Whether the tree of `now` begins with that of `before`; nothing where what is served does not show it.
pub(super) async fn begins(source: &mut Source, before: &Checkpoint, now: &Checkpoint) -> Option<bool> {
    let mut tree = Tree { source, size: now.size, read: BTreeMap::new() };
    let edge = tree.edge(now.size).await?;
    if root(&edge)? != *now.root.as_bytes() {
        return None;
    }
    let begin = tree.edge(before.size).await?;
    for level in 0..LEVELS {
        tree.lead_up(level, (before.size >> (8 * level)) / 256).await?;
    }
    Some(Sha256Hash::from_bytes(root(&begin)?) == before.root)
}

/// The tiles of a tree, as far as they were read.
struct Tree<'s> {
    source: &'s mut Source,
    size: u64,
    read: BTreeMap<(u8, u64), Vec<[u8; 32]>>,
}

impl Tree<'_> {
    /// How many hashes there are at a level.
    const fn hashes(&self, level: u8) -> u64 {
        self.size >> (8 * level)
    }

    async fn tile(&mut self, level: u8, index: u64) -> Option<&[[u8; 32]]> {
        if !self.read.contains_key(&(level, index)) {
            let width = self.hashes(level).checked_sub(index * 256)?.min(256);
            let bytes = self.source.tile(Some(level), index, width).await.ok()?;
            let bytes = bytes.get(..usize::try_from(width).ok()? * 32)?;
            let (hashes, _) = bytes.as_chunks();
            self.read.insert((level, index), hashes.to_vec());
        }
        self.read.get(&(level, index)).map(Vec::as_slice)
    }

    /// The hashes from which the root over the first `size` entries is made, the highest level first.
    async fn edge(&mut self, size: u64) -> Option<Vec<Vec<[u8; 32]>>> {
        let mut rows = Vec::new();
        for level in (0..LEVELS).rev() {
            let hashes = size >> (8 * level);
            let width = usize::try_from(hashes % 256).ok()?;
            if width > 0 {
                rows.push(self.tile(level, hashes / 256).await?.get(..width)?.to_vec());
            }
        }
        Some(rows)
    }

    /// Follows a tile up to the edge, whose hashes make the root: each full tile is one hash of the tile above it.
    async fn lead_up(&mut self, mut level: u8, mut index: u64) -> Option<()> {
        while index < self.hashes(level) / 256 {
            let own = folded(self.tile(level, index).await?);
            let above = self.tile(level + 1, index / 256).await?;
            if above.get(usize::try_from(index % 256).ok()?) != Some(&own) {
                return None;
            }
            (level, index) = (level + 1, index / 256);
        }
        Some(())
    }
}

/// The root over rows of hashes (RFC 9162 §2.1.1): each row is cut into complete subtrees, the largest first.
fn root(rows: &[Vec<[u8; 32]>]) -> Option<[u8; 32]> {
    let mut subtrees = Vec::new();
    for row in rows {
        let mut rest = row.as_slice();
        while let Some(height) = rest.len().checked_ilog2() {
            let (subtree, behind) = rest.split_at(1 << height);
            subtrees.push(folded(subtree));
            rest = behind;
        }
    }
    subtrees.into_iter().rev().reduce(|right, left| node(&left, &right))
}

/// The hash over a complete subtree.
fn folded(hashes: &[[u8; 32]]) -> [u8; 32] {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks_exact(2).map(|pair| node(&pair[0], &pair[1])).collect();
    }
    row.first().copied().unwrap_or_default()
}

//! The Merkle tree of the log by RFC 6962 §2.1, cut into tiles of 256 hashes (C2SP `tlog-tiles`).
//!
//! [`Edge`] is all that must be in hand to add leaves and to know the root: the rightmost tile of each level. [`Wanted`] says which
//! hashes a proof needs and in which tiles they lie; [`Tiles`] holds those that were fetched and answers.
//!
//! What must stay true: no I/O here; a tile is only ever filled further, never changed; what was full is hashed into the level above.

use crate::kernel::Sha256Hash;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How many hashes a full tile has.
pub const WIDTH: u64 = 256;

/// The levels of the tree within one tile.
const HEIGHT: u32 = 8;

/// The hash of a leaf: SHA-256(0x00 ‖ entry) (RFC 6962 §2.1).
///
/// ```
/// assert_eq!(
///     nguongoc::log::tree::leaf_hash(b"").to_string(),
///     "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
/// );
/// ```
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Sha256Hash {
    Sha256Hash::from_bytes(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// The hash of a node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).
#[must_use]
pub fn node_hash(left: &Sha256Hash, right: &Sha256Hash) -> Sha256Hash {
    let hash = Sha256::new().chain_update([1]).chain_update(left.as_bytes()).chain_update(right.as_bytes());
    Sha256Hash::from_bytes(hash.finalize().into())
}

/// The root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Sha256Hash {
    Sha256Hash::from_bytes(Sha256::digest([]).into())
}

/// Where a tile stands: its level, and its place in the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileAt {
    /// The level of tiles; 0 holds the hashes of leaves.
    pub level: u8,
    /// The place in the level, from 0.
    pub index: u64,
}

/// How many leaves one hash of a level of tiles stands for; nothing where no tree reaches that high.
fn leaves_of(level: u8) -> Option<u64> {
    1_u64.checked_shl(HEIGHT * u32::from(level))
}

/// How many hashes the tile has in a tree of `size` leaves: 256 when full, 0 when it is not begun.
///
/// ```
/// use nguongoc::log::tree::{TileAt, width};
/// assert_eq!(width(TileAt { level: 0, index: 273 }, 70_000), 112);
/// assert_eq!(width(TileAt { level: 1, index: 1 }, 70_000), 17);
/// assert_eq!(width(TileAt { level: 2, index: 0 }, 70_000), 1);
/// ```
#[must_use]
pub fn width(at: TileAt, size: u64) -> u64 {
    let Some(leaves) = leaves_of(at.level) else { return 0 };
    let hashes = size / leaves;
    hashes.saturating_sub(at.index.saturating_mul(WIDTH)).min(WIDTH)
}

/// The rightmost tiles of a tree: from the lowest level up, with as many hashes as are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Sha256Hash>>,
}

/// What adding leaves changed: the tiles that got further hashes, each as full as it is now.
pub type Grown = BTreeMap<TileAt, Vec<Sha256Hash>>;

impl Edge {
    /// The tiles that the edge of a tree of `size` leaves consists of; none is full.
    #[must_use]
    pub fn tiles(size: u64) -> Vec<TileAt> {
        (0_u8..8)
            .filter_map(|level| {
                let hashes = size / leaves_of(level)?;
                (!hashes.is_multiple_of(WIDTH)).then_some(TileAt { level, index: hashes / WIDTH })
            })
            .collect()
    }

    /// The edge of a tree of `size` leaves out of its tiles; nothing when one of them is absent or too narrow. What a tile holds beyond
    /// that size is left aside.
    #[must_use]
    pub fn of(size: u64, tiles: &Tiles) -> Option<Self> {
        let mut levels: Vec<Vec<Sha256Hash>> = Vec::new();
        for at in Self::tiles(size) {
            let wide = usize::try_from(width(at, size)).ok()?;
            levels.resize(usize::from(at.level), Vec::new());
            levels.push(tiles.0.get(&at)?.get(..wide)?.to_vec());
        }
        Some(Self { size, levels })
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds leaves, and notes in `grown` what became of the tiles.
    pub fn extend(&mut self, leaves: impl IntoIterator<Item = Sha256Hash>, grown: &mut Grown) {
        let mut touched = BTreeSet::new();
        for leaf in leaves {
            self.push(0, leaf, grown, &mut touched);
            self.size += 1;
        }
        for level in touched {
            if let Some(hashes) = self.levels.get(usize::from(level)).filter(|hashes| !hashes.is_empty()) {
                let index = leaves_of(level).map_or(0, |leaves| self.size / leaves / WIDTH);
                grown.insert(TileAt { level, index }, hashes.clone());
            }
        }
    }

    fn push(&mut self, level: u8, hash: Sha256Hash, grown: &mut Grown, touched: &mut BTreeSet<u8>) {
        let at = usize::from(level);
        if self.levels.len() <= at {
            self.levels.resize(at + 1, Vec::new());
        }
        touched.insert(level);
        self.levels[at].push(hash);
        if self.levels[at].len() < 256 {
            return;
        }
        let full = std::mem::take(&mut self.levels[at]);
        let above = perfect(&full);
        let leaves = leaves_of(level).unwrap_or(u64::MAX);
        grown.insert(TileAt { level, index: self.size / leaves / WIDTH }, full);
        self.push(level + 1, above, grown, touched);
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Sha256Hash {
        let mut root: Option<Sha256Hash> = None;
        for hashes in &self.levels {
            let mut end = hashes.len();
            while end > 0 {
                let begin = end - (1 << end.trailing_zeros());
                let left = perfect(&hashes[begin..end]);
                root = Some(root.map_or(left, |right| node_hash(&left, &right)));
                end = begin;
            }
        }
        root.unwrap_or_else(empty_root)
    }
}

/// The root over as many hashes as a power of two.
pub(super) fn perfect(hashes: &[Sha256Hash]) -> Sha256Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks(2).map(|pair| node_hash(&pair[0], &pair[pair.len() - 1])).collect();
    }
    row.first().copied().unwrap_or_else(empty_root)
}

/// The hashes of a proof, by the range of leaves that each is the root over; in the order in which the proof gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted(Vec<Range<u64>>);

impl Wanted {
    /// The way from leaf `index` to the root of the tree of `size` leaves (RFC 6962 §2.1.1). Nothing when there is no such leaf.
    #[must_use]
    pub fn inclusion(index: u64, size: u64) -> Option<Self> {
        if index >= size {
            return None;
        }
        let (mut begin, mut end, mut ranges) = (0, size, Vec::new());
        while end - begin > 1 {
            let middle = begin + split(end - begin);
            if index < middle {
                ranges.push(middle..end);
                end = middle;
            } else {
                ranges.push(begin..middle);
                begin = middle;
            }
        }
        ranges.reverse();
        Some(Self(ranges))
    }

    /// What shows that the tree of `size` leaves begins with the tree of `old` leaves (RFC 6962 §2.1.2). Nothing when it is smaller.
    #[must_use]
    pub fn consistency(old: u64, size: u64) -> Option<Self> {
        if old > size {
            return None;
        }
        if old == 0 || old == size {
            return Some(Self(Vec::new()));
        }
        let (mut begin, mut end, mut ranges) = (0, size, Vec::new());
        // The subtree that is being taken apart ends with the old tree's last leaf when `old == end`.
        while old < end {
            let middle = begin + split(end - begin);
            if old <= middle {
                ranges.push(middle..end);
                end = middle;
            } else {
                ranges.push(begin..middle);
                begin = middle;
            }
        }
        // Whoever checks knows the old root already, when the old tree is this whole subtree.
        if begin > 0 {
            ranges.push(begin..end);
        }
        ranges.reverse();
        Some(Self(ranges))
    }

    /// The root of the tree of `size` leaves.
    #[must_use]
    pub fn root(size: u64) -> Self {
        Self(std::iter::once(0..size).collect())
    }

    /// The tiles in which the hashes lie.
    #[must_use]
    pub fn tiles(&self) -> BTreeSet<TileAt> {
        self.0.iter().flat_map(|range| pieces(range.clone())).map(|piece| piece.tile()).collect()
    }

    /// The hashes, out of tiles that were fetched; nothing when one is absent or too narrow.
    #[must_use]
    pub fn hashes(&self, tiles: &Tiles) -> Option<Vec<Sha256Hash>> {
        self.0.iter().map(|range| tiles.over(range.clone())).collect()
    }
}

/// The largest power of two that is smaller than `count`, which is at least 2 (RFC 6962 §2.1).
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// A complete subtree: `2^height` leaves, the `place`-th of that height.
struct Piece {
    height: u32,
    place: u64,
}

impl Piece {
    fn tile(&self) -> TileAt {
        let within = self.height % HEIGHT;
        // A tile stands for at most 2^64 leaves: the level is below 8.
        let level = u8::try_from(self.height / HEIGHT).unwrap_or(u8::MAX);
        TileAt { level, index: (self.place << within) / WIDTH }
    }

    fn within(&self) -> Range<usize> {
        let inner = self.height % HEIGHT;
        let first = usize::try_from((self.place << inner) % WIDTH).unwrap_or(usize::MAX);
        first..first.saturating_add(1 << inner)
    }
}

/// A range that begins at a multiple of the largest power of two in it, as complete subtrees from left to right.
fn pieces(range: Range<u64>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut begin = range.start;
    while begin < range.end {
        let height = (range.end - begin).ilog2();
        pieces.push(Piece { height, place: begin >> height });
        begin += 1 << height;
    }
    pieces
}

/// Tiles that were fetched.
#[derive(Clone, Debug, Default)]
pub struct Tiles(BTreeMap<TileAt, Vec<Sha256Hash>>);

impl Tiles {
    /// Whether these tiles begin with the hashes of `grown`.
    #[must_use]
    pub fn hold(&self, grown: &Grown) -> bool {
        grown.iter().all(|(at, hashes)| self.0.get(at).is_some_and(|stored| stored.starts_with(hashes)))
    }

    /// The hash over a range of leaves.
    fn over(&self, range: Range<u64>) -> Option<Sha256Hash> {
        let mut root: Option<Sha256Hash> = None;
        for piece in pieces(range).into_iter().rev() {
            let hashes = self.0.get(&piece.tile())?.get(piece.within())?;
            let left = perfect(hashes);
            root = Some(root.map_or(left, |right| node_hash(&left, &right)));
        }
        Some(root.unwrap_or_else(empty_root))
    }
}

impl FromIterator<(TileAt, Vec<Sha256Hash>)> for Tiles {
    fn from_iter<I: IntoIterator<Item = (TileAt, Vec<Sha256Hash>)>>(tiles: I) -> Self {
        Self(tiles.into_iter().collect())
    }
}

//! Reading a log from its files, entry by entry, up to each of some checkpoints: its entries, its tiles, its roots.
//!
//! What must stay true: whenever this waits for an answer, the walk stands at an end of what was read and compared, so that an audit that is
//! broken off goes on from there.

use super::fault::Fault;
use super::policy::Signed;
use super::source::{Absent, Source, tile_path};
use super::state::Begun;
use super::sums::Sums;
use super::walk::{Tile, Walk, unbundle};
use crate::kernel::Sha256Hash;
use crate::words::Words;
use anyhow::{Result, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;

/// After so many bundles what was read is kept; in a long log after an eighth more of it, so that keeping takes little beside reading.
const BUNDLES: u64 = 256;

/// What does not fit, and what was served instead.
pub(super) struct Found {
    pub(super) fault: Fault,
    pub(super) served: Vec<(String, Vec<u8>)>,
}

impl Found {
    const fn bare(fault: Fault) -> Self {
        Self { fault, served: Vec::new() }
    }

    fn served(fault: Fault, path: String, bytes: Vec<u8>) -> Self {
        Self { fault, served: vec![(path, bytes)] }
    }
}

/// Where what was read is kept for an audit that goes on: the folder, and the checkpoint that it went on from.
#[derive(Clone, Copy)]
pub(super) struct Keep<'k> {
    pub(super) folder: &'k Path,
    pub(super) before: Option<&'k str>,
}

/// An audit on its way through the entries.
pub(super) struct Through<'t> {
    pub(super) source: &'t mut Source,
    pub(super) walk: Walk,
    /// How many entries the newest checkpoint has: files are as wide as that.
    last: u64,
    /// So many entries, from the first, are counted in the sums.
    summed: u64,
    sums: Option<&'t mut Sums>,
    keep: Option<Keep<'t>>,
    bar: ProgressBar,
    /// The bundle that was read last: its index, and its bytes.
    bundle: Option<(u64, Vec<u8>)>,
    /// The checkpoint that is on its way.
    to: Option<String>,
    /// How many bundles were read since what was read was kept.
    unkept: u64,
}

impl<'t> Through<'t> {
    /// Begins with what was learnt before, on the way to a checkpoint of `last` entries.
    pub(super) fn begin(
        source: &'t mut Source,
        walk: Walk,
        last: u64,
        sums: Option<(&'t mut Sums, u64)>,
        keep: Option<Keep<'t>>,
        words: Words,
    ) -> Result<Self> {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}")?;
        let reading = words.say("cli-audit-reading").into_owned();
        let bar = ProgressBar::new(last).with_style(style).with_message(reading).with_position(walk.size);
        // Shown before the first answer, with what was read by an earlier audit.
        bar.tick();
        let (sums, summed) = sums.map_or((None, 0), |(sums, summed)| (Some(sums), summed));
        Ok(Self { source, walk, last, summed, sums, keep, bar, bundle: None, to: None, unkept: 0 })
    }

    /// Reads up to a checkpoint; what does not fit.
    pub(super) async fn to(&mut self, signed: &Signed) -> Result<Option<Found>> {
        self.to = Some(signed.note.clone());
        let found = match self.read(signed.checkpoint.size).await {
            // What the checkpoint covers has to be there.
            Err(error) => match error.downcast::<Absent>() {
                Ok(absent) => Some(Found::bare(Fault::Missing { path: absent.path })),
                Err(error) => return Err(error),
            },
            Ok(found) => found,
        };
        if found.is_some() {
            return Ok(found);
        }
        let size = signed.checkpoint.size;
        let is_root = Sha256Hash::from_bytes(self.walk.root()) == signed.checkpoint.root;
        Ok((!is_root).then(|| Found::bare(Fault::Root { size })))
    }

    async fn read(&mut self, size: u64) -> Result<Option<Found>> {
        while self.walk.size < size {
            let index = self.walk.size / 256;
            let width = (self.last - index * 256).min(256);
            let path = tile_path(None, index, width);
            let bytes = match self.bundle.take() {
                Some((known, bytes)) if known == index => bytes,
                _ => self.source.tile(None, index, width).await?,
            };
            let first = index * 256;
            let upto = size.min(first + width);
            // Before anything is taken: behind this nothing is waited for.
            let mut tiles = Vec::new();
            if upto == first + 256 {
                for (level, index) in filled(upto) {
                    tiles.push(self.source.tile(Some(level), index, 256).await?);
                }
            }
            if let Some(found) = self.take(&bytes, (width, upto), &path, tiles) {
                return Ok(Some(found));
            }
            self.bundle = Some((index, bytes));
            self.bar.set_position(self.walk.size);
            self.unkept += 1;
            if self.unkept >= BUNDLES.max(self.walk.size / 256 / 8) {
                self.keep()?;
            }
        }
        Ok(None)
    }

    /// Takes the entries of a bundle of `width` up to the entry `upto`, and compares the tiles that they fill.
    fn take(
        &mut self,
        bundle: &[u8],
        (width, upto): (u64, u64),
        path: &str,
        tiles: Vec<Vec<u8>>,
    ) -> Option<Found> {
        let of_bundle = |fault| Some(Found::served(fault, path.to_owned(), bundle.to_vec()));
        let Some(entries) = unbundle(bundle, width) else {
            return of_bundle(Fault::Short { path: path.to_owned() });
        };
        let mut tiles = tiles.into_iter();
        let skip = usize::try_from(self.walk.size % 256).unwrap_or(usize::MAX);
        for entry in entries.into_iter().skip(skip) {
            let index = self.walk.size;
            if index == upto {
                break;
            }
            let filled = match self.walk.take(entry) {
                Ok(filled) => filled,
                Err(why) => return of_bundle(Fault::Entry { index, why }),
            };
            if let Some(sums) = self.sums.as_deref_mut().filter(|_| index < self.summed) {
                sums.see(index, entry);
            }
            for (tile, served) in filled.iter().zip(tiles.by_ref()) {
                if let Some(found) = compare(tile, served) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Compares the tiles that are not full, once all is read.
    pub(super) async fn edge(&mut self) -> Result<Option<Found>> {
        for tile in self.walk.edge() {
            let width = tile.hashes.len() as u64;
            let served = match self.source.tile(Some(tile.level), tile.index, width).await {
                Ok(served) => served,
                Err(error) => {
                    return match error.downcast::<Absent>() {
                        Ok(absent) => Ok(Some(Found::bare(Fault::Missing { path: absent.path }))),
                        Err(error) => Err(error),
                    };
                }
            };
            if let Some(found) = compare(&tile, served) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Keeps what was read so far, for an audit that goes on.
    pub(super) fn keep(&mut self) -> Result<()> {
        let (Some(keep), Some(note)) = (self.keep, &self.to) else { return Ok(()) };
        Begun::write(keep.folder, keep.before, note, &self.walk)?;
        self.unkept = 0;
        Ok(())
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// The tiles that are full once a full bundle was read up to the entry `size`: level and index, the lowest first.
fn filled(size: u64) -> impl Iterator<Item = (u8, u64)> {
    (0_u8..7).map_while(move |level| {
        let wide = 1_u64 << (8 * (u32::from(level) + 1));
        size.is_multiple_of(wide).then(|| (level, size / wide - 1))
    })
}

/// Whether a tile as served is that of the entries.
fn compare(tile: &Tile, served: Vec<u8>) -> Option<Found> {
    let path = tile_path(Some(tile.level), tile.index, tile.hashes.len() as u64);
    let hashes = tile.hashes.concat();
    match served.get(..hashes.len()) {
        None => Some(Found::served(Fault::Short { path: path.clone() }, path, served)),
        Some(begin) if begin != hashes => {
            Some(Found::served(Fault::Tile { path: path.clone() }, path, served))
        }
        Some(_) => None,
    }
}

/// The error of an audit that was told to end.
pub(super) fn interrupted(words: Words) -> anyhow::Error {
    anyhow!(words.say("cli-audit-interrupted").into_owned())
}

//! Full tiles as files in the service's folder: reading one out of the database, or putting one of entries together from its rows, costs
//! several times as much as reading a file.
//!
//! What must stay true: the database is the log, and these are copies that may be taken away at any time. A file is believed once this
//! process has hashed it and found it in the tree; one that is torn, altered or of another log is written anew.

use super::service::Resource;
use super::tree::{WIDTH, leaf_hash, perfect};
use crate::kernel::{Moment, Sha256Hash};
use bytes::Bytes;
use std::collections::HashSet;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What one process knows of the files.
#[derive(Debug, Default)]
pub(super) struct Copies {
    /// Those that it wrote or hashed.
    believed: Mutex<HashSet<Resource>>,
    /// Until when nothing is written, in microseconds since 1970: one could not be.
    pauses_until: AtomicI64,
    /// How many tiles of entries, from the first one on, this process has seen to.
    ahead: AtomicU64,
}

/// How long nothing is written after a file could not be.
const PAUSE: i64 = 60_000_000;

/// Where the files lie in the service's folder.
#[must_use]
pub fn folder(data: &Path) -> PathBuf {
    data.join("log").join("tiles")
}

/// Where the file of a tile lies: a thousand in a folder.
fn path(data: &Path, tile: Resource) -> PathBuf {
    let (thousand, place) = (tile.index / 1_000, tile.index % 1_000);
    let kind = tile.level.map_or_else(|| "entries".to_owned(), |level| level.to_string());
    folder(data).join(kind).join(thousand.to_string()).join(format!("{place:03}"))
}

/// What a full tile is measured by: the tile that holds the hashes of its entries, or its own hash as the last one.
pub(super) fn measure_of(tile: Resource) -> Resource {
    match tile.level {
        None => Resource { level: Some(0), ..tile },
        Some(level) => {
            Resource { level: Some(level + 1), index: tile.index / WIDTH, width: tile.index % WIDTH + 1 }
        }
    }
}

impl Copies {
    /// Whether this process has hashed the file of this tile.
    pub(super) fn believes(&self, tile: Resource) -> bool {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner).contains(&tile)
    }

    fn believe(&self, tile: Resource) {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner).insert(tile);
    }

    /// The file of this tile if it fits `hashes` ([`measure_of`]); it is believed from then on.
    pub(super) async fn measured(&self, data: &Path, tile: Resource, hashes: &Bytes) -> Option<Bytes> {
        let (path, hashes) = (path(data, tile), hashes.clone());
        let read = move || fs::read(path).ok().filter(|bytes| fits(tile, bytes, &hashes));
        let bytes = tokio::task::spawn_blocking(read).await.ok()??;
        self.believe(tile);
        Some(bytes.into())
    }

    /// The file of a tile that is believed; nothing when it is not there any more.
    pub(super) async fn read(&self, data: &Path, tile: Resource) -> Option<Bytes> {
        let path = path(data, tile);
        let bytes = tokio::task::spawn_blocking(move || fs::read(path).ok()).await.ok()??;
        Some(bytes.into())
    }

    /// How many tiles of entries, from the first one on, this process has seen to.
    pub(super) fn ahead(&self) -> u64 {
        self.ahead.load(Ordering::Relaxed)
    }

    /// This tile of entries was seen to, after all before it.
    pub(super) fn goes_on_after(&self, place: u64) {
        self.ahead.fetch_max(place + 1, Ordering::Relaxed);
    }

    /// Whether nothing is written now, because a file could not be a moment ago.
    pub(super) fn pauses(&self, now: Moment) -> bool {
        now.micros() < self.pauses_until.load(Ordering::Relaxed)
    }

    /// Keeps the bytes of a full tile that fit `hashes`. That it could not is told and hinders nobody; after a while it is tried again.
    pub(super) async fn keep(
        &self,
        data: &Path,
        now: Moment,
        tile: Resource,
        (bytes, hashes): (&Bytes, &Bytes),
    ) {
        if self.pauses(now) {
            return;
        }
        let (path, bytes, hashes) = (path(data, tile), bytes.clone(), hashes.clone());
        let write =
            move || if fits(tile, &bytes, &hashes) { write(&path, &bytes).map(|()| true) } else { Ok(false) };
        let kept = tokio::task::spawn_blocking(write).await.map_err(io::Error::other).flatten();
        match kept {
            Ok(true) => self.believe(tile),
            // The start of a node and each signature find what is wrong with it.
            Ok(false) => {}
            Err(error) => {
                self.pauses_until.store(now.micros().saturating_add(PAUSE), Ordering::Relaxed);
                tracing::warn!(%error, "for a minute no tiles of the log are kept as files");
            }
        }
    }
}

/// Whether the bytes of a full tile fit what it is measured by: each of its entries the hash in its place, or all of its hashes the last one.
fn fits(tile: Resource, bytes: &[u8], hashes: &[u8]) -> bool {
    if tile.level.is_none() {
        return are_entries(bytes, hashes);
    }
    let (own, rest) = bytes.as_chunks::<32>();
    let own: Vec<Sha256Hash> = own.iter().map(|hash| Sha256Hash::from_bytes(*hash)).collect();
    let is_full = u64::try_from(own.len()).is_ok_and(|count| count == WIDTH);
    is_full && rest.is_empty() && hashes.ends_with(perfect(&own).as_bytes())
}

/// Whether the bundle is of entries with these hashes, all of them and nothing else.
fn are_entries(mut bundle: &[u8], hashes: &[u8]) -> bool {
    let (hashes, rest) = hashes.as_chunks::<32>();
    let all = hashes.iter().all(|hash| {
        let entry = bundle.split_first_chunk().and_then(|(length, after)| {
            let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            bundle = after;
            Some(entry)
        });
        entry.is_some_and(|entry| leaf_hash(entry) == Sha256Hash::from_bytes(*hash))
    });
    all && rest.is_empty() && bundle.is_empty()
}

/// Whole or not at all; that it lasts is not waited for.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

//! Full tiles of entries as files in the service's folder: putting one together from its rows costs several times as much as reading it.
//!
//! What must stay true: the database is the log, and these are copies that may be taken away at any time. A file is believed once this
//! process has hashed its entries and found them in the tree; one that is torn, altered or of another log is written anew.

use super::tree::leaf_hash;
use crate::kernel::Sha256Hash;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What one process knows of the files.
#[derive(Debug, Default)]
pub(super) struct Copies {
    /// Those that it wrote or hashed.
    believed: Mutex<BTreeSet<u64>>,
    /// Whether one could not be written: nothing more is tried before the next start.
    is_off: AtomicBool,
}

/// Where the files lie in the service's folder.
#[must_use]
pub fn folder(data: &Path) -> PathBuf {
    data.join("log").join("entries")
}

/// Where the file of a tile lies: a thousand in a folder.
fn path(data: &Path, index: u64) -> PathBuf {
    let (thousand, place) = (index / 1_000, index % 1_000);
    folder(data).join(thousand.to_string()).join(format!("{place:03}"))
}

impl Copies {
    /// Whether this process has hashed the file of this tile.
    pub(super) fn believes(&self, index: u64) -> bool {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner).contains(&index)
    }

    fn believe(&self, index: u64) {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner).insert(index);
    }

    /// The file of this tile if its entries have the hashes of its tile in the tree; it is believed from then on.
    pub(super) async fn measured(&self, data: &Path, index: u64, hashes: &[u8]) -> Option<Bytes> {
        let (path, hashes) = (path(data, index), hashes.to_vec());
        let read = move || fs::read(path).ok().filter(|bytes| fits(bytes, &hashes));
        let bytes = tokio::task::spawn_blocking(read).await.ok()??;
        self.believe(index);
        Some(bytes.into())
    }

    /// The file of a tile that is believed; nothing when it is not there any more.
    pub(super) async fn read(&self, data: &Path, index: u64) -> Option<Bytes> {
        let path = path(data, index);
        let bytes = tokio::task::spawn_blocking(move || fs::read(path).ok()).await.ok()??;
        Some(bytes.into())
    }

    /// Keeps the bytes of a full tile whose entries have these hashes. That it could not is told once and hinders nobody.
    pub(super) async fn keep(&self, data: &Path, index: u64, bytes: &Bytes, hashes: &[u8]) {
        if self.is_off.load(Ordering::Relaxed) {
            return;
        }
        let (path, bytes, hashes) = (path(data, index), bytes.clone(), hashes.to_vec());
        let write =
            move || if fits(&bytes, &hashes) { write(&path, &bytes).map(|()| true) } else { Ok(false) };
        let kept = tokio::task::spawn_blocking(write).await.map_err(io::Error::other).flatten();
        match kept {
            Ok(true) => self.believe(index),
            // The start of a node and each signature find what is wrong with it.
            Ok(false) => {}
            Err(error) => {
                self.is_off.store(true, Ordering::Relaxed);
                tracing::warn!(%error, "no more tiles of the log are kept as files until the next start");
            }
        }
    }
}

/// Whether the bundle is of entries with these hashes, all of them and nothing else.
fn fits(mut bundle: &[u8], hashes: &[u8]) -> bool {
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

//! The files of a backup: which there are, how long and of what hash, and copies that are whole or not there.

use crate::kernel::Sha256Hash;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How files begin that are written now and get their name when they are whole (`tempfile`'s own beginning).
const UNFINISHED: &str = ".tmp";

/// All files below a folder that have their name, by their paths in it, in order. What goes away meanwhile is not there.
pub(super) fn all(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut open) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(next) = open.pop() {
        let path = folder.join(&next);
        let Some(entries) = there(fs::read_dir(&path)).with_context(|| path.display().to_string())? else {
            continue;
        };
        for entry in entries {
            let entry = entry.with_context(|| path.display().to_string())?;
            let Some(kind) = there(entry.file_type())? else { continue };
            let name = next.join(entry.file_name());
            if kind.is_dir() {
                open.push(name);
            } else if kind.is_file() && !entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                files.push(name);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What is there; nothing for what is gone.
fn there<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Copies a file into a place where there is none: whole or not at all, and on the disk; only the service's own user may read it. Whether
/// there still was such a file.
pub(super) fn copy(from: &Path, to: &Path) -> Result<bool> {
    let named = |path: &Path| path.display().to_string();
    let Some(mut source) = there(File::open(from)).with_context(|| named(from))? else { return Ok(false) };
    let folder = to.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(|| named(folder))?;
    let mut file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)
        .with_context(|| named(folder))?;
    io::copy(&mut source, file.as_file_mut()).with_context(|| named(to))?;
    file.as_file().sync_all().with_context(|| named(to))?;
    file.persist_noclobber(to).map_err(|error| error.error).with_context(|| named(to))?;
    File::open(folder)?.sync_all()?;
    Ok(true)
}

/// Lets only the service's own user read a file, and waits until it is on the disk.
pub(super) fn private(path: &Path) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(File::open(path)?.sync_all()?)
}

/// How long a file is, and its hash in lower-case hex.
pub(super) fn measure(path: &Path) -> Result<(u64, String)> {
    let mut file = File::open(path).with_context(|| path.display().to_string())?;
    let mut hash = Sha256::new();
    let bytes = io::copy(&mut file, &mut Hashing(&mut hash))?;
    Ok((bytes, Sha256Hash::from_bytes(hash.finalize().into()).to_string()))
}

/// What is written is hashed.
struct Hashing<'h>(&'h mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

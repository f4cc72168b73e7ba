//! The last checkpoint that this node has seen, in a file outside the database: what the database is measured by before anything more
//! is signed, so that a database that was put back to an earlier state does not grow another history under the same key.
//!
//! What must stay true: the file is whole and on the disk before a checkpoint is published.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Where the file lies in the service's folder.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("log").join("checkpoint")
}

/// The note in the file; nothing when there is no file.
pub(super) fn read(data: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path(data)) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a note into the file, in the place of the one before: whole or not at all, and lasting.
pub(super) fn write(data: &Path, note: &str) -> io::Result<()> {
    let path = path(data);
    let folder = path.parent().unwrap_or(data);
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(note.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

//! The last checkpoint that this node has seen, in a file outside the database: what the database is measured by before anything more
//! is signed, so that a database that was put back to an earlier state does not grow another history under the same key.
//!
//! What must stay true: the file is whole and on the disk before a checkpoint is published; it never goes back to a smaller one.

use super::checkpoint::Checkpoint;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

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

/// What became of a note that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The file holds it.
    Kept,
    /// The file holds a checkpoint of so many entries, which is a larger one, or another one of as many: it stays.
    Stays(u64),
}

/// Puts a note into the file, in the place of the one before, whole or not at all, and lasting; unless that one goes further. Several
/// processes may do so at once.
pub(super) fn write(data: &Path, note: &str) -> io::Result<Outcome> {
    let turn = turn(data)?;
    let new = Checkpoint::read(note).map_err(io::Error::other)?;
    if let Some(Ok(old)) = read(data)?.map(|kept| Checkpoint::read(&kept))
        && (old.size > new.size || (old.size == new.size && old != new))
    {
        return Ok(Outcome::Stays(old.size));
    }
    put(data, &turn, note)?;
    Ok(Outcome::Kept)
}

/// Tries whether the file could be written, by writing again what is in it.
pub(super) fn probe(data: &Path) -> io::Result<()> {
    let turn = turn(data)?;
    match read(data)? {
        Some(note) => put(data, &turn, &note),
        None => new_file(data, "").map(drop),
    }
}

/// The folder of the file, for one process at a time.
fn turn(data: &Path) -> io::Result<File> {
    let path = path(data);
    let folder = path.parent().unwrap_or(data);
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let turn = File::open(folder)?;
    turn.lock()?;
    Ok(turn)
}

fn new_file(data: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(path(data).parent().unwrap_or(data))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn put(data: &Path, turn: &File, text: &str) -> io::Result<()> {
    new_file(data, text)?.persist(path(data)).map_err(|error| error.error)?;
    turn.sync_all()
}

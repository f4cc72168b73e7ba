//! A document on its way in: a file without a name, read from its beginning as often as need be.

use super::error::Error;
use super::model::{MOST_AT_ONCE, MOST_BYTES, MOST_EVENTS, OnError};
use crate::app::App;
use crate::events::epcis::{Documents, Kind};
use crate::kernel::Problems;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;

/// The most problems that one answer tells.
pub(super) const MOST_PROBLEMS: usize = 100;

/// A document that is being sent. It lies in a file without a name, which is gone when nobody has it open.
#[derive(Debug)]
pub struct Incoming {
    file: tokio::fs::File,
    pub(super) bytes: u64,
}

impl Incoming {
    /// Begins.
    ///
    /// # Errors
    /// When there is no room for it.
    pub async fn begin(app: &App) -> Result<Self, Error> {
        let folder = app.config.data.clone();
        let file = tokio::task::spawn_blocking(move || {
            if folder.is_dir() { tempfile::tempfile_in(folder) } else { tempfile::tempfile() }
        });
        Ok(Self { file: tokio::fs::File::from_std(file.await??), bytes: 0 })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::File`] when there is no room for it.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.bytes > MOST_BYTES {
            return Err(Error::TooLarge { most: MOST_EVENTS, bytes: MOST_BYTES });
        }
        Ok(self.file.write_all(bytes).await?)
    }

    pub(super) async fn end(mut self) -> Result<Stored, Error> {
        self.file.flush().await?;
        Ok(Stored { file: Arc::new(self.file.into_std().await), place: 0 })
    }
}

/// A document that was sent, read from its beginning by each who reads it, side by side if need be.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    file: Arc<File>,
    place: u64,
}

impl Stored {
    /// The same, from its beginning.
    pub(super) fn again(&self) -> Self {
        Self { file: self.file.clone(), place: 0 }
    }
}

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.place)?;
        self.place += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

impl Seek for Stored {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = || self.file.metadata().map(|metadata| metadata.len());
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
            SeekFrom::End(by) => end()?.checked_add_signed(by),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}

/// Reads a document through: that it is one, and with `rollback` that every event of it can be understood.
pub(super) fn check(document: Stored, on_error: OnError) -> Result<&'static str, Error> {
    let events = Documents::open(document)?;
    let list = match events.header().kind {
        Kind::Document => "/epcisBody/eventList",
        Kind::QueryDocument => "/epcisBody/queryResults/resultsBody/eventList",
        Kind::Event => "",
    };
    if events.header().events > MOST_EVENTS {
        return Err(Error::TooLarge { most: MOST_EVENTS, bytes: MOST_BYTES });
    }
    if on_error == OnError::Proceed {
        return Ok(list);
    }
    let count = events.header().events;
    if count > MOST_AT_ONCE {
        return Err(Error::TooManyAtOnce { count, most: MOST_AT_ONCE });
    }
    let mut problems = Problems::default();
    for event in events {
        if let Err(found) = event {
            problems.0.extend(found.0);
            if problems.0.len() >= MOST_PROBLEMS {
                problems.0.truncate(MOST_PROBLEMS);
                break;
            }
        }
    }
    problems.finish()?;
    Ok(list)
}

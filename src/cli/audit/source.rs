//! Where the auditor reads the log from: a registry or a mirror over HTTP, or a folder with the same files.

use crate::config::Address;
use crate::http::{Ask, ask};
use anyhow::{Context, Result, anyhow, bail};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A place with the files of a log.
#[derive(Debug)]
pub(super) enum Source {
    /// Below this address.
    Http(Address),
    /// Below this folder.
    Folder(PathBuf),
}

/// What was not to be had.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: there is none (status {status})")]
pub(super) struct Absent {
    pub(super) path: String,
    status: u16,
}

impl Source {
    /// Reads `https://HOST/log`, `http://…`, `file:///…` or a folder.
    pub(super) fn parse(text: &str) -> Result<Self> {
        if let Some(path) = text.strip_prefix("file://") {
            return Ok(Self::Folder(PathBuf::from(path)));
        }
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Ok(Self::Folder(PathBuf::from(text)));
        }
        Address::parse(text).map(Self::Http).map_err(|why| anyhow!("{text}: {why}"))
    }

    /// The bytes of one file.
    pub(super) fn get(&self, path: &str) -> Result<Vec<u8>> {
        match self {
            Self::Folder(folder) => match fs::read(folder.join(path)) {
                Ok(bytes) => Ok(bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    bail!(Absent { path: path.to_owned(), status: 404 })
                }
                Err(error) => Err(error).with_context(|| path.to_owned()),
            },
            Self::Http(log) => {
                let path = format!("{}/{path}", log.path);
                let asked = Ask {
                    method: "GET",
                    path: &path,
                    lang: "en",
                    token: None,
                    body: None,
                    patience: Duration::from_secs(30),
                };
                let reply = ask(&log.server, &asked).with_context(|| path.clone())?;
                if reply.status != 200 {
                    bail!(Absent { path: path.clone(), status: reply.status });
                }
                Ok(reply.body)
            }
        }
    }

    /// The bytes of a tile (or, without a level, of entries) `width` wide; of the full one where the narrow one is gone, as much.
    pub(super) fn tile(&self, level: Option<u8>, index: u64, width: u64) -> Result<Vec<u8>> {
        let path = tile_path(level, index, width);
        match self.get(&path) {
            Err(error) if width < 256 && error.is::<Absent>() => self.get(&tile_path(level, index, 256)),
            outcome => outcome,
        }
    }
}

/// The path of a tile (C2SP `tlog-tiles`).
pub(super) fn tile_path(level: Option<u8>, index: u64, width: u64) -> String {
    let kind = level.map_or_else(|| "entries".to_owned(), |level| level.to_string());
    let mut path = format!("tile/{kind}");
    let mut parts = vec![index % 1_000];
    let mut rest = index / 1_000;
    while rest > 0 {
        parts.push(rest % 1_000);
        rest /= 1_000;
    }
    for (at, part) in parts.iter().enumerate().rev() {
        // Writing into a text cannot fail.
        let _ = write!(path, "/{}{part:03}", if at == 0 { "" } else { "x" });
    }
    if width < 256 {
        let _ = write!(path, ".p/{width}");
    }
    path
}

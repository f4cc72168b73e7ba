//! Where the auditor reads the log from: a registry or a mirror over HTTP, or a folder with the same files.

use crate::config::Address;
use crate::http::Line;
use anyhow::{Context, Result, anyhow, bail};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest file of a log: 256 entries, each as long as its two bytes of length can say (C2SP `tlog-tiles`).
const LARGEST: usize = 256 * (2 + 0xffff);
/// How long is waited before each new try, in milliseconds, when a server does not answer or answers that it cannot now.
const PAUSES: [u64; 4] = [0, 250, 1_000, 3_000];
/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A place with the files of a log.
#[derive(Debug)]
pub(super) enum Source {
    /// Below this path of a server.
    Http { line: Line, path: String },
    /// Below this folder.
    Folder(PathBuf),
}

/// What is not there: the server said so (404, 410), or the folder has no such file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: there is none")]
pub(super) struct Absent {
    pub(super) path: String,
}

/// What a server answered instead of a file, as often as it was asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: status {status}")]
pub(super) struct Answered {
    pub(super) path: String,
    pub(super) status: u16,
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
        let log = Address::parse(text).map_err(|why| anyhow!("{text}: {why}"))?;
        Ok(Self::Http { line: Line::to(log.server), path: log.path })
    }

    /// The bytes of one file. What a server cannot answer now is asked again a few times; only what it says is not there is [`Absent`].
    pub(super) async fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        match self {
            Self::Folder(folder) => match fs::read(folder.join(path)) {
                Ok(bytes) => Ok(bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    bail!(Absent { path: path.to_owned() })
                }
                Err(error) => Err(error).with_context(|| path.to_owned()),
            },
            Self::Http { line, path: log } => {
                let path = format!("{log}/{path}");
                let mut pauses = PAUSES.iter().map(|pause| Duration::from_millis(*pause));
                loop {
                    let (why, asked) = match line.get(&path, LARGEST, PATIENCE).await {
                        Ok(answer) if answer.status == 200 => return Ok(answer.body),
                        Ok(answer) if matches!(answer.status, 404 | 410) => bail!(Absent { path }),
                        Ok(answer) => {
                            let answered = Answered { path: path.clone(), status: answer.status };
                            (anyhow!(answered), answer.retry_after)
                        }
                        Err(error) => (anyhow!(error).context(path.clone()), None),
                    };
                    let Some(pause) = pauses.next() else { return Err(why) };
                    tokio::time::sleep(pause.max(asked.unwrap_or_default().min(LONGEST_PAUSE))).await;
                }
            }
        }
    }

    /// The bytes of a tile (or, without a level, of entries) `width` wide; of the full one where the narrow one is gone, as much.
    pub(super) async fn tile(&mut self, level: Option<u8>, index: u64, width: u64) -> Result<Vec<u8>> {
        let path = tile_path(level, index, width);
        match self.get(&path).await {
            Err(error) if width < 256 && error.is::<Absent>() => {
                self.get(&tile_path(level, index, 256)).await
            }
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

//! What an audit leaves behind: the state for the next one, what an audit that was broken off had read, and the evidence of a fault.

use super::walk::Walk;
use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// What one audit leaves to the next.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    /// The checkpoint.
    pub(super) note: String,
    /// What was learnt of the entries under it.
    pub(super) walk: Walk,
}

/// What an audit had read when it was broken off.
#[derive(Serialize, Deserialize)]
pub(super) struct Begun {
    /// The checkpoint of the state that it went on from.
    pub(super) before: Option<String>,
    /// The checkpoint that it was on the way to.
    pub(super) note: String,
    /// What was learnt of the entries so far.
    pub(super) walk: Walk,
}

/// The state's file in its folder.
pub(super) fn state_path(folder: &Path) -> PathBuf {
    folder.join("audit.json")
}

fn begun_path(folder: &Path) -> PathBuf {
    folder.join("audit-begun.json")
}

impl State {
    /// The state in a folder; nothing where nothing was audited.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        read(&state_path(folder))
    }

    /// Keeps a state in the place of the one before; what was begun is done with it.
    pub(super) fn write(folder: &Path, note: &str, walk: &Walk) -> Result<()> {
        write(folder, &state_path(folder), &Written { before: None, note, walk })?;
        Begun::forget(folder)
    }
}

impl Begun {
    /// What was begun from this state; nothing when nothing was, or it was begun from another one.
    pub(super) fn read(folder: &Path, before: Option<&State>) -> Result<Option<Self>> {
        let begun: Option<Self> = read(&begun_path(folder))?;
        let before = before.map(|before| before.note.as_str());
        Ok(begun.filter(|begun| begun.before.as_deref() == before))
    }

    /// Keeps what was read so far.
    pub(super) fn write(folder: &Path, before: Option<&str>, note: &str, walk: &Walk) -> Result<()> {
        write(folder, &begun_path(folder), &Written { before, note, walk })
    }

    /// Removes it.
    pub(super) fn forget(folder: &Path) -> Result<()> {
        let path = begun_path(folder);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| path.display().to_string())
            }
            _ => Ok(()),
        }
    }
}

/// Both files, as they are written.
#[derive(Serialize)]
struct Written<'w> {
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'w str>,
    note: &'w str,
    walk: &'w Walk,
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

fn write(folder: &Path, path: &Path, what: &Written<'_>) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = BufWriter::new(file.as_file_mut());
    serde_json::to_writer(&mut out, what)?;
    std::io::Write::flush(&mut out)?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(File::open(folder)?.sync_all()?)
}

/// What shows a fault to others.
pub(super) struct Evidence {
    /// The notes of the checkpoints, each with the name of its file.
    pub(super) notes: Vec<(&'static str, String)>,
    /// What the log served that does not fit: the path, and the bytes.
    pub(super) served: Vec<(String, Vec<u8>)>,
}

impl Evidence {
    /// Keeps it, with the reason, in a new folder inside `folder`.
    pub(super) fn keep(&self, folder: &Path, why: &str) -> Result<PathBuf> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let named = |number: u32| folder.join(format!("evidence-{number}"));
        let place = (1..10_000).map(named).find(|place| !place.exists()).context("no free name")?;
        fs::create_dir(&place)?;
        fs::write(place.join("why"), format!("{why}\n"))?;
        for (name, note) in &self.notes {
            fs::write(place.join(name), note)?;
        }
        for (path, bytes) in &self.served {
            let file = place.join("served").join(path);
            fs::create_dir_all(file.parent().unwrap_or(&place))?;
            fs::write(file, bytes)?;
        }
        Ok(place)
    }
}

/// The folder for the evidence of an audit that keeps no state: in the working directory, named for the log.
pub(super) fn folder_for(log: &str) -> PathBuf {
    let name = log.split_once("://").map_or(log, |(_, rest)| rest).trim_matches('/');
    let plain = |sign: char| if sign.is_ascii_alphanumeric() || sign == '.' { sign } else { '-' };
    PathBuf::from(format!("audit-of-{}", name.chars().map(plain).collect::<String>()))
}

//! `nguongoc audit`: proves, or not, that nobody rewrote the history of a registry, with nothing of the registry's own code for its tree.
//!
//! It reads the files of the log, from the registry, a mirror or a folder: the checkpoint by the policy (who signed, who cosigned), every entry
//! since the last audit, every tile. The state that it keeps is what the next checkpoint must extend. Exit 0: all of it fits. Exit 1: it does not,
//! and both checkpoints are kept as evidence. Exit 2: the question could not be put.

mod policy;
mod source;
mod sums;
mod walk;

use crate::kernel::Sha256Hash;
use crate::log::Checkpoint;
use crate::words::Words;
use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use policy::{Policy, Untrusted};
use serde::{Deserialize, Serialize};
use source::{Absent, Source};
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use sums::{Sums, Verdict};
use walk::{Fault, Tile, Walk, unbundle};

#[derive(Debug, Args)]
pub(super) struct Audit {
    /// The log: `https://HOST/log`, `file:///FOLDER`, or a folder with a copy of its files
    #[arg(long, value_name = "URL")]
    log: String,
    /// Which logs and witnesses count (C2SP tlog-policy)
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Folder in which the audit goes on where the last one ended; without one, all of it is read each time
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Openings of the log's commitments, as `log disclose` writes them: sums of amounts are checked too, over the whole log
    #[arg(long, value_name = "FILE")]
    disclosures: Option<PathBuf>,
}

/// How an audit ended.
enum Outcome {
    Good { checkpoint: Checkpoint, new: u64, sums: Option<Verdict> },
    Bad { why: String, note: String },
}

pub(super) fn run(asked: &Audit, words: Words) -> ExitCode {
    match audit(asked, words) {
        Ok(Outcome::Good { checkpoint, new, sums }) => {
            let values = [
                ("count", checkpoint.size.to_string()),
                ("new", new.to_string()),
                ("origin", checkpoint.origin.clone()),
                ("root", checkpoint.root.to_string()),
            ];
            println!("{}", words.with("cli-audit-good", &values));
            if sums.is_none_or(|sums| told(&sums, words)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(Outcome::Bad { why, note }) => {
            println!("{}", words.with("cli-audit-bad", &[("why", why.clone())]));
            match evidence(asked.state.as_deref(), &why, &note) {
                Ok(Some(folder)) => {
                    let folder = folder.display().to_string();
                    eprintln!("{}", words.with("cli-audit-evidence", &[("folder", folder)]));
                }
                Ok(None) => eprintln!("{}", words.say("cli-audit-no-state")),
                Err(error) => eprintln!("error: {error:#}"),
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Tells what the sums say; whether all of it fits.
fn told(sums: &Verdict, words: Words) -> bool {
    for (lot, closed) in &sums.closed {
        let values = [("lot", lot.clone()), ("count", closed.to_string())];
        println!("{}", words.with("cli-audit-closed", &values));
    }
    for finding in &sums.findings {
        println!("{}", finding.say(words));
    }
    let values = [
        ("count", sums.opened.to_string()),
        ("lots", sums.lots.to_string()),
        ("closed", sums.closed.len().to_string()),
        ("wrong", sums.findings.len().to_string()),
    ];
    let key = if sums.findings.is_empty() { "cli-audit-sums-good" } else { "cli-audit-sums-bad" };
    println!("{}", words.with(key, &values));
    sums.findings.is_empty()
}

fn audit(asked: &Audit, words: Words) -> Result<Outcome> {
    let text = fs::read_to_string(&asked.policy).with_context(|| asked.policy.display().to_string())?;
    let policy = Policy::parse(&text).with_context(|| asked.policy.display().to_string())?;
    let mut sums = asked.disclosures.as_deref().map(Sums::read).transpose()?;
    let source = Source::parse(&asked.log)?;
    let before = asked.state.as_deref().map(State::read).transpose()?.flatten();
    let newest = String::from_utf8(source.get("checkpoint")?).context("the checkpoint is no text")?;
    let (note, opened) = match policy.open(&newest) {
        Err(why @ Untrusted::Quorum(_)) => match witnessed(&source, &policy, before.as_ref())? {
            Some((note, checkpoint)) => (note, Ok(checkpoint)),
            None => (newest, Err(why)),
        },
        opened => (newest, opened),
    };
    let bad = |why: String| Ok(Outcome::Bad { why, note: note.clone() });
    let checkpoint = match opened {
        Ok(checkpoint) => checkpoint,
        Err(why) => return bad(why.to_string()),
    };
    let mut walk = Walk::default();
    let mut audited: Option<Checkpoint> = None;
    if let Some(before) = before {
        let known = match policy.open(&before.note) {
            Ok(known) => known,
            Err(why) => return bad(format!("the checkpoint of the last audit: {why}")),
        };
        if before.walk.size != known.size || Sha256Hash::from_bytes(before.walk.root()) != known.root {
            bail!(
                "{}: the state is damaged; begin with another folder",
                State::path(asked.state.as_deref()).display()
            );
        }
        if known.origin != checkpoint.origin {
            return bad(format!("{} was audited before, this is {}", known.origin, checkpoint.origin));
        }
        if checkpoint.size < known.size {
            return bad(Fault::Shrunk { before: known.size, now: checkpoint.size }.to_string());
        }
        if checkpoint.size == known.size && checkpoint.root != known.root {
            return bad(Fault::Forked { size: known.size }.to_string());
        }
        walk = before.walk;
        audited = Some(known);
    }
    let first = walk.size;
    let mut fault = None;
    // Sums need every entry, also those that were audited before: they must be the same ones.
    if let Some(known) = audited.filter(|_| sums.is_some()) {
        walk = Walk::default();
        fault = through(&source, &mut walk, &known, sums.as_mut(), words)?;
    }
    if fault.is_none() {
        fault = through(&source, &mut walk, &checkpoint, sums.as_mut(), words)?;
    }
    match fault {
        Some(Fault::Root { size }) if first > 0 => {
            bad(Fault::Rewritten { before: first, now: size }.to_string())
        }
        Some(fault) => bad(fault.to_string()),
        None => {
            if let Some(folder) = &asked.state {
                State { note: note.clone(), walk }.write(folder)?;
            }
            let sums = sums.map(Sums::verdict);
            Ok(Outcome::Good { new: checkpoint.size - first, checkpoint, sums })
        }
    }
}

/// The checkpoint that witnesses had time to cosign, when the newest one is still without their word: a log that grows every second always
/// has one more. It counts when the quorum signed it, and it is not smaller than what was audited.
fn witnessed(
    source: &Source,
    policy: &Policy,
    before: Option<&State>,
) -> Result<Option<(String, Checkpoint)>> {
    let note = match source.get("witnessed") {
        Ok(bytes) => String::from_utf8(bytes).context("the checkpoint is no text")?,
        Err(error) if error.is::<Absent>() => return Ok(None),
        Err(error) => return Err(error),
    };
    let checkpoint = policy.open(&note).ok();
    let known = before.map_or(0, |before| before.walk.size);
    Ok(checkpoint.filter(|checkpoint| checkpoint.size >= known).map(|checkpoint| (note, checkpoint)))
}

/// Walks the entries up to the checkpoint; what is wrong.
fn through(
    source: &Source,
    walk: &mut Walk,
    to: &Checkpoint,
    sums: Option<&mut Sums>,
    words: Words,
) -> Result<Option<Fault>> {
    match walked(source, walk, to, sums, words) {
        // What the checkpoint covers has to be there.
        Err(error) => match error.downcast::<Absent>() {
            Ok(absent) => Ok(Some(Fault::Missing { path: absent.path })),
            Err(error) => Err(error),
        },
        outcome => outcome,
    }
}

fn walked(
    source: &Source,
    walk: &mut Walk,
    to: &Checkpoint,
    mut sums: Option<&mut Sums>,
    words: Words,
) -> Result<Option<Fault>> {
    let bar = ProgressBar::new(to.size);
    bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}")?);
    bar.set_message(words.say("cli-audit-reading").into_owned());
    bar.set_position(walk.size);
    while walk.size < to.size {
        let index = walk.size / 256;
        let width = (to.size - index * 256).min(256);
        let bundle = source.tile(None, index, width)?;
        let Some(entries) = unbundle(&bundle, width) else {
            return Ok(Some(Fault::Short { path: source::tile_path(None, index, width) }));
        };
        let skip = usize::try_from(walk.size - index * 256).unwrap_or(usize::MAX);
        for entry in entries.into_iter().skip(skip) {
            let index = walk.size;
            let filled = match walk.take(entry) {
                Ok(filled) => filled,
                Err(fault) => return Ok(Some(fault)),
            };
            if let Some(sums) = sums.as_deref_mut() {
                sums.see(index, entry);
            }
            for tile in filled {
                if let Some(fault) = compare(source, &tile)? {
                    return Ok(Some(fault));
                }
            }
        }
        bar.set_position(walk.size);
    }
    bar.finish_and_clear();
    if Sha256Hash::from_bytes(walk.root()) != to.root {
        return Ok(Some(Fault::Root { size: to.size }));
    }
    for tile in walk.edge() {
        if let Some(fault) = compare(source, &tile)? {
            return Ok(Some(fault));
        }
    }
    Ok(None)
}

/// Whether a tile as served is that of the entries.
fn compare(source: &Source, tile: &Tile) -> Result<Option<Fault>> {
    let width = tile.hashes.len() as u64;
    let served = source.tile(Some(tile.level), tile.index, width)?;
    let path = source::tile_path(Some(tile.level), tile.index, width);
    let hashes = tile.hashes.concat();
    Ok(match served.get(..hashes.len()) {
        None => Some(Fault::Short { path }),
        Some(served) if served != hashes => Some(Fault::Tile { path }),
        Some(_) => None,
    })
}

/// What one audit leaves to the next.
#[derive(Serialize, Deserialize)]
struct State {
    /// The checkpoint.
    note: String,
    /// What was learnt of the entries under it.
    walk: Walk,
}

impl State {
    fn path(folder: Option<&Path>) -> PathBuf {
        folder.unwrap_or(Path::new("")).join("audit.json")
    }

    fn read(folder: &Path) -> Result<Option<Self>> {
        let path = Self::path(Some(folder));
        match fs::read(&path) {
            Ok(bytes) => {
                Ok(Some(serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(BufWriter::new(file.as_file_mut()), self)?;
        file.as_file().sync_all()?;
        file.persist(Self::path(Some(folder)))?;
        Ok(())
    }
}

/// Keeps both checkpoints and what is wrong, in a folder of their own.
fn evidence(state: Option<&Path>, why: &str, note: &str) -> Result<Option<PathBuf>> {
    let Some(state) = state else { return Ok(None) };
    let before = State::read(state).ok().flatten();
    fs::create_dir_all(state)?;
    let folder = (1..10_000)
        .map(|number| state.join(format!("evidence-{number}")))
        .find(|folder| !folder.exists())
        .context("no free name")?;
    fs::create_dir(&folder)?;
    fs::write(folder.join("checkpoint"), note)?;
    fs::write(folder.join("why"), format!("{why}\n"))?;
    if let Some(before) = before {
        fs::write(folder.join("checkpoint-before"), before.note)?;
    }
    Ok(Some(folder))
}

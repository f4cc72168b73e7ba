//! Whoever sequences is killed at any moment, again and again, while others write; then the whole log is read as everybody reads it.
//!
//! What must stay true, and is asserted: what was acknowledged stands in the log once; no place is empty; every subject's entries are
//! numbered from 0, each with the hash of the one before; whatever checkpoint anybody saw is signed, and is the root of the first
//! entries of the log as it is in the end.

use super::ratio::{Size, Spread, now};
use super::{Place, registry};
use anyhow::{Context, Result, bail, ensure};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use nguongoc::app::App;
use nguongoc::kernel::{LogEntryId, Sha256Hash};
use nguongoc::keys::{Role, VerifierKey};
use nguongoc::log::tree::leaf_hash;
use nguongoc::log::{self, Checkpoint, Resource};
use sha2::Sha256;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

/// The argument of the child.
pub(crate) const SEQUENCE: &str = "--sequence";

/// What the child does until it is killed: it sequences, as often as it can.
pub(crate) async fn sequence(url: &str, folder: &Path) -> Result<()> {
    let app = registry::open(url, folder, &[]).await?;
    loop {
        match log::carry(&app).await {
            Ok(0) => tokio::time::sleep(Duration::from_millis(2)).await,
            Ok(_) => {}
            Err(log::Error::Stopped(stop)) => bail!("stopped: {stop}"),
            // Another process has the file, or the connection went: again.
            Err(error) => {
                eprintln!("{error}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// A child, killed when this value goes.
struct Running(Child);

impl Running {
    fn start(url: &str, folder: &Path) -> Result<Self> {
        let child = Command::new(env::current_exe()?).args([SEQUENCE, url]).arg(folder).spawn();
        Ok(Self(child.context("the child")?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL; it may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) async fn measure(place: &Place, size: Size) -> Result<()> {
    let app = registry::begin(&place.url, &place.folder).await?;
    log::leave(&app).await?;
    let kills = size.pick(200, 3);
    let (done, seen) = (Cell::new(false), RefCell::new(BTreeMap::new()));
    let begun = now();
    let killing = async {
        let waits = kill(place, &app, kills).await;
        done.set(true);
        waits
    };
    let writing = write(&app, &done);
    let watching = watch(&app, &done, &seen);
    let (waits, written, watched) = futures_util::future::join3(killing, writing, watching).await;
    let (waits, written) = (waits?, written?);
    watched?;
    let seen = seen.into_inner();
    let entries = proved(&app, &written, &seen).await?;
    let waits = Spread::of(waits);
    println!("\n| figure on {} | value |\n|---|--:|", place.database);
    println!("| times that the sequencer was killed (`SIGKILL`), under load | {kills} |");
    println!(
        "| entries acknowledged, each in the log once, in its place and chain | {} of {entries} |",
        written.len()
    );
    println!("| checkpoints seen meanwhile, all signed, all of this history | {} |", seen.len());
    println!(
        "| from the kill until another one has published: median, most (goal ≤ 5 s) | {:.1} s, **{:.1} s** |",
        waits.middle, waits.most
    );
    println!("| all of it | {:.0} s |", begun.elapsed().as_secs_f64());
    app.store.close().await;
    Ok(())
}

/// Kills the one that sequences; how many seconds it took each time until the log went on. On PostgreSQL a second node waits beside it,
/// on SQLite the service is started again.
async fn kill(place: &Place, app: &App, kills: u32) -> Result<Vec<f64>> {
    let second = place.folder.with_file_name("second");
    copy_folder(&place.folder, &second)?;
    let folders = [place.folder.clone(), second];
    let mut nodes: Vec<Running> = Vec::new();
    let beside = if place.database == "postgres" { 2 } else { 1 };
    for folder in folders.iter().take(beside) {
        nodes.push(Running::start(&place.url, folder)?);
    }
    let mut places: Vec<PathBuf> = folders.into_iter().take(beside).collect();
    let mut waits = Vec::new();
    let mut last = goes_on(app, 0).await?;
    for round in 0..kills {
        // Somewhere in the middle of a round.
        tokio::time::sleep(Duration::from_micros(500 + app.random.number() % 120_000)).await;
        // The one that leads is the one that was started first.
        drop(nodes.remove(0));
        let folder = places.remove(0);
        let begun = now();
        if beside == 1 {
            nodes.push(Running::start(&place.url, &folder)?);
        }
        last = published(app).await?.max(last);
        last = goes_on(app, last).await?;
        waits.push(begun.elapsed().as_secs_f64());
        if beside > 1 {
            nodes.push(Running::start(&place.url, &folder)?);
        }
        places.push(folder);
        if round % 20 == 19 {
            eprintln!("{}: {} kills, {last} entries", place.database, round + 1);
        }
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(waits)
}

async fn published(app: &App) -> Result<u64> {
    Ok(log::state(app).await?.published)
}

/// Waits until more than so many entries are published; how many are.
async fn goes_on(app: &App, last: u64) -> Result<u64> {
    let begun = now();
    loop {
        let published = published(app).await?;
        if published > last {
            return Ok(published);
        }
        ensure!(begun.elapsed() < Duration::from_mins(1), "the log does not go on after {last} entries");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        let target = to.join(file.file_name());
        if file.file_type()?.is_dir() {
            copy_folder(&file.path(), &target)?;
        } else {
            fs::copy(file.path(), &target)?;
        }
    }
    Ok(())
}

/// Writes entries until it is told to end; those that were acknowledged.
async fn write(app: &App, done: &Cell<bool>) -> Result<Vec<LogEntryId>> {
    let (mut written, mut number) = (Vec::new(), 0);
    while !done.get() {
        let more = 1 + app.random.number() % 40;
        written.extend(registry::append(app, number..number + more).await?);
        number += more;
        tokio::time::sleep(Duration::from_millis(app.random.number() % 8)).await;
    }
    Ok(written)
}

/// Reads the checkpoint again and again, as anybody may; keeps what it saw, by size.
async fn watch(app: &App, done: &Cell<bool>, seen: &RefCell<BTreeMap<u64, Sha256Hash>>) -> Result<()> {
    let keys: Vec<VerifierKey> = app
        .keys
        .current()
        .signing(Role::Log, app.clock.now())
        .map(|key| key.verifier().clone())
        .into_iter()
        .collect();
    while !done.get() {
        if let Some(note) = log::checkpoint(app).await? {
            let checkpoint = Checkpoint::open(&note, &keys).context("a checkpoint without its signature")?;
            let known = seen.borrow_mut().insert(checkpoint.size, checkpoint.root);
            ensure!(
                known.is_none_or(|root| root == checkpoint.root),
                "two histories of {} entries",
                checkpoint.size
            );
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    Ok(())
}

/// Reads the log as everybody does, and measures it by what was seen; how many entries it has.
async fn proved(app: &App, written: &[LogEntryId], seen: &BTreeMap<u64, Sha256Hash>) -> Result<u64> {
    // Whoever was killed last may still hold the lead, and have put entries in their place without signing them.
    let begun = now();
    let last = written.last().copied().context("something written")?;
    while log::carry(app).await? > 0
        || log::state(app).await?.waiting > 0
        || log::index_of(app, last).await?.is_none()
    {
        ensure!(begun.elapsed() < Duration::from_secs(30), "entries wait for ever");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let size = published(app).await?;
    let mut reference: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
    let mut ends: HashMap<String, (u64, Sha256Hash)> = HashMap::new();
    let mut measured = 0;
    for index in 0..size.div_ceil(256) {
        let width = (size - index * 256).min(256);
        let bundle = log::resource(app, Resource { level: None, index, width }).await?.context("entries")?;
        let mut rest = &*bundle;
        while let Some((length, more)) = rest.split_first_chunk::<2>() {
            let (bytes, more) =
                more.split_at_checked(usize::from(u16::from_be_bytes(*length))).context("an entry")?;
            rest = more;
            let entry: serde_json::Value = serde_json::from_slice(bytes)?;
            let subject = entry["subject"].as_str().context("a subject")?.to_owned();
            let expected =
                ends.get(&subject).map_or((0, None), |(seq, prev)| (seq + 1, Some(prev.to_string())));
            let told =
                (entry["seq"].as_u64().context("a number")?, entry["prev"].as_str().map(str::to_owned));
            ensure!(told == expected, "{subject}: {told:?} instead of {expected:?}");
            ends.insert(subject, (told.0, leaf_hash(bytes)));
            reference.push(bytes.to_vec());
            let size = reference.len();
            if let Some(root) = seen.get(&size) {
                ensure!(
                    reference.root().as_bytes().as_slice() == root.as_bytes().as_slice(),
                    "a fork at {size}"
                );
                measured += 1;
            }
        }
    }
    ensure!(reference.len() == size && measured == seen.len(), "{measured} of {} checkpoints", seen.len());
    let mut places = BTreeSet::new();
    for id in written {
        let index = log::index_of(app, *id).await?.context("an acknowledged entry is not in the log")?;
        ensure!(places.insert(index) && index < size, "a place was given twice");
    }
    Ok(size)
}

//! `nguongoc backup`: the folder that holds a registry as it was at one moment, made beside a running service.

use super::files;
use super::{Backup, FILES, FORMAT, Listed, LogThen, MANIFEST, Manifest, kind, word};
use crate::app::Clock;
use crate::cli::open;
use crate::config::{self, Config};
use crate::log;
use crate::store::snapshot;
use crate::store::{Store, sqlite_path};
use crate::words::Words;
use anyhow::{Context, Result, bail};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(in crate::cli) async fn backup(asked: Backup, words: Words) -> Result<ExitCode> {
    let config = open::settings(asked.service)?;
    if let Some(path) = sqlite_path(config.database.expose()).filter(|path| !path.exists()) {
        bail!(words.one("cli-backup-no-database", "path", path.display()));
    }
    if asked.to.exists() {
        bail!(words.one("cli-backup-there", "path", asked.to.display()));
    }
    if lies_in(&asked.to, &config.data) {
        let (path, data) = (asked.to.display(), config.data.display());
        bail!(words.two("cli-backup-inside", ("path", path), ("data", data)));
    }
    let part = with_ending(&asked.to, "part");
    if part.exists() {
        bail!(words.one("cli-backup-unfinished", "path", part.display()));
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&part)
        .with_context(|| part.display().to_string())?;
    let made = fill(&config, &part, &asked.to).await;
    if made.is_err() {
        // Only what was made here a moment ago.
        fs::remove_dir_all(&part).with_context(|| part.display().to_string())?;
    }
    let manifest = made?;
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let entries = manifest.log.as_ref().map_or(0, |log| log.entries);
    println!("{}", asked.to.display());
    eprintln!(
        "{}",
        words.with(
            "cli-backup-made",
            &[
                ("files", manifest.files.len().to_string()),
                ("megabytes", bytes.div_ceil(1_000_000).to_string()),
                ("entries", entries.to_string()),
            ]
        )
    );
    eprintln!("{}", words.say("cli-backup-passphrase"));
    if let Some(path) = config.passphrase_file.as_ref().filter(|path| lies_in(path, &config.data)) {
        eprintln!("{}", words.one("cli-backup-passphrase-inside", "path", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Fills the folder `part` and gives it its name.
async fn fill(config: &Config, part: &Path, name: &Path) -> Result<Manifest> {
    let made_at = Clock::System.now();
    let url = config.database.expose();
    // What the log has at least; then the database: what lies beside it is never older.
    let log = log_of(config).await?;
    let copy = part.join(snapshot::file_name(kind(config)));
    snapshot::take(url, &copy, config::postgres_programs_from_environment().as_deref()).await?;
    files::private(&copy)?;
    for file in files_of(&config.data, config)? {
        // One that went away since is none of the registry's any more.
        files::copy(&config.data.join(&file), &part.join(FILES).join(&file))?;
    }
    let mut listed = Vec::new();
    for file in files::all(part)? {
        let (bytes, sha256) = files::measure(&part.join(&file))?;
        listed.push(Listed { path: file.display().to_string(), bytes, sha256 });
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database: word(kind(config)).to_owned(),
        made_at: made_at.to_string(),
        log,
        files: listed,
    };
    let text = serde_json::to_vec_pretty(&manifest)?;
    let path = part.join(MANIFEST);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    io::Write::write_all(&mut file, &text)?;
    file.sync_all()?;
    File::open(part)?.sync_all()?;
    fs::rename(part, name).with_context(|| name.display().to_string())?;
    if let Some(parent) = name.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(parent)?.sync_all()?;
    }
    Ok(manifest)
}

/// Whether a path lies below a folder; of both the end may not be there yet.
fn lies_in(path: &Path, folder: &Path) -> bool {
    resolved(path).starts_with(resolved(folder))
}

/// A path with what is there of it resolved.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = path.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    let whole = known.and_then(|(above, known)| Some(known.join(path.strip_prefix(above).ok()?)));
    whole.unwrap_or(path)
}

/// How far the log goes in the database; nothing in one from before there was a log.
async fn log_of(config: &Config) -> Result<Option<LogThen>> {
    let store = Store::open(config.database.expose()).await?;
    let head = match store.check_version().await {
        Ok(()) => Some(store.glance(async |tx| log::store::tree::head(tx).await).await),
        Err(_) => None,
    };
    store.close().await;
    let head = head.transpose()?;
    Ok(head.map(|head| LogThen { entries: head.published, checkpoint: head.checkpoint }))
}

/// The files of the service's folder that a backup holds: not the database, nor what is copied out of it, nor the passphrase, which belongs
/// elsewhere.
fn files_of(data: &Path, config: &Config) -> Result<Vec<PathBuf>> {
    let database = sqlite_path(config.database.expose());
    let is_of_database = |path: &Path| {
        let of = database.as_ref().and_then(|database| database.file_name()).and_then(|name| name.to_str());
        let name = path.file_name().and_then(|name| name.to_str());
        let rest = of.zip(name).and_then(|(of, name)| name.strip_prefix(of));
        rest.is_some_and(|rest| ["", "-wal", "-shm", "-journal", ".lock"].contains(&rest))
    };
    let secret = config.passphrase_file.as_ref().and_then(|path| fs::canonicalize(path).ok());
    let copies = log::copies_folder(data);
    let mut files = files::all(data)?;
    files.retain(|file| {
        let path = data.join(file);
        !is_of_database(&path)
            && !path.starts_with(&copies)
            && secret.as_ref() != fs::canonicalize(&path).ok().as_ref()
    });
    Ok(files)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

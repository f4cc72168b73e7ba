//! `nguongoc backup` and `nguongoc restore`: one folder that holds a registry as it was at one moment, and back from it.
//!
//! What must stay true: a backup is whole or not there; restoring overwrites nothing; and it never puts a checkpoint into the place of the
//! last one that this machine has seen, so that a database from an older backup is not signed onwards, but found out.

use super::{ServiceArguments, open, say};
use crate::app::Clock;
use crate::config::{self, Config};
use crate::custody;
use crate::kernel::{Moment, Sha256Hash};
use crate::log::{self, Stop};
use crate::store::snapshot;
use crate::store::{Kind, ServiceLock, Store, StoreError, sqlite_path};
use crate::words::Words;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

/// What the form of a backup is called.
const FORMAT: &str = "nguongoc-backup/1";
const MANIFEST: &str = "manifest.json";
/// The folder of the service's files in a backup.
const FILES: &str = "data";

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Folder to make; beside a running service
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    #[command(flatten)]
    service: ServiceArguments,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// Folder that `nguongoc backup` made
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    #[command(flatten)]
    service: ServiceArguments,
}

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: String,
    /// The version of the program that made it.
    program: String,
    database: String,
    made_at: String,
    log: Option<LogThen>,
    files: Vec<Listed>,
}

/// How far the log went.
#[derive(Debug, Serialize, Deserialize)]
struct LogThen {
    entries: u64,
    checkpoint: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Listed {
    path: String,
    bytes: u64,
    sha256: String,
}

const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "sqlite",
        Kind::Postgres => "postgres",
    }
}

fn kind(config: &Config) -> Kind {
    Kind::of(config.database.expose()).unwrap_or(Kind::Sqlite)
}

pub(super) async fn backup(asked: Backup, words: Words) -> Result<ExitCode> {
    let config = open::settings(asked.service)?;
    let url = config.database.expose();
    if let Some(path) = sqlite_path(url).filter(|path| !path.exists()) {
        bail!(words.one("cli-backup-no-database", "path", path.display()));
    }
    if asked.to.exists() {
        bail!(words.one("cli-backup-there", "path", asked.to.display()));
    }
    let part = with_ending(&asked.to, "part");
    if part.exists() {
        bail!(words.one("cli-backup-unfinished", "path", part.display()));
    }
    let made_at = Clock::System.now();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&part)
        .with_context(|| part.display().to_string())?;
    // What the log has at least; then the database: what lies beside it is never older.
    let log = log_of(&config).await?;
    let copy = part.join(snapshot::file_name(kind(&config)));
    snapshot::take(url, &copy, config::postgres_programs_from_environment().as_deref()).await?;
    private(&copy)?;
    for file in files_of(&config.data, &config)? {
        let to = part.join(FILES).join(&file);
        if let Some(folder) = to.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let from = config.data.join(&file);
        copy_file(&from, &to)?;
    }
    let mut files = Vec::new();
    for file in all_files(&part)? {
        let (bytes, sha256) = measure(&part.join(&file))?;
        files.push(Listed { path: file.display().to_string(), bytes, sha256 });
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database: word(kind(&config)).to_owned(),
        made_at: made_at.to_string(),
        log,
        files,
    };
    let text = serde_json::to_vec_pretty(&manifest)?;
    let path = part.join(MANIFEST);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    io::Write::write_all(&mut file, &text)?;
    file.sync_all()?;
    fs::rename(&part, &asked.to).with_context(|| asked.to.display().to_string())?;
    if let Some(parent) = asked.to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(parent)?.sync_all()?;
    }
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
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn restore(asked: Restore, words: Words) -> Result<ExitCode> {
    let config = open::settings(asked.service)?;
    let url = config.database.expose();
    let manifest = read(&asked.from, words)?;
    let (own, theirs) = (word(kind(&config)), manifest.database.as_str());
    if own != theirs {
        bail!(words.with("cli-restore-other-kind", &[("backup", theirs), ("database", own)]));
    }
    open::make_folder(&config)?;
    let _claim = match ServiceLock::claim(url) {
        Ok(claim) => claim,
        Err(StoreError::InUse { .. }) => bail!(words.say("cli-restore-in-use").into_owned()),
        Err(error) => bail!(say::chain(&error)),
    };
    // Everything that speaks against it, before anything is touched.
    if !snapshot::is_empty(url).await? {
        bail!(words.one("cli-restore-not-empty", "database", &config.database));
    }
    let mut wanted = Vec::new();
    for listed in &manifest.files {
        let Some(file) = listed.path.strip_prefix("data/") else { continue };
        let to = config.data.join(file);
        // The last checkpoint that was seen is for this machine to know; of a backup it may be an older one.
        if to == log::kept_path(&config.data) {
            continue;
        }
        if to.exists() {
            if measure(&to)?.1 != listed.sha256 {
                bail!(words.one("cli-restore-file-differs", "path", to.display()));
            }
            continue;
        }
        wanted.push((asked.from.join(&listed.path), to));
    }
    // The database last: until then it is empty, and the same command can be given again.
    for (from, to) in wanted {
        if let Some(folder) = to.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        copy_file(&from, &to)?;
    }
    let copy = asked.from.join(snapshot::file_name(kind(&config)));
    snapshot::put(url, &copy, config::postgres_programs_from_environment().as_deref()).await?;
    eprintln!("{}", words.with("cli-restored", &[("time", &manifest.made_at)]));
    standing(config, words).await
}

/// What is to be done after a restore: whether the log can go on.
async fn standing(config: Config, words: Words) -> Result<ExitCode> {
    let store = Store::open(config.database.expose()).await?;
    if store.check_version().await.is_err() {
        store.close().await;
        eprintln!("{}", words.say("cli-restored-migrate"));
        return Ok(ExitCode::SUCCESS);
    }
    let app = open::over(config, store);
    let listed = custody::refresh_list(&app).await;
    let looked = log::look(&app).await;
    app.store.close().await;
    listed.map_err(say::refused(words))?;
    match looked {
        Ok(()) => {
            eprintln!("{}", words.say("cli-restored-log-good"));
            Ok(ExitCode::SUCCESS)
        }
        Err(log::Error::Stopped(Stop::FileMissing { published })) => {
            eprintln!("{}", words.one("cli-restored-log-unknown", "count", published));
            Ok(ExitCode::SUCCESS)
        }
        Err(log::Error::Stopped(stop)) => {
            eprintln!("{}", words.with("cli-restored-log-stopped", &[("why", stop.to_string())]));
            Ok(ExitCode::FAILURE)
        }
        Err(error) => bail!(say::chain(&error)),
    }
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

/// Reads what a backup says of itself, and compares every file with it.
fn read(folder: &Path, words: Words) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!(words.one("cli-restore-no-backup", "path", folder.display()))
        }
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let manifest: Manifest = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    if manifest.format != FORMAT {
        bail!(words.with("cli-restore-format", &[("found", manifest.format.as_str()), ("known", FORMAT)]));
    }
    Moment::parse(&manifest.made_at)
        .map_err(|problem| anyhow::anyhow!("{}: made_at: {}", path.display(), problem.code))?;
    for listed in &manifest.files {
        let name = Path::new(&listed.path);
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            bail!(words.one("cli-restore-file-damaged", "path", &listed.path));
        }
        let file = folder.join(name);
        let found = measure(&file).ok();
        if found != Some((listed.bytes, listed.sha256.clone())) {
            bail!(words.one("cli-restore-file-damaged", "path", file.display()));
        }
    }
    Ok(manifest)
}

/// The files of the service's folder that a backup holds: not the database, nor the passphrase, which belongs elsewhere.
fn files_of(data: &Path, config: &Config) -> Result<Vec<PathBuf>> {
    let database = sqlite_path(config.database.expose());
    let is_of_database = |path: &Path| {
        let of = database.as_ref().and_then(|database| database.file_name()).and_then(|name| name.to_str());
        let name = path.file_name().and_then(|name| name.to_str());
        of.zip(name).is_some_and(|(of, name)| name.starts_with(of))
    };
    let secret = config.passphrase_file.as_ref().and_then(|path| fs::canonicalize(path).ok());
    let mut files = all_files(data)?;
    files.retain(|file| {
        let path = data.join(file);
        !is_of_database(&path) && secret.as_ref() != fs::canonicalize(&path).ok().as_ref()
    });
    Ok(files)
}

/// All files below a folder, by their paths in it, in order.
fn all_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut open) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(next) = open.pop() {
        let path = folder.join(&next);
        for entry in fs::read_dir(&path).with_context(|| path.display().to_string())? {
            let entry = entry?;
            let name = next.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(name);
            } else if kind.is_file() {
                files.push(name);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Copies a file that is not there yet; only the service's own user may read it, and it is on the disk.
fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let mut source = File::open(from).with_context(|| from.display().to_string())?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let mut file = file.with_context(|| to.display().to_string())?;
    io::copy(&mut source, &mut file).with_context(|| to.display().to_string())?;
    Ok(file.sync_all()?)
}

fn private(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(File::open(path)?.sync_all()?)
}

/// How long a file is, and its hash in lower-case hex.
fn measure(path: &Path) -> Result<(u64, String)> {
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

//! `nguongoc restore`: a registry out of the folder that a backup made.

use super::files;
use super::{FORMAT, MANIFEST, Manifest, Restore, kind, word};
use crate::cli::{open, say};
use crate::config::{self, Config};
use crate::custody;
use crate::kernel::Moment;
use crate::log::{self, Stop};
use crate::store::snapshot;
use crate::store::{Kind, ServiceLock, Store, StoreError};
use crate::words::Words;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io;
use std::path::{Component, Path};
use std::process::ExitCode;

pub(in crate::cli) async fn restore(asked: Restore, words: Words) -> Result<ExitCode> {
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
        Err(error) => return Err(say::failed(words, &error)),
    };
    // Everything that speaks against it, before anything is touched.
    if !snapshot::is_empty(url).await? {
        bail!(words.one("cli-restore-not-empty", "database", &config.database));
    }
    let leftovers = snapshot::leftovers(url);
    if !leftovers.is_empty() {
        let paths: Vec<String> = leftovers.iter().map(|path| path.display().to_string()).collect();
        bail!(words.one("cli-restore-leftovers", "paths", paths.join(", ")));
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
            if files::measure(&to)?.1 != listed.sha256 {
                bail!(words.one("cli-restore-file-differs", "path", to.display()));
            }
            continue;
        }
        wanted.push((asked.from.join(&listed.path), to));
    }
    // The database last: until then it is empty, and the same command can be given again.
    for (from, to) in wanted {
        if !files::copy(&from, &to)? {
            bail!(words.one("cli-restore-file-damaged", "path", from.display()));
        }
    }
    let copy = asked.from.join(snapshot::file_name(kind(&config)));
    snapshot::put(url, &copy, config::postgres_programs_from_environment().as_deref()).await?;
    let store = Store::open(url).await?;
    hold_back(&store).await.with_context(|| words.say("cli-restore-do-not-start"))?;
    eprintln!("{}", words.with("cli-restored", &[("time", &manifest.made_at)]));
    standing(config, store, words).await
}

/// Keeps every node from signing onwards what was put back, before it is known to have seen all that was signed.
async fn hold_back(store: &Store) -> Result<(), StoreError> {
    let held = store.write(async |tx| log::store::held::hold_back(tx).await).await;
    match held {
        // A database from before there was a log.
        Err(_) if store.check_version().await.is_err() && !has_log(store).await => Ok(()),
        held => held,
    }
}

async fn has_log(store: &Store) -> bool {
    store.glance(async |tx| log::store::tree::head(tx).await).await.is_ok()
}

/// What is to be done after a restore: whether the log can go on.
async fn standing(config: Config, store: Store, words: Words) -> Result<ExitCode> {
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
        Err(log::Error::Stopped(Stop::FileMissing { published: 0 })) => {
            eprintln!("{}", words.say("cli-restored-log-unbegun"));
            Ok(ExitCode::SUCCESS)
        }
        Err(log::Error::Stopped(Stop::FileMissing { published })) => {
            eprintln!("{}", words.one("cli-restored-log-unknown", "count", published));
            Ok(ExitCode::SUCCESS)
        }
        Err(log::Error::Stopped(stop)) => {
            eprintln!(
                "{}",
                words.one("cli-restored-log-stopped", "why", words.with("log-why", &stop.values()))
            );
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(say::failed(words, &error)),
    }
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
    // Also a manifest that was changed by hand says what the database has to be.
    let known = [Kind::Sqlite, Kind::Postgres].into_iter().find(|kind| word(*kind) == manifest.database);
    if known.is_some_and(|kind| !manifest.files.iter().any(|listed| listed.path == snapshot::file_name(kind)))
    {
        bail!(words.one("cli-restore-no-database", "path", path.display()));
    }
    for listed in &manifest.files {
        let name = Path::new(&listed.path);
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            bail!(words.one("cli-restore-file-damaged", "path", &listed.path));
        }
        let file = folder.join(name);
        let found = files::measure(&file).ok();
        if found != Some((listed.bytes, listed.sha256.clone())) {
            bail!(words.one("cli-restore-file-damaged", "path", file.display()));
        }
    }
    Ok(manifest)
}

//! `nguongoc doctor`: looks whether everything is in order. One line for each finding: `ok`, `warn` or `bad`, what it is, and
//! what to do. It changes nothing. Exit 0 unless something is bad.

use super::{ServiceArguments, open, say};
use crate::app::{App, Clock};
use crate::config::{Config, local_base};
use crate::custody::{self, Opening, StoredKey};
use crate::http::{Ask, ask};
use crate::kernel::Moment;
use crate::keys::{KeyStatus, Role};
use crate::store::{Store, sqlite_path};
use crate::words::Words;
use anyhow::Result;
use clap::Args;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// How long ahead an end is warned of: the thirty days in which the next key must be published.
const AHEAD: Duration = Duration::from_hours(30 * 24);
/// How much free space is little, and how much too little, in mebibytes.
const LITTLE: u64 = 1024;
const TOO_LITTLE: u64 = 100;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Only ask the running service whether it is ready: for health checks of containers
    #[arg(long)]
    live: bool,
    #[command(flatten)]
    service: ServiceArguments,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Ok,
    Warn,
    Bad,
}

/// What was found, line by line.
struct Report {
    words: Words,
    bad: bool,
}

impl Report {
    fn say(&mut self, level: Level, key: &str, values: &[(&str, String)]) {
        let word = match level {
            Level::Ok => "ok  ",
            Level::Warn => "warn",
            Level::Bad => "bad ",
        };
        self.bad |= level == Level::Bad;
        println!("{word}  {}", self.words.with(key, values));
    }

    fn one(&mut self, level: Level, key: &str, name: &str, value: impl std::fmt::Display) {
        self.say(level, key, &[(name, value.to_string())]);
    }
}

pub(super) async fn run(asked: Doctor, words: Words) -> Result<ExitCode> {
    let mut report = Report { words, bad: false };
    match open::settings(asked.service) {
        Err(error) => report.one(Level::Bad, "cli-doctor-settings-bad", "why", format!("{error:#}")),
        Ok(config) if asked.live => live(&mut report, &config),
        Ok(config) => {
            let url = config.base_url.to_string();
            report.one(Level::Ok, "cli-doctor-settings", "url", url);
            folders(&mut report, &config);
            space(&mut report, &config);
            database(&mut report, config).await;
        }
    }
    Ok(if report.bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn live(report: &mut Report, config: &Config) {
    let server = local_base(config.listen);
    let asked = Ask {
        method: "GET",
        path: "/readyz",
        lang: report.words.lang().code(),
        token: None,
        body: None,
        patience: Duration::from_secs(5),
    };
    match ask(&server, &asked) {
        Ok(reply) if reply.status == 200 => report.one(Level::Ok, "cli-doctor-live", "url", server),
        Ok(reply) => {
            let values = [("url", server.to_string()), ("status", reply.status.to_string())];
            report.say(Level::Bad, "cli-doctor-not-ready", &values);
        }
        Err(error) => {
            let values = [("url", server.to_string()), ("why", format!("{error:#}"))];
            report.say(Level::Bad, "cli-doctor-not-live", &values);
        }
    }
}

/// What others may do in the folders and with the database file.
fn folders(report: &mut Report, config: &Config) {
    let mode = |path: &Path| std::fs::metadata(path).ok().map(|found| found.permissions().mode() & 0o7777);
    let keys = custody::folder(config);
    let database = sqlite_path(config.database.expose());
    let watched = [
        (Some(config.data.as_path()), 0o002, Level::Bad),
        (Some(keys.as_path()), 0o077, Level::Bad),
        (database.as_deref(), 0o006, Level::Warn),
    ];
    // Whoever cannot pass through the folder cannot reach what lies in it.
    let closed = |path: &Path| path.parent().and_then(mode).is_some_and(|mode| mode & 0o001 == 0);
    let mut right = true;
    for (path, forbidden, level) in watched {
        let Some(path) = path.filter(|path| level == Level::Bad || !closed(path)) else { continue };
        let Some(mode) = mode(path).filter(|mode| mode & forbidden != 0) else { continue };
        right = false;
        let better = format!("{:04o}", mode & !forbidden);
        let values =
            [("path", path.display().to_string()), ("mode", format!("{mode:04o}")), ("better", better)];
        report.say(level, "cli-doctor-mode", &values);
    }
    if right {
        report.one(Level::Ok, "cli-doctor-modes", "path", config.data.display());
    }
}

fn space(report: &mut Report, config: &Config) {
    let folder = std::iter::successors(Some(config.data.as_path()), |path| path.parent())
        .map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path })
        .find(|path| path.exists())
        .unwrap_or(Path::new("."));
    match rustix::fs::statvfs(folder) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize) / (1024 * 1024);
            let level = match free {
                free if free < TOO_LITTLE => Level::Bad,
                free if free < LITTLE => Level::Warn,
                _ => Level::Ok,
            };
            let key = if level == Level::Ok { "cli-doctor-space" } else { "cli-doctor-space-little" };
            let values = [("path", folder.display().to_string()), ("free", free.to_string())];
            report.say(level, key, &values);
        }
        Err(error) => report.one(Level::Warn, "cli-doctor-space-unknown", "why", error),
    }
}

async fn database(report: &mut Report, config: Config) {
    let name = config.database.to_string();
    if sqlite_path(config.database.expose()).is_some_and(|path| !path.exists()) {
        report.one(Level::Bad, "cli-doctor-database-absent", "database", name);
        return;
    }
    let store = match Store::open(config.database.expose()).await {
        Ok(store) => store,
        Err(error) => {
            let values = [("database", name), ("why", say::chain(&error))];
            report.say(Level::Bad, "cli-doctor-database-unreachable", &values);
            return;
        }
    };
    if let Err(error) = store.check_version().await {
        report.one(Level::Bad, "cli-doctor-database-version", "why", say::chain(&error));
    } else {
        match store.check_writable().await {
            Ok(()) => report.one(Level::Ok, "cli-doctor-database", "database", name),
            Err(error) => {
                let values = [("database", name), ("why", say::chain(&error))];
                report.say(Level::Bad, "cli-doctor-database-unwritable", &values);
            }
        }
        let app = open::over(config, store.clone());
        keys(report, &app).await;
    }
    store.close().await;
}

async fn keys(report: &mut Report, app: &App) {
    let now = Clock::System.now();
    let stored = match custody::stored(app).await {
        Ok(stored) => stored,
        Err(error) => {
            report.one(Level::Bad, "cli-doctor-keys-unreadable", "why", say::keys(report.words, &error));
            return;
        }
    };
    if stored.is_empty() {
        clock(report, now, None);
        report.say(Level::Bad, "cli-doctor-keys-none", &[]);
        return;
    }
    private_halves(report, app, &stored);
    // The private halves were looked at above, one by one.
    if let Err(error) = custody::refresh_list(app).await {
        report.one(Level::Bad, "cli-doctor-list-bad", "why", say::keys(report.words, &error));
        return;
    }
    let ring = app.keys.current();
    let Some(opened) = ring.opened() else {
        clock(report, now, None);
        report.say(Level::Bad, "cli-doctor-list-none", &[]);
        return;
    };
    let list = &opened.list;
    clock(report, now, Some(list.issued()));
    let days = list.age_seconds(now).div_euclid(86_400);
    let values = [
        ("sequence", list.sequence().to_string()),
        ("days", days.to_string()),
        ("until", list.valid_until().vietnamese()),
    ];
    if list.has_expired(now) {
        report.say(Level::Bad, "cli-doctor-list-expired", &values);
    } else if list.has_expired(now.plus(AHEAD)) {
        report.say(Level::Warn, "cli-doctor-list-expires", &values);
    } else {
        report.say(Level::Ok, "cli-doctor-list", &values);
    }
    for key in &stored {
        let listed = list.keys().iter().any(|listed| *listed.key() == key.verifier);
        if !listed && key.status == KeyStatus::Active {
            report.one(Level::Warn, "cli-doctor-key-unlisted", "key", key.verifier.name());
        }
    }
    let published = app.keys.note().unwrap_or_default();
    for key in stored.iter().filter(|key| matches!(key.status, KeyStatus::Compromised { .. })) {
        let said = published.lines().any(|line| {
            line.starts_with("key ")
                && line.contains(" compromised ")
                && line.ends_with(&key.verifier.to_string())
        });
        if !said {
            report.one(Level::Warn, "cli-doctor-key-unsaid", "key", key.verifier.name());
        }
    }
    terms(report, &stored, now);
}

/// Whether the private halves of the keys that may sign lie here, and open.
fn private_halves(report: &mut Report, app: &App, stored: &[StoredKey]) {
    let opening = Opening::of(app);
    for key in stored.iter().filter(|key| key.status == KeyStatus::Active) {
        let name = key.verifier.name();
        if key.role == Role::Root {
            if opening.has(key) {
                report.one(Level::Warn, "cli-doctor-root-here", "key", name);
            }
            continue;
        }
        match opening.open(key) {
            Ok(Some(_)) => report.one(Level::Ok, "cli-doctor-key", "key", name),
            Ok(None) => report.one(Level::Bad, "cli-doctor-key-absent", "key", name),
            Err(error) => {
                let values = [("key", name.to_string()), ("why", say::keys(report.words, &error))];
                report.say(Level::Bad, "cli-doctor-key-shut", &values);
            }
        }
    }
}

/// Whether a key of the log may sign, whether a code key signs now, and whether one will when it ends.
fn terms(report: &mut Report, stored: &[StoredKey], now: Moment) {
    if !stored.iter().any(|key| key.role == Role::Log && key.may_sign(now)) {
        report.say(Level::Bad, "cli-doctor-log-key-none", &[]);
    }
    let codes = || stored.iter().filter(|key| key.role == Role::Code);
    let Some(current) = codes().filter(|key| key.may_sign(now)).max_by_key(|key| key.until) else {
        report.say(Level::Bad, "cli-doctor-term-none", &[]);
        return;
    };
    let until = current.until.map_or_else(|| "-".to_owned(), Moment::vietnamese);
    let values = [("key", current.verifier.name().to_string()), ("until", until)];
    // The next quarter's key must be published thirty days ahead, so warn thirty days before that.
    let soon = current.until.is_some_and(|until| until <= now.plus(2 * AHEAD));
    let next = codes().any(|key| key.status == KeyStatus::Active && key.until > current.until);
    if soon && !next {
        report.say(Level::Warn, "cli-doctor-term-ends", &values);
    } else {
        report.say(Level::Ok, "cli-doctor-term", &values);
    }
}

/// A clock before the newest list was issued, or far from any time at which this program can run, is wrong.
fn clock(report: &mut Report, now: Moment, issued: Option<Moment>) {
    let behind = issued.is_some_and(|issued| now.plus(Duration::from_mins(5)) < issued);
    let year = now.day().year();
    let level = if behind || !(2026..2100).contains(&year) { Level::Bad } else { Level::Ok };
    let key = if level == Level::Ok { "cli-doctor-clock" } else { "cli-doctor-clock-wrong" };
    report.one(level, key, "now", now.to_rfc3339());
}

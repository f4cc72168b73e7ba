//! `nguongoc backup` and `nguongoc restore`: one folder that holds a registry as it was at one moment, and back from it.
//!
//! What must stay true: a backup is whole or not there; restoring overwrites nothing; and it never puts a checkpoint into the place of the
//! last one that this machine has seen, so that a database from an older backup is not signed onwards, but found out.

mod files;
mod make;
mod restore;

pub(super) use make::backup;
pub(super) use restore::restore;

use super::ServiceArguments;
use crate::config::Config;
use crate::store::Kind;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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

//! `nguongoc migrate`: brings the database to this program's version.

use super::{ServiceArguments, open};
use crate::store::Store;
use anyhow::{Context, Result};
use std::process::ExitCode;

pub(super) async fn run(arguments: ServiceArguments) -> Result<ExitCode> {
    let config = open::settings(arguments)?;
    open::make_folder(&config)?;
    let store = Store::open(config.database.expose())
        .await
        .with_context(|| format!("cannot open database: {}", config.database))?;
    store.migrate().await.with_context(|| format!("cannot migrate database: {}", config.database))?;
    store.close().await;
    eprintln!("database is at this program's version: {}", config.database);
    Ok(ExitCode::SUCCESS)
}

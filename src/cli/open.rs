//! Opening the registry from the command line: settings, database, keys, the shared [`App`].

use super::ServiceArguments;
use crate::app::{App, Clock, Random};
use crate::config::{self, Config, Settings};
use crate::keys::Keys;
use crate::log::Witness;
use crate::store::{Kind, MigrateError, Store, sqlite_path};
use anyhow::{Context, Result, bail};
use std::os::unix::fs::DirBuilderExt;

/// The settings in force.
pub(super) fn settings(arguments: ServiceArguments) -> Result<Config> {
    let file = match arguments.config.or_else(config::file_from_environment) {
        Some(path) => Settings::from_file(&path)?,
        None => Settings::default(),
    };
    let config = arguments.settings.over(Settings::from_environment()?).over(file).resolve()?;
    Witness::all(&config)?;
    Ok(config)
}

/// Makes the folder of the embedded database, when it is absent.
pub(super) fn make_folder(config: &Config) -> Result<()> {
    if let Some(path) = sqlite_path(config.database.expose())
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        // Only the service's own user goes in: keys and personal data lie there.
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot create folder: {}", folder.display()))?;
    }
    Ok(())
}

/// Opens the database; the embedded one is created and brought to this version, a server's is only checked.
pub(super) async fn store(config: &Config) -> Result<Store> {
    make_folder(config)?;
    let url = config.database.expose();
    let store =
        Store::open(url).await.with_context(|| format!("cannot open database: {}", config.database))?;
    let version = match store.kind() {
        Kind::Sqlite => store.migrate().await,
        Kind::Postgres => store.check_version().await,
    };
    match version {
        Ok(()) => Ok(store),
        Err(error @ MigrateError::Behind { .. }) => {
            bail!("{error}\n\nRun `nguongoc migrate` first")
        }
        Err(error @ MigrateError::Newer { .. }) => {
            bail!("{error}\n\nUse the newer program, or a backup from before it")
        }
        Err(error) => Err(error).with_context(|| format!("cannot use database: {}", config.database)),
    }
}

/// The shared parts, over an open database.
pub(super) async fn app(config: Config) -> Result<App> {
    let store = store(&config).await?;
    Ok(over(config, store))
}

/// The shared parts, over a database as it is.
pub(super) fn over(config: Config, store: Store) -> App {
    App::new(config, store, Clock::System, Random::System, Keys::default())
}

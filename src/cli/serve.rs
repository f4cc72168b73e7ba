//! `nguongoc serve`: runs the registry until it is told to stop.

use super::{ServiceArguments, open, rounds, say};
use crate::chain;
use crate::custody::{self, Opening};
use crate::jobs;
use crate::log;
use crate::store::ServiceLock;
use crate::telemetry;
use crate::web::server::{self, Service};
use crate::words::Words;
use anyhow::{Context, Result};
use std::io::{IsTerminal, stdin};
use std::process::ExitCode;
use std::sync::Arc;

pub(super) async fn run(arguments: ServiceArguments, words: Words) -> Result<ExitCode> {
    let config = open::settings(arguments)?;
    telemetry::start(config.log_format, "info,sqlx=warn");
    open::make_folder(&config)?;
    let _lock = ServiceLock::claim(config.database.expose())?;
    if !config.base_url.is_secure() {
        tracing::warn!(base_url = %config.base_url, "cookies are sent without Secure: plain http, for trials only");
    }
    let app = Arc::new(open::app(config).await?);
    if stdin().is_terminal() && Opening::of(&app).needs_typing().map_err(say::refused(words))? {
        app.keys.remember(say::typed(words, "cli-passphrase-open", false)?);
    }
    let interrupted = chain::capture::end_interrupted(&app, chain::capture::abandoned_by(&app)).await?;
    if interrupted > 0 {
        tracing::warn!(interrupted, "captures that had not ended were ended as failed");
    }
    let service =
        Service::bind(app.clone()).with_context(|| format!("cannot listen on {}", app.config.listen))?;
    let address = service.address()?;
    // The public halves of the keys before anybody is answered: what is stored is measured by them before anything is permitted.
    if let Err(error) = custody::refresh_list(&app).await {
        tracing::warn!(%error, "the list of keys cannot be used");
    }
    // In the background: opening a sealed key takes about a second, and reading needs none.
    let watching = custody::watch(app.clone());
    let beside = jobs::Rounds::start(&app, rounds::JOBS);
    let (server, handle) = service.start()?;
    server::stop_when_told(handle)?;
    tracing::info!(%address, base_url = %app.config.base_url, "serving");
    server.await?;
    beside.stop().await;
    log::leave(&app).await?;
    watching.abort();
    app.store.close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

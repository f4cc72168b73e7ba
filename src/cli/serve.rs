//! `nguongoc serve`: runs the registry until it is told to stop.

use super::{ServiceArguments, open};
use crate::store::ServiceLock;
use crate::telemetry;
use crate::web::server::{self, Service};
use anyhow::{Context, Result};
use std::process::ExitCode;
use std::sync::Arc;

pub(super) async fn run(arguments: ServiceArguments) -> Result<ExitCode> {
    let config = open::settings(arguments)?;
    telemetry::start(config.log_format, "info,sqlx=warn");
    let _lock = ServiceLock::claim(config.database.expose())?;
    if !config.base_url.is_secure() {
        tracing::warn!(base_url = %config.base_url, "cookies are sent without Secure: plain http, for trials only");
    }
    let app = Arc::new(open::app(config).await?);
    let service =
        Service::bind(app.clone()).with_context(|| format!("cannot listen on {}", app.config.listen))?;
    let address = service.address()?;
    let (server, handle) = service.start()?;
    server::stop_when_told(handle)?;
    tracing::info!(%address, base_url = %app.config.base_url, "serving");
    server.await?;
    app.store.close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

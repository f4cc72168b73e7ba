//! The server: binds first, so that the port is known (port 0 takes a free one), then serves until it is told to stop.

use super::limits::Gauges;
use super::{error, headers, routes};
use crate::app::App;
use crate::telemetry::RequestSpan;
use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{Data, PayloadConfig, ServiceConfig};
use actix_web::{App as Site, HttpServer};
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tracing_actix_web::TracingLogger;

/// A bound service, ready to run.
#[derive(Debug)]
pub struct Service {
    listener: TcpListener,
    app: Data<App>,
}

impl Service {
    /// Binds the address of the app's settings.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub fn bind(app: Arc<App>) -> io::Result<Self> {
        let app = Data::from(app);
        let listener = TcpListener::bind(app.config.listen)?;
        Ok(Self { listener, app })
    }

    /// The address that it is bound to.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Starts serving. The handle stops it: gracefully, answering what is under way.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn start(self) -> io::Result<(actix_web::dev::Server, ServerHandle)> {
        self.start_with(|_| {})
    }

    /// The same, with routes beside those of the registry and behind the same middleware: a measurement puts its floor there.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn start_with<F>(self, more: F) -> io::Result<(actix_web::dev::Server, ServerHandle)>
    where
        F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
    {
        let app = self.app;
        let gauges = Data::new(Gauges::new(app.config.limits));
        let tidy = gauges.clone();
        actix_web::rt::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_mins(5));
            loop {
                every.tick().await;
                tidy.forget_the_quiet();
            }
        });
        let workers =
            app.config.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
        let server = HttpServer::new(move || {
            Site::new()
                .app_data(app.clone())
                .app_data(gauges.clone())
                .app_data(PayloadConfig::new(2 * 1024 * 1024))
                .wrap(from_fn(error::show))
                .wrap(from_fn(headers::secure))
                .wrap(Compress::default())
                .wrap(TracingLogger::<RequestSpan>::new())
                .configure(routes::table)
                .configure(more.clone())
                .default_service(actix_web::web::to(routes::nothing_here))
        })
        .workers(workers)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(15))
        .client_disconnect_timeout(Duration::from_secs(5))
        .shutdown_timeout(20)
        .disable_signals()
        .listen(self.listener)?
        .run();
        let handle = server.handle();
        Ok((server, handle))
    }
}

/// Runs `work` on the program's main thread, with what the server's tasks need.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(work)
}

/// Stops the server behind `handle` gracefully when the process is told to end (SIGTERM, SIGINT). From the moment this
/// returns no such signal is lost.
///
/// # Errors
/// When the system gives no signals.
pub fn stop_when_told(handle: ServerHandle) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to end: answering what is under way");
        handle.stop(true).await;
    });
    Ok(())
}

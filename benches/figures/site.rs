//! The server itself, in this process on threads of its own, with two more routes: the floors that look-ups are measured against.
//!
//! What must stay true: both sides go through the same middleware, the limits of public pages included, and send the same bytes.

use super::load::{Answer, request};
use super::ratio::Size;
use super::season;
use super::{load, process};
use actix_web::dev::ServerHandle;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::{Bytes, Data, Path as InPath, ServiceConfig, get, resource};
use actix_web::{HttpResponse, Responder};
use anyhow::{Context, Result, anyhow, ensure};
use ed25519_dalek::{Signature, VerifyingKey};
use nguongoc::app::App;
use nguongoc::kernel::LotCode;
use nguongoc::keys::{Role, SecretKey};
use nguongoc::store::{Store, StoreError};
use nguongoc::web::limits;
use nguongoc::web::server::{Service, block_on};
use nguongoc::{codes, custody, lookup, trace};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, mpsc};
use std::thread::{self, JoinHandle};
use zeroize::Zeroizing;

/// A filled registry.
pub(crate) struct Registry {
    /// The database.
    pub(crate) url: String,
    /// Its data folder.
    pub(crate) folder: PathBuf,
    /// The lots in it.
    pub(crate) lots: Vec<Lot>,
    // Texts of the unsealed keys: opening a seal takes a second.
    secrets: Vec<Zeroizing<String>>,
    verifier: VerifyingKey,
}

/// A lot, with its code taken apart beforehand, for the floor.
pub(crate) struct Lot {
    /// The path in its QR.
    pub(crate) path: String,
    product: codes::ProductKey,
    code: LotCode,
    message: Vec<u8>,
    signature: Signature,
}

impl Registry {
    /// Fills an empty database.
    pub(crate) async fn fill(size: Size, url: String, folder: PathBuf, count: usize) -> Result<Self> {
        let app = season::app(&url, &folder, Vec::new()).await?;
        let issued = season::fill(&app, count, size.pick(SecretKey::WORK_FACTOR, 4)).await?;
        let ring = app.keys.current();
        let key = ring.signing(Role::Code, app.clock.now()).context("a code key")?;
        let verifier = VerifyingKey::from_bytes(key.verifier().public())?;
        let lots = issued
            .into_iter()
            .map(|issued| {
                let code = issued.code;
                let signature = code.signature().context("a signature")?;
                Ok(Lot {
                    path: code.to_string(),
                    product: code.product().clone(),
                    code: code.lot().context("a lot")?.clone(),
                    message: codes::message(&issued.host, code.key_path()).as_bytes().to_vec(),
                    signature: Signature::from_bytes(&signature.bytes),
                })
            })
            .collect::<Result<_>>()?;
        let secrets = ring.secrets().iter().map(|secret| secret.reveal()).collect();
        app.store.close().await;
        Ok(Self { url, folder, lots, secrets, verifier })
    }

    /// The shared parts over the filled database, with the keys that were unsealed once.
    async fn app(&self) -> Result<App> {
        let secrets = self.secrets.iter().map(|text| SecretKey::parse(text)).collect::<Result<_, _>>()?;
        let app = season::app(&self.url, &self.folder, secrets).await?;
        custody::refresh(&app).await?;
        Ok(app)
    }

    /// The floor of a look-up that finds nothing in memory: the bare signature check and the point queries.
    pub(crate) async fn bare(&self, store: &Store, n: usize) -> Result<usize> {
        let lot = self.lots.get(n).context("a lot")?;
        self.verifier.verify_strict(&lot.message, &lot.signature)?;
        let stages = store
            .glance(async |tx| {
                let Some(found) = lookup::store::lot_of_product(tx, &lot.product, &lot.code).await? else {
                    return Ok::<_, StoreError>(0);
                };
                Ok(trace::origin(tx, found.id).await?.stages.len())
            })
            .await?;
        ensure!(stages == season::STAGES, "a lot has {stages} stages");
        Ok(stages)
    }
}

/// An answer ready to be sent again.
struct Ready {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// What the floors send.
#[derive(Default)]
struct Memory(OnceLock<Vec<Ready>>);

impl Memory {
    fn answer(&self, n: usize) -> HttpResponse {
        let Some(ready) = self.0.get().and_then(|all| all.get(n)) else {
            return HttpResponse::NotFound().finish();
        };
        let mut response = HttpResponse::Ok();
        for header in &ready.headers {
            response.insert_header(header.clone());
        }
        response.body(ready.body.clone())
    }
}

/// `/bench/same/N`: the bytes of the N-th answer, from memory.
async fn same(memory: Data<Memory>, n: InPath<usize>) -> impl Responder {
    memory.answer(*n)
}

/// `/bench/asked/N`: the bare check and queries of the N-th lot, then the bytes of its answer from memory.
async fn asked(
    memory: Data<Memory>,
    registry: Data<Registry>,
    app: Data<App>,
    n: InPath<usize>,
) -> impl Responder {
    match registry.bare(&app.store, *n).await {
        Ok(_) => memory.answer(*n),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// The server, until it is dropped.
pub(crate) struct Site {
    pub(crate) address: std::net::SocketAddr,
    memory: Data<Memory>,
    handle: ServerHandle,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Site {
    /// Starts it with one worker, so that a figure is a core's.
    pub(crate) fn start(registry: &Arc<Registry>) -> Result<Self> {
        let memory = Data::new(Memory::default());
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn({
            let (registry, memory) = (Arc::clone(registry), memory.clone());
            move || {
                block_on(async move {
                    let app = Arc::new(registry.app().await?);
                    let service = Service::bind(Arc::clone(&app))?;
                    let address = service.address()?;
                    let registry = Data::from(registry);
                    let floors = move |site: &mut ServiceConfig| {
                        site.app_data(memory.clone())
                            .app_data(registry.clone())
                            .service(
                                resource("/bench/same/{n}")
                                    .wrap(from_fn(limits::public))
                                    .route(get().to(same)),
                            )
                            .service(
                                resource("/bench/asked/{n}")
                                    .wrap(from_fn(limits::public))
                                    .route(get().to(asked)),
                            );
                    };
                    let (server, handle) = service.start_with(floors)?;
                    tell.send((address, handle))?;
                    server.await?;
                    app.store.close().await;
                    Ok(())
                })
            }
        });
        match told.recv() {
            Ok((address, handle)) => Ok(Self { address, memory, handle, thread: Some(thread) }),
            Err(_) => Err(thread
                .join()
                .map_err(|_| anyhow!("the server panicked"))
                .and_then(|ended| ended)
                .err()
                .unwrap_or_else(|| anyhow!("the server did not start"))),
        }
    }

    /// Asks for each lot once, keeps the answers for the floors, and makes sure that they send the same.
    pub(crate) fn learn(&self, lots: &[Lot], accept: &str) -> Result<()> {
        let mut all = Vec::with_capacity(lots.len());
        let mut lengths = Vec::with_capacity(lots.len());
        for lot in lots {
            let answer = load::once(self.address, &request(&lot.path, accept, "br"))?;
            lengths.push(answer.length);
            all.push(ready(answer)?);
        }
        self.memory.0.set(all).map_err(|_| anyhow!("learnt twice"))?;
        for (n, length) in lengths.into_iter().enumerate() {
            let again = load::once(self.address, &request(&format!("/bench/same/{n}"), accept, "br"))?;
            ensure!(again.length == length, "the floor sends {} bytes, not {length}", again.length);
        }
        Ok(())
    }

    /// Lets what the last turn left behind settle.
    pub(crate) fn settle() {
        process::pause(std::time::Duration::from_millis(20));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // A server that failed has already failed the turn that asked it.
            let _ = thread.join();
        }
    }
}

/// All that the handler set: what the middleware sets, and what belongs to one sending, is left out.
fn ready(answer: Answer) -> Result<Ready> {
    const SET_BY_OTHERS: [&str; 8] = [
        "content-length",
        "date",
        "connection",
        "x-content-type-options",
        "referrer-policy",
        "x-frame-options",
        "cross-origin-opener-policy",
        "permissions-policy",
    ];
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !SET_BY_OTHERS.contains(&name.as_str()))
        .map(|(name, value)| Ok((HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?)))
        .collect::<Result<_>>()?;
    Ok(Ready { headers, body: answer.body.into() })
}

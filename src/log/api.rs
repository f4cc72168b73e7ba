//! The log as files (C2SP `tlog-tiles`): the checkpoint, tiles of hashes, entries; and proofs (C2SP `tlog-proof`).

use super::node::Stop;
use super::sequencer;
use super::service::{self, Resource};
use super::witness;
use crate::app::App;
use crate::web::Error;
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};

impl From<sequencer::Error> for Error {
    fn from(error: sequencer::Error) -> Self {
        let because = |code, stop: &Stop| {
            let refused = Self::new(StatusCode::SERVICE_UNAVAILABLE, code).member("reason", stop.code());
            stop.values().into_iter().fold(refused, |error, (name, value)| error.arg(name, value))
        };
        let mut error = match error {
            sequencer::Error::Stopped(stop) => because("log_stopped", &stop),
            sequencer::Error::Waits(stop) => because("log_late", &stop),
            sequencer::Error::Late => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "log_late").arg("reason", "none")
            }
            sequencer::Error::Store(error) => return error.into(),
        };
        error.retry_after = Some(5);
        error
    }
}

/// What never changes under its address.
const FOR_EVER: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");

/// Readable from pages of any origin: it is for whoever wants to check.
const FOR_ALL: (header::HeaderName, &str) = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");

/// `GET /log/checkpoint`: how far the log goes, signed.
///
/// # Errors
/// 404 before the first checkpoint.
pub async fn checkpoint(app: Data<App>) -> Result<HttpResponse, Error> {
    let note = service::checkpoint(&app).await?.ok_or_else(Error::not_found)?;
    Ok(text().insert_header((header::CACHE_CONTROL, "public, max-age=1")).body(note))
}

/// `GET /log/witnessed`: of the last checkpoints, the one that most witnesses have cosigned.
///
/// # Errors
/// 404 when none was, or the registry has no witnesses.
pub async fn witnessed(app: Data<App>) -> Result<HttpResponse, Error> {
    let note = witness::witnessed(&app).await?.ok_or_else(Error::not_found)?;
    Ok(text().insert_header((header::CACHE_CONTROL, "public, max-age=1")).body(note))
}

/// `GET /log/tile/{path}`: hashes of the tree, or entries.
///
/// # Errors
/// 404 for any other spelling, and beyond the published log.
pub async fn tile(app: Data<App>, path: Path<String>) -> Result<HttpResponse, Error> {
    let asked = Resource::parse(&path).ok_or_else(Error::not_found)?;
    let bytes = service::resource(&app, asked).await?.ok_or_else(Error::not_found)?;
    let mut answer = HttpResponse::Ok();
    answer.content_type("application/octet-stream").insert_header(FOR_EVER).insert_header(FOR_ALL);
    Ok(answer.body(bytes))
}

/// `GET /log/proof/{index}`: the way from an entry to the published checkpoint.
///
/// # Errors
/// 404 beyond the published log.
pub async fn proof(app: Data<App>, index: Path<u64>) -> Result<HttpResponse, Error> {
    let proved = service::proof(&app, *index).await?.ok_or_else(Error::not_found)?;
    Ok(text().insert_header((header::CACHE_CONTROL, "no-cache")).body(proved.proof))
}

fn text() -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.content_type("text/plain; charset=utf-8").insert_header(FOR_ALL);
    answer
}

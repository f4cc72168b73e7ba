//! The public side of keys, where others look for it: `/.well-known/`.

use super::error::Error;
use crate::app::App;
use crate::keys::JwkSet;
use crate::web;
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error.into(),
            Error::NoSerialKey(_) => {
                let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_serial_key");
                error.retry_after = Some(60);
                error
            }
            Error::NotBegun
            | Error::AlreadyBegun
            | Error::NoSuchKey(_)
            | Error::Ambiguous(_)
            | Error::IsRoot
            | Error::AlreadyCompromised(_)
            | Error::AlreadyMade(_)
            | Error::NotOfLog(_)
            | Error::Alone(_)
            | Error::List(_)
            | Error::Forgets(_)
            | Error::Host(_)
            | Error::File { .. }
            | Error::Readable { .. }
            | Error::Bare(_)
            | Error::NoPassphrase(_)
            | Error::Seal { .. }
            | Error::Secret(_)
            | Error::Task(_) => Self::internal(error),
        }
    }
}

/// Short, so that a compromise is known soon; a checker may ask again at no cost.
const FOR_A_MINUTE: &str = "public, max-age=60, must-revalidate";

/// `GET /.well-known/nguongoc-keys.txt`: the key list as a note signed by the root (C2SP signed-note).
///
/// # Errors
/// 404 while there is no list.
pub async fn list(app: Data<App>) -> Result<HttpResponse, web::Error> {
    let note = app.keys.note().ok_or_else(web::Error::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, FOR_A_MINUTE))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(note.to_string()))
}

/// `GET /.well-known/nguongoc-keys/{sequence}.txt`: the key list of a number; it never changes.
///
/// # Errors
/// 404 when there is none of that number.
pub async fn earlier_list(app: Data<App>, sequence: Path<String>) -> Result<HttpResponse, web::Error> {
    let canonical = sequence.parse::<u64>().ok().filter(|number| number.to_string() == *sequence);
    let sequence = canonical.ok_or_else(web::Error::not_found)?;
    let note = super::list_numbered(&app, sequence).await?.ok_or_else(web::Error::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(note))
}

/// `GET /.well-known/jwks.json`: the public keys as a JWK set (RFC 7517), without those that are compromised.
///
/// # Errors
/// 404 while there is no list.
pub async fn jwks(app: Data<App>) -> Result<HttpResponse, web::Error> {
    let ring = app.keys.current();
    let opened = ring.opened().ok_or_else(web::Error::not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, FOR_A_MINUTE))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((header::CONTENT_TYPE, "application/jwk-set+json"))
        .body(serde_json::to_string(&JwkSet::of(&opened.list)).map_err(web::Error::internal)?))
}

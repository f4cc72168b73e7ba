//! JSON bodies of the interface for programs: read strictly, refused in words.

use super::{Error, form};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

/// The longest JSON body, in bytes.
pub const PLAIN: usize = 1024 * 1024;
/// The longest JSON body with a document in base64, in bytes. Its resource needs a `PayloadConfig` of the same size.
pub const WITH_DOCUMENT: usize = 17 * 1024 * 1024;

/// A JSON body of at most `LIMIT` bytes read into `T`. Sent with a session instead of a token, it must come from a page of ours.
#[derive(Debug)]
pub struct Body<T, const LIMIT: usize = PLAIN>(pub T);

impl<T: DeserializeOwned + 'static, const LIMIT: usize> FromRequest for Body<T, LIMIT> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let verdict = form::check_origin(request);
        // A form of another site cannot send this type without asking first, which no answer of ours allows.
        let kind = request.content_type().eq_ignore_ascii_case("application/json");
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            verdict?;
            if !kind {
                return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json_expected"));
            }
            let too_large = || Error::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
            let bytes = bytes.await.map_err(|error| match error.as_response_error().status_code() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => Error::bad_request("body_truncated"),
            })?;
            if bytes.len() > LIMIT {
                return Err(too_large());
            }
            serde_json::from_slice(&bytes).map(Self).map_err(|error| {
                Error::bad_request("json_unreadable")
                    .arg("reason", &error)
                    .member("line", error.line())
                    .member("column", error.column())
            })
        })
    }
}

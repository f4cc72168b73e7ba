//! Forms, with their protection: a form sent from another site, or without the token of its page, is refused before anything
//! of it is read.
//!
//! Two defences, each enough by itself: the browser's own word on where the form was sent from (`Sec-Fetch-Site`, else `Origin`),
//! and a token that only a page of ours can know.

use super::Error;
use super::view::{AnonymousToken, Visitor};
use crate::app::App;
use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The longest form without files, in bytes.
const FORM_LIMIT: usize = 256 * 1024;

/// The name of the field that carries the token.
pub const TOKEN_FIELD: &str = "csrf";

/// A form of somebody who is signed in: checked for origin and token, then read into `T`.
#[derive(Debug)]
pub struct Form<T>(pub T);

/// A form that anybody may send: checked for origin and for the token of the page's cookie, then read into `T`.
#[derive(Debug)]
pub struct PublicForm<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = body(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let pairs = body.await?;
            check_token(&request, token_of(&pairs))?;
            read(pairs).map(Self)
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for PublicForm<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = Form::<T>::from_request(request, payload);
        Box::pin(async move { form.await.map(|form| Self(form.0)) })
    }
}

type Pairs = Vec<(String, String)>;

fn body(request: &HttpRequest, payload: &mut Payload) -> LocalBoxFuture<'static, Result<Pairs, Error>> {
    let verdict = check_origin(request);
    let kind = request.content_type().to_owned();
    let bytes = Bytes::from_request(request, payload);
    Box::pin(async move {
        verdict?;
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Error::new(actix_web::http::StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_media_type"));
        }
        let bytes = bytes.await.map_err(|_| Error::bad_request("body_truncated"))?;
        if bytes.len() > FORM_LIMIT {
            return Err(Error::new(actix_web::http::StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
        }
        serde_html_form::from_bytes(&bytes).map_err(|_| Error::bad_request("form_unreadable"))
    })
}

fn token_of(pairs: &Pairs) -> Option<&str> {
    pairs.iter().find(|(name, _)| name == TOKEN_FIELD).map(|(_, value)| value.as_str())
}

/// Reads the fields of a form into `T`.
///
/// # Errors
/// 400 when a field is missing or of the wrong kind.
pub fn read<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, Error> {
    let pairs: Pairs = pairs.into_iter().filter(|(name, _)| name != TOKEN_FIELD).collect();
    let text = serde_html_form::to_string(&pairs).map_err(|_| Error::bad_request("form_unreadable"))?;
    serde_html_form::from_str(&text).map_err(|error| {
        let mut refused = Error::bad_request("form_unreadable");
        refused.members.insert("reason".into(), error.to_string().into());
        refused
    })
}

/// Whether the browser says that a changing request was sent by a page of ours.
///
/// # Errors
/// 403 when it says that another site sent it.
pub fn check_origin(request: &HttpRequest) -> Result<(), Error> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let same = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = request.connection_info().host().to_ascii_lowercase();
            origin.split_once("://").is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(&host))
        }
        // An old browser or a program: the token decides.
        (None, None) => true,
    };
    if same { Ok(()) } else { Err(Error::forbidden("form_from_elsewhere")) }
}

/// Whether `token` is the one that our page gave out.
///
/// # Errors
/// 403 when it is absent or another.
pub fn check_token(request: &HttpRequest, token: Option<&str>) -> Result<(), Error> {
    let extensions = request.extensions();
    let expected = match extensions.get::<Visitor>() {
        Some(visitor) if visitor.is_program => return Ok(()),
        Some(visitor) => Some(visitor.form_token.clone()),
        None => extensions.get::<AnonymousToken>().map(|token| token.0.clone()),
    };
    match (expected, token) {
        (Some(expected), Some(given))
            if !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(given.as_bytes())) =>
        {
            Ok(())
        }
        _ => Err(Error::forbidden("form_token_missing")),
    }
}

/// The form token that belongs to a secret in a cookie. One cannot be computed from the other without the secret.
#[must_use]
pub fn token_for(secret: &str) -> String {
    let hash = Sha256::new().chain_update(b"nguongoc-form/v1\n").chain_update(secret.as_bytes()).finalize();
    HEXLOWER.encode(&hash)
}

/// Middleware for forms that anybody may send: gives the browser a random cookie and the page the token that belongs to it.
///
/// # Errors
/// Those of the inner service.
pub async fn anonymous(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let Some(app) = request.app_data::<Data<App>>().cloned() else { return next.call(request).await };
    let secure = app.config.base_url.is_secure();
    let name = if secure { "__Host-form" } else { "form" };
    let (secret, fresh) = match request.cookie(name) {
        Some(cookie) if cookie.value().len() == 43 => (cookie.value().to_owned(), false),
        _ => (BASE64URL_NOPAD.encode(&app.secret()), true),
    };
    // A fresh secret belongs to a page that is only now being sent: a form cannot come with it yet.
    let token = if fresh && !request.method().is_safe() { String::new() } else { token_for(&secret) };
    request.extensions_mut().insert(AnonymousToken(token));
    let mut response = next.call(request).await?;
    if fresh {
        let cookie = Cookie::build(name, secret)
            .path("/")
            .http_only(true)
            .secure(secure)
            .same_site(SameSite::Lax)
            .finish();
        if let Ok(value) = header::HeaderValue::from_str(&cookie.to_string()) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

//! Every error that a person or a program is shown, in one shape: a status, a stable code, the problems field by field.
//!
//! A handler returns [`Error`]; [`show`] renders it in the request's language, as a page with a way onward or, for programs, as
//! `application/problem+json` (RFC 9457). What must stay true: the answer to a failure of ours (5xx) says nothing of its cause,
//! which is logged once, here.

use super::view::{Frame, Html, wants_json};
use crate::kernel::{Problem, Problems};
use crate::store::StoreError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use serde_json::{Map, Value, json};
use std::fmt;
use std::ops::{Deref, DerefMut};
use tracing_actix_web::RequestId;

/// An error on its way to the one who asked. Boxed, because it travels in the `Err` of most functions here and is rare.
#[derive(Debug)]
pub struct Error(Box<Refusal>);

/// What an [`Error`] says.
#[derive(Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable name of the error, in snake case; its words are `error-<code-with-dashes>`.
    pub code: &'static str,
    /// Values for the words.
    pub args: Vec<(&'static str, String)>,
    /// What is wrong field by field.
    pub problems: Vec<Problem>,
    /// Further members of the problem document.
    pub members: Map<String, Value>,
    /// Seconds after which asking again makes sense.
    pub retry_after: Option<u64>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Deref for Error {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Refusal {
        &mut self.0
    }
}

impl Error {
    /// An error with `status` and `code`.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self(Box::new(Refusal {
            status,
            code,
            args: Vec::new(),
            problems: Vec::new(),
            members: Map::new(),
            retry_after: None,
            source: None,
        }))
    }

    /// 400: the request cannot be understood.
    #[must_use]
    pub fn bad_request(code: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code)
    }

    /// 401: sign in first.
    #[must_use]
    pub fn unauthorised() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "sign_in_first")
    }

    /// 403: known, but not allowed.
    #[must_use]
    pub fn forbidden(code: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code)
    }

    /// 404: nothing here, or nothing that the one who asks may know of.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// 409: it clashes with what is there.
    #[must_use]
    pub fn conflict(code: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code)
    }

    /// 422: understood, but the values break rules.
    #[must_use]
    pub fn invalid(problems: Problems) -> Self {
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input");
        error.problems = problems.0;
        error
    }

    /// 429: too many requests; ask again after `seconds`.
    #[must_use]
    pub fn too_many(code: &'static str, seconds: u64) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, code);
        error.retry_after = Some(seconds.max(1));
        error.arg("seconds", seconds.max(1))
    }

    /// 500: our failure; `source` goes to the log only.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal");
        error.source = Some(source.into());
        error
    }

    /// Gives the words a value.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over numbers and texts alike")]
    pub fn arg(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// Adds a member to the problem document.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    fn key(&self) -> String {
        format!("error-{}", self.code.replace('_', "-"))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let (code, retry) = match &error {
            StoreError::Unavailable(_) => ("database_unavailable", 5),
            StoreError::Full(_) => ("disk_full", 60),
            StoreError::ReadOnly(_) => ("database_read_only", 60),
            error if error.is_contended() => ("too_busy", 1),
            _ => return Self::internal(error),
        };
        let mut shown = Self::new(StatusCode::SERVICE_UNAVAILABLE, code);
        shown.retry_after = Some(retry);
        shown.source = Some(Box::new(error));
        shown
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::invalid(problems)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::invalid(problem.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.code)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    // The words depend on the request, which is not known here: [`show`] fills the body in.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status)
    }
}

/// The page of an error.
#[derive(Template)]
#[template(path = "web/error.html")]
struct ErrorPage {
    frame: Frame,
    status: u16,
    title: String,
    detail: String,
    problems: Vec<String>,
    request_id: Option<String>,
}

/// Middleware: puts words to an error on its way out.
///
/// # Errors
/// Those of the inner service that carry no response.
pub async fn show(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(error) = response.response().error() else { return Ok(response) };
    let known = error.as_error::<Error>();
    let status = known.map_or_else(|| error.as_response_error().status_code(), |error| error.status);
    let foreign;
    let error = if let Some(error) = known {
        error
    } else {
        foreign = from_framework(status, error);
        &foreign
    };
    if status.is_server_error() {
        tracing::error!(code = error.code, cause = %chain(error), "a request failed");
    }
    let shown = render(response.request(), error);
    Ok(response.into_response(shown))
}

/// The errors that the framework itself makes: unreadable bodies, over-long bodies, bad paths.
fn from_framework(status: StatusCode, error: &actix_web::Error) -> Error {
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::REQUEST_TIMEOUT => "too_slow",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "wrong_media_type",
        status if status.is_client_error() => "bad_request",
        _ => return Error::internal(error.to_string()),
    };
    Error::new(status, code)
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// The response for `error`, in the language and form that `request` asks for.
#[must_use]
pub fn render(request: &actix_web::HttpRequest, error: &Error) -> HttpResponse<BoxBody> {
    use actix_web::HttpMessage;
    let frame = Frame::of(request);
    let words = frame.t;
    let detail = words.with(&error.key(), &error.args);
    let request_id = request.extensions().get::<RequestId>().map(ToString::to_string);
    let mut response = if wants_json(request) {
        let problems: Vec<Value> = error
            .problems
            .iter()
            .map(|problem| {
                json!({
                    "field": problem.field,
                    "code": problem.code,
                    "value": problem.value,
                    "detail": words.problem(problem),
                })
            })
            .collect();
        let mut document = error.members.clone();
        document.insert("type".into(), format!("/api/errors#{}", error.code).into());
        document.insert("title".into(), words.say(title_key(error.status)).into());
        document.insert("status".into(), error.status.as_u16().into());
        document.insert("code".into(), error.code.into());
        document.insert("detail".into(), detail.into());
        if !problems.is_empty() {
            document.insert("problems".into(), problems.into());
        }
        if let Some(id) = request_id {
            document.insert("request_id".into(), id.into());
        }
        HttpResponse::build(error.status)
            .content_type("application/problem+json")
            .body(Value::Object(document).to_string())
    } else {
        let page = ErrorPage {
            status: error.status.as_u16(),
            title: words.say(title_key(error.status)).into_owned(),
            detail,
            problems: error
                .problems
                .iter()
                .map(|problem| format!("{}: {}", problem.field, words.problem(problem)))
                .collect(),
            request_id: error.status.is_server_error().then_some(request_id).flatten(),
            frame,
        };
        Html(page).into_response(error.status)
    };
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if error.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    }
    response
}

fn title_key(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "error-title-sign-in",
        403 => "error-title-forbidden",
        404 => "error-title-not-found",
        405 => "error-title-method",
        409 => "error-title-conflict",
        413 => "error-title-too-large",
        422 => "error-title-invalid",
        429 => "error-title-too-many",
        503 => "error-title-unavailable",
        400..500 => "error-title-bad-request",
        _ => "error-title-internal",
    }
}

//! What every request and answer of the binding has around it: versions and formats in headers, errors by the standard's names.

use crate::chain::capture::{MOST_BYTES, MOST_EVENTS};
use crate::events::epcis::Namespaces;
use crate::web::Error;
use crate::web::error::render;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde_json::{Map, Value};

/// The version of EPCIS and of the vocabulary that is spoken.
const VERSION: &str = "2.0";

/// Middleware: refuses what cannot be spoken, names errors as the standard does, and says what is spoken.
///
/// # Errors
/// Those of the inner service that carry no response.
pub async fn binding(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut response = match negotiate(&request) {
        Err(refusal) => {
            let shown = named(request.request(), &refusal);
            request.into_response(shown)
        }
        Ok(()) => {
            let response = next.call(request).await?.map_into_boxed_body();
            let error = response.response().error().and_then(|error| error.as_error::<Error>());
            match error {
                // Failures of ours are logged where all are.
                Some(error) if !error.status.is_server_error() => {
                    let shown = named(response.request(), error);
                    response.into_response(shown)
                }
                _ => response,
            }
        }
    };
    say(response.headers_mut());
    Ok(response)
}

fn text<'r>(request: &'r ServiceRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

/// Whether the versions and formats that are asked for can be spoken.
fn negotiate(request: &ServiceRequest) -> Result<(), Error> {
    let version =
        |value: &str| Error::new(StatusCode::NOT_ACCEPTABLE, "epcis_version_unsupported").arg("value", value);
    for name in ["gs1-epcis-version", "gs1-cbv-version"] {
        if let Some(asked) = text(request, name)
            && !asked.split(',').any(|one| is_ours(one.trim()))
        {
            return Err(version(asked));
        }
    }
    let major = |text: &str| text.trim().split('.').next().and_then(|major| major.parse::<u32>().ok());
    for name in ["gs1-epcis-min", "gs1-cbv-min"] {
        if let Some(asked) = text(request, name)
            && major(asked).is_none_or(|major| major > 2 || (major == 2 && !is_ours(asked.trim())))
        {
            return Err(version(asked));
        }
    }
    for name in ["gs1-epcis-max", "gs1-cbv-max"] {
        if let Some(asked) = text(request, name)
            && major(asked).is_none_or(|major| major < 2)
        {
            return Err(version(asked));
        }
    }
    if let Some(asked) = text(request, "gs1-epc-format")
        && !["No_Preference", "Never_Translates"].contains(&asked.trim())
    {
        return Err(Error::new(StatusCode::NOT_ACCEPTABLE, "epcis_format_unsupported").arg("value", asked));
    }
    if let Some(asked) = text(request, "accept") {
        let lawful =
            ["*/*", "application/*", "application/json", "application/ld+json", "application/problem+json"];
        let kinds = asked.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim());
        if !asked.trim().is_empty() && !kinds.into_iter().any(|kind| lawful.contains(&kind)) {
            return Err(Error::new(StatusCode::NOT_ACCEPTABLE, "epcis_only_json").arg("value", asked));
        }
    }
    Ok(())
}

fn is_ours(version: &str) -> bool {
    version == VERSION || version.strip_prefix("2.0.").is_some_and(|patch| patch.parse::<u32>().is_ok())
}

/// Checks that a body is JSON.
///
/// # Errors
/// 415.
pub fn check_media_type(request: &HttpRequest) -> Result<(), Error> {
    let kind = request.content_type();
    let json =
        ["application/json", "application/ld+json"].iter().any(|lawful| kind.eq_ignore_ascii_case(lawful));
    if json { Ok(()) } else { Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json_expected")) }
}

/// The answer to an error, with the standard's name of it as `type`.
fn named(request: &HttpRequest, error: &Error) -> HttpResponse<BoxBody> {
    let (mut head, body) = render(request, error).into_parts();
    let Ok(bytes) = body.try_into_bytes() else { return head.map_into_boxed_body() };
    let document: Result<Map<String, Value>, _> = serde_json::from_slice(&bytes);
    let body = match document {
        Ok(mut document) => {
            document.insert("type".to_owned(), exception(request, error.status).into());
            BoxBody::new(Value::Object(document).to_string())
        }
        Err(_) => BoxBody::new(bytes),
    };
    head.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    head.set_body(body)
}

/// The standard's name of an error (EPCIS 2.0 §8.2.4, and GS1's OpenAPI).
fn exception(request: &HttpRequest, status: StatusCode) -> &'static str {
    let path = request.path();
    let capture =
        path.starts_with("/epcis/capture") || (path == "/epcis/events" && request.method() == Method::POST);
    match status.as_u16() {
        400 | 422 if capture => "epcisException:ValidationException",
        400 | 422 => "epcisException:QueryParameterException",
        401 | 403 => "epcisException:SecurityException",
        404 if path.starts_with("/epcis/queries/") => "epcisException:NoSuchNameException",
        404 => "epcisException:NoSuchResourceException",
        406 => "epcisException:NotAcceptableException",
        409 if path.starts_with("/epcis/queries") => "epcisException:DuplicateNameException",
        409 => "epcisException:ResourceAlreadyExistsException",
        413 if capture => "epcisException:CaptureLimitExceededException",
        413 => "epcisException:QueryTooLargeException",
        414 => "epcisException:QueryTooComplexException",
        415 => "epcisException:UnsupportedMediaTypeException",
        _ => "epcisException:ImplementationException",
    }
}

/// Says which versions are spoken, and how much is taken at once.
fn say(headers: &mut HeaderMap) {
    let own = Namespaces::own();
    let extensions = own.iri("ng").map(|iri| format!("ng={iri}")).unwrap_or_default();
    let told = [
        ("gs1-epcis-version", "2.0.0".to_owned()),
        ("gs1-epcis-min", "2.0.0".to_owned()),
        ("gs1-epcis-max", "2.0.0".to_owned()),
        ("gs1-cbv-version", "2.0.0".to_owned()),
        ("gs1-cbv-min", "2.0.0".to_owned()),
        ("gs1-cbv-max", "2.0.0".to_owned()),
        ("gs1-epc-format", "Never_Translates".to_owned()),
        ("gs1-cbv-xml-format", "Never_Translates".to_owned()),
        ("gs1-extensions", extensions),
        ("gs1-vendor-version", env!("CARGO_PKG_VERSION").to_owned()),
        ("gs1-epcis-capture-limit", MOST_EVENTS.to_string()),
        ("gs1-epcis-capture-file-size-limit", MOST_BYTES.to_string()),
    ];
    for (name, value) in told {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// `OPTIONS`: which methods there are. Everything else is said in the headers of every answer.
pub async fn options(request: HttpRequest) -> HttpResponse {
    let path = request.path().trim_end_matches('/');
    let inner: Vec<&str> =
        path.trim_start_matches("/epcis").split('/').filter(|part| !part.is_empty()).collect();
    let allowed = match inner.as_slice() {
        [] => "OPTIONS",
        ["capture" | "events" | "queries"] => "GET, POST, OPTIONS",
        ["queries", _] => "GET, DELETE, OPTIONS",
        _ => "GET, OPTIONS",
    };
    HttpResponse::NoContent().insert_header((header::ALLOW, allowed)).finish()
}

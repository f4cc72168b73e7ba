//! The shopper's page and what leads to it. One path serves people and programs: `Accept: application/json` gets the same facts as
//! JSON.

mod case;
mod facts;
mod goods;
mod lot;
pub mod report;
mod resolver;

pub use case::{CasePage, case};
pub use facts::{FactsPage, party, place};
pub use goods::{ProductPage, product};
pub use lot::LotPage;
pub use resolver::{description, options, resolve};

use super::api;
use super::ask::{self, Question, Refusal};
use super::cache::{Form, Kept, Key};
use super::model::Verdict;
use super::resolver::Wish;
use super::service::{self, Error};
use super::units::Unit;
use crate::app::App;
use crate::codes::{Checker, SignatureState};
use crate::kernel::Lang;
use crate::log;
use crate::web::headers::{PAGE_POLICY, takes_brotli};
use crate::web::view::{public_language as language, wants_json};
use crate::web::{self, Frame, Html, error::render};
use crate::words::Words;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use std::sync::Arc;

/// The first page: one field for the code, and what this is.
#[derive(Template)]
#[template(path = "lookup/home.html")]
pub struct HomePage {
    frame: Frame,
    typed: String,
    problem: Option<String>,
    host: String,
}

/// `GET /`
pub async fn home(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let frame = frame(&app, &request, "/");
    let host = app.config.code_host().to_owned();
    Html(HomePage { frame, typed: String::new(), problem: None, host }).into_response(StatusCode::OK)
}

/// What the field of the first page sends.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    code: String,
}

/// `GET /lookup?code=…`: from what a person typed or pasted to the page of the lot.
pub async fn look_up(app: Data<App>, request: HttpRequest, typed: Query<Typed>) -> HttpResponse {
    let Query(Typed { code }) = typed;
    let hosts = [app.config.code_host(), app.config.base_url.host()];
    match ask::typed(&code, &hosts) {
        Ok(mut path) => {
            let lang = request.query_string().split('&').find_map(|pair| pair.strip_prefix("lang="));
            if let Some(lang) = lang.and_then(Lang::from_code) {
                path.push_str("?lang=");
                path.push_str(lang.code());
            }
            web::view::see_other(&path)
        }
        Err(refusal) if wants_json(&request) => refused_as_json(&app, &request, &refusal),
        Err(refusal) => {
            let frame = frame(&app, &request, "/lookup");
            let problem = Some(sentence(&refusal, frame.t, app.config.code_host()));
            let host = app.config.code_host().to_owned();
            Html(HomePage { frame, typed: code, problem, host }).into_response(StatusCode::BAD_REQUEST)
        }
    }
}

/// `GET /1/…`: a signed code. Asked for links, it behaves as the resolver does.
///
/// # Errors
/// When the database fails; a bad or unknown code is answered in words.
pub async fn signed(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, web::Error> {
    match resolver::wish(&request) {
        // A phone: the page itself, without a way round.
        Wish::Default => answer(&app, &request, ask::signed).await,
        wish => resolver::signed(&app, &request, &wish).await,
    }
}

/// `GET /lot/{short}`: the landing page of a lot, by its short code.
///
/// # Errors
/// When the database fails; a bad or unknown code is answered in words.
pub async fn landing(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, web::Error> {
    answer(&app, &request, |path, _| ask::short_path(path)).await
}

/// Answers for the code in the raw path: from memory when a kept answer still holds, else anew.
async fn answer(
    app: &App,
    request: &HttpRequest,
    question: impl FnOnce(&str, Option<&Checker>) -> Result<Question, Refusal>,
) -> Result<HttpResponse, web::Error> {
    let path = ask::canonical(request.uri().path()).into_owned();
    let json = wants_json(request);
    // JSON holds no sentences and so is kept once for both languages.
    let (form, lang) = if json { (Form::Json, Lang::Vi) } else { (Form::Page, language(request)) };
    let key = Key { path, lang, form };
    if let Some(kept) = service::kept(app, &key).await? {
        return Ok(send(request, &kept));
    }
    let mark = app.keys.mark();
    let question = match question(&key.path, app.checker().as_deref()) {
        Ok(question) => question,
        Err(refusal) => return Ok(refused(app, request, &refusal)),
    };
    let signature = question.asked.signature();
    match service::answer(app, question, mark).await {
        Ok((answer, seen)) => {
            let body = match key.form {
                Form::Json => {
                    let proofs = log::proofs(app, answer.log_indices()).await?;
                    api::body(&answer, app.config.code_host(), &proofs)
                }
                Form::Page => {
                    let state = log::state(app).await?;
                    let sealed = state.signed_at.map(|at| (state.published, at));
                    let frame = frame(app, request, &key.path);
                    let page = LotPage::new(frame, answer, app.config.code_host(), sealed);
                    page.render().map_err(web::Error::internal)?.into_bytes()
                }
            };
            let kept = Arc::new(Kept::new(seen, key.form, body));
            service::keep(app, key, &kept);
            Ok(send(request, &kept))
        }
        Err(Error::Unknown) => Ok(unknown(app, request, signature)),
        Err(Error::NoLot(unit)) => no_lot(app, request, &unit, signature).await,
        Err(error) => Err(error.into()),
    }
}

/// Sends a finished answer; 304 to somebody who has it already.
fn send(request: &HttpRequest, kept: &Kept) -> HttpResponse {
    let known = has_already(request.headers(), &kept.etag);
    let mut response = HttpResponse::build(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::ETAG, kept.etag.as_str()))
        .insert_header((header::VARY, "Accept, Accept-Language, Accept-Encoding"));
    if kept.form == Form::Page {
        response.insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY));
    }
    if known {
        return open(response.finish());
    }
    response.insert_header((header::CONTENT_TYPE, kept.form.content_type()));
    let squeezed = if takes_brotli(request.headers()) { kept.brotli() } else { None };
    let body = match squeezed {
        Some(bytes) => {
            response.insert_header((header::CONTENT_ENCODING, "br"));
            Bytes::from_owner(bytes)
        }
        None => Bytes::from_owner(kept.plain()),
    };
    open(response.body(body))
}

/// Whether the one who asks has the answer with this tag (RFC 9110 §13.1.2, weak comparison).
fn has_already(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let tags = headers.get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let wanted = opaque(etag);
    tags.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == wanted)
}

/// Marks an answer as one that any page of any site may read: what the public sees is no secret.
fn open(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Link, Location, ETag"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    response
}

/// The page of a code that is not looked up, or under which nothing is known.
#[derive(Template)]
#[template(path = "lookup/refused.html")]
pub struct RefusedPage {
    frame: Frame,
    title: String,
    detail: String,
    next: String,
    typed: String,
    problem: Option<String>,
}

fn refused(app: &App, request: &HttpRequest, refusal: &Refusal) -> HttpResponse {
    if wants_json(request) {
        return refused_as_json(app, request, refusal);
    }
    let frame = frame(app, request, request.uri().path());
    let words = frame.t;
    let (title, next) = match refusal {
        Refusal::Malformed { .. } | Refusal::Identifier(_) | Refusal::ShortCode(_) | Refusal::Empty => {
            ("lookup-malformed", "lookup-malformed-next")
        }
        Refusal::OtherHost => ("lookup-other-registry", "lookup-malformed-next"),
        Refusal::Signature | Refusal::UnknownKey => {
            ("lookup-verdict-not-issued-by-us", "lookup-not-issued-next")
        }
    };
    let page = RefusedPage {
        title: words.say(title).into_owned(),
        detail: sentence(refusal, words, app.config.code_host()),
        next: words.say(next).into_owned(),
        typed: String::new(),
        problem: None,
        frame,
    };
    open(Html(page).into_response(StatusCode::BAD_REQUEST))
}

fn refused_as_json(app: &App, request: &HttpRequest, refusal: &Refusal) -> HttpResponse {
    let reason = sentence(refusal, Words::of(language(request)), app.config.code_host());
    open(render(request, &api::refused(refusal, &reason)))
}

fn unknown(app: &App, request: &HttpRequest, signature: SignatureState) -> HttpResponse {
    if wants_json(request) {
        return open(render(request, &api::unknown(signature)));
    }
    let frame = frame(app, request, request.uri().path());
    let words = frame.t;
    let detail = match signature {
        SignatureState::Valid | SignatureState::CompromisedKey => "lookup-unknown-signed",
        _ => "lookup-unknown-unsigned",
    };
    let page = RefusedPage {
        title: words.say("lookup-verdict-unknown").into_owned(),
        detail: words.say(detail).into_owned(),
        next: words.say("lookup-unknown-next").into_owned(),
        typed: String::new(),
        problem: None,
        frame,
    };
    open(Html(page).into_response(StatusCode::NOT_FOUND))
}

/// A label that stands on no lot: what became of it is all that is known.
async fn no_lot(
    app: &App,
    request: &HttpRequest,
    unit: &Unit,
    signature: SignatureState,
) -> Result<HttpResponse, web::Error> {
    let verdict = api::verdict_of(unit);
    let status = if verdict == Verdict::NotIssuedByUs { StatusCode::NOT_FOUND } else { StatusCode::OK };
    if wants_json(request) {
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, "no-cache"));
        let proofs = log::proofs(app, unit.log_indices()).await?;
        return Ok(open(response.json(api::no_lot(unit, signature, &proofs))));
    }
    let frame = frame(app, request, request.uri().path());
    let words = frame.t;
    let (title, detail) = match verdict {
        Verdict::Void => ("lookup-verdict-void", "lookup-verdict-void-what"),
        Verdict::NotActivated => ("lookup-verdict-not-activated", "lookup-verdict-void-what"),
        _ => ("lookup-verdict-not-issued-by-us", "lookup-verdict-outside-run"),
    };
    let page = RefusedPage {
        title: words.say(title).into_owned(),
        detail: words.say(detail).into_owned(),
        next: words.say("lookup-unknown-next").into_owned(),
        typed: String::new(),
        problem: None,
        frame,
    };
    Ok(open(Html(page).into_response(status)))
}

/// What is wrong with a code, in a sentence.
fn sentence(refusal: &Refusal, words: Words, host: &str) -> String {
    match refusal {
        Refusal::Malformed { reason, .. } => words.say(reason.key()).into_owned(),
        Refusal::Identifier(problem) | Refusal::ShortCode(problem) => words.problem(problem),
        Refusal::Signature => words.say("lookup-signature-invalid").into_owned(),
        Refusal::UnknownKey => words.say("lookup-signature-unknown-key").into_owned(),
        Refusal::OtherHost => words.one("lookup-other-host", "host", host),
        Refusal::Empty => words.say("lookup-nothing-typed").into_owned(),
    }
}

/// The frame of a public page.
fn frame(app: &App, request: &HttpRequest, path: &str) -> Frame {
    Frame::public(app, language(request), path)
}

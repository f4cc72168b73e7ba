//! The resolver over HTTP: statuses, headers and bodies of GS1-conformant resolver 1.2.
//!
//! What must stay true: what is malformed is answered without the database; an error is never a 200; the anchor of a set of links
//! lies under the configured public address, never under the Host header of the request.

use super::super::api;
use super::super::ask::{self, Refusal};
use super::super::resolver::{
    CONTEXT, Choice, Known, MEDIA_TYPE, Missed, PRIMARY_KEYS, Target, Terms, VOCABULARY, Wish, choices,
    choose, find, whole,
};
use super::super::service::Error;
use super::{RefusedPage, frame, language, open, refused, unknown};
use crate::app::App;
use crate::codes::SignatureState;
use crate::kernel::Identifier;
use crate::web::view::wants_json;
use crate::web::{self, Html, error::render};
use crate::words::Words;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

/// What the answers of the resolver depend on.
const VARY: &str = "Accept, Accept-Language";

fn header_of(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// A parameter of the query, decoded; the first of its name.
fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_html_form::from_str(request.query_string()).unwrap_or_default();
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// What a request asks for.
pub(super) fn wish(request: &HttpRequest) -> Wish {
    Wish::of(parameter(request, "linkType").as_deref(), header_of(request, header::ACCEPT))
}

/// `GET /01/…`, `/414/…`, `/417/…`, `/00/…`, `/P/…`: an unsigned code.
///
/// # Errors
/// When the database fails; a bad or unknown code is answered in words.
pub async fn resolve(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, web::Error> {
    let uri = request.uri();
    match ask::unsigned(uri.path(), uri.query()) {
        Ok(identifier) => answer(&app, &request, &identifier, &wish(&request), SignatureState::Absent).await,
        Err(refusal) => Ok(refused(&app, &request, &refusal)),
    }
}

/// A signed code whose links are asked for: nothing is looked up before its signature has been checked.
pub(super) async fn signed(
    app: &App,
    request: &HttpRequest,
    wish: &Wish,
) -> Result<HttpResponse, web::Error> {
    let path = ask::canonical(request.uri().path());
    let checked = ask::signed(&path, app.checker().as_deref());
    let read = checked.and_then(|question| Ok((ask::identified(&path)?, question.asked.signature())));
    match read {
        Ok((identifier, signature)) => answer(app, request, &identifier, wish, signature).await,
        Err(refusal) => Ok(refused(app, request, &refusal)),
    }
}

async fn answer(
    app: &App,
    request: &HttpRequest,
    identifier: &Identifier,
    wish: &Wish,
    signature: SignatureState,
) -> Result<HttpResponse, web::Error> {
    let known = match find(app, identifier, language(request), *wish != Wish::Default).await {
        Ok(known) => known,
        Err(Error::Unknown) => return Ok(unknown(app, request, signature)),
        Err(error) => return Err(error.into()),
    };
    let base = app.config.base_url.to_string();
    let kind = match wish {
        Wish::Default => return Ok(redirect(request, &known, &base, &known.landing, known.missed)),
        Wish::Linkset => return Ok(links(StatusCode::OK, &whole(&known, &base))),
        Wish::Kind(kind) => kind,
    };
    let asked = parameter(request, "lang");
    let terms = Terms {
        languages: asked.as_deref().or_else(|| header_of(request, header::ACCEPT_LANGUAGE)),
        accept: header_of(request, header::ACCEPT),
    };
    Ok(match choose(&known.offers, kind, terms) {
        Choice::One(offer) => redirect(request, &known, &base, &offer.target, None),
        Choice::Several(offers) => links(StatusCode::MULTIPLE_CHOICES, &choices(&known, &base, &offers)),
        Choice::Nothing => no_such_link(app, request),
    })
}

fn redirect(
    request: &HttpRequest,
    known: &Known,
    base: &str,
    target: &Target,
    missed: Option<Missed>,
) -> HttpResponse {
    let mut response = HttpResponse::TemporaryRedirect();
    response
        .insert_header((header::LOCATION, target.location(request.uri().query(), missed)))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, VARY));
    name_linkset(&mut response, base, &known.path);
    open(response.finish())
}

/// Says where all links of a thing are.
fn name_linkset(response: &mut HttpResponseBuilder, base: &str, path: &str) {
    let link = format!("<{base}/{path}?linkType=linkset>; rel=\"linkset\"; type=\"{MEDIA_TYPE}\"");
    response.append_header((header::LINK, link));
}

fn links(status: StatusCode, set: &Value) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CONTENT_TYPE, MEDIA_TYPE))
        .insert_header((header::LINK, CONTEXT))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, VARY));
    open(response.body(set.to_string()))
}

fn no_such_link(app: &App, request: &HttpRequest) -> HttpResponse {
    if wants_json(request) {
        return open(render(request, &api::no_such_link()));
    }
    let frame = frame(app, request, request.uri().path());
    let words = frame.t;
    let page = RefusedPage {
        title: words.say("lookup-no-such-link").into_owned(),
        detail: words.say("error-link-type-absent").into_owned(),
        next: words.say("lookup-no-such-link-next").into_owned(),
        typed: String::new(),
        problem: None,
        frame,
    };
    open(Html(page).into_response(StatusCode::NOT_FOUND))
}

/// `OPTIONS` on the paths of codes: answered by hand, because peers ask for several methods at once.
pub async fn options(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    response
        .insert_header((header::ALLOW, "GET, HEAD, OPTIONS"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "Accept, Accept-Language, If-None-Match"))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "86400"));
    let read: Result<Identifier, Refusal> = ask::identified(request.uri().path());
    if let Ok(identifier) = read {
        name_linkset(&mut response, &app.config.base_url.to_string(), &identifier.path());
    }
    open(response.finish())
}

/// `GET /.well-known/gs1resolver`: what this resolver is and serves.
pub async fn description(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let base = app.config.base_url.to_string();
    let name = Words::of(language(&request)).say("site-name").into_owned();
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept-Language"));
    open(response.json(json!({
        "name": name,
        "resolverRoot": base,
        "supportedPrimaryKeys": PRIMARY_KEYS,
        "supportedLinkType": [{ "namespace": VOCABULARY, "prefix": "gs1:" }],
        "linkTypeDefaultCanBeLinkset": false,
        "contact": { "fn": name, "hasURL": base },
    })))
}

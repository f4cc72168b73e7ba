//! What programmers look up: the OpenAPI document, and the page that every problem's `type` links to, with all error codes
//! and their words.
//!
//! What must stay true: every code that the registry raises stands in `assets/api/errors.csv` with its status, and every path of
//! the interface in `assets/api/openapi.json`; `tests/it/openapi.rs` compares both with the source.

use super::view::{Frame, Html};
use crate::words::Words;
use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;
use std::sync::LazyLock;

/// The OpenAPI 3.1 document of the interface for programs.
pub const OPENAPI: &str = include_str!("../../assets/api/openapi.json");

/// Every error code with its HTTP status, in order of code.
static ERRORS: LazyLock<Vec<(&'static str, u16)>> = LazyLock::new(|| {
    let lines = include_str!("../../assets/api/errors.csv").lines().skip(1);
    let mut errors: Vec<_> = lines
        .filter_map(|line| line.split_once(','))
        .filter_map(|(c, s)| Some((c, s.parse().ok()?)))
        .collect();
    errors.sort_unstable();
    errors
});

/// A code, its status (0 for a problem with a field, which has none), and what people are told.
#[derive(Debug)]
pub struct Told {
    code: String,
    status: u16,
    words: String,
}

/// The page of all codes: errors, and problems with single fields.
#[derive(Template)]
#[template(path = "web/errors.html")]
pub struct ErrorsPage {
    frame: Frame,
    errors: Vec<Told>,
    problems: Vec<Told>,
}

/// The sentence of `key` with `…` where a value would stand.
fn told(words: Words, key: &str) -> String {
    let sentence = words.with::<&str>(key, &[]);
    let mut pieces = sentence.split("{$");
    let mut told = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        told.push('…');
        told.push_str(piece.split_once('}').map_or("", |(_, rest)| rest));
    }
    told
}

/// `GET /api/errors`
pub async fn errors(frame: Frame) -> Html<ErrorsPage> {
    let words = frame.t;
    let error = |(code, status): &(&str, u16)| Told {
        code: (*code).to_owned(),
        status: *status,
        words: told(words, &format!("error-{}", code.replace('_', "-"))),
    };
    let problem = |key: &str| {
        let code = key.trim_start_matches("problem-").replace('-', "_");
        Told { code, status: 0, words: told(words, key) }
    };
    let errors = ERRORS.iter().map(error).collect();
    let problems = words.keys("problem-").map(problem).collect();
    Html(ErrorsPage { frame, errors, problems })
}

/// `GET /api/openapi.json`
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(OPENAPI)
}

//! How things are told: JSON of either name, lists, pages.

use crate::events::epcis::{CONTEXT, Namespaces};
use crate::events::query::{self, Found, Parameters, Token};
use crate::kernel::{Cursor, Problem, Problems};
use crate::web::Error;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json as value};

/// Events on a page when nobody asks.
const USUAL: u64 = 30;
/// The most on a page; who asks for more is given so many.
const MOST: u64 = 100;

/// Which page is asked for.
#[derive(Clone, Debug)]
pub struct Paging {
    /// How many on it.
    pub size: u64,
    /// Where it begins.
    pub token: Option<Token>,
}

impl Paging {
    /// Takes it out of the parameters.
    ///
    /// # Errors
    /// `query_count_malformed`, `cursor_malformed`, `query_one_value`.
    pub fn take(parameters: &mut Parameters) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let size = parameters.take("perPage").and_then(|size| match size {
            None => Ok(USUAL),
            Some(text) => match text.parse::<u64>() {
                Ok(size) if size > 0 => Ok(size.min(MOST)),
                _ => Err(Problem::new("query_count_malformed").value(text).at("perPage")),
            },
        });
        let token = parameters.take("nextPageToken").and_then(|token| match token {
            None => Ok(None),
            Some(text) => Token::parse(&text).map(Some).map_err(|problem| problem.at("nextPageToken")),
        });
        match (size, token) {
            (Ok(size), Ok(token)) => return Ok(Self { size, token }),
            (size, token) => {
                problems.0.extend(size.err());
                problems.0.extend(token.err());
            }
        }
        Err(problems)
    }

    /// The same for a list of values.
    #[must_use]
    pub fn rows(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    /// Where a list of values begins.
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        self.token.as_ref().map(|token| &token.after)
    }
}

/// What a request asks for: its parameters, and what the prefixes in them stand for.
pub(super) fn asked(request: &HttpRequest) -> Result<(Parameters, Namespaces), Problems> {
    let pairs: Vec<(String, String)> = serde_html_form::from_str(request.query_string())
        .map_err(|_| Problem::new("query_malformed").value(request.query_string()))?;
    let mut parameters = Parameters::of_url(&pairs);
    // In which language the words are told is no part of the question.
    parameters.take("lang")?;
    let header = request.headers().get("gs1-extensions").and_then(|value| value.to_str().ok());
    let names = header.map(query::extensions_header).transpose()?.unwrap_or_default();
    Ok((parameters, names))
}

/// 400 with what is wrong, parameter by parameter.
pub(super) fn refused(problems: Problems) -> Error {
    let mut error = Error::bad_request("query_invalid");
    error.problems = problems.0;
    error
}

/// An answer in JSON, by the name under which it is asked for.
#[must_use]
pub fn json(request: &HttpRequest, status: StatusCode, body: &Value, next: Option<String>) -> HttpResponse {
    let accept =
        request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let ld = accept.contains("application/ld+json") && !accept.contains("application/json");
    let mut response = HttpResponse::build(status);
    response.content_type(if ld { "application/ld+json" } else { "application/json" });
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(token) = next {
        response.insert_header((header::LINK, format!("<{}>; rel=\"next\"", further(request, &token))));
    }
    response.body(body.to_string())
}

/// The same request for the next page.
fn further(request: &HttpRequest, token: &str) -> String {
    let kept = request
        .query_string()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("nextPageToken="));
    let mut query: Vec<&str> = kept.collect();
    let token = format!("nextPageToken={token}");
    query.push(&token);
    format!("{}?{}", request.path(), query.join("&"))
}

/// A list of values.
#[must_use]
pub fn collection(members: &[String]) -> Value {
    value!({ "@context": CONTEXT, "type": "Collection", "member": members })
}

/// The events that were found, as an `EPCISQueryDocument`. Contexts are told once; an event whose prefixes mean something else than those
/// of the events before it keeps its own.
pub(super) fn document(found: &[Found], name: &str, now: crate::kernel::Moment) -> Value {
    let mut addresses: Vec<Value> = vec![CONTEXT.into()];
    let mut prefixes: Map<String, Value> = Map::new();
    let mut events = Vec::with_capacity(found.len());
    for found in found {
        let context = found.context();
        let parts = match &context {
            Value::Array(parts) => parts.clone(),
            part => vec![part.clone()],
        };
        let clash = parts
            .iter()
            .filter_map(Value::as_object)
            .flatten()
            .any(|(prefix, iri)| prefixes.get(prefix).is_some_and(|known| known != iri));
        if clash {
            events.push(Value::Object(found.standalone()));
            continue;
        }
        for part in parts {
            match part {
                Value::Object(terms) => prefixes.extend(terms),
                address if !addresses.contains(&address) => addresses.push(address),
                _ => {}
            }
        }
        events.push(Value::Object(found.event()));
    }
    if !prefixes.is_empty() {
        addresses.push(Value::Object(prefixes));
    }
    value!({
        "@context": addresses,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": now.to_rfc3339(),
        "epcisBody": { "queryResults": { "queryName": name, "resultsBody": { "eventList": events } } },
    })
}

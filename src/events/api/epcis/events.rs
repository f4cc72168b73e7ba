//! `/epcis/events`: the standard's simple event query by URL, and one event.

use super::answer::{Paging, asked, document, json, refused};
use crate::accounts::{Actor, CanRead, Identity};
use crate::app::App;
use crate::events::query::{self, Error, Parameters, Query};
use crate::web;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(problems) => refused(problems),
            Error::TooMany { most } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "query_too_large").arg("most", most)
            }
            Error::NotFound => Self::not_found(),
            Error::Store(error) => error.into(),
        }
    }
}

/// A page of what a question finds.
pub(super) async fn told(
    app: &App,
    who: &Identity,
    request: &HttpRequest,
    name: &str,
    query: &Query,
    paging: &Paging,
) -> Result<HttpResponse, web::Error> {
    let results = query::find(app, who, query, paging.token.as_ref(), paging.size).await?;
    let body = document(&results.events, name, app.clock.now());
    Ok(json(request, StatusCode::OK, &body, results.next.map(|token| token.to_string())))
}

/// `GET /epcis/events`
///
/// # Errors
/// 400 with a problem for each parameter that is not understood; 413 for more than `maxEventCount`.
pub async fn list(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
) -> Result<HttpResponse, web::Error> {
    let (mut parameters, names) = asked(&request).map_err(refused)?;
    let paging = Paging::take(&mut parameters).map_err(refused)?;
    let query = read(&app, &parameters, &names)?;
    told(&app, &actor, &request, "SimpleEventQuery", &query, &paging).await
}

pub(super) fn read(
    app: &App,
    parameters: &Parameters,
    names: &crate::events::epcis::Namespaces,
) -> Result<Query, web::Error> {
    parameters.read(names, &[app.config.code_host()]).map_err(refused)
}

/// `GET /epcis/events/{eventID}`: as captured, with its context and when it was recorded.
///
/// # Errors
/// 404 when there is none that may be seen.
pub async fn event(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    id: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let found = query::event(&app, &actor, &id).await?;
    Ok(json(&request, StatusCode::OK, &Value::Object(found.standalone()), None))
}

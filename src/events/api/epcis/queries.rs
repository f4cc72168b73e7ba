//! `/epcis/queries`: questions by name.

use super::answer::{Paging, asked, json, refused};
use super::binding::check_media_type;
use super::events::told;
use crate::accounts::{Actor, CanRead};
use crate::app::App;
use crate::events::query::{self, NamedQuery, NamedQueryError, Parameters};
use crate::kernel::canonical::{Limits, parse_strict};
use crate::kernel::{Problem, Problems};
use crate::web::{self, form};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json as object};

impl From<NamedQueryError> for web::Error {
    fn from(error: NamedQueryError) -> Self {
        match error {
            NamedQueryError::Taken => Self::conflict("query_name_taken"),
            NamedQueryError::NotFound => Self::not_found(),
            NamedQueryError::Invalid(problems) => refused(problems),
            NamedQueryError::Store(error) => error.into(),
        }
    }
}

fn view(named: &NamedQuery) -> Value {
    object!({ "name": named.name, "createdAt": named.created_at.to_rfc3339(), "query": named.query })
}

/// `POST /epcis/queries`: `{ "name": …, "query": { …parameters… } }`.
///
/// # Errors
/// 400 with a problem for each parameter that is not understood; 409 when the name is taken.
pub async fn add(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    body: Bytes,
) -> Result<HttpResponse, web::Error> {
    form::check_origin(&request)?;
    check_media_type(&request)?;
    let body = parse_strict(&body, Limits::default()).map_err(|problem| refused(problem.into()))?;
    let mut problems = Problems::default();
    let missing =
        |member: &'static str| Problem::new("epcis_member_missing").arg("member", member).at(member);
    let name = body.get("name").and_then(Value::as_str);
    let query = body.get("query").and_then(Value::as_object);
    match (name, query) {
        (Some(name), Some(query)) => {
            let named = query::add(&app, &actor, name, query.clone()).await?;
            let mut response = json(&request, StatusCode::CREATED, &view(&named), None);
            if let Ok(location) = format!("/epcis/queries/{name}").parse() {
                response.headers_mut().insert(header::LOCATION, location);
            }
            Ok(response)
        }
        (name, query) => {
            problems.0.extend(name.is_none().then(|| missing("name")));
            problems.0.extend(query.is_none().then(|| missing("query")));
            Err(refused(problems))
        }
    }
}

/// `GET /epcis/queries`
///
/// # Errors
/// 400 for the token of another list.
pub async fn all(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
) -> Result<HttpResponse, web::Error> {
    let paging = Paging::take(&mut asked(&request).map_err(refused)?.0).map_err(refused)?;
    let (found, next) = query::all(&app, &actor, paging.cursor(), paging.rows()).await?;
    let body = found.iter().map(view).collect::<Vec<_>>().into();
    Ok(json(&request, StatusCode::OK, &body, next.map(|cursor| cursor.to_string())))
}

/// `GET /epcis/queries/{name}`
///
/// # Errors
/// 404 when the party has none of this name.
pub async fn show(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    name: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let named = query::named(&app, &actor, &name).await?;
    Ok(json(&request, StatusCode::OK, &view(&named), None))
}

/// `DELETE /epcis/queries/{name}`
///
/// # Errors
/// 404 when the party has none of this name.
pub async fn remove(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    name: Path<String>,
) -> Result<HttpResponse, web::Error> {
    form::check_origin(&request)?;
    query::remove(&app, &actor, &name).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /epcis/queries/{name}/events`: what it finds now.
///
/// # Errors
/// 404 when the party has none of this name; 413 for more than `maxEventCount`.
pub async fn results(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    name: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let (mut parameters, _) = asked(&request).map_err(refused)?;
    let paging = Paging::take(&mut parameters).map_err(refused)?;
    if parameters != Parameters::default() {
        return Err(web::Error::bad_request("query_invalid"));
    }
    let named = query::named(&app, &actor, &name).await?;
    let query = named.read(&[app.config.code_host()]).map_err(refused)?;
    told(&app, &actor, &request, &named.name, &query, &paging).await
}

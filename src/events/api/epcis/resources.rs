//! The top-level resources: which values events hold, and the events that hold one of them.

use super::answer::{Paging, asked, collection, json, refused};
use super::events::{read, told};
use crate::accounts::{Actor, CanRead};
use crate::app::App;
use crate::events::query::{self, Condition, Parameters, Query, Resource};
use crate::kernel::identifier::Identifier;
use crate::web;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

/// The resource with this name.
fn resource(name: &str) -> Result<Resource, web::Error> {
    let found = Resource::ALL.into_iter().find(|resource| resource.as_str() == name);
    found.ok_or_else(web::Error::not_found)
}

/// The URI of what is stored by its name; what has no key is stored as its URI.
fn uri(name: &str, host: &str) -> String {
    Identifier::of_name(name).map_or_else(|_| name.to_owned(), |identifier| identifier.canonical(host))
}

/// `GET /epcis/{resource}`
///
/// # Errors
/// 404 for a resource that there is not.
pub async fn values(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    name: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let resource = resource(&name)?;
    let (mut parameters, names) = asked(&request).map_err(refused)?;
    let paging = Paging::take(&mut parameters).map_err(refused)?;
    // Anything else is no parameter of a list.
    if read(&app, &parameters, &names)? != Query::default() {
        return Err(web::Error::bad_request("query_invalid"));
    }
    let (found, next) = query::values(&app, &actor, resource, paging.cursor(), paging.rows()).await?;
    let found: Vec<String> = match resource {
        Resource::Epcs | Resource::ReadPoints | Resource::BizLocations => {
            found.iter().map(|name| uri(name, app.config.code_host())).collect()
        }
        Resource::EventTypes | Resource::BizSteps | Resource::Dispositions => found,
    };
    Ok(json(&request, StatusCode::OK, &collection(&found), next.map(|cursor| cursor.to_string())))
}

fn holding(
    app: &App,
    resource: Resource,
    value: &str,
    names: &crate::events::epcis::Namespaces,
) -> Option<Condition> {
    // What cannot be a value is one that nothing has.
    Parameters::of_value(resource, value, names, &[app.config.code_host()]).ok()
}

/// `GET /epcis/{resource}/{value}`: what there is of it.
///
/// # Errors
/// 404 when no event that may be seen holds the value.
pub async fn value(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, web::Error> {
    let (name, value) = path.into_inner();
    let resource = resource(&name)?;
    let (_, names) = asked(&request).map_err(refused)?;
    let condition = holding(&app, resource, &value, &names).ok_or_else(web::Error::not_found)?;
    let query = Query { conditions: vec![condition], ..Query::default() };
    if resource != Resource::EventTypes && !query::holds(&app, &actor, &query).await? {
        return Err(web::Error::not_found());
    }
    Ok(json(&request, StatusCode::OK, &collection(&["events".to_owned()]), None))
}

/// `GET /epcis/{resource}/{value}/events`: with the parameters of the simple event query.
///
/// # Errors
/// 400 with a problem for each parameter that is not understood; 404 when no event that may be seen holds the value.
pub async fn events_of(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, web::Error> {
    let (name, value) = path.into_inner();
    let resource = resource(&name)?;
    let (mut parameters, names) = asked(&request).map_err(refused)?;
    let paging = Paging::take(&mut parameters).map_err(refused)?;
    let mut query = read(&app, &parameters, &names)?;
    let condition = holding(&app, resource, &value, &names).ok_or_else(web::Error::not_found)?;
    let alone = Query { conditions: vec![condition.clone()], ..Query::default() };
    if resource != Resource::EventTypes && !query::holds(&app, &actor, &alone).await? {
        return Err(web::Error::not_found());
    }
    query.conditions.push(condition);
    told(&app, &actor, &request, "SimpleEventQuery", &query, &paging).await
}

//! The further links of a product, for programs.

use crate::accounts::{CanManage, CanRead};
use crate::app::App;
use crate::kernel::{LinkId, ProductId};
use crate::parties::Acting;
use crate::products::links::{self, LinkDraft, ProductLink};
use crate::web::{self, Body};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::json;

/// `GET /api/v1/products/{product}/links`
///
/// # Errors
/// 404 when it is not one that the actor may see.
pub async fn list(
    app: Data<App>,
    actor: Acting<CanRead>,
    id: Path<ProductId>,
) -> Result<HttpResponse, web::Error> {
    let there = links::links_of(&app, actor.party, *id).await?;
    Ok(HttpResponse::Ok()
        .json(json!({ "links": there.iter().map(ProductLink::to_json).collect::<Vec<_>>() })))
}

/// `POST /api/v1/products/{product}/links`
///
/// # Errors
/// 404 for another party's product; 409 when it has as many as it may have; 422 for values that break rules.
pub async fn add(
    app: Data<App>,
    actor: Acting<CanManage>,
    id: Path<ProductId>,
    body: Body<LinkDraft>,
) -> Result<HttpResponse, web::Error> {
    let link = links::add_link(&app, &actor, *id, &body.0.parse()?).await?;
    Ok(HttpResponse::Created().json(link.to_json()))
}

/// `DELETE /api/v1/products/{product}/links/{link}`
///
/// # Errors
/// 404 when the link does not stand on a product of the actor's party.
pub async fn remove(
    app: Data<App>,
    actor: Acting<CanManage>,
    path: Path<(ProductId, LinkId)>,
) -> Result<HttpResponse, web::Error> {
    let (id, link) = path.into_inner();
    links::remove_link(&app, &actor, id, link).await?;
    Ok(HttpResponse::NoContent().finish())
}

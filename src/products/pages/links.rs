//! The forms for the further links on a product's page.

use super::{Empty, ShowPage};
use crate::accounts::CanManage;
use crate::app::App;
use crate::kernel::{LinkId, Problems, ProductId};
use crate::parties::Acting;
use crate::products::links::{self, LinkDraft};
use crate::products::service::{self, Error};
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

/// `POST /products/{product}/links`
///
/// # Errors
/// 404 for another party's product; what is wrong with the input shows the page again.
pub async fn send_link(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
    id: Path<ProductId>,
    form: Form<LinkDraft>,
) -> Result<HttpResponse, web::Error> {
    let Form(draft) = form;
    let behalf = actor.behalf(&app).await?;
    let outcome = match draft.parse() {
        Ok(new) => links::add_link(&app, &actor, *id, &new).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let mut refused = match outcome {
        Ok(_) => return Ok(see_other(&format!("/products/{id}{}#links", behalf.query()))),
        Err(error) => web::Error::from(error),
    };
    if refused.problems.is_empty() {
        return Err(refused);
    }
    let problems = Problems(std::mem::take(&mut refused.problems));
    let view = service::of(&app, &actor, *id).await?;
    let page = ShowPage::of(&app, frame, behalf, view, true).await?.with_link(draft, problems);
    Ok(Html(page).into_response(refused.status))
}

/// `POST /products/{product}/links/{link}/remove`
///
/// # Errors
/// 404 when the link does not stand on a product of the actor's party.
pub async fn send_link_removal(
    app: Data<App>,
    actor: Acting<CanManage>,
    path: Path<(ProductId, LinkId)>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let (id, link) = path.into_inner();
    let behalf = actor.behalf(&app).await?;
    links::remove_link(&app, &actor, id, link).await?;
    Ok(see_other(&format!("/products/{id}{}#links", behalf.query())))
}

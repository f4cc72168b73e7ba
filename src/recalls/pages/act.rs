//! What the forms on the page of a recall do.

use super::super::api::{CallDraft, decider, recoverer};
use super::super::draft::RecoveryDraft;
use super::super::service;
use super::{Typed, page, refused};
use crate::accounts::{Actor, CanInspect, CanManage, CanRead, CanRecord, CanReview};
use crate::app::App;
use crate::kernel::{Note, RecallId};
use crate::parties::Acting;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// Why, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Reason {
    reason: String,
}

/// Back to the page of the recall: empty-handed when it was done, with what is wrong when it was refused.
async fn back(
    app: &App,
    frame: Frame,
    actor: &Acting<CanRead>,
    id: RecallId,
    outcome: Result<(), web::Error>,
    typed: Typed,
) -> Result<HttpResponse, web::Error> {
    let Err(error) = outcome else {
        return Ok(see_other(&format!("/recalls/{id}{}", actor.behalf(app).await?.query())));
    };
    let (status, problems, refusal) = refused(&frame, error)?;
    let typed = Typed { problems, refusal, ..typed };
    Ok(Html(page(app, frame, actor, id, typed).await?).into_response(status))
}

/// `POST /recalls/{recall}/decide`
///
/// # Errors
/// 404 for another firm's; one that was decided before shows the page again.
pub async fn decide(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    id: Path<RecallId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let outcome = service::decide(&app, &decider(manager, officer)?, *id).await;
    back(&app, frame, &actor, *id, outcome.map_err(Into::into), Typed::default()).await
}

/// `POST /recalls/{recall}/reject`
///
/// # Errors
/// 404 for another firm's; a missing reason shows the page again.
pub async fn reject(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    id: Path<RecallId>,
    form: Form<Reason>,
) -> Result<HttpResponse, web::Error> {
    let by = decider(manager, officer)?;
    let outcome = match Note::parse(&form.0.reason) {
        Ok(reason) => service::reject(&app, &by, *id, &reason).await.map_err(web::Error::from),
        Err(problem) => Err(problem.at("reason").into()),
    };
    let typed = Typed { reason: form.0.reason, ..Typed::default() };
    back(&app, frame, &actor, *id, outcome, typed).await
}

/// `POST /recalls/{recall}/close`
///
/// # Errors
/// 404 for another firm's; while holders are not told, the page again.
pub async fn close(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    id: Path<RecallId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let outcome = service::close(&app, &decider(manager, officer)?, *id).await;
    back(&app, frame, &actor, *id, outcome.map_err(Into::into), Typed::default()).await
}

/// `POST /recalls/{recall}/acknowledge`
///
/// # Errors
/// 404 for a party that was not told; when it was acknowledged before, the page again.
pub async fn acknowledge(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    member: Acting<CanRecord>,
    id: Path<RecallId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let outcome = service::acknowledge(&app, &member, *id).await;
    back(&app, frame, &actor, *id, outcome.map_err(Into::into), Typed::default()).await
}

/// `POST /recalls/{recall}/recovered`
///
/// # Errors
/// 404 for a lot that is not in the party's hands; what is wrong with the quantity shows the page again.
pub async fn recover(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    member: Result<Acting<CanRecord>, web::Error>,
    id: Path<RecallId>,
    form: Form<RecoveryDraft>,
) -> Result<HttpResponse, web::Error> {
    let draft = form.0;
    let outcome = service::recover(&app, &recoverer(member, &actor)?, *id, &draft).await.map(|_| ());
    back(&app, frame, &actor, *id, outcome.map_err(Into::into), Typed { draft, ..Typed::default() }).await
}

/// `POST /recalls/{recall}/calls`
///
/// # Errors
/// 404 for a party that was not told; 409 for a recall that is closed; 422 for another outcome.
pub async fn call(
    app: Data<App>,
    actor: Actor<CanInspect>,
    id: Path<RecallId>,
    form: Form<CallDraft>,
) -> Result<HttpResponse, web::Error> {
    let (party, outcome) = form.0.parse()?;
    service::called(&app, &actor, *id, party, outcome).await?;
    Ok(see_other(&format!("/recalls/{}/notices?only=waiting#p{party}", *id)))
}

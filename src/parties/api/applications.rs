//! Applications for programs.

use super::{Paging, Reason, attachment, listed, party_json};
use crate::accounts::{Actor, CanReview};
use crate::app::App;
use crate::kernel::{ApplicationId, CommuneCode};
use crate::parties::document::Document;
use crate::parties::model::{Application, Draft, communes_like, reason, reference};
use crate::parties::service::{self, Details};
use crate::web;
use crate::web::body::{Body, WITH_DOCUMENT};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

fn application_json(application: &Application) -> Value {
    let decision = application.decision.as_ref().map(|decision| {
        json!({
            "approved": decision.approved,
            "reason": decision.reason,
            "by": decision.by,
            "at": decision.at,
        })
    });
    json!({
        "id": application.id,
        "reference": application.reference(),
        "sent_at": application.sent_at,
        "party": party_json(&application.party),
        "decision": decision,
    })
}

fn details_json(details: &Details) -> Value {
    let likenesses: Vec<Value> = details
        .likenesses
        .iter()
        .map(|like| {
            json!({
                "party": like.party,
                "name": like.name,
                "same_name": like.same_name,
                "same_gln": like.same_gln,
                "status": like.status.as_str(),
            })
        })
        .collect();
    let mut shown = application_json(&details.application);
    shown["party"]["tax_number"] = details.tax_number.clone().into();
    shown["contact"] = json!({ "name": details.contact_name, "phone": details.contact_phone });
    shown["may_be_the_same"] = likenesses.into();
    shown
}

/// `POST /api/v1/applications`: anybody may apply; the document in base64.
///
/// # Errors
/// 409 for a tax number that is registered or pending; 422 for values that break rules; 429.
pub async fn apply(app: Data<App>, body: Body<Draft, WITH_DOCUMENT>) -> Result<HttpResponse, web::Error> {
    let Body(draft) = body;
    let parsed = Document::beside(draft.application(), Document::read_base64(&draft.document).await);
    let ((party, contact), document) = parsed?;
    let id = service::apply(&app, &party, &contact, &document).await?;
    Ok(HttpResponse::Created().json(json!({ "reference": reference(id) })))
}

/// `GET /api/v1/applications`: those that wait for a decision, the oldest first.
///
/// # Errors
/// 422 for a malformed cursor or size.
pub async fn applications(
    app: Data<App>,
    actor: Actor<CanReview>,
    paging: Query<Paging>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = paging.parse()?;
    let count = service::open_count(&app, &actor).await?;
    let page = service::open_applications(&app, &actor, after.as_ref(), size).await?;
    let mut answer = listed("applications", page, |application| application_json(&application));
    answer["waiting"] = count.into();
    Ok(HttpResponse::Ok().json(answer))
}

/// `GET /api/v1/applications/{application}`
///
/// # Errors
/// 404.
pub async fn application(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<ApplicationId>,
) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(details_json(&service::details(&app, &actor, *id).await?)))
}

/// `GET /api/v1/applications/{application}/document`
///
/// # Errors
/// 404.
pub async fn document(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<ApplicationId>,
) -> Result<HttpResponse, web::Error> {
    let document = service::document(&app, &actor, *id).await?;
    Ok(attachment(document, &reference(*id)))
}

/// `POST /api/v1/applications/{application}/approve`: the answer holds the manager's sign-up code, this once.
///
/// # Errors
/// 404; 409 when it is decided, or another party has its GLN.
pub async fn approve(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<ApplicationId>,
) -> Result<HttpResponse, web::Error> {
    let code = service::approve(&app, &actor, *id).await?;
    Ok(HttpResponse::Ok().json(json!({ "code": code.grouped() })))
}

/// `POST /api/v1/applications/{application}/refuse`
///
/// # Errors
/// 404; 409 when it is decided; 422 without a reason.
pub async fn refuse(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<ApplicationId>,
    body: Body<Reason>,
) -> Result<HttpResponse, web::Error> {
    service::refuse(&app, &actor, *id, &reason(&body.0.reason)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What somebody types of a commune's name.
#[derive(Deserialize)]
pub struct CommuneSearch {
    #[serde(default)]
    q: String,
}

/// `GET /api/v1/communes?q=`: communes whose names are near what is typed, at most 30.
pub async fn communes(search: Query<CommuneSearch>) -> HttpResponse {
    let text: String = search.q.chars().take(200).collect();
    let found: Vec<Value> = communes_like(&text)
        .into_iter()
        .map(|(code, name)| {
            let province = CommuneCode::parse(&code).ok().map(|code| code.commune().province.as_str());
            json!({ "code": code, "name": name, "province": province })
        })
        .collect();
    HttpResponse::Ok().json(json!({ "communes": found }))
}

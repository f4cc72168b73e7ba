//! Mandates for programs.

use super::{Paging, attachment, listed, own_party};
use crate::accounts::{Actor, CanManage, CanOversee, CanRead, CanReview, Identity};
use crate::app::App;
use crate::kernel::{Day, MandateId, PartyId, Problem};
use crate::parties::document::Document;
use crate::parties::model::{MandateDraft, MandateLine, Side};
use crate::parties::service::{self, Signatory};
use crate::web;
use crate::web::body::{Body, WITH_DOCUMENT};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

fn mandate_json(line: &MandateLine, today: Day) -> Value {
    json!({
        "id": line.mandate.id,
        "grantor": line.mandate.grantor,
        "grantor_name": line.grantor_name,
        "holder": line.mandate.holder,
        "holder_name": line.holder_name,
        "from": line.mandate.from,
        "to": line.mandate.to,
        "made_at": line.mandate.made_at,
        "revoked_at": line.mandate.revoked_at,
        "in_force": line.mandate.is_in_force(today),
    })
}

/// Which mandates, and which page of them.
#[derive(Deserialize)]
pub struct MandateList {
    #[serde(default)]
    side: String,
    #[serde(flatten)]
    paging: Paging,
}

async fn listed_mandates(
    app: &App,
    by: &Identity,
    party: PartyId,
    list: &MandateList,
) -> Result<HttpResponse, web::Error> {
    let side = match list.side.as_str() {
        "" | "given" => Side::Given,
        "held" => Side::Held,
        other => return Err(Problem::new("mandate_side").value(other).at("side").into()),
    };
    let (after, size) = list.paging.parse()?;
    let page = service::mandates(app, by, party, side, after.as_ref(), size).await?;
    let today = app.clock.now().day();
    Ok(HttpResponse::Ok().json(listed("mandates", page, |line| mandate_json(&line, today))))
}

/// `GET /api/v1/firm/mandates?side=given|held`
///
/// # Errors
/// 422 for another side or a malformed cursor.
pub async fn own_mandates(
    app: Data<App>,
    actor: Actor<CanRead>,
    list: Query<MandateList>,
) -> Result<HttpResponse, web::Error> {
    listed_mandates(&app, &actor, own_party(&actor)?, &list).await
}

/// `GET /api/v1/parties/{party}/mandates?side=given|held`: for officials.
///
/// # Errors
/// 404; 422 for another side or a malformed cursor.
pub async fn mandates_of(
    app: Data<App>,
    actor: Actor<CanOversee>,
    id: Path<PartyId>,
    list: Query<MandateList>,
) -> Result<HttpResponse, web::Error> {
    listed_mandates(&app, &actor, *id, &list).await
}

async fn give(
    app: &App,
    by: Signatory,
    grantor: PartyId,
    draft: &MandateDraft,
) -> Result<HttpResponse, web::Error> {
    let today = app.clock.now().day();
    let parsed = Document::beside(draft.parse(today), Document::read_base64(&draft.document).await);
    let (new, document) = parsed?;
    let id = service::give_mandate(app, &by, grantor, &new, &document).await?;
    Ok(HttpResponse::Created().json(json!({ "id": id })))
}

/// `POST /api/v1/firm/mandates`: a manager lets another party record for the own one; the document in base64.
///
/// # Errors
/// 422 for values that break rules or a holder that is not registered.
pub async fn give_own(
    app: Data<App>,
    actor: Actor<CanManage>,
    body: Body<MandateDraft, WITH_DOCUMENT>,
) -> Result<HttpResponse, web::Error> {
    give(&app, Signatory::from(&*actor), actor.party, &body.0).await
}

/// `POST /api/v1/parties/{party}/mandates`: an officer enters what a party signed on paper.
///
/// # Errors
/// 404; 422 for values that break rules or a holder that is not registered.
pub async fn give_for(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<PartyId>,
    body: Body<MandateDraft, WITH_DOCUMENT>,
) -> Result<HttpResponse, web::Error> {
    give(&app, Signatory::from(&*actor), *id, &body.0).await
}

/// Who may end a mandate: a manager of the grantor, or an officer.
///
/// # Errors
/// 401 or 403 for others.
pub(in crate::parties) fn signatory(
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
) -> Result<Signatory, web::Error> {
    match (manager, officer) {
        (Ok(manager), _) => Ok(Signatory::from(&*manager)),
        (_, Ok(officer)) => Ok(Signatory::from(&*officer)),
        (Err(refused), Err(_)) => Err(refused),
    }
}

/// `POST /api/v1/mandates/{mandate}/revoke`: by a manager of the grantor or an officer, at once.
///
/// # Errors
/// 404 for a mandate of another grantor; 409 when it was revoked before.
pub async fn revoke(
    app: Data<App>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    id: Path<MandateId>,
) -> Result<HttpResponse, web::Error> {
    service::revoke_mandate(&app, &signatory(manager, officer)?, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/v1/mandates/{mandate}/document`: for both sides and officials.
///
/// # Errors
/// 404 for somebody else's.
pub async fn mandate_document(
    app: Data<App>,
    actor: Actor<CanRead>,
    id: Path<MandateId>,
) -> Result<HttpResponse, web::Error> {
    Ok(attachment(service::mandate_document(&app, &actor, *id).await?, &format!("mandate-{id}")))
}

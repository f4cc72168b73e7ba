//! The registry and one's own firm for programs.

use super::{Paging, Reason, listed, mail_address, own_json, own_party, party_json};
use crate::accounts::{Actor, CanManage, CanOversee, CanRead, CanReview};
use crate::app::App;
use crate::kernel::{Cursor, PageSize, PartyId, Problems};
use crate::parties::document::Document;
use crate::parties::model::{Draft, Filter, Kind, Status, commune_of, reason};
use crate::parties::service::{self, Signatory};
use crate::web;
use crate::web::body::{Body, WITH_DOCUMENT};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::json;

/// What a list of parties is narrowed to, as written.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    pub(in crate::parties) q: String,
    pub(in crate::parties) commune: String,
    pub(in crate::parties) kind: String,
    pub(in crate::parties) status: String,
    pub(in crate::parties) after: String,
    pub(in crate::parties) size: String,
}

impl Search {
    pub(in crate::parties) fn parse(&self) -> Result<(Filter, Option<Cursor>, PageSize), Problems> {
        let mut problems = Problems::default();
        let given = |text: &str| !text.trim().is_empty();
        let filter = Filter {
            name: self.q.chars().take(200).collect(),
            commune: given(&self.commune)
                .then(|| problems.take("commune", commune_of(&self.commune)))
                .flatten(),
            kind: given(&self.kind).then(|| problems.take("kind", Kind::parse(&self.kind))).flatten(),
            status: given(&self.status)
                .then(|| problems.take("status", Status::parse(&self.status)))
                .flatten(),
        };
        let paging = Paging { after: self.after.clone(), size: self.size.clone() }.parse();
        match paging {
            Ok((after, size)) if problems.is_empty() => Ok((filter, after, size)),
            Ok(_) => Err(problems),
            Err(mut found) => {
                problems.0.append(&mut found.0);
                Err(problems)
            }
        }
    }
}

/// `GET /api/v1/parties?q=&commune=&kind=&status=`: for officials, the newest first.
///
/// # Errors
/// 422 for a filter that is not one.
pub async fn parties(
    app: Data<App>,
    actor: Actor<CanOversee>,
    search: Query<Search>,
) -> Result<HttpResponse, web::Error> {
    let (filter, after, size) = search.parse()?;
    let page = service::parties(&app, &actor, &filter, after.as_ref(), size).await?;
    Ok(HttpResponse::Ok().json(listed("parties", page, |party| party_json(&party))))
}

/// `POST /api/v1/parties`: an officer registers a party on its signed form, approved at once.
///
/// # Errors
/// 409 for a tax number or GLN that is registered; 422 for values that break rules.
pub async fn register(
    app: Data<App>,
    actor: Actor<CanReview>,
    body: Body<Draft, WITH_DOCUMENT>,
) -> Result<HttpResponse, web::Error> {
    let Body(draft) = body;
    let parsed = Document::beside(draft.party(), Document::read_base64(&draft.document).await);
    let (party, document) = parsed?;
    let id = service::register(&app, &actor, &party, &document).await?;
    Ok(HttpResponse::Created().json(json!({ "id": id })))
}

/// `GET /api/v1/parties/{party}`: for officials.
///
/// # Errors
/// 404.
pub async fn party(
    app: Data<App>,
    actor: Actor<CanOversee>,
    id: Path<PartyId>,
) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(own_json(&service::find(&app, &actor, *id).await?)))
}

/// `POST /api/v1/parties/{party}/suspend`
///
/// # Errors
/// 404; 409 unless it is approved; 422 without a reason.
pub async fn suspend(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<PartyId>,
    body: Body<Reason>,
) -> Result<HttpResponse, web::Error> {
    service::suspend(&app, &actor, *id, &reason(&body.0.reason)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/parties/{party}/reinstate`
///
/// # Errors
/// 404; 409 unless it is suspended; 422 without a reason.
pub async fn reinstate(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<PartyId>,
    body: Body<Reason>,
) -> Result<HttpResponse, web::Error> {
    service::reinstate(&app, &actor, *id, &reason(&body.0.reason)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/parties/{party}/sign-up-code`: a further code for a manager, shown this once.
///
/// # Errors
/// 404; 409 unless it is approved.
pub async fn sign_up_code(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<PartyId>,
) -> Result<HttpResponse, web::Error> {
    let code = service::sign_up_code(&app, &actor, *id).await?;
    Ok(HttpResponse::Created().json(json!({ "code": code.grouped() })))
}

/// Whether name and place may be published.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    consent: bool,
}

/// `POST /api/v1/parties/{party}/consent`: an officer records what a household said on paper.
///
/// # Errors
/// 404; 409 when that is no change, or nobody has to be asked.
pub async fn consent_for(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<PartyId>,
    body: Body<Consent>,
) -> Result<HttpResponse, web::Error> {
    service::set_consent(&app, &Signatory::from(&*actor), *id, body.0.consent).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/firm/consent`: a manager, for the own party.
///
/// # Errors
/// 409 when that is no change, or nobody has to be asked.
pub async fn consent(
    app: Data<App>,
    actor: Actor<CanManage>,
    body: Body<Consent>,
) -> Result<HttpResponse, web::Error> {
    service::set_consent(&app, &Signatory::from(&*actor), actor.party, body.0.consent).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/v1/firm`: one's own party.
///
/// # Errors
/// 403 for people of the authority.
pub async fn firm(app: Data<App>, actor: Actor<CanRead>) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(own_json(&service::own(&app, own_party(&actor)?).await?)))
}

/// An address for mail; nothing to erase it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailDraft {
    mail: Option<String>,
}

/// `PUT /api/v1/firm/mail`: a manager, for the own party.
///
/// # Errors
/// 422 for what is no address.
pub async fn set_mail(
    app: Data<App>,
    actor: Actor<CanManage>,
    body: Body<MailDraft>,
) -> Result<HttpResponse, web::Error> {
    let address = mail_address(body.0.mail.as_deref().unwrap_or_default())?;
    service::set_mail_address(&app, &actor, address.as_ref()).await?;
    Ok(HttpResponse::NoContent().finish())
}

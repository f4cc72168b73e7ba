//! Parties for programs, and what their errors mean to those who ask.

use super::document::Document;
use super::model::{
    Application, Draft, Filter, Kind, MandateDraft, MandateLine, Party, Side, Status, communes_like, reason,
};
use super::service::{self, Details, Error, Own, Signatory};
use crate::accounts::{Actor, CanManage, CanOversee, CanRead, CanReview, Identity};
use crate::app::App;
use crate::kernel::{ApplicationId, CommuneCode, Cursor, Day, Gln, MandateId, Page, PageSize, PartyId};
use crate::kernel::{Problem, Problems};
use crate::web;
use crate::web::body::{Body, WITH_DOCUMENT};
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::NumberTaken => Self::conflict("number_taken"),
            Error::GlnTaken => Self::conflict("gln_taken"),
            Error::AlreadyDecided => Self::conflict("already_decided"),
            Error::WrongState => Self::conflict("party_state"),
            Error::Invalid(problems) => problems.into(),
            Error::Store(error) => error.into(),
        }
    }
}

/// Which page of a list.
#[derive(Deserialize)]
pub struct Paging {
    #[serde(default)]
    after: String,
    #[serde(default)]
    size: String,
}

impl Paging {
    fn parse(&self) -> Result<(Option<Cursor>, PageSize), Problems> {
        let mut problems = Problems::default();
        let after = problems.take("after", cursor(&self.after));
        let size = match self.size.as_str() {
            "" => Some(PageSize::default()),
            text => problems.take("size", PageSize::parse(text)),
        };
        match (after, size) {
            (Some(after), Some(size)) => Ok((after, size)),
            _ => Err(problems),
        }
    }
}

/// The cursor in `after=`, when there is one.
pub(super) fn cursor(text: &str) -> Result<Option<Cursor>, Problem> {
    if text.is_empty() { Ok(None) } else { Cursor::parse(text).map(Some) }
}

fn listed<T>(name: &str, page: Page<T>, shown: impl FnMut(T) -> Value) -> Value {
    let next = page.next.as_ref().map(Cursor::to_string);
    let mut answer = json!({ "next": next });
    answer[name] = page.items.into_iter().map(shown).collect::<Vec<_>>().into();
    answer
}

fn party_json(party: &Party) -> Value {
    json!({
        "id": party.id,
        "kind": party.kind,
        "name": party.name,
        "commune": party.commune,
        "commune_name": party.commune.commune().to_string(),
        "address": party.address,
        "gln": party.gln.as_ref().map(Gln::as_str),
        "status": party.status.as_str(),
        "status_reason": party.status_reason,
        "consent": party.consent,
        "published": party.view().published,
        "applied_at": party.applied_at,
        "approved_at": party.approved_at,
    })
}

fn own_json(own: &Own) -> Value {
    let mut shown = party_json(&own.party);
    shown["tax_number"] = own.tax_number.clone().into();
    shown
}

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

/// A stored document as a download that no browser opens in a page of ours.
pub(super) fn attachment(document: Document, name: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(document.content_type())
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{}\"", document.ending()),
        ))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(document.into_bytes())
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
    Ok(HttpResponse::Created().json(json!({ "reference": super::reference(id) })))
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
    Ok(attachment(document, &super::reference(*id)))
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

/// Why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    reason: String,
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

/// What a list of parties is narrowed to, as written.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    pub(super) q: String,
    pub(super) commune: String,
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) after: String,
    pub(super) size: String,
}

impl Search {
    pub(super) fn parse(&self) -> Result<(Filter, Option<Cursor>, PageSize), Problems> {
        let mut problems = Problems::default();
        let given = |text: &str| !text.trim().is_empty();
        let filter = Filter {
            name: self.q.chars().take(200).collect(),
            commune: given(&self.commune)
                .then(|| problems.take("commune", super::commune_of(&self.commune)))
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

/// The party of somebody who belongs to one.
///
/// # Errors
/// 403 for people of the authority.
pub(super) fn own_party(identity: &Identity) -> Result<PartyId, web::Error> {
    identity.party.ok_or_else(|| web::Error::forbidden("role_not_allowed"))
}

/// `GET /api/v1/firm`: one's own party.
///
/// # Errors
/// 403 for people of the authority.
pub async fn firm(app: Data<App>, actor: Actor<CanRead>) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(own_json(&service::own(&app, own_party(&actor)?).await?)))
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
pub(super) fn signatory(
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

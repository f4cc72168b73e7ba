//! Certificates for programs.

use super::{Paging, download};
use crate::accounts::{Actor, CanInspect, CanManage, CanRead, CanRecord, Identity};
use crate::app::App;
use crate::chain::{self, By};
use crate::evidence::file::Attachment;
use crate::evidence::model::{self, Certificate, CertificateDraft, Keeper, Scheme, Showing, TurnDraft};
use crate::evidence::service::{self, Listed};
use crate::kernel::{CertificateId, Cursor, Day, Lang, Page, PartyId, Problem, Sha256Hash};
use crate::parties::Acting;
use crate::web::body::{Body, WITH_DOCUMENT};
use crate::web::{self};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

/// A certificate as those whom it concerns are shown it.
pub(in crate::evidence) fn certificate_json(known: &Certificate, today: Day) -> Value {
    json!({
        "id": known.id,
        "party": known.party,
        "scheme": known.scheme,
        "number": known.number,
        "issuer": known.issuer,
        "certifier": known.certifier,
        "area": known.area,
        "valid_from": known.from,
        "valid_to": known.to,
        "places": known.places,
        "products": known.products,
        "files": known.files,
        "grade": known.grade().as_str(),
        "standing": known.standing(today).as_str(),
        "showing": known.showing.as_str(),
        "recorded_at": known.recorded_at,
        "checks": known.checks.iter().map(|check| json!({
            "grade": check.grade.as_str(), "party": check.party, "at": check.at,
        })).collect::<Vec<_>>(),
        "turns": known.turns.iter().map(|turn| json!({
            "turn": turn.kind.as_str(), "from": turn.from, "reason": turn.reason, "party": turn.party, "at": turn.at,
        })).collect::<Vec<_>>(),
    })
}

/// A line of the published list: whose it is only where that may be told.
pub(in crate::evidence) fn listed_json(line: &Listed) -> Value {
    let known = &line.certificate;
    let scope = match (known.places.len(), known.products.len()) {
        (0, 0) => "party",
        (_, 0) => "places",
        (0, _) => "products",
        _ => "places_and_products",
    };
    let files: Vec<String> = if known.showing == Showing::Files {
        known.files.iter().map(|hash| format!("/certificates/{}/files/{hash}", known.id)).collect()
    } else {
        Vec::new()
    };
    json!({
        "id": known.id,
        "scheme": known.scheme,
        "number": line.holder.published.then_some(&known.number),
        "holder": line.holder.name,
        "holder_kind": line.holder.kind,
        "province": line.holder.province,
        "commune": line.holder.commune,
        "issuer": known.issuer,
        "scope": scope,
        "places": known.places.len(),
        "products": known.products.len(),
        "area": known.area,
        "valid_from": known.from,
        "valid_to": known.to,
        "grade": known.grade().as_str(),
        "files": files,
    })
}

fn page(page: Page<Listed>, shown: impl FnMut(Listed) -> Value) -> HttpResponse {
    let next = page.next.as_ref().map(Cursor::to_string);
    let lines: Vec<Value> = page.items.into_iter().map(shown).collect();
    HttpResponse::Ok().json(json!({ "certificates": lines, "next": next }))
}

/// `GET /api/v1/certificate-schemes`
pub async fn schemes() -> HttpResponse {
    let scheme = |scheme: &Scheme| {
        json!({
            "code": scheme.code,
            "name": scheme.name(Lang::Vi),
            "name_en": scheme.name(Lang::En),
            "source": scheme.source,
        })
    };
    HttpResponse::Ok().json(json!({ "schemes": model::schemes().iter().map(scheme).collect::<Vec<_>>() }))
}

/// Which of a list, and whose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Whose, for the authority.
    pub(in crate::evidence) party: String,
    /// The scheme.
    pub(in crate::evidence) scheme: String,
    /// On which day valid.
    pub(in crate::evidence) on: String,
    /// Where the page before ended.
    pub(in crate::evidence) after: String,
    /// Rows on a page.
    pub(in crate::evidence) size: String,
}

impl Asked {
    pub(in crate::evidence) fn paging(&self) -> Paging {
        Paging { after: self.after.clone(), size: self.size.clone() }
    }

    /// Whose list it is: one's own; of any party for the authority.
    pub(in crate::evidence) fn whose(&self, who: &Identity) -> Result<PartyId, web::Error> {
        match (who.party, self.party.trim()) {
            (Some(own), _) => Ok(own),
            (None, "") => Err(Problem::new("choose_one").at("party").into()),
            (None, text) => text.parse().map_err(|problem: Problem| problem.at("party").into()),
        }
    }

    /// The day on which the certificates are valid: today when none is named.
    pub(in crate::evidence) fn day(&self, app: &App) -> Result<Day, Problem> {
        match self.on.trim() {
            "" => Ok(app.clock.now().day()),
            text => Day::parse(text).map_err(|problem| problem.at("on")),
        }
    }

    /// The scheme's code; empty for all.
    pub(in crate::evidence) fn scheme(&self) -> Result<&str, Problem> {
        match self.scheme.trim() {
            "" => Ok(""),
            text => Ok(Scheme::parse(text).map_err(|problem| problem.at("scheme"))?.code.as_str()),
        }
    }
}

/// `GET /api/v1/certificates`: one's own party's, or with `party` any for the authority.
///
/// # Errors
/// 422 for a malformed cursor.
pub async fn list(
    app: Data<App>,
    who: Acting<CanRead>,
    asked: Query<Asked>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = asked.paging().parse()?;
    let today = app.clock.now().day();
    let found = service::own(&app, asked.whose(&who)?, after.as_ref(), size).await?;
    Ok(page(found, |line| certificate_json(&line.certificate, today)))
}

/// `GET /api/v1/certificates/waiting`: what waits for one to verify.
///
/// # Errors
/// 422 for a malformed cursor.
pub async fn waiting(
    app: Data<App>,
    who: Actor<CanRead>,
    asked: Query<Asked>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = asked.paging().parse()?;
    let today = app.clock.now().day();
    let found = service::waiting(&app, &who, after.as_ref(), size).await?;
    Ok(page(found, |line| certificate_json(&line.certificate, today)))
}

/// `GET /api/v1/certificates/ending`: what ends within 60 days, or has ended within 90.
///
/// # Errors
/// When the database fails.
pub async fn ending(app: Data<App>, who: Acting<CanRead>) -> Result<HttpResponse, web::Error> {
    let today = app.clock.now().day();
    let found = service::ending_soon(&app, &who, 100).await?;
    Ok(page(Page { items: found, next: None }, |line| certificate_json(&line.certificate, today)))
}

/// `GET /api/v1/certificates/published?scheme=&on=`: for everybody.
///
/// # Errors
/// 422 for an unknown scheme, a malformed day or cursor.
pub async fn published(app: Data<App>, asked: Query<Asked>) -> Result<HttpResponse, web::Error> {
    let (after, size) = asked.paging().parse()?;
    let (scheme, day) = (asked.scheme()?, asked.day(&app)?);
    let found = service::published(&app, scheme, day, after.as_ref(), size).await?;
    Ok(page(found, |line| listed_json(&line)))
}

/// `POST /api/v1/certificates`: a manager enters a certificate of the own party; its file in base64.
///
/// # Errors
/// 422 with a problem for each field; 409 when it is recorded.
pub async fn add(
    app: Data<App>,
    by: Acting<CanManage>,
    body: Body<CertificateDraft, WITH_DOCUMENT>,
) -> Result<HttpResponse, web::Error> {
    let draft = body.0;
    let file = Attachment::read_base64(&draft.file, &draft.file_name).await;
    let (new, file) = Attachment::beside(draft.parse(), file)?;
    let id = service::record(&app, &by, &new, file.as_ref()).await?;
    Ok(HttpResponse::Created().json(json!({ "id": id })))
}

/// `GET /api/v1/certificates/{certificate}`: for its party, its certifier and the authority.
///
/// # Errors
/// 404.
pub async fn show(
    app: Data<App>,
    who: Acting<CanRead>,
    id: Path<CertificateId>,
) -> Result<HttpResponse, web::Error> {
    let view = service::find(&app, &who, *id).await?;
    Ok(HttpResponse::Ok().json(certificate_json(&view.listed.certificate, app.clock.now().day())))
}

/// A file in base64.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDraft {
    file: String,
    #[serde(default)]
    file_name: String,
}

/// `POST /api/v1/certificates/{certificate}/files`
///
/// # Errors
/// 404; 409 when it has ended; 422 for a file that is none of PDF, JPEG, PNG, WebP.
pub async fn add_file(
    app: Data<App>,
    by: Acting<CanManage>,
    id: Path<CertificateId>,
    body: Body<FileDraft, WITH_DOCUMENT>,
) -> Result<HttpResponse, web::Error> {
    let file = Attachment::read_base64(&body.0.file, &body.0.file_name).await;
    let file = file.map_err(|problem| problem.at("file"))?;
    let file = file.ok_or_else(|| Problem::new("document_missing").at("file"))?;
    service::add_file(&app, &by, *id, &file).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/v1/certificates/{certificate}/files/{hash}`: for those whom it concerns.
///
/// # Errors
/// 404, also for what is private.
pub async fn file(
    app: Data<App>,
    who: Acting<CanRead>,
    path: Path<(CertificateId, String)>,
) -> Result<HttpResponse, web::Error> {
    let (id, hash) = path.into_inner();
    let hash = hash.parse::<Sha256Hash>().map_err(|_| web::Error::not_found())?;
    Ok(download(service::attachment(&app, Some(&who), id, &hash).await?, &format!("certificate-{id}")))
}

/// `GET /certificates/{certificate}/files/{hash}`: for everybody, where the party publishes its files.
///
/// # Errors
/// 404, also for what is private.
pub async fn open_file(
    app: Data<App>,
    path: Path<(CertificateId, String)>,
) -> Result<HttpResponse, web::Error> {
    let (id, hash) = path.into_inner();
    let hash = hash.parse::<Sha256Hash>().map_err(|_| web::Error::not_found())?;
    Ok(download(service::attachment(&app, None, id, &hash).await?, &format!("certificate-{id}")))
}

/// What everybody may see.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowingDraft {
    pub(in crate::evidence) showing: String,
}

/// `POST /api/v1/certificates/{certificate}/showing`: `nothing`, `line` or `files`.
///
/// # Errors
/// 404; 422 for another word.
pub async fn show_as(
    app: Data<App>,
    by: Acting<CanManage>,
    id: Path<CertificateId>,
    body: Body<ShowingDraft>,
) -> Result<HttpResponse, web::Error> {
    let showing = Showing::parse(&body.0.showing).map_err(|problem| problem.at("showing"))?;
    service::set_showing(&app, &by, *id, showing).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who verifies: somebody of a party, which must be the certifier, or an inspector.
pub(in crate::evidence) fn verifier(
    member: Result<Actor<CanRecord>, web::Error>,
    official: Result<Actor<CanInspect>, web::Error>,
) -> Result<Keeper, web::Error> {
    match (member, official) {
        (Ok(member), _) => Ok(Keeper::from(&*member)),
        (_, Ok(official)) => Ok(Keeper::from(&*official)),
        (Err(refused), Err(_)) => Err(refused),
    }
}

/// `POST /api/v1/certificates/{certificate}/verify`: by a person of the certifier that issued it, or by an inspector.
///
/// # Errors
/// 404 for others; 409 when it is verified or has ended.
pub async fn verify(
    app: Data<App>,
    member: Result<Actor<CanRecord>, web::Error>,
    official: Result<Actor<CanInspect>, web::Error>,
    id: Path<CertificateId>,
) -> Result<HttpResponse, web::Error> {
    let grade = service::verify(&app, &verifier(member, official)?, *id).await?;
    Ok(HttpResponse::Ok().json(json!({ "grade": grade.as_str() })))
}

/// Who lets something become of a certificate: a manager of its party or of its certifier, or an inspector.
pub(in crate::evidence) fn turner(
    manager: Result<Acting<CanManage>, web::Error>,
    official: Result<Actor<CanInspect>, web::Error>,
) -> Result<By, web::Error> {
    match (manager, official) {
        (Ok(manager), _) => Ok(By::own(*manager)),
        (_, Ok(official)) => Ok(By::Official(*official)),
        (Err(refused), Err(_)) => Err(refused),
    }
}

/// `POST /api/v1/certificates/{certificate}/turn`: `suspended`, `resumed`, `withdrawn` or `wrong`, from a day on, with the reason.
///
/// # Errors
/// 404 for whoever may not; 409 when it has ended or does not stand so; 422 with a problem for each field.
pub async fn turn(
    app: Data<App>,
    _reader: Acting<CanRead>,
    manager: Result<Acting<CanManage>, web::Error>,
    official: Result<Actor<CanInspect>, web::Error>,
    request: HttpRequest,
    id: Path<CertificateId>,
    body: Body<TurnDraft>,
) -> Result<HttpResponse, web::Error> {
    let by = turner(manager, official)?;
    let mut draft = body.0;
    if let Some(key) = request.headers().get("idempotency-key") {
        key.to_str().unwrap_or("?").clone_into(&mut draft.key);
    }
    let (kind, from, reason) = draft.parse(app.clock.now().day())?;
    let key = draft.once()?;
    let (lots, repeated) = chain::turn_certificate(&app, &by, *id, (kind, from, &reason), key).await?;
    Ok(HttpResponse::Ok().json(json!({ "lots": lots, "repeated": repeated })))
}

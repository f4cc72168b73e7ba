//! Recalls for programs, and what their errors mean to those who ask.

use super::draft::{RecallDraft, RecoveryDraft};
use super::look::{self, Facts, Notice, Sheet};
use super::model::{Called, Recall};
use super::reconcile::{Reconciled, recovery_json};
use super::service::{self, Error};
use super::store::Reader;
use super::{drill as drills, notices as rounds};
use crate::accounts::{
    Actor, Anyone, CanInspect, CanManage, CanOversee, CanRead, CanRecord, CanReview, Identity, Official,
};
use crate::app::App;
use crate::chain::By;
use crate::kernel::{Cursor, Note, PageSize, PartyId, Problem, Problems, Quantity, RecallId};
use crate::parties::Acting;
use crate::web;
use crate::web::body::Body;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::KeyTaken => Self::conflict("key_taken"),
            Error::WrongRole => Self::forbidden("role_not_allowed"),
            Error::UnknownLot { text } => Problem::new("recall_lot_unknown").value(text).at("lots").into(),
            Error::TooManyLots => {
                Problem::new("recall_too_many_lots").arg("most", super::model::MOST_ORIGINS).at("lots").into()
            }
            Error::RecalledAlready { code, number } => {
                let told = Self::conflict("recall_exists").arg("code", code).arg("number", &number);
                told.member("recall", number)
            }
            Error::ProposedAlready { code, number } => {
                let told = Self::conflict("recall_proposed_already").arg("code", code).arg("number", &number);
                told.member("recall", number)
            }
            Error::WrongState { state } => Self::conflict("recall_state").member("state", state.as_str()),
            Error::NotToldYet => Self::conflict("recall_not_told"),
            Error::AcknowledgedAlready => Self::conflict("message_answered_already"),
            Error::MoreThanHad { asked, most } => Problem::new("recovered_more")
                .value(shown(asked))
                .arg("most", shown(most))
                .at("quantity")
                .into(),
            Error::WrongUnit => Problem::new("recovered_unit").at("quantity").into(),
            Error::DrilledAlready { from } => Self::conflict("recall_drilled_already")
                .arg("from", from.vietnamese())
                .member("from", from.to_rfc3339()),
            Error::NoLot => Self::conflict("recall_no_lot"),
            Error::Invalid(problems) => problems.into(),
            Error::Chain(error) => error.into(),
            Error::Note(error) => Self::internal(error),
            Error::Store(error) => error.into(),
        }
    }
}

fn shown(quantity: Quantity) -> String {
    quantity.show(crate::kernel::Lang::Vi)
}

/// Who asks, as the door wants it told: a clerk or manager of a party, or the authority.
pub(super) fn by(
    member: Result<Actor<CanRecord>, web::Error>,
    identity: &Identity,
) -> Result<By, web::Error> {
    match (member, identity.party) {
        (Ok(member), _) => Ok(By::own(*member)),
        (Err(error), Some(_)) => Err(error),
        (Err(_), None) => Ok(By::Official(Official { person: identity.person, role: identity.role })),
    }
}

/// Who asks to decide something: a manager or an officer, each with the scope for it.
pub(super) fn decider(
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
) -> Result<By, web::Error> {
    match (manager, officer) {
        (Ok(manager), _) => Ok(By::own(*manager)),
        (_, Ok(officer)) => Ok(By::Official(*officer)),
        (Err(error), Err(_)) => Err(error),
    }
}

/// Which part of a list is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Paging {
    pub(super) after: String,
    pub(super) size: String,
    /// For notices: `waiting` for those that are not acknowledged.
    pub(super) only: String,
}

impl Paging {
    pub(super) fn parse(&self) -> Result<(Option<Cursor>, PageSize), Problems> {
        let mut problems = Problems::default();
        let after = match self.after.as_str() {
            "" => Some(None),
            text => problems.take("after", Cursor::parse(text).map(Some)),
        };
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

pub(super) fn recall_json(recall: &Recall) -> Value {
    json!({
        "id": recall.id,
        "number": recall.number,
        "kind": recall.kind,
        "state": recall.state,
        "danger": recall.danger,
        "way": recall.way,
        "reason": recall.reason,
        "takes_back": recall.takes_back,
        "until": recall.until,
        "proposed_at": recall.proposed_at,
        "proposed_by": recall.proposed_by.party,
        "decide_until": recall.decide_until(),
        "decided_at": recall.decided.map(|(at, _)| at),
        "decided_by": recall.decided.and_then(|(_, doer)| doer.party),
        "closed_at": recall.closed_at,
        "notices": recall.phase,
        "lots": recall.lots,
        "holders": recall.holders,
        "told_at": recall.told_at,
    })
}

fn origin_json(facts: &Facts) -> Value {
    let view = facts.party.view();
    json!({
        "lot": facts.lot.id,
        "code": facts.lot.code,
        "short_code": facts.lot.short_code,
        "product": facts.product.name,
        "product_code": facts.product.trace_code(),
        "producer": view.name,
        "address": view.name.is_some().then(|| facts.party.address.clone()),
        "place_code": facts.place_code,
        "quantity": facts.lot.declared,
        "packs": facts.packs,
        "packaging": facts.product.packaging,
        "harvested_on": facts.lot.harvested_on,
        "packed_on": facts.lot.packed_on,
        "expires_on": facts.lot.expires_on,
    })
}

fn figure_json(one: &Reconciled) -> Value {
    let mut shown = json!(one);
    shown["percent"] = one.percent(crate::kernel::Lang::En).into();
    shown
}

fn sheet_json(sheet: &Sheet) -> Value {
    let mut shown = recall_json(&sheet.recall);
    shown["origins"] = sheet.origins.iter().map(origin_json).collect::<Vec<_>>().into();
    shown["recoveries"] = sheet.recoveries.iter().map(recovery_json).collect::<Vec<_>>().into();
    if let Some(told) = &sheet.told {
        let shares = told.shares.iter().map(|share| {
            json!({
                "lot": share.lot, "code": share.code, "product": share.product, "held": share.held,
                "held_then": share.held_then, "coming": share.coming,
                "taken_in": share.taken_in, "recovered": share.recovered,
            })
        });
        shown["notice"] = json!({
            "at": told.at, "acknowledged_at": told.acknowledged_at, "lots": shares.collect::<Vec<_>>(),
        });
    }
    if let Some(answers) = sheet.answers {
        shown["told"] = answers.told.into();
        shown["unacknowledged"] = (answers.told - answers.acknowledged).into();
        shown["reached_by_telephone"] = answers.called.into();
        shown["reached_by_nobody"] = answers.waiting().into();
    }
    if let Some(figures) = &sheet.figures {
        shown["accounts"] = figures.iter().map(figure_json).collect::<Vec<_>>().into();
    }
    shown
}

pub(super) fn notice_json(notice: &Notice) -> Value {
    let recall = &notice.recall;
    let affected = notice.affected.iter().map(|one| {
        json!({
            "product": one.lot.product, "product_code": one.lot.product_code, "code": one.lot.code,
            "short_code": one.lot.short_code, "producer": one.producer.name, "quantity": one.lot.quantity,
            "harvested_on": one.lot.harvested_on, "packed_on": one.lot.packed_on, "expires_on": one.lot.expires_on,
        })
    });
    json!({
        "number": recall.number,
        "danger": recall.danger,
        "way": recall.way,
        "reason": recall.reason,
        "takes_back": recall.takes_back,
        "until": recall.until,
        "decided_at": recall.decided.map(|(at, _)| at),
        "decided_by": notice.decided_by.as_ref().and_then(|party| party.view().name),
        "closed_at": recall.closed_at,
        "lots": notice.origins.iter().map(origin_json).collect::<Vec<_>>(),
        "affected": affected.collect::<Vec<_>>(),
        "affected_total": notice.affected_total,
    })
}

/// `GET /api/v1/recalls`: those that the one who asks may see; without a token, what is public.
///
/// # Errors
/// 422 for a cursor that is none.
pub async fn list(
    app: Data<App>,
    actor: Actor<Anyone>,
    paging: Query<Paging>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = paging.parse()?;
    let page = look::list(&app, actor.as_ref(), after.as_ref(), size).await?;
    let next = page.next.as_ref().map(Cursor::to_string);
    let recalls: Vec<Value> = page.items.iter().map(recall_json).collect();
    Ok(HttpResponse::Ok().json(json!({ "recalls": recalls, "next": next })))
}

/// `GET /api/v1/recalls/{recall}`
///
/// # Errors
/// 404 for those whom it does not concern.
pub async fn get(
    app: Data<App>,
    actor: Acting<CanRead>,
    id: Path<RecallId>,
) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(sheet_json(&look::show(&app, &actor, *id).await?)))
}

/// A proposal as a program sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    lots: Vec<String>,
    #[serde(default)]
    danger: String,
    #[serde(default)]
    way: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    takes_back: String,
    #[serde(default)]
    until: Option<String>,
}

/// `POST /api/v1/recalls`: a proposal; its lots are held at once.
///
/// # Errors
/// 409 for a lot that is recalled or proposed; 422 for values that break rules.
pub async fn propose(
    app: Data<App>,
    identity: Actor<CanRead>,
    member: Result<Actor<CanRecord>, web::Error>,
    body: Body<Proposal>,
) -> Result<HttpResponse, web::Error> {
    let Body(asked) = body;
    let draft = RecallDraft {
        lots: asked.lots.join("\n"),
        danger: asked.danger,
        way: asked.way,
        reason: asked.reason,
        takes_back: asked.takes_back,
        until: asked.until.unwrap_or_default(),
    };
    let recall = service::propose(&app, &proposer(member, &identity)?, &draft.parse()?).await?;
    Ok(HttpResponse::Created().json(recall_json(&recall)))
}

/// Who may propose: a manager of a party, an inspector or officer; by a token with the scope to record.
pub(super) fn proposer(
    member: Result<Actor<CanRecord>, web::Error>,
    identity: &Identity,
) -> Result<By, web::Error> {
    if identity.party.is_none() {
        let official = Actor::<CanInspect>::admit(Some(identity))?;
        return Ok(By::Official(*official));
    }
    by(member, identity)
}

/// `POST /api/v1/recalls/{recall}/decide`
///
/// # Errors
/// 404 for another firm's; 409 when it was decided before.
pub async fn decide(
    app: Data<App>,
    _reader: Actor<CanRead>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    id: Path<RecallId>,
) -> Result<HttpResponse, web::Error> {
    service::decide(&app, &decider(manager, officer)?, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    reason: String,
}

/// `POST /api/v1/recalls/{recall}/reject`
///
/// # Errors
/// 404 for another firm's; 409 when it was decided before; 422 without a reason.
pub async fn reject(
    app: Data<App>,
    _reader: Actor<CanRead>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    id: Path<RecallId>,
    body: Body<Reason>,
) -> Result<HttpResponse, web::Error> {
    let reason = Note::parse(&body.0.reason).map_err(|problem| problem.at("reason"))?;
    service::reject(&app, &decider(manager, officer)?, *id, &reason).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/recalls/{recall}/close`
///
/// # Errors
/// 404 for another firm's; 409 while holders are not told.
pub async fn close(
    app: Data<App>,
    _reader: Actor<CanRead>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    id: Path<RecallId>,
) -> Result<HttpResponse, web::Error> {
    service::close(&app, &decider(manager, officer)?, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/recalls/{recall}/acknowledge`: the own party has read the notice, or one that gave it a mandate.
///
/// # Errors
/// 404 for a party that was not told; 409 when it was acknowledged before.
pub async fn acknowledge(
    app: Data<App>,
    actor: Acting<CanRecord>,
    id: Path<RecallId>,
) -> Result<HttpResponse, web::Error> {
    service::acknowledge(&app, &actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/recalls/{recall}/recovered`: what came back or was dealt with.
///
/// # Errors
/// 404 for a lot that is not in the party's hands; 422 for more than it had.
pub async fn recover(
    app: Data<App>,
    identity: Actor<CanRead>,
    member: Result<Acting<CanRecord>, web::Error>,
    id: Path<RecallId>,
    body: Body<RecoveryDraft>,
) -> Result<HttpResponse, web::Error> {
    let by = recoverer(member, &identity)?;
    let recovery = service::recover(&app, &by, *id, &body.0).await?;
    Ok(HttpResponse::Created().json(json!({ "id": recovery })))
}

/// Who enters what came back: somebody of the holder or with its mandate, or the authority.
pub(super) fn recoverer(
    member: Result<Acting<CanRecord>, web::Error>,
    identity: &Identity,
) -> Result<By, web::Error> {
    match member {
        Ok(member) => Ok(By::own(*member)),
        Err(error) if identity.party.is_some() => Err(error),
        Err(_) => Ok(By::Official(*Actor::<CanInspect>::admit(Some(identity))?)),
    }
}

/// What came of a call, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallDraft {
    /// The party that was called.
    party: String,
    /// `reached` or `missed`.
    outcome: String,
}

impl CallDraft {
    pub(super) fn parse(&self) -> Result<(PartyId, Called), Problems> {
        let mut problems = Problems::default();
        let party = match self.party.trim() {
            "" => problems.take("party", Err(Problem::new("choose_one"))),
            text => problems.take("party", text.parse()),
        };
        let outcome = problems.take("outcome", Called::parse(&self.outcome));
        party.zip(outcome).ok_or(problems)
    }
}

/// `POST /api/v1/recalls/{recall}/calls`: somebody of the authority called a party that had not acknowledged its notice.
///
/// # Errors
/// 404 for a party that was not told; 409 for a recall that is closed; 422 for another outcome.
pub async fn call(
    app: Data<App>,
    actor: Actor<CanInspect>,
    id: Path<RecallId>,
    body: Body<CallDraft>,
) -> Result<HttpResponse, web::Error> {
    let (party, outcome) = body.0.parse()?;
    service::called(&app, &actor, *id, party, outcome).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn reader_json(reader: &Reader) -> Value {
    json!({
        "party": reader.party, "name": reader.name, "at": reader.at, "acknowledged_at": reader.answered_at,
        "contact_name": reader.contact, "contact_phone": reader.phone, "lots": reader.lots,
        "reached_by_telephone_at": reader.reached_at, "missed_calls": reader.missed.map_or(0, |(times, _)| times),
        "last_missed_at": reader.missed.map(|(_, at)| at),
    })
}

/// `GET /api/v1/recalls/{recall}/notices?only=waiting`: who was told, for the authority.
///
/// # Errors
/// 404 for a recall that does not exist.
pub async fn notices(
    app: Data<App>,
    actor: Actor<CanOversee>,
    id: Path<RecallId>,
    paging: Query<Paging>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = paging.parse()?;
    let waiting = paging.only == "waiting";
    let (_, page) = look::notices_of(&app, &actor, *id, waiting, after.as_ref(), size).await?;
    let next = page.next.as_ref().map(Cursor::to_string);
    let notices: Vec<Value> = page.items.iter().map(reader_json).collect();
    Ok(HttpResponse::Ok().json(json!({ "notices": notices, "next": next })))
}

/// `GET /api/v1/recalls/{recall}/report`: whether the food is accounted for.
///
/// # Errors
/// 404 for those who may not see all of it, and before it is decided.
pub async fn report(
    app: Data<App>,
    actor: Actor<CanRead>,
    id: Path<RecallId>,
) -> Result<HttpResponse, web::Error> {
    let (recall, figures) = look::report(&app, &actor, *id).await?;
    let mut shown = recall_json(&recall);
    shown["accounts"] = figures.iter().map(figure_json).collect::<Vec<_>>().into();
    shown["closed_with"] = recall.report.clone().unwrap_or_default();
    Ok(HttpResponse::Ok().json(shown))
}

/// A drill to begin.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DrillDraft {
    /// The lot, by id or short code; drawn when absent.
    lot: Option<String>,
    /// Whether the holders are told.
    tell: bool,
}

/// `POST /api/v1/drills`: by an officer, or by a manager on the firm's own lots.
///
/// # Errors
/// 403 for others; 422 for a lot that does not exist or is another firm's; 409 when there is none to draw.
pub async fn drill(
    app: Data<App>,
    _reader: Actor<CanRead>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    body: Body<DrillDraft>,
) -> Result<HttpResponse, web::Error> {
    let by = decider(manager, officer)?;
    let lot = body.0.lot.as_deref().map(str::trim).filter(|lot| !lot.is_empty());
    let recall = drills::drill(&app, &by, lot, body.0.tell).await?;
    Ok(HttpResponse::Created().json(recall_json(&recall)))
}

/// `GET /api/v1/drills`: when the last drill of the own firm ended; for the authority, its own.
///
/// # Errors
/// When the database fails.
pub async fn last_drill(app: Data<App>, actor: Actor<CanRead>) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(json!({ "last_at": rounds::last_drill(&app, actor.party).await? })))
}

/// `GET /api/v1/drills/{recall}/record`: the signed record, as a C2SP signed note.
///
/// # Errors
/// 404 while there is none, and for those whose drill it is not.
pub async fn record(
    app: Data<App>,
    actor: Actor<CanRead>,
    id: Path<RecallId>,
) -> Result<HttpResponse, web::Error> {
    let (number, note) = drills::record_of(&app, &actor, *id).await?;
    Ok(HttpResponse::build(StatusCode::OK)
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{number}.txt\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(note))
}

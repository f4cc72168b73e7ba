//! Commands for programs, and what the errors of the door mean to those who ask.

pub mod capture;

use super::draft::Draft;
use super::error::Error;
use super::evidence::EvidenceError;
use super::goods::ProductError;
use super::model::{By, Command, Recorded};
use super::plots::PlaceError;
use super::service;
use super::why::SprayStop;
use crate::accounts::{Actor, CanCallBack, CanRead, CanRecord, CanStop, Member, Permission, Stopper};
use crate::app::App;
use crate::kernel::{EventId, LotId, PartyId, Problem, Problems};
use crate::lots::{self, lot_json};
use crate::web::{self, Body};
use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        let problem = error.problem();
        match error {
            Error::NotFound => Self::not_found(),
            Error::Log(error) => error.into(),
            Error::WrongRole => Self::forbidden("role_not_allowed"),
            Error::NotApproved => Self::forbidden("party_not_approved"),
            Error::WrongReceiver => Self::forbidden("wrong_receiver"),
            Error::NoMandate { .. } => with(Self::forbidden("no_mandate"), problem),
            Error::ShipmentSettled => Self::conflict("shipment_settled"),
            Error::OnHold { reason } => Self::conflict("on_hold").arg("reason", reason),
            Error::Recalled { reason } => Self::conflict("recalled").arg("reason", reason),
            Error::MadeOfStopped { code, recalled: true, .. } => {
                Self::conflict("made_of_recalled").arg("lot", code)
            }
            Error::Breached { spray: Some(spray), .. }
            | Error::MadeOfStopped { spray: Some(spray), recalled: false, .. } => sprayed(&spray),
            Error::MadeOfStopped { code, recalled: false, spray: None } => {
                Self::conflict("made_of_held").arg("lot", code)
            }
            Error::HeldByAuthority => Self::conflict("held_by_authority"),
            Error::Breached { rule, spray: None } => Self::conflict("rule_breached").arg("rule", rule),
            Error::CorrectedAlready => Self::conflict("corrected_already"),
            Error::NotCorrectable => Self::conflict("not_correctable"),
            Error::HeldAlready => Self::conflict("held_already"),
            Error::RecallProposed { number } => Self::conflict("recall_proposed").arg("number", number),
            Error::NotHeld => Self::conflict("not_held"),
            Error::RecalledAlready => Self::conflict("recalled_already"),
            Error::KeyTaken => Self::conflict("key_taken"),
            Error::LotCodeTaken { .. } => with(Self::conflict("lot_code_taken"), problem),
            Error::NotYours { .. }
            | Error::PlaceClosed { .. }
            | Error::NoPlot { .. }
            | Error::UnknownReceiver { .. }
            | Error::ToOneself
            | Error::MoreThanShipped { .. }
            | Error::BalanceExceeded { .. }
            | Error::PackedAlready { .. }
            | Error::InCases { .. }
            | Error::NoInput
            | Error::NoOutput
            | Error::InputTwice
            | Error::MoreOutThanIn { .. }
            | Error::BeyondConversion { .. }
            | Error::OwnAncestor
            | Error::UnknownCase { .. }
            | Error::CaseInItself { .. }
            | Error::TooMuch { .. }
            | Error::Nothing
            | Error::WrongUnit { .. }
            | Error::PackTooLarge
            | Error::BeyondYield { .. }
            | Error::BeforeSowing { .. }
            | Error::Future { .. }
            | Error::BeforeHarvest { .. }
            | Error::BeforeShipment { .. }
            | Error::ExpiryBeforePacking { .. }
            | Error::CertificateNotValid { .. }
            | Error::CertificateStopped { .. }
            | Error::CertificateOutOfScope { .. }
            | Error::BeyondCertificate { .. }
            | Error::UnknownCertificate => {
                with(Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input"), problem)
            }
            // All codes that were tried are taken: asking again draws others.
            Error::Clash => {
                let mut busy = Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_busy");
                busy.retry_after = Some(1);
                busy
            }
            Error::Field(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}

impl From<EvidenceError> for web::Error {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Chain(error) => error.into(),
            EvidenceError::Evidence(error) => error.into(),
        }
    }
}

impl From<PlaceError> for web::Error {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Chain(error) => error.into(),
            PlaceError::Place(error) => error.into(),
        }
    }
}

impl From<ProductError> for web::Error {
    fn from(error: ProductError) -> Self {
        match error {
            ProductError::Chain(error) => error.into(),
            ProductError::Product(error) => error.into(),
        }
    }
}

/// The refusal of a lot that grew where something was sprayed: what, when, and from which day on it could have been harvested.
fn sprayed(spray: &SprayStop) -> web::Error {
    let error = web::Error::conflict(spray.code());
    let error = spray.values().into_iter().fold(error, |error, (name, value)| error.arg(name, value));
    spray_json(spray).into_iter().fold(error, |error, (name, value)| error.member(&name, value))
}

/// The spray that stops a lot, as programs read it.
#[must_use]
pub fn spray_json(spray: &SprayStop) -> Map<String, Value> {
    let pairs = [
        ("rule", json!(spray.rule)),
        ("lot", json!(spray.lot)),
        ("made_of", json!(spray.made_of)),
        ("harvested_on", json!(spray.harvested_on)),
        ("substance", json!(spray.substance)),
        ("sprayed_on", json!(spray.sprayed_on)),
        ("first_allowed", json!(spray.until)),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn with(mut error: web::Error, problem: Option<Problem>) -> web::Error {
    error.problems.extend(problem);
    error
}

/// The key under which a program's command is recorded once.
pub(super) fn key(request: &HttpRequest, draft: &Draft) -> Result<Option<EventId>, Problem> {
    let header = request.headers().get("idempotency-key");
    match header.map(|value| value.to_str().unwrap_or("?")) {
        Some(text) => text.parse().map(Some).map_err(|problem: Problem| problem.at("Idempotency-Key")),
        None => draft.once(),
    }
}

/// Who asks, and on whose behalf.
pub(super) fn by(member: &Member, draft: &Draft) -> Result<By, Problem> {
    Ok(match draft.grantor()? {
        Some(grantor) => By::behalf(*member, grantor),
        None => By::own(*member),
    })
}

/// Who stops or frees a lot: the authority, or a member for the party that the body names.
pub(super) fn stopper(who: &Stopper, draft: &Draft) -> Result<By, Problem> {
    match who {
        Stopper::Official(official) => Ok(By::Official(*official)),
        Stopper::Member(member) => by(member, draft),
    }
}

/// The party whose act it is.
pub(super) fn whose(member: &Member, draft: &Draft) -> Result<PartyId, Problem> {
    Ok(draft.grantor()?.unwrap_or(member.party))
}

fn answer(app: &App, recorded: &Recorded) -> HttpResponse {
    let status = if recorded.repeated { StatusCode::OK } else { StatusCode::CREATED };
    HttpResponse::build(status)
        .insert_header((header::LOCATION, format!("/api/v1/events/{}", recorded.event)))
        .json(json!({
            "event": recorded.event,
            "lot": lot_json(&recorded.lot, app.clock.now().day()),
            "lots": recorded.lots,
            "left": recorded.left,
            "repeated": recorded.repeated,
        }))
}

/// A program of somebody who may do what `P` permits, and the body that it sent.
pub struct Asked<P: Permission> {
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<P>,
    draft: Draft,
}

impl<P: Permission + 'static> FromRequest for Asked<P>
where
    Actor<P>: FromRequest,
{
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = <(Data<App>, Actor<P>, Body<Draft>)>::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let (app, actor, Body(draft)) = parts.await?;
            Ok(Self { app, request, actor, draft })
        })
    }
}

/// A command of a member.
pub type Told = Asked<CanRecord>;

impl<P: Permission> Asked<P> {
    async fn send(&self, by: By, command: Result<Command, Problems>) -> Result<HttpResponse, web::Error> {
        let key = key(&self.request, &self.draft);
        Ok(answer(&self.app, &service::record_once(&self.app, &by, key?, command?).await?))
    }
}

impl Told {
    /// Records a command, for the party that the body names.
    async fn record(&self, command: Result<Command, Problems>) -> Result<HttpResponse, web::Error> {
        let command = command?;
        self.send(by(&self.actor, &self.draft)?, Ok(command)).await
    }

    /// The party that goods go to: its id, tax number or GLN.
    async fn receiver(&self) -> Result<Option<PartyId>, web::Error> {
        Ok(match self.draft.to.trim() {
            "" => None,
            text => Some(lots::receiver(&self.app, whose(&self.actor, &self.draft)?, text).await?),
        })
    }
}

/// `POST /api/v1/lots`: a lot began.
///
/// # Errors
/// 422 with a problem for each field; 409 for a code that the product has; 403 without a mandate.
pub async fn declare(told: Told) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.declare().map(Command::Declare)).await
}

/// `POST /api/v1/lots/collect`: a lot began with harvests from several places.
///
/// # Errors
/// As [`declare`]; 422 for a place that is neither one's own nor of a party that gave a mandate.
pub async fn collect(told: Told) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.collect().map(Command::Collect)).await
}

/// `POST /api/v1/lots/{lot}/pack`
///
/// # Errors
/// 404 for whoever is not of the lot's chain; 409 while the lot is stopped; 422 with a problem for each field.
pub async fn pack(told: Told, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.pack(*lot).map(Command::Pack)).await
}

/// `POST /api/v1/lots/{lot}/ship`: `to` is the id, tax number or GLN of an approved party.
///
/// # Errors
/// As [`pack`].
pub async fn ship(told: Told, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    let to = told.receiver().await?;
    told.record(told.draft.ship(*lot, to).map(Command::Ship)).await
}

/// `POST /api/v1/lots/{lot}/sell`
///
/// # Errors
/// As [`pack`].
pub async fn sell(told: Told, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.sell(*lot).map(Command::Sell)).await
}

/// `POST /api/v1/lots/{lot}/pick`: more was harvested into the lot.
///
/// # Errors
/// As [`pack`].
pub async fn pick(told: Told, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.part_of(*lot).map(Command::Pick)).await
}

/// `POST /api/v1/lots/{lot}/sample`
///
/// # Errors
/// As [`pack`], but also while the lot is stopped.
pub async fn sample(told: Told, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.part_of(*lot).map(Command::Sample)).await
}

/// `POST /api/v1/lots/{lot}/test`: `conforms` says what was found; when not, the lot is held.
///
/// # Errors
/// As [`sample`].
pub async fn test(told: Told, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.test(*lot).map(Command::Test)).await
}

/// `POST /api/v1/lots/{lot}/waste`: what was lost or destroyed.
///
/// # Errors
/// As [`sample`].
pub async fn waste(told: Told, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.part_of(*lot).map(Command::Waste)).await
}

/// `POST /api/v1/transformations`: `step` is one of wash, cut, mix, split, merge, repack, process; `inputs` are lots with amounts,
/// `outputs` products with amounts. The answer's lot is the first that came out.
///
/// # Errors
/// 404 for an input that is not in one's hands; 409 while one is stopped; 422 with a problem for each line.
pub async fn transform(told: Told) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.transform().map(Command::Transform)).await
}

/// `POST /api/v1/cases/fill`: `lots` and `cases` are put into `case`, an SSCC.
///
/// # Errors
/// 422 for more of a lot than lies in no case, and for a case that would lie in itself.
pub async fn fill(told: Told) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.casing().map(Command::Aggregate)).await
}

/// `POST /api/v1/cases/empty`: `lots` and `cases` are taken out of `case`; all that lies in it when none are told.
///
/// # Errors
/// 422 for a case in which nothing of one's own lies.
pub async fn empty(told: Told) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.casing().map(Command::Disaggregate)).await
}

/// `POST /api/v1/shipments`: parts of several `lots`, and `cases` with all that lies in them, go to one party.
///
/// # Errors
/// As [`ship`].
pub async fn consign(told: Told) -> Result<HttpResponse, web::Error> {
    let to = told.receiver().await?;
    told.record(told.draft.consign(to).map(Command::Ship)).await
}

/// `POST /api/v1/shipments/{shipment}/receive`: all that is under way when nothing is told; `quantity` of its one lot; or `lots`.
///
/// # Errors
/// 404 for whoever is at neither end of it, 403 for the sender, 409 when all of it was received.
pub async fn receive(
    told: Told,
    who: Actor<CanRead>,
    shipment: Path<EventId>,
) -> Result<HttpResponse, web::Error> {
    let passage = lots::passage(&told.app, &who, *shipment).await?;
    told.record(told.draft.receive(*shipment, &passage.lots()).map(Command::Receive)).await
}

/// `POST /api/v1/shipments/{shipment}/refuse`: what is not taken goes back as a shipment of its own, with the id of this event.
///
/// # Errors
/// As [`receive`].
pub async fn refuse(
    told: Told,
    who: Actor<CanRead>,
    shipment: Path<EventId>,
) -> Result<HttpResponse, web::Error> {
    let passage = lots::passage(&told.app, &who, *shipment).await?;
    told.record(told.draft.receive(*shipment, &passage.lots()).map(Command::Refuse)).await
}

/// `POST /api/v1/shipments/{shipment}/lose`: what did not arrive and is not awaited any more; all that is under way when nothing is told.
///
/// # Errors
/// As [`receive`].
pub async fn lose(
    told: Told,
    who: Actor<CanRead>,
    shipment: Path<EventId>,
) -> Result<HttpResponse, web::Error> {
    let passage = lots::passage(&told.app, &who, *shipment).await?;
    told.record(told.draft.receive(*shipment, &passage.lots()).map(Command::Lose)).await
}

/// `POST /api/v1/events/{event}/correct`: the event is wrong. `did_not_occur` says whether it happened at all; `instead` names the
/// events that say what is right.
///
/// # Errors
/// 404 for an event that is not one's own act; 409 when it was corrected before or is an act of the authority.
pub async fn correct(told: Told, event: Path<EventId>) -> Result<HttpResponse, web::Error> {
    told.record(told.draft.correct(*event).map(Command::Correct)).await
}

/// `POST /api/v1/lots/{lot}/hold`: for inspectors and officers, and for the lot's own party.
///
/// # Errors
/// 404 for a lot that does not exist; 409 when it is held already.
pub async fn hold(asked: Asked<CanStop>, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    let command = asked.draft.stop(*lot).map(Command::Hold);
    asked.send(stopper(&asked.actor, &asked.draft)?, command).await
}

/// `POST /api/v1/lots/{lot}/release`: for inspectors and officers; for the lot's own party where it holds it itself. What a report breaches, and what a stopped lot
/// that it was made of brings, only an inspector lets pass.
///
/// # Errors
/// 404 for a lot that does not exist; 409 when it is not held.
pub async fn release(asked: Asked<CanStop>, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    let command = asked.draft.stop(*lot).map(Command::Release);
    asked.send(stopper(&asked.actor, &asked.draft)?, command).await
}

/// `POST /api/v1/lots/{lot}/recall`: for officers, and for a manager of the lot's own party.
///
/// # Errors
/// 404 for a lot that does not exist; 409 when it is recalled already.
pub async fn recall(asked: Asked<CanCallBack>, lot: Path<LotId>) -> Result<HttpResponse, web::Error> {
    let command = asked.draft.stop(*lot).map(Command::Recall);
    asked.send(stopper(&asked.actor, &asked.draft)?, command).await
}

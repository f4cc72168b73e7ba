//! Cases and pallets: filled, emptied, looked into.

use super::clerk::Clerk;
use super::lines::{Row, lot_choices, rows};
use super::shipment::{begin, is_asking_for_more};
use super::{Choosable, Prefill, Wrong, choose_only, units};
use crate::accounts::{Actor, CanRead, CanRecord};
use crate::app::App;
use crate::chain::cases::read;
use crate::chain::draft::Draft;
use crate::chain::form::{Filled, List};
use crate::chain::look::{self, CaseSheet};
use crate::chain::model::{Casing, Command};
use crate::kernel::PartyId;
use crate::parties::Choice;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

/// Putting goods into a case, or taking them out.
#[derive(Template)]
#[template(path = "chain/case_form.html")]
pub struct CaseFormPage {
    frame: Frame,
    /// Whether goods go in; they come out else.
    fills: bool,
    draft: Draft,
    wrong: Wrong,
    firms: Vec<Choice>,
    party: PartyId,
    lots: Vec<Choosable>,
    places: Vec<Choosable>,
    units: Vec<Choosable>,
}

impl CaseFormPage {
    fn rows(&self) -> Vec<Row<'_>> {
        rows(&self.frame, &self.wrong, &self.draft, List::Lots)
    }

    fn title_key(&self) -> &'static str {
        if self.fills { "events-step-aggregate" } else { "events-step-disaggregate" }
    }
}

async fn page(
    clerk: &Clerk,
    fills: bool,
    mut draft: Draft,
    wrong: Wrong,
) -> Result<CaseFormPage, web::Error> {
    let offer = clerk.offer(&draft).await?;
    let lines = clerk.lots(offer.party).await?;
    List::Lots.fill_up(&mut draft, if fills { 2 } else { 1 });
    if draft.cases.is_empty() {
        draft.cases.push(String::new());
    }
    choose_only(&mut draft.place, &offer.places);
    Ok(CaseFormPage {
        lots: lot_choices(&clerk.frame, &lines),
        units: units(&clerk.frame, None),
        frame: clerk.frame.clone(),
        fills,
        draft,
        wrong,
        firms: offer.firms,
        party: offer.party,
        places: offer.places,
    })
}

/// `GET /cases/fill`
///
/// # Errors
/// 404 for a party that one does not record for.
pub async fn fill(clerk: Clerk, prefill: Prefill) -> Result<Html<CaseFormPage>, web::Error> {
    let draft = begin(&clerk, &prefill).await?;
    Ok(Html(page(&clerk, true, draft, Wrong::default()).await?))
}

/// `GET /cases/empty`
///
/// # Errors
/// 404 for a party that one does not record for.
pub async fn empty(clerk: Clerk, prefill: Prefill) -> Result<Html<CaseFormPage>, web::Error> {
    let draft = begin(&clerk, &prefill).await?;
    Ok(Html(page(&clerk, false, draft, Wrong::default()).await?))
}

/// `POST /cases/fill`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_fill(clerk: Clerk, form: Form<Filled>) -> Result<HttpResponse, web::Error> {
    send(&clerk, true, form.0.0, Command::Aggregate).await
}

/// `POST /cases/empty`: all that lies in the case when nothing is told.
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_empty(clerk: Clerk, form: Form<Filled>) -> Result<HttpResponse, web::Error> {
    send(&clerk, false, form.0.0, Command::Disaggregate).await
}

async fn send(
    clerk: &Clerk,
    fills: bool,
    mut draft: Draft,
    command: fn(Casing) -> Command,
) -> Result<HttpResponse, web::Error> {
    if is_asking_for_more(&mut draft) {
        let page = page(clerk, fills, draft, Wrong::default()).await?;
        return Ok(Html(page).into_response(StatusCode::OK));
    }
    let outcome = clerk.record(&draft, draft.casing().map(command)).await;
    let case = read(&draft.case).unwrap_or_default();
    let to = |_: &crate::chain::Recorded| format!("/cases/{}?recorded=1", digits(&case));
    clerk.answer(outcome, to, async |wrong| page(clerk, fills, draft, wrong).await).await
}

fn digits(name: &str) -> &str {
    name.strip_prefix("00/").unwrap_or(name)
}

/// What lies in a case, and what happened to it.
#[derive(Template)]
#[template(path = "chain/case.html")]
pub struct CasePage {
    frame: Frame,
    sheet: CaseSheet,
    /// Whether something was recorded just now.
    recorded: bool,
    may_record: bool,
}

/// What the page of a case is asked for beside the case.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct CaseQuery {
    recorded: String,
}

/// `GET /cases/{sscc}`: for those who have to do with it and the authority.
///
/// # Errors
/// 404 for everybody else, and for what is no SSCC.
pub async fn show(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    sscc: Path<String>,
    query: actix_web::web::Query<CaseQuery>,
) -> Result<Html<CasePage>, web::Error> {
    let name = read(&sscc).map_err(|_| web::Error::not_found())?;
    let sheet = look::case(&app, &who, &name).await?;
    let may_record = Actor::<CanRecord>::admit(Some(&who)).is_ok();
    Ok(Html(CasePage { frame, sheet, recorded: !query.recorded.is_empty(), may_record }))
}

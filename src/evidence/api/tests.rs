//! Laboratory tests for programs.

use super::{Paging, download};
use crate::accounts::{Actor, CanRead, CanRecord, Member};
use crate::app::App;
use crate::chain::{self, By};
use crate::evidence::file::Attachment;
use crate::evidence::model::{Judged, LabTest, LabTestDraft, Limit, reason};
use crate::evidence::service::{self};
use crate::kernel::{Cursor, LabTestId, PartyId, Problem};
use crate::parties::Acting;
use crate::web;
use crate::web::body::{Body, WITH_DOCUMENT};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

fn result_json(result: &Judged) -> Value {
    let limit = result.limit.as_ref();
    json!({
        "analyte": result.analyte,
        "finding": result.finding.kind(),
        "amount": result.finding.amount().map(|amount| amount.to_string()),
        "unit": result.unit.as_str(),
        "limit": limit.map_or("none", Limit::kind),
        "limit_amount": limit.and_then(Limit::amount).map(|amount| amount.to_string()),
        "limit_unit": limit.and_then(Limit::unit).map(|unit| unit.as_str()),
        "limit_source": result.limit_source,
        "verdict": result.verdict.as_str(),
    })
}

fn test_json(test: &LabTest) -> Value {
    json!({
        "id": test.id,
        "lot": test.lot,
        "place": test.place,
        "party": test.party,
        "owner": test.owner,
        "laboratory": test.laboratory,
        "laboratory_party": test.laboratory_id,
        "report": test.report,
        "sample": test.sample,
        "method": test.method,
        "sampled_on": test.sampled_on,
        "reported_on": test.reported_on,
        "verdict": test.verdict.as_str(),
        "grade": test.grade.as_str(),
        "file": test.file,
        "event": test.event,
        "recorded_at": test.recorded_at,
        "wrong": test.wrong,
        "results": test.results.iter().map(result_json).collect::<Vec<_>>(),
    })
}

/// `GET /api/v1/lab-tests`
///
/// # Errors
/// 422 for a malformed cursor.
pub async fn list_tests(
    app: Data<App>,
    who: Acting<CanRead>,
    paging: Query<Paging>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = paging.parse()?;
    let page = service::tests(&app, &who, after.as_ref(), size).await?;
    let next = page.next.as_ref().map(Cursor::to_string);
    let tests: Vec<Value> = page.items.iter().map(test_json).collect();
    Ok(HttpResponse::Ok().json(json!({ "lab_tests": tests, "next": next })))
}

/// `GET /api/v1/lab-tests/{test}`: for the party that entered it, the one whose goods they are, and the authority.
///
/// # Errors
/// 404.
pub async fn show_test(
    app: Data<App>,
    who: Acting<CanRead>,
    id: Path<LabTestId>,
) -> Result<HttpResponse, web::Error> {
    let view = service::find_test(&app, &who, *id).await?;
    let mut shown = test_json(&view.test);
    shown["sampled_by"] = view.sampled_by.into();
    Ok(HttpResponse::Ok().json(shown))
}

/// Who enters it, and whether that is a laboratory's own account.
pub(in crate::evidence) async fn entering(
    app: &App,
    member: &Member,
    behalf_of: &str,
) -> Result<(By, bool), web::Error> {
    let grantor = match behalf_of.trim() {
        "" => member.party,
        text => text.parse::<PartyId>().map_err(|problem: Problem| problem.at("behalf_of"))?,
    };
    let own_account = chain::is_laboratory(app, grantor).await?;
    Ok((By::behalf(*member, grantor), own_account))
}

/// `POST /api/v1/lab-tests`: of a lot (its id or short code) or of a plot (its id, number or GLN). The verdict is computed.
///
/// # Errors
/// 422 with a problem for each field; 409 when it is recorded.
pub async fn add_test(
    app: Data<App>,
    by: Actor<CanRecord>,
    body: Body<LabTestDraft, WITH_DOCUMENT>,
) -> Result<HttpResponse, web::Error> {
    let draft = body.0;
    let (by, own_account) = entering(&app, &by, &draft.behalf_of).await?;
    let file = Attachment::read_base64(&draft.file, &draft.file_name).await;
    let parsed = draft.parse(app.clock.now().day(), own_account);
    let (new, file) = Attachment::beside(parsed, file)?;
    let recorded = chain::record_lab_test(&app, &by, &new, file.as_ref()).await?;
    let mut shown = test_json(&recorded.test);
    shown["lots"] = json!(recorded.lots);
    Ok(HttpResponse::Created().json(shown))
}

/// Why a report is wrong, and on whose behalf that is said.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WrongDraft {
    pub(in crate::evidence) reason: String,
    pub(in crate::evidence) behalf_of: String,
}

/// `POST /api/v1/lab-tests/{test}/wrong`: by the party that entered it.
///
/// # Errors
/// 404 for others; 409 when that was said before.
pub async fn test_wrong(
    app: Data<App>,
    by: Actor<CanRecord>,
    id: Path<LabTestId>,
    body: Body<WrongDraft>,
) -> Result<HttpResponse, web::Error> {
    let why = reason(&body.0.reason)?;
    let (by, _) = entering(&app, &by, &body.0.behalf_of).await?;
    let lots = chain::withdraw_lab_test(&app, &by, *id, &why).await?;
    Ok(HttpResponse::Ok().json(json!({ "lots": lots })))
}

/// `GET /api/v1/lab-tests/{test}/file`
///
/// # Errors
/// 404, also for what is private.
pub async fn test_file(
    app: Data<App>,
    who: Acting<CanRead>,
    id: Path<LabTestId>,
) -> Result<HttpResponse, web::Error> {
    Ok(download(service::test_attachment(&app, &who, *id).await?, &format!("lab-test-{id}")))
}

//! Runs of unit codes for programs.

use super::model::{Range, RangeState, RunDraft, RunState, Span};
use super::service::{self, Acted, Units};
use crate::accounts::{Actor, CanInspect, CanRead, CanRecord, Member};
use crate::app::App;
use crate::chain::By;
use crate::codes::Error;
use crate::kernel::{LotId, ProductId, Quantity, RunId, Unit};
use crate::web::{self, Body};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

/// Who asks, and on whose behalf.
pub(super) fn by(member: Member, draft: &RunDraft) -> Result<By, web::Error> {
    Ok(match draft.grantor()? {
        Some(grantor) => By::behalf(member, grantor),
        None => By::own(member),
    })
}

/// What a program sent, with the key of its header.
fn keyed(request: &HttpRequest, mut draft: RunDraft) -> RunDraft {
    if let Some(key) = request.headers().get("idempotency-key") {
        key.to_str().unwrap_or("?").clone_into(&mut draft.key);
    }
    draft
}

fn span_json(span: &Span, state: &RunState) -> Value {
    json!({ "first": span.first - state.run.first + 1, "count": span.count() })
}

/// A run as programs are shown it. Labels are numbered from 1.
fn run_json(state: &RunState, unit: Unit) -> Value {
    let run = &state.run;
    let range = |range: &Range| {
        let mut shown = span_json(&range.span, state);
        shown["state"] = range.state.as_str().into();
        shown["lot"] = json!(range.lot);
        shown
    };
    json!({
        "id": run.id,
        "product": run.product,
        "lot": run.lot,
        "party": run.party,
        "host": run.host.as_str(),
        "key_id": run.key.to_string(),
        "first_index": run.first,
        "count": run.count,
        "pack_size": Quantity::new(run.pack_size, unit).unwrap_or(Quantity::zero(unit)),
        "issued_at": run.issued_at,
        "active": state.active_count(),
        "void": state.void_count(),
        "not_activated": state.free_count(),
        "ranges": state.ranges.iter().map(range).collect::<Vec<_>>(),
        "codes": format!("/api/v1/runs/{}/codes.csv", run.id),
        "labels": format!("/api/v1/runs/{}/labels.svg", run.id),
    })
}

fn units_json(units: &Units) -> Value {
    let unit = units.product.unit;
    let amount = |amount: i64| Quantity::new(amount.max(0), unit).unwrap_or(Quantity::zero(unit));
    let mut shown = json!({ "runs": units.runs.iter().map(|run| run_json(run, unit)).collect::<Vec<_>>() });
    if units.lot.is_some() && units.party.is_some() {
        shown["may_code"] = json!(amount(units.account.left()));
        shown["packed"] = json!(amount(units.account.packed));
        shown["coded"] = json!(amount(units.account.coded));
        shown["to_void"] = json!(amount(units.account.too_many()));
    }
    shown
}

fn acted_json(acted: &Acted, unit: Unit) -> Value {
    let mut shown = run_json(&acted.state, unit);
    shown["labels_changed"] = acted.spans.iter().map(|span| span_json(span, &acted.state)).collect();
    shown
}

async fn answer(app: &App, actor: &crate::accounts::Identity, acted: &Acted) -> Result<Value, Error> {
    let (_, product, _) = service::run(app, actor, acted.state.run.id).await?;
    Ok(acted_json(acted, product.unit))
}

/// `GET /api/v1/lots/{lot}/runs`: what may still be coded, and the runs.
///
/// # Errors
/// 404 when the lot is not one that the actor may see.
pub async fn of_lot(
    app: Data<App>,
    who: Actor<CanRead>,
    lot: Path<LotId>,
) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(units_json(&service::of_lot(&app, &who, *lot).await?)))
}

/// `POST /api/v1/lots/{lot}/runs`: issues unit codes.
///
/// # Errors
/// 404 for a lot of others, 403 when it has left the party's hands, 409 while it is stopped, 422 for more than was packed.
pub async fn issue(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRecord>,
    who: Actor<CanRead>,
    lot: Path<LotId>,
    Body(draft): Body<RunDraft>,
) -> Result<HttpResponse, web::Error> {
    let draft = keyed(&request, draft);
    let acted = service::issue(&app, &by(*actor, &draft)?, *lot, &draft).await?;
    Ok(HttpResponse::Created().json(answer(&app, &who, &acted).await?))
}

/// `GET /api/v1/products/{product}/runs`: the stock rolls of a product.
///
/// # Errors
/// 404 for a product of others.
pub async fn of_product(
    app: Data<App>,
    who: Actor<CanRead>,
    product: Path<ProductId>,
) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(units_json(&service::of_product(&app, &who, *product).await?)))
}

/// `POST /api/v1/products/{product}/runs`: issues a stock roll.
///
/// # Errors
/// 404 for a product of others, 422 with a problem for each field.
pub async fn issue_roll(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRecord>,
    who: Actor<CanRead>,
    product: Path<ProductId>,
    Body(draft): Body<RunDraft>,
) -> Result<HttpResponse, web::Error> {
    let draft = keyed(&request, draft);
    let acted = service::issue_roll(&app, &by(*actor, &draft)?, *product, &draft).await?;
    Ok(HttpResponse::Created().json(answer(&app, &who, &acted).await?))
}

/// `GET /api/v1/runs/{run}`
///
/// # Errors
/// 404 for a run of others.
pub async fn show(app: Data<App>, who: Actor<CanRead>, run: Path<RunId>) -> Result<HttpResponse, web::Error> {
    let (state, product, _) = service::run(&app, &who, *run).await?;
    Ok(HttpResponse::Ok().json(run_json(&state, product.unit)))
}

/// `POST /api/v1/runs/{run}/activate`: `count` labels, or those `from` one serial `to` another; for a stock roll also `lot`.
///
/// # Errors
/// 404 for a run of others, 403 when the lot has left the party's hands, 409 while it is stopped, 422 for labels that are active or void.
pub async fn activate(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRecord>,
    who: Actor<CanRead>,
    run: Path<RunId>,
    Body(draft): Body<RunDraft>,
) -> Result<HttpResponse, web::Error> {
    let draft = keyed(&request, draft);
    let acted = service::activate(&app, &by(*actor, &draft)?, *run, &draft).await?;
    Ok(HttpResponse::Ok().json(answer(&app, &who, &acted).await?))
}

/// `POST /api/v1/runs/{run}/void`: by the party or by the authority; asked again for the same serials or under the same key, it changes
/// nothing.
///
/// # Errors
/// 404 for a run of others, 409 for a key that was used for other labels, 422 for labels that are not the run's.
pub async fn void(
    app: Data<App>,
    request: HttpRequest,
    member: Result<Actor<CanRecord>, web::Error>,
    official: Result<Actor<CanInspect>, web::Error>,
    who: Actor<CanRead>,
    run: Path<RunId>,
    Body(draft): Body<RunDraft>,
) -> Result<HttpResponse, web::Error> {
    let by = match (member, official) {
        (Ok(member), _) => by(*member, &draft)?,
        (Err(_), Ok(official)) => By::Official(*official),
        (Err(refusal), Err(_)) => return Err(refusal),
    };
    let draft = keyed(&request, draft);
    let acted = service::void(&app, &by, *run, &draft).await?;
    Ok(HttpResponse::Ok().json(answer(&app, &who, &acted).await?))
}

/// The key of the words for what became of labels.
pub(super) const fn state_key(state: RangeState) -> &'static str {
    match state {
        RangeState::Activated => "codes-labels-activated",
        RangeState::Void => "codes-labels-void",
    }
}

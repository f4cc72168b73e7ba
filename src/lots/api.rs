//! Lots and shipments for programs: reading. What changes them is sent to `chain`.

use super::differences::{self, Difference};
use super::flags::{self, Flag, Which};
use super::model::{Delivery, Line, Lot, Upstream};
use super::service::{self, Error, Passage, Sheet};
use crate::accounts::{Actor, CanInspect, CanOversee, CanRead, Identity};
use crate::app::App;
use crate::chain::{self, spray_json};
use crate::kernel::{Cursor, Day, EventId, LotId, Page, PageSize, PartyId, Problem, Problems};
use crate::web;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::Invalid(problems) => problems.into(),
            Error::Store(error) => error.into(),
        }
    }
}

/// Which part of a list is asked for, and whose.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Where the page before ended.
    pub after: String,
    /// Rows on a page.
    pub size: String,
    /// Whose list: one's own when empty, or that of a party that one records for.
    pub party: String,
    /// For shipments: `incoming` (when empty) or `outgoing`.
    pub direction: String,
}

impl ListQuery {
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

    /// Whose list it is: one's own unless another is named. Whether it may be read is the service's to say.
    pub(super) fn whose(&self, who: &Identity) -> Result<PartyId, web::Error> {
        match (self.party.trim(), who.party) {
            ("", Some(own)) => Ok(own),
            ("", None) => Err(Problem::new("choose_one").at("party").into()),
            (text, _) => text.parse().map_err(|problem: Problem| problem.at("party").into()),
        }
    }
}

/// A lot as programs are shown it.
#[must_use]
pub fn lot_json(lot: &Lot, today: Day) -> Value {
    json!({
        "id": lot.id,
        "code": lot.code,
        "short_code": lot.short_code,
        "product": lot.product,
        "party": lot.party,
        "place": lot.place,
        "declared": lot.declared,
        "harvested_on": lot.harvested_on,
        "packed_on": lot.packed_on,
        "expires_on": lot.expires_on,
        "state": lot.state(today),
        "hold_reason": lot.held,
        "recall_reason": lot.recalled,
        "breach": lot.breach,
        "made_of": lot.upstream.map(|Upstream { lot, recalled }| {
            json!({ "lot": lot, "state": if recalled { "recalled" } else { "on_hold" } })
        }),
        "version": lot.version,
        "created_at": lot.created_at,
    })
}

fn line_json(line: &Line, today: Day) -> Value {
    let mut shown = lot_json(&line.lot, today);
    shown["product_name"] = line.product.as_str().into();
    shown["left"] = json!(line.held);
    shown
}

fn sheet_json(sheet: &Sheet, today: Day) -> Value {
    let mut shown = lot_json(&sheet.lot, today);
    shown["product_name"] = sheet.product.name.as_str().into();
    shown["product_code"] = sheet.product.trace_code().into();
    shown["place_code"] = sheet.place.code().into();
    let hands = sheet.hands.iter().map(|hand| {
        json!({ "party": hand.party, "name": hand.name, "left": hand.left, "not_packed": hand.unpacked })
    });
    shown["hands"] = hands.collect();
    shown
}

fn delivery_json(delivery: &Delivery) -> Value {
    let sent = &delivery.shipment.sent;
    json!({
        "id": sent.id,
        "lot": sent.lot,
        "lot_code": delivery.code,
        "product_name": delivery.product,
        "from": sent.from,
        "to": sent.to,
        "sent": delivery.sent(),
        "refused": delivery.shipment.refused,
        "back_from": sent.back_from,
        "under_way": delivery.left(),
        "shipped_at": sent.shipped_at,
    })
}

fn passage_json(passage: &Passage) -> Value {
    let mut shown = delivery_json(&passage.delivery);
    shown["from_name"] = passage.delivery.other.as_str().into();
    shown["to_name"] = passage.to.as_str().into();
    shown["further"] = passage.further.iter().map(delivery_json).collect();
    shown
}

fn page_json<T>(name: &str, page: &Page<T>, shown: impl FnMut(&T) -> Value) -> Value {
    let mut answer = json!({ "next": page.next });
    answer[name] = page.items.iter().map(shown).collect();
    answer
}

/// `GET /api/v1/lots`: the lots that one's party declared or ever held, newest first.
///
/// # Errors
/// 404 for the list of a party that one does not record for.
pub async fn list(
    app: Data<App>,
    actor: Actor<CanRead>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = query.parse()?;
    let page = service::list(&app, &actor, query.whose(&actor)?, after.as_ref(), size).await?;
    let today = app.clock.now().day();
    Ok(HttpResponse::Ok().json(page_json("lots", &page, |line| line_json(line, today))))
}

/// `GET /api/v1/lots/{lot}`
///
/// # Errors
/// 404 for whoever is not of its chain.
pub async fn show(
    app: Data<App>,
    actor: Actor<CanRead>,
    lot: Path<LotId>,
) -> Result<HttpResponse, web::Error> {
    let sheet = service::show(&app, &actor, *lot).await?;
    let mut shown = sheet_json(&sheet, app.clock.now().day());
    let spray = chain::stopped_by_spray(&app, &sheet.lot).await?;
    shown["spray"] = json!(spray.as_ref().map(spray_json));
    Ok(HttpResponse::Ok().json(shown))
}

/// What an official looks for.
#[derive(Debug, Deserialize)]
pub struct Search {
    /// A short code or a lot's code.
    pub(super) code: String,
}

/// `GET /api/v1/inspect?code=`: the lots with this short code or lot code, for inspectors and officers.
///
/// # Errors
/// 422 for a text that is neither.
pub async fn search(
    app: Data<App>,
    actor: Actor<CanInspect>,
    query: Query<Search>,
) -> Result<HttpResponse, web::Error> {
    let lines = service::search(&app, &actor, &query.code).await?;
    let today = app.clock.now().day();
    let lots: Vec<Value> = lines.iter().map(|line| line_json(line, today)).collect();
    Ok(HttpResponse::Ok().json(json!({ "lots": lots })))
}

/// `GET /api/v1/shipments`: what is under way to one's party, the oldest first; with `direction=outgoing`, what it sent.
///
/// # Errors
/// 404 for the list of a party that one does not record for.
pub async fn shipments(
    app: Data<App>,
    actor: Actor<CanRead>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = query.parse()?;
    let party = query.whose(&actor)?;
    let page = match query.direction.as_str() {
        "" | "incoming" => service::incoming(&app, &actor, party, after.as_ref(), size).await?,
        "outgoing" => service::outgoing(&app, &actor, party, after.as_ref(), size).await?,
        other => return Err(Problem::new("direction_unknown").value(other).at("direction").into()),
    };
    Ok(HttpResponse::Ok().json(page_json("shipments", &page, delivery_json)))
}

/// `GET /api/v1/shipments/{shipment}`
///
/// # Errors
/// 404 for whoever is at neither end of it.
pub async fn shipment(
    app: Data<App>,
    actor: Actor<CanRead>,
    shipment: Path<EventId>,
) -> Result<HttpResponse, web::Error> {
    let passage = service::passage(&app, &actor, *shipment).await?;
    Ok(HttpResponse::Ok().json(passage_json(&passage)))
}

fn difference_json(line: &Difference, today: Day) -> Value {
    let sent = &line.shipment.sent;
    json!({
        "shipment": sent.id,
        "shipped_at": sent.shipped_at,
        "lot": sent.lot,
        "lot_code": line.code,
        "product_name": line.product,
        "from": sent.from,
        "from_name": line.from,
        "to": sent.to,
        "to_name": line.to,
        "sent": line.quantity(sent.amount),
        "received": line.quantity(line.shipment.received),
        "refused": line.quantity(line.shipment.refused),
        "lost": line.quantity(line.shipment.lost),
        "under_way": line.quantity(line.shipment.left()),
        "per_mille_lost": line.per_mille(),
        "tolerated": line.tolerated,
        "beyond": line.is_beyond(),
        "days_open": line.days_open(today),
    })
}

/// `GET /api/v1/differences`: what was sent and did not come to be received; for the authority, of everybody.
///
/// # Errors
/// 404 for the list of a party that one does not record for.
pub async fn differences(
    app: Data<App>,
    actor: Actor<CanRead>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = query.parse()?;
    let party = super::pages::differences::whose(&query, &actor)?;
    let page = differences::differences(&app, &actor, party, after.as_ref(), size).await?;
    let today = app.clock.now().day();
    let lines: Vec<Value> = page.items.iter().map(|line| difference_json(line, today)).collect();
    Ok(HttpResponse::Ok().json(json!({ "differences": lines, "next": page.next })))
}

/// Which of what is pointed out is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FlagQuery {
    /// Where the page before ended.
    pub after: String,
    /// Rows on a page.
    pub size: String,
    /// Of this rule only.
    pub rule: String,
    /// Of this party's acts only.
    pub party: String,
}

impl FlagQuery {
    pub(super) fn parse(&self) -> Result<(Which, Option<Cursor>, PageSize), Problems> {
        let list = ListQuery { after: self.after.clone(), size: self.size.clone(), ..ListQuery::default() };
        match (Which::parse(&self.rule, &self.party), list.parse()) {
            (Ok(which), Ok((after, size))) => Ok((which, after, size)),
            (Err(mut problems), Err(more)) => {
                problems.0.extend(more.0);
                Err(problems)
            }
            (Err(problems), _) | (_, Err(problems)) => Err(problems),
        }
    }
}

fn flag_json(flag: &Flag) -> Value {
    let amounts = flag.amounts();
    json!({
        "rule": flag.rule,
        "lot": flag.lot,
        "lot_code": flag.code,
        "product_name": flag.product,
        "party": flag.party,
        "party_name": flag.firm,
        "event": flag.event,
        "event_time": flag.at,
        "sum": amounts.map(|(sum, _)| sum),
        "most": amounts.map(|(_, most)| most),
        "beyond": flag.beyond(),
        "certificates": flag.certificates(),
        "page": format!("/lots/{}", flag.lot),
    })
}

/// `GET /api/v1/flags`: what is only pointed out, the latest first; for the authority.
///
/// # Errors
/// 403 for everybody else; 422 for a rule or party that is none.
pub async fn flags(
    app: Data<App>,
    _actor: Actor<CanOversee>,
    query: Query<FlagQuery>,
) -> Result<HttpResponse, web::Error> {
    let (which, after, size) = query.parse()?;
    let page = flags::flags(&app, &which, after.as_ref(), size).await?;
    Ok(HttpResponse::Ok().json(page_json("flags", &page, flag_json)))
}

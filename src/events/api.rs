//! Events for programs.

pub mod epcis;

use super::service::{self, Error, Shown};
use crate::accounts::{Actor, CanRead};
use crate::app::App;
use crate::kernel::{Cursor, EventId, LotId, PageSize, Problems};
use crate::parties::Party;
use crate::places::Place;
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

/// An event as programs are shown it: whole for those that it concerns, else its public part.
#[must_use]
pub fn event_json(shown: &Shown) -> Value {
    let event = &shown.event;
    let party = |party: &Party| {
        // A household that is not published has no name for those that it has no dealings with.
        let name = if shown.whole { Some(party.name.clone()) } else { party.view().name };
        json!({ "id": party.id, "kind": party.kind, "name": name })
    };
    let mut answer = json!({
        "id": event.id,
        "lot": shown.lot,
        "step": event.step.as_str(),
        "event_time": event.time.to_rfc3339_at(event.offset),
        "time_precision": if event.whole_day { "day" } else { "moment" },
        "recorded_at": event.recorded_at,
        "party": shown.party.as_ref().map(party),
        "recorded_by": shown.entered_by.as_ref().map(party),
        "place_code": shown.place.as_ref().map(Place::code),
        "grade": event.grade.as_str(),
        "whole": shown.whole,
    });
    if shown.whole {
        answer["counterparty"] = json!(shown.counterparty.as_ref().map(party));
        answer["quantity"] = json!(shown.quantity);
        answer["mandate"] = json!(event.mandate);
        answer["note"] = json!(shown.note);
    }
    if let Some(epcis) = &shown.epcis {
        answer["epcis"] = serde_json::from_str(epcis).unwrap_or_default();
    }
    answer
}

/// Which part of a history is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Paging {
    after: String,
    size: String,
}

impl Paging {
    fn parse(&self) -> Result<(Option<Cursor>, PageSize), Problems> {
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

/// `GET /api/v1/lots/{lot}/events`: newest first.
///
/// # Errors
/// 404 for whoever is not of the lot's chain.
pub async fn of_lot(
    app: Data<App>,
    actor: Actor<CanRead>,
    lot: Path<LotId>,
    query: Query<Paging>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = query.parse()?;
    let page = service::history(&app, &actor, *lot, after.as_ref(), size).await?;
    Ok(HttpResponse::Ok().json(json!({
        "events": page.items.iter().map(event_json).collect::<Vec<_>>(),
        "next": page.next,
    })))
}

/// `GET /api/v1/events/{event}`: with the EPCIS 2.0 event, for those that it concerns.
///
/// # Errors
/// 404 for whoever is not of the lot's chain.
pub async fn show(
    app: Data<App>,
    actor: Actor<CanRead>,
    event: Path<EventId>,
) -> Result<HttpResponse, web::Error> {
    let shown = service::show(&app, &actor, *event).await?;
    Ok(HttpResponse::Ok().json(event_json(&shown)))
}

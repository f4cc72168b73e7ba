//! Messages for programs, and what their errors mean to those who ask.

use super::model::Letter;
use super::service::{self, Error};
use crate::accounts::{CanRead, CanRecord};
use crate::app::App;
use crate::kernel::{Cursor, MessageId, PageSize, Problems};
use crate::parties::Acting;
use crate::web;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::NoAnswerNeeded => Self::conflict("message_needs_no_answer"),
            Error::AnsweredAlready => Self::conflict("message_answered_already"),
            Error::Invalid(problems) => problems.into(),
            Error::Config(error) => Self::internal(error),
            Error::Tls(error) => Self::internal(error),
            Error::Store(error) => error.into(),
        }
    }
}

/// Which page of the messages.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Paging {
    after: String,
    size: String,
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

fn shown(letter: &Letter) -> Value {
    json!({
        "id": letter.id,
        "kind": letter.kind,
        "lot": letter.lot,
        "recall": letter.recall,
        "values": letter.args,
        "at": letter.at,
        "read_at": letter.read_at,
        "needs_answer": letter.needs_answer,
        "answered_at": letter.answered.map(|(at, _)| at),
    })
}

/// `GET /api/v1/messages`: the messages of one's own party, or of one that gave it a mandate (`behalf_of`), the newest first.
///
/// # Errors
/// 403 for people of the authority; 422 for a cursor that is none.
pub async fn list(
    app: Data<App>,
    actor: Acting<CanRead>,
    paging: Query<Paging>,
) -> Result<HttpResponse, web::Error> {
    let party = actor.party.ok_or_else(|| web::Error::forbidden("role_not_allowed"))?;
    let (after, size) = paging.parse()?;
    let page = service::desk(&app, party, after.as_ref(), size).await?;
    let next = page.next.as_ref().map(Cursor::to_string);
    let messages: Vec<Value> = page.items.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({ "messages": messages, "next": next })))
}

/// `POST /api/v1/messages/{message}/read`
///
/// # Errors
/// 404 for another party's message.
pub async fn read(
    app: Data<App>,
    actor: Acting<CanRecord>,
    id: Path<MessageId>,
) -> Result<HttpResponse, web::Error> {
    service::read(&app, actor.party, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/messages/{message}/answer`: the party has read and understood it.
///
/// # Errors
/// 404 for another party's message; 409 when it needs no answer or has one.
pub async fn answer(
    app: Data<App>,
    actor: Acting<CanRecord>,
    id: Path<MessageId>,
) -> Result<HttpResponse, web::Error> {
    let letter = service::answer(&app, actor.party, *id, actor.person).await?;
    Ok(HttpResponse::Ok().json(shown(&letter)))
}

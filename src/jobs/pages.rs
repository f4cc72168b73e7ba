//! The desk of messages: what a party was told; for the authority, what became of the mails.

use super::api::Paging;
use super::model::{Letter, Lost, Tally};
use super::service::{self, Error};
use crate::accounts::{Actor, CanRead, CanRecord};
use crate::app::App;
use crate::kernel::{MessageId, Page};
use crate::parties::{Acting, Behalf};
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

/// The messages of a party.
#[derive(Template)]
#[template(path = "jobs/messages.html")]
pub struct MessagesPage {
    frame: Frame,
    behalf: Behalf,
    page: Page<Letter>,
    /// Whether mail is sent at all.
    mailing: bool,
    may_answer: bool,
    refusal: Option<String>,
}

impl MessagesPage {
    fn subject(&self, letter: &Letter) -> String {
        self.frame.t.with(&letter.subject_key(), &letter.values(self.frame.lang))
    }

    fn body(&self, letter: &Letter) -> String {
        self.frame.t.with(&letter.body_key(), &letter.values(self.frame.lang))
    }
}

/// What became of the mails.
#[derive(Template)]
#[template(path = "jobs/outbox.html")]
pub struct OutboxPage {
    frame: Frame,
    mailing: bool,
    tally: Tally,
    lost: Vec<Lost>,
}

/// `GET /messages`: of the own party, or of one that gave it a mandate: a household without an account reads through whoever records for it.
///
/// # Errors
/// 422 for a cursor that is none.
pub async fn messages(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    paging: Query<Paging>,
) -> Result<HttpResponse, web::Error> {
    if actor.party.is_none() {
        let (tally, lost) = service::outbox(&app).await?;
        let page = OutboxPage { frame, mailing: app.config.mail.is_some(), tally, lost };
        return Ok(Html(page).into_response(StatusCode::OK));
    }
    let page = desk(&app, frame, &actor, &paging, None).await?;
    Ok(Html(page).into_response(StatusCode::OK))
}

async fn desk(
    app: &App,
    frame: Frame,
    actor: &Acting<CanRead>,
    paging: &Paging,
    refusal: Option<String>,
) -> Result<MessagesPage, web::Error> {
    let party = actor.party.ok_or_else(|| web::Error::forbidden("role_not_allowed"))?;
    let (after, size) = paging.parse()?;
    let page = service::desk(app, party, after.as_ref(), size).await?;
    let may_answer = Actor::<CanRecord>::admit(Some(actor)).is_ok();
    let behalf = actor.behalf(app).await?;
    Ok(MessagesPage { frame, behalf, page, mailing: app.config.mail.is_some(), may_answer, refusal })
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// `POST /messages/{message}/read`
///
/// # Errors
/// 404 for another party's message.
pub async fn read(
    app: Data<App>,
    actor: Acting<CanRecord>,
    id: Path<MessageId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    service::read(&app, actor.party, *id).await?;
    Ok(see_other(&format!("/messages{}", actor.behalf(&app).await?.query())))
}

/// `POST /messages/{message}/answer`
///
/// # Errors
/// 404 for another party's message; one that has its answer shows the desk again.
pub async fn answer(
    app: Data<App>,
    frame: Frame,
    reader: Acting<CanRead>,
    actor: Acting<CanRecord>,
    id: Path<MessageId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    match service::answer(&app, actor.party, *id, actor.person).await {
        Ok(_) => Ok(see_other(&format!("/messages{}", actor.behalf(&app).await?.query()))),
        Err(error @ (Error::AnsweredAlready | Error::NoAnswerNeeded)) => {
            let shown = web::Error::from(error);
            let sentence = frame.t.with(&format!("error-{}", shown.code.replace('_', "-")), &shown.args);
            let page = desk(&app, frame, &reader, &Paging::default(), Some(sentence)).await?;
            Ok(Html(page).into_response(shown.status))
        }
        Err(error) => Err(error.into()),
    }
}

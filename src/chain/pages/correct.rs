//! An event is declared wrong by whose act it was.

use super::clerk::Clerk;
use super::{Carried, Wrong, blank, to_lot};
use crate::chain::draft::Draft;
use crate::chain::form::Filled;
use crate::chain::look::{self, Undoing};
use crate::chain::model::{By, Command};
use crate::events::Step;
use crate::kernel::EventId;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;

/// Declaring an event wrong.
#[derive(Template)]
#[template(path = "chain/correct.html")]
pub struct CorrectPage {
    frame: Frame,
    undoing: Undoing,
    draft: Draft,
    wrong: Wrong,
}

impl CorrectPage {
    /// The key of what will be taken back.
    fn undone_key(&self) -> &'static str {
        match self.undoing.event.step {
            Step::Harvest | Step::Pick => "chain-undo-harvest",
            step if step.is_transformation() => "chain-undo-transform",
            Step::Pack => "chain-undo-pack",
            Step::Aggregate | Step::Disaggregate => "chain-undo-case",
            Step::Ship | Step::Return => "chain-undo-ship",
            Step::Receive | Step::Refuse | Step::Lose => "chain-undo-receive",
            Step::Sell | Step::Sample | Step::Waste => "chain-undo-out",
            Step::Test => "chain-undo-test",
            _ => "chain-undo-other",
        }
    }
}

async fn page(clerk: &Clerk, event: EventId, draft: Draft, wrong: Wrong) -> Result<CorrectPage, web::Error> {
    let undoing = look::undoing(&clerk.app, &clerk.who, event).await?;
    Ok(CorrectPage { frame: clerk.frame.clone(), undoing, draft, wrong })
}

/// `GET /events/{event}/correct`
///
/// # Errors
/// 404 for whoever's act it was not.
pub async fn open(clerk: Clerk, event: Path<EventId>) -> Result<Html<CorrectPage>, web::Error> {
    let draft = blank(&clerk.app, &Carried::default());
    Ok(Html(page(&clerk, *event, draft, Wrong::default()).await?))
}

/// `POST /events/{event}/correct`: on behalf of the party whose act it was.
///
/// # Errors
/// 404 for whoever's act it was not; what is wrong with the input shows the form again.
pub async fn send(
    clerk: Clerk,
    event: Path<EventId>,
    form: Form<Filled>,
) -> Result<HttpResponse, web::Error> {
    let draft = form.0.0;
    let party = look::undoing(&clerk.app, &clerk.who, *event).await?.party;
    let by = By::behalf(*clerk.actor, party);
    let outcome = clerk.record_by(by, &draft, draft.correct(*event).map(Command::Correct)).await;
    clerk.answer(outcome, to_lot, async |wrong| page(&clerk, *event, draft, wrong).await).await
}

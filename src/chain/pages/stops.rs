//! Stops, by the authority or by the lot's own party. Their forms stand on the page of the lot; one that was refused is shown by itself.

use super::{Wrong, to_lot};
use crate::accounts::{Actor, CanCallBack, CanStop, Stopper};
use crate::app::App;
use crate::chain::api::stopper;
use crate::chain::draft::Draft;
use crate::chain::form::Filled;
use crate::chain::model::{Command, StopLot};
use crate::chain::service;
use crate::events::Step;
use crate::kernel::LotId;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

/// A stop that was refused.
#[derive(Template)]
#[template(path = "chain/stop.html")]
pub struct StopPage {
    frame: Frame,
    lot: LotId,
    /// The title's key.
    title: &'static str,
    step: Step,
    draft: Draft,
    wrong: Wrong,
}

impl StopPage {
    fn is_release(&self) -> bool {
        self.step == Step::Release
    }
}

async fn send(
    app: &App,
    frame: Frame,
    who: Stopper,
    lot: LotId,
    draft: Draft,
    (title, step, command): (&'static str, Step, fn(StopLot) -> Command),
) -> Result<HttpResponse, web::Error> {
    let outcome = async {
        let command = command(draft.stop(lot)?);
        Ok(service::record_once(app, &stopper(&who, &draft)?, draft.once()?, command).await?)
    };
    match outcome.await {
        Ok(done) => Ok(see_other(&to_lot(&done))),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(StopPage { frame, lot, title, step, draft, wrong }).into_response(status))
        }
    }
}

/// `POST /lots/{lot}/hold`
///
/// # Errors
/// 404 for a lot that does not exist; a missing reason shows the form again.
pub async fn hold(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanStop>,
    lot: Path<LotId>,
    form: Form<Filled>,
) -> Result<HttpResponse, web::Error> {
    send(&app, frame, *actor, *lot, form.0.0, ("chain-hold", Step::Hold, Command::Hold)).await
}

/// `POST /lots/{lot}/release`
///
/// # Errors
/// 404 for a lot that does not exist; a missing reason shows the form again.
pub async fn release(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanStop>,
    lot: Path<LotId>,
    form: Form<Filled>,
) -> Result<HttpResponse, web::Error> {
    send(&app, frame, *actor, *lot, form.0.0, ("chain-release", Step::Release, Command::Release)).await
}

/// `POST /lots/{lot}/recall`
///
/// # Errors
/// 404 for a lot that does not exist; a missing reason shows the form again.
pub async fn recall(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanCallBack>,
    lot: Path<LotId>,
    form: Form<Filled>,
) -> Result<HttpResponse, web::Error> {
    send(&app, frame, *actor, *lot, form.0.0, ("chain-recall", Step::Recall, Command::Recall)).await
}

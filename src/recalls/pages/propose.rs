//! Proposing a recall, and beginning a drill.

use super::super::api::{decider, proposer};
use super::super::draft::RecallDraft;
use super::super::model::{Danger, Way};
use super::super::{drill as drills, service};
use super::{choices, refused};
use crate::accounts::{Actor, CanManage, CanRead, CanRecord, CanReview};
use crate::app::App;
use crate::kernel::Problems;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

/// A recall to be proposed.
#[derive(Template)]
#[template(path = "recalls/new.html")]
pub struct ProposePage {
    frame: Frame,
    draft: RecallDraft,
    problems: Problems,
    refusal: Option<String>,
}

impl ProposePage {
    fn dangers(&self) -> Vec<(String, String)> {
        choices(&self.frame.t, Danger::ALL, Danger::as_str, Danger::key)
    }

    fn ways(&self) -> Vec<(String, String)> {
        choices(&self.frame.t, &Way::OF_LAW, Way::as_str, Way::key)
    }
}

/// The lot that a proposal or drill is begun from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Begun {
    lot: String,
}

/// `GET /recalls/new?lot=`
///
/// # Errors
/// 403 for those who may not propose.
pub async fn new(
    frame: Frame,
    actor: Actor<CanRead>,
    member: Result<Actor<CanRecord>, web::Error>,
    begun: Query<Begun>,
) -> Result<Html<ProposePage>, web::Error> {
    proposer(member, &actor)?;
    let draft = RecallDraft { lots: begun.0.lot, ..RecallDraft::default() };
    Ok(Html(ProposePage { frame, draft, problems: Problems::default(), refusal: None }))
}

/// `POST /recalls`
///
/// # Errors
/// What is wrong with the proposal shows the form again.
pub async fn propose(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    member: Result<Actor<CanRecord>, web::Error>,
    form: Form<RecallDraft>,
) -> Result<HttpResponse, web::Error> {
    let by = proposer(member, &actor)?;
    let draft = form.0;
    let outcome = match draft.parse() {
        Ok(asked) => service::propose(&app, &by, &asked).await.map_err(web::Error::from),
        Err(problems) => Err(problems.into()),
    };
    match outcome {
        Ok(recall) => Ok(see_other(&format!("/recalls/{}", recall.id))),
        Err(error) => {
            let (status, problems, refusal) = refused(&frame, error)?;
            Ok(Html(ProposePage { frame, draft, problems, refusal }).into_response(status))
        }
    }
}

/// A drill to be begun.
#[derive(Template)]
#[template(path = "recalls/drill.html")]
pub struct DrillPage {
    frame: Frame,
    draft: DrillForm,
    problems: Problems,
    refusal: Option<String>,
}

/// A drill as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DrillForm {
    lots: String,
    tell: String,
}

/// `GET /recalls/drill?lot=`
///
/// # Errors
/// 403 for those who may not begin one.
pub async fn drill(
    frame: Frame,
    _reader: Actor<CanRead>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    begun: Query<Begun>,
) -> Result<Html<DrillPage>, web::Error> {
    decider(manager, officer)?;
    let draft = DrillForm { lots: begun.0.lot, tell: String::new() };
    Ok(Html(DrillPage { frame, draft, problems: Problems::default(), refusal: None }))
}

/// `POST /recalls/drill`
///
/// # Errors
/// 403 for those who may not begin one; a lot that does not exist or is another firm's shows the form again.
pub async fn send_drill(
    app: Data<App>,
    frame: Frame,
    _reader: Actor<CanRead>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    form: Form<DrillForm>,
) -> Result<HttpResponse, web::Error> {
    let by = decider(manager, officer)?;
    let draft = form.0;
    let lot = Some(draft.lots.trim()).filter(|lot| !lot.is_empty());
    match drills::drill(&app, &by, lot, draft.tell == "yes").await {
        Ok(recall) => Ok(see_other(&format!("/recalls/{}", recall.id))),
        Err(error) => {
            let (status, problems, refusal) = refused(&frame, error.into())?;
            Ok(Html(DrillPage { frame, draft, problems, refusal }).into_response(status))
        }
    }
}

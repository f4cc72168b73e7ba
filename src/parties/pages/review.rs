//! The officer's queue: applications, the oldest first, and the decision on each.

use super::{Empty, Reason, refusal};
use crate::accounts::{Actor, CanReview};
use crate::app::App;
use crate::kernel::{ApplicationId, Cursor, PageSize, Problems};
use crate::parties::api::{attachment, cursor};
use crate::parties::model::{Application, reason, reference};
use crate::parties::service::{self, Details, Error};
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

/// The applications that wait for a decision.
#[derive(Template)]
#[template(path = "parties/applications.html")]
pub struct ApplicationsPage {
    frame: Frame,
    count: i64,
    applications: Vec<Application>,
    next: Option<Cursor>,
}

/// Which page of the queue.
#[derive(Default, Deserialize)]
pub struct After {
    #[serde(default)]
    after: String,
}

/// `GET /applications`
///
/// # Errors
/// 422 for a malformed cursor.
pub async fn applications(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    query: Query<After>,
) -> Result<Html<ApplicationsPage>, web::Error> {
    let after = cursor(&query.after).map_err(|problem| problem.at("after"))?;
    let count = service::open_count(&app, &actor).await?;
    let page = service::open_applications(&app, &actor, after.as_ref(), PageSize::default()).await?;
    Ok(Html(ApplicationsPage { frame, count, applications: page.items, next: page.next }))
}

/// One application, with what is needed to decide on it.
#[derive(Template)]
#[template(path = "parties/application.html")]
pub struct ApplicationPage {
    frame: Frame,
    details: Details,
    reason: String,
    problems: Problems,
    refusal: Option<String>,
}

/// `GET /applications/{application}`
///
/// # Errors
/// 404.
pub async fn application(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    id: Path<ApplicationId>,
) -> Result<Html<ApplicationPage>, web::Error> {
    let details = service::details(&app, &actor, *id).await?;
    let (reason, problems) = (String::new(), Problems::default());
    Ok(Html(ApplicationPage { frame, details, reason, problems, refusal: None }))
}

/// `GET /applications/{application}/document`
///
/// # Errors
/// 404.
pub async fn document(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<ApplicationId>,
) -> Result<HttpResponse, web::Error> {
    Ok(attachment(service::document(&app, &actor, *id).await?, &reference(*id)))
}

/// The code with which a firm's manager signs up: shown this once, for handing over.
#[derive(Template)]
#[template(path = "parties/hand_over.html")]
pub struct HandOverPage {
    /// The frame.
    pub(super) frame: Frame,
    /// The code in groups of four.
    pub(super) code: String,
    /// Where to go on.
    pub(super) back: String,
}

/// `POST /applications/{application}/approve`
///
/// # Errors
/// 404; a decision that cannot be made shows the application again.
pub async fn approve(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    id: Path<ApplicationId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    match service::approve(&app, &actor, *id).await {
        Ok(code) => {
            let page = HandOverPage { frame, code: code.grouped(), back: "/applications".to_owned() };
            Ok(Html(page).into_response(actix_web::http::StatusCode::OK))
        }
        Err(error) => again(&app, frame, &actor, *id, String::new(), error).await,
    }
}

/// `POST /applications/{application}/refuse`
///
/// # Errors
/// 404; a decision that cannot be made, or one without a reason, shows the application again.
pub async fn refuse(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    id: Path<ApplicationId>,
    form: Form<Reason>,
) -> Result<HttpResponse, web::Error> {
    let outcome = match reason(&form.0.reason) {
        Ok(reason) => service::refuse(&app, &actor, *id, &reason).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(()) => Ok(see_other("/applications")),
        Err(error) => again(&app, frame, &actor, *id, form.0.reason, error).await,
    }
}

async fn again(
    app: &App,
    frame: Frame,
    actor: &Actor<CanReview>,
    id: ApplicationId,
    reason: String,
    error: Error,
) -> Result<HttpResponse, web::Error> {
    let (status, problems, refusal) = refusal(&frame, error)?;
    let details = service::details(app, actor, id).await?;
    Ok(Html(ApplicationPage { frame, details, reason, problems, refusal }).into_response(status))
}

//! "Report a problem": a form that asks nothing of the person, and the officials' list of what came in.

use super::super::model::{About, Report};
use super::super::report::{self, ReportDraft};
use super::super::service::Error;
use crate::accounts::{Actor, CanInspect};
use crate::app::App;
use crate::kernel::{Cursor, PageSize, Problem, Problems, ReportId};
use crate::web::form::PublicForm;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

/// The form.
#[derive(Template)]
#[template(path = "lookup/report.html")]
pub struct ReportPage {
    frame: Frame,
    draft: ReportDraft,
    problems: Problems,
    choices: Vec<(String, String)>,
    sent: bool,
}

impl ReportPage {
    fn new(frame: Frame, draft: ReportDraft, problems: Problems, sent: bool) -> Self {
        let choice = |about: &About| (about.as_str().to_owned(), frame.t.say(about.key()).into_owned());
        let choices = About::ALL.iter().map(choice).collect();
        Self { frame, draft, problems, choices, sent }
    }
}

/// Which lot a report is about.
#[derive(Deserialize)]
pub struct AboutLot {
    #[serde(default)]
    lot: String,
}

/// `GET /report`
pub async fn show(frame: Frame, about: Query<AboutLot>) -> Html<ReportPage> {
    let draft = ReportDraft { lot: about.into_inner().lot, ..ReportDraft::default() };
    Html(ReportPage::new(frame, draft, Problems::default(), false))
}

/// `POST /report`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the page again.
pub async fn send(
    app: Data<App>,
    frame: Frame,
    form: PublicForm<ReportDraft>,
) -> Result<HttpResponse, web::Error> {
    let PublicForm(draft) = form;
    let refusal = if draft.is_spam() {
        // Thanked like everybody: a machine learns nothing.
        None
    } else {
        match draft.parse() {
            Ok(new) => match report::send_report(&app, &new).await {
                Ok(()) => None,
                Err(Error::Unknown) => {
                    Some(Problem::new("report_lot_unknown").value(&draft.lot).at("lot").into())
                }
                Err(error) => return Err(error.into()),
            },
            Err(problems) => Some(problems),
        }
    };
    Ok(if let Some(problems) = refusal {
        Html(ReportPage::new(frame, draft, problems, false)).refused()
    } else {
        let page = ReportPage::new(frame, ReportDraft::default(), Problems::default(), true);
        Html(page).into_response(StatusCode::CREATED)
    })
}

/// What shoppers reported, for officials.
#[derive(Template)]
#[template(path = "lookup/reports.html")]
pub struct ReportsPage {
    frame: Frame,
    reports: Vec<Report>,
    next: Option<Cursor>,
}

/// Where a list goes on.
#[derive(Deserialize)]
pub struct After {
    after: Option<String>,
}

/// `GET /inspect/reports`
///
/// # Errors
/// When the cursor is none, or the database fails.
pub async fn list(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanInspect>,
    query: Query<After>,
) -> Result<Html<ReportsPage>, web::Error> {
    let after = query.after.as_deref().map(Cursor::parse).transpose()?;
    let page = report::open_reports(&app, &actor, after.as_ref(), PageSize::default()).await?;
    Ok(Html(ReportsPage { frame, reports: page.items, next: page.next }))
}

/// A form without fields.
#[derive(Deserialize)]
pub struct Empty {}

/// `POST /inspect/reports/{report}/handled`
///
/// # Errors
/// 404 when it was handled before, or there is none.
pub async fn handled(
    app: Data<App>,
    actor: Actor<CanInspect>,
    id: Path<ReportId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    report::handle_report(&app, &actor, *id).await?;
    Ok(see_other("/inspect/reports"))
}

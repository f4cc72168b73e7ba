//! The notice of a recall that everybody may read and print: what the law wants it to say.

use super::super::api::notice_json;
use super::super::look::{self, Facts, Notice};
use crate::app::App;
use crate::web::view::wants_json;
use crate::web::{self, Frame, Html};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

/// The notice of a recall.
#[derive(Template)]
#[template(path = "recalls/notice.html")]
pub struct NoticePage {
    frame: Frame,
    notice: Notice,
    host: String,
}

impl NoticePage {
    fn products(&self) -> String {
        self.notice.products(self.frame.lang)
    }

    /// The owner and maker, as far as it is published.
    fn owner(&self, facts: &Facts) -> String {
        facts.party.view().shown_name(&self.frame.t)
    }

    /// The address of the owner, as far as it is published.
    fn address(facts: &Facts) -> Option<String> {
        let view = facts.party.view();
        view.published.then(|| view.shown_place())
    }

    fn decided_by(&self) -> String {
        match &self.notice.decided_by {
            Some(party) => party.view().shown_name(&self.frame.t),
            None => self.frame.t.say("recalls-authority").into_owned(),
        }
    }
}

/// `GET /recall/{number}`
///
/// # Errors
/// 404 for what is not public.
pub async fn notice(
    app: Data<App>,
    request: HttpRequest,
    frame: Frame,
    number: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let notice = look::notice(&app, &number).await?;
    if wants_json(&request) {
        return Ok(HttpResponse::Ok().json(notice_json(&notice)));
    }
    let host = app.config.code_host().to_owned();
    Ok(Html(NoticePage { frame, notice, host }).into_response(StatusCode::OK))
}

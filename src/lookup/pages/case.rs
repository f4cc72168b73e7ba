//! The public page of a case or pallet: which lots lie in it, each with the way to its own page.

use super::super::service::{self, CaseLine, Error};
use super::{frame, open, unknown};
use crate::app::App;
use crate::codes::SignatureState;
use crate::kernel::Identifier;
use crate::lots::Stop;
use crate::web::{self, Frame, Html};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

/// The page of a case.
#[derive(Template)]
#[template(path = "lookup/case.html")]
pub struct CasePage {
    frame: Frame,
    digits: String,
    lines: Vec<CaseLine>,
}

impl CasePage {
    fn name<'a>(&self, line: &'a CaseLine) -> &'a str {
        line.product.name_in(self.frame.lang)
    }

    /// What stands against a lot, as the key of the sentence.
    fn state(line: &CaseLine) -> Option<&'static str> {
        Some(match line.lot.stop()? {
            Stop::Recalled { .. } | Stop::Upstream { recalled: true, .. } => "lookup-verdict-recalled",
            Stop::Held { .. } | Stop::Breach { .. } | Stop::Upstream { .. } => "lookup-verdict-on-hold",
        })
    }
}

/// `GET /case/{sscc}`: by the 18 digits of its SSCC.
///
/// # Errors
/// When the database fails; a case that nobody told of is answered in words.
pub async fn case(
    app: Data<App>,
    request: HttpRequest,
    digits: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let digits = digits.into_inner();
    let whole = digits.len() == 18;
    let Some(sscc) = Identifier::of_name(&format!("00/{digits}")).ok().filter(|_| whole) else {
        return Ok(unknown(&app, &request, SignatureState::Absent));
    };
    match service::case_page(&app, &sscc).await {
        Ok(lines) => {
            let frame = frame(&app, &request, request.uri().path());
            Ok(open(Html(CasePage { frame, digits, lines }).into_response(StatusCode::OK)))
        }
        Err(Error::Unknown) => Ok(unknown(&app, &request, SignatureState::Absent)),
        Err(error) => Err(error.into()),
    }
}

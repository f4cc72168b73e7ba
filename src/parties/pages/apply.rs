//! The form with which a firm applies. Anybody may send it; the answer is a reference and nothing else.

use super::{communes, document_of, kinds, refusal};
use crate::app::App;
use crate::kernel::Problems;
use crate::parties::document::Document;
use crate::parties::model::{Draft, reference};
use crate::parties::service::{self, Error};
use crate::web::{self, Frame, Html, Upload};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

/// Applying to be registered.
#[derive(Template)]
#[template(path = "parties/apply.html")]
pub struct ApplyPage {
    frame: Frame,
    form: Draft,
    kinds: Vec<(String, String)>,
    communes: Vec<(String, String)>,
    problems: Problems,
    refusal: Option<String>,
}

/// The application is in: its reference.
#[derive(Template)]
#[template(path = "parties/applied.html")]
pub struct AppliedPage {
    frame: Frame,
    reference: String,
}

/// `GET /apply`
pub async fn apply(frame: Frame) -> Html<ApplyPage> {
    let kinds = kinds(&frame.t);
    let (form, problems) = (Draft::default(), Problems::default());
    Html(ApplyPage { frame, form, kinds, communes: Vec::new(), problems, refusal: None })
}

/// `POST /apply`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_apply(app: Data<App>, frame: Frame, upload: Upload) -> Result<HttpResponse, web::Error> {
    let form: Draft = upload.fields()?;
    let outcome = match Document::beside(form.application(), document_of(&upload).await) {
        Ok(((party, contact), document)) => service::apply(&app, &party, &contact, &document).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(id) => {
            Ok(Html(AppliedPage { frame, reference: reference(id) }).into_response(StatusCode::CREATED))
        }
        Err(error) => {
            let (status, problems, refusal) = refusal(&frame, error)?;
            let (kinds, communes) = (kinds(&frame.t), communes(&form, &problems));
            Ok(Html(ApplyPage { frame, form, kinds, communes, problems, refusal }).into_response(status))
        }
    }
}

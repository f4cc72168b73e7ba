//! The pages of evidence: the desk of those who keep it, a certificate, a test, and the published list.

mod certificates;
mod published;
mod tests;

pub use certificates::{
    CertificateFormPage, CertificatePage, DeskPage, certificate, desk, new_certificate, send_certificate,
    send_file, send_showing, send_turn, send_verify,
};
pub use published::{PublishedPage, published, published_csv};
pub use tests::{TestFormPage, TestPage, TestsPage, new_test, send_test, send_wrong, test, tests};

use super::file::Attachment;
use crate::kernel::{Problem, Problems};
use crate::web::{self, Frame, Upload};
use actix_web::http::StatusCode;
use serde::Deserialize;

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// What is wrong with a form: field by field, or in a sentence above it.
#[derive(Clone, Debug, Default)]
struct Wrong {
    status: StatusCode,
    problems: Problems,
    refusal: Option<String>,
}

impl Wrong {
    /// What a refused form shows.
    ///
    /// # Errors
    /// What is not the sender's to mend goes on as it is.
    fn of(frame: &Frame, error: web::Error) -> Result<Self, web::Error> {
        if error.status.is_server_error() || error.status == StatusCode::NOT_FOUND {
            return Err(error);
        }
        let refusal = error
            .problems
            .is_empty()
            .then(|| frame.t.with(&format!("error-{}", error.code.replace('_', "-")), &error.args));
        Ok(Self { status: error.status, problems: Problems(error.problems.clone()), refusal })
    }
}

/// The file of a form, if one was sent.
async fn file_of(upload: &Upload) -> Result<Option<Attachment>, Problem> {
    match upload.file("file") {
        Some(file) => Attachment::read(file.bytes.clone(), &file.name).await.map(Some),
        None => Ok(None),
    }
}

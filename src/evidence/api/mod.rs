//! Evidence for programs, and what its errors mean to those who ask.

mod certificates;
mod lab;

pub use certificates::{
    Asked, FileDraft, ShowingDraft, add, add_file, ending, file, list, open_file, published, schemes, show,
    show_as, turn, verify, waiting,
};
pub(super) use certificates::{listed_json, turner, verifier};
pub(super) use lab::entering;
pub use lab::{WrongDraft, add_test, list_tests, show_test, test_file, test_wrong};

use super::file::Attachment;
use super::service::Error;
use crate::kernel::{Cursor, PageSize, Problems};
use crate::web;
use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Deserialize;

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::NotApproved => Self::forbidden("party_not_approved"),
            Error::RecordedAlready => Self::conflict("evidence_recorded_already"),
            Error::VerifiedAlready => Self::conflict("certificate_verified_already"),
            Error::Ended => Self::conflict("certificate_ended"),
            Error::TurnNotPossible => Self::conflict("certificate_turn"),
            Error::WrongAlready => Self::conflict("lab_test_wrong_already"),
            Error::Invalid(problems) => problems.into(),
            Error::Log(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Paging {
    /// Where the page before ended.
    pub(super) after: String,
    /// Rows on a page.
    pub(super) size: String,
}

impl Paging {
    pub(super) fn parse(&self) -> Result<(Option<Cursor>, PageSize), Problems> {
        let mut problems = Problems::default();
        let after = match self.after.as_str() {
            "" => Some(None),
            text => problems.take("after", Cursor::parse(text).map(Some)),
        };
        let size = match self.size.as_str() {
            "" => Some(PageSize::default()),
            text => problems.take("size", PageSize::parse(text)),
        };
        match (after, size) {
            (Some(after), Some(size)) => Ok((after, size)),
            _ => Err(problems),
        }
    }
}

/// A stored file as a download that no browser opens in a page of ours.
pub(super) fn download(file: Attachment, name: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(file.media_type.as_str())
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{}\"", file.ending()),
        ))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(file.bytes)
}

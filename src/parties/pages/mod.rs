//! The pages of parties: applying, the officer's queue, the registry, one's own firm.

mod apply;
mod firm;
mod registry;
mod review;

pub use apply::{AppliedPage, ApplyPage, apply, send_apply};
pub use firm::{
    FirmPage, firm, mandate_document, revoke_mandate, send_consent, send_mail_address, send_mandate,
};
pub use registry::{
    NewPartyPage, PartiesPage, PartyPage, new_party, parties, party, reinstate, send_consent_for,
    send_mandate_for, send_new_party, send_sign_up_code, suspend,
};
pub use review::{
    ApplicationPage, ApplicationsPage, HandOverPage, application, applications, approve, document, refuse,
};

use super::document::Document;
use super::model::{Draft, Kind, Side, communes_like};
use super::service::Error;
use crate::kernel::{Problem, Problems};
use crate::log;
use crate::web::{self, Frame, Upload};
use crate::words::Words;
use actix_web::http::StatusCode;
use serde::Deserialize;

/// Kinds to choose from: stored name and word.
fn kinds(words: &Words) -> Vec<(String, String)> {
    Kind::APPLICANTS
        .iter()
        .map(|kind| (kind.as_str().to_owned(), words.say(kind.key()).into_owned()))
        .collect()
}

/// Communes to choose from, where the one written is not clear or was chosen before.
fn communes(form: &Draft, problems: &Problems) -> Vec<(String, String)> {
    let unclear = problems.iter().any(|problem| problem.field == "commune");
    if unclear || !form.commune_choice.is_empty() { communes_like(&form.commune) } else { Vec::new() }
}

/// The scanned document of a form.
async fn document_of(upload: &Upload) -> Result<Document, Problem> {
    match upload.file("document") {
        Some(file) => Document::read(file.bytes.clone()).await,
        None => Err(Problem::new("document_missing")),
    }
}

/// What a refused form shows: its status, what is wrong field by field, and the sentence above.
///
/// # Errors
/// What is not the sender's to mend goes on as it is.
fn refusal(frame: &Frame, error: Error) -> Result<(StatusCode, Problems, Option<String>), web::Error> {
    match error {
        Error::Invalid(problems) => Ok((StatusCode::UNPROCESSABLE_ENTITY, problems, None)),
        // Nobody here can mend a log that is stopped; what was typed is kept all the same.
        error @ (Error::NumberTaken
        | Error::GlnTaken
        | Error::WrongState
        | Error::AlreadyDecided
        | Error::Log(log::Error::Stopped(_))) => {
            let shown = web::Error::from(error);
            let sentence = frame.t.with(&format!("error-{}", shown.code.replace('_', "-")), &shown.args);
            Ok((shown.status, Problems::default(), Some(sentence)))
        }
        error @ (Error::NotFound | Error::Log(_) | Error::Store(_)) => Err(error.into()),
    }
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// Why, as typed.
#[derive(Default, Deserialize)]
pub struct Reason {
    #[serde(default)]
    reason: String,
}

/// Consent or its withdrawal: `yes` or `no`.
#[derive(Deserialize)]
pub struct Consent {
    consent: String,
}

/// Which page of the mandates given and held.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct MandatePaging {
    given: String,
    held: String,
}

impl MandatePaging {
    fn of(&self, side: Side) -> &str {
        match side {
            Side::Given => &self.given,
            Side::Held => &self.held,
        }
    }
}

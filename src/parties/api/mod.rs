//! Parties for programs, and what their errors mean to those who ask.

mod applications;
mod mandates;
mod registry;

pub use applications::{
    CommuneSearch, application, applications, apply, approve, communes, document, refuse,
};
pub(super) use mandates::signatory;
pub use mandates::{MandateList, give_for, give_own, mandate_document, mandates_of, own_mandates, revoke};
pub use registry::{
    Consent, MailDraft, Search, consent, consent_for, firm, parties, party, register, reinstate, set_mail,
    sign_up_code, suspend,
};

use super::document::Document;
use super::model::Party;
use super::service::{Error, Own};
use crate::accounts::Identity;
use crate::jobs::MailAddress;
use crate::kernel::{Cursor, Gln, Page, PageSize, PartyId, Problem, Problems};
use crate::web;
use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::NumberTaken => Self::conflict("number_taken"),
            Error::GlnTaken => Self::conflict("party_gln_taken"),
            Error::AlreadyDecided => Self::conflict("already_decided"),
            Error::WrongState => Self::conflict("party_state"),
            Error::Invalid(problems) => problems.into(),
            Error::Log(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}

/// Which page of a list.
#[derive(Deserialize)]
pub struct Paging {
    #[serde(default)]
    after: String,
    #[serde(default)]
    size: String,
}

impl Paging {
    fn parse(&self) -> Result<(Option<Cursor>, PageSize), Problems> {
        let mut problems = Problems::default();
        let after = problems.take("after", cursor(&self.after));
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

/// The cursor in `after=`, when there is one.
pub(super) fn cursor(text: &str) -> Result<Option<Cursor>, Problem> {
    if text.is_empty() { Ok(None) } else { Cursor::parse(text).map(Some) }
}

fn listed<T>(name: &str, page: Page<T>, shown: impl FnMut(T) -> Value) -> Value {
    let next = page.next.as_ref().map(Cursor::to_string);
    let mut answer = json!({ "next": next });
    answer[name] = page.items.into_iter().map(shown).collect::<Vec<_>>().into();
    answer
}

fn party_json(party: &Party) -> Value {
    json!({
        "id": party.id,
        "kind": party.kind,
        "name": party.name,
        "commune": party.commune,
        "commune_name": party.commune.commune().to_string(),
        "address": party.address,
        "gln": party.gln.as_ref().map(Gln::as_str),
        "status": party.status.as_str(),
        "status_reason": party.status_reason,
        "consent": party.consent,
        "published": party.view().published,
        "applied_at": party.applied_at,
        "approved_at": party.approved_at,
    })
}

fn own_json(own: &Own) -> Value {
    let mut shown = party_json(&own.party);
    shown["tax_number"] = own.tax_number.clone().into();
    shown["mail"] = own.mail.clone().into();
    shown
}

/// A stored document as a download that no browser opens in a page of ours.
pub(super) fn attachment(document: Document, name: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(document.content_type())
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{}\"", document.ending()),
        ))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(document.into_bytes())
}

/// The address for mail that was written; nothing when it is empty.
///
/// # Errors
/// `mail_address_malformed`.
pub(super) fn mail_address(text: &str) -> Result<Option<MailAddress>, Problems> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    MailAddress::parse(text).map(Some).map_err(|problem| problem.at("mail").into())
}

/// Why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    reason: String,
}

/// The party of somebody who belongs to one.
///
/// # Errors
/// 403 for people of the authority.
pub(super) fn own_party(identity: &Identity) -> Result<PartyId, web::Error> {
    identity.party.ok_or_else(|| web::Error::forbidden("role_not_allowed"))
}

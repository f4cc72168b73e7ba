//! What a party is, what an application says, what a mandate allows: types and rules.

mod draft;
mod mandate;
mod party;

pub use draft::{Contact, Draft, NewParty, Phone, commune_of};
pub use mandate::{Mandate, MandateDraft, MandateLine, NewMandate, PartyReference, Side};
pub use party::{Filter, Kind, Party, PartyView, Status, Tax, tax_match};

use crate::kernel::commune::search;
use crate::kernel::{ApplicationId, Moment, Note, PartyId, PersonId, Problem, Problems, Sha256Hash};

/// A firm's application, with the party it is about.
#[derive(Clone, Debug)]
pub struct Application {
    /// The id.
    pub id: ApplicationId,
    /// The party as the application describes it.
    pub party: Party,
    /// The hash of the scanned document.
    pub document: Sha256Hash,
    /// When it was sent.
    pub sent_at: Moment,
    /// What was decided, if it was.
    pub decision: Option<Decision>,
}

impl Application {
    /// The reference that the applicant is given: ten characters, easy to read out.
    #[must_use]
    pub fn reference(&self) -> String {
        reference(self.id)
    }
}

/// The reference of an application: the last ten hexadecimal digits of its id, which are random.
#[must_use]
pub fn reference(id: ApplicationId) -> String {
    let digits = id.as_uuid().simple().to_string().to_ascii_uppercase();
    let last = digits.get(22..).unwrap_or_default();
    let (left, right) = last.split_at_checked(5).unwrap_or((last, ""));
    format!("{left}-{right}")
}

/// An officer's decision on an application.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whether the party was approved.
    pub approved: bool,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Who decided.
    pub by: PersonId,
    /// When.
    pub at: Moment,
}

/// A party that may be the same as the one that applies.
#[derive(Clone, Debug)]
pub struct Likeness {
    /// The party.
    pub party: PartyId,
    /// Its name.
    pub name: String,
    /// Whether name and commune are the same.
    pub same_name: bool,
    /// Whether the GLN is the same.
    pub same_gln: bool,
    /// Its status.
    pub status: Status,
}

/// Communes whose names are near what somebody wrote, for choosing: code and full name.
#[must_use]
pub fn communes_like(text: &str) -> Vec<(String, String)> {
    let found = search(text, None, 30).into_iter();
    found.map(|commune| (commune.code.as_str().to_owned(), commune.to_string())).collect()
}

/// The reason that a refusal, a suspension or a reinstatement must give.
///
/// # Errors
/// When nothing was written, or more than 2,000 characters.
pub fn reason(text: &str) -> Result<Note, Problems> {
    Note::parse(text).map_err(|problem: Problem| problem.at("reason").into())
}

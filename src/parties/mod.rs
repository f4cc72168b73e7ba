//! Enterprises, co-operatives, households, shops and laboratories: how they come into the registry, and who records for whom.
//!
//! What must stay true: a party enters by one officer's decision on a scanned document; one party records for another only under
//! a mandate in force; a household's name and place are public only while its consent stands, and a personal tax number never
//! is; the log gets only salted commitments to what is a person's.

pub mod api;
mod document;
mod extract;
mod model;
pub mod pages;
mod service;
pub mod store;

pub use document::Document;
pub use extract::{Acting, Behalf, Stands};
pub use model::{
    Application, Contact, Decision, Draft, Filter, Kind, Likeness, Mandate, MandateDraft, MandateLine,
    NewMandate, NewParty, Party, PartyReference, PartyView, Phone, Side, Status, Tax, commune_of,
    communes_like, reason, reference, tax_match,
};
pub use service::*;

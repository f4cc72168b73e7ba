//! Recalls: food that should not be eaten is stopped, called back, and accounted for; and drills, which try the same without anybody noticing.
//!
//! What must stay true: a proposal holds its lots at once and a decision recalls them at once, whatever else is slow; both are acts at the one
//! door ([`crate::chain`]), which stops everything made of them. Notices follow in batches: repeated or broken off and taken up again, they
//! tell everybody once. A party learns of its own lots only. A drill stops nothing and shows nothing to the public.

pub mod api;
mod draft;
mod drill;
mod look;
mod matched;
mod model;
mod notices;
pub mod pages;
mod reconcile;
mod service;
mod settle;
pub mod store;

pub use draft::{RecallDraft, RecoveryDraft};
pub use drill::{RECORD, drill, record_of};
pub use look::{
    Affected, Facts, Notice, Sheet, Told, affected, figures, list, notice, notices_of, of_lot, public_of,
    report, show,
};
pub use matched::Matched;
pub use model::{
    Called, Danger, Doer, Held, Kind, NewRecall, Origin, Phase, Recall, Recovery, Share, State, Way,
    message_of,
};
pub use notices::{carry_on, last_drill};
pub use reconcile::{Reconciled, Recovered};
pub use service::{Error, acknowledge, called, close, decide, propose, recover, reject};
pub use store::{Answers, Reader};

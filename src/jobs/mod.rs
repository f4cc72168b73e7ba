//! Work after the commit: messages to parties, the mails that carry them, and the rounds that are made from time to time.
//!
//! What must stay true: a message is told in the unit of work of what it is about, under an id that follows from that, so that telling
//! it again tells nothing twice; nothing ever waits for a mail; a mail ends as sent or as given up with a reason, never as both and
//! never as neither; addresses and passwords stand in no log.

pub mod api;
mod mail;
mod model;
pub mod pages;
mod rounds;
mod service;
pub mod store;

pub use mail::carry;
pub use model::{Errand, Failure, Letter, Lost, MailAddress, Message, Tally, Why, message_id};
pub use rounds::{Job, JobError, Rounds};
pub use service::*;
pub use store::{answered, letter, tell};

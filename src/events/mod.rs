//! The journal: what happened, as EPCIS 2.0 events with who, when, on whose behalf and how well it is proved.
//!
//! What must stay true: a row is never changed and never removed (the database itself refuses it); every row holds an event that
//! is valid against the EPCIS 2.0 schema; free text, which may name people, is not in the event but in the erasable table. Only
//! `chain` writes here.

pub mod api;
pub mod epcis;
mod model;
mod service;

pub mod store;
pub mod uri;

pub use model::{Event, Grade, NewEvent, Part, Role, Step};

pub use service::{Error, Shown, history, show};
pub use store::{add_part, epcis as epcis_of, event, insert, latest_on, lots_of, moved, of_lot};

//! Capture: documents of events that others send, of any size, through the one door.
//!
//! What must stay true: memory does not grow with the document, which lies in an unnamed file until it is done; with `rollback` all of it
//! is one unit of work, with `proceed` each event stands or falls by itself, with what became of it written in the same unit; a capture
//! that says success has its events in the journal; one whose process died is ended as failed, and says what is true.

mod document;
mod error;
mod model;
mod run;
mod service;

pub use document::Incoming;
pub use error::Error;
pub use model::{Capture, Kept, MOST_AT_ONCE, MOST_BYTES, MOST_EVENTS, OnError, State, Verdict};
pub use run::{Job, run};
pub use service::{abandoned_by, accept, capture, captures, end_interrupted, record_event};

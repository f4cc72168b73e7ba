//! Codes: what stands in the QR on a label, how it is signed, checked and drawn.
//!
//! [`parse`] reads a raw path by one exact grammar, [`sign`] makes a signed code, [`Checker`] answers offline whether a registry
//! issued a code, [`Symbol`] draws it. [`issue`] makes a lot's own code and keeps it; [`reprint`] gives it again.
//!
//! What must stay true: a path that parses prints the same path; the signature covers host, product, lot and serial and
//! nothing else; parsing and checking touch no database, so a bad code costs none; the answer never says "genuine".

pub mod api;
mod check;
mod checking;
mod draw;
mod error;
mod grammar;
mod label;
mod link;
mod malformed;
pub mod pages;
pub mod runs;
mod service;
mod sign;
pub mod store;

pub use check::{Checked, Checker, Fault, SignatureState, Standing};
pub use checking::Checking;
pub use draw::{DrawError, Mode, Segment, Symbol, TerminalInk, plan};
pub use error::Error;
pub use grammar::{Code, CodeSignature, KeyPath, ProductKey, parse};
pub use label::{DOTS, Issued, Label, tenths_of_mm};
pub use link::{Link, parse_link};
pub use malformed::Malformed;
pub use service::{issue, label, reprint};
pub use sign::{NotACodeKey, message, sign};

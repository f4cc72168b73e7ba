//! Codes: what stands in the QR on a label, how it is signed, checked and drawn.
//!
//! [`parse`] reads a raw path by one exact grammar, [`sign`] makes a signed code, [`Checker`] answers offline whether a registry
//! issued a code, [`Symbol`] draws it.
//!
//! What must stay true: a path that parses prints the same path; the signature covers host, product, lot and serial and
//! nothing else; nothing here touches a database, so a bad code costs none; the answer never says "genuine".

mod check;
mod checking;
mod draw;
mod grammar;
mod link;
mod malformed;
mod sign;

pub use check::{Checked, Checker, Fault, SignatureState, Standing};
pub use checking::Checking;
pub use draw::{DrawError, Mode, Segment, Symbol, TerminalInk, plan};
pub use grammar::{Code, CodeSignature, KeyPath, ProductKey, parse};
pub use link::{Link, parse_link};
pub use malformed::Malformed;
pub use sign::{NotACodeKey, message, sign};

//! Where a lot came from: its stages from the first to the last, through every lot that went into it.
//!
//! What must stay true: a stage that was not recorded is told as a gap, never filled in; who may not be named is not named
//! from here on, so that no page can do so by mistake.

mod model;
mod service;
pub mod store;

pub use model::{Gap, Origin, PublicParty, PublicPlace, Published, Shipped, Stage, may_be_named};
pub use service::origin;

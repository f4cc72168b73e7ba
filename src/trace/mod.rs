//! Where a lot came from and where it went: its stages from the first to the last, and the whole genealogy behind and before it.
//!
//! What must stay true: a stage that was not recorded is told as a gap, never filled in; who may not be named is not named
//! from here on, so that no page can do so by mistake.

mod closure;
mod graph;
mod model;
mod service;
mod share;
pub mod store;
mod told;

pub use closure::{Closure, Direction, closure};
pub use graph::{Graph, Node, Order, Part, Side, Told, Vertex};
pub use model::{Gap, Origin, PublicParty, PublicPlace, Published, Shipped, Stage, may_be_named};
pub use service::origin;
pub use share::{Amounts, Flow, MILLION, Shares, WHOLE, Way, contents, split};

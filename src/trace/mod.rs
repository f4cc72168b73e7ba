//! Where a lot came from and where it went: its stages from the first to the last, and the whole genealogy behind and before it.
//!
//! What must stay true: a stage that was not recorded is told as a gap, never filled in; who may not be named is not named
//! from here on, so that no page can do so by mistake.

pub mod api;
mod cases;
mod closure;
mod gaps;
mod graph;
mod model;
pub mod pages;
mod picture;
mod question;
mod report;
mod rows;
mod service;
mod share;
mod sheet;
mod sight;
pub mod store;
mod told;

pub use closure::{Closure, Direction, closure};
pub use gaps::Gap as Fault;
pub use graph::{Graph, Node, Order, Part, Side, Told, Vertex};
pub use model::{Gap, Origin, PublicParty, PublicPlace, Published, Shipped, Stage, may_be_named};
pub use picture::svg;
pub use question::{Asked, Error, MOST_PARTS, documents, trace};
pub use report::{End, Hand, Line, Sharing, Spent, StageKind, Standing, Trace, share_of};
pub use rows::{Cell, TABLES, Table};
pub use service::origin;
pub use share::{Amounts, Flow, MILLION, Shares, WHOLE, Way, contents, split};
pub use sheet::{csv, xlsx};
pub use sight::{SeenParty, SeenPlace, Sight};

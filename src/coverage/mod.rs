//! How far the city is: the roster of firms that the target counts, who stands behind its lines, and the ladder.
//!
//! What must stay true: numerator, denominator and day in every cell; unknown is a column of its own; a firm off the roster is in no
//! numerator; the same definition, roster, rows and day give the same report, byte for byte.

pub mod api;
mod definition;
mod export;
mod import;
mod ladder;
mod matching;
mod model;
pub mod pages;
mod service;
pub mod store;

pub use definition::{Definition, PlaceNeed, ProductNeed, definition, definitions};
pub use export::{not_covered_csv, off_roster_csv, report_csv};
pub use import::{Imported, read};
pub use ladder::{Cell, Lack, NotCovered, OffRoster, Report, Rungs, report};
pub use matching::{Matched, matched};
pub use model::*;
pub use service::*;

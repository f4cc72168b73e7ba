//! The SQL of traces: the stages of one lot, the genealogy, and what is told of its things.

mod detail;
mod lineage;
mod origin;

pub use detail::{
    accounts, arrivals_due, carriers, events, holdings, lots, parked, parties, places, things, written,
};
pub use lineage::{
    Content, PlaceNames, alias, ancestry, at_place, contents, has_units, made, makers, named,
    nodes_of_inputs, progeny, units, used_cases,
};
pub use origin::{MOST_STAGES, Stay, inputs, logged, stages};

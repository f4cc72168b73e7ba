//! The journal: what happened, as EPCIS 2.0 events with who, when, on whose behalf and how well it is proved.
//!
//! What must stay true: a row is never changed and never removed (the database itself refuses it); every row holds an event that
//! is valid against the EPCIS 2.0 schema; free text, which may name people, is not in the event but in the erasable table. Only
//! `chain` writes here.

pub mod api;
mod attributes;
pub mod epcis;
mod model;
pub mod query;
mod service;

pub mod store;
pub mod uri;

pub use api::epcis::{Paging, check_media_type, json as epcis_answer};
pub use attributes::attributes;
pub use model::{Event, Grade, Index, NewEvent, Order, Part, Role, Step};

pub use service::{Error, Shown, history, show};
pub use store::{
    Aggregation, Attribute, Breaching, Content, Grown, LetPass, Link, Parked, PointedOut, Side, Thing,
    ThingKind, Weighed, add_alias, add_attributes, add_breach, add_parts, aggregations, breaches_at,
    breaches_of, breaching, by_event_id, by_name, claimed, claiming, classes_with_prefix, contents,
    contents_of, correct, corrected_by, drop_breach, drop_breaches, drop_carried, drop_surplus,
    epcis as epcis_of, event, event_id_of, harvests_at, holders_of, insert, insert_thing, is_ancestor,
    is_corrected, is_parked, latest_on, let_pass, let_pass_again, link, lots_of, measured_since, merge_thing,
    nodes_of, of_lot, of_thing, override_breach, override_breaches, park, parts, point_out, pointed_out,
    put_contents, standing_breaches, stopped_at, thing, told, unlink, unpark, waiting, weighed,
    with_transaction,
};

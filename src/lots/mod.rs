//! Lots: a quantity of one product with one history, who holds how much of it, what is under way, and what is stopped.
//!
//! What must stay true: no holding goes below zero and no shipment is received beyond what was sent, whatever the concurrency
//! (guarded statements hold it, the row count being the verdict); declared = held + under way + sold; a lot is seen only
//! by the parties of its chain and by the authority. Only `chain` changes what lies here.

pub mod api;
mod differences;
mod entitlement;
pub mod flags;
mod model;
pub mod pages;
mod service;
pub mod store;

pub use api::lot_json;
pub use differences::{Difference, all_differences, differences};
pub use entitlement::{CodeAccount, share_of_codes, spread_codes};
pub use model::{
    Account, Arrival, Breach, Correction, DANGERS, Danger, Delivery, Direction, Doubts, Holding, Line, Lot,
    Movement, NewLot, NewShipment, Receiver, Shipment, Stop, Upstream, breach_key, cure_key,
};
pub use service::{
    Error, Hand, Passage, Sheet, Viewer, choices, in_hand, incoming, list, origins, outgoing, passage,
    receiver, receivers, search, show, viewer,
};
pub use store::{
    Reckoned, Spread, arrivals, arrivals_at, arrivals_of, arrive, by_code, by_short_code, came_from, came_to,
    carry, code_account, concerned, count_codes, danger, draw_codes, drop_carried_codes, earliest_days,
    enter, enter_fact, entitlement as entitled, find, hold, holding, in_the_chain, inherit_by, insert,
    insert_shipment, is_code_taken, is_in_chain, is_short_code_taken, moved, movements, of_product,
    origins_behind, override_origin, override_upstream, pass, recall, reckon, redate, redeclare, release,
    remove_shipment, return_codes, shipment, spread, stopped_for, take_back, take_back_arrivals, touch,
    under_way, used_case,
};

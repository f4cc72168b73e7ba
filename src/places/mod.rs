//! Where things happen: plots, greenhouses, packhouses, market stalls, shops; each of one party, each in a commune.
//!
//! What must stay true: a place is never deleted, because events name it; a closed place takes no new events; a place's number
//! never changes, and no GLN that it has, or had when something was told of it, belongs to
//! another place.

pub mod api;
mod model;
pub mod pages;
mod point;
mod service;
pub mod store;

pub use model::{NewPlace, Place, PlaceDraft, PlaceKind};
pub use point::Point;
pub use service::{Drawn, Error, add, change, close, list, of, show, taken_meanwhile};
pub use store::{by_gln, by_number, open_places, pass_gate, place, places_of_party, shut_gate};

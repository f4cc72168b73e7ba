//! Asking for events: the parameters of the standard's `SimpleEventQuery` (EPCIS 2.0 §8.2.7.1), read strictly, and what they find.
//!
//! What must stay true: a parameter that is not understood is refused by its name, never passed over; what is asked for is brought to
//! the form in which it is stored, so that an event is found by every spelling of what it says; nobody finds what is not
//! theirs to see; pages go on by key, so that nothing that was there is left out or told twice.

mod model;
mod named;
mod parameters;
mod pattern;
mod service;

pub use model::{
    Column, Comparison, Condition, Found, Order, Query, Resource, Roles, Sight, Test, Time, Token, Want,
};
pub use named::{Error as NamedQueryError, NamedQuery, add, all, named, remove};
pub use parameters::{Parameters, extensions_header};
pub use pattern::Pattern;
pub use service::{Error, Results, event, find, holds, values};

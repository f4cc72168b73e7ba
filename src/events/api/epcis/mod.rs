//! The REST binding of EPCIS 2.0 (GS1's OpenAPI) under `/epcis`: what is asked for, and how it is told. Capture itself stands with the
//! chain.
//!
//! What must stay true: every answer says which version it speaks; what cannot be understood is refused in the words of the standard
//! (`epcisException:…`) beside our own code; nothing is ever told in XML.

mod answer;
mod binding;
mod events;
mod queries;
mod resources;

pub use answer::{Paging, collection, json};
pub use binding::{binding, check_media_type, options};
pub use events::{event, list};
pub use queries::{add, all, remove, results, show};
pub use resources::{events_of, value, values};

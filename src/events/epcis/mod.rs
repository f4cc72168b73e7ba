//! EPCIS 2.0 events and the words of the Core Business Vocabulary 2.0 (GS1, JSON/JSON-LD binding) as types: what comes in is read
//! strictly, what goes out is valid against GS1's schema, and every event has a hash that others compute too.
//!
//! ```
//! use nguongoc::events::epcis::{self, Namespaces, What};
//! let value = serde_json::json!({
//!     "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping",
//!     "eventTime": "2026-11-23T08:30:00+07:00", "eventTimeZoneOffset": "+07:00",
//!     "epcList": ["https://id.gs1.org/01/09521234543213/21/7"],
//! });
//! let event = epcis::read(value.as_object().unwrap(), &Namespaces::default(), "").unwrap();
//! assert!(matches!(&event.what, What::Object { things, .. } if things.epcs.len() == 1));
//! assert!(epcis::hash(&event, &[]).ends_with("?ver=CBV2.0"));
//! ```
//!
//! What must stay true: reading, writing and reading again gives the same event and the same hash; a document is never read
//! whole into memory; nothing here fetches what a context names.

pub mod document;
mod hash;
mod model;
mod names;
mod own;
mod read;
mod scan;
mod sensor;
mod syntax;
mod uom;
mod word;
mod write;

pub use document::{Documents, Header, Kind};
pub use hash::{hash, pre_hash};
pub use model::{
    Action, BizTransaction, Destination, ErrorDeclaration, Event, Location, PersistentDisposition,
    QuantityElement, Source, Things, What,
};
pub use names::{CONTEXT, Namespaces};
pub use own::{Ilmd, Measure, Own};
pub use read::read;
pub use sensor::{SensorElement, SensorFields};
pub use word::{Vocabulary, Word};

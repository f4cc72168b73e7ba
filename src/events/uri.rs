//! The names of lots, places and parties in EPCIS events: GS1 Digital Link URIs where there is a GS1 key, else URIs under the
//! registry's own domain (ISO/IEC 18975: unique by domain).

use crate::kernel::{EventId, LotCode, PartyId};

/// The prefix of the registry's own words in events.
pub const VOCABULARY: &str = "urn:nguongoc:voc:";

/// The class of all goods of one lot: `https://HOST/01/GTIN/10/LOT`, or `https://HOST/P/NUMBER/L/LOT` without a GTIN.
///
/// ```
/// use nguongoc::{events::uri, kernel::LotCode};
/// let lot = LotCode::parse("HN-2611-07").unwrap();
/// assert_eq!(uri::lot_class("t.example.vn", None, "1000000014", &lot), "https://t.example.vn/P/1000000014/L/HN-2611-07");
/// ```
#[must_use]
pub fn lot_class(host: &str, gtin: Option<&str>, number: &str, lot: &LotCode) -> String {
    match gtin {
        Some(gtin) => format!("https://{host}/01/{gtin}/10/{lot}"),
        None => format!("https://{host}/P/{number}/L/{lot}"),
    }
}

/// A place: by its GLN, else by the registry's place number.
#[must_use]
pub fn place(host: &str, gln: Option<&str>, number: &str) -> String {
    match gln {
        Some(gln) => format!("https://{host}/414/{gln}"),
        None => format!("https://{host}/place/{number}"),
    }
}

/// A party: by its GLN, else by its id in the registry.
#[must_use]
pub fn party(host: &str, gln: Option<&str>, id: PartyId) -> String {
    match gln {
        Some(gln) => format!("https://{host}/417/{gln}"),
        None => format!("urn:nguongoc:party:{id}"),
    }
}

/// An event.
#[must_use]
pub fn event(id: EventId) -> String {
    format!("urn:uuid:{id}")
}

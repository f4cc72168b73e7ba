//! The names of lots, places and parties in EPCIS events: GS1 Digital Link URIs where there is a GS1 key, else URIs under the
//! registry's own domain (ISO/IEC 18975: unique by domain).

use crate::kernel::identifier::Identifier;
use crate::kernel::{CertificateId, EventId, Gln, LotCode, PartyId};
use crate::places::Place;
use crate::products::Product;

/// The prefix of the registry's own words in events.
pub const VOCABULARY: &str = "urn:nguongoc:voc:";

/// The class of all goods of one lot: `https://HOST/01/GTIN/10/LOT`, or `https://HOST/P/NUMBER/L/LOT` without a GTIN.
#[must_use]
pub fn lot_class(host: &str, product: &Product, lot: &LotCode) -> String {
    match &product.gtin {
        Some(gtin) => format!("https://{host}/01/{gtin}/10/{lot}"),
        None => format!("https://{host}/P/{}/L/{lot}", product.number),
    }
}

/// A place: by its GLN, else by the registry's place number.
#[must_use]
pub fn place(host: &str, place: &Place) -> String {
    match &place.gln {
        Some(gln) => format!("https://{host}/414/{gln}"),
        None => format!("https://{host}/place/{}", place.number),
    }
}

/// A party: by its GLN, else by its id in the registry.
#[must_use]
pub fn party(host: &str, gln: Option<&Gln>, id: PartyId) -> String {
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

/// A certificate of the registry.
#[must_use]
pub fn certificate(id: CertificateId) -> String {
    format!("urn:nguongoc:certificate:{id}")
}

/// The certificate of the registry that a URI names.
#[must_use]
pub fn certificate_of(uri: &str) -> Option<CertificateId> {
    uri.strip_prefix("urn:nguongoc:certificate:")?.parse().ok()
}

/// A thing by its name: a GS1 key or a number of the registry under the registry's host, anything else as it is.
#[must_use]
pub fn named(host: &str, name: &str) -> String {
    match Identifier::of_name(name) {
        Ok(_) => format!("https://{host}/{name}"),
        Err(_) => name.to_owned(),
    }
}

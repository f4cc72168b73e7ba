//! What a URI names: one type for the keys of GS1 and the registry's own product numbers, whichever spelling they came in.
//!
//! A thing of the trade is called by many: `https://shop.example/01/GTIN/21/X`, `urn:epc:id:sgtin:…`, the code on its label. All are read
//! into one [`Identifier`], and its [`name`](Identifier::name) is the one spelling under which the registry knows the thing.
//!
//! ```
//! use nguongoc::kernel::identifier::{Identifier, Kind, name_of};
//! let pack = Identifier::parse("https://shop.example/x/01/09520000000011/10/L7/21/4%2F5?17=261231", &[]).unwrap();
//! assert_eq!(pack.name(), "01/09520000000011/21/4%2F5");
//! assert_eq!(pack.canonical("t.example.vn"), "https://id.gs1.org/01/09520000000011/10/L7/21/4%2F5");
//! assert_eq!(pack.class().unwrap().name(), "01/09520000000011/10/L7");
//! assert_eq!(pack.kind(), Kind::Unit);
//! assert_eq!(name_of("urn:epc:id:sgln:952000.000000.0", &[]), "414/9520000000004");
//! assert_eq!(name_of("https://T.example.vn/p/1000000014/l/hn-7", &["t.example.vn"]), "P/1000000014/L/HN-7");
//! assert_eq!(name_of("urn:uuid:0", &[]), "urn:uuid:0");
//! ```
//!
//! What must stay true: two spellings of one thing have one name; a name reads back as what it names
//! ([`Identifier::of_name`]); numbers that mean something in one shop or one country only (restricted circulation) are no
//! identifiers, so that what two shops call alike is never taken for one thing.

mod component;
mod element;
mod link;
mod urn;

use std::fmt;

use super::gln::Gln;
use super::gtin::Gtin;
use super::lot_code::{LotCode, Serial};
use super::number::ProductNumber;
use super::problem::Problem;
use component::encode;
use element::PrimaryKey;

pub use component::Component;
pub use link::Link;

/// Where the canonical form of a GS1 key lives.
const GS1: &str = "id.gs1.org";
/// A host for reading names, which no resolver ever has (RFC 6761).
const NOWHERE: &str = "name.invalid";

/// What a URI names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identifier {
    /// A trade item, a lot of it, or one unit.
    Gtin {
        /// The trade item.
        gtin: Gtin,
        /// The consumer product variant (AI 22); no part of the name.
        variant: Option<Component>,
        /// The lot (AI 10).
        lot: Option<Component>,
        /// The serial (AI 21).
        serial: Option<Component>,
    },
    /// A product of this registry without a GTIN, a lot of it, or one unit.
    Product {
        /// The number of the product.
        number: ProductNumber,
        /// The lot.
        lot: Option<LotCode>,
        /// The serial.
        serial: Option<Serial>,
    },
    /// A logistic unit, such as a pallet: 18 digits (AI 00).
    Sscc(Component),
    /// A place (AI 414), with the part of it that is meant (AI 254).
    Place {
        /// The location number.
        gln: Gln,
        /// The extension, such as the plot.
        extension: Option<Component>,
    },
    /// A party (AI 417).
    Party(Gln),
    /// Any other key of GS1, or a key with a qualifier that the registry has no word for.
    Other(Key),
}

/// A key of GS1 that the registry only carries: a crate (8003), an asset (8004), a document (253), a coupon (255) …
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    ai: &'static str,
    value: Component,
    qualifiers: Vec<(&'static str, Component)>,
}

impl Key {
    /// The application identifier.
    #[must_use]
    pub fn ai(&self) -> &'static str {
        self.ai
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &str {
        self.value.as_str()
    }

    /// The value of a qualifier.
    #[must_use]
    pub fn qualifier(&self, ai: &str) -> Option<&Component> {
        self.qualifiers.iter().find(|(own, _)| *own == ai).map(|(_, value)| value)
    }

    fn kind(&self) -> Kind {
        let bare = |length: usize| self.value.as_str().len() <= length;
        match self.ai {
            "01" | "8006" if self.qualifier("21").or(self.qualifier("235")).is_some() => Kind::Unit,
            "8010" if self.qualifier("8011").is_some() => Kind::Unit,
            "8003" if bare(14) => Kind::Class,
            "8003" => Kind::Container,
            "01" | "8006" | "8010" | "8013" => Kind::Class,
            "253" | "255" if bare(13) => Kind::Class,
            "414" => Kind::Place,
            "417" => Kind::Party,
            _ => Kind::Other,
        }
    }
}

/// What kind of thing is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A product, or a lot of it: so and so much of something.
    Class,
    /// One thing with its own serial.
    Unit,
    /// One thing that holds others: a logistic unit, a returnable crate.
    Container,
    /// A place.
    Place,
    /// A party.
    Party,
    /// Something else, such as a document.
    Other,
}

impl Kind {
    /// The word of the kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Unit => "unit",
            Self::Container => "container",
            Self::Place => "place",
            Self::Party => "party",
            Self::Other => "other",
        }
    }
}

/// The name of what a URI names; the URI as given when it holds no identifier.
#[must_use]
pub fn name_of(uri: &str, own_hosts: &[&str]) -> String {
    Identifier::parse(uri, own_hosts).map_or_else(|_| uri.to_owned(), |identifier| identifier.name())
}

impl Identifier {
    /// Reads a Digital Link URI of any host, an EPC URN, or a URI of the registry's own products on one of its hosts.
    ///
    /// # Errors
    /// Of the URI: `link_scheme`, `link_host`, `link_no_key`, `urn_malformed`, `urn_scheme_unknown`. Of a part: `element_unknown`,
    /// `element_empty`, `element_character`, `element_malformed`, `element_twice`, `element_not_in_query`, `qualifier_misplaced`,
    /// `wrong_check_digit`, and those of [`Gtin`], [`Gln`], [`ProductNumber`], [`LotCode`].
    pub fn parse(uri: &str, own_hosts: &[&str]) -> Result<Self, Problem> {
        if urn::is_urn(uri) {
            return urn::read(uri);
        }
        Link::parse(uri, own_hosts).map(|link| link.identifier)
    }

    /// Reads a name back, such as one from a row.
    ///
    /// # Errors
    /// As [`Identifier::parse`]; `name_not_canonical` when it is another spelling of a name.
    pub fn of_name(name: &str) -> Result<Self, Problem> {
        let read = Self::parse(&format!("https://{NOWHERE}/{name}"), &[NOWHERE])?;
        if read.name() == name { Ok(read) } else { Err(Problem::new("name_not_canonical").value(name)) }
    }

    /// The name of the thing: its key path, constrained (one level only), without any host.
    #[must_use]
    pub fn name(&self) -> String {
        self.constrained().path()
    }

    /// The whole canonical URI: a GS1 key at `id.gs1.org`, a product number of this registry at `host`.
    #[must_use]
    pub fn canonical(&self, host: &str) -> String {
        let at = if matches!(self, Self::Product { .. }) { host } else { GS1 };
        format!("https://{at}/{}", self.path())
    }

    /// The same thing by its finest level alone: a lot is dropped when a serial is there, a variant always.
    #[must_use]
    pub fn constrained(&self) -> Self {
        match self {
            Self::Gtin { gtin, lot, serial, .. } => Self::Gtin {
                gtin: gtin.clone(),
                variant: None,
                lot: lot.clone().filter(|_| serial.is_none()),
                serial: serial.clone(),
            },
            Self::Product { number, lot, serial } => Self::Product {
                number: number.clone(),
                lot: lot.clone().filter(|_| serial.is_none()),
                serial: serial.clone(),
            },
            Self::Other(key) => {
                let mut key = key.clone();
                let unit = key.qualifier("21").is_some();
                key.qualifiers.retain(|(ai, _)| *ai != "22" && !(*ai == "10" && unit));
                Self::Other(key)
            }
            Self::Sscc(_) | Self::Place { .. } | Self::Party(_) => self.clone(),
        }
    }

    /// What a unit is one of: its lot when that is told, else its product. Nothing for what is no unit.
    #[must_use]
    pub fn class(&self) -> Option<Self> {
        match self {
            Self::Gtin { gtin, lot, serial: Some(_), .. } => {
                Some(Self::Gtin { gtin: gtin.clone(), variant: None, lot: lot.clone(), serial: None })
            }
            Self::Product { number, lot, serial: Some(_) } => {
                Some(Self::Product { number: number.clone(), lot: lot.clone(), serial: None })
            }
            Self::Other(key) if key.kind() == Kind::Unit && key.ai == "01" => self.product(),
            Self::Other(key) if key.kind() == Kind::Unit => {
                let mut key = key.clone();
                key.qualifiers.retain(|(ai, _)| *ai == "10");
                Some(Self::Other(key))
            }
            _ => None,
        }
    }

    /// The product that a lot or unit is of, or the product itself.
    #[must_use]
    pub fn product(&self) -> Option<Self> {
        match self {
            Self::Gtin { gtin, .. } => {
                Some(Self::Gtin { gtin: gtin.clone(), variant: None, lot: None, serial: None })
            }
            Self::Product { number, .. } => {
                Some(Self::Product { number: number.clone(), lot: None, serial: None })
            }
            Self::Other(key) if key.ai == "01" => {
                let gtin = Gtin::parse(key.value.as_str()).ok()?;
                Some(Self::Gtin { gtin, variant: None, lot: None, serial: None })
            }
            _ => None,
        }
    }

    /// What kind of thing is named.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Gtin { serial: Some(_), .. } | Self::Product { serial: Some(_), .. } => Kind::Unit,
            Self::Gtin { .. } | Self::Product { .. } => Kind::Class,
            Self::Sscc(_) => Kind::Container,
            Self::Place { .. } => Kind::Place,
            Self::Party(_) => Kind::Party,
            Self::Other(key) => key.kind(),
        }
    }

    /// The trade item number, where there is one.
    #[must_use]
    pub fn gtin(&self) -> Option<&Gtin> {
        match self {
            Self::Gtin { gtin, .. } => Some(gtin),
            _ => None,
        }
    }

    /// The lot as this registry writes lots; nothing when none is told, or when it is one that this registry cannot have.
    #[must_use]
    pub fn lot_code(&self) -> Option<LotCode> {
        match self {
            Self::Gtin { lot, .. } => lot.as_ref().and_then(Component::lot_code),
            Self::Product { lot, .. } => lot.clone(),
            _ => None,
        }
    }

    /// The serial, where one is told.
    #[must_use]
    pub fn serial(&self) -> Option<&str> {
        match self {
            Self::Gtin { serial, .. } => serial.as_ref().map(Component::as_str),
            Self::Product { serial, .. } => serial.as_ref().map(Serial::as_str),
            Self::Other(key) => {
                key.qualifier("21").or(key.qualifier("235")).or(key.qualifier("8011")).map(Component::as_str)
            }
            _ => None,
        }
    }

    /// The pairs of the path: application identifier (or `P`, `L`, `S`) and value, not encoded.
    #[must_use]
    pub fn elements(&self) -> Vec<(&'static str, &str)> {
        let first = |ai, value| vec![(ai, value)];
        let mut pairs = match self {
            Self::Gtin { gtin, .. } => first("01", gtin.as_str()),
            Self::Product { number, .. } => first("P", number.as_str()),
            Self::Sscc(digits) => first("00", digits.as_str()),
            Self::Place { gln, .. } => first("414", gln.as_str()),
            Self::Party(gln) => first("417", gln.as_str()),
            Self::Other(key) => first(key.ai, key.value.as_str()),
        };
        let more = match self {
            Self::Gtin { variant, lot, serial, .. } => {
                let value = Component::as_str;
                [
                    ("22", variant.as_ref().map(value)),
                    ("10", lot.as_ref().map(value)),
                    ("21", serial.as_ref().map(value)),
                ]
            }
            Self::Product { lot, serial, .. } => [
                ("L", lot.as_ref().map(LotCode::as_str)),
                ("S", serial.as_ref().map(Serial::as_str)),
                ("", None),
            ],
            Self::Place { extension, .. } => {
                [("254", extension.as_ref().map(Component::as_str)), ("", None), ("", None)]
            }
            _ => [("", None); 3],
        };
        pairs.extend(more.into_iter().filter_map(|(ai, value)| Some((ai, value?))));
        if let Self::Other(key) = self {
            pairs.extend(key.qualifiers.iter().map(|(ai, value)| (*ai, value.as_str())));
        }
        pairs
    }

    /// The whole key path, without a leading slash.
    #[must_use]
    pub fn path(&self) -> String {
        let pairs: Vec<String> =
            self.elements().into_iter().map(|(ai, value)| format!("{ai}/{}", encode(value))).collect();
        pairs.join("/")
    }
}

/// The name.
impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Puts a key and its qualifiers together; every value is checked here, whichever spelling it came from.
fn assemble(
    key: &'static PrimaryKey,
    value: &str,
    qualifiers: &[(&str, String)],
) -> Result<Identifier, Problem> {
    let digits = Component::parse(key.ai, value)?;
    let mut parts = Vec::with_capacity(qualifiers.len());
    let order = in_order(key, qualifiers)?;
    for (ai, value) in qualifiers {
        let ai = order.iter().copied().find(|own| own == ai).unwrap_or_default();
        parts.push((ai, Component::parse(ai, value)?));
    }
    let plain = |known: &[&str]| parts.iter().all(|(ai, _)| known.contains(ai));
    let of = |wanted: &str| parts.iter().find(|(ai, _)| *ai == wanted).map(|(_, value)| value.clone());
    Ok(match key.ai {
        "00" => Identifier::Sscc(digits),
        "01" => {
            let gtin = Gtin::parse(value)?;
            if plain(&["22", "10", "21"]) {
                Identifier::Gtin { gtin, variant: of("22"), lot: of("10"), serial: of("21") }
            } else {
                Identifier::Other(Key { ai: key.ai, value: digits, qualifiers: parts })
            }
        }
        "414" if plain(&["254"]) => Identifier::Place { gln: Gln::parse(value)?, extension: of("254") },
        "417" if parts.is_empty() => Identifier::Party(Gln::parse(value)?),
        ai => Identifier::Other(Key { ai, value: digits, qualifiers: parts }),
    })
}

/// The order that the qualifiers follow, each at most once.
fn in_order(
    key: &'static PrimaryKey,
    qualifiers: &[(&str, String)],
) -> Result<&'static [&'static str], Problem> {
    let mut wrong = None;
    for order in key.orders {
        let mut left = order.iter();
        match qualifiers.iter().find(|(ai, _)| !left.any(|own| own == ai)) {
            None => return Ok(order),
            Some((ai, _)) => wrong = wrong.or(Some(*ai)),
        }
    }
    match wrong.or(qualifiers.first().map(|(ai, _)| *ai)) {
        None => Ok(&[]),
        Some(ai) => Err(Problem::new("qualifier_misplaced").value(ai).arg("key", key.ai)),
    }
}

//! GS1 Digital Link URIs (syntax 1.6), and the registry's own form of them for products without a GTIN.
//!
//! What must stay true: the raw path is split before anything in it is decoded, so that a lot may hold a slash; the rightmost
//! valid key wins, whatever stem stands before it; the own form is understood on the own hosts only, because elsewhere it names
//! other things.

use std::collections::BTreeMap;

use super::component::{Component, decode, decode_query, encode};
use super::element::{self, PrimaryKey};
use super::{Identifier, assemble};
use crate::kernel::lot_code::{LotCode, Serial};
use crate::kernel::number::ProductNumber;
use crate::kernel::problem::Problem;

/// A Digital Link URI taken apart: what it identifies, and what else it says.
///
/// ```
/// use nguongoc::kernel::identifier::Link;
/// let link = Link::parse("https://shop.example/a/01/09520000000011/10/L7?17=261231&utm=x&15=261230", &[]).unwrap();
/// assert_eq!(link.identifier.name(), "01/09520000000011/10/L7");
/// assert_eq!(link.canonical("t.example.vn"), "https://id.gs1.org/01/09520000000011/10/L7?15=261230&17=261231");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it identifies.
    pub identifier: Identifier,
    /// The attributes of the query: application identifier → value.
    pub attributes: BTreeMap<String, String>,
}

impl Link {
    /// Reads a URI. On one of `own_hosts` the paths `/P/…` and `/1/SIGNATURE/P/…` are understood too, in any case.
    ///
    /// # Errors
    /// The problem that names the first rule that it breaks; see [`Identifier::parse`].
    pub fn parse(uri: &str, own_hosts: &[&str]) -> Result<Self, Problem> {
        let rest = ["https://", "http://", "HTTPS://", "HTTP://"]
            .iter()
            .find_map(|scheme| uri.strip_prefix(scheme))
            .ok_or_else(|| Problem::new("link_scheme").value(uri))?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let named = authority.rsplit('@').next().unwrap_or_default();
        let host = named.rsplit_once(':').map_or(named, |(host, _)| host);
        if host.is_empty() {
            return Err(Problem::new("link_host").value(uri));
        }
        let own = own_hosts
            .iter()
            .any(|known| known.eq_ignore_ascii_case(host) || known.eq_ignore_ascii_case(named));
        Self::read(path, query, own)
    }

    /// Reads the raw path and query of a request to this registry itself: as they came, not decoded.
    ///
    /// # Errors
    /// As [`Link::parse`].
    pub fn of_request(raw_path: &str, raw_query: Option<&str>) -> Result<Self, Problem> {
        Self::read(raw_path, raw_query, true)
    }

    fn read(path: &str, query: Option<&str>, own: bool) -> Result<Self, Problem> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let path = path.strip_prefix('/').ok_or_else(|| Problem::new("link_no_key").value(path))?;
        let identifier = if own { own_path(path)? } else { key_path(path)? };
        let attributes = attributes(&identifier, query.unwrap_or_default())?;
        Ok(Self { identifier, attributes })
    }

    /// The canonical form: at `id.gs1.org` (an own product number at `host`), attributes in order, nothing else.
    #[must_use]
    pub fn canonical(&self, host: &str) -> String {
        let mut uri = self.identifier.canonical(host);
        for (place, (ai, value)) in self.attributes.iter().enumerate() {
            uri.extend([if place == 0 { "?" } else { "&" }, ai, "=", &encode(value)]);
        }
        uri
    }
}

/// A path on an own host: below `/1/` and `/P/` small letters mean capitals.
fn own_path(path: &str) -> Result<Identifier, Problem> {
    if !path.starts_with("1/") && !path.starts_with("P/") && !path.starts_with("p/") {
        return key_path(path);
    }
    let folded = path.to_ascii_uppercase();
    let after_signature =
        folded.strip_prefix("1/").and_then(|rest| rest.split_once('/')).map(|(_, rest)| rest);
    match after_signature.unwrap_or(&folded).strip_prefix("P/") {
        Some(number) => product(number),
        None => key_path(&folded),
    }
}

/// `NUMBER[/L/LOT][/S/SERIAL]`: a product of this registry without a GTIN.
fn product(text: &str) -> Result<Identifier, Problem> {
    let mut parts = text.split('/');
    let number = parts.next().unwrap_or_default();
    if number.len() != 10 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Problem::new("number_malformed").value(number));
    }
    let number = ProductNumber::parse(number)?;
    let (mut lot, mut serial) = (None, None);
    while let Some(word) = parts.next() {
        let value = parts.next().unwrap_or_default();
        match word {
            "L" if lot.is_none() && serial.is_none() => lot = Some(LotCode::parse_strict(value)?),
            "S" if serial.is_none() => serial = Some(Serial::parse_strict(value)?),
            _ => return Err(Problem::new("qualifier_misplaced").value(word).arg("key", "P")),
        }
    }
    Ok(Identifier::Product { number, lot, serial })
}

/// The rightmost valid key of a path, with its qualifiers.
fn key_path(path: &str) -> Result<Identifier, Problem> {
    let segments: Vec<&str> = path.split('/').collect();
    let mut refused = None;
    // A key and its qualifiers are pairs up to the end, so a key stands an even number of segments from it.
    for pairs in 1..=segments.len() / 2 {
        let tail = segments.get(segments.len() - 2 * pairs..).unwrap_or_default();
        let Some((key, rest)) = tail.split_first().and_then(|(ai, rest)| Some((element::primary(ai)?, rest)))
        else {
            continue;
        };
        match pairs_of(key, rest) {
            Ok(identifier) => return Ok(identifier),
            Err(problem) => refused = Some(problem),
        }
    }
    Err(refused.unwrap_or_else(|| Problem::new("link_no_key").value(path)))
}

/// `rest` is the raw value of the key, then the raw qualifiers.
fn pairs_of(key: &'static PrimaryKey, rest: &[&str]) -> Result<Identifier, Problem> {
    let (value, pairs) = rest.split_first().map_or((&"", rest), |split| split);
    let mut qualifiers = Vec::new();
    for pair in pairs.chunks(2) {
        if let [ai, value] = pair {
            qualifiers.push((*ai, decode(value)));
        }
    }
    assemble(key, &decode(value), &qualifiers)
}

/// The attributes of the query. Names that are no numbers are somebody else's and are left alone.
fn attributes(identifier: &Identifier, query: &str) -> Result<BTreeMap<String, String>, Problem> {
    let mut attributes = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let Some(element) = element::element(name) else {
            return Err(Problem::new("element_unknown").value(name));
        };
        let path = identifier.elements();
        let of_key = path.first().and_then(|(ai, _)| element::primary(ai));
        let qualifier = of_key.is_some_and(|key| key.orders.iter().any(|order| order.contains(&name)));
        if qualifier || !element.attribute {
            return Err(Problem::new("element_not_in_query").value(name));
        }
        if attributes.contains_key(name) || path.iter().any(|(ai, _)| *ai == name) {
            return Err(Problem::new("element_twice").value(name));
        }
        let value = Component::parse(name, &decode_query(raw))?;
        attributes.insert(name.to_owned(), value.as_str().to_owned());
    }
    Ok(attributes)
}

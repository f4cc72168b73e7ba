//! Patterns of things: one thing by any of its spellings, everything of a product or lot, everything of a company.

use crate::kernel::Problem;
use crate::kernel::identifier::{Identifier, Kind};

/// A set of things by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The thing of this name, whatever kind of thing it is.
    Name(String),
    /// All things whose names begin so.
    Begins(String),
    /// All things whose names begin with the first, one digit, and the second.
    Led(&'static str, String),
    /// The units of the class with this name.
    UnitsOf(String),
}

/// The schemes of patterns by company: the key before the digits of the company, and whether a digit stands before those.
const SCHEMES: [(&str, &str, bool); 11] = [
    ("sgtin", "01/", true),
    ("lgtin", "01/", true),
    ("upui", "01/", true),
    ("sscc", "00/", true),
    ("sgln", "414/", false),
    ("grai", "8003/0", false),
    ("giai", "8004/", false),
    ("gdti", "253/", false),
    ("gsrn", "8018/", false),
    ("gsrnp", "8017/", false),
    ("cpi", "8010/", false),
];

/// Reads an EPC URN, a pattern of EPC URNs, a Digital Link or another URI: all that it stands for among classes, or among things that are
/// told one by one.
///
/// # Errors
/// Those of [`Identifier::parse`] for an EPC URN; `query_uri_expected` for what is no URI.
pub(super) fn read(text: &str, classes: bool, own_hosts: &[&str]) -> Result<Vec<Pattern>, Problem> {
    if let Some(pattern) = wild(text) {
        return Ok(vec![pattern]);
    }
    // A lot's class under any lot is written as a URN of its own.
    let lots = text
        .strip_prefix("urn:epc:class:lgtin:")
        .or_else(|| text.strip_prefix("urn:epc:idpat:lgtin:"))
        .filter(|rest| rest.ends_with(".*"));
    if let Some(rest) = lots {
        let product = Identifier::parse(&format!("urn:epc:idpat:sgtin:{rest}"), own_hosts)?;
        return Ok(vec![Pattern::Begins(format!("{}/10/", product.name()))]);
    }
    match Identifier::parse(text, own_hosts) {
        Ok(identifier) => Ok(of(&identifier, text.starts_with("urn:epc:idpat:"), classes)),
        Err(problem) if text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("urn:epc:")) => {
            Err(problem)
        }
        Err(_) if text.contains(':') => Ok(vec![Pattern::Name(text.to_owned())]),
        Err(_) => Err(Problem::new("query_uri_expected").value(text)),
    }
}

fn of(identifier: &Identifier, pattern: bool, classes: bool) -> Vec<Pattern> {
    let name = identifier.name();
    let lot = match identifier {
        Identifier::Gtin { lot, serial: None, .. } => Some(lot.is_some()),
        Identifier::Product { lot, serial: None, .. } => Some(lot.is_some()),
        _ => None,
    };
    let (lots, units) =
        if matches!(identifier, Identifier::Product { .. }) { ("L", "S") } else { ("10", "21") };
    match (lot, classes) {
        (Some(true), false) => vec![Pattern::UnitsOf(name.clone()), Pattern::Name(name)],
        (Some(false), false) => vec![Pattern::Begins(format!("{name}/{units}/")), Pattern::Name(name)],
        (Some(false), true) => vec![Pattern::Begins(format!("{name}/{lots}/")), Pattern::Name(name)],
        // Every serial of an asset, every part of a place: the serial belongs to the same number.
        _ if pattern && identifier.kind() == Kind::Place => {
            vec![Pattern::Begins(format!("{name}/")), Pattern::Name(name)]
        }
        _ if pattern => vec![Pattern::Begins(name)],
        _ => vec![Pattern::Name(name)],
    }
}

/// A pattern that names at most the company.
fn wild(text: &str) -> Option<Pattern> {
    let rest = text.strip_prefix("urn:epc:idpat:").or_else(|| text.strip_prefix("urn:epc:class:"))?;
    let (scheme, fields) = rest.split_once(':')?;
    let (company, others) = fields.split_once('.')?;
    let (_, head, led) = SCHEMES.iter().find(|(name, ..)| *name == scheme)?;
    if !others.split('.').all(|field| field == "*") {
        return None;
    }
    match company {
        "*" => Some(Pattern::Begins((*head).to_owned())),
        digits if (6..=12).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(if *led {
                Pattern::Led(head, digits.to_owned())
            } else {
                Pattern::Begins(format!("{head}{digits}"))
            })
        }
        _ => None,
    }
}

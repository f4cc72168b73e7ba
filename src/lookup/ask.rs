//! From the raw path of a request to a question that is worth the database's time. Pure: a bad code ends here.
//!
//! What must stay true: nothing is decoded or normalised; a signature is checked before anything is looked up; the host is
//! that of the key list, never that of the request.

use super::model::Asked;
use super::units::AskedUnit;
use crate::codes::{Checker, Code, Malformed, ProductKey, SignatureState, parse, parse_link};
use crate::kernel::identifier::Link;
use crate::kernel::{Gtin, Identifier, LotCode, Problem, ProductNumber, ShortCode};
use std::borrow::Cow;

/// Why a code is not looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no code.
    Malformed {
        /// Which rule it breaks.
        reason: Malformed,
        /// Whether it claims to be signed.
        signed: bool,
    },
    /// It is no identifier of anything.
    Identifier(Problem),
    /// It is no short code.
    ShortCode(Problem),
    /// The key that it names did not sign it.
    Signature,
    /// Nobody here knows the key that it names.
    UnknownKey,
    /// It is a code of another registry.
    OtherHost,
    /// Nothing was typed.
    Empty,
}

impl Refusal {
    /// What the signature is, as the answer tells it.
    #[must_use]
    pub fn signature(&self) -> SignatureState {
        match self {
            Self::Malformed { signed: true, .. } | Self::Signature => SignatureState::Invalid,
            Self::Malformed { .. } | Self::Identifier(_) | Self::ShortCode(_) | Self::Empty => {
                SignatureState::Absent
            }
            Self::UnknownKey | Self::OtherHost => SignatureState::UnknownKey,
        }
    }
}

fn read(path: &str) -> Result<Code, Refusal> {
    parse(path).map_err(|reason| Refusal::Malformed { reason, signed: path.starts_with("/1/") })
}

/// A question that may be put to the database.
#[derive(Clone, Debug)]
pub struct Question {
    /// How it was asked.
    pub asked: Asked,
    /// Which lot.
    pub which: Which,
    /// Which unit, for the code of one.
    pub unit: Option<AskedUnit>,
}

/// Which lot is meant.
#[derive(Clone, Debug)]
pub enum Which {
    /// The one of this short code.
    Short(ShortCode),
    /// This lot of this product.
    OfProduct(ProductKey, LotCode),
    /// None: a label printed before its lot was known, and not yet put to one.
    NoLot,
}

/// The path in the one form under which its answer is kept: capitals where capitals are meant.
#[must_use]
pub fn canonical(raw_path: &str) -> Cow<'_, str> {
    let folds = raw_path.starts_with("/1/") || raw_path.starts_with("/P/") || raw_path.starts_with("/p/");
    if folds && raw_path.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(raw_path.to_ascii_uppercase())
    } else {
        Cow::Borrowed(raw_path)
    }
}

/// Reads and verifies a signed code.
///
/// # Errors
/// [`Refusal`] when it is no code, or nobody here signed it.
pub fn signed(path: &str, checker: Option<&Checker>) -> Result<Question, Refusal> {
    let code = read(path)?;
    // Without a key list nobody's signature is known.
    let (signature, key) =
        checker.map_or((SignatureState::UnknownKey, None), |checker| checker.signature(&code));
    match signature {
        SignatureState::Valid | SignatureState::CompromisedKey => {}
        SignatureState::UnknownKey => return Err(Refusal::UnknownKey),
        SignatureState::Invalid | SignatureState::Absent => return Err(Refusal::Signature),
    }
    let asked = Asked::Signed {
        path: path.to_owned(),
        key_path: code.key_path().as_str().to_owned(),
        serial: code.serial().map(|serial| serial.as_str().to_owned()),
        signature,
        key: key.map(|listed| listed.key().name().to_string()),
    };
    Ok(Question { asked, which: which(&code), unit: AskedUnit::of(&code) })
}

/// Reads the raw path and query of an unsigned code: what it identifies. One trailing slash is nobody's fault.
///
/// # Errors
/// [`Refusal::Identifier`] names the rule that it breaks.
pub fn unsigned(raw_path: &str, raw_query: Option<&str>) -> Result<Identifier, Refusal> {
    Link::of_request(raw_path, raw_query).map(|link| link.identifier).map_err(Refusal::Identifier)
}

/// What a signed code identifies, after [`signed`] has let it pass. The query of a signed address means nothing.
///
/// # Errors
/// As [`unsigned`].
pub fn identified(path: &str) -> Result<Identifier, Refusal> {
    unsigned(path, None)
}

/// Reads the code in the path of a product's page: 14 digits of a GTIN or 10 of a product number, in this one spelling.
///
/// # Errors
/// [`Refusal::Identifier`].
pub fn product_path(path: &str) -> Result<ProductKey, Refusal> {
    let text = path.strip_prefix("/product/").unwrap_or(path);
    let read = match (text.len(), text.bytes().all(|byte| byte.is_ascii_digit())) {
        (14, true) => Gtin::parse(text).map(ProductKey::Gtin),
        (10, true) => ProductNumber::parse(text).map(ProductKey::Number),
        _ => Err(Problem::new("number_malformed").value(text)),
    };
    read.map_err(Refusal::Identifier)
}

fn short(text: &str) -> Result<Question, Refusal> {
    let short = ShortCode::parse(text).map_err(Refusal::ShortCode)?;
    Ok(Question { asked: Asked::Short, which: Which::Short(short), unit: None })
}

/// Reads the path of a landing page: `/lot/` and ten digits, in this one spelling, so that an answer is kept once.
///
/// # Errors
/// [`Refusal::ShortCode`].
pub fn short_path(path: &str) -> Result<Question, Refusal> {
    let text = path.strip_prefix("/lot/").unwrap_or(path);
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { short(text) } else { Err(Refusal::ShortCode(Problem::new("number_malformed").value(text))) }
}

fn which(code: &Code) -> Which {
    match code.lot() {
        Some(lot) => Which::OfProduct(code.product().clone(), lot.clone()),
        None => Which::NoLot,
    }
}

/// Where to look for what a person typed or pasted: a path of this site.
///
/// A short code may hold spaces and points. An address must be one of this registry's hosts; a code's path alone is
/// understood too.
///
/// # Errors
/// [`Refusal`] in the words of what it seems to be.
pub fn typed(text: &str, hosts: &[&str]) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    let lower = text.to_ascii_lowercase();
    let path = if lower.starts_with("https://") || lower.starts_with("http://") {
        let rest = text.get(lower.find("//").map_or(0, |at| at + 2)..).unwrap_or_default();
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let rest = rest.get(..end).unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority.split(':').next().unwrap_or_default();
        if !hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) {
            // Told apart from rubbish: a code may be perfectly good where it belongs.
            return Err(match parse_link(text) {
                Ok(_) => Refusal::OtherHost,
                Err(reason) => Refusal::Malformed { reason, signed: false },
            });
        }
        path
    } else if text.starts_with('/') {
        text
    } else {
        let short = ShortCode::parse(text).map_err(Refusal::ShortCode)?;
        return Ok(format!("/lot/{short}"));
    };
    if let Some(short) = path.strip_prefix("/lot/") {
        let short = ShortCode::parse(short).map_err(Refusal::ShortCode)?;
        return Ok(format!("/lot/{short}"));
    }
    let path = canonical(path);
    read(&path)?;
    Ok(path.into_owned())
}

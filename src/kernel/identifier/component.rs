//! The characters of GS1 values, and how they are written into a URI and read out of one.

use std::fmt;
use std::fmt::Write as _;

use super::element;
use crate::kernel::lot_code::{LotCode, Serial};
use crate::kernel::problem::Problem;

/// A set of characters (General Specifications §7.11).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    Digits,
    /// Letters, digits and 20 signs.
    Cset82,
    /// Capitals, digits, `#`, `-`, `/`.
    Cset39,
    /// Base64 for URLs.
    Base64,
}

impl Set {
    pub(super) const fn holds(self, c: char) -> bool {
        match self {
            Self::Digits => c.is_ascii_digit(),
            Self::Cset82 => c.is_ascii_alphanumeric() || matches!(c, '!' | '"' | '%'..='/' | ':'..='?' | '_'),
            Self::Cset39 => c.is_ascii_digit() || c.is_ascii_uppercase() || matches!(c, '#' | '-' | '/'),
            Self::Base64 => c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '='),
        }
    }
}

/// A value that others gave: a lot, a serial, an extension. Longer and wilder than this registry's own codes.
///
/// ```
/// use nguongoc::kernel::identifier::Component;
/// let lot = Component::parse("10", "ab/12").unwrap();
/// assert_eq!((lot.as_str(), lot.encoded().as_str()), ("ab/12", "ab%2F12"));
/// assert_eq!(lot.lot_code(), None);
/// assert_eq!(Component::parse("10", "rau muống").unwrap_err().code, "element_character");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Component(String);

impl Component {
    /// Takes a value as one of this application identifier.
    ///
    /// # Errors
    /// `element_unknown`, `element_empty`, `element_character`, `element_malformed`, `wrong_check_digit`.
    pub fn parse(ai: &str, value: &str) -> Result<Self, Problem> {
        element::check(ai, value)?;
        Ok(Self(value.to_owned()))
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value as it stands in a URI.
    #[must_use]
    pub fn encoded(&self) -> String {
        encode(&self.0)
    }

    /// The value as a lot code of this registry, where it is one.
    #[must_use]
    pub fn lot_code(&self) -> Option<LotCode> {
        LotCode::parse_strict(&self.0).ok()
    }

    /// The value as a serial of this registry, where it is one.
    #[must_use]
    pub fn serial(&self) -> Option<Serial> {
        Serial::parse_strict(&self.0).ok()
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes a value so that it can stand in a path or query: all but `A-Za-z0-9-._~` percent-encoded.
pub(super) fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Reads a value from a path: `%2F` becomes a slash, a plus sign stays one, a malformed escape stays as it is.
pub(super) fn decode(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = match escaped {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    // What is no UTF-8 becomes a character that no set holds.
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a value from a query, where a plus sign is a space.
pub(super) fn decode_query(raw: &str) -> String {
    decode(&raw.replace('+', " "))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

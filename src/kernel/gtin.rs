//! The Global Trade Item Number of a product, always held as 14 digits.
//!
//! What must stay true: the check digit is right, and the number can identify a product anywhere: numbers that a shop or a
//! country may use for itself (restricted circulation, GS1 General Specifications §1.4) and coupons are refused.

use std::fmt;

use super::check_digit;
use super::problem::Problem;
use super::text_form::text_form;

/// A GTIN in its 14-digit form.
///
/// ```
/// use nguongoc::kernel::Gtin;
/// assert_eq!(Gtin::parse("9520000000012").unwrap_err().code, "wrong_check_digit");
/// assert_eq!(Gtin::parse("952 0000 000011").unwrap().as_str(), "09520000000011");
/// assert_eq!(Gtin::parse("2012345678903").unwrap_err().code, "gtin_restricted");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gtin(String);

impl Gtin {
    /// Reads 8, 12, 13 or 14 digits; spaces and hyphens between them are ignored.
    ///
    /// # Errors
    /// `gtin_malformed`, `gtin_length`, `gtin_zero`, `wrong_check_digit`, `gtin_restricted`, `gtin_coupon`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let digits = digits_of(text).ok_or_else(|| Problem::new("gtin_malformed").value(text))?;
        if !matches!(digits.len(), 8 | 12 | 13 | 14) {
            return Err(Problem::new("gtin_length").value(text).arg("count", digits.len()));
        }
        let gtin = format!("{digits:0>14}");
        if gtin.bytes().all(|b| b == b'0') {
            return Err(Problem::new("gtin_zero").value(text));
        }
        require_check_digit(&gtin, text)?;
        if is_restricted(&gtin) {
            return Err(Problem::new("gtin_restricted").value(text));
        }
        if is_coupon(&gtin) {
            return Err(Problem::new("gtin_coupon").value(text));
        }
        Ok(Self(gtin))
    }

    /// The 14 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_form!(Gtin, Gtin::parse);

/// The digits of a number as people write it, with spaces and hyphens left out; nothing when anything else stands in it.
pub(super) fn digits_of(text: &str) -> Option<String> {
    let kept: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}'))
        .collect();
    (!kept.is_empty() && kept.bytes().all(|b| b.is_ascii_digit())).then_some(kept)
}

/// Refuses digits whose last is not their GS1 check digit, and says which it should be.
pub(super) fn require_check_digit(digits: &str, given: &str) -> Result<(), Problem> {
    if check_digit::verify(digits) {
        return Ok(());
    }
    let last = digits.get(digits.len().saturating_sub(1)..).unwrap_or_default();
    let expected = check_digit::expected(digits).unwrap_or_default();
    Err(Problem::new("wrong_check_digit").value(given).arg("given", last).arg("expected", expected))
}

/// Numbers for use inside one company or region: GTIN-8 beginning with 0 or 2, 13-digit forms beginning with 02, 04, 20–29.
fn is_restricted(gtin: &str) -> bool {
    let (Some(prefix), Some(body)) = (gtin.get(1..3), gtin.get(1..)) else {
        return true;
    };
    match body.strip_prefix("00000") {
        Some(eight) => eight.starts_with(['0', '2']),
        None => matches!(prefix, "02" | "04") || prefix.starts_with('2'),
    }
}

/// Coupons and refund receipts: 13-digit forms beginning with 05, 980–984 or 99.
fn is_coupon(gtin: &str) -> bool {
    let prefix = gtin.get(1..4).unwrap_or_default();
    prefix.starts_with("05")
        || prefix.starts_with("99")
        || matches!(prefix, "980" | "981" | "982" | "983" | "984")
}

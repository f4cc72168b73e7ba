//! The Global Location Number of a party or place: 13 digits, the last a GS1 check digit. It is optional everywhere.

use std::fmt;

use super::gtin::{digits_of, require_check_digit};
use super::problem::Problem;
use super::text_form::text_form;

/// A GLN with a right check digit.
///
/// ```
/// use nguongoc::kernel::Gln;
/// assert_eq!(Gln::parse("952-0000-000004").unwrap().as_str(), "9520000000004");
/// assert_eq!(Gln::parse("9520000000002").unwrap_err().code, "wrong_check_digit");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gln(String);

impl Gln {
    /// Reads 13 digits; spaces and hyphens between them are ignored.
    ///
    /// # Errors
    /// `gln_malformed`, `gln_zero`, `wrong_check_digit`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let digits = digits_of(text)
            .filter(|digits| digits.len() == 13)
            .ok_or_else(|| Problem::new("gln_malformed").value(text))?;
        if digits.bytes().all(|b| b == b'0') {
            return Err(Problem::new("gln_zero").value(text));
        }
        require_check_digit(&digits, text)?;
        Ok(Self(digits))
    }

    /// The 13 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Gln {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_form!(Gln, Gln::parse);

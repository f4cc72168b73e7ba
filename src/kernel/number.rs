//! The registry's own 10-digit numbers: for products and places without a GS1 key, and the short code typed from a label.
//!
//! What must stay true: the last digit is the GS1 mod-10 check digit, and the first tells the kind (1 product, 2 place, 3–9 short
//! code), so that a number typed into the wrong box is recognised as such.

use std::fmt;

use super::check_digit;
use super::gtin::{digits_of, require_check_digit};
use super::problem::Problem;
use super::text_form::text_form;

/// How many numbers share a first digit.
const PER_KIND: u64 = 100_000_000;

/// Reads ten digits, with spaces, points and hyphens between them, and checks the last.
fn ten_digits(text: &str) -> Result<String, Problem> {
    let digits = digits_of(&text.replace('.', " "))
        .filter(|digits| digits.len() == 10)
        .ok_or_else(|| Problem::new("number_malformed").value(text))?;
    require_check_digit(&digits, text)?;
    Ok(digits)
}

/// Completes a first digit and eight digits from a seed with the check digit.
fn complete(first: u64, seed: u64) -> String {
    let digits = format!("{first}{:08}", seed % PER_KIND);
    let check = check_digit::compute(&digits).unwrap_or_default();
    format!("{digits}{check}")
}

/// Makes the type of one kind of number.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident, first: $first:pat, wrong: $wrong:expr, seed: |$seed:ident| $make:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Reads ten digits; spaces, points and hyphens between them are ignored.
            ///
            /// # Errors
            /// `number_malformed`, `wrong_check_digit`, and a problem of its own when the number is of another kind.
            pub fn parse(text: &str) -> Result<Self, Problem> {
                let digits = ten_digits(text)?;
                if matches!(digits.as_bytes().first(), Some($first)) {
                    Ok(Self(digits))
                } else {
                    Err($wrong.value(text))
                }
            }

            /// Makes a number from randomness; the caller asks again when it is already taken.
            #[must_use]
            pub fn from_seed($seed: u64) -> Self {
                Self($make)
            }

            /// The ten digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        text_form!($name, $name::parse);
    };
}

number! {
    /// The number of a product that has no GTIN; it begins with 1.
    ///
    /// ```
    /// use nguongoc::kernel::ProductNumber;
    /// assert_eq!(ProductNumber::parse("10000.000-14").unwrap().as_str(), "1000000014");
    /// assert_eq!(ProductNumber::parse("1000000015").unwrap_err().code, "wrong_check_digit");
    /// ```
    ProductNumber,
    first: b'1',
    wrong: Problem::new("product_number_wrong_kind"),
    seed: |seed| complete(1, seed)
}

number! {
    /// The number of a place that has no GLN; it begins with 2.
    PlaceNumber,
    first: b'2',
    wrong: Problem::new("place_number_wrong_kind"),
    seed: |seed| complete(2, seed)
}

number! {
    /// The short code of a lot, printed beside the QR for typing; it begins with 3–9.
    ShortCode,
    first: b'3'..=b'9',
    wrong: Problem::new("short_code_wrong_kind"),
    seed: |seed| complete(3 + seed % 7, seed / 7)
}

impl ShortCode {
    /// In groups, as printed for eyes: `3456 789 012`.
    #[must_use]
    pub fn grouped(&self) -> String {
        match (self.0.get(..4), self.0.get(4..7), self.0.get(7..)) {
            (Some(first), Some(second), Some(third)) => format!("{first} {second} {third}"),
            _ => self.0.clone(),
        }
    }
}

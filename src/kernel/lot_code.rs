//! Lot codes and serials: 1–20 characters of `0-9`, `A-Z` and `-`, the set that keeps a QR small and survives a GS1 Digital Link.
//!
//! What must stay true: a code that a person typed is brought to capitals; one from a signed path is not touched, because other
//! bytes were not signed.

use std::fmt;

use super::problem::Problem;
use super::text_form::text_form;

const LONGEST: usize = 20;

fn strict(text: &str) -> Result<String, Problem> {
    let count = text.chars().count();
    if count == 0 {
        return Err(Problem::new("lot_code_empty"));
    }
    let refused = |c: &char| !matches!(c, '0'..='9' | 'A'..='Z' | '-');
    if let Some(character) = text.chars().find(refused) {
        return Err(Problem::new("lot_code_character")
            .value(text)
            .arg("character", character.escape_debug()));
    }
    if count > LONGEST {
        return Err(Problem::new("lot_code_too_long")
            .value(text)
            .arg("count", count)
            .arg("longest", LONGEST));
    }
    Ok(text.to_owned())
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Reads what a person typed: outer spaces are dropped and small letters become capitals.
            ///
            /// # Errors
            /// `lot_code_empty`, `lot_code_character`, `lot_code_too_long`.
            pub fn parse(text: &str) -> Result<Self, Problem> {
                strict(&text.trim().to_ascii_uppercase()).map(Self)
            }

            /// Reads a code that must already be in its form, such as one from a path, a row or JSON.
            ///
            /// # Errors
            /// As [`Self::parse`]; small letters and spaces are wrong characters here.
            pub fn parse_strict(text: &str) -> Result<Self, Problem> {
                strict(text).map(Self)
            }

            /// The code itself.
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

        text_form!($name, $name::parse_strict);
    };
}

code! {
    /// The code of a lot, unique for its product.
    ///
    /// ```
    /// use nguongoc::kernel::LotCode;
    /// assert_eq!(LotCode::parse(" hn-2611-07 ").unwrap().as_str(), "HN-2611-07");
    /// assert_eq!(LotCode::parse_strict("hn-2611-07").unwrap_err().code, "lot_code_character");
    /// ```
    LotCode
}

code! {
    /// The serial of one pack, unique for its product.
    Serial
}

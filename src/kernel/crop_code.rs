//! Codes of crops: `rau_muong`, `ca_chua`. Seasons, sprays, bands and products name a crop by it.
//!
//! What must stay true: a code is small letters of ASCII, digits and single underscores, so that it looks the same in a URL, a
//! column and a file; it says nothing of its own and never changes its meaning.

use std::fmt;

use super::problem::Problem;
use super::text_form::text_form;

/// The longest code.
const LONGEST: usize = 40;

/// The code of a crop on the authority's list.
///
/// ```
/// use nguongoc::kernel::CropCode;
/// assert_eq!(CropCode::parse(" rau_muong ").unwrap().as_str(), "rau_muong");
/// assert_eq!(CropCode::parse("Rau muống").unwrap_err().code, "crop_code_malformed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CropCode(String);

impl CropCode {
    /// Reads a code.
    ///
    /// # Errors
    /// `crop_code_malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let code = text.trim();
        let words = |code: &str| code.split('_').all(|word| !word.is_empty());
        let plain = code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let begins = code.starts_with(|c: char| c.is_ascii_lowercase());
        if plain && begins && words(code) && (2..=LONGEST).contains(&code.len()) {
            Ok(Self(code.to_owned()))
        } else {
            Err(Problem::new("crop_code_malformed").value(text).arg("longest", LONGEST))
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for CropCode {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CropCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_form!(CropCode, CropCode::parse);

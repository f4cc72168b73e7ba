//! The tax (enterprise) number of a party.
//!
//! What must stay true: a household's number is its owner's personal id. It is personal data, so it is masked in `Debug`, in
//! problems and on pages, and the type has neither `Display` nor `Serialize`: whoever writes it out asks for it by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::gtin::digits_of;
use super::problem::Problem;

/// The weights of the first nine digits.
const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];

/// A number that passed its check, in canonical form.
///
/// ```
/// use nguongoc::kernel::TaxNumber;
/// assert_eq!(TaxNumber::parse("0314409058002").unwrap().as_str(), "0314409058-002");
/// assert_eq!(TaxNumber::parse("0100233489").unwrap_err().code, "tax_wrong_check_digit");
/// let household = TaxNumber::parse("001085012345").unwrap();
/// assert_eq!(format!("{household:?}"), "Personal(•••••••••345)");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TaxNumber {
    /// An enterprise or co-operative: 10 digits.
    Enterprise(Digits),
    /// A branch: 10 digits, a hyphen, and 001–999.
    Branch(Digits),
    /// A household: the 12 digits of its owner's personal id.
    Personal(Digits),
}

/// The text of a checked tax number; only [`TaxNumber::parse`] makes one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digits(String);

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl TaxNumber {
    /// Reads 10 digits, 10-3 digits (the hyphen may be missing) or 12 digits; spaces are ignored.
    ///
    /// # Errors
    /// `tax_malformed`, `tax_wrong_check_digit`, `tax_branch_zero`, `personal_id_malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let digits = digits_of(text).unwrap_or_default();
        let malformed = || Problem::new("tax_malformed").value(shown(text));
        match digits.len() {
            10 => {
                require_check_digit(&digits, text)?;
                Ok(Self::Enterprise(Digits(digits)))
            }
            13 => {
                let (number, branch) = digits.split_at_checked(10).ok_or_else(malformed)?;
                require_check_digit(number, text)?;
                if branch == "000" {
                    return Err(Problem::new("tax_branch_zero").value(shown(text)));
                }
                Ok(Self::Branch(Digits(format!("{number}-{branch}"))))
            }
            12 if is_personal_id(&digits) => Ok(Self::Personal(Digits(digits))),
            12 => Err(Problem::new("personal_id_malformed").value(shown(text))),
            _ => Err(malformed()),
        }
    }

    /// The whole number in canonical form. For a household this is personal data: see [`TaxNumber::is_personal`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Enterprise(digits) | Self::Branch(digits) | Self::Personal(digits) => &digits.0,
        }
    }

    /// Whether the number is a person's id, so that it is never published.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        matches!(self, Self::Personal(_))
    }

    /// The form for pages and logs: a personal number shows its last three digits only, others stand in full.
    #[must_use]
    pub fn masked(&self) -> String {
        if self.is_personal() { mask(self.as_str()) } else { self.as_str().to_owned() }
    }
}

impl fmt::Debug for TaxNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Enterprise(_) => "Enterprise",
            Self::Branch(_) => "Branch",
            Self::Personal(_) => "Personal",
        };
        write!(f, "{kind}({})", self.masked())
    }
}

impl FromStr for TaxNumber {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for TaxNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The check digit is 10 − (Σ digit·weight mod 11); a result of 10 makes the number impossible.
fn require_check_digit(number: &str, given: &str) -> Result<(), Problem> {
    let sum: u32 = number.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let expected = 10 - sum % 11;
    let last = number.bytes().last().map(|digit| u32::from(digit - b'0'));
    if expected < 10 && last == Some(expected) {
        return Ok(());
    }
    Err(Problem::new("tax_wrong_check_digit").value(shown(given)))
}

/// A personal id begins with a province code (three digits, 001–096), then one digit for century and sex (0–9), then the
/// year of birth and six digits without a check digit; only the first part can be judged.
fn is_personal_id(digits: &str) -> bool {
    let province = digits.get(..3).and_then(|code| code.parse::<u16>().ok());
    province.is_some_and(|code| (1..=96).contains(&code))
        && digits.get(6..).is_some_and(|serial| serial != "000000")
}

/// A refused value as a problem may repeat it: whatever could be a mistyped personal id is masked.
fn shown(text: &str) -> String {
    let count = text.chars().filter(char::is_ascii_digit).count();
    if matches!(count, 9 | 11 | 12) { mask(text) } else { text.to_owned() }
}

fn mask(text: &str) -> String {
    let count = text.chars().count();
    text.chars().enumerate().map(|(place, c)| if place + 3 < count { '•' } else { c }).collect()
}

//! Areas of land: whole square metres, from 1 to 10^10 (ten thousand square kilometres).

use serde::{Deserialize, Serialize};

use super::decimal::{Decimal, show, split_unit};
use super::lang::Lang;
use super::problem::Problem;
use super::quantity::{decimal_sign, unit_word};

/// An area in square metres; never zero.
///
/// ```
/// use nguongoc::kernel::{Area, Lang};
/// assert_eq!(Area::parse("2 sào").unwrap().square_metres(), 720);
/// assert_eq!(Area::parse("1,25 ha").unwrap().show(Lang::Vi), "1,25 ha");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct Area(i64);

impl Area {
    /// The largest area in square metres.
    pub const MAX: i64 = 10_000_000_000;

    /// Square metres from a row.
    ///
    /// # Errors
    /// `amount_negative`, `amount_zero`, `amount_too_large`.
    pub fn new(square_metres: i64) -> Result<Self, Problem> {
        let given = square_metres.to_string();
        match square_metres {
            ..0 => Err(Problem::new("amount_negative").value(given)),
            0 => Err(Problem::new("amount_zero").value(given)),
            1..=Self::MAX => Ok(Self(square_metres)),
            _ => Err(Problem::new("amount_too_large").value(given).arg("largest", LARGEST)),
        }
    }

    /// Reads what a person wrote in one box: `360 m2`, `1,5 ha`, `3 sào` (of 360 m²), `1 mẫu` (of 3,600 m²).
    ///
    /// # Errors
    /// As [`super::Quantity::parse`], with `area_unit_unknown` and `area_unit_missing`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (number, unit) = split_unit(text.trim());
        Self::read(number, unit, text.trim())
    }

    /// Reads a number and a unit that a person wrote in two boxes or columns.
    ///
    /// # Errors
    /// As [`Area::parse`].
    pub fn from_parts(number: &str, unit: &str) -> Result<Self, Problem> {
        Self::read(number, unit, &format!("{} {}", number.trim(), unit.trim()))
    }

    /// Square metres.
    #[must_use]
    pub const fn square_metres(self) -> i64 {
        self.0
    }

    /// The unit of UN/CEFACT Recommendation 20 for square metres.
    #[must_use]
    pub const fn uom() -> &'static str {
        "MTK"
    }

    /// The area in words of a language: hectares from one hectare on, where they need two decimals at most.
    #[must_use]
    pub fn show(self, lang: Lang) -> String {
        let sign = decimal_sign(lang);
        if self.0 >= 10_000 && self.0 % 100 == 0 {
            format!("{} ha", show(self.0 / 100, 2, sign))
        } else {
            format!("{} m²", show(self.0, 0, sign))
        }
    }

    fn read(number: &str, unit: &str, given: &str) -> Result<Self, Problem> {
        let decimal = Decimal::parse(number)?;
        let factor = match unit_word(unit).as_str() {
            "m2" | "m²" | "m 2" | "mét vuông" | "met vuong" => 1,
            "sào" | "sao" => 360,
            "mẫu" | "mau" => 3_600,
            "ha" | "hecta" | "héc ta" | "hec ta" | "héc-ta" => 10_000,
            "" => return Err(Problem::new("area_unit_missing").value(given)),
            _ => return Err(Problem::new("area_unit_unknown").value(unit)),
        };
        decimal.whole(factor, Self::MAX, given, LARGEST).map(Self)
    }
}

const LARGEST: &str = "10^6 ha";

impl TryFrom<i64> for Area {
    type Error = Problem;

    fn try_from(square_metres: i64) -> Result<Self, Problem> {
        Self::new(square_metres)
    }
}

//! Quantities of food: whole grams or whole pieces, never a floating number.
//!
//! What must stay true: a quantity is between zero and 10^15, grams and pieces are never added together, and nothing
//! that a person wrote is rounded: a fraction of a gram or piece is refused.

use serde::{Deserialize, Serialize};
use serde_json::Number;
use unicode_normalization::UnicodeNormalization;

use super::decimal::{Decimal, show, split_unit};
use super::lang::Lang;
use super::problem::Problem;

/// What a quantity counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Grams.
    Gram,
    /// Pieces: fruit, bunches, boxes, animals, whatever the product is counted in.
    Piece,
}

impl Unit {
    /// The word in columns and JSON: `gram` or `piece`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gram => "gram",
            Self::Piece => "piece",
        }
    }

    /// Reads the word of a column or of JSON.
    ///
    /// # Errors
    /// `unit_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "gram" => Ok(Self::Gram),
            "piece" => Ok(Self::Piece),
            _ => Err(Problem::new("unit_unknown").value(text)),
        }
    }

    /// The unit of UN/CEFACT Recommendation 20 in events: kilograms for mass, none for pieces (EPCIS 2.0 §7.3.3.3).
    #[must_use]
    pub const fn uom(self) -> Option<&'static str> {
        match self {
            Self::Gram => Some("KGM"),
            Self::Piece => None,
        }
    }
}

/// An amount in one unit; zero only as the result of a calculation.
///
/// ```
/// use nguongoc::kernel::{Lang, Quantity};
/// let quantity = Quantity::parse("12,5 kg").unwrap();
/// assert_eq!((quantity.amount(), quantity.unit().as_str()), (12_500, "gram"));
/// assert_eq!(quantity.show(Lang::En), "12.5 kg");
/// assert_eq!(Quantity::parse("1.250 kg").unwrap_err().code, "number_ambiguous");
/// assert_eq!(Quantity::parse("1,5 quả").unwrap_err().code, "amount_fraction");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Quantity {
    amount: i64,
    unit: Unit,
}

/// A quantity as JSON holds it, before its limits are checked.
#[derive(Deserialize)]
struct Stored {
    amount: i64,
    unit: Unit,
}

impl TryFrom<Stored> for Quantity {
    type Error = Problem;

    fn try_from(stored: Stored) -> Result<Self, Problem> {
        Self::new(stored.amount, stored.unit)
    }
}

impl Quantity {
    /// The largest amount: 10^15 grams or pieces.
    pub const MAX: i64 = 1_000_000_000_000_000;

    /// An amount from a row or a calculation.
    ///
    /// # Errors
    /// `amount_negative`, `amount_too_large`.
    pub fn new(amount: i64, unit: Unit) -> Result<Self, Problem> {
        if amount < 0 {
            return Err(Problem::new("amount_negative").value(amount.to_string()));
        }
        if amount > Self::MAX {
            return Err(too_large(&amount.to_string(), unit));
        }
        Ok(Self { amount, unit })
    }

    /// Nothing of a unit.
    #[must_use]
    pub const fn zero(unit: Unit) -> Self {
        Self { amount: 0, unit }
    }

    /// Grams.
    ///
    /// # Errors
    /// As [`Quantity::new`].
    pub fn grams(amount: i64) -> Result<Self, Problem> {
        Self::new(amount, Unit::Gram)
    }

    /// Pieces.
    ///
    /// # Errors
    /// As [`Quantity::new`].
    pub fn pieces(amount: i64) -> Result<Self, Problem> {
        Self::new(amount, Unit::Piece)
    }

    /// Whole grams or pieces.
    #[must_use]
    pub const fn amount(self) -> i64 {
        self.amount
    }

    /// What the amount counts.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.unit
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.amount == 0
    }

    /// Both together.
    ///
    /// # Errors
    /// `units_differ`, `amount_too_large`.
    pub fn plus(self, other: Self) -> Result<Self, Problem> {
        self.require_unit(other)?;
        Self::new(self.amount.saturating_add(other.amount), self.unit)
    }

    /// What is left when the other is taken away.
    ///
    /// # Errors
    /// `units_differ`, `amount_exceeds` when there is less than that.
    pub fn minus(self, other: Self) -> Result<Self, Problem> {
        self.require_unit(other)?;
        if other.amount > self.amount {
            return Err(Problem::new("amount_exceeds").value(other.neutral()).arg("left", self.neutral()));
        }
        Self::new(self.amount - other.amount, self.unit)
    }

    /// So many times this quantity, such as packs of one size.
    ///
    /// # Errors
    /// `amount_too_large`.
    pub fn times(self, count: u32) -> Result<Self, Problem> {
        Self::new(self.amount.saturating_mul(i64::from(count)), self.unit)
    }

    /// Which is more.
    ///
    /// # Errors
    /// `units_differ`: grams cannot be compared with pieces.
    pub fn compare(self, other: Self) -> Result<std::cmp::Ordering, Problem> {
        self.require_unit(other)?;
        Ok(self.amount.cmp(&other.amount))
    }

    /// Reads what a person wrote in one box: `12,5 kg`, `3 tạ`, `120 quả`.
    ///
    /// # Errors
    /// `unit_missing`, `unit_unknown`, `number_not_understood`, `number_ambiguous`, `number_too_long`, `amount_zero`,
    /// `amount_negative`, `amount_fraction`, `amount_too_large`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (number, unit) = split_unit(text.trim());
        Self::read(number, unit, text)
    }

    /// Reads a number and a unit that a person wrote in two boxes or columns.
    ///
    /// # Errors
    /// As [`Quantity::parse`].
    pub fn from_parts(number: &str, unit: &str) -> Result<Self, Problem> {
        Self::read(number, unit, &format!("{} {}", number.trim(), unit.trim()))
    }

    /// Reads the number of a JSON document, with a unit as people write it or as in columns (`kg`, `gram`, `piece`).
    ///
    /// # Errors
    /// As [`Quantity::parse`], save `number_ambiguous`.
    pub fn from_number(number: &Number, unit: &str) -> Result<Self, Problem> {
        let (unit, factor) = unit_of(unit)?;
        Self::of_decimal(Decimal::parse_plain(&number.to_string())?, unit, factor, &number.to_string())
    }

    /// The value and unit of measure of an EPCIS quantity element.
    ///
    /// ```
    /// use nguongoc::kernel::Quantity;
    /// let (value, uom) = Quantity::grams(12_500).unwrap().epcis();
    /// assert_eq!((value.to_string().as_str(), uom), ("12.5", Some("KGM")));
    /// ```
    #[must_use]
    pub fn epcis(self) -> (Number, Option<&'static str>) {
        let value = match self.unit {
            Unit::Piece => self.amount.into(),
            Unit::Gram if self.amount % 1000 == 0 => (self.amount / 1000).into(),
            // Read from the decimal text, so that the double is the one nearest to the true value.
            Unit::Gram => format!("{}.{:03}", self.amount / 1000, self.amount % 1000)
                .parse()
                .ok()
                .and_then(Number::from_f64)
                .unwrap_or_else(|| (self.amount / 1000).into()),
        };
        (value, self.unit.uom())
    }

    /// Reads an EPCIS quantity element: `KGM`, `GRM`, `TNE` or `DTN` for mass; none, `H87`, `EA` or `C62` for pieces.
    ///
    /// # Errors
    /// `uom_unknown`, and as [`Quantity::from_number`].
    pub fn from_epcis(value: &Number, uom: Option<&str>) -> Result<Self, Problem> {
        let (unit, factor) = match uom {
            Some("KGM") => (Unit::Gram, 1_000),
            Some("GRM") => (Unit::Gram, 1),
            Some("DTN") => (Unit::Gram, 100_000),
            Some("TNE") => (Unit::Gram, 1_000_000),
            None | Some("H87" | "EA" | "C62") => (Unit::Piece, 1),
            Some(other) => return Err(Problem::new("uom_unknown").value(other)),
        };
        let given = value.to_string();
        Self::of_decimal(Decimal::parse_plain(&given)?, unit, factor, &given)
    }

    /// The quantity in words of a language; what is shown can be typed back.
    ///
    /// Kilograms from 1 kg on, but grams where three decimals would look like thousands (`1 125 g`, not `1,125 kg`).
    #[must_use]
    pub fn show(self, lang: Lang) -> String {
        let sign = decimal_sign(lang);
        match self.unit {
            Unit::Gram if self.amount < 1_000 => format!("{} g", self.amount),
            Unit::Gram if self.amount < 1_000_000 && self.amount % 10 != 0 => {
                format!("{} g", show(self.amount, 0, sign))
            }
            Unit::Gram => format!("{} kg", show(self.amount, 3, sign)),
            Unit::Piece => {
                let word = match lang {
                    Lang::Vi => "đơn vị",
                    Lang::En if self.amount == 1 => "piece",
                    Lang::En => "pieces",
                };
                format!("{} {word}", show(self.amount, 0, sign))
            }
        }
    }

    fn read(number: &str, unit: &str, given: &str) -> Result<Self, Problem> {
        let decimal = Decimal::parse(number);
        if unit.trim().is_empty() {
            decimal?;
            return Err(Problem::new("unit_missing").value(given));
        }
        let (unit, factor) = unit_of(unit)?;
        Self::of_decimal(decimal?, unit, factor, given.trim())
    }

    fn of_decimal(decimal: Decimal, unit: Unit, factor: i64, given: &str) -> Result<Self, Problem> {
        let amount = decimal.whole(factor, Self::MAX, given, largest(unit))?;
        Ok(Self { amount, unit })
    }

    /// The amount as a problem names it, in no language: `12500 g`, `120`.
    fn neutral(self) -> String {
        match self.unit {
            Unit::Gram => format!("{} g", self.amount),
            Unit::Piece => self.amount.to_string(),
        }
    }

    fn require_unit(self, other: Self) -> Result<(), Problem> {
        if self.unit == other.unit {
            return Ok(());
        }
        Err(Problem::new("units_differ").value(other.neutral()).arg("other", self.neutral()))
    }
}

const fn largest(unit: Unit) -> &'static str {
    match unit {
        Unit::Gram => "10^12 kg",
        Unit::Piece => "10^15",
    }
}

fn too_large(given: &str, unit: Unit) -> Problem {
    Problem::new("amount_too_large").value(given).arg("largest", largest(unit))
}

pub(super) const fn decimal_sign(lang: Lang) -> char {
    match lang {
        Lang::Vi => ',',
        Lang::En => '.',
    }
}

/// A unit word for comparing: NFC, small letters, single spaces, no closing point.
pub(super) fn unit_word(text: &str) -> String {
    let lower: String = text.nfc().flat_map(char::to_lowercase).collect();
    let words: Vec<&str> = lower.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

/// The unit that a word names, and how many grams or pieces it is.
///
/// Diacritics may be missing where no other unit is meant; `ta` is refused, because `tạ` is 100 kg and `tá` is a dozen.
fn unit_of(text: &str) -> Result<(Unit, i64), Problem> {
    let word = unit_word(text);
    let found = match word.as_str() {
        "g" | "gr" | "gam" | "gram" | "grams" => (Unit::Gram, 1),
        "lạng" | "lang" => (Unit::Gram, 100),
        "kg" | "kgs" | "kí" | "ký" | "ki" | "ky" | "cân" | "kilo" | "ki lô gam" | "kilôgam" | "kilogam"
        | "kilogram" | "kilograms" => (Unit::Gram, 1_000),
        "yến" | "yen" => (Unit::Gram, 10_000),
        "tạ" => (Unit::Gram, 100_000),
        "tấn" | "tan" | "t" | "tonne" | "tonnes" => (Unit::Gram, 1_000_000),
        "quả" | "qua" | "trái" | "trai" | "mớ" | "mo" | "bó" | "bo" | "hộp" | "hop" | "con" | "cái"
        | "cai" | "chiếc" | "chiec" | "gói" | "goi" | "túi" | "tui" | "chai" | "lọ" | "lo" | "khay"
        | "vỉ" | "vi" | "thùng" | "thung" | "bao" | "củ" | "cu" | "bắp" | "bap" | "cây" | "cay"
        | "đơn vị" | "don vi" | "pc" | "pcs" | "piece" | "pieces" => (Unit::Piece, 1),
        _ => return Err(Problem::new("unit_unknown").value(text)),
    };
    Ok(found)
}

//! Amounts of what goes onto a field: seed, fertiliser, pesticides, water. Whole milligrams, microlitres or pieces, never a floating
//! number.
//!
//! What must stay true: an amount is above zero and at most 10^15, weight and volume are never added together, and nothing
//! that a person wrote is rounded.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::decimal::{Decimal, show, split_unit};
use super::lang::Lang;
use super::problem::Problem;
use super::quantity::{decimal_sign, unit_word};

/// What a measure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureUnit {
    /// Weight.
    Milligram,
    /// Volume.
    Microlitre,
    /// Seedlings, traps, bottles, sheets.
    Piece,
}

impl MeasureUnit {
    /// The word in columns and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Milligram => "milligram",
            Self::Microlitre => "microlitre",
            Self::Piece => "piece",
        }
    }

    /// Reads the word of a column or of JSON.
    ///
    /// # Errors
    /// `unit_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "milligram" => Ok(Self::Milligram),
            "microlitre" => Ok(Self::Microlitre),
            "piece" => Ok(Self::Piece),
            _ => Err(Problem::new("unit_unknown").value(text)),
        }
    }
}

/// An amount of an input.
///
/// ```
/// use nguongoc::kernel::{Lang, Measure};
/// let measure = Measure::parse("1,5 lít").unwrap();
/// assert_eq!((measure.amount(), measure.unit().as_str()), (1_500_000, "microlitre"));
/// assert_eq!(measure.show(Lang::Vi), "1,5 l");
/// assert_eq!(Measure::parse("20").unwrap_err().code, "input_unit_missing");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Measure {
    amount: i64,
    unit: MeasureUnit,
}

/// A measure as JSON holds it, before its limits are checked.
#[derive(Deserialize)]
struct Stored {
    amount: i64,
    unit: MeasureUnit,
}

impl TryFrom<Stored> for Measure {
    type Error = Problem;

    fn try_from(stored: Stored) -> Result<Self, Problem> {
        Self::new(stored.amount, stored.unit)
    }
}

impl Measure {
    /// The largest amount: a million tonnes, a million cubic metres.
    pub const MAX: i64 = 1_000_000_000_000_000;

    /// An amount from a row or a calculation.
    ///
    /// # Errors
    /// `amount_negative`, `amount_zero`, `amount_too_large`.
    pub fn new(amount: i64, unit: MeasureUnit) -> Result<Self, Problem> {
        let given = amount.to_string();
        match amount {
            ..0 => Err(Problem::new("amount_negative").value(given)),
            0 => Err(Problem::new("amount_zero").value(given)),
            1..=Self::MAX => Ok(Self { amount, unit }),
            _ => Err(Problem::new("amount_too_large").value(given).arg("largest", LARGEST)),
        }
    }

    /// Reads what a person wrote in one box: `20 ml`, `1,5 kg`, `300 cây`.
    ///
    /// # Errors
    /// `input_unit_missing`, `input_unit_unknown`, and as [`super::Quantity::parse`] for the number.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (number, unit) = split_unit(text.trim());
        Self::read(number, unit, text.trim())
    }

    /// Reads a number and a unit that stood in two boxes or columns.
    ///
    /// # Errors
    /// As [`Measure::parse`].
    pub fn from_parts(number: &str, unit: &str) -> Result<Self, Problem> {
        Self::read(number, unit, &format!("{} {}", number.trim(), unit.trim()))
    }

    /// Whole milligrams, microlitres or pieces.
    #[must_use]
    pub const fn amount(self) -> i64 {
        self.amount
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> MeasureUnit {
        self.unit
    }

    /// The amount in the words of a language, with the unit that a person would choose.
    #[must_use]
    pub fn show(self, lang: Lang) -> String {
        show_amount(self.amount, self.unit, lang)
    }

    fn read(number: &str, unit: &str, given: &str) -> Result<Self, Problem> {
        if number.is_empty() {
            return Err(Problem::new("number_not_understood").value(given));
        }
        let decimal = Decimal::parse(number)?;
        let (unit, factor) = match unit_word(unit).as_str() {
            "mg" => (MeasureUnit::Milligram, 1),
            "g" | "gr" | "gam" | "gram" | "grams" => (MeasureUnit::Milligram, 1_000),
            "lạng" | "lang" => (MeasureUnit::Milligram, 100_000),
            "kg" | "kgs" | "kí" | "ký" | "ki" | "ky" | "cân" => (MeasureUnit::Milligram, 1_000_000),
            "yến" | "yen" => (MeasureUnit::Milligram, 10_000_000),
            "tạ" => (MeasureUnit::Milligram, 100_000_000),
            "tấn" | "tan" | "t" => (MeasureUnit::Milligram, 1_000_000_000),
            "µl" | "μl" => (MeasureUnit::Microlitre, 1),
            "ml" | "cc" => (MeasureUnit::Microlitre, 1_000),
            "l" | "lít" | "lit" | "litre" | "liter" => (MeasureUnit::Microlitre, 1_000_000),
            "m3" | "m³" | "m 3" | "khối" | "khoi" => (MeasureUnit::Microlitre, 1_000_000_000),
            "cây" | "cay" | "hạt" | "hat" | "củ" | "cu" | "gói" | "goi" | "chai" | "lọ" | "lo" | "bao"
            | "cái" | "cai" | "chiếc" | "chiec" | "hom" | "pc" | "pcs" | "piece" | "pieces" => {
                (MeasureUnit::Piece, 1)
            }
            "" => return Err(Problem::new("input_unit_missing").value(given)),
            _ => return Err(Problem::new("input_unit_unknown").value(unit)),
        };
        let amount = decimal.whole(factor, Self::MAX, given, LARGEST)?;
        Ok(Self { amount, unit })
    }
}

/// A balance of inputs in words: it may be below zero, when more was used than was bought.
#[must_use]
pub fn show_amount(amount: i64, unit: MeasureUnit, lang: Lang) -> String {
    let sign = decimal_sign(lang);
    let size = amount.saturating_abs();
    let minus = if amount < 0 { "−" } else { "" };
    let (places, word) = match unit {
        MeasureUnit::Piece => (0, ""),
        MeasureUnit::Milligram if size >= 1_000_000 => (6, " kg"),
        MeasureUnit::Milligram if size >= 1_000 || size == 0 => (3, " g"),
        MeasureUnit::Milligram => (0, " mg"),
        MeasureUnit::Microlitre if size >= 1_000_000 => (6, " l"),
        MeasureUnit::Microlitre if size >= 1_000 || size == 0 => (3, " ml"),
        MeasureUnit::Microlitre => (0, " µl"),
    };
    format!("{minus}{}{word}", show(size, places, sign))
}

/// How much of a product goes onto how much land: an amount for so many square metres, as it was written.
///
/// ```
/// use nguongoc::kernel::{Dose, Lang};
/// let dose = Dose::parse("15 ml/sào").unwrap();
/// assert_eq!((dose.measure().amount(), dose.per_square_metres()), (15_000, 360));
/// assert!(dose.exceeds(&Dose::parse("0,4 l/ha").unwrap()).unwrap());
/// assert_eq!(Dose::parse("15 g/sào").unwrap().exceeds(&dose).unwrap_err().code, "dose_units_differ");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dose {
    measure: Measure,
    per_m2: i64,
}

impl Dose {
    /// An amount for so many square metres.
    ///
    /// # Errors
    /// `dose_unit_unknown` for pieces; `amount_zero` for no land.
    pub fn new(measure: Measure, per_m2: i64) -> Result<Self, Problem> {
        if measure.unit == MeasureUnit::Piece {
            return Err(Problem::new("dose_unit_unknown").value(measure.unit.as_str()));
        }
        if per_m2 < 1 {
            return Err(Problem::new("amount_zero").value(per_m2.to_string()));
        }
        Ok(Self { measure, per_m2 })
    }

    /// Reads what a person wrote: `15 ml/sào`, `0,5 kg/ha`, `20 g/1000 m2`.
    ///
    /// # Errors
    /// `dose_per_area` when it is not said on how much land; otherwise as [`Measure::parse`] and [`super::Area::parse`].
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let Some((amount, land)) = text.split_once('/') else {
            return Err(Problem::new("dose_per_area").value(text));
        };
        let land = land.trim();
        let land = if land.starts_with(|c: char| c.is_ascii_digit()) {
            land.to_owned()
        } else {
            format!("1 {land}")
        };
        let area = super::Area::parse(&land)?;
        Self::new(Measure::parse(amount)?, area.square_metres())
    }

    /// The amount.
    #[must_use]
    pub const fn measure(&self) -> Measure {
        self.measure
    }

    /// The land that the amount is for.
    #[must_use]
    pub const fn per_square_metres(&self) -> i64 {
        self.per_m2
    }

    /// Whether this is more than `most` on the same land.
    ///
    /// # Errors
    /// `dose_units_differ`: weight cannot be compared with volume.
    pub fn exceeds(&self, most: &Self) -> Result<bool, Problem> {
        if self.measure.unit != most.measure.unit {
            return Err(Problem::new("dose_units_differ")
                .value(self.show(Lang::Vi))
                .arg("other", most.show(Lang::Vi)));
        }
        let side = |one: &Self, other: &Self| i128::from(one.measure.amount) * i128::from(other.per_m2);
        Ok(side(self, most).cmp(&side(most, self)) == Ordering::Greater)
    }

    /// What a piece of land takes at this dose, rounded up to the smallest unit.
    ///
    /// # Errors
    /// `amount_too_large`.
    pub fn total(&self, square_metres: i64) -> Result<Measure, Problem> {
        let land = i128::from(self.per_m2);
        let product = i128::from(self.measure.amount) * i128::from(square_metres);
        let total = i64::try_from((product + land - 1) / land).unwrap_or(i64::MAX);
        Measure::new(total, self.measure.unit)
    }

    /// The dose in the words of a language.
    #[must_use]
    pub fn show(&self, lang: Lang) -> String {
        let land = match self.per_m2 {
            10_000 => "ha".to_owned(),
            360 => "sào".to_owned(),
            1 => "m²".to_owned(),
            more => format!("{} m²", show(more, 0, decimal_sign(lang))),
        };
        format!("{}/{land}", self.measure.show(lang))
    }
}

const LARGEST: &str = "10^6 t";

//! What a laboratory found: an exact number with its unit, less than what it can measure, nothing, or something uncounted.

use crate::kernel::{Decimal, Problem};
use std::cmp::Ordering;

/// What was found of an analyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// This much.
    Value(Decimal),
    /// Less than the limit of quantification: `<0.01`.
    Below(Decimal),
    /// Nothing was found; with the limit of quantification where the report tells it.
    NotDetected(Option<Decimal>),
    /// It is there; how much was not measured.
    Detected,
}

impl Finding {
    /// Reads a value as reports write it: `0,05`, `<0.01`, `KPH`, `ND`, `phát hiện`. `loq` is the limit of quantification where it
    /// stands beside it.
    ///
    /// # Errors
    /// Those of [`Decimal::parse`]; `loq_differs` when two limits of quantification are told.
    pub fn parse(text: &str, loq: &str) -> Result<Self, Problem> {
        let given = text.trim();
        let limit = if loq.trim().is_empty() { None } else { Some(Decimal::parse(loq)?) };
        match crate::kernel::fold::fold(given).as_str() {
            "" => return Err(Problem::new("text_empty")),
            "kph" | "khong phat hien" | "nd" | "n d" | "not detected" | "am tinh" | "negative" => {
                return Ok(Self::NotDetected(limit));
            }
            "phat hien" | "detected" | "duong tinh" | "positive" => return Ok(Self::Detected),
            _ => {}
        }
        let below = given.strip_prefix(['<', '≤']).or_else(|| given.strip_prefix("&lt;"));
        match below {
            Some(number) => {
                let below = Decimal::parse(number)?;
                match limit {
                    Some(limit) if limit != below => {
                        Err(Problem::new("loq_differs").value(given).arg("loq", limit))
                    }
                    _ => Ok(Self::Below(below)),
                }
            }
            None => Decimal::parse(given).map(Self::Value),
        }
    }

    /// The stored name of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Value(_) => "value",
            Self::Below(_) => "below",
            Self::NotDetected(_) => "not_detected",
            Self::Detected => "detected",
        }
    }

    /// The number beside it: the value, or the limit of quantification.
    #[must_use]
    pub const fn amount(&self) -> Option<Decimal> {
        match self {
            Self::Value(amount) | Self::Below(amount) => Some(*amount),
            Self::NotDetected(amount) => *amount,
            Self::Detected => None,
        }
    }

    /// From the columns of a row.
    #[must_use]
    pub fn of_row(kind: &str, amount: Option<Decimal>) -> Option<Self> {
        match (kind, amount) {
            ("value", Some(amount)) => Some(Self::Value(amount)),
            ("below", Some(amount)) => Some(Self::Below(amount)),
            ("not_detected", amount) => Some(Self::NotDetected(amount)),
            ("detected", None) => Some(Self::Detected),
            _ => None,
        }
    }
}

/// A unit of a result: its spelling, what kind of amount it counts, and the power of ten to that kind's base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultUnit {
    name: &'static str,
    kind: &'static str,
    power: i32,
}

/// The units and the folded spellings of each.
const UNITS: [(ResultUnit, &[&str]); 17] = [
    (unit("mg/kg", "mass", 0), &["mg kg", "ppm", "µg g", "ug g", "μg g"]),
    (unit("µg/kg", "mass", -3), &["µg kg", "μg kg", "ug kg", "mcg kg", "ppb", "ng g"]),
    (unit("ng/kg", "mass", -6), &["ng kg", "ppt"]),
    (unit("g/kg", "mass", 3), &["g kg"]),
    (unit("mg/100 g", "mass", 1), &["mg 100 g", "mg 100g"]),
    (unit("%", "mass", 4), &["%", "g 100 g", "g 100g"]),
    (unit("mg/l", "volume", 0), &["mg l"]),
    (unit("µg/l", "volume", -3), &["µg l", "μg l", "ug l", "mcg l"]),
    (unit("g/l", "volume", 3), &["g l"]),
    (unit("CFU/g", "colonies by mass", 0), &["cfu g"]),
    (unit("CFU/ml", "colonies by volume", 0), &["cfu ml"]),
    (unit("MPN/g", "probable number by mass", 0), &["mpn g"]),
    (unit("MPN/100 ml", "probable number by volume", -2), &["mpn 100 ml", "mpn 100ml"]),
    (unit("MPN/ml", "probable number by volume", 0), &["mpn ml"]),
    (unit("/25 g", "presence in 25 g", 0), &["25 g", "25g"]),
    (unit("/10 g", "presence in 10 g", 0), &["10 g", "10g"]),
    (unit("Bq/kg", "activity", 0), &["bq kg"]),
];

const fn unit(name: &'static str, kind: &'static str, power: i32) -> ResultUnit {
    ResultUnit { name, kind, power }
}

impl ResultUnit {
    /// Reads a unit; capitals, spaces and slashes do not matter.
    ///
    /// # Errors
    /// `result_unit_missing`, `result_unit_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let given = text.trim();
        if given.is_empty() {
            return Err(Problem::new("result_unit_missing"));
        }
        if let Some((unit, _)) = UNITS.iter().find(|(unit, _)| unit.name == given) {
            return Ok(*unit);
        }
        let spelt = given.to_lowercase().replace(['/', '·', '.'], " ");
        let spelt = spelt.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = UNITS.iter().find(|(_, words)| words.contains(&spelt.as_str()));
        found.map(|(unit, _)| *unit).ok_or_else(|| Problem::new("result_unit_unknown").value(given))
    }

    /// How it is written.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.name
    }

    /// Compares an amount in this unit with one in another; nothing when they count different things.
    #[must_use]
    pub fn compare(&self, amount: &Decimal, other: &Self, limit: &Decimal) -> Option<Ordering> {
        (self.kind == other.kind).then(|| amount.compare_scaled(self.power, limit, other.power))
    }
}

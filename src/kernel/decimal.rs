//! Decimal numbers as people in Viet Nam write them, held exactly until they become whole grams, pieces or square metres.
//!
//! The rule for separators: comma and point may both be the decimal sign. With both in a number the last is the decimal
//! sign and the other groups thousands; one that repeats groups thousands; a space always groups thousands. A single one before
//! exactly three digits (`1.250`) could be either and is refused, except after a lone zero (`0,125`) or after more than three digits.

use std::cmp::Ordering;
use std::fmt;

use super::lang::Lang;
use super::problem::Problem;

/// The most digits that a number may have; enough for every amount, few enough that nothing overflows.
const LONGEST: usize = 18;

/// A number that is not negative, held exactly: `digits` / 10^`scale`. Two spellings of one number are equal.
///
/// ```
/// use nguongoc::kernel::Decimal;
/// assert_eq!(Decimal::parse("0,010").unwrap(), Decimal::parse("0.01").unwrap());
/// assert_eq!(Decimal::parse("0,010").unwrap().to_string(), "0.010");
/// assert!(Decimal::parse("0,5").unwrap() < Decimal::parse("12").unwrap());
/// assert_eq!(Decimal::parse("1.250").unwrap_err().code, "number_ambiguous");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare_scaled(0, other, 0)
    }
}

/// With a decimal point and as many places as were written.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", self.digits);
        }
        let one = 10_i128.pow(self.scale);
        let width = usize::try_from(self.scale).unwrap_or(0);
        write!(f, "{}.{:0width$}", self.digits / one, self.digits % one)
    }
}

impl Decimal {
    /// Reads a number that a person wrote.
    ///
    /// # Errors
    /// `amount_negative`, `number_not_understood`, `number_ambiguous`, `number_too_long`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let given = text.trim();
        let number: String = given.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        refuse_negative(given)?;
        let malformed = || Problem::new("number_not_understood").value(given);
        let number = number.strip_prefix('+').unwrap_or(&number);
        let last = number.rfind([',', '.']);
        let Some(last) = last else {
            return Self::of(&grouped(number, ' ').ok_or_else(malformed)?, "", given);
        };
        let (whole, rest) = number.split_at_checked(last).ok_or_else(malformed)?;
        let sign = if rest.starts_with(',') { ',' } else { '.' };
        let fraction = rest.get(1..).unwrap_or_default();
        if fraction.is_empty() {
            return Err(malformed());
        }
        let other = if sign == ',' { '.' } else { ',' };
        if whole.contains(sign) {
            if whole.contains([other, ' ']) {
                return Err(malformed());
            }
            return Self::of(&grouped(number, sign).ok_or_else(malformed)?, "", given);
        }
        if whole.contains(other) {
            return Self::of(&grouped(whole, other).ok_or_else(malformed)?, fraction, given);
        }
        let ambiguous = fraction.len() == 3 && (1..=3).contains(&whole.len()) && whole != "0";
        if ambiguous && plain(whole) && plain(fraction) {
            let decimal = format!("{whole}{sign}{fraction}");
            return Err(Problem::new("number_ambiguous")
                .value(given)
                .arg("whole", format!("{whole}{fraction}"))
                .arg("decimal", decimal.trim_end_matches('0').trim_end_matches(sign)));
        }
        Self::of(&grouped(whole, ' ').ok_or_else(malformed)?, fraction, given)
    }

    /// Reads a number as JSON and rows write it: digits with a decimal point, no groups.
    ///
    /// # Errors
    /// `amount_negative`, `number_not_understood`, `number_too_long`.
    pub fn parse_plain(text: &str) -> Result<Self, Problem> {
        refuse_negative(text)?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        if fraction.is_empty() {
            return Err(Problem::new("number_not_understood").value(text));
        }
        Self::of(whole, fraction, text)
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.digits == 0
    }

    /// Compares this number times 10^`power` with another times 10^`other_power`: numbers in units that differ by powers of ten.
    #[must_use]
    pub fn compare_scaled(&self, power: i32, other: &Self, other_power: i32) -> Ordering {
        if self.digits == 0 || other.digits == 0 {
            return self.digits.cmp(&other.digits);
        }
        let exponent = |number: &Self, power: i32| power - i32::try_from(number.scale).unwrap_or(0);
        let (mine, theirs) = (exponent(self, power), exponent(other, other_power));
        // The one with the larger exponent is brought to the smaller; what no longer fits is larger than anything.
        let raised = |digits: i128, by: i32| {
            10_i128.checked_pow(u32::try_from(by).unwrap_or(0)).and_then(|factor| digits.checked_mul(factor))
        };
        if mine >= theirs {
            raised(self.digits, mine - theirs).map_or(Ordering::Greater, |digits| digits.cmp(&other.digits))
        } else {
            raised(other.digits, theirs - mine).map_or(Ordering::Less, |digits| self.digits.cmp(&digits))
        }
    }

    /// The number with the decimal sign of a language.
    #[must_use]
    pub fn show(&self, lang: Lang) -> String {
        match lang {
            Lang::Vi => self.to_string().replace('.', ","),
            Lang::En => self.to_string(),
        }
    }

    /// The number times `factor` as a whole number from 1 to `most`; `given` and `largest` are for the problem's words.
    pub(super) fn whole(self, factor: i64, most: i64, given: &str, largest: &str) -> Result<i64, Problem> {
        let scaled = self.digits * i128::from(factor);
        let divisor = 10_i128.pow(self.scale);
        if scaled == 0 {
            return Err(Problem::new("amount_zero").value(given));
        }
        if scaled > i128::from(most) * divisor {
            return Err(Problem::new("amount_too_large").value(given).arg("largest", largest));
        }
        if scaled % divisor != 0 {
            return Err(Problem::new("amount_fraction").value(given));
        }
        i64::try_from(scaled / divisor)
            .map_err(|_| Problem::new("amount_too_large").value(given).arg("largest", largest))
    }

    fn of(whole: &str, fraction: &str, given: &str) -> Result<Self, Problem> {
        let digits = format!("{whole}{fraction}");
        if whole.is_empty() || !plain(&digits) {
            return Err(Problem::new("number_not_understood").value(given));
        }
        let kept = digits.trim_start_matches('0');
        let scale = u32::try_from(fraction.len()).ok().filter(|scale| *scale <= 18);
        match (kept.len() <= LONGEST, scale) {
            (true, Some(scale)) => Ok(Self { digits: kept.parse().unwrap_or(0), scale }),
            _ => Err(Problem::new("number_too_long").value(given).arg("longest", LONGEST)),
        }
    }
}

/// Reads a decimal number as people write it and gives it times `factor` as a whole number from 0 to `most`: `12,5` with the
/// factor 1000 is 12,500. `most` is in those parts.
///
/// ```
/// use nguongoc::kernel::scaled;
/// assert_eq!(scaled("0,5", 1_000, 10_000).unwrap(), 500);
/// assert_eq!(scaled("-3", 1, 365).unwrap_err().code, "amount_negative");
/// assert_eq!(scaled("2,5", 1, 365).unwrap_err().code, "amount_fraction");
/// ```
///
/// # Errors
/// `number_not_understood`, `number_ambiguous`, `number_too_long`, `amount_negative`, `amount_fraction`, `amount_too_large`.
pub fn scaled(text: &str, factor: i64, most: i64) -> Result<i64, Problem> {
    let decimal = Decimal::parse(text)?;
    if decimal.digits == 0 {
        return Ok(0);
    }
    decimal.whole(factor, most, text.trim(), &(most / factor.max(1)).to_string())
}

fn refuse_negative(text: &str) -> Result<(), Problem> {
    if text.starts_with(['-', '−', '–']) {
        return Err(Problem::new("amount_negative").value(text));
    }
    Ok(())
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Joins groups of thousands; nothing when a group is not of three digits.
fn grouped(text: &str, separator: char) -> Option<String> {
    let text = text.trim();
    let mut groups = text.split(separator);
    let first = groups.next()?;
    let mut joined = String::from(first);
    let mut alone = true;
    for group in groups {
        alone = false;
        if group.len() != 3 {
            return None;
        }
        joined.push_str(group);
    }
    let sound = plain(&joined) && (alone || (1..=3).contains(&first.len()));
    sound.then_some(joined)
}

/// Splits `12,5 kg` before the first letter.
pub(super) fn split_unit(text: &str) -> (&str, &str) {
    let start = text.find(char::is_alphabetic).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(start).unwrap_or((text, ""));
    (number.trim(), unit.trim())
}

/// Writes a whole number of thousandths (`places` = 3), hundredths … with the decimal sign of a language.
///
/// From 10,000 on, thousands are grouped by a no-break space: neither comma nor point, so that what is shown can be typed back.
pub(super) fn show(amount: i64, places: u32, sign: char) -> String {
    let one = 10_i64.pow(places);
    let (whole, rest) = (amount / one, amount % one);
    let digits = whole.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if digits.len() > 4 && place > 0 && (digits.len() - place) % 3 == 0 {
            shown.push('\u{a0}');
        }
        shown.push(digit);
    }
    if rest > 0 {
        let fraction = format!("{rest:0width$}", width = places as usize);
        shown.push(sign);
        shown.push_str(fraction.trim_end_matches('0'));
    }
    shown
}

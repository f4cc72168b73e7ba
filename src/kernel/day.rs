//! Civil dates: harvest days, expiry dates, the last day of a certificate.
//!
//! What must stay true: a [`Day`] exists in the calendar and its year lies between 2000 and 2100 when a person wrote it; it is stored
//! as `YYYY-MM-DD`, begins at midnight in the legal zone (UTC+7), and sorts as its text.

use std::fmt;

use jiff::civil::Date;

use super::problem::Problem;
use super::text_form::text_form;
use super::time::{LEGAL_ZONE, Moment, at_midnight};

/// Years that people may write.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// A civil date, such as a harvest day or the last day of a certificate.
///
/// ```
/// use nguongoc::kernel::Day;
/// let day = Day::parse("23/11/2026").unwrap();
/// assert_eq!(day.to_string(), "2026-11-23");
/// assert_eq!(day.start().to_rfc3339(), "2026-11-22T17:00:00Z");
/// assert_eq!(Day::parse("30/02/2026").unwrap_err().code, "day_does_not_exist");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// A date by its parts.
    ///
    /// # Errors
    /// `day_does_not_exist`, `year_out_of_range`.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, Problem> {
        let given = format!("{year:04}-{month:02}-{day:02}");
        let date =
            Date::new(year, month, day).map_err(|_| Problem::new("day_does_not_exist").value(&given))?;
        within_years(date, &given)?;
        Ok(Self(date))
    }

    /// Reads `YYYY-MM-DD` or, as people write it, `dd/mm/yyyy` (`1/6/2026` too; hyphens and points also separate).
    ///
    /// # Errors
    /// `day_malformed`, `day_does_not_exist`, `year_out_of_range`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let parts = parts_of_day(text).ok_or_else(|| Problem::new("day_malformed").value(text))?;
        let (year, month, day) = parts;
        Self::of_parts(year, month, day, text)
    }

    /// The moment at which this day begins in the legal zone (00:00 UTC+7).
    #[must_use]
    pub fn start(self) -> Moment {
        at_midnight(self.0, LEGAL_ZONE)
    }

    /// The day so many days later, or earlier when negative; it stays within the years that a calendar holds.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        let span = jiff::SignedDuration::from_hours(i64::from(days) * 24);
        Self(self.0.saturating_add(span))
    }

    /// Days from this one to another; negative when the other is earlier.
    #[must_use]
    pub fn days_until(self, other: Self) -> i32 {
        let seconds = other.0.duration_since(self.0).as_secs();
        i32::try_from(seconds / 86_400).unwrap_or(i32::MAX)
    }

    /// `dd/mm/yyyy`, as it stands on pages and in spreadsheets.
    #[must_use]
    pub fn vietnamese(self) -> String {
        format!("{:02}/{:02}/{:04}", self.0.day(), self.0.month(), self.0.year())
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1–12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1–31.
    #[must_use]
    pub fn day_of_month(self) -> i8 {
        self.0.day()
    }

    /// The date as the library for calendars holds it.
    #[must_use]
    pub const fn as_date(self) -> Date {
        self.0
    }

    /// The civil date of a moment, which the caller has brought to the legal zone.
    pub(super) const fn from_date(date: Date) -> Self {
        Self(date)
    }

    fn of_parts(year: u32, month: u32, day: u32, given: &str) -> Result<Self, Problem> {
        let date =
            date_of(year, month, day).ok_or_else(|| Problem::new("day_does_not_exist").value(given))?;
        within_years(date, given)?;
        Ok(Self(date))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Day({self})")
    }
}

text_form!(Day, Day::parse);

/// A number of exactly so many ASCII digits; signs and other scripts' digits are refused.
pub(super) fn number(text: &str, digits: usize) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn date_of(year: u32, month: u32, day: u32) -> Option<Date> {
    let year = i16::try_from(year).ok()?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn iso_parts(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2)?;
    let day = number(parts.next()?, 2)?;
    parts.next().is_none().then_some((year, month, day))
}

/// Reads `YYYY-MM-DD` exactly.
pub(super) fn iso_date(text: &str) -> Option<Date> {
    let (year, month, day) = iso_parts(text)?;
    date_of(year, month, day)
}

fn parts_of_day(text: &str) -> Option<(u32, u32, u32)> {
    if let Some(parts) = iso_parts(text) {
        return Some(parts);
    }
    let separator = text.chars().find(|c| matches!(c, '/' | '-' | '.'))?;
    let mut parts = text.split(separator).map(str::trim);
    let one_or_two = |text: &str| number(text, 2).or_else(|| number(text, 1));
    let day = one_or_two(parts.next()?)?;
    let month = one_or_two(parts.next()?)?;
    let year = number(parts.next()?, 4)?;
    parts.next().is_none().then_some((year, month, day))
}

/// Refuses years that are slips of the finger.
pub(super) fn within_years(date: Date, given: &str) -> Result<(), Problem> {
    if YEARS.contains(&date.year()) {
        return Ok(());
    }
    Err(Problem::new("year_out_of_range").value(given).arg("first", YEARS.start()).arg("last", YEARS.end()))
}

//! Moments and offsets: when something happened, and on which civil date ([`Day`]) that was by law.
//!
//! A [`Moment`] is stored as integer microseconds, because text timestamps sort wrongly; a [`Day`] is stored as `YYYY-MM-DD`.
//! What must stay true: the civil date of a moment is always taken in the legal zone (UTC+7), whatever offset was
//! submitted; years that people write lie between 2000 and 2100.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::day::{iso_date, number, within_years};
use super::problem::Problem;
use super::text_form::text_form;

pub use super::day::Day;

/// The offset of Viet Nam's legal time, in which waiting periods and reports count their days.
pub const LEGAL_ZONE: Offset = Offset(7 * 60);

const MICROS: i64 = 1_000_000;
const MINUTE: i64 = 60 * MICROS;

/// An instant, as microseconds since 1970-01-01T00:00:00Z; always within the years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// The earliest instant that can be held.
    pub const MIN: Self = Self(-62_135_500_000 * MICROS);
    /// The latest instant that can be held.
    pub const MAX: Self = Self(253_402_200_000 * MICROS);

    /// Takes microseconds since the epoch; what lies outside the years 1 to 9999 becomes [`Moment::MIN`] or [`Moment::MAX`].
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Takes whole seconds since the epoch, within the same limits.
    #[must_use]
    pub const fn from_second(second: i64) -> Self {
        Self::from_micros(second.saturating_mul(MICROS))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// RFC 3339 in UTC with `Z`; no fraction when it is zero, else three or six digits.
    ///
    /// ```
    /// use nguongoc::kernel::Moment;
    /// assert_eq!(Moment::from_second(1_790_000_000).to_rfc3339(), "2026-09-21T14:13:20Z");
    /// ```
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.to_string()
    }

    /// RFC 3339 at another offset, as the person who recorded it wrote it.
    ///
    /// ```
    /// use nguongoc::kernel::{LEGAL_ZONE, Moment};
    /// assert_eq!(Moment::from_second(1_790_000_000).to_rfc3339_at(LEGAL_ZONE), "2026-09-21T21:13:20+07:00");
    /// ```
    #[must_use]
    pub fn to_rfc3339_at(self, offset: Offset) -> String {
        format!("{}{offset}", self.local(offset))
    }

    /// Reads RFC 3339 with `Z` or an offset; digits beyond microseconds are dropped.
    ///
    /// # Errors
    /// `moment_malformed` (also for a date that does not exist), `year_out_of_range`, `offset_malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::parse_with_offset(text).map(|(moment, _)| moment)
    }

    /// Reads RFC 3339 and keeps the offset that was written (`Z` is `+00:00`).
    ///
    /// # Errors
    /// As [`Moment::parse`].
    pub fn parse_with_offset(text: &str) -> Result<(Self, Offset), Problem> {
        let text = text.trim();
        let malformed = || Problem::new("moment_malformed").value(text);
        let (date, rest) = text
            .split_at_checked(10)
            .filter(|(_, rest)| rest.starts_with(['T', 't']))
            .ok_or_else(malformed)?;
        let (clock, offset) = rest
            .get(1..)
            .and_then(|rest| rest.split_at_checked(rest.find(['Z', 'z', '+', '-'])?))
            .ok_or_else(malformed)?;
        let date = iso_date(date).ok_or_else(malformed)?;
        let of_day = micros_of_day(clock).ok_or_else(malformed)?;
        let offset = Offset::parse(offset)?;
        within_years(date, text)?;
        let moment = at_midnight(date, offset).0 + of_day;
        Ok((Self::from_micros(moment), offset))
    }

    /// The civil date in the legal zone (UTC+7).
    #[must_use]
    pub fn day(self) -> Day {
        Day::from_date(self.local(LEGAL_ZONE).date())
    }

    /// This moment later by a duration.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// This moment earlier by a duration.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }

    /// How long after another moment this one is; zero when it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `dd/mm/yyyy HH:MM` in the legal zone, as it stands on pages.
    #[must_use]
    pub fn vietnamese(self) -> String {
        self.local(LEGAL_ZONE).strftime("%d/%m/%Y %H:%M").to_string()
    }

    fn local(self, offset: Offset) -> jiff::civil::DateTime {
        let shifted = Self::from_micros(self.0 + i64::from(offset.0) * MINUTE);
        let timestamp = Timestamp::from_microsecond(shifted.0).unwrap_or(Timestamp::UNIX_EPOCH);
        jiff::tz::Offset::UTC.to_datetime(timestamp)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.local(Offset::UTC))
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moment({self})")
    }
}

text_form!(Moment, Moment::parse);

/// A distance from UTC in minutes, at most 14 hours either way, as EPCIS keeps it beside each event time.
///
/// ```
/// use nguongoc::kernel::Offset;
/// assert_eq!(Offset::parse("+07:00").unwrap().minutes(), 420);
/// assert_eq!(Offset::parse("-14:01").unwrap_err().code, "offset_malformed");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(i16);

impl Offset {
    /// No distance: `+00:00`.
    pub const UTC: Self = Self(0);
    const LIMIT: i16 = 14 * 60;

    /// Reads `+07:00`, `-03:30` or `Z`.
    ///
    /// # Errors
    /// `offset_malformed`, also beyond 14 hours.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::read(text).ok_or_else(|| Problem::new("offset_malformed").value(text))
    }

    /// Takes minutes east of UTC.
    ///
    /// # Errors
    /// `offset_malformed` beyond 14 hours.
    pub fn from_minutes(minutes: i64) -> Result<Self, Problem> {
        i16::try_from(minutes)
            .ok()
            .filter(|minutes| minutes.abs() <= Self::LIMIT)
            .map(Self)
            .ok_or_else(|| Problem::new("offset_malformed").value(minutes.to_string()))
    }

    /// Minutes east of UTC, negative to the west.
    #[must_use]
    pub const fn minutes(self) -> i16 {
        self.0
    }

    fn read(text: &str) -> Option<Self> {
        if matches!(text, "Z" | "z") {
            return Some(Self::UTC);
        }
        let (sign, clock) = text.split_at_checked(1)?;
        let (hours, minutes) = clock.split_once(':')?;
        let minutes = number(hours, 2)? * 60 + number(minutes, 2).filter(|m| *m < 60)?;
        let minutes = i16::try_from(minutes).ok()?;
        let minutes = match sign {
            "+" => minutes,
            "-" => -minutes,
            _ => return None,
        };
        (minutes.abs() <= Self::LIMIT).then_some(Self(minutes))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let minutes = self.0.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Debug for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Offset({self})")
    }
}

text_form!(Offset, Offset::parse);

/// Reads `HH:MM:SS` with an optional fraction.
fn micros_of_day(clock: &str) -> Option<i64> {
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = number(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let second = number(parts.next()?, 2).filter(|second| *second < 60)?;
    if parts.next().is_some() {
        return None;
    }
    let micros = fraction.map_or(Some(0), |digits| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let six: String = digits.chars().chain("000000".chars()).take(6).collect();
        if plain { six.parse::<i64>().ok() } else { None }
    })?;
    Some(i64::from((hour * 60 + minute) * 60 + second) * MICROS + micros)
}

/// The moment at which a civil date begins at an offset.
pub(super) fn at_midnight(date: Date, offset: Offset) -> Moment {
    let utc = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
    let micros = match utc {
        Ok(timestamp) => timestamp.as_microsecond(),
        Err(_) if date.year() < 1970 => Moment::MIN.0,
        Err(_) => Moment::MAX.0,
    };
    Moment::from_micros(micros - i64::from(offset.0) * MINUTE)
}

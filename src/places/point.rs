//! Points on the map: latitude and longitude in WGS 84, as people paste them from maps.
//!
//! What must stay true: a point lies in Viet Nam; it is held exactly, as whole ten-millionths of a degree (about a centimetre).

use crate::kernel::Problem;
use std::fmt;

/// One degree.
const DEGREE: i64 = 10_000_000;
/// From the Spratly Islands to Lũng Cú.
const LATITUDES: std::ops::RangeInclusive<i64> = 6 * DEGREE..=235 * DEGREE / 10;
/// From A Pa Chải to the eastern Spratly Islands.
const LONGITUDES: std::ops::RangeInclusive<i64> = 102 * DEGREE..=118 * DEGREE;
/// The longest text that is looked at: links of maps are long, but not longer.
const LONGEST: usize = 2_000;

/// A point in Viet Nam.
///
/// ```
/// use nguongoc::places::Point;
/// let point = Point::parse("21.0285, 105.8542").unwrap();
/// assert_eq!(point.latitude_e7(), 210_285_000);
/// assert_eq!(Point::parse("21°01'42.6\"N 105°51'15.12\"E").unwrap(), point);
/// assert_eq!(Point::parse("48.85, 2.35").unwrap_err().code, "point_outside");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    latitude_e7: i64,
    longitude_e7: i64,
}

impl Point {
    /// A point from ten-millionths of a degree.
    ///
    /// # Errors
    /// `point_swapped` when the two are in the wrong order, `point_outside` when it is not in Viet Nam.
    pub fn new(latitude_e7: i64, longitude_e7: i64) -> Result<Self, Problem> {
        if LATITUDES.contains(&latitude_e7) && LONGITUDES.contains(&longitude_e7) {
            return Ok(Self { latitude_e7, longitude_e7 });
        }
        let given = Self { latitude_e7, longitude_e7 };
        if LATITUDES.contains(&longitude_e7) && LONGITUDES.contains(&latitude_e7) {
            let right = Self { latitude_e7: longitude_e7, longitude_e7: latitude_e7 };
            return Err(Problem::new("point_swapped").value(given.to_string()).arg("right", right));
        }
        Err(Problem::new("point_outside").value(given.to_string()))
    }

    /// Reads two numbers, degrees with minutes and seconds, a `geo:` address (RFC 5870), or a link of a map that holds a point.
    ///
    /// # Errors
    /// `point_malformed`, and as [`Point::new`].
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::new("point_malformed").value(text);
        if text.len() > LONGEST {
            return Err(malformed());
        }
        let lower = text.trim().to_lowercase().replace("%2c", ",").replace("%20", " ");
        let bare = match (lower.strip_prefix("geo:"), lower.contains("://")) {
            (Some(geo), _) => geo.split([';', '?']).next().unwrap_or_default().to_owned(),
            (None, true) => linked(&lower).ok_or_else(malformed)?,
            (None, false) => lower,
        };
        let found = numbers(&bare).ok_or_else(malformed)?;
        // Both coordinates are written alike: degrees alone, with minutes, or with seconds too.
        let (latitude, longitude) = match found.len() {
            2 | 4 | 6 => found.split_at(found.len() / 2),
            _ => return Err(malformed()),
        };
        let latitude = in_degrees(latitude).ok_or_else(malformed)?;
        let longitude = in_degrees(longitude).ok_or_else(malformed)?;
        Self::new(latitude, longitude)
    }

    /// Degrees north times ten million.
    #[must_use]
    pub const fn latitude_e7(self) -> i64 {
        self.latitude_e7
    }

    /// Degrees east times ten million.
    #[must_use]
    pub const fn longitude_e7(self) -> i64 {
        self.longitude_e7
    }

    /// The `geo:` address (RFC 5870) that a phone opens in its map.
    #[must_use]
    pub fn geo(self) -> String {
        format!("geo:{},{}", degrees(self.latitude_e7), degrees(self.longitude_e7))
    }

    /// Latitude and longitude as decimal texts with a point.
    #[must_use]
    pub fn decimals(self) -> (String, String) {
        (degrees(self.latitude_e7), degrees(self.longitude_e7))
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", degrees(self.latitude_e7), degrees(self.longitude_e7))
    }
}

fn degrees(e7: i64) -> String {
    let (whole, rest) = (e7 / DEGREE, e7 % DEGREE);
    let fraction = format!("{rest:07}");
    format!("{whole}.{}", Some(fraction.trim_end_matches('0')).filter(|f| !f.is_empty()).unwrap_or("0"))
}

/// The pair of numbers in a link of a map. The marker of the place itself goes before the middle of the view.
fn linked(link: &str) -> Option<String> {
    let number = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '-')).collect()
    };
    let after = |marker: &str| link.find(marker).and_then(|at| link.get(at + marker.len()..));
    for (first, second) in [("!3d", "!4d"), ("mlat=", "mlon=")] {
        if let (Some(latitude), Some(longitude)) = (after(first), after(second)) {
            return Some(format!("{} {}", number(latitude), number(longitude)));
        }
    }
    for (marker, between) in
        [("q=", ','), ("query=", ','), ("destination=", ','), ("ll=", ','), ("@", ','), ("center=", ',')]
    {
        let Some((latitude, longitude)) = after(marker).and_then(|rest| rest.split_once(between)) else {
            continue;
        };
        let pair = (number(latitude), number(longitude.trim_start_matches([' ', '+'])));
        if pair.0 == latitude && !pair.0.is_empty() && !pair.1.is_empty() {
            return Some(format!("{} {}", pair.0, pair.1));
        }
    }
    let (_, rest) = after("#map=")?.split_once('/')?;
    let (latitude, longitude) = rest.split_once('/')?;
    Some(format!("{} {}", number(latitude), number(longitude)))
}

/// The numbers of a text, in ten-millionths. Nothing when anything stands in it that is not part of a coordinate, such as
/// a minus sign: nothing in Viet Nam is south or west.
fn numbers(text: &str) -> Option<Vec<i64>> {
    let chars: Vec<char> = text.chars().collect();
    let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let inside = |at: usize| digit(at.checked_sub(1)) && digit(Some(at + 1));
    let has_point = (0..chars.len()).any(|at| chars[at] == '.' && inside(at));
    let signed = chars.iter().any(|c| matches!(c, '°' | 'º'));
    let commas: Vec<usize> = (0..chars.len()).filter(|at| chars[*at] == ',' && inside(*at)).collect();
    // Without a point, commas are decimal signs where both numbers can have one: `21,0285 105,8542`.
    let decimal_commas: Vec<usize> = match commas.as_slice() {
        _ if has_point => Vec::new(),
        _ if signed => commas,
        [first, second] => vec![*first, *second],
        [first, _, third] => vec![*first, *third],
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    let mut whole = String::new();
    let mut fraction: Option<String> = None;
    for (at, c) in chars.iter().copied().chain([' ']).enumerate() {
        match c {
            '0'..='9' => fraction.as_mut().unwrap_or(&mut whole).push(c),
            '.' if inside(at) && fraction.is_none() => fraction = Some(String::new()),
            ',' if decimal_commas.contains(&at) && fraction.is_none() => fraction = Some(String::new()),
            ' ' | '\t' | '\n' | '\r' | '\u{a0}' | ',' | ';' | '(' | ')' | '[' | ']' | '°' | 'º' | '\''
            | '′' | '’' | '"' | '″' | '”' | 'n' | 'e' | 'b' | 'đ' => {
                if !whole.is_empty() {
                    found.push(ten_millionths(&whole, fraction.as_deref().unwrap_or_default())?);
                }
                whole.clear();
                fraction = None;
            }
            _ => return None,
        }
    }
    Some(found)
}

/// `21` and `02851` → 210 285 100; further digits than seven are less than a centimetre and dropped.
fn ten_millionths(whole: &str, fraction: &str) -> Option<i64> {
    if whole.len() > 3 || fraction.len() > 20 {
        return None;
    }
    let fraction: String = fraction.chars().chain("0000000".chars()).take(7).collect();
    Some(whole.parse::<i64>().ok()? * DEGREE + fraction.parse::<i64>().ok()?)
}

/// Degrees, or degrees with minutes and seconds, as ten-millionths of a degree.
fn in_degrees(parts: &[i64]) -> Option<i64> {
    let (degrees, minutes, seconds) = match parts {
        [degrees] => return Some(*degrees),
        [degrees, minutes] => (degrees, minutes, &0),
        [degrees, minutes, seconds] => (degrees, minutes, seconds),
        _ => return None,
    };
    let sound = degrees % DEGREE == 0 && *minutes < 60 * DEGREE && *seconds < 60 * DEGREE;
    sound.then(|| degrees + (minutes * 60 + seconds + 1_800) / 3_600)
}

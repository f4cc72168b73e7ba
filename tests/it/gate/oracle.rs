//! The waiting-period gate in its plainest form, written from the words of the rule and not from the program: a spray
//! on day d with n waiting days, the stricter of list and label, shuts its plot from d until 00:00 of d + n, by civil
//! days at UTC+7; what is banned, not permitted on the crop, in no list, or used above its largest dose shuts it until
//! the plot is cleared and sown anew, which every plot of the matrix that is cleared is on the same day. A harvest
//! whose hour is known and lies before the known hour of the spray, on its day, is not touched.

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Vietnam's offset in seconds.
const ZONE: i64 = 7 * 3_600;

/// A civil day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Civil(pub(super) i64);

impl Civil {
    /// Year, month and day.
    fn parts(self) -> (i64, i64, i64) {
        let mut rest = self.0;
        let mut year = 1970;
        let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        while rest >= if leap(year) { 366 } else { 365 } {
            rest -= if leap(year) { 366 } else { 365 };
            year += 1;
        }
        let february = if leap(year) { 29 } else { 28 };
        let mut month = 1;
        for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if rest < length {
                break;
            }
            rest -= length;
            month += 1;
        }
        (year, month, rest + 1)
    }

    /// `2026-11-05`
    pub(super) fn iso(self) -> String {
        let (year, month, day) = self.parts();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `05/11/2026`, as pages tell it.
    pub(super) fn shown(self) -> String {
        let (year, month, day) = self.parts();
        format!("{day:02}/{month:02}/{year:04}")
    }

    pub(super) fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// Seconds since 1970 at its 00:00 in Vietnam.
    pub(super) fn start(self) -> i64 {
        self.0 * DAY - ZONE
    }
}

/// When something was done: on a day, or at a second since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Day(Civil),
    Second(i64),
}

impl When {
    pub(super) fn day(self) -> Civil {
        match self {
            Self::Day(day) => day,
            Self::Second(second) => Civil((second + ZONE).div_euclid(DAY)),
        }
    }

    /// With a second, as RFC 3339 at an offset of so many hours.
    pub(super) fn at(self, hours: i64) -> Option<String> {
        let Self::Second(second) = self else { return None };
        let local = second + hours * 3_600;
        let (day, rest) = (Civil(local.div_euclid(DAY)), local.rem_euclid(DAY));
        let sign = if hours < 0 { '-' } else { '+' };
        let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
        Some(format!("{}T{hour:02}:{minute:02}:{second:02}{sign}{:02}:00", day.iso(), hours.abs()))
    }

    /// With a second, `HH:MM` in Vietnam.
    pub(super) fn clock(self) -> Option<String> {
        let Self::Second(second) = self else { return None };
        let rest = (second + ZONE).rem_euclid(DAY);
        Some(format!("{:02}:{:02}", rest / 3_600, rest / 60 % 60))
    }

    /// What a form can tell of it: no seconds.
    pub(super) fn in_minutes(self) -> Self {
        match self {
            Self::Second(second) => Self::Second(second.div_euclid(60) * 60),
            day @ Self::Day(_) => day,
        }
    }
}

/// What the list says of a product on a crop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// Waiting days, and whether the dose was above the largest.
    Permitted {
        days: i64,
        over: bool,
    },
    NotPermitted,
    Banned,
    Unlisted,
}

/// A spray of the book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sprayed {
    pub(super) when: When,
    pub(super) listed: Listed,
    pub(super) label: Option<i64>,
    /// The last day of the season, once the plot is cleared.
    pub(super) cleared: Option<Civil>,
}

/// What stands against a harvest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shut {
    pub(super) rule: &'static str,
    pub(super) sprayed: Civil,
    /// The first day on which a harvest is allowed.
    pub(super) until: Option<Civil>,
}

/// What the rule says of a harvest after a spray.
pub(super) fn shut(spray: &Sprayed, harvest: When) -> Option<Shut> {
    let sprayed = spray.when.day();
    let (rule, until) = match spray.listed {
        Listed::Permitted { days, over: false } => {
            let days = days.max(spray.label.unwrap_or(0));
            ("waiting_period", Some(sprayed.plus(days)))
        }
        Listed::Permitted { over: true, .. } => ("dose_exceeded", spray.cleared.map(|last| last.plus(1))),
        Listed::NotPermitted | Listed::Unlisted => {
            ("substance_not_permitted", spray.cleared.map(|last| last.plus(1)))
        }
        Listed::Banned => ("banned_substance", spray.cleared.map(|last| last.plus(1))),
    };
    let day = harvest.day();
    if day < sprayed || until.is_some_and(|until| day >= until) {
        return None;
    }
    let earlier = matches!((harvest, spray.when), (When::Second(h), When::Second(s)) if h < s);
    (!earlier).then_some(Shut { rule, sprayed, until })
}

#[test]
fn days_are_civil_days_in_vietnam() {
    let day = Civil(20_762);
    assert_eq!((day.iso().as_str(), day.shown().as_str()), ("2026-11-05", "05/11/2026"));
    assert_eq!(When::Second(day.start()).at(7).unwrap(), "2026-11-05T00:00:00+07:00");
    assert_eq!(When::Second(day.start()).at(-5).unwrap(), "2026-11-04T12:00:00-05:00");
    assert_eq!(When::Second(day.start() - 1).day(), day.plus(-1));
    assert_eq!(When::Second(day.start() - 1).clock().unwrap(), "23:59");
    assert_eq!(Civil(19_782).iso(), "2024-02-29");
}

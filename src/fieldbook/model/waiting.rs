//! The waiting period: what a spray shuts, and which harvests it touches.
//!
//! What must stay true: days are civil days at UTC+7. A spray on day d with n waiting days shuts its plot for harvests
//! on the days d ≤ h < d + n; the first one allowed begins at 00:00 of d + n. A substance that is banned, not permitted
//! for the crop, in no list, or used above its highest dose shuts the plot from d to the end of the season: its waiting
//! days say nothing then. What is harvested of the same crop afterwards stays shut until that is sown anew, in a
//! season of the crop that began on the last day of the one before or later, and can be harvested: as many days after
//! sowing as the bands in force say, on the next day at the earliest. On day d itself, a harvest whose hour is known
//! and lies before the known hour of the spray is not touched.

use crate::kernel::{ActivityId, CropCode, Day, Dose, Moment, PlaceId, Problem};

/// Days in which a plot is shut for harvests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The plot.
    pub place: PlaceId,
    /// The first day.
    pub from: Day,
    /// The first day on which it is open again; none until further notice.
    pub to: Option<Day>,
}

/// What stands against a harvest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The stable word of the rule: one of those of [`Rule`].
    pub rule: &'static str,
    /// The spray.
    pub activity: ActivityId,
    /// The active ingredient, or the product as it was written.
    pub substance: String,
    /// The day of the spray.
    pub sprayed_on: Day,
    /// The first day on which a harvest is allowed; none until further notice.
    pub until: Option<Day>,
}

/// What a season may yield at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The crop: that of the season, else that of the product.
    pub crop: CropCode,
    /// The first day of the season, or of the band.
    pub from: Day,
    /// Its last day: a harvest of the season lies within.
    pub to: Day,
    /// In grams, or in pieces where the crop is counted.
    pub most: i64,
    /// Whether more than that is refused; else it is flagged.
    pub refuse: bool,
}

/// Which rule shuts a plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The waiting period has not passed.
    WaitingPeriod,
    /// The substance is banned.
    Banned,
    /// The substance is not permitted for the crop, or in no list.
    NotPermitted,
    /// The dose was above the highest one allowed.
    DoseExceeded,
}

impl Rule {
    const ALL: [Self; 4] = [Self::WaitingPeriod, Self::Banned, Self::NotPermitted, Self::DoseExceeded];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WaitingPeriod => "waiting_period",
            Self::Banned => "banned_substance",
            Self::NotPermitted => "substance_not_permitted",
            Self::DoseExceeded => "dose_exceeded",
        }
    }

    /// Reads the word of a column.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text)
    }

    /// The key of the rule's sentence.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::WaitingPeriod => "fieldbook-rule-waiting-period",
            Self::Banned => "fieldbook-rule-banned-substance",
            Self::NotPermitted => "fieldbook-rule-substance-not-permitted",
            Self::DoseExceeded => "fieldbook-rule-dose-exceeded",
        }
    }
}

/// What the authority's list says of a substance for a crop on the day of a spray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The list does not have it.
    Unlisted,
    /// It may not be used at all.
    Banned,
    /// It is not permitted for the crop.
    NotPermitted,
    /// It is permitted.
    Permitted {
        /// Waiting days.
        days: u32,
        /// The highest dose, where the list sets one.
        most: Option<Dose>,
    },
}

/// What follows from a spray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The rule that shuts the plot.
    pub rule: Rule,
    /// The list's waiting days.
    pub list_days: Option<u32>,
    /// The waiting days in force: the stricter of list and label.
    pub waiting_days: Option<u32>,
    /// The first day on which a harvest is allowed; none for the end of the season.
    pub to: Option<Day>,
    /// Whether the dose was above the highest one allowed.
    pub dose_exceeded: bool,
}

impl Judged {
    /// Whether it shuts the plot for longer than another judgement of the same spray.
    #[must_use]
    pub fn is_stricter_than(&self, other: &Self) -> bool {
        match (self.to, other.to) {
            (Some(one), Some(other)) => one > other,
            (one, other) => one.is_none() && other.is_some(),
        }
    }
}

/// Judges a spray on `day` by the list and the label.
///
/// ```
/// use nguongoc::fieldbook::{Rule, Use, judge};
/// use nguongoc::kernel::{Day, Dose};
/// let (day, dose) = (Day::parse("2026-11-01").unwrap(), Dose::parse("15 ml/sào").unwrap());
/// let permitted = Use::Permitted { days: 7, most: None };
/// let judged = judge(day, permitted, Some(10), &dose).unwrap();
/// assert_eq!((judged.rule, judged.to), (Rule::WaitingPeriod, Some(Day::parse("2026-11-11").unwrap())));
/// assert_eq!(judge(day, Use::Banned, None, &dose).unwrap().to, None);
/// ```
///
/// # Errors
/// `dose_units_differ` when the dose is a weight and the list's a volume, or the other way round.
pub fn judge(day: Day, by_list: Use, label_days: Option<u32>, dose: &Dose) -> Result<Judged, Problem> {
    let (rule, list_days, dose_exceeded) = match by_list {
        Use::Unlisted | Use::NotPermitted => (Rule::NotPermitted, None, false),
        Use::Banned => (Rule::Banned, None, false),
        Use::Permitted { days, most } => {
            let exceeded = most.map_or(Ok(false), |most| dose.exceeds(&most))?;
            let rule = if exceeded { Rule::DoseExceeded } else { Rule::WaitingPeriod };
            (rule, Some(days), exceeded)
        }
    };
    let waiting_days = list_days.max(label_days);
    let to = (rule == Rule::WaitingPeriod)
        .then(|| day.plus_days(waiting_days.and_then(|days| i32::try_from(days).ok()).unwrap_or(i32::MAX)));
    Ok(Judged { rule, list_days, waiting_days, to, dose_exceeded })
}

/// Whether a spray on `day`, at `at` where its hour is known, that shuts its plot until `to`, touches a harvest.
#[must_use]
pub fn touches(day: Day, at: Option<Moment>, to: Option<Day>, harvested: Moment, whole_day: bool) -> bool {
    let on = harvested.day();
    if on < day || to.is_some_and(|to| on >= to) {
        return false;
    }
    let before_the_spray = on == day && !whole_day && at.is_some_and(|at| harvested < at);
    !before_the_spray
}

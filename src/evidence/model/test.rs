//! A laboratory test and its verdict, which the registry computes from what was found and what may be found.

use super::figure::{Finding, ResultUnit};
use super::grade::Grade;
use super::limit::Limit;
use crate::kernel::{Day, EventId, LabTestId, LotId, Moment, PartyId, PlaceId, Sha256Hash};
use std::cmp::Ordering;

/// What a test says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Within its limit.
    Pass,
    /// It proves nothing: no limit, or what could be measured lies above it.
    Inconclusive,
    /// Beyond its limit.
    Fail,
}

impl Verdict {
    /// All verdicts, the worst last.
    pub const ALL: [Self; 3] = [Self::Pass, Self::Inconclusive, Self::Fail];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
        }
    }

    /// The verdict with this stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == text)
    }

    /// The key of its word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pass => "evidence-verdict-pass",
            Self::Inconclusive => "evidence-verdict-inconclusive",
            Self::Fail => "evidence-verdict-fail",
        }
    }
}

/// The verdict of one finding; nothing when finding and limit count different things.
#[must_use]
pub fn judge(finding: &Finding, unit: &ResultUnit, limit: Option<&Limit>) -> Option<Verdict> {
    let within = |amount, most, of| {
        let order: Ordering = unit.compare(amount, of, most)?;
        Some(order != Ordering::Greater)
    };
    Some(match (limit, finding) {
        (Some(Limit::AtMost(most, of)), Finding::Value(value)) => {
            if within(value, most, of)? {
                Verdict::Pass
            } else {
                Verdict::Fail
            }
        }
        // Less than what could be measured is within the limit only where that could be measured.
        (Some(Limit::AtMost(most, of)), Finding::Below(loq) | Finding::NotDetected(Some(loq))) => {
            if within(loq, most, of)? { Verdict::Pass } else { Verdict::Inconclusive }
        }
        (Some(Limit::Absent), Finding::Value(value)) => {
            if value.is_zero() {
                Verdict::Pass
            } else {
                Verdict::Fail
            }
        }
        (Some(Limit::Absent), Finding::NotDetected(_)) => Verdict::Pass,
        (Some(Limit::Absent), Finding::Detected) => Verdict::Fail,
        (None, _)
        | (Some(Limit::AtMost(..)), Finding::NotDetected(None) | Finding::Detected)
        | (Some(Limit::Absent), Finding::Below(_)) => Verdict::Inconclusive,
    })
}

/// The verdict of a whole report: the worst of its results; a report without results proves nothing.
#[must_use]
pub fn overall(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    verdicts.into_iter().max().unwrap_or(Verdict::Inconclusive)
}

/// One analyte of a report, with the limit it was measured by.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What was looked for.
    pub analyte: String,
    /// What was found.
    pub finding: Finding,
    /// In which unit.
    pub unit: ResultUnit,
    /// What may be found at most, where it is known.
    pub limit: Option<Limit>,
    /// Where the limit stands.
    pub limit_source: Option<String>,
    /// What follows.
    pub verdict: Verdict,
}

/// A laboratory's report on a sample.
#[derive(Clone, Debug)]
pub struct LabTest {
    /// The id.
    pub id: LabTestId,
    /// The lot that was sampled; else a plot was.
    pub lot: Option<LotId>,
    /// The plot that was sampled; else a lot was.
    pub place: Option<PlaceId>,
    /// Who entered it.
    pub party: PartyId,
    /// Whose goods or plot they are.
    pub owner: PartyId,
    /// The laboratory's name.
    pub laboratory: String,
    /// Its account, where it is registered.
    pub laboratory_id: Option<PartyId>,
    /// The number of the report.
    pub report: String,
    /// The number of the sample.
    pub sample: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// When the sample was taken.
    pub sampled_on: Day,
    /// When the report was made.
    pub reported_on: Day,
    /// What it says.
    pub verdict: Verdict,
    /// How well it is proved.
    pub grade: Grade,
    /// The scanned report.
    pub file: Option<Sha256Hash>,
    /// The event of the journal that tells of it.
    pub event: Option<EventId>,
    /// When it was entered.
    pub recorded_at: Moment,
    /// Why it was declared wrong, if it was.
    pub wrong: Option<String>,
    /// Its analytes.
    pub results: Vec<Judged>,
}

impl LabTest {
    /// Whether it counts.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        self.wrong.is_none()
    }
}

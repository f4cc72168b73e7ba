//! What a failed test of a plot means for what was harvested there.
//!
//! A sample that fails speaks of the days around it: back to the last sample of that plot which passed for everything that failed now,
//! at most so many days as the rule in force says, and forward to the next such sample, at most so many days. Harvests of those days are held.

use super::test::Verdict;
use crate::kernel::{Day, LabTestId};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// How far a failed test of a plot reaches: dated data (`assets/data/plot-tests.json`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlotRule {
    in_force_from: Day,
    /// Days before the sample.
    pub days_before: i32,
    /// Days after the sample.
    pub days_after: i32,
    /// Where that stands.
    pub source: String,
}

static RULES: LazyLock<Vec<PlotRule>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../assets/data/plot-tests.json")).unwrap_or_default()
});

/// The rule in force on the day of a sample.
#[must_use]
pub fn plot_rule(day: Day) -> Option<&'static PlotRule> {
    RULES.iter().rev().find(|rule| rule.in_force_from <= day)
}

/// One analyte of a test of a plot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlotResult {
    /// The analyte, folded.
    pub analyte: String,
    /// What was found of it.
    pub verdict: Verdict,
}

/// A test of a plot that counts.
#[derive(Clone, Debug)]
pub struct PlotTest {
    /// Its id.
    pub id: LabTestId,
    /// The day of the sample.
    pub sampled_on: Day,
    /// Its analytes.
    pub results: Vec<PlotResult>,
}

impl PlotTest {
    fn failed(&self) -> impl Iterator<Item = &str> {
        let failed = self.results.iter().filter(|result| result.verdict == Verdict::Fail);
        failed.map(|result| result.analyte.as_str())
    }

    /// Whether it passed for everything that `other` failed.
    fn clears(&self, other: &Self) -> bool {
        let passed = |analyte: &str| {
            let of_it = || self.results.iter().filter(|result| result.analyte == analyte);
            of_it().any(|result| result.verdict == Verdict::Pass)
                && of_it().all(|result| result.verdict == Verdict::Pass)
        };
        other.failed().all(passed)
    }
}

/// A failed test of a plot that speaks of a harvest there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlotFailure {
    /// The test.
    pub test: LabTestId,
    /// What it failed for, folded and in order, each once.
    pub analytes: Vec<String>,
}

impl PlotFailure {
    fn of(test: &PlotTest) -> Self {
        let mut analytes: Vec<String> = test.failed().map(str::to_owned).collect();
        analytes.sort();
        analytes.dedup();
        Self { test: test.id, analytes }
    }

    /// Whether these failures say nothing that `before` did not: no other test, and none of more analytes.
    #[must_use]
    pub fn say_no_more(now: &[Self], before: &[Self]) -> bool {
        now.iter().all(|one| {
            before.iter().any(|other| {
                other.test == one.test && one.analytes.iter().all(|analyte| other.analytes.contains(analyte))
            })
        })
    }
}

/// The failed tests of a plot that speak of a harvest there on `day`.
#[must_use]
pub fn shut_by(tests: &[PlotTest], day: Day) -> Vec<PlotFailure> {
    let speaks = |test: &&PlotTest| {
        let Some(rule) = plot_rule(test.sampled_on) else { return false };
        if test.failed().next().is_none() {
            return false;
        }
        let cleared = |before: bool| {
            tests.iter().any(|other| {
                let between = if before {
                    other.sampled_on < test.sampled_on && day <= other.sampled_on
                } else {
                    other.sampled_on > test.sampled_on && day >= other.sampled_on
                };
                between && other.clears(test)
            })
        };
        let first = test.sampled_on.plus_days(-rule.days_before);
        let last = test.sampled_on.plus_days(rule.days_after);
        if day <= test.sampled_on { first <= day && !cleared(true) } else { day <= last && !cleared(false) }
    };
    tests.iter().filter(speaks).map(PlotFailure::of).collect()
}

//! What a failed sample says of its plot.

use nguongoc::evidence::{PlotResult, PlotTest, Verdict, shut_by};
use nguongoc::kernel::{Day, LabTestId};
use uuid::Uuid;

fn test(n: u128, sampled_on: &str, results: &[(&str, Verdict)]) -> PlotTest {
    let result = |(analyte, verdict): &(&str, Verdict)| PlotResult {
        analyte: (*analyte).to_owned(),
        verdict: *verdict,
    };
    PlotTest {
        id: LabTestId::from_uuid(Uuid::from_u128(n)),
        sampled_on: Day::parse(sampled_on).unwrap(),
        results: results.iter().map(result).collect(),
    }
}

#[test]
fn a_failed_sample_speaks_of_the_days_around_it() {
    let failed = test(1, "2026-11-20", &[("nitrat", Verdict::Fail), ("pb", Verdict::Pass)]);
    let on = |tests: &[PlotTest], day: &str| !shut_by(tests, Day::parse(day).unwrap()).is_empty();
    let alone = [failed.clone()];
    for (day, shut) in [
        ("2026-10-20", false),
        ("2026-10-21", true),
        ("2026-11-20", true),
        ("2026-12-20", true),
        ("2026-12-21", false),
    ] {
        assert_eq!(on(&alone, day), shut, "{day}");
    }
    // A sample that passed for what failed bounds the days; one that looked at something else does not.
    let passed = test(2, "2026-11-10", &[("nitrat", Verdict::Pass)]);
    let other = test(3, "2026-11-15", &[("pb", Verdict::Pass)]);
    let unsure = test(4, "2026-11-22", &[("nitrat", Verdict::Inconclusive)]);
    let later = test(5, "2026-11-25", &[("nitrat", Verdict::Pass)]);
    let all = [failed, passed, other, unsure, later];
    for (day, shut) in [
        ("2026-11-10", false),
        ("2026-11-11", true),
        ("2026-11-20", true),
        ("2026-11-24", true),
        ("2026-11-25", false),
    ] {
        assert_eq!(on(&all, day), shut, "{day}");
    }
}

//! Findings as reports write them, and the verdicts that follow from them.

use nguongoc::evidence::{Finding, Limit, ResultUnit, Verdict, judge, overall};
use nguongoc::kernel::Decimal;
use proptest::prelude::*;
use std::cmp::Ordering;

#[test]
fn findings_are_read_as_reports_write_them() {
    let number = |text: &str| Decimal::parse(text).unwrap();
    assert_eq!(Finding::parse("<0,01", "").unwrap(), Finding::Below(number("0.01")));
    assert_eq!(Finding::parse("< 0.01", "0,010").unwrap(), Finding::Below(number("0.01")));
    assert_eq!(Finding::parse("KPH", "0,01").unwrap(), Finding::NotDetected(Some(number("0.01"))));
    assert_eq!(Finding::parse("Không phát hiện", "").unwrap(), Finding::NotDetected(None));
    assert_eq!(Finding::parse("12,5", "").unwrap(), Finding::Value(number("12.5")));
    assert_eq!(Finding::parse("<0,02", "0,01").unwrap_err().code, "loq_differs");
    assert_eq!(Finding::parse("1.250", "").unwrap_err().code, "number_ambiguous");
    assert_eq!(Finding::parse("nhiều", "").unwrap_err().code, "number_not_understood");
    assert_eq!(Finding::parse(" ", "").unwrap_err().code, "text_empty");
}

#[test]
fn units_of_one_kind_compare_and_others_do_not() {
    let unit = |text: &str| ResultUnit::parse(text).unwrap();
    let number = |text: &str| Decimal::parse(text).unwrap();
    let (mg, ug, percent) = (unit("mg/kg"), unit("μg/kg"), unit("%"));
    assert_eq!(mg.compare(&number("0,01"), &ug, &number("10")), Some(Ordering::Equal));
    assert_eq!(mg.compare(&number("0,011"), &ug, &number("10")), Some(Ordering::Greater));
    assert_eq!(percent.compare(&number("1"), &mg, &number("10000")), Some(Ordering::Equal));
    assert_eq!(mg.compare(&number("1"), &unit("CFU/g"), &number("1")), None);
    assert_eq!(unit("PPM"), mg);
    assert_eq!(ResultUnit::parse("kg").unwrap_err().code, "result_unit_unknown");
}

fn at_most(text: &str, unit: &str) -> Limit {
    Limit::AtMost(Decimal::parse(text).unwrap(), ResultUnit::parse(unit).unwrap())
}

fn of(value: &str, limit: Option<Limit>) -> Option<Verdict> {
    let unit = ResultUnit::parse("mg/kg").unwrap();
    judge(&Finding::parse(value, "").unwrap(), &unit, limit.as_ref())
}

#[test]
fn a_verdict_follows_from_finding_and_limit() {
    let limit = || Some(at_most("0,01", "mg/kg"));
    assert_eq!(of("0,01", limit()), Some(Verdict::Pass));
    assert_eq!(of("0,0101", limit()), Some(Verdict::Fail));
    assert_eq!(of("<0,01", limit()), Some(Verdict::Pass));
    assert_eq!(of("<0,05", limit()), Some(Verdict::Inconclusive), "what was not seen is not proved");
    assert_eq!(of("KPH", limit()), Some(Verdict::Inconclusive));
    assert_eq!(of("0,005", Some(at_most("10", "µg/kg"))), Some(Verdict::Pass));
    assert_eq!(of("0,05", Some(at_most("10", "µg/kg"))), Some(Verdict::Fail));
    assert_eq!(of("0,05", Some(at_most("10", "CFU/g"))), None);
    assert_eq!(of("0,05", None), Some(Verdict::Inconclusive));
    assert_eq!(of("KPH", Some(Limit::Absent)), Some(Verdict::Pass));
    assert_eq!(of("<3", Some(Limit::Absent)), Some(Verdict::Inconclusive));
    assert_eq!(of("phát hiện", Some(Limit::Absent)), Some(Verdict::Fail));
    assert_eq!(overall([]), Verdict::Inconclusive);
    assert_eq!(overall([Verdict::Pass, Verdict::Inconclusive, Verdict::Pass]), Verdict::Inconclusive);
    assert_eq!(overall([Verdict::Fail, Verdict::Inconclusive]), Verdict::Fail);
}

proptest! {
    #[test]
    fn below_what_can_be_measured_never_fails_and_passes_only_where_it_can_be_measured(
        loq in 1_u32..1_000_000, limit in 1_u32..1_000_000, scale in 0_usize..6,
    ) {
        let text = |number: u32| {
            let digits = format!("{number:0>7}");
            let (whole, rest) = digits.split_at(digits.len() - scale);
            if scale == 0 { whole.to_owned() } else { format!("{whole}.{rest}") }
        };
        let unit = ResultUnit::parse("mg/kg").unwrap();
        let most = Limit::AtMost(Decimal::parse_plain(&text(limit)).unwrap(), unit);
        let found = Finding::Below(Decimal::parse_plain(&text(loq)).unwrap());
        let expected = if loq <= limit { Verdict::Pass } else { Verdict::Inconclusive };
        prop_assert_eq!(judge(&found, &unit, Some(&most)), Some(expected));
    }
}

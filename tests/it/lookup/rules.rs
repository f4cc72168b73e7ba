//! The order of verdicts and the rule sets, which are pure.

use nguongoc::codes::SignatureState;
use nguongoc::kernel::Day;
use nguongoc::lookup::{
    Activation, Axes, Issuance, Recall, ScanPattern, Verdict, in_force, is_past, rule_sets, verdict,
};
use proptest::prelude::*;
use proptest::sample::select;

fn axes() -> impl Strategy<Value = Axes> {
    let signature = select(SignatureState::ALL);
    let rest =
        (select(Issuance::ALL), select(Activation::ALL), select(Recall::ALL), select(ScanPattern::ALL));
    (signature, rest).prop_map(|(signature, (issuance, activation, recall, scan_pattern))| Axes {
        signature,
        issuance,
        activation,
        recall,
        scan_pattern,
    })
}

/// Where a verdict stands in the order in which one beats the other.
fn rank(verdict: Verdict) -> usize {
    Verdict::ALL.iter().position(|known| *known == verdict).unwrap()
}

proptest! {
    #[test]
    fn a_recall_beats_everything(axes in axes(), past: bool, complete: bool) {
        let recalled = Axes { recall: Recall::Recalled, ..axes };
        prop_assert_eq!(verdict(&recalled, past, complete), Verdict::Recalled);
    }

    #[test]
    fn what_is_worse_is_never_hidden(axes in axes(), past: bool, complete: bool) {
        let found = rank(verdict(&axes, past, complete));
        let no_worse_than = |verdict: Verdict| found <= rank(verdict);
        let forged = matches!(axes.signature, SignatureState::Invalid | SignatureState::UnknownKey)
            || axes.issuance == Issuance::OutsideRun;
        prop_assert!(!forged || no_worse_than(Verdict::NotIssuedByUs));
        prop_assert!(axes.activation != Activation::Void || no_worse_than(Verdict::Void));
        prop_assert!(axes.activation != Activation::NotActivated || no_worse_than(Verdict::NotActivated));
        prop_assert!(!past || no_worse_than(Verdict::PastDate));
        prop_assert!(axes.recall != Recall::OnHold || no_worse_than(Verdict::OnHold));
        prop_assert!(axes.scan_pattern != ScanPattern::Unusual || no_worse_than(Verdict::UnusualScans));
        prop_assert!(complete || no_worse_than(Verdict::Incomplete));
    }

    #[test]
    fn in_order_means_that_nothing_stands_against_it(axes in axes(), past: bool, complete: bool) {
        if verdict(&axes, past, complete) == Verdict::InOrder {
            prop_assert!(complete && !past && axes.recall == Recall::None);
            prop_assert!(axes.issuance != Issuance::OutsideRun);
            prop_assert!(!matches!(axes.signature, SignatureState::Invalid | SignatureState::UnknownKey));
            prop_assert!(!matches!(axes.activation, Activation::Void | Activation::NotActivated));
        }
    }
}

#[test]
fn the_last_day_of_use_is_a_day_of_use() {
    let day = |text| Day::parse(text).unwrap();
    assert!(!is_past(Some(day("2026-11-23")), day("2026-11-23")));
    assert!(is_past(Some(day("2026-11-23")), day("2026-11-24")));
    assert!(!is_past(None, day("2026-11-24")));
}

#[test]
fn one_rule_set_is_in_force_on_each_day() {
    assert_eq!(rule_sets().len(), 2, "the embedded rule sets are not understood");
    let on = |text| in_force(Day::parse(text).unwrap()).map(|set| set.id.as_str());
    assert_eq!(on("2024-05-31"), None);
    assert_eq!(on("2024-06-01"), Some("tt02-2024"));
    assert_eq!(on("2026-01-22"), Some("tt02-2024"));
    assert_eq!(on("2026-01-23"), Some("tt02-2024-nd37-2026"));
    assert_eq!(on("2030-01-01"), Some("tt02-2024-nd37-2026"));
}

//! The right to code goes along with goods, and never grows.

use nguongoc::lots::{share_of_codes, spread_codes};
use proptest::prelude::*;

/// Of a lot, how much is packed or coded: often all of it, where a gram too much shows.
fn thousandths() -> impl Strategy<Value = i64> {
    prop_oneof![0_i64..=1_000, Just(1_000)]
}

proptest! {
    #[test]
    fn a_split_makes_no_right(whole in 1_i64..1_000_000, p in thousandths(), c in thousandths(), u in 1_i64..=1_000,
        cuts in proptest::collection::vec(1_i64..1_000, 1..5)) {
        let packed = whole * p / 1_000;
        let coded = packed * c / 1_000;
        let part = (whole * u / 1_000).max(1);
        let (free, with_codes) = share_of_codes(packed, coded, whole, part);
        prop_assert!(free >= 0 && with_codes >= 0 && free + with_codes <= part);
        prop_assert!(free <= packed - coded && with_codes <= coded);
        // What stays: packed stays within what is there, and coded within packed.
        prop_assert!(packed - free - with_codes <= whole - part);
        let sum: i64 = cuts.iter().sum();
        let outs: Vec<i64> = cuts.iter().map(|cut| part * cut / sum).collect();
        let given: Vec<(i64, i64)> = spread_codes(free, with_codes, outs.iter().copied()).collect();
        for (amount, (free, coded)) in outs.iter().zip(&given) {
            prop_assert!(*free >= 0 && *coded >= 0 && free + coded <= *amount);
        }
        prop_assert!(given.iter().map(|one| one.0).sum::<i64>() <= free);
        // All that could ever be coded: what is there, less what is coded.
        let before = whole - coded;
        let after = (whole - part - (coded - with_codes))
            + outs.iter().zip(&given).map(|(amount, (_, coded))| amount - coded).sum::<i64>();
        prop_assert!(after <= before, "{after} > {before}");
    }
}

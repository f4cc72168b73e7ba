//! Chance that is the same every time.

/// `SplitMix64`: small, and the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `below`.
    pub(crate) fn roll(&mut self, below: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let below = u64::try_from(below.max(1)).unwrap_or(1);
        i64::try_from((mixed ^ (mixed >> 31)) % below).unwrap_or(0)
    }

    /// A number from one to another, both possible.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.roll(to - from + 1)
    }

    /// A number that is usually near the middle: the sum of twelve, which is near a normal one of this deviation.
    pub(crate) fn near(&mut self, middle: i64, deviation: i64) -> i64 {
        let sum: i64 = (0..12).map(|_| self.roll(1_001)).sum();
        middle + (sum - 6_000) * deviation / 1_000
    }
}

//! How a right to code goes along with goods, in whole grams or pieces.
//!
//! What must stay true: what may still be coded is rounded down and what is coded already is rounded up, so that a split and a merge
//! never make a right that was not there.

/// What bounds the codes of a party's part of a lot, in grams or pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeAccount {
    /// What was packed of it, with what came packed from a split or merge.
    pub packed: i64,
    /// What came in and was not used up.
    pub in_hand: i64,
    /// What has codes that are not void, with what came coded from a split or merge.
    pub coded: i64,
    /// What all parties together have not coded of what there ever was of the lot and is not used up.
    pub of_all: i64,
}

impl CodeAccount {
    /// What may still be coded. Never negative.
    #[must_use]
    pub fn left(&self) -> i64 {
        (self.packed.min(self.in_hand) - self.coded).min(self.of_all).max(0)
    }

    /// What has codes although its packs were opened: these labels are to be voided.
    #[must_use]
    pub fn too_many(&self) -> i64 {
        (self.coded - self.in_hand.max(0)).max(0)
    }
}

/// The whole part of `of * part / whole`; nothing when there is no whole.
fn floor(of: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let product = i128::from(of) * i128::from(part);
    i64::try_from(product / i128::from(whole)).unwrap_or(i64::MAX)
}

/// The same, rounded up.
fn ceil(of: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let product = i128::from(of) * i128::from(part) + i128::from(whole) - 1;
    i64::try_from(product / i128::from(whole)).unwrap_or(i64::MAX)
}

/// What goes along with `part` of the `whole` that a party has taken in of a lot: of what was packed and may still be coded, rounded
/// down, and of what is coded, rounded up. All in grams or pieces of the lot; what does not fit together counts as the nearest that does.
#[must_use]
pub fn share_of_codes(packed: i64, coded: i64, whole: i64, part: i64) -> (i64, i64) {
    let part = part.min(whole).max(0);
    let packed = packed.clamp(0, whole.max(0));
    let coded = coded.clamp(0, packed);
    (floor(packed - coded, part, whole), ceil(coded, part, whole))
}

/// Spreads what went along (what may still be coded, and what is coded: see [`share_of_codes`]) over the amounts that came out: each its
/// share, what may be coded rounded down and what is coded rounded up, and never more than there is of it.
pub fn spread_codes(
    free: i64,
    coded: i64,
    came_out: impl Iterator<Item = i64> + Clone,
) -> impl Iterator<Item = (i64, i64)> {
    let whole: i64 = came_out.clone().sum();
    came_out.map(move |amount| {
        let coded = ceil(coded, amount, whole).min(amount);
        (floor(free, amount, whole).min(amount - coded), coded)
    })
}

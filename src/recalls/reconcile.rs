//! Whether the food of a recall is accounted for: what there was against what is known of it.
//!
//! What must stay true: what there was is what grew and was made, less what went into other lots of the same recall, and less what came out of
//! a transformation that never went in; it is compared with what lies in hands, is under way, was sold, sampled, lost, and recovered, each
//! gram once. On a chain whose facts fit together the two are equal to the gram; where they differ, the difference is told exactly and never
//! rounded away.

use super::matched::{self, Matched};
use super::model::{Recovery, Way};
use super::store::{self, Sums};
use crate::kernel::{Lang, Quantity, RecallId, Unit};
use crate::store::{StoreError, Tx};
use serde::Serialize;

/// What was recovered in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Recovered {
    /// In which way.
    pub way: Way,
    /// How much.
    pub amount: i64,
}

/// The account of all lots of a recall that are counted in one unit; amounts in grams or pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// The unit.
    pub unit: Unit,
    /// What grew and was made of something, less what went into other lots: what there was.
    pub entered: i64,
    /// What came out of transformations beyond what went in: made of nothing, and no part of what there was.
    pub surplus: i64,
    /// In hands, and not recovered.
    pub held: i64,
    /// Between two hands, and not recovered.
    pub under_way: i64,
    /// Sold to consumers, and not recovered.
    pub sold: i64,
    /// Taken as samples, and not recovered.
    pub sampled: i64,
    /// Lost or destroyed outside of the recall, and not entered as recovered.
    pub wasted: i64,
    /// Lost between two hands.
    pub lost: i64,
    /// Recovered.
    pub recovered: i64,
    /// The same by the way it was dealt with.
    pub ways: Vec<Recovered>,
    /// The sum of all that is known: numerator of the share that is accounted for.
    pub accounted: i64,
    /// What there was less what is known of it. Below zero where more is known than there was.
    pub unaccounted: i64,
}

impl Reconciled {
    /// The account of all lots of a recall that are counted in `unit`, from what the chain tells of them and what of that was recovered.
    #[must_use]
    pub fn of(unit: Unit, sums: &Sums, matched: &Matched) -> Self {
        let of = |name: &str| sums.accounts.get(name).copied().unwrap_or(0);
        let entered = of("harvested") + of("produced") - of("used") - sums.surplus;
        let (held, under_way) = (sums.held - matched.held, sums.under_way - matched.under_way);
        let (wasted, lost) = (of("wasted") - matched.wasted, of("lost") - matched.lost);
        let (sold, sampled) = (of("sold") - matched.sold, of("sampled") - matched.sampled);
        let recovered: i64 = matched.ways.values().sum();
        let accounted = held + under_way + sold + sampled + wasted + lost + recovered;
        Self {
            unit,
            entered,
            surplus: sums.surplus,
            held,
            under_way,
            sold,
            sampled,
            wasted,
            lost,
            recovered,
            ways: matched.ways.iter().map(|(way, amount)| Recovered { way: *way, amount: *amount }).collect(),
            accounted,
            unaccounted: entered - accounted,
        }
    }

    /// The share that is accounted for, in hundredths of a percent, rounded down; nothing where there was nothing.
    #[must_use]
    pub fn basis_points(&self) -> Option<i64> {
        let points = i128::from(self.accounted) * 10_000;
        if self.entered <= 0 { None } else { i64::try_from(points / i128::from(self.entered)).ok() }
    }

    /// The share as people read it: `100,00 %`.
    #[must_use]
    pub fn percent(&self, lang: Lang) -> String {
        let sign = if lang == Lang::Vi { ',' } else { '.' };
        self.basis_points()
            .map_or_else(|| "–".to_owned(), |points| format!("{}{sign}{:02} %", points / 100, points % 100))
    }

    /// An amount as people read it; below zero with its sign.
    #[must_use]
    pub fn show(&self, amount: i64, lang: Lang) -> String {
        let shown = Quantity::new(amount.saturating_abs(), self.unit)
            .map_or_else(|_| amount.to_string(), |quantity| quantity.show(lang));
        if amount < 0 { format!("−{shown}") } else { shown }
    }
}

/// The accounts of a recall, one for each unit that its lots are counted in.
///
/// # Errors
/// When the database fails or a row does not fit.
pub(super) async fn reconcile(tx: &mut Tx, recall: RecallId) -> Result<Vec<Reconciled>, StoreError> {
    let mut matched = matched::by_unit(tx, recall).await?;
    let mut all = Vec::new();
    for (unit, sums) in store::sums(tx, recall).await? {
        let parsed = Unit::parse(&unit);
        let parsed = parsed.map_err(|why| StoreError::misfit("lot", "unit", recall, why.to_string()))?;
        all.push(Reconciled::of(parsed, &sums, &matched.remove(&unit).unwrap_or_default()));
    }
    Ok(all)
}

/// A recovery as programs are shown it.
pub(super) fn recovery_json(recovery: &Recovery) -> serde_json::Value {
    serde_json::json!({
        "id": recovery.id,
        "party": recovery.party,
        "lot": recovery.lot,
        "way": recovery.way,
        "quantity": recovery.quantity,
        "at": recovery.at,
    })
}

//! Whether the food of a recall is accounted for: what there was against what is known of it.
//!
//! What must stay true: what there was is what grew and was made, less what went into other lots of the same recall, and less what came out of
//! a transformation that never went in; it is compared with what lies in hands, is under way, was sold, sampled, lost, and recovered, each
//! gram once. On a chain whose facts fit together the two are equal to the gram; where they differ, the difference is told exactly and never
//! rounded away.

use super::model::{Recovery, Way};
use super::store::{self, Claim, Sums};
use crate::kernel::{Lang, Quantity, RecallId, Unit};
use crate::store::{StoreError, Tx};
use serde::Serialize;
use std::collections::BTreeMap;

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
    /// Between two hands.
    pub under_way: i64,
    /// Sold to consumers, and not recovered.
    pub sold: i64,
    /// Taken as samples.
    pub sampled: i64,
    /// Lost or destroyed outside of the recall.
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
    let claims = store::claims(tx, recall).await?;
    let mut all = Vec::new();
    for (unit, sums) in store::sums(tx, recall).await? {
        let parsed = Unit::parse(&unit);
        let parsed = parsed.map_err(|why| StoreError::misfit("lot", "unit", recall, why.to_string()))?;
        all.push(account(parsed, &sums, claims.iter().filter(|claim| claim.unit == unit)));
    }
    Ok(all)
}

fn account<'c>(unit: Unit, sums: &Sums, claims: impl Iterator<Item = &'c Claim>) -> Reconciled {
    let of = |name: &str| sums.accounts.get(name).copied().unwrap_or(0);
    let entered = of("harvested") + of("produced") - of("used") - sums.surplus;
    let lost = of("lost");
    let (mut held, mut wasted) = (sums.held, of("wasted"));
    let (mut sold, mut sampled) = (of("sold"), of("sampled"));
    let mut ways: BTreeMap<Way, i64> = BTreeMap::new();
    for claim in claims {
        let (mut left, mut gone) = (claim.held, claim.wasted);
        let (mut bought, mut tried) = (claim.sold, claim.sampled);
        for (way, amount) in &claim.ways {
            let Ok(way) = Way::parse(way) else { continue };
            *ways.entry(way).or_default() += amount;
            let mut rest = *amount;
            let mut take = |mine: &mut i64, all: &mut i64| {
                let taken = rest.min(*mine).max(0);
                *mine -= taken;
                *all -= taken;
                rest -= taken;
            };
            // What came back was sold before; everything else lay with the holder.
            if way == Way::Returned {
                take(&mut bought, &mut sold);
            }
            take(&mut left, &mut held);
            take(&mut gone, &mut wasted);
            take(&mut bought, &mut sold);
            take(&mut tried, &mut sampled);
        }
    }
    let recovered: i64 = ways.values().sum();
    let accounted = held + sums.under_way + sold + sampled + wasted + lost + recovered;
    Reconciled {
        unit,
        entered,
        surplus: sums.surplus,
        held,
        under_way: sums.under_way,
        sold,
        sampled,
        wasted,
        lost,
        recovered,
        ways: ways.into_iter().map(|(way, amount)| Recovered { way, amount }).collect(),
        accounted,
        unaccounted: entered - accounted,
    }
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

#[cfg(test)]
mod tests {
    use super::super::store::{Claim, Sums};
    use super::account;
    use crate::kernel::{Lang, Unit};

    fn sums(accounts: &[(&str, i64)], held: i64, under_way: i64) -> Sums {
        let accounts = accounts.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect();
        Sums { accounts, held, under_way, surplus: 0 }
    }

    #[test]
    fn an_honest_chain_is_accounted_for_to_the_gram() {
        let sums = sums(
            &[
                ("harvested", 100),
                ("used", 60),
                ("produced", 50),
                ("sold", 20),
                ("wasted", 5),
                ("sampled", 1),
            ],
            54,
            10,
        );
        let account = account(Unit::Gram, &sums, [].iter());
        assert_eq!((account.entered, account.accounted, account.unaccounted), (90, 90, 0));
        assert_eq!(account.percent(Lang::Vi), "100,00 %");
    }

    #[test]
    fn what_was_recovered_is_counted_once() {
        let sums = sums(&[("harvested", 100), ("sold", 40)], 60, 0);
        let ways = [("destroy".to_owned(), 50), ("returned".to_owned(), 15)].into();
        let claim = Claim { unit: "gram".into(), ways, held: 60, sold: 40, ..Claim::default() };
        let account = account(Unit::Gram, &sums, [claim].iter());
        assert_eq!((account.held, account.sold, account.recovered), (10, 25, 65));
        assert_eq!((account.accounted, account.unaccounted), (100, 0));
    }

    #[test]
    fn a_dishonest_chain_shows_its_deviation() {
        let sums = sums(&[("harvested", 1_000), ("sold", 1_201)], 0, 0);
        let account = account(Unit::Gram, &sums, [].iter());
        assert_eq!((account.unaccounted, account.percent(Lang::En).as_str()), (-201, "120.10 %"));
    }

    #[test]
    fn what_was_made_of_nothing_was_never_there() {
        let told = [("harvested", 1_000), ("used", 1_000), ("produced", 1_250), ("sold", 1_250)];
        let account = account(Unit::Gram, &Sums { surplus: 250, ..sums(&told, 0, 0) }, [].iter());
        assert_eq!((account.entered, account.accounted, account.unaccounted), (1_000, 1_250, -250));
    }

    #[test]
    fn what_was_lost_under_way_is_known() {
        let sums = sums(&[("harvested", 100), ("lost", 7)], 90, 3);
        let account = account(Unit::Gram, &sums, [].iter());
        assert_eq!((account.under_way, account.lost, account.unaccounted), (3, 7, 0));
    }
}

//! A unit code: from its serial back to the run that holds its index, what became of the label, and the lot that it stands on.
//!
//! What must stay true: only codes whose signature was checked come here; a code that no run holds was signed by a thief of the key; a
//! label printed before its lot was known leads to a lot only once it is activated.

use super::model::{Activation, Issuance};
use crate::codes::runs::{RangeState, RunState, Scatter, holding};
use crate::codes::{Code, ProductKey};
use crate::kernel::{LotCode, LotId, Moment, Serial};
use crate::log;
use crate::lots;
use crate::products;
use crate::store::{StoreError, Tx};

/// What a unit code says.
#[derive(Clone, Debug)]
pub struct AskedUnit {
    /// The product.
    pub product: ProductKey,
    /// The lot, when the code names one.
    pub lot: Option<LotCode>,
    /// The serial.
    pub serial: Serial,
}

impl AskedUnit {
    /// What a code says of a unit; nothing for the code of a lot.
    #[must_use]
    pub fn of(code: &Code) -> Option<Self> {
        let serial = code.serial()?.clone();
        Some(Self { product: code.product().clone(), lot: code.lot().cloned(), serial })
    }

    /// What a run's paths would name the product by.
    fn product_key(&self) -> String {
        match &self.product {
            ProductKey::Gtin(gtin) => format!("01/{gtin}"),
            ProductKey::Number(number) => format!("P/{number}"),
        }
    }
}

/// What is known of a unit's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What is known of its issue.
    pub issuance: Issuance,
    /// What became of the label.
    pub activation: Activation,
    /// When its run was issued.
    pub issued_at: Option<Moment>,
    /// Where the issue stands in the log.
    pub log_index: Option<u64>,
    /// Where its activation stands in the log; none before it counts.
    pub activated_at: Option<u64>,
    /// Where the log tells that it is void. It counts before the log does.
    pub voided_at: Option<u64>,
    /// The lot that it stands on.
    pub lot: Option<LotId>,
    /// Whether something of its run waits for the log: the answer changes when it is logged.
    pub is_pending: bool,
}

impl Unit {
    const STRANGE: Self = Self {
        issuance: Issuance::OutsideRun,
        activation: Activation::NotApplicable,
        issued_at: None,
        log_index: None,
        activated_at: None,
        voided_at: None,
        lot: None,
        is_pending: false,
    };

    /// Where everything that is known of it stands in the log, as far as it does.
    pub fn log_indices(&self) -> impl Iterator<Item = u64> {
        [self.log_index, self.activated_at, self.voided_at].into_iter().flatten()
    }
}

/// What is known of a unit. Without the registry's serial key no run was ever issued.
///
/// # Errors
/// When the database fails.
pub(super) async fn find(
    tx: &mut Tx,
    scatter: Option<&Scatter>,
    asked: &AskedUnit,
) -> Result<Unit, StoreError> {
    let product = match &asked.product {
        ProductKey::Gtin(gtin) => products::by_gtin(tx, gtin).await?,
        ProductKey::Number(number) => products::by_number(tx, number).await?,
    };
    let (Some(product), Some(scatter)) = (product, scatter) else { return Ok(Unit::STRANGE) };
    let Some(index) = scatter.index(&product.number, &asked.serial) else { return Ok(Unit::STRANGE) };
    let Some(state) = holding(tx, product.id, index).await? else { return Ok(Unit::STRANGE) };
    // The very path that was printed: another spelling, or another lot, was never issued.
    if state.run.product_key != asked.product_key() || !is_lot_of(tx, &state, asked).await? {
        return Ok(Unit::STRANGE);
    }
    let (label, lot) = state.label(index);
    let log_index = log::published_at(tx, state.run.entry).await?;
    let (activated, voided) = state.entries(index);
    let mut acts = [None, None];
    for (at, entry) in acts.iter_mut().zip([activated, voided]) {
        if let Some(entry) = entry {
            *at = log::published_at(tx, entry).await?;
        }
    }
    let [activated_at, voided_at] = acts;
    Ok(Unit {
        issuance: if log_index.is_some() { Issuance::Logged } else { Issuance::Pending },
        activation: match label {
            Some(RangeState::Void) => Activation::Void,
            Some(RangeState::Activated) => Activation::Active,
            None => Activation::NotActivated,
        },
        issued_at: Some(state.run.issued_at),
        log_index,
        activated_at,
        voided_at,
        lot,
        is_pending: log_index.is_none() || state.ranges.iter().any(|range| !range.is_logged),
    })
}

async fn is_lot_of(tx: &mut Tx, state: &RunState, asked: &AskedUnit) -> Result<bool, StoreError> {
    match (state.run.lot, &asked.lot) {
        (None, None) => Ok(true),
        (Some(lot), Some(code)) => Ok(lots::find(tx, lot).await?.is_some_and(|lot| lot.code == *code)),
        _ => Ok(false),
    }
}

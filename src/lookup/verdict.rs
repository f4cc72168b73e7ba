//! The verdict: one line out of separate axes, in one order.
//!
//! What must stay true: a recall beats everything; what is worse is never hidden by what is milder; "genuine" is not a
//! verdict, for a copy would look the same.

use super::model::{Activation, Asked, Axes, Issuance, Lot, Recall, ScanPattern, Verdict};
use super::units::Unit;
use crate::codes::SignatureState;
use crate::kernel::Day;

/// What the axes are for a lot that was asked for so.
#[must_use]
pub fn axes(asked: &Asked, unit: Option<&Unit>, lot: &Lot, logged_at: Option<u64>) -> Axes {
    let of_lot = match (asked, &lot.issued) {
        // Somebody signed a path under which nothing was issued: only a thief of the key can.
        (Asked::Signed { key_path, .. }, Some(issued)) if issued.path != *key_path => Issuance::OutsideRun,
        (Asked::Signed { .. }, None) => Issuance::OutsideRun,
        (_, Some(_)) if logged_at.is_some() => Issuance::Logged,
        (_, Some(_)) => Issuance::Pending,
        (Asked::Short, None) => Issuance::None,
    };
    let recalled = lot.recall.is_some() || lot.upstream.as_ref().is_some_and(|upstream| upstream.recalled);
    let held = lot.hold.is_some() || lot.breach.is_some() || lot.upstream.is_some();
    let recall = match (recalled, held) {
        (true, _) => Recall::Recalled,
        (false, true) => Recall::OnHold,
        (false, false) => Recall::None,
    };
    Axes {
        signature: compromised(asked.signature(), lot),
        issuance: unit.map_or(of_lot, |unit| unit.issuance),
        activation: unit.map_or(Activation::NotApplicable, |unit| unit.activation),
        recall,
        scan_pattern: ScanPattern::Unknown,
    }
}

/// The key list that this process holds may be older than what the registry knows of the key.
fn compromised(signature: SignatureState, lot: &Lot) -> SignatureState {
    match signature {
        SignatureState::Valid if lot.stamp.key_compromised => SignatureState::CompromisedKey,
        other => other,
    }
}

/// Whether the use-by day is over on `today`.
#[must_use]
pub fn is_past(expires_on: Option<Day>, today: Day) -> bool {
    expires_on.is_some_and(|last| last < today)
}

/// The line to read first, for a lot that exists.
#[must_use]
pub fn verdict(axes: &Axes, past_date: bool, complete: bool) -> Verdict {
    if axes.recall == Recall::Recalled {
        return Verdict::Recalled;
    }
    let forged = matches!(axes.signature, SignatureState::Invalid | SignatureState::UnknownKey);
    if forged || axes.issuance == Issuance::OutsideRun {
        return Verdict::NotIssuedByUs;
    }
    match axes.activation {
        Activation::Void => return Verdict::Void,
        Activation::NotActivated => return Verdict::NotActivated,
        Activation::Active | Activation::NotApplicable => {}
    }
    if past_date {
        return Verdict::PastDate;
    }
    if axes.recall == Recall::OnHold {
        return Verdict::OnHold;
    }
    if axes.scan_pattern == ScanPattern::Unusual {
        return Verdict::UnusualScans;
    }
    // What is not under a signed checkpoint yet has no effect yet.
    if complete && axes.issuance != Issuance::Pending { Verdict::InOrder } else { Verdict::Incomplete }
}

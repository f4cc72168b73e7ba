//! The papers of a lot: certificates that were valid on the day that matters (the day of packing, else of harvest) and laboratory tests.
//!
//! What must stay true: a certificate is shown when its party publishes it or a pack of the lot claims it, and never as valid when it was
//! not; a test that counts is shown whatever it found; the number of a household's certificate is told only with its consent.

use super::model::Lot;
use crate::evidence::{self, Certificate, LabTest};
use crate::kernel::{CertificateId, Day};
use crate::store::{StoreError, Tx};
use crate::{events, lots, parties};

/// A certificate as the public sees it.
#[derive(Clone, Debug)]
pub struct ShownCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// Its number, where it may be told.
    pub number: Option<String>,
    /// Whose it is, where that is not the producer and may be told.
    pub holder: Option<String>,
    /// Whether a pack of the lot claims it.
    pub claimed: bool,
}

/// The papers of a lot.
#[derive(Clone, Debug)]
pub struct Papers {
    /// The day that matters.
    pub day: Day,
    /// The certificates.
    pub certificates: Vec<ShownCertificate>,
    /// The tests that count.
    pub tests: Vec<LabTest>,
}

/// The papers of a lot.
///
/// # Errors
/// When the database fails.
pub(super) async fn of(tx: &mut Tx, shown: &Lot) -> Result<Papers, StoreError> {
    let day = shown.packed_on.unwrap_or(shown.harvested_on);
    let none = Papers { day, certificates: Vec::new(), tests: Vec::new() };
    let Some(lot) = lots::find(tx, shown.id).await? else { return Ok(none) };
    let claims: Vec<CertificateId> = events::claimed(tx, lot.id).await?;
    let mut found = evidence::valid_on(tx, lot.party, Some(lot.place), Some(lot.product), day).await?;
    found.retain(|known| known.is_shown() || claims.contains(&known.id));
    let others: Vec<CertificateId> =
        claims.iter().copied().filter(|id| found.iter().all(|known| known.id != *id)).collect();
    if !others.is_empty() {
        found.extend(evidence::certificates(tx, &others).await?);
    }
    let mut certificates = Vec::with_capacity(found.len());
    for certificate in found {
        let own = certificate.party == lot.party;
        let holder = parties::party(tx, certificate.party).await?.and_then(|party| party.view().name);
        let number = holder.is_some().then(|| certificate.number.clone());
        let claimed = claims.contains(&certificate.id);
        let holder = holder.filter(|_| !own);
        certificates.push(ShownCertificate { certificate, number, holder, claimed });
    }
    let tests = evidence::tests_for(tx, lot.id, lot.place, lot.harvested_on).await?;
    Ok(Papers { day, certificates, tests })
}

//! The use cases of parties, one unit of work each, and what other rooms ask within theirs.

mod application;
mod mail;
mod mandate;
mod party;

pub use application::{
    Details, apply, approve, details, document, open_applications, open_count, refuse, register,
};
pub use mail::{mail_address, set_mail_address};
pub use mandate::{
    Choice, Signatory, give_mandate, grantors, mandate_document, mandates, may_record_for, revoke_mandate,
    stand_in,
};
pub use party::{Own, find, own, parties, reinstate, set_consent, sign_up_code, suspend};

use super::model::{Filter, Kind, Party, Status, tax_match};
use super::store;
use crate::kernel::{Day, Gln, MandateId, PageSize, PartyId, Problems, TaxNumber};
use crate::log;
use crate::store::{StoreError, Tx};

/// Why a use case of parties was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such thing, as far as the one who asks may know.
    #[error("no such party, application or mandate")]
    NotFound,
    /// The tax number is registered or waits for a decision; whose it is, is not said.
    #[error("the tax number is registered or pending")]
    NumberTaken,
    /// Another registered party has the GLN.
    #[error("the GLN is registered")]
    GlnTaken,
    /// The application was decided before.
    #[error("the application is decided")]
    AlreadyDecided,
    /// The party, consent or mandate is already in the state asked for, or in one from which it cannot go there.
    #[error("the state does not allow it")]
    WrongState,
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The log disagrees with what is stored: what permits something waits until somebody has looked.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A party, for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn party(tx: &mut Tx, id: PartyId) -> Result<Option<Party>, StoreError> {
    store::party(tx, id).await
}

/// The party that is registered, or waits for a decision, under this tax number; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn by_tax_number(tx: &mut Tx, number: &TaxNumber) -> Result<Option<Party>, StoreError> {
    store::by_tax(tx, &tax_match(number)).await
}

/// The approved party with this GLN.
///
/// # Errors
/// When the database fails.
pub async fn by_gln(tx: &mut Tx, gln: &Gln) -> Result<Option<Party>, StoreError> {
    store::by_gln(tx, gln).await
}

/// Notes that what the public sees of a party and of its lots changes; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, id: PartyId) -> Result<(), StoreError> {
    store::touch(tx, id).await
}

/// The approved parties of a kind, the newest first, at most a hundred; to choose from.
///
/// # Errors
/// When the database fails.
pub async fn of_kind(tx: &mut Tx, kind: Kind) -> Result<Vec<Party>, StoreError> {
    let filter = Filter { kind: Some(kind), status: Some(Status::Approved), ..Filter::default() };
    store::parties(tx, &filter, None, PageSize::MAX).await
}

/// The mandate under which `holder` may record for `grantor` on `day`, while both are approved; for another room's unit of
/// work.
///
/// # Errors
/// When the database fails.
pub async fn mandate_in_force(
    tx: &mut Tx,
    grantor: PartyId,
    holder: PartyId,
    day: Day,
) -> Result<Option<MandateId>, StoreError> {
    store::in_force(tx, grantor, holder, day).await
}

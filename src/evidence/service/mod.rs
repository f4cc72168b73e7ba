//! The use cases of evidence, and what other rooms ask within theirs.

mod certificate;
mod remind;
mod see;
mod test;

pub use certificate::{add_file, record, set_showing, turn, turned, verify};
pub use remind::{WATCH, remind};
pub use see::{
    Listed, TestView, View, attachment, certifiers, choices, ending_soon, find, find_test, own, published,
    scope_choices, test_attachment, tests, waiting,
};
pub use test::{Entry as TestEntry, NewTest, declare_wrong, enter_test, judge_all};

use super::model::{Certificate, LabTest, PlotFailure, PlotTest, plot_rule, shut_by};
use super::store;
use crate::kernel::{
    Area, CertificateId, Day, EventId, LabTestId, LotId, Moment, PartyId, PersonId, PlaceId, Problems,
    ProductId,
};
use crate::log;
use crate::places::{self, Place};
use crate::store::{StoreError, Tx};

/// Why a use case of evidence was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such certificate or test, as far as the one who asks may know.
    #[error("no such certificate or test")]
    NotFound,
    /// The party is not approved, or suspended.
    #[error("the party is not approved")]
    NotApproved,
    /// The party has recorded this certificate.
    #[error("the certificate is recorded")]
    RecordedAlready,
    /// Somebody of the same standing has verified it.
    #[error("the certificate is verified")]
    VerifiedAlready,
    /// It was withdrawn or declared wrong.
    #[error("the certificate has ended")]
    Ended,
    /// It is suspended already, or is not and cannot be resumed.
    #[error("the certificate does not stand so that this can follow")]
    TurnNotPossible,
    /// The test was declared wrong before.
    #[error("the test was declared wrong")]
    WrongAlready,
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

/// The certificate with this id; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn certificate(tx: &mut Tx, id: CertificateId) -> Result<Option<Certificate>, StoreError> {
    store::certificate(tx, id).await
}

/// The certificates with these ids; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn certificates(tx: &mut Tx, ids: &[CertificateId]) -> Result<Vec<Certificate>, StoreError> {
    store::certificates(tx, ids).await
}

/// The certificates that are valid on a day and cover goods of `party`, at a place, of a product; where no place or product is named, only
/// those that are not bound to some.
///
/// # Errors
/// When the database fails.
pub async fn valid_on(
    tx: &mut Tx,
    party: PartyId,
    place: Option<PlaceId>,
    product: Option<ProductId>,
    day: Day,
) -> Result<Vec<Certificate>, StoreError> {
    let mut found = store::covering(tx, party, place, day).await?;
    let places: Vec<PlaceId> = place.into_iter().collect();
    found.retain(|one| one.is_valid_on(day) && one.covers(&[party], &places, product));
    Ok(found)
}

/// The land that a certificate covers: the plots that it names, else those of its party that were not closed before it began.
///
/// # Errors
/// When the database fails.
pub async fn covered_land(tx: &mut Tx, certificate: &Certificate) -> Result<Vec<Place>, StoreError> {
    let mut land = Vec::new();
    if certificate.places.is_empty() {
        land = places::places_of_party(tx, certificate.party).await?;
        land.retain(|place| place.closed_at.is_none_or(|since| since >= certificate.from.start()));
    }
    for id in &certificate.places {
        land.extend(places::place(tx, *id).await?);
    }
    land.retain(|place| place.kind.grows());
    Ok(land)
}

/// The certificates whose land a plot is, also those that are valid no more; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn covering_land(tx: &mut Tx, place: PlaceId) -> Result<Vec<CertificateId>, StoreError> {
    store::covering_land(tx, place).await
}

/// How much land a certificate covers: what it says; else, under a scheme that certifies land, the sum of its plots as far as their areas
/// are known: a plot whose area nobody said adds nothing. Nothing for a certificate that is not about land, or where no area is known.
///
/// # Errors
/// When the database fails.
pub async fn covered_area(tx: &mut Tx, certificate: &Certificate) -> Result<Option<Area>, StoreError> {
    if certificate.area.is_some() || !certificate.is_about_land() {
        return Ok(certificate.area);
    }
    let areas = covered_land(tx, certificate).await?.into_iter().filter_map(|place| place.area);
    let sum = areas.fold(0_i64, |sum, area| sum.saturating_add(area.square_metres()));
    Ok(Area::new(sum.min(Area::MAX)).ok())
}

/// The days around a harvest whose samples of a plot can speak of it.
fn around(day: Day) -> (Day, Day) {
    let reach = plot_rule(day).map_or(0, |rule| rule.days_before.max(rule.days_after));
    // A sample that clears another lies within the reach of that other.
    (day.plus_days(-2 * reach), day.plus_days(2 * reach))
}

/// The failed tests of a plot that speak of a harvest there on `day`; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn failed_on_plot(tx: &mut Tx, place: PlaceId, day: Day) -> Result<Vec<PlotFailure>, StoreError> {
    let tests: Vec<PlotTest> = store::of_plot(tx, place, around(day)).await?;
    Ok(shut_by(&tests, day))
}

/// The days of harvest that a test of a plot sampled on `day` can change something for.
#[must_use]
pub fn reach(day: Day) -> (Day, Day) {
    around(day)
}

/// The tests that count of a lot, and of the plot where it grew as far as they speak of its harvest; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn tests_for(
    tx: &mut Tx,
    lot: LotId,
    place: PlaceId,
    harvested: Day,
) -> Result<Vec<LabTest>, StoreError> {
    let mut tests = store::tests_of_lot(tx, lot).await?;
    if let Some(rule) = plot_rule(harvested) {
        let between = (harvested.plus_days(-rule.days_after), harvested.plus_days(rule.days_before));
        tests.extend(store::tests_of_place(tx, place, between).await?);
    }
    Ok(tests)
}

/// Notes that the event which tells of a test was declared wrong: then the test does not count either. Whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn event_declared_wrong(
    tx: &mut Tx,
    event: EventId,
    reason: &str,
    by: PersonId,
    now: Moment,
) -> Result<bool, StoreError> {
    match store::of_event(tx, event).await? {
        Some(test) => store::declare_wrong(tx, test, reason, by, now).await,
        None => Ok(false),
    }
}

/// The test with this id; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn lab_test(tx: &mut Tx, id: LabTestId) -> Result<Option<LabTest>, StoreError> {
    store::test(tx, id).await
}

/// Whether the party has entered this report of this sample, and it counts.
///
/// # Errors
/// When the database fails.
pub async fn is_test_recorded(tx: &mut Tx, new: &NewTest<'_>) -> Result<bool, StoreError> {
    store::is_test_recorded(tx, new.party, new.report.report.as_str(), new.about).await
}

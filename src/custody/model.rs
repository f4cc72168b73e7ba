//! Stored keys and their terms.
//!
//! A code key begins to sign on the first day of its quarter and may sign until thirty days after it, so that the next one,
//! published thirty days ahead of its use, always finds the old one still in force.

use crate::kernel::Moment;
use crate::keys::{KeyName, KeyStatus, ListError, ListedKey, NameError, Quarter, Role, VerifierKey};
use std::time::Duration;

/// How long before its first use a key is published, and how long the one before it may still sign.
pub(super) const AHEAD: Duration = Duration::from_hours(30 * 24);
/// How much longer than its last code key a list is valid.
pub(super) const LIST_GRACE: Duration = Duration::from_hours(60 * 24);

/// A key to be entered into the registry.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The public half.
    pub verifier: VerifierKey,
    /// When it may begin to sign.
    pub from: Moment,
    /// When it stops.
    pub until: Option<Moment>,
}

/// A key of the registry, its public side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The public half.
    pub verifier: VerifierKey,
    /// What it may sign.
    pub role: Role,
    /// Whether it may be relied on.
    pub status: KeyStatus,
    /// When it may begin to sign.
    pub from: Moment,
    /// When it stops.
    pub until: Option<Moment>,
    /// When it was made or first seen.
    pub made_at: Moment,
}

impl StoredKey {
    /// Whether it is active and within its term.
    #[must_use]
    pub fn may_sign(&self, now: Moment) -> bool {
        self.status == KeyStatus::Active && self.from <= now && self.until.is_none_or(|until| now < until)
    }

    /// Its line in a list.
    pub(super) fn listed(&self) -> Result<ListedKey, ListError> {
        ListedKey::new(self.verifier.clone(), self.status, self.from, self.until)
    }
}

/// What is wrong with a private key on this machine, for those who look after it.
#[derive(Debug)]
pub struct Fault {
    /// The key's name.
    pub key: String,
    /// Why it could not be opened.
    pub why: super::Error,
}

/// The quarter of a moment, by the calendar of Vietnam.
///
/// # Errors
/// When the clock stands outside the years 2000 to 9999.
pub fn quarter_of(moment: Moment) -> Result<Quarter, NameError> {
    let day = moment.day();
    let number = u8::try_from((day.month() - 1) / 3 + 1).map_err(|_| NameError::Quarter)?;
    Quarter::new(day.year(), number)
}

/// The first moment of a quarter, and the end of its code key's term thirty days after its last.
#[must_use]
pub fn code_term(quarter: Quarter) -> (Moment, Moment) {
    (first_moment(quarter), first_moment(quarter.next()).plus(AHEAD))
}

fn first_moment(quarter: Quarter) -> Moment {
    let text = format!("{:04}-{:02}-01T00:00:00Z", quarter.year(), quarter.first_month());
    // Every quarter has a first day, so the fall-back is never taken.
    Moment::parse(&text).unwrap_or(Moment::MAX)
}

/// The file of a private key in the folder of keys: `code-2026q4-b157996e.key`.
#[must_use]
pub fn key_file_name(name: &KeyName, key: &VerifierKey) -> String {
    let local = name.as_str().split_once('/').map_or(name.as_str(), |(_, local)| local);
    format!("{}-{}.key", local.replace('/', "-"), key.id())
}

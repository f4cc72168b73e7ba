//! Entries of the log, and commitments to what they must not say.

use crate::kernel::canonical::canonical;
use crate::kernel::{LogEntryId, LotId, Moment, PartyId, Problem, Sha256Hash};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt;

/// The largest body of an entry, in bytes of canonical JSON; the whole entry may have 16 KiB.
pub(super) const LARGEST_BODY: usize = 15 * 1024;

/// What an entry tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A signing key was made.
    KeyMade,
    /// A signing key signs no more, and verifies for ever.
    KeyRetired,
    /// A signing key is in wrong hands.
    KeyCompromised,
    /// A signed list of keys was taken over.
    KeyListImported,
    /// A party was approved.
    PartyApproved,
    /// A party's application was refused.
    PartyRefused,
    /// What a party is was changed.
    PartyChanged,
    /// A mandate was given.
    MandateGiven,
    /// A mandate was revoked.
    MandateRevoked,
    /// A lot was declared.
    LotDeclared,
    /// An event was recorded.
    EventRecorded,
    /// Codes were issued.
    CodesIssued,
    /// Labels of a run were activated.
    CodesActivated,
    /// Labels of a run were voided.
    CodesVoided,
    /// An entry of the field book was recorded.
    ActivityRecorded,
    /// An entry of the field book was declared wrong.
    ActivityCorrected,
    /// A list that the authority keeps was published: substances, crops, bands.
    ListPublished,
    /// A certificate was recorded.
    CertificateRecorded,
    /// A certificate was verified.
    CertificateVerified,
    /// A certificate is not valid from a day on, until it is resumed.
    CertificateSuspended,
    /// A suspended certificate is valid again.
    CertificateResumed,
    /// A certificate is not valid any more: it was withdrawn, or never was what was recorded.
    CertificateWithdrawn,
    /// A laboratory test was recorded.
    LabTestRecorded,
    /// A recall or a drill was proposed.
    RecallOpened,
    /// A recall was decided.
    RecallDecided,
    /// A proposed recall was rejected: its holds are lifted.
    RecallRejected,
    /// A recall was closed with its figures.
    RecallClosed,
    /// A drill ended with its figures.
    DrillClosed,
    /// An inspector let something pass in spite of a rule.
    Override,
    /// A roster was frozen.
    RosterFrozen,
    /// A report was published. No use case appends it yet: the reports of later parts do.
    ReportPublished,
    /// A private value was erased.
    Erasure,
}

impl Kind {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyMade => "key.made",
            Self::KeyRetired => "key.retired",
            Self::KeyCompromised => "key.compromised",
            Self::KeyListImported => "key.list_imported",
            Self::PartyApproved => "party.approved",
            Self::PartyRefused => "party.refused",
            Self::PartyChanged => "party.changed",
            Self::MandateGiven => "party.mandate_given",
            Self::MandateRevoked => "party.mandate_revoked",
            Self::LotDeclared => "lot.declared",
            Self::EventRecorded => "event.recorded",
            Self::CodesIssued => "codes.issued",
            Self::CodesActivated => "codes.activated",
            Self::CodesVoided => "codes.voided",
            Self::ActivityRecorded => "activity.recorded",
            Self::ActivityCorrected => "activity.corrected",
            Self::ListPublished => "list.published",
            Self::CertificateRecorded => "certificate.recorded",
            Self::CertificateVerified => "certificate.verified",
            Self::CertificateSuspended => "certificate.suspended",
            Self::CertificateResumed => "certificate.resumed",
            Self::CertificateWithdrawn => "certificate.withdrawn",
            Self::LabTestRecorded => "lab.recorded",
            Self::RecallOpened => "recall.opened",
            Self::RecallDecided => "recall.decided",
            Self::RecallRejected => "recall.rejected",
            Self::RecallClosed => "recall.closed",
            Self::DrillClosed => "recall.drill",
            Self::Override => "override",
            Self::RosterFrozen => "roster.frozen",
            Self::ReportPublished => "report.published",
            Self::Erasure => "erasure",
        }
    }
}

/// What an entry is about: entries of one subject form a chain of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A lot.
    Lot(LotId),
    /// A party.
    Party(PartyId),
    /// A signing key, by its name.
    Key(String),
    /// The registry itself: rosters, reports, lists of keys.
    Registry,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lot(lot) => write!(f, "lot:{lot}"),
            Self::Party(party) => write!(f, "party:{party}"),
            Self::Key(name) => write!(f, "key:{name}"),
            Self::Registry => f.write_str("registry"),
        }
    }
}

/// Who did what an entry tells: a party and a role, never a person. Without a party it is the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    /// The party; none for the authority.
    pub party: Option<PartyId>,
    /// The role, by its stored name.
    pub role: &'static str,
}

impl Author {
    pub(super) fn to_json(self) -> Value {
        match self.party {
            Some(party) => json!({ "party": party, "role": self.role }),
            None => json!({ "role": self.role }),
        }
    }
}

/// An entry that waits to be logged.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id. The log tells what waits in the order of ids, so they are drawn within the unit of work: of two acts on one subject the one
    /// that was done later stands later, also when it was repeated for the other's sake.
    pub id: LogEntryId,
    /// What it tells.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// When it was put down.
    pub at: Moment,
    /// Who did it.
    pub actor: Author,
    /// The public fields, and commitments to the private ones.
    pub body: Value,
}

/// SHA-256(salt ‖ JCS(value)): says that a value was fixed without saying which.
///
/// ```
/// use nguongoc::log::Commitment;
/// let made = Commitment::to(&[7; 32], &serde_json::json!("12 kg")).unwrap();
/// assert!(made.opens(&[7; 32], &serde_json::json!("12 kg")));
/// assert!(!made.opens(&[8; 32], &serde_json::json!("12 kg")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment(Sha256Hash);

impl Commitment {
    /// Commits to `value` under `salt`, which must be random and is used once.
    ///
    /// # Errors
    /// When the value has no canonical form (an integer beyond 2^53).
    pub fn to(salt: &[u8; 32], value: &Value) -> Result<Self, Problem> {
        let hash = Sha256::new().chain_update(salt).chain_update(canonical(value)?).finalize();
        Ok(Self(Sha256Hash::from_bytes(hash.into())))
    }

    /// Whether `salt` and `value` are what was committed to.
    #[must_use]
    pub fn opens(&self, salt: &[u8; 32], value: &Value) -> bool {
        Self::to(salt, value).is_ok_and(|made| made == *self)
    }

    /// The hash.
    #[must_use]
    pub const fn hash(&self) -> &Sha256Hash {
        &self.0
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Commitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A private value that is still kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The salt of its commitment.
    pub salt: [u8; 32],
    /// The value.
    pub value: Value,
}

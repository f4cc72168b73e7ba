//! The trail of sign-ins and grants: who did what to whom, and when. Written in the same unit of work as the act; never changed.

use super::store;
use crate::kernel::{LogEntryId, Moment, PersonId};
use crate::store::{StoreError, Tx};
use serde_json::Value;
use uuid::Uuid;

/// An act that the trail keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A person signed in.
    SignedIn,
    /// A sign-in failed.
    SignInFailed,
    /// A person signed out.
    SignedOut,
    /// A person was added.
    PersonAdded,
    /// A person may not sign in any more.
    PersonDisabled,
    /// A one-time code was made.
    CodeMade,
    /// A one-time code was used.
    CodeUsed,
    /// A password was set anew.
    PasswordReset,
    /// An API token was made.
    TokenMade,
    /// An API token was revoked.
    TokenRevoked,
    /// A mandate was given.
    MandateGiven,
    /// A mandate was revoked.
    MandateRevoked,
    /// An application was decided.
    ApplicationDecided,
    /// A party was stopped from recording.
    PartySuspended,
    /// A suspended party may record again.
    PartyReinstated,
    /// Consent to publication was given or withdrawn.
    ConsentChanged,
    /// A signing key was made, retired, or declared compromised.
    KeyChanged,
    /// The address for a party's mail was set or erased.
    MailAddressChanged,
    /// A recall or a drill was proposed.
    RecallOpened,
    /// A recall was decided or rejected.
    RecallDecided,
    /// A recall or a drill was closed.
    RecallClosed,
    /// Recovered quantities were entered.
    RecallRecovered,
    /// Something was entered into a field book.
    ActivityRecorded,
    /// An entry of a field book was declared wrong.
    ActivityCorrected,
    /// A season was opened, cleared or taken back.
    SeasonChanged,
    /// A version of one of the authority's lists was published.
    ListPublished,
}

impl Act {
    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignedOut => "signed_out",
            Self::PersonAdded => "person_added",
            Self::PersonDisabled => "person_disabled",
            Self::CodeMade => "code_made",
            Self::CodeUsed => "code_used",
            Self::PasswordReset => "password_reset",
            Self::TokenMade => "token_made",
            Self::TokenRevoked => "token_revoked",
            Self::MandateGiven => "mandate_given",
            Self::MandateRevoked => "mandate_revoked",
            Self::ApplicationDecided => "application_decided",
            Self::PartySuspended => "party_suspended",
            Self::PartyReinstated => "party_reinstated",
            Self::ConsentChanged => "consent_changed",
            Self::KeyChanged => "key_changed",
            Self::MailAddressChanged => "mail_address_changed",
            Self::RecallOpened => "recall_opened",
            Self::RecallDecided => "recall_decided",
            Self::RecallClosed => "recall_closed",
            Self::RecallRecovered => "recall_recovered",
            Self::ActivityRecorded => "activity_recorded",
            Self::ActivityCorrected => "activity_corrected",
            Self::SeasonChanged => "season_changed",
            Self::ListPublished => "list_published",
        }
    }
}

/// One line of the trail.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// Who, where it was a known person.
    pub person: Option<PersonId>,
    /// What, by its stored name.
    pub act: String,
    /// To whom or what.
    pub subject: Option<Uuid>,
    /// Details without personal data, as JSON.
    pub detail: String,
}

/// Adds a line to the trail. `detail` must hold no personal data.
///
/// # Errors
/// When the database fails.
pub async fn note(
    tx: &mut Tx,
    id: LogEntryId,
    at: Moment,
    person: Option<PersonId>,
    act: Act,
    subject: Option<Uuid>,
    detail: &Value,
) -> Result<(), StoreError> {
    store::add_to_trail(tx, id, at, person, act.as_str(), subject, &detail.to_string()).await
}

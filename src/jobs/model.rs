//! What a message is.

use crate::kernel::{Lang, LotId, MessageId, Moment, PartyId, PersonId, Problem, Quantity, RecallId};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A message to a party. Its words are `message-<kind>-subject` and `message-<kind>-body`, with dashes for underscores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id: a stable one of [`message_id`], so that the same is not told twice.
    pub id: MessageId,
    /// To whom.
    pub party: PartyId,
    /// What it tells, in snake case.
    pub kind: &'static str,
    /// The lot that it is about.
    pub lot: Option<LotId>,
    /// The recall that it is about.
    pub recall: Option<RecallId>,
    /// The values of its words: an object of texts, numbers, and amounts as [`Quantity`] is told in JSON, one or a list that is shown as a sum
    /// of its parts. No personal values.
    pub args: Value,
    /// When it was told.
    pub at: Moment,
    /// Whether the party must answer that it has read it.
    pub needs_answer: bool,
}

/// The id of a message, from what it is about: the same parts give the same id, and parts are never run together.
///
/// ```
/// use nguongoc::jobs::message_id;
/// assert_eq!(message_id(&[b"held", b"lot 1"]), message_id(&[b"held", b"lot 1"]));
/// assert_ne!(message_id(&[b"held", b"lot 1"]), message_id(&[b"heldl", b"ot 1"]));
/// ```
#[must_use]
pub fn message_id(seed: &[&[u8]]) -> MessageId {
    let mut hash = Sha256::new_with_prefix(b"nguongoc-message/v1\n");
    for part in seed {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(hash.split_at(16).0);
    // RFC 9562 §5.8: an id of one's own making.
    MessageId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// A message as the party has it on its desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its id.
    pub id: MessageId,
    /// To whom.
    pub party: PartyId,
    /// What it tells, in snake case.
    pub kind: String,
    /// The lot that it is about.
    pub lot: Option<LotId>,
    /// The recall that it is about.
    pub recall: Option<RecallId>,
    /// The values of its words.
    pub args: Value,
    /// When it was told.
    pub at: Moment,
    /// When it was first read.
    pub read_at: Option<Moment>,
    /// Whether the party must answer that it has read it.
    pub needs_answer: bool,
    /// When the party did, and who did it.
    pub answered: Option<(Moment, PersonId)>,
}

impl Letter {
    /// The values of the words, as texts of a language.
    #[must_use]
    pub fn values(&self, lang: Lang) -> Vec<(&str, String)> {
        let members = self.args.as_object().into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), shown(value, lang))).collect()
    }

    /// The key of its subject.
    #[must_use]
    pub fn subject_key(&self) -> String {
        subject_key(&self.kind)
    }

    /// The key of its body.
    #[must_use]
    pub fn body_key(&self) -> String {
        body_key(&self.kind)
    }

    /// Whether the party still has to answer.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.needs_answer && self.answered.is_none()
    }
}

fn shown(value: &Value, lang: Lang) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) if parts.is_empty() => "0".to_owned(),
        Value::Array(parts) => parts.iter().map(|part| shown(part, lang)).collect::<Vec<_>>().join(" + "),
        value => match Quantity::deserialize(value) {
            Ok(amount) => amount.show(lang),
            Err(_) => value.to_string(),
        },
    }
}

fn subject_key(kind: &str) -> String {
    format!("message-{}-subject", kind.replace('_', "-"))
}

fn body_key(kind: &str) -> String {
    format!("message-{}-body", kind.replace('_', "-"))
}

/// An address for mail: at most 254 characters, ASCII, as every server takes it.
///
/// ```
/// use nguongoc::jobs::MailAddress;
/// assert_eq!(MailAddress::parse(" htx@demo.example.vn ").unwrap().as_str(), "htx@demo.example.vn");
/// assert_eq!(MailAddress::parse("htx@demo").unwrap_err().code, "mail_address_malformed");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress(String);

impl MailAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// `mail_address_malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let dotted = text.rsplit_once('@').is_some_and(|(_, host)| host.contains('.'));
        let fits = text.len() <= 254 && text.is_ascii() && dotted && text.parse::<lettre::Address>().is_ok();
        if fits { Ok(Self(text.to_owned())) } else { Err(Problem::new("mail_address_malformed").value(text)) }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a mail could not be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The server could not be reached.
    Unreachable,
    /// The server refuses this mail for good (5xx).
    Refused,
    /// The server asks to come again (4xx).
    Postponed,
    /// The connection broke before the server had taken the mail.
    BrokenOff,
    /// The server does not let the registry in.
    NotSignedIn,
    /// The party has no address any more.
    NoAddress,
    /// It waited for so long that it would only mislead.
    TooLate,
}

impl Why {
    const ALL: [Self; 7] = [
        Self::Unreachable,
        Self::Refused,
        Self::Postponed,
        Self::BrokenOff,
        Self::NotSignedIn,
        Self::NoAddress,
        Self::TooLate,
    ];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Postponed => "postponed",
            Self::BrokenOff => "broken_off",
            Self::NotSignedIn => "not_signed_in",
            Self::NoAddress => "no_address",
            Self::TooLate => "too_late",
        }
    }

    /// The reason of a stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == name)
    }

    /// The key of its words.
    #[must_use]
    pub fn key(self) -> String {
        format!("jobs-mail-{}", self.as_str().replace('_', "-"))
    }

    /// Whether trying again is no use.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Refused | Self::NoAddress | Self::TooLate)
    }
}

/// What became of an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub why: Why,
    /// The code that the server gave. Its words are not kept: they may hold an address.
    pub reply: Option<i64>,
}

/// A mail that a node has claimed.
#[derive(Clone, Debug)]
pub struct Errand {
    /// The message that it carries.
    pub letter: Letter,
    /// Where to; none any more when it was erased.
    pub address: Option<String>,
    /// How often it was tried, this time counted.
    pub attempts: i64,
}

/// The outbox in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Neither sent nor given up.
    pub waiting: i64,
    /// Taken by the server.
    pub sent: i64,
    /// Given up.
    pub given_up: i64,
}

/// A mail that was given up.
#[derive(Clone, Debug)]
pub struct Lost {
    /// The message that it carried.
    pub message: MessageId,
    /// To whom.
    pub party: PartyId,
    /// The party's name.
    pub name: String,
    /// What it told.
    pub kind: String,
    /// When it was given up.
    pub at: Moment,
    /// Why.
    pub failure: Failure,
    /// How often it was tried.
    pub attempts: i64,
}

/// How often a mail is tried before it is given up: the pauses between come to about twenty hours.
pub(super) const TRIES: i64 = 12;

/// A mail that is older than this is not sent any more: nobody should be called to a recall of last month.
pub(super) const TOO_OLD: Duration = Duration::from_hours(7 * 24);

/// The pause after the `attempts`th failed attempt: doubling from a minute to six hours.
pub(super) fn pause(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
    Duration::from_secs((60_u64 << doublings).min(6 * 3_600))
}

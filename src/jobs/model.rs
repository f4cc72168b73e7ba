//! What a message is.

use crate::kernel::{LotId, MessageId, Moment, PartyId, PersonId, RecallId};
use serde_json::Value;
use sha2::{Digest, Sha256};

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
    /// The values of its words: an object of texts and numbers. No personal values.
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
    /// The values of the words, as texts.
    #[must_use]
    pub fn values(&self) -> Vec<(&str, String)> {
        values(&self.args)
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

fn values(args: &Value) -> Vec<(&str, String)> {
    let members = args.as_object().into_iter().flatten();
    members
        .map(|(name, value)| {
            (name.as_str(), value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
        })
        .collect()
}

fn subject_key(kind: &str) -> String {
    format!("message-{}-subject", kind.replace('_', "-"))
}

fn body_key(kind: &str) -> String {
    format!("message-{}-body", kind.replace('_', "-"))
}

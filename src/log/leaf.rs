//! The exact bytes of an entry: RFC 8785 canonical JSON of `{v, type, subject, seq, prev, at, actor, body}`, at most 16 KiB.
//!
//! What must stay true: these bytes are what is hashed and stored; nothing writes them again. `seq` counts the entries of one subject
//! from 0, and `prev` is the leaf hash of the one before, so that an entry left out of an answer shows.

use super::tree::leaf_hash;
use crate::kernel::canonical::canonical;
use crate::kernel::{LogEntryId, Moment, Problem, Sha256Hash};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::borrow::Cow;

/// The most bytes of an entry.
pub const LARGEST_ENTRY: usize = 16 * 1024;

/// The version of the form.
const VERSION: u8 = 1;

/// An entry that waits for its place, as it was put down.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its id.
    pub id: LogEntryId,
    /// What it tells, by its stored name.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// When it was put down.
    pub at: Moment,
    /// Who did it, as canonical JSON.
    pub actor: String,
    /// The body, as canonical JSON.
    pub body: String,
}

/// Where the chain of a subject ends: the number of its next entry, and the leaf hash of its last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainEnd {
    /// How many entries the subject has.
    pub seq: u64,
    /// The leaf hash of the last of them.
    pub prev: Option<Sha256Hash>,
}

/// What the bytes of an entry say of its place in the chain of its subject.
#[derive(Debug, Deserialize)]
pub(super) struct Chained<'b> {
    /// What it is about.
    #[serde(borrow)]
    pub(super) subject: Cow<'b, str>,
    /// Its number among the entries of its subject, from 0.
    pub(super) seq: u64,
    /// The leaf hash of the one before.
    pub(super) prev: Option<Sha256Hash>,
}

impl<'b> Chained<'b> {
    /// What these bytes say; nothing when they are no entry.
    pub(super) fn read(bytes: &'b [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// An entry with its place in the chain of its subject.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The id under which it waited.
    pub id: LogEntryId,
    /// What it is about.
    pub subject: String,
    /// Its number among the entries of its subject, from 0.
    pub seq: u64,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
    /// The hash of the leaf.
    pub hash: Sha256Hash,
}

impl Leaf {
    /// Gives an entry its place behind `end`, and moves `end` on.
    ///
    /// # Errors
    /// When a part has no canonical form, or the whole is larger than an entry may be.
    pub fn place(waiting: &Waiting, end: &mut ChainEnd) -> Result<Self, Problem> {
        // Names and ids are plain, which is canonical between quotation marks (RFC 8785 §3.2.2.2).
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        let text = |text: &str| {
            if text.bytes().all(is_plain) {
                return Ok(format!("\"{text}\""));
            }
            canonical(&Value::from(text)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        // What is put down is canonical already; only that it is JSON at all is asked again.
        let json = |text: &'_ str| {
            serde_json::from_str::<IgnoredAny>(text).map_err(|_| Problem::new("json_malformed")).map(drop)
        };
        json(&waiting.actor)?;
        json(&waiting.body)?;
        let prev = match &end.prev {
            Some(hash) => format!("\"{hash}\""),
            None => "null".to_owned(),
        };
        // The names stand in the order of RFC 8785 §3.2.3.
        let entry = format!(
            r#"{{"actor":{},"at":"{}","body":{},"prev":{prev},"seq":{},"subject":{},"type":{},"v":{VERSION}}}"#,
            waiting.actor,
            waiting.at,
            waiting.body,
            end.seq,
            text(&waiting.subject)?,
            text(&waiting.kind)?,
        );
        if entry.len() > LARGEST_ENTRY {
            return Err(Problem::new("json_too_large")
                .arg("count", entry.len())
                .arg("largest", LARGEST_ENTRY));
        }
        let bytes = entry.into_bytes();
        let hash = leaf_hash(&bytes);
        let leaf = Self { id: waiting.id, subject: waiting.subject.clone(), seq: end.seq, bytes, hash };
        *end = ChainEnd { seq: end.seq + 1, prev: Some(hash) };
        Ok(leaf)
    }
}

/// Entries one after the other, each behind its length in two bytes, the larger first (C2SP `tlog-tiles`, "Log entries").
#[must_use]
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bundle = Vec::new();
    for entry in entries {
        // No entry is longer than 16 KiB.
        let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    bundle
}

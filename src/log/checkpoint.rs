//! Checkpoints: the signed statement how large the log is and what its root is (C2SP `tlog-checkpoint`), and proofs that carry
//! one with them (C2SP `tlog-proof`).

use crate::kernel::Sha256Hash;
use crate::keys::{Note, NoteError, SecretKey, VerifierKey};
use data_encoding::BASE64;
use std::fmt::Write as _;

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: the name of its key, `<host>/log`.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: Sha256Hash,
}

/// Why a text is no checkpoint of this log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note, or not signed by the log.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A line is not what it has to be.
    #[error("line {0} of the checkpoint is not as tlog-checkpoint says")]
    Line(usize),
    /// It is of another log.
    #[error("the checkpoint is of the log {0}")]
    Origin(String),
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root.as_bytes()))
    }

    /// Signs it; the origin is the key's name.
    ///
    /// # Errors
    /// When the origin cannot stand in a note.
    pub fn sign(&self, key: &SecretKey) -> Result<String, NoteError> {
        self.sign_by(&[key])
    }

    /// Signs it with several keys of one name: while a new key of the log stands beside the old one, whoever knows either can go on.
    ///
    /// # Errors
    /// As [`Checkpoint::sign`].
    pub fn sign_by(&self, keys: &[&SecretKey]) -> Result<String, NoteError> {
        Ok(Note::sign(&self.text(), keys)?.to_string())
    }

    /// Reads a signed checkpoint, and checks that one of `keys` signed it under its own name.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let opened = Note::parse(note)?.open(keys)?;
        let checkpoint = Self::read(&opened.text)?;
        if opened.signers.iter().any(|(name, _)| name.as_str() == checkpoint.origin) {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Origin(checkpoint.origin))
        }
    }

    /// Reads the text of a checkpoint. Further lines are passed over, as the format asks.
    ///
    /// # Errors
    /// [`CheckpointError::Line`].
    pub fn read(text: &str) -> Result<Self, CheckpointError> {
        let mut lines =
            text.split_inclusive('\n').map(|line| line.strip_suffix('\n').filter(|line| !line.is_empty()));
        let mut next = |at| lines.next().flatten().ok_or(CheckpointError::Line(at));
        let origin = next(1)?.to_owned();
        let size = number(next(2)?).ok_or(CheckpointError::Line(2))?;
        let root = base64_hash(next(3)?).ok_or(CheckpointError::Line(3))?;
        Ok(Self { origin, size, root })
    }
}

/// A number in decimal digits without leading zeros.
pub(super) fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|digit| digit.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain)
}

/// A hash in canonical base64.
pub(super) fn base64_hash(text: &str) -> Option<Sha256Hash> {
    let bytes: [u8; 32] = BASE64.decode(text.as_bytes()).ok()?.try_into().ok()?;
    Some(Sha256Hash::from_bytes(bytes))
}

/// A proof that stands for itself: the entry's index, the way to the root, the checkpoint (C2SP `tlog-proof`).
#[must_use]
pub fn proof_text(index: u64, way: &[Sha256Hash], checkpoint: &str) -> String {
    let mut text = format!("c2sp.org/tlog-proof@v1\nindex {index}\n");
    for hash in way {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{}", BASE64.encode(hash.as_bytes()));
    }
    text.push('\n');
    text.push_str(checkpoint);
    text
}

//! Signed notes as C2SP `signed-note` defines them: a text, a blank line, then a line for each signature.
//!
//! ```text
//! If you think cryptography is the answer to your problem,
//! then you don't know what your problem is.
//!
//! — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
//! ```
//!
//! The signature covers the text with its last newline. Signatures by unknown keys are ignored; a known key whose signature
//! is wrong spoils the whole note. What was parsed prints the same bytes.

use std::fmt;

use data_encoding::BASE64;

use super::name::KeyName;
use super::secret::SecretKey;
use super::vkey::{KeyId, VerifierKey};

/// The most signature lines that are read; more is an attempt to keep the checker busy.
const MOST_SIGNATURES: usize = 100;
/// The largest note that is read, in bytes.
const LARGEST_NOTE: usize = 1 << 20;
const DASH: &str = "\u{2014} ";

/// Why a note was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Larger than 1 MiB, or more than 100 signatures.
    #[error("the note is too large")]
    TooLarge,
    /// A control character other than a newline.
    #[error("the note holds a control character")]
    Control,
    /// The text is empty or does not end with a newline.
    #[error("the note's text does not end with a newline")]
    Text,
    /// No blank line between text and signatures, or nothing after it.
    #[error("the note has no signatures after a blank line")]
    NoSignatures,
    /// A line after the blank one that is not `— name base64`.
    #[error("the note's signature line {0} is malformed")]
    SignatureLine(usize),
    /// No signature by a key that was given.
    #[error("the note is not signed by a known key")]
    NotSigned,
    /// A signature in the name and id of a known key that the key does not confirm.
    #[error("the note's signature by {0} is wrong")]
    WrongSignature(KeyName),
}

/// One signature line, verified or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    id: KeyId,
    // As long as its kind of key wants: 64 for Ed25519, 72 for a witness's timestamped one.
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// The name that the line claims.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key id that the line claims.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The bytes of the signature, without the key id.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, base64) = line.strip_prefix(DASH)?.split_once(' ')?;
        let name = KeyName::parse(name).ok()?;
        let blob = BASE64.decode(base64.as_bytes()).ok()?;
        let (id, bytes) = blob.split_first_chunk()?;
        (!bytes.is_empty()).then(|| Self { name, id: KeyId(*id), bytes: bytes.to_vec() })
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == *key.name()
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [self.id.0.as_slice(), &self.bytes].concat();
        writeln!(f, "{DASH}{} {}", self.name, BASE64.encode(&blob))
    }
}

/// A note whose form is right. Its signatures say nothing before [`Note::open`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A note of which at least one signature was checked and right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedNote {
    /// What was signed, with its last newline.
    pub text: String,
    /// Who signed it, of the keys that were given; each once.
    pub signers: Vec<(KeyName, KeyId)>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError`] says what is wrong with its form.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > LARGEST_NOTE {
            return Err(NoteError::TooLarge);
        }
        if note.bytes().any(|b| b < 0x20 && b != b'\n') {
            return Err(NoteError::Control);
        }
        let blank = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, lines) = (&note[..=blank], &note[blank + 2..]);
        if text.len() < 2 {
            return Err(NoteError::Text);
        }
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        let mut signatures = Vec::new();
        for (at, line) in lines.split('\n').enumerate() {
            if at == MOST_SIGNATURES {
                return Err(NoteError::TooLarge);
            }
            signatures.push(NoteSignature::parse(line).ok_or(NoteError::SignatureLine(at + 1))?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Signs a text.
    ///
    /// # Errors
    /// [`NoteError::Text`] when the text does not end with a newline, [`NoteError::Control`] when it holds a control character.
    pub fn sign(text: &str, keys: &[&SecretKey]) -> Result<Self, NoteError> {
        let mut note = Self { text: text.to_owned(), signatures: Vec::new() };
        if text.len() < 2 || !text.ends_with('\n') {
            return Err(NoteError::Text);
        }
        if text.bytes().any(|b| b < 0x20 && b != b'\n') {
            return Err(NoteError::Control);
        }
        if text.len() > LARGEST_NOTE / 2 {
            return Err(NoteError::TooLarge);
        }
        for key in keys {
            note.add(key);
        }
        Ok(note)
    }

    /// Adds a signature, in the place of an older one by the same key.
    pub fn add(&mut self, key: &SecretKey) {
        let verifier = key.verifier();
        let bytes = key.sign(self.text.as_bytes()).to_vec();
        self.signatures.retain(|old| !old.is_by(verifier));
        self.signatures.push(NoteSignature { name: verifier.name().clone(), id: verifier.id(), bytes });
    }

    /// Adds signature lines as somebody else gave them, each with its newline; the text stays as it is.
    ///
    /// # Errors
    /// [`NoteError::SignatureLine`] when one is none; [`NoteError::TooLarge`] when there are too many.
    pub fn join(&mut self, lines: &str) -> Result<(), NoteError> {
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        for (at, line) in lines.split('\n').enumerate() {
            if self.signatures.len() == MOST_SIGNATURES {
                return Err(NoteError::TooLarge);
            }
            if line.bytes().any(|b| b < 0x20) {
                return Err(NoteError::Control);
            }
            self.signatures.push(NoteSignature::parse(line).ok_or(NoteError::SignatureLine(at + 1))?);
        }
        Ok(())
    }

    /// The text, not checked against any signature.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signature lines, not checked.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Checks the signatures of the given keys and hands out the text.
    ///
    /// # Errors
    /// [`NoteError::NotSigned`] when none of the keys signed, [`NoteError::WrongSignature`] when a line in a given key's
    /// name and id is not by it.
    pub fn open(&self, keys: &[VerifierKey]) -> Result<OpenedNote, NoteError> {
        let mut signers = Vec::new();
        for line in &self.signatures {
            let Some(key) = keys.iter().find(|key| line.is_by(key)) else { continue };
            let good = <&[u8; 64]>::try_from(line.bytes())
                .is_ok_and(|bytes| key.verify(self.text.as_bytes(), bytes));
            if !good {
                return Err(NoteError::WrongSignature(line.name.clone()));
            }
            let signer = (line.name.clone(), line.id);
            if !signers.contains(&signer) {
                signers.push(signer);
            }
        }
        if signers.is_empty() {
            Err(NoteError::NotSigned)
        } else {
            Ok(OpenedNote { text: self.text.clone(), signers })
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| line.fmt(f))
    }
}

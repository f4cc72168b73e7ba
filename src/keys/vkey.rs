//! Verifier keys: a name and an Ed25519 public key, in the one line that C2SP signed-note calls a vkey.
//!
//! `name+hex(id)+base64(0x01 ‖ key)`, where the id is `SHA-256(name ‖ "\n" ‖ 0x01 ‖ key)[..4]`. Reading is strict: lower-case
//! hex, canonical base64, the id must be the one computed, and keys of small order are refused. So each key has one text.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use super::name::{KeyName, NameError};

/// The algorithm byte of Ed25519 in C2SP signed-note.
pub(super) const ED25519: u8 = 0x01;

/// The first four bytes of the hash of a name and a key; a hint for finding the key, never a proof.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// The id of an Ed25519 key under a name.
    #[must_use]
    pub fn of(name: &KeyName, public: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(name.as_str().as_bytes());
        hash.update([b'\n', ED25519]);
        hash.update(public);
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Why a text is not a verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VkeyError {
    /// Not three parts joined by plus signs.
    #[error("a verifier key is written name+id+base64")]
    Shape,
    /// The name is not allowed.
    #[error("the key's name is not allowed: {0}")]
    Name(#[from] NameError),
    /// The id is not eight lower-case hex digits.
    #[error("the key id is not eight lower-case hex digits")]
    Id,
    /// The key is not canonical base64.
    #[error("the key is not canonical base64")]
    Base64,
    /// The algorithm byte is not Ed25519, or the length is wrong.
    #[error("the key is not an Ed25519 key")]
    Algorithm,
    /// The 32 bytes are no point of the curve, or one of small order, or not its canonical form.
    #[error("the key is not a usable Ed25519 point")]
    Point,
    /// The id does not belong to this name and key.
    #[error("the key id does not belong to this name and key")]
    IdMismatch,
}

/// A public key with its name: what one needs to check that registry's signatures.
///
/// ```
/// use nguongoc::keys::VerifierKey;
/// let key: VerifierKey = "t.example.vn/code/2026q4+b157996e+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea".parse()?;
/// assert_eq!(key.name().as_str(), "t.example.vn/code/2026q4");
/// assert_eq!(key.id().to_string(), "b157996e");
/// # Ok::<(), nguongoc::keys::VkeyError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    // Decompressed once here, so that checking a million codes pays for it once.
    key: VerifyingKey,
}

impl VerifierKey {
    /// The key of 32 public bytes under a name.
    ///
    /// # Errors
    /// [`VkeyError::Point`] when the bytes are not the canonical form of a point of large order.
    pub fn new(name: KeyName, public: &[u8; 32]) -> Result<Self, VkeyError> {
        let key = VerifyingKey::from_bytes(public).map_err(|_| VkeyError::Point)?;
        if key.is_weak() || key.to_edwards().compress().to_bytes() != *public {
            return Err(VkeyError::Point);
        }
        let id = KeyId::of(&name, public);
        Ok(Self { name, id, key })
    }

    /// Reads the line of a verifier key.
    ///
    /// # Errors
    /// [`VkeyError`] says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, VkeyError> {
        // The name holds no plus sign, the base64 may: so the first two split.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VkeyError::Shape);
        };
        let name = KeyName::parse(name)?;
        let mut given = [0; 4];
        if id.len() != 8 || HEXLOWER.decode_mut(id.as_bytes(), &mut given).is_err() {
            return Err(VkeyError::Id);
        }
        let bytes = BASE64.decode(key.as_bytes()).map_err(|_| VkeyError::Base64)?;
        let Some((&ED25519, public)) = bytes.split_first() else {
            return Err(VkeyError::Algorithm);
        };
        let public = public.try_into().map_err(|_| VkeyError::Algorithm)?;
        let key = Self::new(name, public)?;
        if key.id.0 == given { Ok(key) } else { Err(VkeyError::IdMismatch) }
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key's id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The 32 public bytes.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// What a person compares to know a key by: the SHA-256 of its 32 bytes in hex, in groups of four.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let hash = HEXLOWER.encode(&Sha256::digest(self.public()));
        let groups: Vec<&str> =
            hash.as_bytes().chunks(4).filter_map(|four| std::str::from_utf8(four).ok()).collect();
        groups.join(" ")
    }

    /// Whether this key signed the message; strict (`verify_strict`), so that no second signature passes for the same message
    /// and key.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [ED25519; 33];
        bytes[1..].copy_from_slice(self.public());
        write!(f, "{}+{}+{}", self.name, self.id, BASE64.encode(&bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = VkeyError;
    fn from_str(text: &str) -> Result<Self, VkeyError> {
        Self::parse(text)
    }
}

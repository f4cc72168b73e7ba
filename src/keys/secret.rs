//! Private keys: made from a seed, sealed with a passphrase, wiped when dropped.
//!
//! The text form is the one Go's `sumdb/note` reads, `PRIVATE+KEY+name+id+base64(0x01 ‖ seed)`, with a last newline. At rest
//! it is sealed by age with a passphrase; the bare text is lawful only where the system keeps it, as a systemd credential.
//! No `Debug`, `Display` or error of this file shows a secret byte. (age draws its own salt and nonce from the system;
//! the seed itself comes from the caller.)

use std::fmt;

use age::secrecy::SecretString;
use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signer, SigningKey};
use zeroize::{Zeroize, Zeroizing};

use super::name::KeyName;
use super::vkey::{ED25519, VerifierKey};

const PREFIX: &str = "PRIVATE+KEY+";

/// Why a text is not a private key. It never says what the text was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Not `PRIVATE+KEY+name+id+base64`, or a name or a seed that cannot be one.
    #[error("this is not a private key of the form PRIVATE+KEY+name+id+base64")]
    Shape,
    /// The id does not belong to this name and key.
    #[error("the key id does not belong to this name and key")]
    IdMismatch,
}

/// Why sealing or unsealing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The work factor is not between 1 and 30.
    #[error("the work factor must lie between 1 and 30")]
    WorkFactor,
    /// The file is not sealed by age with a passphrase, or is cut off or altered.
    #[error("this is not a file sealed with a passphrase, or it is damaged")]
    Damaged,
    /// The passphrase does not open the file.
    #[error("the passphrase does not open this key")]
    WrongPassphrase,
    /// Opening would take more work than the caller allows.
    #[error("the key is sealed with a higher work factor than allowed")]
    TooMuchWork,
    /// What was sealed is not a private key.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// A private key with its name.
pub struct SecretKey {
    // Wipes itself when dropped (feature `zeroize` of the crate).
    key: SigningKey,
    verifier: VerifierKey,
}

impl SecretKey {
    /// The work factor for sealing in earnest: 2^18 rounds of scrypt, about a second.
    pub const WORK_FACTOR: u8 = 18;

    /// The key of a seed of 32 random bytes, which the caller draws and this call wipes.
    ///
    /// # Errors
    /// [`SecretError::Shape`] for the (practically impossible) seed whose public key is unusable.
    pub fn from_seed(name: KeyName, mut seed: Zeroizing<[u8; 32]>) -> Result<Self, SecretError> {
        let key = SigningKey::from_bytes(&seed);
        seed.zeroize();
        let verifier =
            VerifierKey::new(name, key.verifying_key().as_bytes()).map_err(|_| SecretError::Shape)?;
        Ok(Self { key, verifier })
    }

    /// Reads the text of a private key, with or without its last newline.
    ///
    /// # Errors
    /// [`SecretError`] when it is none, or when the id is not this key's.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let mut parts = text.strip_prefix(PREFIX).ok_or(SecretError::Shape)?.splitn(3, '+');
        let (Some(name), Some(id), Some(base64)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(SecretError::Shape);
        };
        let name = KeyName::parse(name).map_err(|_| SecretError::Shape)?;
        let bytes = Zeroizing::new(BASE64.decode(base64.as_bytes()).map_err(|_| SecretError::Shape)?);
        let Some((&ED25519, seed)) = bytes.split_first() else {
            return Err(SecretError::Shape);
        };
        let seed = Zeroizing::new(seed.try_into().map_err(|_| SecretError::Shape)?);
        let key = Self::from_seed(name, seed)?;
        if id == HEXLOWER.encode(&key.verifier.id().0) { Ok(key) } else { Err(SecretError::IdMismatch) }
    }

    /// The text of the private key, with its last newline; wiped when dropped. Write it nowhere but into a seal or a
    /// system credential.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([ED25519; 33]);
        bytes[1..].copy_from_slice(self.key.as_bytes());
        let base64 = Zeroizing::new(BASE64.encode(bytes.as_slice()));
        Zeroizing::new(format!(
            "{PREFIX}{}+{}+{}\n",
            self.verifier.name(),
            self.verifier.id(),
            base64.as_str()
        ))
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a message. Ed25519 is deterministic: the same message gives the same 64 bytes, so a label can be reprinted.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// Seals the key with a passphrase, as a binary age file. `work_factor` is the binary logarithm of scrypt's rounds;
    /// use [`SecretKey::WORK_FACTOR`] outside tests.
    ///
    /// # Errors
    /// [`SealError::WorkFactor`] outside 1 to 30; [`SealError::Damaged`] when age could not write.
    pub fn seal(&self, passphrase: &SecretString, work_factor: u8) -> Result<Vec<u8>, SealError> {
        if !(1..=30).contains(&work_factor) {
            return Err(SealError::WorkFactor);
        }
        let mut recipient = age::scrypt::Recipient::new(passphrase.clone());
        recipient.set_work_factor(work_factor);
        age::encrypt(&recipient, self.reveal().as_bytes()).map_err(|_| SealError::Damaged)
    }

    /// Opens a sealed key. A file that asks for more than 2^`most_work` rounds is refused before any work is done.
    ///
    /// # Errors
    /// [`SealError`] tells a wrong passphrase from a damaged file and from one that is no key.
    pub fn unseal(sealed: &[u8], passphrase: &SecretString, most_work: u8) -> Result<Self, SealError> {
        let mut identity = age::scrypt::Identity::new(passphrase.clone());
        identity.set_max_work_factor(most_work);
        let text = age::decrypt(&identity, sealed).map_err(|error| match error {
            age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed => {
                SealError::WrongPassphrase
            }
            age::DecryptError::ExcessiveWork { .. } => SealError::TooMuchWork,
            _ => SealError::Damaged,
        })?;
        let text = Zeroizing::new(text);
        let text = std::str::from_utf8(&text).map_err(|_| SecretError::Shape)?;
        Ok(Self::parse(text)?)
    }

    /// Whether bytes begin like a sealed key, to tell it from the bare text.
    #[must_use]
    pub fn is_sealed(bytes: &[u8]) -> bool {
        bytes.starts_with(b"age-encryption.org/v1\n")
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}+{}, hidden)", self.verifier.name(), self.verifier.id())
    }
}

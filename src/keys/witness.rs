//! Keys of witnesses, who say that they have seen a log grow (C2SP `tlog-cosignature`, Ed25519).

use super::name::KeyName;
use super::note::{Note, NoteSignature};
use super::vkey::{KeyId, VerifierKey, VkeyError};
use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};

/// The algorithm byte of a timestamped Ed25519 cosignature.
const COSIGNATURE: u8 = 0x04;

/// The public key of a witness: `name+id+base64(0x04 ‖ key)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey {
    key: VerifierKey,
    id: KeyId,
}

impl WitnessKey {
    /// The key of 32 public bytes under a name.
    ///
    /// # Errors
    /// [`VkeyError::Point`] when the bytes are not the canonical form of a point of large order.
    pub fn new(name: KeyName, public: &[u8; 32]) -> Result<Self, VkeyError> {
        let hash = Sha256::new()
            .chain_update(name.as_str())
            .chain_update([b'\n', COSIGNATURE])
            .chain_update(public)
            .finalize();
        let id = KeyId([hash[0], hash[1], hash[2], hash[3]]);
        Ok(Self { key: VerifierKey::new(name, public)?, id })
    }

    /// Reads the line of a witness's key.
    ///
    /// # Errors
    /// [`VkeyError`] says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, VkeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VkeyError::Shape);
        };
        let name = KeyName::parse(name)?;
        let id = HEXLOWER.decode(id.as_bytes()).ok().filter(|id| id.len() == 4).ok_or(VkeyError::Id)?;
        let bytes = BASE64.decode(key.as_bytes()).map_err(|_| VkeyError::Base64)?;
        let public = match bytes.split_first() {
            Some((&COSIGNATURE, public)) => {
                <&[u8; 32]>::try_from(public).map_err(|_| VkeyError::Algorithm)?
            }
            _ => return Err(VkeyError::Algorithm),
        };
        let read = Self::new(name, public)?;
        if read.id.0.as_slice() == id { Ok(read) } else { Err(VkeyError::IdMismatch) }
    }

    /// The line of the key, which [`WitnessKey::parse`] reads.
    #[must_use]
    pub fn line(&self) -> String {
        let bytes = [&[COSIGNATURE], self.public().as_slice()].concat();
        format!("{}+{}+{}", self.name(), self.id, BASE64.encode(&bytes))
    }

    /// The witness's name.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        self.key.name()
    }

    /// The id of the key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The 32 public bytes.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        self.key.public()
    }

    /// When this witness cosigned the note, in seconds since the epoch; nothing when it did not.
    #[must_use]
    pub fn cosigned(&self, note: &Note) -> Option<u64> {
        self.cosignature(note).map(|(time, _)| time)
    }

    /// The line by which this witness cosigned the note, and when, in seconds since the epoch; nothing when it did not.
    #[must_use]
    pub fn cosignature<'n>(&self, note: &'n Note) -> Option<(u64, &'n NoteSignature)> {
        note.signatures()
            .iter()
            .filter(|line| line.id() == self.id && line.name() == self.key.name())
            .find_map(|line| {
                let (time, signature) = line.bytes().split_first_chunk::<8>()?;
                let signature = <&[u8; 64]>::try_from(signature).ok()?;
                let time = u64::from_be_bytes(*time);
                let said = cosigned_text(time, note.text());
                self.key.verify(said.as_bytes(), signature).then_some((time, line))
            })
    }
}

/// What a witness signs.
#[must_use]
pub fn cosigned_text(time: u64, checkpoint: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{checkpoint}")
}

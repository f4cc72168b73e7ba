//! Secrets that are handed out once and kept only as a hash.

use crate::kernel::Sha256Hash;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use std::fmt;

/// A session's or token's secret. Its text is shown once; the database holds its hash.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The prefix by which a leaked token is recognised in a search.
    pub const TOKEN_PREFIX: &'static str = "ngt_";

    /// A session's secret from 32 random bytes.
    #[must_use]
    pub fn session(random: [u8; 32]) -> Self {
        Self(BASE64URL_NOPAD.encode(&random))
    }

    /// An API token's secret from 32 random bytes.
    #[must_use]
    pub fn token(random: [u8; 32]) -> Self {
        Self(format!("{}{}", Self::TOKEN_PREFIX, BASE32_NOPAD.encode(&random).to_ascii_lowercase()))
    }

    /// A secret as it was presented.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, for handing out.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database holds. A plain hash is enough: the secret has 256 random bits.
    #[must_use]
    pub fn hash(&self) -> Sha256Hash {
        Sha256Hash::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A one-time code that a person hands over on paper or by voice: 16 characters in groups of four, without letters that look
/// alike, worth 80 bits.
#[derive(Clone)]
pub struct OneTimeCode(String);

/// Crockford's alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl OneTimeCode {
    /// A code from random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        let letters = random.iter().take(16).map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self(letters.collect())
    }

    /// A code as typed: case, spaces and hyphens do not matter, and letters that look like digits are read as such.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        let letters =
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            });
        Self(letters.take(64).collect())
    }

    /// The code in groups of four, for handing over.
    #[must_use]
    pub fn grouped(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }

    /// What the database holds.
    #[must_use]
    pub fn hash(&self) -> Sha256Hash {
        Sha256Hash::of(self.0.as_bytes())
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

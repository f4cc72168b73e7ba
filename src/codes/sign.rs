//! Signing a code: three lines of text, so that a signature for one role or host can never serve another.
//!
//! ```text
//! nguongoc-code/v1
//! t.example.vn
//! 01/09506000134352/10/L2611A07
//! ```
//! No date is signed: a thief of the key would backdate. The run in the log gives the time.

use super::grammar::{Code, CodeSignature, KeyPath};
use crate::keys::{Host, Role, SecretKey};

const FIRST_LINE: &[u8] = b"nguongoc-code/v1\n";
/// First line, host, key path, two newlines.
const LONGEST_MESSAGE: usize = FIRST_LINE.len() + Host::LONGEST + 1 + 65 + 1;

/// The key that was to sign is not one for codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only a key with the role code can sign codes")]
pub struct NotACodeKey;

/// The bytes that a code's signature covers. Held on the stack, since checking builds one for each code.
pub struct Message {
    bytes: [u8; LONGEST_MESSAGE],
    length: usize,
}

impl Message {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, part: &[u8]) {
        // The longest host and path fit, and both are bounded by their types.
        if let Some(room) = self.bytes.get_mut(self.length..self.length + part.len()) {
            room.copy_from_slice(part);
            self.length += part.len();
        }
    }
}

/// The message that is signed for a path under a host.
#[must_use]
pub fn message(host: &Host, path: &KeyPath) -> Message {
    let mut message = Message { bytes: [0; LONGEST_MESSAGE], length: 0 };
    for part in [FIRST_LINE, host.as_str().as_bytes(), b"\n", path.as_str().as_bytes(), b"\n"] {
        message.push(part);
    }
    message
}

/// Signs a code for the host in the key's name. The same code and key give the same signature, so a label can be reprinted.
///
/// # Errors
/// [`NotACodeKey`] when the key's name is not `<host>/code/<quarter>`.
pub fn sign(code: Code, key: &SecretKey) -> Result<Code, NotACodeKey> {
    let verifier = key.verifier();
    if verifier.name().role() != Some(Role::Code) {
        return Err(NotACodeKey);
    }
    let host = Host::parse(verifier.name().host()).map_err(|_| NotACodeKey)?;
    let bytes = key.sign(message(&host, code.key_path()).as_bytes());
    Ok(code.with_signature(CodeSignature { key: verifier.id(), bytes }))
}

//! Keys: who may sign what for this registry, and how anyone checks it.
//!
//! A registry has three roles of Ed25519 keys: *root* (offline, signs only the key list), *code* (a new one each
//! quarter, signs the codes on labels) and *log* (signs checkpoints). Their public halves are published as one signed
//! [`KeyList`]; whoever holds the root's [`VerifierKey`] can check a label without asking the registry.
//!
//! What must stay true:
//! - texts are those of C2SP `signed-note`, so that existing tools read them; parsing is strict, and
//!   what was parsed prints the same bytes again;
//! - signatures are checked by `verify_strict` and nothing else;
//! - a private key is never printed, and is wiped from memory when dropped;
//! - this floor does no I/O: clock and randomness come in as values.

mod holder;
mod jwks;
mod keyring;
mod list;
mod name;
mod note;
mod secret;
mod trust;
mod vkey;
mod witness;

pub use holder::{Keys, Mark};
pub use jwks::{Jwk, JwkSet};
pub use keyring::Keyring;
pub use list::{KeyList, KeyStatus, ListError, ListedKey};
pub use name::{Host, KeyName, NameError, Quarter, Role};
pub use note::{Note, NoteError, NoteSignature, OpenedNote};
pub use secret::{SealError, SecretError, SecretKey};
pub use trust::{Anchor, OpenedList, Trust};
pub use vkey::{KeyId, VerifierKey, VkeyError};
pub use witness::{WitnessKey, cosigned_text};

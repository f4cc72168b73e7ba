//! The keeping of signing keys: making, sealing, publishing, rotating, and declaring them compromised.
//!
//! [`keys`](crate::keys) says what a key and a key list are; this room keeps them: private halves in sealed files under the data
//! folder, public halves and signed lists in the database, the keyring in force in [`App::keys`](crate::app::App).
//!
//! What must stay true:
//! * a private key lies in a file of mode 0600 sealed with a passphrase, or in a credential of the system; never in the
//!   database, the environment or the logs. Its file is written before the database names the key;
//! * the root never lies on the server (only a trial keeps it there, and says so);
//! * a list counts only when a root trusted before has signed it and its number is higher;
//! * a compromise acts at once, before any list says so, and nothing undoes it;
//! * what is issued at the moment of a compromise stands before it in the log, or is refused;
//! * each of these acts is in the audit trail and in the log.

pub mod api;
mod error;
mod files;
mod model;
mod serial;
mod service;
pub mod store;

pub use error::Error;
pub use files::{
    Opening, PASSPHRASE_FILE, Seal, folder, passphrase_in, read_root, trial_passphrase, write_root,
};
pub use model::{Fault, NewKey, StoredKey, code_term, key_file_name, quarter_of};
pub use serial::{SERIAL_KEY_FILE, known_serial_key, serial_key};
pub use service::*;

//! The keyring in force: read by every request, exchanged while they run.
//!
//! What must stay true: whoever took a keyring keeps it unchanged until done with it; no lock is held while it is used.

use super::keyring::Keyring;
use super::secret::SecretKey;
use age::secrecy::SecretString;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;

/// What a keyring was made from: when the stored mark is another one, it is out of date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    /// The number of the newest key list; 0 when there is none.
    pub sequence: i64,
    /// How many keys are stored.
    pub keys: i64,
    /// Rises with each key that is retired (by 1) or compromised (by 2, or by 1 when it was retired before).
    pub ended: i64,
}

#[derive(Debug, Default)]
struct Held {
    ring: Arc<Keyring>,
    note: Option<Arc<str>>,
    mark: Option<Mark>,
}

/// The place that holds the keyring in force, and the published note of its list.
#[derive(Debug, Default)]
pub struct Keys {
    held: RwLock<Held>,
    turn: Mutex<()>,
    // Typed at a terminal; in no file and no other variable.
    typed: RwLock<Option<SecretString>>,
}

impl Keys {
    /// A holder with private keys and no list yet.
    #[must_use]
    pub fn holding(secrets: Vec<SecretKey>) -> Self {
        let ring = Arc::new(Keyring::new(secrets, None));
        Self { held: RwLock::new(Held { ring, ..Held::default() }), ..Self::default() }
    }

    /// The keyring in force.
    #[must_use]
    pub fn current(&self) -> Arc<Keyring> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).ring.clone()
    }

    /// The signed note of the list in force, as published.
    #[must_use]
    pub fn note(&self) -> Option<Arc<str>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).note.clone()
    }

    /// What the keyring in force was made from; nothing before the first look.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).mark
    }

    /// Puts a keyring into force.
    pub fn exchange(&self, ring: Keyring, note: Option<Arc<str>>, mark: Mark) {
        let held = Held { ring: Arc::new(ring), note, mark: Some(mark) };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
    }

    /// Keeps a passphrase that was typed, for keys that are opened later.
    pub fn remember(&self, passphrase: SecretString) {
        *self.typed.write().unwrap_or_else(PoisonError::into_inner) = Some(passphrase);
    }

    /// The passphrase that was typed.
    #[must_use]
    pub fn typed(&self) -> Option<SecretString> {
        self.typed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The turn of one who is about to look and exchange: two of them must not overtake each other.
    pub async fn turn(&self) -> impl Drop + '_ {
        self.turn.lock().await
    }
}

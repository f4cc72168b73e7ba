//! Why a checker believes a key list: a root that it already trusts signed it, and it is no older than what was seen before.
//!
//! What must stay true: a checker never goes back to an older sequence; a new root counts only after a list that a root already
//! trusted has signed. A list opened without a root is usable and called *unanchored*. A stored state is restored by
//! accepting the stored lists again, in their order.

use sha2::{Digest, Sha256};

use super::list::{KeyList, KeyStatus, ListError};
use super::name::{Host, Role};
use super::note::{Note, NoteError};
use super::vkey::{KeyId, VerifierKey};

/// Why a list is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// A root that the checker already trusted signed it.
    Anchored(KeyId),
    /// No root was given: the list proves no more than where it came from.
    Unanchored,
}

/// A list ready for checking codes, and why it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedList {
    /// The keys.
    pub list: KeyList,
    /// Why they are believed.
    pub anchor: Anchor,
}

/// What a checker remembers of a host: the roots it trusts, and the newest list it has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    host: Host,
    roots: Vec<VerifierKey>,
    seen: Option<(u64, [u8; 32])>,
}

impl Trust {
    /// Trust that begins with one root, given by the person who checks.
    ///
    /// # Errors
    /// [`ListError::Misplaced`] when the key is not named `<host>/root`.
    pub fn new(root: VerifierKey) -> Result<Self, ListError> {
        let host = Host::parse(root.name().host()).map_err(ListError::Host)?;
        if root.name().role() != Some(Role::Root) {
            return Err(ListError::Misplaced(root.name().as_str().into()));
        }
        Ok(Self { host, roots: vec![root], seen: None })
    }

    /// The roots trusted by now.
    #[must_use]
    pub fn roots(&self) -> &[VerifierKey] {
        &self.roots
    }

    /// The number of the newest list accepted.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.seen.map(|(sequence, _)| sequence)
    }

    /// Takes the next list: it must be signed by a trusted root, and be no older than the newest one seen. From then on the
    /// roots that it names as active are trusted too, and those that it names as retired or compromised no longer.
    ///
    /// # Errors
    /// [`ListError`]; trust is then unchanged.
    pub fn accept(&mut self, note: &str) -> Result<OpenedList, ListError> {
        let opened = Note::parse(note)?.open(&self.roots).map_err(|error| match error {
            NoteError::NotSigned => ListError::NotAnchored,
            other => ListError::Note(other),
        })?;
        let list = KeyList::parse(&opened.text)?;
        if *list.host() != self.host {
            return Err(ListError::OtherHost(list.host().as_str().into()));
        }
        let digest = Sha256::digest(opened.text.as_bytes()).into();
        match self.seen {
            Some((seen, _)) if list.sequence() < seen => {
                return Err(ListError::Older { given: list.sequence(), seen });
            }
            Some((seen, other)) if list.sequence() == seen && other != digest => {
                return Err(ListError::Forked(seen));
            }
            _ => self.seen = Some((list.sequence(), digest)),
        }
        for listed in list.keys().iter().filter(|key| key.role() == Role::Root) {
            self.roots.retain(|root| root != listed.key());
            if listed.status() == KeyStatus::Active {
                self.roots.push(listed.key().clone());
            }
        }
        let signer = opened.signers.first().map(|(_, id)| *id).ok_or(ListError::NotAnchored)?;
        Ok(OpenedList { list, anchor: Anchor::Anchored(signer) })
    }
}

impl KeyList {
    /// Opens the note of a list without any root: its signatures stay unchecked, and the result says *unanchored*.
    ///
    /// # Errors
    /// [`ListError`] when the note or the list is malformed.
    pub fn open_unanchored(note: &str) -> Result<OpenedList, ListError> {
        let list = Self::parse(Note::parse(note)?.text())?;
        Ok(OpenedList { list, anchor: Anchor::Unanchored })
    }
}

//! The keys that one node holds: the private ones that it signs with, and the published list that it checks by.
//!
//! What must stay true: a key signs only while the list says that it may, so that every signature made here can be checked
//! by whoever has the list.

use super::list::KeyStatus;
use super::name::Role;
use super::secret::SecretKey;
use super::trust::OpenedList;
use super::vkey::KeyId;
use crate::kernel::Moment;
use std::sync::Arc;

/// Private keys, unsealed, and the key list. Empty on a node that only reads.
#[derive(Debug, Default)]
pub struct Keyring {
    secrets: Vec<Arc<SecretKey>>,
    opened: Option<OpenedList>,
}

impl Keyring {
    /// The keys that were unsealed at start, and the list in force.
    #[must_use]
    pub fn new(secrets: Vec<SecretKey>, opened: Option<OpenedList>) -> Self {
        Self { secrets: secrets.into_iter().map(Arc::new).collect(), opened }
    }

    /// The same, with private keys that an earlier keyring holds too.
    #[must_use]
    pub fn sharing(secrets: Vec<Arc<SecretKey>>, opened: Option<OpenedList>) -> Self {
        Self { secrets, opened }
    }

    /// The private keys held here.
    #[must_use]
    pub fn secrets(&self) -> &[Arc<SecretKey>] {
        &self.secrets
    }

    /// Whether the private half of a key is held here.
    #[must_use]
    pub fn holds(&self, id: KeyId) -> bool {
        self.secrets.iter().any(|secret| secret.verifier().id() == id)
    }

    /// The list in force.
    #[must_use]
    pub fn opened(&self) -> Option<&OpenedList> {
        self.opened.as_ref()
    }

    /// The private key that signs in a role now: of those that may, the one whose term began last.
    #[must_use]
    pub fn signing(&self, role: Role, now: Moment) -> Option<&SecretKey> {
        self.all_signing(role, now).into_iter().next()
    }

    /// The private keys that may sign in a role now: held here, active in the list, within their term; the one whose term began last
    /// stands first.
    #[must_use]
    pub fn all_signing(&self, role: Role, now: Moment) -> Vec<&SecretKey> {
        let listed = self.opened.iter().flat_map(|opened| opened.list.keys());
        let may_sign = listed.filter(|key| {
            let in_term = key.from() <= now && key.until().is_none_or(|until| now < until);
            key.role() == role && key.status() == KeyStatus::Active && in_term
        });
        let held = may_sign.filter_map(|key| {
            let secret = self.secrets.iter().find(|secret| secret.verifier() == key.key())?;
            Some((key.from(), &**secret))
        });
        let mut held: Vec<_> = held.collect();
        // Of two from the same moment, the one that the list names last.
        held.reverse();
        held.sort_by_key(|(from, _)| std::cmp::Reverse(*from));
        held.into_iter().map(|(_, secret)| secret).collect()
    }
}

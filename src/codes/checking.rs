//! The checker in force, made once for each keyring and shared by all look-ups.

use super::check::Checker;
use crate::keys::Keyring;
use std::sync::{Arc, PoisonError, RwLock};

type Made = (Arc<Keyring>, Option<Arc<Checker>>);

/// The place that keeps the checker of the newest keyring.
#[derive(Debug, Default)]
pub struct Checking(RwLock<Option<Made>>);

impl Checking {
    /// The checker over the list of a keyring; nothing while there is no list.
    #[must_use]
    pub fn over(&self, ring: Arc<Keyring>) -> Option<Arc<Checker>> {
        if let Some((made_for, checker)) = &*self.0.read().unwrap_or_else(PoisonError::into_inner)
            && Arc::ptr_eq(made_for, &ring)
        {
            return checker.clone();
        }
        let checker = ring.opened().map(|opened| Arc::new(Checker::new(opened.clone())));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((ring, checker.clone()));
        checker
    }
}

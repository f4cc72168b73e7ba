//! The event hash of CBV 2.0 (§8.9.2).

use super::model::Event;
use crate::kernel::Sha256Hash;

/// The id of an event that has none.
#[must_use]
pub fn hash(event: &Event, own_hosts: &[&str]) -> String {
    format!("ni:///sha-256;{}?ver=CBV2.0", Sha256Hash::of(pre_hash(event, own_hosts).as_bytes()))
}

/// The text whose hash it is.
#[must_use]
pub fn pre_hash(event: &Event, _own_hosts: &[&str]) -> String {
    format!("eventType={}", event.what.name())
}

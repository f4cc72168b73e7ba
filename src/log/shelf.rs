//! Full tiles that were asked for, kept in memory: what is full never changes, and whoever checks a log or copies it asks for the same ones.

use super::service::Resource;
use bytes::Bytes;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// The most bytes that are kept: some four thousand tiles of hashes, or two to three hundred of entries.
const MOST_BYTES: u64 = 32 << 20;

/// Full tiles by what names them.
#[derive(Debug)]
pub(super) struct Shelf(Cache<Resource, Bytes>);

impl Default for Shelf {
    fn default() -> Self {
        let weigh = |_: &Resource, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        // The last ones asked for: those who follow a log ask for the same new ones within minutes.
        let policy = EvictionPolicy::lru();
        Self(Cache::builder().weigher(weigh).eviction_policy(policy).max_capacity(MOST_BYTES).build())
    }
}

impl Shelf {
    /// The bytes, if they are here.
    pub(super) fn get(&self, resource: &Resource) -> Option<Bytes> {
        self.0.get(resource)
    }

    /// Keeps bytes of a published log; of a tile that is not full, nothing.
    pub(super) fn put(&self, resource: Resource, bytes: &Bytes) {
        if resource.is_full() {
            self.0.insert(resource, bytes.clone());
        }
    }
}

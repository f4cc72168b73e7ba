//! The store of `events` on both databases.

//! The store of `lookup` on both databases.

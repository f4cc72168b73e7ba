//! The store of `codes` on both databases.

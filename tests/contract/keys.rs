//! The store of `keys` on both databases.

//! The store of `places` on both databases.

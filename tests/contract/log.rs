//! The store of `log` on both databases.

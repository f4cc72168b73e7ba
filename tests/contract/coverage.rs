//! The store of `coverage` on both databases.

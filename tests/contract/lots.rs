//! The store of `lots` on both databases.

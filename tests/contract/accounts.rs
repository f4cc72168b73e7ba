//! The store of `accounts` on both databases.

//! The store of `parties` on both databases.

//! The store of `products` on both databases.

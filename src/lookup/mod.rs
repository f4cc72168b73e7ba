//! What the public sees of a lot.

//! Genealogy: from a lot back to its origin.

//! Lookup through the front door.

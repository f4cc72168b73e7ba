//! Parties through the front door.

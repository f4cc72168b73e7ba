//! Hardening through the front door.

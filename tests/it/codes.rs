//! Codes through the front door.

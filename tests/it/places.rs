//! Places through the front door.

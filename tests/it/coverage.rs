//! Coverage through the front door.

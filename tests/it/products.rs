//! Products through the front door.

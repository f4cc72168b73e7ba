//! Lots through the front door.

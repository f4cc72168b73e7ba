//! Journey through the front door.

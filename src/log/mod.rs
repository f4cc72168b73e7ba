//! What waits to be written into the append-only log, and the erasable values behind its commitments.

//! Every act through the one door.

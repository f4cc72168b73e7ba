//! The one door: through which all history is written.

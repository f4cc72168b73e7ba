//! The journal of EPCIS 2.0 events.

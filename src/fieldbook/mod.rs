//! What was done on a plot before harvest, and the authority's lists that it is measured by.
//!
//! What must stay true: what the authority says of crops, substances and bands is dated data, never a constant; a version of a list
//! is never changed, so what was right on a day can be told for ever.

pub mod lists;

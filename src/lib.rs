//! Nguồn Gốc: the traceability registry that a city runs for safe farm products.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod codes;
pub mod kernel;
pub mod keys;

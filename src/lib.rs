//! Nguồn Gốc: the traceability registry that a city runs for safe farm products.
//!
//! The map, in the order of the rooms. A room's model, service and store use only rooms above it; its `api` and `pages` may call
//! any room's service. `docs/architecture.md` says more, `tests/architecture.rs` checks it.

pub mod app;
pub mod cli;
pub mod config;
pub mod http;
pub mod kernel;
pub mod sheet;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod words;

pub mod accounts;
pub mod chain;
pub mod codes;
pub mod coverage;
pub mod custody;
pub mod events;
pub mod evidence;
pub mod fieldbook;
pub mod jobs;
pub mod keys;
pub mod log;
pub mod lookup;
pub mod lots;
pub mod parties;
pub mod places;
pub mod products;
pub mod recalls;
pub mod trace;

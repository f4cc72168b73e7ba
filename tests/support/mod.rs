//! What several test targets share.

pub(crate) mod app;
pub(crate) mod beside;
pub(crate) mod chain;
pub(crate) mod field;
pub(crate) mod history;
pub(crate) mod journey;
pub(crate) mod lineage;
pub(crate) mod log;
pub(crate) mod mirror;
pub(crate) mod postgres;
pub(crate) mod rows;
pub(crate) mod season;
pub(crate) mod trade;
pub(crate) mod waits;
pub(crate) mod witness;

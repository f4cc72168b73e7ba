//! Every store function and every guarded statement, on both databases.
#![cfg(test)]
#![expect(dead_code, reason = "the support modules are shared by several test targets")]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod backfill;
mod balance;
mod captures;
mod carried;
mod chain;
mod claims;
mod codes;
mod coverage;
mod door;
mod ends;
mod events;
mod evidence;
mod fieldbook;
mod graphs;
mod jobs;
mod keys;
mod lists;
mod log;
mod lookup;
mod lots;
mod parties;
mod places;
mod products;
mod rebuild;
mod recalls;
mod reconcile;
mod reports;
mod sequence;
mod stops;
mod tiles;
mod trace;
mod tree;
mod witness;

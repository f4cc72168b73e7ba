//! The registry through its front door: HTTP, on both databases.
#![cfg(test)]
#![expect(dead_code, reason = "the support modules are shared by several test targets")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../codes/picture.rs"]
mod codes_picture;

mod accounts;
mod around;
mod audit;
mod backup;
mod chain_pages;
mod codes;
mod coverage;
mod disclosures;
mod documents;
mod ends;
mod epcis;
mod evidence;
mod fieldbook;
mod flags;
mod gate;
mod hardening;
mod hostile;
mod jobs;
mod journey;
mod key_terms;
mod let_go;
mod lists;
mod log_key;
mod lookup;
mod lots;
mod mirrors;
mod openapi;
mod parties;
mod pictures;
mod places;
mod product_links;
mod products;
mod reach;
mod readers;
mod recalls;
mod recording;
mod runs;
mod stopped;
mod trace;
mod vietgap;
mod witness;

//! The one door: every lot and every event is written here, and nowhere else. A command is interpreted as an EPCIS event and its
//! effects on lots, meets the gates (permission or mandate, place, hold, recall, time, unit), moves the balances, and is
//! written to the journal with an entry that waits to be logged: one unit of work, all or nothing.
//!
//! What must stay true: commands that release food are refused while a gate is shut, also when the gate shuts at the same moment
//! (gate versions are read and confirmed); facts are recorded; a command sent twice under one key is recorded once. No path
//! (page, API, loader) goes round.

mod act;
pub mod api;
mod bands;
pub mod capture;
mod cases;
mod claims;
mod codes;
mod correct;
mod crops;
mod declare;
mod door;
mod draft;
mod error;
mod evidence;
mod field;
mod foresee;
mod form;
mod goods;
mod growth;
mod inherit;
mod interpret;
mod journal;
mod known;
mod lists;
mod look;
mod memory;
mod model;
mod movement;
pub mod pages;
mod plots;
mod rebuild;
mod report;
mod service;
mod steps;
mod stops;
pub mod store;
mod transform;
mod vocabulary;
mod why;

pub use api::spray_json;
pub use codes::look_again;
pub use draft::{Amount, Draft, QuantityDraft};
pub use error::Error;
pub use evidence::{
    EvidenceError, TestRecorded, is_laboratory, record_lab_test, turn_certificate, withdraw_lab_test,
};
pub use field::{
    FieldRecorded, MOST_PLOTS, clear_season, correct_activity, held_by, open_season, record_activities,
    record_activity, reopen_season, withdraw_season,
};
pub use foresee::foreseen;
pub use form::Filled;
pub use goods::{ProductError, add_product, change_product};
pub use lists::{PublishedList, look_at_lists, publish_draft, publish_list};
pub use look::{CaseLine, CaseSheet, Happening, Undoing, case, undoing};
pub use model::{
    By, Casing, Collect, Command, Correct, DeclareLot, Goods, Move, Output, Pack, Portion, Receive, Recorded,
    Ship, StopLot, Test, Transform, When,
};
pub use plots::{PlaceError, add_place, change_place};
pub use rebuild::{Difference, Rebuilt, rebuild};
pub use report::{Outcome, ReportError, Reported, Reporter, ToldEvent, report};
pub use service::{record, record_once};
pub use why::{SprayStop, spray_stop, stopped_by_spray};

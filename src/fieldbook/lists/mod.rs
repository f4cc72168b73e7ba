//! The lists that the authority keeps: crops, substances with their waiting days and largest doses, and the bands of yield,
//! conversion and weight loss that quantities are measured by.
//!
//! What must stay true: a list is published whole, as a version with a number, and no version is ever changed or removed; on a day
//! the version with the highest number among those in force by then stands, so a later version supersedes from its first day on.
//! Crops are in force from their publication: a code that was ever published can be looked up for ever. A version is published by the door
//! (`chain/lists.rs`), which looks again at what was sprayed, harvested and made since its first day.

pub mod api;
mod change;
mod import;
mod model;
pub mod pages;
mod rows;
mod service;
pub mod store;

pub use change::{Change, Changed, changed_substances, changes};
pub use import::{Ground, Imported, read};
pub use model::*;
pub use rows::{
    BAND_HEADINGS, CROP_HEADINGS, Row, SUBSTANCE_HEADINGS, headings, per_hectare, rows, thousandths,
};
pub use service::{
    Error, Found, ListForm, Marks, Overview, Preview, Published, Publisher, bands_on, check_file, crops_of,
    discard, hand_in, look_up, looked, overview, preview, publish, ready, ready_file, require_crop, show,
};
pub use store::{
    Look, Looked, changes_between, conversion_band, crop, crops, days_to_harvest, has_crops, in_force,
    look_further, look_of, look_under_way, search_substances, substance, substance_in_force, weight_loss,
    yield_band,
};

//! What was done on a plot before harvest, and the authority's lists that it is measured by.
//!
//! What must stay true: what the authority says of crops, substances and bands is dated data, never a constant; a version of a list
//! is never changed, so what was right on a day can be told for ever. An entry of the book is never changed or removed: that it is
//! wrong is said beside it, and both stay to be read. What was done is entered as it was done; a spray shuts its plot for the
//! days that the list and the label say, by civil days at UTC+7.

pub mod lists;

mod anew;
pub mod api;
mod behind;
mod draft;
mod enter;
mod error;
mod gate;
mod model;
pub mod pages;
mod permit;
mod season;
mod service;
mod sheet;
pub mod store;
mod suggest;

pub use anew::{Dubious, SprayPage, judge_anew, sprays_of};
pub use behind::{Behind, Sprayed, behind};
pub use draft::{ActivityDraft, ClearDraft, ReopenDraft, SeasonDraft};
pub use enter::{declare_wrong, enter};
pub use error::Error;
pub use gate::{against, counted_otherwise, grown_at, land_yields, shut_on, sown_later};
pub use model::{
    Activity, Copies, Correction, Details, Entered, Entry, Expectation, Field, Harvest, Judged, Kind, Left,
    NewActivity, NewSeason, NewSpray, Objection, Origin, Rule, Season, SeasonEnd, Seed, Spray, Stock,
    TakenBack, Telling, Template, Use, Where, Window, judge, touches,
};
pub use pages::shut_words;
pub use permit::{Yields, crop_of};
pub use season::{Reopened, clear, open, reopen, withdraw};
pub use service::{
    Book, MOST_ENTRIES, Plot, PlotBook, SeasonSheet, activities, book, keep_template, last_time, offer, plot,
    remove_template, season as season_sheet, seasons, show, shut_today, template, templates, waiting,
};
pub use store::{SeasonEntry, activity, among_entry, season, season_fingerprint, sprays_between};

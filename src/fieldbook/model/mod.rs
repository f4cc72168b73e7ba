//! Seasons, entries, and what follows from a spray. Pure.

mod activity;
mod kind;
mod season;
mod waiting;

pub use activity::{
    Activity, Copies, Correction, Details, Entered, Entry, Harvest, Left, NewActivity, NewSpray, Origin,
    Spray, Template,
};
pub use kind::{Field, Kind, Stock, Where};
pub use season::{NewSeason, Season, SeasonEnd, Seed, TakenBack, Telling};
pub use waiting::{Expectation, Judged, Objection, Rule, Use, Window, judge, touches};

//! The SQL of the field book.

mod activity;
mod end;
mod harvest;
mod season;
mod spray;
mod template;

pub use activity::{
    activities_of, activities_of_season, activity, among_entry, copies, declare_wrong, insert_activity,
    is_wrong, last_like, latest_like, left, left_of,
};
pub use end::{clear_season, ends_of, reason_field, reopen_season};
pub use harvest::{harvests, has_entries, others_harvested, plots_of_harvests};
pub use season::{
    SeasonEntry, insert_season, season, season_fingerprint, seasons_at, seasons_between, seasons_of,
    seasons_on, withdraw_season,
};
pub use spray::{
    Known, insert_spray, judge_spray, spray, sprays_among, sprays_between, sprays_since, sprays_until,
};
pub use template::{insert_template, remove_template, template, templates_of};

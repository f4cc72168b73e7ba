//! The SQL of evidence.

mod certificate;
mod list;
mod test;

pub use certificate::{
    add_check, add_file, add_showing, add_turn, certificate, certificates, covering, covering_land, insert,
    is_recorded, turned,
};
pub use list::{ending, of_party, published, shown_file, waiting};
pub use test::{
    declare_wrong, insert_test, is_test_recorded, of_event, of_plot, test, tests_of_lot, tests_of_place,
    tests_with,
};

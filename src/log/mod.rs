//! What goes into the append-only log: entries that wait for their place in it, and the private values that they only commit to.
//!
//! What must stay true: an entry is put down in the same unit of work as the record that it tells of; it never holds personal or
//! private values, only salted commitments to them; value and salt lie in one table that can be erased, and an erased value
//! leaves the commitment behind that nobody can open.

mod model;
pub mod store;

pub use model::{Author, Commitment, Entry, Kept, Kind, Subject};
pub use store::{append, erase_all, erase_private, keep_all_private, keep_private, private};

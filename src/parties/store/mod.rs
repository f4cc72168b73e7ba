//! The SQL of parties, their applications and mandates.
//!
//! What must stay true: an application is decided once, a mandate revoked once, a party suspended once: guarded statements, the
//! number of rows being the verdict.

mod application;
mod mandate;
mod party;

pub use application::{application, decide, insert_application, open_applications, open_count};
pub use mandate::{grantors, in_force, insert_mandate, mandate, mandates, revoke};
pub use party::{
    approve, by_gln, by_tax, insert_party, likenesses, parties, party, refuse, set_consent, set_status, touch,
};

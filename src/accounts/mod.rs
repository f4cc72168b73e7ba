//! Who may do what: people with passwords, their sessions, the tokens of programs, one-time codes, and the trail of sign-ins
//! and grants.
//!
//! What must stay true: a secret is stored only as its hash; what a permission guards cannot be reached without an
//! [`Actor`] that proves it; sign-ins are throttled by account and by source, also after a restart; the trail is never
//! changed.

mod actor;
pub mod api;
mod audit;
mod extract;
mod model;
pub mod pages;
mod password;
mod secret;
mod service;
pub mod store;
mod throttle;

pub use actor::{
    Actor, Anyone, CanAdminister, CanCallBack, CanInspect, CanKeepAccess, CanManage, CanOversee, CanRead,
    CanRecord, CanReview, CanStop, Denied, Identity, Member, Official, Permission, SignedIn, Stopper,
};
pub use audit::{Act, Entry, note};
pub use extract::identify;
pub use model::{NewPassword, NewPerson, Person, Role, Scope, Scopes, SignInName, Token};
pub use secret::{OneTimeCode, Secret};
pub use service::*;

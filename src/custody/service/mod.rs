//! The use cases of keys, one unit of work each.

mod begin;
mod lists;
mod rotate;
mod watch;

pub use begin::{Begun, Root, begin, enter, make_root};
pub use lists::{import_list, list_numbered, sign_list, unsigned_list};
pub use rotate::{Rotated, compromise, retire, retire_ended, rotate, rotate_log};
pub use watch::{may_sign, refresh, refresh_list, stored, watch};

use super::error::Error;
use super::model::NewKey;
use crate::accounts::{self, Act};
use crate::app::App;
use crate::kernel::{Moment, PersonId};
use crate::keys::{Host, KeyStatus, Role, VerifierKey};
use crate::log::{self, Author, Entry, Kind, Subject};
use crate::store::{StoreError, Tx};
use serde_json::{Value, json};

/// Keys are the authority's affair.
const AUTHOR: Author = Author { party: None, role: "administrator" };

/// The host that this registry's keys speak for.
fn host(app: &App) -> Result<Host, Error> {
    Host::parse(app.config.code_host()).map_err(|_| Error::Host(app.config.code_host().to_owned()))
}

/// Writes an act down where it belongs: the audit trail and the log, in the unit of work of the act itself.
async fn tell(
    tx: &mut Tx,
    app: &App,
    (by, at): (Option<PersonId>, Moment),
    kind: Kind,
    subject: Subject,
    body: Value,
) -> Result<(), StoreError> {
    let mut detail = body.clone();
    detail["what"] = kind.as_str().into();
    accounts::note(tx, app.id(), at, by, Act::KeyChanged, None, &detail).await?;
    log::append(tx, &Entry { id: app.id(), kind, subject, at, actor: AUTHOR, body }).await
}

/// What the log says of one key.
fn told(key: &VerifierKey) -> Value {
    json!({ "key": key.name().as_str(), "id": key.id().to_string(), "vkey": key.to_string() })
}

/// What the log says of a key that was made or first seen: also what it may sign, and when, so that an auditor can hold codes against it.
fn made(key: &NewKey, role: Role) -> Value {
    let mut body = told(&key.verifier);
    body["role"] = json!(role.word());
    body["from"] = json!(key.from);
    body["until"] = json!(key.until);
    body
}

/// What the log says of a key that ends: of a compromised one also up to which size of the log it was good.
fn ended(key: &VerifierKey, status: KeyStatus) -> Value {
    let mut body = told(key);
    if let KeyStatus::Compromised { last_good_log_size } = status {
        body["last_good_log_size"] = json!(last_good_log_size);
    }
    body
}

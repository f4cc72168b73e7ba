//! The address for a party's mail: private, optional, and erased when the party wants it.

use super::Error;
use crate::accounts::{self, Act, Member};
use crate::app::App;
use crate::jobs::MailAddress;
use crate::kernel::PartyId;
use crate::log::{self, Author, Entry, Kind, Subject};
use crate::parties::store;
use crate::store::{StoreError, Tx};
use serde_json::json;

/// The field of the private value.
const FIELD: &str = "mail";

/// The address for the mail of `party`, where it gave one.
///
/// # Errors
/// When the database fails.
pub async fn mail_address(tx: &mut Tx, party: PartyId) -> Result<Option<String>, StoreError> {
    let kept = log::private(tx, party.as_uuid(), FIELD).await?;
    Ok(kept.and_then(|kept| kept.value.as_str().map(ToOwned::to_owned)))
}

/// Sets the address for the mail of one's own party, or erases it. The trail keeps that it was done, and not the address.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_mail_address(app: &App, by: &Member, address: Option<&MailAddress>) -> Result<(), Error> {
    let salt = app.secret();
    let subject = by.party.as_uuid();
    app.store
        .write(async |tx| {
            // Within the unit of work, which may run twice: the log tells acts in the order in which units were done.
            let (entry, trail, now) = (app.id(), app.id(), app.clock.now());
            store::party(tx, by.party).await?.ok_or(Error::NotFound)?;
            let erased = log::erase_private(tx, subject, FIELD).await?;
            if let Some(address) = address {
                log::keep_private(tx, subject, FIELD, salt, &json!(address.as_str())).await?;
            }
            if erased {
                let entry = Entry {
                    id: entry,
                    kind: Kind::Erasure,
                    subject: Subject::Party(by.party),
                    at: now,
                    actor: Author { party: Some(by.party), role: by.role.as_str() },
                    body: json!({ "field": FIELD }),
                };
                log::append(tx, &entry).await?;
            }
            let detail = json!({ "kept": address.is_some() });
            accounts::note(tx, trail, now, Some(by.person), Act::MailAddressChanged, Some(subject), &detail)
                .await?;
            Ok(())
        })
        .await
}

//! Parties of the registry: finding them, consent, suspension.

use super::application::shown_tax;
use super::{Error, Signatory};
use crate::accounts::{self, Act, Actor, CanOversee, Official, OneTimeCode, Role};
use crate::app::App;
use crate::kernel::{Cursor, Note, Page, PageSize, PartyId, Problem, Problems};
use crate::log::{self, Author, Entry, Kind, Subject};
use crate::parties::model::{Filter, Party, Status};
use crate::parties::store;
use serde_json::json;

/// A party with what only its own people and officials see.
#[derive(Debug)]
pub struct Own {
    /// The party.
    pub party: Party,
    /// Its tax number, a personal one masked.
    pub tax_number: Option<String>,
    /// The address for its mail, where it gave one.
    pub mail: Option<String>,
}

/// One party, for its own people.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn own(app: &App, party: PartyId) -> Result<Own, Error> {
    app.store
        .read(async |tx| {
            let party = store::party(tx, party).await?.ok_or(Error::NotFound)?;
            let mail = super::mail_address(tx, party.id).await?;
            Ok(Own { tax_number: shown_tax(tx, &party).await?, mail, party })
        })
        .await
}

/// One party, for officials.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(app: &App, _by: &Actor<CanOversee>, party: PartyId) -> Result<Own, Error> {
    own(app, party).await
}

/// The parties that fit `filter`, the newest first.
///
/// # Errors
/// When the cursor is of another list.
pub async fn parties(
    app: &App,
    _by: &Actor<CanOversee>,
    filter: &Filter,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Party>, Error> {
    let after = after.map(id_of).transpose()?;
    let rows = app.store.read(async |tx| store::parties(tx, filter, after, size).await).await?;
    Ok(Page::of(rows, size, |last| Cursor::Text(last.id.to_string())))
}

/// The id in a cursor of a list ordered by id.
pub(super) fn id_of<T: std::str::FromStr<Err = Problem>>(cursor: &Cursor) -> Result<T, Problems> {
    let parsed = cursor.text().and_then(str::parse);
    parsed.map_err(|_| Problem::new("cursor_malformed").value(cursor.to_string()).at("after").into())
}

/// Stops a party from recording, with a reason.
///
/// # Errors
/// [`Error::NotFound`], [`Error::WrongState`] unless it is approved.
pub async fn suspend(app: &App, by: &Official, party: PartyId, reason: &Note) -> Result<(), Error> {
    change_status(app, by, party, (Status::Approved, Status::Suspended), reason).await
}

/// Lets a suspended party record again, with a reason.
///
/// # Errors
/// [`Error::NotFound`], [`Error::WrongState`] unless it is suspended, [`Error::Log`].
pub async fn reinstate(app: &App, by: &Official, party: PartyId, reason: &Note) -> Result<(), Error> {
    log::agrees(app).await?;
    change_status(app, by, party, (Status::Suspended, Status::Approved), reason).await
}

async fn change_status(
    app: &App,
    by: &Official,
    party: PartyId,
    (from, to): (Status, Status),
    reason: &Note,
) -> Result<(), Error> {
    app.store
        .write(async |tx| {
            // To suspend waits for nothing.
            if to == Status::Approved {
                log::still_agrees(app)?;
            }
            // Within the unit of work, which may run twice: the log tells acts in the order in which units were done.
            let (entry, trail, now) = (app.id(), app.id(), app.clock.now());
            store::party(tx, party).await?.ok_or(Error::NotFound)?;
            if !store::set_status(tx, party, from, to, reason.as_str()).await? {
                return Err(Error::WrongState);
            }
            let entry = Entry {
                id: entry,
                kind: Kind::PartyChanged,
                subject: Subject::Party(party),
                at: now,
                actor: Author { party: None, role: by.role.as_str() },
                body: json!({ "status": to.as_str() }),
            };
            log::append(tx, &entry).await?;
            let act = if to == Status::Suspended { Act::PartySuspended } else { Act::PartyReinstated };
            accounts::note(tx, trail, now, Some(by.person), act, Some(party.as_uuid()), &json!({})).await?;
            Ok(())
        })
        .await
}

/// Records consent to publication, or its withdrawal, which waits for nothing. `by` is the party's own manager or an officer.
///
/// # Errors
/// [`Error::NotFound`], [`Error::WrongState`] when that is no change, or nobody has to be asked; [`Error::Log`] for consent that is given.
pub async fn set_consent(app: &App, by: &Signatory, party: PartyId, consent: bool) -> Result<(), Error> {
    if !by.may_sign_for(party) {
        return Err(Error::NotFound);
    }
    if consent {
        log::agrees(app).await?;
    }
    app.store
        .write(async |tx| {
            if consent {
                log::still_agrees(app)?;
            }
            // Within the unit of work, as above: of a consent and its withdrawal the log must tell the last one last.
            let (entry, trail, now) = (app.id(), app.id(), app.clock.now());
            let known = store::party(tx, party).await?.ok_or(Error::NotFound)?;
            if !known.is_personal() || !store::set_consent(tx, party, consent, now).await? {
                return Err(Error::WrongState);
            }
            let entry = Entry {
                id: entry,
                kind: Kind::PartyChanged,
                subject: Subject::Party(party),
                at: now,
                actor: by.author(),
                body: json!({ "consent": consent }),
            };
            log::append(tx, &entry).await?;
            let (subject, detail) = (Some(party.as_uuid()), json!({ "consent": consent }));
            accounts::note(tx, trail, now, Some(by.person), Act::ConsentChanged, subject, &detail).await?;
            Ok(())
        })
        .await
}

/// A further code with which a manager of a registered party signs up: for a firm whose people lost theirs.
///
/// # Errors
/// [`Error::NotFound`], [`Error::WrongState`] unless it is approved.
pub async fn sign_up_code(app: &App, by: &Official, party: PartyId) -> Result<OneTimeCode, Error> {
    app.store
        .write(async |tx| {
            let known = store::party(tx, party).await?.ok_or(Error::NotFound)?;
            if !known.is_active() {
                return Err(Error::WrongState);
            }
            Ok(accounts::make_sign_up_code(tx, app, party, Role::Manager, Some(by.person)).await?)
        })
        .await
}

//! Giving and revoking mandates.

use super::Error;
use super::party::id_of;
use crate::accounts::{self, Act, Identity, Member, Official, Role};
use crate::app::App;
use crate::kernel::{Cursor, Day, MandateId, Page, PageSize, PartyId, PersonId, Problem, Problems};
use crate::log::{self, Author, Entry, Kind, Subject};
use crate::parties::document::Document;
use crate::parties::model::{Mandate, MandateLine, NewMandate, Party, PartyReference, Side, tax_match};
use crate::parties::store;
use crate::store::{StoreError, Tx, file, put_file};
use serde_json::json;

/// Who signs for a party: its own manager, or an officer who holds its signed paper. Made from a
/// [`Member`](crate::accounts::Member) that may manage, or an [`Official`](crate::accounts::Official) that may review.
#[derive(Clone, Copy, Debug)]
pub struct Signatory {
    pub(super) person: PersonId,
    party: Option<PartyId>,
    role: Role,
}

impl From<&Member> for Signatory {
    fn from(member: &Member) -> Self {
        Self { person: member.person, party: Some(member.party), role: member.role }
    }
}

impl From<&Official> for Signatory {
    fn from(official: &Official) -> Self {
        Self { person: official.person, party: None, role: official.role }
    }
}

impl Signatory {
    /// A manager signs for the own party, an officer for any; clerks and inspectors for none.
    pub(super) fn may_sign_for(&self, party: PartyId) -> bool {
        match self.role {
            Role::Manager => self.party == Some(party),
            Role::Officer | Role::Administrator => self.party.is_none(),
            Role::Clerk | Role::Inspector => false,
        }
    }

    pub(super) fn author(&self) -> Author {
        Author { party: self.party, role: self.role.as_str() }
    }
}

/// `by` as a member of `grantor`, who may keep its places and products: the same person in the same role, under a mandate in
/// force today; `by` unchanged for the own party.
///
/// # Errors
/// [`Error::NotFound`] without a mandate in force.
pub async fn stand_in(app: &App, by: &Member, grantor: PartyId) -> Result<Member, Error> {
    if grantor == by.party {
        return Ok(*by);
    }
    let today = app.clock.now().day();
    let mandate = app.store.glance(async |tx| store::in_force(tx, grantor, by.party, today).await).await?;
    mandate.map(|_| Member { party: grantor, ..*by }).ok_or(Error::NotFound)
}

/// The parties for which `holder` may record on `day`, in the order of their names; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn grantors(tx: &mut Tx, holder: PartyId, day: Day) -> Result<Vec<Choice>, StoreError> {
    store::grantors(tx, holder, day).await
}

/// A party that somebody may record for, and its name.
pub type Choice = (PartyId, String);

/// The parties that the members of `party` may record for: their own first, then those that gave it a mandate.
///
/// # Errors
/// [`Error::NotFound`] for a party that is not in the registry.
pub async fn may_record_for(app: &App, party: PartyId) -> Result<Vec<Choice>, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let own = store::party(tx, party).await?.ok_or(Error::NotFound)?;
            let grantors = store::grantors(tx, party, today).await?;
            Ok([(own.id, own.name)].into_iter().chain(grantors).collect())
        })
        .await
}

/// Gives a mandate of `grantor`.
///
/// # Errors
/// [`Error::NotFound`] for a grantor that `by` does not sign for; [`Error::WrongState`] unless the grantor is approved; a holder
/// that is not in the registry, or is the grantor itself; [`Error::Log`].
pub async fn give_mandate(
    app: &App,
    by: &Signatory,
    grantor: PartyId,
    new: &NewMandate,
    document: &Document,
) -> Result<MandateId, Error> {
    if !by.may_sign_for(grantor) {
        return Err(Error::NotFound);
    }
    log::agrees(app).await?;
    let id = app.id::<MandateId>();
    app.store
        .write(async |tx| {
            log::still_agrees(app)?;
            // Within the unit of work, which may run twice: the log tells acts in the order in which units were done.
            let (entry, trail, now) = (app.id(), app.id(), app.clock.now());
            let giver = store::party(tx, grantor).await?.ok_or(Error::NotFound)?;
            if !giver.is_active() {
                return Err(Error::WrongState);
            }
            let holder = referred(tx, &new.holder).await?.filter(Party::is_active);
            let holder = holder.ok_or_else(|| refused("party_not_registered"))?.id;
            if holder == grantor {
                return Err(refused("mandate_to_oneself"));
            }
            let hash = put_file(tx, document.media_type(), document.bytes(), now).await?;
            let mandate = Mandate {
                id,
                grantor,
                holder,
                from: new.from,
                to: new.to,
                document: hash,
                made_by: by.person,
                made_at: now,
                revoked_at: None,
            };
            store::insert_mandate(tx, &mandate).await?;
            let body = json!({
                "mandate": id, "holder": holder, "from": new.from, "to": new.to, "document": hash,
            });
            let entry = Entry {
                id: entry,
                kind: Kind::MandateGiven,
                subject: Subject::Party(grantor),
                at: now,
                actor: by.author(),
                body,
            };
            log::append(tx, &entry).await?;
            let (subject, detail) = (Some(id.as_uuid()), json!({ "grantor": grantor, "holder": holder }));
            accounts::note(tx, trail, now, Some(by.person), Act::MandateGiven, subject, &detail).await?;
            Ok(())
        })
        .await?;
    Ok(id)
}

fn refused(code: &'static str) -> Error {
    Problems::from(Problem::new(code).at("holder")).into()
}

/// The party that a reference means.
async fn referred(tx: &mut Tx, reference: &PartyReference) -> Result<Option<Party>, StoreError> {
    if let Some(id) = reference.id {
        return store::party(tx, id).await;
    }
    if let Some(number) = &reference.tax
        && let Some(party) = store::by_tax(tx, &tax_match(number)).await?
    {
        return Ok(Some(party));
    }
    match &reference.gln {
        Some(gln) => store::by_gln(tx, gln).await,
        None => Ok(None),
    }
}

/// Revokes a mandate at once: what was recorded under it stays, nothing more is.
///
/// # Errors
/// [`Error::NotFound`] for a mandate whose grantor `by` does not sign for; [`Error::WrongState`] when it was revoked before.
pub async fn revoke_mandate(app: &App, by: &Signatory, id: MandateId) -> Result<(), Error> {
    app.store
        .write(async |tx| {
            // Within the unit of work, as above: no mandate is revoked before it is given.
            let (entry, trail, now) = (app.id(), app.id(), app.clock.now());
            let mandate = store::mandate(tx, id).await?.filter(|mandate| by.may_sign_for(mandate.grantor));
            let mandate = mandate.ok_or(Error::NotFound)?;
            if !store::revoke(tx, id, by.person, now).await? {
                return Err(Error::WrongState);
            }
            let entry = Entry {
                id: entry,
                kind: Kind::MandateRevoked,
                subject: Subject::Party(mandate.grantor),
                at: now,
                actor: by.author(),
                body: json!({ "mandate": id, "holder": mandate.holder }),
            };
            log::append(tx, &entry).await?;
            let detail = json!({ "grantor": mandate.grantor, "holder": mandate.holder });
            let subject = Some(id.as_uuid());
            accounts::note(tx, trail, now, Some(by.person), Act::MandateRevoked, subject, &detail).await?;
            Ok(())
        })
        .await
}

/// The mandates that a party gave or holds, the newest first. Its own people and officials may ask.
///
/// # Errors
/// [`Error::NotFound`] for another's party; a cursor of another list.
pub async fn mandates(
    app: &App,
    by: &Identity,
    party: PartyId,
    side: Side,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<MandateLine>, Error> {
    if by.party.is_some_and(|own| own != party) {
        return Err(Error::NotFound);
    }
    let after = after.map(id_of).transpose()?;
    let rows = app
        .store
        .read(async |tx| {
            store::party(tx, party).await?.ok_or(Error::NotFound)?;
            Ok::<_, Error>(store::mandates(tx, party, side, after, size).await?)
        })
        .await?;
    Ok(Page::of(rows, size, |last| Cursor::Text(last.mandate.id.to_string())))
}

/// The signed paper of a mandate: for the people of both sides, and officials.
///
/// # Errors
/// [`Error::NotFound`], also for somebody else's.
pub async fn mandate_document(app: &App, by: &Identity, id: MandateId) -> Result<Document, Error> {
    app.store
        .read(async |tx| {
            let mandate = store::mandate(tx, id).await?.ok_or(Error::NotFound)?;
            if by.party.is_some_and(|own| own != mandate.grantor && own != mandate.holder) {
                return Err(Error::NotFound);
            }
            file(tx, &mandate.document).await?.map(Document::kept).ok_or(Error::NotFound)
        })
        .await
}

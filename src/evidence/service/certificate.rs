//! Entering certificates, verifying them, showing them, and what becomes of them.

use super::Error;
use crate::accounts::{Member, Role};
use crate::app::App;
use crate::evidence::file::Attachment;
use crate::evidence::model::{Certificate, Grade, Keeper, NewCertificate, Showing, TurnKind};
use crate::evidence::store;
use crate::kernel::{
    CertificateId, Day, LogEntryId, Moment, Note, PartyId, PlaceId, Problem, Problems, ProductId,
};
use crate::log::{self, Author, Entry, Kind, Subject};
use crate::parties::{self, Party};
use crate::store::{StoreError, Tx, put_file};
use crate::{places, products};
use serde_json::{Value, json};
use uuid::Uuid;

/// Who did it, for the log: a party and a role.
pub(super) fn author(by: &Keeper) -> Author {
    Author { party: by.party, role: by.role.as_str() }
}

/// Enters a certificate of the member's party.
///
/// # Errors
/// [`Error::RecordedAlready`]; a certifier that is not registered; places and products that are neither one's own nor of a party that gave a
/// mandate; a scheme that was not known on the first day.
pub async fn record(
    app: &App,
    by: &Member,
    new: &NewCertificate,
    file: Option<&Attachment>,
) -> Result<CertificateId, Error> {
    let id = app.id::<CertificateId>();
    let (row, salt) = (app.id::<LogEntryId>().as_uuid(), app.secret());
    let keeper = Keeper::from(by);
    app.store
        .write(async |tx| {
            // Within the unit of work, which may run twice: the log tells acts in the order in which units were done.
            let (entry, now) = (app.id(), app.clock.now());
            let party = parties::party(tx, by.party).await?.ok_or(Error::NotFound)?;
            if !party.is_active() {
                return Err(Error::NotApproved);
            }
            let certifier = certifier(tx, new.certifier).await?;
            let owners = scope(tx, by.party, &new.places, &new.products, now.day()).await?;
            if !new.scheme.is_known_on(new.from) {
                let early = Problem::new("scheme_not_known_then").value(new.from.vietnamese());
                return Err(Problems::from(early.at("valid_from")).into());
            }
            if store::is_recorded(tx, by.party, new).await? {
                return Err(Error::RecordedAlready);
            }
            let written = new.issuer.as_ref().map(|issuer| issuer.as_str().to_owned());
            let named = certifier.as_ref().map(|certifier| certifier.name.clone());
            let issuer = written.or(named).ok_or_else(|| invalid("text_empty", "issuer"))?;
            store::insert(tx, id, by.party, new, &issuer, &keeper, now).await?;
            let mut grade = Grade::Declared;
            if let Some(file) = file {
                let hash = put_file(tx, file.media_type, &file.bytes, now).await?;
                store::add_file(tx, id, &hash, &keeper, now).await?;
                grade = Grade::Documented;
            }
            if new.showing != Showing::Nothing {
                store::add_showing(tx, row, id, new.showing, &keeper, now).await?;
            }
            let mut body = json!({
                "certificate": id,
                "scheme": new.scheme.code,
                "issuer": issuer,
                "certifier": new.certifier,
                "valid_from": new.from,
                "valid_to": new.to,
                "area": new.area,
                "grade": grade.as_str(),
            });
            // The number of a household's certificate leads to its people.
            let number = json!(new.number.as_str());
            if party.is_personal() {
                let commitment = log::keep_private(tx, id.as_uuid(), "number", salt, &number).await?;
                body["commitments"] = json!({ "number": commitment });
            } else {
                body["number"] = number;
            }
            note(tx, entry, Kind::CertificateRecorded, by.party, &keeper, now, body).await?;
            changed(tx, by.party, &owners).await
        })
        .await?;
    Ok(id)
}

fn invalid(code: &'static str, field: &str) -> Error {
    Problems::from(Problem::new(code).at(field)).into()
}

fn not_yours(code: &'static str, id: &impl ToString, field: &str) -> Error {
    Problems::from(Problem::new(code).value(id.to_string()).at(field)).into()
}

/// The registered issuer.
async fn certifier(tx: &mut Tx, id: Option<PartyId>) -> Result<Option<Party>, Error> {
    let Some(id) = id else { return Ok(None) };
    let fits = |party: &Party| {
        party.is_active() && matches!(party.kind, parties::Kind::Certifier | parties::Kind::Authority)
    };
    let found = parties::party(tx, id).await?.filter(fits);
    found.map(Some).ok_or_else(|| invalid("certifier_unknown", "certifier"))
}

/// Whose the places are that a certificate shall cover: one's own, or of parties that gave a mandate in force.
async fn scope(
    tx: &mut Tx,
    party: PartyId,
    of_places: &[PlaceId],
    of_products: &[ProductId],
    today: Day,
) -> Result<Vec<PartyId>, Error> {
    let mut owners: Vec<PartyId> = Vec::new();
    for id in of_places {
        let owner = places::place(tx, *id).await?.map(|place| place.party);
        match owner {
            Some(owner) if may_name(tx, party, owner, today).await? => owners.push(owner),
            _ => return Err(not_yours("place_not_yours", id, "places")),
        }
    }
    for id in of_products {
        let owner = products::product(tx, *id).await?.map(|product| product.party);
        match owner {
            Some(owner) if may_name(tx, party, owner, today).await? => {}
            _ => return Err(not_yours("product_not_yours", id, "products")),
        }
    }
    Ok(owners)
}

async fn may_name(tx: &mut Tx, party: PartyId, owner: PartyId, today: Day) -> Result<bool, StoreError> {
    Ok(owner == party || parties::mandate_in_force(tx, owner, party, today).await?.is_some())
}

async fn note(
    tx: &mut Tx,
    id: LogEntryId,
    kind: Kind,
    party: PartyId,
    by: &Keeper,
    at: Moment,
    body: Value,
) -> Result<(), StoreError> {
    let entry = Entry { id, kind, subject: Subject::Party(party), at, actor: author(by), body };
    log::append(tx, &entry).await
}

/// The pages of all lots of the party, and of the parties whose places it covers, show something else now.
async fn changed(tx: &mut Tx, party: PartyId, owners: &[PartyId]) -> Result<(), Error> {
    parties::touch(tx, party).await?;
    let mut seen = vec![party];
    for owner in owners {
        if !seen.contains(owner) {
            parties::touch(tx, *owner).await?;
            seen.push(*owner);
        }
    }
    Ok(())
}

async fn changed_of(tx: &mut Tx, certificate: &Certificate) -> Result<(), Error> {
    let mut owners = Vec::new();
    for place in &certificate.places {
        owners.extend(places::place(tx, *place).await?.map(|place| place.party));
    }
    changed(tx, certificate.party, &owners).await
}

/// A certificate of the member's own party that has not ended.
async fn own(tx: &mut Tx, by: &Member, id: CertificateId) -> Result<Certificate, Error> {
    let known = store::certificate(tx, id).await?.filter(|known| known.party == by.party);
    let known = known.ok_or(Error::NotFound)?;
    if known.is_ended() { Err(Error::Ended) } else { Ok(known) }
}

/// Adds a file to a certificate of the member's party.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Ended`].
pub async fn add_file(app: &App, by: &Member, id: CertificateId, file: &Attachment) -> Result<(), Error> {
    let keeper = Keeper::from(by);
    app.store
        .write(async |tx| {
            let (entry, now) = (app.id(), app.clock.now());
            let known = own(tx, by, id).await?;
            let hash = put_file(tx, file.media_type, &file.bytes, now).await?;
            store::add_file(tx, id, &hash, &keeper, now).await?;
            let body = json!({ "certificate": id, "file": hash });
            note(tx, entry, Kind::CertificateRecorded, by.party, &keeper, now, body).await?;
            changed_of(tx, &known).await
        })
        .await
}

/// Says what of a certificate everybody may see.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_showing(app: &App, by: &Member, id: CertificateId, showing: Showing) -> Result<(), Error> {
    let (now, row) = (app.clock.now(), app.id::<LogEntryId>().as_uuid());
    let keeper = Keeper::from(by);
    app.store
        .write(async |tx| {
            let known = store::certificate(tx, id).await?.filter(|known| known.party == by.party);
            let known = known.ok_or(Error::NotFound)?;
            store::add_showing(tx, row, id, showing, &keeper, now).await?;
            changed_of(tx, &known).await
        })
        .await
}

/// Notes that a certificate was found true: by a person of the certifier that issued it, or by an inspector.
///
/// # Errors
/// [`Error::NotFound`] for others, [`Error::VerifiedAlready`], [`Error::Ended`], [`Error::Log`].
pub async fn verify(app: &App, by: &Keeper, id: CertificateId) -> Result<Grade, Error> {
    log::agrees(app).await?;
    app.store
        .write(async |tx| {
            log::still_agrees(app)?;
            let (entry, row, now) = (app.id(), app.id::<LogEntryId>().as_uuid(), app.clock.now());
            let known = store::certificate(tx, id).await?.ok_or(Error::NotFound)?;
            let grade = match by.party {
                None => Grade::Inspected,
                Some(party) if known.certifier == Some(party) => {
                    let known = parties::party(tx, party).await?;
                    if !known.is_some_and(|certifier| certifier.is_active()) {
                        return Err(Error::NotApproved);
                    }
                    Grade::ThirdParty
                }
                Some(_) => return Err(Error::NotFound),
            };
            if known.is_ended() {
                return Err(Error::Ended);
            }
            if !store::add_check(tx, row, id, grade, by, now).await? {
                return Err(Error::VerifiedAlready);
            }
            let body = json!({ "certificate": id, "grade": grade.as_str() });
            note(tx, entry, Kind::CertificateVerified, known.party, by, now, body).await?;
            changed_of(tx, &known).await?;
            Ok(grade)
        })
        .await
}

/// Whether `by` may let this become of a certificate: its party may withdraw it or declare it wrong, its certifier and the authority anything.
fn may_turn(by: &Keeper, known: &Certificate, kind: TurnKind) -> bool {
    match by.party {
        None => matches!(by.role, Role::Inspector | Role::Officer | Role::Administrator),
        Some(party) if known.certifier == Some(party) => true,
        Some(party) => known.party == party && matches!(kind, TurnKind::Withdrawn | TurnKind::Wrong),
    }
}

/// Whether something became of a certificate under a key, and if so whether it was this: for a unit of work that is asked for again.
///
/// # Errors
/// When the database fails.
pub async fn turned(
    tx: &mut Tx,
    key: Uuid,
    by: &Keeper,
    id: CertificateId,
    (kind, from, reason): (TurnKind, Day, &Note<500>),
) -> Result<Option<bool>, StoreError> {
    store::turned(tx, key, id, (kind, from, reason.as_str()), by).await
}

/// Lets something become of a certificate, within the unit of work that also looks at the lots which claim it.
///
/// # Errors
/// [`Error::NotFound`] for whoever may not, [`Error::Ended`], [`Error::TurnNotPossible`].
pub async fn turn(
    tx: &mut Tx,
    (entry, row): (LogEntryId, Uuid),
    by: &Keeper,
    id: CertificateId,
    (kind, from, reason): (TurnKind, Day, &Note<500>),
    now: Moment,
) -> Result<Certificate, Error> {
    let known = store::certificate(tx, id).await?.filter(|known| may_turn(by, known, kind));
    let known = known.ok_or(Error::NotFound)?;
    if known.is_ended() {
        return Err(Error::Ended);
    }
    let last =
        known.turns.iter().rev().find(|turn| matches!(turn.kind, TurnKind::Suspended | TurnKind::Resumed));
    let suspended = last.filter(|turn| turn.kind == TurnKind::Suspended);
    let possible = match (kind, suspended) {
        (TurnKind::Suspended, suspended) => suspended.is_none(),
        // What the authority suspended only the authority resumes; and not before it began.
        (TurnKind::Resumed, Some(turn)) => turn.from <= from && (turn.party.is_some() || by.party.is_none()),
        (TurnKind::Resumed, None) => false,
        (TurnKind::Withdrawn | TurnKind::Wrong, _) => true,
    };
    if !possible {
        return Err(Error::TurnNotPossible);
    }
    store::add_turn(tx, row, id, (kind, from, reason.as_str()), by, now).await?;
    let body = json!({ "certificate": id, "turn": kind.as_str(), "from": from });
    let told = match kind {
        TurnKind::Suspended => Kind::CertificateSuspended,
        TurnKind::Resumed => Kind::CertificateResumed,
        TurnKind::Withdrawn | TurnKind::Wrong => Kind::CertificateWithdrawn,
    };
    note(tx, entry, told, known.party, by, now, body).await?;
    changed_of(tx, &known).await?;
    Ok(known)
}

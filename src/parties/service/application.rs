//! Applying, and what officers do with an application.

use super::Error;
use crate::accounts::{self, Act, Official, OneTimeCode, Role};
use crate::app::App;
use crate::kernel::{ApplicationId, Cursor, Gln, Moment, Note, Page, PageSize, PartyId, Problems, TaxNumber};
use crate::log::{self, Author, Commitment, Entry, Kind, Subject};
use crate::parties::document::Document;
use crate::parties::model::{Application, Contact, Decision, Likeness, NewParty, Party, Tax, tax_match};
use crate::parties::store;
use crate::store::{StoreError, Tx, file, put_file};
use serde_json::{Map, Value, json};

/// An application with what an officer needs to decide on it.
#[derive(Debug)]
pub struct Details {
    /// The application.
    pub application: Application,
    /// The contact's name, until it is erased.
    pub contact_name: Option<String>,
    /// The contact's telephone number, until it is erased.
    pub contact_phone: Option<String>,
    /// The tax number as officers see it: a personal one masked.
    pub tax_number: Option<String>,
    /// Parties that may be the same.
    pub likenesses: Vec<Likeness>,
}

/// Takes in an application.
///
/// # Errors
/// [`Error::NumberTaken`].
pub async fn apply(
    app: &App,
    new: &NewParty,
    contact: &Contact,
    document: &Document,
) -> Result<ApplicationId, Error> {
    let (party, application) = (app.id::<PartyId>(), app.id::<ApplicationId>());
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            take_in(tx, app, (party, application), new, document, now).await?;
            let subject = party.as_uuid();
            let name = json!(contact.name.as_str());
            log::keep_private(tx, subject, "contact_name", app.secret(), &name).await?;
            let phone = json!(contact.phone.as_str());
            log::keep_private(tx, subject, "contact_phone", app.secret(), &phone).await?;
            Ok::<_, Error>(())
        })
        .await?;
    Ok(application)
}

/// An officer registers a party on its signed form, approved at once; how households come in that nobody signs in for.
///
/// # Errors
/// [`Error::NumberTaken`], [`Error::GlnTaken`], [`Error::Log`].
pub async fn register(
    app: &App,
    by: &Official,
    new: &NewParty,
    document: &Document,
) -> Result<PartyId, Error> {
    log::agrees(app).await?;
    let (party, application) = (app.id::<PartyId>(), app.id::<ApplicationId>());
    app.store
        .write(async |tx| {
            take_in(tx, app, (party, application), new, document, app.clock.now()).await?;
            enter(tx, app, by, application).await
        })
        .await?;
    Ok(party)
}

async fn take_in(
    tx: &mut Tx,
    app: &App,
    (party, application): (PartyId, ApplicationId),
    new: &NewParty,
    document: &Document,
    now: Moment,
) -> Result<(), Error> {
    if let Some(number) = &new.tax
        && store::by_tax(tx, &tax_match(number)).await?.is_some()
    {
        return Err(Error::NumberTaken);
    }
    store::insert_party(tx, party, new, now).await.map_err(clash)?;
    if let Some(number) = new.tax.as_ref().filter(|number| number.is_personal()) {
        let value = json!(number.as_str());
        log::keep_private(tx, party.as_uuid(), "tax_number", app.secret(), &value).await?;
    }
    let hash = put_file(tx, document.media_type(), document.bytes(), now).await?;
    Ok(store::insert_application(tx, application, party, &hash, now).await?)
}

/// Somebody else came first with the same number: the unit of work is run again, and then sees whose it is.
fn clash(error: StoreError) -> StoreError {
    if error.is_unique_violation() { StoreError::lost_race() } else { error }
}

/// How many applications wait for a decision.
///
/// # Errors
/// When the database fails.
pub async fn open_count(app: &App, _by: &Official) -> Result<i64, Error> {
    Ok(app.store.read(async |tx| store::open_count(tx).await).await?)
}

/// The applications that wait for a decision, the oldest first.
///
/// # Errors
/// When the cursor is of another list.
pub async fn open_applications(
    app: &App,
    _by: &Official,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Application>, Error> {
    let after = after.map(Cursor::time).transpose().map_err(|problem| Problems::from(problem.at("after")))?;
    let rows = app.store.read(async |tx| store::open_applications(tx, after, size).await).await?;
    Ok(Page::of(rows, size, |last| Cursor::Time(last.sent_at, last.id.as_uuid())))
}

/// One application, with its contact and the parties that may be the same.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn details(app: &App, _by: &Official, id: ApplicationId) -> Result<Details, Error> {
    app.store
        .read(async |tx| {
            let application = store::application(tx, id).await?.ok_or(Error::NotFound)?;
            let party = &application.party;
            Ok(Details {
                contact_name: text(tx, party.id, "contact_name").await?,
                contact_phone: text(tx, party.id, "contact_phone").await?,
                tax_number: shown_tax(tx, party).await?,
                likenesses: store::likenesses(tx, party).await?,
                application,
            })
        })
        .await
}

/// A private text of a party, until it is erased.
async fn text(tx: &mut Tx, party: PartyId, field: &str) -> Result<Option<String>, StoreError> {
    let kept = log::private(tx, party.as_uuid(), field).await?;
    Ok(kept.and_then(|kept| kept.value.as_str().map(str::to_owned)))
}

/// A party's tax number as its people and officers see it: a personal one masked.
pub(super) async fn shown_tax(tx: &mut Tx, party: &Party) -> Result<Option<String>, StoreError> {
    Ok(match &party.tax {
        Tax::None => None,
        Tax::Public(number) => Some(number.as_str().to_owned()),
        Tax::Personal => text(tx, party.id, "tax_number")
            .await?
            .and_then(|number| TaxNumber::parse(&number).ok())
            .map(|number| number.masked()),
    })
}

/// The scanned document of an application.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn document(app: &App, _by: &Official, id: ApplicationId) -> Result<Document, Error> {
    app.store
        .read(async |tx| {
            let application = store::application(tx, id).await?.ok_or(Error::NotFound)?;
            file(tx, &application.document).await?.map(Document::kept).ok_or(Error::NotFound)
        })
        .await
}

/// Approves an application. The code with which the party's manager signs up is in the answer, this once.
///
/// # Errors
/// [`Error::NotFound`], [`Error::AlreadyDecided`], [`Error::GlnTaken`], [`Error::Log`].
pub async fn approve(app: &App, by: &Official, id: ApplicationId) -> Result<OneTimeCode, Error> {
    log::agrees(app).await?;
    app.store
        .write(async |tx| {
            let party = enter(tx, app, by, id).await?;
            Ok(accounts::make_sign_up_code(tx, app, party, Role::Manager, Some(by.person)).await?)
        })
        .await
}

/// Decides for an application: its party enters the registry.
async fn enter(tx: &mut Tx, app: &App, by: &Official, id: ApplicationId) -> Result<PartyId, Error> {
    log::still_agrees(app)?;
    // Within the unit of work, which may run twice: the log tells acts in the order in which units were done.
    let (entry, trail, now) = (app.id(), app.id(), app.clock.now());
    let application = store::application(tx, id).await?.ok_or(Error::NotFound)?;
    let party = application.party;
    let decision = Decision { approved: true, reason: None, by: by.person, at: now };
    if !store::decide(tx, id, &decision).await? {
        return Err(Error::AlreadyDecided);
    }
    if let Some(gln) = &party.gln
        && store::by_gln(tx, gln).await?.is_some()
    {
        return Err(Error::GlnTaken);
    }
    if !store::approve(tx, party.id, now).await.map_err(clash)? {
        return Err(Error::WrongState);
    }
    let entry = Entry {
        id: entry,
        kind: Kind::PartyApproved,
        subject: Subject::Party(party.id),
        at: now,
        actor: Author { party: None, role: by.role.as_str() },
        body: logged(tx, app, &party).await?,
    };
    log::append(tx, &entry).await?;
    let (detail, subject) = (json!({ "decision": "approved" }), Some(party.id.as_uuid()));
    accounts::note(tx, trail, now, Some(by.person), Act::ApplicationDecided, subject, &detail).await?;
    Ok(party.id)
}

/// What the log says of an approved party: of a household only commitments, whether it consents to publication or not, because
/// consent can be withdrawn and the log cannot.
async fn logged(tx: &mut Tx, app: &App, party: &Party) -> Result<Value, StoreError> {
    if !party.is_personal() {
        let tax = match &party.tax {
            Tax::Public(number) => Some(number.as_str()),
            Tax::None | Tax::Personal => None,
        };
        return Ok(json!({
            "kind": party.kind,
            "name": party.name,
            "commune": party.commune,
            "address": party.address,
            "tax_number": tax,
            "gln": party.gln.as_ref().map(Gln::as_str),
        }));
    }
    let subject = party.id.as_uuid();
    let mut commitments = Map::new();
    let fields =
        [("name", json!(party.name)), ("commune", json!(party.commune)), ("address", json!(party.address))];
    for (field, value) in fields {
        let made = log::keep_private(tx, subject, field, app.secret(), &value).await?;
        commitments.insert(field.to_owned(), json!(made));
    }
    let tax = match &party.tax {
        Tax::Public(number) => {
            let value = json!(number.as_str());
            Some(log::keep_private(tx, subject, "tax_number", app.secret(), &value).await?)
        }
        // Kept since the application.
        Tax::Personal => log::private(tx, subject, "tax_number").await?.and_then(|kept| {
            let made = Commitment::to(&kept.salt, &kept.value);
            made.ok()
        }),
        Tax::None => None,
    };
    if let Some(made) = tax {
        commitments.insert("tax_number".to_owned(), json!(made));
    }
    Ok(json!({ "kind": party.kind, "commitments": commitments }))
}

/// Refuses an application with a reason; its tax number is free again.
///
/// # Errors
/// [`Error::NotFound`], [`Error::AlreadyDecided`].
pub async fn refuse(app: &App, by: &Official, id: ApplicationId, reason: &Note) -> Result<(), Error> {
    let reason = Some(reason.as_str().to_owned());
    app.store
        .write(async |tx| {
            // Within the unit of work, which may run twice: the log tells acts in the order in which units were done.
            let (entry, trail, now) = (app.id(), app.id(), app.clock.now());
            let party = store::application(tx, id).await?.ok_or(Error::NotFound)?.party;
            let decision = Decision { approved: false, reason: reason.clone(), by: by.person, at: now };
            if !store::decide(tx, id, &decision).await? {
                return Err(Error::AlreadyDecided);
            }
            if !store::refuse(tx, party.id).await? {
                return Err(Error::WrongState);
            }
            let entry = Entry {
                id: entry,
                kind: Kind::PartyRefused,
                subject: Subject::Party(party.id),
                at: now,
                actor: Author { party: None, role: by.role.as_str() },
                body: json!({ "kind": party.kind }),
            };
            log::append(tx, &entry).await?;
            // The reason is the officer's free text and may name people: it stays with the application.
            let (detail, subject) = (json!({ "decision": "refused" }), Some(party.id.as_uuid()));
            accounts::note(tx, trail, now, Some(by.person), Act::ApplicationDecided, subject, &detail)
                .await?;
            Ok(())
        })
        .await
}

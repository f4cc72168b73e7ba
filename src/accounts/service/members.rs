//! People: adding, inviting by one-time code, setting a password anew, disabling.

use super::Error;
use super::session::{count_failure, refuse_locked};
use crate::accounts::actor::{Identity, Member, Official};
use crate::accounts::audit::{Act, Entry, note};
use crate::accounts::model::{NewPassword, NewPerson, Person, Role, SignInName};
use crate::accounts::password;
use crate::accounts::secret::OneTimeCode;
use crate::accounts::store::{self, Grant};
use crate::accounts::throttle::Bucket;
use crate::app::App;
use crate::kernel::{Line, Moment, PartyId, PersonId, Problem, Problems};
use crate::store::{StoreError, Tx};
use serde_json::json;
use std::net::IpAddr;
use std::time::Duration;

/// How long a one-time code may be used: long enough to carry a letter to a village.
const CODE_LIFE: Duration = Duration::from_hours(14 * 24);

fn salt(app: &App) -> [u8; 16] {
    let mut salt = [0; 16];
    app.random.fill(&mut salt);
    salt
}

/// Adds a person. `by` is empty for the first administrator, who is added on the server itself.
///
/// # Errors
/// [`Error::NameTaken`]; a role that does not fit the party.
pub async fn add_person(app: &App, by: Option<PersonId>, person: &NewPerson) -> Result<PersonId, Error> {
    if person.role.belongs_to_party() != person.party.is_some() {
        return Err(Problems::from(Problem::new("role_party").value(person.role.as_str()).at("role")).into());
    }
    let hash = password::hash(&person.password, salt(app)).await?;
    let id = app.id::<PersonId>();
    let now = app.clock.now();
    let trail = app.id();
    app.store
        .write(async |tx| {
            insert(tx, id, person, &hash, now).await?;
            let detail = json!({ "role": person.role.as_str() });
            Ok::<_, Error>(note(tx, trail, now, by, Act::PersonAdded, Some(id.as_uuid()), &detail).await?)
        })
        .await?;
    Ok(id)
}

async fn insert(tx: &mut Tx, id: PersonId, person: &NewPerson, hash: &str, now: Moment) -> Result<(), Error> {
    store::insert_person(tx, id, person, hash, now)
        .await
        .map_err(|error| if error.is_unique_violation() { Error::NameTaken } else { error.into() })
}

/// Makes a code with which somebody signs up as `role` of `party`: for the use case that approves a firm, in its unit of work.
///
/// # Errors
/// When the database fails.
pub async fn make_sign_up_code(
    tx: &mut Tx,
    app: &App,
    party: PartyId,
    role: Role,
    by: Option<PersonId>,
) -> Result<OneTimeCode, StoreError> {
    let code = OneTimeCode::new(app.secret());
    let now = app.clock.now();
    store::insert_code(tx, &code.hash(), Grant::SignUp { party, role }, by, now, now.plus(CODE_LIFE)).await?;
    let detail = json!({ "purpose": "sign_up", "role": role.as_str() });
    note(tx, app.id(), now, by, Act::CodeMade, Some(party.as_uuid()), &detail).await?;
    Ok(code)
}

/// A manager invites a clerk or a further manager of the same party.
///
/// # Errors
/// When the role is not one of a party.
pub async fn invite(app: &App, manager: &Member, role: Role) -> Result<OneTimeCode, Error> {
    if !role.belongs_to_party() {
        return Err(Problems::from(Problem::new("role_party").value(role.as_str()).at("role")).into());
    }
    Ok(app
        .store
        .write(async |tx| make_sign_up_code(tx, app, manager.party, role, Some(manager.person)).await)
        .await?)
}

/// Signs a person up with a one-time code.
///
/// # Errors
/// [`Error::CodeNotValid`], [`Error::NameTaken`] (the code stays unused), [`Error::Locked`].
pub async fn sign_up(
    app: &App,
    code: &OneTimeCode,
    sign_in: &SignInName,
    name: &Line,
    new: &NewPassword,
    source: IpAddr,
) -> Result<PersonId, Error> {
    let hash = password::hash(new, salt(app)).await?;
    let id = app.id::<PersonId>();
    let now = app.clock.now();
    let trail = app.id();
    let person = |grant| match grant {
        Grant::SignUp { party, role } => Ok(NewPerson {
            sign_in: sign_in.clone(),
            name: name.clone(),
            password: new.clone(),
            role,
            party: Some(party),
        }),
        Grant::Reset { .. } => Err(Error::CodeNotValid),
    };
    let outcome = app
        .store
        .write(async |tx| {
            refuse_locked(tx, &[Bucket::Source(source)], now).await?;
            let grant = store::use_code(tx, &code.hash(), now).await?.ok_or(Error::CodeNotValid)?;
            let person = person(grant)?;
            insert(tx, id, &person, &hash, now).await?;
            let detail = json!({ "purpose": "sign_up", "role": person.role.as_str() });
            Ok(note(tx, trail, now, Some(id), Act::CodeUsed, Some(id.as_uuid()), &detail).await?)
        })
        .await;
    count_wrong_code(app, source, outcome).await.map(|()| id)
}

/// Makes a code with which `person` sets a new password: a manager for the people of the same party, an officer for the people
/// of any party, an administrator for everybody. Earlier codes of the person end.
///
/// # Errors
/// [`Error::NotFound`] when the person is not one that `by` may help.
pub async fn make_reset_code(app: &App, by: &Identity, person: PersonId) -> Result<OneTimeCode, Error> {
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            let them =
                store::person(tx, person).await?.filter(|them| may_help(by, them)).ok_or(Error::NotFound)?;
            let code = OneTimeCode::new(app.secret());
            store::spend_resets_of(tx, them.id, now).await?;
            let grant = Grant::Reset { person: them.id };
            store::insert_code(tx, &code.hash(), grant, Some(by.person), now, now.plus(CODE_LIFE)).await?;
            let detail = json!({ "purpose": "reset" });
            note(tx, app.id(), now, Some(by.person), Act::CodeMade, Some(them.id.as_uuid()), &detail).await?;
            Ok(code)
        })
        .await
}

/// Whether `by` may help or disable `them`.
fn may_help(by: &Identity, them: &Person) -> bool {
    match by.role {
        Role::Administrator => true,
        Role::Officer => them.party.is_some(),
        Role::Manager => them.party.is_some() && them.party == by.party,
        Role::Clerk | Role::Inspector => false,
    }
}

/// Sets a new password with a one-time code; all sessions and tokens of the person end.
///
/// # Errors
/// [`Error::CodeNotValid`], [`Error::Locked`], or a password that may not be set.
pub async fn reset(app: &App, code: &OneTimeCode, typed: &str, source: IpAddr) -> Result<(), Error> {
    let now = app.clock.now();
    // The rule about the name needs the person, whom only the code knows: length is checked before, the name inside.
    let anybody = SignInName::parse("---").map_err(Problems::from)?;
    let new =
        NewPassword::parse(typed, &anybody).map_err(|problem| Problems::from(problem.at("password")))?;
    let hash = password::hash(&new, salt(app)).await?;
    let trail = app.id();
    let outcome = app
        .store
        .write(async |tx| {
            refuse_locked(tx, &[Bucket::Source(source)], now).await?;
            let grant = store::use_code(tx, &code.hash(), now).await?.ok_or(Error::CodeNotValid)?;
            let Grant::Reset { person } = grant else { return Err(Error::CodeNotValid) };
            let them = store::person(tx, person).await?.ok_or(Error::CodeNotValid)?;
            if them.sign_in == typed.to_lowercase() {
                return Err(Problems::from(Problem::new("password_easy").at("password")).into());
            }
            store::set_password(tx, person, &hash).await?;
            store::end_sessions_of(tx, person).await?;
            store::revoke_tokens_of(tx, person, now).await?;
            store::set_throttle(tx, &Bucket::Account(&them.sign_in).key(), 0, now, now).await?;
            let subject = Some(person.as_uuid());
            Ok(note(tx, trail, now, Some(person), Act::PasswordReset, subject, &json!({})).await?)
        })
        .await;
    count_wrong_code(app, source, outcome).await
}

/// A wrong code counts against its source: 80 bits cannot be guessed, but nobody should try at full speed.
async fn count_wrong_code(app: &App, source: IpAddr, outcome: Result<(), Error>) -> Result<(), Error> {
    if matches!(outcome, Err(Error::CodeNotValid)) {
        let now = app.clock.now();
        app.store.write(async |tx| count_failure(tx, &[Bucket::Source(source)], now).await).await?;
    }
    outcome
}

/// The people of a party.
///
/// # Errors
/// When the database fails.
pub async fn members(app: &App, party: PartyId) -> Result<Vec<Person>, Error> {
    Ok(app.store.read(async |tx| store::people_of_party(tx, party).await).await?)
}

/// The people of the authority.
///
/// # Errors
/// When the database fails.
pub async fn authority(app: &App, _by: &Official) -> Result<Vec<Person>, Error> {
    Ok(app.store.read(async |tx| store::people_of_authority(tx).await).await?)
}

/// Ends a person's access at once: sessions and tokens too. Nobody disables themselves.
///
/// # Errors
/// [`Error::NotFound`] when the person is not one that `by` may disable.
pub async fn disable(app: &App, by: &Identity, person: PersonId) -> Result<(), Error> {
    let now = app.clock.now();
    let trail = app.id();
    app.store
        .write(async |tx| {
            let them =
                store::person(tx, person).await?.filter(|them| may_help(by, them) && them.id != by.person);
            let them = them.ok_or(Error::NotFound)?;
            if !store::disable(tx, them.id, now).await? {
                return Err(Error::NotFound);
            }
            store::end_sessions_of(tx, them.id).await?;
            store::revoke_tokens_of(tx, them.id, now).await?;
            let subject = Some(them.id.as_uuid());
            Ok(note(tx, trail, now, Some(by.person), Act::PersonDisabled, subject, &json!({})).await?)
        })
        .await
}

/// The newest lines of the trail before a moment, newest first: for administrators.
///
/// # Errors
/// When the database fails.
pub async fn trail(app: &App, _by: &Official, before: Moment) -> Result<Vec<Entry>, Error> {
    Ok(app.store.read(async |tx| store::trail(tx, before, 100).await).await?)
}

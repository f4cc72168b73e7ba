//! The SQL of people, sessions, tokens, one-time codes, throttles and the trail. Public for `tests/contract` only.

use super::audit::Entry;
use super::model::{NewPerson, Person, Role, Scopes, Token};
use crate::kernel::{LogEntryId, Moment, PartyId, PersonId, Sha256Hash, TokenId};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct PersonRow {
    id: Uuid,
    sign_in: String,
    name: String,
    party_id: Option<Uuid>,
    role: String,
    disabled_at: Option<i64>,
    created_at: i64,
}

impl TryFrom<PersonRow> for Person {
    type Error = StoreError;

    fn try_from(row: PersonRow) -> Result<Self, StoreError> {
        let role = Role::parse(&row.role).map_err(|why| StoreError::misfit("person", "role", row.id, why))?;
        Ok(Self {
            id: PersonId::from_uuid(row.id),
            sign_in: row.sign_in,
            name: row.name,
            role,
            party: row.party_id.map(PartyId::from_uuid),
            disabled_at: row.disabled_at.map(Moment::from_micros),
            created_at: Moment::from_micros(row.created_at),
        })
    }
}

/// Adds a person; a taken sign-in name is a unique violation.
pub async fn insert_person(
    tx: &mut Tx,
    id: PersonId,
    person: &NewPerson,
    password_hash: &str,
    now: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO person (id, sign_in, name, password_hash, party_id, role, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(id.as_uuid())
        .bind(person.sign_in.as_str())
        .bind(person.name.as_str())
        .bind(password_hash)
        .bind(person.party.map(|party| party.as_uuid()))
        .bind(person.role.as_str())
        .bind(now.micros())
    )?;
    Ok(())
}

/// The person with this id.
pub async fn person(tx: &mut Tx, id: PersonId) -> Result<Option<Person>, StoreError> {
    let row: Option<PersonRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, sign_in, name, party_id, role, disabled_at, created_at FROM person WHERE id = $1"
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await)?;
    row.map(Person::try_from).transpose()
}

/// The person with this sign-in name, with the hash of the password.
pub async fn person_to_sign_in(tx: &mut Tx, sign_in: &str) -> Result<Option<(Person, String)>, StoreError> {
    let row: Option<PersonRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, sign_in, name, party_id, role, disabled_at, created_at FROM person WHERE sign_in = $1"
    )
    .bind(sign_in)
    .fetch_optional(conn)
    .await)?;
    let Some(person) = row.map(Person::try_from).transpose()? else { return Ok(None) };
    let hash: String = on!(tx, |conn| sqlx::query_scalar("SELECT password_hash FROM person WHERE id = $1")
        .bind(person.id.as_uuid())
        .fetch_one(conn)
        .await)?;
    Ok(Some((person, hash)))
}

/// The people of a party, oldest first.
pub async fn people_of_party(tx: &mut Tx, party: PartyId) -> Result<Vec<Person>, StoreError> {
    let rows: Vec<PersonRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, sign_in, name, party_id, role, disabled_at, created_at FROM person \
         WHERE party_id = $1 ORDER BY id"
    )
    .bind(party.as_uuid())
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Person::try_from).collect()
}

/// The people of the authority, oldest first.
pub async fn people_of_authority(tx: &mut Tx) -> Result<Vec<Person>, StoreError> {
    let rows: Vec<PersonRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, sign_in, name, party_id, role, disabled_at, created_at FROM person \
         WHERE party_id IS NULL ORDER BY id"
    )
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Person::try_from).collect()
}

/// Replaces the hash of a password.
pub async fn set_password(tx: &mut Tx, person: PersonId, hash: &str) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE person SET password_hash = $2 WHERE id = $1").bind(person.as_uuid()).bind(hash)
    )?;
    Ok(())
}

/// Marks a person as no longer allowed in; `false` when there is none or it was so already.
pub async fn disable(tx: &mut Tx, person: PersonId, now: Moment) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query("UPDATE person SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL")
            .bind(person.as_uuid())
            .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// Opens a session.
pub async fn insert_session(
    tx: &mut Tx,
    secret: &Sha256Hash,
    person: PersonId,
    now: Moment,
    expires_at: Moment,
) -> Result<(), StoreError> {
    run!(tx, sqlx::query(
        "INSERT INTO session (secret_hash, person_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)"
    )
    .bind(secret.as_bytes().as_slice())
    .bind(person.as_uuid())
    .bind(now.micros())
    .bind(expires_at.micros()))?;
    Ok(())
}

/// The person of a session in force, and when the session was last seen.
pub async fn session(
    tx: &mut Tx,
    secret: &Sha256Hash,
    now: Moment,
) -> Result<Option<(Person, Moment)>, StoreError> {
    let row: Option<(Uuid, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT person_id, seen_at FROM session WHERE secret_hash = $1 AND expires_at > $2"
    )
    .bind(secret.as_bytes().as_slice())
    .bind(now.micros())
    .fetch_optional(conn)
    .await)?;
    let Some((id, seen_at)) = row else { return Ok(None) };
    let person = person(tx, PersonId::from_uuid(id)).await?;
    Ok(person
        .filter(|person| person.disabled_at.is_none())
        .map(|person| (person, Moment::from_micros(seen_at))))
}

/// Notes that a session was used, and prolongs it.
pub async fn touch_session(
    tx: &mut Tx,
    secret: &Sha256Hash,
    now: Moment,
    expires_at: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE session SET seen_at = $2, expires_at = $3 WHERE secret_hash = $1")
            .bind(secret.as_bytes().as_slice())
            .bind(now.micros())
            .bind(expires_at.micros())
    )?;
    Ok(())
}

/// Ends the session; returns whose it was.
pub async fn end_session(tx: &mut Tx, secret: &Sha256Hash) -> Result<Option<PersonId>, StoreError> {
    let id: Option<Uuid> =
        on!(tx, |conn| sqlx::query_scalar("DELETE FROM session WHERE secret_hash = $1 RETURNING person_id")
            .bind(secret.as_bytes().as_slice())
            .fetch_optional(conn)
            .await)?;
    Ok(id.map(PersonId::from_uuid))
}

/// Ends all sessions of a person.
pub async fn end_sessions_of(tx: &mut Tx, person: PersonId) -> Result<(), StoreError> {
    run!(tx, sqlx::query("DELETE FROM session WHERE person_id = $1").bind(person.as_uuid()))?;
    Ok(())
}

/// Removes sessions whose time is over.
pub async fn remove_ended_sessions(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    run!(tx, sqlx::query("DELETE FROM session WHERE expires_at <= $1").bind(now.micros()))?;
    Ok(())
}

/// Failures in a bucket, when it was last changed, and until when it is locked.
pub async fn throttle(tx: &mut Tx, bucket: &Sha256Hash) -> Result<Option<(i64, Moment, Moment)>, StoreError> {
    let row: Option<(i64, i64, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT failures, changed_at, locked_until FROM sign_in_throttle WHERE bucket = $1"
    )
    .bind(bucket.as_bytes().as_slice())
    .fetch_optional(conn)
    .await)?;
    Ok(row.map(|(failures, changed, locked)| {
        (failures, Moment::from_micros(changed), Moment::from_micros(locked))
    }))
}

/// Sets the state of a bucket.
pub async fn set_throttle(
    tx: &mut Tx,
    bucket: &Sha256Hash,
    failures: i64,
    locked_until: Moment,
    now: Moment,
) -> Result<(), StoreError> {
    run!(tx, sqlx::query(
        "INSERT INTO sign_in_throttle (bucket, failures, locked_until, changed_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures, \
             locked_until = excluded.locked_until, changed_at = excluded.changed_at"
    )
    .bind(bucket.as_bytes().as_slice())
    .bind(failures)
    .bind(locked_until.micros())
    .bind(now.micros()))?;
    Ok(())
}

/// Removes buckets that were last changed before a moment.
pub async fn forget_throttles(tx: &mut Tx, before: Moment) -> Result<(), StoreError> {
    run!(tx, sqlx::query("DELETE FROM sign_in_throttle WHERE changed_at < $1").bind(before.micros()))?;
    Ok(())
}

#[derive(FromRow)]
struct TokenRow {
    id: Uuid,
    person_id: Uuid,
    name: String,
    scopes: String,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<TokenRow> for Token {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let scopes = Scopes::parse(&row.scopes)
            .map_err(|why| StoreError::misfit("api_token", "scopes", row.id, why))?;
        Ok(Self {
            id: TokenId::from_uuid(row.id),
            name: row.name,
            scopes,
            created_at: Moment::from_micros(row.created_at),
            expires_at: Moment::from_micros(row.expires_at),
            revoked_at: row.revoked_at.map(Moment::from_micros),
        })
    }
}

/// Stores a token with the hash of its secret.
pub async fn insert_token(
    tx: &mut Tx,
    token: &Token,
    secret: &Sha256Hash,
    person: PersonId,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO api_token (id, secret_hash, person_id, name, scopes, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(token.id.as_uuid())
        .bind(secret.as_bytes().as_slice())
        .bind(person.as_uuid())
        .bind(&token.name)
        .bind(token.scopes.to_string())
        .bind(token.created_at.micros())
        .bind(token.expires_at.micros())
    )?;
    Ok(())
}

/// The token with this secret and its person, whatever the token's state.
pub async fn token(tx: &mut Tx, secret: &Sha256Hash) -> Result<Option<(Token, Person)>, StoreError> {
    let row: Option<TokenRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, person_id, name, scopes, created_at, expires_at, revoked_at FROM api_token WHERE secret_hash = $1"
    )
    .bind(secret.as_bytes().as_slice())
    .fetch_optional(conn)
    .await
    })?;
    let Some(row) = row else { return Ok(None) };
    let owner = person(tx, PersonId::from_uuid(row.person_id)).await?;
    let token = Token::try_from(row)?;
    Ok(owner.map(|owner| (token, owner)))
}

/// The tokens of a person, oldest first.
pub async fn tokens_of(tx: &mut Tx, person: PersonId) -> Result<Vec<Token>, StoreError> {
    let rows: Vec<TokenRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, person_id, name, scopes, created_at, expires_at, revoked_at FROM api_token \
         WHERE person_id = $1 ORDER BY id"
    )
    .bind(person.as_uuid())
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Token::try_from).collect()
}

/// Revokes a token of a person; `false` when it is not theirs, or revoked already.
pub async fn revoke_token(
    tx: &mut Tx,
    id: TokenId,
    person: PersonId,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE api_token SET revoked_at = $3 WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(person.as_uuid())
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// Revokes all tokens of a person.
pub async fn revoke_tokens_of(tx: &mut Tx, person: PersonId, now: Moment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE api_token SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL")
            .bind(person.as_uuid())
            .bind(now.micros())
    )?;
    Ok(())
}

/// What a one-time code opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A new person of this role, of this party.
    SignUp {
        /// The party.
        party: PartyId,
        /// The role.
        role: Role,
    },
    /// A new password for this person.
    Reset {
        /// The person.
        person: PersonId,
    },
}

#[derive(FromRow)]
struct CodeRow {
    purpose: String,
    party_id: Option<Uuid>,
    role: String,
    person_id: Option<Uuid>,
}

/// Stores the hash of a one-time code and what it opens.
pub async fn insert_code(
    tx: &mut Tx,
    code: &Sha256Hash,
    grant: Grant,
    made_by: Option<PersonId>,
    now: Moment,
    expires_at: Moment,
) -> Result<(), StoreError> {
    let (purpose, party, role, person) = match grant {
        Grant::SignUp { party, role } => ("sign_up", Some(party), role.as_str(), None),
        Grant::Reset { person } => ("reset", None, "", Some(person)),
    };
    run!(tx, sqlx::query(
        "INSERT INTO one_time_code (secret_hash, purpose, party_id, role, person_id, made_by, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(code.as_bytes().as_slice())
    .bind(purpose)
    .bind(party.map(|party| party.as_uuid()))
    .bind(role)
    .bind(person.map(|person| person.as_uuid()))
    .bind(made_by.map(|person| person.as_uuid()))
    .bind(now.micros())
    .bind(expires_at.micros()))?;
    Ok(())
}

/// Uses up a code in force: a guarded statement, so that of two who use it at once one wins.
pub async fn use_code(tx: &mut Tx, code: &Sha256Hash, now: Moment) -> Result<Option<Grant>, StoreError> {
    let row: Option<CodeRow> = on!(tx, |conn| {
        sqlx::query_as(
        "UPDATE one_time_code SET used_at = $2 WHERE secret_hash = $1 AND used_at IS NULL AND expires_at > $2 \
         RETURNING purpose, party_id, role, person_id"
    )
    .bind(code.as_bytes().as_slice())
    .bind(now.micros())
    .fetch_optional(conn)
    .await
    })?;
    let Some(row) = row else { return Ok(None) };
    match (row.purpose.as_str(), row.party_id, row.person_id) {
        ("sign_up", Some(party), _) => {
            let role = Role::parse(&row.role)
                .map_err(|why| StoreError::misfit("one_time_code", "role", code, why))?;
            Ok(Some(Grant::SignUp { party: PartyId::from_uuid(party), role }))
        }
        ("reset", _, Some(person)) => Ok(Some(Grant::Reset { person: PersonId::from_uuid(person) })),
        _ => Err(StoreError::misfit("one_time_code", "purpose", code, row.purpose)),
    }
}

/// Spends all unused reset codes of a person: a new one replaces them.
pub async fn spend_resets_of(tx: &mut Tx, person: PersonId, now: Moment) -> Result<(), StoreError> {
    run!(tx, sqlx::query(
        "UPDATE one_time_code SET used_at = $2 WHERE person_id = $1 AND purpose = 'reset' AND used_at IS NULL"
    )
    .bind(person.as_uuid())
    .bind(now.micros()))?;
    Ok(())
}

/// Adds a line to the trail.
pub async fn add_to_trail(
    tx: &mut Tx,
    id: LogEntryId,
    at: Moment,
    person: Option<PersonId>,
    act: &str,
    subject: Option<Uuid>,
    detail: &str,
) -> Result<(), StoreError> {
    run!(tx, sqlx::query(
        "INSERT INTO audit_trail (id, at, person_id, act, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)"
    )
    .bind(id.as_uuid())
    .bind(at.micros())
    .bind(person.map(|person| person.as_uuid()))
    .bind(act)
    .bind(subject)
    .bind(detail))?;
    Ok(())
}

#[derive(FromRow)]
struct TrailRow {
    at: i64,
    person_id: Option<Uuid>,
    act: String,
    subject: Option<Uuid>,
    detail: String,
}

/// The newest lines of the trail before `before`, newest first.
pub async fn trail(tx: &mut Tx, before: Moment, most: i64) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<TrailRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT at, person_id, act, subject, detail FROM audit_trail WHERE at < $1 ORDER BY at DESC, id DESC LIMIT $2"
    )
    .bind(before.micros())
    .bind(most)
    .fetch_all(conn)
    .await
    })?;
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            at: Moment::from_micros(row.at),
            person: row.person_id.map(PersonId::from_uuid),
            act: row.act,
            subject: row.subject,
            detail: row.detail,
        })
        .collect())
}

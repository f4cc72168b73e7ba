//! The SQL of keys and key lists.

use super::model::{NewKey, StoredKey};
use crate::kernel::{Moment, Sha256Hash};
use crate::keys::{KeyId, KeyStatus, Mark, Role, VerifierKey};
use crate::store::{Connection, StoreError, Tx, lock, on, run};
use sqlx::FromRow;

#[derive(FromRow)]
struct KeyRow {
    role: String,
    vkey: String,
    status: String,
    last_good: Option<i64>,
    from_time: i64,
    to_time: Option<i64>,
    made_at: i64,
}

impl TryFrom<KeyRow> for StoredKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let misfit = |column, why: String| StoreError::misfit("signing_key", column, &row.vkey, why);
        let verifier = VerifierKey::parse(&row.vkey).map_err(|why| misfit("vkey", why.to_string()))?;
        let role = Role::from_word(&row.role).ok_or_else(|| misfit("role", row.role.clone()))?;
        let status = match (row.status.as_str(), row.last_good) {
            ("active", _) => KeyStatus::Active,
            ("retired", _) => KeyStatus::Retired,
            ("compromised", Some(size)) => KeyStatus::Compromised {
                last_good_log_size: u64::try_from(size)
                    .map_err(|why| misfit("last_good", why.to_string()))?,
            },
            _ => return Err(misfit("status", row.status.clone())),
        };
        Ok(Self {
            verifier,
            role,
            status,
            from: Moment::from_micros(row.from_time),
            until: row.to_time.map(Moment::from_micros),
            made_at: Moment::from_micros(row.made_at),
        })
    }
}

macro_rules! select_key {
    ($rest:literal) => {
        concat!("SELECT role, vkey, status, last_good, from_time, to_time, made_at FROM signing_key ", $rest)
    };
}

/// All keys, in the order of their making.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn keys(tx: &mut Tx) -> Result<Vec<StoredKey>, StoreError> {
    let rows: Vec<KeyRow> = on!(tx, |conn| {
        sqlx::query_as(select_key!("ORDER BY made_at, role DESC, id")).fetch_all(conn).await
    })?;
    rows.into_iter().map(StoredKey::try_from).collect()
}

/// A key for one who is about to sign with it: it stays as it is until the unit of work ends. Where somebody has changed it since
/// that began, the unit of work is run again.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn held_key(tx: &mut Tx, id: KeyId) -> Result<Option<StoredKey>, StoreError> {
    let id = id.0.to_vec();
    let row: Option<KeyRow> = match tx.connection() {
        // It has one writer.
        Connection::Sqlite(conn) => {
            sqlx::query_as(select_key!("WHERE id = $1")).bind(id).fetch_optional(conn).await?
        }
        // Those who sign hold it beside each other; whoever changes it waits for them.
        Connection::Postgres(conn) => {
            sqlx::query_as(select_key!("WHERE id = $1 FOR SHARE")).bind(id).fetch_optional(conn).await?
        }
    };
    row.map(StoredKey::try_from).transpose()
}

/// Waits for those who hold a key (see [`held_key`]), and lets nobody else hold one until this unit of work ends. Its picture of the
/// database may be from before: where a key was changed since, it runs again. What tells of it, and when, is drawn behind this.
///
/// # Errors
/// When the database fails; a lost race when some hold one for longer than two seconds: those who wait behind this are let by before it
/// comes again.
pub async fn stop_signing(tx: &mut Tx) -> Result<(), StoreError> {
    // The whole table, which is given in turn: whoever changes the row alone waits for as long as others come to hold it.
    if lock(tx, "signing_key", "EXCLUSIVE").await? { Ok(()) } else { Err(StoreError::lost_race()) }
}

fn last_good(status: KeyStatus) -> Option<i64> {
    match status {
        KeyStatus::Compromised { last_good_log_size } => {
            Some(i64::try_from(last_good_log_size).unwrap_or(i64::MAX))
        }
        KeyStatus::Active | KeyStatus::Retired => None,
    }
}

/// Enters a key.
///
/// # Errors
/// When the database fails; a unique violation when the key, or one of its id, is known already.
pub async fn insert_key(
    tx: &mut Tx,
    key: &NewKey,
    role: Role,
    status: KeyStatus,
    now: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO signing_key (id, role, name, vkey, status, last_good, from_time, to_time, made_at, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"
        )
        .bind(key.verifier.id().0.to_vec())
        .bind(role.word())
        .bind(key.verifier.name().as_str())
        .bind(key.verifier.to_string())
        .bind(status.word())
        .bind(last_good(status))
        .bind(key.from.micros())
        .bind(key.until.map(Moment::micros))
        .bind(now.micros())
    )?;
    Ok(())
}

/// Changes the status of a key, guarded by the one it has now: a compromise is never undone, and of two changes one wins.
///
/// # Errors
/// When the database fails.
pub async fn set_status(
    tx: &mut Tx,
    id: KeyId,
    before: KeyStatus,
    after: KeyStatus,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE signing_key SET status = $3, last_good = $4, changed_at = $5 \
             WHERE id = $1 AND status = $2 AND status <> 'compromised'"
        )
        .bind(id.0.to_vec())
        .bind(before.word())
        .bind(after.word())
        .bind(last_good(after))
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// The notes of all key lists, oldest first: replayed to restore what is trusted.
///
/// # Errors
/// When the database fails.
pub async fn lists(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    on!(tx, |conn| sqlx::query_scalar("SELECT note FROM key_list ORDER BY sequence").fetch_all(conn).await)
}

/// The note of the key list with a number.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, sequence: i64) -> Result<Option<String>, StoreError> {
    on!(tx, |conn| sqlx::query_scalar("SELECT note FROM key_list WHERE sequence = $1")
        .bind(sequence)
        .fetch_optional(conn)
        .await)
}

/// Adds a key list.
///
/// # Errors
/// When the database fails; a unique violation when the number is taken.
pub async fn insert_list(tx: &mut Tx, sequence: u64, note: &str, now: Moment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("INSERT INTO key_list (sequence, note, imported_at) VALUES ($1, $2, $3)")
            .bind(i64::try_from(sequence).unwrap_or(i64::MAX))
            .bind(note)
            .bind(now.micros())
    )?;
    Ok(())
}

/// What the keyring depends on, in one point query.
///
/// # Errors
/// When the database fails.
pub async fn mark(tx: &mut Tx) -> Result<Mark, StoreError> {
    let (sequence, keys, ended): (i64, i64, i64) = on!(tx, |conn| sqlx::query_as(
        "SELECT CAST((SELECT COALESCE(MAX(sequence), 0) FROM key_list) AS BIGINT), \
         CAST((SELECT COUNT(*) FROM signing_key) AS BIGINT), \
         CAST((SELECT COALESCE(SUM(CASE status WHEN 'active' THEN 0 WHEN 'retired' THEN 1 ELSE 2 END), 0) \
               FROM signing_key) AS BIGINT)"
    )
    .fetch_one(conn)
    .await)?;
    Ok(Mark { sequence, keys, ended })
}

/// The fingerprint of the registry's serial key, once it has one.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn serial_fingerprint(tx: &mut Tx) -> Result<Option<Sha256Hash>, StoreError> {
    let row: Option<Vec<u8>> = on!(tx, |conn| {
        sqlx::query_scalar("SELECT fingerprint FROM serial_key WHERE one = 1").fetch_optional(conn).await
    })?;
    let fit = |bytes: Vec<u8>| {
        let bytes: Result<[u8; 32], _> = bytes.try_into();
        bytes
            .map(Sha256Hash::from_bytes)
            .map_err(|_| StoreError::misfit("serial_key", "fingerprint", 1, "not 32 bytes"))
    };
    row.map(fit).transpose()
}

/// Keeps the fingerprint of the serial key that was made here, unless there is one; the one that is kept.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn keep_serial_fingerprint(
    tx: &mut Tx,
    own: &Sha256Hash,
    now: Moment,
) -> Result<Sha256Hash, StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO serial_key (one, fingerprint, made_at) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING"
        )
        .bind(own.as_bytes().to_vec())
        .bind(now.micros())
    )?;
    Ok(serial_fingerprint(tx).await?.unwrap_or(*own))
}

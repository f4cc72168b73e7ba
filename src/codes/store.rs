//! The SQL of codes that were issued for lots.

use super::grammar::{CodeSignature, parse};
use super::label::Issued;
use crate::kernel::{LogEntryId, LotId, Moment, PartyId, PersonId};
use crate::keys::{Host, KeyId};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct CodeRow {
    path: String,
    key_id: Vec<u8>,
    signature: Vec<u8>,
    host: String,
    party_id: Uuid,
    issued_at: i64,
    entry_id: Uuid,
}

/// The code that was issued for a lot.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn issued(tx: &mut Tx, lot: LotId) -> Result<Option<Issued>, StoreError> {
    let row: Option<CodeRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT path, key_id, signature, host, party_id, issued_at, entry_id FROM lot_code WHERE lot_id = $1"
    )
    .bind(lot.as_uuid())
    .fetch_optional(conn)
    .await
    })?;
    let Some(row) = row else { return Ok(None) };
    let misfit = |column, why: String| StoreError::misfit("lot_code", column, lot, why);
    let code = parse(&format!("/{}", row.path)).map_err(|why| misfit("path", why.to_string()))?;
    let key = <[u8; 4]>::try_from(row.key_id).map_err(|_| misfit("key_id", "not 4 bytes".to_owned()))?;
    let bytes =
        <[u8; 64]>::try_from(row.signature).map_err(|_| misfit("signature", "not 64 bytes".to_owned()))?;
    let key = KeyId(key);
    Ok(Some(Issued {
        code: code.with_signature(CodeSignature { key, bytes }),
        host: Host::parse(&row.host).map_err(|why| misfit("host", why.to_string()))?,
        key,
        party: PartyId::from_uuid(row.party_id),
        issued_at: Moment::from_micros(row.issued_at),
        entry: LogEntryId::from_uuid(row.entry_id),
    }))
}

/// Writes the code of a lot. The row is never changed: a printed code never dies.
///
/// # Errors
/// When the database fails; a unique violation when the lot has a code.
pub async fn insert(tx: &mut Tx, lot: LotId, by: PersonId, issued: &Issued) -> Result<(), StoreError> {
    let signature = issued.code.signature().map(|signature| signature.bytes.to_vec()).unwrap_or_default();
    run!(
        tx,
        sqlx::query(
            "INSERT INTO lot_code (lot_id, path, key_id, signature, host, issued_by, party_id, issued_at, entry_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        )
        .bind(lot.as_uuid())
        .bind(issued.code.key_path().as_str())
        .bind(issued.key.0.to_vec())
        .bind(signature)
        .bind(issued.host.as_str())
        .bind(by.as_uuid())
        .bind(issued.party.as_uuid())
        .bind(issued.issued_at.micros())
        .bind(issued.entry.as_uuid())
    )?;
    Ok(())
}

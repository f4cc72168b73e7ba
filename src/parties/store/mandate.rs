//! The SQL of mandates.

use crate::kernel::{Day, MandateId, Moment, PageSize, PartyId, PersonId, Sha256Hash};
use crate::parties::model::{Mandate, MandateLine, Side};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct MandateRow {
    id: Uuid,
    grantor: Uuid,
    holder: Uuid,
    from_day: String,
    to_day: String,
    document: Vec<u8>,
    made_by: Uuid,
    made_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<MandateRow> for Mandate {
    type Error = StoreError;

    fn try_from(row: MandateRow) -> Result<Self, StoreError> {
        let day = |column, text: &str| {
            Day::parse(text).map_err(|why| StoreError::misfit("mandate", column, row.id, why))
        };
        let document = <[u8; 32]>::try_from(row.document)
            .map_err(|_| StoreError::misfit("mandate", "document", row.id, "not 32 bytes"))?;
        Ok(Self {
            id: MandateId::from_uuid(row.id),
            grantor: PartyId::from_uuid(row.grantor),
            holder: PartyId::from_uuid(row.holder),
            from: day("from_day", &row.from_day)?,
            to: day("to_day", &row.to_day)?,
            document: Sha256Hash::from_bytes(document),
            made_by: PersonId::from_uuid(row.made_by),
            made_at: Moment::from_micros(row.made_at),
            revoked_at: row.revoked_at.map(Moment::from_micros),
        })
    }
}

/// Adds a mandate.
///
/// # Errors
/// When the database fails, or grantor and holder are one party.
pub async fn insert_mandate(tx: &mut Tx, mandate: &Mandate) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO mandate (id, grantor, holder, from_day, to_day, document, made_by, made_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(mandate.id.as_uuid())
        .bind(mandate.grantor.as_uuid())
        .bind(mandate.holder.as_uuid())
        .bind(mandate.from.to_string())
        .bind(mandate.to.to_string())
        .bind(mandate.document.as_bytes().as_slice())
        .bind(mandate.made_by.as_uuid())
        .bind(mandate.made_at.micros())
    )?;
    Ok(())
}

/// The mandate with this id.
///
/// # Errors
/// When the database fails.
pub async fn mandate(tx: &mut Tx, id: MandateId) -> Result<Option<Mandate>, StoreError> {
    let row: Option<MandateRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, grantor, holder, from_day, to_day, document, made_by, made_at, revoked_at FROM mandate \
             WHERE id = $1",
        )
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    row.map(Mandate::try_from).transpose()
}

/// The mandate under which `holder` may record for `grantor` on `day`, while both are approved: the one that runs longest.
///
/// # Errors
/// When the database fails.
pub async fn in_force(
    tx: &mut Tx,
    grantor: PartyId,
    holder: PartyId,
    day: Day,
) -> Result<Option<MandateId>, StoreError> {
    let id: Option<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT mandate.id FROM mandate \
             JOIN party AS giver ON giver.id = mandate.grantor AND giver.status = 'approved' \
             JOIN party AS taker ON taker.id = mandate.holder AND taker.status = 'approved' \
             WHERE mandate.holder = $2 AND mandate.grantor = $1 AND mandate.revoked_at IS NULL \
             AND mandate.from_day <= $3 AND mandate.to_day >= $3 ORDER BY mandate.to_day DESC, mandate.id LIMIT 1",
        )
        .bind(grantor.as_uuid())
        .bind(holder.as_uuid())
        .bind(day.to_string())
        .fetch_optional(conn)
        .await
    })?;
    Ok(id.map(MandateId::from_uuid))
}

/// The parties for which `holder` may record on `day`, in the order of their names.
///
/// # Errors
/// When the database fails.
pub async fn grantors(tx: &mut Tx, holder: PartyId, day: Day) -> Result<Vec<(PartyId, String)>, StoreError> {
    let rows: Vec<(Uuid, String)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, name FROM party WHERE status = 'approved' AND id IN (SELECT grantor FROM mandate \
         WHERE holder = $1 AND from_day <= $2 AND to_day >= $2 AND revoked_at IS NULL) ORDER BY name_folded, id"
    )
    .bind(holder.as_uuid())
    .bind(day.to_string())
    .fetch_all(conn)
    .await
    })?;
    Ok(rows.into_iter().map(|(id, name)| (PartyId::from_uuid(id), name)).collect())
}

#[derive(FromRow)]
struct LineRow {
    #[sqlx(flatten)]
    mandate: MandateRow,
    grantor_name: String,
    holder_name: String,
}

/// The mandates that a party gave or holds, the newest first, after the id `after`.
///
/// # Errors
/// When the database fails.
pub async fn mandates(
    tx: &mut Tx,
    party: PartyId,
    side: Side,
    after: Option<MandateId>,
    size: PageSize,
) -> Result<Vec<MandateLine>, StoreError> {
    // One of the two sides is asked for: the other compares with an id that no party has.
    let (grantor, holder) = match side {
        Side::Given => (party.as_uuid(), Uuid::nil()),
        Side::Held => (Uuid::nil(), party.as_uuid()),
    };
    let rows: Vec<LineRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT mandate.id, grantor, holder, from_day, to_day, document, made_by, made_at, revoked_at, \
             giver.name AS grantor_name, taker.name AS holder_name FROM mandate \
             JOIN party AS giver ON giver.id = grantor JOIN party AS taker ON taker.id = holder \
             WHERE (grantor = $1 OR holder = $2) AND mandate.id < $3 ORDER BY mandate.id DESC LIMIT $4",
        )
        .bind(grantor)
        .bind(holder)
        .bind(after.map_or(Uuid::max(), |id| id.as_uuid()))
        .bind(size.limit())
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter()
        .map(|row| {
            Ok(MandateLine {
                mandate: row.mandate.try_into()?,
                grantor_name: row.grantor_name,
                holder_name: row.holder_name,
            })
        })
        .collect()
}

/// Revokes a mandate at once; whether it stood until now.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &mut Tx, id: MandateId, by: PersonId, now: Moment) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE mandate SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(now.micros())
        .bind(by.as_uuid())
    )?;
    Ok(done == 1)
}

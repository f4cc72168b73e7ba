//! The SQL of applications.

use super::party::party;
use crate::kernel::{ApplicationId, Moment, PageSize, PartyId, PersonId, Sha256Hash};
use crate::parties::model::{Application, Decision};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct ApplicationRow {
    id: Uuid,
    party_id: Uuid,
    document: Vec<u8>,
    sent_at: i64,
    decision: Option<String>,
    reason: Option<String>,
    decided_by: Option<Uuid>,
    decided_at: Option<i64>,
}

async fn whole(tx: &mut Tx, row: ApplicationRow) -> Result<Application, StoreError> {
    let misfit = |column, why: &str| StoreError::misfit("application", column, row.id, why);
    let party = party(tx, PartyId::from_uuid(row.party_id)).await?;
    let document = <[u8; 32]>::try_from(row.document).map_err(|_| misfit("document", "not 32 bytes"))?;
    let decision = match (row.decision.as_deref(), row.decided_by, row.decided_at) {
        (None, _, _) => None,
        (Some(decision @ ("approved" | "refused")), Some(by), Some(at)) => Some(Decision {
            approved: decision == "approved",
            reason: row.reason,
            by: PersonId::from_uuid(by),
            at: Moment::from_micros(at),
        }),
        (Some(other), _, _) => return Err(misfit("decision", other)),
    };
    Ok(Application {
        id: ApplicationId::from_uuid(row.id),
        party: party.ok_or_else(|| misfit("party_id", "no such party"))?,
        document: Sha256Hash::from_bytes(document),
        sent_at: Moment::from_micros(row.sent_at),
        decision,
    })
}

/// Adds an application for `party` with a stored document.
///
/// # Errors
/// When the database fails.
pub async fn insert_application(
    tx: &mut Tx,
    id: ApplicationId,
    party: PartyId,
    document: &Sha256Hash,
    now: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("INSERT INTO application (id, party_id, document, sent_at) VALUES ($1, $2, $3, $4)")
            .bind(id.as_uuid())
            .bind(party.as_uuid())
            .bind(document.as_bytes().as_slice())
            .bind(now.micros())
    )?;
    Ok(())
}

/// The application with this id.
///
/// # Errors
/// When the database fails.
pub async fn application(tx: &mut Tx, id: ApplicationId) -> Result<Option<Application>, StoreError> {
    let row: Option<ApplicationRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, party_id, document, sent_at, decision, reason, decided_by, decided_at FROM application \
             WHERE id = $1",
        )
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    match row {
        Some(row) => whole(tx, row).await.map(Some),
        None => Ok(None),
    }
}

/// Applications that wait for a decision, the oldest first, after the one sent at `after`.
///
/// # Errors
/// When the database fails.
pub async fn open_applications(
    tx: &mut Tx,
    after: Option<(Moment, Uuid)>,
    size: PageSize,
) -> Result<Vec<Application>, StoreError> {
    let (sent_at, id) = after.unwrap_or((Moment::MIN, Uuid::nil()));
    let rows: Vec<ApplicationRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, party_id, document, sent_at, decision, reason, decided_by, decided_at FROM application \
             WHERE decision IS NULL AND (sent_at > $1 OR (sent_at = $1 AND id > $2)) ORDER BY sent_at, id LIMIT $3",
        )
        .bind(sent_at.micros())
        .bind(id)
        .bind(size.limit())
        .fetch_all(conn)
        .await
    })?;
    let mut applications = Vec::with_capacity(rows.len());
    for row in rows {
        applications.push(whole(tx, row).await?);
    }
    Ok(applications)
}

/// How many applications wait for a decision.
///
/// # Errors
/// When the database fails.
pub async fn open_count(tx: &mut Tx) -> Result<i64, StoreError> {
    on!(tx, |conn| sqlx::query_scalar("SELECT COUNT(*) FROM application WHERE decision IS NULL")
        .fetch_one(conn)
        .await)
}

/// Decides an application, unless it is decided already: of two officers at once, one wins. Whether this one did.
///
/// # Errors
/// When the database fails.
pub async fn decide(tx: &mut Tx, id: ApplicationId, decision: &Decision) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE application SET decision = $2, reason = $3, decided_by = $4, decided_at = $5 \
             WHERE id = $1 AND decision IS NULL"
        )
        .bind(id.as_uuid())
        .bind(if decision.approved { "approved" } else { "refused" })
        .bind(decision.reason.as_deref())
        .bind(decision.by.as_uuid())
        .bind(decision.at.micros())
    )?;
    Ok(done == 1)
}

//! The SQL of what events claim: what has to be looked at again when evidence changes.

use crate::events::uri;
use crate::kernel::{CertificateId, EventId, LotId};
use crate::store::{StoreError, Tx, on};
use uuid::Uuid;

/// The events that claim a certificate, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn claiming(tx: &mut Tx, certificate: CertificateId) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT event_id FROM event_attribute WHERE name = 'certificationInfo' AND value = $1 ORDER BY event_id"
    )
    .bind(uri::certificate(certificate))
    .fetch_all(conn)
    .await
    })?;
    Ok(ids.into_iter().map(EventId::from_uuid).collect())
}

/// The certificates of the registry that the events of a lot claim, as far as those are in force.
///
/// # Errors
/// When the database fails.
pub async fn claimed(tx: &mut Tx, lot: LotId) -> Result<Vec<CertificateId>, StoreError> {
    let uris: Vec<String> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT DISTINCT a.value FROM event_thing t JOIN event_attribute a ON a.event_id = t.event_id \
             AND a.name = 'certificationInfo' WHERE t.thing_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.event_id = t.event_id) ORDER BY a.value",
        )
        .bind(lot.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(uris.iter().filter_map(|uri| uri::certificate_of(uri)).collect())
}

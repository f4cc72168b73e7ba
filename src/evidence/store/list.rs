//! The SQL of lists of certificates: a party's own, what waits to be verified, what ends soon, what is published.

use super::certificate::{CertificateRow, select_certificate, whole};
use crate::evidence::model::Certificate;
use crate::kernel::{CertificateId, Day, PageSize, PartyId, Sha256Hash};
use crate::store::{StoreError, Tx, on};
use uuid::Uuid;

/// The certificates of a party, the newest first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn of_party(
    tx: &mut Tx,
    party: PartyId,
    after: Option<CertificateId>,
    size: PageSize,
) -> Result<Vec<Certificate>, StoreError> {
    let rows: Vec<CertificateRow> = on!(tx, |conn| sqlx::query_as(select_certificate!(
        "WHERE k.party_id = $1 AND k.id < $2 ORDER BY k.id DESC LIMIT $3"
    ))
    .bind(party.as_uuid())
    .bind(after.map_or(Uuid::max(), |id| id.as_uuid()))
    .bind(size.limit())
    .fetch_all(conn)
    .await)?;
    whole(tx, rows).await
}

/// The certificates that nobody has verified and that have not ended, the oldest first: of a certifier those that it issued, of the
/// authority all.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn waiting(
    tx: &mut Tx,
    certifier: Option<PartyId>,
    today: Day,
    after: Option<CertificateId>,
    size: PageSize,
) -> Result<Vec<Certificate>, StoreError> {
    let grade = if certifier.is_some() { "third_party" } else { "inspected" };
    let rows: Vec<CertificateRow> = on!(tx, |conn| sqlx::query_as(select_certificate!(
        "WHERE ($1 = 0 OR k.certifier_id = $2) AND k.id > $3 AND k.valid_to >= $4 \
         AND NOT EXISTS (SELECT 1 FROM certificate_check c WHERE c.certificate_id = k.id AND c.grade = $5) \
         AND NOT EXISTS (SELECT 1 FROM certificate_turn t WHERE t.certificate_id = k.id \
         AND t.turn IN ('withdrawn', 'wrong')) ORDER BY k.id LIMIT $6"
    ))
    .bind(i64::from(certifier.is_some()))
    .bind(certifier.map_or(Uuid::nil(), |certifier| certifier.as_uuid()))
    .bind(after.map_or(Uuid::nil(), |id| id.as_uuid()))
    .bind(today.to_string())
    .bind(grade)
    .bind(size.limit())
    .fetch_all(conn)
    .await)?;
    whole(tx, rows).await
}

/// The certificates whose last day lies between two days and that have not ended before, by that day; after a day and an id. Of one party,
/// or of all.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn ending(
    tx: &mut Tx,
    party: Option<PartyId>,
    (first, last): (Day, Day),
    after: Option<(Day, CertificateId)>,
    limit: i64,
) -> Result<Vec<Certificate>, StoreError> {
    let (day, id) = after.map_or((first, Uuid::nil()), |(day, id)| (day, id.as_uuid()));
    let rows: Vec<CertificateRow> = on!(tx, |conn| sqlx::query_as(select_certificate!(
        "WHERE ($1 = 0 OR k.party_id = $2) AND k.valid_to >= $3 AND k.valid_to <= $4 \
         AND (k.valid_to > $5 OR (k.valid_to = $5 AND k.id > $6)) \
         AND NOT EXISTS (SELECT 1 FROM certificate_turn t WHERE t.certificate_id = k.id \
         AND t.turn IN ('withdrawn', 'wrong')) ORDER BY k.valid_to, k.id LIMIT $7"
    ))
    .bind(i64::from(party.is_some()))
    .bind(party.map_or(Uuid::nil(), |party| party.as_uuid()))
    .bind(first.to_string())
    .bind(last.to_string())
    .bind(day.to_string())
    .bind(id)
    .bind(limit)
    .fetch_all(conn)
    .await)?;
    whole(tx, rows).await
}

/// The certificates that are published and valid on a day, the newest first; of one scheme, or of all when it is empty. The names are
/// added by the caller.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn published(
    tx: &mut Tx,
    scheme: &str,
    day: Day,
    after: Option<CertificateId>,
    limit: i64,
) -> Result<Vec<Certificate>, StoreError> {
    let rows: Vec<CertificateRow> = on!(tx, |conn| {
        sqlx::query_as(select_certificate!(
            "WHERE k.id < $1 AND ($2 = '' OR k.scheme = $2) AND k.valid_from <= $3 AND k.valid_to >= $3 \
             AND (SELECT s.showing FROM certificate_showing s WHERE s.certificate_id = k.id \
             ORDER BY s.position DESC LIMIT 1) IN ('line', 'files') \
             AND NOT EXISTS (SELECT 1 FROM certificate_turn t WHERE t.certificate_id = k.id \
             AND (t.turn = 'wrong' OR (t.turn = 'withdrawn' AND t.from_day <= $3))) \
             AND COALESCE((SELECT t.turn FROM certificate_turn t WHERE t.certificate_id = k.id \
             AND t.turn IN ('suspended', 'resumed') AND t.from_day <= $3 \
             ORDER BY t.position DESC LIMIT 1), 'resumed') = 'resumed' \
             ORDER BY k.id DESC LIMIT $4"
        ))
        .bind(after.map_or(Uuid::max(), |id| id.as_uuid()))
        .bind(scheme)
        .bind(day.to_string())
        .bind(limit)
        .fetch_all(conn)
        .await
    })?;
    whole(tx, rows).await
}

/// Whether a file hangs on a certificate whose files everybody may see.
///
/// # Errors
/// When the database fails.
pub async fn shown_file(tx: &mut Tx, id: CertificateId, hash: &Sha256Hash) -> Result<bool, StoreError> {
    let showing: Option<String> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT s.showing FROM certificate_showing s JOIN certificate_file f ON f.certificate_id = s.certificate_id \
         WHERE s.certificate_id = $1 AND f.file_hash = $2 ORDER BY s.position DESC LIMIT 1"
    )
    .bind(id.as_uuid())
    .bind(hash.as_bytes().as_slice())
    .fetch_optional(conn)
    .await
    })?;
    Ok(showing.as_deref() == Some("files"))
}

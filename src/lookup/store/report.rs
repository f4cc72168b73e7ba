//! The SQL of what shoppers report.

use super::super::model::{About, Report};
use crate::kernel::{LotCode, LotId, Moment, PageSize, PersonId, ReportId};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct ReportRow {
    id: Uuid,
    about: String,
    sent_at: i64,
    lot_code: Option<String>,
    short_code: Option<String>,
    product_name: Option<String>,
}

/// Puts a report down.
///
/// # Errors
/// When the database fails.
pub async fn insert_report(
    tx: &mut Tx,
    id: ReportId,
    lot: Option<LotId>,
    about: About,
    now: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("INSERT INTO report (id, lot_id, about, sent_at) VALUES ($1, $2, $3, $4)")
            .bind(id.as_uuid())
            .bind(lot.map(|lot| lot.as_uuid()))
            .bind(about.as_str())
            .bind(now.micros())
    )?;
    Ok(())
}

/// The reports that nobody has handled, oldest first, without their words.
///
/// # Errors
/// When the database fails or holds what it should not.
pub async fn open_reports(
    tx: &mut Tx,
    after: Option<(Moment, Uuid)>,
    size: PageSize,
) -> Result<Vec<Report>, StoreError> {
    let (sent_at, id) = after.unwrap_or((Moment::MIN, Uuid::nil()));
    let rows: Vec<ReportRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT r.id, r.about, r.sent_at, l.code AS lot_code, l.short_code, p.name AS product_name \
         FROM report r LEFT JOIN lot l ON l.id = r.lot_id LEFT JOIN product p ON p.id = l.product_id \
         WHERE r.handled_at IS NULL AND (r.sent_at > $1 OR (r.sent_at = $1 AND r.id > $2)) \
         ORDER BY r.sent_at, r.id LIMIT $3"
    )
    .bind(sent_at.micros())
    .bind(id)
    .bind(size.limit())
    .fetch_all(conn)
    .await)?;
    rows.into_iter()
        .map(|row| {
            let about = About::parse(&row.about)
                .ok_or_else(|| StoreError::misfit("report", "about", row.id, &row.about))?;
            let lot = row.lot_code.map(|code| LotCode::parse_strict(&code)).transpose();
            Ok(Report {
                id: ReportId::from_uuid(row.id),
                about,
                sent_at: Moment::from_micros(row.sent_at),
                lot: lot.map_err(|why| StoreError::misfit("lot", "code", row.id, why))?,
                short_code: row.short_code,
                product: row.product_name,
                text: None,
            })
        })
        .collect()
}

/// Marks a report as handled. `false` when it was before, or there is none.
///
/// # Errors
/// When the database fails.
pub async fn handle_report(tx: &mut Tx, id: ReportId, by: PersonId, now: Moment) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE report SET handled_by = $2, handled_at = $3 WHERE id = $1 AND handled_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(by.as_uuid())
        .bind(now.micros())
    )?;
    Ok(touched == 1)
}

//! The SQL of what is only pointed out.

use crate::kernel::{EventId, LotCode, LotId, Moment, PartyId, Unit};
use crate::lots::flags::{Before, Flag, Which};
use crate::store::{StoreError, Tx, on};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct FlagRow {
    lot_id: Uuid,
    code: String,
    unit: String,
    product_name: String,
    party_id: Uuid,
    party_name: String,
    event_id: Uuid,
    event_time: i64,
    rule: String,
    detail: String,
}

impl TryFrom<FlagRow> for Flag {
    type Error = StoreError;

    fn try_from(row: FlagRow) -> Result<Self, StoreError> {
        let misfit = |column| move |why| StoreError::misfit("lot", column, row.lot_id, why);
        Ok(Self {
            lot: LotId::from_uuid(row.lot_id),
            code: LotCode::parse_strict(&row.code).map_err(misfit("code"))?,
            unit: Unit::parse(&row.unit).map_err(misfit("unit"))?,
            product: row.product_name,
            party: PartyId::from_uuid(row.party_id),
            firm: row.party_name,
            event: EventId::from_uuid(row.event_id),
            at: Moment::from_micros(row.event_time),
            rule: row.rule,
            detail: row.detail,
        })
    }
}

/// What is pointed out, the latest first, before a line.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn flags(
    tx: &mut Tx,
    which: &Which,
    before: Option<&Before>,
    limit: i64,
) -> Result<Vec<Flag>, StoreError> {
    let rows: Vec<FlagRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT b.lot_id, l.code, l.unit, p.name AS product_name, f.id AS party_id, f.name AS party_name, b.event_id, \
         e.event_time, b.rule, b.detail FROM breach b JOIN event e ON e.id = b.event_id JOIN lot l ON l.id = b.lot_id \
         JOIN product p ON p.id = l.product_id JOIN party f ON f.id = COALESCE(e.behalf_of, e.party_id, l.party_id) \
         WHERE b.stops = 0 AND ($1 = '' OR b.rule = $1) AND ($2 = 0 OR f.id = $3) AND ($4 = 0 OR e.event_time < $5 OR \
         (e.event_time = $5 AND (b.event_id < $6 OR (b.event_id = $6 AND (b.lot_id < $7 OR (b.lot_id = $7 AND b.rule < $8)))))) \
         ORDER BY e.event_time DESC, b.event_id DESC, b.lot_id DESC, b.rule DESC LIMIT $9"
    )
    .bind(which.rule.unwrap_or_default())
    .bind(i64::from(which.party.is_some()))
    .bind(which.party.map(|id| id.as_uuid()))
    .bind(i64::from(before.is_some()))
    .bind(before.map_or(0, |before| before.at.micros()))
    .bind(before.map_or(Uuid::nil(), |before| before.event))
    .bind(before.map_or(Uuid::nil(), |before| before.lot))
    .bind(before.map_or("", |before| before.rule.as_str()))
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Flag::try_from).collect()
}

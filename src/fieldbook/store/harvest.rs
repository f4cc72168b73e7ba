//! The SQL of harvests, read from the journal: nobody writes them into the book a second time.

use crate::fieldbook::model::Harvest;
use crate::kernel::{CropCode, Day, EventId, LotCode, LotId, Moment, PlaceId, Quantity, ShortCode, Unit};
use crate::store::{StoreError, Tx, among, on};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct HarvestRow {
    id: Uuid,
    code: String,
    short_code: String,
    product: String,
    crop_code: Option<String>,
    event_time: i64,
    whole_day: i64,
    amount: Option<i64>,
    unit: String,
}

impl TryFrom<HarvestRow> for Harvest {
    type Error = StoreError;

    fn try_from(row: HarvestRow) -> Result<Self, StoreError> {
        let misfit = |column| move |why| StoreError::misfit("lot", column, row.id, why);
        let unit = Unit::parse(&row.unit).map_err(misfit("unit"))?;
        let amount = row.amount.map(|amount| Quantity::new(amount, unit)).transpose();
        Ok(Self {
            lot: LotId::from_uuid(row.id),
            code: LotCode::parse(&row.code).map_err(misfit("code"))?,
            short_code: ShortCode::parse(&row.short_code).map_err(misfit("short_code"))?,
            product: row.product,
            crop: row.crop_code.as_deref().map(CropCode::parse).transpose().map_err(misfit("crop_code"))?,
            at: Moment::from_micros(row.event_time),
            whole_day: row.whole_day == 1,
            amount: amount.map_err(misfit("amount"))?,
        })
    }
}

/// The harvests at a plot from `from` until before `until` that stand, the earliest first.
///
/// # Errors
/// When the database fails.
pub async fn harvests(
    tx: &mut Tx,
    place: PlaceId,
    from: Moment,
    until: Moment,
) -> Result<Vec<Harvest>, StoreError> {
    let rows: Vec<HarvestRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT l.id, l.code, l.short_code, p.name AS product, p.crop_code, e.event_time, e.whole_day, t.amount, l.unit \
         FROM event e JOIN event_thing t ON t.event_id = e.id AND t.role = 'object' \
         JOIN lot l ON l.id = t.thing_id JOIN product p ON p.id = l.product_id \
         WHERE e.place_id = $1 AND e.event_time >= $2 AND e.event_time < $3 AND e.step IN ('harvest', 'pick') \
         AND e.declares_error = 0 AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.event_id = e.id) \
         ORDER BY e.event_time, e.id, l.id"
    )
    .bind(place.as_uuid())
    .bind(from.micros())
    .bind(until.micros())
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Harvest::try_from).collect()
}

/// Where, when and of which crop harvests happened: the plot, the moment, whether only the day is known, and the crop where the product names
/// one.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn plots_of_harvests(
    tx: &mut Tx,
    events: &[EventId],
) -> Result<Vec<(Option<PlaceId>, Moment, bool, Option<CropCode>)>, StoreError> {
    let ids: Vec<Uuid> = events.iter().map(EventId::as_uuid).collect();
    let rows = among!(
        tx,
        (Option<Uuid>, i64, i64, Option<String>, Uuid),
        "SELECT place_id, event_time, whole_day, (SELECT p.crop_code FROM event_thing t JOIN lot l ON l.id = t.thing_id \
         JOIN product p ON p.id = l.product_id WHERE t.event_id = event.id AND t.role = 'object' ORDER BY l.id LIMIT 1), id \
         FROM event WHERE id",
        &ids,
        " ORDER BY event_time, id"
    )?;
    rows.into_iter()
        .map(|(place, at, whole, crop, id)| {
            let crop = crop.as_deref().map(CropCode::parse).transpose();
            let crop = crop.map_err(|why| StoreError::misfit("product", "crop_code", id, why))?;
            Ok((place.map(PlaceId::from_uuid), Moment::from_micros(at), whole == 1, crop))
        })
        .collect()
}

/// Whether anything of another crop than this one was harvested at a plot since a moment.
///
/// # Errors
/// When the database fails.
pub async fn others_harvested(
    tx: &mut Tx,
    place: PlaceId,
    since: Moment,
    crop: &CropCode,
) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM event e JOIN event_thing t ON t.event_id = e.id AND t.role = 'object' \
         JOIN lot l ON l.id = t.thing_id JOIN product p ON p.id = l.product_id \
         WHERE e.place_id = $1 AND e.event_time >= $2 AND e.step IN ('harvest', 'pick') AND p.crop_code <> $3 LIMIT 1"
    )
    .bind(place.as_uuid())
    .bind(since.micros())
    .bind(crop.as_str())
    .fetch_optional(conn)
    .await
    })?;
    Ok(found.is_some())
}

/// Whether anything was written into the book of a plot from one day to another.
///
/// # Errors
/// When the database fails.
pub async fn has_entries(tx: &mut Tx, place: PlaceId, from: Day, to: Day) -> Result<bool, StoreError> {
    let row: Option<(String,)> = on!(tx, |conn| sqlx::query_as(
        "SELECT a.day FROM activity a WHERE a.place_id = $1 AND a.day >= $2 AND a.day <= $3 \
         AND NOT EXISTS (SELECT 1 FROM activity_correction c WHERE c.activity_id = a.id) LIMIT 1"
    )
    .bind(place.as_uuid())
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_optional(conn)
    .await)?;
    Ok(row.is_some())
}

//! The SQL of sprays: what the waiting-period gate reads. Entries that were declared wrong shut nothing.
//!
//! What must stay true: a spray is never changed; what the lists say of it now stands in a row beside it, and is read with it.

use crate::fieldbook::model::{Judged, Rule, Spray};
use crate::kernel::fold::fold;
use crate::kernel::{
    ActivityId, Area, CropCode, Day, Dose, ListId, Measure, MeasureUnit, Moment, PlaceId, Problem, SeasonId,
    SubstanceId,
};
use crate::store::{StoreError, Tx, among, on, run, sets};
use sqlx::FromRow;
use uuid::Uuid;

/// The statement for whole rows, with what follows the join.
macro_rules! select_spray {
    ($rest:literal) => {
        concat!(
            "SELECT s.activity_id, s.place_id, s.season_id, s.crop, s.day, s.at, j.substance, j.list_id, s.product, \
             j.ingredient, s.pest, s.dose, s.dose_unit, s.dose_per_m2, s.area_m2, s.total, j.list_days, s.label_days, \
             j.waiting_days, j.closed_to, j.reason, j.dose_exceeded, n.cleared_on \
             FROM spray s JOIN spray_judged j ON j.activity_id = s.activity_id \
             LEFT JOIN season n ON n.id = s.season_id ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct SprayRow {
    activity_id: Uuid,
    place_id: Uuid,
    season_id: Option<Uuid>,
    crop: Option<String>,
    day: String,
    at: Option<i64>,
    substance: Option<Uuid>,
    list_id: Option<Uuid>,
    product: String,
    ingredient: Option<String>,
    pest: String,
    dose: i64,
    dose_unit: String,
    dose_per_m2: i64,
    area_m2: i64,
    total: i64,
    list_days: Option<i64>,
    label_days: Option<i64>,
    waiting_days: Option<i64>,
    closed_to: Option<String>,
    reason: String,
    dose_exceeded: i64,
    cleared_on: Option<String>,
}

impl TryFrom<SprayRow> for Spray {
    type Error = StoreError;

    fn try_from(row: SprayRow) -> Result<Self, StoreError> {
        let misfit = |column: &'static str| {
            move |why: Problem| StoreError::misfit("spray", column, row.activity_id, why)
        };
        let day = |column, text: Option<&str>| text.map(Day::parse).transpose().map_err(misfit(column));
        let days = |days: Option<i64>| days.and_then(|days| u32::try_from(days).ok());
        let unit = MeasureUnit::parse(&row.dose_unit).map_err(misfit("dose_unit"))?;
        let dose = Measure::new(row.dose, unit).and_then(|dose| Dose::new(dose, row.dose_per_m2));
        let rule = Rule::parse(&row.reason)
            .ok_or_else(|| StoreError::misfit("spray", "reason", row.activity_id, &row.reason))?;
        Ok(Self {
            activity: ActivityId::from_uuid(row.activity_id),
            place: PlaceId::from_uuid(row.place_id),
            season: row.season_id.map(SeasonId::from_uuid),
            crop: row.crop.as_deref().map(CropCode::parse).transpose().map_err(misfit("crop"))?,
            day: Day::parse(&row.day).map_err(misfit("day"))?,
            at: row.at.map(Moment::from_micros),
            substance: row.substance.map(SubstanceId::from_uuid),
            list: row.list_id.map(ListId::from_uuid),
            product: row.product,
            ingredient: row.ingredient,
            pest: row.pest,
            dose: dose.map_err(misfit("dose"))?,
            area: Area::new(row.area_m2).map_err(misfit("area_m2"))?,
            total: Measure::new(row.total, unit).map_err(misfit("total"))?,
            label_days: days(row.label_days),
            judged: Judged {
                rule,
                list_days: days(row.list_days),
                waiting_days: days(row.waiting_days),
                to: day("closed_to", row.closed_to.as_deref())?,
                dose_exceeded: row.dose_exceeded == 1,
            },
            cleared_on: day("cleared_on", row.cleared_on.as_deref())?,
        })
    }
}

/// Adds what the gate reads of a spray, as the lists say it at `now`.
///
/// # Errors
/// When the database fails.
pub async fn insert_spray(tx: &mut Tx, spray: &Spray, now: Moment) -> Result<(), StoreError> {
    let days = |days: Option<u32>| days.map(i64::from);
    run!(
        tx,
        sqlx::query(
            "INSERT INTO spray (activity_id, place_id, season_id, crop, day, at, substance, list_id, product, ingredient, \
             pest, dose, dose_unit, dose_per_m2, area_m2, total, list_days, label_days, waiting_days, closed_from, \
             closed_to, reason, dose_exceeded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
             $15, $16, $17, $18, $19, $5, $20, $21, $22)"
        )
        .bind(spray.activity.as_uuid())
        .bind(spray.place.as_uuid())
        .bind(spray.season.as_ref().map(SeasonId::as_uuid))
        .bind(spray.crop.as_ref().map(CropCode::as_str))
        .bind(spray.day.to_string())
        .bind(spray.at.map(Moment::micros))
        .bind(spray.substance.as_ref().map(SubstanceId::as_uuid))
        .bind(spray.list.as_ref().map(ListId::as_uuid))
        .bind(spray.product.as_str())
        .bind(spray.ingredient.as_deref())
        .bind(spray.pest.as_str())
        .bind(spray.dose.measure().amount())
        .bind(spray.dose.measure().unit().as_str())
        .bind(spray.dose.per_square_metres())
        .bind(spray.area.square_metres())
        .bind(spray.total.amount())
        .bind(days(spray.judged.list_days))
        .bind(days(spray.label_days))
        .bind(days(spray.judged.waiting_days))
        .bind(spray.judged.to.map(|day| day.to_string()))
        .bind(spray.judged.rule.as_str())
        .bind(i64::from(spray.judged.dose_exceeded))
    )?;
    judge_spray(tx, spray, now).await
}

/// Puts down what the lists say of a spray at `now`, in the place of what they said before.
///
/// # Errors
/// When the database fails.
pub async fn judge_spray(tx: &mut Tx, spray: &Spray, now: Moment) -> Result<(), StoreError> {
    let days = |days: Option<u32>| days.map(i64::from);
    run!(
        tx,
        sqlx::query(
            "INSERT INTO spray_judged (activity_id, substance, list_id, ingredient, list_days, waiting_days, closed_to, \
             reason, dose_exceeded, judged_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (activity_id) DO UPDATE SET substance = excluded.substance, list_id = excluded.list_id, \
             ingredient = excluded.ingredient, list_days = excluded.list_days, waiting_days = excluded.waiting_days, \
             closed_to = excluded.closed_to, reason = excluded.reason, dose_exceeded = excluded.dose_exceeded, \
             judged_at = excluded.judged_at"
        )
        .bind(spray.activity.as_uuid())
        .bind(spray.substance.as_ref().map(SubstanceId::as_uuid))
        .bind(spray.list.as_ref().map(ListId::as_uuid))
        .bind(spray.ingredient.as_deref())
        .bind(days(spray.judged.list_days))
        .bind(days(spray.judged.waiting_days))
        .bind(spray.judged.to.map(|day| day.to_string()))
        .bind(spray.judged.rule.as_str())
        .bind(i64::from(spray.judged.dose_exceeded))
        .bind(now.micros())
    )?;
    Ok(())
}

/// A spray as it is looked for when a list changes: the entry, its day, and what it is known by.
#[derive(Clone, Debug)]
pub struct Known {
    /// The entry.
    pub activity: ActivityId,
    /// The civil day.
    pub day: Day,
    /// The substance that was found in the list when it was entered.
    pub substance: Option<SubstanceId>,
    /// The product as written, folded.
    pub folded: String,
}

/// The sprays from `from` on that stand, the latest first, below `before`: a page of them.
///
/// # Errors
/// When the database fails.
pub async fn sprays_since(
    tx: &mut Tx,
    from: Day,
    before: (Day, Uuid),
    limit: i64,
) -> Result<Vec<Known>, StoreError> {
    let rows: Vec<(Uuid, String, Option<Uuid>, String)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT s.activity_id, s.day, s.substance, s.product FROM spray s \
             WHERE s.day >= $1 AND (s.day < $2 OR (s.day = $2 AND s.activity_id < $3)) \
             AND NOT EXISTS (SELECT 1 FROM activity_correction c WHERE c.activity_id = s.activity_id) \
             ORDER BY s.day DESC, s.activity_id DESC LIMIT $4",
        )
        .bind(from.to_string())
        .bind(before.0.to_string())
        .bind(before.1)
        .bind(limit)
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter()
        .map(|(id, day, substance, product)| {
            Ok(Known {
                activity: ActivityId::from_uuid(id),
                day: Day::parse(&day).map_err(|why| StoreError::misfit("spray", "day", id, why))?,
                substance: substance.map(SubstanceId::from_uuid),
                folded: fold(&product),
            })
        })
        .collect()
}

/// What the gate reads of the spray of an entry, also of one that was declared wrong.
///
/// # Errors
/// When the database fails.
pub async fn spray(tx: &mut Tx, activity: ActivityId) -> Result<Option<Spray>, StoreError> {
    let row: Option<SprayRow> = on!(tx, |conn| sqlx::query_as(select_spray!("WHERE s.activity_id = $1"))
        .bind(activity.as_uuid())
        .fetch_optional(conn)
        .await)?;
    row.map(Spray::try_from).transpose()
}

/// What the gate reads of the sprays among some entries.
///
/// # Errors
/// When the database fails.
pub async fn sprays_among(tx: &mut Tx, activities: &[ActivityId]) -> Result<Vec<Spray>, StoreError> {
    let ids: Vec<Uuid> = activities.iter().map(ActivityId::as_uuid).collect();
    let mut found = Vec::with_capacity(ids.len());
    for set in sets(&ids) {
        let rows = among!(tx, SprayRow, select_spray!("WHERE s.activity_id"), set, "")?;
        for row in rows {
            found.push(Spray::try_from(row)?);
        }
    }
    Ok(found)
}

/// The sprays of a plot that may stand against a harvest of `crop` on `day`, the latest first: those that shut it by what they named; those
/// that named no crop; and those since `since` that named another one.
///
/// # Errors
/// When the database fails.
pub async fn sprays_until(
    tx: &mut Tx,
    place: PlaceId,
    day: Day,
    crop: Option<&CropCode>,
    since: Day,
) -> Result<Vec<Spray>, StoreError> {
    let rows: Vec<SprayRow> = on!(tx, |conn| {
        sqlx::query_as(select_spray!(
        "WHERE s.place_id = $1 AND s.day <= $2 \
         AND NOT EXISTS (SELECT 1 FROM activity_correction c WHERE c.activity_id = s.activity_id) \
         AND (j.closed_to IS NULL OR j.closed_to > $2 OR s.crop IS NULL OR (s.day >= $3 AND s.crop <> CAST($4 AS TEXT))) \
         ORDER BY s.day DESC, s.activity_id DESC"
    ))
    .bind(place.as_uuid())
    .bind(day.to_string())
    .bind(since.to_string())
    .bind(crop.map(CropCode::as_str))
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Spray::try_from).collect()
}

/// The sprays of a plot from `from` up to `to` that stand, the earliest first.
///
/// # Errors
/// When the database fails.
pub async fn sprays_between(
    tx: &mut Tx,
    place: PlaceId,
    from: Day,
    to: Day,
) -> Result<Vec<Spray>, StoreError> {
    let rows: Vec<SprayRow> = on!(tx, |conn| sqlx::query_as(select_spray!(
        "WHERE s.place_id = $1 AND s.day >= $2 AND s.day <= $3 \
         AND NOT EXISTS (SELECT 1 FROM activity_correction c WHERE c.activity_id = s.activity_id) \
         ORDER BY s.day, s.activity_id"
    ))
    .bind(place.as_uuid())
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Spray::try_from).collect()
}

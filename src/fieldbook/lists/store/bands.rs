//! The SQL of bands: yield, conversion, weight loss.

use super::super::model::{
    Bands, Beyond, ConversionBand, DaysToHarvest, ListKind, Term, WeightLoss, YieldBand,
};
use super::{BATCH, crop_code, day, group, in_force, position, put_rows, unit};
use crate::events::Step;
use crate::kernel::{CropCode, Day, ListId};
use crate::products::Group;
use crate::store::{StoreError, Tx, on};
use sqlx::FromRow;
use uuid::Uuid;

fn beyond(table: &'static str, row: Uuid, text: &str) -> Result<Beyond, StoreError> {
    Beyond::parse(text).ok_or_else(|| StoreError::misfit(table, "beyond", row, text))
}

pub(super) async fn insert(tx: &mut Tx, list: ListId, bands: &Bands) -> Result<(), StoreError> {
    let yields: Vec<(usize, &YieldBand)> = bands.yields.iter().enumerate().collect();
    put_rows!(
        tx,
        "INSERT INTO yield_band (list_id, position, crop_code, unit, month_from, month_to, low, high, \
         days_to_harvest, beyond, in_force_from, in_force_to, source) ",
        yields,
        |row, (at, band)| row
            .push_bind(list.as_uuid())
            .push_bind(position(*at))
            .push_bind(band.crop.as_str())
            .push_bind(band.unit.as_str())
            .push_bind(i64::from(band.month_from))
            .push_bind(i64::from(band.month_to))
            .push_bind(band.low)
            .push_bind(band.high)
            .push_bind(band.days_to_harvest.map(i64::from))
            .push_bind(band.beyond.as_str())
            .push_bind(band.term.from.to_string())
            .push_bind(band.term.to.map(|day| day.to_string()))
            .push_bind(band.term.source.as_str())
    );
    let conversions: Vec<(usize, &ConversionBand)> = bands.conversions.iter().enumerate().collect();
    put_rows!(
        tx,
        "INSERT INTO conversion_band (list_id, position, step, group_in, group_out, low, high, beyond, in_force_from, \
         in_force_to, source) ",
        conversions,
        |row, (at, band)| row
            .push_bind(list.as_uuid())
            .push_bind(position(*at))
            .push_bind(band.step.as_str())
            .push_bind(band.group_in.code)
            .push_bind(band.group_out.code)
            .push_bind(band.low)
            .push_bind(band.high)
            .push_bind(band.beyond.as_str())
            .push_bind(band.term.from.to_string())
            .push_bind(band.term.to.map(|day| day.to_string()))
            .push_bind(band.term.source.as_str())
    );
    let losses: Vec<(usize, &WeightLoss)> = bands.losses.iter().enumerate().collect();
    put_rows!(
        tx,
        "INSERT INTO weight_loss (list_id, position, group_code, most, in_force_from, in_force_to, source) ",
        losses,
        |row, (at, loss)| row
            .push_bind(list.as_uuid())
            .push_bind(position(*at))
            .push_bind(loss.group.code)
            .push_bind(loss.most)
            .push_bind(loss.term.from.to_string())
            .push_bind(loss.term.to.map(|day| day.to_string()))
            .push_bind(loss.term.source.as_str())
    );
    Ok(())
}

/// The columns that all rows of bands share.
fn term(
    table: &'static str,
    row: Uuid,
    from: &str,
    to: Option<&str>,
    source: String,
) -> Result<Term, StoreError> {
    Ok(Term {
        from: day(table, "in_force_from", row, from)?,
        to: to.map(|text| day(table, "in_force_to", row, text)).transpose()?,
        source,
    })
}

#[derive(FromRow)]
struct YieldRow {
    list_id: Uuid,
    crop_code: String,
    unit: String,
    month_from: i64,
    month_to: i64,
    low: i64,
    high: i64,
    days_to_harvest: Option<i64>,
    beyond: String,
    in_force_from: String,
    in_force_to: Option<String>,
    source: String,
}

impl TryFrom<YieldRow> for YieldBand {
    type Error = StoreError;

    fn try_from(row: YieldRow) -> Result<Self, StoreError> {
        const TABLE: &str = "yield_band";
        let month = |column: &'static str, month: i64| {
            u8::try_from(month).map_err(|why| StoreError::misfit(TABLE, column, row.list_id, why))
        };
        Ok(Self {
            crop: crop_code(TABLE, row.list_id, &row.crop_code)?,
            unit: unit(TABLE, row.list_id, &row.unit)?,
            month_from: month("month_from", row.month_from)?,
            month_to: month("month_to", row.month_to)?,
            low: row.low,
            high: row.high,
            days_to_harvest: row
                .days_to_harvest
                .map(u16::try_from)
                .transpose()
                .map_err(|why| StoreError::misfit(TABLE, "days_to_harvest", row.list_id, why))?,
            beyond: beyond(TABLE, row.list_id, &row.beyond)?,
            term: term(TABLE, row.list_id, &row.in_force_from, row.in_force_to.as_deref(), row.source)?,
        })
    }
}

#[derive(FromRow)]
struct ConversionRow {
    list_id: Uuid,
    step: String,
    group_in: String,
    group_out: String,
    low: i64,
    high: i64,
    beyond: String,
    in_force_from: String,
    in_force_to: Option<String>,
    source: String,
}

impl TryFrom<ConversionRow> for ConversionBand {
    type Error = StoreError;

    fn try_from(row: ConversionRow) -> Result<Self, StoreError> {
        const TABLE: &str = "conversion_band";
        Ok(Self {
            step: Step::parse(&row.step)
                .ok_or_else(|| StoreError::misfit(TABLE, "step", row.list_id, &row.step))?,
            group_in: group(TABLE, "group_in", row.list_id, &row.group_in)?,
            group_out: group(TABLE, "group_out", row.list_id, &row.group_out)?,
            low: row.low,
            high: row.high,
            beyond: beyond(TABLE, row.list_id, &row.beyond)?,
            term: term(TABLE, row.list_id, &row.in_force_from, row.in_force_to.as_deref(), row.source)?,
        })
    }
}

#[derive(FromRow)]
struct LossRow {
    list_id: Uuid,
    group_code: String,
    most: i64,
    in_force_from: String,
    in_force_to: Option<String>,
    source: String,
}

impl TryFrom<LossRow> for WeightLoss {
    type Error = StoreError;

    fn try_from(row: LossRow) -> Result<Self, StoreError> {
        const TABLE: &str = "weight_loss";
        Ok(Self {
            group: group(TABLE, "group_code", row.list_id, &row.group_code)?,
            most: row.most,
            term: term(TABLE, row.list_id, &row.in_force_from, row.in_force_to.as_deref(), row.source)?,
        })
    }
}

pub(super) async fn of(tx: &mut Tx, list: ListId) -> Result<Bands, StoreError> {
    let yields: Vec<YieldRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT list_id, crop_code, unit, month_from, month_to, low, high, days_to_harvest, beyond, in_force_from, \
             in_force_to, source FROM yield_band WHERE list_id = $1 ORDER BY position",
        )
        .bind(list.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    let conversions: Vec<ConversionRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT list_id, step, group_in, group_out, low, high, beyond, in_force_from, in_force_to, source \
             FROM conversion_band WHERE list_id = $1 ORDER BY position",
        )
        .bind(list.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    let losses: Vec<LossRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT list_id, group_code, most, in_force_from, in_force_to, source FROM weight_loss \
             WHERE list_id = $1 ORDER BY position",
        )
        .bind(list.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(Bands {
        yields: yields.into_iter().map(YieldBand::try_from).collect::<Result<_, _>>()?,
        conversions: conversions.into_iter().map(ConversionBand::try_from).collect::<Result<_, _>>()?,
        losses: losses.into_iter().map(WeightLoss::try_from).collect::<Result<_, _>>()?,
    })
}

/// The band of yield for a crop harvested on a day, by the version in force on that day.
///
/// # Errors
/// When the database fails.
pub async fn yield_band(tx: &mut Tx, crop: &CropCode, on: Day) -> Result<Option<YieldBand>, StoreError> {
    let Some(list) = in_force(tx, ListKind::Bands, on).await? else { return Ok(None) };
    let rows: Vec<YieldRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT list_id, crop_code, unit, month_from, month_to, low, high, days_to_harvest, beyond, in_force_from, \
             in_force_to, source FROM yield_band WHERE list_id = $1 AND crop_code = $2 ORDER BY position",
        )
        .bind(list.id.as_uuid())
        .bind(crop.as_str())
        .fetch_all(conn)
        .await
    })?;
    let bands = rows.into_iter().map(YieldBand::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(bands.into_iter().find(|band| band.holds(on)))
}

/// A row of bands as far as [`days_to_harvest`] needs it: number and first day of the version; days, first and last day of the row.
type DaysRow = (i64, String, Option<i64>, Option<String>, Option<String>);

/// How soon a crop can be harvested, as all versions together say.
///
/// # Errors
/// When the database fails.
pub async fn days_to_harvest(tx: &mut Tx, crop: &CropCode) -> Result<DaysToHarvest, StoreError> {
    const TABLE: &str = "yield_band";
    let rows: Vec<DaysRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT list.number, list.in_force_from, band.days_to_harvest, band.in_force_from, band.in_force_to \
             FROM authority_list list LEFT JOIN yield_band band ON band.list_id = list.id AND band.crop_code = $1 \
             WHERE list.kind = 'bands' ORDER BY list.number DESC",
        )
        .bind(crop.as_str())
        .fetch_all(conn)
        .await
    })?;
    let mut found = DaysToHarvest::default();
    for (number, version, days, from, to) in rows {
        let own = Uuid::from_u128(u128::from(number.unsigned_abs()));
        let read = |text: String| day(TABLE, "in_force_from", own, &text);
        let (from, to) = (from.map(read).transpose()?, to.map(read).transpose()?);
        let days = days.map(u16::try_from).transpose();
        let days = days.map_err(|why| StoreError::misfit(TABLE, "days_to_harvest", own, why))?;
        found.tell((number, read(version)?), days.zip(from).map(|(days, from)| (from, to, days)));
    }
    Ok(found)
}

/// The band of conversion for a step from one group to another on a day.
///
/// # Errors
/// When the database fails.
pub async fn conversion_band(
    tx: &mut Tx,
    step: Step,
    group_in: &Group,
    group_out: &Group,
    on: Day,
) -> Result<Option<ConversionBand>, StoreError> {
    let Some(list) = in_force(tx, ListKind::Bands, on).await? else { return Ok(None) };
    let rows: Vec<ConversionRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT list_id, step, group_in, group_out, low, high, beyond, in_force_from, in_force_to, source \
             FROM conversion_band WHERE list_id = $1 AND step = $2 AND group_in = $3 AND group_out = $4 \
             ORDER BY position",
        )
        .bind(list.id.as_uuid())
        .bind(step.as_str())
        .bind(group_in.code)
        .bind(group_out.code)
        .fetch_all(conn)
        .await
    })?;
    let bands = rows.into_iter().map(ConversionBand::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(bands.into_iter().find(|band| band.term.holds(on)))
}

/// What may be missing from a shipment of a group on a day.
///
/// # Errors
/// When the database fails.
pub async fn weight_loss(tx: &mut Tx, group: &Group, on: Day) -> Result<Option<WeightLoss>, StoreError> {
    let Some(list) = in_force(tx, ListKind::Bands, on).await? else { return Ok(None) };
    let rows: Vec<LossRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT list_id, group_code, most, in_force_from, in_force_to, source FROM weight_loss \
             WHERE list_id = $1 AND group_code = $2 ORDER BY position",
        )
        .bind(list.id.as_uuid())
        .bind(group.code)
        .fetch_all(conn)
        .await
    })?;
    let losses = rows.into_iter().map(WeightLoss::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(losses.into_iter().find(|loss| loss.term.holds(on)))
}

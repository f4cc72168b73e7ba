//! The SQL of the authority's lists.
//!
//! What must stay true: rows of a version are only ever inserted; which version is in force on a day is asked of the database each
//! time, so that a version published a moment ago counts at once.
//!
//! One file for all three lists, because they share the rule of what is in force.

use super::change::changed_substances;
use super::model::{
    Bands, Beyond, Contents, ConversionBand, Crop, Dose, DoseUnit, Draft, List, ListKind, Substance,
    SubstanceKind, Term, Use, WeightLoss, YieldBand,
};
use crate::events::Step;
use crate::kernel::fold::fold;
use crate::kernel::{
    CropCode, Cursor, Day, ListId, Moment, Page, PageSize, PersonId, Sha256Hash, SubstanceId, Unit,
};
use crate::products::Group;
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rows put down by one statement: far below what either database allows to be bound.
const BATCH: usize = 500;

/// The statement for whole versions, with what follows `FROM authority_list`.
macro_rules! select_list {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, number, in_force_from, source, sample, file_hash, entries, published_at, published_by \
             FROM authority_list ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct ListRow {
    id: Uuid,
    kind: String,
    number: i64,
    in_force_from: String,
    source: String,
    sample: i64,
    file_hash: Vec<u8>,
    entries: i64,
    published_at: i64,
    published_by: Option<Uuid>,
}

fn day(table: &'static str, column: &'static str, row: Uuid, text: &str) -> Result<Day, StoreError> {
    Day::parse(text).map_err(|why| StoreError::misfit(table, column, row, why))
}

fn hash(table: &'static str, row: Uuid, bytes: Vec<u8>) -> Result<Sha256Hash, StoreError> {
    let bytes = <[u8; 32]>::try_from(bytes)
        .map_err(|_| StoreError::misfit(table, "file_hash", row, "not 32 bytes"))?;
    Ok(Sha256Hash::from_bytes(bytes))
}

fn kind(table: &'static str, row: Uuid, text: &str) -> Result<ListKind, StoreError> {
    ListKind::parse(text).ok_or_else(|| StoreError::misfit(table, "kind", row, text))
}

fn crop_code(table: &'static str, row: Uuid, text: &str) -> Result<CropCode, StoreError> {
    CropCode::parse(text).map_err(|why| StoreError::misfit(table, "crop_code", row, why))
}

fn group(
    table: &'static str,
    column: &'static str,
    row: Uuid,
    text: &str,
) -> Result<&'static Group, StoreError> {
    Group::parse(text).map_err(|why| StoreError::misfit(table, column, row, why))
}

fn unit(table: &'static str, row: Uuid, text: &str) -> Result<Unit, StoreError> {
    Unit::parse(text).map_err(|why| StoreError::misfit(table, "unit", row, why))
}

fn beyond(table: &'static str, row: Uuid, text: &str) -> Result<Beyond, StoreError> {
    Beyond::parse(text).ok_or_else(|| StoreError::misfit(table, "beyond", row, text))
}

impl TryFrom<ListRow> for List {
    type Error = StoreError;

    fn try_from(row: ListRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: ListId::from_uuid(row.id),
            kind: kind("authority_list", row.id, &row.kind)?,
            number: row.number,
            in_force_from: day("authority_list", "in_force_from", row.id, &row.in_force_from)?,
            source: row.source,
            sample: row.sample == 1,
            file_hash: hash("authority_list", row.id, row.file_hash)?,
            entries: row.entries,
            published_at: Moment::from_micros(row.published_at),
            published_by: row.published_by.map(PersonId::from_uuid),
        })
    }
}

/// The version with this id.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, id: ListId) -> Result<Option<List>, StoreError> {
    let row: Option<ListRow> = on!(tx, |conn| sqlx::query_as(select_list!("WHERE id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await)?;
    row.map(List::try_from).transpose()
}

/// The version of a list with the highest number, whether or not it is in force yet.
///
/// # Errors
/// When the database fails.
pub async fn newest(tx: &mut Tx, kind: ListKind) -> Result<Option<List>, StoreError> {
    let row: Option<ListRow> = on!(tx, |conn| {
        sqlx::query_as(select_list!("WHERE kind = $1 ORDER BY number DESC LIMIT 1"))
            .bind(kind.as_str())
            .fetch_optional(conn)
            .await
    })?;
    row.map(List::try_from).transpose()
}

/// The version of a list that is in force on a day; none while none was.
///
/// # Errors
/// When the database fails.
pub async fn in_force(tx: &mut Tx, kind: ListKind, on: Day) -> Result<Option<List>, StoreError> {
    let row: Option<ListRow> = on!(tx, |conn| {
        sqlx::query_as(select_list!("WHERE kind = $1 AND in_force_from <= $2 ORDER BY number DESC LIMIT 1"))
            .bind(kind.as_str())
            .bind(on.to_string())
            .fetch_optional(conn)
            .await
    })?;
    row.map(List::try_from).transpose()
}

/// The versions of a list that are or will be in force on some day from `from` on, until a version with a higher number comes.
///
/// # Errors
/// When the database fails.
pub async fn in_force_since(tx: &mut Tx, kind: ListKind, from: Day) -> Result<Vec<List>, StoreError> {
    let rows: Vec<ListRow> = on!(tx, |conn| {
        sqlx::query_as(select_list!("WHERE kind = $1 ORDER BY number DESC"))
            .bind(kind.as_str())
            .fetch_all(conn)
            .await
    })?;
    let mut found: Vec<List> = Vec::new();
    // A version counts until the first day of any later one; from the newest back, that day only moves forward in time.
    let mut superseded: Option<Day> = None;
    for row in rows {
        let list = List::try_from(row)?;
        if superseded.is_none_or(|by| list.in_force_from < by) {
            let start = list.in_force_from;
            if superseded.is_none_or(|by| by > from) {
                found.push(list);
            }
            superseded = Some(start);
        }
    }
    Ok(found)
}

/// Versions, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn lists(
    tx: &mut Tx,
    before: Option<(Moment, Uuid)>,
    size: PageSize,
) -> Result<Page<List>, StoreError> {
    let (at, id) = before.unwrap_or((Moment::MAX, Uuid::max()));
    let rows: Vec<ListRow> = on!(tx, |conn| {
        sqlx::query_as(select_list!(
            "WHERE published_at < $1 OR (published_at = $1 AND id < $2) ORDER BY published_at DESC, id DESC LIMIT $3"
        ))
        .bind(at.micros())
        .bind(id)
        .bind(size.limit())
        .fetch_all(conn)
        .await
    })?;
    let lists = rows.into_iter().map(List::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::of(lists, size, |last| Cursor::Time(last.published_at, last.id.as_uuid())))
}

/// Puts down a version with all that it holds. Its file must be stored already.
///
/// # Errors
/// When the database fails; a number that is taken is a unique violation.
pub async fn insert(tx: &mut Tx, list: &List, contents: &Contents) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO authority_list (id, kind, number, in_force_from, source, sample, file_hash, entries, \
             published_at, published_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        )
        .bind(list.id.as_uuid())
        .bind(list.kind.as_str())
        .bind(list.number)
        .bind(list.in_force_from.to_string())
        .bind(list.source.as_str())
        .bind(i64::from(list.sample))
        .bind(list.file_hash.as_bytes().as_slice())
        .bind(list.entries)
        .bind(list.published_at.micros())
        .bind(list.published_by.map(|person| person.as_uuid()))
    )?;
    match contents {
        Contents::Crops(crops) => insert_crops(tx, list.id, crops).await,
        Contents::Substances(substances) => insert_substances(tx, list.id, substances).await,
        Contents::Bands(bands) => insert_bands(tx, list.id, bands).await,
    }
}

/// Puts rows into a table, some at a time: `fill` binds the cells of one.
macro_rules! put_rows {
    ($tx:expr, $into:literal, $rows:expr, |$row:ident, $each:pat_param| $fill:expr) => {
        for some in $rows.chunks(BATCH) {
            on!($tx, |conn| {
                let mut statement = sqlx::QueryBuilder::new($into);
                statement.push_values(some, |mut $row, $each| {
                    $fill;
                });
                statement.build().execute(conn).await.map(|done| done.rows_affected())
            })?;
        }
    };
}

fn position(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

async fn insert_crops(tx: &mut Tx, list: ListId, crops: &[Crop]) -> Result<(), StoreError> {
    let rows: Vec<(usize, &Crop)> = crops.iter().enumerate().collect();
    put_rows!(
        tx,
        "INSERT INTO crop (list_id, code, position, name, name_en, group_code, unit) ",
        rows,
        |row, (at, crop)| row
            .push_bind(list.as_uuid())
            .push_bind(crop.code.as_str())
            .push_bind(position(*at))
            .push_bind(crop.name.as_str())
            .push_bind(crop.name_en.as_str())
            .push_bind(crop.group.code)
            .push_bind(crop.unit.as_str())
    );
    Ok(())
}

async fn insert_substances(tx: &mut Tx, list: ListId, substances: &[Substance]) -> Result<(), StoreError> {
    put_rows!(
        tx,
        "INSERT INTO substance (list_id, id, name, name_folded, ingredients, ingredients_folded, kind, banned_from, \
         banned_to) ",
        substances,
        |row, one| row
            .push_bind(list.as_uuid())
            .push_bind(one.id.as_uuid())
            .push_bind(one.name.as_str())
            .push_bind(one.name_folded.as_str())
            .push_bind(one.ingredients.as_str())
            .push_bind(fold(&one.ingredients))
            .push_bind(one.kind.as_str())
            .push_bind(one.banned_from.map(|day| day.to_string()))
            .push_bind(one.banned_to.map(|day| day.to_string()))
    );
    let uses: Vec<(SubstanceId, &Use)> =
        substances.iter().flat_map(|one| one.uses.iter().map(|known| (one.id, known))).collect();
    put_rows!(
        tx,
        "INSERT INTO substance_use (list_id, substance_id, crop_code, waiting_days, dose, dose_unit) ",
        uses,
        |row, (id, known)| row
            .push_bind(list.as_uuid())
            .push_bind(id.as_uuid())
            .push_bind(known.crop.as_str())
            .push_bind(i64::from(known.waiting_days))
            .push_bind(known.dose.map(|dose| dose.thousandths))
            .push_bind(known.dose.map(|dose| dose.unit.as_str()))
    );
    Ok(())
}

async fn insert_bands(tx: &mut Tx, list: ListId, bands: &Bands) -> Result<(), StoreError> {
    let yields: Vec<(usize, &YieldBand)> = bands.yields.iter().enumerate().collect();
    put_rows!(
        tx,
        "INSERT INTO yield_band (list_id, position, crop_code, unit, month_from, month_to, low, high, beyond, \
         in_force_from, in_force_to, source) ",
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

/// What a version holds.
///
/// # Errors
/// When the database fails.
pub async fn contents(tx: &mut Tx, list: &List) -> Result<Contents, StoreError> {
    Ok(match list.kind {
        ListKind::Crops => Contents::Crops(crops_of(tx, list.id).await?),
        ListKind::Substances => Contents::Substances(substances_of(tx, list.id).await?),
        ListKind::Bands => Contents::Bands(bands_of(tx, list.id).await?),
    })
}

#[derive(FromRow)]
struct CropRow {
    list_id: Uuid,
    code: String,
    name: String,
    name_en: String,
    group_code: String,
    unit: String,
}

impl TryFrom<CropRow> for Crop {
    type Error = StoreError;

    fn try_from(row: CropRow) -> Result<Self, StoreError> {
        Ok(Self {
            code: crop_code("crop", row.list_id, &row.code)?,
            name: row.name,
            name_en: row.name_en,
            group: group("crop", "group_code", row.list_id, &row.group_code)?,
            unit: unit("crop", row.list_id, &row.unit)?,
        })
    }
}

async fn crops_of(tx: &mut Tx, list: ListId) -> Result<Vec<Crop>, StoreError> {
    let rows: Vec<CropRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT list_id, code, name, name_en, group_code, unit FROM crop WHERE list_id = $1 ORDER BY position",
        )
        .bind(list.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter().map(Crop::try_from).collect()
}

/// The crops of the newest version, in its order.
///
/// # Errors
/// When the database fails.
pub async fn crops(tx: &mut Tx) -> Result<Vec<Crop>, StoreError> {
    match newest(tx, ListKind::Crops).await? {
        Some(list) => crops_of(tx, list.id).await,
        None => Ok(Vec::new()),
    }
}

/// The crop with this code, as the newest version that has it says it.
///
/// # Errors
/// When the database fails.
pub async fn crop(tx: &mut Tx, code: &CropCode) -> Result<Option<Crop>, StoreError> {
    let row: Option<CropRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT c.list_id, c.code, c.name, c.name_en, c.group_code, c.unit FROM crop c \
             JOIN authority_list l ON l.id = c.list_id WHERE c.code = $1 ORDER BY l.number DESC LIMIT 1",
        )
        .bind(code.as_str())
        .fetch_optional(conn)
        .await
    })?;
    row.map(Crop::try_from).transpose()
}

#[derive(FromRow)]
struct SubstanceRow {
    id: Uuid,
    name: String,
    name_folded: String,
    ingredients: String,
    kind: String,
    banned_from: Option<String>,
    banned_to: Option<String>,
}

#[derive(FromRow)]
struct UseRow {
    substance_id: Uuid,
    crop_code: String,
    waiting_days: i64,
    dose: Option<i64>,
    dose_unit: Option<String>,
}

impl TryFrom<SubstanceRow> for Substance {
    type Error = StoreError;

    fn try_from(row: SubstanceRow) -> Result<Self, StoreError> {
        let term = |column: &'static str, text: &Option<String>| {
            text.as_deref().map(|text| day("substance", column, row.id, text)).transpose()
        };
        Ok(Self {
            id: SubstanceId::from_uuid(row.id),
            banned_from: term("banned_from", &row.banned_from)?,
            banned_to: term("banned_to", &row.banned_to)?,
            kind: SubstanceKind::parse(&row.kind)
                .ok_or_else(|| StoreError::misfit("substance", "kind", row.id, &row.kind))?,
            name: row.name,
            name_folded: row.name_folded,
            ingredients: row.ingredients,
            uses: Vec::new(),
        })
    }
}

impl TryFrom<UseRow> for Use {
    type Error = StoreError;

    fn try_from(row: UseRow) -> Result<Self, StoreError> {
        let misfit = |column: &'static str, why: &str| {
            StoreError::misfit("substance_use", column, row.substance_id, why)
        };
        let dose = match (row.dose, row.dose_unit.as_deref()) {
            (Some(thousandths), Some(text)) => {
                let unit = DoseUnit::parse(text).ok_or_else(|| misfit("dose_unit", text))?;
                Some(Dose { thousandths, unit })
            }
            _ => None,
        };
        Ok(Self {
            crop: crop_code("substance_use", row.substance_id, &row.crop_code)?,
            waiting_days: u16::try_from(row.waiting_days)
                .map_err(|_| misfit("waiting_days", &row.waiting_days.to_string()))?,
            dose,
        })
    }
}

async fn substances_of(tx: &mut Tx, list: ListId) -> Result<Vec<Substance>, StoreError> {
    let rows: Vec<SubstanceRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, name, name_folded, ingredients, kind, banned_from, banned_to FROM substance \
             WHERE list_id = $1",
        )
        .bind(list.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    let uses: Vec<UseRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT substance_id, crop_code, waiting_days, dose, dose_unit FROM substance_use WHERE list_id = $1",
        )
        .bind(list.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    together(rows, uses)
}

/// Substances with their uses, in the order of their folded names: by bytes, whatever the database's collation.
fn together(rows: Vec<SubstanceRow>, uses: Vec<UseRow>) -> Result<Vec<Substance>, StoreError> {
    let mut by_substance: BTreeMap<Uuid, Vec<Use>> = BTreeMap::new();
    for row in uses {
        by_substance.entry(row.substance_id).or_default().push(Use::try_from(row)?);
    }
    let mut substances = Vec::with_capacity(rows.len());
    for row in rows {
        let mut substance = Substance::try_from(row)?;
        substance.uses = by_substance.remove(&substance.id.as_uuid()).unwrap_or_default();
        substance.uses.sort_by(|one, other| one.crop.cmp(&other.crop));
        substances.push(substance);
    }
    substances.sort_by(|one, other| one.name_folded.cmp(&other.name_folded));
    Ok(substances)
}

async fn uses(tx: &mut Tx, list: ListId, id: SubstanceId) -> Result<Vec<UseRow>, StoreError> {
    on!(tx, |conn| {
        sqlx::query_as(
            "SELECT substance_id, crop_code, waiting_days, dose, dose_unit FROM substance_use \
             WHERE list_id = $1 AND substance_id = $2",
        )
        .bind(list.as_uuid())
        .bind(id.as_uuid())
        .fetch_all(conn)
        .await
    })
}

/// The substance with this id, as the version in force on a day has it; nothing when it is not on that version, or none is in
/// force ([`in_force`] tells the two apart).
///
/// # Errors
/// When the database fails.
pub async fn substance(tx: &mut Tx, id: SubstanceId, on: Day) -> Result<Option<Substance>, StoreError> {
    let Some(list) = in_force(tx, ListKind::Substances, on).await? else { return Ok(None) };
    let row: Option<SubstanceRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, name, name_folded, ingredients, kind, banned_from, banned_to FROM substance \
             WHERE list_id = $1 AND id = $2",
        )
        .bind(list.id.as_uuid())
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    let Some(row) = row else { return Ok(None) };
    let uses = uses(tx, list.id, id).await?;
    Ok(together(vec![row], uses)?.pop())
}

/// The substance with this trade name, however it is spelled, as the version in force on a day has it.
///
/// # Errors
/// When the database fails.
pub async fn substance_in_force(tx: &mut Tx, name: &str, on: Day) -> Result<Option<Substance>, StoreError> {
    substance(tx, SubstanceId::of_name(&fold(name)), on).await
}

/// The substances of the version in force on a day, by name: those with `text` in their name or ingredients, on `crop` where one
/// is given. `after` is the folded name of the last one seen.
///
/// # Errors
/// When the database fails.
pub async fn search_substances(
    tx: &mut Tx,
    text: &str,
    crop: Option<&CropCode>,
    on: Day,
    after: &str,
    size: PageSize,
) -> Result<Page<Substance>, StoreError> {
    let Some(list) = in_force(tx, ListKind::Substances, on).await? else {
        return Ok(Page { items: Vec::new(), next: None });
    };
    // Folding leaves letters, digits and spaces: nothing in it means anything to LIKE.
    let pattern = format!("%{}%", fold(text));
    let crop = crop.map_or("", CropCode::as_str);
    let rows: Vec<SubstanceRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT s.id, s.name, s.name_folded, s.ingredients, s.kind, s.banned_from, s.banned_to FROM substance s \
             WHERE s.list_id = $1 AND (s.name_folded LIKE $2 OR s.ingredients_folded LIKE $2) AND s.name_folded > $3 \
             AND ($4 = '' OR EXISTS (SELECT 1 FROM substance_use u WHERE u.list_id = s.list_id \
             AND u.substance_id = s.id AND u.crop_code = $4)) ORDER BY s.name_folded LIMIT $5",
        )
        .bind(list.id.as_uuid())
        .bind(pattern)
        .bind(after)
        .bind(crop)
        .bind(size.limit())
        .fetch_all(conn)
        .await
    })?;
    let page = Page::of(rows, size, |last| Cursor::Text(last.name_folded.clone()));
    let mut found = Vec::with_capacity(page.items.len());
    for row in page.items {
        let known = uses(tx, list.id, SubstanceId::from_uuid(row.id)).await?;
        found.extend(together(vec![row], known)?);
    }
    Ok(Page { items: found, next: page.next })
}

/// The folded names of the substances that two versions do not say the same of. Without an older version: all of the newer.
///
/// # Errors
/// When the database fails.
pub async fn changes_between(
    tx: &mut Tx,
    older: Option<ListId>,
    newer: ListId,
) -> Result<Vec<String>, StoreError> {
    let before = match older {
        Some(list) => substances_of(tx, list).await?,
        None => Vec::new(),
    };
    let after = substances_of(tx, newer).await?;
    Ok(changed_substances(&before, &after))
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

async fn bands_of(tx: &mut Tx, list: ListId) -> Result<Bands, StoreError> {
    let yields: Vec<YieldRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT list_id, crop_code, unit, month_from, month_to, low, high, beyond, in_force_from, in_force_to, \
             source FROM yield_band WHERE list_id = $1 ORDER BY position",
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
            "SELECT list_id, crop_code, unit, month_from, month_to, low, high, beyond, in_force_from, in_force_to, \
             source FROM yield_band WHERE list_id = $1 AND crop_code = $2 ORDER BY position",
        )
        .bind(list.id.as_uuid())
        .bind(crop.as_str())
        .fetch_all(conn)
        .await
    })?;
    let bands = rows.into_iter().map(YieldBand::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(bands.into_iter().find(|band| band.holds(on)))
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

#[derive(FromRow)]
struct DraftRow {
    id: Uuid,
    kind: String,
    in_force_from: String,
    source: String,
    sample: i64,
    file_hash: Vec<u8>,
    sent_at: i64,
    sent_by: Uuid,
}

impl TryFrom<DraftRow> for Draft {
    type Error = StoreError;

    fn try_from(row: DraftRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: ListId::from_uuid(row.id),
            kind: kind("list_draft", row.id, &row.kind)?,
            in_force_from: day("list_draft", "in_force_from", row.id, &row.in_force_from)?,
            source: row.source,
            sample: row.sample == 1,
            file_hash: hash("list_draft", row.id, row.file_hash)?,
            sent_at: Moment::from_micros(row.sent_at),
            sent_by: PersonId::from_uuid(row.sent_by),
        })
    }
}

/// Keeps what was handed in until it is published or removed. Its file must be stored already.
///
/// # Errors
/// When the database fails.
pub async fn insert_draft(tx: &mut Tx, draft: &Draft) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO list_draft (id, kind, in_force_from, source, sample, file_hash, sent_at, sent_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(draft.id.as_uuid())
        .bind(draft.kind.as_str())
        .bind(draft.in_force_from.to_string())
        .bind(draft.source.as_str())
        .bind(i64::from(draft.sample))
        .bind(draft.file_hash.as_bytes().as_slice())
        .bind(draft.sent_at.micros())
        .bind(draft.sent_by.as_uuid())
    )?;
    Ok(())
}

/// The draft with this id.
///
/// # Errors
/// When the database fails.
pub async fn draft(tx: &mut Tx, id: ListId) -> Result<Option<Draft>, StoreError> {
    let row: Option<DraftRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, kind, in_force_from, source, sample, file_hash, sent_at, sent_by FROM list_draft \
             WHERE id = $1",
        )
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    row.map(Draft::try_from).transpose()
}

/// The drafts that wait, the newest first; a hundred at most.
///
/// # Errors
/// When the database fails.
pub async fn drafts(tx: &mut Tx) -> Result<Vec<Draft>, StoreError> {
    let rows: Vec<DraftRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, kind, in_force_from, source, sample, file_hash, sent_at, sent_by FROM list_draft \
             ORDER BY sent_at DESC, id DESC LIMIT 100",
        )
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter().map(Draft::try_from).collect()
}

/// Removes a draft; whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn remove_draft(tx: &mut Tx, id: ListId) -> Result<bool, StoreError> {
    let gone = run!(tx, sqlx::query("DELETE FROM list_draft WHERE id = $1").bind(id.as_uuid()))?;
    Ok(gone == 1)
}

//! The SQL of the authority's lists.
//!
//! What must stay true: rows of a version are only ever inserted; which version is in force on a day is asked of the database each
//! time, so that a version published a moment ago counts at once.

mod bands;
mod drafts;
mod looks;
mod substances;

pub use bands::{conversion_band, days_to_harvest, weight_loss, yield_band};
pub use drafts::{draft, drafts, insert_draft, remove_draft};
pub use looks::{Look, Looked, begin_look, look_further, look_of, look_under_way, looked};
pub use substances::{changes_between, search_substances, substance, substance_in_force};

use super::model::{Contents, Crop, List, ListKind};
use crate::kernel::{CropCode, Cursor, Day, ListId, Moment, Page, PageSize, PersonId, Sha256Hash, Unit};
use crate::products::Group;
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
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
        Contents::Substances(rows) => substances::insert(tx, list.id, rows).await,
        Contents::Bands(rows) => bands::insert(tx, list.id, rows).await,
    }
}

fn position(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
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
use put_rows;

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

/// What a version holds.
///
/// # Errors
/// When the database fails.
pub async fn contents(tx: &mut Tx, list: &List) -> Result<Contents, StoreError> {
    Ok(match list.kind {
        ListKind::Crops => Contents::Crops(crops_of(tx, list.id).await?),
        ListKind::Substances => Contents::Substances(substances::of(tx, list.id).await?),
        ListKind::Bands => Contents::Bands(bands::of(tx, list.id).await?),
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

/// Whether a version names a crop of a product group: goods of such a group grow on land.
///
/// # Errors
/// When the database fails.
pub async fn has_crops(tx: &mut Tx, group: &Group) -> Result<bool, StoreError> {
    on!(tx, |conn| {
        sqlx::query(
            "SELECT 1 FROM crop c JOIN authority_list l ON l.id = c.list_id WHERE c.group_code = $1 LIMIT 1",
        )
        .bind(group.code)
        .fetch_optional(conn)
        .await
        .map(|row| row.is_some())
    })
}

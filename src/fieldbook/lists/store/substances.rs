//! The SQL of substances and their uses.

use super::super::change::changed_substances;
use super::super::model::{Dose, DoseUnit, ListKind, Substance, SubstanceKind, Use};
use super::{BATCH, crop_code, day, in_force, put_rows};
use crate::kernel::fold::fold;
use crate::kernel::{CropCode, Cursor, Day, ListId, Page, PageSize, SubstanceId};
use crate::store::{StoreError, Tx, on};
use sqlx::FromRow;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) async fn insert(tx: &mut Tx, list: ListId, substances: &[Substance]) -> Result<(), StoreError> {
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

pub(super) async fn of(tx: &mut Tx, list: ListId) -> Result<Vec<Substance>, StoreError> {
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
        Some(list) => of(tx, list).await?,
        None => Vec::new(),
    };
    let after = of(tx, newer).await?;
    Ok(changed_substances(&before, &after))
}

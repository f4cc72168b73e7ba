//! The file of substances: one row for each substance and crop, or one without a crop for what is permitted on none.

use super::super::model::{Contents, Dose, DoseUnit, Substance, SubstanceKind, Use};
use super::{Ground, Read, Reader, named, split_unit, unknown};
use crate::kernel::fold::fold;
use crate::kernel::{CropCode, Problem, SubstanceId, scaled};
use crate::sheet::{Heading, Sheet, SheetRow};
use std::collections::{BTreeMap, HashMap};

/// The most waiting days.
const MOST_DAYS: i64 = 365;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Name,
    Ingredients,
    Kind,
    Crop,
    Waiting,
    Dose,
    DoseUnit,
    BannedFrom,
    BannedTo,
}

const fn heading(
    column: Column,
    needed: Option<(&'static str, &'static str)>,
    names: &'static [&'static str],
) -> Heading<Column> {
    Heading { column, needed, names }
}

const HEADINGS: [Heading<Column>; 9] = [
    heading(
        Column::Name,
        Some(("Tên thương phẩm", "trade name")),
        &["ten thuong pham", "ten thuoc", "thuoc", "ten thuong mai", "trade name", "product", "name"],
    ),
    heading(
        Column::Ingredients,
        Some(("Hoạt chất", "active ingredients")),
        &["hoat chat", "ten hoat chat", "active ingredients", "active ingredient", "ingredients"],
    ),
    heading(
        Column::Kind,
        Some(("Loại thuốc", "kind")),
        &["loai thuoc", "loai", "nhom thuoc", "kind", "type"],
    ),
    heading(
        Column::Crop,
        Some(("Cây trồng", "crop")),
        &["cay trong", "cay", "ma cay trong", "crop", "crop code"],
    ),
    heading(
        Column::Waiting,
        Some(("Thời gian cách ly (ngày)", "waiting days")),
        &[
            "thoi gian cach ly ngay",
            "thoi gian cach ly",
            "cach ly ngay",
            "cach ly",
            "phi",
            "waiting days",
            "waiting period",
        ],
    ),
    heading(Column::Dose, None, &["lieu toi da", "lieu luong", "lieu dung", "lieu", "maximum dose", "dose"]),
    heading(Column::DoseUnit, None, &["don vi lieu", "don vi", "dose unit", "unit"]),
    heading(Column::BannedFrom, None, &["cam tu", "cam tu ngay", "ngay cam", "banned from"]),
    heading(Column::BannedTo, None, &["cam den", "cam den ngay", "banned to", "banned until"]),
];

pub(super) fn read(sheet: &Sheet, ground: &Ground<'_>) -> Read {
    let mut reader = Reader::new(sheet, &HEADINGS)?;
    let mut found: BTreeMap<String, (usize, Substance)> = BTreeMap::new();
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    for row in &sheet.rows {
        if !reader.begin(row) {
            continue;
        }
        let before = reader.problems.len();
        let (substance, uses) = (substance(&mut reader, row), uses(&mut reader, row, ground));
        let (Some(substance), true) = (substance, reader.problems.len() == before) else { continue };
        let name = substance.name_folded.clone();
        if let Some((first, known)) = found.get(&name) {
            let (first, known) = (*first, known.clone());
            require_same(&mut reader, row, &substance, (first, &known));
        }
        let crops: Vec<String> = match uses.as_slice() {
            [] => vec![String::new()],
            uses => uses.iter().map(|known| known.crop.to_string()).collect(),
        };
        for crop in crops {
            if let Some(first) = seen.get(&(name.clone(), crop.clone())).copied() {
                let column = if crop.is_empty() { Column::Name } else { Column::Crop };
                reader.twice(row, column, first);
            } else {
                seen.insert((name.clone(), crop), row.row);
            }
        }
        found.entry(name).or_insert((row.row, substance)).1.uses.extend(uses);
    }
    let mut substances: Vec<Substance> = found.into_values().map(|(_, substance)| substance).collect();
    for substance in &mut substances {
        substance.uses.sort_by(|one, other| one.crop.cmp(&other.crop));
    }
    reader.finish(Contents::Substances(substances))
}

fn substance(reader: &mut Reader<'_, Column>, row: &SheetRow) -> Option<Substance> {
    let name = reader.line::<200>(row, Column::Name);
    let ingredients = reader.line::<500>(row, Column::Ingredients);
    let text = reader.cell(row, Column::Kind);
    let kind = named(text, SubstanceKind::ALL, SubstanceKind::as_str, SubstanceKind::key);
    let kind = reader.take(row, Column::Kind, kind.ok_or_else(|| unknown("list_kind_unknown", text)));
    let (banned_from, banned_to) = reader.term(row, Column::BannedFrom, Column::BannedTo);
    if let (None, Some(to)) = (banned_from, banned_to)
        && reader.cell(row, Column::BannedFrom).is_empty()
    {
        reader.wrong(row, Column::BannedFrom, Problem::new("list_ban_without_start").value(to.vietnamese()));
    }
    let name = name?;
    let name_folded = fold(&name);
    Some(Substance {
        id: SubstanceId::of_name(&name_folded),
        name,
        name_folded,
        ingredients: ingredients?,
        kind: kind?,
        banned_from,
        banned_to,
        uses: Vec::new(),
    })
}

/// Rows of one substance say the same of it, save for the crop.
fn require_same(
    reader: &mut Reader<'_, Column>,
    row: &SheetRow,
    substance: &Substance,
    (first, known): (usize, &Substance),
) {
    let differing = [
        (Column::Name, substance.name != known.name),
        (Column::Ingredients, substance.ingredients != known.ingredients),
        (Column::Kind, substance.kind != known.kind),
        (Column::BannedFrom, substance.banned_from != known.banned_from),
        (Column::BannedTo, substance.banned_to != known.banned_to),
    ];
    for (column, _) in differing.into_iter().filter(|(_, differs)| *differs) {
        let problem = Problem::new("list_rows_disagree").value(reader.cell(row, column)).arg("first", first);
        reader.wrong(row, column, problem);
    }
}

/// The uses that a row gives: one for each crop in its cell.
fn uses(reader: &mut Reader<'_, Column>, row: &SheetRow, ground: &Ground<'_>) -> Vec<Use> {
    let text = reader.cell(row, Column::Crop);
    let names: Vec<&str> =
        text.split([',', ';', '/', '|']).map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        for column in [Column::Waiting, Column::Dose] {
            let value = reader.cell(row, column);
            if !value.is_empty() {
                reader.wrong(row, column, Problem::new("list_crop_missing").value(value));
            }
        }
        return Vec::new();
    }
    let mut crops: Vec<CropCode> = Vec::new();
    for name in names {
        if let Some(crop) = reader.crop(row, Column::Crop, name, ground.crops) {
            if crops.contains(&crop.code) {
                reader.twice(row, Column::Crop, row.row);
            }
            crops.push(crop.code.clone());
        }
    }
    let days = waiting(reader.cell(row, Column::Waiting));
    let days = reader.take(row, Column::Waiting, days);
    let dose = dose(reader.cell(row, Column::Dose), reader.cell(row, Column::DoseUnit));
    let dose = dose.map_err(|(column, problem)| reader.wrong(row, column, problem));
    let (Some(waiting_days), Ok(dose)) = (days, dose) else { return Vec::new() };
    crops.into_iter().map(|crop| Use { crop, waiting_days, dose }).collect()
}

/// Whole days from 0 to 365: `14`, `14 ngày`.
fn waiting(text: &str) -> Result<u16, Problem> {
    if text.is_empty() {
        return Err(Problem::new("list_waiting_missing"));
    }
    let (number, unit) = split_unit(text);
    if !matches!(fold(unit).as_str(), "" | "ngay" | "day" | "days") {
        return Err(unknown("list_waiting_unit", text));
    }
    let days = scaled(number, 1, MOST_DAYS)?;
    u16::try_from(days).map_err(|_| unknown("list_waiting_unit", text))
}

/// A dose per hectare, its unit in the same cell or in one of its own.
fn dose(text: &str, unit_text: &str) -> Result<Option<Dose>, (Column, Problem)> {
    let (number, beside) = split_unit(text);
    if text.is_empty() {
        return match unit_text {
            "" => Ok(None),
            unit => Err((Column::Dose, unknown("list_dose_missing", unit))),
        };
    }
    let (column, unit) =
        if beside.is_empty() { (Column::DoseUnit, unit_text) } else { (Column::Dose, beside) };
    if unit.is_empty() {
        return Err((Column::Dose, unknown("list_dose_unit", text)));
    }
    let Some((unit, factor)) = dose_unit(unit) else {
        return Err((column, unknown("list_dose_unit", unit)));
    };
    if !beside.is_empty() && !unit_text.is_empty() && dose_unit(unit_text) != Some((unit, factor)) {
        return Err((
            Column::DoseUnit,
            Problem::new("list_dose_units_differ").value(unit_text).arg("dose", text),
        ));
    }
    match scaled(number, factor, Dose::MOST) {
        Ok(0) => Err((Column::Dose, unknown("amount_zero", text))),
        Ok(thousandths) => Ok(Some(Dose { thousandths, unit })),
        Err(problem) => Err((Column::Dose, problem)),
    }
}

/// The unit that a text names, and how many thousandths of a millilitre or gram one of it is. Always per hectare: a dose per sào or
/// per sprayer is no whole number of a hectare's.
fn dose_unit(text: &str) -> Option<(DoseUnit, i64)> {
    Some(match fold(text).as_str() {
        "ml ha" | "cc ha" | "mililit ha" => (DoseUnit::Millilitre, 1_000),
        "l ha" | "lit ha" | "litre ha" | "litres ha" => (DoseUnit::Millilitre, 1_000_000),
        "g ha" | "gr ha" | "gam ha" | "gram ha" => (DoseUnit::Gram, 1_000),
        "kg ha" => (DoseUnit::Gram, 1_000_000),
        _ => return None,
    })
}

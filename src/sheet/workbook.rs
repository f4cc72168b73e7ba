//! The rows of a workbook, whose package was inspected before.
//!
//! What must stay true: cells are taken one by one as they stand in the file, so that two cells at far corners do not make a table of
//! millions; a reckoned cell gives its formula, never the result that somebody's spreadsheet left there.

use super::{MOST_COLUMNS, MOST_ROWS, SheetRow};
use crate::kernel::Problem;
use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxFormulaMetadata};
use std::collections::BTreeMap;
use std::io::Cursor;

/// The rows of the first sheet that is visible and not empty. A sheet with more rows than are read is cut after one too many.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<SheetRow>, Problem> {
    let damaged = || Problem::new("sheet_file_damaged");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let names: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    for name in names {
        let rows = sheet(&mut book, &name).ok_or_else(damaged)?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Ok(Vec::new())
}

fn sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Option<Vec<SheetRow>> {
    let mut reader = book.worksheet_cells_reader(name).ok()?;
    let mut rows: BTreeMap<u32, BTreeMap<usize, (String, bool)>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell_with_formula_metadata().ok()? {
        let (row, column) = cell.pos;
        let column = usize::try_from(column).ok()?;
        let (text, reckoned) = match &cell.formula {
            Some(XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. }) => {
                (format!("={formula}"), true)
            }
            Some(_) => ("=".to_owned(), true),
            None => shown(&cell.value),
        };
        if text.is_empty() || column >= MOST_COLUMNS {
            continue;
        }
        rows.entry(row).or_default().insert(column, (text, reckoned));
        // The headings, the most rows, and one that tells that there are more.
        if rows.len() > MOST_ROWS + 2 {
            break;
        }
    }
    Some(rows.into_iter().filter_map(|(row, cells)| whole(row, cells)).collect())
}

/// A row with the gaps between its cells filled.
fn whole(row: u32, found: BTreeMap<usize, (String, bool)>) -> Option<SheetRow> {
    let width = found.keys().next_back()? + 1;
    let mut cells = vec![String::new(); width];
    let mut formulas = Vec::new();
    for (place, (text, reckoned)) in found {
        if reckoned {
            formulas.push(place);
        }
        if let Some(cell) = cells.get_mut(place) {
            *cell = text;
        }
    }
    Some(SheetRow { row: usize::try_from(row).ok()? + 1, cells, formulas })
}

/// A cell as text, and whether it stands for something that was reckoned and went wrong.
fn shown(value: &DataRef<'_>) -> (String, bool) {
    let text = match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(known) => known.to_string(),
        DataRef::DateTime(when) => day(when),
        DataRef::DateTimeIso(text) => text.chars().take(10).collect(),
        DataRef::Error(error) => return (error.to_string(), true),
    };
    (text, false)
}

/// A number so that it cannot be misread: three decimals get a fourth, or they would look like thousands.
fn decimal(number: f64) -> String {
    let text = number.to_string();
    match text.split_once('.') {
        Some((_, decimals)) if decimals.len() == 3 => text + "0",
        _ => text,
    }
}

/// A day; a workbook keeps days as numbers with a format.
fn day(when: &ExcelDateTime) -> String {
    if when.is_duration() {
        return decimal(when.as_f64());
    }
    let (year, month, day, ..) = when.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

//! A trace as `.csv` and as `.xlsx`.
//!
//! What must stay true: no cell is reckoned by a spreadsheet: texts that look like formulas are texts; numbers and times are
//! kept as such, so that every column sorts and filters.

use super::report::Trace;
use super::rows::{Cell, TABLES, Table};
use crate::kernel::{LEGAL_ZONE, Moment};
use crate::words::Words;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

/// One table as spreadsheets here read it: semicolons, UTF-8 with a byte order mark.
#[must_use]
pub fn csv(table: &Table, words: &Words) -> String {
    let mut file = "\u{feff}".to_owned();
    let mut line = |cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        file.push_str(&cells.join(";"));
        file.push_str("\r\n");
    };
    line(table.head.iter().map(|key| words.say(key).into_owned()).collect());
    for row in &table.rows {
        line(row.iter().map(shown).collect());
    }
    file
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => neutral(text),
        Cell::Code(code) => {
            let plain = !code.is_empty() && code.chars().all(|c| c.is_ascii_digit() || c == '-');
            if plain { format!("=\"{code}\"") } else { neutral(code) }
        }
        Cell::Number(number) => number.to_string(),
        // Decimal commas, as spreadsheets here read them; never a float, so that nothing is rounded.
        Cell::Share(millionths) => format!("{},{:04}", millionths / 10_000, millionths % 10_000),
        Cell::Time(moment) => sortable(*moment),
    }
}

/// `2026-11-23 09:00:00` in the legal zone: as a text it sorts as the time does.
fn sortable(moment: Moment) -> String {
    moment.to_rfc3339_at(LEGAL_ZONE).chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

fn quoted(cell: &str) -> String {
    if cell.contains([';', '"', '\n', '\r', ',', '\t']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// What a spreadsheet would take for a formula gets an apostrophe in front.
fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// All tables as a workbook, each on a sheet of its own with a filter over its columns.
///
/// # Errors
/// When the workbook cannot be written; a sheet has at most 1,048,576 rows.
pub fn xlsx(trace: &Trace, words: &Words) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let time = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    let share = Format::new().set_num_format("0.0000");
    for table in TABLES.iter().filter_map(|name| trace.table(name, words)) {
        let sheet = book.add_worksheet();
        let title: String =
            words.say(table.title).chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
        sheet.set_name(title)?;
        for (column, key) in (0_u16..).zip(&table.head) {
            sheet.write_string_with_format(0, column, words.say(key), &bold)?;
            sheet.set_column_width(column, 18)?;
        }
        for (row, cells) in (1_u32..).zip(&table.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                write(sheet, row, column, cell, &time, &share)?;
            }
        }
        let last = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
        let columns = u16::try_from(table.head.len()).unwrap_or(1).saturating_sub(1);
        sheet.set_freeze_panes(1, 0)?;
        if last > 0 {
            sheet.autofilter(0, 0, last, columns)?;
        }
    }
    book.save_to_buffer()
}

/// Whole numbers as a spreadsheet holds them; exact up to 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "a spreadsheet has no other numbers; amounts stay far below 2^53"
)]
fn float(number: i64) -> f64 {
    number as f64
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    time: &Format,
    share: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        // A cell of text is never reckoned, whatever it begins with.
        Cell::Text(text) | Cell::Code(text) => {
            let text: String = text.chars().take(32_000).collect();
            sheet.write_string(row, column, text)?;
        }
        Cell::Number(number) => {
            sheet.write_number(row, column, float(*number))?;
        }
        Cell::Share(millionths) => {
            let percent = float(i64::try_from(*millionths).unwrap_or(0)) / 10_000.0;
            sheet.write_number_with_format(row, column, percent, share)?;
        }
        Cell::Time(moment) => {
            // Days since 30 December 1899, in the legal zone.
            let local = moment.micros() + i64::from(LEGAL_ZONE.minutes()) * 60_000_000;
            let days = float(local / 1_000) / 86_400_000.0 + 25_569.0;
            sheet.write_number_with_format(row, column, days, time)?;
        }
    }
    Ok(())
}

//! Writing rows as spreadsheets here read them: `.csv` with semicolons and a byte order mark, `.xlsx` with every cell as text.
//!
//! What must stay true: what was written is read back as it was; no cell is reckoned by the spreadsheet that opens it.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// Characters that a spreadsheet takes for the beginning of a formula.
const BEGINS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// A file of text under these headings.
#[must_use]
pub fn csv<'r>(headings: &[&str], rows: impl IntoIterator<Item = &'r [String]>) -> String {
    let mut file = "\u{feff}".to_owned();
    let mut line = |cells: Vec<String>| {
        file.push_str(&cells.join(";"));
        file.push_str("\r\n");
    };
    line(headings.iter().map(|heading| quoted(heading)).collect());
    for row in rows {
        line(row.iter().map(|cell| quoted(&neutral(cell))).collect());
    }
    file
}

fn quoted(cell: &str) -> String {
    if cell.contains([';', '"', '\n', '\r', ',', '\t']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// What a spreadsheet would take for a formula gets an apostrophe in front; so does a text that looks as if it had one.
#[must_use]
pub fn neutral(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next();
    let disguised = first == Some('\'') && letters.next().is_some_and(|c| c == '\'' || BEGINS.contains(&c));
    if disguised || first.is_some_and(|c| BEGINS.contains(&c)) { format!("'{text}") } else { text.to_owned() }
}

/// A cell of text without the apostrophe that [`neutral`] puts in front.
///
/// ```
/// use nguongoc::sheet::{neutral, plain};
/// for text in ["=1+1", "'=1", "''", "'a", "rau", ""] {
///     assert_eq!(plain(&neutral(text)), text);
/// }
/// ```
#[must_use]
pub fn plain(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with('\'') || rest.starts_with(BEGINS) => rest,
        _ => text,
    }
}

/// A workbook of one sheet under these headings.
///
/// # Errors
/// When the rows do not fit into a sheet.
pub fn xlsx<'r>(
    title: &str,
    headings: &[&str],
    rows: impl IntoIterator<Item = &'r [String]>,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let title: String = title.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
    sheet.set_name(title)?;
    let bold = Format::new().set_bold();
    for (column, heading) in (0_u16..).zip(headings) {
        sheet.write_string_with_format(0, column, *heading, &bold)?;
        sheet.set_column_width(column, 18)?;
    }
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            // A cell of text is never reckoned, whatever it begins with.
            sheet.write_string(row, column, cell)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

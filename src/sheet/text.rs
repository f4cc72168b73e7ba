//! A `.csv` file as spreadsheets write it, taken apart strictly: a broken quote is told with its row instead of being guessed at,
//! because a guess would move every later cell into another column.

use super::{MOST_COLUMNS, RowProblem, SheetRow};
use crate::kernel::Problem;

/// Takes text apart: UTF-8 with or without a byte order mark; cells are separated by semicolons, commas or tabs, whichever the first
/// row uses.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<SheetRow>, Vec<RowProblem>> {
    let whole = |code| vec![RowProblem::new(0, "", Problem::new(code))];
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| whole("sheet_file_not_utf8"))?;
    if text.contains('\0') {
        return Err(whole("sheet_file_not_utf8"));
    }
    let (hint, text, skipped) = separator_hint(text);
    let separator = hint.unwrap_or_else(|| separator(text));
    let mut reader = Reader { row: skipped + 1, ..Reader::default() };
    let rows = reader.read(text, separator);
    if reader.problems.is_empty() { Ok(rows) } else { Err(reader.problems) }
}

/// `sep=;` in the first row, as spreadsheets write and read it.
fn separator_hint(text: &str) -> (Option<char>, &str, usize) {
    let line = text.lines().next().unwrap_or_default();
    let hint = line.strip_prefix("sep=").and_then(|rest| rest.chars().next());
    match hint.filter(|c| [';', ',', '\t'].contains(c)) {
        Some(hint) => {
            (Some(hint), text.get(line.len()..).unwrap_or_default().trim_start_matches(['\r', '\n']), 1)
        }
        None => (None, text, 0),
    }
}

fn separator(text: &str) -> char {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let outside: String = line.split('"').step_by(2).collect();
    let count = |c: char| outside.chars().filter(|found| *found == c).count();
    // On a tie the first: semicolons are what spreadsheets write here.
    [';', '\t', ','].into_iter().rev().max_by_key(|c| count(*c)).unwrap_or(';')
}

#[derive(Default)]
struct Reader {
    row: usize,
    cells: Vec<String>,
    cell: String,
    problems: Vec<RowProblem>,
}

impl Reader {
    fn read(&mut self, text: &str, separator: char) -> Vec<SheetRow> {
        let mut rows = Vec::new();
        let mut characters = text.chars().peekable();
        let mut quoted = false;
        let mut closed = false;
        while let Some(c) = characters.next() {
            match c {
                '"' if quoted && characters.peek() == Some(&'"') => {
                    characters.next();
                    self.cell.push('"');
                }
                '"' if quoted => (quoted, closed) = (false, true),
                c if quoted => self.cell.push(c),
                '"' if self.cell.is_empty() && !closed => quoted = true,
                '\r' if characters.peek() == Some(&'\n') => {}
                '\n' | '\r' => {
                    closed = false;
                    self.end_cell();
                    rows.push(SheetRow::of(self.row, std::mem::take(&mut self.cells)));
                    self.row += 1;
                }
                c if c == separator => {
                    closed = false;
                    self.end_cell();
                }
                '"' => self.broken("sheet_quote_inside"),
                c if closed && c != ' ' => self.broken("sheet_quote_followed"),
                c => self.cell.push(c),
            }
        }
        if quoted {
            self.broken("sheet_quote_open");
        }
        if !self.cell.is_empty() || !self.cells.is_empty() || closed {
            self.end_cell();
            rows.push(SheetRow::of(self.row, std::mem::take(&mut self.cells)));
        }
        rows
    }

    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        if self.cells.len() < MOST_COLUMNS {
            self.cells.push(cell);
        }
    }

    /// Notes a broken quote, once for a row.
    fn broken(&mut self, code: &'static str) {
        let row = self.row;
        if self.problems.last().is_none_or(|last| last.row != row) {
            let shown: String = self.cell.chars().take(40).collect();
            self.problems.push(RowProblem::new(row, "", Problem::new(code).value(shown)));
        }
    }
}

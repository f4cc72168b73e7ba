//! Which column of a file is which, by the headings that people give them.

use super::{RowProblem, Sheet, SheetRow};
use crate::kernel::Problem;
use crate::kernel::fold::fold;

/// Headings that say nothing that is needed.
const IGNORED: [&str; 5] = ["stt", "tt", "so thu tu", "no", "ghi chu"];

/// A column that an import understands.
#[derive(Clone, Copy, Debug)]
pub struct Heading<C: 'static> {
    /// The column.
    pub column: C,
    /// The heading that is asked for when a needed column is missing, with its English name; none for a column that may be left out.
    pub needed: Option<(&'static str, &'static str)>,
    /// The folded headings that people give it.
    pub names: &'static [&'static str],
}

/// Where each column stands, and its heading as written.
#[derive(Clone, Debug)]
pub struct Columns<C> {
    found: Vec<(C, usize, String)>,
    width: usize,
}

impl<C> Default for Columns<C> {
    fn default() -> Self {
        Self { found: Vec::new(), width: 0 }
    }
}

impl<C: Copy + PartialEq> Columns<C> {
    /// Finds the columns of a file; adds what is wrong to `problems`, and what was left out to `warnings`.
    pub fn find(
        sheet: &Sheet,
        headings: &[Heading<C>],
        problems: &mut Vec<RowProblem>,
        warnings: &mut Vec<RowProblem>,
    ) -> Self {
        let mut columns = Self { found: Vec::new(), width: sheet.header.len() };
        for (place, heading) in sheet.header.iter().enumerate() {
            let folded = fold(heading);
            let Some(known) = headings.iter().find(|known| known.names.contains(&folded.as_str())) else {
                if !folded.is_empty() && !IGNORED.contains(&folded.as_str()) {
                    let problem = Problem::new("sheet_column_ignored").value(heading);
                    warnings.push(RowProblem::new(sheet.header_row, heading, problem));
                }
                continue;
            };
            if let Some((_, _, first)) = columns.found.iter().find(|(column, _, _)| *column == known.column) {
                let problem = Problem::new("sheet_column_twice").value(heading).arg("first", first);
                problems.push(RowProblem::new(sheet.header_row, heading, problem));
            } else {
                columns.found.push((known.column, place, heading.trim().to_owned()));
            }
        }
        for heading in headings {
            if let Some((named, english)) = heading.needed
                && !columns.has(heading.column)
            {
                let problem = Problem::new("sheet_column_missing").value(named).arg("english", english);
                problems.push(RowProblem::new(sheet.header_row, "", problem));
            }
        }
        columns
    }

    /// Whether the file has the column.
    #[must_use]
    pub fn has(&self, column: C) -> bool {
        self.found.iter().any(|(known, _, _)| *known == column)
    }

    /// The heading of a column, as written; empty when the file lacks it.
    #[must_use]
    pub fn heading(&self, column: C) -> &str {
        self.found.iter().find(|(known, _, _)| *known == column).map_or("", |(_, _, heading)| heading)
    }

    /// The columns with their headings, as they stand in the file.
    pub fn all(&self) -> impl Iterator<Item = (C, &str)> {
        self.found.iter().map(|(column, _, heading)| (*column, heading.as_str()))
    }

    fn place(&self, column: C) -> Option<usize> {
        self.found.iter().find(|(known, _, _)| *known == column).map(|(_, place, _)| *place)
    }

    /// The text of a row in a column; empty for a dash, which is how people write "nothing".
    #[must_use]
    pub fn cell<'r>(&self, row: &'r SheetRow, column: C) -> &'r str {
        let cell = self.place(column).and_then(|place| row.cells.get(place)).map_or("", |cell| cell.trim());
        if matches!(cell, "-" | "–" | "—") { "" } else { cell }
    }

    /// A code that a spreadsheet was kept from turning into a number: `="0100233488"`.
    #[must_use]
    pub fn code<'r>(&self, row: &'r SheetRow, column: C) -> &'r str {
        let cell = self.cell(row, column);
        let inner = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
        inner.filter(|inner| inner.chars().all(|c| c.is_ascii_digit() || c == '-')).unwrap_or(cell)
    }

    /// Whether a workbook reckons the cell of a row in a column.
    #[must_use]
    pub fn is_reckoned(&self, row: &SheetRow, column: C) -> bool {
        self.place(column).is_some_and(|place| row.formulas.contains(&place))
    }

    /// Refuses a row with texts beyond the last heading.
    ///
    /// # Errors
    /// `sheet_row_too_wide`.
    pub fn require_width(&self, row: &SheetRow) -> Result<(), RowProblem> {
        if row.cells.iter().skip(self.width).all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        let problem =
            Problem::new("sheet_row_too_wide").value(row.cells.len().to_string()).arg("width", self.width);
        Err(RowProblem::new(row.row, "", problem))
    }
}

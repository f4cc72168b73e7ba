//! Files with rows and columns that people keep in spreadsheets: `.csv` and `.xlsx` read by one reader, and written.
//!
//! What must stay true: what a file is, its bytes say, never its name; nothing of a workbook is unpacked before its size is known;
//! a cell is a text and nothing else: no formula is reckoned, and what one hides is never taken for a value.

mod columns;
mod package;
mod text;
mod workbook;
mod write;

pub use columns::{Columns, Heading};
pub use write::{csv, neutral, plain, xlsx};

use crate::kernel::Problem;
use tokio::sync::Semaphore;

/// The most rows below the headings.
pub const MOST_ROWS: usize = 20_000;
/// The most columns that are looked at.
const MOST_COLUMNS: usize = 100;
/// How many files are unpacked at a time: each may take some hundred megabytes for a moment.
static READING: Semaphore = Semaphore::const_new(2);

/// A problem and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The row, as a spreadsheet numbers it; 0 when the whole file is meant.
    pub row: usize,
    /// The column's heading as written; empty when the whole row is meant.
    pub column: String,
    /// What is wrong.
    pub problem: Problem,
}

impl RowProblem {
    /// A problem in a column of a row.
    #[must_use]
    pub fn new(row: usize, column: &str, problem: Problem) -> Self {
        Self { row, column: column.to_owned(), problem }
    }

    /// The problem with a field that names row and column: `rows.4.Name`.
    #[must_use]
    pub fn located(self) -> Problem {
        self.problem.at(format!("rows.{}.{}", self.row, self.column).trim_end_matches('.'))
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with separators.
    Csv,
    /// A workbook (ISO/IEC 29500); its first sheet that is not empty is read.
    Xlsx,
}

impl Format {
    /// The ending of such a file's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// The cells of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What the file is.
    pub format: Format,
    /// The row of the headings.
    pub header_row: usize,
    /// The headings.
    pub header: Vec<String>,
    /// The rows below that are not blank.
    pub rows: Vec<SheetRow>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// Its number, as a spreadsheet numbers it.
    pub row: usize,
    /// Its cells; may be fewer or more than the headings.
    pub cells: Vec<String>,
    /// The cells that a workbook reckons, by their place; such a cell shows the formula, never its last result.
    pub formulas: Vec<usize>,
}

impl SheetRow {
    pub(super) fn of(row: usize, cells: Vec<String>) -> Self {
        Self { row, cells, formulas: Vec::new() }
    }
}

impl Sheet {
    /// Reads a file of either format, told apart by its bytes.
    ///
    /// # Errors
    /// All that is wrong with the form of the file.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<RowProblem>> {
        let whole = |problem| vec![RowProblem::new(0, "", problem)];
        let (format, rows) = if bytes.starts_with(b"PK") {
            package::inspect(bytes).map_err(whole)?;
            (Format::Xlsx, workbook::rows(bytes).map_err(whole)?)
        } else if let Some(kind) = package::other_kind(bytes) {
            return Err(whole(Problem::new("sheet_file_other_kind").value(kind)));
        } else {
            (Format::Csv, text::rows(bytes)?)
        };
        let mut rows = rows.into_iter().filter(|row| row.cells.iter().any(|cell| !cell.trim().is_empty()));
        let Some(header) = rows.next() else { return Err(whole(Problem::new("sheet_file_empty"))) };
        let rows: Vec<SheetRow> = rows.take(MOST_ROWS + 1).collect();
        if rows.is_empty() {
            return Err(whole(Problem::new("sheet_file_empty")));
        }
        if rows.len() > MOST_ROWS {
            return Err(whole(Problem::new("sheet_file_too_many_rows").arg("most", MOST_ROWS)));
        }
        Ok(Self { format, header_row: header.row, header: header.cells, rows })
    }

    /// Reads a file beside the threads that answer requests: unpacking a workbook takes a moment.
    ///
    /// # Errors
    /// As [`Sheet::read`].
    pub async fn open(bytes: &[u8]) -> Result<Self, Vec<RowProblem>> {
        let _permit = READING.acquire().await;
        let bytes = bytes.to_vec();
        let read = tokio::task::spawn_blocking(move || Self::read(&bytes)).await;
        read.unwrap_or_else(|_| Err(vec![RowProblem::new(0, "", Problem::new("sheet_file_damaged"))]))
    }
}

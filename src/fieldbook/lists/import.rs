//! From a file of the authority to the contents of a version: every problem is found in one go, told by row, column, value and fix,
//! and a file with a problem gives nothing at all.

mod bands;
mod crops;
mod substances;

use super::model::{Contents, Crop, ListKind};
use crate::kernel::fold::fold;
use crate::kernel::{Day, Lang, Line, Problem};
use crate::products::Group;
use crate::sheet::{Columns, Format, Heading, RowProblem, Sheet, SheetRow, plain};
use crate::words::Words;

/// What a good file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The contents.
    pub contents: Contents,
    /// What was taken in and should be looked at all the same.
    pub warnings: Vec<RowProblem>,
}

/// What a file is read against.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'g> {
    /// The crops that rows may name.
    pub crops: &'g [Crop],
    /// The first day of the version: that of a band which gives none of its own.
    pub from: Day,
    /// Where the version comes from: the source of a band which gives none of its own.
    pub source: &'g str,
}

/// Reads a file of a list.
///
/// # Errors
/// Everything that is wrong, by row; nothing is to be published then.
pub fn read(kind: ListKind, sheet: &Sheet, ground: &Ground<'_>) -> Result<Imported, Vec<RowProblem>> {
    let (contents, warnings) = match kind {
        ListKind::Crops => crops::read(sheet)?,
        ListKind::Substances => substances::read(sheet, ground)?,
        ListKind::Bands => bands::read(sheet, ground)?,
    };
    Ok(Imported { contents, warnings })
}

type Read = Result<(Contents, Vec<RowProblem>), Vec<RowProblem>>;

/// A file under way: its columns, and what was found wrong so far.
struct Reader<'s, C> {
    sheet: &'s Sheet,
    columns: Columns<C>,
    problems: Vec<RowProblem>,
    warnings: Vec<RowProblem>,
}

impl<'s, C: Copy + PartialEq> Reader<'s, C> {
    fn new(sheet: &'s Sheet, headings: &[Heading<C>]) -> Result<Self, Vec<RowProblem>> {
        let (mut problems, mut warnings) = (Vec::new(), Vec::new());
        let columns = Columns::find(sheet, headings, &mut problems, &mut warnings);
        if problems.is_empty() { Ok(Self { sheet, columns, problems, warnings }) } else { Err(problems) }
    }

    fn finish(self, contents: Contents) -> Read {
        if self.problems.is_empty() { Ok((contents, self.warnings)) } else { Err(self.problems) }
    }

    /// The text of a cell as its writer meant it: without the marks that keep a spreadsheet from reckoning it.
    fn cell<'r>(&self, row: &'r SheetRow, column: C) -> &'r str {
        let cell = self.columns.cell(row, column);
        if self.sheet.format == Format::Xlsx {
            return cell;
        }
        let inner = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
        inner.unwrap_or_else(|| plain(cell))
    }

    fn wrong(&mut self, row: &SheetRow, column: C, problem: Problem) {
        let heading = self.columns.heading(column).to_owned();
        self.problems.push(RowProblem::new(row.row, &heading, problem));
    }

    fn take<T>(&mut self, row: &SheetRow, column: C, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.wrong(row, column, problem)).ok()
    }

    /// Looks at a row as a whole; whether its cells may be read. What a formula hides cannot be judged.
    fn begin(&mut self, row: &SheetRow) -> bool {
        let before = self.problems.len();
        self.problems.extend(self.columns.require_width(row).err());
        let reckoned: Vec<(C, String)> = self
            .columns
            .all()
            .filter(|(column, _)| self.columns.is_reckoned(row, *column))
            .map(|(column, heading)| (column, heading.to_owned()))
            .collect();
        for (column, heading) in reckoned {
            let problem = Problem::new("sheet_cell_formula").value(self.columns.cell(row, column));
            self.problems.push(RowProblem::new(row.row, &heading, problem));
        }
        self.problems.len() == before
    }

    /// A text of at most `MAX` characters with at least one letter or digit.
    fn line<const MAX: usize>(&mut self, row: &SheetRow, column: C) -> Option<String> {
        let line = Line::<MAX>::parse(self.cell(row, column)).map(Line::into_string);
        let line = line.and_then(|line| {
            if fold(&line).is_empty() { Err(Problem::new("list_name_unsaid").value(&line)) } else { Ok(line) }
        });
        self.take(row, column, line)
    }

    /// A day that may be left out; a wrong one is among the problems.
    fn day(&mut self, row: &SheetRow, column: C) -> Option<Day> {
        match self.cell(row, column) {
            "" => None,
            text => self.take(row, column, Day::parse(text)),
        }
    }

    /// Two days, the second of which is not before the first.
    fn term(&mut self, row: &SheetRow, from: C, to: C) -> (Option<Day>, Option<Day>) {
        let (first, last) = (self.day(row, from), self.day(row, to));
        if let (Some(first), Some(last)) = (first, last)
            && last < first
        {
            let problem =
                Problem::new("list_days_backwards").value(last.vietnamese()).arg("from", first.vietnamese());
            self.wrong(row, to, problem);
        }
        (first, last)
    }

    /// The crop that a text names: by its code or by its name in either language.
    fn crop<'g>(&mut self, row: &SheetRow, column: C, text: &str, crops: &'g [Crop]) -> Option<&'g Crop> {
        let folded = fold(text);
        let found = crops.iter().find(|crop| crop.code.as_str() == text).or_else(|| {
            crops.iter().find(|crop| fold(&crop.name) == folded || fold(&crop.name_en) == folded)
        });
        let problem =
            || if text.is_empty() { Problem::new("text_empty") } else { unknown("list_crop_unknown", text) };
        self.take(row, column, found.ok_or_else(problem))
    }

    /// The group that a cell names.
    fn group(&mut self, row: &SheetRow, column: C) -> Option<&'static Group> {
        let text = self.cell(row, column);
        let problem =
            || if text.is_empty() { Problem::new("text_empty") } else { unknown("list_group_unknown", text) };
        self.take(row, column, Group::named(text).ok_or_else(problem))
    }

    fn twice(&mut self, row: &SheetRow, column: C, first: usize) {
        let problem = Problem::new("list_row_twice").value(self.cell(row, column)).arg("first", first);
        self.wrong(row, column, problem);
    }
}

fn unknown(code: &'static str, text: &str) -> Problem {
    Problem::new(code).value(text)
}

/// The one of `all` that a text names: by its stored name, or by its word in either language.
fn named<T: Copy>(
    text: &str,
    all: &[T],
    stored: fn(T) -> &'static str,
    key: fn(T) -> &'static str,
) -> Option<T> {
    let folded = fold(text);
    let says = |lang, one: T| fold(&Words::of(lang).say(key(one))) == folded;
    all.iter().copied().find(|one| stored(*one) == text || says(Lang::Vi, *one) || says(Lang::En, *one))
}

/// Splits `14 ngày` before the first letter.
fn split_unit(text: &str) -> (&str, &str) {
    let start = text.find(|c: char| c.is_alphabetic() || matches!(c, '%' | '‰')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(start).unwrap_or((text, ""));
    (number.trim(), unit.trim())
}

//! From a file of the authority to the lines of a roster: every problem is found in one go, told by row, column, value, reason and
//! fix, and a file with a problem gives no line at all.

use super::model::{Entry, Months, group, kind, sells};
use super::sheet::{RowProblem, Sheet, SheetRow};
use crate::kernel::commune::{self, Match};
use crate::kernel::fold::fold;
use crate::kernel::{CommuneCode, Day, Line, Problem, RosterEntryId, Sha256Hash, TaxNumber};
use crate::parties::{Kind, tax_match};
use crate::products::{Group, groups};
use std::collections::HashMap;

/// A column that the import understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Name,
    Tax,
    Commune,
    Province,
    Groups,
    Months,
    ActiveFrom,
    ActiveTo,
    Kind,
    Sells,
}

/// The columns with the folded headings that people give them; the first is named when the column is missing.
const HEADINGS: [(Column, &[&str]); 10] = [
    (
        Column::Name,
        &[
            "ten co so",
            "ten",
            "ten doanh nghiep",
            "ten don vi",
            "co so",
            "don vi",
            "name",
            "firm",
            "firm name",
        ],
    ),
    (
        Column::Tax,
        &["ma so thue", "mst", "ma so doanh nghiep", "ma so thue dn", "tax number", "tax code", "tax"],
    ),
    (Column::Commune, &["xa phuong", "phuong xa", "xa", "phuong", "ma xa", "dia ban", "commune", "ward"]),
    (Column::Province, &["tinh thanh", "tinh thanh pho", "tinh", "thanh pho", "tinh tp", "province", "city"]),
    (
        Column::Groups,
        &["nhom san pham", "nhom", "nhom hang", "san pham", "product groups", "product group", "groups"],
    ),
    (Column::Months, &["thang ban", "cac thang ban", "thang ban hang", "selling months", "months"]),
    (Column::ActiveFrom, &["hoat dong tu", "tu ngay", "ngay bat dau", "active from"]),
    (Column::ActiveTo, &["hoat dong den", "den ngay", "ngay ket thuc", "active to"]),
    (Column::Kind, &["loai hinh", "loai hinh co so", "loai co so", "kind"]),
    (Column::Sells, &["du kien ban", "co ban", "ban hang", "expected to sell", "expected", "sells"]),
];

/// Headings that say nothing the roster needs.
const IGNORED: [&str; 5] = ["stt", "tt", "so thu tu", "no", "ghi chu"];

/// What a good file holds.
#[derive(Debug)]
pub struct Imported {
    /// The lines, by row.
    pub entries: Vec<Entry>,
    /// What was taken in and should be looked at all the same.
    pub warnings: Vec<RowProblem>,
}

/// Reads a roster. `id` gives each line its id.
///
/// # Errors
/// Everything that is wrong, by row; nothing is to be imported then.
pub fn read(bytes: &[u8], mut id: impl FnMut() -> RosterEntryId) -> Result<Imported, Vec<RowProblem>> {
    let sheet = Sheet::read(bytes)?;
    let mut import = Import::default();
    import.headings(&sheet);
    if !import.problems.is_empty() {
        return Err(import.problems);
    }
    let mut entries = Vec::with_capacity(sheet.rows.len());
    for row in &sheet.rows {
        if let Some(entry) = import.line(row, &mut id) {
            import.note_twice(row.row, &entry);
            entries.push(entry);
        }
    }
    if import.problems.is_empty() {
        Ok(Imported { entries, warnings: import.warnings })
    } else {
        Err(import.problems)
    }
}

#[derive(Default)]
struct Import {
    /// Where each column stands, and its heading as written.
    columns: Vec<(Column, usize, String)>,
    width: usize,
    problems: Vec<RowProblem>,
    warnings: Vec<RowProblem>,
    taxes: HashMap<Sha256Hash, usize>,
    names: HashMap<(String, CommuneCode), (usize, bool)>,
}

impl Import {
    fn headings(&mut self, sheet: &Sheet) {
        self.width = sheet.header.len();
        for (place, heading) in sheet.header.iter().enumerate() {
            let folded = fold(heading);
            let found = HEADINGS.iter().find(|(_, names)| names.contains(&folded.as_str()));
            let Some((column, _)) = found else {
                if !folded.is_empty() && !IGNORED.contains(&folded.as_str()) {
                    let problem = Problem::new("roster_column_ignored").value(heading);
                    self.warnings.push(RowProblem::new(sheet.header_row, heading, problem));
                }
                continue;
            };
            if let Some((_, _, first)) = self.columns.iter().find(|(known, _, _)| known == column) {
                let problem = Problem::new("roster_column_twice").value(heading).arg("first", first);
                self.problems.push(RowProblem::new(sheet.header_row, heading, problem));
            } else {
                self.columns.push((*column, place, heading.trim().to_owned()));
            }
        }
        for wanted in [Column::Name, Column::Tax, Column::Commune, Column::Groups] {
            if !self.columns.iter().any(|(known, _, _)| *known == wanted) {
                let names = HEADINGS.iter().find(|(column, _)| *column == wanted).map(|(_, names)| *names);
                let named = match wanted {
                    Column::Name => "Tên cơ sở",
                    Column::Tax => "Mã số thuế",
                    Column::Commune => "Xã/phường",
                    _ => "Nhóm sản phẩm",
                };
                let english = names.and_then(|names| names.last()).copied().unwrap_or_default();
                let problem = Problem::new("roster_column_missing").value(named).arg("english", english);
                self.problems.push(RowProblem::new(sheet.header_row, "", problem));
            }
        }
    }

    /// The heading of a column, as written.
    fn heading(&self, column: Column) -> &str {
        self.columns.iter().find(|(known, _, _)| *known == column).map_or("", |(_, _, heading)| heading)
    }

    fn cell<'r>(&self, row: &'r SheetRow, column: Column) -> &'r str {
        let place = self.columns.iter().find(|(known, _, _)| *known == column).map(|(_, place, _)| *place);
        let cell = place.and_then(|place| row.cells.get(place)).map_or("", |cell| cell.trim());
        // A dash is how people write "nothing".
        if matches!(cell, "-" | "–" | "—") { "" } else { cell }
    }

    /// A code that a spreadsheet was kept from turning into a number: `="0100233488"`.
    fn code<'r>(&self, row: &'r SheetRow, column: Column) -> &'r str {
        let cell = self.cell(row, column);
        let inner = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
        inner.filter(|inner| inner.chars().all(|c| c.is_ascii_digit() || c == '-')).unwrap_or(cell)
    }

    fn wrong(&mut self, row: usize, column: Column, problem: Problem) {
        let heading = self.heading(column).to_owned();
        self.problems.push(RowProblem::new(row, &heading, problem));
    }

    fn take<T>(&mut self, row: usize, column: Column, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.wrong(row, column, problem)).ok()
    }

    fn line(&mut self, row: &SheetRow, id: &mut impl FnMut() -> RosterEntryId) -> Option<Entry> {
        let before = self.problems.len();
        if row.cells.iter().skip(self.width).any(|cell| !cell.trim().is_empty()) {
            let problem = Problem::new("roster_row_too_wide")
                .value(row.cells.len().to_string())
                .arg("width", self.width);
            self.problems.push(RowProblem::new(row.row, "", problem));
        }
        self.formulas(row);
        if self.problems.len() > before {
            // What a formula hides cannot be judged further.
            return None;
        }
        let at = row.row;
        let name = self.take(at, Column::Name, <Line>::parse(self.cell(row, Column::Name)));
        let tax = self.tax(row);
        let commune = self.commune(row);
        let groups = self.groups(row);
        let months = match self.cell(row, Column::Months) {
            "" => Some(Months::ALL),
            text => self.take(at, Column::Months, Months::parse(text)),
        };
        let active_from = self.day(row, Column::ActiveFrom);
        let active_to = self.day(row, Column::ActiveTo);
        if let (Some(from), Some(to)) = (active_from, active_to)
            && from > to
        {
            let problem =
                Problem::new("roster_period_backwards").value(to.vietnamese()).arg("from", from.vietnamese());
            self.wrong(at, Column::ActiveTo, problem);
        }
        let kind = self.kind(row);
        let expected = self.expected(row, kind);
        if self.problems.len() > before {
            return None;
        }
        let name = name?.into_string();
        Some(Entry {
            id: id(),
            row: i64::try_from(at).unwrap_or(i64::MAX),
            name_folded: fold(&name),
            name,
            tax_shown: tax.as_ref().map(TaxNumber::masked),
            tax_match: tax.as_ref().map(tax_match),
            commune: commune?,
            kind,
            groups: groups?,
            months: months?,
            active_from,
            active_to,
            expected: expected?,
        })
    }

    /// Cells that a spreadsheet would reckon: they could carry a command to the next reader of the file.
    fn formulas(&mut self, row: &SheetRow) {
        for (column, place, heading) in self.columns.clone() {
            let cell = match column {
                Column::Tax | Column::Commune => self.code(row, column),
                _ => self.cell(row, column),
            };
            if cell.starts_with(['=', '+', '-', '@']) && row.cells.get(place).is_some() {
                let problem = Problem::new("roster_cell_formula").value(cell);
                self.problems.push(RowProblem::new(row.row, &heading, problem));
            }
        }
    }

    fn tax(&mut self, row: &SheetRow) -> Option<TaxNumber> {
        let text = self.code(row, Column::Tax);
        if text.is_empty() {
            let heading = self.heading(Column::Tax).to_owned();
            self.warnings.push(RowProblem::new(row.row, &heading, Problem::new("roster_tax_absent")));
            return None;
        }
        let result = TaxNumber::parse(text).map_err(|problem| {
            // A spreadsheet drops the zero in front; the number with it would be right.
            let restored = TaxNumber::parse(&format!("0{text}"));
            if restored.is_ok() {
                Problem::new("roster_tax_zero_lost").value(&problem.value)
            } else {
                problem
            }
        });
        self.take(row.row, Column::Tax, result)
    }

    fn commune(&mut self, row: &SheetRow) -> Option<CommuneCode> {
        let text = self.code(row, Column::Commune);
        let province = self.cell(row, Column::Province);
        let result = if text.is_empty() {
            Err(Problem::new("text_empty"))
        } else if text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            CommuneCode::parse(text)
        } else {
            match commune::matching(text, Some(province).filter(|text| !text.is_empty())) {
                Match::One(commune) => Ok(commune.code),
                Match::None => Err(Problem::new("roster_commune_not_found").value(text)),
                Match::Many(found) => {
                    let found: Vec<String> = found.iter().take(5).map(ToString::to_string).collect();
                    Err(Problem::new("roster_commune_ambiguous").value(text).arg("found", found.join("; ")))
                }
            }
        };
        self.take(row.row, Column::Commune, result)
    }

    fn groups(&mut self, row: &SheetRow) -> Option<Vec<&'static Group>> {
        let text = self.cell(row, Column::Groups);
        let before = self.problems.len();
        let mut found = Vec::new();
        for part in text.split([',', ';', '/', '|']).filter(|part| !part.trim().is_empty()) {
            found.extend(self.take(row.row, Column::Groups, group(part)));
        }
        if found.is_empty() && self.problems.len() == before {
            self.wrong(row.row, Column::Groups, Problem::new("text_empty"));
        }
        // In the order of the list, each once, however they were written.
        let sorted = groups().iter().filter(|group| found.contains(group)).collect();
        (self.problems.len() == before).then_some(sorted)
    }

    /// A day that may be left out; a wrong one is among the problems, and its line is dropped for that.
    fn day(&mut self, row: &SheetRow, column: Column) -> Option<Day> {
        match self.cell(row, column) {
            "" => None,
            text => self.take(row.row, column, Day::parse(text)),
        }
    }

    /// A kind that may be left out; as for days.
    fn kind(&mut self, row: &SheetRow) -> Option<Kind> {
        match self.cell(row, Column::Kind) {
            "" => None,
            text => self.take(row.row, Column::Kind, kind(text)),
        }
    }

    fn expected(&mut self, row: &SheetRow, kind: Option<Kind>) -> Option<bool> {
        let text = self.cell(row, Column::Sells);
        match fold(text).as_str() {
            "" => Some(kind.is_none_or(sells)),
            "co" | "x" | "yes" | "1" | "true" => Some(true),
            "khong" | "no" | "0" | "false" => Some(false),
            _ => self.take(row.row, Column::Sells, Err(Problem::new("roster_yes_or_no").value(text))),
        }
    }

    /// The same firm twice: by number it is wrong, by name and commune it is to be looked at unless a number tells the two apart.
    fn note_twice(&mut self, row: usize, entry: &Entry) {
        if let Some(number) = entry.tax_match
            && let Some(first) = self.taxes.insert(number, row)
        {
            self.taxes.insert(number, first);
            let shown = entry.tax_shown.clone().unwrap_or_default();
            self.wrong(row, Column::Tax, Problem::new("roster_tax_twice").value(shown).arg("first", first));
            return;
        }
        let key = (entry.name_folded.clone(), entry.commune);
        let numbered = entry.tax_match.is_some();
        match self.names.get(&key).copied() {
            None => {
                self.names.insert(key, (row, numbered));
            }
            Some((first, also)) => {
                let problem = Problem::new("roster_name_twice").value(&entry.name).arg("first", first);
                if numbered && also {
                    let heading = self.heading(Column::Name).to_owned();
                    self.warnings.push(RowProblem::new(row, &heading, problem));
                } else {
                    self.wrong(row, Column::Name, problem);
                }
            }
        }
    }
}

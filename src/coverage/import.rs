//! From a file of the authority to the lines of a roster: every problem is found in one go, told by row, column, value, reason and
//! fix, and a file with a problem gives no line at all.

use super::model::{Entry, Months, group, kind, sells};
use crate::kernel::commune::{self, Match};
use crate::kernel::fold::fold;
use crate::kernel::{CommuneCode, Day, Line, Problem, RosterEntryId, Sha256Hash, TaxNumber};
use crate::parties::{Kind, tax_match};
use crate::products::{Group, groups};
use crate::sheet::{Columns, Heading, RowProblem, Sheet, SheetRow};
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

/// A column with the folded headings that people give it.
const fn heading(
    column: Column,
    needed: Option<(&'static str, &'static str)>,
    names: &'static [&'static str],
) -> Heading<Column> {
    Heading { column, needed, names }
}

const HEADINGS: [Heading<Column>; 10] = [
    heading(
        Column::Name,
        Some(("Tên cơ sở", "firm name")),
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
    heading(
        Column::Tax,
        Some(("Mã số thuế", "tax")),
        &["ma so thue", "mst", "ma so doanh nghiep", "ma so thue dn", "tax number", "tax code", "tax"],
    ),
    heading(
        Column::Commune,
        Some(("Xã/phường", "ward")),
        &["xa phuong", "phuong xa", "xa", "phuong", "ma xa", "dia ban", "commune", "ward"],
    ),
    heading(
        Column::Province,
        None,
        &["tinh thanh", "tinh thanh pho", "tinh", "thanh pho", "tinh tp", "province", "city"],
    ),
    heading(
        Column::Groups,
        Some(("Nhóm sản phẩm", "groups")),
        &["nhom san pham", "nhom", "nhom hang", "san pham", "product groups", "product group", "groups"],
    ),
    heading(
        Column::Months,
        None,
        &["thang ban", "cac thang ban", "thang ban hang", "selling months", "months"],
    ),
    heading(Column::ActiveFrom, None, &["hoat dong tu", "tu ngay", "ngay bat dau", "active from"]),
    heading(Column::ActiveTo, None, &["hoat dong den", "den ngay", "ngay ket thuc", "active to"]),
    heading(Column::Kind, None, &["loai hinh", "loai hinh co so", "loai co so", "kind"]),
    heading(
        Column::Sells,
        None,
        &["du kien ban", "co ban", "ban hang", "expected to sell", "expected", "sells"],
    ),
];

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
pub fn read(sheet: &Sheet, mut id: impl FnMut() -> RosterEntryId) -> Result<Imported, Vec<RowProblem>> {
    let mut import = Import::default();
    import.columns = Columns::find(sheet, &HEADINGS, &mut import.problems, &mut import.warnings);
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
    columns: Columns<Column>,
    problems: Vec<RowProblem>,
    warnings: Vec<RowProblem>,
    taxes: HashMap<Sha256Hash, usize>,
    names: HashMap<(String, CommuneCode), (usize, bool)>,
}

impl Import {
    fn cell<'r>(&self, row: &'r SheetRow, column: Column) -> &'r str {
        self.columns.cell(row, column)
    }

    fn code<'r>(&self, row: &'r SheetRow, column: Column) -> &'r str {
        self.columns.code(row, column)
    }

    fn heading(&self, column: Column) -> &str {
        self.columns.heading(column)
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
        self.problems.extend(self.columns.require_width(row).err());
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
        let mut found = Vec::new();
        for (column, heading) in self.columns.all() {
            let cell = match column {
                Column::Tax | Column::Commune => self.code(row, column),
                _ => self.cell(row, column),
            };
            if cell.starts_with(['=', '+', '-', '@']) || self.columns.is_reckoned(row, column) {
                let problem = Problem::new("sheet_cell_formula").value(cell);
                found.push(RowProblem::new(row.row, heading, problem));
            }
        }
        self.problems.extend(found);
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

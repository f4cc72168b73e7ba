//! Reports as `.csv`, as spreadsheets here read them: semicolons, UTF-8 with a byte order mark, `dd/mm/yyyy`, codes kept from losing their
//! leading zeros, and no cell that a spreadsheet would reckon.
//!
//! What must stay true: the bytes depend on the report, the roster and the language, and on nothing else.

use super::ladder::{Cell, Lack, OffRoster, Report, Rungs};
use super::model::Roster;
use crate::kernel::CommuneCode;
use crate::words::Words;

/// A file under way.
struct Csv(String);

impl Csv {
    fn new() -> Self {
        Self("\u{feff}".to_owned())
    }

    fn row(&mut self, cells: &[String]) {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        self.0.push_str(&cells.join(";"));
        self.0.push_str("\r\n");
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([';', '"', '\n', '\r', ',', '\t']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// A text that came from outside: what a spreadsheet would take for a formula gets an apostrophe in front.
fn text(value: &str) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

/// A code made of digits and hyphens, which a spreadsheet keeps as text.
fn code(value: &str) -> String {
    let plain = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit() || c == '-');
    if plain { format!("=\"{value}\"") } else { text(value) }
}

fn head(csv: &mut Csv, words: &Words, roster: &Roster, report: &Report, title: &str) {
    let mut line = |key: &str, value: String| csv.row(&[words.say(key).into_owned(), value]);
    line(title, String::new());
    line("coverage-as-of", report.as_of.vietnamese());
    line("coverage-roster", text(&roster.name));
    let period = format!("{}–{}", roster.period.from.vietnamese(), roster.period.to.vietnamese());
    line("coverage-period", period);
    let state = if roster.frozen_at.is_some() { "coverage-frozen" } else { "coverage-draft" };
    line("coverage-state", words.say(state).into_owned());
    line("coverage-definition", report.definition.version.clone());
    line("coverage-roster-hash", roster.file_hash.to_string());
    csv.row(&[]);
}

/// The ladder: total, city and linked provinces, by commune, by product group. Counts only; whoever wants a percentage has both numbers.
#[must_use]
pub fn report_csv(words: &Words, roster: &Roster, report: &Report) -> String {
    let mut csv = Csv::new();
    head(&mut csv, words, roster, report, "coverage-title");
    let say = |key: &str| words.say(key).into_owned();
    csv.row(&[
        say("coverage-part"),
        say("coverage-code"),
        say("coverage-name"),
        say("coverage-c1-covered"),
        say("coverage-c1-of"),
        say("coverage-c1-unknown"),
        say("coverage-c2-covered"),
        say("coverage-c2-of"),
        say("coverage-c2-unknown"),
    ]);
    let mut line = |part: &str, shown: String, name: String, rungs: &Rungs| {
        let count =
            |cell: &Cell| [cell.covered.to_string(), cell.firms().to_string(), cell.unknown.to_string()];
        let mut cells = vec![words.say(part).into_owned(), shown, name];
        cells.extend(count(&rungs.registered));
        cells.extend(count(&rungs.issuing));
        csv.row(&cells);
    };
    line("coverage-all", String::new(), String::new(), &report.total);
    line("coverage-city", String::new(), String::new(), &report.city);
    line("coverage-linked", String::new(), String::new(), &report.linked);
    for (group, rungs) in &report.groups {
        line("coverage-by-group", String::new(), group.name(words.lang()).to_owned(), rungs);
    }
    for (commune, rungs) in &report.communes {
        line("coverage-by-commune", code(commune.as_str()), commune.commune().to_string(), rungs);
    }
    for (commune, rungs) in &report.linked_communes {
        line("coverage-by-linked-commune", code(commune.as_str()), commune.commune().to_string(), rungs);
    }
    csv.0
}

/// The firms in scope that are not covered, each with what is missing.
#[must_use]
pub fn not_covered_csv(words: &Words, roster: &Roster, report: &Report) -> String {
    let mut csv = Csv::new();
    head(&mut csv, words, roster, report, "coverage-not-covered");
    let say = |key: &str| words.say(key).into_owned();
    let mut header = vec![say("coverage-row"), say("coverage-name"), say("coverage-tax-number")];
    header.extend(place_head(words));
    header.extend([say("coverage-groups"), say("coverage-c1"), say("coverage-missing")]);
    csv.row(&header);
    for firm in &report.not_covered {
        let entry = &firm.entry;
        let groups: Vec<&str> = entry.groups.iter().map(|group| group.name(words.lang())).collect();
        let lacks: Vec<String> = firm.lacks.iter().map(|lack| lack_text(words, *lack)).collect();
        let mut cells = vec![
            entry.row.to_string(),
            text(&entry.name),
            code(entry.tax_shown.as_deref().unwrap_or_default()),
        ];
        cells.extend(place_cells(entry.commune));
        cells.extend([groups.join(", "), say(reached_key(firm.registered)), lacks.join("; ")]);
        csv.row(&cells);
    }
    csv.0
}

/// The parties that sell and are not on the roster; in no numerator.
#[must_use]
pub fn off_roster_csv(words: &Words, roster: &Roster, report: &Report) -> String {
    let mut csv = Csv::new();
    head(&mut csv, words, roster, report, "coverage-off-roster");
    let say = |key: &str| words.say(key).into_owned();
    let mut header = vec![say("coverage-name"), say("coverage-tax-number")];
    header.extend(place_head(words));
    header.extend([say("coverage-c1"), say("coverage-c2")]);
    csv.row(&header);
    for OffRoster { firm, registered, issuing } in &report.off_roster {
        let mut cells = vec![text(&firm.name), code(firm.tax_number.as_deref().unwrap_or_default())];
        cells.extend(place_cells(firm.commune));
        cells.extend([say(reached_key(Some(*registered))), say(reached_key(Some(*issuing)))]);
        csv.row(&cells);
    }
    csv.0
}

fn place_head(words: &Words) -> [String; 3] {
    ["coverage-commune-code", "coverage-commune", "coverage-province"].map(|key| words.say(key).into_owned())
}

fn place_cells(commune: CommuneCode) -> [String; 3] {
    let known = commune.commune();
    [code(commune.as_str()), known.name.clone(), known.province.province().to_string()]
}

/// The word for whether a rung is reached.
#[must_use]
pub(super) fn reached_key(reached: Option<bool>) -> &'static str {
    match reached {
        Some(true) => "coverage-yes",
        Some(false) => "coverage-no",
        None => "coverage-unknown",
    }
}

/// What a firm lacks, in words.
#[must_use]
pub(super) fn lack_text(words: &Words, lack: Lack) -> String {
    if let Lack::Months { have, need, elapsed } = lack {
        let values =
            [("have", have.to_string()), ("need", need.to_string()), ("elapsed", elapsed.to_string())];
        return words.with("coverage-lack-months", &values);
    }
    words.say(lack_key(lack)).into_owned()
}

/// The key of the sentence about a lack.
pub(super) fn lack_key(lack: Lack) -> &'static str {
    match lack {
        Lack::Decision => "coverage-lack-decision",
        Lack::Party => "coverage-lack-party",
        Lack::Approval => "coverage-lack-approval",
        Lack::Refused => "coverage-lack-refused",
        Lack::Suspended => "coverage-lack-suspended",
        Lack::Place => "coverage-lack-place",
        Lack::PlaceComplete => "coverage-lack-place-complete",
        Lack::Product => "coverage-lack-product",
        Lack::ProductComplete => "coverage-lack-product-complete",
        Lack::Code => "coverage-lack-code",
        Lack::Months { .. } => "coverage-lack-months",
    }
}

//! The book of a season as `.csv` and `.xlsx`, with the columns that VietGAP asks for (TCVN 11892-1:2017).
//!
//! What must stay true: no cell is reckoned by a spreadsheet; days stand as dd/mm/yyyy, amounts with their units; entries that were
//! declared wrong stand there too, and say so.

use super::model::{Activity, Harvest};
use super::service::{Recorders, SeasonSheet};
use crate::kernel::{Day, Lang, show_amount};
use crate::words::Words;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// The keys of the headings.
const HEADINGS: [&str; 22] = [
    "fieldbook-column-day",
    "fieldbook-column-kind",
    "fieldbook-column-plot",
    "fieldbook-column-crop",
    "fieldbook-column-product",
    "fieldbook-column-ingredient",
    "fieldbook-column-pest",
    "fieldbook-column-method",
    "fieldbook-column-equipment",
    "fieldbook-column-dose",
    "fieldbook-column-area",
    "fieldbook-column-amount",
    "fieldbook-column-waiting-days",
    "fieldbook-column-until",
    "fieldbook-column-person",
    "fieldbook-column-source",
    "fieldbook-column-lot",
    "fieldbook-column-result",
    "fieldbook-column-note",
    "fieldbook-column-entered",
    "fieldbook-column-origin",
    "fieldbook-column-wrong",
];

fn headings(words: &Words) -> Vec<String> {
    HEADINGS.iter().map(|key| words.say(key).into_owned()).collect()
}

/// The rows: entries and harvests, in order of their days.
fn rows(sheet: &SeasonSheet, words: &Words, lang: Lang) -> Vec<Vec<String>> {
    let crop = sheet
        .crop
        .as_ref()
        .map_or_else(|| sheet.season.crop.as_str().to_owned(), |crop| crop.name_in(lang).to_owned());
    let entries = sheet.activities.iter().map(|entry| (entry.day, row(entry, sheet, &crop, words, lang)));
    let harvests = sheet
        .harvests
        .iter()
        .map(|harvest| (harvest.at.day(), harvested(harvest, sheet, &crop, words, lang)));
    let mut rows: Vec<(Day, Vec<String>)> = entries.chain(harvests).collect();
    rows.sort_by_key(|(day, _)| *day);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(entry: &Activity, sheet: &SeasonSheet, crop: &str, words: &Words, lang: Lang) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let spray = entry.spray.as_ref();
    let area = spray.map(|spray| spray.area.square_metres()).or(entry.details.area_m2);
    vec![
        entry.day.vietnamese(),
        words.say(entry.kind.key()).into_owned(),
        sheet.place.name.clone(),
        crop.to_owned(),
        text(&entry.input),
        spray.and_then(|spray| spray.ingredient.clone()).unwrap_or_default(),
        spray.map_or_else(|| text(&entry.details.reason), |spray| spray.pest.clone()),
        text(&entry.details.method),
        text(&entry.equipment),
        spray.map(|spray| spray.dose.show(lang)).unwrap_or_default(),
        area.map(|area| format!("{area} m²")).unwrap_or_default(),
        entry
            .amount
            .map(|(amount, unit)| show_amount(amount.saturating_abs(), unit, lang))
            .unwrap_or_default(),
        spray.and_then(|spray| spray.judged.waiting_days).map(|days| days.to_string()).unwrap_or_default(),
        spray
            .map(|spray| match spray.until() {
                Some(day) => day.vietnamese(),
                None => words.say(spray.judged.rule.key()).into_owned(),
            })
            .unwrap_or_default(),
        text(&entry.person),
        text(&entry.source),
        text(&entry.details.input_lot),
        text(&entry.details.result),
        text(&entry.note),
        entry.recorded_at.vietnamese(),
        came(entry, &sheet.recorders, words).join("; "),
        if entry.wrong.is_some() { words.say("fieldbook-wrong").into_owned() } else { String::new() },
    ]
}

/// How an entry came about, in a few words: copied, or entered by another party.
pub(super) fn came(entry: &Activity, recorders: &Recorders, words: &Words) -> Vec<String> {
    let mut said = Vec::new();
    if entry.origin.is_copy() {
        said.push(words.say("fieldbook-copied").into_owned());
    }
    if entry.is_for_another() {
        said.push(match recorders.get(&entry.entered_for) {
            Some(name) => words.one("fieldbook-entered-by", "party", name),
            None => words.say("fieldbook-for-another").into_owned(),
        });
    }
    said
}

fn harvested(harvest: &Harvest, sheet: &SeasonSheet, crop: &str, words: &Words, lang: Lang) -> Vec<String> {
    let mut row = vec![String::new(); HEADINGS.len()];
    let cells = [
        (0, harvest.at.day().vietnamese()),
        (1, words.say("fieldbook-kind-harvest").into_owned()),
        (2, sheet.place.name.clone()),
        (3, crop.to_owned()),
        (4, harvest.product.clone()),
        (11, harvest.amount.map(|amount| amount.show(lang)).unwrap_or_default()),
        (16, harvest.code.to_string()),
    ];
    for (column, text) in cells {
        if let Some(cell) = row.get_mut(column) {
            *cell = text;
        }
    }
    row
}

/// The book as spreadsheets here read it: semicolons, UTF-8 with a byte order mark.
#[must_use]
pub(super) fn csv(sheet: &SeasonSheet, words: &Words, lang: Lang) -> String {
    let mut file = "\u{feff}".to_owned();
    for line in std::iter::once(headings(words)).chain(rows(sheet, words, lang)) {
        let cells: Vec<String> = line.iter().map(|cell| quoted(&neutral(cell))).collect();
        file.push_str(&cells.join(";"));
        file.push_str("\r\n");
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

/// What a spreadsheet would take for a formula gets an apostrophe in front.
fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The book as a workbook.
///
/// # Errors
/// When the workbook cannot be written.
pub(super) fn xlsx(sheet: &SeasonSheet, words: &Words, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let page = book.add_worksheet();
    let title: String =
        words.say("fieldbook-title").chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
    page.set_name(title)?;
    for (column, text) in (0_u16..).zip(headings(words)) {
        page.write_string_with_format(0, column, text, &bold)?;
        page.set_column_width(column, 18)?;
    }
    for (row, cells) in (1_u32..).zip(rows(sheet, words, lang)) {
        for (column, text) in (0_u16..).zip(cells) {
            // A cell of text is never reckoned, whatever it begins with.
            page.write_string(row, column, text.chars().take(32_000).collect::<String>())?;
        }
    }
    page.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

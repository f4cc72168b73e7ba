//! A version as the rows of a file: what is exported is what is imported, and what two versions are compared by.
//!
//! What must stay true: reading the rows again gives the same version; everything is written as text, with days as `dd/mm/yyyy`
//! and decimal commas, so that no spreadsheet turns a code into a number.

use super::model::{Bands, Contents, Dose, DoseUnit, Substance, Term};
use crate::kernel::{Day, Lang, Unit};
use crate::words::Words;

/// The headings of the files, in the order in which they are written.
pub const CROP_HEADINGS: [&str; 5] =
    ["Mã cây trồng", "Tên tiếng Việt", "Tên tiếng Anh", "Nhóm sản phẩm", "Đơn vị"];
/// As [`CROP_HEADINGS`], for substances.
pub const SUBSTANCE_HEADINGS: [&str; 9] = [
    "Tên thương phẩm",
    "Hoạt chất",
    "Loại thuốc",
    "Cây trồng",
    "Thời gian cách ly (ngày)",
    "Liều tối đa",
    "Đơn vị liều",
    "Cấm từ",
    "Cấm đến",
];
/// As [`CROP_HEADINGS`], for bands.
pub const BAND_HEADINGS: [&str; 15] = [
    "Loại định mức",
    "Cây trồng",
    "Tháng từ",
    "Tháng đến",
    "Công đoạn",
    "Nhóm vào",
    "Nhóm ra",
    "Thấp",
    "Cao",
    "Đơn vị",
    "Hiệu lực từ",
    "Hiệu lực đến",
    "Xử lý",
    "Nguồn",
    "Ngày đến thu hoạch",
];

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the row is known by; unique in a version.
    pub(super) key: String,
    /// What it is about, for people.
    pub(super) about: String,
    /// How many cells at the front only say what it is about.
    pub(super) front: usize,
    /// The cells, under the headings of its list.
    pub cells: Vec<String>,
}

impl Row {
    fn new(about: &[&str], front: usize, cells: Vec<String>) -> Self {
        let about: Vec<&str> = about.iter().copied().filter(|part| !part.is_empty()).collect();
        Self { key: about.join("\u{1f}"), about: about.join(" · "), front, cells }
    }

    /// What the row says, without what it is about.
    pub(super) fn said(&self) -> String {
        let said = self.cells.iter().skip(self.front).map(String::as_str);
        said.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

/// The headings of a version's file.
#[must_use]
pub fn headings(contents: &Contents) -> &'static [&'static str] {
    match contents {
        Contents::Crops(_) => &CROP_HEADINGS,
        Contents::Substances(_) => &SUBSTANCE_HEADINGS,
        Contents::Bands(_) => &BAND_HEADINGS,
    }
}

/// The rows of a version.
#[must_use]
pub fn rows(contents: &Contents) -> Vec<Row> {
    match contents {
        Contents::Crops(crops) => crops
            .iter()
            .map(|crop| {
                let cells = vec![
                    crop.code.to_string(),
                    crop.name.clone(),
                    crop.name_en.clone(),
                    crop.group.name(Lang::Vi).to_owned(),
                    counted(crop.unit).to_owned(),
                ];
                Row::new(&[crop.code.as_str()], 1, cells)
            })
            .collect(),
        Contents::Substances(substances) => substances.iter().flat_map(substance_rows).collect(),
        Contents::Bands(bands) => band_rows(bands),
    }
}

/// The word of a file for a thing with a key.
fn word(key: &str) -> String {
    Words::of(Lang::Vi).say(key).into_owned()
}

/// How a crop is counted, as its list says it.
fn counted(unit: Unit) -> &'static str {
    match unit {
        Unit::Gram => "khối lượng",
        Unit::Piece => "chiếc",
    }
}

fn substance_rows(substance: &Substance) -> Vec<Row> {
    let day = |day: Option<Day>| day.map(Day::vietnamese).unwrap_or_default();
    let row = |crop: &str, waiting: String, dose: Option<Dose>| {
        let cells = vec![
            substance.name.clone(),
            substance.ingredients.clone(),
            word(substance.kind.key()),
            crop.to_owned(),
            waiting,
            dose.map(|dose| thousandths(dose.thousandths)).unwrap_or_default(),
            dose.map(|dose| per_hectare(dose.unit).to_owned()).unwrap_or_default(),
            day(substance.banned_from),
            day(substance.banned_to),
        ];
        let mut row = Row::new(&[&substance.name, crop], 1, cells);
        row.key = format!("{}\u{1f}{crop}", substance.name_folded);
        row
    };
    if substance.uses.is_empty() {
        return vec![row("", String::new(), None)];
    }
    let uses = substance.uses.iter();
    uses.map(|known| row(known.crop.as_str(), known.waiting_days.to_string(), known.dose)).collect()
}

/// The unit of a dose, as the list says it.
#[must_use]
pub fn per_hectare(unit: DoseUnit) -> &'static str {
    match unit {
        DoseUnit::Millilitre => "ml/ha",
        DoseUnit::Gram => "g/ha",
    }
}

/// A number of thousandths with a decimal comma. Three decimals get a fourth, or they would look like thousands.
#[must_use]
pub fn thousandths(number: i64) -> String {
    let (whole, rest) = (number / 1_000, number % 1_000);
    if rest == 0 {
        return whole.to_string();
    }
    let decimals = format!("{rest:03}");
    let shown = decimals.trim_end_matches('0');
    if shown.len() == 3 { format!("{whole},{shown}0") } else { format!("{whole},{shown}") }
}

fn band_rows(bands: &Bands) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut push = |about: &[&str], cells: Vec<String>| {
        // Two rows about the same are told apart by their first days and months.
        let mut row = Row::new(about, 7, cells);
        let from = row.cells.get(10).cloned().unwrap_or_default();
        row.key = format!("{}\u{1f}{from}", row.key);
        rows.push(row);
    };
    let term = |term: &Term| [term.from.vietnamese(), term.to.map(Day::vietnamese).unwrap_or_default()];
    let none = String::new;
    for band in &bands.yields {
        let [from, to] = term(&band.term);
        let unit = if band.unit == Unit::Gram { "kg/ha" } else { "chiếc/ha" };
        let months = format!("T{}–T{}", band.month_from, band.month_to);
        let cells = vec![
            "năng suất".to_owned(),
            band.crop.to_string(),
            band.month_from.to_string(),
            band.month_to.to_string(),
            none(),
            none(),
            none(),
            band.low.to_string(),
            band.high.to_string(),
            unit.to_owned(),
            from,
            to,
            word(band.beyond.key()),
            band.term.source.clone(),
            band.days_to_harvest.map(|days| days.to_string()).unwrap_or_default(),
        ];
        push(&["năng suất", band.crop.as_str(), &months], cells);
    }
    for band in &bands.conversions {
        let [from, to] = term(&band.term);
        let cells = vec![
            "chế biến".to_owned(),
            none(),
            none(),
            none(),
            word(band.step.key()),
            band.group_in.name(Lang::Vi).to_owned(),
            band.group_out.name(Lang::Vi).to_owned(),
            band.low.to_string(),
            band.high.to_string(),
            "‰".to_owned(),
            from,
            to,
            word(band.beyond.key()),
            band.term.source.clone(),
            none(),
        ];
        let (group_in, group_out) = (band.group_in.name(Lang::Vi), band.group_out.name(Lang::Vi));
        push(&["chế biến", &word(band.step.key()), group_in, group_out], cells);
    }
    for loss in &bands.losses {
        let [from, to] = term(&loss.term);
        let cells = vec![
            "hao hụt".to_owned(),
            none(),
            none(),
            none(),
            none(),
            loss.group.name(Lang::Vi).to_owned(),
            none(),
            none(),
            loss.most.to_string(),
            "‰".to_owned(),
            from,
            to,
            none(),
            loss.term.source.clone(),
            none(),
        ];
        push(&["hao hụt", loss.group.name(Lang::Vi)], cells);
    }
    rows
}

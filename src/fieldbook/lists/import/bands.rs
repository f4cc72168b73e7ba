//! The file of bands: each row is one of yield, of conversion or of weight loss.

use super::super::model::{Bands, Beyond, Contents, ConversionBand, Crop, Term, WeightLoss, YieldBand};
use super::{Ground, Read, Reader, named, unknown};
use crate::events::Step;
use crate::kernel::fold::fold;
use crate::kernel::{Line, Problem, Unit, scaled};
use crate::sheet::{Heading, Sheet, SheetRow};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Kind,
    Crop,
    MonthFrom,
    MonthTo,
    Step,
    GroupIn,
    GroupOut,
    Low,
    High,
    Unit,
    From,
    To,
    Beyond,
    Source,
    DaysToHarvest,
}

const fn heading(
    column: Column,
    needed: Option<(&'static str, &'static str)>,
    names: &'static [&'static str],
) -> Heading<Column> {
    Heading { column, needed, names }
}

const HEADINGS: [Heading<Column>; 15] = [
    heading(
        Column::Kind,
        Some(("Loại định mức", "kind of band")),
        &["loai dinh muc", "dinh muc", "loai", "kind of band", "kind", "band"],
    ),
    heading(Column::Crop, None, &["cay trong", "cay", "ma cay trong", "crop", "crop code"]),
    heading(Column::MonthFrom, None, &["thang tu", "tu thang", "month from", "from month"]),
    heading(Column::MonthTo, None, &["thang den", "den thang", "month to", "to month"]),
    heading(Column::Step, None, &["cong doan", "buoc", "step"]),
    heading(Column::GroupIn, None, &["nhom vao", "nhom", "nhom san pham", "group in", "group"]),
    heading(Column::GroupOut, None, &["nhom ra", "group out"]),
    heading(Column::Low, None, &["thap", "thap nhat", "toi thieu", "low", "least"]),
    heading(Column::High, Some(("Cao", "high")), &["cao", "cao nhat", "toi da", "high", "most"]),
    heading(Column::Unit, Some(("Đơn vị", "unit")), &["don vi", "don vi tinh", "dvt", "unit"]),
    heading(Column::From, None, &["hieu luc tu", "tu ngay", "in force from", "from"]),
    heading(Column::To, None, &["hieu luc den", "den ngay", "in force to", "to"]),
    heading(Column::Beyond, None, &["xu ly", "khi vuot", "beyond", "setting"]),
    heading(Column::Source, None, &["nguon", "can cu", "source"]),
    heading(
        Column::DaysToHarvest,
        None,
        &["ngay den thu hoach", "so ngay den thu hoach", "so ngay it nhat den thu hoach", "days to harvest"],
    ),
];

/// Which of the three a row is.
#[derive(Clone, Copy)]
enum Kind {
    Yield,
    Conversion,
    Loss,
}

pub(super) fn read(sheet: &Sheet, ground: &Ground<'_>) -> Read {
    let mut reader = Reader::new(sheet, &HEADINGS)?;
    let mut bands = Bands::default();
    let mut rows = Rows::default();
    for row in &sheet.rows {
        if !reader.begin(row) {
            continue;
        }
        let text = reader.cell(row, Column::Kind);
        let kind = match fold(text).as_str() {
            "nang suat" | "yield" => Ok(Kind::Yield),
            "che bien" | "chuyen doi" | "ty le che bien" | "conversion" => Ok(Kind::Conversion),
            "hao hut" | "weight loss" | "loss" => Ok(Kind::Loss),
            _ => Err(unknown("list_band_unknown", text)),
        };
        match reader.take(row, Column::Kind, kind) {
            Some(Kind::Yield) => {
                let Some(band) = yield_band(&mut reader, row, ground) else { continue };
                let meets = |known: &YieldBand| {
                    let months = known.months();
                    known.crop == band.crop
                        && known.term.meets(&band.term)
                        && band.months().iter().any(|month| months.contains(month))
                };
                let first = bands.yields.iter().position(meets);
                rows.note(&mut reader, row, 0, first);
                bands.yields.push(band);
            }
            Some(Kind::Conversion) => {
                let Some(band) = conversion(&mut reader, row, ground) else { continue };
                let same = |known: &ConversionBand| {
                    known.step == band.step
                        && known.group_in == band.group_in
                        && known.group_out == band.group_out
                        && known.term.meets(&band.term)
                };
                let first = bands.conversions.iter().position(same);
                rows.note(&mut reader, row, 1, first);
                bands.conversions.push(band);
            }
            Some(Kind::Loss) => {
                let Some(loss) = weight_loss(&mut reader, row, ground) else { continue };
                let same = |known: &WeightLoss| known.group == loss.group && known.term.meets(&loss.term);
                let first = bands.losses.iter().position(same);
                rows.note(&mut reader, row, 2, first);
                bands.losses.push(loss);
            }
            None => {}
        }
    }
    reader.finish(Contents::Bands(bands))
}

/// The rows of the file that each kind of band came from.
#[derive(Default)]
struct Rows([Vec<usize>; 3]);

impl Rows {
    /// Notes a band's row; one that meets an earlier band of its kind is wrong.
    fn note(&mut self, reader: &mut Reader<'_, Column>, row: &SheetRow, kind: usize, meets: Option<usize>) {
        let Some(rows) = self.0.get_mut(kind) else { return };
        if let Some(first) = meets.and_then(|place| rows.get(place)) {
            let problem = Problem::new("list_bands_overlap").arg("first", first);
            reader.wrong(row, Column::Kind, problem);
        }
        rows.push(row.row);
    }
}

fn term(reader: &mut Reader<'_, Column>, row: &SheetRow, ground: &Ground<'_>) -> Option<Term> {
    let (from, to) = reader.term(row, Column::From, Column::To);
    let from = from.unwrap_or(ground.from);
    let source = match reader.cell(row, Column::Source) {
        "" => Some(ground.source.to_owned()),
        text => reader.take(row, Column::Source, Line::<300>::parse(text).map(Line::into_string)),
    };
    if let Some(to) = to
        && to < from
        && reader.cell(row, Column::From).is_empty()
    {
        let problem =
            Problem::new("list_days_backwards").value(to.vietnamese()).arg("from", from.vietnamese());
        reader.wrong(row, Column::To, problem);
    }
    Some(Term { from, to, source: source? })
}

fn beyond(reader: &mut Reader<'_, Column>, row: &SheetRow) -> Option<Beyond> {
    let text = reader.cell(row, Column::Beyond);
    let found = if text.is_empty() {
        Some(Beyond::Flag)
    } else {
        named(text, Beyond::ALL, Beyond::as_str, Beyond::key)
    };
    reader.take(row, Column::Beyond, found.ok_or_else(|| unknown("list_beyond_unknown", text)))
}

/// Low and high, in a unit of so many; low is 0 when it is left out.
fn limits(reader: &mut Reader<'_, Column>, row: &SheetRow, factor: i64, most: i64) -> Option<(i64, i64)> {
    let text = reader.cell(row, Column::Low);
    let low = if text.is_empty() { Ok(0) } else { scaled(text, factor, most) };
    let low = reader.take(row, Column::Low, low);
    let text = reader.cell(row, Column::High);
    let high = if text.is_empty() { Err(Problem::new("text_empty")) } else { scaled(text, factor, most) };
    let high = high.and_then(|high| if high == 0 { Err(unknown("amount_zero", text)) } else { Ok(high) });
    let (low, high) = (low?, reader.take(row, Column::High, high)?);
    if low > high {
        let problem = Problem::new("list_low_above_high")
            .value(reader.cell(row, Column::Low))
            .arg("high", reader.cell(row, Column::High));
        reader.wrong(row, Column::Low, problem);
        return None;
    }
    Some((low, high))
}

/// How many kilograms or pieces the unit of a yield is, when it fits the way the crop is counted.
fn yield_factor(text: &str, crop: &Crop) -> Result<i64, Problem> {
    // Asked before folding, which leaves nothing of a percent sign.
    if text.is_empty() {
        return Err(Problem::new("unit_missing").value(text));
    }
    let (unit, factor) = match fold(text).as_str() {
        "kg ha" => (Unit::Gram, 1),
        "ta ha" => (Unit::Gram, 100),
        "tan ha" | "t ha" => (Unit::Gram, 1_000),
        "chiec ha" | "qua ha" | "bo ha" | "bap ha" | "cai ha" | "cay ha" | "piece ha" | "pieces ha" => {
            (Unit::Piece, 1)
        }
        _ => return Err(Problem::new("list_unit_mixed").value(text).arg("wanted", yield_units(crop.unit))),
    };
    if unit == crop.unit {
        Ok(factor)
    } else {
        Err(Problem::new("list_unit_mixed").value(text).arg("wanted", yield_units(crop.unit)))
    }
}

fn yield_units(unit: Unit) -> &'static str {
    match unit {
        Unit::Gram => "kg/ha, tạ/ha, tấn/ha",
        Unit::Piece => "chiếc/ha",
    }
}

/// How many thousandths the unit of a share is.
fn share_factor(text: &str) -> Result<i64, Problem> {
    match text.trim() {
        "" => Err(Problem::new("unit_missing").value(text)),
        "%" => Ok(10),
        "‰" => Ok(1),
        _ => Err(Problem::new("list_unit_mixed").value(text).arg("wanted", "%, ‰")),
    }
}

fn month(text: &str) -> Result<u8, Problem> {
    let number =
        scaled(text, 1, 12).ok().filter(|month| *month > 0).and_then(|month| u8::try_from(month).ok());
    number.ok_or_else(|| unknown("list_month", text))
}

fn months(reader: &mut Reader<'_, Column>, row: &SheetRow) -> Option<(u8, u8)> {
    let (from, to) = (reader.cell(row, Column::MonthFrom), reader.cell(row, Column::MonthTo));
    if from.is_empty() && to.is_empty() {
        return Some((1, 12));
    }
    let from = reader.take(row, Column::MonthFrom, month(from));
    let to = reader.take(row, Column::MonthTo, month(to));
    Some((from?, to?))
}

/// The least days from sowing until the first harvest: none when it is left out.
fn days_to_harvest(text: &str) -> Result<Option<u16>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let days = scaled(text, 1, YieldBand::MOST_DAYS)?;
    let days = u16::try_from(days).ok().filter(|days| *days > 0);
    days.map(Some).ok_or_else(|| unknown("amount_zero", text))
}

fn yield_band(reader: &mut Reader<'_, Column>, row: &SheetRow, ground: &Ground<'_>) -> Option<YieldBand> {
    let text = reader.cell(row, Column::Crop);
    let crop = reader.crop(row, Column::Crop, text, ground.crops);
    let months = months(reader, row);
    let term = term(reader, row, ground);
    let beyond = beyond(reader, row);
    let crop = crop?;
    let factor = yield_factor(reader.cell(row, Column::Unit), crop);
    let factor = reader.take(row, Column::Unit, factor)?;
    let days = days_to_harvest(reader.cell(row, Column::DaysToHarvest));
    let days = reader.take(row, Column::DaysToHarvest, days);
    let (low, high) = limits(reader, row, factor, YieldBand::MOST)?;
    let (month_from, month_to) = months?;
    Some(YieldBand {
        crop: crop.code.clone(),
        unit: crop.unit,
        month_from,
        month_to,
        low,
        high,
        days_to_harvest: days?,
        beyond: beyond?,
        term: term?,
    })
}

fn conversion(
    reader: &mut Reader<'_, Column>,
    row: &SheetRow,
    ground: &Ground<'_>,
) -> Option<ConversionBand> {
    let text = reader.cell(row, Column::Step);
    let step = named(text, &Step::TRANSFORMATIONS, Step::as_str, Step::key);
    let step = reader.take(row, Column::Step, step.ok_or_else(|| unknown("list_step_unknown", text)));
    let group_in = reader.group(row, Column::GroupIn);
    let group_out = reader.group(row, Column::GroupOut);
    let term = term(reader, row, ground);
    let beyond = beyond(reader, row);
    let factor = share_factor(reader.cell(row, Column::Unit));
    let factor = reader.take(row, Column::Unit, factor)?;
    let (low, high) = limits(reader, row, factor, ConversionBand::MOST)?;
    Some(ConversionBand {
        step: step?,
        group_in: group_in?,
        group_out: group_out?,
        low,
        high,
        beyond: beyond?,
        term: term?,
    })
}

fn weight_loss(reader: &mut Reader<'_, Column>, row: &SheetRow, ground: &Ground<'_>) -> Option<WeightLoss> {
    let group = reader.group(row, Column::GroupIn);
    let term = term(reader, row, ground);
    let factor = share_factor(reader.cell(row, Column::Unit));
    let factor = reader.take(row, Column::Unit, factor)?;
    let text = reader.cell(row, Column::High);
    let most = if text.is_empty() { Err(Problem::new("text_empty")) } else { scaled(text, factor, 1_000) };
    let most = reader.take(row, Column::High, most);
    Some(WeightLoss { group: group?, most: most?, term: term? })
}

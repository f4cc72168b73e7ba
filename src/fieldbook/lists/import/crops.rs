//! The file of crops: code, names, group, and whether the harvest is weighed or counted.

use super::super::model::{Contents, Crop};
use super::{Read, Reader, unknown};
use crate::kernel::fold::fold;
use crate::kernel::{CropCode, Problem, Unit};
use crate::sheet::{Heading, Sheet, SheetRow};
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Code,
    Name,
    NameEn,
    Group,
    Unit,
}

const HEADINGS: [Heading<Column>; 5] = [
    Heading {
        column: Column::Code,
        needed: Some(("Mã cây trồng", "crop code")),
        names: &["ma cay trong", "ma cay", "ma", "crop code", "code"],
    },
    Heading {
        column: Column::Name,
        needed: Some(("Tên tiếng Việt", "name")),
        names: &["ten tieng viet", "ten cay trong", "ten cay", "cay trong", "ten", "vietnamese name", "name"],
    },
    Heading {
        column: Column::NameEn,
        needed: Some(("Tên tiếng Anh", "English name")),
        names: &["ten tieng anh", "english name", "name en"],
    },
    Heading {
        column: Column::Group,
        needed: Some(("Nhóm sản phẩm", "product group")),
        names: &["nhom san pham", "nhom", "product group", "group"],
    },
    Heading {
        column: Column::Unit,
        needed: None,
        names: &["don vi", "don vi tinh", "cach tinh", "dvt", "unit", "counted by"],
    },
];

pub(super) fn read(sheet: &Sheet) -> Read {
    let mut reader = Reader::new(sheet, &HEADINGS)?;
    let mut crops: Vec<Crop> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for row in &sheet.rows {
        if !reader.begin(row) {
            continue;
        }
        let Some(crop) = crop(&mut reader, row) else { continue };
        let code = format!("code {}", crop.code);
        let name = format!("name {}", fold(&crop.name));
        for (column, key) in [(Column::Code, code), (Column::Name, name)] {
            if let Some(first) = seen.get(&key).copied() {
                reader.twice(row, column, first);
            } else {
                seen.insert(key, row.row);
            }
        }
        crops.push(crop);
    }
    reader.finish(Contents::Crops(crops))
}

fn crop(reader: &mut Reader<'_, Column>, row: &SheetRow) -> Option<Crop> {
    let code = CropCode::parse(reader.cell(row, Column::Code));
    let code = reader.take(row, Column::Code, code);
    let name = reader.line::<100>(row, Column::Name);
    let name_en = reader.line::<100>(row, Column::NameEn);
    let group = reader.group(row, Column::Group);
    let unit = counted(reader.cell(row, Column::Unit));
    let unit = reader.take(row, Column::Unit, unit);
    Some(Crop { code: code?, name: name?, name_en: name_en?, group: group?, unit: unit? })
}

/// Whether the harvest is weighed or counted; weighed when nothing is said.
fn counted(text: &str) -> Result<Unit, Problem> {
    match fold(text).as_str() {
        "" | "khoi luong" | "can" | "kg" | "g" | "gram" | "grams" | "mass" | "weight" => Ok(Unit::Gram),
        "chiec" | "cai" | "con" | "qua" | "bo" | "bap" | "cay" | "dem" | "so luong" | "piece" | "pieces" => {
            Ok(Unit::Piece)
        }
        _ => Err(unknown("list_counted_unknown", text)),
    }
}

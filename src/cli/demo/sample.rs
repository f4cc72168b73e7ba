//! The tables of the sample, embedded: fictional firms, places and products, and what they look like.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A firm of the sample.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FirmRow {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) tax_number: String,
    pub(super) commune: String,
    pub(super) address: String,
    pub(super) gln: String,
    pub(super) consent: String,
}

/// A place of the sample.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PlaceRow {
    pub(super) firm: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) commune: String,
    pub(super) latitude: String,
    pub(super) longitude: String,
    pub(super) area_m2: String,
    pub(super) planting_code: String,
}

/// A product of the sample.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ProductRow {
    pub(super) firm: String,
    pub(super) group: String,
    pub(super) name: String,
    pub(super) name_en: String,
    pub(super) unit: String,
    pub(super) shelf_life_days: String,
    pub(super) storage: String,
    pub(super) drawing: String,
    pub(super) gtin: String,
    pub(super) crop: String,
    /// The name of the product that it is made of; empty for one that begins as itself.
    pub(super) made_of: String,
}

fn rows<T: DeserializeOwned>(text: &str) -> Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().context("sample table")
}

pub(super) fn firms() -> Result<Vec<FirmRow>> {
    rows(include_str!("../../../assets/data/sample/firms.csv"))
}

pub(super) fn places() -> Result<Vec<PlaceRow>> {
    rows(include_str!("../../../assets/data/sample/places.csv"))
}

pub(super) fn products() -> Result<Vec<ProductRow>> {
    rows(include_str!("../../../assets/data/sample/products.csv"))
}

/// The roster of the sample: the firms above and some that are not in the registry.
pub(super) const ROSTER: &str = include_str!("../../../assets/data/sample/roster.csv");

/// A one-page PDF that says what it is: the sample's scanned paper. Offsets are computed, so that readers accept it.
pub(super) fn paper(title: &str) -> Vec<u8> {
    let text: String = title.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').collect();
    let stream = format!("BT /F1 18 Tf 72 740 Td (SAMPLE - FICTIONAL - {text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        offsets.push(format!("{:010} 00000 n \n", pdf.len()));
        pdf.extend([number.to_string().as_str(), " 0 obj\n", object, "\nendobj\n"]);
    }
    let table = pdf.len();
    let size = objects.len() + 1;
    let offsets = offsets.concat();
    let end = format!(
        "xref\n0 {size}\n0000000000 65535 f \n{offsets}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    );
    pdf.push_str(&end);
    pdf.into_bytes()
}

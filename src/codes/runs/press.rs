//! Labels of a run, computed whenever they are printed: nothing of a single label is kept.

use super::model::{Run, Span};
use super::serial::Scatter;
use crate::codes::Error;
use crate::codes::draw::Symbol;
use crate::codes::grammar::{Code, ProductKey, parse};
use crate::codes::sign::sign;
use crate::kernel::{LotCode, ProductNumber, Serial};
use crate::keys::SecretKey;
use std::fmt::Write;
use std::sync::Arc;

/// Modules of a sheet that a label takes: the widest unit code with its quiet zone, and a line of words.
const CELL: (u32, u32) = (66, 74);
/// Labels beside each other on a sheet.
const COLUMNS: u32 = 8;

/// What prints the labels of a run.
#[derive(Clone, Debug)]
pub struct Press {
    pub(super) run: Run,
    pub(super) product: ProductNumber,
    pub(super) lot: Option<LotCode>,
    pub(super) key: Arc<SecretKey>,
    pub(super) scatter: Arc<Scatter>,
}

/// A printed label.
#[derive(Clone, Debug)]
pub struct Printed {
    /// Which one of its run, from 1.
    pub number: i64,
    /// The serial.
    pub serial: Serial,
    /// The address in the QR.
    pub url: String,
}

/// The product that a run's paths name.
pub(in crate::codes) fn product_key(text: &str) -> Result<ProductKey, Error> {
    // Any lot will do: what names the product is read by the one grammar there is.
    let word = if text.starts_with("01/") { "10" } else { "L" };
    let code = parse(&format!("/{text}/{word}/A")).map_err(|why| Error::Path(why.to_string()))?;
    Ok(code.product().clone())
}

impl Press {
    /// The run.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The code of the label with an index, not yet signed.
    ///
    /// # Errors
    /// When the index is beyond all serials.
    pub(in crate::codes) fn code(&self, index: i64) -> Result<(Serial, Code), Error> {
        let serial = self.scatter.serial(&self.product, index);
        let serial = serial.ok_or_else(|| Error::Path(format!("no serial of index {index}")))?;
        let product = product_key(&self.run.product_key)?;
        let code = match &self.lot {
            Some(lot) => Code::for_unit(product, lot.clone(), serial.clone()),
            None => Code::for_stock(product, serial.clone()),
        };
        Ok((serial, code.map_err(|why| Error::Path(why.to_string()))?))
    }

    /// The label with an index.
    ///
    /// # Errors
    /// When it cannot be written or signed.
    pub fn label(&self, index: i64) -> Result<Printed, Error> {
        let (serial, code) = self.code(index)?;
        let code = sign(code, &self.key).map_err(|why| Error::Path(why.to_string()))?;
        Ok(Printed { number: index - self.run.first + 1, serial, url: code.url(&self.run.host) })
    }

    /// The head of the table of labels.
    #[must_use]
    pub fn csv_head() -> String {
        "number,serial,code\r\n".to_owned()
    }

    /// A line of the table of labels. Numbers, serials and addresses begin with a digit or a letter: no spreadsheet takes one for a
    /// formula.
    ///
    /// # Errors
    /// As [`Press::label`].
    pub fn csv_line(&self, index: i64) -> Result<String, Error> {
        let label = self.label(index)?;
        Ok(format!("{},{},{}\r\n", label.number, label.serial, label.url))
    }

    /// The head of a sheet of so many labels, sized in millimetres for print.
    #[must_use]
    pub fn svg_head(count: i64) -> String {
        let count = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        let (wide, high) = (COLUMNS.min(count) * CELL.0, count.div_ceil(COLUMNS) * CELL.1);
        // Three dots of 203 to the inch a module, in thousandths of a millimetre.
        let mm = |modules: u32| {
            let micrometres = u64::from(modules) * 76_200 / 203;
            format!("{}.{:03}", micrometres / 1_000, micrometres % 1_000)
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" viewBox=\"0 0 {wide} {high}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{wide}v{high}H0z\"/>\n",
            mm(wide),
            mm(high)
        )
    }

    /// The `place`th label of a sheet: the symbol, and below it the lot and the serial for eyes.
    ///
    /// # Errors
    /// As [`Press::label`]; when it cannot be drawn.
    pub fn svg_label(&self, place: u32, index: i64) -> Result<String, Error> {
        let label = self.label(index)?;
        let symbol = Symbol::of(&label.url)?;
        let (x, y) = (place % COLUMNS * CELL.0, place / COLUMNS * CELL.1);
        let side = symbol.full_width();
        let mut text = format!("<g transform=\"translate({x} {y})\"><path d=\"{}\"/>", symbol.path());
        let words = match &self.lot {
            Some(lot) => format!("{lot} · {}", label.serial),
            None => label.serial.to_string(),
        };
        // Writing to a String cannot fail. Lot codes and serials are digits, capitals and hyphens.
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{}\" font-family=\"sans-serif\" font-size=\"4\" text-anchor=\"middle\">{words}</text></g>",
            side / 2,
            side + 3
        );
        Ok(text)
    }

    /// A sheet of symbols as PNG, three pixels a module.
    ///
    /// # Errors
    /// As [`Press::label`]; when it cannot be drawn.
    pub fn png(&self, span: Span) -> Result<Vec<u8>, Error> {
        let mut symbols = Vec::new();
        for index in span.first..span.end {
            symbols.push(Symbol::of(&self.label(index)?.url)?);
        }
        Ok(crate::codes::draw::png_sheet(&symbols, COLUMNS, CELL.0)?)
    }

    /// The foot of a sheet.
    #[must_use]
    pub fn svg_foot() -> String {
        "</svg>\n".to_owned()
    }
}

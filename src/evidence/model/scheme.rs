//! The schemes that certificates are issued under: dated data (`assets/data/schemes.csv`), never constants.

use crate::kernel::{Day, Lang, Problem};
use std::sync::LazyLock;

/// A scheme: VietGAP, organic, HACCP …
#[derive(Debug, PartialEq, Eq)]
pub struct Scheme {
    /// The stored name.
    pub code: String,
    /// Where it stands.
    pub source: String,
    /// Whether it certifies land and what grows there; else a house, a product or a chain.
    pub land: bool,
    from: Day,
    to: Option<Day>,
    name_vi: String,
    name_en: String,
}

static SCHEMES: LazyLock<Vec<Scheme>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(include_str!("../../../assets/data/schemes.csv").as_bytes());
    reader.records().flatten().filter_map(|row| read(&row)).collect()
});

/// Reads a line of the embedded file; a test asserts that every line was understood.
fn read(row: &csv::StringRecord) -> Option<Scheme> {
    let text = |n: usize| row.get(n).map(str::to_owned);
    let to = match row.get(4)? {
        "" => None,
        day => Some(Day::parse(day).ok()?),
    };
    Some(Scheme {
        code: text(0)?,
        name_vi: text(1)?,
        name_en: text(2)?,
        from: Day::parse(row.get(3)?).ok()?,
        to,
        source: text(5)?,
        land: match row.get(6)? {
            "1" => true,
            "0" => false,
            _ => return None,
        },
    })
}

/// All schemes, in the order in which they are offered.
#[must_use]
pub fn schemes() -> &'static [Scheme] {
    &SCHEMES
}

impl Scheme {
    /// The scheme with this code.
    ///
    /// # Errors
    /// `scheme_missing`, `scheme_unknown`.
    pub fn parse(text: &str) -> Result<&'static Self, Problem> {
        let code = text.trim();
        if code.is_empty() {
            return Err(Problem::new("scheme_missing"));
        }
        let found = schemes().iter().find(|scheme| scheme.code == code);
        found.ok_or_else(|| Problem::new("scheme_unknown").value(text))
    }

    /// The name in a language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.name_vi,
            Lang::En => &self.name_en,
        }
    }

    /// Whether certificates were issued under it on a day.
    #[must_use]
    pub fn is_known_on(&self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|last| day <= last)
    }
}

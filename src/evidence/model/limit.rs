//! Limits by analyte and product group: dated data, of which a small sample is embedded and marked as a sample.

use super::figure::ResultUnit;
use crate::kernel::fold::fold;
use crate::kernel::{Day, Decimal};
use std::sync::LazyLock;

/// What may be found at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// No more than this.
    AtMost(Decimal, ResultUnit),
    /// Nothing at all.
    Absent,
}

/// A line of the list of limits.
#[derive(Debug)]
pub struct LimitRow {
    /// The analyte, folded.
    analyte: String,
    /// The product group; all when absent.
    group: Option<String>,
    /// The limit.
    pub limit: Limit,
    /// Where it stands.
    pub source: String,
    from: Day,
    to: Option<Day>,
}

static LIMITS: LazyLock<Vec<LimitRow>> = LazyLock::new(|| {
    let text = include_str!("../../../assets/data/limits-sample.csv");
    csv::Reader::from_reader(text.as_bytes()).records().flatten().filter_map(|row| read(&row)).collect()
});

fn read(row: &csv::StringRecord) -> Option<LimitRow> {
    let unit = ResultUnit::parse(row.get(3)?).ok()?;
    let limit = match row.get(2)? {
        "absent" => Limit::Absent,
        number => Limit::AtMost(Decimal::parse_plain(number).ok()?, unit),
    };
    Some(LimitRow {
        analyte: fold(row.get(0)?),
        group: Some(row.get(1)?.to_owned()).filter(|group| !group.is_empty()),
        limit,
        from: Day::parse(row.get(4)?).ok()?,
        to: match row.get(5)? {
            "" => None,
            day => Some(Day::parse(day).ok()?),
        },
        source: row.get(6)?.to_owned(),
    })
}

/// The whole list; a test asserts that every line was understood.
#[must_use]
pub fn limits() -> &'static [LimitRow] {
    &LIMITS
}

/// The limit of an analyte in a product group on a day: a line of the group goes before one of all groups.
#[must_use]
pub fn limit_for(analyte: &str, group: Option<&str>, day: Day) -> Option<&'static LimitRow> {
    let wanted = fold(analyte);
    let fits = |row: &&LimitRow| {
        // A report may name the element without its sign: `Chì` for `Chì (Pb)`.
        let named = row.analyte == wanted
            || row.analyte.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with(' '));
        !wanted.is_empty() && named && row.from <= day && row.to.is_none_or(|last| day <= last)
    };
    let of_group = |row: &&LimitRow| row.group.is_some() && row.group.as_deref() == group;
    let found = limits().iter().rev().filter(fits).find(of_group);
    found.or_else(|| limits().iter().rev().filter(fits).find(|row| row.group.is_none()))
}

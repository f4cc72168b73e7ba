//! The lines of a list in a form.

use super::{Choosable, Wrong, typed};
use crate::chain::draft::{Draft, LineDraft};
use crate::chain::form::List;
use crate::lots;
use crate::web::Frame;

/// A line as a form shows it.
pub(super) struct Row<'a> {
    /// Its number in the list, from 1, as people count.
    pub(super) number: usize,
    /// What was typed.
    pub(super) line: &'a LineDraft,
    /// The sentence about what is wrong with it.
    pub(super) problem: Option<String>,
}

/// The lines of a list of `draft`.
pub(super) fn rows<'a>(frame: &Frame, wrong: &Wrong, draft: &'a Draft, list: List) -> Vec<Row<'a>> {
    let row = |(n, line)| Row { number: n + 1, line, problem: wrong.line(frame, list.name(), n) };
    list.of(draft).iter().enumerate().map(row).collect()
}

/// Lots to choose from: the product, the code, what is left.
pub(super) fn lot_choices(frame: &Frame, lines: &[lots::Line]) -> Vec<Choosable> {
    let words = |line: &lots::Line| {
        let left = frame.t.one("chain-left", "left", line.held.show(frame.lang));
        format!("{} · {} · {left}", line.product, line.lot.code)
    };
    lines.iter().map(|line| (line.lot.id.to_string(), words(line))).collect()
}

/// The line of a form that begins with a lot: with all that is left of it.
pub(super) fn line_of(frame: &Frame, lines: &[lots::Line], lot: &str) -> Option<LineDraft> {
    let found = lines.iter().find(|line| line.lot.id.to_string() == lot.trim())?;
    let (quantity, unit) = typed(frame, found.held);
    Some(LineDraft { lot: lot.trim().to_owned(), quantity, unit, ..LineDraft::default() })
}

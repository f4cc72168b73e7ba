//! A form as a browser sends it: the lines of a list come as fields that repeat (`input_lot`, `input_quantity`, `input_unit`), the
//! nth of each being of the nth line. They are folded into the lists of a [`Draft`], kept as typed.

use super::draft::{Draft, LineDraft, QuantityDraft};
use crate::kernel::{Quantity, Unit};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;

/// The most lines that a form offers in one list.
pub(super) const MOST_LINES: usize = 40;

/// A draft that was filled in by hand.
#[derive(Clone, Debug, Default)]
pub struct Filled(pub Draft);

/// A list of a draft: what its fields begin with in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// What went in.
    Inputs,
    /// What came out.
    Outputs,
    /// Further places that a lot was collected from.
    Collected,
    /// Parts of lots.
    Lots,
}

impl List {
    const ALL: [(&'static str, Self); 4] = [
        ("input_", Self::Inputs),
        ("output_", Self::Outputs),
        ("collected_", Self::Collected),
        ("part_", Self::Lots),
    ];

    /// What a problem of one of its lines calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Outputs => "outputs",
            Self::Collected => "collected",
            Self::Lots => "lots",
        }
    }

    /// Its lines.
    pub(super) fn of(self, draft: &Draft) -> &[LineDraft] {
        match self {
            Self::Inputs => &draft.inputs,
            Self::Outputs => &draft.outputs,
            Self::Collected => &draft.collected,
            Self::Lots => &draft.lots,
        }
    }

    fn of_mut(self, draft: &mut Draft) -> &mut Vec<LineDraft> {
        match self {
            Self::Inputs => &mut draft.inputs,
            Self::Outputs => &mut draft.outputs,
            Self::Collected => &mut draft.collected,
            Self::Lots => &mut draft.lots,
        }
    }

    /// Adds empty lines, until there are `count`.
    pub(super) fn fill_up(self, draft: &mut Draft, count: usize) {
        let lines = self.of_mut(draft);
        while lines.len() < count.min(MOST_LINES) {
            lines.push(LineDraft { unit: "kg".to_owned(), ..LineDraft::default() });
        }
    }

    /// Adds `more` empty lines.
    pub(super) fn grow(self, draft: &mut Draft, more: usize) {
        let count = self.of(draft).len() + more;
        self.fill_up(draft, count);
    }

    /// The sum of its amounts that can be read, when all of them are counted in the same unit.
    pub(super) fn sum(self, draft: &Draft) -> Option<Quantity> {
        let amounts = self.of(draft).iter().filter_map(|line| line.quantity.parse(&line.unit).ok());
        let mut sum: Option<Quantity> = None;
        for amount in amounts {
            sum = Some(match sum {
                Some(before) => before.plus(amount).ok()?,
                None => amount,
            });
        }
        sum
    }
}

/// The list that a field is of, and which of a line's values it holds.
fn cell(name: &str) -> Option<(List, &str)> {
    let (list, value) =
        List::ALL.into_iter().find_map(|(start, list)| name.strip_prefix(start).map(|rest| (list, rest)))?;
    ["lot", "product", "place", "code", "quantity", "unit"].contains(&value).then_some((list, value))
}

fn put(line: &mut LineDraft, value: &str, text: String) {
    match value {
        "lot" => line.lot = text,
        "product" => line.product = text,
        "place" => line.place = text,
        "code" => line.code = text,
        "unit" => line.unit = text,
        _ => line.quantity = QuantityDraft::Text(text),
    }
}

impl<'de> Deserialize<'de> for Filled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(String, String)>::deserialize(deserializer)?;
        let (lines, plain): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| cell(name).is_some());
        let text = serde_html_form::to_string(&plain).map_err(D::Error::custom)?;
        let mut draft: Draft = serde_html_form::from_str(&text).map_err(D::Error::custom)?;
        let mut counts: HashMap<String, usize> = HashMap::new();
        for (name, text) in lines {
            let Some((list, value)) = cell(&name) else { continue };
            let value = value.to_owned();
            let n = counts.entry(name).or_default();
            let all = list.of_mut(&mut draft);
            if all.len() <= *n {
                all.resize_with(*n + 1, LineDraft::default);
            }
            if let Some(line) = all.get_mut(*n) {
                put(line, &value, text);
            }
            *n += 1;
        }
        Ok(Self(draft))
    }
}

/// A number that a form can be sent back with: `12.5` kg or pieces, with a point or comma as `shown` has it.
pub(super) fn split(shown: &str, unit: Unit) -> (String, &'static str) {
    let (number, word) = shown.rsplit_once(' ').unwrap_or((shown, ""));
    let unit = match (unit, word) {
        (Unit::Piece, _) => "piece",
        (Unit::Gram, "kg") => "kg",
        (Unit::Gram, _) => "g",
    };
    (number.replace('\u{a0}', " "), unit)
}

//! What the shopper reads of sprays: "no spray recorded" and "no field book for this lot" are different sentences, and nothing of the
//! farmer's own is told.

use super::model::Answer;
use crate::fieldbook::{Behind, Rule, Sprayed};
use crate::kernel::Day;
use crate::words::Words;
use serde::Serialize;

/// What there is of field books behind a lot.
pub(super) const fn field_book(behind: &Behind) -> &'static str {
    match (behind.with_book, behind.without_book + behind.not_looked_at) {
        (0, _) => "none",
        (_, 0) => "kept",
        _ => "partial",
    }
}

/// A spray as programs read it.
#[derive(Serialize)]
pub(super) struct SprayShown<'a> {
    /// The active ingredient; nothing for a product that no list has.
    substance: Option<&'a str>,
    date: Day,
    days_required: Option<u32>,
    first_allowed_harvest: Option<Day>,
    harvested_on: Day,
    rule: &'static str,
    /// `observed` or `not_observed`.
    verdict: &'static str,
}

impl<'a> From<&'a Sprayed> for SprayShown<'a> {
    fn from(spray: &'a Sprayed) -> Self {
        Self {
            substance: spray.substance.as_deref(),
            date: spray.day,
            days_required: spray.waiting_days,
            first_allowed_harvest: spray.first_allowed,
            harvested_on: spray.harvested_on,
            rule: spray.rule.as_str(),
            verdict: if spray.observed { "observed" } else { "not_observed" },
        }
    }
}

/// The sprays of an answer as programs read them.
pub(super) fn shown(answer: &Answer) -> Vec<SprayShown<'_>> {
    answer.behind.sprays.iter().map(SprayShown::from).collect()
}

/// A spray as the page tells it.
pub(super) struct SprayLine {
    pub(super) substance: String,
    pub(super) sprayed: String,
    pub(super) days: String,
    pub(super) verdict: String,
    pub(super) observed: bool,
}

/// The section of sprays.
pub(super) struct Section {
    /// The sentences before the list.
    pub(super) notes: Vec<String>,
    pub(super) lines: Vec<SprayLine>,
}

impl Section {
    /// The section of an answer in the words of its language.
    pub(super) fn of(words: Words, answer: &Answer) -> Self {
        let behind = &answer.behind;
        let mut notes = Vec::new();
        if behind.not_looked_at > 0 {
            notes.push(words.one("lookup-field-book-cut", "more", behind.not_looked_at));
        }
        match field_book(behind) {
            "none" => notes.push(words.say("lookup-no-field-book").into_owned()),
            "partial" => notes.push(words.say("lookup-field-book-partial").into_owned()),
            _ => {}
        }
        if behind.with_book > 0 && behind.sprays.is_empty() && behind.not_looked_at == 0 {
            notes.push(words.say("lookup-no-spray").into_owned());
        }
        Self { notes, lines: behind.sprays.iter().map(|spray| line(words, spray)).collect() }
    }
}

fn line(words: Words, spray: &Sprayed) -> SprayLine {
    let substance = match &spray.substance {
        Some(name) => name.clone(),
        None => words.say("lookup-spray-unlisted").into_owned(),
    };
    let harvested = spray.harvested_on.vietnamese();
    let days = match (spray.waiting_days, spray.first_allowed) {
        (Some(days), Some(first)) if spray.rule == Rule::WaitingPeriod => {
            words.two("lookup-spray-days", ("days", days), ("first", first.vietnamese()))
        }
        _ => words.say(spray.rule.key()).into_owned(),
    };
    let key = if spray.observed { "lookup-spray-observed" } else { "lookup-spray-not-observed" };
    SprayLine {
        substance,
        sprayed: words.one("lookup-sprayed-on", "day", spray.day.vietnamese()),
        days,
        verdict: words.one(key, "day", harvested),
        observed: spray.observed,
    }
}

//! What an inspector let pass in spite of what was reported: everybody reads of which lot, in spite of what, when and why.

use super::model::{Answer, Passed};
use crate::kernel::Day;
use crate::lots;
use crate::words::Words;
use serde::Serialize;

/// An override as programs read it.
#[derive(Serialize)]
pub(super) struct PassedShown<'a> {
    lot: &'a str,
    /// The stable word of the rule; `made_of` for a lot that was made of a stopped one.
    rule: &'a str,
    on: Day,
    reason: &'a str,
}

impl<'a> From<&'a Passed> for PassedShown<'a> {
    fn from(passed: &'a Passed) -> Self {
        Self { lot: passed.lot.as_str(), rule: &passed.rule, on: passed.on, reason: &passed.reason }
    }
}

/// The overrides of an answer as programs read them.
pub(super) fn shown(answer: &Answer) -> Vec<PassedShown<'_>> {
    answer.passed.iter().map(PassedShown::from).collect()
}

/// The overrides of an answer, each in a sentence.
pub(super) fn sentences(words: Words, answer: &Answer) -> Vec<String> {
    let sentence = |passed: &Passed| {
        let rule = match passed.rule.as_str() {
            "made_of" => words.say("lookup-passed-made-of"),
            rule => words.say(lots::breach_key(rule)),
        };
        let values = [
            ("day", passed.on.vietnamese()),
            ("lot", passed.lot.to_string()),
            ("rule", rule.into_owned()),
            ("reason", passed.reason.clone()),
        ];
        words.with("lookup-passed", &values)
    };
    answer.passed.iter().map(sentence).collect()
}

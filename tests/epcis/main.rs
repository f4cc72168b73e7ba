//! EPCIS events by the front door: what is read and what is refused, with pointers; hashes against known answers; documents of
//! any size, and hundreds that are none.
#![cfg(test)]

mod corpus;
mod document;
mod hash;
mod mutations;
mod queries;
mod read;

use nguongoc::events::epcis::{Documents, Event};
use nguongoc::kernel::Problems;
use serde_json::Value;
use std::io::Cursor;

/// Events on whose hashes this program and the reference generator agree.
pub(crate) const AGREED: &str = include_str!("samples/agreed.json");
/// Events on which the standard's text and the generator differ.
pub(crate) const TEXT: &str = include_str!("samples/text.json");

/// All events of a sound document.
#[track_caller]
pub(crate) fn events(document: &str) -> Vec<Event> {
    let read = Documents::open(Cursor::new(document)).unwrap_or_else(|problems| panic!("{problems}"));
    read.map(|event| event.unwrap_or_else(|problems| panic!("{problems}")).2).collect()
}

/// All problems of a document, and how many of its events are sound.
pub(crate) fn outcome(document: &[u8]) -> (usize, Problems) {
    let mut problems = Problems::default();
    let mut sound = 0;
    match Documents::open(Cursor::new(document)) {
        Err(wrong) => problems = wrong,
        Ok(read) => {
            for event in read {
                match event {
                    Ok(_) => sound += 1,
                    Err(wrong) => problems.0.extend(wrong.0),
                }
            }
        }
    }
    (sound, problems)
}

/// The JSON of the events in a document.
pub(crate) fn samples() -> Vec<Value> {
    let mut samples = Vec::new();
    for text in [AGREED, TEXT] {
        let document: Value = serde_json::from_str(text).unwrap();
        for event in document["epcisBody"]["eventList"].as_array().unwrap() {
            let mut event = event.clone();
            event["@context"] = document["@context"].clone();
            samples.push(event);
        }
    }
    samples
}

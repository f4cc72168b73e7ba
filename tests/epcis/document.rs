//! Documents: three kinds, in any order of members, of any size.

use crate::{AGREED, events, outcome};
use nguongoc::events::epcis::{self, Documents, Kind};
use serde_json::{Value, json};
use std::io::{Cursor, Read, Seek, SeekFrom};

fn open(value: &Value) -> Documents<Cursor<String>> {
    Documents::open(Cursor::new(value.to_string())).unwrap_or_else(|problems| panic!("{problems}"))
}

fn event(number: usize) -> Value {
    json!({
        "type": "ObjectEvent", "eventTime": "2026-11-23T08:30:00+07:00", "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE", "epcList": [format!("urn:x:{number}")],
    })
}

fn document(list: &Value) -> Value {
    json!({
        "@context": epcis::CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-11-23T08:30:00Z", "epcisBody": { "eventList": list },
    })
}

#[test]
fn a_document_gives_its_events_with_their_text() {
    let whole: Value = serde_json::from_str(AGREED).unwrap();
    let mut read = Documents::open(Cursor::new(AGREED)).unwrap();
    let header = read.header();
    assert_eq!(
        (header.kind, header.events, header.schema_version.as_deref()),
        (Kind::Document, 9, Some("2.0"))
    );
    assert_eq!(header.created.unwrap().to_rfc3339(), "2026-11-23T02:00:00Z");
    assert_eq!(header.namespaces.iri("example"), Some("https://ns.example.com/epcis/"));
    for (place, event) in read.by_ref().enumerate() {
        let (index, raw, _) = event.unwrap();
        assert_eq!(index, place);
        assert!(AGREED.contains(&raw), "the text is what was sent");
        assert_eq!(serde_json::from_str::<Value>(&raw).unwrap(), whole["epcisBody"]["eventList"][place]);
    }
    assert!(read.next().is_none());
}

#[test]
fn an_answer_and_a_single_event_are_documents_too() {
    let answer = json!({
        "@context": epcis::CONTEXT, "type": "EPCISQueryDocument", "schemaVersion": "2.0", "creationDate": "2026-11-23T08:30:00Z",
        "epcisBody": { "queryResults": { "queryName": "q", "resultsBody": { "eventList": [event(1), event(2), 5] } } },
    });
    let read = open(&answer);
    assert_eq!((read.header().kind, read.header().events), (Kind::QueryDocument, 3));
    let results: Vec<_> = read.collect();
    assert_eq!(results[1].as_ref().unwrap().0, 1);
    let problems = results[2].as_ref().unwrap_err();
    assert_eq!(problems.0[0].field, "/epcisBody/queryResults/resultsBody/eventList/2");

    let mut read = open(&event(7));
    assert_eq!((read.header().kind, read.header().events), (Kind::Event, 1));
    assert_eq!(read.next().unwrap().unwrap().0, 0);
    assert!(read.next().is_none());
    let mut wrong = event(7);
    wrong["readPoint"] = json!({ "id": 5 });
    let problems = open(&wrong).next().unwrap().unwrap_err();
    assert_eq!(problems.0[0].field, "/readPoint/id");
}

#[test]
fn what_is_wrong_with_one_event_does_not_end_the_others() {
    let (sound, problems) =
        outcome(document(&json!([event(0), {}, event(2), [], event(4)])).to_string().as_bytes());
    assert_eq!(sound, 3);
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "/epcisBody/eventList/1/type",
            "/epcisBody/eventList/1/eventTime",
            "/epcisBody/eventList/1/eventTimeZoneOffset",
            "/epcisBody/eventList/3",
        ]
    );
    let none = document(&json!([]));
    assert_eq!(open(&none).count(), 0);
}

#[test]
fn limits_hold() {
    let with = |member: &str| {
        let event = event(0).to_string();
        format!("{},{member}}}", event.strip_suffix('}').unwrap())
    };
    let code = |text: &str| {
        let whole = document(&json!(["@"])).to_string().replace("\"@\"", text);
        let (sound, problems) = outcome(whole.as_bytes());
        assert_eq!(sound, 0, "{text:.60}");
        problems.0[0].code
    };
    let ng = |value: &str| with(&format!("\"urn:x:y\":{value}"));
    assert_eq!(code(&ng(&format!("\"{}\"", "x".repeat(1 << 20)))), "json_too_large");
    assert_eq!(code(&ng(&format!("{}{}", "[".repeat(40), "]".repeat(40)))), "json_too_deep");
    assert_eq!(code(&ng(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)))), "json_too_deep");
    assert_eq!(code(&ng("1e400")), "json_malformed");
    assert_eq!(code(&ng("NaN")), "json_malformed");
    assert_eq!(code(&ng("9007199254740993")), "json_integer_too_large");
    assert_eq!(code(&ng("\"\\ud800\"")), "json_malformed");
    assert_eq!(code(&with("\"action\":\"ADD\"")), "json_duplicate_name");
    let open: String = "[".repeat(1_000_000);
    assert_eq!(outcome(open.as_bytes()).1.0[0].code, "json_too_deep");
    let names: String = (0..20_000).map(|number| format!("\"a{number}\":1,")).collect::<Vec<_>>().concat();
    assert_eq!(outcome(format!("{{{names}\"type\":\"x\"}}").as_bytes()).1.0[0].code, "json_too_large");
}

/// A document that is made while it is read, and notes the most that was asked of it at once.
struct Made {
    head: String,
    events: usize,
    at: u64,
}

impl Made {
    const EVENT: usize = 256;

    fn piece(&self, at: u64) -> Vec<u8> {
        let head = self.head.len() as u64;
        if at < head {
            return self.head.as_bytes()[usize::try_from(at).unwrap()..].to_vec();
        }
        let within = at - head;
        let number = usize::try_from(within / Self::EVENT as u64).unwrap();
        let skip = usize::try_from(within % Self::EVENT as u64).unwrap();
        if number >= self.events {
            let tail = b"]}}";
            let skip = usize::try_from(within - (self.events * Self::EVENT) as u64).unwrap();
            return tail.get(skip..).unwrap_or_default().to_vec();
        }
        let comma = if number == 0 { " " } else { "," };
        format!(
            "{comma}{}{:>width$}",
            event(number),
            "",
            width = Self::EVENT - 1 - event(number).to_string().len()
        )
        .into_bytes()
        .split_off(skip)
    }
}

impl Read for Made {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let piece = self.piece(self.at);
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Made {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let SeekFrom::Start(at) = to else { unreachable!() };
        self.at = at;
        Ok(at)
    }
}

#[test]
fn ten_megabytes_are_read_one_event_at_a_time() {
    let whole = document(&json!(["@"])).to_string();
    // The members of a JSON object are in the order of their names here; the list must come last.
    let (_, rest) = whole.split_once("\"epcisBody\":{\"eventList\":[\"@\"]},").unwrap();
    let start = whole.split_once("\"epcisBody\"").unwrap().0;
    let head = format!("{start}{}, \"epcisBody\":{{\"eventList\":[", rest.strip_suffix('}').unwrap());
    let events = 40_000;
    let made = Made { head, events, at: 0 };
    let read = Documents::open(made).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(read.header().events, events);
    let mut count = 0;
    for event in read {
        let (index, raw, event) = event.unwrap();
        assert!(raw.len() < Made::EVENT && index == count);
        if index == events - 1 {
            assert_eq!(event.to_json()["epcList"], json!([format!("urn:x:{index}")]));
        }
        count += 1;
    }
    assert_eq!(count, events);
}

#[test]
fn the_context_may_stand_anywhere() {
    let text = crate::TEXT;
    assert!(text.find("@context") > text.find("epcisBody"));
    assert_eq!(events(text).len(), 2);
}

//! `epcis hash`: events on standard input, a hash a line; what is wrong goes to standard error, and ends with 2.

use crate::Desk;

const DOCUMENT: &str = include_str!("../epcis/samples/agreed.json");
const FIRST: &str =
    "ni:///sha-256;adf4fd7af60ded9dcb374105678ce35caed095740e39a420e31b89a17074d471?ver=CBV2.0";
const EVENT: &str = r#"{
    "type": "ObjectEvent", "eventTime": "2026-11-23T08:30:00+07:00", "eventTimeZoneOffset": "+07:00",
    "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:9521234.054321.8"]
}"#;

#[test]
fn a_document_gives_a_line_for_each_event() {
    let ran = Desk::new().run_with(&["epcis", "hash"], DOCUMENT).expect(0);
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!((lines.len(), lines[0], ran.err.as_str()), (9, FIRST, ""));
}

#[test]
fn a_single_event_gives_its_hash_or_the_text_of_it() {
    let desk = Desk::new();
    let ran = desk.run_with(&["epcis", "hash", "--pre-hash"], EVENT).expect(0);
    let text = "eventType=ObjectEventeventTime=2026-11-23T01:30:00.000ZeventTimeZoneOffset=+07:00epcListepc=https://id.gs1.org/01/09521234543213/21/8action=OBSERVE\n";
    assert_eq!(ran.out, text);
    let hash = nguongoc::kernel::Sha256Hash::of(text.trim_end().as_bytes());
    let ran = desk.run_with(&["epcis", "hash"], EVENT).expect(0);
    assert_eq!(ran.out, format!("ni:///sha-256;{hash}?ver=CBV2.0\n"));
}

#[test]
fn what_is_wrong_is_told_with_its_place_in_either_language() {
    let desk = Desk::new();
    let wrong = EVENT.replace("OBSERVE", "SEE").replace("urn:epc", "epc ");
    let ran = desk.run_with(&["epcis", "hash"], &wrong).expect(2);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("error: /action: “SEE” is not an action"), "{}", ran.err);
    assert!(ran.err.contains("error: /epcList/0: "), "{}", ran.err);
    let ran = desk.run_with(&["--lang", "vi", "epcis", "hash"], &wrong).expect(2);
    assert!(ran.err.contains("/action: “SEE” không phải là hành động"), "{}", ran.err);
    // One bad event, and no line at all: lines belong to events by their order.
    let ran = desk.run_with(&["epcis", "hash"], &DOCUMENT.replacen("\"ADD\"", "\"add\"", 1)).expect(2);
    assert!(ran.out.is_empty() && ran.err.contains("/epcisBody/eventList/0/action"), "{}", ran.err);
    for text in ["", "{", "[]"] {
        assert!(desk.run_with(&["epcis", "hash"], text).expect(2).err.starts_with("error: "));
    }
}

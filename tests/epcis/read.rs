//! Reading one event: all five types, the words, and everything that is wrong at once.

use crate::samples;
use nguongoc::events::epcis::{self, Action, Event, Namespaces, Vocabulary, What, Word};
use nguongoc::kernel::Problems;
use serde_json::{Value, json};

fn read(value: &Value) -> Result<Event, Problems> {
    epcis::read(value.as_object().unwrap(), &Namespaces::default(), "")
}

/// An event of each type that says as little as it may.
fn least(kind: &str) -> Value {
    let mut event = json!({
        "@context": [epcis::CONTEXT, { "ng": "urn:nguongoc:voc:" }],
        "type": kind,
        "eventTime": "2026-11-23T08:30:00+07:00",
        "eventTimeZoneOffset": "+07:00",
    });
    let members = match kind {
        "ObjectEvent" => json!({ "action": "OBSERVE", "epcList": ["urn:x:1"] }),
        "AggregationEvent" => json!({ "action": "OBSERVE", "childEPCs": ["urn:x:1"] }),
        "TransactionEvent" => {
            json!({ "action": "ADD", "epcList": ["urn:x:1"], "bizTransactionList": [{ "bizTransaction": "urn:x:2" }] })
        }
        "TransformationEvent" => json!({ "inputEPCList": ["urn:x:1"], "outputEPCList": ["urn:x:2"] }),
        _ => json!({ "action": "ADD", "parentID": "urn:x:0", "childEPCs": ["urn:x:1"] }),
    };
    event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    event
}

/// The least event with these members put in, or taken out where they are null.
fn with(kind: &str, members: &Value) -> Value {
    let mut event = least(kind);
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            event.as_object_mut().unwrap().remove(name);
        } else {
            event[name] = value.clone();
        }
    }
    event
}

fn problems(value: &Value) -> Vec<(String, &'static str)> {
    match read(value) {
        Ok(event) => panic!("it was read: {event:?}"),
        Err(problems) => problems.0.into_iter().map(|problem| (problem.field, problem.code)).collect(),
    }
}

#[track_caller]
fn refused(kind: &str, members: &Value, expected: &[(&str, &str)]) {
    let found = problems(&with(kind, members));
    let found: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), *code)).collect();
    assert_eq!(found, expected, "{kind} {members}");
}

#[track_caller]
fn taken(kind: &str, members: &Value) -> Event {
    read(&with(kind, members)).unwrap_or_else(|problems| panic!("{kind} {members}: {problems}"))
}

const TYPES: [&str; 5] =
    ["ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"];

#[test]
fn what_is_read_is_written_and_read_again_without_a_change() {
    for sample in samples().iter().chain(&TYPES.map(least)) {
        let event = read(sample).unwrap_or_else(|problems| panic!("{problems}\n{sample}"));
        let written = event.standalone();
        let again = read(&written).unwrap_or_else(|problems| panic!("{problems}\n{written}"));
        assert_eq!(again, event);
        assert_eq!(again.standalone().to_string(), written.to_string());
        assert_eq!(epcis::hash(&again, &[]), epcis::hash(&event, &[]));
    }
}

#[test]
fn what_is_written_says_the_same() {
    let sample = &samples()[0];
    let mut written = Value::from(read(sample).unwrap().to_json());
    written["@context"] = sample["@context"].clone();
    written["recordTime"] = sample["recordTime"].clone();
    assert_eq!(&written, sample, "a sample in plain words comes back as it was");
}

#[test]
fn each_type_is_its_own() {
    for kind in TYPES {
        let event = taken(kind, &json!({}));
        assert_eq!(event.what.name(), kind);
        assert_eq!(event.what.action().is_none(), kind == "TransformationEvent");
        assert_eq!((event.time.micros(), event.offset.minutes()), (1_795_397_400_000_000, 420));
    }
    let What::Object { action, things } = taken("ObjectEvent", &json!({})).what else { panic!() };
    assert_eq!((action, things.epcs), (Action::Observe, vec!["urn:x:1".to_owned()]));
}

#[test]
fn a_word_has_three_spellings() {
    for text in [
        "in_transit",
        "urn:epcglobal:cbv:disp:in_transit",
        "https://ref.gs1.org/cbv/Disp-in_transit",
        "cbv:Disp-in_transit",
    ] {
        let event = taken("ObjectEvent", &json!({ "disposition": text }));
        assert_eq!(event.disposition, Some(Word::cbv("in_transit")), "{text}");
        assert_eq!(event.to_json()["disposition"], "in_transit");
    }
    let event = taken("ObjectEvent", &json!({ "disposition": "ng:on_hold" }));
    let word = event.disposition.unwrap();
    assert_eq!((word.bare(), word.as_str()), (None, "urn:nguongoc:voc:on_hold"));
    assert_eq!(Word::cbv("po").uri(Vocabulary::BizTransactionType), "https://ref.gs1.org/cbv/BTT-po");
    let wrong = read(&with("ObjectEvent", &json!({ "bizStep": "shiping" }))).unwrap_err();
    let problem = &wrong.0[0];
    assert_eq!(
        (problem.field.as_str(), problem.code, problem.value.as_str()),
        ("/bizStep", "epcis_word_unknown", "shiping")
    );
    assert_eq!(problem.args, [("nearest", "shipping".to_owned())]);
    for text in [
        "Shipping",
        "in_transit",
        "urn:epcglobal:cbv:disp:in_transit",
        "https://ref.gs1.org/cbv/BizStep-flying",
        "http://ns.gs1.org/cbv/BizStep-shipping",
        "gs1 shipping",
        "",
    ] {
        refused("ObjectEvent", &json!({ "bizStep": text }), &[("/bizStep", "epcis_word_unknown")]);
    }
    refused("ObjectEvent", &json!({ "bizStep": "ex:a b" }), &[("/bizStep", "epcis_uri_malformed")]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let event = json!({
        "type": "ObjectEvent",
        "eventTime": "2026-11-31T08:30:00+07:00",
        "eventTimeZoneOffset": "07:00",
        "action": "add",
        "epcList": ["urn:x:1", 5, "no uri", "urn:x:1"],
        "quantityList": [{ "quantity": -1.5, "uom": "kg", "note": "" }],
        "bizStep": ["shipping"],
        "readPoint": { "name": "gate" },
        "sourceList": [{ "source": "urn:x:2" }, {}],
        "shippedBy": "me",
        "ex:a": 1,
        "ilmd": { "color": "red" },
        "inputEPCList": [],
    });
    let found = problems(&event);
    let found: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), *code)).collect();
    let mut expected = vec![
        ("/eventTime", "moment_malformed"),
        ("/eventTimeZoneOffset", "offset_malformed"),
        ("/action", "epcis_action_unknown"),
        ("/epcList/1", "epcis_wrong_type"),
        ("/epcList/2", "epcis_uri_malformed"),
        ("/epcList/3", "epcis_item_twice"),
        ("/quantityList/0/note", "epcis_member_unknown"),
        ("/quantityList/0/epcClass", "epcis_member_missing"),
        ("/quantityList/0/uom", "epcis_uom_malformed"),
        ("/quantityList/0/quantity", "epcis_quantity_negative"),
        ("/bizStep", "epcis_wrong_type"),
        ("/readPoint/name", "epcis_name_without_prefix"),
        ("/readPoint/id", "epcis_member_missing"),
        ("/sourceList/0/type", "epcis_member_missing"),
        ("/sourceList/1/type", "epcis_member_missing"),
        ("/sourceList/1/source", "epcis_member_missing"),
        ("/shippedBy", "epcis_member_unknown"),
        ("/ex:a", "epcis_prefix_undeclared"),
        ("/ilmd", "epcis_ilmd_misplaced"),
        ("/ilmd/color", "epcis_name_without_prefix"),
        ("/inputEPCList", "epcis_member_misplaced"),
    ];
    expected.sort_unstable();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
}

#[test]
fn each_type_has_what_it_must() {
    let missing = "epcis_member_missing";
    let nothing = "epcis_things_missing";
    for kind in TYPES {
        refused(kind, &json!({ "eventTime": null }), &[("/eventTime", missing)]);
        refused(kind, &json!({ "eventTimeZoneOffset": null }), &[("/eventTimeZoneOffset", missing)]);
        if kind != "TransformationEvent" {
            refused(kind, &json!({ "action": null }), &[("/action", missing)]);
        }
    }
    let none = json!({ "epcList": null });
    refused("ObjectEvent", &none, &[("/epcList", nothing)]);
    refused("ObjectEvent", &json!({ "epcList": [] }), &[("/epcList", nothing)]);
    refused("TransactionEvent", &none, &[("/epcList", nothing)]);
    refused("TransactionEvent", &json!({ "bizTransactionList": null }), &[("/bizTransactionList", missing)]);
    refused(
        "TransactionEvent",
        &json!({ "bizTransactionList": [] }),
        &[("/bizTransactionList", "epcis_list_empty")],
    );
    taken("TransactionEvent", &json!({ "epcList": null, "action": "DELETE" }));
    taken("TransactionEvent", &json!({ "epcList": [], "parentID": "urn:x:9" }));
    refused("TransactionEvent", &json!({ "epcList": null, "parentID": "urn:x:9" }), &[("/epcList", nothing)]);
    refused("AggregationEvent", &json!({ "action": "ADD" }), &[("/parentID", missing)]);
    refused("AggregationEvent", &json!({ "childEPCs": [] }), &[("/childEPCs", nothing)]);
    taken("AggregationEvent", &json!({ "action": "DELETE", "parentID": "urn:x:9", "childEPCs": null }));
    refused("AssociationEvent", &json!({ "parentID": null }), &[("/parentID", missing)]);
    refused("AssociationEvent", &json!({ "childEPCs": null }), &[("/childEPCs", nothing)]);
    taken("AssociationEvent", &json!({ "childEPCs": null, "action": "DELETE" }));
    refused("TransformationEvent", &json!({ "outputEPCList": null }), &[("/outputEPCList", nothing)]);
    refused("TransformationEvent", &json!({ "action": "ADD" }), &[("/action", "epcis_member_misplaced")]);
    taken("TransformationEvent", &json!({ "outputEPCList": null, "transformationID": "urn:x:t" }));
    let neither = json!({ "inputEPCList": null, "outputEPCList": null, "transformationID": "urn:x:t" });
    refused("TransformationEvent", &neither, &[("/inputEPCList", nothing), ("/outputEPCList", nothing)]);
    // A sensor speaks of a place, without any thing.
    let report = json!([{ "sensorReport": [{ "type": "Temperature", "value": 4 }] }]);
    let at = json!({ "id": "urn:x:p" });
    taken("ObjectEvent", &json!({ "epcList": null, "sensorElementList": report, "readPoint": at }));
    refused(
        "ObjectEvent",
        &json!({ "epcList": null, "sensorElementList": report }),
        &[("/epcList", nothing)],
    );
    refused("FarmEvent", &json!({}), &[("/type", "epcis_event_type_unknown")]);
    refused("ObjectEvent", &json!({ "type": null }), &[("/type", missing)]);
}

#[test]
fn master_data_stands_where_things_begin() {
    let ilmd = json!({ "ng:variety": "x" });
    taken("ObjectEvent", &json!({ "action": "ADD", "ilmd": ilmd }));
    taken("TransformationEvent", &json!({ "ilmd": ilmd }));
    for action in ["OBSERVE", "DELETE"] {
        refused(
            "ObjectEvent",
            &json!({ "action": action, "ilmd": ilmd }),
            &[("/ilmd", "epcis_ilmd_misplaced")],
        );
    }
    for kind in ["AggregationEvent", "TransactionEvent", "AssociationEvent"] {
        refused(kind, &json!({ "ilmd": ilmd }), &[("/ilmd", "epcis_member_misplaced")]);
        let persistent = json!({ "set": ["conformant"] });
        refused(
            kind,
            &json!({ "persistentDisposition": persistent }),
            &[("/persistentDisposition", "epcis_member_misplaced")],
        );
    }
}

#[test]
fn quantities_have_their_rules() {
    let list = |element: Value| json!({ "quantityList": [element] });
    let class = "https://id.gs1.org/01/09521234543213/10/L";
    for element in [
        json!({ "epcClass": class }),
        json!({ "epcClass": class, "quantity": 0 }),
        json!({ "epcClass": class, "quantity": 3.0 }),
        json!({ "epcClass": class, "quantity": 1.5, "uom": "KGM" }),
        json!({ "epcClass": class, "quantity": 1.5, "uom": "2N" }),
    ] {
        taken("ObjectEvent", &list(element));
    }
    for (element, at, code) in [
        (json!({ "epcClass": class, "quantity": 1.5 }), "quantity", "epcis_count_fraction"),
        (json!({ "epcClass": class, "uom": "KGM" }), "quantity", "epcis_member_missing"),
        (json!({ "epcClass": class, "quantity": "1" }), "quantity", "epcis_wrong_type"),
        (json!({ "epcClass": class, "quantity": 1, "uom": "KILO" }), "uom", "epcis_uom_malformed"),
        (json!({ "epcClass": class, "quantity": 1, "uom": 7 }), "uom", "epcis_wrong_type"),
        (json!({ "epcClass": class, "quantity": 1, "ng:x": 7 }), "ng:x", "epcis_member_unknown"),
        (json!({ "epcClass": "L", "quantity": 1 }), "epcClass", "epcis_uri_malformed"),
    ] {
        refused("ObjectEvent", &list(element), &[(&format!("/quantityList/0/{at}"), code)]);
    }
    for (sign, code) in
        [("kg", "KGM"), ("Kg", "KGM"), ("tấn", "TNE"), ("tạ", "DTN"), ("kgm", "KGM"), ("°C", "CEL")]
    {
        let wrong = with("ObjectEvent", &list(json!({ "epcClass": class, "quantity": 1, "uom": sign })));
        assert_eq!(read(&wrong).unwrap_err().0[0].args, [("nearest", code.to_owned())], "{sign}");
    }
}

#[test]
fn sensors_are_read_by_type() {
    let event = read(&samples()[6]).unwrap();
    let element = &event.sensors[0];
    let report = &element.reports[0];
    assert_eq!(
        (report.measures(), report.value(), report.uom()),
        (Some("Temperature"), Some(4.6), Some("CEL"))
    );
    assert_eq!(report.time().unwrap().to_rfc3339(), "2026-11-22T19:30:00Z");
    assert_eq!(report.extensions["example:mark"], "ok");
    assert_eq!(element.reports[1].time(), None);
    let one = |element: Value| json!({ "sensorElementList": [element] });
    let report = |report: Value| one(json!({ "sensorReport": [report] }));
    let at = |name: &str| format!("/sensorElementList/0/sensorReport/0/{name}");
    for (members, field, code) in [
        (report(json!({})), at("type"), "epcis_member_missing"),
        (report(json!({ "type": "temperature" })), at("type"), "epcis_word_unknown"),
        (report(json!({ "type": "https://gs1.org/voc/Heat" })), at("type"), "epcis_word_unknown"),
        (report(json!({ "type": "Mass", "value": "4" })), at("value"), "epcis_wrong_type"),
        (report(json!({ "type": "Mass", "booleanValue": "true" })), at("booleanValue"), "epcis_wrong_type"),
        (
            report(json!({ "type": "Mass", "hexBinaryValue": "xyz" })),
            at("hexBinaryValue"),
            "epcis_hex_malformed",
        ),
        (
            report(json!({ "type": "Mass", "hexBinaryValue": "" })),
            at("hexBinaryValue"),
            "epcis_hex_malformed",
        ),
        (report(json!({ "type": "Mass", "time": "now" })), at("time"), "moment_malformed"),
        (report(json!({ "type": "Mass", "deviceID": "7" })), at("deviceID"), "epcis_uri_malformed"),
        (report(json!({ "type": "Mass", "component": "w" })), at("component"), "epcis_word_unknown"),
        (report(json!({ "type": "Mass", "valeu": 4 })), at("valeu"), "epcis_member_unknown"),
        (report(json!({ "type": "Mass", "q:x": 4 })), at("q:x"), "epcis_prefix_undeclared"),
        (one(json!({ "sensorReport": [] })), "/sensorElementList/0/sensorReport".into(), "epcis_list_empty"),
        (one(json!({})), "/sensorElementList/0/sensorReport".into(), "epcis_member_missing"),
    ] {
        refused("ObjectEvent", &members, &[(&field, code)]);
    }
}

#[test]
fn errors_persistent_states_and_certificates() {
    let declared = json!({
        "declarationTime": "2026-11-24T00:00:00Z", "reason": "urn:epcglobal:cbv:er:did_not_occur",
        "correctiveEventIDs": ["urn:uuid:1"], "ng:by": "clerk",
    });
    let event = taken("ObjectEvent", &json!({ "errorDeclaration": declared, "eventID": "urn:uuid:0" }));
    let error = event.error.as_ref().unwrap();
    assert_eq!((error.reason.as_ref().unwrap().bare(), error.corrective.len()), (Some("did_not_occur"), 1));
    assert_eq!(event.to_json()["errorDeclaration"]["declarationTime"], "2026-11-24T07:00:00+07:00");
    refused(
        "ObjectEvent",
        &json!({ "errorDeclaration": {} }),
        &[("/errorDeclaration/declarationTime", "epcis_member_missing")],
    );
    let wrong = json!({ "errorDeclaration": { "declarationTime": "2026-11-24T00:00:00Z", "why": 1 } });
    refused("ObjectEvent", &wrong, &[("/errorDeclaration/why", "epcis_name_without_prefix")]);
    let persistent = |value: Value| json!({ "persistentDisposition": value });
    taken("ObjectEvent", &persistent(json!({ "unset": ["conformant"] })));
    refused("ObjectEvent", &persistent(json!({})), &[("/persistentDisposition/set", "epcis_member_missing")]);
    refused(
        "ObjectEvent",
        &persistent(json!({ "set": [] })),
        &[("/persistentDisposition/set", "epcis_list_empty")],
    );
    let twice = persistent(json!({ "set": ["conformant", "https://ref.gs1.org/cbv/Disp-conformant"] }));
    refused("ObjectEvent", &twice, &[("/persistentDisposition/set/1", "epcis_item_twice")]);
    for certificates in [json!("https://example.com/1"), json!(["https://example.com/1"])] {
        let event = taken("ObjectEvent", &json!({ "certificationInfo": certificates }));
        assert_eq!(event.certification, ["https://example.com/1"]);
    }
}

#[test]
fn times_have_their_form() {
    for time in ["2026-11-23T08:30:00Z", "2026-11-23t08:30:00.123456789+14:00", "2000-01-01T00:00:00-14:00"] {
        taken("ObjectEvent", &json!({ "eventTime": time }));
    }
    for time in [
        "2026-11-23",
        "2026-11-23T08:30:00",
        " 2026-11-23T08:30:00Z",
        "2026-11-23T24:00:00Z",
        "20261123T083000Z",
        "",
    ] {
        refused("ObjectEvent", &json!({ "eventTime": time }), &[("/eventTime", "moment_malformed")]);
    }
    refused(
        "ObjectEvent",
        &json!({ "eventTime": "2026-11-23T08:30:00+14:01" }),
        &[("/eventTime", "offset_malformed")],
    );
    refused(
        "ObjectEvent",
        &json!({ "eventTime": "1926-11-23T08:30:00Z" }),
        &[("/eventTime", "year_out_of_range")],
    );
    for offset in ["Z", "+7:00", "+0700", "+14:01", "+07:60", "07:00", " +07:0"] {
        refused(
            "ObjectEvent",
            &json!({ "eventTimeZoneOffset": offset }),
            &[("/eventTimeZoneOffset", "offset_malformed")],
        );
    }
    // What the sender says of when it was recorded does not count, but nonsense is told.
    let event = taken("ObjectEvent", &json!({ "recordTime": "2026-11-23T08:30:00Z" }));
    assert_eq!(event.record_time, None);
    refused("ObjectEvent", &json!({ "recordTime": 5 }), &[("/recordTime", "epcis_wrong_type")]);
}

#[test]
fn uris_are_whole() {
    for uri in [
        "urn:x:%C3%A9",
        "https://example.com/a?b=c#d",
        "https://[::1]/x",
        "tag:a,2026:b",
        "ng:thing",
        "mailto:a@b",
    ] {
        taken("ObjectEvent", &json!({ "epcList": [uri] }));
    }
    let event = taken("ObjectEvent", &json!({ "epcList": ["ng:thing"] }));
    assert_eq!(
        event.to_json()["epcList"][0],
        "urn:nguongoc:voc:thing",
        "what a prefix stands for is written out"
    );
    for uri in [
        "",
        "thing",
        "/01/1",
        "urn:",
        "https:",
        "https://",
        "https:/x",
        "http://:80/",
        "1urn:x",
        "urn:a b",
        "urn:é",
        "urn:%4",
        "urn:a#b#c",
        "urn:[x]",
        "urn:a\u{0}",
    ] {
        refused("ObjectEvent", &json!({ "epcList": [uri] }), &[("/epcList/0", "epcis_uri_malformed")]);
    }
    let long = format!("urn:x:{}", "a".repeat(1100));
    refused("ObjectEvent", &json!({ "epcList": [long] }), &[("/epcList/0", "text_too_long")]);
}

#[test]
fn contexts_declare_prefixes() {
    let context = |context: Value| json!({ "@context": context, "a:x": 1 });
    for good in [
        json!([epcis::CONTEXT, { "a": "https://example.com/" }]),
        json!({ "a": "https://example.com/" }),
        json!({ "a": { "@id": "https://example.com/", "@type": "@id" } }),
        json!(["https://example.com/context.jsonld", { "a": "urn:a:" }, { "@version": 1.1 }]),
    ] {
        taken("ObjectEvent", &context(good));
    }
    for (wrong, code) in [
        (json!(5), "epcis_wrong_type"),
        (json!("no uri"), "epcis_uri_malformed"),
        (json!({ "a": 5 }), "epcis_prefix_malformed"),
        (json!({ "@vocab": "https://example.com/" }), "epcis_prefix_malformed"),
        (json!({ "a": "no uri" }), "epcis_uri_malformed"),
        (json!({ "urn": "https://example.com/" }), "epcis_prefix_reserved"),
        (json!({ "cbv": "https://example.com/" }), "epcis_prefix_reserved"),
    ] {
        let found = problems(&with("ObjectEvent", &context(wrong.clone())));
        assert!(
            found.iter().any(|(field, found)| field.starts_with("/@context") && *found == code),
            "{wrong}: {found:?}"
        );
    }
    refused("ObjectEvent", &context(json!(epcis::CONTEXT)), &[("/a:x", "epcis_prefix_undeclared")]);
    taken("ObjectEvent", &json!({ "https://example.com/x": 1, "urn:a:b": [], "cbvmda:x": "" }));
    assert_eq!(problems(&with("ObjectEvent", &json!({ "b/c~d": 1 })))[0].0, "/b~1c~0d");
    // An event's own context goes before that of its document.
    let outer = Namespaces::of(&json!({ "a": "urn:outer:" })).unwrap();
    let inner = with("ObjectEvent", &context(json!({ "a": "urn:inner:" })));
    let event = epcis::read(inner.as_object().unwrap(), &outer, "").unwrap();
    assert_eq!(event.namespaces.iri("a"), Some("urn:inner:"));
    assert_eq!(Namespaces::own().context(), json!([epcis::CONTEXT, { "ng": "urn:nguongoc:voc:" }]));
}

#[test]
fn a_hundred_problems_are_enough() {
    let many: Vec<String> = (0..50_000).map(|number| format!("not a word {number}")).collect();
    let event = with("ObjectEvent", &json!({ "epcList": many, "errorDeclaration": { "reason": 1 } }));
    assert_eq!(read(&event).unwrap_err().0.len(), 100);
    let twice = with("ObjectEvent", &json!({ "epcList": vec!["urn:x:1"; 50_000] }));
    assert_eq!(read(&twice).unwrap_err().0.len(), 100);
    let object = |name: &str| json!({ name: many.iter().map(|name| (name.clone(), json!(1))).collect::<serde_json::Map<_, _>>() });
    for name in ["readPoint", "persistentDisposition", "ilmd", "errorDeclaration"] {
        assert_eq!(read(&with("ObjectEvent", &object(name))).unwrap_err().0.len(), 100, "{name}");
    }
}

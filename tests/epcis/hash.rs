//! Hashes: known answers, and what they must not depend on.

use crate::{AGREED, TEXT, events, samples};
use nguongoc::events::epcis::{self, Namespaces};
use serde_json::{Value, json};

/// From the reference generator 1.9.3, for `samples/agreed.json`.
const AGREED_HASHES: [&str; 9] = [
    "adf4fd7af60ded9dcb374105678ce35caed095740e39a420e31b89a17074d471",
    "588d346ea4cc03dc82755f34e8e7e634f931165c6a826760d5dec9e16d1b6e38",
    "e1d90208464c68ef4f16075961f131538a5d7a07aeb8488ce04f05fde3041a62",
    "2e22ffb44f5c683684efe41e9f09ea93686c9ba6d162cca71a7fb4e0393f44e8",
    "15e123dc569f76154b418fa4fb9cca9e6d77ef0038cd6c01c266d94399db4f39",
    "1bb445d79f92ecc822eb2145c7adc9d3878d3be2701c076e111e954064e6f6c5",
    "b4a34481c46be399da10dd0310270b8f120f34204d3da2dd8b04b10674122996",
    "51c7bcd1aa604f59af55319e4e7cf87b9d7cb38cd6a82a6f8679ff7319a6a76f",
    "74126b85d74ebe7497f81c58ad3ff9dcd4c088566f23b2df013e10de46d38937",
];

#[test]
fn the_reference_generator_agrees() {
    for (event, hash) in events(AGREED).iter().zip(AGREED_HASHES) {
        assert_eq!(
            epcis::hash(event, &[]),
            format!("ni:///sha-256;{hash}?ver=CBV2.0"),
            "{}",
            epcis::pre_hash(event, &[])
        );
    }
    assert_eq!(events(AGREED).len(), AGREED_HASHES.len());
}

/// Written out by hand after the standard: transactions, sources and destinations before sensors, `parentID` behind `epcList`,
/// nothing of `certificationInfo`, a half millisecond up, `true`, extensions in their place, texts that are no numbers.
#[test]
fn where_generations_differ_the_text_of_the_standard_counts() {
    let expected = [
        "eventType=TransactionEvent\
         eventTime=2026-11-23T01:30:00.001Z\
         eventTimeZoneOffset=+07:00\
         epcListepc=https://id.gs1.org/01/09521234543213/21/5\
         parentID=https://id.gs1.org/00/095212340000000013\
         action=ADD\
         bizTransactionList\
         bizTransaction=https://example.com/p/2\
         type=https://ref.gs1.org/cbv/BTT-pobizTransaction=https://example.com/p/1\
         sourceListtype=https://ref.gs1.org/cbv/SDT-owning_partysource=https://id.gs1.org/417/9521234000013\
         destinationListtype=https://ref.gs1.org/cbv/SDT-owning_partydestination=https://id.gs1.org/417/9521234000020\
         sensorElementListsensorElementsensorReport\
         type=https://gs1.org/voc/TemperaturebizRules=https://example.com/r/1booleanValue=true",
        "eventType=ObjectEvent\
         eventTime=2026-11-23T01:30:00.000Z\
         eventTimeZoneOffset=+07:00\
         quantityListquantityElementepcClass=https://id.gs1.org/01/09521234543213/10/1E5quantity=1\
         action=ADD\
         bizStep=https://ref.gs1.org/cbv/BizStep-commissioning\
         disposition=https://ref.gs1.org/cbv/Disp-active\
         readPointid=https://id.gs1.org/414/9521234000006{urn:nguongoc:voc:}row=4\
         sourceListtype=https://ref.gs1.org/cbv/SDT-locationsource=https://id.gs1.org/414/9521234000006\
         ilmd{urn:epcglobal:cbv:mda:}lotNumber=1E5{urn:nguongoc:voc:}state=active",
    ];
    for (event, expected) in events(TEXT).iter().zip(expected) {
        assert_eq!(epcis::pre_hash(event, &[]), expected);
    }
}

fn hash_of(value: &Value) -> String {
    let event = epcis::read(value.as_object().unwrap(), &Namespaces::default(), "");
    epcis::hash(&event.unwrap_or_else(|problems| panic!("{problems}")), &["demo.example.vn"])
}

#[test]
fn the_same_event_in_other_words_has_the_same_hash() {
    let event = json!({
        "@context": [epcis::CONTEXT, { "a": "https://ns.example.com/a/" }],
        "type": "ObjectEvent",
        "eventTime": "2026-11-23T08:30:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": ["https://id.gs1.org/01/09521234543213/21/7", "urn:epc:id:sgtin:9521234.054321.8"],
        "bizTransactionList": [{ "type": "po", "bizTransaction": "https://ns.example.com/a/1" }],
        "a:note": ["x", { "a:y": 1 }],
    });
    let hash = hash_of(&event);
    let with = |pointer: &str, value: Value| {
        let mut other = event.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        hash_of(&other)
    };
    let without = |value: &str| with("/epcList/0", value.into());
    assert_eq!(with("/eventTime", "2026-11-23T01:30:00.000400Z".into()), hash);
    assert_eq!(with("/bizStep", "urn:epcglobal:cbv:bizstep:shipping".into()), hash);
    assert_eq!(with("/bizStep", "https://ref.gs1.org/cbv/BizStep-shipping".into()), hash);
    assert_eq!(with("/bizStep", "cbv:BizStep-shipping".into()), hash);
    assert_eq!(without("urn:epc:id:sgtin:9521234.054321.7"), hash);
    assert_eq!(without("http://shop.example.com/x/01/09521234543213/10/L/21/7?17=261231"), hash);
    assert_eq!(with("/bizTransactionList/0/type", "urn:epcglobal:cbv:btt:po".into()), hash);
    assert_eq!(with("/bizTransactionList/0/bizTransaction", "a:1".into()), hash);
    assert_eq!(with("/a:note", json!([{ "a:y": 1.0 }, " x "])), hash);
    let mut reversed = event.clone();
    reversed["epcList"].as_array_mut().unwrap().reverse();
    assert_eq!(hash_of(&reversed), hash);
    // Other prefixes for the same namespaces.
    let text =
        event.to_string().replace("a:note", "b:note").replace("a:y", "b:y").replace("\"a\":", "\"b\":");
    assert_eq!(hash_of(&serde_json::from_str(&text).unwrap()), hash);
    for (name, value) in [
        ("eventID", json!("urn:uuid:018f2f3c-0000-7000-8000-000000000002")),
        ("recordTime", json!("2026-11-23T08:31:00Z")),
        ("certificationInfo", json!(["https://example.com/c"])),
        ("errorDeclaration", json!({ "declarationTime": "2026-11-24T00:00:00Z" })),
    ] {
        let mut other = event.clone();
        other[name] = value;
        assert_eq!(hash_of(&other), hash, "{name} is no part of the hash");
    }
    // And every change of what is said is a change of the hash.
    let changes = [
        ("/eventTime", json!("2026-11-23T08:30:00.001+07:00")),
        ("/eventTimeZoneOffset", json!("+08:00")),
        ("/action", json!("ADD")),
        ("/bizStep", json!("receiving")),
        ("/epcList/1", json!("urn:epc:id:sgtin:9521234.054321.9")),
        ("/bizTransactionList/0/type", json!("inv")),
        ("/a:note/0", json!("y")),
        ("/a:note/1/a:y", json!(2)),
    ];
    let mut hashes: Vec<String> = changes.iter().map(|(at, value)| with(at, value.clone())).collect();
    hashes.push(hash);
    let count = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count);
}

#[test]
fn own_products_are_hashed_as_others_see_them() {
    let mut event = samples()[0].clone();
    let uri = "https://demo.example.vn/P/1000000014/L/HN-7";
    event["quantityList"][0]["epcClass"] = uri.into();
    let event = epcis::read(event.as_object().unwrap(), &Namespaces::default(), "").unwrap();
    assert!(epcis::pre_hash(&event, &["demo.example.vn"]).contains(uri));
    assert_eq!(epcis::hash(&event, &["demo.example.vn"]), epcis::hash(&event, &[]));
}

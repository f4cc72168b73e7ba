//! Each parameter with what it finds and what it does not; pages; the round trip.

use super::{Desk, ask, bare, capture, context, document, encoded, events, further, seen, send};
use crate::support::app::{On, TestApp, on_both};
use nguongoc::accounts::Role;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both!(
    every_parameter_finds_what_it_names,
    what_is_captured_comes_back,
    export_and_import_are_a_fixed_point,
    what_is_not_understood_is_refused,
    pages_are_whole_while_others_write,
    limits_hold,
    questions_have_names,
    each_sees_its_own,
    a_party_pages_through_its_own,
);

/// Events that differ in everything that can be asked for.
fn samples() -> Vec<Value> {
    vec![
        json!({
            "type": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-00000000000a",
            "eventTime": "2026-11-10T08:00:00+07:00", "eventTimeZoneOffset": "+07:00",
            "action": "ADD", "bizStep": "https://ref.gs1.org/cbv/BizStep-commissioning",
            "disposition": "urn:epcglobal:cbv:disp:active",
            "epcList": ["urn:epc:id:sgtin:952123.0454321.7"],
            "quantityList": [{ "epcClass": "https://id.gs1.org/01/09521234543213/10/LA", "quantity": 12.5, "uom": "KGM" }],
            "readPoint": { "id": "urn:epc:id:sgln:952123.000001.plot1", "ex:side": "north" },
            "bizLocation": { "id": "https://id.gs1.org/414/9521230000017", "ex:hall": 4 },
            "ilmd": { "ex:variety": "cải bẹ", "ex:sown": "2026-10-01T00:00:00Z", "ex:grown": { "ex:rows": 12, "ex:by": "hand" } },
            "ex:weather": "rain", "ex:humidity": 81.5,
        }),
        json!({
            "type": "ObjectEvent",
            "eventTime": "2026-11-11T08:00:00+07:00", "eventTimeZoneOffset": "+07:00",
            "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit",
            "persistentDisposition": { "set": ["completeness_verified"], "unset": ["completeness_inferred"] },
            "quantityList": [{ "epcClass": "urn:epc:class:lgtin:952123.0454321.LA", "quantity": 5000, "uom": "GRM" }],
            "bizTransactionList": [
                { "type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:9521230000017:77" },
                { "bizTransaction": "https://example.com/paper/1" },
            ],
            "sourceList": [{ "type": "owning_party", "source": "urn:epc:id:pgln:952123.000002" }],
            "destinationList": [{ "type": "https://ref.gs1.org/cbv/SDT-possessing_party", "destination": "https://example.com/party/9" }],
            "certificationInfo": "https://example.com/certificates/3",
            "ex:trip": { "ex:leg": [{ "ex:km": 40 }, { "ex:km": 15 }] },
        }),
        json!({
            "type": "AggregationEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-00000000000c",
            "eventTime": "2026-11-12T08:00:00+07:00", "eventTimeZoneOffset": "+07:00",
            "action": "ADD", "bizStep": "packing",
            "parentID": "urn:epc:id:sscc:952123.00000000001",
            "childEPCs": ["https://example.org/01/09521234543213/10/LB/21/8"],
            "readPoint": { "id": "https://id.gs1.org/414/9521230000017" },
        }),
        json!({
            "type": "TransformationEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-00000000000d",
            "eventTime": "2026-11-13T08:00:00+07:00", "eventTimeZoneOffset": "+07:00",
            "transformationID": "urn:epc:id:gdti:952123.000001.1",
            "bizStep": "https://example.com/steps/cooking",
            "inputQuantityList": [{ "epcClass": "https://id.gs1.org/01/09521234543213/10/LA", "quantity": 3, "uom": "KGM" }],
            "inputEPCList": ["https://id.gs1.org/01/09521234543213/21/7"],
            "outputQuantityList": [{ "epcClass": "https://id.gs1.org/01/09520000000011/10/LC", "quantity": 4 }],
            "outputEPCList": ["https://id.gs1.org/01/09520000000011/21/1"],
        }),
        json!({
            "type": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-00000000000e",
            "eventTime": "2026-11-14T08:00:00+07:00", "eventTimeZoneOffset": "+07:00",
            "action": "OBSERVE", "bizStep": "sensor_reporting", "epcList": ["https://example.com/box/1"],
            "sensorElementList": [{
                "sensorMetadata": { "time": "2026-11-14T07:59:00+07:00", "deviceID": "urn:epc:id:giai:952123.sensor1", "ex:lab": "one" },
                "sensorReport": [
                    { "type": "Temperature", "value": 4.5, "uom": "CEL", "minValue": 3.9, "maxValue": 5.1, "meanValue": 4.4, "sDev": 0.2, "ex:raw": 17 },
                    { "type": "gs1:RelativeHumidity", "value": 62, "uom": "P1", "stringValue": "damp", "booleanValue": true, "percRank": 50, "percValue": 61, "uriValue": "https://example.com/x" },
                ],
            }],
        }),
        json!({
            "type": "AssociationEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-00000000000f",
            "eventTime": "2026-11-15T08:00:00+07:00", "eventTimeZoneOffset": "+07:00",
            "action": "DELETE", "parentID": "https://id.gs1.org/414/9521230000017",
            "childEPCs": ["urn:epc:id:grai:952123.000001.9"],
        }),
        json!({
            "type": "TransactionEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-000000000010",
            "eventTime": "2026-11-16T08:00:00+07:00", "eventTimeZoneOffset": "+07:00",
            "action": "ADD", "epcList": ["https://id.gs1.org/01/09521234543213/21/9"],
            "bizTransactionList": [{ "type": "po", "bizTransaction": "https://example.com/order/5" }],
        }),
        // The first again, as wrong.
        json!({
            "type": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-00000000000e",
            "eventTime": "2026-11-14T08:00:00+07:00", "eventTimeZoneOffset": "+07:00",
            "action": "OBSERVE", "bizStep": "sensor_reporting", "epcList": ["https://example.com/box/1"],
            "sensorElementList": [{
                "sensorMetadata": { "time": "2026-11-14T07:59:00+07:00", "deviceID": "urn:epc:id:giai:952123.sensor1", "ex:lab": "one" },
                "sensorReport": [
                    { "type": "Temperature", "value": 4.5, "uom": "CEL", "minValue": 3.9, "maxValue": 5.1, "meanValue": 4.4, "sDev": 0.2, "ex:raw": 17 },
                    { "type": "gs1:RelativeHumidity", "value": 62, "uom": "P1", "stringValue": "damp", "booleanValue": true, "percRank": 50, "percValue": 61, "uriValue": "https://example.com/x" },
                ],
            }],
            "errorDeclaration": {
                "declarationTime": "2026-11-15T09:00:00Z", "reason": "incorrect_data",
                "correctiveEventIDs": ["urn:uuid:00000000-0000-4000-8000-000000000010"], "ex:who": "lab",
            },
        }),
    ]
}

/// Parameters, and which of the samples they find.
const TABLE: &[(&str, &[usize])] = &[
    ("", &[0, 1, 2, 3, 4, 5, 6, 7]),
    ("eventType=ObjectEvent", &[0, 1, 4, 7]),
    ("eventType=TransformationEvent,AssociationEvent", &[3, 5]),
    ("eventType=TransformationEvent&eventType=AssociationEvent", &[3, 5]),
    ("GE_eventTime=2026-11-15T01:00:00Z", &[5, 6]),
    ("GE_eventTime=2026-11-15T08:00:00+07:00", &[5, 6]),
    ("LT_eventTime=2026-11-11T01:00:00Z", &[0]),
    ("GE_recordTime=2026-11-23T02:00:00Z", &[0, 1, 2, 3, 4, 5, 6, 7]),
    ("GE_recordTime=2026-11-23T02:00:00.001Z", &[]),
    ("LT_recordTime=2026-11-23T02:00:00Z", &[]),
    ("EQ_action=ADD", &[0, 2, 6]),
    ("EQ_action=DELETE|ADD", &[0, 2, 5, 6]),
    ("EQ_bizStep=commissioning", &[0]),
    ("EQ_bizStep=urn:epcglobal:cbv:bizstep:shipping", &[1]),
    ("EQ_bizStep=https://ref.gs1.org/cbv/BizStep-packing,shipping", &[1, 2]),
    ("EQ_bizStep=https://example.com/steps/cooking", &[3]),
    ("EQ_bizStep=receiving", &[]),
    ("EQ_disposition=active", &[0]),
    ("EQ_disposition=https://ref.gs1.org/cbv/Disp-in_transit", &[1]),
    ("EQ_disposition=recalled", &[]),
    ("EQ_persistentDisposition_set=completeness_verified", &[1]),
    ("EQ_persistentDisposition_set=completeness_inferred", &[]),
    ("EQ_persistentDisposition_unset=completeness_inferred", &[1]),
    ("EQ_readPoint=urn:epc:id:sgln:952123.000001.0", &[2]),
    ("EQ_readPoint=https://id.gs1.org/414/9521230000017/254/plot1", &[0]),
    ("WD_readPoint=https://id.gs1.org/414/9521230000017", &[0, 2]),
    ("WD_readPoint=https://id.gs1.org/414/9521230000024", &[]),
    ("EQ_bizLocation=https://id.gs1.org/414/9521230000017", &[0]),
    ("WD_bizLocation=urn:epc:id:sgln:952123.000001.0", &[0]),
    ("WD_bizLocation=urn:epc:id:sgln:952123.000001.plot1", &[]),
    ("EQ_transformationID=urn:epc:id:gdti:952123.000001.1", &[3]),
    ("EQ_transformationID=urn:epc:id:gdti:952123.000001.2", &[]),
    ("MATCH_epc=https://id.gs1.org/01/09521234543213/21/7", &[0]),
    ("MATCH_epc=urn:epc:id:sgtin:952123.0454321.8", &[2]),
    ("MATCH_epc=urn:epc:idpat:sgtin:952123.0454321.*", &[0, 2, 6]),
    ("MATCH_epc=urn:epc:idpat:sgtin:952123.*.*", &[0, 2, 6]),
    ("MATCH_epc=urn:epc:idpat:sgtin:952124.*.*", &[]),
    ("MATCH_epc=https://id.gs1.org/01/09521234543213", &[0, 2, 6]),
    ("MATCH_epc=https://id.gs1.org/01/09521234543213/10/LB", &[2]),
    ("MATCH_epc=https://id.gs1.org/01/09521234543213/10/LA", &[]),
    ("MATCH_epc=https://example.com/box/1", &[4, 7]),
    ("MATCH_epc=urn:epc:idpat:grai:952123.000001.*", &[5]),
    ("MATCH_parentID=https://id.gs1.org/00/095212300000000017", &[2]),
    ("MATCH_parentID=https://id.gs1.org/00/195212300000000017", &[]),
    ("MATCH_parentID=urn:epc:id:sscc:952123.00000000001", &[2]),
    ("MATCH_parentID=urn:epc:idpat:sscc:952123.*", &[2]),
    ("MATCH_parentID=urn:epc:idpat:sscc:*.*", &[2]),
    ("MATCH_parentID=https://id.gs1.org/414/9521230000017", &[5]),
    ("MATCH_inputEPC=https://id.gs1.org/01/09521234543213/21/7", &[3]),
    ("MATCH_outputEPC=https://id.gs1.org/01/09521234543213/21/7", &[]),
    ("MATCH_outputEPC=https://id.gs1.org/01/09520000000011", &[3]),
    ("MATCH_anyEPC=https://id.gs1.org/01/09521234543213/21/7", &[0, 3]),
    ("MATCH_anyEPC=urn:epc:id:sscc:952123.00000000001", &[2]),
    ("MATCH_epcClass=https://id.gs1.org/01/09521234543213/10/LA", &[0, 1]),
    ("MATCH_epcClass=urn:epc:class:lgtin:952123.0454321.LA", &[0, 1]),
    ("MATCH_epcClass=urn:epc:class:lgtin:952123.0454321.*", &[0, 1]),
    ("MATCH_epcClass=https://id.gs1.org/01/09521234543213", &[0, 1]),
    ("MATCH_epcClass=https://id.gs1.org/01/09521234543213/10/LB", &[]),
    ("MATCH_inputEPCClass=https://id.gs1.org/01/09521234543213/10/LA", &[3]),
    ("MATCH_outputEPCClass=https://id.gs1.org/01/09521234543213/10/LA", &[]),
    ("MATCH_outputEPCClass=https://id.gs1.org/01/09520000000011/10/LC", &[3]),
    ("MATCH_anyEPCClass=https://id.gs1.org/01/09521234543213/10/LA", &[0, 1, 3]),
    ("EQ_quantity=12.5", &[0]),
    ("GT_quantity=4", &[0, 1]),
    ("GE_quantity=4", &[0, 1, 3]),
    ("LT_quantity=4", &[3]),
    ("LE_quantity=4", &[3]),
    ("GE_quantity_KGM=5", &[0, 1]),
    ("GT_quantity_GRM=5000", &[0]),
    ("EQ_quantity_KGM=5", &[1]),
    ("EQ_eventID=urn:uuid:00000000-0000-4000-8000-00000000000c", &[2]),
    ("EQ_eventID=urn:uuid:00000000-0000-4000-8000-00000000000e", &[4, 7]),
    ("EQ_eventID=urn:uuid:00000000-0000-4000-8000-00000000beef", &[]),
    ("EXISTS_errorDeclaration=", &[7]),
    ("GE_errorDeclarationTime=2026-11-15T09:00:00Z", &[7]),
    ("GE_errorDeclaration_Time=2026-11-15T09:00:01Z", &[]),
    ("LT_errorDeclarationTime=2026-11-15T09:00:01Z", &[7]),
    ("EQ_errorReason=urn:epcglobal:cbv:er:incorrect_data", &[7]),
    ("EQ_errorReason=did_not_occur", &[]),
    ("EQ_correctiveEventID=urn:uuid:00000000-0000-4000-8000-000000000010", &[7]),
    ("EQ_ERROR_DECLARATION_ex:who=lab", &[7]),
    ("EXISTS_ERROR_DECLARATION_ex:who=", &[7]),
    ("EQ_bizTransaction_desadv=urn:epcglobal:cbv:bt:9521230000017:77", &[1]),
    ("EQ_bizTransaction_po=urn:epcglobal:cbv:bt:9521230000017:77", &[]),
    ("EQ_bizTransaction_po=https://example.com/order/5", &[6]),
    ("EQ_source_owning_party=https://id.gs1.org/417/9521230000024", &[1]),
    ("EQ_source_possessing_party=https://id.gs1.org/417/9521230000024", &[]),
    ("EQ_destination_possessing_party=https://example.com/party/9", &[1]),
    ("EQ_certificationInfo=https://example.com/certificates/3", &[1]),
    ("EQ_ex:weather=rain", &[0]),
    ("EQ_ex:weather=sun", &[]),
    ("EQ_https://example.com/epcis/weather=rain", &[0]),
    ("EQ_https://example.com/epcis/%23weather=rain", &[0]),
    ("EQ_{https://example.com/epcis/}weather=rain", &[0]),
    ("EXISTS_ex:weather=", &[0]),
    ("EXISTS_ex:wind=", &[]),
    ("EQ_ex:humidity=81.50", &[0]),
    ("GT_ex:humidity=81.5", &[]),
    ("GE_ex:humidity=81.5", &[0]),
    ("LT_ex:humidity=90", &[0]),
    ("LE_ex:humidity=81", &[]),
    ("EQ_ILMD_ex:variety=c%E1%BA%A3i%20b%E1%BA%B9", &[0]),
    ("EQ_ex:variety=c%E1%BA%A3i%20b%E1%BA%B9", &[]),
    ("EXISTS_ILMD_ex:variety=", &[0]),
    ("GE_ILMD_ex:sown=2026-10-01T07:00:00%2B07:00", &[0]),
    ("GT_ILMD_ex:sown=2026-10-01T00:00:00Z", &[]),
    ("EXISTS_ILMD_ex:grown=", &[0]),
    ("GE_INNER_ILMD_ex:rows=12", &[0]),
    ("GT_INNER_ILMD_ex:rows=12", &[]),
    ("EQ_INNER_ILMD_ex:by=hand", &[0]),
    ("EXISTS_INNER_ILMD_ex:by=", &[0]),
    ("EXISTS_ILMD_ex:by=", &[]),
    ("EQ_INNER_ex:km=15", &[1]),
    ("LT_INNER_ex:km=15", &[]),
    ("EXISTS_INNER_ex:leg=", &[1]),
    ("EQ_readPoint_ex:side=north", &[0]),
    ("EQ_bizLocation_ex:hall=4", &[0]),
    ("EQ_readPoint_ex:hall=4", &[]),
    ("EXISTS_sensorElementList=", &[4, 7]),
    ("EQ_type=https://gs1.org/voc/Temperature", &[4, 7]),
    ("EQ_type=RelativeHumidity", &[4, 7]),
    ("EQ_type=Speed", &[]),
    ("EQ_deviceID=https://id.gs1.org/8004/952123sensor1", &[4, 7]),
    ("EQ_deviceID=https://id.gs1.org/8004/952123sensor2", &[]),
    ("GE_value_CEL=4.5", &[4, 7]),
    ("GT_value_CEL=4.5", &[]),
    ("EQ_value_KEL=277.65", &[4, 7]),
    ("GE_value_FAH=40", &[4, 7]),
    ("LT_minValue_CEL=4", &[4, 7]),
    ("GE_maxValue_CEL=5.2", &[]),
    ("LE_meanValue_CEL=4.4", &[4, 7]),
    ("EQ_sDev_KEL=0.2", &[4, 7]),
    ("GE_percRank=50", &[4, 7]),
    ("GT_percValue_P1=61", &[]),
    ("EQ_stringValue=damp", &[4, 7]),
    ("EQ_booleanValue=true", &[4, 7]),
    ("EQ_booleanValue=false", &[]),
    ("EQ_uriValue=https://example.com/x", &[4, 7]),
    ("GE_time=2026-11-14T00:59:00Z", &[4, 7]),
    ("LT_time=2026-11-14T00:59:00Z", &[]),
    ("EQ_SENSORMETADATA_ex:lab=one", &[4, 7]),
    ("GE_SENSORREPORT_ex:raw=17", &[4, 7]),
    ("GT_SENSORREPORT_ex:raw=17", &[]),
    ("EQ_bizStep=shipping&EQ_action=OBSERVE", &[1]),
    ("EQ_bizStep=shipping&EQ_action=ADD", &[]),
];

async fn captured(desk: &Desk) -> Vec<Value> {
    let samples = samples();
    let job = capture(&desk.officer, &document(&samples), "rollback").await;
    assert_eq!(job["success"], true, "{job:#}");
    samples
}

/// Which sample an event is.
fn which(samples: &[Value], event: &Value) -> usize {
    let found = samples.iter().position(|sample| bare(event, sample) == *sample.as_object().unwrap());
    found.unwrap_or_else(|| panic!("came back changed: {event:#}"))
}

async fn every_parameter_finds_what_it_names(on: On) {
    let desk = Desk::open(on).await;
    let samples = captured(&desk).await;
    for (parameters, expected) in TABLE {
        let url = format!("{}/epcis/events?{parameters}", desk.officer.base);
        let request = desk.officer.client.get(url).bearer_auth(desk.officer.token.as_ref().unwrap());
        let request = request.header("GS1-Extensions", "ex=https://example.com/epcis/");
        let answer = crate::support::app::Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.status, 200, "{parameters}: {}", answer.text);
        let mut found: Vec<usize> =
            events(&answer.json()).iter().map(|event| which(&samples, event)).collect();
        found.sort_unstable();
        assert_eq!(found, *expected, "{parameters}");
    }
}

async fn what_is_captured_comes_back(on: On) {
    let desk = Desk::open(on).await;
    let samples = captured(&desk).await;
    let whole = desk.officer.get("/epcis/events").await.expect(200).json();
    assert_eq!(whole["type"], "EPCISQueryDocument");
    assert_eq!(whole["@context"], context());
    let hashed = events(&whole).into_iter().find(|event| event["bizStep"] == "shipping").unwrap();
    let id = hashed["eventID"].as_str().unwrap();
    assert!(id.starts_with("ni:///sha-256;") && id.ends_with("?ver=CBV2.0"), "{id}");
    let forms = [
        format!("/epcis/events/{}", encoded(id)),
        format!("/epcis/events?EQ_eventID={}", encoded(id)),
        "/epcis/bizSteps/shipping/events".to_owned(),
        format!("/epcis/epcs/{}/events?EQ_action=OBSERVE", encoded("urn:epc:class:lgtin:952123.0454321.LA")),
        "/epcis/dispositions/in_transit/events".to_owned(),
        "/epcis/eventTypes/ObjectEvent/events?EQ_disposition=in_transit".to_owned(),
    ];
    for form in forms {
        let answer = desk.officer.get(&form).await.expect(200).json();
        let event = if answer["type"] == "EPCISQueryDocument" {
            let found = events(&answer);
            assert_eq!(found.len(), 1, "{form}");
            found[0].clone()
        } else {
            let mut event = answer;
            assert_eq!(event.as_object_mut().unwrap().remove("@context"), Some(context()));
            event
        };
        assert_eq!(bare(&event, &samples[1]), *samples[1].as_object().unwrap(), "{form}");
    }
    // The same again is the same event.
    let again = capture(&desk.officer, &document(&samples), "proceed").await;
    let results = again["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["result"] == "repeated"), "{again:#}");
    assert_eq!(ask(&desk.officer, "/epcis/events").await.len(), samples.len());
}

async fn export_and_import_are_a_fixed_point(on: On) {
    let desk = Desk::open(on).await;
    captured(&desk).await;
    let exported =
        desk.officer.get("/epcis/events?orderBy=eventTime&orderDirection=ASC").await.expect(200).json();
    let other = TestApp::start(on).await;
    other.person("officer", Role::Officer, None).await;
    let officer = other.program("officer").await;
    let job = capture(&officer, &exported, "rollback").await;
    assert_eq!(job["success"], true, "{job:#}");
    let again = officer.get("/epcis/events?orderBy=eventTime&orderDirection=ASC").await.expect(200).json();
    let sorted = |answer: &Value| {
        let mut texts: Vec<String> = events(answer).iter().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    assert_eq!(sorted(&exported), sorted(&again));
}

async fn what_is_not_understood_is_refused(on: On) {
    let desk = Desk::open(on).await;
    let refused = [
        ("EQ_bizSteps=shipping", "EQ_bizSteps"),
        ("EQ_bizStep=shiping", "EQ_bizStep"),
        ("eventType=ObjektEvent", "eventType"),
        ("EQ_action=add", "EQ_action"),
        ("GE_eventTime=yesterday", "GE_eventTime"),
        ("GE_eventTime=2026-11-15T01:00:00Z&GE_eventTime=2026-11-16T01:00:00Z", "GE_eventTime"),
        ("perPage=0", "perPage"),
        ("perPage=x", "perPage"),
        ("nextPageToken=x", "nextPageToken"),
        ("orderBy=quantity", "orderBy"),
        ("orderDirection=UP", "orderDirection"),
        ("eventCountLimit=-1", "eventCountLimit"),
        ("eventCountLimit=1&maxEventCount=1", "maxEventCount"),
        ("MATCH_epc=urn:epc:id:sgtin:952123.1", "MATCH_epc"),
        ("MATCH_epc=word", "MATCH_epc"),
        ("MATCH_epcs=urn:x:y", "MATCH_epcs"),
        ("EQ_nobody:field=1", "EQ_nobody:field"),
        ("GE_ng:evidenceGrade=much", "GE_ng:evidenceGrade"),
        ("EQ_source_owner=urn:x:y", "EQ_source_owner"),
        ("EXISTS_", "EXISTS_"),
        ("EQ_ILMD_=1", "EQ_ILMD_"),
        ("%FF=1", "\u{fffd}"),
        ("select=1;drop", "select"),
    ];
    for (parameters, field) in refused {
        let answer = desk.officer.get(&format!("/epcis/events?{parameters}")).await;
        assert_eq!(answer.status, 400, "{parameters}: {}", answer.text);
        let problem = answer.json();
        assert_eq!(problem["type"], "epcisException:QueryParameterException", "{parameters}");
        assert_eq!(problem["problems"][0]["field"], *field, "{parameters}: {problem:#}");
        assert!(!problem["problems"][0]["detail"].as_str().unwrap().starts_with("problem-"), "{problem:#}");
    }
    let anonymous = desk.trade.registry.anonymous_program().get("/epcis/events").await.expect(401);
    assert_eq!(anonymous.json()["type"], "epcisException:SecurityException");
}

async fn pages_are_whole_while_others_write(on: On) {
    let desk = Desk::open(on).await;
    let first: Vec<Value> = (1..=60).map(seen).collect();
    assert_eq!(capture(&desk.officer, &document(&first), "rollback").await["success"], true);
    let orders = ["", "&orderBy=recordTime&orderDirection=ASC", "&orderBy=eventTime&orderDirection=DESC"];
    for (turn, order) in orders.into_iter().enumerate() {
        let before: BTreeSet<String> = first.iter().map(|event| event["eventID"].to_string()).collect();
        let writer = desk.officer.clone();
        let start = 1000 + turn * 100;
        let writing = tokio::task::spawn_local(async move {
            for serial in start..start + 20 {
                send(&writer, "/epcis/events", seen(serial).to_string(), &[]).await.expect(201);
            }
        });
        let mut found = Vec::new();
        let mut next = format!("/epcis/events?perPage=7&EQ_bizStep=storing{order}");
        loop {
            let answer = desk.officer.get(&next).await.expect(200);
            let page = events(&answer.json());
            assert!(page.len() <= 7);
            found.extend(page.iter().map(|event| event["eventID"].to_string()));
            match further(&answer) {
                Some(path) => next = path,
                None => break,
            }
        }
        writing.await.unwrap();
        let once: BTreeSet<String> = found.iter().cloned().collect();
        assert_eq!(once.len(), found.len(), "told twice: {order}");
        assert!(before.is_subset(&once), "left out: {order}");
    }
}

async fn limits_hold(on: On) {
    let desk = Desk::open(on).await;
    let first: Vec<Value> = (1..=20).map(seen).collect();
    assert_eq!(capture(&desk.officer, &document(&first), "rollback").await["success"], true);
    let limited =
        ask(&desk.officer, "/epcis/events?orderBy=eventTime&orderDirection=ASC&eventCountLimit=11&perPage=4")
            .await;
    assert_eq!(limited.len(), 11);
    let ids: Vec<&str> = limited.iter().map(|event| event["eventID"].as_str().unwrap()).collect();
    let expected: Vec<&str> = first[..11].iter().map(|event| event["eventID"].as_str().unwrap()).collect();
    assert_eq!(ids, expected, "the first eleven, in order");
    assert_eq!(ask(&desk.officer, "/epcis/events?maxEventCount=20&perPage=9").await.len(), 20);
    let large = desk.officer.get("/epcis/events?maxEventCount=19").await.expect(413).json();
    assert_eq!(large["type"], "epcisException:QueryTooLargeException");
}

async fn questions_have_names(on: On) {
    let desk = Desk::open(on).await;
    captured(&desk).await;
    let query = json!({
        "name": "rainy-days",
        "query": {
            "@context": { "w": "https://example.com/epcis/" },
            "eventType": ["ObjectEvent"], "EQ_w:weather": ["rain"], "GE_w:humidity": 80,
        },
    });
    let made = desk.officer.post("/epcis/queries", &query).await.expect(201);
    assert_eq!(made.header("location"), "/epcis/queries/rainy-days");
    let taken = desk.officer.post("/epcis/queries", &query).await.expect(409).json();
    assert_eq!(taken["type"], "epcisException:DuplicateNameException");
    let found = desk.officer.get("/epcis/queries/rainy-days/events").await.expect(200).json();
    assert_eq!(found["epcisBody"]["queryResults"]["queryName"], "rainy-days");
    assert_eq!(events(&found).len(), 1);
    let shown = desk.officer.get("/epcis/queries/rainy-days").await.expect(200).json();
    assert_eq!(shown["query"], query["query"]);
    assert_eq!(desk.officer.get("/epcis/queries").await.expect(200).json().as_array().unwrap().len(), 1);
    // Names are each one's own.
    assert_eq!(desk.farm.get("/epcis/queries").await.expect(200).json().as_array().unwrap().len(), 0);
    let none = desk.farm.get("/epcis/queries/rainy-days/events").await.expect(404).json();
    assert_eq!(none["type"], "epcisException:NoSuchNameException");
    for bad in [
        json!({ "name": "x", "query": { "EQ_bizSteps": ["shipping"] } }),
        json!({ "name": "a/b", "query": {} }),
        json!({ "name": "x" }),
        json!([]),
        json!({ "name": "x", "query": { "EQ_bizStep": { "a": 1 } } }),
    ] {
        let refused = desk.officer.post("/epcis/queries", &bad).await.expect(400).json();
        assert!(
            !refused["problems"][0]["field"].as_str().unwrap_or_default().is_empty() || bad.is_array(),
            "{refused:#}"
        );
    }
    desk.officer.delete("/epcis/queries/rainy-days").await.expect(204);
    desk.officer.delete("/epcis/queries/rainy-days").await.expect(404);
}

async fn a_party_pages_through_its_own(on: On) {
    let desk = Desk::open(on).await;
    let own: Vec<Value> = (1..=23).map(seen).collect();
    assert_eq!(capture(&desk.farm, &document(&own), "rollback").await["success"], true);
    let others: Vec<Value> = (101..=120).map(seen).collect();
    assert_eq!(capture(&desk.shop, &document(&others), "rollback").await["success"], true);
    for order in ["ASC", "DESC"] {
        for by in ["eventTime", "recordTime"] {
            for more in ["", "&EQ_bizStep=storing", "&MATCH_epc=https://id.gs1.org/01/09521234543213"] {
                let path = format!("/epcis/events?orderBy={by}&orderDirection={order}&perPage=5{more}");
                let found = ask(&desk.farm, &path).await;
                let ids: Vec<&str> = found.iter().map(|event| event["eventID"].as_str().unwrap()).collect();
                let mut expected: Vec<&str> =
                    own.iter().map(|event| event["eventID"].as_str().unwrap()).collect();
                if by == "eventTime" && order == "DESC" {
                    expected.reverse();
                }
                if by == "eventTime" {
                    assert_eq!(ids, expected, "{path}");
                } else {
                    assert_eq!(ids.iter().collect::<BTreeSet<_>>(), expected.iter().collect(), "{path}");
                    assert_eq!(ids.len(), expected.len(), "{path}");
                }
            }
        }
    }
}

async fn each_sees_its_own(on: On) {
    let desk = Desk::open(on).await;
    let job = capture(&desk.farm, &document(&[seen(1)]), "rollback").await;
    assert_eq!(job["success"], true, "{job:#}");
    assert_eq!(ask(&desk.farm, "/epcis/events").await.len(), 1);
    assert_eq!(ask(&desk.officer, "/epcis/events").await.len(), 1);
    assert_eq!(ask(&desk.shop, "/epcis/events").await.len(), 0);
    let id = seen(1)["eventID"].as_str().unwrap().to_owned();
    desk.farm.get(&format!("/epcis/events/{}", encoded(&id))).await.expect(200);
    desk.shop.get(&format!("/epcis/events/{}", encoded(&id))).await.expect(404);
    desk.shop.get("/epcis/bizSteps/storing/events").await.expect(404);
    let steps = desk.shop.get("/epcis/bizSteps").await.expect(200).json();
    assert_eq!(steps["member"], json!([]));
    // What goes from one to another is seen by both.
    let lot = desk.trade.lot(100_000).await;
    desk.trade.ship(&desk.trade.farm, &desk.trade.shop, lot, 40_000).await.expect("a shipment");
    let found = ask(&desk.shop, "/epcis/events").await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["bizStep"], "shipping");
}

//! Capture: all or nothing, one by one, told the truth about; malformed bodies; writers side by side; a process that ends half-way.

use super::{Desk, ask, capture, context, document, encoded, seen, send};
use crate::support::app::{On, on_both};
use nguongoc::chain::By;
use nguongoc::chain::capture::{self as door, Incoming, OnError};
use serde_json::{Value, json};
use std::time::Duration;

on_both!(
    all_or_nothing_and_one_by_one,
    a_single_event_is_recorded_at_once,
    only_ones_own_acts,
    ids_that_collide,
    what_is_malformed_leaves_nothing,
    found_as_soon_as_told,
    a_process_that_ends_half_way,
    a_captured_act_moves_goods,
    an_amount_that_cannot_be_counted_is_refused,
    a_sale_before_its_harvest_in_one_document,
    jobs_are_listed,
);

async fn all_or_nothing_and_one_by_one(on: On) {
    let desk = Desk::open(on).await;
    let mut events: Vec<Value> = (1..=50).map(seen).collect();
    // It can be understood, and cannot be: it lies ahead.
    events[20]["eventTime"] = "2027-01-01T00:00:00Z".into();
    let job = capture(&desk.officer, &document(&events), "rollback").await;
    assert_eq!(
        (&job["success"], &job["captureErrorBehaviour"]),
        (&json!(false), &json!("rollback")),
        "{job:#}"
    );
    assert_eq!(job["errors"][0]["field"], "/epcisBody/eventList/20/eventTime", "{job:#}");
    assert_eq!(job["errors"][0]["position"], 20);
    assert_eq!(job["events"], 0);
    assert_eq!(ask(&desk.officer, "/epcis/events").await.len(), 0, "nothing of it is kept");
    let job = capture(&desk.officer, &document(&events), "proceed").await;
    assert_eq!((&job["success"], &job["events"]), (&json!(false), &json!(49)), "{job:#}");
    let results = job["results"].as_array().unwrap();
    assert_eq!(results.len(), 50);
    for (position, result) in results.iter().enumerate() {
        let expected = if position == 20 { "refused" } else { "recorded" };
        assert_eq!(result["result"], expected, "{result:#}");
        assert_eq!(result["position"], position);
    }
    assert_eq!(results[20]["problems"][0]["code"], "event_ahead");
    assert_eq!(ask(&desk.officer, "/epcis/events").await.len(), 49);
    // One that cannot be understood: with rollback nothing begins, with proceed the others are kept.
    let mut others: Vec<Value> = (101..=110).map(seen).collect();
    others[4]["bizStep"] = "shiping".into();
    let refused =
        send(&desk.officer, "/epcis/capture", document(&others).to_string(), &[]).await.expect(400).json();
    assert_eq!(refused["problems"][0]["field"], "/epcisBody/eventList/4/bizStep", "{refused:#}");
    let job = capture(&desk.officer, &document(&others), "proceed").await;
    assert_eq!((&job["events"], &job["results"][4]["result"]), (&json!(9), &json!("refused")), "{job:#}");
    let unknown = [("GS1-Capture-Error-Behaviour", "maybe")];
    send(&desk.officer, "/epcis/capture", document(&others).to_string(), &unknown).await.expect(400);
}

async fn a_single_event_is_recorded_at_once(on: On) {
    let desk = Desk::open(on).await;
    let answer = send(&desk.officer, "/epcis/events", seen(1).to_string(), &[]).await.expect(201);
    let place = answer.header("location").to_owned();
    let event = desk.officer.get(&place).await.expect(200).json();
    assert_eq!(event["epcList"], seen(1)["epcList"]);
    assert_eq!(answer.json()["result"], "recorded");
    let again = send(&desk.officer, "/epcis/events", seen(1).to_string(), &[]).await.expect(200);
    assert_eq!(again.json()["result"], "repeated");
    let several = document(&[seen(2)]).to_string();
    let refused = send(&desk.officer, "/epcis/events", several, &[]).await.expect(400).json();
    assert_eq!(refused["type"], "epcisException:ValidationException");
    // With a context of its own, which comes back with it.
    let mut own = seen(3);
    own["@context"] = context();
    own["ex:note"] = json!([1.5, null, { "ex:deep": "\u{e9}\\n" }]);
    let answer = send(&desk.officer, "/epcis/events", own.to_string(), &[]).await.expect(201);
    let mut found = desk.officer.get(answer.header("location")).await.expect(200).json();
    found.as_object_mut().unwrap().remove("recordTime");
    assert_eq!(found, own);
    // As a job too.
    let job = capture(&desk.officer, &seen(4), "rollback").await;
    assert_eq!((&job["success"], &job["events"]), (&json!(true), &json!(1)), "{job:#}");
}

async fn only_ones_own_acts(on: On) {
    let desk = Desk::open(on).await;
    let place = async |place| {
        let found = desk.trade.app().store.read(async |tx| nguongoc::places::place(tx, place).await).await;
        format!("https://demo.example.vn/place/{}", found.unwrap().unwrap().number)
    };
    let (own, foreign) = (place(desk.trade.farm.place).await, place(desk.trade.shop.place).await);
    let mut event = seen(1);
    event["readPoint"] = json!({ "id": own });
    assert_eq!(capture(&desk.farm, &document(&[event.clone()]), "rollback").await["success"], true);
    let mut event = seen(2);
    event["readPoint"] = json!({ "id": foreign });
    let job = capture(&desk.farm, &document(&[event.clone()]), "rollback").await;
    assert_eq!(job["errors"][0]["code"], "read_point_not_yours", "{job:#}");
    assert_eq!(job["errors"][0]["field"], "/epcisBody/eventList/0/readPoint/id");
    let refused = send(&desk.farm, "/epcis/events", event.to_string(), &[]).await.expect(403).json();
    assert_eq!(refused["type"], "epcisException:SecurityException");
    let mut shipping = seen(3);
    shipping["bizStep"] = "shipping".into();
    shipping["sourceList"] = json!([{ "type": "owning_party", "source": format!("urn:nguongoc:party:{}", desk.trade.shop.party) }]);
    send(&desk.farm, "/epcis/events", shipping.to_string(), &[]).await.expect(403);
    let mut receiving = seen(4);
    receiving["bizStep"] = "receiving".into();
    receiving["destinationList"] = json!([{ "type": "owning_party", "destination": format!("urn:nguongoc:party:{}", desk.trade.shop.party) }]);
    send(&desk.farm, "/epcis/events", receiving.to_string(), &[]).await.expect(403);
    assert_eq!(ask(&desk.officer, "/epcis/events").await.len(), 1, "nothing of what was refused is kept");
    // Without a token, and without the scope.
    let nobody = desk.trade.registry.anonymous_program();
    send(&nobody, "/epcis/events", seen(5).to_string(), &[]).await.expect(401);
    send(&nobody, "/epcis/capture", document(&[seen(5)]).to_string(), &[]).await.expect(401);
}

async fn ids_that_collide(on: On) {
    let desk = Desk::open(on).await;
    send(&desk.officer, "/epcis/events", seen(1).to_string(), &[]).await.expect(201);
    let mut other = seen(2);
    other["eventID"] = seen(1)["eventID"].clone();
    let refused = send(&desk.officer, "/epcis/events", other.to_string(), &[]).await.expect(409).json();
    assert_eq!(refused["type"], "epcisException:ResourceAlreadyExistsException", "{refused:#}");
    assert_eq!(refused["problems"][0]["field"], "/eventID");
    // The same said in another spelling is the same.
    let mut same = seen(1);
    same["epcList"] = json!(["urn:epc:id:sgtin:952123.0454321.1"]);
    same["bizStep"] = "https://ref.gs1.org/cbv/BizStep-storing".into();
    let again = send(&desk.officer, "/epcis/events", same.to_string(), &[]).await.expect(200).json();
    assert_eq!(again["result"], "repeated");
    // Twice in one document.
    let job = capture(&desk.officer, &document(&[seen(3), seen(3)]), "rollback").await;
    assert_eq!(job["success"], true, "{job:#}");
    assert_eq!(job["results"][1]["result"], "repeated");
    assert_eq!(ask(&desk.officer, "/epcis/events").await.len(), 2);
}

/// Bodies that are wrong, each in another way.
fn malformed() -> Vec<Vec<u8>> {
    let sound = document(&[seen(1), seen(2)]);
    let text = sound.to_string();
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    // Cut off anywhere.
    let cuts = (1..text.len()).step_by(text.len() / 60).filter(|at| text.is_char_boundary(*at));
    bodies.extend(cuts.map(|at| text.as_bytes()[..at].to_vec()));
    // Each member of an event left out, or of another type.
    for name in ["type", "eventTime", "eventTimeZoneOffset", "action", "epcList"] {
        let mut changed = sound.clone();
        changed["epcisBody"]["eventList"][1].as_object_mut().unwrap().remove(name);
        bodies.push(changed.to_string().into_bytes());
    }
    let values =
        [json!(null), json!(1), json!(true), json!({}), json!([1]), json!("x"), json!([[]]), json!("")];
    for name in [
        "type",
        "eventTime",
        "eventTimeZoneOffset",
        "action",
        "epcList",
        "bizStep",
        "eventID",
        "readPoint",
        "sensorElementList",
        "errorDeclaration",
        "sourceList",
        "quantityList",
    ] {
        for value in &values {
            // A business step may be any URI, and an empty object no place.
            let mut changed = sound.clone();
            changed["epcisBody"]["eventList"][1][name] = value.clone();
            bodies.push(changed.to_string().into_bytes());
        }
    }
    // The document itself.
    for name in ["type", "schemaVersion", "@context", "epcisBody", "creationDate"] {
        let mut changed = sound.clone();
        changed.as_object_mut().unwrap().remove(name);
        bodies.push(changed.to_string().into_bytes());
        for value in [json!(1), json!([]), json!("1.2"), json!({ "a": 1 })] {
            let mut changed = sound.clone();
            changed[name] = value;
            bodies.push(changed.to_string().into_bytes());
        }
    }
    let first = |from: &str, to: &str| text.replacen(from, to, 1).into_bytes();
    bodies.extend([
        first("\"action\":", "\"action\":\"ADD\",\"action\":"),
        first("\"OBSERVE\"", "NaN"),
        first("\"OBSERVE\"", "1e400"),
        first("\"OBSERVE\"", "Infinity"),
        first("\"OBSERVE\"", "'OBSERVE'"),
        first("\"OBSERVE\"", "\"OBSERVE\u{0}\""),
        first("\"storing\"", "\"\\u0000\""),
        first("+07:00\"", "+25:00\""),
        first("\"eventTimeZoneOffset\":\"+07:00\"", "\"eventTimeZoneOffset\":\"+7\""),
        first("\"action\"", "\"undeclared:x\":1,\"action\""),
        first("\"action\"", "\"unknown\":1,\"action\""),
        first("{", "{,"),
        format!("\u{feff}{text}").into_bytes(),
        format!("{text}{text}").into_bytes(),
        format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes(),
        format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)).into_bytes(),
        first("\"action\"", &format!("\"ex:deep\":{}1{},\"action\"", "[".repeat(9_000), "]".repeat(9_000))),
        Vec::new(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"x\"".to_vec(),
        b"<xml/>".to_vec(),
        vec![0xff, 0xfe, 0x00],
        [b"{\"type\":\"".as_slice(), &[0xc3, 0x28], b"\"}"].concat(),
    ]);
    bodies
}

async fn what_is_malformed_leaves_nothing(on: On) {
    let desk = Desk::open(on).await;
    let bodies = malformed();
    assert!(bodies.len() > 200, "{}", bodies.len());
    let mut refused = 0;
    for body in &bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned();
        let answer = send(&desk.officer, "/epcis/capture", body.clone(), &[]).await;
        assert_eq!(answer.status, 400, "{shown}: {}", answer.text);
        let problem = answer.json();
        assert_eq!(problem["type"], "epcisException:ValidationException", "{shown}");
        let problems = problem["problems"].as_array().unwrap_or_else(|| panic!("no problems: {shown}"));
        for problem in problems {
            let field = problem["field"].as_str().unwrap();
            assert!(field.is_empty() || field.starts_with('/'), "no pointer: {problem}");
            assert!(!problem["detail"].as_str().unwrap().starts_with("problem-"), "no words: {problem}");
        }
        assert!(!problems.is_empty(), "{shown}");
        refused += 1;
    }
    assert_eq!(refused, bodies.len());
    assert_eq!(ask(&desk.officer, "/epcis/events").await.len(), 0);
    assert_eq!(desk.officer.get("/epcis/capture").await.expect(200).json(), json!([]), "nothing is stored");
}

async fn found_as_soon_as_told(on: On) {
    let desk = Desk::open(on).await;
    let mut writers = Vec::new();
    for writer in 0..8_usize {
        let program = if writer % 2 == 0 { desk.officer.clone() } else { desk.farm.clone() };
        writers.push(tokio::task::spawn_local(async move {
            for turn in 0..4_usize {
                let serials: Vec<usize> = (0..5).map(|n| 10_000 + writer * 1000 + turn * 10 + n).collect();
                let told: Vec<Value> = serials.iter().map(|serial| seen(*serial)).collect();
                if turn % 2 == 0 {
                    let job = capture(&program, &document(&told), "rollback").await;
                    assert_eq!(job["success"], true, "{job:#}");
                } else {
                    for event in &told {
                        send(&program, "/epcis/events", event.to_string(), &[]).await.expect(201);
                    }
                }
                let ids: Vec<String> = told
                    .iter()
                    .map(|event| format!("EQ_eventID={}", event["eventID"].as_str().unwrap()))
                    .collect();
                let found = ask(&program, &format!("/epcis/events?{}", ids.join("&"))).await;
                assert_eq!(found.len(), 5, "told, and not found");
                let epc = encoded(told[0]["epcList"][0].as_str().unwrap());
                assert_eq!(ask(&program, &format!("/epcis/events?MATCH_epc={epc}")).await.len(), 1);
            }
        }));
    }
    for writer in writers {
        writer.await.expect("a writer");
    }
    assert_eq!(ask(&desk.officer, "/epcis/events?perPage=100").await.len(), 160);
}

async fn a_process_that_ends_half_way(on: On) {
    let desk = Desk::open(on).await;
    let app = desk.trade.registry.app.clone();
    let by = By::Official(desk.trade.officer);
    for (on_error, first) in [(OnError::Rollback, 1), (OnError::Proceed, 2000)] {
        let told: Vec<Value> = (first..first + 600).map(seen).collect();
        let mut incoming = Incoming::begin(&app).await.expect("a file");
        incoming.take(document(&told).to_string().as_bytes()).await.expect("room");
        let job = door::accept(&app, &by, incoming, on_error).await.expect("a job");
        let place = format!("/epcis/capture/{}", job.id);
        let runner = app.clone();
        let running = tokio::task::spawn_local(async move { door::run(&runner, &job).await });
        // Let it get somewhere.
        for _ in 0..4_000 {
            let under_way = desk.officer.get(&place).await.expect(200).json();
            let done = under_way["results"].as_array().unwrap().len();
            let pause = if on_error == OnError::Rollback { 30 } else { 2 };
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if done > 0 || on_error == OnError::Rollback {
                break;
            }
        }
        running.abort();
        let _ = running.await;
        assert_eq!(desk.officer.get(&place).await.expect(200).json()["running"], true);
        assert_eq!(door::end_interrupted(&app, app.clock.now()).await.expect("a database"), 1);
        let job = desk.officer.get(&place).await.expect(200).json();
        assert_eq!((&job["running"], &job["success"]), (&json!(false), &json!(false)), "{job:#}");
        assert_eq!(job["errors"][0]["code"], "capture_interrupted");
        let kept = job["results"].as_array().unwrap().len();
        let found = ask(&desk.officer, "/epcis/events?perPage=100").await.len();
        assert_eq!(kept, found, "what is told of it is true");
        assert_eq!(job["events"], found);
        if on_error == OnError::Rollback {
            assert_eq!(found, 0, "nothing half-done");
        } else {
            assert!(found > 0 && found < 600, "{found}");
        }
    }
}

async fn a_captured_act_moves_goods(on: On) {
    let desk = Desk::open(on).await;
    let lot = desk.trade.lot(100_000).await;
    let class = ask(&desk.farm, "/epcis/events").await[0]["quantityList"][0]["epcClass"].clone();
    let mut sale = seen(1);
    sale.as_object_mut().unwrap().remove("epcList");
    sale["eventTime"] = "2026-11-23T09:00:00+07:00".into();
    sale["bizStep"] = "retail_selling".into();
    sale["quantityList"] = json!([{ "epcClass": class, "quantity": 30, "uom": "KGM" }]);
    let answer = send(&desk.farm, "/epcis/events", sale.to_string(), &[]).await.expect(201).json();
    assert_eq!(answer["result"], "recorded", "{answer:#}");
    let shown = desk.farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
    assert_eq!(shown["hands"][0]["left"]["amount"], 70_000, "{shown:#}");
    // More than there is: a fact is recorded, and the lot held.
    sale["eventID"] = "urn:uuid:00000000-0000-4000-8000-0000000000ff".into();
    sale["quantityList"][0]["quantity"] = json!(80);
    let answer = send(&desk.farm, "/epcis/events", sale.to_string(), &[]).await.expect(201).json();
    assert_eq!(answer["result"], "held", "{answer:#}");
    assert!(!answer["rules"].as_array().unwrap().is_empty());
    // The lot by its class, in every event that speaks of it.
    let class = encoded(class.as_str().unwrap());
    assert_eq!(ask(&desk.farm, &format!("/epcis/events?MATCH_epcClass={class}")).await.len(), 3);
}

/// What cannot be counted is refused by its member, whatever else the event says: unnoticed, it would move nothing.
async fn an_amount_that_cannot_be_counted_is_refused(on: On) {
    let desk = Desk::open(on).await;
    let lot = desk.trade.lot(100_000).await;
    let harvest = ask(&desk.farm, "/epcis/events").await.remove(0);
    let class = harvest["quantityList"][0]["epcClass"].clone();
    let mut sale = seen(1);
    sale.as_object_mut().unwrap().remove("epcList");
    sale["eventTime"] = "2026-11-23T09:00:00+07:00".into();
    sale["bizStep"] = "retail_selling".into();
    for (quantity, uom, member, code) in [
        (json!(30), json!("LBR"), "/quantityList/0/uom", "uom_unknown"),
        (json!(0.0001), json!("KGM"), "/quantityList/0/quantity", "amount_fraction"),
        (json!(1e15), json!("KGM"), "/quantityList/0/quantity", "amount_too_large"),
        (json!(1_000_000_000), json!("KGM"), "/quantityList", "amount_beyond"),
        (json!("12,5"), json!("KGM"), "/quantityList/0/quantity", "epcis_wrong_type"),
        (json!(12.5), Value::Null, "/quantityList/0/quantity", "epcis_count_fraction"),
        (json!(-1), json!("KGM"), "/quantityList/0/quantity", "epcis_quantity_negative"),
    ] {
        let mut element = json!({ "epcClass": class, "quantity": quantity });
        if !uom.is_null() {
            element["uom"] = uom;
        }
        sale["quantityList"] = json!([element]);
        let answer = send(&desk.farm, "/epcis/events", sale.to_string(), &[]).await;
        assert!((400..500).contains(&answer.status), "{code}: {}", answer.text);
        let problem = answer.json()["problems"][0].clone();
        let found = (problem["code"].as_str(), problem["field"].as_str());
        assert_eq!(found, (Some(code), Some(member)), "{}", answer.text);
        assert!(!problem["detail"].as_str().unwrap().contains("problem-"), "{code} has no words");
    }
    // Pieces of what is weighed: it happened, and holds the lot.
    sale["quantityList"] = json!([{ "epcClass": class, "quantity": 3 }]);
    let answer = send(&desk.farm, "/epcis/events", sale.to_string(), &[]).await.expect(201).json();
    assert_eq!((&answer["result"], &answer["rules"]), (&json!("held"), &json!(["wrong_unit"])), "{answer:#}");
    let shown = desk.farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
    assert_eq!(shown["hands"][0]["left"]["amount"], 100_000, "nothing was moved");
    // Of things that are nobody's affair here, any unit is told.
    let mut strange = seen(2);
    strange["quantityList"] = json!([{ "epcClass": "urn:x:strange", "quantity": 30, "uom": "LBR" }]);
    send(&desk.farm, "/epcis/events", strange.to_string(), &[]).await.expect(201);
}

/// A document need not tell things in their order: the sale stands first and has its effect when the lot is known.
async fn a_sale_before_its_harvest_in_one_document(on: On) {
    let desk = Desk::open(on).await;
    desk.trade.lot(1_000).await;
    let harvest = ask(&desk.farm, "/epcis/events").await.remove(0);
    let known = harvest["quantityList"][0]["epcClass"].as_str().unwrap();
    let class = format!("{}/SAU-1", known.rsplit_once('/').unwrap().0);
    let told = |number: usize, time: &str, step: &str, action: &str, amount: i64| {
        let mut event = seen(number);
        event.as_object_mut().unwrap().remove("epcList");
        event["eventTime"] = time.into();
        event["action"] = action.into();
        event["bizStep"] = step.into();
        event["readPoint"] = harvest["readPoint"].clone();
        event["quantityList"] = json!([{ "epcClass": class, "quantity": amount, "uom": "KGM" }]);
        event
    };
    let sale = told(1, "2026-11-23T09:00:00+07:00", "retail_selling", "OBSERVE", 30);
    let begun = told(2, "2026-11-23T08:00:00+07:00", "commissioning", "ADD", 100);
    let job = capture(&desk.farm, &document(&[sale, begun]), "rollback").await;
    assert_eq!(job["success"], true, "{job:#}");
    let lots = desk.farm.get("/api/v1/lots?size=100").await.expect(200).json();
    let lots = lots["lots"].as_array().unwrap();
    let lot = lots.iter().find(|lot| lot["code"] == "SAU-1").expect("the lot is registered");
    assert_eq!((&lot["left"]["amount"], &lot["state"]), (&json!(70_000), &json!("free")), "{lot:#}");
}

async fn jobs_are_listed(on: On) {
    let desk = Desk::open(on).await;
    for serial in 1..=5 {
        capture(&desk.farm, &document(&[seen(serial)]), "rollback").await;
    }
    let first = desk.farm.get("/epcis/capture?perPage=3").await.expect(200);
    assert_eq!(first.json().as_array().unwrap().len(), 3);
    let next = super::further(&first).expect("a page more");
    assert_eq!(desk.farm.get(&next).await.expect(200).json().as_array().unwrap().len(), 2);
    let id = first.json()[0]["captureID"].as_str().unwrap().to_owned();
    desk.officer.get(&format!("/epcis/capture/{id}")).await.expect(200);
    desk.shop.get(&format!("/epcis/capture/{id}")).await.expect(404);
    desk.shop.get("/epcis/capture/x").await.expect(404);
    assert_eq!(desk.shop.get("/epcis/capture").await.expect(200).json(), json!([]));
}

//! The top-level resources, the headers, OPTIONS, and what is not spoken.

use super::{Desk, capture, document, encoded, further, seen, send};
use crate::support::app::{Answer, On, on_both};
use reqwest::Method;
use serde_json::{Value, json};

on_both!(values_are_listed, headers_tell_what_is_spoken, only_json_is_spoken);

async fn values_are_listed(on: On) {
    let desk = Desk::open(on).await;
    let mut all: Vec<Value> = (1..=5).map(seen).collect();
    all[0]["bizStep"] = "packing".into();
    all[1]["disposition"] = "active".into();
    all[2]["readPoint"] = json!({ "id": "urn:epc:id:sgln:952123.000001.plot1" });
    all[3]["bizLocation"] = json!({ "id": "https://example.com/places/1" });
    assert_eq!(capture(&desk.officer, &document(&all), "rollback").await["success"], true);
    let list = async |path: &str| desk.officer.get(path).await.expect(200).json()["member"].clone();
    assert_eq!(list("/epcis/bizSteps").await, json!(["packing", "storing"]));
    assert_eq!(list("/epcis/dispositions").await, json!(["active"]));
    assert_eq!(list("/epcis/readPoints").await, json!(["https://id.gs1.org/414/9521230000017/254/plot1"]));
    assert_eq!(list("/epcis/bizLocations").await, json!(["https://example.com/places/1"]));
    assert_eq!(list("/epcis/eventTypes").await.as_array().unwrap().len(), 5);
    // Page by page.
    let (mut epcs, mut next) = (Vec::new(), "/epcis/epcs?perPage=2".to_owned());
    loop {
        let answer = desk.officer.get(&next).await.expect(200);
        epcs.extend(answer.json()["member"].as_array().unwrap().clone());
        match further(&answer) {
            Some(path) => next = path,
            None => break,
        }
    }
    let expected: Vec<Value> =
        (1..=5).map(|serial| format!("https://id.gs1.org/01/09521234543213/21/{serial}").into()).collect();
    assert_eq!(epcs, expected);
    for (path, events) in [
        (format!("/epcis/epcs/{}", encoded("urn:epc:id:sgtin:952123.0454321.3")), 1),
        ("/epcis/epcs/https://id.gs1.org/01/09521234543213/21/3".to_owned(), 1),
        ("/epcis/bizSteps/storing".to_owned(), 4),
        (format!("/epcis/bizSteps/{}", encoded("https://ref.gs1.org/cbv/BizStep-packing")), 1),
        ("/epcis/dispositions/active".to_owned(), 1),
        (format!("/epcis/readPoints/{}", encoded("https://id.gs1.org/414/9521230000017/254/plot1")), 1),
        (format!("/epcis/bizLocations/{}", encoded("https://example.com/places/1")), 1),
        ("/epcis/eventTypes/ObjectEvent".to_owned(), 5),
        ("/epcis/eventTypes/TransactionEvent".to_owned(), 0),
    ] {
        assert_eq!(list(&path).await, json!(["events"]), "{path}");
        let found = desk.officer.get(&format!("{path}/events")).await.expect(200).json();
        assert_eq!(super::events(&found).len(), events, "{path}");
    }
    for path in [
        "bizSteps/receiving",
        "bizSteps/no_such_step",
        "eventTypes/NoEvent",
        "epcs/urn%3Ax%3Ay",
        "things",
        "things/1",
    ] {
        let none = desk.officer.get(&format!("/epcis/{path}")).await.expect(404).json();
        assert_eq!(none["type"], "epcisException:NoSuchResourceException", "{path}");
    }
}

async fn headers_tell_what_is_spoken(on: On) {
    let desk = Desk::open(on).await;
    let ask = async |method: Method, path: &str, headers: &[(&str, &str)]| {
        let mut request = desk.officer.client.request(method, format!("{}{path}", desk.officer.base));
        request = request.bearer_auth(desk.officer.token.as_ref().unwrap());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.expect("an answer")).await
    };
    for path in [
        "/epcis",
        "/epcis/",
        "/epcis/capture",
        "/epcis/capture/x",
        "/epcis/events",
        "/epcis/events/x",
        "/epcis/queries",
        "/epcis/queries/x",
        "/epcis/queries/x/events",
        "/epcis/eventTypes",
        "/epcis/bizSteps/x",
        "/epcis/epcs/x/events",
    ] {
        let answer = ask(Method::OPTIONS, path, &[]).await.expect(204);
        assert!(answer.header("allow").contains("OPTIONS"), "{path}");
        assert_eq!(answer.header("gs1-epcis-version"), "2.0.0", "{path}");
        assert_eq!(answer.header("gs1-cbv-version"), "2.0.0");
        assert_eq!(answer.header("gs1-epc-format"), "Never_Translates");
        assert_eq!(answer.header("gs1-extensions"), "ng=urn:nguongoc:voc:");
        assert_eq!(answer.header("gs1-epcis-capture-limit"), "20000");
        assert_eq!(answer.header("gs1-epcis-capture-file-size-limit"), "33554432");
    }
    for (header, value, status) in [
        ("GS1-EPCIS-Version", "2.0", 200),
        ("GS1-EPCIS-Version", "2.0.0", 200),
        ("GS1-EPCIS-Version", "1.2", 406),
        ("GS1-EPCIS-Min", "1.2", 200),
        ("GS1-EPCIS-Min", "2.1", 406),
        ("GS1-EPCIS-Max", "1.2", 406),
        ("GS1-CBV-Version", "1.2.2", 406),
        ("GS1-EPC-Format", "No_Preference", 200),
        ("GS1-EPC-Format", "Always_EPC_URN", 406),
        ("Accept", "application/xml", 406),
        ("Accept", "text/html", 406),
        ("Accept", "text/html, */*;q=0.1", 200),
    ] {
        let answer = ask(Method::GET, "/epcis/events", &[(header, value)]).await;
        assert_eq!(answer.status, status, "{header}: {value}: {}", answer.text);
        if status == 406 {
            assert_eq!(answer.json()["type"], "epcisException:NotAcceptableException");
        }
    }
    let ld = ask(Method::GET, "/epcis/events", &[("accept", "application/ld+json")]).await.expect(200);
    assert_eq!(ld.header("content-type"), "application/ld+json");
}

async fn only_json_is_spoken(on: On) {
    let desk = Desk::open(on).await;
    for path in ["/epcis/capture", "/epcis/events", "/epcis/queries"] {
        for kind in ["application/xml", "text/xml", "text/plain", "multipart/form-data"] {
            let answer = send(&desk.officer, path, "<a/>", &[("content-type", kind)]).await.expect(415);
            assert_eq!(
                answer.json()["type"],
                "epcisException:UnsupportedMediaTypeException",
                "{path} {kind}"
            );
        }
    }
    let ld = [("content-type", "application/ld+json; charset=utf-8")];
    send(&desk.officer, "/epcis/events", seen(1).to_string(), &ld).await.expect(201);
}

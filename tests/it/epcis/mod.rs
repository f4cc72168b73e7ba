//! EPCIS 2.0 by HTTP: capture, queries, resources, as another program meets them.

mod capture;
mod process;
mod query;
mod resources;

use crate::support::app::{Answer, On, Program};
use crate::support::trade::Trade;
use serde_json::{Map, Value, json};

/// GS1's context, and a namespace of somebody else's.
fn context() -> Value {
    json!([
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        { "ex": "https://example.com/epcis/" },
    ])
}

/// A document of these events.
fn document(events: &[Value]) -> Value {
    json!({
        "@context": context(),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-22T08:00:00Z",
        "epcisBody": { "eventList": events },
    })
}

/// A unit of somebody else's product, seen.
fn seen(serial: usize) -> Value {
    json!({
        "type": "ObjectEvent",
        "eventID": format!("urn:uuid:00000000-0000-4000-8000-{serial:012}"),
        "eventTime": format!("2026-11-20T08:{:02}:00+07:00", serial % 60),
        "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE",
        "bizStep": "storing",
        "epcList": [format!("https://id.gs1.org/01/09521234543213/21/{serial}")],
    })
}

/// Programs of the authority, of a farm and of a shop.
struct Desk {
    trade: Trade,
    officer: Program,
    farm: Program,
    shop: Program,
}

impl Desk {
    async fn open(on: On) -> Self {
        let trade = Trade::start(on).await;
        let officer = trade.registry.program("officer").await;
        let farm = trade.registry.program(&trade.farm.clerk).await;
        let shop = trade.registry.program(&trade.shop.clerk).await;
        Self { trade, officer, farm, shop }
    }
}

/// Sends a body as it is.
async fn send(
    program: &Program,
    path: &str,
    body: impl Into<reqwest::Body>,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = program.client.post(format!("{}{path}", program.base)).body(body);
    if let Some(token) = &program.token {
        request = request.bearer_auth(token);
    }
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.expect("an answer")).await
}

/// Sends a document and waits for its job to end.
async fn capture(program: &Program, document: &Value, behaviour: &str) -> Value {
    let headers = [("GS1-Capture-Error-Behaviour", behaviour)];
    let answer = send(program, "/epcis/capture", document.to_string(), &headers).await.expect(202);
    let place = answer.header("location").to_owned();
    for _ in 0..600 {
        let job = program.get(&place).await.expect(200).json();
        if job["running"] == false {
            return job;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{place} does not end");
}

/// The events of an answer.
fn events(answer: &Value) -> Vec<Value> {
    answer["epcisBody"]["queryResults"]["resultsBody"]["eventList"].as_array().expect("events").clone()
}

/// Asks with these parameters, and goes on to the last page.
async fn ask(program: &Program, path: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next = path.to_owned();
    loop {
        let answer = program.get(&next).await.expect(200);
        found.extend(events(&answer.json()));
        match further(&answer) {
            Some(path) => next = path,
            None => return found,
        }
    }
}

/// Where the next page is.
fn further(answer: &Answer) -> Option<String> {
    let link = answer.header("link");
    let path = link.strip_prefix('<')?.split_once('>')?;
    assert_eq!(path.1, "; rel=\"next\"", "{link}");
    Some(path.0.to_owned())
}

/// An event without what the registry adds to it.
fn bare(event: &Value, original: &Value) -> Map<String, Value> {
    let mut event = event.as_object().expect("an event").clone();
    assert!(event.remove("recordTime").is_some_and(|time| time.is_string()), "{event:?}");
    if original.get("eventID").is_none() {
        assert!(event.remove("eventID").is_some_and(|id| id.is_string()));
    }
    event
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

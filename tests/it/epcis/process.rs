//! Capture by the program as people run it: memory while ten megabytes go in, and the truth after it was killed under them.

use super::{ask, document, seen, send};
use crate::hardening::{add_person, serve};
use crate::support::app::{PASSWORD, Program};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// A line of `/proc/PID/status`, in megabytes.
fn memory(process: u32, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|found| found.strip_prefix(line)).expect("a line");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number") / 1000
}

async fn program(base: &str) -> Program {
    let client = reqwest::Client::new();
    let body = json!({ "sign_in": "officer", "password": PASSWORD, "name": "test", "scopes": ["read", "record"], "days": 1 });
    let answer = client.post(format!("{base}/api/v1/tokens")).json(&body).send().await.expect("an answer");
    let token = answer.json::<Value>().await.expect("JSON")["secret"].as_str().expect("a secret").to_owned();
    Program { base: base.to_owned(), token: Some(token), client }
}

/// A document of `count` events from the `first` on, of about `size` bytes each.
fn large(first: usize, count: usize, size: usize) -> String {
    let told: Vec<Value> = (first..first + count)
        .map(|serial| {
            let mut event = seen(serial);
            event["ex:note"] = "x".repeat(size).into();
            event
        })
        .collect();
    document(&told).to_string()
}

fn begun(data: &Path) {
    add_person(data, "officer", "officer");
}

#[actix_web::test]
async fn ten_megabytes_go_in_and_memory_stays_flat() {
    let data = tempfile::tempdir().expect("a folder");
    begun(data.path());
    let (service, base) = serve(data.path());
    let officer = program(&base).await;
    // Something first, so that what is always there is there.
    send(&officer, "/epcis/capture", large(100_000, 50, 500), &[]).await.expect(202);
    let before = memory(service.0.id(), "VmHWM:");
    let body = large(1, 1000, 10_000);
    assert!(body.len() > 10_000_000);
    let answer = send(&officer, "/epcis/capture", body, &[]).await.expect(202);
    let begun = memory(service.0.id(), "VmHWM:");
    let place = answer.header("location").to_owned();
    let job = loop {
        let job = officer.get(&place).await.expect(200).json();
        if job["running"] == false {
            break job;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!((&job["success"], &job["events"]), (&json!(true), &json!(1000)), "{}", job["errors"]);
    let after = memory(service.0.id(), "VmHWM:");
    assert!(after < before + 24, "from {before} to {begun} to {after} MB");
    // Too much at once is told, and nothing of it kept.
    let refused = send(&officer, "/epcis/capture", large(1, 9000, 4000), &[]).await.expect(413);
    assert_eq!(refused.json()["type"], "epcisException:CaptureLimitExceededException");
    let many = large(1, 20_001, 1);
    send(&officer, "/epcis/capture", many, &[]).await.expect(413);
    let still = memory(service.0.id(), "VmHWM:");
    assert!(still < before + 24, "from {before} to {still} MB");
}

#[actix_web::test]
async fn killed_under_a_capture_it_tells_the_truth() {
    let data = tempfile::tempdir().expect("a folder");
    begun(data.path());
    for behaviour in ["rollback", "proceed"] {
        let (mut service, base) = serve(data.path());
        let officer = program(&base).await;
        let headers = [("GS1-Capture-Error-Behaviour", behaviour)];
        let many = if behaviour == "rollback" { 1000 } else { 3000 };
        let answer = send(&officer, "/epcis/capture", large(1, many, 1000), &headers).await.expect(202);
        let place = answer.header("location").to_owned();
        tokio::time::sleep(Duration::from_millis(200)).await;
        service.0.kill().expect("killed");
        service.0.wait().expect("ended");
        let (_service, base) = serve(data.path());
        let officer = Program { base, ..officer };
        let job = officer.get(&place).await.expect(200).json();
        assert_eq!((&job["running"], &job["success"]), (&json!(false), &json!(false)), "{behaviour}");
        assert_eq!(job["errors"][0]["code"], "capture_interrupted");
        let told = job["results"].as_array().expect("results").len();
        let found = ask(&officer, "/epcis/events?perPage=100").await;
        assert_eq!(found.len(), told, "{behaviour}: what is told of it is true");
        if behaviour == "rollback" {
            assert_eq!(told, 0, "nothing half-done");
        }
    }
}

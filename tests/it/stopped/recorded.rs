//! The log stops while an act waits for it: the act is recorded, is told so with the reason, and asked for again under its key it is done once.

use super::acts::Desk;
use crate::support::app::{Answer, On, Program, on_both};
use crate::support::chain::later;
use nguongoc::app::App;
use nguongoc::kernel::EventId;
use nguongoc::log;
use serde_json::{Value, json};
use std::fs;

on_both!(
    what_is_recorded_and_waits_is_told_so_and_done_once,
    the_form_of_labels_is_done_once,
    keys_beside_each_other_are_other_keys,
);

/// Puts a file in the place of the log's folder: no round has found that out when the next act begins.
pub(crate) fn break_folder(app: &App) {
    assert_eq!(app.log.stopped(), None, "the log goes on");
    let (folder, away) = (app.config.data.join("log"), app.config.data.join("away"));
    fs::rename(&folder, &away).unwrap();
    fs::write(&folder, "no folder").unwrap();
}

pub(crate) async fn mend_folder(app: &App) {
    let (folder, away) = (app.config.data.join("log"), app.config.data.join("away"));
    fs::remove_file(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    while log::carry(app).await.unwrap() > 0 {}
}

pub(crate) async fn post(who: &Program, path: &str, key: &str, body: &Value) -> Answer {
    let request = who.client.post(format!("{}/api/v1/{path}", who.base)).header("accept", "application/json");
    let request = request.bearer_auth(who.token.as_ref().unwrap()).header("idempotency-key", key);
    Answer::of(request.json(body).send().await.unwrap()).await
}

async fn what_is_recorded_and_waits_is_told_so_and_done_once(on: On) {
    let desk = Desk::open(on).await;
    let app = desk.app();
    let (lot, held) = (desk.packed().await, desk.packed().await);
    let labels = json!({ "count": 4, "pack_size": { "amount": 500, "unit": "g" } });
    let reason = json!({ "reason": "Chờ kết quả kiểm nghiệm" });
    desk.officer.post(&format!("/api/v1/lots/{held}/hold"), &reason).await.expect(201);
    let run = desk.farm.post(&format!("/api/v1/lots/{lot}/runs"), &labels).await.expect(201).json();
    let run = run["id"].as_str().unwrap().to_owned();
    let roll = format!("products/{}/runs", desk.trade.farm.product);
    let count = async |path: &str| {
        let runs = desk.farm.get(&format!("/api/v1/{path}")).await.expect(200).json();
        runs["runs"].as_array().unwrap().len()
    };
    let active =
        async || desk.farm.get(&format!("/api/v1/runs/{run}")).await.expect(200).json()["active"].clone();
    let acts = [
        (&desk.farm, format!("lots/{lot}/runs"), labels.clone(), 201),
        (&desk.farm, roll.clone(), labels.clone(), 201),
        (&desk.farm, format!("runs/{run}/activate"), json!({ "count": 2 }), 200),
        (&desk.officer, format!("lots/{held}/release"), reason.clone(), 200),
    ];
    for (who, path, body, done) in acts {
        while log::carry(app).await.unwrap() > 0 {}
        later(app);
        let key = app.id::<EventId>().to_string();
        break_folder(app);
        // Recorded, and the log stops then: also when it is asked for again while it is stopped.
        for _ in 0..2 {
            let told = post(who, &path, &key, &body).await.expect(503).json();
            assert_eq!(
                (&told["code"], &told["reason"]),
                (&json!("log_late"), &json!("file_unusable")),
                "{path}: {told}"
            );
            let detail = told["detail"].as_str().unwrap();
            for words in ["đã được ghi nhận và đang chờ", "không dùng được tệp giữ điểm kiểm cuối"]
            {
                assert!(detail.contains(words), "{path}: {detail}");
            }
            assert!(!detail.contains("Chưa có gì được ghi"), "{path}: {detail}");
        }
        // One that begins now is refused, and nothing of it recorded.
        let other = app.id::<EventId>().to_string();
        if done != 200 || path.ends_with("activate") {
            let told = post(who, &path, &other, &body).await.expect(503).json();
            assert_eq!(told["code"], "log_stopped", "{path}: {told}");
        }
        mend_folder(app).await;
        let first = post(who, &path, &key, &body).await.expect(done).json();
        let again = post(who, &path, &key, &body).await.expect(done).json();
        assert_eq!(first, again, "{path}");
        if path.contains("runs") {
            // Something else under the same key.
            let more = json!({ "count": 1, "pack_size": body["pack_size"] });
            let more = if path.ends_with("activate") { json!({ "count": 1 }) } else { more };
            let told = post(who, &path, &key, &more).await.expect(409).json();
            assert_eq!(told["code"], "key_taken", "{path}: {told}");
        }
    }
    // The roll may be put on the lot, and is shown there, too.
    assert_eq!((count(&format!("lots/{lot}/runs")).await, count(&roll).await), (2 + 1, 1));
    assert_eq!(active().await, 2);
    desk.trade.registry.stop().await;
}

async fn the_form_of_labels_is_done_once(on: On) {
    let desk = Desk::open(on).await;
    let app = desk.app();
    let lot = desk.packed().await;
    let labels = json!({ "count": 4, "pack_size": { "amount": 1, "unit": "kg" } });
    let run = desk.farm.post(&format!("/api/v1/lots/{lot}/runs"), &labels).await.expect(201).json();
    let run = run["id"].as_str().unwrap().to_owned();
    let clerk = desk.trade.registry.signed_in(&desk.trade.farm.clerk).await;
    let page = format!("/runs/{run}");
    let shown = clerk.get(&page).await.expect(200).page();
    let input = scraper::Selector::parse("main input[name=key]").unwrap();
    let key = shown.select(&input).next().expect("a key").value().attr("value").unwrap().to_owned();
    while log::carry(app).await.unwrap() > 0 {}
    break_folder(app);
    let fields = [("count", "2"), ("key", key.as_str())];
    let told = clerk.send(&page, &format!("{page}/activate"), &fields).await.expect(503).text;
    assert!(told.contains("đã được ghi nhận và đang chờ") && !told.contains("Chưa có gì được ghi"), "{told}");
    mend_folder(app).await;
    for _ in 0..2 {
        clerk.send(&page, &format!("{page}/activate"), &fields).await.expect(303);
    }
    let state = desk.farm.get(&format!("/api/v1/runs/{run}")).await.expect(200).json();
    assert_eq!(state["active"], 2, "{state}");
    desk.trade.registry.stop().await;
}

/// Who chooses keys may count them: each is a command of its own, and void labels are voided once.
async fn keys_beside_each_other_are_other_keys(on: On) {
    let desk = Desk::open(on).await;
    let lot = desk.packed().await;
    let labels = json!({ "count": 40, "pack_size": { "amount": 10, "unit": "g" } });
    let run = desk.farm.post(&format!("/api/v1/lots/{lot}/runs"), &labels).await.expect(201).json();
    let run = run["id"].as_str().unwrap().to_owned();
    let (activate, void) = (format!("runs/{run}/activate"), format!("runs/{run}/void"));
    let count = |count: u32| json!({ "count": count });
    let key = |n: u32| format!("01a20000-0000-7000-8000-0000000000{n:02}");
    let sums = async || {
        let run = desk.farm.get(&format!("/api/v1/runs/{run}")).await.expect(200).json();
        (run["active"].as_i64().unwrap(), run["void"].as_i64().unwrap())
    };
    for _ in 0..2 {
        post(&desk.farm, &void, &key(1), &count(3)).await.expect(200);
        assert_eq!(sums().await, (0, 3));
    }
    // The same key counts for another kind of act, and the ones beside it for themselves.
    for (n, active) in [(1, 5), (2, 10), (3, 15)] {
        for _ in 0..2 {
            post(&desk.farm, &activate, &key(n), &count(5)).await.expect(200);
            assert_eq!(sums().await, (active, 3), "key {n}");
        }
    }
    let told = post(&desk.farm, &void, &key(1), &count(4)).await.expect(409).json();
    assert_eq!(told["code"], "key_taken", "{told}");
    // From the first to the last of them: what was void stays, what was active is void once.
    let codes = desk.farm.get(&format!("/api/v1/runs/{run}/codes.csv")).await.expect(200).text;
    let serials: Vec<&str> = codes.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    let all = json!({ "from": serials[0], "to": serials[serials.len() - 1], "reason": "rách" });
    for _ in 0..2 {
        post(&desk.farm, &void, &key(4), &all).await.expect(200);
        assert_eq!(sums().await, (0, 40));
    }
    desk.trade.registry.stop().await;
}

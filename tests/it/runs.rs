//! Unit labels by page and by program: issued, printed, activated, voided, looked up; and what is refused in words.

use crate::audit::{audit, good, log_key};
use crate::support::app::{Answer, On, Program, on_both};
use crate::support::log::{proved, told};
use crate::support::trade::{Trade, movement};
use crate::support::waits::{until, waiting};
use futures_util::future::join3;
use nguongoc::app::App;
use nguongoc::chain::{self, Command, Pack};
use nguongoc::codes::parse_link;
use nguongoc::kernel::{LotId, Moment};
use nguongoc::log::store::tree;
use nguongoc::log::{self, Checkpoint, Subject};
use nguongoc::store::Store;
use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};
use std::time::Duration;
use uuid::Uuid;

on_both!(
    labels_by_page,
    labels_by_program_and_what_shoppers_see,
    a_stock_roll_and_what_shoppers_see,
    wrong_input_is_named,
    labels_of_others_are_not_there,
    what_does_not_arrive_is_told_by_page,
    every_piece_of_a_roll_stands_in_the_log,
    a_void_that_lost_to_an_activation_stands_behind_it,
);

pub(crate) async fn packed(trade: &Trade, grams: i64) -> LotId {
    let lot = trade.lot(grams * 2).await;
    let what = movement(&trade.farm, lot, grams);
    let pack = Command::Pack(Pack { what, expires_on: None, pack_size: None, certificates: Vec::new() });
    chain::record(trade.app(), &trade.farm.by(), pack).await.expect("packed");
    lot
}

/// The table of a run: serial and path of each label.
async fn labels(program: &Program, run: &str) -> Vec<(String, String)> {
    let table = program.get(&format!("/api/v1/runs/{run}/codes.csv")).await.expect(200);
    assert!(table.header("content-type").starts_with("text/csv"));
    let mut lines = table.text.lines();
    assert_eq!(lines.next(), Some("number,serial,code"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let code = parse_link(cells[2]).expect("a code").code;
            assert_eq!(code.serial().map(nguongoc::kernel::Serial::as_str), Some(cells[1]));
            (cells[1].to_owned(), code.to_string())
        })
        .collect()
}

async fn look(trade: &Trade, path: &str) -> Value {
    let answer = trade.registry.anonymous_program().get(path).await;
    assert!(answer.status == 200 || answer.status == 404, "{}", answer.text);
    answer.json()
}

/// What a lookup proves of a label: under a checkpoint that the registry serves, an entry of this kind, about this run and so many labels.
async fn tells(trade: &Trade, proof: &Value, (kind, run, labels): (&str, &str, i64)) -> Value {
    let (checkpoint, entry) = proved(proof, log_key().verifier());
    let served = trade.registry.anonymous_program().get("/log/checkpoint").await.expect(200);
    let served = Checkpoint::open(&served.text, &[log_key().verifier().clone()]).unwrap();
    assert_eq!(checkpoint, served);
    assert_eq!(
        (entry["type"].as_str(), entry["body"]["run"].as_str(), entry["body"]["labels"].as_i64()),
        (Some(kind), Some(run), Some(labels)),
        "{entry}"
    );
    entry
}

fn codes_of(answer: &Answer) -> Vec<(String, String)> {
    let problems = answer.json()["problems"].as_array().cloned().unwrap_or_default();
    let text = |problem: &Value, name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    problems.iter().map(|problem| (text(problem, "field"), text(problem, "code"))).collect()
}

async fn labels_by_page(on: On) {
    let trade = Trade::start(on).await;
    let lot = packed(&trade, 5_000).await;
    let browser = trade.registry.signed_in(&trade.farm.clerk).await;
    let page = format!("/lots/{lot}/units");
    let shown = browser.get(&page).await.expect(200);
    assert_eq!(shown.texts("h1").len(), 1);
    assert!(shown.texts("dl.facts dd").contains(&"5 kg".to_owned()), "{:?}", shown.texts("dl.facts dd"));
    // More than was packed: the page again, with what was typed and how many would do.
    let refused = browser.send(&page, &page, &[("count", "11"), ("pack_size", "0,5 kg")]).await.expect(422);
    let problem = refused.texts("#count-problem").concat();
    assert!(problem.contains("11") && problem.contains("10"), "{problem}");
    assert!(refused.text.contains("value=\"0,5 kg\""), "what was typed stays");
    let issued = browser.send(&page, &page, &[("count", "10"), ("pack_size", "0,5 kg")]).await.expect(303);
    let run = issued.header("location").to_owned();
    let shown = browser.get(&run).await.expect(200);
    assert_eq!(shown.texts("h1").len(), 1);
    let activate = format!("{run}/activate");
    browser.send(&run, &activate, &[("count", "4")]).await.expect(303);
    let again = browser.send(&run, &activate, &[("count", "7")]).await.expect(422);
    assert!(again.texts("#count-problem").concat().contains('6'), "{}", again.text);
    let void = format!("{run}/void");
    browser.send(&run, &void, &[("count", "2"), ("reason", "Rách")]).await.expect(303);
    let shown = browser.get(&run).await.expect(200);
    assert_eq!(shown.texts("ul.cards h3").len(), 2, "{:?}", shown.texts("ul.cards h3"));
    // The sheets.
    let sheet = browser.get(&format!("{run}/labels.svg?count=3")).await.expect(200);
    assert_eq!(sheet.text.matches("<g ").count(), 3);
    assert!(sheet.text.ends_with("</svg>\n"));
    let picture = browser.get(&format!("{run}/labels.png?from=2&count=4")).await.expect(200);
    assert!(picture.bytes.starts_with(b"\x89PNG"));
    browser.get(&format!("{run}/labels.svg?from=11")).await.expect(422);
}

async fn labels_by_program_and_what_shoppers_see(on: On) {
    let trade = Trade::start(on).await;
    let lot = packed(&trade, 3_000).await;
    let program = trade.registry.program(&trade.farm.clerk).await;
    let path = format!("/api/v1/lots/{lot}/runs");
    let issued = program.post(&path, &json!({"count": 3, "pack_size": {"amount": 1, "unit": "kg"}})).await;
    let issued = issued.expect(201).json();
    let run = issued["id"].as_str().unwrap().to_owned();
    let there = program.get(&path).await.expect(200).json();
    assert_eq!(there["may_code"]["amount"], 0);
    let printed = labels(&program, &run).await;
    assert_eq!(printed.len(), 3);
    let again = labels(&program, &run).await;
    assert_eq!(printed, again, "a reprint is the same");
    let seen = look(&trade, &printed[0].1).await;
    assert_eq!((&seen["verdict"], &seen["activation"]), (&"not_activated".into(), &"not_activated".into()));
    assert_eq!(seen["issuance"], "logged");
    assert_eq!((&seen["proof"]["activated"], &seen["proof"]["voided"]), (&Value::Null, &Value::Null));
    let (from, to) = (&printed[0].0, &printed[1].0);
    let asked = json!({"from": from, "to": to});
    program.post(&format!("/api/v1/runs/{run}/activate"), &asked).await.expect(200);
    let seen = look(&trade, &printed[0].1).await;
    assert_eq!(seen["activation"], "active");
    tells(&trade, &seen["proof"]["activated"], ("codes.activated", &run, 2)).await;
    assert_eq!(seen["proof"]["voided"], Value::Null);
    assert_eq!(seen["code"]["serial"], printed[0].0.as_str());
    assert_ne!(seen["verdict"], "not_activated");
    program.post(&format!("/api/v1/runs/{run}/void"), &json!({"from": from, "to": from})).await.expect(200);
    let seen = look(&trade, &printed[0].1).await;
    assert_eq!((&seen["verdict"], &seen["activation"]), (&"void".into(), &"void".into()));
    // Once the log tells it, too; what it told before stays.
    while log::carry(trade.app()).await.unwrap() > 0 {}
    let seen = look(&trade, &printed[0].1).await;
    tells(&trade, &seen["proof"]["activated"], ("codes.activated", &run, 2)).await;
    tells(&trade, &seen["proof"]["voided"], ("codes.voided", &run, 1)).await;
    let (_, issued) = proved(&seen["proof"], log_key().verifier());
    assert_eq!((&issued["type"], &issued["body"]["run"]), (&"codes.issued".into(), &run.as_str().into()));
    // The neighbour was activated in the same entry, and is not void.
    let beside = look(&trade, &printed[1].1).await;
    assert_eq!(beside["proof"]["activated"]["log_index"], seen["proof"]["activated"]["log_index"]);
    assert_eq!(beside["proof"]["voided"], Value::Null);
    let page = trade.registry.browser().get(&printed[0].1).await.expect(200);
    assert!(page.texts(".verdict").concat().contains("đã"), "{:?}", page.texts(".verdict"));
    assert_eq!(look(&trade, &printed[1].1).await["activation"], "active");
    assert_eq!(look(&trade, &printed[2].1).await["activation"], "not_activated");
}

async fn a_stock_roll_and_what_shoppers_see(on: On) {
    let trade = Trade::start(on).await;
    let lot = packed(&trade, 1_000).await;
    let program = trade.registry.program(&trade.farm.clerk).await;
    let path = format!("/api/v1/products/{}/runs", trade.farm.product);
    let roll = program.post(&path, &json!({"count": 5, "pack_size": "500 g"})).await.expect(201).json();
    let run = roll["id"].as_str().unwrap().to_owned();
    assert_eq!(roll["lot"], Value::Null);
    let printed = labels(&program, &run).await;
    assert!(!printed[0].1.contains("/L/"), "no lot on a stock label: {}", printed[0].1);
    let seen = look(&trade, &printed[0].1).await;
    assert_eq!((&seen["verdict"], &seen["lot"]), (&"not_activated".into(), &Value::Null));
    assert_eq!(proved(&seen["proof"], log_key().verifier()).1["type"], "codes.issued");
    assert_eq!((&seen["proof"]["activated"], &seen["proof"]["voided"]), (&Value::Null, &Value::Null));
    let page = trade.registry.browser().get(&printed[0].1).await.expect(200);
    assert_eq!(page.texts("h1").len(), 1);
    let activate = format!("/api/v1/runs/{run}/activate");
    let none = program.post(&activate, &json!({"count": 1})).await.expect(422);
    assert_eq!(codes_of(&none), [("lot".to_owned(), "choose_one".to_owned())]);
    program.post(&activate, &json!({"count": 2, "lot": lot})).await.expect(200);
    let seen = look(&trade, &printed[1].1).await;
    assert_eq!(seen["activation"], "active");
    assert!(seen["lot"]["code"].is_string(), "{seen}");
    let activated = tells(&trade, &seen["proof"]["activated"], ("codes.activated", &run, 2)).await;
    assert_eq!(activated["subject"], format!("lot:{lot}"));
    assert_eq!(look(&trade, &printed[2].1).await["verdict"], "not_activated");
    // Void before it ever stood on a lot: there is no lot, and all the same a proof.
    let blank = json!({"from": printed[4].0, "to": printed[4].0});
    program.post(&format!("/api/v1/runs/{run}/void"), &blank).await.expect(200);
    while log::carry(trade.app()).await.unwrap() > 0 {}
    let seen = look(&trade, &printed[4].1).await;
    assert_eq!((&seen["verdict"], &seen["lot"]), (&"void".into(), &Value::Null));
    tells(&trade, &seen["proof"]["voided"], ("codes.voided", &run, 1)).await;
    assert_eq!(seen["proof"]["activated"], Value::Null);
    // The lot's page offers the rest of the roll; its own pages stand.
    let browser = trade.registry.signed_in(&trade.farm.clerk).await;
    assert!(browser.get(&format!("/lots/{lot}/units")).await.expect(200).text.contains(&run));
    browser.get(&format!("/products/{}/units", trade.farm.product)).await.expect(200);
    browser.get(&format!("/runs/{run}?lot={lot}")).await.expect(200);
}

async fn wrong_input_is_named(on: On) {
    let trade = Trade::start(on).await;
    let lot = packed(&trade, 5_000).await;
    let program = trade.registry.program(&trade.farm.clerk).await;
    let path = format!("/api/v1/lots/{lot}/runs");
    for (count, size, field, code) in [
        (json!("10,5"), json!("500 g"), "count", "label_count_malformed"),
        (json!(10.5), json!("500 g"), "count", "label_count_malformed"),
        (json!(0), json!("500 g"), "count", "label_count_malformed"),
        (json!(-3), json!("500 g"), "count", "label_count_malformed"),
        (json!(2_000_000), json!("500 g"), "count", "label_count_too_large"),
        (json!(""), json!("500 g"), "count", "text_empty"),
        (json!(1), json!("10 bó"), "pack_size", "unit_must_be_mass"),
        (json!(1), json!("500"), "pack_size", "unit_missing"),
        (json!(1), json!("1.250 kg"), "pack_size", "number_ambiguous"),
        (json!(1), json!("0,0005 kg"), "pack_size", "amount_fraction"),
        (json!(1), json!("10000000000 kg"), "pack_size", "amount_too_large"),
        (json!(1), json!("1000000000 kg"), "count", "labels_beyond"),
        (json!(1_000_000), json!("1000000000 kg"), "count", "labels_beyond"),
        (json!(11), json!("0,5 kg"), "count", "labels_beyond"),
    ] {
        let answer = program.post(&path, &json!({"count": count, "pack_size": size})).await;
        let wanted = [(field.to_owned(), code.to_owned())];
        assert_eq!(
            (answer.status, codes_of(&answer).as_slice()),
            (422, wanted.as_slice()),
            "{count} {size}: {}",
            answer.text
        );
    }
    let key = "01932f3a-8000-7b5a-9d2e-4f6a8b0c1d2e";
    let ask = json!({"count": 2, "pack_size": "500 g", "key": key});
    let first = program.post(&path, &ask).await.expect(201).json();
    let second = program.post(&path, &ask).await.expect(201).json();
    assert_eq!(first["id"], second["id"], "issued once under one key");
    let other = json!({"count": 3, "pack_size": "500 g", "key": key});
    program.post(&path, &other).await.expect(409);
    let run = format!("/api/v1/runs/{key}");
    for (ask, field, code) in [
        (json!({}), "count", "text_empty"),
        (json!({"count": 1, "from": "000000000000", "to": "000000000001"}), "count", "labels_told_twice"),
        (json!({"from": "000000000000"}), "to", "text_empty"),
        (json!({"from": "ABC", "to": "ABC"}), "from", "serial_of_other_run"),
        (json!({"count": 3}), "count", "labels_left"),
    ] {
        let answer = program.post(&format!("{run}/activate"), &ask).await.expect(422);
        assert_eq!(codes_of(&answer)[0], (field.to_owned(), code.to_owned()), "{ask}");
    }
    let other = packed(&trade, 100).await;
    let answer =
        program.post(&format!("{run}/activate"), &json!({"count": 1, "lot": other})).await.expect(422);
    assert_eq!(codes_of(&answer)[0].1, "labels_of_other_lot");
}

async fn labels_of_others_are_not_there(on: On) {
    let trade = Trade::start(on).await;
    let lot = packed(&trade, 1_000).await;
    let program = trade.registry.program(&trade.farm.clerk).await;
    let ask = json!({"count": 1, "pack_size": "500 g"});
    let run = program.post(&format!("/api/v1/lots/{lot}/runs"), &ask).await.expect(201).json();
    let run = run["id"].as_str().unwrap();
    let other = trade.registry.program(&trade.shop.clerk).await;
    other.get(&format!("/api/v1/lots/{lot}/runs")).await.expect(404);
    other.post(&format!("/api/v1/lots/{lot}/runs"), &ask).await.expect(404);
    other.get(&format!("/api/v1/products/{}/runs", trade.farm.product)).await.expect(404);
    for path in ["", "/codes.csv", "/labels.svg", "/labels.png"] {
        other.get(&format!("/api/v1/runs/{run}{path}")).await.expect(404);
    }
    for act in ["activate", "void"] {
        other.post(&format!("/api/v1/runs/{run}/{act}"), &json!({"count": 1})).await.expect(404);
    }
    let inspector = trade.registry.program("inspector").await;
    inspector.get(&format!("/api/v1/runs/{run}")).await.expect(200);
    inspector.post(&format!("/api/v1/runs/{run}/activate"), &json!({"count": 1})).await.expect(403);
    inspector.post(&format!("/api/v1/runs/{run}/void"), &json!({"count": 1})).await.expect(200);
}

async fn what_does_not_arrive_is_told_by_page(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(10_000).await;
    let sent = trade.ship(&trade.farm, &trade.packer, lot, 1_000).await.expect("sent").event;
    let browser = trade.registry.signed_in(&trade.packer.clerk).await;
    let page = format!("/shipments/{sent}");
    let place = trade.packer.place.to_string();
    let fields = [("place", place.as_str()), ("day", "2026-11-23"), ("quantity", "300"), ("unit", "g")];
    browser.send(&page, &format!("{page}/lose"), &fields).await.expect(303);
    let listed = browser.get("/differences").await.expect(200);
    assert_eq!(listed.texts("h1").len(), 1);
    assert!(listed.texts(".mark").concat().contains("300"), "{:?}", listed.texts(".mark"));
    let officer = trade.registry.signed_in("officer").await;
    let table = officer.get("/differences.csv").await.expect(200);
    let line = table.text.lines().nth(1).expect("a line").to_owned();
    assert!(line.contains(",kg,1,0,0,0.3,300,0,0"), "{line}");
    let program = trade.registry.program(&trade.farm.clerk).await;
    let listed = program.get("/api/v1/differences").await.expect(200).json();
    assert_eq!(listed["differences"][0]["per_mille_lost"], 300);
    let strange = trade.registry.program(&trade.shop.clerk).await;
    let listed = strange.get("/api/v1/differences").await.expect(200).json();
    assert_eq!(listed["differences"], json!([]));
    strange.get(&format!("/api/v1/differences?party={}", trade.farm.party)).await.expect(404);
}

async fn every_piece_of_a_roll_stands_in_the_log(on: On) {
    let trade = Trade::start(on).await;
    let lot = packed(&trade, 4_040).await;
    let program = trade.registry.program(&trade.farm.clerk).await;
    let asked = json!({"count": 404, "pack_size": {"amount": 10, "unit": "g"}});
    let issued = program.post(&format!("/api/v1/lots/{lot}/runs"), &asked).await.expect(201).json();
    let run = issued["id"].as_str().unwrap().to_owned();
    let printed = labels(&program, &run).await;
    // Every second one is spoiled: what is left lies in more pieces than one entry tells of.
    for (serial, _) in printed.iter().skip(1).step_by(2).take(201) {
        let void = json!({"from": serial, "to": serial});
        program.post(&format!("/api/v1/runs/{run}/void"), &void).await.expect(200);
    }
    program.post(&format!("/api/v1/runs/{run}/activate"), &json!({"count": 203})).await.expect(200);
    for at in [0, 400, 402, 403] {
        let seen = look(&trade, &printed[at].1).await;
        assert_eq!((&seen["activation"], &seen["issuance"]), (&"active".into(), &"logged".into()), "{at}");
    }
    let all =
        trade.app().store.read(async |tx| log::store::published(tx, &Subject::Lot(lot)).await).await.unwrap();
    let activated: Vec<&Value> =
        all.iter().filter(|(_, kind, _)| kind == "codes.activated").map(|(.., body)| body).collect();
    let mut indices = Vec::new();
    for body in &activated {
        let ranges = body["ranges"].as_array().unwrap();
        let range = |range: &Value| {
            let first = range["first_index"].as_u64().unwrap();
            first..first + range["count"].as_u64().unwrap()
        };
        let told: Vec<u64> = ranges.iter().flat_map(range).collect();
        assert!(ranges.len() <= 200 && body["labels"] == told.len(), "{body}");
        indices.extend(told);
    }
    let first = indices[0];
    let expected: Vec<u64> = (0..404).filter(|n| n % 2 == 0 || *n == 403).map(|n| first + n).collect();
    assert_eq!((activated.len(), indices), (2, expected));
}

async fn is_activated(app: &App, lot: LotId) -> bool {
    told(&app.store, &Subject::Lot(lot)).await.iter().any(|(kind, _)| kind == "codes.activated")
}

/// Another node leads for a while, until the moment that this is, and gives nothing its place: what is told meanwhile waits together.
pub(crate) async fn another_leads(app: &App) -> Moment {
    let head = app.store.glance(async |tx| tree::head(tx).await).await.unwrap();
    let then = app.clock.now().plus(Duration::from_mins(1));
    let ends = then.plus(Duration::from_secs(2));
    let another = Uuid::from_u128(1);
    let leads = app.store.write(async |tx| tree::lead(tx, another, &head, then, ends).await).await.unwrap();
    assert!(leads);
    ends
}

/// Somebody who has to do with the code account of a lot and keeps others waiting for it. SQLite has one writer.
pub(crate) async fn hold_account(app: &App, lot: LotId) -> Option<Transaction<'static, Postgres>> {
    let Store::Postgres { pool, .. } = &app.store else { return None };
    let mut held = pool.begin().await.unwrap();
    let account = "SELECT coded FROM code_account WHERE lot_id = $1 FOR UPDATE";
    let rows = sqlx::query(account).bind(lot.as_uuid()).fetch_all(&mut *held).await.unwrap();
    assert_eq!(rows.len(), 1);
    Some(held)
}

async fn a_void_that_lost_to_an_activation_stands_behind_it(on: On) {
    let trade = Trade::start(on).await;
    let lot = packed(&trade, 1_000).await;
    let program = trade.registry.program(&trade.farm.clerk).await;
    let asked = json!({"count": 2, "pack_size": "500 g"});
    let issued = program.post(&format!("/api/v1/lots/{lot}/runs"), &asked).await.expect(201).json();
    let run = issued["id"].as_str().unwrap().to_owned();
    let serial = labels(&program, &run).await.remove(0).0;
    let app = trade.app();
    let ends = another_leads(app).await;
    // The void is held up in the middle of its unit of work.
    let held = hold_account(app, lot).await;
    let voids = async {
        if on == On::Sqlite {
            until("the activation is recorded", async || is_activated(app, lot).await).await;
        }
        let which = json!({"from": serial, "to": serial});
        program.post(&format!("/api/v1/runs/{run}/void"), &which).await.expect(200);
        // The other node's time is over.
        app.clock.set(ends.plus(Duration::from_secs(1)));
    };
    let activates = async {
        if on == On::Postgres {
            until("the void waits", async || waiting(&app.store).await > 0).await;
        }
        program.post(&format!("/api/v1/runs/{run}/activate"), &json!({"count": 1})).await.expect(200);
    };
    let frees = async {
        until("the activation is recorded", async || is_activated(app, lot).await).await;
        if let Some(held) = held {
            held.rollback().await.unwrap();
        }
    };
    join3(voids, activates, frees).await;
    while log::carry(app).await.unwrap() > 0 {}
    let all = app.store.read(async |tx| log::store::published(tx, &Subject::Lot(lot)).await).await.unwrap();
    let kinds: Vec<&str> = all.iter().map(|(_, kind, _)| kind.as_str()).collect();
    assert_eq!(kinds[kinds.len() - 2..], ["codes.activated", "codes.voided"]);
    let folder = tempfile::tempdir().unwrap();
    good(&audit(&format!("{}/log", trade.registry.base), folder.path(), false).await);
}

//! What waits for the log, as people see it: a fact is told as being recorded, and codes count once their issue is logged.

use crate::support::app::{Answer, On, on_both};
use crate::support::chain::later;
use crate::support::trade::{Trade, movement};
use data_encoding::BASE64;
use futures_util::future::{join, join3};
use nguongoc::app::App;
use nguongoc::chain::{self, Command, Pack};
use nguongoc::codes::{Code, ProductKey, parse_link, sign};
use nguongoc::kernel::LotId;
use nguongoc::keys::Role;
use nguongoc::log::{self, store::tree};
use nguongoc::lots::{self, Lot};
use nguongoc::products;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

on_both!(
    a_fact_is_told_as_being_recorded_until_it_is_logged,
    codes_count_once_their_issue_is_logged,
    what_was_kept_in_memory_does_not_outlive_an_act_that_waits,
);

async fn found(trade: &Trade, lot: LotId) -> Lot {
    trade.app().store.read(async |tx| lots::find(tx, lot).await).await.unwrap().expect("a lot")
}

/// What a program reads behind a code.
async fn look(trade: &Trade, path: &str) -> Value {
    trade.registry.anonymous_program().get(path).await.expect(200).json()
}

/// The stages on the page behind a code, without those that are missing.
async fn stages(trade: &Trade, path: &str, lang: &str) -> Vec<String> {
    let page = trade.registry.browser().get(&format!("{path}?lang={lang}")).await.expect(200);
    page.texts("#chain .stages li:not(.absent)")
}

/// What the page behind a code says of its proof.
async fn proof(trade: &Trade, path: &str) -> String {
    trade.registry.browser().get(path).await.expect(200).texts("#proof").concat()
}

/// Fails unless this has its place in the log, and shows it; its index.
#[track_caller]
fn assert_logged(told: &Value) -> u64 {
    let index = told["log_index"].as_u64().unwrap_or_else(|| panic!("not logged: {told}"));
    let proof = told["log_proof"].as_str().unwrap_or_else(|| panic!("no proof: {told}"));
    assert!(proof.starts_with(&format!("c2sp.org/tlog-proof@v1\nindex {index}\n")), "{proof}");
    let entry = BASE64.decode(told["log_entry"].as_str().expect("an entry").as_bytes()).unwrap();
    let entry: Value = serde_json::from_slice(&entry).unwrap();
    if told["event"].is_string() {
        assert_eq!(entry["body"]["event"], told["event"]);
    }
    index
}

#[track_caller]
fn assert_pending(told: &Value) {
    for member in ["log_index", "log_entry", "log_proof"] {
        assert_eq!(told.get(member), Some(&Value::Null), "{member}: {told}");
    }
}

async fn a_fact_is_told_as_being_recorded_until_it_is_logged(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    let lot = trade.lot(10_000).await;
    later(app);
    trade.ship(&trade.farm, &trade.packer, lot, 4_000).await.expect("sent");
    let path = format!("/lot/{}", found(&trade, lot).await.short_code.as_str());

    let told = look(&trade, &path).await;
    let chain = told["chain"].as_array().unwrap();
    assert_eq!(chain.len(), 2, "{told}");
    chain.iter().for_each(assert_pending);
    for (lang, words) in [("vi", "đang ghi sổ"), ("en", "being recorded in the log")] {
        let stages = stages(&trade, &path, lang).await;
        assert_eq!(stages.len(), 2, "{stages:?}");
        assert!(stages.iter().all(|stage| stage.contains(words)), "{stages:?}");
    }
    let page = trade.registry.browser().get(&path).await.expect(200);
    assert!(page.texts("#chain a[href^='/log/proof/']").is_empty(), "there is nothing to show yet");

    // Once the log has it, the next one who looks is shown where: nothing that waited was kept.
    assert!(log::carry(app).await.unwrap() > 0);
    let told = look(&trade, &path).await;
    let indices: Vec<u64> = told["chain"].as_array().unwrap().iter().map(assert_logged).collect();
    for (lang, words, line) in
        [("vi", "đang ghi sổ", "sổ dòng"), ("en", "being recorded in the log", "log line")]
    {
        let stages = stages(&trade, &path, lang).await;
        assert_eq!(stages.len(), indices.len(), "{stages:?}");
        for (stage, index) in stages.iter().zip(&indices) {
            assert!(!stage.contains(words) && stage.contains(&format!("{line} {index}")), "{stage}");
        }
    }

    // What comes later waits by itself.
    later(app);
    trade.sell(&trade.farm, lot, 1_000).await.expect("sold");
    let told = look(&trade, &path).await;
    let (last, before) = told["chain"].as_array().unwrap().split_last().unwrap();
    assert_eq!(last["step"], "sell");
    assert_pending(last);
    assert_eq!(before.iter().map(assert_logged).collect::<Vec<_>>(), indices);
    let stages = stages(&trade, &path, "vi").await;
    let waiting: Vec<bool> = stages.iter().map(|stage| stage.contains("đang ghi sổ")).collect();
    assert_eq!(waiting, [false, false, true], "{stages:?}");
    trade.registry.stop().await;
}

/// Another node holds the lead for longer than anybody waits, and is not heard of: nothing is logged meanwhile.
async fn another_leads(app: &App) -> Uuid {
    let (node, now) = (Uuid::from_u128(9), app.clock.now());
    let head = app.store.glance(async |tx| tree::head(tx).await).await.unwrap();
    // Whoever led before is not in time any more.
    let over = head.held_until.max(now);
    let until = over.plus(Duration::from_hours(24));
    let taken = app.store.write(async |tx| tree::lead(tx, node, &head, over, until).await).await.unwrap();
    assert!(taken);
    node
}

/// The paths of a lot's own code, and of the label with the `index`-th serial of its product, as the registry signs them.
async fn paths(trade: &Trade, lot: LotId, index: i64) -> (String, String) {
    let app = trade.app();
    let lot = found(trade, lot).await;
    let product = app.store.read(async |tx| products::product(tx, lot.product).await).await.unwrap().unwrap();
    let scatter = app.serials.open(app).await.unwrap();
    let serial = scatter.serial(&product.number, index).unwrap();
    let key = ProductKey::Number(product.number.clone());
    let of_lot = Code::for_lot(key.clone(), lot.code.clone()).unwrap();
    let of_unit = Code::for_unit(key, lot.code.clone(), serial).unwrap();
    let ring = app.keys.current();
    let key = ring.signing(Role::Code, app.clock.now()).unwrap();
    (sign(of_lot, key).unwrap().to_string(), sign(of_unit, key).unwrap().to_string())
}

#[track_caller]
fn assert_late(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 503, "{what}: {}", answer.text);
    assert_eq!(answer.header("retry-after"), "5", "{what}");
    let told = answer.json();
    assert_eq!(told["code"], "log_late", "{what}: {told}");
    let detail = told["detail"].as_str().unwrap();
    assert!(detail.contains("đang chờ vào nhật ký có chữ ký"), "{what}: {detail}");
}

/// A lot of which 5 kg are packed; all that was told of it is logged.
async fn packed(trade: &Trade) -> LotId {
    let app = trade.app();
    let lot = trade.lot(10_000).await;
    later(app);
    let what = movement(&trade.farm, lot, 5_000);
    let pack = Command::Pack(Pack { what, expires_on: None, pack_size: None, certificates: Vec::new() });
    chain::record(app, &trade.farm.by(), pack).await.expect("packed");
    log::carry(app).await.unwrap();
    lot
}

async fn codes_count_once_their_issue_is_logged(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    let lot = packed(&trade).await;
    let other = another_leads(app).await;

    // Both are recorded, and wait; whoever asked is told so when that takes long.
    let program = trade.registry.program(&trade.farm.clerk).await;
    let id = "01932f3a-8000-7b5a-9d2e-4f6a8b0c1d2e";
    let asked = json!({ "count": 3, "pack_size": { "amount": 1, "unit": "kg" }, "key": id });
    let (runs, own) = (format!("/api/v1/lots/{lot}/runs"), format!("/api/v1/lots/{lot}/code"));
    let nothing = json!({});
    let (issued, code) = join(program.post(&runs, &asked), program.post(&own, &nothing)).await;
    assert_late(&issued, "the run");
    assert_late(&code, "the lot's code");
    let run = format!("/api/v1/runs/{id}");
    let shown = program.get(&run).await.expect(200).json();
    assert_eq!((&shown["count"], &shown["not_activated"]), (&json!(3), &json!(3)));

    // Nothing can be printed; whoever met with such a code all the same would read that its issue is being recorded.
    for file in ["codes.csv", "labels.svg", "labels.png"] {
        assert_late(&program.get(&format!("{run}/{file}")).await, file);
    }
    assert_eq!(program.get(&own).await.expect(404).json()["code"], "code_not_issued");
    let (of_lot, of_unit) = paths(&trade, lot, shown["first_index"].as_i64().unwrap()).await;
    let unit = look(&trade, &of_unit).await;
    assert_eq!((&unit["issuance"], &unit["verdict"]), (&json!("pending"), &json!("not_activated")), "{unit}");
    assert_pending(&unit["proof"]);
    let whole = look(&trade, &of_lot).await;
    assert_eq!((&whole["issuance"], &whole["signature"]), (&json!("pending"), &json!("valid")), "{whole}");
    assert_pending(&whole["proof"]);
    for path in [&of_lot, &of_unit] {
        let proof = proof(&trade, path).await;
        assert!(proof.contains("Cấp mã ngày 23/11/2026, đang ghi sổ."), "{proof}");
    }

    // The other node is gone, and this one goes on: what waited is there, for the one who asks again as well.
    app.store.write(async |tx| tree::leave(tx, other).await).await.unwrap();
    assert!(log::carry(app).await.unwrap() > 0);
    let table = program.get(&format!("{run}/codes.csv")).await.expect(200);
    let printed: Vec<String> = table
        .text
        .lines()
        .skip(1)
        .map(|line| parse_link(line.rsplit(',').next().unwrap()).expect("a code").code.to_string())
        .collect();
    assert_eq!((printed.len(), &printed[0]), (3, &of_unit));
    assert_eq!(program.post(&runs, &asked).await.expect(201).json()["id"], id);
    assert_eq!(program.post(&own, &nothing).await.expect(200).json(), program.get(&own).await.json());
    for path in [&of_lot, &of_unit] {
        let told = look(&trade, path).await;
        assert_eq!(told["issuance"], "logged", "{told}");
        let index = assert_logged(&told["proof"]);
        let proof = proof(&trade, path).await;
        assert!(proof.contains(&format!("Cấp mã ngày 23/11/2026, đã ghi sổ ở dòng {index}.")), "{proof}");
    }
    trade.registry.stop().await;
}

async fn what_was_kept_in_memory_does_not_outlive_an_act_that_waits(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    // A lot for each act: one gets its code, one a run, and labels of one are activated.
    let (coded, printed, labelled) = (packed(&trade).await, packed(&trade).await, packed(&trade).await);
    let program = trade.registry.program(&trade.farm.clerk).await;
    let asked = json!({ "count": 3, "pack_size": { "amount": 1, "unit": "kg" } });
    let runs = |lot: LotId| format!("/api/v1/lots/{lot}/runs");
    let run = program.post(&runs(labelled), &asked).await.expect(201).json();
    let run = format!("/api/v1/runs/{}", run["id"].as_str().unwrap());
    let first = program.get(&run).await.expect(200).json()["first_index"].as_i64().unwrap();
    let of_coded = format!("/lot/{}", found(&trade, coded).await.short_code.as_str());
    // The first label of the next run, looked at before there is one.
    let (_, of_printed) = paths(&trade, printed, first + 3).await;
    let (_, of_labelled) = paths(&trade, labelled, first).await;
    let told = async || {
        let (coded, printed) = (look(&trade, &of_coded).await, look(&trade, &of_printed).await);
        let labelled = look(&trade, &of_labelled).await;
        [&coded["issuance"], &printed["issuance"], &labelled["activation"]]
            .map(|word| word.as_str().unwrap().to_owned())
    };
    assert_eq!(told().await, ["none", "outside_run", "not_activated"]);
    assert_eq!(told().await, ["none", "outside_run", "not_activated"], "from memory");

    // The clock stands, so that what is kept would be sent for as long as the test lasts.
    let other = another_leads(app).await;
    let (own, activate) = (format!("/api/v1/lots/{coded}/code"), format!("{run}/activate"));
    let (none, one, runs) = (json!({}), json!({ "count": 1 }), runs(printed));
    let acts = join3(program.post(&own, &none), program.post(&runs, &asked), program.post(&activate, &one));
    let (code, issued, activated) = acts.await;
    for (answer, what) in [(code, "the lot's code"), (issued, "the run"), (activated, "the activation")] {
        assert_late(&answer, what);
    }
    assert_eq!(told().await, ["pending", "pending", "not_activated"]);

    // It is logged when nobody waits for it any more.
    app.store.write(async |tx| tree::leave(tx, other).await).await.unwrap();
    assert!(log::carry(app).await.unwrap() > 0);
    assert_eq!(told().await, ["logged", "logged", "active"]);
    trade.registry.stop().await;
}

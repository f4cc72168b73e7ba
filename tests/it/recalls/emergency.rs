//! When it matters: every node turns red, and a hold waits for nothing: not for a mail server that hangs, a round that is stuck, a firm that is
//! suspended, nor longer for another writer than that one takes.

use super::{City, fields, id_of};
use crate::support::app::{On, TestApp, on_both};
use crate::support::chain::later;
use crate::support::trade::{Firm, movement};
use nguongoc::app::App;
use nguongoc::chain::{self, Command, Pack};
use nguongoc::codes::parse_link;
use nguongoc::config::{MailServer, MailTls};
use nguongoc::custody::SERIAL_KEY_FILE;
use nguongoc::jobs::{self, Job, Rounds};
use nguongoc::kernel::LotId;
use nguongoc::recalls;
use nguongoc::store::Store;
use nguongoc::web::server::Service;
use serde_json::json;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

on_both!(
    every_node_turns_red,
    nothing_that_hangs_keeps_a_recall_back,
    another_writer_keeps_a_hold_back_no_longer_than_it_writes,
    a_suspended_firm_calls_back_its_own,
);

#[expect(clippy::disallowed_methods, reason = "the test measures real time")]
fn now() -> Instant {
    Instant::now()
}

/// What a node says to whoever scans a code or types one: the verdict as a program gets it, and as it stands on the page.
async fn verdict(base: &str, path: &str) -> (String, String) {
    let client = reqwest::Client::new();
    let answer = client.get(format!("{base}{path}")).header("accept", "application/json").send().await;
    let text = answer.expect("an answer").text().await.expect("a body");
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"));
    let page = client.get(format!("{base}{path}")).header("accept", "text/html").send().await;
    let page = page.expect("a page").text().await.expect("a body");
    let class =
        page.split_once("class=\"verdict ").unwrap_or_else(|| panic!("no verdict on {path}: {page}")).1;
    let tone = class.split('"').next().expect("a tone");
    let line = page.split_once("id=\"verdict\">").expect("a line").1.split('<').next().expect("a line");
    let shown = format!("{tone}: {line}");
    (answer["verdict"].as_str().expect("a verdict").to_owned(), shown)
}

/// Labels for single packs of a firm's lot, activated; the address of the first.
async fn label(city: &City, firm: &Firm, lot: LotId, clerk: &str) -> String {
    let what = movement(firm, lot, 2_000);
    let pack = Pack { what, expires_on: None, pack_size: None, certificates: Vec::new() };
    later(city.app());
    chain::record(city.app(), &firm.by(), Command::Pack(pack)).await.expect("packed");
    let program = city.trade.registry.program(clerk).await;
    let run = json!({ "count": 2, "pack_size": "1 kg" });
    let run = program.post(&format!("/api/v1/lots/{lot}/runs"), &run).await.expect(201).json();
    let run = format!("/api/v1/runs/{}", run["id"].as_str().expect("an id"));
    program.post(&format!("{run}/activate"), &json!({ "count": 2 })).await.expect(200);
    let table = program.get(&format!("{run}/codes.csv")).await.expect(200).text;
    let link = table.lines().nth(1).expect("a label").split(',').nth(2).expect("a code");
    parse_link(link).expect("a code").code.to_string()
}

/// What stands on the page of what is held, and of what is recalled.
const HELD: (&str, &str) = ("on_hold", "warn: Lô này đang bị tạm giữ");
const RECALLED: (&str, &str) = ("recalled", "bad: Lô này đã bị thu hồi");

/// Waits in real time, the clock of all nodes going on as it does, until every node says so of every address, in both forms.
async fn all_turn(city: &City, nodes: &[String], paths: &[String], wanted: (&str, &str)) {
    let (clock, begun) = (&city.app().clock, now());
    let since = clock.now();
    loop {
        clock.set(since.plus(begun.elapsed()));
        let mut others = Vec::new();
        for node in nodes {
            for path in paths {
                let found = verdict(node, path).await;
                if (found.0.as_str(), found.1.as_str()) != wanted {
                    others.push((node, path, found));
                }
            }
        }
        let waited = begun.elapsed();
        if others.is_empty() {
            return;
        }
        assert!(waited < Duration::from_secs(5), "after {waited:?} not {wanted:?}: {others:?}");
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn every_node_turns_red(on: On) {
    let city = City::open(on).await;
    let registry = &city.trade.registry;
    // The lot itself, and what was made of it, by the code that people type and by the label of a single pack.
    let (farm, packer) = (&city.trade.farm, &city.trade.packer);
    let paths = [
        format!("/lot/{}", city.short(city.lot).await),
        format!("/lot/{}", city.short(city.cut).await),
        label(&city, farm, city.lot, "chu-trai").await,
        label(&city, packer, city.cut, "chu-so-che").await,
    ];
    // Three nodes on one database, each with its own memory of the pages.
    let mut nodes = vec![registry.base.clone()];
    let mut folders = Vec::new();
    for seed in [301, 302] {
        let (app, folder) = registry.node(seed).await;
        // As whoever sets a node up does: the key of the serial numbers is the same on all.
        let keys = [&registry.app.config.data, &app.config.data].map(|data| data.join("keys"));
        std::fs::create_dir_all(&keys[1]).expect("a folder");
        let [from, to] = keys.map(|keys| keys.join(SERIAL_KEY_FILE));
        std::fs::copy(from, to).expect("the key of the serial numbers");
        folders.push(folder);
        let service = Service::bind(Arc::new(app)).expect("a port");
        nodes.push(format!("http://{}", service.address().expect("an address")));
        let (server, _) = service.start().expect("a server");
        actix_web::rt::spawn(server);
    }
    // Each is asked for before, so that every node remembers it.
    for node in &nodes {
        for path in &paths {
            for _ in 0..2 {
                let (before, shown) = verdict(node, path).await;
                assert!(before == "incomplete" || before == "in_order", "{node}{path}: {before}");
                assert!(shown != HELD.1 && !shown.starts_with("bad"), "{node}{path}: {shown}");
            }
        }
    }
    let page = city.propose(&city.officer).await;
    for path in &paths {
        let found = verdict(&nodes[0], path).await;
        assert_eq!((found.0.as_str(), found.1.as_str()), HELD, "at once where it was held");
    }
    all_turn(&city, &nodes, &paths, HELD).await;
    city.officer.send(&page, &format!("{page}/decide"), &[]).await.expect(303);
    for path in &paths {
        let found = verdict(&nodes[0], path).await;
        assert_eq!((found.0.as_str(), found.1.as_str()), RECALLED, "at once where it was decided");
    }
    all_turn(&city, &nodes, &paths, RECALLED).await;
}

/// A round that never ends, one that always fails, and those that recalls need.
const JOBS: &[Job] = &[
    Job { name: "stuck", every: Duration::from_millis(20), work: |_| Box::pin(std::future::pending()) },
    Job {
        name: "failing",
        every: Duration::from_millis(20),
        work: |_| Box::pin(async { Err(std::io::Error::other("always").into()) }),
    },
    Job {
        name: "mail",
        every: Duration::from_millis(20),
        work: |app| Box::pin(async move { Ok(jobs::carry(&app).await?) }),
    },
    Job {
        name: "recall notices",
        every: Duration::from_millis(20),
        work: |app| Box::pin(async move { Ok(recalls::carry_on(&app).await?) }),
    },
];

async fn nothing_that_hangs_keeps_a_recall_back(on: On) {
    let city = City::open(on).await;
    // A mail server that takes the connection and then says nothing.
    let hanging = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = hanging.local_addr().expect("an address").port();
    for (firm, mail) in [(&city.packer, "kho@demo.example.vn"), (&city.farm, "htx@demo.example.vn")] {
        firm.send("/firm", "/firm/mail", &[("mail", mail)]).await.expect(303);
    }
    let registry = &city.trade.registry;
    let app = Arc::new(with_mail(registry, port).await);
    let rounds = Rounds::start(&app, JOBS);
    // Something is on its way to that server already, and hangs there.
    let early = city.trade.lot(1_000).await;
    hold(&city, early).await;

    let begun = now();
    let page = city.propose(&city.officer).await;
    assert_eq!(
        (city.state(city.lot).await, city.state(city.cut).await),
        ("on_hold".into(), "on_hold".into())
    );
    city.officer.send(&page, &format!("{page}/decide"), &[]).await.expect(303);
    assert_eq!(city.state(city.lot).await, "recalled");
    let acted = begun.elapsed();
    assert!(acted < Duration::from_secs(20), "held and recalled only after {acted:?}");
    // The notices are told by the rounds meanwhile.
    let office = registry.program("officer").await;
    let notices = format!("/api/v1/recalls/{}/notices", id_of(&page));
    let mut told = 0;
    for _ in 0..600 {
        told = office.get(&notices).await.expect(200).json()["notices"].as_array().map_or(0, Vec::len);
        if told == 3 {
            break;
        }
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(told, 3, "the holders are told while the mail server hangs");
    let (tally, _) = jobs::outbox(&app).await.expect("the outbox");
    assert!(tally.sent == 0 && tally.waiting > 0, "{tally:?}");
    // Dropped and not stopped: what hangs would be waited for.
    drop(rounds);
    drop(hanging);
}

async fn hold(city: &City, lot: LotId) {
    let office = city.trade.registry.program("officer").await;
    office
        .post(&format!("/api/v1/lots/{lot}/hold"), &json!({ "reason": "Nghi nhiễm khuẩn" }))
        .await
        .expect(201);
}

/// Another process on the same database, with a mail server.
pub(super) async fn with_mail(registry: &TestApp, port: u16) -> App {
    let apart = registry.apart().await;
    let mut config = apart.config.clone();
    config.mail = Some(MailServer {
        host: "127.0.0.1".into(),
        port,
        tls: MailTls::None,
        user: None,
        password_file: None,
        from: "Nguồn Gốc <truy-xuat@demo.example.vn>".parse().expect("an address"),
    });
    let store = apart.store.clone();
    let (clock, random) = (apart.clock.clone(), nguongoc::app::Random::seeded(209));
    App::new(config, store, clock, random, nguongoc::keys::Keys::default())
}

/// How long the other one writes.
const WRITES: Duration = Duration::from_millis(1_500);

async fn another_writer_keeps_a_hold_back_no_longer_than_it_writes(on: On) {
    let city = City::open(on).await;
    let other = Store::open(city.trade.registry.database()).await.expect("a database");
    let lot = city.lot;
    let (started, ready) = tokio::sync::oneshot::channel();
    // Another program writes, and holds what it wrote: all of SQLite, the row of the lot on PostgreSQL.
    let writing = actix_web::rt::spawn(async move {
        let change = "UPDATE lot SET version = version + 1 WHERE id = $1";
        match &other {
            Store::Sqlite { writer, .. } => {
                let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.expect("begun");
                sqlx::query(change).bind(lot.as_uuid()).execute(&mut *tx).await.expect("written");
                started.send(()).expect("heard");
                actix_web::rt::time::sleep(WRITES).await;
                tx.commit().await.expect("committed");
            }
            Store::Postgres { pool, .. } => {
                let mut tx = pool.begin().await.expect("begun");
                sqlx::query(change).bind(lot.as_uuid()).execute(&mut *tx).await.expect("written");
                started.send(()).expect("heard");
                actix_web::rt::time::sleep(WRITES).await;
                tx.commit().await.expect("committed");
            }
        }
    });
    ready.await.expect("it writes");
    let begun = now();
    hold(&city, lot).await;
    let waited = begun.elapsed();
    assert!(waited < WRITES + Duration::from_secs(8), "held after {waited:?}");
    assert_eq!(
        (city.state(city.lot).await, city.state(city.cut).await),
        ("on_hold".into(), "on_hold".into())
    );
    writing.await.expect("written");
}

async fn a_suspended_firm_calls_back_its_own(on: On) {
    let city = City::open(on).await;
    let farm = city.trade.registry.program("chu-trai").await;
    let party = city.trade.farm.party;
    let office = city.trade.registry.program("officer").await;
    office
        .post(&format!("/api/v1/parties/{party}/suspend"), &json!({ "reason": "Kiểm tra" }))
        .await
        .expect(204);
    later(city.app());
    let short = city.short(city.lot).await;
    // It releases nothing any more …
    let release = json!({ "reason": "Đã xem" });
    let ship = json!({ "place": city.trade.farm.place, "quantity": "1 kg", "to": city.trade.shop.party });
    farm.post(&format!("/api/v1/lots/{}/ship", city.lot), &ship).await.expect(403);
    // … and stops what it has sent out.
    farm.post(&format!("/api/v1/lots/{}/hold", city.lot), &release).await.expect(201);
    assert_eq!(city.state(city.cut).await, "on_hold");
    farm.post(&format!("/api/v1/lots/{}/release", city.lot), &release).await.expect(403);
    let body = json!({ "lots": [short], "danger": "serious", "way": "destroy", "reason": "Nhiễm khuẩn",
        "takes_back": "Tại hợp tác xã", "until": null });
    let proposed = farm.post("/api/v1/recalls", &body).await.expect(201).json();
    let path = format!("/api/v1/recalls/{}", proposed["id"].as_str().expect("an id"));
    farm.post(&format!("{path}/decide"), &json!({})).await.expect(204);
    assert_eq!(city.state(city.lot).await, "recalled");
    city.carry_on().await;
    assert!(city.packer.get("/messages").await.expect(200).text.contains("Thu hồi TH-2026-0001"));
    let _ = fields(&short);
}

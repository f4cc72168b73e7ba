//! Keys as the log tells of them: what they may sign and when, and how they end; and codes that are held against that.

use crate::audit::{Mirror, audit, good, log_key, registry, said};
use crate::runs::{another_leads, hold_account, packed};
use crate::support::app::{On, on_both, test_key};
use crate::support::log::{placed, told};
use crate::support::trade::Trade;
use crate::support::waits::{until, waiting};
use futures_util::future::{join3, join4};
use nguongoc::app::App;
use nguongoc::chain::QuantityDraft;
use nguongoc::codes::{self, runs};
use nguongoc::custody;
use nguongoc::kernel::Moment;
use nguongoc::keys::{Host, KeyList, KeyName, KeyStatus, ListedKey, Quarter, Role};
use nguongoc::log::{self, Subject};
use nguongoc::store::Store;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use std::time::Duration;

on_both!(
    what_the_root_says_of_keys_is_told_to_auditors,
    what_would_be_signed_while_the_key_is_condemned_is_refused,
    what_was_being_signed_stands_before_the_end_of_the_key,
);

/// The key of the codes.
const CODE_KEY: &str = "demo.example.vn/code/2026q4";

async fn what_the_root_says_of_keys_is_told_to_auditors(on: On) {
    let (registry, _) = registry(on).await;
    let app = &*registry.app;
    let host: Host = "demo.example.vn".parse().unwrap();
    let code = |quarter| KeyName::code(&host, Quarter::new(2026, quarter).unwrap());
    let entries = async |name: &KeyName| told(&app.store, &Subject::Key(name.to_string())).await;
    let made = entries(&code(4)).await;
    assert_eq!(made.len(), 1);
    let (kind, body) = &made[0];
    let term = [&body["role"], &body["from"], &body["until"]];
    assert_eq!(kind, "key.made");
    assert_eq!(term, [&json!("code"), &json!("2026-10-01T00:00:00Z"), &json!("2041-01-01T00:00:00Z")]);
    let made = entries(&KeyName::log(&host)).await;
    let body = &made[0].1;
    assert_eq!([&body["role"], &body["until"]], [&json!("log"), &Value::Null]);

    // The root condemns the key of the codes, and names two keys that were never here: one has ended, one was stolen.
    let list = custody::unsigned_list(app, None).await.unwrap();
    let stolen = KeyStatus::Compromised { last_good_log_size: 2 };
    let condemned = |key: &ListedKey| match key.role() {
        Role::Code => key.clone().with_status(stolen),
        Role::Root | Role::Log => key.clone(),
    };
    let mut keys: Vec<ListedKey> = list.keys().iter().map(condemned).collect();
    let (from, until) = (list.issued().minus(Duration::from_hours(2_400)), list.issued());
    for (quarter, status) in [(2, KeyStatus::Retired), (3, stolen)] {
        let key = test_key(&code(quarter)).verifier().clone();
        keys.push(ListedKey::new(key, status, from, Some(until)).unwrap());
    }
    let list =
        KeyList::new(list.host().clone(), list.sequence(), list.issued(), list.valid_until(), keys).unwrap();
    let note = custody::sign_list(&list.to_string(), &test_key(&KeyName::root(&host))).unwrap();
    custody::import_list(app, None, &note).await.unwrap();
    let kinds = |entries: &[(String, Value)]| -> Vec<String> {
        entries.iter().map(|(kind, _)| kind.clone()).collect()
    };
    for (quarter, end) in [(4, "key.compromised"), (3, "key.compromised"), (2, "key.retired")] {
        let entries = entries(&code(quarter)).await;
        assert_eq!(kinds(&entries), ["key.made", end], "{quarter}");
        let good = if end == "key.compromised" { json!(2) } else { Value::Null };
        assert_eq!(entries[1].1["last_good_log_size"], good, "{quarter}");
        assert_eq!(entries[1].1["id"], entries[0].1["id"], "{quarter}");
    }
    // Whoever audits is told what it signed beyond that.
    while log::carry(app).await.unwrap() > 0 {}
    let folder = tempfile::tempdir().unwrap();
    let said = good(&audit(&format!("{}/log", registry.base), folder.path(), true).await);
    assert!(said.contains("is compromised and good up to 2 entries"), "{said}");
    registry.stop().await;
}

/// Whether the end of the key was told.
async fn is_condemned(app: &App, key: &Subject) -> bool {
    told(&app.store, key).await.iter().any(|(kind, _)| kind == "key.compromised")
}

/// How often codes of a lot were issued.
async fn issued(app: &App, lot: &Subject) -> usize {
    told(&app.store, lot).await.iter().filter(|(kind, _)| kind == "codes.issued").count()
}

/// The log tells of codes and of the end of their key in this order, and an auditor takes it for right; the last entry's time.
async fn ends_with(trade: &Trade, kinds: &[&str]) -> Moment {
    while log::carry(trade.app()).await.unwrap() > 0 {}
    let mut found = Vec::new();
    for entry in placed(&trade.app().store).await {
        let kind = entry["type"].as_str().unwrap().to_owned();
        if matches!(kind.as_str(), "codes.issued" | "key.compromised") {
            found.push((kind, Moment::parse(entry["at"].as_str().unwrap()).unwrap()));
        }
    }
    assert!(found.iter().map(|(kind, _)| kind.as_str()).eq(kinds.iter().copied()), "{found:?}");
    assert!(found.is_sorted_by_key(|(_, at)| *at), "{found:?}");
    let folder = tempfile::tempdir().unwrap();
    good(&audit(&format!("{}/log", trade.registry.base), folder.path(), false).await);
    found.last().expect("an entry").1
}

async fn what_would_be_signed_while_the_key_is_condemned_is_refused(on: On) {
    let trade = Trade::start(on).await;
    let (app, by) = (trade.app(), trade.farm.by());
    let lot = packed(&trade, 1_000).await;
    let (of_lot, of_key) = (Subject::Lot(lot), Subject::Key(CODE_KEY.to_owned()));
    let ends = another_leads(app).await;
    // The compromise is held up when its time is drawn, by somebody who has to do with the trail. SQLite has one writer.
    let held = match &app.store {
        Store::Postgres { pool, .. } => {
            let mut held = pool.begin().await.unwrap();
            sqlx::query("LOCK TABLE audit_trail IN SHARE MODE").execute(&mut *held).await.unwrap();
            Some(held)
        }
        Store::Sqlite { .. } => None,
    };
    let condemns = async {
        custody::compromise(app, None, CODE_KEY, 2).await.unwrap();
        // The other node's time is over.
        app.clock.set(ends.plus(Duration::from_secs(1)));
    };
    let issues = async {
        until("the compromise is under way", async || match on {
            On::Postgres => waiting(&app.store).await > 0,
            On::Sqlite => is_condemned(app, &of_key).await,
        })
        .await;
        app.clock.set(app.clock.now().plus(Duration::from_secs(1)));
        codes::issue(app, &by, lot).await
    };
    let frees = async {
        if let Some(held) = held {
            until("the issue waits or is recorded", async || {
                waiting(&app.store).await > 1 || issued(app, &of_lot).await > 0
            })
            .await;
            held.rollback().await.unwrap();
        }
    };
    let ((), issued, ()) = join3(Box::pin(condemns), Box::pin(issues), frees).await;
    assert!(matches!(issued, Err(codes::Error::NoKey)), "{issued:?}");
    ends_with(&trade, &["key.compromised"]).await;
}

async fn what_was_being_signed_stands_before_the_end_of_the_key(on: On) {
    let trade = Trade::start(on).await;
    let (app, by) = (trade.app(), trade.farm.by());
    let (lot, other) = (packed(&trade, 1_000).await, packed(&trade, 1_000).await);
    let (of_lot, of_key) = (Subject::Lot(lot), Subject::Key(CODE_KEY.to_owned()));
    let draft = runs::RunDraft {
        count: "1".to_owned(),
        pack_size: QuantityDraft::Text("500 g".to_owned()),
        ..runs::RunDraft::default()
    };
    runs::issue(app, &by, lot, &draft).await.expect("a first run");
    let ends = another_leads(app).await;
    let later = app.clock.now().plus(Duration::from_secs(5));
    // The issue is held up in the middle of its unit of work.
    let held = hold_account(app, lot).await;
    let issues = runs::issue(app, &by, lot, &draft);
    let condemns = async {
        until("the issue is under way", async || match on {
            On::Postgres => waiting(&app.store).await > 0,
            On::Sqlite => issued(app, &of_lot).await > 1,
        })
        .await;
        custody::compromise(app, None, CODE_KEY, 2).await.unwrap();
        app.clock.set(ends.plus(Duration::from_secs(1)));
    };
    // What comes while the compromise waits does not keep it waiting, and is refused.
    let comes_late = async {
        until("the compromise waits or is recorded", async || match on {
            On::Postgres => waiting(&app.store).await > 1,
            On::Sqlite => is_condemned(app, &of_key).await,
        })
        .await;
        app.clock.set(app.clock.now().plus(Duration::from_secs(5)));
        codes::issue(app, &by, other).await
    };
    let frees = async {
        if let Some(held) = held {
            until("all wait", async || waiting(&app.store).await > 2).await;
            held.rollback().await.unwrap();
        }
    };
    let (issued, (), late, ()) =
        join4(Box::pin(issues), Box::pin(condemns), Box::pin(comes_late), frees).await;
    issued.expect("a second run");
    assert!(matches!(late, Err(codes::Error::NoKey)), "{late:?}");
    let at = ends_with(&trade, &["codes.issued", "codes.issued", "key.compromised"]).await;
    // Its time is that at which it was its turn.
    if on == On::Postgres {
        assert_eq!(at, later);
    }
}

/// Audits a mirror for the first time: the exit code, and what was said.
fn audited(mirror: &Mirror, lang: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let (log, policy) = (folder.path().join("log"), folder.path().join("policy"));
    mirror.write(&log, &log_key(), "demo.example.vn/log");
    fs::write(&policy, format!("log {}\nquorum none\n", log_key().verifier())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.args(["--lang", lang, "audit", "--log"]).arg(&log).arg("--policy").arg(&policy);
    let output = command.current_dir(folder.path()).output().expect("the program");
    (output.status.code(), said(&output))
}

/// What a log tells of a key that was made.
fn key(role: &str, from: &str, until: Option<&str>) -> Value {
    json!({ "id": "0000000a", "role": role, "from": from, "until": until })
}

#[test]
fn codes_are_by_keys_for_codes_and_within_their_term() {
    let code = |id: &str| json!({ "what": "lot", "key_id": id });
    let time = |clock: &str| format!("2026-11-23T{clock}Z");
    let (two, three, four) = (time("02:00:00"), time("03:00:00"), time("04:00:00"));
    // The sample's own key is told as older registries did: without role and term.
    let with = |key: &Value, codes_at: &[&str]| {
        let mut mirror = Mirror::sample(20);
        mirror.add("key:a", "key.made", key);
        for at in codes_at {
            mirror.add_at(&time(at), "lot:1", "codes.issued", &code("0000000a"));
        }
        mirror
    };
    // In its term, up to the last moment; without an end; and what was signed in it and stands a few minutes behind.
    let within = key("code", &two, Some(&three));
    let mut late = with(&within, &["02:59:00"]);
    late.add_at(&time("03:04:00"), "lot:2", "event.recorded", &json!({ "number": 1 }));
    late.add_at(&time("02:59:59"), "lot:1", "codes.issued", &code("0000000a"));
    for mirror in [
        with(&within, &["02:10:00", "03:00:00"]),
        with(&key("code", &two, None), &["09:00:00"]),
        late.clone(),
    ] {
        let (exit, said) = audited(&mirror, "en");
        assert_eq!(exit, Some(0), "{said}");
    }
    // Told once: a second entry makes its term no longer.
    let mut twice = with(&within, &[]);
    twice.add_at(&two, "key:a", "key.made", &key("code", &two, Some(&four)));
    twice.add_at(&time("03:30:00"), "lot:1", "codes.issued", &code("0000000a"));
    // Back-dated into the term, when the log was far behind it.
    late.add_at(&time("03:06:00"), "lot:2", "event.recorded", &json!({ "number": 2 }));
    late.add_at(&time("02:59:59"), "lot:1", "codes.issued", &code("0000000a"));
    let (term, term_vi) = ("outside the term in which it signs", "ngoài thời hạn khóa được ký");
    let mut nameless = key("code", &two, None);
    nameless["from"] = json!("yesterday");
    for (what, mirror, words, vietnamese) in [
        ("a log key", with(&key("log", &two, None), &["02:10:00"]), "is a key for log", "dùng cho log"),
        ("a root", with(&key("root", &two, None), &["02:10:00"]), "is a key for root", "dùng cho root"),
        ("too early", with(&key("code", &three, None), &["02:59:59"]), term, term_vi),
        ("too late", with(&within, &["03:00:01"]), term, term_vi),
        ("told twice", twice, term, term_vi),
        ("back-dated", late, term, term_vi),
        ("no time", with(&nameless, &[]), "from is missing", "thiếu from"),
    ] {
        for (lang, words) in [("en", words), ("vi", vietnamese)] {
            let (exit, said) = audited(&mirror, lang);
            assert_eq!(exit, Some(1), "{what}: {said}");
            assert!(said.contains(words), "{what}: {said}");
        }
    }
}

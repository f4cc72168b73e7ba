//! Opened commitments: what the registry discloses fits its log and sums up; what was tampered with, or does not sum up, is found.

use crate::audit::{Mirror, log_key, registry, said};
use crate::support::app::{On, on_both};
use crate::support::trade::Trade;
use nguongoc::accounts::Role;
use nguongoc::log::{self, Commitment};
use nguongoc::store::sqlite_path;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

on_both!(
    what_is_disclosed_fits_the_log,
    what_is_erased_opens_no_more,
    what_is_erased_is_gone_from_the_files,
    a_firm_opens_its_own_books_and_not_those_of_its_principals,
);

/// Audits a log by openings.
async fn audit(log: &str, folder: &Path, openings: &str, lang: &str) -> Output {
    let (policy, file) = (folder.join("policy"), folder.join("openings"));
    fs::write(&policy, format!("log {}\nquorum none\n", log_key().verifier())).unwrap();
    fs::write(&file, openings).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command
        .args(["--lang", lang, "audit", "--log", log, "--policy"])
        .arg(&policy)
        .arg("--disclosures")
        .arg(&file);
    command.arg("--state").arg(folder.join("state")).current_dir(folder);
    // The registry answers on this thread.
    tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap()
}

async fn disclose(database: &str, data: &Path, more: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.args(["--lang", "en", "log", "disclose", "--database", database, "--data"]).arg(data).args(more);
    let output = tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

async fn what_is_disclosed_fits_the_log(on: On) {
    let (registry, journey) = registry(on).await;
    let path = format!("/api/v1/lots/{}/runs", journey.lot);
    let run = json!({ "count": 3, "pack_size": "500 g" });
    journey.packer.api.done(201, &path, &run).await;
    log::carry(&registry.app).await.unwrap();
    let url = format!("{}/log", registry.base);
    let folder = tempfile::tempdir().unwrap();
    let (all, told) = disclose(registry.database(), folder.path(), &[]).await;
    let lines: Vec<Value> = all.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(told.contains(&format!("opened {} amounts; 0 were erased", lines.len())), "{told}");
    assert!(lines.len() > 4 && lines.iter().any(|line| line["field"] == "pack_size"), "{all}");
    for line in &lines {
        let (field, value) = (line["field"].as_str().unwrap(), &line["value"]);
        assert!(field == "pack_size" || field.starts_with("quantity"), "{line}");
        assert!(
            value["amount"].is_i64() && value.as_object().unwrap().len() == 2,
            "only amounts go out: {line}"
        );
    }
    let fits = async |openings: &str| {
        let output = audit(&url, folder.path(), openings, "en").await;
        (output.status.code().unwrap(), said(&output))
    };
    let (code, good) = fits(&all).await;
    assert!(code == 0 && good.contains(&format!("sums fit: {} openings", lines.len())), "{good}");
    assert!(good.contains(" 0 of them not fully opened"), "{good}");
    // Again, on what was audited already.
    let (code, again) = fits(&all).await;
    assert!(code == 0 && again.contains("(0 new)") && again.contains("sums fit"), "{again}");

    // One amount another, one salt another, one of an event that is none, one left out.
    let with = |number: usize, change: &dyn Fn(&mut Value)| {
        let mut lines = lines.clone();
        change(&mut lines[number]);
        lines.iter().fold(String::new(), |all, line| all + &line.to_string() + "\n")
    };
    let (code, said) = fits(&with(1, &|line| line["value"]["amount"] = json!(7))).await;
    assert!(
        code == 1 && said.contains("line 2: the opening of") && said.contains("does not fit its commitment"),
        "{said}"
    );
    let (code, said) = fits(&with(0, &|line| line["salt"] = json!("00".repeat(32)))).await;
    assert!(code == 1 && said.contains("line 1: the opening of"), "{said}");
    let (code, said) = fits(&with(2, &|line| line["of"] = json!("elsewhere"))).await;
    assert!(code == 1 && said.contains("line 3: no entry of the log commits to"), "{said}");
    assert!(said.contains("1 amounts are not opened"), "{said}");
    let (code, said) = fits(&all.lines().skip(1).fold(String::new(), |all, line| all + line + "\n")).await;
    assert!(code == 0 && said.contains("1 amounts are not opened"), "{said}");

    // Only what concerns a lot, or a party.
    let lot = journey.lot.clone();
    let file = folder.path().join("lot");
    let (out, _) =
        disclose(registry.database(), folder.path(), &["--lot", &lot, "--out", file.to_str().unwrap()]).await;
    assert!(out.is_empty());
    let of_lot = fs::read_to_string(&file).unwrap();
    assert!(!of_lot.is_empty() && of_lot.lines().all(|line| all.contains(line)), "{of_lot}");
    assert_eq!(fits(&of_lot).await.0, 0);
    let nobody = "018f0000-0000-7000-8000-000000000000";
    assert!(disclose(registry.database(), folder.path(), &["--party", nobody]).await.0.is_empty());
    // What was erased cannot be opened any more, and is counted.
    let (of, field) =
        (lines[0]["of"].as_str().unwrap().parse().unwrap(), lines[0]["field"].as_str().unwrap().to_owned());
    let gone = registry.app.store.write(async |tx| log::erase_private(tx, of, &field).await).await.unwrap();
    assert!(gone);
    let (less, told) = disclose(registry.database(), folder.path(), &[]).await;
    assert_eq!(less.lines().count(), lines.len() - 1);
    assert!(told.contains("1 were erased"), "{told}");
    registry.stop().await;
}

async fn a_firm_opens_its_own_books_and_not_those_of_its_principals(on: On) {
    let trade = crate::support::trade::Trade::start(on).await;
    let (household, _) = trade.household().await;
    let program = trade.registry.program(&trade.farm.clerk).await;
    let told = |behalf: Option<String>, place: String, product: String| json!({ "behalf_of": behalf, "place": place, "product": product, "quantity": "40 kg", "day": "2026-11-23" });
    // The farm's clerk records a harvest of the household by its mandate, and one of the farm's own.
    let (place, product) = (household.place.to_string(), household.product.to_string());
    let body = told(Some(household.party.to_string()), place, product);
    program.post("/api/v1/lots", &body).await.expect(201);
    let body = told(None, trade.farm.place.to_string(), trade.farm.product.to_string());
    program.post("/api/v1/lots", &body).await.expect(201);
    while log::carry(&trade.registry.app).await.unwrap() > 0 {}
    let folder = tempfile::tempdir().unwrap();
    let of = async |party: String| {
        let (out, _) = disclose(trade.registry.database(), folder.path(), &["--party", &party]).await;
        out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["of"].clone()).collect::<Vec<_>>()
    };
    let (own, principal) = (of(trade.farm.party.to_string()).await, of(household.party.to_string()).await);
    assert!(own.len() == 1 && principal.len() == 1, "{own:?} {principal:?}");
    assert_ne!(own, principal);
    trade.registry.stop().await;
}

/// A log that is written by hand, with all its openings.
struct Books {
    mirror: Mirror,
    openings: Vec<Value>,
    /// The commitments, in the order of the openings.
    made: Vec<Value>,
}

impl Books {
    fn new() -> Self {
        Self { mirror: Mirror::sample(1), openings: Vec::new(), made: Vec::new() }
    }

    /// Commits to a value: what stands in the entry. The opening is kept.
    fn commit(&mut self, of: &str, field: &str, amount: i64, unit: &str) -> Value {
        let salt = [u8::try_from(self.openings.len()).unwrap(); 32];
        let value = json!({ "amount": amount, "unit": unit });
        let made = Commitment::to(&salt, &value).unwrap().to_string();
        let salt = data_encoding::HEXLOWER.encode(&salt);
        self.openings.push(json!({ "of": of, "field": field, "salt": salt, "value": value }));
        self.made.push(json!(made));
        json!(made)
    }

    /// An event that moves an amount of some lots: lot, role, amount, unit.
    fn event(&mut self, event: &str, step: &str, lots: &[(&str, &str, i64, &str)]) -> &mut Self {
        let field = |n: usize| if n == 0 { "quantity".to_owned() } else { format!("quantity-{n}") };
        let made: serde_json::Map<String, Value> = lots
            .iter()
            .enumerate()
            .map(|(n, (_, _, amount, unit))| (field(n), self.commit(event, &field(n), *amount, unit)))
            .collect();
        for (n, (lot, role, ..)) in lots.iter().enumerate() {
            let body = json!({ "event": event, "step": step, "role": role, "lot": lot, "lot_code": lot.to_uppercase(),
                "amount": field(n), "commitments": made });
            self.mirror.add(&format!("lot:{lot}"), "event.recorded", &body);
        }
        self
    }

    fn one(&mut self, event: &str, step: &str, lot: &str, grams: i64) -> &mut Self {
        self.event(event, step, &[(lot, "object", grams, "gram")])
    }

    /// A run of codes; without a lot, of a stock roll.
    fn run(&mut self, run: &str, lot: Option<&str>, first: i64, count: i64, grams: i64) -> &mut Self {
        let size = self.commit(run, "pack_size", grams, "gram");
        let body = json!({ "what": "run", "run": run, "lot": lot, "product_number": "1000000014", "key_id": "b157996e",
            "first_index": first, "count": count, "commitments": { "pack_size": size } });
        let subject = lot.map_or("party:p".to_owned(), |lot| format!("lot:{lot}"));
        self.mirror.add(&subject, "codes.issued", &body);
        self
    }

    fn labels(&mut self, kind: &str, run: &str, lot: &str, first: i64, count: i64) -> &mut Self {
        let body =
            json!({ "run": run, "labels": count, "ranges": [{ "first_index": first, "count": count }] });
        self.mirror.add(&format!("lot:{lot}"), kind, &body);
        self
    }

    async fn audited(&self, lang: &str) -> (i32, String) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        self.mirror.write(&log, &log_key(), "demo.example.vn/log");
        let openings = self.openings.iter().fold(String::new(), |all, line| all + &line.to_string() + "\n");
        let output = audit(log.to_str().unwrap(), folder.path(), &openings, lang).await;
        (output.status.code().unwrap(), said(&output))
    }
}

/// A lot of 100 kg of which 60 kg were packed, 40 kg sold, 20 kg split off; 100 codes for 500 g.
fn honest() -> Books {
    let mut books = Books::new();
    books.one("e1", "harvest", "a", 70_000).one("e2", "pick", "a", 30_000).one("e3", "pack", "a", 60_000);
    books.one("e4", "sell", "a", 40_000);
    books.event("e5", "split", &[("a", "input", 20_000, "gram"), ("b", "output", 20_000, "gram")]);
    books.one("e6", "ship", "a", 40_000).one("e7", "receive", "a", 40_000).one("e8", "waste", "a", 1_000);
    books.run("r1", Some("a"), 0, 120, 500);
    books
}

/// Something more that happens in the books.
type Change = fn(&mut Books) -> &mut Books;

#[actix_web::test]
async fn what_does_not_sum_up_is_found() {
    let (code, said) = honest().audited("en").await;
    assert!(code == 0 && said.contains("sums fit: 10 openings, 2 lots, 0 of them"), "{said}");
    let (code, said) = honest().audited("vi").await;
    assert!(code == 0 && said.contains("tổng số lượng khớp: 10 phần mở, 2 lô"), "{said}");
    let cases: [(&str, Change, &str); 15] = [
        (
            "sold twice",
            |books| books.one("e9", "sell", "a", 39_001),
            "lot A (a): 100001 went out and 100000 came in",
        ),
        (
            "used in another",
            |books| {
                books.event("e9", "mix", &[("a", "input", 39_500, "gram"), ("c", "output", 39_500, "gram")])
            },
            "lot A (a): 100500 went out and 100000 came in",
        ),
        (
            "out of nothing",
            |books| {
                books.event("e9", "split", &[("b", "input", 10_000, "gram"), ("c", "output", 10_001, "gram")])
            },
            "event e9: 10001 came out of it and 10000 went in",
        ),
        (
            "too many codes",
            |books| books.run("r2", Some("a"), 120, 1, 500),
            "lot A (a): its codes stand for 60500, and 60000 was packed",
        ),
        (
            "a roll",
            |books| books.run("r2", None, 120, 90, 500).labels("codes.activated", "r2", "b", 120, 41),
            "lot B (b): its codes stand for 20500, and 20000 was packed",
        ),
        (
            "pieces of grams",
            |books| books.event("e9", "sell", &[("a", "object", 3, "piece")]),
            "the amount of the event e9 is none, or is counted in another unit",
        ),
        ("below zero", |books| books.one("e9", "sell", "a", -5), "the amount of the event e9 is none"),
        (
            "more than was received",
            |books| books.one("f1", "receive", "x", 500).one("f2", "sell", "x", 501),
            "lot X (x): 501 went out and 500 came in",
        ),
        (
            "a roll on two lots",
            |books| {
                books
                    .one("f1", "harvest", "c", 9_000)
                    .one("f2", "pack", "c", 9_000)
                    .run("r2", None, 120, 90, 500);
                books.labels("codes.activated", "r2", "c", 120, 18).labels(
                    "codes.activated",
                    "r2",
                    "b",
                    138,
                    41,
                )
            },
            "lot B (b): its codes stand for 20500, and 20000 was packed",
        ),
        (
            "blank labels made void for active ones",
            |books| {
                books.run("r2", None, 120, 90, 500).labels("codes.activated", "r2", "b", 120, 41);
                books.labels("codes.voided", "r2", "b", 161, 40)
            },
            "lot B (b): its codes stand for 20500, and 20000 was packed",
        ),
        (
            "codes of a lot of which nothing is told",
            |books| books.run("r2", Some("z"), 120, 3, 500),
            "lot z: 3 codes, and no event tells of the lot",
        ),
        (
            "the same amount in two entries",
            |books| {
                let body = json!({ "event": "e1", "step": "harvest", "role": "object", "lot": "a", "lot_code": "A",
                    "amount": "quantity", "commitments": { "quantity": books.made[0] } });
                books.mirror.add("lot:a", "event.recorded", &body);
                books
            },
            "the commitment to quantity of e1 stands in an entry before it already",
        ),
        (
            "packs of nothing",
            |books| books.run("r2", Some("b"), 120, 3, 0),
            "lot b: what is in a pack of the run r2 is nothing",
        ),
        (
            "packs of pieces",
            |books| {
                let size = books.commit("r2", "pack_size", 5, "piece");
                let body = json!({ "what": "run", "run": "r2", "lot": "b", "product_number": "1000000014",
                    "key_id": "b157996e", "first_index": 120, "count": 3, "commitments": { "pack_size": size } });
                books.mirror.add("lot:b", "codes.issued", &body);
                books
            },
            "lot b: what is in a pack of the run r2 is nothing, or is counted in another unit",
        ),
        (
            "an opening twice as large",
            |books| {
                books.openings[0]["value"]["amount"] = json!(140_000);
                books
            },
            "line 1: the opening of quantity of e1 does not fit",
        ),
    ];
    for (what, change, words) in cases {
        let mut books = honest();
        change(&mut books);
        let (code, said) = books.audited("en").await;
        assert!(code == 1 && said.contains(words) && said.contains("sums do not fit"), "{what}: {said}");
    }
}

#[actix_web::test]
async fn what_is_lawful_is_no_fault() {
    let lawful: [(&str, Change); 6] = [
        ("a roll on two lots, some of it void", |books| {
            books
                .one("f1", "harvest", "c", 9_000)
                .one("f2", "pack", "c", 9_000)
                .run("r2", None, 120, 90, 500);
            books.labels("codes.activated", "r2", "c", 120, 20).labels("codes.activated", "r2", "b", 140, 42);
            // Two of one lot, two of the other, and two that stand for nothing.
            books.labels("codes.voided", "r2", "c", 138, 4).labels("codes.voided", "r2", "b", 190, 2)
        }),
        ("a harvest of which the log commits to no amount", |books| {
            let body = json!({ "event": "e9", "step": "harvest", "role": "object", "lot": "a", "lot_code": "A", "commitments": {} });
            books.mirror.add("lot:a", "event.recorded", &body);
            books.one("e10", "sell", "a", 90_000)
        }),
        ("a sale that was declared wrong", |books| {
            books.one("e9", "sell", "a", 90_000);
            books.mirror.add(
                "lot:a",
                "event.recorded",
                &json!({ "event": "e10", "step": "correct", "lot": "a", "corrects": "e9" }),
            );
            books
        }),
        ("rice that swells", |books| {
            books.event("e9", "process", &[("b", "input", 10_000, "gram"), ("c", "output", 12_000, "gram")])
        }),
        ("labels that were void", |books| {
            books.labels("codes.voided", "r1", "a", 0, 20).run("r2", Some("a"), 120, 20, 500)
        }),
        ("another unit out than in", |books| {
            books.event("e9", "cut", &[("b", "input", 10_000, "gram"), ("c", "output", 30_000, "piece")])
        }),
    ];
    for (what, change) in lawful {
        let mut books = honest();
        change(&mut books);
        let (code, said) = books.audited("en").await;
        assert!(code == 0 && said.contains("sums fit"), "{what}: {said}");
    }
}

#[actix_web::test]
async fn what_is_not_opened_is_said() {
    // Nothing is concluded from it: neither of what came in nor of what was packed.
    let mut books = honest();
    books.one("e9", "sell", "a", 90_000).run("r2", Some("a"), 120, 900, 500);
    books.openings.retain(|opening| opening["of"] != "e1" && opening["of"] != "e3");
    let (code, said) = books.audited("en").await;
    assert!(code == 0 && said.contains("lot A (a): 2 amounts are not opened"), "{said}");
    // What went out may stay closed: what is known of it is too much already.
    let mut books = honest();
    books.one("e9", "sell", "a", 90_000);
    books.openings.retain(|opening| opening["of"] != "e4");
    let (code, said) = books.audited("en").await;
    assert!(code == 1 && said.contains("lot A (a): 111000 went out and 100000 came in"), "{said}");
}

#[actix_web::test]
async fn a_file_that_holds_no_openings_is_told_as_such() {
    let books = honest();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    books.mirror.write(&log, &log_key(), "demo.example.vn/log");
    let line = books.openings[0].to_string();
    for (text, words) in [
        ("x".to_owned(), "line 1"),
        (format!("{line}\n{line}"), "line 2: the same commitment as line 1"),
        (
            line.replace("\"salt\":\"00", "\"salt\":\"0x"),
            "line 1: salt: it must be 64 lower-case hexadecimal digits",
        ),
        (line.replace("\"of\"", "\"off\""), "unknown field `off`"),
    ] {
        let output = audit(log.to_str().unwrap(), folder.path(), &text, "en").await;
        assert_eq!(output.status.code(), Some(2), "{text}: {}", said(&output));
        assert!(said(&output).contains(words), "{text}: {}", said(&output));
    }
}

async fn what_is_erased_opens_no_more(on: On) {
    let (registry, _) = registry(on).await;
    let folder = tempfile::tempdir().unwrap();
    let (all, _) = disclose(registry.database(), folder.path(), &[]).await;
    let line: Value = serde_json::from_str(all.lines().next().unwrap()).unwrap();
    let (of, field) = (line["of"].as_str().unwrap().to_owned(), line["field"].as_str().unwrap().to_owned());
    let erase = async |more: &[&str], lang: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
        command.args(["--lang", lang, "erase", &of, "--database", registry.database(), "--data"]);
        command.arg(folder.path()).args(more);
        let output =
            tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap();
        (output.status.code().unwrap(), said(&output))
    };
    // Which there are; and nothing is erased by asking, or when one of them is not there.
    let (code, kept) = erase(&[], "en").await;
    assert!(
        code == 0 && kept.lines().any(|line| line == field) && kept.contains("nothing was erased"),
        "{kept}"
    );
    let (code, refused) = erase(&["--field", &field, "--field", "ghi-chu"], "vi").await;
    assert!(code == 1 && refused.contains("--field ghi-chu") && refused.contains("Chưa xóa gì"), "{refused}");
    assert_eq!(disclose(registry.database(), folder.path(), &[]).await.0, all);
    let before = log::state(&registry.app).await.unwrap();
    assert_eq!(before.waiting, 0);

    let (code, erased) = erase(&["--field", &field], "en").await;
    assert!(code == 0 && erased.contains(&format!("erased of {of}: {field}")), "{erased}");
    let (less, told) = disclose(registry.database(), folder.path(), &[]).await;
    assert!(told.contains("1 were erased"), "{told}");
    assert_eq!(less.lines().count() + 1, all.lines().count());
    assert_eq!(erase(&["--field", &field], "en").await.0, 1);
    // The log says that it was done, and fits as before.
    log::carry(&registry.app).await.unwrap();
    let last = log::proof(&registry.app, before.published).await.unwrap().expect("an entry");
    let last: Value = serde_json::from_slice(&last.entry).unwrap();
    assert_eq!(last["type"], "erasure");
    assert_eq!(last["body"], json!({ "record": of, "fields": [field] }));
    let url = format!("{}/log", registry.base);
    let output = audit(&url, folder.path(), &less, "en").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

/// The bytes of an embedded database and of the file of its newest writes; none of a server's.
fn bytes_of(database: &str) -> Vec<u8> {
    let Some(path) = sqlite_path(database) else { return Vec::new() };
    let mut bytes = fs::read(&path).unwrap();
    let mut beside = path.into_os_string();
    beside.push("-wal");
    bytes.extend(fs::read(beside).unwrap_or_default());
    bytes
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

async fn what_is_erased_is_gone_from_the_files(on: On) {
    const MAIL: &str = "dau-vet-can-xoa@demo.example.vn";
    let trade = Trade::start(on).await;
    let (registry, party) = (&trade.registry, trade.farm.party);
    registry.person("chu-trai", Role::Manager, Some(party)).await;
    let manager = registry.signed_in("chu-trai").await;
    manager.send("/firm", "/firm/mail", &[("mail", MAIL)]).await.expect(303);
    let kept = async || {
        let read = registry.app.store.read(async |tx| log::private(tx, party.as_uuid(), "mail").await);
        read.await.unwrap()
    };
    let salt = kept().await.expect("an address").salt;
    let before = bytes_of(registry.database());
    if on == On::Sqlite {
        assert!(holds(&before, MAIL.as_bytes()) && holds(&before, &salt), "it stands somewhere");
    }
    // Beside the service, which goes on.
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.args(["--lang", "en", "erase", &party.to_string(), "--field", "mail", "--database"]);
    command.arg(registry.database()).arg("--data").arg(folder.path());
    let output = tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!said(&output).contains("-wal"), "{}", said(&output));
    assert_eq!(kept().await, None);
    let after = bytes_of(registry.database());
    assert!(!holds(&after, MAIL.as_bytes()), "the address is still in the files");
    assert!(!holds(&after, &salt), "its salt is still in the files");
}

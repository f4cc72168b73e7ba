//! Recalls through the pages and the interface: from a proposal to the last gram, drills without effect, notices that survive a kill.

use crate::hardening::serve;
use crate::support::app::{Browser, On, Program, on_both};
use crate::support::chain::{later, report, written};
use crate::support::log::told;
use crate::support::trade::{Trade, firm, product};
use nguongoc::accounts::{Official, Role};
use nguongoc::app::App;
use nguongoc::chain::{self, By, Command, Output, Portion, Transform};
use nguongoc::events::Step;
use nguongoc::kernel::{LotId, PartyId, Quantity, RecallId, Unit};
use nguongoc::keys::Note;
use nguongoc::log::Subject;
use nguongoc::parties::Kind;
use nguongoc::recalls;
use nguongoc::store::Store;
use serde_json::json;
use std::time::Duration;

mod drills;
mod emergency;
mod holders;
mod later;
mod letters;

on_both!(
    a_recall_goes_from_a_proposal_to_the_last_gram,
    a_party_recalls_its_own_lot,
    a_rejected_proposal_frees_its_lots,
    a_notice_names_each_product_and_speaks_the_readers_language,
    bad_input_is_told_and_kept,
    what_does_not_fit_is_shown_to_the_gram,
    notices_repeated_tell_nobody_twice,
    a_drill_has_no_effect_and_a_signed_record,
);

/// A city with a lot that went through three hands, half of it made into another.
struct City {
    trade: Trade,
    lot: LotId,
    cut: LotId,
    officer: Browser,
    farm: Browser,
    packer: Browser,
}

impl City {
    async fn open(on: On) -> Self {
        let trade = Trade::start(on).await;
        for (name, firm) in [("chu-trai", &trade.farm), ("chu-so-che", &trade.packer)] {
            trade.registry.person(name, Role::Manager, Some(firm.party)).await;
        }
        let lot = trade.lot(100_000).await;
        later(trade.app());
        let sent = trade.ship(&trade.farm, &trade.packer, lot, 60_000).await.expect("sent").event;
        later(trade.app());
        trade.receive(&trade.packer, sent, 55_000).await.expect("received");
        later(trade.app());
        let cut = cut(&trade, lot).await;
        later(trade.app());
        let sent = trade.ship(&trade.packer, &trade.shop, cut, 30_000).await.expect("sent").event;
        later(trade.app());
        trade.receive(&trade.shop, sent, 30_000).await.expect("received");
        later(trade.app());
        trade.sell(&trade.shop, cut, 12_000).await.expect("sold");
        later(trade.app());
        let officer = trade.registry.signed_in("officer").await;
        let farm = trade.registry.signed_in("chu-trai").await;
        let packer = trade.registry.signed_in("chu-so-che").await;
        Self { trade, lot, cut, officer, farm, packer }
    }

    fn app(&self) -> &App {
        self.trade.app()
    }

    async fn short(&self, lot: LotId) -> String {
        let found = self.app().store.read(async |tx| nguongoc::lots::find(tx, lot).await).await;
        found.expect("a lot").expect("a lot").short_code.to_string()
    }

    async fn state(&self, lot: LotId) -> String {
        let office = self.trade.registry.program("officer").await;
        let shown = office.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
        shown["state"].as_str().expect("a state").to_owned()
    }

    /// Proposes a recall of the lot on the page; the path of its page.
    async fn propose(&self, by: &Browser) -> String {
        let lots = self.short(self.lot).await;
        let fields = fields(&lots);
        let answer = by.send("/recalls/new", "/recalls", &fields).await.expect(303);
        answer.header("location").to_owned()
    }

    async fn carry_on(&self) {
        while recalls::carry_on(self.app()).await.expect("carried on") > 0 {}
    }
}

fn fields(lots: &str) -> Vec<(&str, &str)> {
    vec![
        ("lots", lots),
        ("reason", "Dư lượng thuốc vượt mức cho phép"),
        ("danger", "serious"),
        ("way", "destroy"),
        ("takes_back", "Hợp tác xã rau Vân Mẫu, thôn Đông"),
        ("until", "2026-12-31"),
    ]
}

/// The packer cuts 50 kg of the lot into 45 kg of its own product: the rest is lost in the cutting.
async fn cut(trade: &Trade, lot: LotId) -> LotId {
    let portion = Portion { lot, quantity: Quantity::grams(50_000).expect("an amount") };
    let output = Output {
        product: trade.packer.product,
        code: None,
        quantity: Quantity::grams(45_000).expect("an amount"),
    };
    let transform = Transform {
        step: Step::Cut,
        inputs: vec![portion],
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: vec![output],
        node: None,
        place: Some(trade.packer.place),
        when: None,
        note: None,
    };
    let done = chain::record(trade.app(), &trade.packer.by(), Command::Transform(transform)).await;
    done.expect("cut").lot.id
}

fn id_of(path: &str) -> RecallId {
    path.rsplit('/').next().expect("an id").parse().expect("an id")
}

async fn a_recall_goes_from_a_proposal_to_the_last_gram(on: On) {
    let city = City::open(on).await;
    let stranger = firm(&city.trade.registry, &city.trade.officer, Kind::Shop, "Cửa hàng Sen", "").await;
    let page = city.propose(&city.officer).await;
    // Held at once, and all that was made of it; nothing is public yet.
    assert_eq!(city.state(city.lot).await, "on_hold");
    assert_eq!(city.state(city.cut).await, "on_hold");
    let shown = city.officer.get(&page).await.expect(200);
    assert!(shown.text.contains("Còn 24 giờ 0 phút"), "{}", shown.text);
    let public = city.trade.registry.browser();
    public.get("/recall/TH-2026-0001").await.expect(404);
    assert!(!public.get("/recalls").await.expect(200).text.contains("TH-2026-0001"));
    city.packer.get(&page).await.expect(404);

    let decide = format!("{page}/decide");
    let inspector = city.trade.registry.program("inspector").await;
    inspector.post(&format!("/api/v1{decide}"), &json!({})).await.expect(403);
    city.officer.send(&page, &decide, &[]).await.expect(303);
    assert_eq!(city.state(city.lot).await, "recalled");
    assert_ne!(city.state(city.cut).await, "free");
    assert!(
        city.officer
            .send(&page, &format!("{page}/close"), &[])
            .await
            .expect(409)
            .text
            .contains("Chưa báo xong")
    );
    city.carry_on().await;

    // Everybody may read the notice, in both languages and as JSON.
    let notice = public.get("/recall/TH-2026-0001").await.expect(200);
    for said in ["Dư lượng thuốc", "thôn Đông", "31/12/2026", "Hợp tác xã rau Vân Mẫu", "100 kg"]
    {
        assert!(notice.text.contains(said), "{said}: {}", notice.text);
    }
    assert!(public.get("/recall/TH-2026-0001?lang=en").await.expect(200).text.contains("Owner and maker"));
    let json = city.trade.registry.anonymous_program().get("/recall/TH-2026-0001").await.expect(200).json();
    assert_eq!(json["affected"].as_array().map(Vec::len), Some(1), "{json}");

    // Each holder has one notice, which it answers; nobody else sees anything.
    let office = city.trade.registry.program("officer").await;
    let id = id_of(&page);
    let all = format!("/api/v1/recalls/{id}/notices");
    let told = office.get(&all).await.expect(200).json();
    assert_eq!(told["notices"].as_array().map(Vec::len), Some(3), "{told}");
    let desk = city.packer.get("/messages").await.expect(200);
    assert!(desk.text.contains("Thu hồi TH-2026-0001") && desk.text.contains("20 kg"), "{}", desk.text);
    let acknowledge = format!("{page}/acknowledge");
    city.packer.send(&page, &acknowledge, &[]).await.expect(303);
    let again = city.packer.send("/messages", &acknowledge, &[]).await.expect(409);
    assert!(again.text.contains("đã được xác nhận"), "{}", again.text);
    let outsider = city.trade.registry.program(&stranger.clerk).await;
    outsider.post(&format!("/api/v1/recalls/{id}/acknowledge"), &json!({})).await.expect(404);
    outsider.get(&format!("/api/v1/recalls/{id}")).await.expect(404);
    let waiting = office.get(&format!("{all}?only=waiting")).await.expect(200).json();
    assert_eq!(waiting["notices"].as_array().map(Vec::len), Some(2), "{waiting}");
    assert!(
        city.officer.get(&format!("{page}/notices?only=waiting")).await.expect(200).text.contains("Rau Xanh")
    );

    recovered(&city, &page, &office).await;
    city.officer.send(&page, &format!("{page}/close"), &[]).await.expect(303);
    let closed = office.get(&format!("/api/v1/recalls/{id}/report")).await.expect(200).json();
    assert_eq!(closed["state"], "closed");
    assert_eq!(closed["closed_with"]["unacknowledged"], 2);
    let twice = city.officer.send("/recalls/new", "/recalls", &fields(&city.short(city.lot).await)).await;
    assert!(twice.expect(409).text.contains("TH-2026-0001"));
}

/// What came back is entered within what was there, and the account closes to the gram.
async fn recovered(city: &City, page: &str, office: &Program) {
    let (lot, cut) = (city.lot.to_string(), city.cut.to_string());
    let to = format!("{page}/recovered");
    let enter = async |lot: &str, quantity: &str, status: u16| {
        let fields = [("lot", lot), ("way", "destroy"), ("quantity", quantity)];
        city.packer.send(page, &to, &fields).await.expect(status)
    };
    let refused = enter(&lot, "5,01 kg", 422).await;
    assert!(refused.text.contains("còn 5 kg") && refused.text.contains("5,01 kg"), "{}", refused.text);
    enter(&lot, "12", 422).await;
    enter(&lot, "0 kg", 422).await;
    enter(&lot, "1.250 kg", 422).await;
    enter(&lot, "3 quả", 422).await;
    enter(&lot, "4,5 kg", 303).await;
    enter(&lot, "0,51 kg", 422).await;
    enter(&cut, "15 kg", 303).await;
    // Under one key it is entered once; the authority enters it for whoever cannot.
    let shop = city.trade.shop.party;
    let body = json!({ "lot": cut, "party": shop, "way": "returned", "quantity": { "amount": "2,5", "unit": "kg" },
        "key": "01932f3a-7c1e-7b5a-9d2e-4f6a8b0c1d2e" });
    let id = id_of(page);
    for _ in 0..2 {
        office.post(&format!("/api/v1/recalls/{id}/recovered"), &body).await.expect(201);
    }
    let report = office.get(&format!("/api/v1/recalls/{id}/report")).await.expect(200).json();
    let account = &report["accounts"][0];
    // 100 kg harvested, 50 kg used, 45 kg made of it; 5 kg are between farm and packer.
    let expected = json!({ "entered": 95_000, "accounted": 95_000, "unaccounted": 0, "under_way": 5_000,
        "recovered": 22_000, "sold": 9_500, "held": 58_500 });
    for (name, value) in expected.as_object().expect("members") {
        assert_eq!(&account[name], value, "{name}: {account}");
    }
    assert_eq!(account["percent"], "100.00 %");
    assert!(city.officer.get(page).await.expect(200).text.contains("95 kg / 95 kg = 100,00 %"));
}

async fn a_party_recalls_its_own_lot(on: On) {
    let city = City::open(on).await;
    let farm = city.trade.registry.program("chu-trai").await;
    let packer = city.trade.registry.program("chu-so-che").await;
    let body = json!({ "lots": [city.short(city.lot).await], "danger": "possible", "way": "change_use",
        "reason": "Sai nhãn", "takes_back": "Tại hợp tác xã", "until": null });
    // Another firm's lot is not there; a clerk does not propose.
    packer.post("/api/v1/recalls", &body).await.expect(422);
    let clerk = city.trade.registry.program(&city.trade.farm.clerk).await;
    clerk.post("/api/v1/recalls", &body).await.expect(403);
    let proposed = farm.post("/api/v1/recalls", &body).await.expect(201).json();
    let path = format!("/api/v1/recalls/{}", proposed["id"].as_str().expect("an id"));
    assert_eq!(city.state(city.lot).await, "on_hold");
    packer.post(&format!("{path}/decide"), &json!({})).await.expect(404);
    clerk.post(&format!("{path}/decide"), &json!({})).await.expect(403);
    farm.post(&format!("{path}/decide"), &json!({})).await.expect(204);
    assert_eq!(city.state(city.lot).await, "recalled");
    let again = farm.post(&format!("{path}/decide"), &json!({})).await.expect(409).json();
    assert_eq!((&again["code"], &again["state"]), (&json!("recall_state"), &json!("decided")));
    let again = farm.post("/api/v1/recalls", &body).await.expect(409).json();
    assert_eq!((&again["code"], &again["recall"]), (&json!("recall_exists"), &json!("TH-2026-0001")));
    city.carry_on().await;
    farm.post(&format!("{path}/close"), &json!({})).await.expect(204);
    let shown = packer.get(&path).await.expect(200).json();
    assert!(shown.get("accounts").is_none() && shown["notice"]["lots"].is_array(), "{shown}");
}

async fn a_rejected_proposal_frees_its_lots(on: On) {
    let city = City::open(on).await;
    let page = city.propose(&city.officer).await;
    let reject = format!("{page}/reject");
    let refused = city.officer.send(&page, &reject, &[("reason", " ")]).await.expect(422);
    assert!(refused.text.contains("reason-problem"), "{}", refused.text);
    let farm = city.trade.registry.program("chu-trai").await;
    let why = json!({ "reason": "Kiểm nghiệm lại đạt" });
    // The firm may decide on its own lot, and not take back what the authority proposed.
    farm.post(&format!("/api/v1{reject}"), &why).await.expect(403);
    city.officer.send(&page, &reject, &[("reason", "Kiểm nghiệm lại đạt")]).await.expect(303);
    assert_eq!((city.state(city.lot).await, city.state(city.cut).await), ("free".into(), "free".into()));
    let office = city.trade.registry.program("officer").await;
    office.post(&format!("/api/v1{reject}"), &why).await.expect(409);
    // In the log nothing stays open.
    let entries = told(&city.app().store, &Subject::Lot(city.lot)).await;
    let of_recalls: Vec<_> = entries.iter().filter(|(kind, _)| kind.starts_with("recall.")).collect();
    let kinds: Vec<&str> = of_recalls.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["recall.opened", "recall.rejected"]);
    assert_eq!(of_recalls[0].1, of_recalls[1].1, "both name the recall");
    // What was rejected may be proposed again, under its own number.
    let again = city.propose(&city.officer).await;
    assert!(city.officer.get(&again).await.expect(200).text.contains("TH-2026-0002"));
}

async fn a_notice_names_each_product_and_speaks_the_readers_language(on: On) {
    let city = City::open(on).await;
    let (trade, farm) = (&city.trade, &city.trade.farm);
    let other = product(&trade.registry, &farm.member, "Rau muống", Unit::Gram, None).await;
    let Command::Declare(begun) = trade.declaration(9_000, None) else { unreachable!() };
    let begun = Command::Declare(chain::DeclareLot { product: other, ..begun });
    later(city.app());
    let lot = chain::record(city.app(), &farm.by(), begun).await.expect("a lot").lot;
    later(city.app());
    let sent = trade.ship(farm, &trade.packer, lot.id, 1_500).await.expect("sent").event;
    later(city.app());
    trade.receive(&trade.packer, sent, 1_500).await.expect("received");
    later(city.app());
    let lots = format!("{}\n{}", city.short(city.lot).await, lot.short_code);
    let sent = city.officer.send("/recalls/new", "/recalls", &fields(&lots)).await.expect(303);
    let page = sent.header("location").to_owned();
    city.officer.send(&page, &format!("{page}/decide"), &[]).await.expect(303);
    city.carry_on().await;
    let desk = city.packer.get("/messages").await.expect(200).text;
    let codes = format!("Rau muống: {}", lot.code);
    for said in ["Cải bẹ xanh, Rau muống", &*codes, "21,5 kg"] {
        assert!(desk.contains(said), "{said}: {desk}");
    }
    let desk = city.packer.get("/messages?lang=en").await.expect(200).text;
    assert!(desk.contains("21.5 kg") && !desk.contains("21,5 kg"), "{desk}");
}

async fn bad_input_is_told_and_kept(on: On) {
    let city = City::open(on).await;
    let refused = city.officer.send("/recalls/new", "/recalls", &fields("0000000000 L-X")).await.expect(422);
    assert!(refused.text.contains("10 số") && refused.text.contains("Dư lượng thuốc"), "{}", refused.text);
    let empty = city.officer.send("/recalls/new", "/recalls", &[("lots", "")]).await.expect(422);
    for field in ["lots", "reason", "danger", "way", "takes_back"] {
        assert!(empty.text.contains(&format!("{field}-problem")), "{field}: {}", empty.text);
    }
    let page = city.propose(&city.officer).await;
    let twice = city.officer.send("/recalls/new", "/recalls", &fields(&city.short(city.lot).await)).await;
    assert!(twice.expect(409).text.contains("TH-2026-0001"));
    city.trade.registry.browser().get(&page).await.expect(401);
}

async fn what_does_not_fit_is_shown_to_the_gram(on: On) {
    let city = City::open(on).await;
    // The shop has 18 kg left and sells 1 kg of it, and tells of a sale of 19,007 kg besides: a fact, which is recorded.
    let trade = &city.trade;
    let sold = trade.sell(&trade.shop, city.cut, 1_000).await.expect("sold").event;
    let mut fact = written(trade.app(), sold).await;
    fact["eventID"] = json!("urn:uuid:01932f3a-7c1e-7b5a-9d2e-4f6a8b0c1d2e");
    fact["quantityList"][0]["quantity"] = json!(19.007);
    later(trade.app());
    report(trade.app(), &trade.shop.by(), &fact).await.expect("recorded");
    let page = city.propose(&city.officer).await;
    city.officer.send(&page, &format!("{page}/decide"), &[]).await.expect(303);
    city.carry_on().await;
    let office = trade.registry.program("officer").await;
    let report = office.get(&format!("/api/v1/recalls/{}/report", id_of(&page))).await.expect(200).json();
    let account = &report["accounts"][0];
    assert_eq!((&account["entered"], &account["unaccounted"]), (&json!(95_000), &json!(-2_007)), "{account}");
    assert_eq!(account["percent"], "102.11 %");
}

async fn notices_repeated_tell_nobody_twice(on: On) {
    let city = City::open(on).await;
    let page = city.propose(&city.officer).await;
    city.officer.send(&page, &format!("{page}/decide"), &[]).await.expect(303);
    city.carry_on().await;
    let count = async || {
        let desk = city.packer.get("/messages").await.expect(200);
        desk.text.matches("Thu hồi TH-2026-0001").count()
    };
    assert_eq!(count().await, 1);
    // An hour later it is looked again: a party that has come to hold some since is told, nobody else is.
    let clock = &city.app().clock;
    clock.set(clock.now().plus(Duration::from_hours(2)));
    city.carry_on().await;
    assert_eq!(count().await, 1);
    let another = city.trade.registry.another_app();
    while recalls::carry_on(&another).await.expect("carried on") > 0 {}
    assert_eq!(count().await, 1);
}

async fn a_drill_has_no_effect_and_a_signed_record(on: On) {
    let city = City::open(on).await;
    assert!(city.officer.get("/recalls").await.expect(200).text.contains("Chưa diễn tập lần nào"));
    let lots = city.short(city.lot).await;
    let public = city.trade.registry.browser();
    let scanned = async || {
        let mut pages = Vec::new();
        for lot in [city.lot, city.cut] {
            pages.push(public.get(&format!("/lot/{}", city.short(lot).await)).await.expect(200).text);
        }
        pages
    };
    let before = scanned().await;
    let begun =
        city.officer.send("/recalls/drill", "/recalls/drill", &[("lots", lots.as_str())]).await.expect(303);
    let page = begun.header("location").to_owned();
    city.carry_on().await;
    assert_eq!((city.state(city.lot).await, city.state(city.cut).await), ("free".into(), "free".into()));
    // Whoever scans the lot or what was made of it sees what stood there before.
    assert_eq!(scanned().await, before);
    public.get("/recall/DT-2026-0001").await.expect(404);
    assert!(!public.get("/recalls").await.expect(200).text.contains("DT-"));
    assert!(!city.packer.get("/messages").await.expect(200).text.contains("DIỄN TẬP"));
    city.packer.get(&page).await.expect(404);
    let shown = city.officer.get(&page).await.expect(200);
    assert!(shown.text.contains("95 kg / 95 kg = 100,00 %"), "{}", shown.text);

    // The record opens with the key of the log, and says what was done.
    let record = city.officer.get(&format!("{page}/record.txt")).await.expect(200).text;
    let ring = city.app().keys.current();
    let verifiers: Vec<_> = ring.secrets().iter().map(|secret| secret.verifier().clone()).collect();
    let opened = Note::parse(&record).expect("a note").open(&verifiers).expect("signed");
    assert_eq!(opened.signers.len(), 1);
    assert!(opened.signers[0].0.as_str().ends_with("/log"), "{:?}", opened.signers);
    for line in ["nguongoc-drill/v1", "drill DT-2026-0001", "chosen", &format!("lot {lots}")] {
        assert!(opened.text.lines().any(|told| told == line), "{line}: {}", opened.text);
    }
    assert!(
        opened.text.contains("accounted 95000 of 95000") && opened.text.contains("lots 2"),
        "{}",
        opened.text
    );
    Note::parse(&record.replace("holders 3", "holders 4"))
        .expect("a note")
        .open(&verifiers)
        .expect_err("forged");

    // Offline, with nothing but the published keys: as it stands, changed, and no record at all.
    let folder = tempfile::tempdir().expect("a folder");
    let keys = public.get("/.well-known/nguongoc-keys.txt").await.expect(200).text;
    std::fs::write(folder.path().join("keys"), keys).expect("the keys");
    for (text, code, says) in [
        (record.clone(), 0, "/log"),
        (record.replace("holders 3", "holders 4"), 1, "error: "),
        (record.replace("nguongoc-drill/v1", "nguongoc-drill/v2"), 1, "error: "),
        ("no record\n".to_owned(), 1, "error: "),
    ] {
        std::fs::write(folder.path().join("record"), &text).expect("the record");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nguongoc"));
        command.current_dir(folder.path()).args(["--lang", "en", "verify-drill", "record", "--keys", "keys"]);
        let ran = tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap();
        let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.code() == Some(code) && err.contains(says), "{:?}: {out}{err}", ran.status);
        assert_eq!(out.contains("drill DT-2026-0001"), code == 0, "{out}");
    }

    // Drawn by a seed, and told: the holders read that it is a drill, and answer.
    let office = city.trade.registry.program("officer").await;
    let drawn = office.post("/api/v1/drills", &json!({ "tell": true })).await.expect(201).json();
    city.carry_on().await;
    assert!(city.packer.get("/messages").await.expect(200).text.contains("DIỄN TẬP DT-2026-0002"));
    let id = drawn["id"].as_str().expect("an id");
    let record = office.get(&format!("/api/v1/drills/{id}/record")).await.expect(200).text;
    assert!(record.contains("\ndrawn-by ") && record.contains(" told\n"), "{record}");
    assert!(!office.get("/api/v1/drills").await.expect(200).json()["last_at"].is_null());
    office.post("/api/v1/drills", &json!({ "lot": "0000000000" })).await.expect(422);
    city.trade.registry.program("inspector").await.post("/api/v1/drills", &json!({})).await.expect(403);
}

/// Holders of a wide recall; twelve batches.
const HOLDERS: u128 = 6_000;

/// Gives some of a lot to many shops, as a bulk loader would.
async fn spread_out(store: &Store, lot: LotId) {
    let Store::Sqlite { writer, .. } = store else { unreachable!("the embedded database") };
    let mut tx = writer.begin().await.expect("a transaction");
    for number in 1..=HOLDERS {
        let party = PartyId::from_uuid(uuid::Uuid::from_u128(number << 64));
        sqlx::query(
            "INSERT INTO party (id, kind, name, name_folded, tax_kind, commune, address, status, consent, applied_at)
             VALUES ($1, 'shop', $2, 'quay', 'none', '00004', 'Chợ', 'approved', 0, 0)",
        )
        .bind(party.as_uuid())
        .bind(format!("Quầy {number}"))
        .execute(&mut *tx)
        .await
        .expect("a party");
        sqlx::query("INSERT INTO holding (lot_id, party_id, amount, taken_in) VALUES ($1, $2, 10, 10)")
            .bind(lot.as_uuid())
            .bind(party.as_uuid())
            .execute(&mut *tx)
            .await
            .expect("a holding");
    }
    tx.commit().await.expect("committed");
}

async fn count(store: &Store, statement: &'static str) -> i64 {
    let Store::Sqlite { readers, .. } = store else { unreachable!("the embedded database") };
    sqlx::query_scalar(statement).fetch_one(readers).await.expect("a count")
}

#[actix_web::test]
async fn killed_between_batches_it_tells_everybody_once() {
    let trade = Trade::start(On::Sqlite).await;
    let lot = trade.lot(100_000).await;
    let store = &trade.app().store;
    spread_out(store, lot).await;
    let by = By::Official(Official { person: trade.officer.person, role: Role::Officer });
    let short =
        store.read(async |tx| nguongoc::lots::find(tx, lot).await).await.expect("a lot").expect("a lot");
    let draft = recalls::RecallDraft {
        lots: short.short_code.to_string(),
        danger: "serious".into(),
        way: "destroy".into(),
        reason: "Thử".into(),
        takes_back: "Chợ".into(),
        until: String::new(),
    };
    let proposed =
        recalls::propose(trade.app(), &by, &draft.parse().expect("a proposal")).await.expect("proposed");
    recalls::decide(trade.app(), &by, proposed.id).await.expect("decided");

    // The program takes the work up on the same file, and is killed as soon as it has told some.
    let folder = tempfile::tempdir().expect("a folder");
    let url = trade.app().config.database.expose().to_owned();
    let from = url.strip_prefix("sqlite:").expect("a path").to_owned();
    let Store::Sqlite { writer, .. } = store else { unreachable!("the embedded database") };
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await.expect("a checkpoint");
    let file = folder.path().join("nguongoc.sqlite");
    std::fs::copy(&from, &file).expect("a copy");
    let copy = Store::open(&format!("sqlite:{}", file.display())).await.expect("a database");
    let told = "SELECT COUNT(*) FROM recall_notice";
    let mut before = 0;
    let mut kills = 0;
    for round in 0..40 {
        let (mut service, _) = serve(folder.path());
        loop {
            let now = count(&copy, told).await;
            let done = count(&copy, "SELECT COUNT(*) FROM recall WHERE phase = 'told'").await == 1;
            // Five times killed, then left in peace.
            if done || (kills < 5 && now > before) {
                before = now;
                kills += usize::from(!done);
                break;
            }
            actix_web::rt::time::sleep(Duration::from_millis(1)).await;
        }
        service.0.kill().expect("killed");
        service.0.wait().expect("ended");
        // A batch and its place are one: what is told ends where the cursor stands.
        let beyond = "SELECT COUNT(*) FROM recall_notice n JOIN recall r ON r.id = n.recall_id
             WHERE r.phase = 'telling' AND n.party_id > r.told_up_to";
        assert_eq!(count(&copy, beyond).await, 0, "round {round}");
        if count(&copy, "SELECT COUNT(*) FROM recall WHERE phase = 'told'").await == 1 {
            break;
        }
    }
    let all = i64::try_from(HOLDERS).expect("few") + 1;
    assert_eq!(count(&copy, told).await, all);
    let messages = "SELECT COUNT(*) FROM message WHERE kind = 'recall_notice'";
    assert_eq!(count(&copy, messages).await, all);
    let parties = "SELECT COUNT(DISTINCT party_id) FROM message WHERE kind = 'recall_notice'";
    assert_eq!(count(&copy, parties).await, all);
    assert!(kills > 0, "it was never killed between two batches");
    copy.close().await;
}

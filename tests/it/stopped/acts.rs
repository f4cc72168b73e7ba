//! What goes on while the log is stopped, and what does not: what stops food acts at once and is logged later, what was done is recorded,
//! and what lets food go is refused and leaves nothing behind.

use crate::audit::log_key;
use crate::support::app::{On, Program, on_both};
use crate::support::chain::later;
use crate::support::trade::{Trade, movement};
use nguongoc::app::App;
use nguongoc::chain::{self, Command, Pack};
use nguongoc::codes::parse_link;
use nguongoc::custody;
use nguongoc::kernel::LotId;
use nguongoc::log::{self, Checkpoint, Error, Stop};
use serde_json::{Value, json};
use std::fs;

on_both!(
    what_stops_food_is_taken_and_what_lets_it_go_is_refused,
    a_key_in_wrong_hands_is_told_at_once_and_logged_later,
);

/// The key that signs codes in the tests.
const CODE_KEY: &str = "demo.example.vn/code/2026q4";

/// A registry whose log is going to stop.
pub(super) struct Desk {
    pub(super) trade: Trade,
    pub(super) farm: Program,
    pub(super) officer: Program,
}

/// Something that a program asks for, and how it is answered while the log goes on.
pub(super) struct Act<'a> {
    pub(super) who: &'a Program,
    pub(super) path: String,
    pub(super) body: Value,
    status: u16,
}

pub(super) fn act<'a>(who: &'a Program, path: &str, body: Value, status: u16) -> Act<'a> {
    Act { who, path: format!("/api/v1/{path}"), body, status }
}

impl Act<'_> {
    pub(super) async fn done(&self) -> Value {
        let answer = self.who.post(&self.path, &self.body).await;
        assert_eq!(answer.status, self.status, "{}: {}", self.path, answer.text);
        if answer.status == 204 { Value::Null } else { answer.json() }
    }

    /// With a word for programs, and with the reason and what still works for people.
    pub(super) async fn is_refused(&self) {
        let answer = self.who.post(&self.path, &self.body).await;
        assert_eq!(answer.status, 503, "{}: {}", self.path, answer.text);
        assert_eq!(answer.header("retry-after"), "5", "{}", self.path);
        let told = answer.json();
        assert_eq!(
            (&told["code"], &told["reason"]),
            (&json!("log_stopped"), &json!("file_unusable")),
            "{told}"
        );
        let detail = told["detail"].as_str().unwrap();
        for words in ["Chưa có gì được ghi", "Tạm giữ, thu hồi", "không dùng được tệp giữ điểm kiểm cuối"]
        {
            assert!(detail.contains(words), "{}: {detail}", self.path);
        }
    }
}

impl Desk {
    pub(super) async fn open(on: On) -> Self {
        let trade = Trade::start(on).await;
        let farm = trade.registry.program(&trade.farm.clerk).await;
        let officer = trade.registry.program("officer").await;
        Self { trade, farm, officer }
    }

    pub(super) fn app(&self) -> &App {
        self.trade.app()
    }

    /// A lot of the farm of which half is packed.
    pub(super) async fn packed(&self) -> LotId {
        let farm = &self.trade.farm;
        let lot = self.trade.lot(10_000).await;
        later(self.app());
        let what = movement(farm, lot, 5_000);
        let pack = Command::Pack(Pack { what, expires_on: None, pack_size: None, certificates: Vec::new() });
        chain::record(self.app(), &farm.by(), pack).await.expect("packed");
        lot
    }

    /// Issues a lot's own code; its path.
    async fn code(&self, lot: LotId) -> String {
        let issued = self.farm.post(&format!("/api/v1/lots/{lot}/code"), &json!({})).await.expect(200).json();
        parse_link(issued["url"].as_str().unwrap()).unwrap().code.to_string()
    }

    /// Four labels of a lot, the first two of them active: the run, and the serial and path of each label.
    async fn labels(&self, lot: LotId) -> (String, Vec<(String, String)>) {
        let asked = json!({ "count": 4, "pack_size": { "amount": 1, "unit": "kg" } });
        let issued = self.farm.post(&format!("/api/v1/lots/{lot}/runs"), &asked).await.expect(201).json();
        let run = issued["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/runs/{run}");
        self.farm.post(&format!("{path}/activate"), &json!({ "count": 2 })).await.expect(200);
        let table = self.farm.get(&format!("{path}/codes.csv")).await.expect(200).text;
        let label = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[1].to_owned(), parse_link(cells[2]).unwrap().code.to_string())
        };
        (run, table.lines().skip(1).map(label).collect())
    }

    /// All that lets food go: a free lot, one that the authority holds, labels that wait.
    fn releases(&self, free: LotId, held: LotId, run: &str) -> Vec<Act<'_>> {
        let (farm, packer) = (&self.trade.farm, &self.trade.packer);
        let (place, to, some) =
            (farm.place.to_string(), packer.party.to_string(), json!({ "amount": 1, "unit": "kg" }));
        let labels = json!({ "count": 1, "pack_size": some });
        let roll = format!("products/{}/runs", farm.product);
        let sent = json!({ "place": place, "to": to, "quantity": some });
        let several = json!({ "place": place, "to": to, "lots": [{ "lot": free, "quantity": some }] });
        let sold = json!({ "place": place, "quantity": some });
        let reason = json!({ "reason": "Kết quả đạt" });
        vec![
            act(&self.farm, &format!("lots/{free}/code"), json!({}), 200),
            act(&self.farm, &format!("lots/{free}/runs"), labels.clone(), 201),
            act(&self.farm, &roll, labels, 201),
            act(&self.farm, &format!("runs/{run}/activate"), json!({ "count": 1 }), 200),
            act(&self.farm, &format!("lots/{free}/ship"), sent, 201),
            act(&self.farm, "shipments", several, 201),
            act(&self.farm, &format!("lots/{free}/sell"), sold, 201),
            act(&self.officer, &format!("lots/{held}/release"), reason, 201),
        ]
    }

    /// Damages the file with the last checkpoint and has the node look at it anew; what was in it.
    pub(super) async fn stop(&self) -> String {
        let app = self.app();
        while log::carry(app).await.unwrap() > 0 {}
        let good = log::checkpoint(app).await.unwrap().unwrap();
        log::adopt(app, &good).await.unwrap();
        fs::write(log::kept_path(&app.config.data), "x").unwrap();
        assert!(matches!(log::carry(app).await, Err(Error::Stopped(Stop::File(_)))));
        good
    }

    /// Puts the file back, and has the log go on.
    pub(super) async fn mend(&self, good: &str) {
        fs::write(log::kept_path(&self.app().config.data), good).unwrap();
        while log::carry(self.app()).await.unwrap() > 0 {}
    }

    async fn ready(&self) -> Value {
        self.trade.registry.anonymous_program().get("/readyz").await.expect(200).json()
    }

    /// What a program reads behind a code.
    async fn look(&self, path: &str) -> Value {
        self.trade.registry.anonymous_program().get(path).await.expect(200).json()
    }

    /// What a shopper reads first behind a code.
    async fn line(&self, path: &str) -> String {
        self.trade.registry.browser().get(path).await.expect(200).texts(".verdict").concat()
    }

    /// The verdict behind a code before an act, where it is kept in memory, and at once after it.
    async fn around(&self, path: &str, act: &Act<'_>) -> (Value, Value) {
        later(self.app());
        assert_eq!(self.look(path).await, self.look(path).await);
        let before = self.look(path).await["verdict"].clone();
        act.done().await;
        (before, self.look(path).await["verdict"].clone())
    }

    /// The entries under the checkpoint that is shown, as everybody reads them.
    pub(super) async fn entries(&self) -> Vec<Value> {
        let browser = self.trade.registry.browser();
        let note = browser.get("/log/checkpoint").await.expect(200).text;
        let size = Checkpoint::open(&note, &[log_key().verifier().clone()]).unwrap().size;
        let mut entries = Vec::new();
        for index in 0..size.div_ceil(256) {
            let width = (size - index * 256).min(256);
            let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
            let path = format!("/log/tile/entries/{index:03}{partial}");
            let bundle = browser.get(&path).await.expect(200).bytes;
            let mut rest = bundle.as_slice();
            while !rest.is_empty() {
                let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
                entries.push(serde_json::from_slice(&rest[2..2 + length]).unwrap());
                rest = &rest[2 + length..];
            }
        }
        assert_eq!(entries.len() as u64, size);
        entries
    }
}

/// An entry in short: what it tells, of what, and which step it was.
pub(super) fn short(entry: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} {} {}", text(&entry["type"]), text(&entry["subject"]), text(&entry["body"]["step"]))
}

async fn what_stops_food_is_taken_and_what_lets_it_go_is_refused(on: On) {
    let desk = Desk::open(on).await;
    let (free, held, coded) = (desk.packed().await, desk.packed().await, desk.packed().await);
    let (doubted, bad) = (desk.packed().await, desk.packed().await);
    let (of_doubted, of_bad) = (desk.code(doubted).await, desk.code(bad).await);
    let (run, labels) = desk.labels(coded).await;
    let reason = json!({ "reason": "Chờ kết quả kiểm nghiệm" });
    act(&desk.officer, &format!("lots/{held}/hold"), reason.clone(), 201).done().await;
    let good = desk.stop().await;

    // The node serves, and says what ails its log.
    let ready = desk.ready().await;
    assert_eq!((&ready["status"], &ready["log"]), (&json!("ready"), &json!("stopped")));
    assert_eq!(ready["why"]["code"], "file_unusable");
    let why = ready["why"]["detail"].as_str().unwrap();
    assert!(why.starts_with("the file with the last checkpoint cannot be used: "), "{why}");

    // What lets food go is refused, by program and by page.
    let releases = desk.releases(free, held, &run);
    for release in &releases {
        release.is_refused().await;
    }
    let clerk = desk.trade.registry.signed_in(&desk.trade.farm.clerk).await;
    let page = format!("/lots/{free}/code");
    let refused = clerk.send(&page, &page, &[]).await.expect(503);
    assert!(refused.text.contains("Chưa có gì được ghi"), "{}", refused.text);

    // What stops food is taken, and seen at once.
    let hold = act(&desk.farm, &format!("lots/{doubted}/hold"), reason.clone(), 201);
    let (before, after) = desk.around(&of_doubted, &hold).await;
    assert!(before != after && after == "on_hold", "{before}, {after}");
    assert!(desk.line(&of_doubted).await.contains("Lô này đang bị tạm giữ"));
    let recall = act(&desk.officer, &format!("lots/{bad}/recall"), reason, 201);
    let (before, after) = desk.around(&of_bad, &recall).await;
    assert!(before != after && after == "recalled", "{before}, {after}");
    assert!(desk.line(&of_bad).await.contains("Lô này đã bị thu hồi"));
    let (serial, label) = &labels[0];
    assert_eq!(desk.look(label).await["activation"], "active");
    let void = json!({ "from": serial, "to": serial });
    let void = act(&desk.farm, &format!("runs/{run}/void"), void, 200);
    let (before, after) = desk.around(label, &void).await;
    assert!(before != after && after == "void", "{before}, {after}");
    assert_eq!(desk.look(&labels[1].1).await["activation"], "active");

    // So is what was done: a harvest is no release. It is told as being recorded.
    later(desk.app());
    let firm = &desk.trade.farm;
    let harvest = json!({ "product": firm.product.to_string(), "place": firm.place.to_string(),
        "quantity": { "amount": 3, "unit": "kg" } });
    let harvest = act(&desk.farm, "lots", harvest, 201).done().await;
    let new = harvest["lot"]["id"].as_str().unwrap();
    let of_new = format!("/lot/{}", harvest["lot"]["short_code"].as_str().unwrap());
    assert_eq!(desk.look(&of_new).await["chain"][0]["log_index"], Value::Null);

    // What was signed is read as ever.
    let before = desk.entries().await;
    let browser = desk.trade.registry.browser();
    assert_eq!(browser.get("/log/checkpoint").await.expect(200).text, good);
    browser.get("/log/proof/0").await.expect(200);

    // Mended, the log has what was done meanwhile, in that order, and nothing of what was refused.
    desk.mend(&good).await;
    let ready = desk.ready().await;
    assert_eq!((&ready["log"], &ready["why"]), (&json!("leads"), &Value::Null));
    let after = desk.entries().await;
    assert_eq!(&after[..before.len()], before.as_slice());
    let expected = [
        format!("event.recorded lot:{doubted} hold"),
        format!("event.recorded lot:{bad} recall"),
        format!("codes.voided lot:{coded} "),
        format!("lot.declared lot:{new} "),
        format!("event.recorded lot:{new} harvest"),
    ];
    assert_eq!(after[before.len()..].iter().map(short).collect::<Vec<_>>(), expected);
    assert!(desk.look(&of_new).await["chain"][0]["log_index"].is_u64());
    // And whoever asks again is not refused any more.
    for release in &releases {
        later(desk.app());
        release.done().await;
    }
    desk.trade.registry.stop().await;
}

async fn a_key_in_wrong_hands_is_told_at_once_and_logged_later(on: On) {
    let desk = Desk::open(on).await;
    let lot = desk.packed().await;
    let path = desk.code(lot).await;
    let good = desk.stop().await;
    let before = desk.entries().await;
    let told = desk.look(&path).await;
    assert_eq!((&told["signature"], &told["issuance"]), (&json!("valid"), &json!("logged")));
    let line = desk.line(&path).await;
    assert!(!line.contains("bị lộ"), "{line}");
    let last_good = before.len() as u64;
    custody::compromise(desk.app(), None, CODE_KEY, last_good).await.unwrap();
    assert_eq!(desk.look(&path).await["signature"], "compromised_key");
    let line = desk.line(&path).await;
    assert!(line.contains("bị lộ"), "{line}");
    assert_eq!(desk.entries().await.len(), before.len());
    assert_eq!(desk.ready().await["log"], "stopped");

    desk.mend(&good).await;
    let after = desk.entries().await;
    let new: Vec<String> = after[before.len()..].iter().map(short).collect();
    assert_eq!(new, [format!("key.compromised key:{CODE_KEY} ")]);
    assert_eq!(after[before.len()]["body"]["last_good_log_size"], last_good);
    desk.trade.registry.stop().await;
}

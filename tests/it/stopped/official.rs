//! What officials and parties permit while the log is stopped, and what they restrict: nothing is permitted under a log that disagrees with
//! what is stored, by page, program or command line, and nothing is left half done; what restricts is taken at once. A key that is not open
//! is no disagreement.

use super::acts::{Act, Desk, act, short};
use crate::support::app::{On, Program, on_both};
use crate::support::chain::later;
use crate::support::trade::Firm;
use data_encoding::BASE64;
use nguongoc::accounts::Role;
use nguongoc::app::App;
use nguongoc::custody;
use nguongoc::kernel::{LotId, MandateId, PartyId};
use nguongoc::log::{self, Error, Standing, Stop};
use nguongoc::web::server::Service;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

on_both!(
    nothing_is_permitted_under_a_log_that_disagrees,
    a_key_that_is_not_open_is_no_disagreement,
    no_list_comes_in_by_the_command_line_either,
);

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

const CROPS: &str = include_str!("../../../assets/data/lists/crops.csv");

const ROSTER: &str =
    "Tên cơ sở;Mã số thuế;Xã/phường;Nhóm sản phẩm\nHợp tác xã Rau Mẫu;0100233488;00004;Rau\n";

/// What somebody applies with.
fn applicant(kind: &str, name: &str, tax: &str) -> Value {
    json!({
        "kind": kind, "name": name, "tax_number": tax, "commune": "00004", "address": "Thôn Đông, số 7",
        "contact_name": "Nguyễn Thị Liên", "contact_phone": "0912345678", "document": BASE64.encode(PDF),
    })
}

fn household(name: &str) -> Value {
    let mut whole = applicant("household", name, "");
    whole["contact_name"] = json!("");
    whole["contact_phone"] = json!("");
    whole
}

fn id_of(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("no id: {answer}")).to_owned()
}

/// A desk on which something of everything waits.
struct Office {
    desk: Desk,
    inspector: Program,
    /// An application that is to be approved, and one that is to be refused.
    applications: [String; 2],
    /// A household that has consented to publication, and its mandate.
    household: Firm,
    mandate: MandateId,
    /// Certificates: one as declared, one that is suspended, one that is valid.
    certificates: [String; 3],
    draft: String,
    roster: String,
    /// A recall that is proposed, and its lot.
    recall: String,
    lot: LotId,
}

impl Office {
    async fn open(on: On) -> Self {
        let desk = Desk::open(on).await;
        let (registry, officer) = (&desk.trade.registry, &desk.officer);
        let inspector = registry.program("inspector").await;
        let anybody = registry.anonymous_program();
        for (name, tax) in [("Hợp tác xã Mai", "9900001323"), ("Công ty Lan", "9900001355")] {
            let applied = applicant("cooperative", name, tax);
            anybody.post("/api/v1/applications", &applied).await.expect(201);
            later(desk.app());
        }
        let waiting = officer.get("/api/v1/applications").await.expect(200).json();
        let applications = [0_usize, 1].map(|at| id_of(&waiting["applications"][at]));

        let reason = json!({ "reason": "Kiểm tra" });
        let shop = desk.trade.shop.party;
        act(officer, &format!("parties/{shop}/suspend"), reason.clone(), 204).done().await;
        let (household, mandate) = desk.trade.household().await;
        let consent = format!("parties/{}/consent", household.party);
        act(officer, &consent, json!({ "consent": true }), 204).done().await;

        registry.person("manager-farm", Role::Manager, Some(desk.trade.farm.party)).await;
        let manager = registry.program("manager-farm").await;
        let mut certificates = Vec::new();
        for number in ["MAU-VG-001", "MAU-VG-002", "MAU-VG-003"] {
            let told = json!({
                "scheme": "vietgap", "number": number, "issuer": "Tổ chức Chứng nhận Mẫu",
                "valid_from": "2026-01-01", "valid_to": "2026-12-31", "showing": "line",
            });
            certificates.push(id_of(&act(&manager, "certificates", told, 201).done().await));
        }
        let certificates: [String; 3] = certificates.try_into().expect("three");
        let turn = format!("certificates/{}/turn", certificates[1]);
        let suspended = json!({ "turn": "suspended", "reason": "Chờ đánh giá lại" });
        act(&inspector, &turn, suspended, 200).done().await;

        let fields = [("kind", "crops"), ("in_force_from", "01/11/2026"), ("source", "QĐ mẫu 1")];
        let files = [("file", "f.csv", CROPS.as_bytes().to_vec())];
        let draft = officer.post_files("/api/v1/list-drafts", &fields, &files).await.expect(201).json();
        let fields = [("name", "Kỳ I"), ("from", "01/01/2026"), ("to", "31/12/2026")];
        let files = [("file", "roster.csv", ROSTER.as_bytes().to_vec())];
        let roster = officer.post_files("/api/v1/coverage/rosters", &fields, &files).await.expect(201).json();

        let lot = desk.trade.lot(10_000).await;
        later(desk.app());
        let proposal = json!({ "lots": [lot], "danger": "serious", "way": "destroy", "reason": "Nhiễm khuẩn",
            "takes_back": "Tại hợp tác xã", "until": null });
        let recall = id_of(&act(officer, "recalls", proposal, 201).done().await);
        later(desk.app());
        let (draft, roster) = (id_of(&draft), id_of(&roster));
        Self { desk, inspector, applications, household, mandate, certificates, draft, roster, recall, lot }
    }

    /// All that permits something.
    fn permits(&self) -> Vec<Act<'_>> {
        let (officer, trade) = (&self.desk.officer, &self.desk.trade);
        let (reason, home) = (json!({ "reason": "Đã khắc phục" }), self.household.party);
        let mandate = json!({ "holder": trade.farm.party, "from": "2026-11-23", "to": "2027-10-31",
            "document": BASE64.encode(PDF) });
        let [declared, suspended, _] = &self.certificates;
        let resumed = json!({ "turn": "resumed", "reason": "Đạt" });
        vec![
            act(officer, &format!("applications/{}/approve", self.applications[0]), json!({}), 200),
            act(officer, "parties", household("Hộ ông Bảy"), 201),
            act(officer, &format!("parties/{}/reinstate", trade.shop.party), reason.clone(), 204),
            act(officer, &format!("parties/{home}/mandates"), mandate, 201),
            act(officer, &format!("parties/{home}/consent"), json!({ "consent": true }), 204),
            act(&self.inspector, &format!("certificates/{declared}/verify"), json!({}), 200),
            act(&self.inspector, &format!("certificates/{suspended}/turn"), resumed, 200),
            act(officer, &format!("list-drafts/{}/publish", self.draft), json!({ "newest": 0 }), 201),
            act(officer, &format!("coverage/rosters/{}/freeze", self.roster), json!({}), 204),
            act(officer, &format!("recalls/{}/reject", self.recall), reason, 204),
        ]
    }

    /// What restricts, of the same kinds.
    fn restricts(&self) -> Vec<Act<'_>> {
        let (officer, reason) = (&self.desk.officer, json!({ "reason": "Kiểm tra" }));
        let (packer, home) = (self.desk.trade.packer.party, self.household.party);
        let suspended = json!({ "turn": "suspended", "reason": "Chờ đánh giá lại" });
        let turn = format!("certificates/{}/turn", self.certificates[2]);
        vec![
            act(officer, &format!("applications/{}/refuse", self.applications[1]), reason.clone(), 204),
            act(officer, &format!("parties/{packer}/suspend"), reason, 204),
            act(officer, &format!("mandates/{}/revoke", self.mandate), json!({}), 204),
            act(officer, &format!("parties/{home}/consent"), json!({ "consent": false }), 204),
            act(&self.inspector, &turn, suspended, 200),
        ]
    }

    async fn read(&self, path: &str) -> Value {
        self.desk.officer.get(&format!("/api/v1/{path}")).await.expect(200).json()
    }

    /// How everything stands that was to be permitted.
    async fn stands(&self) -> Value {
        let [declared, suspended, _] = &self.certificates;
        let party = async |id: PartyId| self.read(&format!("parties/{id}")).await;
        let (shop, home) = (party(self.desk.trade.shop.party).await, party(self.household.party).await);
        let given = self.read(&format!("parties/{}/mandates?side=given", self.household.party)).await;
        let approved = self.read("parties?status=approved").await;
        json!({
            "waiting": self.read("applications").await["applications"].as_array().map(Vec::len),
            "approved": approved["parties"].as_array().map(Vec::len),
            "shop": shop["status"],
            "mandates": given["mandates"].as_array().map(Vec::len),
            "consent": home["consent"],
            "grade": self.read(&format!("certificates/{declared}")).await["grade"],
            "standing": self.read(&format!("certificates/{suspended}")).await["standing"],
            "lists": self.read("lists").await["lists"].as_array().map(Vec::len),
            "frozen": !self.read(&format!("coverage/rosters/{}", self.roster)).await["frozen_at"].is_null(),
            "recall": self.read(&format!("recalls/{}", self.recall)).await["state"],
            "lot": self.read(&format!("lots/{}", self.lot)).await["state"],
        })
    }

    /// The pages say so, too, keep what was typed, and leave everything where it is.
    async fn pages_refuse(&self) {
        let officer = self.desk.trade.registry.signed_in("officer").await;
        let page = format!("/applications/{}", self.applications[0]);
        let refused = officer.send(&page, &format!("{page}/approve"), &[]).await.expect(503);
        let said = refused.texts("main > p.refusal").concat();
        for words in ["chưa thể làm", "Chưa có gì được ghi", "tệp giữ điểm kiểm cuối"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert_eq!(refused.texts("h1"), ["Hợp tác xã Mai"], "it still waits");

        let party = format!("/parties/{}", self.desk.trade.shop.party);
        let typed = [("reason", "Đã sửa nhãn")];
        let refused = officer.send(&party, &format!("{party}/reinstate"), &typed).await.expect(503);
        assert!(refused.text.contains("Đã sửa nhãn"), "what was typed is lost");
        for (page, action, fields) in [
            (format!("/lists/drafts/{}", self.draft), "publish", vec![("newest", "0")]),
            (format!("/coverage/rosters/{}", self.roster), "freeze", vec![]),
            (format!("/recalls/{}", self.recall), "reject", vec![("reason", "Đạt")]),
        ] {
            let refused = officer.send(&page, &format!("{page}/{action}"), &fields).await.expect(503);
            assert!(refused.text.contains("Chưa có gì được ghi"), "{page}: {}", refused.text);
        }

        // In English from here on: the browser keeps the language.
        let refused = officer.send(&page, &format!("{page}/approve?lang=en"), &[]).await.expect(503);
        let said = refused.texts("main > p.refusal").concat();
        assert!(said.contains("cannot be done") && said.contains("Nothing was recorded"), "{said}");
        // Above it stands what everybody of the authority reads on every page.
        let said = refused.texts("#log-stopped").concat();
        assert!(said.contains("No codes can be issued") && said.contains("no list published"), "{said}");
    }
}

fn kinds(entries: &[Value]) -> Vec<String> {
    entries.iter().map(|entry| entry["type"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn nothing_is_permitted_under_a_log_that_disagrees(on: On) {
    let office = Office::open(on).await;
    let desk = &office.desk;
    let good = desk.stop().await;
    let before = desk.entries().await;
    let stood = office.stands().await;
    assert_eq!(
        stood,
        json!({ "waiting": 2, "approved": 3, "shop": "suspended", "mandates": 1, "consent": true, "grade": "declared",
            "standing": "suspended", "lists": 0, "frozen": false, "recall": "proposed", "lot": "on_hold" })
    );

    let permits = office.permits();
    for permit in &permits {
        permit.is_refused().await;
    }
    let approve = &permits[0];
    let told = approve.who.post(&format!("{}?lang=en", approve.path), &approve.body).await.expect(503).json();
    assert_eq!((&told["code"], &told["reason"]), (&json!("log_stopped"), &json!("file_unusable")));
    let detail = told["detail"].as_str().unwrap();
    for words in ["cannot be done", "Nothing was recorded", "the file with the last checkpoint"] {
        assert!(detail.contains(words), "{words}: {detail}");
    }
    office.pages_refuse().await;
    assert_eq!(office.stands().await, stood, "nothing is half done");

    // What restricts is taken.
    for restriction in office.restricts() {
        restriction.done().await;
    }
    let after = office.stands().await;
    assert_eq!(
        (&after["waiting"], &after["approved"], &after["consent"]),
        (&json!(1), &json!(2), &json!(false))
    );
    let packer = office.read(&format!("parties/{}", desk.trade.packer.party)).await;
    assert_eq!(packer["status"], "suspended");
    let certificate = office.read(&format!("certificates/{}", office.certificates[2])).await;
    assert_eq!(certificate["standing"], "suspended");
    assert_eq!(desk.entries().await.len(), before.len());

    // Mended, the log has what restricts, and nothing of what was refused.
    desk.mend(&good).await;
    let mended = desk.entries().await;
    assert_eq!(
        kinds(&mended[before.len()..]),
        ["party.refused", "party.changed", "party.mandate_revoked", "party.changed", "certificate.suspended"]
    );
    // And whoever asks again is not refused any more.
    for permit in &permits {
        later(desk.app());
        permit.done().await;
    }
    assert_eq!(
        office.stands().await,
        json!({ "waiting": 0, "approved": 5, "shop": "approved", "mandates": 2, "consent": true, "grade": "inspected",
            "standing": "valid", "lists": 1, "frozen": true, "recall": "rejected", "lot": "free" })
    );
    while log::carry(desk.app()).await.unwrap() > 0 {}
    let entries = desk.entries().await;
    let done = &entries[mended.len()..];
    assert_eq!(
        kinds(done),
        [
            "party.approved",
            "party.approved",
            "party.changed",
            "party.mandate_given",
            "party.changed",
            "certificate.verified",
            "certificate.resumed",
            "list.published",
            "roster.frozen",
            "recall.rejected",
            "event.recorded",
        ]
    );
    assert_eq!(done.last().map(short), Some(format!("event.recorded lot:{} release", office.lot)));
    desk.trade.registry.stop().await;
}

/// The same program at another node of the registry, which holds no private keys but knows the list of keys.
async fn at(node: App, program: &Program) -> (Arc<App>, Program) {
    custody::refresh_list(&node).await.expect("the list of keys");
    let node = Arc::new(node);
    let service = Service::bind(node.clone()).expect("a port");
    let base = format!("http://{}", service.address().expect("an address"));
    let (server, _) = service.start().expect("a server");
    actix_web::rt::spawn(server);
    (node, Program { base, ..program.clone() })
}

async fn a_key_that_is_not_open_is_no_disagreement(on: On) {
    let desk = Desk::open(on).await;
    let registry = &desk.trade.registry;
    let lot = desk.packed().await;
    while log::carry(desk.app()).await.unwrap() > 0 {}

    // A node on which the log's key was never opened: it approves, and lets no food go.
    let (node, officer) = at(registry.apart().await, &desk.officer).await;
    assert!(matches!(log::carry(&node).await, Err(Error::Stopped(Stop::NoKey))));
    act(&officer, "parties", household("Hộ bà Hai"), 201).done().await;
    let farm = Program { base: officer.base.clone(), ..desk.farm.clone() };
    let firm = &desk.trade.farm;
    let sale = json!({ "place": firm.place, "quantity": { "amount": 1, "unit": "kg" } });
    let refused = farm.post(&format!("/api/v1/lots/{lot}/sell"), &sale).await.expect(503).json();
    assert_eq!((&refused["code"], &refused["reason"]), (&json!("log_stopped"), &json!("no_key")));
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("khóa của nhật ký chưa mở"), "{detail}");

    // Nor is it one where no checkpoint was ever seen, and none is signed.
    later(desk.app());
    let folder = tempfile::tempdir().unwrap();
    let mut elsewhere = registry.apart().await;
    elsewhere.config.data = folder.path().to_owned();
    let (_node, officer) = at(elsewhere, &desk.officer).await;
    act(&officer, "parties", household("Hộ bà Ba"), 201).done().await;

    // But what was signed is asked without a key, too.
    let good = desk.stop().await;
    later(desk.app());
    let (node, officer) = at(registry.apart().await, &desk.officer).await;
    let register = act(&officer, "parties", household("Hộ bà Tư"), 201);
    register.is_refused().await;
    // And it is told there: on the page that asks whether it is ready, and to whoever signs in.
    assert!(matches!(log::carry(&node).await, Err(Error::Stopped(Stop::File(_)))));
    assert!(matches!(node.log.standing(), Standing::Stopped(Stop::File(_))));
    register.is_refused().await;
    desk.mend(&good).await;
    // Its next round sees that.
    assert!(matches!(log::carry(&node).await, Err(Error::Stopped(Stop::NoKey))));
    register.done().await;
    registry.stop().await;
}

/// `nguongoc import crops`, beside the service and in its folder: how it ended, and what it said.
async fn import(desk: &Desk, file: &Path, lang: &str) -> (Option<i32>, String) {
    let config = &desk.app().config;
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.args(["--lang", lang, "import", "crops", "--publish", "--from", "2020-01-01"]).arg(file);
    command.args(["--database", config.database.expose(), "--data"]).arg(&config.data);
    // The registry's own thread.
    let ran = tokio::task::spawn_blocking(move || command.output().expect("the program")).await.expect("run");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    (ran.status.code(), said)
}

async fn no_list_comes_in_by_the_command_line_either(on: On) {
    let desk = Desk::open(on).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crops.csv");
    std::fs::write(&file, CROPS).unwrap();
    let good = desk.stop().await;
    let published = async || {
        let lists = desk.officer.get("/api/v1/lists").await.expect(200).json();
        lists["lists"].as_array().map(Vec::len)
    };
    for (lang, words) in [
        ("vi", ["nhật ký có chữ ký đang tạm dừng", "chưa thể làm", "tệp giữ điểm kiểm cuối"]),
        ("en", ["the signed log is stopped", "Nothing was recorded", "the file with the last checkpoint"]),
    ] {
        let (code, said) = import(&desk, &file, lang).await;
        assert!(code == Some(1) && words.iter().all(|word| said.contains(word)), "{code:?}: {said}");
    }
    assert_eq!(published().await, Some(0));
    desk.mend(&good).await;
    let (code, said) = import(&desk, &file, "vi").await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(published().await, Some(1));
    desk.trade.registry.stop().await;
}

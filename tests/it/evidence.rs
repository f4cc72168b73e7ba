//! Certificates and laboratory tests by their front doors: who may say what, what it proves, and what it holds.

use super::support::app::{On, Program, on_both};
use super::support::log::told;
use super::support::trade::{Firm, Trade, firm};
use data_encoding::BASE64;
use nguongoc::accounts::Role;
use nguongoc::evidence;
use nguongoc::kernel::{LotId, PartyId};
use nguongoc::log::Subject;
use nguongoc::lots;
use nguongoc::parties::Kind;
use serde_json::{Value, json};
use std::time::Duration;

mod bombs;
mod claims;
mod labs;
mod once;

on_both!(
    a_certificate_climbs_the_ladder,
    strangers_and_clerks_are_turned_away,
    a_file_that_lies_is_refused,
    a_pack_claims_only_what_is_valid,
    a_withdrawn_certificate_holds_what_claimed_it,
    the_published_list_hides_what_is_not_published,
    a_cell_is_reckoned_by_no_spreadsheet,
    ends_are_told_once,
    the_pages_do_all_of_it,
);

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

/// A registry with a farm, a packer, a certifier and a laboratory, and programs for their people.
struct Season {
    trade: Trade,
    certifier: Firm,
    laboratory: Firm,
    farm: Program,
}

impl Season {
    async fn start(on: On) -> Self {
        let trade = Trade::start(on).await;
        let officer = trade.officer;
        let registry = &trade.registry;
        let certifier =
            firm(registry, &officer, Kind::Certifier, "Tổ chức Chứng nhận Trúc", "9900001355").await;
        let laboratory =
            firm(registry, &officer, Kind::Laboratory, "Phòng Kiểm nghiệm Sen", "9900001563").await;
        registry.person("manager-farm", Role::Manager, Some(trade.farm.party)).await;
        registry.person("manager-packer", Role::Manager, Some(trade.packer.party)).await;
        registry.person("manager-certifier", Role::Manager, Some(certifier.party)).await;
        registry.person("worker-lab", Role::Clerk, Some(laboratory.party)).await;
        registry.person("clerk-farm", Role::Clerk, Some(trade.farm.party)).await;
        let farm = registry.program("manager-farm").await;
        Self { trade, certifier, laboratory, farm }
    }

    async fn program(&self, name: &str) -> Program {
        self.trade.registry.program(name).await
    }

    fn certificate(&self, changes: &Value) -> Value {
        let mut draft = json!({
            "scheme": "vietgap", "number": "MAU-VG-001", "certifier": self.certifier.party,
            "valid_from": "2026-01-01", "valid_to": "2026-12-31", "showing": "line",
        });
        for (name, value) in changes.as_object().expect("an object") {
            draft[name] = value.clone();
        }
        draft
    }

    /// A certificate of the farm; its id.
    async fn recorded(&self, changes: &Value) -> String {
        let answer = self.farm.post("/api/v1/certificates", &self.certificate(changes)).await.expect(201);
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    async fn shown(&self, id: &str) -> Value {
        self.farm.get(&format!("/api/v1/certificates/{id}")).await.expect(200).json()
    }

    async fn lot(&self, lot: LotId) -> lots::Lot {
        let found = self.trade.app().store.read(async |tx| lots::find(tx, lot).await).await;
        found.expect("a read").expect("a lot")
    }

    /// The kinds of the entries about a party that wait to be logged.
    async fn logged(&self, party: PartyId) -> Vec<String> {
        let subject = Subject::Party(party);
        let waiting = told(&self.trade.app().store, &subject).await;
        waiting.into_iter().map(|(kind, _)| kind).collect()
    }

    fn pack(&self, certificates: &[&str], day: &str) -> Value {
        json!({ "place": self.trade.farm.place, "quantity": "10 kg", "day": day, "certificates": certificates })
    }

    #[expect(clippy::unused_self, reason = "it reads as the other drafts do")]
    fn test(&self, short: &str, report: &str, results: &Value) -> Value {
        json!({
            "lot": short, "report": report, "sampled_on": "2026-11-23", "reported_on": "2026-11-23",
            "sampled_by": "Trần Thị Mơ", "results": results,
        })
    }
}

fn result(analyte: &str, value: &str) -> Value {
    json!({ "analyte": analyte, "value": value, "unit": "mg/kg" })
}

#[track_caller]
fn codes(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let problems = answer["problems"].as_array().unwrap_or_else(|| panic!("no problems: {answer:#}"));
    problems.iter().map(|problem| (text(&problem["field"]), text(&problem["code"]))).collect()
}

async fn a_certificate_climbs_the_ladder(on: On) {
    let season = Season::start(on).await;
    let id = season.recorded(&json!({})).await;
    assert_eq!(season.shown(&id).await["grade"], "declared");
    assert_eq!(
        season.shown(&id).await["issuer"],
        "Tổ chức Chứng nhận Trúc",
        "the name follows from the account"
    );
    let again = season.farm.post("/api/v1/certificates", &season.certificate(&json!({}))).await.expect(409);
    assert_eq!(again.json()["code"], "evidence_recorded_already");

    let file = json!({ "file": BASE64.encode(PDF), "file_name": "giay.pdf" });
    season.farm.post(&format!("/api/v1/certificates/{id}/files"), &file).await.expect(204);
    let documented = season.shown(&id).await;
    assert_eq!(documented["grade"], "documented");
    let hash = documented["files"][0].as_str().expect("a hash").to_owned();

    let certifier = season.program("clerk-truc").await;
    let waiting = certifier.get("/api/v1/certificates/waiting").await.expect(200).json();
    assert_eq!(waiting["certificates"][0]["id"], id.as_str());
    let verify = format!("/api/v1/certificates/{id}/verify");
    assert_eq!(certifier.post(&verify, &json!({})).await.expect(200).json()["grade"], "third_party");
    let twice = certifier.post(&verify, &json!({})).await.expect(409).json();
    assert_eq!(twice["code"], "certificate_verified_already");
    let waiting = certifier.get("/api/v1/certificates/waiting").await.expect(200).json();
    assert_eq!(waiting["certificates"].as_array().map(Vec::len), Some(0));

    let inspector = season.program("inspector").await;
    assert_eq!(inspector.post(&verify, &json!({})).await.expect(200).json()["grade"], "inspected");
    let known = season.shown(&id).await;
    assert_eq!(
        (known["grade"].as_str(), known["checks"].as_array().map(Vec::len)),
        (Some("inspected"), Some(2))
    );

    // The file: for its party, its certifier and the authority; not for others, and safe to open.
    let path = format!("/api/v1/certificates/{id}/files/{hash}");
    for program in [&season.farm, &certifier, &inspector] {
        let file = program.get(&path).await.expect(200);
        assert_eq!(file.bytes, PDF);
        assert_eq!(file.header("content-type"), "application/pdf");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert!(file.header("content-disposition").starts_with("attachment"));
        assert!(file.header("content-security-policy").contains("sandbox"));
    }
    season.program("manager-packer").await.get(&path).await.expect(404);
    let open = format!("/certificates/{id}/files/{hash}");
    season.trade.registry.browser().get(&open).await.expect(404);
    let showing = format!("/api/v1/certificates/{id}/showing");
    season.farm.post(&showing, &json!({ "showing": "files" })).await.expect(204);
    assert_eq!(season.trade.registry.browser().get(&open).await.expect(200).bytes, PDF);
    season.farm.post(&showing, &json!({ "showing": "line" })).await.expect(204);
    season.trade.registry.browser().get(&open).await.expect(404);

    let turn = json!({ "turn": "withdrawn", "from": "2026-11-20", "reason": "Không đạt đánh giá giám sát" });
    let by = season.program("manager-certifier").await;
    by.post(&format!("/api/v1/certificates/{id}/turn"), &turn).await.expect(200);
    assert_eq!(season.shown(&id).await["standing"], "withdrawn");
    assert_eq!(inspector.post(&verify, &json!({})).await.expect(409).json()["code"], "certificate_ended");
    let mut logged = season.logged(season.trade.farm.party).await;
    logged.retain(|kind| kind.starts_with("certificate."));
    logged.sort();
    assert_eq!(
        logged,
        [
            "certificate.recorded",
            "certificate.recorded",
            "certificate.verified",
            "certificate.verified",
            "certificate.withdrawn"
        ]
    );
}

async fn strangers_and_clerks_are_turned_away(on: On) {
    let season = Season::start(on).await;
    let id = season.recorded(&json!({})).await;
    let packer = season.program("manager-packer").await;
    let turn = json!({ "turn": "withdrawn", "reason": "x" });
    for (path, body) in
        [("verify", json!({})), ("turn", turn.clone()), ("showing", json!({ "showing": "files" }))]
    {
        packer.post(&format!("/api/v1/certificates/{id}/{path}"), &body).await.expect(404);
    }
    packer.get(&format!("/api/v1/certificates/{id}")).await.expect(404);
    // The farm itself says nothing of its own truth, and lifts no suspension.
    season.farm.post(&format!("/api/v1/certificates/{id}/verify"), &json!({})).await.expect(404);
    let turns = format!("/api/v1/certificates/{id}/turn");
    season.farm.post(&turns, &json!({ "turn": "suspended", "reason": "x" })).await.expect(404);
    let inspector = season.program("inspector").await;
    inspector.post(&turns, &json!({ "turn": "suspended", "reason": "x" })).await.expect(200);
    season.farm.post(&turns, &json!({ "turn": "resumed", "reason": "x" })).await.expect(404);
    let certifier = season.program("manager-certifier").await;
    let resumed = certifier.post(&turns, &json!({ "turn": "resumed", "reason": "x" })).await.expect(409);
    assert_eq!(resumed.json()["code"], "certificate_turn", "what the authority suspended only it resumes");
    inspector.post(&turns, &json!({ "turn": "resumed", "reason": "x" })).await.expect(200);
    assert_eq!(season.shown(&id).await["standing"], "valid");
    // A clerk records no certificate; nobody names another's place.
    let clerk = season.program("clerk-farm").await;
    clerk.post("/api/v1/certificates", &season.certificate(&json!({}))).await.expect(403);
    let strange = season.certificate(&json!({ "number": "2", "places": [season.trade.packer.place] }));
    let refused = season.farm.post("/api/v1/certificates", &strange).await.expect(422).json();
    assert_eq!(codes(&refused), [("places".to_owned(), "place_not_yours".to_owned())]);
    let bad = season.certificate(&json!({
        "scheme": "xyz", "number": " ", "certifier": season.trade.shop.party, "valid_from": "31/12/2026",
        "valid_to": "30/02/2026", "area": "12", "showing": "all",
    }));
    let refused = season.farm.post("/api/v1/certificates", &bad).await.expect(422).json();
    let fields: Vec<String> = codes(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["scheme", "number", "area", "valid_to", "showing"]);
    let unknown = season.certificate(&json!({ "number": "3", "certifier": season.trade.shop.party }));
    let refused = season.farm.post("/api/v1/certificates", &unknown).await.expect(422).json();
    assert_eq!(codes(&refused), [("certifier".to_owned(), "certifier_unknown".to_owned())]);
}

async fn a_file_that_lies_is_refused(on: On) {
    let season = Season::start(on).await;
    let browser = season.trade.registry.signed_in("manager-farm").await;
    let fields = [
        ("scheme", "vietgap"),
        ("number", "MAU-9"),
        ("issuer", "Tổ chức ngoài"),
        ("valid_from", "2026-01-01"),
        ("valid_to", "2026-12-31"),
    ];
    let page = "/papers/certificates/new";
    let zip = b"PK\x03\x04\x14\x00word/document.xml".to_vec();
    for (name, bytes, is) in [
        ("giay.jpg", PDF.to_vec(), "PDF"),
        ("giay.pdf", zip, "ZIP"),
        ("a.pdf", b"<svg onload=x>".to_vec(), "SVG"),
    ] {
        let files = [("file", name, bytes)];
        let answer = browser.send_files(page, "/papers/certificates", &fields, &files).await.expect(422);
        let told = answer.texts("#file-problem").concat();
        assert!(told.contains(is) && told.contains(name), "{told}");
        assert!(answer.text.contains("value=\"MAU-9\""), "what was typed is kept");
    }
    let files = [("file", "giay.pdf", PDF.to_vec())];
    let kept = browser.send_files(page, "/papers/certificates", &fields, &files).await.expect(303);
    let page = browser.get(kept.header("location")).await.expect(200);
    assert!(page.text.contains("MAU-9") && page.text.contains("Tổ chức ngoài"));
}

async fn a_pack_claims_only_what_is_valid(on: On) {
    let season = Season::start(on).await;
    let lot = season.trade.lot(100_000).await;
    let pack = format!("/api/v1/lots/{lot}/pack");
    let expired = season.recorded(&json!({ "number": "MAU-HET", "valid_to": "2026-11-22" })).await;
    let refused = season.farm.post(&pack, &season.pack(&[&expired], "2026-11-23")).await.expect(422).json();
    assert_eq!(codes(&refused), [("certificates".to_owned(), "certificate_not_valid".to_owned())]);
    let told = refused["problems"][0]["detail"].as_str().expect("words");
    assert!(told.contains("MAU-HET") && told.contains("22/11/2026"), "{told}");
    let other = season.recorded(&json!({ "number": "MAU-KHAC", "places": [season.trade.farm.place] })).await;
    let product = season.recorded(&json!({ "number": "MAU-SP", "products": [] })).await;
    let strange = uuid::Uuid::from_u128(77).to_string();
    let refused = season.farm.post(&pack, &season.pack(&[&strange], "2026-11-23")).await.expect(422).json();
    assert_eq!(codes(&refused)[0].1, "certificate_unknown");
    let packed =
        season.farm.post(&pack, &season.pack(&[&other, &product], "2026-11-23")).await.expect(201).json();
    let event = packed["event"].as_str().expect("an event");
    let told = season.farm.get(&format!("/api/v1/events/{event}")).await.expect(200).json();
    let claimed = told["epcis"]["certificationInfo"].as_array().expect("claims").len();
    assert_eq!(claimed, 2, "{told:#}");
    assert!(season.lot(lot).await.stop().is_none());
    // The packer's own certificate says nothing of a plot of others, and the farm's plot certificate travels with the lot.
    let packer = season.program("manager-packer").await;
    let own = json!({ "scheme": "haccp", "number": "P-1", "issuer": "X", "valid_from": "2026-01-01",
        "valid_to": "2026-12-31", "places": [season.trade.packer.place] });
    let own = packer.post("/api/v1/certificates", &own).await.expect(201).json()["id"].clone();
    let refused = season
        .farm
        .post(&pack, &season.pack(&[own.as_str().unwrap()], "2026-11-23"))
        .await
        .expect(422)
        .json();
    assert_eq!(codes(&refused)[0].1, "certificate_unknown", "of strangers nothing is told");
    // The shopper sees it with issuer, number, days and grade; in both languages.
    let short = season.lot(lot).await.short_code.to_string();
    let program = season.trade.registry.anonymous_program();
    let seen = program.get(&format!("/lot/{short}")).await.expect(200).json();
    let papers = seen["certificates"].as_array().expect("certificates");
    assert!(
        papers.iter().any(|paper| paper["number"] == "MAU-KHAC"
            && paper["claimed"] == true
            && paper["standing"] == "valid"
            && paper["grade"] == "declared"),
        "{papers:#?}"
    );
    assert!(papers.iter().all(|paper| paper["number"] != "MAU-HET"), "expired on the day that matters");
    let page = season.trade.registry.browser().get(&format!("/lot/{short}?lang=en")).await.expect(200);
    let section = page.texts("#certificates").concat();
    assert!(section.contains("MAU-KHAC") && section.contains("Valid: 01/01/2026 – 31/12/2026"), "{section}");
}

async fn a_withdrawn_certificate_holds_what_claimed_it(on: On) {
    let season = Season::start(on).await;
    let lot = season.trade.lot(100_000).await;
    let other = season.trade.lot(100_000).await;
    let id = season.recorded(&json!({})).await;
    for lot in [lot, other] {
        let claims: &[&str] = if lot == other { &[] } else { &[&id] };
        let pack = season.pack(claims, "2026-11-23");
        season.farm.post(&format!("/api/v1/lots/{lot}/pack"), &pack).await.expect(201);
    }
    let turns = format!("/api/v1/certificates/{id}/turn");
    let inspector = season.program("inspector").await;
    let suspended = json!({ "turn": "suspended", "from": "2026-11-23", "reason": "Chờ đánh giá lại" });
    inspector.post(&turns, &suspended).await.expect(200);
    assert_eq!(season.lot(lot).await.breach.as_deref(), Some("certificate_not_valid"));
    assert!(season.lot(other).await.stop().is_none(), "what claims nothing loses nothing");
    let resumed = json!({ "turn": "resumed", "from": "2026-11-23", "reason": "Đạt" });
    inspector.post(&turns, &resumed).await.expect(200);
    assert!(season.lot(lot).await.stop().is_none(), "it is valid on that day again");
    let wrong = json!({ "turn": "wrong", "reason": "Khai nhầm số" });
    season.farm.post(&turns, &wrong).await.expect(200);
    assert_eq!(season.lot(lot).await.breach.as_deref(), Some("certificate_not_valid"));
    assert_eq!(season.farm.post(&turns, &wrong).await.expect(409).json()["code"], "certificate_ended");
    // The log tells each turn for what it is.
    let mut logged = season.logged(season.trade.farm.party).await;
    logged.retain(|kind| kind.starts_with("certificate."));
    assert_eq!(
        logged,
        ["certificate.recorded", "certificate.suspended", "certificate.resumed", "certificate.withdrawn"]
    );
}

async fn the_published_list_hides_what_is_not_published(on: On) {
    let season = Season::start(on).await;
    let registry = &season.trade.registry;
    season.recorded(&json!({ "number": "MAU-HIEN" })).await;
    season.recorded(&json!({ "number": "MAU-AN", "showing": "nothing" })).await;
    season.recorded(&json!({ "number": "MAU-CU", "valid_to": "2026-06-30" })).await;
    let withdrawn = season.recorded(&json!({ "number": "MAU-RUT" })).await;
    let turn = json!({ "turn": "withdrawn", "from": "2026-11-01", "reason": "Hết nhu cầu" });
    season.farm.post(&format!("/api/v1/certificates/{withdrawn}/turn"), &turn).await.expect(200);
    let public = registry.anonymous_program();
    let numbers = async |query: &str| {
        let seen = public.get(&format!("/api/v1/certificates/published{query}")).await.expect(200).json();
        let mut numbers: Vec<String> = seen["certificates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["number"].as_str().unwrap_or("-").to_owned())
            .collect();
        numbers.sort();
        numbers
    };
    assert_eq!(numbers("").await, ["MAU-HIEN"]);
    assert_eq!(numbers("?on=2026-06-30").await, ["MAU-CU", "MAU-HIEN", "MAU-RUT"]);
    assert!(numbers("?scheme=haccp").await.is_empty());
    // Page by page, without losing or repeating one.
    let first = public.get("/api/v1/certificates/published?on=2026-06-30&size=2").await.expect(200).json();
    let next = first["next"].as_str().expect("a next page");
    let path = format!("/api/v1/certificates/published?on=2026-06-30&size=2&after={next}");
    let second = public.get(&path).await.expect(200).json();
    assert_eq!(
        (first["certificates"].as_array().map(Vec::len), second["certificates"].as_array().map(Vec::len)),
        (Some(2), Some(1))
    );
    public.get("/api/v1/certificates/published?scheme=xyz").await.expect(422);
    public.get("/api/v1/certificates/published?on=31/02/2026").await.expect(422);
    // A household that has not agreed is not named, nor told by its number.
    let (household, _) = season.trade.household().await;
    let behalf = season.certificate(&json!({ "number": "HO-1" }));
    let path = format!("/api/v1/certificates?behalf_of={}", household.party);
    season.farm.post(&path, &behalf).await.expect(201);
    let page = registry.browser().get("/certificates").await.expect(200);
    assert!(page.text.contains("MAU-HIEN") && !page.text.contains("MAU-AN"));
    assert!(!page.text.contains("HO-1") && !page.text.contains("Trần Thị Mơ"), "a household is not named");
    assert_eq!(page.texts("h1").len(), 1);
    let file = registry.browser().get("/certificates.csv?lang=en").await.expect(200);
    assert!(file.text.contains("MAU-HIEN") && !file.text.contains("HO-1") && !file.text.contains("MAU-AN"));
    let logged = told(&season.trade.app().store, &Subject::Party(household.party)).await;
    assert!(logged.iter().all(|(_, body)| !body.to_string().contains("HO-1")), "only committed to");
}

async fn a_cell_is_reckoned_by_no_spreadsheet(on: On) {
    let season = Season::start(on).await;
    for number in ["0012-34", "=1+1", "a;b"] {
        season.recorded(&json!({ "number": number })).await;
    }
    let file = season.trade.registry.browser().get("/certificates.csv").await.expect(200);
    for cell in ["\"=\"\"0012-34\"\"\"", "'=1+1", "\"a;b\""] {
        assert!(file.text.contains(&format!(";{cell};")), "{cell} is not in {}", file.text);
    }
}

async fn ends_are_told_once(on: On) {
    let season = Season::start(on).await;
    let app = season.trade.app();
    season.recorded(&json!({ "number": "GAN", "valid_to": "2026-12-13" })).await;
    season.recorded(&json!({ "number": "XA", "valid_to": "2027-12-31" })).await;
    let now = app.clock.now();
    // To the party and to its certifier; the stage of 30 days, and not the one that lies behind.
    assert_eq!(evidence::remind(app, now).await.unwrap(), 2);
    assert_eq!(evidence::remind(app, now).await.unwrap(), 0);
    assert_eq!(evidence::remind(app, now.plus(Duration::from_hours(24))).await.unwrap(), 0);
    let week = now.plus(Duration::from_hours(24 * 14));
    assert_eq!(evidence::remind(app, week).await.unwrap(), 2);
    let over = now.plus(Duration::from_hours(24 * 21));
    assert_eq!(evidence::remind(app, over).await.unwrap(), 2);
    assert_eq!(evidence::remind(app, over.plus(Duration::from_hours(24))).await.unwrap(), 0);
    let ending = season.farm.get("/api/v1/certificates/ending").await.expect(200).json();
    assert_eq!(ending["certificates"].as_array().map(Vec::len), Some(1));
}

async fn the_pages_do_all_of_it(on: On) {
    let season = Season::start(on).await;
    let registry = &season.trade.registry;
    let farm = registry.signed_in("manager-farm").await;
    let place = season.trade.farm.place.to_string();
    let certifier_id = season.certifier.party.to_string();
    let fields = [
        ("scheme", "vietgap"),
        ("number", "TRANG-1"),
        ("certifier", certifier_id.as_str()),
        ("valid_from", "2026-01-01"),
        ("valid_to", "2026-12-01"),
        ("area", "12 sào"),
        ("places", place.as_str()),
        ("showing", "line"),
    ];
    let files = [("file", "giay.pdf", PDF.to_vec())];
    let page = "/papers/certificates/new";
    let kept = farm.send_files(page, "/papers/certificates", &fields, &files).await.expect(303);
    let address = kept.header("location").to_owned();
    let shown = farm.get(&address).await.expect(200);
    assert!(shown.text.contains("TRANG-1") && shown.texts("h1").len() == 1);
    let desk = farm.get("/papers?lang=en").await.expect(200);
    assert!(desk.text.contains("TRANG-1"), "it ends within 60 days");
    // The certifier finds it on the desk and verifies.
    let certifier = registry.signed_in("clerk-truc").await;
    assert!(certifier.get("/papers").await.expect(200).text.contains(&address));
    certifier.send(&address, &format!("{address}/verify"), &[]).await.expect(303);
    let grade = certifier.get(&format!("{address}?lang=en")).await.expect(200);
    assert!(grade.text.contains("third party") || grade.text.contains("Third party"), "{}", grade.text);
    let inspector = registry.signed_in("inspector").await;
    assert!(inspector.get("/papers").await.expect(200).text.contains(&address));
    inspector.send(&address, &format!("{address}/verify"), &[]).await.expect(303);
    registry.signed_in("manager-packer").await.get(&address).await.expect(404);
    // A pack claims it.
    let lot = season.trade.lot(50_000).await;
    let pack = farm.get(&format!("/lots/{lot}/pack")).await.expect(200);
    assert!(pack.text.contains("TRANG-1"), "the pack form offers it");
    // The laboratory enters a report; a mistake keeps what was typed.
    let laboratory = registry.signed_in("worker-lab").await;
    let short = season.lot(lot).await.short_code.to_string();
    let mut fields = vec![
        ("lot", short.as_str()),
        ("report", "PKN-T1"),
        ("sampled_on", "2026-11-23"),
        ("reported_on", "2026-11-23"),
        ("result_analyte", "Nitrat"),
        ("result_value", "nhiều"),
        ("result_unit", "mg/kg"),
        ("result_loq", ""),
        ("result_limit", ""),
    ];
    let wrong = laboratory.send_files("/papers/tests/new", "/papers/tests", &fields, &[]).await.expect(422);
    assert!(wrong.text.contains("value=\"nhiều\"") && wrong.text.contains("PKN-T1"));
    assert!(!wrong.texts("fieldset .problem").is_empty());
    fields[5] = ("result_value", "1600,5");
    let kept = laboratory.send_files("/papers/tests/new", "/papers/tests", &fields, &[]).await.expect(303);
    let test = kept.header("location").to_owned();
    let shown = laboratory.get(&test).await.expect(200);
    assert!(shown.text.contains("1600,5"), "{}", shown.text);
    assert!(season.lot(lot).await.stop().is_some());
    assert!(
        farm.get("/papers/tests").await.expect(200).text.contains("PKN-T1"),
        "the farm sees what is said of its goods"
    );
    farm.send_bare(&format!("{test}/wrong"), &[("reason", "x")]).await.expect(403);
    laboratory.send(&test, &format!("{test}/wrong"), &[("reason", "")]).await.expect(422);
    laboratory.send(&test, &format!("{test}/wrong"), &[("reason", "Nhầm mẫu")]).await.expect(303);
    assert!(season.lot(lot).await.stop().is_none());
    // The farm withdraws its certificate.
    let turn = [("turn", "withdrawn"), ("from", ""), ("reason", "Không còn dùng")];
    farm.send(&address, &format!("{address}/turn"), &turn).await.expect(303);
    assert!(!registry.browser().get("/certificates").await.expect(200).text.contains("TRANG-1"));
    for (browser, path) in
        [(&farm, "/papers/tests/new"), (&laboratory, "/papers"), (&inspector, "/papers/tests")]
    {
        let page = browser.get(path).await.expect(200);
        assert_eq!(page.texts("h1").len(), 1, "{path}");
        assert!(!page.text.contains("evidence-"), "{path}: a key without words");
    }
    assert_eq!(season.laboratory.party, season.laboratory.member.party);
}

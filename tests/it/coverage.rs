//! Coverage through the front door: the roster's import, the decisions about its lines, the ladder as of a day, and who may do what.

mod import;
mod ladder;

use crate::support::app::{Browser, On, Program, TestApp, on_both};
use crate::support::log::told;
use nguongoc::accounts::{Member, Official, Role};
use nguongoc::chain::{self, By, Command, DeclareLot, When};
use nguongoc::kernel::{Day, LotId, Moment, PartyId, PersonId, Quantity};
use nguongoc::parties::{self, Document, Draft};
use nguongoc::places::PlaceDraft;
use nguongoc::products::{self, ProductDraft};
use nguongoc::store::{Connection, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

on_both!(
    a_roster_is_imported_by_hand,
    a_file_with_problems_gives_no_line,
    a_firm_climbs_the_ladder_day_by_day,
    a_name_alone_is_decided_by_an_officer,
    the_same_report_is_the_same_bytes,
    only_the_authority_comes_in,
    a_frozen_roster_stays,
);

/// Three firms of the roster: one with a number, one by name only, one that nobody knows.
const ROSTER: &str = "\u{feff}Tên cơ sở;Mã số thuế;Xã/phường;Nhóm sản phẩm;Tháng bán\r\n\
    Hợp tác xã Rau Mẫu;0100233488;00004;Rau, Củ;quanh năm\r\n\
    \"Hộ ông \"\"Bảy\"\" Mẫu\";;Phường Ba Đình, Hà Nội;Trứng;\r\n\
    =2+5;0100112437;00004;rau;\r\n";

fn good() -> String {
    ROSTER.replace("=2+5", "Công ty Không Có")
}

async fn officials(registry: &TestApp) -> (Browser, Program) {
    registry.person("oanh", Role::Officer, None).await;
    (registry.signed_in("oanh").await, registry.program("oanh").await)
}

async fn import(officer: &Program, name: &str, file: &str) -> Value {
    let fields = [("name", name), ("from", "01/01/2026"), ("to", "31/12/2026")];
    let files = [("file", "roster.csv", file.as_bytes().to_vec())];
    officer.post_files("/api/v1/coverage/rosters", &fields, &files).await.expect(201).json()
}

fn at(registry: &TestApp, day: &str) {
    registry.app.clock.set(Moment::parse(&format!("{day}T02:00:00Z")).unwrap());
}

fn member(party: PartyId) -> Member {
    Member { person: PersonId::from_uuid(Uuid::from_u128(1)), party, role: Role::Manager }
}

async fn firm(registry: &TestApp, name: &str, kind: &str, tax: &str) -> PartyId {
    let draft = Draft {
        kind: kind.to_owned(),
        name: name.to_owned(),
        tax_number: tax.to_owned(),
        commune: "00004".to_owned(),
        address: "Ngõ Mẫu 1".to_owned(),
        consent: true,
        ..Draft::default()
    };
    let by = Official { person: PersonId::from_uuid(Uuid::from_u128(2)), role: Role::Officer };
    let document = Document::read(b"%PDF-1.4\n%%EOF\n".to_vec()).await.unwrap();
    parties::register(&registry.app, &by, &draft.party().unwrap(), &document).await.unwrap()
}

fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(64, 64, image::Rgb([30, 120, 60]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// A place and a product, the latter pictured.
async fn equip(
    registry: &TestApp,
    party: PartyId,
) -> (nguongoc::kernel::PlaceId, nguongoc::kernel::ProductId) {
    let by = member(party);
    let place = PlaceDraft {
        kind: "plot".to_owned(),
        name: "Ruộng số 1".to_owned(),
        commune: "00004".to_owned(),
        address: "Bãi Mẫu".to_owned(),
        ..PlaceDraft::default()
    };
    let place = chain::add_place(&registry.app, &by, &place.parse().unwrap()).await.unwrap();
    let product = ProductDraft {
        group: products::Group::named("Rau").unwrap().code.to_owned(),
        name: "Rau muống".to_owned(),
        unit: "gram".to_owned(),
        ..ProductDraft::default()
    };
    let product = nguongoc::chain::add_product(&registry.app, &by, &product.parse().unwrap()).await.unwrap();
    products::add_picture(&registry.app, &by, product.id, picture()).await.unwrap();
    (place.id, product.id)
}

async fn harvest(
    registry: &TestApp,
    party: PartyId,
    (place, product): (nguongoc::kernel::PlaceId, nguongoc::kernel::ProductId),
    day: &str,
) -> LotId {
    let declare = DeclareLot {
        product,
        place: Some(place),
        when: Some(When::On(Day::parse(day).unwrap())),
        quantity: Quantity::grams(5_000).unwrap(),
        code: None,
        variety: None,
        note: None,
    };
    let by = By::own(member(party));
    chain::record(&registry.app, &by, Command::Declare(declare)).await.unwrap().lot.id
}

/// Puts a code down as if it had been issued now: only its day matters here.
async fn code(registry: &TestApp, lot: LotId, party: PartyId) {
    let now = registry.app.clock.now().micros();
    let statement = "INSERT INTO lot_code (lot_id, path, key_id, signature, host, issued_by, party_id, issued_at) \
                     VALUES ($1, $2, $3, $4, 'demo.example.vn', $5, $5, $6)";
    registry
        .app
        .store
        .write(async |tx| {
            macro_rules! put {
                ($connection:expr) => {
                    sqlx::query(statement)
                        .bind(lot.as_uuid())
                        .bind(lot.to_string())
                        .bind([1_u8; 4].as_slice())
                        .bind([2_u8; 64].as_slice())
                        .bind(party.as_uuid())
                        .bind(now)
                        .execute($connection)
                        .await
                        .map(|_| ())
                };
            }
            match tx.connection() {
                Connection::Sqlite(connection) => put!(connection),
                Connection::Postgres(connection) => put!(connection),
            }
            .map_err(StoreError::from)
        })
        .await
        .unwrap();
}

async fn report(program: &Program, roster: &Value, day: &str) -> Value {
    let path = format!("/api/v1/coverage/rosters/{}/report?as_of={day}", roster["id"].as_str().unwrap());
    program.get(&path).await.expect(200).json()
}

fn cell(of: i64, covered: i64, unknown: i64) -> Value {
    json!({ "covered": covered, "missing": of - covered - unknown, "unknown": unknown, "of": of })
}

async fn a_roster_is_imported_by_hand(on: On) {
    let registry = TestApp::start(on).await;
    let (browser, _) = officials(&registry).await;
    browser.get("/coverage").await.expect(200);
    let fields = [("name", "Danh sách 2026"), ("from", "01/01/2026"), ("to", "31/12/2026")];
    let files = [("file", "r.csv", good().into_bytes())];
    let form = "/coverage/rosters/new";
    let done = browser.send_files(form, "/coverage/rosters", &fields, &files).await.expect(201);
    assert!(done.texts(".done")[0].contains("3 dòng"), "{}", done.text);
    assert!(done.texts("table.rows td").join(" ").contains("Chưa có mã số thuế"));
    let again = browser.send_files(form, "/coverage/rosters", &fields, &files).await.expect(422);
    assert!(again.texts(".refusal")[0].contains("Đã có danh sách"));
    let list = browser.get("/coverage/rosters").await.expect(200);
    assert!(list.texts("td").join(" ").contains("Chưa chốt"));
    let ladder = browser.get("/coverage?as_of=23/11/2026").await.expect(200);
    assert!(ladder.texts("td").contains(&"0 / 3".to_owned()), "{}", ladder.text);
    assert!(!ladder.texts("table").join(" ").contains('%'), "a percentage of three firms");
    for day in ["24/11/2026", "31/12/2025", "32/01/2026"] {
        let refused = browser.get(&format!("/coverage?as_of={day}")).await.expect(422);
        assert_eq!(refused.texts(".problem").len(), 1, "{day}");
    }
    let nothing = browser.send_files(form, "/coverage/rosters", &fields, &[]).await.expect(422);
    assert!(nothing.texts(".problem")[0].contains("Chưa chọn tệp"));
}

async fn a_file_with_problems_gives_no_line(on: On) {
    let registry = TestApp::start(on).await;
    let (browser, program) = officials(&registry).await;
    let fields = [("name", "Sai"), ("from", "01/01/2026"), ("to", "31/12/2026")];
    let files = [("file", "r.csv", ROSTER.as_bytes().to_vec())];
    let page =
        browser.send_files("/coverage/rosters/new", "/coverage/rosters", &fields, &files).await.expect(422);
    let cells = page.texts("table.rows td");
    assert_eq!(cells[..3], ["4", "Tên cơ sở", "=2+5"]);
    assert!(cells[3].contains("công thức"));
    assert_eq!(page.page().select(&scraper::Selector::parse("input[value=Sai]").unwrap()).count(), 1);
    let answer = program.post_files("/api/v1/coverage/rosters", &fields, &files).await.expect(422).json();
    assert_eq!(answer["code"], "roster_rows");
    assert_eq!(answer["problems"][0]["field"], "rows.4.Tên cơ sở");
    assert_eq!(answer["problems"][0]["code"], "sheet_cell_formula");
    let list = program.get("/api/v1/coverage/rosters").await.expect(200).json();
    assert_eq!(list["rosters"], json!([]));
}

async fn a_firm_climbs_the_ladder_day_by_day(on: On) {
    let registry = TestApp::start(on).await;
    let (_, program) = officials(&registry).await;
    let roster = import(&program, "2026", &good()).await;
    at(&registry, "2026-01-05");
    // Typed with spaces on paper, without in the file: the same number.
    let party = firm(&registry, "Tên khác hẳn", "cooperative", "0100 233 488").await;
    at(&registry, "2026-01-07");
    let own = equip(&registry, party).await;
    let mut lots = Vec::new();
    for month in 1..=9 {
        at(&registry, &format!("2026-{month:02}-20"));
        lots.push(harvest(&registry, party, own, &format!("2026-{month:02}-20")).await);
    }
    at(&registry, "2026-10-02");
    code(&registry, lots[8], party).await;
    // A firm that nobody asked for.
    let off = firm(&registry, "Cơ sở Ngoài", "shop", "0314409058").await;
    at(&registry, "2026-11-23");

    for (day, registered, issuing) in [
        ("2026-01-04", 0, 0),
        ("2026-01-05", 0, 0),
        ("2026-01-07", 1, 0),
        ("2026-10-01", 1, 0),
        ("2026-10-02", 1, 1),
        ("2026-10-31", 1, 1),
        ("2026-11-23", 1, 1),
    ] {
        let report = report(&program, &roster, day).await;
        let total = &report["total"];
        assert_eq!(total["registered"], cell(3, registered, 0), "{day}");
        assert_eq!(total["issuing"], cell(3, issuing, 0), "{day}");
        assert_eq!(report["city"], *total);
        assert_eq!(report["linked"]["registered"], cell(0, 0, 0));
        let groups: Vec<_> =
            report["groups"].as_array().unwrap().iter().map(|g| g["group"].clone()).collect();
        assert_eq!(groups, ["Rau", "Củ", "Trứng"].map(|name| products::Group::named(name).unwrap().code));
        let missing = &report["not_covered"][0]["missing"];
        match day {
            "2026-01-04" => assert_eq!(*missing, json!(["party"])),
            "2026-01-05" => assert_eq!(*missing, json!(["place", "product", "code"])),
            "2026-10-01" => assert_eq!(*missing, json!(["code"])),
            _ => {}
        }
        assert_eq!(report["off_roster"], i64::from(day >= "2026-10-02"), "{day} {off}");
    }
}

async fn a_name_alone_is_decided_by_an_officer(on: On) {
    let registry = TestApp::start(on).await;
    let (browser, program) = officials(&registry).await;
    let roster = import(&program, "2026", &good()).await;
    let id = roster["id"].as_str().unwrap();
    at(&registry, "2026-11-23");
    let party = firm(&registry, "HỘ ÔNG “BẢY” MẪU", "household", "001090000003").await;
    equip(&registry, party).await;
    let other = firm(&registry, "Tên khác", "shop", "0314409058").await;

    let before = report(&program, &roster, "2026-11-23").await;
    assert_eq!(before["total"]["registered"], cell(3, 0, 1));
    assert_eq!(before["total"]["issuing"], cell(3, 0, 1));
    let page = format!("/coverage/rosters/{id}");
    let shown = browser.get(&page).await.expect(200);
    let sides = shown.texts(".due td").join(" | ");
    assert!(sides.contains("HỘ ÔNG “BẢY” MẪU") && sides.contains("không hiển thị"), "{sides}");
    assert!(!shown.text.contains("001090000003"), "a personal number on a page");

    let standing = program.get(&format!("/api/v1{page}")).await.expect(200).json();
    let entry = standing["undecided"][0]["entry"].as_str().unwrap().to_owned();
    let (party, other) = (party.to_string(), other.to_string());
    let decide = format!("/api/v1{page}/decisions");
    let wrong = json!({ "entry": entry, "party": other, "verdict": "same" });
    assert_eq!(program.post(&decide, &wrong).await.expect(409).json()["code"], "roster_no_candidate");
    let unknown = json!({ "entry": entry, "party": Uuid::from_u128(9), "verdict": "same" });
    program.post(&decide, &unknown).await.expect(404);

    let action = format!("{page}/decisions");
    for (verdict, expected) in [("same", cell(3, 1, 0)), ("other", cell(3, 0, 0)), ("same", cell(3, 1, 0))] {
        let fields = [("entry", entry.as_str()), ("party", &party), ("verdict", verdict)];
        let clock = registry.app.clock.now().plus(std::time::Duration::from_secs(1));
        registry.app.clock.set(clock);
        browser.send(&page, &action, &fields).await.expect(303);
        assert_eq!(
            report(&program, &roster, "2026-11-23").await["total"]["registered"],
            expected,
            "{verdict}"
        );
    }
    let made = program.get(&format!("/api/v1{page}")).await.json()["decisions"].clone();
    let stands: Vec<_> = made.as_array().unwrap().iter().map(|d| d["stands"].clone()).collect();
    assert_eq!(stands, [true, false, false]);
    // The day on which it was decided does not matter, the day of the approval does.
    assert_eq!(report(&program, &roster, "2026-11-22").await["total"]["registered"], cell(3, 0, 0));
}

async fn the_same_report_is_the_same_bytes(on: On) {
    let registry = TestApp::start(on).await;
    let (_, program) = officials(&registry).await;
    let file = good().replace("Công ty Không Có", "\"'Mưa; gió\"");
    let roster = import(&program, "2026", &file).await;
    let party = firm(&registry, "=Cơ sở ngoài", "shop", "0314409058").await;
    equip(&registry, party).await;
    for table in ["report", "not-covered", "off-roster"] {
        let path =
            format!("/coverage/rosters/{}/{table}.csv?as_of=23/11/2026", roster["id"].as_str().unwrap());
        let first = program.get(&path).await.expect(200);
        at(&registry, "2026-11-25");
        let second = program.get(&path).await.expect(200);
        at(&registry, "2026-11-23");
        assert_eq!(first.bytes, second.bytes, "{table}");
        assert!(first.bytes.starts_with("\u{feff}".as_bytes()));
        assert_eq!(first.header("content-type"), "text/csv; charset=utf-8");
        if on == On::Sqlite {
            let name = format!("csv_{}", table.replace('-', "_"));
            insta::assert_snapshot!(name, first.text.trim_start_matches('\u{feff}').replace("\r\n", "\n"));
        }
    }
}

async fn only_the_authority_comes_in(on: On) {
    let registry = TestApp::start(on).await;
    let (_, officer) = officials(&registry).await;
    let roster = import(&officer, "2026", &good()).await;
    let path = format!("/coverage/rosters/{}", roster["id"].as_str().unwrap());
    let party = firm(&registry, "Cơ sở", "shop", "0314409058").await;
    registry.person("minh", Role::Manager, Some(party)).await;
    registry.person("inh", Role::Inspector, None).await;
    let (manager, inspector) = (registry.signed_in("minh").await, registry.signed_in("inh").await);
    let reads = ["", "/not-covered", "/report.csv"].map(|tail| format!("{path}{tail}"));
    for read in reads.iter().map(String::as_str).chain(["/coverage", "/coverage/rosters"]) {
        registry.browser().get(read).await.expect(401);
        manager.get(read).await.expect(403);
        inspector.get(read).await.expect(200);
    }
    inspector.get("/coverage/rosters/new").await.expect(403);
    assert!(inspector.get(&path).await.texts("main form").is_empty());
    let program = registry.program("inh").await;
    program.get(&format!("/api/v1{path}/report")).await.expect(200);
    for tail in ["/freeze", "/decisions"] {
        program.post(&format!("/api/v1{path}{tail}"), &json!({})).await.expect(403);
    }
    program.delete(&format!("/api/v1{path}")).await.expect(403);
    registry.program("minh").await.get(&format!("/api/v1{path}")).await.expect(403);
    officer.get(&format!("/api/v1/coverage/rosters/{}", Uuid::from_u128(3))).await.expect(404);
    officer.get(&format!("/api/v1{path}/report?definition=1999")).await.expect(422);
    officer.get(&format!("/api/v1{path}/nothing.csv")).await.expect(404);
}

async fn a_frozen_roster_stays(on: On) {
    let registry = TestApp::start(on).await;
    let (browser, program) = officials(&registry).await;
    let first = import(&program, "A", &good()).await;
    let second = import(&program, "B", &good()).await;
    assert_eq!(first["file_hash"], second["file_hash"]);
    let page = |roster: &Value| format!("/coverage/rosters/{}", roster["id"].as_str().unwrap());
    browser.send(&page(&first), &format!("{}/freeze", page(&first)), &[]).await.expect(303);
    assert_eq!(
        program.post(&format!("/api/v1{}/freeze", page(&first)), &json!({})).await.expect(409).json()["code"],
        "roster_frozen"
    );
    program.delete(&format!("/api/v1{}", page(&first))).await.expect(409);
    program.delete(&format!("/api/v1{}", page(&second))).await.expect(204);
    program.get(&format!("/api/v1{}", page(&second))).await.expect(404);
    let kept = program.get("/api/v1/coverage/rosters").await.json();
    assert_eq!(kept["rosters"].as_array().unwrap().len(), 1);
    assert!(!kept["rosters"][0]["frozen_at"].is_null());
    let waiting = told(&registry.app.store, &nguongoc::log::Subject::Registry).await;
    let frozen: Vec<_> = waiting.iter().filter(|(kind, _)| kind == "roster.frozen").collect();
    assert_eq!(frozen.len(), 1);
    assert!(frozen[0].1.to_string().contains(first["file_hash"].as_str().unwrap()));
}

//! The authority's lists through the front door: handed in, looked at, published, looked up; and every kind of wrong file.

mod files;

use crate::support::app::{Browser, On, Program, TestApp, on_both};
use nguongoc::accounts::Role;
use nguongoc::sheet;
use serde_json::{Value, json};

on_both!(
    a_list_is_handed_in_looked_at_and_published,
    bad_rows_are_told_at_once,
    another_version_between_is_noticed,
    farmers_look_waiting_days_up,
    a_product_names_its_crop,
    only_officers_publish,
);

const CROPS: &str = include_str!("../../assets/data/lists/crops.csv");
const SUBSTANCES: &str = include_str!("../../assets/data/lists/substances.csv");
const BANDS: &str = include_str!("../../assets/data/lists/bands.csv");

async fn officer(registry: &TestApp) -> (Browser, Program) {
    registry.person("oanh", Role::Officer, None).await;
    (registry.signed_in("oanh").await, registry.program("oanh").await)
}

const FROM: &str = "01/11/2026";

fn fields(kind: &'static str) -> [(&'static str, &'static str); 3] {
    [("kind", kind), ("in_force_from", FROM), ("source", "QĐ mẫu 1")]
}

async fn hand_in(program: &Program, kind: &'static str, file: &[u8]) -> Value {
    let files = [("file", "f.csv", file.to_vec())];
    program.post_files("/api/v1/list-drafts", &fields(kind), &files).await.expect(201).json()
}

async fn publish(program: &Program, kind: &'static str, file: &[u8]) -> Value {
    let draft = hand_in(program, kind, file).await;
    let path = format!("/api/v1/list-drafts/{}/publish", draft["id"].as_str().unwrap());
    program.post(&path, &json!({ "newest": draft["newest"] })).await.expect(201).json()
}

async fn a_list_is_handed_in_looked_at_and_published(on: On) {
    let registry = TestApp::start(on).await;
    let (browser, program) = officer(&registry).await;
    browser.get("/lists").await.expect(200);
    publish(&program, "crops", CROPS.as_bytes()).await;
    let first = publish(&program, "substances", SUBSTANCES.as_bytes()).await;
    assert_eq!((&first["number"], &first["sample"]), (&json!(1), &json!(false)));
    assert_eq!(first["changed"].as_array().unwrap().len(), 21);
    publish(&program, "bands", BANDS.as_bytes()).await;

    // The second version by hand, as a workbook, one interval longer.
    let path = format!("/api/v1/lists/{}/rows.xlsx", first["id"].as_str().unwrap());
    let book = program.get(&path).await.expect(200).bytes;
    let draft = hand_in(&program, "substances", &book).await;
    assert_eq!((&draft["format"], &draft["differing"]), (&json!("xlsx"), &json!(0)));
    let longer = SUBSTANCES.replacen("Cải bắp;10;", "Cải bắp;12;", 1);
    let files = [("file", "thuoc.csv", longer.into_bytes())];
    let sent = browser.send_files("/lists/new", "/lists", &fields("substances"), &files).await.expect(303);
    let preview = sent.header("location").to_owned();
    let page = browser.get(&preview).await.expect(200);
    let cells = page.texts("table td").join(" | ");
    assert!(cells.contains("Mẫu Sâu Xanh 36EC · cai_bap") && cells.contains("· 12 · 600 · ml/ha"), "{cells}");
    assert_eq!(page.texts("dl.facts dd").last().unwrap(), "1");
    let done = browser.send(&preview, &format!("{preview}/publish"), &[("newest", "1")]).await.expect(303);
    browser.get(done.header("location")).await.expect(200);
    browser.get(&preview).await.expect(404);
    let found = program.get("/api/v1/substances?q=sau+xanh&crop=cai_bap").await.expect(200).json();
    assert_eq!(found["list"]["number"], 2);
    let days = found["substances"][0]["uses"].as_array().unwrap().iter().map(|known| &known["waiting_days"]);
    assert_eq!(days.collect::<Vec<_>>(), [&json!(12), &json!(7), &json!(7)]);
    let before = program.get("/api/v1/substances?day=2026-10-31").await.json();
    assert_eq!((&before["list"], &before["substances"]), (&Value::Null, &json!([])));
    let bands = program.get("/api/v1/bands").await.expect(200).json();
    assert_eq!(
        bands["bands"]["yields"][0],
        json!({
            "crop": "rau_muong", "unit": "kilogram", "month_from": 1, "month_to": 12, "low": 5000, "high": 30000,
            "days_to_harvest": 18, "beyond": "refuse", "in_force_from": "2026-11-01", "in_force_to": null, "source": "Định mức mẫu, hư cấu",
        })
    );
    let versions = program.get("/api/v1/lists").await.json();
    assert_eq!(versions["lists"].as_array().unwrap().len(), 4);
    for list in versions["lists"].as_array().unwrap() {
        let id = list["id"].as_str().unwrap();
        browser.get(&format!("/lists/{id}")).await.expect(200);
        program.get(&format!("/api/v1/lists/{id}")).await.expect(200);
        browser.get(&format!("/lists/{id}/rows.csv")).await.expect(200);
        browser.get(&format!("/lists/{id}/rows.exe")).await.expect(404);
    }
}

async fn bad_rows_are_told_at_once(on: On) {
    let registry = TestApp::start(on).await;
    let (browser, program) = officer(&registry).await;
    publish(&program, "crops", CROPS.as_bytes()).await;
    let head = SUBSTANCES.lines().next().unwrap();
    let file = format!(
        "{head}\n=SUM(A1);A;Thuốc trừ sâu;Cải bắp;-3;500;ml/ha;;\nB;B;Thuốc lá;Cây lạ;2 tuần;1.250;ml/sào;;\n"
    );
    let files = [("file", "x.xlsx", file.into_bytes())];
    let page = browser.send_files("/lists/new", "/lists", &fields("substances"), &files).await.expect(422);
    let rows: Vec<String> = page.texts("table.rows tbody tr td:nth-child(-n+3)");
    assert_eq!(
        rows,
        [
            "2",
            "Thời gian cách ly (ngày)",
            "-3",
            "3",
            "Loại thuốc",
            "Thuốc lá",
            "3",
            "Cây trồng",
            "Cây lạ",
            "3",
            "Thời gian cách ly (ngày)",
            "2 tuần",
            "3",
            "Đơn vị liều",
            "ml/sào"
        ]
    );
    let nothing = browser.send_files("/lists/new", "/lists", &fields("substances"), &[]).await.expect(422);
    assert!(nothing.texts(".problem")[0].contains("Chưa chọn tệp"));
    let later = [("kind", "crops"), ("in_force_from", "01/12/2026"), ("source", "")];
    let files = [("file", "x.csv", CROPS.as_bytes().to_vec())];
    let answer = program.post_files("/api/v1/list-drafts", &later, &files).await.expect(422).json();
    let codes: Vec<_> = answer["problems"].as_array().unwrap().iter().map(|p| p["code"].clone()).collect();
    assert_eq!(codes, ["text_empty", "list_crops_later"]);
    assert_eq!(program.get("/api/v1/lists").await.json()["lists"].as_array().unwrap().len(), 1);
}

async fn another_version_between_is_noticed(on: On) {
    let registry = TestApp::start(on).await;
    let (browser, program) = officer(&registry).await;
    let first = hand_in(&program, "crops", CROPS.as_bytes()).await;
    publish(&program, "crops", CROPS.as_bytes()).await;
    let id = first["id"].as_str().unwrap();
    let path = format!("/api/v1/list-drafts/{id}/publish");
    let refused = program.post(&path, &json!({ "newest": 0 })).await.expect(409).json();
    assert_eq!(refused["code"], "list_superseded");
    let page = format!("/lists/drafts/{id}");
    let shown = browser.send(&page, &format!("{page}/publish"), &[("newest", "0")]).await.expect(409);
    assert_eq!(shown.texts("main .refusal").len(), 1);
    program.delete(&format!("/api/v1/list-drafts/{id}")).await.expect(204);
    program.delete(&format!("/api/v1/list-drafts/{id}")).await.expect(404);
}

async fn farmers_look_waiting_days_up(on: On) {
    let registry = TestApp::start(on).await;
    let (_, program) = officer(&registry).await;
    let browser = registry.browser();
    assert!(browser.get("/field/substances").await.expect(200).text.contains("Chưa có bản nào"));
    publish(&program, "crops", CROPS.as_bytes()).await;
    publish(&program, "substances", SUBSTANCES.as_bytes()).await;
    let page = browser.get("/field/substances?crop=cai_bap&q=hoat+chat+mau+a").await.expect(200);
    assert_eq!(page.texts("section h2"), ["Mẫu Sâu Tơ 5SG", "Mẫu Sâu Xanh 36EC"]);
    assert!(
        page.texts("section dd").contains(&"cách ly 10 ngày · nhiều nhất 600 ml/ha".to_owned()),
        "{}",
        page.text
    );
    let banned = browser.get("/field/substances?q=da+cam").await.expect(200);
    assert!(banned.texts("section .refusal")[0].contains("Bị cấm từ 01/01/2020"));
    browser.get("/field/substances?crop=%27").await.expect(422);
    registry.anonymous_program().get("/api/v1/crops").await.expect(200);
}

async fn a_product_names_its_crop(on: On) {
    let registry = TestApp::start(on).await;
    let (_, officer) = officer(&registry).await;
    publish(&officer, "crops", CROPS.as_bytes()).await;
    let firm = crate::support::rows::firm(&registry.app.store, "Mẫu").await;
    registry.person("minh", Role::Manager, Some(firm)).await;
    let (browser, program) = (registry.signed_in("minh").await, registry.program("minh").await);
    let made = |crop: &str| json!({ "group": "rau", "name": "Rau muống", "crop": crop });
    for (crop, code) in
        [("Rau", "crop_code_malformed"), ("ngo", "crop_unknown"), ("ca_chua", "crop_other_group")]
    {
        let refused = program.post("/api/v1/products", &made(crop)).await.expect(422).json();
        assert_eq!(
            (&refused["problems"][0]["field"], &refused["problems"][0]["code"]),
            (&json!("crop"), &json!(code))
        );
    }
    let product = program.post("/api/v1/products", &made("rau_muong")).await.expect(201).json();
    assert_eq!(product["crop"], "rau_muong");
    let edit = format!("/products/{}/edit", product["id"].as_str().unwrap());
    let page = browser.get(&edit).await.expect(200);
    assert_eq!(page.texts("select#crop option[selected]"), ["Rau muống (Rau)"]);
    let fields = [("group", "rau"), ("name", "Rau"), ("crop", "ca_chua")];
    let refused = browser.send("/products/new", "/products", &fields).await.expect(422);
    assert!(refused.texts("#crop-problem")[0].contains("Cà chua"), "{}", refused.text);
}

async fn only_officers_publish(on: On) {
    let registry = TestApp::start(on).await;
    registry.person("thanh", Role::Inspector, None).await;
    let inspector = registry.program("thanh").await;
    let files = [("file", "f.csv", CROPS.as_bytes().to_vec())];
    inspector.post_files("/api/v1/list-drafts", &fields("crops"), &files).await.expect(403);
    registry
        .anonymous_program()
        .post_files("/api/v1/list-drafts", &fields("crops"), &files)
        .await
        .expect(401);
    registry.signed_in("thanh").await.get("/lists").await.expect(200);
    registry.signed_in("thanh").await.get("/lists/new").await.expect(403);
    // A neutral file: nothing that a spreadsheet would reckon.
    assert_eq!(sheet::neutral("=1"), "'=1");
}

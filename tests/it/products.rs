//! Products by pages and by the interface: numbers, what may change when, who may do what. Pictures have a file of their own.

use crate::support::app::{Answer, Browser, On, Program, TestApp, on_both};
use crate::support::rows::{self, gtin};
use crate::support::trade;
use nguongoc::accounts::{Official, Role};
use nguongoc::kernel::{Day, Moment, PartyId, PersonId, ProductId};
use serde_json::{Value, json};

on_both!(
    a_manager_keeps_products_by_pages,
    every_form_of_a_gtin_is_read_and_wrong_ones_are_told,
    a_gtin_belongs_to_one_product,
    what_labels_carry_is_not_changed,
    what_is_wrong_is_told_field_by_field,
    nobody_reaches_the_products_of_others,
    texts_are_texts,
    a_long_list_comes_in_pages,
    a_mandate_opens_the_products_of_a_household,
);

pub(crate) struct Farm {
    pub(crate) registry: TestApp,
    pub(crate) party: PartyId,
}

/// A firm with a manager `lan` and a clerk `binh`, another with a manager `other`, and an officer.
pub(crate) async fn farm(on: On) -> Farm {
    let registry = TestApp::start(on).await;
    let party = rows::firm(&registry.app.store, "Hợp tác xã Mẫu").await;
    let other = rows::firm(&registry.app.store, "Công ty Mẫu").await;
    registry.person("lan", Role::Manager, Some(party)).await;
    registry.person("binh", Role::Clerk, Some(party)).await;
    registry.person("other", Role::Manager, Some(other)).await;
    registry.person("officer", Role::Officer, None).await;
    Farm { registry, party }
}

pub(crate) fn item(name: &str) -> Value {
    json!({ "name": name, "group": "rau" })
}

fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

/// The codes of the problems in an answer, with their fields.
pub(crate) fn problems(answer: &Answer) -> Vec<String> {
    let told = answer.json()["problems"].as_array().cloned().unwrap_or_default();
    let text = |problem: &Value, name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    told.iter().map(|problem| format!("{} {}", text(problem, "field"), text(problem, "code"))).collect()
}

async fn a_manager_keeps_products_by_pages(on: On) {
    let farm = farm(on).await;
    let browser = farm.registry.signed_in("lan").await;
    assert!(browser.get("/products").await.expect(200).text.contains("Chưa có sản phẩm nào"));
    let form = browser.get("/products/new").await.expect(200);
    assert_eq!(form.texts("select#group option").len(), 15, "14 groups and nothing");

    let gtin = gtin(1);
    let mut fields = vec![
        ("name", "Rau muống"),
        ("group", "rau"),
        ("gtin", gtin.as_str()),
        ("name_en", "Water spinach"),
        ("brand", "Mẫu Xanh"),
        ("shelf_life_days", "3"),
        ("storage", "Để ngăn mát\n4–8 °C"),
        ("standards", "VietGAP"),
        ("safety_warning", "Rửa kỹ"),
        ("packaging", "Túi PE"),
        ("disposal", "Bỏ thùng tái chế"),
    ];
    let made = browser.send("/products/new", "/products", &fields).await.expect(303);
    let address = made.header("location").to_owned();
    let shown = browser.get(&address).await.expect(200);
    for (_, text) in fields.iter().filter(|(name, _)| !matches!(*name, "group" | "gtin")) {
        assert!(shown.text.contains(text), "{text} is not shown");
    }
    assert!(shown.text.contains(&format!("0{gtin}")) && shown.text.contains("Rau · tươi"));
    let english = browser.get("/products?lang=en").await.expect(200);
    assert!(english.text.contains("Water spinach") && english.text.contains("Leaf vegetables"));
    browser.get("/products?lang=vi").await.expect(200);

    // What is wrong comes back as typed, with the sentence under its field.
    fields[5].1 = "ba ngày";
    let refused = browser.send(&format!("{address}/edit"), &address, &fields).await.expect(422);
    assert!(
        refused.text.contains("value=\"ba ngày\"") && refused.text.contains("id=\"shelf_life_days-problem\"")
    );
    assert!(refused.text.contains("Để ngăn mát\n4–8 °C</textarea>"));
    fields[5].1 = "4";
    browser.send(&format!("{address}/edit"), &address, &fields).await.expect(303);
    let program = farm.registry.program("lan").await;
    let changed = program.get(&format!("/api/v1{address}")).await.expect(200).json();
    assert_eq!((changed["shelf_life_days"].as_i64(), changed["version"].as_i64()), (Some(4), Some(1)));
    browser.send_bare(&address, &fields).await.expect(403);
}

async fn every_form_of_a_gtin_is_read_and_wrong_ones_are_told(on: On) {
    let farm = farm(on).await;
    let program = farm.registry.program("lan").await;
    for (typed, kept) in [
        ("95200019", "00000095200019"),
        ("012345678905", "00012345678905"),
        ("952 0000-000011", "09520000000011"),
        ("19520000000018", "19520000000018"),
    ] {
        let made = program.post("/api/v1/products", &with(item("A"), "gtin", typed)).await.expect(201).json();
        assert_eq!((made["gtin"].as_str(), made["code"].as_str()), (Some(kept), Some(kept)), "{typed}");
        assert!(nguongoc::kernel::ProductNumber::parse(made["number"].as_str().unwrap()).is_ok());
    }
    for (typed, code) in [
        ("9520000000012", "wrong_check_digit"),
        ("95200014", "wrong_check_digit"),
        ("012345678906", "wrong_check_digit"),
        ("19520000000019", "wrong_check_digit"),
        ("952000000001", "wrong_check_digit"),
        ("95200000000", "gtin_length"),
        ("952000000001123", "gtin_length"),
        ("952000000001x", "gtin_malformed"),
        ("0000000000000", "gtin_zero"),
        ("2012345678903", "gtin_restricted"),
        ("0212345678909", "gtin_restricted"),
        ("0412345678903", "gtin_restricted"),
        ("20000004", "gtin_restricted"),
        ("9912345678909", "gtin_coupon"),
        ("9812345678902", "gtin_coupon"),
    ] {
        let told = program.post("/api/v1/products", &with(item("A"), "gtin", typed)).await.expect(422);
        assert_eq!(problems(&told), [format!("gtin {code}")], "{typed}");
    }
    let page = farm
        .registry
        .signed_in("lan")
        .await
        .send("/products/new", "/products", &[("name", "A"), ("group", "rau"), ("gtin", "9520000000012")])
        .await
        .expect(422);
    assert!(page.text.contains("id=\"gtin-problem\"") && page.text.contains("value=\"9520000000012\""));
    assert!(
        page.texts("#gtin-problem")[0].contains("đúng ra phải là 1"),
        "{:?}",
        page.texts("#gtin-problem")
    );
}

async fn a_gtin_belongs_to_one_product(on: On) {
    let farm = farm(on).await;
    let (lan, other) = (farm.registry.program("lan").await, farm.registry.program("other").await);
    let taken = with(item("Một"), "gtin", gtin(1));
    let made = lan.post("/api/v1/products", &taken).await.expect(201).json();
    let told = lan.post("/api/v1/products", &taken).await.expect(409);
    assert_eq!(
        (told.json()["code"].as_str(), problems(&told)),
        (Some("gtin_taken"), vec!["gtin gtin_yours".into()])
    );
    let told = other.post("/api/v1/products", &taken).await.expect(409);
    assert_eq!(problems(&told), ["gtin gtin_taken"]);
    assert!(!told.text.contains(made["id"].as_str().unwrap()), "it says whose");
    let second = other.post("/api/v1/products", &item("Hai")).await.expect(201).json();
    let address = format!("/api/v1/products/{}", second["id"].as_str().unwrap());
    assert_eq!(problems(&other.put(&address, &taken).await.expect(409)), ["gtin gtin_taken"]);
    assert_eq!(other.get(&address).await.expect(200).json(), second, "half-written");
    // The same number with a leading zero is the same number; its own is no clash.
    let longer = with(item("Một"), "gtin", format!("0{}", gtin(1)));
    other.post("/api/v1/products", &longer).await.expect(409);
    lan.put(&format!("/api/v1/products/{}", made["id"].as_str().unwrap()), &longer).await.expect(200);

    let free = with(item("Cùng lúc"), "gtin", gtin(2));
    let all = futures_util::future::join_all((0..6).map(|_| other.post("/api/v1/products", &free))).await;
    let mut statuses: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
}

async fn what_labels_carry_is_not_changed(on: On) {
    let farm = farm(on).await;
    let program = farm.registry.program("lan").await;
    let place = program
        .post("/api/v1/places", &json!({ "kind": "plot", "name": "Ruộng", "commune": "00004" }))
        .await
        .expect(201)
        .json();
    let place = place["id"].as_str().unwrap().parse().unwrap();
    let made = program.post("/api/v1/products", &item("Cải")).await.expect(201).json();
    let id: ProductId = made["id"].as_str().unwrap().parse().unwrap();
    let address = format!("/api/v1/products/{id}");
    // While there is no lot, everything may change.
    program.put(&address, &with(item("Cải"), "gtin", gtin(1))).await.expect(200);
    program.put(&address, &with(item("Cải"), "unit", "piece")).await.expect(200);
    program.put(&address, &item("Cải")).await.expect(200);
    rows::lot(&farm.registry.app.store, id, farm.party, place).await;

    // A GTIN where there was none: the number on the labels stays valid.
    let added = program.put(&address, &with(item("Cải"), "gtin", gtin(2))).await.expect(200).json();
    assert_eq!((&added["code"], &added["number"]), (&json!(format!("0{}", gtin(2))), &made["number"]));
    for body in [with(item("Cải"), "gtin", gtin(3)), item("Cải")] {
        let told = program.put(&address, &body).await.expect(409);
        assert_eq!(problems(&told), ["gtin gtin_frozen"]);
    }
    let counted = with(with(item("Cải"), "gtin", gtin(2)), "unit", "piece");
    assert_eq!(problems(&program.put(&address, &counted).await.expect(409)), ["unit unit_frozen"]);
    // The rest may change, and the version rises for those who keep pages.
    let named = program.put(&address, &with(item("Cải ngọt"), "gtin", gtin(2))).await.expect(200).json();
    assert!(named["version"].as_i64() > added["version"].as_i64());
    let browser = farm.registry.signed_in("lan").await;
    let page = browser
        .send(
            &format!("/products/{id}/edit"),
            &format!("/products/{id}"),
            &[("name", "Cải"), ("group", "rau")],
        )
        .await
        .expect(409);
    assert!(page.text.contains("id=\"gtin-problem\""));
    assert_eq!(program.get(&address).await.expect(200).json()["name"], "Cải ngọt");
}

async fn what_is_wrong_is_told_field_by_field(on: On) {
    let farm = farm(on).await;
    let program = farm.registry.program("lan").await;
    let told = program
        .post("/api/v1/products", &json!({ "group": "đá quý", "unit": "kg", "shelf_life_days": 0 }))
        .await
        .expect(422);
    assert_eq!(
        problems(&told),
        ["group group_unknown", "name text_empty", "unit unit_unknown", "shelf_life_days shelf_life"]
    );
    for (field, value, code) in [
        ("group", json!(""), "group_missing"),
        ("shelf_life_days", json!("36501"), "shelf_life"),
        ("shelf_life_days", json!("-3"), "shelf_life"),
        ("shelf_life_days", json!("3,5"), "shelf_life"),
        ("name", json!("x".repeat(201)), "text_too_long"),
        ("brand", json!("hai\ndòng"), "text_has_line_break"),
        ("storage", json!("ẩn\u{202e}đi"), "text_has_direction_control"),
        ("disposal", json!("x".repeat(501)), "text_too_long"),
    ] {
        let told = program.post("/api/v1/products", &with(item("A"), field, value)).await.expect(422);
        assert_eq!(problems(&told), [format!("{field} {code}")]);
    }
    program.post("/api/v1/products", &with(item("A"), "shelf_life_days", json!([3]))).await.expect(400);
    assert_eq!(program.get("/api/v1/products").await.expect(200).json()["products"], json!([]));
    // Left out: the unit that is usual in the group.
    let eggs = json!({ "name": "Trứng gà", "group": "trung", "shelf_life_days": 30, "brand": null });
    let eggs = program.post("/api/v1/products", &eggs).await.expect(201).json();
    assert_eq!((eggs["unit"].as_str(), eggs["shelf_life_days"].as_i64()), (Some("piece"), Some(30)));
    let groups = program.get("/api/v1/product-groups").await.expect(200).json();
    assert_eq!(groups["groups"].as_array().unwrap().len(), 14);
}

async fn nobody_reaches_the_products_of_others(on: On) {
    let farm = farm(on).await;
    let lan = farm.registry.program("lan").await;
    let product = lan.post("/api/v1/products", &item("Rau")).await.expect(201).json();
    let id = product["id"].as_str().unwrap();
    let api = format!("/api/v1/products/{id}");
    let other = farm.registry.program("other").await;
    other.get(&api).await.expect(404);
    other.put(&api, &item("Chiếm")).await.expect(404);
    other.put(&format!("{api}/pictures"), &json!({ "order": [] })).await.expect(404);
    other.delete(&format!("{api}/pictures/00000000-0000-7000-8000-000000000000")).await.expect(404);
    other
        .post_files(&format!("{api}/pictures"), &[], &[("picture", "a.png", b"x".to_vec())])
        .await
        .expect(404);
    other.get(&format!("/api/v1/products?party={}", farm.party)).await.expect(404);
    let browser = farm.registry.signed_in("other").await;
    browser.get(&format!("/products/{id}")).await.expect(404);
    browser.get(&format!("/products/{id}/edit")).await.expect(404);
    browser
        .send("/products/new", &format!("/products/{id}"), &[("name", "A"), ("group", "rau")])
        .await
        .expect(404);

    let clerk = farm.registry.program("binh").await;
    clerk.get(&api).await.expect(200);
    clerk.post("/api/v1/products", &item("Thêm")).await.expect(403);
    clerk.put(&api, &item("Đổi")).await.expect(403);
    clerk
        .post_files(&format!("{api}/pictures"), &[], &[("picture", "a.png", b"x".to_vec())])
        .await
        .expect(403);
    let clerk = farm.registry.signed_in("binh").await;
    let page = clerk.get(&format!("/products/{id}")).await.expect(200);
    assert!(!page.text.contains("/edit") && !page.text.contains("type=\"file\""));
    clerk.get("/products/new").await.expect(403);

    let officer = farm.registry.program("officer").await;
    officer.get(&api).await.expect(200);
    officer.put(&api, &item("Đổi")).await.expect(403);
    officer.get("/api/v1/products").await.expect(422);
    let listed = officer.get(&format!("/api/v1/products?party={}", farm.party)).await.expect(200).json();
    assert_eq!(listed["products"][0]["id"], id);
    farm.registry.anonymous_program().get(&api).await.expect(401);
    farm.registry.browser().get("/products").await.expect(401);
    lan.get("/api/v1/products/1'%20OR%20'1'='1").await.expect(404);
    assert_eq!(lan.get(&api).await.expect(200).json(), product);
}

async fn texts_are_texts(on: On) {
    let farm = farm(on).await;
    let program = farm.registry.program("lan").await;
    let nasty = "<script>alert(1)</script>\"'); DROP TABLE product; --";
    let body = json!({ "name": nasty, "group": "rau", "name_en": nasty, "brand": nasty, "storage": nasty, "standards": nasty,
        "safety_warning": nasty, "packaging": nasty, "disposal": nasty });
    let product = program.post("/api/v1/products", &body).await.expect(201).json();
    for field in
        ["name", "name_en", "brand", "storage", "standards", "safety_warning", "packaging", "disposal"]
    {
        assert_eq!(product[field], nasty, "{field}");
    }
    let browser = farm.registry.signed_in("lan").await;
    let id = product["id"].as_str().unwrap();
    for path in ["/products".to_owned(), format!("/products/{id}"), format!("/products/{id}/edit")] {
        let page = browser.get(&path).await.expect(200);
        assert!(
            !page.text.contains("<script>") && page.text.contains("DROP TABLE"),
            "{path} lets HTML through"
        );
    }
    for field in ["group", "gtin", "unit", "shelf_life_days"] {
        let told = program.post("/api/v1/products", &with(item("A"), field, nasty)).await.expect(422);
        assert_eq!(told.json()["problems"][0]["field"], field);
    }
    let composed = program.post("/api/v1/products", &item("Đậu đũa")).await.expect(201).json();
    let apart =
        program.post("/api/v1/products", &item("Đa\u{323}\u{302}u đu\u{303}a")).await.expect(201).json();
    assert_eq!(composed["name"], apart["name"]);
    let found = program.get("/api/v1/products?q=dau%20dua").await.expect(200).json();
    assert_eq!(found["products"].as_array().unwrap().len(), 2);
}

async fn a_long_list_comes_in_pages(on: On) {
    let farm = farm(on).await;
    let program = farm.registry.program("lan").await;
    for number in 0..5 {
        let clock = &farm.registry.app.clock;
        clock.set(clock.now().plus(std::time::Duration::from_secs(1)));
        program.post("/api/v1/products", &item(&format!("Rau {number}"))).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/products?size=2".to_owned();
    loop {
        let page = program.get(&path).await.expect(200).json();
        let products = page["products"].as_array().unwrap();
        seen.extend(products.iter().map(|product| product["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/products?size=2&after={next}");
    }
    assert_eq!(seen, ["Rau 4", "Rau 3", "Rau 2", "Rau 1", "Rau 0"]);
}

fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(30, 20).write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

fn an_officer() -> Official {
    Official { person: PersonId::from_uuid(uuid::Uuid::from_u128(1)), role: Role::Officer }
}

/// Every door to products of another party, shut.
async fn refused(browser: &Browser, program: &Program, id: &str, behalf: &str) {
    let (api, page) = (format!("/api/v1/products/{id}"), format!("/products/{id}"));
    program.get(&format!("/api/v1/products{behalf}")).await.expect(404);
    program.get(&format!("{api}{behalf}")).await.expect(404);
    program.post(&format!("/api/v1/products{behalf}"), &item("Lén")).await.expect(404);
    program.put(&format!("{api}{behalf}"), &item("Lén")).await.expect(404);
    for path in [format!("/products{behalf}"), format!("/products/new{behalf}"), format!("{page}{behalf}")] {
        browser.get(&path).await.expect(404);
    }
    browser.get(&format!("{page}/edit{behalf}")).await.expect(404);
    for action in [format!("/products{behalf}"), format!("{page}{behalf}")] {
        browser.send("/products/new", &action, &[("name", "Rau"), ("group", "rau")]).await.expect(404);
    }
    let file = [("picture", "a.png", png())];
    program.post_files(&format!("{api}/pictures{behalf}"), &[], &file).await.expect(404);
    program.put(&format!("{api}/pictures{behalf}"), &json!({ "order": [] })).await.expect(404);
    program.delete(&format!("{api}/pictures/{id}{behalf}")).await.expect(404);
    browser.send_files("/products/new", &format!("{page}/pictures{behalf}"), &[], &file).await.expect(404);
    for act in ["earlier", "remove"] {
        let action = format!("{page}/pictures/{id}/{act}{behalf}");
        browser.send("/products/new", &action, &[]).await.expect(404);
    }
}

async fn a_mandate_opens_the_products_of_a_household(on: On) {
    let farm = farm(on).await;
    let app = &farm.registry.app;
    let household = rows::firm(&app.store, "Hộ bà Mơ").await;
    let behalf = format!("?behalf_of={household}");
    let (lan, browser) = (farm.registry.program("lan").await, farm.registry.signed_in("lan").await);
    let other = (farm.registry.signed_in("other").await, farm.registry.program("other").await);
    let officer = farm.registry.program("officer").await;
    let listed = async || {
        let path = format!("/api/v1/products?party={household}");
        officer.get(&path).await.expect(200).json()["products"].as_array().expect("a list").clone()
    };
    let nothing = "00000000-0000-7000-8000-000000000000";

    // Without a mandate, and before its first day.
    refused(&browser, &lan, nothing, &behalf).await;
    let first = Day::parse("2026-11-25").expect("a day");
    let mandate = trade::mandate(app, &an_officer(), household, farm.party, first).await;
    refused(&browser, &lan, nothing, &behalf).await;
    assert!(!browser.get("/products").await.expect(200).text.contains("Hộ bà Mơ"));
    assert!(listed().await.is_empty(), "nothing is written");

    // From its first day on, by pages: the address is carried from page to page, and each says whose it is.
    app.clock.set(Moment::parse("2026-11-25T02:00:00Z").expect("a moment"));
    let own = browser.get("/products").await.expect(200);
    assert!(own.text.contains(&format!("href=\"/products{behalf}\"")) && !own.text.contains("Làm thay cho"));
    let list = browser.get(&format!("/products{behalf}")).await.expect(200);
    assert!(
        list.text.contains("Làm thay cho") && list.text.contains(&format!("href=\"/products/new{behalf}\""))
    );
    let form = browser.get(&format!("/products/new{behalf}")).await.expect(200);
    assert!(form.text.contains("Làm thay cho") && form.text.contains("Hộ bà Mơ"));
    assert!(form.text.contains(&format!("action=\"/products{behalf}\"")));
    let bare = browser.send("/products/new", &format!("/products{behalf}"), &[]).await.expect(422);
    assert!(
        bare.text.contains(&format!("action=\"/products{behalf}\"")),
        "a refused form forgets whose it is"
    );
    let made = browser
        .send("/products/new", &format!("/products{behalf}"), &[("name", "Rau"), ("group", "rau")])
        .await
        .expect(303);
    let address = made.header("location").to_owned();
    let id =
        address.strip_prefix("/products/").and_then(|rest| rest.strip_suffix(&behalf)).expect("an address");
    let shown = browser.get(&address).await.expect(200);
    assert!(
        shown.text.contains("Làm thay cho") && shown.text.contains(&format!("/products/{id}/edit{behalf}"))
    );
    assert!(browser.get(&format!("/products{behalf}")).await.text.contains(&format!("href=\"{address}\"")));
    let edit = format!("/products/{id}/edit{behalf}");
    let changed = browser.send(&edit, &address, &[("name", "Của bà Mơ"), ("group", "rau")]).await.expect(303);
    assert_eq!(changed.header("location"), address);
    assert_eq!(listed().await[0]["name"], "Của bà Mơ");

    // By programs.
    let one = format!("/api/v1/products/{id}");
    let at = format!("{one}{behalf}");
    assert_eq!(lan.get(&at).await.expect(200).json()["party"], json!(household));
    assert_eq!(lan.put(&at, &item("Đổi tên")).await.expect(200).json()["name"], "Đổi tên");
    let second = lan.post(&format!("/api/v1/products{behalf}"), &item("Thứ hai")).await.expect(201).json();
    assert_eq!(second["party"], json!(household));
    assert_eq!(
        lan.get(&format!("/api/v1/products{behalf}")).await.json()["products"].as_array().map(Vec::len),
        Some(2)
    );
    let pictures = format!("/products/{id}/pictures{behalf}");
    browser.send_files(&address, &pictures, &[], &[("picture", "a.png", png())]).await.expect(303);
    let wrong = [("picture", "a.png", b"x".to_vec())];
    let wrong = browser.send_files(&address, &pictures, &[], &wrong).await.expect(422);
    assert!(wrong.text.contains(&format!("action=\"{pictures}\"")) && wrong.text.contains("Làm thay cho"));
    let several = lan.post_files(&format!("/api/v1{pictures}"), &[], &[("picture", "b.png", png())]).await;
    let several = several.expect(201).json();
    let ids: Vec<&Value> =
        several["pictures"].as_array().expect("pictures").iter().map(|one| &one["id"]).collect();
    let (a, b) = (ids[0].as_str().expect("an id"), ids[1].as_str().expect("an id"));
    lan.put(&format!("/api/v1{pictures}"), &json!({ "order": [b, a] })).await.expect(200);
    let earlier = format!("/products/{id}/pictures/{a}/earlier{behalf}");
    assert_eq!(browser.send(&address, &earlier, &[]).await.expect(303).header("location"), address);
    let remove = format!("/products/{id}/pictures/{a}/remove{behalf}");
    assert_eq!(browser.send(&address, &remove, &[]).await.expect(303).header("location"), address);
    lan.delete(&format!("{one}/pictures/{b}{behalf}")).await.expect(204);
    assert_eq!(lan.get(&at).await.expect(200).json()["pictures"], json!([]));

    // They are the household's, not the holder's; a clerk reads and does not change; another firm sees nothing.
    lan.get(&one).await.expect(404);
    assert_eq!(lan.get("/api/v1/products").await.expect(200).json()["products"], json!([]));
    lan.get("/api/v1/products?behalf_of=x").await.expect(422);
    lan.get(&format!("/api/v1/products?behalf_of={}", farm.party)).await.expect(200);
    let clerk = farm.registry.program("binh").await;
    clerk.get(&at).await.expect(200);
    clerk.post(&format!("/api/v1/products{behalf}"), &item("Thêm")).await.expect(403);
    officer.get(&at).await.expect(404);
    refused(&other.0, &other.1, id, &behalf).await;
    other.1.get(&one).await.expect(404);
    farm.registry.anonymous_program().get(&at).await.expect(401);

    // At once after it is revoked.
    let before = listed().await;
    trade::revoke(app, &an_officer(), mandate).await;
    refused(&browser, &lan, id, &behalf).await;
    assert_eq!(listed().await, before, "nothing is written");
    assert!(!browser.get("/products").await.expect(200).text.contains("Hộ bà Mơ"));
}

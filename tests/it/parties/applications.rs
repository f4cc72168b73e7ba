//! Applying and deciding.

use super::{apply, body, fields, logged, officer, pdf, picture, tax};
use crate::support::app::{On, PASSWORD, TestApp, on_both};
use data_encoding::BASE64;
use nguongoc::accounts::Role;
use nguongoc::kernel::PartyId;
use nguongoc::log;
use nguongoc::parties::{Document, Draft};
use serde_json::{Value, json};
use std::time::Duration;

on_both!(
    an_application_lives_by_pages,
    an_application_lives_by_the_interface,
    what_is_wrong_is_said_at_its_field,
    documents_are_what_their_bytes_are,
    text_comes_out_as_it_went_in,
    forms_are_protected,
    a_number_is_taken_once_and_nothing_is_disclosed,
    two_officers_decide_at_once,
);

async fn an_application_lives_by_pages(on: On) {
    let registry = TestApp::start(on).await;
    let (office, _) = officer(&registry).await;
    let visitor = registry.browser();
    // Sent in NFD, as some keyboards do.
    let decomposed: String =
        unicode_normalization::UnicodeNormalization::nfd("Hợp tác xã Rau Vân Mẫu").collect();
    let applied = apply(&visitor, &[("name", &decomposed)]).await.expect(201);
    let reference = applied.texts(".handover code").remove(0);
    assert_eq!(reference.len(), 11);
    // The one who waits sees nothing else.
    for path in ["/applications", "/parties", "/firm"] {
        visitor.get(path).await.expect(401);
    }

    let queue = office.get("/applications").await.expect(200);
    assert!(queue.text.contains("1 hồ sơ đang chờ") && queue.text.contains(&reference));
    assert_eq!(queue.texts(".card h2"), ["Hợp tác xã Rau Vân Mẫu"]);
    let page = queue.text.split("/applications/").nth(1).unwrap().split('"').next().unwrap();
    let page = format!("/applications/{page}");
    let shown = office.get(&page).await.expect(200);
    for expected in [
        "Nguyễn Thị Liên",
        "+84912345678",
        "9900001073",
        "Phường Ba Đình, Thành phố Hà Nội",
        "Thôn Đông, số 7",
    ] {
        assert!(shown.text.contains(expected), "{expected} is not shown");
    }
    let document = office.get(&format!("{page}/document")).await.expect(200);
    assert_eq!(document.bytes, pdf());
    assert_eq!(document.header("content-type"), "application/pdf");
    assert_eq!(document.header("x-content-type-options"), "nosniff");
    assert!(document.header("content-disposition").starts_with("attachment;"));
    assert!(document.header("content-security-policy").contains("sandbox"));

    // A refusal needs a reason; what decides is one decision.
    let refused = office.send(&page, &format!("{page}/refuse"), &[("reason", "  ")]).await.expect(422);
    assert!(refused.texts(".problem")[0].contains("Chưa có nội dung"));
    let token = office.form_token(&page).await;
    let approve = format!("{page}/approve");
    let approved = office.send_bare(&approve, &[("csrf", &token)]).await.expect(200);
    let code = approved.texts(".handover code").remove(0);
    assert_eq!(code.len(), 19);
    let again = office.send_bare(&approve, &[("csrf", &token)]).await.expect(409);
    assert!(again.texts(".refusal")[0].contains("đã có quyết định") && !again.text.contains(&code));
    assert!(office.get("/applications").await.text.contains("0 hồ sơ đang chờ"));

    let sign_up = [("code", code.as_str()), ("sign_in", "lien"), ("name", "Liên"), ("password", PASSWORD)];
    visitor.send("/account/sign-up", "/account/sign-up", &sign_up).await.expect(303);
    visitor.send("/account/sign-up", "/account/sign-up", &sign_up).await.expect(422);
    let manager = registry.signed_in("lien").await;
    let firm = manager.get("/firm").await.expect(200);
    assert_eq!(firm.texts("h1"), ["Hợp tác xã Rau Vân Mẫu"]);
    assert!(firm.text.contains("9900001073"));
    manager.get("/applications").await.expect(403);
    manager.get("/parties").await.expect(403);
    assert!(manager.get("/firm?lang=en").await.expect(200).text.contains("Mandates given"));
}

async fn an_application_lives_by_the_interface(on: On) {
    let registry = TestApp::start(on).await;
    let (_, office) = officer(&registry).await;
    let anybody = registry.anonymous_program();
    let personal =
        [("kind", json!("household")), ("tax_number", json!("001085012345")), ("consent", json!(false))];
    let applied = anybody.post("/api/v1/applications", &body(&personal)).await.expect(201);
    assert_eq!(applied.json().as_object().unwrap().len(), 1, "{}", applied.text);
    anybody.get("/api/v1/applications").await.expect(401);

    let queue = office.get("/api/v1/applications").await.expect(200).json();
    assert_eq!((&queue["waiting"], &queue["next"]), (&json!(1), &Value::Null));
    let one = &queue["applications"][0];
    assert_eq!(one["reference"], applied.json()["reference"]);
    let path = format!("/api/v1/applications/{}", one["id"].as_str().unwrap());
    let shown = office.get(&path).await.expect(200);
    assert_eq!(shown.json()["contact"], json!({ "name": "Nguyễn Thị Liên", "phone": "+84912345678" }));
    assert_eq!(shown.json()["party"]["tax_number"], "•••••••••345");
    assert!(!shown.text.contains("001085012345"));
    assert_eq!(office.get(&format!("{path}/document")).await.expect(200).bytes, pdf());
    let code = office.post(&format!("{path}/approve"), &json!({})).await.expect(200).json();
    let twice = office.post(&format!("{path}/refuse"), &json!({ "reason": "muộn" })).await.expect(409);
    assert_eq!(twice.json()["code"], "already_decided");

    let sign_up = json!({ "code": code["code"], "sign_in": "ba-mo", "name": "Mơ", "password": PASSWORD });
    anybody.post("/api/v1/sign-up", &sign_up).await.expect(201);
    let own = registry.program("ba-mo").await.get("/api/v1/firm").await.expect(200).json();
    assert_eq!((&own["tax_number"], &own["status"]), (&json!("•••••••••345"), &json!("approved")));
    assert_eq!(own["published"], false);

    // The log commits to a household, and says nothing of it.
    let party: PartyId = own["id"].as_str().unwrap().parse().unwrap();
    let entries = logged(&registry, party).await;
    assert_eq!(entries.len(), 1);
    let (kind, text) = &entries[0];
    assert_eq!(kind, "party.approved");
    for secret in ["Vân Mẫu", "Thôn Đông", "001085012345", "Liên", "00004"] {
        assert!(!text.contains(secret), "{secret} is in the log: {text}");
    }
    let entry: Value = serde_json::from_str(text).unwrap();
    for (field, value) in [("name", "Hợp tác xã Rau Vân Mẫu"), ("tax_number", "001085012345")] {
        let kept = registry.app.store.read(async |tx| log::private(tx, party.as_uuid(), field).await).await;
        let kept = kept.unwrap().unwrap();
        assert_eq!(kept.value, json!(value));
        let made = log::Commitment::to(&kept.salt, &kept.value).unwrap();
        assert_eq!(entry["commitments"][field], made.to_string());
    }
}

async fn what_is_wrong_is_said_at_its_field(on: On) {
    let registry = TestApp::start(on).await;
    let anybody = registry.anonymous_program();
    for (field, value, code) in [
        ("tax_number", "0100233489", "tax_wrong_check_digit"),
        ("tax_number", "01002334", "tax_malformed"),
        ("tax_number", "9900001073-000", "tax_branch_zero"),
        ("tax_number", "", "tax_missing"),
        ("tax_number", "001085012345", "tax_of_a_person"),
        ("tax_number", "099085012345", "personal_id_malformed"),
        ("kind", "authority", "party_kind_unknown"),
        ("kind", "", "party_kind_unknown"),
        ("name", " \u{200b} ", "text_empty"),
        ("name", "a\u{202e}b", "text_has_direction_control"),
        ("commune", "99999", "commune_not_found"),
        ("commune", "Xã Không Có Thật", "commune_not_found"),
        ("commune", "Tân Phú", "commune_several"),
        ("commune", "", "text_empty"),
        ("commune_choice", "99999", "commune_unknown"),
        ("address", "một\nhai", "text_has_line_break"),
        ("gln", "9520000000002", "wrong_check_digit"),
        ("gln", "952", "gln_malformed"),
        ("contact_name", "", "text_empty"),
        ("contact_phone", "không có", "phone_malformed"),
        ("document", "", "document_missing"),
        ("document", "không phải base64", "document_base64"),
    ] {
        let refused =
            anybody.post("/api/v1/applications", &body(&[(field, json!(value))])).await.expect(422).json();
        let problem = &refused["problems"][0];
        let at = if field == "commune_choice" { "commune" } else { field };
        assert_eq!(
            (problem["field"].as_str(), problem["code"].as_str()),
            (Some(at), Some(code)),
            "{value:?}"
        );
        assert!(!problem["detail"].as_str().unwrap().starts_with("problem-"), "{code} has no words");
    }
    anybody.post("/api/v1/applications", &body(&[("adress", json!("x"))])).await.expect(400);
    anybody.post("/api/v1/applications", &json!("x")).await.expect(400);

    // By the form: all at once, everything typed kept, communes to choose from; then the choice.
    let visitor = registry.browser();
    let changes = [("tax_number", "0100233489"), ("commune", "tan phu"), ("gln", "12")];
    let refused = apply(&visitor, &changes).await.expect(422);
    assert_eq!(refused.texts(".problem").len(), 3);
    for kept in ["Hợp tác xã Rau Vân Mẫu", "0100233489", "tan phu", "Nguyễn Thị Liên", "+84 912 345 678"]
    {
        assert!(refused.text.contains(kept), "{kept} is lost");
    }
    let choices = refused.texts("#commune_choice option");
    assert!(
        choices.len() > 2 && choices[1].starts_with("Phường Tân Phú") || choices[1].contains("Tân Phú"),
        "{choices:?}"
    );
    apply(&visitor, &[("commune", "tan phu"), ("commune_choice", "00004")]).await.expect(201);
}

async fn documents_are_what_their_bytes_are(on: On) {
    let registry = TestApp::start(on).await;
    let (_, office) = officer(&registry).await;
    let visitor = registry.browser();
    let send = async |name: &'static str, bytes: Vec<u8>| {
        visitor.send_files("/apply", "/apply", &fields(&[]), &[("document", name, bytes)]).await
    };
    let jpeg = picture(image::ImageFormat::Jpeg, 60, 40);
    let png = picture(image::ImageFormat::Png, 60, 40);
    let mut html_first = b"<script>alert(1)</script>".to_vec();
    html_first.extend(pdf());
    let mut zip_last = pdf();
    zip_last.extend(b"PK\x05\x06 a second file");
    let mut spoilt = png.clone();
    spoilt[45] ^= 0xff;
    let huge = picture(image::ImageFormat::Png, 10_000, 10_001);
    for (what, bytes, words) in [
        ("a page", b"<html></html>".to_vec(), "không phải PDF"),
        ("a PDF in a page", html_first, "không phải PDF"),
        ("a GIF", b"GIF89a\x01\x00\x01\x00".to_vec(), "không phải PDF"),
        ("a PDF with a ZIP", zip_last, "phần lạ"),
        ("half a PDF", pdf()[..30].to_vec(), "thiếu phần cuối"),
        ("half a JPEG", jpeg[..jpeg.len() / 2].to_vec(), "thiếu phần cuối"),
        ("half a PNG", png[..png.len() - 20].to_vec(), "thiếu phần cuối"),
        ("a spoilt PNG", spoilt, "không đọc được"),
        ("100 megapixels", huge, "40 triệu"),
    ] {
        let refused = send("giay.pdf", bytes).await.expect(422);
        let said = refused.texts("#document-problem");
        assert!(said.first().is_some_and(|said| said.contains(words)), "{what}: {said:?}");
    }
    let missing = visitor.send_files("/apply", "/apply", &fields(&[]), &[]).await.expect(422);
    assert!(missing.texts("#document-problem")[0].contains("Chưa có giấy tờ"));
    send("giay.pdf", vec![b'x'; 13 * 1024 * 1024]).await.expect(413);
    let long = BASE64.encode(&vec![b'x'; 14 * 1024 * 1024]);
    registry
        .anonymous_program()
        .post("/api/v1/applications", &body(&[("document", json!(long))]))
        .await
        .expect(413);
    assert_eq!(office.get("/api/v1/applications").await.json()["waiting"], 0, "something refused was kept");

    // A picture with a file behind it is kept without that file, whatever its name.
    let mut two = jpeg.clone();
    two.extend(b"PK\x03\x04 a second file");
    send("anh.exe", two).await.expect(201);
    let id =
        office.get("/api/v1/applications").await.json()["applications"][0]["id"].as_str().unwrap().to_owned();
    let kept = office.get(&format!("/api/v1/applications/{id}/document")).await.expect(200);
    assert_eq!(kept.bytes, jpeg);
    assert_eq!(kept.header("content-type"), "image/jpeg");
}

async fn text_comes_out_as_it_went_in(on: On) {
    let registry = TestApp::start(on).await;
    let (office, program) = officer(&registry).await;
    let evil = "<img src=x onerror=alert(1)>'; DROP TABLE party;-- \"&amp;";
    let fields = [("name", evil), ("address", evil), ("contact_name", evil)];
    apply(&registry.browser(), &fields).await.expect(201);
    let queue = office.get("/applications").await.expect(200);
    assert_eq!(queue.texts(".card h2"), [evil]);
    assert!(!queue.text.contains("<img src=x"));
    let id = program.get("/api/v1/applications").await.json()["applications"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = office.get(&format!("/applications/{id}")).await.expect(200);
    assert!(!page.text.contains("<img src=x"));
    assert_eq!(page.texts("h1"), [evil]);
    assert_eq!(page.texts("dd").iter().filter(|text| *text == evil).count(), 2);
    // In every field at once, also where it is refused.
    let names = [
        "kind",
        "name",
        "tax_number",
        "commune",
        "commune_choice",
        "address",
        "gln",
        "contact_name",
        "contact_phone",
    ];
    let all: Vec<(&str, &str)> = names.iter().map(|name| (*name, evil)).collect();
    let refused = apply(&registry.browser(), &all).await.expect(422);
    assert!(!refused.text.contains("<img src=x"));
    let reason = [("reason", evil)];
    office
        .send(&format!("/applications/{id}"), &format!("/applications/{id}/refuse"), &reason)
        .await
        .expect(303);
    assert!(!office.get(&format!("/applications/{id}")).await.expect(200).text.contains("<img src=x"));
    let search =
        office.get("/parties?q=%25_%27%22%3Cscript%3E&commune=%3Cimg&kind=%27&status=x").await.expect(422);
    assert!(!search.text.contains("<script>") && !search.text.contains("<img"));
}

async fn forms_are_protected(on: On) {
    let registry = TestApp::start_with(on, |config| config.limits.forms_per_hour = 3).await;
    let visitor = registry.browser();
    let bare = visitor.client.post(format!("{}/apply", registry.base)).header("accept", "text/html");
    let form = reqwest::multipart::Form::new().text("name", "x");
    assert_eq!(bare.multipart(form).send().await.unwrap().status(), 403);
    apply(&visitor, &[]).await.expect(201);
    apply(&visitor, &[("tax_number", "1")]).await.expect(422);
    let limited = apply(&visitor, &[("tax_number", &tax(5))]).await.expect(429);
    assert!(!limited.header("retry-after").is_empty());
    let program = registry.anonymous_program();
    program.post("/api/v1/applications", &body(&[])).await.expect(429);
    visitor.get("/apply").await.expect(200);
    // Behind the sign-in too.
    let (office, api) = officer(&registry).await;
    let id =
        api.get("/api/v1/applications").await.json()["applications"][0]["id"].as_str().unwrap().to_owned();
    office.send_bare(&format!("/applications/{id}/approve"), &[]).await.expect(403);
    let from_elsewhere = api
        .client
        .post(format!("{}/api/v1/applications/{id}/approve", registry.base))
        .bearer_auth("ngt_none")
        .send()
        .await
        .unwrap();
    assert_eq!(from_elsewhere.status(), 401);
}

async fn a_number_is_taken_once_and_nothing_is_disclosed(on: On) {
    let registry = TestApp::start(on).await;
    let (office, program) = officer(&registry).await;
    let visitor = registry.browser();
    let anybody = registry.anonymous_program();
    // The queue is in order of time.
    let later = || registry.app.clock.set(registry.app.clock.now().plus(Duration::from_secs(1)));
    let other = [("name", "Kẻ mạo danh"), ("address", "Nơi khác"), ("commune", "00004")];
    for (number, spelled) in [
        ("9900001073", "9900001073"),
        ("9900001210-002", "9900001210002"),
        ("001085012345", "001 085 012 345"),
    ] {
        let kind = if spelled.starts_with("001") { "household" } else { "cooperative" };
        apply(&visitor, &[("tax_number", number), ("kind", kind)]).await.expect(201);
        later();
        let mut again = other.to_vec();
        again.extend([("tax_number", spelled), ("kind", kind)]);
        let refused = apply(&visitor, &again).await.expect(409);
        let said = refused.texts(".refusal").join(" ");
        assert!(said.contains("đã có trong hệ thống hoặc đang chờ duyệt"), "{said}");
        for secret in ["Vân Mẫu", "Đông", "Liên", "912"] {
            // The form itself shows what its sender typed, which is not the first one's name.
            assert!(!said.contains(secret) && !refused.texts("h1").join("").contains(secret));
        }
        assert!(!refused.text.contains("Vân Mẫu"));
        let mut whole = body(&[("tax_number", json!(spelled)), ("kind", json!(kind))]);
        whole["name"] = "Kẻ mạo danh".into();
        let refused = anybody.post("/api/v1/applications", &whole).await.expect(409);
        assert_eq!(refused.json()["code"], "number_taken");
        assert!(!refused.text.contains("Vân Mẫu") && !refused.text.contains(spelled));
    }
    // After a refusal the number is free; after an approval it never is.
    let queue = program.get("/api/v1/applications").await.json()["applications"].clone();
    let id = |at: usize| queue[at]["id"].as_str().unwrap().to_owned();
    let page = format!("/applications/{}", id(0));
    office.send(&page, &format!("{page}/refuse"), &[("reason", "Giấy tờ mờ")]).await.expect(303);
    assert!(office.get(&page).await.text.contains("Giấy tờ mờ"));
    apply(&visitor, &[("gln", "9520000000004")]).await.expect(201);
    later();
    program.post(&format!("/api/v1/applications/{}/approve", id(1)), &json!({})).await.expect(200);
    apply(&visitor, &[("tax_number", "9900001210-002")]).await.expect(409);

    // Another's GLN is no secret to keep from the applicant's form; the officer sees the likeness and cannot approve it.
    let queue = program.get("/api/v1/applications").await.json()["applications"].clone();
    let last = queue.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    program.post(&format!("/api/v1/applications/{last}/approve"), &json!({})).await.expect(200);
    apply(&visitor, &[("tax_number", &tax(7)), ("gln", "9520000000004")]).await.expect(201);
    let queue = program.get("/api/v1/applications").await.json()["applications"].clone();
    let last = queue.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    let shown = program.get(&format!("/api/v1/applications/{last}")).await.json();
    let same: Vec<_> = shown["may_be_the_same"].as_array().unwrap().clone();
    assert!(same.iter().any(|like| like["same_gln"] == true && like["same_name"] == true), "{same:?}");
    let page = format!("/applications/{last}");
    assert!(office.get(&page).await.text.contains("cùng mã GLN"));
    let refused = office.send(&page, &format!("{page}/approve"), &[]).await.expect(409);
    assert!(refused.texts(".refusal")[0].contains("GLN"));
}

async fn two_officers_decide_at_once(on: On) {
    let registry = TestApp::start(on).await;
    let (_, first) = officer(&registry).await;
    registry.person("can-bo-2", Role::Officer, None).await;
    let second = registry.program("can-bo-2").await;
    for round in 0..4 {
        let number = tax(100 + 50 * round);
        registry
            .anonymous_program()
            .post("/api/v1/applications", &body(&[("tax_number", json!(number))]))
            .await
            .expect(201);
        let queue = first.get("/api/v1/applications").await.json();
        let id = queue["applications"][0]["id"].as_str().unwrap().to_owned();
        let approve = format!("/api/v1/applications/{id}/approve");
        let refuse = format!("/api/v1/applications/{id}/refuse");
        let (nothing, reason) = (json!({}), json!({ "reason": "trùng" }));
        let answers = futures_util::future::join_all([
            first.post(&approve, &nothing),
            second.post(&approve, &nothing),
            second.post(&refuse, &reason),
            first.post(&refuse, &reason),
        ]);
        let statuses: Vec<u16> = answers.await.into_iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| matches!(status, 200 | 204)).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3, "{statuses:?}");
        assert_eq!(first.get("/api/v1/applications").await.json()["waiting"], 0);
    }
    // Two applications under one number at once: one is taken in.
    let number = tax(900);
    let whole = body(&[("tax_number", json!(number))]);
    let anybody = registry.anonymous_program();
    let sent = futures_util::future::join_all((0..4).map(|_| anybody.post("/api/v1/applications", &whole)));
    let mut statuses: Vec<u16> = sent.await.into_iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
}

#[actix_web::test]
async fn debug_of_what_is_private_says_nothing() {
    let draft: Draft = serde_json::from_value(body(&[])).unwrap();
    let (party, contact) = draft.application().unwrap();
    let document = Document::read(pdf()).await.unwrap();
    let said = format!("{contact:?} {document:?} {:?}", party.tax);
    assert!(!said.contains("Liên") && !said.contains("912") && !said.contains("Catalog"), "{said}");
}

//! The registry, one's own firm, mandates and consent.

use super::{body, logged, officer, pdf, picture, registered, tax, view};
use crate::support::app::{NOW, On, TestApp, on_both};
use data_encoding::BASE64;
use nguongoc::accounts::{self, Official, Role};
use nguongoc::kernel::{Day, Lang, Moment};
use nguongoc::parties;
use nguongoc::words::Words;
use serde_json::{Value, json};
use std::time::Duration;

on_both!(
    anothers_ids_are_not_found,
    a_mandate_is_given_used_and_revoked,
    consent_publishes_and_hides,
    a_clerk_manages_nothing,
    a_party_is_suspended_and_reinstated,
    parties_are_found,
);

async fn anothers_ids_are_not_found(on: On) {
    let registry = TestApp::start(on).await;
    let (office, program) = officer(&registry).await;
    let household = registered(&program, &[("kind", json!("household")), ("tax_number", json!(""))]).await;
    let coop = registered(&program, &[("name", json!("HTX Một")), ("tax_number", json!(tax(11)))]).await;
    let stranger = registered(&program, &[("name", json!("HTX Hai")), ("tax_number", json!(tax(99)))]).await;
    registry.person("mot", Role::Manager, Some(coop)).await;
    registry.person("hai", Role::Manager, Some(stranger)).await;
    let mandate = json!({ "holder": coop, "from": "2026-11-01", "to": "2027-10-31", "document": BASE64.encode(&pdf()) });
    let path = format!("/api/v1/parties/{household}/mandates");
    let id = program.post(&path, &mandate).await.expect(201).json()["id"].as_str().unwrap().to_owned();

    let (two, two_api) = (registry.signed_in("hai").await, registry.program("hai").await);
    let (one, one_api) = (registry.signed_in("mot").await, registry.program("mot").await);
    one.get(&format!("/mandates/{id}/document")).await.expect(200);
    two.get(&format!("/mandates/{id}/document")).await.expect(404);
    two_api.get(&format!("/api/v1/mandates/{id}/document")).await.expect(404);
    // The holder may read it, and not end it: only its grantor or an officer.
    for api in [&one_api, &two_api] {
        api.post(&format!("/api/v1/mandates/{id}/revoke"), &json!({})).await.expect(404);
    }
    for browser in [&one, &two] {
        browser.send("/firm", &format!("/mandates/{id}/revoke"), &[]).await.expect(404);
    }
    // A party's pages are the authority's alone; its own people have /firm.
    for path in [format!("/parties/{household}"), format!("/parties/{stranger}")] {
        two.get(&path).await.expect(403);
        two_api.get(&format!("/api/v1{path}")).await.expect(403);
        two_api.get(&format!("/api/v1{path}/mandates")).await.expect(403);
    }
    // Ids of nothing, of another kind, and none at all.
    for id in [id.as_str(), "00000000-0000-7000-8000-000000000000", "x", "1%20OR%201=1"] {
        for path in
            [format!("/applications/{id}"), format!("/applications/{id}/document"), format!("/parties/{id}")]
        {
            office.get(&path).await.expect(404);
            program.get(&format!("/api/v1{path}")).await.expect(404);
        }
        for act in ["approve", "refuse"] {
            let path = format!("/api/v1/applications/{id}/{act}");
            program.post(&path, &json!({ "reason": "x" })).await.expect(404);
        }
        for act in ["suspend", "reinstate"] {
            let path = format!("/api/v1/parties/{id}/{act}");
            program.post(&path, &json!({ "reason": "x" })).await.expect(404);
        }
        program.post(&format!("/api/v1/parties/{id}/consent"), &json!({ "consent": true })).await.expect(404);
        program.post(&format!("/api/v1/parties/{id}/sign-up-code"), &json!({})).await.expect(404);
        program.post(&format!("/api/v1/parties/{id}/mandates"), &mandate).await.expect(404);
    }
    program.get("/api/v1/mandates/x/document").await.expect(404);
}

async fn a_mandate_is_given_used_and_revoked(on: On) {
    let registry = TestApp::start(on).await;
    let (_, program) = officer(&registry).await;
    let number = tax(21);
    let holder = registered(&program, &[("name", json!("HTX Nhận")), ("tax_number", json!(number))]).await;
    let personal =
        [("kind", json!("household")), ("name", json!("Hộ bà Tám")), ("tax_number", json!("001085012345"))];
    let grantor = registered(&program, &personal).await;
    registry.person("tam", Role::Manager, Some(grantor)).await;
    registry.person("nhan", Role::Manager, Some(holder)).await;
    let manager = registry.signed_in("tam").await;
    let in_force = async |day: &str| {
        let day = Day::parse(day).unwrap();
        let found =
            registry.app.store.read(async |tx| parties::mandate_in_force(tx, grantor, holder, day).await);
        found.await.unwrap()
    };

    let files = [("document", "uy-quyen.png", picture(image::ImageFormat::Png, 30, 20))];
    let send = async |holder: &str, from: &str, to: &str| {
        let fields = [("holder", holder), ("from", from), ("to", to)];
        manager.send_files("/firm", "/firm/mandates", &fields, &files).await
    };
    let own = grantor.to_string();
    for (to_whom, from, to, field, words) in [
        ("0100233489", "01/11/2026", "01/11/2027", "holder", "chữ số kiểm tra"),
        ("9900001147", "01/11/2026", "01/11/2027", "holder", "Không có cơ sở"),
        ("001085012345", "01/11/2026", "01/11/2027", "holder", "số cá nhân"),
        (own.as_str(), "01/11/2026", "01/11/2027", "holder", "chính mình"),
        (number.as_str(), "01/11/2026", "30/10/2026", "to", "trước ngày đầu"),
        (number.as_str(), "01/11/2025", "22/11/2026", "to", "đã qua"),
        (number.as_str(), "01/11/2026", "01/11/2036", "to", "quá dài"),
        (number.as_str(), "31/02/2026", "01/11/2027", "from", "không có trong lịch"),
    ] {
        let refused = send(to_whom, from, to).await.expect(422);
        let said = refused.texts(&format!("#{field}-problem"));
        assert!(said.first().is_some_and(|said| said.contains(words)), "{to_whom} {from} {to}: {said:?}");
        assert!(refused.text.contains(from), "what was typed is lost");
    }
    let bare = [("holder", number.as_str()), ("from", "01/12/2026"), ("to", "30/11/2027")];
    let refused = manager.send_files("/firm", "/firm/mandates", &bare, &[]).await.expect(422);
    assert!(refused.texts("#document-problem")[0].contains("Chưa có giấy tờ"));

    send(&number, "1/12/2026", "30/11/2027").await.expect(303);
    for (day, stands) in
        [("2026-11-30", false), ("2026-12-01", true), ("2027-11-30", true), ("2027-12-01", false)]
    {
        assert_eq!(in_force(day).await.is_some(), stands, "{day}");
    }
    let reverse = registry.app.store.read(async |tx| {
        parties::mandate_in_force(tx, holder, grantor, Day::parse("2027-01-01").unwrap()).await
    });
    assert!(reverse.await.unwrap().is_none(), "a mandate has a direction");
    assert!(manager.get("/firm").await.text.contains("chưa đến ngày"));
    registry.app.clock.set(Moment::parse("2026-12-01T02:00:00Z").unwrap());
    assert!(manager.get("/firm").await.text.contains("đang có hiệu lực"));
    let holders = registry.signed_in("nhan").await.get("/firm").await.expect(200);
    assert!(holders.text.contains("Hộ bà Tám") && !holders.text.contains("Thu hồi ngay"));

    let id = in_force("2026-12-01").await.unwrap();
    let revoke = format!("/mandates/{id}/revoke");
    manager.send("/firm", &revoke, &[]).await.expect(303);
    assert!(in_force("2026-12-01").await.is_none());
    manager.send("/firm", &revoke, &[]).await.expect(409);
    assert!(manager.get("/firm").await.text.contains("đã thu hồi"));

    // An officer on paper; a suspended side has no mandate in force.
    let office = registry.signed_in("can-bo").await;
    let page = format!("/parties/{grantor}");
    let fields = [("holder", number.as_str()), ("from", "01/12/2026"), ("to", "30/11/2027")];
    office.send_files(&page, &format!("{page}/mandates"), &fields, &files).await.expect(303);
    let second = in_force("2026-12-01").await.unwrap();
    assert_ne!(second, id);
    office.send(&page, &format!("{page}/suspend"), &[("reason", "Kiểm tra")]).await.expect(303);
    assert!(in_force("2026-12-01").await.is_none());
    office.send(&page, &format!("{page}/reinstate"), &[("reason", "Đã xong")]).await.expect(303);
    assert!(in_force("2026-12-01").await.is_some());
    let lists = program.get(&format!("/api/v1/parties/{grantor}/mandates?size=1")).await.expect(200).json();
    assert_eq!(lists["mandates"][0]["id"], second.to_string());
    let next = lists["next"].as_str().unwrap();
    let rest = program
        .get(&format!("/api/v1/parties/{grantor}/mandates?size=1&after={next}"))
        .await
        .expect(200)
        .json();
    assert_eq!((&rest["mandates"][0]["id"], &rest["next"]), (&json!(id), &Value::Null));
    let held = registry.program("nhan").await.get("/api/v1/firm/mandates?side=held").await.expect(200).json();
    assert_eq!(held["mandates"].as_array().unwrap().len(), 2);
    program.post(&format!("/api/v1/mandates/{second}/revoke"), &json!({})).await.expect(204);

    let kinds: Vec<String> = logged(&registry, grantor).await.into_iter().map(|(kind, _)| kind).collect();
    let mandates: Vec<_> = kinds.iter().filter(|kind| kind.contains("mandate")).collect();
    assert_eq!(mandates.len(), 4, "{kinds:?}");
    let me = program.get("/api/v1/me").await.json()["person"].clone();
    let me = Official { person: serde_json::from_value(me).unwrap(), role: Role::Officer };
    let trail = accounts::trail(&registry.app, &me, Moment::MAX).await.unwrap();
    let acts = |act: &str| trail.iter().filter(|line| line.act == act && line.person.is_some()).count();
    let counted =
        ["mandate_given", "mandate_revoked", "party_suspended", "party_reinstated", "application_decided"];
    assert_eq!(counted.map(acts), [2, 2, 1, 1, 2]);
    let details = trail.iter().map(|line| line.detail.as_str()).collect::<String>();
    assert!(!details.contains("Tám") && !details.contains("085012345") && !details.contains("Kiểm tra"));
    let all = logged(&registry, grantor).await.into_iter().map(|(_, body)| body).collect::<String>();
    assert!(!all.contains("Tám") && !all.contains("001085012345"), "{all}");
}

async fn consent_publishes_and_hides(on: On) {
    let registry = TestApp::start(on).await;
    let (office, program) = officer(&registry).await;
    let personal = [
        ("kind", json!("household")),
        ("name", json!("Hộ bà Tám")),
        ("tax_number", json!("")),
        ("consent", json!(true)),
    ];
    let household = registered(&program, &personal).await;
    let coop = registered(&program, &[("name", json!("HTX")), ("tax_number", json!(tax(31)))]).await;
    registry.person("tam", Role::Manager, Some(household)).await;
    let words = Words::of(Lang::Vi);
    let shown = view(&registry, household).await;
    assert!(shown.published);
    assert_eq!(shown.shown_name(&words), "Hộ bà Tám");
    assert_eq!(shown.shown_place(), "Thôn Đông, số 7, Phường Ba Đình, Thành phố Hà Nội");

    let manager = registry.signed_in("tam").await;
    manager.send("/firm", "/firm/consent", &[("consent", "no")]).await.expect(303);
    let hidden = view(&registry, household).await;
    assert!(
        !hidden.published && hidden.name.is_none() && hidden.commune.is_none() && hidden.address.is_none()
    );
    assert_eq!(hidden.shown_name(&words), "Hộ sản xuất (không công bố)");
    assert_eq!(hidden.shown_place(), "Thành phố Hà Nội");
    // No change is none, and nothing is written of it.
    manager.send("/firm", "/firm/consent", &[("consent", "no")]).await.expect(409);
    let api = registry.program("tam").await;
    api.post("/api/v1/firm/consent", &json!({ "consent": true })).await.expect(204);
    assert!(view(&registry, household).await.published);
    let page = format!("/parties/{household}");
    office.send(&page, &format!("{page}/consent"), &[("consent", "no")]).await.expect(303);
    assert!(!view(&registry, household).await.published);
    let entries = logged(&registry, household).await;
    let consents =
        entries.iter().filter(|(kind, body)| kind == "party.changed" && body.contains("consent")).count();
    assert_eq!(consents, 3, "{entries:?}");
    // Nobody has to ask a co-operative.
    let path = format!("/api/v1/parties/{coop}/consent");
    program.post(&path, &json!({ "consent": false })).await.expect(409);
    assert!(view(&registry, coop).await.published);
}

async fn a_clerk_manages_nothing(on: On) {
    let registry = TestApp::start(on).await;
    let (_, program) = officer(&registry).await;
    let household = registered(&program, &[("kind", json!("household"))]).await;
    registry.person("quan-ly", Role::Manager, Some(household)).await;
    registry.person("ghi", Role::Clerk, Some(household)).await;
    registry.person("thanh-tra", Role::Inspector, None).await;
    let clerk = registry.signed_in("ghi").await;
    let page = clerk.get("/firm").await.expect(200);
    assert!(page.texts("main form").is_empty(), "a clerk is offered {:?}", page.texts("main form"));
    let api = registry.program("ghi").await;
    let token = registry.signed_in("quan-ly").await.form_token("/firm").await;
    clerk.send_bare("/firm/consent", &[("consent", "yes"), ("csrf", &token)]).await.expect(403);
    api.post("/api/v1/firm/consent", &json!({ "consent": true })).await.expect(403);
    let mandate = json!({ "holder": household, "from": "2026-11-01", "to": "2027-10-31", "document": "" });
    api.post("/api/v1/firm/mandates", &mandate).await.expect(403);
    // An inspector looks, and decides nothing.
    let inspector = registry.program("thanh-tra").await;
    inspector.get("/api/v1/parties").await.expect(200);
    inspector.get("/api/v1/applications").await.expect(403);
    inspector.post("/api/v1/parties", &body(&[])).await.expect(403);
    let path = format!("/api/v1/parties/{household}/suspend");
    inspector.post(&path, &json!({ "reason": "x" })).await.expect(403);
    let seen = registry.signed_in("thanh-tra").await.get(&format!("/parties/{household}")).await.expect(200);
    assert!(seen.texts("main form").is_empty());
    inspector.get("/api/v1/firm").await.expect(403);
}

async fn a_party_is_suspended_and_reinstated(on: On) {
    let registry = TestApp::start(on).await;
    let (office, program) = officer(&registry).await;
    let coop = registered(&program, &[]).await;
    registry.person("mot", Role::Manager, Some(coop)).await;
    let page = format!("/parties/{coop}");
    let refused = office.send(&page, &format!("{page}/suspend"), &[("reason", "")]).await.expect(422);
    assert!(!refused.texts("#reason-problem").is_empty());
    office.send(&page, &format!("{page}/suspend"), &[("reason", "Bán rau không rõ nguồn")]).await.expect(303);
    let path = format!("/api/v1{page}");
    program.post(&format!("{path}/suspend"), &json!({ "reason": "x" })).await.expect(409);
    program.post(&format!("{path}/sign-up-code"), &json!({})).await.expect(409);
    let firm = registry.signed_in("mot").await.get("/firm").await.expect(200);
    assert!(firm.text.contains("Tạm dừng") && firm.text.contains("Bán rau không rõ nguồn"));
    program.post(&format!("{path}/reinstate"), &json!({ "reason": "Đã khắc phục" })).await.expect(204);
    assert_eq!(program.get(&path).await.json()["status"], "approved");
    let code = office.send(&page, &format!("{page}/sign-up-code"), &[]).await.expect(200);
    assert_eq!(code.texts(".handover code")[0].len(), 19);
    // The reason is for the firm and the office: neither log nor trail repeats it.
    let log = logged(&registry, coop).await.into_iter().map(|(_, body)| body).collect::<String>();
    assert!(!log.contains("Bán rau") && log.contains("suspended"), "{log}");
}

async fn parties_are_found(on: On) {
    let registry = TestApp::start(on).await;
    let (office, program) = officer(&registry).await;
    for (at, (name, commune)) in
        [("Rau Hoà Bình", "00004"), ("Rau Hòa Bình xanh", "00008"), ("Chè Tân Cương", "00004")]
            .into_iter()
            .enumerate()
    {
        let number = tax(40 + 30 * u32::try_from(at).unwrap());
        registered(
            &program,
            &[("name", json!(name)), ("commune", json!(commune)), ("tax_number", json!(number))],
        )
        .await;
        registry.app.clock.set(registry.app.clock.now().plus(Duration::from_mins(1)));
    }
    let names = async |query: &str| {
        let found = program.get(&format!("/api/v1/parties?{query}")).await.expect(200).json();
        let names = found["parties"]
            .as_array()
            .unwrap()
            .iter()
            .map(|party| party["name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), found["next"].as_str().map(str::to_owned))
    };
    assert_eq!(names("q=hoa+binh").await.0, ["Rau Hòa Bình xanh", "Rau Hoà Bình"]);
    assert_eq!(names("q=H%C3%92A&commune=00004").await.0, ["Rau Hoà Bình"]);
    assert_eq!(names("kind=shop").await.0, Vec::<String>::new());
    assert_eq!(names("status=approved").await.0.len(), 3);
    assert_eq!(names("q=%25").await.0.len(), 3, "a wildcard is only punctuation");
    let (first, next) = names("size=2").await;
    assert_eq!(first, ["Chè Tân Cương", "Rau Hòa Bình xanh"]);
    let (rest, end) = names(&format!("size=2&after={}", next.unwrap())).await;
    assert_eq!((rest, end), (vec!["Rau Hoà Bình".to_owned()], None));
    for query in ["kind=x", "status=x", "commune=99999", "size=0", "size=101", "after=x"] {
        program.get(&format!("/api/v1/parties?{query}")).await.expect(422);
        office.get(&format!("/parties?{query}")).await;
    }
    let page = office.get("/parties?q=tan+cuong").await.expect(200);
    assert_eq!(page.texts(".card h2"), ["Chè Tân Cương"]);
    let communes = program.get("/api/v1/communes?q=Ba+%C4%90%C3%ACnh").await.expect(200).json();
    assert_eq!(communes["communes"][0]["code"], "00004");
    assert_eq!(Moment::parse(NOW).unwrap().plus(Duration::from_mins(3)), registry.app.clock.now());
}

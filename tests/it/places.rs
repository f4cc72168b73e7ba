//! Places by pages and by the interface: what is understood, what is refused, who may do what.

use crate::support::app::{Browser, On, Program, TestApp, on_both};
use crate::support::rows::{self, gln};
use crate::support::trade;
use nguongoc::accounts::{Official, Role};
use nguongoc::kernel::{Day, Moment, PartyId, PersonId};
use serde_json::{Value, json};

on_both!(
    a_manager_keeps_places_by_pages,
    a_commune_is_found_by_name,
    what_is_wrong_is_told_field_by_field,
    a_program_keeps_places,
    a_gln_belongs_to_one_place,
    nobody_reaches_the_places_of_others,
    texts_are_texts,
    a_long_list_comes_in_pages,
    a_mandate_opens_the_places_of_a_household,
);

struct Farm {
    registry: TestApp,
    party: PartyId,
}

/// A firm with a manager `lan` and a clerk `binh`, and another with a manager `other`.
async fn farm(on: On) -> Farm {
    let registry = TestApp::start(on).await;
    let party = rows::firm(&registry.app.store, "Hợp tác xã Mẫu").await;
    let other = rows::firm(&registry.app.store, "Công ty Mẫu").await;
    registry.person("lan", Role::Manager, Some(party)).await;
    registry.person("binh", Role::Clerk, Some(party)).await;
    registry.person("other", Role::Manager, Some(other)).await;
    registry.person("officer", Role::Officer, None).await;
    Farm { registry, party }
}

fn plot(name: &str) -> Value {
    json!({ "kind": "plot", "name": name, "commune": "00004" })
}

fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

/// The codes of the problems in an answer, with their fields.
fn problems(answer: &crate::support::app::Answer) -> Vec<String> {
    let told = answer.json()["problems"].as_array().cloned().unwrap_or_default();
    let text = |problem: &Value, name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    told.iter().map(|problem| format!("{} {}", text(problem, "field"), text(problem, "code"))).collect()
}

async fn a_manager_keeps_places_by_pages(on: On) {
    let farm = farm(on).await;
    let browser = farm.registry.signed_in("lan").await;
    let empty = browser.get("/places").await.expect(200);
    assert!(empty.text.contains("Chưa có địa điểm nào") && empty.text.contains("/places/new"));

    let fields = [
        ("kind", "plot"),
        ("name", "Ruộng rau số 1"),
        ("commune", "Phường Ba Đình, Hà Nội"),
        ("address", "Thôn Mẫu 3"),
        ("point", "https://www.google.com/maps/@21.0285,105.8542,17z"),
        ("area", "2 sào"),
        ("planting_code", "VN-HN-0001"),
        ("planting_code_issuer", "Chi cục Mẫu"),
        ("gln", gln(1).as_str()),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let sent: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let made = browser.send("/places/new", "/places", &sent).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let address = made.header("location").to_owned();
    let shown = browser.get(&address).await.expect(200);
    for text in
        ["Ruộng rau số 1", "21.0285, 105.8542", "720 m²", "VN-HN-0001", "Chi cục Mẫu", gln(1).as_str()]
    {
        assert!(shown.text.contains(text), "{text} is not shown: {}", shown.text);
    }
    assert!(browser.get("/places").await.expect(200).text.contains("Ruộng rau số 1"));

    // The form of a known place holds what was said; what is wrong comes back as typed.
    let form = browser.get(&format!("{address}/edit")).await.expect(200);
    assert!(form.text.contains("value=\"720 m2\"") && form.text.contains("value=\"Thôn Mẫu 3\""));
    let mut changed = sent.clone();
    changed[5].1 = "2 công";
    let refused = browser.send(&format!("{address}/edit"), &address, &changed).await.expect(422);
    assert!(refused.text.contains("value=\"2 công\"") && refused.text.contains("id=\"area-problem\""));
    changed[5].1 = "1,5 ha";
    browser.send(&format!("{address}/edit"), &address, &changed).await.expect(303);
    assert!(browser.get(&address).await.expect(200).text.contains("1,5 ha"));
    assert!(browser.get(&format!("{address}?lang=en")).await.expect(200).text.contains("1.5 ha"));

    browser.send(&address, &format!("{address}/close"), &[]).await.expect(303);
    let closed = browser.get(&format!("{address}?lang=vi")).await.expect(200);
    assert!(closed.text.contains("đã đóng từ ngày 23/11/2026") && !closed.text.contains("/edit"));
    browser.get(&format!("{address}/edit")).await.expect(409);
    let token = browser.form_token("/places/new").await;
    let mut late = changed.clone();
    late.push(("csrf", &token));
    browser.send_bare(&address, &late).await.expect(409);
    browser.send_bare(&format!("{address}/close"), &[("csrf", &token)]).await.expect(409);
    browser.send_bare(&address, &changed).await.expect(403);
}

async fn a_commune_is_found_by_name(on: On) {
    let farm = farm(on).await;
    let browser = farm.registry.signed_in("lan").await;
    let fields = |commune: &'static str| vec![("kind", "shop"), ("name", "Cửa hàng"), ("commune", commune)];

    // A name that several communes bear: the form answers with them.
    let several = browser.send("/places/new", "/places", &fields("Tân Thành")).await.expect(422);
    let choices = several.texts("fieldset label");
    assert!(choices.len() > 2 && choices[0].contains("Tân Thành"), "{choices:?}");
    assert!(several.text.contains("value=\"Tân Thành\"") && several.text.contains("value=\"Cửa hàng\""));
    let page = several.page();
    let radio = scraper::Selector::parse("input[name=commune_choice]").unwrap();
    let code = page.select(&radio).next().unwrap().value().attr("value").unwrap().to_owned();
    let mut chosen = fields("Tân Thành");
    chosen.push(("commune_choice", &code));
    // Another field is wrong: the choice stays made.
    let mut half = chosen.clone();
    half[0].1 = "";
    let again = browser.send("/places/new", "/places", &half).await.expect(422);
    assert!(
        again.texts("fieldset label").is_empty() && again.text.contains("Tân Thành, Tỉnh"),
        "{}",
        again.text
    );
    browser.send("/places/new", "/places", &chosen).await.expect(303);

    // Part of a name, and a name that no commune has.
    let part = browser.send("/places/new", "/places", &fields("ba din")).await.expect(422);
    assert!(part.texts("fieldset label").iter().any(|label| label.contains("Phường Ba Đình")));
    let none = browser.send("/places/new", "/places", &fields("Quận Không Có")).await.expect(422);
    assert!(none.text.contains("id=\"commune-problem\"") && none.texts("fieldset label").is_empty());
    browser.send("/places/new", "/places", &fields("hoàn kiếm")).await.expect(303);

    let program = farm.registry.program("lan").await;
    let several = program.post("/api/v1/places", &with(plot("A"), "commune", "Tân Thành")).await.expect(422);
    assert_eq!(problems(&several), ["commune commune_choose"]);
    assert!(several.json()["communes"].as_array().unwrap().len() > 1);
    let found = program.get("/api/v1/communes?q=ba%20dinh%20ha%20noi").await.expect(200);
    assert_eq!(found.json()["communes"][0]["code"], "00004");
    // The same letters, composed and taken apart.
    for name in ["Ba Đình, Hà Nội", "Ba \u{110}i\u{300}nh, Ha\u{300} No\u{323}\u{302}i"] {
        let made = program.post("/api/v1/places", &with(plot("A"), "commune", name)).await.expect(201);
        assert_eq!(made.json()["commune"]["code"], "00004", "{name}");
    }
}

async fn what_is_wrong_is_told_field_by_field(on: On) {
    let farm = farm(on).await;
    let program = farm.registry.program("lan").await;
    let all = json!({ "kind": "field", "name": " ", "commune": "99999", "point": "48.85, 2.35", "area": "3 công",
        "planting_code_issuer": "Ai đó", "gln": "9520000000002" });
    let told = program.post("/api/v1/places", &all).await.expect(422);
    assert_eq!(
        problems(&told),
        [
            "kind place_kind_unknown",
            "name text_empty",
            "commune commune_unknown",
            "point point_outside",
            "area area_unit_unknown",
            "gln wrong_check_digit",
            "planting_code planting_code_missing",
        ]
    );
    for (field, value, code) in [
        ("kind", "", "place_kind_missing"),
        ("commune", "", "commune_missing"),
        ("commune", "Atlantis", "commune_name_unknown"),
        ("point", "105.8542, 21.0285", "point_swapped"),
        ("point", "-21.0285, 105.8542", "point_malformed"),
        ("point", "đầu làng", "point_malformed"),
        ("area", "360", "area_unit_missing"),
        ("area", "12 kg", "area_unit_unknown"),
        ("area", "0 m2", "amount_zero"),
        ("area", "-1 ha", "amount_negative"),
        ("area", "99999999 ha", "amount_too_large"),
        ("gln", "952000000000", "gln_malformed"),
        ("gln", "0000000000000", "gln_zero"),
        ("name", "hai\ndòng", "text_has_line_break"),
    ] {
        let told = program.post("/api/v1/places", &with(plot("A"), field, value)).await.expect(422);
        assert_eq!(problems(&told), [format!("{field} {code}")], "{value}");
        assert!(told.json()["problems"][0]["detail"].as_str().unwrap().len() > 20, "no words for {code}");
    }
    assert_eq!(program.get("/api/v1/places").await.expect(200).json()["places"], json!([]));
    program.post("/api/v1/places", &with(plot("A"), "surprise", "x")).await.expect(400);
    program.get("/api/v1/places?after=1%20OR%201=1").await.expect(422);
    program.get("/api/v1/places?size=0").await.expect(422);
}

async fn a_program_keeps_places(on: On) {
    let farm = farm(on).await;
    let program = farm.registry.program("lan").await;
    let made = program
        .post("/api/v1/places", &with(with(plot("Ruộng"), "point", "21.0285, 105.8542"), "area", Value::Null))
        .await
        .expect(201);
    let address = made.header("location").to_owned();
    let place = made.json();
    assert_eq!(place["code"], place["number"]);
    assert!(nguongoc::kernel::PlaceNumber::parse(place["number"].as_str().unwrap()).is_ok());
    assert_eq!(place["point"], json!({ "latitude": 21.0285, "longitude": 105.8542 }));
    assert_eq!((&place["area_m2"], &place["party"]), (&Value::Null, &json!(farm.party)));
    assert_eq!(program.get(&address).await.expect(200).json(), place);

    let changed =
        program.put(&address, &with(plot("Ruộng mới"), "gln", gln(7).as_str())).await.expect(200).json();
    assert_eq!((&changed["name"], &changed["code"]), (&json!("Ruộng mới"), &json!(gln(7))));
    // The number stays beside the GLN, and the version has risen.
    assert_eq!((&changed["number"], changed["version"].as_i64()), (&place["number"], Some(1)));
    let closed = program.post(&format!("{address}/close"), &json!({})).await.expect(200).json();
    assert_eq!(closed["closed_at"], "2026-11-23T02:00:00Z");
    let told = program.put(&address, &plot("Sau khi đóng")).await.expect(409);
    assert_eq!(told.json()["code"], "place_closed");
    program.post(&format!("{address}/close"), &json!({})).await.expect(409);
    assert_eq!(program.get(&address).await.expect(200).json()["name"], "Ruộng mới");
}

async fn a_gln_belongs_to_one_place(on: On) {
    let farm = farm(on).await;
    let (program, other) = (farm.registry.program("lan").await, farm.registry.program("other").await);
    let one = with(plot("Một"), "gln", gln(1).as_str());
    let made = program.post("/api/v1/places", &one).await.expect(201).json();
    let told = program.post("/api/v1/places", &one).await.expect(409);
    assert_eq!(
        (told.json()["code"].as_str(), problems(&told)),
        (Some("place_gln_taken"), vec!["gln gln_yours".into()])
    );
    let told = other.post("/api/v1/places", &one).await.expect(409);
    assert_eq!(problems(&told), ["gln gln_taken"]);
    let second = other.post("/api/v1/places", &plot("Hai")).await.expect(201).json();
    let address = format!("/api/v1/places/{}", second["id"].as_str().unwrap());
    assert_eq!(problems(&other.put(&address, &one).await.expect(409)), ["gln gln_taken"]);
    // Its own is no clash.
    let own = format!("/api/v1/places/{}", made["id"].as_str().unwrap());
    program.put(&own, &one).await.expect(200);
    let browser = farm.registry.signed_in("other").await;
    let page = browser
        .send(
            "/places/new",
            "/places",
            &[("kind", "shop"), ("name", "Ba"), ("commune", "00004"), ("gln", gln(1).as_str())],
        )
        .await
        .expect(409);
    assert!(page.text.contains("id=\"gln-problem\"") && page.text.contains("value=\"Ba\""));

    // Many at once: one gets it.
    let free = with(plot("Cùng lúc"), "gln", gln(2).as_str());
    let all = futures_util::future::join_all((0..6).map(|_| other.post("/api/v1/places", &free))).await;
    let mut statuses: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
}

async fn nobody_reaches_the_places_of_others(on: On) {
    let farm = farm(on).await;
    let lan = farm.registry.program("lan").await;
    let place = lan.post("/api/v1/places", &plot("Ruộng")).await.expect(201).json();
    let id = place["id"].as_str().unwrap();
    let api = format!("/api/v1/places/{id}");

    let other = farm.registry.program("other").await;
    other.get(&api).await.expect(404);
    other.put(&api, &plot("Chiếm")).await.expect(404);
    other.post(&format!("{api}/close"), &json!({})).await.expect(404);
    other.get(&format!("/api/v1/places?party={}", farm.party)).await.expect(404);
    assert_eq!(other.get("/api/v1/places").await.expect(200).json()["places"], json!([]));
    let browser = farm.registry.signed_in("other").await;
    browser.get(&format!("/places/{id}")).await.expect(404);
    browser.get(&format!("/places/{id}/edit")).await.expect(404);
    let fields = [("kind", "plot"), ("name", "Chiếm"), ("commune", "00004")];
    browser.send("/places/new", &format!("/places/{id}"), &fields).await.expect(404);
    browser.send("/places/new", &format!("/places/{id}/close"), &[]).await.expect(404);

    // A clerk reads and does not change.
    let clerk = farm.registry.program("binh").await;
    clerk.get(&api).await.expect(200);
    clerk.post("/api/v1/places", &plot("Thêm")).await.expect(403);
    clerk.put(&api, &plot("Đổi")).await.expect(403);
    clerk.post(&format!("{api}/close"), &json!({})).await.expect(403);
    let clerk = farm.registry.signed_in("binh").await;
    let page = clerk.get(&format!("/places/{id}")).await.expect(200);
    assert!(!page.text.contains("/edit") && !page.text.contains("/close"));
    clerk.get("/places/new").await.expect(403);
    clerk.get(&format!("/places/{id}/edit")).await.expect(403);

    // The authority reads all and changes nothing; nobody else reads anything.
    let officer = farm.registry.program("officer").await;
    officer.get(&api).await.expect(200);
    officer.put(&api, &plot("Đổi")).await.expect(403);
    officer.get("/api/v1/places").await.expect(422);
    let listed = officer.get(&format!("/api/v1/places?party={}", farm.party)).await.expect(200).json();
    assert_eq!(listed["places"][0]["id"], id);
    farm.registry.anonymous_program().get(&api).await.expect(401);
    farm.registry.browser().get("/places").await.expect(401);
    for nothing in
        ["/api/v1/places/1", "/api/v1/places/00000000-0000-7000-8000-000000000000", "/api/v1/places/x'--"]
    {
        lan.get(nothing).await.expect(404);
    }
    assert_eq!(lan.get(&api).await.expect(200).json()["name"], "Ruộng");
}

async fn texts_are_texts(on: On) {
    let farm = farm(on).await;
    let program = farm.registry.program("lan").await;
    let browser = farm.registry.signed_in("lan").await;
    let nasty = "<script>alert('1')</script>\"'); DROP TABLE place; --";
    let body = json!({ "kind": "plot", "name": nasty, "commune": "00004", "address": nasty,
        "planting_code": "<b>'; --</b>", "planting_code_issuer": nasty });
    let place = program.post("/api/v1/places", &body).await.expect(201).json();
    assert_eq!((&place["name"], &place["address"]), (&json!(nasty), &json!(nasty)));
    let id = place["id"].as_str().unwrap();
    for path in ["/places".to_owned(), format!("/places/{id}"), format!("/places/{id}/edit")] {
        let page = browser.get(&path).await.expect(200);
        assert!(!page.text.contains("<script>") && !page.text.contains("<b>"), "{path} lets HTML through");
        assert!(page.text.contains("DROP TABLE"), "{path} does not show the text");
    }
    let page = browser.get("/places?q=%3Cscript%3E%25_'--").await.expect(200);
    assert!(!page.text.contains("<script>"));
    for field in ["kind", "commune", "point", "area", "gln"] {
        let told = program.post("/api/v1/places", &with(plot("A"), field, nasty)).await.expect(422);
        assert_eq!(told.json()["problems"][0]["field"], field);
        let fields = [("kind", "plot"), ("name", "A"), ("commune", "00004"), (field, nasty)];
        // A field that stands twice is refused or judged; either way it comes back harmless.
        let page = browser.send("/places/new", "/places", &fields).await;
        assert!(
            (400..500).contains(&page.status) && !page.text.contains("<script>"),
            "{field}: {}",
            page.status
        );
    }
    // The same name in two Unicode forms is one name.
    let composed = program.post("/api/v1/places", &plot("Vườn ổi")).await.expect(201).json();
    let apart = program
        .post("/api/v1/places", &plot("Vu\u{31b}o\u{31b}\u{300}n o\u{302}\u{309}i"))
        .await
        .expect(201)
        .json();
    assert_eq!(composed["name"], apart["name"]);
}

async fn a_long_list_comes_in_pages(on: On) {
    let farm = farm(on).await;
    let program = farm.registry.program("lan").await;
    for number in 0..7 {
        let clock = &farm.registry.app.clock;
        clock.set(clock.now().plus(std::time::Duration::from_secs(1)));
        let name = if number % 2 == 0 { format!("Ruộng {number}") } else { format!("Hoà Bình {number}") };
        program.post("/api/v1/places", &plot(&name)).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/places?size=3".to_owned();
    loop {
        let page = program.get(&path).await.expect(200).json();
        let places = page["places"].as_array().unwrap();
        assert!(places.len() <= 3);
        seen.extend(places.iter().map(|place| place["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/places?size=3&after={next}");
    }
    // Newest first, each once.
    assert_eq!(seen.len(), 7);
    assert_eq!((seen[0].as_str(), seen[6].as_str()), ("Ruộng 6", "Ruộng 0"));
    let found = program.get("/api/v1/places?q=h%C3%B2a%20binh").await.expect(200).json();
    assert_eq!(found["places"].as_array().unwrap().len(), 3);
    let page = farm.registry.signed_in("lan").await.get("/places?size=3").await.expect(200);
    assert!(page.text.contains("rel=\"next\""));
}

fn an_officer() -> Official {
    Official { person: PersonId::from_uuid(uuid::Uuid::from_u128(1)), role: Role::Officer }
}

/// Every door to places of another party, shut.
async fn refused(browser: &Browser, program: &Program, id: &str, behalf: &str) {
    let (api, page) = (format!("/api/v1/places/{id}"), format!("/places/{id}"));
    program.get(&format!("/api/v1/places{behalf}")).await.expect(404);
    program.get(&format!("{api}{behalf}")).await.expect(404);
    program.post(&format!("/api/v1/places{behalf}"), &plot("Lén")).await.expect(404);
    program.put(&format!("{api}{behalf}"), &plot("Lén")).await.expect(404);
    for path in [format!("/places{behalf}"), format!("/places/new{behalf}"), format!("{page}{behalf}")] {
        browser.get(&path).await.expect(404);
    }
    browser.get(&format!("{page}/edit{behalf}")).await.expect(404);
    for action in [format!("/places{behalf}"), format!("{page}{behalf}")] {
        browser
            .send("/places/new", &action, &[("kind", "plot"), ("name", "Ruộng"), ("commune", "00004")])
            .await
            .expect(404);
    }
    program.post(&format!("{api}/close{behalf}"), &json!({})).await.expect(404);
    browser.send("/places/new", &format!("{page}/close{behalf}"), &[]).await.expect(404);
}

async fn a_mandate_opens_the_places_of_a_household(on: On) {
    let farm = farm(on).await;
    let app = &farm.registry.app;
    let household = rows::firm(&app.store, "Hộ bà Mơ").await;
    let behalf = format!("?behalf_of={household}");
    let (lan, browser) = (farm.registry.program("lan").await, farm.registry.signed_in("lan").await);
    let other = (farm.registry.signed_in("other").await, farm.registry.program("other").await);
    let officer = farm.registry.program("officer").await;
    let listed = async || {
        let path = format!("/api/v1/places?party={household}");
        officer.get(&path).await.expect(200).json()["places"].as_array().expect("a list").clone()
    };
    let nothing = "00000000-0000-7000-8000-000000000000";

    // Without a mandate, and before its first day.
    refused(&browser, &lan, nothing, &behalf).await;
    let first = Day::parse("2026-11-25").expect("a day");
    let mandate = trade::mandate(app, &an_officer(), household, farm.party, first).await;
    refused(&browser, &lan, nothing, &behalf).await;
    assert!(!browser.get("/places").await.expect(200).text.contains("Hộ bà Mơ"));
    assert!(listed().await.is_empty(), "nothing is written");

    // From its first day on, by pages: the address is carried from page to page, and each says whose it is.
    app.clock.set(Moment::parse("2026-11-25T02:00:00Z").expect("a moment"));
    let own = browser.get("/places").await.expect(200);
    assert!(own.text.contains(&format!("href=\"/places{behalf}\"")) && !own.text.contains("Làm thay cho"));
    let list = browser.get(&format!("/places{behalf}")).await.expect(200);
    assert!(
        list.text.contains("Làm thay cho") && list.text.contains(&format!("href=\"/places/new{behalf}\""))
    );
    let form = browser.get(&format!("/places/new{behalf}")).await.expect(200);
    assert!(form.text.contains("Làm thay cho") && form.text.contains("Hộ bà Mơ"));
    assert!(form.text.contains(&format!("action=\"/places{behalf}\"")));
    let bare = browser.send("/places/new", &format!("/places{behalf}"), &[]).await.expect(422);
    assert!(bare.text.contains(&format!("action=\"/places{behalf}\"")), "a refused form forgets whose it is");
    let made = browser
        .send(
            "/places/new",
            &format!("/places{behalf}"),
            &[("kind", "plot"), ("name", "Ruộng"), ("commune", "00004")],
        )
        .await
        .expect(303);
    let address = made.header("location").to_owned();
    let id =
        address.strip_prefix("/places/").and_then(|rest| rest.strip_suffix(&behalf)).expect("an address");
    let shown = browser.get(&address).await.expect(200);
    assert!(
        shown.text.contains("Làm thay cho") && shown.text.contains(&format!("/places/{id}/edit{behalf}"))
    );
    assert!(browser.get(&format!("/places{behalf}")).await.text.contains(&format!("href=\"{address}\"")));
    let edit = format!("/places/{id}/edit{behalf}");
    let changed = browser
        .send(&edit, &address, &[("kind", "plot"), ("name", "Của bà Mơ"), ("commune", "00004")])
        .await
        .expect(303);
    assert_eq!(changed.header("location"), address);
    assert_eq!(listed().await[0]["name"], "Của bà Mơ");

    // By programs.
    let one = format!("/api/v1/places/{id}");
    let at = format!("{one}{behalf}");
    assert_eq!(lan.get(&at).await.expect(200).json()["party"], json!(household));
    assert_eq!(lan.put(&at, &plot("Đổi tên")).await.expect(200).json()["name"], "Đổi tên");
    let second = lan.post(&format!("/api/v1/places{behalf}"), &plot("Thứ hai")).await.expect(201).json();
    assert_eq!(second["party"], json!(household));
    assert_eq!(
        lan.get(&format!("/api/v1/places{behalf}")).await.json()["places"].as_array().map(Vec::len),
        Some(2)
    );
    let closed = format!("/api/v1/places/{}/close{behalf}", second["id"].as_str().expect("an id"));
    lan.post(&closed, &json!({})).await.expect(200);
    let closed = browser.send(&address, &format!("/places/{id}/close{behalf}"), &[]).await.expect(303);
    assert_eq!(closed.header("location"), address);
    assert!(listed().await.iter().all(|place| !place["closed_at"].is_null()));

    // They are the household's, not the holder's; a clerk reads and does not change; another firm sees nothing.
    lan.get(&one).await.expect(404);
    assert_eq!(lan.get("/api/v1/places").await.expect(200).json()["places"], json!([]));
    lan.get("/api/v1/places?behalf_of=x").await.expect(422);
    lan.get(&format!("/api/v1/places?behalf_of={}", farm.party)).await.expect(200);
    let clerk = farm.registry.program("binh").await;
    clerk.get(&at).await.expect(200);
    clerk.post(&format!("/api/v1/places{behalf}"), &plot("Thêm")).await.expect(403);
    officer.get(&at).await.expect(404);
    refused(&other.0, &other.1, id, &behalf).await;
    other.1.get(&one).await.expect(404);
    farm.registry.anonymous_program().get(&at).await.expect(401);

    // At once after it is revoked.
    let before = listed().await;
    trade::revoke(app, &an_officer(), mandate).await;
    refused(&browser, &lan, id, &behalf).await;
    assert_eq!(listed().await, before, "nothing is written");
    assert!(!browser.get("/places").await.expect(200).text.contains("Hộ bà Mơ"));
}

//! Lots through the front door: as a person does it by pages, as a program does it, and as neither may.

use crate::support::app::{Answer, Browser, On, Program, on_both};
use crate::support::trade::{Trade, product};
use nguongoc::kernel::Unit;
use serde_json::{Value, json};

on_both!(
    three_firms_trade_by_pages,
    a_program_trades,
    wrong_input_is_told_and_kept,
    another_firms_lots_are_not_there,
    the_authority_stops_a_lot,
    a_form_sent_twice_records_once,
    a_clerk_records_for_a_household,
);

/// The hidden key of the form on a page.
async fn key(browser: &Browser, path: &str) -> String {
    let page = browser.get(path).await.expect(200);
    let marker = "name=\"key\" value=\"";
    page.text.split(marker).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

fn location(answer: &Answer) -> String {
    answer.header("location").split('?').next().unwrap().to_owned()
}

async fn three_firms_trade_by_pages(on: On) {
    let trade = Trade::start(on).await;
    let farm = trade.registry.signed_in(&trade.farm.clerk).await;
    assert!(farm.get("/lots").await.expect(200).text.contains("Chưa có lô nào"));
    let form = farm.get("/lots/new").await.expect(200);
    assert!(form.text.contains("value=\"2026-11-23\""), "the day is today until it is changed");
    let declared = farm
        .send(
            "/lots/new",
            "/lots/new",
            &[
                ("place", &trade.farm.place.to_string()),
                ("product", &trade.farm.product.to_string()),
                ("quantity", "1,2"),
                ("unit", "tạ"),
                ("day", "2026-11-23"),
                ("clock", "06:30"),
                ("note", "<b>Ghi chú</b> của tôi"),
            ],
        )
        .await
        .expect(303);
    let lot = location(&declared);
    let page = farm.get(declared.header("location")).await.expect(200);
    assert!(page.text.contains("Đã ghi.") && page.text.contains("120 kg"), "{}", page.text);
    assert!(page.text.contains("L261123-") && page.text.contains("23/11/2026 06:30"));
    assert!(page.text.contains("Ghi chú") && !page.text.contains("<b>Ghi"), "a note is text, not HTML");
    assert!(page.text.contains(&format!("{lot}/code")));
    assert!(farm.get(&format!("{lot}?lang=en")).await.expect(200).text.contains("Print the code"));

    let pack = format!("{lot}/pack");
    let place = trade.farm.place.to_string();
    let fields = [
        ("place", place.as_str()),
        ("quantity", "100"),
        ("unit", "kg"),
        ("day", "23/11/2026"),
        ("pack_size", "500 g"),
    ];
    farm.send(&pack, &pack, &fields).await.expect(303);
    let ship = format!("{lot}/ship");
    let search = [
        ("search", "sao mai"),
        ("button", "find"),
        ("quantity", "60"),
        ("unit", "kg"),
        ("day", "2026-11-23"),
    ];
    let found = farm.send(&ship, &ship, &search).await.expect(200);
    let packer = trade.packer.party.to_string();
    assert!(found.text.contains(&packer) && found.text.contains("value=\"60\""), "{}", found.text);
    let fields = [
        ("place", place.as_str()),
        ("to", &packer),
        ("quantity", "60"),
        ("unit", "kg"),
        ("day", "2026-11-23"),
    ];
    farm.send(&ship, &ship, &fields).await.expect(303);

    let mai = trade.registry.signed_in(&trade.packer.clerk).await;
    let incoming = mai.get("/incoming").await.expect(200);
    assert!(incoming.text.contains("60 kg") && incoming.text.contains("Vân Mẫu"));
    let shipment = format!(
        "/shipments/{}",
        incoming.text.split("/shipments/").nth(1).unwrap().split('"').next().unwrap()
    );
    let page = mai.get(&shipment).await.expect(200);
    assert!(page.text.contains("value=\"60\""), "what is under way is offered");
    let place = trade.packer.place.to_string();
    let fields = [("place", place.as_str()), ("quantity", "60"), ("unit", "kg"), ("day", "2026-11-23")];
    mai.send(&shipment, &format!("{shipment}/receive"), &fields).await.expect(303);
    assert!(mai.get("/incoming").await.expect(200).text.contains("Không có hàng nào"));
    let sell = format!("{lot}/sell");
    mai.send(&sell, &sell, &[("place", &place), ("quantity", "60"), ("unit", "kg"), ("day", "2026-11-23")])
        .await
        .expect(303);
    let page = mai.get(&lot).await.expect(200);
    assert!(page.text.contains("Bán lẻ") && page.text.contains("Nhận từ"));
    assert!(!page.text.contains("120 kg ·") && !page.text.contains("Ghi chú của tôi"));
    // The farm sees that its lot was sold on, and neither to whom nor how much.
    let page = farm.get(&format!("{lot}?lang=vi")).await.expect(200);
    assert!(page.text.contains("Bán lẻ"));
    assert!(page.text.contains("60 kg"), "its own hand-over it sees whole");
}

async fn declare(trade: &Trade, program: &Program, more: &Value) -> Answer {
    let mut body = json!({
        "product": trade.farm.product, "place": trade.farm.place,
        "quantity": { "amount": "12,5", "unit": "kg" }, "day": "2026-11-23",
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    program.post("/api/v1/lots", &body).await
}

async fn a_program_trades(on: On) {
    let trade = Trade::start(on).await;
    let farm = trade.registry.program(&trade.farm.clerk).await;
    let made = declare(&trade, &farm, &json!({ "code": "hn-2611-07" })).await.expect(201).json();
    assert_eq!(made["lot"]["code"], "HN-2611-07");
    assert_eq!(made["left"], json!({ "amount": 12_500, "unit": "gram" }));
    let lot = made["lot"]["id"].as_str().unwrap().to_owned();
    let place = trade.farm.place;
    let ship = json!({
        "place": place, "to": "9900001147", "quantity": { "amount": 5.5, "unit": "kg" },
        "time": "2026-11-23T08:45:00+07:00", "vehicle": "29C-123.45",
    });
    let shipped = farm.post(&format!("/api/v1/lots/{lot}/ship"), &ship).await.expect(201).json();
    assert_eq!(shipped["left"]["amount"], 7_000);
    let outgoing = farm.get("/api/v1/shipments?direction=outgoing").await.expect(200).json();
    assert_eq!(outgoing["shipments"][0]["under_way"]["amount"], 5_500);

    let packer = trade.registry.program(&trade.packer.clerk).await;
    let incoming = packer.get("/api/v1/shipments").await.expect(200).json();
    let id = incoming["shipments"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(json!(id), shipped["event"]);
    let receive = format!("/api/v1/shipments/{id}/receive");
    let receipt =
        |amount: f64| json!({ "place": trade.packer.place, "quantity": { "amount": amount, "unit": "kg" } });
    // By the sender, by somebody else, more than shipped, and then rightly.
    assert_eq!(farm.post(&receive, &receipt(1.0)).await.expect(403).json()["code"], "wrong_receiver");
    let shop = trade.registry.program(&trade.shop.clerk).await;
    shop.post(&receive, &receipt(1.0)).await.expect(404);
    let over = packer.post(&receive, &receipt(5.6)).await.expect(422).json();
    assert_eq!(over["problems"][0]["code"], "more_than_shipped");
    assert!(over["problems"][0]["detail"].as_str().unwrap().contains("5500 g"), "{over}");
    assert_eq!(packer.post(&receive, &receipt(5.5)).await.expect(201).json()["left"]["amount"], 5_500);
    assert_eq!(packer.post(&receive, &receipt(5.5)).await.expect(409).json()["code"], "shipment_settled");

    let events = packer.get(&format!("/api/v1/lots/{lot}/events")).await.expect(200).json();
    let steps: Vec<&str> =
        events["events"].as_array().unwrap().iter().map(|e| e["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["receive", "ship", "harvest"]);
    assert_eq!(events["events"][1]["whole"], true);
    assert_eq!(events["events"][2]["whole"], false);
    assert!(events["events"][2].get("quantity").is_none(), "the farm's own harvest note is not the packer's");
    let event = events["events"][1]["id"].as_str().unwrap().to_owned();
    let whole = packer.get(&format!("/api/v1/events/{event}")).await.expect(200).json();
    assert_eq!(whole["epcis"]["bizStep"], "shipping");
    shop.get(&format!("/api/v1/events/{event}")).await.expect(404);
    let list = farm.get("/api/v1/lots?size=1").await.expect(200).json();
    assert_eq!(list["lots"][0]["left"]["amount"], 7_000);
    assert_eq!(list["next"], Value::Null);
}

async fn wrong_input_is_told_and_kept(on: On) {
    let trade = Trade::start(on).await;
    let farm = trade.registry.program(&trade.farm.clerk).await;
    let quantity = |amount: Value, unit: &str| json!({ "quantity": { "amount": amount, "unit": unit } });
    for (more, field, code) in [
        (quantity(json!(0), "kg"), "quantity", "amount_zero"),
        (quantity(json!(-3), "kg"), "quantity", "amount_negative"),
        (quantity(json!("-3"), "kg"), "quantity", "amount_negative"),
        (quantity(json!(1_000_001), "tấn"), "quantity", "amount_too_large"),
        (quantity(json!(1_000_000_000), "kg"), "quantity", "amount_too_large"),
        (quantity(json!(1e30), "kg"), "quantity", "number_not_understood"),
        (quantity(json!("1.250"), "kg"), "quantity", "number_ambiguous"),
        (quantity(json!(12), "con"), "quantity", "unit_must_be_mass"),
        (quantity(json!(12), "thùng phuy"), "quantity", "unit_unknown"),
        (quantity(json!(0.0001), "kg"), "quantity", "amount_fraction"),
        (json!({ "quantity": "" }), "quantity", "text_empty"),
        (json!({ "day": "2026-11-24" }), "day", "day_ahead"),
        (json!({ "day": "30/02/2026" }), "day", "day_does_not_exist"),
        (json!({ "day": "", "clock": "08:30" }), "day", "day_missing"),
        (json!({ "clock": "25:00" }), "day", "clock_malformed"),
        (json!({ "time": "2026-11-23T08:30:00" }), "day", "moment_malformed"),
        (json!({ "code": "LÔ 1" }), "code", "lot_code_character"),
        (json!({ "code": "A/B" }), "code", "lot_code_character"),
        (json!({ "code": "A1234567890123456789X" }), "code", "lot_code_too_long"),
        (json!({ "product": trade.shop.product }), "product", "product_not_yours"),
        (json!({ "place": trade.shop.place }), "place", "place_not_yours"),
        (json!({ "place": "'; DROP TABLE lot; --" }), "place", "id_malformed"),
        (json!({ "place": null }), "place", "choose_one"),
        (json!({ "note": "ẩn\u{202e}ngược" }), "note", "text_has_direction_control"),
    ] {
        let refused = declare(&trade, &farm, &more).await;
        assert_eq!(refused.status, 422, "{more}: {}", refused.text);
        let problem = &refused.json()["problems"][0];
        assert_eq!((&problem["field"], &problem["code"]), (&json!(field), &json!(code)), "{more}");
        assert!(!problem["detail"].as_str().unwrap().starts_with("problem-"), "{code} has no words");
    }
    declare(&trade, &farm, &json!({ "colour": "green" })).await.expect(400);
    // Pieces are whole.
    let eggs = product(&trade.registry, &trade.farm.member, "Trứng gà", Unit::Piece, None).await;
    let half = json!({ "product": eggs, "quantity": { "amount": "1,5", "unit": "quả" } });
    assert_eq!(
        declare(&trade, &farm, &half).await.expect(422).json()["problems"][0]["code"],
        "amount_fraction"
    );
    let mass = json!({ "product": eggs });
    assert_eq!(
        declare(&trade, &farm, &mass).await.expect(422).json()["problems"][0]["code"],
        "unit_must_be_pieces"
    );
    assert_eq!(farm.get("/api/v1/lots").await.json()["lots"], json!([]), "something half-written stayed");

    // A second lot with the same code; SQL, HTML and NFD in the texts come back as they are.
    let texts = json!({ "code": "A1", "variety": "Ca\u{309}i <i>'; DROP TABLE lot; --", "note": "<script>" });
    declare(&trade, &farm, &texts).await.expect(201);
    let again = declare(&trade, &farm, &json!({ "code": "a1" })).await.expect(409).json();
    assert_eq!((&again["code"], &again["problems"][0]["field"]), (&json!("lot_code_taken"), &json!("code")));

    // The form keeps what was typed, and says what is wrong beside its field.
    let browser = trade.registry.signed_in(&trade.farm.clerk).await;
    let place = trade.farm.place.to_string();
    let fields = [
        ("place", place.as_str()),
        ("product", ""),
        ("quantity", "1.250"),
        ("unit", "kg"),
        ("day", "2026-11-24"),
        ("code", "a1 b"),
        ("note", "<giữ nguyên>"),
    ];
    let again = browser.send("/lots/new", "/lots/new", &fields).await.expect(422);
    for kept in ["value=\"1.250\"", "value=\"2026-11-24\"", "value=\"a1 b\"", "&#60;giữ nguyên&#62;"] {
        assert!(again.text.contains(kept), "{kept} is lost: {}", again.text);
    }
    assert_eq!(again.texts("#place option[selected]").len(), 1, "the place that was chosen is lost");
    assert_eq!(again.texts(".problem").len(), 3, "{:?}", again.texts(".problem"));
    let english = browser.send("/lots/new", "/lots/new?lang=en", &fields).await.expect(422);
    assert!(
        english.texts(".problem").iter().any(|text| text.contains("Choose one")),
        "{:?}",
        english.texts(".problem")
    );
    // No token, no record.
    browser.send_bare("/lots/new", &fields).await.expect(403);
}

async fn another_firms_lots_are_not_there(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(10_000).await;
    let shipment = trade.ship(&trade.farm, &trade.packer, lot, 4_000).await.unwrap().event;
    let browser = trade.registry.signed_in(&trade.shop.clerk).await;
    let program = trade.registry.program(&trade.shop.clerk).await;
    for path in ["", "/pack", "/ship", "/sell"] {
        browser.get(&format!("/lots/{lot}{path}")).await.expect(404);
    }
    browser.get(&format!("/shipments/{shipment}")).await.expect(404);
    browser.get(&format!("/lots?party={}", trade.farm.party)).await.expect(404);
    browser.get(&format!("/incoming?party={}", trade.packer.party)).await.expect(404);
    browser.get(&format!("/lots/new?behalf_of={}", trade.farm.party)).await.expect(404);
    browser.get("/inspect").await.expect(403);
    for path in [
        format!("/api/v1/lots/{lot}"),
        format!("/api/v1/lots/{lot}/events"),
        format!("/api/v1/events/{shipment}"),
        format!("/api/v1/shipments/{shipment}"),
        format!("/api/v1/lots?party={}", trade.farm.party),
    ] {
        program.get(&path).await.expect(404);
    }
    let body = json!({ "place": trade.shop.place, "to": trade.farm.party, "quantity": "1 kg" });
    for act in ["pack", "ship", "sell"] {
        program.post(&format!("/api/v1/lots/{lot}/{act}"), &body).await.expect(404);
    }
    program.post(&format!("/api/v1/lots/{lot}/hold"), &json!({ "reason": "x" })).await.expect(404);
    let form = [
        ("place", trade.shop.place.to_string()),
        ("quantity", "1".to_owned()),
        ("unit", "kg".to_owned()),
        ("day", "2026-11-23".to_owned()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.send("/lots/new", &format!("/lots/{lot}/sell"), &form).await.expect(404);
    browser.send("/lots/new", &format!("/shipments/{shipment}/receive"), &form).await.expect(404);
    // An id that is none, and nobody at all.
    browser.get("/lots/khong-co").await.expect(404);
    program.get("/api/v1/lots/khong-co").await.expect(404);
    trade.registry.anonymous_program().get(&format!("/api/v1/lots/{lot}")).await.expect(401);
    // Once it was sent something, it is of the chain.
    trade.ship(&trade.farm, &trade.shop, lot, 1_000).await.unwrap();
    browser.get(&format!("/lots/{lot}")).await.expect(200);
}

async fn the_authority_stops_a_lot(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(10_000).await;
    let inspector = trade.registry.signed_in("inspector").await;
    let officer = trade.registry.signed_in("officer").await;
    let found =
        trade.registry.program("inspector").await.get("/api/v1/inspect?code=không phải mã").await.expect(422);
    assert_eq!(found.json()["problems"][0]["code"], "lot_code_character");
    inspector.get("/inspect").await.expect(200);
    let page = inspector.get(&format!("/lots/{lot}")).await.expect(200);
    let short = page.texts("dl.facts code")[0].clone();
    let found = inspector.get(&format!("/inspect?code={}", short.replace(' ', "+"))).await.expect(200);
    assert!(found.text.contains(&format!("/lots/{lot}")), "{}", found.text);
    assert!(inspector.get("/inspect?code=L000000-XXX").await.expect(200).text.contains("Không có lô nào"));

    let path = format!("/lots/{lot}");
    inspector.send(&path, &format!("{path}/hold"), &[("reason", "  ")]).await.expect(422);
    let reason = [("reason", "Nghi vượt dư lượng <thuốc>")];
    inspector.send(&path, &format!("{path}/recall"), &reason).await.expect(403);
    inspector.send(&path, &format!("{path}/hold"), &reason).await.expect(303);
    inspector.send(&path, &format!("{path}/hold"), &reason).await.expect(409);
    let farm = trade.registry.program(&trade.farm.clerk).await;
    let body = json!({ "place": trade.farm.place, "to": trade.packer.party, "quantity": "1 kg" });
    for act in ["pack", "ship", "sell"] {
        let refused = farm.post(&format!("/api/v1/lots/{lot}/{act}"), &body).await.expect(409).json();
        assert_eq!(refused["code"], "on_hold");
        assert!(refused["detail"].as_str().unwrap().contains("Nghi vượt dư lượng"), "{refused}");
    }
    officer.send(&path, &format!("{path}/release"), &[("reason", "Kết quả đạt")]).await.expect(303);
    farm.post(&format!("/api/v1/lots/{lot}/sell"), &body).await.expect(201);
    officer.send(&path, &format!("{path}/recall"), &reason).await.expect(303);
    assert_eq!(
        farm.post(&format!("/api/v1/lots/{lot}/sell"), &body).await.expect(409).json()["code"],
        "recalled"
    );
    let page = trade.registry.signed_in(&trade.farm.clerk).await.get(&path).await.expect(200);
    assert!(page.text.contains("Đã thu hồi") && page.text.contains("Cơ quan quản lý"));
    assert!(!page.text.contains("<thuốc>"));
}

async fn a_form_sent_twice_records_once(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(10_000).await;
    let browser = trade.registry.signed_in(&trade.farm.clerk).await;
    let path = format!("/lots/{lot}/sell");
    let key = key(&browser, &path).await;
    let place = trade.farm.place.to_string();
    let fields =
        [("place", place.as_str()), ("quantity", "3"), ("unit", "kg"), ("day", "2026-11-23"), ("key", &key)];
    let (first, second) =
        futures_util::future::join(browser.send(&path, &path, &fields), browser.send(&path, &path, &fields))
            .await;
    assert_eq!((first.status, second.status), (303, 303));
    assert_eq!(first.header("location"), second.header("location"));
    let program = trade.registry.program(&trade.farm.clerk).await;
    let sheet = program.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
    assert_eq!(sheet["hands"][0]["left"]["amount"], 7_000);
    // A program says it by the header; the same key for something else is refused.
    let send = async |amount: &str| {
        let body = json!({ "place": place, "quantity": amount });
        let request = program.client.post(format!("{}/api/v1/lots/{lot}/sell", program.base));
        let request = request.bearer_auth(program.token.as_deref().unwrap());
        let answer = request
            .header("idempotency-key", "0190a0b0-0000-7000-8000-000000000001")
            .json(&body)
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    };
    assert_eq!((send("1 kg").await, send("1 kg").await, send("2 kg").await), (201, 200, 409));
}

async fn a_clerk_records_for_a_household(on: On) {
    let trade = Trade::start(on).await;
    let (household, _) = trade.household().await;
    let clerk = trade.registry.signed_in(&trade.farm.clerk).await;
    let page = clerk.get("/lots/new").await.expect(200);
    let link = format!("/lots/new?behalf_of={}", household.party);
    assert!(page.text.contains(&link), "the household is not offered");
    let form = clerk.get(&link).await.expect(200);
    assert!(
        form.text.contains(&household.place.to_string())
            && !form.text.contains(&trade.farm.place.to_string())
    );
    let (place, product, party) =
        (household.place.to_string(), household.product.to_string(), household.party.to_string());
    let fields = [
        ("behalf_of", party.as_str()),
        ("place", &place),
        ("product", &product),
        ("quantity", "40"),
        ("unit", "kg"),
        ("day", "2026-11-23"),
    ];
    let declared = clerk.send(&link, "/lots/new", &fields).await.expect(303);
    let page = clerk.get(declared.header("location")).await.expect(200);
    assert!(page.text.contains("theo uỷ quyền") && page.text.contains("Hộ bà Trần Thị Mơ"));
    assert!(clerk.get(&format!("/lots?party={party}")).await.expect(200).text.contains("40 kg"));
    // A clerk of another firm has no mandate, by page and by program.
    let other = trade.registry.signed_in(&trade.shop.clerk).await;
    other.get(&link).await.expect(404);
    let program = trade.registry.program(&trade.shop.clerk).await;
    let body = json!({ "behalf_of": party, "place": place, "product": product, "quantity": "1 kg" });
    let refused = program.post("/api/v1/lots", &body).await.expect(403).json();
    assert_eq!(refused["code"], "no_mandate");
    // The packer that receives from the household knows its name; the shop further on does not.
    let lot = location(&declared);
    let ship = format!("{lot}/ship");
    let packer = trade.packer.party.to_string();
    let fields = [
        ("behalf_of", party.as_str()),
        ("place", &place),
        ("to", &packer),
        ("quantity", "40"),
        ("unit", "kg"),
        ("day", "2026-11-23"),
    ];
    clerk.send(&ship, &ship, &fields).await.expect(303);
    let packing = trade.registry.signed_in(&trade.packer.clerk).await;
    assert!(packing.get("/incoming").await.expect(200).text.contains("Trần Thị Mơ"));
}

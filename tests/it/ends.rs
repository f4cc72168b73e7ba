//! The end of a season that was told by mistake, taken back by the form and by the interface: with a reason, once, by
//! whoever keeps the book; and the page shows what was told, by whom it was taken back and why.

use crate::support::app::{On, on_both};
use crate::support::field::{plot, publish_lists, season};
use crate::support::trade::Trade;
use nguongoc::accounts::Role;
use serde_json::{Value, json};

on_both!(an_end_is_taken_back_by_the_form, an_end_is_taken_back_by_the_interface);

const WHY: &str = "Ghi nhầm sang ruộng bên";

async fn trade(on: On) -> (Trade, String, String) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let place = plot(&trade, &trade.farm, "Ruộng hai sào").await;
    let season = season(&trade, &trade.farm.by(), place, "cai_ngot", "2026-10-01").await;
    (trade, place.to_string(), season.to_string())
}

async fn an_end_is_taken_back_by_the_form(on: On) {
    let (trade, _, season) = trade(on).await;
    let browser = trade.registry.signed_in(&trade.farm.clerk).await;
    let page = format!("/seasons/{season}");
    let (clear, reopen) = (format!("{page}/clear"), format!("{page}/reopen"));
    let open = browser.get(&page).await.expect(200);
    assert!(!open.text.contains(&reopen), "there is no end to take back");
    let early = browser.send(&page, &reopen, &[("reason", WHY)]).await.expect(409);
    assert_eq!(early.texts(".refusal"), ["Vụ này chưa kết thúc nên không có gì để rút lại. Vụ vẫn đang mở."]);
    browser.send(&page, &clear, &[("cleared_on", "2026-11-20")]).await.expect(303);
    let ended = browser.get(&page).await.expect(200);
    assert!(ended.text.contains(&reopen) && !ended.text.contains("Các lần kết thúc đã rút lại"));
    // Without a reason it is refused, and what was typed is kept.
    let fields = [("reason", " "), ("cleared_on", "2026-11-21")];
    let refused = browser.send(&page, &reopen, &fields).await.expect(422);
    assert_eq!(refused.texts("#reason-problem").len(), 1, "{}", refused.text);
    assert!(refused.text.contains("value=\"2026-11-21\"") && refused.texts("details[open] form").len() == 1);
    let refused = browser.send(&page, &reopen, &[("reason", WHY), ("cleared_on", "2026-11-24")]).await;
    let refused = refused.expect(422);
    assert_eq!(refused.texts("#cleared_on-problem").len(), 1, "{}", refused.text);
    assert_eq!(refused.texts("textarea[name=reason]"), [WHY]);
    // The day was another one: both stay to be read, with who says so and why.
    let fields = [("reason", WHY), ("cleared_on", "2026-11-21")];
    let sent = browser.send(&page, &reopen, &fields).await.expect(303);
    assert_eq!(sent.header("location"), page);
    // Sent once more, it takes back nothing.
    let again = browser.send(&page, &reopen, &fields).await.expect(422);
    let words = again.texts("#cleared_on-problem");
    assert!(words.len() == 1 && words[0].contains("21/11/2026"), "{}", again.text);
    for (lang, heading, told, back) in [
        ("vi", "Các lần kết thúc đã rút lại", "Kết thúc ngày 20/11/2026, do", "rút lại lúc"),
        ("en", "Ends that were taken back", "Last day 20/11/2026, told by", "Taken back by"),
    ] {
        let told = format!("{told} Hợp tác xã rau Vân Mẫu");
        let shown = browser.get(&format!("{page}?lang={lang}")).await.expect(200);
        assert!(shown.texts("main h2").iter().any(|text| text == heading), "{}", shown.text);
        let items = shown.texts("main h2 + ul > li");
        let item = items.iter().find(|item| item.contains(&told)).unwrap_or_else(|| panic!("{items:?}"));
        assert!(item.contains(back) && item.contains(WHY), "{item}");
        assert!(shown.texts("dl.facts").concat().contains("21/11/2026"), "the end that counts");
    }
    // Taken back without a day instead, the season is open again; nobody else finds it.
    browser.send(&page, &reopen, &[("reason", "Chưa dọn thửa")]).await.expect(303);
    let open = browser.get(&format!("{page}?lang=vi")).await.expect(200);
    assert_eq!(open.text.matches("rút lại lúc").count(), 2);
    assert!(open.text.contains(&clear) && !open.text.contains(&reopen));
    let stranger = trade.registry.signed_in(&trade.shop.clerk).await;
    stranger.get(&page).await.expect(404);
    stranger.send("/lots/new", &reopen, &[("reason", WHY)]).await.expect(404);
    // The authority reads it, and takes nothing back.
    let officer = trade.registry.signed_in("officer").await;
    assert!(officer.get(&page).await.expect(200).text.contains(WHY));
}

async fn an_end_is_taken_back_by_the_interface(on: On) {
    let (trade, place, season) = trade(on).await;
    let registry = &trade.registry;
    let program = registry.program(&trade.farm.clerk).await;
    registry.person("manager", Role::Manager, Some(trade.farm.party)).await;
    let manager = registry.program("manager").await;
    let asked = json!({ "group": "rau", "name": "Cải bắp", "crop": "cai_bap" });
    let cabbage = manager.post("/api/v1/products", &asked).await.expect(201).json()["id"].clone();
    let path = format!("/api/v1/seasons/{season}");
    let (clear, reopen) = (format!("{path}/clear"), format!("{path}/reopen"));
    let spray = json!({
        "kind": "spray", "place": place, "day": "2026-11-01", "product": "Không Có Trong Danh Mục",
        "pest": "sâu tơ", "dose": "5 ml/sào",
    });
    program.post("/api/v1/activities", &spray).await.expect(201);
    let code = |answer: Value| answer["code"].as_str().unwrap_or_default().to_owned();
    let early = program.post(&reopen, &json!({ "reason": WHY })).await.expect(409).json();
    assert_eq!(code(early), "season_open");
    program.post(&clear, &json!({ "cleared_on": "2026-11-10" })).await.expect(200);
    let harvest = json!({ "product": cabbage, "place": place, "day": "2026-11-15", "quantity": "10 kg" });
    let lot = program.post("/api/v1/lots", &harvest).await.expect(201).json();
    let lot = lot["lot"]["id"].as_str().expect("an id").to_owned();
    let state = async || {
        let shown = program.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
        shown["state"].as_str().expect("a state").to_owned()
    };
    assert_eq!(state().await, "free", "another crop, after the clearing");
    for body in [json!({}), json!({ "reason": "  " }), json!({ "reason": null, "cleared_on": "2026-11-12" })]
    {
        let refused = program.post(&reopen, &body).await.expect(422).json();
        let problem = &refused["problems"][0];
        assert_eq!((&problem["field"], &problem["code"]), (&json!("reason"), &json!("text_empty")), "{body}");
    }
    let strangers = registry.program(&trade.shop.clerk).await;
    strangers.post(&reopen, &json!({ "reason": WHY })).await.expect(404);
    registry.program("officer").await.post(&reopen, &json!({ "reason": WHY })).await.expect(403);
    let done = program.post(&reopen, &json!({ "reason": WHY })).await.expect(200).json();
    assert_eq!(done["held"][0]["id"], json!(lot), "what it holds is told: {done}");
    assert_eq!(state().await, "on_hold");
    program.post(&reopen, &json!({ "reason": WHY })).await.expect(409);
    let shown = program.get(&path).await.expect(200).json();
    let end = &shown["ends"][0];
    assert_eq!((&shown["cleared_on"], &end["cleared_on"]), (&Value::Null, &json!("2026-11-10")));
    assert_eq!((&end["entered_for"], &end["mandate"]), (&json!(trade.farm.party), &Value::Null));
    let back = &end["taken_back"];
    assert_eq!((&back["reason"], &back["entered_for"]), (&json!(WHY), &json!(trade.farm.party)));
    // Sown again since: the land is not there for both.
    program.post(&clear, &json!({ "cleared_on": "2026-11-15" })).await.expect(200);
    let next = json!({ "place": place, "crop": "cai_bap", "began_on": "2026-11-16" });
    program.post("/api/v1/seasons", &next).await.expect(201);
    let refused = program.post(&reopen, &json!({ "reason": WHY })).await.expect(422).json();
    let problem = &refused["problems"][0];
    assert_eq!((&problem["field"], &problem["code"]), (&json!("cleared_on"), &json!("season_sown_since")));
    program.post(&reopen, &json!({ "reason": WHY, "cleared_on": "2026-11-16" })).await.expect(200);
    let again = json!({ "reason": WHY, "cleared_on": "2026-11-16" });
    let refused = program.post(&reopen, &again).await.expect(422).json();
    let problem = &refused["problems"][0];
    assert_eq!(
        (&problem["field"], &problem["code"]),
        (&json!("cleared_on"), &json!("season_ended_that_day"))
    );
    let shown = program.get(&path).await.expect(200).json();
    assert_eq!(shown["cleared_on"], json!("2026-11-16"));
    let ends = shown["ends"].as_array().expect("ends");
    let stands: Vec<bool> = ends.iter().map(|end| end["taken_back"].is_null()).collect();
    assert_eq!(stands, [false, false, true]);
}

//! What is told late reaches what was made: a spray, its correction, a list that counts from an earlier day. Through the front door: the
//! shopper's page of a descendant's code, the desks of those who hold some of it, and how long it takes.

#![expect(clippy::disallowed_methods, reason = "that it takes no longer than a second is what is tested")]

use crate::support::app::{On, Program, on_both};
use crate::support::chain::later;
use crate::support::field::{plot, publish_lists, season};
use crate::support::trade::{Firm, Trade};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both!(
    a_spray_told_late_reaches_what_was_made,
    a_list_from_an_earlier_day_reaches_back,
    an_override_stands_until_there_is_more,
    a_harvest_before_sowing_is_told,
    a_harvest_form_asks_before_it_holds,
    harvests_that_cannot_be_are_told,
);

const XANH: &str = "Mẫu Sâu Xanh 36EC";
const SUBSTANCES: &str = include_str!("../../assets/data/lists/substances.csv");

fn kilograms(amount: i64) -> Value {
    json!({ "amount": amount, "unit": "kg" })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

async fn trade(on: On) -> (Trade, String, Program) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let place = plot(&trade, &trade.farm, "Ruộng hai sào").await;
    season(&trade, &trade.farm.by(), place, "cai_ngot", "2026-10-01").await;
    let farm = trade.registry.program(&trade.farm.clerk).await;
    (trade, place.to_string(), farm)
}

fn spray(place: &str, day: &str) -> Value {
    json!({
        "kind": "spray", "place": place, "day": day, "product": XANH, "pest": "sâu tơ", "dose": "5 ml/sào",
        "person": "Người phun mẫu",
    })
}

async fn harvest(trade: &Trade, farm: &Program, place: &str, day: &str) -> Value {
    let told =
        json!({ "product": trade.farm.product, "place": place, "day": day, "quantity": kilograms(10) });
    farm.post("/api/v1/lots", &told).await.expect(201).json()["lot"].clone()
}

/// Goes on to a firm, which takes them in.
async fn hand_over(from: &Program, firm: &Firm, to: (&Program, &Firm), lot: &str, amount: i64) {
    let sent = json!({ "place": firm.place, "to": to.1.party, "quantity": kilograms(amount) });
    let sent = from.post(&format!("/api/v1/lots/{lot}/ship"), &sent).await.expect(201).json();
    let taken = json!({ "place": to.1.place, "quantity": kilograms(amount) });
    let path = format!("/api/v1/shipments/{}/receive", text(&sent["event"]));
    to.0.post(&path, &taken).await.expect(201);
}

/// What everybody reads under a code.
async fn look(trade: &Trade, path: &str) -> Value {
    trade.registry.anonymous_program().get(path).await.expect(200).json()
}

/// The kinds of the messages on a desk, the newest first.
async fn desk(program: &Program) -> Vec<String> {
    let told = program.get("/api/v1/messages").await.expect(200).json();
    told["messages"].as_array().unwrap().iter().map(|message| text(&message["kind"])).collect()
}

async fn a_spray_told_late_reaches_what_was_made(on: On) {
    let (trade, place, farm) = trade(on).await;
    let packer = trade.registry.program(&trade.packer.clerk).await;
    let shop = trade.registry.program(&trade.shop.clerk).await;
    let lot = text(&harvest(&trade, &farm, &place, "2026-11-20").await["id"]);
    hand_over(&farm, &trade.farm, (&packer, &trade.packer), &lot, 8).await;
    // The packer makes a lot of its own of it, packs it, and labels packs; some goes on to the shop.
    let made = json!({
        "step": "repack", "place": trade.packer.place, "inputs": [{ "lot": lot, "quantity": kilograms(6) }],
        "outputs": [{ "product": trade.packer.product, "quantity": kilograms(6) }],
    });
    let child = text(&packer.post("/api/v1/transformations", &made).await.expect(201).json()["lot"]["id"]);
    let pack = json!({ "place": trade.packer.place, "quantity": kilograms(6), "pack_size": kilograms(1) });
    packer.post(&format!("/api/v1/lots/{child}/pack"), &pack).await.expect(201);
    let code = packer.post(&format!("/api/v1/lots/{child}/code"), &json!({})).await.expect(200).json();
    let code = format!("/{}", text(&code["url"]).splitn(4, '/').nth(3).unwrap());
    let run = json!({ "count": 4, "pack_size": kilograms(1) });
    let run = packer.post(&format!("/api/v1/lots/{child}/runs"), &run).await.expect(201).json();
    let run = text(&run["id"]);
    packer.post(&format!("/api/v1/runs/{run}/activate"), &json!({ "count": 2 })).await.expect(200);
    let labels = packer.get(&format!("/api/v1/runs/{run}/codes.csv")).await.expect(200).text;
    let label = labels.lines().nth(1).unwrap().split(',').nth(2).unwrap().to_owned();
    let unit = format!("/{}", label.splitn(4, '/').nth(3).unwrap());
    hand_over(&packer, &trade.packer, (&shop, &trade.shop), &child, 3).await;
    // Asked before, so that the answers are kept.
    for path in [&code, &unit] {
        let seen = look(&trade, path).await;
        assert_ne!(seen["verdict"], "on_hold", "{seen:#}");
        assert_eq!(seen["field_book"], "kept");
        look(&trade, path).await;
    }
    let closed = async |begun: Instant, expected: bool| {
        for path in [&code, &unit] {
            let seen = look(&trade, path).await;
            assert_eq!(seen["verdict"] == "on_hold", expected, "{seen:#}");
            assert_eq!(seen["recall"], if expected { "on_hold" } else { "none" });
        }
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?} from the entry to the shopper's page");
        let ship = json!({ "place": trade.packer.place, "to": trade.shop.party, "quantity": kilograms(1) });
        let refused = packer.post(&format!("/api/v1/lots/{child}/ship"), &ship).await;
        let sold = json!({ "place": trade.shop.place, "quantity": kilograms(1) });
        let sale = shop.post(&format!("/api/v1/lots/{child}/sell"), &sold).await;
        let label = packer.post(&format!("/api/v1/runs/{run}/activate"), &json!({ "count": 1 })).await;
        if !expected {
            return;
        }
        for refused in [refused, sale, label] {
            let refused = refused.expect(409).json();
            assert_eq!(refused["code"], "waiting_period_open", "{refused:#}");
            assert_eq!(
                (&refused["made_of"], &refused["lot"]),
                (&json!(true), &json!(told_lot(&trade, &farm, &lot).await))
            );
            assert!(text(&refused["detail"]).contains("25/11/2026"), "{refused:#}");
        }
    };
    let begun = Instant::now();
    let done = farm.post("/api/v1/activities", &spray(&place, "2026-11-18")).await.expect(201).json();
    closed(begun, true).await;
    assert_eq!((&done["held"][0]["id"], &done["made_of_held"]), (&json!(lot), &json!(1)));
    for program in [&farm, &packer, &shop] {
        assert_eq!(desk(program).await, ["lot_held"]);
    }
    let page = trade.registry.signed_in(&trade.shop.clerk).await.get("/messages?lang=vi").await.expect(200);
    assert!(page.texts("main h2, main h3").join(" ").contains("giữ"), "{:?}", page.texts("main h2, main h3"));
    // It had been much earlier: everything is free, and they are told.
    let wrong = text(&done["activities"][0]["id"]);
    later(trade.app());
    let begun = Instant::now();
    let path = format!("/api/v1/activities/{wrong}/correct");
    let done = farm.post(&path, &json!({ "instead": spray(&place, "2026-11-02") })).await.expect(201).json();
    closed(begun, false).await;
    for program in [&farm, &packer, &shop] {
        assert_eq!(desk(program).await, ["lot_free", "lot_held"]);
    }
    // And once more the other way: a correction closes as an entry does.
    let wrong = text(&done["activities"][0]["id"]);
    later(trade.app());
    let begun = Instant::now();
    let path = format!("/api/v1/activities/{wrong}/correct");
    farm.post(&path, &json!({ "instead": spray(&place, "2026-11-18") })).await.expect(201);
    closed(begun, true).await;
    assert_eq!(desk(&shop).await, ["lot_held", "lot_free", "lot_held"]);
}

async fn told_lot(_: &Trade, farm: &Program, lot: &str) -> String {
    text(&farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json()["code"])
}

/// Hands a file of substances in, in force from the beginning of the year, and publishes it.
async fn publish(officer: &Program, file: &str) -> Value {
    let fields = [("kind", "substances"), ("in_force_from", "01/01/2026"), ("source", "QĐ mẫu")];
    let files = [("file", "thuoc.csv", file.as_bytes().to_vec())];
    let draft = officer.post_files("/api/v1/list-drafts", &fields, &files).await.expect(201).json();
    let path = format!("/api/v1/list-drafts/{}/publish", text(&draft["id"]));
    officer.post(&path, &json!({ "newest": draft["newest"] })).await.expect(201).json()
}

async fn a_list_from_an_earlier_day_reaches_back(on: On) {
    let (trade, place, farm) = trade(on).await;
    let officer = trade.registry.program("officer").await;
    let shop = trade.registry.program(&trade.shop.clerk).await;
    farm.post("/api/v1/activities", &spray(&place, "2026-11-10")).await.expect(201);
    let lot = harvest(&trade, &farm, &place, "2026-11-18").await;
    let (lot, short) = (text(&lot["id"]), text(&lot["short_code"]));
    hand_over(&farm, &trade.farm, (&shop, &trade.shop), &lot, 5).await;
    let state = async || text(&farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json()["state"]);
    assert_eq!(state().await, "free");
    assert_eq!(look(&trade, &format!("/lot/{short}")).await["sprays"][0]["days_required"], 7);
    // Ten days from now on: the harvest on the eighth day was too early.
    let longer = SUBSTANCES.replacen("Cải ngọt;7;500;ml/ha", "Cải ngọt;10;500;ml/ha", 1);
    let done = publish(&officer, &longer).await;
    assert_eq!(
        (&done["looked_again"]["held"], &done["looked_again"]["freed"]),
        (&json!(1), &json!(0)),
        "{done:#}"
    );
    assert_eq!(state().await, "on_hold");
    let seen = look(&trade, &format!("/lot/{short}")).await;
    assert_eq!((&seen["verdict"], &seen["sprays"][0]["days_required"]), (&json!("on_hold"), &json!(10)));
    assert_eq!(desk(&shop).await, ["lot_held"]);
    let sold = json!({ "place": trade.shop.place, "quantity": kilograms(1) });
    let refused = shop.post(&format!("/api/v1/lots/{lot}/sell"), &sold).await.expect(409).json();
    assert!(text(&refused["detail"]).contains("20/11/2026"), "{refused:#}");
    // The book says what counts now.
    let waiting =
        farm.get(&format!("/api/v1/places/{place}/waiting?day=2026-11-18")).await.expect(200).json();
    assert_eq!(waiting["until"], "2026-11-20");
    // A corrected list frees what only the wrong one held; by the page this time.
    later(trade.app());
    let browser = trade.registry.signed_in("officer").await;
    let fields = [("kind", "substances"), ("in_force_from", "01/01/2026"), ("source", "QĐ đính chính")];
    let files = [("file", "thuoc.csv", SUBSTANCES.as_bytes().to_vec())];
    let sent = browser.send_files("/lists/new", "/lists", &fields, &files).await.expect(303);
    let preview = sent.header("location").to_owned();
    let done = browser.send(&preview, &format!("{preview}/publish"), &[("newest", "2")]).await.expect(303);
    let page = browser.get(done.header("location")).await.expect(200);
    assert!(page.text.contains("0 lô bị giữ, 1 lô được thả"), "{:?}", page.texts("dl.facts dd"));
    assert_eq!(state().await, "free");
    assert_eq!(desk(&shop).await, ["lot_free", "lot_held"]);
    // Banned from a day before the spray: held again, and a list that counts only from tomorrow frees nothing.
    let banned = SUBSTANCES.replace(
        "36 g/l;Thuốc trừ sâu;Rau muống;7;500;ml/ha;;",
        "36 g/l;Thuốc trừ sâu;Rau muống;7;500;ml/ha;01/11/2026;",
    );
    let banned = banned.replace(
        "36 g/l;Thuốc trừ sâu;Cải ngọt;7;500;ml/ha;;",
        "36 g/l;Thuốc trừ sâu;Cải ngọt;7;500;ml/ha;01/11/2026;",
    );
    let banned = banned.replace(
        "36 g/l;Thuốc trừ sâu;Cải bắp;10;\"0,6\";l/ha;;",
        "36 g/l;Thuốc trừ sâu;Cải bắp;10;\"0,6\";l/ha;01/11/2026;",
    );
    assert_eq!(publish(&officer, &banned).await["looked_again"]["held"], 1);
    let refused = shop.post(&format!("/api/v1/lots/{lot}/sell"), &sold).await.expect(409).json();
    assert_eq!(refused["code"], "banned_substance_used");
    let fields = [("kind", "substances"), ("in_force_from", "24/11/2026"), ("source", "QĐ mẫu")];
    let files = [("file", "thuoc.csv", SUBSTANCES.as_bytes().to_vec())];
    let draft = officer.post_files("/api/v1/list-drafts", &fields, &files).await.expect(201).json();
    let path = format!("/api/v1/list-drafts/{}/publish", text(&draft["id"]));
    let done = officer.post(&path, &json!({ "newest": draft["newest"] })).await.expect(201).json();
    assert_eq!(done["looked_again"]["looked"], 0);
    assert_eq!(state().await, "on_hold");
}

async fn an_override_stands_until_there_is_more(on: On) {
    let (trade, place, farm) = trade(on).await;
    let officer = trade.registry.program("officer").await;
    let inspector = trade.registry.program("inspector").await;
    farm.post("/api/v1/activities", &spray(&place, "2026-11-15")).await.expect(201);
    let lot = harvest(&trade, &farm, &place, "2026-11-18").await;
    assert_eq!((&lot["state"], &lot["breach"]), (&json!("on_hold"), &json!("waiting_period")));
    let (lot, short) = (text(&lot["id"]), text(&lot["short_code"]));
    let state = async || text(&farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json()["state"]);
    let release = format!("/api/v1/lots/{lot}/release");
    let reason = json!({ "reason": "Mẫu kiểm nghiệm đạt" });
    assert_eq!(officer.post(&release, &reason).await.expect(409).json()["code"], "waiting_period_open");
    inspector.post(&release, &json!({ "reason": " " })).await.expect(422);
    inspector.post(&release, &reason).await.expect(201);
    assert_eq!(state().await, "free");
    let page = trade.registry.browser().get(&format!("/lot/{short}")).await.expect(200);
    assert!(page.text.contains("Mẫu kiểm nghiệm đạt"), "the page shows that it was let pass, and why");
    // Fewer days are no new reason; more are.
    let days =
        |days: &str| SUBSTANCES.replacen("Cải ngọt;7;500;ml/ha", &format!("Cải ngọt;{days};500;ml/ha"), 1);
    assert_eq!(publish(&officer, &days("5")).await["looked_again"]["held"], 0);
    assert_eq!(state().await, "free");
    assert_eq!(publish(&officer, &days("12")).await["looked_again"]["held"], 1);
    assert_eq!(state().await, "on_hold");
}

async fn a_harvest_before_sowing_is_told(on: On) {
    let (trade, place, farm) = trade(on).await;
    later(trade.app());
    let told = json!({ "product": trade.farm.product, "place": place, "day": "2026-09-20", "quantity": kilograms(10) });
    let refused = farm.post("/api/v1/lots", &told).await.expect(422).json();
    let problem = &refused["problems"][0];
    assert_eq!(
        (&problem["field"], &problem["code"]),
        (&json!("day"), &json!("before_sowing")),
        "{refused:#}"
    );
    assert!(
        text(&problem["detail"]).contains("20/09/2026") && text(&problem["detail"]).contains("01/10/2026")
    );
    let browser = trade.registry.signed_in(&trade.farm.clerk).await;
    let product = trade.farm.product.to_string();
    let fields = [
        ("product", &*product),
        ("place", &*place),
        ("quantity", "10"),
        ("unit", "kg"),
        ("day", "2026-09-20"),
    ];
    let shown = browser.send("/lots/new", "/lots/new", &fields).await.expect(422);
    assert_eq!(shown.texts("#day-problem").len(), 1);
    // The season that it belongs to makes it right.
    let parse = |text: &str| text.parse().unwrap();
    season(&trade, &trade.farm.by(), parse(&place), "cai_ngot", "2026-08-01").await;
    farm.post("/api/v1/lots", &told).await.expect(201);
}

async fn a_harvest_form_asks_before_it_holds(on: On) {
    let (trade, place, farm) = trade(on).await;
    let browser = trade.registry.signed_in(&trade.farm.clerk).await;
    let early = text(&harvest(&trade, &farm, &place, "2026-11-09").await["id"]);
    farm.post("/api/v1/activities", &spray(&place, "2026-11-10")).await.expect(201);
    let product = trade.farm.product.to_string();
    let common = [("place", &*place), ("quantity", "12,5"), ("unit", "kg"), ("day", "2026-11-12")];
    let declare = [&common[..], &[("product", &*product)]].concat();
    let pick = format!("/lots/{early}/pick");
    let many = async || farm.get("/api/v1/lots?size=100").await.json()["lots"].as_array().unwrap().len();
    for (path, fields) in
        [("/lots/new", &declare[..]), ("/lots/collect", &declare[..]), (&*pick, &common[..])]
    {
        let before = many().await;
        let warned = browser.send(path, path, fields).await.expect(409);
        let words = warned.texts(".refusal li").join(" ");
        assert!(words.contains("17/11/2026") && words.contains("Ruộng hai sào"), "{path}: {words}");
        assert!(warned.text.contains("value=\"12,5\""), "what was typed is kept");
        assert_eq!(many().await, before, "nothing is recorded");
        let anyway = [fields, &[("button", "anyway")]].concat();
        let sent = browser.send(path, path, &anyway).await.expect(303);
        let page = browser.get(sent.header("location")).await.expect(200);
        assert!(page.texts(".refusal").join(" ").contains("được thu hoạch từ 17/11/2026"), "{path}");
    }
    // A plot that nobody records for here is told nothing of.
    let stranger = trade.registry.signed_in(&trade.shop.clerk).await;
    let shops = trade.shop.product.to_string();
    let theirs = [&common[..], &[("product", &*shops)]].concat();
    let refused = stranger.send("/lots/new", "/lots/new", &theirs).await.expect(422);
    assert!(!refused.text.contains("17/11/2026"));
}

async fn harvests_that_cannot_be_are_told(on: On) {
    let (trade, place, farm) = trade(on).await;
    let theirs = trade.shop.place;
    let told =
        json!({ "product": trade.farm.product, "place": place, "day": "2026-11-20", "quantity": "10 kg" });
    for (change, field, code) in [
        (json!({ "place": theirs }), "place", "place_not_yours"),
        (json!({ "product": trade.shop.product }), "product", "product_not_yours"),
        (json!({ "quantity": "10 quả" }), "quantity", "unit_must_be_mass"),
        (json!({ "quantity": "1e9 kg" }), "quantity", "unit_unknown"),
        (json!({ "quantity": { "amount": 2e9, "unit": "kg" } }), "quantity", "amount_too_large"),
        (json!({ "quantity": "1000000001 kg" }), "quantity", "amount_too_large"),
        (json!({ "quantity": "1.250 kg" }), "quantity", "number_ambiguous"),
        (json!({ "quantity": "10" }), "quantity", "unit_missing"),
        (json!({ "quantity": "0 kg" }), "quantity", "amount_zero"),
        (json!({ "day": "2026-11-24" }), "day", "day_ahead"),
        (json!({ "time": "2026-11-23T23:59:00+07:00" }), "day", "day_ahead"),
    ] {
        let mut asked = told.clone();
        for (name, value) in change.as_object().unwrap() {
            asked[name] = value.clone();
        }
        let refused = farm.post("/api/v1/lots", &asked).await.expect(422).json();
        let problem = &refused["problems"][0];
        assert_eq!(
            (&problem["field"], &problem["code"]),
            (&json!(field), &json!(code)),
            "{change}: {refused:#}"
        );
    }
    let mut comma = told.clone();
    comma["quantity"] = "12,5 kg".into();
    let made = farm.post("/api/v1/lots", &comma).await.expect(201).json();
    assert_eq!(made["left"], json!({ "amount": 12_500, "unit": "gram" }), "a decimal comma is no error");
    // A spray after the harvest happened: it is recorded, and touches nothing that was harvested before.
    farm.post("/api/v1/activities", &spray(&place, "2026-11-22")).await.expect(201);
    let shown = farm.get(&format!("/api/v1/lots/{}", text(&made["lot"]["id"]))).await.expect(200).json();
    assert_eq!(shown["state"], "free");
}

//! The stopwatch of a drill: how long each step took stands in the signed record and on the page.

use super::City;
use crate::support::app::{On, on_both};
use crate::support::log::told;
use nguongoc::accounts::Role;
use nguongoc::keys::Note;
use nguongoc::log::Subject;
use nguongoc::recalls;
use serde_json::json;
use std::time::Duration;

on_both!(
    the_record_of_a_drill_has_its_stopwatch,
    a_firm_drills_on_its_own_lots,
    a_firm_tells_its_holders_of_one_drill_a_day,
);

async fn a_firm_drills_on_its_own_lots(on: On) {
    let city = City::open(on).await;
    let trade = &city.trade;
    let (lot, cut) = (city.short(city.lot).await, city.short(city.cut).await);
    let farm = trade.registry.program("chu-trai").await;
    let packer = trade.registry.program("chu-so-che").await;
    let clerk = trade.registry.program(&trade.farm.clerk).await;
    let asked = |lot: &str| json!({ "lot": lot, "tell": false });
    // Another firm's lot is not there; a clerk begins none.
    let refused = farm.post("/api/v1/drills", &asked(&cut)).await.expect(422).json();
    assert_eq!(refused["problems"][0]["code"], "recall_lot_unknown", "{refused}");
    packer.post("/api/v1/drills", &asked(&lot)).await.expect(422);
    clerk.post("/api/v1/drills", &asked(&lot)).await.expect(403);
    assert!(farm.get("/api/v1/drills").await.expect(200).json()["last_at"].is_null());
    assert!(city.farm.get("/recalls").await.expect(200).text.contains("/recalls/drill"));
    city.farm.send("/recalls/drill", "/recalls/drill", &[("lots", cut.as_str())]).await.expect(422);
    let sent =
        city.farm.send("/recalls/drill", "/recalls/drill", &[("lots", lot.as_str())]).await.expect(303);
    let page = sent.header("location").to_owned();
    city.carry_on().await;
    assert_eq!((city.state(city.lot).await, city.state(city.cut).await), ("free".into(), "free".into()));
    // It sees its stopwatch, what is accounted for, and the record; nobody else but the authority does.
    let shown = city.farm.get(&page).await.expect(200);
    assert!(
        shown.text.contains("95 kg / 95 kg = 100,00 %") && shown.text.contains("/record.txt"),
        "{}",
        shown.text
    );
    let record = city.farm.get(&format!("{page}/record.txt")).await.expect(200).text;
    assert!(
        record.contains("accounted 95000 of 95000") && record.contains(&format!("\nlot {lot}\n")),
        "{record}"
    );
    let path = format!("/api/v1/drills/{}/record", super::id_of(&page));
    assert_eq!(farm.get(&path).await.expect(200).text, record);
    trade.registry.program("officer").await.get(&path).await.expect(200);
    for other in [&packer, &clerk] {
        other.get(&path).await.expect(404);
    }
    city.packer.get(&page).await.expect(404);
    assert!(!city.packer.get("/messages").await.expect(200).text.contains("DIỄN TẬP"));
    let sheet = clerk.get(&format!("/api/v1{page}")).await.expect(200).json();
    assert!(sheet.get("accounts").is_none(), "{sheet}");
    // Each has a year of its own.
    assert!(!farm.get("/api/v1/drills").await.expect(200).json()["last_at"].is_null());
    assert!(packer.get("/api/v1/drills").await.expect(200).json()["last_at"].is_null());
    assert!(city.officer.get("/recalls").await.expect(200).text.contains("Chưa diễn tập lần nào"));
    // Drawn from what is its own; one that has none draws none.
    let drawn = packer.post("/api/v1/drills", &json!({})).await.expect(201).json();
    let sheet =
        packer.get(&format!("/api/v1/recalls/{}", drawn["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(sheet.json()["origins"][0]["short_code"], cut.as_str());
    trade.registry.person("chu-quay", Role::Manager, Some(trade.shop.party)).await;
    let shop = trade.registry.program("chu-quay").await;
    assert_eq!(shop.post("/api/v1/drills", &json!({})).await.expect(409).json()["code"], "recall_no_lot");
    // The log commits to the amounts and shows none.
    let entries = told(&city.app().store, &Subject::Registry).await;
    let (_, body) = entries.iter().find(|(kind, _)| kind == "recall.drill").expect("an entry");
    let body = body.to_string();
    assert!(body.contains("\"commitments\"") && !body.contains("95000") && !body.contains("held"), "{body}");
}

async fn a_firm_tells_its_holders_of_one_drill_a_day(on: On) {
    let city = City::open(on).await;
    let trade = &city.trade;
    let (lot, cut) = (city.short(city.lot).await, city.short(city.cut).await);
    let farm = trade.registry.program("chu-trai").await;
    let packer = trade.registry.program("chu-so-che").await;
    let telling = |lot: &str| json!({ "lot": lot, "tell": true });
    let begun = city.app().clock.now();
    farm.post("/api/v1/drills", &telling(&lot)).await.expect(201);
    let refused = async || {
        let refused = farm.post("/api/v1/drills", &telling(&lot)).await.expect(409).json();
        assert_eq!(refused["code"], "recall_drilled_already", "{refused}");
        refused
    };
    let told = refused().await;
    let from = begun.plus(Duration::from_hours(24));
    assert_eq!(told["from"], from.to_rfc3339());
    assert!(told["detail"].as_str().is_some_and(|text| text.contains(&from.vietnamese())), "{told}");
    let shown = city
        .farm
        .send("/recalls/drill", "/recalls/drill", &[("lots", lot.as_str()), ("tell", "yes")])
        .await
        .expect(409);
    assert!(shown.text.contains(&from.vietnamese()), "{}", shown.text);
    // One that tells nobody, another firm's and the authority's go on.
    farm.post("/api/v1/drills", &json!({ "lot": lot })).await.expect(201);
    packer.post("/api/v1/drills", &telling(&cut)).await.expect(201);
    let officer = trade.registry.program("officer").await;
    for _ in 0..2 {
        officer.post("/api/v1/drills", &telling(&lot)).await.expect(201);
    }
    // A day later it still goes on, until its record is there.
    let clock = &city.app().clock;
    clock.set(from.plus(Duration::from_secs(1)));
    refused().await;
    city.carry_on().await;
    farm.post("/api/v1/drills", &telling(&lot)).await.expect(201);
    city.carry_on().await;
    refused().await;
    clock.set(clock.now().plus(Duration::from_hours(24)));
    farm.post("/api/v1/drills", &telling(&lot)).await.expect(201);
}

async fn the_record_of_a_drill_has_its_stopwatch(on: On) {
    let city = City::open(on).await;
    let lots = city.short(city.lot).await;
    let begun = city.app().clock.now();
    let sent =
        city.officer.send("/recalls/drill", "/recalls/drill", &[("lots", lots.as_str())]).await.expect(303);
    let page = sent.header("location").to_owned();
    // Each step takes its time: what the lot reached is found, its holders are listed, the record is written.
    let clock = &city.app().clock;
    for micros in [2_250_000, 61_500_000, 750_125] {
        clock.set(clock.now().plus(Duration::from_micros(micros)));
        assert_eq!(recalls::carry_on(city.app()).await.expect("carried on"), 1);
    }
    let ended = clock.now();
    assert_eq!(recalls::carry_on(city.app()).await.expect("nothing"), 0);
    let record = city.officer.get(&format!("{page}/record.txt")).await.expect(200).text;
    let ring = city.app().keys.current();
    let verifiers: Vec<_> = ring.secrets().iter().map(|secret| secret.verifier().clone()).collect();
    let opened = Note::parse(&record).expect("a note").open(&verifiers).expect("signed");
    let shown = city.officer.get(&page).await.expect(200);
    for time in ["2.250 s", "63.750 s"] {
        assert!(shown.text.contains(time), "{time}: {}", shown.text);
    }
    for line in [
        format!("begun {}", begun.to_rfc3339()),
        "closure 2.250000s lots 2".to_owned(),
        "notices 61.500000s holders 3 listed".to_owned(),
        "report 0.750125s".to_owned(),
        format!("ended {} total 64.500125s", ended.to_rfc3339()),
    ] {
        assert!(opened.text.lines().any(|told| told == line), "{line}: {}", opened.text);
    }
}

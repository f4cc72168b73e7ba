//! What comes to be known later: goods that arrive, shipments that are told when the recall is closed, holders that nobody answers for any more.

use super::holders::recalled;
use super::{City, id_of};
use crate::support::app::{On, on_both};
use crate::support::chain::{later, report, written};
use crate::support::trade::firm;
use nguongoc::accounts;
use nguongoc::log;
use nguongoc::parties::Kind;
use nguongoc::recalls::{self, store};
use serde_json::{Value, json};
use std::time::Duration;

on_both!(
    a_holder_sees_what_it_has_now,
    a_holder_that_becomes_known_after_the_end_is_told,
    a_holder_that_is_gone_is_still_to_be_called,
    closed_recalls_take_turns_and_hold_nobody_up,
);

async fn a_holder_sees_what_it_has_now(on: On) {
    let city = City::open(on).await;
    let trade = &city.trade;
    // 7 kg are on their way to the shop, which has none of this lot yet.
    let sent = trade.ship(&trade.farm, &trade.shop, city.lot, 7_000).await.expect("sent").event;
    let page = recalled(&city, &city.short(city.lot).await).await;
    let shop = trade.registry.program(&trade.shop.clerk).await;
    let share = async || {
        let sheet = shop.get(&format!("/api/v1/recalls/{}", id_of(&page))).await.expect(200).json();
        let lots = sheet["notice"]["lots"].as_array().cloned().expect("lots");
        let lot = lots.into_iter().find(|one| one["lot"] == json!(city.lot)).expect("the lot");
        ["held", "coming", "held_then", "taken_in"].map(|name| lot[name]["amount"].clone())
    };
    assert_eq!(share().await, [0, 7_000, 0, 0].map(Value::from));
    later(city.app());
    trade.receive(&trade.shop, sent, 7_000).await.expect("received");
    assert_eq!(share().await, [7_000, 0, 0, 7_000].map(Value::from));
    let browser = trade.registry.signed_in(&trade.shop.clerk).await;
    let shown = browser.get(&page).await.expect(200);
    assert!(shown.text.contains("Đang giữ 7 kg; đang trên đường tới 0 g"), "{}", shown.text);
}

async fn a_holder_that_becomes_known_after_the_end_is_told(on: On) {
    let city = City::open(on).await;
    let trade = &city.trade;
    let late = firm(&trade.registry, &trade.officer, Kind::Shop, "Cửa hàng Sen", "").await;
    let shipped = trade.ship(&trade.farm, &trade.packer, city.lot, 1_000).await.expect("sent").event;
    let mut fact = written(city.app(), shipped).await;
    later(city.app());
    let page = recalled(&city, &city.short(city.lot).await).await;
    let id = id_of(&page);
    city.officer.send(&page, &format!("{page}/close"), &[]).await.expect(303);
    let office = trade.registry.program("officer").await;
    let notices = format!("/api/v1/recalls/{id}/notices");
    let told =
        async || office.get(&notices).await.expect(200).json()["notices"].as_array().map_or(0, Vec::len);
    assert_eq!(told().await, 3);
    // The farm tells only now that it had sent some to another shop before.
    fact["eventID"] = json!("urn:uuid:01932f3a-7c1e-7b5a-9d2e-4f6a8b0c1d2e");
    let (packer, other) = (trade.packer.party.to_string(), late.party.to_string());
    let fact = serde_json::from_str(&fact.to_string().replace(&packer, &other)).expect("an event");
    report(city.app(), &trade.farm.by(), &fact).await.expect("recorded");
    let clock = &city.app().clock;
    let pass = |time| clock.set(clock.now().plus(time));
    city.carry_on().await;
    assert_eq!(told().await, 3, "it is looked for them again within the hour");
    pass(Duration::from_secs(3_601));
    city.carry_on().await;
    assert_eq!(told().await, 4);
    let shop = trade.registry.program(&late.clerk).await;
    let sheet = shop.get(&format!("/api/v1/recalls/{id}")).await.expect(200).json();
    assert_eq!(
        (&sheet["state"], sheet["notice"]["lots"].as_array().map(Vec::len)),
        (&json!("closed"), Some(1))
    );
    let browser = trade.registry.signed_in(&late.clerk).await;
    let shown = browser.get(&page).await.expect(200);
    assert!(shown.text.contains("Ngừng bán"), "{}", shown.text);
    // It is called where it does not answer; the others were told before the end.
    let inspector = trade.registry.program("inspector").await;
    let call = format!("/api/v1/recalls/{id}/calls");
    inspector.post(&call, &json!({ "party": packer, "outcome": "missed" })).await.expect(409);
    inspector.post(&call, &json!({ "party": other, "outcome": "missed" })).await.expect(204);
    shop.post(&format!("/api/v1/recalls/{id}/acknowledge"), &json!({})).await.expect(204);
    // The figures at the end stay what they were.
    let report = office.get(&format!("/api/v1/recalls/{id}/report")).await.expect(200).json();
    assert_eq!(report["closed_with"]["told"], 3);
    // Nobody is told twice, and a month later it is still looked for others, each day.
    pass(Duration::from_hours(40 * 24));
    city.carry_on().await;
    pass(Duration::from_hours(2));
    city.carry_on().await;
    let office = trade.registry.program("officer").await;
    let all = office.get(&notices).await.expect(200).json();
    assert_eq!(all["notices"].as_array().map(Vec::len), Some(4), "{all}");
    let browser = trade.registry.signed_in(&late.clerk).await;
    assert_eq!(browser.get("/messages").await.expect(200).text.matches("Thu hồi TH-2026-0001").count(), 1);
}

async fn a_holder_that_is_gone_is_still_to_be_called(on: On) {
    let city = City::open(on).await;
    let trade = &city.trade;
    let office = trade.registry.program("officer").await;
    let numbers = [(trade.shop.party, "0912345678"), (trade.packer.party, "0987654321")];
    for (n, (party, phone)) in numbers.into_iter().enumerate() {
        let salt = [u8::try_from(n).expect("a number"); 32];
        let kept = city.app().store.write(async |tx| {
            log::keep_private(tx, party.as_uuid(), "contact_phone", salt, &json!(phone)).await
        });
        kept.await.expect("kept");
    }
    // The shop, which has some, is suspended; so is the packer, whose people are gone besides.
    for (party, _) in numbers {
        let path = format!("/api/v1/parties/{party}/suspend");
        office.post(&path, &json!({ "reason": "Ngừng hoạt động" })).await.expect(204);
    }
    let people = accounts::members(city.app(), trade.packer.party).await.expect("people");
    for person in &people {
        office.post(&format!("/api/v1/people/{}/disable", person.id), &json!({})).await.expect(204);
    }
    assert!(people.len() > 1);
    later(city.app());
    let page = recalled(&city, &city.short(city.lot).await).await;
    let path = format!("/api/v1/recalls/{}/notices?only=waiting", id_of(&page));
    let list = office.get(&path).await.expect(200).json();
    let list = list["notices"].as_array().cloned().expect("notices");
    for (party, phone) in numbers {
        let found = list.iter().find(|one| one["party"] == json!(party)).expect("it is listed");
        assert_eq!(found["contact_phone"], phone, "{found}");
    }
    let shown = city.officer.get(&format!("{page}/notices?only=waiting")).await.expect(200);
    assert!(shown.text.contains("Sao Mai") && shown.text.contains("tel:0987654321"), "{}", shown.text);
}

async fn closed_recalls_take_turns_and_hold_nobody_up(on: On) {
    let city = City::open(on).await;
    for _ in 0..23 {
        later(city.app());
        let lot = city.trade.lot(1_000).await;
        let page = recalled(&city, &city.short(lot).await).await;
        city.officer.send(&page, &format!("{page}/close"), &[]).await.expect(303);
    }
    let clock = &city.app().clock;
    clock.set(clock.now().plus(Duration::from_secs(3_601)));
    let lot = city.trade.lot(1_000).await;
    let short = city.short(lot).await;
    let opened = city.officer.send("/recalls/new", "/recalls", &super::fields(&short)).await.expect(303);
    let page = opened.header("location").to_owned();
    city.officer.send(&page, &format!("{page}/decide"), &[]).await.expect(303);
    // Twenty of those that are over, beside the one that is not.
    assert_eq!(recalls::carry_on(city.app()).await.expect("carried on"), 21);
    city.carry_on().await;
    let looked_at = city.app().store.read(async |tx| {
        let now = clock.now();
        store::closed(tx, now, (now, now), 100).await
    });
    assert_eq!(looked_at.await.expect("read").len(), 0, "all of them had their turn");
}

//! What leaves while it is stopped, what an inspector let go, and what is taken back that stopped a lot: none of it goes unseen.

use crate::support::app::{Answer, On, Program, on_both};
use crate::support::chain::{follows, later, written};
use crate::support::field::{plot, publish_lists, season};
use crate::support::trade::{Firm, Trade};
use nguongoc::accounts::Role;
use serde_json::{Value, json};

on_both!(
    what_was_let_go_is_stopped_again_when_there_is_more,
    what_leaves_while_it_is_stopped_is_pointed_out,
    what_waited_for_its_goods_and_leaves_while_they_are_stopped_is_pointed_out,
    what_is_taken_back_is_pointed_out,
    a_harvest_of_nobody_knows_how_much_land_is_pointed_out,
);

fn kilograms(amount: i64) -> Value {
    json!({ "amount": amount, "unit": "kg" })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// What is pointed out of the packer's acts with a lot.
fn packers(lot: &str) -> (String, String) {
    (lot.to_owned(), "Công ty Đóng gói Sao Mai".to_owned())
}

/// A farm whose harvest a packer made into a lot of its own.
struct Story {
    trade: Trade,
    place: String,
    farm: Program,
    packer: Program,
    shop: Program,
    inspector: Program,
    officer: Program,
    origin: String,
    made: String,
}

impl Story {
    async fn tell(on: On) -> Self {
        let trade = Trade::start(on).await;
        publish_lists(&trade.registry).await;
        let place = plot(&trade, &trade.farm, "Ruộng hai sào").await;
        season(&trade, &trade.farm.by(), place, "cai_ngot", "2026-10-01").await;
        let [farm, packer, shop, inspector, officer] = [
            trade.registry.program(&trade.farm.clerk).await,
            trade.registry.program(&trade.packer.clerk).await,
            trade.registry.program(&trade.shop.clerk).await,
            trade.registry.program("inspector").await,
            trade.registry.program("officer").await,
        ];
        let told = json!({ "product": trade.farm.product, "place": place, "day": "2026-11-20", "quantity": kilograms(20) });
        let lot = farm.post("/api/v1/lots", &told).await.expect(201).json()["lot"].clone();
        let origin = text(&lot["id"]);
        later(trade.app());
        let sent = json!({ "place": trade.farm.place, "to": trade.packer.party, "quantity": kilograms(15) });
        let sent = farm.post(&format!("/api/v1/lots/{origin}/ship"), &sent).await.expect(201).json();
        later(trade.app());
        let taken = json!({ "place": trade.packer.place, "quantity": kilograms(15) });
        let path = format!("/api/v1/shipments/{}/receive", text(&sent["event"]));
        packer.post(&path, &taken).await.expect(201);
        later(trade.app());
        let made = json!({
            "step": "repack", "place": trade.packer.place, "inputs": [{ "lot": origin, "quantity": kilograms(15) }],
            "outputs": [{ "product": trade.packer.product, "quantity": kilograms(15) }],
        });
        let made = packer.post("/api/v1/transformations", &made).await.expect(201).json();
        let (place, made) = (place.to_string(), text(&made["lot"]["id"]));
        later(trade.app());
        Self { trade, place, farm, packer, shop, inspector, officer, origin, made }
    }

    async fn state(&self, lot: &str) -> String {
        text(&self.packer.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json()["state"])
    }

    /// The farm enters a spray; its id.
    async fn spray(&self, day: &str, product: &str) -> String {
        later(self.trade.app());
        let told = json!({
            "kind": "spray", "place": self.place, "day": day, "product": product, "pest": "sâu tơ", "dose": "5 ml/sào",
            "person": "Người phun mẫu",
        });
        let told = self.farm.post("/api/v1/activities", &told).await.expect(201).json();
        text(&told["activities"][0]["id"])
    }

    async fn wrong(&self, spray: &str) {
        later(self.trade.app());
        self.farm.post(&format!("/api/v1/activities/{spray}/correct"), &json!({})).await.expect(201);
    }

    /// An inspector lets a lot go, with a reason.
    async fn release(&self, lot: &str) {
        later(self.trade.app());
        let why = json!({ "reason": "Mẫu kiểm nghiệm đạt" });
        self.inspector.post(&format!("/api/v1/lots/{lot}/release"), &why).await.expect(201);
    }

    /// The packer does something with a kilogram of its lot by the form, which its program can tell again.
    async fn by_form(&self, act: &str) -> Value {
        later(self.trade.app());
        let mut goods = json!({ "place": self.trade.packer.place, "quantity": kilograms(1) });
        if act == "ship" {
            goods["to"] = json!(self.trade.shop.party);
        }
        let done = self.packer.post(&format!("/api/v1/lots/{}/{act}", self.made), &goods).await.expect(201);
        written(self.trade.app(), text(&done.json()["event"]).parse().unwrap()).await
    }

    /// The packer's program tells of another act like one that was.
    async fn captured(&self, like: &Value, number: u32) -> Value {
        let now = later(self.trade.app());
        let mut told = like.clone();
        told["eventID"] = format!("urn:uuid:00000000-0000-4000-8000-{number:012}").into();
        told["eventTime"] = now.to_rfc3339().into();
        self.packer.post("/epcis/events", &told).await.expect(201).json()
    }

    /// What is pointed out by a rule: of which lots and firms.
    async fn flags(&self, rule: &str) -> Vec<(String, String)> {
        let told = self.officer.get(&format!("/api/v1/flags?rule={rule}")).await.expect(200).json();
        let flags = told["flags"].as_array().unwrap_or_else(|| panic!("no flags: {told:#}"));
        flags.iter().map(|flag| (text(&flag["lot"]), text(&flag["party_name"]))).collect()
    }

    /// How many messages of a kind stand on a desk.
    async fn desk(&self, program: &Program, kind: &str) -> usize {
        let told = program.get("/api/v1/messages").await.expect(200).json();
        told["messages"].as_array().unwrap().iter().filter(|message| message["kind"] == kind).count()
    }
}

const DAYS_7: &str = "Mẫu Sâu Xanh 36EC";

async fn what_was_let_go_is_stopped_again_when_there_is_more(on: On) {
    let story = Story::tell(on).await;
    // Until 22/11: harvested on the 20th.
    story.spray("2026-11-15", DAYS_7).await;
    assert_eq!(story.state(&story.made).await, "on_hold");
    story.release(&story.made).await;
    assert_eq!(
        (story.state(&story.made).await, story.state(&story.origin).await),
        ("free".into(), "on_hold".into())
    );
    let before = story.desk(&story.packer, "lot_held").await;
    // The same once more is more than the inspector saw: until 25/11.
    story.spray("2026-11-18", DAYS_7).await;
    assert_eq!(story.state(&story.made).await, "on_hold");
    assert_eq!(story.desk(&story.packer, "lot_held").await, before + 1);
    // Let go again, and nothing more came: it stays free, also when less speaks against its origin.
    story.release(&story.made).await;
    let third = story.spray("2026-11-19", DAYS_7).await;
    assert_eq!(story.state(&story.made).await, "on_hold");
    story.release(&story.made).await;
    story.wrong(&third).await;
    assert_eq!(
        (story.state(&story.made).await, story.state(&story.origin).await),
        ("free".into(), "on_hold".into())
    );
    follows(story.trade.app()).await;
}

async fn what_leaves_while_it_is_stopped_is_pointed_out(on: On) {
    let story = Story::tell(on).await;
    let (sale, sent) = (story.by_form("sell").await, story.by_form("ship").await);
    assert_eq!(story.captured(&sale, 1).await["result"], "recorded");
    // Only the books are amiss: nothing is pointed out.
    let mut more = sale.clone();
    more["quantityList"][0]["quantity"] = 500.into();
    let told = story.captured(&more, 2).await;
    assert_eq!((&told["result"], &told["rules"]), (&json!("held"), &json!(["overdrawn"])), "{told:#}");
    let told = story.captured(&sale, 3).await;
    assert_eq!(told["rules"], json!(["overdrawn"]), "{told:#}");
    assert_eq!(story.flags("released_on_hold").await, []);
    later(story.trade.app());
    let event = "urn:uuid:00000000-0000-4000-8000-000000000002";
    let mut wrong = more.clone();
    wrong["eventID"] = event.into();
    let shown = story.packer.get(&format!("/epcis/events/{event}")).await.expect(200).json();
    wrong["eventTime"] = shown["eventTime"].clone();
    let declared = later(story.trade.app()).to_rfc3339();
    wrong["errorDeclaration"] = json!({ "declarationTime": declared, "reason": "incorrect_data" });
    story.packer.post("/epcis/events", &wrong).await.expect(201);
    assert_eq!(story.state(&story.made).await, "free");
    // What it was made of is held for a spray: whoever lets it leave is found, and whoever it comes to is told.
    let spray = story.spray("2026-11-18", DAYS_7).await;
    let told = story.captured(&sale, 4).await;
    assert_eq!((&told["result"], &told["rules"]), (&json!("held"), &json!(["released_on_hold"])), "{told:#}");
    assert_eq!(story.flags("released_on_hold").await, [packers(&story.made)]);
    let before = story.desk(&story.shop, "lot_held").await;
    let told = story.captured(&sent, 5).await;
    assert_eq!(told["rules"], json!(["released_on_hold"]), "{told:#}");
    assert_eq!(story.desk(&story.shop, "lot_held").await, before + 1);
    let page = story.trade.registry.signed_in("officer").await;
    let page = page.get("/flags?rule=released_on_hold").await.expect(200);
    assert!(page.text.contains("trong lúc"), "{}", page.text);
    follows(story.trade.app()).await;
    // It stays when the spray was entered by mistake, and what happened is told again.
    story.wrong(&spray).await;
    assert_eq!(story.state(&story.made).await, "free");
    assert_eq!(story.flags("released_on_hold").await.len(), 2);
    follows(story.trade.app()).await;
    // And what was made of a recalled lot is sold.
    later(story.trade.app());
    let why = json!({ "reason": "Nghi vấn" });
    story.officer.post(&format!("/api/v1/lots/{}/recall", story.origin), &why).await.expect(201);
    let told = story.captured(&sale, 6).await;
    assert_eq!(
        (&told["result"], &told["rules"]),
        (&json!("held"), &json!(["released_recalled"])),
        "{told:#}"
    );
    assert_eq!(story.flags("released_recalled").await, [packers(&story.made)]);
    follows(story.trade.app()).await;
}

async fn what_waited_for_its_goods_and_leaves_while_they_are_stopped_is_pointed_out(on: On) {
    let story = Story::tell(on).await;
    let sale = story.by_form("sell").await;
    story.spray("2026-11-18", DAYS_7).await;
    let mut sent = sale.clone();
    (sent["bizStep"], sent["disposition"], sent["ng:step"]) =
        ("shipping".into(), "in_transit".into(), "ship".into());
    sent["eventID"] = "urn:uuid:00000000-0000-4000-8000-000000000006".into();
    sent["eventTime"] = later(story.trade.app()).to_rfc3339().into();
    let party = |firm: &Firm| format!("urn:nguongoc:party:{}", firm.party);
    sent["sourceList"] = json!([{ "type": "owning_party", "source": party(&story.trade.packer) }]);
    sent["destinationList"] = json!([{ "type": "owning_party", "destination": party(&story.trade.shop) }]);
    // The shop tells that it sold what did not come to it as far as is known: nothing is pointed out before that does.
    let place = format!("/api/v1/places/{}", story.trade.shop.place);
    let place = story.shop.get(&place).await.expect(200).json()["number"].clone();
    let mut sold = sale.clone();
    sold["readPoint"]["id"] = format!("https://demo.example.vn/place/{}", text(&place)).into();
    sold["eventID"] = "urn:uuid:00000000-0000-4000-8000-000000000007".into();
    sold["eventTime"] = later(story.trade.app()).to_rfc3339().into();
    let told = story.shop.post("/epcis/events", &sold).await.expect(201).json();
    assert_eq!(told["result"], "parked", "{told:#}");
    assert_eq!(story.flags("released_on_hold").await, []);
    // That it was sent is told last, and then it is known whose goods were sold.
    later(story.trade.app());
    let told = story.packer.post("/epcis/events", &sent).await.expect(201).json();
    // It was sold before it was received, which the books of the shop say too.
    assert_eq!(told["rules"], json!(["overdrawn", "released_on_hold"]), "{told:#}");
    let mut flags = story.flags("released_on_hold").await;
    flags.sort();
    let shop = (story.made.clone(), "Cửa hàng Rau Xanh".to_owned());
    assert_eq!(flags, [packers(&story.made), shop]);
    follows(story.trade.app()).await;
}

async fn what_is_taken_back_is_pointed_out(on: On) {
    let story = Story::tell(on).await;
    let farms = (story.origin.clone(), "Hợp tác xã rau Vân Mẫu".to_owned());
    let spray = story.spray("2026-11-18", DAYS_7).await;
    assert_eq!(story.flags("stop_taken_back").await, []);
    story.wrong(&spray).await;
    assert_eq!(story.state(&story.origin).await, "free");
    assert_eq!(story.flags("stop_taken_back").await, std::slice::from_ref(&farms));
    let page = story.trade.registry.signed_in("officer").await;
    let page = page.get("/flags?rule=stop_taken_back").await.expect(200);
    assert!(page.text.contains("sửa hoặc rút lại"), "{}", page.text);
    // A spray that an inspector saw is taken back without a word.
    let seen = story.spray("2026-11-17", DAYS_7).await;
    story.release(&story.origin).await;
    story.wrong(&seen).await;
    assert_eq!(story.flags("stop_taken_back").await.len(), 1);
    // A test that failed is declared wrong by whoever told it.
    later(story.trade.app());
    let test = json!({
        "lot": story.origin, "laboratory": "Phòng mẫu", "report": "R/1", "sampled_on": "2026-11-20",
        "results": [{ "analyte": "Nitrat", "value": "2000", "unit": "mg/kg", "limit": "1500" }],
    });
    let told = story.farm.post("/api/v1/lab-tests", &test).await.expect(201).json();
    assert_eq!(story.state(&story.origin).await, "on_hold", "{told:#}");
    later(story.trade.app());
    let path = format!("/api/v1/events/{}/correct", text(&told["event"]));
    story.farm.post(&path, &json!({ "did_not_occur": true })).await.expect(201);
    assert_eq!(story.state(&story.origin).await, "free");
    assert_eq!(story.flags("stop_taken_back").await, [farms.clone(), farms]);
    // Held again, the lot's page gives what holds it as the reason, and not what is past.
    later(story.trade.app());
    let mut again = test.clone();
    again["report"] = "R/2".into();
    story.farm.post("/api/v1/lab-tests", &again).await.expect(201);
    let page = story.trade.registry.signed_in(&story.trade.farm.clerk).await;
    let page = page.get(&format!("/lots/{}", story.origin)).await.expect(200);
    let reasons = page.texts(".refusal");
    assert!(reasons.len() == 1 && reasons[0].contains("không đạt"), "{reasons:?}");
    follows(story.trade.app()).await;
}

async fn a_harvest_of_nobody_knows_how_much_land_is_pointed_out(on: On) {
    let story = Story::tell(on).await;
    assert_eq!(story.flags("area_unknown").await, []);
    let product = json!({ "group": "rau", "name": "Cải", "crop": "cai_ngot" });
    story.trade.registry.person("quan-ly", Role::Manager, Some(story.trade.farm.party)).await;
    let manager = story.trade.registry.program("quan-ly").await;
    let product = text(&manager.post("/api/v1/products", &product).await.expect(201).json()["id"]);
    let place = json!({ "kind": "plot", "name": "Ruộng chưa đo", "commune": "00004" });
    let place = manager.post("/api/v1/places", &place).await.expect(201).json();
    let place = text(&place["id"]);
    later(story.trade.app());
    let told =
        json!({ "product": product, "place": place, "day": "2026-11-21", "quantity": kilograms(90_000) });
    let lot = text(&story.farm.post("/api/v1/lots", &told).await.expect(201).json()["lot"]["id"]);
    let farms = (lot, "Hợp tác xã rau Vân Mẫu".to_owned());
    assert_eq!(story.flags("area_unknown").await, [farms]);
    follows(story.trade.app()).await;
    // Measured, it is more than it can yield.
    later(story.trade.app());
    let measured = json!({ "kind": "plot", "name": "Ruộng đã đo", "commune": "00004", "area": "360 m2" });
    let answer: Answer = manager.put(&format!("/api/v1/places/{place}"), &measured).await;
    answer.expect(200);
    assert_eq!(story.flags("area_unknown").await, []);
    follows(story.trade.app()).await;
}

//! Ways round a gate that is shut, tried through the front door: a season that ended before its harvest, a harvest from nowhere, a crop that is
//! named otherwise, a hold that is lifted by another's release, labels for food that is gone, a key that is used twice.

#![expect(
    clippy::disallowed_methods,
    reason = "that it takes no longer than a few seconds is what is tested"
)]

use crate::support::app::{Answer, On, Program, on_both};
use crate::support::chain::{later, written};
use crate::support::field::{open, plot, publish_lists, season};
use crate::support::trade::Trade;
use nguongoc::accounts::Role;
use nguongoc::chain::{self, Command, Correct};
use nguongoc::kernel::PlaceId;
use nguongoc::places::PlaceDraft;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both!(
    a_season_ends_no_earlier_than_its_harvest,
    a_pick_without_its_place_is_held,
    a_crop_is_harvested_where_crops_grow,
    a_harvest_before_sowing_that_is_reported_is_pointed_out,
    another_crop_in_the_spray_shortens_nothing,
    what_is_proposed_for_recall_stays_stopped,
    a_firms_own_hold_outlives_that_of_the_authority,
    labels_wait_for_food_that_is_there,
    a_key_is_taken_by_what_was_sent,
    a_hold_waits_for_no_capture,
);

/// On cải ngọt and rau muống seven days, on cải bắp ten.
const XANH: &str = "Mẫu Sâu Xanh 36EC";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A city in which the lists are in force.
struct City {
    trade: Trade,
    farm: Program,
    inspector: Program,
    officer: Program,
}

impl City {
    async fn open(on: On) -> Self {
        let trade = Trade::start(on).await;
        publish_lists(&trade.registry).await;
        let farm = trade.registry.program(&trade.farm.clerk).await;
        let inspector = trade.registry.program("inspector").await;
        let officer = trade.registry.program("officer").await;
        Self { trade, farm, inspector, officer }
    }

    async fn plot(&self, name: &str) -> PlaceId {
        plot(&self.trade, &self.trade.farm, name).await
    }

    /// A product of the farm that is of a crop.
    async fn product(&self, crop: &str) -> String {
        let name = format!("quan-ly-{}", crop.replace('_', "-"));
        self.trade.registry.person(&name, Role::Manager, Some(self.trade.farm.party)).await;
        let manager = self.trade.registry.program(&name).await;
        let asked = json!({ "group": "rau", "name": format!("Rau {crop}"), "crop": crop });
        text(&manager.post("/api/v1/products", &asked).await.expect(201).json()["id"])
    }

    async fn harvest(&self, product: &str, place: PlaceId, day: &str) -> Answer {
        later(self.trade.app());
        let told = json!({ "product": product, "place": place, "day": day, "quantity": "10 kg" });
        self.farm.post("/api/v1/lots", &told).await
    }

    async fn lot(&self, product: &str, place: PlaceId, day: &str) -> String {
        text(&self.harvest(product, place, day).await.expect(201).json()["lot"]["id"])
    }

    async fn spray(&self, place: PlaceId, day: &str, more: &[(&str, &str)]) -> Value {
        later(self.trade.app());
        let mut told = json!({
            "kind": "spray", "place": place, "day": day, "product": XANH, "pest": "sâu tơ", "dose": "5 ml/sào",
            "person": "Người phun mẫu",
        });
        for (name, value) in more {
            told[*name] = (*value).into();
        }
        self.farm.post("/api/v1/activities", &told).await.expect(201).json()
    }

    async fn state(&self, lot: &str) -> String {
        text(&self.farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json()["state"])
    }

    /// The rule that stops a lot.
    async fn rules(&self, lot: &str) -> Vec<String> {
        let shown = self.farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
        shown["breach"].as_str().map(str::to_owned).into_iter().collect()
    }

    /// Tells an event as EPCIS.
    async fn tell(&self, path: &str, told: &Value, behaviour: &str) -> Answer {
        let request = self.farm.client.post(format!("{}{path}", self.farm.base));
        let request = request.bearer_auth(self.farm.token.as_ref().unwrap());
        let request = request.header("content-type", "application/json");
        let request = request.header("gs1-capture-error-behaviour", behaviour);
        Answer::of(request.body(told.to_string()).send().await.expect("an answer")).await
    }
}

fn problem(answer: &Answer) -> (String, String, String) {
    let problem = answer.json()["problems"][0].clone();
    (text(&problem["field"]), text(&problem["code"]), text(&problem["detail"]))
}

async fn a_season_ends_no_earlier_than_its_harvest(on: On) {
    let city = City::open(on).await;
    let place = city.plot("Ruộng hai sào").await;
    let by = city.trade.farm.by();
    let lettuce = season(&city.trade, &by, place, "cai_ngot", "2026-10-01").await;
    let product = city.product("cai_ngot").await;
    city.spray(place, "2026-11-01", &[("product", "Thuốc Không Có Trong Danh Mục")]).await;
    let held = city.lot(&product, place, "2026-11-05").await;
    assert_eq!(city.state(&held).await, "on_hold");
    let clear = format!("/api/v1/seasons/{lettuce}/clear");
    let early = city.farm.post(&clear, &json!({ "cleared_on": "2026-11-04" })).await.expect(422);
    let (field, code, detail) = problem(&early);
    assert_eq!((&*field, &*code), ("cleared_on", "season_has_later_harvests"), "{detail}");
    assert!(detail.contains("04/11/2026") && detail.contains("05/11/2026"), "{detail}");
    assert_eq!(city.state(&held).await, "on_hold");
    // What another product of the plot would be freed by is no way round either.
    let other = city.product("cai_bap").await;
    let cabbage = season(&city.trade, &by, place, "cai_bap", "2026-10-15").await;
    let beside = city.lot(&other, place, "2026-11-08").await;
    assert_eq!(city.state(&beside).await, "on_hold", "the gate is by plot");
    let between = city.farm.post(&clear, &json!({ "cleared_on": "2026-11-06" })).await.expect(422);
    assert!(problem(&between).2.contains("08/11/2026"), "{between:?}");
    // Cleared afterwards, the lots stay held, and what is harvested later is free.
    city.farm.post(&clear, &json!({ "cleared_on": "2026-11-08" })).await.expect(200);
    assert_eq!((city.state(&held).await, city.state(&beside).await), ("on_hold".into(), "on_hold".into()));
    let after = city.harvest(&other, place, "2026-11-09").await.expect(201).json();
    assert_eq!(city.state(&text(&after["lot"]["id"])).await, "free");
    // Of another season that nothing shuts, a harvest of another crop keeps nobody from telling when it ended.
    let clean = city.plot("Ruộng sạch").await;
    let first = season(&city.trade, &by, clean, "cai_ngot", "2026-10-01").await;
    season(&city.trade, &by, clean, "cai_bap", "2026-10-01").await;
    city.spray(clean, "2026-10-05", &[("season", &first.to_string())]).await;
    city.lot(&other, clean, "2026-11-10").await;
    city.farm
        .post(&format!("/api/v1/seasons/{first}/clear"), &json!({ "cleared_on": "2026-11-01" }))
        .await
        .expect(200);
    // A harvest that was wrong is corrected first, and then stands in nobody's way.
    let clear = format!("/api/v1/seasons/{cabbage}/clear");
    city.farm.post(&clear, &json!({ "cleared_on": "2026-11-08" })).await.expect(422);
    later(city.trade.app());
    let wrong = Correct {
        event: text(&after["event"]).parse().unwrap(),
        did_not_occur: true,
        instead: Vec::new(),
        note: None,
    };
    chain::record(city.trade.app(), &by, Command::Correct(wrong)).await.expect("corrected");
    city.farm.post(&clear, &json!({ "cleared_on": "2026-11-08" })).await.expect(200);
}

async fn a_pick_without_its_place_is_held(on: On) {
    let city = City::open(on).await;
    let place = city.plot("Ruộng hai sào").await;
    let product = city.product("cai_ngot").await;
    let lot = city.lot(&product, place, "2026-11-05").await;
    later(city.trade.app());
    let asked = json!({ "place": place, "quantity": "1 kg", "day": "2026-11-06" });
    let picked = city.farm.post(&format!("/api/v1/lots/{lot}/pick"), &asked).await.expect(201).json();
    let mut told = written(city.trade.app(), text(&picked["event"]).parse().unwrap()).await;
    assert_eq!(city.state(&lot).await, "free");
    told["eventID"] = "urn:uuid:00000000-0000-4000-8000-000000000001".into();
    for place in ["readPoint", "bizLocation"] {
        told.as_object_mut().unwrap().remove(place);
    }
    later(city.trade.app());
    let answer = city.tell("/epcis/events", &told, "rollback").await.expect(201).json();
    assert_eq!(
        (&answer["result"], &answer["rules"]),
        (&json!("held"), &json!(["origin_unknown"])),
        "{answer:#}"
    );
    assert_eq!(city.state(&lot).await, "on_hold");
    let page = city.trade.registry.signed_in(&city.trade.farm.clerk).await;
    let page = page.get(&format!("/lots/{lot}")).await.expect(200);
    assert!(page.text.contains("không có nơi trồng"), "{}", page.text);
    let (path, why) = (format!("/api/v1/lots/{lot}/release"), json!({ "reason": "Đã kiểm tra" }));
    city.inspector.post(&path, &why).await.expect(201);
    assert_eq!(city.state(&lot).await, "free");
}

async fn a_crop_is_harvested_where_crops_grow(on: On) {
    let city = City::open(on).await;
    let (field, product) = (city.plot("Ruộng hai sào").await, city.product("cai_ngot").await);
    let draft = PlaceDraft {
        kind: "packhouse".to_owned(),
        name: "Nhà sơ chế".to_owned(),
        commune: "00004".to_owned(),
        ..PlaceDraft::default()
    };
    let app = city.trade.app();
    let member = &city.trade.farm.member;
    let house = chain::add_place(app, member, &draft.parse().unwrap()).await.unwrap();
    let refused = city.harvest(&product, house.id, "2026-11-05").await.expect(422);
    let (at, code, detail) = problem(&refused);
    assert_eq!((&*at, &*code), ("place", "harvest_no_plot"));
    assert!(detail.contains("Nhà sơ chế"), "{detail}");
    let lot = city.lot(&product, field, "2026-11-05").await;
    let pick = json!({ "place": house.id, "quantity": "1 kg", "day": "2026-11-06" });
    let path = format!("/api/v1/lots/{lot}/pick");
    let refused = city.farm.post(&path, &pick).await.expect(422);
    assert_eq!(problem(&refused).1, "harvest_no_plot");
    // The form of more for this lot offers only where crops grow.
    let browser = city.trade.registry.signed_in(&city.trade.farm.clerk).await;
    let form = browser.get(&format!("/lots/{lot}/pick")).await.expect(200);
    assert!(form.text.contains("Ruộng hai sào") && !form.text.contains("Nhà sơ chế"));
    // What is of no crop may begin anywhere.
    let plain = city.trade.farm.product.to_string();
    city.harvest(&plain, house.id, "2026-11-05").await.expect(201);
    // Reported, it is recorded and held.
    let right = json!({ "place": field, "quantity": "1 kg", "day": "2026-11-06" });
    later(app);
    let picked = city.farm.post(&path, &right).await.expect(201).json();
    let mut told = written(app, text(&picked["event"]).parse().unwrap()).await;
    told["eventID"] = "urn:uuid:00000000-0000-4000-8000-000000000002".into();
    let at = text(&told["readPoint"]["id"]);
    let at = format!("{}/{}", at.rsplit_once('/').unwrap().0, house.number);
    for place in ["readPoint", "bizLocation"] {
        if !told[place].is_null() {
            told[place]["id"] = at.clone().into();
        }
    }
    later(app);
    let answer = city.tell("/epcis/events", &told, "rollback").await.expect(201).json();
    assert_eq!(answer["rules"], json!(["place_is_no_plot"]), "{answer:#}");
    assert_eq!(city.state(&lot).await, "on_hold");
}

async fn a_harvest_before_sowing_that_is_reported_is_pointed_out(on: On) {
    let city = City::open(on).await;
    let place = city.plot("Ruộng hai sào").await;
    let product = city.product("cai_ngot").await;
    season(&city.trade, &city.trade.farm.by(), place, "cai_ngot", "2026-10-01").await;
    let declared = city.harvest(&product, place, "2026-11-05").await.expect(201).json();
    let mut told = written(city.trade.app(), text(&declared["event"]).parse().unwrap()).await;
    told["eventID"] = "urn:uuid:00000000-0000-4000-8000-000000000003".into();
    told["eventTime"] = "2026-09-20T00:00:00+07:00".into();
    let class = text(&told["quantityList"][0]["epcClass"]);
    let class = format!("{}/TRUOC", class.rsplit_once('/').unwrap().0);
    told["quantityList"][0]["epcClass"] = class.into();
    later(city.trade.app());
    let answer = city.tell("/epcis/events", &told, "rollback").await.expect(201).json();
    assert_eq!(answer["result"], "recorded", "a fact is not refused, and this holds nothing: {answer:#}");
    // The authority finds it among what is pointed out, by its rule and in the file.
    let flags = city.officer.get("/api/v1/flags?rule=before_sowing").await.expect(200).json();
    let flag = &flags["flags"][0];
    assert_eq!((&flag["rule"], &flag["lot_code"]), (&json!("before_sowing"), &json!("TRUOC")), "{flags:#}");
    let desk = city.trade.registry.signed_in("officer").await;
    let file = desk.get("/flags.csv?rule=before_sowing").await.expect(200);
    assert_eq!(file.text.lines().filter(|line| line.contains("TRUOC")).count(), 1, "{}", file.text);
    // The season that it belongs to makes it right.
    later(city.trade.app());
    let (by, days) = (city.trade.farm.by(), ("2026-08-01", "2026-09-30"));
    open(&city.trade, &by, place, "cai_ngot", days, "2 sào").await.expect("a season");
    let flags = city.officer.get("/api/v1/flags?rule=before_sowing").await.expect(200).json();
    assert_eq!(flags["flags"], json!([]));
}

async fn another_crop_in_the_spray_shortens_nothing(on: On) {
    let city = City::open(on).await;
    let place = city.plot("Ruộng hai sào").await;
    let (cabbage, choy) = (city.product("cai_bap").await, city.product("cai_ngot").await);
    // Ten days on what was harvested, seven on what the spray names.
    let first = city.lot(&cabbage, place, "2026-11-09").await;
    city.spray(place, "2026-11-01", &[("crop", "cai_ngot")]).await;
    assert_eq!(city.rules(&first).await, ["waiting_period"], "told after the harvest");
    let second = city.lot(&cabbage, place, "2026-11-10").await;
    assert_eq!(city.rules(&second).await, ["waiting_period"], "told before it");
    let third = city.lot(&cabbage, place, "2026-11-11").await;
    assert_eq!(city.state(&third).await, "free");
    // The shopper reads what the gate says.
    for (lot, verdict) in [(&second, "not_observed"), (&third, "observed")] {
        let shown = city.farm.get(&format!("/api/v1/lots/{lot}")).await.json();
        let public = city.trade.registry.anonymous_program();
        let told = public.get(&format!("/lot/{}", text(&shown["short_code"]))).await.expect(200).json();
        let spray = &told["sprays"][0];
        let told = (&spray["verdict"], &spray["days_required"], &spray["first_allowed_harvest"]);
        assert_eq!(told, (&json!(verdict), &json!(10), &json!("2026-11-11")), "{spray:#}");
    }
    // Seven on what was harvested, ten on what the spray names: the stricter as well.
    let other = city.plot("Ruộng ba sào").await;
    city.spray(other, "2026-11-01", &[("crop", "cai_bap")]).await;
    let strict = city.lot(&choy, other, "2026-11-10").await;
    assert_eq!(city.rules(&strict).await, ["waiting_period"]);
    // Permitted on the crop that is named, and not on the one that was harvested.
    let elsewhere = [("crop", "rau_can"), ("product", "Mẫu Rầy 25WP"), ("dose", "5 g/sào")];
    let third = city.plot("Ruộng bốn sào").await;
    city.spray(third, "2026-10-01", &elsewhere).await;
    let lot = city.lot(&choy, third, "2026-11-20").await;
    assert_eq!(city.rules(&lot).await, ["substance_not_permitted"]);
    // Unless the crop was sown after that spray: then it was another one's.
    let by = city.trade.farm.by();
    let fourth = city.plot("Ruộng năm sào").await;
    city.spray(fourth, "2026-10-01", &elsewhere).await;
    season(&city.trade, &by, fourth, "cai_ngot", "2026-10-25").await;
    let sown = city.lot(&choy, fourth, "2026-11-20").await;
    assert_eq!(city.state(&sown).await, "free");
    // Or the book has both beside each other: then each is sprayed for itself, and only the days count for the whole plot.
    let fifth = city.plot("Ruộng sáu sào").await;
    for crop in ["cai_ngot", "rau_can"] {
        season(&city.trade, &by, fifth, crop, "2026-09-01").await;
    }
    city.spray(fifth, "2026-10-01", &elsewhere).await;
    let within = city.lot(&choy, fifth, "2026-10-14").await;
    assert_eq!(city.rules(&within).await, ["waiting_period"]);
    let beside = city.lot(&choy, fifth, "2026-11-20").await;
    assert_eq!(city.state(&beside).await, "free");
}

async fn what_is_proposed_for_recall_stays_stopped(on: On) {
    let city = City::open(on).await;
    let lot = city.trade.lot(10_000).await.to_string();
    let why = json!({ "reason": "Nghi dư lượng" });
    city.inspector.post(&format!("/api/v1/lots/{lot}/hold"), &why).await.expect(201);
    let short = city.farm.get(&format!("/api/v1/lots/{lot}")).await.json()["short_code"].clone();
    let body = json!({ "lots": [short], "danger": "serious", "way": "destroy", "reason": "Nghi dư lượng",
        "takes_back": "Tại hợp tác xã", "until": null });
    later(city.trade.app());
    let proposed = city.officer.post("/api/v1/recalls", &body).await.expect(201).json();
    let path = format!("/api/v1/recalls/{}", text(&proposed["id"]));
    later(city.trade.app());
    let release = format!("/api/v1/lots/{lot}/release");
    for program in [&city.inspector, &city.officer] {
        let refused = program.post(&release, &why).await.expect(409).json();
        assert_eq!(refused["code"], "recall_proposed", "{refused:#}");
        assert!(text(&refused["detail"]).contains("TH-2026-0001"), "{refused:#}");
    }
    assert_eq!(city.state(&lot).await, "on_hold");
    // When it is rejected, the inspector's own hold still stands, and may be lifted.
    city.officer.post(&format!("{path}/reject"), &why).await.expect(204);
    assert_eq!(city.state(&lot).await, "on_hold");
    later(city.trade.app());
    city.inspector.post(&release, &why).await.expect(201);
    assert_eq!(city.state(&lot).await, "free");
    // Also where the proposal's own hold is the one that stands.
    later(city.trade.app());
    let proposed = city.officer.post("/api/v1/recalls", &body).await.expect(201).json();
    later(city.trade.app());
    city.inspector.post(&release, &why).await.expect(409);
    let path = format!("/api/v1/recalls/{}", text(&proposed["id"]));
    city.officer.post(&format!("{path}/reject"), &why).await.expect(204);
    assert_eq!(city.state(&lot).await, "free");
}

async fn a_firms_own_hold_outlives_that_of_the_authority(on: On) {
    let city = City::open(on).await;
    let lot = city.trade.lot(10_000).await.to_string();
    let stop = async |program: &Program, what: &str, why: &str, status: u16| {
        later(city.trade.app());
        let path = format!("/api/v1/lots/{lot}/{what}");
        program.post(&path, &json!({ "reason": why })).await.expect(status);
    };
    let name = "quan-ly";
    city.trade.registry.person(name, Role::Manager, Some(city.trade.farm.party)).await;
    let manager = city.trade.registry.program(name).await;
    stop(&manager, "hold", "Chờ kết quả của chính cơ sở", 201).await;
    stop(&city.inspector, "hold", "Nghi dư lượng", 201).await;
    stop(&manager, "release", "Xong", 409).await;
    stop(&city.inspector, "release", "Đã kiểm tra", 201).await;
    let shown = city.farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
    assert_eq!(
        (&shown["state"], &shown["hold_reason"]),
        (&json!("on_hold"), &json!("Chờ kết quả của chính cơ sở")),
        "{shown:#}"
    );
    stop(&manager, "release", "Xong", 201).await;
    assert_eq!(city.state(&lot).await, "free");
    // The journal tells the same.
    let rebuilt = nguongoc::chain::rebuild(city.trade.app(), false, |_, _| {}).await.expect("rebuilt");
    assert_eq!(rebuilt.rows, 0, "{:#?}", rebuilt.differences);
}

async fn labels_wait_for_food_that_is_there(on: On) {
    let city = City::open(on).await;
    let lot = city.trade.lot(100_000).await.to_string();
    let act = async |what: &str, kilograms: i64| {
        later(city.trade.app());
        let told = json!({ "place": city.trade.farm.place, "quantity": format!("{kilograms} kg"), "reason": "Hỏng" });
        city.farm.post(&format!("/api/v1/lots/{lot}/{what}"), &told).await.expect(201).json()
    };
    let issue = async |count: i64| {
        later(city.trade.app());
        let run = json!({ "count": count, "pack_size": "100 g" });
        city.farm.post(&format!("/api/v1/lots/{lot}/runs"), &run).await
    };
    let activate = async |run: &str, count: i64| {
        later(city.trade.app());
        city.farm.post(&format!("/api/v1/runs/{run}/activate"), &json!({ "count": count })).await
    };
    act("pack", 100).await;
    // Labelled, activated, gone: its codes stay rightful, and what is left gets its own.
    let first = text(&issue(400).await.expect(201).json()["id"]);
    activate(&first, 400).await.expect(200);
    let ship = json!({ "place": city.trade.farm.place, "to": city.trade.shop.party, "quantity": "20 kg" });
    later(city.trade.app());
    city.farm.post(&format!("/api/v1/lots/{lot}/ship"), &ship).await.expect(201);
    act("sell", 20).await;
    let second = text(&issue(600).await.expect(201).json()["id"]);
    activate(&second, 100).await.expect(200);
    // 60 kg are in hand, and 500 labels wait for 50 of them. When 59 are thrown away, there is food for ten labels.
    act("waste", 59).await;
    let refused = activate(&second, 10).await.expect(422);
    let (field, code, detail) = problem(&refused);
    assert_eq!((&*field, &*code), ("count", "labels_without_food"), "{detail}");
    assert!(detail.contains("500") && detail.contains("10"), "{detail}");
    later(city.trade.app());
    let (path, void) = (format!("/api/v1/runs/{second}/void"), json!({ "count": 490, "reason": "Hỏng" }));
    city.farm.post(&path, &void).await.expect(200);
    activate(&second, 10).await.expect(200);
    // Nor are labels issued anew for what is gone.
    let refused = issue(990 - 500).await.expect(422);
    assert_eq!(problem(&refused).1, "labels_without_food");
    issue(10).await.expect(201);
    // The other way, in the reviewer's order: packed, thrown away, issued.
    let other = city.trade.lot(100_000).await.to_string();
    let told = |kilograms: i64| json!({ "place": city.trade.farm.place, "quantity": format!("{kilograms} kg"), "reason": "Hỏng" });
    city.farm.post(&format!("/api/v1/lots/{other}/pack"), &told(100)).await.expect(201);
    city.farm.post(&format!("/api/v1/lots/{other}/waste"), &told(99)).await.expect(201);
    let run = json!({ "count": 990, "pack_size": "100 g" });
    let refused = city.farm.post(&format!("/api/v1/lots/{other}/runs"), &run).await.expect(422);
    assert_eq!(problem(&refused).1, "labels_without_food");
    // Labels of a stock roll get their food when they are activated.
    let product = city.trade.farm.product;
    let roll = json!({ "count": 100, "pack_size": "100 g" });
    let roll = city.farm.post(&format!("/api/v1/products/{product}/runs"), &roll).await.expect(201).json();
    let path = format!("/api/v1/runs/{}/activate", text(&roll["id"]));
    let refused = city.farm.post(&path, &json!({ "count": 11, "lot": other })).await.expect(422);
    assert_eq!(problem(&refused).1, "labels_without_food");
    city.farm.post(&path, &json!({ "count": 10, "lot": other })).await.expect(200);
}

async fn a_key_is_taken_by_what_was_sent(on: On) {
    let city = City::open(on).await;
    let (farm, place) = (&city.farm, city.trade.farm.place);
    let mut lots = Vec::new();
    for _ in 0..2 {
        let lot = city.trade.lot(100_000).await.to_string();
        later(city.trade.app());
        let pack = json!({ "place": place, "quantity": "100 kg" });
        farm.post(&format!("/api/v1/lots/{lot}/pack"), &pack).await.expect(201);
        lots.push(lot);
    }
    // Codes: another lot, another size of pack, another count.
    let key = "01932f3a-7c1e-7b5a-9d2e-4f6a8b0c1d2e";
    let run = json!({ "count": 10, "pack_size": "100 g", "key": key });
    let path = |lot: &str| format!("/api/v1/lots/{lot}/runs");
    let first = farm.post(&path(&lots[0]), &run).await.expect(201).json();
    let again = farm.post(&path(&lots[0]), &run).await.json();
    assert_eq!(again["id"], first["id"]);
    let taken = |answer: Answer| assert_eq!(answer.expect(409).json()["code"], "key_taken");
    taken(farm.post(&path(&lots[1]), &run).await);
    for (name, value) in [("pack_size", json!("200 g")), ("count", json!(11))] {
        let mut other = run.clone();
        other[name] = value;
        taken(farm.post(&path(&lots[0]), &other).await);
    }
    // Entries of the field book: the same words put in the place of two entries.
    let field = city.plot("Ruộng hai sào").await;
    let mut wrong = Vec::new();
    for day in ["2026-11-01", "2026-11-02"] {
        let entered = city.spray(field, day, &[("crop", "cai_ngot")]).await;
        wrong.push(text(&entered["activities"][0]["id"]));
    }
    let instead = json!({ "kind": "spray", "place": field, "day": "2026-11-03", "product": XANH, "pest": "sâu tơ",
        "dose": "5 ml/sào", "person": "Người phun mẫu", "crop": "cai_ngot" });
    let body = json!({ "instead": instead });
    let correct = async |id: &str| {
        let request = farm.client.post(format!("{}/api/v1/activities/{id}/correct", farm.base));
        let request = request.bearer_auth(farm.token.as_ref().unwrap()).json(&body);
        let request = request.header("Idempotency-Key", "01932f3a-7c1e-7b5a-9d2e-4f6a8b0c1d2f");
        Answer::of(request.send().await.expect("an answer")).await
    };
    later(city.trade.app());
    let done = correct(&wrong[0]).await.expect(201).json();
    assert_eq!(correct(&wrong[0]).await.json()["activities"][0]["id"], done["activities"][0]["id"]);
    taken(correct(&wrong[1]).await);
    // What came back of a recall.
    let short = farm.get(&format!("/api/v1/lots/{}", lots[0])).await.json()["short_code"].clone();
    let recall = json!({ "lots": [short], "danger": "serious", "way": "destroy", "reason": "Nghi dư lượng",
        "takes_back": "Tại hợp tác xã", "until": null });
    let recall = city.officer.post("/api/v1/recalls", &recall).await.expect(201).json();
    let recall = format!("/api/v1/recalls/{}", text(&recall["id"]));
    city.officer.post(&format!("{recall}/decide"), &json!({})).await.expect(204);
    while nguongoc::recalls::carry_on(city.trade.app()).await.expect("carried on") > 0 {}
    let body = json!({ "lot": lots[0], "way": "returned", "quantity": "2 kg", "key": "01932f3a-7c1e-7b5a-9d2e-4f6a8b0c1d30" });
    let path = format!("{recall}/recovered");
    for _ in 0..2 {
        farm.post(&path, &body).await.expect(201);
    }
    for (name, value) in [("quantity", "3 kg"), ("way", "destroy")] {
        let mut other = body.clone();
        other[name] = value.into();
        taken(farm.post(&path, &other).await);
    }
}

/// A document of so many events of somebody else's units.
fn many(count: usize) -> Value {
    let events: Vec<Value> = (0..count)
        .map(|serial| {
            json!({
                "type": "ObjectEvent", "eventID": format!("urn:uuid:00000000-0000-4000-9000-{serial:012}"),
                "eventTime": "2026-11-20T08:00:00+07:00", "eventTimeZoneOffset": "+07:00", "action": "OBSERVE",
                "bizStep": "storing", "epcList": [format!("https://id.gs1.org/01/09521234543213/21/{serial}")],
            })
        })
        .collect();
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-22T08:00:00Z",
        "epcisBody": { "eventList": events },
    })
}

async fn a_hold_waits_for_no_capture(on: On) {
    let city = City::open(on).await;
    let lot = city.trade.lot(10_000).await.to_string();
    let most = nguongoc::chain::capture::MOST_AT_ONCE;
    let capture = async |document: &Value, behaviour: &str| {
        let request = city.officer.client.post(format!("{}/epcis/capture", city.officer.base));
        let request = request.bearer_auth(city.officer.token.as_ref().unwrap());
        let request = request.header("content-type", "application/json");
        let request = request.header("gs1-capture-error-behaviour", behaviour);
        Answer::of(request.body(document.to_string()).send().await.expect("an answer")).await
    };
    let document = many(most + 1);
    let refused = capture(&document, "rollback").await.expect(413).json();
    let told = refused.to_string();
    assert!(told.contains(&most.to_string()) && told.contains("proceed"), "{refused:#}");
    // One by one it is taken, and others come between.
    let count = 4 * most;
    let job = capture(&many(count), "proceed").await.expect(202);
    let job = job.header("location").to_owned();
    let began = Instant::now();
    let why = json!({ "reason": "Nghi dư lượng" });
    city.inspector.post(&format!("/api/v1/lots/{lot}/hold"), &why).await.expect(201);
    let took = began.elapsed();
    let running = city.officer.get(&job).await.expect(200).json()["running"].clone();
    assert!(took < Duration::from_secs(5), "a hold beside a capture took {took:?}");
    assert_eq!(running, json!(true), "the capture was over before the hold: nothing is shown by it");
    assert_eq!(city.state(&lot).await, "on_hold");
    for _ in 0..1_200 {
        let shown = city.officer.get(&job).await.expect(200).json();
        if shown["running"] == false {
            assert_eq!(shown["events"], json!(count), "{}", shown["errors"]);
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the capture does not end");
}

//! Two firms and one lot, from the applications to the shopper's page, by the interface for programs alone.

use crate::support::app::{On, PASSWORD, TestApp, on_both};
use crate::support::journey::{Api, Firm, GTIN, Journey, STEPS, text};
use nguongoc::accounts::Role;
use serde_json::{Value, json};
use std::time::Duration;

on_both!(a_lot_travels_by_programs_alone, a_foreign_firm_finds_nothing_of_a_lot);

/// The registry's officer, as a program.
async fn office(registry: &TestApp) -> Api {
    registry.person("officer", Role::Officer, None).await;
    Api::at(&registry.base, &registry.anonymous_program().client).signed_in("officer", PASSWORD).await
}

/// Moves the clock on by ten minutes.
fn later(registry: &TestApp) {
    let clock = &registry.app.clock;
    clock.set(clock.now().plus(Duration::from_mins(10)));
}

async fn a_lot_travels_by_programs_alone(on: On) {
    let registry = TestApp::start(on).await;
    let office = office(&registry).await;
    let journey = Journey::made(&office, || later(&registry)).await;
    let (lot, farm) = (&journey.lot, &journey.farm.api);

    // What is left in each firm's hands: of 120 kg, 100 went to the packer, 80 of these to the shop, and 5 were sold.
    for (firm, kilograms) in [(&journey.farm, 20), (&journey.packer, 20), (&journey.shop, 75)] {
        let held = firm.api.read("/api/v1/lots").await["lots"].clone();
        assert_eq!(held[0]["id"], json!(lot), "{held}");
        assert_eq!(held[0]["left"], json!({ "amount": kilograms * 1_000, "unit": "gram" }));
    }
    let issued = farm.done(200, &format!("/api/v1/lots/{lot}/code"), &json!({})).await;
    let url = text(&issued, "url");
    let path = url.strip_prefix("https://DEMO.EXAMPLE.VN").expect("the registry's host");
    assert!(path.starts_with("/1/"), "{url}");

    let anybody = Api::at(&registry.base, &registry.anonymous_program().client);
    journey.assert_told(&anybody.read(path).await);
    let page = registry.browser().get(path).await.expect(200);
    assert_eq!(page.texts(".verdict .line"), ["Hồ sơ đầy đủ"]);
    assert!(page.texts(".stages .absent").is_empty());
    let stages = page.texts(".stages li");
    assert_eq!(stages.len(), STEPS.len());
    for (stage, place) in stages.iter().zip(journey.place_codes()) {
        for expected in [GTIN, &format!("Mã địa điểm {place}"), "23/11/2026"] {
            assert!(stage.contains(expected), "{expected} is not in: {stage}");
        }
    }
}

async fn a_foreign_firm_finds_nothing_of_a_lot(on: On) {
    let registry = TestApp::start(on).await;
    let office = office(&registry).await;
    let journey = Journey::made(&office, || later(&registry)).await;
    let lot = &journey.lot;
    let farm = &journey.farm.api;
    farm.done(200, &format!("/api/v1/lots/{lot}/code"), &json!({})).await;
    let events = farm.read(&format!("/api/v1/lots/{lot}/events")).await["events"].clone();
    let events = events.as_array().expect("events");
    let shipments: Vec<String> =
        events.iter().filter(|event| event["step"] == "ship").map(|event| text(event, "id")).collect();
    assert_eq!((events.len(), shipments.len()), (STEPS.len(), 2));

    let stranger = Firm::begin(&office, "trader", "Công ty Người Lạ", "9900001210", "nguoi-la", "shop").await;
    let mut reads = ["", "/events", "/code", "/code.svg", "/code.png"]
        .map(|end| format!("/api/v1/lots/{lot}{end}"))
        .to_vec();
    reads.extend(events.iter().map(|event| format!("/api/v1/events/{}", text(event, "id"))));
    reads.extend(shipments.iter().map(|shipment| format!("/api/v1/shipments/{shipment}")));
    for path in &reads {
        assert_eq!(stranger.api.get(path).await.0, 404, "GET {path}");
    }
    let mut body = stranger.some(1);
    body["to"] = json!(journey.farm.tax);
    for act in ["pack", "ship", "sell"] {
        let (status, answer) = stranger.api.post(&format!("/api/v1/lots/{lot}/{act}"), &body).await;
        assert_eq!(status, 404, "{act}: {answer}");
    }
    let code = format!("/api/v1/lots/{lot}/code");
    assert_eq!(stranger.api.post(&code, &json!({})).await.0, 404);
    for shipment in &shipments {
        let path = format!("/api/v1/shipments/{shipment}/receive");
        assert_eq!(stranger.api.post(&path, &stranger.some(1)).await.0, 404, "{path}");
    }
    for list in ["lots", "shipments"] {
        assert_eq!(stranger.api.read(&format!("/api/v1/{list}")).await[list], json!([]));
    }
    // Stopping and freeing is for the authority and the lot's own firm: for a stranger the lot is not there.
    for act in ["hold", "release", "recall"] {
        for id in [lot.as_str(), "01890a5d-ac96-774b-bcce-b302099a8057"] {
            let (status, answer): (u16, Value) =
                stranger.api.post(&format!("/api/v1/lots/{id}/{act}"), &json!({ "reason": "x" })).await;
            assert_eq!((status, &answer["code"]), (404, &json!("not_found")), "{act}");
        }
    }

    let browser = registry.signed_in("nguoi-la").await;
    for end in ["", "/pack", "/ship", "/sell", "/code", "/code.svg", "/code.png"] {
        browser.get(&format!("/lots/{lot}{end}")).await.expect(404);
    }
    for shipment in &shipments {
        browser.get(&format!("/shipments/{shipment}")).await.expect(404);
        let path = format!("/shipments/{shipment}/receive");
        let fields = [("place", stranger.place.as_str()), ("quantity", "1"), ("unit", "kg")];
        browser.send("/lots/new", &path, &fields).await.expect(404);
    }
    for act in ["pack", "sell", "code"] {
        let fields = [("place", stranger.place.as_str()), ("quantity", "1"), ("unit", "kg")];
        browser.send("/lots/new", &format!("/lots/{lot}/{act}"), &fields).await.expect(404);
    }
}

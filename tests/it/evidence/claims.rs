//! Packings that were reported with a claim: nothing is refused, and what claims a certificate that was not valid on its day is held.

use super::{Season, codes};
use crate::support::app::{On, on_both};
use crate::support::chain::{follows, report, written};
use nguongoc::chain::Outcome;
use serde_json::json;

on_both!(
    a_reported_pack_is_held_by_the_day_of_its_place,
    a_claim_is_refused_in_words_at_every_edge,
    a_lot_of_two_harvests_is_looked_at_again_once,
);

/// The last day of the certificate is 22 November, which ends at 17:00 by Greenwich.
const EDGES: [(&str, &str, bool); 5] = [
    ("2026-11-22T16:59:59.999Z", "+07:00", true),
    ("2026-11-22T17:00:00.000Z", "+07:00", false),
    // Whatever offset was submitted, the day is that of the place.
    ("2026-11-22T17:00:00.000Z", "+00:00", false),
    ("2026-11-22T16:59:59.000Z", "+14:00", true),
    ("2026-11-20T16:59:59.999Z", "+07:00", false),
];

async fn a_reported_pack_is_held_by_the_day_of_its_place(on: On) {
    let season = Season::start(on).await;
    let app = season.trade.app();
    let expired = season
        .recorded(&json!({ "number": "MAU-HET", "valid_from": "2026-11-21", "valid_to": "2026-11-22" }))
        .await;
    for (n, (time, offset, good)) in EDGES.into_iter().enumerate() {
        // Grown on the day before all that, as a reported harvest.
        app.clock.set(nguongoc::kernel::Moment::parse("2026-11-20T02:00:00Z").unwrap());
        let lot = season.trade.lot(100_000).await;
        app.clock.set(nguongoc::kernel::Moment::parse("2026-11-24T02:00:00Z").unwrap());
        let pack = json!({ "place": season.trade.farm.place, "quantity": "10 kg", "day": "2026-11-23" });
        let packed = season.farm.post(&format!("/api/v1/lots/{lot}/pack"), &pack).await.expect(201).json();
        let mut told = written(app, packed["event"].as_str().unwrap().parse().unwrap()).await;
        told["eventID"] = json!(format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{n:012}"));
        told["eventTime"] = json!(time);
        told["eventTimeZoneOffset"] = json!(offset);
        told["certificationInfo"] = json!([format!("urn:nguongoc:certificate:{expired}")]);
        let reported = report(app, &season.trade.farm.by(), &told).await.expect("recorded");
        let held = season.lot(lot).await.breach;
        if good {
            assert_eq!((reported.outcome, held), (Outcome::Recorded, None), "{time} {offset}");
        } else {
            assert_eq!(
                held.as_deref(),
                Some("certificate_not_valid"),
                "{time} {offset}: {:?}",
                reported.outcome
            );
        }
    }
}

async fn a_claim_is_refused_in_words_at_every_edge(on: On) {
    let season = Season::start(on).await;
    let lot = season.trade.lot(100_000).await;
    let pack = format!("/api/v1/lots/{lot}/pack");
    for (number, changes, code) in [
        ("CON-HAN", json!({ "valid_to": "2026-11-23" }), None),
        ("HET-HAN", json!({ "valid_to": "2026-11-22" }), Some("certificate_not_valid")),
        ("CHUA-DEN", json!({ "valid_from": "2026-11-24" }), Some("certificate_not_valid")),
    ] {
        let mut changes = changes;
        changes["number"] = number.into();
        let id = season.recorded(&changes).await;
        let answer = season.farm.post(&pack, &season.pack(&[&id], "2026-11-23")).await;
        let Some(code) = code else {
            answer.expect(201);
            continue;
        };
        let refused = answer.expect(422).json();
        assert_eq!(codes(&refused), [("certificates".to_owned(), code.to_owned())]);
        let told = refused["problems"][0]["detail"].as_str().expect("words");
        assert!(told.contains(number) && told.contains("23/11/2026"), "{told}");
    }
}

/// Without its first harvest a lot is as old as its second, and the first is before its own lot: that must not have it told for ever.
async fn a_lot_of_two_harvests_is_looked_at_again_once(on: On) {
    let season = Season::start(on).await;
    let (app, farm) = (season.trade.app(), &season.trade.farm);
    let certificate = season.recorded(&json!({ "number": "MAU-HAI-LAN" })).await;
    let harvest =
        json!({ "product": farm.product, "place": farm.place, "quantity": "10 kg", "day": "2026-11-10" });
    let declared = season.farm.post("/api/v1/lots", &harvest).await.expect(201).json();
    // The same farm reports another lot of that day, under the certificate, and harvests some more of it later.
    let mut told = written(app, declared["event"].as_str().unwrap().parse().unwrap()).await;
    let class = told["quantityList"][0]["epcClass"].as_str().unwrap();
    told["quantityList"][0]["epcClass"] = json!(format!("{}/HAILAN", class.rsplit_once('/').unwrap().0));
    told["eventID"] = json!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-000000000777");
    told["certificationInfo"] = json!([format!("urn:nguongoc:certificate:{certificate}")]);
    report(app, &farm.by(), &told).await.expect("recorded");
    let lots = season.farm.get("/api/v1/lots?size=100").await.expect(200).json();
    let lot = lots["lots"].as_array().unwrap().iter().find(|lot| lot["code"] == "HAILAN").expect("a lot");
    let lot = lot["id"].as_str().unwrap();
    let more = json!({ "place": farm.place, "quantity": "5 kg", "day": "2026-11-20" });
    let path = format!("/api/v1/lots/{lot}");
    season.farm.post(&format!("{path}/pick"), &more).await.expect(201);
    let before = season.farm.get(&path).await.expect(200).json();
    let inspector = season.program("inspector").await;
    let turns = format!("/api/v1/certificates/{certificate}/turn");
    let suspended = json!({ "turn": "suspended", "reason": "Chờ đánh giá lại" });
    inspector.post(&turns, &suspended).await.expect(200);
    let after = season.farm.get(&path).await.expect(200).json();
    assert_eq!(after["harvested_on"], "2026-11-10", "{after:#}");
    assert_eq!(after["hands"], before["hands"], "{after:#}");
    follows(app).await;
}

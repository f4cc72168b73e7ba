//! Packings that were reported with a claim: nothing is refused, and what claims a certificate that was not valid on its day is held.

use super::{Season, codes};
use crate::support::app::{On, on_both};
use crate::support::chain::{report, written};
use nguongoc::chain::Outcome;
use serde_json::json;

on_both!(a_reported_pack_is_held_by_the_day_of_its_place, a_claim_is_refused_in_words_at_every_edge);

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

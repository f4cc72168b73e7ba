//! What becomes of a certificate becomes so once under a key, also when the log stopped before it was answered.

use super::Season;
use crate::stopped::recorded::{break_folder, mend_folder, post};
use crate::support::app::{On, on_both};
use nguongoc::kernel::EventId;
use nguongoc::log;
use serde_json::json;

on_both!(a_certificate_is_resumed_once);

async fn a_certificate_is_resumed_once(on: On) {
    let season = Season::start(on).await;
    let app = season.trade.app();
    let id = season.recorded(&json!({})).await;
    let turns = format!("certificates/{id}/turn");
    let inspector = season.program("inspector").await;
    let suspended = json!({ "turn": "suspended", "from": "2026-11-23", "reason": "Chờ đánh giá lại" });
    let first = app.id::<EventId>().to_string();
    for repeated in [false, true] {
        let told = post(&inspector, &turns, &first, &suspended).await.expect(200).json();
        assert_eq!(told["repeated"], repeated, "{told}");
    }
    while log::carry(app).await.unwrap() > 0 {}
    break_folder(app);
    let resumed = json!({ "turn": "resumed", "from": "2026-11-23", "reason": "Đạt" });
    let key = app.id::<EventId>().to_string();
    for _ in 0..2 {
        let told = post(&inspector, &turns, &key, &resumed).await.expect(503).json();
        assert_eq!((&told["code"], &told["reason"]), (&json!("log_late"), &json!("file_unusable")), "{told}");
    }
    mend_folder(app).await;
    let told = post(&inspector, &turns, &key, &resumed).await.expect(200).json();
    assert_eq!(told["repeated"], true, "{told}");
    let told = post(&inspector, &turns, &key, &suspended).await.expect(409).json();
    assert_eq!(told["code"], "key_taken", "{told}");
    let mut logged = season.logged(season.trade.farm.party).await;
    logged.retain(|kind| kind.starts_with("certificate."));
    assert_eq!(logged, ["certificate.recorded", "certificate.suspended", "certificate.resumed"]);
    season.trade.registry.stop().await;
}

//! "Report a problem": nothing is asked of the person, machines are thanked for nothing, officials read it.

use super::arrange::Season;
use crate::support::app::{On, on_both};
use nguongoc::accounts::Role;

on_both!(a_report_reaches_the_officials, a_report_is_read_before_it_is_kept);

async fn a_report_reaches_the_officials(on: On) {
    let season = Season::begin(on).await;
    let lot = season.harvest("HN-2611-07", "2026-11-22").await;
    let short = lot.short_code.as_str();
    season.registry.person("thanh", Role::Inspector, None).await;
    let inspector = season.registry.signed_in("thanh").await;
    let shopper = season.registry.browser();
    let form = format!("/report?lot={short}");
    let words = "Nhãn <b>dán đè</b> lên nhãn khác";
    let sent = shopper.send(&form, "/report", &[("lot", short), ("about", "label"), ("text", words)]).await;
    assert_eq!(sent.expect(201).texts(".done").len(), 1);
    // A machine fills in what people do not see: thanked, and not kept.
    let fields = [("lot", ""), ("about", "other"), ("text", "mua ngay"), ("website", "http://x.example")];
    shopper.send(&form, "/report", &fields).await.expect(201);

    season.registry.browser().get("/inspect/reports").await.expect(401);
    let list = inspector.get("/inspect/reports").await.expect(200);
    let cards = list.texts(".card");
    assert_eq!(cards.len(), 1, "{cards:?}");
    assert!(cards[0].contains(words) && cards[0].contains("HN-2611-07"), "{}", cards[0]);
    let action = list.text.split("action=\"/inspect/reports/").nth(1).unwrap().split('"').next().unwrap();
    let action = format!("/inspect/reports/{action}");
    inspector.send("/inspect/reports", &action, &[]).await.expect(303);
    assert!(inspector.get("/inspect/reports").await.texts(".card").is_empty());
}

async fn a_report_is_read_before_it_is_kept(on: On) {
    let season = Season::begin(on).await;
    let shopper = season.registry.browser();
    let page = shopper.get("/report?lot=%22%3E%3Cscript%3E").await.expect(200);
    assert!(!page.text.contains("<script>"));
    for (fields, field) in [
        ([("lot", "3000000001"), ("about", "label"), ("text", "x")], "lot"),
        ([("lot", "1"), ("about", "label"), ("text", "x")], "lot"),
        ([("lot", ""), ("about", "?"), ("text", "x")], "about"),
        ([("lot", ""), ("about", "label"), ("text", " ")], "text"),
    ] {
        let refused = shopper.send("/report", "/report", &fields).await.expect(422);
        assert_eq!(refused.texts(&format!("#{field}-problem")).len(), 1, "{field}: {}", refused.text);
        assert!(!refused.texts(".problem").concat().contains("problem-"));
    }
    shopper.send_bare("/report", &[("lot", ""), ("about", "label"), ("text", "x")]).await.expect(403);
}

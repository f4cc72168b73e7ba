//! What is kept in memory: sent quickly, never stale beyond what is promised, and only for codes that were verified.

use super::arrange::Season;
use crate::support::app::{Answer, On, on_both};
use nguongoc::chain::Command;
use nguongoc::kernel::Moment;
use nguongoc::log;
use std::time::Duration;

on_both!(
    whoever_has_it_is_told_so,
    a_local_change_shows_at_once,
    a_change_elsewhere_shows_after_two_seconds,
    nothing_outlives_its_day,
    a_kept_answer_is_not_given_unconfirmed,
);

async fn get(season: &Season, path: &str, headers: &[(&str, &str)]) -> Answer {
    let client = &season.registry.browser().client;
    let mut request = client.get(format!("{}{path}", season.registry.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.unwrap()).await
}

async fn whoever_has_it_is_told_so(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let path = format!("/lot/{}", lot.short_code.as_str());
    let first = get(&season, &path, &[]).await.expect(200);
    let tag = first.header("etag").to_owned();
    assert_eq!(first.header("cache-control"), "no-cache");
    assert!(first.header("vary").contains("Accept-Language"));
    let again = get(&season, &path, &[("if-none-match", &tag)]).await.expect(304);
    assert!(again.bytes.is_empty());
    assert_eq!(again.header("etag"), tag);
    get(&season, &path, &[("if-none-match", "\"x\", *")]).await.expect(304);
    get(&season, &path, &[("if-none-match", "\"x\"")]).await.expect(200);
    // Another language and another form are other answers.
    for headers in [[("accept-language", "en")], [("accept", "application/json")]] {
        let other = get(&season, &path, &headers).await.expect(200);
        assert_ne!(other.header("etag"), tag);
    }
    let squeezed = get(&season, &path, &[("accept-encoding", "gzip, br")]).await.expect(200);
    assert_eq!((squeezed.header("content-encoding"), squeezed.header("etag")), ("br", tag.as_str()));
    assert!(squeezed.bytes.len() * 2 < first.bytes.len());
    let mut plain = Vec::new();
    brotli::BrotliDecompress(&mut squeezed.bytes.as_slice(), &mut plain).unwrap();
    assert_eq!(plain, first.bytes);
    season.stop(Command::Hold, lot.id, "Chờ").await;
    get(&season, &path, &[("if-none-match", &tag)]).await.expect(200);
}

async fn a_local_change_shows_at_once(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let path = format!("/lot/{}", lot.short_code.as_str());
    let verdict = async || {
        let answer = get(&season, &path, &[("accept", "application/json")]).await.expect(200);
        answer.json()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict().await, "in_order");
    season.stop(Command::Hold, lot.id, "Chờ kết quả").await;
    assert_eq!(verdict().await, "on_hold");
    season.stop(Command::Release, lot.id, "Đạt").await;
    assert_eq!(verdict().await, "in_order");
    season.stop(Command::Recall, lot.id, "Dư lượng").await;
    assert_eq!(verdict().await, "recalled");
}

async fn a_change_elsewhere_shows_after_two_seconds(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    // What waits for the log is not kept: the answer changes without a change of the lot.
    log::carry(&season.registry.app).await.unwrap();
    let path = format!("/lot/{}", lot.short_code.as_str());
    let english = async || get(&season, &path, &[("accept-language", "en")]).await.expect(200).texts("h1");
    assert_eq!(english().await, ["Choy sum"]);
    // The product is nobody's lot: its change is seen by its version.
    let mut draft = nguongoc::products::ProductDraft {
        gtin: "09520000000011".to_owned(),
        group: "rau".to_owned(),
        name: "Cải ngọt".to_owned(),
        name_en: "Yu choy".to_owned(),
        unit: "gram".to_owned(),
        ..Default::default()
    };
    draft.standards = "TCVN 11892-1:2017".to_owned();
    let app = &season.registry.app;
    let new = draft.parse().unwrap();
    nguongoc::chain::change_product(app, &season.farm.member, season.product.id, &new).await.unwrap();
    let now = app.clock.now();
    app.clock.set(now.plus(Duration::from_millis(1_900)));
    assert_eq!(english().await, ["Choy sum"], "the kept answer was not used");
    app.clock.set(now.plus(Duration::from_secs(2)));
    assert_eq!(english().await, ["Yu choy"]);
}

async fn nothing_outlives_its_day(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let path = format!("/lot/{}", lot.short_code.as_str());
    let verdict =
        async || get(&season, &path, &[("accept", "application/json")]).await.json()["verdict"].clone();
    // Packed on the 22nd, five days of shelf life: the 27th is the last day, which ends at 17:00 UTC.
    season.registry.app.clock.set(Moment::parse("2026-11-27T16:59:59.500Z").unwrap());
    assert_eq!(verdict().await, "in_order");
    season.registry.app.clock.set(Moment::parse("2026-11-27T17:00:00Z").unwrap());
    assert_eq!(verdict().await, "past_date");
}

async fn a_kept_answer_is_not_given_unconfirmed(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    // What waits for the log is not kept: the answer changes without a change of the lot.
    log::carry(&season.registry.app).await.unwrap();
    let path = format!("/lot/{}", lot.short_code.as_str());
    get(&season, &path, &[]).await.expect(200);
    season.registry.app.store.close().await;
    get(&season, &path, &[]).await.expect(200);
    let later = season.registry.app.clock.now().plus(Duration::from_secs(3));
    season.registry.app.clock.set(later);
    get(&season, &path, &[]).await.expect(503);
}

//! A lot's own code: issued by page and API, printed, read back by two decoders, and good after its key has gone.
#![expect(clippy::disallowed_methods, reason = "waits for a background task, in real time")]

use crate::codes_picture::{from_png, from_svg};
use crate::support::app::{On, TestApp, on_both};
use crate::support::trade::Trade;
use image::GrayImage;
use nguongoc::chain::{self, By, Command, StopLot};
use nguongoc::codes::{self, SignatureState, parse_link};
use nguongoc::custody;
use nguongoc::kernel::{LotId, Note};
use nguongoc::keys::Trust;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

on_both!(
    a_code_is_issued_by_page_and_printed,
    a_code_is_issued_by_a_program_once,
    a_stopped_lot_gets_no_code,
    a_lot_of_others_is_not_there,
    who_holds_some_may_issue,
    a_reprint_outlives_its_key,
    the_published_keys_are_signed_by_the_root,
    a_service_hears_of_a_compromise_elsewhere,
);

fn read_by_both(picture: &GrayImage) -> [Option<String>; 2] {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let grey = |x, y| picture.get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap()).0[0];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    let first = prepared.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text);
    let format = Some(rxing::BarcodeFormat::QR_CODE);
    let luma = picture.as_raw().clone();
    let second = rxing::helpers::detect_in_luma(luma, picture.width(), picture.height(), format);
    [first, second.ok().map(|found| found.getText().to_owned())]
}

async fn a_code_is_issued_by_page_and_printed(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(50_000).await;
    let before = trade.app().changes.count(lot);
    let browser = trade.registry.signed_in(&trade.farm.clerk).await;
    let path = format!("/lots/{lot}/code");
    assert!(browser.get(&path).await.expect(200).texts("svg.qr").is_empty());
    browser.get(&format!("{path}.svg")).await.expect(404);
    let issued = browser.send(&path, &path, &[]).await.expect(303);
    assert_eq!(issued.header("location"), path);
    assert!(trade.app().changes.count(lot) > before, "caches are not told");

    let page = browser.get(&path).await.expect(200);
    let url = page.texts("code.url").remove(0);
    assert!(url.starts_with("https://DEMO.EXAMPLE.VN/1/"), "{url}");
    let short = page.texts(".label .short-code").remove(0);
    assert_eq!(short.replace(' ', "").len(), 10, "{short}");
    assert!(page.texts(".label .product")[0].contains("Cải bẹ xanh"));
    assert!(page.texts(".label .look-up")[0].contains("demo.example.vn"));
    // Plain http on loopback: the page also gives the address that opens here.
    let local = page.texts("a.local").remove(0);
    let code = parse_link(&url).unwrap().code;
    assert_eq!(local, format!("{}{code}", trade.app().config.base_url));
    let checked = trade.app().checker().unwrap().check(&url, trade.app().clock.now());
    assert_eq!(checked.signature, SignatureState::Valid);

    let svg = browser.get(&format!("{path}.svg")).await.expect(200);
    assert!(svg.header("content-disposition").starts_with("attachment"), "{svg:?}");
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert_eq!(read_by_both(&from_svg(&svg.text, 4)), [Some(url.clone()), Some(url.clone())]);
    assert!(page.text.contains(svg.text.rsplit("<path d=\"").next().unwrap().split('"').next().unwrap()));
    for (query, modules) in [("", 3), ("?dots=8", 8), ("?dots=0", 1)] {
        let png = browser.get(&format!("{path}.png{query}")).await.expect(200);
        assert_eq!(png.header("content-type"), "image/png");
        let picture = from_png(&png.bytes);
        assert_eq!(picture.width(), 53 * modules, "{query}");
        if modules > 1 {
            assert_eq!(read_by_both(&picture), [Some(url.clone()), Some(url.clone())], "{query}");
        }
    }
    let wide = browser.get(&format!("{path}?dots=6&lang=en")).await.expect(200);
    assert!(wide.text.contains("width=\"39.8mm\""), "{}", wide.text);
    assert!(page.texts("main form").is_empty(), "a lot with a code is offered another");
}

async fn a_code_is_issued_by_a_program_once(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let program = trade.registry.program(&trade.farm.clerk).await;
    let path = format!("/api/v1/lots/{lot}/code");
    assert_eq!(program.get(&path).await.expect(404).json()["code"], "code_not_issued");
    let first = program.post(&path, &json!({})).await.expect(200).json();
    let second = program.post(&path, &json!({})).await.expect(200).json();
    assert_eq!(first, second);
    assert_eq!(first, program.get(&path).await.expect(200).json());
    assert_eq!((&first["host"], &first["key_status"]), (&json!("demo.example.vn"), &json!("active")));
    assert_eq!(first["key"], "demo.example.vn/code/2026q4");
    let png = program.get(first["png"].as_str().unwrap()).await.expect(200);
    let url = first["url"].as_str().unwrap().to_owned();
    assert_eq!(read_by_both(&from_png(&png.bytes)), [Some(url.clone()), Some(url)]);
    assert_eq!(trade.registry.anonymous_program().post(&path, &json!({})).await.status, 401);
}

async fn a_stopped_lot_gets_no_code(on: On) {
    let trade = Trade::start(on).await;
    let official = By::Official(trade.officer);
    let program = trade.registry.program(&trade.farm.clerk).await;
    let path = |lot: LotId| format!("/api/v1/lots/{lot}/code");
    let stop = |lot| StopLot { lot, reason: Note::parse("Mẫu chưa đạt").unwrap() };
    let lot = trade.lot(1_000).await;
    chain::record(trade.app(), &official, Command::Hold(stop(lot))).await.unwrap();
    let refused = program.post(&path(lot), &json!({})).await.expect(409).json();
    assert_eq!((&refused["code"], &refused["reason"]), (&json!("code_lot_held"), &json!("Mẫu chưa đạt")));
    chain::record(trade.app(), &official, Command::Release(stop(lot))).await.unwrap();
    let issued = program.post(&path(lot), &json!({})).await.expect(200).json();
    chain::record(trade.app(), &official, Command::Recall(stop(lot))).await.unwrap();
    // A reprint of what is out there already releases nothing new.
    assert_eq!(program.post(&path(lot), &json!({})).await.expect(200).json(), issued);
    let other = trade.lot(1_000).await;
    chain::record(trade.app(), &official, Command::Recall(stop(other))).await.unwrap();
    let refused = program.post(&path(other), &json!({})).await.expect(409).json();
    assert_eq!(refused["code"], "code_lot_recalled");
}

async fn a_lot_of_others_is_not_there(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let stranger = trade.registry.signed_in(&trade.shop.clerk).await;
    for path in ["", ".svg", ".png"] {
        stranger.get(&format!("/lots/{lot}/code{path}")).await.expect(404);
    }
    let program = trade.registry.program(&trade.shop.clerk).await;
    program.post(&format!("/api/v1/lots/{lot}/code"), &json!({})).await.expect(404);
    let none = uuid::Uuid::from_u128(7);
    program.post(&format!("/api/v1/lots/{none}/code"), &json!({})).await.expect(404);
    program.get("/api/v1/lots/';--/code").await.expect(404);
    // The authority sees, and issues nothing.
    let officer = trade.registry.program("officer").await;
    officer.post(&format!("/api/v1/lots/{lot}/code"), &json!({})).await.expect(403);
    codes::issue(trade.app(), &trade.farm.by(), lot).await.unwrap();
    officer.get(&format!("/api/v1/lots/{lot}/code")).await.expect(200);
}

async fn who_holds_some_may_issue(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let shipped = trade.ship(&trade.farm, &trade.packer, lot, 1_000).await.unwrap();
    let program = trade.registry.program(&trade.packer.clerk).await;
    let path = format!("/api/v1/lots/{lot}/code");
    // It is under way to them: they know of it, and do not hold it yet.
    assert_eq!(program.post(&path, &json!({})).await.expect(403).json()["code"], "lot_not_in_hand");
    trade.receive(&trade.packer, shipped.event, 1_000).await.unwrap();
    let issued = program.post(&path, &json!({})).await.expect(200).json();
    assert_eq!(issued["issued_by"], trade.packer.party.to_string());
    // Who declared it gets the same code.
    let farm = trade.registry.program(&trade.farm.clerk).await;
    assert_eq!(farm.post(&path, &json!({})).await.expect(200).json()["url"], issued["url"]);
}

async fn a_reprint_outlives_its_key(on: On) {
    let trade = Trade::start(on).await;
    let (lot, other) = (trade.lot(1_000).await, trade.lot(2_000).await);
    let program = trade.registry.program(&trade.farm.clerk).await;
    let path = format!("/api/v1/lots/{lot}/code");
    let issued = program.post(&path, &json!({})).await.expect(200).json();
    let url = issued["url"].as_str().unwrap();
    custody::compromise(trade.app(), None, "demo.example.vn/code/2026q4", 12).await.unwrap();
    let again = program.get(&path).await.expect(200).json();
    assert_eq!((&again["url"], &again["key_status"]), (&issued["url"], &json!("compromised")));
    let checked = trade.app().checker().unwrap().check(url, trade.app().clock.now());
    assert_eq!(checked.signature, SignatureState::CompromisedKey);
    let refused = program.post(&format!("/api/v1/lots/{other}/code"), &json!({})).await.expect(503);
    assert_eq!(refused.json()["code"], "no_code_key");
    let jwks = trade.registry.anonymous_program().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(jwks.json()["keys"].as_array().unwrap().len(), 1, "the compromised key is still offered");
}

async fn the_published_keys_are_signed_by_the_root(on: On) {
    let registry = TestApp::start(on).await;
    let browser = registry.browser();
    let list = browser.get("/.well-known/nguongoc-keys.txt").await.expect(200);
    assert_eq!(list.header("content-type"), "text/plain; charset=utf-8");
    assert!(list.header("cache-control").contains("max-age=60"));
    let mut trust = Trust::new(registry.root.clone()).unwrap();
    let opened = trust.accept(&list.text).unwrap();
    assert_eq!((opened.list.sequence(), opened.list.keys().len()), (1, 3));
    let jwks = browser.get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(jwks.header("content-type"), "application/jwk-set+json");
    let names: Vec<_> = jwks.json()["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect();
    assert!(names.contains(&"demo.example.vn/code/2026q4".to_owned()), "{names:?}");
    let numbered = browser.get("/.well-known/nguongoc-keys/1.txt").await.expect(200);
    assert_eq!(numbered.text, list.text);
    assert!(numbered.header("cache-control").contains("immutable"));
    for path in ["2.txt", "0.txt", "01.txt", "+1.txt", "-1.txt", "x.txt", "18446744073709551615.txt", "1"] {
        browser.get(&format!("/.well-known/nguongoc-keys/{path}")).await.expect(404);
    }
    for path in ["/.well-known/nguongoc-keys.txt", "/.well-known/jwks.json"] {
        let head = browser.client.head(format!("{}{path}", registry.base)).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        assert!(head.bytes().await.unwrap().is_empty());
    }
}

async fn a_service_hears_of_a_compromise_elsewhere(on: On) {
    let trade = Trade::start(on).await;
    // The service under test looks at the database of its own; the other one writes into the same.
    let watching = custody::watch(trade.registry.app.clone());
    let ring = trade.app().keys.current();
    let other = Arc::new(trade.registry.another_app());
    custody::compromise(&other, None, "demo.example.vn/code/2026q4", 3).await.unwrap();
    let lot = trade.lot(1_000).await;
    // At once, even before it has looked: the database is asked where something is signed.
    assert!(matches!(codes::issue(trade.app(), &trade.farm.by(), lot).await, Err(codes::Error::NoKey)));
    let since = Instant::now();
    while Arc::ptr_eq(&ring, &trade.app().keys.current()) {
        assert!(since.elapsed() < Duration::from_secs(2), "the service does not notice");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    watching.abort();
}

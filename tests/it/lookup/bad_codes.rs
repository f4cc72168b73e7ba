//! Codes that are none, codes of others, codes that were altered: told apart in words, and answered without the database.

use super::arrange::Season;
use crate::support::app::{Answer, Browser, On, on_both};
use nguongoc::codes::{Code, ProductKey, sign};
use nguongoc::kernel::{Gtin, LotCode};
use nguongoc::keys::{KeyName, SecretKey};
use std::collections::HashSet;

on_both!(a_bad_code_costs_no_database, no_altered_code_passes, what_is_typed_leads_to_the_lot_or_to_words,);

/// A code of our host, signed by a key that is in nobody's list.
fn by_a_stranger() -> String {
    let name = KeyName::parse("demo.example.vn/code/2026q3").unwrap();
    let key = SecretKey::from_seed(name, [7; 32].into()).unwrap();
    let product = ProductKey::Gtin(Gtin::parse("09520000000011").unwrap());
    sign(Code::for_lot(product, LotCode::parse("HN-2611-07").unwrap()).unwrap(), &key).unwrap().to_string()
}

/// Sends what was typed into the field of the first page.
async fn look_up(browser: &Browser, typed: &str) -> Answer {
    let query = serde_html_form::to_string([("code", typed)]).unwrap();
    browser.get(&format!("/lookup?{query}")).await
}

/// Changes the character at `place` to another one that may stand in a code.
fn altered(path: &str, place: usize) -> String {
    let mut bytes = path.as_bytes().to_vec();
    bytes[place] = match bytes[place] {
        b'/' => b'A',
        b'A' => b'B',
        b'7' => b'3',
        byte if byte.is_ascii_digit() => b'7',
        _ => b'A',
    };
    String::from_utf8(bytes).unwrap()
}

async fn a_bad_code_costs_no_database(on: On) {
    let season = Season::begin(on).await;
    let good = season.signed_path("HN-2611-07");
    let browser = season.registry.browser();
    let program = season.registry.anonymous_program();
    season.registry.app.store.close().await;
    let forged = altered(&good, 60);
    let cases = [
        (format!("/1/{}", &good[4..]), "signature_length", "invalid"),
        (forged, "", "invalid"),
        (by_a_stranger(), "", "unknown_key"),
        ("/1/x".to_owned(), "product_kind", "invalid"),
        ("/01/09520000000012/10/A".to_owned(), "wrong_check_digit", "absent"),
        ("/P/1000000015/L/A".to_owned(), "wrong_check_digit", "absent"),
        ("/P/1000000014/L/%2e%2e%2fA".to_owned(), "lot_code_character", "absent"),
        ("/01/09520000000011/10/a%00".to_owned(), "element_character", "absent"),
        ("/lot/3456789012".to_owned(), "", "absent"),
        ("/lot/x".to_owned(), "", "absent"),
    ];
    let mut sentences = HashSet::new();
    for (path, reason, signature) in cases {
        let page = browser.get(&path).await.expect(400);
        sentences.insert(page.texts(".verdict").concat());
        assert_eq!(page.header("access-control-allow-origin"), "*", "{path}");
        let answer = program.get(&path).await.expect(400);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let document = answer.json();
        assert_eq!(document["signature"], signature, "{path}: {document}");
        assert_eq!(document["verdict"], "not_issued_by_us");
        if !reason.is_empty() {
            assert_eq!(document["reason"], reason, "{path}");
        }
    }
    assert!(sentences.len() >= 8, "different faults in the same words: {sentences:?}");
    // The good one needs the database, and says so.
    browser.get(&good).await.expect(503);
}

async fn no_altered_code_passes(on: On) {
    let season = Season::begin(on).await;
    season.harvest("HN-2611-07", "2026-11-22").await;
    let good = season.signed_path("HN-2611-07");
    let program = season.registry.anonymous_program();
    program.get(&good).await.expect(200);
    // Small letters are the same code.
    program.get(&format!("/1/{}", good[3..].to_lowercase())).await.expect(200);
    for place in 1..good.len() {
        let answer = program.get(&altered(&good, place)).await;
        assert!(matches!(answer.status, 400 | 404), "place {place}: {} {}", answer.status, answer.text);
    }
    for wrong in [format!("{good}A"), format!("{good}/"), format!("{good}/21/1"), good.replace("/1/", "//1/")]
    {
        let answer = program.get(&wrong).await;
        assert!(matches!(answer.status, 400 | 404), "{wrong}: {}", answer.status);
    }
}

async fn what_is_typed_leads_to_the_lot_or_to_words(on: On) {
    let season = Season::begin(on).await;
    let lot = season.harvest("HN-2611-07", "2026-11-22").await;
    let short = lot.short_code.as_str().to_owned();
    let browser = season.registry.browser();
    let home = browser.get("/").await.expect(200);
    assert_eq!(home.texts("label[for=code]").len(), 1);
    assert_eq!(home.header("set-cookie"), "");
    let landing = format!("/lot/{short}");
    let code = season.signed_path("HN-2611-07");
    for (typed, location) in [
        (short.clone(), landing.clone()),
        (format!(" {}.{} {} ", &short[..4], &short[4..7], &short[7..]), landing.clone()),
        (format!("https://demo.example.vn{landing}"), landing.clone()),
        (format!("https://DEMO.EXAMPLE.VN{code}?x=1"), code.clone()),
        (code.to_lowercase(), code.clone()),
    ] {
        let answer = look_up(&browser, &typed).await.expect(303);
        assert_eq!(answer.header("location"), location, "{typed}");
    }
    let mut wrong = short.clone().into_bytes();
    wrong[9] = if wrong[9] == b'0' { b'1' } else { b'0' };
    for typed in [
        "",
        "không phải mã",
        &String::from_utf8(wrong).unwrap(),
        "https://evil.example/P/1000000014/L/A",
        "https://demo.example.vn/P/1000000015/L/A",
    ] {
        let answer = look_up(&browser, typed).await.expect(400);
        assert_eq!(answer.texts(".problem").len(), 1, "{typed}: {}", answer.text);
        let value = answer.page();
        let field = scraper::Selector::parse("#code").unwrap();
        let field = value.select(&field).next().unwrap();
        assert_eq!(field.value().attr("value"), Some(typed), "what was typed is kept");
    }
    let markup = look_up(&browser, "<script>alert(1)</script>").await.expect(400);
    assert!(!markup.text.contains("<script>"));
    browser.get("/lot/3000000001").await.expect(404);
}

//! The resolver: statuses, headers and bodies of GS1-conformant resolver 1.2, for every way in.

use super::arrange::Season;
use crate::support::app::{Answer, On, on_both};
use nguongoc::chain::{self, By, Command};
use nguongoc::codes;
use nguongoc::kernel::{LotId, ProductId};
use nguongoc::places::PlaceDraft;
use nguongoc::products::{self, LinkDraft, ProductDraft};
use reqwest::Method;
use serde_json::Value;

on_both!(
    everybody_is_sent_to_the_default_page,
    what_is_malformed_costs_no_database,
    all_links_are_told_as_a_set,
    a_link_of_a_type_is_negotiated,
    a_signed_code_resolves_like_any_other,
    what_is_not_known_walks_up,
    places_and_parties_resolve,
    questions_before_the_question,
    the_page_of_a_product,
    an_old_number_leads_to_the_product_that_got_a_gtin,
);

const GTIN: &str = "09520000000011";
const VOC: &str = "https://gs1.org/voc/";

struct Ask<'a> {
    season: &'a Season,
    headers: Vec<(&'a str, &'a str)>,
}

impl<'a> Ask<'a> {
    fn of(season: &'a Season) -> Self {
        Self { season, headers: vec![("accept", "*/*")] }
    }

    fn with(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
        self
    }

    async fn send(&self, method: Method, path: &str) -> Answer {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut request = client.request(method, format!("{}{path}", self.season.registry.base));
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    /// GET, and HEAD must answer the same without a body.
    async fn get(&self, path: &str) -> Answer {
        let answer = self.send(Method::GET, path).await;
        let head = self.send(Method::HEAD, path).await;
        assert_eq!(head.status, answer.status, "HEAD {path}");
        assert!(head.bytes.is_empty(), "HEAD {path} has a body");
        for name in
            ["location", "link", "content-type", "vary", "cache-control", "access-control-allow-origin"]
        {
            assert_eq!(head.header(name), answer.header(name), "HEAD {path}: {name}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let exposed = answer.header("access-control-expose-headers");
        assert!(exposed.contains("Link") && exposed.contains("Location"), "{path}: {exposed}");
        assert_eq!(answer.header("set-cookie"), "");
        answer
    }
}

async fn link(season: &Season, kind: &str, href: &str, lang: &str, media_type: &str) {
    let draft = LinkDraft {
        kind: kind.to_owned(),
        href: href.to_owned(),
        title: format!("{kind} {lang}"),
        lang: lang.to_owned(),
        media_type: media_type.to_owned(),
    };
    let new = draft.parse().expect("a link");
    products::add_link(&season.registry.app, &season.farm.member, season.product.id, &new)
        .await
        .expect("a link");
}

async fn issue(season: &Season, lot: LotId) {
    codes::issue(&season.registry.app, &By::own(season.farm.member), lot).await.expect("a code");
}

fn base(season: &Season) -> String {
    season.registry.app.config.base_url.to_string()
}

/// Fails unless the body is a set of links as RFC 9264 §4.2 and the resolver standard want it. The context and its anchor.
fn context(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), "application/linkset+json");
    assert_eq!(
        answer.header("link"),
        "<https://ref.gs1.org/standards/resolver/linkset-context>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\""
    );
    assert!(answer.header("vary").contains("Accept-Language") && answer.header("vary").contains("Accept"));
    let document = answer.json();
    assert_eq!(document.as_object().unwrap().keys().collect::<Vec<_>>(), ["linkset"], "one member");
    let contexts = document["linkset"].as_array().expect("an array");
    assert_eq!(contexts.len(), 1);
    for (name, value) in contexts[0].as_object().expect("an object") {
        if name == "anchor" {
            assert!(value.as_str().is_some_and(|anchor| anchor.starts_with("http")), "{value}");
            continue;
        }
        assert!(name.starts_with(VOC), "{name} is no absolute link type");
        let links = value.as_array().unwrap_or_else(|| panic!("{name}: {value} is no array"));
        assert!(!links.is_empty());
        for link in links {
            let known = ["href", "title", "hreflang", "type", "context", "fwqs", "public"];
            for (member, value) in link.as_object().expect("a link object") {
                assert!(known.contains(&member.as_str()), "{member}");
                match member.as_str() {
                    "hreflang" => {
                        for tag in value.as_array().expect("an array") {
                            let tag = tag.as_str().expect("a tag");
                            let (lang, region) = tag.split_once('-').unwrap_or((tag, "XX"));
                            let two = |text: &str, f: fn(&u8) -> bool| {
                                text.len() == 2 && text.as_bytes().iter().all(f)
                            };
                            assert!(
                                two(lang, u8::is_ascii_lowercase) && two(region, u8::is_ascii_uppercase),
                                "{tag}"
                            );
                        }
                    }
                    _ => assert!(value.is_string(), "{member}: {value}"),
                }
            }
            assert!(link["href"].as_str().is_some_and(|href| href.starts_with("http")), "{link}");
            assert!(link["title"].is_string());
        }
        if name.ends_with("/defaultLink") {
            assert_eq!(links.len(), 1, "exactly one default");
            assert_eq!(links[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["href", "title"]);
        }
    }
    contexts[0].clone()
}

async fn everybody_is_sent_to_the_default_page(on: On) {
    let season = Season::begin(on).await;
    let lot = season.harvest("HN-2611-07", "2026-11-22").await;
    let (number, short) = (season.product.number.as_str(), lot.short_code.as_str());
    let public = base(&season);
    for (path, anchor, target) in [
        (format!("/01/{GTIN}/10/HN-2611-07"), format!("01/{GTIN}/10/HN-2611-07"), format!("/lot/{short}")),
        (
            format!("/01/{GTIN}/10/HN%2D2611%2d07/"),
            format!("01/{GTIN}/10/HN-2611-07"),
            format!("/lot/{short}"),
        ),
        (format!("/01/{GTIN}"), format!("01/{GTIN}"), format!("/product/{GTIN}")),
        (format!("/01/{GTIN}/22/V1"), format!("01/{GTIN}/22/V1"), format!("/product/{GTIN}")),
        (format!("/01/{GTIN}/235/T1"), format!("01/{GTIN}/235/T1"), format!("/product/{GTIN}")),
        (format!("/P/{number}"), format!("P/{number}"), format!("/product/{GTIN}")),
        (format!("/p/{number}/l/hn-2611-07"), format!("P/{number}/L/HN-2611-07"), format!("/lot/{short}")),
    ] {
        for (header, value) in
            [("accept", "text/html,*/*;q=0.8"), ("accept", "application/json"), ("accept-language", "fr")]
        {
            let answer = Ask::of(&season).with(header, value).get(&path).await.expect(307);
            assert_eq!(answer.header("location"), target, "{path}");
            assert_eq!(
                answer.header("link"),
                format!(
                    "<{public}/{anchor}?linkType=linkset>; rel=\"linkset\"; type=\"application/linkset+json\""
                )
            );
        }
        // As it came: a resolver passes on what it does not understand.
        let answer = Ask::of(&season).get(&format!("{path}?a=%2F&17=261231&linkType=")).await.expect(307);
        assert_eq!(answer.header("location"), format!("{target}?a=%2F&17=261231&linkType="));
        let answer = Ask::of(&season).get(&format!("{path}?linkType=gs1:defaultLink")).await.expect(307);
        assert!(answer.header("location").starts_with(&target));
        // The Host header of a request decides nothing.
        let answer = Ask::of(&season).with("host", "evil.example").get(&path).await.expect(307);
        assert!(!answer.header("link").contains("evil"));
    }
}

async fn what_is_malformed_costs_no_database(on: On) {
    let season = Season::begin(on).await;
    season.registry.app.store.close().await;
    for (path, reason) in [
        ("/01/09520000000012", "wrong_check_digit"),
        ("/01/9520000000011", "element_malformed"),
        ("/01/09520000000011/10", "link_no_key"),
        ("/01/09520000000011/10//", "element_empty"),
        ("/01/09520000000011/21/A/10/B", "qualifier_misplaced"),
        ("/01/09520000000011/17/261231", "qualifier_misplaced"),
        ("/01/09520000000011/10/a%00", "element_character"),
        ("/01/09520000000011?10=A", "element_not_in_query"),
        ("/01/09520000000011?17=261331", "element_malformed"),
        ("/01/09520000000011?17=261231&17=261231", "element_twice"),
        ("/01/09520000000011?05=1", "element_unknown"),
        ("/01/02012345678903", "gtin_restricted"),
        ("/414/9520000000005", "wrong_check_digit"),
        ("/00/395200000000000006", "wrong_check_digit"),
        ("/417/abc", "element_character"),
        ("/P/1000000015", "wrong_check_digit"),
        ("/P/1000000014/L/A%2FB", "lot_code_character"),
        ("/product/123", "number_malformed"),
    ] {
        let answer = Ask::of(&season).with("accept", "application/json").get(path).await.expect(400);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(answer.json()["reason"], reason, "{path}");
        let asked = format!("{path}{}linkType=linkset", if path.contains('?') { '&' } else { '?' });
        Ask::of(&season).get(&asked).await.expect(400);
    }
    let good = season.signed_path("HN-2611-07");
    let forged = good.replacen("/01/", "/P/", 1);
    for path in [forged, format!("{good}0"), "/1/x".to_owned()] {
        let answer = Ask::of(&season).get(&format!("{path}?linkType=linkset")).await;
        assert_eq!(answer.status, 400, "{path}");
    }
    // The good ones need the database, and say so.
    Ask::of(&season).send(Method::GET, &format!("{good}?linkType=linkset")).await.expect(503);
    Ask::of(&season).send(Method::GET, "/01/09520000000011").await.expect(503);
}

async fn all_links_are_told_as_a_set(on: On) {
    let season = Season::begin(on).await;
    let lot = season.harvest("HN-2611-07", "2026-11-22").await;
    link(&season, "recipeInfo", "https://rau.example/canh?x=1#top", "vi", "").await;
    link(&season, "gs1:recipeInfo", "https://rau.example/soup", "en-GB", "").await;
    link(&season, "masterData", "https://rau.example/data", "", "application/ld+json").await;
    let public = base(&season);
    let short = lot.short_code.as_str();
    let of_lot = format!("/01/{GTIN}/10/HN-2611-07");
    for path in [of_lot.clone(), season.signed_path("HN-2611-07"), format!("{of_lot}/21/7")] {
        for (query, accept) in [
            ("?linkType=linkset", "*/*"),
            ("?linkType=all&x=1", "text/html"),
            ("", "application/linkset+json"),
            ("?linkType=gs1:pip", "application/linkset+json, */*;q=0.1"),
        ] {
            let answer =
                Ask::of(&season).with("accept", accept).get(&format!("{path}{query}")).await.expect(200);
            let context = context(&answer);
            let key = path.split_once("/01/").unwrap().1;
            assert_eq!(context["anchor"], format!("{public}/01/{key}"));
            let default = &context[format!("{VOC}defaultLink")][0];
            assert_eq!(default["href"], format!("{public}/lot/{short}"));
            assert_eq!(context[format!("{VOC}traceability")][0]["href"], default["href"]);
            assert_eq!(context[format!("{VOC}pip")][0]["href"], format!("{public}/product/{GTIN}"));
            assert_eq!(context[format!("{VOC}pip")][0]["hreflang"], serde_json::json!(["vi", "en"]));
            let recipes = context[format!("{VOC}recipeInfo")].as_array().unwrap();
            assert_eq!(recipes.len(), 2);
            for (href, lang) in
                [("https://rau.example/canh?x=1#top", "vi"), ("https://rau.example/soup", "en-GB")]
            {
                let recipe = recipes.iter().find(|link| link["href"] == href).expect("a recipe");
                assert_eq!(recipe["hreflang"], serde_json::json!([lang]));
            }
            let sheet = &context[format!("{VOC}masterData")][0];
            assert_eq!((&sheet["type"], sheet.get("hreflang")), (&"application/ld+json".into(), None));
        }
    }
    // The product alone: its page is the default, and nothing of a lot is told.
    let answer = Ask::of(&season).get(&format!("/01/{GTIN}?linkType=linkset")).await.expect(200);
    let context = context(&answer);
    assert_eq!(context[format!("{VOC}defaultLink")][0]["href"], format!("{public}/product/{GTIN}"));
    assert_eq!(context.get(format!("{VOC}traceability")), None);
    // Titles in the language of the one who asks.
    let ask = Ask::of(&season).with("accept-language", "en");
    let english = self::context(&ask.get(&format!("{of_lot}?linkType=linkset")).await);
    assert_eq!(english[format!("{VOC}defaultLink")][0]["title"], "Choy sum, lot HN-2611-07");
}

async fn a_link_of_a_type_is_negotiated(on: On) {
    let season = Season::begin(on).await;
    let lot = season.harvest("HN-2611-07", "2026-11-22").await;
    link(&season, "recipeInfo", "https://rau.example/canh?x=1#top", "vi", "").await;
    link(&season, "recipeInfo", "https://rau.example/soup", "en", "").await;
    link(&season, "recipeInfo", "https://rau.example/soup.pdf", "en", "application/pdf").await;
    let path = format!("/01/{GTIN}/10/HN-2611-07");
    let short = lot.short_code.as_str();
    for (query, language, accept, location) in [
        ("linkType=gs1:pip", "", "*/*", format!("/product/{GTIN}?linkType=gs1:pip")),
        ("linkType=gs1%3Apip", "", "*/*", format!("/product/{GTIN}?linkType=gs1%3Apip")),
        (
            "linkType=https://gs1.org/voc/pip",
            "fr",
            "*/*",
            format!("/product/{GTIN}?linkType=https://gs1.org/voc/pip"),
        ),
        (
            "linkType=https%3A%2F%2Fref.gs1.org%2Fvoc%2Ftraceability",
            "",
            "text/html",
            format!("/lot/{short}?linkType=https%3A%2F%2Fref.gs1.org%2Fvoc%2Ftraceability"),
        ),
        (
            "linkType=gs1:recipeInfo",
            "vi-VN,vi;q=0.9,en;q=0.8",
            "*/*",
            "https://rau.example/canh?x=1&linkType=gs1:recipeInfo#top".to_owned(),
        ),
        (
            "linkType=gs1:recipeInfo",
            "en",
            "application/pdf",
            "https://rau.example/soup.pdf?linkType=gs1:recipeInfo".to_owned(),
        ),
        (
            "linkType=gs1:recipeInfo",
            "en",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "https://rau.example/soup?linkType=gs1:recipeInfo".to_owned(),
        ),
        (
            "linkType=gs1:recipeInfo&lang=vi",
            "en",
            "*/*",
            "https://rau.example/canh?x=1&linkType=gs1:recipeInfo&lang=vi#top".to_owned(),
        ),
    ] {
        let mut ask = Ask::of(&season).with("accept", accept);
        if !language.is_empty() {
            ask = ask.with("accept-language", language);
        }
        let answer = ask.get(&format!("{path}?{query}")).await.expect(307);
        assert_eq!(answer.header("location"), location, "{query} {language} {accept}");
        assert!(answer.header("link").contains("rel=\"linkset\""));
        assert!(answer.header("vary").contains("Accept-Language"));
    }
    // Still several: the one who asks chooses.
    for (language, count) in [("en", 2), ("fr", 3)] {
        let ask = Ask::of(&season).with("accept-language", language);
        let answer = ask.get(&format!("{path}?linkType=gs1:recipeInfo")).await.expect(300);
        let choices = context(&answer);
        assert_eq!(choices[format!("{VOC}recipeInfo")].as_array().unwrap().len(), count);
        assert_eq!(choices.get(format!("{VOC}defaultLink")), None);
    }
    for absent in ["gs1:faqs", "pip", "gs1:", "https://evil.example/pip", "gs1:epcis", "%00"] {
        let answer = Ask::of(&season).get(&format!("{path}?linkType={absent}")).await.expect(404);
        assert_eq!(answer.header("location"), "", "{absent}");
    }
    let program = season.registry.anonymous_program();
    let problem = program.get(&format!("{path}?linkType=gs1:faqs")).await.expect(404).json();
    assert_eq!(problem["code"], "link_type_absent");
}

async fn a_signed_code_resolves_like_any_other(on: On) {
    let season = Season::begin(on).await;
    let lot = season.harvest("HN-2611-07", "2026-11-22").await;
    issue(&season, lot.id).await;
    let path = season.signed_path("HN-2611-07");
    // A phone gets the page itself.
    for query in ["", "?linkType=", "?utm=1"] {
        let ask = Ask::of(&season).with("accept", "text/html,*/*;q=0.8");
        let page = ask.get(&format!("{path}{query}")).await.expect(200);
        assert!(page.text.contains("HN-2611-07"));
    }
    let small = format!("/1/{}", path[3..].to_lowercase());
    for path in [&path, &small] {
        let answer = Ask::of(&season).get(&format!("{path}?linkType=gs1:pip")).await.expect(307);
        assert_eq!(answer.header("location"), format!("/product/{GTIN}?linkType=gs1:pip"));
        let link = format!("<{}/01/{GTIN}/10/HN-2611-07?linkType=linkset>", base(&season));
        assert!(answer.header("link").starts_with(&link), "{}", answer.header("link"));
        Ask::of(&season).get(&format!("{path}?linkType=gs1:faqs")).await.expect(404);
    }
}

async fn what_is_not_known_walks_up(on: On) {
    let season = Season::begin(on).await;
    let lot = season.harvest("HN-2611-07", "2026-11-22").await;
    let (short, number) = (lot.short_code.as_str(), season.product.number.as_str());
    for (path, location, says) in [
        (format!("/01/{GTIN}/10/HN-2611-07/21/300417265118"), format!("/lot/{short}#unit"), "#unit"),
        (format!("/P/{number}/L/HN-2611-07/S/7"), format!("/lot/{short}#unit"), "#unit"),
        (format!("/01/{GTIN}/21/300417265118"), format!("/product/{GTIN}#unit"), "#unit"),
        (format!("/01/{GTIN}/10/KHONG-CO"), format!("/product/{GTIN}#no-lot"), "#no-lot"),
        (format!("/01/{GTIN}/10/hn-2611-07"), format!("/product/{GTIN}#no-lot"), "#no-lot"),
        (format!("/01/{GTIN}/10/a%2Fb/21/7"), format!("/product/{GTIN}#no-lot"), "#no-lot"),
        (format!("/P/{number}/L/KHONG-CO"), format!("/product/{GTIN}#no-lot"), "#no-lot"),
    ] {
        let answer = Ask::of(&season).get(&path).await.expect(307);
        assert_eq!(answer.header("location"), location, "{path}");
        // The query stands before what the page says.
        let answer = Ask::of(&season).get(&format!("{path}?a=1")).await.expect(307);
        assert_eq!(answer.header("location"), location.replace('#', "?a=1#"));
        let page = season.registry.browser().get(location.split('#').next().unwrap()).await.expect(200);
        assert_eq!(page.texts(&format!(".told{says}")).len(), 1, "{location}");
        // A level that is not known adds no link.
        let set = context(&Ask::of(&season).get(&format!("{path}?linkType=linkset")).await.expect(200));
        assert_eq!(set.get(format!("{VOC}traceability")).is_some(), location.starts_with("/lot/"), "{path}");
    }
    for path in [
        "/01/09520000000028/10/HN-2611-07",
        "/P/1000000014",
        "/P/1000000014/L/A",
        "/00/395200000000000005",
        "/414/9520000000004",
        "/417/9520000000004",
        "/product/1000000014",
        "/place/9520000000004",
        "/party/9520000000004",
    ] {
        for query in ["", "?linkType=linkset", "?linkType=gs1:pip"] {
            let answer = Ask::of(&season).get(&format!("{path}{query}")).await.expect(404);
            assert_eq!(answer.header("location"), "");
        }
    }
}

async fn places_and_parties_resolve(on: On) {
    let season = Season::begin(on).await;
    let app = &season.registry.app;
    let draft = PlaceDraft {
        kind: "packhouse".to_owned(),
        name: "Nhà sơ chế số 3".to_owned(),
        commune: "00004".to_owned(),
        gln: "9520000000004".to_owned(),
        ..PlaceDraft::default()
    };
    let place = chain::add_place(app, &season.farm.member, &draft.parse().unwrap()).await.unwrap();
    for path in ["/414/9520000000004", "/414/9520000000004/254/LUONG-3", "/414/9520000000004/7040/1A2B"] {
        let answer = Ask::of(&season).get(path).await.expect(307);
        assert_eq!(answer.header("location"), "/place/9520000000004", "{path}");
        let set = context(&Ask::of(&season).get(&format!("{path}?linkType=linkset")).await.expect(200));
        assert_eq!(set["anchor"], format!("{}{path}", base(&season)));
        assert_eq!(set[format!("{VOC}locationInfo")][0]["href"], set[format!("{VOC}defaultLink")][0]["href"]);
    }
    let page = season.registry.browser().get("/place/9520000000004").await.expect(200);
    assert_eq!(page.texts("h1"), ["Nhà sơ chế số 3"]);
    assert!(page.text.contains("Hợp tác xã Rau sạch Vân Mẫu"));
    season.registry.browser().get(&format!("/place/{}", place.number)).await.expect(200);
    season.registry.browser().get("/place/952-0000-000004").await.expect(404);

    // A household that has not agreed is not named, and neither is its place.
    let name = "Hộ ông Mẫu";
    let quiet = Season::of(
        crate::support::app::TestApp::start(on).await,
        nguongoc::parties::Kind::Household,
        false,
        name,
    )
    .await;
    let place =
        chain::add_place(&quiet.registry.app, &quiet.farm.member, &draft.parse().unwrap()).await.unwrap();
    let page = quiet.registry.browser().get(&format!("/place/{}", place.code())).await.expect(200);
    assert!(!page.text.contains(name) && !page.text.contains("Nhà sơ chế số 3"), "{}", page.text);
    let page = quiet.registry.browser().get(&format!("/product/{GTIN}")).await.expect(200);
    assert!(!page.text.contains(name));
}

async fn questions_before_the_question(on: On) {
    let season = Season::begin(on).await;
    let path = format!("/01/{GTIN}/10/A%2FB");
    for path in [
        path.as_str(),
        "/414/9520000000004",
        "/00/395200000000000005",
        "/417/9520000000004",
        "/P/1000000014",
        &season.signed_path("HN-2611-07"),
        "/01/wrong",
        "/.well-known/gs1resolver",
    ] {
        let ask = Ask::of(&season)
            .with("origin", "https://shop.example")
            .with("access-control-request-method", "GET,HEAD,OPTIONS")
            .with("access-control-request-headers", "accept, accept-language");
        let answer = ask.send(Method::OPTIONS, path).await.expect(204);
        for name in ["allow", "access-control-allow-methods"] {
            assert_eq!(answer.header(name), "GET, HEAD, OPTIONS", "{path}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(answer.header("access-control-allow-headers").contains("Accept-Language"));
        assert!(answer.header("access-control-expose-headers").contains("Link"));
        let told = answer.header("link").contains("?linkType=linkset>; rel=\"linkset\"");
        assert_eq!(told, !path.contains("wrong") && !path.contains("well-known"), "{path}");
        Ask::of(&season).send(Method::POST, path).await.expect(405);
    }
    let answer =
        Ask::of(&season).with("accept-language", "en").get("/.well-known/gs1resolver").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let description = answer.json();
    assert_eq!(description["resolverRoot"], base(&season));
    assert_eq!(description["supportedPrimaryKeys"], serde_json::json!(["00", "01", "414", "417"]));
    assert!(description["name"].is_string() && description["contact"]["fn"].is_string());
}

async fn the_page_of_a_product(on: On) {
    let season = Season::begin(on).await;
    let lot = season.harvest("HN-2611-07", "2026-11-22").await;
    season.harvest("KHONG-MA", "2026-11-22").await;
    issue(&season, lot.id).await;
    link(&season, "recipeInfo", "https://rau.example/canh?a=1&b=2", "vi", "").await;
    let browser = season.registry.browser();
    let page = browser.get(&format!("/product/{GTIN}")).await.expect(200);
    assert_eq!(page.texts("h1"), ["Cải ngọt"]);
    assert!(page.text.contains("Hợp tác xã Rau sạch Vân Mẫu"));
    assert_eq!(page.texts("#lots .card h3").len(), 1, "only lots with a code");
    assert!(page.texts("#lots").concat().contains("HN-2611-07"));
    assert!(page.text.contains("href=\"https://rau.example/canh?a=1&#38;b=2\""), "{}", page.text);
    assert!(!page.text.contains("<script") && page.header("set-cookie").is_empty());
    let english = browser.get(&format!("/product/{}?lang=en", season.product.number)).await.expect(200);
    assert_eq!(english.texts("h1"), ["Choy sum"]);
    season.stop(Command::Recall, lot.id, "Dư lượng").await;
    let page = browser.get(&format!("/product/{GTIN}")).await.expect(200);
    assert!(page.texts("#lots").concat().contains("thu hồi"), "{:?}", page.texts("#lots"));
}

async fn an_old_number_leads_to_the_product_that_got_a_gtin(on: On) {
    let season = Season::begin(on).await;
    let (app, by) = (&season.registry.app, &season.farm.member);
    let draft =
        ProductDraft { group: "rau".to_owned(), name: "Rau dền".to_owned(), ..ProductDraft::default() };
    let product = nguongoc::chain::add_product(app, by, &draft.parse().unwrap()).await.unwrap();
    let path = format!("/P/{}", product.number);
    let answer = Ask::of(&season).get(&path).await.expect(307);
    assert_eq!(answer.header("location"), format!("/product/{}", product.number));
    let id: ProductId = product.id;
    let draft = ProductDraft { gtin: "09520000000028".to_owned(), ..draft };
    chain::change_product(app, by, id, &draft.parse().unwrap()).await.unwrap();
    for path in [path.as_str(), "/01/09520000000028"] {
        let answer = Ask::of(&season).get(path).await.expect(307);
        assert_eq!(answer.header("location"), "/product/09520000000028");
    }
    season.registry.browser().get(&format!("/product/{}", product.number)).await.expect(200);
}

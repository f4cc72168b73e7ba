//! What is only pointed out: the authority's page, its table and its list for programs; and nobody else's.

use crate::support::app::{On, on_both};
use crate::support::chain::later;
use crate::support::field::{plot, publish_lists};
use crate::support::season::grams;
use crate::support::trade::Trade;
use nguongoc::chain::{self, Command, DeclareLot, Output, Portion, Transform};
use nguongoc::events::Step;
use nguongoc::kernel::{PlaceId, Quantity, Unit};
use nguongoc::products::ProductDraft;

on_both!(what_is_pointed_out_is_told_to_the_authority);

async fn harvest(trade: &Trade, place: PlaceId, amount: i64) -> chain::Recorded {
    let draft = ProductDraft {
        group: "rau".to_owned(),
        name: format!("Rau cần {amount}"),
        crop: "rau_can".to_owned(),
        ..ProductDraft::default()
    };
    let product =
        nguongoc::chain::add_product(trade.app(), &trade.farm.member, &draft.parse().expect("a product"))
            .await;
    later(trade.app());
    let begun = DeclareLot {
        product: product.expect("a product").id,
        place: Some(place),
        when: None,
        quantity: grams(amount),
        code: None,
        variety: None,
        note: None,
    };
    chain::record(trade.app(), &trade.farm.by(), Command::Declare(begun)).await.expect("a harvest")
}

#[expect(clippy::too_many_lines, reason = "one story")]
async fn what_is_pointed_out_is_told_to_the_authority(on: On) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let farm = &trade.farm;
    // 720 m² give at most 4,320 kg of water celery in a season, and more is only flagged.
    let place = plot(&trade, farm, "Thửa 1").await;
    harvest(&trade, place, 4_320_000).await;
    let beyond = harvest(&trade, place, 500).await;
    let more = harvest(&trade, place, 1_000_000).await;
    // Bundles out of kilograms: no band says how many.
    let bundles = ProductDraft {
        group: "rau".to_owned(),
        name: "Rau cần bó".to_owned(),
        unit: "piece".to_owned(),
        ..ProductDraft::default()
    };
    let bundles =
        nguongoc::chain::add_product(trade.app(), &farm.member, &bundles.parse().expect("a product")).await;
    let made = Command::Transform(Transform {
        step: Step::Cut,
        inputs: vec![Portion { lot: more.lot.id, quantity: grams(1_000) }],
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: vec![Output {
            product: bundles.expect("a product").id,
            code: None,
            quantity: Quantity::new(900, Unit::Piece).expect("pieces"),
        }],
        node: None,
        place: Some(farm.place),
        when: None,
        note: None,
    });
    later(trade.app());
    let made = chain::record(trade.app(), &farm.by(), made).await.expect("bundles");

    let officer = trade.registry.program("officer").await;
    let listed = officer.get("/api/v1/flags").await.expect(200).json();
    let flags = listed["flags"].as_array().expect("a list");
    let told: Vec<(&str, &str)> = flags
        .iter()
        .map(|flag| (flag["rule"].as_str().unwrap_or_default(), flag["lot"].as_str().unwrap_or_default()))
        .collect();
    let ids = [made.lot.id, more.lot.id, beyond.lot.id].map(|lot| lot.to_string());
    assert_eq!(
        told,
        [("unit_not_comparable", &*ids[0]), ("beyond_yield", &*ids[1]), ("beyond_yield", &*ids[2])],
        "the latest first"
    );
    assert_eq!(flags[2]["beyond"]["amount"], 500);
    assert_eq!(flags[1]["beyond"]["amount"], 1_000_500);
    assert_eq!(flags[1]["most"]["amount"], 4_320_000);
    assert_eq!(flags[0]["beyond"], serde_json::Value::Null);
    assert_eq!(flags[1]["party_name"], "Hợp tác xã rau Vân Mẫu");
    assert_eq!(flags[1]["page"], format!("/lots/{}", more.lot.id));
    assert_eq!(listed["next"], serde_json::Value::Null);

    // Page by page, each line once.
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = officer.get(&format!("/api/v1/flags?size=1{after}")).await.expect(200).json();
        let lines = page["flags"].as_array().expect("a list");
        seen.extend(lines.iter().map(|flag| flag["lot"].as_str().unwrap_or_default().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ids);
    let of_rule = officer.get("/api/v1/flags?rule=unit_not_comparable").await.expect(200).json();
    assert_eq!(of_rule["flags"].as_array().map(Vec::len), Some(1));
    let of_party = officer.get(&format!("/api/v1/flags?party={}", trade.shop.party)).await.expect(200).json();
    assert_eq!(of_party["flags"].as_array().map(Vec::len), Some(0));
    for (query, field, code) in [
        ("rule=anything", "rule", "rule_unknown"),
        ("party=1", "party", "id_malformed"),
        ("after=x", "after", "cursor_malformed"),
        ("size=0", "size", "page_size_malformed"),
    ] {
        let refused = officer.get(&format!("/api/v1/flags?{query}")).await.expect(422).json();
        assert_eq!(
            (&refused["problems"][0]["field"], &refused["problems"][0]["code"]),
            (&field.into(), &code.into())
        );
    }

    // By page, in both languages, with a way to the lot and to the firm; and as a table.
    let browser = trade.registry.signed_in("officer").await;
    let page = browser.get("/flags").await.expect(200);
    assert_eq!(page.texts("h1"), ["Cần xem xét"]);
    assert_eq!(page.texts("ul.cards > li").len(), 3);
    assert!(page.texts("dd").iter().any(|text| text.contains("000,5 kg")), "{:?}", page.texts("dd"));
    assert!(page.text.contains(&format!("href=\"/lots/{}\"", more.lot.id)));
    assert!(page.text.contains(&format!("href=\"/parties/{}\"", farm.party)));
    let english = browser.get("/flags?lang=en&rule=beyond_yield").await.expect(200);
    assert_eq!(english.texts("ul.cards > li").len(), 2);
    assert_eq!(english.texts("p.mark")[0], "More is harvested than its plot can yield");
    let table = browser.get("/flags.csv?rule=beyond_yield").await.expect(200);
    assert!(table.header("content-type").starts_with("text/csv"));
    let lines: Vec<&str> = table.text.lines().collect();
    assert_eq!(lines.len(), 3, "{}", table.text);
    assert!(lines[1].contains(",kg,5320.5,4320,1000.5,"), "{}", lines[1]);

    // The lot goes on; and what is corrected is pointed out no more.
    assert_eq!(more.lot.breach, None);
    let wrong = chain::Correct { event: more.event, did_not_occur: false, instead: Vec::new(), note: None };
    later(trade.app());
    chain::record(trade.app(), &farm.by(), Command::Correct(wrong)).await.expect("a correction");
    let rest = officer.get("/api/v1/flags?rule=beyond_yield").await.expect(200).json();
    assert_eq!(rest["flags"].as_array().map(Vec::len), Some(1));

    // It is the authority's affair.
    trade.registry.program("inspector").await.get("/api/v1/flags").await.expect(200);
    trade.registry.signed_in("inspector").await.get("/flags").await.expect(200);
    let clerk = trade.registry.program(&farm.clerk).await;
    clerk.get("/api/v1/flags").await.expect(403);
    let clerk = trade.registry.signed_in(&farm.clerk).await;
    clerk.get("/flags").await.expect(403);
    clerk.get("/flags.csv").await.expect(403);
    trade.registry.anonymous_program().get("/api/v1/flags").await.expect(401);
}

//! Traces through the front door: what the authority, the firms of a chain and strangers are told, in every form.

use crate::support::app::{Answer, On, Program, on_both};
use crate::support::lineage::{Hand, World, at, id};
use crate::support::trade::{Firm, Trade, firm};
use calamine::{Data, Reader, Xlsx};
use nguongoc::parties::Kind;
use serde_json::{Value, json};
use std::io::Cursor;
use uuid::Uuid;

on_both!(
    the_authority_is_told_everything,
    a_firm_is_told_what_is_its_affair,
    strangers_find_nothing,
    gaps_are_named,
    cases_carry_the_history_of_what_lies_in_them,
    a_place_and_a_window_are_traced,
    events_come_as_an_epcis_document,
    sheets_are_read_back,
    pictures_are_drawn,
    the_page_shows_and_links,
    questions_are_checked,
);

/// The lots of the story.
const FIELD: u128 = 0x101;
const HOUSEHOLD: u128 = 0x102;
const FOREIGN: u128 = 0x103;
const MIXED: u128 = 0x104;
const FIRST: u128 = 0x105;
const SECOND: u128 = 0x106;
const DISH: u128 = 0x107;

struct Story {
    trade: Trade,
    household: Firm,
    kitchen: Firm,
}

fn hand(firm: &Firm) -> Hand {
    Hand { party: firm.party.as_uuid(), place: Some(firm.place.as_uuid()), product: firm.product.as_uuid() }
}

impl Story {
    /// A farm's 100 kg, a household's 50 kg and 50 kg that nobody knows become 190 kg at the packer's; of that 90 kg go to the
    /// shop, which received 80, and 100 kg to a kitchen, which cooks 60 kg of them.
    async fn tell(on: On) -> Self {
        let trade = Trade::start(on).await;
        let household = firm(&trade.registry, &trade.officer, Kind::Household, "Hộ ông Lê Văn Mẫu", "").await;
        let kitchen =
            firm(&trade.registry, &trade.officer, Kind::Company, "Bếp ăn Hoa Sen", "9900001323").await;
        let [farm, packer, shop] = [&trade.farm, &trade.packer, &trade.shop].map(hand);
        let (house, cook) = (hand(&household), hand(&kitchen));
        let mut world = World::default();
        world.harvest(id(FIELD), farm, "RUONG-1", 100_000, 0);
        world.harvest(id(HOUSEHOLD), house, "HO-1", 50_000, 5);
        world.thing(id(FOREIGN), "class", "01/09521234543213/10/LA");
        world.ship(id(FIELD), farm, packer, 100_000, 100_000, 60);
        world.ship(id(HOUSEHOLD), house, packer, 50_000, 50_000, 70);
        world.lot(id(MIXED), packer, "TRON-1", 190_000);
        let inputs = [(id(FIELD), Some(100_000)), (id(HOUSEHOLD), Some(50_000)), (id(FOREIGN), Some(50_000))];
        world.make("mix", packer, &inputs, &[(id(MIXED), Some(190_000))], 200);
        world.lot(id(FIRST), packer, "GOI-1", 90_000);
        world.lot(id(SECOND), packer, "GOI-2", 100_000);
        let outputs = [(id(FIRST), Some(90_000)), (id(SECOND), Some(100_000))];
        world.make("split", packer, &[(id(MIXED), Some(190_000))], &outputs, 260);
        world.ship(id(FIRST), packer, shop, 90_000, 80_000, 300);
        world.ship(id(SECOND), packer, cook, 100_000, 100_000, 310);
        let sold = world.event("sell", shop, None, 400);
        world.part(id(FIRST), sold, "object", Some(30_000));
        world.entry(id(FIRST), sold, shop.party, "sold", 30_000);
        world.hold(id(FIRST), shop.party, 50_000, 80_000);
        world.lot(id(DISH), cook, "MON-1", 60_000);
        world.make("cut", cook, &[(id(SECOND), Some(60_000))], &[(id(DISH), Some(60_000))], 500);
        world.hold(id(SECOND), cook.party, 40_000, 100_000);
        world.hold(id(DISH), cook.party, 60_000, 60_000);
        world.rows.write(&trade.app().store).await.unwrap();
        Self { trade, household, kitchen }
    }

    async fn asks(&self, who: &str, path: &str) -> Answer {
        self.trade.registry.program(who).await.get(path).await
    }
}

fn path(lot: u128, rest: &str) -> String {
    format!("/api/v1/lots/{}/trace{rest}", id(lot))
}

/// The entry of `list` about a lot.
fn about(list: &Value, code: &str) -> Value {
    let all = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    let found = all.iter().find(|one| one["code"] == code);
    found.unwrap_or_else(|| panic!("nothing about {code}: {list}")).clone()
}

async fn the_authority_is_told_everything(on: On) {
    let story = Story::tell(on).await;
    let trace = story.asks("officer", &path(MIXED, "")).await.expect(200).json();
    assert_eq!(trace["things"].as_array().unwrap().len(), 7);
    let origins = &trace["origins"];
    assert_eq!(about(&origins["ends"], "RUONG-1")["share_ppm"], 500_000);
    assert_eq!(about(&origins["ends"], "RUONG-1")["part"], 95_000, "of the 190 kg, half");
    assert_eq!(about(&origins["ends"], "HO-1")["party"]["name"], "Hộ ông Lê Văn Mẫu");
    assert_eq!(origins["unknown_ppm"], 250_000);
    let goals = &trace["goals"];
    assert_eq!(about(&goals["ends"], "GOI-1")["part"], 90_000);
    assert_eq!(about(&goals["ends"], "GOI-2")["part"], 40_000);
    assert_eq!(about(&goals["ends"], "MON-1")["part"], 60_000);
    assert_eq!(about(&trace["holders"], "GOI-1")["sold"], 30_000);
    assert_eq!(about(&trace["holders"], "GOI-1")["left"], 50_000);
    assert_eq!(about(&trace["not_confirmed"], "GOI-1")["under_way"], 10_000);
    let first = &goals["paths"][0];
    assert_eq!((&first["part"], &first["things"][1]["code"]), (&json!(90_000), &json!("GOI-1")));
    assert_eq!(trace["cut"], false);

    // Forward from a field: a quarter of the dish is of the household.
    let trace = story.asks("officer", &path(HOUSEHOLD, "?direction=forward")).await.expect(200).json();
    assert_eq!(trace["origins"], Value::Null);
    assert_eq!(about(&trace["things"], "MON-1")["content_ppm"], 250_000);
    assert_eq!(about(&trace["goals"]["ends"], "MON-1")["part"], 15_789, "60/190 of 50 kg");
    let shares =
        trace["goals"]["ends"].as_array().unwrap().iter().map(|end| end["share_ppm"].as_u64().unwrap());
    assert_eq!(shares.sum::<u64>(), 1_000_000);
    let mut trace = story.asks("officer", &path(FIRST, "?direction=back")).await.expect(200).json();
    if on == On::Sqlite {
        redact(&mut trace, &mut Vec::new());
        insta::assert_json_snapshot!("trace_back_from_a_shop", trace);
    }
}

/// Leaves out the ids that the registry made, and calls the numbers that it drew for places by the order in which they come.
fn redact(value: &mut Value, numbers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let is_id =
                    matches!(name.as_str(), "id" | "name" | "event" | "event_id" | "shipment" | "in_case")
                        && member.as_str().is_some_and(|text| text.contains("-7") || text.starts_with("P/"));
                let drawn = member.as_str().filter(|text| {
                    name == "code" && text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit())
                });
                if is_id {
                    *member = json!("…");
                } else if let Some(drawn) = drawn {
                    let at = numbers.iter().position(|known| known == drawn).unwrap_or_else(|| {
                        numbers.push(drawn.to_owned());
                        numbers.len() - 1
                    });
                    *member = json!(format!("place number {}", at + 1));
                } else {
                    redact(member, numbers);
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(|member| redact(member, numbers)),
        _ => {}
    }
}

async fn a_firm_is_told_what_is_its_affair(on: On) {
    let story = Story::tell(on).await;
    let shop = story.asks(&story.trade.shop.clerk, &path(FIRST, "")).await.expect(200).json();
    let own = about(&shop["things"], "GOI-1");
    assert_eq!((&own["amount"], &own["party"]["name"]), (&json!(90_000), &json!("Công ty Đóng gói Sao Mai")));
    // What others did is told without amounts; a household that has not agreed is not named.
    let field = about(&shop["things"], "RUONG-1");
    assert_eq!(
        (&field["amount"], &field["share_ppm"], &field["part"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(field["party"]["name"], "Hợp tác xã rau Vân Mẫu");
    assert_eq!(field["party"]["id"], Value::Null);
    assert_eq!(about(&shop["origins"]["ends"], "RUONG-1")["share_ppm"], Value::Null);
    let house = about(&shop["things"], "HO-1");
    assert_eq!((&house["party"]["name"], &house["party"]["kind"]), (&Value::Null, &json!("household")));
    assert_eq!((&house["place"]["name"], &house["party"]["commune"]), (&Value::Null, &Value::Null));
    assert!(!house["party"]["province"].as_str().unwrap().is_empty());
    for hidden in ["Lê Văn Mẫu", "01/09521234543213", ":100000,", ":190000,"] {
        assert!(!shop.to_string().contains(hidden), "{hidden}: {shop}");
    }
    // The packer dealt with the household, and knows its name and its amounts.
    let packer = story.asks(&story.trade.packer.clerk, &path(MIXED, "")).await.expect(200).json();
    assert_eq!(about(&packer["things"], "HO-1")["party"]["name"], "Hộ ông Lê Văn Mẫu");
    assert_eq!(about(&packer["things"], "HO-1")["amount"], 50_000);
    assert_eq!(about(&packer["things"], "MON-1")["amount"], Value::Null, "two steps on");
    // The farm sees that its goods went on, and not how much of them.
    let farm =
        story.asks(&story.trade.farm.clerk, &path(FIELD, "?direction=forward")).await.expect(200).json();
    assert_eq!(about(&farm["things"], "TRON-1")["amount"], Value::Null);
    assert!(
        farm["holders"].as_array().unwrap().iter().all(|one| one["left"].is_null() && one["sold"].is_null())
    );
}

async fn strangers_find_nothing(on: On) {
    let story = Story::tell(on).await;
    let kitchen = story.trade.registry.program(&story.kitchen.clerk).await;
    kitchen.get(&path(DISH, "")).await.expect(200);
    for hidden in [
        path(FIRST, ""),
        path(FIELD, ""),
        path(0x999, ""),
        "/api/v1/trace?thing=01/09521234543213/10/LA".to_owned(),
    ] {
        kitchen.get(&hidden).await.expect(404);
    }
    let window = "from=2026-11-01&to=2026-11-30";
    let farm = story.trade.farm.place;
    kitchen.get(&format!("/api/v1/trace?place={farm}&{window}")).await.expect(404);
    kitchen.get(&format!("/api/v1/trace?place=414/9521234543213&{window}")).await.expect(404);
    story.trade.registry.anonymous_program().get(&path(DISH, "")).await.expect(401);
    let browser = story.trade.registry.signed_in(&story.kitchen.clerk).await;
    browser.get(&format!("/lots/{}/trace", id(FIELD))).await.expect(404);
    // What the registry does not know is there for the authority.
    let told = story.asks("officer", "/api/v1/trace?thing=01/09521234543213/10/LA").await.expect(200).json();
    assert_eq!(told["things"].as_array().unwrap().len(), 5);
    assert_eq!(told["things"][0]["known"], false);
    assert!(story.household.clerk.contains("mau"));
}

async fn gaps_are_named(on: On) {
    let story = Story::tell(on).await;
    let [packer, shop] = [&story.trade.packer, &story.trade.shop].map(hand);
    let mut world = World::default();
    // A lot that nothing tells the harvest of, taken in without an amount, with an event nowhere; and a circle.
    let (loose, made, ring) = (id(0x201), id(0x202), id(0x203));
    world.lot(loose, packer, "MO-COI", 10);
    world.lot(made, packer, "LAM-1", 10);
    world.lot(ring, packer, "VONG-1", 10);
    world.make("mix", packer, &[(loose, None), (ring, Some(5))], &[(made, Some(10))], 600);
    world.make("mix", packer, &[(made, Some(5))], &[(ring, Some(5))], 700);
    let plain = world.lot(id(0x204), packer, "LAM-2", 10);
    world.make("mix", packer, &[(loose, None), (id(DISH), Some(5))], &[(plain, Some(10))], 650);
    let nowhere = world.event("pack", Hand { place: None, ..packer }, None, 800);
    world.part(made, nowhere, "object", Some(5));
    let waiting = world.event("receive", shop, None, 900);
    world.part(made, waiting, "object", Some(5));
    let wrong = world.event("sell", shop, None, 950);
    world.part(made, wrong, "object", Some(5));
    world.rows.write(&story.trade.app().store).await.unwrap();
    crate::support::rows::park(&story.trade.app().store, waiting.0).await;
    crate::support::rows::correct(&story.trade.app().store, wrong.0).await;
    let path = format!("/api/v1/lots/{made}/trace");
    let trace = story.asks("officer", &path).await.expect(200).json();
    let gaps: Vec<&str> =
        trace["gaps"].as_array().unwrap().iter().map(|gap| gap["code"].as_str().unwrap()).collect();
    for code in ["no_origin", "no_amount", "no_place", "parked", "circle"] {
        assert!(gaps.contains(&code), "{code} is not in {gaps:?}");
    }
    assert!(
        trace["events"]
            .as_array()
            .unwrap()
            .iter()
            .all(|event| event["step"] != "sell" && event["step"] != "receive")
    );
    let origins = &trace["origins"];
    assert_eq!(origins["circular_ppm"], 1_000_000);
    let path = format!("/api/v1/lots/{plain}/trace");
    let trace = story.asks("officer", &path).await.expect(200).json();
    assert_eq!(trace["origins"]["unweighed_ppm"], 1_000_000, "an amount is missing: nothing is guessed");
    let story = story.asks("officer", &self::path(FIRST, "")).await.expect(200).json();
    let gaps: Vec<&str> =
        story["gaps"].as_array().unwrap().iter().map(|gap| gap["code"].as_str().unwrap()).collect();
    assert_eq!(gaps, ["unknown_input", "no_receipt"]);
}

async fn cases_carry_the_history_of_what_lies_in_them(on: On) {
    let story = Story::tell(on).await;
    let [packer, shop] = [&story.trade.packer, &story.trade.shop].map(hand);
    let mut world = World::default();
    let (case, pallet) = (id(0x301), id(0x302));
    world.thing(case, "container", "00/095200000000000010");
    world.thing(pallet, "container", "00/095200000000000027");
    let packed = world.event("aggregate", packer, None, 1_000);
    world.inside(case, id(DISH), packed, Some(at(1_300)));
    world.inside(pallet, case, packed, Some(at(1_200)));
    for (step, minute) in [("ship", 1_100), ("receive", 1_150), ("observe", 1_250), ("sell", 1_400)] {
        let event = world.event(step, if minute > 1_120 { shop } else { packer }, None, minute);
        world.part(if minute < 1_200 { pallet } else { case }, event, "object", None);
    }
    world.rows.write(&story.trade.app().store).await.unwrap();
    let trace = story.asks("officer", &path(DISH, "?direction=back")).await.expect(200).json();
    let of_dish: Vec<(&str, &str)> = trace["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["thing"]["code"] == "MON-1" && event["in_case"].is_string())
        .map(|event| (event["step"].as_str().unwrap(), event["in_case"].as_str().unwrap()))
        .collect();
    let expected = [
        ("ship", "00/095200000000000027"),
        ("receive", "00/095200000000000027"),
        ("observe", "00/095200000000000010"),
    ];
    assert_eq!(of_dish, expected, "and not the sale, when it had been taken out");
    let trace = story.asks("officer", "/api/v1/trace?thing=00/095200000000000027").await.expect(200).json();
    let starts = trace["things"].as_array().unwrap().iter().filter(|one| one["standing"] == "start");
    assert_eq!(starts.count(), 3, "the pallet, the case, the lot");
    assert_eq!(about(&trace["things"], "RUONG-1")["standing"], "back");
    // The case is the affair of the kitchen, whose dish lies in it.
    story.asks(&story.kitchen.clerk, "/api/v1/trace?thing=00/095200000000000027").await.expect(200);
    story.asks(&story.trade.farm.clerk, "/api/v1/trace?thing=00/095200000000000027").await.expect(404);
}

async fn a_place_and_a_window_are_traced(on: On) {
    let story = Story::tell(on).await;
    let place = story.trade.farm.place;
    let ask = |from: &str, to: &str| format!("/api/v1/trace?place={place}&from={from}&to={to}");
    let trace =
        story.asks(&story.trade.farm.clerk, &ask("2026-11-20", "2026-11-20")).await.expect(200).json();
    assert_eq!(about(&trace["things"], "RUONG-1")["standing"], "start");
    assert_eq!(about(&trace["things"], "MON-1")["standing"], "forward");
    let none = story.asks("officer", &ask("2026-10-01", "2026-10-31")).await.expect(200).json();
    assert_eq!(none["things"], json!([]));
    story.asks("officer", &ask("2026-11-20", "2026-11-10")).await.expect(422);
    let by_moment = ask("2026-11-20T00:00:00Z", "2026-11-20T23:00:00Z");
    let trace = story.asks("officer", &by_moment).await.expect(200).json();
    assert!(!trace["things"].as_array().unwrap().is_empty());
}

async fn events_come_as_an_epcis_document(on: On) {
    let story = Story::tell(on).await;
    let answer = story.asks("officer", &path(MIXED, "?format=epcis")).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/ld+json");
    let document = answer.json();
    assert_eq!((&document["type"], &document["schemaVersion"]), (&json!("EPCISDocument"), &json!("2.0")));
    let events = document["epcisBody"]["eventList"].as_array().unwrap();
    assert_eq!(events.len(), 14, "each once");
    assert!(answer.text.contains("\"x:kept\":\"số 200\""), "as it was received");
    let own = story.asks(&story.trade.shop.clerk, &path(FIRST, "?format=epcis")).await.expect(200).json();
    assert_eq!(
        own["epcisBody"]["eventList"].as_array().unwrap().len(),
        3,
        "its own affairs: sent to it, received, sold"
    );
}

/// The cells of a sheet by its title.
fn sheet(bytes: &[u8], place: usize) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    let name = book.sheet_names()[place].clone();
    book.worksheet_range(&name).unwrap().rows().map(<[Data]>::to_vec).collect()
}

async fn sheets_are_read_back(on: On) {
    let story = Story::tell(on).await;
    let officer: Program = story.trade.registry.program("officer").await;
    let csv = officer.get(&path(MIXED, "?format=csv")).await.expect(200);
    assert!(csv.header("content-disposition").ends_with(".csv\""));
    let text = csv.text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 7);
    let field = rows.iter().find(|row| row.iter().any(|cell| cell == "RUONG-1")).unwrap();
    assert!(field.iter().any(|cell| cell == "50,0000"), "{field:?}");
    let xlsx = officer.get(&path(MIXED, "?format=xlsx")).await.expect(200);
    let lots = sheet(&xlsx.bytes, 0);
    assert_eq!(lots.len(), 8);
    let field = lots.iter().find(|row| row.contains(&Data::String("RUONG-1".to_owned()))).unwrap();
    assert!(field.contains(&Data::Float(100_000.0)) && field.contains(&Data::Float(50.0)), "{field:?}");
    for place in 1..6 {
        assert!(!sheet(&xlsx.bytes, place).is_empty());
    }
    for table in ["events", "parts", "origins", "holders", "gaps"] {
        let csv = officer.get(&path(MIXED, &format!("?format=csv&table={table}"))).await.expect(200);
        assert!(csv.text.lines().count() > 1, "{table}");
    }
    // A name that a spreadsheet would reckon stays a text.
    let mut world = World::default();
    world.thing(id(0x401), "class", "=HYPERLINK(\"https://example.vn\")");
    world.rows.write(&story.trade.app().store).await.unwrap();
    let query = "/api/v1/trace?format=csv&thing=%3DHYPERLINK(%22https%3A%2F%2Fexample.vn%22)";
    let csv = officer.get(query).await.expect(200);
    assert!(csv.text.contains("\"'=HYPERLINK"), "{}", csv.text);
}

/// The numbers of the horizontal extent of everything drawn.
fn widest(svg: &str) -> f64 {
    let document = scraper::Html::parse_fragment(svg);
    let selector = scraper::Selector::parse("rect").unwrap();
    let number = |element: scraper::ElementRef<'_>, name| {
        element.value().attr(name).unwrap_or("0").parse::<f64>().unwrap()
    };
    document.select(&selector).map(|rect| number(rect, "x") + number(rect, "width")).fold(0.0, f64::max)
}

async fn pictures_are_drawn(on: On) {
    let story = Story::tell(on).await;
    let officer = story.trade.registry.program("officer").await;
    let small = officer.get(&path(MIXED, "?format=svg&lang=vi")).await.expect(200);
    assert_eq!(small.header("content-type"), "image/svg+xml");
    well_formed(&small.text);
    assert!(small.text.contains("viewBox=\"0 0 360 ") && widest(&small.text) <= 360.0);
    assert!(small.text.contains("<title") && small.text.contains("<desc") && !small.text.contains("<script"));
    assert!(small.text.contains("TRON-1") && small.text.contains("⚠"));
    // A thousand lots, one of them with a name that would break the markup, are drawn by stage.
    let packer = hand(&story.trade.packer);
    let mut world = World::default();
    let outputs: Vec<(Uuid, Option<i64>)> =
        (0..1_000).map(|number| (id(0x1_0000 + number), Some(10))).collect();
    for (place, (lot, _)) in outputs.iter().enumerate() {
        world.lot(*lot, packer, &format!("NHO-{place}"), 10);
    }
    world.thing(id(0x2_0000), "class", "<script>alert(1)</script>&");
    world.make("mix", packer, &[(id(0x2_0000), Some(50)), (id(DISH), Some(9_950))], &outputs, 600);
    world.rows.write(&story.trade.app().store).await.unwrap();
    let many = officer.get(&path(DISH, "?format=svg")).await.expect(200);
    well_formed(&many.text);
    assert!(widest(&many.text) <= 360.0 && many.text.len() < 20_000, "{}", many.text.len());
    assert!(many.text.contains("1000"));
    let odd = "/api/v1/trace?direction=back&format=svg&thing=%3Cscript%3Ealert(1)%3C%2Fscript%3E%26";
    let odd = officer.get(odd).await.expect(200);
    well_formed(&odd.text);
    assert!(odd.text.contains("&lt;script&gt;") && !odd.text.contains("<script>"));
}

/// Whether every element that is opened is closed, in order.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>') || rest[..at].matches('>').count() == 0, "a loose > in {xml}");
        let end = rest[at..].find('>').expect("an end of the tag") + at;
        let tag = &rest[at + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{xml}");
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    for piece in xml.split('&').skip(1) {
        let entity = piece.split(';').next().unwrap();
        assert!(["amp", "lt", "gt", "quot", "#39"].contains(&entity), "&{entity}");
    }
}

async fn the_page_shows_and_links(on: On) {
    let story = Story::tell(on).await;
    let browser = story.trade.registry.signed_in(&story.trade.packer.clerk).await;
    let lot = format!("/lots/{}", id(MIXED));
    assert!(browser.get(&lot).await.expect(200).text.contains(&format!("{lot}/trace")));
    let page = browser.get(&format!("{lot}/trace")).await.expect(200);
    assert!(page.text.contains("<svg") && page.text.contains("Truy xuất"));
    assert!(page.text.contains("Không rõ nguồn gốc: 25,0 %"), "{}", page.text);
    for file in [".xlsx", ".csv", ".svg", ".jsonld"] {
        assert!(page.text.contains(&format!("{lot}/trace{file}?direction=both")));
        browser.get(&format!("{lot}/trace{file}?direction=both")).await.expect(200);
    }
    browser.get(&format!("{lot}/trace.exe")).await.expect(404);
    let english = browser.get(&format!("{lot}/trace?lang=en&direction=forward")).await.expect(200);
    assert!(english.text.contains("Where it went") && english.text.contains("Who has it or sold it"));
}

async fn questions_are_checked(on: On) {
    let story = Story::tell(on).await;
    let officer = story.trade.registry.program("officer").await;
    for (query, field) in [
        (path(MIXED, "?direction=sideways"), "direction"),
        (path(MIXED, "?format=pdf"), "format"),
        (path(MIXED, "?format=csv&table=secrets"), "table"),
        ("/api/v1/trace".to_owned(), "thing"),
        ("/api/v1/trace?thing=a&place=b".to_owned(), "place"),
        ("/api/v1/trace?place=b&from=x&to=2026-11-01".to_owned(), "from"),
    ] {
        let answer = officer.get(&query).await.expect(422).json();
        assert_eq!(answer["problems"][0]["field"], field, "{query}: {answer}");
        assert!(!answer["problems"][0]["detail"].as_str().unwrap().starts_with("problem-"), "{answer}");
    }
}

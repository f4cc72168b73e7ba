//! The forms of the chain, as people fill them in: each does what it says, keeps what was typed when it is refused, is not there for
//! strangers, and is recorded once when it is sent twice.

use crate::support::app::{Answer, Browser, On, on_both};
use crate::support::trade::{Firm, Trade, product};
use nguongoc::kernel::{LotId, Unit};

on_both!(
    a_lot_is_collected_from_many_places,
    what_becomes_of_one_lot,
    lots_are_made_out_of_others,
    a_case_goes_from_hand_to_hand,
    several_lots_arrive_in_part,
    goods_go_back,
    an_event_is_corrected,
    a_failed_test_is_overridden,
    strangers_find_nothing,
);

const SSCC: &str = "095200000000000011";
const DAY: (&str, &str) = ("day", "2026-11-23");

/// The hidden key of the form on a page.
async fn key(browser: &Browser, path: &str) -> String {
    let page = browser.get(path).await.expect(200);
    let found =
        page.text.split("name=\"key\" value=\"").nth(1).unwrap_or_else(|| panic!("no form on {path}"));
    found.split('"').next().unwrap().to_owned()
}

/// Opens the page at `path` and sends its form to `path` itself.
async fn fill(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut fields = fields.to_vec();
    let key = key(browser, path).await;
    fields.extend([DAY, ("key", key.as_str())]);
    browser.send(path, path.split('?').next().unwrap(), &fields).await
}

fn location(answer: &Answer) -> String {
    answer.header("location").split('?').next().unwrap().to_owned()
}

async fn left(trade: &Trade, firm: &Firm, lot: LotId) -> i64 {
    let found = trade.app().store.read(async |tx| nguongoc::lots::holding(tx, lot, firm.party).await).await;
    found.unwrap().unwrap_or_default().amount
}

fn id_of(path: &str) -> LotId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

async fn a_lot_is_collected_from_many_places(on: On) {
    let trade = Trade::start(on).await;
    let (household, _) = trade.household().await;
    let farm = trade.registry.signed_in(&trade.farm.clerk).await;
    assert!(farm.get("/lots/collect?lang=en").await.expect(200).text.contains("Collect a lot"));
    let form = farm.get("/lots/collect?lang=vi").await.expect(200);
    assert!(form.text.contains("Hộ bà Trần Thị Mơ: "), "a household's places are offered by its name");
    assert_eq!(form.texts("fieldset.line").len(), 4);
    let (product, own) = (trade.farm.product.to_string(), trade.farm.place.to_string());
    let theirs = household.place.to_string();
    let fields = |amount: &'static str, button: &'static str| {
        vec![
            ("product".to_owned(), product.clone()),
            ("place".to_owned(), own.clone()),
            ("quantity".to_owned(), "30".to_owned()),
            ("unit".to_owned(), "kg".to_owned()),
            ("collected_place".to_owned(), theirs.clone()),
            ("collected_quantity".to_owned(), "12,5".to_owned()),
            ("collected_unit".to_owned(), "kg".to_owned()),
            ("collected_place".to_owned(), own.clone()),
            ("collected_quantity".to_owned(), amount.to_owned()),
            ("collected_unit".to_owned(), "tạ".to_owned()),
            ("collected_place".to_owned(), String::new()),
            ("collected_quantity".to_owned(), String::new()),
            ("collected_unit".to_owned(), "kg".to_owned()),
            ("button".to_owned(), button.to_owned()),
        ]
    };
    let send = async |pairs: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        fill(&farm, "/lots/collect", &fields).await
    };
    let more = send(fields("0,2", "more")).await.expect(200);
    assert_eq!(more.texts("fieldset.line").len(), 7, "more lines, and what was typed is kept");
    assert!(more.text.contains("value=\"12,5\"") && more.text.contains("value=\"0,2\""));
    assert!(more.text.contains("<option value=\"tạ\" selected>"));
    let refused = send(fields("nhiều", "")).await.expect(422);
    assert!(refused.text.contains("value=\"nhiều\"") && refused.text.contains("value=\"12,5\""));
    assert_eq!(refused.texts("#collected-2-problem").len(), 1, "the problem stands with its line");
    assert!(refused.text.contains("aria-describedby=\"collected-2-problem\""));

    let key = key(&farm, "/lots/collect").await;
    let mut pairs = fields("", "");
    pairs.retain(|(name, value)| !(name == "collected_place" && *value == own));
    pairs.insert(7, ("collected_place".to_owned(), String::new()));
    pairs.extend([("key".to_owned(), key), (DAY.0.to_owned(), DAY.1.to_owned())]);
    let fields: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    let first = location(&farm.send("/lots/collect", "/lots/collect", &fields).await.expect(303));
    let again = location(&farm.send("/lots/collect", "/lots/collect", &fields).await.expect(303));
    assert_eq!(first, again, "sent twice, recorded once");
    let page = farm.get(&first).await.expect(200);
    assert_eq!(left(&trade, &trade.farm, id_of(&first)).await, 42_500);
    let steps = page.texts("ol.cards h3");
    assert_eq!(steps.iter().filter(|text| text.contains("Thu hoạch thêm")).count(), 1, "{steps:?}");
}

async fn what_becomes_of_one_lot(on: On) {
    let trade = Trade::start(on).await;
    let farm = trade.registry.signed_in(&trade.farm.clerk).await;
    let lot = trade.lot(20_000).await;
    let place = trade.farm.place.to_string();
    let path = |step: &str| format!("/lots/{lot}/{step}");
    let amount = |amount: &'static str| [("place", place.as_str()), ("quantity", amount), ("unit", "kg")];
    for (step, title, after) in
        [("pick", "Thu hoạch thêm", 25_000), ("sample", "Lấy mẫu", 20_000), ("waste", "Hao hụt", 15_000)]
    {
        let form = farm.get(&path(step)).await.expect(200);
        assert!(form.texts("h1").concat().contains(title), "{step}");
        let refused = fill(&farm, &path(step), &[&amount("-5")[..], &[("note", "giữ lại")]].concat()).await;
        let refused = refused.expect(422);
        assert!(refused.text.contains("value=\"-5\"") && refused.text.contains("giữ lại</textarea>"));
        assert_eq!(refused.texts("#quantity-problem").len(), 1);
        let key = key(&farm, &path(step)).await;
        let fields = [&amount("5")[..], &[DAY, ("key", key.as_str())]].concat();
        farm.send(&path(step), &path(step), &fields).await.expect(303);
        farm.send(&path(step), &path(step), &fields).await.expect(303);
        assert_eq!(left(&trade, &trade.farm, lot).await, after, "{step}, sent twice, is recorded once");
    }
    let refused = fill(&farm, &path("waste"), &amount("16")).await.expect(422);
    assert!(refused.text.contains("15 kg"), "what is left is told");
    // A lot that came from nobody cannot go back, and no other word is a step.
    farm.get(&path("return")).await.expect(404);
    farm.get(&path("harvest")).await.expect(404);

    let missing = fill(&farm, &path("test"), &[("place", &place), ("report", "PKN-11/7")]).await.expect(422);
    assert!(missing.text.contains("value=\"PKN-11/7\"") && missing.texts("#conforms-problem").len() == 1);
    assert!(missing.text.contains("bị tạm giữ ngay"), "what a no means is told before");
    let failed = [("place", place.as_str()), ("report", "PKN-11/7"), ("conforms", "false")];
    fill(&farm, &path("test"), &failed).await.expect(303);
    let page = farm.get(&format!("/lots/{lot}")).await.expect(200);
    let told = page.texts(".refusal").concat();
    assert!(told.contains("Kết quả kiểm tra không đạt") && told.contains("tiêu huỷ"), "{told}");
    assert!(page.texts("ol.cards .mark").concat().contains("Vi phạm quy tắc"));
    assert!(!page.text.contains(&format!("{lot}/ship?")), "what would be refused is not offered");
    assert!(page.text.contains(&format!("{lot}/waste?")));
    fill(&farm, &path("ship"), &amount("1")).await.expect(422);
    let sell = fill(&farm, &path("sell"), &amount("1")).await.expect(409);
    assert!(sell.text.contains("value=\"1\"") && !sell.texts(".refusal").is_empty());
}

async fn lots_are_made_out_of_others(on: On) {
    let trade = Trade::start(on).await;
    let farm = trade.registry.signed_in(&trade.farm.clerk).await;
    let (one, two) = (trade.lot(10_000).await, trade.lot(6_000).await);
    let open = format!("/lots/transform?step=split&lot={one}&behalf_of={}", trade.farm.party);
    let form = farm.get(&open).await.expect(200);
    assert!(form.texts("h1").concat().contains("Tách lô"));
    assert!(form.text.contains("value=\"10\"") && form.texts("legend").len() == 3, "one in, two out");
    assert!(form.text.contains("còn 6 kg"), "what is left of each lot is told");
    let own = trade.farm.product.to_string();
    assert_eq!(form.text.matches(&format!("<option value=\"{own}\" selected>")).count(), 2);

    let mixed = product(&trade.registry, &trade.farm.member, "Rau trộn", Unit::Gram, None).await.to_string();
    let (one_id, two_id, place) = (one.to_string(), two.to_string(), trade.farm.place.to_string());
    let fields = |out: &'static str, button: &'static str| {
        vec![
            ("step", "mix"),
            ("input_lot", one_id.as_str()),
            ("input_quantity", "8"),
            ("input_unit", "kg"),
            ("input_lot", two_id.as_str()),
            ("input_quantity", "5000"),
            ("input_unit", "g"),
            ("output_product", mixed.as_str()),
            ("output_quantity", out),
            ("output_unit", "kg"),
            ("output_code", "TRON-1"),
            ("place", place.as_str()),
            ("button", button),
        ]
    };
    let path = "/lots/transform";
    let reckoned = fill(&farm, path, &fields("12,5", "reckon")).await.expect(200);
    assert!(
        reckoned.texts("#lost").concat().contains("0,5 kg")
            || reckoned.texts("#lost").concat().contains("500 g")
    );
    assert!(reckoned.text.contains("value=\"TRON-1\"") && reckoned.text.contains("value=\"5000\""));
    let more = fill(&farm, path, &fields("12,5", "more-inputs")).await.expect(200);
    assert_eq!(more.texts("legend").len(), 4, "a line more");
    let beyond = fill(&farm, path, &fields("14", "")).await.expect(422);
    assert!(beyond.text.contains("value=\"14\"") && beyond.texts(".refusal").concat().contains("nhiều hơn"));
    let wrong = fill(&farm, path, &fields("x", "")).await.expect(422);
    assert_eq!(wrong.texts("#output-1-problem").len(), 1, "{}", wrong.text);

    let key = key(&farm, path).await;
    let sent = [fields("12,5", ""), vec![DAY, ("key", key.as_str())]].concat();
    let made = location(&farm.send(path, path, &sent).await.expect(303));
    assert_eq!(location(&farm.send(path, path, &sent).await.expect(303)), made, "recorded once");
    assert_eq!(left(&trade, &trade.farm, id_of(&made)).await, 12_500);
    assert_eq!(left(&trade, &trade.farm, one).await, 2_000);
    assert!(farm.get(&made).await.expect(200).text.contains("TRON-1"));
    let too_much = fill(&farm, path, &fields("12,5", "")).await.expect(422);
    assert!(too_much.text.contains("2 kg"), "what is left is told: {}", too_much.text);
}

async fn a_case_goes_from_hand_to_hand(on: On) {
    let trade = Trade::start(on).await;
    let farm = trade.registry.signed_in(&trade.farm.clerk).await;
    let lot = trade.lot(20_000).await;
    let (lot_id, place) = (lot.to_string(), trade.farm.place.to_string());
    let fields = |case: &'static str, amount: &'static str| {
        vec![
            ("case", case),
            ("part_lot", lot_id.as_str()),
            ("part_quantity", amount),
            ("part_unit", "kg"),
            ("part_lot", ""),
            ("part_quantity", ""),
            ("part_unit", "kg"),
            ("cases", ""),
            ("place", place.as_str()),
        ]
    };
    let fill_path = "/cases/fill";
    let prefilled =
        farm.get(&format!("{fill_path}?lot={lot}&case=https://id.gs1.org/00/{SSCC}")).await.expect(200);
    assert!(prefilled.text.contains("value=\"20\"") && prefilled.text.contains(&format!("00/{SSCC}\"")));
    let refused = fill(&farm, fill_path, &fields("095200000000000013", "8")).await.expect(422);
    assert!(refused.text.contains("value=\"095200000000000013\"") && refused.text.contains("value=\"8\""));
    assert_eq!(refused.texts("#case-problem").len(), 1);
    let case = location(&fill(&farm, fill_path, &fields(SSCC, "8")).await.expect(303));
    assert_eq!(case, format!("/cases/{SSCC}"));
    let page = farm.get(&case).await.expect(200);
    assert!(
        page.text.contains("8 kg") && page.text.contains("Vân Mẫu") && page.text.contains("/shipments/new?")
    );

    // What lies in it goes with it, in one shipment with a part of another lot.
    let packer = trade.packer.party.to_string();
    let beside = trade.lot(5_000).await.to_string();
    let mut consign = fields("", "2");
    consign.retain(|(name, value)| !["case", "cases"].contains(name) && *value != lot_id);
    consign.insert(0, ("part_lot", &beside));
    consign.extend([("cases", SSCC), ("search", "sao mai"), ("button", "find")]);
    let new = "/shipments/new";
    let found = fill(&farm, new, &consign).await.expect(200);
    assert!(found.text.contains(&packer) && found.text.contains(&format!("value=\"{SSCC}\"")));
    consign.retain(|(name, _)| *name != "button");
    let nobody = fill(&farm, new, &consign).await.expect(422);
    assert!(nobody.text.contains("Chưa chọn bên nhận") && nobody.text.contains("value=\"2\""));
    consign.push(("to", &packer));
    let shipment = location(&fill(&farm, new, &consign).await.expect(303));
    assert_eq!(left(&trade, &trade.farm, lot).await, 12_000);
    assert!(farm.get(&case).await.expect(200).text.contains("Đang trên đường tới"));

    let mai = trade.registry.signed_in(&trade.packer.clerk).await;
    let there = trade.packer.place.to_string();
    let receive = format!("{shipment}/receive");
    let offered = mai.get(&shipment).await.expect(200);
    assert!(offered.text.contains("value=\"8\"") && offered.text.contains("value=\"2\""));
    let all = [
        ("part_lot", lot_id.as_str()),
        ("part_quantity", "8"),
        ("part_unit", "kg"),
        ("part_lot", &beside),
        ("part_quantity", "2"),
        ("part_unit", "kg"),
        ("place", &there),
        DAY,
    ];
    mai.send(&shipment, &receive, &all).await.expect(303);
    let page = mai.get(&case).await.expect(200);
    assert!(page.text.contains("Sao Mai") && page.text.contains("8 kg"), "{}", page.text);
    let empty = [("case", SSCC), ("place", there.as_str()), ("cases", ""), ("clock", "09:01")];
    fill(&mai, "/cases/empty", &empty).await.expect(303);
    assert!(mai.get(&case).await.expect(200).text.contains("Không có gì trong thùng"));
    let again = fill(&mai, "/cases/empty", &empty).await.expect(422);
    assert!(again.text.contains(&format!("value=\"{SSCC}\"")));
    // The authority sees it; a firm that it never came to does not.
    let inspector = trade.registry.signed_in("inspector").await;
    assert!(inspector.get(&case).await.expect(200).text.contains("Sao Mai"));
    let shop = trade.registry.signed_in(&trade.shop.clerk).await;
    shop.get(&case).await.expect(404);
    shop.get("/cases/12").await.expect(404);
}

async fn several_lots_arrive_in_part(on: On) {
    let trade = Trade::start(on).await;
    let farm = trade.registry.signed_in(&trade.farm.clerk).await;
    let (one, two) = (trade.lot(10_000).await, trade.lot(6_000).await);
    let (one_id, two_id, place) = (one.to_string(), two.to_string(), trade.farm.place.to_string());
    let packer = trade.packer.party.to_string();
    let consign = [
        ("part_lot", one_id.as_str()),
        ("part_quantity", "10"),
        ("part_unit", "kg"),
        ("part_lot", two_id.as_str()),
        ("part_quantity", "6"),
        ("part_unit", "kg"),
        ("to", &packer),
        ("place", &place),
    ];
    let shipment = location(&fill(&farm, "/shipments/new", &consign).await.expect(303));
    let mai = trade.registry.signed_in(&trade.packer.clerk).await;
    let page = mai.get(&shipment).await.expect(200);
    assert!(
        page.text.contains("value=\"10\"") && page.text.contains("value=\"6\""),
        "what is under way is offered"
    );
    let there = trade.packer.place.to_string();
    let lines = |first: &'static str, second: &'static str| {
        vec![
            ("part_lot", one_id.as_str()),
            ("part_quantity", first),
            ("part_unit", "kg"),
            ("part_lot", two_id.as_str()),
            ("part_quantity", second),
            ("part_unit", "kg"),
            ("place", there.as_str()),
            DAY,
        ]
    };
    let (receive, refuse) = (format!("{shipment}/receive"), format!("{shipment}/refuse"));
    let nothing = mai.send(&shipment, &receive, &lines("", "")).await.expect(422);
    assert_eq!(nothing.texts(".line .problem").len(), 2, "an empty form does not mean all");
    let over = mai.send(&shipment, &receive, &lines("11", "")).await.expect(422);
    assert!(over.text.contains("value=\"11\"") && over.texts(".refusal").concat().contains("10 kg"));
    mai.send(&shipment, &receive, &lines("9", "")).await.expect(303);
    assert_eq!((left(&trade, &trade.packer, one).await, left(&trade, &trade.packer, two).await), (9_000, 0));
    mai.send(&shipment, &refuse, &lines("1", "6")).await.expect(303);
    let settled = mai.get(&shipment).await.expect(200);
    assert!(settled.texts("main form").is_empty(), "nothing is left to receive");
    // It comes back to the farm, which receives it.
    assert!(farm.get("/incoming").await.expect(200).text.contains("Sao Mai"));
    let history = farm.get(&format!("/lots/{one}")).await.expect(200);
    assert!(history.text.contains("Từ chối nhận"));
}

async fn goods_go_back(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(20_000).await;
    let sent = trade.ship(&trade.farm, &trade.packer, lot, 8_000).await.unwrap().event;
    trade.receive(&trade.packer, sent, 8_000).await.unwrap();
    let mai = trade.registry.signed_in(&trade.packer.clerk).await;
    let path = format!("/lots/{lot}/return");
    assert!(mai.get(&format!("/lots/{lot}")).await.expect(200).text.contains(&path));
    let form = mai.get(&path).await.expect(200);
    assert!(form.text.contains("Vân Mẫu") && form.text.contains("checked"), "the only sender is chosen");
    let (farm, shop) = (trade.farm.party.to_string(), trade.shop.party.to_string());
    let place = trade.packer.place.to_string();
    let fields = |to: &str| {
        vec![("place", place.clone()), ("quantity", "3".into()), ("unit", "kg".into()), ("to", to.to_owned())]
    };
    let send = async |to: &str| {
        let fields = fields(to);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        fill(&mai, &path, &fields).await
    };
    let elsewhere = send(&shop).await.expect(422);
    assert!(elsewhere.text.contains("value=\"3\""));
    send(&farm).await.expect(303);
    assert_eq!(left(&trade, &trade.packer, lot).await, 5_000);
    let page = mai.get(&format!("/lots/{lot}")).await.expect(200);
    assert!(page.texts("ol.cards h3").concat().contains("Trả hàng"));
    let clerk = trade.registry.signed_in(&trade.farm.clerk).await;
    assert!(clerk.get("/incoming").await.expect(200).text.contains("3 kg"));
}

async fn an_event_is_corrected(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(20_000).await;
    let sent = trade.ship(&trade.farm, &trade.packer, lot, 8_000).await.unwrap().event;
    trade.receive(&trade.packer, sent, 8_000).await.unwrap();
    let farm = trade.registry.signed_in(&trade.farm.clerk).await;
    let path = format!("/events/{sent}/correct");
    let page = farm.get(&format!("/lots/{lot}")).await.expect(200);
    assert!(page.text.contains(&path), "one's own events can be corrected");
    let form = farm.get(&path).await.expect(200);
    assert!(
        form.text.contains("8 kg") && form.text.contains("trở lại tay bạn"),
        "what will be taken back is told"
    );
    assert!(form.text.contains("được nhận hoặc từ chối"), "and what rested on it");
    let unsaid = fill(&farm, &path, &[("note", "nhầm xe")]).await.expect(422);
    assert!(unsaid.text.contains("nhầm xe</textarea>") && unsaid.texts("#did_not_occur-problem").len() == 1);
    let key = key(&farm, &path).await;
    let fields = [("did_not_occur", "false"), ("key", key.as_str())];
    let token = farm.form_token(&path).await;
    let fields = [&fields[..], &[("csrf", token.as_str())]].concat();
    let done = farm.send_bare(&path, &fields).await.expect(303);
    let again = farm.send_bare(&path, &fields).await.expect(303);
    assert_eq!(done.header("location"), again.header("location"), "recorded once");
    assert_eq!(left(&trade, &trade.farm, lot).await, 20_000);
    let page = farm.get(done.header("location")).await.expect(200);
    assert!(page.texts(".done a").concat().contains("Ghi lại điều đúng"));
    assert!(page.text.contains(&format!("/lots/{lot}/ship?behalf_of={}", trade.farm.party)));
    assert!(page.texts(".struck").concat().contains("Đã bị đính chính"), "in words, not by a line alone");
    assert!(page.texts("ol.cards .mark").concat().contains("Đính chính cho"));
    assert!(page.texts("ol.cards").concat().contains("chờ bên giao ghi chuyến hàng"), "the receipt waits");
    assert!(!page.text.contains(&path), "it is not corrected twice");
    assert!(farm.get(&path).await.expect(200).texts("main form").is_empty());
    let other = [("did_not_occur", "true"), ("csrf", token.as_str())];
    farm.send_bare(&path, &other).await.expect(409);
    // Nobody corrects what others did.
    let mai = trade.registry.signed_in(&trade.packer.clerk).await;
    mai.get(&path).await.expect(404);
    assert!(!mai.get(&format!("/lots/{lot}")).await.expect(200).text.contains(&path));
}

async fn a_failed_test_is_overridden(on: On) {
    let trade = Trade::start(on).await;
    let farm = trade.registry.signed_in(&trade.farm.clerk).await;
    let lot = trade.lot(20_000).await;
    let place = trade.farm.place.to_string();
    fill(&farm, &format!("/lots/{lot}/test"), &[("place", &place), ("conforms", "false")]).await.expect(303);
    let inspector = trade.registry.signed_in("inspector").await;
    let show = format!("/lots/{lot}");
    let page = inspector.get(&show).await.expect(200);
    assert!(
        page.text.contains("Kết quả kiểm tra không đạt") && page.text.contains("cho qua cả những báo cáo")
    );
    let release = format!("{show}/release");
    let unsaid = inspector.send(&show, &release, &[("reason", "")]).await.expect(422);
    assert!(unsaid.text.contains("cho qua cả những báo cáo"), "it says that it overrides");
    inspector.send(&show, &release, &[("reason", "Phiếu của lô khác")]).await.expect(303);
    let page = farm.get(&show).await.expect(200);
    assert!(page.texts(".refusal").is_empty() && page.text.contains("Thanh tra đã cho qua"));
    assert!(page.text.contains(&format!("{lot}/ship?")), "it may move again");
}

async fn strangers_find_nothing(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(20_000).await;
    let shop = trade.registry.signed_in(&trade.shop.clerk).await;
    let farm = trade.farm.party;
    for step in ["pack", "ship", "return", "sell", "pick", "sample", "test", "waste"] {
        shop.get(&format!("/lots/{lot}/{step}")).await.expect(404);
    }
    for path in ["/lots/collect", "/lots/transform", "/shipments/new", "/cases/fill", "/cases/empty"] {
        shop.get(&format!("{path}?behalf_of={farm}")).await.expect(404);
        let form = shop.get(&format!("{path}?lot={lot}")).await.expect(200);
        assert!(!form.text.contains(&lot.to_string()), "{path} offers a lot of others");
    }
    let (lot_id, place, own) =
        (lot.to_string(), trade.shop.place.to_string(), trade.shop.product.to_string());
    let taken = [
        ("step", "wash"),
        ("input_lot", lot_id.as_str()),
        ("input_quantity", "1"),
        ("input_unit", "kg"),
        ("output_product", own.as_str()),
        ("output_quantity", "1"),
        ("output_unit", "kg"),
        ("place", place.as_str()),
    ];
    fill(&shop, "/lots/transform", &taken).await.expect(404);
    let boxed = [
        ("case", SSCC),
        ("part_lot", &lot_id),
        ("part_quantity", "1"),
        ("part_unit", "kg"),
        ("place", &place),
    ];
    fill(&shop, "/cases/fill", &boxed).await.expect(404);
    // Nobody who has not signed in sees a form, and no official records.
    let nobody = trade.registry.browser();
    let inspector = trade.registry.signed_in("inspector").await;
    for path in ["/lots/collect", "/lots/transform", "/shipments/new", "/cases/fill"] {
        assert_ne!(nobody.get(path).await.status, 200);
        inspector.get(path).await.expect(403);
    }
}

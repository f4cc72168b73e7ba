//! Those who have recalled goods: households without an account, firms that do not answer, the public that reads the notice; and a lot that was called
//! back before anybody opened a recall for it.

use super::{City, fields, id_of};
use crate::support::app::{On, on_both};
use crate::support::chain::later;
use crate::support::trade::movement;
use nguongoc::accounts::Role;
use nguongoc::chain::{self, By, Command, DeclareLot, Pack, Ship};
use nguongoc::kernel::Quantity;
use nguongoc::sheet::Sheet;
use serde_json::{Value, json};

on_both!(
    a_household_acknowledges_through_whoever_records_for_it,
    who_does_not_answer_is_called,
    the_notice_says_what_the_law_wants,
    goods_that_go_back_are_recovered_once,
    a_lot_that_was_called_back_at_the_door_gets_its_recall,
);

/// Opens a recall of lots and decides it, and tells all holders; the path of its page.
pub(super) async fn recalled(city: &City, lots: &str) -> String {
    let answer = city.officer.send("/recalls/new", "/recalls", &fields(lots)).await.expect(303);
    let page = answer.header("location").to_owned();
    city.officer.send(&page, &format!("{page}/decide"), &[]).await.expect(303);
    city.carry_on().await;
    page
}

async fn a_household_acknowledges_through_whoever_records_for_it(on: On) {
    let city = City::open(on).await;
    let trade = &city.trade;
    let (household, _) = trade.household().await;
    let behalf = By::behalf(trade.farm.member, household.party);
    let declared = Command::Declare(DeclareLot {
        product: household.product,
        place: Some(household.place),
        when: None,
        quantity: Quantity::grams(20_000).expect("an amount"),
        code: None,
        variety: None,
        note: None,
    });
    later(trade.app());
    let lot = chain::record(trade.app(), &behalf, declared).await.expect("a lot").lot.id;
    let page = recalled(&city, &city.short(lot).await).await;
    let id = id_of(&page);
    let asked = format!("behalf_of={}", household.party);

    // The cooperative's own desk says for whom else there is something.
    let desk = city.farm.get("/messages").await.expect(200);
    assert!(desk.text.contains("Trần Thị Mơ") && !desk.text.contains("TH-2026-0001"), "{}", desk.text);
    let desk = city.farm.get(&format!("/messages?{asked}")).await.expect(200);
    assert!(desk.text.contains("Thu hồi TH-2026-0001"), "{}", desk.text);
    let shown = city.farm.get(&format!("{page}?{asked}")).await.expect(200);
    assert!(
        shown.text.contains("20 kg") && !shown.text.contains(&format!("{page}/decide")),
        "{}",
        shown.text
    );
    // Whoever has no mandate finds nothing, and cannot answer for it.
    city.packer.get(&format!("/messages?{asked}")).await.expect(404);
    let stranger = trade.registry.program("chu-so-che").await;
    let acknowledge = format!("/api/v1/recalls/{id}/acknowledge?{asked}");
    stranger.post(&acknowledge, &json!({})).await.expect(404);
    stranger.get(&format!("/api/v1/messages?{asked}")).await.expect(404);
    let to = format!("{page}/acknowledge?{asked}");
    let done = city.farm.send(&format!("{page}?{asked}"), &to, &[]).await.expect(303);
    assert!(done.header("location").ends_with(&asked));
    let program = trade.registry.program("chu-trai").await;
    program.post(&acknowledge, &json!({})).await.expect(409);
    // What came back is entered in the same way, and only within what the household had.
    let body = |quantity: &str| json!({ "lot": lot, "way": "destroy", "quantity": { "amount": quantity, "unit": "kg" } });
    let recovered = format!("/api/v1/recalls/{id}/recovered?{asked}");
    program.post(&recovered, &body("20,1")).await.expect(422);
    program.post(&recovered, &body("20")).await.expect(201);
    stranger.post(&recovered, &body("1")).await.expect(404);
    // A mandate is one to record: the household's recalls are not decided under it.
    let desk = city.farm.get(&format!("{page}?{asked}")).await.expect(200);
    assert!(!desk.text.contains("/close\""), "{}", desk.text);
}

async fn who_does_not_answer_is_called(on: On) {
    let city = City::open(on).await;
    let page = recalled(&city, &city.short(city.lot).await).await;
    let id = id_of(&page);
    let (waiting, calls) = (format!("{page}/notices?only=waiting"), format!("{page}/calls"));
    let list = city.officer.get(&waiting).await.expect(200);
    assert_eq!(list.texts("li.card form").len(), 3, "{}", list.text);
    let packer = city.trade.packer.party.to_string();
    let call = |outcome| vec![("party", packer.as_str()), ("outcome", outcome)];
    city.officer.send(&waiting, &calls, &call("missed")).await.expect(303);
    city.officer.send(&waiting, &calls, &call("missed")).await.expect(303);
    let list = city.officer.get(&waiting).await.expect(200);
    assert!(list.text.contains("Gọi không được 2 lần"), "{}", list.text);
    // Whoever writes nonsense is told, and nothing is noted.
    city.officer.send(&waiting, &calls, &call("perhaps")).await.expect(422);
    let office = city.trade.registry.program("officer").await;
    let path = format!("/api/v1/recalls/{id}/calls");
    let stranger = uuid::Uuid::from_u128(4).to_string();
    office.post(&path, &json!({ "party": stranger, "outcome": "reached" })).await.expect(404);
    office.post(&path, &json!({ "party": packer, "outcome": "" })).await.expect(422);
    city.trade
        .registry
        .program("chu-trai")
        .await
        .post(&path, &json!({ "party": packer, "outcome": "reached" }))
        .await
        .expect(403);
    // An inspector reaches it: it is to be called no more, and has still to acknowledge.
    let inspector = city.trade.registry.program("inspector").await;
    inspector.post(&path, &json!({ "party": packer, "outcome": "reached" })).await.expect(204);
    let list = city.officer.get(&waiting).await.expect(200);
    assert!(!list.text.contains("Sao Mai") && list.text.contains("Vân Mẫu"), "{}", list.text);
    let all = city.officer.get(&format!("{page}/notices")).await.expect(200);
    assert!(all.text.contains("Đã báo qua điện thoại"), "{}", all.text);
    let shown = city.officer.get(&page).await.expect(200);
    assert!(
        shown.text.contains("3 cơ sở: 0 đã xác nhận, 1 đã được báo qua điện thoại, 2 chưa biết tin"),
        "{}",
        shown.text
    );
    city.packer.send(&page, &format!("{page}/acknowledge"), &[]).await.expect(303);
    let sheet = office.get(&format!("/api/v1/recalls/{id}")).await.expect(200).json();
    let told = [
        &sheet["told"],
        &sheet["unacknowledged"],
        &sheet["reached_by_telephone"],
        &sheet["reached_by_nobody"],
    ];
    assert_eq!(told, [&json!(3), &json!(2), &json!(0), &json!(2)]);
    city.officer.send(&page, &format!("{page}/close"), &[]).await.expect(303);
    let report = office.get(&format!("/api/v1/recalls/{id}/report")).await.expect(200).json();
    assert_eq!(report["closed_with"]["reached_by_nobody"], 2);
    let shop = city.trade.shop.party;
    let late = office.post(&path, &json!({ "party": shop, "outcome": "reached" })).await.expect(409);
    assert_eq!(late.json()["code"], "recall_state");
}

async fn the_notice_says_what_the_law_wants(on: On) {
    let city = City::open(on).await;
    let trade = &city.trade;
    // The packed lot is recalled: its pack has a size on its labels, and a last day.
    let pack = Pack {
        what: movement(&trade.farm, city.lot, 10_000),
        expires_on: None,
        pack_size: Some(Quantity::grams(500).expect("an amount")),
        certificates: Vec::new(),
    };
    later(trade.app());
    chain::record(trade.app(), &trade.farm.by(), Command::Pack(pack)).await.expect("packed");
    let farm = trade.registry.program("chu-trai").await;
    let run = json!({ "count": 4, "pack_size": "500 g" });
    farm.post(&format!("/api/v1/lots/{}/runs", city.lot), &run).await.expect(201);
    recalled(&city, &city.short(city.lot).await).await;
    let public = trade.registry.browser();
    let notice = public.get("/recall/TH-2026-0001").await.expect(200);
    let lot = found(trade, city.lot).await;
    for said in [
        "Hợp tác xã rau Vân Mẫu",       // owner and maker
        "Số 1, đường Láng",             // where
        "Cải bẹ xanh",                  // product
        "gói 500 g",                    // packing
        lot.code.as_str(),              // lot
        &lot.harvested_on.vietnamese(), // produced
        &lot.expires_on.expect("a last day").vietnamese(),
        "100 kg",                            // quantity
        "Dư lượng thuốc vượt mức cho phép",  // reason
        "Hợp tác xã rau Vân Mẫu, thôn Đông", // where it is taken back
        "31/12/2026",                        // until when
    ] {
        assert!(notice.text.contains(said), "{said}: {}", notice.text);
    }
    // What was made of it stands there too, whole, and as files.
    let cut = found(trade, city.cut).await;
    for said in [cut.code.as_str(), "Sao Mai", "45 kg", "1 lô làm ra từ những lô trên"] {
        assert!(notice.text.contains(said), "{said}: {}", notice.text);
    }
    for ending in ["csv", "xlsx"] {
        let file = public.get(&format!("/recall/TH-2026-0001/lots.{ending}")).await.expect(200);
        let sheet = Sheet::read(&file.bytes).expect("a sheet");
        let row: Vec<&str> = sheet.rows[0].cells.iter().map(String::as_str).collect();
        assert!(row.contains(&cut.code.as_str()) && row.contains(&"45 kg"), "{row:?}");
    }
    public.get("/recall/TH-2026-0001/lots.exe").await.expect(404);
    public.get("/recall/TH-2026-0002/lots.csv").await.expect(404);
    // The shopper who scans either finds the way to it.
    for lot in [&lot, &cut] {
        let page = public.get(&format!("/lot/{}", lot.short_code)).await.expect(200);
        assert!(page.text.contains("href=\"/recall/TH-2026-0001\""), "{}", page.text);
    }
}

async fn goods_that_go_back_are_recovered_once(on: On) {
    let city = City::open(on).await;
    let page = recalled(&city, &city.short(city.lot).await).await;
    let (id, registry) = (id_of(&page), &city.trade.registry);
    let office = registry.program("officer").await;
    let shop = registry.program(&city.trade.shop.clerk).await;
    let packer = registry.program("chu-so-che").await;
    let recovered = format!("/api/v1/recalls/{id}/recovered");
    let body = |grams: &str| json!({ "lot": city.cut, "way": "destroy", "quantity": { "amount": grams, "unit": "g" } });
    let account = async || {
        let report = office.get(&format!("/api/v1/recalls/{id}/report")).await.expect(200).json();
        let account = &report["accounts"][0];
        assert_eq!(
            (&account["accounted"], &account["percent"]),
            (&json!(95_000), &json!("100.00 %")),
            "{account}"
        );
        ["held", "under_way", "sold", "recovered"].map(|name| account[name].as_i64().expect("an amount"))
    };
    // The shop enters the 18 kg that it has, and sends them back, as the page tells it to.
    shop.post(&recovered, &body("18000")).await.expect(201);
    assert_eq!(account().await, [60_000, 5_000, 12_000, 18_000]);
    later(city.app());
    let what = movement(&city.trade.shop, city.cut, 18_000);
    let to = Some(city.trade.packer.party);
    let back = Command::Ship(Ship { what, to, document: None, vehicle: None, back: true });
    let sent = chain::record(city.app(), &city.trade.shop.by(), back).await.expect("sent back").event;
    assert_eq!(account().await, [60_000, 5_000, 12_000, 18_000], "under way, and entered already");
    later(city.app());
    city.trade.receive(&city.trade.packer, sent, 18_000).await.expect("received");
    assert_eq!(account().await, [60_000, 5_000, 12_000, 18_000]);
    // The packer has 33 kg of it now, of which 18 kg are entered: it may enter the others, and no more.
    let refused = packer.post(&recovered, &body("15001")).await.expect(422).json();
    assert!(
        refused.to_string().contains("15 kg") && refused.to_string().contains("recovered_more"),
        "{refused}"
    );
    packer.post(&recovered, &body("15000")).await.expect(201);
    assert_eq!(account().await, [45_000, 5_000, 12_000, 33_000]);
    packer.post(&recovered, &body("1")).await.expect(422);
    // What the shop's buyers bring back it enters besides.
    shop.post(&recovered, &body("12001")).await.expect(422);
    shop.post(&recovered, &body("12000")).await.expect(201);
    assert_eq!(account().await, [45_000, 5_000, 0, 45_000]);
}

async fn found(trade: &crate::support::trade::Trade, lot: nguongoc::kernel::LotId) -> nguongoc::lots::Lot {
    let found = trade.app().store.read(async |tx| nguongoc::lots::find(tx, lot).await).await;
    found.expect("a row").expect("a lot")
}

async fn a_lot_that_was_called_back_at_the_door_gets_its_recall(on: On) {
    let city = City::open(on).await;
    let lot = format!("/lots/{}", city.lot);
    let short = city.short(city.lot).await;
    let page = city.officer.get(&lot).await.expect(200);
    assert!(page.text.contains(&format!("/recalls/new?lot={short}")), "{}", page.text);
    city.officer.send(&lot, &format!("{lot}/recall"), &[("reason", "Khẩn cấp")]).await.expect(303);
    assert_eq!(city.state(city.lot).await, "recalled");
    // Nobody but those who hold some was told. Whoever opens a recall for it tells everybody, and it stays what it is.
    let recall = recalled(&city, &short).await;
    let office = city.trade.registry.program("officer").await;
    let told = office.get(&format!("/api/v1/recalls/{}/notices", id_of(&recall))).await.expect(200).json();
    assert_eq!(told["notices"].as_array().map(Vec::len), Some(3), "{told}");
    let page = city.officer.get(&lot).await.expect(200);
    assert!(page.text.contains(&recall) && !page.text.contains("/recalls/new?lot="), "{}", page.text);
    // Of a lot that a recall has already, no other is opened: not of the lot itself, nor of what was made of it.
    for lot in [city.lot, city.cut] {
        let twice = city.officer.send("/recalls/new", "/recalls", &fields(&city.short(lot).await)).await;
        assert!(twice.expect(409).text.contains("TH-2026-0001"));
    }
    let again = city.officer.send(&lot, &format!("{lot}/recall"), &[("reason", "Lần nữa")]).await;
    again.expect(409);
    let why = json!({ "reason": "Lần nữa" });
    let again = office.post(&format!("/api/v1{lot}/recall"), &why).await.expect(409).json();
    assert_eq!(again["code"], "recalled_already");
    // A clerk of the firm sees its lot, and opens no recall.
    city.trade.registry.person("nhan-vien", Role::Clerk, Some(city.trade.farm.party)).await;
    let clerk = city.trade.registry.signed_in("nhan-vien").await.get(&lot).await.expect(200);
    assert!(!clerk.text.contains("/recalls/new"), "{}", clerk.text);
    let _: Value = told;
}

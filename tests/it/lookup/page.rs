//! The shopper's page: each state in its own words, both languages, nothing that is not there, and small.

use super::arrange::Season;
use crate::support::app::{Answer, On, TestApp, on_both};
use nguongoc::chain::Command;
use nguongoc::kernel::Moment;
use nguongoc::lots::Lot;
use nguongoc::parties::{self, Kind, Signatory};
use std::collections::HashSet;

on_both!(
    the_page_tells_the_whole_history,
    each_state_has_its_own_words,
    gaps_are_told_as_gaps,
    a_household_is_named_with_its_consent_only,
    the_page_asks_and_keeps_nothing,
    programs_read_the_same_facts,
    the_first_view_is_small,
    names_are_text_and_not_markup,
);

async fn page(season: &Season, lot: &Lot) -> Answer {
    season.registry.browser().get(&format!("/lot/{}", lot.short_code.as_str())).await.expect(200)
}

fn verdict(answer: &Answer) -> String {
    answer.texts(".verdict .line").concat()
}

async fn the_page_tells_the_whole_history(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let page = page(&season, &lot).await;
    assert_eq!(verdict(&page), "Hồ sơ đầy đủ");
    assert_eq!(page.texts("h1"), ["Cải ngọt"]);
    assert_eq!(page.texts(".stages h3").len(), 4);
    assert!(page.texts(".stages .absent").is_empty());
    // Each stage with product code, place code and time (Circular 02/2024/TT-BKHCN, item 5).
    for stage in page.texts(".stages li") {
        assert!(stage.contains("09520000000011") && stage.contains("11/2026"), "{stage}");
        assert!(stage.contains("Mã địa điểm 2"), "{stage}");
        assert!(stage.to_lowercase().contains("tự khai"), "{stage}");
    }
    for (selector, words) in [
        (".goods", "Hợp tác xã Rau sạch Vân Mẫu"),
        (".goods", "Phường Ba Đình, Thành phố Hà Nội"),
        (".goods", "22/11/2026"),
        ("#sprays", "Không có nhật ký đồng ruộng"),
        ("#certificates", "Chưa có chứng nhận"),
        ("#checks", "Chưa có lần kiểm tra"),
        ("#care", "Bỏ vào thùng giấy tái chế"),
        ("#proof", "demo.example.vn"),
    ] {
        let text = page.texts(selector).concat();
        assert!(text.contains(words), "{selector}: {text}");
    }
    let english = season.registry.browser().get(&format!("/lot/{}?lang=en", lot.short_code.as_str())).await;
    assert_eq!(verdict(&english), "The record is complete");
    assert_eq!(english.texts("h1"), ["Choy sum"]);
    let phone = season
        .registry
        .browser()
        .client
        .get(format!("{}/lot/{}", season.registry.base, lot.short_code.as_str()))
        .header("accept-language", "en-GB,en;q=0.9")
        .send()
        .await
        .unwrap();
    assert!(phone.text().await.unwrap().contains("The record is complete"));
    for text in [&page.text, &english.text] {
        for word in ["genuine", "hàng thật", "chính hãng", "lookup-"] {
            assert!(!text.contains(word), "the page says {word}");
        }
    }
}

async fn each_state_has_its_own_words(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let mut seen = HashSet::new();
    let mut look = async |expected: &str| {
        let page = page(&season, &lot).await;
        assert_eq!(verdict(&page), expected);
        assert!(seen.insert(page.texts(".verdict").concat()), "twice the same words: {expected}");
    };
    look("Hồ sơ đầy đủ").await;
    season.stop(Command::Hold, lot.id, "Chờ kết quả kiểm nghiệm").await;
    look("Lô này đang bị tạm giữ").await;
    season.stop(Command::Release, lot.id, "Kết quả đạt").await;
    season.registry.app.clock.set(Moment::parse("2026-11-27T17:00:00Z").unwrap());
    look("Đã quá hạn dùng").await;
    season.stop(Command::Recall, lot.id, "Dư lượng vượt mức").await;
    look("Lô này đã bị thu hồi").await;
    let page = page(&season, &lot).await;
    assert!(page.texts(".verdict").concat().contains("Dư lượng vượt mức"));
}

async fn gaps_are_told_as_gaps(on: On) {
    let season = Season::begin(on).await;
    let lot = season.harvest("HN-2611-08", "2026-11-22").await;
    let harvested = page(&season, &lot).await;
    assert_eq!(verdict(&harvested), "Hồ sơ chưa đầy đủ");
    assert_eq!(harvested.texts(".stages .absent"), ["Thiếu: không có ghi nhận đóng gói"]);
    season.pack(lot.id, "2026-11-22").await;
    let shipment = season.ship(lot.id).await;
    let shipped = page(&season, &lot).await;
    assert_eq!(verdict(&shipped), "Hồ sơ chưa đầy đủ");
    assert_eq!(shipped.texts(".stages .absent"), ["Thiếu: đã xuất hàng nhưng bên nhận chưa ghi đã nhận"]);
    assert!(shipped.texts("#missing li").contains(&"Bên nhận chưa xác nhận đã nhận hàng".to_owned()));
    assert!(!shipped.text.contains("Hồ Tây"), "the receiver is private until it has received");
    season.receive(shipment).await;
    assert_eq!(verdict(&page(&season, &lot).await), "Hồ sơ đầy đủ");
}

async fn a_household_is_named_with_its_consent_only(on: On) {
    let name = "Hộ bà Nguyễn Thị Mơ";
    let registry = TestApp::start(on).await;
    let season = Season::of(registry, Kind::Household, false, name).await;
    let lot = season.harvest("HN-2611-09", "2026-11-22").await;
    let hidden = page(&season, &lot).await;
    assert!(!hidden.text.contains("Mơ") && !hidden.text.contains("Ba Đình"), "named without consent");
    assert!(hidden.texts(".goods").concat().contains("chưa đồng ý công bố tên"));
    assert!(hidden.texts("#missing").concat().contains("Tên cơ sở sản xuất"));
    let json = season.registry.anonymous_program().get(&format!("/lot/{}", lot.short_code.as_str())).await;
    assert!(!json.text.contains("Mơ") && !json.text.contains("00004"), "{}", json.text);

    let signatory = Signatory::from(&season.farm.member);
    parties::set_consent(&season.registry.app, &signatory, season.farm.member.party, true).await.unwrap();
    let later = season.registry.app.clock.now().plus(std::time::Duration::from_secs(3));
    season.registry.app.clock.set(later);
    assert!(page(&season, &lot).await.texts(".goods").concat().contains(name));
    parties::set_consent(&season.registry.app, &signatory, season.farm.member.party, false).await.unwrap();
    season.registry.app.clock.set(later.plus(std::time::Duration::from_secs(3)));
    assert!(!page(&season, &lot).await.text.contains("Mơ"), "named after the consent was withdrawn");
}

async fn the_page_asks_and_keeps_nothing(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    for path in
        [format!("/lot/{}", lot.short_code.as_str()), season.signed_path("HN-2611-07"), "/".to_owned()]
    {
        let page = season.registry.browser().get(&path).await.expect(200);
        assert_eq!(page.header("set-cookie"), "", "{path}");
        assert!(!page.text.contains("<script"), "{path}");
        for address in page.text.split(['"', '\'', '(']).filter(|part| part.contains("//")) {
            // The page that checks without a network is given the code behind `#`, which is sent to nobody.
            let own = address.starts_with("https://DEMO.EXAMPLE.VN/1/")
                || address.contains("nguongoc verify")
                || (address.starts_with("/check?") && address.contains("#https://DEMO.EXAMPLE.VN/1/"));
            assert!(own, "{path}: another site: {address}");
        }
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
    }
}

async fn programs_read_the_same_facts(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let path = format!("/lot/{}", lot.short_code.as_str());
    let answer = season.registry.anonymous_program().get(&path).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let mut facts = answer.json();
    let chain = facts["chain"].as_array_mut().unwrap();
    let steps: Vec<_> = chain.iter().map(|stage| stage["step"].as_str().unwrap().to_owned()).collect();
    assert_eq!(steps, ["harvest", "pack", "ship", "receive"]);
    for stage in chain {
        assert_eq!(stage["product_code"], "09520000000011");
        assert!(stage["place_code"].as_str().unwrap().starts_with('2'));
        stage["event"] = "…".into();
        stage["place_code"] = "…".into();
    }
    facts["product"]["picture"] = "…".into();
    facts["product"]["number"] = "…".into();
    facts["code"]["short_code"] = "…".into();
    insta::with_settings!({ snapshot_path => "../snapshots" }, {
        insta::assert_json_snapshot!("lookup_whole_lot", facts);
    });
    let head = season
        .registry
        .browser()
        .client
        .head(format!("{}{path}", season.registry.base))
        .header("accept", "application/json")
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"], answer.bytes.len().to_string().as_str());
}

async fn the_first_view_is_small(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let base = &season.registry.base;
    let client = &season.registry.browser().client;
    let page = page(&season, &lot).await;
    let picture = page.text.split("<img src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let style =
        page.text.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut total = 0;
    for path in [format!("/lot/{}", lot.short_code.as_str()), style, picture] {
        let answer =
            client.get(format!("{base}{path}")).header("accept-encoding", "br").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let bytes = answer.bytes().await.unwrap().len();
        total += bytes;
    }
    assert!(total <= 30 * 1024, "the first view takes {total} bytes");
}

async fn names_are_text_and_not_markup(on: On) {
    let registry = TestApp::start(on).await;
    let name = "<b onclick=alert(1)>\"HTX' & <script>";
    let season = Season::of(registry, Kind::Cooperative, true, name).await;
    let lot = season.harvest("HN-2611-07", "2026-11-22").await;
    let page = page(&season, &lot).await;
    assert!(!page.text.contains("<script>") && !page.text.contains("<b onclick"), "markup in the page");
    assert!(page.texts(".goods").concat().contains(name));
}

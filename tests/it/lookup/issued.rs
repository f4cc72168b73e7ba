//! Signed codes: issued, never issued, and of a key that fell into the wrong hands.

use super::arrange::Season;
use crate::support::app::{On, on_both};
use nguongoc::chain::{By, Command};
use nguongoc::lots::Lot;
use nguongoc::{codes, custody};

on_both!(
    an_issued_code_is_confirmed,
    a_signed_code_that_was_never_issued_is_not_ours,
    a_compromised_key_is_told_at_once,
);

async fn issue(season: &Season, lot: &Lot) -> String {
    codes::issue(&season.registry.app, &By::own(season.farm.member), lot.id).await.expect("a code");
    season.signed_path(lot.code.as_str())
}

async fn an_issued_code_is_confirmed(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let path = issue(&season, &lot).await;
    let page = season.registry.browser().get(&path).await.expect(200);
    assert_eq!(page.texts(".verdict .line"), ["Hồ sơ đầy đủ"]);
    let verdict = page.texts(".verdict").concat();
    assert!(verdict.contains("mã do demo.example.vn cấp cho lô HN-2611-07"), "{verdict}");
    assert!(verdict.contains("Nhãn sao chép trông cũng giống hệt"), "{verdict}");
    let proof = page.texts("#proof").concat();
    assert!(
        proof.contains("đã ghi sổ ở dòng") && proof.contains("01/09520000000011/10/HN-2611-07"),
        "{proof}"
    );
    // In words, with the way to the proof: of the code, of each stage, and of how far the log is signed.
    assert!(proof.contains("Sổ đã có") && proof.contains("Bằng chứng của dòng"), "{proof}");
    assert!(page.texts("#proof a[href='/log/checkpoint']").concat().contains("Bản xác nhận có chữ ký"));
    let logged = page.texts("#chain .stages a[href^='/log/proof/']");
    assert!(logged.len() > 2 && logged.iter().all(|words| words.starts_with("sổ dòng ")), "{logged:?}");
    let index = page.texts("#proof a[href^='/log/proof/']").concat();
    let index = index.rsplit(' ').next().unwrap();
    let told = season.registry.browser().get(&format!("/log/proof/{index}")).await.expect(200);
    assert!(told.text.starts_with(&format!("c2sp.org/tlog-proof@v1\nindex {index}\n")), "{}", told.text);
    let command = page.texts("#proof details code").concat();
    assert_eq!(command, format!("nguongoc verify https://DEMO.EXAMPLE.VN{path} --keys nguongoc-keys.txt"));
    // The landing page checked no signature, says so, and shows how to check the one on the label.
    let short = format!("/lot/{}", lot.short_code.as_str());
    let landing = season.registry.browser().get(&short).await.expect(200);
    assert!(landing.texts(".verdict").concat().contains("chưa kiểm tra chữ ký nào"));
    assert_eq!(landing.texts("#proof details code").concat(), command);
    let facts = season.registry.anonymous_program().get(&path).await.expect(200).json();
    for (axis, word) in [
        ("verdict", "in_order"),
        ("signature", "valid"),
        ("issuance", "logged"),
        ("activation", "not_applicable"),
        ("recall", "none"),
    ] {
        assert_eq!(facts[axis], word, "{axis}");
    }
    assert_eq!(facts["code"]["path"], "01/09520000000011/10/HN-2611-07");
}

async fn a_signed_code_that_was_never_issued_is_not_ours(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let program = season.registry.anonymous_program();
    let path = season.signed_path("HN-2611-07");
    let facts = program.get(&path).await.expect(200).json();
    assert_eq!((&facts["verdict"], &facts["issuance"]), (&"not_issued_by_us".into(), &"outside_run".into()));
    let page = season.registry.browser().get(&path).await.expect(200);
    assert_eq!(page.texts(".verdict .line"), ["Không phải mã do hệ thống này cấp"]);
    // Signed, and no such lot: unknown, and the signature is told all the same.
    let unknown = program.get(&season.signed_path("HN-2611-99")).await.expect(404).json();
    assert_eq!((&unknown["verdict"], &unknown["signature"]), (&"unknown".into(), &"valid".into()));
    season.stop(Command::Recall, lot.id, "Dư lượng").await;
    assert_eq!(program.get(&path).await.json()["verdict"], "recalled", "a recall beats all");
}

async fn a_compromised_key_is_told_at_once(on: On) {
    let season = Season::begin(on).await;
    let lot = season.whole_lot().await;
    let path = issue(&season, &lot).await;
    let program = season.registry.anonymous_program();
    let browser = season.registry.browser();
    let before = browser.get(&path).await.expect(200).texts(".verdict").concat();
    assert_eq!(program.get(&path).await.json()["signature"], "valid");
    custody::compromise(&season.registry.app, None, "demo.example.vn/code/2026q4", 0)
        .await
        .expect("compromised");
    let facts = program.get(&path).await.expect(200).json();
    assert_eq!(facts["signature"], "compromised_key");
    assert_eq!(facts["verdict"], "in_order", "the register confirms what the signature cannot");
    let after = browser.get(&path).await.expect(200).texts(".verdict").concat();
    assert!(after.contains("bị lộ") && before != after, "{after}");
}

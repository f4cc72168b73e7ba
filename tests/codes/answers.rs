//! The known answers that any other implementation must reach: four codes, and the text of their key.

use nguongoc::codes::{Code, SignatureState, parse_link, sign};
use nguongoc::keys::KeyStatus;

use crate::{checker, code_key, gtin, lot, number, serial, sign_here};

pub(crate) const VKEY: &str =
    "t.example.vn/code/2026q4+b157996e+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
pub(crate) const GTIN_LOT: &str = "https://T.EXAMPLE.VN/1/WFLZS3VCWV53X5IM6PP3XTHOLMRT5PGCQ4BSODT2D6U4PNHQW65PATTYESLWUAE7A2Y2IIEJFIW22IGIJMAS4PKWHXU2N36TSWNBDM6UZANQ4/01/09506000134352/10/L2611A07";
pub(crate) const GTIN_UNIT: &str = "https://T.EXAMPLE.VN/1/WFLZS3SHOHPDNARNLKM26X4GJDT4RVFKNCAVT6FTO3GATRS2VTOTOBZ4RTUQ2MB7GJSH5RB7ZPXLXVX5NNLBZ7NTRVXEKICZO35HBCFJ3ZKAS/01/09506000134352/10/L2611A07/21/300417265118";
pub(crate) const NUMBER_LOT: &str = "https://T.EXAMPLE.VN/1/WFLZS3XJ45NSENC2XD2MWX4D62CCZ3V7UXBMMGKASCR6ONFHLVRP776T5VOGW6RTROREVWBBW3HXTAOPQZZGCGIDPFCP3WYC4CY24YYE62XQG/P/1000000014/L/HN-2611-07";
pub(crate) const NUMBER_UNIT: &str = "https://T.EXAMPLE.VN/1/WFLZS3TXBC7WS3II4TRK2NJIDQHHPP4E3PRTIRM4SW64SG6FJJ4MROLN4CD2BQYTN37SGVFUM23QXGZRSMG56563ZN5G36QFZ3QVE5WMS62A6/P/1000000014/L/HN-2611-07/S/300417265118";
pub(crate) const ALL: [&str; 4] = [GTIN_LOT, GTIN_UNIT, NUMBER_LOT, NUMBER_UNIT];

#[test]
fn the_key_has_its_known_text() {
    assert_eq!(code_key().verifier().to_string(), VKEY);
}

#[test]
fn signing_gives_the_four_known_codes() {
    let unit = || serial("300417265118");
    assert_eq!(sign_here(Code::for_lot(gtin(), lot("L2611A07")).unwrap()), GTIN_LOT);
    assert_eq!(sign_here(Code::for_unit(gtin(), lot("L2611A07"), unit()).unwrap()), GTIN_UNIT);
    assert_eq!(sign_here(Code::for_lot(number(), lot("HN-2611-07")).unwrap()), NUMBER_LOT);
    assert_eq!(sign_here(Code::for_unit(number(), lot("HN-2611-07"), unit()).unwrap()), NUMBER_UNIT);
}

#[test]
fn the_known_codes_parse_print_and_verify() {
    let checker = checker(KeyStatus::Active);
    for url in ALL {
        let code = parse_link(url).unwrap().code;
        assert_eq!(code.url(checker.list().host()), url);
        let (state, listed) = checker.signature(&code);
        assert_eq!(state, SignatureState::Valid, "{url}");
        assert_eq!(listed.unwrap().key().to_string(), VKEY);
    }
}

#[test]
fn a_stock_label_has_a_serial_and_no_lot() {
    for (product, path) in
        [(gtin(), "01/09506000134352/21/300417265118"), (number(), "P/1000000014/S/300417265118")]
    {
        let url = sign_here(Code::for_stock(product, serial("300417265118")).unwrap());
        let code = parse_link(&url).unwrap().code;
        assert_eq!(code.key_path().as_str(), path);
        assert!(code.lot().is_none());
        assert_eq!(checker(KeyStatus::Active).signature(&code).0, SignatureState::Valid);
    }
}

#[test]
fn only_a_code_key_signs_codes() {
    for name in [
        "t.example.vn/root",
        "t.example.vn/log",
        "t.example.vn/code/2026q5",
        "t.example.vn/code",
        "T.example.vn/code/2026q4",
    ] {
        let code = Code::for_lot(gtin(), lot("L2611A07")).unwrap();
        assert!(sign(code, &crate::rfc8032_key(name)).is_err(), "{name}");
    }
}

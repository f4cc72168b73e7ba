//! The grammar refuses everything but its own forms, each with its reason, and never panics.

use nguongoc::codes::{Code, Malformed, ProductKey, parse, parse_link};
use nguongoc::kernel::{LotCode, ProductNumber, Serial};
use proptest::prelude::*;

use crate::answers::{ALL, GTIN_LOT, NUMBER_UNIT};
use crate::{code_key, gtin};

fn path(url: &str) -> &str {
    url.strip_prefix("https://T.EXAMPLE.VN").unwrap()
}

#[test]
fn each_rule_has_its_reason() {
    let signature = &path(GTIN_LOT)[3..112];
    let signed = |rest: &str| format!("/1/{signature}/{rest}");
    let cases: Vec<(String, Malformed)> = vec![
        (String::new(), Malformed::NotACode),
        ("/".into(), Malformed::NotACode),
        ("1/".into(), Malformed::NotACode),
        ("/lot/3456789012".into(), Malformed::NotACode),
        ("/10/L1".into(), Malformed::NotACode),
        ("/01/09506000134352/10/L%32".into(), Malformed::Percent),
        ("/01/09506000134352/10/l2611a07".into(), Malformed::Character),
        ("/01/09506000134352/10/L 1".into(), Malformed::Character),
        ("/P/1000000014/L/LÔ7".into(), Malformed::Character),
        ("/P/1000000014/L/A.B".into(), Malformed::Character),
        ("/P/1000000014/L/A?x=1".into(), Malformed::Character),
        (signed(&format!("P/1000000014/L/{}/S/{}", "A".repeat(20), "B".repeat(40))), Malformed::TooLong),
        ("/1/".into(), Malformed::ProductKind),
        (format!("/1/{signature}"), Malformed::ProductKind),
        (format!("/1/{signature}/"), Malformed::ProductKind),
        (format!("/1/{}/01/09506000134352/10/L1", &signature[1..]), Malformed::SignatureLength),
        (format!("/1//01/09506000134352/10/{signature}"), Malformed::SignatureLength),
        (format!("/1/0{}/01/09506000134352/10/L1", &signature[1..]), Malformed::SignatureCharacter),
        (format!("/1/-{}/01/09506000134352/10/L1", &signature[1..]), Malformed::SignatureCharacter),
        (format!("/1/{}B/01/09506000134352/10/L1", &signature[..108]), Malformed::SignaturePadding),
        (signed("02/09506000134352/10/L1"), Malformed::ProductKind),
        (signed("1/P/1000000014/L/A"), Malformed::ProductKind),
        ("/01/9506000134352/10/L1".into(), Malformed::GtinShape),
        ("/01/0950600013435A/10/L1".into(), Malformed::GtinShape),
        ("/01/09506000134353/10/L1".into(), Malformed::GtinCheckDigit),
        ("/01/02012345678903/10/L1".into(), Malformed::GtinRestricted),
        ("/P/100000001/L/A".into(), Malformed::ProductShape),
        ("/P/1000000015/L/A".into(), Malformed::ProductCheckDigit),
        ("/P/2000000011/L/A".into(), Malformed::ProductNumber),
        ("/01/09506000134352".into(), Malformed::NoLotNorSerial),
        ("/P/1000000014".into(), Malformed::NoLotNorSerial),
        ("/01/09506000134352/".into(), Malformed::Part),
        ("/01/09506000134352/10".into(), Malformed::Lot),
        ("/01/09506000134352/10/".into(), Malformed::Lot),
        ("/01/09506000134352/10/123456789012345678901".into(), Malformed::Lot),
        ("/01/09506000134352/21/".into(), Malformed::Serial),
        ("/01/09506000134352/10/L1/21".into(), Malformed::Serial),
        ("/01/09506000134352/10/L1/21/123456789012345678901".into(), Malformed::Serial),
        ("/01/09506000134352/10/L1/".into(), Malformed::Part),
        ("/01/09506000134352/21/S1/10/L1".into(), Malformed::Trailing),
        ("/01/09506000134352/10/L1/10/L2".into(), Malformed::Part),
        ("/01/09506000134352/L/L1".into(), Malformed::Part),
        ("/P/1000000014/10/L1".into(), Malformed::Part),
        ("/01/09506000134352/22/A/10/L1".into(), Malformed::Part),
        ("/01/09506000134352/10/L1/21/S1/".into(), Malformed::Trailing),
        ("/01//10/L1".into(), Malformed::GtinShape),
        ("//01/09506000134352/10/L1".into(), Malformed::NotACode),
    ];
    for (path, reason) in cases {
        assert_eq!(parse(&path), Err(reason), "{path}");
    }
}

#[test]
fn letters_are_folded_under_1_and_p_only() {
    for url in ALL {
        let path = path(url);
        let mixed: String =
            path.char_indices().map(|(at, c)| if at % 3 == 0 { c.to_ascii_lowercase() } else { c }).collect();
        for form in [path.to_ascii_lowercase(), mixed] {
            assert_eq!(parse(&form).unwrap().to_string(), path, "{form}");
        }
    }
    assert_eq!(parse("/p/1000000014/l/hn-1/s/a").unwrap().to_string(), "/P/1000000014/L/HN-1/S/A");
    assert_eq!(parse("/01/09506000134352/10/l1"), Err(Malformed::Character));
}

#[test]
fn an_address_is_https_a_bare_host_and_a_code() {
    let path = path(NUMBER_UNIT);
    for good in [
        format!("https://t.example.vn{path}"),
        format!("HTTPS://T.EXAMPLE.VN{path}"),
        format!("https://t.Example.VN{path}?s=1/2#/1/X"),
        format!("https://t.example.vn{path}#a?b"),
    ] {
        let link = parse_link(&good).unwrap();
        assert!(link.host.eq_ignore_ascii_case("t.example.vn"), "{good}");
        assert_eq!(link.code.to_string(), path);
    }
    for (bad, reason) in [
        (format!("http://t.example.vn{path}"), Malformed::Scheme),
        (format!("Https://t.example.vn{path}"), Malformed::Scheme),
        (format!(" https://t.example.vn{path}"), Malformed::Scheme),
        (format!("//t.example.vn{path}"), Malformed::Scheme),
        (path.to_owned(), Malformed::Scheme),
        (format!("https://t.example.vn:443{path}"), Malformed::Port),
        (format!("https://t.example.vn:{path}"), Malformed::Port),
        (format!("https://a@t.example.vn{path}"), Malformed::UserInfo),
        (format!("https://t.example.vn:x@evil.example{path}"), Malformed::UserInfo),
        (format!("https://{path}"), Malformed::Host),
        (format!("https://t.example.vn\\.evil.example{path}"), Malformed::Host),
        (format!("https://tế.vn{path}"), Malformed::Host),
        (format!("https://{}{path}", "a".repeat(254)), Malformed::Host),
        ("https://t.example.vn".to_owned(), Malformed::NotACode),
        (format!("https://t.example.vn/?{path}"), Malformed::NotACode),
        (format!("https://t.example.vn/x/..{path}"), Malformed::NotACode),
    ] {
        assert_eq!(parse_link(&bad), Err(reason), "{bad}");
    }
}

fn word() -> impl Strategy<Value = String> {
    "[0-9A-Z-]{1,20}"
}

/// Any code, signed or not, of each form.
pub(crate) fn any_code() -> impl Strategy<Value = Code> {
    let product = prop_oneof![
        Just(gtin()),
        any::<u64>().prop_map(|seed| ProductKey::Number(ProductNumber::from_seed(seed)))
    ];
    (product, proptest::option::of(word()), word(), any::<bool>(), any::<bool>()).prop_map(
        |(product, lot, word, unit, signed)| {
            let code = match lot {
                Some(lot) if unit => {
                    Code::for_unit(product, LotCode::parse(&lot).unwrap(), Serial::parse(&word).unwrap())
                }
                Some(lot) => Code::for_lot(product, LotCode::parse(&lot).unwrap()),
                None => Code::for_stock(product, Serial::parse(&word).unwrap()),
            };
            let code = code.unwrap();
            if signed { nguongoc::codes::sign(code, &code_key()).unwrap() } else { code }
        },
    )
}

proptest! {
    #[test]
    fn a_code_prints_and_parses_to_itself(code in any_code()) {
        prop_assert_eq!(&parse(&code.to_string()).unwrap(), &code);
        let url = code.url(&"demo.example.vn".parse().unwrap());
        prop_assert_eq!(&parse_link(&url).unwrap().code, &code);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>(), near in "/(1|P|p|01)/[0-9A-Za-z/%é-]{0,200}") {
        for text in [text.clone(), near.clone(), format!("https://{text}"), format!("https://t.example.vn{near}")] {
            let _ = parse_link(&text);
            if let Ok(code) = parse(&text) {
                // What parses has one path, up to letters that are folded.
                prop_assert_eq!(code.to_string(), text.to_ascii_uppercase());
            }
        }
    }
}

//! Ids, hashes and numbers with check digits: each has one spelling, and a wrong one is refused with its reason.

use nguongoc::kernel::*;
use serde_json::json;

use crate::code;

#[test]
fn ids_have_one_spelling() {
    let text = "01932f5e-7a3c-7c11-8d2e-0123456789ab";
    let id: LotId = text.parse().unwrap();
    assert_eq!(id.to_string(), text);
    assert_eq!(serde_json::to_value(id).unwrap(), json!(text));
    assert_eq!(LotId::from_uuid(id.as_uuid()), id);
    for wrong in
        ["", "01932f5e7a3c7c118d2e0123456789ab", "{01932f5e-7a3c-7c11-8d2e-0123456789ab}", "' OR 1=1"]
    {
        assert_eq!(code(wrong.parse::<LotId>()), "id_malformed");
    }
}

#[test]
fn gtins() {
    for (given, stored) in [
        ("9506000134352", "09506000134352"),
        ("0 95060-001343 52", "09506000134352"),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("19506000134359", "19506000134359"),
    ] {
        assert_eq!(Gtin::parse(given).unwrap().as_str(), stored);
    }
    for (given, expected) in [
        ("", "gtin_malformed"),
        ("95O6000134352", "gtin_malformed"),
        ("９506000134352", "gtin_malformed"),
        ("950600013435", "wrong_check_digit"),
        ("95060001343", "gtin_length"),
        ("00000000000000", "gtin_zero"),
        ("00000000", "gtin_zero"),
        ("9506000134353", "wrong_check_digit"),
    ] {
        assert_eq!(code(Gtin::parse(given)), expected, "{given}");
    }
    for (body, expected) in [
        ("020000000001", "gtin_restricted"),
        ("040000000001", "gtin_restricted"),
        ("200000000001", "gtin_restricted"),
        ("290000000001", "gtin_restricted"),
        ("0000001", "gtin_restricted"),
        ("2000001", "gtin_restricted"),
        ("050000000001", "gtin_coupon"),
        ("990000000001", "gtin_coupon"),
        ("981000000001", "gtin_coupon"),
        ("1200000000001", "gtin_restricted"),
    ] {
        let given = format!("{body}{}", check_digit::compute(body).unwrap());
        assert_eq!(code(Gtin::parse(&given)), expected, "{given}");
    }
    for body in ["030000000001", "300000000001", "952000000001", "1952000000001"] {
        let given = format!("{body}{}", check_digit::compute(body).unwrap());
        assert!(Gtin::parse(&given).is_ok(), "{given}");
    }
}

#[test]
fn glns() {
    assert_eq!(Gln::parse("9520000000004").unwrap().to_string(), "9520000000004");
    assert_eq!(code(Gln::parse("952000000000")), "gln_malformed");
    assert_eq!(code(Gln::parse("0000000000000")), "gln_zero");
    assert_eq!(code(Gln::parse("9520000000003")), "wrong_check_digit");
}

#[test]
fn tax_numbers() {
    for (given, canonical) in [
        ("0100233488", "0100233488"),
        ("0100 112 437", "0100112437"),
        ("0314409058-002", "0314409058-002"),
        ("0314409058002", "0314409058-002"),
    ] {
        let number = TaxNumber::parse(given).unwrap();
        assert_eq!(number.as_str(), canonical);
        assert!(!number.is_personal());
        assert_eq!(number.masked(), canonical);
    }
    let household = TaxNumber::parse("001 085 012345").unwrap();
    assert!(household.is_personal());
    assert_eq!(household.masked(), "•••••••••345");
    assert!(!format!("{household:?}").contains("0010850"));
    for (given, expected) in [
        ("0100233489", "tax_wrong_check_digit"),
        ("0314409059-002", "tax_wrong_check_digit"),
        ("0314409058-000", "tax_branch_zero"),
        ("999085012345", "personal_id_malformed"),
        ("000085012345", "personal_id_malformed"),
        ("12345", "tax_malformed"),
        ("", "tax_malformed"),
        ("MST0100233488", "tax_malformed"),
    ] {
        assert_eq!(code(TaxNumber::parse(given)), expected, "{given}");
    }
    let problem = TaxNumber::parse("999085012345").unwrap_err();
    assert!(!format!("{problem:?}").contains("99908501"), "a mistyped personal id is masked");
    let unlabelled: Result<TaxNumber, _> = serde_json::from_value(json!("00108501234"));
    assert!(!unlabelled.unwrap_err().to_string().contains("001085"));
}

#[test]
fn registry_numbers() {
    assert_eq!(ProductNumber::parse("1000000014").unwrap().as_str(), "1000000014");
    let place = PlaceNumber::from_seed(7);
    assert_eq!(code(ProductNumber::parse(place.as_str())), "product_number_wrong_kind");
    assert_eq!(code(ShortCode::parse(place.as_str())), "short_code_wrong_kind");
    assert_eq!(code(PlaceNumber::parse("1000000014")), "place_number_wrong_kind");
    assert_eq!(code(ShortCode::parse("123")), "number_malformed");
    assert_eq!(code(ShortCode::parse("3000000000")), "wrong_check_digit");
    let zero = "0000000000";
    assert_eq!(code(ShortCode::parse(zero)), "short_code_wrong_kind");
}

#[test]
fn lot_codes() {
    assert_eq!(LotCode::parse(" l2611a07\n").unwrap().as_str(), "L2611A07");
    assert_eq!(code(LotCode::parse_strict("L2611A07 ")), "lot_code_character");
    assert_eq!(code("l1".parse::<Serial>()), "lot_code_character");
    assert_eq!(code(LotCode::parse("  ")), "lot_code_empty");
    assert_eq!(code(LotCode::parse(&"A".repeat(21))), "lot_code_too_long");
    for wrong in ["LÔ1", "Đ1", "A_1", "A/1", "A%2F", "ａ1", "<B>", "A'--", "A\u{0}"] {
        assert_eq!(code(LotCode::parse(wrong)), "lot_code_character", "{wrong}");
    }
}

#[test]
fn hashes() {
    let hash = Sha256Hash::of(b"");
    let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hash.to_string(), text);
    assert_eq!(text.to_uppercase().parse::<Sha256Hash>().unwrap(), hash);
    assert_eq!(code("e3b0".parse::<Sha256Hash>()), "hash_malformed");
}

//! Quantities and areas as people write them, and as events carry them.

use nguongoc::kernel::*;
use serde_json::json;

use crate::code;

#[test]
fn quantities_people_write() {
    for (given, amount) in [
        ("12,5 kg", 12_500),
        ("12.5kg", 12_500),
        ("1.250,5 kg", 1_250_500),
        ("1,250.5 kg", 1_250_500),
        ("1 250,5 kg", 1_250_500),
        ("3 tạ", 300_000),
        ("2 tấn", 2_000_000),
        ("2 tan", 2_000_000),
        ("500 g", 500),
        ("0,125 kg", 125),
        ("0.125 kg", 125),
        ("1.250.000 g", 1_250_000),
        ("1234,567 kg", 1_234_567),
        ("3 ta\u{323}", 300_000),
        ("5 KG", 5_000),
        ("1,50 kg", 1_500),
        ("2 lạng", 200),
        ("1 yến", 10_000),
        ("12,5\u{a0}kg.", 12_500),
        ("+5 kg", 5_000),
        ("007 kg", 7_000),
    ] {
        assert_eq!(Quantity::parse(given), Quantity::grams(amount), "{given}");
    }
    for given in
        ["120 quả", "120 mớ", "120 bó", "120 hộp", "120 con", "120 cái", "120 pieces", "120,0 quả", "120 QUA"]
    {
        assert_eq!(Quantity::parse(given), Quantity::pieces(120), "{given}");
    }
    assert_eq!(Quantity::from_parts("12,5", "kg"), Quantity::grams(12_500));
    assert_eq!(
        Quantity::from_number(&serde_json::Number::from_f64(12.5).unwrap(), "kg"),
        Quantity::grams(12_500)
    );
}

#[test]
fn quantities_refused() {
    for (given, expected) in [
        ("1.250 kg", "number_ambiguous"),
        ("1,250 kg", "number_ambiguous"),
        ("12.500 g", "number_ambiguous"),
        ("1.250 quả", "number_ambiguous"),
        ("0 kg", "amount_zero"),
        ("0,000 kg", "amount_zero"),
        ("-5 kg", "amount_negative"),
        ("−5 kg", "amount_negative"),
        ("0,5 g", "amount_fraction"),
        ("1,5 quả", "amount_fraction"),
        ("0,0001 kg", "amount_fraction"),
        ("1000000000001 kg", "amount_too_large"),
        ("99999999999999999 tấn", "amount_too_large"),
        ("9999999999999999999999 kg", "number_too_long"),
        ("5", "unit_missing"),
        ("5 lít", "unit_unknown"),
        ("5 ta", "unit_unknown"),
        ("5 tá", "unit_unknown"),
        ("5 m2", "unit_unknown"),
        ("kg", "number_not_understood"),
        ("", "number_not_understood"),
        ("1e5 kg", "unit_unknown"),
        ("1..5 kg", "number_not_understood"),
        ("1,2,3 kg", "number_not_understood"),
        ("1.25.000 kg", "number_not_understood"),
        ("1,250.500.000 kg", "number_not_understood"),
        (",5 kg", "number_not_understood"),
        ("5, kg", "number_not_understood"),
        ("5% kg", "number_not_understood"),
        ("１２ kg", "number_not_understood"),
        ("1 2 kg", "number_not_understood"),
        ("12 34,5 kg", "number_not_understood"),
    ] {
        let found = Quantity::parse(given);
        assert!(found.is_err(), "{given} was read as {found:?}");
        assert_eq!(code(found), expected, "{given}");
    }
    let problem = Quantity::parse("1.250 kg").unwrap_err();
    assert_eq!(problem.args, [("whole", "1250".to_owned()), ("decimal", "1.25".to_owned())]);
}

#[test]
fn quantities_reckon() {
    let (ten, three) = (Quantity::grams(10).unwrap(), Quantity::grams(3).unwrap());
    assert_eq!(ten.minus(three).unwrap().amount(), 7);
    assert_eq!(code(three.minus(ten)), "amount_exceeds");
    assert_eq!(code(ten.plus(Quantity::pieces(1).unwrap())), "units_differ");
    assert_eq!(code(Quantity::grams(Quantity::MAX).unwrap().plus(three)), "amount_too_large");
    assert_eq!(code(ten.plus(Quantity::zero(Unit::Piece))), "units_differ");
    assert_eq!(code(Quantity::grams(-1)), "amount_negative");
    assert_eq!(code(Quantity::grams(Quantity::MAX).unwrap().times(u32::MAX)), "amount_too_large");
    assert!(serde_json::from_value::<Quantity>(json!({"amount": -1, "unit": "gram"})).is_err());
    assert_eq!(serde_json::to_value(ten).unwrap(), json!({"amount": 10, "unit": "gram"}));
}

#[test]
fn quantities_shown() {
    for (grams, vi) in [
        (500, "500 g"),
        (12_500, "12,5 kg"),
        (1_000, "1 kg"),
        (1_125, "1125 g"),
        (123_456, "123\u{a0}456 g"),
        (1_234_567, "1234,567 kg"),
        (12_345_678, "12\u{a0}345,678 kg"),
    ] {
        assert_eq!(Quantity::grams(grams).unwrap().show(Lang::Vi), vi);
    }
    assert_eq!(Quantity::pieces(1).unwrap().show(Lang::En), "1 piece");
    assert_eq!(Quantity::pieces(120).unwrap().show(Lang::Vi), "120 đơn vị");
}

#[test]
fn quantities_in_events() {
    let read = |value: serde_json::Value, uom| Quantity::from_epcis(value.as_number().unwrap(), uom);
    assert_eq!(read(json!(12.5), Some("KGM")), Quantity::grams(12_500));
    assert_eq!(read(json!(12.500), Some("GRM")).unwrap_err().code, "amount_fraction");
    assert_eq!(read(json!(2), Some("TNE")), Quantity::grams(2_000_000));
    assert_eq!(read(json!(200.0), None), Quantity::pieces(200));
    assert_eq!(code(read(json!(2), Some("LTR"))), "uom_unknown");
    assert_eq!(code(read(json!(0), None)), "amount_zero");
    assert_eq!(code(read(json!(-1.5), Some("KGM"))), "amount_negative");
    assert!(read(json!(1e300), Some("KGM")).is_err());
}

#[test]
fn areas() {
    for (given, metres) in [
        ("360 m2", 360),
        ("360 m²", 360),
        ("1,5 ha", 15_000),
        ("3 sào", 1_080),
        ("1 mẫu", 3_600),
        ("0,5 sào", 180),
    ] {
        assert_eq!(Area::parse(given).unwrap().square_metres(), metres, "{given}");
    }
    assert_eq!(code(Area::parse("1.500 m2")), "number_ambiguous");
    assert_eq!(code(Area::parse("5 kg")), "area_unit_unknown");
    assert_eq!(code(Area::parse("5")), "area_unit_missing");
    assert_eq!(code(Area::parse("0 ha")), "amount_zero");
    assert_eq!(code(Area::parse("0,00001 ha")), "amount_fraction");
    assert_eq!(code(Area::new(Area::MAX + 1)), "amount_too_large");
}

//! The words that every room speaks, tried by their front doors: known vectors, what must be refused and with which problem, and
//! properties that hold for every input.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nguongoc::kernel::canonical::{Limits, canonical, parse_strict};
use nguongoc::kernel::commune::{self, Match};
use nguongoc::kernel::fold::{fold, fold_commune};
use nguongoc::kernel::*;
use proptest::prelude::*;
use serde_json::json;

fn code<T: std::fmt::Debug>(result: Result<T, Problem>) -> &'static str {
    result.unwrap_err().code
}

// --- Messages ---

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // Examples in documentation may use codes that nobody raises.
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.push(code.join("\n"));
        }
    }
}

/// The codes raised anywhere in the sources, as keys, each with the arguments given to it where the chain can be read.
fn raised() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    sources(&root.join("src/kernel"), &mut texts);
    let mut raised: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for text in &texts {
        for part in text.split("Problem::new(").skip(1) {
            let Some(part) = part.trim_start().strip_prefix('"') else {
                continue;
            };
            let (code, chain) = part.split_once('"').unwrap();
            let args = raised.entry(format!("problem-{}", code.replace('_', "-"))).or_default();
            let chain = chain.split(';').next().unwrap().split("\n    }").next().unwrap();
            for arg in chain.split(".arg(").skip(1) {
                let name = arg.trim_start().trim_start_matches('"');
                args.insert(name.split('"').next().unwrap().to_owned());
            }
        }
    }
    raised
}

fn messages(lang: &str) -> BTreeMap<String, BTreeSet<String>> {
    let path = format!("{}/assets/locales/{lang}/problem.ftl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let resource = fluent_bundle::FluentResource::try_new(text.clone());
    assert!(resource.is_ok(), "{lang}/problem.ftl has syntax errors: {:?}", resource.err());
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("problem-")) {
        let (key, message) = line.split_once(" = ").unwrap();
        let named =
            message.split("{ $").skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned()).collect();
        let twice = found.insert(key.to_owned(), named);
        assert!(twice.is_none(), "{key} stands twice in {lang}");
    }
    found
}

#[test]
fn every_problem_has_words_in_both_languages() {
    let (raised, vi, en) = (raised(), messages("vi"), messages("en"));
    assert!(raised.len() > 40, "the sources were not found");
    for (key, args) in &raised {
        for (lang, messages) in [("vi", &vi), ("en", &en)] {
            let named = messages.get(key).ok_or(format!("{key} has no message in {lang}")).unwrap();
            for name in named.iter().filter(|name| *name != "value") {
                assert!(args.contains(name), "{key} in {lang} names {name}, which is never given");
            }
        }
    }
    assert_eq!(vi, en, "the same keys, and the same arguments named");
    let unused: Vec<_> = vi.keys().filter(|key| !raised.contains_key(*key)).collect();
    assert!(unused.is_empty(), "messages that nobody raises: {unused:?}");
}

#[test]
fn a_problem_repeats_the_value_safely() {
    let long = Problem::new("text_empty").value("đ".repeat(200));
    assert_eq!(long.value.chars().count(), 80);
    assert!(long.value.ends_with('…'));
    let odd = Problem::new("text_empty").value("a\u{0}b\n\u{202e}c\u{1b}[31m");
    assert_eq!(odd.value, "abc[31m");
    assert_eq!(odd.at("name").at("party").field, "party.name");
}

#[test]
fn problems_are_collected() {
    let mut problems = Problems::default();
    assert_eq!(problems.take("a", Ok::<_, Problem>(1)), Some(1));
    assert!(problems.clone().finish().is_ok());
    assert!(problems.take("b", Gtin::parse("1")).is_none());
    let problems = problems.finish().unwrap_err();
    assert_eq!(problems.0[0].field, "b");
}

// --- Ids, languages ---

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
fn language_of_a_request() {
    assert_eq!(Lang::choose(Some("en"), Some("vi")), Lang::En);
    assert_eq!(Lang::choose(Some("xx"), Some("en-US,en;q=0.9")), Lang::En);
    assert_eq!(Lang::choose(None, Some("vi;q=0.3, en;q=0.9")), Lang::En);
    assert_eq!(Lang::choose(None, Some("en;q=0, fr")), Lang::Vi);
    assert_eq!(Lang::choose(None, Some("en;q=0.5, *;q=0.9")), Lang::Vi);
    assert_eq!(Lang::choose(None, Some("en;q=7")), Lang::Vi);
    assert_eq!(Lang::choose(None, None), Lang::Vi);
}

// --- Time ---

#[test]
fn moments() {
    let (moment, offset) = Moment::parse_with_offset("2026-11-23T00:30:00.1234569+07:00").unwrap();
    assert_eq!(moment.to_rfc3339(), "2026-11-22T17:30:00.123456Z");
    assert_eq!(offset, LEGAL_ZONE);
    assert_eq!(moment.day().to_string(), "2026-11-23");
    assert_eq!(moment.to_rfc3339_at(offset), "2026-11-23T00:30:00.123456+07:00");
    assert_eq!(Moment::parse("2026-11-23t01:02:03z").unwrap().to_rfc3339(), "2026-11-23T01:02:03Z");
    // The legal day counts, whatever offset was submitted.
    assert_eq!(Moment::parse("2026-11-22T20:00:00-05:00").unwrap().day().to_string(), "2026-11-23");
    assert_eq!(Moment::from_second(1_790_000_000).vietnamese(), "21/09/2026 21:13");
    for wrong in [
        "",
        "2026-11-23",
        "2026-11-23T10:00:00",
        "2026-11-23 10:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-11-23T10:00Z",
        "2026-11-23T10:00:60Z",
        "2026-11-23T10:00:00.Z",
        "2026-11-23T+1:00:00Z",
        "2026-1-23T10:00:00Z",
        "２026-11-23T10:00:00Z",
    ] {
        assert_eq!(code(Moment::parse(wrong)), "moment_malformed", "{wrong}");
    }
    assert_eq!(code(Moment::parse("2026-11-23T10:00:00+15:00")), "offset_malformed");
    assert_eq!(code(Moment::parse("2026-11-23T10:00:00+0700")), "offset_malformed");
    assert_eq!(code(Moment::parse("2026-11-23T10:00:00Z[UTC]")), "offset_malformed");
    assert_eq!(code(Moment::parse("1999-12-31T10:00:00Z")), "year_out_of_range");
    assert_eq!(Moment::from_micros(i64::MIN), Moment::MIN);
    assert!(Moment::MAX.to_rfc3339().starts_with("9999-12-30T"));
    assert!(Moment::MIN.to_rfc3339().starts_with("0001-"));
}

#[test]
fn days() {
    for same in ["2026-06-01", "01/06/2026", "1/6/2026", " 1-6-2026 ", "1.6.2026"] {
        assert_eq!(Day::parse(same).unwrap().to_string(), "2026-06-01", "{same}");
    }
    let day = Day::parse("28/02/2028").unwrap();
    assert_eq!(day.plus_days(2).vietnamese(), "01/03/2028");
    assert_eq!(day.days_until(day.plus_days(-400)), -400);
    assert_eq!(day.start().day(), day);
    assert_eq!(day.start().minus(std::time::Duration::from_micros(1)).day(), day.plus_days(-1));
    assert_eq!(code(Day::parse("29/02/2026")), "day_does_not_exist");
    assert_eq!(code(Day::parse("06/13/2026")), "day_does_not_exist");
    assert_eq!(code(Day::parse("01/06/26")), "day_malformed");
    assert_eq!(code(Day::parse("45000")), "day_malformed");
    assert_eq!(code(Day::parse("01/06/2101")), "year_out_of_range");
    assert_eq!(code(Day::new(2026, 2, 30)), "day_does_not_exist");
}

// --- Numbers with check digits ---

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

// --- Quantities ---

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

// --- Text and folding ---

#[test]
fn texts() {
    assert_eq!(<Line>::parse("\u{feff} a\tb\u{a0}c ").unwrap().as_str(), "a b c");
    assert_eq!(code(<Line>::parse(" \u{200b} ")), "text_empty");
    assert_eq!(<Line>::optional("  ").unwrap(), None);
    assert_eq!(code(<Line>::parse("a\nb")), "text_has_line_break");
    assert_eq!(code(<Line>::parse("a\u{0}b")), "text_has_control_character");
    assert_eq!(code(<Line>::parse("a\u{202e}b")), "text_has_direction_control");
    assert_eq!(code(<Line>::parse(&"ệ".repeat(201))), "text_too_long");
    assert_eq!(<Note>::parse("a\r\nb\rc\n").unwrap().as_str(), "a\nb\nc");
    assert_eq!(code(<Note>::parse(&"x".repeat(2_001))), "text_too_long");
    assert_eq!(
        <Line>::parse("<script>'; DROP").unwrap().as_str(),
        "<script>'; DROP",
        "kept: pages escape it"
    );
}

#[test]
fn folding() {
    for same in ["Hoà Đức", "Hòa Đức", "hoa\u{300} đu\u{31b}\u{301}c", "  HOA—ĐỨC!", "hoa duc"]
    {
        assert_eq!(fold(same), "hoa duc", "{same}");
    }
    for (given, folded) in [
        ("Phường Ba Đình", "ba dinh"),
        ("phuong ba dinh", "ba dinh"),
        ("P. Ba Đình", "ba dinh"),
        ("Xã Xa Dung", "xa dung"),
        ("Thị trấn Văn Điển", "van dien"),
        ("Đặc khu Cô Tô", "co to"),
        ("TP. Hồ Chí Minh", "ho chi minh"),
        ("TP HCM", "hcm"),
        ("Tỉnh Hưng Yên", "hung yen"),
        ("Tình Thương", "tinh thuong"),
        ("Phường", "phuong"),
        ("Xá Lợi", "xa loi"),
    ] {
        assert_eq!(fold_commune(given), folded, "{given}");
    }
}

// --- Communes ---

#[test]
fn the_whole_table_is_read() {
    assert_eq!(commune::provinces().len(), 34);
    assert_eq!(commune::communes().len(), 3_321);
    let hanoi = commune::province("01").unwrap().code;
    assert_eq!(commune::communes().iter().filter(|commune| commune.province == hanoi).count(), 126);
    for commune in commune::communes() {
        assert_eq!(commune.code.commune(), commune);
        let own = commune.province.province().name.as_str();
        let found = commune::matching(&commune.name, Some(own));
        let known = match found {
            Match::One(one) => one == commune,
            Match::Many(many) => many.contains(&commune),
            Match::None => false,
        };
        assert!(known, "{commune} is not found by its own name");
        assert!(
            commune::search(&commune.to_string(), None, 3).contains(&commune),
            "{commune} is not found by search"
        );
    }
}

#[test]
fn communes_in_lists() {
    let one = |text: &str, province: Option<&str>| match commune::matching(text, province) {
        Match::One(commune) => commune.to_string(),
        other => format!("{other:?}"),
    };
    for (text, province) in [
        ("Phường Ba Đình", Some("Thành phố Hà Nội")),
        ("ba dinh", Some("ha noi")),
        ("P.Ba Đình, Hà Nội", None),
        ("00004", None),
        ("BA ĐI\u{300}NH", Some("TP. Hà Nội")),
        ("Ba Đình, TP Hà Nội", Some("01")),
    ] {
        assert_eq!(one(text, province), "Phường Ba Đình, Thành phố Hà Nội", "{text}");
    }
    assert!(matches!(commune::matching("Tân Phú", None), Match::Many(_)));
    assert_eq!(commune::matching("Phường Không Có", Some("Hà Nội")), Match::None);
    assert_eq!(commune::matching("Ba Đình", Some("Hà Tây")), Match::None);
    assert_eq!(commune::matching("Ba Đình", Some("Cà Mau")), Match::None);
    assert_eq!(commune::matching("", None), Match::None);
    assert_eq!(one("Xa Dung", Some("Điện Biên")), "Xã Xa Dung, Tỉnh Điện Biên");
    assert_eq!(code(CommuneCode::parse("4")), "commune_unknown");
    assert_eq!(code(ProvinceCode::parse("99")), "province_unknown");
}

#[test]
fn communes_while_typing() {
    let names = |text: &str| {
        let hanoi = commune::province("01").map(|province| province.code);
        commune::search(text, hanoi, 5).iter().map(|commune| commune.short).collect::<Vec<_>>()
    };
    assert_eq!(names("ba d")[0], "Ba Đình");
    assert_eq!(names("Phường ba đ")[0], "Ba Đình");
    assert!(names("").is_empty());
    assert!(commune::search("an", None, 7).len() == 7);
}

// --- Paging, canonical JSON, hashes ---

#[test]
fn pages() {
    assert_eq!(PageSize::default().rows(), 25);
    assert_eq!(PageSize::parse("100").unwrap().limit(), 101);
    for wrong in ["0", "101", "-1", "x", "", "999999999999"] {
        assert_eq!(code(PageSize::parse(wrong)), "page_size_malformed");
    }
    let size = PageSize::parse("2").unwrap();
    let page = Page::of(vec!["a", "b", "c"], size, |row| Cursor::Text((*row).into()));
    assert_eq!((page.items, page.next), (vec!["a", "b"], Some(Cursor::Text("b".into()))));
    let last = Page::of(vec!["a", "b"], size, |row| Cursor::Text((*row).into()));
    assert_eq!(last.next, None);
    for wrong in ["", "dA", "eA", "====", "' OR 1", &"A".repeat(5_000)] {
        assert_eq!(code(Cursor::parse(wrong)), "cursor_malformed", "{wrong}");
    }
    assert_eq!(code(Cursor::Text("a".into()).time()), "cursor_malformed");
}

#[test]
fn canonical_json() {
    // RFC 8785 §3.2.3: sorted by UTF-16 code units.
    let value =
        json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
    // U+FB33 has no composed form in NFC, so its bytes change.
    let text = String::from_utf8(canonical(&value).unwrap()).unwrap();
    assert_eq!(text, "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"\u{5d3}\u{5bc}\":3,\"€\":1,\"😀\":5}");
    let numbers = canonical(&json!([1.0, 4.50, 2e-3, 1e-27, 0.0, 9_007_199_254_740_992_i64])).unwrap();
    assert_eq!(numbers, b"[1,4.5,0.002,1e-27,0,9007199254740992]");
    assert_eq!(code(canonical(&json!({"é": 1, "e\u{301}": 2}))), "json_duplicate_name");
    assert_eq!(code(canonical(&json!(9_007_199_254_740_993_i64))), "json_integer_too_large");
}

#[test]
fn strict_json() {
    let limits = Limits { bytes: 200, depth: 3 };
    let read = |text: &str| parse_strict(text.as_bytes(), limits);
    assert_eq!(read(r#"{"a":[1,-2.5,"x",null,true]}"#).unwrap(), json!({"a": [1, -2.5, "x", null, true]}));
    assert!(read("[[[1]]]").is_ok());
    assert_eq!(code(read("[[[[1]]]]")), "json_too_deep");
    assert_eq!(code(read(r#"{"a":{"b":1,"b":1}}"#)), "json_duplicate_name");
    assert_eq!(code(read("{\"\\u00e9\":1,\"e\u{301}\":1}")), "json_duplicate_name");
    assert_eq!(code(read("9007199254740993")), "json_integer_too_large");
    assert_eq!(code(read("-9007199254740993")), "json_integer_too_large");
    assert_eq!(code(read("123456789012345678901234567890")), "json_integer_too_large");
    assert_eq!(code(read(&" ".repeat(201))), "json_too_large");
    for wrong in ["", "{", "1 2", "{'a':1}", "NaN", "[1,]", "\"\\ud800\"", "1e999"] {
        assert_eq!(code(read(wrong)), "json_malformed", "{wrong}");
    }
    assert_eq!(code(parse_strict(b"\"\xff\"", limits)), "json_malformed");
    let deep = "[".repeat(100_000);
    assert_eq!(code(parse_strict(deep.as_bytes(), Limits { bytes: 1 << 20, depth: 9_999 })), "json_too_deep");
}

#[test]
fn hashes() {
    let hash = Sha256Hash::of(b"");
    let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hash.to_string(), text);
    assert_eq!(text.to_uppercase().parse::<Sha256Hash>().unwrap(), hash);
    assert_eq!(code("e3b0".parse::<Sha256Hash>()), "hash_malformed");
}

// --- What holds for every input ---

proptest! {
    #[test]
    fn no_parser_breaks_on_any_text(text in any::<String>()) {
        let _ = Gtin::parse(&text);
        let _ = Gln::parse(&text);
        let _ = TaxNumber::parse(&text);
        let _ = ProductNumber::parse(&text);
        let _ = LotCode::parse(&text);
        let _ = Quantity::parse(&text);
        let _ = Area::parse(&text);
        let _ = Moment::parse(&text);
        let _ = Day::parse(&text);
        let _ = Offset::parse(&text);
        let _ = <Line>::parse(&text);
        let _ = <Note>::parse(&text);
        let _ = Cursor::parse(&text);
        let _ = Lang::from_accept_language(&text);
        let _ = commune::matching(&text, Some(&text));
        let _ = parse_strict(text.as_bytes(), Limits::default());
        let _ = Sha256Hash::parse(&text);
    }

    #[test]
    fn no_amount_or_time_breaks_a_parser(text in "[-+0-9.,: TZzkgmtạấn/]{0,24}") {
        let _ = Quantity::parse(&text);
        let _ = Area::parse(&text);
        let _ = Moment::parse(&text);
        let _ = Day::parse(&text);
    }

    #[test]
    fn one_wrong_digit_never_passes(seed in any::<u64>(), place in 0_usize..10, by in 1_u8..10) {
        for number in [ProductNumber::from_seed(seed).to_string(), PlaceNumber::from_seed(seed).to_string(), ShortCode::from_seed(seed).to_string()] {
            prop_assert!(check_digit::verify(&number));
            let mut digits = number.into_bytes();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            let changed = String::from_utf8(digits).unwrap();
            prop_assert_eq!(code(ProductNumber::parse(&changed)), "wrong_check_digit");
            prop_assert_eq!(code(ShortCode::parse(&changed)), "wrong_check_digit");
        }
        prop_assert!(ProductNumber::parse(ProductNumber::from_seed(seed).as_str()).is_ok());
        prop_assert!(PlaceNumber::parse(PlaceNumber::from_seed(seed).as_str()).is_ok());
        prop_assert!(ShortCode::parse(&ShortCode::from_seed(seed).grouped()).is_ok());
    }

    #[test]
    fn a_gtin_reads_itself(body in "[0-9]{13}") {
        let digits = format!("{body}{}", check_digit::compute(&body).unwrap());
        if let Ok(gtin) = Gtin::parse(&digits) {
            prop_assert_eq!(gtin.as_str(), &digits);
            prop_assert_eq!(Gtin::parse(digits.trim_start_matches('0')).map_or(true, |again| again == gtin), true);
        }
    }

    #[test]
    fn what_is_shown_can_be_typed_back(amount in prop_oneof![1..100_000_i64, 1..=Quantity::MAX], pieces: bool) {
        let quantity = Quantity::new(amount, if pieces { Unit::Piece } else { Unit::Gram }).unwrap();
        for lang in Lang::ALL {
            prop_assert_eq!(Quantity::parse(&quantity.show(lang)), Ok(quantity), "{}", quantity.show(lang));
        }
        let (value, uom) = quantity.epcis();
        prop_assert_eq!(Quantity::from_epcis(&value, uom), Ok(quantity), "{}", value);
        let stored = serde_json::to_string(&quantity).unwrap();
        prop_assert_eq!(serde_json::from_str::<Quantity>(&stored).unwrap(), quantity);
    }

    #[test]
    fn an_area_shown_can_be_typed_back(metres in 1..=Area::MAX) {
        let area = Area::new(metres).unwrap();
        for lang in Lang::ALL {
            prop_assert_eq!(Area::parse(&area.show(lang)), Ok(area));
        }
    }

    #[test]
    fn moments_read_themselves(micros in 946_684_800_000_000..4_133_894_400_000_000_i64, minutes in -840_i64..=840) {
        let (moment, offset) = (Moment::from_micros(micros), Offset::from_minutes(minutes).unwrap());
        prop_assert_eq!(Moment::parse(&moment.to_rfc3339()), Ok(moment));
        prop_assert_eq!(Offset::parse(&offset.to_string()), Ok(offset));
        if let Ok(read) = Moment::parse_with_offset(&moment.to_rfc3339_at(offset)) {
            prop_assert_eq!(read, (moment, offset));
        }
        prop_assert!(moment.day().start() <= moment);
        prop_assert!(moment < moment.day().plus_days(1).start());
    }

    #[test]
    fn moments_sort_as_their_text(a in 0..4_133_894_400_i64, b in 0..4_133_894_400_i64) {
        let (a, b) = (Moment::from_second(a), Moment::from_second(b));
        prop_assert_eq!(a.cmp(&b), a.to_rfc3339().cmp(&b.to_rfc3339()));
    }

    #[test]
    fn folding_twice_changes_nothing(text in any::<String>()) {
        use unicode_normalization::UnicodeNormalization;
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded.clone());
        prop_assert_eq!(fold(&text.nfd().collect::<String>()), folded.clone());
        prop_assert_eq!(fold(&text.nfc().collect::<String>()), folded);
    }

    #[test]
    fn a_line_reads_itself(text in any::<String>()) {
        if let Ok(line) = <Line>::parse(&text) {
            prop_assert_eq!(<Line>::parse(line.as_str()), Ok(line));
        }
    }

    #[test]
    fn cursors_read_themselves(micros in any::<i64>(), id in any::<u128>(), text in "[^\\x00]{0,60}") {
        for cursor in [Cursor::Time(Moment::from_micros(micros), uuid::Uuid::from_u128(id)), Cursor::Text(text.clone())] {
            prop_assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
        }
    }

    #[test]
    fn canonical_bytes_read_as_the_same_bytes(names in prop::collection::vec("[a-zé\u{301}]{1,4}", 0..5), number in -1e15..1e15_f64) {
        let object: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), json!([number, name]))).collect();
        if let Ok(bytes) = canonical(&object.into()) {
            let again = parse_strict(&bytes, Limits::default()).unwrap();
            prop_assert_eq!(canonical(&again).unwrap(), bytes);
        }
    }
}

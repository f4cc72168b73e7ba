//! What holds for every input.

use nguongoc::kernel::canonical::{Limits, canonical, parse_strict};
use nguongoc::kernel::fold::fold;
use nguongoc::kernel::*;
use proptest::prelude::*;
use serde_json::json;

use crate::code;

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

//! The parameters of questions, whatever comes: read or refused by name, never a panic; and what they are read as.

use nguongoc::events::epcis::Namespaces;
use nguongoc::events::query::{
    Column, Condition, Parameters, Pattern, Query, Roles, Want, extensions_header,
};
use proptest::prelude::*;

fn read(pairs: &[(&str, &str)]) -> Result<Query, nguongoc::kernel::Problems> {
    let pairs: Vec<(String, String)> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Parameters::of_url(&pairs).read(&Namespaces::default(), &["t.example.vn"])
}

fn patterns(name: &str, value: &str) -> Vec<Pattern> {
    match read(&[(name, value)]).unwrap().conditions.remove(0) {
        Condition::Speaks(_, patterns) => patterns,
        other => panic!("{other:?}"),
    }
}

#[test]
fn lists_are_told_apart() {
    let lot = "https://id.gs1.org/01/09521234543213/10/A%2CB";
    let with_comma = "https://id.gs1.org/01/09521234543213/10/A,B";
    for (value, count) in [
        (lot.to_owned(), 1),
        (with_comma.to_owned(), 1),
        (format!("{lot},{with_comma}"), 2),
        (format!("{lot}|{lot}|{lot}"), 3),
    ] {
        assert_eq!(patterns("MATCH_epcClass", &value).len(), count, "{value}");
    }
    let query = read(&[("EQ_bizStep", "shipping,receiving"), ("EQ_bizStep", "packing")]).unwrap();
    let words = ["shipping", "receiving", "packing"].map(str::to_owned).to_vec();
    assert_eq!(query.conditions, [Condition::Is(Column::BizStep, words)]);
    // A text of an extension is one text, whatever stands in it.
    let query = read(&[("EQ_urn:x:y", "a,b|c")]).unwrap();
    assert!(format!("{query:?}").contains("a,b|c"), "{query:?}");
}

#[test]
fn patterns_name_what_they_stand_for() {
    let begins = |text: &str| vec![Pattern::Begins(text.to_owned())];
    assert_eq!(patterns("MATCH_epc", "urn:epc:idpat:sgtin:*.*.*"), begins("01/"));
    assert_eq!(patterns("MATCH_epc", "urn:epc:idpat:giai:952123.*"), begins("8004/952123"));
    assert_eq!(
        patterns("MATCH_epc", "urn:epc:idpat:sscc:952123.*"),
        [Pattern::Led("00/", "952123".to_owned())]
    );
    assert_eq!(
        patterns("MATCH_epcClass", "urn:epc:class:lgtin:952123.0454321.*"),
        begins("01/09521234543213/10/")
    );
    let own = patterns("MATCH_epc", "https://t.example.vn/P/1000000014/L/hn-7");
    assert!(own.contains(&Pattern::UnitsOf("P/1000000014/L/HN-7".to_owned())), "{own:?}");
    let both = read(&[("MATCH_anyEPC", "urn:x:y")]).unwrap();
    let roles = Roles { wanted: Want::Any, classes: Some(false) };
    assert_eq!(both.conditions, [Condition::Speaks(roles, vec![Pattern::Name("urn:x:y".to_owned())])]);
}

#[test]
fn one_thing_has_one_question() {
    let spellings = [
        "urn:epc:id:sgtin:952123.0454321.7",
        "https://id.gs1.org/01/09521234543213/21/7",
        "https://example.com/some/stem/01/09521234543213/10/LB/21/7?17=261231",
    ];
    let first = read(&[("MATCH_epc", spellings[0])]).unwrap();
    for spelling in spellings {
        assert_eq!(read(&[("MATCH_epc", spelling)]).unwrap(), first, "{spelling}");
    }
    for word in [
        "shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "cbv:BizStep-shipping",
    ] {
        assert_eq!(read(&[("EQ_bizStep", word)]).unwrap(), read(&[("EQ_bizStep", "shipping")]).unwrap());
    }
    let names = extensions_header("ex = https://example.com/a#, ng=urn:nguongoc:voc:").unwrap();
    assert_eq!(names.iri("ex"), Some("https://example.com/a#"));
    assert!(extensions_header("ex").is_err() && extensions_header("http=urn:x:").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_asked_is_read_or_refused_by_name(
        start in prop::sample::select(vec![
            "", "EQ_", "GE_", "LT_", "GT_", "LE_", "MATCH_", "WD_", "EXISTS_", "EQ_INNER_", "EQ_ILMD_", "GE_value_", "EQ_source_",
            "MATCH_epc", "MATCH_anyEPCClass", "EQ_readPoint", "WD_bizLocation", "GE_eventTime", "eventType", "EQ_bizStep",
            "EQ_quantity_", "EQ_readPoint_", "EQ_INNER_ERROR_DECLARATION_", "HASATTR_", "EQATTR_", "orderBy", "eventCountLimit",
        ]),
        rest in ".{0,12}",
        value in prop_oneof![
            ".{0,40}",
            "urn:epc:(id|idpat|class):[a-z]{3,6}:[0-9*]{0,13}\\.[0-9*]{0,8}\\.[0-9A-Z*,|]{0,5}",
            "https://[a-z.]{1,8}/(01|00|414|P)/[0-9]{0,18}(/(10|21|254|L)/.{0,6})?",
            "[0-9.eE+-]{1,12}",
        ],
    ) {
        let name = format!("{start}{rest}");
        if let Err(problems) = read(&[(&name, &value)]) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| problem.field == name), "{problems:?}");
        }
    }
}

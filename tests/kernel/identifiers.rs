//! Names of things: Digital Link URIs, EPC URNs, the registry's own paths.

use std::fmt::Write as _;

use nguongoc::kernel::identifier::{Component, Kind, Link, name_of};
use nguongoc::kernel::*;
use proptest::prelude::*;

use crate::code;

const OWN: &[&str] = &["t.example.vn"];

fn read(uri: &str) -> Identifier {
    Identifier::parse(uri, OWN).unwrap_or_else(|problem| panic!("{uri}: {problem}"))
}

#[test]
fn digital_links_of_any_host_and_stem() {
    for (uri, name) in [
        ("https://id.gs1.org/01/09520000000011", "01/09520000000011"),
        ("http://shop.example:8080/a/b/01/09520000000011/", "01/09520000000011"),
        ("HTTPS://SHOP.EXAMPLE/01/09520000000011/10/ab", "01/09520000000011/10/ab"),
        ("https://shop.example/01/09520000000011/22/2A/10/L7/21/S1", "01/09520000000011/21/S1"),
        ("https://shop.example/01/09520000000011/22/2A", "01/09520000000011"),
        ("https://shop.example/01/09520000000011/10/a%2Fb%2fc", "01/09520000000011/10/a%2Fb%2Fc"),
        ("https://shop.example/01/09520000000011/10/a+b", "01/09520000000011/10/a%2Bb"),
        ("https://shop.example/01/09520000000011/10/100%zz", "01/09520000000011/10/100%25zz"),
        ("https://shop.example/01/09520000000011/10/100%", "01/09520000000011/10/100%25"),
        ("https://shop.example/01/09520000000011/235/A1", "01/09520000000011/235/A1"),
        // The rightmost valid key wins; a value that looks like a key is none.
        ("https://shop.example/01/09520000000028/01/09520000000011/10/L7", "01/09520000000011/10/L7"),
        ("https://shop.example/414/9520000000004/01/09520000000011", "01/09520000000011"),
        ("https://shop.example/01/09520000000011/10/00/21/414", "01/09520000000011/21/414"),
        ("https://shop.example/01/09520000000011/10/00", "01/09520000000011/10/00"),
        ("https://shop.example/00/395200000000000005#01/1", "00/395200000000000005"),
        ("https://shop.example/414/9520000000004/254/LUONG-3", "414/9520000000004/254/LUONG-3"),
        ("https://shop.example/414/9520000000004/7040/1A2B", "414/9520000000004/7040/1A2B"),
        ("https://shop.example/417/9520000000004", "417/9520000000004"),
        ("https://shop.example/8003/09520000000004AB", "8003/09520000000004AB"),
        ("https://shop.example/8004/9520000XE7", "8004/9520000XE7"),
        ("https://shop.example/8006/095200000000110102/22/A/10/L/21/S", "8006/095200000000110102/21/S"),
        ("https://shop.example/8010/9520000A-%23%2F/8011/12", "8010/9520000A-%23%2F/8011/12"),
        ("https://shop.example/253/9520000000004PO-1", "253/9520000000004PO-1"),
        // Anything may follow the question mark that is no number.
        ("https://shop.example/01/09520000000011?linkType=all&x&=&utm_1=2&17=261231", "01/09520000000011"),
    ] {
        let identifier = read(uri);
        assert_eq!(identifier.name(), name, "{uri}");
        assert_eq!(name_of(uri, &[]), name, "{uri}");
        assert_eq!(Identifier::of_name(name).unwrap(), identifier.constrained(), "{name}");
    }
}

#[test]
fn what_is_no_digital_link() {
    for (uri, problem) in [
        ("ftp://shop.example/01/09520000000011", "link_scheme"),
        ("Https://shop.example/01/09520000000011", "link_scheme"),
        ("01/09520000000011", "link_scheme"),
        ("", "link_scheme"),
        ("https:///01/09520000000011", "link_host"),
        ("https://shop.example", "link_no_key"),
        ("https://shop.example/about", "link_no_key"),
        ("https://shop.example/gtin/09520000000011", "link_no_key"),
        ("https://shop.example/01/09520000000011/10", "link_no_key"),
        ("https://shop.example/%30%31/09520000000011", "link_no_key"),
        ("https://shop.example/01/9520000000011", "element_malformed"),
        ("https://shop.example/01/0952000000001a", "element_character"),
        ("https://shop.example/01/09520000000012", "wrong_check_digit"),
        ("https://shop.example/01/02012345678903", "gtin_restricted"),
        ("https://shop.example/01/00000000000000", "gtin_zero"),
        ("https://shop.example/414/0000000000000", "gln_zero"),
        ("https://shop.example/00/395200000000000006", "wrong_check_digit"),
        ("https://shop.example/01/09520000000011/10/", "link_no_key"),
        ("https://shop.example/01/09520000000011/10//", "element_empty"),
        ("https://shop.example/01/09520000000011//L7", "qualifier_misplaced"),
        ("https://shop.example/01/09520000000011/10/a%00", "element_character"),
        ("https://shop.example/01/09520000000011/10/a%20b", "element_character"),
        ("https://shop.example/01/09520000000011/10/%C4%91", "element_character"),
        ("https://shop.example/01/09520000000011/10/%FF", "element_character"),
        ("https://shop.example/01/09520000000011/10/a~b", "element_character"),
        ("https://shop.example/01/09520000000011/10/123456789012345678901", "element_malformed"),
        ("https://shop.example/01/09520000000011/21/S/10/L", "qualifier_misplaced"),
        ("https://shop.example/01/09520000000011/10/L/10/M", "qualifier_misplaced"),
        ("https://shop.example/01/09520000000011/10/L/235/A", "qualifier_misplaced"),
        ("https://shop.example/01/09520000000011/17/261231", "qualifier_misplaced"),
        ("https://shop.example/00/395200000000000005/10/L", "qualifier_misplaced"),
        ("https://shop.example/414/9520000000004/254/A/7040/1A2B", "qualifier_misplaced"),
        ("https://shop.example/8003/19520000000004AB", "element_malformed"),
        ("https://shop.example/8006/095200000000110201", "element_malformed"),
        ("https://shop.example/01/09520000000011?10=L7", "element_not_in_query"),
        ("https://shop.example/01/09520000000011?21=7", "element_not_in_query"),
        ("https://shop.example/414/9520000000004?8200=a", "element_not_in_query"),
        ("https://shop.example/01/09520000000011?17=261231&17=261231", "element_twice"),
        ("https://shop.example/01/09520000000011?01=09520000000011", "element_twice"),
        ("https://shop.example/01/09520000000011?05=1", "element_unknown"),
        ("https://shop.example/01/09520000000011?3106=000001", "element_unknown"),
        ("https://shop.example/01/09520000000011?17=", "element_empty"),
        ("https://shop.example/01/09520000000011?17", "element_empty"),
        ("https://shop.example/01/09520000000011?17=261331", "element_malformed"),
        ("https://shop.example/01/09520000000011?17=260230", "element_malformed"),
        ("https://shop.example/01/09520000000011?240=a+b", "element_character"),
        ("https://shop.example/01/09520000000011?3103=12345", "element_malformed"),
        ("https://shop.example/P/1000000014", "link_no_key"),
    ] {
        assert_eq!(code(Identifier::parse(uri, OWN)), problem, "{uri}");
        assert_eq!(name_of(uri, OWN), uri);
    }
}

#[test]
fn products_of_this_registry() {
    for (uri, name) in [
        ("https://t.example.vn/P/1000000014", "P/1000000014"),
        ("https://T.EXAMPLE.VN/p/1000000014/l/hn-2611-07", "P/1000000014/L/HN-2611-07"),
        ("https://t.example.vn:8443/P/1000000014/L/A/S/7/", "P/1000000014/S/7"),
        ("https://t.example.vn/1/ABC/P/1000000014/S/7", "P/1000000014/S/7"),
        ("https://t.example.vn/1/abc/01/09520000000011/10/l7", "01/09520000000011/10/L7"),
        // Only the registry's own codes fold; a lot of somebody else is as it was written.
        ("https://t.example.vn/01/09520000000011/10/l7", "01/09520000000011/10/l7"),
        ("https://other.example/1/ABC/01/09520000000011/10/l7", "01/09520000000011/10/l7"),
    ] {
        assert_eq!(read(uri).name(), name, "{uri}");
    }
    for (uri, problem) in [
        ("https://t.example.vn/P/1000000015", "wrong_check_digit"),
        ("https://t.example.vn/P/10000-00014", "number_malformed"),
        ("https://t.example.vn/P/2000000011", "product_number_wrong_kind"),
        ("https://t.example.vn/P/1000000014/L", "lot_code_empty"),
        ("https://t.example.vn/P/1000000014/L/A%2FB", "lot_code_character"),
        ("https://t.example.vn/P/1000000014/S/7/L/A", "qualifier_misplaced"),
        ("https://t.example.vn/P/1000000014/10/A", "qualifier_misplaced"),
    ] {
        assert_eq!(code(Identifier::parse(uri, OWN)), problem, "{uri}");
    }
    let unit = read("https://t.example.vn/P/1000000014/L/A/S/7");
    assert_eq!(unit.canonical("t.example.vn"), "https://t.example.vn/P/1000000014/L/A/S/7");
    assert_eq!(unit.class().unwrap().name(), "P/1000000014/L/A");
    assert_eq!(unit.lot_code().unwrap().as_str(), "A");
}

#[test]
fn epc_urns() {
    // Check digits worked out by hand: weights 3 and 1 from the right.
    for (urn, name) in [
        ("urn:epc:id:sgtin:0614141.712345.20", "01/70614141123451/21/20"),
        ("URN:EPC:id:sgtin:4012345.011111.98%22", "01/04012345111118/21/98%22"),
        ("urn:epc:id:sgtin:415056789012.0.9.8", "01/04150567890128/21/9.8"),
        ("urn:epc:class:lgtin:4012345.012345.Lot987", "01/04012345123456/10/Lot987"),
        ("urn:epc:idpat:sgtin:4012345.012345.*", "01/04012345123456"),
        // A star is a character like another where it is no pattern.
        ("urn:epc:id:sgtin:4012345.012345.*", "01/04012345123456/21/%2A"),
        ("urn:epc:id:sscc:952000000.30000000", "00/395200000000000005"),
        ("urn:epc:id:sgln:4012345.00005.0", "414/4012345000054"),
        ("urn:epc:id:sgln:4012345.00005.12%2F2", "414/4012345000054/254/12%2F2"),
        ("urn:epc:id:sgln:952000000000..0", "414/9520000000004"),
        ("urn:epc:id:pgln:4000001.00000", "417/4000001000005"),
        ("urn:epc:id:pgln:999999999999.", "417/9999999999994"),
        ("urn:epc:id:grai:4012345.00022.334455", "8003/04012345000221334455"),
        ("urn:epc:idpat:grai:4012345.99999.*", "8003/04012345999990"),
        ("urn:epc:id:giai:4012345.ABC345", "8004/4012345ABC345"),
        ("urn:epc:id:gsrn:4012345.0000006765", "8018/401234500000067657"),
        ("urn:epc:id:gsrnp:4012345.0000000007", "8017/401234500000000074"),
        ("urn:epc:id:gdti:4012345.00009.PO-4711", "253/4012345000092PO-4711"),
        ("urn:epc:idpat:gdti:4012345.11111.*", "253/4012345111118"),
        ("urn:epc:id:sgcn:4012345.22222.77", "255/401234522222777"),
        ("urn:epc:idpat:sgcn:4012345.22222.*", "255/4012345222227"),
        (
            "urn:epc:id:cpi:0614141.11111111111111-A%23%2F.1234",
            "8010/061414111111111111111-A%23%2F/8011/1234",
        ),
        ("urn:epc:idpat:cpi:4012345.AB12.*", "8010/4012345AB12"),
        ("urn:epc:id:ginc:0614141.xyz47%2F11", "401/0614141xyz47%2F11"),
        ("urn:epc:id:gsin:4012345.222333444", "402/40123452223334442"),
        ("urn:epc:id:itip:4012345.011111.01.02.987", "8006/040123451111180102/21/987"),
        ("urn:epc:idpat:itip:4012345.012345.01.02.*", "8006/040123451234560102"),
        (
            "urn:epc:id:upui:1234567.098765.51qIgY)%3C%26Jp3*j7SDB",
            "01/01234567987651/235/51qIgY%29%3C%26Jp3%2Aj7SDB",
        ),
        ("urn:epc:idpat:upui:4012345.012345.*", "01/04012345123456"),
    ] {
        assert_eq!(read(urn).name(), name, "{urn}");
        // The same thing, told as a Digital Link.
        assert_eq!(name_of(&format!("https://id.gs1.org/{name}"), &[]), name);
    }
    for (urn, problem) in [
        ("urn:epc:id:sgtin:0614141.12345.20", "urn_malformed"),
        ("urn:epc:id:sgtin:0614141.712345", "urn_malformed"),
        ("urn:epc:id:sgtin:0614141.712345.", "element_empty"),
        ("urn:epc:id:sgtin:06141.71234567.20", "urn_malformed"),
        ("urn:epc:id:sgtin:0614141..20", "urn_malformed"),
        ("urn:epc:idpat:sgtin:0614141.*.*", "urn_malformed"),
        ("urn:epc:id:sscc:0614141.123456789", "urn_malformed"),
        ("urn:epc:id:grai:4012345.00022.", "urn_malformed"),
        ("urn:epc:id:giai:4012345.", "urn_malformed"),
        ("urn:epc:id:sgtin:0614141.712345.a%20b", "element_character"),
        ("urn:epc:id:gid:95100000.12345.400", "urn_scheme_unknown"),
        ("urn:epc:class:sgtin:0614141.712345.20", "urn_scheme_unknown"),
        ("urn:epc:id", "urn_malformed"),
    ] {
        assert_eq!(code(Identifier::parse(urn, &[])), problem, "{urn}");
        assert_eq!(name_of(urn, &[]), urn);
    }
}

#[test]
fn kinds_and_classes() {
    for (uri, kind, class) in [
        ("https://a.example/01/09520000000011", Kind::Class, None),
        ("https://a.example/01/09520000000011/10/L", Kind::Class, None),
        ("https://a.example/01/09520000000011/21/S", Kind::Unit, Some("01/09520000000011")),
        ("https://a.example/01/09520000000011/22/V/10/L/21/S", Kind::Unit, Some("01/09520000000011/10/L")),
        ("https://a.example/01/09520000000011/235/S", Kind::Unit, Some("01/09520000000011")),
        (
            "https://a.example/8006/095200000000110102/10/L/21/S",
            Kind::Unit,
            Some("8006/095200000000110102/10/L"),
        ),
        ("https://a.example/8010/9520000A/8011/1", Kind::Unit, Some("8010/9520000A")),
        ("https://a.example/00/395200000000000005", Kind::Container, None),
        ("https://a.example/8003/09520000000004", Kind::Class, None),
        ("https://a.example/8003/09520000000004A", Kind::Container, None),
        ("https://a.example/414/9520000000004/254/1", Kind::Place, None),
        ("https://a.example/417/9520000000004/7040/1A2B", Kind::Party, None),
        ("https://a.example/8004/9520000XE7", Kind::Other, None),
    ] {
        let identifier = read(uri);
        assert_eq!(identifier.kind(), kind, "{uri}");
        assert_eq!(identifier.class().as_ref().map(Identifier::name).as_deref(), class, "{uri}");
    }
    let foreign = read("https://a.example/01/09520000000011/10/l%2F7/21/s");
    assert_eq!(foreign.lot_code(), None);
    assert_eq!(foreign.serial(), Some("s"));
    assert_eq!(foreign.product().unwrap().name(), "01/09520000000011");
    assert_eq!(code(Identifier::of_name("01/09520000000011/10/L/21/S")), "name_not_canonical");
    assert_eq!(code(Identifier::of_name("p/1000000014")), "name_not_canonical");
}

#[test]
fn attributes_are_kept_in_order() {
    let link = Link::parse(
        "https://a.example/01/09520000000011?3103=000195&x=1&17=261200&10x=1&15=261231&240=a%2Bb",
        OWN,
    )
    .unwrap();
    assert_eq!(
        link.canonical("t.example.vn"),
        "https://id.gs1.org/01/09520000000011?15=261231&17=261200&240=a%2Bb&3103=000195"
    );
}

/// What a lot or serial may hold, with the signs that are dangerous in a URI.
const CSET82: &str = "[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,20}";

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02x}").unwrap();
        }
    }
    encoded
}

proptest! {
    #[test]
    fn any_lot_and_serial_come_back(lot in CSET82, serial in CSET82, with_lot: bool, with_serial: bool) {
        let mut uri = "https://a.example/01/01/09520000000011".to_owned();
        if with_lot { uri.extend(["/10/", encoded(&lot).as_str()]); }
        if with_serial { uri.extend(["/21/", encoded(&serial).as_str()]); }
        let identifier = Identifier::parse(&uri, OWN).unwrap();
        let Identifier::Gtin { lot: read_lot, serial: read_serial, .. } = &identifier else { panic!("no GTIN") };
        prop_assert_eq!(read_lot.as_ref().map(Component::as_str), with_lot.then_some(lot.as_str()));
        prop_assert_eq!(read_serial.as_ref().map(Component::as_str), with_serial.then_some(serial.as_str()));
        // The canonical form is a fixed point, and so is the name.
        let canonical = identifier.canonical("t.example.vn");
        let again = Identifier::parse(&canonical, &[]).unwrap();
        prop_assert_eq!(&again, &identifier);
        prop_assert_eq!(again.canonical("other.example"), canonical);
        prop_assert_eq!(Identifier::of_name(&identifier.name()).unwrap(), identifier.constrained());
        prop_assert_eq!(identifier.constrained().constrained(), identifier.constrained());
    }

    #[test]
    fn a_urn_and_its_link_have_one_name(digits in "[1-9][0-9]{12}", cut in 6_usize..=12, serial in CSET82) {
        let (indicator, body) = digits.split_at(1);
        let (prefix, item) = body.split_at(cut);
        let gtin = format!("{digits}{}", check_digit::compute(&digits).unwrap());
        prop_assume!(Gtin::parse(&gtin).is_ok());
        let link = format!("https://a.example/01/{gtin}/21/{}", encoded(&serial));
        let urn = format!("urn:epc:id:sgtin:{prefix}.{indicator}{item}.{}", encoded(&serial));
        prop_assert_eq!(name_of(&urn, &[]), name_of(&link, &[]));
        prop_assert!(name_of(&urn, &[]).starts_with("01/"));
        let class = format!("urn:epc:class:lgtin:{prefix}.{indicator}{item}.{}", encoded(&serial));
        prop_assert_eq!(name_of(&class, &[]), name_of(&link.replace("/21/", "/10/"), &[]));
    }

    #[test]
    fn no_text_breaks_the_reader(text in any::<String>(), tail in "[/?&=%+#01a4.:*-]{0,40}") {
        for uri in [text.clone(), format!("https://{text}"), format!("https://t.example.vn/{text}"), format!("urn:epc:{text}"), format!("https://t.example.vn/01/09520000000011{tail}"), format!("urn:epc:id:sgtin:0614141.{tail}")] {
            let name = name_of(&uri, OWN);
            if name != uri {
                prop_assert_eq!(Identifier::of_name(&name).unwrap().name(), name);
            }
        }
        let _ = Identifier::of_name(&text);
        let _ = Link::of_request(&text, Some(&tail));
    }
}

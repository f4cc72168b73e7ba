//! Text, languages, folding and communes.

use nguongoc::kernel::commune::{self, Match};
use nguongoc::kernel::fold::{fold, fold_commune};
use nguongoc::kernel::*;

use crate::code;

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

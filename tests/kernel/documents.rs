//! Paging and JSON.

use nguongoc::kernel::canonical::{Limits, canonical, parse_strict};
use nguongoc::kernel::*;
use serde_json::json;

use crate::code;

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

//! Links that a party puts on its products.

use nguongoc::kernel::Lang;
use nguongoc::products::{KeptBy, LinkDraft, LinkType, NewLink, link_types};
use std::collections::HashSet;

fn draft() -> LinkDraft {
    LinkDraft {
        kind: "gs1:recipeInfo".to_owned(),
        href: "https://rau.example/mon-an".to_owned(),
        title: "Món ăn".to_owned(),
        lang: String::new(),
        media_type: String::new(),
    }
}

fn read(draft: &LinkDraft) -> NewLink {
    draft.parse().unwrap_or_else(|problems| panic!("{draft:?}: {problems:?}"))
}

/// The fields that are refused, each with why.
fn refused(draft: &LinkDraft) -> Vec<(String, &'static str)> {
    let problems = draft.parse().expect_err(&format!("{draft:?} is read"));
    problems.iter().map(|problem| (problem.field.clone(), problem.code)).collect()
}

#[test]
fn the_list_is_read_whole() {
    let codes: HashSet<&str> = link_types().iter().map(|known| known.code.as_str()).collect();
    assert_eq!((codes.len(), link_types().len()), (37, 37));
    let is_named = |known: &LinkType| [Lang::Vi, Lang::En].iter().all(|lang| !known.name(*lang).is_empty());
    assert!(link_types().iter().all(is_named));
    for own in ["defaultLink", "pip", "traceability", "certificationInfo", "epcis", "recallStatus"] {
        assert_eq!(LinkType::named(own).unwrap().kept_by, KeptBy::Registry, "{own}");
        assert_eq!(LinkType::of_party(own).unwrap_err().code, "link_type_reserved");
    }
    assert_eq!(LinkType::of_party("gs1:recipeInfo").unwrap().code, "recipeInfo");
    assert_eq!(LinkType::of_party("recipe").unwrap_err().code, "link_type_unknown");
}

#[test]
fn addresses_are_https_with_a_name() {
    let at = |href: &str| LinkDraft { href: href.to_owned(), ..draft() };
    for good in [
        "https://rau.example",
        "https://www.rau.example:8443/mon-an?x=1&y=%C4%91#top",
        "https://xn--rau-sch-c4a.example/",
    ] {
        assert_eq!(read(&at(good)).href, good);
    }
    for wrong in [
        "",
        "http://rau.example/",
        "HTTPS://rau.example/",
        "javascript:alert(1)",
        "https://",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://user@rau.example/",
        "https://rau.example:x/",
        "https://rau..example/",
        "https://-rau.example/",
        "https://rau.example/a b",
        "https://rau.example/\"onclick",
        "https://rau.example/đ",
        &format!("https://rau.example/{}", "a".repeat(500)),
    ] {
        assert_eq!(refused(&at(wrong)), [("href".to_owned(), "link_address")], "{wrong}");
    }
}

#[test]
fn languages_and_media_types() {
    let in_language = |lang: &str| LinkDraft { lang: lang.to_owned(), ..draft() };
    for (typed, lang) in [("EN-gb", Some("en-GB")), (" vi ", Some("vi")), ("", None)] {
        assert_eq!(read(&in_language(typed)).lang.as_deref(), lang, "{typed:?}");
    }
    for wrong in ["vie", "v", "vi_VN", "vi-", "vi-VNM", "12"] {
        assert_eq!(refused(&in_language(wrong)), [("lang".to_owned(), "link_language")], "{wrong}");
    }
    let of_type = |media_type: &str| LinkDraft { media_type: media_type.to_owned(), ..draft() };
    for (typed, media_type) in [("", "text/html"), ("Application/LD+json", "application/ld+json")] {
        assert_eq!(read(&of_type(typed)).media_type, media_type, "{typed:?}");
    }
    for wrong in ["text", "text/", "/html", "text/html; charset=utf-8", "a/b/c"] {
        assert_eq!(refused(&of_type(wrong)), [("media_type".to_owned(), "link_media_type")], "{wrong}");
    }
    let fields: Vec<String> = refused(&LinkDraft::default()).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["type", "href", "title"]);
}

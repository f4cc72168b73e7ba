//! Which link somebody gets.

use nguongoc::lookup::resolver::{Choice, Offer, Target, Terms, Wish, choose, takes};

fn offer(title: &str, lang: &str, media_type: &str) -> Offer {
    Offer {
        kind: "recipeInfo".to_owned(),
        target: Target::Foreign(format!("https://rau.example/{title}")),
        title: title.to_owned(),
        languages: if lang.is_empty() { Vec::new() } else { vec![lang.to_owned()] },
        media_type: media_type.to_owned(),
    }
}

#[test]
fn a_wish_is_read_in_every_spelling() {
    for (asked, wish) in [
        (None, Wish::Default),
        (Some(""), Wish::Default),
        (Some("gs1:defaultLink"), Wish::Default),
        (Some("linkset"), Wish::Linkset),
        (Some("all"), Wish::Linkset),
        (Some("gs1:pip"), Wish::Kind("https://gs1.org/voc/pip".into())),
        (Some("pip"), Wish::Kind("pip".into())),
        (Some("https://gs1.org/voc/pip"), Wish::Kind("https://gs1.org/voc/pip".into())),
        (Some("https://ref.gs1.org/voc/pip"), Wish::Kind("https://gs1.org/voc/pip".into())),
        (Some("https://schema.example/pip"), Wish::Kind("https://schema.example/pip".into())),
    ] {
        assert_eq!(Wish::of(asked, Some("*/*")), wish, "{asked:?}");
    }
    assert_eq!(Wish::of(Some("gs1:pip"), Some("application/linkset+json")), Wish::Linkset);
    assert!(takes("text/html;q=0.5, application/linkset+json;q=0.9", "application/linkset+json"));
    assert!(!takes("text/html, application/linkset+json;q=0.9", "application/linkset+json"));
    assert!(!takes("application/linkset+json;q=0", "application/linkset+json"));
    assert!(!takes("application/json, */*", "application/linkset+json"));
}

#[test]
fn language_then_media_type() {
    let offers = [
        offer("vi", "vi", "text/html"),
        offer("en", "en", "text/html"),
        offer("gb", "en-GB", "text/html"),
        offer("pdf", "en", "application/pdf"),
        offer("none", "", "text/html"),
    ];
    for (languages, accept, expected) in [
        (Some("vi"), None, vec!["vi"]),
        (Some("vi-VN,en;q=0.5"), None, vec!["vi"]),
        (Some("en-GB"), None, vec!["gb"]),
        (Some("en-AU"), Some("text/html"), vec!["en", "gb"]),
        (Some("en"), Some("application/pdf"), vec!["pdf"]),
        (Some("en-GB,en;q=0.9"), Some("text/html,*/*;q=0.8"), vec!["gb"]),
        (Some("vi;q=0,en"), Some("*/*"), vec!["en", "pdf"]),
        // No language fits: language decides nothing.
        (Some("fr"), None, vec!["vi", "en", "gb", "pdf", "none"]),
        (Some("fr"), Some("application/pdf"), vec!["pdf"]),
        (None, Some("image/png"), vec!["vi", "en", "gb", "pdf", "none"]),
        (None, None, vec!["vi", "en", "gb", "pdf", "none"]),
    ] {
        let found = match choose(&offers, "https://gs1.org/voc/recipeInfo", Terms { languages, accept }) {
            Choice::Nothing => Vec::new(),
            Choice::One(offer) => vec![offer.title.as_str()],
            Choice::Several(offers) => offers.iter().map(|offer| offer.title.as_str()).collect(),
        };
        assert_eq!(found, expected, "{languages:?} {accept:?}");
    }
    for absent in ["https://gs1.org/voc/pip", "recipeInfo", ""] {
        assert_eq!(choose(&offers, absent, Terms::default()), Choice::Nothing);
    }
}

//! Links as RFC 9264 writes them: one context with an absolute anchor; the keys beside it are absolute link types.

use super::{Known, Offer};
use serde_json::{Map, Value, json};

/// The media type of a set of links.
pub const MEDIA_TYPE: &str = "application/linkset+json";
/// The namespace of GS1's link types.
pub const VOCABULARY: &str = "https://gs1.org/voc/";
/// What makes JSON-LD of a set of links (resolver 1.2).
pub const CONTEXT: &str = "<https://ref.gs1.org/standards/resolver/linkset-context>; \
    rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"";

fn link(offer: &Offer, base: &str) -> Value {
    let mut link = json!({
        "href": offer.target.address(base),
        "title": offer.title,
        "type": offer.media_type,
    });
    if !offer.languages.is_empty() {
        link["hreflang"] = json!(offer.languages);
    }
    link
}

fn set<'a>(
    known: &Known,
    base: &str,
    first: Option<Value>,
    offers: impl Iterator<Item = &'a Offer>,
) -> Value {
    let mut context = Map::new();
    context.insert("anchor".to_owned(), json!(format!("{base}/{}", known.path)));
    if let Some(first) = first {
        context.insert(format!("{VOCABULARY}defaultLink"), json!([first]));
    }
    for offer in offers {
        let links = context.entry(format!("{VOCABULARY}{}", offer.kind)).or_insert_with(|| json!([]));
        if let Some(links) = links.as_array_mut() {
            links.push(link(offer, base));
        }
    }
    json!({ "linkset": [context] })
}

/// All links of what is known; `base` is the public address of this registry.
#[must_use]
pub fn whole(known: &Known, base: &str) -> Value {
    let first = json!({ "href": known.landing.address(base), "title": known.title });
    set(known, base, Some(first), known.offers.iter())
}

/// The links between which the one who asked has to choose.
#[must_use]
pub fn choices(known: &Known, base: &str, offers: &[&Offer]) -> Value {
    set(known, base, None, offers.iter().copied())
}

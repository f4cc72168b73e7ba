//! Which link somebody gets who names a type: by language, then media type, then context; a step that would leave nothing is skipped.

use super::{MEDIA_TYPE, Offer, VOCABULARY};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing in particular: the default link.
    Default,
    /// All links.
    Linkset,
    /// A link of this type, as an absolute address or as it was told.
    Kind(String),
}

/// The names under which GS1's vocabulary is known.
const NAMESPACES: [&str; 5] =
    ["gs1:", VOCABULARY, "https://www.gs1.org/voc/", "https://ref.gs1.org/voc/", "http://gs1.org/voc/"];

impl Wish {
    /// What a request asks for: `link_type` is its parameter, decoded. Whoever takes only a set of links gets it whatever the
    /// parameter says.
    #[must_use]
    pub fn of(link_type: Option<&str>, accept: Option<&str>) -> Self {
        if accept.is_some_and(|accept| takes(accept, MEDIA_TYPE)) {
            return Self::Linkset;
        }
        let Some(asked) = link_type.map(str::trim).filter(|asked| !asked.is_empty()) else {
            return Self::Default;
        };
        if matches!(asked, "linkset" | "all") {
            return Self::Linkset;
        }
        match NAMESPACES.iter().find_map(|namespace| asked.strip_prefix(namespace)) {
            Some("defaultLink") => Self::Default,
            Some(kind) => Self::Kind(format!("{VOCABULARY}{kind}")),
            // Of another vocabulary: no link here has such a type.
            None => Self::Kind(asked.to_owned()),
        }
    }
}

/// What a request says of the link that it would like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// `Accept-Language`, or the language that the address names.
    pub languages: Option<&'a str>,
    /// `Accept`.
    pub accept: Option<&'a str>,
}

/// What is left of the links of a type.
#[derive(Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// There is none.
    Nothing,
    /// This one.
    One(&'a Offer),
    /// Several that fit equally well.
    Several(Vec<&'a Offer>),
}

/// Chooses among the links of type `kind`, which is an absolute address. None of them has a context (they are for everybody), so that step leaves them all.
#[must_use]
pub fn choose<'a>(offers: &'a [Offer], kind: &str, terms: Terms) -> Choice<'a> {
    let mut left: Vec<&Offer> =
        offers.iter().filter(|offer| kind.strip_prefix(VOCABULARY) == Some(&offer.kind)).collect();
    if let Some(header) = terms.languages {
        let ranges = ranges(header);
        left = best(left, |offer| {
            offer.languages.iter().map(|tag| language_quality(&ranges, tag)).max().unwrap_or(0)
        });
    }
    if let Some(header) = terms.accept {
        let ranges = ranges(header);
        left = best(left, |offer| media_quality(&ranges, &offer.media_type));
    }
    match left.as_slice() {
        [] => Choice::Nothing,
        [one] => Choice::One(one),
        _ => Choice::Several(left),
    }
}

/// Those with the highest quality; all of them when none is wanted.
fn best(offers: Vec<&Offer>, quality: impl Fn(&Offer) -> u16) -> Vec<&Offer> {
    let highest = offers.iter().map(|offer| quality(offer)).max().unwrap_or(0);
    if highest == 0 {
        return offers;
    }
    offers.into_iter().filter(|offer| quality(offer) == highest).collect()
}

/// Whether an `Accept` header names a type itself, at least as much wanted as a page.
#[must_use]
pub fn takes(accept: &str, media_type: &str) -> bool {
    let ranges = ranges(accept);
    let named =
        |wanted: &str| ranges.iter().find(|(range, _)| range == wanted).map_or(0, |(_, quality)| *quality);
    let quality = named(media_type);
    quality > 0 && quality >= named("text/html")
}

/// The ranges of a header in small letters, each with its quality in thousandths (RFC 9110 §12.4.2).
fn ranges(header: &str) -> Vec<(String, u16)> {
    let mut ranges = Vec::new();
    for part in header.split(',').take(32) {
        let mut pieces = part.split(';').map(str::trim);
        let range = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let quality = pieces.find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")));
        let quality = quality.map_or(1_000, thousandths);
        if !range.is_empty() {
            ranges.push((range, quality));
        }
    }
    ranges
}

/// `0.8` as thousandths; what is malformed is not wanted.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    match (whole, digits) {
        ("1", true) => 1_000,
        ("0", true) => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

/// How much a language is wanted: by its own range, by its language with or without a region, by `*`. Of two that are wanted
/// equally, the one named more exactly comes first.
fn language_quality(ranges: &[(String, u16)], tag: &str) -> u16 {
    let tag = tag.to_ascii_lowercase();
    let primary = |text: &str| text.split('-').next().unwrap_or_default().to_owned();
    let exact = ranges.iter().find(|(range, _)| *range == tag);
    let near = || ranges.iter().find(|(range, _)| primary(range) == primary(&tag));
    let any = || ranges.iter().find(|(range, _)| range == "*");
    let score = |found: Option<&(String, u16)>, exactness: u16| {
        found.map(|(_, quality)| if *quality == 0 { 0 } else { quality * 4 + exactness })
    };
    score(exact, 3).or_else(|| score(near(), 2)).or_else(|| score(any(), 1)).unwrap_or(0)
}

/// How much a media type is wanted: by itself, by `text/*`, by `*/*`.
fn media_quality(ranges: &[(String, u16)], media_type: &str) -> u16 {
    let family = format!("{}/*", media_type.split('/').next().unwrap_or_default());
    let named = |wanted: &str| ranges.iter().find(|(range, _)| range == wanted).map(|(_, quality)| *quality);
    named(media_type).or_else(|| named(&family)).or_else(|| named("*/*")).unwrap_or(0)
}

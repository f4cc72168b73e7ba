//! What a link is, of which types there are, and what a person must say of one.

use crate::kernel::text::absent_as_empty;
use crate::kernel::{Lang, Line, LinkId, Moment, Problem, Problems};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The longest address, in characters.
const LONGEST_ADDRESS: usize = 500;
/// The longest media type, in characters.
const LONGEST_MEDIA_TYPE: usize = 80;
/// What a link leads to when nothing is said of it.
const PAGE: &str = "text/html";

/// Whose links of a type are.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
pub enum KeptBy {
    /// The registry makes them from what is recorded.
    Registry,
    /// The party of the product keeps them.
    Party,
}

/// A link type of GS1's vocabulary, from `assets/data/link-types.json`.
#[derive(Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(deny_unknown_fields)]
pub struct LinkType {
    /// The name in the vocabulary, without the namespace: `recipeInfo`.
    pub code: String,
    /// Whose links they are.
    pub kept_by: KeptBy,
    vi: String,
    en: String,
}

static LINK_TYPES: LazyLock<Vec<LinkType>> = LazyLock::new(|| {
    // A test asserts that the embedded file is understood.
    serde_json::from_str(include_str!("../../../assets/data/link-types.json")).unwrap_or_default()
});

/// All link types, in the order in which they are offered.
#[must_use]
pub fn link_types() -> &'static [LinkType] {
    &LINK_TYPES
}

impl LinkType {
    /// The type with this name; `gs1:recipeInfo` is the same as `recipeInfo`.
    #[must_use]
    pub fn named(text: &str) -> Option<&'static Self> {
        let code = text.trim();
        let code = code.strip_prefix("gs1:").unwrap_or(code);
        link_types().iter().find(|known| known.code == code)
    }

    /// The type that a party may use by this name.
    ///
    /// # Errors
    /// `link_type_missing`, `link_type_unknown`, `link_type_reserved`.
    pub fn of_party(text: &str) -> Result<&'static Self, Problem> {
        if text.trim().is_empty() {
            return Err(Problem::new("link_type_missing"));
        }
        match Self::named(text) {
            Some(known) if known.kept_by == KeptBy::Party => Ok(known),
            Some(_) => Err(Problem::new("link_type_reserved").value(text)),
            None => Err(Problem::new("link_type_unknown").value(text)),
        }
    }

    /// What it is called in a language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }
}

/// A link that stands on a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductLink {
    /// The id.
    pub id: LinkId,
    /// What it leads to.
    pub kind: &'static LinkType,
    /// The address: `https` only.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// The language of what it leads to, `xx` or `xx-XX`; nothing where there is no language, or many.
    pub lang: Option<String>,
    /// The media type of what it leads to.
    pub media_type: String,
    /// Since when it stands there.
    pub added_at: Moment,
}

impl ProductLink {
    /// The link as programs are shown it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "type": format!("gs1:{}", self.kind.code),
            "href": self.href,
            "title": self.title,
            "lang": self.lang,
            "media_type": self.media_type,
            "added_at": self.added_at,
        })
    }
}

/// What a person may say of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// What it leads to.
    pub kind: &'static LinkType,
    /// The address.
    pub href: String,
    /// What it is called.
    pub title: Line<120>,
    /// The language.
    pub lang: Option<String>,
    /// The media type.
    pub media_type: String,
}

/// A link as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkDraft {
    /// The link type.
    #[serde(rename = "type", deserialize_with = "absent_as_empty")]
    pub kind: String,
    /// The address.
    #[serde(deserialize_with = "absent_as_empty")]
    pub href: String,
    /// What it is called.
    #[serde(deserialize_with = "absent_as_empty")]
    pub title: String,
    /// The language.
    #[serde(deserialize_with = "absent_as_empty")]
    pub lang: String,
    /// The media type; a page when nothing is said.
    #[serde(deserialize_with = "absent_as_empty")]
    pub media_type: String,
}

impl LinkDraft {
    /// Reads everything at once, so that a person corrects it in one go.
    ///
    /// # Errors
    /// A problem for each field that breaks its rule.
    pub fn parse(&self) -> Result<NewLink, Problems> {
        let mut problems = Problems::default();
        let kind = problems.take("type", LinkType::of_party(&self.kind));
        let href = problems.take("href", address(&self.href));
        let title = problems.take("title", Line::parse(&self.title));
        let lang = problems.take("lang", language(&self.lang));
        let media_type = problems.take("media_type", media_type(&self.media_type));
        problems.clone().finish()?;
        match (kind, href, title, lang, media_type) {
            (Some(kind), Some(href), Some(title), Some(lang), Some(media_type)) => {
                Ok(NewLink { kind, href, title, lang, media_type })
            }
            _ => Err(problems),
        }
    }
}

/// Reads an address: `https`, a domain name, no user, only characters of a URI (RFC 3986).
fn address(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let wrong = || Problem::new("link_address").value(text);
    let rest = text.strip_prefix("https://").ok_or_else(wrong)?;
    let spelt =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
    if text.chars().count() > LONGEST_ADDRESS || !text.chars().all(spelt) {
        return Err(wrong());
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let labels: Vec<&str> = host.split('.').collect();
    let label = |label: &&str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A name, not a number: addresses without a name belong to nobody that a shopper could know.
    let named = labels.last().is_some_and(|top| top.bytes().any(|b| b.is_ascii_alphabetic()));
    let good = labels.len() > 1 && labels.iter().all(label) && named && port.parse::<u16>().is_ok();
    if good { Ok(text.to_owned()) } else { Err(wrong()) }
}

/// Reads `xx` or `xx-XX`; nothing where nothing is said.
fn language(text: &str) -> Result<Option<String>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (language, region) = text.split_once('-').map_or((text, None), |(lang, region)| (lang, Some(region)));
    let two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    if !two(language) || region.is_some_and(|region| !two(region)) {
        return Err(Problem::new("link_language").value(text));
    }
    let language = language.to_ascii_lowercase();
    Ok(Some(region.map_or(language.clone(), |region| format!("{language}-{}", region.to_ascii_uppercase()))))
}

/// Reads a media type without parameters; a page where nothing is said.
fn media_type(text: &str) -> Result<String, Problem> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return Ok(PAGE.to_owned());
    }
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_'))
    };
    let good = text.len() <= LONGEST_MEDIA_TYPE
        && text.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    if good { Ok(text) } else { Err(Problem::new("link_media_type").value(text)) }
}

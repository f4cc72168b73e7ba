//! The two languages of the pages: Vietnamese first, English by one tap or by the browser's wish.

use serde::{Deserialize, Serialize};

/// A language that every message exists in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Vietnamese, the default.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Vi, Self::En];

    /// The BCP 47 code: `vi` or `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The language that the page offers to change to.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Vi => Self::En,
            Self::En => Self::Vi,
        }
    }

    /// Reads the value of `lang=` or one language range; the region is ignored (`en-GB` is English).
    ///
    /// ```
    /// use nguongoc::kernel::Lang;
    /// assert_eq!(Lang::from_code("en-GB"), Some(Lang::En));
    /// assert_eq!(Lang::from_code("fr"), None);
    /// ```
    #[must_use]
    pub fn from_code(text: &str) -> Option<Self> {
        let text = text.trim();
        let primary = text.split(['-', '_']).next().unwrap_or(text);
        Self::ALL.into_iter().find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    /// Reads an `Accept-Language` header (RFC 9110 §12.5.4). The highest quality wins, then the earlier range;
    /// Vietnamese when neither language is asked for.
    ///
    /// ```
    /// use nguongoc::kernel::Lang;
    /// assert_eq!(Lang::from_accept_language("fr, en;q=0.8, vi;q=0.5"), Lang::En);
    /// assert_eq!(Lang::from_accept_language("de"), Lang::Vi);
    /// ```
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        let mut best: Option<(u16, Self)> = None;
        for range in header.split(',').take(32) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default();
            let lang = if tag.trim() == "*" { Some(Self::Vi) } else { Self::from_code(tag) };
            let quality = parts.find_map(quality).unwrap_or(1000);
            if let Some(lang) = lang
                && quality > 0
                && best.is_none_or(|(known, _)| quality > known)
            {
                best = Some((quality, lang));
            }
        }
        best.map_or(Self::Vi, |(_, lang)| lang)
    }

    /// The language of a request: the value of `lang=` when it names one, else the header, else Vietnamese.
    #[must_use]
    pub fn choose(query: Option<&str>, accept_language: Option<&str>) -> Self {
        query
            .and_then(Self::from_code)
            .or_else(|| accept_language.map(Self::from_accept_language))
            .unwrap_or_default()
    }
}

/// Reads `q=0.8` as thousandths; anything malformed counts as not wanted.
fn quality(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let value = value.trim();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    let thousandths = format!("{fraction:0<3}").parse::<u16>().unwrap_or(0);
    match whole {
        "1" if digits => Some(1000),
        "0" if digits => Some(thousandths),
        _ => Some(0),
    }
}

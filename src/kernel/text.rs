//! Text that people write: names, addresses and remarks, in Unicode form NFC and without invisible tricks.
//!
//! What must stay true: two texts that look the same to a reader are the same bytes, as far as Unicode can say; nothing in a
//! text can hide, reorder or break what stands around it. Escaping for HTML is the page's work, not this one's.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::problem::{Problem, is_direction_control};
use super::text_form::text_form;

/// Reads an optional text of a form or of JSON, where `null` says the same as nothing: for drafts that are kept as typed.
///
/// # Errors
/// When it is neither a text nor `null`.
pub fn absent_as_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    <Option<String> as serde::Deserialize>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Characters without width that pasting brings along; they are dropped.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

fn clean(text: &str, lines: bool, longest: usize) -> Result<String, Problem> {
    let mut kept = String::with_capacity(text.len());
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for c in text.trim().chars().filter(|c| !is_invisible(*c)).nfc() {
        match c {
            '\n' if lines => kept.push('\n'),
            '\n' | '\u{2028}' | '\u{2029}' if !lines => {
                return Err(Problem::new("text_has_line_break").value(&text));
            }
            '\u{2028}' | '\u{2029}' => kept.push('\n'),
            c if is_direction_control(c) => {
                return Err(Problem::new("text_has_direction_control").value(&text));
            }
            c if c.is_whitespace() => kept.push(' '),
            c if c.is_control() => {
                return Err(Problem::new("text_has_control_character").value(&text));
            }
            c => kept.push(c),
        }
    }
    let kept = kept.trim();
    let count = kept.chars().count();
    if count == 0 {
        return Err(Problem::new("text_empty"));
    }
    if count > longest {
        return Err(Problem::new("text_too_long").value(kept).arg("count", count).arg("longest", longest));
    }
    Ok(kept.to_owned())
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, default: $default:literal, lines: $lines:literal, errors: $errors:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name<const MAX: usize = $default>(String);

        impl<const MAX: usize> $name<MAX> {
            /// Reads what a person wrote: NFC, trimmed, tabs and odd spaces as plain spaces, invisible characters dropped.
            ///
            /// # Errors
            #[doc = $errors]
            pub fn parse(text: &str) -> Result<Self, Problem> {
                clean(text, $lines, MAX).map(Self)
            }

            /// As `parse`, but nothing when only spaces were written.
            ///
            /// # Errors
            /// As `parse`, save `text_empty`.
            pub fn optional(text: &str) -> Result<Option<Self>, Problem> {
                match Self::parse(text) {
                    Ok(text) => Ok(Some(text)),
                    Err(problem) if problem.code == "text_empty" => Ok(None),
                    Err(problem) => Err(problem),
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, owned.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl<const MAX: usize> fmt::Display for $name<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<const MAX: usize> AsRef<str> for $name<MAX> {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        text_form!(@ [const MAX: usize] $name<MAX>, $name::<MAX>::parse);
    };
}

text! {
    /// One line of 1 to `MAX` characters, 200 unless told otherwise: a name, an address.
    ///
    /// ```
    /// use nguongoc::kernel::Line;
    /// let line: Line = Line::parse("  Rau cu\u{309}i ").unwrap();
    /// assert_eq!(line.as_str(), "Rau củi");
    /// assert_eq!(<Line<3>>::parse("bốn chữ").unwrap_err().code, "text_too_long");
    /// ```
    Line, default: 200, lines: false,
    errors: "`text_empty`, `text_too_long`, `text_has_line_break`, `text_has_control_character`, `text_has_direction_control`."
}

text! {
    /// Several lines of 1 to `MAX` characters in all, 2,000 unless told otherwise: a remark, a reason.
    Note, default: 2_000, lines: true,
    errors: "`text_empty`, `text_too_long`, `text_has_control_character`, `text_has_direction_control`."
}

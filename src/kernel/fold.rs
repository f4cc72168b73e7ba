//! Folding of text for search, so that `hoa binh`, `Hoà Bình` and `Hòa Bình` find each other.
//!
//! What must stay true: folding twice changes nothing, and the Unicode form of the input does not matter. Folded text is stored
//! in columns: a change here needs those columns to be filled again.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds text: small letters, no diacritics, `đ` as `d`, everything but letters and digits as one space.
///
/// ```
/// use nguongoc::kernel::fold::fold;
/// assert_eq!(fold("  Hoà  Đức,\u{a0}HÀ NỘI "), "hoa duc ha noi");
/// assert_eq!(fold("Hòa"), fold("Hoà"));
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let bare = |c: &char| !is_combining_mark(*c);
    // Decomposed again after lowering: the small form of a few letters (İ) brings a mark of its own.
    let letters = text
        .nfkd()
        .filter(bare)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(bare)
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'đ' { 'd' } else { c });
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for c in letters {
        if c.is_alphanumeric() {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(c);
        } else {
            gap = true;
        }
    }
    folded
}

/// The folded words that say what kind of unit a name is, and the spelling they must have where diacritics were written.
const KINDS: [(&str, &str); 11] = [
    ("thanh pho", "thành phố"),
    ("thi tran", "thị trấn"),
    ("dac khu", "đặc khu"),
    ("phuong", "phường"),
    ("tinh", "tỉnh"),
    ("tp", "tp"),
    ("tt", "tt"),
    ("dk", "đk"),
    ("xa", "xã"),
    ("p", "p"),
    ("x", "x"),
];

/// Folds the name of a commune or province and drops the leading word for its kind, so that `P. Ba Đình` is `ba dinh`.
///
/// A word that only looks like a kind stays where diacritics tell it apart: `Xa Dung` with a tone-less `Xa` is taken for
/// `xã Dung`, `Xá Dung` is not.
///
/// ```
/// use nguongoc::kernel::fold::fold_commune;
/// assert_eq!(fold_commune("Phường Ba Đình"), "ba dinh");
/// assert_eq!(fold_commune("TP. Hà Nội"), "ha noi");
/// assert_eq!(fold_commune("Phượng Dực"), "phuong duc");
/// ```
#[must_use]
pub fn fold_commune(text: &str) -> String {
    let folded = fold(text);
    let spelled: String = text.nfc().flat_map(char::to_lowercase).collect();
    for (kind, spelling) in KINDS {
        let Some(rest) = folded.strip_prefix(kind).and_then(|rest| rest.strip_prefix(' ')) else {
            continue;
        };
        let head: String = words(&spelled, kind.split(' ').count());
        if head == kind || tones_last(&head) == tones_last(spelling) || head == spelling {
            return rest.to_owned();
        }
        return folded;
    }
    folded
}

/// The first words of a text, letters only.
fn words(text: &str, count: usize) -> String {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(count)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Spells a text so that the place of the tone mark within a word does not matter: every tone stands at its word's end.
///
/// `Hoà` and `Hòa` become equal, `Hoa` and `Hòa` stay different.
#[must_use]
pub fn tones_last(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    let mut tone: Option<char> = None;
    for c in text.nfd().flat_map(char::to_lowercase) {
        match c {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => tone = Some(c),
            c if c.is_alphanumeric() || is_combining_mark(c) => spelled.push(c),
            _ => {
                spelled.extend(tone.take());
                if !spelled.ends_with(' ') && !spelled.is_empty() {
                    spelled.push(' ');
                }
            }
        }
    }
    spelled.extend(tone);
    spelled.trim_end().to_owned()
}

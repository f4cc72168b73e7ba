//! The small rules that all readers of events share: what a URI is, where a problem stands, which known word a wrong one is
//! nearest to.

use crate::kernel::Problem;

/// The longest URI that is taken, in bytes: it must fit into an index of either database.
const LONGEST_URI: usize = 1024;

/// Checks that `text` is an absolute URI (RFC 3986 §3).
pub(super) fn uri(text: &str) -> Result<(), Problem> {
    if text.len() > LONGEST_URI {
        return Err(Problem::new("text_too_long")
            .value(text)
            .arg("count", text.len())
            .arg("longest", LONGEST_URI));
    }
    if is_uri(text) { Ok(()) } else { Err(Problem::new("epcis_uri_malformed").value(text)) }
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    if rest.is_empty() || !is_scheme(scheme) {
        return false;
    }
    if let Some(authority) = rest.strip_prefix("//") {
        let host = authority.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        // Named information (RFC 6920), such as the hash of an event, needs no host: `ni:///sha-256;…`.
        let needs_host = !scheme.eq_ignore_ascii_case("ni");
        if host.is_empty() && needs_host || host.starts_with(':') {
            return false;
        }
    } else if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
        return false;
    }
    let mut bytes = rest.bytes();
    let mut fragments = 0;
    while let Some(byte) = bytes.next() {
        let sound = match byte {
            b'%' => {
                let digits = (bytes.next(), bytes.next());
                matches!(digits, (Some(a), Some(b)) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
            }
            b'#' => {
                fragments += 1;
                fragments == 1
            }
            b'[' | b']' => rest.starts_with("//"),
            _ => byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&byte),
        };
        if !sound {
            return false;
        }
    }
    true
}

/// Whether `text` could be the scheme of a URI.
pub(super) fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The JSON pointer (RFC 6901) of a member of what stands at `at`.
pub(super) fn member(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Puts a problem at a JSON pointer.
pub(super) fn placed(problem: Problem, at: &str) -> Problem {
    Problem { field: at.to_owned(), ..problem }
}

/// The word of `known` that `word` is nearest to, by letters to change; the first of equals.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> &'k str {
    // What is longer than any word is cut: it is far from all of them.
    let word: Vec<char> = word.chars().take(64).flat_map(char::to_lowercase).collect();
    known.into_iter().min_by_key(|candidate| distance(&word, candidate)).unwrap_or_default()
}

/// Levenshtein's distance, without regard to case.
fn distance(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.chars().flat_map(char::to_lowercase).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (place, letter) in left.iter().enumerate() {
        let mut last = place + 1;
        let mut next = vec![last];
        for (other, pair) in right.iter().zip(row.windows(2)) {
            let &[diagonal, above] = pair else { break };
            last = (above + 1).min(last + 1).min(diagonal + usize::from(letter != other));
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

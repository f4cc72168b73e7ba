//! Rust text as the rules look at it: without comments, without the insides of literals, and as the list of the paths
//! that it names. No full parser: enough of one that no honest file is misread.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a directory of the checkout with one of these endings, as paths from the root with `/`, in order.
/// A directory that is not there yet has none.
pub(crate) fn files(directory: &str, endings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(directory)];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "node_modules") {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if path.is_file() && endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            found.push(from_root(&path));
        }
    }
    found.sort();
    found
}

fn from_root(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

/// The text of a file of the checkout.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A file of Rust, taken apart.
pub(crate) struct Source {
    /// What the compiler compiles; everything else is blank, so that lines keep their numbers.
    code: Vec<char>,
    /// The string literals.
    pub(crate) literals: Vec<Literal>,
}

/// A string literal, with its escapes as written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// The function whose first argument it is, with the type before it: `say`, `Problem::new`; else empty.
    pub(crate) of: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        let mut code = text.clone();
        let mut literals: Vec<(usize, String)> = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let end = match (text[at], text.get(at + 1)) {
                ('/', Some('/')) => line_end(&text, at),
                ('/', Some('*')) => block_comment_end(&text, at),
                ('"', _) => string_end(&text, at),
                ('r', Some('"' | '#'))
                    if !is_word(text.get(at.wrapping_sub(1)).copied()) || at_byte_prefix(&text, at) =>
                {
                    raw_string_end(&text, at).unwrap_or(at + 1)
                }
                ('\'', _) => char_end(&text, at).unwrap_or(at + 1),
                _ => at + 1,
            };
            if end > at + 1 {
                let piece: String = text[at..end].iter().collect();
                if text[at] == '"' || text[at] == 'r' {
                    let inner = piece.trim_start_matches(['r', '#']).trim_end_matches('#');
                    literals.push((at, inner[1..inner.len().max(2) - 1].to_owned()));
                }
                blank(&mut code, at, end);
            }
            at = end;
        }
        let literals =
            literals.into_iter().map(|(at, text)| Literal { of: called(&code[..at]), text }).collect();
        Self { code, literals }
    }

    /// Every path that the code names (`use` groups taken apart), with its line and the inline module it stands in.
    pub(crate) fn paths(&self) -> Vec<Named> {
        let tokens = tokens(&self.code);
        let mut named = Vec::new();
        let mut braces: Vec<Option<String>> = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let (line, token) = &tokens[at];
            match token.as_str() {
                "{" => {
                    let module = at.checked_sub(2).filter(|before| tokens[*before].1 == "mod");
                    braces.push(module.map(|before| tokens[before + 1].1.clone()));
                    at += 1;
                }
                "}" => {
                    braces.pop();
                    at += 1;
                }
                word if is_word(word.chars().next())
                    && tokens.get(at + 1).is_some_and(|next| next.1 == "::") =>
                {
                    let inside: Vec<String> = braces.iter().flatten().cloned().collect();
                    let mut flat = Vec::new();
                    at = path(&tokens, at, &[], &mut flat);
                    named.extend(flat.into_iter().map(|path| Named {
                        line: *line,
                        inside: inside.clone(),
                        path,
                    }));
                }
                _ => at += 1,
            }
        }
        named
    }

    /// The line of each place where a macro of one of these names is called.
    pub(crate) fn macros(&self, names: &[&str]) -> Vec<usize> {
        let tokens = tokens(&self.code);
        let pairs = tokens.windows(2);
        pairs
            .filter(|pair| pair[1].1 == "!" && names.contains(&pair[0].1.as_str()))
            .map(|pair| pair[0].0)
            .collect()
    }

    /// The line of each attribute, and of each `cfg!(…)`, that names `test`.
    fn tests(&self) -> Vec<usize> {
        let tokens = tokens(&self.code);
        let mut lines = Vec::new();
        for at in 0..tokens.len() {
            let words: Vec<&str> = tokens[at..].iter().take(3).map(|token| token.1.as_str()).collect();
            let opened = match words.as_slice() {
                ["#", "[", ..] => at + 1,
                ["#", "!", "["] | ["cfg", "!", "("] => at + 2,
                _ => continue,
            };
            let mut depth = 0_usize;
            let inside = tokens[opened..].iter().take_while(|token| {
                match token.1.as_str() {
                    "[" | "(" => depth += 1,
                    "]" | ")" => depth -= 1,
                    _ => {}
                }
                depth > 0
            });
            if inside.into_iter().any(|token| token.1 == "test") {
                lines.push(tokens[at].0);
            }
        }
        lines
    }
}

/// What of one file of `src/` is compiled for tests only. Nothing is: a test in `src/` would have the whole library compiled a second time for
/// each build of the tests, and could lean on what no user of the room sees.
pub(crate) fn test_faults(path: &str, text: &str) -> Vec<String> {
    let lines = Source::new(text).tests();
    lines.into_iter().map(|line| format!("{path}:{line}: a test in `src/`; move it to `tests/`")).collect()
}

/// A path as the code names it: `use crate::lots::{self, Lot}` names `crate::lots` and `crate::lots::Lot`.
pub(crate) struct Named {
    pub(crate) line: usize,
    /// The inline modules around it, outermost first.
    pub(crate) inside: Vec<String>,
    pub(crate) path: Vec<String>,
}

impl Named {
    /// Whether these names stand side by side in the path.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.path.windows(names.len()).any(|window| window == names)
    }

    /// The path from the root of the crate, or nothing for a path into another crate. `module` is the file's own.
    pub(crate) fn in_crate(&self, module: &[&str]) -> Option<Vec<String>> {
        let mut base: Vec<String> = module.iter().map(|name| (*name).to_owned()).collect();
        base.extend(self.inside.iter().cloned());
        let mut rest = self.path.as_slice();
        match rest.first()?.as_str() {
            "crate" | "nguongoc" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            _ => return None,
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }
}

/// Reads a path from `at`, adds its flat forms to `flat`, and says where it ends.
fn path(tokens: &[(usize, String)], mut at: usize, before: &[String], flat: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(at).map(|token| token.1.as_str()) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.1 != "}") {
                    if is_word(tokens[at].1.chars().next()) && tokens[at].1 != "as"
                        || tokens[at].1 == "*"
                        || tokens[at].1 == "{"
                    {
                        at = self::path(tokens, at, &path, flat);
                    } else if tokens[at].1 == "as" {
                        at += 2;
                    } else {
                        at += 1;
                    }
                }
                return at + 1;
            }
            Some(word) if is_word(word.chars().next()) || word == "*" => {
                if word != "self" || path.is_empty() {
                    path.push(word.to_owned());
                }
                at += 1;
                let goes_on = tokens.get(at).is_some_and(|token| token.1 == "::")
                    && tokens
                        .get(at + 1)
                        .is_some_and(|next| is_word(next.1.chars().next()) || next.1 == "{" || next.1 == "*");
                if !goes_on {
                    flat.push(path);
                    return at;
                }
                at += 1;
            }
            _ => return at + 1,
        }
    }
}

/// Words, `::`, and all other visible characters one by one, each with its line.
fn tokens(code: &[char]) -> Vec<(usize, String)> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < code.len() {
        let character = code[at];
        if character == '\n' {
            line += 1;
        }
        if is_word(Some(character)) {
            let end = (at..code.len()).find(|end| !is_word(Some(code[*end]))).unwrap_or(code.len());
            tokens.push((line, code[at..end].iter().collect()));
            at = end;
            continue;
        }
        if character == ':' && code.get(at + 1) == Some(&':') {
            tokens.push((line, "::".to_owned()));
            at += 2;
            continue;
        }
        if !character.is_whitespace() {
            tokens.push((line, character.to_string()));
        }
        at += 1;
    }
    tokens
}

/// The name before an opened parenthesis at the end of this code. A status before the literal makes it the code of an error:
/// `Self::new(StatusCode::CONFLICT, "…")` is called `Error::new`.
pub(crate) fn called(code: &[char]) -> String {
    let before: String = code[code.len().saturating_sub(200)..].iter().collect();
    if let Some((call, status)) = before.rsplit_once("StatusCode::") {
        let named = status.trim_end().strip_suffix(',');
        let named = named.is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        if named && call.trim_end().ends_with("::new(") {
            return "Error::new".to_owned();
        }
    }
    let Some(call) = before.trim_end().strip_suffix('(') else { return String::new() };
    let from = call.rfind(|character| !is_word(Some(character)) && character != ':').map_or(0, |at| at + 1);
    // A character of several bytes before the name: no name of ours.
    call.get(from..).unwrap_or("").to_owned()
}

fn is_word(character: Option<char>) -> bool {
    character.is_some_and(|character| character.is_alphanumeric() || character == '_')
}

fn blank(code: &mut [char], from: usize, to: usize) {
    for character in &mut code[from..to] {
        if *character != '\n' {
            *character = ' ';
        }
    }
}

fn line_end(text: &[char], at: usize) -> usize {
    (at..text.len()).find(|end| text[*end] == '\n').unwrap_or(text.len())
}

fn block_comment_end(text: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at + 1 < text.len() {
        match (text[at], text[at + 1]) {
            ('/', '*') => {
                depth += 1;
                at += 2;
            }
            ('*', '/') => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

fn string_end(text: &[char], mut at: usize) -> usize {
    at += 1;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Whether the `r` at this place is that of `br"…"`.
fn at_byte_prefix(text: &[char], at: usize) -> bool {
    at > 0 && matches!(text[at - 1], 'b' | 'c') && !is_word(text.get(at.wrapping_sub(2)).copied())
}

fn raw_string_end(text: &[char], at: usize) -> Option<usize> {
    let hashes = text[at + 1..].iter().take_while(|character| **character == '#').count();
    let open = at + 1 + hashes;
    if text.get(open) != Some(&'"') {
        return None;
    }
    (open + 1..text.len())
        .find(|end| {
            text[*end] == '"' && text[end + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
        })
        .map(|end| end + 1 + hashes)
}

/// The end of a character literal; nothing for a lifetime.
fn char_end(text: &[char], at: usize) -> Option<usize> {
    match (text.get(at + 1)?, text.get(at + 2)?) {
        ('\\', _) => (at + 3..text.len()).find(|end| text[*end] == '\'').map(|end| end + 1),
        (_, '\'') => Some(at + 3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, test_faults};

    fn paths(text: &str) -> Vec<String> {
        Source::new(text).paths().iter().map(|named| named.path.join("::")).collect()
    }

    #[test]
    fn groups_are_taken_apart() {
        let text = "use crate::{kernel::{Day, Grams as G}, lots::{self, Lot}, web::*};\nfn f() { super::store::find::<u8>() }";
        let expected = [
            "crate::kernel::Day",
            "crate::kernel::Grams",
            "crate::lots",
            "crate::lots::Lot",
            "crate::web::*",
            "super::store::find",
        ];
        assert_eq!(paths(text), expected);
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        let text = r##"
            // crate::a::b
            /* crate::a /* nested */ crate::b */
            const A: &str = "crate::c::d \" crate::e::f";
            const B: &str = r#"crate::g " crate::h"#;
            const C: char = '"';
            fn f<'a>(x: &'a str) { std::mem::drop(x) }
            fn g() { crate::k::l() }
        "##;
        assert_eq!(paths(text), ["std::mem::drop", "crate::k::l"]);
        let literals: Vec<_> = Source::new(text).literals.into_iter().map(|literal| literal.text).collect();
        assert_eq!(literals, [r#"crate::c::d \" crate::e::f"#, r#"crate::g " crate::h"#]);
    }

    #[test]
    fn tests_in_the_source_are_found() {
        for text in [
            "#[cfg(test)]\nmod tests {}",
            "#![cfg(test)]",
            "#[cfg(all(unix, test))] fn f() {}",
            "#[cfg_attr(test, derive(Debug))] struct A;",
            "#[tokio::test] async fn f() {}",
            "fn f() -> bool { cfg!(test) }",
        ] {
            assert_eq!(test_faults("src/a.rs", text).len(), 1, "{text}");
        }
        let text =
            "// #[cfg(test)]\nmod test; #[cfg(unix)] fn test() { test[0].a(#[inline] || \"#[test]\") }";
        assert!(test_faults("src/a.rs", text).is_empty());
    }

    #[test]
    fn a_literal_knows_whose_argument_it_is() {
        let text = r#"fn f() { t.say( "a"); Problem::new("b"); g(1, "c"); let d = "d"; Self::new(StatusCode::GONE, "e") }"#;
        let of: Vec<_> = Source::new(text).literals.into_iter().map(|literal| literal.of).collect();
        assert_eq!(of, ["say", "Problem::new", "", "", "Error::new"]);
    }

    #[test]
    fn relative_paths_are_resolved() {
        let text = "use super::service; mod inner { fn f() { super::help::me() } } fn g() { serde::de::x() }";
        let source = Source::new(text);
        let resolved: Vec<_> = source.paths().iter().map(|named| named.in_crate(&["lots", "api"])).collect();
        let words = |text: &str| Some(text.split("::").map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(resolved, [words("lots::service"), words("lots::api::help::me"), None]);
    }
}

//! The messages for people: the same in both languages, each one used, none missing.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;

use crate::rooms::ROOMS;
use crate::source::{Literal, called};

/// The messages of one file or language: key (`parties-title`, `parties-title.label`) → the variables it takes.
pub(crate) type Messages = BTreeMap<String, BTreeSet<String>>;

/// Reads a Fluent file. What Fluent itself refuses is a fault.
pub(crate) fn messages(path: &str, text: &str) -> Result<Messages, String> {
    if let Err((_, errors)) = FluentResource::try_new(text.to_owned()) {
        return Err(format!("{path}: {errors:?}"));
    }
    let mut messages = Messages::new();
    let mut message = String::new();
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.split_once('=').map_or(("", line), |(name, value)| (name.trim(), value));
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        let value = if !line.starts_with([' ', '\t']) && is_name(name) {
            name.clone_into(&mut message);
            key.clone_from(&message);
            if messages.insert(key.clone(), BTreeSet::new()).is_some() {
                return Err(format!("{path}: `{key}` stands twice"));
            }
            value
        } else if let Some(attribute) = name.strip_prefix('.').filter(|name| is_name(name)) {
            key = format!("{message}.{attribute}");
            messages.insert(key.clone(), BTreeSet::new());
            value
        } else {
            line
        };
        if let Some(variables) = messages.get_mut(&key) {
            variables.extend(variables_of(value));
        }
    }
    Ok(messages)
}

fn variables_of(value: &str) -> impl Iterator<Item = String> {
    value.match_indices('$').map(|(at, _)| {
        value[at + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').collect()
    })
}

/// Where one language has a key, or a variable, that the other has not.
pub(crate) fn language_faults(room: &str, vi: &Messages, en: &Messages) -> Vec<String> {
    let mut faults = Vec::new();
    for key in vi.keys().chain(en.keys()).collect::<BTreeSet<_>>() {
        match (vi.get(key), en.get(key)) {
            (Some(_), None) => faults.push(format!("{room}.ftl: `{key}` is missing in English")),
            (None, Some(_)) => faults.push(format!("{room}.ftl: `{key}` is missing in Vietnamese")),
            (left, right) if left != right => {
                faults.push(format!(
                    "{room}.ftl: `{key}` takes {left:?} in Vietnamese and {right:?} in English"
                ));
            }
            _ => {}
        }
        let owner = key.trim_start_matches('-').split('-').next().unwrap_or_default();
        // An error, a problem or a message to parties stands with the room that raises it.
        if ["error", "problem", "message"].contains(&owner) {
            continue;
        }
        // The frame and the kernel are nobody's room, and name their parts as they like.
        if if ROOMS.contains(&room) { owner != room } else { ROOMS.contains(&owner) } {
            faults.push(format!("{room}.ftl: `{key}` belongs in {owner}.ftl"));
        }
    }
    faults
}

/// Keys that another file has already.
pub(crate) fn twice_faults(room: &str, known: &Messages, own: &Messages) -> Vec<String> {
    let twice = own.keys().filter(|key| known.contains_key(*key));
    twice.map(|key| format!("{room}.ftl: `{key}` stands in another file too")).collect()
}

/// The literals of a template's expressions: `{{ say("parties-title") }}`, `{% if … %}`.
pub(crate) fn template_literals(text: &str) -> Vec<Literal> {
    let mut literals = Vec::new();
    for (open, close) in [("{{", "}}"), ("{%", "%}")] {
        for piece in text.split(open).skip(1) {
            let expression = piece.split(close).next().unwrap_or("");
            let parts: Vec<&str> = expression.split('"').collect();
            for pair in parts.chunks_exact(2) {
                let before: Vec<char> = pair[0].chars().collect();
                literals.push(Literal { of: called(&before), text: pair[1].to_owned() });
            }
        }
    }
    literals
}

/// The keys that other messages refer to: `{ parties-title }`.
pub(crate) fn references(text: &str) -> Vec<String> {
    let pieces = text.split('{').skip(1).filter_map(|piece| piece.split('}').next());
    pieces.map(|piece| piece.trim().to_owned()).filter(|piece| !piece.is_empty()).collect()
}

/// The functions of `words` that take a key first.
const SAYERS: [&str; 4] = ["say", "with", "one", "two"];

/// The ways to raise an error by its code; the status before it is looked past.
const RAISERS: [&str; 5] = ["Error::new", "::bad_request", "::forbidden", "::conflict", "::too_many"];

/// Keys that nobody asks for, and keys that are asked for and not there. A literal names a key when it begins with the
/// name of a room, or of another part that has messages, and is spelt like a key; with holes (`"lots-state-{state}"`) or an
/// open end (`"lots-state-"`) it names all keys that fit, of which there must be one. A problem's code is a key too.
/// `referred` are the keys that other messages take in.
pub(crate) fn use_faults(
    known: &Messages,
    literals: &[(String, Literal)],
    referred: &[String],
) -> Vec<String> {
    let messages: BTreeSet<&str> = known.keys().map(|key| key.split('.').next().unwrap_or(key)).collect();
    let owners: BTreeSet<&str> =
        ROOMS.iter().copied().chain(messages.iter().filter_map(|key| key.split('-').next())).collect();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut faults = Vec::new();
    for (path, Literal { of, text }) in literals {
        // A code may be chosen before it is raised: every text that is spelt as one counts as its use.
        let raised = [
            ("problem", of.ends_with("Problem::new")),
            ("error", RAISERS.iter().any(|raiser| of.ends_with(raiser))),
        ];
        for (kind, raised) in raised {
            let key = format!("{kind}-{}", text.replace('_', "-"));
            if !text.contains('-') {
                used.extend(messages.get(key.as_str()));
            }
            if raised && !messages.contains(key.as_str()) {
                faults.push(format!("{path}: no message `{key}` in assets/locales"));
            }
        }

        let pattern = pieces(text);
        let spelt = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !text.contains('-') || !pattern.iter().all(|piece| piece.chars().all(spelt)) {
            continue;
        }
        let asked = SAYERS.contains(&of.rsplit(':').next().unwrap_or_default());
        // A bare `"lots-{}"` would name everything, and so prove nothing.
        let ends = pattern[1..].iter().any(|piece| piece.len() > 1);
        let named = pattern[0]
            .split_once('-')
            .is_some_and(|(owner, rest)| owners.contains(owner) && (!rest.is_empty() || ends));
        if named || asked {
            let fitting: Vec<&str> = messages.iter().copied().filter(|key| fits(&pattern, key)).collect();
            if fitting.is_empty() {
                faults.push(format!("{path}: no message `{text}` in assets/locales"));
            }
            used.extend(fitting);
        }
    }
    used.extend(referred.iter().filter_map(|key| messages.get(key.as_str())));
    faults.extend(messages.difference(&used).map(|key| format!("`{key}` in assets/locales is used nowhere")));
    faults
}

/// The fixed parts of a literal: `"a-{b}-c"` → `a-`, `-c`; an open end has an empty last part.
fn pieces(literal: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut hole = false;
    for character in literal.chars() {
        match character {
            '{' => hole = true,
            '}' => {
                hole = false;
                pieces.push(String::new());
            }
            _ if hole => {}
            _ => pieces.last_mut().expect("one piece from the start").push(character),
        }
    }
    if literal.ends_with('-') {
        pieces.push(String::new());
    }
    pieces
}

fn fits(pattern: &[String], key: &str) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        return false;
    };
    let Some(mut left) = key.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some((last, middle)) = rest.split_last() else {
        return left.is_empty();
    };
    for piece in middle {
        match left.find(piece.as_str()) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::{
        Literal, Messages, language_faults, messages, references, template_literals, twice_faults, use_faults,
    };

    const VI: &str = "# lots\nlots-title = Lô\nlots-left = Còn { $grams ->\n    [one] một\n   *[other] { $grams }\n }\n    .hint = { $day }\nlots-state-held = Giữ\n";

    fn read(text: &str) -> Messages {
        messages("lots.ftl", text).unwrap()
    }

    fn faults(literals: &[&str]) -> Vec<String> {
        let literal = |text: &&str| Literal { of: String::new(), text: (*text).to_owned() };
        let literals: Vec<_> = literals.iter().map(|text| ("a.rs".to_owned(), literal(text))).collect();
        use_faults(&read(VI), &literals, &[])
    }

    #[test]
    fn a_file_is_read() {
        let read = read(VI);
        assert_eq!(
            read.keys().collect::<Vec<_>>(),
            ["lots-left", "lots-left.hint", "lots-state-held", "lots-title"]
        );
        assert!(read["lots-left"].contains("grams") && read["lots-left.hint"].contains("day"));
        assert!(messages("lots.ftl", "lots-title =").is_err());
        assert!(messages("lots.ftl", "lots-title = A\nlots-title = B\n").is_err());
    }

    #[test]
    fn languages_must_agree() {
        let count = |en: &str| language_faults("lots", &read(VI), &read(en)).len();
        assert_eq!(count(VI), 0);
        assert_eq!(count(&VI.replace("lots-title = Lô\n", "")), 1);
        assert_eq!(count(&VI.replace("$day", "$date")), 1);
        assert_eq!(count(&format!("{VI}lots-more = More\n")), 1);
        assert_eq!(count(&format!("{VI}parties-more = More\n")), 2);
        assert_eq!(
            language_faults("web", &read("nav-lots = A"), &read("nav-lots = B")),
            Vec::<String>::new()
        );
        assert_eq!(language_faults("web", &read("lots-nav = A"), &read("lots-nav = B")).len(), 1);
    }

    #[test]
    fn use_is_followed_in_both_directions() {
        let all = ["lots-title", "lots-left", "lots-state-{state}"];
        assert_eq!(faults(&all), Vec::<String>::new());
        assert_eq!(faults(&["lots-title", "lots-left", "lots-state-"]), Vec::<String>::new());
        assert_eq!(faults(&all[..2]).len(), 1);
        assert_eq!(faults(&[&all[..], &["lots-tittle"]].concat()).len(), 1);
        assert_eq!(faults(&[&all[..], &["lots-kind-{kind}"]].concat()).len(), 1);
        assert_eq!(
            faults(&[&all[..], &["lots-Of text", "lots.rs", "parties"]].concat()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn problems_and_what_is_said_have_messages() {
        let known = read("problem-wrong-day = Sai");
        let faults = |of: &str, text: &str| {
            let literal = Literal { of: of.to_owned(), text: text.to_owned() };
            use_faults(&known, &[("a.rs".to_owned(), literal)], &[])
        };
        assert_eq!(faults("Problem::new", "wrong_day"), Vec::<String>::new());
        assert_eq!(faults("", "wrong_day"), Vec::<String>::new());
        assert_eq!(faults("Problem::new", "wrong_year").len(), 2);
        assert_eq!(faults("", "problem-{}").len(), 1);
        assert_eq!(faults("say", "no-store").len(), 2);
        assert_eq!(faults("insert", "no-store").len(), 1);
    }

    #[test]
    fn errors_have_messages_in_any_file() {
        let known = read("error-no-such-lot = A\nlots-title = B");
        let faults = |of: &str, text: &str| {
            let literal = |of: &str, text: &str| Literal { of: of.to_owned(), text: text.to_owned() };
            use_faults(
                &known,
                &[("a.rs".to_owned(), literal(of, text)), ("b.rs".to_owned(), literal("", "lots-title"))],
                &[],
            )
        };
        assert_eq!(faults("web::Error::new", "no_such_lot"), Vec::<String>::new());
        assert_eq!(faults("", "no_such_lot"), Vec::<String>::new());
        assert_eq!(faults("say", "error-no-such-lot"), Vec::<String>::new());
        assert_eq!(faults("", "no-such-lot").len(), 1);
        assert_eq!(faults("Self::conflict", "no_such_place").len(), 2);
        assert_eq!(faults("find", "no_such_place").len(), 1);
        let text = "error-a = A\nproblem-b = B\n";
        assert_eq!(language_faults("lots", &read(text), &read(text)), Vec::<String>::new());
        assert_eq!(language_faults("lots", &read(text), &read("error-a = A")).len(), 1);
        assert_eq!(twice_faults("parties", &read(text), &read("error-a = A\nparties-a = A")).len(), 1);
    }

    #[test]
    fn templates_and_messages_name_keys() {
        let text = "<p class=\"lots-table\">{{ t.say(\"lots-title\") }}{% if a == \"b\" %}";
        let literals = template_literals(text);
        let literals: Vec<_> =
            literals.iter().map(|found| (found.of.as_str(), found.text.as_str())).collect();
        assert_eq!(literals, [("say", "lots-title"), ("", "b")]);
        assert_eq!(references("a = { lots-title } { $x }"), ["lots-title", "$x"]);
    }
}

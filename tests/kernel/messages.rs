//! Every problem that the kernel raises has words, and carries its value safely.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nguongoc::kernel::*;

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // Examples in documentation may use codes that nobody raises.
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.push(code.join("\n"));
        }
    }
}

/// The codes raised anywhere in the sources, as keys, each with the arguments given to it where the chain can be read.
fn raised() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    sources(&root.join("src/kernel"), &mut texts);
    let mut raised: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for text in &texts {
        for part in text.split("Problem::new(").skip(1) {
            let Some(part) = part.trim_start().strip_prefix('"') else {
                continue;
            };
            let (code, chain) = part.split_once('"').unwrap();
            let args = raised.entry(format!("problem-{}", code.replace('_', "-"))).or_default();
            let chain = chain.split(';').next().unwrap().split("\n    }").next().unwrap();
            for arg in chain.split(".arg(").skip(1) {
                let name = arg.trim_start().trim_start_matches('"');
                args.insert(name.split('"').next().unwrap().to_owned());
            }
        }
    }
    raised
}

fn messages(lang: &str) -> BTreeMap<String, BTreeSet<String>> {
    let path = format!("{}/assets/locales/{lang}/problem.ftl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let resource = fluent_bundle::FluentResource::try_new(text.clone());
    assert!(resource.is_ok(), "{lang}/problem.ftl has syntax errors: {:?}", resource.err());
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("problem-")) {
        let (key, message) = line.split_once(" = ").unwrap();
        let named =
            message.split("{ $").skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned()).collect();
        let twice = found.insert(key.to_owned(), named);
        assert!(twice.is_none(), "{key} stands twice in {lang}");
    }
    found
}

#[test]
fn every_problem_has_words_in_both_languages() {
    let (raised, vi, en) = (raised(), messages("vi"), messages("en"));
    assert!(raised.len() > 40, "the sources were not found");
    for (key, args) in &raised {
        for (lang, messages) in [("vi", &vi), ("en", &en)] {
            let named = messages.get(key).ok_or(format!("{key} has no message in {lang}")).unwrap();
            for name in named.iter().filter(|name| *name != "value") {
                assert!(args.contains(name), "{key} in {lang} names {name}, which is never given");
            }
        }
    }
    assert_eq!(vi, en, "the same keys, and the same arguments named");
    let unused: Vec<_> = vi.keys().filter(|key| !raised.contains_key(*key)).collect();
    assert!(unused.is_empty(), "messages that nobody raises: {unused:?}");
}

#[test]
fn a_problem_repeats_the_value_safely() {
    let long = Problem::new("text_empty").value("đ".repeat(200));
    assert_eq!(long.value.chars().count(), 80);
    assert!(long.value.ends_with('…'));
    let odd = Problem::new("text_empty").value("a\u{0}b\n\u{202e}c\u{1b}[31m");
    assert_eq!(odd.value, "abc[31m");
    assert_eq!(odd.at("name").at("party").field, "party.name");
}

#[test]
fn problems_are_collected() {
    let mut problems = Problems::default();
    assert_eq!(problems.take("a", Ok::<_, Problem>(1)), Some(1));
    assert!(problems.clone().finish().is_ok());
    assert!(problems.take("b", Gtin::parse("1")).is_none());
    let problems = problems.finish().unwrap_err();
    assert_eq!(problems.0[0].field, "b");
}

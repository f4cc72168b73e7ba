//! Every sentence that people read, in Vietnamese and English, from `assets/locales/<language>/<room>.ftl`.
//!
//! What must stay true: both languages have the same keys; no sentence stands in the code or in a template. A key without a
//! sentence is shown as the key itself, and `tests/architecture.rs` fails on it.

use crate::kernel::{Lang, Problem};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

#[derive(RustEmbed)]
#[folder = "assets/locales"]
struct Locales;

static VI: LazyLock<Language> = LazyLock::new(|| Language::load(Lang::Vi));
static EN: LazyLock<Language> = LazyLock::new(|| Language::load(Lang::En));

struct Language {
    /// Sentences without variables, formatted once: most of a page.
    plain: HashMap<String, String>,
    /// Every key, in order.
    keys: Vec<String>,
    bundle: FluentBundle<FluentResource>,
}

impl Language {
    fn load(lang: Lang) -> Self {
        let id: LanguageIdentifier = lang.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // No Unicode isolation marks around values: they show as boxes on old phones and break copying of codes.
        bundle.set_use_isolating(false);
        let mut keys = Vec::new();
        let folder = format!("{}/", lang.code());
        for path in Locales::iter().filter(|path| path.starts_with(&folder)) {
            let Some(file) = Locales::get(&path) else { continue };
            let text = String::from_utf8_lossy(&file.data).into_owned();
            // A message that does not parse is left out and so shown as its key; the rest of the file stands.
            let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, _)| resource);
            keys.extend(resource.entries().filter_map(|entry| match entry {
                fluent_syntax::ast::Entry::Message(message) => Some(message.id.name.to_owned()),
                _ => None,
            }));
            let _ = bundle.add_resource(resource);
        }
        let mut plain = HashMap::new();
        keys.sort_unstable();
        for key in &keys {
            let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
                continue;
            };
            let mut errors = Vec::new();
            let text = bundle.format_pattern(pattern, None, &mut errors).into_owned();
            if errors.is_empty() {
                plain.insert(key.clone(), text);
            }
        }
        Self { plain, keys, bundle }
    }
}

/// The sentences of one language.
#[derive(Clone, Copy)]
pub struct Words {
    lang: Lang,
    language: &'static Language,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({})", self.lang.code())
    }
}

impl Words {
    /// The sentences in `lang`.
    #[must_use]
    pub fn of(lang: Lang) -> Self {
        let language = match lang {
            Lang::Vi => &*VI,
            Lang::En => &*EN,
        };
        Self { lang, language }
    }

    /// The language of these sentences.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The keys that begin with `start`, in order.
    pub fn keys(&self, start: &'static str) -> impl Iterator<Item = &'static str> {
        let all: &'static [String] = &self.language.keys;
        all.iter().map(String::as_str).filter(move |key| key.starts_with(start))
    }

    /// The sentence of `key`, which has no variables.
    #[must_use]
    pub fn say<'k>(&self, key: &'k str) -> Cow<'k, str> {
        match self.language.plain.get(key) {
            Some(text) => Cow::Borrowed(text.as_str()),
            None => Cow::Owned(self.with::<&str>(key, &[])),
        }
    }

    /// The sentence of `key` with its variables filled in.
    #[must_use]
    pub fn with<V: AsRef<str>>(&self, key: &str, values: &[(&str, V)]) -> String {
        let Some(pattern) = self.language.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set(*name, FluentValue::from(value.as_ref().to_owned()));
        }
        let mut errors = Vec::new();
        self.language.bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned()
    }

    /// The sentence of `key` with one variable filled in; for templates.
    #[must_use]
    pub fn one(&self, key: &str, name: &str, value: impl std::fmt::Display) -> String {
        self.with(key, &[(name, value.to_string())])
    }

    /// The sentence of `key` with two variables filled in; for templates.
    #[must_use]
    pub fn two(
        &self,
        key: &str,
        (first, value): (&str, impl std::fmt::Display),
        (second, other): (&str, impl std::fmt::Display),
    ) -> String {
        self.with(key, &[(first, value.to_string()), (second, other.to_string())])
    }

    /// What is wrong with an input and how to mend it: the sentence `problem-<code>`.
    #[must_use]
    pub fn problem(&self, problem: &Problem) -> String {
        let mut values = vec![("value", problem.value.clone()), ("field", problem.field.clone())];
        values.extend(problem.args.iter().map(|(name, value)| (*name, value.clone())));
        self.with(&format!("problem-{}", problem.code.replace('_', "-")), &values)
    }
}

//! What the prefixes of names stand for: the part of JSON-LD's `@context` that EPCIS needs.
//!
//! What must stay true: nothing is fetched. GS1's context is known by its address, a prefix counts only where the document itself
//! declares it, and GS1's own prefixes mean what GS1 says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::syntax::{self, member, placed};
use crate::events::uri::VOCABULARY;
use crate::kernel::{Problem, Problems};

/// GS1's context of EPCIS 2.0.
pub const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// The prefixes that GS1's context declares.
const GS1: [(&str, &str); 8] = [
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("cbvmda", "urn:epcglobal:cbv:mda:"),
    ("gs1", "https://gs1.org/voc/"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("dcterms", "http://purl.org/dc/terms/"),
];

/// Schemes that name something by themselves, whatever a context says of them.
const SCHEMES: [&str; 6] = ["http", "https", "urn", "tag", "did", "ni"];

/// The contexts and prefixes that a document, or an event, declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces {
    gs1: bool,
    contexts: Vec<String>,
    prefixes: BTreeMap<String, String>,
}

impl Namespaces {
    /// Those of the registry's own events: GS1's context, and the prefix `ng`.
    #[must_use]
    pub fn own() -> Self {
        let prefixes = BTreeMap::from([("ng".to_owned(), VOCABULARY.to_owned())]);
        Self { gs1: true, contexts: Vec::new(), prefixes }
    }

    /// Reads the value of a `@context`: a URI, an object of prefixes, or a list of them. Problems stand at `/@context…`.
    ///
    /// # Errors
    /// `epcis_wrong_type`, `epcis_uri_malformed`, `epcis_prefix_malformed`, `epcis_prefix_reserved`.
    pub fn of(context: &Value) -> Result<Self, Problems> {
        let mut read = Self::default();
        let mut problems = Problems::default();
        match context {
            Value::Array(parts) => {
                for (place, part) in parts.iter().enumerate() {
                    read.take(part, &format!("/@context/{place}"), &mut problems);
                }
            }
            part => read.take(part, "/@context", &mut problems),
        }
        problems.finish().map(|()| read)
    }

    fn take(&mut self, part: &Value, at: &str, problems: &mut Problems) {
        match part {
            Value::String(address) if is_gs1(address) => self.gs1 = true,
            Value::String(address) => match syntax::uri(address) {
                Ok(()) => self.contexts.push(address.clone()),
                Err(problem) => problems.push(placed(problem, at)),
            },
            Value::Object(terms) => {
                for (prefix, meaning) in terms {
                    if let Err(problem) = self.declare(prefix, meaning) {
                        problems.push(placed(problem, &member(at, prefix)));
                    }
                }
            }
            _ => {
                problems.push(placed(Problem::new("epcis_wrong_type").arg("expected", "string, object"), at));
            }
        }
    }

    fn declare(&mut self, prefix: &str, meaning: &Value) -> Result<(), Problem> {
        // The version of JSON-LD changes no meaning; other keywords would.
        if prefix == "@version" {
            return Ok(());
        }
        let malformed = || Problem::new("epcis_prefix_malformed").value(prefix);
        // A longer definition gives the address as `@id`.
        let iri = meaning.as_str().or_else(|| meaning.get("@id")?.as_str()).ok_or_else(malformed)?;
        if prefix.is_empty() || prefix.starts_with('@') || prefix.contains(':') {
            return Err(malformed());
        }
        let known = GS1.iter().find(|(known, _)| *known == prefix);
        if SCHEMES.contains(&prefix) || known.is_some_and(|(_, known)| *known != iri) {
            return Err(Problem::new("epcis_prefix_reserved").value(prefix));
        }
        syntax::uri(iri)?;
        self.prefixes.insert(prefix.to_owned(), iri.to_owned());
        Ok(())
    }

    /// Whether GS1's context was named.
    #[must_use]
    pub const fn names_gs1(&self) -> bool {
        self.gs1
    }

    /// These, under GS1's context, in which every event is read whether it names it or not.
    pub(super) fn within_gs1(self) -> Self {
        Self { gs1: true, ..self }
    }

    /// What a prefix stands for.
    #[must_use]
    pub fn iri(&self, prefix: &str) -> Option<&str> {
        let known = || GS1.iter().find(|(known, _)| *known == prefix).map(|(_, iri)| *iri);
        self.prefixes.get(prefix).map(String::as_str).or_else(known)
    }

    /// These, and what an event declares for itself, which goes before.
    #[must_use]
    pub fn with(&self, inner: &Self) -> Self {
        let mut both = self.clone();
        both.gs1 |= inner.gs1;
        both.contexts.extend(inner.contexts.iter().filter(|one| !self.contexts.contains(one)).cloned());
        both.prefixes.extend(inner.prefixes.clone());
        both
    }

    /// A URI whose prefix, if it is a declared one, is written out.
    #[must_use]
    pub fn expand<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.split(text) {
            Some((iri, local)) => Cow::Owned(format!("{iri}{local}")),
            None => Cow::Borrowed(text),
        }
    }

    /// The namespace and the local part of a name with a declared prefix.
    pub(super) fn split<'t>(&self, name: &'t str) -> Option<(&str, &'t str)> {
        let (prefix, local) = name.split_once(':')?;
        if local.starts_with("//") { None } else { Some((self.iri(prefix)?, local)) }
    }

    /// Checks that the name of an extension has a declared prefix, or is a URI by itself.
    pub(super) fn check(&self, name: &str) -> Result<(), Problem> {
        let Some((prefix, local)) = name.split_once(':') else {
            return Err(Problem::new("epcis_name_without_prefix").value(name));
        };
        if local.is_empty() {
            return Err(Problem::new("epcis_name_without_prefix").value(name));
        }
        if SCHEMES.contains(&prefix) || local.starts_with("//") {
            return syntax::uri(name);
        }
        match self.iri(prefix) {
            // GS1's schema wants the name itself to be a URI by its form.
            Some(_) => syntax::uri(name),
            None => Err(Problem::new("epcis_prefix_undeclared").value(name).arg("prefix", prefix)),
        }
    }

    /// As the value of a `@context`, with GS1's first.
    #[must_use]
    pub fn context(&self) -> Value {
        let mut parts = vec![Value::from(CONTEXT)];
        parts.extend(self.contexts.iter().map(|address| Value::from(address.as_str())));
        if !self.prefixes.is_empty() {
            let terms: Map<String, Value> =
                self.prefixes.iter().map(|(prefix, iri)| (prefix.clone(), iri.as_str().into())).collect();
            parts.push(terms.into());
        }
        parts.into()
    }
}

/// GS1's context in any of its editions, at its own address or that of its drafts.
fn is_gs1(address: &str) -> bool {
    let path =
        address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or_default();
    path == "gs1.github.io/EPCIS/epcis-context.jsonld"
        || path
            .strip_prefix("ref.gs1.org/standards/epcis/")
            .is_some_and(|rest| rest.ends_with("epcis-context.jsonld") && !rest.contains(['?', '#']))
}

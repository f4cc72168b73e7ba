//! The values that events are made of: each is read, or noted at its JSON pointer and left out.

use serde_json::{Map, Number, Value};

use super::{MOST_PROBLEMS, Reading};
use crate::events::epcis::syntax::{self, member, nearest, placed};
use crate::events::epcis::word::{Vocabulary, Word};
use crate::kernel::{Moment, Offset, Problem};

impl Reading<'_> {
    pub(in crate::events::epcis) fn offset(&mut self, value: &Value, at: &str) -> Option<Offset> {
        let text = self.text(value, at)?;
        // `Z` is an offset within a time, but not by itself.
        let offset = if text.len() == 6 {
            Offset::parse(text)
        } else {
            Err(Problem::new("offset_malformed").value(text))
        };
        self.keep(offset, at)
    }

    pub(in crate::events::epcis) fn moment(&mut self, value: &Value, at: &str) -> Option<Moment> {
        let text = self.text(value, at)?;
        let moment = if text.trim() == text {
            Moment::parse(text)
        } else {
            Err(Problem::new("moment_malformed").value(text))
        };
        self.keep(moment, at)
    }

    pub(in crate::events::epcis) fn uri(&mut self, value: &Value, at: &str) -> Option<String> {
        let text = self.text(value, at)?;
        let uri = self.namespaces.expand(text).into_owned();
        let checked = syntax::uri(&uri).map(|()| uri);
        self.keep(checked, at)
    }

    pub(in crate::events::epcis) fn word(
        &mut self,
        value: &Value,
        at: &str,
        vocabulary: Vocabulary,
    ) -> Option<Word> {
        let text = self.text(value, at)?;
        let word = Word::read(text, vocabulary, self.namespaces);
        self.keep(word, at)
    }

    pub(in crate::events::epcis) fn text<'v>(&mut self, value: &'v Value, at: &str) -> Option<&'v str> {
        match value {
            Value::String(text) => Some(text),
            _ => self.wrong_type(at, "string"),
        }
    }

    pub(in crate::events::epcis) fn number(&mut self, value: &Value, at: &str) -> Option<Number> {
        match value {
            Value::Number(number) => Some(number.clone()),
            _ => self.wrong_type(at, "number"),
        }
    }

    pub(in crate::events::epcis) fn object<'v>(
        &mut self,
        value: &'v Value,
        at: &str,
    ) -> Option<&'v Map<String, Value>> {
        match value {
            Value::Object(object) => Some(object),
            _ => self.wrong_type(at, "object"),
        }
    }

    /// Reads each item; nothing only where it is no list.
    pub(in crate::events::epcis) fn list<T>(
        &mut self,
        value: &Value,
        at: &str,
        mut each: impl FnMut(&mut Self, &Value, &str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::Array(items) = value else { return self.wrong_type(at, "array") };
        let mut read = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            if self.is_full() {
                break;
            }
            read.extend(each(self, item, &format!("{at}/{place}")));
        }
        Some(read)
    }

    /// Refuses what stands twice in a list, by the text that names it.
    pub(in crate::events::epcis) fn once<T>(
        &mut self,
        items: Vec<(T, String)>,
        name: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        let mut places = std::collections::HashMap::new();
        for (item, at) in &items {
            if let Some(first) = places.insert(name(item), at) {
                let problem = Problem::new("epcis_item_twice").value(name(item)).arg("first", first);
                self.refuse(at, problem);
            }
        }
        items.into_iter().map(|(item, _)| item).collect()
    }

    pub(in crate::events::epcis) fn optional<T>(
        &mut self,
        object: &Map<String, Value>,
        at: &str,
        name: &str,
        read: impl FnOnce(&mut Self, &Value, &str) -> Option<T>,
    ) -> Option<T> {
        read(self, object.get(name)?, &member(at, name))
    }

    pub(in crate::events::epcis) fn required<T>(
        &mut self,
        object: &Map<String, Value>,
        at: &str,
        name: &str,
        read: impl FnOnce(&mut Self, &Value, &str) -> Option<T>,
    ) -> Option<T> {
        if object.contains_key(name) {
            self.optional(object, at, name, read)
        } else {
            self.missing(&member(at, name), name)
        }
    }

    /// The members beside the known ones, whose names must have a namespace.
    pub(in crate::events::epcis) fn extensions(
        &mut self,
        object: &Map<String, Value>,
        at: &str,
        known: &[&str],
    ) -> Map<String, Value> {
        let others = object.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        let others: Map<String, Value> = others.map(|(name, value)| (name.clone(), value.clone())).collect();
        for name in others.keys() {
            self.extension(name, &member(at, name));
        }
        others
    }

    pub(in crate::events::epcis) fn extension(&mut self, name: &str, at: &str) {
        if let Err(problem) = self.namespaces.check(name) {
            self.refuse(at, problem);
        }
    }

    /// Refuses all members but the known ones.
    pub(in crate::events::epcis) fn only(&mut self, object: &Map<String, Value>, at: &str, known: &[&str]) {
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            if self.is_full() {
                break;
            }
            let nearest = nearest(name, known.iter().copied());
            let problem = Problem::new("epcis_member_unknown").value(name).arg("nearest", nearest);
            self.refuse(&member(at, name), problem);
        }
    }

    pub(in crate::events::epcis) fn keep<T>(&mut self, result: Result<T, Problem>, at: &str) -> Option<T> {
        result.map_err(|problem| self.refuse(at, problem)).ok()
    }

    pub(in crate::events::epcis) fn refuse(&mut self, at: &str, problem: Problem) {
        if !self.is_full() {
            self.problems.push(placed(problem, at));
        }
    }

    pub(in crate::events::epcis) fn is_full(&self) -> bool {
        self.problems.0.len() >= MOST_PROBLEMS
    }

    pub(in crate::events::epcis) fn missing<T>(&mut self, at: &str, name: &str) -> Option<T> {
        self.refuse(at, Problem::new("epcis_member_missing").arg("member", name));
        None
    }

    pub(in crate::events::epcis) fn wrong_type<T>(&mut self, at: &str, expected: &'static str) -> Option<T> {
        self.refuse(at, Problem::new("epcis_wrong_type").arg("expected", expected));
        None
    }
}

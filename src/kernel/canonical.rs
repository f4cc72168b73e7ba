//! JSON that has one form only: a strict reader, and RFC 8785 bytes of NFC text for hashing and signing.
//!
//! What must stay true: what two readers could understand differently is refused at the door (a name given twice, an integer
//! that a double cannot hold, a document too large or too deep), so equal bytes mean equal content.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::problem::Problem;

/// The largest integer up to which every integer has a double of its own: 2^53.
const LARGEST_INTEGER: u64 = 1 << 53;

/// How large and how deep a document may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Arrays and objects inside one another; at most 100.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 20, depth: 32 }
    }
}

/// Reads JSON and refuses what could be read in two ways. Text is kept as written; the form of names is compared in NFC.
///
/// ```
/// use nguongoc::kernel::canonical::{Limits, parse_strict};
/// let problem = parse_strict(br#"{"a": 1, "a": 2}"#, Limits::default()).unwrap_err();
/// assert_eq!(problem.code, "json_duplicate_name");
/// ```
///
/// # Errors
/// `json_too_large`, `json_too_deep`, `json_duplicate_name`, `json_integer_too_large`, `json_malformed`.
pub fn parse_strict(text: &[u8], limits: Limits) -> Result<Value, Problem> {
    if text.len() > limits.bytes {
        return Err(Problem::new("json_too_large").arg("count", text.len()).arg("largest", limits.bytes));
    }
    let found = RefCell::new(None);
    let strict = Strict { depth: limits.depth.min(100), most: limits.depth.min(100), found: &found };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| {
        let found = found.take();
        found.unwrap_or_else(|| malformed(&error))
    })
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new("json_malformed").arg("line", error.line()).arg("column", error.column())
}

/// The RFC 8785 bytes of a value whose text has been brought to NFC.
///
/// ```
/// use nguongoc::kernel::canonical::canonical;
/// let value = serde_json::json!({"b": 1.50, "a": "e\u{301}"});
/// assert_eq!(canonical(&value).unwrap(), "{\"a\":\"é\",\"b\":1.5}".as_bytes());
/// ```
///
/// # Errors
/// `json_duplicate_name` when two names are the same in NFC, `json_integer_too_large`, `json_too_deep`.
pub fn canonical(value: &Value) -> Result<Vec<u8>, Problem> {
    let value = normal(value, 100)?;
    serde_json_canonicalizer::to_vec(&value).map_err(|error| malformed(&error))
}

fn normal(value: &Value, depth: usize) -> Result<Value, Problem> {
    let inner = || depth.checked_sub(1).ok_or_else(|| Problem::new("json_too_deep").arg("deepest", 100));
    Ok(match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::Number(number) => Value::Number(exact(number.clone())?),
        Value::String(text) => Value::String(nfc(text)),
        Value::Array(items) => {
            let depth = inner()?;
            let items = items.iter().map(|item| normal(item, depth));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let depth = inner()?;
            let mut object = Map::new();
            for (name, member) in members {
                let name = nfc(name);
                if object.contains_key(&name) {
                    return Err(Problem::new("json_duplicate_name").value(name));
                }
                object.insert(name, normal(member, depth)?);
            }
            Value::Object(object)
        }
    })
}

/// A text in normalization form C (Unicode Standard Annex 15). Nearly every text has it already.
fn nfc(text: &str) -> String {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text.to_owned()
    } else {
        text.nfc().collect()
    }
}

/// Refuses integers beyond 2^53, which readers with doubles would change silently.
fn exact(number: Number) -> Result<Number, Problem> {
    let fits = if let Some(integer) = number.as_i64() {
        integer.unsigned_abs() <= LARGEST_INTEGER
    } else {
        // Every double from 2^53 on is an integer, and 2^53 itself as a double could have been 2^53 + 1 in the text.
        number.as_f64().is_some_and(|double| double.abs() < 9_007_199_254_740_992.0)
    };
    if fits {
        return Ok(number);
    }
    Err(Problem::new("json_integer_too_large").value(number.to_string()))
}

/// Reads one value, `depth` levels above the deepest allowed.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    most: usize,
    /// The reason of a refusal, which the reader's own error type cannot carry.
    found: &'a RefCell<Option<Problem>>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(self, problem: Problem) -> E {
        let error = E::custom(problem.code);
        self.found.replace(Some(problem));
        error
    }

    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.refuse(Problem::new("json_too_deep").arg("deepest", self.most))),
        }
    }

    fn number<E: serde::de::Error>(self, number: Number) -> Result<Value, E> {
        exact(number).map(Value::Number).map_err(|problem| self.refuse(problem))
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.number(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.number(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("not a number"))?;
        self.number(number)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        let mut names = std::collections::HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name.nfc().collect::<String>()) {
                return Err(self.refuse(Problem::new("json_duplicate_name").value(name)));
            }
            object.insert(name, members.next_value_seed(inner)?);
        }
        Ok(Value::Object(object))
    }
}

//! Sound documents, spoilt at random, by the hundred: each is read or refused with problems that stand somewhere, never a panic;
//! what is read can be written and read again.

use crate::{AGREED, TEXT, outcome, samples};
use nguongoc::events::epcis::{self, Documents, Namespaces};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use std::io::Cursor;

/// One thing done to a document.
#[derive(Clone, Debug)]
enum Spoil {
    Remove(Index),
    Replace(Index, Value),
    Rename(Index, String),
    Repeat(Index),
    Swap(Index, Index),
}

fn values() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "",
        "ADD",
        "shipping",
        "ObjectEvent",
        "AggregationEvent",
        "urn:x:1",
        "https://",
        "ng:x",
        "2026-11-23T08:30:00Z",
        "+07:00",
        "\u{0}",
        "é",
        "KGM",
        "a:b",
    ]);
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(|double| json!(double)),
        words.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[{}]]])),
        Just(json!({ "id": "urn:x:1", "type": "po" })),
    ]
}

fn spoils() -> impl Strategy<Value = Spoil> {
    let names = prop::sample::select(vec![
        "", "type", "id", "@context", "ng:x", "b:c", "epcList", "action", "parentID", "~/", "ilmd",
    ]);
    prop_oneof![
        any::<Index>().prop_map(Spoil::Remove),
        (any::<Index>(), values()).prop_map(|(at, value)| Spoil::Replace(at, value)),
        (any::<Index>(), names).prop_map(|(at, name)| Spoil::Rename(at, name.to_owned())),
        any::<Index>().prop_map(Spoil::Repeat),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Spoil::Swap(one, other)),
    ]
}

/// The pointers of everything within a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut inner = |name: &str, value: &Value| {
        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        found.push(at.clone());
        pointers(value, &at, found);
    };
    match value {
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                inner(&place.to_string(), item);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                inner(name, member);
            }
        }
        _ => {}
    }
}

fn spoil(value: &mut Value, how: &Spoil) {
    let mut all = Vec::new();
    pointers(value, "", &mut all);
    let Some(first) = all.first().cloned() else { return };
    let pick = |index: &Index| if all.is_empty() { first.clone() } else { index.get(&all).clone() };
    let holder = |at: &str| {
        let (holder, name) = at.rsplit_once('/').unwrap();
        (holder.to_owned(), name.replace("~1", "/").replace("~0", "~"))
    };
    match how {
        Spoil::Replace(at, new) => *value.pointer_mut(&pick(at)).unwrap() = new.clone(),
        Spoil::Swap(one, other) => {
            let new = value.pointer(&pick(one)).unwrap().clone();
            *value.pointer_mut(&pick(other)).unwrap() = new;
        }
        Spoil::Remove(at) | Spoil::Rename(at, _) | Spoil::Repeat(at) => {
            let (holder, name) = holder(&pick(at));
            match value.pointer_mut(&holder).unwrap() {
                Value::Array(items) => {
                    let place: usize = name.parse().unwrap();
                    match how {
                        Spoil::Repeat(_) => items.push(items[place].clone()),
                        _ => drop(items.remove(place)),
                    }
                }
                Value::Object(members) => {
                    let old = members.remove(&name).unwrap();
                    match how {
                        Spoil::Rename(_, new) => drop(members.insert(new.clone(), old)),
                        Spoil::Repeat(_) => drop(members.insert(name, json!([old.clone(), old]))),
                        _ => {}
                    }
                }
                _ => unreachable!("what has members is an array or an object"),
            }
        }
    }
}

/// Every problem stands at something that is there, or names something that is missing from what is there.
fn stands(document: &Value, field: &str) -> bool {
    let holder = field.rsplit_once('/').map_or("", |(holder, _)| holder);
    document.pointer(field).is_some() || document.pointer(holder).is_some_and(Value::is_object)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_spoilt_event_is_read_or_refused(which in any::<Index>(), how in prop::collection::vec(spoils(), 1..4)) {
        let mut value = which.get(&samples()).clone();
        for how in &how {
            spoil(&mut value, how);
        }
        let Value::Object(object) = &value else { return Ok(()) };
        match epcis::read(object, &Namespaces::default(), "") {
            Ok(event) => {
                let written = event.standalone();
                let again = epcis::read(written.as_object().unwrap(), &Namespaces::default(), "");
                prop_assert_eq!(again.as_ref(), Ok(&event), "{}", written);
                prop_assert_eq!(epcis::hash(&again.unwrap(), &[]), epcis::hash(&event, &[]));
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in &problems {
                    prop_assert!(stands(&value, &problem.field), "{problem} in {value}");
                }
            }
        }
    }

    #[test]
    fn a_spoilt_document_is_read_or_refused(agreed: bool, how in prop::collection::vec(spoils(), 1..3)) {
        let mut value: Value = serde_json::from_str(if agreed { AGREED } else { TEXT }).unwrap();
        for how in &how {
            spoil(&mut value, how);
        }
        let (sound, problems) = outcome(value.to_string().as_bytes());
        prop_assert!(sound > 0 || !problems.is_empty() || value["epcisBody"]["eventList"] == json!([]));
        for problem in &problems {
            prop_assert!(stands(&value, &problem.field), "{problem} in {value}");
        }
    }

    #[test]
    fn spoilt_bytes_do_not_break_the_reader(
        at in any::<Index>(), length in 0_usize..4, new in prop::collection::vec(any::<u8>(), 0..4), cut: bool,
    ) {
        let mut bytes = AGREED.as_bytes().to_vec();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, new);
        }
        let (sound, problems) = outcome(&bytes);
        prop_assert!(sound == 9 || !problems.is_empty() || sound > 0);
        // The door and a reader of JSON agree on what is no JSON.
        if serde_json::from_slice::<Value>(&bytes).is_err() {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn any_bytes_are_no_danger(bytes in prop::collection::vec(any::<u8>(), 0..200), start in "[ \\[{\"]{0,4}") {
        let bytes = [start.as_bytes(), &bytes].concat();
        if let Ok(events) = Documents::open(Cursor::new(bytes)) {
            events.for_each(drop);
        }
    }
}

//! What an event is about: which members each type of event has, and which of them it must have (EPCIS 2.0 §7.4.1.2–6).

use serde_json::{Map, Value};

use super::Reading;
use crate::events::epcis::model::{Action, QuantityElement, Things, What};
use crate::events::epcis::syntax::member;
use crate::events::epcis::uom;
use crate::kernel::Problem;

/// The five types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventType {
    Object,
    Aggregation,
    Transaction,
    Transformation,
    Association,
}

impl EventType {
    pub(super) const ALL: [Self; 5] =
        [Self::Object, Self::Aggregation, Self::Transaction, Self::Transformation, Self::Association];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Object => "ObjectEvent",
            Self::Aggregation => "AggregationEvent",
            Self::Transaction => "TransactionEvent",
            Self::Transformation => "TransformationEvent",
            Self::Association => "AssociationEvent",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text)
    }

    /// The members beside those that all events have.
    pub(super) fn members(self) -> impl Iterator<Item = &'static str> {
        let own: &[&str] = match self {
            Self::Object => &["action", "epcList", "quantityList", "persistentDisposition", "ilmd"],
            Self::Aggregation | Self::Association => {
                &["action", "parentID", "childEPCs", "childQuantityList"]
            }
            Self::Transaction => &["action", "parentID", "epcList", "quantityList"],
            Self::Transformation => &[
                "transformationID",
                "inputEPCList",
                "inputQuantityList",
                "outputEPCList",
                "outputQuantityList",
                "persistentDisposition",
                "ilmd",
            ],
        };
        let shared = [
            "bizStep",
            "disposition",
            "readPoint",
            "bizLocation",
            "bizTransactionList",
            "sourceList",
            "destinationList",
            "sensorElementList",
        ];
        own.iter().copied().chain(shared)
    }
}

pub(super) fn read(
    reading: &mut Reading<'_>,
    kind: EventType,
    object: &Map<String, Value>,
    at: &str,
) -> Option<What> {
    if kind == EventType::Transformation {
        return transformation(reading, object, at);
    }
    let action = reading.required(object, at, "action", action);
    let list = match kind {
        EventType::Object | EventType::Transaction => ("epcList", "quantityList"),
        _ => ("childEPCs", "childQuantityList"),
    };
    let things = things(reading, object, at, list);
    // Where bonds end, no things means all of them.
    let ends = action == Some(Action::Delete);
    let none_said = things.as_ref().is_some_and(Things::is_empty);
    let lacks = |reading: &mut Reading<'_>| {
        let problem = Problem::new("epcis_things_missing").arg("first", list.0).arg("second", list.1);
        reading.refuse(&member(at, list.0), problem);
    };
    if kind == EventType::Object {
        let measured = object.get("sensorElementList").and_then(Value::as_array);
        let measured = measured.is_some_and(|list| !list.is_empty()) && object.contains_key("readPoint");
        if none_said && !measured {
            lacks(reading);
        }
        return Some(What::Object { action: action?, things: things? });
    }
    let parent = reading.optional(object, at, "parentID", Reading::uri);
    let has_parent = object.contains_key("parentID");
    match kind {
        EventType::Transaction => {
            let listed = object.get("bizTransactionList");
            if listed.is_none() {
                reading.missing::<()>(&member(at, "bizTransactionList"), "bizTransactionList");
            } else if listed.and_then(Value::as_array).is_some_and(Vec::is_empty) {
                reading.refuse(&member(at, "bizTransactionList"), Problem::new("epcis_list_empty"));
            }
            // Where the parent says it all, GS1's schema still wants the list.
            if none_said && !ends && !(has_parent && object.contains_key("epcList")) {
                lacks(reading);
            }
            Some(What::Transaction { action: action?, parent, things: things? })
        }
        EventType::Aggregation => {
            if none_said && !ends {
                lacks(reading);
            }
            if !has_parent && action.is_some_and(|action| action != Action::Observe) {
                reading.missing::<()>(&member(at, "parentID"), "parentID");
            }
            Some(What::Aggregation { action: action?, parent, children: things? })
        }
        _ => {
            if none_said && !ends {
                lacks(reading);
            }
            if !has_parent {
                reading.missing::<()>(&member(at, "parentID"), "parentID");
            }
            Some(What::Association { action: action?, parent: parent?, children: things? })
        }
    }
}

fn transformation(reading: &mut Reading<'_>, object: &Map<String, Value>, at: &str) -> Option<What> {
    let id = reading.optional(object, at, "transformationID", Reading::uri);
    let sides = [("inputEPCList", "inputQuantityList"), ("outputEPCList", "outputQuantityList")];
    let [inputs, outputs] = sides.map(|list| things(reading, object, at, list));
    let mut lacking = Vec::new();
    for (side, list) in [&inputs, &outputs].into_iter().zip(sides) {
        if side.as_ref().is_some_and(Things::is_empty) {
            lacking.push(list);
        }
    }
    // Under a common id, one event may tell the inputs and another the outputs.
    let enough = if object.contains_key("transformationID") { lacking.len() < 2 } else { lacking.is_empty() };
    if !enough {
        for (first, second) in lacking {
            let problem = Problem::new("epcis_things_missing").arg("first", first).arg("second", second);
            reading.refuse(&member(at, first), problem);
        }
    }
    Some(What::Transformation { id, inputs: inputs?, outputs: outputs? })
}

fn action(reading: &mut Reading<'_>, value: &Value, at: &str) -> Option<Action> {
    let text = reading.text(value, at)?;
    let action = Action::parse(text);
    if action.is_none() {
        reading.refuse(at, Problem::new("epcis_action_unknown").value(text));
    }
    action
}

/// Reads a list of EPCs and a list of quantities; nothing where one of them, or anything in it, is wrong.
fn things(
    reading: &mut Reading<'_>,
    object: &Map<String, Value>,
    at: &str,
    (epcs, quantities): (&str, &str),
) -> Option<Things> {
    let uri = |reading: &mut Reading<'_>, value: &Value, at: &str| {
        reading.uri(value, at).map(|uri| (uri, at.to_owned()))
    };
    let epcs = all(reading, object, at, epcs, uri);
    let epcs = epcs.map(|(list, whole)| (reading.once(list, String::as_str), whole));
    let quantities = all(reading, object, at, quantities, quantity);
    let ((epcs, first_whole), (quantities, second_whole)) = (epcs?, quantities?);
    (first_whole && second_whole).then_some(Things { epcs, quantities })
}

/// The items of a list that may be absent, and whether none of them was refused.
fn all<T>(
    reading: &mut Reading<'_>,
    object: &Map<String, Value>,
    at: &str,
    name: &str,
    each: impl FnMut(&mut Reading<'_>, &Value, &str) -> Option<T>,
) -> Option<(Vec<T>, bool)> {
    let Some(value) = object.get(name) else { return Some((Vec::new(), true)) };
    let read = reading.list(value, &member(at, name), each)?;
    let whole = value.as_array().map(Vec::len) == Some(read.len());
    Some((read, whole))
}

fn quantity(reading: &mut Reading<'_>, value: &Value, at: &str) -> Option<QuantityElement> {
    let object = reading.object(value, at)?;
    reading.only(object, at, &["epcClass", "quantity", "uom"]);
    let class = reading.required(object, at, "epcClass", Reading::uri);
    let uom = reading.optional(object, at, "uom", |reading, value, at| {
        let code = reading.text(value, at)?;
        let checked = uom::check(code).map(|()| code.to_owned());
        reading.keep(checked, at)
    });
    let quantity = reading.optional(object, at, "quantity", |reading, value, at| {
        let number = reading.number(value, at)?;
        let amount = number.as_f64().unwrap_or_default();
        if amount < 0.0 {
            reading.refuse(at, Problem::new("epcis_quantity_negative").value(number.to_string()));
        } else if amount.fract() != 0.0 && !object.contains_key("uom") {
            reading.refuse(at, Problem::new("epcis_count_fraction").value(number.to_string()));
        }
        Some(number)
    });
    if uom.is_some() && !object.contains_key("quantity") {
        reading.missing::<()>(&member(at, "quantity"), "quantity");
    }
    Some(QuantityElement { class: class?, quantity, uom })
}

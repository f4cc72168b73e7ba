//! From an event to JSON that is valid against GS1's schema. Members come in the order of their names, so that the same event
//! always gives the same text.

use serde_json::{Map, Value, json};

use super::model::{Action, ErrorDeclaration, Event, Location, QuantityElement, Things, What};
use super::sensor::{SensorElement, SensorFields};
use super::word::Word;
use crate::kernel::{Moment, Offset};

/// Members under way: what is absent or empty is left out.
#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn maybe(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn list<T>(&mut self, name: &str, items: &[T], write: impl Fn(&T) -> Value) {
        if !items.is_empty() {
            self.put(name, items.iter().map(write).collect::<Vec<_>>());
        }
    }

    fn things(&mut self, things: &Things, epcs: &str, quantities: &str) {
        self.list(epcs, &things.epcs, |uri| uri.as_str().into());
        self.list(quantities, &things.quantities, quantity);
    }
}

impl Event {
    /// The event as JSON, as it stands in the list of a document.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut to = Members(self.extensions.clone());
        to.put("type", self.what.name());
        to.maybe("eventID", self.id.as_deref());
        to.put("eventTime", self.time.to_rfc3339_at(self.offset));
        to.put("eventTimeZoneOffset", self.offset.to_string());
        to.maybe("recordTime", self.record_time.map(Moment::to_rfc3339));
        to.maybe("errorDeclaration", self.error.as_ref().map(|error| declaration(error, self.offset)));
        to.list("certificationInfo", &self.certification, |uri| uri.as_str().into());
        self.what.write(&mut to);
        to.maybe("bizStep", self.biz_step.as_ref().map(Word::as_str));
        to.maybe("disposition", self.disposition.as_ref().map(Word::as_str));
        to.maybe(
            "persistentDisposition",
            self.persistent_disposition.as_ref().map(|persistent| {
                let mut to = Members::default();
                to.list("set", &persistent.set, |word| word.as_str().into());
                to.list("unset", &persistent.unset, |word| word.as_str().into());
                to.0
            }),
        );
        to.maybe("readPoint", self.read_point.as_ref().map(location));
        to.maybe("bizLocation", self.biz_location.as_ref().map(location));
        to.list("bizTransactionList", &self.transactions, |paper| {
            let mut to = Members::default();
            to.maybe("type", paper.kind.as_ref().map(Word::as_str));
            to.put("bizTransaction", paper.id.as_str());
            to.0.into()
        });
        to.list("sourceList", &self.sources, |one| json!({ "type": one.kind.as_str(), "source": one.id }));
        to.list(
            "destinationList",
            &self.destinations,
            |one| json!({ "type": one.kind.as_str(), "destination": one.id }),
        );
        to.list("sensorElementList", &self.sensors, sensor);
        to.maybe("ilmd", self.ilmd.clone());
        to.0
    }

    /// The event as JSON that stands alone, under the context that its words are read in.
    #[must_use]
    pub fn standalone(&self) -> Value {
        let mut event = self.to_json();
        event.insert("@context".to_owned(), self.namespaces.context());
        event.into()
    }
}

impl What {
    fn write(&self, to: &mut Members) {
        to.maybe("action", self.action().map(Action::as_str));
        match self {
            Self::Object { things, .. } => to.things(things, "epcList", "quantityList"),
            Self::Aggregation { parent, children, .. } => {
                to.maybe("parentID", parent.as_deref());
                to.things(children, "childEPCs", "childQuantityList");
            }
            Self::Transaction { parent, things, .. } => {
                to.maybe("parentID", parent.as_deref());
                to.things(things, "epcList", "quantityList");
                // GS1's schema wants a list, even where the parent says it all.
                if things.is_empty() {
                    to.put("epcList", Vec::<Value>::new());
                }
            }
            Self::Transformation { id, inputs, outputs } => {
                to.maybe("transformationID", id.as_deref());
                to.things(inputs, "inputEPCList", "inputQuantityList");
                to.things(outputs, "outputEPCList", "outputQuantityList");
            }
            Self::Association { parent, children, .. } => {
                to.put("parentID", parent.as_str());
                to.things(children, "childEPCs", "childQuantityList");
            }
        }
    }
}

fn quantity(element: &QuantityElement) -> Value {
    let mut to = Members::default();
    to.put("epcClass", element.class.as_str());
    to.maybe("quantity", element.quantity.clone());
    to.maybe("uom", element.uom.as_deref());
    to.0.into()
}

fn location(location: &Location) -> Value {
    let mut to = Members(location.extensions.clone());
    to.put("id", location.id.as_str());
    to.0.into()
}

fn declaration(error: &ErrorDeclaration, offset: Offset) -> Value {
    let mut to = Members(error.extensions.clone());
    to.put("declarationTime", error.time.to_rfc3339_at(offset));
    to.maybe("reason", error.reason.as_ref().map(Word::as_str));
    to.list("correctiveEventIDs", &error.corrective, |id| id.as_str().into());
    to.0.into()
}

fn sensor(element: &SensorElement) -> Value {
    let mut to = Members(element.extensions.clone());
    to.maybe("sensorMetadata", element.metadata.as_ref().map(SensorFields::members));
    to.list("sensorReport", &element.reports, |report| report.members().into());
    to.0.into()
}

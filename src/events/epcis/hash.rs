//! The event hash of CBV 2.0 (§8.9.2): an id that everybody computes alike from what an event says.
//!
//! The text that is hashed holds every member in the order of the standard as `name=value`, without anything between: lists and
//! extensions sorted, times in UTC to the millisecond, numbers without idle zeros, words and compact names written out,
//! identifiers of GS1 as constrained canonical Digital Links. `eventID`, `recordTime`, `errorDeclaration` and `certificationInfo`
//! are left out, so that an event that is declared wrong keeps the hash of the event that it repeats.
//!
//! The reference generator (in Python, 1.9.3) was the oracle of the hashes in the tests. Where it differs, this follows the text:
//! - it hashes `certificationInfo` and puts `parentID` before `epcList`; the order of the standard has neither (nor have the
//!   sources of the generator since);
//! - it puts `bizTransactionList`, `destinationList` and `sourceList` behind the sensors, with `ilmd` in between; the standard has
//!   them, in the order transactions, sources, destinations, before the sensors;
//! - it puts extensions within `readPoint`, `sensorReport` and the like to their place only when their namespace ends in `/`;
//! - it writes true as `True` and null as `None`; XML, which must give the same hash, has `true`, and nothing;
//! - it rounds a half millisecond to the even one; the text rounds it up;
//! - it looks for bare words in the values of extensions too, and knows no prefix that GS1's context declares;
//! - it takes numbers of restricted circulation for identifiers, which they are in one shop only: their URIs are hashed as they
//!   stand;
//! - it reads texts with an exponent as numbers, which makes of the lot `1E5` the lot `100000`.
//!
//! The order of the standard has no place for `bizRules` in a sensor report; it stands where `sensorMetadata` has it.

use serde_json::{Map, Number, Value};

use super::model::{Event, Location, Things, What};
use super::names::Namespaces;
use super::sensor::{Holds, METADATA, REPORT, SensorElement, SensorFields};
use super::word::{Vocabulary, Word};
use crate::kernel::identifier::Identifier;
use crate::kernel::{Moment, Offset, Sha256Hash};

/// The id of an event that has none: `ni:///sha-256;<64 hexadecimal digits>?ver=CBV2.0`. `own_hosts` are those of this registry.
#[must_use]
pub fn hash(event: &Event, own_hosts: &[&str]) -> String {
    format!("ni:///sha-256;{}?ver=CBV2.0", Sha256Hash::of(pre_hash(event, own_hosts).as_bytes()))
}

/// The text whose hash it is.
#[must_use]
pub fn pre_hash(event: &Event, own_hosts: &[&str]) -> String {
    let mut to = Text { names: &event.namespaces, own_hosts, written: String::new() };
    to.pair("eventType", event.what.name());
    to.pair("eventTime", &moment(event.time));
    to.pair("eventTimeZoneOffset", &event.offset.to_string());
    to.what(&event.what);
    to.maybe_word("bizStep", event.biz_step.as_ref(), Vocabulary::BizStep);
    to.maybe_word("disposition", event.disposition.as_ref(), Vocabulary::Disposition);
    if let Some(persistent) = &event.persistent_disposition {
        to.written.push_str("persistentDisposition");
        for (name, words) in [("set", &persistent.set), ("unset", &persistent.unset)] {
            let pairs = words.iter().map(|word| format!("{name}={}", word.uri(Vocabulary::Disposition)));
            to.sorted("", pairs.collect());
        }
    }
    to.location("readPoint", event.read_point.as_ref());
    to.location("bizLocation", event.biz_location.as_ref());
    let papers = event.transactions.iter().map(|paper| {
        let vocabulary = Vocabulary::BizTransactionType;
        to.typed(paper.kind.as_ref(), vocabulary, "bizTransaction", &paper.id)
    });
    let papers = papers.collect();
    let kind = Vocabulary::SourceDestinationType;
    let sources =
        event.sources.iter().map(|one| to.typed(Some(&one.kind), kind, "source", &one.id)).collect();
    let destinations = event
        .destinations
        .iter()
        .map(|one| to.typed(Some(&one.kind), kind, "destination", &one.id))
        .collect();
    to.sorted("bizTransactionList", papers);
    to.sorted("sourceList", sources);
    to.sorted("destinationList", destinations);
    let sensors = event.sensors.iter().map(|element| to.sensor(element)).collect();
    to.sorted("sensorElementList", sensors);
    if let Some(ilmd) = &event.ilmd {
        to.written.push_str("ilmd");
        to.extensions(ilmd);
    }
    to.extensions(&event.extensions);
    to.written
}

/// The text under way.
struct Text<'e> {
    names: &'e Namespaces,
    own_hosts: &'e [&'e str],
    written: String,
}

impl Text<'_> {
    fn pair(&mut self, name: &str, value: &str) {
        self.written.push_str(name);
        self.written.push('=');
        self.written.push_str(value);
    }

    fn maybe_word(&mut self, name: &str, word: Option<&Word>, vocabulary: Vocabulary) {
        if let Some(word) = word {
            self.pair(name, &word.uri(vocabulary));
        }
    }

    /// The parts of a list, in the order of their bytes, behind its name; an empty list leaves no trace.
    fn sorted(&mut self, name: &str, mut parts: Vec<String>) {
        if !parts.is_empty() {
            parts.sort_unstable();
            self.written.push_str(name);
            self.written.extend(parts);
        }
    }

    fn what(&mut self, what: &What) {
        match what {
            What::Object { things, .. } => {
                self.epcs("epcList", things);
                self.quantities("quantityList", things);
            }
            What::Transaction { parent, things, .. } => {
                self.epcs("epcList", things);
                self.parent(parent.as_deref());
                self.quantities("quantityList", things);
            }
            What::Aggregation { parent, children, .. } => {
                self.parent(parent.as_deref());
                self.children(children);
            }
            What::Association { parent, children, .. } => {
                self.parent(Some(parent));
                self.children(children);
            }
            What::Transformation { id, inputs, outputs } => {
                self.epcs("inputEPCList", inputs);
                self.quantities("inputQuantityList", inputs);
                self.epcs("outputEPCList", outputs);
                self.quantities("outputQuantityList", outputs);
                if let Some(id) = id {
                    let id = self.value(id);
                    self.pair("transformationID", &id);
                }
            }
        }
        if let Some(action) = what.action() {
            self.pair("action", action.as_str());
        }
    }

    fn parent(&mut self, parent: Option<&str>) {
        if let Some(parent) = parent {
            let parent = self.value(parent);
            self.pair("parentID", &parent);
        }
    }

    fn children(&mut self, children: &Things) {
        self.epcs("childEPCs", children);
        self.quantities("childQuantityList", children);
    }

    fn epcs(&mut self, name: &str, things: &Things) {
        let parts = things.epcs.iter().map(|uri| format!("epc={}", self.value(uri))).collect();
        self.sorted(name, parts);
    }

    fn quantities(&mut self, name: &str, things: &Things) {
        let parts = things.quantities.iter().map(|element| {
            let mut part = format!("quantityElementepcClass={}", self.value(&element.class));
            if let Some(quantity) = &element.quantity {
                part.push_str("quantity=");
                part.push_str(&number(quantity));
            }
            if let Some(uom) = &element.uom {
                part.push_str("uom=");
                part.push_str(uom);
            }
            part
        });
        let parts = parts.collect();
        self.sorted(name, parts);
    }

    fn location(&mut self, name: &str, location: Option<&Location>) {
        if let Some(location) = location {
            let id = self.value(&location.id);
            self.written.push_str(name);
            self.pair("id", &id);
            self.extensions(&location.extensions);
        }
    }

    fn typed(&self, kind: Option<&Word>, vocabulary: Vocabulary, name: &str, id: &str) -> String {
        let kind = kind.map(|kind| format!("type={}", kind.uri(vocabulary))).unwrap_or_default();
        format!("{kind}{name}={}", self.value(id))
    }

    fn sensor(&self, element: &SensorElement) -> String {
        let mut to = Text { written: "sensorElement".to_owned(), ..*self };
        if let Some(metadata) = &element.metadata {
            to.written.push_str("sensorMetadata");
            to.fields(metadata, &METADATA);
        }
        let reports = element.reports.iter().map(|report| {
            let mut to = Text { written: "sensorReport".to_owned(), ..*self };
            to.fields(report, &REPORT);
            to.written
        });
        to.sorted("", reports.collect());
        to.extensions(&element.extensions);
        to.written
    }

    fn fields(&mut self, fields: &SensorFields, table: &[(&str, Holds)]) {
        for (name, holds) in table {
            let Some(value) = fields.fields.get(*name) else { continue };
            let value = match (holds, value) {
                (Holds::Time, Value::String(text)) => {
                    Moment::parse(text).map_or_else(|_| text.clone(), moment)
                }
                (Holds::Word(vocabulary), Value::String(text)) => Word::read(text, *vocabulary, self.names)
                    .map_or_else(|_| text.clone(), |word| word.uri(*vocabulary)),
                (_, value) => self.scalar(value).unwrap_or_default(),
            };
            self.pair(name, &value);
        }
        self.extensions(&fields.extensions);
    }

    /// Members beyond the standard, in the order of their text.
    fn extensions(&mut self, members: &Map<String, Value>) {
        let parts = self.members(members);
        self.sorted("", parts);
    }

    fn members(&self, members: &Map<String, Value>) -> Vec<String> {
        let mut parts = Vec::new();
        for (name, value) in members {
            let name = self.name(name);
            match value {
                // Each item of a list is a member of its own, as it is in XML.
                Value::Array(items) => parts.extend(items.iter().map(|item| self.member(&name, item))),
                value => parts.push(self.member(&name, value)),
            }
        }
        parts
    }

    fn member(&self, name: &str, value: &Value) -> String {
        match value {
            Value::Object(members) => {
                let mut parts = self.members(members);
                parts.sort_unstable();
                format!("{name}{}", parts.concat())
            }
            Value::Array(items) => {
                let mut parts: Vec<_> = items.iter().map(|item| self.member("", item)).collect();
                parts.sort_unstable();
                format!("{name}{}", parts.concat())
            }
            value => match self.scalar(value).filter(|text| !text.is_empty()) {
                Some(text) => format!("{name}={text}"),
                None => name.to_owned(),
            },
        }
    }

    fn scalar(&self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(self.value(text)),
            Value::Number(value) => Some(number(value)),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// `{namespace}local` where the name has a namespace.
    fn name(&self, name: &str) -> String {
        if let Some((iri, local)) = self.names.split(name) {
            return format!("{{{iri}}}{local}");
        }
        match name.rfind(['/', '#', ':']).and_then(|end| name.split_at_checked(end + 1)) {
            Some((namespace, local)) => format!("{{{namespace}}}{local}"),
            None => name.to_owned(),
        }
    }

    /// A text in its one form: trimmed, compact names and words written out, numbers plain, identifiers as Digital Links.
    fn value(&self, text: &str) -> String {
        let text = text.trim();
        if let Some(plain) = plain_number(text) {
            return plain;
        }
        let uri = self.names.expand(text);
        if let Some(word) = Vocabulary::written_out(&uri) {
            return word;
        }
        match Identifier::parse(&uri, self.own_hosts) {
            // A number of this registry means nothing to others, who hash the URI as it stands.
            Err(_) | Ok(Identifier::Product { .. }) => uri.into_owned(),
            // The characters that Digital Links need not encode stand as they are.
            Ok(identifier) => {
                let name = identifier.name().replace("%27", "'").replace("%3B", ";").replace("%3D", "=");
                format!("https://id.gs1.org/{name}")
            }
        }
    }
}

/// UTC, to the millisecond, a half rounded up.
fn moment(moment: Moment) -> String {
    let millis = (moment.micros() + 500).div_euclid(1000);
    let seconds = Moment::from_second(millis.div_euclid(1000)).to_rfc3339_at(Offset::UTC);
    format!("{}.{:03}Z", seconds.trim_end_matches("+00:00"), millis.rem_euclid(1000))
}

fn number(number: &Number) -> String {
    let text = match number.as_f64() {
        // Without an exponent, which the text of a number may have.
        Some(double) if !number.is_i64() && !number.is_u64() => double.to_string(),
        _ => number.to_string(),
    };
    plain_number(&text).unwrap_or(text)
}

/// A decimal number without a plus and without zeros that say nothing; nothing for all other text.
fn plain_number(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) if text.starts_with('-') => ("-", digits),
        Some(digits) => ("", digits),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    Some(match (whole, fraction) {
        ("0", "") => "0".to_owned(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

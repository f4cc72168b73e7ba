//! From JSON to an event, strictly, with all that is wrong with it at once.
//!
//! What must stay true: every problem stands at a JSON pointer that exists in what was given, or that names the member which is
//! missing; what GS1's schema refuses is refused here too; what is read can be written and read again without a change.

mod values;
mod what;

use serde_json::{Map, Value};

use super::model::{
    BizTransaction, Destination, ErrorDeclaration, Event, Location, PersistentDisposition, Source,
};
use super::names::Namespaces;
use super::sensor;
use super::syntax::{member, nearest, placed};
use super::word::{Vocabulary, Word};
use crate::kernel::{Problem, Problems};
use what::EventType;

/// The members that every event may have.
const COMMON: [&str; 8] = [
    "@context",
    "type",
    "eventID",
    "eventTime",
    "eventTimeZoneOffset",
    "recordTime",
    "errorDeclaration",
    "certificationInfo",
];

/// How many problems of one event are told: who gets so much wrong reads no further, and looking for what was meant takes time.
pub(super) const MOST_PROBLEMS: usize = 100;

/// Reads one event. `namespaces` are those of the document around it; its own `@context` goes before. `at` is the JSON pointer
/// of the event within the document, empty where it stands alone.
///
/// # Errors
/// Everything that is wrong, up to a hundred problems: `epcis_…`, and `moment_malformed`, `year_out_of_range`, `offset_malformed`, `text_too_long`.
pub fn read(value: &Map<String, Value>, namespaces: &Namespaces, at: &str) -> Result<Event, Problems> {
    let mut before = Problems::default();
    let mut namespaces = namespaces.clone();
    if let Some(context) = value.get("@context") {
        match Namespaces::of(context) {
            Ok(inner) => namespaces = namespaces.with(&inner),
            Err(problems) => {
                before.0.extend(problems.0.into_iter().map(|problem| {
                    let field = format!("{at}{}", problem.field);
                    placed(problem, &field)
                }));
            }
        }
    }
    let mut reading = Reading { namespaces: &namespaces, problems: before };
    let event = reading.event(value, at);
    let problems = reading.problems;
    match event {
        Some(event) if problems.is_empty() => Ok(Event { namespaces: namespaces.within_gs1(), ..event }),
        _ => Err(problems),
    }
}

/// A reading under way: the problems found so far. Whatever gives nothing has noted why.
pub(super) struct Reading<'a> {
    namespaces: &'a Namespaces,
    problems: Problems,
}

impl Reading<'_> {
    fn event(&mut self, object: &Map<String, Value>, at: &str) -> Option<Event> {
        let kind = self.event_type(object, at);
        let extensions = self.members(object, at, kind);
        // Set by whoever captures the event; it is looked at only so that nonsense is told.
        self.optional(object, at, "recordTime", Self::moment);
        let time = self.required(object, at, "eventTime", Self::moment);
        let offset = self.required(object, at, "eventTimeZoneOffset", Self::offset);
        let id = self.optional(object, at, "eventID", Self::uri);
        let error = self.optional(object, at, "errorDeclaration", Self::error);
        let certification =
            self.optional(object, at, "certificationInfo", |reading, value, at| match value {
                Value::Array(_) => reading.list(value, at, Self::uri),
                _ => reading.uri(value, at).map(|uri| vec![uri]),
            });
        let word = |vocabulary| {
            move |reading: &mut Self, value: &Value, at: &str| reading.word(value, at, vocabulary)
        };
        let biz_step = self.optional(object, at, "bizStep", word(Vocabulary::BizStep));
        let disposition = self.optional(object, at, "disposition", word(Vocabulary::Disposition));
        let persistent = self.optional(object, at, "persistentDisposition", Self::persistent);
        let read_point = self.optional(object, at, "readPoint", Self::location);
        let biz_location = self.optional(object, at, "bizLocation", Self::location);
        let transactions = self.optional(object, at, "bizTransactionList", |reading, value, at| {
            reading.list(value, at, |reading, value, at| {
                let (kind, id) =
                    reading.typed(value, at, "bizTransaction", Vocabulary::BizTransactionType)?;
                Some(BizTransaction { kind, id })
            })
        });
        let parties = |name: &'static str| {
            move |reading: &mut Self, value: &Value, at: &str| {
                reading.list(value, at, |reading, value, at| {
                    let (kind, id) = reading.typed(value, at, name, Vocabulary::SourceDestinationType)?;
                    Some((kind?, id))
                })
            }
        };
        let sources = self.optional(object, at, "sourceList", parties("source"));
        let destinations = self.optional(object, at, "destinationList", parties("destination"));
        let sensors = self.optional(object, at, "sensorElementList", |reading, value, at| {
            reading.list(value, at, sensor::element)
        });
        let ilmd = self.ilmd(object, at, kind);
        let what = kind.and_then(|kind| what::read(self, kind, object, at));
        Some(Event {
            id,
            time: time?,
            offset: offset?,
            record_time: None,
            error,
            certification: certification.unwrap_or_default(),
            what: what?,
            biz_step,
            disposition,
            persistent_disposition: persistent,
            read_point,
            biz_location,
            transactions: transactions.unwrap_or_default(),
            sources: sources.into_iter().flatten().map(|(kind, id)| Source { kind, id }).collect(),
            destinations: destinations
                .into_iter()
                .flatten()
                .map(|(kind, id)| Destination { kind, id })
                .collect(),
            sensors: sensors.unwrap_or_default(),
            ilmd,
            extensions,
            namespaces: Namespaces::default(),
        })
    }

    fn event_type(&mut self, object: &Map<String, Value>, at: &str) -> Option<EventType> {
        self.required(object, at, "type", |reading, value, at| {
            let text = reading.text(value, at)?;
            let found = EventType::parse(text);
            if found.is_none() {
                let nearest = nearest(text, EventType::ALL.into_iter().map(EventType::name));
                reading
                    .refuse(at, Problem::new("epcis_event_type_unknown").value(text).arg("nearest", nearest));
            }
            found
        })
    }

    /// Looks at every member's name, and gives those that EPCIS has no word for.
    fn members(
        &mut self,
        object: &Map<String, Value>,
        at: &str,
        kind: Option<EventType>,
    ) -> Map<String, Value> {
        let mut extensions = Map::new();
        for (name, value) in object {
            if self.is_full() {
                break;
            }
            let lawful = |kind: EventType| kind.members().any(|known| known == name);
            let here = || member(at, name);
            if COMMON.contains(&name.as_str())
                || kind.is_none_or(lawful) && EventType::ALL.into_iter().any(lawful)
            {
                continue;
            }
            if name.contains(':') {
                self.extension(name, &here());
                extensions.insert(name.clone(), value.clone());
            } else if let Some(kind) = kind.filter(|_| EventType::ALL.into_iter().any(lawful)) {
                let problem = Problem::new("epcis_member_misplaced").value(name).arg("event", kind.name());
                self.refuse(&here(), problem);
            } else {
                let known = COMMON.into_iter().chain(kind.into_iter().flat_map(EventType::members));
                let problem = Problem::new("epcis_member_unknown").value(name);
                self.refuse(&here(), problem.arg("nearest", nearest(name, known)));
            }
        }
        extensions
    }

    fn ilmd(
        &mut self,
        object: &Map<String, Value>,
        at: &str,
        kind: Option<EventType>,
    ) -> Option<Map<String, Value>> {
        let (value, here) = (object.get("ilmd")?, member(at, "ilmd"));
        let begins = object.get("action").is_some_and(|action| action == "ADD");
        if kind == Some(EventType::Object) && !begins {
            self.refuse(&here, Problem::new("epcis_ilmd_misplaced"));
        }
        let ilmd = self.object(value, &here)?;
        Some(self.extensions(ilmd, &here, &[]))
    }

    fn error(&mut self, value: &Value, at: &str) -> Option<ErrorDeclaration> {
        let object = self.object(value, at)?;
        let time = self.required(object, at, "declarationTime", Self::moment);
        let reason = self.optional(object, at, "reason", |reading, value, at| {
            reading.word(value, at, Vocabulary::ErrorReason)
        });
        let corrective = self.optional(object, at, "correctiveEventIDs", |reading, value, at| {
            reading.list(value, at, Self::uri)
        });
        let extensions = self.extensions(object, at, &["declarationTime", "reason", "correctiveEventIDs"]);
        Some(ErrorDeclaration { time: time?, reason, corrective: corrective.unwrap_or_default(), extensions })
    }

    fn persistent(&mut self, value: &Value, at: &str) -> Option<PersistentDisposition> {
        let object = self.object(value, at)?;
        self.only(object, at, &["set", "unset"]);
        let words = |reading: &mut Self, value: &Value, at: &str| {
            let words = reading.list(value, at, |reading, value, at| {
                reading.word(value, at, Vocabulary::Disposition).map(|word| (word, at.to_owned()))
            })?;
            if words.is_empty() {
                reading.refuse(at, Problem::new("epcis_list_empty"));
            }
            Some(reading.once(words, Word::as_str))
        };
        let set = self.optional(object, at, "set", words);
        let unset = self.optional(object, at, "unset", words);
        if !object.contains_key("set") && !object.contains_key("unset") {
            return self.missing(&member(at, "set"), "set");
        }
        Some(PersistentDisposition { set: set.unwrap_or_default(), unset: unset.unwrap_or_default() })
    }

    fn location(&mut self, value: &Value, at: &str) -> Option<Location> {
        let object = self.object(value, at)?;
        let id = self.required(object, at, "id", Self::uri);
        let extensions = self.extensions(object, at, &["id"]);
        Some(Location { id: id?, extensions })
    }

    /// `{ "type": …, "bizTransaction": … }` and its like. Only a business transaction may leave out its type.
    fn typed(
        &mut self,
        value: &Value,
        at: &str,
        name: &str,
        vocabulary: Vocabulary,
    ) -> Option<(Option<Word>, String)> {
        let object = self.object(value, at)?;
        self.only(object, at, &["type", name]);
        let word = |reading: &mut Self, value: &Value, at: &str| reading.word(value, at, vocabulary);
        let kind = if vocabulary == Vocabulary::BizTransactionType {
            self.optional(object, at, "type", word)
        } else {
            self.required(object, at, "type", word)
        };
        let id = self.required(object, at, name, Self::uri);
        Some((kind, id?))
    }
}

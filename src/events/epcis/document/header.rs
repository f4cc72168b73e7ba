//! The first walk through a document: its header, and where its events begin.

use std::io::Read;

use serde_json::{Map, Value};

use super::{Header, Kind};
use crate::events::epcis::names::{CONTEXT, Namespaces};
use crate::events::epcis::read::MOST_PROBLEMS;
use crate::events::epcis::scan::Scanner;
use crate::events::epcis::syntax::{member, nearest, placed};
use crate::kernel::canonical::{Limits, parse_strict};
use crate::kernel::{Moment, Problem, Problems};

/// Bytes of one member of the header.
const LARGEST_MEMBER: usize = 64 * 1024;

const BODY: &str = "/epcisBody";
const LIST: &str = "/epcisBody/eventList";
const RESULTS: &str = "/epcisBody/queryResults";
const RESULTS_BODY: &str = "/epcisBody/queryResults/resultsBody";
const RESULTS_LIST: &str = "/epcisBody/queryResults/resultsBody/eventList";

/// The members of a document's header that are kept.
const HEADER: [&str; 8] =
    ["@context", "type", "id", "schemaVersion", "creationDate", "instanceIdentifier", "sender", "receiver"];

/// A list of events: where it begins, and how many there are.
#[derive(Clone, Copy)]
struct Place {
    start: u64,
    events: usize,
}

/// What the first walk has seen.
#[derive(Default)]
pub(super) struct Seen {
    members: Map<String, Value>,
    others: Vec<String>,
    /// Names in the body that belong to one kind of document only, or to none, with the pointer of what holds them.
    inner: Vec<(&'static str, String)>,
    list: Option<Place>,
    results: Option<Place>,
    problems: Problems,
}

impl Seen {
    pub(super) fn member<R: Read>(&mut self, scanner: &mut Scanner<R>, name: &str) -> Result<(), Problem> {
        if HEADER.contains(&name) {
            let at = member("", name);
            if let Some(text) = scanner.keep(LARGEST_MEMBER)? {
                let read = parse_strict(&text, Limits::default()).map_err(|problem| placed(problem, &at))?;
                self.members.insert(name.to_owned(), read);
            } else {
                let problem = Problem::new("json_too_large").arg("count", LARGEST_MEMBER + 1);
                self.problems.push(placed(problem.arg("largest", LARGEST_MEMBER), &at));
            }
            return Ok(());
        }
        self.others.push(name.to_owned());
        if name == "epcisBody" { self.body(scanner, BODY) } else { scanner.pass() }
    }

    fn body<R: Read>(&mut self, scanner: &mut Scanner<R>, at: &'static str) -> Result<(), Problem> {
        if scanner.ahead()? != Some(b'{') {
            self.problems.push(placed(Problem::new("epcis_wrong_type").arg("expected", "object"), at));
            return scanner.pass();
        }
        scanner.object(|scanner, name| {
            self.inner.push((at, name.to_owned()));
            match (at, name) {
                (BODY, "queryResults") => self.body(scanner, RESULTS),
                (RESULTS, "resultsBody") => self.body(scanner, RESULTS_BODY),
                (BODY, "eventList") => {
                    self.list = self.events(scanner, LIST)?;
                    Ok(())
                }
                (RESULTS_BODY, "eventList") => {
                    self.results = self.events(scanner, RESULTS_LIST)?;
                    Ok(())
                }
                _ => scanner.pass(),
            }
        })
    }

    fn events<R: Read>(&mut self, scanner: &mut Scanner<R>, at: &str) -> Result<Option<Place>, Problem> {
        if scanner.ahead()? != Some(b'[') {
            self.problems.push(placed(Problem::new("epcis_wrong_type").arg("expected", "array"), at));
            scanner.pass()?;
            return Ok(None);
        }
        let mut place = Place { start: scanner.offset(), events: 0 };
        scanner.array(|scanner| {
            place.events += 1;
            scanner.skim()
        })?;
        Ok(Some(place))
    }

    /// The header, where its events begin, and the pointer of their list.
    pub(super) fn header(mut self) -> Result<(Header, u64, Option<&'static str>), Problems> {
        let kind = match self.members.get("type") {
            Some(Value::String(text)) if text == "EPCISDocument" => Kind::Document,
            Some(Value::String(text)) if text == "EPCISQueryDocument" => Kind::QueryDocument,
            // What has a body is a document, and hears that its type is wrong; all else is read as an event.
            Some(Value::String(text)) if self.others.iter().any(|name| name == "epcisBody") => {
                let nearest = nearest(text, ["EPCISDocument", "EPCISQueryDocument"]);
                self.refuse(
                    "/type",
                    Problem::new("epcis_document_type_unknown").value(text).arg("nearest", nearest),
                );
                return Err(self.problems);
            }
            Some(Value::String(_)) => Kind::Event,
            Some(_) => {
                self.refuse("/type", Problem::new("epcis_wrong_type").arg("expected", "string"));
                return Err(self.problems);
            }
            None => {
                self.missing("/type", "type");
                return Err(self.problems);
            }
        };
        if kind == Kind::Event {
            let header = Header {
                kind,
                schema_version: None,
                created: None,
                namespaces: Namespaces::default(),
                events: 1,
            };
            // Everything in it, and its own context, is read with the event; only a member too large to look at stops it here.
            return self.problems.finish().map(|()| (header, 0, None));
        }
        let namespaces = self.context();
        self.names(kind, &namespaces);
        let schema_version = self.schema_version(kind);
        let created = self.created(kind);
        for name in ["id", "instanceIdentifier", "sender", "receiver"] {
            if self.members.get(name).is_some_and(|value| !value.is_string()) {
                self.refuse(&member("", name), Problem::new("epcis_wrong_type").arg("expected", "string"));
            }
        }
        let (place, list) = self.place(kind);
        self.problems.finish()?;
        let place = place.unwrap_or(Place { start: 0, events: 0 });
        let header = Header { kind, schema_version, created, namespaces, events: place.events };
        Ok((header, place.start, Some(list)))
    }

    fn context(&mut self) -> Namespaces {
        let read = self.members.get("@context").map(Namespaces::of);
        match read {
            Some(Ok(namespaces)) if namespaces.names_gs1() => return namespaces,
            Some(Err(problems)) => self.problems.0.extend(problems.0),
            _ => {
                let problem = Problem::new("epcis_context_missing").arg("address", CONTEXT);
                self.refuse("/@context", problem);
            }
        }
        Namespaces::default()
    }

    /// Looks at the names in the document and its body.
    fn names(&mut self, kind: Kind, namespaces: &Namespaces) {
        let document = ["@context", "type", "schemaVersion", "creationDate", "id", "epcisBody"];
        let capture = ["instanceIdentifier", "sender", "receiver", "epcisHeader"];
        let known: Vec<&str> = match kind {
            Kind::Document => document.into_iter().chain(capture).collect(),
            _ => document.into(),
        };
        let names = self.members.keys().chain(&self.others).map(|name| ("", name));
        let inner = self.inner.iter().map(|(at, name)| (*at, name));
        let mut wrong = Vec::new();
        for (at, name) in names.chain(inner) {
            let known: &[&str] = match (at, kind) {
                ("", _) => &known,
                (BODY, Kind::Document) => &["eventList"],
                (BODY, _) => &["queryResults"],
                (RESULTS, Kind::QueryDocument) => &["queryName", "subscriptionID", "resultsBody"],
                (RESULTS_BODY, Kind::QueryDocument) => &["eventList", "vocabularyList"],
                // What holds it is wrong already.
                _ => continue,
            };
            if known.contains(&name.as_str()) {
                continue;
            }
            if wrong.len() == MOST_PROBLEMS {
                break;
            }
            let problem = if name.contains(':') {
                namespaces.check(name).err()
            } else {
                let nearest = nearest(name, known.iter().copied());
                Some(Problem::new("epcis_member_unknown").value(name).arg("nearest", nearest))
            };
            wrong.extend(problem.map(|problem| placed(problem, &member(at, name))));
        }
        self.problems.0.extend(wrong);
    }

    fn schema_version(&mut self, kind: Kind) -> Option<String> {
        match self.members.get("schemaVersion") {
            Some(Value::String(text)) => {
                let text = text.clone();
                let patch = text.strip_prefix("2.0.");
                let digits =
                    |patch: &str| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit());
                if text != "2.0" && !patch.is_some_and(digits) {
                    self.refuse("/schemaVersion", Problem::new("epcis_version_unsupported").value(&text));
                }
                Some(text)
            }
            Some(_) => {
                self.refuse("/schemaVersion", Problem::new("epcis_wrong_type").arg("expected", "string"));
                None
            }
            None => {
                if kind == Kind::Document {
                    self.missing("/schemaVersion", "schemaVersion");
                }
                None
            }
        }
    }

    fn created(&mut self, kind: Kind) -> Option<Moment> {
        let at = "/creationDate";
        match self.members.get("creationDate") {
            Some(Value::String(text)) => match Moment::parse(text) {
                Ok(moment) => return Some(moment),
                Err(problem) => self.refuse(at, problem),
            },
            Some(_) => self.refuse(at, Problem::new("epcis_wrong_type").arg("expected", "string")),
            None if kind == Kind::Document => self.missing(at, "creationDate"),
            None => {}
        }
        None
    }

    /// The list of events, and its pointer.
    fn place(&mut self, kind: Kind) -> (Option<Place>, &'static str) {
        let has = |seen: &Self, at: &str, name: &str| {
            seen.inner.iter().any(|(within, inner)| *within == at && inner == name)
        };
        if !self.others.iter().any(|name| name == "epcisBody") {
            self.missing(BODY, "epcisBody");
            return (None, LIST);
        }
        if kind == Kind::Document {
            if self.body_is_object(BODY) && !has(self, BODY, "eventList") {
                self.missing(LIST, "eventList");
            }
            return (self.list, LIST);
        }
        let path = [
            (BODY, "queryResults"),
            (RESULTS, "queryName"),
            (RESULTS, "resultsBody"),
            (RESULTS_BODY, "eventList"),
        ];
        for (at, name) in path {
            if self.body_is_object(at) && !has(self, at, name) {
                self.missing(&member(at, name), name);
                // What would stand below is missing with it.
                if name != "queryName" {
                    break;
                }
            }
        }
        (self.results, RESULTS_LIST)
    }

    /// Whether no problem stands at a part of the body already.
    fn body_is_object(&self, at: &str) -> bool {
        !self.problems.iter().any(|problem| at.starts_with(&problem.field) && !problem.field.is_empty())
    }

    fn missing(&mut self, at: &str, name: &str) {
        self.refuse(at, Problem::new("epcis_member_missing").arg("member", name));
    }

    fn refuse(&mut self, at: &str, problem: Problem) {
        self.problems.push(placed(problem, at));
    }
}

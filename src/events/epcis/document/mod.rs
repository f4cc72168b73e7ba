//! Documents of events, of any size: an `EPCISDocument`, an `EPCISQueryDocument`, or a single event.
//!
//! A document is walked through twice: first for its header, because the context may stand after the body, then event by event.
//! What must stay true: at no time is more of it in memory than its header and one event; what is no JSON is known before the
//! first event is given out; each problem has the JSON pointer at which it stands in the document.
//!
//! ```
//! use nguongoc::events::epcis::Documents;
//! let text = r#"{
//!   "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-23T08:30:00Z",
//!   "epcisBody": { "eventList": [{ "type": "Event" }] },
//!   "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
//! }"#;
//! let mut events = Documents::open(std::io::Cursor::new(text)).unwrap();
//! assert_eq!(events.header().events, 1);
//! let problems = events.next().unwrap().unwrap_err();
//! assert_eq!(problems.0[0].field, "/epcisBody/eventList/0/type");
//! assert!(events.next().is_none());
//! ```

mod header;

use std::io::{Read, Seek, SeekFrom};

use serde_json::Value;

use super::model::Event;
use super::names::Namespaces;
use super::read;
use super::scan::Scanner;
use super::syntax::placed;
use crate::kernel::canonical::{Limits, parse_strict};
use crate::kernel::{Moment, Problem, Problems};
use header::Seen;

/// Bytes of one event.
const LARGEST_EVENT: usize = 1 << 20;
/// What kind of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Events for capture (`EPCISDocument`).
    Document,
    /// Events that a query found (`EPCISQueryDocument`).
    QueryDocument,
    /// One event without a document around it. It needs no context: GS1's words are known without.
    Event,
}

/// What a document says before its events.
#[derive(Clone, Debug)]
pub struct Header {
    /// What it is.
    pub kind: Kind,
    /// `2.0`, `2.0.1` …; an event, and a query's answer, may leave it out.
    pub schema_version: Option<String>,
    /// When it was made.
    pub created: Option<Moment>,
    /// Its context.
    pub namespaces: Namespaces,
    /// How many events it has.
    pub events: usize,
}

/// The events of a document, one at a time: its place in the list from 0, the text as it came, the event as it was understood.
/// What is wrong with one event does not end the others.
pub struct Documents<R> {
    header: Header,
    scanner: Scanner<R>,
    /// The JSON pointer of the list; none where the document is one event.
    list: Option<&'static str>,
    given: usize,
}

impl<R: Read + Seek> Documents<R> {
    /// Walks through a document for its header.
    ///
    /// # Errors
    /// All that is wrong with the header: `epcis_…`, `moment_malformed`, `year_out_of_range`; or what keeps the text from being JSON:
    /// `json_malformed`, `json_duplicate_name`, `json_too_deep`, `json_too_large`, `epcis_byte_order_mark`,
    /// `epcis_document_unreadable`.
    pub fn open(mut source: R) -> Result<Self, Problems> {
        let unreadable = |_| Problem::new("epcis_document_unreadable");
        source.rewind().map_err(unreadable)?;
        let mut scanner = Scanner::new(&mut source, 0);
        let mut seen = Seen::default();
        scanner.begin()?;
        if scanner.ahead()?.is_some_and(|first| first != b'{') {
            scanner.pass()?;
            scanner.end()?;
            return Err(Problem::new("epcis_wrong_type").arg("expected", "object").into());
        }
        scanner.object(|scanner, name| seen.member(scanner, name))?;
        scanner.end()?;
        let (header, start, list) = seen.header()?;
        source.seek(SeekFrom::Start(start)).map_err(unreadable)?;
        Ok(Self { header, scanner: Scanner::new(source, start), list, given: 0 })
    }
}

impl<R> Documents<R> {
    /// What the document says before its events.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }
}

impl<R: Read> Documents<R> {
    /// The text of the next event.
    fn step(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        if self.list.is_some() {
            let separator = if self.given == 0 { b'[' } else { b',' };
            if !self.scanner.eat(separator)? {
                return Err(self.scanner.malformed());
            }
        }
        self.scanner.keep(LARGEST_EVENT)
    }

    fn event(&self, text: Option<Vec<u8>>, at: &str) -> Result<(usize, String, Event), Problems> {
        let place = self.given;
        let too_large =
            || Problem::new("json_too_large").arg("count", LARGEST_EVENT + 1).arg("largest", LARGEST_EVENT);
        let text = text.ok_or_else(|| placed(too_large(), at))?;
        let value = parse_strict(&text, Limits { bytes: LARGEST_EVENT, ..Limits::default() });
        let value = value.map_err(|problem| placed(problem, at))?;
        let Value::Object(object) = value else {
            return Err(placed(Problem::new("epcis_wrong_type").arg("expected", "object"), at).into());
        };
        let event = read(&object, &self.header.namespaces, at)?;
        let text =
            String::from_utf8(text).map_err(|_| placed(Problem::new("epcis_document_unreadable"), at))?;
        Ok((place, text, event))
    }
}

impl<R: Read> Iterator for Documents<R> {
    type Item = Result<(usize, String, Event), Problems>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.given >= self.header.events {
            return None;
        }
        let at = self.list.map(|list| format!("{list}/{}", self.given)).unwrap_or_default();
        let item = match self.step() {
            Ok(text) => self.event(text, &at),
            // The first walk found it sound: the file was changed, or is no longer there.
            Err(problem) => {
                self.header.events = 0;
                Err(placed(problem, &at).into())
            }
        };
        self.given += 1;
        Some(item)
    }
}

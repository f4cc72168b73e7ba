//! What is asked for, and what is found.

use super::pattern::Pattern;
use crate::accounts::{Identity, Role};
use crate::events::epcis::Namespaces;
use crate::kernel::{Cursor, EventId, Moment, PartyId, Problem};
use serde_json::{Map, Value};

/// A question: all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// What events must fulfil; each of them.
    pub conditions: Vec<Condition>,
    /// In which order they are told.
    pub order: Order,
    /// No more than so many (`eventCountLimit`).
    pub limit: Option<u64>,
    /// If there are more, the question is too large (`maxEventCount`).
    pub most: Option<u64>,
}

/// What events must fulfil.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The column holds one of the values.
    Is(Column, Vec<String>),
    /// The place is one of these, or lies in it.
    Within(Column, Vec<String>),
    /// The time is from a moment on, or before it.
    From(Time, Moment),
    /// The time is before a moment.
    Before(Time, Moment),
    /// The event speaks of a thing of these names.
    Speaks(Roles, Vec<Pattern>),
    /// A further value, under one of these names.
    Has(Vec<String>, Test),
    /// It declares another one wrong.
    DeclaresError,
}

/// A column of the journal that is asked for by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The type.
    Type,
    /// The eventID.
    EventId,
    /// The action.
    Action,
    /// The business step.
    BizStep,
    /// The disposition.
    Disposition,
    /// The place where it happened.
    ReadPoint,
    /// The place where the goods are from then on.
    BizLocation,
}

/// A time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Time {
    /// When it happened.
    #[default]
    Event,
    /// When it was recorded.
    Record,
}

/// Which of the things that an event names are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// What they are to the event.
    pub wanted: Want,
    /// Goods by class and quantity, or things one by one; both where nothing is said.
    pub classes: Option<bool>,
}

/// What a thing is to the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// What the event is about, or what lies in a parent.
    Object,
    /// The parent.
    Parent,
    /// What went in.
    Input,
    /// What came out.
    Output,
    /// Any of them.
    Any,
}

/// What a further value must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// One of these, as text or as number.
    OneOf(Vec<String>, Vec<f64>),
    /// A number in this relation to another.
    Number(Comparison, f64),
    /// There, whatever it is.
    Exists,
}

/// A relation of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
}

/// In which order events are told: those of one time by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Order {
    /// By which time.
    pub by: Time,
    /// The latest first, unless this is set.
    pub ascending: bool,
}

/// Whose events may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All: the authority's.
    All,
    /// Those that a party recorded, that were recorded for it, or that went to it or came from it.
    Party(PartyId),
    /// None.
    Nothing,
}

impl Sight {
    /// What somebody may see.
    #[must_use]
    pub fn of(who: &Identity) -> Self {
        match who.party {
            Some(party) => Self::Party(party),
            None if matches!(who.role, Role::Inspector | Role::Officer | Role::Administrator) => Self::All,
            None => Self::Nothing,
        }
    }
}

/// A list of values that events hold (the top-level resources of the REST binding).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The types of events.
    EventTypes,
    /// The things that events speak of.
    Epcs,
    /// The business steps.
    BizSteps,
    /// The dispositions.
    Dispositions,
    /// The places where events happened.
    ReadPoints,
    /// The places where goods are after events.
    BizLocations,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::EventTypes,
        Self::Epcs,
        Self::BizSteps,
        Self::Dispositions,
        Self::ReadPoints,
        Self::BizLocations,
    ];

    /// The name in paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventTypes => "eventTypes",
            Self::Epcs => "epcs",
            Self::BizSteps => "bizSteps",
            Self::Dispositions => "dispositions",
            Self::ReadPoints => "readPoints",
            Self::BizLocations => "bizLocations",
        }
    }

    /// The parameter by which events of one value are asked for. Of a thing there are two: one by one, and by class.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::EventTypes => "eventType",
            Self::Epcs => "MATCH_anyEPC",
            Self::BizSteps => "EQ_bizStep",
            Self::Dispositions => "EQ_disposition",
            Self::ReadPoints => "EQ_readPoint",
            Self::BizLocations => "EQ_bizLocation",
        }
    }

    /// The column that holds the values, where it is one.
    #[must_use]
    pub const fn column(self) -> Option<Column> {
        match self {
            Self::EventTypes => Some(Column::Type),
            Self::BizSteps => Some(Column::BizStep),
            Self::Dispositions => Some(Column::Disposition),
            Self::ReadPoints => Some(Column::ReadPoint),
            Self::BizLocations => Some(Column::BizLocation),
            Self::Epcs => None,
        }
    }
}

/// An event that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The id of its row.
    pub id: EventId,
    /// The eventID.
    pub event_id: String,
    /// When it happened.
    pub time: Moment,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// The event as it was captured.
    pub epcis: String,
    /// The `@context` of the document that it came in.
    pub context: Option<String>,
}

impl Found {
    /// The event as it was captured, with its id and when it was recorded.
    #[must_use]
    pub fn event(&self) -> Map<String, Value> {
        let mut event: Map<String, Value> = serde_json::from_str(&self.epcis).unwrap_or_default();
        event.insert("recordTime".to_owned(), self.recorded_at.to_rfc3339().into());
        event.entry("eventID").or_insert_with(|| self.event_id.as_str().into());
        event
    }

    /// The context that the names of the event are read in, beside its own.
    #[must_use]
    pub fn context(&self) -> Value {
        let told = self.context.as_ref().and_then(|context| serde_json::from_str(context).ok());
        told.unwrap_or_else(|| Namespaces::default().context())
    }

    /// The same event by itself, under its context.
    #[must_use]
    pub fn standalone(&self) -> Map<String, Value> {
        let mut event = self.event();
        let namespaces = |context: &Value| Namespaces::of(context).unwrap_or_default();
        let context = match event.get("@context") {
            Some(own) => namespaces(&self.context()).with(&namespaces(own)).context(),
            None => self.context(),
        };
        event.insert("@context".to_owned(), context);
        event
    }

    /// Where a page that ends here goes on.
    #[must_use]
    pub fn cursor(&self, order: Order) -> (Moment, EventId) {
        match order.by {
            Time::Event => (self.time, self.id),
            Time::Record => (self.recorded_at, self.id),
        }
    }
}

/// Where the next page begins, and how many events it may still tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// After what.
    pub after: Cursor,
    /// How many are left of `eventCountLimit`.
    pub left: Option<u64>,
}

impl Token {
    /// Reads a `nextPageToken`.
    ///
    /// # Errors
    /// `cursor_malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (cursor, left) = match text.split_once('.') {
            Some((cursor, left)) => (cursor, Some(left)),
            None => (text, None),
        };
        let malformed = || Problem::new("cursor_malformed").value(text);
        let left = left.map(|left| left.parse().map_err(|_| malformed())).transpose()?;
        Ok(Self { after: Cursor::parse(cursor).map_err(|_| malformed())?, left })
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.after)?;
        match self.left {
            Some(left) => write!(f, ".{left}"),
            None => Ok(()),
        }
    }
}

//! An event as it is understood (EPCIS 2.0 §7): who, what, when, where, why and how, and what EPCIS has no word for.
//!
//! What must stay true: an event of these types can be written so that it is valid against GS1's schema; words of the Core
//! Business Vocabulary have one form, whichever of their three spellings came in.

use serde_json::{Map, Number, Value};

use super::names::Namespaces;
use super::sensor::SensorElement;
use super::word::Word;
use crate::kernel::{Moment, Offset, Quantity};

/// An event (EPCIS 2.0 §7.4.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `eventID`, a URI; none where the one who reports it gave none.
    pub id: Option<String>,
    /// When it happened.
    pub time: Moment,
    /// The offset of the place where it happened, which may differ from the one that the time was written with.
    pub offset: Offset,
    /// When the registry took it in. Never read from outside: whoever captures an event sets it.
    pub record_time: Option<Moment>,
    /// That an earlier event with the same id is wrong.
    pub error: Option<ErrorDeclaration>,
    /// Where certificates that matter to the event are found, as URIs.
    pub certification: Vec<String>,
    /// What it is about.
    pub what: What,
    /// What was being done.
    pub biz_step: Option<Word>,
    /// The state of the things from then on, until the next event.
    pub disposition: Option<Word>,
    /// States that stay until they are taken back.
    pub persistent_disposition: Option<PersistentDisposition>,
    /// Where it happened.
    pub read_point: Option<Location>,
    /// Where the things are from then on.
    pub biz_location: Option<Location>,
    /// Papers and deliveries that it belongs to.
    pub transactions: Vec<BizTransaction>,
    /// Whose the things were.
    pub sources: Vec<Source>,
    /// Whose the things will be.
    pub destinations: Vec<Destination>,
    /// What was measured.
    pub sensors: Vec<SensorElement>,
    /// Master data of what began, as given; the names have a declared prefix or are URIs.
    pub ilmd: Option<Map<String, Value>>,
    /// What EPCIS has no word for, as given; the names have a declared prefix or are URIs.
    pub extensions: Map<String, Value>,
    /// What the prefixes of the names stand for.
    pub namespaces: Namespaces,
}

/// What an event is about, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Something happened to things (`ObjectEvent`, §7.4.1.2).
    Object {
        /// Whether they began, were seen or ended.
        action: Action,
        /// The things; empty only where sensors speak of a place.
        things: Things,
    },
    /// Things were put into a parent, seen in it or taken out of it (`AggregationEvent`, §7.4.1.3).
    Aggregation {
        /// Into, in, or out.
        action: Action,
        /// What holds the children; none only where they were just seen together.
        parent: Option<String>,
        /// What is held; empty means all, where they are taken out.
        children: Things,
    },
    /// Things were tied to business transactions or untied (`TransactionEvent`, §7.4.1.4).
    Transaction {
        /// Tied, seen, untied.
        action: Action,
        /// What holds the things.
        parent: Option<String>,
        /// The things; empty means all, where they are untied.
        things: Things,
    },
    /// Inputs became outputs (`TransformationEvent`, §7.4.1.5).
    Transformation {
        /// Ties events together, each of which names a part of the inputs and outputs.
        id: Option<String>,
        /// What went in.
        inputs: Things,
        /// What came out.
        outputs: Things,
    },
    /// Things were attached to a thing or a place (`AssociationEvent`, §7.4.1.6).
    Association {
        /// Attached, seen, detached.
        action: Action,
        /// What they are attached to.
        parent: String,
        /// What is attached; empty means all, where they are detached.
        children: Things,
    },
}

impl What {
    /// The event's type, as `type` names it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Object { .. } => "ObjectEvent",
            Self::Aggregation { .. } => "AggregationEvent",
            Self::Transaction { .. } => "TransactionEvent",
            Self::Transformation { .. } => "TransformationEvent",
            Self::Association { .. } => "AssociationEvent",
        }
    }

    /// The action; a transformation has none.
    #[must_use]
    pub const fn action(&self) -> Option<Action> {
        match self {
            Self::Object { action, .. }
            | Self::Aggregation { action, .. }
            | Self::Transaction { action, .. }
            | Self::Association { action, .. } => Some(*action),
            Self::Transformation { .. } => None,
        }
    }
}

/// Began, seen, ended (EPCIS 2.0 §7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The things, or their bond, began.
    Add,
    /// They were seen.
    Observe,
    /// They ended.
    Delete,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 3] = [Self::Add, Self::Observe, Self::Delete];

    /// The word in events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Observe => "OBSERVE",
            Self::Delete => "DELETE",
        }
    }

    /// The action with this word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// Things one by one, and things by class and quantity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Things {
    /// Units and containers, as URIs; none twice.
    pub epcs: Vec<String>,
    /// Goods by class.
    pub quantities: Vec<QuantityElement>,
}

impl Things {
    /// Whether nothing is named.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.epcs.is_empty() && self.quantities.is_empty()
    }
}

/// Goods of one class (EPCIS 2.0 §7.3.3.3).
#[derive(Clone, Debug, PartialEq)]
pub struct QuantityElement {
    /// The class, as a URI: a lot, or a product.
    pub class: String,
    /// How much: at least zero, a whole number without a unit; absent where it is not known, or the lot is meant as a whole.
    pub quantity: Option<Number>,
    /// UN/CEFACT Recommendation 20; absent for pieces.
    pub uom: Option<String>,
}

impl QuantityElement {
    /// So much of a lot, or the lot as a whole.
    #[must_use]
    pub fn of(class: String, quantity: Option<Quantity>) -> Self {
        let (quantity, uom) = match quantity.map(Quantity::epcis) {
            Some((number, uom)) => (Some(number), uom.map(str::to_owned)),
            None => (None, None),
        };
        Self { class, quantity, uom }
    }
}

/// That an earlier event is wrong (EPCIS 2.0 §7.4.1.4): the old event is told again with this in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorDeclaration {
    /// When that was declared.
    pub time: Moment,
    /// Why.
    pub reason: Option<Word>,
    /// The ids of the events that say what is right.
    pub corrective: Vec<String>,
    /// What EPCIS has no word for.
    pub extensions: Map<String, Value>,
}

/// States that stay until they are taken back (EPCIS 2.0 §7.3.5.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersistentDisposition {
    /// States that hold from then on; none twice.
    pub set: Vec<Word>,
    /// States that no longer hold; none twice.
    pub unset: Vec<Word>,
}

/// A place.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// Its URI.
    pub id: String,
    /// What EPCIS has no word for.
    pub extensions: Map<String, Value>,
}

impl Location {
    /// The place with this URI.
    #[must_use]
    pub fn of(id: String) -> Self {
        Self { id, extensions: Map::new() }
    }
}

/// A paper or delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BizTransaction {
    /// The kind, such as `desadv`.
    pub kind: Option<Word>,
    /// Its URI.
    pub id: String,
}

/// Whose the things were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// `owning_party`, `possessing_party`, `location`, or a URI.
    pub kind: Word,
    /// The URI of the party or place.
    pub id: String,
}

/// Whose the things will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// `owning_party`, `possessing_party`, `location`, or a URI.
    pub kind: Word,
    /// The URI of the party or place.
    pub id: String,
}

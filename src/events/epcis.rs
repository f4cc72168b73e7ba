//! EPCIS 2.0 events as typed JSON (GS1 EPCIS 2.0, JSON/JSON-LD binding). Standard words of the Core Business Vocabulary are bare;
//! everything of the registry's own has the prefix `ng`, which each event declares.
//!
//! What must stay true: an event written from these types is valid against GS1's schema: `eventTime` and
//! `eventTimeZoneOffset` are always there, an `ObjectEvent` has an action and a list of what it is about, extension members and the
//! children of `ilmd` are named by a declared prefix, `uom` is a code of UN/CEFACT Recommendation 20.

use super::uri::VOCABULARY;
use crate::kernel::Quantity;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};

/// GS1's context of EPCIS 2.0.
pub const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// An event that stands alone, with the context that its words are read in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standalone {
    /// GS1's context, and the registry's prefix.
    #[serde(rename = "@context")]
    context: Value,
    /// The event.
    #[serde(flatten)]
    pub event: EpcisEvent,
}

impl Standalone {
    /// Puts `event` under its context.
    #[must_use]
    pub fn of(event: EpcisEvent) -> Self {
        Self { context: json!([CONTEXT, { "ng": VOCABULARY }]), event }
    }
}

/// The kinds of events; further ones take their place here.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum EpcisEvent {
    /// Something happened to objects (EPCIS 2.0 §7.4.1.2).
    ObjectEvent(Box<ObjectEvent>),
}

/// What every event has (EPCIS 2.0 §7.4.1.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Common {
    /// `urn:uuid:`
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// RFC 3339, at the offset below.
    pub event_time: String,
    /// `+07:00`
    pub event_time_zone_offset: String,
    /// When the registry took it in.
    pub record_time: String,
}

/// An object event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectEvent {
    /// What every event has.
    #[serde(flatten)]
    pub common: Common,
    /// Goods by class and quantity.
    #[serde(default)]
    pub quantity_list: Vec<QuantityElement>,
    /// Whether the objects began, were seen or ended.
    pub action: Action,
    /// The business step.
    pub biz_step: String,
    /// The state of the objects from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// Where it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_point: Option<Location>,
    /// Where the objects are from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biz_location: Option<Location>,
    /// Papers and deliveries that it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub biz_transaction_list: Vec<BizTransaction>,
    /// Whose they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_list: Vec<Source>,
    /// Whose they will be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destination_list: Vec<Destination>,
    /// Master data of the lot, fixed when it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ilmd: Option<Ilmd>,
    /// What EPCIS has no word for.
    #[serde(flatten)]
    pub own: Own,
}

/// Began, seen, ended (EPCIS 2.0 §7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// The objects began.
    Add,
    /// The objects were seen.
    Observe,
    /// The objects ended.
    Delete,
}

/// Goods of one class.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuantityElement {
    /// The class: here always a lot.
    pub epc_class: String,
    /// How much; absent where the lot is meant as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Number>,
    /// UN/CEFACT Recommendation 20; absent for pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
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
        Self { epc_class: class, quantity, uom }
    }
}

/// A place by its URI.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Location {
    /// The URI.
    pub id: String,
}

/// A paper or delivery.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BizTransaction {
    /// The kind, such as `desadv`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its URI.
    pub biz_transaction: String,
}

/// Whose the goods were.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Source {
    /// `owning_party`
    #[serde(rename = "type")]
    pub kind: String,
    /// The party's URI.
    pub source: String,
}

/// Whose the goods will be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Destination {
    /// `owning_party`
    #[serde(rename = "type")]
    pub kind: String,
    /// The party's URI.
    pub destination: String,
}

/// Master data of a lot.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ilmd {
    /// The harvest day, `YYYY-MM-DD`.
    #[serde(rename = "ng:harvestDate")]
    pub harvest_date: String,
    /// The plot, greenhouse or other place where it grew, as a URI.
    #[serde(rename = "ng:origin")]
    pub origin: String,
    /// The variety.
    #[serde(rename = "ng:variety", skip_serializing_if = "Option::is_none")]
    pub variety: Option<String>,
}

/// What the registry says beyond EPCIS.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Own {
    /// The party whose act it is; none for the authority.
    #[serde(rename = "ng:party", skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// The party that entered it on behalf of the other.
    #[serde(rename = "ng:recordedBy", skip_serializing_if = "Option::is_none")]
    pub recorded_by: Option<String>,
    /// The party on whose behalf it was entered.
    #[serde(rename = "ng:onBehalfOf", skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// The mandate under which that was done.
    #[serde(rename = "ng:mandate", skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
    /// How well it is proved.
    #[serde(rename = "ng:evidenceGrade")]
    pub grade: String,
    /// `day` where the hour is a stand-in.
    #[serde(rename = "ng:timePrecision", skip_serializing_if = "Option::is_none")]
    pub time_precision: Option<String>,
    /// The contents of one pack.
    #[serde(rename = "ng:packSize", skip_serializing_if = "Option::is_none")]
    pub pack_size: Option<Measure>,
    /// The last day of use, `YYYY-MM-DD`.
    #[serde(rename = "ng:useBy", skip_serializing_if = "Option::is_none")]
    pub use_by: Option<String>,
    /// Why the authority acted.
    #[serde(rename = "ng:reason", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A number with its unit, in the registry's own members.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measure {
    /// How much.
    #[serde(rename = "ng:value")]
    pub value: Number,
    /// UN/CEFACT Recommendation 20; absent for pieces.
    #[serde(rename = "ng:uom", skip_serializing_if = "Option::is_none")]
    pub uom: Option<String>,
}

impl From<Quantity> for Measure {
    fn from(quantity: Quantity) -> Self {
        let (value, uom) = quantity.epcis();
        Self { value, uom: uom.map(str::to_owned) }
    }
}

//! What the registry itself says in events beyond EPCIS: members with the prefix `ng`, which each of its events declares.

use crate::kernel::Quantity;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

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

impl Ilmd {
    /// As members of an event's `ilmd`.
    #[must_use]
    pub fn members(&self) -> Map<String, Value> {
        members(self)
    }
}

/// What the registry says beyond EPCIS.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Own {
    /// The registry's own word for what was done.
    #[serde(rename = "ng:step", skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
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
    /// What a release let pass: each rule, and the event that breaches it.
    #[serde(rename = "ng:letPass", skip_serializing_if = "Vec::is_empty")]
    pub let_pass: Vec<String>,
    /// The stopped lots in spite of which a release let go what was made of them.
    #[serde(rename = "ng:letGo", skip_serializing_if = "Vec::is_empty")]
    pub let_go: Vec<String>,
}

impl Own {
    /// As members of an event.
    #[must_use]
    pub fn members(&self) -> Map<String, Value> {
        members(self)
    }
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

/// Plain structs of texts and numbers always become an object.
fn members(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

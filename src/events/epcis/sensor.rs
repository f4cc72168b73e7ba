//! What sensors say (EPCIS 2.0 §7.3.8): one table of members gives reading, writing and the order of the hash.

use serde_json::{Map, Value};

use super::read::Reading;
use super::syntax::{member, nearest};
use super::word::Vocabulary;
use crate::kernel::{Moment, Problem};

/// Reports of one or several sensors, with what they have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorElement {
    /// What the reports have in common (`sensorMetadata`).
    pub metadata: Option<SensorFields>,
    /// What was measured; at least one (`sensorReport`).
    pub reports: Vec<SensorFields>,
    /// What EPCIS has no word for.
    pub extensions: Map<String, Value>,
}

/// The members of a `sensorMetadata` or a `sensorReport`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SensorFields {
    /// GS1's members, by name, each of the type that the standard gives it. Words are bare where they are GS1's, URIs have their
    /// prefix written out, times are text as given.
    pub fields: Map<String, Value>,
    /// What EPCIS has no word for.
    pub extensions: Map<String, Value>,
}

impl SensorFields {
    /// What is measured: a bare word such as `Temperature`, or a URI.
    #[must_use]
    pub fn measures(&self) -> Option<&str> {
        self.fields.get("type")?.as_str()
    }

    /// The measured value, in the unit beside it.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.fields.get("value")?.as_f64()
    }

    /// The unit (UN/CEFACT Recommendation 20).
    #[must_use]
    pub fn uom(&self) -> Option<&str> {
        self.fields.get("uom")?.as_str()
    }

    /// When it was measured.
    #[must_use]
    pub fn time(&self) -> Option<Moment> {
        Moment::parse(self.fields.get("time")?.as_str()?).ok()
    }

    /// All members, as they stand in an event.
    #[must_use]
    pub fn members(&self) -> Map<String, Value> {
        self.fields.clone().into_iter().chain(self.extensions.clone()).collect()
    }
}

/// What a member holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Time,
    Uri,
    Word(Vocabulary),
    Decimal,
    Text,
    Flag,
    Hex,
}

/// The members of `sensorMetadata`, in the order of the hash.
pub(super) const METADATA: [(&str, Holds); 8] = [
    ("time", Holds::Time),
    ("startTime", Holds::Time),
    ("endTime", Holds::Time),
    ("deviceID", Holds::Uri),
    ("deviceMetadata", Holds::Uri),
    ("rawData", Holds::Uri),
    ("dataProcessingMethod", Holds::Uri),
    ("bizRules", Holds::Uri),
];

/// The members of `sensorReport`, in the order of the hash. The order of CBV 2.0 has no place for `bizRules` here; it stands
/// where `sensorMetadata` has it.
pub(super) const REPORT: [(&str, Holds); 24] = [
    ("type", Holds::Word(Vocabulary::Measurement)),
    ("exception", Holds::Word(Vocabulary::Alert)),
    ("deviceID", Holds::Uri),
    ("deviceMetadata", Holds::Uri),
    ("rawData", Holds::Uri),
    ("dataProcessingMethod", Holds::Uri),
    ("bizRules", Holds::Uri),
    ("time", Holds::Time),
    ("microorganism", Holds::Uri),
    ("chemicalSubstance", Holds::Uri),
    ("value", Holds::Decimal),
    ("component", Holds::Word(Vocabulary::Component)),
    ("stringValue", Holds::Text),
    ("booleanValue", Holds::Flag),
    ("hexBinaryValue", Holds::Hex),
    ("uriValue", Holds::Uri),
    ("minValue", Holds::Decimal),
    ("maxValue", Holds::Decimal),
    ("meanValue", Holds::Decimal),
    ("sDev", Holds::Decimal),
    ("percRank", Holds::Decimal),
    ("percValue", Holds::Decimal),
    ("uom", Holds::Text),
    ("coordinateReferenceSystem", Holds::Uri),
];

/// Reads an element of a `sensorElementList`.
pub(super) fn element(reading: &mut Reading<'_>, value: &Value, at: &str) -> Option<SensorElement> {
    let object = reading.object(value, at)?;
    let metadata = object.get("sensorMetadata").map(|metadata| {
        let at = member(at, "sensorMetadata");
        reading.object(metadata, &at).map(|metadata| fields(reading, metadata, &at, &METADATA))
    });
    let here = member(at, "sensorReport");
    let reports = match object.get("sensorReport") {
        None => reading.missing(&here, "sensorReport"),
        Some(list) => reading.list(list, &here, |reading, report, at| {
            let report = reading.object(report, at)?;
            if !report.contains_key("type") {
                reading.missing::<()>(&member(at, "type"), "type");
            }
            Some(fields(reading, report, at, &REPORT))
        }),
    };
    if reports.as_ref().is_some_and(Vec::is_empty) {
        reading.refuse(&here, Problem::new("epcis_list_empty"));
    }
    let extensions = reading.extensions(object, at, &["sensorMetadata", "sensorReport"]);
    Some(SensorElement { metadata: metadata.flatten(), reports: reports?, extensions })
}

fn fields(
    reading: &mut Reading<'_>,
    object: &Map<String, Value>,
    at: &str,
    table: &[(&str, Holds)],
) -> SensorFields {
    let mut read = SensorFields::default();
    for (name, value) in object {
        if reading.is_full() {
            break;
        }
        let at = member(at, name);
        if let Some((_, holds)) = table.iter().find(|(known, _)| known == name) {
            if let Some(value) = field(reading, value, &at, *holds) {
                read.fields.insert(name.clone(), value);
            }
        } else if name.contains(':') {
            reading.extension(name, &at);
            read.extensions.insert(name.clone(), value.clone());
        } else {
            let nearest = nearest(name, table.iter().map(|(known, _)| *known));
            reading.refuse(&at, Problem::new("epcis_member_unknown").value(name).arg("nearest", nearest));
        }
    }
    read
}

fn field(reading: &mut Reading<'_>, value: &Value, at: &str, holds: Holds) -> Option<Value> {
    match holds {
        Holds::Time => {
            reading.moment(value, at)?;
            Some(value.clone())
        }
        Holds::Uri => reading.uri(value, at).map(Value::from),
        Holds::Word(vocabulary) => reading.word(value, at, vocabulary).map(|word| word.as_str().into()),
        Holds::Decimal => reading.number(value, at).map(Value::from),
        Holds::Text => reading.text(value, at).map(Value::from),
        Holds::Flag if value.is_boolean() => Some(value.clone()),
        Holds::Flag => reading.wrong_type(at, "true, false"),
        Holds::Hex => {
            let text = reading.text(value, at)?;
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                reading.refuse(at, Problem::new("epcis_hex_malformed").value(text));
                return None;
            }
            Some(text.into())
        }
    }
}

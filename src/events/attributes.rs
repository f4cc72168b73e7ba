//! By what an event may be asked for beyond its columns: papers, sources and destinations, states that stay, error declarations,
//! master data and extensions, and what sensors say.
//!
//! What must stay true: the names here are those that `query` asks by; two spellings of one value become one row, so that it is
//! found by either; no row is too long for an index of either database.

use super::epcis::{Event, Namespaces, SensorElement, SensorFields, Things, What};
use super::store::Attribute;
use crate::kernel::{Day, Moment, Sha256Hash, identifier};
use serde_json::{Map, Value};

/// The longest name or value that is stored as it is, in bytes: name, value and id together must fit into one page of an index.
const LONGEST: usize = 1024;

/// Where an extension stands, as the standard's parameters name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    /// In the event itself.
    Event,
    /// In the master data.
    Ilmd,
    /// In the error declaration.
    ErrorDeclaration,
    /// In the read point.
    ReadPoint,
    /// In the business location.
    BizLocation,
    /// In a sensor element.
    SensorElement,
    /// In what the reports of a sensor element have in common.
    SensorMetadata,
    /// In a report of a sensor.
    SensorReport,
}

impl Field {
    /// All of them; the event itself last, because its name in parameters is empty.
    pub(super) const ALL: [Self; 8] = [
        Self::Ilmd,
        Self::ErrorDeclaration,
        Self::ReadPoint,
        Self::BizLocation,
        Self::SensorElement,
        Self::SensorMetadata,
        Self::SensorReport,
        Self::Event,
    ];

    /// How a parameter names it, before the name of the extension.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Event => "",
            Self::Ilmd => "ILMD_",
            Self::ErrorDeclaration => "ERROR_DECLARATION_",
            Self::ReadPoint => "readPoint_",
            Self::BizLocation => "bizLocation_",
            Self::SensorElement => "SENSORELEMENT_",
            Self::SensorMetadata => "SENSORMETADATA_",
            Self::SensorReport => "SENSORREPORT_",
        }
    }

    /// The name of the rows of an extension: `inner` where it stands within another one.
    pub(super) fn name(self, inner: bool, iri: &str) -> String {
        short(format!("{}{} {iri}", if inner { "INNER_" } else { "" }, self.prefix()))
    }
}

/// The name of the rows of typed values, such as `source owning_party`. What has no type has an empty one.
pub(super) fn typed(kind: &str, word: &str) -> String {
    short(format!("{kind} {word}"))
}

/// The name of the rows of a measured value, in a base unit.
pub(super) fn measured(field: &str, unit: &str) -> String {
    format!("measured {field} {unit}")
}

/// The name of the rows of a member of sensors.
pub(super) fn sensed(field: &str) -> String {
    format!("sensor {field}")
}

/// A name or value in the form in which it is stored: itself, or a hash of what is too long or cannot be stored.
pub(super) fn short(text: String) -> String {
    if text.len() <= LONGEST && !text.contains('\0') {
        text
    } else {
        format!("sha-256 {}", Sha256Hash::of(text.as_bytes()))
    }
}

/// A value as a number that can be compared: numbers as they are, times as microseconds.
pub(super) fn number_of(text: &str) -> Option<f64> {
    if let Ok(moment) = Moment::parse(text) {
        return Some(micros(moment));
    }
    if let Ok(day) = Day::parse(text) {
        return Some(micros(day.start()));
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse::<f64>().ok().filter(|number| plain && number.is_finite())
}

/// Microseconds of our times are far below 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of the years 1 to 9999 lie within 2^58; those of our times within 2^53"
)]
pub(super) fn micros(moment: Moment) -> f64 {
    moment.micros() as f64
}

/// A number as text: the same for `5`, `5.0` and `5e0`.
pub(super) fn plain(number: f64) -> String {
    number.to_string()
}

/// A value in a unit, in the unit that all units of its kind are compared in; rounded, so that what is the same in two units is equal.
pub(super) fn in_base<'u>(field: &str, value: f64, unit: &'u str) -> (f64, &'u str) {
    let (factor, offset, base) = match unit {
        "CEL" => (1.0, 273.15, "KEL"),
        "FAH" => (5.0 / 9.0, 459.67 * 5.0 / 9.0, "KEL"),
        "MGM" => (1e-6, 0.0, "KGM"),
        "GRM" => (1e-3, 0.0, "KGM"),
        "TNE" => (1e3, 0.0, "KGM"),
        "LBR" => (0.453_592_37, 0.0, "KGM"),
        "MMT" => (1e-3, 0.0, "MTR"),
        "CMT" => (1e-2, 0.0, "MTR"),
        "KMT" => (1e3, 0.0, "MTR"),
        "MLT" => (1e-3, 0.0, "LTR"),
        "MTQ" => (1e3, 0.0, "LTR"),
        "HPA" | "MBR" => (1e2, 0.0, "PAL"),
        "KPA" => (1e3, 0.0, "PAL"),
        "BAR" => (1e5, 0.0, "PAL"),
        "MIN" => (60.0, 0.0, "SEC"),
        "HUR" => (3600.0, 0.0, "SEC"),
        "DAY" => (86_400.0, 0.0, "SEC"),
        _ => return (value, unit),
    };
    // A deviation is a difference: where the scale begins does not matter.
    let converted = value * factor + if field == "sDev" { 0.0 } else { offset };
    ((converted * 1e9).round() / 1e9, base)
}

/// Everything that an event may be asked for by, beside its columns and the things that it names.
#[must_use]
pub fn attributes(event: &Event) -> Vec<Attribute> {
    let mut rows = Rows { names: &event.namespaces, rows: Vec::new() };
    for paper in &event.transactions {
        let kind = paper.kind.as_ref().map_or("", |word| word.as_str());
        rows.uri(&typed("bizTransaction", kind), &paper.id);
    }
    for source in &event.sources {
        rows.uri(&typed("source", source.kind.as_str()), &source.id);
    }
    for destination in &event.destinations {
        rows.uri(&typed("destination", destination.kind.as_str()), &destination.id);
    }
    if let Some(persistent) = &event.persistent_disposition {
        for (name, words) in [("set", &persistent.set), ("unset", &persistent.unset)] {
            for word in words {
                rows.text(&typed("persistentDisposition", name), word.as_str());
            }
        }
    }
    for uri in &event.certification {
        rows.uri("certificationInfo", uri);
    }
    rows.what(&event.what);
    if let Some(error) = &event.error {
        rows.add("errorDeclarationTime", error.time.to_rfc3339(), Some(micros(error.time)));
        if let Some(reason) = &error.reason {
            rows.text("errorReason", reason.as_str());
        }
        for id in &error.corrective {
            rows.text("correctiveEventID", id);
        }
        rows.extensions(Field::ErrorDeclaration, &error.extensions);
    }
    let places = [(Field::ReadPoint, &event.read_point), (Field::BizLocation, &event.biz_location)];
    for (field, place) in places {
        if let Some(place) = place {
            rows.extensions(field, &place.extensions);
        }
    }
    for element in &event.sensors {
        rows.sensor(element);
    }
    if let Some(ilmd) = &event.ilmd {
        rows.extensions(Field::Ilmd, ilmd);
    }
    rows.extensions(Field::Event, &event.extensions);
    rows.rows
}

/// Rows under way.
struct Rows<'a> {
    names: &'a Namespaces,
    rows: Vec<Attribute>,
}

impl Rows<'_> {
    fn add(&mut self, name: &str, value: String, number: Option<f64>) {
        let row = Attribute { name: short(name.to_owned()), value: short(value), number };
        if !self.rows.contains(&row) {
            self.rows.push(row);
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        self.add(name, text.to_owned(), None);
    }

    /// By the name of what the URI means, so that every spelling finds it.
    fn uri(&mut self, name: &str, uri: &str) {
        self.add(name, identifier::name_of(uri, &[]), None);
    }

    fn what(&mut self, what: &What) {
        let lists: &[&Things] = match what {
            What::Object { things, .. } | What::Transaction { things, .. } => &[things],
            What::Aggregation { children, .. } | What::Association { children, .. } => &[children],
            What::Transformation { id, inputs, outputs } => {
                if let Some(id) = id {
                    self.uri("transformationID", id);
                }
                &[inputs, outputs]
            }
        };
        for element in lists.iter().flat_map(|things| &things.quantities) {
            if let Some(number) = element.quantity.as_ref().and_then(serde_json::Number::as_f64) {
                self.add("quantity", plain(number), Some(number));
                let unit = element.uom.as_deref().unwrap_or_default();
                let (number, base) = in_base("quantity", number, unit);
                self.add(&measured("quantity", base), plain(number), Some(number));
            }
        }
    }

    fn sensor(&mut self, element: &SensorElement) {
        self.text("sensorElementList", "");
        self.extensions(Field::SensorElement, &element.extensions);
        if let Some(metadata) = &element.metadata {
            self.sensor_fields(metadata, Field::SensorMetadata);
        }
        for report in &element.reports {
            self.sensor_fields(report, Field::SensorReport);
        }
    }

    fn sensor_fields(&mut self, fields: &SensorFields, field: Field) {
        self.extensions(field, &fields.extensions);
        let unit = fields.uom().unwrap_or_default();
        for (name, value) in &fields.fields {
            match value {
                Value::Number(number) => {
                    let Some(number) = number.as_f64() else { continue };
                    let (number, base) =
                        if name == "percRank" { (number, "") } else { in_base(name, number, unit) };
                    self.add(&measured(name, base), plain(number), Some(number));
                }
                Value::String(text) => {
                    let time = matches!(name.as_str(), "time" | "startTime" | "endTime");
                    let moment = Moment::parse(text).ok().filter(|_| time);
                    match moment {
                        Some(moment) => {
                            self.add(&sensed(name), moment.to_rfc3339(), Some(micros(moment)));
                        }
                        None => self.uri(&sensed(name), text),
                    }
                }
                Value::Bool(flag) => self.text(&sensed(name), if *flag { "true" } else { "false" }),
                Value::Null | Value::Array(_) | Value::Object(_) => {}
            }
        }
    }

    fn extensions(&mut self, field: Field, members: &Map<String, Value>) {
        for (name, value) in members {
            let iri = self.names.expand(name).into_owned();
            self.extension(field, false, &iri, value);
        }
    }

    /// The members of a value may be asked for too, as inner ones, however deep they stand.
    fn extension(&mut self, field: Field, inner: bool, iri: &str, value: &Value) {
        let name = field.name(inner, iri);
        match value {
            Value::Null => self.text(&name, ""),
            Value::Bool(flag) => self.text(&name, if *flag { "true" } else { "false" }),
            Value::Number(number) => {
                let number = number.as_f64();
                self.add(&name, number.map(plain).unwrap_or_default(), number);
            }
            Value::String(text) => {
                let text = self.names.expand(text);
                self.add(&name, text.clone().into_owned(), number_of(&text));
            }
            Value::Array(items) => {
                if items.is_empty() {
                    self.text(&name, "");
                }
                for item in items {
                    self.extension(field, inner, iri, item);
                }
            }
            Value::Object(members) => {
                // A value with its type, or a reference (JSON-LD).
                if let Some(value) = members.get("@value").or_else(|| members.get("@id")) {
                    return self.extension(field, inner, iri, value);
                }
                self.text(&name, "");
                for (name, value) in members.iter().filter(|(name, _)| !name.starts_with('@')) {
                    let iri = self.names.expand(name).into_owned();
                    self.extension(field, true, &iri, value);
                }
            }
        }
    }
}

//! From parameters to a question. Every problem names the parameter.

use super::model::{Column, Comparison, Condition, Order, Query, Resource, Roles, Test, Time, Want};
use super::pattern::{self, Pattern};
use crate::events::attributes::{Field, in_base, measured, number_of, plain, sensed, short, typed};
use crate::events::epcis::{Action, Namespaces, Vocabulary, Word};
use crate::kernel::{Moment, Problem, Problems, identifier};
use serde_json::{Map, Value};

/// The most values that all parameters of a question may have.
const MOST_VALUES: usize = 2000;

/// Members of sensors that are asked for by text.
const SENSED: [&str; 14] = [
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
    "microorganism",
    "chemicalSubstance",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "coordinateReferenceSystem",
    "component",
    "exception",
];

/// Members of sensors, and of things, that are measured in a unit.
const MEASURED: [&str; 7] = ["value", "minValue", "maxValue", "meanValue", "sDev", "percValue", "quantity"];

/// Schemes of URIs that are no prefixes.
const SCHEMES: [&str; 6] = ["http", "https", "urn", "tag", "did", "ni"];

/// Parameters by name, each with its values, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Vec<(String, Vec<String>)>);

impl Parameters {
    /// Those of a URL. A list is given by repeating the parameter, or with `,` or `|` between words and URIs.
    #[must_use]
    pub fn of_url(pairs: &[(String, String)]) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs {
            for value in split(name, value) {
                read.add(name, with_plus(value));
            }
        }
        read
    }

    /// Those of the `query` of a named query; its `@context` is read by [`Namespaces::of`].
    ///
    /// # Errors
    /// `epcis_wrong_type`.
    pub fn of_json(members: &Map<String, Value>) -> Result<Self, Problems> {
        let mut read = Self::default();
        let mut problems = Problems::default();
        for (name, value) in members.iter().filter(|(name, _)| name.as_str() != "@context") {
            let values = match value {
                Value::Array(values) => values.iter().map(text_of).collect(),
                value => text_of(value).map(|value| vec![value]),
            };
            match values {
                Some(values) => read.0.push((name.clone(), values)),
                None => problems
                    .push(Problem::new("epcis_wrong_type").arg("expected", "string, number, array").at(name)),
            }
        }
        problems.finish().map(|()| read)
    }

    /// The question for the events that hold one value of a resource.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub fn of_value(
        resource: Resource,
        value: &str,
        namespaces: &Namespaces,
        own_hosts: &[&str],
    ) -> Result<Condition, Problem> {
        let names = Namespaces::own().with(namespaces);
        let reading = Reading { names: &names, own_hosts };
        if resource == Resource::Epcs {
            let name = identifier::name_of(&names.expand(value), own_hosts);
            let roles = Roles { wanted: Want::Any, classes: None };
            return Ok(Condition::Speaks(roles, vec![Pattern::Name(name)]));
        }
        reading.condition(resource.parameter(), &[value.to_owned()])
    }

    /// Adds a value.
    pub fn add(&mut self, name: &str, value: impl Into<String>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value.into()),
            None => self.0.push((name.to_owned(), vec![value.into()])),
        }
    }

    /// Takes out the one value of a parameter.
    ///
    /// # Errors
    /// `query_one_value` when there are several.
    pub fn take(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let Some(place) = self.0.iter().position(|(known, _)| known == name) else { return Ok(None) };
        let (_, values) = self.0.remove(place);
        one(&values).map(|value| Some(value.to_owned())).map_err(|problem| problem.at(name))
    }

    /// Reads them as a question.
    ///
    /// # Errors
    /// A problem for each parameter that is not understood: `query_parameter_unknown`, `query_one_value`, `query_number_malformed`,
    /// `query_prefix_undeclared`, `query_uri_expected`, `query_word_unknown`, `query_too_many_values`, and those of what the
    /// values are.
    pub fn read(&self, namespaces: &Namespaces, own_hosts: &[&str]) -> Result<Query, Problems> {
        let names = Namespaces::own().with(namespaces);
        let reading = Reading { names: &names, own_hosts };
        let mut query = Query::default();
        let mut problems = Problems::default();
        if self.0.iter().map(|(_, values)| values.len()).sum::<usize>() > MOST_VALUES {
            problems.push(Problem::new("query_too_many_values").arg("most", MOST_VALUES));
            return Err(problems);
        }
        for (name, values) in &self.0 {
            problems.take(name, reading.parameter(&mut query, name, values));
        }
        if query.limit.is_some() && query.most.is_some() {
            problems.push(Problem::new("query_limits_exclude").at("maxEventCount"));
        }
        problems.finish().map(|()| query)
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        // A parameter that only asks whether something is there.
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The plus of an offset that was written into a URL as it is, and so became a space.
fn with_plus(value: &str) -> String {
    match value.rsplit_once(' ') {
        Some((moment, offset)) if Moment::parse(&format!("{moment}+{offset}")).is_ok() => {
            format!("{moment}+{offset}")
        }
        _ => value.to_owned(),
    }
}

/// Values of URIs and words apart. The comma may stand in a URI: it parts only where a URI begins after it.
fn split<'v>(name: &str, value: &'v str) -> Vec<&'v str> {
    let words =
        matches!(name, "eventType" | "EQ_action" | "EQ_bizStep" | "EQ_disposition" | "EQ_errorReason")
            || name.starts_with("EQ_persistentDisposition_");
    let uris = words
        || name.starts_with("MATCH_")
        || name.starts_with("WD_")
        || ["EQ_readPoint", "EQ_bizLocation", "EQ_eventID", "EQ_transformationID", "EQ_correctiveEventID"]
            .contains(&name)
        || ["EQ_source_", "EQ_destination_", "EQ_bizTransaction_"]
            .iter()
            .any(|start| name.starts_with(start));
    if !uris {
        return vec![value];
    }
    let mut parts = Vec::new();
    for part in value.split('|') {
        let mut rest = part;
        while let Some(place) = next_value(rest, words) {
            let (first, others) = rest.split_at_checked(place).unwrap_or((rest, ""));
            parts.push(first);
            rest = others.strip_prefix(',').unwrap_or(others);
        }
        parts.push(rest);
    }
    parts
}

fn next_value(text: &str, words: bool) -> Option<usize> {
    text.match_indices(',').map(|(place, _)| place).find(|place| {
        let after = text.get(place + 1..).unwrap_or_default();
        words || SCHEMES.iter().any(|scheme| after.starts_with(&format!("{scheme}:")))
    })
}

/// The prefixes of a `GS1-Extensions` header: `ng=urn:nguongoc:voc:,ex=https://example.com/epcis/`.
///
/// # Errors
/// Those of [`Namespaces::of`]; `query_extensions_malformed`.
pub fn extensions_header(text: &str) -> Result<Namespaces, Problems> {
    let mut prefixes = Map::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Some((prefix, iri)) = part.split_once('=') else {
            return Err(Problem::new("query_extensions_malformed").value(part).at("GS1-Extensions").into());
        };
        prefixes.insert(prefix.trim().to_owned(), iri.trim().into());
    }
    let refused = |problems: Problems| {
        Problems(
            problems.0.into_iter().map(|p| Problem { field: "GS1-Extensions".to_owned(), ..p }).collect(),
        )
    };
    Namespaces::of(&prefixes.into()).map_err(refused)
}

fn one(values: &[String]) -> Result<&str, Problem> {
    match values {
        [value] => Ok(value),
        _ => Err(Problem::new("query_one_value").arg("count", values.len())),
    }
}

fn count(values: &[String]) -> Result<u64, Problem> {
    let text = one(values)?;
    text.parse()
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| Problem::new("query_count_malformed").value(text))
}

fn moment(values: &[String]) -> Result<Moment, Problem> {
    Moment::parse(one(values)?)
}

fn number(text: &str) -> Result<f64, Problem> {
    number_of(text).ok_or_else(|| Problem::new("query_number_malformed").value(text))
}

/// A parameter under way.
struct Reading<'a> {
    names: &'a Namespaces,
    own_hosts: &'a [&'a str],
}

impl Reading<'_> {
    fn parameter(&self, query: &mut Query, name: &str, values: &[String]) -> Result<(), Problem> {
        match name {
            "orderBy" => query.order.by = order_by(one(values)?)?,
            "orderDirection" => query.order = Order { ascending: ascending(one(values)?)?, ..query.order },
            "eventCountLimit" => query.limit = Some(count(values)?),
            "maxEventCount" => query.most = Some(count(values)?),
            "queryName" if values == ["SimpleEventQuery"] => {}
            _ => {
                if values.is_empty() {
                    return Err(Problem::new("query_one_value").arg("count", 0));
                }
                query.conditions.push(self.condition(name, values)?);
            }
        }
        Ok(())
    }

    fn condition(&self, name: &str, values: &[String]) -> Result<Condition, Problem> {
        Ok(match name {
            "eventType" => Condition::Is(Column::Type, each(values, event_type)?),
            "EQ_action" => Condition::Is(Column::Action, each(values, action)?),
            "EQ_bizStep" => Condition::Is(Column::BizStep, self.words(values, Vocabulary::BizStep)?),
            "EQ_disposition" => {
                Condition::Is(Column::Disposition, self.words(values, Vocabulary::Disposition)?)
            }
            "EQ_readPoint" => Condition::Is(Column::ReadPoint, self.names(values)),
            "EQ_bizLocation" => Condition::Is(Column::BizLocation, self.names(values)),
            "WD_readPoint" => Condition::Within(Column::ReadPoint, self.names(values)),
            "WD_bizLocation" => Condition::Within(Column::BizLocation, self.names(values)),
            "EQ_eventID" => Condition::Is(Column::EventId, values.to_vec()),
            "GE_eventTime" => Condition::From(Time::Event, moment(values)?),
            "LT_eventTime" => Condition::Before(Time::Event, moment(values)?),
            "GE_recordTime" => Condition::From(Time::Record, moment(values)?),
            "LT_recordTime" => Condition::Before(Time::Record, moment(values)?),
            "EXISTS_errorDeclaration" => Condition::DeclaresError,
            "EXISTS_sensorElementList" => Condition::Has(vec!["sensorElementList".to_owned()], Test::Exists),
            "EQ_transformationID" => self.is_one_of("transformationID".to_owned(), values),
            "EQ_errorReason" => {
                let words = self.words(values, Vocabulary::ErrorReason)?;
                Condition::Has(vec!["errorReason".to_owned()], Test::OneOf(words, Vec::new()))
            }
            "EQ_correctiveEventID" => {
                let ids = values.iter().cloned().map(short).collect();
                Condition::Has(vec!["correctiveEventID".to_owned()], Test::OneOf(ids, Vec::new()))
            }
            "EQ_certificationInfo" => self.is_one_of("certificationInfo".to_owned(), values),
            "EQ_persistentDisposition_set" | "EQ_persistentDisposition_unset" => {
                let side = name.rsplit('_').next().unwrap_or_default();
                let words = self.words(values, Vocabulary::Disposition)?;
                Condition::Has(vec![typed("persistentDisposition", side)], Test::OneOf(words, Vec::new()))
            }
            _ => match name.split_once('_') {
                Some(("MATCH", what)) => self.speaks(name, what, values)?,
                Some((relation @ ("EQ" | "GT" | "GE" | "LT" | "LE" | "EXISTS"), what)) => {
                    self.further(name, relation, what, values)?
                }
                _ => return Err(unknown(name)),
            },
        })
    }

    fn speaks(&self, name: &str, what: &str, values: &[String]) -> Result<Condition, Problem> {
        let (wanted, classes) = match what {
            "epc" => (Want::Object, false),
            "parentID" => (Want::Parent, false),
            "inputEPC" => (Want::Input, false),
            "outputEPC" => (Want::Output, false),
            "anyEPC" => (Want::Any, false),
            "epcClass" => (Want::Object, true),
            "inputEPCClass" => (Want::Input, true),
            "outputEPCClass" => (Want::Output, true),
            "anyEPCClass" => (Want::Any, true),
            _ => return Err(unknown(name)),
        };
        let mut patterns = Vec::new();
        for value in values {
            patterns.extend(pattern::read(&self.names.expand(value), classes, self.own_hosts)?);
        }
        Ok(Condition::Speaks(Roles { wanted, classes: Some(classes) }, patterns))
    }

    /// Whatever is not a column: by its name in the rows of further values.
    fn further(
        &self,
        name: &str,
        relation: &str,
        what: &str,
        values: &[String],
    ) -> Result<Condition, Problem> {
        let typed_by = [
            ("source_", "source", Vocabulary::SourceDestinationType),
            ("destination_", "destination", Vocabulary::SourceDestinationType),
            ("bizTransaction_", "bizTransaction", Vocabulary::BizTransactionType),
        ];
        if relation == "EQ" {
            for (start, kind, vocabulary) in typed_by {
                if let Some(word) = what.strip_prefix(start) {
                    let word = Word::read(word, vocabulary, self.names)?;
                    return Ok(self.is_one_of(typed(kind, word.as_str()), values));
                }
            }
            if what == "type" {
                let words = self.words(values, Vocabulary::Measurement)?;
                return Ok(Condition::Has(vec![sensed("type")], Test::OneOf(words, Vec::new())));
            }
            if SENSED.contains(&what) {
                return Ok(self.is_one_of(sensed(what), values));
            }
        }
        match what {
            "quantity" => return numeric(vec![what.to_owned()], relation, values, |number| number),
            "errorDeclarationTime" | "errorDeclaration_Time" => {
                return numeric(vec!["errorDeclarationTime".to_owned()], relation, values, |number| number);
            }
            "time" | "startTime" | "endTime" => {
                return numeric(vec![sensed(what)], relation, values, |number| number);
            }
            "percRank" => return numeric(vec![measured(what, "")], relation, values, |number| number),
            _ => {}
        }
        if let Some((field, unit)) = what.split_once('_').filter(|(field, _)| MEASURED.contains(field)) {
            let names = vec![measured(field, in_base(field, 0.0, unit).1)];
            return numeric(names, relation, values, |number| in_base(field, number, unit).0);
        }
        if MEASURED.contains(&what) {
            return numeric(vec![measured(what, "")], relation, values, |number| number);
        }
        let names = self.extension(name, what)?;
        Ok(match relation {
            "EXISTS" => Condition::Has(names, Test::Exists),
            "EQ" => {
                let mut texts: Vec<String> =
                    values.iter().map(|value| short(self.names.expand(value).into_owned())).collect();
                let numbers: Vec<f64> = values.iter().filter_map(|value| number_of(value)).collect();
                texts.extend(numbers.iter().map(|number| plain(*number)));
                texts.dedup();
                Condition::Has(names, Test::OneOf(texts, numbers))
            }
            _ => Condition::Has(names, Test::Number(comparison(relation)?, number(one(values)?)?)),
        })
    }

    /// The names of the rows of an extension: `ILMD_ng:variety`, `INNER_https://example.com/epcis/#part`, `{https://example.com/}part`.
    fn extension(&self, name: &str, what: &str) -> Result<Vec<String>, Problem> {
        let (inner, what) = match what.strip_prefix("INNER_") {
            Some(what) => (true, what),
            None => (false, what),
        };
        let field = Field::ALL.into_iter().find(|field| what.starts_with(field.prefix()));
        let field = field.unwrap_or(Field::Event);
        let what = what.strip_prefix(field.prefix()).unwrap_or(what);
        if let Some((namespace, local)) = what.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            return Ok(vec![field.name(inner, &format!("{namespace}{local}"))]);
        }
        // Within another one, a name may do without a namespace.
        let Some((prefix, local)) = what.split_once(':') else {
            return if inner && !what.is_empty() {
                Ok(vec![field.name(true, what)])
            } else {
                Err(unknown(name))
            };
        };
        if local.is_empty() {
            return Err(unknown(name));
        }
        if !SCHEMES.contains(&prefix) && self.names.iri(prefix).is_none() {
            return Err(Problem::new("query_prefix_undeclared").value(prefix));
        }
        let iri = self.names.expand(what);
        let mut names = vec![field.name(inner, &iri)];
        // The standard writes namespace and name with `#` between them, whether the namespace ends so or not.
        if let Some((namespace, local)) = iri.rsplit_once('#') {
            names.push(field.name(inner, &format!("{namespace}{local}")));
        }
        Ok(names)
    }

    fn words(&self, values: &[String], vocabulary: Vocabulary) -> Result<Vec<String>, Problem> {
        each(values, |value| Word::read(value, vocabulary, self.names).map(|word| word.as_str().to_owned()))
    }

    fn names(&self, values: &[String]) -> Vec<String> {
        values.iter().map(|value| identifier::name_of(&self.names.expand(value), self.own_hosts)).collect()
    }

    /// Further values are stored by names that do not depend on whose hosts they are told under.
    fn is_one_of(&self, name: String, values: &[String]) -> Condition {
        let values = values.iter().map(|value| short(identifier::name_of(&self.names.expand(value), &[])));
        Condition::Has(vec![name], Test::OneOf(values.collect(), Vec::new()))
    }
}

fn numeric(
    names: Vec<String>,
    relation: &str,
    values: &[String],
    convert: impl Fn(f64) -> f64,
) -> Result<Condition, Problem> {
    let test = match relation {
        "EXISTS" => Test::Exists,
        "EQ" => {
            let numbers = values.iter().map(|value| number(value).map(&convert));
            Test::OneOf(Vec::new(), numbers.collect::<Result<_, _>>()?)
        }
        _ => Test::Number(comparison(relation)?, convert(number(one(values)?)?)),
    };
    Ok(Condition::Has(names, test))
}

fn comparison(relation: &str) -> Result<Comparison, Problem> {
    match relation {
        "GT" => Ok(Comparison::Greater),
        "GE" => Ok(Comparison::AtLeast),
        "LT" => Ok(Comparison::Less),
        "LE" => Ok(Comparison::AtMost),
        _ => Err(unknown(relation)),
    }
}

fn each<T>(values: &[String], read: impl Fn(&str) -> Result<T, Problem>) -> Result<Vec<T>, Problem> {
    values.iter().map(|value| read(value)).collect()
}

fn unknown(name: &str) -> Problem {
    Problem::new("query_parameter_unknown").value(name)
}

fn word_unknown(text: &str, lawful: &str) -> Problem {
    Problem::new("query_word_unknown").value(text).arg("lawful", lawful)
}

fn event_type(text: &str) -> Result<String, Problem> {
    let bare = text.strip_prefix("https://ref.gs1.org/epcis/").or_else(|| text.strip_prefix("epcis:"));
    let bare = bare.unwrap_or(text);
    let types = super::service::EVENT_TYPES;
    if types.contains(&bare) { Ok(bare.to_owned()) } else { Err(word_unknown(text, &types.join(", "))) }
}

fn action(text: &str) -> Result<String, Problem> {
    match Action::parse(text) {
        Some(action) => Ok(action.as_str().to_owned()),
        None => Err(word_unknown(text, "ADD, OBSERVE, DELETE")),
    }
}

fn order_by(text: &str) -> Result<Time, Problem> {
    match text {
        "eventTime" => Ok(Time::Event),
        "recordTime" => Ok(Time::Record),
        _ => Err(word_unknown(text, "eventTime, recordTime")),
    }
}

fn ascending(text: &str) -> Result<bool, Problem> {
    match text {
        "ASC" => Ok(true),
        "DESC" => Ok(false),
        _ => Err(word_unknown(text, "ASC, DESC")),
    }
}

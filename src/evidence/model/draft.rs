//! A laboratory's report as typed, until it is a test.

use super::certificate::optional;
use super::figure::{Finding, ResultUnit};
use super::limit::Limit;
use crate::kernel::text::absent_as_empty;
use crate::kernel::{
    Day, Decimal, Gln, Line, LotId, Note, PlaceId, PlaceNumber, Problem, Problems, ShortCode,
};
use crate::products::Group;
use serde::Deserialize;
use serde_json::Number;

/// The most analytes of one report.
const MOST_RESULTS: usize = 200;

/// What was sampled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A lot, by its id.
    Lot(LotId),
    /// A lot, by the ten digits beside its code.
    LotCode(ShortCode),
    /// A plot, by its id.
    Place(PlaceId),
    /// A plot, by the registry's number.
    PlaceNumber(PlaceNumber),
    /// A plot, by its GLN.
    PlaceGln(Gln),
}

/// A result to be judged.
#[derive(Clone, Debug)]
pub struct NewResult {
    /// What was looked for.
    pub analyte: Line<100>,
    /// What was found.
    pub finding: Finding,
    /// In which unit.
    pub unit: ResultUnit,
    /// The limit that the report itself tells.
    pub limit: Option<Limit>,
}

/// A report to be entered.
#[derive(Clone, Debug)]
pub struct NewLabTest {
    /// What was sampled.
    pub about: About,
    /// The laboratory's name; not needed from its own account.
    pub laboratory: Option<Line>,
    /// The number of the report.
    pub report: Line<100>,
    /// The number of the sample.
    pub sample: Option<Line<100>>,
    /// The method.
    pub method: Option<Line>,
    /// When the sample was taken.
    pub sampled_on: Day,
    /// By whom: kept in the erasable table.
    pub sampled_by: Option<Line>,
    /// When the report was made.
    pub reported_on: Day,
    /// The product group, for a sample of a plot.
    pub group: Option<&'static Group>,
    /// The analytes.
    pub results: Vec<NewResult>,
}

/// A value as it was sent: a text, or a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Written {
    /// `"<0,01"`
    Text(String),
    /// `0.05`
    Number(Number),
}

impl Default for Written {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Written {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// One analyte as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResultDraft {
    /// What was looked for.
    pub analyte: String,
    /// What was found.
    pub value: Written,
    /// In which unit.
    pub unit: String,
    /// The limit of quantification.
    pub loq: Written,
    /// The limit that the report tells.
    pub limit: Written,
    /// The unit of that limit, when another.
    pub limit_unit: String,
}

impl ResultDraft {
    /// What was typed as the value.
    #[must_use]
    pub fn value_text(&self) -> String {
        self.value.text()
    }

    /// What was typed as the limit of quantification.
    #[must_use]
    pub fn loq_text(&self) -> String {
        self.loq.text()
    }

    /// What was typed as the limit.
    #[must_use]
    pub fn limit_text(&self) -> String {
        self.limit.text()
    }

    fn is_empty(&self) -> bool {
        [&self.analyte, &self.value.text(), &self.loq.text(), &self.limit.text()]
            .iter()
            .all(|text| text.trim().is_empty())
    }

    fn parse(&self) -> Result<NewResult, Problem> {
        let analyte = Line::parse(&self.analyte).map_err(|problem| problem.at("analyte"))?;
        let finding = Finding::parse(&self.value.text(), &self.loq.text());
        let finding = finding.map_err(|problem| problem.at("value"))?;
        let unit = ResultUnit::parse(&self.unit).map_err(|problem| problem.at("unit"))?;
        let of = optional(&self.limit_unit, ResultUnit::parse);
        let of = of.map_err(|problem| problem.at("limit_unit"))?.unwrap_or(unit);
        let limit = optional(&self.limit.text(), |text| match Finding::parse(text, "")? {
            Finding::Value(most) | Finding::Below(most) => Ok(Limit::AtMost(most, of)),
            Finding::NotDetected(_) => Ok(Limit::Absent),
            Finding::Detected => Err(Problem::new("number_not_understood").value(text)),
        });
        Ok(NewResult { analyte, finding, unit, limit: limit.map_err(|problem| problem.at("limit"))? })
    }
}

/// A report as typed; the JSON of the interface has the same members, but for the columns of a form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabTestDraft {
    /// The party on whose behalf it is entered.
    #[serde(deserialize_with = "absent_as_empty")]
    pub behalf_of: String,
    /// The lot: its id or its short code.
    #[serde(deserialize_with = "absent_as_empty")]
    pub lot: String,
    /// The plot: its id, its number or its GLN.
    #[serde(deserialize_with = "absent_as_empty")]
    pub place: String,
    /// The laboratory's name.
    #[serde(deserialize_with = "absent_as_empty")]
    pub laboratory: String,
    /// The number of the report.
    #[serde(deserialize_with = "absent_as_empty")]
    pub report: String,
    /// The number of the sample.
    #[serde(deserialize_with = "absent_as_empty")]
    pub sample: String,
    /// The method.
    #[serde(deserialize_with = "absent_as_empty")]
    pub method: String,
    /// When the sample was taken.
    #[serde(deserialize_with = "absent_as_empty")]
    pub sampled_on: String,
    /// By whom.
    #[serde(deserialize_with = "absent_as_empty")]
    pub sampled_by: String,
    /// When the report was made; today when empty.
    #[serde(deserialize_with = "absent_as_empty")]
    pub reported_on: String,
    /// The product group, for a sample of a plot.
    #[serde(deserialize_with = "absent_as_empty")]
    pub product_group: String,
    /// The analytes.
    pub results: Vec<ResultDraft>,
    /// The scanned report in base64: in JSON only.
    #[serde(deserialize_with = "absent_as_empty")]
    pub file: String,
    /// The name of that file.
    #[serde(deserialize_with = "absent_as_empty")]
    pub file_name: String,
    /// The columns of a form: fields that repeat, the nth of each being of the nth analyte.
    pub result_analyte: Vec<String>,
    /// What was found.
    pub result_value: Vec<String>,
    /// In which unit.
    pub result_unit: Vec<String>,
    /// The limits of quantification.
    pub result_loq: Vec<String>,
    /// The limits.
    pub result_limit: Vec<String>,
}

impl LabTestDraft {
    /// The analytes, those of a form folded into lines.
    #[must_use]
    pub fn lines(&self) -> Vec<ResultDraft> {
        let mut lines = self.results.clone();
        let columns = [
            &self.result_analyte,
            &self.result_value,
            &self.result_unit,
            &self.result_loq,
            &self.result_limit,
        ];
        let count = columns.iter().map(|column| column.len()).max().unwrap_or(0).min(MOST_RESULTS);
        for n in 0..count {
            let cell = |column: &Vec<String>| column.get(n).cloned().unwrap_or_default();
            lines.push(ResultDraft {
                analyte: cell(&self.result_analyte),
                value: Written::Text(cell(&self.result_value)),
                unit: cell(&self.result_unit),
                loq: Written::Text(cell(&self.result_loq)),
                limit: Written::Text(cell(&self.result_limit)),
                limit_unit: String::new(),
            });
        }
        lines
    }

    fn about(&self) -> Result<About, Problem> {
        match (self.lot.trim(), self.place.trim()) {
            ("", "") => Err(Problem::new("sample_of_what").at("lot")),
            (lot, "") => match lot.parse::<LotId>() {
                Ok(id) => Ok(About::Lot(id)),
                Err(_) => ShortCode::parse(lot).map(About::LotCode).map_err(|problem| problem.at("lot")),
            },
            ("", place) => {
                if let Ok(id) = place.parse::<PlaceId>() {
                    return Ok(About::Place(id));
                }
                if let Ok(gln) = Gln::parse(place) {
                    return Ok(About::PlaceGln(gln));
                }
                PlaceNumber::parse(place).map(About::PlaceNumber).map_err(|problem| problem.at("place"))
            }
            (_, place) => Err(Problem::new("sample_of_both").value(place).at("place")),
        }
    }

    /// The report that this describes. `today` bounds its days; the laboratory's name is needed unless its own account enters it.
    ///
    /// # Errors
    /// All that is wrong, field by field; a problem of an analyte names its line as `results/0`.
    pub fn parse(&self, today: Day, own_account: bool) -> Result<NewLabTest, Problems> {
        let mut problems = Problems::default();
        let about = self.about().map_err(|problem| problems.push(problem)).ok();
        let laboratory = if own_account { Ok(None) } else { Line::parse(&self.laboratory).map(Some) };
        let laboratory = problems.take("laboratory", laboratory);
        let report = problems.take("report", Line::parse(&self.report));
        let sample = problems.take("sample", Line::optional(&self.sample));
        let method = problems.take("method", Line::optional(&self.method));
        let sampled_by = problems.take("sampled_by", Line::optional(&self.sampled_by));
        let past = |text: &str| {
            let day = optional(text, Day::parse)?;
            match day {
                Some(day) if day > today => Err(Problem::new("day_ahead").value(day.vietnamese())),
                day => Ok(day),
            }
        };
        let reported_on =
            problems.take("reported_on", past(&self.reported_on)).map(|day| day.unwrap_or(today));
        let sampled_on = past(&self.sampled_on);
        let sampled_on = sampled_on.and_then(|day| day.ok_or_else(|| Problem::new("day_missing")));
        let sampled_on = problems.take("sampled_on", sampled_on);
        if let (Some(sampled), Some(reported)) = (sampled_on, reported_on)
            && sampled > reported
        {
            let late = Problem::new("sampled_after_report").value(sampled.vietnamese());
            problems.push(late.arg("reported", reported.vietnamese()).at("sampled_on"));
        }
        let group = problems.take("product_group", optional(&self.product_group, Group::parse));
        let mut results = Vec::new();
        for (n, line) in self.lines().iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            match line.parse() {
                Ok(result) => results.push(result),
                Err(problem) => problems.push(problem.at(format!("results/{n}"))),
            }
        }
        if results.is_empty() && problems.iter().all(|problem| !problem.field.starts_with("results")) {
            problems.push(Problem::new("results_missing").at("results"));
        }
        let named = (about, laboratory, report, sample, method);
        match (named, sampled_on, sampled_by, reported_on, group) {
            (
                (Some(about), Some(laboratory), Some(report), Some(sample), Some(method)),
                Some(sampled_on),
                Some(sampled_by),
                Some(reported_on),
                Some(group),
            ) if problems.is_empty() => Ok(NewLabTest {
                about,
                laboratory,
                report,
                sample,
                method,
                sampled_on,
                sampled_by,
                reported_on,
                group,
                results,
            }),
            _ => Err(problems),
        }
    }
}

/// Why a report is wrong.
///
/// # Errors
/// When the reason is missing or too long.
pub fn reason(text: &str) -> Result<Note<500>, Problems> {
    Note::parse(text).map_err(|problem| problem.at("reason").into())
}

/// A limit in the stored form.
impl Limit {
    /// The stored name of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::AtMost(..) => "at_most",
            Self::Absent => "absent",
        }
    }

    /// The number, where there is one.
    #[must_use]
    pub const fn amount(&self) -> Option<Decimal> {
        match self {
            Self::AtMost(most, _) => Some(*most),
            Self::Absent => None,
        }
    }

    /// The unit of the number.
    #[must_use]
    pub const fn unit(&self) -> Option<ResultUnit> {
        match self {
            Self::AtMost(_, unit) => Some(*unit),
            Self::Absent => None,
        }
    }

    /// The stricter of two limits; the first where they cannot be compared.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        match (&self, &other) {
            (_, Self::Absent) => other,
            (Self::AtMost(most, unit), Self::AtMost(less, of)) => match unit.compare(most, of, less) {
                Some(std::cmp::Ordering::Greater) => other,
                _ => self,
            },
            (Self::Absent, Self::AtMost(..)) => self,
        }
    }
}

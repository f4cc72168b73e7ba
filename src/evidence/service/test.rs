//! Entering laboratory tests and declaring them wrong. What they do to lots is the chain's to see to, in the same unit of work.

use super::Error;
use super::certificate::author;
use crate::evidence::file::Attachment;
use crate::evidence::model::{
    Grade, Judged, Keeper, LabTest, NewLabTest, Verdict, judge, limit_for, overall,
};
use crate::evidence::store;
use crate::kernel::{
    EventId, LabTestId, LogEntryId, LotId, Moment, Note, PartyId, PlaceId, Problem, Problems, Sha256Hash,
};
use crate::log::{self, Kind, Subject};
use crate::store::{Tx, put_file};
use serde_json::json;

/// The results of a report, each with its limit and verdict. A limit of the list counts where it is stricter than the one that the report
/// tells.
///
/// # Errors
/// `result_unit_differs` for a result whose limit counts something else.
pub fn judge_all(new: &NewLabTest, group: Option<&str>) -> Result<Vec<Judged>, Problems> {
    let mut problems = Problems::default();
    let mut judged = Vec::with_capacity(new.results.len());
    for (n, result) in new.results.iter().enumerate() {
        let listed = limit_for(result.analyte.as_str(), group, new.sampled_on);
        let (limit, source) = match (result.limit, listed) {
            (None, None) => (None, None),
            (None, Some(row)) => (Some(row.limit), Some(row.source.clone())),
            (Some(told), None) => (Some(told), None),
            (Some(told), Some(row)) => {
                let strict = told.stricter(row.limit);
                let source = (strict != told).then(|| row.source.clone());
                (Some(strict), source)
            }
        };
        if let Some(verdict) = judge(&result.finding, &result.unit, limit.as_ref()) {
            judged.push(Judged {
                analyte: result.analyte.as_str().to_owned(),
                finding: result.finding,
                unit: result.unit,
                limit,
                limit_source: source,
                verdict,
            });
        } else {
            let of = limit.and_then(|limit| limit.unit()).map_or("", |unit| unit.as_str());
            let differs = Problem::new("result_unit_differs").value(result.unit.as_str()).arg("limit", of);
            problems.push(differs.at(format!("results/{n}.unit")));
        }
    }
    problems.finish().map(|()| judged)
}

/// A test to be entered, with everything that the chain has looked up for it.
#[derive(Debug)]
pub struct NewTest<'a> {
    /// The report.
    pub report: &'a NewLabTest,
    /// Its results.
    pub results: Vec<Judged>,
    /// The lot, or the plot.
    pub about: Result<LotId, PlaceId>,
    /// Who enters it.
    pub party: PartyId,
    /// Whose goods or plot they are.
    pub owner: PartyId,
    /// The laboratory's own account, when that enters it.
    pub laboratory: Option<(PartyId, String)>,
    /// The product group by which limits were looked up.
    pub group: Option<&'a str>,
    /// The scanned report.
    pub file: Option<&'a Attachment>,
    /// The event that tells of it.
    pub event: Option<EventId>,
}

impl NewTest<'_> {
    /// What the whole report says.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        overall(self.results.iter().map(|result| result.verdict))
    }

    /// How well it is proved.
    #[must_use]
    pub fn grade(&self) -> Grade {
        match (&self.laboratory, self.file) {
            (Some(_), _) => Grade::ThirdParty,
            (None, Some(_)) => Grade::Documented,
            (None, None) => Grade::Declared,
        }
    }
}

/// What the rows of a test are written under.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The test.
    pub id: LabTestId,
    /// Its entry in the log.
    pub entry: LogEntryId,
    /// The salt of what is private.
    pub salt: [u8; 32],
    /// When.
    pub now: Moment,
}

/// Writes a test, within the unit of work that also holds what it fails.
///
/// # Errors
/// When the database fails.
pub async fn enter_test(tx: &mut Tx, at: &Entry, by: &Keeper, new: &NewTest<'_>) -> Result<LabTest, Error> {
    let file = match new.file {
        Some(file) => Some(put_file(tx, file.media_type, &file.bytes, at.now).await?),
        None => None,
    };
    let report = new.report;
    let written = report.laboratory.as_ref().map(|name| name.as_str().to_owned());
    let test = LabTest {
        id: at.id,
        lot: new.about.ok(),
        place: new.about.err(),
        party: new.party,
        owner: new.owner,
        laboratory: new.laboratory.as_ref().map(|(_, name)| name.clone()).or(written).unwrap_or_default(),
        laboratory_id: new.laboratory.as_ref().map(|(id, _)| *id),
        report: report.report.as_str().to_owned(),
        sample: report.sample.as_ref().map(|sample| sample.as_str().to_owned()),
        method: report.method.as_ref().map(|method| method.as_str().to_owned()),
        sampled_on: report.sampled_on,
        reported_on: report.reported_on,
        verdict: new.verdict(),
        grade: new.grade(),
        file,
        event: new.event,
        recorded_at: at.now,
        wrong: None,
        results: new.results.clone(),
    };
    store::insert_test(tx, &test, new.group, by).await?;
    if let Some(person) = &report.sampled_by {
        log::keep_private(tx, at.id.as_uuid(), "sampled_by", at.salt, &json!(person.as_str())).await?;
    }
    let results: Vec<_> =
        test.results.iter().map(|result| (&result.analyte, result.verdict.as_str())).collect();
    let results = serde_json::to_vec(&results).unwrap_or_default();
    let body = json!({
        "lab_test": test.id,
        "laboratory": test.laboratory,
        "laboratory_party": test.laboratory_id,
        "report": test.report,
        "sampled_on": test.sampled_on,
        "reported_on": test.reported_on,
        "verdict": test.verdict.as_str(),
        "results": Sha256Hash::of(&results),
        "grade": test.grade.as_str(),
        "file": test.file,
        "event": test.event,
    });
    note(tx, at.entry, &test, by, at.now, body).await?;
    Ok(test)
}

async fn note(
    tx: &mut Tx,
    id: LogEntryId,
    test: &LabTest,
    by: &Keeper,
    at: Moment,
    body: serde_json::Value,
) -> Result<(), Error> {
    let subject = test.lot.map_or(Subject::Party(test.owner), Subject::Lot);
    let entry = log::Entry { id, kind: Kind::LabTestRecorded, subject, at, actor: author(by), body };
    Ok(log::append(tx, &entry).await?)
}

/// Declares a test wrong that no event tells of: one of a plot, or an inconclusive one. By the party that entered it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::WrongAlready`].
pub async fn declare_wrong(
    tx: &mut Tx,
    entry: LogEntryId,
    by: &Keeper,
    test: &LabTest,
    reason: &Note<500>,
    now: Moment,
) -> Result<(), Error> {
    if !store::declare_wrong(tx, test.id, reason.as_str(), by.person, now).await? {
        return Err(Error::WrongAlready);
    }
    note(tx, entry, test, by, now, json!({ "lab_test": test.id, "wrong": true })).await
}

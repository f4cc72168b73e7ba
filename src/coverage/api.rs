//! Coverage for programs, and what its errors mean to those who ask.

use super::definition::definitions;
use super::export::{lack_key, not_covered_csv, off_roster_csv, report_csv};
use super::ladder::{Report, Rungs};
use super::model::{Roster, RosterDraft, Verdict};
use super::service::{self, Error};
use crate::accounts::{Actor, CanOversee, CanReview};
use crate::app::App;
use crate::kernel::{Cursor, PageSize, PartyId, Problem, RosterEntryId, RosterId};
use crate::sheet::RowProblem;
use crate::web;
use crate::web::Frame;
use crate::web::body::Body;
use crate::web::upload::Upload;
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

/// The most problems of a file that an answer lists; the count is always whole.
pub(super) const SHOWN_PROBLEMS: usize = 2_000;

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::Invalid(problems) => problems.into(),
            Error::Rows(rows) => {
                let mut refused = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "roster_rows")
                    .arg("count", rows.len())
                    .member("count", rows.len());
                refused.problems = rows.into_iter().take(SHOWN_PROBLEMS).map(RowProblem::located).collect();
                refused
            }
            Error::NameTaken => Self::conflict("roster_name_taken"),
            Error::Frozen => Self::conflict("roster_frozen"),
            Error::NoCandidate => Self::conflict("roster_no_candidate"),
            Error::Taken => Self::conflict("roster_party_taken"),
            Error::Log(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}

/// The file that a form without one lacks.
pub(super) fn file_of(upload: &Upload) -> Result<&[u8], Error> {
    let file = upload.file("file").ok_or_else(|| Problem::new("sheet_file_missing").at("file"))?;
    Ok(&file.bytes)
}

fn shown(roster: &Roster) -> Value {
    json!({
        "id": roster.id,
        "name": roster.name,
        "period_from": roster.period.from,
        "period_to": roster.period.to,
        "file_hash": roster.file_hash,
        "entries": roster.entries,
        "imported_at": roster.imported_at,
        "frozen_at": roster.frozen_at,
    })
}

/// Where a list goes on.
#[derive(Deserialize)]
pub struct Paged {
    pub(super) after: Option<Cursor>,
    pub(super) size: Option<PageSize>,
}

/// `GET /api/v1/coverage/rosters`
///
/// # Errors
/// 422 for a cursor of another list.
pub async fn rosters(
    app: Data<App>,
    _actor: Actor<CanOversee>,
    query: Query<Paged>,
) -> Result<HttpResponse, web::Error> {
    let page = service::rosters(&app, query.after.as_ref(), query.size.unwrap_or_default()).await?;
    let rosters: Vec<Value> = page.items.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({ "rosters": rosters, "next": page.next })))
}

/// `POST /api/v1/coverage/rosters`: `multipart/form-data` with `name`, `from`, `to` and the `.csv` as `file`.
///
/// # Errors
/// 422 with every problem by row and column; 409 when the name is taken.
pub async fn import(
    app: Data<App>,
    actor: Actor<CanReview>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let draft: RosterDraft = upload.fields()?;
    let (roster, warnings) = service::import(&app, &actor, &draft, file_of(&upload)?).await?;
    let warnings: Vec<Value> = warnings
        .iter()
        .map(|warning| {
            json!({
                "row": warning.row,
                "column": warning.column,
                "code": warning.problem.code,
                "value": warning.problem.value,
            })
        })
        .collect();
    let mut answer = shown(&roster);
    answer["warnings"] = warnings.into();
    Ok(HttpResponse::Created().json(answer))
}

/// `GET /api/v1/coverage/rosters/{roster}`: the roster, how its lines are matched, and the decisions that are due and made.
///
/// # Errors
/// 404.
pub async fn roster(
    app: Data<App>,
    _actor: Actor<CanOversee>,
    id: Path<RosterId>,
) -> Result<HttpResponse, web::Error> {
    let matches = service::matches(&app, *id).await?;
    let mut answer = shown(&matches.roster);
    let due = matches.due.iter().map(|due| {
        let parties = due.firms.iter().map(|firm| {
            json!({
                "id": firm.id,
                "name": firm.name,
                "kind": firm.kind.as_str(),
                "commune": firm.commune,
                "address": firm.address,
                "tax_number": firm.tax_number,
            })
        });
        json!({
            "entry": due.entry.id,
            "row": due.entry.row,
            "name": due.entry.name,
            "commune": due.entry.commune,
            "tax_number": due.entry.tax_shown,
            "parties": parties.collect::<Vec<_>>(),
        })
    });
    let decided = matches.decided.iter().map(|decided| {
        json!({
            "entry": decided.entry.id,
            "party": decided.firm.id,
            "verdict": decided.decision.verdict.as_str(),
            "decided_by": decided.decision.by,
            "decided_at": decided.decision.at,
            "stands": decided.stands,
        })
    });
    answer["matched"] = json!({
        "by_tax_number": matches.by_tax_number,
        "by_decision": matches.by_decision,
        "undecided": matches.due.len(),
        "nobody": matches.nobody,
    });
    answer["undecided"] = due.collect::<Vec<_>>().into();
    answer["decisions"] = decided.collect::<Vec<_>>().into();
    Ok(HttpResponse::Ok().json(answer))
}

/// `DELETE /api/v1/coverage/rosters/{roster}`: only before the freeze.
///
/// # Errors
/// 404; 409 when it is frozen.
pub async fn discard(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<RosterId>,
) -> Result<HttpResponse, web::Error> {
    service::discard(&app, &actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/coverage/rosters/{roster}/freeze`
///
/// # Errors
/// 404; 409 when it is frozen already.
pub async fn freeze(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<RosterId>,
) -> Result<HttpResponse, web::Error> {
    service::freeze(&app, &actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A decision about a line and a party.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    entry: RosterEntryId,
    party: PartyId,
    verdict: Verdict,
}

/// `POST /api/v1/coverage/rosters/{roster}/decisions`
///
/// # Errors
/// 404; 409 when the party is no candidate or stands behind another line.
pub async fn decide(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<RosterId>,
    body: Body<DecisionRequest>,
) -> Result<HttpResponse, web::Error> {
    let Body(body) = body;
    service::decide(&app, &actor, *id, body.entry, body.party, body.verdict).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a report is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// The day, as people or programs write it; today when left out.
    pub(super) as_of: Option<String>,
    /// The version of the definitions; the newest when left out.
    pub(super) definition: Option<String>,
}

fn table(report: &Report) -> Value {
    let line = |rungs: &Rungs| {
        let cell = |cell: &super::Cell| json!({ "covered": cell.covered, "missing": cell.missing, "unknown": cell.unknown, "of": cell.firms() });
        json!({ "registered": cell(&rungs.registered), "issuing": cell(&rungs.issuing) })
    };
    let communes = |communes: &[(crate::kernel::CommuneCode, Rungs)]| {
        communes
            .iter()
            .map(|(commune, rungs)| {
                let mut row = line(rungs);
                row["commune"] = commune.as_str().into();
                row["name"] = commune.commune().to_string().into();
                row
            })
            .collect::<Vec<_>>()
    };
    let groups = report.groups.iter().map(|(group, rungs)| {
        let mut row = line(rungs);
        row["group"] = group.code.into();
        row
    });
    json!({
        "total": line(&report.total),
        "city": line(&report.city),
        "linked": line(&report.linked),
        "groups": groups.collect::<Vec<_>>(),
        "communes": communes(&report.communes),
        "linked_communes": communes(&report.linked_communes),
    })
}

/// `GET /api/v1/coverage/rosters/{roster}/report?as_of=&definition=`
///
/// # Errors
/// 404; 422 for a day in the future or before the period.
pub async fn report(
    app: Data<App>,
    _actor: Actor<CanOversee>,
    id: Path<RosterId>,
    asked: Query<Asked>,
) -> Result<HttpResponse, web::Error> {
    let (roster, report) =
        service::computed(&app, *id, asked.as_of.as_deref(), asked.definition.as_deref()).await?;
    let mut answer = table(&report);
    answer["roster"] = shown(&roster);
    answer["as_of"] = json!(report.as_of);
    answer["definition"] = report.definition.version.as_str().into();
    answer["listed"] = report.listed.into();
    answer["in_scope"] = report.in_scope().into();
    answer["off_roster"] = report.off_roster.len().into();
    let not_covered = report.not_covered.iter().map(|firm| {
        let lacks = firm.lacks.iter().map(|lack| lack_key(*lack).trim_start_matches("coverage-lack-"));
        json!({
            "entry": firm.entry.id,
            "row": firm.entry.row,
            "name": firm.entry.name,
            "commune": firm.entry.commune,
            "registered": firm.registered,
            "missing": lacks.map(|lack| lack.replace('-', "_")).collect::<Vec<_>>(),
        })
    });
    answer["not_covered"] = not_covered.collect::<Vec<_>>().into();
    Ok(HttpResponse::Ok().json(answer))
}

/// `GET /api/v1/coverage/definitions`: all versions of the definitions.
pub async fn all_definitions(_actor: Actor<CanOversee>) -> HttpResponse {
    let versions = definitions().iter().map(|definition| {
        json!({
            "version": definition.version,
            "in_force_from": definition.in_force_from,
            "city": definition.city,
            "issuing_months_percent": definition.issuing_months_percent,
            "least_for_percentage": definition.least_for_percentage,
        })
    });
    HttpResponse::Ok().json(json!({ "definitions": versions.collect::<Vec<_>>() }))
}

/// `GET …/rosters/{roster}/{table}.csv`, where the table is `report`, `not-covered` or `off-roster`.
///
/// # Errors
/// 404; 422 for a day in the future or before the period.
pub async fn csv(
    app: Data<App>,
    frame: Frame,
    _actor: Actor<CanOversee>,
    path: Path<(RosterId, String)>,
    asked: Query<Asked>,
) -> Result<HttpResponse, web::Error> {
    let (id, name) = path.into_inner();
    let write = match name.as_str() {
        "report" => report_csv,
        "not-covered" => not_covered_csv,
        "off-roster" => off_roster_csv,
        _ => return Err(web::Error::not_found()),
    };
    let (roster, report) =
        service::computed(&app, id, asked.as_of.as_deref(), asked.definition.as_deref()).await?;
    let file = format!("attachment; filename=\"{name}-{}.csv\"", report.as_of);
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_DISPOSITION, file))
        .body(write(&frame.t, &roster, &report)))
}

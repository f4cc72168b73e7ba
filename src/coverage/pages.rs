//! The pages of coverage: the ladder as of a day, rosters, their import, the decisions about their lines, and who is not covered.

use super::api::{Asked, Paged, SHOWN_PROBLEMS, file_of};
use super::definition::Definition;
use super::export::{lack_text, reached_key};
use super::ladder::{Cell, Report, Rungs};
use super::model::{Roster, RosterDraft, Verdict};
use super::service::{self, Due, Error, Matches};
use crate::accounts::{Actor, CanOversee, CanReview, Role};
use crate::app::App;
use crate::kernel::{Cursor, Lang, PageSize, PartyId, Problems, RosterEntryId, RosterId};
use crate::products::Group;
use crate::sheet::RowProblem;
use crate::web::upload::Upload;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

/// How many rows of a long list stand on one page.
const ROWS: usize = 100;

fn may_decide(role: Role) -> bool {
    matches!(role, Role::Officer | Role::Administrator)
}

/// The ladder of a roster as of a day.
#[derive(Template)]
#[template(path = "coverage/ladder.html")]
pub struct LadderPage {
    frame: Frame,
    rosters: Vec<Roster>,
    asked: Choice,
    problems: Problems,
    shown: Option<(Roster, Report)>,
}

/// Which roster, and which day.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Choice {
    #[serde(default)]
    roster: String,
    #[serde(default)]
    as_of: String,
}

impl LadderPage {
    /// `n / N`, with the percentage where there are firms enough for one.
    fn cell(&self, cell: &Cell, definition: &Definition) -> String {
        let counts = format!("{} / {}", cell.covered, cell.firms());
        match cell.permille(definition.least_for_percentage) {
            Some(permille) => {
                let point = if self.frame.lang == Lang::Vi { ',' } else { '.' };
                format!("{counts} ({}{point}{} %)", permille / 10, permille % 10)
            }
            None => counts,
        }
    }

    /// The tables with their captions, in the order of the report.
    fn tables(&self, report: &Report) -> Vec<(&'static str, Vec<(String, Rungs)>)> {
        let say = |key: &str| self.frame.t.say(key).into_owned();
        let whole = vec![
            (say("coverage-all"), report.total),
            (say("coverage-city"), report.city),
            (say("coverage-linked"), report.linked),
        ];
        let groups =
            report.groups.iter().map(|(group, rungs)| (group.name(self.frame.lang).to_owned(), *rungs));
        let city = report.communes.iter().map(|(commune, rungs)| (commune.commune().name.clone(), *rungs));
        let linked =
            report.linked_communes.iter().map(|(commune, rungs)| (commune.commune().to_string(), *rungs));
        vec![
            ("coverage-all", whole),
            ("coverage-by-group", groups.collect()),
            ("coverage-by-commune", city.collect()),
            ("coverage-by-linked-commune", linked.collect()),
        ]
    }
}

/// `GET /coverage`: the newest frozen roster as of today, unless another was chosen.
///
/// # Errors
/// When the database fails.
pub async fn ladder(
    app: Data<App>,
    frame: Frame,
    _actor: Actor<CanOversee>,
    asked: Query<Choice>,
) -> Result<HttpResponse, web::Error> {
    let rosters = service::rosters(&app, None, PageSize::MAX).await?.items;
    let mut asked = asked.into_inner();
    if asked.roster.is_empty()
        && let Some(roster) = rosters.iter().find(|roster| roster.frozen_at.is_some()).or(rosters.first())
    {
        asked.roster = roster.id.to_string();
    }
    if asked.as_of.is_empty() {
        asked.as_of = app.clock.now().day().vietnamese();
    }
    let id: Result<RosterId, _> = asked.roster.parse();
    let (shown, problems) = match id {
        Ok(id) => match service::computed(&app, id, Some(&asked.as_of), None).await {
            Ok(shown) => (Some(shown), Problems::default()),
            Err(Error::Invalid(problems)) => (None, problems),
            Err(error) => return Err(error.into()),
        },
        Err(_) if asked.roster.is_empty() => (None, Problems::default()),
        Err(_) => return Err(web::Error::not_found()),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Html(LadderPage { frame, rosters, asked, problems, shown }).into_response(status))
}

/// The rosters, and the form for a new one.
#[derive(Template)]
#[template(path = "coverage/rosters.html")]
pub struct RostersPage {
    frame: Frame,
    rosters: Vec<Roster>,
    next: Option<Cursor>,
    may_import: bool,
}

/// `GET /coverage/rosters`
///
/// # Errors
/// When the database fails.
pub async fn rosters(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanOversee>,
    query: Query<Paged>,
) -> Result<Html<RostersPage>, web::Error> {
    let page = service::rosters(&app, query.after.as_ref(), query.size.unwrap_or_default()).await?;
    Ok(Html(RostersPage { frame, rosters: page.items, next: page.next, may_import: may_decide(actor.role) }))
}

/// The import form, with what is wrong in the file.
#[derive(Template)]
#[template(path = "coverage/import.html")]
pub struct ImportPage {
    frame: Frame,
    form: RosterDraft,
    problems: Problems,
    refusal: Option<String>,
    rows: Vec<RowProblem>,
    count: usize,
}

/// `GET /coverage/rosters/new`
pub async fn new_roster(frame: Frame, _actor: Actor<CanReview>) -> Html<ImportPage> {
    let (form, problems) = (RosterDraft::default(), Problems::default());
    Html(ImportPage { frame, form, problems, refusal: None, rows: Vec::new(), count: 0 })
}

/// What was imported, with what should be looked at.
#[derive(Template)]
#[template(path = "coverage/imported.html")]
pub struct ImportedPage {
    frame: Frame,
    roster: Roster,
    rows: Vec<RowProblem>,
    count: usize,
}

impl ImportedPage {
    fn lines(&self) -> String {
        let values = [("name", self.roster.name.clone()), ("count", self.roster.entries.to_string())];
        self.frame.t.with("coverage-imported-lines", &values)
    }
}

/// `POST /coverage/rosters`
///
/// # Errors
/// When the database fails; what is wrong shows the form again, with every problem of the file.
pub async fn send_roster(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let form: RosterDraft = upload.fields()?;
    let outcome = match file_of(&upload) {
        Ok(bytes) => service::import(&app, &actor, &form, bytes).await,
        Err(missing) => Err(missing),
    };
    let (mut problems, mut refusal, mut rows) = (Problems::default(), None, Vec::new());
    match outcome {
        Ok((roster, warnings)) if warnings.is_empty() => {
            return Ok(see_other(&format!("/coverage/rosters/{}", roster.id)));
        }
        Ok((roster, warnings)) => {
            let count = warnings.len();
            let rows = warnings.into_iter().take(SHOWN_PROBLEMS).collect();
            return Ok(Html(ImportedPage { frame, roster, rows, count }).into_response(StatusCode::CREATED));
        }
        Err(Error::Invalid(found)) => problems = found,
        Err(Error::Rows(found)) => rows = found,
        Err(error) => refusal = Some(refused(&frame, error)?),
    }
    let count = rows.len();
    rows.truncate(SHOWN_PROBLEMS);
    Ok(Html(ImportPage { frame, form, problems, refusal, rows, count }).refused())
}

/// The sentence of a refusal; failures of ours go their own way.
fn refused(frame: &Frame, error: Error) -> Result<String, web::Error> {
    let shown = web::Error::from(error);
    if shown.status.is_server_error() || shown.status == StatusCode::NOT_FOUND {
        return Err(shown);
    }
    Ok(frame.t.with(&format!("error-{}", shown.code.replace('_', "-")), &shown.args))
}

/// One roster: its state, the decisions that are due, and those that were made.
#[derive(Template)]
#[template(path = "coverage/roster.html")]
pub struct RosterPage {
    frame: Frame,
    matches: Matches,
    due: Vec<Due>,
    undecided: usize,
    more: Option<i64>,
    may_decide: bool,
    refusal: Option<String>,
}

impl RosterPage {
    fn groups(&self, groups: &[&Group]) -> String {
        groups.iter().map(|group| group.name(self.frame.lang)).collect::<Vec<_>>().join(", ")
    }
}

/// Where a list by row goes on.
#[derive(Default, Deserialize)]
pub struct AfterRow {
    #[serde(default)]
    after: i64,
}

async fn roster_page(
    app: &App,
    frame: Frame,
    role: Role,
    id: RosterId,
    after: i64,
    refusal: Option<String>,
) -> Result<Html<RosterPage>, web::Error> {
    let mut matches = service::matches(app, id).await?;
    let undecided = matches.due.len();
    let mut due: Vec<Due> =
        std::mem::take(&mut matches.due).into_iter().filter(|due| due.entry.row > after).collect();
    let more = due.get(ROWS).and_then(|_| due.get(ROWS - 1)).map(|last| last.entry.row);
    due.truncate(ROWS);
    Ok(Html(RosterPage { frame, matches, due, undecided, more, may_decide: may_decide(role), refusal }))
}

/// `GET /coverage/rosters/{roster}`
///
/// # Errors
/// 404.
pub async fn roster(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanOversee>,
    id: Path<RosterId>,
    after: Query<AfterRow>,
) -> Result<Html<RosterPage>, web::Error> {
    roster_page(&app, frame, actor.role, *id, after.after, None).await
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// `POST /coverage/rosters/{roster}/freeze`
///
/// # Errors
/// 404; 409 when it is frozen already.
pub async fn freeze(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<RosterId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    service::freeze(&app, &actor, *id).await?;
    Ok(see_other(&format!("/coverage/rosters/{id}")))
}

/// `POST /coverage/rosters/{roster}/discard`
///
/// # Errors
/// 404; 409 when it is frozen.
pub async fn discard(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<RosterId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    service::discard(&app, &actor, *id).await?;
    Ok(see_other("/coverage/rosters"))
}

/// What the form for a decision sends.
#[derive(Deserialize)]
pub struct DecisionForm {
    entry: RosterEntryId,
    party: PartyId,
    verdict: Verdict,
}

/// `POST /coverage/rosters/{roster}/decisions`
///
/// # Errors
/// 404; a decision that cannot be made shows the page again.
pub async fn decide(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    id: Path<RosterId>,
    form: Form<DecisionForm>,
) -> Result<HttpResponse, web::Error> {
    let Form(form) = form;
    match service::decide(&app, &actor, *id, form.entry, form.party, form.verdict).await {
        Ok(()) => Ok(see_other(&format!("/coverage/rosters/{id}"))),
        Err(error) => {
            let refusal = refused(&frame, error)?;
            let page = roster_page(&app, frame, actor.role, *id, 0, Some(refusal)).await?;
            Ok(page.into_response(StatusCode::CONFLICT))
        }
    }
}

/// Who is not covered, and what is missing.
#[derive(Template)]
#[template(path = "coverage/not_covered.html")]
pub struct NotCoveredPage {
    frame: Frame,
    roster: Roster,
    report: Report,
    firms: Vec<MissingRow>,
    more: Option<i64>,
}

/// A row of that list, in words.
struct MissingRow {
    row: i64,
    name: String,
    commune: String,
    registered: &'static str,
    lacks: Vec<String>,
}

/// `GET /coverage/rosters/{roster}/not-covered`
///
/// # Errors
/// 404; 422 for a day in the future or before the period.
pub async fn not_covered(
    app: Data<App>,
    frame: Frame,
    _actor: Actor<CanOversee>,
    id: Path<RosterId>,
    asked: Query<Asked>,
    after: Query<AfterRow>,
) -> Result<Html<NotCoveredPage>, web::Error> {
    let (roster, report) =
        service::computed(&app, *id, asked.as_of.as_deref(), asked.definition.as_deref()).await?;
    let mut firms: Vec<MissingRow> = report
        .not_covered
        .iter()
        .filter(|firm| firm.entry.row > after.after)
        .take(ROWS + 1)
        .map(|firm| MissingRow {
            row: firm.entry.row,
            name: firm.entry.name.clone(),
            commune: firm.entry.commune.commune().to_string(),
            registered: reached_key(firm.registered),
            lacks: firm.lacks.iter().map(|lack| lack_text(&frame.t, *lack)).collect(),
        })
        .collect();
    let more = firms.get(ROWS).and_then(|_| firms.get(ROWS - 1)).map(|last| last.row);
    firms.truncate(ROWS);
    Ok(Html(NotCoveredPage { frame, roster, report, firms, more }))
}

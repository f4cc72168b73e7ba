//! The lists for programs, and what their errors mean to those who ask. What is in force is for everybody to read.

use super::model::{Bands, Contents, Crop, Draft, List, Substance, Term};
use super::rows::{headings, per_hectare, rows, thousandths};
use super::service::{self, Error, ListForm, Preview};
use super::store::Looked;
use crate::accounts::{Actor, CanReview};
use crate::app::App;
use crate::chain;
use crate::kernel::{CropCode, Cursor, Day, ListId, PageSize, Problem, Problems};
use crate::sheet::{self, RowProblem};
use crate::web::upload::Upload;
use crate::web::{self, Body};
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
                let mut refused = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "list_rows")
                    .arg("count", rows.len())
                    .member("count", rows.len());
                refused.problems = rows.into_iter().take(SHOWN_PROBLEMS).map(RowProblem::located).collect();
                refused
            }
            Error::Superseded { number } => Self::conflict("list_superseded").arg("number", number),
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

fn list_json(list: &List) -> Value {
    json!({
        "id": list.id,
        "kind": list.kind.as_str(),
        "number": list.number,
        "in_force_from": list.in_force_from,
        "source": list.source,
        "sample": list.sample,
        "entries": list.entries,
        "file_hash": list.file_hash,
        "published_at": list.published_at,
    })
}

/// What came of looking again at everything since the first day of a version.
fn looked_json(looked: Looked) -> Value {
    json!({ "looked": looked.looked, "held": looked.held, "freed": looked.freed, "ended_at": looked.ended_at })
}

fn crop_json(crop: &Crop) -> Value {
    json!({
        "code": crop.code,
        "name": crop.name,
        "name_en": crop.name_en,
        "group": crop.group.code,
        "unit": crop.unit,
    })
}

fn substance_json(substance: &Substance) -> Value {
    let uses = substance.uses.iter().map(|known| {
        json!({
            "crop": known.crop,
            "waiting_days": known.waiting_days,
            "dose": known.dose.map(|dose| json!({
                "thousandths": dose.thousandths,
                "unit": dose.unit.as_str(),
                "per": "hectare",
            })),
        })
    });
    json!({
        "id": substance.id,
        "name": substance.name,
        "ingredients": substance.ingredients,
        "kind": substance.kind.as_str(),
        "banned_from": substance.banned_from,
        "banned_to": substance.banned_to,
        "uses": uses.collect::<Vec<_>>(),
    })
}

fn bands_json(bands: &Bands) -> Value {
    let dated = |term: &Term, mut row: Value| {
        row["in_force_from"] = json!(term.from);
        row["in_force_to"] = json!(term.to);
        row["source"] = json!(term.source);
        row
    };
    let yields = bands.yields.iter().map(|band| {
        let row = json!({
            "crop": band.crop,
            "unit": if band.unit == crate::kernel::Unit::Gram { "kilogram" } else { "piece" },
            "month_from": band.month_from,
            "month_to": band.month_to,
            "low": band.low,
            "high": band.high,
            "days_to_harvest": band.days_to_harvest,
            "beyond": band.beyond.as_str(),
        });
        dated(&band.term, row)
    });
    let conversions = bands.conversions.iter().map(|band| {
        let row = json!({
            "step": band.step,
            "group_in": band.group_in.code,
            "group_out": band.group_out.code,
            "low": band.low,
            "high": band.high,
            "beyond": band.beyond.as_str(),
        });
        dated(&band.term, row)
    });
    let losses = bands
        .losses
        .iter()
        .map(|loss| dated(&loss.term, json!({ "group": loss.group.code, "most": loss.most })));
    json!({
        "yields": yields.collect::<Vec<_>>(),
        "conversions": conversions.collect::<Vec<_>>(),
        "weight_losses": losses.collect::<Vec<_>>(),
    })
}

/// Where a list goes on.
#[derive(Deserialize)]
pub struct Paged {
    pub(super) after: Option<Cursor>,
    pub(super) size: Option<PageSize>,
}

/// `GET /api/v1/lists`: all versions, the newest first.
///
/// # Errors
/// 422 for a cursor of another list.
pub async fn lists(app: Data<App>, query: Query<Paged>) -> Result<HttpResponse, web::Error> {
    let overview = service::overview(&app, query.after.as_ref(), query.size.unwrap_or_default()).await?;
    let in_force: Vec<Value> = overview.in_force.iter().map(list_json).collect();
    let lists: Vec<Value> = overview.lists.items.iter().map(list_json).collect();
    Ok(HttpResponse::Ok().json(json!({ "in_force": in_force, "lists": lists, "next": overview.lists.next })))
}

/// `GET /api/v1/lists/{list}`: a version with all that it holds.
///
/// # Errors
/// 404.
pub async fn list(app: Data<App>, id: Path<ListId>) -> Result<HttpResponse, web::Error> {
    let (list, contents) = service::show(&app, *id).await?;
    let mut answer = list_json(&list);
    answer["looked_again"] = json!(service::looked(&app, *id).await?.map(looked_json));
    match &contents {
        Contents::Crops(crops) => answer["crops"] = crops.iter().map(crop_json).collect(),
        Contents::Substances(rows) => answer["substances"] = rows.iter().map(substance_json).collect(),
        Contents::Bands(bands) => answer["bands"] = bands_json(bands),
    }
    Ok(HttpResponse::Ok().json(answer))
}

/// `GET /api/v1/lists/{list}/rows.csv` and `rows.xlsx`: a version as a file, which can be changed and handed in again.
///
/// # Errors
/// 404.
pub async fn file(app: Data<App>, path: Path<(ListId, String)>) -> Result<HttpResponse, web::Error> {
    let (id, ending) = path.into_inner();
    let (list, contents) = service::show(&app, id).await?;
    let found = rows(&contents);
    let cells = found.iter().map(|row| row.cells.as_slice());
    let name = format!("{}-{}.{ending}", list.kind.as_str(), list.number);
    let (kind, bytes) = match ending.as_str() {
        "csv" => ("text/csv; charset=utf-8", sheet::csv(headings(&contents), cells).into_bytes()),
        "xlsx" => {
            let book = sheet::xlsx(list.kind.as_str(), headings(&contents), cells);
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            (kind, book.map_err(web::Error::internal)?)
        }
        _ => return Err(web::Error::not_found()),
    };
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(bytes))
}

/// `GET /api/v1/crops`
///
/// # Errors
/// When the database fails.
pub async fn crops(app: Data<App>) -> Result<HttpResponse, web::Error> {
    let crops = service::crops_of(&app, None).await?;
    Ok(HttpResponse::Ok().json(json!({ "crops": crops.iter().map(crop_json).collect::<Vec<_>>() })))
}

/// What is looked up in the list of substances.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Part of a trade name or ingredient.
    pub(super) q: String,
    /// The code of a crop.
    pub(super) crop: String,
    /// The day on which the list is asked; today when it is left out.
    pub(super) day: String,
    /// Where the page before ended.
    pub(super) after: String,
    /// Rows on a page.
    pub(super) size: String,
}

/// A question about the list, read.
pub(super) struct Question {
    pub(super) crop: Option<CropCode>,
    pub(super) day: Day,
    pub(super) after: Option<Cursor>,
    pub(super) size: PageSize,
}

impl Asked {
    pub(super) fn parse(&self, today: Day) -> Result<Question, Problems> {
        fn some<T>(text: &str, parse: fn(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
            let text = text.trim();
            if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
        }
        let mut problems = Problems::default();
        let crop = problems.take("crop", some(&self.crop, CropCode::parse)).flatten();
        let day = problems.take("day", some(&self.day, Day::parse)).flatten();
        let after = problems.take("after", some(&self.after, Cursor::parse)).flatten();
        let size = problems.take("size", some(&self.size, PageSize::parse)).flatten();
        problems.finish()?;
        Ok(Question { crop, day: day.unwrap_or(today), after, size: size.unwrap_or_default() })
    }
}

/// `GET /api/v1/substances?q=&crop=&day=`: the list in force on a day.
///
/// # Errors
/// 422 for a day, crop or cursor that is malformed.
pub async fn substances(app: Data<App>, asked: Query<Asked>) -> Result<HttpResponse, web::Error> {
    let question = asked.parse(app.clock.now().day())?;
    let Question { crop, day, after, size } = question;
    let found = service::look_up(&app, &asked.q, crop.as_ref(), day, after.as_ref(), size).await?;
    Ok(HttpResponse::Ok().json(json!({
        "list": found.list.as_ref().map(list_json),
        "substances": found.substances.items.iter().map(substance_json).collect::<Vec<_>>(),
        "next": found.substances.next,
    })))
}

/// `GET /api/v1/bands?day=`: the bands in force on a day.
///
/// # Errors
/// 422 for a day that is malformed.
pub async fn bands(app: Data<App>, asked: Query<Asked>) -> Result<HttpResponse, web::Error> {
    let question = asked.parse(app.clock.now().day())?;
    let found = service::bands_on(&app, question.day).await?;
    let (list, bands) = match &found {
        Some((list, Contents::Bands(bands))) => (Some(list_json(list)), bands_json(bands)),
        _ => (None, bands_json(&Bands::default())),
    };
    Ok(HttpResponse::Ok().json(json!({ "list": list, "bands": bands })))
}

fn draft_json(draft: &Draft) -> Value {
    json!({
        "id": draft.id,
        "kind": draft.kind.as_str(),
        "in_force_from": draft.in_force_from,
        "source": draft.source,
        "sample": draft.sample,
        "file_hash": draft.file_hash,
        "sent_at": draft.sent_at,
    })
}

fn preview_json(preview: &Preview) -> Value {
    let warnings = preview.warnings.iter().map(|warning| {
        json!({
            "row": warning.row,
            "column": warning.column,
            "code": warning.problem.code,
            "value": warning.problem.value,
        })
    });
    let changes = preview
        .changes
        .iter()
        .map(|change| json!({ "about": change.about, "before": change.before, "after": change.after }));
    let mut answer = draft_json(&preview.draft);
    answer["format"] = json!(preview.format.as_str());
    answer["entries"] = json!(preview.entries);
    answer["against"] = json!(preview.against.as_ref().map(list_json));
    answer["ahead"] = preview.ahead.iter().map(list_json).collect();
    answer["newest"] = json!(preview.newest);
    answer["differing"] = json!(preview.differing);
    answer["changes"] = changes.collect();
    answer["warnings"] = warnings.collect();
    answer
}

/// `POST /api/v1/list-drafts`: `multipart/form-data` with `kind`, `in_force_from`, `source`, `sample` and the file as `file`.
///
/// # Errors
/// 422 with every problem by row and column.
pub async fn hand_in(
    app: Data<App>,
    actor: Actor<CanReview>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let form: ListForm = upload.fields()?;
    let draft = service::hand_in(&app, &actor, &form, file_of(&upload)?).await?;
    let preview = service::preview(&app, draft.id).await?;
    Ok(HttpResponse::Created().json(preview_json(&preview)))
}

/// `GET /api/v1/list-drafts/{draft}`
///
/// # Errors
/// 404.
pub async fn preview(
    app: Data<App>,
    _actor: Actor<CanReview>,
    id: Path<ListId>,
) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(preview_json(&service::preview(&app, *id).await?)))
}

/// `DELETE /api/v1/list-drafts/{draft}`
///
/// # Errors
/// 404.
pub async fn discard(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<ListId>,
) -> Result<HttpResponse, web::Error> {
    service::discard(&app, &actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What publishing is asked with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishRequest {
    /// The number of the newest version when the draft was looked at.
    pub(super) newest: i64,
}

/// `POST /api/v1/list-drafts/{draft}/publish`
///
/// # Errors
/// 404; 409 when another version was published since the draft was looked at.
pub async fn publish(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<ListId>,
    body: Body<PublishRequest>,
) -> Result<HttpResponse, web::Error> {
    let done = chain::publish_draft(&app, &actor, *id, body.0.newest).await?;
    let mut answer = list_json(&done.published.list);
    answer["changed"] = json!(done.published.changed);
    answer["looked_again"] = json!(done.looked.map(looked_json));
    Ok(HttpResponse::Created().json(answer))
}

/// A dose in words of no language: `500 ml/ha`.
pub(super) fn dose_text(dose: super::model::Dose) -> String {
    format!("{} {}", thousandths(dose.thousandths), per_hectare(dose.unit))
}

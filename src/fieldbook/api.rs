//! The field book for programs, and what its errors mean to those who ask. What writes goes through `chain`.

use super::draft::{ActivityDraft, ClearDraft, ReopenDraft, SeasonDraft};
use super::error::Error;
use super::model::{Activity, NewActivity, Objection, Origin, Season, SeasonEnd, Spray};
use super::service;
use super::sheet;
use crate::accounts::{Actor, CanRead, CanRecord, Identity, Member};
use crate::app::App;
use crate::chain::{self, By, FieldRecorded};
use crate::kernel::{ActivityId, Cursor, Day, Lang, PageSize, PartyId, PlaceId, Problem, Problems, SeasonId};
use crate::parties::{self, Acting};
use crate::web::{self, Body, Frame};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::WrongAlready => Self::conflict("corrected_already"),
            Error::SeasonOver => Self::conflict("season_over"),
            Error::SeasonOpen => Self::conflict("season_open"),
            Error::SeasonInUse => Self::conflict("season_in_use"),
            Error::KeyTaken => Self::conflict("key_taken"),
            Error::Invalid(problems) => problems.into(),
            Error::Store(error) => error.into(),
        }
    }
}

/// A spray as programs are shown it.
fn spray_json(spray: &Spray) -> Value {
    json!({
        "product": spray.product,
        "substance": spray.substance,
        "ingredient": spray.ingredient,
        "list": spray.list,
        "crop": spray.crop.as_ref().map(crate::kernel::CropCode::as_str),
        "pest": spray.pest,
        "dose": spray.dose.show(Lang::En),
        "area_m2": spray.area.square_metres(),
        "total": spray.total.show(Lang::En),
        "list_days": spray.judged.list_days,
        "label_days": spray.label_days,
        "waiting_days": spray.judged.waiting_days,
        "rule": spray.judged.rule.as_str(),
        "dose_exceeded": spray.judged.dose_exceeded,
        "closed_from": spray.day,
        "closed_to": spray.until(),
    })
}

/// An entry as programs are shown it.
#[must_use]
pub fn activity_json(activity: &Activity) -> Value {
    let copied_from = match activity.origin {
        Origin::Copied(from) => Some(from.to_string()),
        Origin::Template(from) => Some(from.to_string()),
        Origin::Form | Origin::Api => None,
    };
    json!({
        "id": activity.id,
        "entry": activity.entry,
        "party": activity.party,
        "kind": activity.kind,
        "place": activity.place,
        "season": activity.season,
        "day": activity.day,
        "time": activity.at,
        "person": activity.person,
        "equipment": activity.equipment,
        "source": activity.source,
        "note": activity.note,
        "input": activity.input,
        "amount": activity.amount.map(|(amount, unit)| json!({ "amount": amount, "unit": unit })),
        "details": activity.details,
        "spray": activity.spray.as_ref().map(spray_json),
        "origin": activity.origin.as_str(),
        "copied_from": copied_from,
        "entered_for": activity.entered_for,
        "mandate": activity.mandate,
        "recorded_at": activity.recorded_at,
        "wrong": activity.wrong.map(|wrong| json!({
            "declared_at": wrong.declared_at, "replaced_by": wrong.replaced_by,
        })),
    })
}

fn season_json(season: &Season) -> Value {
    json!({
        "id": season.id,
        "party": season.party,
        "place": season.place,
        "crop": season.crop.as_str(),
        "variety": season.variety,
        "began_on": season.began_on,
        "expected_end": season.expected_end,
        "area_m2": season.area.square_metres(),
        "seed_source": season.seed.source,
        "seed_lot": season.seed.lot,
        "seed_amount": season.seed.amount.map(|amount| amount.show(Lang::En)),
        "cleared_on": season.cleared_on,
        "withdrawn_at": season.withdrawn_at,
        "recorded_at": season.recorded_at,
    })
}

/// An end of a season as it was told, and whether it was taken back.
fn end_json(end: &SeasonEnd) -> Value {
    json!({
        "cleared_on": end.day,
        "entered_for": end.told.recorder,
        "mandate": end.told.mandate,
        "recorded_at": end.told.at,
        "taken_back": end.taken_back.as_ref().map(|back| json!({
            "reason": back.reason,
            "entered_for": back.told.recorder,
            "mandate": back.told.mandate,
            "recorded_at": back.told.at,
        })),
    })
}

/// What stands against a harvest, as programs are shown it.
#[must_use]
pub fn objection_json(objection: &Objection) -> Value {
    json!({
        "rule": objection.rule,
        "activity": objection.activity,
        "substance": objection.substance,
        "sprayed_on": objection.sprayed_on,
        "until": objection.until,
    })
}

fn recorded_json(recorded: &FieldRecorded) -> Value {
    json!({
        "entry": recorded.entry,
        "activities": recorded.activities.iter().map(activity_json).collect::<Vec<_>>(),
        "held": recorded.held.iter().map(|lot| json!({
            "id": lot.id, "code": lot.code, "short_code": lot.short_code,
        })).collect::<Vec<_>>(),
        "made_of_held": recorded.made_of_held,
        "repeated": recorded.repeated,
    })
}

fn answer(recorded: &FieldRecorded) -> HttpResponse {
    let status = if recorded.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = HttpResponse::build(status);
    if let Some(first) = recorded.activities.first() {
        response.insert_header((header::LOCATION, format!("/api/v1/activities/{}", first.id)));
    }
    response.json(recorded_json(recorded))
}

/// The key of a program: the header, else the field of the body.
fn key<T: std::str::FromStr<Err = Problem>>(
    request: &HttpRequest,
    body: Option<T>,
) -> Result<Option<T>, Problem> {
    match request.headers().get("idempotency-key").map(|value| value.to_str().unwrap_or("?")) {
        Some(text) => text.parse().map(Some).map_err(|problem: Problem| problem.at("Idempotency-Key")),
        None => Ok(body),
    }
}

pub(super) fn by(member: &Member, grantor: Option<PartyId>) -> By {
    grantor.map_or(By::own(*member), |grantor| By::behalf(*member, grantor))
}

/// The entries that a draft says: one for each of its plots, each for the party whose plot it is.
///
/// # Errors
/// All that is wrong, field by field; a plot that one does not record for.
pub(super) async fn entries(
    app: &App,
    member: &Member,
    draft: &ActivityDraft,
    fresh: Origin,
) -> Result<Vec<(By, NewActivity)>, web::Error> {
    let plots = draft.places()?;
    let grantor = draft.grantor()?;
    if plots.len() <= 1 {
        let new = draft.parse(plots.first().copied(), fresh)?;
        return Ok(vec![(by(member, grantor), new)]);
    }
    let owners = parties::may_record_for(app, member.party).await?;
    let known = service::owners_of(app, &plots).await?;
    let mut problems = Problems::default();
    let mut entries = Vec::with_capacity(plots.len());
    for (n, plot) in plots.iter().enumerate() {
        let owner = known.iter().find(|(place, _)| place == plot).map(|(_, party)| *party);
        let owner = owner.filter(|party| owners.iter().any(|(id, _)| id == party));
        let Some(owner) = owner else {
            problems.push(
                Problem::new("place_not_yours").value(plot.to_string()).at("place").at(format!("plots/{n}")),
            );
            continue;
        };
        entries.push((By::behalf(*member, owner), draft.parse(Some(*plot), fresh)?));
    }
    problems.finish()?;
    Ok(entries)
}

/// Which part of a list is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Where the page before ended.
    after: Option<String>,
    /// Rows on a page.
    size: Option<String>,
    /// Whose book; one's own when absent.
    party: Option<String>,
    /// Of one plot.
    place: Option<String>,
}

impl ListQuery {
    fn parse(&self) -> Result<(Option<Cursor>, PageSize), Problems> {
        let mut problems = Problems::default();
        let after = self.after.as_deref().filter(|text| !text.is_empty());
        let after = problems.take("after", after.map(Cursor::parse).transpose());
        let size = problems.take("size", self.size.as_deref().map(PageSize::parse).transpose());
        problems.finish()?;
        Ok((after.flatten(), size.flatten().unwrap_or_default()))
    }

    fn whose(&self, who: &Identity) -> Result<PartyId, Problem> {
        let asked = self.party.as_deref().filter(|text| !text.is_empty());
        let asked =
            asked.map(str::parse::<PartyId>).transpose().map_err(|problem: Problem| problem.at("party"))?;
        asked.or(who.party).ok_or_else(|| Problem::new("choose_one").at("party"))
    }

    fn place(&self) -> Result<Option<PlaceId>, Problem> {
        let asked = self.place.as_deref().filter(|text| !text.is_empty());
        asked.map(str::parse).transpose().map_err(|problem: Problem| problem.at("place"))
    }
}

/// `GET /api/v1/activities`
///
/// # Errors
/// 404 for a party whose book one may not read; 422 for a cursor or size that is malformed.
pub async fn activities(
    app: Data<App>,
    actor: Acting<CanRead>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = query.parse()?;
    let (party, place) = (query.whose(&actor)?, query.place()?);
    let page = service::activities(&app, &actor, party, place, after.as_ref(), size).await?;
    Ok(HttpResponse::Ok().json(json!({
        "activities": page.items.iter().map(activity_json).collect::<Vec<_>>(),
        "next": page.next,
    })))
}

/// `POST /api/v1/activities`: `plots` names several plots at once, also of parties that gave a mandate.
///
/// # Errors
/// 422 with a problem for each field (and plot); 403 without a mandate; 409 for a key that was used for something else.
pub async fn record(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRecord>,
    body: Body<ActivityDraft>,
) -> Result<HttpResponse, web::Error> {
    let draft = body.0;
    let entries = entries(&app, &actor, &draft, Origin::Api).await?;
    let key = key(&request, draft.once()?)?;
    Ok(answer(&chain::record_activities(&app, &entries, key).await?))
}

/// `GET /api/v1/activities/{activity}`
///
/// # Errors
/// 404 for an entry of a book that one may not read.
pub async fn activity(
    app: Data<App>,
    actor: Acting<CanRead>,
    id: Path<ActivityId>,
) -> Result<HttpResponse, web::Error> {
    let (activity, _) = service::show(&app, &actor, *id).await?;
    Ok(HttpResponse::Ok().json(activity_json(&activity)))
}

/// What a program says of a wrong entry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WrongDraft {
    /// What is right, where something is.
    instead: Option<ActivityDraft>,
}

/// `POST /api/v1/activities/{activity}/correct`: the entry is wrong; `instead` says what is right.
///
/// # Errors
/// 404 for an entry of another party's book; 409 when it was declared wrong before; 422 with a problem for each field.
pub async fn correct(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRecord>,
    id: Path<ActivityId>,
    body: Body<WrongDraft>,
) -> Result<HttpResponse, web::Error> {
    let whose = service::whose(&app, *id).await?;
    let by = By::behalf(*actor, whose);
    let key = match &body.0.instead {
        Some(draft) => key(&request, draft.once()?)?,
        None => key(&request, None)?,
    };
    let instead = match &body.0.instead {
        Some(draft) => Some(draft.parse(draft.places()?.first().copied(), Origin::Api)?),
        None => None,
    };
    Ok(answer(&hidden(chain::correct_activity(&app, &by, key, *id, instead).await)?))
}

/// Without a mandate, nothing is said of another party's book.
pub(super) fn hidden<T>(outcome: Result<T, chain::Error>) -> Result<T, web::Error> {
    match outcome {
        Err(chain::Error::NoMandate { .. }) => Err(web::Error::not_found()),
        outcome => Ok(outcome?),
    }
}

/// `GET /api/v1/seasons`
///
/// # Errors
/// 404 for a party whose book one may not read; 422 for a cursor or size that is malformed.
pub async fn seasons(
    app: Data<App>,
    actor: Acting<CanRead>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = query.parse()?;
    let party = query.whose(&actor)?;
    let page = service::seasons(&app, &actor, party, after.as_ref(), size).await?;
    Ok(HttpResponse::Ok().json(json!({
        "seasons": page.items.iter().map(season_json).collect::<Vec<_>>(),
        "next": page.next,
    })))
}

/// `POST /api/v1/seasons`
///
/// # Errors
/// 422 with a problem for each field; 403 without a mandate; 409 for a key that was used for something else.
pub async fn open(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRecord>,
    body: Body<SeasonDraft>,
) -> Result<HttpResponse, web::Error> {
    let draft = body.0;
    let by = by(&actor, draft.grantor()?);
    let key = key(&request, draft.once()?)?;
    let (season, repeated) = chain::open_season(&app, &by, key, &draft.parse()?).await?;
    let status = if repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok(HttpResponse::build(status)
        .insert_header((header::LOCATION, format!("/api/v1/seasons/{}", season.id)))
        .json(season_json(&season)))
}

/// `GET /api/v1/seasons/{season}`: with its entries, how many of them were copied, and its ends as they were told.
///
/// # Errors
/// 404 for a season of a book that one may not read.
pub async fn season(
    app: Data<App>,
    actor: Acting<CanRead>,
    id: Path<SeasonId>,
) -> Result<HttpResponse, web::Error> {
    let sheet = service::season(&app, &actor, *id).await?;
    let mut shown = season_json(&sheet.season);
    if let Some(members) = shown.as_object_mut() {
        members.insert("ends".into(), sheet.ends.iter().map(end_json).collect());
        members.insert("copied".into(), sheet.copies.copied.into());
        members.insert("entries".into(), sheet.copies.all.into());
        members.insert("activities".into(), sheet.activities.iter().map(activity_json).collect());
        members.insert("shut".into(), sheet.shut.iter().map(objection_json).collect());
    }
    Ok(HttpResponse::Ok().json(shown))
}

/// `POST /api/v1/seasons/{season}/clear`: the plot was cleared.
///
/// # Errors
/// 404 for another party's season; 409 when it has ended; 422 for a day that cannot be.
pub async fn clear(
    app: Data<App>,
    actor: Actor<CanRecord>,
    id: Path<SeasonId>,
    body: Body<ClearDraft>,
) -> Result<HttpResponse, web::Error> {
    let day = body.0.parse()?;
    let by = By::behalf(*actor, service::season_whose(&app, *id).await?);
    let recorded = hidden(chain::clear_season(&app, &by, *id, day).await)?;
    Ok(HttpResponse::Ok().json(recorded_json(&recorded)))
}

/// `POST /api/v1/seasons/{season}/reopen`: its end was told by mistake; `cleared_on` says the day that is right
/// instead.
///
/// # Errors
/// 404 for another party's season; 409 when it has not ended; 422 without a reason, for a plot that was sown again
/// since, and for a day that cannot be.
pub async fn reopen(
    app: Data<App>,
    actor: Actor<CanRecord>,
    id: Path<SeasonId>,
    body: Body<ReopenDraft>,
) -> Result<HttpResponse, web::Error> {
    let (reason, instead) = body.0.parse()?;
    let by = By::behalf(*actor, service::season_whose(&app, *id).await?);
    let recorded = hidden(chain::reopen_season(&app, &by, *id, &reason, instead).await)?;
    Ok(HttpResponse::Ok().json(recorded_json(&recorded)))
}

/// `POST /api/v1/seasons/{season}/withdraw`: it was entered by mistake.
///
/// # Errors
/// 404 for another party's season; 409 while entries name it.
pub async fn withdraw(
    app: Data<App>,
    actor: Actor<CanRecord>,
    id: Path<SeasonId>,
) -> Result<HttpResponse, web::Error> {
    let by = By::behalf(*actor, service::season_whose(&app, *id).await?);
    hidden(chain::withdraw_season(&app, &by, *id).await)?;
    Ok(HttpResponse::NoContent().finish())
}

/// For which day the waiting periods are asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DayQuery {
    /// The day; today when absent.
    day: String,
}

/// `GET /api/v1/places/{place}/waiting`: what keeps a plot shut for harvests on `day`.
///
/// # Errors
/// 404 for a plot whose book one may not read; 422 for a malformed day.
pub async fn waiting(
    app: Data<App>,
    actor: Acting<CanRead>,
    id: Path<PlaceId>,
    query: Query<DayQuery>,
) -> Result<HttpResponse, web::Error> {
    let day = match query.day.trim() {
        "" => app.clock.now().day(),
        text => Day::parse(text).map_err(|problem| problem.at("day"))?,
    };
    let (place, shut) = service::waiting(&app, &actor, *id, day).await?;
    let until = if shut.iter().any(|one| one.until.is_none()) {
        None
    } else {
        shut.iter().filter_map(|one| one.until).max()
    };
    Ok(HttpResponse::Ok().json(json!({
        "place": place.id,
        "day": day,
        "open": shut.is_empty(),
        "until": until,
        "objections": shut.iter().map(objection_json).collect::<Vec<_>>(),
    })))
}

/// `GET /seasons/{season}/book.{extension}`: the season's book with the columns of VietGAP.
///
/// # Errors
/// 404 for a season of a book that one may not read, or another extension.
pub async fn file(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    path: Path<(SeasonId, String)>,
) -> Result<HttpResponse, web::Error> {
    let (id, extension) = path.into_inner();
    let sheet = service::season(&app, &actor, id).await?;
    let (kind, body) = match extension.as_str() {
        "csv" => ("text/csv; charset=utf-8", sheet::csv(&sheet, &frame.t, frame.lang).into_bytes()),
        "xlsx" => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            sheet::xlsx(&sheet, &frame.t, frame.lang).map_err(web::Error::internal)?,
        ),
        _ => return Err(web::Error::not_found()),
    };
    let name = format!("book-{}.{extension}", sheet.season.began_on);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body))
}

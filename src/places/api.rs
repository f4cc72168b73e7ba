//! Places for programs, and what their errors mean to those who ask.

use super::model::{Place, PlaceDraft};
use super::service::{self, Error};
use crate::accounts::{CanManage, CanRead, Identity};
use crate::app::App;
use crate::chain;
use crate::kernel::{Commune, Cursor, PageSize, PartyId, PlaceId, Problem, Problems};
use crate::parties::Acting;
use crate::web::{self, Body};
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::GlnTaken { gln, own } => {
                let problem = Problem::new(if own { "gln_yours" } else { "gln_taken" });
                let mut refused = Self::conflict("place_gln_taken");
                refused.problems.push(problem.value(gln).at("gln"));
                refused
            }
            Error::Closed => Self::conflict("place_closed"),
            Error::Invalid(problems) => problems.into(),
            Error::Store(error) => error.into(),
            error @ Error::NoFreeNumber => Self::internal(error),
        }
    }
}

/// Which part of a list is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Where the page before ended.
    pub(super) after: Option<String>,
    /// Rows on a page.
    pub(super) size: Option<String>,
    /// Part of a name.
    pub(super) q: Option<String>,
    /// Whose places, for people of the authority; others have their own.
    pub(super) party: Option<String>,
}

impl ListQuery {
    pub(super) fn parse(&self) -> Result<(Option<Cursor>, PageSize), Problems> {
        let mut problems = Problems::default();
        let after = self.after.as_deref().filter(|text| !text.is_empty());
        let after = problems.take("after", after.map(Cursor::parse).transpose());
        let size = problems.take("size", self.size.as_deref().map(PageSize::parse).transpose());
        problems.finish()?;
        Ok((after.flatten(), size.flatten().unwrap_or_default()))
    }

    /// Whose list it is: one's own; of any party for people of the authority.
    pub(super) fn whose(&self, who: &Identity) -> Result<PartyId, web::Error> {
        let asked = self.party.as_deref().filter(|text| !text.is_empty());
        let asked = asked.map(str::parse::<PartyId>).transpose().map_err(|problem| problem.at("party"))?;
        match (who.party, asked) {
            (Some(own), Some(other)) if own != other => Err(web::Error::not_found()),
            (Some(own), _) => Ok(own),
            (None, Some(party)) => Ok(party),
            (None, None) => Err(Problem::new("place_party_missing").at("party").into()),
        }
    }
}

fn shown_commune(commune: &Commune) -> Value {
    let province = commune.province.province();
    json!({
        "code": commune.code,
        "name": commune.name,
        "province": { "code": province.code, "name": province.name },
    })
}

/// A place as programs are shown it.
fn shown(place: &Place) -> Value {
    let point = place.point.map(|point| {
        let (latitude, longitude) = point.decimals();
        let number = |text: &str| text.parse::<f64>().map_or(Value::Null, Value::from);
        json!({ "latitude": number(&latitude), "longitude": number(&longitude) })
    });
    json!({
        "id": place.id,
        "party": place.party,
        "code": place.code(),
        "number": place.number,
        "gln": place.gln,
        "kind": place.kind.as_str(),
        "name": place.name,
        "commune": shown_commune(place.commune.commune()),
        "address": place.address,
        "point": point,
        "area_m2": place.area.map(crate::kernel::Area::square_metres),
        "planting_code": place.planting_code,
        "planting_code_issuer": place.planting_code_issuer,
        "version": place.version,
        "closed_at": place.closed_at,
        "created_at": place.created_at,
    })
}

/// Reads a draft; where its commune can mean several, the refusal names them.
fn read(draft: &PlaceDraft) -> Result<super::NewPlace, web::Error> {
    draft.parse().map_err(|problems| {
        let refused = web::Error::from(problems);
        let communes: Vec<Value> = draft.communes().into_iter().map(shown_commune).collect();
        if communes.is_empty() { refused } else { refused.member("communes", communes) }
    })
}

/// `GET /api/v1/places`
///
/// # Errors
/// 422 for a cursor or size that is malformed.
pub async fn list(
    app: Data<App>,
    actor: Acting<CanRead>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let party = query.whose(&actor)?;
    let (after, size) = query.parse()?;
    let search = query.q.as_deref().unwrap_or_default();
    let page = service::list(&app, party, search, after.as_ref(), size).await?;
    Ok(HttpResponse::Ok().json(json!({
        "places": page.items.iter().map(shown).collect::<Vec<_>>(),
        "next": page.next,
    })))
}

/// `POST /api/v1/places`
///
/// # Errors
/// 422 for values that break rules; 409 for a GLN that is taken.
pub async fn add(
    app: Data<App>,
    actor: Acting<CanManage>,
    body: Body<PlaceDraft>,
) -> Result<HttpResponse, web::Error> {
    let place = chain::add_place(&app, &actor, &read(&body.0)?).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/places/{}", place.id)))
        .json(shown(&place)))
}

/// `GET /api/v1/places/{place}`
///
/// # Errors
/// 404 when it is not one that the actor may see.
pub async fn get(
    app: Data<App>,
    actor: Acting<CanRead>,
    id: Path<PlaceId>,
) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(shown(&service::show(&app, &actor, *id).await?)))
}

/// `PUT /api/v1/places/{place}`: says anew all that is said of the place; what is left out is left empty.
///
/// # Errors
/// 404 for another party's place; 409 when it is closed or the GLN is taken; 422 for values that break rules.
pub async fn change(
    app: Data<App>,
    actor: Acting<CanManage>,
    id: Path<PlaceId>,
    body: Body<PlaceDraft>,
) -> Result<HttpResponse, web::Error> {
    let place = chain::change_place(&app, &actor, *id, &read(&body.0)?).await?;
    Ok(HttpResponse::Ok().json(shown(&place)))
}

/// `POST /api/v1/places/{place}/close`
///
/// # Errors
/// 404 for another party's place; 409 when it is closed already.
pub async fn close(
    app: Data<App>,
    actor: Acting<CanManage>,
    id: Path<PlaceId>,
) -> Result<HttpResponse, web::Error> {
    let place = service::close(&app, &actor, *id).await?;
    Ok(HttpResponse::Ok().json(shown(&place)))
}

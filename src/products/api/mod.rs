//! Products for programs, their pictures for everybody, and what their errors mean to those who ask.

pub mod links;

use super::group::{Group, groups};
use super::links::LINKS;
use super::model::{NewProduct, ProductDraft, ProductView};
use super::service::{self, Error, PICTURES};
use crate::accounts::{Actor, CanManage, CanRead, Identity, Member};
use crate::app::App;
use crate::chain;
use crate::fieldbook::lists;
use crate::kernel::{Cursor, Lang, PageSize, PartyId, PictureId, Problem, Problems, ProductId, Sha256Hash};
use crate::parties::Acting;
use crate::web::{self, Body, Upload};
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        let refused = |code, problem: Problem| {
            let mut refused = Self::conflict(code);
            refused.problems.push(problem);
            refused
        };
        match error {
            Error::NotFound => Self::not_found(),
            Error::GtinTaken { gtin, own } => {
                let problem = Problem::new(if own { "gtin_yours" } else { "gtin_taken" });
                refused("gtin_taken", problem.value(gtin).at("gtin"))
            }
            Error::GtinFrozen { gtin } => {
                refused("gtin_frozen", Problem::new("gtin_frozen").value(gtin).at("gtin"))
            }
            Error::UnitFrozen => refused("unit_frozen", Problem::new("unit_frozen").at("unit")),
            Error::TooManyPictures => refused(
                "too_many_pictures",
                Problem::new("too_many_pictures").arg("most", PICTURES).at("picture"),
            ),
            Error::TooManyLinks => {
                refused("too_many_links", Problem::new("too_many_links").arg("most", LINKS).at("href"))
            }
            Error::Invalid(problems) => problems.into(),
            Error::Store(error) => error.into(),
            error @ (Error::NoFreeNumber | Error::Drawing) => Self::internal(error),
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
    /// Whose products, for people of the authority; others have their own.
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
            (None, None) => Err(Problem::new("product_party_missing").at("party").into()),
        }
    }
}

/// A product as its own people are shown it: what everybody is shown, and when it was changed.
fn shown(view: &ProductView) -> Value {
    let mut shown = view.to_json();
    shown["crop"] = json!(view.product.crop);
    shown["created_at"] = json!(view.product.created_at);
    shown["changed_at"] = json!(view.product.changed_at);
    shown
}

/// Refuses a crop that is on no list of the authority, or of another group than the product.
pub(super) async fn require_crop(app: &App, new: &NewProduct) -> Result<(), lists::Error> {
    match &new.crop {
        Some(crop) => lists::require_crop(app, crop, new.group).await,
        None => Ok(()),
    }
}

/// `GET /api/v1/products`
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
        "products": page.items.iter().map(shown).collect::<Vec<_>>(),
        "next": page.next,
    })))
}

/// `POST /api/v1/products`
///
/// # Errors
/// 422 for values that break rules; 409 for a GTIN that is taken.
pub async fn add(
    app: Data<App>,
    actor: Acting<CanManage>,
    body: Body<ProductDraft>,
) -> Result<HttpResponse, web::Error> {
    let new = body.0.parse()?;
    require_crop(&app, &new).await?;
    let product = chain::add_product(&app, &actor, &new).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/products/{}", product.id)))
        .json(shown(&ProductView { product, pictures: Vec::new() })))
}

/// `GET /api/v1/products/{product}`
///
/// # Errors
/// 404 when it is not one that the actor may see.
pub async fn get(
    app: Data<App>,
    actor: Acting<CanRead>,
    id: Path<ProductId>,
) -> Result<HttpResponse, web::Error> {
    Ok(HttpResponse::Ok().json(shown(&service::show(&app, &actor, *id).await?)))
}

/// `PUT /api/v1/products/{product}`: says anew all that is said of the product; what is left out is left empty.
///
/// # Errors
/// 404 for another party's product; 409 for a GTIN that is taken or may not be changed any more; 422 for values that break rules.
pub async fn change(
    app: Data<App>,
    actor: Acting<CanManage>,
    id: Path<ProductId>,
    body: Body<ProductDraft>,
) -> Result<HttpResponse, web::Error> {
    let new = body.0.parse()?;
    require_crop(&app, &new).await?;
    let view = chain::change_product(&app, &actor, *id, &new).await?;
    Ok(HttpResponse::Ok().json(shown(&view)))
}

/// Puts the files of a form on a product, in the order in which they were sent. Those before one that is refused stay.
pub(super) async fn add_all(app: &App, by: &Member, id: ProductId, upload: Upload) -> Result<(), web::Error> {
    if upload.files().is_empty() {
        return Err(Problem::new("picture_missing").at("picture").into());
    }
    for file in upload.files() {
        service::add_picture(app, by, id, file.bytes.clone()).await?;
    }
    Ok(())
}

/// `POST /api/v1/products/{product}/pictures`: one picture or more as `multipart/form-data`, JPEG, PNG or WebP.
///
/// # Errors
/// 404 for another party's product; 409 when it has six; 413 and 422 for files that are no picture within the limits.
pub async fn add_pictures(
    app: Data<App>,
    actor: Acting<CanManage>,
    id: Path<ProductId>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    add_all(&app, &actor, *id, upload).await?;
    let view = service::of(&app, &actor, *id).await?;
    Ok(HttpResponse::Created().json(shown(&view)))
}

/// The order that pictures shall have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    order: Vec<PictureId>,
}

/// `PUT /api/v1/products/{product}/pictures`: the ids of all its pictures in the order wanted.
///
/// # Errors
/// 404 for another party's product; 422 when the list is not exactly that of its pictures.
pub async fn arrange(
    app: Data<App>,
    actor: Acting<CanManage>,
    id: Path<ProductId>,
    body: Body<Order>,
) -> Result<HttpResponse, web::Error> {
    service::arrange(&app, &actor, *id, &body.0.order).await?;
    Ok(HttpResponse::Ok().json(shown(&service::of(&app, &actor, *id).await?)))
}

/// `DELETE /api/v1/products/{product}/pictures/{picture}`
///
/// # Errors
/// 404 when the picture does not stand on a product of the actor's party.
pub async fn remove_picture(
    app: Data<App>,
    actor: Acting<CanManage>,
    path: Path<(ProductId, PictureId)>,
) -> Result<HttpResponse, web::Error> {
    let (id, picture) = path.into_inner();
    service::remove_picture(&app, &actor, id, picture).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/v1/product-groups`
pub async fn product_groups(_actor: Actor<CanRead>) -> HttpResponse {
    let shown = |group: &Group| {
        json!({
            "code": group.code,
            "name": group.name(Lang::Vi),
            "name_en": group.name(Lang::En),
            "state": group.state.as_str(),
            "retention_months": group.retention_months,
            "unit": group.unit,
        })
    };
    HttpResponse::Ok().json(json!({ "groups": groups().iter().map(shown).collect::<Vec<_>>() }))
}

/// `GET /pictures/{hash}.jpg`: a picture that stands on a product, for everybody. Its address names its bytes, so it may be kept for
/// ever.
///
/// # Errors
/// 404 for any other file.
pub async fn picture(app: Data<App>, hash: Path<String>) -> Result<HttpResponse, web::Error> {
    // One spelling only, so that each picture has one address.
    let parsed = Sha256Hash::parse(&hash).ok().filter(|parsed| parsed.to_string() == *hash);
    let bytes = service::picture_file(&app, &parsed.ok_or(Error::NotFound)?).await?;
    Ok(HttpResponse::Ok()
        .content_type("image/jpeg")
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(bytes))
}

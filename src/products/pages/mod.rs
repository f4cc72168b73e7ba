//! The pages of products: my products, a new one, one product with its pictures, changing it.

mod links;

pub use links::{send_link, send_link_removal};

use super::api::{ListQuery, add_all, require_crop};
use super::group::groups;
use super::links::{KeptBy, LINKS, LinkDraft, ProductLink, link_types, links_of};
use super::model::{Product, ProductDraft, ProductView};
use super::service::{self, Error, PICTURES};
use crate::accounts::{Actor, CanManage, CanRead, Identity};
use crate::app::App;
use crate::chain::{self, ProductError};
use crate::fieldbook::lists::{self, Crop};
use crate::kernel::{Page, PictureId, Problems, ProductId, Unit};
use crate::parties::{Acting, Behalf};
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html, Upload};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

fn may_change(who: &Identity) -> bool {
    Actor::<CanManage>::admit(Some(who)).is_ok()
}

fn unit_key(unit: Unit) -> &'static str {
    match unit {
        Unit::Gram => "products-unit-gram",
        Unit::Piece => "products-unit-piece",
    }
}

/// The products of a party.
#[derive(Template)]
#[template(path = "products/list.html")]
pub struct ListPage {
    frame: Frame,
    behalf: Behalf,
    page: Page<ProductView>,
    search: String,
    party: String,
    may_change: bool,
}

/// `GET /products`
///
/// # Errors
/// When the database fails, or the position in the list is malformed.
pub async fn list(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    query: Query<ListQuery>,
) -> Result<Html<ListPage>, web::Error> {
    let party = query.whose(&actor)?;
    let (after, size) = query.parse()?;
    let search = query.q.clone().unwrap_or_default();
    let page = service::list(&app, party, &search, after.as_ref(), size).await?;
    let party = query.party.clone().unwrap_or_default();
    let behalf = actor.behalf(&app).await?;
    Ok(Html(ListPage { frame, behalf, page, search, party, may_change: may_change(&actor) }))
}

/// The form of a product, new or known.
#[derive(Template)]
#[template(path = "products/form.html")]
pub struct FormPage {
    frame: Frame,
    behalf: Behalf,
    /// Where the form is sent.
    action: String,
    /// Whether the product is known already.
    known: bool,
    /// The crops that may be chosen.
    crops: Vec<Crop>,
    draft: ProductDraft,
    problems: Problems,
    refusal: Option<String>,
}

impl FormPage {
    fn new(
        frame: Frame,
        behalf: Behalf,
        id: Option<ProductId>,
        crops: Vec<Crop>,
        draft: ProductDraft,
    ) -> Self {
        let path = id.map_or_else(|| "/products".to_owned(), |id| format!("/products/{id}"));
        let action = path + &behalf.query();
        Self {
            frame,
            behalf,
            action,
            known: id.is_some(),
            crops,
            draft,
            problems: Problems::default(),
            refusal: None,
        }
    }

    fn groups(&self) -> Vec<(String, String)> {
        groups().iter().map(|group| (group.code.to_owned(), group.name(self.frame.lang).to_owned())).collect()
    }

    /// Crops with their groups, because a list that follows the chosen group would need a script.
    fn crop_choices(&self) -> Vec<(String, String)> {
        let shown = |crop: &Crop| {
            let name = crop.name_in(self.frame.lang);
            (crop.code.to_string(), format!("{name} ({})", crop.group.name(self.frame.lang)))
        };
        let mut crops: Vec<&Crop> = self.crops.iter().collect();
        crops.sort_by_key(|crop| groups().iter().position(|group| group == crop.group));
        crops.into_iter().map(shown).collect()
    }

    fn units(&self) -> Vec<(String, String)> {
        let units = [Unit::Gram, Unit::Piece].into_iter();
        units.map(|unit| (unit.as_str().to_owned(), self.frame.t.say(unit_key(unit)).into_owned())).collect()
    }

    /// The form again, with what is wrong; failures of ours and products that are not there go their own way.
    fn again(mut self, error: Error) -> Result<HttpResponse, web::Error> {
        let mut shown = web::Error::from(error);
        if shown.status.is_server_error() || shown.status == StatusCode::NOT_FOUND {
            return Err(shown);
        }
        self.problems = Problems(std::mem::take(&mut shown.problems));
        if self.problems.is_empty() {
            let key = format!("error-{}", shown.code.replace('_', "-"));
            self.refusal = Some(self.frame.t.with(&key, &shown.args));
        }
        Ok(Html(self).into_response(shown.status))
    }
}

/// What is wrong with a product's crop; failures of ours go their own way.
fn crop_problems(outcome: Result<(), lists::Error>) -> Result<Option<Problems>, web::Error> {
    match outcome {
        Ok(()) => Ok(None),
        Err(lists::Error::Invalid(problems)) => Ok(Some(problems)),
        Err(error) => Err(error.into()),
    }
}

/// `GET /products/new`
///
/// # Errors
/// Those of the permission.
pub async fn new(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
) -> Result<Html<FormPage>, web::Error> {
    let behalf = actor.behalf(&app).await?;
    let crops = lists::crops_of(&app, None).await?;
    Ok(Html(FormPage::new(frame, behalf, None, crops, ProductDraft::default())))
}

/// `POST /products`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_new(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
    form: Form<ProductDraft>,
) -> Result<HttpResponse, web::Error> {
    let Form(draft) = form;
    let behalf = actor.behalf(&app).await?;
    let outcome = match draft.parse() {
        Ok(new) => match crop_problems(require_crop(&app, &new).await)? {
            None => by_door(chain::add_product(&app, &actor, &new).await)?,
            Some(problems) => Err(Error::Invalid(problems)),
        },
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(product) => Ok(see_other(&format!("/products/{}{}", product.id, behalf.query()))),
        Err(error) => {
            let crops = lists::crops_of(&app, None).await?;
            FormPage::new(frame, behalf, None, crops, draft).again(error)
        }
    }
}

/// One product.
#[derive(Template)]
#[template(path = "products/show.html")]
pub struct ShowPage {
    frame: Frame,
    behalf: Behalf,
    view: ProductView,
    links: Vec<ProductLink>,
    link: LinkDraft,
    may_change: bool,
    problems: Problems,
}

impl ShowPage {
    /// The page of a product.
    async fn of(
        app: &App,
        frame: Frame,
        behalf: Behalf,
        view: ProductView,
        may_change: bool,
    ) -> Result<Self, web::Error> {
        let links = links_of(app, Some(view.product.party), view.product.id).await?;
        let (link, problems) = (LinkDraft::default(), Problems::default());
        Ok(Self { frame, behalf, view, links, link, may_change, problems })
    }

    /// The page again, with what is wrong with a link.
    fn with_link(self, link: LinkDraft, problems: Problems) -> Self {
        Self { link, problems, ..self }
    }

    /// The link types that a party may use, as a form offers them.
    fn link_kinds(&self) -> Vec<(String, String)> {
        let kept = link_types().iter().filter(|known| known.kept_by == KeptBy::Party);
        kept.map(|known| (known.code.clone(), known.name(self.frame.lang).to_owned())).collect()
    }

    fn may_add_links(&self) -> bool {
        self.may_change && self.links.len() < LINKS
    }

    /// What is said to shoppers: the key of the word, and the text.
    fn said(&self) -> Vec<(&'static str, Option<&str>)> {
        let product: &Product = &self.view.product;
        vec![
            ("products-storage", product.storage.as_deref()),
            ("products-standards", product.standards.as_deref()),
            ("products-safety-warning", product.safety_warning.as_deref()),
            ("products-packaging", product.packaging.as_deref()),
            ("products-disposal", product.disposal.as_deref()),
        ]
    }

    fn unit_key(&self) -> &'static str {
        unit_key(self.view.product.unit)
    }

    /// What stands for the picture of this number where it cannot be seen.
    fn alternative(&self, number: impl std::fmt::Display) -> String {
        let name = self.view.product.name_in(self.frame.lang);
        self.frame.t.two("products-picture-alt", ("name", name), ("number", number))
    }

    fn may_add_pictures(&self) -> bool {
        self.may_change && self.view.pictures.len() < PICTURES
    }
}

/// `GET /products/{product}`
///
/// # Errors
/// 404 when it is not one that the actor may see.
pub async fn show(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    id: Path<ProductId>,
) -> Result<Html<ShowPage>, web::Error> {
    let view = service::show(&app, &actor, *id).await?;
    let may_change = may_change(&actor);
    let behalf = actor.behalf(&app).await?;
    Ok(Html(ShowPage::of(&app, frame, behalf, view, may_change).await?))
}

/// `GET /products/{product}/edit`
///
/// # Errors
/// 404 for another party's product.
pub async fn edit(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
    id: Path<ProductId>,
) -> Result<Html<FormPage>, web::Error> {
    let view = service::of(&app, &actor, *id).await?;
    let behalf = actor.behalf(&app).await?;
    let crops = lists::crops_of(&app, None).await?;
    Ok(Html(FormPage::new(frame, behalf, Some(*id), crops, ProductDraft::from(&view.product))))
}

/// What the form shows again, apart from what the door refuses otherwise.
fn by_door<T>(outcome: Result<T, ProductError>) -> Result<Result<T, Error>, web::Error> {
    match outcome {
        Err(ProductError::Chain(error)) => Err(error.into()),
        Err(ProductError::Product(error)) => Ok(Err(error)),
        Ok(done) => Ok(Ok(done)),
    }
}

/// `POST /products/{product}`
///
/// # Errors
/// 404 for another party's product; what is wrong with the input shows the form again.
pub async fn send_edit(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
    id: Path<ProductId>,
    form: Form<ProductDraft>,
) -> Result<HttpResponse, web::Error> {
    let Form(draft) = form;
    let behalf = actor.behalf(&app).await?;
    let outcome = match draft.parse() {
        Ok(new) => match crop_problems(require_crop(&app, &new).await)? {
            None => by_door(chain::change_product(&app, &actor, *id, &new).await)?,
            Some(problems) => Err(Error::Invalid(problems)),
        },
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(_) => Ok(see_other(&format!("/products/{id}{}", behalf.query()))),
        Err(error) => {
            let crops = lists::crops_of(&app, None).await?;
            FormPage::new(frame, behalf, Some(*id), crops, draft).again(error)
        }
    }
}

/// `POST /products/{product}/pictures`
///
/// # Errors
/// 404 for another party's product; what is wrong with a file shows the page again.
pub async fn send_pictures(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
    id: Path<ProductId>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let behalf = actor.behalf(&app).await?;
    match add_all(&app, &actor, *id, upload).await {
        Ok(()) => Ok(see_other(&format!("/products/{id}{}", behalf.query()))),
        Err(mut error) if !error.problems.is_empty() => {
            let problems = Problems(std::mem::take(&mut error.problems));
            let view = service::of(&app, &actor, *id).await?;
            let page = ShowPage::of(&app, frame, behalf, view, true).await?;
            Ok(Html(ShowPage { problems, ..page }).into_response(error.status))
        }
        Err(error) => Err(error),
    }
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// `POST /products/{product}/pictures/{picture}/earlier`: the picture changes places with the one before it.
///
/// # Errors
/// 404 when the picture does not stand on a product of the actor's party.
pub async fn send_earlier(
    app: Data<App>,
    actor: Acting<CanManage>,
    path: Path<(ProductId, PictureId)>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let (id, picture) = path.into_inner();
    let behalf = actor.behalf(&app).await?;
    let view = service::of(&app, &actor, id).await?;
    let mut order: Vec<PictureId> = view.pictures.iter().map(|picture| picture.id).collect();
    let at = order.iter().position(|other| *other == picture).ok_or(Error::NotFound)?;
    order.swap(at, at.saturating_sub(1));
    service::arrange(&app, &actor, id, &order).await?;
    Ok(see_other(&format!("/products/{id}{}", behalf.query())))
}

/// `POST /products/{product}/pictures/{picture}/remove`
///
/// # Errors
/// 404 when the picture does not stand on a product of the actor's party.
pub async fn send_removal(
    app: Data<App>,
    actor: Acting<CanManage>,
    path: Path<(ProductId, PictureId)>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let (id, picture) = path.into_inner();
    let behalf = actor.behalf(&app).await?;
    service::remove_picture(&app, &actor, id, picture).await?;
    Ok(see_other(&format!("/products/{id}{}", behalf.query())))
}

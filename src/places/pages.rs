//! The pages of places: my places, a new one, one place, changing it, closing it.

use super::api::ListQuery;
use super::model::{Place, PlaceDraft, PlaceKind};
use super::service::{self, Error};
use crate::accounts::{Actor, CanManage, CanRead, Identity};
use crate::app::App;
use crate::chain::{self, PlaceError};
use crate::kernel::{Commune, Page, PlaceId, Problems, commune};
use crate::parties::{Acting, Behalf};
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

fn may_change(who: &Identity) -> bool {
    Actor::<CanManage>::admit(Some(who)).is_ok()
}

/// The places of a party.
#[derive(Template)]
#[template(path = "places/list.html")]
pub struct ListPage {
    frame: Frame,
    behalf: Behalf,
    page: Page<Place>,
    search: String,
    party: String,
    may_change: bool,
}

/// `GET /places`
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

/// The form of a place, new or known.
#[derive(Template)]
#[template(path = "places/form.html")]
pub struct FormPage {
    frame: Frame,
    behalf: Behalf,
    /// Where the form is sent.
    action: String,
    /// Whether the place is known already.
    known: bool,
    draft: PlaceDraft,
    problems: Problems,
    refusal: Option<String>,
    /// The communes that the name typed can mean.
    communes: Vec<&'static Commune>,
}

impl FormPage {
    fn new(frame: Frame, behalf: Behalf, id: Option<PlaceId>, draft: PlaceDraft) -> Self {
        let path = id.map_or_else(|| "/places".to_owned(), |id| format!("/places/{id}"));
        let action = path + &behalf.query();
        Self {
            frame,
            behalf,
            action,
            known: id.is_some(),
            draft,
            problems: Problems::default(),
            refusal: None,
            communes: Vec::new(),
        }
    }

    fn kinds(&self) -> Vec<(String, String)> {
        let kinds = PlaceKind::ALL.into_iter();
        kinds.map(|kind| (kind.as_str().to_owned(), self.frame.t.say(kind.key()).into_owned())).collect()
    }

    /// The communes of the city, as help for typing.
    fn nearby() -> impl Iterator<Item = &'static Commune> {
        commune::communes().iter().filter(|commune| commune.province.as_str() == "01")
    }

    /// The form again, with what is wrong; failures of ours and places that are not there go their own way.
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
        self.communes = self.draft.communes();
        self.draft = self.draft.settled();
        Ok(Html(self).into_response(shown.status))
    }
}

/// `GET /places/new`
///
/// # Errors
/// Those of the permission.
pub async fn new(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
) -> Result<Html<FormPage>, web::Error> {
    let behalf = actor.behalf(&app).await?;
    Ok(Html(FormPage::new(frame, behalf, None, PlaceDraft::default())))
}

/// What is wrong with a place is shown with its form; anything else is not.
fn told(outcome: Result<Place, PlaceError>) -> Result<Result<Place, Error>, web::Error> {
    match outcome {
        Err(PlaceError::Chain(error)) => Err(error.into()),
        Err(PlaceError::Place(error)) => Ok(Err(error)),
        Ok(place) => Ok(Ok(place)),
    }
}

/// `POST /places`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_new(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
    form: Form<PlaceDraft>,
) -> Result<HttpResponse, web::Error> {
    let Form(draft) = form;
    let behalf = actor.behalf(&app).await?;
    let outcome = match draft.parse() {
        Ok(new) => told(chain::add_place(&app, &actor, &new).await)?,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(place) => Ok(see_other(&format!("/places/{}{}", place.id, behalf.query()))),
        Err(error) => FormPage::new(frame, behalf, None, draft).again(error),
    }
}

/// One place.
#[derive(Template)]
#[template(path = "places/show.html")]
pub struct ShowPage {
    frame: Frame,
    behalf: Behalf,
    place: Place,
    may_change: bool,
}

/// `GET /places/{place}`
///
/// # Errors
/// 404 when it is not one that the actor may see.
pub async fn show(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    id: Path<PlaceId>,
) -> Result<Html<ShowPage>, web::Error> {
    let place = service::show(&app, &actor, *id).await?;
    let may_change = place.is_open() && may_change(&actor);
    let behalf = actor.behalf(&app).await?;
    Ok(Html(ShowPage { frame, behalf, place, may_change }))
}

/// `GET /places/{place}/edit`
///
/// # Errors
/// 404 for another party's place; 409 when it is closed.
pub async fn edit(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
    id: Path<PlaceId>,
) -> Result<Html<FormPage>, web::Error> {
    let place = service::of(&app, &actor, *id).await?;
    if !place.is_open() {
        return Err(Error::Closed.into());
    }
    let behalf = actor.behalf(&app).await?;
    Ok(Html(FormPage::new(frame, behalf, Some(place.id), PlaceDraft::from(&place))))
}

/// `POST /places/{place}`
///
/// # Errors
/// 404 for another party's place; what is wrong with the input shows the form again.
pub async fn send_edit(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanManage>,
    id: Path<PlaceId>,
    form: Form<PlaceDraft>,
) -> Result<HttpResponse, web::Error> {
    let Form(draft) = form;
    let behalf = actor.behalf(&app).await?;
    let outcome = match draft.parse() {
        Ok(new) => told(chain::change_place(&app, &actor, *id, &new).await)?,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(place) => Ok(see_other(&format!("/places/{}{}", place.id, behalf.query()))),
        Err(error) => FormPage::new(frame, behalf, Some(*id), draft).again(error),
    }
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// `POST /places/{place}/close`
///
/// # Errors
/// 404 for another party's place; 409 when it is closed already.
pub async fn send_close(
    app: Data<App>,
    actor: Acting<CanManage>,
    id: Path<PlaceId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let behalf = actor.behalf(&app).await?;
    let place = service::close(&app, &actor, *id).await?;
    Ok(see_other(&format!("/places/{}{}", place.id, behalf.query())))
}

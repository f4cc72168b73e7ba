//! The small public pages of places and parties: what may be told of each, and no more.
//!
//! What must stay true: the place of a household that has not agreed to be named shows its kind and province only.

use super::super::service::{self, Error};
use super::goods::{named, whereabouts};
use super::{frame, open, unknown};
use crate::app::App;
use crate::codes::SignatureState;
use crate::kernel::Gln;
use crate::parties::Kind;
use crate::places::Place;
use crate::trace::PublicParty;
use crate::web::{self, Frame, Html};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

/// A page of facts under a title.
#[derive(Template)]
#[template(path = "lookup/facts.html")]
pub struct FactsPage {
    frame: Frame,
    title: String,
    /// The key of the word, and the text.
    facts: Vec<(&'static str, String)>,
}

fn of_place(frame: Frame, place: &Place, owner: &PublicParty) -> FactsPage {
    let kind = frame.t.say(place.kind.key()).into_owned();
    let told = owner.published.is_some();
    let mut facts = vec![("lookup-place-code", place.code().to_owned()), ("lookup-place-kind", kind.clone())];
    facts.push(("lookup-place-owner", named(&frame, owner)));
    let at = if told { place.commune.commune().to_string() } else { whereabouts(owner) };
    facts.push(("lookup-whereabouts", at));
    if let Some(code) = place.planting_code.as_ref().filter(|_| told) {
        facts.push(("lookup-planting-code", code.clone()));
    }
    if place.closed_at.is_some() {
        facts.push(("lookup-place-state", frame.t.say("lookup-place-closed").into_owned()));
    }
    FactsPage { title: if told { place.name.clone() } else { kind }, facts, frame }
}

fn of_party(frame: Frame, party: &PublicParty, gln: &Gln) -> FactsPage {
    let mut facts = vec![("lookup-place-code", gln.to_string())];
    if let Ok(kind) = Kind::parse(&party.kind) {
        facts.push(("lookup-place-kind", frame.t.say(kind.key()).into_owned()));
    }
    facts.push(("lookup-whereabouts", whereabouts(party)));
    if let Some(published) = &party.published {
        facts.push(("lookup-address", published.address.clone()));
    }
    FactsPage { title: named(&frame, party), facts, frame }
}

fn shown(
    app: &App,
    request: &HttpRequest,
    page: Result<FactsPage, Error>,
) -> Result<HttpResponse, web::Error> {
    match page {
        Ok(page) => Ok(open(Html(page).into_response(StatusCode::OK))),
        Err(Error::Unknown) => Ok(unknown(app, request, SignatureState::Absent)),
        Err(error) => Err(error.into()),
    }
}

/// `GET /place/{code}`: by GLN or registry number.
///
/// # Errors
/// When the database fails; an unknown code is answered in words.
pub async fn place(
    app: Data<App>,
    request: HttpRequest,
    code: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let frame = frame(&app, &request, request.uri().path());
    let found = service::place_page(&app, &code).await;
    shown(&app, &request, found.map(|(place, owner)| of_place(frame, &place, &owner)))
}

/// `GET /party/{gln}`: a party that may be named.
///
/// # Errors
/// When the database fails; an unknown code is answered in words.
pub async fn party(
    app: Data<App>,
    request: HttpRequest,
    code: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let frame = frame(&app, &request, request.uri().path());
    let found = match Gln::parse(&code) {
        Ok(gln) => service::party_page(&app, &gln).await.map(|party| of_party(frame, &party, &gln)),
        Err(_) => Err(Error::Unknown),
    };
    shown(&app, &request, found)
}

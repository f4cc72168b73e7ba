//! A lot begins: harvested in one place, or collected from many.

use super::clerk::Clerk;
use super::lines::{Row, rows};
use super::{Choosable, Prefill, Wrong, blank, choose_only, place_choices, to_lot, units};
use crate::chain::draft::Draft;
use crate::chain::form::{Filled, List};
use crate::chain::model::Command;
use crate::fieldbook;
use crate::kernel::{PartyId, PlaceId};
use crate::lots;
use crate::parties::Choice;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

/// How many further places the form begins with, and how many more each press of the button gives.
const LINES: usize = 3;

/// Declaring a lot.
#[derive(Template)]
#[template(path = "chain/declare.html")]
pub struct DeclarePage {
    frame: Frame,
    draft: Draft,
    wrong: Wrong,
    firms: Vec<Choice>,
    party: PartyId,
    places: Vec<Choosable>,
    products: Vec<Choosable>,
    units: Vec<Choosable>,
    /// What keeps plots of the form shut today: the form warns before.
    shut: Vec<String>,
    /// What this harvest would be held for: it is recorded when that is said once more.
    held: Vec<String>,
    /// Whether it is collected from several places.
    many: bool,
}

impl DeclarePage {
    fn rows(&self) -> Vec<Row<'_>> {
        rows(&self.frame, &self.wrong, &self.draft, List::Collected)
    }
}

async fn page(clerk: &Clerk, many: bool, mut draft: Draft, wrong: Wrong) -> Result<DeclarePage, web::Error> {
    let offer = clerk.offer(&draft).await?;
    let places = if many {
        List::Collected.fill_up(&mut draft, LINES);
        let mut origins = lots::origins(&clerk.app, &clerk.who, offer.party).await?;
        origins.retain(|(_, place)| !offer.all_of_crops || place.kind.grows());
        let name = |(party, place): (String, crate::places::Place)| {
            let own = place.party == offer.party;
            let choice = place_choices(&clerk.frame, std::slice::from_ref(&place));
            choice
                .into_iter()
                .map(move |(id, words)| (id, if own { words } else { format!("{party}: {words}") }))
        };
        origins.into_iter().flat_map(name).collect()
    } else {
        let mut places = offer.places;
        places.retain(|(id, _)| {
            !offer.all_of_crops || offer.growing.iter().any(|known| known.to_string() == *id)
        });
        places
    };
    let shut = shut(clerk, &places).await?;
    choose_only(&mut draft.place, &places);
    choose_only(&mut draft.product, &offer.products);
    Ok(DeclarePage {
        frame: clerk.frame.clone(),
        draft,
        wrong,
        firms: offer.firms,
        party: offer.party,
        places,
        products: offer.products,
        units: units(&clerk.frame, None),
        shut,
        held: Vec::new(),
        many,
    })
}

/// What keeps plots shut today, each in a sentence.
async fn shut(clerk: &Clerk, places: &[Choosable]) -> Result<Vec<String>, web::Error> {
    let ids: Vec<PlaceId> = places.iter().filter_map(|(id, _)| id.parse().ok()).collect();
    let name = |id: PlaceId| {
        let found = places.iter().find(|(known, _)| *known == id.to_string());
        found.map(|(_, words)| words.as_str()).unwrap_or_default()
    };
    let mut sentences = Vec::new();
    for (place, objections) in fieldbook::shut_today(&clerk.app, &ids).await? {
        for objection in objections {
            sentences.push(format!("{}: {}", name(place), fieldbook::shut_words(&clerk.frame, &objection)));
        }
    }
    Ok(sentences)
}

/// The form again, which says what the harvest would be held for.
async fn warn(
    clerk: &Clerk,
    many: bool,
    draft: Draft,
    held: Vec<String>,
) -> Result<HttpResponse, web::Error> {
    let mut page = page(clerk, many, draft, Wrong::default()).await?;
    page.held = held;
    Ok(Html(page).into_response(StatusCode::CONFLICT))
}

/// `GET /lots/new`
///
/// # Errors
/// 404 for a party that one does not record for.
pub async fn declare(clerk: Clerk, prefill: Prefill) -> Result<Html<DeclarePage>, web::Error> {
    let draft = blank(&clerk.app, &prefill);
    Ok(Html(page(&clerk, false, draft, Wrong::default()).await?))
}

/// `POST /lots/new`: a harvest that would be held is recorded with the button `anyway`.
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_declare(clerk: Clerk, form: Form<Filled>) -> Result<HttpResponse, web::Error> {
    let draft = form.0.0;
    let command = draft.declare().map(Command::Declare);
    let held = clerk.warned(&draft, &command).await?;
    if !held.is_empty() {
        return warn(&clerk, false, draft, held).await;
    }
    let outcome = clerk.record(&draft, command).await;
    clerk.answer(outcome, to_lot, async |wrong| page(&clerk, false, draft, wrong).await).await
}

/// `GET /lots/collect`
///
/// # Errors
/// 404 for a party that one does not record for.
pub async fn collect(clerk: Clerk, prefill: Prefill) -> Result<Html<DeclarePage>, web::Error> {
    let draft = blank(&clerk.app, &prefill);
    Ok(Html(page(&clerk, true, draft, Wrong::default()).await?))
}

/// `POST /lots/collect`: with the button `more`, the form again with more lines.
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_collect(clerk: Clerk, form: Form<Filled>) -> Result<HttpResponse, web::Error> {
    let mut draft = form.0.0;
    if draft.button == "more" {
        List::Collected.grow(&mut draft, LINES);
        let page = page(&clerk, true, draft, Wrong::default()).await?;
        return Ok(Html(page).into_response(StatusCode::OK));
    }
    let command = draft.collect().map(Command::Collect);
    let held = clerk.warned(&draft, &command).await?;
    if !held.is_empty() {
        return warn(&clerk, true, draft, held).await;
    }
    let outcome = clerk.record(&draft, command).await;
    clerk.answer(outcome, to_lot, async |wrong| page(&clerk, true, draft, wrong).await).await
}

//! The forms that record: harvests, what becomes of a lot, shipments, cases, corrections; and the authority's stops. All work without
//! a script; what was typed is kept when something is wrong, and a form sent twice is recorded once.

pub mod cases;
mod clerk;
pub mod correct;
pub mod harvest;
mod lines;
pub mod movement;
pub mod shipment;
pub mod stops;
pub mod transform;

pub use clerk::Clerk;

use super::draft::{Draft, QuantityDraft};
use super::form;
use super::model::Recorded;
use crate::app::App;
use crate::kernel::{Day, EventId, Problems, Quantity, Unit};
use crate::places::Place;
use crate::products::Product;
use crate::web::{self, Frame};
use actix_web::http::StatusCode;
use actix_web::web::Query;
use serde::Deserialize;

/// A value of a select and its words.
type Choosable = (String, String);

/// What is wrong with a form: field by field, or in a sentence above it.
#[derive(Clone, Debug, Default)]
struct Wrong {
    status: StatusCode,
    problems: Problems,
    refusal: Option<String>,
}

impl Wrong {
    /// What a refused form shows.
    ///
    /// # Errors
    /// What is not the sender's to mend goes on as it is.
    fn of(frame: &Frame, error: web::Error) -> Result<Self, web::Error> {
        if error.status.is_server_error() || error.status == StatusCode::NOT_FOUND {
            return Err(error);
        }
        let refusal = error
            .problems
            .is_empty()
            .then(|| frame.t.with(&format!("error-{}", error.code.replace('_', "-")), &error.args));
        Ok(Self { status: error.status, problems: Problems(error.problems.clone()), refusal })
    }

    /// The sentences about fields that the form has no input for; `shown` names those that it has, with commas between. Lines of
    /// lists show theirs themselves.
    fn above(&self, frame: &Frame, shown: &str) -> Vec<String> {
        let mut fields: Vec<&str> = shown.split(',').collect();
        fields.extend(
            self.problems.iter().map(|problem| problem.field.as_str()).filter(|field| field.contains('/')),
        );
        frame.other_problems(&self.problems, &fields)
    }

    fn line(&self, frame: &Frame, list: &str, number: usize) -> Option<String> {
        frame.problem(&self.problems, &format!("{list}/{number}"))
    }
}

/// What the links between pages carry. Whatever else an address has is left alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Carried {
    behalf_of: String,
    product: String,
    place: String,
    step: String,
    /// The lot that a form begins with.
    lot: String,
    /// The case that a form begins with.
    case: String,
}

/// What the links between pages carry.
pub type Prefill = Query<Carried>;

fn place_choices(frame: &Frame, places: &[Place]) -> Vec<Choosable> {
    let name = |place: &Place| format!("{} · {}", place.name, frame.t.say(place.kind.key()));
    places.iter().map(|place| (place.id.to_string(), name(place))).collect()
}

fn product_choices(frame: &Frame, products: &[Product]) -> Vec<Choosable> {
    let name = |product: &Product| product.name_in(frame.lang).to_owned();
    products.iter().map(|product| (product.id.to_string(), name(product))).collect()
}

/// The units to choose from, for what is counted so; for both when that is not known yet.
fn units(frame: &Frame, unit: Option<Unit>) -> Vec<Choosable> {
    let mass = ["kg", "tạ", "tấn", "g"].map(|name| (name.to_owned(), name.to_owned()));
    let pieces = [("piece".to_owned(), frame.t.say("chain-unit-piece").into_owned())];
    match unit {
        Some(Unit::Gram) => mass.into_iter().collect(),
        Some(Unit::Piece) => pieces.into_iter().collect(),
        None => mass.into_iter().chain(pieces).collect(),
    }
}

/// A quantity as a form can be sent back with it: `12,5` and its unit.
fn typed(frame: &Frame, quantity: Quantity) -> (QuantityDraft, String) {
    let (number, unit) = form::split(&quantity.show(frame.lang), quantity.unit());
    (QuantityDraft::Text(number), unit.to_owned())
}

/// The page of the lot, which says what was recorded.
fn to_lot(recorded: &Recorded) -> String {
    format!("/lots/{}?recorded={}", recorded.lot.id, recorded.event)
}

/// A form not yet filled in: today, with a key of its own.
fn blank(app: &App, prefill: &Carried) -> Draft {
    Draft {
        key: app.id::<EventId>().to_string(),
        behalf_of: prefill.behalf_of.clone(),
        product: prefill.product.clone(),
        place: prefill.place.clone(),
        step: prefill.step.clone(),
        case: prefill.case.clone(),
        day: today(app).to_string(),
        unit: "kg".to_owned(),
        ..Draft::default()
    }
}

fn today(app: &App) -> Day {
    app.clock.now().day()
}

/// One is no choice.
fn choose_only(value: &mut String, choices: &[Choosable]) {
    if let [(only, _)] = choices
        && value.is_empty()
    {
        value.clone_from(only);
    }
}

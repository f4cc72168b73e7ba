//! Lots are made out of others: washed, cut, mixed, split, merged, packed anew, processed.

use super::clerk::Clerk;
use super::lines::{Row, line_of, lot_choices, rows};
use super::{Choosable, Prefill, Wrong, blank, choose_only, to_lot, units};
use crate::chain::draft::Draft;
use crate::chain::form::{Filled, List};
use crate::chain::model::Command;
use crate::events::Step;
use crate::kernel::{PartyId, Quantity};
use crate::parties::Choice;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

/// Making lots out of others.
#[derive(Template)]
#[template(path = "chain/transform.html")]
pub struct TransformPage {
    frame: Frame,
    draft: Draft,
    wrong: Wrong,
    firms: Vec<Choice>,
    party: PartyId,
    steps: Vec<Choosable>,
    lots: Vec<Choosable>,
    places: Vec<Choosable>,
    products: Vec<Choosable>,
    units: Vec<Choosable>,
}

/// What the amounts of a transformation come to.
enum Sums {
    /// So much more went in than came out: it is counted as lost.
    Lost(Quantity),
    /// So much more came out than went in, which cannot be.
    Beyond(Quantity),
    /// As much came out as went in.
    Even,
}

impl TransformPage {
    fn inputs(&self) -> Vec<Row<'_>> {
        rows(&self.frame, &self.wrong, &self.draft, List::Inputs)
    }

    fn outputs(&self) -> Vec<Row<'_>> {
        rows(&self.frame, &self.wrong, &self.draft, List::Outputs)
    }

    fn sums(&self) -> Option<Sums> {
        let (went_in, came_out) = (List::Inputs.sum(&self.draft)?, List::Outputs.sum(&self.draft)?);
        if went_in.unit() != came_out.unit() {
            return None;
        }
        Some(match (went_in.minus(came_out), came_out.minus(went_in)) {
            (Ok(lost), _) if lost.is_zero() => Sums::Even,
            (Ok(lost), _) => Sums::Lost(lost),
            (Err(_), Ok(more)) => Sums::Beyond(more),
            (Err(_), Err(_)) => return None,
        })
    }

    /// What will be counted as lost, in a sentence; nothing while it cannot be reckoned.
    fn lost(&self) -> Option<String> {
        let words = &self.frame.t;
        let shown = |quantity: Quantity| quantity.show(self.frame.lang);
        self.sums().map(|sums| match sums {
            Sums::Lost(lost) => words.one("chain-lost", "amount", shown(lost)),
            Sums::Beyond(more) => words.one("chain-beyond", "amount", shown(more)),
            Sums::Even => words.say("chain-nothing-lost").into_owned(),
        })
    }

    fn title_key(&self) -> &'static str {
        Step::parse(&self.draft.step)
            .filter(|step| step.is_transformation())
            .map_or("chain-transform", Step::key)
    }
}

/// How many lots go in and come out at least, as the form is opened.
fn sides(step: &str) -> (usize, usize) {
    match Step::parse(step) {
        Some(Step::Split) => (1, 2),
        Some(Step::Merge | Step::Mix) => (2, 1),
        _ => (1, 1),
    }
}

async fn page(clerk: &Clerk, mut draft: Draft, wrong: Wrong) -> Result<TransformPage, web::Error> {
    let offer = clerk.offer(&draft).await?;
    let lines = clerk.lots(offer.party).await?;
    let (inputs, outputs) = sides(&draft.step);
    List::Inputs.fill_up(&mut draft, inputs);
    List::Outputs.fill_up(&mut draft, outputs);
    choose_only(&mut draft.place, &offer.places);
    let frame = &clerk.frame;
    let steps =
        Step::TRANSFORMATIONS.map(|step| (step.as_str().to_owned(), frame.t.say(step.key()).into_owned()));
    Ok(TransformPage {
        lots: lot_choices(frame, &lines),
        units: units(frame, None),
        frame: frame.clone(),
        draft,
        wrong,
        firms: offer.firms,
        party: offer.party,
        steps: steps.into_iter().collect(),
        places: offer.places,
        products: offer.products,
    })
}

/// `GET /lots/transform`: `step` says what is done, `lot` with which lot.
///
/// # Errors
/// 404 for a party that one does not record for.
pub async fn open(clerk: Clerk, prefill: Prefill) -> Result<Html<TransformPage>, web::Error> {
    let mut draft = blank(&clerk.app, &prefill);
    let party = clerk.offer(&draft).await?.party;
    let lines = clerk.lots(party).await?;
    draft.inputs.extend(line_of(&clerk.frame, &lines, &prefill.lot));
    let chosen = lines.iter().find(|line| line.lot.id.to_string() == prefill.lot);
    let mut page = page(&clerk, draft, Wrong::default()).await?;
    if let Some(line) = chosen {
        let product = line.lot.product.to_string();
        let is_own = page.products.iter().any(|(id, _)| *id == product);
        // What comes out of a split or a merger is what went in; other products are counted like it more often than not.
        let is_same = matches!(
            Step::parse(&page.draft.step),
            Some(Step::Split | Step::Merge | Step::Repack | Step::Wash)
        );
        let unit = page.draft.inputs.first().map(|input| input.unit.clone()).unwrap_or_default();
        for output in &mut page.draft.outputs {
            if is_own && is_same {
                output.product.clone_from(&product);
            }
            output.unit.clone_from(&unit);
        }
    }
    Ok(Html(page))
}

/// `POST /lots/transform`: with the buttons `more-inputs` and `more-outputs`, the form again with more lines; with `reckon`, with
/// what will be counted as lost.
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send(clerk: Clerk, form: Form<Filled>) -> Result<HttpResponse, web::Error> {
    let mut draft = form.0.0;
    match draft.button.as_str() {
        "more-inputs" => List::Inputs.grow(&mut draft, 1),
        "more-outputs" => List::Outputs.grow(&mut draft, 1),
        "reckon" => {}
        _ => {
            let outcome = clerk.record(&draft, draft.transform().map(Command::Transform)).await;
            return clerk.answer(outcome, to_lot, async |wrong| page(&clerk, draft, wrong).await).await;
        }
    }
    Ok(Html(page(&clerk, draft, Wrong::default()).await?).into_response(StatusCode::OK))
}

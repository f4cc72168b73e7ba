//! Goods on their way: several lots and cases sent in one go; what arrives received in full, in part, or refused.

use super::clerk::Clerk;
use super::lines::{Row, line_of, lot_choices, rows};
use super::movement::receiver;
use super::{Carried, Choosable, Prefill, Wrong, blank, choose_only, place_choices, to_lot, typed, units};
use crate::accounts::{Actor, CanRead, CanRecord, Identity};
use crate::app::App;
use crate::chain::draft::{Draft, LineDraft};
use crate::chain::form::{Filled, List};
use crate::chain::model::{By, Command};
use crate::kernel::{EventId, PartyId, Unit};
use crate::lots::{self, Delivery, Passage, Receiver};
use crate::parties::Choice;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

/// How many lots and how many cases the form begins with.
const LINES: (usize, usize) = (2, 1);

/// Several lots and cases to one party.
#[derive(Template)]
#[template(path = "chain/consign.html")]
pub struct ConsignPage {
    frame: Frame,
    draft: Draft,
    wrong: Wrong,
    firms: Vec<Choice>,
    party: PartyId,
    lots: Vec<Choosable>,
    places: Vec<Choosable>,
    units: Vec<Choosable>,
    receivers: Vec<Receiver>,
}

impl ConsignPage {
    fn rows(&self) -> Vec<Row<'_>> {
        rows(&self.frame, &self.wrong, &self.draft, List::Lots)
    }
}

async fn consign_page(clerk: &Clerk, mut draft: Draft, wrong: Wrong) -> Result<ConsignPage, web::Error> {
    let offer = clerk.offer(&draft).await?;
    let lines = clerk.lots(offer.party).await?;
    List::Lots.fill_up(&mut draft, LINES.0);
    if draft.cases.len() < LINES.1 {
        draft.cases.resize_with(LINES.1, String::new);
    }
    choose_only(&mut draft.place, &offer.places);
    Ok(ConsignPage {
        receivers: lots::receivers(&clerk.app, offer.party, &draft.search).await?,
        lots: lot_choices(&clerk.frame, &lines),
        frame: clerk.frame.clone(),
        draft,
        wrong,
        firms: offer.firms,
        party: offer.party,
        places: offer.places,
        units: units(&clerk.frame, None),
    })
}

/// A form about lots and cases, beginning with the lot or case that the link named.
pub(super) async fn begin(clerk: &Clerk, prefill: &Carried) -> Result<Draft, web::Error> {
    let mut draft = blank(&clerk.app, prefill);
    if !prefill.lot.is_empty() {
        let lines = clerk.lots(clerk.offer(&draft).await?.party).await?;
        draft.lots.extend(line_of(&clerk.frame, &lines, &prefill.lot));
    }
    Ok(draft)
}

/// `GET /shipments/new`
///
/// # Errors
/// 404 for a party that one does not record for.
pub async fn consign(clerk: Clerk, prefill: Prefill) -> Result<Html<ConsignPage>, web::Error> {
    let mut draft = begin(&clerk, &prefill).await?;
    let case = std::mem::take(&mut draft.case);
    draft.cases.extend(Some(case).filter(|case| !case.is_empty()));
    draft.step.clear();
    Ok(Html(consign_page(&clerk, draft, Wrong::default()).await?))
}

/// Adds lines or looks for receivers, when one of these buttons was pressed. Whether one was.
pub(super) fn is_asking_for_more(draft: &mut Draft) -> bool {
    match draft.button.as_str() {
        "find" => draft.to.clear(),
        "more" => List::Lots.grow(draft, 2),
        "more-cases" => draft.cases.push(String::new()),
        _ => return false,
    }
    true
}

/// `POST /shipments/new`: with the buttons `find`, `more` and `more-cases`, the form again.
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_consign(clerk: Clerk, form: Form<Filled>) -> Result<HttpResponse, web::Error> {
    let mut draft = form.0.0;
    draft.step.clear();
    if is_asking_for_more(&mut draft) {
        let page = consign_page(&clerk, draft, Wrong::default()).await?;
        return Ok(Html(page).into_response(StatusCode::OK));
    }
    let command = receiver(&draft).and_then(|to| draft.consign(to)).map(Command::Ship);
    let outcome = clerk.record(&draft, command).await;
    let to = |done: &crate::chain::Recorded| format!("/shipments/{}", done.event);
    clerk.answer(outcome, to, async |wrong| consign_page(&clerk, draft, wrong).await).await
}

/// A shipment, and the form to receive or refuse it.
#[derive(Template)]
#[template(path = "chain/shipment.html")]
pub struct ShipmentPage {
    frame: Frame,
    passage: Passage,
    draft: Draft,
    wrong: Wrong,
    /// Whether there is something left to receive, and it is for the one who looks.
    open: bool,
    places: Vec<Choosable>,
    units: Vec<Choosable>,
}

impl ShipmentPage {
    fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        std::iter::once(&self.passage.delivery).chain(&self.passage.further)
    }

    fn is_of_one(&self) -> bool {
        self.passage.further.is_empty()
    }

    fn rows(&self) -> Vec<Row<'_>> {
        rows(&self.frame, &self.wrong, &self.draft, List::Lots)
    }

    /// The words for the lot of a line.
    fn lot_words(&self, row: &Row<'_>) -> String {
        let of = |delivery: &&Delivery| delivery.shipment.sent.lot.to_string() == row.line.lot;
        self.deliveries().find(of).map_or(String::new(), |delivery| {
            let left = delivery.left().show(self.frame.lang);
            let left = self.frame.t.one("chain-left-under-way", "left", left);
            format!("{} · {} · {left}", delivery.product, delivery.code)
        })
    }
}

async fn shipment_page(
    (app, frame, who): (&App, &Frame, &Identity),
    id: EventId,
    mut draft: Draft,
    wrong: Wrong,
) -> Result<ShipmentPage, web::Error> {
    let passage = lots::passage(app, who, id).await?;
    let may_record = Actor::<CanRecord>::admit(Some(who)).is_ok();
    let all = || std::iter::once(&passage.delivery).chain(&passage.further);
    let open = may_record && passage.is_for_me && all().any(|delivery| delivery.shipment.left() > 0);
    let places = if open {
        let (places, _) = lots::choices(app, who, passage.delivery.shipment.sent.to).await?;
        place_choices(frame, &places)
    } else {
        Vec::new()
    };
    choose_only(&mut draft.place, &places);
    let same: Option<Unit> = Some(passage.delivery.unit).filter(|unit| all().all(|one| one.unit == *unit));
    let units = units(frame, same);
    Ok(ShipmentPage { frame: frame.clone(), passage, draft, wrong, open, places, units })
}

/// `GET /shipments/{shipment}`: for the two ends of it and the authority.
///
/// # Errors
/// 404 for everybody else.
pub async fn shipment(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    shipment: Path<EventId>,
) -> Result<Html<ShipmentPage>, web::Error> {
    let draft = blank(&app, &Carried::default());
    let mut page = shipment_page((&app, &frame, &who), *shipment, draft, Wrong::default()).await?;
    // All that is under way is offered.
    (page.draft.quantity, page.draft.unit) = typed(&frame, page.passage.delivery.left());
    if !page.is_of_one() {
        let open = page.deliveries().filter(|delivery| delivery.shipment.left() > 0);
        let line = |delivery: &Delivery| {
            let (quantity, unit) = typed(&frame, delivery.left());
            LineDraft { lot: delivery.shipment.sent.lot.to_string(), quantity, unit, ..LineDraft::default() }
        };
        page.draft.lots = open.map(line).collect();
    }
    Ok(Html(page))
}

/// `POST /shipments/{shipment}/receive`: on behalf of the party that it was sent to.
///
/// # Errors
/// 404 for whoever is at neither end of it; what is wrong with the input shows the form again.
pub async fn send_receive(
    clerk: Clerk,
    shipment: Path<EventId>,
    form: Form<Filled>,
) -> Result<HttpResponse, web::Error> {
    arrive(&clerk, *shipment, form.0.0, Command::Receive).await
}

/// `POST /shipments/{shipment}/refuse`: what is not taken goes back to its sender.
///
/// # Errors
/// As [`send_receive`].
pub async fn send_refuse(
    clerk: Clerk,
    shipment: Path<EventId>,
    form: Form<Filled>,
) -> Result<HttpResponse, web::Error> {
    arrive(&clerk, *shipment, form.0.0, Command::Refuse).await
}

/// `POST /shipments/{shipment}/lose`: the rest did not arrive, and nothing of it is awaited any more.
///
/// # Errors
/// As [`send_receive`].
pub async fn send_lose(
    clerk: Clerk,
    shipment: Path<EventId>,
    form: Form<Filled>,
) -> Result<HttpResponse, web::Error> {
    arrive(&clerk, *shipment, form.0.0, Command::Lose).await
}

async fn arrive(
    clerk: &Clerk,
    shipment: EventId,
    draft: Draft,
    command: fn(crate::chain::Receive) -> Command,
) -> Result<HttpResponse, web::Error> {
    let passage = lots::passage(&clerk.app, &clerk.who, shipment).await?;
    let sent = passage.delivery.shipment.sent;
    // Seen by the sender, it is refused as the wrong receiver; a household's is received for it by its mandate's holder.
    let by = if passage.is_for_me { By::behalf(*clerk.actor, sent.to) } else { By::own(*clerk.actor) };
    let asked = told(&draft).receive(shipment, &passage.lots()).map(command);
    let outcome = clerk.record_by(by, &draft, asked).await;
    let about: (&App, &Frame, &Identity) = (&clerk.app, &clerk.frame, &clerk.who);
    clerk.answer(outcome, to_lot, async |wrong| shipment_page(about, shipment, draft, wrong).await).await
}

/// The draft without the lines that were emptied, because nothing arrived of their lots. When all were, they stay, each to be told
/// that its amount is missing: a form that says nothing does not mean all.
fn told(draft: &Draft) -> Draft {
    let mut told = draft.clone();
    if draft.lots.iter().any(|line| !line.quantity.is_empty()) {
        for line in told.lots.iter_mut().filter(|line| line.quantity.is_empty()) {
            *line = LineDraft::default();
        }
    }
    told
}

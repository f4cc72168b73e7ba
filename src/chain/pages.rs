//! The forms that record: a new lot, packing, shipping, selling, receiving; and the authority's stops. All work without a script;
//! what was typed is kept when something is wrong, and a form sent twice is recorded once.

use super::api::{by, whose};
use super::draft::Draft;
use super::model::{By, Command, Recorded, StopLot};
use super::service;
use crate::accounts::{Actor, CanInspect, CanRead, CanRecord, CanReview, Identity, Member, Official};
use crate::app::App;
use crate::events::Step;
use crate::kernel::{EventId, LotId, PartyId, Problems, Quantity, Unit};
use crate::lots::{self, Passage, Receiver, Sheet};
use crate::parties::{self, Choice};
use crate::places::Place;
use crate::products::Product;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;

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

    /// The sentences about fields that the form has no input for; `shown` names those that it has, with commas between.
    fn above(&self, frame: &Frame, shown: &str) -> Vec<String> {
        frame.other_problems(&self.problems, &shown.split(',').collect::<Vec<_>>())
    }
}

fn place_choices(frame: &Frame, places: &[Place]) -> Vec<(String, String)> {
    let name = |place: &Place| format!("{} · {}", place.name, frame.t.say(place.kind.key()));
    places.iter().map(|place| (place.id.to_string(), name(place))).collect()
}

fn product_choices(frame: &Frame, products: &[Product]) -> Vec<(String, String)> {
    let name = |product: &Product| product.name_in(frame.lang).to_owned();
    products.iter().map(|product| (product.id.to_string(), name(product))).collect()
}

/// The units to choose from, for what is counted so; for both when that is not known yet.
fn units(frame: &Frame, unit: Option<Unit>) -> Vec<(String, String)> {
    let mass = ["kg", "tạ", "tấn", "g"].map(|name| (name.to_owned(), name.to_owned()));
    let pieces = [("piece".to_owned(), frame.t.say("chain-unit-piece").into_owned())];
    match unit {
        Some(Unit::Gram) => mass.into_iter().collect(),
        Some(Unit::Piece) => pieces.into_iter().collect(),
        None => mass.into_iter().chain(pieces).collect(),
    }
}

/// A number that a form can be sent back with: `12,5` kg or pieces.
fn typed(frame: &Frame, quantity: Quantity) -> String {
    let shown = quantity.show(frame.lang);
    shown.rsplit_once(' ').map_or(shown.clone(), |(number, _)| number.replace('\u{a0}', " "))
}

/// The unit that goes with [`typed`].
fn unit_of(frame: &Frame, quantity: Quantity) -> String {
    match quantity.unit() {
        Unit::Piece => "piece".to_owned(),
        Unit::Gram if quantity.show(frame.lang).ends_with(" kg") => "kg".to_owned(),
        Unit::Gram => "g".to_owned(),
    }
}

fn recorded(recorded: &Recorded) -> HttpResponse {
    see_other(&format!("/lots/{}?recorded={}", recorded.lot.id, recorded.event))
}

/// What the links between forms carry.
pub type Prefill = Query<Draft>;

/// Declaring a lot.
#[derive(Template)]
#[template(path = "chain/declare.html")]
pub struct DeclarePage {
    frame: Frame,
    draft: Draft,
    wrong: Wrong,
    firms: Vec<Choice>,
    party: PartyId,
    places: Vec<(String, String)>,
    products: Vec<(String, String)>,
    units: Vec<(String, String)>,
}

async fn declare_page(
    app: &App,
    frame: Frame,
    who: &Identity,
    member: &Member,
    draft: Draft,
    wrong: Wrong,
) -> Result<DeclarePage, web::Error> {
    let party = whose(member, &draft)?;
    let firms = parties::may_record_for(app, member.party).await?;
    let (places, products) = lots::choices(app, who, party).await?;
    Ok(DeclarePage {
        places: place_choices(&frame, &places),
        products: product_choices(&frame, &products),
        units: units(&frame, None),
        frame,
        draft,
        wrong,
        firms,
        party,
    })
}

/// A form not yet filled in: today, with a key of its own.
fn blank(app: &App, prefill: &Draft) -> Draft {
    Draft {
        key: app.id::<EventId>().to_string(),
        behalf_of: prefill.behalf_of.clone(),
        product: prefill.product.clone(),
        place: prefill.place.clone(),
        day: app.clock.now().day().to_string(),
        unit: "kg".to_owned(),
        ..Draft::default()
    }
}

/// `GET /lots/new`
///
/// # Errors
/// 404 for a party that one does not record for.
pub async fn declare(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    prefill: Prefill,
) -> Result<Html<DeclarePage>, web::Error> {
    let draft = blank(&app, &prefill);
    Ok(Html(declare_page(&app, frame, &who, &actor, draft, Wrong::default()).await?))
}

async fn record(app: &App, by: &By, draft: &Draft, command: Command) -> Result<Recorded, web::Error> {
    Ok(service::record_once(app, by, draft.once()?, command).await?)
}

/// `POST /lots/new`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_declare(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    form: Form<Draft>,
) -> Result<HttpResponse, web::Error> {
    let Form(draft) = form;
    let outcome = async {
        let command = Command::Declare(draft.declare()?);
        record(&app, &by(&actor, &draft)?, &draft, command).await
    };
    match outcome.await {
        Ok(done) => Ok(recorded(&done)),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(declare_page(&app, frame, &who, &actor, draft, wrong).await?).into_response(status))
        }
    }
}

/// Packing, shipping or selling some of a lot.
#[derive(Template)]
#[template(path = "chain/move.html")]
pub struct MovePage {
    frame: Frame,
    step: Step,
    sheet: Sheet,
    draft: Draft,
    wrong: Wrong,
    party: PartyId,
    /// The name of the party on whose behalf it is recorded, when not one's own.
    behalf_of: Option<String>,
    places: Vec<(String, String)>,
    units: Vec<(String, String)>,
    /// Whom it may go to: what the search found, or those that it went to last.
    receivers: Vec<Receiver>,
}

impl MovePage {
    fn left(&self) -> String {
        let hand = self.sheet.hands.iter().find(|hand| hand.party == self.party);
        let left = hand.map_or(Quantity::zero(self.sheet.lot.unit()), |hand| {
            if self.step == Step::Pack { hand.unpacked } else { hand.left }
        });
        left.show(self.frame.lang)
    }

    fn is_pack(&self) -> bool {
        self.step == Step::Pack
    }

    fn is_ship(&self) -> bool {
        self.step == Step::Ship
    }
}

async fn move_page(
    app: &App,
    frame: Frame,
    (who, member): (&Identity, &Member),
    (lot, step): (LotId, Step),
    draft: Draft,
    wrong: Wrong,
) -> Result<MovePage, web::Error> {
    let party = whose(member, &draft)?;
    let sheet = lots::show(app, who, lot).await?;
    let firms = parties::may_record_for(app, member.party).await?;
    let behalf_of = firms.into_iter().skip(1).find(|(id, _)| *id == party).map(|(_, name)| name);
    let (places, _) = lots::choices(app, who, party).await?;
    let receivers = match step {
        Step::Ship => lots::receivers(app, party, &draft.search).await?,
        _ => Vec::new(),
    };
    Ok(MovePage {
        places: place_choices(&frame, &places),
        units: units(&frame, Some(sheet.lot.unit())),
        frame,
        step,
        sheet,
        draft,
        wrong,
        party,
        behalf_of,
        receivers,
    })
}

async fn open_move(
    app: &App,
    frame: Frame,
    people: (&Identity, &Member),
    lot: (LotId, Step),
    prefill: &Draft,
) -> Result<Html<MovePage>, web::Error> {
    let mut page = move_page(app, frame, people, lot, blank(app, prefill), Wrong::default()).await?;
    if page.sheet.lot.unit() == Unit::Piece {
        "piece".clone_into(&mut page.draft.unit);
    }
    // One place is no choice.
    if let [(only, _)] = page.places.as_slice() {
        page.draft.place.clone_from(only);
    }
    Ok(Html(page))
}

/// `GET /lots/{lot}/pack`
///
/// # Errors
/// 404 for whoever is not of the lot's chain.
pub async fn pack(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    lot: Path<LotId>,
    prefill: Prefill,
) -> Result<Html<MovePage>, web::Error> {
    open_move(&app, frame, (&who, &actor), (*lot, Step::Pack), &prefill).await
}

/// `GET /lots/{lot}/ship`
///
/// # Errors
/// 404 for whoever is not of the lot's chain.
pub async fn ship(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    lot: Path<LotId>,
    prefill: Prefill,
) -> Result<Html<MovePage>, web::Error> {
    open_move(&app, frame, (&who, &actor), (*lot, Step::Ship), &prefill).await
}

/// `GET /lots/{lot}/sell`
///
/// # Errors
/// 404 for whoever is not of the lot's chain.
pub async fn sell(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    lot: Path<LotId>,
    prefill: Prefill,
) -> Result<Html<MovePage>, web::Error> {
    open_move(&app, frame, (&who, &actor), (*lot, Step::Sell), &prefill).await
}

async fn send_move(
    app: &App,
    frame: Frame,
    (who, member): (&Identity, &Member),
    (lot, step): (LotId, Step),
    draft: Draft,
    command: Result<Command, Problems>,
) -> Result<HttpResponse, web::Error> {
    let outcome = async { record(app, &by(member, &draft)?, &draft, command?).await };
    match outcome.await {
        Ok(done) => Ok(recorded(&done)),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            let page = move_page(app, frame, (who, member), (lot, step), draft, wrong).await?;
            Ok(Html(page).into_response(status))
        }
    }
}

/// `POST /lots/{lot}/pack`
///
/// # Errors
/// 404 for whoever is not of the lot's chain; what is wrong with the input shows the form again.
pub async fn send_pack(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    lot: Path<LotId>,
    form: Form<Draft>,
) -> Result<HttpResponse, web::Error> {
    let command = form.0.pack(*lot).map(Command::Pack);
    send_move(&app, frame, (&who, &actor), (*lot, Step::Pack), form.0, command).await
}

/// `POST /lots/{lot}/ship`: with the button `find`, the receivers that the search means are shown to choose from.
///
/// # Errors
/// 404 for whoever is not of the lot's chain; what is wrong with the input shows the form again.
pub async fn send_ship(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    lot: Path<LotId>,
    form: Form<Draft>,
) -> Result<HttpResponse, web::Error> {
    let Form(mut draft) = form;
    let place = (*lot, Step::Ship);
    if draft.button == "find" {
        draft.to.clear();
        let page = move_page(&app, frame, (&who, &actor), place, draft, Wrong::default()).await?;
        return Ok(Html(page).into_response(StatusCode::OK));
    }
    let to = draft.to.trim();
    let to = if to.is_empty() { Ok(None) } else { to.parse().map(Some) };
    let command = match to {
        Ok(to) => draft.ship(*lot, to).map(Command::Ship),
        Err(problem) => Err(problem.at("to").into()),
    };
    send_move(&app, frame, (&who, &actor), place, draft, command).await
}

/// `POST /lots/{lot}/sell`
///
/// # Errors
/// 404 for whoever is not of the lot's chain; what is wrong with the input shows the form again.
pub async fn send_sell(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    lot: Path<LotId>,
    form: Form<Draft>,
) -> Result<HttpResponse, web::Error> {
    let command = form.0.sell(*lot).map(Command::Sell);
    send_move(&app, frame, (&who, &actor), (*lot, Step::Sell), form.0, command).await
}

/// A shipment, and the form to receive it.
#[derive(Template)]
#[template(path = "chain/shipment.html")]
pub struct ShipmentPage {
    frame: Frame,
    passage: Passage,
    draft: Draft,
    wrong: Wrong,
    /// Whether there is something left to receive, and it is for the one who looks.
    open: bool,
    places: Vec<(String, String)>,
    units: Vec<(String, String)>,
}

async fn shipment_page(
    app: &App,
    frame: Frame,
    who: &Identity,
    id: EventId,
    draft: Draft,
    wrong: Wrong,
) -> Result<ShipmentPage, web::Error> {
    let passage = lots::passage(app, who, id).await?;
    let may_record = Actor::<CanRecord>::admit(Some(who)).is_ok();
    let open = may_record && passage.is_for_me && passage.delivery.shipment.left() > 0;
    let places = if open {
        let (places, _) = lots::choices(app, who, passage.delivery.shipment.sent.to).await?;
        place_choices(&frame, &places)
    } else {
        Vec::new()
    };
    let units = units(&frame, Some(passage.delivery.unit));
    Ok(ShipmentPage { frame, passage, draft, wrong, open, places, units })
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
    let draft = blank(&app, &Draft::default());
    let mut page = shipment_page(&app, frame, &who, *shipment, draft, Wrong::default()).await?;
    let left = page.passage.delivery.left();
    page.draft.quantity = super::draft::QuantityDraft::Text(typed(&page.frame, left));
    page.draft.unit = unit_of(&page.frame, left);
    if let [(only, _)] = page.places.as_slice() {
        page.draft.place.clone_from(only);
    }
    Ok(Html(page))
}

/// `POST /shipments/{shipment}/receive`: on behalf of the party that it was sent to.
///
/// # Errors
/// 404 for whoever is at neither end of it; what is wrong with the input shows the form again.
pub async fn send_receive(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    shipment: Path<EventId>,
    form: Form<Draft>,
) -> Result<HttpResponse, web::Error> {
    let Form(draft) = form;
    let passage = lots::passage(&app, &who, *shipment).await?;
    let sent = passage.delivery.shipment.sent;
    // Seen by the sender, it is refused as the wrong receiver; a household's is received for it by its mandate's holder.
    let by = if passage.is_for_me { By::behalf(*actor, sent.to) } else { By::own(*actor) };
    let outcome = async {
        let command = Command::Receive(draft.receive(*shipment, &passage.lots())?);
        record(&app, &by, &draft, command).await
    };
    match outcome.await {
        Ok(done) => Ok(recorded(&done)),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(shipment_page(&app, frame, &who, *shipment, draft, wrong).await?).into_response(status))
        }
    }
}

/// A stop by the authority that was refused.
#[derive(Template)]
#[template(path = "chain/stop.html")]
pub struct StopPage {
    frame: Frame,
    lot: LotId,
    /// The title's key, and the last part of the address.
    title: &'static str,
    action: &'static str,
    draft: Draft,
    wrong: Wrong,
}

async fn send_stop(
    app: &App,
    frame: Frame,
    official: Official,
    lot: LotId,
    draft: Draft,
    (title, action, command): (&'static str, &'static str, fn(StopLot) -> Command),
) -> Result<HttpResponse, web::Error> {
    let outcome = async {
        let command = command(draft.stop(lot)?);
        record(app, &By::Official(official), &draft, command).await
    };
    match outcome.await {
        Ok(done) => Ok(recorded(&done)),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(StopPage { frame, lot, title, action, draft, wrong }).into_response(status))
        }
    }
}

/// `POST /lots/{lot}/hold`
///
/// # Errors
/// 404 for a lot that does not exist; a missing reason shows the form again.
pub async fn send_hold(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanInspect>,
    lot: Path<LotId>,
    form: Form<Draft>,
) -> Result<HttpResponse, web::Error> {
    send_stop(&app, frame, *actor, *lot, form.0, ("chain-hold", "hold", Command::Hold)).await
}

/// `POST /lots/{lot}/release`
///
/// # Errors
/// 404 for a lot that does not exist; a missing reason shows the form again.
pub async fn send_release(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanInspect>,
    lot: Path<LotId>,
    form: Form<Draft>,
) -> Result<HttpResponse, web::Error> {
    send_stop(&app, frame, *actor, *lot, form.0, ("chain-release", "release", Command::Release)).await
}

/// `POST /lots/{lot}/recall`
///
/// # Errors
/// 404 for a lot that does not exist; a missing reason shows the form again.
pub async fn send_recall(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    lot: Path<LotId>,
    form: Form<Draft>,
) -> Result<HttpResponse, web::Error> {
    send_stop(&app, frame, *actor, *lot, form.0, ("chain-recall", "recall", Command::Recall)).await
}

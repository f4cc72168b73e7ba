//! What becomes of one lot: more is picked into it; some is packed, shipped, returned, sold, sampled, lost; it is tested.

use super::clerk::Clerk;
use super::{Carried, Choosable, Prefill, Wrong, blank, choose_only, place_choices, to_lot, units};
use crate::chain::draft::Draft;
use crate::chain::form::Filled;
use crate::chain::model::Command;
use crate::events::Step;
use crate::evidence;
use crate::kernel::{LotId, PartyId, Problem, Problems, Quantity, Unit};
use crate::lots::{self, Receiver, Sheet};
use crate::places::Place;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

/// The steps whose form is about one lot: the last part of its address is the step's name.
const STEPS: [Step; 8] =
    [Step::Pack, Step::Ship, Step::Return, Step::Sell, Step::Pick, Step::Sample, Step::Test, Step::Waste];

/// A step of one lot.
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
    places: Vec<Choosable>,
    units: Vec<Choosable>,
    /// Whom it may go to: what the search found, those that it went to last, those that it came from.
    receivers: Vec<Receiver>,
    /// The certificates that packs can claim today.
    certificates: Vec<Choosable>,
    /// What this harvest would be held for: it is recorded when that is said once more.
    held: Vec<String>,
}

impl MovePage {
    fn left(&self) -> String {
        let hand = self.sheet.hands.iter().find(|hand| hand.party == self.party);
        let left = hand.map_or(Quantity::zero(self.sheet.lot.unit()), |hand| {
            if self.step == Step::Pack { hand.unpacked } else { hand.left }
        });
        left.show(self.frame.lang)
    }

    fn is(&self, step: &str) -> bool {
        self.step.as_str() == step
    }

    fn claims(&self, certificate: &str) -> bool {
        self.draft.certificates.iter().any(|id| id == certificate)
    }

    /// Whether goods go to somebody.
    fn is_sent(&self) -> bool {
        matches!(self.step, Step::Ship | Step::Return)
    }

    /// Whether a stop of the lot stops this step, which is then told before the form is filled in.
    fn is_stopped(&self) -> bool {
        let released = matches!(self.step, Step::Pack | Step::Ship | Step::Return | Step::Sell | Step::Pick);
        released && self.sheet.lot.stop().is_some()
    }

    /// The key of the words above the amount.
    fn amount_key(&self) -> &'static str {
        match self.step {
            Step::Pick => "chain-quantity-harvest",
            Step::Sample => "chain-quantity-sample",
            Step::Waste => "chain-quantity-waste",
            _ => "chain-quantity",
        }
    }

    /// The key of what must be known before the form is filled in.
    fn hint_key(&self) -> Option<&'static str> {
        match self.step {
            Step::Pick => Some("chain-pick-hint"),
            Step::Return => Some("chain-return-hint"),
            Step::Sample => Some("chain-sample-hint"),
            Step::Test => Some("chain-test-hint"),
            Step::Waste => Some("chain-waste-hint"),
            _ => None,
        }
    }
}

/// The lot and the step of an address.
fn place_of(path: &(LotId, String)) -> Result<(LotId, Step), web::Error> {
    let step = Step::parse(&path.1).filter(|step| STEPS.contains(step));
    Ok((path.0, step.ok_or_else(web::Error::not_found)?))
}

async fn page(
    clerk: &Clerk,
    (lot, step): (LotId, Step),
    mut draft: Draft,
    wrong: Wrong,
) -> Result<MovePage, web::Error> {
    let offer = clerk.offer(&draft).await?;
    let (app, who, frame) = (&clerk.app, &clerk.who, &clerk.frame);
    let sheet = lots::show(app, who, lot).await?;
    let receivers = match step {
        Step::Ship => lots::receivers(app, offer.party, &draft.search).await?,
        Step::Return => senders(&sheet, offer.party)?,
        _ => Vec::new(),
    };
    let places = if step == Step::Pick {
        if sheet.lot.party != offer.party {
            return Err(web::Error::not_found());
        }
        let origins = lots::origins(app, who, offer.party).await?;
        let grows = |place: &Place| place.kind.grows() || sheet.product.crop.is_none();
        let origins = origins.iter().map(|(_, place)| place).filter(|place| grows(place));
        origins.flat_map(|place| place_choices(frame, std::slice::from_ref(place))).collect()
    } else {
        offer.places.clone()
    };
    choose_only(&mut draft.place, &places);
    let certificates = match step {
        Step::Pack => claimable(clerk, &sheet, offer.party).await?,
        _ => Vec::new(),
    };
    if let (Step::Return, [only]) = (step, receivers.as_slice())
        && draft.to.is_empty()
    {
        draft.to = only.id.to_string();
    }
    Ok(MovePage {
        units: units(frame, Some(sheet.lot.unit())),
        frame: frame.clone(),
        step,
        sheet,
        draft,
        wrong,
        party: offer.party,
        behalf_of: offer.behalf_of(),
        places,
        receivers,
        certificates,
        held: Vec::new(),
    })
}

/// The certificates that the packs of a lot can claim.
async fn claimable(clerk: &Clerk, sheet: &Sheet, party: PartyId) -> Result<Vec<Choosable>, web::Error> {
    let (lot, lang) = (&sheet.lot, clerk.frame.lang);
    let found = evidence::choices(&clerk.app, (party, lot.party), lot.place, lot.product).await?;
    let name = |known: &evidence::Certificate| {
        format!("{} · {} · {}", known.scheme_name(lang), known.number, known.to.vietnamese())
    };
    Ok(found.iter().map(|known| (known.id.to_string(), name(known))).collect())
}

/// Those that the party received the lot from: nobody can return what did not come from somebody.
fn senders(sheet: &Sheet, party: PartyId) -> Result<Vec<Receiver>, web::Error> {
    let hand = sheet.hands.iter().find(|hand| hand.party == party);
    let senders = hand.map(|hand| hand.senders.clone()).unwrap_or_default();
    if senders.is_empty() { Err(web::Error::not_found()) } else { Ok(senders) }
}

/// `GET /lots/{lot}/{step}`
///
/// # Errors
/// 404 for whoever is not of the lot's chain, and for a return of what did not come from somebody.
pub async fn open(
    clerk: Clerk,
    path: Path<(LotId, String)>,
    prefill: Prefill,
) -> Result<Html<MovePage>, web::Error> {
    let carried = Carried { step: String::new(), ..prefill.into_inner() };
    let mut page = page(&clerk, place_of(&path)?, blank(&clerk.app, &carried), Wrong::default()).await?;
    if page.sheet.lot.unit() == Unit::Piece {
        "piece".clone_into(&mut page.draft.unit);
    }
    Ok(Html(page))
}

/// `POST /lots/{lot}/{step}`: with the button `find`, the receivers that the search means are shown to choose from.
///
/// # Errors
/// 404 for whoever is not of the lot's chain; what is wrong with the input shows the form again.
pub async fn send(
    clerk: Clerk,
    path: Path<(LotId, String)>,
    form: Form<Filled>,
) -> Result<HttpResponse, web::Error> {
    let at = place_of(&path)?;
    let mut draft = form.0.0;
    // What goes back is told by the address alone.
    draft.step = if at.1 == Step::Return { Step::Return.as_str().to_owned() } else { String::new() };
    if draft.button == "find" {
        draft.to.clear();
        let page = page(&clerk, at, draft, Wrong::default()).await?;
        return Ok(Html(page).into_response(StatusCode::OK));
    }
    if at.1 == Step::Return {
        let sheet = lots::show(&clerk.app, &clerk.who, at.0).await?;
        let senders = senders(&sheet, clerk.offer(&draft).await?.party)?;
        if !draft.to.is_empty() && !senders.iter().any(|sender| sender.id.to_string() == draft.to.trim()) {
            let strange = Problem::new("receiver_unknown").value(&draft.to).at("to");
            let outcome = Err(Problems::from(strange).into());
            return clerk.answer(outcome, to_lot, async |wrong| page(&clerk, at, draft, wrong).await).await;
        }
    }
    let command = command(&draft, at);
    let held = clerk.warned(&draft, &command).await?;
    if !held.is_empty() {
        let mut page = page(&clerk, at, draft, Wrong::default()).await?;
        page.held = held;
        return Ok(Html(page).into_response(StatusCode::CONFLICT));
    }
    let outcome = clerk.record(&draft, command).await;
    clerk.answer(outcome, to_lot, async |wrong| page(&clerk, at, draft, wrong).await).await
}

/// The party that was chosen to receive, if one was.
pub(super) fn receiver(draft: &Draft) -> Result<Option<PartyId>, Problems> {
    match draft.to.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|problem: Problem| problem.at("to").into()),
    }
}

fn command(draft: &Draft, (lot, step): (LotId, Step)) -> Result<Command, Problems> {
    Ok(match step {
        Step::Pack => Command::Pack(draft.pack(lot)?),
        Step::Pick => Command::Pick(draft.part_of(lot)?),
        Step::Sample => Command::Sample(draft.part_of(lot)?),
        Step::Test => Command::Test(draft.test(lot)?),
        Step::Waste => Command::Waste(draft.part_of(lot)?),
        Step::Sell => Command::Sell(draft.sell(lot)?),
        _ => Command::Ship(draft.ship(lot, receiver(draft)?)?),
    })
}

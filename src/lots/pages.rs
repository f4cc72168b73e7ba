//! The pages of lots for reading: my lots, one lot with its events, what is on its way to me, what an inspector finds.
//! What changes a lot is in the pages of `chain`.

pub mod differences;
pub mod flags;

use super::api::{ListQuery, Search};
use super::model::{Breach, Correction, Delivery, Line, breach_key, cure_key};
use super::service::{self, Error, Hand, Sheet};
use crate::accounts::{
    Actor, CanCallBack, CanInspect, CanRead, CanRecord, CanReview, CanStop, Identity, Role,
};
use crate::app::App;
use crate::chain::{self, SprayStop};
use crate::events::{self, Shown, Step};
use crate::kernel::{Cursor, Day, EventId, LotId, Page, PageSize, PartyId, Problem, Problems, RecallId};
use crate::parties::{self, Choice, Party};
use crate::recalls;
use crate::web::{self, Frame, Html};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

/// The parties that somebody may look at the lists of, and which of them is looked at.
async fn firms(app: &App, who: &Identity, party: PartyId) -> Result<Vec<Choice>, web::Error> {
    match who.party {
        Some(own) => Ok(parties::may_record_for(app, own).await?),
        None => Ok(vec![(party, String::new())]),
    }
}

/// The lots of a party.
#[derive(Template)]
#[template(path = "lots/list.html")]
pub struct ListPage {
    frame: Frame,
    page: Page<Line>,
    firms: Vec<Choice>,
    party: PartyId,
    today: Day,
    may_record: bool,
}

/// `GET /lots`
///
/// # Errors
/// 404 for the list of a party that one does not record for.
pub async fn list(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    query: Query<ListQuery>,
) -> Result<Html<ListPage>, web::Error> {
    let (after, size) = query.parse()?;
    let party = query.whose(&actor)?;
    let page = service::list(&app, &actor, party, after.as_ref(), size).await?;
    let firms = firms(&app, &actor, party).await?;
    let may_record = Actor::<CanRecord>::admit(Some(&actor)).is_ok();
    Ok(Html(ListPage { frame, page, firms, party, today: app.clock.now().day(), may_record }))
}

/// What the page of a lot is asked for beside the lot.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShowQuery {
    /// Where the page of events before ended.
    after: String,
    /// The event that was recorded just now.
    recorded: String,
}

/// A lot and its events.
#[derive(Template)]
#[template(path = "lots/show.html")]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one form of the page is shown")]
pub struct ShowPage {
    frame: Frame,
    sheet: Sheet,
    events: Page<Shown>,
    today: Day,
    /// The event that was recorded just now.
    recorded: Option<EventId>,
    /// The parties that the one who looks records for.
    firms: Vec<PartyId>,
    may_record: bool,
    may_hold: bool,
    may_pass: bool,
    may_recall: bool,
    /// The spray that stops it.
    spray: Option<SprayStop>,
    /// The recall that the lot is in, for the authority: its id and number.
    recall: Option<(RecallId, String)>,
    /// Whether the one who looks may open a recall for the lot.
    may_propose: bool,
    /// The key under which the form of the page is recorded once.
    key: EventId,
}

impl ShowPage {
    /// The name of the party whose lot it is, as far as the viewer may know it.
    fn owner(&self) -> String {
        if self.sheet.party_known {
            self.sheet.party.name.clone()
        } else {
            self.sheet.party.view().shown_name(&self.frame.t)
        }
    }

    /// The name of a party of an event, as far as the viewer may know it.
    fn name(&self, shown: &Shown, party: &Party) -> String {
        if shown.whole { party.name.clone() } else { party.view().shown_name(&self.frame.t) }
    }

    /// The sentence of what a party has left.
    fn left_of(&self, hand: &Hand) -> String {
        let left = hand.left.show(self.frame.lang);
        self.frame.t.two("lots-left-of", ("name", &hand.name), ("left", left))
    }

    fn is_new(&self, shown: &Shown) -> bool {
        self.recorded == Some(shown.event.id)
    }

    /// Whether what releases food of the lot would be refused now.
    fn is_stopped(&self) -> bool {
        self.sheet.lot.stop().is_some()
    }

    /// Whether an inspector may let the lot go in spite of what stops it.
    fn is_passable(&self) -> bool {
        let upstream = self.sheet.lot.upstream.is_some_and(|upstream| !upstream.recalled);
        self.may_pass && (self.sheet.lot.breach.is_some() || upstream)
    }

    /// Whether the hold on the lot may be lifted by the one who looks.
    fn is_releasable(&self) -> bool {
        self.sheet.lot.held.is_some() && (!self.may_record || self.sheet.lot.held_by_party)
    }

    /// Whether more can be harvested into the lot by the party of `hand`.
    fn is_grown_by(&self, hand: &Hand) -> bool {
        let was_harvested = |shown: &Shown| matches!(shown.event.step, Step::Harvest | Step::Pick);
        hand.party == self.sheet.lot.party && self.events.items.iter().any(was_harvested)
    }

    /// The declaration that an event is wrong, where there is one.
    fn correction(&self, shown: &Shown) -> Option<&Correction> {
        self.sheet.doubts.corrections.iter().find(|one| one.event == shown.event.id)
    }

    /// The event that a correction speaks of.
    fn corrected(&self, shown: &Shown) -> Option<EventId> {
        self.sheet.doubts.corrections.iter().find(|one| one.by == shown.event.id).map(|one| one.event)
    }

    /// The key of what an event waits for, where it waits.
    fn waits_key(&self, shown: &Shown) -> Option<&'static str> {
        let (_, missing) = self.sheet.doubts.parked.iter().find(|(event, _)| *event == shown.event.id)?;
        Some(match missing.as_str() {
            "lot" => "lots-waits-lot",
            "shipment" => "lots-waits-shipment",
            _ => "lots-waits-event",
        })
    }

    /// The rules that an event breaches.
    fn breaches(&self, shown: &Shown) -> Vec<&Breach> {
        self.sheet.doubts.breaches.iter().filter(|breach| breach.event == shown.event.id).collect()
    }

    /// What holds the lot, with what would make it right; one sentence for each rule.
    fn held_by_rules(&self) -> Vec<(&'static str, &'static str)> {
        let open = self.sheet.doubts.breaches.iter().filter(|breach| breach.stops && !breach.overridden);
        // What is short or withdrawn is reckoned from the accounts, and stands in the lot alone.
        let all = self.sheet.lot.breach.iter().chain(open.map(|breach| &breach.rule));
        // What was sprayed is told in a sentence of its own.
        let own = self.spray.as_ref().filter(|spray| !spray.made_of).map(|spray| spray.rule.as_str());
        let all = all.filter(|rule| Some(rule.as_str()) != own);
        let mut told = Vec::new();
        for words in all.map(|rule| (breach_key(rule), cure_key(rule))) {
            if self.sheet.lot.breach.is_some() && !told.contains(&words) {
                told.push(words);
            }
        }
        told
    }

    /// What was sprayed, in a sentence, where that stops it.
    fn spray_words(&self) -> Option<String> {
        let spray = self.spray.as_ref()?;
        Some(self.frame.t.with(&format!("error-{}", spray.code().replace('_', "-")), &spray.values()))
    }

    /// Whether the one who looks may declare an event wrong.
    fn is_correctable(&self, shown: &Shown) -> bool {
        let of_authority =
            matches!(shown.event.step, Step::Hold | Step::Release | Step::Recall | Step::Correct);
        let is_own = shown.event.whose().is_some_and(|party| self.firms.contains(&party));
        self.may_record && is_own && !of_authority && self.correction(shown).is_none()
    }

    /// Whether an event has a page of its own as a shipment.
    fn is_shipment(shown: &Shown) -> bool {
        matches!(shown.event.step, Step::Ship | Step::Return | Step::Refuse)
    }

    /// Where what is right is recorded, when the event recorded just now is a correction.
    fn right_path(&self) -> Option<String> {
        let recorded = self.events.items.iter().find(|shown| self.is_new(shown))?;
        let wrong = self.corrected(recorded)?;
        let wrong = self.events.items.iter().find(|shown| shown.event.id == wrong)?;
        let party = wrong.event.whose()?;
        let lot = self.sheet.lot.id;
        Some(match wrong.event.step {
            Step::Harvest | Step::Pick => format!("/lots/{lot}/pick?behalf_of={party}"),
            step @ (Step::Pack
            | Step::Ship
            | Step::Return
            | Step::Sell
            | Step::Sample
            | Step::Test
            | Step::Waste) => {
                format!("/lots/{lot}/{}?behalf_of={party}", step.as_str())
            }
            Step::Aggregate => format!("/cases/fill?behalf_of={party}&lot={lot}"),
            Step::Disaggregate => format!("/cases/empty?behalf_of={party}"),
            Step::Receive | Step::Refuse | Step::Lose => format!("/incoming?party={party}"),
            step if step.is_transformation() => {
                format!("/lots/transform?step={}&behalf_of={party}", step.as_str())
            }
            _ => return None,
        })
    }
}

/// `GET /lots/{lot}`
///
/// # Errors
/// 404 for whoever is not of its chain.
pub async fn show(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    lot: Path<LotId>,
    query: Query<ShowQuery>,
) -> Result<Html<ShowPage>, web::Error> {
    let after = Some(query.after.as_str()).filter(|text| !text.is_empty()).map(Cursor::parse).transpose();
    let after = after.map_err(|problem: Problem| problem.at("after"))?;
    let sheet = service::show(&app, &actor, *lot).await?;
    let events = events::history(&app, &actor, *lot, after.as_ref(), PageSize::default()).await?;
    let firms = match actor.party {
        Some(party) => firms(&app, &actor, party).await?.into_iter().map(|(id, _)| id).collect(),
        None => Vec::new(),
    };
    // Its own party stops a lot, and the authority any.
    let concerned = actor.party.is_none() || firms.contains(&sheet.lot.party);
    let recall = match actor.party {
        None => recalls::of_lot(&app, *lot).await?,
        Some(_) => None,
    };
    let proposes = match actor.role {
        Role::Manager => actor.party == Some(sheet.lot.party),
        role => matches!(role, Role::Inspector | Role::Officer),
    };
    Ok(Html(ShowPage {
        may_propose: proposes && recall.is_none(),
        recall,
        may_hold: concerned && Actor::<CanStop>::admit(Some(&actor)).is_ok(),
        may_pass: actor.role == Role::Inspector,
        may_recall: concerned && Actor::<CanCallBack>::admit(Some(&actor)).is_ok(),
        may_record: Actor::<CanRecord>::admit(Some(&actor)).is_ok(),
        spray: chain::stopped_by_spray(&app, &sheet.lot).await?,
        frame,
        sheet,
        events,
        firms,
        today: app.clock.now().day(),
        recorded: query.recorded.parse().ok(),
        key: app.id(),
    }))
}

/// What is on its way to a party.
#[derive(Template)]
#[template(path = "lots/incoming.html")]
pub struct IncomingPage {
    frame: Frame,
    page: Page<Delivery>,
    firms: Vec<Choice>,
    party: PartyId,
}

/// `GET /incoming`
///
/// # Errors
/// 404 for the list of a party that one does not record for.
pub async fn incoming(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    query: Query<ListQuery>,
) -> Result<Html<IncomingPage>, web::Error> {
    let (after, size) = query.parse()?;
    let party = query.whose(&actor)?;
    let page = service::incoming(&app, &actor, party, after.as_ref(), size).await?;
    let firms = firms(&app, &actor, party).await?;
    Ok(Html(IncomingPage { frame, page, firms, party }))
}

/// What an official finds by a code.
#[derive(Template)]
#[template(path = "lots/inspect.html")]
pub struct InspectPage {
    frame: Frame,
    code: String,
    /// What was found; nothing was looked for when absent.
    found: Option<Vec<Line>>,
    problems: Problems,
    today: Day,
}

/// `GET /inspect`
///
/// # Errors
/// When the database fails; a text that is no code shows the page again.
pub async fn inspect(
    app: Data<App>,
    frame: Frame,
    inspector: Result<Actor<CanInspect>, web::Error>,
    reviewer: Result<Actor<CanReview>, web::Error>,
    query: Option<Query<Search>>,
) -> Result<HttpResponse, web::Error> {
    let official = match (inspector, reviewer) {
        (Ok(inspector), _) => *inspector,
        (Err(_), Ok(reviewer)) => *reviewer,
        (Err(refusal), Err(_)) => return Err(refusal),
    };
    let code = query.map(|query| query.code.clone()).unwrap_or_default();
    let today = app.clock.now().day();
    let mut page = InspectPage { frame, code, found: None, problems: Problems::default(), today };
    if !page.code.trim().is_empty() {
        match service::search(&app, &official, &page.code).await {
            Ok(found) => page.found = Some(found),
            Err(Error::Invalid(problems)) => {
                page.problems = problems;
                return Ok(Html(page).refused());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Html(page).into_response(actix_web::http::StatusCode::OK))
}

//! The pages of lots for reading: my lots, one lot with its events, what is on its way to me, what an inspector finds.
//! What changes a lot is in the pages of `chain`.

use super::api::{ListQuery, Search};
use super::model::{Delivery, Line};
use super::service::{self, Error, Hand, Sheet};
use crate::accounts::{Actor, CanInspect, CanRead, CanRecord, CanReview, Identity};
use crate::app::App;
use crate::events::{self, Shown};
use crate::kernel::{Cursor, Day, EventId, LotId, Page, PageSize, PartyId, Problem, Problems};
use crate::parties::{self, Choice, Party};
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
pub struct ShowPage {
    frame: Frame,
    sheet: Sheet,
    events: Page<Shown>,
    today: Day,
    /// The event that was recorded just now.
    recorded: Option<EventId>,
    may_record: bool,
    may_hold: bool,
    may_recall: bool,
    /// The keys under which the forms of the page are recorded once.
    keys: [EventId; 2],
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
    Ok(Html(ShowPage {
        frame,
        sheet,
        events,
        today: app.clock.now().day(),
        recorded: query.recorded.parse().ok(),
        may_record: Actor::<CanRecord>::admit(Some(&actor)).is_ok(),
        may_hold: Actor::<CanInspect>::admit(Some(&actor)).is_ok(),
        may_recall: Actor::<CanReview>::admit(Some(&actor)).is_ok(),
        keys: [app.id(), app.id()],
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

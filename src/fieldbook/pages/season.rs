//! Seasons: opened, looked at with all their entries, cleared, taken back; and ends that are taken back.

use super::{Carried, Empty, Wrong, crop_name, firms, marks, shut_words, told};
use crate::accounts::{Actor, CanRead, CanRecord, Identity};
use crate::app::App;
use crate::chain::{self, By};
use crate::fieldbook::api::{by, hidden};
use crate::fieldbook::draft::{ClearDraft, ReopenDraft, SeasonDraft};
use crate::fieldbook::model::{Activity, Harvest, Objection, Telling};
use crate::fieldbook::service::{self, SeasonSheet};
use crate::kernel::{PartyId, SeasonId};
use crate::parties::Choice;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};

/// Opening a season.
#[derive(askama::Template)]
#[template(path = "fieldbook/season_form.html")]
pub struct SeasonFormPage {
    frame: Frame,
    draft: SeasonDraft,
    wrong: Wrong,
    party: PartyId,
    firms: Vec<Choice>,
    plots: Vec<(String, String)>,
    crops: Vec<(String, String)>,
}

async fn form_page(
    app: &App,
    frame: Frame,
    who: &Identity,
    party: PartyId,
    mut draft: SeasonDraft,
    wrong: Wrong,
) -> Result<SeasonFormPage, web::Error> {
    let firms = firms(app, who).await?;
    let whose: Vec<Choice> = firms.iter().filter(|(id, _)| *id == party).cloned().collect();
    if whose.is_empty() {
        return Err(web::Error::not_found());
    }
    let plots = service::plots_of(app, &whose).await?;
    let plots: Vec<(String, String)> =
        plots.into_iter().map(|(_, place)| (place.id.to_string(), place.name)).collect();
    if let [(only, _)] = plots.as_slice()
        && draft.place.is_empty()
    {
        draft.place.clone_from(only);
    }
    let (_, crops) = service::offer(app, "", None).await?;
    let crops =
        crops.iter().map(|crop| (crop.code.to_string(), crop.name_in(frame.lang).to_owned())).collect();
    Ok(SeasonFormPage { frame, draft, wrong, party, firms, plots, crops })
}

/// `GET /seasons/new`
///
/// # Errors
/// 404 for a party that one does not record for.
pub async fn new_season(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    query: Query<Carried>,
) -> Result<Html<SeasonFormPage>, web::Error> {
    let party = query.grantor()?.unwrap_or(actor.party);
    let draft = SeasonDraft {
        key: app.id::<SeasonId>().to_string(),
        behalf_of: if party == actor.party { String::new() } else { party.to_string() },
        place: query.place.clone(),
        began_on: app.clock.now().day().to_string(),
        ..SeasonDraft::default()
    };
    Ok(Html(form_page(&app, frame, &who, party, draft, Wrong::default()).await?))
}

/// `POST /seasons/new`
///
/// # Errors
/// 404 for a party that one does not record for; what is wrong with the input shows the form again.
pub async fn send_season(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    form: Form<SeasonDraft>,
) -> Result<HttpResponse, web::Error> {
    let draft = form.0;
    let outcome = async {
        let by = by(&actor, draft.grantor()?);
        Ok::<_, web::Error>(chain::open_season(&app, &by, draft.once()?, &draft.parse()?).await?)
    };
    match outcome.await {
        Ok((season, _)) => Ok(see_other(&format!("/seasons/{}", season.id))),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            let party = draft.grantor().ok().flatten().unwrap_or(actor.party);
            Ok(Html(form_page(&app, frame, &who, party, draft, wrong).await?).into_response(status))
        }
    }
}

/// A season with all its entries.
#[derive(askama::Template)]
#[template(path = "fieldbook/season.html")]
pub struct SeasonPage {
    frame: Frame,
    sheet: SeasonSheet,
    today: String,
    may_record: bool,
    /// What was typed about an end that is to be taken back.
    draft: ReopenDraft,
    wrong: Wrong,
}

impl SeasonPage {
    fn copies(&self) -> String {
        let copies = self.sheet.copies;
        self.frame.t.two("fieldbook-copies", ("copied", copies.copied), ("all", copies.all))
    }

    fn crop(&self) -> String {
        crop_name(self.frame.lang, self.sheet.crop.as_ref(), &self.sheet.season.crop)
    }

    fn shut(&self, objection: &Objection) -> String {
        shut_words(&self.frame, objection)
    }

    fn told(&self, activity: &Activity) -> String {
        told(&self.frame, activity)
    }

    fn marks(&self, activity: &Activity) -> Vec<String> {
        marks(&self.frame, activity, &self.sheet.recorders)
    }

    /// The ends that were taken back: what was told, and why it does not count.
    fn taken_back(&self) -> Vec<(String, String)> {
        let ends = self.sheet.ends.iter().filter_map(|end| Some((end, end.taken_back.as_ref()?)));
        ends.map(|(end, back)| {
            let erased = || self.frame.t.say("fieldbook-reason-erased").into_owned();
            let reason = back.reason.clone().unwrap_or_else(erased);
            (
                self.teller("fieldbook-end-told", &end.told, ("day", end.day.vietnamese())),
                self.teller("fieldbook-end-taken-back", &back.told, ("reason", reason)),
            )
        })
        .collect()
    }

    /// A sentence about who said something, and when.
    fn teller(&self, key: &str, told: &Telling, what: (&str, String)) -> String {
        let party = self.sheet.tellers.get(&told.recorder).cloned().unwrap_or_default();
        self.frame.t.with(key, &[("party", party), ("time", told.at.vietnamese()), what])
    }

    fn when(harvest: &Harvest) -> String {
        if harvest.whole_day { harvest.at.day().vietnamese() } else { harvest.at.vietnamese() }
    }

    fn amount(&self, harvest: &Harvest) -> String {
        harvest.amount.map(|amount| amount.show(self.frame.lang)).unwrap_or_default()
    }
}

async fn season_page(
    app: &App,
    frame: Frame,
    who: &Identity,
    id: SeasonId,
    draft: ReopenDraft,
    wrong: Wrong,
) -> Result<SeasonPage, web::Error> {
    let sheet = service::season(app, who, id).await?;
    let may_record = Actor::<CanRecord>::admit(Some(who)).is_ok();
    Ok(SeasonPage { frame, sheet, today: app.clock.now().day().to_string(), may_record, draft, wrong })
}

/// `GET /seasons/{season}`
///
/// # Errors
/// 404 for a season of a book that one may not read.
pub async fn show_season(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    id: Path<SeasonId>,
) -> Result<Html<SeasonPage>, web::Error> {
    Ok(Html(season_page(&app, frame, &actor, *id, ReopenDraft::default(), Wrong::default()).await?))
}

/// `POST /seasons/{season}/clear`: the plot was cleared.
///
/// # Errors
/// 404 for another party's season; what is wrong shows the page again.
pub async fn send_clear(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    id: Path<SeasonId>,
    form: Form<ClearDraft>,
) -> Result<HttpResponse, web::Error> {
    let by = By::behalf(*actor, service::season_whose(&app, *id).await?);
    let outcome = match form.0.parse() {
        Ok(day) => hidden(chain::clear_season(&app, &by, *id, day).await).map(|_| ()),
        Err(problem) => Err(problem.into()),
    };
    again(&app, frame, &who, *id, ReopenDraft::default(), outcome).await
}

/// `POST /seasons/{season}/reopen`: its end was told by mistake.
///
/// # Errors
/// 404 for another party's season; what is wrong shows the page again, with what was typed.
pub async fn send_reopen(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    id: Path<SeasonId>,
    form: Form<ReopenDraft>,
) -> Result<HttpResponse, web::Error> {
    let by = By::behalf(*actor, service::season_whose(&app, *id).await?);
    let outcome = match form.0.parse() {
        Ok((reason, instead)) => {
            hidden(chain::reopen_season(&app, &by, *id, &reason, instead).await).map(|_| ())
        }
        Err(problems) => Err(problems.into()),
    };
    again(&app, frame, &who, *id, form.0, outcome).await
}

/// `POST /seasons/{season}/withdraw`: it was entered by mistake.
///
/// # Errors
/// 404 for another party's season; while entries name it, the page says so.
pub async fn send_withdraw(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    id: Path<SeasonId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let by = By::behalf(*actor, service::season_whose(&app, *id).await?);
    let outcome = hidden(chain::withdraw_season(&app, &by, *id).await);
    again(&app, frame, &who, *id, ReopenDraft::default(), outcome).await
}

async fn again(
    app: &App,
    frame: Frame,
    who: &Identity,
    id: SeasonId,
    draft: ReopenDraft,
    outcome: Result<(), web::Error>,
) -> Result<HttpResponse, web::Error> {
    match outcome {
        Ok(()) => Ok(see_other(&format!("/seasons/{id}"))),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(season_page(app, frame, who, id, draft, wrong).await?).into_response(status))
        }
    }
}

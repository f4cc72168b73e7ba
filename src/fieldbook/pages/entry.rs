//! The form of an entry: for one plot in a few touches, or for many plots at once.

use super::{Carried, Wrong, crop_name, firms, optional};
use crate::accounts::{Actor, CanRead, CanRecord};
use crate::app::App;
use crate::chain::{self, By, FieldRecorded, MOST_PLOTS};
use crate::fieldbook::api::{entries, hidden};
use crate::fieldbook::draft::ActivityDraft;
use crate::fieldbook::lists::{Crop, Permission, Substance};
use crate::fieldbook::model::{Activity, Field, Kind, Origin, Season, Template, Where};
use crate::fieldbook::service;
use crate::fieldbook::suggest::{Outlook, Suggestions, outlook, suggestions};
use crate::kernel::{
    ActivityId, CropCode, Day, PartyId, PlaceId, Problem, Problems, SubstanceId, TemplateId,
};
use crate::parties::Choice;
use crate::places::Place;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};

/// A value of a select and its words.
type Choosable = (String, String);

/// The form of an entry.
#[derive(askama::Template)]
#[template(path = "fieldbook/entry.html")]
pub struct EntryPage {
    frame: Frame,
    kind: Option<Kind>,
    draft: ActivityDraft,
    wrong: Wrong,
    firms: Vec<Choice>,
    party: PartyId,
    /// The plots to choose from, each with the name of its party where it is another's.
    plots: Vec<Choosable>,
    seasons: Vec<Choosable>,
    crops: Vec<Choosable>,
    /// What the search found: id, name and what the list says of it.
    offered: Vec<(String, String, String)>,
    /// The products that were used last: the entry, the name, and what the list says.
    recent: Vec<(ActivityId, String, String)>,
    /// What was given the last times.
    known: Suggestions,
    /// What the product that stands in the form would shut.
    outlook: Option<Outlook>,
    /// The day of the form, for that.
    day: Day,
    q: String,
    last: Option<Activity>,
    templates: Vec<Template>,
    many: bool,
    /// Whether a season of the plot is open on the day of the form.
    has_season: bool,
}

impl EntryPage {
    fn kinds() -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter()
    }

    fn needs_plot(&self) -> bool {
        self.kind.is_some_and(|kind| kind.place() != Where::Nowhere)
    }

    fn is_spray(&self) -> bool {
        self.kind == Some(Kind::Spray)
    }

    fn is_checked(&self, plot: &str) -> bool {
        self.draft.plots.iter().any(|chosen| chosen == plot)
    }

    /// What the product that stands in the form would shut, in a sentence.
    fn foretold(&self) -> Option<String> {
        let outlook = self.outlook.as_ref()?;
        let why = self.frame.t.say(outlook.rule.key()).into_owned();
        let name = outlook.ingredient.clone().unwrap_or_else(|| self.draft.product.clone());
        let day = self.day.vietnamese();
        Some(match outlook.until {
            Some(until) => self.frame.t.with(
                "fieldbook-outlook",
                &[("substance", name), ("day", day), ("until", until.vietnamese()), ("why", why)],
            ),
            None => self.frame.t.with("fieldbook-outlook-shut", &[("substance", name), ("why", why)]),
        })
    }

    /// Whether the form asks for the crop: where no season of the plot is open.
    fn asks_crop(&self) -> bool {
        !self.many && !self.has_season
    }

    /// Whether what is seldom said is shown: because it was said, or something is wrong with it.
    fn shows_more(&self) -> bool {
        let draft = &self.draft;
        let said = [&draft.total, &draft.label_days, &draft.method, &draft.clock, &draft.note, &draft.season];
        let fields = ["total", "label_days", "method", "note", "season", "equipment", "area"];
        said.iter().any(|text| !text.trim().is_empty())
            || fields.iter().any(|field| self.frame.problem(&self.wrong.problems, field).is_some())
    }

    /// The plain fields of the kind: name, key of the label, what was typed, and that it must be given where it must.
    fn fields(&self) -> Vec<(&'static str, String, String, &'static str)> {
        let Some(kind) = self.kind else { return Vec::new() };
        kind.fields()
            .iter()
            .map(|(field, needed)| {
                let typed = match field {
                    Field::Input => &self.draft.input,
                    Field::Amount => &self.draft.amount,
                    Field::Area => &self.draft.area,
                    Field::Method => &self.draft.method,
                    Field::Reason => &self.draft.reason,
                    Field::Source => &self.draft.source,
                    Field::InputLot => &self.draft.input_lot,
                    Field::ExpiresOn => &self.draft.expires_on,
                    Field::Result => &self.draft.result,
                    Field::Equipment => &self.draft.equipment,
                };
                let label = self.frame.t.say(field.key()).into_owned();
                (field.as_str(), label, typed.clone(), if *needed { "required" } else { "" })
            })
            .collect()
    }

    /// Where a link of this page goes to with the same plot, kind and party.
    fn link(&self, more: &str) -> String {
        let kind = self.kind.map(Kind::as_str).unwrap_or_default();
        let many = if self.many { "&many=1" } else { "" };
        format!("/fieldbook/new?behalf_of={}&place={}&kind={kind}{many}{more}", self.party, self.draft.place)
    }
}

/// What was asked for before the form is drawn.
struct Asked {
    draft: ActivityDraft,
    party: PartyId,
    q: String,
    many: bool,
}

/// What the list says of a product on the crop, in a few words.
fn said_of(frame: &Frame, substance: &Substance, season: Option<&Season>, day: Day) -> String {
    let Some(season) = season else { return substance.ingredients.clone() };
    let verdict = match substance.on(&season.crop, day) {
        Permission::Banned => frame.t.say("fieldbook-rule-banned-substance").into_owned(),
        Permission::NotOnCrop => frame.t.say("fieldbook-rule-substance-not-permitted").into_owned(),
        Permission::Permitted(known) => frame.t.one("fieldbook-days", "days", known.waiting_days),
    };
    format!("{} · {verdict}", substance.ingredients)
}

fn plot_choices(frame: &Frame, own: PartyId, plots: &[(String, Place)]) -> Vec<Choosable> {
    let name = |(party, place): &(String, Place)| {
        let kind = frame.t.say(place.kind.key());
        let words = format!("{} · {kind}", place.name);
        if place.party == own { words } else { format!("{party}: {words}") }
    };
    plots.iter().map(|plot| (plot.1.id.to_string(), name(plot))).collect()
}

fn season_choices(frame: &Frame, seasons: &[(Season, Option<Crop>)]) -> Vec<Choosable> {
    let name = |(season, crop): &(Season, Option<Crop>)| {
        let crop = crop_name(frame.lang, crop.as_ref(), &season.crop);
        format!("{crop} · {}", season.began_on.vietnamese())
    };
    seasons.iter().map(|season| (season.0.id.to_string(), name(season))).collect()
}

async fn page(
    app: &App,
    frame: Frame,
    who: &Actor<CanRead>,
    actor: &Actor<CanRecord>,
    asked: Asked,
    wrong: Wrong,
) -> Result<EntryPage, web::Error> {
    let Asked { mut draft, party, q, many } = asked;
    let firms = firms(app, who).await?;
    if firms.iter().all(|(id, _)| *id != party) {
        return Err(web::Error::not_found());
    }
    let kind = Kind::parse(&draft.kind).ok();
    let whose: Vec<Choice> =
        if many { firms.clone() } else { firms.iter().filter(|(id, _)| *id == party).cloned().collect() };
    let plots = service::plots_of(app, &whose).await?;
    if let [(_, only)] = plots.as_slice()
        && draft.place.is_empty()
        && !many
    {
        draft.place = only.id.to_string();
    }
    let place: Option<PlaceId> =
        draft.place.parse().ok().filter(|id| plots.iter().any(|(_, place)| place.id == *id));
    let seasons = match place {
        Some(place) => service::plot(app, who, place).await?.seasons,
        None => Vec::new(),
    };
    let day = Day::parse(&draft.day).unwrap_or_else(|_| app.clock.now().day());
    let open = seasons.iter().map(|(season, _)| season).find(|season| season.has(day));
    let (found, crops) = service::offer(app, &q, open.map(|season| &season.crop)).await?;
    let last = match kind {
        Some(kind) => service::last_time(app, who, party, kind, place).await?,
        None => None,
    };
    let known = match kind {
        Some(kind) => suggestions(app, who, party, kind).await?,
        None => Suggestions::default(),
    };
    let said = |known: Option<&Substance>| match known {
        Some(known) => said_of(&frame, known, open, day),
        None => frame.t.say("fieldbook-unlisted").into_owned(),
    };
    let recent = known.products.iter();
    let recent = recent.map(|(id, name, listed)| (*id, name.clone(), said(listed.as_ref()))).collect();
    let crop = open.map(|season| season.crop.clone()).or_else(|| CropCode::parse(&draft.crop).ok());
    let outlook = if kind == Some(Kind::Spray) && !draft.product.trim().is_empty() && (crop.is_some() || many)
    {
        let label = draft.label_days.trim().parse().ok();
        Some(outlook(app, &draft.product, crop.as_ref(), day, label).await?).filter(|_| !many)
    } else {
        None
    };
    let offered = found
        .iter()
        .map(|one| (one.id.to_string(), one.name.clone(), said_of(&frame, one, open, day)))
        .collect();
    let templates = service::templates(app, actor).await?;
    let templates =
        templates.into_iter().filter(|template| kind.is_none_or(|kind| kind == template.kind)).collect();
    let crop_choices =
        crops.iter().map(|crop| (crop.code.to_string(), crop.name_in(frame.lang).to_owned())).collect();
    Ok(EntryPage {
        kind,
        wrong,
        party,
        plots: plot_choices(&frame, actor.party, &plots),
        seasons: season_choices(&frame, &seasons),
        crops: crop_choices,
        offered,
        recent,
        known,
        outlook,
        day,
        q,
        last,
        templates,
        many,
        has_season: open.is_some(),
        firms,
        draft,
        frame,
    })
}

/// The values of an earlier entry; its area only where it was on the same plot.
fn like_before(activity: &Activity, place: Option<PlaceId>) -> ActivityDraft {
    let mut draft = ActivityDraft::copied(activity, crate::kernel::Lang::Vi);
    if activity.place != place {
        draft.area.clear();
    }
    draft
}

/// A form filled in with what the address asks for: a template, the last entry, a product of the list.
async fn begin(
    app: &App,
    who: &Actor<CanRead>,
    actor: &Actor<CanRecord>,
    asked: &Carried,
) -> Result<Asked, web::Error> {
    let party = asked.grantor()?.unwrap_or(actor.party);
    let place: Option<PlaceId> = optional(&asked.place).map_err(|problem: Problem| problem.at("place"))?;
    let mut draft = ActivityDraft { kind: asked.kind.clone(), ..ActivityDraft::default() };
    let lang = crate::kernel::Lang::Vi;
    if let Some(id) = optional::<TemplateId>(&asked.template)? {
        let template = service::template(app, actor, id).await?;
        draft = serde_json::from_str(&template.draft).map_err(web::Error::internal)?;
        draft.template = id.to_string();
    } else if let Some(wrong) = optional::<ActivityId>(&asked.instead_of)? {
        let (activity, _) = service::show(app, who, wrong).await?;
        draft = ActivityDraft::copied(&activity, lang);
        draft.copied_from.clear();
        draft.instead_of = wrong.to_string();
        draft.place = activity.place.map(|place| place.to_string()).unwrap_or_default();
        draft.day = activity.day.to_string();
        draft.note = activity.note.unwrap_or_default();
    } else if let Some(like) = optional::<ActivityId>(&asked.like)? {
        draft = like_before(&service::show(app, who, like).await?.0, place);
    } else if !asked.again.is_empty() {
        let kind = Kind::parse(&asked.kind)?;
        if let Some(last) = service::last_time(app, who, party, kind, place).await? {
            draft = like_before(&last, place);
        }
    }
    if let Some(id) = optional::<SubstanceId>(&asked.substance)? {
        draft.product = service::substance_name(app, id).await?;
        draft.substance = id.to_string();
        // What was chosen anew is no copy of what was used last.
        draft.copied_from.clear();
    }
    draft.key = app.id::<ActivityId>().to_string();
    draft.behalf_of = if party == actor.party { String::new() } else { party.to_string() };
    if draft.place.is_empty() {
        draft.place.clone_from(&asked.place);
    }
    if draft.day.is_empty() {
        draft.day = app.clock.now().day().to_string();
    }
    Ok(Asked { draft, party, q: asked.q.clone(), many: !asked.many.is_empty() })
}

/// `GET /fieldbook/new`
///
/// # Errors
/// 404 for a party that one does not record for.
pub async fn new(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    query: Query<Carried>,
) -> Result<Html<EntryPage>, web::Error> {
    let asked = begin(&app, &who, &actor, &query).await?;
    Ok(Html(page(&app, frame, &who, &actor, asked, Wrong::default()).await?))
}

/// Writes what the form says; where it stands in the place of a wrong entry, that one is declared wrong.
async fn send(
    app: &App,
    actor: &Actor<CanRecord>,
    draft: &ActivityDraft,
) -> Result<FieldRecorded, web::Error> {
    let key = draft.once()?;
    let wrong: Option<ActivityId> = optional(&draft.instead_of)?;
    if let Some(wrong) = wrong {
        let by = By::behalf(**actor, service::whose(app, wrong).await?);
        let new = draft.parse(draft.places()?.first().copied(), Origin::Form)?;
        return hidden(chain::correct_activity(app, &by, key, wrong, Some(new)).await);
    }
    let entries = entries(app, actor, draft, Origin::Form).await?;
    Ok(chain::record_activities(app, &entries, key).await?)
}

/// The sentences of problems with plots name the plot: `plots/2.day` becomes the third plot's name and the sentence.
fn by_plot(mut wrong: Wrong, page: &EntryPage) -> Wrong {
    let mut named = Vec::new();
    wrong.problems.0.retain(|problem| {
        let Some(rest) = problem.field.strip_prefix("plots/") else { return true };
        let number = rest.split('.').next().and_then(|n| n.parse::<usize>().ok());
        let plot = number.and_then(|n| page.draft.plots.get(n));
        let name = plot.and_then(|id| page.plots.iter().find(|(plot, _)| plot == id));
        let name = name.map(|(_, name)| name.as_str()).unwrap_or_default();
        named.push(format!("{name}: {}", page.frame.t.problem(problem)));
        false
    });
    wrong.plots = named;
    wrong
}

/// `POST /fieldbook/new`
///
/// # Errors
/// 404 for a party that one does not record for; what is wrong with the input shows the form again.
pub async fn send_new(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    form: Form<ActivityDraft>,
) -> Result<HttpResponse, web::Error> {
    let draft = form.0;
    let many = draft.plots.len() > 1 || draft.button == "many";
    let outcome = if draft.plots.len() > MOST_PLOTS {
        let count = draft.plots.len().to_string();
        let problem = Problem::new("too_many_plots").value(count).arg("most", MOST_PLOTS).at("plots");
        Err(Problems::from(problem).into())
    } else {
        send(&app, &actor, &draft).await
    };
    match outcome {
        Ok(recorded) => {
            let to = match recorded.activities.as_slice() {
                [one] => format!("/activities/{}", one.id),
                _ => "/fieldbook".to_owned(),
            };
            Ok(see_other(&to))
        }
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status: StatusCode = wrong.status;
            let party = draft.grantor().ok().flatten().unwrap_or(actor.party);
            let asked = Asked { draft, party, q: String::new(), many };
            let mut page = page(&app, frame, &who, &actor, asked, Wrong::default()).await?;
            page.wrong = by_plot(wrong, &page);
            Ok(Html(page).into_response(status))
        }
    }
}

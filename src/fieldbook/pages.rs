//! The pages of the field book, for phones first: what a plot takes now, an entry in a few touches, the book of a season. All work
//! without a script; what was typed is kept when something is wrong, and a form sent twice is written once.

mod entry;
mod season;

pub use entry::{EntryPage, new, send_new};
pub use season::{
    SeasonFormPage, SeasonPage, new_season, send_clear, send_reopen, send_season, send_withdraw, show_season,
};

use super::api::hidden;
use super::draft::ActivityDraft;
use super::model::{Activity, Kind, Left, Objection, Rule, Template};
use super::service::{self, Book, PlotBook, Recorders};
use super::sheet::came;
use crate::accounts::{Actor, CanRead, CanRecord, Identity};
use crate::app::App;
use crate::chain::{self, By};
use crate::kernel::{
    ActivityId, CropCode, Lang, Line, PartyId, PlaceId, Problem, Problems, TemplateId, show_amount,
};
use crate::lots::Lot;
use crate::parties::{self, Choice};
use crate::places::Place;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;

/// What is wrong with a form: field by field, or in a sentence above it.
#[derive(Clone, Debug, Default)]
struct Wrong {
    status: StatusCode,
    problems: Problems,
    refusal: Option<String>,
    /// The sentences about plots, of an entry about many.
    plots: Vec<String>,
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
        Ok(Self {
            status: error.status,
            problems: Problems(error.problems.clone()),
            refusal,
            plots: Vec::new(),
        })
    }

    /// The sentences about fields that the form has no input for; `shown` names those that it has, with commas between.
    fn above(&self, frame: &Frame, shown: &str) -> Vec<String> {
        let fields: Vec<&str> = shown.split(',').collect();
        frame.other_problems(&self.problems, &fields)
    }
}

/// What links between pages carry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Carried {
    behalf_of: String,
    place: String,
    kind: String,
    /// Part of a product's name.
    q: String,
    /// The product in the authority's list that was chosen.
    substance: String,
    /// The earlier entry whose values are taken.
    like: String,
    /// The template that was chosen.
    template: String,
    /// Anything: with the values of the last entry.
    again: String,
    /// Anything: about many plots.
    many: String,
    /// The wrong entry in whose place a new one stands.
    instead_of: String,
}

impl Carried {
    fn grantor(&self) -> Result<Option<PartyId>, Problem> {
        optional(&self.behalf_of).map_err(|problem| problem.at("behalf_of"))
    }
}

/// Reads an id that may be left empty.
fn optional<T: std::str::FromStr<Err = Problem>>(text: &str) -> Result<Option<T>, Problem> {
    if text.trim().is_empty() { Ok(None) } else { text.parse().map(Some) }
}

/// What keeps a plot shut, in a sentence.
#[must_use]
pub fn shut_words(frame: &Frame, objection: &Objection) -> String {
    let rule = Rule::parse(objection.rule).unwrap_or(Rule::NotPermitted);
    let day = objection.sprayed_on.vietnamese();
    match objection.until {
        Some(until) => frame.t.with(
            "fieldbook-shut-until",
            &[
                ("until", until.vietnamese()),
                ("substance", objection.substance.clone()),
                ("day", day),
                ("why", frame.t.say(rule.key()).into_owned()),
            ],
        ),
        None => frame.t.with(
            "fieldbook-shut-on",
            &[
                ("substance", objection.substance.clone()),
                ("day", day),
                ("why", frame.t.say(rule.key()).into_owned()),
            ],
        ),
    }
}

/// An entry in one line: what, how much.
fn told(frame: &Frame, activity: &Activity) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(spray) = &activity.spray {
        parts.push(spray.product.clone());
        parts.push(spray.dose.show(frame.lang));
        parts.push(spray.pest.clone());
    } else {
        parts.extend(activity.input.clone());
        let amount =
            activity.amount.map(|(amount, unit)| show_amount(amount.saturating_abs(), unit, frame.lang));
        parts.extend(amount);
        parts.extend(activity.details.method.clone());
        parts.extend(activity.details.result.clone());
    }
    parts.join(" · ")
}

/// What a page says of how an entry came about: late, copied, for another, wrong.
fn marks(frame: &Frame, activity: &Activity, recorders: &Recorders) -> Vec<String> {
    let mut marks = Vec::new();
    if activity.wrong.is_some() {
        marks.push(frame.t.say("fieldbook-wrong").into_owned());
    }
    if activity.is_late() {
        marks.push(frame.t.one("fieldbook-entered-late", "time", activity.recorded_at.vietnamese()));
    }
    marks.extend(came(activity, recorders, &frame.t));
    marks
}

/// The book of a party.
#[derive(askama::Template)]
#[template(path = "fieldbook/book.html")]
pub struct BookPage {
    frame: Frame,
    firms: Vec<Choice>,
    party: PartyId,
    book: Book,
    may_record: bool,
}

impl BookPage {
    fn copies(&self) -> String {
        let copies = self.book.copies;
        self.frame.t.two("fieldbook-copies", ("copied", copies.copied), ("all", copies.all))
    }

    fn left(&self, left: &Left) -> String {
        show_amount(left.amount, left.unit, self.frame.lang)
    }

    fn shut(&self, objection: &Objection) -> String {
        shut_words(&self.frame, objection)
    }

    fn crop(&self, crop: Option<&super::lists::Crop>, code: &CropCode) -> String {
        crop_name(self.frame.lang, crop, code)
    }
}

fn crop_name(lang: Lang, crop: Option<&super::lists::Crop>, code: &CropCode) -> String {
    crop.map_or_else(|| code.as_str().to_owned(), |crop| crop.name_in(lang).to_owned())
}

/// The parties whose books somebody may write, the own first; none for the authority.
async fn firms(app: &App, who: &Identity) -> Result<Vec<Choice>, web::Error> {
    match who.party {
        Some(own) => Ok(parties::may_record_for(app, own).await?),
        None => Ok(Vec::new()),
    }
}

/// `GET /fieldbook`
///
/// # Errors
/// 404 for a party whose book one may not read.
pub async fn book(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    query: Query<Carried>,
) -> Result<Html<BookPage>, web::Error> {
    let party = query.grantor()?.or(actor.party).ok_or_else(web::Error::not_found)?;
    let book = service::book(&app, &actor, party).await?;
    let firms = firms(&app, &actor).await?;
    let may_record = Actor::<CanRecord>::admit(Some(&actor)).is_ok();
    Ok(Html(BookPage { frame, firms, party, book, may_record }))
}

/// The book of a plot.
#[derive(askama::Template)]
#[template(path = "fieldbook/plot.html")]
pub struct PlotPage {
    frame: Frame,
    book: PlotBook,
    may_record: bool,
}

impl PlotPage {
    fn shut(&self, objection: &Objection) -> String {
        shut_words(&self.frame, objection)
    }

    fn told(&self, activity: &Activity) -> String {
        told(&self.frame, activity)
    }

    fn marks(&self, activity: &Activity) -> Vec<String> {
        marks(&self.frame, activity, &self.book.recorders)
    }

    fn crop(&self, crop: Option<&super::lists::Crop>, code: &CropCode) -> String {
        crop_name(self.frame.lang, crop, code)
    }

    fn kinds() -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|kind| kind.place() != super::model::Where::Nowhere)
    }
}

/// `GET /fieldbook/plots/{place}`
///
/// # Errors
/// 404 for a plot whose book one may not read.
pub async fn plot(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    id: Path<PlaceId>,
) -> Result<Html<PlotPage>, web::Error> {
    let book = service::plot(&app, &actor, *id).await?;
    let may_record = Actor::<CanRecord>::admit(Some(&actor)).is_ok();
    Ok(Html(PlotPage { frame, book, may_record }))
}

/// One entry.
#[derive(askama::Template)]
#[template(path = "fieldbook/activity.html")]
pub struct ActivityPage {
    frame: Frame,
    activity: Activity,
    /// Who entered it, when another party's person did.
    recorders: Recorders,
    place: Option<Place>,
    held: Vec<Lot>,
    /// How many lots are stopped with them because they were made of them.
    made_of_held: u64,
    may_record: bool,
    wrong: Wrong,
}

impl ActivityPage {
    fn marks(&self) -> Vec<String> {
        marks(&self.frame, &self.activity, &self.recorders)
    }

    fn told(&self) -> String {
        told(&self.frame, &self.activity)
    }
}

async fn activity_page(
    app: &App,
    frame: Frame,
    who: &Identity,
    id: ActivityId,
    wrong: Wrong,
) -> Result<ActivityPage, web::Error> {
    let (activity, place) = service::show(app, who, id).await?;
    let recorders = service::recorders_of(app, &activity).await?;
    let (held, made_of_held) = chain::held_by(app, &activity).await?;
    let may_record = Actor::<CanRecord>::admit(Some(who)).is_ok();
    Ok(ActivityPage { frame, activity, recorders, place, held, made_of_held, may_record, wrong })
}

/// `GET /activities/{activity}`
///
/// # Errors
/// 404 for an entry of a book that one may not read.
pub async fn show(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    id: Path<ActivityId>,
) -> Result<Html<ActivityPage>, web::Error> {
    Ok(Html(activity_page(&app, frame, &actor, *id, Wrong::default()).await?))
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// `POST /activities/{activity}/correct`: it is wrong, and nothing stands instead.
///
/// # Errors
/// 404 for an entry of another party's book; a second time, the page says so.
pub async fn send_correct(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    id: Path<ActivityId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let by = By::behalf(*actor, service::whose(&app, *id).await?);
    match hidden(chain::correct_activity(&app, &by, None, *id, None).await) {
        Ok(_) => Ok(see_other(&format!("/activities/{id}"))),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(activity_page(&app, frame, &who, *id, wrong).await?).into_response(status))
        }
    }
}

/// What a template is called.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TemplateDraft {
    name: String,
}

/// `POST /activities/{activity}/template`: keeps its values as a template of one's own party.
///
/// # Errors
/// 404 for an entry of a book that one may not read; without a name, the page says so.
pub async fn send_template(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    actor: Actor<CanRecord>,
    id: Path<ActivityId>,
    form: Form<TemplateDraft>,
) -> Result<HttpResponse, web::Error> {
    let (activity, _) = service::show(&app, &who, *id).await?;
    let name = match Line::<80>::parse(&form.0.name) {
        Ok(name) => name,
        Err(problem) => {
            let wrong = Wrong::of(&frame, Problems::from(problem.at("name")).into())?;
            let status = wrong.status;
            return Ok(Html(activity_page(&app, frame, &who, *id, wrong).await?).into_response(status));
        }
    };
    let draft = ActivityDraft::copied(&activity, Lang::Vi);
    let text = serde_json::to_string(&draft).map_err(web::Error::internal)?;
    let crop = activity.spray.as_ref().and_then(|spray| spray.crop.clone());
    service::keep_template(&app, &actor, &name, crop, activity.kind, text).await?;
    Ok(see_other("/fieldbook/templates"))
}

/// The templates of a party.
#[derive(askama::Template)]
#[template(path = "fieldbook/templates.html")]
pub struct TemplatesPage {
    frame: Frame,
    templates: Vec<Template>,
}

/// `GET /fieldbook/templates`
///
/// # Errors
/// When the database fails.
pub async fn templates(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRecord>,
) -> Result<Html<TemplatesPage>, web::Error> {
    let templates = service::templates(&app, &actor).await?;
    Ok(Html(TemplatesPage { frame, templates }))
}

/// `POST /fieldbook/templates/{template}/remove`
///
/// # Errors
/// 404 for another party's template.
pub async fn send_remove_template(
    app: Data<App>,
    actor: Actor<CanRecord>,
    id: Path<TemplateId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    service::remove_template(&app, &actor, *id).await?;
    Ok(see_other("/fieldbook/templates"))
}

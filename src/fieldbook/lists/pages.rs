//! The pages of the lists: for officers their versions, the hand-in, the preview; for everybody the substances in force, made for a
//! phone in the field.

use super::api::{Asked, Paged, PublishRequest, SHOWN_PROBLEMS, dose_text, file_of};
use super::change::Change;
use super::model::{Crop, List, ListKind, Substance};
use super::rows::{BAND_HEADINGS, CROP_HEADINGS, SUBSTANCE_HEADINGS, headings, rows};
use super::service::{self, Error, Found, ListForm, Overview, Preview};
use super::store::Looked;
use crate::accounts::{Actor, CanOversee, CanReview, Role};
use crate::app::App;
use crate::chain;
use crate::kernel::{Day, ListId, Problems};
use crate::sheet::RowProblem;
use crate::web::upload::Upload;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

/// The most rows of a version that its page shows; its files have all of them.
const SHOWN_ROWS: usize = 1_000;

/// The versions in force, the drafts, and all versions.
#[derive(Template)]
#[template(path = "fieldbook/lists.html")]
pub struct ListsPage {
    frame: Frame,
    overview: Overview,
    may_publish: bool,
}

/// `GET /lists`
///
/// # Errors
/// When the database fails.
pub async fn lists(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanOversee>,
    query: Query<Paged>,
) -> Result<Html<ListsPage>, web::Error> {
    let overview = service::overview(&app, query.after.as_ref(), query.size.unwrap_or_default()).await?;
    let may_publish = matches!(actor.role, Role::Officer | Role::Administrator);
    Ok(Html(ListsPage { frame, overview, may_publish }))
}

/// One version.
#[derive(Template)]
#[template(path = "fieldbook/list.html")]
pub struct ListPage {
    frame: Frame,
    list: List,
    headings: &'static [&'static str],
    rows: Vec<Vec<String>>,
    more: usize,
    looked: Option<Looked>,
}

impl ListPage {
    /// What looking again came to so far.
    fn came_of(&self, looked: &Looked) -> String {
        let counts = [("looked", looked.looked), ("held", looked.held), ("freed", looked.freed)];
        self.frame.t.with("lists-looked-so-far", &counts.map(|(name, count)| (name, count.to_string())))
    }

    fn is_under_way(&self) -> bool {
        self.looked.is_some_and(|looked| looked.ended_at.is_none())
    }
}

/// `GET /lists/{list}`
///
/// # Errors
/// 404.
pub async fn list(
    app: Data<App>,
    frame: Frame,
    _actor: Actor<CanOversee>,
    id: Path<ListId>,
) -> Result<Html<ListPage>, web::Error> {
    let (list, contents) = service::show(&app, *id).await?;
    let mut shown: Vec<Vec<String>> = rows(&contents).into_iter().map(|row| row.cells).collect();
    let more = shown.len().saturating_sub(SHOWN_ROWS);
    shown.truncate(SHOWN_ROWS);
    let looked = service::looked(&app, *id).await?;
    Ok(Html(ListPage { frame, list, headings: headings(&contents), rows: shown, more, looked }))
}

/// The form for a file, with what is wrong in it.
#[derive(Template)]
#[template(path = "fieldbook/hand_in.html")]
pub struct HandInPage {
    frame: Frame,
    form: ListForm,
    problems: Problems,
    rows: Vec<RowProblem>,
    count: usize,
}

impl HandInPage {
    fn kinds(&self) -> Vec<(String, String)> {
        let word = |kind: &ListKind| (kind.as_str().to_owned(), self.frame.t.say(kind.key()).into_owned());
        ListKind::ALL.iter().map(word).collect()
    }

    /// The headings of each list's file.
    fn columns() -> Vec<(ListKind, String)> {
        vec![
            (ListKind::Crops, CROP_HEADINGS.join("; ")),
            (ListKind::Substances, SUBSTANCE_HEADINGS.join("; ")),
            (ListKind::Bands, BAND_HEADINGS.join("; ")),
        ]
    }
}

/// `GET /lists/new`
pub async fn new(app: Data<App>, frame: Frame, _actor: Actor<CanReview>) -> Html<HandInPage> {
    let form = ListForm { in_force_from: app.clock.now().day().vietnamese(), ..ListForm::default() };
    Html(HandInPage { frame, form, problems: Problems::default(), rows: Vec::new(), count: 0 })
}

/// `POST /lists`
///
/// # Errors
/// When the database fails; what is wrong shows the form again, with every problem of the file.
pub async fn send_new(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let form: ListForm = upload.fields()?;
    let outcome = match file_of(&upload) {
        Ok(bytes) => service::hand_in(&app, &actor, &form, bytes).await,
        Err(missing) => Err(missing),
    };
    let (mut problems, mut rows) = (Problems::default(), Vec::new());
    match outcome {
        Ok(draft) => return Ok(see_other(&format!("/lists/drafts/{}", draft.id))),
        Err(Error::Invalid(found)) => problems = found,
        Err(Error::Rows(found)) => rows = found,
        Err(error) => return Err(error.into()),
    }
    let count = rows.len();
    rows.truncate(SHOWN_PROBLEMS);
    Ok(Html(HandInPage { frame, form, problems, rows, count }).refused())
}

/// What a draft would change.
#[derive(Template)]
#[template(path = "fieldbook/preview.html")]
pub struct PreviewPage {
    frame: Frame,
    preview: Preview,
    refusal: Option<String>,
}

impl PreviewPage {
    fn changes(&self) -> &[Change] {
        &self.preview.changes
    }

    /// The sentence about a version that would be stood in the place of.
    fn ahead(&self, list: &List) -> String {
        let (number, from) = (("number", list.number.to_string()), ("from", list.in_force_from.vietnamese()));
        self.frame.t.two("lists-ahead", number, from)
    }
}

/// `GET /lists/drafts/{draft}`
///
/// # Errors
/// 404.
pub async fn preview(
    app: Data<App>,
    frame: Frame,
    _actor: Actor<CanReview>,
    id: Path<ListId>,
) -> Result<Html<PreviewPage>, web::Error> {
    let preview = service::preview(&app, *id).await?;
    Ok(Html(PreviewPage { frame, preview, refusal: None }))
}

/// `POST /lists/drafts/{draft}/publish`
///
/// # Errors
/// 404; when another version came between, the preview is shown again.
pub async fn send_publish(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    id: Path<ListId>,
    form: Form<PublishRequest>,
) -> Result<HttpResponse, web::Error> {
    match chain::publish_draft(&app, &actor, *id, form.0.newest).await {
        Ok(done) => Ok(see_other(&format!("/lists/{}", done.published.list.id))),
        Err(Error::Superseded { number }) => {
            let refusal = Some(frame.t.one("error-list-superseded", "number", number));
            let preview = service::preview(&app, *id).await?;
            Ok(Html(PreviewPage { frame, preview, refusal }).into_response(StatusCode::CONFLICT))
        }
        Err(error) => Err(error.into()),
    }
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// `POST /lists/drafts/{draft}/discard`
///
/// # Errors
/// 404.
pub async fn send_discard(
    app: Data<App>,
    actor: Actor<CanReview>,
    id: Path<ListId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    service::discard(&app, &actor, *id).await?;
    Ok(see_other("/lists"))
}

/// The substances in force, looked up by name and crop.
#[derive(Template)]
#[template(path = "fieldbook/substances.html")]
pub struct SubstancesPage {
    frame: Frame,
    asked: Asked,
    today: Day,
    crops: Vec<Crop>,
    found: Option<Found>,
    problems: Problems,
}

/// A substance on a crop, in words.
struct UseLine {
    crop: String,
    days: u16,
    dose: Option<String>,
}

impl SubstancesPage {
    fn choices(&self) -> Vec<(String, String)> {
        self.crops
            .iter()
            .map(|crop| (crop.code.to_string(), crop.name_in(self.frame.lang).to_owned()))
            .collect()
    }

    /// The uses to show: on the crop that was asked for, else on all.
    fn uses(&self, substance: &Substance) -> Vec<UseLine> {
        let asked = self.asked.crop.trim();
        let uses = substance.uses.iter().filter(|known| asked.is_empty() || known.crop.as_str() == asked);
        uses.map(|known| {
            let crop = self.crops.iter().find(|crop| crop.code == known.crop);
            UseLine {
                crop: crop
                    .map_or_else(|| known.crop.to_string(), |crop| crop.name_in(self.frame.lang).to_owned()),
                days: known.waiting_days,
                dose: known.dose.map(dose_text),
            }
        })
        .collect()
    }

    /// The address of the next page.
    fn next(&self, after: impl std::fmt::Display) -> String {
        let pairs = [("q", self.asked.q.as_str()), ("crop", self.asked.crop.as_str())];
        let query = serde_html_form::to_string(pairs).unwrap_or_default();
        format!("/field/substances?{query}&after={after}")
    }

    /// The ban of a substance in words: of today, or one to come.
    fn ban(&self, substance: &Substance) -> Option<String> {
        let from = substance.banned_from?;
        let from = from.vietnamese();
        if substance.banned_to.is_some_and(|to| to < self.today) {
            return None;
        }
        Some(match substance.banned_to {
            Some(to) => self.frame.t.two("lists-banned-until", ("from", from), ("to", to.vietnamese())),
            None => self.frame.t.one("lists-banned", "from", from),
        })
    }
}

/// `GET /field/substances?crop=&q=`: for everybody.
///
/// # Errors
/// When the database fails.
pub async fn substances(
    app: Data<App>,
    frame: Frame,
    asked: Query<Asked>,
) -> Result<HttpResponse, web::Error> {
    let asked = asked.into_inner();
    let today = app.clock.now().day();
    let crops = service::crops_of(&app, None).await?;
    let (found, problems) = match asked.parse(today) {
        Ok(question) => {
            let (crop, after) = (question.crop.as_ref(), question.after.as_ref());
            let found = service::look_up(&app, &asked.q, crop, question.day, after, question.size).await;
            match found {
                Ok(found) => (Some(found), Problems::default()),
                Err(Error::Invalid(problems)) => (None, problems),
                Err(error) => return Err(error.into()),
            }
        }
        Err(problems) => (None, problems),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Html(SubstancesPage { frame, asked, today, crops, found, problems }).into_response(status))
}

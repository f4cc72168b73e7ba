//! The registry as officials see it: finding a party, looking at it, registering one on paper, suspending, consent and mandates
//! that came in on paper.

use super::review::HandOverPage;
use super::{Consent, Empty, MandatePaging, Reason, communes, document_of, kinds, refusal};
use crate::accounts::{self, Actor, CanOversee, CanReview, Identity, Person, Role};
use crate::app::App;
use crate::kernel::{Cursor, Day, Page, PageSize, PartyId, Problems};
use crate::parties::api::{Search, cursor};
use crate::parties::document::Document;
use crate::parties::model::{Draft, Filter, MandateDraft, MandateLine, Party, Side, Status, reason};
use crate::parties::service::{self, Error, Own, Signatory};
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html, Upload};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;

/// The parties of the registry.
#[derive(Template)]
#[template(path = "parties/parties.html")]
pub struct PartiesPage {
    frame: Frame,
    search: Search,
    kinds: Vec<(String, String)>,
    statuses: Vec<(String, String)>,
    parties: Vec<Party>,
    next: Option<Cursor>,
    problems: Problems,
    may_register: bool,
}

/// `GET /parties`
///
/// # Errors
/// When the database fails; a filter that is not one is said under its field.
pub async fn parties(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanOversee>,
    query: Query<Search>,
) -> Result<HttpResponse, web::Error> {
    let Query(search) = query;
    let (filter, after, size, problems) = match search.parse() {
        Ok((filter, after, size)) => (filter, after, size, Problems::default()),
        Err(problems) => (Filter::default(), None, PageSize::default(), problems),
    };
    let page = if problems.is_empty() {
        service::parties(&app, &actor, &filter, after.as_ref(), size).await?
    } else {
        Page { items: Vec::new(), next: None }
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let statuses = Status::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), frame.t.say(one.key()).into_owned()))
        .collect();
    let page = PartiesPage {
        kinds: kinds(&frame.t),
        statuses,
        parties: page.items,
        next: page.next,
        may_register: may_review(&actor),
        frame,
        search,
        problems,
    };
    Ok(Html(page).into_response(status))
}

impl PartiesPage {
    /// The link to the next page with the same filter.
    fn next_link(&self) -> Option<String> {
        let next = self.next.as_ref()?.to_string();
        let search = &self.search;
        let pairs = [
            ("q", search.q.as_str()),
            ("commune", &search.commune),
            ("kind", &search.kind),
            ("status", &search.status),
            ("after", &next),
        ];
        serde_html_form::to_string(pairs).ok().map(|query| format!("/parties?{query}"))
    }
}

fn may_review(identity: &Identity) -> bool {
    matches!(identity.role, Role::Officer | Role::Administrator)
}

/// One party, as officials see it.
#[derive(Template)]
#[template(path = "parties/party.html")]
pub struct PartyPage {
    frame: Frame,
    own: Own,
    members: Vec<Person>,
    given: Page<MandateLine>,
    held: Page<MandateLine>,
    today: Day,
    may_review: bool,
    mandate: MandateDraft,
    reason: String,
    problems: Problems,
    refusal: Option<String>,
}

/// What was typed on a party's page and is shown again.
#[derive(Default)]
struct Typed {
    mandate: MandateDraft,
    reason: String,
    problems: Problems,
    refusal: Option<String>,
}

async fn page(
    app: &App,
    frame: Frame,
    actor: &Actor<CanOversee>,
    id: PartyId,
    paging: &MandatePaging,
    typed: Typed,
) -> Result<PartyPage, web::Error> {
    let own = service::find(app, actor, id).await?;
    let members = accounts::members(app, id).await?;
    let size = PageSize::default();
    let after = cursor(paging.of(Side::Given)).map_err(|problem| problem.at("given"))?;
    let given = service::mandates(app, actor, id, Side::Given, after.as_ref(), size).await?;
    let after = cursor(paging.of(Side::Held)).map_err(|problem| problem.at("held"))?;
    let held = service::mandates(app, actor, id, Side::Held, after.as_ref(), size).await?;
    let Typed { mandate, reason, problems, refusal } = typed;
    let (today, may_review) = (app.clock.now().day(), may_review(actor));
    Ok(PartyPage { frame, own, members, given, held, today, may_review, mandate, reason, problems, refusal })
}

/// `GET /parties/{party}`
///
/// # Errors
/// 404.
pub async fn party(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanOversee>,
    id: Path<PartyId>,
    paging: Query<MandatePaging>,
) -> Result<Html<PartyPage>, web::Error> {
    Ok(Html(page(&app, frame, &actor, *id, &paging, Typed::default()).await?))
}

/// Back to the party's page, or the page again with what is wrong.
async fn back(
    app: &App,
    frame: Frame,
    actor: &Actor<CanOversee>,
    id: PartyId,
    outcome: Result<(), Error>,
    typed: Typed,
) -> Result<HttpResponse, web::Error> {
    match outcome {
        Ok(()) => Ok(see_other(&format!("/parties/{id}"))),
        Err(error) => {
            let (status, problems, refusal) = refusal(&frame, error)?;
            let typed = Typed { problems, refusal, ..typed };
            let page = page(app, frame, actor, id, &MandatePaging::default(), typed).await?;
            Ok(Html(page).into_response(status))
        }
    }
}

/// `POST /parties/{party}/suspend`
///
/// # Errors
/// 404; without a reason, or where it cannot be, the page again.
pub async fn suspend(
    app: Data<App>,
    frame: Frame,
    officer: Actor<CanReview>,
    actor: Actor<CanOversee>,
    id: Path<PartyId>,
    form: Form<Reason>,
) -> Result<HttpResponse, web::Error> {
    let outcome = match reason(&form.0.reason) {
        Ok(reason) => service::suspend(&app, &officer, *id, &reason).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let typed = Typed { reason: form.0.reason, ..Typed::default() };
    back(&app, frame, &actor, *id, outcome, typed).await
}

/// `POST /parties/{party}/reinstate`
///
/// # Errors
/// 404; without a reason, or where it cannot be, the page again.
pub async fn reinstate(
    app: Data<App>,
    frame: Frame,
    officer: Actor<CanReview>,
    actor: Actor<CanOversee>,
    id: Path<PartyId>,
    form: Form<Reason>,
) -> Result<HttpResponse, web::Error> {
    let outcome = match reason(&form.0.reason) {
        Ok(reason) => service::reinstate(&app, &officer, *id, &reason).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let typed = Typed { reason: form.0.reason, ..Typed::default() };
    back(&app, frame, &actor, *id, outcome, typed).await
}

/// `POST /parties/{party}/consent`: what a household said on paper.
///
/// # Errors
/// 404; where it is no change, the page again.
pub async fn send_consent_for(
    app: Data<App>,
    frame: Frame,
    officer: Actor<CanReview>,
    actor: Actor<CanOversee>,
    id: Path<PartyId>,
    form: Form<Consent>,
) -> Result<HttpResponse, web::Error> {
    let by = Signatory::from(&*officer);
    let outcome = service::set_consent(&app, &by, *id, form.0.consent == "yes").await;
    back(&app, frame, &actor, *id, outcome, Typed::default()).await
}

/// `POST /parties/{party}/mandates`: a mandate that the party signed on paper.
///
/// # Errors
/// 404; what is wrong with the input shows the page again.
pub async fn send_mandate_for(
    app: Data<App>,
    frame: Frame,
    officer: Actor<CanReview>,
    actor: Actor<CanOversee>,
    id: Path<PartyId>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let draft: MandateDraft = upload.fields()?;
    let parsed = Document::beside(draft.parse(app.clock.now().day()), document_of(&upload).await);
    let outcome = match parsed {
        Ok((new, document)) => {
            let by = Signatory::from(&*officer);
            service::give_mandate(&app, &by, *id, &new, &document).await.map(|_| ())
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    back(&app, frame, &actor, *id, outcome, Typed { mandate: draft, ..Typed::default() }).await
}

/// `POST /parties/{party}/sign-up-code`: shows a further code for a manager, once.
///
/// # Errors
/// 404; 409 unless the party is approved.
pub async fn send_sign_up_code(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    id: Path<PartyId>,
    _form: Form<Empty>,
) -> Result<Html<HandOverPage>, web::Error> {
    let code = service::sign_up_code(&app, &actor, *id).await?;
    Ok(Html(HandOverPage { frame, code: code.grouped(), back: format!("/parties/{id}") }))
}

/// Registering a party on its signed form.
#[derive(Template)]
#[template(path = "parties/new.html")]
pub struct NewPartyPage {
    frame: Frame,
    form: Draft,
    kinds: Vec<(String, String)>,
    communes: Vec<(String, String)>,
    problems: Problems,
    refusal: Option<String>,
}

/// `GET /parties/new`
pub async fn new_party(frame: Frame, _actor: Actor<CanReview>) -> Html<NewPartyPage> {
    let form = Draft { kind: "household".to_owned(), ..Draft::default() };
    let kinds = kinds(&frame.t);
    let problems = Problems::default();
    Html(NewPartyPage { frame, form, kinds, communes: Vec::new(), problems, refusal: None })
}

/// `POST /parties/new`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_new_party(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanReview>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let form: Draft = upload.fields()?;
    let outcome = match Document::beside(form.party(), document_of(&upload).await) {
        Ok((party, document)) => service::register(&app, &actor, &party, &document).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(id) => Ok(see_other(&format!("/parties/{id}"))),
        Err(error) => {
            let (status, problems, refusal) = refusal(&frame, error)?;
            let (kinds, communes) = (kinds(&frame.t), communes(&form, &problems));
            Ok(Html(NewPartyPage { frame, form, kinds, communes, problems, refusal }).into_response(status))
        }
    }
}

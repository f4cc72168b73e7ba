//! The desk, the form of a certificate, and a certificate with what can become of it.

use super::{Empty, Wrong, file_of};
use crate::accounts::{Actor, CanInspect, CanManage, CanRead, CanRecord, Identity, Role};
use crate::app::App;
use crate::chain;
use crate::evidence::api::{Asked, ShowingDraft, turner, verifier};
use crate::evidence::file::Attachment;
use crate::evidence::model::{CertificateDraft, Showing, Standing, TurnDraft, TurnKind, schemes};
use crate::evidence::service::{self, Listed, View};
use crate::kernel::{CertificateId, Day, EventId, Page, PageSize, PartyId, Problem};
use crate::parties::{Acting, Behalf};
use crate::places::Place;
use crate::products::Product;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html, Upload};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;

/// What stands on somebody's desk.
#[derive(Template)]
#[template(path = "evidence/desk.html")]
pub struct DeskPage {
    frame: Frame,
    behalf: Behalf,
    own: Page<Listed>,
    ending: Vec<Listed>,
    waiting: Page<Listed>,
    today: Day,
    is_official: bool,
    may_manage: bool,
    may_record: bool,
}

/// `GET /papers`: certificates of the own party, what ends soon, and what waits here to be verified.
///
/// # Errors
/// 422 for a malformed cursor.
pub async fn desk(
    app: Data<App>,
    frame: Frame,
    who: Acting<CanRead>,
    asked: Query<Asked>,
) -> Result<Html<DeskPage>, web::Error> {
    let (after, size) = asked.paging().parse()?;
    let is_official = who.party.is_none();
    let own = match who.party {
        Some(party) => service::own(&app, party, after.as_ref(), size).await?,
        None => Page { items: Vec::new(), next: None },
    };
    let ending = service::ending_soon(&app, &who, 50).await?;
    // The cursor is of the one list that the page has more of.
    let after = after.filter(|_| is_official);
    let waiting = service::waiting(&app, &who, after.as_ref(), PageSize::default()).await?;
    let behalf = who.behalf(&app).await?;
    Ok(Html(DeskPage {
        frame,
        behalf,
        own,
        ending,
        waiting,
        today: app.clock.now().day(),
        is_official,
        may_manage: who.party.is_some() && who.role == Role::Manager,
        may_record: who.party.is_some(),
    }))
}

/// The form of a certificate.
#[derive(Template)]
#[template(path = "evidence/certificate_form.html")]
pub struct CertificateFormPage {
    frame: Frame,
    behalf: Behalf,
    draft: CertificateDraft,
    wrong: Wrong,
    certifiers: Vec<(String, String)>,
    places: Vec<(String, Place)>,
    products: Vec<Product>,
}

impl CertificateFormPage {
    fn schemes(&self) -> Vec<(String, String)> {
        let lang = self.frame.lang;
        schemes().iter().map(|scheme| (scheme.code.clone(), scheme.name(lang).to_owned())).collect()
    }

    fn showings(&self) -> Vec<(String, String)> {
        let words = self.frame.t;
        let choice = |showing: Showing| (showing.as_str().to_owned(), words.say(showing.key()).into_owned());
        Showing::ALL.into_iter().map(choice).collect()
    }

    fn has_place(&self, place: &Place) -> bool {
        self.draft.places.contains(&place.id.to_string())
    }

    fn has_product(&self, product: &Product) -> bool {
        self.draft.products.contains(&product.id.to_string())
    }
}

async fn form(
    app: &App,
    frame: Frame,
    (party, behalf): (PartyId, Behalf),
    draft: CertificateDraft,
    wrong: Wrong,
) -> Result<CertificateFormPage, web::Error> {
    let (places, products) = service::scope_choices(app, party).await?;
    let certifiers = service::certifiers(app).await?;
    let certifiers = certifiers.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    Ok(CertificateFormPage { frame, behalf, draft, wrong, certifiers, places, products })
}

/// `GET /papers/certificates/new`
///
/// # Errors
/// 403 for those who may not manage.
pub async fn new_certificate(
    app: Data<App>,
    frame: Frame,
    by: Acting<CanManage>,
) -> Result<Html<CertificateFormPage>, web::Error> {
    let behalf = by.behalf(&app).await?;
    let draft = CertificateDraft { showing: "line".to_owned(), ..CertificateDraft::default() };
    Ok(Html(form(&app, frame, (by.party, behalf), draft, Wrong::default()).await?))
}

/// `POST /papers/certificates`
///
/// # Errors
/// What is wrong with the input shows the form again.
pub async fn send_certificate(
    app: Data<App>,
    frame: Frame,
    by: Acting<CanManage>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let draft: CertificateDraft = upload.fields()?;
    let behalf = by.behalf(&app).await?;
    let outcome = match Attachment::beside(draft.parse(), file_of(&upload).await) {
        Ok((new, file)) => service::record(&app, &by, &new, file.as_ref()).await.map_err(web::Error::from),
        Err(problems) => Err(problems.into()),
    };
    match outcome {
        Ok(id) => Ok(see_other(&format!("/papers/certificates/{id}{}", behalf.query()))),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(form(&app, frame, (by.party, behalf), draft, wrong).await?).into_response(status))
        }
    }
}

/// A certificate.
#[derive(Template)]
#[template(path = "evidence/certificate.html")]
pub struct CertificatePage {
    frame: Frame,
    behalf: Behalf,
    view: View,
    me: Identity,
    today: Day,
    turn: TurnDraft,
    wrong: Wrong,
    /// What becomes of it becomes so once under this key, however often the form is sent.
    key: EventId,
}

impl CertificatePage {
    fn standing(&self) -> Standing {
        self.view.listed.certificate.standing(self.today)
    }

    fn is_own(&self) -> bool {
        self.me.party == Some(self.view.listed.certificate.party) && self.me.role == Role::Manager
    }

    /// Whether the one who looks may say that it is true, and has not.
    fn may_verify(&self) -> bool {
        let known = &self.view.listed.certificate;
        let grade = match self.me.party {
            None if matches!(self.me.role, Role::Inspector | Role::Officer) => {
                crate::evidence::Grade::Inspected
            }
            Some(party) if known.certifier == Some(party) => crate::evidence::Grade::ThirdParty,
            _ => return false,
        };
        !known.is_ended() && known.checks.iter().all(|check| check.grade != grade)
    }

    /// What the one who looks may let become of it.
    fn turns(&self) -> Vec<(String, String)> {
        let known = &self.view.listed.certificate;
        let full =
            known.certifier.is_some() && known.certifier == self.me.party && self.me.role == Role::Manager
                || (self.me.party.is_none() && matches!(self.me.role, Role::Inspector | Role::Officer));
        if known.is_ended() || !(full || self.is_own()) {
            return Vec::new();
        }
        let suspended = matches!(self.standing(), Standing::Suspended(_));
        let fits = |kind: &TurnKind| match kind {
            TurnKind::Suspended => full && !suspended,
            TurnKind::Resumed => full && suspended,
            TurnKind::Withdrawn | TurnKind::Wrong => true,
        };
        let words = self.frame.t;
        let choice = |kind: TurnKind| (kind.as_str().to_owned(), words.say(kind.key()).into_owned());
        TurnKind::ALL.into_iter().filter(fits).map(choice).collect()
    }

    fn showings(&self) -> Vec<(String, String)> {
        let words = self.frame.t;
        let choice = |showing: Showing| (showing.as_str().to_owned(), words.say(showing.key()).into_owned());
        Showing::ALL.into_iter().map(choice).collect()
    }
}

async fn page(
    app: &App,
    frame: Frame,
    who: &Acting<CanRead>,
    id: CertificateId,
    (turn, wrong): (TurnDraft, Wrong),
) -> Result<CertificatePage, web::Error> {
    let view = service::find(app, who, id).await?;
    let behalf = who.behalf(app).await?;
    let (me, today) = ((**who).clone(), app.clock.now().day());
    Ok(CertificatePage { frame, behalf, view, me, today, turn, wrong, key: app.id() })
}

/// `GET /papers/certificates/{certificate}`
///
/// # Errors
/// 404 for somebody else's.
pub async fn certificate(
    app: Data<App>,
    frame: Frame,
    who: Acting<CanRead>,
    id: Path<CertificateId>,
) -> Result<Html<CertificatePage>, web::Error> {
    Ok(Html(page(&app, frame, &who, *id, (TurnDraft::default(), Wrong::default())).await?))
}

async fn back(
    app: &App,
    frame: Frame,
    who: &Acting<CanRead>,
    id: CertificateId,
    turn: TurnDraft,
    outcome: Result<(), web::Error>,
) -> Result<HttpResponse, web::Error> {
    match outcome {
        Ok(()) => {
            let query = who.behalf(app).await?.query();
            Ok(see_other(&format!("/papers/certificates/{id}{query}")))
        }
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(page(app, frame, who, id, (turn, wrong)).await?).into_response(status))
        }
    }
}

/// `POST /papers/certificates/{certificate}/files`
///
/// # Errors
/// 404; what is wrong with the file shows the page again.
pub async fn send_file(
    app: Data<App>,
    frame: Frame,
    by: Acting<CanManage>,
    who: Acting<CanRead>,
    id: Path<CertificateId>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let file = file_of(&upload).await;
    let file = file.and_then(|file| file.ok_or_else(|| Problem::new("document_missing")));
    let outcome = match file {
        Ok(file) => service::add_file(&app, &by, *id, &file).await.map_err(web::Error::from),
        Err(problem) => Err(problem.at("file").into()),
    };
    back(&app, frame, &who, *id, TurnDraft::default(), outcome).await
}

/// `POST /papers/certificates/{certificate}/showing`
///
/// # Errors
/// 404; another word shows the page again.
pub async fn send_showing(
    app: Data<App>,
    frame: Frame,
    by: Acting<CanManage>,
    who: Acting<CanRead>,
    id: Path<CertificateId>,
    form: Form<ShowingDraft>,
) -> Result<HttpResponse, web::Error> {
    let outcome = match Showing::parse(&form.0.showing) {
        Ok(showing) => service::set_showing(&app, &by, *id, showing).await.map_err(web::Error::from),
        Err(problem) => Err(problem.at("showing").into()),
    };
    back(&app, frame, &who, *id, TurnDraft::default(), outcome).await
}

/// `POST /papers/certificates/{certificate}/verify`
///
/// # Errors
/// 404 for whoever is not of its certifier or of the authority.
pub async fn send_verify(
    app: Data<App>,
    frame: Frame,
    member: Result<Actor<CanRecord>, web::Error>,
    official: Result<Actor<CanInspect>, web::Error>,
    who: Acting<CanRead>,
    id: Path<CertificateId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let by = verifier(member, official)?;
    let outcome = service::verify(&app, &by, *id).await.map(|_| ()).map_err(web::Error::from);
    back(&app, frame, &who, *id, TurnDraft::default(), outcome).await
}

/// `POST /papers/certificates/{certificate}/turn`
///
/// # Errors
/// 404 for whoever may not; what is wrong with the input shows the page again.
pub async fn send_turn(
    app: Data<App>,
    frame: Frame,
    manager: Result<Acting<CanManage>, web::Error>,
    official: Result<Actor<CanInspect>, web::Error>,
    who: Acting<CanRead>,
    id: Path<CertificateId>,
    form: Form<TurnDraft>,
) -> Result<HttpResponse, web::Error> {
    let by = turner(manager, official)?;
    let key = form.0.once()?;
    let outcome = match form.0.parse(app.clock.now().day()) {
        Ok((kind, from, reason)) => {
            let done = chain::turn_certificate(&app, &by, *id, (kind, from, &reason), key).await;
            done.map(|_| ()).map_err(web::Error::from)
        }
        Err(problems) => Err(problems.into()),
    };
    back(&app, frame, &who, *id, form.0, outcome).await
}

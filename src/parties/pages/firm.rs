//! One's own firm: what is registered, its people, consent, mandates given and held.

use super::{Consent, Empty, MandatePaging, document_of, refusal};
use crate::accounts::{self, Actor, CanManage, CanRead, CanReview, Identity, Person, Role};
use crate::app::App;
use crate::kernel::{Day, MandateId, Page, PageSize, Problems};
use crate::parties::api::{attachment, cursor, mail_address, own_party, signatory};
use crate::parties::document::Document;
use crate::parties::model::{MandateDraft, MandateLine, Side};
use crate::parties::service::{self, Error, Own, Signatory};
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html, Upload};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

/// My firm.
#[derive(Template)]
#[template(path = "parties/firm.html")]
pub struct FirmPage {
    frame: Frame,
    own: Own,
    members: Vec<Person>,
    me: Identity,
    given: Page<MandateLine>,
    held: Page<MandateLine>,
    today: Day,
    mandate: MandateDraft,
    /// The address for mail, as typed or as kept.
    mail: String,
    problems: Problems,
    refusal: Option<String>,
}

impl FirmPage {
    fn may_manage(&self) -> bool {
        self.me.role == Role::Manager
    }
}

/// What was typed and is shown again.
#[derive(Default)]
struct Typed {
    mandate: MandateDraft,
    mail: Option<String>,
    problems: Problems,
    refusal: Option<String>,
}

async fn page(
    app: &App,
    frame: Frame,
    me: &Identity,
    paging: &MandatePaging,
    typed: Typed,
) -> Result<FirmPage, web::Error> {
    let party = own_party(me)?;
    let own = service::own(app, party).await?;
    let members = accounts::members(app, party).await?;
    let size = PageSize::default();
    let after = cursor(paging.of(Side::Given)).map_err(|problem| problem.at("given"))?;
    let given = service::mandates(app, me, party, Side::Given, after.as_ref(), size).await?;
    let after = cursor(paging.of(Side::Held)).map_err(|problem| problem.at("held"))?;
    let held = service::mandates(app, me, party, Side::Held, after.as_ref(), size).await?;
    let Typed { mandate, mail, problems, refusal } = typed;
    let mail = mail.or_else(|| own.mail.clone()).unwrap_or_default();
    let (me, today) = (me.clone(), app.clock.now().day());
    Ok(FirmPage { frame, own, members, me, given, held, today, mandate, mail, problems, refusal })
}

/// `GET /firm`
///
/// # Errors
/// 403 for people of the authority.
pub async fn firm(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    paging: Query<MandatePaging>,
) -> Result<Html<FirmPage>, web::Error> {
    Ok(Html(page(&app, frame, &actor, &paging, Typed::default()).await?))
}

async fn back(
    app: &App,
    frame: Frame,
    me: &Identity,
    outcome: Result<(), Error>,
    typed: Typed,
) -> Result<HttpResponse, web::Error> {
    match outcome {
        Ok(()) => Ok(see_other("/firm")),
        Err(error) => {
            let (status, problems, refusal) = refusal(&frame, error)?;
            let typed = Typed { problems, refusal, ..typed };
            Ok(Html(page(app, frame, me, &MandatePaging::default(), typed).await?).into_response(status))
        }
    }
}

/// `POST /firm/consent`
///
/// # Errors
/// Where it is no change, the page again.
pub async fn send_consent(
    app: Data<App>,
    frame: Frame,
    manager: Actor<CanManage>,
    actor: Actor<CanRead>,
    form: Form<Consent>,
) -> Result<HttpResponse, web::Error> {
    let by = Signatory::from(&*manager);
    let outcome = service::set_consent(&app, &by, manager.party, form.0.consent == "yes").await;
    back(&app, frame, &actor, outcome, Typed::default()).await
}

/// The address for mail, as typed; empty to erase it.
#[derive(Deserialize)]
pub struct MailForm {
    #[serde(default)]
    mail: String,
}

/// `POST /firm/mail`
///
/// # Errors
/// What is no address shows the page again.
pub async fn send_mail_address(
    app: Data<App>,
    frame: Frame,
    manager: Actor<CanManage>,
    actor: Actor<CanRead>,
    form: Form<MailForm>,
) -> Result<HttpResponse, web::Error> {
    let typed = form.0.mail;
    let outcome = match mail_address(&typed) {
        Ok(address) => service::set_mail_address(&app, &manager, address.as_ref()).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    back(&app, frame, &actor, outcome, Typed { mail: Some(typed), ..Typed::default() }).await
}

/// `POST /firm/mandates`
///
/// # Errors
/// What is wrong with the input shows the page again.
pub async fn send_mandate(
    app: Data<App>,
    frame: Frame,
    manager: Actor<CanManage>,
    actor: Actor<CanRead>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let draft: MandateDraft = upload.fields()?;
    let parsed = Document::beside(draft.parse(app.clock.now().day()), document_of(&upload).await);
    let outcome = match parsed {
        Ok((new, document)) => {
            let by = Signatory::from(&*manager);
            service::give_mandate(&app, &by, manager.party, &new, &document).await.map(|_| ())
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    back(&app, frame, &actor, outcome, Typed { mandate: draft, ..Typed::default() }).await
}

/// `POST /mandates/{mandate}/revoke`: by a manager of the grantor, or an officer.
///
/// # Errors
/// 404 for another grantor's; 409 when it was revoked before.
pub async fn revoke_mandate(
    app: Data<App>,
    manager: Result<Actor<CanManage>, web::Error>,
    officer: Result<Actor<CanReview>, web::Error>,
    id: Path<MandateId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let to_firm = manager.is_ok();
    service::revoke_mandate(&app, &signatory(manager, officer)?, *id).await?;
    Ok(see_other(if to_firm { "/firm" } else { "/parties" }))
}

/// `GET /mandates/{mandate}/document`: for both sides and officials.
///
/// # Errors
/// 404 for somebody else's.
pub async fn mandate_document(
    app: Data<App>,
    actor: Actor<CanRead>,
    id: Path<MandateId>,
) -> Result<HttpResponse, web::Error> {
    Ok(attachment(service::mandate_document(&app, &actor, *id).await?, &format!("mandate-{id}")))
}

//! The pages of accounts: sign in, sign up with a one-time code, set a password anew, my account, the people of the authority.

use super::NewPerson;
use super::actor::{Actor, CanAdminister, CanKeepAccess, CanManage, SignedIn};
use super::extract::cookie_name;
use super::model::{NewPassword, Person, Role, Scopes, SignInName, Token};
use super::secret::{OneTimeCode, Secret};
use super::service::{self, Error};
use crate::app::App;
use crate::kernel::{Line, PersonId, Problems, TokenId};
use crate::web::limits::source;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html, PublicForm};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

/// Signing in.
#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
pub struct SignInPage {
    frame: Frame,
    name: String,
    then: String,
    refusal: Option<String>,
}

/// What the sign-in form sends.
#[derive(Deserialize)]
pub struct SignIn {
    name: String,
    password: String,
    #[serde(default)]
    then: String,
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub struct Then {
    #[serde(default)]
    then: String,
}

/// `GET /account/sign-in`
pub async fn sign_in(frame: Frame, query: Query<Then>) -> Html<SignInPage> {
    Html(SignInPage { frame, name: String::new(), then: local(&query.then), refusal: None })
}

/// `POST /account/sign-in`
///
/// # Errors
/// When the database fails; a wrong password or a lock shows the form again.
pub async fn send_sign_in(
    app: Data<App>,
    frame: Frame,
    request: HttpRequest,
    form: PublicForm<SignIn>,
) -> Result<HttpResponse, web::Error> {
    let PublicForm(form) = form;
    match service::sign_in(&app, &form.name, &form.password, source(&request)).await {
        Ok(session) => {
            let then = local(&form.then);
            let home = if session.identity.party.is_some() { "/lots" } else { "/applications" };
            let mut response = see_other(if then.is_empty() { home } else { &then });
            let secure = app.config.base_url.is_secure();
            let life = session.expires_at.micros() - app.clock.now().micros();
            let cookie = Cookie::build(cookie_name(secure), session.secret.expose().to_owned())
                .path("/")
                .http_only(true)
                .secure(secure)
                .same_site(SameSite::Lax)
                .max_age(actix_web::cookie::time::Duration::microseconds(life));
            response.add_cookie(&cookie.finish()).map_err(web::Error::internal)?;
            Ok(response)
        }
        Err(error @ (Error::WrongPassword | Error::Locked { .. })) => {
            let shown = web::Error::from(error);
            let refusal = frame.t.with(&format!("error-{}", shown.code.replace('_', "-")), &shown.args);
            let (status, retry) = (shown.status, shown.retry_after);
            let page = SignInPage { frame, name: form.name, then: local(&form.then), refusal: Some(refusal) };
            let mut response = Html(page).into_response(status);
            if let Some(seconds) = retry {
                response.headers_mut().insert(actix_web::http::header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// A path of ours to go on to; anything else is dropped, so that a link cannot send people elsewhere after signing in.
fn local(then: &str) -> String {
    let right = then.starts_with('/') && !then.starts_with("//") && !then.contains(['\\', '\r', '\n']);
    if right { then.to_owned() } else { String::new() }
}

/// `POST /account/sign-out`
///
/// # Errors
/// When the database fails.
pub async fn sign_out(
    app: Data<App>,
    request: HttpRequest,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    let secure = app.config.base_url.is_secure();
    if let Some(cookie) = request.cookie(cookie_name(secure)) {
        service::sign_out(&app, &Secret::presented(cookie.value())).await?;
    }
    let mut response = see_other("/account/sign-in");
    let mut ended = Cookie::build(cookie_name(secure), "").path("/").secure(secure).http_only(true).finish();
    ended.make_removal();
    response.add_cookie(&ended).map_err(web::Error::internal)?;
    Ok(response)
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Empty {}

/// What the sign-up form sends; kept as typed, so that nothing is lost when something is wrong.
#[derive(Clone, Default, Deserialize)]
pub struct SignUp {
    #[serde(default)]
    code: String,
    #[serde(default)]
    sign_in: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// Signing up with a one-time code.
#[derive(Template)]
#[template(path = "accounts/sign_up.html")]
pub struct SignUpPage {
    frame: Frame,
    form: SignUp,
    problems: Problems,
    refusal: Option<String>,
}

/// `GET /account/sign-up`
pub async fn sign_up(frame: Frame) -> Html<SignUpPage> {
    Html(SignUpPage { frame, form: SignUp::default(), problems: Problems::default(), refusal: None })
}

/// `POST /account/sign-up`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_sign_up(
    app: Data<App>,
    frame: Frame,
    request: HttpRequest,
    form: PublicForm<SignUp>,
) -> Result<HttpResponse, web::Error> {
    let PublicForm(form) = form;
    let outcome = match form.parse() {
        Ok((sign_in, name, password)) => {
            let code = OneTimeCode::typed(&form.code);
            service::sign_up(&app, &code, &sign_in, &name, &password, source(&request)).await.map(|_| ())
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    refused_or(outcome, frame, "/account/sign-in", |frame, problems, refusal| {
        Html(SignUpPage { frame, form: SignUp { password: String::new(), ..form }, problems, refusal })
            .refused()
    })
}

impl SignUp {
    fn parse(&self) -> Result<(SignInName, Line, NewPassword), Problems> {
        let mut problems = Problems::default();
        let sign_in = problems.take("sign_in", SignInName::parse(&self.sign_in));
        let name = problems.take("name", Line::parse(&self.name));
        let password =
            sign_in.as_ref().and_then(|s| problems.take("password", NewPassword::parse(&self.password, s)));
        match (sign_in, name, password) {
            (Some(sign_in), Some(name), Some(password)) => Ok((sign_in, name, password)),
            _ => Err(problems),
        }
    }
}

/// What the reset form sends.
#[derive(Default, Deserialize)]
pub struct Reset {
    #[serde(default)]
    code: String,
    #[serde(default)]
    password: String,
}

/// Setting a new password with a one-time code.
#[derive(Template)]
#[template(path = "accounts/reset.html")]
pub struct ResetPage {
    frame: Frame,
    code: String,
    problems: Problems,
    refusal: Option<String>,
}

/// `GET /account/reset`
pub async fn reset(frame: Frame) -> Html<ResetPage> {
    Html(ResetPage { frame, code: String::new(), problems: Problems::default(), refusal: None })
}

/// `POST /account/reset`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the form again.
pub async fn send_reset(
    app: Data<App>,
    frame: Frame,
    request: HttpRequest,
    form: PublicForm<Reset>,
) -> Result<HttpResponse, web::Error> {
    let PublicForm(form) = form;
    let outcome =
        service::reset(&app, &OneTimeCode::typed(&form.code), &form.password, source(&request)).await;
    refused_or(outcome, frame, "/account/sign-in", |frame, problems, refusal| {
        Html(ResetPage { frame, code: form.code, problems, refusal }).refused()
    })
}

/// Goes on to `then`, or shows the form again with what is wrong; failures of ours go their own way.
fn refused_or(
    outcome: Result<(), Error>,
    frame: Frame,
    then: &str,
    again: impl FnOnce(Frame, Problems, Option<String>) -> HttpResponse,
) -> Result<HttpResponse, web::Error> {
    match outcome {
        Ok(()) => Ok(see_other(then)),
        Err(Error::Invalid(problems)) => Ok(again(frame, problems, None)),
        Err(error) => {
            let shown = web::Error::from(error);
            if shown.status.is_server_error() {
                return Err(shown);
            }
            let refusal = frame.t.with(&format!("error-{}", shown.code.replace('_', "-")), &shown.args);
            Ok(again(frame, Problems::default(), Some(refusal)))
        }
    }
}

/// My account and my tokens.
#[derive(Template)]
#[template(path = "accounts/me.html")]
pub struct MePage {
    frame: Frame,
    role: &'static str,
    tokens: Vec<Token>,
    /// The secret of a token just made: shown this once.
    made: Option<String>,
    problems: Problems,
}

/// `GET /account`
///
/// # Errors
/// When the database fails.
pub async fn me(app: Data<App>, frame: Frame, actor: Actor<SignedIn>) -> Result<Html<MePage>, web::Error> {
    let tokens = service::tokens(&app, &actor).await?;
    Ok(Html(MePage { frame, role: actor.role.key(), tokens, made: None, problems: Problems::default() }))
}

/// What the form for a token sends.
#[derive(Deserialize)]
pub struct NewToken {
    name: String,
    #[serde(default)]
    scope: Vec<String>,
    days: String,
}

/// `POST /account/tokens`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the page again.
pub async fn send_token(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanKeepAccess>,
    form: Form<NewToken>,
) -> Result<HttpResponse, web::Error> {
    let Form(form) = form;
    let mut problems = Problems::default();
    let name = problems.take("name", Line::parse(&form.name));
    let scopes = problems.take("scope", Scopes::parse(&form.scope.join(" ")));
    let made = match (name, scopes) {
        (Some(name), Some(scopes)) => {
            match service::make_token(&app, &actor, &name, scopes, form.days.trim().parse().unwrap_or(0))
                .await
            {
                Ok((_, secret)) => Some(secret.expose().to_owned()),
                Err(Error::Invalid(found)) => {
                    problems = found;
                    None
                }
                Err(error) => return Err(error.into()),
            }
        }
        _ => None,
    };
    let tokens = service::tokens(&app, &actor).await?;
    let refused = made.is_none();
    let page = Html(MePage { frame, role: actor.role.key(), tokens, made, problems });
    Ok(if refused { page.refused() } else { page.into_response(actix_web::http::StatusCode::CREATED) })
}

/// `POST /account/tokens/{token}/revoke`
///
/// # Errors
/// 404 when it is not a token of one's own in force.
pub async fn revoke_token(
    app: Data<App>,
    actor: Actor<CanKeepAccess>,
    token: Path<TokenId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    service::revoke_token(&app, &actor, *token).await?;
    Ok(see_other("/account"))
}

/// The people of the authority.
#[derive(Template)]
#[template(path = "accounts/authority.html")]
pub struct AuthorityPage {
    frame: Frame,
    people: Vec<Person>,
    form: NewOfficial,
    problems: Problems,
    refusal: Option<String>,
}

/// What the form for a person of the authority sends.
#[derive(Clone, Default, Deserialize)]
pub struct NewOfficial {
    #[serde(default)]
    sign_in: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    role: String,
}

/// `GET /account/authority`
///
/// # Errors
/// When the database fails.
pub async fn authority(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanAdminister>,
) -> Result<Html<AuthorityPage>, web::Error> {
    let people = service::authority(&app, &actor).await?;
    let (form, problems) = (NewOfficial::default(), Problems::default());
    Ok(Html(AuthorityPage { frame, people, form, problems, refusal: None }))
}

/// `POST /account/authority`
///
/// # Errors
/// When the database fails; what is wrong with the input shows the page again.
pub async fn send_authority(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanAdminister>,
    form: Form<NewOfficial>,
) -> Result<HttpResponse, web::Error> {
    let Form(form) = form;
    let outcome = match form.parse() {
        Ok(person) => service::add_person(&app, Some(actor.person), &person).await.map(|_| ()),
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let people = service::authority(&app, &actor).await?;
    refused_or(outcome, frame, "/account/authority", |frame, problems, refusal| {
        let form = NewOfficial { password: String::new(), ..form };
        Html(AuthorityPage { frame, people, form, problems, refusal }).refused()
    })
}

impl NewOfficial {
    fn parse(&self) -> Result<NewPerson, Problems> {
        let mut problems = Problems::default();
        let sign_in = problems.take("sign_in", SignInName::parse(&self.sign_in));
        let name = problems.take("name", Line::parse(&self.name));
        let role = problems.take("role", Role::parse(&self.role));
        let password =
            sign_in.as_ref().and_then(|s| problems.take("password", NewPassword::parse(&self.password, s)));
        match (sign_in, name, role, password) {
            (Some(sign_in), Some(name), Some(role), Some(password)) => {
                Ok(NewPerson { sign_in, name, password, role, party: None })
            }
            _ => Err(problems),
        }
    }
}

/// `POST /account/people/{person}/disable`
///
/// # Errors
/// 404 when the person is not one that the actor may disable.
pub async fn disable(
    app: Data<App>,
    actor: Actor<CanKeepAccess>,
    person: Path<PersonId>,
    _form: Form<Empty>,
) -> Result<HttpResponse, web::Error> {
    service::disable(&app, &actor, *person).await?;
    Ok(see_other(if actor.party.is_some() { "/firm" } else { "/account/authority" }))
}

/// `POST /account/people/{person}/reset-code`: shows the code once, to be handed over.
///
/// # Errors
/// 404 when the person is not one that the actor may help.
pub async fn send_reset_code(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanKeepAccess>,
    person: Path<PersonId>,
    _form: Form<Empty>,
) -> Result<Html<CodePage>, web::Error> {
    let code = service::make_reset_code(&app, &actor, *person).await?;
    Ok(Html(CodePage { frame, code: code.grouped(), address: "/account/reset" }))
}

/// A one-time code, shown this once, and where it is used.
#[derive(Template)]
#[template(path = "accounts/code.html")]
pub struct CodePage {
    /// The frame.
    pub frame: Frame,
    /// The code in groups of four.
    pub code: String,
    /// The path of the page where it is typed.
    pub address: &'static str,
}

/// What the form for an invitation sends.
#[derive(Deserialize)]
pub struct Invitation {
    role: String,
}

/// `POST /account/invite`: a code for a new clerk or manager of one's own firm.
///
/// # Errors
/// 422 for a role that is not one of a party.
pub async fn invite(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanManage>,
    form: Form<Invitation>,
) -> Result<Html<CodePage>, web::Error> {
    let role = Role::parse(&form.0.role).map_err(|problem| problem.at("role"))?;
    let code = service::invite(&app, &actor, role).await?;
    Ok(Html(CodePage { frame, code: code.grouped(), address: "/account/sign-up" }))
}

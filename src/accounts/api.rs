//! Accounts for programs, and what their errors mean to those who ask.

use super::actor::{Actor, CanKeepAccess, SignedIn};
use super::model::{NewPassword, Role, Scopes, SignInName, Token};
use super::secret::OneTimeCode;
use super::service::{self, Error};
use crate::app::App;
use crate::kernel::{Line, PersonId, Problems, TokenId};
use crate::web;
use crate::web::body::Body;
use crate::web::limits::source;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::WrongPassword => Self::new(StatusCode::UNAUTHORIZED, "wrong_password"),
            Error::Locked { until, now } => {
                let micros = u64::try_from(until.micros() - now.micros()).unwrap_or(0);
                Self::too_many("sign_in_locked", micros.div_ceil(1_000_000))
            }
            Error::CodeNotValid => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "code_not_valid"),
            Error::NameTaken => Self::conflict("name_taken"),
            Error::NotFound => Self::not_found(),
            Error::TokenNotValid(why) => {
                Self::new(StatusCode::UNAUTHORIZED, "token_not_valid").member("reason", why)
            }
            Error::Invalid(problems) => problems.into(),
            Error::Store(error) => error.into(),
            Error::Hash(error) => Self::internal(error),
        }
    }
}

fn shown(token: &Token) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes.to_string().split(' ').collect::<Vec<_>>(),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    })
}

/// `GET /api/v1/me`: who the token or session belongs to.
pub async fn me(actor: Actor<SignedIn>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "person": actor.person,
        "name": actor.name,
        "role": actor.role.as_str(),
        "party": actor.party,
        "scopes": actor.scopes.to_string().split(' ').collect::<Vec<_>>(),
    }))
}

/// A sign-in that yields a token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// The name to sign in with; left out by somebody who is signed in.
    sign_in: Option<String>,
    /// The password.
    password: Option<String>,
    /// What the token is called.
    name: String,
    /// `read`, `record`, `manage`.
    scopes: Vec<String>,
    /// Days until it ends.
    days: u32,
}

/// `POST /api/v1/tokens`: a token, by a session or by name and password. The secret is in the answer, this once.
///
/// # Errors
/// 401 without either; 422 for values out of bounds; 429 after too many failures.
pub async fn make_token(
    app: Data<App>,
    request: HttpRequest,
    actor: Result<Actor<CanKeepAccess>, web::Error>,
    body: Body<TokenRequest>,
) -> Result<HttpResponse, web::Error> {
    let Body(body) = body;
    let identity = match (&body.sign_in, &body.password) {
        (Some(name), Some(password)) => {
            let session = service::sign_in(&app, name, password, source(&request)).await?;
            service::sign_out(&app, &session.secret).await?;
            session.identity
        }
        _ => (*actor?).clone(),
    };
    let mut problems = Problems::default();
    let name = problems.take("name", Line::parse(&body.name));
    let scopes = problems.take("scopes", Scopes::parse(&body.scopes.join(" ")));
    let (Some(name), Some(scopes)) = (name, scopes) else { return Err(problems.into()) };
    // A token must not give birth to one that may more.
    if !identity.scopes.covers(scopes) {
        return Err(web::Error::forbidden("scope_not_allowed").arg("scope", scopes));
    }
    let (token, secret) = service::make_token(&app, &identity, &name, scopes, body.days).await?;
    let mut answer = shown(&token);
    answer["secret"] = secret.expose().into();
    Ok(HttpResponse::Created().json(answer))
}

/// `GET /api/v1/tokens`: one's own tokens, without secrets.
///
/// # Errors
/// When the database fails.
pub async fn tokens(app: Data<App>, actor: Actor<SignedIn>) -> Result<HttpResponse, web::Error> {
    let tokens = service::tokens(&app, &actor).await?;
    Ok(HttpResponse::Ok().json(json!({ "tokens": tokens.iter().map(shown).collect::<Vec<_>>() })))
}

/// `DELETE /api/v1/tokens/{token}`
///
/// # Errors
/// 404 when it is not one's own token in force.
pub async fn revoke_token(
    app: Data<App>,
    actor: Actor<CanKeepAccess>,
    token: Path<TokenId>,
) -> Result<HttpResponse, web::Error> {
    service::revoke_token(&app, &actor, *token).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A sign-up with a one-time code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUpRequest {
    code: String,
    sign_in: String,
    name: String,
    password: String,
}

/// `POST /api/v1/sign-up`
///
/// # Errors
/// 422 for a code that is not valid or values that break rules; 409 for a name that is taken.
pub async fn sign_up(
    app: Data<App>,
    request: HttpRequest,
    body: Body<SignUpRequest>,
) -> Result<HttpResponse, web::Error> {
    let Body(body) = body;
    let mut problems = Problems::default();
    let sign_in = problems.take("sign_in", SignInName::parse(&body.sign_in));
    let name = problems.take("name", Line::parse(&body.name));
    let password =
        sign_in.as_ref().and_then(|s| problems.take("password", NewPassword::parse(&body.password, s)));
    let (Some(sign_in), Some(name), Some(password)) = (sign_in, name, password) else {
        return Err(problems.into());
    };
    let code = OneTimeCode::typed(&body.code);
    let id = service::sign_up(&app, &code, &sign_in, &name, &password, source(&request)).await?;
    Ok(HttpResponse::Created().json(json!({ "person": id })))
}

/// A new password by a one-time code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    code: String,
    password: String,
}

/// `POST /api/v1/reset`
///
/// # Errors
/// 422 for a code that is not valid or a password that may not be set.
pub async fn reset(
    app: Data<App>,
    request: HttpRequest,
    body: Body<ResetRequest>,
) -> Result<HttpResponse, web::Error> {
    let code = OneTimeCode::typed(&body.0.code);
    service::reset(&app, &code, &body.0.password, source(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// An invitation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    role: String,
}

/// `POST /api/v1/members/invite`: a one-time code for a new clerk or manager of one's own party.
///
/// # Errors
/// 422 for a role that is not one of a party.
pub async fn invite(
    app: Data<App>,
    actor: Actor<super::CanManage>,
    body: Body<InviteRequest>,
) -> Result<HttpResponse, web::Error> {
    let role = Role::parse(&body.0.role).map_err(|problem| problem.at("role"))?;
    let code = service::invite(&app, &actor, role).await?;
    Ok(HttpResponse::Created().json(json!({ "code": code.grouped(), "role": role.as_str() })))
}

/// `GET /api/v1/members`: the people of one's own party.
///
/// # Errors
/// When the database fails.
pub async fn members(app: Data<App>, actor: Actor<super::CanManage>) -> Result<HttpResponse, web::Error> {
    let people = service::members(&app, actor.party).await?;
    let people: Vec<Value> = people
        .iter()
        .map(|person| {
            json!({
                "id": person.id,
                "sign_in": person.sign_in,
                "name": person.name,
                "role": person.role.as_str(),
                "disabled_at": person.disabled_at,
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "members": people })))
}

/// `POST /api/v1/people/{person}/reset-code`: a one-time code with which the person sets a new password.
///
/// # Errors
/// 404 when the person is not one that the actor may help.
pub async fn reset_code(
    app: Data<App>,
    actor: Actor<CanKeepAccess>,
    person: Path<PersonId>,
) -> Result<HttpResponse, web::Error> {
    let code = service::make_reset_code(&app, &actor, *person).await?;
    Ok(HttpResponse::Created().json(json!({ "code": code.grouped() })))
}

/// `POST /api/v1/people/{person}/disable`
///
/// # Errors
/// 404 when the person is not one that the actor may disable.
pub async fn disable(
    app: Data<App>,
    actor: Actor<CanKeepAccess>,
    person: Path<PersonId>,
) -> Result<HttpResponse, web::Error> {
    service::disable(&app, &actor, *person).await?;
    Ok(HttpResponse::NoContent().finish())
}

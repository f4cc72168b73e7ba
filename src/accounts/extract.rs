//! From a request to an [`Identity`], and from that to an [`Actor`]: the session cookie or the bearer token is looked up once,
//! by the middleware [`identify`], and only where a request carries one.

use super::actor::{Actor, Denied, Identity, Permission};
use super::model::{Role, Scope};
use super::secret::Secret;
use super::service;
use crate::app::App;
use crate::jobs;
use crate::web::error::{Error, render};
use crate::web::form::token_for;
use crate::web::view::{Visitor, wants_json};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::future::{Ready, ready};

/// The name of the session cookie: with the `__Host-` prefix (RFC 6265bis §4.1.3.2) wherever it may be `Secure`.
#[must_use]
pub(super) fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-session" } else { "session" }
}

/// Middleware: finds out who sent the request.
///
/// A token that is not valid is answered 401 here; a session that has ended is nobody's.
///
/// # Errors
/// Those of the inner service.
pub async fn identify(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match look_up(&request).await {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(refusal) => {
            let response = render(request.request(), &refusal);
            Ok(request.into_response(response))
        }
    }
}

/// Puts the identity that the request carries into its extensions.
async fn look_up(request: &ServiceRequest) -> Result<(), Error> {
    let Some(app) = request.app_data::<Data<App>>().cloned() else { return Ok(()) };
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let cookie = request.cookie(cookie_name(app.config.base_url.is_secure()));
    let found = if let Some(token) = bearer {
        let identity = service::identify_token(&app, &token).await?;
        Some((identity, String::new(), true))
    } else if let Some(cookie) = cookie {
        let secret = Secret::presented(cookie.value());
        let identity = service::identify_session(&app, &secret).await?;
        identity.map(|identity| (identity, token_for(cookie.value()), false))
    } else {
        None
    };
    if let Some((identity, form_token, is_program)) = found {
        // Only a page has a frame that shows it.
        let unread = match identity.party {
            Some(party) if !is_program && !wants_json(request.request()) => jobs::unread(&app, party).await?,
            _ => 0,
        };
        let mut extensions = request.extensions_mut();
        extensions.insert(Visitor {
            name: identity.name.clone(),
            role_key: identity.role.key(),
            links: links(&identity),
            unread,
            form_token,
            is_authority: identity.party.is_none(),
            is_program,
        });
        extensions.insert(identity);
    }
    Ok(())
}

/// The pages that a person may go to.
fn links(identity: &Identity) -> Vec<(&'static str, &'static str)> {
    match identity.role {
        Role::Clerk | Role::Manager => vec![
            ("/lots", "nav-lots"),
            ("/lots/new", "nav-new-lot"),
            ("/incoming", "nav-incoming"),
            ("/messages", "nav-messages"),
            ("/recalls", "nav-recalls"),
            ("/papers", "nav-papers"),
            ("/fieldbook", "nav-fieldbook"),
            ("/places", "nav-places"),
            ("/products", "nav-products"),
            ("/firm", "nav-firm"),
        ],
        Role::Inspector => {
            vec![
                ("/inspect", "nav-inspect"),
                ("/flags", "nav-flags"),
                ("/recalls", "nav-recalls"),
                ("/papers", "nav-papers"),
                ("/parties", "nav-parties"),
                ("/coverage", "nav-coverage"),
            ]
        }
        Role::Officer | Role::Administrator => {
            let mut links = vec![
                ("/applications", "nav-applications"),
                ("/parties", "nav-parties"),
                ("/inspect", "nav-inspect"),
                ("/flags", "nav-flags"),
                ("/lists", "nav-lists"),
                ("/papers", "nav-papers"),
                ("/recalls", "nav-recalls"),
                ("/messages", "nav-outbox"),
                ("/coverage", "nav-coverage"),
            ];
            if identity.role == Role::Administrator {
                links.push(("/account/authority", "nav-authority"));
            }
            links
        }
    }
}

impl<P: Permission> FromRequest for Actor<P> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        ready(Self::admit(extensions.get::<Identity>()).map_err(Error::from))
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotSignedIn => Self::unauthorised(),
            Denied::WrongRole => Self::forbidden("role_not_allowed"),
            Denied::WrongScope(scope) => Self::forbidden("scope_not_allowed").arg(
                "scope",
                match scope {
                    Scope::Read => "read",
                    Scope::Record => "record",
                    Scope::Manage => "manage",
                },
            ),
        }
    }
}

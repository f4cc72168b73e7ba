//! Codes for programs, and what their errors mean to those who ask.

use super::error::Error;
use super::label::Issued;
use super::service;
use crate::accounts::{Actor, CanRead, CanRecord};
use crate::app::App;
use crate::chain::{self, By};
use crate::kernel::LotId;
use crate::lots::{Lot, Stop};
use crate::web;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::NotIssued => Self::new(StatusCode::NOT_FOUND, "code_not_issued"),
            Error::NotInHand => Self::forbidden("lot_not_in_hand"),
            Error::NotApproved => Self::forbidden("party_not_approved"),
            Error::Stopped(Stop::Held { reason }) => {
                Self::conflict("code_lot_held").arg("reason", &reason).member("reason", reason)
            }
            Error::Stopped(Stop::Upstream { recalled, .. }) => {
                Self::conflict(if recalled { "code_made_of_recalled" } else { "code_made_of_held" })
            }
            Error::Sprayed(spray) => {
                chain::Error::Breached { rule: spray.rule.clone(), spray: Some(spray) }.into()
            }
            Error::Stopped(Stop::Breach { rule }) => Self::conflict("rule_breached").arg("rule", rule),
            Error::Stopped(Stop::Recalled { reason }) => {
                Self::conflict("code_lot_recalled").arg("reason", &reason).member("reason", reason)
            }
            Error::NoKey => {
                let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_code_key");
                error.retry_after = Some(60);
                error
            }
            Error::Invalid(problems) => problems.into(),
            Error::KeyTaken => Self::conflict("key_taken"),
            Error::Keys(error) => error.into(),
            Error::Log(error) => error.into(),
            Error::Store(error) => error.into(),
            error @ (Error::Path(_) | Error::Draw(_)) => Self::internal(error),
        }
    }
}

/// The path of a code under the local address, where the registry runs on plain http: for demonstrations.
pub(super) fn local_url(app: &App, issued: &Issued) -> Option<String> {
    let base = &app.config.base_url;
    let elsewhere = !base.is_secure() || base.host() != issued.host.as_str();
    elsewhere.then(|| format!("{base}{}", issued.code))
}

fn shown(app: &App, lot: &Lot, issued: &Issued) -> Value {
    let listed = app.keys.current();
    let key =
        listed.opened().and_then(|opened| opened.list.lookup(issued.key, issued.host.as_str()).cloned());
    json!({
        "lot": lot.id,
        "url": issued.url(),
        "local_url": local_url(app, issued),
        "host": issued.host.as_str(),
        "path": issued.code.key_path().as_str(),
        "short_code": lot.short_code.as_str(),
        "key": key.as_ref().map(|key| key.key().name().as_str()),
        "key_id": issued.key.to_string(),
        "key_status": key.as_ref().map(|key| key.status().word()),
        "issued_by": issued.party,
        "issued_at": issued.issued_at,
        "svg": format!("/api/v1/lots/{}/code.svg", lot.id),
        "png": format!("/api/v1/lots/{}/code.png", lot.id),
    })
}

/// `GET /api/v1/lots/{lot}/code`: the lot's code.
///
/// # Errors
/// 404 when the lot is not one that the actor may see, or has no code yet.
pub async fn show(
    app: Data<App>,
    actor: Actor<CanRead>,
    lot: Path<LotId>,
) -> Result<HttpResponse, web::Error> {
    let (label, issued) = service::reprint(&app, &actor, *lot).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &label.lot, &issued)))
}

/// `POST /api/v1/lots/{lot}/code`: issues the lot's code; asked again, answers the same one.
///
/// # Errors
/// 404 for a lot of others, 403 when it has left the party's hands, 409 while it is held or recalled, 503 without a key.
pub async fn issue(
    app: Data<App>,
    actor: Actor<CanRecord>,
    identity: Actor<crate::accounts::SignedIn>,
    lot: Path<LotId>,
) -> Result<HttpResponse, web::Error> {
    service::issue(&app, &By::own(*actor), *lot).await?;
    let (label, issued) = service::reprint(&app, &identity, *lot).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &label.lot, &issued)))
}

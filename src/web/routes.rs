//! Every URL on one screen. The only file of the web tools that knows the rooms.

use super::form::anonymous;
use super::{Error, assets, health, limits, reference};
use crate::accounts;
use actix_web::HttpResponse;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, delete, get, post, resource, scope};

/// The table of URLs.
pub fn table(site: &mut ServiceConfig) {
    site.route("/healthz", get().to(health::alive))
        .route("/readyz", get().to(health::ready))
        .route("/favicon.ico", get().to(assets::favicon))
        .route("/static/{name}", get().to(assets::serve))
        .route("/api/errors", get().to(reference::errors))
        .route("/api/openapi.json", get().to(reference::openapi));
    site.service(
        scope("/account")
            .wrap(from_fn(anonymous))
            .wrap(from_fn(limits::sign_in))
            .wrap(from_fn(accounts::identify))
            .route("", get().to(accounts::pages::me))
            .route("/sign-in", get().to(accounts::pages::sign_in))
            .route("/sign-in", post().to(accounts::pages::send_sign_in))
            .route("/sign-up", get().to(accounts::pages::sign_up))
            .route("/sign-up", post().to(accounts::pages::send_sign_up))
            .route("/reset", get().to(accounts::pages::reset))
            .route("/reset", post().to(accounts::pages::send_reset))
            .route("/sign-out", post().to(accounts::pages::sign_out))
            .route("/tokens", post().to(accounts::pages::send_token))
            .route("/tokens/{token}/revoke", post().to(accounts::pages::revoke_token))
            .route("/invite", post().to(accounts::pages::invite))
            .route("/people/{person}/reset-code", post().to(accounts::pages::send_reset_code))
            .route("/people/{person}/disable", post().to(accounts::pages::disable))
            .route("/authority", get().to(accounts::pages::authority))
            .route("/authority", post().to(accounts::pages::send_authority)),
    );
    site.service(
        scope("/api/v1").wrap(from_fn(limits::public)).wrap(from_fn(accounts::identify)).configure(api),
    );
}

/// The interface for programs.
fn api(api: &mut ServiceConfig) {
    accounts_api(api);
    parties_api(api);
    places_api(api);
    products_api(api);
    lots_api(api);
    codes_api(api);
    coverage_api(api);
}

fn parties_api(_api: &mut ServiceConfig) {}

fn places_api(_api: &mut ServiceConfig) {}

fn products_api(_api: &mut ServiceConfig) {}

fn lots_api(_api: &mut ServiceConfig) {}

fn codes_api(_api: &mut ServiceConfig) {}

fn coverage_api(_api: &mut ServiceConfig) {}

fn accounts_api(api: &mut ServiceConfig) {
    // Whatever takes a password or a one-time code is limited like a sign-in.
    api.service(resource("/sign-up").wrap(from_fn(limits::sign_in)).route(post().to(accounts::api::sign_up)))
        .service(resource("/reset").wrap(from_fn(limits::sign_in)).route(post().to(accounts::api::reset)))
        .service(
            resource("/tokens")
                .wrap(from_fn(limits::sign_in))
                .route(get().to(accounts::api::tokens))
                .route(post().to(accounts::api::make_token)),
        )
        .route("/tokens/{token}", delete().to(accounts::api::revoke_token))
        .route("/me", get().to(accounts::api::me))
        .route("/members", get().to(accounts::api::members))
        .route("/members/invite", post().to(accounts::api::invite))
        .route("/people/{person}/reset-code", post().to(accounts::api::reset_code))
        .route("/people/{person}/disable", post().to(accounts::api::disable));
}

/// What answers every other URL.
///
/// # Errors
/// Always 404.
pub async fn nothing_here() -> Result<HttpResponse, Error> {
    Err(Error::not_found())
}

//! Every URL on one screen. The only file of the web tools that knows the rooms.

use super::form::anonymous;
use super::{Error, assets, health, limits};
use crate::{accounts, coverage};
use actix_web::HttpResponse;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, delete, get, post, resource, scope};

/// The table of URLs.
pub fn table(site: &mut ServiceConfig) {
    site.route("/healthz", get().to(health::alive))
        .route("/readyz", get().to(health::ready))
        .route("/favicon.ico", get().to(assets::favicon))
        .route("/static/{name}", get().to(assets::serve));
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
    coverage_pages(site);
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

fn coverage_pages(site: &mut ServiceConfig) {
    site.service(
        scope("/coverage")
            .wrap(from_fn(accounts::identify))
            .route("", get().to(coverage::pages::ladder))
            .route("/rosters", get().to(coverage::pages::rosters))
            .route("/rosters", post().to(coverage::pages::send_roster))
            .route("/rosters/new", get().to(coverage::pages::new_roster))
            .route("/rosters/{roster}", get().to(coverage::pages::roster))
            .route("/rosters/{roster}/freeze", post().to(coverage::pages::freeze))
            .route("/rosters/{roster}/discard", post().to(coverage::pages::discard))
            .route("/rosters/{roster}/decisions", post().to(coverage::pages::decide))
            .route("/rosters/{roster}/not-covered", get().to(coverage::pages::not_covered))
            .route("/rosters/{roster}/{table}.csv", get().to(coverage::api::csv)),
    );
}

fn coverage_api(api: &mut ServiceConfig) {
    api.route("/coverage/definitions", get().to(coverage::api::all_definitions))
        .route("/coverage/rosters", get().to(coverage::api::rosters))
        .route("/coverage/rosters", post().to(coverage::api::import))
        .route("/coverage/rosters/{roster}", get().to(coverage::api::roster))
        .route("/coverage/rosters/{roster}", delete().to(coverage::api::discard))
        .route("/coverage/rosters/{roster}/freeze", post().to(coverage::api::freeze))
        .route("/coverage/rosters/{roster}/decisions", post().to(coverage::api::decide))
        .route("/coverage/rosters/{roster}/report", get().to(coverage::api::report))
        .route("/coverage/rosters/{roster}/{table}.csv", get().to(coverage::api::csv));
}

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

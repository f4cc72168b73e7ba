//! Every URL on one screen. The only file of the web tools that knows the rooms.

use super::form::anonymous;
use super::{Error, assets, health, limits};
use crate::{accounts, lookup};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, delete, get, method, post, resource, route, scope};
use actix_web::{HttpResponse, Route, guard};

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
    lookup_pages(site);
    site.service(
        scope("/api/v1").wrap(from_fn(limits::public)).wrap(from_fn(accounts::identify)).configure(api),
    );
}

/// `GET` and `HEAD`.
fn read() -> Route {
    route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// What the public sees. The paths of codes are handled raw; nobody is asked who they are, and no cookie is set.
fn lookup_pages(site: &mut ServiceConfig) {
    site.service(resource("/").wrap(from_fn(limits::public)).route(read().to(lookup::pages::home)))
        .service(resource("/lookup").wrap(from_fn(limits::public)).route(read().to(lookup::pages::look_up)))
        .service(
            resource("/lot/{short}")
                .wrap(from_fn(limits::public))
                .route(read().to(lookup::pages::landing))
                .route(method(Method::OPTIONS).to(lookup::pages::options)),
        )
        .service(
            resource("/1/{code:.*}")
                .wrap(from_fn(limits::public))
                .route(read().to(lookup::pages::signed))
                .route(method(Method::OPTIONS).to(lookup::pages::options)),
        )
        .service(
            resource(["/01/{code:.*}", "/P/{code:.*}", "/p/{code:.*}"])
                .wrap(from_fn(limits::public))
                .route(read().to(lookup::pages::unsigned))
                .route(method(Method::OPTIONS).to(lookup::pages::options)),
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

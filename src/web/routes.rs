//! Every URL on one screen. The only file of the web tools that knows the rooms.
//!
//! Over 600 lines because it is one table: taken apart, it would no longer show what can be reached.

use super::form::anonymous;
use super::{Error, assets, health, limits, reference};
use crate::web::body::WITH_DOCUMENT;
use crate::{
    accounts, chain, codes, coverage, custody, events, evidence, fieldbook, jobs, log, lookup, lots, parties,
    places, products, recalls, trace,
};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{
    PayloadConfig, ServiceConfig, delete, get, head, method, post, put, resource, route, scope,
};
use actix_web::{HttpResponse, Route, guard};

/// The table of URLs.
pub fn table(site: &mut ServiceConfig) {
    site.route("/healthz", get().to(health::alive))
        .route("/readyz", get().to(health::ready))
        .route("/favicon.ico", get().to(assets::favicon))
        .route("/static/{name}", get().to(assets::serve))
        .route("/api/errors", get().to(reference::errors))
        .route("/api/openapi.json", get().to(reference::openapi));
    site.configure(codes_pages);
    site.service(
        scope("/log")
            .wrap(from_fn(limits::public))
            .route("/checkpoint", get().to(log::api::checkpoint))
            .route("/witnessed", get().to(log::api::witnessed))
            .route("/tile/{path:.*}", get().to(log::api::tile))
            .route("/proof/{index}", get().to(log::api::proof)),
    );
    check_pages(site);
    let keys = resource("/.well-known/nguongoc-keys.txt");
    site.service(keys.route(get().to(custody::api::list)).route(head().to(custody::api::list)));
    let earlier = resource("/.well-known/nguongoc-keys/{sequence}.txt").wrap(from_fn(limits::public));
    site.service(earlier.route(read().to(custody::api::earlier_list)));
    let jwks = resource("/.well-known/jwks.json");
    site.service(jwks.route(get().to(custody::api::jwks)).route(head().to(custody::api::jwks)));
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
    site.configure(parties_pages);
    evidence_pages(site);
    places_pages(site);
    products_pages(site);
    lots_pages(site);
    jobs_pages(site);
    recalls_pages(site);
    lookup_pages(site);
    lists_pages(site);
    fieldbook_pages(site);
    coverage_pages(site);
    epcis(site);
    site.service(
        scope("/api/v1").wrap(from_fn(limits::public)).wrap(from_fn(accounts::identify)).configure(api),
    );
}

/// `GET` and `HEAD`.
fn read() -> Route {
    route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// The page that checks codes without a network. The worker lies below it, and is allowed its whole scope by a header.
fn check_pages(site: &mut ServiceConfig) {
    use codes::pages;
    site.service(resource(pages::CHECK).wrap(from_fn(limits::public)).route(read().to(pages::check)))
        .service(
            resource("/check/app.webmanifest")
                .wrap(from_fn(limits::public))
                .route(read().to(pages::manifest)),
        )
        .service(resource(pages::WORKER).wrap(from_fn(limits::public)).route(read().to(pages::worker)));
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
            resource([
                "/00/{code:.*}",
                "/01/{code:.*}",
                "/414/{code:.*}",
                "/417/{code:.*}",
                "/P/{code:.*}",
                "/p/{code:.*}",
            ])
            .wrap(from_fn(limits::public))
            .route(read().to(lookup::pages::resolve))
            .route(method(Method::OPTIONS).to(lookup::pages::options)),
        )
        .service(
            resource("/product/{code}")
                .wrap(from_fn(limits::public))
                .route(read().to(lookup::pages::product)),
        )
        .service(
            resource("/place/{code}").wrap(from_fn(limits::public)).route(read().to(lookup::pages::place)),
        )
        .service(
            resource("/party/{code}").wrap(from_fn(limits::public)).route(read().to(lookup::pages::party)),
        )
        .service(resource("/case/{sscc}").wrap(from_fn(limits::public)).route(read().to(lookup::pages::case)))
        .service(
            resource("/.well-known/gs1resolver")
                .wrap(from_fn(limits::public))
                .route(read().to(lookup::pages::description))
                .route(method(Method::OPTIONS).to(lookup::pages::options)),
        )
        .service(
            resource("/report")
                .wrap(from_fn(anonymous))
                .wrap(from_fn(limits::forms))
                .route(get().to(lookup::pages::report::show))
                .route(post().to(lookup::pages::report::send)),
        );
}

/// The interface for programs.
fn api(api: &mut ServiceConfig) {
    accounts_api(api);
    parties_api(api);
    evidence_api(api);
    places_api(api);
    products_api(api);
    lots_api(api);
    codes_api(api);
    lists_api(api);
    fieldbook_api(api);
    coverage_api(api);
    jobs_api(api);
    recalls_api(api);
}

/// Applying, the officers' queue, the registry, one's own firm.
fn parties_pages(site: &mut ServiceConfig) {
    use parties::pages;
    site.service(
        scope("/apply")
            .wrap(from_fn(anonymous))
            .wrap(from_fn(limits::forms))
            .route("", get().to(pages::apply))
            .route("", post().to(pages::send_apply)),
    )
    .service(
        scope("/applications")
            .wrap(from_fn(accounts::identify))
            .route("", get().to(pages::applications))
            .route("/{application}", get().to(pages::application))
            .route("/{application}/document", get().to(pages::document))
            .route("/{application}/approve", post().to(pages::approve))
            .route("/{application}/refuse", post().to(pages::refuse)),
    )
    .service(
        scope("/parties")
            .wrap(from_fn(accounts::identify))
            .route("", get().to(pages::parties))
            .route("/new", get().to(pages::new_party))
            .route("/new", post().to(pages::send_new_party))
            .route("/{party}", get().to(pages::party))
            .route("/{party}/suspend", post().to(pages::suspend))
            .route("/{party}/reinstate", post().to(pages::reinstate))
            .route("/{party}/consent", post().to(pages::send_consent_for))
            .route("/{party}/mandates", post().to(pages::send_mandate_for))
            .route("/{party}/sign-up-code", post().to(pages::send_sign_up_code)),
    )
    .service(
        scope("/firm")
            .wrap(from_fn(accounts::identify))
            .route("", get().to(pages::firm))
            .route("/consent", post().to(pages::send_consent))
            .route("/mail", post().to(pages::send_mail_address))
            .route("/mandates", post().to(pages::send_mandate)),
    )
    .service(
        scope("/mandates")
            .wrap(from_fn(accounts::identify))
            .route("/{mandate}/document", get().to(pages::mandate_document))
            .route("/{mandate}/revoke", post().to(pages::revoke_mandate)),
    );
}

fn parties_api(site: &mut ServiceConfig) {
    use parties::api;
    // A document in base64 is longer than any other body.
    let with_document = || PayloadConfig::new(WITH_DOCUMENT);
    site.service(
        resource("/applications")
            .app_data(with_document())
            .wrap(from_fn(limits::forms))
            .route(get().to(api::applications))
            .route(post().to(api::apply)),
    )
    .route("/applications/{application}", get().to(api::application))
    .route("/applications/{application}/document", get().to(api::document))
    .route("/applications/{application}/approve", post().to(api::approve))
    .route("/applications/{application}/refuse", post().to(api::refuse))
    .service(
        resource("/parties")
            .app_data(with_document())
            .route(get().to(api::parties))
            .route(post().to(api::register)),
    )
    .route("/parties/{party}", get().to(api::party))
    .route("/parties/{party}/suspend", post().to(api::suspend))
    .route("/parties/{party}/reinstate", post().to(api::reinstate))
    .route("/parties/{party}/consent", post().to(api::consent_for))
    .route("/parties/{party}/sign-up-code", post().to(api::sign_up_code))
    .service(
        resource("/parties/{party}/mandates")
            .app_data(with_document())
            .route(get().to(api::mandates_of))
            .route(post().to(api::give_for)),
    )
    .route("/firm", get().to(api::firm))
    .route("/firm/consent", post().to(api::consent))
    .route("/firm/mail", put().to(api::set_mail))
    .service(
        resource("/firm/mandates")
            .app_data(with_document())
            .route(get().to(api::own_mandates))
            .route(post().to(api::give_own)),
    )
    .route("/mandates/{mandate}/document", get().to(api::mandate_document))
    .route("/mandates/{mandate}/revoke", post().to(api::revoke))
    .route("/communes", get().to(api::communes));
}

fn places_pages(site: &mut ServiceConfig) {
    site.service(
        scope("/places")
            .wrap(from_fn(limits::public))
            .wrap(from_fn(accounts::identify))
            .route("", get().to(places::pages::list))
            .route("", post().to(places::pages::send_new))
            .route("/new", get().to(places::pages::new))
            .route("/{place}", get().to(places::pages::show))
            .route("/{place}", post().to(places::pages::send_edit))
            .route("/{place}/edit", get().to(places::pages::edit))
            .route("/{place}/close", post().to(places::pages::send_close)),
    );
}

/// Certificates and laboratory tests: the desk of those who keep them.
fn evidence_pages(site: &mut ServiceConfig) {
    use evidence::pages;
    site.service(
        scope("/papers")
            .wrap(from_fn(limits::public))
            .wrap(from_fn(accounts::identify))
            .route("", get().to(pages::desk))
            .route("/certificates", post().to(pages::send_certificate))
            .route("/certificates/new", get().to(pages::new_certificate))
            .route("/certificates/{certificate}", get().to(pages::certificate))
            .route("/certificates/{certificate}/files", post().to(pages::send_file))
            .route("/certificates/{certificate}/files/{hash}", get().to(evidence::api::file))
            .route("/certificates/{certificate}/showing", post().to(pages::send_showing))
            .route("/certificates/{certificate}/verify", post().to(pages::send_verify))
            .route("/certificates/{certificate}/turn", post().to(pages::send_turn))
            .route("/tests", get().to(pages::tests))
            .route("/tests", post().to(pages::send_test))
            .route("/tests/new", get().to(pages::new_test))
            .route("/tests/{test}", get().to(pages::test))
            .route("/tests/{test}/wrong", post().to(pages::send_wrong))
            .route("/tests/{test}/file", get().to(evidence::api::test_file)),
    );
    site.service(resource("/certificates").wrap(from_fn(limits::public)).route(read().to(pages::published)))
        .service(
            resource("/certificates.csv")
                .wrap(from_fn(limits::public))
                .route(read().to(pages::published_csv)),
        )
        .service(
            resource("/certificates/{certificate}/files/{hash}")
                .wrap(from_fn(limits::public))
                .route(read().to(evidence::api::open_file)),
        );
}

fn evidence_api(api: &mut ServiceConfig) {
    use evidence::api as paper;
    // A file in base64 is longer than any other body.
    let with_document = || PayloadConfig::new(WITH_DOCUMENT);
    api.route("/certificate-schemes", get().to(paper::schemes))
        .service(
            resource("/certificates")
                .app_data(with_document())
                .route(get().to(paper::list))
                .route(post().to(paper::add)),
        )
        .route("/certificates/published", get().to(paper::published))
        .route("/certificates/waiting", get().to(paper::waiting))
        .route("/certificates/ending", get().to(paper::ending))
        .route("/certificates/{certificate}", get().to(paper::show))
        .service(
            resource("/certificates/{certificate}/files")
                .app_data(with_document())
                .route(post().to(paper::add_file)),
        )
        .route("/certificates/{certificate}/files/{hash}", get().to(paper::file))
        .route("/certificates/{certificate}/showing", post().to(paper::show_as))
        .route("/certificates/{certificate}/verify", post().to(paper::verify))
        .route("/certificates/{certificate}/turn", post().to(paper::turn))
        .service(
            resource("/lab-tests")
                .app_data(with_document())
                .route(get().to(paper::list_tests))
                .route(post().to(paper::add_test)),
        )
        .route("/lab-tests/{test}", get().to(paper::show_test))
        .route("/lab-tests/{test}/wrong", post().to(paper::test_wrong))
        .route("/lab-tests/{test}/file", get().to(paper::test_file));
}

fn places_api(api: &mut ServiceConfig) {
    api.route("/places", get().to(places::api::list))
        .route("/places", post().to(places::api::add))
        .route("/places/{place}", get().to(places::api::get))
        .route("/places/{place}", put().to(places::api::change))
        .route("/places/{place}/close", post().to(places::api::close));
}

fn products_pages(site: &mut ServiceConfig) {
    site.service(
        scope("/products")
            .wrap(from_fn(limits::public))
            .wrap(from_fn(accounts::identify))
            .route("", get().to(products::pages::list))
            .route("", post().to(products::pages::send_new))
            .route("/new", get().to(products::pages::new))
            .route("/{product}", get().to(products::pages::show))
            .route("/{product}", post().to(products::pages::send_edit))
            .route("/{product}/edit", get().to(products::pages::edit))
            .route("/{product}/pictures", post().to(products::pages::send_pictures))
            .route("/{product}/pictures/{picture}/earlier", post().to(products::pages::send_earlier))
            .route("/{product}/pictures/{picture}/remove", post().to(products::pages::send_removal))
            .route("/{product}/links", post().to(products::pages::send_link))
            .route("/{product}/links/{link}/remove", post().to(products::pages::send_link_removal)),
    );
    site.service(
        resource("/pictures/{hash}.jpg")
            .wrap(from_fn(limits::public))
            .route(get().to(products::api::picture)),
    );
}

fn products_api(api: &mut ServiceConfig) {
    api.route("/product-groups", get().to(products::api::product_groups))
        .route("/products", get().to(products::api::list))
        .route("/products", post().to(products::api::add))
        .route("/products/{product}", get().to(products::api::get))
        .route("/products/{product}", put().to(products::api::change))
        .route("/products/{product}/pictures", post().to(products::api::add_pictures))
        .route("/products/{product}/pictures", put().to(products::api::arrange))
        .route("/products/{product}/pictures/{picture}", delete().to(products::api::remove_picture))
        .route("/products/{product}/links", get().to(products::api::links::list))
        .route("/products/{product}/links", post().to(products::api::links::add))
        .route("/products/{product}/links/{link}", delete().to(products::api::links::remove));
}

/// Recording: lots, what moves of them, what is on its way, and the authority's stops.
fn lots_pages(site: &mut ServiceConfig) {
    use chain::pages::{cases, correct, harvest, movement, shipment, stops, transform};
    site.service(
        scope("/lots")
            .wrap(from_fn(accounts::identify))
            .route("", get().to(lots::pages::list))
            .route("/new", get().to(harvest::declare))
            .route("/new", post().to(harvest::send_declare))
            .route("/collect", get().to(harvest::collect))
            .route("/collect", post().to(harvest::send_collect))
            .route("/transform", get().to(transform::open))
            .route("/transform", post().to(transform::send))
            .route("/{lot}", get().to(lots::pages::show))
            .route("/{lot}/trace", get().to(trace::pages::show))
            .route("/{lot}/trace.{extension}", get().to(trace::api::file))
            .route("/{lot}/hold", post().to(stops::hold))
            .route("/{lot}/release", post().to(stops::release))
            .route("/{lot}/recall", post().to(stops::recall))
            // pack, ship, return, sell, pick, sample, test, waste
            .route("/{lot}/{step}", get().to(movement::open))
            .route("/{lot}/{step}", post().to(movement::send)),
    )
    .service(scope("/incoming").wrap(from_fn(accounts::identify)).route("", get().to(lots::pages::incoming)))
    .service(
        scope("/shipments")
            .wrap(from_fn(accounts::identify))
            .route("/new", get().to(shipment::consign))
            .route("/new", post().to(shipment::send_consign))
            .route("/{shipment}", get().to(shipment::shipment))
            .route("/{shipment}/receive", post().to(shipment::send_receive))
            .route("/{shipment}/refuse", post().to(shipment::send_refuse))
            .route("/{shipment}/lose", post().to(shipment::send_lose)),
    )
    .service(
        scope("/cases")
            .wrap(from_fn(accounts::identify))
            .route("/fill", get().to(cases::fill))
            .route("/fill", post().to(cases::send_fill))
            .route("/empty", get().to(cases::empty))
            .route("/empty", post().to(cases::send_empty))
            .route("/{sscc}", get().to(cases::show)),
    )
    .service(
        scope("/events")
            .wrap(from_fn(accounts::identify))
            .route("/{event}/correct", get().to(correct::open))
            .route("/{event}/correct", post().to(correct::send)),
    )
    .service(
        scope("/inspect")
            .wrap(from_fn(accounts::identify))
            .route("", get().to(lots::pages::inspect))
            .route("/reports", get().to(lookup::pages::report::list))
            .route("/reports/{report}/handled", post().to(lookup::pages::report::handled)),
    );
}

fn lots_api(api: &mut ServiceConfig) {
    api.route("/lots", get().to(lots::api::list))
        .route("/lots", post().to(chain::api::declare))
        .route("/lots/{lot}", get().to(lots::api::show))
        .route("/lots/{lot}/events", get().to(events::api::of_lot))
        .route("/lots/{lot}/trace", get().to(trace::api::of_lot))
        .route("/trace", get().to(trace::api::of_any))
        .route("/lots/{lot}/pack", post().to(chain::api::pack))
        .route("/lots/{lot}/ship", post().to(chain::api::ship))
        .route("/lots/{lot}/sell", post().to(chain::api::sell))
        .route("/lots/collect", post().to(chain::api::collect))
        .route("/lots/{lot}/pick", post().to(chain::api::pick))
        .route("/lots/{lot}/sample", post().to(chain::api::sample))
        .route("/lots/{lot}/test", post().to(chain::api::test))
        .route("/lots/{lot}/waste", post().to(chain::api::waste))
        .route("/transformations", post().to(chain::api::transform))
        .route("/cases/fill", post().to(chain::api::fill))
        .route("/cases/empty", post().to(chain::api::empty))
        .route("/events/{event}/correct", post().to(chain::api::correct))
        .route("/lots/{lot}/hold", post().to(chain::api::hold))
        .route("/lots/{lot}/release", post().to(chain::api::release))
        .route("/lots/{lot}/recall", post().to(chain::api::recall))
        .route("/shipments", get().to(lots::api::shipments))
        .route("/shipments/{shipment}", get().to(lots::api::shipment))
        .route("/shipments", post().to(chain::api::consign))
        .route("/shipments/{shipment}/receive", post().to(chain::api::receive))
        .route("/shipments/{shipment}/refuse", post().to(chain::api::refuse))
        .route("/shipments/{shipment}/lose", post().to(chain::api::lose))
        .route("/differences", get().to(lots::api::differences))
        .route("/flags", get().to(lots::api::flags))
        .route("/events/{event}", get().to(events::api::show))
        .route("/inspect", get().to(lots::api::search));
}

fn codes_api(api: &mut ServiceConfig) {
    use codes::runs::{api as runs, pages as labels};
    use codes::{api as code, pages};
    api.service(resource("/lots/{lot}/code").route(get().to(code::show)).route(post().to(code::issue)))
        .route("/lots/{lot}/code.svg", get().to(pages::svg))
        .route("/lots/{lot}/code.png", get().to(pages::png))
        .route("/lots/{lot}/runs", get().to(runs::of_lot))
        .route("/lots/{lot}/runs", post().to(runs::issue))
        .route("/products/{product}/runs", get().to(runs::of_product))
        .route("/products/{product}/runs", post().to(runs::issue_roll))
        .route("/runs/{run}", get().to(runs::show))
        .route("/runs/{run}/activate", post().to(runs::activate))
        .route("/runs/{run}/void", post().to(runs::void))
        .route("/runs/{run}/codes.csv", get().to(labels::csv))
        .route("/runs/{run}/labels.svg", get().to(labels::svg))
        .route("/runs/{run}/labels.png", get().to(labels::png));
}

/// The label of a lot. Before the scope of lots, which would take these paths for its own.
fn codes_pages(site: &mut ServiceConfig) {
    use codes::pages;
    use codes::runs::pages as labels;
    let code = resource("/lots/{lot}/code").wrap(from_fn(accounts::identify));
    site.service(code.route(get().to(pages::show)).route(post().to(pages::issue)));
    let svg = resource("/lots/{lot}/code.svg").wrap(from_fn(accounts::identify));
    site.service(svg.route(get().to(pages::svg)));
    let png = resource("/lots/{lot}/code.png").wrap(from_fn(accounts::identify));
    site.service(png.route(get().to(pages::png)));
    let units = resource("/lots/{lot}/units").wrap(from_fn(accounts::identify));
    site.service(units.route(get().to(labels::of_lot)).route(post().to(labels::issue)));
    let rolls = resource("/products/{product}/units").wrap(from_fn(accounts::identify));
    site.service(rolls.route(get().to(labels::of_product)).route(post().to(labels::issue_roll)));
    site.service(
        scope("/runs")
            .wrap(from_fn(accounts::identify))
            .route("/{run}", get().to(labels::show))
            .route("/{run}/activate", post().to(labels::activate))
            .route("/{run}/void", post().to(labels::void))
            .route("/{run}/codes.csv", get().to(labels::csv))
            .route("/{run}/labels.svg", get().to(labels::svg))
            .route("/{run}/labels.png", get().to(labels::png)),
    );
    let differences = resource("/differences").wrap(from_fn(accounts::identify));
    site.service(differences.route(get().to(lots::pages::differences::list)));
    let table = resource("/differences.csv").wrap(from_fn(accounts::identify));
    site.service(table.route(get().to(lots::pages::differences::csv)));
    let flags = resource("/flags").wrap(from_fn(accounts::identify));
    site.service(flags.route(get().to(lots::pages::flags::list)));
    let table = resource("/flags.csv").wrap(from_fn(accounts::identify));
    site.service(table.route(get().to(lots::pages::flags::csv)));
}

/// The REST binding of EPCIS 2.0, by GS1's own paths.
fn epcis(site: &mut ServiceConfig) {
    use chain::api::capture;
    use events::api::epcis;
    let options = || method(Method::OPTIONS).to(epcis::options);
    site.service(
        scope("/epcis")
            .wrap(from_fn(limits::public))
            .wrap(from_fn(accounts::identify))
            .wrap(from_fn(epcis::binding))
            .service(resource(["", "/"]).route(options()))
            .service(
                resource("/capture")
                    .route(get().to(capture::list))
                    .route(post().to(capture::begin))
                    .route(options()),
            )
            .service(resource("/capture/{capture}").route(get().to(capture::show)).route(options()))
            .service(
                resource("/events")
                    .route(get().to(epcis::list))
                    .route(post().to(capture::record_event))
                    .route(options()),
            )
            .service(resource("/events/{event:.+}").route(get().to(epcis::event)).route(options()))
            .service(
                resource("/queries")
                    .route(get().to(epcis::all))
                    .route(post().to(epcis::add))
                    .route(options()),
            )
            .service(
                resource("/queries/{name}")
                    .route(get().to(epcis::show))
                    .route(delete().to(epcis::remove))
                    .route(options()),
            )
            .service(resource("/queries/{name}/events").route(get().to(epcis::results)).route(options()))
            .service(resource("/{resource}").route(get().to(epcis::values)).route(options()))
            .service(
                resource("/{resource}/{value:.+}/events").route(get().to(epcis::events_of)).route(options()),
            )
            .service(resource("/{resource}/{value:.+}").route(get().to(epcis::value)).route(options())),
    );
}

/// The field book: what was done on plots, by season.
fn fieldbook_pages(site: &mut ServiceConfig) {
    use fieldbook::{api, pages};
    site.service(
        scope("/fieldbook")
            .wrap(from_fn(accounts::identify))
            .route("", get().to(pages::book))
            .route("/new", get().to(pages::new))
            .route("/new", post().to(pages::send_new))
            .route("/templates", get().to(pages::templates))
            .route("/templates/{template}/remove", post().to(pages::send_remove_template))
            .route("/plots/{place}", get().to(pages::plot)),
    )
    .service(
        scope("/seasons")
            .wrap(from_fn(accounts::identify))
            .route("/new", get().to(pages::new_season))
            .route("/new", post().to(pages::send_season))
            .route("/{season}", get().to(pages::show_season))
            .route("/{season}/clear", post().to(pages::send_clear))
            .route("/{season}/reopen", post().to(pages::send_reopen))
            .route("/{season}/withdraw", post().to(pages::send_withdraw))
            .route("/{season}/book.{extension}", get().to(api::file)),
    )
    .service(
        scope("/activities")
            .wrap(from_fn(accounts::identify))
            .route("/{activity}", get().to(pages::show))
            .route("/{activity}/correct", post().to(pages::send_correct))
            .route("/{activity}/template", post().to(pages::send_template)),
    );
}

fn fieldbook_api(api: &mut ServiceConfig) {
    use fieldbook::api::{
        activities, activity, clear, correct, file, open, record, reopen, season, seasons, waiting, withdraw,
    };
    api.route("/activities", get().to(activities))
        .route("/activities", post().to(record))
        .route("/activities/{activity}", get().to(activity))
        .route("/activities/{activity}/correct", post().to(correct))
        .route("/seasons", get().to(seasons))
        .route("/seasons", post().to(open))
        .route("/seasons/{season}", get().to(season))
        .route("/seasons/{season}/clear", post().to(clear))
        .route("/seasons/{season}/reopen", post().to(reopen))
        .route("/seasons/{season}/withdraw", post().to(withdraw))
        .route("/seasons/{season}/book.{extension}", get().to(file))
        .route("/places/{place}/waiting", get().to(waiting));
}

/// The authority's lists. What is in force is for everybody; `/field/substances` stands before the scope of the field book.
fn lists_pages(site: &mut ServiceConfig) {
    use fieldbook::lists::{api, pages};
    site.service(
        resource("/field/substances")
            .wrap(from_fn(limits::public))
            .wrap(from_fn(accounts::identify))
            .route(get().to(pages::substances)),
    )
    .service(
        scope("/lists")
            .wrap(from_fn(limits::public))
            .wrap(from_fn(accounts::identify))
            .route("", get().to(pages::lists))
            .route("", post().to(pages::send_new))
            .route("/new", get().to(pages::new))
            .route("/drafts/{draft}", get().to(pages::preview))
            .route("/drafts/{draft}/publish", post().to(pages::send_publish))
            .route("/drafts/{draft}/discard", post().to(pages::send_discard))
            .route("/{list}", get().to(pages::list))
            .route("/{list}/rows.{ending}", get().to(api::file)),
    );
}

fn lists_api(site: &mut ServiceConfig) {
    use fieldbook::lists::api;
    site.route("/lists", get().to(api::lists))
        .route("/lists/{list}", get().to(api::list))
        .route("/lists/{list}/rows.{ending}", get().to(api::file))
        .route("/list-drafts", post().to(api::hand_in))
        .route("/list-drafts/{draft}", get().to(api::preview))
        .route("/list-drafts/{draft}", delete().to(api::discard))
        .route("/list-drafts/{draft}/publish", post().to(api::publish))
        .route("/crops", get().to(api::crops))
        .route("/substances", get().to(api::substances))
        .route("/bands", get().to(api::bands));
}

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

/// What parties were told; for the authority, what became of the mails.
fn jobs_pages(site: &mut ServiceConfig) {
    site.service(
        scope("/messages")
            .wrap(from_fn(accounts::identify))
            .route("", get().to(jobs::pages::messages))
            .route("/{message}/read", post().to(jobs::pages::read))
            .route("/{message}/answer", post().to(jobs::pages::answer)),
    );
}

fn jobs_api(api: &mut ServiceConfig) {
    api.route("/messages", get().to(jobs::api::list))
        .route("/messages/{message}/read", post().to(jobs::api::read))
        .route("/messages/{message}/answer", post().to(jobs::api::answer));
}

/// Recalls: the public list and notices, and the work on them.
fn recalls_pages(site: &mut ServiceConfig) {
    use recalls::pages;
    site.service(resource("/recall/{number}").wrap(from_fn(limits::public)).route(read().to(pages::notice)))
        .service(
            resource("/recall/{number}/lots.{ending}")
                .wrap(from_fn(limits::public))
                .route(read().to(pages::lots_file)),
        )
        .service(
            scope("/recalls")
                .wrap(from_fn(limits::public))
                .wrap(from_fn(accounts::identify))
                .route("", read().to(pages::list))
                .route("", post().to(pages::propose))
                .route("/new", get().to(pages::new))
                .route("/drill", get().to(pages::drill))
                .route("/drill", post().to(pages::send_drill))
                .route("/{recall}", get().to(pages::show))
                .route("/{recall}/decide", post().to(pages::decide))
                .route("/{recall}/reject", post().to(pages::reject))
                .route("/{recall}/close", post().to(pages::close))
                .route("/{recall}/acknowledge", post().to(pages::acknowledge))
                .route("/{recall}/recovered", post().to(pages::recover))
                .route("/{recall}/notices", get().to(pages::notices))
                .route("/{recall}/calls", post().to(pages::call))
                .route("/{recall}/record.txt", get().to(pages::record)),
        );
}

fn recalls_api(api: &mut ServiceConfig) {
    api.route("/recalls", get().to(recalls::api::list))
        .route("/recalls", post().to(recalls::api::propose))
        .route("/recalls/{recall}", get().to(recalls::api::get))
        .route("/recalls/{recall}/decide", post().to(recalls::api::decide))
        .route("/recalls/{recall}/reject", post().to(recalls::api::reject))
        .route("/recalls/{recall}/close", post().to(recalls::api::close))
        .route("/recalls/{recall}/acknowledge", post().to(recalls::api::acknowledge))
        .route("/recalls/{recall}/recovered", post().to(recalls::api::recover))
        .route("/recalls/{recall}/notices", get().to(recalls::api::notices))
        .route("/recalls/{recall}/calls", post().to(recalls::api::call))
        .route("/recalls/{recall}/report", get().to(recalls::api::report))
        .route("/drills", get().to(recalls::api::last_drill))
        .route("/drills", post().to(recalls::api::drill))
        .route("/drills/{recall}/record", get().to(recalls::api::record));
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

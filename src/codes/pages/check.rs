//! The page that checks codes without a network, and what makes it installable: its manifest and its service worker.
//!
//! What must stay true: the worker names exactly the files of this version of the page, under one hash over all of them; the page
//! asks nobody who they are and sets no cookie; WebAssembly may run on this page and on no other.

use crate::app::App;
use crate::kernel::{Lang, Sha256Hash};
use crate::web::{self, Frame, Html, assets};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::json;

/// The address of the page; the worker's scope too.
pub const CHECK: &str = "/check";
/// The address of the worker's script.
pub const WORKER: &str = "/check/worker.js";
/// The newest key list.
pub const KEY_LIST: &str = "/.well-known/nguongoc-keys.txt";
/// Earlier key lists, by number: what stands before it.
pub const EARLIER_LISTS: &str = "/.well-known/nguongoc-keys/";

/// As for other pages, and WebAssembly for the decoder, a worker and a manifest from here.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
/// The worker fetches the page's own files and nothing else.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'";

/// What a sentence may leave open; the script fills it in.
const HOLES: [(&str, &str); 13] = [
    ("ago", "{ago}"),
    ("day", "{day}"),
    ("end", "{end}"),
    ("host", "{host}"),
    ("issuer", "{issuer}"),
    ("letters", "{letters}"),
    ("lot", "{lot}"),
    ("number", "{number}"),
    ("ours", "{ours}"),
    ("product", "{product}"),
    ("serial", "{serial}"),
    ("until", "{until}"),
    ("version", "{version}"),
];

/// The page.
#[derive(Template)]
#[template(path = "codes/check.html")]
pub struct CheckPage {
    frame: Frame,
    host: String,
}

impl CheckPage {
    fn of(app: &App, lang: Lang) -> Self {
        Self { frame: Frame::public(app, lang, CHECK), host: app.config.code_host().to_owned() }
    }

    fn manifest(&self) -> String {
        manifest_of(self.frame.lang)
    }

    /// The sentences that the script says, by the names that it knows them by.
    fn words(&self) -> Vec<(&'static str, String)> {
        let words = self.frame.t;
        let own = words.keys("codes-check-").map(|key| (key.trim_start_matches("codes-check-"), key));
        let shared = words.keys("codes-malformed-").chain(words.keys("codes-signature-"));
        let shared = shared.map(|key| (key.trim_start_matches("codes-"), key));
        own.chain(shared).map(|(name, key)| (name, words.with(key, &HOLES))).collect()
    }
}

fn manifest_of(lang: Lang) -> String {
    format!("{CHECK}/app.webmanifest?lang={}", lang.code())
}

fn page_of(lang: Lang) -> String {
    format!("{CHECK}?lang={}", lang.code())
}

/// `GET /check`: the page.
pub async fn show(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let page = CheckPage::of(&app, web::view::public_language(&request));
    let mut response = Html(page).into_response(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}

/// `GET /check/app.webmanifest`: what a phone needs to keep the page beside its apps.
pub async fn manifest(request: HttpRequest) -> HttpResponse {
    let lang = web::view::public_language(&request);
    let words = crate::words::Words::of(lang);
    let icon = |name: &str, size: &str, purpose: &str| json!({ "src": assets::url(name), "sizes": size, "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "id": CHECK,
        "name": words.say("codes-check-name"),
        "short_name": words.say("codes-check-short-name"),
        "description": words.say("codes-check-what"),
        "lang": lang.code(),
        "dir": "ltr",
        "start_url": page_of(lang),
        "scope": CHECK,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#14532d",
        "icons": [
            icon("icon-192.png", "192x192", "any"),
            icon("icon-512.png", "512x512", "any"),
            icon("icon-maskable-512.png", "512x512", "maskable"),
        ],
    });
    HttpResponse::Ok()
        .content_type("application/manifest+json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept-Language"))
        .body(manifest.to_string())
}

/// `GET /check/worker.js`: the service worker, with the files that it keeps.
///
/// # Errors
/// When a page cannot be rendered or the script is not there, which does not happen.
pub async fn worker(app: Data<App>) -> Result<HttpResponse, web::Error> {
    let script = assets::text("check-worker.js").ok_or_else(web::Error::not_found)?;
    let named = ["site.css", "check.css", "check.js", "icon-192.png", "check-licences.txt"];
    let mut files: Vec<String> = named.into_iter().map(assets::url).collect();
    files.push("/favicon.ico".to_owned());
    let mut contents = script.clone();
    for lang in Lang::ALL {
        files.extend([page_of(lang), manifest_of(lang)]);
        contents.push_str(&CheckPage::of(&app, lang).render().map_err(web::Error::internal)?);
        contents.push_str(crate::words::Words::of(lang).say("codes-check-name").as_ref());
    }
    let reader = ["check-reader.js", "check-reader.wasm"].map(assets::url);
    let kept = json!({ "page": CHECK, "files": files, "reader": reader });
    // The addresses of static files hold the hashes of their bytes.
    let hash = Sha256Hash::of(format!("{kept}{contents}").as_bytes()).to_string();
    let version = json!(hash.get(..16).unwrap_or(&hash));
    Ok(HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, WORKER_POLICY))
        .insert_header((HeaderName::from_static("service-worker-allowed"), CHECK))
        .body(format!("self.VERSION={version};self.FILES={kept};\n{script}")))
}

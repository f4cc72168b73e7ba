//! The frame of a page: language, words, who is looking, the token of its forms; and the answer that carries a page.

use super::headers;
use crate::app::App;
use crate::kernel::{Lang, Problems};
use crate::words::Words;
use actix_web::body::BoxBody;
use actix_web::cookie::Cookie;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder};
use askama::Template;
use std::future::{Ready, ready};

/// Who looks at a page, as far as the frame cares: put into the request by the room that knows people.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The name to greet.
    pub name: String,
    /// The word for the role, as a key.
    pub role_key: &'static str,
    /// The pages that the visitor may go to: path and key of the word.
    pub links: Vec<(&'static str, &'static str)>,
    /// How many messages wait to be read, counted up to 99.
    pub unread: i64,
    /// The token that the visitor's forms must carry.
    pub form_token: String,
    /// Whether the visitor works for the authority, and is told what ails the service.
    pub is_authority: bool,
    /// Whether the visitor came by an API token instead of a session.
    pub is_program: bool,
}

/// What every page has around its own content.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of the page.
    pub lang: Lang,
    /// The words of that language.
    pub t: Words,
    /// The path asked for.
    pub path: String,
    /// Who looks, when somebody signed in.
    pub visitor: Option<Visitor>,
    /// The token that the page's forms must carry; empty on pages without forms.
    pub form_token: String,
    /// Whether the registry holds sample data, which the page then says.
    pub sample: bool,
    /// What a stopped log keeps from being done, and why it is stopped, in words, where the visitor works for the authority.
    pub stopped: Option<(String, String)>,
    /// Which witness has seen another log than this one, in words, where the visitor works for the authority.
    pub doubted: Option<String>,
}

impl Frame {
    /// The frame for `request`.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let lang = language(request);
        let visitor = request.extensions().get::<Visitor>().cloned();
        let app = request.app_data::<Data<App>>();
        let office = visitor.as_ref().filter(|visitor| visitor.is_authority).and(app);
        let stop = office.and_then(|app| app.log.stopped());
        let doubted = office.and_then(|app| app.log.doubted_by()).map(|witness| {
            let (name, detail) = (witness.name, witness.detail.unwrap_or_default());
            Words::of(lang).with("log-doubted", &[("name", name), ("detail", detail)])
        });
        let form_token = match &visitor {
            Some(visitor) => visitor.form_token.clone(),
            None => request.extensions().get::<AnonymousToken>().map(|t| t.0.clone()).unwrap_or_default(),
        };
        Self {
            lang,
            t: Words::of(lang),
            path: request.path().to_owned(),
            visitor,
            form_token,
            sample: app.is_some_and(|app| app.config.sample),
            stopped: stop.map(|stop| {
                let (words, values) = (Words::of(lang), stop.values());
                (words.with("log-stopped-effect", &values), words.with("log-why", &values))
            }),
            doubted,
        }
    }

    /// The frame of a public page: nobody is signed in on it, and it has no form that needs a token.
    #[must_use]
    pub fn public(app: &App, lang: Lang, path: &str) -> Self {
        Self {
            lang,
            t: Words::of(lang),
            path: path.to_owned(),
            visitor: None,
            form_token: String::new(),
            sample: app.config.sample,
            stopped: None,
            doubted: None,
        }
    }

    /// The link to this page in the other language.
    #[must_use]
    pub fn other_language(&self) -> String {
        format!("{}?lang={}", self.path, self.lang.other().code())
    }

    /// The address of a static file, with its hash.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        super::assets::url(name)
    }

    /// The sentence about `field`, when something is wrong with it.
    #[must_use]
    pub fn problem(&self, problems: &Problems, field: &str) -> Option<String> {
        problems.iter().find(|problem| problem.field == field).map(|problem| self.t.problem(problem))
    }

    /// The sentences about fields that the page shows no input for.
    #[must_use]
    pub fn other_problems(&self, problems: &Problems, shown: &[&str]) -> Vec<String> {
        problems
            .iter()
            .filter(|problem| !shown.contains(&problem.field.as_str()))
            .map(|problem| self.t.problem(problem))
            .collect()
    }
}

impl FromRequest for Frame {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// The token of the forms of somebody who has not signed in.
#[derive(Clone, Debug)]
pub struct AnonymousToken(pub String);

/// The language of a request: `?lang=`, else the cookie of the pages behind the sign-in, else `Accept-Language`.
fn language(request: &HttpRequest) -> Lang {
    let query = request.query_string().split('&').find_map(|pair| pair.strip_prefix("lang="));
    let cookie = request.cookie("lang");
    let asked = query.and_then(Lang::from_code).or_else(|| cookie.and_then(|c| Lang::from_code(c.value())));
    let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    asked.unwrap_or_else(|| Lang::choose(None, header))
}

/// The language of a public page: the link's, else the phone's. No cookie has a say, because none is set.
#[must_use]
pub fn public_language(request: &HttpRequest) -> Lang {
    let asked = request.query_string().split('&').find_map(|pair| pair.strip_prefix("lang="));
    let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Lang::choose(asked, header)
}

/// Whether the one who asks is a program: an API path, or an `Accept` header that prefers JSON.
#[must_use]
pub fn wants_json(request: &HttpRequest) -> bool {
    if request.path().starts_with("/api/") || request.path().starts_with("/epcis") {
        return true;
    }
    let accept =
        request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("json") && !accept.contains("text/html")
}

/// A page: rendered, private by default (`no-store`), with the headers of a page.
#[derive(Debug)]
pub struct Html<T>(pub T);

impl<T: Template> Html<T> {
    /// The page with `status`.
    pub fn into_response(self, status: StatusCode) -> HttpResponse<BoxBody> {
        match self.0.render() {
            Ok(text) => HttpResponse::build(status)
                .content_type("text/html; charset=utf-8")
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .insert_header((header::CONTENT_SECURITY_POLICY, headers::PAGE_POLICY))
                .body(text),
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                HttpResponse::InternalServerError().finish()
            }
        }
    }

    /// The page again, with what is wrong in it: 422.
    pub fn refused(self) -> HttpResponse<BoxBody> {
        self.into_response(StatusCode::UNPROCESSABLE_ENTITY)
    }
}

impl<T: Template> Responder for Html<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<BoxBody> {
        let mut response = self.into_response(StatusCode::OK);
        // Somebody who works here and changes the language keeps it; a shopper is given no cookie.
        let chosen = request.query_string().split('&').find_map(|pair| pair.strip_prefix("lang="));
        if let Some(lang) = chosen.and_then(Lang::from_code)
            && request.extensions().get::<Visitor>().is_some()
        {
            let cookie =
                Cookie::build("lang", lang.code()).path("/").same_site(actix_web::cookie::SameSite::Lax);
            // A cookie that cannot be added leaves the language to the link; nothing else depends on it.
            let _ = response.add_cookie(&cookie.finish());
        }
        response
    }
}

/// To `path`, with GET: the answer to a form that did its work.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse<BoxBody> {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, path))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

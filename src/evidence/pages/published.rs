//! The published list: certificates that are valid on a day, by scheme; for everybody, and as a file for spreadsheets.

use crate::app::App;
use crate::evidence::api::{Asked, listed_json};
use crate::evidence::model::{Scheme, schemes};
use crate::evidence::service::{self, Listed};
use crate::kernel::{Cursor, Day, Page, PageSize, Problem, Problems};
use crate::web::view::wants_json;
use crate::web::{self, Frame, Html};
use actix_web::http::header;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use serde_json::{Value, json};

/// The published certificates.
#[derive(Template)]
#[template(path = "evidence/published.html")]
pub struct PublishedPage {
    frame: Frame,
    page: Page<Listed>,
    scheme: String,
    on: String,
    day: Day,
    problems: Problems,
}

impl PublishedPage {
    fn schemes(&self) -> Vec<(String, String)> {
        let lang = self.frame.lang;
        schemes().iter().map(|scheme: &Scheme| (scheme.code.clone(), scheme.name(lang).to_owned())).collect()
    }

    /// The number, where it may be told: that of a household leads to its people.
    fn number(line: &Listed) -> &str {
        if line.holder.published { &line.certificate.number } else { "" }
    }

    /// What the address of another page of the list has.
    fn query(&self) -> String {
        format!("scheme={}&on={}&lang={}", self.scheme, self.on, self.frame.lang.code())
    }
}

/// `GET /certificates?scheme=&on=`
///
/// # Errors
/// 422 for a malformed cursor; what is wrong with scheme and day stands beside the fields.
pub async fn published(
    app: Data<App>,
    frame: Frame,
    request: HttpRequest,
    asked: Query<Asked>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = asked.paging().parse()?;
    let parsed = asked.scheme().and_then(|scheme| Ok((scheme, asked.day(&app)?)));
    let (found, day, problems) = match parsed {
        Ok((scheme, day)) => {
            (service::published(&app, scheme, day, after.as_ref(), size).await?, day, Problems::default())
        }
        Err(problem) if wants_json(&request) => return Err(problem.into()),
        Err(problem) => {
            (Page { items: Vec::new(), next: None }, app.clock.now().day(), Problems::from(problem))
        }
    };
    if wants_json(&request) {
        let next = found.next.as_ref().map(Cursor::to_string);
        let lines: Vec<Value> = found.items.iter().map(listed_json).collect();
        return Ok(HttpResponse::Ok().json(json!({ "certificates": lines, "next": next })));
    }
    let refused = !problems.is_empty();
    let (scheme, on) = (asked.scheme.trim().to_owned(), asked.on.trim().to_owned());
    let page = Html(PublishedPage { frame, page: found, scheme, on, day, problems });
    Ok(if refused { page.refused() } else { page.respond_to(&request) })
}

/// A cell that a spreadsheet takes as it is: no formula, no lost zeros.
fn cell(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '-');
    let text = if plain {
        format!("=\"{text}\"")
    } else if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([';', '"', '\n', '\r', ',', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// `GET /certificates.csv?scheme=&on=`: the whole list, as spreadsheets here read it.
///
/// # Errors
/// 422 for an unknown scheme or a malformed day.
pub async fn published_csv(
    app: Data<App>,
    frame: Frame,
    asked: Query<Asked>,
) -> Result<HttpResponse, web::Error> {
    let scheme = asked.scheme().map_err(web::Error::from)?;
    let day = asked.day(&app).map_err(|problem: Problem| web::Error::from(problem))?;
    let words = frame.t;
    let mut text = "\u{feff}".to_owned();
    let heads = [
        "evidence-scheme",
        "evidence-holder",
        "evidence-province",
        "evidence-number",
        "evidence-issuer",
        "evidence-valid-from",
        "evidence-valid-to",
        "evidence-grade",
    ];
    let heads: Vec<String> = heads.iter().map(|key| cell(&words.say(key))).collect();
    text.push_str(&heads.join(";"));
    text.push_str("\r\n");
    let mut after: Option<Cursor> = None;
    loop {
        let page = service::published(&app, scheme, day, after.as_ref(), PageSize::MAX).await?;
        for line in &page.items {
            let known = &line.certificate;
            let cells = [
                known.scheme_name(frame.lang),
                line.holder.shown_name(&words),
                line.holder.province.province().to_string(),
                PublishedPage::number(line).to_owned(),
                known.issuer.clone(),
                known.from.vietnamese(),
                known.to.vietnamese(),
                words.say(known.grade().key()).into_owned(),
            ];
            text.push_str(&cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(";"));
            text.push_str("\r\n");
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"certificates-{day}.csv\""),
        ))
        .body(text))
}

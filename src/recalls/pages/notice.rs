//! The notice of a recall that everybody may read and print: what the law wants it to say.

use super::super::api::notice_json;
use super::super::look::{self, Affected, Facts, Notice};
use crate::app::App;
use crate::kernel::Day;
use crate::sheet;
use crate::web::view::wants_json;
use crate::web::{self, Frame, Html};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

/// The notice of a recall.
#[derive(Template)]
#[template(path = "recalls/notice.html")]
pub struct NoticePage {
    frame: Frame,
    notice: Notice,
    host: String,
}

impl NoticePage {
    fn products(&self) -> String {
        self.notice.products(self.frame.lang)
    }

    /// The owner and maker, as far as it is published.
    fn owner(&self, facts: &Facts) -> String {
        facts.party.view().shown_name(&self.frame.t)
    }

    /// The address of the owner, as far as it is published.
    fn address(facts: &Facts) -> Option<String> {
        let view = facts.party.view();
        view.published.then(|| view.shown_place())
    }

    /// How the goods are packed, as far as it is known.
    fn packing(&self, facts: &Facts) -> String {
        let words = &self.frame.t;
        let material = facts.product.packaging.clone();
        let sizes: Vec<String> = facts.packs.iter().map(|size| size.show(self.frame.lang)).collect();
        let sizes = (!sizes.is_empty()).then(|| words.one("recalls-packs-of", "sizes", sizes.join(", ")));
        let known: Vec<String> = sizes.into_iter().chain(material).collect();
        if known.is_empty() { words.say("recalls-packing-unknown").into_owned() } else { known.join("; ") }
    }

    fn maker(&self, one: &Affected) -> String {
        one.producer.shown_name(&self.frame.t)
    }

    /// How many lots the page leaves out.
    fn left_out(&self) -> i64 {
        self.notice.affected_total - i64::try_from(self.notice.affected.len()).unwrap_or(0)
    }

    /// The sentence that names all lots.
    fn affected_count(&self) -> String {
        self.frame.t.one("recalls-affected", "count", self.notice.affected_total)
    }

    fn decided_by(&self) -> String {
        match &self.notice.decided_by {
            Some(party) => party.view().shown_name(&self.frame.t),
            None => self.frame.t.say("recalls-authority").into_owned(),
        }
    }
}

/// `GET /recall/{number}`
///
/// # Errors
/// 404 for what is not public.
pub async fn notice(
    app: Data<App>,
    request: HttpRequest,
    frame: Frame,
    number: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let notice = look::notice(&app, &number).await?;
    if wants_json(&request) {
        return Ok(HttpResponse::Ok().json(notice_json(&notice)));
    }
    let host = app.config.code_host().to_owned();
    Ok(Html(NoticePage { frame, notice, host }).into_response(StatusCode::OK))
}

/// `GET /recall/{number}/lots.csv` and `lots.xlsx`: every lot that was made of those that the recall begins with.
///
/// # Errors
/// 404 for what is not public, and for another ending.
pub async fn lots_file(
    app: Data<App>,
    frame: Frame,
    path: Path<(String, String)>,
) -> Result<HttpResponse, web::Error> {
    let (number, ending) = path.into_inner();
    let lots = look::affected(&app, &number).await?;
    let words = &frame.t;
    let heads = [
        "recalls-product",
        "recalls-product-code",
        "recalls-lot",
        "recalls-short-code",
        "recalls-maker",
        "recalls-produced-on",
        "recalls-packed-on",
        "recalls-expires-on",
        "recalls-quantity",
    ];
    let heads: Vec<String> = heads.iter().map(|key| words.say(key).into_owned()).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let day = |day: Option<Day>| day.map(Day::vietnamese).unwrap_or_default();
    let row = |one: &Affected| {
        vec![
            one.product(frame.lang).to_owned(),
            one.lot.product_code.clone(),
            one.lot.code.clone(),
            one.lot.short_code.clone(),
            one.producer.shown_name(words),
            one.lot.harvested_on.vietnamese(),
            day(one.lot.packed_on),
            day(one.lot.expires_on),
            one.lot.quantity.show(frame.lang),
        ]
    };
    let rows: Vec<Vec<String>> = lots.iter().map(row).collect();
    let cells = rows.iter().map(Vec::as_slice);
    let (kind, bytes) = match ending.as_str() {
        "csv" => ("text/csv; charset=utf-8", sheet::csv(&heads, cells).into_bytes()),
        "xlsx" => {
            let book = sheet::xlsx(&number, &heads, cells).map_err(web::Error::internal)?;
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", book)
        }
        _ => return Err(web::Error::not_found()),
    };
    let name = format!("attachment; filename=\"{number}.{ending}\"");
    Ok(HttpResponse::Ok().content_type(kind).insert_header((header::CONTENT_DISPOSITION, name)).body(bytes))
}

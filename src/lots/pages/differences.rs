//! The page of differences between what was sent and what came, and the same as a table.

use super::firms;
use crate::accounts::{Actor, CanRead, Identity};
use crate::app::App;
use crate::kernel::{Day, Lang, Page, PartyId, Problem, Unit};
use crate::lots::api::ListQuery;
use crate::lots::differences::{self, Difference};
use crate::parties::Choice;
use crate::web::{self, Frame, Html};
use crate::words::Words;
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Query};
use askama::Template;
use std::borrow::Borrow;

/// What was sent and did not come to be received.
#[derive(Template)]
#[template(path = "lots/differences.html")]
pub struct DifferencesPage {
    frame: Frame,
    page: Page<Difference>,
    firms: Vec<Choice>,
    /// Whose list it is; none for the list of everybody.
    party: Option<PartyId>,
    today: Day,
}

impl DifferencesPage {
    /// An amount of a line.
    fn amount(&self, one: &Difference, amount: impl Borrow<i64>) -> String {
        one.quantity(*amount.borrow()).show(self.frame.lang)
    }

    /// The sentence of what is awaited, while something is.
    fn awaited(&self, one: &Difference) -> Option<String> {
        let days = one.days_open(self.today)?;
        let left = self.amount(one, one.shipment.left());
        Some(self.frame.t.two("lots-awaited", ("left", left), ("days", days)))
    }

    /// The sentence of what is missing beyond loss of weight.
    fn beyond(&self, one: &Difference) -> String {
        let lost = ("permille", one.per_mille());
        self.frame.t.two("lots-lost-beyond", lost, ("tolerated", one.tolerated))
    }
}

/// Whose list it is: one's own unless another is named; for the authority that of everybody.
pub(in crate::lots) fn whose(query: &ListQuery, who: &Identity) -> Result<Option<PartyId>, web::Error> {
    match query.party.trim() {
        "" => Ok(who.party),
        text => Ok(Some(text.parse().map_err(|problem: Problem| problem.at("party"))?)),
    }
}

/// `GET /differences`
///
/// # Errors
/// 404 for the list of a party that one does not record for.
pub async fn list(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    query: Query<ListQuery>,
) -> Result<Html<DifferencesPage>, web::Error> {
    let (after, size) = query.parse()?;
    let party = whose(&query, &actor)?;
    let page = differences::differences(&app, &actor, party, after.as_ref(), size).await?;
    let firms = match party {
        Some(party) => firms(&app, &actor, party).await?,
        None => Vec::new(),
    };
    Ok(Html(DifferencesPage { frame, page, firms, party, today: app.clock.now().day() }))
}

/// What a spreadsheet would take for a formula gets an apostrophe in front.
pub(super) fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// `GET /differences.csv`: amounts in kilograms or pieces.
///
/// # Errors
/// As [`list`].
pub async fn csv(
    app: Data<App>,
    actor: Actor<CanRead>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let party = whose(&query, &actor)?;
    let (lines, more) = differences::all_differences(&app, &actor, party).await?;
    let today = app.clock.now().day();
    let mut table = csv::Writer::from_writer(Vec::new());
    let head = [
        "shipment",
        "shipped_on",
        "lot",
        "product",
        "from",
        "to",
        "unit",
        "sent",
        "received",
        "refused",
        "lost",
        "per_mille_lost",
        "tolerated",
        "days_open",
    ];
    table.write_record(head).map_err(web::Error::internal)?;
    for line in &lines {
        let sent = &line.shipment.sent;
        let unit = if line.unit == Unit::Gram { "kg" } else { "piece" };
        let days = line.days_open(today).map(|days| days.to_string()).unwrap_or_default();
        let amount = |amount: i64| line.quantity(amount).epcis().0.to_string();
        table
            .write_record([
                sent.id.to_string(),
                sent.shipped_at.day().to_string(),
                neutral(line.code.as_str()),
                neutral(&line.product),
                neutral(&line.from),
                neutral(&line.to),
                unit.to_owned(),
                amount(sent.amount),
                amount(line.shipment.received),
                amount(line.shipment.refused),
                amount(line.shipment.lost),
                line.per_mille().to_string(),
                line.tolerated.to_string(),
                days,
            ])
            .map_err(web::Error::internal)?;
    }
    if more {
        say_cut(&mut table, head.len(), lines.len())?;
    }
    attached(table, "differences.csv")
}

/// Says in a last line that there is more than the table has lines, in both languages: a file has none of its own.
pub(super) fn say_cut(
    table: &mut csv::Writer<Vec<u8>>,
    columns: usize,
    lines: usize,
) -> Result<(), web::Error> {
    let said = |lang| Words::of(lang).one("lots-file-cut", "lines", lines);
    let said = format!("{} / {}", said(Lang::Vi), said(Lang::En));
    let rest = std::iter::repeat_n("", columns.saturating_sub(1));
    table.write_record(std::iter::once(&*said).chain(rest)).map_err(web::Error::internal)
}

/// A table as a file to keep.
pub(super) fn attached(table: csv::Writer<Vec<u8>>, name: &str) -> Result<HttpResponse, web::Error> {
    let bytes = table.into_inner().map_err(|error| web::Error::internal(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .body(bytes))
}

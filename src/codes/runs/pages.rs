//! The pages of unit labels: of a lot, of a product's stock rolls, and of one run with its ranges; and the labels as files.

use super::api::{by, state_key};
use super::model::{RunDraft, RunState, Span};
use super::press::Press;
use super::service::{self, Units};
use crate::accounts::{Actor, CanInspect, CanRead, CanRecord, Identity};
use crate::app::App;
use crate::chain::By;
use crate::codes::Error;
use crate::kernel::{EventId, Lang, LotId, Problem, Problems, ProductId, Quantity, RunId};
use crate::lots::{self, Lot};
use crate::products::Product;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Bytes, Data, Path, Query};
use askama::Template;
use futures_util::stream;
use serde::Deserialize;
use std::borrow::Borrow;

/// Labels that are made at a time while a file is sent.
const CHUNK: i64 = 50;
/// The most labels of one sheet as SVG, and as PNG, which is made as a whole.
const MOST_ON_SHEET: (i64, i64) = (2_000, 96);

/// The unit labels of a lot, or the stock rolls of a product.
#[derive(Template)]
#[template(path = "codes/units.html")]
pub struct UnitsPage {
    frame: Frame,
    units: Units,
    draft: RunDraft,
    problems: Problems,
    refusal: Option<String>,
    may_issue: bool,
    key: EventId,
}

impl UnitsPage {
    fn name(&self) -> &str {
        name(&self.frame, &self.units.product)
    }

    fn amount(&self, amount: impl Borrow<i64>) -> String {
        let unit = self.units.product.unit;
        Quantity::new((*amount.borrow()).max(0), unit).unwrap_or(Quantity::zero(unit)).show(self.frame.lang)
    }

    fn action(&self) -> String {
        match &self.units.lot {
            Some(lot) => format!("/lots/{}/units", lot.id),
            None => format!("/products/{}/units", self.units.product.id),
        }
    }

    fn lot(&self) -> String {
        self.units.lot.as_ref().map(|lot| lot.id.to_string()).unwrap_or_default()
    }
}

fn name<'p>(frame: &Frame, product: &'p Product) -> &'p str {
    match (frame.lang, &product.name_en) {
        (Lang::En, Some(name)) => name,
        _ => &product.name,
    }
}

/// What is wrong with a form's fields; every other refusal is a page of its own.
fn refusal(frame: &Frame, error: Error) -> Result<(Problems, Option<String>), web::Error> {
    match error {
        Error::Invalid(problems) => Ok((problems, None)),
        error @ (Error::NotInHand | Error::Stopped(_) | Error::Sprayed(_) | Error::NotApproved) => {
            let error = web::Error::from(error);
            Ok((
                Problems::default(),
                Some(frame.t.with(&format!("error-{}", error.code.replace('_', "-")), &error.args)),
            ))
        }
        error => Err(error.into()),
    }
}

fn units_page(app: &App, frame: Frame, who: &Identity, units: Units, draft: RunDraft) -> UnitsPage {
    let may_issue = Actor::<CanRecord>::admit(Some(who)).is_ok();
    UnitsPage { frame, units, draft, problems: Problems::default(), refusal: None, may_issue, key: app.id() }
}

/// `GET /lots/{lot}/units`
///
/// # Errors
/// 404 when the lot is not one that the actor may see.
pub async fn of_lot(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    lot: Path<LotId>,
) -> Result<Html<UnitsPage>, web::Error> {
    let units = service::of_lot(&app, &who, *lot).await?;
    Ok(Html(units_page(&app, frame, &who, units, RunDraft::default())))
}

/// `POST /lots/{lot}/units`: issues unit codes.
///
/// # Errors
/// As for programs; what is wrong with the input shows the page again.
pub async fn issue(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRecord>,
    who: Actor<CanRead>,
    lot: Path<LotId>,
    Form(draft): Form<RunDraft>,
) -> Result<HttpResponse, web::Error> {
    match service::issue(&app, &by(*actor, &draft)?, *lot, &draft).await {
        Ok(acted) => Ok(see_other(&format!("/runs/{}", acted.state.run.id))),
        Err(error) => {
            let (problems, refusal) = refusal(&frame, error)?;
            let units = service::of_lot(&app, &who, *lot).await?;
            Ok(Html(UnitsPage { problems, refusal, ..units_page(&app, frame, &who, units, draft) }).refused())
        }
    }
}

/// `GET /products/{product}/units`: the stock rolls of a product.
///
/// # Errors
/// 404 for a product of others.
pub async fn of_product(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    product: Path<ProductId>,
) -> Result<Html<UnitsPage>, web::Error> {
    let units = service::of_product(&app, &who, *product).await?;
    Ok(Html(units_page(&app, frame, &who, units, RunDraft::default())))
}

/// `POST /products/{product}/units`: issues a stock roll.
///
/// # Errors
/// As for programs; what is wrong with the input shows the page again.
pub async fn issue_roll(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRecord>,
    who: Actor<CanRead>,
    product: Path<ProductId>,
    Form(draft): Form<RunDraft>,
) -> Result<HttpResponse, web::Error> {
    match service::issue_roll(&app, &by(*actor, &draft)?, *product, &draft).await {
        Ok(acted) => Ok(see_other(&format!("/runs/{}", acted.state.run.id))),
        Err(error) => {
            let (problems, refusal) = refusal(&frame, error)?;
            let units = service::of_product(&app, &who, *product).await?;
            Ok(Html(UnitsPage { problems, refusal, ..units_page(&app, frame, &who, units, draft) }).refused())
        }
    }
}

/// A range as the page of a run shows it.
struct RangeLine {
    state: &'static str,
    first: i64,
    last: i64,
    from: String,
    to: String,
    lot: Option<LotId>,
}

/// A run with its ranges, and the form to activate or void labels.
#[derive(Template)]
#[template(path = "codes/run.html")]
pub struct RunPage {
    frame: Frame,
    state: RunState,
    product: Product,
    lot: Option<Lot>,
    /// For a stock roll: the lots of the product that labels may be put on.
    lots: Vec<(String, String)>,
    ranges: Vec<RangeLine>,
    span: (String, String),
    draft: RunDraft,
    problems: Problems,
    refusal: Option<String>,
    may_activate: bool,
    may_void: bool,
    /// Labels are activated once under it, however often the form is sent.
    key: EventId,
}

impl RunPage {
    fn name(&self) -> &str {
        name(&self.frame, &self.product)
    }

    fn pack(&self) -> String {
        let unit = self.product.unit;
        Quantity::new(self.state.run.pack_size, unit).unwrap_or(Quantity::zero(unit)).show(self.frame.lang)
    }
}

/// Which lot the page was reached from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FromLot {
    /// The lot.
    lot: String,
}

async fn run_page(
    app: &App,
    frame: Frame,
    who: &Identity,
    id: RunId,
    draft: RunDraft,
) -> Result<RunPage, web::Error> {
    let (state, product, lot) = service::run(app, who, id).await?;
    let scatter = app.serials.open(app).await?;
    let serial =
        |index: i64| scatter.serial(&product.number, index).map(|s| s.to_string()).unwrap_or_default();
    let line = |range: &super::model::Range| RangeLine {
        state: state_key(range.state),
        first: range.span.first - state.run.first + 1,
        last: range.span.end - state.run.first,
        from: serial(range.span.first),
        to: serial(range.span.end - 1),
        lot: range.lot,
    };
    let ranges = state.ranges.iter().map(line).collect();
    let Span { first, end } = state.span();
    let span = (serial(first), serial(end - 1));
    let may_activate = Actor::<CanRecord>::admit(Some(who)).is_ok() && state.free_count() > 0;
    let may_void =
        Actor::<CanRecord>::admit(Some(who)).is_ok() || Actor::<CanInspect>::admit(Some(who)).is_ok();
    let mut lots = Vec::new();
    if state.run.lot.is_none() && may_activate {
        let there = lots::in_hand(app, who, state.run.party).await?;
        lots = there
            .iter()
            .filter(|line| line.lot.product == product.id && line.lot.stop().is_none())
            .map(|line| {
                (line.lot.id.to_string(), format!("{} · {}", line.lot.code, line.held.show(frame.lang)))
            })
            .collect();
    }
    let problems = Problems::default();
    Ok(RunPage {
        frame,
        state,
        product,
        lot,
        lots,
        ranges,
        span,
        draft,
        problems,
        refusal: None,
        may_activate,
        may_void,
        key: app.id(),
    })
}

/// `GET /runs/{run}`
///
/// # Errors
/// 404 for a run of others.
pub async fn show(
    app: Data<App>,
    frame: Frame,
    who: Actor<CanRead>,
    run: Path<RunId>,
    from: Query<FromLot>,
) -> Result<Html<RunPage>, web::Error> {
    let draft = RunDraft { lot: from.lot.clone(), ..RunDraft::default() };
    Ok(Html(run_page(&app, frame, &who, *run, draft).await?))
}

async fn acted(
    app: &App,
    frame: Frame,
    who: &Identity,
    run: RunId,
    draft: RunDraft,
    outcome: Result<service::Acted, Error>,
) -> Result<HttpResponse, web::Error> {
    match outcome {
        Ok(_) => Ok(see_other(&format!("/runs/{run}"))),
        Err(error) => {
            let (problems, refusal) = refusal(&frame, error)?;
            Ok(Html(RunPage { problems, refusal, ..run_page(app, frame, who, run, draft).await? }).refused())
        }
    }
}

/// `POST /runs/{run}/activate`
///
/// # Errors
/// As for programs; what is wrong with the input shows the page again.
pub async fn activate(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRecord>,
    who: Actor<CanRead>,
    run: Path<RunId>,
    Form(draft): Form<RunDraft>,
) -> Result<HttpResponse, web::Error> {
    let outcome = service::activate(&app, &by(*actor, &draft)?, *run, &draft).await;
    acted(&app, frame, &who, *run, draft, outcome).await
}

/// `POST /runs/{run}/void`
///
/// # Errors
/// As for programs; what is wrong with the input shows the page again.
pub async fn void(
    app: Data<App>,
    frame: Frame,
    member: Result<Actor<CanRecord>, web::Error>,
    official: Result<Actor<CanInspect>, web::Error>,
    who: Actor<CanRead>,
    run: Path<RunId>,
    Form(draft): Form<RunDraft>,
) -> Result<HttpResponse, web::Error> {
    let by = match (member, official) {
        (Ok(member), _) => by(*member, &draft)?,
        (Err(_), Ok(official)) => By::Official(*official),
        (Err(refusal), Err(_)) => return Err(refusal),
    };
    let outcome = service::void(&app, &by, *run, &draft).await;
    acted(&app, frame, &who, *run, draft, outcome).await
}

/// Which labels of a run a file is to hold, numbered from 1.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    from: String,
    count: String,
}

impl Part {
    /// The span, of at most so many labels; without a count as many as that.
    fn span(&self, press: &Press, most: i64) -> Result<Span, web::Error> {
        let run = press.run();
        let number = |text: &str, field: &str, absent: i64| match text.trim() {
            "" => Ok(absent),
            text => text
                .parse::<i64>()
                .ok()
                .filter(|number| *number >= 1)
                .ok_or_else(|| Problem::new("label_count_malformed").value(text).at(field)),
        };
        let from = number(&self.from, "from", 1)?;
        let count = number(&self.count, "count", most)?.min(most);
        if from > run.count {
            let left = run.count.to_string();
            return Err(Problem::new("labels_left").value(&self.from).arg("left", left).at("from").into());
        }
        let first = run.first + from - 1;
        Ok(Span { first, end: first.saturating_add(count).min(run.first + run.count) })
    }
}

fn attachment(press: &Press, kind: &'static str, extension: &str) -> actix_web::HttpResponseBuilder {
    // Serial numbers of runs are UUIDs: safe in a file name.
    let name = format!("attachment; filename=\"{}.{extension}\"", press.run().id);
    let mut response = HttpResponse::Ok();
    response
        .content_type(kind)
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"));
    response
}

/// Pieces of a file, made while it is sent: nobody waits for a million signatures, and none of them is kept.
fn pieces(
    span: Span,
    head: String,
    foot: String,
    mut line: impl FnMut(i64) -> Result<String, Error> + 'static,
) -> impl stream::Stream<Item = Result<Bytes, web::Error>> {
    let starts = (0..).map(move |n| span.first + n * CHUNK).take_while(move |start| *start < span.end);
    let middle = starts.map(move |start| {
        let mut text = String::new();
        for index in start..(start + CHUNK).min(span.end) {
            text.push_str(&line(index)?);
        }
        Ok(Bytes::from(text))
    });
    let (head, foot) = (std::iter::once(Ok(Bytes::from(head))), std::iter::once(Ok(Bytes::from(foot))));
    stream::iter(head.chain(middle).chain(foot))
}

/// `GET /runs/{run}/codes.csv?from=1&count=1000`: the labels as a table, in pieces.
///
/// # Errors
/// 404 for a run of others; 503 without the key that signed it.
pub async fn csv(
    app: Data<App>,
    who: Actor<CanRead>,
    run: Path<RunId>,
    part: Query<Part>,
) -> Result<HttpResponse, web::Error> {
    let press = service::press(&app, &who, *run).await?;
    let span = part.span(&press, super::model::MOST_LABELS)?;
    let mut response = attachment(&press, "text/csv; charset=utf-8", "csv");
    let line = move |index| press.csv_line(index);
    Ok(response.streaming(pieces(span, Press::csv_head(), String::new(), line)))
}

/// `GET /runs/{run}/labels.svg?from=1&count=200`: a sheet of labels, sized for print, in pieces.
///
/// # Errors
/// As for [`csv()`].
pub async fn svg(
    app: Data<App>,
    who: Actor<CanRead>,
    run: Path<RunId>,
    part: Query<Part>,
) -> Result<HttpResponse, web::Error> {
    let press = service::press(&app, &who, *run).await?;
    let span = part.span(&press, MOST_ON_SHEET.0)?;
    let mut response = attachment(&press, "image/svg+xml", "svg");
    let mut place = 0;
    let line = move |index| {
        let label = press.svg_label(place, index);
        place += 1;
        label
    };
    Ok(response.streaming(pieces(span, Press::svg_head(span.count()), Press::svg_foot(), line)))
}

/// `GET /runs/{run}/labels.png?from=1&count=48`: a sheet of symbols.
///
/// # Errors
/// As for [`csv()`].
pub async fn png(
    app: Data<App>,
    who: Actor<CanRead>,
    run: Path<RunId>,
    part: Query<Part>,
) -> Result<HttpResponse, web::Error> {
    let press = service::press(&app, &who, *run).await?;
    let span = part.span(&press, MOST_ON_SHEET.1)?;
    let sheet = press.png(span)?;
    Ok(attachment(&press, "image/png", "png").body(sheet))
}

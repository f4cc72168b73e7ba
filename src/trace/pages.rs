//! The page of a trace: picture, origins, holders, hand-overs, gaps, files.

use super::api::TraceQuery;
use super::closure::Direction;
use super::picture;
use super::question::{self, Asked};
use super::report::{Standing, Trace};
use super::rows::{Cell, Table};
use crate::accounts::{Actor, CanRead};
use crate::app::App;
use crate::kernel::{LotId, Quantity, Unit};
use crate::web::{self, Frame, Html};
use actix_web::web::{Data, Path, Query};
use askama::Template;

/// The most rows of a table that the page shows; the files have all.
const MOST_ROWS: usize = 50;

/// The trace of a lot.
#[derive(Template)]
#[template(path = "trace/show.html")]
pub struct TracePage {
    frame: Frame,
    lot: LotId,
    label: String,
    direction: Direction,
    /// The picture: markup that this program made.
    picture: String,
    counts: String,
    unknown: Option<String>,
    tables: Vec<Shown>,
    gaps: Vec<String>,
    open: Vec<String>,
    times: Vec<String>,
    paths: Vec<String>,
    cut: bool,
}

/// A table as the page shows it.
struct Shown {
    title: &'static str,
    head: Vec<&'static str>,
    rows: Vec<Vec<(String, bool)>>,
    more: usize,
}

fn shown(table: Table, frame: &Frame) -> Shown {
    let more = table.rows.len().saturating_sub(MOST_ROWS);
    let cell = |cell: Cell| match cell {
        Cell::Empty => (String::new(), false),
        Cell::Text(text) | Cell::Code(text) => (text, false),
        Cell::Number(number) => (number.to_string(), true),
        Cell::Share(share) => (picture::percent(share, &frame.t), true),
        Cell::Time(moment) => (moment.vietnamese(), false),
    };
    let rows = table.rows.into_iter().take(MOST_ROWS);
    let rows = rows.map(|row| row.into_iter().map(cell).collect()).collect();
    Shown { title: table.title, head: table.head, rows, more }
}

impl TracePage {
    fn of(trace: &Trace, lot: LotId, frame: Frame) -> Self {
        let words = frame.t;
        let count = |standing| trace.lines.iter().filter(|line| line.standing == standing).count();
        let start = trace.lines.iter().find(|line| line.standing == Standing::Start);
        let tables = ["origins", "holders"].into_iter().filter_map(|name| trace.table(name, &words));
        let tables =
            tables.filter(|table| !table.rows.is_empty()).map(|table| shown(table, &frame)).collect();
        let unknown =
            trace.origins.as_ref().map(|origins| origins.unknown + origins.unweighed + origins.circular);
        Self {
            lot,
            label: start.map(|line| trace.label(line.thing, &words)).unwrap_or_default(),
            direction: trace.direction,
            picture: picture::svg(trace, &words),
            counts: words.two(
                "trace-counts",
                ("back", count(Standing::Back)),
                ("forward", count(Standing::Forward)),
            ),
            unknown: unknown.filter(|share| *share > 0).map(|share| picture::percent(share, &words)),
            tables,
            gaps: gap_lines(trace, &frame),
            open: open_lines(trace, &frame),
            times: time_lines(trace, &frame),
            paths: path_lines(trace, &frame),
            cut: trace.closure.cut || trace.known.cut,
            frame,
        }
    }
}

fn gap_lines(trace: &Trace, frame: &Frame) -> Vec<String> {
    let line = |gap: &super::gaps::Gap| {
        let things: Vec<String> =
            gap.things().iter().take(3).map(|thing| trace.label(*thing, &frame.t)).collect();
        let said = frame.t.say(gap.key());
        if things.is_empty() { said.into_owned() } else { format!("{said}: {}", things.join(", ")) }
    };
    trace.gaps.iter().take(MOST_ROWS).map(line).collect()
}

fn open_lines(trace: &Trace, frame: &Frame) -> Vec<String> {
    let line = |parcel: &super::told::Parcel| {
        let thing = crate::kernel::ThingId::from_uuid(parcel.lot.as_uuid());
        let seen = trace.sight.is_own(parcel.from) || trace.sight.is_own(parcel.to);
        let name = |id| {
            let party = trace.seen_party(id);
            let kind = |kind: &str| frame.t.say(super::rows::kind_key(kind)).into_owned();
            party.map(|party| party.name.unwrap_or_else(|| kind(&party.kind))).unwrap_or_default()
        };
        let unit = trace.known.lot(thing).map_or(Unit::Gram, |lot| lot.unit);
        let amount = |amount| Quantity::new(amount, unit).ok().filter(|_| seen);
        let show = |amount| amount_of(amount, frame);
        let values = [
            ("what", trace.label(thing, &frame.t)),
            ("from", name(parcel.from)),
            ("to", name(parcel.to)),
            ("waiting", show(amount(parcel.under_way()))),
            ("refused", show(amount(parcel.refused))),
            ("time", parcel.shipped_at.vietnamese()),
        ];
        frame.t.with("trace-open-line", &values)
    };
    trace.open.iter().take(MOST_ROWS).map(line).collect()
}

fn amount_of(quantity: Option<Quantity>, frame: &Frame) -> String {
    quantity.map_or_else(|| "–".to_owned(), |quantity| quantity.show(frame.lang))
}

fn time_lines(trace: &Trace, frame: &Frame) -> Vec<String> {
    let hours = |micros: i64| {
        let tenths = (micros / 360_000_000).max(0);
        format!(
            "{}{}{}",
            tenths / 10,
            if frame.lang == crate::kernel::Lang::Vi { ',' } else { '.' },
            tenths % 10
        )
    };
    let mut lines: Vec<_> = trace.spent.iter().collect();
    lines.sort_by_key(|(_, spent)| std::cmp::Reverse(spent.longest));
    let line = |((stage, place), spent): (&(super::report::StageKind, Option<_>), &super::report::Spent)| {
        let place = place.and_then(|place| trace.seen_place(place));
        let place = place.map(|place| place.name.unwrap_or(place.code)).unwrap_or_default();
        let values = [
            ("stage", frame.t.say(stage.key()).into_owned()),
            ("place", if place.is_empty() { "–".to_owned() } else { place }),
            ("longest", hours(spent.longest)),
            ("stays", spent.stays.to_string()),
        ];
        frame.t.with("trace-time-line", &values)
    };
    lines.into_iter().take(12).map(line).collect()
}

fn path_lines(trace: &Trace, frame: &Frame) -> Vec<String> {
    let sharings = [&trace.origins, &trace.goals].into_iter().flatten();
    let mut lines = Vec::new();
    for (things, share, _) in sharings.flat_map(|sharing| &sharing.paths) {
        if things.len() < 2 {
            continue;
        }
        let names: Vec<String> = things.iter().map(|thing| trace.label(*thing, &frame.t)).collect();
        let path = names.join(" → ");
        let is_whole = things.iter().all(|thing| trace.sight.deals_with(*thing));
        lines.push(if is_whole { format!("{}: {path}", picture::percent(*share, &frame.t)) } else { path });
    }
    lines
}

/// `GET /lots/{lot}/trace`
///
/// # Errors
/// 404 for whoever is not of its chain.
pub async fn show(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    lot: Path<LotId>,
    query: Query<TraceQuery>,
) -> Result<Html<TracePage>, web::Error> {
    let direction = query.direction()?;
    let trace = question::trace(&app, &actor, &Asked::Lot(*lot), direction).await?;
    Ok(Html(TracePage::of(&trace, *lot, frame)))
}

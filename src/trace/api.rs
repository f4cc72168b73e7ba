//! Traces for programs: as JSON, as an EPCIS document, as sheets, as a picture.

use super::closure::Direction;
use super::picture;
use super::question::{self, Asked, Error};
use super::report::{Hand, Sharing, Trace, share_of};
use super::rows::TABLES;
use super::share::WHOLE;
use super::sheet;
use super::sight::{SeenParty, SeenPlace};
use crate::accounts::{Actor, CanRead, Identity};
use crate::app::App;
use crate::kernel::{Day, LotId, Moment, Problem, Problems, ThingId};
use crate::web::{self, Frame};
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::Invalid(problems) => problems.into(),
            Error::Store(error) => error.into(),
        }
    }
}

/// What a trace is asked for beside its lot.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TraceQuery {
    direction: String,
    format: String,
    table: String,
    thing: String,
    place: String,
    from: String,
    to: String,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Epcis,
    Csv,
    Xlsx,
    Svg,
}

impl TraceQuery {
    /// Which way; `both` when nothing is said.
    ///
    /// # Errors
    /// `trace_direction_unknown`.
    pub(super) fn direction(&self) -> Result<Direction, Problem> {
        if self.direction.is_empty() {
            return Ok(Direction::Both);
        }
        let known = Direction::ALL.into_iter().find(|one| one.as_str() == self.direction);
        known.ok_or_else(|| Problem::new("trace_direction_unknown").value(&self.direction).at("direction"))
    }

    fn form(&self, accept: &str) -> Result<Form, Problem> {
        match self.format.as_str() {
            "" if accept.contains("application/ld+json") => Ok(Form::Epcis),
            "" if accept.contains("image/svg+xml") && !accept.contains("text/html") => Ok(Form::Svg),
            "" | "json" => Ok(Form::Json),
            "epcis" => Ok(Form::Epcis),
            "csv" => Ok(Form::Csv),
            "xlsx" => Ok(Form::Xlsx),
            "svg" => Ok(Form::Svg),
            other => Err(Problem::new("trace_format_unknown").value(other).at("format")),
        }
    }

    fn table(&self) -> Result<&'static str, Problem> {
        if self.table.is_empty() {
            return Ok(TABLES[0]);
        }
        let known = TABLES.into_iter().find(|name| *name == self.table);
        known.ok_or_else(|| Problem::new("trace_table_unknown").value(&self.table).at("table"))
    }

    /// A thing, or a place with its window of days or moments.
    fn asked(&self) -> Result<Asked, Problems> {
        match (self.thing.trim(), self.place.trim()) {
            ("", "") => Err(Problem::new("trace_nothing_asked").at("thing").into()),
            (thing, "") => Ok(Asked::Thing(thing.to_owned())),
            ("", place) => {
                let mut problems = Problems::default();
                let from = problems.take("from", begin(&self.from));
                let to = problems.take("to", end(&self.to));
                match (from, to) {
                    (Some(from), Some(to)) => Ok(Asked::Place { place: place.to_owned(), from, to }),
                    _ => Err(problems),
                }
            }
            (_, place) => Err(Problem::new("trace_one_of_both").value(place).at("place").into()),
        }
    }
}

/// The moment at which a window begins: a moment, or the beginning of a day.
fn begin(text: &str) -> Result<Moment, Problem> {
    if text.contains('T') { Moment::parse(text) } else { Day::parse(text).map(Day::start) }
}

/// The moment at which a window ends: a moment, or the end of a day.
fn end(text: &str) -> Result<Moment, Problem> {
    if text.contains('T') {
        Moment::parse(text)
    } else {
        Day::parse(text).map(|day| day.plus_days(1).start())
    }
}

/// `GET /api/v1/lots/{lot}/trace`
///
/// # Errors
/// 404 for whoever is not of its chain.
pub async fn of_lot(
    app: Data<App>,
    actor: Actor<CanRead>,
    frame: Frame,
    request: HttpRequest,
    lot: Path<LotId>,
    query: Query<TraceQuery>,
) -> Result<HttpResponse, web::Error> {
    answer(&app, &actor, &frame, &request, &Asked::Lot(*lot), &query).await
}

/// `GET /api/v1/trace?thing=` or `?place=&from=&to=`
///
/// # Errors
/// 404 for what is not there or none of the asker's affair; 422 for a question that cannot be understood.
pub async fn of_any(
    app: Data<App>,
    actor: Actor<CanRead>,
    frame: Frame,
    request: HttpRequest,
    query: Query<TraceQuery>,
) -> Result<HttpResponse, web::Error> {
    let asked = query.asked()?;
    answer(&app, &actor, &frame, &request, &asked, &query).await
}

/// `GET /lots/{lot}/trace.{extension}`: the same as a file, for the page.
///
/// # Errors
/// 404 for whoever is not of its chain, and for files that there are not.
pub async fn file(
    app: Data<App>,
    actor: Actor<CanRead>,
    frame: Frame,
    request: HttpRequest,
    path: Path<(LotId, String)>,
    query: Query<TraceQuery>,
) -> Result<HttpResponse, web::Error> {
    let (lot, extension) = path.into_inner();
    let format = match extension.as_str() {
        "csv" | "xlsx" | "svg" => extension,
        "jsonld" => "epcis".to_owned(),
        _ => return Err(web::Error::not_found()),
    };
    let query = TraceQuery { format, ..query.into_inner() };
    answer(&app, &actor, &frame, &request, &Asked::Lot(lot), &query).await
}

async fn answer(
    app: &App,
    who: &Identity,
    frame: &Frame,
    request: &HttpRequest,
    asked: &Asked,
    query: &TraceQuery,
) -> Result<HttpResponse, web::Error> {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let (direction, form) = (query.direction()?, query.form(accept.unwrap_or_default())?);
    let table = query.table()?;
    let trace = question::trace(app, who, asked, direction).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((header::VARY, "Accept"));
    let name = format!("trace-{}", app.clock.now().day());
    let mut file = |extension: &str| {
        let disposition = format!("attachment; filename=\"{name}.{extension}\"");
        answer.insert_header((header::CONTENT_DISPOSITION, disposition));
    };
    match form {
        Form::Json => Ok(answer.json(trace_json(&trace))),
        Form::Epcis => {
            let events = question::documents(app, &trace).await?;
            Ok(answer.content_type("application/ld+json").body(document(&events, app.clock.now())))
        }
        Form::Csv => {
            let table = trace.table(table, &frame.t).ok_or_else(web::Error::not_found)?;
            file("csv");
            Ok(answer.content_type("text/csv; charset=utf-8").body(sheet::csv(&table, &frame.t)))
        }
        Form::Xlsx => {
            let book = sheet::xlsx(&trace, &frame.t).map_err(web::Error::internal)?;
            file("xlsx");
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            Ok(answer.content_type(kind).body(book))
        }
        Form::Svg => Ok(answer.content_type("image/svg+xml").body(picture::svg(&trace, &frame.t))),
    }
}

/// An EPCIS document of events as they were received: their text is not touched.
fn document(events: &[String], now: Moment) -> String {
    let head = concat!(
        r#"{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"#,
        r#""type":"EPCISDocument","schemaVersion":"2.0","creationDate":""#
    );
    [head, &now.to_rfc3339(), r#"","epcisBody":{"eventList":["#, &events.join(","), "]}}"].concat()
}

fn party_json(party: Option<SeenParty>) -> Value {
    party.map_or(Value::Null, |party| {
        json!({
            "id": party.id,
            "kind": party.kind,
            "province": party.province.province().to_string(),
            "name": party.name,
            "commune": party.commune.map(|commune| commune.name.clone()),
            "gln": party.gln,
        })
    })
}

fn place_json(place: Option<SeenPlace>) -> Value {
    place.map_or(Value::Null, |place| {
        json!({
            "code": place.code,
            "kind": place.kind,
            "province": place.province.province().to_string(),
            "name": place.name,
            "commune": place.commune.map(|commune| commune.name.clone()),
        })
    })
}

/// How programs are told of a thing: its name, its place among the lots, whether the registry knows it.
fn thing_json(trace: &Trace, thing: ThingId) -> Value {
    let lot = trace.known.lot(thing);
    json!({
        "name": trace.seen_name(thing),
        "kind": trace.known.things.get(&thing).map(|thing| thing.kind.as_str()),
        "lot": lot.map(|lot| lot.id),
        "code": lot.map(|lot| lot.code.as_str()),
    })
}

/// A trace as programs are shown it.
#[must_use]
pub fn trace_json(trace: &Trace) -> Value {
    let things: Vec<Value> = trace.lines.iter().map(|line| line_json(trace, line)).collect();
    json!({
        "direction": trace.direction.as_str(),
        "whole": trace.whole.map(|(amount, unit)| json!({ "amount": amount, "unit": unit })),
        "things": things,
        "makings": makings_json(trace),
        "origins": trace.origins.as_ref().map(|sharing| sharing_json(trace, sharing)),
        "goals": trace.goals.as_ref().map(|sharing| sharing_json(trace, sharing)),
        "holders": trace.hands.iter().map(|((lot, party), hand)| {
            let mut shown = hand_json(trace, ThingId::from_uuid(lot.as_uuid()), hand, trace.sight.is_own(*party));
            shown["party"] = party_json(trace.seen_party(*party));
            shown
        }).collect::<Vec<_>>(),
        "not_confirmed": trace.open.iter().map(|parcel| open_json(trace, parcel)).collect::<Vec<_>>(),
        "time_spent": spent_json(trace),
        "events": trace.known.events.iter().map(|event| event_json(trace, event)).collect::<Vec<_>>(),
        "gaps": trace.gaps.iter().map(|gap| json!({
            "code": gap.code(),
            "things": gap.things().iter().map(|thing| thing_json(trace, *thing)).collect::<Vec<_>>(),
            "event": gap.event(),
        })).collect::<Vec<_>>(),
        "cut": trace.closure.cut || trace.known.cut,
    })
}

fn line_json(trace: &Trace, line: &super::report::Line) -> Value {
    let lot = trace.known.lot(line.thing);
    let amount = trace.seen_amount(line);
    let content = line.content.filter(|_| trace.sight.deals_with(line.thing));
    let mut shown = thing_json(trace, line.thing);
    let more = json!({
        "standing": line.standing.as_str(),
        "depth": line.depth,
        "known": lot.is_some(),
        "product_name": lot.map(|lot| lot.product.as_str()),
        "product_code": lot.map(|lot| lot.product_code.as_str()),
        "on_hold": lot.map(|lot| lot.held),
        "recalled": lot.map(|lot| lot.recalled),
        "party": party_json(lot.and_then(|lot| trace.seen_party(lot.party))),
        "place": place_json(lot.and_then(|lot| trace.seen_place(lot.place))),
        "amount": amount.map(|(amount, _)| amount),
        "unit": amount.map(|(_, unit)| unit),
        "share_ppm": trace.seen_share(line),
        "part": trace.seen_part(line),
        "content_ppm": content.map(|content| content / 1_000_000),
        "stage": line.stage.map(super::report::StageKind::as_str),
        "first": line.times.map(|(first, _)| first),
        "last": line.times.map(|(_, last)| last),
    });
    if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
        shown.extend(more);
    }
    shown
}

fn makings_json(trace: &Trace) -> Vec<Value> {
    let graph = &trace.closure.graph;
    let part = |part: &super::graph::Part| {
        let thing = graph.thing(part.thing);
        let seen = trace.sight.deals_with(thing);
        let mut shown = thing_json(trace, thing);
        shown["amount"] = json!(part.amount.filter(|_| seen));
        shown["unit"] = json!(part.unit.filter(|_| seen));
        shown
    };
    graph
        .nodes()
        .iter()
        .enumerate()
        .map(|(place, node)| {
            let kind = match node {
                super::graph::Node::Made(_) => "made",
                super::graph::Node::Packed(_) => "packed",
                super::graph::Node::UnitOf(_) => "unit_of",
            };
            let time = graph.outputs(place).chain(graph.inputs(place)).map(|part| part.time).min();
            json!({
                "kind": kind,
                "time": time.filter(|_| kind != "unit_of"),
                "inputs": graph.inputs(place).map(part).collect::<Vec<_>>(),
                "outputs": graph.outputs(place).map(part).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn sharing_json(trace: &Trace, sharing: &Sharing) -> Value {
    let seen = |thing: ThingId| trace.sight.deals_with(thing);
    let ends: Vec<Value> = sharing
        .ends
        .iter()
        .map(|end| {
            let lot = trace.known.lot(end.thing);
            let mut shown = thing_json(trace, end.thing);
            shown["share_ppm"] = json!(Some(end.share).filter(|_| seen(end.thing)));
            shown["part"] = json!(end.amount.filter(|_| seen(end.thing)));
            shown["known"] = json!(end.known);
            shown["party"] = party_json(lot.and_then(|lot| trace.seen_party(lot.party)));
            shown["place"] = place_json(lot.and_then(|lot| trace.seen_place(lot.place)));
            shown
        })
        .collect();
    let paths: Vec<Value> = sharing
        .paths
        .iter()
        .map(|(things, share, amount)| {
            let whole = things.iter().all(|thing| seen(*thing));
            json!({
                "things": things.iter().map(|thing| thing_json(trace, *thing)).collect::<Vec<_>>(),
                "share_ppm": Some(share).filter(|_| whole),
                "part": amount.filter(|_| whole),
            })
        })
        .collect();
    json!({
        "ends": ends,
        "unknown_ppm": sharing.unknown,
        "unweighed_ppm": sharing.unweighed,
        "circular_ppm": sharing.circular,
        "paths": paths,
    })
}

fn hand_json(trace: &Trace, thing: ThingId, hand: &Hand, seen: bool) -> Value {
    let mut shown = thing_json(trace, thing);
    let content = trace.contents.get(&thing).copied();
    let from_start = content.map(|content| share_of(hand.left, content, WHOLE / 1_000));
    shown["left"] = json!(Some(hand.left).filter(|_| seen));
    shown["sold"] = json!(Some(hand.sold).filter(|_| seen));
    shown["gone"] = json!(Some(hand.gone).filter(|_| seen));
    shown["left_of_start"] = json!(from_start.filter(|_| seen));
    shown
}

fn open_json(trace: &Trace, parcel: &super::told::Parcel) -> Value {
    let seen = trace.sight.is_own(parcel.from) || trace.sight.is_own(parcel.to);
    let mut shown = thing_json(trace, ThingId::from_uuid(parcel.lot.as_uuid()));
    shown["shipment"] = json!(Some(parcel.shipment).filter(|_| seen));
    shown["from"] = party_json(trace.seen_party(parcel.from));
    shown["to"] = party_json(trace.seen_party(parcel.to));
    shown["shipped_at"] = json!(parcel.shipped_at);
    for (name, amount) in [
        ("sent", parcel.sent),
        ("received", parcel.received),
        ("refused", parcel.refused),
        ("under_way", parcel.under_way()),
    ] {
        shown[name] = json!(Some(amount).filter(|_| seen));
    }
    shown
}

fn spent_json(trace: &Trace) -> Vec<Value> {
    trace
        .spent
        .iter()
        .map(|((stage, place), spent)| {
            json!({
                "stage": stage.as_str(),
                "place": place_json(place.and_then(|place| trace.seen_place(place))),
                "stays": spent.stays,
                "seconds": spent.sum / 1_000_000,
                "longest_seconds": spent.longest / 1_000_000,
            })
        })
        .collect()
}

fn event_json(trace: &Trace, event: &super::told::Happening) -> Value {
    let whole = trace.sight.is_party_to(event);
    let mut shown = json!({
        "event": event.event,
        "step": event.step,
        "time": event.time.to_rfc3339_at(event.offset),
        "role": event.role,
        "thing": thing_json(trace, event.thing),
        "party": party_json(event.party.and_then(|id| trace.seen_party(id))),
        "place": place_json(event.place.and_then(|id| trace.seen_place(id))),
        "in_case": event.carrier.and_then(|case| trace.seen_name(case)),
    });
    if whole {
        shown["event_id"] = json!(event.event_id);
        shown["amount"] = json!(event.amount);
        shown["unit"] = json!(event.unit);
        shown["place_name"] = json!(event.place_name);
        shown["other_party"] = party_json(event.counterparty.and_then(|id| trace.seen_party(id)));
    }
    shown
}

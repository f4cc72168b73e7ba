//! `/epcis/capture` and `POST /epcis/events`: events by which others tell what they did.

use crate::accounts::{Actor, CanInspect, CanRead, CanRecord, Denied, Identity, Permission};
use crate::app::App;
use crate::chain::By;
use crate::chain::capture::{self, Capture, Error, Incoming, Job, Kept, OnError, State, Verdict};
use crate::events::query::Parameters;
use crate::events::{Paging, check_media_type, epcis_answer as json};
use crate::kernel::{CaptureId, Moment, Problem, Problems};
use crate::web::{self, Frame, form};
use crate::words::Words;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use serde_json::{Value, json as object};

/// Up to so many bytes the answer waits until all is done.
const SMALL: u64 = 256 * 1024;

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::Invalid(problems) => invalid(problems),
            Error::TooLarge { most, bytes } => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "capture_too_large")
                .arg("most", most)
                .arg("megabytes", bytes / (1024 * 1024)),
            Error::TooManyAtOnce { count, most } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "capture_too_many_at_once")
                    .arg("count", count)
                    .arg("most", most)
            }
            Error::Refused(problem) => {
                let mut error = match problem.code {
                    "event_id_taken" => Self::conflict("event_id_taken"),
                    "read_point_not_yours"
                    | "source_not_you"
                    | "destination_not_you"
                    | "event_not_yours"
                    | "party_not_active" => Self::forbidden("event_not_own_act"),
                    _ => Self::bad_request("event_refused"),
                };
                error.problems.push(problem);
                error
            }
            Error::File(error) => Self::internal(error),
            Error::Task(error) => Self::internal(error),
            Error::Store(error) => error.into(),
        }
    }
}

fn invalid(problems: Problems) -> web::Error {
    let mut error = web::Error::bad_request("capture_invalid");
    error.problems = problems.0;
    error
}

/// Who may tell what happened: people of a party, of their own acts; inspectors and officers, of what they saw.
#[derive(Debug)]
pub struct CanCapture;

impl Permission for CanCapture {
    type Who = By;

    fn admit(identity: Option<&Identity>) -> Result<By, Denied> {
        match CanRecord::admit(identity) {
            Ok(member) => Ok(By::own(member)),
            Err(Denied::WrongRole) => CanInspect::admit(identity).map(By::Official),
            Err(denied) => Err(denied),
        }
    }
}

/// Takes the body into a file, as it comes.
async fn incoming(app: &App, request: &HttpRequest, mut body: Payload) -> Result<Incoming, web::Error> {
    form::check_origin(request)?;
    check_media_type(request)?;
    let mut incoming = Incoming::begin(app).await?;
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|_| web::Error::bad_request("body_truncated"))?;
        incoming.take(&bytes).await?;
    }
    Ok(incoming)
}

/// `POST /epcis/capture`: an `EPCISDocument` of any size within the limits that the headers tell, or one event.
///
/// # Errors
/// 400 with JSON pointers for a document that is none; 413 beyond the limits; 415 for anything but JSON.
pub async fn begin(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanCapture>,
    body: Payload,
) -> Result<HttpResponse, web::Error> {
    let on_error = match request.headers().get("gs1-capture-error-behaviour") {
        None => OnError::default(),
        Some(value) => {
            let text = value.to_str().unwrap_or_default().trim();
            let unknown = || {
                let problem = Problem::new("capture_behaviour_unknown").value(text);
                invalid(problem.at("GS1-Capture-Error-Behaviour").into())
            };
            OnError::parse(text).ok_or_else(unknown)?
        }
    };
    let incoming = incoming(&app, &request, body).await?;
    let job = capture::accept(&app, &actor, incoming, on_error).await?;
    let (id, bytes) = (job.id, job.bytes);
    let running = actix_web::rt::spawn(run(app, job));
    // Who goes away ends the waiting, not the work.
    if bytes <= SMALL {
        let _ = running.await;
    }
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/epcis/capture/{id}")))
        .insert_header(("GS1-Capture-Error-Behaviour", on_error.as_str()))
        .finish())
}

async fn run(app: Data<App>, job: Job) {
    capture::run(&app, &job).await;
}

/// `POST /epcis/events`: one event, recorded when the answer comes.
///
/// # Errors
/// 400 with JSON pointers for what is no event; 403 for what is not one's own act; 409 for an id that another event has.
pub async fn record_event(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanCapture>,
    frame: Frame,
    body: Payload,
) -> Result<HttpResponse, web::Error> {
    let incoming = incoming(&app, &request, body).await?;
    let (reported, verdict) = capture::record_event(&app, &actor, incoming).await?;
    let status = if verdict.result == "repeated" { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = json(&request, status, &result(frame.t, &verdict), None);
    let id = encoded(&reported.event_id);
    if let Ok(location) = format!("/epcis/events/{id}").parse() {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// A URI as one part of a path.
fn encoded(uri: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    uri.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The words of kept problems.
fn problems(words: Words, kept: &[Kept]) -> Vec<Value> {
    let told = |kept: &Kept| {
        let mut values = vec![("value", kept.value.as_str()), ("field", kept.field.as_str())];
        values.extend(kept.args.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let detail = words.with(&format!("problem-{}", kept.code.replace('_', "-")), &values);
        object!({
            "type": "epcisException:ValidationException",
            "title": words.say("error-event-refused"),
            "status": 400,
            "detail": detail,
            "field": kept.field,
            "code": kept.code,
            "value": kept.value,
        })
    };
    kept.iter().map(told).collect()
}

fn details(verdict: &Verdict) -> Value {
    verdict.details.as_deref().and_then(|details| serde_json::from_str(details).ok()).unwrap_or_default()
}

fn result(words: Words, verdict: &Verdict) -> Value {
    let mut told = object!({
        "position": verdict.position,
        "eventID": verdict.event_id,
        "result": verdict.result,
    });
    let details = details(verdict);
    for name in ["rules", "missing"] {
        if let Some(value) = details.get(name) {
            told[name] = value.clone();
        }
    }
    if let Some(kept) = refusals(verdict) {
        told["problems"] = problems(words, &kept).into();
    }
    told
}

fn refusals(verdict: &Verdict) -> Option<Vec<Kept>> {
    serde_json::from_value(details(verdict).get("problems")?.clone()).ok()
}

fn view(words: Words, capture: &Capture, verdicts: Option<&[Verdict]>) -> Value {
    let whole: Vec<Kept> =
        capture.problems.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut errors = problems(words, &whole);
    for verdict in verdicts.into_iter().flatten() {
        for mut error in problems(words, &refusals(verdict).unwrap_or_default()) {
            error["position"] = verdict.position.into();
            error["eventID"] = object!(verdict.event_id);
            errors.push(error);
        }
    }
    let mut told = object!({
        "captureID": capture.id,
        "createdAt": capture.created_at.to_rfc3339(),
        "finishedAt": capture.finished_at.map(Moment::to_rfc3339),
        "running": capture.state == State::Running,
        "success": capture.state == State::Succeeded,
        "captureErrorBehaviour": capture.on_error.as_str(),
        "events": capture.events,
        "errors": errors,
    });
    if let Some(verdicts) = verdicts {
        told["results"] = verdicts.iter().map(|verdict| result(words, verdict)).collect::<Vec<_>>().into();
    }
    told
}

/// `GET /epcis/capture/{id}`
///
/// # Errors
/// 404 for a capture of somebody else.
pub async fn show(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    frame: Frame,
    id: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let id: CaptureId = id.parse().map_err(|_| web::Error::not_found())?;
    let (capture, verdicts) = capture::capture(&app, &actor, id).await?;
    Ok(json(&request, StatusCode::OK, &view(frame.t, &capture, Some(&verdicts)), None))
}

/// `GET /epcis/capture`: the latest first.
///
/// # Errors
/// 400 for the token of another list.
pub async fn list(
    app: Data<App>,
    request: HttpRequest,
    actor: Actor<CanRead>,
    frame: Frame,
) -> Result<HttpResponse, web::Error> {
    let pairs: Vec<(String, String)> = serde_html_form::from_str(request.query_string()).unwrap_or_default();
    let paging = Paging::take(&mut Parameters::of_url(&pairs)).map_err(invalid)?;
    let (found, next) = capture::captures(&app, &actor, paging.cursor(), paging.rows()).await?;
    let body = found.iter().map(|capture| view(frame.t, capture, None)).collect::<Vec<_>>().into();
    Ok(json(&request, StatusCode::OK, &body, next.map(|cursor| cursor.to_string())))
}

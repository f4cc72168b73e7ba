//! Laboratory tests: the list, the form, one test.

use super::{Wrong, file_of};
use crate::accounts::{Actor, CanRead, CanRecord, Identity};
use crate::app::App;
use crate::chain;
use crate::evidence::api::{Paging, WrongDraft, entering};
use crate::evidence::file::Attachment;
use crate::evidence::model::{Finding, Judged, LabTest, LabTestDraft, Limit, ResultDraft, Verdict, reason};
use crate::evidence::service::{self, TestView};
use crate::kernel::{LabTestId, Page, PartyId};
use crate::parties::Acting;
use crate::places::Place;
use crate::products;
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html, Upload};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

/// The lines that an empty form offers.
const LINES: usize = 5;

/// The tests of a party.
#[derive(Template)]
#[template(path = "evidence/tests.html")]
pub struct TestsPage {
    frame: Frame,
    page: Page<LabTest>,
    may_record: bool,
}

/// `GET /papers/tests`
///
/// # Errors
/// 422 for a malformed cursor.
pub async fn tests(
    app: Data<App>,
    frame: Frame,
    who: Acting<CanRead>,
    paging: Query<Paging>,
) -> Result<Html<TestsPage>, web::Error> {
    let (after, size) = paging.parse()?;
    let page = service::tests(&app, &who, after.as_ref(), size).await?;
    Ok(Html(TestsPage { frame, page, may_record: who.party.is_some() }))
}

/// What the links to the form carry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Prefill {
    lot: String,
    place: String,
    behalf_of: String,
}

/// The form of a test.
#[derive(Template)]
#[template(path = "evidence/test_form.html")]
pub struct TestFormPage {
    frame: Frame,
    draft: LabTestDraft,
    lines: Vec<ResultDraft>,
    wrong: Wrong,
    own_account: bool,
    places: Vec<Place>,
}

impl TestFormPage {
    fn groups(&self) -> Vec<(String, String)> {
        let lang = self.frame.lang;
        products::groups().iter().map(|group| (group.code.to_owned(), group.name(lang).to_owned())).collect()
    }

    fn place_choices(&self) -> Vec<(String, String)> {
        self.places.iter().map(|place| (place.id.to_string(), place.name.clone())).collect()
    }

    /// What is wrong with a line of the results.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn line_problems(&self, number: &usize) -> Vec<String> {
        let start = format!("results/{number}");
        let of_line = self.wrong.problems.iter().filter(|problem| {
            problem
                .field
                .strip_prefix(start.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        of_line.map(|problem| self.frame.t.problem(problem)).collect()
    }
}

async fn form(
    app: &App,
    frame: Frame,
    who: &Identity,
    own_account: bool,
    (draft, wrong): (LabTestDraft, Wrong),
) -> Result<TestFormPage, web::Error> {
    let whose = match draft.behalf_of.trim() {
        "" => who.party,
        text => text.parse::<PartyId>().ok().or(who.party),
    };
    let mut lines = draft.lines();
    let count = lines.len().max(LINES);
    lines.resize_with(count, ResultDraft::default);
    let places = match whose {
        Some(party) if !own_account => {
            let (places, _) = service::scope_choices(app, party).await?;
            places.into_iter().filter(|(name, _)| name.is_empty()).map(|(_, place)| place).collect()
        }
        _ => Vec::new(),
    };
    Ok(TestFormPage { frame, draft, lines, wrong, own_account, places })
}

/// `GET /papers/tests/new?lot=&place=`
///
/// # Errors
/// 403 for those who may not record.
pub async fn new_test(
    app: Data<App>,
    frame: Frame,
    by: Actor<CanRecord>,
    who: Actor<CanRead>,
    prefill: Query<Prefill>,
) -> Result<Html<TestFormPage>, web::Error> {
    let Prefill { lot, place, behalf_of } = prefill.into_inner();
    let own = by.party.to_string() == behalf_of;
    let behalf_of = if own { String::new() } else { behalf_of };
    let (_, own_account) = entering(&app, &by, &behalf_of).await?;
    let today = app.clock.now().day().to_string();
    let draft = LabTestDraft { lot, place, behalf_of, reported_on: today, ..LabTestDraft::default() };
    Ok(Html(form(&app, frame, &who, own_account, (draft, Wrong::default())).await?))
}

/// `POST /papers/tests`
///
/// # Errors
/// What is wrong with the input shows the form again.
pub async fn send_test(
    app: Data<App>,
    frame: Frame,
    by: Actor<CanRecord>,
    who: Actor<CanRead>,
    upload: Upload,
) -> Result<HttpResponse, web::Error> {
    let draft: LabTestDraft = upload.fields()?;
    let (acting, own_account) = entering(&app, &by, &draft.behalf_of).await?;
    let parsed = draft.parse(app.clock.now().day(), own_account);
    let outcome = match Attachment::beside(parsed, file_of(&upload).await) {
        Ok((new, file)) => {
            chain::record_lab_test(&app, &acting, &new, file.as_ref()).await.map_err(web::Error::from)
        }
        Err(problems) => Err(problems.into()),
    };
    match outcome {
        Ok(recorded) => {
            Ok(see_other(&format!("/papers/tests/{}{}", recorded.test.id, query(&draft.behalf_of))))
        }
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(form(&app, frame, &who, own_account, (draft, wrong)).await?).into_response(status))
        }
    }
}

fn query(behalf_of: &str) -> String {
    if behalf_of.is_empty() { String::new() } else { format!("?behalf_of={behalf_of}") }
}

/// A test.
#[derive(Template)]
#[template(path = "evidence/test.html")]
pub struct TestPage {
    frame: Frame,
    view: TestView,
    /// Whether the one who looks entered it.
    is_own: bool,
    reason: String,
    behalf_of: String,
    wrong: Wrong,
}

impl TestPage {
    fn found(&self, result: &Judged) -> String {
        let lang = self.frame.lang;
        let word = |key: &str| self.frame.t.say(key).into_owned();
        match result.finding {
            Finding::Value(amount) => amount.show(lang),
            Finding::Below(loq) => format!("< {}", loq.show(lang)),
            Finding::NotDetected(None) => word("evidence-not-detected"),
            Finding::NotDetected(Some(loq)) => {
                format!("{} (< {})", word("evidence-not-detected"), loq.show(lang))
            }
            Finding::Detected => word("evidence-detected"),
        }
    }

    fn limit(&self, result: &Judged) -> String {
        match result.limit {
            Some(Limit::AtMost(most, unit)) => format!("≤ {} {}", most.show(self.frame.lang), unit.as_str()),
            Some(Limit::Absent) => self.frame.t.say("evidence-limit-absent").into_owned(),
            None => self.frame.t.say("evidence-limit-none").into_owned(),
        }
    }

    fn is_failed(&self) -> bool {
        self.view.test.verdict == Verdict::Fail && self.view.test.is_in_force()
    }
}

async fn page(
    app: &App,
    frame: Frame,
    who: &Acting<CanRead>,
    id: LabTestId,
    (reason, wrong): (String, Wrong),
) -> Result<TestPage, web::Error> {
    let view = service::find_test(app, who, id).await?;
    let is_own = who.party == Some(view.test.party);
    let behalf_of = who.behalf(app).await?.grantor().map(|id| id.to_string()).unwrap_or_default();
    Ok(TestPage { frame, view, is_own, reason, behalf_of, wrong })
}

/// `GET /papers/tests/{test}`
///
/// # Errors
/// 404 for somebody else's.
pub async fn test(
    app: Data<App>,
    frame: Frame,
    who: Acting<CanRead>,
    id: Path<LabTestId>,
) -> Result<Html<TestPage>, web::Error> {
    Ok(Html(page(&app, frame, &who, *id, (String::new(), Wrong::default())).await?))
}

/// `POST /papers/tests/{test}/wrong`
///
/// # Errors
/// 404 for whoever did not enter it; a missing reason shows the page again.
pub async fn send_wrong(
    app: Data<App>,
    frame: Frame,
    by: Actor<CanRecord>,
    who: Acting<CanRead>,
    id: Path<LabTestId>,
    form: Form<WrongDraft>,
) -> Result<HttpResponse, web::Error> {
    let (acting, _) = entering(&app, &by, &form.0.behalf_of).await?;
    let outcome = match reason(&form.0.reason) {
        Ok(why) => {
            chain::withdraw_lab_test(&app, &acting, *id, &why).await.map(|_| ()).map_err(web::Error::from)
        }
        Err(problems) => Err(problems.into()),
    };
    match outcome {
        Ok(()) => Ok(see_other(&format!("/papers/tests/{}{}", *id, query(&form.0.behalf_of)))),
        Err(error) => {
            let wrong = Wrong::of(&frame, error)?;
            let status = wrong.status;
            Ok(Html(page(&app, frame, &who, *id, (form.0.reason, wrong)).await?).into_response(status))
        }
    }
}

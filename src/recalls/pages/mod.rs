//! The pages of recalls: the list, proposing, one recall with what may be done about it, who was told, and the drill.

mod act;
mod notice;
mod propose;

pub use act::{acknowledge, call, close, decide, recover, reject};
pub use notice::{NoticePage, lots_file, notice};
pub use propose::{DrillPage, ProposePage, drill, new, propose, send_drill};

use super::api::Paging;
use super::draft::RecoveryDraft;
use super::look::{self, Sheet};
use super::model::{Kind, Recall, Share, State, Way};
use super::store::Reader;
use super::{drill as drills, notices as rounds};
use crate::accounts::{Actor, Anyone, CanInspect, CanOversee, CanRead, CanRecord, Role};
use crate::app::App;
use crate::kernel::{EventId, Moment, Page, Problems, RecallId};
use crate::parties::{Acting, Behalf};
use crate::web::view::wants_json;
use crate::web::{self, Frame, Html};
use crate::words::Words;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use std::time::Duration;

/// A drill is due each year (Circular 17/2021/TT-BNNPTNT).
const YEAR: Duration = Duration::from_hours(365 * 24);

/// Choices of a list: stored name and word.
fn choices<T: Copy>(
    words: &Words,
    all: &[T],
    name: fn(T) -> &'static str,
    key: fn(T) -> String,
) -> Vec<(String, String)> {
    all.iter().map(|one| (name(*one).to_owned(), words.say(&key(*one)).into_owned())).collect()
}

/// The sentence of the clock by which the authority decides.
fn clock(words: &Words, recall: &Recall, now: Moment) -> String {
    let (hours, minutes, late) = recall.clock(now);
    let key = if late { "recalls-clock-late" } else { "recalls-clock-left" };
    words.two(key, ("hours", hours), ("minutes", minutes))
}

/// The list of recalls.
#[derive(Template)]
#[template(path = "recalls/list.html")]
pub struct ListPage {
    frame: Frame,
    page: Page<Recall>,
    now: Moment,
    may_propose: bool,
    may_drill: bool,
    /// Whether it is the authority that looks.
    official: bool,
    /// When the last drill of the firm or of the authority ended.
    drilled: Option<Moment>,
}

impl ListPage {
    /// Whether the one who looks is of those who drill each year.
    fn drills(&self) -> bool {
        self.official || self.may_drill
    }

    fn is_due(&self) -> bool {
        self.drills() && self.drilled.is_none_or(|last| last.plus(YEAR) < self.now)
    }

    /// The sentence of the clock by which a proposal is decided.
    fn clock(&self, recall: &Recall) -> Option<String> {
        (recall.state == State::Proposed).then(|| clock(&self.frame.t, recall, self.now))
    }

    /// Where a recall is shown: officials work on it, everybody may read the notice of a public one.
    fn path(&self, recall: &Recall) -> String {
        if recall.is_public() && !self.official {
            format!("/recall/{}", recall.number)
        } else {
            format!("/recalls/{}", recall.id)
        }
    }
}

/// `GET /recalls`: what the one who looks may see; to everybody, what is public.
///
/// # Errors
/// 422 for a cursor that is none.
pub async fn list(
    app: Data<App>,
    request: HttpRequest,
    frame: Frame,
    actor: Actor<Anyone>,
    paging: Query<Paging>,
) -> Result<HttpResponse, web::Error> {
    let (after, size) = paging.parse()?;
    let page = look::list(&app, actor.as_ref(), after.as_ref(), size).await?;
    if wants_json(&request) {
        let recalls: Vec<_> = page.items.iter().map(super::api::recall_json).collect();
        let next = page.next.as_ref().map(ToString::to_string);
        return Ok(HttpResponse::Ok().json(serde_json::json!({ "recalls": recalls, "next": next })));
    }
    let role = actor.as_ref().map(|who| who.role);
    let official = actor.as_ref().is_some_and(|who| who.party.is_none());
    let may_drill = matches!(role, Some(Role::Manager | Role::Officer | Role::Administrator));
    let party = actor.as_ref().and_then(|who| who.party);
    let drilled = if official || may_drill { rounds::last_drill(&app, party).await? } else { None };
    let page = ListPage {
        frame,
        page,
        now: app.clock.now(),
        may_propose: matches!(role, Some(Role::Manager | Role::Inspector | Role::Officer)),
        may_drill,
        official,
        drilled,
    };
    Ok(Html(page).into_response(StatusCode::OK))
}

/// One recall.
#[derive(Template)]
#[template(path = "recalls/show.html")]
pub struct ShowPage {
    frame: Frame,
    behalf: Behalf,
    sheet: Sheet,
    now: Moment,
    /// Whether the one who looks is of the authority.
    official: bool,
    may_record: bool,
    /// What was typed about a recovered quantity.
    draft: RecoveryDraft,
    /// What was typed as a reason for rejecting.
    reason: String,
    key: EventId,
    problems: Problems,
    refusal: Option<String>,
}

impl ShowPage {
    fn ways(&self) -> Vec<(String, String)> {
        choices(&self.frame.t, Way::ALL, Way::as_str, Way::key)
    }

    /// The lots of the one who looks that something can be entered about.
    fn lots(&self) -> Vec<(String, String)> {
        let shares = self.sheet.told.iter().flat_map(|told| &told.shares);
        shares.map(|share| (share.lot.to_string(), format!("{} · {}", share.product, share.code))).collect()
    }

    fn clock(&self) -> String {
        clock(&self.frame.t, &self.sheet.recall, self.now)
    }

    /// The sentence of what one's own party has of a lot.
    fn share(&self, share: &Share) -> String {
        let lang = self.frame.lang;
        let values = [
            ("held", share.held),
            ("taken", share.taken_in),
            ("then", share.held_then),
            ("coming", share.coming),
        ];
        self.frame.t.with("recalls-share-of", &values.map(|(name, amount)| (name, amount.show(lang))))
    }

    /// The sentence of how far it reaches.
    fn reached(&self) -> String {
        let recall = &self.sheet.recall;
        self.frame.t.two("recalls-reached-count", ("lots", recall.lots), ("holders", recall.holders))
    }

    /// The sentence of who was told and who has not acknowledged.
    fn answers(&self) -> Option<String> {
        let answers = self.sheet.answers.filter(|_| self.sheet.figures.is_some())?;
        let values = [
            ("told", answers.told.to_string()),
            ("acknowledged", answers.acknowledged.to_string()),
            ("called", answers.called.to_string()),
            ("waiting", answers.waiting().to_string()),
        ];
        Some(self.frame.t.with("recalls-answers", &values))
    }

    /// While it is proposed: the sentence of how much is stopped with its lots.
    fn stops(&self) -> Option<String> {
        let (lots, parties) = self.sheet.stops?;
        Some(self.frame.t.two("recalls-stops", ("lots", lots), ("parties", parties)))
    }

    /// The names of the products that it begins with, each once.
    fn products(&self) -> String {
        look::product_names(&self.sheet.origins, self.frame.lang)
    }

    /// Whether somebody is still to be called.
    fn is_waited_for(&self) -> bool {
        self.sheet.answers.is_some_and(|answers| answers.waiting() > 0)
    }

    fn is_open(&self) -> bool {
        self.sheet.recall.state == State::Decided && self.sheet.recall.kind == Kind::Recall
    }

    fn is_proposed(&self) -> bool {
        self.sheet.recall.state == State::Proposed
    }

    fn is_drill(&self) -> bool {
        self.sheet.recall.kind == Kind::Drill
    }

    #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn seconds(later: &Option<Moment>, earlier: &Moment) -> String {
        later.map_or_else(
            || "…".to_owned(),
            |later| {
                let time = later.since(*earlier);
                format!("{}.{:03} s", time.as_secs(), time.subsec_millis())
            },
        )
    }
}

/// What was typed on the page of a recall and is shown again.
#[derive(Default)]
struct Typed {
    draft: RecoveryDraft,
    reason: String,
    problems: Problems,
    refusal: Option<String>,
}

async fn page(
    app: &App,
    frame: Frame,
    actor: &Acting<CanRead>,
    id: RecallId,
    typed: Typed,
) -> Result<ShowPage, web::Error> {
    let mut sheet = look::show(app, actor, id).await?;
    let behalf = actor.behalf(app).await?;
    if behalf.grantor().is_some() {
        // A mandate is one to record; its grantor decides.
        (sheet.may_decide, sheet.may_reject) = (false, false);
    }
    let Typed { draft, reason, problems, refusal } = typed;
    Ok(ShowPage {
        frame,
        behalf,
        sheet,
        now: app.clock.now(),
        official: actor.party.is_none(),
        may_record: Actor::<CanRecord>::admit(Some(actor)).is_ok(),
        draft,
        reason,
        key: app.id(),
        problems,
        refusal,
    })
}

/// `GET /recalls/{recall}`
///
/// # Errors
/// 404 for those whom it does not concern.
pub async fn show(
    app: Data<App>,
    frame: Frame,
    actor: Acting<CanRead>,
    id: Path<RecallId>,
) -> Result<Html<ShowPage>, web::Error> {
    Ok(Html(page(&app, frame, &actor, *id, Typed::default()).await?))
}

/// Who was told of a recall.
#[derive(Template)]
#[template(path = "recalls/notices.html")]
pub struct NoticesPage {
    frame: Frame,
    recall: Recall,
    page: Page<Reader>,
    waiting: bool,
    /// Whether the one who looks may note calls.
    may_call: bool,
    now: Moment,
}

impl NoticesPage {
    /// Whether a call to this party may be noted: until a recall is closed, and to who was told only then.
    fn is_called(&self, reader: &Reader) -> bool {
        let is_open = |closed: Moment| self.recall.kind == Kind::Drill || reader.at > closed;
        self.may_call && self.recall.closed_at.is_none_or(is_open)
    }

    /// For how many hours a notice waits for its acknowledgement.
    fn hours(&self, reader: &Reader) -> u64 {
        self.now.since(reader.at).as_secs() / 3_600
    }

    /// The sentence of the calls that nobody answered.
    fn missed(&self, reader: &Reader) -> Option<String> {
        let (times, last) = reader.missed?;
        Some(self.frame.t.two("recalls-missed", ("times", times), ("time", last.vietnamese())))
    }
}

/// `GET /recalls/{recall}/notices`: for the authority; `only=waiting` for those that are to be called.
///
/// # Errors
/// 404 for a recall that does not exist.
pub async fn notices(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanOversee>,
    id: Path<RecallId>,
    paging: Query<Paging>,
) -> Result<Html<NoticesPage>, web::Error> {
    let (after, size) = paging.parse()?;
    let waiting = paging.only == "waiting";
    let (recall, page) = look::notices_of(&app, &actor, *id, waiting, after.as_ref(), size).await?;
    let may_call = Actor::<CanInspect>::admit(Some(&actor)).is_ok();
    Ok(Html(NoticesPage { frame, recall, page, waiting, may_call, now: app.clock.now() }))
}

/// `GET /recalls/{recall}/record.txt`: the signed record of a drill.
///
/// # Errors
/// 404 while there is none, and for those whose drill it is not.
pub async fn record(
    app: Data<App>,
    actor: Actor<CanRead>,
    id: Path<RecallId>,
) -> Result<HttpResponse, web::Error> {
    let (number, note) = drills::record_of(&app, &actor, *id).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{number}.txt\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(note))
}

/// The sentence of a refusal that a page shows above its form, with its status; other errors go on as they are.
fn refused(frame: &Frame, error: web::Error) -> Result<(StatusCode, Problems, Option<String>), web::Error> {
    match error.status {
        StatusCode::UNPROCESSABLE_ENTITY => Ok((error.status, Problems(error.problems.clone()), None)),
        StatusCode::CONFLICT => {
            let key = format!("error-{}", error.code.replace('_', "-"));
            let sentence = frame.t.with(&key, &error.args);
            Ok((error.status, Problems::default(), Some(sentence)))
        }
        _ => Err(error),
    }
}

//! The page of a lot, in the order in which a shopper needs it. Everything that depends on the language is put into words here;
//! the template only arranges it.

use super::super::api;
use super::super::model::{Answer, Asked, Issuance, Upstream, Verdict};
use super::super::sprays::Section;
use crate::codes::SignatureState;
use crate::events::Step;
use crate::kernel::{Day, EventId, Lang, Moment};
use crate::lots;
use crate::products::Picture;
use crate::trace::{Gap, PublicParty, PublicPlace, Stage};
use crate::web::Frame;
use crate::words::Words;
use askama::Template;

/// The page of a lot.
#[derive(Template)]
#[template(path = "lookup/lot.html")]
pub struct LotPage {
    frame: Frame,
    answer: Answer,
    host: String,
    name: String,
    producer: String,
    verdict: VerdictLine,
    stages: Vec<StageLine>,
    missing: Vec<String>,
    signature: String,
    issuance: String,
    /// How far the log is signed, in a sentence; none before its first checkpoint.
    sealed: Option<String>,
    address: Option<String>,
    sprays: Section,
    /// What an inspector let pass, each in a sentence.
    passed: Vec<String>,
}

struct VerdictLine {
    /// The class, which gives colour; shape and words say the same.
    tone: &'static str,
    title: String,
    detail: String,
}

/// A stage, or one that is missing.
struct StageLine {
    title: String,
    missing: bool,
    time: String,
    party: String,
    recorded_by: String,
    place: String,
    place_code: String,
    product_code: String,
    lot: String,
    grade: String,
    entered: String,
    log: String,
    /// Where it stands in the log.
    log_index: Option<u64>,
}

impl LotPage {
    /// The page of `answer`; `host` is the host that codes are signed for, `sealed` says how many entries of the log are signed, and when
    /// they were.
    #[must_use]
    pub fn new(frame: Frame, answer: Answer, host: &str, sealed: Option<(u64, Moment)>) -> Self {
        let name = match (frame.lang, &answer.lot.product.name_en) {
            (Lang::En, Some(name)) => name.clone(),
            _ => answer.lot.product.name.clone(),
        };
        Self {
            producer: party(&frame, &answer.lot.producer.party),
            verdict: verdict(&frame, &answer),
            stages: stages(&frame, &answer),
            missing: answer.completeness.missing.iter().map(|item| item_word(&frame, item)).collect(),
            signature: signature(&frame, &answer, host),
            issuance: issuance(&frame, &answer),
            sealed: sealed
                .map(|(count, at)| frame.t.two("lookup-sealed", ("count", count), ("time", at.vietnamese()))),
            address: api::address(&answer, host),
            sprays: Section::of(frame.t, &answer),
            passed: super::super::passed::sentences(frame.t, &answer),
            host: host.to_owned(),
            name,
            frame,
            answer,
        }
    }

    fn picture(&self) -> Option<&Picture> {
        self.answer.lot.product.picture.as_ref()
    }

    fn producer_place(&self) -> String {
        place_of(&self.answer.lot.producer.party)
    }

    fn producer_address(&self) -> &str {
        self.answer.lot.producer.party.published.as_ref().map_or("", |published| published.address.as_str())
    }

    fn declared(&self) -> String {
        self.answer.lot.declared.show(self.frame.lang)
    }

    fn days(&self) -> String {
        let days = self.answer.lot.product.shelf_life_days.unwrap_or(0);
        self.frame.t.one("lookup-days", "days", days)
    }

    fn signed_path(&self) -> Option<&str> {
        match &self.answer.asked {
            Asked::Signed { key_path, .. } => Some(key_path),
            Asked::Short => None,
        }
    }

    fn key(&self) -> Option<&str> {
        match &self.answer.asked {
            Asked::Signed { key, .. } => key.as_deref(),
            Asked::Short => None,
        }
    }
}

fn verdict(frame: &Frame, answer: &Answer) -> VerdictLine {
    let words = frame.t;
    let (have, need) = (answer.completeness.have, answer.completeness.need);
    let counted = |key: &str| words.two(key, ("have", have), ("need", need));
    let (tone, title, detail) = match answer.verdict {
        Verdict::Recalled => {
            let title = words.say("lookup-verdict-recalled").into_owned();
            ("bad", title, words.one("lookup-verdict-recalled-what", "reason", recall_reason(words, answer)))
        }
        Verdict::NotIssuedByUs => (
            "bad",
            words.say("lookup-verdict-not-issued-by-us").into_owned(),
            words.say("lookup-verdict-outside-run").into_owned(),
        ),
        Verdict::Unknown => (
            "bad",
            words.say("lookup-verdict-unknown").into_owned(),
            words.say("lookup-unknown-next").into_owned(),
        ),
        Verdict::Void => (
            "bad",
            words.say("lookup-verdict-void").into_owned(),
            words.say("lookup-verdict-void-what").into_owned(),
        ),
        Verdict::NotActivated => (
            "bad",
            words.say("lookup-verdict-not-activated").into_owned(),
            words.say("lookup-verdict-void-what").into_owned(),
        ),
        Verdict::PastDate => {
            let day = answer.lot.expires_on.map(Day::vietnamese).unwrap_or_default();
            let title = words.say("lookup-verdict-past-date").into_owned();
            ("warn", title, words.one("lookup-verdict-past-date-what", "day", day))
        }
        Verdict::OnHold => {
            let title = words.say("lookup-verdict-on-hold").into_owned();
            ("warn", title, words.one("lookup-verdict-on-hold-what", "reason", hold_reason(words, answer)))
        }
        Verdict::UnusualScans => (
            "warn",
            words.say("lookup-verdict-unusual-scans").into_owned(),
            words.say("lookup-verdict-unusual-scans-what").into_owned(),
        ),
        Verdict::Incomplete => (
            "warn",
            words.say("lookup-verdict-incomplete").into_owned(),
            counted("lookup-verdict-incomplete-what"),
        ),
        Verdict::InOrder => (
            "good",
            words.say("lookup-verdict-in-order").into_owned(),
            counted("lookup-verdict-in-order-what"),
        ),
    };
    VerdictLine { tone, title, detail }
}

/// Why the lot was recalled: its own reason, or that of a lot that it was made of.
fn recall_reason(words: Words, answer: &Answer) -> String {
    match (&answer.lot.recall, &answer.lot.upstream) {
        (Some(reason), _) => reason.clone(),
        (None, Some(upstream)) => made_of(words, upstream),
        (None, None) => String::new(),
    }
}

/// Why the lot is held.
fn hold_reason(words: Words, answer: &Answer) -> String {
    let own = answer.lot.hold.clone();
    let breach = || answer.lot.breach.as_deref().map(|rule| words.say(lots::breach_key(rule)).into_owned());
    let upstream = || answer.lot.upstream.as_ref().map(|upstream| made_of(words, upstream));
    own.or_else(breach).or_else(upstream).unwrap_or_default()
}

/// The sentence of a stopped lot that this one was made of.
fn made_of(words: Words, upstream: &Upstream) -> String {
    let breach = upstream.breach.as_deref().map(|rule| words.say(lots::breach_key(rule)));
    let reason = upstream.reason.as_deref().or(breach.as_deref()).unwrap_or_default();
    words.two("lookup-made-of", ("lot", &upstream.code), ("reason", reason))
}

/// What was checked of the code, in a sentence.
fn signature(frame: &Frame, answer: &Answer, host: &str) -> String {
    let words = frame.t;
    let lot = &answer.lot.code;
    if answer.axes.issuance == Issuance::OutsideRun {
        return words.say("lookup-signature-outside-run").into_owned();
    }
    match answer.axes.signature {
        SignatureState::Valid => words.two("lookup-signature-valid", ("host", host), ("lot", lot)),
        SignatureState::CompromisedKey => words.one("lookup-signature-compromised", "lot", lot),
        SignatureState::Absent => words.say("lookup-signature-absent").into_owned(),
        SignatureState::Invalid => words.say("lookup-signature-invalid").into_owned(),
        SignatureState::UnknownKey => words.say("lookup-signature-unknown-key").into_owned(),
    }
}

fn issuance(frame: &Frame, answer: &Answer) -> String {
    let words = frame.t;
    let issued = answer.lot.issued.as_ref();
    let issued_at = answer.unit.map_or(issued.map(|code| code.issued_at), |unit| unit.issued_at);
    let day = issued_at.map(|at| at.day().vietnamese()).unwrap_or_default();
    match answer.axes.issuance {
        Issuance::Logged => {
            let index = answer.issue_index().unwrap_or_default();
            words.two("lookup-issuance-logged", ("day", day), ("index", index))
        }
        Issuance::Pending => words.one("lookup-issuance-pending", "day", day),
        Issuance::OutsideRun => words.say("lookup-issuance-outside-run").into_owned(),
        Issuance::None => words.say("lookup-issuance-none").into_owned(),
    }
}

fn item_word(frame: &Frame, item: &str) -> String {
    frame.t.say(&format!("lookup-item-{}", item.replace('_', "-"))).into_owned()
}

/// The stages and, where one should follow and does not, its absence.
fn stages(frame: &Frame, answer: &Answer) -> Vec<StageLine> {
    let gaps = answer.gaps();
    let mut lines = Vec::with_capacity(answer.origin.stages.len() + gaps.len());
    if gaps.contains(&Gap::NoHarvest) {
        lines.push(absent(frame, "lookup-gap-harvest"));
    }
    let mut packing_is_missing = gaps.contains(&Gap::NoPacking);
    for stage in &answer.origin.stages {
        // Packing would stand before the goods leave or are sold.
        if packing_is_missing && leaves(stage) {
            lines.push(absent(frame, "lookup-gap-pack"));
            packing_is_missing = false;
        }
        lines.push(told(frame, answer, stage));
        if not_received(&gaps, stage.event) {
            lines.push(absent(frame, "lookup-gap-receive"));
        }
    }
    if packing_is_missing {
        lines.push(absent(frame, "lookup-gap-pack"));
    }
    lines
}

fn leaves(stage: &Stage) -> bool {
    matches!(stage.step, Step::Ship | Step::Receive | Step::Sell)
}

fn not_received(gaps: &[Gap], event: EventId) -> bool {
    gaps.contains(&Gap::NotReceived(event))
}

fn absent(frame: &Frame, key: &str) -> StageLine {
    StageLine {
        title: frame.t.say(key).into_owned(),
        missing: true,
        time: String::new(),
        party: String::new(),
        recorded_by: String::new(),
        place: String::new(),
        place_code: String::new(),
        product_code: String::new(),
        lot: String::new(),
        grade: String::new(),
        entered: String::new(),
        log: String::new(),
        log_index: None,
    }
}

fn told(frame: &Frame, answer: &Answer, stage: &Stage) -> StageLine {
    let words = frame.t;
    let none = || words.say("lookup-stage-no-place").into_owned();
    let authority = || words.say("lookup-authority").into_owned();
    let other_lot = stage.lot != answer.lot.id;
    StageLine {
        title: words.say(stage.step.key()).into_owned(),
        missing: false,
        time: when(stage),
        party: stage.party.as_ref().map_or_else(authority, |it| party(frame, it)),
        recorded_by: stage
            .recorded_by
            .as_ref()
            .map_or_else(String::new, |it| words.one("lookup-recorded-by", "party", party(frame, it))),
        place: match &stage.place {
            Some(it) => place(it),
            None if stage.is_handling() => none(),
            None => String::new(),
        },
        place_code: stage.place.as_ref().map_or_else(String::new, |it| it.code.clone()),
        product_code: stage.product_code.clone(),
        lot: if other_lot { stage.lot_code.to_string() } else { String::new() },
        grade: words.say(stage.grade.key()).into_owned(),
        entered: late(frame, stage),
        log: match stage.log_index {
            Some(index) => words.one("lookup-log-index", "index", index),
            None => words.say("lookup-log-pending").into_owned(),
        },
        log_index: stage.log_index,
    }
}

/// When a stage happened, in the legal zone: the day alone where only the day is known.
fn when(stage: &Stage) -> String {
    if stage.whole_day { stage.time.day().vietnamese() } else { stage.time.vietnamese() }
}

/// Told when it was entered on a later day than it happened.
fn late(frame: &Frame, stage: &Stage) -> String {
    if stage.recorded_at.day() > stage.time.day() {
        frame.t.one("lookup-entered", "time", stage.recorded_at.vietnamese())
    } else {
        String::new()
    }
}

/// The name of a party, or that it may not be named.
fn party(frame: &Frame, party: &PublicParty) -> String {
    match party.name() {
        Some(name) => name.to_owned(),
        None => frame.t.say("lookup-unnamed").into_owned(),
    }
}

fn place_of(party: &PublicParty) -> String {
    match &party.published {
        Some(published) => published.commune.commune().to_string(),
        None => party.province.province().to_string(),
    }
}

fn place(place: &PublicPlace) -> String {
    match &place.named {
        Some((name, commune)) => format!("{name}, {}", commune.commune()),
        None => place.province.province().to_string(),
    }
}

//! Drills: the same steps on a lot without any effect outside of the recall's own tables, timed, reconciled and signed.
//!
//! What must stay true: nothing is stopped and nothing is public; the holders are told only when that was asked for, and then that it is a
//! drill. A firm drills on its own lots only. The log commits to what there was and shows none of it: it is the firms' own. The record is a C2SP signed note whose first line is `nguongoc-drill/v1`: the key of the log signs it (else the key of the codes),
//! and no checkpoint and no code begins so, so that none of the three can be taken for another.

use super::model::{Danger, Doer, Held, Kind, Phase, Recall, State, Way};
use super::reconcile::{self, Reconciled};
use super::service::{Error, author, insert, meant, next_number};
use super::store;
use crate::accounts::{self, Act, Identity, Role};
use crate::app::App;
use crate::chain::By;
use crate::kernel::{Moment, PartyId, RecallId, Sha256Hash};
use crate::keys;
use crate::log::{self, Entry, Kind as Logged, Subject};
use crate::lots;
use serde_json::json;
use std::fmt::Write;
use std::time::Duration;

/// The first line of a record, by which it is told from everything else that the same keys sign.
pub const RECORD: &str = "nguongoc-drill/v1";

/// So long after a firm began a drill that tells the holders it begins no other.
const TELLS_AGAIN: Duration = Duration::from_hours(24);

/// Begins a drill on a lot, by id or short code, or on one that is drawn by a seed. `tells` says whether the holders get messages. A manager drills on
/// the firm's own lots, officers and administrators on all. The holders of a firm's lots get messages of one drill at a time, and of one a
/// day.
///
/// # Errors
/// [`Error::WrongRole`] for inspectors and clerks, [`Error::UnknownLot`], [`Error::NoLot`], [`Error::DrilledAlready`].
pub async fn drill(app: &App, by: &By, lot: Option<&str>, tells: bool) -> Result<Recall, Error> {
    let doer = Doer::from(by);
    if !matches!(doer.role, Role::Manager | Role::Officer | Role::Administrator) {
        return Err(Error::WrongRole);
    }
    let (id, now) = (app.id::<RecallId>(), app.clock.now());
    // Below 2^53, so that every program can read it.
    let seed = i64::try_from(app.random.number() >> 11).unwrap_or(0);
    let trail = app.id();
    let chosen = app.store.read(async |tx| {
        if let Some(text) = lot {
            return Ok::<_, Error>((meant(tx, doer, text).await?.id, None));
        }
        let drawn = store::drawn(tx, &drawn_from(seed), doer.party).await?;
        Ok((drawn.ok_or(Error::NoLot)?, Some(seed)))
    });
    let (lot, seed) = chosen.await?;
    app.store
        .write(async |tx| {
            if let Some(party) = doer.party.filter(|_| tells)
                && let Some(begun) = store::telling_drill(tx, party, now.minus(TELLS_AGAIN)).await?
            {
                return Err(Error::DrilledAlready { from: begun.plus(TELLS_AGAIN) });
            }
            let recall = Recall {
                id,
                number: next_number(tx, Kind::Drill, now).await?,
                kind: Kind::Drill,
                state: State::Decided,
                danger: Danger::Unlikely,
                way: Way::Destroy,
                reason: String::new(),
                takes_back: String::new(),
                until: None,
                proposed_at: now,
                proposed_by: doer,
                decided: Some((now, doer)),
                decision_reason: None,
                closed_at: None,
                phase: Phase::Reaching,
                told_up_to: PartyId::from_uuid(uuid::Uuid::nil()),
                reached_at: None,
                told_at: None,
                lots: 0,
                holders: 0,
                tells,
                seed,
                report: None,
                note: None,
            };
            insert(tx, &recall, &[lot], Held::Lifted).await?;
            let detail = json!({ "number": recall.number, "drill": true, "tells": tells });
            accounts::note(tx, trail, now, Some(doer.person), Act::RecallOpened, Some(id.as_uuid()), &detail)
                .await?;
            Ok(recall)
        })
        .await
}

/// The short code from which a seed draws: nine digits of its hash and none for the check.
fn drawn_from(seed: i64) -> String {
    let hash = Sha256Hash::of(format!("nguongoc-drill/v1\n{seed}\n").as_bytes());
    let number = hash.as_bytes().iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    format!("{:09}0", number % 1_000_000_000)
}

/// Writes the record of one drill that has told everybody; how many were written. A node without a private key leaves it to one that has.
pub(super) async fn record_one(app: &App) -> Result<u64, Error> {
    let now = app.clock.now();
    let ring = app.keys.current();
    let key = ring.signing(keys::Role::Log, now).or_else(|| ring.signing(keys::Role::Code, now));
    let Some(key) = key else { return Ok(0) };
    let waiting = app.store.read(async |tx| store::unrecorded(tx).await).await?;
    let Some(recall) = waiting.first() else { return Ok(0) };
    let salt = app.secret();
    app.store
        .write(async |tx| {
            let figures = reconcile::reconcile(tx, recall.id).await?;
            let origins = store::origins(tx, recall.id).await?;
            let mut named = Vec::new();
            for origin in &origins {
                named.push(lots::find(tx, origin.lot).await?.ok_or(Error::NotFound)?.short_code.to_string());
            }
            let ended = app.clock.now();
            let text = text(app.config.code_host(), recall, &named, &figures, ended);
            let note = keys::Note::sign(&text, &[key])?.to_string();
            let report = json!({ "accounts": figures, "told": if recall.tells { recall.holders } else { 0 } });
            let by = recall.proposed_by;
            if !store::close(tx, recall.id, by.person, ended, &report.to_string(), Some(&note)).await? {
                // Another node has written it.
                return Ok(0);
            }
            let subject = recall.id.as_uuid();
            let accounts = log::keep_private(tx, subject, "accounts", salt, &json!(figures)).await?;
            let entry = Entry {
                id: app.id(),
                kind: Logged::DrillClosed,
                subject: Subject::Registry,
                at: ended,
                actor: author(by),
                body: json!({
                    "number": recall.number, "drill": recall.id, "lots": recall.lots, "holders": recall.holders,
                    "commitments": { "accounts": accounts }, "record": Sha256Hash::of(note.as_bytes()),
                }),
            };
            log::append(tx, &entry).await?;
            let (subject, detail) = (Some(recall.id.as_uuid()), json!({ "number": recall.number, "drill": true }));
            accounts::note(tx, app.id(), ended, Some(by.person), Act::RecallClosed, subject, &detail).await?;
            Ok(1)
        })
        .await
}

/// The text of the record, line by line.
fn text(host: &str, recall: &Recall, lots: &[String], figures: &[Reconciled], ended: Moment) -> String {
    let mut text = format!("{RECORD}\nhost {host}\ndrill {}\n", recall.number);
    for lot in lots {
        line(&mut text, format_args!("lot {lot}"));
    }
    match recall.seed {
        Some(seed) => line(&mut text, format_args!("drawn-by {seed}")),
        None => line(&mut text, format_args!("chosen")),
    }
    line(&mut text, format_args!("begun {}", recall.proposed_at.to_rfc3339()));
    let since = |later: Option<Moment>, earlier: Option<Moment>| match (later, earlier) {
        (Some(later), Some(earlier)) => seconds(later.since(earlier)),
        _ => "-".to_owned(),
    };
    let begun = Some(recall.proposed_at);
    line(&mut text, format_args!("closure {} lots {}", since(recall.reached_at, begun), recall.lots));
    let told = if recall.tells { "told" } else { "listed" };
    let took = since(recall.told_at, recall.reached_at);
    line(&mut text, format_args!("notices {took} holders {} {told}", recall.holders));
    line(&mut text, format_args!("report {}", since(Some(ended), recall.told_at)));
    for one in figures {
        line(
            &mut text,
            format_args!(
                "quantity {} entered {} surplus {} held {} under-way {} sold {} sampled {} wasted {} lost {} accounted {} of {}",
                one.unit.as_str(),
                one.entered,
                one.surplus,
                one.held,
                one.under_way,
                one.sold,
                one.sampled,
                one.wasted,
                one.lost,
                one.accounted,
                one.entered
            ),
        );
    }
    line(&mut text, format_args!("ended {} total {}", ended.to_rfc3339(), since(Some(ended), begun)));
    text
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing into a string does not fail.
    let _ = writeln!(text, "{what}");
}

/// Seconds with their microseconds: `0.012345s`.
fn seconds(time: Duration) -> String {
    format!("{}.{:06}s", time.as_secs(), time.subsec_micros())
}

/// Whether somebody may see all of a drill: the authority, and the managers of the firm whose drill it is.
pub(super) fn sees(who: &Identity, recall: &Recall) -> bool {
    match who.party {
        None => true,
        Some(party) => who.role == Role::Manager && recall.proposed_by.party == Some(party),
    }
}

/// The signed record of a drill.
///
/// # Errors
/// [`Error::NotFound`] while there is none, and for those whose drill it is not.
pub async fn record_of(app: &App, who: &Identity, id: RecallId) -> Result<(String, String), Error> {
    let recall = app.store.read(async |tx| store::find(tx, id).await).await?;
    let recall = recall.filter(|recall| sees(who, recall)).ok_or(Error::NotFound)?;
    recall.note.map(|note| (recall.number, note)).ok_or(Error::NotFound)
}

//! The use cases of recalls, one unit of work each. The stops themselves are acts at the one door, which follow at once (`settle`).

use super::draft::{NewRecovery, RecoveryDraft};
use super::model::{
    Called, Doer, Held, Kind, MOST_ORIGINS, NewRecall, Origin, Phase, Recall, Recovery, State, message_of,
    number,
};
use super::{matched, reconcile, settle, store};
use crate::accounts::{self, Act, Member, Official, Role};
use crate::app::App;
use crate::chain::{self, By};
use crate::jobs;
use crate::kernel::{Day, EventId, LotId, Moment, PartyId, Problem, Problems, Quantity, RecallId, ShortCode};
use crate::log::{self, Author, Entry, Kind as Logged, Subject};
use crate::lots::{self, Lot};
use crate::store::{StoreError, Tx};
use serde_json::{Value, json};

/// Why a use case of recalls was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such recall, as far as the one who asks may know.
    #[error("no such recall")]
    NotFound,
    /// The key was used for something else.
    #[error("the key was used for something else")]
    KeyTaken,
    /// The role does not do this.
    #[error("the role does not do this")]
    WrongRole,
    /// There is no such lot, or it is not one's own.
    #[error("no such lot: {text}")]
    UnknownLot {
        /// As written.
        text: String,
    },
    /// More lots than one proposal may begin with.
    #[error("more than {MOST_ORIGINS} lots")]
    TooManyLots,
    /// The lot is recalled.
    #[error("lot {code} is recalled by {number}")]
    RecalledAlready {
        /// The lot's code.
        code: String,
        /// The recall.
        number: String,
    },
    /// The lot is in a proposal that is not decided.
    #[error("lot {code} is in the proposal {number}")]
    ProposedAlready {
        /// The lot's code.
        code: String,
        /// The proposal.
        number: String,
    },
    /// It does not stand where that could be done.
    #[error("the recall is {}", state.as_str())]
    WrongState {
        /// Where it stands.
        state: State,
    },
    /// The holders are not all told.
    #[error("not all holders are told")]
    NotToldYet,
    /// The notice was acknowledged before.
    #[error("the notice was acknowledged before")]
    AcknowledgedAlready,
    /// More than the party has, sold, gave as samples or lost, and nobody entered as recovered.
    #[error("{asked:?} is more than {most:?}")]
    MoreThanHad {
        /// What was asked.
        asked: Quantity,
        /// What there is.
        most: Quantity,
    },
    /// The lot is counted in another unit.
    #[error("the lot is counted in another unit")]
    WrongUnit,
    /// The firm told holders of a drill that goes on, or that began a short time ago.
    #[error("the holders were told of a drill before; again from {}", from.to_rfc3339())]
    DrilledAlready {
        /// From when on another may tell them, once that one has ended.
        from: Moment,
    },
    /// There is no lot to drill with.
    #[error("there is no lot")]
    NoLot,
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The door refused.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// A signed record could not be written.
    #[error(transparent)]
    Note(#[from] crate::keys::NoteError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(super) fn author(doer: Doer) -> Author {
    Author { party: doer.party, role: doer.role.as_str() }
}

/// Whether `doer` may decide on a recall of these lots: an officer, or a manager whose lots they all are.
fn may_decide(doer: Doer, lots: &[Lot]) -> bool {
    match doer.party {
        None => matches!(doer.role, Role::Officer | Role::Administrator),
        Some(party) => doer.role == Role::Manager && lots.iter().all(|lot| lot.party == party),
    }
}

pub(super) async fn lots_of(tx: &mut Tx, origins: &[Origin]) -> Result<Vec<Lot>, Error> {
    let mut found = Vec::with_capacity(origins.len());
    for origin in origins {
        found.push(lots::find(tx, origin.lot).await?.ok_or(Error::NotFound)?);
    }
    Ok(found)
}

/// The lot that a text means to `doer`.
pub(super) async fn meant(tx: &mut Tx, doer: Doer, text: &str) -> Result<Lot, Error> {
    let lot = match (text.parse::<LotId>(), ShortCode::parse(text)) {
        (Ok(id), _) => lots::find(tx, id).await?,
        (_, Ok(short)) => lots::by_short_code(tx, &short).await?,
        _ => None,
    };
    lot.filter(|lot| doer.party.is_none_or(|party| lot.party == party))
        .ok_or_else(|| Error::UnknownLot { text: text.to_owned() })
}

/// Refuses a lot that a recall has already. One that was called back straight at the door has none yet: nobody was told, and whoever opens one
/// for it tells them.
async fn refuse_known(tx: &mut Tx, lot: &Lot) -> Result<(), Error> {
    let code = lot.code.to_string();
    match store::about(tx, lot.id).await? {
        Some((number, State::Proposed)) => Err(Error::ProposedAlready { code, number }),
        Some((number, _)) => Err(Error::RecalledAlready { code, number }),
        None => Ok(()),
    }
}

/// The next number of this kind in the year of `now`.
pub(super) async fn next_number(tx: &mut Tx, kind: Kind, now: Moment) -> Result<String, StoreError> {
    let year = now.day().year();
    let start = |year: i16| Day::new(year, 1, 1).map_or(Moment::MAX, Day::start);
    let taken = store::begun(tx, kind, start(year), start(year.saturating_add(1))).await?;
    Ok(number(kind, year, taken + 1))
}

/// Puts the same entry on the record of each lot.
async fn log_each(
    tx: &mut Tx,
    app: &App,
    kind: Logged,
    recall: &Recall,
    lots: &[LotId],
    doer: Doer,
    at: Moment,
) -> Result<(), StoreError> {
    let entries = lots.iter().map(|lot| {
        let body = json!({ "recall": recall.id, "number": recall.number, "danger": recall.danger });
        Entry { id: app.id(), kind, subject: Subject::Lot(*lot), at, actor: author(doer), body }
    });
    log::append_all(tx, &entries.collect::<Vec<_>>()).await
}

async fn trail(
    tx: &mut Tx,
    app: &App,
    doer: Doer,
    act: Act,
    recall: RecallId,
    at: Moment,
    detail: &Value,
) -> Result<(), StoreError> {
    accounts::note(tx, app.id(), at, Some(doer.person), act, Some(recall.as_uuid()), detail).await
}

/// Proposes a recall, and holds its lots at once. A manager may do so for the own lots; inspectors and officers for all.
///
/// # Errors
/// [`Error::UnknownLot`], [`Error::RecalledAlready`], [`Error::ProposedAlready`], [`Error::WrongRole`].
pub async fn propose(app: &App, by: &By, asked: &NewRecall) -> Result<Recall, Error> {
    let doer = Doer::from(by);
    if doer.role == Role::Clerk || doer.role == Role::Administrator {
        return Err(Error::WrongRole);
    }
    if asked.lots.len() > MOST_ORIGINS {
        return Err(Error::TooManyLots);
    }
    let (id, now) = (app.id::<RecallId>(), app.clock.now());
    let recall = app
        .store
        .write(async |tx| {
            let mut lots: Vec<LotId> = Vec::new();
            for text in &asked.lots {
                let lot = meant(tx, doer, text).await?;
                refuse_known(tx, &lot).await?;
                if !lots.contains(&lot.id) {
                    lots.push(lot.id);
                }
            }
            let recall = Recall {
                id,
                number: next_number(tx, Kind::Recall, now).await?,
                kind: Kind::Recall,
                state: State::Proposed,
                danger: asked.danger,
                way: asked.way,
                reason: asked.reason.as_str().to_owned(),
                takes_back: asked.takes_back.as_str().to_owned(),
                until: asked.until,
                proposed_at: now,
                proposed_by: doer,
                decided: None,
                decision_reason: None,
                closed_at: None,
                phase: Phase::Waiting,
                told_up_to: PartyId::from_uuid(uuid::Uuid::nil()),
                reached_at: None,
                told_at: None,
                lots: 0,
                holders: 0,
                tells: true,
                seed: None,
                report: None,
                note: None,
            };
            insert(tx, &recall, &lots, Held::Wanted).await?;
            log_each(tx, app, Logged::RecallOpened, &recall, &lots, doer, now).await?;
            let detail = json!({ "number": recall.number, "lots": lots.len() });
            trail(tx, app, doer, Act::RecallOpened, id, now, &detail).await?;
            Ok::<_, Error>(recall)
        })
        .await?;
    settle::settle(app, id).await?;
    Ok(recall)
}

/// Writes a recall; one that took the same number at the same moment is the other's, and the unit of work runs again.
pub(super) async fn insert(
    tx: &mut Tx,
    recall: &Recall,
    lots: &[LotId],
    hold: Held,
) -> Result<(), StoreError> {
    let written = store::insert(tx, recall, lots, hold).await;
    written.map_err(|error| if error.is_unique_violation() { StoreError::lost_race() } else { error })
}

/// A proposed recall that `doer` may decide on, with its lots.
async fn open(tx: &mut Tx, id: RecallId, doer: Doer) -> Result<(Recall, Vec<Lot>), Error> {
    let recall = store::find(tx, id).await?.filter(|recall| recall.kind == Kind::Recall);
    let recall = recall.ok_or(Error::NotFound)?;
    let origins = store::origins(tx, id).await?;
    let lots = lots_of(tx, &origins).await?;
    // Another firm's proposal is nobody's business.
    if doer.party.is_some_and(|party| lots.iter().any(|lot| lot.party != party)) {
        return Err(Error::NotFound);
    }
    if !may_decide(doer, &lots) {
        return Err(Error::WrongRole);
    }
    Ok((recall, lots))
}

/// Decides a proposed recall: its lots are recalled at once, and the notices begin.
///
/// # Errors
/// [`Error::NotFound`], [`Error::WrongRole`], [`Error::WrongState`].
pub async fn decide(app: &App, by: &By, id: RecallId) -> Result<(), Error> {
    let (doer, now) = (Doer::from(by), app.clock.now());
    app.store
        .write(async |tx| {
            let (recall, lots) = open(tx, id, doer).await?;
            if !store::decide(tx, id, (State::Decided, Phase::Reaching), doer, now, None).await? {
                return Err(Error::WrongState { state: recall.state });
            }
            let lots: Vec<LotId> = lots.iter().map(|lot| lot.id).collect();
            log_each(tx, app, Logged::RecallDecided, &recall, &lots, doer, now).await?;
            let detail = json!({ "number": recall.number, "decided": true });
            trail(tx, app, doer, Act::RecallDecided, id, now, &detail).await?;
            Ok(())
        })
        .await?;
    settle::settle(app, id).await
}

/// Rejects a proposed recall: the holds that it placed are lifted. A party may take back its own proposal, not the authority's. As it frees
/// food, it is not begun while the log is stopped: else it would be rejected, and its lots held all the same.
///
/// # Errors
/// [`Error::NotFound`], [`Error::WrongRole`], [`Error::WrongState`]; [`chain::Error::Log`].
pub async fn reject(
    app: &App,
    by: &By,
    id: RecallId,
    reason: &crate::kernel::Note<500>,
) -> Result<(), Error> {
    log::ready(app).await.map_err(chain::Error::from)?;
    let (doer, now) = (Doer::from(by), app.clock.now());
    app.store
        .write(async |tx| {
            log::still_ready(app).map_err(chain::Error::from)?;
            let (recall, lots) = open(tx, id, doer).await?;
            // An administrator lifts no holds.
            let foreign = doer.party.is_some() && recall.proposed_by.party != doer.party;
            if foreign || doer.role == Role::Administrator {
                return Err(Error::WrongRole);
            }
            let to = (State::Rejected, Phase::Waiting);
            if !store::decide(tx, id, to, doer, now, Some(reason.as_str())).await? {
                return Err(Error::WrongState { state: recall.state });
            }
            let lots: Vec<LotId> = lots.iter().map(|lot| lot.id).collect();
            log_each(tx, app, Logged::RecallRejected, &recall, &lots, doer, now).await?;
            let detail = json!({ "number": recall.number, "decided": false });
            trail(tx, app, doer, Act::RecallDecided, id, now, &detail).await?;
            Ok(())
        })
        .await?;
    settle::settle(app, id).await
}

/// Acknowledges the notice to the own party: it was read and is acted upon.
///
/// # Errors
/// [`Error::NotFound`] for a party that was not told, [`Error::AcknowledgedAlready`].
pub async fn acknowledge(app: &App, by: &Member, id: RecallId) -> Result<(), Error> {
    let outcome = jobs::answer(app, by.party, message_of(id, by.party), by.person).await;
    outcome.map(|_| ()).map_err(|error| match error {
        jobs::Error::AnsweredAlready => Error::AcknowledgedAlready,
        jobs::Error::Store(error) => error.into(),
        _ => Error::NotFound,
    })
}

/// Notes that a party which had not acknowledged its notice was called, and what came of it. It is no acknowledgement: that is the party's own.
///
/// # Errors
/// [`Error::NotFound`] for a party that was not told, [`Error::WrongState`] once it is closed, save for one that was told only then.
pub async fn called(
    app: &App,
    by: &Official,
    id: RecallId,
    party: PartyId,
    outcome: Called,
) -> Result<(), Error> {
    let (call, now) = (app.id::<EventId>().as_uuid(), app.clock.now());
    app.store
        .write(async |tx| {
            let recall = store::find(tx, id).await?.ok_or(Error::NotFound)?;
            let told = store::told_at(tx, id, party).await?;
            if recall.kind == Kind::Recall
                && recall.closed_at.is_some_and(|closed| told.is_some_and(|told| told <= closed))
            {
                return Err(Error::WrongState { state: recall.state });
            }
            if store::put_call(tx, call, (id, party), outcome, by.person, now).await? {
                Ok(())
            } else {
                Err(Error::NotFound)
            }
        })
        .await
}

/// Enters what came back or was dealt with. A party enters its own, the authority that of any holder. It is counted in the recall only: what
/// leaves a holder's hands is recorded as an event of the lot besides.
///
/// # Errors
/// [`Error::NotFound`] for a lot that the recall does not reach in the party's hands, [`Error::MoreThanHad`], [`Error::WrongUnit`].
pub async fn recover(app: &App, by: &By, id: RecallId, draft: &RecoveryDraft) -> Result<EventId, Error> {
    let NewRecovery { lot, party, way, quantity, key } = draft.parse()?;
    let (doer, now) = (Doer::from(by), app.clock.now());
    let party = match (doer.party, party) {
        (Some(own), None) => own,
        (Some(own), Some(party)) if party == own => own,
        (None, Some(party)) => party,
        (None, None) => return Err(Problems::from(Problem::new("choose_one").at("party")).into()),
        (Some(_), Some(_)) => return Err(Error::NotFound),
    };
    let recovery =
        Recovery { id: key.unwrap_or_else(|| app.id()), party, lot, way, quantity, at: now, by: doer.person };
    app.store
        .write(async |tx| {
            let recall = store::find(tx, id).await?.filter(|recall| recall.kind == Kind::Recall);
            let recall = recall.ok_or(Error::NotFound)?;
            let shares = store::shares(tx, id, party, i64::MAX).await?;
            let share = shares.iter().find(|share| share.lot == lot).ok_or(Error::NotFound)?;
            if recall.state != State::Decided {
                return Err(Error::WrongState { state: recall.state });
            }
            if share.held.unit() != quantity.unit() {
                return Err(Error::WrongUnit);
            }
            let known = store::recoveries(tx, id, Some(party), i64::MAX).await?;
            if let Some(known) = known.iter().find(|one| one.id == recovery.id) {
                let said = |one: &Recovery| (one.lot, one.way, one.quantity, one.by);
                return if said(known) == said(&recovery) { Ok(()) } else { Err(Error::KeyTaken) };
            }
            let most = matched::most(tx, &recall, lot, party, quantity.amount()).await?;
            if quantity.amount() > most {
                let unit = quantity.unit();
                let most = Quantity::new(most.max(0), unit).unwrap_or(Quantity::zero(unit));
                return Err(Error::MoreThanHad { asked: quantity, most });
            }
            store::recover(tx, id, &recovery).await.map_err(taken)?;
            let detail = json!({ "number": recall.number, "way": way, "amount": quantity.amount() });
            trail(tx, app, doer, Act::RecallRecovered, id, now, &detail).await?;
            Ok(())
        })
        .await?;
    Ok(recovery.id)
}

/// An id that another recall or party has: a key that was used for something else.
fn taken(error: StoreError) -> Error {
    if error.is_unique_violation() { Error::KeyTaken } else { error.into() }
}

/// Closes a recall with its figures. The lots stay recalled. By those who may decide.
///
/// # Errors
/// [`Error::NotFound`], [`Error::WrongRole`], [`Error::NotToldYet`], [`Error::WrongState`].
pub async fn close(app: &App, by: &By, id: RecallId) -> Result<(), Error> {
    let (doer, now) = (Doer::from(by), app.clock.now());
    app.store
        .write(async |tx| {
            let (recall, lots) = open(tx, id, doer).await?;
            if recall.state != State::Decided {
                return Err(Error::WrongState { state: recall.state });
            }
            if recall.phase != Phase::Told {
                return Err(Error::NotToldYet);
            }
            let figures = reconcile::reconcile(tx, id).await?;
            let answers = store::answers(tx, id).await?;
            let report = json!({ "accounts": figures, "told": answers.told, "unacknowledged": answers.told - answers.acknowledged,
                "reached_by_telephone": answers.called, "reached_by_nobody": answers.waiting() });
            if !store::close(tx, id, doer.person, now, &report.to_string(), None).await? {
                return Err(Error::WrongState { state: recall.state });
            }
            let entries = lots.iter().map(|lot| {
                let body = json!({ "recall": id, "number": recall.number, "lots": recall.lots, "holders": recall.holders,
                    "report": report });
                let subject = Subject::Lot(lot.id);
                Entry { id: app.id(), kind: Logged::RecallClosed, subject, at: now, actor: author(doer), body }
            });
            log::append_all(tx, &entries.collect::<Vec<_>>()).await?;
            let detail = json!({ "number": recall.number, "reached_by_nobody": answers.waiting() });
            trail(tx, app, doer, Act::RecallClosed, id, now, &detail).await?;
            Ok(())
        })
        .await
}

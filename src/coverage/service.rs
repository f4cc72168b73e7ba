//! The use cases of coverage, one unit of work each.

use super::definition::{Definition, definition};
use super::import::{self, Imported};
use super::ladder::{self, Report};
use super::matching::{Matched, matched};
use super::model::{Decision, Entry, Firm, Roster, RosterDraft, Snapshot, Standing, Verdict};
use super::store;
use crate::accounts::Official;
use crate::app::App;
use crate::kernel::{
    Cursor, Day, Page, PageSize, PartyId, Problem, Problems, RosterEntryId, RosterId, Sha256Hash,
};
use crate::log::{self, Author, Kind, Subject};
use crate::sheet::{Format, RowProblem, Sheet};
use crate::store::{MediaType, StoreError, Tx, put_file};
use serde_json::json;

/// Why a use case of coverage was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such roster, line or party.
    #[error("no such roster, line or party")]
    NotFound,
    /// Name, period or day break rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// Rows of the file break rules; nothing was imported.
    #[error("{} problems in the file", .0.len())]
    Rows(Vec<RowProblem>),
    /// A roster of this name exists.
    #[error("a roster of this name exists")]
    NameTaken,
    /// The roster is frozen already.
    #[error("the roster is frozen")]
    Frozen,
    /// The party is no candidate for the line.
    #[error("the party is no candidate for the line")]
    NoCandidate,
    /// The party stands behind another line.
    #[error("the party stands behind another line")]
    Taken,
    /// The log disagrees with what is stored: no roster is frozen until somebody has looked.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem.into())
    }
}

/// Imports a roster from the authority's file: all of it, or nothing. The file is kept by its hash. Gives the warnings too.
///
/// # Errors
/// [`Error::Rows`] with everything that is wrong in the file, [`Error::Invalid`], [`Error::NameTaken`].
pub async fn import(
    app: &App,
    by: &Official,
    draft: &RosterDraft,
    bytes: &[u8],
) -> Result<(Roster, Vec<RowProblem>), Error> {
    let (name, period) = draft.parse()?;
    let sheet = Sheet::open(bytes).await.map_err(Error::Rows)?;
    let Imported { entries, warnings } = import::read(&sheet, || app.id()).map_err(Error::Rows)?;
    let media_type = match sheet.format {
        Format::Csv => MediaType::Csv,
        Format::Xlsx => MediaType::Xlsx,
    };
    let roster = Roster {
        id: app.id(),
        name: name.into_string(),
        period,
        file_hash: Sha256Hash::of(bytes),
        entries: i64::try_from(entries.len()).unwrap_or(i64::MAX),
        imported_at: app.clock.now(),
        frozen_at: None,
    };
    app.store
        .write(async |tx| {
            put_file(tx, media_type, bytes, roster.imported_at).await?;
            let done = store::insert_roster(tx, &roster, &entries, by.person).await;
            done.map_err(|error| if error.is_unique_violation() { Error::NameTaken } else { error.into() })
        })
        .await?;
    Ok((roster, warnings))
}

/// Rosters, the newest first.
///
/// # Errors
/// When the cursor is not one of this list.
pub async fn rosters(app: &App, after: Option<&Cursor>, size: PageSize) -> Result<Page<Roster>, Error> {
    let before = after.map(Cursor::time).transpose()?;
    Ok(app.store.read(async |tx| store::rosters(tx, before, size).await).await?)
}

/// One roster.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn roster(app: &App, id: RosterId) -> Result<Roster, Error> {
    app.store.read(async |tx| store::roster(tx, id).await?.ok_or(Error::NotFound)).await
}

/// Freezes a roster: from now on it can no longer be removed, and the log says which it is. That entry is all that makes it the roster which
/// reports are measured by, and there is no way back: it is not made while the log disagrees with what is stored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Frozen`], [`Error::Log`].
pub async fn freeze(app: &App, by: &Official, id: RosterId) -> Result<(), Error> {
    log::agrees(app).await?;
    app.store
        .write(async |tx| {
            log::still_agrees(app)?;
            // Within the unit of work, which may run twice: the log tells acts in the order in which units were done.
            let (entry, now) = (app.id(), app.clock.now());
            let roster = store::roster(tx, id).await?.ok_or(Error::NotFound)?;
            if !store::freeze(tx, id, by.person, now).await? {
                return Err(Error::Frozen);
            }
            let entry = log::Entry {
                id: entry,
                kind: Kind::RosterFrozen,
                subject: Subject::Registry,
                at: now,
                actor: Author { party: None, role: by.role.as_str() },
                body: json!({
                    "roster": roster.id,
                    "name": roster.name,
                    "from": roster.period.from,
                    "to": roster.period.to,
                    "entries": roster.entries,
                    "file": roster.file_hash,
                }),
            };
            Ok(log::append(tx, &entry).await?)
        })
        .await
}

/// Removes a roster that was imported by mistake and never frozen.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Frozen`].
pub async fn discard(app: &App, _by: &Official, id: RosterId) -> Result<(), Error> {
    app.store
        .write(async |tx| {
            store::roster(tx, id).await?.ok_or(Error::NotFound)?;
            if store::discard(tx, id).await? { Ok(()) } else { Err(Error::Frozen) }
        })
        .await
}

/// A line about which a decision is due, with the parties that it may be.
#[derive(Clone, Debug)]
pub struct Due {
    /// The line.
    pub entry: Entry,
    /// The candidates.
    pub firms: Vec<Firm>,
}

/// A decision with both its sides.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The line.
    pub entry: Entry,
    /// The party.
    pub firm: Firm,
    /// What was decided, by whom and when.
    pub decision: Decision,
    /// Whether it is what the line counts by now.
    pub stands: bool,
}

/// How the lines of a roster are matched today.
#[derive(Clone, Debug)]
pub struct Matches {
    /// The roster.
    pub roster: Roster,
    /// Lines matched by tax number.
    pub by_tax_number: usize,
    /// Lines matched by decision.
    pub by_decision: usize,
    /// Lines with nobody behind them.
    pub nobody: usize,
    /// Lines that wait for a decision, by row.
    pub due: Vec<Due>,
    /// All decisions, the newest first.
    pub decided: Vec<Decided>,
}

/// How the lines of a roster are matched today.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn matches(app: &App, id: RosterId) -> Result<Matches, Error> {
    let now = app.clock.now().plus(std::time::Duration::from_micros(1));
    let (roster, entries, decisions, firms) = app
        .store
        .read(async |tx| {
            let roster = store::roster(tx, id).await?.ok_or(Error::NotFound)?;
            let entries = store::entries(tx, id).await?;
            let decisions = store::decisions(tx, id).await?;
            Ok::<_, Error>((roster, entries, decisions, store::firms(tx, now).await?))
        })
        .await?;
    let found = matched(&entries, &decisions, &firms);
    let count = |wanted: fn(&Matched) -> bool| found.iter().filter(|found| wanted(found)).count();
    let due = entries.iter().zip(&found).filter_map(|(entry, found)| {
        let Matched::Open(near) = found else { return None };
        let firms = near.iter().filter_map(|at| firms.get(*at).cloned()).collect();
        Some(Due { entry: entry.clone(), firms })
    });
    let decided = decisions.iter().rev().filter_map(|decision| {
        let at = entries.iter().position(|entry| entry.id == decision.entry)?;
        let firm = firms.iter().position(|firm| firm.id == decision.party)?;
        let last = decisions.iter().rfind(|d| d.entry == decision.entry && d.party == decision.party)?;
        let stands = last.id == decision.id
            && match decision.verdict {
                Verdict::Same => found.get(at) == Some(&Matched::ByDecision(firm)),
                Verdict::Other => found.get(at).and_then(Matched::firm) != Some(firm),
            };
        Some(Decided {
            entry: entries.get(at)?.clone(),
            firm: firms.get(firm)?.clone(),
            decision: decision.clone(),
            stands,
        })
    });
    Ok(Matches {
        by_tax_number: count(|found| matches!(found, Matched::ByTaxNumber(_))),
        by_decision: count(|found| matches!(found, Matched::ByDecision(_))),
        nobody: count(|found| matches!(found, Matched::Nobody)),
        due: due.collect(),
        decided: decided.collect(),
        roster,
    })
}

/// Decides whether a party is the firm of a line. Also possible after the freeze, and again: the last decision on a pair stands.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NoCandidate`] when names, communes or numbers do not let the two be the same, [`Error::Taken`].
pub async fn decide(
    app: &App,
    by: &Official,
    id: RosterId,
    line: RosterEntryId,
    party: PartyId,
    verdict: Verdict,
) -> Result<(), Error> {
    let now = app.clock.now();
    let decision = Decision {
        id: app.id(),
        entry: line,
        party,
        verdict,
        by: by.person,
        by_name: String::new(),
        at: now,
    };
    app.store
        .write(async |tx| {
            let (entries, decisions, firms) = sides(tx, id, now).await?;
            let at = entries.iter().position(|entry| entry.id == line).ok_or(Error::NotFound)?;
            let firm = firms.iter().position(|firm| firm.id == party).ok_or(Error::NotFound)?;
            let (Some(entry), Some(them)) = (entries.get(at), firms.get(firm)) else {
                return Err(Error::NotFound);
            };
            let alike = entry.name_folded == them.name_folded && entry.commune == them.commune;
            let found = matched(&entries, &decisions, &firms);
            let numbered = matches!(found.get(at), Some(Matched::ByTaxNumber(_)));
            if !alike || numbered || them.standing != Standing::Approved {
                return Err(Error::NoCandidate);
            }
            let mut others = found.iter().enumerate().filter(|(place, _)| *place != at);
            if verdict == Verdict::Same && others.any(|(_, other)| other.firm() == Some(firm)) {
                return Err(Error::Taken);
            }
            Ok(store::insert_decision(tx, id, &decision).await?)
        })
        .await
}

async fn sides(
    tx: &mut Tx,
    id: RosterId,
    now: crate::kernel::Moment,
) -> Result<(Vec<Entry>, Vec<Decision>, Vec<Firm>), Error> {
    store::roster(tx, id).await?.ok_or(Error::NotFound)?;
    let end = now.plus(std::time::Duration::from_micros(1));
    Ok((store::entries(tx, id).await?, store::decisions(tx, id).await?, store::firms(tx, end).await?))
}

/// Computes the report of a roster as of a day, today when none is given.
///
/// # Errors
/// [`Error::NotFound`]; a day in the future or before the period; a definition that does not exist.
pub async fn computed(
    app: &App,
    id: RosterId,
    as_of: Option<&str>,
    version: Option<&str>,
) -> Result<(Roster, Report), Error> {
    let today = app.clock.now().day();
    let definition: &'static Definition =
        definition(version.filter(|text| !text.is_empty())).map_err(|problem| problem.at("definition"))?;
    let asked = as_of.map(str::trim).filter(|text| !text.is_empty());
    let as_of = asked.map_or(Ok(today), Day::parse).map_err(|problem| problem.at("as_of"))?;
    if as_of > today {
        return Err(Problem::new("roster_day_in_future").value(as_of.vietnamese()).at("as_of").into());
    }
    let snapshot = app
        .store
        .read(async |tx| {
            let roster = store::roster(tx, id).await?.ok_or(Error::NotFound)?;
            if as_of < roster.period.from {
                let problem = Problem::new("roster_day_before_period")
                    .value(as_of.vietnamese())
                    .arg("from", roster.period.from.vietnamese());
                return Err(problem.at("as_of").into());
            }
            let mut firms = store::firms(tx, as_of.plus_days(1).start()).await?;
            store::count(tx, &mut firms, definition, roster.period, as_of).await?;
            let entries = store::entries(tx, id).await?;
            let decisions = store::decisions(tx, id).await?;
            Ok::<_, Error>(Snapshot { roster, entries, decisions, firms })
        })
        .await?;
    let report = ladder::report(definition, &snapshot, as_of);
    Ok((snapshot.roster, report))
}

//! The ladder: how many of the firms that the target counts are registered (C1) and issue signed codes (C2), as of a day.
//!
//! A pure function of the definition, the snapshot and the day. What must stay true: C2 ⊆ C1 ⊆ C0; in every cell, covered, not covered
//! and unknown add up to the firms of its line; a firm off the roster enters no numerator; the order of the rows changes nothing.

use super::definition::Definition;
use super::matching::{Matched, matched};
use super::model::{Entry, Firm, Months, Period, Snapshot, Standing, sells};
use crate::kernel::{CommuneCode, Day};
use crate::products::{self, Group};
use std::collections::{BTreeMap, BTreeSet};

/// The firms of a line by rung. Numerator and denominator always go together: `covered` of `covered + missing + unknown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cell {
    /// Firms that reach the rung.
    pub covered: u32,
    /// Firms that do not.
    pub missing: u32,
    /// Firms of which nobody has decided yet who they are.
    pub unknown: u32,
}

impl Cell {
    /// The denominator.
    #[must_use]
    pub fn firms(&self) -> u32 {
        self.covered + self.missing + self.unknown
    }

    fn count(&mut self, reached: Option<bool>) {
        match reached {
            Some(true) => self.covered += 1,
            Some(false) => self.missing += 1,
            None => self.unknown += 1,
        }
    }

    /// Tenths of a percent, where the definition lets a percentage stand beside the counts.
    #[must_use]
    pub fn permille(&self, least: u32) -> Option<u32> {
        let firms = self.firms();
        (firms > 0 && firms >= least).then(|| (self.covered * 1000 + firms / 2) / firms)
    }
}

/// A row of the report's tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rungs {
    /// C1.
    pub registered: Cell,
    /// C2.
    pub issuing: Cell,
}

impl Rungs {
    fn count(&mut self, firm: &Reached) {
        self.registered.count(firm.registered);
        self.issuing.count(firm.issuing);
    }
}

/// What a firm still lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// Nobody has decided who it is.
    Decision,
    /// It is not in the registry.
    Party,
    /// Its application is not approved.
    Approval,
    /// Its application was refused.
    Refused,
    /// It is suspended.
    Suspended,
    /// It has no place.
    Place,
    /// None of its places has all that is needed.
    PlaceComplete,
    /// It has no product.
    Product,
    /// None of its products has all that is needed.
    ProductComplete,
    /// No signed code for a lot of the period.
    Code,
    /// Lots in too few of its selling months.
    Months {
        /// Months with lots.
        have: u32,
        /// Months that are needed.
        need: u32,
        /// Selling months that have passed.
        elapsed: u32,
    },
}

/// How far one firm is.
#[derive(Clone, Debug, Default)]
struct Reached {
    registered: Option<bool>,
    issuing: Option<bool>,
    lacks: Vec<Lack>,
}

/// A firm of the roster that is not covered, or unknown.
#[derive(Clone, Debug)]
pub struct NotCovered {
    /// The line.
    pub entry: Entry,
    /// Whether it is registered.
    pub registered: Option<bool>,
    /// What is missing.
    pub lacks: Vec<Lack>,
}

/// A party of the registry that is not on the roster.
#[derive(Clone, Debug)]
pub struct OffRoster {
    /// The party.
    pub firm: Firm,
    /// Whether it is registered and complete.
    pub registered: bool,
    /// Whether it issues, by the rule of the whole year.
    pub issuing: bool,
}

/// The report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The definition it was made with.
    pub definition: &'static Definition,
    /// The day.
    pub as_of: Day,
    /// Lines of the roster, in scope or not.
    pub listed: u32,
    /// All firms in scope.
    pub total: Rungs,
    /// By product group, in the order of the list; a firm with two groups stands in both.
    pub groups: Vec<(&'static Group, Rungs)>,
    /// The city's firms together.
    pub city: Rungs,
    /// The city's firms by commune, by code.
    pub communes: Vec<(CommuneCode, Rungs)>,
    /// Linked provinces together.
    pub linked: Rungs,
    /// Firms of linked provinces by commune, by code.
    pub linked_communes: Vec<(CommuneCode, Rungs)>,
    /// Firms in scope that do not reach C2, by row.
    pub not_covered: Vec<NotCovered>,
    /// Approved parties that sell and are not on the roster, by name.
    pub off_roster: Vec<OffRoster>,
}

impl Report {
    /// Firms in scope: C0.
    #[must_use]
    pub fn in_scope(&self) -> u32 {
        self.total.registered.firms()
    }
}

/// Computes the report of a snapshot taken as of `as_of`.
#[must_use]
pub fn report(definition: &'static Definition, snapshot: &Snapshot, as_of: Day) -> Report {
    let period = snapshot.roster.period;
    let matches = matched(&snapshot.entries, &snapshot.decisions, &snapshot.firms);
    let mut rows: Vec<(&Entry, &Matched)> = snapshot.entries.iter().zip(&matches).collect();
    rows.sort_by_key(|(entry, _)| entry.row);

    let mut total = Rungs::default();
    let (mut city, mut linked) = (Rungs::default(), Rungs::default());
    let mut groups: BTreeMap<&str, Rungs> = BTreeMap::new();
    let mut communes: BTreeMap<CommuneCode, Rungs> = BTreeMap::new();
    let mut not_covered = Vec::new();
    for (entry, found) in rows {
        let months = selling_months(period, entry);
        if !entry.expected || months.is_empty() {
            continue;
        }
        let reached = match found {
            Matched::Open(_) => Reached { lacks: vec![Lack::Decision], ..Reached::default() },
            Matched::Nobody => short_of(vec![Lack::Party]),
            Matched::ByTaxNumber(at) | Matched::ByDecision(at) => snapshot.firms.get(*at).map_or_else(
                || short_of(vec![Lack::Party]),
                |firm| reached(definition, period, firm, &months, as_of),
            ),
        };
        total.count(&reached);
        let in_city = entry.commune.commune().province.as_str() == definition.city;
        if in_city { &mut city } else { &mut linked }.count(&reached);
        communes.entry(entry.commune).or_default().count(&reached);
        for group in &entry.groups {
            groups.entry(group.code).or_default().count(&reached);
        }
        if reached.issuing != Some(true) {
            not_covered.push(NotCovered {
                entry: entry.clone(),
                registered: reached.registered,
                lacks: reached.lacks,
            });
        }
    }
    let (communes, linked_communes) =
        communes.into_iter().partition(|(commune, _)| commune.commune().province.as_str() == definition.city);
    let groups =
        products::groups().iter().filter_map(|group| Some((group, *groups.get(group.code)?))).collect();
    Report {
        definition,
        as_of,
        listed: u32::try_from(snapshot.entries.len()).unwrap_or(u32::MAX),
        total,
        groups,
        city,
        communes,
        linked,
        linked_communes,
        not_covered,
        off_roster: off_roster(definition, snapshot, &matches, as_of),
    }
}

fn short_of(lacks: Vec<Lack>) -> Reached {
    Reached { registered: Some(false), issuing: Some(false), lacks }
}

/// The last day that counts of each month in which a firm sells, by the first of the month.
type SellingMonths = BTreeMap<(i16, i8), Day>;

/// The months of the period in which a firm is active and sells. A firm without any is not in scope.
fn selling_months(period: Period, entry: &Entry) -> SellingMonths {
    let from = entry.active_from.map_or(period.from, |day| day.max(period.from));
    let to = entry.active_to.map_or(period.to, |day| day.min(period.to));
    months_between(from, to, entry.months)
}

fn months_between(from: Day, to: Day, months: Months) -> SellingMonths {
    let mut found = SellingMonths::new();
    let mut day = from;
    while day <= to {
        let next = first_of_next_month(day);
        if months.has(day.month()) {
            found.insert((day.year(), day.month()), next.plus_days(-1).min(to));
        }
        day = next;
    }
    found
}

fn first_of_next_month(day: Day) -> Day {
    // From any day, 32 − day-of-month days on lie 1–4 days into the next month.
    let later = day.plus_days(32 - i32::from(day.day_of_month()));
    later.plus_days(1 - i32::from(later.day_of_month()))
}

fn reached(
    definition: &Definition,
    period: Period,
    firm: &Firm,
    months: &SellingMonths,
    as_of: Day,
) -> Reached {
    let mut lacks = match firm.standing {
        Standing::Approved => Vec::new(),
        Standing::Applied => vec![Lack::Approval],
        Standing::Refused => vec![Lack::Refused],
        Standing::Suspended => vec![Lack::Suspended],
    };
    if firm.places == 0 {
        lacks.push(Lack::Place);
    } else if firm.complete_places == 0 {
        lacks.push(Lack::PlaceComplete);
    }
    if firm.products == 0 {
        lacks.push(Lack::Product);
    } else if firm.complete_products == 0 {
        lacks.push(Lack::ProductComplete);
    }
    let registered = lacks.is_empty();

    let counted =
        || firm.days.iter().filter(|lots| lots.day >= period.from && lots.day <= period.to.min(as_of));
    if !counted().any(|lots| lots.coded > 0) {
        lacks.push(Lack::Code);
    }
    let elapsed: BTreeSet<_> =
        months.iter().filter(|(_, last)| **last <= as_of).map(|(month, _)| *month).collect();
    let active: BTreeSet<_> = counted()
        .filter(|lots| lots.lots > 0)
        .map(|lots| (lots.day.year(), lots.day.month()))
        .filter(|month| elapsed.contains(month))
        .collect();
    let (have, elapsed) = (small(active.len()), small(elapsed.len()));
    let need = (elapsed * definition.issuing_months_percent).div_ceil(100);
    if have < need {
        lacks.push(Lack::Months { have, need, elapsed });
    }
    Reached { registered: Some(registered), issuing: Some(lacks.is_empty()), lacks }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Parties that sell and stand behind no line. One that might stand behind a line is not listed before that is decided.
fn off_roster(
    definition: &Definition,
    snapshot: &Snapshot,
    matches: &[Matched],
    as_of: Day,
) -> Vec<OffRoster> {
    let on: BTreeSet<usize> = matches
        .iter()
        .flat_map(|found| match found {
            Matched::Open(near) => near.clone(),
            other => other.firm().into_iter().collect(),
        })
        .collect();
    let period = snapshot.roster.period;
    let months = months_between(period.from, period.to, Months::ALL);
    let mut off: Vec<OffRoster> = snapshot
        .firms
        .iter()
        .enumerate()
        .filter(|(at, firm)| !on.contains(at) && firm.standing == Standing::Approved && sells(firm.kind))
        .map(|(_, firm)| {
            let reached = reached(definition, period, firm, &months, as_of);
            OffRoster {
                firm: firm.clone(),
                registered: reached.registered == Some(true),
                issuing: reached.issuing == Some(true),
            }
        })
        .collect();
    off.sort_by(|a, b| (&a.firm.name_folded, a.firm.id).cmp(&(&b.firm.name_folded, b.firm.id)));
    off
}

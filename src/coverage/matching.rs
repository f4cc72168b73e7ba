//! Who stands behind each line of a roster: by tax number of itself, else as a person decided, else nobody yet.
//!
//! What must stay true: a party stands behind one line at most; the order of the lines and parties changes nothing; decisions count
//! whenever they were made, because they are about identity.

use super::model::{Decision, Entry, Firm, Standing, Verdict};
use crate::kernel::{CommuneCode, PartyId, RosterEntryId, Sha256Hash};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Who stands behind a line; parties by their place in the list given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matched {
    /// The party with the same tax number.
    ByTaxNumber(usize),
    /// The party that a person said it is.
    ByDecision(usize),
    /// Parties with the same name in the same commune, about which nobody has decided.
    Open(Vec<usize>),
    /// Nobody in the registry.
    Nobody,
}

impl Matched {
    /// The party, when it is known.
    #[must_use]
    pub fn firm(&self) -> Option<usize> {
        match self {
            Self::ByTaxNumber(firm) | Self::ByDecision(firm) => Some(*firm),
            Self::Open(_) | Self::Nobody => None,
        }
    }
}

/// Matches each entry, in the order given.
#[must_use]
pub fn matched(entries: &[Entry], decisions: &[Decision], firms: &[Firm]) -> Vec<Matched> {
    let by_tax: HashMap<Sha256Hash, usize> =
        firms.iter().enumerate().filter_map(|(at, firm)| Some((firm.tax_match?, at))).collect();
    let by_id: HashMap<PartyId, usize> = firms.iter().enumerate().map(|(at, firm)| (firm.id, at)).collect();
    let places: HashMap<RosterEntryId, usize> =
        entries.iter().enumerate().map(|(at, entry)| (entry.id, at)).collect();

    let mut found: Vec<Option<Matched>> = vec![None; entries.len()];
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    for (entry, found) in entries.iter().zip(&mut found) {
        if let Some(firm) = entry.tax_match.and_then(|number| by_tax.get(&number)) {
            taken.insert(*firm);
            *found = Some(Matched::ByTaxNumber(*firm));
        }
    }

    let verdicts = verdicts(decisions);
    let mut same: Vec<&Decision> =
        verdicts.values().copied().filter(|decision| decision.verdict == Verdict::Same).collect();
    same.sort_by_key(|decision| std::cmp::Reverse((decision.at, decision.id)));
    for decision in same {
        let (Some(entry), Some(firm)) = (places.get(&decision.entry), by_id.get(&decision.party)) else {
            continue;
        };
        if let Some(found) = found.get_mut(*entry)
            && found.is_none()
            && taken.insert(*firm)
        {
            *found = Some(Matched::ByDecision(*firm));
        }
    }

    let mut by_name: HashMap<(&str, CommuneCode), Vec<usize>> = HashMap::new();
    for (at, firm) in firms.iter().enumerate() {
        if firm.standing == Standing::Approved && !taken.contains(&at) {
            by_name.entry((&firm.name_folded, firm.commune)).or_default().push(at);
        }
    }
    let decided_other = |entry: &Entry, firm: &Firm| {
        verdicts.get(&(entry.id, firm.id)).is_some_and(|d| d.verdict == Verdict::Other)
    };
    entries
        .iter()
        .zip(found)
        .map(|(entry, found)| {
            found.unwrap_or_else(|| {
                let near = by_name.get(&(entry.name_folded.as_str(), entry.commune));
                let mut near: Vec<usize> = near.into_iter().flatten().copied().collect();
                near.retain(|at| firms.get(*at).is_some_and(|firm| !decided_other(entry, firm)));
                near.sort_by_key(|at| firms.get(*at).map(|firm| firm.id));
                if near.is_empty() { Matched::Nobody } else { Matched::Open(near) }
            })
        })
        .collect()
}

/// The verdict that stands on each pair: the last one.
fn verdicts(decisions: &[Decision]) -> BTreeMap<(RosterEntryId, PartyId), &Decision> {
    let mut standing: BTreeMap<_, &Decision> = BTreeMap::new();
    for decision in decisions {
        let last = standing.entry((decision.entry, decision.party)).or_insert(decision);
        if (decision.at, decision.id) > (last.at, last.id) {
            *last = decision;
        }
    }
    standing
}

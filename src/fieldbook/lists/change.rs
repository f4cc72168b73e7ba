//! What one version of a list says otherwise than another: for the preview before publishing, and to know which sprays must be
//! looked at again.

use super::model::{Contents, Substance};
use super::rows::{Row, rows};
use crate::kernel::SubstanceId;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is about, in the words of the list.
    pub about: String,
    /// What the older version said; none when it is new.
    pub before: Option<String>,
    /// What the newer version says; none when it is gone.
    pub after: Option<String>,
}

/// What differs between two versions, in the order of the newer and then of the older.
#[must_use]
pub fn changes(before: &Contents, after: &Contents) -> Vec<Change> {
    let (old, new) = (rows(before), rows(after));
    let by_key = |rows: &[Row]| -> BTreeMap<String, String> {
        rows.iter().map(|row| (row.key.clone(), row.said())).collect()
    };
    let (was, is) = (by_key(&old), by_key(&new));
    let mut found = Vec::new();
    for row in &new {
        let before = was.get(&row.key).cloned();
        let after = row.said();
        if before.as_ref() != Some(&after) {
            found.push(Change { about: row.about.clone(), before, after: Some(after) });
        }
    }
    for row in old.iter().filter(|row| !is.contains_key(&row.key)) {
        found.push(Change { about: row.about.clone(), before: Some(row.said()), after: None });
    }
    found
}

/// The folded names of the substances that two versions do not say the same of, each once and in order.
#[must_use]
pub fn changed_substances(before: &[Substance], after: &[Substance]) -> Vec<String> {
    let by_name = |list: &[Substance]| -> BTreeMap<String, Substance> {
        list.iter().map(|one| (one.name_folded.clone(), one.clone())).collect()
    };
    let (was, is) = (by_name(before), by_name(after));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    names.into_iter().filter(|name| was.get(*name) != is.get(*name)).cloned().collect()
}

/// The substances of which a version says something else than those in whose place it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    names: BTreeSet<String>,
    ids: BTreeSet<SubstanceId>,
}

impl Changed {
    /// The substances with these folded names.
    #[must_use]
    pub fn of(names: impl IntoIterator<Item = String>) -> Self {
        let names: BTreeSet<String> = names.into_iter().collect();
        Self { ids: names.iter().map(|name| SubstanceId::of_name(name)).collect(), names }
    }

    /// Whether the one with this folded name is among them.
    #[must_use]
    pub fn has(&self, folded: &str) -> bool {
        self.names.contains(folded)
    }

    /// Whether the one with this id is among them.
    #[must_use]
    pub fn has_id(&self, id: SubstanceId) -> bool {
        self.ids.contains(&id)
    }

    /// The folded names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

//! The groups of products that reports count by, from `assets/data/product-groups.csv`.
//!
//! What must stay true: a group's code never changes its meaning, because rows and reports hold it. How long records are kept by
//! default follows Circular 17/2021/TT-BNNPTNT, Art. 6: 6 months for fresh products, 24 for frozen and processed ones.

use crate::kernel::fold::fold;
use crate::kernel::{Lang, Problem, Unit};
use std::sync::LazyLock;

/// Whether a group's products are sold fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Fresh.
    Fresh,
    /// Frozen, dried or processed.
    Processed,
}

impl State {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Processed => "processed",
        }
    }

    /// The key of the word.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Fresh => "products-state-fresh",
            Self::Processed => "products-state-processed",
        }
    }
}

/// A group of products.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// The stored name.
    pub code: &'static str,
    /// Fresh or processed.
    pub state: State,
    /// For how many months records are kept, counted from production, where the product has no shelf life.
    pub retention_months: u32,
    /// What lots of the group are usually counted in.
    pub unit: Unit,
    name_vi: &'static str,
    name_en: &'static str,
}

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    include_str!("../../assets/data/product-groups.csv").lines().skip(1).filter_map(read).collect()
});

/// Reads a line of the embedded file; a test asserts that every line was understood.
fn read(line: &'static str) -> Option<Group> {
    let mut columns = line.split(',');
    let mut next = || columns.next();
    let (code, name_vi, name_en) = (next()?, next()?, next()?);
    let state = match next()? {
        "fresh" => State::Fresh,
        "processed" => State::Processed,
        _ => return None,
    };
    let retention_months = next()?.parse().ok()?;
    let unit = Unit::parse(next()?).ok()?;
    Some(Group { code, state, retention_months, unit, name_vi, name_en })
}

/// All groups, in the order in which they are offered and reported.
#[must_use]
pub fn groups() -> &'static [Group] {
    &GROUPS
}

impl Group {
    /// The group with this code.
    ///
    /// # Errors
    /// `group_missing`, `group_unknown`.
    pub fn parse(text: &str) -> Result<&'static Self, Problem> {
        let code = text.trim();
        if code.is_empty() {
            return Err(Problem::new("group_missing"));
        }
        groups()
            .iter()
            .find(|group| group.code == code)
            .ok_or_else(|| Problem::new("group_unknown").value(text))
    }

    /// The group that a word in a list means, in either language and however it is spelled: `thủy sản`, `Tea`; also its code.
    ///
    /// ```
    /// use nguongoc::products::Group;
    /// assert_eq!(Group::named("THỦY SẢN").unwrap().code, "thuy_san");
    /// ```
    #[must_use]
    pub fn named(text: &str) -> Option<&'static Self> {
        let wanted = fold(text);
        groups().iter().find(|group| {
            group.code == text.trim() || fold(group.name_vi) == wanted || fold(group.name_en) == wanted
        })
    }

    /// The name in a language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Vi => self.name_vi,
            Lang::En => self.name_en,
        }
    }
}

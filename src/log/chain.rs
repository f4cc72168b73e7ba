//! Whether entries stand in the chains of their subjects as their bytes say, and where those chains end.

use super::leaf::{ChainEnd, Chained};
use super::store::columns::{Columns, Last};
use super::tree::leaf_hash;
use crate::kernel::Sha256Hash;
use std::collections::HashMap;

/// The chains of what is looked at, one entry after the other.
#[derive(Debug, Default)]
pub(super) struct Chains {
    /// Where the chain of each subject ends, among what was looked at.
    ends: HashMap<String, (u64, Sha256Hash)>,
    /// What stands before the first of each subject, as that says: the entry that says it, its subject, the number and the hash of the one before.
    before: Vec<(u64, String, u64, Sha256Hash)>,
    /// The first entry that does not stand as its bytes say.
    pub(super) fault: Option<u64>,
}

/// What the bytes of an entry say, and the hash of its leaf, when what stands beside them says the same.
pub(super) fn told<'b>(bytes: &'b [u8], beside: &Columns) -> Option<(Chained<'b>, Sha256Hash)> {
    let (told, hash) = (Chained::read(bytes)?, leaf_hash(bytes));
    let is_same = told.subject == beside.subject
        && i64::try_from(told.seq) == Ok(beside.seq)
        && beside.leaf == Some(hash);
    is_same.then_some((told, hash))
}

/// Where the chain of a subject ends with this entry, when it stands as its bytes say.
pub(super) fn end(last: &Last) -> Option<ChainEnd> {
    let (told, hash) = told(&last.bytes, &last.beside)?;
    Some(ChainEnd { seq: told.seq.checked_add(1)?, prev: Some(hash) })
}

/// Where the chains end of the subjects that this node gave entries their places of last: they need not be read again as long as no other node
/// gave any its place, which the root over all of them tells.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The later ones; when they are many, they become the earlier ones.
    later: HashMap<String, ChainEnd>,
    earlier: HashMap<String, ChainEnd>,
    /// The root over all entries behind which they are the ends.
    root: Option<Sha256Hash>,
}

impl Ends {
    /// How many later ones there may be.
    const MOST: usize = 65_536;

    /// These, behind the entries of this root; of another one nothing is known.
    pub(super) fn behind(self, root: &Sha256Hash) -> Self {
        if self.root.as_ref() == Some(root) { self } else { Self::default() }
    }

    /// Where the chain of a subject ends, if that is known.
    pub(super) fn of(&self, subject: &str) -> Option<ChainEnd> {
        self.later.get(subject).or_else(|| self.earlier.get(subject)).copied()
    }

    /// Where chains end now, behind the entries of this root.
    pub(super) fn go_on(&mut self, ends: HashMap<String, ChainEnd>, root: Sha256Hash) {
        if self.later.len() + ends.len() > Self::MOST {
            self.earlier = std::mem::take(&mut self.later);
        }
        self.later.extend(ends);
        self.root = Some(root);
    }
}

impl Chains {
    /// Looks at the entry at `index`, the next one.
    pub(super) fn look(&mut self, index: u64, bytes: &[u8], beside: &Columns) {
        let is_good = told(bytes, beside).is_some_and(|told| self.goes_on(index, told));
        if !is_good {
            self.note_fault(index);
        }
    }

    /// Notes that the entry at `index` does not stand as it should.
    pub(super) fn note_fault(&mut self, index: u64) {
        self.fault.get_or_insert(index);
    }

    fn goes_on(&mut self, index: u64, (told, hash): (Chained<'_>, Sha256Hash)) -> bool {
        let is_next = match (self.ends.get(&*told.subject), told.prev, told.seq.checked_sub(1)) {
            (Some((seq, hash)), Some(prev), Some(before)) => (*seq, *hash) == (before, prev),
            (None, Some(prev), Some(before)) => {
                self.before.push((index, told.subject.to_string(), before, prev));
                true
            }
            (None, None, None) => true,
            _ => false,
        };
        self.ends.insert(told.subject.into_owned(), (told.seq, hash));
        is_next
    }

    /// What has to stand before: subject and number.
    pub(super) fn before(&self) -> Vec<(String, i64)> {
        let asked =
            |(_, subject, seq, _): &(_, String, u64, _)| Some((subject.clone(), i64::try_from(*seq).ok()?));
        self.before.iter().filter_map(asked).collect()
    }

    /// The first entry that does not go on from what stands before it, given what does.
    pub(super) fn fault_behind(&self, found: Vec<(String, i64, Vec<u8>)>) -> Option<u64> {
        let mut stands: HashMap<(String, u64), Sha256Hash> = HashMap::with_capacity(found.len());
        for (subject, seq, bytes) in found {
            if let Some(told) = Chained::read(&bytes)
                && told.subject == subject
                && i64::try_from(told.seq) == Ok(seq)
            {
                stands.insert((subject, told.seq), leaf_hash(&bytes));
            }
        }
        let goes_on = |(_, subject, seq, prev): &(u64, String, u64, Sha256Hash)| {
            stands.get(&(subject.clone(), *seq)) == Some(prev)
        };
        self.before.iter().find(|before| !goes_on(before)).map(|before| before.0)
    }
}

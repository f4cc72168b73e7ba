//! Whether entries stand in the chains of their subjects as their bytes say: the next ones are chained by what stands beside the bytes.

use super::leaf::Chained;
use super::store::columns::Columns;
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

/// Whether what stands beside an entry is what its bytes say.
pub(super) fn is_told(bytes: &[u8], beside: &Columns) -> bool {
    Chained::read(bytes).is_some_and(|told| {
        told.subject == beside.subject
            && i64::try_from(told.seq) == Ok(beside.seq)
            && beside.leaf == Some(leaf_hash(bytes))
    })
}

impl Chains {
    /// Looks at the entry at `index`, the next one.
    pub(super) fn look(&mut self, index: u64, bytes: &[u8], beside: Option<&Columns>) {
        let is_good = beside.is_some_and(|beside| is_told(bytes, beside)) && self.goes_on(index, bytes);
        if !is_good {
            self.fault.get_or_insert(index);
        }
    }

    fn goes_on(&mut self, index: u64, bytes: &[u8]) -> bool {
        let Some(told) = Chained::read(bytes) else { return false };
        let end = (told.seq, leaf_hash(bytes));
        let is_next = match (self.ends.get(&*told.subject), told.prev, told.seq.checked_sub(1)) {
            (Some((seq, hash)), Some(prev), Some(before)) => (*seq, *hash) == (before, prev),
            (None, Some(prev), Some(before)) => {
                self.before.push((index, told.subject.to_string(), before, prev));
                true
            }
            (None, None, None) => true,
            _ => false,
        };
        self.ends.insert(told.subject.into_owned(), end);
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

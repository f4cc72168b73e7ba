//! Walking the entries of a log from where the last audit ended: hashes, form, the chains of subjects, and what entries say of codes.
//!
//! The tree is computed here by another way than the registry's: a row of complete subtrees, as RFC 9162 §2.1.2 describes it, which is also all
//! that has to be kept to show that the next checkpoint extends this one.

use super::fault::Wrong;
use crate::kernel::canonical::{Limits, canonical, parse_strict};
use crate::kernel::{Moment, Sha256Hash};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How long after a key was retired codes by it may still come into the log, in microseconds: what other machines signed meanwhile.
const GRACE: i64 = 300_000_000;

/// Of labels in very many pieces the registry tells so many pieces, and how many labels there are in all.
const MOST_RANGES: usize = 200;

/// Ranges of indices that do not meet: first and end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Ranges(BTreeMap<i64, i64>);

impl Ranges {
    fn meets(&self, first: i64, end: i64) -> bool {
        self.0.range(..end).next_back().is_some_and(|(_, until)| *until > first)
    }

    /// Adds a range that meets none; what lies at its side becomes one with it.
    fn add(&mut self, mut first: i64, mut end: i64) {
        if let Some((before, until)) =
            self.0.range(..=first).next_back().filter(|(_, until)| **until == first)
        {
            (first, end) = (*before, end.max(*until));
        }
        end = self.0.remove(&end).unwrap_or(end);
        self.0.insert(first, end);
    }
}

/// A run of unit codes: which indices of its product, and which of its labels were activated or made void.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Run {
    product: String,
    first: i64,
    end: i64,
    active: Ranges,
    void: Ranges,
    /// How many labels were told to be activated: more than the ranges hold where those are cut. States from before this was counted
    /// begin at nothing.
    #[serde(default)]
    activated: i64,
    /// How many were told to be made void.
    #[serde(default)]
    voided: i64,
}

/// What states say that were written before it was told apart whether a key was made.
const fn as_before() -> bool {
    true
}

/// A key of which entries tell.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Key {
    /// Whether an entry told that it was made: of others only the end was told.
    #[serde(default = "as_before")]
    is_made: bool,
    /// What it may sign. Logs from before this was told say nothing of it, nor of the term; neither do the states of their audits.
    #[serde(default)]
    role: Option<String>,
    /// From when on it signs, in microseconds.
    #[serde(default)]
    from: Option<i64>,
    /// When it stops.
    #[serde(default)]
    until: Option<i64>,
    /// Since when it signs no more.
    ended: Option<Ended>,
    /// The size of the log up to which it is good, once it was declared compromised.
    last_good: Option<u64>,
    /// What it signed: the entry, and the run or the subject.
    signed: Vec<(u64, String)>,
}

/// How a key ended.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Ended {
    /// When, in microseconds.
    at: i64,
    is_compromise: bool,
}

/// Codes by a compromised key that were issued beyond what is good of it.
pub(super) struct Doubt {
    pub(super) key: String,
    /// The run, or the subject of a lot's code.
    pub(super) what: String,
    pub(super) index: u64,
    pub(super) last_good: u64,
}

/// All that has to be known of the entries so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Walk {
    /// How many entries were walked.
    pub(super) size: u64,
    /// The complete subtrees, the largest first: height and hash.
    subtrees: Vec<(u32, String)>,
    /// The chain of each subject: how many entries, and the last leaf hash.
    subjects: BTreeMap<String, (u64, String)>,
    runs: BTreeMap<String, Run>,
    /// Indices that were issued, by product.
    issued: BTreeMap<String, Ranges>,
    keys: BTreeMap<String, Key>,
    /// The latest time that an entry tells, in microseconds: what stands behind it was logged no earlier.
    latest: i64,
    /// Hashes of the tree's tiles that are not full, by level.
    edge: Vec<Vec<String>>,
}

fn leaf(entry: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

pub(super) fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

fn hex(hash: &[u8; 32]) -> String {
    Sha256Hash::from_bytes(*hash).to_string()
}

fn bytes(hash: &str) -> [u8; 32] {
    Sha256Hash::parse(hash).map_or([0; 32], |hash| *hash.as_bytes())
}

/// The hashes of a tile that became full or that the walk ended in.
pub(super) struct Tile {
    pub(super) level: u8,
    pub(super) index: u64,
    pub(super) hashes: Vec<[u8; 32]>,
}

impl Walk {
    /// The root over the entries so far.
    pub(super) fn root(&self) -> [u8; 32] {
        let mut subtrees = self.subtrees.iter().rev().map(|(_, hash)| bytes(hash));
        let Some(last) = subtrees.next() else { return Sha256::digest([]).into() };
        subtrees.fold(last, |right, left| node(&left, &right))
    }

    /// Up to which size of the log a key is good that was declared compromised; nothing for one that was not.
    pub(super) fn condemned(&self, id: &str) -> Option<u64> {
        let key = self.keys.get(id)?;
        key.last_good.or_else(|| key.ended.filter(|ended| ended.is_compromise).map(|_| 0))
    }

    /// What compromised keys signed beyond what is good of them.
    pub(super) fn doubts(&self) -> Vec<Doubt> {
        let compromised = self.keys.iter().filter_map(|(id, key)| Some((id, key, key.last_good?)));
        let doubts = compromised.flat_map(|(id, key, last_good)| {
            let behind = key.signed.iter().filter(move |(index, _)| *index >= last_good);
            behind.map(move |(index, what)| Doubt {
                key: id.clone(),
                what: what.clone(),
                index: *index,
                last_good,
            })
        });
        doubts.collect()
    }

    /// The tiles that are not full.
    pub(super) fn edge(&self) -> Vec<Tile> {
        let mut tiles = Vec::new();
        let mut hashes_of_level = self.size;
        for (level, hashes) in self.edge.iter().enumerate() {
            if !hashes.is_empty() {
                tiles.push(Tile {
                    level: u8::try_from(level).unwrap_or(u8::MAX),
                    index: hashes_of_level / 256,
                    hashes: hashes.iter().map(|hash| bytes(hash)).collect(),
                });
            }
            hashes_of_level /= 256;
        }
        tiles
    }

    /// Takes the next entry; the tiles that it filled.
    pub(super) fn take(&mut self, entry: &[u8]) -> Result<Vec<Tile>, Wrong> {
        self.read(entry)?;
        let hash = leaf(entry);
        let (mut height, mut subtree) = (0, hash);
        while let Some((before, left)) = self.subtrees.last().filter(|(before, _)| *before == height) {
            subtree = node(&bytes(left), &subtree);
            height = before + 1;
            self.subtrees.pop();
        }
        self.subtrees.push((height, hex(&subtree)));
        self.size += 1;
        Ok(self.fill(0, &hash))
    }

    fn fill(&mut self, level: usize, hash: &[u8; 32]) -> Vec<Tile> {
        if self.edge.len() <= level {
            self.edge.resize(level + 1, Vec::new());
        }
        self.edge[level].push(hex(hash));
        if self.edge[level].len() < 256 {
            return Vec::new();
        }
        let hashes: Vec<[u8; 32]> =
            std::mem::take(&mut self.edge[level]).iter().map(|hash| bytes(hash)).collect();
        let mut row = hashes.clone();
        while row.len() > 1 {
            row = row.chunks_exact(2).map(|pair| node(&pair[0], &pair[1])).collect();
        }
        let above = row[0];
        let place = u8::try_from(level).unwrap_or(u8::MAX);
        let index = (self.size - 1) >> (8 * (u32::from(place) + 1));
        let mut tiles = vec![Tile { level: place, index, hashes }];
        tiles.extend(self.fill(level + 1, &above));
        tiles
    }

    /// Reads an entry: its form, its place in the chain of its subject, and what it says of keys and codes.
    fn read(&mut self, entry: &[u8]) -> Result<(), Wrong> {
        let limits = Limits { bytes: crate::log::LARGEST_ENTRY, depth: 32 };
        let unreadable = |why: String| Wrong::Unreadable(why);
        let value = parse_strict(entry, limits).map_err(|problem| unreadable(problem.to_string()))?;
        if canonical(&value).map_err(|problem| unreadable(problem.to_string()))? != entry {
            return Err(Wrong::Spelling);
        }
        let object = value.as_object().ok_or_else(|| Wrong::Members(String::new()))?;
        let names: Vec<&str> = object.keys().map(String::as_str).collect();
        if names != ["actor", "at", "body", "prev", "seq", "subject", "type", "v"] {
            return Err(Wrong::Members(names.join(", ")));
        }
        if value["v"] != 1 {
            return Err(Wrong::Version(value["v"].to_string()));
        }
        let subject = value["subject"].as_str().ok_or(Wrong::Lacks("subject"))?;
        let (seq, prev) = match self.subjects.get(subject) {
            Some((count, last)) => (*count, Value::from(last.as_str())),
            None => (0, Value::Null),
        };
        if value["seq"] != seq {
            let found = value["seq"].to_string();
            return Err(Wrong::Place { subject: subject.to_owned(), found, due: seq });
        }
        if value["prev"] != prev {
            return Err(Wrong::Before { subject: subject.to_owned() });
        }
        self.subjects.insert(subject.to_owned(), (seq + 1, hex(&leaf(entry))));
        let body = &value["body"];
        let at = value["at"].as_str().and_then(|at| Moment::parse(at).ok()).ok_or(Wrong::Lacks("at"))?;
        let at = at.micros();
        match value["type"].as_str().unwrap_or_default() {
            "key.made" => self.made(body),
            "key.retired" => self.ended(body, Ended { at, is_compromise: false }),
            "key.compromised" => self.ended(body, Ended { at, is_compromise: true }),
            "codes.issued" => self.issued(body, subject, at),
            "codes.activated" => self.labels(body, true),
            "codes.voided" => self.labels(body, false),
            _ => Ok(()),
        }?;
        self.latest = self.latest.max(at);
        Ok(())
    }

    /// A key was made: what it may sign, and when, as far as that is told. It is told once.
    fn made(&mut self, body: &Value) -> Result<(), Wrong> {
        let id = body["id"].as_str().ok_or(Wrong::Lacks("id"))?;
        let time = |name: &'static str| match &body[name] {
            Value::Null => Ok(None),
            told => {
                let moment = told.as_str().and_then(|told| Moment::parse(told).ok());
                moment.map(|moment| Some(moment.micros())).ok_or(Wrong::Lacks(name))
            }
        };
        let (from, until) = (time("from")?, time("until")?);
        let role = match &body["role"] {
            Value::Null => None,
            told => Some(told.as_str().ok_or(Wrong::Lacks("role"))?.to_owned()),
        };
        let key = self.keys.entry(id.to_owned()).or_default();
        key.is_made = true;
        if key.role.is_none() {
            (key.role, key.from, key.until) = (role, from, until);
        }
        Ok(())
    }

    fn ended(&mut self, body: &Value, ended: Ended) -> Result<(), Wrong> {
        let id = body["id"].as_str().ok_or(Wrong::Lacks("id"))?;
        let key = self.keys.entry(id.to_owned()).or_default();
        // A key that has ended does not come back.
        key.ended = key.ended.or(Some(ended));
        if ended.is_compromise {
            key.last_good = body["last_good_log_size"].as_u64().or(key.last_good);
        }
        Ok(())
    }

    fn issued(&mut self, body: &Value, subject: &str, at: i64) -> Result<(), Wrong> {
        let id = body["key_id"].as_str().ok_or(Wrong::Lacks("key_id"))?;
        let key = self.keys.get_mut(id).filter(|key| key.is_made);
        let key = key.ok_or_else(|| Wrong::UnknownKey(id.to_owned()))?;
        if let Some(role) = key.role.as_deref().filter(|role| *role != "code") {
            return Err(Wrong::KeyOfRole { key: id.to_owned(), role: role.to_owned() });
        }
        // Behind the end of its term, as behind any other end, there is little time for what was signed before it.
        let is_over = |until: i64| at > until || self.latest > until.saturating_add(GRACE);
        if key.from.is_some_and(|from| at < from) || key.until.is_some_and(is_over) {
            return Err(Wrong::KeyOutOfTerm(id.to_owned()));
        }
        // The place in the log counts, not only what the entry says of its time: behind the key's end there is little time for what
        // was signed before it, and none for what says that it was signed after a compromise.
        if let Some(ended) = key.ended {
            let is_in_time = self.latest.max(at) <= ended.at.saturating_add(GRACE);
            if !is_in_time || (ended.is_compromise && at > ended.at) {
                return Err(Wrong::EndedKey(id.to_owned()));
            }
        }
        let run = body["run"].as_str();
        key.signed.push((self.size, run.unwrap_or(subject).to_owned()));
        let Some(run) = run else { return Ok(()) };
        let product = body["product_number"].as_str().ok_or(Wrong::Lacks("product_number"))?.to_owned();
        let first = body["first_index"].as_i64().filter(|first| *first >= 0);
        let first = first.ok_or(Wrong::Lacks("first_index"))?;
        let count = body["count"].as_i64().filter(|count| *count > 0).ok_or(Wrong::Lacks("count"))?;
        let end = first.checked_add(count).ok_or(Wrong::Lacks("count"))?;
        let taken = self.issued.entry(product.clone()).or_default();
        if taken.meets(first, end) {
            return Err(Wrong::Taken(run.to_owned()));
        }
        taken.add(first, end);
        let (active, void) = (Ranges::default(), Ranges::default());
        let known = Run { product, first, end, active, void, activated: 0, voided: 0 };
        match self.runs.insert(run.to_owned(), known) {
            Some(_) => Err(Wrong::Again(run.to_owned())),
            None => Ok(()),
        }
    }

    /// Labels that were activated, or made void.
    fn labels(&mut self, body: &Value, is_activation: bool) -> Result<(), Wrong> {
        let id = body["run"].as_str().ok_or(Wrong::Lacks("run"))?;
        let run = self.runs.get_mut(id).ok_or_else(|| Wrong::NoRun(id.to_owned()))?;
        let ranges = body["ranges"].as_array().ok_or(Wrong::Lacks("ranges"))?;
        let mut found = 0_i64;
        for range in ranges {
            let first = range["first_index"].as_i64().ok_or(Wrong::Lacks("first_index"))?;
            let count = range["count"].as_i64().filter(|count| *count > 0).ok_or(Wrong::Lacks("count"))?;
            let end = first.saturating_add(count);
            if first < run.first || end > run.end {
                return Err(Wrong::Foreign { run: id.to_owned(), product: run.product.clone() });
            }
            match (is_activation, run.void.meets(first, end), run.active.meets(first, end)) {
                (true, true, _) => return Err(Wrong::Revived(id.to_owned())),
                (true, false, true) => return Err(Wrong::Active(id.to_owned())),
                (false, true, _) => return Err(Wrong::Void(id.to_owned())),
                (true, false, false) => run.active.add(first, end),
                (false, false, _) => run.void.add(first, end),
            }
            found = found.saturating_add(count);
        }
        let told = body["labels"].as_i64().ok_or(Wrong::Lacks("labels"))?;
        let is_cut = ranges.len() >= MOST_RANGES && told > found;
        if told != found && !is_cut {
            return Err(Wrong::Count { run: id.to_owned(), told, found });
        }
        let has = run.end - run.first;
        let all = if is_activation { &mut run.activated } else { &mut run.voided };
        // Each label is activated once and made void once, whichever of them the ranges name.
        *all = all.checked_add(told).filter(|all| *all <= has).ok_or_else(|| Wrong::TooMany {
            run: id.to_owned(),
            told,
            before: *all,
            has,
        })?;
        Ok(())
    }
}

/// Takes a bundle apart (C2SP `tlog-tiles`, "Log entries"): the first `count` entries; nothing when they are not all there.
pub(super) fn unbundle(bundle: &[u8], count: u64) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    for _ in 0..count {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        let (entry, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        rest = behind;
    }
    Some(entries)
}

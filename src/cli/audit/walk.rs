//! Walking the entries of a log from where the last audit ended: hashes, form, the chains of subjects, and what entries say of codes.
//!
//! The tree is computed here by another way than the registry's: a row of complete subtrees, as RFC 9162 §2.1.2 describes it, which is also all
//! that has to be kept to show that the next checkpoint extends this one.

use crate::kernel::canonical::{Limits, canonical, parse_strict};
use crate::kernel::{Moment, Sha256Hash};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What is wrong with the log, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("entry {index}: {why}")]
    Entry { index: u64, why: String },
    #[error("the tile {path} is not that of the entries")]
    Tile { path: String },
    #[error("the file {path} is not as long as it has to be")]
    Short { path: String },
    #[error("the entries have not the root of the checkpoint of {size} entries")]
    Root { size: u64 },
    #[error("there is no {path}, and the checkpoint covers it")]
    Missing { path: String },
    #[error("the checkpoint of {now} entries does not extend that of {before} entries, which was audited")]
    Rewritten { before: u64, now: u64 },
    #[error("the log has shrunk: {now} entries are signed now, {before} were before")]
    Shrunk { before: u64, now: u64 },
    #[error("two histories are signed: the checkpoint of {size} entries had another root before")]
    Forked { size: u64 },
}

/// A run of unit codes: which indices of its product, and which of its labels are active or void.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Run {
    product: String,
    first: i64,
    end: i64,
    activated: Vec<(i64, i64)>,
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
    /// Indices that were issued, by product: first and end.
    issued: BTreeMap<String, BTreeMap<i64, i64>>,
    /// Keys by id, and since when each signs no more, in microseconds.
    keys: BTreeMap<String, Option<i64>>,
    /// Hashes of the tree's tiles that are not full, by level.
    edge: Vec<Vec<String>>,
}

fn leaf(entry: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
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
    pub(super) fn take(&mut self, entry: &[u8]) -> Result<Vec<Tile>, Fault> {
        let index = self.size;
        self.read(entry).map_err(|why| Fault::Entry { index, why })?;
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
    fn read(&mut self, entry: &[u8]) -> Result<(), String> {
        let limits = Limits { bytes: crate::log::LARGEST_ENTRY, depth: 32 };
        let value = parse_strict(entry, limits).map_err(|problem| problem.to_string())?;
        if canonical(&value).map_err(|problem| problem.to_string())? != entry {
            return Err("not in canonical form (RFC 8785)".to_owned());
        }
        let object = value.as_object().ok_or("no object")?;
        let names: Vec<&str> = object.keys().map(String::as_str).collect();
        if names != ["actor", "at", "body", "prev", "seq", "subject", "type", "v"] {
            return Err(format!("members {}", names.join(", ")));
        }
        if value["v"] != 1 {
            return Err(format!("version {}", value["v"]));
        }
        let subject = value["subject"].as_str().ok_or("no subject")?;
        let (seq, prev) = match self.subjects.get(subject) {
            Some((count, last)) => (*count, Value::from(last.as_str())),
            None => (0, Value::Null),
        };
        if value["seq"] != seq {
            return Err(format!(
                "{subject}: entry {} of the subject stands where {seq} is due",
                value["seq"]
            ));
        }
        if value["prev"] != prev {
            return Err(format!("{subject}: the entry before is not the one that it names"));
        }
        self.subjects.insert(subject.to_owned(), (seq + 1, hex(&leaf(entry))));
        let body = &value["body"];
        let at = value["at"].as_str().ok_or("no time")?;
        let at = Moment::parse(at).map_err(|problem| problem.to_string())?.micros();
        match value["type"].as_str().unwrap_or_default() {
            "key.made" => self.key(body, None),
            "key.retired" | "key.compromised" => self.key(body, Some(at)),
            "codes.issued" => self.issued(body, at),
            "codes.activated" => self.activated(body),
            _ => Ok(()),
        }
    }

    fn key(&mut self, body: &Value, ended: Option<i64>) -> Result<(), String> {
        let id = body["id"].as_str().ok_or("a key without an id")?;
        let kept = self.keys.entry(id.to_owned()).or_insert(ended);
        // A key that has ended does not come back.
        *kept = kept.or(ended);
        Ok(())
    }

    fn issued(&mut self, body: &Value, at: i64) -> Result<(), String> {
        let id = body["key_id"].as_str().ok_or("codes without a key")?;
        match self.keys.get(id) {
            Some(None) => {}
            Some(Some(ended)) if at <= *ended => {}
            Some(Some(_)) => return Err(format!("codes by the key {id}, which signed no more")),
            None => return Err(format!("codes by the key {id}, which the log does not know")),
        }
        let Some(run) = body["run"].as_str() else { return Ok(()) };
        let product = body["product_number"].as_str().ok_or("a run without a product")?.to_owned();
        let first = body["first_index"].as_i64().ok_or("a run without a first index")?;
        let count = body["count"].as_i64().filter(|count| *count > 0).ok_or("a run without codes")?;
        let end = first.checked_add(count).ok_or("a run beyond all serials")?;
        let taken = self.issued.entry(product.clone()).or_default();
        let before = taken.range(..end).next_back();
        if before.is_some_and(|(_, until)| *until > first) {
            return Err(format!("the run {run} holds serials that were issued before"));
        }
        taken.insert(first, end);
        if self.runs.insert(run.to_owned(), Run { product, first, end, activated: Vec::new() }).is_some() {
            return Err(format!("the run {run} is issued twice"));
        }
        Ok(())
    }

    fn activated(&mut self, body: &Value) -> Result<(), String> {
        let id = body["run"].as_str().ok_or("an activation without a run")?;
        let run =
            self.runs.get_mut(id).ok_or_else(|| format!("labels of the run {id}, which was not issued"))?;
        for range in body["ranges"].as_array().into_iter().flatten() {
            let first = range["first_index"].as_i64().ok_or("a range without a first index")?;
            let count = range["count"].as_i64().filter(|count| *count > 0).ok_or("a range without labels")?;
            let end = first.saturating_add(count);
            if first < run.first || end > run.end {
                return Err(format!("labels that are not of the run {id} of {}", run.product));
            }
            if run.activated.iter().any(|(from, until)| *from < end && first < *until) {
                return Err(format!("labels of the run {id} are activated twice"));
            }
            run.activated.push((first, end));
        }
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

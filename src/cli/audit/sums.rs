//! Opened commitments, and the sums that they allow: what went out of a lot is no more than what came into it, and codes stand for no more
//! than was packed.
//!
//! Nothing of the registry's own ledger is used: the sums are made from the entries of the log and the file of openings alone. What is not
//! opened is counted as such; a lot is called overdrawn only when all that came into it is opened.

use crate::kernel::Sha256Hash;
use crate::kernel::canonical::canonical;
use crate::words::Words;
use anyhow::{Context, Result, bail};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// A sum of amounts or of labels. Each of them has 63 bits, and no log has so many entries that their sum has 128.
type Sum = i128;

/// A line of the file of openings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    of: String,
    field: String,
    salt: String,
    value: Value,
}

/// An opened commitment.
struct Opening {
    /// The line of the file.
    line: usize,
    salt: [u8; 32],
    value: Value,
    is_used: bool,
}

/// What is wrong, or not known, by the openings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Finding {
    /// An opening does not open the commitment of the log.
    Tampered { line: usize, of: String, field: String, index: u64 },
    /// No entry of the log holds such a commitment.
    Stray { line: usize, of: String, field: String },
    /// The same commitment stands in two entries.
    Twice { of: String, field: String, index: u64 },
    /// An amount is none, or of another unit than the lot's others.
    Amount { lot: String, event: String },
    /// What is in a pack is nothing, or of another unit than the lot.
    Pack { lot: String, run: String },
    /// Codes of a lot of which no event tells.
    Bare { lot: String, labels: Sum },
    /// More went out of a lot than came into it.
    Overdrawn { lot: String, came: Sum, went: Sum },
    /// More was made in one event than went into it.
    Made { event: String, came: Sum, went: Sum },
    /// Codes stand for more than there was of the lot.
    Codes { lot: String, coded: Sum, packed: Sum },
}

impl Finding {
    /// The sentence about it.
    pub(super) fn say(&self, words: Words) -> String {
        let lot = |lot: &String| ("lot", lot.clone());
        let sums = |came: Sum, went: Sum| [("came", came.to_string()), ("went", went.to_string())];
        match self {
            Self::Tampered { line, of, field, index } => {
                let values = [
                    ("line", line.to_string()),
                    ("of", of.clone()),
                    ("field", field.clone()),
                    ("index", index.to_string()),
                ];
                words.with("cli-audit-opening-wrong", &values)
            }
            Self::Stray { line, of, field } => {
                let values = [("line", line.to_string()), ("of", of.clone()), ("field", field.clone())];
                words.with("cli-audit-opening-stray", &values)
            }
            Self::Twice { of, field, index } => {
                let values = [("of", of.clone()), ("field", field.clone()), ("index", index.to_string())];
                words.with("cli-audit-twice", &values)
            }
            Self::Pack { lot: named, run } => {
                words.with("cli-audit-pack", &[lot(named), ("run", run.clone())])
            }
            Self::Bare { lot: named, labels } => {
                words.with("cli-audit-bare", &[lot(named), ("count", labels.to_string())])
            }
            Self::Amount { lot: named, event } => {
                words.with("cli-audit-amount", &[lot(named), ("event", event.clone())])
            }
            Self::Overdrawn { lot: named, came, went } => {
                let [came, went] = sums(*came, *went);
                words.with("cli-audit-overdrawn", &[lot(named), came, went])
            }
            Self::Made { event, came, went } => {
                let [came, went] = sums(*came, *went);
                words.with("cli-audit-made", &[("event", event.clone()), came, went])
            }
            Self::Codes { lot: named, coded, packed } => {
                let [packed, coded] = [("packed", packed.to_string()), ("coded", coded.to_string())];
                words.with("cli-audit-codes", &[lot(named), packed, coded])
            }
        }
    }
}

/// All that was found.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// In order.
    pub(super) findings: Vec<Finding>,
    /// Openings that fit.
    pub(super) opened: usize,
    /// Lots of which something was said.
    pub(super) lots: usize,
    /// Lots of which not all amounts are opened, with how many are not.
    pub(super) closed: Vec<(String, usize)>,
}

/// An amount that an event moved of a lot.
struct Part {
    lot: String,
    step: String,
    role: String,
    /// Amount and unit; none when it is not opened.
    amount: Option<(i64, String)>,
}

/// A run of codes.
#[derive(Default)]
struct Run {
    /// The lot of all its labels; none for a stock roll, whose labels get theirs when they are activated.
    lot: Option<String>,
    /// How many labels stand for packs, by lot.
    labels: BTreeMap<String, Sum>,
    /// The labels of a roll that were activated: first, and end with the lot.
    active: BTreeMap<i64, (i64, String)>,
    /// What is in a pack and in which unit; none when it is not opened.
    size: Option<(i64, String)>,
    /// Whether what is in a pack was opened, and is no amount.
    is_no_amount: bool,
    /// Whether the log tells only some of the ranges: then nothing is concluded from them.
    is_cut: bool,
}

impl Run {
    /// Labels of a roll are put on a lot.
    fn activate(&mut self, body: &Value, lot: &str) {
        if self.lot.is_some() {
            return;
        }
        for (first, end) in ranges(body) {
            self.active.insert(first, (end, lot.to_owned()));
        }
        self.is_cut |= is_cut(body);
        *self.labels.entry(lot.to_owned()).or_default() += told(body);
    }

    /// Labels are void: those that were on a lot stand for none of it any more.
    fn void(&mut self, body: &Value) {
        if let Some(lot) = &self.lot {
            *self.labels.entry(lot.clone()).or_default() -= told(body);
            return;
        }
        self.is_cut |= is_cut(body);
        for (first, end) in ranges(body) {
            let before = self.active.range(..first).next_back();
            for (from, (until, lot)) in before.into_iter().chain(self.active.range(first..end)) {
                let inside = Sum::from(end.min(*until)) - Sum::from(first.max(*from));
                if inside > 0 {
                    *self.labels.entry(lot.clone()).or_default() -= inside;
                }
            }
        }
    }
}

/// The ranges of labels in an entry, each with its first index and its end. That they lie in the run was checked before.
fn ranges(body: &Value) -> impl Iterator<Item = (i64, i64)> {
    body["ranges"].as_array().into_iter().flatten().filter_map(|range| {
        let first = range["first_index"].as_i64()?;
        Some((first, first.saturating_add(range["count"].as_i64()?)))
    })
}

/// How many labels an entry tells of.
fn told(body: &Value) -> Sum {
    body["labels"].as_i64().unwrap_or(0).into()
}

/// Whether there are more labels than the ranges hold.
fn is_cut(body: &Value) -> bool {
    ranges(body).map(|(first, end)| Sum::from(end) - Sum::from(first)).sum::<Sum>() < told(body)
}

/// The steps that move an amount of a lot, or say how much of it was packed.
const MOVING: [&str; 8] = ["harvest", "pick", "receive", "pack", "sell", "waste", "sample", "lose"];

/// The openings, and what the entries so far say of amounts.
#[derive(Default)]
pub(super) struct Sums {
    openings: BTreeMap<(String, String), Opening>,
    events: BTreeMap<String, Vec<Part>>,
    /// Events that were declared wrong: they moved nothing.
    wrong: BTreeSet<String>,
    runs: BTreeMap<String, Run>,
    /// Which commitments were seen: of what, and the field.
    seen: BTreeSet<(String, String)>,
    /// What lots are called, by their ids.
    codes: BTreeMap<String, String>,
    findings: Vec<Finding>,
}

impl Sums {
    /// Reads a file of openings: a JSON object on each line.
    pub(super) fn read(path: &Path, words: Words) -> Result<Self> {
        let name = || path.display().to_string();
        let mut sums = Self::default();
        for (at, line) in BufReader::new(File::open(path).with_context(name)?).lines().enumerate() {
            let line = line.with_context(name)?;
            let at = at + 1;
            if line.trim().is_empty() {
                continue;
            }
            let place = || words.two("cli-audit-opening-line", ("path", path.display()), ("line", at));
            let read: Line = serde_json::from_str(&line).with_context(place)?;
            let salt = HEXLOWER.decode(read.salt.as_bytes()).ok().and_then(|salt| salt.try_into().ok());
            let Some(salt) = salt else {
                bail!(words.two("cli-audit-opening-salt", ("path", path.display()), ("line", at)));
            };
            let opening = Opening { line: at, salt, value: read.value, is_used: false };
            if let Some(before) = sums.openings.insert((read.of, read.field), opening) {
                let (line, before) = (at.to_string(), before.line.to_string());
                let values = [("path", name()), ("line", line), ("before", before)];
                bail!(words.with("cli-audit-opening-again", &values));
            }
        }
        Ok(sums)
    }

    /// Takes what an entry says of amounts, checking the openings that belong to it.
    pub(super) fn see(&mut self, index: u64, entry: &[u8]) {
        // The form of the entry was checked before.
        let entry: Value = serde_json::from_slice(entry).unwrap_or_default();
        let (body, text) = (&entry["body"], |value: &Value| value.as_str().unwrap_or_default().to_owned());
        match entry["type"].as_str().unwrap_or_default() {
            "event.recorded" => {
                if let Some(wrong) = body["corrects"].as_str() {
                    self.wrong.insert(wrong.to_owned());
                }
                let (event, lot) = (text(&body["event"]), text(&body["lot"]));
                let (step, role) = (text(&body["step"]), text(&body["role"]));
                let is_moving =
                    MOVING.contains(&step.as_str()) || matches!(role.as_str(), "input" | "output");
                let amount = match body["amount"].as_str() {
                    Some(field) => self.amount(index, (&event, field), &lot, &body["commitments"][field]),
                    // It moves something of the lot, and nobody can tell how much.
                    None if is_moving && !lot.is_empty() => None,
                    None => return,
                };
                self.codes.insert(lot.clone(), text(&body["lot_code"]));
                let part = Part { lot, step, role, amount };
                self.events.entry(event).or_default().push(part);
            }
            "codes.issued" if body["run"].is_string() => {
                let run = text(&body["run"]);
                let value = self.open(index, &run, "pack_size", &body["commitments"]["pack_size"]);
                let is_opened = value.is_some();
                let size = value.and_then(|value| read(&value)).filter(|(amount, _)| *amount > 0);
                let lot = body["lot"].as_str().map(str::to_owned);
                let count = Sum::from(body["count"].as_i64().unwrap_or(0));
                let labels = lot.iter().map(|lot| (lot.clone(), count)).collect();
                let is_no_amount = is_opened && size.is_none();
                self.runs.insert(run, Run { lot, labels, size, is_no_amount, ..Run::default() });
            }
            "codes.activated" => {
                let lot = entry["subject"].as_str().and_then(|subject| subject.strip_prefix("lot:"));
                let run = self.runs.get_mut(&text(&body["run"]));
                if let Some((run, lot)) = run.zip(lot) {
                    run.activate(body, lot);
                }
            }
            "codes.voided" => {
                if let Some(run) = self.runs.get_mut(&text(&body["run"])) {
                    run.void(body);
                }
            }
            _ => {}
        }
    }

    /// The amount that an event moved of a lot, when it is opened.
    fn amount(
        &mut self,
        index: u64,
        (event, field): (&str, &str),
        lot: &str,
        commitment: &Value,
    ) -> Option<(i64, String)> {
        let value = self.open(index, event, field, commitment)?;
        let amount = read(&value).filter(|(amount, _)| *amount >= 0);
        if amount.is_none() {
            self.findings.push(Finding::Amount { lot: lot.to_owned(), event: event.to_owned() });
        }
        amount
    }

    /// The value behind a commitment, when it is opened and fits.
    fn open(&mut self, index: u64, of: &str, field: &str, commitment: &Value) -> Option<Value> {
        if !self.seen.insert((of.to_owned(), field.to_owned())) {
            self.findings.push(Finding::Twice { of: of.to_owned(), field: field.to_owned(), index });
        }
        let opening = self.openings.get_mut(&(of.to_owned(), field.to_owned()))?;
        opening.is_used = true;
        let bytes = canonical(&opening.value).ok()?;
        let hash = Sha256::new().chain_update(opening.salt).chain_update(bytes).finalize();
        if commitment.as_str() == Some(Sha256Hash::from_bytes(hash.into()).to_string().as_str()) {
            return Some(opening.value.clone());
        }
        let (of, field) = (of.to_owned(), field.to_owned());
        self.findings.push(Finding::Tampered { line: opening.line, of, field, index });
        None
    }

    /// What the sums say, once all entries were seen.
    pub(super) fn verdict(mut self) -> Verdict {
        let tampered = self.findings.iter().filter_map(|finding| match finding {
            Finding::Tampered { line, .. } => Some(*line),
            _ => None,
        });
        let mut opened = self.openings.len() - tampered.collect::<BTreeSet<usize>>().len();
        for ((of, field), opening) in &self.openings {
            if !opening.is_used {
                opened -= 1;
                let (of, field) = (of.clone(), field.clone());
                self.findings.push(Finding::Stray { line: opening.line, of, field });
            }
        }
        let mut lots: BTreeMap<&str, Account> = BTreeMap::new();
        for (event, parts) in &self.events {
            if self.wrong.contains(event) {
                continue;
            }
            for part in parts {
                if !lots.entry(&part.lot).or_default().take(part) {
                    self.findings.push(Finding::Amount { lot: part.lot.clone(), event: event.clone() });
                }
            }
            if let Some((came, went)) = made(parts)
                && went > came
            {
                self.findings.push(Finding::Made { event: event.clone(), came, went });
            }
        }
        for (name, run) in &self.runs {
            for (lot, labels) in run.labels.iter().filter(|(_, labels)| **labels > 0) {
                let account = lots.entry(lot).or_default();
                match &run.size {
                    _ if account.parts == 0 => {
                        self.findings.push(Finding::Bare { lot: lot.clone(), labels: *labels });
                    }
                    _ if run.is_cut => account.closed += 1,
                    Some((size, unit)) if account.unit.is_none_or(|its| its == unit) => {
                        // A product may be as long as a sum is; where that is not enough it is more than was packed all the same.
                        account.coded = account.coded.saturating_add(labels * Sum::from(*size));
                    }
                    Some(_) => self.findings.push(Finding::Pack { lot: lot.clone(), run: name.clone() }),
                    None if run.is_no_amount => {
                        self.findings.push(Finding::Pack { lot: lot.clone(), run: name.clone() });
                    }
                    None => account.closed += 1,
                }
            }
        }
        let named = |lot: &str| format!("{} ({lot})", self.codes.get(lot).map_or("", String::as_str));
        let mut verdict = Verdict { opened, lots: lots.len(), ..Verdict::default() };
        for (lot, account) in &lots {
            let (came, went, coded) = (account.came(), account.went, account.coded);
            if let Some(came) = came.filter(|came| went > *came) {
                self.findings.push(Finding::Overdrawn { lot: named(lot), came, went });
            }
            if let Some(packed) = account.packed().filter(|packed| coded > *packed) {
                self.findings.push(Finding::Codes { lot: named(lot), coded, packed });
            }
            if account.closed > 0 {
                verdict.closed.push((named(lot), account.closed));
            }
        }
        self.findings.sort();
        self.findings.dedup();
        verdict.findings = self.findings;
        verdict
    }
}

/// What came into a lot and went out of it, in grams or pieces, over all who had it.
#[derive(Default)]
struct Account<'a> {
    /// Events that tell of it.
    parts: usize,
    unit: Option<&'a str>,
    /// Harvested, or made out of other lots.
    begun: Sum,
    has_origin: bool,
    /// Taken over from others: where the lot came from outside, that is all that is known of its beginning.
    received: Sum,
    packed: Sum,
    is_made: bool,
    went: Sum,
    coded: Sum,
    /// Amounts that are not opened: all of them, and those that came in or were packed.
    closed: usize,
    closed_in: usize,
    closed_packed: usize,
}

impl<'a> Account<'a> {
    /// Takes a part; whether it is counted in the lot's unit.
    fn take(&mut self, part: &'a Part) -> bool {
        self.parts += 1;
        let amount = part.amount.as_ref().map(|(amount, _)| Sum::from(*amount));
        if let Some((_, unit)) = &part.amount
            && *self.unit.get_or_insert(unit) != unit
        {
            return false;
        }
        self.closed += usize::from(amount.is_none());
        let amount = amount.unwrap_or(0);
        let is_closed = usize::from(part.amount.is_none());
        match (part.role.as_str(), part.step.as_str()) {
            ("input", _) | (_, "sell" | "waste" | "sample" | "lose") => {
                self.went += amount;
            }
            ("output", _) | (_, "harvest" | "pick") => {
                self.is_made |= part.role == "output";
                self.has_origin = true;
                self.begun += amount;
                self.closed_in += is_closed;
            }
            (_, "receive") => {
                self.received += amount;
                self.closed_in += if self.has_origin { 0 } else { is_closed };
            }
            (_, "pack") => {
                self.packed += amount;
                self.closed_packed += is_closed;
            }
            // Sent, refused, sent back, tested, held: nothing more of it, and nothing less.
            _ => {}
        }
        true
    }

    /// What came into it; nothing when not all of that is opened.
    fn came(&self) -> Option<Sum> {
        let came = if self.has_origin { self.begun } else { self.received };
        (self.closed_in == 0).then_some(came)
    }

    /// What codes may stand for. A lot that was made of others takes over what they were packed for.
    fn packed(&self) -> Option<Sum> {
        if self.is_made { self.came() } else { Some(self.packed).filter(|_| self.closed_packed == 0) }
    }
}

/// An amount with its unit.
fn read(value: &Value) -> Option<(i64, String)> {
    Some((value["amount"].as_i64()?, value["unit"].as_str()?.to_owned()))
}

/// What went into an event that makes lots out of others, and what came out of it: where both are told there, opened, and in one unit.
/// Cooking and soaking may add weight.
fn made(parts: &[Part]) -> Option<(Sum, Sum)> {
    let (mut came, mut went, mut unit) = (None, None, None);
    for part in parts {
        if part.step == "process" || !matches!(part.role.as_str(), "input" | "output") {
            return None;
        }
        let (amount, its) = part.amount.as_ref()?;
        if *unit.get_or_insert(its) != its {
            return None;
        }
        let sum: &mut Option<Sum> = if part.role == "input" { &mut came } else { &mut went };
        *sum = Some(sum.unwrap_or(0) + Sum::from(*amount));
    }
    Some((came?, went?))
}

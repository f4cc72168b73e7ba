//! `nguongoc audit`: proves, or not, that nobody rewrote the history of a registry, with nothing of the registry's own code for its tree.
//!
//! It reads the files of the log, from the registry, a mirror or a folder: the checkpoint by the policy (who signed, who cosigned), every entry
//! since the last audit, every tile. The state that it keeps is what the next checkpoint must extend. Exit 0: all of it fits. Exit 1: it does not,
//! and the checkpoints are kept as evidence with what was served. Exit 2: the question could not be put, or not to its end.

mod extends;
mod fault;
mod policy;
mod source;
mod state;
mod sums;
mod through;
mod walk;

use crate::cli::say;
use crate::kernel::{Moment, Sha256Hash};
use crate::keys::VerifierKey;
use crate::log::Checkpoint;
use crate::words::Words;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use fault::Fault;
use policy::{Policy, Signed};
use source::{Absent, Answered, Source};
use state::{Begun, Evidence, State};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use sums::{Sums, Verdict};
use through::{Found, Keep, Through};
use walk::{Doubt, Walk};

#[derive(Debug, Args)]
pub(super) struct Audit {
    /// The log: `https://HOST/log`, `file:///FOLDER`, or a folder with a copy of its files
    #[arg(long, value_name = "URL")]
    log: String,
    /// Which logs and witnesses count (C2SP tlog-policy)
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Folder in which the audit goes on where the last one ended, and reads only what is new; without one, all of it is read each time
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Read all of it again, also what earlier audits in the folder have read
    #[arg(long, requires = "state")]
    again: bool,
    /// Openings of the log's commitments, as `log disclose` writes them: sums of amounts are checked too, over the whole log
    #[arg(long, value_name = "FILE")]
    disclosures: Option<PathBuf>,
}

/// How an audit ended.
enum Outcome {
    Good(Box<Good>),
    Bad(Fault, Evidence),
}

/// What fits.
struct Good {
    checkpoint: Checkpoint,
    /// Entries since the last audit.
    new: u64,
    /// Entries under a newer checkpoint that the policy's witnesses have not cosigned yet.
    beyond: u64,
    cosigned: Option<Moment>,
    doubts: Vec<Doubt>,
    /// Keys of the log that are compromised, where nobody else signed the newest checkpoint: the name with the id, and up to which size
    /// each is good.
    condemned: Vec<(String, u64)>,
    sums: Option<Verdict>,
}

pub(super) async fn run(asked: &Audit, words: Words) -> ExitCode {
    match audit(asked, words).await {
        Ok(Outcome::Good(good)) => {
            if tell(&good, words) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Ok(Outcome::Bad(fault, evidence)) => {
            let why = say::plain(&fault.say(words));
            line(&words.one("cli-audit-bad", "why", &why));
            let folder = asked.state.clone().unwrap_or_else(|| state::folder_for(&asked.log));
            match evidence.keep(&folder, &why) {
                Ok(folder) => eprintln!("{}", words.one("cli-audit-evidence", "folder", folder.display())),
                Err(error) => eprintln!("error: {error:#}"),
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {}", say::plain(&unanswered(&error, words)));
            ExitCode::from(2)
        }
    }
}

/// Prints a sentence, which may repeat what the log holds: whatever that is, it stays one line.
fn line(sentence: &str) {
    println!("{}", say::plain(sentence));
}

/// Why the question could not be put, or not to its end.
fn unanswered(error: &anyhow::Error, words: Words) -> String {
    if let Some(absent) = error.downcast_ref::<Absent>() {
        return words.one("cli-audit-absent", "path", &absent.path);
    }
    match error.downcast_ref::<Answered>() {
        Some(Answered { path, status }) => words.two("cli-audit-status", ("path", path), ("status", status)),
        None => format!("{error:#}"),
    }
}

/// Tells what fits, and what is to be known beside it; whether the sums fit too.
fn tell(good: &Good, words: Words) -> bool {
    let checkpoint = &good.checkpoint;
    let values = [
        ("count", checkpoint.size.to_string()),
        ("new", good.new.to_string()),
        ("origin", checkpoint.origin.clone()),
        ("root", checkpoint.root.to_string()),
    ];
    line(&words.with("cli-audit-good", &values));
    if let Some(at) = good.cosigned {
        line(&words.one("cli-audit-cosigned", "time", at.vietnamese()));
    }
    if good.beyond > 0 {
        line(&words.one("cli-audit-beyond", "count", good.beyond));
    }
    for doubt in &good.doubts {
        let values = [
            ("key", doubt.key.clone()),
            ("what", doubt.what.clone()),
            ("index", doubt.index.to_string()),
            ("good", doubt.last_good.to_string()),
        ];
        line(&words.with("cli-audit-doubt", &values));
    }
    for (key, last_good) in &good.condemned {
        let count = checkpoint.size + good.beyond;
        let values = [("key", key.clone()), ("count", count.to_string()), ("good", last_good.to_string())];
        line(&words.with("cli-audit-doubt-log", &values));
    }
    good.sums.as_ref().is_none_or(|sums| told(sums, words))
}

/// Tells what the sums say; whether all of it fits.
fn told(sums: &Verdict, words: Words) -> bool {
    for (lot, closed) in &sums.closed {
        let values = [("lot", lot.clone()), ("count", closed.to_string())];
        line(&words.with("cli-audit-closed", &values));
    }
    for finding in &sums.findings {
        line(&finding.say(words));
    }
    let values = [
        ("count", sums.opened.to_string()),
        ("lots", sums.lots.to_string()),
        ("closed", sums.closed.len().to_string()),
        ("wrong", sums.findings.len().to_string()),
    ];
    let key = if sums.findings.is_empty() { "cli-audit-sums-good" } else { "cli-audit-sums-bad" };
    line(&words.with(key, &values));
    sums.findings.is_empty()
}

async fn audit(asked: &Audit, words: Words) -> Result<Outcome> {
    let text = fs::read_to_string(&asked.policy).with_context(|| asked.policy.display().to_string())?;
    let policy = Policy::parse(&text).map_err(|error| anyhow!(error.say(words)));
    let policy = policy.with_context(|| asked.policy.display().to_string())?;
    let mut sums = asked.disclosures.as_deref().map(|path| Sums::read(path, words)).transpose()?;
    let mut source = Source::parse(&asked.log)?;
    let folder = asked.state.as_deref();
    // Sums need every entry, also those that were read before.
    let is_anew = asked.again || sums.is_some();
    let Earlier { before, known, begun } = match folder {
        Some(folder) => Earlier::read(folder, &policy, is_anew, words)?,
        None => Earlier::default(),
    };
    let seen = match Seen::look(&mut source, &policy).await? {
        Ok(seen) => seen,
        Err((fault, note)) => {
            let mut notes = vec![("checkpoint", note)];
            notes.extend(known.map(|known| ("checkpoint-before", known.note)));
            return Ok(Outcome::Bad(fault, Evidence { notes, served: Vec::new() }));
        }
    };
    let mut notes = vec![("checkpoint", &seen.newest)];
    notes.extend(known.as_ref().map(|known| ("checkpoint-before", known)));
    notes.extend(begun.as_ref().map(|(_, on_the_way)| ("checkpoint-begun", on_the_way)));
    notes.extend(seen.witnessed.as_ref().map(|witnessed| ("checkpoint-witnessed", witnessed)));
    let bad = |fault, served| {
        let notes = notes.iter().map(|(name, signed)| (*name, signed.note.clone())).collect();
        Ok(Outcome::Bad(fault, Evidence { notes, served }))
    };
    let mut signed: Vec<&Signed> = notes.iter().map(|(_, signed)| *signed).collect();
    if let Some(fault) = disagree(&mut signed, &seen.newest.checkpoint) {
        return bad(fault, Vec::new());
    }
    let first = known.as_ref().map_or(0, |known| known.checkpoint.size);
    let trusted = seen.trusted(&policy, first);
    if let (Err(fault), None) = (&trusted, &known) {
        return bad(fault.clone(), Vec::new());
    }
    let upto = trusted.as_ref().map_or(0, |trusted| trusted.checkpoint.size);
    // Only what lies before the checkpoint that counts can be measured by it.
    let walked = begun.as_ref().map(|(begun, _)| begun.walk.clone()).filter(|walk| walk.size <= upto);
    let (walk, mut good) = match (walked, before.as_ref()) {
        _ if is_anew => (Walk::default(), 0),
        (Some(walk), _) => (walk, first),
        (None, Some(before)) => (before.walk.clone(), first),
        (None, None) => (Walk::default(), 0),
    };
    signed.retain(|signed| signed.checkpoint.size >= walk.size);
    let keep = folder.filter(|_| !is_anew);
    let keep = keep.map(|folder| Keep { folder, before: before.as_ref().map(|before| before.note.as_str()) });
    let summed = sums.as_mut().map(|sums| (sums, upto));
    let last = seen.newest.checkpoint.size;
    let mut through = Through::begin(&mut source, walk, last, summed, keep, words)?;
    let reading = async {
        for signed in signed {
            let found = through.to(signed).await?;
            if found.is_some() {
                return Ok(found);
            }
            good = signed.checkpoint.size;
            // What the witnesses saw is what the next audit goes on from.
            if let (Some(folder), Ok(trusted)) = (folder, &trusted)
                && good == upto
            {
                State::write(folder, &trusted.note, &through.walk)?;
            }
        }
        through.edge().await
    };
    let outcome: Result<Option<Found>> = tokio::select! {
        outcome = reading => outcome,
        _ = tokio::signal::ctrl_c() => Err(through::interrupted(words)),
    };
    through.end();
    let doubts = through.walk.doubts();
    let condemned = condemned(&policy, &seen.newest, &through.walk);
    match outcome {
        Err(error) => {
            through.keep()?;
            Err(error)
        }
        Ok(Some(Found { fault, served })) => {
            if let Some(folder) = folder {
                Begun::forget(folder)?;
            }
            let before = notes.iter().map(|(_, signed)| &signed.checkpoint);
            let before = before.filter(|before| before.size > 0).find(|it| it.size == good.max(first));
            bad(judged(through.source, fault, before, &seen.newest.checkpoint).await, served)
        }
        Ok(None) => match trusted {
            Err(fault) => bad(fault, Vec::new()),
            Ok(trusted) => Ok(Outcome::Good(Box::new(Good {
                checkpoint: trusted.checkpoint.clone(),
                new: upto - first,
                beyond: last - upto,
                cosigned: policy.cosigned_at(trusted),
                doubts,
                condemned,
                sums: sums.map(Sums::verdict),
            }))),
        },
    }
}

/// The keys that signed a checkpoint, where all of them are compromised and good up to a smaller log only.
fn condemned(policy: &Policy, signed: &Signed, walk: &Walk) -> Vec<(String, u64)> {
    let of_key = |key: &VerifierKey| {
        let last_good = walk.condemned(&key.id().to_string());
        let last_good = last_good.filter(|last_good| signed.checkpoint.size > *last_good)?;
        Some((format!("{}+{}", key.name(), key.id()), last_good))
    };
    let keys: Option<Vec<_>> = policy.signers(signed).map(of_key).collect();
    keys.unwrap_or_default()
}

/// What a fault behind a checkpoint that was audited comes to: where the newest one does not extend that, this is the fault, and nothing
/// that is read by its files is to blame.
async fn judged(source: &mut Source, fault: Fault, before: Option<&Checkpoint>, now: &Checkpoint) -> Fault {
    let Some(before) = before else { return fault };
    match (extends::begins(source, before, now).await, &fault) {
        (Some(false), _) => Fault::Rewritten { before: before.size, now: now.size },
        // Neither the entries nor the tiles show that it does.
        (None, Fault::Root { size }) if *size > before.size => {
            Fault::Rewritten { before: before.size, now: *size }
        }
        _ => fault,
    }
}

/// What earlier audits left.
#[derive(Default)]
struct Earlier {
    before: Option<State>,
    /// The checkpoint of the state.
    known: Option<Signed>,
    /// What was read since, and the checkpoint that it was on the way to.
    begun: Option<(Begun, Signed)>,
}

impl Earlier {
    fn read(folder: &Path, policy: &Policy, is_anew: bool, words: Words) -> Result<Self> {
        let before = State::read(folder)?;
        let known = before.as_ref().map(|before| known(policy, before, folder, words)).transpose()?;
        let begun = if is_anew { None } else { Begun::read(folder, before.as_ref())? };
        let begun = begun.and_then(|begun| {
            let on_the_way = policy.signed(begun.note.clone()).ok()?;
            Some((begun, on_the_way))
        });
        Ok(Self { before, known, begun })
    }
}

/// The checkpoint of the last audit. Who has to have cosigned it was asked then.
fn known(policy: &Policy, before: &State, folder: &Path, words: Words) -> Result<Signed> {
    let path = state::state_path(folder);
    let Ok(known) = policy.signed(before.note.clone()) else {
        bail!(words.one("cli-audit-state-foreign", "path", path.display()));
    };
    let is_whole = before.walk.size == known.checkpoint.size
        && Sha256Hash::from_bytes(before.walk.root()) == known.checkpoint.root;
    if !is_whole {
        bail!(words.one("cli-audit-state-damaged", "path", path.display()));
    }
    Ok(known)
}

/// Puts checkpoints in order of their size; what they say against each other by themselves, and against being older than the newest one.
fn disagree(signed: &mut [&Signed], newest: &Checkpoint) -> Option<Fault> {
    signed.sort_by_key(|signed| signed.checkpoint.size);
    for signed in signed.iter() {
        let (before, now) = (&signed.checkpoint, newest);
        if before.origin != now.origin {
            return Some(Fault::OtherLog { before: before.origin.clone(), now: now.origin.clone() });
        }
        if before.size > now.size {
            return Some(Fault::Shrunk { before: before.size, now: now.size });
        }
    }
    signed.windows(2).find_map(|pair| {
        let [before, now] = pair else { return None };
        let is_fork =
            before.checkpoint.size == now.checkpoint.size && before.checkpoint.root != now.checkpoint.root;
        is_fork.then_some(Fault::Forked { size: now.checkpoint.size })
    })
}

/// What the log shows of itself.
struct Seen {
    newest: Signed,
    /// Why the newest does not count by itself: its witnesses had no time yet.
    wanting: Option<Fault>,
    /// The checkpoint that most witnesses had time to cosign, where the newest is still without their word.
    witnessed: Option<Signed>,
}

impl Seen {
    /// Reads the newest checkpoint and, when its quorum is wanting, the one that witnesses cosigned: a log that grows every second always
    /// has one that is too new for them.
    async fn look(source: &mut Source, policy: &Policy) -> Result<Result<Self, (Fault, String)>> {
        let mut newest = match note(source, policy, "checkpoint").await? {
            Ok(newest) => newest,
            Err(bad) => return Ok(Err(bad)),
        };
        let mut wanting = policy.quorum(&newest).err();
        let mut witnessed = None;
        if wanting.is_some() {
            witnessed = match note(source, policy, "witnessed").await {
                Ok(witnessed) => witnessed.ok(),
                Err(error) if error.is::<Absent>() => None,
                Err(error) => return Err(error),
            };
        }
        if let Some(witnessed) = &witnessed {
            // It was read later: the newest may have grown beyond it meanwhile, and a cache may know that a second later.
            for pause in [0, 1_200, 1_200] {
                if newest.checkpoint.size >= witnessed.checkpoint.size {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(pause)).await;
                newest = match note(source, policy, "checkpoint").await? {
                    Ok(newest) => newest,
                    Err(bad) => return Ok(Err(bad)),
                };
                wanting = policy.quorum(&newest).err();
            }
        }
        Ok(Ok(Self { newest, wanting, witnessed }))
    }

    /// The checkpoint that counts by the policy, and is no smaller than what was audited; or why there is none.
    fn trusted(&self, policy: &Policy, audited: u64) -> Result<&Signed, Fault> {
        let Some(wanting) = &self.wanting else { return Ok(&self.newest) };
        let witnessed = self.witnessed.as_ref();
        let witnessed = witnessed.filter(|witnessed| witnessed.checkpoint.size >= audited);
        witnessed.filter(|witnessed| policy.quorum(witnessed).is_ok()).ok_or_else(|| wanting.clone())
    }
}

/// Reads a checkpoint that a log of the policy signed; or what is wrong with it, and the text.
async fn note(source: &mut Source, policy: &Policy, path: &str) -> Result<Result<Signed, (Fault, String)>> {
    let bytes = source.get(path).await?;
    let note = String::from_utf8_lossy(&bytes).into_owned();
    Ok(policy.signed(note.clone()).map_err(|fault| (fault, note)))
}

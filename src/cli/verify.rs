//! `nguongoc verify`: checks codes with a key list and nothing else: no server, no database, no network.
//!
//! Exit 0: the signature is valid (for `-`: of every line). Exit 1: it is not. Exit 2: the question could not be put (no list, a
//! list that the root did not sign). `verify -` reads a code a line and prints a JSON line for each, in the same order; each
//! core checks its share, and nothing but the signature check takes time.

use super::say;
use crate::app::Clock;
use crate::codes::{Checked, Checker};
use crate::custody::Error;
use crate::kernel::Moment;
use crate::keys::{KeyList, OpenedList, Trust, VerifierKey};
use crate::words::Words;
use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufWriter, Read, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Bytes of input that one core takes at a time: some hundred codes, a few milliseconds.
const SHARE: usize = 64 * 1024;

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The address in the code, or - for one a line on standard input
    code: String,
    /// The key list, as published under /.well-known/nguongoc-keys.txt
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// The root that you trust: its verifier key. Without it the answer says `unanchored`
    #[arg(long, value_name = "VKEY")]
    root: Option<String>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(asked: &Verify, words: Words) -> ExitCode {
    let checker = match open(asked, words) {
        Ok(checker) => checker,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(2);
        }
    };
    let now = Clock::System.now();
    if asked.code == "-" {
        return match stream(&checker, now) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::from(2)
            }
        };
    }
    let checked = checker.check(asked.code.trim(), now);
    if asked.json {
        println!("{}", serde_json::to_string(&checked).unwrap_or_default());
    } else {
        tell(&checker, &checked, words);
    }
    if checked.is_valid() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The checker over the list, anchored in the root where one was given.
fn open(asked: &Verify, words: Words) -> Result<Checker> {
    Ok(Checker::new(open_list(&asked.keys, asked.root.as_deref(), words)?))
}

/// The key list in a file, anchored in a root where one was given.
pub(super) fn open_list(file: &Path, root: Option<&str>, words: Words) -> Result<OpenedList> {
    let note = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let opened = match root {
        None => KeyList::open_unanchored(&note),
        Some(root) => {
            let root: VerifierKey = root
                .trim()
                .parse()
                .map_err(|why| say::error(words, "cli-vkey-malformed", &[("why", say::vkey(words, why))]))?;
            Trust::new(root).and_then(|mut trust| trust.accept(&note))
        }
    };
    opened.map_err(|why| say::refused(words)(Error::List(why)))
}

fn tell(checker: &Checker, checked: &Checked, words: Words) {
    let what = checked.lot.as_deref().or(checked.serial.as_deref()).unwrap_or_default();
    let host = checker.list().host().as_str();
    let values = [("issuer", checked.issuer.as_deref().unwrap_or(host)), ("lot", what), ("host", host)];
    println!("{}", words.with(checked.key(), &values));
    let sequence = checked.standing.list_sequence;
    let days = checked.standing.list_age_seconds.div_euclid(86_400);
    println!("{}", words.two(checked.standing.key(), ("sequence", sequence), ("days", days)));
    if let Some(warning) = checked.standing.warning() {
        println!("{}", words.say(warning));
    }
}

/// A line of the answer.
#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    #[serde(flatten)]
    checked: &'a Checked,
}

/// Whole lines of the input, numbered.
type Share = (u64, Vec<u8>);

/// Checks standard input line by line on all cores; whether every line was valid.
fn stream(checker: &Checker, now: Moment) -> Result<bool> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let all_valid = AtomicBool::new(true);
    let (to_workers, shares) = sync_channel::<Share>(2 * cores);
    // Shared by the workers alone: when the last of them ends, the reader is told so.
    let shares = Arc::new(Mutex::new(shares));
    thread::scope(|scope| {
        let (to_writer, answers) = sync_channel::<Share>(2 * cores);
        for _ in 0..cores {
            let to_writer = to_writer.clone();
            let (shares, all_valid) = (shares.clone(), &all_valid);
            scope.spawn(move || {
                while let Some((number, text)) = next(&shares) {
                    let (answer, valid) = check(checker, &text, now);
                    if !valid {
                        all_valid.store(false, Ordering::Relaxed);
                    }
                    if to_writer.send((number, answer)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(to_writer);
        drop(shares);
        let reader = scope.spawn(move || read(&to_workers));
        let written = write(&answers);
        // The reader ends at the end of the input, or as soon as nobody takes its shares any more.
        drop(answers);
        let read = reader.join().unwrap_or_else(|_| Err(std::io::Error::other("reader")));
        written.and(read)
    })?;
    Ok(all_valid.into_inner())
}

fn next(shares: &Mutex<Receiver<Share>>) -> Option<Share> {
    shares.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Cuts the input into shares of whole lines, as they come: a person who types a line has the answer to it at once.
fn read(to_workers: &SyncSender<Share>) -> std::io::Result<()> {
    let mut input = stdin().lock();
    let (mut number, mut left) = (0, Vec::new());
    loop {
        let mut share = std::mem::take(&mut left);
        let held = share.len();
        share.resize(held + SHARE, 0);
        let got = input.read(share.get_mut(held..).unwrap_or_default())?;
        share.truncate(held + got);
        if got > 0 {
            let Some(end) = share.iter().rposition(|byte| *byte == b'\n') else {
                left = share;
                continue;
            };
            left = share.split_off(end + 1);
        }
        if !share.is_empty() && to_workers.send((number, share)).is_err() {
            return Ok(());
        }
        number += 1;
        if got == 0 {
            return Ok(());
        }
    }
}

fn check(checker: &Checker, text: &[u8], now: Moment) -> (Vec<u8>, bool) {
    let mut answer = Vec::with_capacity(text.len() * 2);
    let mut all_valid = true;
    for line in text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let code = line.trim();
        let checked = checker.check(code, now);
        all_valid &= checked.is_valid();
        // Writing to memory cannot fail, and neither can this type.
        let _ = serde_json::to_writer(&mut answer, &Line { code, checked: &checked });
        answer.push(b'\n');
    }
    (answer, all_valid)
}

/// Writes the answers in the order of the questions.
fn write(answers: &Receiver<Share>) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(SHARE, stdout().lock());
    let (mut due, mut early) = (0, BTreeMap::new());
    for (number, answer) in answers {
        early.insert(number, answer);
        while let Some(answer) = early.remove(&due) {
            out.write_all(&answer)?;
            due += 1;
        }
        if early.is_empty() {
            out.flush()?;
        }
    }
    out.flush()
}

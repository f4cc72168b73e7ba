//! `nguongoc verify-drill`: checks the signed record of a drill with a key list and nothing else: no server, no database, no network.
//!
//! Exit 0: a key of the list signed it, as it stands; its text goes to standard output. Exit 1: it is no such record, or was changed. Exit 2: the
//! question could not be put (no file, no list, a list that the root did not sign).

use super::say;
use super::verify::open_list;
use crate::keys::{KeyStatus, Note, NoteError, OpenedList, Role};
use crate::recalls;
use crate::words::Words;
use anyhow::{Context, Result};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Record {
    /// The record, as it was downloaded
    file: PathBuf,
    /// The key list, as published under /.well-known/nguongoc-keys.txt
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// The root that you trust: its verifier key. Without it the answer says that nobody vouches for the list
    #[arg(long, value_name = "VKEY")]
    root: Option<String>,
}

pub(super) fn run(asked: &Record, words: Words) -> ExitCode {
    let read = || -> Result<(String, OpenedList)> {
        let list = open_list(&asked.keys, asked.root.as_deref(), words)?;
        let text = std::fs::read_to_string(&asked.file).with_context(|| asked.file.display().to_string())?;
        Ok((text, list))
    };
    let (text, opened) = match read() {
        Ok(read) => read,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(2);
        }
    };
    match check(&text, &opened, words) {
        Ok((record, signers)) => {
            print!("{record}");
            eprintln!("{}", words.one("cli-record-signed", "signers", signers));
            if asked.root.is_none() {
                eprintln!("{}", words.say("cli-record-unanchored"));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The text of the record, and the names of the keys that signed it.
fn check(text: &str, opened: &OpenedList, words: Words) -> Result<(String, String)> {
    let no_record = |why: NoteError| say::error(words, "cli-record-not", &[("why", say::note(words, &why))]);
    let note = Note::parse(text).map_err(no_record)?;
    // Also by a key that has been retired since; never by one that somebody else may hold.
    let trusted = opened.list.keys().iter().filter(|listed| {
        matches!(listed.role(), Role::Log | Role::Code)
            && !matches!(listed.status(), KeyStatus::Compromised { .. })
    });
    let keys: Vec<_> = trusted.map(|listed| listed.key().clone()).collect();
    let signed = note.open(&keys).map_err(no_record)?;
    let mut lines = signed.text.lines();
    if lines.next() != Some(recalls::RECORD) {
        return Err(say::error(words, "cli-record-other", &[("first", recalls::RECORD)]));
    }
    let host = lines.next().and_then(|line| line.strip_prefix("host ")).unwrap_or_default();
    if !opened.list.speaks_for(host) {
        let known = opened.list.host().as_str();
        return Err(say::error(words, "cli-record-host", &[("host", host), ("known", known)]));
    }
    let signers: Vec<&str> = signed.signers.iter().map(|(name, _)| name.as_str()).collect();
    Ok((signed.text.clone(), signers.join(", ")))
}

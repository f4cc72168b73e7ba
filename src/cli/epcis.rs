//! `nguongoc epcis`: tools for those who exchange events with others. No server, no database, no network.

use crate::events::epcis::{self, Documents};
use crate::kernel::{Problem, Problems};
use crate::words::Words;
use clap::{Args, Subcommand};
use std::io::{Cursor, Read, stdin};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the CBV 2.0 hash of an event, or of each event of a document, read from standard input
    Hash(Hash),
}

#[derive(Debug, Args)]
pub(super) struct Hash {
    /// Print the text that is hashed instead, to compare it with somebody else's
    #[arg(long)]
    pre_hash: bool,
}

pub(super) fn run(command: &Command, words: Words) -> ExitCode {
    let Command::Hash(asked) = command;
    let mut text = Vec::new();
    if let Err(error) = stdin().lock().read_to_end(&mut text) {
        eprintln!("error: {error}");
        return ExitCode::from(2);
    }
    match lines(&text, asked) {
        Ok(lines) => {
            for line in lines {
                println!("{line}");
            }
            ExitCode::SUCCESS
        }
        Err(problems) => {
            for problem in &problems {
                eprintln!("error: {}", told(problem, words));
            }
            ExitCode::from(2)
        }
    }
}

/// A line for each event; all problems of all events where there are any.
fn lines(text: &[u8], asked: &Hash) -> Result<Vec<String>, Problems> {
    let mut lines = Vec::new();
    let mut problems = Problems::default();
    for event in Documents::open(Cursor::new(text))? {
        match event {
            Ok((_, _, event)) if asked.pre_hash => lines.push(epcis::pre_hash(&event, &[])),
            Ok((_, _, event)) => lines.push(epcis::hash(&event, &[])),
            Err(wrong) => problems.0.extend(wrong.0),
        }
    }
    problems.finish().map(|()| lines)
}

fn told(problem: &Problem, words: Words) -> String {
    let text = words.problem(problem);
    if problem.field.is_empty() { text } else { format!("{}: {text}", problem.field) }
}

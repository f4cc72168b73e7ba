//! `nguongoc import`: a list of the authority from a file, by the same reader as the officers' page.

use super::{ServiceArguments, open, say};
use crate::chain::{self, PublishedList};
use crate::custody;
use crate::fieldbook::lists::{self, Error, ListForm, ListKind, Publisher};
use crate::kernel::Problem;
use crate::log;
use crate::sheet::RowProblem;
use crate::words::Words;
use anyhow::{Context, Result, anyhow};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// Which list: substances, crops or bands
    #[arg(value_parser = kind)]
    kind: String,
    /// The file, .csv or .xlsx
    file: PathBuf,
    /// Publish it; without this it is only checked
    #[arg(long)]
    publish: bool,
    /// First day in force [default: today]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Where it comes from: the decision or circular
    #[arg(long, default_value = "-")]
    source: String,
    /// Mark it as sample data
    #[arg(long)]
    sample: bool,
    #[command(flatten)]
    service: ServiceArguments,
}

fn kind(text: &str) -> Result<String, String> {
    let known = ListKind::parse(text).map(|kind| kind.as_str().to_owned());
    known.ok_or_else(|| ListKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "))
}

pub(super) async fn run(import: Import, words: Words) -> Result<ExitCode> {
    let bytes =
        std::fs::read(&import.file).with_context(|| format!("cannot read {}", import.file.display()))?;
    let app = open::app(open::settings(import.service)?).await?;
    let form = ListForm {
        kind: import.kind,
        in_force_from: import.from.unwrap_or_else(|| app.clock.now().day().to_string()),
        source: import.source,
        sample: if import.sample { "1".to_owned() } else { String::new() },
    };
    let outcome = if import.publish {
        // The public halves of the log's keys: what is stored is measured by what was signed before anything is published.
        custody::refresh_list(&app).await.map_err(say::refused(words))?;
        let done = chain::publish_list(&app, Publisher::console(), &form, &bytes).await;
        done.map(|PublishedList { published, looked }| {
            println!("{}", published.list.id);
            let (number, entries) = (published.list.number, published.list.entries);
            eprintln!("{}", words.two("cli-import-published", ("number", number), ("entries", entries)));
            if let Some(looked) = looked {
                let counts = [("looked", looked.looked), ("held", looked.held), ("freed", looked.freed)];
                let counts = counts.map(|(name, count)| (name, count.to_string()));
                eprintln!("{}", words.with("cli-import-looked", &counts));
            }
        })
    } else {
        lists::check_file(&app, &form, &bytes).await.map(|imported| {
            told(&imported.warnings, words);
            eprintln!("{}", words.one("cli-import-checked", "entries", imported.contents.entries()));
        })
    };
    app.store.close().await;
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Error::Rows(problems)) => {
            told(&problems, words);
            Err(anyhow!(words.one("error-list-rows", "count", problems.len())))
        }
        Err(Error::Invalid(problems)) => {
            let said: Vec<String> = problems.iter().map(|problem| field(problem, words)).collect();
            Err(anyhow!(said.join("; ")))
        }
        Err(Error::Log(log::Error::Stopped(stop))) => {
            Err(say::error(words, "error-log-stopped", &stop.values()))
        }
        Err(error) => Err(error.into()),
    }
}

fn field(problem: &Problem, words: Words) -> String {
    format!("{}: {}", problem.field, words.problem(problem))
}

/// Every problem on a line of its own: row, column, what is wrong and what to do.
fn told(problems: &[RowProblem], words: Words) {
    for found in problems {
        let place = match (found.row, found.column.as_str()) {
            (0, _) => String::new(),
            (row, "") => format!("{row}: "),
            (row, column) => format!("{row}, {column}: "),
        };
        eprintln!("{place}{}", words.problem(&found.problem));
    }
}

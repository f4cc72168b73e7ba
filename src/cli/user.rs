//! `nguongoc user add`: a person of the authority; the way in for the first administrator.

use super::{ServiceArguments, open};
use crate::accounts::{self, NewPassword, NewPerson, Role, SignInName};
use crate::kernel::{Lang, Line, Problem};
use crate::words::Words;
use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use std::io::{BufRead, IsTerminal, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a person of the authority
    Add(Add),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Name to sign in with
    sign_in: String,
    /// Name to be greeted with [default: the sign-in name]
    #[arg(long)]
    name: Option<String>,
    /// inspector, officer or administrator
    #[arg(long, default_value = "administrator")]
    role: String,
    /// File whose first line is the password [default: read from standard input]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    service: ServiceArguments,
}

pub(super) async fn run(command: Command) -> Result<ExitCode> {
    let Command::Add(add) = command;
    let password = if let Some(path) = &add.password_file {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
    } else {
        if stdin().is_terminal() {
            eprint!("Password (at least 10 characters, shown as you type): ");
        }
        let mut line = String::new();
        stdin().lock().read_line(&mut line)?;
        line
    };
    let password = password.lines().next().unwrap_or_default();
    let sign_in = SignInName::parse(&add.sign_in).map_err(|problem| said("name", &problem))?;
    let person = NewPerson {
        name: Line::parse(add.name.as_deref().unwrap_or(&add.sign_in))
            .map_err(|problem| said("name", &problem))?,
        password: NewPassword::parse(password, &sign_in).map_err(|problem| said("password", &problem))?,
        role: Role::parse(&add.role).map_err(|problem| said("role", &problem))?,
        party: None,
        sign_in,
    };
    let app = open::app(open::settings(add.service)?).await?;
    let added = accounts::add_person(&app, None, &person).await;
    app.store.close().await;
    match added {
        Ok(id) => {
            println!("{id}");
            eprintln!("added {}: {}", person.role, person.sign_in);
            Ok(ExitCode::SUCCESS)
        }
        Err(accounts::Error::Invalid(problems)) => {
            Err(problems.iter().next().map_or_else(|| anyhow!("refused"), |problem| said("person", problem)))
        }
        Err(error) => Err(error).with_context(|| format!("cannot add: {}", person.sign_in)),
    }
}

fn said(field: &str, problem: &Problem) -> anyhow::Error {
    anyhow!("{field}: {}", Words::of(Lang::En).problem(problem))
}

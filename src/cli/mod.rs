//! The command line. Data goes to standard output, everything else to standard error; exit 0 means done, 1 means refused or
//! failed, 2 means misused.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is where the program talks to a terminal"
)]

mod audit;
mod backup;
mod demo;
mod doctor;
mod epcis;
mod erase;
mod import;
mod issue;
mod keys;
mod log;
mod migrate;
mod open;
mod rebuild;
mod record;
mod rounds;
mod say;
mod serve;
mod user;
mod verify;

use crate::config::{self, Settings};
use crate::kernel::Lang;
use crate::web::server;
use crate::words::Words;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Nguồn Gốc: the traceability registry that a city runs for safe farm products
#[derive(Debug, Parser)]
#[command(name = "nguongoc", version, propagate_version = true)]
pub struct Arguments {
    /// Language of the messages: vi or en [default: en, or `NGUONGOC_LANG`]
    #[arg(long, global = true, value_name = "LANG", value_parser = lang)]
    lang: Option<Lang>,
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the registry
    Serve(ServiceArguments),
    /// Run a registry with fictional sample data, to look at and try
    Demo(ServiceArguments),
    /// Bring the database to this program's version
    Migrate(ServiceArguments),
    /// People of the authority
    #[command(subcommand)]
    User(user::Command),
    /// Signing keys and the published list of them
    #[command(subcommand)]
    Keys(keys::Command),
    /// Issue the code of a lot, through a running registry
    Issue(issue::Issue),
    /// Check codes offline with a key list: exit 0 only for a valid signature
    Verify(verify::Verify),
    /// Check the signed record of a drill offline with a key list: exit 0 only for a valid signature
    VerifyDrill(record::Record),
    /// Events of EPCIS 2.0, offline
    #[command(subcommand)]
    Epcis(epcis::Command),
    /// Read a list of the authority from a .csv or .xlsx file, and publish it
    Import(import::Import),
    /// Prove that nobody rewrote the history of a registry, from the files of its log alone
    Audit(audit::Audit),
    /// The append-only log: how it stands, and taking over its last checkpoint
    #[command(subcommand)]
    Log(log::Command),
    /// Save the whole registry into a folder, while it runs
    Backup(backup::Backup),
    /// Put a saved registry into an empty database
    Restore(backup::Restore),
    /// Take private values of a record away for good; the log says that it was done
    Erase(erase::Erase),
    /// Make anew all that follows from the journal, and say what differed
    Rebuild(rebuild::Rebuild),
    /// Look whether everything is in order, and say what to do where it is not
    Doctor(doctor::Doctor),
}

/// The settings of a service, from flags, environment and file.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServiceArguments {
    /// File of settings (TOML), below flags and environment
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

fn lang(text: &str) -> Result<Lang, String> {
    Lang::from_code(text).ok_or_else(|| "vi, en".to_owned())
}

/// Runs the command and returns the exit code.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
    let words = Words::of(arguments.lang.or_else(config::lang_from_environment).unwrap_or(Lang::En));
    let outcome = server::block_on(async {
        match arguments.command {
            Command::Demo(service) => demo::run(service, words).await,
            Command::Serve(service) => serve::run(service, words).await,
            Command::Migrate(service) => migrate::run(service).await,
            Command::User(command) => user::run(command).await,
            Command::Keys(command) => keys::run(command, words).await,
            Command::Issue(issue) => issue::run(&issue, words),
            Command::Verify(verify) => Ok(verify::run(&verify, words)),
            Command::VerifyDrill(record) => Ok(record::run(&record, words)),
            Command::Epcis(command) => Ok(epcis::run(&command, words)),
            Command::Import(import) => import::run(import, words).await,
            Command::Audit(asked) => Ok(audit::run(&asked, words).await),
            Command::Log(command) => log::run(command, words).await,
            Command::Backup(asked) => backup::backup(asked, words).await,
            Command::Restore(asked) => backup::restore(asked, words).await,
            Command::Erase(asked) => erase::run(asked, words).await,
            Command::Rebuild(rebuild) => rebuild::run(rebuild, words).await,
            Command::Doctor(doctor) => doctor::run(doctor, words).await,
        }
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

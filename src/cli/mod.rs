//! The command line. Data goes to standard output, everything else to standard error; exit 0 means done, 1 means refused or
//! failed, 2 means misused.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is where the program talks to a terminal"
)]

mod migrate;
mod open;
mod serve;
mod user;

use crate::config::Settings;
use crate::web::server;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Nguồn Gốc: the traceability registry that a city runs for safe farm products
#[derive(Debug, Parser)]
#[command(name = "nguongoc", version, propagate_version = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the registry
    Serve(ServiceArguments),
    /// Bring the database to this program's version
    Migrate(ServiceArguments),
    /// People of the authority
    #[command(subcommand)]
    User(user::Command),
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

/// Runs the command and returns the exit code.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
    let outcome = server::block_on(async {
        match arguments.command {
            Command::Serve(service) => serve::run(service).await,
            Command::Migrate(service) => migrate::run(service).await,
            Command::User(command) => user::run(command).await,
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

//! The program: reads its arguments and hands them to the command line's use cases.

use clap::Parser;
use nguongoc::cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse())
}

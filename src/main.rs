//! The program: reads its arguments and hands them to the command line's use cases.

use clap::Parser;
use nguongoc::cli;
use std::process::ExitCode;

// Many small pages rendered on several threads: mimalloc keeps memory at rest and fragmentation low.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse())
}

//! The figures that we publish, in one run: each as a ratio to a floor or a peer measured beside it, the two taking turns.
//!
//! ```text
//! cargo bench --bench figures                      everything
//! cargo bench --bench figures -- verify lookup     these parts
//! cargo bench --bench figures -- --smoke           everything with tiny counts, only to see that it runs
//! ```
//! Without `--bench`, which `cargo bench` adds, it is a smoke run: so does `cargo test --bench figures`. The table is printed as
//! Markdown; `docs/figures.md` keeps what one run on one machine gave.
//!
//! What must stay true: nothing here judges. A figure is printed, never asserted, for machines are noisy and a test that fails
//! by the clock teaches people to ignore tests.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

mod capture;
mod codes;
mod issue;
mod load;
mod lookup;
mod postgres;
mod process;
mod ratio;
mod season;
mod site;
mod verify;

use anyhow::{Result, bail};
use ratio::Size;
use std::env;

const PARTS: [&str; 5] = ["verify", "issue", "lookup", "capture", "process"];

fn main() -> Result<()> {
    let mut full = false;
    let mut smoke = false;
    let mut asked: Vec<String> = Vec::new();
    for argument in env::args().skip(1) {
        match argument.as_str() {
            "--bench" => full = true,
            "--smoke" => smoke = true,
            part if PARTS.contains(&part) => asked.push(argument),
            other => bail!("no such part: {other}\n\nParts: {}", PARTS.join(", ")),
        }
    }
    let size = if full && !smoke { Size::Full } else { Size::Smoke };
    if size == Size::Smoke {
        eprintln!("a smoke run: it shows that the benches run, its figures mean nothing");
    }
    for part in PARTS {
        if !asked.is_empty() && !asked.iter().any(|one| one == part) {
            continue;
        }
        match part {
            "verify" => verify::measure(size)?,
            "issue" => issue::measure(size)?,
            "lookup" => lookup::measure(size)?,
            "capture" => capture::measure(size)?,
            _ => process::measure(size)?,
        }
    }
    Ok(())
}

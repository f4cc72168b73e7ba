//! Fraud by quantity, and many writers: market vegetables sold under a genuine plot's name or certificate, packed without a record, or washed
//! into being; more shipped than there is, more codes than packs; between honest lots with honest noise. And draws of 64 writers on one
//! lot.
//!
//! ```text
//! cargo bench --bench fraud                         5,000 honest lots, 600 of fraud, 100,000 draws, on both databases
//! cargo bench --bench fraud -- fraud sqlite         the fraud alone, on this database
//! cargo bench --bench fraud -- draws --lots 1000    the draws alone, so many
//! cargo bench --bench fraud -- --smoke              a miniature
//! ```
//! Without `--bench`, which `cargo bench` adds, it is a smoke run. All acts go through the one door.
//!
//! What must stay true: whatever the size, not one gram is drawn beyond what is there; at full size at least 95 % of the frauds are
//! found and at most 2 % of the honest lots are flagged. The same seed gives the same trade.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

mod dice;
mod door;
mod draws;
#[path = "../figures/postgres.rs"]
mod postgres;
mod registry;
mod trade;

use anyhow::{Result, bail};
use registry::Registry;
use std::env;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
struct Plan {
    honest: usize,
    frauds: usize,
    draws: usize,
    full: bool,
}

fn main() -> Result<()> {
    let (mut full, mut smoke, mut lots) = (false, false, None);
    let (mut parts, mut databases) = (Vec::new(), Vec::new());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => full = true,
            "--smoke" => smoke = true,
            "--lots" => lots = arguments.next().map(|count| count.parse::<usize>()).transpose()?,
            "fraud" | "draws" => parts.push(argument),
            "sqlite" | "postgres" => databases.push(argument),
            other => bail!(
                "no such argument: {other}\n\nArguments: fraud, draws, --lots COUNT, --smoke, sqlite, postgres"
            ),
        }
    }
    let plan = if full && !smoke {
        let honest = lots.unwrap_or(5_000);
        Plan { honest, frauds: honest / 8, draws: lots.map_or(100_000, |lots| lots * 20), full: true }
    } else {
        eprintln!("a smoke run: it shows that the bench runs, its figures mean little");
        let honest = lots.unwrap_or(24);
        Plan { honest, frauds: honest, draws: 400, full: false }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let wants = |all: &[String], one: &str| all.is_empty() || all.iter().any(|wanted| wanted == one);
    for database in ["sqlite", "postgres"] {
        if !wants(&databases, database) {
            continue;
        }
        let folder = tempfile::tempdir()?;
        let cluster = if database == "postgres" { Some(postgres::Cluster::start()?) } else { None };
        let url = cluster.as_ref().map_or_else(
            || format!("sqlite:{}", folder.path().join("fraud.sqlite").display()),
            |cluster| cluster.url.clone(),
        );
        println!("\n### {database}\n");
        runtime.block_on(async {
            let registry = Registry::begin(&url, folder.path()).await?;
            if wants(&parts, "fraud") {
                trade::run(&registry, plan).await?;
            }
            if wants(&parts, "draws") {
                draws::run(&registry, plan).await?;
            }
            Ok::<_, anyhow::Error>(())
        })?;
    }
    Ok(())
}

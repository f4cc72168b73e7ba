//! The append-only log: how many entries a second get their place and a signature, how long one waits for that, what it costs as the log
//! grows, how fast its tiles are served, how long an auditor takes, and what is left of it when whoever sequences is killed, again and again.
//!
//! ```text
//! cargo bench --bench log                            speed and 200 kills, on both databases
//! cargo bench --bench log -- speed sqlite            this part, on this database
//! cargo bench --bench log -- speed --entries 10000000 sqlite
//! cargo bench --bench log -- --smoke                 a miniature, only to see that it runs
//! ```
//! Without `--bench`, which `cargo bench` adds, it is a smoke run. The tables are printed as Markdown.
//!
//! What must stay true: nothing here judges by the clock; that no entry is lost, doubled or published without a signature is asserted.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

mod audit;
mod kill;
#[path = "../figures/load.rs"]
#[expect(dead_code, reason = "answers are counted here, and not read")]
mod load;
#[path = "../figures/postgres.rs"]
mod postgres;
#[path = "../figures/ratio.rs"]
#[expect(dead_code, reason = "rates of processor time are measured elsewhere")]
mod ratio;
mod registry;
mod speed;
mod tiles;

use anyhow::{Context, Result, bail};
use nguongoc::web::server::block_on;
use ratio::Size;
use std::env;
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let (mut full, mut smoke, mut entries) = (false, false, None);
    let (mut parts, mut databases) = (Vec::new(), Vec::new());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => full = true,
            "--smoke" => smoke = true,
            "--entries" => entries = arguments.next().map(|count| count.parse::<u64>()).transpose()?,
            // The child that is killed.
            kill::SEQUENCE => {
                let (url, folder) =
                    arguments.next().zip(arguments.next()).context("an address and a folder")?;
                return block_on(kill::sequence(&url, Path::new(&folder)));
            }
            "speed" | "kill" => parts.push(argument),
            "sqlite" | "postgres" => databases.push(argument),
            other => bail!(
                "no such argument: {other}\n\nArguments: speed, kill, --entries COUNT, --smoke, sqlite, postgres"
            ),
        }
    }
    let size = if full && !smoke { Size::Full } else { Size::Smoke };
    if size == Size::Smoke {
        eprintln!("a smoke run: it shows that the bench runs, its figures mean nothing");
    }
    let entries = entries.unwrap_or(size.pick(1_000_000, 3_000));
    for database in ["sqlite", "postgres"] {
        if !databases.is_empty() && !databases.iter().any(|one| one == database) {
            continue;
        }
        for part in ["speed", "kill"] {
            if !parts.is_empty() && !parts.iter().any(|one| one == part) {
                continue;
            }
            let place = Place::make(database)?;
            if part == "speed" {
                speed::measure(&place, size, entries)?;
            } else {
                block_on(kill::measure(&place, size))?;
            }
        }
    }
    Ok(())
}

/// An empty database, and a folder for the service.
struct Place {
    /// Which database it is.
    database: &'static str,
    url: String,
    folder: PathBuf,
    _whole: tempfile::TempDir,
    _cluster: Option<postgres::Cluster>,
}

impl Place {
    fn make(database: &'static str) -> Result<Self> {
        let whole = tempfile::tempdir()?;
        let cluster = if database == "postgres" { Some(postgres::Cluster::start()?) } else { None };
        let url = cluster.as_ref().map_or_else(
            || format!("sqlite:{}", whole.path().join("log.sqlite").display()),
            |cluster| cluster.url.clone(),
        );
        let folder = whole.path().join("data");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { database, url, folder, _whole: whole, _cluster: cluster })
    }
}

//! After a random history of acts by forms, events told in any order, corrections, stops and releases, unit codes, sprays, certificates and
//! tests: everything that follows from the journal, made anew from it, is what stands.
//!
//! ```text
//! cargo bench --bench rebuild                               50,000 operations, on both databases
//! cargo bench --bench rebuild -- --operations 5000 sqlite   so many, on this database
//! cargo bench --bench rebuild -- --smoke                    a miniature
//! ```
//! Without `--bench`, which `cargo bench` adds, it is a smoke run. The history is that of the tests (`tests/support/history.rs`), and
//! the same seed gives the same one.
//!
//! What must stay true: not one row differs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]
#![expect(
    dead_code,
    unused_macros,
    unused_imports,
    reason = "the support modules are shared by several test targets"
)]
#![expect(clippy::unwrap_used, reason = "the support modules are those of the tests")]

#[path = "../../tests/support/mod.rs"]
mod support;

use anyhow::{Result, bail, ensure};
use nguongoc::chain;
use std::env;
use std::time::Instant;
use support::app::On;
use support::history::History;

/// How many operations are done between two lines of progress.
const STRIDE: u64 = 1_000;

fn main() -> Result<()> {
    let (mut full, mut smoke, mut asked, mut seed) = (false, false, None, 1_u64);
    let mut databases = Vec::new();
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => full = true,
            "--smoke" => smoke = true,
            "--operations" => asked = arguments.next().map(|count| count.parse::<u64>()).transpose()?,
            "--seed" => seed = arguments.next().map_or(Ok(seed), |seed| seed.parse())?,
            "sqlite" => databases.push(On::Sqlite),
            "postgres" => databases.push(On::Postgres),
            other => bail!(
                "no such argument: {other}\n\nArguments: --operations COUNT, --seed NUMBER, --smoke, sqlite, postgres"
            ),
        }
    }
    let full = full && !smoke;
    if !full {
        eprintln!("a smoke run: it shows that the bench runs");
    }
    let operations = asked.unwrap_or(if full { 50_000 } else { 60 });
    println!(
        "| database | operations | acts by forms | events told | stops | beside | events rebuilt | history | rebuild | rows that differ |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for on in [On::Sqlite, On::Postgres] {
        if databases.is_empty() || databases.contains(&on) {
            actix_web::rt::System::new().block_on(run(on, seed, operations))?;
        }
    }
    Ok(())
}

async fn run(on: On, seed: u64, operations: u64) -> Result<()> {
    let begun = now();
    let mut history = History::wide(on, seed).await;
    while history.operations < operations {
        history.go_on(STRIDE.min(operations - history.operations)).await;
        eprintln!("{on:?}: {} operations, {:.0} s", history.operations, begun.elapsed().as_secs_f64());
    }
    let lived = begun.elapsed().as_secs_f64();
    let begun = now();
    let rebuilt = chain::rebuild(history.trade.app(), false, |_, _| {}).await?;
    let took = begun.elapsed().as_secs_f64();
    let beside: usize = history.beside.as_ref().map_or(0, |beside| beside.done.values().sum());
    println!(
        "| {on:?} | {} | {} | {} | {} | {beside} | {} | {lived:.0} s | {took:.0} s | **{}** |",
        history.operations, history.done, history.told, history.stops, rebuilt.events, rebuilt.rows
    );
    for difference in rebuilt.differences.iter().take(50) {
        eprintln!("{difference:?}");
    }
    ensure!(rebuilt.rows == 0, "{} rows differ", rebuilt.rows);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}

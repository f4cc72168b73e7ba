//! The speed of traces on a city's trade: a back and forward closure beside a recursive query written by hand for the same set.
//!
//! ```text
//! cargo bench --bench lineage                            1,000,000 lots and 5,000,000 events on both databases
//! cargo bench --bench lineage -- --lots 50000 sqlite     so many lots, on this database
//! cargo bench --bench lineage -- --smoke                 a miniature, only to see that it runs
//! ```
//! Without `--bench`, which `cargo bench` adds, it is a smoke run. The tables are printed as Markdown; the full run also
//! draws `docs/closure.svg`.
//!
//! What must stay true: nothing here judges by the clock; that both sides give the same set is asserted.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

mod hand;
mod plot;
#[path = "../figures/postgres.rs"]
mod postgres;
mod rows;
mod trade;

use anyhow::{Result, bail, ensure};
use nguongoc::kernel::ThingId;
use nguongoc::store::{Store, StoreError};
use nguongoc::trace::{self, Direction, MOST_PARTS};
use plot::{Panel, Series};
use std::env;
use std::time::{Duration, Instant};
use trade::Trade;
use uuid::Uuid;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Plan {
    lots: usize,
    /// Shops of the wide groups.
    wide: usize,
    rounds: usize,
    full: bool,
}

fn main() -> Result<()> {
    let (mut full, mut smoke, mut lots, mut databases) = (false, false, None, Vec::new());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => full = true,
            "--smoke" => smoke = true,
            "--lots" => lots = arguments.next().map(|count| count.parse::<usize>()).transpose()?,
            "sqlite" | "postgres" => databases.push(argument),
            other => bail!("no such argument: {other}\n\nArguments: --lots COUNT, --smoke, sqlite, postgres"),
        }
    }
    let plan = if full && !smoke {
        let lots = lots.unwrap_or(1_000_000);
        Plan { lots, wide: 12_000.min(lots / 4), rounds: 31, full: lots >= 1_000_000 }
    } else {
        eprintln!("a smoke run: it shows that the bench runs, its figures mean nothing");
        Plan { lots: lots.unwrap_or(1_500), wide: 200, rounds: 2, full: false }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut panels = [
        Panel {
            title: "Time against the size of the answer",
            axis: "lots in the answer",
            series: Vec::new(),
        },
        Panel {
            title: "Time against the size of the database",
            axis: "lots in the database",
            series: Vec::new(),
        },
    ];
    for database in ["sqlite", "postgres"] {
        if databases.is_empty() || databases.iter().any(|one| one == database) {
            let [answers, sizes] = runtime.block_on(on(database, plan))?;
            panels[0].series.extend(answers);
            panels[1].series.extend(sizes);
        }
    }
    if plan.full {
        std::fs::write("docs/closure.svg", plot::draw(&panels))?;
        eprintln!("docs/closure.svg is drawn");
    } else {
        // It must be possible to draw it at any size.
        ensure!(plot::draw(&panels).ends_with("</svg>\n"), "the plot has no end");
    }
    Ok(())
}

/// Everything on one database.
async fn on(database: &str, plan: Plan) -> Result<[Vec<Series>; 2]> {
    let folder = tempfile::tempdir()?;
    let cluster = if database == "postgres" { Some(postgres::Cluster::start()?) } else { None };
    let url = cluster.as_ref().map_or_else(
        || format!("sqlite:{}", folder.path().join("lineage.sqlite").display()),
        |cluster| cluster.url.clone(),
    );
    let store = Store::open(&url).await?;
    store.migrate().await?;
    relax(&store).await?;
    let mut trade = Trade::begin(store.clone(), 206).await?;
    let mut by_size: Vec<(f64, f64)> = Vec::new();
    println!("\n### {database}\n");
    for part in [8, 4, 2, 1] {
        let begun = now();
        trade.grow(plan.lots / part, plan.wide).await?;
        analyse(&store).await?;
        eprintln!(
            "{database}: {} lots, {} events, filled in {:.0} s",
            trade.lots,
            trade.events,
            begun.elapsed().as_secs_f64()
        );
        let shops = some(&trade.shops, 100);
        let times = each(&store, &shops).await?;
        by_size.push((count(trade.lots), middle(&times)));
    }
    wide(&store, &trade, plan).await?;
    let shops = each(&store, &some(&trade.shops, plan.rounds * 10)).await?;
    println!(
        "| a lot in a shop, both ways ({} lots) | p50 {:.2} ms | p95 {:.2} ms | goal p95 ≤ 10 ms |",
        shops.len(),
        quantile(&shops, 50),
        quantile(&shops, 95)
    );
    let mut by_answer: Vec<(f64, f64)> = Vec::new();
    let mut fields = trade.fields.clone();
    fields.sort_unstable_by_key(|(_, lots)| *lots);
    // The widest too, which are few.
    let widest: Vec<_> = fields.iter().rev().take(8).copied().collect();
    for (start, _) in some(&fields, 120).into_iter().chain(widest) {
        let begun = now();
        let size = ours(&store, start).await?.len();
        by_answer.push((count(size), milliseconds(begun.elapsed())));
    }
    let slope = |least: f64, most: f64| {
        let times: Vec<f64> = by_answer
            .iter()
            .filter(|(size, _)| (least..most).contains(size))
            .map(|(size, time)| time * 1_000.0 / size)
            .collect();
        middle(&times)
    };
    println!(
        "| microseconds a lot of the answer | 100–1,000: {:.1} | 1,000–10,000: {:.1} | from 10,000: {:.1} |",
        slope(100.0, 1_000.0),
        slope(1_000.0, 10_000.0),
        slope(10_000.0, f64::INFINITY)
    );
    let sizes: Vec<String> =
        by_size.iter().map(|(lots, time)| format!("{lots:.0} lots: {time:.2} ms")).collect();
    println!("| a lot in a shop, p50, as the database grows | {} |", sizes.join(" | "));
    store.close().await;
    Ok([
        vec![Series { name: database.to_owned(), points: by_answer }],
        vec![Series { name: format!("{database}, a lot in a shop"), points: by_size }],
    ])
}

/// The wide closures, beside the query written by hand, the two taking turns.
async fn wide(store: &Store, trade: &Trade, plan: Plan) -> Result<()> {
    let mut widest = trade.fields.clone();
    widest.sort_unstable_by_key(|(_, lots)| std::cmp::Reverse(*lots));
    let goal = if plan.full { 10_000 } else { plan.wide / 2 };
    widest.retain(|(_, lots)| *lots >= goal);
    ensure!(!widest.is_empty(), "the trade has no wide group");
    let (mut mine, mut theirs, mut ratios, mut sizes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=plan.rounds {
        let Some((start, _)) = widest.get(round % widest.len()) else { continue };
        let begun = now();
        let set = ours(store, *start).await?;
        let took = milliseconds(begun.elapsed());
        let begun = now();
        let same = hand::closure(store, *start).await?;
        let other = milliseconds(begun.elapsed());
        ensure!(
            set == same,
            "the closure and the query written by hand differ: {} and {}",
            set.len(),
            same.len()
        );
        // The first turn warms both up.
        if round > 0 {
            mine.push(took);
            theirs.push(other);
            ratios.push(took / other);
            sizes.push(count(set.len()));
        }
    }
    println!(
        "| closure both ways, {:.0} lots | p50 {:.1} ms | p95 {:.1} ms | goal p95 ≤ 500 ms |",
        middle(&sizes),
        quantile(&mine, 50),
        quantile(&mine, 95)
    );
    println!(
        "| the same set by hand | p50 {:.1} ms | p95 {:.1} ms | ratio **{:.2}** ({:.2}–{:.2}), goal ≤ 1.5 |",
        quantile(&theirs, 50),
        quantile(&theirs, 95),
        middle(&ratios),
        quantile(&ratios, 0),
        quantile(&ratios, 100)
    );
    Ok(())
}

/// Our closure: the set in order.
async fn ours(store: &Store, start: Uuid) -> Result<Vec<Uuid>> {
    let starts = [ThingId::from_uuid(start)];
    let closure = store
        .read(async |tx| Ok::<_, StoreError>(trace::closure(tx, &starts, Direction::Both, MOST_PARTS).await?))
        .await?;
    ensure!(!closure.cut, "the closure was cut");
    let mut set: Vec<Uuid> =
        closure.reached().into_iter().map(|place| closure.graph.thing(place).as_uuid()).collect();
    set.sort_unstable();
    Ok(set)
}

/// Milliseconds for each start, after one that is thrown away.
async fn each(store: &Store, starts: &[Uuid]) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    for (place, start) in starts.iter().chain(starts.first()).enumerate() {
        let begun = now();
        ours(store, *start).await?;
        if place > 0 {
            times.push(milliseconds(begun.elapsed()));
        }
    }
    Ok(times)
}

/// The loader may lose everything in a power cut; nothing is kept of it anyway.
async fn relax(store: &Store) -> Result<()> {
    if let Store::Sqlite { writer, .. } = store {
        sqlx::query("PRAGMA synchronous = OFF").execute(writer).await?;
        sqlx::query("PRAGMA cache_size = -200000").execute(writer).await?;
    }
    Ok(())
}

/// Tells the planner what is there, as a database that lives does from time to time.
async fn analyse(store: &Store) -> Result<()> {
    match store {
        Store::Sqlite { writer, .. } => {
            sqlx::query("PRAGMA analysis_limit = 1000").execute(writer).await?;
            sqlx::query("ANALYZE").execute(writer).await?;
        }
        Store::Postgres { pool, .. } => {
            sqlx::query("VACUUM ANALYZE").execute(pool).await?;
        }
    }
    Ok(())
}

/// At most so many, spread over the whole list.
fn some<T: Copy>(all: &[T], most: usize) -> Vec<T> {
    let step = all.len().div_ceil(most.max(1)).max(1);
    all.iter().copied().step_by(step).collect()
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a measurement stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The value below which so many of a hundred lie.
fn quantile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

fn middle(values: &[f64]) -> f64 {
    quantile(values, 50)
}

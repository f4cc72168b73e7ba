//! The speed of a recall on a city's trade: from the proposal to the last notice, for a lot whose goods went to thousands of holders.
//!
//! ```text
//! cargo bench --bench recall                            1,000,000 lots, 5,000,000 events, 10,000 holders on both databases
//! cargo bench --bench recall -- --lots 50000 sqlite     so many lots, on this database
//! cargo bench --bench recall -- --smoke                 a miniature, only to see that it runs
//! ```
//! Without `--bench`, which `cargo bench` adds, it is a smoke run. The tables are printed as Markdown.
//!
//! What must stay true: nothing here judges by the clock; that every holder is told once, also when all is done again, is asserted.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

#[path = "../figures/postgres.rs"]
mod postgres;
#[path = "../lineage/rows.rs"]
mod rows;
#[path = "../lineage/trade.rs"]
mod trade;

use anyhow::{Context, Result, bail, ensure};
use nguongoc::accounts::{Official, Role};
use nguongoc::app::{App, Clock, Random};
use nguongoc::chain::By;
use nguongoc::config::Settings;
use nguongoc::kernel::{PersonId, RecallId};
use nguongoc::keys::Keys;
use nguongoc::recalls::{self, RecallDraft};
use nguongoc::store::{Store, StoreError};
use rows::{Holding, Rows};
use sqlx::QueryBuilder;
use std::env;
use std::time::Instant;
use trade::Trade;
use uuid::Uuid;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Plan {
    lots: usize,
    /// Shops of the wide groups.
    wide: usize,
    /// Holders of the lot that is recalled, beside those of the trade.
    holders: usize,
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
        Plan { lots, wide: 12_000.min(lots / 4), holders: 10_000 }
    } else {
        eprintln!("a smoke run: it shows that the bench runs, its figures mean nothing");
        Plan { lots: lots.unwrap_or(1_500), wide: 200, holders: 700 }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for database in ["sqlite", "postgres"] {
        if databases.is_empty() || databases.iter().any(|one| one == database) {
            runtime.block_on(on(database, plan))?;
        }
    }
    Ok(())
}

/// Everything on one database.
async fn on(database: &str, plan: Plan) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cluster = if database == "postgres" { Some(postgres::Cluster::start()?) } else { None };
    let url = cluster.as_ref().map_or_else(
        || format!("sqlite:{}", folder.path().join("recall.sqlite").display()),
        |cluster| cluster.url.clone(),
    );
    let store = Store::open(&url).await?;
    store.migrate().await?;
    durable(&store, false).await?;
    let mut trade = Trade::begin(store.clone(), 206).await?;
    let begun = now();
    trade.grow(plan.lots, plan.wide).await?;
    let (start, width) = trade.fields.iter().max_by_key(|(_, lots)| *lots).copied().context("no trade")?;
    hold(&store, start, plan.holders).await?;
    analyse(&store).await?;
    eprintln!(
        "{database}: {} lots, {} events, filled in {:.0} s; the trade of the recalled lot has {width} lots",
        trade.lots,
        trade.events,
        begun.elapsed().as_secs_f64()
    );
    // What is measured is as durable as a registry that serves.
    durable(&store, true).await?;
    let settings = Settings {
        database: Some(url),
        data: Some(folder.path().to_owned()),
        code_host: Some("demo.example.vn".to_owned()),
        ..Settings::default()
    };
    let app = App::new(settings.resolve()?, store.clone(), Clock::System, Random::System, Keys::default());
    measure(&app, start, database).await?;
    store.close().await;
    Ok(())
}

async fn measure(app: &App, start: Uuid, database: &str) -> Result<()> {
    let officer = Official { person: PersonId::from_uuid(Uuid::from_u128(1)), role: Role::Officer };
    let by = By::Official(officer);
    let draft = RecallDraft {
        lots: start.to_string(),
        danger: "serious".to_owned(),
        way: "destroy".to_owned(),
        reason: "Đo thời gian".to_owned(),
        takes_back: "Chợ đầu mối".to_owned(),
        until: String::new(),
    };
    let drilled = now();
    let drill = recalls::drill(app, &officer, Some(&start.to_string()), false).await?;
    while recalls::carry_on(app).await? > 0 {}
    let drilled = drilled.elapsed();

    let whole = now();
    let begun = now();
    let proposed = recalls::propose(app, &by, &draft.parse()?).await?;
    let held = begun.elapsed();
    let begun = now();
    recalls::decide(app, &by, proposed.id).await?;
    let decided = begun.elapsed();
    let begun = now();
    recalls::carry_on(app).await?;
    let reached = begun.elapsed();
    let begun = now();
    while recalls::carry_on(app).await? > 0 {}
    let told = begun.elapsed();
    let whole = whole.elapsed();

    let (lots, holders, messages) = counts(app, proposed.id).await?;
    ensure!(holders > 0 && messages == holders, "{holders} holders, {messages} messages");
    ensure!(counts(app, drill.id).await? == (lots, holders, 0), "the drill reaches something else");
    // Nothing is stale yet: a repeat finds nothing to do, on another node neither.
    ensure!(recalls::carry_on(app).await? == 0, "there is something left to do");
    let begun = now();
    let figures = recalls::figures(app, proposed.id).await?;
    let reckoned = begun.elapsed();
    ensure!(!figures.is_empty(), "there is nothing to reconcile");
    println!("\n### {database}: {lots} lots, {holders} holders\n");
    println!("| step | time |");
    println!("|---|---:|");
    for (what, time) in [
        ("proposal, and hold of everything", held),
        ("decision, and recall of everything", decided),
        ("lots and holders sought", reached),
        ("notices queued", told),
        ("**from proposal to last notice** (goal ≤ 60 s)", whole),
        ("reconciliation", reckoned),
        ("quiet drill, without its record", drilled),
    ] {
        println!("| {what} | {:.2} s |", time.as_secs_f64());
    }
    Ok(())
}

/// Gives some of the goods that came of a lot to so many shops of their own.
async fn hold(store: &Store, start: Uuid, holders: usize) -> Result<()> {
    let lots = descendants(store, start).await?;
    ensure!(!lots.is_empty(), "nothing came of the lot");
    let shops: Vec<Uuid> = (1..=holders)
        .map(|number| Uuid::from_u128((0x9a_u128 << 120) | u128::try_from(number).unwrap_or(0)))
        .collect();
    for some in shops.chunks(500) {
        macro_rules! insert {
            ($pool:expr) => {{
                let mut query = QueryBuilder::new(
                    "INSERT INTO party (id, kind, name, name_folded, tax_kind, commune, address, status, consent, applied_at) ",
                );
                query.push_values(some, |mut line, shop| {
                    line.push_bind(*shop)
                        .push_bind("shop")
                        .push_bind("Quầy mẫu")
                        .push_bind("quay mau")
                        .push_bind("none")
                        .push_bind("00004")
                        .push_bind("Chợ Mẫu")
                        .push_bind("approved")
                        .push_bind(0_i64)
                        .push_bind(0_i64);
                });
                query.build().execute($pool).await?;
            }};
        }
        match store {
            Store::Sqlite { writer, .. } => insert!(writer),
            Store::Postgres { pool } => insert!(pool),
        }
    }
    let mut rows = Rows::default();
    for (shop, lot) in shops.iter().zip(lots.iter().cycle()) {
        rows.holdings.push(Holding { lot: *lot, party: *shop, amount: 500, taken_in: 500 });
    }
    rows.write(store).await
}

/// The lots that came of a lot.
async fn descendants(store: &Store, start: Uuid) -> Result<Vec<Uuid>> {
    let starts = [nguongoc::kernel::ThingId::from_uuid(start)];
    let closure = store
        .read(async |tx| {
            let most = nguongoc::trace::MOST_PARTS;
            Ok::<_, StoreError>(
                nguongoc::trace::closure(tx, &starts, nguongoc::trace::Direction::Forward, most).await?,
            )
        })
        .await?;
    Ok(closure.forward.iter().map(|place| closure.graph.thing(*place).as_uuid()).collect())
}

/// Lots and holders of a recall, and the messages about it.
async fn counts(app: &App, id: RecallId) -> Result<(i64, i64, i64)> {
    let text = "SELECT r.lots, r.holders, (SELECT COUNT(*) FROM message m WHERE m.recall_id = r.id) FROM recall r WHERE r.id = $1";
    Ok(match &app.store {
        Store::Sqlite { readers, .. } => sqlx::query_as(text).bind(id.as_uuid()).fetch_one(readers).await?,
        Store::Postgres { pool } => sqlx::query_as(text).bind(id.as_uuid()).fetch_one(pool).await?,
    })
}

/// The loader may lose everything in a power cut; what is measured may not.
async fn durable(store: &Store, durable: bool) -> Result<()> {
    if let Store::Sqlite { writer, .. } = store {
        let pragma = if durable { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = OFF" };
        sqlx::query(pragma).execute(writer).await?;
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
        Store::Postgres { pool } => {
            sqlx::query("VACUUM ANALYZE").execute(pool).await?;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}

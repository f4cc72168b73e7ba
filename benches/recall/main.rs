//! The speed of a hold and of a recall on a city's trade: until everything that came of a lot is stopped, and until the last of thousands of holders
//! is told; also while others sell what is to be stopped, when all is done again, and when whoever tells is killed in the middle.
//!
//! ```text
//! cargo bench --bench recall                            5,000,000 events, 10,000 holders, on both databases
//! cargo bench --bench recall -- --lots 50000 sqlite     so many lots, on this database
//! cargo bench --bench recall -- --smoke                 a miniature, only to see that it runs
//! ```
//! Without `--bench`, which `cargo bench` adds, it is a smoke run. The tables are printed as Markdown.
//!
//! What must stay true: nothing here judges by the clock; that everything is reached and every holder told once, also after kills and
//! repeats, is asserted.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

mod hold;
mod kill;
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
use nguongoc::kernel::{Lang, LotId, PersonId, RecallId};
use nguongoc::keys::Keys;
use nguongoc::recalls::{self, Phase, RecallDraft};
use nguongoc::store::Store;
use rows::{Entry, Event, Holding, Rows, Shipment};
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, HashSet};
use std::env;
use std::path::Path;
use std::time::{Duration, Instant};
use trade::Trade;
use uuid::Uuid;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Plan {
    lots: usize,
    /// Shops of the wide groups.
    wide: usize,
    /// Holders of a lot that is recalled, beside those of the trade.
    holders: usize,
    /// How often a hold is placed and lifted.
    turns: usize,
}

fn main() -> Result<()> {
    let (mut full, mut smoke, mut lots, mut databases) = (false, false, None, Vec::new());
    let mut arguments = env::args().skip(1);
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => full = true,
            "--smoke" => smoke = true,
            "--lots" => lots = arguments.next().map(|count| count.parse::<usize>()).transpose()?,
            // The child that is killed.
            kill::TELL => {
                let (url, folder) =
                    arguments.next().zip(arguments.next()).context("an address and a folder")?;
                return runtime()?.block_on(kill::tell(&url, Path::new(&folder)));
            }
            "sqlite" | "postgres" => databases.push(argument),
            other => bail!("no such argument: {other}\n\nArguments: --lots COUNT, --smoke, sqlite, postgres"),
        }
    }
    let plan = if full && !smoke {
        let lots = lots.unwrap_or(1_160_000);
        Plan { lots, wide: 12_000.min(lots / 4), holders: 10_000, turns: 5 }
    } else {
        eprintln!("a smoke run: it shows that the bench runs, its figures mean nothing");
        Plan { lots: lots.unwrap_or(1_500), wide: 200, holders: 1_700, turns: 2 }
    };
    let runtime = runtime()?;
    for database in ["sqlite", "postgres"] {
        if databases.is_empty() || databases.iter().any(|one| one == database) {
            runtime.block_on(on(database, plan))?;
        }
    }
    Ok(())
}

/// The application on a database, as a program opens it.
fn open(store: &Store, url: &str, folder: &Path) -> Result<App> {
    let settings = Settings {
        database: Some(url.to_owned()),
        data: Some(folder.to_owned()),
        code_host: Some("demo.example.vn".to_owned()),
        ..Settings::default()
    };
    Ok(App::new(settings.resolve()?, store.clone(), Clock::System, Random::System, Keys::default()))
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
    trade.fields.sort_by_key(|(_, lots)| std::cmp::Reverse(*lots));
    let [(first, width), (second, _), ..] = trade.fields.as_slice() else { bail!("no trade") };
    analyse(&store).await?;
    println!(
        "\n### {database}: {} lots, {} events\n\nFilled in {:.0} s; the trade of the lot that is stopped has {width} lots.\n",
        trade.lots,
        trade.events,
        begun.elapsed().as_secs_f64()
    );
    // What is measured is as durable as a registry that serves.
    durable(&store, true).await?;
    let app = open(&store, &url, folder.path())?;
    println!("| step | time |");
    println!("|---|---:|");
    let lot = LotId::from_uuid(*first);
    hold::measure(&app, lot, plan.turns).await?;
    hold::sprayed(&app, lot, plan.turns).await?;
    for (start, number) in [(first, 0), (second, plan.holders)] {
        wide(&store, *start, plan.holders, number).await?;
    }
    analyse(&store).await?;
    hold::wide(&app, lot).await?;
    measure(&app, lot).await?;
    kill::measure(&app, LotId::from_uuid(*second), &url, folder.path()).await?;
    store.close().await;
    Ok(())
}

fn officer() -> Official {
    Official { person: PersonId::from_uuid(Uuid::from_u128(1)), role: Role::Officer }
}

/// A recall of a lot, proposed and decided; how long each took.
async fn decided(app: &App, lot: LotId) -> Result<(RecallId, Duration, Duration)> {
    let by = By::Official(officer());
    let draft = RecallDraft {
        lots: lot.to_string(),
        danger: "serious".to_owned(),
        way: "destroy".to_owned(),
        reason: "Đo thời gian".to_owned(),
        takes_back: "Chợ đầu mối".to_owned(),
        until: String::new(),
    };
    let begun = now();
    let proposed = recalls::propose(app, &by, &draft.parse()?).await?;
    let held = begun.elapsed();
    let begun = now();
    recalls::decide(app, &by, proposed.id).await?;
    Ok((proposed.id, held, begun.elapsed()))
}

async fn measure(app: &App, lot: LotId) -> Result<()> {
    let drilled = now();
    let drill = recalls::drill(app, &By::Official(officer()), Some(&lot.to_string()), false).await?;
    while recalls::carry_on(app).await? > 0 {}
    let drilled = drilled.elapsed();

    let whole = now();
    let (id, held, decided) = decided(app, lot).await?;
    let begun = now();
    recalls::carry_on(app).await?;
    let reached = begun.elapsed();
    let begun = now();
    while recalls::carry_on(app).await? > 0 {}
    let told = begun.elapsed();
    let whole = whole.elapsed();

    let known = Counts::of(app, id).await?;
    ensure!(known.holders > 0 && known.messages == known.holders, "not everybody was told once: {known:?}");
    ensure!(known.parties == known.messages, "somebody was told twice: {known:?}");
    let rehearsed = Counts::of(app, drill.id).await?;
    ensure!(
        (rehearsed.lots, rehearsed.holders, rehearsed.messages) == (known.lots, known.holders, 0),
        "the drill reaches something else"
    );
    // Nothing is stale yet: a repeat finds nothing to do.
    ensure!(recalls::carry_on(app).await? == 0, "there is something left to do");
    // An hour later everything is looked for and told again, and nothing changes.
    let begun = now();
    app.store.write(async |tx| recalls::store::step(tx, id, Phase::Told, Phase::Reaching).await).await?;
    while recalls::carry_on(app).await? > 0 {}
    let again = begun.elapsed();
    ensure!(
        Counts::of(app, id).await? == known,
        "a repeat changed something: {:?}",
        Counts::of(app, id).await?
    );
    let begun = now();
    let figures = recalls::figures(app, id).await?;
    let reckoned = begun.elapsed();
    ensure!(!figures.is_empty(), "there is nothing to reconcile");
    for account in &figures {
        let points = account.basis_points().context("there was nothing")?;
        ensure!(
            (9_950..=10_150).contains(&points),
            "an honest trade is accounted for by {points}: {account:?}"
        );
    }
    line(
        &format!(
            "recall of {} lots with {} holders: proposal, and hold of everything",
            known.lots, known.holders
        ),
        held,
    );
    line("decision, and recall of everything", decided);
    line("lots and holders sought", reached);
    line("notices queued", told);
    line("**from proposal to last notice** (goal ≤ 60 s)", whole);
    line("all of it again, which changed nothing", again);
    let shares: Vec<String> = figures.iter().map(|account| account.percent(Lang::En)).collect();
    line(
        &format!("reconciliation: **{}** accounted for (goal 99.5 to 101.5 %)", shares.join(", ")),
        reckoned,
    );
    line("quiet drill, without its record", drilled);
    Ok(())
}

/// A line of the table.
fn line(what: &str, time: Duration) {
    println!("| {what} | {:.2} s |", time.as_secs_f64());
}

/// Gives some of the goods that came of a lot to so many shops of their own.
async fn wide(store: &Store, start: Uuid, holders: usize, from: usize) -> Result<()> {
    let lots = descendants(store, start).await?;
    ensure!(!lots.is_empty(), "nothing came of the lot");
    let shops: Vec<Uuid> = (from + 1..=from + holders)
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
            Store::Postgres { pool, .. } => insert!(pool),
        }
    }
    hand_out(store, &lots, &shops).await
}

/// Those who have some of the lots send some of it to shops, one after the other.
async fn hand_out(store: &Store, lots: &[Uuid], shops: &[Uuid]) -> Result<()> {
    let held = "SELECT lot_id, party_id, amount FROM holding WHERE amount >= 2 ORDER BY lot_id, party_id";
    let mut stocks: Vec<(Uuid, Uuid, i64)> = match store {
        Store::Sqlite { readers, .. } => sqlx::query_as(held).fetch_all(readers).await?,
        Store::Postgres { pool, .. } => sqlx::query_as(held).fetch_all(pool).await?,
    };
    let of: HashSet<&Uuid> = lots.iter().collect();
    stocks.retain(|(lot, ..)| of.contains(lot));
    ensure!(!stocks.is_empty(), "nobody has any of it");
    let mut rows = Rows::default();
    let mut left: BTreeMap<(Uuid, Uuid), i64> = BTreeMap::new();
    let count = stocks.len();
    for (n, shop) in shops.iter().enumerate() {
        let (lot, from, amount) = &mut stocks[n % count];
        let some = (*amount / 2).min(500);
        ensure!(some > 0, "there is not enough for so many shops");
        *amount -= some;
        left.insert((*lot, *from), *amount);
        let at = 1_767_225_600_000_000;
        let ids =
            [0_u128, 1].map(|side| Uuid::from_u128(shop.as_u128() ^ (0x5e_u128 << 112) ^ (side << 100)));
        for (id, step, biz_step, party, account) in [
            (ids[0], "ship", "shipping", *from, "shipped"),
            (ids[1], "receive", "receiving", *shop, "received"),
        ] {
            let epcis = format!(
                "{{\"type\":\"ObjectEvent\",\"eventID\":\"urn:uuid:{id}\",\"bizStep\":\"{biz_step}\"}}"
            );
            let (kind, place, counterparty) = ("ObjectEvent", None, None);
            rows.events.push(Event { id, kind, step, biz_step, at, party, place, counterparty, epcis });
            rows.entries.push(Entry { lot: *lot, event: id, party, account, amount: some });
        }
        let (id, from, to) = (ids[0], *from, *shop);
        rows.shipments.push(Shipment {
            lot: *lot,
            id,
            from,
            to,
            amount: some,
            received: some,
            refused: 0,
            at,
        });
        rows.holdings.push(Holding { lot: *lot, party: *shop, amount: some, taken_in: some });
    }
    rows.write(store).await?;
    for ((lot, party), amount) in left {
        macro_rules! update {
            ($pool:expr) => {
                sqlx::query("UPDATE holding SET amount = $3 WHERE lot_id = $1 AND party_id = $2")
                    .bind(lot)
                    .bind(party)
                    .bind(amount)
                    .execute($pool)
                    .await
                    .map(|_| ())?
            };
        }
        match store {
            Store::Sqlite { writer, .. } => update!(writer),
            Store::Postgres { pool, .. } => update!(pool),
        }
    }
    Ok(())
}

/// The things that came of a lot.
async fn descendants(store: &Store, start: Uuid) -> Result<Vec<Uuid>> {
    let starts = [nguongoc::kernel::ThingId::from_uuid(start)];
    let closure = store
        .read(async |tx| {
            let most = nguongoc::trace::MOST_PARTS;
            nguongoc::trace::closure(tx, &starts, nguongoc::trace::Direction::Forward, most).await
        })
        .await?;
    Ok(closure.forward.iter().map(|place| closure.graph.thing(*place).as_uuid()).collect())
}

/// What stands of a recall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Counts {
    lots: i64,
    holders: i64,
    reached: i64,
    shares: i64,
    notices: i64,
    messages: i64,
    parties: i64,
    mails: i64,
}

impl Counts {
    async fn of(app: &App, id: RecallId) -> Result<Self> {
        let text = "SELECT r.lots, r.holders,
            (SELECT COUNT(*) FROM recall_reach t WHERE t.recall_id = r.id) AS reached,
            (SELECT COUNT(*) FROM recall_share s WHERE s.recall_id = r.id) AS shares,
            (SELECT COUNT(*) FROM recall_notice n WHERE n.recall_id = r.id) AS notices,
            (SELECT COUNT(*) FROM message m WHERE m.recall_id = r.id) AS messages,
            (SELECT COUNT(DISTINCT m.party_id) FROM message m WHERE m.recall_id = r.id) AS parties,
            (SELECT COUNT(*) FROM mail) AS mails FROM recall r WHERE r.id = $1";
        Ok(match &app.store {
            Store::Sqlite { readers, .. } => {
                sqlx::query_as(text).bind(id.as_uuid()).fetch_one(readers).await?
            }
            Store::Postgres { pool, .. } => sqlx::query_as(text).bind(id.as_uuid()).fetch_one(pool).await?,
        })
    }
}

/// A number that a statement gives.
async fn count(store: &Store, text: &'static str, id: Uuid) -> Result<i64> {
    Ok(match store {
        Store::Sqlite { readers, .. } => sqlx::query_scalar(text).bind(id).fetch_one(readers).await?,
        Store::Postgres { pool, .. } => sqlx::query_scalar(text).bind(id).fetch_one(pool).await?,
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
        Store::Postgres { pool, .. } => {
            sqlx::query("VACUUM ANALYZE").execute(pool).await?;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}

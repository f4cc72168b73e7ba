//! How fast entries get their place, how long one waits, and whether a log that has grown makes either dearer.

use super::ratio::{Pairs, Size, Spread, float, heading, line, now};
use super::{Place, audit, registry, tiles};
use anyhow::{Context, Result, anyhow, ensure};
use nguongoc::app::App;
use nguongoc::kernel::LogEntryId;
use nguongoc::log::{self, store::tree};
use nguongoc::store::Store;
use nguongoc::web::server::block_on;
use sqlx::QueryBuilder;
use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Entries of one unit of work while the log is filled, and of one batch of the floor: as many as one round of the sequencer takes.
const BATCH: u64 = 4_096;

pub(crate) fn measure(place: &Place, size: Size, entries: u64) -> Result<()> {
    block_on(async {
        let app = registry::begin(&place.url, &place.folder).await?;
        let turns = size.pick(7, 1);
        let batches = size.pick(16, 1);
        let rate = throughput(place, &app, turns, batches).await?;
        println!("\n| figure on {} | median | p99 | most | goal |\n|---|--:|--:|--:|--:|", place.database);
        let rested = at_rest(&app, size.pick(300, 10)).await?;
        times("from recorded to signed, at rest", rested, "p99 ≤ 100 ms");
        let asked = sealed(&app, size.pick(300, 10)).await?;
        times("the same, for an act that waits for it", asked, "p99 ≤ 100 ms");
        let long = size.pick(Duration::from_secs(20), Duration::from_millis(500));
        let (written, under) = under_load(place, &app, rate / 2.0, long).await?;
        let what = format!("from recorded to signed, {written:.0} of {:.0} due written a second", rate / 2.0);
        times(&what, under, "p99 ≤ 1 s");
        grow(&app, entries, size.pick(60, 4)).await?;
        let secrets = registry::secrets(&app);
        app.store.close().await;
        Ok::<Vec<String>, anyhow::Error>(secrets)
    })
    .and_then(|secrets| {
        tiles::measure(place, size, &secrets)?;
        audit::measure(place, size, &secrets)
    })
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A line of a table of waits.
fn times(what: &str, mut waits: Vec<f64>, goal: &str) {
    waits.sort_by(f64::total_cmp);
    let at = |share: usize| waits.get((waits.len() * share / 100).min(waits.len().saturating_sub(1)));
    let [half, most_of, most] = [at(50), at(99), waits.last()].map(|wait| wait.copied().unwrap_or(f64::NAN));
    println!("| {what} | {half:.1} ms | **{most_of:.1} ms** | {most:.1} ms | {goal} |");
}

/// Entries that wait get their place and a signature, against the same rows written in batches as large into a table like theirs.
async fn throughput(place: &Place, app: &App, turns: usize, batches: u64) -> Result<f64> {
    bare_table(&app.store).await?;
    let (mut ours, mut theirs, mut written) = (Vec::new(), Vec::new(), 0);
    for turn in 0..=turns {
        for _ in 0..batches {
            registry::append(app, written..written + BATCH).await?;
            written += BATCH;
        }
        let first = size(app).await?;
        let begun = now();
        let mut done = 0;
        while done < batches * BATCH {
            done += log::carry(app).await?;
        }
        let sequenced = begun.elapsed();
        let rows = rows(&app.store, first, batches * BATCH).await?;
        ensure!(rows.len() as u64 == batches * BATCH, "not all of them have their place");
        let begun = now();
        for batch in rows.chunks(usize::try_from(BATCH)?) {
            insert(&app.store, batch).await?;
        }
        let floor = begun.elapsed();
        // The first turn of each is thrown away.
        if turn > 0 || turns == 1 {
            ours.push(float(rows.len()) / sequenced.as_secs_f64());
            theirs.push(float(rows.len()) / floor.as_secs_f64());
        }
    }
    heading(&format!("Sequencing on {}, {batches} batches of {BATCH} entries a turn", place.database));
    let ratio = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    let pairs = Pairs { ours: Spread::of(ours), theirs: Spread::of(theirs), ratio: Spread::of(ratio) };
    line(
        "entries placed, hashed, read back, signed, published",
        "the same rows inserted, durable",
        pairs,
        Some(0.5),
    );
    Ok(pairs.ours.middle)
}

async fn size(app: &App) -> Result<u64> {
    Ok(app.store.glance(async |tx| tree::head(tx).await).await?.size)
}

/// Place, id, subject, its number there, hash, bytes.
type Row = (i64, Vec<u8>, String, i64, Vec<u8>, Vec<u8>);

async fn rows(store: &Store, first: u64, count: u64) -> Result<Vec<Row>> {
    let (first, last) = (i64::try_from(first)?, i64::try_from(first + count)?);
    Ok(match store {
        Store::Sqlite { readers, .. } => {
            sqlx::query_as("SELECT idx, id, subject, seq, leaf, bytes FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx")
                .bind(first)
                .bind(last)
                .fetch_all(readers)
                .await?
        }
        Store::Postgres { pool, .. } => {
            sqlx::query_as("SELECT idx, uuid_send(id), subject, seq::bigint, leaf, bytes FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx")
                .bind(first)
                .bind(last)
                .fetch_all(pool)
                .await?
        }
    })
}

/// A table with the columns and keys of the log's entries, and one with a single row.
async fn bare_table(store: &Store) -> Result<()> {
    match store {
        Store::Sqlite { writer, .. } => {
            sqlx::query(
                "CREATE TABLE bare (idx INTEGER NOT NULL PRIMARY KEY, id BLOB NOT NULL UNIQUE, subject TEXT NOT NULL,
                 seq INTEGER NOT NULL, leaf BLOB NOT NULL, bytes BLOB NOT NULL, UNIQUE (subject, seq)) STRICT",
            )
            .execute(writer)
            .await?;
            sqlx::query(
                "CREATE TABLE touched (id INTEGER NOT NULL PRIMARY KEY, times INTEGER NOT NULL) STRICT",
            )
            .execute(writer)
            .await?;
        }
        Store::Postgres { pool, .. } => {
            sqlx::query(
                "CREATE TABLE bare (idx BIGINT NOT NULL PRIMARY KEY, id BYTEA NOT NULL UNIQUE, subject TEXT NOT NULL,
                 seq BIGINT NOT NULL, leaf BYTEA NOT NULL, bytes BYTEA NOT NULL, UNIQUE (subject, seq))",
            )
            .execute(pool)
            .await?;
            sqlx::query("CREATE TABLE touched (id BIGINT NOT NULL PRIMARY KEY, times BIGINT NOT NULL)")
                .execute(pool)
                .await?;
        }
    }
    Ok(())
}

async fn insert(store: &Store, rows: &[Row]) -> Result<()> {
    macro_rules! all {
        ($tx:expr) => {{
            let mut tx = $tx;
            for some in rows.chunks(500) {
                let mut query = QueryBuilder::new("INSERT INTO bare (idx, id, subject, seq, leaf, bytes) ");
                query.push_values(some, |mut row, (idx, id, subject, seq, leaf, bytes)| {
                    row.push_bind(*idx)
                        .push_bind(id.as_slice())
                        .push_bind(subject.as_str())
                        .push_bind(*seq)
                        .push_bind(leaf.as_slice())
                        .push_bind(bytes.as_slice());
                });
                query.build().execute(&mut *tx).await?;
            }
            tx.commit().await?;
        }};
    }
    match store {
        Store::Sqlite { writer, .. } => all!(writer.begin_with("BEGIN IMMEDIATE").await?),
        Store::Postgres { pool, .. } => all!(pool.begin().await?),
    }
    Ok(())
}

/// The log's job, as a service runs it, until it is told to end and nothing waits.
async fn job(app: &App, done: &Cell<bool>) -> Result<()> {
    while !done.get() {
        log::news(app).await;
        log::carry(app).await?;
    }
    while log::carry(app).await? > 0 {}
    Ok(())
}

/// The job, and when each number of entries was published, as somebody sees it who looks all the time.
async fn watched(app: &App, done: &Cell<bool>) -> Result<Vec<(u64, Instant)>> {
    let over = Cell::new(false);
    let job = async {
        let outcome = job(app, done).await;
        over.set(true);
        outcome
    };
    let watch = async {
        let mut published = Vec::new();
        let mut last = 0;
        loop {
            let is_last = over.get();
            let head = app.store.glance(async |tx| tree::head(tx).await).await?;
            if head.published > last {
                last = head.published;
                published.push((last, now()));
            }
            if is_last {
                return Ok::<_, anyhow::Error>(published);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let (outcome, published) = futures_util::future::join(job, watch).await;
    outcome?;
    published
}

/// How long each of these entries waited.
async fn waits(app: &App, told: &[(LogEntryId, Instant)], published: &[(u64, Instant)]) -> Result<Vec<f64>> {
    let mut waits = Vec::with_capacity(told.len());
    for (id, at) in told {
        let index = log::index_of(app, *id).await?.context("an entry that was not published")?;
        let (_, signed) = published.iter().find(|(size, _)| *size > index).context("a checkpoint")?;
        waits.push(milliseconds(signed.saturating_duration_since(*at)));
    }
    Ok(waits)
}

/// One entry after the other, with nothing else to do.
async fn at_rest(app: &App, count: u64) -> Result<Vec<f64>> {
    let done = Cell::new(false);
    let told = async {
        let mut told = Vec::new();
        for number in 0..count {
            tokio::time::sleep(Duration::from_millis(40)).await;
            let id = registry::append(app, number..number + 1).await?;
            told.extend(id.first().map(|id| (*id, now())));
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        done.set(true);
        Ok::<_, anyhow::Error>(told)
    };
    let (told, published) = futures_util::future::join(told, watched(app, &done)).await;
    waits(app, &told?, &published?).await
}

/// As an act that frees food waits, which takes its own turn at signing.
async fn sealed(app: &App, count: u64) -> Result<Vec<f64>> {
    let done = Cell::new(false);
    let waits = async {
        let mut waits = Vec::new();
        for number in 0..count {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let id = registry::append(app, number..number + 1).await?;
            let begun = now();
            log::sealed(app, *id.first().context("an entry")?).await?;
            waits.push(milliseconds(begun.elapsed()));
        }
        done.set(true);
        Ok::<_, anyhow::Error>(waits)
    };
    let (waits, outcome) = futures_util::future::join(waits, job(app, &done)).await;
    outcome?;
    waits
}

/// So many entries a second, written on a thread of their own as by those who serve, each unit of work with those that are due.
async fn under_load(place: &Place, app: &App, rate: f64, time: Duration) -> Result<(f64, Vec<f64>)> {
    // A service of its own, which can be closed while both threads are there that have opened connections for it.
    log::leave(app).await?;
    let app = &Arc::new(registry::open(&place.url, &place.folder, &registry::secrets(app)).await?);
    let done = Cell::new(false);
    let (tell, told) = oneshot::channel();
    let (over, is_over) = oneshot::channel::<()>();
    let writer = thread::spawn({
        let app = Arc::clone(app);
        move || {
            block_on(async move {
                // Whoever listened may be gone: then there is nothing to tell.
                let _ = tell.send(write(&app, rate, time).await);
                let _ = is_over.await;
            });
        }
    });
    let written = async {
        let told = told.await;
        done.set(true);
        told
    };
    let (told, published) = futures_util::future::join(written, watched(app, &done)).await;
    let (written, told) = told??;
    let waits = waits(app, &told, &published?).await;
    log::leave(app).await?;
    app.store.close().await;
    drop(over);
    writer.join().map_err(|_| anyhow!("the writer panicked"))?;
    Ok((written, waits?))
}

/// Writes so many entries a second: how many that were, and of each unit of work the first entry and the last, which may be signed later,
/// and when they were recorded.
async fn write(app: &App, rate: f64, time: Duration) -> Result<(f64, Vec<(LogEntryId, Instant)>)> {
    let (mut told, begun, mut written) = (Vec::new(), now(), 0);
    while begun.elapsed() < time {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of entries")]
        let due = (begun.elapsed().as_secs_f64() * rate) as u64;
        if due > written {
            let next = due.min(written + BATCH);
            let ids = registry::append(app, written..next).await?;
            let at = now();
            told.extend([ids.first(), ids.last()].into_iter().flatten().map(|id| (*id, at)));
            written = next;
        } else {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    Ok((float(usize::try_from(written)?) / begun.elapsed().as_secs_f64(), told))
}

/// Lets the database do what is due after many entries went through it, as it does by itself within minutes.
async fn rest(store: &Store) -> Result<()> {
    match store {
        Store::Sqlite { writer, .. } => {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await?;
        }
        Store::Postgres { pool, .. } => {
            sqlx::query("VACUUM ANALYZE").execute(pool).await?;
            sqlx::query("CHECKPOINT").execute(pool).await?;
        }
    }
    Ok(())
}

/// The least that anything durable costs: one small row, written anew.
async fn touch(store: &Store) -> Result<()> {
    macro_rules! one {
        ($tx:expr) => {{
            let mut tx = $tx;
            sqlx::query("INSERT INTO touched (id, times) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET times = touched.times + 1")
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }};
    }
    match store {
        Store::Sqlite { writer, .. } => one!(writer.begin_with("BEGIN IMMEDIATE").await?),
        Store::Postgres { pool, .. } => one!(pool.begin().await?),
    }
    Ok(())
}

/// What a round with one entry costs while the log grows, beside the least that anything durable costs.
async fn grow(app: &App, entries: u64, turns: u64) -> Result<()> {
    println!(
        "\n| entries in the log of {} | a round with one entry: median | most | one row written, durable: median | ratio |\n\
         |--:|--:|--:|--:|--:|",
        app_kind(app)
    );
    let (mut number, mut next) = (0, 2_000);
    loop {
        while size(app).await? < next {
            let missing = (next - size(app).await?).min(BATCH);
            registry::append(app, number..number + missing).await?;
            number += missing;
            log::carry(app).await?;
        }
        rest(&app.store).await?;
        let (mut rounds, mut floor) = (Vec::new(), Vec::new());
        for _ in 0..turns {
            registry::append(app, number..number + 1).await?;
            number += 1;
            let begun = now();
            ensure!(log::carry(app).await? == 1, "one entry");
            rounds.push(milliseconds(begun.elapsed()));
            let begun = now();
            touch(&app.store).await?;
            floor.push(milliseconds(begun.elapsed()));
        }
        let (spread, floor) = (Spread::of(rounds), Spread::of(floor).middle);
        println!(
            "| {} | **{:.2} ms** | {:.2} ms | {floor:.2} ms | **{:.1}** |",
            size(app).await?,
            spread.middle,
            spread.most,
            spread.middle / floor
        );
        if next >= entries {
            return Ok(());
        }
        next = (size(app).await? * 10 / 1_000 * 1_000).min(entries).max(next + 1);
    }
}

fn app_kind(app: &App) -> &'static str {
    match app.store {
        Store::Sqlite { .. } => "sqlite",
        Store::Postgres { .. } => "postgres",
    }
}
